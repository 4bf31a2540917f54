/* typing.h: that somebody types (XEP-0085). */
#pragma once
#include "session.h"

/* Says with a message that we have stopped typing, where the other may know. to is in normal form. */
void typing_add_active(Session *session, xmpp_stanza_t *message, const char *to);
void typing_attach(Session *session);
void typing_detach(Session *session);
