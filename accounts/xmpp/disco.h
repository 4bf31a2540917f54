/* disco.h: what we can, told to who asks (XEP-0030), and what the own server can, asked once a session. */
#pragma once
#include "session.h"

/* Announces a namespace; ns is static. Only while attaching. */
void disco_add_feature(Session *session, const char *ns);
/* The hash of what we announce (XEP-0115), base64; borrowed. */
const char *disco_hash(Session *session);

/* A request for what an address can; its answer is read with disco_has. */
xmpp_stanza_t *disco_new_request(Session *session, const char *to);
gboolean disco_has(xmpp_stanza_t *answer, const char *feature);
/* An attribute (name, category, type) of the first identity in answer, or NULL. */
const char *disco_identity(xmpp_stanza_t *answer, const char *attribute);

void disco_attach(Session *session);
void disco_detach(Session *session);
