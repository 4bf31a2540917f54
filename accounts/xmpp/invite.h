/* invite.h: invitations into rooms, in and out, through the room (XEP-0045 7.8) and directly (XEP-0249). */
#pragma once
#include "session.h"

void invite_attach(Session *session);
void invite_detach(Session *session);
