/* presence.h: who is there: the presence of contacts, the best of their devices, and our own. RFC 6121 4. */
#pragma once
#include "session.h"

/* What to announce from now on; nothing is sent yet. */
void presence_set_own(Session *session, Presence presence, const char *status);
/* Tells everybody who may know, and the rooms. */
void presence_announce(Session *session);
/* Says that we go, with a parting word (may be NULL). */
void presence_send_farewell(Session *session, const char *status);
/* A presence stanza with our show and status, to an address (NULL: everybody); the caller sends. */
xmpp_stanza_t *presence_new(Session *session, const char *to);

/* The whole contact list has come. */
void presence_on_roster(Session *session);
/* A contact is no longer one: nothing is known of it. */
void presence_forget(Session *session, const char *bare);
/* The last known presence in a line of text, or NULL. The caller frees. */
char *presence_describe(Session *session, const char *bare);
/* The device that a contact was last seen with that is the best one now, or NULL. Borrowed. */
const char *presence_best_resource(Session *session, const char *bare);

/* Reads show of a presence stanza that is not unavailable. */
Presence presence_of_show(const char *show);

void presence_attach(Session *session);
void presence_detach(Session *session);
