/* log.h: one log file a process, 0600, lines with time, level and area; cleaned text; never a secret.
 *
 * Lower layers return errors and do not log; what handles an error logs it once. Until log_open, warnings go to standard error.
 */
#pragma once
#include <glib.h>

typedef enum { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG } LogLevel;

/* Opens (appends to) path; area names the process or account in each line. A path that can't be opened leaves standard error. */
void log_open(const char *path, const char *area, LogLevel level);
/* Lets the levels up to LOG_WARNING appear on standard error too. */
void log_also_stderr(gboolean also);
void log_close(void);
void log_write(LogLevel level, const char *format, ...) G_GNUC_PRINTF(2, 3);
#define log_error(...) log_write(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_write(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_write(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_write(LOG_DEBUG, __VA_ARGS__)
