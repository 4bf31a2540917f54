/* iq.h: requests of our own and their answers, and answers to the requests of others (RFC 6120 8.2.3).
 *
 * An answer counts only if its id (128 random bits), its sender and its type fit the request; anything else with that id is let go. */
#pragma once
#include "session.h"

/* answer is the result or error stanza, or NULL: no answer in time, or the connection is gone. */
typedef void (*IqHandler)(Session *session, xmpp_stanza_t *answer, gpointer user);

#define IQ_SECONDS 30

/* A new request to an address (NULL: the own account's server side); its payload is to be added. */
xmpp_stanza_t *iq_new(Session *session, const char *type, const char *to);
/* Sends request (released) and calls handler exactly once, also when the connection goes. cleanup (may be NULL) frees user after that. */
void iq_ask(Session *session, xmpp_stanza_t *request, guint seconds, IqHandler handler, gpointer user, GDestroyNotify cleanup);
/* Whether answer is a result. */
gboolean iq_is_result(xmpp_stanza_t *answer);

/* A result for a request, its payload to be added and session_send to be called. */
xmpp_stanza_t *iq_answer(Session *session, const Arrival *request);
/* Answers a request with an error: type "cancel", "modify" …, condition of RFC 6120 8.3.3. */
void iq_refuse(Session *session, const Arrival *request, const char *type, const char *condition);

/* Takes results and errors. */
void iq_take_answer(Session *session, const Arrival *arrival);
void iq_attach(Session *session);
void iq_detach(Session *session);
