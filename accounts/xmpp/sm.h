/* sm.h: the counting of stream management (XEP-0198): what we sent and the server has, what we received
 * and have stored. Pure: knows neither XML nor network.
 *
 * All numbers are modulo 2^32. Invariants: acked <= sent and handled <= received (modulo 2^32); the
 * number that may be told to the server is `handled`, never `received`. */
#ifndef KITH_XMPP_SM_H
#define KITH_XMPP_SM_H

#include <glib.h>

typedef struct Sm Sm;

Sm *sm_new(void);
void sm_free(Sm *sm);

/* A new session: all numbers 0, nothing unacknowledged. */
void sm_begin(Sm *sm);

/* A session of an earlier process is to be resumed: `handled` is what the owner had stored. What had
 * been sent is unknown until sm_adopt(). */
void sm_restore(Sm *sm, guint32 handled);
gboolean sm_is_restored(const Sm *sm);

/* The server says how many it had handled in a restored session: counting of what we send goes on there. */
void sm_adopt(Sm *sm, guint32 handled);

/* Sending: takes a copy of the text of a stanza and returns its number. */
guint32 sm_push(Sm *sm, const char *xml, gsize size);

/* The server has handled up to `h`. FALSE, and nothing changes, if it can't have. */
gboolean sm_ack(Sm *sm, guint32 h);

/* The texts that are sent but not acknowledged, oldest first. */
void sm_foreach(const Sm *sm, void (*call)(gpointer data, const char *xml, gsize size), gpointer data);

guint32 sm_sent(const Sm *sm);
guint32 sm_acked(const Sm *sm);
guint sm_unacked(const Sm *sm);

/* Receiving: counts a stanza and returns its number. `print` is a fingerprint of it; `*repeated` tells
 * whether after sm_rewind() it is the same one that has had this number before. */
guint32 sm_receive(Sm *sm, guint32 print, gboolean *repeated);

/* All up to `number` are stored. TRUE if sm_handled() has grown. */
gboolean sm_set_handled(Sm *sm, guint32 number);

/* The session is resumed: the server sends again what is beyond `handled`. */
void sm_rewind(Sm *sm);

/* What the server may be told: everything up to it is received and stored. */
guint32 sm_handled(const Sm *sm);
guint32 sm_received(const Sm *sm);

/* The decimal form of a counter (XEP-0198: xs:unsignedInt). FALSE for anything else. */
gboolean sm_parse_count(const char *text, guint32 *count);

#endif
