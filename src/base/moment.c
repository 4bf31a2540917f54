/* moment.c: see moment.h. */
#include "base/moment.h"
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#define LATEST (G_GINT64_CONSTANT(253402300799) * G_USEC_PER_SEC) /* the end of the year 9999 */

gint64 moment_now(void)
{
	return g_get_real_time();
}

char *moment_format(gint64 moment)
{
	g_autoptr(GDateTime) utc = g_date_time_new_from_unix_utc(moment / G_USEC_PER_SEC);
	g_autofree char *seconds = utc ? g_date_time_format(utc, "%Y-%m-%dT%H:%M:%S") : g_strdup("1970-01-01T00:00:00");
	return g_strdup_printf("%s.%03dZ", seconds, (int)(moment % G_USEC_PER_SEC / 1000));
}

char *moment_local(gint64 moment, const char *format)
{
	g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(moment / G_USEC_PER_SEC);
	char *text = local ? g_date_time_format(local, format) : NULL;
	return text ? text : g_strdup("?");
}

gint64 moment_day(gint64 moment)
{
	g_autoptr(GDateTime) local = g_date_time_new_from_unix_local(moment / G_USEC_PER_SEC);
	if (!local)
		return 0;
	GDate date;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)g_date_time_get_day_of_month(local), (GDateMonth)g_date_time_get_month(local), (GDateYear)g_date_time_get_year(local));
	return g_date_get_julian(&date);
}

/* 90s, 15m, 2h, 3d, 4w */
static gboolean parse_ago(const char *text, gint64 *moment)
{
	static const struct { char unit; gint64 seconds; } units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 }, { 'w', 604800 } };
	char *end;
	guint64 n = g_ascii_strtoull(text, &end, 10);
	if (end == text || !*end || end[1] || n > 1000000)
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(units); i++) {
		if (*end == units[i].unit) {
			*moment = moment_now() - (gint64)n * units[i].seconds * G_USEC_PER_SEC;
			return TRUE;
		}
	}
	return FALSE;
}

/* 2026-11-22, 2026-11-22 14:05, 14:05, yesterday, today: in local time */
static GDateTime *parse_local(const char *text)
{
	int year, month, day, hour, minute, used = 0;
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	if (sscanf(text, "%4d-%2d-%2d%n", &year, &month, &day, &used) == 3 && !text[used])
		return g_date_time_new_local(year, month, day, 0, 0, 0);
	if (sscanf(text, "%4d-%2d-%2d %2d:%2d%n", &year, &month, &day, &hour, &minute, &used) == 5 && !text[used])
		return g_date_time_new_local(year, month, day, hour, minute, 0);
	g_date_time_get_ymd(now, &year, &month, &day);
	if (sscanf(text, "%2d:%2d%n", &hour, &minute, &used) == 2 && !text[used])
		return g_date_time_new_local(year, month, day, hour, minute, 0);
	g_autoptr(GDateTime) today = g_date_time_new_local(year, month, day, 0, 0, 0);
	if (!strcmp(text, "today"))
		return g_steal_pointer(&today);
	return strcmp(text, "yesterday") ? NULL : g_date_time_add_days(today, -1);
}

gboolean moment_parse(const char *text, gint64 *moment, GError **error)
{
	if (parse_ago(text, moment) && *moment >= 0)
		return TRUE;
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) time = strchr(text, 'T') ? g_date_time_new_from_iso8601(text, utc) : parse_local(text);
	if (time) {
		*moment = g_date_time_to_unix(time) * G_USEC_PER_SEC + g_date_time_get_microsecond(time);
		if (*moment >= 0 && *moment <= LATEST)
			return TRUE;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "\"%s\" is not a time; write 2026-11-22, \"2026-11-22 14:05\", 14:05, yesterday, or 90s, 15m, 2h, 3d, 4w ago", text);
	return FALSE;
}
