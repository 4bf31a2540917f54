/* chat.h: words from one to one, in and out (RFC 6121 5, XEP-0245 /me, XEP-0359 ids). */
#pragma once
#include "outbox.h"

/* The stanza of a message of the user, of any kind. The caller releases. */
xmpp_stanza_t *chat_build(Session *session, const Outgoing *message);

/* The words of a message stanza: without the /me of an action, whose type is set. NULL: it has none. */
const char *chat_words(Session *session, xmpp_stanza_t *stanza, MessageKind *type);
/* The id that its sender gave and that may be believed to be his only message of that id, or NULL. */
const char *chat_sender_id(xmpp_stanza_t *stanza);
/* The id that an archive (in normal form) gave, or NULL. */
const char *chat_archive_id(xmpp_stanza_t *stanza, const char *by);

void chat_attach(Session *session);
