/* test-styling.c: XEP-0393's examples and the texts that are made to hurt parsers; XEP-0392's test vectors. */
#include "base/colour.h"
#include "base/styling.h"

#include <math.h>
#include <string.h>

/* The text with each byte's style under it: s strong, e emphasis, x strike, c code, q quotation, + several, space none. */
static char *picture(const char *text)
{
	static const char signs[] = " se+x+++c+++++++q";
	char *out = g_strnfill(strlen(text), ' ');
	g_autoptr(GArray) runs = styling_parse(text, 0);
	for (guint i = 0; runs && i < runs->len; i++) {
		const StylingRun *run = &g_array_index(runs, StylingRun, i);
		memset(out + run->start, run->bits < sizeof signs - 1 ? signs[run->bits] : '+', run->length);
	}
	return out;
}

static void test_spans(void)
{
	static const struct {
		const char *text, *style;
	} rows[] = {
		{ "*strong*", "ssssssss" },
		{ "plain *strong* plain", "      ssssssss      " },
		{ "*strong*plain*", "ssssssss      " },
		{ "* plain *strong*", "        ssssssss" },
		{ "not strong*", "           " },
		{ "*not strong", "           " },
		{ "*not \n strong*", "              " },
		{ "*not *strong", "            " },
		{ "**", "  " },
		{ "****", "    " },
		{ "a*b*c", "     " },
		{ "_emphasis_ ~strike~ `code`", "eeeeeeeeee xxxxxxxx cccccc" },
		{ "`*no*`", "cccccc" },
		{ "_a *b* c_", "eee+++eee" },
		{ "*_a_*", "s+++s" },
		{ "*`b`*", "s+++s" },
		{ "2 * 3 * 4", "         " },
		{ "snake_case_name", "               " },
		{ "_ a_", "    " },
		{ "_a _", "    " },
		{ "", "" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *style = picture(rows[i].text);
		g_test_message("%s", rows[i].text);
		g_assert_cmpstr(style, ==, rows[i].style);
	}
}

static void test_blocks(void)
{
	static const struct {
		const char *text, *style;
	} rows[] = {
		{ "> quoted\nplain", "qqqqqqqq      " },
		{ "> a *b*", "qqqq+++" },
		{ ">> a\n> b\nc", "qqqq qqq  " },
		{ "```\n*code*\n```\n*b*", "ccc cccccc ccc sss" },
		{ "```c\nx", "cccc c" },
		{ "> ```\n> a\nb", "qq+++ qq+  " },
		{ "> ```\n> a\n> ```\n> b", "qq+++ qq+ qq+++ qqq" },
		{ "a > b", "     " },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *style = picture(rows[i].text);
		g_test_message("%s", rows[i].text);
		g_assert_cmpstr(style, ==, rows[i].style);
	}
	/* The beginning is somebody's name. */
	g_autoptr(GArray) runs = styling_parse("*x*: > no", 4);
	g_assert_null(runs);
	g_autoptr(GArray) quote = styling_parse("*x*: > yes", 5);
	g_assert_cmpuint(quote->len, ==, 1);
	g_assert_cmpuint(g_array_index(quote, StylingRun, 0).start, ==, 5);
}

/* Runs are in order, inside the text and at character borders, whatever comes; and it takes no longer than the text is long. */
static void check(const char *text)
{
	g_autoptr(GArray) runs = styling_parse(text, 0);
	gsize end = 0;
	for (guint i = 0; runs && i < runs->len; i++) {
		const StylingRun *run = &g_array_index(runs, StylingRun, i);
		g_assert_cmpuint(run->start, >=, end);
		g_assert_cmpuint(run->length, >, 0);
		g_assert_cmpuint(run->bits, !=, 0);
		end = run->start + run->length;
		g_assert_true(g_utf8_validate(text + run->start, run->length, NULL));
	}
	g_assert_cmpuint(end, <=, strlen(text));
}

static void test_bombs(void)
{
	static const char *const parts[] = { ">", "> ", "*", "*a ", "*a* ", "_*~`", "`", "`a ", "a*", "```\n", ">```\n", "*\u00a0", "\u00e9*", "*_", "\n", "*a_b" };
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
		for (guint j = 0; j < G_N_ELEMENTS(parts); j++) {
			GString *text = g_string_new(NULL);
			while (text->len < 60000)
				g_string_append(text, parts[text->len % 7 < 5 ? i : j]);
			check(text->str);
			g_string_free(text, TRUE);
		}
	for (int round = 0; round < 3000; round++) {
		GString *text = g_string_new(NULL);
		for (int n = g_test_rand_int_range(0, 40); n > 0; n--)
			g_string_append(text, parts[g_test_rand_int_range(0, G_N_ELEMENTS(parts))]);
		check(text->str);
		g_string_free(text, TRUE);
	}
}

static void test_hues(void)
{
	static const struct {
		const char *name;
		double hue;
		guint32 rgb;
	} rows[] = {
		{ "Romeo", 327.255249, 0xdd00af },
		{ "juliet@capulet.lit", 209.410400, 0x008392 },
		{ "😺", 331.199341, 0xde00a8 },
		{ "council", 359.994507, 0xea0064 },
		{ "Board", 171.430664, 0x008674 },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_assert_cmpfloat(fabs(colour_hue(rows[i].name) - rows[i].hue), <, 0.000001);
		guint32 rgb = colour_of_hue(rows[i].hue, 50);
		for (int shift = 0; shift < 24; shift += 8)
			g_assert_cmpint(ABS((int)((rgb >> shift) & 255) - (int)((rows[i].rgb >> shift) & 255)), <=, 1);
	}
}

static void test_contrast(void)
{
	g_assert_cmpfloat(fabs(colour_contrast(0x000000, 0xffffff) - 21), <, 0.01);
	g_assert_cmpfloat(colour_contrast(0x777777, 0x777777), ==, 1);
	for (int hue = 0; hue < 360; hue++) {
		g_assert_cmpfloat(colour_contrast(colour_of_hue(hue, 70), 0x000000), >, 4.5);
		g_assert_cmpfloat(colour_contrast(colour_of_hue(hue, 45), 0xffffff), >, 4.5);
		int dark = colour_256(colour_of_hue(hue, 70), 0x000000, 4.5);
		g_assert_cmpint(dark, >=, 16);
		g_assert_cmpint(dark, <=, 255);
	}
	g_assert_cmpint(colour_256(0xff0000, 0x000000, 1), ==, 196);
	g_assert_cmpint(colour_256(0x00005f, 0x000000, 4.5), !=, 17); /* nobody could read that */
	g_assert_cmpuint(colour_of_hue(100, 0), ==, 0);
	g_assert_cmpuint(colour_of_hue(100, 100), ==, 0xffffff);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/styling/spans", test_spans);
	g_test_add_func("/styling/blocks", test_blocks);
	g_test_add_func("/styling/bombs", test_bombs);
	g_test_add_func("/colour/hues", test_hues);
	g_test_add_func("/colour/contrast", test_contrast);
	return g_test_run();
}
