/* refusal.c: a clear no. See refusal.h.
 *
 * Only to who may see our presence; the user is told in the chat. A call is rejected only if no other device of the account could take it: our no
 * would end the ringing everywhere. */
#include "refusal.h"

#include "caps.h"
#include "intake.h"
#include "iq.h"
#include "roster.h"

#define NS_CALL "urn:xmpp:jingle-message:0"
#define NS_CALL_MEDIA "urn:xmpp:jingle:apps:rtp:1"
#define NS_OFFER "http://jabber.org/protocol/si"

static void say(Session *session, const Arrival *arrival, const char *text)
{
	WireMessage message = {
		.chat = arrival->bare,
		.type = MESSAGE_EVENT,
		.from = arrival->bare,
		.text = text,
		.time = arrival->sent,
		.archived = arrival->archive_id != NULL,
		.archive_id = arrival->archive_id,
		.mention = TRUE,
	};
	intake_store(session, &message);
}

static void reject_call(Session *session, const Arrival *arrival, const char *id)
{
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", arrival->from);
	element_set(message, "type", "chat");
	element_set(element_add(message, "reject", NS_CALL), "id", id);
	element_add(message, "store", NS_HINTS);
	session_send(session, message);
}

/* <message from='a@b/c'><propose xmlns='urn:xmpp:jingle-message:0' id='…'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *propose = element_child(arrival->stanza, "propose", NS_CALL);
	const char *id = element_get(propose, "id");
	if (!propose || !element_child(propose, "description", NS_CALL_MEDIA))
		return FALSE;
	if (!id || !*id || (arrival->carbon && !arrival->archive_id) || arrival->own || !roster_may_see_us(session, arrival->bare))
		return TRUE;
	say(session, arrival, "tried to call you; kith can't take calls");
	if (!arrival->archive_id && !element_child(arrival->stanza, "delay", NS_DELAY) && !caps_any_has(session, session->own, NS_CALL, NULL))
		reject_call(session, arrival, id);
	return TRUE;
}

/* <si xmlns='http://jabber.org/protocol/si' id='…' profile='http://jabber.org/protocol/si/profile/file-transfer'>…</si> */
static gboolean on_offer(Session *session, const Arrival *arrival)
{
	if (!arrival->own && !roster_may_see_us(session, arrival->bare))
		return FALSE;
	xmpp_stanza_t *reply = iq_answer(session, arrival);
	element_set(reply, "type", "error");
	xmpp_stanza_t *error = element_add(reply, "error", NULL);
	element_set(error, "type", "cancel");
	element_add(error, "bad-request", NS_STANZAS);
	element_add(error, "no-valid-streams", NS_OFFER);
	element_add_text(error, "text", NS_STANZAS, "this program takes files over HTTP (XEP-0363) or Jingle (XEP-0234), not in this way (XEP-0096)");
	session_send(session, reply);
	say(session, arrival, "offered a file in an old way (XEP-0096) that kith does not take; ask for it to be sent otherwise");
	return TRUE;
}

void refusal_attach(Session *session)
{
	session_on_message(session, STEP_EVENT, on_message);
	session_on_request(session, "set", "si", NS_OFFER, on_offer);
}
