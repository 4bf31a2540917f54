/* roster.h: the contact list at the server (RFC 6121 2), with versioning (2.6).
 *
 * A copy lies in the account's directory under the version that the hub keeps with its own list of contacts; the server is asked only for
 * what changed since if both say the same version. */
#pragma once
#include "session.h"

/* The state of our subscriptions with a bare address in normal form; SUBSCRIPTION_NONE for a stranger. */
Subscription roster_subscription(Session *session, const char *bare);
/* Whether the contact list is known, from the copy or from the server. */
gboolean roster_is_known(Session *session);
gboolean roster_has(Session *session, const char *bare);
/* Whether the address may see our presence. */
gboolean roster_may_see_us(Session *session, const char *bare);
/* Calls for every contact whose presence we may see. */
void roster_foreach_seen(Session *session, void (*call)(Session *session, const char *bare));

void roster_attach(Session *session);
/* Reads the copy. */
void roster_load(Session *session);
void roster_detach(Session *session);
