/* caps.c: what we can, announced as a hash. See caps.h. XEP-0115; the hashes of others are not needed yet. */
#include "caps.h"

#include "disco.h"

void caps_add(Session *session, xmpp_stanza_t *presence)
{
	xmpp_stanza_t *caps = element_add(presence, "c", NS_CAPS);
	element_set(caps, "hash", "sha-1");
	element_set(caps, "node", CAPS_NODE);
	element_set(caps, "ver", disco_hash(session));
}

void caps_attach(Session *session)
{
	disco_add_feature(session, NS_CAPS);
}
