/* room.h: rooms of many (XEP-0045): entering, leaving, what is said and who is there.
 *
 * room.c carries out what the user wants, room-presence.c reads who is there, room-talk.c what is said. */
#pragma once
#include "session.h"

typedef enum {
	ROOM_UNKNOWN, /* no room we are in or enter */
	ROOM_JOINING,
	ROOM_JOINED,
} RoomStanding;

RoomStanding room_standing(Session *session, const char *bare);

/* Enters a room (bare, normal form). request 0: nobody waits. nick and password may be NULL. */
void room_join(Session *session, gint64 request, const char *jid, const char *nick, const char *password);
/* Our presence to every room we are in. */
void room_announce_all(Session *session);
/* An error message that answers a request of ours to a room (a topic, an invitation): the request fails. FALSE: it is none. */
gboolean room_take_error(Session *session, const Arrival *arrival);
/* Sends a message to a room whose success it does not tell: the request is done when the room has answered a question sent after it and no
 * error came before. Released. */
void room_send_checked(Session *session, gint64 request, const char *room, xmpp_stanza_t *message);
/* Whether only members may enter. */
gboolean room_is_members_only(Session *session, const char *bare);
/* The password that we entered with, or NULL. */
const char *room_password(Session *session, const char *bare);

void room_attach(Session *session);
void room_detach(Session *session);
