/* blocking.c: whom the server lets nothing through of, and nothing to. See blocking.h. XEP-0191.
 *
 * The list is the server's and all devices share it; nothing of it is kept here. It is asked for at each login, which shows whether the server
 * has one, and has it tell of changes from then on. */
#include "blocking.h"

#include "connection.h"
#include "iq.h"
#include "stanza-error.h"

static void fail(Session *session, gint64 request, xmpp_stanza_t *answer)
{
	g_autofree char *text = stanza_error_sentence(answer);
	backend_fail(session->backend, request, session_fit(session, text, FIT_LABEL));
}

/* ---- changing it ---- */

static void on_changed(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	const WireBlock *block = user;
	if (iq_is_result(answer))
		backend_done(session->backend, block->request, block->block ? "blocked" : "no longer blocked");
	else
		fail(session, block->request, answer);
}

static void on_block(Session *session, const Wire *wish)
{
	const WireBlock *block = (const WireBlock *)wish;
	g_autofree char *full = jid_normalise(block->address), *bare = full ? jid_bare(full) : NULL;
	if (!session->online || !bare) {
		g_autofree char *text = session->online ? g_strdup_printf("\"%s\" is not an address", block->address) : g_strdup("the account is not online");
		backend_fail(session->backend, block->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	element_set(element_add(element_add(iq, block->block ? "block" : "unblock", NS_BLOCKING), "item", NULL), "jid", bare);
	iq_ask(session, iq, IQ_SECONDS, on_changed, wire_copy(block), g_free);
}

/* ---- reading it ---- */

static xmpp_stanza_t *new_request(Session *session)
{
	xmpp_stanza_t *iq = iq_new(session, "get", NULL);
	element_add(iq, "blocklist", NS_BLOCKING);
	return iq;
}

/* <iq type='result'><blocklist xmlns='urn:xmpp:blocking'><item jid='mallory@example.org'/></blocklist></iq> */
static void on_list(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	gint64 request = *(gint64 *)user;
	xmpp_stanza_t *list = element_child(answer, "blocklist", NS_BLOCKING);
	gboolean any = FALSE;
	if (!iq_is_result(answer)) {
		fail(session, request, answer);
		return;
	}
	for (xmpp_stanza_t *item = NULL; list && (item = element_next(list, item, "item", NULL));) {
		const char *jid = element_get(item, "jid");
		g_autofree char *address = jid ? jid_normalise(jid) : NULL;
		if (!address)
			continue;
		any = TRUE;
		backend_send(session->backend, &WIRE(ITEM, Item, .request = request, .address = address));
	}
	backend_done(session->backend, request, any ? NULL : "nobody is blocked");
}

static void on_wanted(Session *session, const Wire *wish)
{
	const WireBlocked *blocked = (const WireBlocked *)wish;
	if (session->online)
		iq_ask(session, new_request(session), IQ_SECONDS, on_list, g_memdup2(&blocked->request, sizeof blocked->request), g_free);
	else
		backend_fail(session->backend, blocked->request, "the account is not online");
}

static void on_known(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	if (answer && !iq_is_result(answer))
		connection_withdraw_ability(session, "block");
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	if (!resumed || fresh_process)
		iq_ask(session, new_request(session), IQ_SECONDS, on_known, NULL, NULL);
}

/* Another device has changed it; whoever wants to know asks. */
static gboolean on_push(Session *session, const Arrival *arrival)
{
	if (!arrival->own)
		return FALSE;
	session_send(session, iq_answer(session, arrival));
	return TRUE;
}

void blocking_attach(Session *session)
{
	session_on_wish(session, WIRE_BLOCK, on_block);
	session_on_wish(session, WIRE_BLOCKED, on_wanted);
	session_on_request(session, "set", "block", NS_BLOCKING, on_push);
	session_on_request(session, "set", "unblock", NS_BLOCKING, on_push);
	session_on_life(session, on_online, NULL);
}
