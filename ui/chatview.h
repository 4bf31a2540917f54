/* chatview.h: where one looks in a timeline, and drawing what is visible of it.
 *
 * The place is held by the entry at the bottom, so that neither new messages nor a new width move what one reads.
 */
#pragma once
#include "paint.h"
#include "timeline.h"

/* Longer messages are cut on the screen until they are asked for whole. */
#define CHATVIEW_CUT_BYTES 16384
#define CHATVIEW_CUT_LINES 60

typedef struct {
	Timeline *timeline;
	gboolean follow;     /* at the newest, and stays there */
	const Entry *bottom; /* not follow: the entry at the bottom */
	int skip;            /* its lines that are below the view */
	gint64 new_after;    /* what is new begins behind this time; -1: no such line */
	gint64 found;        /* the message that was looked for */
	gboolean whole;      /* long messages are shown whole */
	guint below;         /* messages that came while one looked elsewhere */
	int rows, columns;   /* as drawn last */
} ChatView;

/* How to write what is drawn; borrowed for the call. */
typedef struct {
	const char *time_format, *date_format;
	ChatKind kind;
	const char *own;   /* the user's name in the chat */
	const char *other; /* the contact's name; rooms: NULL, each message has its own */
	const char *empty; /* what to say where there are no messages */
	Reader *reader;    /* may be NULL */
} ChatStyle;

void chatview_draw(ChatView *view, WINDOW *window, int y, int x, int rows, int columns, const ChatStyle *style);
/* lines > 0: back. */
void chatview_scroll(ChatView *view, int lines, const ChatStyle *style);
void chatview_to_newest(ChatView *view, const ChatStyle *style);
void chatview_to_oldest(ChatView *view, const ChatStyle *style);
/* Shows a message in the middle; FALSE if it is not there. */
gboolean chatview_to_message(ChatView *view, gint64 id, gint64 time, const ChatStyle *style);
/* Call before entries may leave the timeline: what must stay. */
const Entry *chatview_keep(const ChatView *view);
