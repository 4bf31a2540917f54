/* reaction.h: emoji at a message (XEP-0444). Each stanza holds all of its author's for that message. */
#pragma once
#include "outbox.h"

/* Puts the message's emoji into a stanza. */
void reaction_add(xmpp_stanza_t *stanza, const Outgoing *message);

void reaction_attach(Session *session);
