/* reply.c: which message another one answers. See reply.h. */
#include "reply.h"

#include <string.h>

#include "base/text.h"
#include "disco.h"

/* As XEP-0461 had it at first. */
#define NS_FALLBACK_OLD "urn:xmpp:feature-fallback:0"
#define QUOTE_BYTES 1000
#define QUOTE_LINES 8

const char *reply_target(xmpp_stanza_t *stanza)
{
	const char *id = element_get(element_child(stanza, "reply", NS_REPLY), "id");
	return id && *id && strlen(id) <= FIT_ID ? id : NULL;
}

/* Whether every line in [from, to) begins with '>'. */
static gboolean is_quote(const char *from, const char *to)
{
	for (const char *line = from; line < to;) {
		if (*line != '>')
			return FALSE;
		const char *end = memchr(line, '\n', (gsize)(to - line));
		line = end ? end + 1 : to;
	}
	return TRUE;
}

static gboolean is_blank(const char *text)
{
	while (*text && g_unichar_isspace(g_utf8_get_char(text)))
		text = g_utf8_next_char(text);
	return *text == '\0';
}

const char *reply_strip_range(const char *body, gint64 start, gint64 end)
{
	const char *rest = body;
	if (start != 0 || end <= 0)
		return body;
	for (gint64 i = 0; i < end; i++) {
		if (!*rest)
			return body;
		rest = g_utf8_next_char(rest);
	}
	/* The range may end before the line does, but only just. */
	if (rest[-1] != '\n' && *rest != '\n')
		return body;
	if (!is_quote(body, rest) || is_blank(rest))
		return body;
	return rest[-1] != '\n' ? rest + 1 : rest;
}

static gint64 read_number(const char *text)
{
	guint64 number;
	return text && g_ascii_string_to_unsigned(text, 10, 0, FIT_TEXT, &number, NULL) ? (gint64)number : -1;
}

/* <fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='38'/></fallback> */
const char *reply_strip(xmpp_stanza_t *stanza, const char *body)
{
	static const char *const namespaces[] = { NS_FALLBACK, NS_FALLBACK_OLD };
	if (!reply_target(stanza))
		return body;
	for (gsize i = 0; i < G_N_ELEMENTS(namespaces); i++) {
		for (xmpp_stanza_t *fallback = NULL; (fallback = element_next(stanza, fallback, "fallback", namespaces[i]));) {
			if (g_strcmp0(element_get(fallback, "for"), NS_REPLY) != 0)
				continue;
			xmpp_stanza_t *range = element_child(fallback, "body", NULL);
			if (!range || element_next(fallback, range, "body", NULL))
				return body;
			return reply_strip_range(body, read_number(element_get(range, "start")), read_number(element_get(range, "end")));
		}
	}
	return body;
}

char *reply_quote(const char *text)
{
	GString *quote = g_string_new(NULL);
	g_autofree char *shorter = text_shorten(text ? text : "", QUOTE_BYTES);
	g_auto(GStrv) lines = g_strsplit(shorter, "\n", QUOTE_LINES + 1);

	for (guint i = 0; *shorter && lines[i]; i++)
		g_string_append_printf(quote, "> %s\n", i < QUOTE_LINES ? lines[i] : "…");
	return g_string_free(quote, FALSE);
}

void reply_add(xmpp_stanza_t *stanza, const Outgoing *message, const char *quote)
{
	xmpp_stanza_t *reply = element_add(stanza, "reply", NS_REPLY);
	/* In a room an address of its own would tell who somebody is. */
	if (message->kind == CHAT_DIRECT || (message->target_from && jid_same_bare(message->target_from, message->to)))
		element_set(reply, "to", message->target_from);
	element_set(reply, "id", message->kind == CHAT_ROOM ? message->target_archive : message->target);
	if (!*quote)
		return;
	xmpp_stanza_t *fallback = element_add(stanza, "fallback", NS_FALLBACK), *range = element_add(fallback, "body", NULL);
	g_autofree char *end = g_strdup_printf("%ld", g_utf8_strlen(quote, -1));
	element_set(fallback, "for", NS_REPLY);
	element_set(range, "start", "0");
	element_set(range, "end", end);
}

void reply_attach(Session *session)
{
	disco_add_feature(session, NS_REPLY);
	disco_add_feature(session, NS_FALLBACK);
}
