/* chat.c: words from one to one, in and out. See chat.h.
 *
 * RFC 6121 5, XEP-0245 (/me), XEP-0359 (origin-id; stanza-id only of the own account's archive, and only where the server says that it
 * keeps others from forging it), XEP-0045 7.5 (private messages in rooms: their chat is ROOM/NICK). */
#include "chat.h"

#include <string.h>

#include "delay.h"
#include "intake.h"
#include "receipts.h"
#include "room.h"
#include "stanza-error.h"
#include "typing.h"

#define ACTION "/me "
/* Shorter ids are counted up by some programs and begin anew with each of their logins. */
#define ID_LEAST 16

xmpp_stanza_t *chat_build(Session *session, const Outgoing *message)
{
	xmpp_stanza_t *stanza = element_new(session->ctx, "message", NULL);
	g_autofree char *action = message->type == MESSAGE_ACTION ? g_strconcat(ACTION, message->text, NULL) : NULL;

	element_set(stanza, "to", message->to);
	element_set(stanza, "type", message->kind == CHAT_ROOM ? "groupchat" : "chat");
	element_set(stanza, "id", message->own_id);
	element_add_text(stanza, "body", NULL, action ? action : message->text);
	element_set(element_add(stanza, "origin-id", NS_STANZA_ID), "id", message->own_id);
	if (message->kind == CHAT_PRIVATE)
		element_add(stanza, "x", NS_MUC_USER);
	if (message->kind == CHAT_DIRECT) {
		receipts_ask(stanza);
		typing_add_active(session, stanza, message->to);
	}
	return stanza;
}

const char *chat_words(Session *session, xmpp_stanza_t *stanza, MessageKind *type)
{
	const char *text = NULL;
	for (xmpp_stanza_t *body = NULL; !text && (body = element_next(stanza, body, "body", NULL));) {
		const char *ns = xmpp_stanza_get_ns(body);
		if (!ns || strcmp(ns, NS_CLIENT) == 0)
			text = element_text(body);
	}
	if (!text || !*text)
		return NULL;
	*type = MESSAGE_TEXT;
	if (g_str_has_prefix(text, ACTION) && text[strlen(ACTION)]) {
		*type = MESSAGE_ACTION;
		text += strlen(ACTION);
	}
	return session_fit(session, text, FIT_TEXT);
}

const char *chat_sender_id(xmpp_stanza_t *stanza)
{
	const char *id = element_get(element_child(stanza, "origin-id", NS_STANZA_ID), "id");
	if (!id || !*id) {
		id = xmpp_stanza_get_id(stanza);
		if (id && strlen(id) < ID_LEAST)
			id = NULL;
	}
	return id && *id && strlen(id) <= FIT_ID ? id : NULL;
}

const char *chat_archive_id(xmpp_stanza_t *stanza, const char *by)
{
	for (xmpp_stanza_t *given = NULL; (given = element_next(stanza, given, "stanza-id", NS_STANZA_ID));) {
		const char *giver = element_get(given, "by"), *id = element_get(given, "id");
		g_autofree char *giver_jid = giver ? jid_normalise(giver) : NULL;
		if (giver_jid && strcmp(giver_jid, by) == 0 && id && *id && strlen(id) <= FIT_ID)
			return id;
	}
	return NULL;
}

/* A private message in a room, to or from one of its occupants. */
static gboolean is_private(Session *session, const Arrival *arrival, const char *other)
{
	if (!jid_resource(other))
		return FALSE;
	g_autofree char *bare = jid_bare(other);
	return room_standing(session, bare) != ROOM_UNKNOWN ||
	       (element_child(arrival->stanza, "x", NS_MUC_USER) != NULL && !element_child(element_child(arrival->stanza, "x", NS_MUC_USER), "invite", NULL));
}

/* <message from='a@b/c' type='chat' id='…'><body>Hi</body></message>, or the same in a carbon. */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	MessageKind type;
	const char *text = chat_words(session, arrival->stanza, &type);
	if (!text)
		return TRUE;
	/* What this very device has sent to its own account and gets back. */
	if (!arrival->carbon && g_strcmp0(arrival->from, session->jid) == 0)
		return TRUE;

	gboolean out = arrival->to != NULL || (strcmp(arrival->bare, session->own) == 0 && !arrival->anonymous);
	const char *other = arrival->to ? arrival->to : arrival->from;
	gboolean private = is_private(session, arrival, other);
	g_autofree char *other_bare = jid_bare(other);
	gint64 sent = arrival->sent ? arrival->sent : delay_of(session, arrival->stanza, private ? other_bare : NULL);
	WireMessage message = {
		.chat = private ? other : other_bare,
		.chat_kind = private ? CHAT_PRIVATE : CHAT_DIRECT,
		.type = type,
		.direction = out ? DIRECTION_OUT : DIRECTION_IN,
		.from = out ? session->own : private ? other : other_bare,
		.nick = private && !out ? jid_resource(other) : NULL,
		.text = text,
		.time = sent,
		.delayed = sent != 0,
		.archived = arrival->archive_id != NULL,
		.sender_id = chat_sender_id(arrival->stanza),
		.archive_id = arrival->archive_id ? arrival->archive_id : session->ids ? chat_archive_id(arrival->stanza, session->own) : NULL,
	};
	if (out) {
		message.own_id = chat_sender_id(arrival->stanza);
		message.state = MESSAGE_SENT;
	}
	intake_store(session, &message);
	return TRUE;
}

/* <message type='error' id='…' from='a@b'><error><item-not-found/></error></message> */
static gboolean on_error(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "error") != 0)
		return FALSE;
	if (arrival->id && *arrival->id && !arrival->carbon) {
		g_autofree char *text = stanza_error_sentence(arrival->stanza);
		gboolean private = arrival->resource && room_standing(session, arrival->bare) != ROOM_UNKNOWN;
		if (!room_take_error(session, arrival))
			outbox_refused(session, private ? arrival->from : arrival->bare, arrival->id, text);
	}
	return TRUE;
}

void chat_attach(Session *session)
{
	session_on_message(session, STEP_ERROR, on_error);
	session_on_message(session, STEP_CHAT, on_message);
}
