/* chatview.h: where one looks in a timeline, and drawing what is visible of it.
 *
 * The place is held by the entry at the bottom, so that neither new messages nor a new width move what one reads.
 */
#pragma once
#include "entryview.h"

/* Asking the network for older messages than the history has. */
typedef enum { FETCH_NONE, FETCH_ASKING, FETCH_ENDED, FETCH_FAILED } FetchState;

typedef struct {
	Timeline *timeline;
	gboolean follow;     /* at the newest, and stays there */
	const Entry *bottom; /* not follow: the entry at the bottom */
	int skip;            /* its lines that are below the view */
	gint64 new_after;    /* what is new begins behind this time; -1: no such line */
	gint64 found;        /* the message that was looked for */
	gint64 chosen;       /* the message that keys act on; 0: none */
	FetchState fetch;
	char *fetch_text;    /* failed: why */
	gint64 gap, read_time; /* drawn last: where messages are missing before this time (0: nowhere); up to when the user's were read */
	gboolean whole;      /* long messages are shown whole */
	guint below;         /* messages that came while one looked elsewhere */
	int rows, columns;   /* as drawn last */
	int top, above;      /* drawn last: the entry in the first row, and how many of its rows are above the view */
} ChatView;

void chatview_draw(ChatView *view, WINDOW *window, int y, int x, int rows, int columns, const ChatStyle *style);
/* lines > 0: back. TRUE if that led, or would lead, to where messages are missing. */
gboolean chatview_scroll(ChatView *view, int lines, const ChatStyle *style);
void chatview_to_newest(ChatView *view, const ChatStyle *style);
void chatview_to_oldest(ChatView *view, const ChatStyle *style);
/* Shows a message in the middle; FALSE if it is not there. */
gboolean chatview_to_message(ChatView *view, gint64 id, gint64 time, const ChatStyle *style);
/* Call before entries may leave the timeline: what must stay. */
const Entry *chatview_keep(const ChatView *view);
/* The message that keys act on; NULL: none. */
Entry *chatview_chosen(const ChatView *view);
/* Chooses the next message (step 1), the one before (-1), or the lowest one in sight where none is chosen; FALSE if there is none. */
gboolean chatview_choose(ChatView *view, int step, const ChatStyle *style);
/* Chooses what was drawn in that row; FALSE if that is no message. */
gboolean chatview_choose_at(ChatView *view, int row, const ChatStyle *style);
void chatview_unchoose(ChatView *view);
