/* archive-check.h: did a message of ours arrive? The archive is asked (XEP-0313 version urn:xmpp:mam:2, XEP-0059 for pages).
 *
 * Asked only where nothing else can tell: after a crash or a failed resume between giving a message to the network and the
 * acknowledgement. Results count only for an open query, from the archive that was asked. */
#pragma once
#include "session.h"

typedef enum {
	ARCHIVE_HAS_IT,
	ARCHIVE_HAS_NOT, /* or there is none, or it can't say */
	ARCHIVE_GONE,    /* the connection went before the answer */
} ArchiveVerdict;

typedef void (*ArchiveHandler)(Session *session, ArchiveVerdict verdict, const char *archive_id, gpointer user);

/* Looks for the message id to chat since a moment (µs) in the account's archive, or in the room's own if of_room. handler is called once. */
void archive_check(Session *session, const char *chat, gboolean of_room, const char *id, gint64 since, ArchiveHandler handler, gpointer user);

void archive_check_attach(Session *session);
void archive_check_detach(Session *session);
