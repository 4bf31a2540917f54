/* chat.c: messages, in and out. See chat.h.
 *
 * RFC 6121 5, XEP-0245 (/me), XEP-0359 (origin-id; stanza-id only of the own account's archive, and only where the server says that it
 * keeps others from forging it), XEP-0045 7.5 (private messages in rooms: their chat is ROOM/NICK). */
#include "chat.h"

#include <string.h>

#include "attachment.h"
#include "correction.h"
#include "delay.h"
#include "disco.h"
#include "intake.h"
#include "markers.h"
#include "reaction.h"
#include "receipts.h"
#include "reply.h"
#include "retraction.h"
#include "room.h"
#include "stanza-error.h"
#include "typing.h"

#define ACTION "/me "
/* Shorter ids are counted up by some programs and begin anew with each of their logins. */
#define ID_LEAST 16

/* ---- out ---- */

const char *chat_hindrance(Session *session, const Outgoing *message)
{
	gboolean room = message->kind == CHAT_ROOM;
	switch (message->type) {
	case MESSAGE_CORRECTION:
		if (!message->target)
			return "the message that was to be corrected has no id";
		return message->text && *message->text ? NULL : "there is nothing to send";
	case MESSAGE_MODERATION:
		if (!room || !room_moderates(session, message->to))
			return "the room does not let its moderators take back what others said";
		return message->target_archive ? NULL : "the room has given that message no id";
	case MESSAGE_RETRACTION:
	case MESSAGE_REACTIONS:
		if (room)
			return message->target_archive ? NULL : "the room has given that message no id";
		return message->target ? NULL : "that message has no id";
	default:
		return (message->text && *message->text) || (message->attachments && *message->attachments) ? NULL : "taken back before it was sent";
	}
}

/* The body, and what says what it is. */
static void add_words(xmpp_stanza_t *stanza, const Outgoing *message)
{
	const char *text = message->text ? message->text : "";
	gboolean reply = message->type != MESSAGE_CORRECTION && (message->kind == CHAT_ROOM ? message->target_archive : message->target);
	g_autofree char *action = message->type == MESSAGE_ACTION ? g_strconcat(ACTION, text, NULL) : NULL;
	g_autofree char *files = message->attachments && *message->attachments ? attachment_body(message->attachments) : NULL;
	/* A room that gives no ids gets the quote alone. */
	g_autofree char *quote = message->type == MESSAGE_TEXT && message->target_text && !files ? reply_quote(message->target_text) : NULL;
	g_autofree char *quoted = quote ? g_strconcat(quote, text, NULL) : NULL;

	element_add_text(stanza, "body", NULL, files ? files : action ? action : quoted ? quoted : text);
	if (message->type == MESSAGE_CORRECTION)
		correction_add(stanza, message);
	if (reply)
		reply_add(stanza, message, quote ? quote : "");
	if (files)
		attachment_add(stanza, message->attachments);
}

xmpp_stanza_t *chat_build(Session *session, const Outgoing *message)
{
	xmpp_stanza_t *stanza = element_new(session->ctx, "message", NULL);

	element_set(stanza, "to", message->to);
	element_set(stanza, "type", message->kind == CHAT_ROOM ? "groupchat" : "chat");
	element_set(stanza, "id", message->own_id);
	if (message->type == MESSAGE_RETRACTION)
		retraction_add(stanza, message);
	else if (message->type == MESSAGE_REACTIONS)
		reaction_add(stanza, message);
	else
		add_words(stanza, message);
	element_set(element_add(stanza, "origin-id", NS_STANZA_ID), "id", message->own_id);
	if (message->kind == CHAT_PRIVATE)
		element_add(stanza, "x", NS_MUC_USER);
	if (message->type == MESSAGE_RETRACTION || message->type == MESSAGE_REACTIONS) {
		element_add(stanza, "store", NS_HINTS);
	} else if (message->kind == CHAT_DIRECT) {
		receipts_ask(stanza);
		markers_ask(stanza);
		typing_add_active(session, stanza, message->to);
	}
	return stanza;
}

/* ---- in: what a stanza says ---- */

static const char *find_body(xmpp_stanza_t *stanza)
{
	const char *text = NULL;
	for (xmpp_stanza_t *body = NULL; !text && (body = element_next(stanza, body, "body", NULL));) {
		const char *ns = xmpp_stanza_get_ns(body);
		if (!ns || strcmp(ns, NS_CLIENT) == 0)
			text = element_text(body);
	}
	return text && *text ? reply_strip(stanza, text) : NULL;
}

static gboolean is_action(const char *text)
{
	return g_str_has_prefix(text, ACTION) && text[strlen(ACTION)];
}

const char *chat_words(Session *session, xmpp_stanza_t *stanza, MessageKind *type)
{
	const char *text = find_body(stanza);
	if (!text)
		return NULL;
	*type = is_action(text) ? MESSAGE_ACTION : MESSAGE_TEXT;
	return session_fit(session, *type == MESSAGE_ACTION ? text + strlen(ACTION) : text, FIT_TEXT);
}

gboolean chat_read_words(Session *session, xmpp_stanza_t *stanza, Words *words)
{
	*words = (Words){ .attachments = attachment_read(session, stanza) };
	words->text = chat_words(session, stanza, &words->type);
	if (!words->text && words->attachments) {
		words->text = words->url = attachment_url(words->attachments[0]);
		words->type = MESSAGE_TEXT;
	}
	if ((words->target = correction_target(stanza))) {
		words->type = MESSAGE_CORRECTION;
		if (!words->url)
			words->text = session_fit(session, find_body(stanza), FIT_TEXT);
	} else {
		words->target = reply_target(stanza);
	}
	return words->text != NULL;
}

void chat_take_for_words(Session *session, xmpp_stanza_t *stanza, Words *words)
{
	const char *text = chat_words(session, stanza, &words->type);
	words->target = NULL;
	if (text)
		words->text = text;
	else
		words->type = MESSAGE_TEXT;
}

void chat_clear_words(Words *words)
{
	g_clear_pointer(&words->attachments, g_strfreev);
	g_clear_pointer(&words->url, g_free);
}

void chat_put_words(WireMessage *message, const Words *words)
{
	message->type = words->type;
	message->text = words->text;
	message->target = words->target;
	message->attachments = (const char *const *)words->attachments;
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

const char *chat_ref_id(xmpp_stanza_t *stanza, const char *sender_id)
{
	const char *id = xmpp_stanza_get_id(stanza);
	return id && *id && strlen(id) <= FIT_ID && g_strcmp0(id, sender_id) != 0 ? id : NULL;
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

/* ---- in: from one to one ---- */

/* A private message in a room, to or from one of its occupants. */
static gboolean is_private(Session *session, const Arrival *arrival, const char *other)
{
	if (!jid_resource(other))
		return FALSE;
	g_autofree char *bare = jid_bare(other);
	return room_standing(session, bare) != ROOM_UNKNOWN ||
	       (element_child(arrival->stanza, "x", NS_MUC_USER) != NULL && !element_child(element_child(arrival->stanza, "x", NS_MUC_USER), "invite", NULL));
}

/* What a message says of itself, whatever it is. bare holds what has no other place. FALSE: it is what this very device has sent to its own
 * account and gets back. */
static gboolean describe(Session *session, const Arrival *arrival, WireMessage *message, char **bare)
{
	if (!arrival->carbon && g_strcmp0(arrival->from, session->jid) == 0)
		return FALSE;
	gboolean out = arrival->to != NULL || (strcmp(arrival->bare, session->own) == 0 && !arrival->anonymous);
	const char *other = arrival->to ? arrival->to : arrival->from;
	gboolean private = is_private(session, arrival, other);
	*bare = jid_bare(other);
	gint64 sent = arrival->sent ? arrival->sent : delay_of(session, arrival->stanza, private ? *bare : NULL);
	const char *sender_id = chat_sender_id(arrival->stanza);
	*message = (WireMessage){
		.chat = private ? other : *bare,
		.chat_kind = private ? CHAT_PRIVATE : CHAT_DIRECT,
		.direction = out ? DIRECTION_OUT : DIRECTION_IN,
		.from = out ? session->own : private ? other : *bare,
		.nick = private && !out ? jid_resource(other) : NULL,
		.time = sent,
		.delayed = sent != 0,
		.archived = arrival->archive_id != NULL,
		.own_id = out ? sender_id : NULL,
		.sender_id = sender_id,
		.ref_id = chat_ref_id(arrival->stanza, sender_id),
		.archive_id = arrival->archive_id ? arrival->archive_id : session->ids ? chat_archive_id(arrival->stanza, session->own) : NULL,
		.asks_read = !out && !private && markers_asked(arrival->stanza),
		.state = out ? MESSAGE_SENT : MESSAGE_UNREAD,
	};
	return TRUE;
}

/* In private from somebody in a room, whose name there may have been another's before. */
static gboolean is_of_occupant(const WireMessage *message)
{
	return message->chat_kind == CHAT_PRIVATE && message->direction == DIRECTION_IN;
}

/* <message from='a@b/c' type='chat' id='…'><body>Hi</body></message>, or the same in a carbon. */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	WireMessage message;
	Words words;
	g_autofree char *bare = NULL;
	if (chat_read_words(session, arrival->stanza, &words) && describe(session, arrival, &message, &bare)) {
		if (is_of_occupant(&message)) {
			room_note_said(session, arrival, &message);
			if (words.type == MESSAGE_CORRECTION && !room_still_same_author(session, arrival, words.target))
				chat_take_for_words(session, arrival->stanza, &words);
		}
		chat_put_words(&message, &words);
		intake_store(session, &message);
	}
	chat_clear_words(&words);
	return TRUE;
}

/* ---- in: amendments ---- */

/* In the place of a message that was taken back the archive tells of it under that message's own ids. */
static void give_ids_of_its_own(Session *session, WireMessage *message, char **id)
{
	*id = g_strconcat("taken back: ", message->archive_id, NULL);
	message->own_id = message->ref_id = message->archive_id = NULL;
	message->sender_id = session_fit(session, *id, FIT_ID);
}

void chat_store_amendment(Session *session, const Arrival *arrival, MessageKind type, const char *target, const char *text)
{
	WireMessage message;
	g_autofree char *bare = NULL, *id = NULL;
	gboolean in_place = arrival->archive_id && g_strcmp0(target, arrival->archive_id) == 0;
	gboolean in_room = strcmp(arrival->type, "groupchat") == 0;

	if (!target || !*target || strlen(target) > FIT_ID)
		return;
	if (in_room ? !arrival->resource || !room_begin_message(session, arrival, &message) : !describe(session, arrival, &message, &bare))
		return;
	if (in_place)
		give_ids_of_its_own(session, &message, &id);
	else if (in_room && room_take_reflection(session, arrival))
		return;
	else if ((in_room || is_of_occupant(&message)) && type == MESSAGE_RETRACTION && !room_still_same_author(session, arrival, target))
		return;
	message.type = type;
	message.target = target;
	message.text = text;
	intake_store(session, &message);
}

void chat_store_moderation(Session *session, const Arrival *arrival, const char *target, const char *nick, const char *why)
{
	WireMessage message;
	g_autofree char *id = NULL;
	gboolean in_place = arrival->archive_id && g_strcmp0(target, arrival->archive_id) == 0;

	if (!target || !*target || strlen(target) > FIT_ID || strcmp(arrival->type, "groupchat") != 0 || !room_begin_message(session, arrival, &message))
		return;
	if (in_place)
		give_ids_of_its_own(session, &message, &id);
	message.type = MESSAGE_MODERATION;
	message.direction = DIRECTION_IN;
	message.state = MESSAGE_UNREAD;
	message.from = arrival->bare;
	message.nick = nick;
	message.occupant = NULL;
	message.target = target;
	message.text = why;
	intake_store(session, &message);
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
	disco_add_feature(session, NS_STANZA_ID);
}
