/* room-talk.c: what is said in a room, and its topic. XEP-0045 7.2.14, 7.4, 8.1; XEP-0203 for what was said before; XEP-0359; XEP-0421.
 *
 * What we say comes back from the room: that is how we know that it was said. Ids of the room are believed only where the room says that it
 * gives them. */
#include <string.h>

#include "base/moment.h"
#include "chat.h"
#include "delay.h"
#include "intake.h"
#include "outbox.h"
#include "room-state.h"

/* Ids kept of each occupant; a message has up to three. */
#define SAID_MOST 96

static void take_topic(Session *session, Room *room, const Arrival *arrival, const char *topic, gint64 sent)
{
	gboolean changed = g_strcmp0(topic, room->topic) != 0;
	gboolean news = room->topic_known && sent == 0 && changed;
	room->topic_known = TRUE;
	if (changed) {
		g_free(room->topic);
		room->topic = topic ? g_strdup(session_fit(session, topic, FIT_LABEL)) : NULL;
		room_report(session, room, NULL);
	}
	if (!news)
		return;
	g_autofree char *text = topic ? g_strdup_printf("set the topic: %s", topic) : g_strdup("removed the topic");
	intake_store(session, &(WireMessage){
				      .chat = room->jid,
				      .chat_kind = CHAT_ROOM,
				      .type = MESSAGE_EVENT,
				      .from = arrival->from,
				      .nick = arrival->resource,
				      .text = session_fit(session, text, FIT_LABEL),
				      .archive_id = room->ids ? chat_archive_id(arrival->stanza, room->jid) : NULL,
			      });
}

/* ---- what all that is said has in common ---- */

guint room_moderates(Session *session, const char *bare)
{
	const Room *room = room_find(session, bare);
	return !room || room->standing == ROOM_UNKNOWN ? 0 : (room->moderates ? ROOM_MODERATES : 0) | (room->moderates_0 ? ROOM_MODERATES_0 : 0);
}

static const char *occupant_id(const Room *room, const Arrival *arrival)
{
	const char *id = room->occupant_ids ? element_get(element_child(arrival->stanza, "occupant-id", NS_OCCUPANT_ID), "id") : NULL;
	return id && *id && strlen(id) <= FIT_ID ? id : NULL;
}

/* Said just now, so that a name in the room means who has it now. */
static gboolean is_live(const Room *room, Session *session, const Arrival *arrival)
{
	return !arrival->archive_id && !delay_of(session, arrival->stanza, room->jid);
}

/* When it was said another may have had our name, or we another name. */
static gboolean is_ours(const Room *room, const Arrival *arrival)
{
	const Occupant *own = g_hash_table_lookup(room->occupants, room->nick);
	const char *id = occupant_id(room, arrival);
	if (id && own && own->id)
		return strcmp(id, own->id) == 0;
	return g_strcmp0(arrival->resource, room->nick) == 0;
}

gboolean room_begin_message(Session *session, const Arrival *arrival, WireMessage *message)
{
	const Room *room = room_find(session, arrival->bare);
	if (!room || room->standing == ROOM_UNKNOWN)
		return FALSE;
	gint64 sent = arrival->archive_id ? arrival->sent : delay_of(session, arrival->stanza, room->jid);
	gboolean ours = is_ours(room, arrival);
	const char *sender_id = chat_sender_id(arrival->stanza);
	*message = (WireMessage){
		.chat = room->jid,
		.chat_kind = CHAT_ROOM,
		.direction = ours ? DIRECTION_OUT : DIRECTION_IN,
		.from = arrival->from,
		.nick = arrival->resource,
		.time = sent,
		.delayed = sent != 0,
		.archived = arrival->archive_id != NULL,
		.own_id = ours ? sender_id : NULL,
		.sender_id = sender_id,
		.ref_id = chat_ref_id(arrival->stanza, sender_id),
		.archive_id = arrival->archive_id ? arrival->archive_id : room->ids ? chat_archive_id(arrival->stanza, room->jid) : NULL,
		.occupant = occupant_id(room, arrival),
		.state = ours ? MESSAGE_SENT : MESSAGE_UNREAD,
	};
	return TRUE;
}

gboolean room_take_reflection(Session *session, const Arrival *arrival)
{
	const Room *room = room_find(session, arrival->bare);
	if (!room || !is_ours(room, arrival))
		return FALSE;
	const char *archive_id = arrival->archive_id ? arrival->archive_id : room->ids ? chat_archive_id(arrival->stanza, room->jid) : NULL;
	gboolean taken = outbox_reflected(session, room->jid, chat_sender_id(arrival->stanza), archive_id) ||
			 outbox_reflected(session, room->jid, arrival->id, archive_id);
	/* What comes from the archive tells its place there as well. */
	return taken && !arrival->archive_id;
}

/* ---- who said what: in private, and in rooms without lasting ids ---- */

static gboolean is_private(const Arrival *arrival)
{
	return strcmp(arrival->type, "groupchat") != 0;
}

static Occupant *find_speaker(Session *session, const Arrival *arrival)
{
	const Room *room = arrival->resource ? room_find(session, arrival->bare) : NULL;
	return room && is_live(room, session, arrival) ? g_hash_table_lookup(room->occupants, arrival->resource) : NULL;
}

void room_note_said(Session *session, const Arrival *arrival, const WireMessage *message)
{
	const char *const ids[] = { message->sender_id, message->ref_id, message->archive_id };
	const Room *room = room_find(session, arrival->bare);
	Occupant *occupant = find_speaker(session, arrival);
	if (!occupant || (room->occupant_ids && !is_private(arrival)))
		return;
	if (!occupant->said)
		occupant->said = g_ptr_array_new_with_free_func(g_free);
	for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
		if (ids[i])
			g_ptr_array_add(occupant->said, g_strdup(ids[i]));
	if (occupant->said->len > SAID_MOST)
		g_ptr_array_remove_range(occupant->said, 0, occupant->said->len - SAID_MOST);
}

gboolean room_still_same_author(Session *session, const Arrival *arrival, const char *id)
{
	const Room *room = room_find(session, arrival->bare);
	if (room && arrival->resource && room->occupant_ids && !is_private(arrival))
		return TRUE;
	const Occupant *occupant = find_speaker(session, arrival);
	if (!occupant)
		return FALSE;
	/* What is ours now was ours: the history knows our own. */
	return (!is_private(arrival) && is_ours(room, arrival)) || (occupant->said && g_ptr_array_find_with_equal_func(occupant->said, id, g_str_equal, NULL));
}

/* ---- words ---- */

static void take_words(Session *session, const Arrival *arrival, Words *words)
{
	WireMessage message;
	if (!room_begin_message(session, arrival, &message))
		return;
	room_note_said(session, arrival, &message);
	if (room_take_reflection(session, arrival))
		return;
	/* Another person, for all we know, who has the name now: the words stand for themselves. */
	if (words->type == MESSAGE_CORRECTION && !room_still_same_author(session, arrival, words->target))
		chat_take_for_words(session, arrival->stanza, words);
	chat_put_words(&message, words);
	if (!arrival->resource) {
		message.type = MESSAGE_EVENT;
		message.target = NULL;
	}
	intake_store(session, &message);
}

/* <message from='room@c/nick' type='groupchat' id='…'><body>Hi</body><stanza-id xmlns='urn:xmpp:sid:0' by='room@c' id='…'/></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "groupchat") != 0)
		return FALSE;
	Room *room = room_find(session, arrival->bare);
	if (!room || room->standing == ROOM_UNKNOWN)
		return TRUE;
	Words words;
	xmpp_stanza_t *subject = element_child(arrival->stanza, "subject", NULL);

	if (chat_read_words(session, arrival->stanza, &words)) {
		take_words(session, arrival, &words);
		room->last = moment_now();
	} else if (subject && !element_child(arrival->stanza, "body", NULL)) {
		const char *topic = element_text(subject);
		take_topic(session, room, arrival, topic && *topic ? topic : NULL,
			   arrival->archive_id ? arrival->sent : delay_of(session, arrival->stanza, room->jid));
	}
	chat_clear_words(&words);
	return TRUE;
}

void room_talk_attach(Session *session)
{
	session_on_message(session, STEP_ROOM, on_message);
}
