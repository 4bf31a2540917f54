/* reply.h: which message another one answers (XEP-0461), and the quote that programs without it show (XEP-0428).
 *
 * The quote is hidden only where nothing else can be hidden with it: it stands at the beginning, every line of it begins with '>', and
 * words follow it. Any other range, and the words are shown whole. Ranges count code points (XEP-0426). */
#pragma once
#include "outbox.h"

/* The id of the message that this one answers, or NULL. Borrowed. */
const char *reply_target(xmpp_stanza_t *stanza);
/* body without its quote, or all of it. Points into body. */
const char *reply_strip(xmpp_stanza_t *stanza, const char *body);
/* The same by a range of code points. */
const char *reply_strip_range(const char *body, gint64 start, gint64 end);

/* What goes before the words of an answer to text; the caller frees. */
char *reply_quote(const char *text);
/* Makes a stanza whose body begins with quote (may be empty) an answer. */
void reply_add(xmpp_stanza_t *stanza, const Outgoing *message, const char *quote);

void reply_attach(Session *session);
