/* invite.h: invitations into rooms, in and out, through the room (XEP-0045 7.8) and directly (XEP-0249). */
#pragma once
#include "session.h"

/* Asks the person whether to go on in the room other, because room was closed. reason and password may be NULL. */
void invite_offer(Session *session, const char *room, const char *other, const char *reason, const char *password);

void invite_attach(Session *session);
void invite_detach(Session *session);
