/* delay.h: when a stanza was really sent (XEP-0203). */
#pragma once
#include "session.h"

/* The moment (µs) that a delay element of stanza tells, or 0. Only the account's own server and, where given, room are believed, and only
 * about the past. */
gint64 delay_of(Session *session, xmpp_stanza_t *stanza, const char *room);
