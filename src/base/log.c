/* log.c: see log.h. */
#include "base/log.h"
#include "base/moment.h"
#include "base/text.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* A process has one log, as it has one standard error. */
static struct {
	int fd;
	LogLevel level;
	char area[80];
	gboolean also_stderr;
} the_log = { .fd = -1, .level = LOG_WARNING };

void log_open(const char *path, const char *area, LogLevel level)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	log_close();
	the_log.level = level;
	g_strlcpy(the_log.area, area, sizeof the_log.area);
	if (fd < 0)
		fprintf(stderr, "kith: can't write the log \"%s\": %s\n", path, g_strerror(errno));
	the_log.fd = fd;
}

void log_also_stderr(gboolean also)
{
	the_log.also_stderr = also;
}

void log_close(void)
{
	if (the_log.fd >= 0)
		close(the_log.fd);
	the_log.fd = -1;
}

void log_write(LogLevel level, const char *format, ...)
{
	static const char *const words[] = { "error", "warning", "info", "debug" };
	if (level > the_log.level)
		return;
	va_list args;
	va_start(args, format);
	g_autofree char *raw = g_strdup_vprintf(format, args);
	va_end(args);
	g_autofree char *text = text_clean(raw, TEXT_LINE);
	if (the_log.fd >= 0) {
		g_autofree char *time = moment_format(moment_now());
		g_autofree char *line = g_strdup_printf("%s %s[%d] %s: %s\n", time, the_log.area, (int)getpid(), words[level], text);
		if (write(the_log.fd, line, strlen(line)) < 0) {
			/* A full disk must not stop the program, and there is nowhere else to say it. */
		}
	}
	if (the_log.fd < 0 || (the_log.also_stderr && level <= LOG_WARNING))
		fprintf(stderr, "kith: %s\n", text);
}
