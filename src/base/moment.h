/* moment.h: points in time, in microseconds since 1970 UTC, and how they are written.
 */
#pragma once
#include <glib.h>

/* Now. */
gint64 moment_now(void);
/* RFC 3339 in UTC with milliseconds: 2026-11-22T14:05:09.123Z. */
char *moment_format(gint64 moment);
/* Reads RFC 3339, XEP-0082, or the short forms of the command line: 2026-11-22, "2026-11-22 14:05", 14:05, yesterday, 90s, 15m, 2h, 3d, 4w (ago).
 * FALSE and error if it is none of these or outside the years 1970 to 9999. */
gboolean moment_parse(const char *text, gint64 *moment, GError **error);
/* In local time with a strftime format. */
char *moment_local(gint64 moment, const char *format);
/* The local day as a number that grows by one a day. */
gint64 moment_day(gint64 moment);
