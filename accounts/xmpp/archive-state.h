/* archive-state.h: what is known of an archive: its newest end and the holes, for archive.c and archive-state.c. Nobody else includes it.
 *
 * An Edge is a message of the archive beside something that is not here. Everything between the cursor (the newest message that came in a
 * page) and the oldest one ever read is here, but for the holes; they are in the order of the archive, the newest first, and don't touch. */
#pragma once
#include "archive.h"

typedef struct {
	char *id;     /* owned: the archive's, or NULL: none is known */
	gint64 stamp; /* µs, the archive's word; 0: the beginning of time */
	gint64 place; /* µs, the time it was given here: growing in the archive's order */
} Edge;

typedef struct {
	Edge newer, older; /* newer.id NULL: up to newer.stamp; older.id NULL: down to the archive's beginning */
	gboolean first;    /* nothing older is here: the account, or the room, was new here */
	guint still;       /* pages in a row that were no older */
	gboolean stuck;    /* not again in this session: the archive makes no progress */
	guint ends;        /* how often the archive has said that it ends where it should go on */
	gboolean rests;    /* it is asked again about that a little later */
	gboolean ripe;     /* it can be filled at once: the page above it said that the archive has nothing more */
} Hole;

typedef struct {
	char *room;         /* owned; NULL: the own account's */
	gboolean open;      /* it can be asked now */
	gboolean due;       /* its newest end is to be read */
	gboolean waits;     /* in the queue of those with something to do */
	Edge cursor;
	GPtrArray *holes;   /* of Hole, owned */
	GHashTable *chats;  /* address -> Edge, owned: how far back single chats were loaded into a hole; id "" if down to its older end */
	guint live;         /* messages that came live since the cursor */
	guint live_timer;
	gint64 told_since, told_until, told_at; /* what the hub knows of the newest hole; told_at monotonic */
	gboolean told_loading;
} Archive;

Archive *archive_new(const char *room);
void archive_free(gpointer archive);
void edge_set(Edge *edge, const char *id, gint64 stamp, gint64 place);
/* The newest hole that has something older than a time, or NULL. */
Hole *archive_hole_before(const Archive *archive, gint64 time);
/* A new hole above all others; where there are too many, the two oldest become one. */
Hole *archive_add_hole(Archive *archive, const Edge *newer, const Edge *older);
void archive_remove_hole(Archive *archive, Hole *hole);
/* How far back a chat was loaded into a hole: an Edge in chats, or the hole's own newer one. */
const Edge *archive_chat_edge(const Archive *archive, const Hole *hole, const char *chat);
gboolean archive_chat_is_complete(const Archive *archive, const Hole *hole, const char *chat);
void archive_set_chat_edge(Archive *archive, const char *chat, const char *id, gint64 stamp, gint64 place);

/* One text for one archive; reading stops at what it can't understand. */
void archive_write(const Archive *archive, GString *out);
/* Reads the next archive from *text and moves it on; NULL at the end. */
Archive *archive_read(const char **text);
