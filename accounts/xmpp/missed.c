/* missed.c: see missed.h. XEP-0313, XEP-0059 (the last page), XEP-0297 (what is in a result), XEP-0203 (its time). */
#include "missed.h"

#include <string.h>

#include "base/moment.h"
#include "base/secret.h"
#include "chat.h"
#include "iq.h"

#define PAGE "100"

struct Missed {
	char *query; /* owned: the query that is open, or NULL */
};

static void on_end(Session *session, xmpp_stanza_t *answer G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	g_clear_pointer(&session->missed->query, g_free);
}

/* <message from='own'><result xmlns='urn:xmpp:mam:2' queryid='…' id='…'><forwarded xmlns='urn:xmpp:forward:0'><delay stamp='…'/><message …/> */
static gboolean on_result(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *result = element_child(arrival->stanza, "result", NS_ARCHIVE);
	const char *query = result ? element_get(result, "queryid") : NULL, *id = result ? element_get(result, "id") : NULL;
	if (!query || g_strcmp0(query, session->missed->query) != 0)
		return FALSE;
	xmpp_stanza_t *forwarded = element_child(result, "forwarded", NS_FORWARD);
	xmpp_stanza_t *message = element_child(forwarded, "message", NULL);
	const char *stamp = element_get(element_child(forwarded, "delay", NS_DELAY), "stamp");
	const char *type = message ? xmpp_stanza_get_type(message) : NULL;
	gint64 sent;
	if (!arrival->own || arrival->carbon || !message || !id || !*id || strlen(id) > FIT_ID || !stamp || !moment_parse(stamp, &sent, NULL) ||
	    g_strcmp0(type, "groupchat") == 0 || g_strcmp0(type, "error") == 0)
		return TRUE;

	const char *from_text = xmpp_stanza_get_from(message), *to_text = xmpp_stanza_get_to(message);
	g_autofree char *from = from_text ? jid_normalise(from_text) : NULL;
	g_autofree char *to = to_text ? jid_normalise(to_text) : NULL;
	if (!from || !to)
		return TRUE;
	gboolean out = jid_same_bare(from, session->own);
	/* Without an id of ours it can't be told from the copy that came when another device sent it. */
	if (out ? !chat_sender_id(message) : !jid_same_bare(to, session->own))
		return TRUE;
	g_autofree char *bare = jid_bare(from);
	Arrival inner = {
		.stanza = message,
		.from = from,
		.bare = bare,
		.resource = jid_resource(from),
		.type = type ? type : "",
		.id = xmpp_stanza_get_id(message),
		.carbon = TRUE,
		.to = out ? to : NULL,
		.archive_id = id,
		.sent = sent,
	};
	dispatch_message(session, &inner, STEP_CHAT);
	return TRUE;
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	g_clear_pointer(&session->missed->query, g_free);
	/* That there is an archive was learned in the session before. */
	if (resumed || !session->archive || !session->ids || (fresh_process && !backend_kept(session->backend, "cursor")))
		return;
	session->missed->query = secret_random_id();
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *query = element_add(iq, "query", NS_ARCHIVE);
	element_set(query, "queryid", session->missed->query);
	xmpp_stanza_t *set = element_add(query, "set", NS_RSM);
	element_add_text(set, "max", NULL, PAGE);
	element_add(set, "before", NULL);
	iq_ask(session, iq, IQ_SECONDS, on_end, NULL, NULL);
}

void missed_attach(Session *session)
{
	session->missed = g_new0(struct Missed, 1);
	session_on_message(session, STEP_ARCHIVE, on_result);
	session_on_life(session, on_online, NULL);
}

void missed_detach(Session *session)
{
	g_free(session->missed->query);
	g_clear_pointer(&session->missed, g_free);
}
