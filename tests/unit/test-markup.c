/* test-markup.c: spans read, written, cut and turned into what is drawn; nothing bad in them counts. */
#include "base/markup.h"
#include <string.h>

/* What is left of a markup when it is read and written again. */
static void assert_reads(const char *markup, gsize characters, const char *expected)
{
	g_autoptr(GArray) spans = markup_parse(markup, characters);
	g_autofree char *written = markup_write(spans);
	g_test_message("%.80s", markup ? markup : "NULL");
	g_assert_cmpstr(written, ==, expected);
}

static void test_reading(void)
{
	assert_reads(NULL, 10, NULL);
	assert_reads("", 10, NULL);
	assert_reads("b0-5", 10, "b0-5");
	assert_reads("b0-5 i7-12 c20-30 f3:0-4", 30, "b0-5 i7-12 c20-30"); /* out of order */
	assert_reads("b0-5 f3:0-4 i7-12", 30, "b0-5 f3:0-4 i7-12");
	assert_reads("u0-1 s0-1 q0-1 g98:0-1", 1, "g98:0-1 q0-1 s0-1 u0-1");
	assert_reads("f0:0-3 f98:3-4 f99:4-5 f:5-6 f-1:6-7", 10, "f0:0-3 f98:3-4");
	assert_reads("b5-5 b6-5 b7-11 b10-12", 11, "b7-11");
	assert_reads("b0-0 x0-1 b b- b0 b0- b-1 b1:0-1 b0-1x B0-1 0-1  b2-3 ", 10, "b2-3");
	assert_reads("b00000000-1 b0-00000001 b4294967296-4294967297 b1-99999999999999999999999999999999999", 10, NULL);
	assert_reads("b+0-1 b 0-1 b0x0-1 b\t0-1 b0-1\nb1-2", 10, NULL);
	assert_reads("b3-4 b2-4 b3-5", 10, "b3-5 b3-4");
}

static void test_bounds(void)
{
	g_autoptr(GString) many = g_string_new(NULL);
	for (int i = 0; i < 100000; i++)
		g_string_append(many, "b0-1 ");
	g_autoptr(GArray) spans = markup_parse(many->str, 1);
	g_assert_cmpuint(spans->len, ==, MARKUP_SPANS_MAX);
	g_autofree char *written = markup_write(spans);
	g_autofree char *noise = g_strnfill(1000000, 'b');
	assert_reads(noise, 10, NULL);
	for (guint i = 0; i < 200; i++) {
		char bytes[100];
		for (guint k = 0; k < sizeof bytes - 1; k++)
			bytes[k] = (char)g_test_rand_int_range(1, 256);
		bytes[sizeof bytes - 1] = 0;
		g_autoptr(GArray) none = markup_parse(bytes, 100);
		g_autoptr(GArray) runs = markup_runs(bytes, "words");
		g_assert_cmpuint(none->len + (runs ? runs->len : 0), <=, 3 * MARKUP_SPANS_MAX);
	}
}

static void test_part(void)
{
	static const struct {
		const char *markup;
		gsize skip, characters;
		const char *left;
	} rows[] = {
		{ "b0-9", 4, 5, "b0-5" },
		{ "b0-4 i4-6", 4, 5, "i0-2" },
		{ "b0-9", 0, 5, "b0-5" },
		{ "b0-2 i6-9", 0, 5, "b0-2" },
		{ "b0-4", 4, 5, NULL },
		{ "nonsense", 0, 5, NULL },
		{ NULL, 0, 5, NULL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		g_autofree char *left = markup_part(rows[i].markup, rows[i].skip, rows[i].characters);
		g_assert_cmpstr(left, ==, rows[i].left);
	}
}

/* "START+LENGTH BITS[FRONT,BACK]" of each run, in bytes. */
static void assert_runs(const char *markup, const char *text, const char *expected)
{
	g_autoptr(GArray) runs = markup_runs(markup, text);
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; runs && i < runs->len; i++) {
		const StylingRun *run = &g_array_index(runs, StylingRun, i);
		g_string_append_printf(out, "%s%u+%u %u", out->len ? " | " : "", run->start, run->length, run->bits);
		if (run->front >= 0 || run->back >= 0)
			g_string_append_printf(out, "[%d,%d]", run->front, run->back);
	}
	g_assert_cmpstr(out->str, ==, expected);
}

static void test_runs(void)
{
	assert_runs(NULL, "words", "");
	assert_runs("b0-5", "words", "0+5 1");
	assert_runs("b0-6", "words", "");
	assert_runs("b1-3 i2-4", "words", "1+1 1 | 2+1 3 | 3+1 2");
	assert_runs("b0-1 u4-5", "äöüäö", "0+2 1 | 8+2 32");
	assert_runs("f4:0-5 f3:1-3", "words", "0+1 0[4,-1] | 1+2 0[3,-1] | 3+2 0[4,-1]");
	assert_runs("f4:0-2 g8:0-2", "words", "0+2 0[4,8]");
	assert_runs("f4:0-5 f3:0-2", "words", "0+2 0[3,-1] | 2+3 0[4,-1]");
	/* marks stay with their letter, whoever wants them apart; so does the end of a line */
	assert_runs("b0-1 i1-2", "e\xCC\x81x", "0+3 1");
	assert_runs("b1-2", "e\xCC\x81\xCC\x81x", "");
	assert_runs("b0-1 i1-2 u2-3", "\r\nx", "0+2 1 | 2+1 32");
	assert_runs("b0-2", "😀日本", "0+7 1");
}

static void test_colours(void)
{
	for (int i = 0; i < MARKUP_COLOURS; i++)
		g_assert_cmphex(markup_rgb(markup_nearest(markup_rgb(i), MARKUP_COLOURS)), ==, markup_rgb(i));
	g_assert_cmpint(markup_nearest(0xfe0101, 16), ==, 4);
	g_assert_cmpint(markup_nearest(0x000000, 16), ==, 1);
	g_assert_cmpint(markup_nearest(0xffffff, MARKUP_COLOURS), ==, 0);
	g_assert_cmphex(markup_rgb(-5), ==, 0xffffff);
	g_assert_cmphex(markup_rgb(99), ==, 0xffffff);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/markup/reading", test_reading);
	g_test_add_func("/markup/bounds", test_bounds);
	g_test_add_func("/markup/part", test_part);
	g_test_add_func("/markup/runs", test_runs);
	g_test_add_func("/markup/colours", test_colours);
	return g_test_run();
}
