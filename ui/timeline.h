/* timeline.h: the messages of one chat that are held in memory: a window into the history that can stand anywhere in it.
 *
 * Pages are loaded by key in both directions; at most TIMELINE_MAX messages are kept, and what falls out comes back from the
 * database. Lines that belong to this screen only (what commands print) are kept beside it and merged in by time.
 * Knows nothing of drawing, except that it keeps what the view computes for an entry (shown, lines) as long as it is valid.
 */
#pragma once
#include "history/history.h"

#define TIMELINE_MAX 500
#define TIMELINE_PAGE 100
#define TIMELINE_LOCAL_MAX 500

typedef enum { ENTRY_MESSAGE, ENTRY_LOCAL, ENTRY_FAILURE } EntryKind;

typedef struct {
	EntryKind kind;
	gint64 id, time; /* id 0: local */
	gint64 order;    /* local lines of the same moment: as they came */
	MessageKind type;
	Direction direction;
	MessageState state;
	gboolean mention, edited, retracted;
	gint64 about; /* a reply's: the message it answers; 0: none, or not here */
	char *from, *nick, *text, *error, *own_id, *encryption, *target, *note, *saved, *markup;
	char **reactions, **attachments; /* as WireMessage has them; never NULL */
	/* the view's, for the width they were made for; cleared when the entry or the message it answers changes */
	char *shown, *quote, *reacted;
	GArray *lines; /* of WrapLine */
	GArray *runs;  /* of StylingRun; NULL: nothing is styled */
	gsize mark;    /* where what the view added behind the words begins */
	int width;
	gboolean cut; /* shown is only the beginning */
} Entry;

typedef struct Timeline Timeline;

/* account and chat NULL: local lines only. */
Timeline *timeline_new(const char *account, const char *chat);
void timeline_free(Timeline *timeline);

const GPtrArray *timeline_entries(const Timeline *timeline); /* of Entry, oldest first */
gboolean timeline_at_start(const Timeline *timeline); /* nothing older in the history */
gboolean timeline_at_end(const Timeline *timeline);   /* nothing newer */

/* Puts the window at the newest messages, or around a message (FALSE if it is not there or can't be read). reader may be NULL: what is known stays. */
gboolean timeline_load_newest(Timeline *timeline, Reader *reader, GError **error);
gboolean timeline_load_around(Timeline *timeline, Reader *reader, gint64 id, gint64 time, GError **error);
gboolean timeline_load_oldest(Timeline *timeline, Reader *reader, GError **error);
/* One page more; the number of entries that came. Entries at the other end may fall out (never keep). */
guint timeline_load_older(Timeline *timeline, Reader *reader, const Entry *keep, GError **error);
guint timeline_load_newer(Timeline *timeline, Reader *reader, const Entry *keep, GError **error);

/* A message that just came: becomes part of the window if the window is at the end. keep (may be NULL) must not fall out. TRUE if it is in now. */
gboolean timeline_add(Timeline *timeline, const WireMessage *message, const Entry *keep);
/* A message that was told before has changed: its words, what hangs on it, perhaps its place. The entry, NULL if it is not in the window (any more). */
Entry *timeline_change(Timeline *timeline, const WireMessage *message, const Entry *keep);
/* The history may hold older messages than it did: they can be loaded again. */
void timeline_look_again(Timeline *timeline);
/* A line of this screen. */
void timeline_add_local(Timeline *timeline, EntryKind kind, const char *text);
/* The entry whose state changed, or NULL. */
Entry *timeline_set_state(Timeline *timeline, const WireMessageStateChange *change);
/* Forgets the lines of this screen. */
void timeline_clear_local(Timeline *timeline);
/* Forgets everything that is held, for a chat whose history was removed. */
void timeline_clear(Timeline *timeline);

int timeline_index(const Timeline *timeline, const Entry *entry); /* -1: not in it */
Entry *timeline_find(const Timeline *timeline, gint64 id);
gint64 timeline_newest_id(const Timeline *timeline); /* of a message; 0 if none */
gint64 timeline_oldest_time(const Timeline *timeline); /* of a message in the window; 0 if none */
/* Whoever read a message has read those before it: the time of the newest of the user's that was read; 0 if none. */
gint64 timeline_read_time(const Timeline *timeline);
/* Drops what the view computed. */
void timeline_forget_lines(Timeline *timeline);
