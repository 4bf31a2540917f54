/* test-xmpp-stanzas.c: stanza text in, events out; wishes in, stanza text out (accounts/xmpp without its stream). */
#include <string.h>

#include "xmpp-fakes.h"
#include "xmpp/jid.h"

static Fake *begin(void)
{
	Fake *fake = fake_new(NULL, NULL);
	fake_online(fake, FALSE);
	fake_roster(fake);
	fake_commit(fake);
	return fake;
}

static void forget(Fake *fake)
{
	g_string_truncate(fake->events, 0);
	g_string_truncate(fake->sent, 0);
}

/* ---- addresses ---- */

static void test_addresses(void)
{
	static const struct {
		const char *text, *normal;
	} cases[] = {
		{ "alice@kith.test", "alice@kith.test" },
		{ "Alice@KITH.test/Home", "alice@kith.test/Home" },
		{ "kith.test", "kith.test" },
		{ "kith.test.", "kith.test" },
		{ "a@b/c@d/e", "a@b/c@d/e" },
		{ "a@b/c d", "a@b/c d" },
		{ "\xc3\x84@b", "\xc3\xa4@b" },
		{ "a@xn--bcher-kva.test", "a@b\xc3\xbc" "cher.test" },
		{ "a@[::1]", "a@[::1]" },
		{ "a@b@c", NULL },
		{ "@b", NULL },
		{ "a@", NULL },
		{ "a@/r", NULL },
		{ "a@b/", NULL },
		{ "", NULL },
		{ "a b@c", NULL },
		{ "a@b c", NULL },
		{ "a\n@b", NULL },
		{ "a@b/c\nd", NULL },
		{ "a\xe2\x80\x8b@b", NULL },
		{ "a'b@c", NULL },
		{ "<a>@c", NULL },
		{ "\xff@c", NULL },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *normal = jid_normalise(cases[i].text);
		g_assert_cmpstr(normal, ==, cases[i].normal);
	}
	g_autofree char *part = g_strnfill(1023, 'a'), *longer = g_strnfill(1024, 'a');
	g_autofree char *fits = g_strdup_printf("%s@b", part), *too_long = g_strdup_printf("%s@b", longer);
	g_autofree char *first = jid_normalise(fits), *second = jid_normalise(too_long);
	g_assert_nonnull(first);
	g_assert_null(second);
	g_assert_true(jid_same_bare("a@b/c", "a@b"));
	g_assert_false(jid_same_bare("a@b", "a@bc"));
}

/* ---- in ---- */

static void test_message(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_receive(fake, "<message from='Bob@kith.test/x' type='chat' id='0123456789abcdef'><body>hi &lt;b&gt;</body></message>");
	g_assert_nonnull(strstr(fake->events->str, "\"chat\":\"bob@kith.test\""));
	g_assert_nonnull(strstr(fake->events->str, "\"text\":\"hi <b>\""));
	g_assert_nonnull(strstr(fake->events->str, "\"sender_id\":\"0123456789abcdef\""));
	g_assert_true(fake_told(fake, "\"cursor\":\"session"));
	/* an id that may be counted up tells nothing */
	fake_receive(fake, "<message from='bob@kith.test/x' type='chat' id='7'><body>again</body></message>");
	g_assert_null(strstr(fake->events->str, "sender_id"));
	forget(fake);
	/* no archive of ours is known yet: its ids could be forged */
	fake_receive(fake, "<message from='bob@kith.test/x'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='f'/></message>");
	g_assert_false(fake_told(fake, "archive_id"));
	fake_receive(fake, "<message from='bob@kith.test/x'><thread>x</thread></message>");
	g_assert_false(fake_told(fake, "\"kind\":\"message\""));
	fake_free(fake);
}

static void test_count_follows_the_store(void)
{
	Fake *fake = begin();
	guint32 before = fake->handled;
	g_assert_cmpuint(before, ==, fake->inbound);
	fake_receive(fake, "<message from='bob@kith.test/x'><body>1</body></message>");
	fake_receive(fake, "<presence from='bob@kith.test/x'/>");
	g_assert_cmpuint(fake->handled, ==, before);
	fake_commit(fake);
	g_assert_cmpuint(fake->handled, ==, before + 2);
	/* what no message brings is gathered in one keepsake at a time */
	forget(fake);
	for (int i = 0; i < 100; i++)
		fake_receive(fake, "<presence from='bob@kith.test/x'/>");
	g_assert_cmpuint(fake->handled, ==, before + 2);
	fake_commit(fake);
	fake_commit(fake);
	g_assert_cmpuint(fake->handled, ==, before + 102);
	fake_free(fake);
}

static void test_back_pressure(void)
{
	Fake *fake = begin();
	for (int i = 0; i < 4100; i++)
		fake_receive(fake, "<message from='bob@kith.test/x'><body>1</body></message>");
	g_assert_true(fake->paused);
	fake_commit(fake);
	g_assert_false(fake->paused);
	fake->backlog = 2 << 20;
	fake_receive(fake, "<message from='bob@kith.test/x'><body>1</body></message>");
	g_assert_true(fake->paused);
	/* the last commit comes while the hub has not yet read all: another one is asked for */
	fake_commit(fake);
	g_assert_true(fake->paused);
	gint64 last = fake->commit;
	fake->backlog = 0;
	fake_commit(fake);
	g_assert_cmpint(fake->commit, ==, last);
	g_assert_false(fake->paused);
	fake_free(fake);
}

#define FORWARD(inner) "<forwarded xmlns='urn:xmpp:forward:0'>" inner "</forwarded>"
#define INNER "<message xmlns='jabber:client' from='bob@kith.test/x' to='alice@kith.test/phone' type='chat'><body>copied</body></message>"

static void test_carbons(void)
{
	static const char *const copy = "<message from='alice@kith.test'><received xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</received></message>";
	Fake *fake = fake_new(NULL, NULL);
	fake_online(fake, FALSE);
	/* not asked for yet */
	fake_receive(fake, copy);
	g_assert_false(fake_told(fake, "copied"));
	fake_answer(fake, "urn:xmpp:carbons:2", NULL, "");
	fake_receive(fake, copy);
	g_assert_true(fake_told(fake, "copied"));
	static const char *const forged[] = {
		"<message from='mallory@kith.test'><received xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</received></message>",
		"<message from='alice@kith.test/other'><received xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</received></message>",
		"<message from='kith.test'><sent xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</sent></message>",
		/* sent, but not by us */
		"<message from='alice@kith.test'><sent xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</sent></message>",
		/* a copy of a copy */
		"<message from='alice@kith.test'><received xmlns='urn:xmpp:carbons:2'>" FORWARD("<message xmlns='jabber:client' from='mallory@kith.test' to='alice@kith.test'><received xmlns='urn:xmpp:carbons:2'>" FORWARD(INNER) "</received><body>copied</body></message>") "</received></message>",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(forged); i++) {
		fake_receive(fake, forged[i]);
		g_assert_false(fake_told(fake, "copied"));
	}
	/* The server of a resumed session may have forgotten it. */
	fake_lose(fake);
	fake_online(fake, TRUE);
	g_assert_true(fake_sent(fake, "<enable xmlns=\"urn:xmpp:carbons:2\"/>"));
	fake_receive(fake, copy);
	g_assert_true(fake_told(fake, "copied"));
	fake_free(fake);
}

static void test_roster_push(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_receive(fake, "<iq type='set' id='1' from='mallory@kith.test/x'><query xmlns='jabber:iq:roster'><item jid='mallory@kith.test' subscription='both'/></query></iq>");
	g_assert_false(fake_told(fake, "mallory"));
	g_assert_true(fake_sent(fake, "service-unavailable"));
	fake_receive(fake, "<iq type='set' id='2'><query xmlns='jabber:iq:roster' ver='v2'><item jid='dave@kith.test' subscription='none' ask='subscribe'/></query></iq>");
	g_assert_nonnull(strstr(fake->events->str, "\"roster_ver\""));
	g_assert_true(fake_told(fake, "\"address\":\"dave@kith.test\""));
	g_assert_true(fake_sent(fake, "type=\"result\""));
	fake_receive(fake, "<iq type='set' id='3'><query xmlns='jabber:iq:roster'><item jid='dave@kith.test' subscription='remove'/></query></iq>");
	g_assert_true(fake_told(fake, "contact_gone"));
	fake_free(fake);
}

static void test_requests_of_others(void)
{
	Fake *fake = begin();
	static const struct {
		const char *xml, *answer;
	} cases[] = {
		{ "<iq type='get' id='1' from='bob@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>", "type=\"result\"" },
		{ "<iq type='get' id='1' from='m@kith.test/x'><query xmlns='jabber:iq:version'/></iq>", "service-unavailable" },
		{ "<iq type='set' id='1' from='m@kith.test/x'><command xmlns='http://jabber.org/protocol/commands' node='x'/></iq>", "service-unavailable" },
		{ "<iq type='get' id='1' from='m@kith.test/x'/>", "service-unavailable" },
		{ "<iq type='get' from='m@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>", NULL },
		{ "<iq type='get' id='' from='m@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>", NULL },
		{ "<iq type='result' id='1' from='m@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>", NULL },
		{ "<iq type='error' id='1' from='m@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>", NULL },
		{ "<iq type='get' id='1' from=''><ping xmlns='urn:xmpp:ping'/></iq>", NULL },
		{ "<iq type='get' id='1' from='bob@kith.test/x'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>", "urn:xmpp:receipts" },
		{ "<iq type='get' id='1' from='bob@kith.test/x'><query xmlns='http://jabber.org/protocol/disco#info' node='other'/></iq>", "item-not-found" },
		{ "<iq type='get' id='1' from='bob@kith.test/x'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>", "type=\"result\"" },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		forget(fake);
		fake_receive(fake, cases[i].xml);
		if (cases[i].answer)
			g_assert_nonnull(strstr(fake->sent->str, cases[i].answer));
		else
			g_assert_cmpstr(fake->sent->str, ==, "");
	}
	fake_free(fake);
}

static void test_answers_of_others(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_wish(fake, &WIRE(INFO, Info, .account = "work", .request = 5, .address = "kith.test"));
	/* a stranger, ourselves and nobody answer in the server's place */
	static const char *const others[] = { "mallory@kith.test/x", "alice@kith.test", NULL };
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++)
		fake_answer(fake, "disco#info", others[i], "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='client' name='forged'/></query>");
	fake_answer(fake, "jabber:iq:version", "kith.test", "<query xmlns='jabber:iq:version'><name>Prosody</name></query>");
	fake_answer(fake, "jabber:iq:last", "kith.test", "<query xmlns='jabber:iq:last' seconds='90000'/>");
	g_assert_false(fake_told(fake, "\"done\""));
	fake_answer(fake, "disco#info", "kith.test", "<query xmlns='http://jabber.org/protocol/disco#info'><identity category='server' name='K'/></query>");
	g_assert_null(strstr(fake->events->str, "forged"));
	g_assert_nonnull(strstr(fake->events->str, "last there: 1 days ago"));
	g_assert_true(fake_told(fake, "program: Prosody"));
	fake_free(fake);
}

static void test_subscriptions(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_receive(fake, "<presence type='subscribed' from='mallory@kith.test'/>");
	g_assert_cmpstr(fake->sent->str, ==, "");
	for (int i = 0; i < 200; i++) {
		g_autofree char *xml = g_strdup_printf("<presence type='subscribe' from='m%d@kith.test'/>", i);
		fake_receive(fake, xml);
		fake_receive(fake, xml);
	}
	g_assert_cmpstr(fake->sent->str, ==, "");
	g_auto(GStrv) cards = g_strsplit(fake->events->str, "\"kind\":\"card\"", -1);
	g_assert_cmpuint(g_strv_length(cards) - 1, ==, 100);
	forget(fake);
	/* who may see us already gets the answer again */
	fake_receive(fake, "<presence type='subscribe' from='bob@kith.test'/>");
	g_assert_true(fake_sent(fake, "subscribed"));
	g_assert_false(fake_told(fake, "\"card\""));
	fake_free(fake);
}

static void test_presence(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_receive(fake, "<presence from='stranger@kith.test/x'/>");
	g_assert_false(fake_told(fake, "\"presence\""));
	fake_receive(fake, "<presence from='bob@kith.test/phone'><show>away</show><priority>5</priority></presence>");
	g_assert_true(fake_told(fake, "\"presence\":\"away\""));
	fake_receive(fake, "<presence from='bob@kith.test/pc'><priority>1</priority></presence>");
	g_assert_true(fake_told(fake, "\"device\":\"phone\""));
	fake_receive(fake, "<presence from='bob@kith.test/phone' type='unavailable'/>");
	g_assert_true(fake_told(fake, "\"device\":\"pc\""));
	for (int i = 0; i < 100; i++) {
		g_autofree char *xml = g_strdup_printf("<presence from='bob@kith.test/r%d'/>", i);
		fake_receive(fake, xml);
	}
	forget(fake);
	fake_receive(fake, "<presence from='bob@kith.test' type='unavailable'><status>gone</status></presence>");
	g_assert_nonnull(strstr(fake->events->str, "\"status\":\"gone\""));
	g_assert_true(fake_told(fake, "\"presence\":\"offline\""));
	fake_free(fake);
}

static void test_receipts(void)
{
	static const struct {
		const char *xml;
		gboolean answered;
	} cases[] = {
		{ "<message from='bob@kith.test/x' type='chat' id='r1'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>", TRUE },
		{ "<message from='carol@kith.test/x' type='chat' id='r1'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>", FALSE },
		{ "<message from='m@kith.test/x' type='chat' id='r1'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>", FALSE },
		{ "<message from='bob@kith.test/x' type='chat'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>", FALSE },
		{ "<message from='bob@kith.test/x' type='error' id='r1'><body>x</body><request xmlns='urn:xmpp:receipts'/></message>", FALSE },
	};
	Fake *fake = begin();
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		forget(fake);
		fake_receive(fake, cases[i].xml);
		g_assert_cmpstr(fake->sent->str, ==, "");
		fake_commit(fake);
		g_assert_cmpint(fake_sent(fake, "<received"), ==, cases[i].answered);
	}
	fake_receive(fake, "<message from='bob@kith.test/x'><received xmlns='urn:xmpp:receipts' id='mine'/></message>");
	g_assert_true(fake_told(fake, "\"state\":\"delivered\""));
	fake_free(fake);
	fake = fake_new(NULL, (const char *const[]){ "send_receipts=no", NULL });
	fake_online(fake, FALSE);
	fake_roster(fake);
	forget(fake);
	fake_receive(fake, cases[0].xml);
	fake_commit(fake);
	g_assert_false(fake_sent(fake, "<received"));
	fake_free(fake);
}

static void test_delay(void)
{
	static const struct {
		const char *delay, *time;
	} cases[] = {
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test' stamp='2020-01-02T03:04:05Z'/>", "\"time\":1577934245000000" },
		{ "<delay xmlns='urn:xmpp:delay' from='bob@kith.test' stamp='2020-01-02T03:04:05Z'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' stamp='2020-01-02T03:04:05Z'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test' stamp='9999-01-02T03:04:05Z'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test' stamp='1900-01-02T03:04:05Z'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test' stamp='1985-01-02T03:04:05Z'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test' stamp='garbage'/>", NULL },
		{ "<delay xmlns='urn:xmpp:delay' from='kith.test'/>", NULL },
	};
	Fake *fake = begin();
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *xml = g_strdup_printf("<message from='bob@kith.test/x'><body>x</body>%s</message>", cases[i].delay);
		forget(fake);
		fake_receive(fake, xml);
		g_assert_nonnull(strstr(fake->events->str, "\"text\":\"x\""));
		g_assert_cmpint(strstr(fake->events->str, "\"time\"") != NULL, ==, cases[i].time != NULL);
		if (cases[i].time)
			g_assert_nonnull(strstr(fake->events->str, cases[i].time));
	}
	fake_free(fake);
}

/* ---- out ---- */

static void send_text(Fake *fake, const char *own_id, const char *text, const char *mark)
{
	fake_wish(fake, &WIRE(SEND, Send, .account = "work", .chat = "bob@kith.test", .own_id = own_id, .text = text, .time = 1, .mark = mark));
}

static void test_bytes_leave_after_the_mark(void)
{
	Fake *fake = begin();
	forget(fake);
	send_text(fake, "one", "first", NULL);
	send_text(fake, "one", "first", NULL);
	g_autofree char *mark = g_strdup_printf(" %u ", fake->count + 1);
	g_assert_nonnull(strstr(fake->events->str, mark));
	/* what comes behind waits in line, or the number would be wrong */
	fake_receive(fake, "<iq type='get' id='1' from='bob@kith.test/x'><ping xmlns='urn:xmpp:ping'/></iq>");
	g_assert_cmpstr(fake->sent->str, ==, "");
	fake_commit(fake);
	g_assert_true(strstr(fake->sent->str, "first") < strstr(fake->sent->str, "type=\"result\""));
	g_assert_false(strstr(strstr(fake->sent->str, "first") + 1, "first") != NULL);
	g_assert_false(fake_told(fake, "\"state\":\"sent\""));
	fake_ack(fake);
	g_assert_true(fake_told(fake, "\"state\":\"sent\""));
	fake_free(fake);
}

static void test_a_lost_session_asks_the_archive(void)
{
	Fake *fake = begin();
	send_text(fake, "here", "known", NULL);
	send_text(fake, "gone", "unknown", NULL);
	fake_commit(fake);
	fake_lose(fake);
	fake_online(fake, FALSE);
	g_assert_null(strstr(fake->sent->str, "unknown"));
	g_assert_nonnull(strstr(fake->sent->str, "urn:xmpp:mam:2"));
	/* forged results do not count */
	const char *query = strstr(fake->sent->str, "queryid=\"") + 9;
	g_autofree char *id = g_strndup(query, strcspn(query, "\""));
	static const char *const senders[] = { " from='mallory@kith.test'", "" };
	for (gsize i = 0; i < G_N_ELEMENTS(senders); i++) {
		g_autofree char *result = g_strdup_printf("<message%s><result xmlns='urn:xmpp:mam:2' queryid='%s' id='arch1'>" FORWARD("<message xmlns='jabber:client' id='here'/>") "</result></message>", senders[i], id);
		fake_receive(fake, result);
		if (i == 0)
			g_assert_false(fake_told(fake, "arch1"));
	}
	fake_answer(fake, id, NULL, "<fin xmlns='urn:xmpp:mam:2' complete='true'/>");
	g_assert_nonnull(strstr(fake->events->str, "arch1"));
	g_assert_true(fake_told(fake, "\"state\":\"sent\""));
	/* one question for both; what is not there is looked for once more, and goes out again if it is not there then */
	g_assert_null(strstr(fake->sent->str, "unknown"));
	g_string_truncate(fake->sent, 0);
	while (!strstr(fake->sent->str, id))
		g_main_context_iteration(NULL, TRUE);
	fake_answer(fake, id, NULL, "<fin xmlns='urn:xmpp:mam:2' complete='true'/>");
	fake_commit(fake);
	g_assert_true(fake_sent(fake, "unknown"));
	fake_free(fake);
}

static void test_a_resumed_session_sends_nothing_again(void)
{
	Fake *fake = begin();
	send_text(fake, "one", "first", NULL);
	fake_commit(fake);
	fake_lose(fake);
	fake_online(fake, TRUE);
	g_assert_false(fake_sent(fake, "first"));
	fake_ack(fake);
	g_assert_true(fake_told(fake, "\"state\":\"sent\""));
	fake_free(fake);
}

static void test_typing(void)
{
	Fake *fake = begin();
	static const struct {
		const char *chat;
		gboolean sent;
	} cases[] = { { "bob@kith.test", TRUE }, { "carol@kith.test", FALSE }, { "m@kith.test", FALSE } };
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		forget(fake);
		fake_wish(fake, &WIRE(TYPING, ChatTyping, .account = "work", .chat = cases[i].chat, .typing = TYPING_COMPOSING));
		g_assert_cmpint(fake_sent(fake, "composing"), ==, cases[i].sent);
	}
	/* carol has shown hers */
	fake_receive(fake, "<message from='carol@kith.test/x' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
	g_assert_true(fake_told(fake, "composing"));
	fake_wish(fake, &WIRE(TYPING, ChatTyping, .account = "work", .chat = "carol@kith.test", .typing = TYPING_COMPOSING));
	g_assert_true(fake_sent(fake, "composing"));
	fake_free(fake);
}

/* ---- rooms ---- */

static void test_room(void)
{
	Fake *fake = begin();
	forget(fake);
	fake_wish(fake, &WIRE(JOIN, Join, .account = "work", .request = 3, .chat = "den@rooms.test", .nick = "Al", .password = "p"));
	/* what the room can is asked first */
	g_assert_null(strstr(fake->sent->str, "<password>"));
	fake_answer(fake, "disco#info", "den@rooms.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	g_assert_nonnull(strstr(fake->sent->str, "<password>p</password>"));
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/bob'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator' jid='Bob@kith.test/x'/></x></presence>");
	g_assert_cmpstr(fake->events->str, ==, strstr(fake->events->str, "{\"kind\":\"keep\"") ? fake->events->str : "");
	fake_receive(fake, "<presence from='den@rooms.test/Al'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/><status code='110'/></x></presence>");
	g_assert_nonnull(strstr(fake->events->str, "\"joined\":true"));
	g_assert_nonnull(strstr(fake->events->str, "\"address\":\"bob@kith.test\""));
	g_assert_true(fake_told(fake, "\"kind\":\"done\",\"request\":3"));
	/* ids of a room that has not said that it gives them, and of others in its name */
	fake_receive(fake, "<message from='den@rooms.test/bob' type='groupchat'><body>x</body><stanza-id xmlns='urn:xmpp:sid:0' by='den@rooms.test' id='f'/></message>");
	g_assert_false(fake_told(fake, "archive_id"));
	/* a room we are not in */
	fake_receive(fake, "<message from='other@rooms.test/bob' type='groupchat'><body>from elsewhere</body></message>");
	g_assert_false(fake_told(fake, "elsewhere"));
	/* a private message, and one that a stranger marks as such */
	fake_receive(fake, "<message from='den@rooms.test/bob' type='chat'><body>psst</body></message>");
	g_assert_true(fake_told(fake, "\"chat\":\"den@rooms.test/bob\""));
	fake_receive(fake, "<presence from='den@rooms.test/Al' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='outcast' role='none'><actor nick='bob'/><reason>out</reason></item><status code='301'/><status code='110'/></x></presence>");
	g_assert_true(fake_told(fake, "you were banned by bob: out"));
	fake_free(fake);
}

/* ---- files ---- */

static void ask_place(Fake *fake, const char *transfer, gint64 size)
{
	static gint64 request;
	fake_wish(fake, &WIRE(FILE_SEND, FileSend, .request = ++request, .account = "work", .chat = "bob@kith.test", .chat_kind = CHAT_DIRECT, .transfer = transfer,
			      .path = "/nonexistent", .name = "a b.txt", .type = "text/plain", .size = size));
}

/* XEP-0363 5: only three headers, in one line each; nothing is asked twice; what is too large is not asked for. */
static void test_places(void)
{
	Fake *fake = begin();
	ask_place(fake, "one", 1000);
	const char *asked = strstr(fake->sent->str, "disco#items");
	g_assert_nonnull(asked);
	gsize at = (gsize)(asked - fake->sent->str);
	ask_place(fake, "two", 1000);
	g_assert_null(strstr(fake->sent->str + at + 1, "disco#items"));
	fake_answer(fake, "disco#items", "kith.test", "<query xmlns='http://jabber.org/protocol/disco#items'><item jid='upload.kith.test'/><item jid='a b'/><item jid='x' node='y'/></query>");
	/* a stranger's answer counts for nothing */
	fake_answer(fake, "to=\"upload.kith.test\"", "mallory@kith.test", "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:http:upload:0'/></query>");
	fake_answer(fake, "to=\"kith.test\"", "kith.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>");
	g_assert_null(strstr(fake->sent->str, "filename"));
	fake_answer(fake, "to=\"upload.kith.test\"", "upload.kith.test", "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:http:upload:0'/>"
		"<x xmlns='jabber:x:data' type='result'><field var='max-file-size'><value>5000</value></field></x></query>");
	g_assert_nonnull(strstr(fake->sent->str, "filename=\"a b.txt\""));
	fake_answer(fake, "filename", "upload.kith.test", "<slot xmlns='urn:xmpp:http:upload:0'><put url='https://s.kith.test/1'><header name='Authorization'>Basic a&#13;&#10;Host: evil</header>"
		"<header name='Host'>evil</header><header name='cookie'>c=d</header><header name='Content-Length'>0</header></put><get url='https://s.kith.test/2'/></slot>");
	g_assert_nonnull(strstr(fake->events->str, "\"headers\":[\"Authorization: Basic aHost: evil\",\"cookie: c=d\"]"));
	g_assert_nonnull(strstr(fake->events->str, "\"put\":\"https://s.kith.test/1\""));
	forget(fake);
	ask_place(fake, "three", 6000);
	g_assert_true(fake_told(fake, "too large for the server"));
	g_assert_false(fake_sent(fake, "filename"));
	ask_place(fake, "four", 10);
	fake_answer(fake, "filename", "upload.kith.test", "<slot xmlns='urn:xmpp:http:upload:0'><put url='https://s.kith.test/1'/></slot>");
	g_assert_true(fake_told(fake, "no good place"));
	fake_free(fake);
}

static void test_certificate(void)
{
	Fake *fake = fake_new(NULL, NULL);
	fake_wish(fake, &WIRE(CONNECT, Connect, .account = "work", .password = "secret"));
	g_assert_true(fake_told(fake, "connecting"));
	fake_wish(fake, &WIRE(ANSWER, Answer, .account = "work", .request = 1, .card = "certificate", .choice = "accept"));
	g_assert_true(fake_told(fake, "the question is no longer open"));
	g_assert_cmpstr(fake->sent->str, ==, "");
	fake_free(fake);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmpp/addresses", test_addresses);
	g_test_add_func("/xmpp/message", test_message);
	g_test_add_func("/xmpp/count-follows-the-store", test_count_follows_the_store);
	g_test_add_func("/xmpp/back-pressure", test_back_pressure);
	g_test_add_func("/xmpp/carbons", test_carbons);
	g_test_add_func("/xmpp/roster-push", test_roster_push);
	g_test_add_func("/xmpp/requests-of-others", test_requests_of_others);
	g_test_add_func("/xmpp/answers-of-others", test_answers_of_others);
	g_test_add_func("/xmpp/subscriptions", test_subscriptions);
	g_test_add_func("/xmpp/presence", test_presence);
	g_test_add_func("/xmpp/receipts", test_receipts);
	g_test_add_func("/xmpp/delay", test_delay);
	g_test_add_func("/xmpp/bytes-leave-after-the-mark", test_bytes_leave_after_the_mark);
	g_test_add_func("/xmpp/a-lost-session-asks-the-archive", test_a_lost_session_asks_the_archive);
	g_test_add_func("/xmpp/a-resumed-session-sends-nothing-again", test_a_resumed_session_sends_nothing_again);
	g_test_add_func("/xmpp/typing", test_typing);
	g_test_add_func("/xmpp/room", test_room);
	g_test_add_func("/xmpp/certificate", test_certificate);
	g_test_add_func("/xmpp/places", test_places);
	return g_test_run();
}
