/* receipts.h: did it reach the other's program (XEP-0184). */
#pragma once
#include "session.h"

/* Asks for a receipt with this message. */
void receipts_ask(xmpp_stanza_t *message);
void receipts_attach(Session *session);
