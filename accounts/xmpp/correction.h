/* correction.h: a message that takes the place of an earlier one (XEP-0308).
 *
 * Who may correct what is the history's to judge by chat, sender and lasting occupant id. Only in rooms without such ids it can't: there
 * a nick may have changed hands, so that a correction counts only while its author has not left since the message (room_said). */
#pragma once
#include "outbox.h"

/* The id of the message that this one corrects, or NULL: it is no correction. Borrowed. */
const char *correction_target(xmpp_stanza_t *stanza);
/* Makes a stanza with all the words of the message a correction. */
void correction_add(xmpp_stanza_t *stanza, const Outgoing *message);

void correction_attach(Session *session);
