/* subscription.h: who may see whose presence: asking, being asked, allowing (RFC 6121 3). */
#pragma once
#include "session.h"

/* Sends subscribe, subscribed, unsubscribe or unsubscribed to a bare address, with a word (may be NULL). */
void subscription_send(Session *session, const char *address, const char *type, const char *text);

void subscription_attach(Session *session);
void subscription_detach(Session *session);
