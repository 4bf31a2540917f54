/* subscription.c: who may see whose presence. See subscription.h. RFC 6121 3.
 *
 * Nothing is accepted by itself. A request becomes a card; requests beyond CARDS_MOST at a time wait at the server, which repeats them at
 * the next login. "subscribed" and its like that come unasked change nothing: only the contact list of the server tells (roster.c). */
#include "subscription.h"

#include <string.h>

#include "base/log.h"
#include "roster.h"

#define PREFIX "subscription:"
#define REFUSE "refuse"
#define ALLOW "allow"
#define CARDS_MOST 100

struct Subscriptions {
	GHashTable *open; /* card id (owned) -> address (owned) */
};

/* The same for every request of one address, and short. */
static char *card_id(const char *address)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, address, -1);
	return g_strconcat(PREFIX, sum, NULL);
}

void subscription_send(Session *session, const char *address, const char *type, const char *text)
{
	xmpp_stanza_t *presence = element_new(session->ctx, "presence", NULL);
	element_set(presence, "type", type);
	element_set(presence, "to", address);
	if (text && *text)
		element_add_text(presence, "status", NULL, text);
	session_send(session, presence);
}

static void close_card(Session *session, const char *id)
{
	if (g_hash_table_remove(session->subscriptions->open, id))
		backend_send(session->backend, &WIRE(CARD_GONE, CardGone, .account = session->account, .card = id));
}

/* <presence type='subscribe' from='a@b'><status>Hi</status></presence> */
static void take_request(Session *session, const Arrival *arrival)
{
	GHashTable *open = session->subscriptions->open;
	g_autofree char *id = card_id(arrival->bare);

	if (strcmp(arrival->bare, session->own) == 0 || g_hash_table_contains(open, id))
		return;
	if (roster_may_see_us(session, arrival->bare)) {
		subscription_send(session, arrival->bare, "subscribed", NULL);
		return;
	}
	if (g_hash_table_size(open) >= CARDS_MOST) {
		if (session_warns_first(session, WARNING_SUBSCRIPTIONS))
			log_warning("too many requests to see the presence; the one of \"%s\" waits", arrival->bare);
		return;
	}
	const char *words = element_child_text(arrival->stanza, "status", NULL);
	g_autofree char *title = g_strdup_printf("\"%s\" wants to see your presence", arrival->bare);
	backend_send(session->backend, &WIRE(CARD, Card, .account = session->account, .card = id, .card_kind = CARD_SUBSCRIPTION,
					     .title = session_fit(session, title, FIT_LABEL), .text = words && *words ? session_fit(session, words, FIT_LABEL) : NULL,
					     .address = arrival->bare, .choices = (const char *const[]){ REFUSE, ALLOW, NULL }));
	g_hash_table_insert(open, g_steal_pointer(&id), g_strdup(arrival->bare));
}

static gboolean on_presence(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "subscribe") == 0) {
		take_request(session, arrival);
		return TRUE;
	}
	if (strcmp(arrival->type, "unsubscribe") == 0) {
		g_autofree char *id = card_id(arrival->bare);
		close_card(session, id);
		return TRUE;
	}
	return strcmp(arrival->type, "subscribed") == 0 || strcmp(arrival->type, "unsubscribed") == 0 || strcmp(arrival->type, "probe") == 0;
}

static void set_allowed(Session *session, const char *address, gboolean allow)
{
	g_autofree char *id = card_id(address);
	subscription_send(session, address, allow ? "subscribed" : "unsubscribed", NULL);
	close_card(session, id);
}

static gboolean on_answer(Session *session, const WireAnswer *answer)
{
	const char *address = g_hash_table_lookup(session->subscriptions->open, answer->card);
	if (!address || !session->online)
		return FALSE;
	g_autofree char *copy = g_strdup(address);
	if (answer->choice)
		set_allowed(session, copy, strcmp(answer->choice, ALLOW) == 0);
	else
		close_card(session, answer->card);
	return TRUE;
}

static void on_allow(Session *session, const Wire *wish)
{
	const WireAllow *allow = (const WireAllow *)wish;
	g_autofree char *full = jid_normalise(allow->address);

	if (!session->online) {
		backend_fail(session->backend, allow->request, "the account is not online");
		return;
	}
	if (!full) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not an address", allow->address);
		backend_fail(session->backend, allow->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	g_autofree char *bare = jid_bare(full);
	set_allowed(session, bare, allow->allow);
	backend_done(session->backend, allow->request, NULL);
}

/* A new session: the server repeats what is still unanswered. */
static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	GHashTableIter iter;
	gpointer key;
	if (resumed)
		return;
	g_hash_table_iter_init(&iter, session->subscriptions->open);
	while (g_hash_table_iter_next(&iter, &key, NULL)) {
		backend_send(session->backend, &WIRE(CARD_GONE, CardGone, .account = session->account, .card = key));
		g_hash_table_iter_remove(&iter);
	}
}

void subscription_attach(Session *session)
{
	session->subscriptions = g_new0(struct Subscriptions, 1);
	session->subscriptions->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	session_on_presence(session, on_presence);
	session_on_answer(session, PREFIX, on_answer);
	session_on_wish(session, WIRE_ALLOW, on_allow);
	session_on_life(session, on_online, NULL);
}

void subscription_detach(Session *session)
{
	g_hash_table_unref(session->subscriptions->open);
	g_clear_pointer(&session->subscriptions, g_free);
}
