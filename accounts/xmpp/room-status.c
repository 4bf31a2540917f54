/* room-status.c: what a room says about itself: its set-up, its logging, how much it tells of addresses, a rank that changed while its owner was
 * away. XEP-0045 10.2.1, 15.6.1.
 *
 * Only what comes from the room itself, not from an occupant, counts. */
#include <string.h>

#include "intake.h"
#include "room-state.h"
#include "typing.h"

static const struct {
	const char *code;
	const char *entry;  /* what to say when it is so as we enter, or NULL */
	const char *change; /* what to say when it has become so, or NULL */
} sentences[] = {
	{ "100", "everybody here can see everybody's address, yours too", NULL },
	{ "104", NULL, "the room's set-up was changed" },
	{ "170", "what is said here is logged in public", "what is said here is logged in public now" },
	{ "171", NULL, "what is said here is no longer logged in public" },
	{ "172", NULL, "everybody here can see everybody's address now" },
	{ "173", NULL, "only moderators can see addresses here now" },
	{ "174", NULL, "nobody can see addresses here now" },
};

static void tell(Session *session, const Room *room, const char *text)
{
	intake_store(session, &(WireMessage){
				      .chat = room->jid, .chat_kind = CHAT_ROOM, .type = MESSAGE_EVENT, .from = room->jid, .text = text, .state = MESSAGE_READ });
}

void room_status_tell_entry(Session *session, const Room *room, xmpp_stanza_t *x)
{
	for (xmpp_stanza_t *status = NULL; (status = element_next(x, status, "status", NULL));)
		for (gsize i = 0; i < G_N_ELEMENTS(sentences); i++)
			if (sentences[i].entry && g_strcmp0(element_get(status, "code"), sentences[i].code) == 0)
				backend_notice(session->backend, room->jid, FALSE, "%s", sentences[i].entry);
}

/* <message from='room@c' type='groupchat'><x xmlns='http://jabber.org/protocol/muc#user'><status code='104'/></x></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	Room *room = room_find(session, arrival->bare);
	xmpp_stanza_t *x = arrival->resource ? NULL : element_child(arrival->stanza, "x", NS_MUC_USER);
	if (room)
		room->heard = g_get_monotonic_time();
	if (room && !arrival->archive_id && !arrival->carbon && room->standing == ROOM_JOINED && strcmp(arrival->type, "groupchat") == 0 &&
	    g_strcmp0(arrival->resource, room->nick) != 0)
		typing_take_room(session, arrival);
	if (!room || room->standing != ROOM_JOINED || !element_child(x, "status", NULL))
		return FALSE;
	if (arrival->archive_id || arrival->carbon)
		return !element_child(arrival->stanza, "body", NULL);
	gboolean known = FALSE;
	for (xmpp_stanza_t *status = NULL; (status = element_next(x, status, "status", NULL));)
		for (gsize i = 0; i < G_N_ELEMENTS(sentences); i++)
			if (sentences[i].change && g_strcmp0(element_get(status, "code"), sentences[i].code) == 0) {
				tell(session, room, sentences[i].change);
				known = TRUE;
			}
	if (known)
		room_ask_features(session, room);
	return !element_child(arrival->stanza, "body", NULL) && !element_child(arrival->stanza, "subject", NULL);
}

void room_status_attach(Session *session)
{
	session_on_message(session, STEP_ROOM, on_message);
}
