/* markers.h: how far somebody has read: the other in a chat (XEP-0333), and the user on other devices (XEP-0490).
 *
 * The other is told only if we let them see our presence, the account's setting send_markers allows it, and the message asked for it; once. */
#pragma once
#include "session.h"

/* Lets an own message ask to be told when it was read. */
void markers_ask(xmpp_stanza_t *message);

/* Whether a message asks that. */
gboolean markers_asked(xmpp_stanza_t *message);

/* Asks how far the user has read each chat, on any device, and calls then when that is known, or can't be. */
void markers_fetch(Session *session, void (*then)(Session *session));
/* The archive's id of the last message read in a chat, or NULL if no device has said. */
const char *markers_displayed(Session *session, const char *chat);

/* The contact list is known: what waited for that is told. */
void markers_release(Session *session);

void markers_attach(Session *session);
void markers_detach(Session *session);
