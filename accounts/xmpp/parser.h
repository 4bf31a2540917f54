/* parser.h: the bytes of an XMPP stream in, its top-level elements out as libstrophe stanzas.
 *
 * Built on expat; libstrophe's own parser is not used, because it is quadratic, recursive and without
 * limits. RFC 6120 4 (streams) and 11 (XML usage: no DTD, comment, processing instruction). */
#ifndef KITH_XMPP_PARSER_H
#define KITH_XMPP_PARSER_H

#include <glib.h>
#include <strophe.h>

#include "stream.h"

typedef struct Parser Parser;

#define PARSER_ERROR (parser_error_quark())
GQuark parser_error_quark(void);
typedef enum {
	PARSER_ERROR_MALFORMED,		/* not-well-formed */
	PARSER_ERROR_RESTRICTED,	/* restricted-xml: DTD, comment, processing instruction */
	PARSER_ERROR_TOO_LARGE		/* beyond twice the larger byte limit */
} ParserError;

/* Called from inside parser_feed(). They may call parser_stop(), but not parser_free(), parser_reset()
 * or parser_feed(). No slot may be NULL. */
typedef struct {
	/* The stream header; `ns` may be NULL; `attributes` as of expat: name, value, …, NULL. */
	void (*on_open)(gpointer owner, const char *name, const char *ns, const char **attributes);
	/* A complete top-level element; borrowed. In an answer of the own account, a payload of many children (a
	 * contact list) comes as several of the same name and attributes, one behind the other. */
	void (*on_element)(gpointer owner, xmpp_stanza_t *element);
	/* One beyond the limits is complete: its name and attributes only; borrowed. */
	void (*on_dropped)(gpointer owner, xmpp_stanza_t *head, const char *why);
	/* </stream:stream> */
	void (*on_close)(gpointer owner);
} ParserEvents;

/* `ctx` and `events` are borrowed and outlive the parser; `account` is the bare JID whose own answers may
 * be larger. Limits of 0 become the defaults of StreamLimits. */
Parser *parser_new(xmpp_ctx_t *ctx, const StreamLimits *limits, const char *account,
		   const ParserEvents *events, gpointer owner);
void parser_free(Parser *parser);

/* Forgets everything: a new stream begins (RFC 6120 4.3.3). */
void parser_reset(Parser *parser);

/* Reads `size` bytes. FALSE: the stream is broken (domain PARSER_ERROR) and only parser_reset() helps.
 * `*used` tells how many bytes belong to what was delivered: all, or fewer after parser_stop(). */
gboolean parser_feed(Parser *parser, const char *bytes, gsize size, gsize *used, GError **error);

/* From inside a callback: delivers nothing more; what follows in the buffer is not looked at. */
void parser_stop(Parser *parser);

/* Whether a top-level element has begun and is not complete, or a tag is cut in the middle. */
gboolean parser_is_midway(const Parser *parser);

/* How many top-level elements are complete since parser_new(). */
guint64 parser_count(const Parser *parser);

#endif
