/* archive-check.h: did messages of ours arrive? The archive is asked (XEP-0313 version urn:xmpp:mam:2, XEP-0059 for pages).
 *
 * Asked only where nothing else can tell: after a crash or a failed resume between giving a message to the network and the
 * acknowledgement. Results count only for an open query, from the archive that was asked. */
#pragma once
#include "session.h"

/* Called for each message in the archive whose id (or origin-id) is given. FALSE: nothing more is looked for. */
typedef gboolean (*ArchiveFound)(Session *session, const char *chat, const char *id, const char *archive_id);
/* Called once, at the end. answered: the archive has said all, or that it can't; else the connection went before, or it did not answer in
 * time, or said that it can't now. */
typedef void (*ArchiveEnd)(Session *session, const char *chat, gboolean answered);

/* Goes through the messages with chat since a moment (µs) in the account's archive, or in the room's own if of_room. */
void archive_check(Session *session, const char *chat, gboolean of_room, gint64 since, ArchiveFound found, ArchiveEnd end);

void archive_check_attach(Session *session);
void archive_check_detach(Session *session);
