/* entryview.h: how one message looks: the rows it takes at a width, and drawing one of them.
 *
 * Rows from above: the beginning of the message it answers, its words, a hint where they are cut, its files, what others put under it, why it
 * was not sent. Every state has a sign or a word besides its colour.
 */
#pragma once
#include "paint.h"
#include "timeline.h"
#include "transfers.h"

/* Longer messages are cut on the screen until they are asked for whole. */
#define ENTRYVIEW_CUT_BYTES 16384
#define ENTRYVIEW_CUT_LINES 60

/* How to write what is drawn; borrowed for the call. */
typedef struct {
	const char *time_format, *date_format;
	ChatKind kind;
	const char *account, *address; /* of the chat; NULL: home */
	const char *own;   /* the user's name in the chat */
	const char *other; /* the contact's name; rooms: NULL, each message has its own */
	const char *empty; /* what to say where there are no messages */
	Reader *reader;    /* may be NULL */
	const Model *model;
	gboolean styling, text_colours; /* marked words, and those that their sender painted */
	gboolean colours; /* names in colours of their own */
	gboolean archive;          /* the network keeps older messages and can be asked for them */
	Hole hole;                 /* what is missing of the chat; until 0: nothing */
} ChatStyle;

/* How the columns of the view are used. */
typedef struct {
	int time, name, text; /* where the name and the text begin, and the text's columns */
	gboolean compact;     /* names stand in the text */
	int columns;
} Layout;

/* What the view knows of an entry while it draws it. */
enum { ENTRY_FOUND = 1, ENTRY_CHOSEN = 2, ENTRY_READ = 4, ENTRY_WHOLE = 8 };

Layout entryview_layout(const ChatStyle *style, int columns);
/* The rows it takes; wraps it once for a width. timeline is where the message it answers is looked for first. */
int entryview_rows(const Timeline *timeline, Entry *entry, const ChatStyle *style, const Layout *layout, guint flags);
/* Draws one row of it, counted from its top; entryview_rows was called. */
void entryview_draw(WINDOW *window, int y, int x, const Entry *entry, int row, const ChatStyle *style, const Layout *layout, guint flags);
/* Who wrote it; borrowed, not cleaned. */
const char *entryview_name(const Entry *entry, const ChatStyle *style);
