/* outbox.h: sending, never twice.
 *
 * libpurple's networks acknowledge nothing. A message is marked first; when the mark is stored it is handed to libpurple and counts as
 * sent (on IRC a long one goes line by line, as fast as servers take it). One that comes back with the mark of another process may have gone out then: it fails, and the person decides.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

/* Whether a message has one line only there: each line goes as a message of its own. */
gboolean outbox_sends_lines(const PurpleConnection *gc);
void outbox_send(const WireSend *send);
void outbox_committed(gint64 commit);
/* The oldest message that a plugin still held was written to the network. */
void outbox_left(void);
/* Offline: what was not handed over comes again from the hub. */
void outbox_stop(void);

/* TRUE when text in chat is what we sent ourselves, coming back from libpurple. */
gboolean outbox_take_echo(const char *chat, const char *text);
/* TRUE when text tells that what we just sent to chat failed; it is the message's error then. */
gboolean outbox_take_failure(const char *chat, const char *text);
