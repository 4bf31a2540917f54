/* caps.h: what programs can: ours, announced with each presence as a hash, and the others', asked once for each hash (XEP-0115). */
#pragma once
#include "session.h"

/* Names the program in the hash's node. */
#define CAPS_NODE "urn:x-kith:client"

void caps_add(Session *session, xmpp_stanza_t *presence);

/* Whether the program behind a full address in normal form, a contact's or one of our own, has announced the namespace. FALSE as well while
 * that is not known (it was not seen, or its hash is being asked about). */
gboolean caps_has(Session *session, const char *full, const char *ns);
/* Whether any device of a bare address has. full (may be NULL) is set to its address, borrowed until the next stanza. */
gboolean caps_any_has(Session *session, const char *bare, const char *ns, const char **full);

void caps_attach(Session *session);
void caps_detach(Session *session);
