/* element.h: building and reading libstrophe stanzas in few words.
 *
 * What is added belongs to its parent; what is read is borrowed. Text that goes out keeps only what XML 1.0 allows. */
#pragma once
#include <glib.h>
#include <strophe.h>

/* A new element; ns NULL: none of its own (inherits its parent's). The caller releases. */
xmpp_stanza_t *element_new(xmpp_ctx_t *ctx, const char *name, const char *ns);
/* Adds a child element and gives it, borrowed. */
xmpp_stanza_t *element_add(xmpp_stanza_t *parent, const char *name, const char *ns);
/* Adds a child element with text in it. */
xmpp_stanza_t *element_add_text(xmpp_stanza_t *parent, const char *name, const char *ns, const char *text);
/* Sets an attribute, cleaned for XML; NULL does nothing. */
void element_set(xmpp_stanza_t *element, const char *name, const char *value);

/* A child by name and namespace (NULL: any), or NULL; element may be NULL. */
xmpp_stanza_t *element_child(xmpp_stanza_t *element, const char *name, const char *ns);
/* The next child element after (NULL: the first) of that name and namespace (NULL: any). */
xmpp_stanza_t *element_next(xmpp_stanza_t *parent, xmpp_stanza_t *after, const char *name, const char *ns);
gboolean element_is(xmpp_stanza_t *element, const char *name, const char *ns);
/* Its text, or NULL if it has none; element may be NULL. */
const char *element_text(xmpp_stanza_t *element);
/* The text of a child by name and namespace, or NULL. */
const char *element_child_text(xmpp_stanza_t *element, const char *name, const char *ns);
/* An attribute, or NULL; element may be NULL. */
const char *element_get(xmpp_stanza_t *element, const char *name);

/* text without what XML 1.0 forbids (RFC 6120 11.1), or NULL if nothing of it is forbidden. The caller frees. */
char *element_legalise(const char *text);
