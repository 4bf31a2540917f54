/* room-talk.c: what is said in a room, and its topic. XEP-0045 7.2.14, 7.4, 8.1; XEP-0203 for what was said before; XEP-0359.
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

static void take_words(Session *session, Room *room, const Arrival *arrival, const char *text, MessageKind type, gint64 sent)
{
	const char *sender_id = chat_sender_id(arrival->stanza);
	const char *archive_id = arrival->archive_id ? arrival->archive_id : room->ids ? chat_archive_id(arrival->stanza, room->jid) : NULL;
	gboolean ours = g_strcmp0(arrival->resource, room->nick) == 0;

	if (ours && (outbox_reflected(session, room->jid, sender_id, archive_id) || outbox_reflected(session, room->jid, arrival->id, archive_id)))
		return;
	WireMessage message = {
		.chat = room->jid,
		.chat_kind = CHAT_ROOM,
		.type = arrival->resource ? type : MESSAGE_EVENT,
		.direction = ours ? DIRECTION_OUT : DIRECTION_IN,
		.from = arrival->from,
		.nick = arrival->resource,
		.text = text,
		.time = sent,
		.delayed = sent != 0,
		.archived = arrival->archive_id != NULL,
		.own_id = ours ? sender_id : NULL,
		.sender_id = sender_id,
		.archive_id = archive_id,
		.state = ours ? MESSAGE_SENT : MESSAGE_UNREAD,
	};
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
	MessageKind type;
	const char *text = chat_words(session, arrival->stanza, &type);
	xmpp_stanza_t *subject = element_child(arrival->stanza, "subject", NULL);
	gint64 sent = arrival->archive_id ? arrival->sent : delay_of(session, arrival->stanza, room->jid);

	if (text) {
		take_words(session, room, arrival, text, type, sent);
		room->last = moment_now();
	} else if (subject && !element_child(arrival->stanza, "body", NULL)) {
		const char *topic = element_text(subject);
		take_topic(session, room, arrival, topic && *topic ? topic : NULL, sent);
	}
	return TRUE;
}

void room_talk_attach(Session *session)
{
	session_on_message(session, STEP_ROOM, on_message);
}
