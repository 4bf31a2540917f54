/* test-xmpp-rooms.c: rooms with a stream that only writes down: forms, ranks, a room that forgot us, who is who, what hostile rooms send. */
#include <string.h>

#include "xmpp-fakes.h"
#include "xmpp/data-form.h"
#include "xmpp/room.h"

#define USER "<x xmlns='http://jabber.org/protocol/muc#user'>"

static void forget(Fake *fake)
{
	g_string_truncate(fake->events, 0);
	g_string_truncate(fake->sent, 0);
}

/* In den@rooms.test as Al, with bob; features: of the room. */
static Fake *begin(const char *features)
{
	Fake *fake = fake_new(NULL, NULL);
	fake_online(fake, FALSE);
	fake_roster(fake);
	fake_wish(fake, &WIRE(JOIN, Join, .account = "work", .request = 1, .chat = "den@rooms.test", .nick = "Al"));
	g_autofree char *query = g_strdup_printf("<query xmlns='http://jabber.org/protocol/disco#info'>%s</query>", features);
	fake_answer(fake, "disco#info", "den@rooms.test", query);
	fake_receive(fake, "<presence from='den@rooms.test/bob'>" USER "<item affiliation='none' role='participant' jid='bob@kith.test/x'/></x>"
			   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='id-of-bob'/></presence>");
	fake_receive(fake, "<presence from='den@rooms.test/Al'>" USER "<item affiliation='owner' role='moderator'/><status code='110'/></x></presence>");
	return fake;
}

/* ---- forms ---- */

static xmpp_stanza_t *parse(Fake *fake, const char *xml)
{
	xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(fake->session->ctx, xml);
	g_assert_nonnull(stanza);
	return stanza;
}

static const char form_xml[] =
	"<x xmlns='jabber:x:data' type='form'><title>T</title><instructions>fill in</instructions>"
	"<field var='FORM_TYPE' type='hidden'><value>urn:test</value></field>"
	"<field var='key' type='hidden'><value>k</value></field>"
	"<field type='fixed'><value>About</value></field>"
	"<field var='a#b_name' type='text-single' label='Name'><value>old</value><required/></field>"
	"<field var='a#b_open' type='boolean'><value>0</value></field>"
	"<field var='a#b_secret' type='text-private'/>"
	"<field var='a#b_who' type='list-single'><value>m</value><option label='Moderators'><value>m</value></option><option label='Anyone'><value>a</value></option></field>"
	"<field var='a#b_same' type='list-single'><option label='x'><value>1</value></option><option label='x'><value>2</value></option></field>"
	"<field var='a#b_many' type='list-multi'><value>1</value><option><value>1</value></option><option><value>2</value></option></field>"
	"<field var='a#b_owners' type='jid-multi'><value>al@x.test</value></field>"
	"<field var='a#b_max' type='text-single'><validate xmlns='http://jabber.org/protocol/xdata-validate' datatype='xs:integer'/><value>5</value></field>"
	"<field type='text-single'/><field var='no=name'/>"
	"</x>";

static char *submitted(Fake *fake, const DataForm *form)
{
	xmpp_stanza_t *query = element_new(fake->session->ctx, "query", NULL);
	char *text;
	size_t size;
	data_form_submit(form, query);
	xmpp_stanza_to_text(query, &text, &size);
	char *copy = g_strdup(text);
	xmpp_free(fake->session->ctx, text);
	xmpp_stanza_release(query);
	return copy;
}

static void test_form(void)
{
	Fake *fake = fake_new(NULL, NULL);
	xmpp_stanza_t *x = parse(fake, form_xml);
	g_autofree char *why = NULL;
	g_assert_null(data_form_read(x, "urn:other"));
	DataForm *form = data_form_read(x, "urn:test");
	g_assert_nonnull(form);
	g_assert_cmpstr(data_form_title(form), ==, "T");
	g_assert_cmpstr(data_form_words(form), ==, "fill in");
	g_assert_cmpstr(data_form_value(form, "a#b_name"), ==, "old");

	data_form_show(fake->session, form, &WIRE(CARD, Card, .card = "c", .title = "t"));
	g_assert_nonnull(strstr(fake->events->str, "\"type\":\"label\""));
	g_assert_nonnull(strstr(fake->events->str, "\"field\":\"a#b_who\",\"type\":\"choice\",\"value\":\"Moderators\",\"choices\":[\"Moderators\",\"Anyone\"]"));
	g_assert_nonnull(strstr(fake->events->str, "\"choices\":[\"1\",\"2\"]"));
	g_assert_nonnull(strstr(fake->events->str, "\"type\":\"number\""));
	g_assert_null(strstr(fake->events->str, "FORM_TYPE"));
	g_assert_null(strstr(fake->events->str, "\"field\":\"key\""));

	/* nothing is changed unless all can be */
	static const char *const bad[] = { "name=x", "open=maybe", NULL };
	g_assert_false(data_form_fill(form, bad, &why));
	g_assert_cmpstr(why, ==, "\"a#b_open\" takes yes or no, not \"maybe\"");
	g_assert_cmpstr(data_form_value(form, "a#b_name"), ==, "old");
	static const struct { const char *value, *why; } refused[] = {
		{ "nonsense=1", "no field" }, { "key=1", "no field" }, { "who=everybody", "takes one of m, a" }, { "max=ten", "takes a number" },
		{ "owners=no body@x", "not an address" }, { "name", "not FIELD=VALUE" },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
		const char *const values[] = { refused[i].value, NULL };
		g_free(why);
		g_assert_false(data_form_fill(form, values, &why));
		g_assert_nonnull(strstr(why, refused[i].why));
	}
	static const char *const good[] = { "a#b_name=new=er", "OPEN=yes", "who=Anyone", "many=1\n2", "owners=Bob@x.test\n\n", "max=7", "secret=", NULL };
	g_free(why);
	g_assert_true(data_form_fill(form, good, &why));
	g_autofree char *text = submitted(fake, form);
	static const char *const parts[] = {
		"<value>urn:test</value>", "<field var=\"key\"><value>k</value>", "<value>new=er</value>", "var=\"a#b_open\"><value>1</value>",
		"<value>a</value>", "<value>1</value><value>2</value>", "<value>bob@x.test</value></field>", "<value>7</value>",
	};
	for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
		g_assert_nonnull(strstr(text, parts[i]));
	/* what had no value and got none is no answer */
	g_assert_null(strstr(text, "a#b_secret"));
	g_assert_null(strstr(text, "a#b_same"));
	data_form_free(form);
	xmpp_stanza_release(x);
	fake_free(fake);
}

/* A form with more of everything than anybody fills in. */
static void test_huge_form(void)
{
	Fake *fake = fake_new(NULL, NULL);
	g_autoptr(GString) xml = g_string_new("<x xmlns='jabber:x:data' type='form'><field var='wide' type='list-multi'>");
	for (guint i = 0; i < 2000; i++)
		g_string_append_printf(xml, "<option label='l%u'><value>%u</value></option>", i, i);
	g_string_append(xml, "</field><field var='long' type='jid-multi'>");
	for (guint i = 0; i < 1500; i++)
		g_string_append_printf(xml, "<value>somebody%u@example.org</value>", i);
	g_string_append(xml, "</field>");
	for (guint i = 0; i < 3000; i++)
		g_string_append_printf(xml, "<field var='f%u' type='text-single'/>", i);
	g_string_append(xml, "</x>");
	xmpp_stanza_t *x = parse(fake, xml->str);
	DataForm *form = data_form_read(x, NULL);
	data_form_show(fake->session, form, &WIRE(CARD, Card, .card = "c", .title = "t"));
	g_assert_nonnull(strstr(fake->events->str, "more fields are not shown"));
	g_assert_cmpuint(fake->events->len, <, 100000);
	/* too long to be shown whole: it is sent back as it came */
	g_assert_null(strstr(fake->events->str, "\"long\""));
	g_autofree char *text = submitted(fake, form);
	g_assert_nonnull(strstr(text, "somebody999@example.org"));
	data_form_free(form);
	xmpp_stanza_release(x);
	fake_free(fake);
}

/* ---- who is who ---- */

static void test_occupant_ids(void)
{
	/* a room that has not said that it gives them: anybody may have put it in */
	Fake *fake = begin("");
	g_assert_null(strstr(fake->events->str, "id-of-bob"));
	fake_free(fake);
	fake = begin("<feature var='urn:xmpp:occupant-id:0'/>");
	g_assert_nonnull(strstr(fake->events->str, "\"occupant\":\"id-of-bob\""));
	/* a rank that changes before our eyes, and one that comes with somebody new */
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/bob'>" USER "<item affiliation='admin' role='moderator' jid='bob@kith.test/x'/></x></presence>");
	g_assert_nonnull(strstr(fake->events->str, "is an admin now"));
	g_assert_null(strstr(fake->events->str, "is a moderator now"));
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/carol'>" USER "<item affiliation='admin' role='moderator'/></x></presence>");
	g_assert_null(strstr(fake->events->str, "is an admin"));
	fake_free(fake);
}

static void test_somebody_else_takes_the_name(void)
{
	Fake *fake = begin("<feature var='urn:xmpp:occupant-id:0'/>");
	fake_receive(fake, "<message from='den@rooms.test/bob' type='chat'><body>psst</body></message>");
	fake_receive(fake, "<presence from='den@rooms.test/bob' type='unavailable'>" USER "<item affiliation='none' role='none'/></x></presence>");
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/bob'>" USER "<item affiliation='none' role='participant'/></x>"
			   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='id-of-bob'/></presence>");
	g_assert_false(fake_told(fake, "somebody else"));
	fake_receive(fake, "<presence from='den@rooms.test/bob' type='unavailable'>" USER "<item affiliation='none' role='none'/></x></presence>");
	fake_receive(fake, "<presence from='den@rooms.test/bob'>" USER "<item affiliation='none' role='participant'/></x>"
			   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='another'/></presence>");
	g_assert_nonnull(strstr(fake->events->str, "\"chat\":\"den@rooms.test/bob\",\"chat_kind\":\"private\""));
	g_assert_true(fake_told(fake, "somebody else has this name now"));
	/* with the name the person takes along what was said */
	fake_receive(fake, "<message from='den@rooms.test/bob' type='chat'><body>hello</body></message>");
	fake_receive(fake, "<presence from='den@rooms.test/bob' type='unavailable'>" USER "<item affiliation='none' role='participant' nick='bert'/><status code='303'/></x></presence>");
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/bert'>" USER "<item affiliation='none' role='participant'/></x>"
			   "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='another'/></presence>");
	g_assert_false(fake_told(fake, "somebody else"));
	fake_free(fake);
}

/* ---- a room that forgot us ---- */

static void refuse_last(Fake *fake, const char *payload, const char *from, const char *condition)
{
	g_auto(GStrv) lines = g_strsplit(fake->sent->str, "\n", -1);
	for (guint i = g_strv_length(lines); i-- > 0;) {
		const char *id = strstr(lines[i], payload) ? strstr(lines[i], " id=\"") : NULL;
		if (!id)
			continue;
		g_autofree char *copy = g_strndup(id + 5, strcspn(id + 5, "\""));
		g_autofree char *answer = g_strdup_printf("<iq type='error' id='%s' from='%s'><error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
							  copy, from, condition);
		fake_receive(fake, answer);
		return;
	}
	g_error("no request with \"%s\" in: %s", payload, fake->sent->str);
}

static void test_ping(void)
{
	Fake *fake = begin("");
	forget(fake);
	room_ping_all(fake->session);
	g_assert_nonnull(strstr(fake->sent->str, "to=\"den@rooms.test/Al\""));
	g_assert_nonnull(strstr(fake->sent->str, "urn:xmpp:ping"));
	/* these tell that it knows us */
	refuse_last(fake, "urn:xmpp:ping", "den@rooms.test/Al", "service-unavailable");
	forget(fake);
	room_ping_all(fake->session);
	refuse_last(fake, "urn:xmpp:ping", "den@rooms.test/Al", "item-not-found");
	g_assert_null(strstr(fake->sent->str, "<presence"));
	forget(fake);
	room_ping_all(fake->session);
	refuse_last(fake, "urn:xmpp:ping", "den@rooms.test/Al", "not-acceptable");
	g_assert_nonnull(strstr(fake->sent->str, "<presence"));
	g_assert_nonnull(strstr(fake->sent->str, "http://jabber.org/protocol/muc\""));
	/* bob is gone, carol came, our name is taken meanwhile: nobody was asked, another is found, only the difference is told */
	forget(fake);
	fake_receive(fake, "<presence from='den@rooms.test/Al' type='error'><error type='cancel'><conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>");
	g_assert_true(fake_sent(fake, "den@rooms.test/Al_"));
	fake_receive(fake, "<presence from='den@rooms.test/carol'>" USER "<item affiliation='none' role='participant'/></x></presence>");
	fake_receive(fake, "<presence from='den@rooms.test/Al'>" USER "<item affiliation='none' role='participant'/></x></presence>");
	g_assert_null(strstr(fake->events->str, "\"kind\":\"occupant"));
	fake_receive(fake, "<presence from='den@rooms.test/Al_'>" USER "<item affiliation='none' role='participant'/><status code='110'/></x></presence>");
	g_assert_nonnull(strstr(fake->events->str, "\"kind\":\"occupant_gone\",\"account\":\"work\",\"chat\":\"den@rooms.test\",\"nick\":\"bob\""));
	g_assert_nonnull(strstr(fake->events->str, "\"nick\":\"carol\""));
	g_assert_nonnull(strstr(fake->events->str, "\"nick\":\"Al_\",\"joined\":true"));
	g_assert_null(strstr(fake->events->str, "\"text\""));
	fake_free(fake);
}

/* ---- typing ---- */

static void test_typing(void)
{
	Fake *fake = begin("");
	forget(fake);
	fake_receive(fake, "<message from='den@rooms.test/bob' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
	g_assert_true(fake_told(fake, "\"kind\":\"typing\",\"account\":\"work\",\"chat\":\"den@rooms.test\",\"nick\":\"bob\",\"typing\":\"composing\""));
	/* what we hear of ourselves, and a flood */
	fake_receive(fake, "<message from='den@rooms.test/Al' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>");
	g_assert_false(fake_told(fake, "\"typing\""));
	for (guint i = 0; i < 100; i++) {
		g_autofree char *xml = g_strdup_printf("<message from='den@rooms.test/n%u' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>", i);
		fake_receive(fake, xml);
	}
	g_assert_nonnull(strstr(fake->events->str, "\"n18\""));
	g_assert_null(strstr(fake->events->str, "\"n19\""));
	forget(fake);
	fake_wish(fake, &WIRE(TYPING, ChatTyping, .account = "work", .chat = "den@rooms.test", .typing = TYPING_COMPOSING));
	g_assert_nonnull(strstr(fake->sent->str, "type=\"groupchat\""));
	g_assert_true(fake_sent(fake, "<composing"));
	fake_free(fake);
}

/* ---- finding rooms ---- */

static void test_search_service(void)
{
	Fake *fake = fake_new(NULL, NULL);
	fake_online(fake, FALSE);
	fake_wish(fake, &WIRE(ROOM_LIST, RoomList, .account = "work", .request = 4, .address = "search.test", .words = "tea"));
	fake_answer(fake, "disco#info", "search.test", "<query xmlns='http://jabber.org/protocol/disco#info'><feature var='urn:xmpp:channel-search:0:search'/></query>");
	g_assert_nonnull(strstr(fake->sent->str, "var=\"q\"><value>tea</value>"));
	static const char page[] = "<result xmlns='urn:xmpp:channel-search:0:search'><item address='tea@rooms.test'><name>Tea</name><nusers>12</nusers><description>cake too</description></item>"
				   "<item address='no room'/><set xmlns='http://jabber.org/protocol/rsm'><last>1</last></set></result>";
	fake_answer(fake, "channel-search", "search.test", page);
	g_assert_true(fake_told(fake, "\"address\":\"tea@rooms.test\",\"name\":\"Tea\",\"text\":\"cake too\",\"number\":12"));
	/* the same page once more: it goes round in a circle */
	fake_answer(fake, "channel-search", "search.test", page);
	g_assert_true(fake_told(fake, "\"kind\":\"done\",\"request\":4"));
	fake_free(fake);
}

/* ---- rooms that can't have us now ---- */

#define REFUSAL(type) "<presence from='den@rooms.test/Al' type='error'><error type='" type "'><resource-constraint xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>"

static void test_busy(void)
{
	static const struct {
		const char *stanza;
		gboolean busy;
	} cases[] = {
		{ "<presence from='den@rooms.test/Al' type='unavailable'>" USER "<item affiliation='none' role='none'/><status code='110'/><status code='332'/></x></presence>", TRUE },
		{ "<presence from='den@rooms.test/Al' type='unavailable'>" USER "<item affiliation='none' role='none'/><status code='110'/><status code='307'/></x></presence>", FALSE },
		{ "<presence from='den@rooms.test/Al' type='unavailable'>" USER "<item affiliation='none' role='none'/><status code='110'/></x></presence>", FALSE },
	};
	for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fake *fake = begin("");
		forget(fake);
		fake_receive(fake, cases[i].stanza);
		g_assert_true((strstr(fake->events->str, "\"busy\":true") != NULL) == cases[i].busy);
		fake_free(fake);
	}
	for (guint wait = 0; wait < 2; wait++) {
		Fake *fake = fake_new(NULL, NULL);
		fake_online(fake, FALSE);
		fake_wish(fake, &WIRE(JOIN, Join, .account = "work", .chat = "den@rooms.test", .nick = "Al"));
		fake_answer(fake, "disco#info", "den@rooms.test", "<query xmlns='http://jabber.org/protocol/disco#info'/>");
		forget(fake);
		fake_receive(fake, wait ? REFUSAL("wait") : REFUSAL("cancel"));
		g_assert_true((strstr(fake->events->str, "\"busy\":true") != NULL) == (wait == 1));
		fake_free(fake);
	}
}

/* ---- what a room says of itself ---- */

static void test_status(void)
{
	Fake *fake = begin("");
	forget(fake);
	fake_receive(fake, "<message from='den@rooms.test' type='groupchat'>" USER "<status code='172'/><status code='104'/></x></message>");
	g_assert_nonnull(strstr(fake->events->str, "everybody here can see everybody's address now"));
	g_assert_true(fake_sent(fake, "disco#info"));
	/* an occupant can't say it */
	forget(fake);
	fake_receive(fake, "<message from='den@rooms.test/bob' type='groupchat'><body>x</body>" USER "<status code='170'/></x></message>");
	g_assert_false(fake_told(fake, "logged"));
	/* the room moves: it is wanted no more, and the other is only offered */
	fake_receive(fake, "<presence from='den@rooms.test/Al' type='unavailable'>" USER "<item affiliation='none' role='none'/><destroy jid='new@rooms.test'><reason>space</reason></destroy></x></presence>");
	g_assert_nonnull(strstr(fake->events->str, "\"kind\":\"bookmark\",\"account\":\"work\",\"chat\":\"den@rooms.test\",\"gone\":true,\"fresh\":true"));
	g_assert_nonnull(strstr(fake->events->str, "\"choices\":[\"ignore\",\"join\"]"));
	g_assert_null(strstr(fake->sent->str, "new@rooms.test"));
	fake_free(fake);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/rooms/form", test_form);
	g_test_add_func("/rooms/huge-form", test_huge_form);
	g_test_add_func("/rooms/occupant-ids", test_occupant_ids);
	g_test_add_func("/rooms/somebody-else-takes-the-name", test_somebody_else_takes_the_name);
	g_test_add_func("/rooms/ping", test_ping);
	g_test_add_func("/rooms/typing", test_typing);
	g_test_add_func("/rooms/search-service", test_search_service);
	g_test_add_func("/rooms/busy", test_busy);
	g_test_add_func("/rooms/status", test_status);
	return g_test_run();
}
