/* test-moment.c: times as they are written and read. */
#include "base/moment.h"
#include <stdlib.h>
#include <time.h>

static void test_format(void)
{
	g_autofree char *text = moment_format(G_GINT64_CONSTANT(1795356309123456));
	g_assert_cmpstr(text, ==, "2026-11-22T14:05:09.123Z");
}

static void test_parse(void)
{
	static const struct { const char *text; gint64 seconds; } good[] = {
		{ "2026-11-22T14:05:09.123Z", 1795356309 }, { "2026-11-22T15:05:09+01:00", 1795356309 }, { "1970-01-01T00:00:00Z", 0 },
		{ "2026-11-22", 1795305600 }, { "2026-11-22 14:05", 1795356300 },
	};
	static const char *const bad[] = { "", "x", "2026-13-01", "2026-11-22T", "1969-12-31T23:59:59Z", "12000-01-01T00:00:00Z", "5y", "-5m", "25:99", "2026-11-22x", "99999999999s" };
	gint64 moment, now = moment_now();
	for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_true(moment_parse(good[i].text, &moment, &error));
		g_assert_cmpint(moment / G_USEC_PER_SEC, ==, good[i].seconds);
	}
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(moment_parse(bad[i], &moment, &error));
		g_assert_nonnull(error);
	}
	g_assert_true(moment_parse("15m", &moment, NULL));
	g_assert_cmpint(ABS(now - moment - 15 * 60 * G_USEC_PER_SEC), <, 5 * G_USEC_PER_SEC);
	g_assert_true(moment_parse("yesterday", &moment, NULL));
	g_assert_cmpint(moment_day(moment), ==, moment_day(now) - 1);
}

static void test_days(void)
{
	g_assert_cmpint(moment_day(G_GINT64_CONSTANT(1795305600000000)), ==, moment_day(G_GINT64_CONSTANT(1795305599000000)) + 1);
}

int main(int argc, char **argv)
{
	setenv("TZ", "UTC", 1);
	tzset();
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/moment/format", test_format);
	g_test_add_func("/moment/parse", test_parse);
	g_test_add_func("/moment/days", test_days);
	return g_test_run();
}
