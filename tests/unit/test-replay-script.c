/* test-replay-script.c: reading kith-replay's scripts and matching its expectations. */
#include "replay/load.h"
#include "replay/match.h"
#include "replay/script.h"
#include <string.h>

static const char *const words[] = { "", "end", "online", "repeat", "start", "wait", NULL };

static void test_parse(void)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Script) script = script_parse("# a comment\n\n  online nick=me\n{\"kind\":\"beat\"}\nrepeat 2\n\twait 5\r\nend\n", words, &error);
	g_assert_no_error(error);
	g_assert_cmpuint(script->n, ==, 5);
	g_assert_cmpstr(script->steps[0].word, ==, "online");
	g_assert_cmpstr(script->steps[0].rest, ==, "nick=me");
	g_assert_cmpuint(script->steps[0].line, ==, 3);
	g_assert_cmpstr(script->steps[1].word, ==, "");
	g_assert_cmpstr(script->steps[1].rest, ==, "{\"kind\":\"beat\"}");
	g_assert_cmpuint(script->steps[2].partner, ==, 4);
	g_assert_cmpuint(script->steps[4].partner, ==, 2);
	g_assert_cmpstr(script->steps[3].rest, ==, "5");
}

static void test_parse_refuses(void)
{
	static const char *const texts[] = { "what\n", "end\n", "repeat 2\n", "repeat 1\nstart 1\nend\n",
		"repeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\nrepeat 1\n" };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(script_parse(texts[i], words, &error));
		g_assert_nonnull(strstr(error->message, "line"));
	}
}

static void test_expand(void)
{
	static const gint64 counters[] = { 3, 7 };
	static const struct { const char *text; guint depth; const char *expanded; } cases[] = {
		{ "n%d of %D, 100% %x", 2, "n7 of 3, 100% %x" }, { "%d %D", 1, "3 0" }, { "%d", 0, "0" }, { "%", 2, "%" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *text = script_expand(cases[i].text, counters, cases[i].depth);
		g_assert_cmpstr(text, ==, cases[i].expanded);
	}
}

static void test_complete(void)
{
	static const struct { const char *message, *complete; } cases[] = {
		{ "{\"kind\":\"x\"}", "{\"kind\":\"x\",\"account\":\"me\"}" },
		{ "{\"kind\":\"x\",\"list\":[\"a\",\"b\"]}", "{\"kind\":\"x\",\"list\":[\"a\",\"b\"],\"account\":\"me\"}" },
		{ "{\"kind\":\"x\",\"account\":\"you\"}", "{\"kind\":\"x\",\"account\":\"you\"}" },
		{ "{\"kind\":\"x\"", NULL },
		{ "x", NULL },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *complete = script_complete(cases[i].message, "me", NULL);
		g_assert_cmpstr(complete, ==, cases[i].complete);
	}
}

static void test_option(void)
{
	g_autofree char *size = script_option("100 chat=a@b size=30", "size"), *none = script_option("100 chat=a@b", "size");
	g_assert_cmpstr(size, ==, "30");
	g_assert_null(none);
}

static void test_match(void)
{
	static const char *const groups[] = { "A", "B", NULL };
	WireSend send = WIRE(SEND, Send, .account = "me", .chat = "a@b", .text = "hello you", .own_id = "1", .chat_kind = CHAT_ROOM, .time = 5);
	WireContactAdd add = WIRE(CONTACT_ADD, ContactAdd, .account = "me", .address = "a@b", .groups = groups);
	static const struct { const char *pattern; gboolean send, add; } cases[] = {
		{ "{\"kind\":\"send\"}", TRUE, FALSE },
		{ "{\"kind\":\"send\",\"text\":\"hello*\",\"time\":5,\"chat_kind\":\"room\"}", TRUE, FALSE },
		{ "{\"kind\":\"send\",\"text\":\"hello\"}", FALSE, FALSE },
		{ "{\"kind\":\"send\",\"mark\":null}", TRUE, FALSE },
		{ "{\"kind\":\"send\",\"mark\":\"*\"}", FALSE, FALSE },
		{ "{\"kind\":\"contact_add\",\"groups\":[\"A\",\"B\"],\"name\":null}", FALSE, TRUE },
		{ "{\"kind\":\"contact_add\",\"groups\":[\"A\"]}", FALSE, FALSE },
		{ "{\"kind\":\"contact_add\",\"groups\":null}", FALSE, FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_true(match_check(cases[i].pattern, &error));
		g_assert_no_error(error);
		g_assert_cmpint(match_message(cases[i].pattern, (Wire *)&send), ==, cases[i].send);
		g_assert_cmpint(match_message(cases[i].pattern, (Wire *)&add), ==, cases[i].add);
	}
}

static void test_match_refuses(void)
{
	static const char *const patterns[] = { "", "x", "{}", "{\"text\":\"a\"}", "{\"kind\":\"state\"}", "{\"kind\":\"nothing\"}", "{\"kind\":\"send\",\"txt\":\"a\"}",
		"{\"kind\":\"send\",\"time\":\"a\"}", "{\"kind\":\"send\",\"chat_kind\":\"rom\"}", "{\"kind\":\"send\"} x", "{\"kind\":\"send\"" };
	for (guint i = 0; i < G_N_ELEMENTS(patterns); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_false(match_check(patterns[i], &error));
		g_assert_nonnull(error);
	}
}

static void test_load(void)
{
	Flood flood = { 0 };
	g_assert_true(flood_init(&flood, "10 chat=c%d@example.org chats=3 size=200"));
	g_assert_cmpstr(flood_message(&flood, "me", 4).chat, ==, "c1@example.org");
	g_assert_cmpuint(strlen(flood_message(&flood, "me", 5).text), >=, 200);
	flood_clear(&flood);
	g_assert_false(flood_init(&flood, "10 kind=what"));
	g_assert_false(flood_init(&flood, "10 size=1000000"));
	g_assert_cmpstr(load_contact("me", 7).address, ==, "friend7@example.org");
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/replay/parse", test_parse);
	g_test_add_func("/replay/parse-refuses", test_parse_refuses);
	g_test_add_func("/replay/expand", test_expand);
	g_test_add_func("/replay/complete", test_complete);
	g_test_add_func("/replay/option", test_option);
	g_test_add_func("/replay/match", test_match);
	g_test_add_func("/replay/match-refuses", test_match_refuses);
	g_test_add_func("/replay/load", test_load);
	return g_test_run();
}
