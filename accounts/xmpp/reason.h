/* reason.h: what servers say when they refuse or end a stream, as StreamReason and a sentence.
 *
 * Tables only. RFC 6120 4.9.3 (stream errors), 6.5 (SASL failures). */
#ifndef KITH_XMPP_REASON_H
#define KITH_XMPP_REASON_H

#include <strophe.h>

#include "stream.h"

/* From <stream:error/> or <failure xmlns='…xmpp-sasl'/>: the reason, and in `*text` a sentence (caller frees)
 * that ends with the server's own words where it gave some. */
StreamReason reason_from_stream_error(xmpp_stanza_t *error, char **text);
StreamReason reason_from_sasl_failure(xmpp_stanza_t *failure, char **text);

/* The name of the condition: the first child that is not <text/>; NULL if there is none. Borrowed. */
const char *reason_condition(xmpp_stanza_t *element);

#endif
