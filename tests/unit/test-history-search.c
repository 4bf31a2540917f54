/* test-history-search.c: what a search finds, in rows that are in FTS5 already and in those that are not yet; hostile words. */
#include "history-help.h"

static const char *const texts[] = {
	/* 1 */ "Did you see the build?",
	/* 2 */ "yes, green again",
	/* 3 */ "Caf\303\251 au lait at noon",
	/* 4 */ "cafe tomorrow; bring the Build log",
	/* 5 */ "the build server is down",
	/* 6 */ "100% of C++ and _under_score_ and back\\slash :-)",
	/* 7 */ "\320\237\321\200\320\270\320\262\320\265\321\202, \320\274\320\270\321\200",
	/* 8 */ "build the house, the build is green",
	/* 9 */ "see https://example.org/build/42?x=y for AND OR NOT NEAR",
	/* 10 */ "chat text rowid message_words",
};

typedef struct {
	const char *words, *ids;
} Case;

static const Case cases[] = {
	{ "build", "9 8 5 4 1" },
	{ "BUILD", "9 8 5 4 1" },
	{ "  build  ", "9 8 5 4 1" },
	{ "build green", "8" },
	{ "green build", "8" },
	{ "\"the build\"", "8 5 4 1" },
	{ "\"build the\" green", "8" },
	{ "\"the build", "8 5 4 1" },
	{ "cafe", "4 3" },
	{ "caf\303\251", "4 3" },
	{ "CAF\303\211", "4 3" },
	{ "buil*", "9 8 5 4 1" },
	{ "\"the bui\"*", "8 5 4 1" },
	{ "gre* bui*", "8" },
	{ "\320\277\321\200\320\270\320\262\320\265\321\202", "7" },
	{ "\320\274\320\270*", "7" },
	{ "example.org", "9" },
	{ "under_score", "6" },
	/* parts of words, by LIKE */
	{ "uild", "9 8 5 4 1" },
	{ "uild ree", "8" },
	{ "reen", "8 2" },
	{ "0%", "6" },
	{ "00% ++", "6" },
	{ "k\\sl", "6" },
	{ "_u", "6" },
	{ "%", "6" },
	{ ":-)", "6" },
	/* what must occur as it is beside words */
	{ "back :-)", "6" },
	{ "build :-)", "" },
	/* nothing there */
	{ "nothing", "" },
	{ "build nothing", "" },
	{ "\"build green\"", "" },
	/* FTS5 syntax is only words */
	{ "AND", "9 6" },
	{ "OR", "9" },
	{ "NOT", "9" },
	{ "NEAR", "9" },
	{ "build AND green", "" },
	{ "build OR nothing", "" },
	{ "NEAR(build green, 5)", "" },
	{ "text:build", "" },
	{ "text : build", "" },
	{ "{text chat}:build", "" },
	{ "-build", "9 8 5 4 1" },
	{ "^the", "8 5 4 1" },
	{ "(build", "9 8 5 4 1" },
	{ "build)", "9 8 5 4 1" },
	{ "bu\"ild", "" },
	{ "build\"", "9 8 5 4 1" },
	{ "build \"", "9 8 5 4 1" },
	{ "\"\" build", "9 8 5 4 1" },
	{ "build+green", "" },
	{ "*", "" },
	{ "**", "" },
	{ "'; DROP TABLE message; --", "" },
	{ "build' OR '1'='1", "" },
	{ "rowid", "10" },
	{ "1", "6" }, /* not the number of a chat, which FTS5 has beside the text; a part of 100 */
};

static gboolean search(Place *p, const ReaderSearch *what, GString *out, GError **error)
{
	g_string_truncate(out, 0);
	return reader_search(p->reader, what, help_note_id, out, error);
}

static void run_cases(Place *p, const char *when)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_test_message("%s: %s", when, cases[i].words);
		g_assert_true(search(p, &(ReaderSearch){ .words = cases[i].words, .limit = 100 }, out, &error));
		g_assert_no_error(error);
		g_assert_cmpstr(out->str, ==, cases[i].ids);
	}
}

static void add_texts(Place *p)
{
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
		add(p, IN(.text = texts[i], .time = 1000 * (i + 1)));
}

/* Waits for the background; it begins only when enough has come. */
static void index_all(Place *p)
{
	for (int i = 0; i < 600; i++)
		history_add(p->history, IN(.text = "zzz", .chat = "filler@example.org"), NULL, NULL);
	flush(p);
	while (file_number(p->path, "SELECT value FROM meta WHERE key = 'indexed'") < 400)
		g_thread_yield();
}

static void test_not_indexed(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add_texts(p);
	g_assert_cmpint(file_number(p->path, "SELECT value FROM meta WHERE key = 'indexed'"), ==, 0);
	run_cases(p, "not indexed");
}

static void test_indexed(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add_texts(p);
	index_all(p);
	run_cases(p, "indexed");
}

/* The same answer on both sides of the border, and newest first over it. */
static void test_border(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	add_texts(p);
	index_all(p);
	gint64 id = add(p, IN(.text = "one more Build"));
	g_autofree char *first = g_strdup_printf("%" G_GINT64_FORMAT " 9 8 5 4 1", id);
	g_assert_true(search(p, &(ReaderSearch){ .words = "build", .limit = 100 }, out, &error));
	g_assert_cmpstr(out->str, ==, first);
	g_assert_true(search(p, &(ReaderSearch){ .words = "build", .limit = 1 }, out, &error));
	g_assert_cmpint(g_ascii_strtoll(out->str, NULL, 10), ==, id);
	g_assert_true(search(p, &(ReaderSearch){ .words = "build", .limit = 2, .before_id = id }, out, &error));
	g_assert_cmpstr(out->str, ==, "9 8");
	g_assert_true(search(p, &(ReaderSearch){ .words = "build", .limit = 10, .before_id = 8 }, out, &error));
	g_assert_cmpstr(out->str, ==, "5 4 1");
	/* The end of the pages is not the moment to look for parts of words. */
	add(p, IN(.text = "rebuilding"));
	g_assert_true(search(p, &(ReaderSearch){ .words = "build", .limit = 10, .before_id = 1 }, out, &error));
	g_assert_cmpstr(out->str, ==, "");
	/* Parts of words have pages too. */
	g_assert_true(search(p, &(ReaderSearch){ .words = "uild", .limit = 2, .before_id = 8 }, out, &error));
	g_assert_cmpstr(out->str, ==, "5 4");
	g_assert_no_error(error);
}

static void test_filters(Place *p, gconstpointer indexed)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	add(p, IN(.text = "apple", .time = 100));
	add(p, IN(.text = "apple", .time = 200, .chat = "bob@example.org"));
	add(p, IN(.text = "apple", .time = 300, .account = "home"));
	add(p, IN(.text = "apple pie", .time = 400));
	if (indexed)
		index_all(p);
	const struct { ReaderSearch search; const char *ids; } filters[] = {
		{ { .words = "apple", .limit = 9 }, "4 3 2 1" },
		{ { .words = "apple", .account = "work", .limit = 9 }, "4 2 1" },
		{ { .words = "apple", .account = "work", .chat = "alice@example.org", .limit = 9 }, "4 1" },
		{ { .words = "appl", .account = "work", .chat = "alice@example.org", .limit = 9 }, "4 1" },
		{ { .words = "apple", .chat = "alice@example.org", .limit = 9 }, "4 3 1" },
		{ { .words = "apple", .account = "work", .chat = "nobody@example.org", .limit = 9 }, "" },
		{ { .words = "apple", .account = "nobody", .limit = 9 }, "" },
		{ { .words = "apple", .since = 200, .limit = 9 }, "4 3 2" },
		{ { .words = "apple", .until = 200, .limit = 9 }, "2 1" },
		{ { .words = "apple", .since = 150, .until = 300, .limit = 9 }, "3 2" },
		{ { .words = "apple", .limit = 0 }, "" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(filters); i++) {
		g_assert_true(search(p, &filters[i].search, out, &error));
		g_assert_no_error(error);
		g_assert_cmpstr(out->str, ==, filters[i].ids);
	}
}

static void test_refused(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *long_words = g_strnfill(5000, 'a'), *many = g_strnfill(80, 'a');
	g_autoptr(GString) out = g_string_new(NULL);
	for (int i = 1; i < 80; i += 2)
		many[i] = ' ';
	const struct { const char *words, *error; } refused[] = {
		{ "", "no words to search for" }, { "   ", "no words to search for" }, { NULL, "no words to search for" }, { "\"\"", "no words to search for" },
		{ long_words, "too long: the words to search for" }, { many, "too many words to search for" }, { "\377", "not UTF-8: the words to search for" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(search(p, &(ReaderSearch){ .words = refused[i].words, .limit = 9 }, out, &error));
		g_assert_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED);
		g_assert_cmpstr(error->message, ==, refused[i].error);
	}
}

/* Whatever is typed, a search gives rows or none and no error of SQL. */
static void test_noise(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const pieces[] = { "\"", "*", "(", ")", "AND", "OR", "NOT", "NEAR", ":", "^", "-", "+", "{", "}", ",", "'", ";", "build", "the",
		"\303\251", "\\", "%", "_", " ", "\t", "\n", "\360\237\230\200", "\342\200\256", "text", "0" };
	g_autoptr(GString) out = g_string_new(NULL), words = g_string_new(NULL);
	g_autoptr(GRand) random = g_rand_new_with_seed(4711);
	add_texts(p);
	index_all(p);
	add_texts(p);
	for (int i = 0; i < 3000; i++) {
		g_autoptr(GError) error = NULL;
		g_string_truncate(words, 0);
		for (int n = g_rand_int_range(random, 1, 12); n; n--)
			g_string_append(words, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
		if (!search(p, &(ReaderSearch){ .words = words->str, .limit = 5 }, out, &error))
			g_assert_cmpstr(error->message, ==, "no words to search for");
	}
}

#define TEST(path, function, data) g_test_add(path, Place, data, place_set_up, function, place_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/history/search/not-indexed", test_not_indexed, NULL);
	TEST("/history/search/indexed", test_indexed, NULL);
	TEST("/history/search/border", test_border, NULL);
	TEST("/history/search/filters", test_filters, NULL);
	TEST("/history/search/filters-indexed", test_filters, "indexed");
	TEST("/history/search/refused", test_refused, NULL);
	TEST("/history/search/noise", test_noise, NULL);
	return g_test_run();
}
