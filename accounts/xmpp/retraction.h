/* retraction.h: messages that are taken back: by their author (XEP-0424), or by a room's moderators (XEP-0425, versions 0.2 and 0.3).
 *
 * A moderation is believed only from the room itself, and only where the room says that it moderates. */
#pragma once
#include "outbox.h"

/* Makes a stanza take back the message's target. */
void retraction_add(xmpp_stanza_t *stanza, const Outgoing *message);
/* Asks the room to take back the target, for the reason in text; handler as for iq_ask. */
void retraction_ask_room(Session *session, const Outgoing *message, void (*handler)(Session *session, xmpp_stanza_t *answer, gpointer user),
			 gpointer user, GDestroyNotify cleanup);

void retraction_attach(Session *session);
