/* test-xmpp-archive.c: archives, how far was read, and what others can (accounts/xmpp without its stream). */
#include <string.h>

#include "xmpp-fakes.h"
#include "base/moment.h"
#include "xmpp/archive-state.h"
#include "xmpp/caps.h"
#include "xmpp/pubsub.h"

#define FORWARDED(id, stamp, from, to, text) \
	"<message from='alice@kith.test'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='" id "'><forwarded xmlns='urn:xmpp:forward:0'>" \
	"<delay xmlns='urn:xmpp:delay' stamp='" stamp "'/><message xmlns='jabber:client' type='chat' from='" from "' to='" to "' id='" id "-0123456789abcdef'>" \
	"<body>" text "</body></message></forwarded></result></message>"
#define FIN(complete) "<fin xmlns='urn:xmpp:mam:2'" complete "><set xmlns='http://jabber.org/protocol/rsm'><first>x</first><last>y</last></set></fin>"
#define ACCOUNT_CAN "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:mam:2'/>" \
	"<feature var='http://jabber.org/protocol/pubsub#publish-options'/></query>"
#define MDS "urn:xmpp:mds:displayed:0"

static void forget(Fake *fake)
{
	g_string_truncate(fake->events, 0);
	g_string_truncate(fake->sent, 0);
}

/* Online; the account has told what it can, and the devices how far they have read. */
static Fake *begin(const char *const *keep, const char *displayed)
{
	Fake *fake = fake_new(keep, NULL);
	fake_online(fake, FALSE);
	fake_roster(fake);
	fake_answer(fake, "to=\"alice@kith.test\" type=\"get\"", "alice@kith.test", ACCOUNT_CAN);
	fake_answer(fake, "node=\"" MDS "\"", NULL, displayed ? displayed : "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='" MDS "'/></pubsub>");
	fake_commit(fake);
	return fake;
}

/* The queryid of the newest request to an archive; the caller frees. */
static char *query_of(Fake *fake)
{
	const char *at = NULL;
	for (const char *p = fake->sent->str; (p = strstr(p, "queryid=\"")); p++)
		at = p + strlen("queryid=\"");
	g_assert_nonnull(at);
	return g_strndup(at, strcspn(at, "\""));
}

static void give(Fake *fake, const char *format, const char *query)
{
	g_auto(GStrv) parts = g_strsplit(format, "%s", -1);
	g_autofree char *xml = g_strjoinv(query, parts);
	fake_receive(fake, xml);
}

/* The time of the message with that text, as it was told last. */
static gint64 time_of(Fake *fake, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(fake->events->str, "\n", -1);
	g_autofree char *wanted = g_strdup_printf("\"text\":\"%s\"", text);
	gint64 time = 0;
	for (guint i = 0; lines[i]; i++) {
		const char *at = strstr(lines[i], wanted) ? strstr(lines[i], "\"time\":") : NULL;
		if (at)
			time = g_ascii_strtoll(at + strlen("\"time\":"), NULL, 10);
	}
	g_assert_cmpint(time, >, 0);
	return time;
}

static void test_places(void)
{
	Fake *fake = begin(NULL, NULL);
	g_autofree char *query = query_of(fake);
	g_assert_nonnull(strstr(fake->sent->str, "<before/>"));
	/* Four of one second, told without a fraction. */
	give(fake, FORWARDED("3", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "three"), query);
	give(fake, FORWARDED("4", "2026-01-01T00:00:00Z", "alice@kith.test/y", "bob@kith.test", "four"), query);
	fake_answer(fake, query, NULL, FIN(""));
	g_assert_nonnull(strstr(fake->events->str, "\"kind\":\"hole\""));
	gint64 three = time_of(fake, "three"), four = time_of(fake, "four");
	g_assert_cmpint(three, <, four);
	g_assert_nonnull(strstr(fake->events->str, "\"archived\":true"));
	g_assert_nonnull(strstr(fake->events->str, "\"state\":\"read\""));
	fake_commit(fake);
	g_autofree char *second = query_of(fake);
	g_assert_cmpstr(query, !=, second);
	g_assert_nonnull(strstr(fake->sent->str, "<before>3</before>"));
	give(fake, FORWARDED("1", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "one"), second);
	give(fake, FORWARDED("2", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "two"), second);
	fake_answer(fake, second, NULL, FIN(" complete='true'"));
	g_assert_cmpint(time_of(fake, "one"), <, time_of(fake, "two"));
	g_assert_cmpint(time_of(fake, "two"), <, three);
	fake_free(fake);
}

static void test_what_is_no_result(void)
{
	Fake *fake = begin(NULL, NULL);
	g_autofree char *query = query_of(fake);
	forget(fake);
	/* Another archive, a carbon of one, another query, an address that is none of ours. */
	give(fake, "<message from='mallory@kith.test'><result xmlns='urn:xmpp:mam:2' queryid='%s' id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
		   "<delay xmlns='urn:xmpp:delay' stamp='2026-01-01T00:00:00Z'/><message xmlns='jabber:client' type='chat' from='bob@kith.test/x' "
		   "to='alice@kith.test' id='0123456789abcdef'><body>forged</body></message></forwarded></result></message>", query);
	give(fake, FORWARDED("1", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "forged"), "other");
	give(fake, FORWARDED("2", "2026-01-01T00:00:00Z", "bob@kith.test/x", "carol@kith.test", "forged"), query);
	give(fake, FORWARDED("3", "no time", "bob@kith.test/x", "alice@kith.test", "forged"), query);
	give(fake, FORWARDED("4", "1970-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "forged"), query);
	give(fake, FORWARDED("5", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "good"), query);
	g_assert_false(fake_told(fake, "\"kind\":\"message\""));
	fake_free(fake);
}

static void test_unread_behind_what_was_displayed(void)
{
	Fake *fake = begin(NULL, "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='" MDS "'><item id='bob@kith.test'><displayed xmlns='" MDS "'>"
				 "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='7'/></displayed></item></items></pubsub>");
	g_autofree char *query = query_of(fake);
	g_assert_true(strstr(fake->events->str, "\"kind\":\"read\"") && strstr(fake->events->str, "\"archive_id\":\"7\""));
	g_string_truncate(fake->events, 0);
	give(fake, FORWARDED("8", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "new"), query);
	fake_answer(fake, query, NULL, FIN(" complete='true'"));
	g_assert_nonnull(strstr(fake->events->str, "\"text\":\"new\""));
	g_assert_null(strstr(fake->events->str, "\"state\":\"read\""));
	fake_free(fake);
}

/* A server that was just started may have forgotten for a while what it has. */
static void test_an_end_above_what_was_known(void)
{
	const char *const keep[] = { "archive=archive -\ncursor c 1700000000000000 1700000000000000\n", NULL };
	Fake *fake = begin(keep, NULL);
	g_autofree char *newest = query_of(fake);
	give(fake, FORWARDED("8", "2026-01-01T00:00:00Z", "bob@kith.test/x", "alice@kith.test", "new"), newest);
	fake_answer(fake, newest, NULL, FIN(" complete='true'"));
	g_assert_true(fake_told(fake, "\"kind\":\"hole\",\"account\":\"work\",\"since\":1700000000000000"));
	fake_commit(fake);
	g_autofree char *older = query_of(fake);
	g_assert_cmpstr(older, !=, newest);
	fake_answer(fake, older, NULL, FIN(" complete='true'"));
	g_assert_null(strstr(fake->events->str, "\"kind\":\"hole\",\"account\":\"work\"}")); /* not closed */
	fake_free(fake);
}

/* The server may still be writing what belongs below the first of a page of this moment. */
static void test_a_fresh_hole_waits(void)
{
	const char *const keep[] = { "archive=archive -\ncursor c 1700000000000000 1700000000000000\n", NULL };
	Fake *fake = begin(keep, NULL);
	g_autofree char *newest = query_of(fake);
	g_autofree char *stamp = moment_format(moment_now() - 14 * G_TIME_SPAN_SECOND);
	g_autofree char *xml = g_strdup_printf(FORWARDED("8", "%s", "bob@kith.test/x", "alice@kith.test", "new"), newest, stamp);
	fake_receive(fake, xml);
	fake_answer(fake, newest, NULL, FIN(""));
	g_assert_true(fake_told(fake, "\"kind\":\"hole\",\"account\":\"work\",\"since\":1700000000000000"));
	fake_commit(fake);
	g_autofree char *same = query_of(fake);
	g_assert_cmpstr(same, ==, newest);
	for (;;) {
		g_autofree char *older = query_of(fake);
		if (strcmp(older, newest) != 0)
			break;
		g_main_context_iteration(NULL, TRUE);
	}
	fake_free(fake);
}

static void test_holes_are_kept(void)
{
	const char *const keep[] = {
		"archive=archive -\ncursor c%201 300 301\nhole 0 n%2D 200 201 o 100 101\nhole 1 z 50 51 - 0 0\nchat bob@kith.test e 150 151\nnonsense\n", NULL
	};
	Fake *fake = fake_new(keep, NULL);
	g_assert_true(fake_told(fake, "\"kind\":\"hole\",\"account\":\"work\",\"since\":101,\"until\":201"));
	const char *text = strchr(keep[0], '=') + 1;
	Archive *archive = archive_read(&text);
	g_assert_cmpstr(text, ==, "");
	g_assert_cmpstr(archive->cursor.id, ==, "c 1");
	g_assert_cmpuint(archive->holes->len, ==, 2);
	const Hole *first = archive->holes->pdata[0], *second = archive->holes->pdata[1];
	g_assert_true(!first->first && second->first && !second->older.id);
	g_assert_cmpstr(first->newer.id, ==, "n-");
	g_assert_true(archive_hole_before(archive, 400) == first && archive_hole_before(archive, 60) == second);
	g_assert_cmpint(archive_chat_edge(archive, first, "bob@kith.test")->place, ==, 151);
	g_assert_true(archive_chat_edge(archive, first, "carol@kith.test") == &first->newer);
	g_assert_true(archive_chat_edge(archive, second, "bob@kith.test") == &second->newer);
	g_autoptr(GString) again = g_string_new(NULL);
	archive_write(archive, again);
	const char *copy = again->str;
	Archive *read = archive_read(&copy);
	g_autoptr(GString) third = g_string_new(NULL);
	archive_write(read, third);
	g_assert_cmpstr(again->str, ==, third->str);
	archive_free(read);

	/* The oldest two become one where there are too many. */
	for (guint i = 1; i <= 20; i++) {
		Edge newer = { "n", 1000 * i + 500, 1000 * i + 500 }, older = { "o", 1000 * i, 1000 * i };
		archive_add_hole(archive, &newer, &older);
	}
	const Hole *last = archive->holes->pdata[archive->holes->len - 1];
	g_assert_cmpuint(archive->holes->len, ==, 16);
	g_assert_true(last->first && last->older.place == 0);
	archive_free(archive);
	fake_free(fake);
}

static void test_markers(void)
{
	static const char asks[] = "<message from='%s/x' type='chat' id='asks-0123456789abcdef'><body>read me</body><markable xmlns='urn:xmpp:chat-markers:0'/></message>";
	static const struct {
		const char *from;
		gboolean told;
	} cases[] = { { "bob@kith.test", TRUE }, { "carol@kith.test", FALSE }, { "mallory@kith.test", FALSE } };
	Fake *fake = begin(NULL, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		give(fake, asks, cases[i].from);
		fake_commit(fake);
		g_assert_true(fake_told(fake, "\"asks_read\":true"));
		forget(fake);
		WireRead read = WIRE(READ, Read, .account = "work", .chat = cases[i].from, .sender_id = "asks-0123456789abcdef", .asks_read = TRUE);
		fake_wish(fake, &read);
		g_assert_true(fake_sent(fake, "<displayed id=\"asks-0123456789abcdef\"") == cases[i].told);
		fake_wish(fake, &read);
		g_assert_false(fake_sent(fake, "<displayed"));
	}
	/* The other has read ours; a room's occupant, and we on another device, are something else. */
	fake_receive(fake, "<message from='bob@kith.test/x' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='ours'/></message>");
	g_assert_true(fake_told(fake, "\"own_id\":\"ours\",\"state\":\"read\""));
	fake_receive(fake, "<message from='bob@kith.test/x' type='groupchat'><displayed xmlns='urn:xmpp:chat-markers:0' id='ours'/></message>");
	g_assert_false(fake_told(fake, "message_state"));
	fake_free(fake);
}

static void test_sharing(void)
{
	Fake *fake = begin(NULL, NULL);
	WireRead read = WIRE(READ, Read, .account = "work", .chat = "bob@kith.test", .archive_id = "9", .sender_id = "x");
	forget(fake);
	fake_wish(fake, &read);
	g_assert_nonnull(strstr(fake->sent->str, "<item id=\"bob@kith.test\""));
	g_assert_nonnull(strstr(fake->sent->str, "id=\"9\""));
	g_assert_true(fake_sent(fake, "whitelist"));
	fake_wish(fake, &read);
	g_assert_false(fake_sent(fake, "publish"));
	/* What a device of ours says is told; it is not said back. Strangers are not heard. */
	static const char event[] = "<message from='%s' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='" MDS "'>"
				    "<item id='bob@kith.test'><displayed xmlns='" MDS "'><stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='10'/></displayed>"
				    "</item></items></event></message>";
	give(fake, event, "mallory@kith.test/x");
	g_assert_false(fake_told(fake, "\"kind\":\"read\""));
	give(fake, event, "alice@kith.test");
	g_assert_true(fake_told(fake, "\"archive_id\":\"10\""));
	read.archive_id = "10";
	fake_wish(fake, &read);
	g_assert_false(fake_sent(fake, "publish"));
	fake_free(fake);
}

/* What the hub tells right after a login waits for the contact list and for the other devices' word. */
static void test_early_reads(void)
{
	static const char moved[] = "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='" MDS "'><item id='carol@kith.test'><displayed xmlns='" MDS "'>"
				    "<stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='7'/></displayed></item></items></pubsub>";
	Fake *fake = fake_new(NULL, NULL);
	WireRead bob = WIRE(READ, Read, .account = "work", .chat = "bob@kith.test", .archive_id = "9", .ref_id = "r", .sender_id = "s", .asks_read = TRUE);
	WireRead carol = WIRE(READ, Read, .account = "work", .chat = "carol@kith.test", .archive_id = "8");
	fake_online(fake, FALSE);
	fake_wish(fake, &bob);
	fake_wish(fake, &carol);
	g_assert_null(strstr(fake->sent->str, "publish"));
	g_assert_null(strstr(fake->sent->str, "<displayed"));
	fake_roster(fake);
	fake_answer(fake, "to=\"alice@kith.test\" type=\"get\"", "alice@kith.test", ACCOUNT_CAN);
	fake_answer(fake, "node=\"" MDS "\"", NULL, moved);
	g_assert_nonnull(strstr(fake->sent->str, "<item id=\"bob@kith.test\""));
	g_assert_nonnull(strstr(fake->sent->str, "<displayed id=\"r\""));
	/* Carol's chat was read elsewhere meanwhile: the hub says whether that is farther. */
	g_assert_null(strstr(fake->sent->str, "<item id=\"carol@kith.test\""));
	g_assert_true(fake_told(fake, "\"archive_id\":\"7\""));
	fake_wish(fake, &carol);
	g_assert_nonnull(strstr(fake->sent->str, "<item id=\"carol@kith.test\""));
	fake_free(fake);
}

static void test_hashes_of_others(void)
{
	static const char simple[] =
		"<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' type='pc' name='Exodus 0.9.1'/>"
		"<feature var='http://jabber.org/protocol/caps'/><feature var='http://jabber.org/protocol/disco#info'/>"
		"<feature var='http://jabber.org/protocol/disco#items'/><feature var='http://jabber.org/protocol/muc'/></query>";
	/* As the example of XEP-0115 5.3, but for the languages, which libstrophe's own parser, used here, loses. */
	static const char complex[] =
		"<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' name='Psi 0.11' type='pc'/>"
		"<identity category='client' name='\xce\xa8 0.11' type='pc'/><feature var='http://jabber.org/protocol/caps'/>"
		"<feature var='http://jabber.org/protocol/disco#info'/><feature var='http://jabber.org/protocol/disco#items'/>"
		"<feature var='http://jabber.org/protocol/muc'/><x xmlns='jabber:x:data' type='result'>"
		"<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"
		"<field var='ip_version'><value>ipv4</value><value>ipv6</value></field><field var='os'><value>Mac</value></field>"
		"<field var='os_version'><value>10.5.1</value></field><field var='software'><value>Psi</value></field>"
		"<field var='software_version'><value>0.11</value></field></x></query>";
	static const struct {
		const char *ver, *answer;
		gboolean for_all;
	} cases[] = {
		{ "QgayPKawpkPSDYmwT/WM94uAlu0=", simple, TRUE },
		{ "MxdZjNKNku1+SiM9N92yqIK2HTQ=", complex, TRUE },
		{ "AAAAPKawpkPSDYmwT/WM94uAlu0=", simple, FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fake *fake = begin(NULL, NULL);
		g_autofree char *presence = g_strdup_printf("<presence from='%%s'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' ver='%s'/></presence>", cases[i].ver);
		g_autofree char *node = g_strconcat("n#", cases[i].ver, NULL);
		forget(fake);
		give(fake, presence, "bob@kith.test/one");
		give(fake, presence, "mallory@kith.test/x");
		g_assert_false(caps_has(fake->session, "bob@kith.test/one", NS_MUC));
		g_assert_null(strstr(fake->sent->str, "mallory"));
		fake_answer(fake, node, "bob@kith.test/one", cases[i].answer);
		forget(fake);
		give(fake, presence, "carol@kith.test/two");
		g_assert_true(caps_has(fake->session, "bob@kith.test/one", NS_MUC));
		if (caps_has(fake->session, "carol@kith.test/two", NS_MUC) != cases[i].for_all)
			g_error("the hash %s is judged wrongly", cases[i].ver);
		g_assert_true(fake_sent(fake, node) == !cases[i].for_all);
		const char *full = NULL;
		g_assert_true(caps_any_has(fake->session, "bob@kith.test", NS_MUC, &full));
		g_assert_cmpstr(full, ==, "bob@kith.test/one");
		fake_receive(fake, "<presence from='bob@kith.test/one' type='unavailable'/>");
		g_assert_false(caps_any_has(fake->session, "bob@kith.test", NS_MUC, NULL));
		fake_free(fake);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmpp/archive/places", test_places);
	g_test_add_func("/xmpp/archive/what-is-no-result", test_what_is_no_result);
	g_test_add_func("/xmpp/archive/unread-behind-what-was-displayed", test_unread_behind_what_was_displayed);
	g_test_add_func("/xmpp/archive/end-above-what-was-known", test_an_end_above_what_was_known);
	g_test_add_func("/xmpp/archive/fresh-hole-waits", test_a_fresh_hole_waits);
	g_test_add_func("/xmpp/archive/holes-are-kept", test_holes_are_kept);
	g_test_add_func("/xmpp/markers", test_markers);
	g_test_add_func("/xmpp/sharing", test_sharing);
	g_test_add_func("/xmpp/early-reads", test_early_reads);
	g_test_add_func("/xmpp/hashes-of-others", test_hashes_of_others);
	return g_test_run();
}
