/* test-settings.c: the table of settings, and what is a good value. */
#include "settings/settings.h"
#include <string.h>

static void test_table(void)
{
	const Setting *before = NULL;
	for (const Setting *s = settings_table; s->name; before = s, s++) {
		g_test_message("%s", s->name);
		g_assert_true(g_ascii_islower(*s->name));
		g_assert_cmpuint(strspn(s->name, "abcdefghijklmnopqrstuvwxyz_"), ==, strlen(s->name));
		g_assert_true(s->help && strlen(s->help) > 10 && g_str_has_suffix(s->help, "."));
		g_assert_nonnull(s->standard);
		g_assert_true(settings_check(s, s->standard, NULL));
		g_assert_true((s->type == SETTING_WORD) == (s->words != NULL));
		if (s->type == SETTING_NUMBER || s->type == SETTING_DURATION)
			g_assert_cmpint(s->min, <, s->max);
		if (before)
			g_assert_true(before->scope < s->scope || (before->scope == s->scope && strcmp(before->name, s->name) < 0));
		g_assert_true(settings_find(s->scope, s->name) == s);
		g_autofree char *takes = settings_describe(s);
		g_assert_true(takes && *takes);
	}
	g_assert_null(settings_find(SCOPE_GLOBAL, "tls"));
	g_assert_null(settings_find(SCOPE_ACCOUNT, ""));
}

static void test_check(void)
{
	static const struct { SettingScope scope; const char *name, *value; gboolean good; } cases[] = {
		{ SCOPE_GLOBAL, "mouse", "yes", TRUE }, { SCOPE_GLOBAL, "mouse", "OFF", TRUE }, { SCOPE_GLOBAL, "mouse", "1", TRUE }, { SCOPE_GLOBAL, "mouse", "maybe", FALSE },
		{ SCOPE_GLOBAL, "mouse", "", FALSE }, { SCOPE_GLOBAL, "list_width", "0", TRUE }, { SCOPE_GLOBAL, "list_width", "81", FALSE }, { SCOPE_GLOBAL, "list_width", "-1", FALSE },
		{ SCOPE_GLOBAL, "list_width", "26x", FALSE }, { SCOPE_GLOBAL, "list_width", " 26", FALSE }, { SCOPE_GLOBAL, "away_after", "90", TRUE }, { SCOPE_GLOBAL, "away_after", "15m", TRUE },
		{ SCOPE_GLOBAL, "away_after", "24h", TRUE }, { SCOPE_GLOBAL, "away_after", "25h", FALSE }, { SCOPE_GLOBAL, "away_after", "15 m", FALSE }, { SCOPE_GLOBAL, "away_after", "99999999999999999999", FALSE },
		{ SCOPE_GLOBAL, "away_after", "-5m", FALSE }, { SCOPE_GLOBAL, "theme", "light", TRUE }, { SCOPE_GLOBAL, "theme", "Light", FALSE }, { SCOPE_GLOBAL, "theme", "", FALSE },
		{ SCOPE_GLOBAL, "nick", "", TRUE }, { SCOPE_GLOBAL, "nick", "\xff", FALSE }, { SCOPE_ACCOUNT, "tls", "", TRUE }, { SCOPE_ACCOUNT, "tls", "direct", TRUE },
		{ SCOPE_ACCOUNT, "priority", "-128", TRUE }, { SCOPE_ACCOUNT, "priority", "128", FALSE }, { SCOPE_CHAT, "notify", "none", TRUE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		const Setting *setting = settings_find(cases[i].scope, cases[i].name);
		g_test_message("%s=%s", cases[i].name, cases[i].value);
		g_assert_nonnull(setting);
		g_assert_cmpint(settings_check(setting, cases[i].value, &error), ==, cases[i].good);
		g_assert_cmpint(error == NULL, ==, cases[i].good);
	}
}

static void test_values(void)
{
	static const struct { const char *text; gint64 seconds; } durations[] = { { "0", 0 }, { "90", 90 }, { "90s", 90 }, { "15m", 900 }, { "2h", 7200 }, { "1d", 86400 }, { "1w", 604800 } };
	gint64 seconds;
	gboolean flag;
	for (guint i = 0; i < G_N_ELEMENTS(durations); i++) {
		g_assert_true(settings_read_duration(durations[i].text, &seconds));
		g_assert_cmpint(seconds, ==, durations[i].seconds);
	}
	g_assert_true(settings_read_flag("True", &flag) && flag);
	g_assert_true(settings_read_flag("no", &flag) && !flag);
	g_assert_false(settings_read_flag("2", &flag));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/settings/table", test_table);
	g_test_add_func("/settings/check", test_check);
	g_test_add_func("/settings/values", test_values);
	return g_test_run();
}
