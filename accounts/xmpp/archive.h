/* archive.h: what the account's archive and those of its rooms have and the history has not: read from the newest on, in the background
 * (XEP-0313 version urn:xmpp:mam:2, XEP-0059, XEP-0359).
 *
 * After each login that resumed nothing the newest pages are read until what was known before is met. What could not be read yet is a hole,
 * kept by the hub with the pages (so a page counts only once it is stored), told as hole events, and filled later, the newest first; older
 * messages of one chat are loaded at the user's wish (fetch). The account's setting "archive" says how far back the background goes. */
#pragma once
#include "session.h"

/* We are in a room that says that it keeps an archive: what was said there since we last read it is read from it. room: bare, normal form. */
void archive_room_joined(Session *session, const char *room);
/* Whether that will be done: the room need not tell what was said. */
gboolean archive_is_read(Session *session);
void archive_room_left(Session *session, const char *room);

/* A message that came live is stored, or one of ours was taken by the server; room: NULL for one from one to one. */
void archive_saw_live(Session *session, const char *room);
/* Nobody looks: what came live may be compared with the archive now. */
void archive_on_idle(Session *session);

void archive_attach(Session *session);
/* Reads what was kept, and tells the holes. */
void archive_load(Session *session);
void archive_detach(Session *session);
