/* retraction.c: messages that are taken back. See retraction.h. */
#include "retraction.h"

#include <string.h>

#include "chat.h"
#include "disco.h"
#include "iq.h"
#include "room.h"

/* What programs without it show. */
#define INSTEAD "/me took back an earlier message, but this program can't take it away."

void retraction_add(xmpp_stanza_t *stanza, const Outgoing *message)
{
	element_set(element_add(stanza, "retract", NS_RETRACT), "id", message->kind == CHAT_ROOM ? message->target_archive : message->target);
	element_set(element_add(stanza, "fallback", NS_FALLBACK), "for", NS_RETRACT);
	element_add_text(stanza, "body", NULL, INSTEAD);
}

void retraction_ask_room(Session *session, const Outgoing *message, void (*handler)(Session *session, xmpp_stanza_t *answer, gpointer user),
			 gpointer user, GDestroyNotify cleanup)
{
	xmpp_stanza_t *iq = iq_new(session, "set", message->to), *moderate;
	gboolean old = room_moderates(session, message->to) == ROOM_MODERATES_0;
	if (old) {
		xmpp_stanza_t *apply = element_add(iq, "apply-to", NS_FASTEN);
		element_set(apply, "id", message->target_archive);
		moderate = element_add(apply, "moderate", NS_MODERATE_0);
	} else {
		moderate = element_add(iq, "moderate", NS_MODERATE);
		element_set(moderate, "id", message->target_archive);
	}
	element_add(moderate, "retract", old ? NS_RETRACT_0 : NS_RETRACT);
	if (message->text && *message->text)
		element_add_text(moderate, "reason", NULL, message->text);
	iq_ask(session, iq, IQ_SECONDS, handler, user, cleanup);
}

/* moderated: by whom; reason: where the reason stands. */
static void take_moderation(Session *session, const Arrival *arrival, const char *id, xmpp_stanza_t *moderated, xmpp_stanza_t *reason)
{
	const char *by = element_get(moderated, "by"), *why = element_child_text(reason, "reason", NULL);
	g_autofree char *moderator = by ? jid_normalise(by) : NULL;
	const char *nick = moderator && jid_same_bare(moderator, arrival->bare) ? jid_resource(moderator) : NULL;
	chat_store_moderation(session, arrival, id, nick, why && *why ? session_fit(session, why, FIT_LABEL) : NULL);
}

/* From the room alone:
 *   <retract xmlns='urn:xmpp:message-retract:1' id='…'><moderated xmlns='urn:xmpp:message-moderate:1' by='room@c/nick'/><reason>…</reason></retract>
 *   <apply-to xmlns='urn:xmpp:fasten:0' id='…'><moderated xmlns='urn:xmpp:message-moderate:0' by='room@c/nick'><retract …/><reason>…</reason></moderated>
 * Anybody else's is a forgery and shown to nobody. */
static gboolean on_moderation(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *retract = element_child(arrival->stanza, "retract", NS_RETRACT), *apply = element_child(arrival->stanza, "apply-to", NS_FASTEN);
	xmpp_stanza_t *moderated = element_child(retract, "moderated", NS_MODERATE), *moderated_0 = element_child(apply, "moderated", NS_MODERATE_0);
	if (!moderated && !moderated_0)
		return FALSE;
	guint can = strcmp(arrival->type, "groupchat") == 0 && !arrival->resource ? room_moderates(session, arrival->bare) : 0;
	if (moderated && can & ROOM_MODERATES)
		take_moderation(session, arrival, element_get(retract, "id"), moderated, retract);
	else if (moderated_0 && can & ROOM_MODERATES_0 && element_child(moderated_0, "retract", NS_RETRACT_0))
		take_moderation(session, arrival, element_get(apply, "id"), moderated_0, moderated_0);
	return TRUE;
}

/* What an archive keeps in the place of a message that was taken back; its id there is the message's:
 *   <retracted xmlns='urn:xmpp:message-retract:1' id='…' stamp='…'/>, with <moderated/> in it where a moderator did it;
 *   <moderated xmlns='urn:xmpp:message-moderate:0' by='room@c/nick'><retracted xmlns='urn:xmpp:message-retract:0' stamp='…'/><reason>…</reason></moderated> */
static gboolean on_tombstone(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *retracted = element_child(arrival->stanza, "retracted", NS_RETRACT);
	xmpp_stanza_t *moderated = element_child(retracted, "moderated", NS_MODERATE), *moderated_0 = element_child(arrival->stanza, "moderated", NS_MODERATE_0);
	if (moderated_0 && !element_child(moderated_0, "retracted", NS_RETRACT_0))
		moderated_0 = NULL;
	if (!retracted && !moderated_0)
		return FALSE;
	if (!arrival->archive_id)
		return FALSE;
	if (moderated || moderated_0)
		take_moderation(session, arrival, arrival->archive_id, moderated ? moderated : moderated_0, moderated ? retracted : moderated_0);
	else
		chat_store_amendment(session, arrival, MESSAGE_RETRACTION, arrival->archive_id, NULL);
	return TRUE;
}

/* <message from='a@b/c' type='chat'><retract xmlns='urn:xmpp:message-retract:1' id='…'/><body>…</body></message> */
static gboolean on_retraction(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *retract = element_child(arrival->stanza, "retract", NS_RETRACT);
	if (!retract)
		return FALSE;
	chat_store_amendment(session, arrival, MESSAGE_RETRACTION, element_get(retract, "id"), NULL);
	return TRUE;
}

void retraction_attach(Session *session)
{
	session_on_message(session, STEP_AMEND, on_moderation);
	session_on_message(session, STEP_AMEND, on_tombstone);
	session_on_message(session, STEP_AMEND, on_retraction);
	disco_add_feature(session, NS_RETRACT);
	disco_add_feature(session, NS_MODERATE);
}
