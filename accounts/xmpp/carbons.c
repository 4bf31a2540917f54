/* carbons.c: copies of what the account's other devices receive and send. See carbons.h. XEP-0280, XEP-0297.
 *
 * A copy counts only if it comes from the own account itself, if copies were asked for in this session, and if what is in it
 * can be: sent by us, or to us; one level deep. Any other is a forgery, is let go whole, and is logged once. */
#include "carbons.h"

#include <string.h>

#include "base/log.h"
#include "disco.h"
#include "iq.h"

struct Carbons {
	gboolean enabled;
};

static gboolean refuse(Session *session, const Arrival *arrival)
{
	if (session_warns_first(session, WARNING_COPY))
		log_warning("a forged copy from \"%s\" was let go; others will be without a word", arrival->from);
	return TRUE;
}

/* <message from='own'><sent xmlns='urn:xmpp:carbons:2'><forwarded xmlns='urn:xmpp:forward:0'><message from='own/phone' to='a@b'>… */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *copy = element_child(arrival->stanza, "sent", NS_CARBONS);
	gboolean sent = copy != NULL;
	if (!copy)
		copy = element_child(arrival->stanza, "received", NS_CARBONS);
	if (!copy)
		return FALSE;
	if (!arrival->own || !session->carbons->enabled || arrival->carbon)
		return refuse(session, arrival);
	xmpp_stanza_t *message = element_child(element_child(copy, "forwarded", NS_FORWARD), "message", NULL);
	if (!message || element_child(message, "sent", NS_CARBONS) || element_child(message, "received", NS_CARBONS))
		return refuse(session, arrival);

	const char *from_text = xmpp_stanza_get_from(message), *to_text = xmpp_stanza_get_to(message), *type = xmpp_stanza_get_type(message);
	g_autofree char *from = from_text ? jid_normalise(from_text) : sent ? g_strdup(session->own) : NULL;
	g_autofree char *to = to_text ? jid_normalise(to_text) : g_strdup(session->own);
	if (!from || !to || !jid_same_bare(sent ? from : to, session->own))
		return refuse(session, arrival);
	if (g_strcmp0(type, "groupchat") == 0 || g_strcmp0(type, "error") == 0)
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
		.to = sent ? to : NULL,
	};
	dispatch_message(session, &inner, STEP_AMEND);
	return TRUE;
}

static void on_enabled(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	if (answer)
		session->carbons->enabled = iq_is_result(answer);
}

/* Asked after a resume as well: a busy ejabberd 23.01 forgets then at times that the session has asked before. */
static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	/* A server that refused the session before sends none. */
	session->carbons->enabled = resumed && (session->carbons->enabled || fresh_process);
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	element_add(iq, "enable", NS_CARBONS);
	iq_ask(session, iq, IQ_SECONDS, on_enabled, NULL, NULL);
}

void carbons_attach(Session *session)
{
	session->carbons = g_new0(struct Carbons, 1);
	session_on_message(session, STEP_CARBON, on_message);
	session_on_life(session, on_online, NULL);
	disco_add_feature(session, NS_CARBONS);
}

void carbons_detach(Session *session)
{
	g_clear_pointer(&session->carbons, g_free);
}
