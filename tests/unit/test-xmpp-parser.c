/* test-xmpp-parser.c: the stream parser: what it delivers, what it refuses, and that its limits hold. */
#include "config.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "xmpp/parser.h"

typedef struct {
	xmpp_ctx_t *ctx;
	Parser *parser;
	GString *log;		/* what came, in short */
	gboolean stop;		/* parser_stop() at the next element */
	gboolean serialise;
} Fixture;

static void on_open(gpointer owner, const char *name, const char *ns, const char **attributes)
{
	Fixture *f = owner;

	g_string_append_printf(f->log, "open %s %s %s;", name, ns ? ns : "-", attributes[0] ? attributes[1] : "-");
}

static void on_element(gpointer owner, xmpp_stanza_t *element)
{
	Fixture *f = owner;
	char *text;
	size_t size;

	if (f->serialise && xmpp_stanza_to_text(element, &text, &size) == XMPP_EOK) {
		g_string_append_printf(f->log, "%s;", text);
		xmpp_free(f->ctx, text);
	} else {
		g_string_append_printf(f->log, "%s %s;", xmpp_stanza_get_name(element), xmpp_stanza_get_id(element));
	}
	if (f->stop)
		parser_stop(f->parser);
}

static void on_dropped(gpointer owner, xmpp_stanza_t *head, const char *why)
{
	Fixture *f = owner;

	g_assert_null(xmpp_stanza_get_children(head));
	g_string_append_printf(f->log, "dropped %s %s: %s;", xmpp_stanza_get_name(head), xmpp_stanza_get_id(head), why);
}

static void on_close(gpointer owner)
{
	Fixture *f = owner;

	g_string_append(f->log, "close;");
}

static const ParserEvents events = { on_open, on_element, on_dropped, on_close };

#define OPEN                                                                                                           \
	"<?xml version='1.0'?><stream:stream id='s1' xmlns='jabber:client' "                                           \
	"xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"

static void set_up_limits(Fixture *f, const StreamLimits *limits)
{
	memset(f, 0, sizeof *f);
	f->ctx = xmpp_ctx_new(NULL, NULL);
	f->log = g_string_new(NULL);
	f->parser = parser_new(f->ctx, limits, "me@example.org", &events, f);
}

static void set_up(Fixture *f)
{
	StreamLimits limits = { 0 };

	set_up_limits(f, &limits);
}

static void tear_down(Fixture *f)
{
	parser_free(f->parser);
	xmpp_ctx_free(f->ctx);
	g_string_free(f->log, TRUE);
}

static gsize feed(Fixture *f, const char *xml)
{
	GError *error = NULL;
	gsize used;

	g_assert_true(parser_feed(f->parser, xml, strlen(xml), &used, &error));
	g_assert_no_error(error);
	return used;
}

static void assert_refused(Fixture *f, const char *xml, ParserError code)
{
	GError *error = NULL;
	gsize used;

	g_assert_false(parser_feed(f->parser, xml, strlen(xml), &used, &error));
	g_assert_error(error, PARSER_ERROR, (int)code);
	g_error_free(error);
}

static void assert_log(Fixture *f, const char *expected)
{
	g_assert_cmpstr(f->log->str, ==, expected);
	g_string_truncate(f->log, 0);
}

static void test_stream(void)
{
	Fixture f;

	set_up(&f);
	f.serialise = TRUE;
	feed(&f, OPEN);
	assert_log(&f, "open stream http://etherx.jabber.org/streams s1;");
	feed(&f, " \n<message id='1'><body>a &lt;&#x20;b &amp; \xc3\xa9</body></message>");
	assert_log(&f, "<message id=\"1\"><body>a &lt; b &amp; \xc3\xa9</body></message>;");
	feed(&f, "<stream:features><x xmlns='urn:x'><y/></x></stream:features>");
	assert_log(&f, "<features xmlns=\"http://etherx.jabber.org/streams\"><x xmlns=\"urn:x\"><y/></x></features>;");
	g_assert_false(parser_is_midway(f.parser));
	g_assert_cmpuint(parser_count(f.parser), ==, 2);
	feed(&f, "<presence");
	g_assert_true(parser_is_midway(f.parser));
	feed(&f, "/></stream:stream>");
	assert_log(&f, "<presence/>;close;");
	tear_down(&f);
}

/* Any cut of the bytes gives the same. */
static void test_every_cut(void)
{
	static const char xml[] = OPEN "<iq id='7' type='set'><q xmlns='u:\xe2\x82\xac'>t<e a='&quot;'/>\xf0\x9f\x98\x80</q></iq>"
				       "<message id='8'/>";
	Fixture f;
	g_autofree char *whole = NULL;

	set_up(&f);
	f.serialise = TRUE;
	feed(&f, xml);
	whole = g_strdup(f.log->str);
	for (gsize cut = 1; cut < strlen(xml); cut++) {
		g_autofree char *head = g_strndup(xml, cut);
		g_string_truncate(f.log, 0);
		parser_reset(f.parser);
		feed(&f, head);
		feed(&f, xml + cut);
		g_assert_cmpstr(f.log->str, ==, whole);
	}
	g_string_truncate(f.log, 0);
	parser_reset(f.parser);
	for (gsize i = 0; i < strlen(xml); i++) {
		char one[2] = { xml[i], 0 };
		feed(&f, one);
	}
	g_assert_cmpstr(f.log->str, ==, whole);
	tear_down(&f);
}

static void on_lang(gpointer owner, xmpp_stanza_t *element)
{
	(void)owner;
	g_assert_cmpstr(xmpp_stanza_get_attribute(element, "xml:lang"), ==, "de");
	g_assert_cmpstr(xmpp_stanza_get_attribute(element, "lang"), ==, "plain");
	g_assert_cmpint(xmpp_stanza_get_attribute_count(element), ==, 3);	/* and xmlns */
}

/* xml:lang is not lang, and x:lang is neither. */
static void test_attribute_namespaces(void)
{
	static const ParserEvents lang_events = { on_open, on_lang, on_dropped, on_close };
	StreamLimits limits = { 0 };
	Fixture f;

	set_up(&f);
	parser_free(f.parser);
	f.parser = parser_new(f.ctx, &limits, "me@example.org", &lang_events, &f);
	feed(&f, OPEN "<message xml:lang='de' lang='plain' xmlns:x='urn:x' x:lang='other'/>");
	g_assert_cmpuint(parser_count(f.parser), ==, 1);
	tear_down(&f);
}

static void test_restricted(void)
{
	static const char *const refused[] = {
		"<!DOCTYPE stream>" OPEN,
		"<?xml version='1.0'?><!DOCTYPE s [<!ENTITY a 'b'>]><s>&a;</s>",
		OPEN "<message><!-- comment --></message>",
		OPEN "<?php echo 1?>",
	};

	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		Fixture f;
		set_up(&f);
		assert_refused(&f, refused[i], PARSER_ERROR_RESTRICTED);
		tear_down(&f);
	}
}

static void test_malformed(void)
{
	static const char *const refused[] = {
		OPEN "<a></b>",
		OPEN "<a>&nosuch;</a>",
		OPEN "<a>&#0;</a>",
		OPEN "<a>&#x1b;</a>",
		OPEN "<a>\x1b</a>",
		OPEN "<a>\xc0\xaf</a>",
		OPEN "<a>\xed\xa0\x80</a>",
		OPEN "<a>\xef\xbf\xbf</a>",
		OPEN "<a x='1' x='2'/>",
		OPEN "<p:a/>",
		OPEN "</stream:stream><more/>",
		OPEN "<stream:stream>",
	};

	for (guint i = 0; i < G_N_ELEMENTS(refused); i++) {
		Fixture f;
		set_up(&f);
		assert_refused(&f, refused[i], PARSER_ERROR_MALFORMED);
		tear_down(&f);
	}
}

/* What is too much is dropped whole, and the next stanza arrives. */
static void test_limits(void)
{
	StreamLimits limits = { .bytes = 1000, .elements = 20, .depth = 5, .own_bytes = 4000, .own_elements = 40 };
	g_autofree char *long_text = g_strnfill(1001, 'x');
	g_autofree char *fit = g_strnfill(900, 'x');
	Fixture f;

	set_up_limits(&f, &limits);
	feed(&f, OPEN);
	g_string_truncate(f.log, 0);

	g_autofree char *big = g_strdup_printf("<message id='b'><body>%s</body></message><message id='n'/>", long_text);
	feed(&f, big);
	assert_log(&f, "dropped message b: too many bytes;message n;");
	g_autofree char *ok = g_strdup_printf("<message id='b'><body>%s</body></message>", fit);
	feed(&f, ok);
	assert_log(&f, "message b;");
	g_autofree char *tag = g_strdup_printf("<message id='t' x='%s'/><message id='n'/>", long_text);
	feed(&f, tag);
	assert_log(&f, "dropped message t: too many bytes;message n;");

	feed(&f, "<message id='d'><a><a><a><a/></a></a></a></message>");
	assert_log(&f, "message d;");
	feed(&f, "<message id='d'><a><a><a><a><a/></a></a></a></a></message><message id='n'/>");
	assert_log(&f, "dropped message d: nested too deeply;message n;");

	GString *wide = g_string_new("<iq id='w' type='result' from='you@example.org'>");
	for (int i = 0; i < 30; i++)
		g_string_append(wide, "<a/>");
	g_string_append(wide, "</iq><message id='n'/>");
	feed(&f, wide->str);
	assert_log(&f, "dropped iq w: too many elements;message n;");
	g_string_free(wide, TRUE);

	GString *attributes = g_string_new("<message id='a'");
	for (int i = 0; i < 101; i++)
		g_string_append_printf(attributes, " a%d=''", i);
	g_string_append(attributes, "/>");
	feed(&f, attributes->str);
	assert_log(&f, "dropped message a: too many attributes;");
	g_string_free(attributes, TRUE);
	tear_down(&f);
}

/* The own account's answers (a roster) may be larger; nobody else can send such. */
static void test_own_limits(void)
{
	StreamLimits limits = { .bytes = 1000, .elements = 20, .depth = 5, .own_bytes = 4000, .own_elements = 40 };
	static const struct {
		const char *head;
		gboolean own;
	} cases[] = {
		{ "<iq id='w' type='result'>", TRUE },
		{ "<iq id='w' type='result' from='me@example.org'>", TRUE },
		{ "<iq id='w' type='result' from='me@example.org/x'>", FALSE },
		{ "<iq id='w' type='set'>", FALSE },
		{ "<iq id='w' type='result' from='example.org'>", FALSE },
		{ "<message id='w' type='result'>", FALSE },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fixture f;
		GString *wide = g_string_new(OPEN);
		set_up_limits(&f, &limits);
		g_string_append(wide, cases[i].head);
		for (int j = 0; j < 30; j++)
			g_string_append(wide, "<a/>");
		g_string_append(wide, cases[i].head[1] == 'i' ? "</iq>" : "</message>");
		feed(&f, wide->str);
		g_assert_cmpint(strstr(f.log->str, "dropped") == NULL, ==, cases[i].own);
		g_string_free(wide, TRUE);
		tear_down(&f);
	}
}

/* Nothing is collected without end: not in a tag, not in text, not in depth. */
static void test_endless(void)
{
	static const struct {
		const char *begin, *more;
	} cases[] = {
		{ "<message x='", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		{ "<message><body>", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" },
		{ "<message>", "<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a>" },
	};
	StreamLimits limits = { .bytes = 10000, .own_bytes = 20000 };

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Fixture f;
		GError *error = NULL;
		gsize used, fed = 0;
		set_up_limits(&f, &limits);
		feed(&f, OPEN);
		feed(&f, cases[i].begin);
		while (parser_feed(f.parser, cases[i].more, strlen(cases[i].more), &used, &error) && fed < 1000000)
			fed += used;
		g_assert_error(error, PARSER_ERROR, PARSER_ERROR_TOO_LARGE);
		g_assert_cmpuint(fed, <=, 40000);
		g_error_free(error);
		tear_down(&f);
	}
}

/* White space between stanzas keeps connections alive for months. */
static void test_white_space_is_nothing(void)
{
	StreamLimits limits = { .bytes = 1000, .own_bytes = 1000 };
	Fixture f;

	set_up_limits(&f, &limits);
	feed(&f, OPEN);
	for (int i = 0; i < 10000; i++)
		feed(&f, i % 2 ? " " : "\n");
	feed(&f, "<message id='1'/>");
	g_assert_true(g_str_has_suffix(f.log->str, ";message 1;"));
	g_assert_false(parser_is_midway(f.parser));
	tear_down(&f);
}

/* A large tag must not hold back what follows it. */
static void test_large_tag_delays_nothing(void)
{
	g_autofree char *value = g_strnfill(100000, 'x');
	Fixture f;

	set_up(&f);
	feed(&f, OPEN "<message id='1' x='");
	for (int i = 0; i < 100; i++) {
		g_autofree char *piece = g_strndup(value, 1000);
		feed(&f, piece);
	}
	feed(&f, "'/>");
	g_assert_true(g_str_has_suffix(f.log->str, ";message 1;"));
	feed(&f, "<message id='2'/>");
	g_assert_true(g_str_has_suffix(f.log->str, ";message 1;message 2;"));
	tear_down(&f);
}

/* parser_stop(): nothing more is delivered, and it is known where the rest begins. */
static void test_stop(void)
{
	Fixture f;
	const char *xml = OPEN "<proceed id='p'/>rest<message id='m'/>";

	set_up(&f);
	f.stop = TRUE;
	gsize used = feed(&f, xml);
	g_assert_cmpstr(xml + used, ==, "rest<message id='m'/>");
	g_assert_true(g_str_has_suffix(f.log->str, ";proceed p;"));
	g_assert_cmpuint(feed(&f, "<message id='m2'/>"), ==, 0);
	parser_reset(f.parser);
	f.stop = FALSE;
	g_string_truncate(f.log, 0);
	feed(&f, OPEN "<message id='m3'/>");
	g_assert_true(g_str_has_suffix(f.log->str, ";message m3;"));
	f.stop = TRUE;		/* an end tag rather than an empty element, and the very end of the buffer */
	xml = "<success id='s'>x</success>";
	g_assert_cmpuint(feed(&f, xml), ==, strlen(xml));
	tear_down(&f);
}

/* A result with `count` items; `from` is an attribute or "". */
static char *list_of(guint count, const char *from)
{
	GString *xml = g_string_new(NULL);

	g_string_append_printf(xml, "<iq id='1' type='result'%s><query xmlns='jabber:iq:roster' ver='3'>", from);
	for (guint i = 0; i < count; i++)
		g_string_append_printf(xml, "<item jid='%u@x'/>", i);
	g_string_append(xml, "</query></iq>");
	return g_string_free(xml, FALSE);
}

/* The numbers of items in each payload of the answer that is in the log, whose items are in order. */
static char *parts_of(Fixture *f)
{
	g_auto(GStrv) parts = g_strsplit(f->log->str, "<query ", -1);
	GString *numbers = g_string_new(NULL);
	guint next = 0;

	for (guint i = 1; parts[i]; i++) {
		guint before = next;
		g_assert_nonnull(strstr(parts[i], "ver=\"3\""));
		g_assert_nonnull(strstr(parts[i], "xmlns=\"jabber:iq:roster\""));
		for (const char *at = parts[i]; (at = strstr(at, "jid=\"")); at++)
			g_assert_cmpuint(strtoul(at + 5, NULL, 10), ==, next++);
		g_string_append_printf(numbers, "%u ", next - before);
	}
	return g_string_free(numbers, FALSE);
}

static void test_long_list_comes_in_parts(void)
{
	static const struct {
		guint items;
		const char *from, *parts;
	} cases[] = {
		{ 500, "", "500 " },
		{ 501, "", "500 1 " },
		{ 1200, " from='me@example.org'", "500 500 200 " },
		{ 1200, " from='you@example.org'", "1200 " },
	};

	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *xml = list_of(cases[i].items, cases[i].from);
		Fixture f;
		set_up(&f);
		f.serialise = TRUE;
		feed(&f, OPEN);
		feed(&f, xml);
		g_autofree char *parts = parts_of(&f);
		g_assert_cmpstr(parts, ==, cases[i].parts);
		tear_down(&f);
	}
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmpp/parser/stream", test_stream);
	g_test_add_func("/xmpp/parser/every-cut", test_every_cut);
	g_test_add_func("/xmpp/parser/attribute-namespaces", test_attribute_namespaces);
	g_test_add_func("/xmpp/parser/restricted", test_restricted);
	g_test_add_func("/xmpp/parser/malformed", test_malformed);
	g_test_add_func("/xmpp/parser/limits", test_limits);
	g_test_add_func("/xmpp/parser/own-limits", test_own_limits);
	g_test_add_func("/xmpp/parser/endless", test_endless);
	g_test_add_func("/xmpp/parser/white-space", test_white_space_is_nothing);
	g_test_add_func("/xmpp/parser/large-tag", test_large_tag_delays_nothing);
	g_test_add_func("/xmpp/parser/stop", test_stop);
	g_test_add_func("/xmpp/parser/parts", test_long_list_comes_in_parts);
	return g_test_run();
}
