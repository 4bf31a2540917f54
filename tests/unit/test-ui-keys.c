/* test-ui-keys.c: bytes to keys, whatever way they are cut; the table of keys; the field to write in; the fuzzy match. */
#include "actions.h"
#include "commands/commands.h"
#include "edit.h"
#include "form.h"
#include "keys.h"
#include "screen-commands.h"
#include "switcher.h"

#include <locale.h>
#include <string.h>

static void note(const Key *key, gpointer user)
{
	GString *out = user;
	if (out->len)
		g_string_append_c(out, ' ');
	if (key->type == KEY_TYPE_PASTE)
		g_string_append_printf(out, "<%s>", key->text);
	else if (key->type == KEY_TYPE_MOUSE)
		g_string_append_printf(out, "%s@%d,%d", key->name, key->x, key->y);
	else
		g_string_append(out, strcmp(key->name, " ") == 0 ? "space" : key->name);
}

static char *read_in_steps(const char *bytes, gsize length, gsize step)
{
	KeyReader *reader = key_reader_new();
	GString *out = g_string_new(NULL);
	for (gsize at = 0; at < length; at += step)
		key_reader_feed(reader, bytes + at, MIN(step, length - at), note, out);
	if (key_reader_waits(reader))
		key_reader_give_up(reader, note, out);
	g_assert_false(key_reader_waits(reader));
	key_reader_free(reader);
	return g_string_free(out, FALSE);
}

static void test_bytes(void)
{
	static const struct {
		const char *bytes, *keys;
	} cases[] = {
		{ "aé日", "a é 日" },
		{ "\r\t\177\001", "Enter Tab Backspace Ctrl-A" },
		{ "\033[A\033OB\033[1;3C\033[1;5D", "Up Down Alt-Right Ctrl-Left" },
		{ "\033[5~\033[6~\033[5;5~\033[3~", "PageUp PageDown Ctrl-PageUp Delete" },
		{ "\033OP\033[12~\033[24~\033[[C", "F1 F2 F12 F3" },
		{ "\033a\033é\033\r\033\177", "Alt-a Alt-é Alt-Enter Alt-Backspace" },
		{ "\033[Z", "Shift-Tab" },
		{ "\033", "Escape" },
		{ "\033\033[A", "Escape Up" },
		{ "\033[200~one\rtwo\033[201~x", "<one\rtwo> x" },
		{ "\033[200~a\033[A\033[201\033[201~b", "<a\033[A\033[201> b" },
		{ "\033[200~never ended", "<never ended>" },
		{ "\033[<0;5;7M\033[<0;5;7m\033[<64;1;1M", "Click@4,6 WheelUp@0,0" },
		{ "\033[I\033[O", "FocusIn FocusOut" },
		{ "\033]11;rgb:ffff/ffff/ffff\033\\x", "light x" },
		{ "\033]11;rgb:0/80/7ff\a\033]11;rgba:fafa/fafa/d2d2/ffff\a", "dark light" },
		{ "\033]11;rgb:ff/ff\a\033]11;?\a\033]4;1;rgb:ff/ff/ff\ax", "x" },
		{ "\033]11;rgb:ffff/ff", "" },
		{ "\033]\033]x", "Alt-] Alt-] x" },
		{ "\033[?1;2c\033[>0;1q" "x", "x" },
		{ "a\xff\xfe" "b", "a b" },
		{ "\033[99999999999999999999~x", "x" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++)
		for (gsize step = 1; step < 12; step++) {
			g_autofree char *got = read_in_steps(cases[i].bytes, strlen(cases[i].bytes), step);
			g_assert_cmpstr(got, ==, cases[i].keys);
		}
}

static void test_random_bytes(void)
{
	GRand *random = g_rand_new_with_seed(11);
	for (int round = 0; round < 5000; round++) {
		char bytes[40];
		for (gsize i = 0; i < sizeof bytes; i++)
			bytes[i] = g_rand_boolean(random) ? (char)g_rand_int_range(random, 0, 256) : "\033[O0;~<M"[g_rand_int_range(random, 0, 9)];
		g_autofree char *got = read_in_steps(bytes, sizeof bytes, (gsize)g_rand_int_range(random, 1, 9));
	}
	g_rand_free(random);
}

static void count_cut(const Key *key, gpointer user)
{
	if (key->type == KEY_TYPE_PASTE)
		*(gsize *)user = key->cut;
}

static void test_huge_paste(void)
{
	gsize cut = 0;
	KeyReader *reader = key_reader_new();
	g_autofree char *block = g_strnfill(65536, 'x');
	key_reader_feed(reader, "\033[200~", 6, count_cut, &cut);
	for (int i = 0; i < 160; i++)
		key_reader_feed(reader, block, 65536, count_cut, &cut);
	key_reader_feed(reader, "\033[201~", 6, count_cut, &cut);
	g_assert_cmpint(cut, ==, 160 * 65536 - KEY_PASTE_MAX);
	key_reader_free(reader);
}

static void test_table(void)
{
	Keys *keys = keys_new();
	for (const KeyBinding *row = keys_table; row->key; row++) {
		g_autofree char *canonical = keys_canonical(row->key);
		g_assert_cmpstr(canonical, ==, row->key);
		if (*row->action == '/') {
			const char *rest;
			g_assert_nonnull(commands_of_line(row->action, &rest, NULL));
		} else {
			g_assert_nonnull(actions_find(row->action));
		}
		for (const KeyBinding *other = row + 1; other->key; other++)
			g_assert_false(other->context == row->context && strcmp(other->key, row->key) == 0);
		g_assert_cmpstr(keys_action(keys, row->context, row->key), ==, row->action);
	}
	for (const Action *action = actions_table; action[0].name && action[1].name; action++)
		g_assert_cmpstr(action[0].name, <, action[1].name);
	keys_free(keys);
}

static void test_bindings(void)
{
	Keys *keys = keys_new();
	g_assert_true(keys_bind(keys, "ctrl-b", "/back"));
	g_assert_true(keys_bind(keys, "M-a", ""));
	g_assert_false(keys_bind(keys, "hyper-x-x", "/back"));
	g_assert_cmpstr(keys_action(keys, KEYS_INPUT, "Ctrl-B"), ==, "/back");
	g_assert_null(keys_action(keys, KEYS_INPUT, "Alt-a"));
	g_assert_true(keys_bind(keys, "Alt-a", NULL));
	g_assert_cmpstr(keys_action(keys, KEYS_INPUT, "Alt-a"), ==, "next_unread");
	g_assert_true(keys_bind(keys, "F1", "/quit"));
	g_assert_null(keys_for_action(keys, "help"));
	keys_free(keys);
}

/* Every command that runs on the screen is carried out here; what is carried out here exists. */
static void test_screen_commands(void)
{
	const char *const *names = screen_commands_names();
	for (guint i = 0; names[i]; i++) {
		const Command *command = commands_find(names[i], FALSE);
		g_assert_nonnull(command);
	}
	for (guint i = 0; commands_table[i] && commands_table[i]->name; i++)
		if (commands_table[i]->place == RUNS_ON_SCREEN)
			g_assert_true(g_strv_contains(names, commands_table[i]->name));
}

static void type(Edit *edit, const char *name, const char *text)
{
	Key key = { .type = text ? KEY_TYPE_TEXT : KEY_TYPE_NAMED, .name = name, .text = text ? text : "", .length = text ? strlen(text) : 0 };
	edit_key(edit, &key);
}

static void test_edit(void)
{
	Edit edit;
	edit_init(&edit, FALSE);
	type(&edit, "a", "a");
	type(&edit, "é", "é");
	type(&edit, "b", "b");
	type(&edit, "Left", NULL);
	type(&edit, "Backspace", NULL);
	g_assert_cmpstr(edit.text, ==, "ab");
	type(&edit, "End", NULL);
	edit_set(&edit, "one two three");
	type(&edit, "Ctrl-W", NULL);
	g_assert_cmpstr(edit.text, ==, "one two ");
	type(&edit, "Home", NULL);
	type(&edit, "Delete", NULL);
	g_assert_cmpstr(edit.text, ==, "ne two ");
	type(&edit, "Ctrl-K", NULL);
	g_assert_cmpstr(edit.text, ==, "");
	edit_clear(&edit);
	edit_init(&edit, TRUE);
	edit_set(&edit, "sécret");
	g_autofree char *shown = edit_shown(&edit, FALSE);
	g_assert_cmpstr(shown, ==, "••••••");
	edit_clear(&edit);
}

static void test_match(void)
{
	g_assert_cmpint(switcher_match("xyz", "alice adams"), ==, 0);
	g_assert_cmpint(switcher_match("aa", "alice adams"), >, 0);
	g_assert_cmpint(switcher_match("ali", "alice adams"), >, switcher_match("ali", "magali"));
	g_assert_cmpint(switcher_match("ad", "alice adams"), >, switcher_match("ad", "a lot of dust"));
	g_assert_cmpint(switcher_match("", "anything"), >, 0);
}

static void form_press(Form *form, KeyType type, const char *name, FormResult expected)
{
	guint button;
	Key key = { .type = type, .name = name, .text = name, .length = strlen(name) };
	g_assert_cmpint(form_key(form, &key, 1, &button), ==, expected);
}

/* One of many, some of many, several lines. */
static void test_form(void)
{
	enum { MANY = 10000 };
	g_autofree char *numbers = g_malloc(MANY * 8);
	g_autofree const char **choices = g_new0(const char *, MANY + 1);
	for (int i = 0; i < MANY; i++) {
		g_snprintf(numbers + i * 8, 8, "%s%d", i == 7000 ? "z" : "n", i);
		choices[i] = numbers + i * 8;
	}
	Form form;
	form_init(&form);
	Field *one = form_add(&form, FIELD_CHOICE, "one", "One"), *some = form_add(&form, FIELD_CHOICES, "some", "Some");
	Field *lines = form_add(&form, FIELD_TEXT, "lines", "Lines");
	form_add_button(&form, "no");
	form_add_button(&form, "yes");
	field_set_choices(one, choices, "n4711");
	field_set_choices(some, choices, "n3\nn9999\nno such");
	lines->edit.lines = TRUE;
	g_assert_cmpstr(field_value(one), ==, "n4711");
	form_press(&form, KEY_TYPE_NAMED, "PageDown", FORM_USED);
	g_assert_cmpstr(field_value(one), ==, "n4721");
	form_press(&form, KEY_TYPE_TEXT, "Z", FORM_USED);
	g_assert_cmpstr(field_value(one), ==, "z7000");
	form_press(&form, KEY_TYPE_NAMED, "End", FORM_USED);
	form_press(&form, KEY_TYPE_NAMED, "Right", FORM_USED);
	g_assert_cmpstr(field_value(one), ==, "n0");
	form_press(&form, KEY_TYPE_NAMED, "Tab", FORM_USED);
	g_assert_cmpstr(field_value(some), ==, "n3\nn9999");
	form_press(&form, KEY_TYPE_TEXT, " ", FORM_USED);
	form_press(&form, KEY_TYPE_NAMED, "End", FORM_USED);
	form_press(&form, KEY_TYPE_TEXT, " ", FORM_USED);
	g_assert_cmpstr(field_value(some), ==, "n0\nn3");
	form_press(&form, KEY_TYPE_NAMED, "Tab", FORM_USED);
	form_press(&form, KEY_TYPE_TEXT, "a", FORM_USED);
	form_press(&form, KEY_TYPE_NAMED, "Alt-Enter", FORM_USED);
	form_press(&form, KEY_TYPE_TEXT, "b", FORM_USED);
	g_assert_cmpstr(field_value(lines), ==, "a\nb");
	form_press(&form, KEY_TYPE_NAMED, "Enter", FORM_PRESSED);
	form_clear(&form);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8");
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/keys/bytes", test_bytes);
	g_test_add_func("/keys/random bytes", test_random_bytes);
	g_test_add_func("/keys/huge paste", test_huge_paste);
	g_test_add_func("/keys/table", test_table);
	g_test_add_func("/keys/bindings", test_bindings);
	g_test_add_func("/keys/screen commands", test_screen_commands);
	g_test_add_func("/edit/keys", test_edit);
	g_test_add_func("/switcher/match", test_match);
	g_test_add_func("/keys/form", test_form);
	return g_test_run();
}
