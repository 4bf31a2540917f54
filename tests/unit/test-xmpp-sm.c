/* test-xmpp-sm.c: the counting of stream management, also across 2^32. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "xmpp/sm.h"

static void collect(gpointer data, const char *xml, gsize size)
{
	g_string_append_len(data, xml, size);
}

static void assert_unacked(Sm *sm, const char *expected)
{
	g_autoptr(GString) texts = g_string_new(NULL);

	sm_foreach(sm, collect, texts);
	g_assert_cmpstr(texts->str, ==, expected);
}

static void push_all(Sm *sm, const char *letters)
{
	for (; *letters; letters++)
		sm_push(sm, letters, 1);
}

static void test_sending(void)
{
	Sm *sm = sm_new();

	g_assert_cmpuint(sm_push(sm, "a", 1), ==, 1);
	push_all(sm, "bcd");
	g_assert_cmpuint(sm_sent(sm), ==, 4);
	g_assert_true(sm_ack(sm, 0));
	g_assert_true(sm_ack(sm, 2));
	assert_unacked(sm, "cd");
	g_assert_cmpuint(sm_unacked(sm), ==, 2);
	g_assert_false(sm_ack(sm, 5));	/* more than was sent */
	g_assert_false(sm_ack(sm, 1));	/* backwards */
	assert_unacked(sm, "cd");
	g_assert_true(sm_ack(sm, 4));
	assert_unacked(sm, "");
	sm_free(sm);
}

static void test_sending_wraps(void)
{
	Sm *sm = sm_new();

	sm_adopt(sm, G_MAXUINT32 - 1);
	push_all(sm, "abcd");
	g_assert_cmpuint(sm_sent(sm), ==, 2);
	g_assert_true(sm_ack(sm, G_MAXUINT32));
	assert_unacked(sm, "bcd");
	g_assert_false(sm_ack(sm, 3));
	g_assert_true(sm_ack(sm, 1));
	assert_unacked(sm, "d");
	sm_free(sm);
}

static guint32 receive(Sm *sm, guint32 print, gboolean expect_repeated)
{
	gboolean repeated;
	guint32 number = sm_receive(sm, print, &repeated);

	g_assert_cmpint(repeated, ==, expect_repeated);
	return number;
}

/* What the server may be told never runs ahead of what is stored. */
static void test_receiving(void)
{
	Sm *sm = sm_new();

	g_assert_cmpuint(receive(sm, 11, FALSE), ==, 1);
	g_assert_cmpuint(receive(sm, 12, FALSE), ==, 2);
	g_assert_cmpuint(sm_handled(sm), ==, 0);
	g_assert_true(sm_set_handled(sm, 1));
	g_assert_false(sm_set_handled(sm, 1));
	g_assert_false(sm_set_handled(sm, 0));
	g_assert_false(sm_set_handled(sm, 3));
	g_assert_cmpuint(sm_handled(sm), ==, 1);
	g_assert_true(sm_set_handled(sm, 2));
	g_assert_cmpuint(sm_handled(sm), ==, sm_received(sm));
	sm_free(sm);
}

static void test_receiving_wraps(void)
{
	Sm *sm = sm_new();

	sm_restore(sm, G_MAXUINT32 - 1);
	g_assert_cmpuint(receive(sm, 1, FALSE), ==, G_MAXUINT32);
	g_assert_cmpuint(receive(sm, 2, FALSE), ==, 0);
	g_assert_cmpuint(receive(sm, 3, FALSE), ==, 1);
	g_assert_true(sm_set_handled(sm, 0));
	g_assert_cmpuint(sm_handled(sm), ==, 0);
	g_assert_false(sm_set_handled(sm, G_MAXUINT32));
	g_assert_true(sm_set_handled(sm, 1));
	sm_free(sm);
}

/* After a resume the same comes again; who has it already is not told twice. */
static void test_resume_repeats(void)
{
	Sm *sm = sm_new();

	for (guint32 i = 1; i <= 5; i++)
		receive(sm, 10 + i, FALSE);
	sm_set_handled(sm, 2);
	sm_rewind(sm);
	g_assert_cmpuint(sm_handled(sm), ==, 2);
	g_assert_cmpuint(sm_received(sm), ==, 2);
	g_assert_cmpuint(receive(sm, 13, TRUE), ==, 3);
	g_assert_cmpuint(sm_handled(sm), ==, 2);
	g_assert_true(sm_set_handled(sm, 5));	/* stored, but only what has come again may be told */
	g_assert_cmpuint(sm_handled(sm), ==, 3);
	g_assert_cmpuint(receive(sm, 14, TRUE), ==, 4);
	g_assert_cmpuint(sm_handled(sm), ==, 4);
	g_assert_cmpuint(receive(sm, 15, TRUE), ==, 5);
	g_assert_cmpuint(receive(sm, 16, FALSE), ==, 6);
	g_assert_cmpuint(sm_handled(sm), ==, 5);
	sm_free(sm);
}

/* A server that sends something else under an old number: nothing of it counts as stored. */
static void test_resume_differs(void)
{
	Sm *sm = sm_new();

	for (guint32 i = 1; i <= 4; i++)
		receive(sm, 10 + i, FALSE);
	sm_set_handled(sm, 1);
	sm_rewind(sm);
	sm_set_handled(sm, 4);
	g_assert_cmpuint(receive(sm, 12, TRUE), ==, 2);
	g_assert_cmpuint(receive(sm, 99, FALSE), ==, 3);
	g_assert_cmpuint(sm_handled(sm), ==, 2);
	g_assert_cmpuint(receive(sm, 14, FALSE), ==, 4);
	g_assert_true(sm_set_handled(sm, 4));
	g_assert_cmpuint(sm_handled(sm), ==, 4);
	sm_free(sm);
}

static void test_many(void)
{
	Sm *sm = sm_new();

	for (guint32 i = 1; i <= 10000; i++) {
		receive(sm, i, FALSE);
		if (i > 3000)
			g_assert_true(sm_set_handled(sm, i - 3000));
	}
	sm_rewind(sm);
	for (guint32 i = 7001; i <= 10000; i++)
		g_assert_cmpuint(receive(sm, i, TRUE), ==, i);
	sm_free(sm);
}

static void test_begin(void)
{
	Sm *sm = sm_new();

	sm_restore(sm, 7);
	g_assert_true(sm_is_restored(sm));
	sm_adopt(sm, 3);
	g_assert_false(sm_is_restored(sm));
	push_all(sm, "ab");
	g_assert_cmpuint(sm_sent(sm), ==, 5);
	g_assert_cmpuint(receive(sm, 1, FALSE), ==, 8);
	sm_begin(sm);
	g_assert_cmpuint(sm_push(sm, "x", 1), ==, 1);
	g_assert_cmpuint(receive(sm, 1, FALSE), ==, 1);
	sm_free(sm);
}

static void test_parse_count(void)
{
	static const struct {
		const char *text;
		gboolean ok;
		guint32 count;
	} cases[] = {
		{ "0", TRUE, 0 },	{ "4294967295", TRUE, G_MAXUINT32 }, { "0007", TRUE, 7 },
		{ NULL, FALSE, 0 },	{ "", FALSE, 0 },		      { "-1", FALSE, 0 },
		{ "+1", FALSE, 0 },	{ "4294967296", FALSE, 0 },	      { " 1", FALSE, 0 },
		{ "1x", FALSE, 0 },	{ "0x10", FALSE, 0 },		      { "99999999999999999999", FALSE, 0 },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		guint32 count = 0;
		g_assert_cmpint(sm_parse_count(cases[i].text, &count), ==, cases[i].ok);
		if (cases[i].ok)
			g_assert_cmpuint(count, ==, cases[i].count);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmpp/sm/sending", test_sending);
	g_test_add_func("/xmpp/sm/sending-wraps", test_sending_wraps);
	g_test_add_func("/xmpp/sm/receiving", test_receiving);
	g_test_add_func("/xmpp/sm/receiving-wraps", test_receiving_wraps);
	g_test_add_func("/xmpp/sm/resume-repeats", test_resume_repeats);
	g_test_add_func("/xmpp/sm/resume-differs", test_resume_differs);
	g_test_add_func("/xmpp/sm/many", test_many);
	g_test_add_func("/xmpp/sm/begin", test_begin);
	g_test_add_func("/xmpp/sm/parse-count", test_parse_count);
	return g_test_run();
}
