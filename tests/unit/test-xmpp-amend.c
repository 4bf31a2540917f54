/* test-xmpp-amend.c: corrections, retractions, moderations, reactions, replies, files and attention: stanza text in, events out; wishes in,
 * stanza text out. Most cases are what others try: whose message is it, who said so, and what is hidden with it. */
#include <string.h>

#include "xmpp-fakes.h"
#include "xmpp/attachment.h"
#include "xmpp/reply.h"

#define ROOM "den@rooms.test"
#define FROM_BOB "<message from='bob@kith.test/x' type='chat' id='0123456789abcdef-2'>"

static void forget(Fake *fake)
{
	g_string_truncate(fake->events, 0);
	g_string_truncate(fake->sent, 0);
}

static Fake *begin(void)
{
	Fake *fake = fake_new(NULL, NULL);
	fake_online(fake, FALSE);
	fake_roster(fake);
	fake_commit(fake);
	forget(fake);
	return fake;
}

/* What came of a stanza: every event but keepsakes. */
static void assert_told(Fake *fake, const char *xml, const char *const *parts)
{
	forget(fake);
	fake_receive(fake, xml);
	for (; *parts; parts++)
		if (!strstr(fake->events->str, *parts))
			g_error("no %s after %s in:\n%s", *parts, xml, fake->events->str);
}
#define TOLD(fake, xml, ...) assert_told(fake, xml, (const char *const[]){ "\"kind\":\"message\"", __VA_ARGS__, NULL })

static void assert_silent(Fake *fake, const char *xml)
{
	forget(fake);
	fake_receive(fake, xml);
	if (strstr(fake->events->str, "\"kind\":\"message\""))
		g_error("%s gave:\n%s", xml, fake->events->str);
}

/* A room that we are in as Al, with bob; features as in its answer. */
static Fake *begin_in_room(const char *features)
{
	Fake *fake = begin();
	g_autofree char *answer = g_strdup_printf("<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text'/>%s</query>", features);
	fake_wish(fake, &WIRE(JOIN, Join, .account = "work", .request = 3, .chat = ROOM, .nick = "Al"));
	fake_answer(fake, "disco#info", ROOM, answer);
	fake_receive(fake, "<presence from='" ROOM "/bob'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>");
	fake_receive(fake, "<presence from='" ROOM "/Al'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='owner' role='moderator'/><status code='110'/></x>"
			   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='me'/></presence>");
	fake_commit(fake);
	g_assert_nonnull(strstr(fake->events->str, "\"joined\":true"));
	forget(fake);
	return fake;
}

#define IDS "<feature var='urn:xmpp:sid:0'/>"
#define OCCUPANTS "<feature var='urn:xmpp:occupant-id:0'/>"
#define IN_ROOM(nick, id, inner) "<message from='" ROOM "/" nick "' type='groupchat' id='" id "'>" inner "<stanza-id xmlns='urn:xmpp:sid:0' by='" ROOM "' id='s-" id "'/></message>"
#define OCCUPANT(id) "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='" id "'/>"
#define REPLACE(id) "<replace xmlns='urn:xmpp:message-correct:0' id='" id "'/>"
#define RETRACT(id) "<retract xmlns='urn:xmpp:message-retract:1' id='" id "'/>"
#define M1 "0123456789abcdef-1"
#define M2 "0123456789abcdef-2"

static void test_direct(void)
{
	Fake *fake = begin();
	TOLD(fake, FROM_BOB "<body>better</body>" REPLACE(M1) "</message>", "\"type\":\"correction\"", "\"target\":\"" M1 "\"", "\"text\":\"better\"", "\"from\":\"bob@kith.test\"",
	     "\"sender_id\":\"" M2 "\"");
	/* an action becomes words only in the history, which knows what it was */
	TOLD(fake, FROM_BOB "<body>/me smiles</body>" REPLACE(M1) "</message>", "\"text\":\"/me smiles\"");
	TOLD(fake, FROM_BOB "<body>whole</body>" REPLACE("") "</message>", "\"text\":\"whole\"");
	g_assert_null(strstr(fake->events->str, "correction"));
	TOLD(fake, FROM_BOB RETRACT(M1) "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>/me took it back</body></message>", "\"type\":\"retraction\"",
	     "\"target\":\"" M1 "\"");
	g_assert_null(strstr(fake->events->str, "took it"));
	assert_silent(fake, FROM_BOB "<retract xmlns='urn:xmpp:message-retract:1'/><body>x</body></message>");
	/* nobody moderates from one to one */
	assert_silent(fake, FROM_BOB "<retract xmlns='urn:xmpp:message-retract:1' id='" M1 "'><moderated xmlns='urn:xmpp:message-moderate:1' by='bob@kith.test'/></retract></message>");
	assert_silent(fake, FROM_BOB "<apply-to xmlns='urn:xmpp:fasten:0' id='" M1 "'><moderated xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to></message>");
	/* short ids are no proof of being one message, but others name it so */
	TOLD(fake, "<message from='bob@kith.test/x' type='chat' id='7'><body>x</body></message>", "\"ref_id\":\"7\"");
	g_assert_null(strstr(fake->events->str, "sender_id"));
	TOLD(fake, "<message from='bob@kith.test/x' type='chat' id='7'><body>x</body><origin-id xmlns='urn:xmpp:sid:0' id='o1'/></message>", "\"ref_id\":\"7\"", "\"sender_id\":\"o1\"");
	fake_free(fake);
}

static void test_reactions(void)
{
	Fake *fake = begin();
	TOLD(fake, FROM_BOB "<reactions xmlns='urn:xmpp:reactions:0' id='" M1 "'><reaction>👍</reaction><reaction> 👍 </reaction><reaction>a b</reaction><reaction>🐢</reaction><reaction/></reactions></message>",
	     "\"type\":\"reactions\"", "\"text\":\"👍 🐢\"", "\"target\":\"" M1 "\"");
	TOLD(fake, FROM_BOB "<reactions xmlns='urn:xmpp:reactions:0' id='" M1 "'/><body>removed</body></message>", "\"type\":\"reactions\"");
	g_assert_null(strstr(fake->events->str, "removed"));
	g_autoptr(GString) many = g_string_new(FROM_BOB "<reactions xmlns='urn:xmpp:reactions:0' id='" M1 "'>");
	for (int i = 0; i < 1000; i++)
		g_string_append_printf(many, "<reaction>r%d</reaction>", i);
	g_string_append(many, "</reactions></message>");
	TOLD(fake, many->str, "r15\"");
	g_assert_null(strstr(fake->events->str, "r16"));
	fake_free(fake);
}

static void test_replies(void)
{
	static const struct {
		const char *body;
		gint64 start, end;
		const char *shown;
	} cases[] = {
		{ "> q\nanswer", 0, 4, "answer" },
		{ "> q\nanswer", 0, 3, "answer" },
		{ "> ä€😀\nanswer", 0, 6, "answer" },
		{ "> a\n> b\nanswer", 0, 8, "answer" },
		{ "> a\n> b\nanswer", 0, 4, "> b\nanswer" },
		/* nothing would be left */
		{ "> q\n", 0, 4, "> q\n" },
		{ "> q\n  \n", 0, 4, "> q\n  \n" },
		/* in the middle, at the end, beyond it, backwards, inside a line */
		{ "answer\n> q\n", 7, 11, "answer\n> q\n" },
		{ "> q\nanswer", 0, 40, "> q\nanswer" },
		{ "> q\nanswer", 4, 2, "> q\nanswer" },
		{ "> q\nanswer", 0, 0, "> q\nanswer" },
		{ "> q\nanswer", -1, 4, "> q\nanswer" },
		{ "> quote\nanswer", 0, 4, "> quote\nanswer" },
		{ "> quote\nanswer", 0, 10, "> quote\nanswer" },
		/* words that are no quote stay to be seen */
		{ "secret\nanswer", 0, 7, "secret\nanswer" },
		{ "> q\nsecret\nanswer", 0, 11, "> q\nsecret\nanswer" },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++)
		g_assert_cmpstr(reply_strip_range(cases[i].body, cases[i].start, cases[i].end), ==, cases[i].shown);

	Fake *fake = begin();
#define REPLY "<reply xmlns='urn:xmpp:reply:0' to='alice@kith.test' id='" M1 "'/>"
	TOLD(fake, FROM_BOB "<body>&gt; q\n/me nods</body>" REPLY "<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/></fallback></message>", "\"text\":\"nods\"",
	     "\"target\":\"" M1 "\"", "\"type\":\"action\"");
	TOLD(fake, FROM_BOB "<body>&gt; q\nyes</body>" REPLY "<fallback xmlns='urn:xmpp:feature-fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/></fallback></message>", "\"text\":\"yes\"");
	static const char *const odd[] = {
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'/>",
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body/></fallback>",
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/><body start='4' end='7'/></fallback>",
		"<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='99999999999999999999'/></fallback>",
		"<fallback xmlns='urn:xmpp:fallback:0' for='other'><body start='0' end='4'/></fallback>",
		"",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(odd); i++) {
		g_autofree char *xml = g_strconcat(FROM_BOB "<body>&gt; q\nyes</body>" REPLY, odd[i], "</message>", NULL);
		TOLD(fake, xml, "\"text\":\"> q\\nyes\"", "\"target\":\"" M1 "\"");
	}
	/* a range without a reply hides nothing */
	TOLD(fake, FROM_BOB "<body>&gt; q\nyes</body><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/></fallback></message>", "\"text\":\"> q\\nyes\"");
	fake_free(fake);
}

static void test_files(void)
{
	Fake *fake = begin();
#define URL "https://up.kith.test/a/cat.jpg"
	TOLD(fake, FROM_BOB "<body>" URL "</body><x xmlns='jabber:x:oob'><url>" URL "</url></x></message>", "\"text\":\"" URL "\"", "\"attachments\":[\"" URL "\"]");
	TOLD(fake, FROM_BOB "<body>" URL "</body><x xmlns='jabber:x:oob'><url>" URL "</url></x>"
	     "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/jpeg</media-type><name>c\nat.jpg</name><size>12</size>"
	     "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>no</hash><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAA=</hash><desc>a cat</desc></file>"
	     "<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" URL "'/></sources></file-sharing></message>",
	     "\"attachments\":[\"" URL "\\nc at.jpg\\nimage/jpeg\\n12\\nAAA=\\na cat\"]");
	TOLD(fake, FROM_BOB "<body>look</body><reference xmlns='urn:xmpp:reference:0' type='data'><media-sharing xmlns='urn:xmpp:sims:1'>"
	     "<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>audio/ogg</media-type><size>-3</size></file>"
	     "<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='xmpp:x'/><reference xmlns='urn:xmpp:reference:0' type='data' uri='" URL "'/></sources></media-sharing></reference></message>",
	     "\"text\":\"look\"", "\"attachments\":[\"" URL "\\n\\naudio/ogg\"]");
	/* a voice message, and a picture that tells its size twice and wrongly */
	TOLD(fake, FROM_BOB "<body>" URL "</body><file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'><media-type>audio/ogg</media-type>"
	     "<size>48000</size><length>12300</length></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" URL "'/></sources></file-sharing></message>",
	     "\"attachments\":[\"" URL "\\n\\naudio/ogg\\n48000\\n\\n\\n12300\\n\\ninline\"]");
	TOLD(fake, FROM_BOB "<body>" URL "</body><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><media-type>image/png</media-type><length>-1</length>"
	     "<width>640</width><height>480</height></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" URL "'/></sources></file-sharing></message>",
	     "\"attachments\":[\"" URL "\\n\\nimage/png\\n\\n\\n\\n\\n640x480\"]");
	TOLD(fake, FROM_BOB "<body>" URL "</body><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>x</name><width>99999999</width><height>1</height>"
	     "</file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" URL "'/></sources></file-sharing></message>",
	     "\"attachments\":[\"" URL "\\nx\"]");
	/* a file without words */
	TOLD(fake, FROM_BOB "<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'/><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='" URL "'/></sources></file-sharing></message>",
	     "\"text\":\"" URL "\"");
	TOLD(fake, FROM_BOB "<body>x</body><x xmlns='jabber:x:oob'><url>no url\nat all</url></x><x xmlns='jabber:x:oob'/></message>", "\"text\":\"x\"");
	g_assert_null(strstr(fake->events->str, "attachments"));
	g_autoptr(GString) many = g_string_new(FROM_BOB "<body>x</body>");
	for (int i = 0; i < 40; i++)
		g_string_append_printf(many, "<x xmlns='jabber:x:oob'><url>https://a/%d</url></x>", i);
	g_string_append(many, "</message>");
	TOLD(fake, many->str, "https://a/15\"");
	g_assert_null(strstr(fake->events->str, "https://a/16"));
	fake_free(fake);
}

static void test_room_with_occupant_ids(void)
{
	Fake *fake = begin_in_room(IDS OCCUPANTS);
	TOLD(fake, IN_ROOM("bob", M1, "<body>x</body>" OCCUPANT("b")), "\"occupant\":\"b\"", "\"archive_id\":\"s-" M1 "\"");
	TOLD(fake, IN_ROOM("bob", M2, "<body>y</body>" REPLACE(M1) OCCUPANT("b")), "\"type\":\"correction\"", "\"occupant\":\"b\"", "\"nick\":\"bob\"");
	TOLD(fake, IN_ROOM("bob", M2, RETRACT("s-" M1) OCCUPANT("b")), "\"type\":\"retraction\"", "\"target\":\"s-" M1 "\"");
	TOLD(fake, IN_ROOM("bob", M2, "<reactions xmlns='urn:xmpp:reactions:0' id='s-" M1 "'><reaction>x</reaction></reactions>" OCCUPANT("b")), "\"type\":\"reactions\"", "\"occupant\":\"b\"");
	/* from the room itself, which can't have reacted */
	assert_silent(fake, "<message from='" ROOM "' type='groupchat'><reactions xmlns='urn:xmpp:reactions:0' id='x'><reaction>x</reaction></reactions></message>");
	/* a room that we are not in */
	assert_silent(fake, "<message from='other@rooms.test/bob' type='groupchat'>" RETRACT("x") "</message>");
	fake_free(fake);

	/* an id that the room does not vouch for */
	fake = begin_in_room(IDS);
	TOLD(fake, IN_ROOM("bob", M1, "<body>x</body>" OCCUPANT("b")), "\"text\":\"x\"");
	g_assert_null(strstr(fake->events->str, "occupant"));
	fake_free(fake);
}

static void test_room_without_occupant_ids(void)
{
	Fake *fake = begin_in_room(IDS);
	TOLD(fake, IN_ROOM("bob", M1, "<body>x</body>"), "\"text\":\"x\"");
	TOLD(fake, IN_ROOM("bob", M2, "<body>y</body>" REPLACE(M1)), "\"type\":\"correction\"");
	/* a correction of a correction */
	TOLD(fake, IN_ROOM("bob", "0123456789abcdef-3", "<body>z</body>" REPLACE(M2)), "\"type\":\"correction\"");
	TOLD(fake, IN_ROOM("bob", M2, "<body>y</body>" REPLACE("said-by-nobody-here")), "\"text\":\"y\"");
	g_assert_null(strstr(fake->events->str, "correction"));
	/* somebody else takes the name */
	fake_receive(fake, "<presence from='" ROOM "/bob' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x></presence>");
	fake_receive(fake, "<presence from='" ROOM "/bob'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>");
	TOLD(fake, IN_ROOM("bob", M2, "<body>mine now</body>" REPLACE(M1)), "\"text\":\"mine now\"");
	g_assert_null(strstr(fake->events->str, "correction"));
	g_assert_null(strstr(fake->events->str, "target"));
	assert_silent(fake, IN_ROOM("bob", M2, RETRACT("s-" M1)));
	/* an announcement in between is not leaving */
	TOLD(fake, IN_ROOM("bob", "0123456789abcdef-4", "<body>x</body>"), "\"text\":\"x\"");
	fake_receive(fake, "<presence from='" ROOM "/bob'><show>away</show><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>");
	TOLD(fake, IN_ROOM("bob", "0123456789abcdef-5", RETRACT("s-0123456789abcdef-4")), "\"type\":\"retraction\"");
	/* our own from another device */
	TOLD(fake, IN_ROOM("Al", "0123456789abcdef-6", "<body>ours</body>" REPLACE(M1)), "\"type\":\"correction\"", "\"direction\":\"out\"");
	fake_free(fake);
}

static void test_in_private(void)
{
	Fake *fake = begin_in_room(IDS OCCUPANTS);
#define IN_PRIVATE(id, inner) "<message from='" ROOM "/bob' type='chat' id='" id "'>" inner "<x xmlns='http://jabber.org/protocol/muc#user'/></message>"
	TOLD(fake, IN_PRIVATE(M1, "<body>x</body>"), "\"chat\":\"" ROOM "/bob\"", "\"nick\":\"bob\"");
	TOLD(fake, IN_PRIVATE(M2, "<body>y</body>" REPLACE(M1)), "\"type\":\"correction\"");
	TOLD(fake, IN_PRIVATE("0123456789abcdef-3", RETRACT(M1)), "\"type\":\"retraction\"", "\"chat_kind\":\"private\"");
	fake_receive(fake, "<presence from='" ROOM "/bob' type='unavailable'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='none'/></x></presence>");
	fake_receive(fake, "<presence from='" ROOM "/bob'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='none' role='participant'/></x></presence>");
	TOLD(fake, IN_PRIVATE(M2, "<body>/me lies</body>" REPLACE(M1)), "\"text\":\"lies\"", "\"type\":\"action\"");
	assert_silent(fake, IN_PRIVATE("0123456789abcdef-3", RETRACT(M1)));
	fake_free(fake);
}

#define MODERATED_1 "<retract xmlns='urn:xmpp:message-retract:1' id='s1'><moderated xmlns='urn:xmpp:message-moderate:1' by='" ROOM "/mod'/><reason>rude</reason></retract>"
#define MODERATED_0 "<apply-to xmlns='urn:xmpp:fasten:0' id='s1'><moderated xmlns='urn:xmpp:message-moderate:0' by='" ROOM "/mod'><retract xmlns='urn:xmpp:message-retract:0'/><reason>rude</reason></moderated></apply-to>"

static void test_moderation(void)
{
	static const struct {
		const char *feature, *inner;
		gboolean other;
	} cases[] = {
		{ "<feature var='urn:xmpp:message-moderate:1'/>", MODERATED_1, FALSE },
		{ "<feature var='urn:xmpp:message-moderate:0'/>", MODERATED_0, FALSE },
		{ "<feature var='urn:xmpp:message-moderate:1'/>", MODERATED_0, TRUE },
		{ "<feature var='urn:xmpp:message-moderate:0'/>", MODERATED_1, TRUE },
		{ "", MODERATED_0, TRUE },
		{ "", MODERATED_1, TRUE },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fake *fake = begin_in_room(cases[i].feature);
		g_autofree char *good = g_strdup_printf("<message from='" ROOM "' type='groupchat' id='" M1 "'>%s</message>", cases[i].inner);
		if (cases[i].other)
			assert_silent(fake, good);
		else
			TOLD(fake, good, "\"type\":\"moderation\"", "\"target\":\"s1\"", "\"nick\":\"mod\"", "\"text\":\"rude\"", "\"from\":\"" ROOM "\"");
		static const char *const senders[] = { "from='" ROOM "/bob' type='groupchat'", "from='" ROOM "' type='chat'", "from='other@rooms.test' type='groupchat'", "from='mallory@kith.test/x' type='chat'" };
		for (gsize j = 0; j < G_N_ELEMENTS(senders); j++) {
			g_autofree char *forged = g_strdup_printf("<message %s id='" M1 "'>%s<body>moderated</body></message>", senders[j], cases[i].inner);
			assert_silent(fake, forged);
		}
		fake_free(fake);
	}
}

static void test_attention(void)
{
	Fake *fake = begin();
#define BUZZ "<attention xmlns='urn:xmpp:attention:0'/>"
	TOLD(fake, "<message from='bob@kith.test/x' type='headline'>" BUZZ "</message>", "\"type\":\"event\"", "\"mention\":true", "\"chat\":\"bob@kith.test\"");
	/* once a minute */
	assert_silent(fake, "<message from='bob@kith.test/y' type='headline'>" BUZZ "</message>");
	/* carol may not see us; the others are nobody */
	static const char *const others[] = { "carol@kith.test/x", "mallory@kith.test/x", "alice@kith.test/x", "kith.test" };
	for (gsize i = 0; i < G_N_ELEMENTS(others); i++) {
		g_autofree char *xml = g_strdup_printf("<message from='%s' type='headline'>" BUZZ "</message>", others[i]);
		assert_silent(fake, xml);
		g_assert_cmpstr(fake->sent->str, ==, "");
	}
	fake_wish(fake, &WIRE(ATTENTION, Attention, .account = "work", .request = 9, .chat = "mallory@kith.test"));
	g_assert_true(fake_sent(fake, "urn:xmpp:attention:0"));
	g_assert_true(fake_told(fake, "\"done\",\"request\":9"));
	fake_wish(fake, &WIRE(ATTENTION, Attention, .account = "work", .request = 10, .chat = "bob@kith.test"));
	g_assert_true(fake_told(fake, "is not there now"));
	fake_free(fake);
}

/* ---- out ---- */

static void send(Fake *fake, WireSend wish, const char *own_id)
{
	forget(fake);
	wish.kind = WIRE_SEND;
	wish.account = "work";
	wish.own_id = own_id;
	wish.time = 1;
	fake_wish(fake, &wish);
	fake_commit(fake);
}

static void assert_sent(Fake *fake, const char *part)
{
	if (!strstr(fake->sent->str, part))
		g_error("no %s in:\n%s\n%s", part, fake->sent->str, fake->events->str);
}

static void test_sending(void)
{
	Fake *fake = begin();
	static const char *const files[] = { "https://a/b.png\nb.png\nimage/png\n12\nAAA=\na cat", NULL };

	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_CORRECTION, .text = "better", .target = M1 }, "c1");
	assert_sent(fake, "<body>better</body>");
	assert_sent(fake, "<replace id=\"" M1 "\" xmlns=\"urn:xmpp:message-correct:0\"/>");
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_RETRACTION, .target = M1 }, "c2");
	assert_sent(fake, "<retract id=\"" M1 "\"");
	assert_sent(fake, "<store xmlns=\"urn:xmpp:hints\"/>");
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_REACTIONS, .target = M1, .text = "👍 🐢" }, "c3");
	assert_sent(fake, "<reaction>👍</reaction><reaction>🐢</reaction>");
	g_assert_null(strstr(fake->sent->str, "<body"));
	g_assert_null(strstr(fake->sent->str, "urn:xmpp:receipts"));
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_REACTIONS, .target = M1 }, "c4");
	assert_sent(fake, "<reactions");
	send(fake, (WireSend){ .chat = "bob@kith.test", .text = "yes", .target = M1, .target_from = "bob@kith.test", .target_text = "tea or\ncoffee 😀?" }, "c5");
	assert_sent(fake, "<body>&gt; tea or\n&gt; coffee 😀?\nyes</body>");
	assert_sent(fake, "end=\"21\"");
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_ACTION, .text = "nods", .target = M1, .target_from = "bob@kith.test", .target_text = "tea?" }, "c0");
	assert_sent(fake, "<body>/me nods</body>");
	assert_sent(fake, "urn:xmpp:reply:0");
	send(fake, (WireSend){ .chat = "bob@kith.test", .text = "https://a/b.png", .attachments = files }, "c6");
	assert_sent(fake, "<body>https://a/b.png</body>");
	assert_sent(fake, "<x xmlns=\"jabber:x:oob\"><url>https://a/b.png</url></x>");
	assert_sent(fake, "<name>b.png</name><media-type>image/png</media-type><size>12</size>");
	assert_sent(fake, "<desc>a cat</desc>");
	fake_ack(fake);
	for (int i = 1; i <= 6; i++) {
		g_autofree char *line = g_strdup_printf("\"own_id\":\"c%d\",\"state\":\"sent\"", i);
		g_assert_nonnull(strstr(fake->events->str, line));
	}
	/* what can't be said in the protocol fails with its reason */
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_RETRACTION }, "f1");
	g_assert_true(fake_told(fake, "\"state\":\"failed\",\"error\":\"that message has no id\""));
	send(fake, (WireSend){ .chat = "bob@kith.test", .type = MESSAGE_MODERATION, .target_archive = "s1" }, "f2");
	g_assert_true(fake_told(fake, "the room does not let its moderators"));
	fake_free(fake);
}

static void test_sending_into_rooms(void)
{
	Fake *fake = begin_in_room(IDS OCCUPANTS "<feature var='urn:xmpp:message-moderate:0'/><feature var='urn:xmpp:message-moderate:1'/>");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_CORRECTION, .text = "b", .target = M1, .target_archive = "s1" }, "0123456789abcdef-c1");
	assert_sent(fake, "<replace id=\"" M1 "\"");
	fake_ack(fake);
	g_assert_false(fake_told(fake, "\"sent\""));
	/* the room shows it: it has arrived, and is no message of anybody */
	fake_receive(fake, IN_ROOM("Al", "0123456789abcdef-c1", "<body>b</body>" REPLACE(M1) OCCUPANT("me")));
	g_assert_null(strstr(fake->events->str, "\"kind\":\"message\""));
	g_assert_true(fake_told(fake, "\"state\":\"sent\",\"archive_id\":\"s-0123456789abcdef-c1\""));
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_REACTIONS, .text = "x", .target = M1, .target_archive = "s1" }, "0123456789abcdef-c2");
	assert_sent(fake, "<reactions id=\"s1\"");
	fake_receive(fake, IN_ROOM("Al", "0123456789abcdef-c2", "<reactions xmlns='urn:xmpp:reactions:0' id='s1'><reaction>x</reaction></reactions>" OCCUPANT("me")));
	g_assert_null(strstr(fake->events->str, "\"kind\":\"message\""));
	g_assert_true(fake_told(fake, "\"state\":\"sent\""));
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_RETRACTION, .target = M1, .target_archive = "s1" }, "c3");
	assert_sent(fake, "<retract id=\"s1\"");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .text = "yes", .target = M1, .target_archive = "s1", .target_from = ROOM "/bob", .target_text = "q" }, "c4");
	assert_sent(fake, "<reply id=\"s1\" xmlns=\"urn:xmpp:reply:0\" to=\"" ROOM "/bob\"/>");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .text = "yes", .target = M1, .target_text = "q" }, "c5");
	assert_sent(fake, "&gt; q\nyes");
	g_assert_null(strstr(fake->sent->str, "urn:xmpp:reply"));
	/* who we are is nobody's business there */
	send(fake, (WireSend){ .chat = ROOM "/bob", .chat_kind = CHAT_PRIVATE, .text = "yes", .target = M1, .target_from = "alice@kith.test", .target_text = "q" }, "c6");
	assert_sent(fake, "urn:xmpp:reply:0");
	g_assert_null(strstr(fake->sent->str, "alice@kith.test"));
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .text = "" }, "f0");
	g_assert_true(fake_told(fake, "taken back before it was sent"));
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_REACTIONS, .text = "x", .target = M1 }, "f1");
	g_assert_true(fake_told(fake, "the room has given that message no id"));

	/* our own that the room has not shown yet: it has no name there to take it back by */
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .text = "oops" }, "0123456789abcdef-n1");
	assert_sent(fake, "oops");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_RETRACTION, .target = "0123456789abcdef-n1" }, "n2");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_REACTIONS, .text = "x", .target = "0123456789abcdef-n1" }, "n3");
	g_assert_cmpstr(fake->sent->str, ==, "");
	fake_ack(fake);
	g_assert_null(strstr(fake->events->str, "failed"));
	fake_receive(fake, IN_ROOM("Al", "0123456789abcdef-n1", "<body>oops</body>" OCCUPANT("me")));
	fake_commit(fake);
	assert_sent(fake, "<retract id=\"s-0123456789abcdef-n1\"");
	assert_sent(fake, "<reactions id=\"s-0123456789abcdef-n1\"");

	/* the room answers what it is asked to do */
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_MODERATION, .text = "rude", .target_archive = "s1" }, "m1");
	assert_sent(fake, "<moderate ");
	assert_sent(fake, "urn:xmpp:message-moderate:1");
	assert_sent(fake, "<reason>rude</reason>");
	fake_answer(fake, "urn:xmpp:message-moderate:1", "mallory@kith.test", "");
	g_assert_null(strstr(fake->events->str, "m1"));
	fake_answer(fake, "urn:xmpp:message-moderate:1", ROOM, "");
	g_assert_true(fake_told(fake, "\"own_id\":\"m1\",\"state\":\"sent\""));
	/* lost before the answer: asked again, which does no harm */
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_MODERATION, .target_archive = "s1" }, "m2");
	fake_lose(fake);
	g_assert_null(strstr(fake->events->str, "failed"));
	fake_online(fake, TRUE);
	assert_sent(fake, "urn:xmpp:message-moderate:1");
	fake_free(fake);

	fake = begin_in_room(IDS "<feature var='urn:xmpp:message-moderate:0'/>");
	send(fake, (WireSend){ .chat = ROOM, .chat_kind = CHAT_ROOM, .type = MESSAGE_MODERATION, .target_archive = "s1" }, "m1");
	assert_sent(fake, "<apply-to ");
	assert_sent(fake, "<retract xmlns=\"urn:xmpp:message-retract:0\"/>");
	fake_free(fake);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/amend/direct", test_direct);
	g_test_add_func("/amend/reactions", test_reactions);
	g_test_add_func("/amend/replies", test_replies);
	g_test_add_func("/amend/files", test_files);
	g_test_add_func("/amend/room-with-occupant-ids", test_room_with_occupant_ids);
	g_test_add_func("/amend/room-without-occupant-ids", test_room_without_occupant_ids);
	g_test_add_func("/amend/in-private", test_in_private);
	g_test_add_func("/amend/moderation", test_moderation);
	g_test_add_func("/amend/attention", test_attention);
	g_test_add_func("/amend/sending", test_sending);
	g_test_add_func("/amend/sending-into-rooms", test_sending_into_rooms);
	return g_test_run();
}
