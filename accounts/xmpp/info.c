/* info.c: what the network tells about an address. See info.h.
 *
 * XEP-0030 (what it is), XEP-0092 (its program), XEP-0012 (when it was last there), XEP-0054 (its card). All are asked at once; what does
 * not answer in time is left out. The text is foreign and as it came. */
#include "info.h"

#include <stdlib.h>
#include <string.h>

#include "disco.h"
#include "iq.h"
#include "presence.h"
#include "roster.h"
#include "room.h"

#define SECONDS 10
#define VALUE_MOST 500
#define FEATURES_MOST 100

typedef struct {
	gint64 request;
	guint open;
	GString *parts[4];
	char *address;
} Inquiry;

typedef struct {
	Inquiry *inquiry; /* borrowed: lives until its last question is answered */
	guint part;
	void (*read)(GString *out, xmpp_stanza_t *answer);
} Question;

static void add(GString *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	gsize size = strlen(value);
	const char *end = size > VALUE_MOST ? g_utf8_find_prev_char(value, value + VALUE_MOST) : value + size;
	g_string_append_printf(out, "%s: %.*s\n", label, (int)(end - value), value);
}

static void read_features(GString *out, xmpp_stanza_t *answer)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);
	const char *category = disco_identity(answer, "category"), *type = disco_identity(answer, "type");
	add(out, "name", disco_identity(answer, "name"));
	if (category) {
		g_autofree char *kind = g_strconcat(category, type ? "/" : "", type ? type : "", NULL);
		add(out, "kind", kind);
	}
	if (g_strcmp0(category, "account") == 0)
		return; /* what follows is what the server can, not the person */
	guint n = 0;
	for (xmpp_stanza_t *feature = NULL; n < FEATURES_MOST && (feature = element_next(query, feature, "feature", NULL)); n++) {
		const char *name = element_get(feature, "var");
		if (name && strlen(name) <= VALUE_MOST)
			g_string_append_printf(out, "%s%s", n ? " " : "can: ", name);
	}
	if (n)
		g_string_append_c(out, '\n');
}

static void read_program(GString *out, xmpp_stanza_t *answer)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_VERSION);
	add(out, "program", element_child_text(query, "name", NULL));
	add(out, "version", element_child_text(query, "version", NULL));
	add(out, "system", element_child_text(query, "os", NULL));
}

static void read_last(GString *out, xmpp_stanza_t *answer)
{
	const char *seconds = element_get(element_child(answer, "query", NS_LAST), "seconds");
	guint64 number;
	if (!seconds || !g_ascii_string_to_unsigned(seconds, 10, 0, G_MAXUINT32, &number, NULL))
		return;
	if (number >= 86400)
		g_string_append_printf(out, "last there: %" G_GUINT64_FORMAT " days ago\n", number / 86400);
	else if (number > 0)
		g_string_append_printf(out, "last there: %" G_GUINT64_FORMAT " h %" G_GUINT64_FORMAT " min ago\n", number / 3600, number / 60 % 60);
}

static void read_card(GString *out, xmpp_stanza_t *answer)
{
	static const struct {
		const char *label, *name, *inner;
	} fields[] = {
		{ "full name", "FN", NULL }, { "nickname", "NICKNAME", NULL }, { "birthday", "BDAY", NULL }, { "e-mail", "EMAIL", "USERID" },
		{ "phone", "TEL", "NUMBER" }, { "web page", "URL", NULL }, { "organisation", "ORG", "ORGNAME" }, { "title", "TITLE", NULL },
		{ "place", "ADR", "LOCALITY" }, { "country", "ADR", "CTRY" }, { "about", "DESC", NULL },
	};
	xmpp_stanza_t *card = element_child(answer, "vCard", NS_VCARD);
	for (gsize i = 0; i < G_N_ELEMENTS(fields); i++) {
		xmpp_stanza_t *field = element_child(card, fields[i].name, NULL);
		add(out, fields[i].label, fields[i].inner ? element_child_text(field, fields[i].inner, NULL) : element_text(field));
	}
}

static void finish(Session *session, Inquiry *inquiry)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_autofree char *bare = jid_bare(inquiry->address);
	g_autofree char *presence = presence_describe(session, bare);

	if (roster_has(session, bare))
		g_string_append_printf(text, "subscription: %s\n", wire_words_subscription[roster_subscription(session, bare)]);
	if (presence)
		g_string_append_printf(text, "%s\n", presence);
	for (guint i = 0; i < G_N_ELEMENTS(inquiry->parts); i++) {
		g_string_append_len(text, inquiry->parts[i]->str, (gssize)inquiry->parts[i]->len);
		g_string_free(inquiry->parts[i], TRUE);
	}
	if (text->len > 0 && text->str[text->len - 1] == '\n')
		g_string_truncate(text, text->len - 1);
	if (text->len > 0)
		backend_done(session->backend, inquiry->request, text->str);
	else if (!session->online)
		backend_fail(session->backend, inquiry->request, "the connection was lost");
	else {
		g_autofree char *why = g_strdup_printf("nothing is known about \"%s\"", inquiry->address);
		backend_fail(session->backend, inquiry->request, session_fit(session, why, FIT_LABEL));
	}
	g_free(inquiry->address);
	g_free(inquiry);
}

static void on_answer(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Question *question = user;
	Inquiry *inquiry = question->inquiry;
	if (iq_is_result(answer))
		question->read(inquiry->parts[question->part], answer);
	if (--inquiry->open == 0)
		finish(session, inquiry);
}

static void ask(Session *session, Inquiry *inquiry, guint part, const char *to, const char *name, const char *ns,
		void (*read)(GString *out, xmpp_stanza_t *answer))
{
	Question *question = g_new(Question, 1);
	*question = (Question){ inquiry, part, read };
	inquiry->open++;
	xmpp_stanza_t *iq = iq_new(session, "get", to);
	element_add(iq, name, ns);
	iq_ask(session, iq, SECONDS, on_answer, question, g_free);
}

static void on_info(Session *session, const Wire *wish)
{
	const WireInfo *info = (const WireInfo *)wish;
	g_autofree char *address = jid_normalise(info->address);

	if (!session->online) {
		backend_fail(session->backend, info->request, "the account is not online");
		return;
	}
	if (!address) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not an address", info->address);
		backend_fail(session->backend, info->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	const char *best = jid_resource(address) ? NULL : presence_best_resource(session, address);
	g_autofree char *device = best ? g_strconcat(address, "/", best, NULL) : g_strdup(address);
	gboolean person = strchr(address, '@') && room_standing(session, address) == ROOM_UNKNOWN;

	Inquiry *inquiry = g_new0(Inquiry, 1);
	inquiry->request = info->request;
	inquiry->address = g_strdup(address);
	for (guint i = 0; i < G_N_ELEMENTS(inquiry->parts); i++)
		inquiry->parts[i] = g_string_new(NULL);
	inquiry->open = 1;
	ask(session, inquiry, 2, address, "query", NS_DISCO_INFO, read_features);
	if (!strchr(address, '@') || jid_resource(device))
		ask(session, inquiry, 1, device, "query", NS_VERSION, read_program);
	if (!best)
		ask(session, inquiry, 3, address, "query", NS_LAST, read_last);
	if (person)
		ask(session, inquiry, 0, address, "vCard", NS_VCARD, read_card);
	if (--inquiry->open == 0)
		finish(session, inquiry);
}

void info_attach(Session *session)
{
	session_on_wish(session, WIRE_INFO, on_info);
}
