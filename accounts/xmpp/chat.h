/* chat.h: messages, in and out: words from one to one (RFC 6121 5, XEP-0245 /me, XEP-0359 ids), and what those of rooms share with them. */
#pragma once
#include "outbox.h"

/* The stanza of a message or an amendment of the user. The caller releases. */
xmpp_stanza_t *chat_build(Session *session, const Outgoing *message);
/* Why a message can't be sent at all, in a sentence, or NULL. */
const char *chat_hindrance(Session *session, const Outgoing *message);

/* The words of a stanza and what goes with them. */
typedef struct {
	MessageKind type;   /* text, action, or correction, whose text keeps its /me */
	const char *text;   /* NULL: there are none */
	const char *target; /* a correction's or a reply's, or NULL */
	char **attachments; /* owned, as the wire has them; or NULL */
	char *url;          /* owned: text of a message that is nothing but a file, or NULL */
} Words;

/* Clear it afterwards. FALSE: there are no words. */
gboolean chat_read_words(Session *session, xmpp_stanza_t *stanza, Words *words);
void chat_clear_words(Words *words);
/* A correction that may not be one is taken for words of its own. */
void chat_take_for_words(Session *session, xmpp_stanza_t *stanza, Words *words);
void chat_put_words(WireMessage *message, const Words *words);

/* The words of a message stanza: without the quote of a reply and the /me of an action, whose type is set. NULL: it has none. */
const char *chat_words(Session *session, xmpp_stanza_t *stanza, MessageKind *type);
/* The id that its sender gave and that may be believed to be his only message of that id, or NULL. */
const char *chat_sender_id(xmpp_stanza_t *stanza);
/* The stanza's id where it is another one than sender_id, or NULL: others may use it. */
const char *chat_ref_id(xmpp_stanza_t *stanza, const char *sender_id);
/* The id that an archive (in normal form) gave, or NULL. */
const char *chat_archive_id(xmpp_stanza_t *stanza, const char *by);

/* Stores what amends an earlier message, from one to one or in a room. text may be NULL. What has no target, is from nobody who could have
 * written, or only shows that our own has arrived, is let go. */
void chat_store_amendment(Session *session, const Arrival *arrival, MessageKind type, const char *target, const char *text);
/* The same for what a room says that its moderators have taken back; nick (who did) and why may be NULL. */
void chat_store_moderation(Session *session, const Arrival *arrival, const char *target, const char *nick, const char *why);

void chat_attach(Session *session);
