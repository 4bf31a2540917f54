/* room.h: rooms of many (XEP-0045): entering, leaving, what is said and who is there.
 *
 * room.c carries out what the user wants, room-presence.c reads who is there, room-talk.c what is said, room-status.c what the room says of
 * itself; room-admin.c changes ranks, room-config.c the set-up, room-list.c looks for rooms, room-ping.c asks whether we are still in. */
#pragma once
#include "session.h"

typedef enum {
	ROOM_UNKNOWN, /* no room we are in or enter */
	ROOM_JOINING,
	ROOM_JOINED,
} RoomStanding;

RoomStanding room_standing(Session *session, const char *bare);

/* What a room lets its moderators do, as bits. */
typedef enum {
	ROOM_MODERATES = 1 << 0,   /* take back what others said (XEP-0425) */
	ROOM_MODERATES_0 = 1 << 1, /* the same, as its version 0.2 has it */
} RoomModeration;

/* 0 for a room that we are not in. */
guint room_moderates(Session *session, const char *bare);
/* What a message of type groupchat, of whatever kind, says of itself; borrowed from the arrival and the room. FALSE: we are not there. */
gboolean room_begin_message(Session *session, const Arrival *arrival, WireMessage *message);
/* Whether it is what we have sent, which the room shows us; then it has arrived, and there is nothing to store. */
gboolean room_take_reflection(Session *session, const Arrival *arrival);
/* The ids of what an occupant has said, to all or in private, are remembered while they stay. */
void room_note_said(Session *session, const Arrival *arrival, const WireMessage *message);
/* Whether who says this, to all or in private, is certainly who gave the message id: by lasting ids (the history compares them), or as they
 * have not left since. */
gboolean room_still_same_author(Session *session, const Arrival *arrival, const char *id);

/* Enters a room (bare, normal form). request 0: nobody waits. nick and password may be NULL. */
void room_join(Session *session, gint64 request, const char *jid, const char *nick, const char *password);
/* Asks every room at once whether it still knows us. */
void room_ping_all(Session *session);
/* Our presence to every room we are in. */
void room_announce_all(Session *session);
/* An error message that answers a request of ours to a room (a topic, an invitation): the request fails. FALSE: it is none. */
gboolean room_take_error(Session *session, const Arrival *arrival);
/* Sends a message to a room whose success it does not tell: the request is done when the room has answered a question sent after it and no
 * error came before. Released. */
void room_send_checked(Session *session, gint64 request, const char *room, xmpp_stanza_t *message);
/* Whether only members may enter. */
gboolean room_is_members_only(Session *session, const char *bare);
/* How many are in a room; 0: it is none that we know. */
guint room_count_occupants(Session *session, const char *bare);
/* Whether somebody in the room goes by that name. */
gboolean room_has_occupant(Session *session, const char *bare, const char *nick);
/* The password that we entered with, or NULL. */
const char *room_password(Session *session, const char *bare);

void room_attach(Session *session);
void room_detach(Session *session);
