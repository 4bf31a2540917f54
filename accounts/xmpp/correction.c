/* correction.c: a message that takes the place of an earlier one. See correction.h. */
#include "correction.h"

#include <string.h>

#include "disco.h"

const char *correction_target(xmpp_stanza_t *stanza)
{
	const char *id = element_get(element_child(stanza, "replace", NS_CORRECT), "id");
	return id && *id && strlen(id) <= FIT_ID ? id : NULL;
}

void correction_add(xmpp_stanza_t *stanza, const Outgoing *message)
{
	element_set(element_add(stanza, "replace", NS_CORRECT), "id", message->target);
}

void correction_attach(Session *session)
{
	disco_add_feature(session, NS_CORRECT);
}
