/* jid.h: addresses of XMPP: taking them apart and bringing them into the one form in which they are compared.
 *
 * RFC 7622. The server has the last word about an address; this is strict about structure and forbidden characters, and folds case and
 * compatibility forms as servers do. Everything behind the first '/' is the resource, whatever it contains. */
#pragma once
#include <glib.h>

/* The normal form of a bare or full JID, or NULL if it is none. The caller frees. */
char *jid_normalise(const char *text);

/* The part before the resource; the caller frees. */
char *jid_bare(const char *jid);
/* The resource, or NULL; points into jid. */
const char *jid_resource(const char *jid);
/* The domain; the caller frees. */
char *jid_domain(const char *jid);
/* The part before the '@', or NULL; the caller frees. */
char *jid_local(const char *jid);
/* ROOM/NICK in normal form, or NULL if nick can be no resource. The caller frees. */
char *jid_with_resource(const char *bare, const char *resource);

/* Whether two JIDs in normal form have the same bare part. */
gboolean jid_same_bare(const char *a, const char *b);
