/* attention.c: asking for somebody's attention. See attention.h.
 *
 * It is a noise that others make at our side: so only who may see our presence can make it, once a minute each, and only now: what was
 * kept for us or copied to us makes none. */
#include "attention.h"

#include <string.h>

#include "disco.h"
#include "intake.h"
#include "presence.h"
#include "room.h"
#include "roster.h"

#define PAUSE G_TIME_SPAN_MINUTE

struct Attentions {
	GHashTable *last; /* bare address (owned) -> gint64 (owned): when they asked last, monotonic. They are in the contact list, so they are not many */
};

static gboolean asked_lately(Session *session, const char *bare)
{
	gint64 now = g_get_monotonic_time();
	const gint64 *last = g_hash_table_lookup(session->attentions->last, bare);
	if (last && now - *last < PAUSE)
		return TRUE;
	g_hash_table_replace(session->attentions->last, g_strdup(bare), g_memdup2(&now, sizeof now));
	return FALSE;
}

/* <message from='a@b/c' type='headline'><attention xmlns='urn:xmpp:attention:0'/></message>; words in it go on as words. */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	if (!element_child(arrival->stanza, "attention", NS_ATTENTION))
		return FALSE;
	gboolean words = element_child(arrival->stanza, "body", NULL) != NULL;
	if (arrival->carbon || strcmp(arrival->type, "groupchat") == 0 || strcmp(arrival->bare, session->own) == 0 ||
	    element_child(arrival->stanza, "delay", NS_DELAY) || !roster_has(session, arrival->bare) || !roster_may_see_us(session, arrival->bare) ||
	    asked_lately(session, arrival->bare))
		return !words;
	intake_store(session, &(WireMessage){
				      .chat = arrival->bare,
				      .chat_kind = CHAT_DIRECT,
				      .type = MESSAGE_EVENT,
				      .from = arrival->bare,
				      .text = "asks for your attention",
				      .mention = TRUE,
			      });
	return !words;
}

static void on_attention(Session *session, const Wire *wish)
{
	const WireAttention *attention = (const WireAttention *)wish;
	g_autofree char *to = jid_normalise(attention->chat);
	const char *why = !session->online ? "the account is not online" : NULL;
	g_autofree char *text = NULL;

	if (!why && !to)
		why = text = g_strdup_printf("\"%s\" is not an address", attention->chat);
	if (!why && !jid_resource(to) && room_standing(session, to) != ROOM_UNKNOWN)
		why = "a room has no attention; name somebody in it";
	if (!why && !jid_resource(to) && !presence_best_resource(session, to) &&
	    (roster_subscription(session, to) == SUBSCRIPTION_TO || roster_subscription(session, to) == SUBSCRIPTION_BOTH))
		why = text = g_strdup_printf("\"%s\" is not there now", to);
	if (why) {
		backend_fail(session->backend, attention->request, session_fit(session, why, FIT_LABEL));
		return;
	}
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", to);
	element_set(message, "type", "headline");
	element_add(message, "attention", NS_ATTENTION);
	session_send(session, message);
	backend_done(session->backend, attention->request, NULL);
}

void attention_attach(Session *session)
{
	session->attentions = g_new0(struct Attentions, 1);
	session->attentions->last = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	session_on_message(session, STEP_AMEND, on_message);
	session_on_wish(session, WIRE_ATTENTION, on_attention);
	disco_add_feature(session, NS_ATTENTION);
}

void attention_detach(Session *session)
{
	g_hash_table_unref(session->attentions->last);
	g_clear_pointer(&session->attentions, g_free);
}
