/* test-ui-wrap.c: preparing text for the screen, and breaking it into lines. */
#include "wrap.h"

#include <locale.h>
#include <string.h>

static char *joined(const char *text, int width)
{
	g_autoptr(GArray) lines = wrap_lines(text, width);
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < lines->len; i++) {
		const WrapLine *line = &g_array_index(lines, WrapLine, i);
		g_string_append_printf(out, "%s%.*s", i ? "|" : "", (int)line->length, text + line->start);
		g_assert_cmpint(line->columns, ==, wrap_columns(text + line->start, line->length));
	}
	return g_string_free(out, FALSE);
}

static void test_lines(void)
{
	static const struct {
		const char *text;
		int width;
		const char *lines;
	} cases[] = {
		{ "", 10, "" },
		{ "hello", 10, "hello" },
		{ "hello world", 5, "hello|world" },
		{ "hello world", 7, "hello|world" },
		{ "hello  world", 5, "hello|world" },
		{ "a\nb", 10, "a|b" },
		{ "a\n\nb", 10, "a||b" },
		{ "abcdefghij", 4, "abcd|efgh|ij" },
		{ "ab abcdefghij", 4, "ab|abcd|efgh|ij" },
		{ "日本語です", 4, "日本|語で|す" },
		{ "日本語です", 5, "日本|語で|す" },
		{ "x日本", 2, "x|日|本" },
		{ "日", 1, "日" },
		{ "e\xCC\x81" "e\xCC\x81" "e\xCC\x81", 2, "e\xCC\x81" "e\xCC\x81|e\xCC\x81" },
		{ "see it https://example.org/a now", 24, "see it|https://example.org/a|now" },
		{ "trailing   ", 8, "trailing" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *got = joined(cases[i].text, cases[i].width);
		g_assert_cmpstr(got, ==, cases[i].lines);
	}
}

/* No line is wider than it may be, nothing but spaces and newlines is lost, at any width. */
static void test_properties(void)
{
	static const char *const texts[] = {
		"The quick brown fox jumps over the lazy dog, 中文字符 and e\xCC\x81t\xCC\xA7 caf\xC3\xA9 \xF0\x9F\x91\x8D done",
		"https://example.org/a/very/long/path/that/goes/on/and/on?and=on&and=on",
		"\xE0\xA4\xA8\xE0\xA4\xAE\xE0\xA4\xB8\xE0\xA5\x8D\xE0\xA4\xA4\xE0\xA5\x87 \xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D \xD9\x85\xD8\xB1\xD8\xAD\xD8\xA8\xD8\xA7",
	};
	for (guint t = 0; t < G_N_ELEMENTS(texts); t++)
		for (int width = 1; width < 90; width++) {
			g_autofree char *text = wrap_prepare(texts[t], TEXT_LINES, WRAP_SIMPLE_EMOJI);
			g_autoptr(GArray) lines = wrap_lines(text, width);
			gsize letters = 0, kept = 0;
			for (const char *at = text; *at; at++)
				letters += *at != ' ' && *at != '\n';
			for (guint i = 0; i < lines->len; i++) {
				const WrapLine *line = &g_array_index(lines, WrapLine, i);
				g_assert_cmpint(line->columns, <=, MAX(width, 2));
				for (guint b = 0; b < line->length; b++)
					kept += text[line->start + b] != ' ';
			}
			g_assert_cmpint(kept, ==, letters);
		}
}

static void test_prepare(void)
{
	static const struct {
		const char *text, *shown;
	} cases[] = {
		{ "plain", "plain" },
		{ "family \xF0\x9F\x91\xA8\xE2\x80\x8D\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x91\xA7!", "family \xF0\x9F\x91\xA8!" },
		{ "thumb \xF0\x9F\x91\x8D\xF0\x9F\x8F\xBD", "thumb \xF0\x9F\x91\x8D" },
		{ "heart \xE2\x9D\xA4\xEF\xB8\x8F", "heart \xE2\x9D\xA4" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *shown = wrap_prepare(cases[i].text, TEXT_LINE, WRAP_SIMPLE_EMOJI);
		g_assert_cmpstr(shown, ==, cases[i].shown);
	}
	/* Nothing that a terminal obeys is left, whatever comes. */
	GRand *random = g_rand_new_with_seed(7);
	for (int round = 0; round < 2000; round++) {
		char bytes[64];
		for (gsize i = 0; i < sizeof bytes - 1; i++)
			bytes[i] = (char)g_rand_int_range(random, 1, 256);
		bytes[sizeof bytes - 1] = 0;
		g_autofree char *shown = wrap_prepare(bytes, TEXT_LINE, WRAP_ALL_EMOJI);
		g_assert_true(g_utf8_validate(shown, -1, NULL));
		for (const char *at = shown; *at; at = g_utf8_next_char(at)) {
			gunichar c = g_utf8_get_char(at);
			g_assert_true(c >= 0x20 && c != 0x7f && !(c >= 0x80 && c < 0xa0));
			g_assert_false(c >= 0x202a && c <= 0x202e);
			g_assert_false(c >= 0x2066 && c <= 0x2069);
		}
	}
	g_rand_free(random);
}

static void test_fit(void)
{
	int used;
	g_assert_cmpint(wrap_fit("日本語", -1, 5, &used), ==, 6);
	g_assert_cmpint(used, ==, 4);
	g_assert_cmpint(wrap_fit("e\xCC\x81x", -1, 1, &used), ==, 3);
	g_assert_cmpint(wrap_fit("abc", -1, 10, &used), ==, 3);
	g_assert_cmpint(wrap_fit("abc", -1, 0, &used), ==, 0);
}

/* Five megabytes on one line take time in proportion to their length. */
static void test_huge(void)
{
	gsize length = 5 * 1024 * 1024;
	g_autofree char *text = g_malloc(length + 1);
	memset(text, 'x', length);
	text[length] = 0;
	g_autoptr(GArray) lines = wrap_lines(text, 80);
	g_assert_cmpint(lines->len, ==, (length + 79) / 80);
	memset(text, ' ', length);
	g_autoptr(GArray) blank = wrap_lines(text, 80);
	g_assert_cmpint(blank->len, ==, 1);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8");
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/wrap/lines", test_lines);
	g_test_add_func("/wrap/properties", test_properties);
	g_test_add_func("/wrap/prepare", test_prepare);
	g_test_add_func("/wrap/fit", test_fit);
	g_test_add_func("/wrap/huge", test_huge);
	return g_test_run();
}
