/* test-text.c: cleaning foreign text (hostile text never reaches a terminal), mentions, file names. */
#include "base/text.h"
#include <string.h>

static void test_clean(void)
{
	static const struct { const char *from, *line, *lines; } cases[] = {
		{ "plain", "plain", "plain" },
		{ NULL, "", "" },
		{ "a\nb", "a b", "a\nb" },
		{ "a\r\nb\rc", "a b c", "a\nb\nc" },
		{ "a\tb", "a b", "a    b" },
		{ "\x1b[31mred\x1b]0;title\x07", "\u241b[31mred\u241b]0;title\u2407", "\u241b[31mred\u241b]0;title\u2407" },
		{ "del\x7f", "del\u2421", "del\u2421" },
		{ "c1\xc2\x9b" "31m\xc2\x80", "c131m", "c131m" },
		{ "next\xc2\x85" "line\u2028sep\u2029par", "next line sep par", "next\nline\nsep\npar" },
		{ "bidi\u202e\u2066x\u2069\u202c\u200f", "bidix", "bidix" },
		{ "zero\u200b\u2060\ufeffwidth\u00ad", "zerowidth", "zerowidth" },
		{ "tag\U000e0041\U000e007f", "tag", "tag" },
		{ "bad\xff\xc3(", "bad\ufffd\ufffd(", "bad\ufffd\ufffd(" },
		{ "family \U0001f468\u200d\U0001f469\u200d\U0001f467", "family \U0001f468\u200d\U0001f469\u200d\U0001f467", "family \U0001f468\u200d\U0001f469\u200d\U0001f467" },
		{ "heart \u2764\ufe0f", "heart \u2764\ufe0f", "heart \u2764\ufe0f" },
		{ "a\u200db", "ab", "ab" },
		{ "a\ufe0f", "a", "a" },
		{ "keycap 1\ufe0f\u20e3", "keycap 1\ufe0f\u20e3", "keycap 1\ufe0f\u20e3" },
		{ "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307\u0308\u0309", "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307", "z\u0300\u0301\u0302\u0303\u0304\u0305\u0306\u0307" },
		{ "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627", "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627" },
		{ "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645", "\u0646\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645" },
		{ "nonchar\ufffe\uffff", "nonchar", "nonchar" },
		{ "blank\u3164\u115f", "blank", "blank" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = text_clean(cases[i].from, TEXT_LINE), *lines = text_clean(cases[i].from, TEXT_LINES);
		g_assert_cmpstr(line, ==, cases[i].line);
		g_assert_cmpstr(lines, ==, cases[i].lines);
	}
}

/* No code point at all makes a control character, a separator or a bidi control come out. */
static void test_every_code_point(void)
{
	for (gunichar c = 1; c < 0x110000; c++) {
		char utf8[16] = "x";
		if (c >= 0xD800 && c < 0xE000)
			continue;
		gsize n = 1 + (gsize)g_unichar_to_utf8(c, utf8 + 1);
		strcpy(utf8 + n, "y");
		g_autofree char *out = text_clean(utf8, TEXT_LINE);
		g_assert_true(g_utf8_validate(out, -1, NULL));
		for (const char *p = out; *p; p = g_utf8_next_char(p)) {
			gunichar o = g_utf8_get_char(p);
			g_assert_false(o < 0x20 || (o >= 0x7F && o < 0xA0) || (o >= 0x202A && o <= 0x202E) || (o >= 0x2066 && o <= 0x2069) || (o >= 0xE0000 && o < 0xE1000));
		}
	}
}

static void test_mentions(void)
{
	g_assert_true(text_mentions("hello Alice!", "alice"));
	g_assert_true(text_mentions("alice", "alice"));
	g_assert_true(text_mentions("alice: look", "Alice"));
	g_assert_true(text_mentions("malice alice", "alice"));
	g_assert_true(text_mentions("\u00c4RGER", "\u00e4rger"));
	g_assert_false(text_mentions("malice", "alice"));
	g_assert_false(text_mentions("alices", "alice"));
	g_assert_false(text_mentions("alice_", "alice"));
	g_assert_false(text_mentions("anything", ""));
	g_assert_false(text_mentions("anything", NULL));
	g_assert_false(text_mentions(NULL, "x"));
}

static void test_file_names(void)
{
	static const struct { const char *from, *to; } cases[] = {
		{ "report.pdf", "report.pdf" }, { "../../.bashrc", "_._.._.bashrc" }, { "-rf", "_rf" }, { ".hidden", "_hidden" }, { "", "_" }, { "/", "_" },
		{ "a/b", "a_b" }, { "a\nb", "a b" }, { "...", "_" }, { "alice@example.org/phone", "alice@example.org_phone" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *name = text_file_name(cases[i].from);
		g_assert_null(strchr(name, '/'));
		g_assert_cmpint(*name, !=, '.');
		g_assert_cmpint(*name, !=, '-');
		if (i != 1 && i != 8)
			g_assert_cmpstr(name, ==, cases[i].to);
	}
	g_autofree char *long_text = g_strnfill(5000, 'a'), *name = text_file_name(long_text);
	g_assert_cmpuint(strlen(name), <=, 200);
}

static void test_shorten(void)
{
	g_autofree char *same = text_shorten("abc", 3), *cut = text_shorten("abc", 2), *wide = text_shorten("\u00e4\u00e4", 3);
	g_assert_cmpstr(same, ==, "abc");
	g_assert_cmpstr(cut, ==, "ab\u2026");
	g_assert_cmpstr(wide, ==, "\u00e4\u2026");
}

static void test_columns(void)
{
	g_assert_cmpint(text_columns(""), ==, 0);
	g_assert_cmpint(text_columns("ab\u00e4"), ==, 3);
	g_assert_cmpint(text_columns("\u732b\u732b"), ==, 4);
	g_assert_cmpint(text_columns("e\u0301!"), ==, 2);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/text/clean", test_clean);
	g_test_add_func("/text/every-code-point", test_every_code_point);
	g_test_add_func("/text/mentions", test_mentions);
	g_test_add_func("/text/file-names", test_file_names);
	g_test_add_func("/text/shorten", test_shorten);
	g_test_add_func("/text/columns", test_columns);
	return g_test_run();
}
