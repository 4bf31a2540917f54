/* stanza-error.h: what an error stanza says, in a sentence for a person. RFC 6120 8.3. */
#pragma once
#include <glib.h>
#include <strophe.h>

/* The condition's name, or "undefined-condition". Static or borrowed from the stanza. */
const char *stanza_error_condition(xmpp_stanza_t *stanza);
/* A sentence with the server's own words behind it, as they came. stanza NULL: there was no answer in time. The caller frees. */
char *stanza_error_sentence(xmpp_stanza_t *stanza);
