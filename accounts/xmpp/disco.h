/* disco.h: what we can, told to who asks (XEP-0030), and what the own server can, asked once a session. */
#pragma once
#include "session.h"

/* Announces a namespace; ns is static. Only while attaching. */
void disco_add_feature(Session *session, const char *ns);
/* The hash of what we announce (XEP-0115), base64; borrowed. */
const char *disco_hash(Session *session);
/* What we announce, one a line after "feature". */
void disco_print_features(Session *session, FILE *out);

/* What the own account at its server can; known from the calls of disco_on_account on, until the next login. */
gboolean disco_account_has(Session *session, const char *feature);
/* Calls then after each login that resumed nothing, and after the first resume of a process, when the account has told what it can, or that
 * it can't tell. Only while attaching. */
void disco_on_account(Session *session, void (*then)(Session *session));

/* A request for what an address can; its answer is read with disco_has. */
xmpp_stanza_t *disco_new_request(Session *session, const char *to);
gboolean disco_has(xmpp_stanza_t *answer, const char *feature);
/* An attribute (name, category, type) of the first identity in answer, or NULL. */
const char *disco_identity(xmpp_stanza_t *answer, const char *attribute);

void disco_attach(Session *session);
void disco_detach(Session *session);
