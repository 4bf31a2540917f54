/* typing.h: that somebody types (XEP-0085). */
#pragma once
#include "session.h"

/* Says with a message that we have stopped typing, where the other may know. to is in normal form. */
void typing_add_active(Session *session, xmpp_stanza_t *message, const char *to);
/* A message of an occupant of a room, whatever it is, and that one has left (nick NULL: we have). */
void typing_take_room(Session *session, const Arrival *arrival);
void typing_forget_room(Session *session, const char *room, const char *nick);
void typing_attach(Session *session);
void typing_detach(Session *session);
