/* caps.h: what we can, announced with each presence as a hash (XEP-0115). */
#pragma once
#include "session.h"

/* Names the program in the hash's node. */
#define CAPS_NODE "urn:x-kith:client"

void caps_add(Session *session, xmpp_stanza_t *presence);
void caps_attach(Session *session);
