/* list.h: the one list of people and rooms over all accounts: what is in it and in which order (pure), and where one stands in it.
 *
 * It is made anew from the model when something that matters changed, at most once a frame; names are cleaned and folded once and kept.
 * Drawing costs what is visible.
 */
#pragma once
#include "model/model.h"
#include "paint.h"

typedef enum { LIST_BY_PRESENCE, LIST_BY_NAME, LIST_BY_ACTIVITY } ListSort;

/* One person, room or chat. */
typedef struct {
	char *account, *address;
	ChatKind kind;
	gboolean in_list; /* a contact */
	char *title;      /* prepared for drawing */
	Presence presence;
	/* inside */
	char *raw, *key;
	gint64 last_time;
	guint round;
} ListItem;

typedef struct {
	const ListItem *item; /* NULL: a group's head */
	const char *group;
	guint online, total; /* of a group */
	gboolean folded;
} ListRow;

typedef struct List List;

List *list_new(void);
void list_free(List *list);
void list_set_sort(List *list, ListSort sort, gboolean show_offline);
/* Only what has words in its name or address; "" for all. */
void list_set_filter(List *list, const char *words);
const char *list_filter(const List *list);
/* The model changed; the list is made anew before it is used next. */
void list_changed(List *list);
/* A chat changed: as list_changed, but only if that can move a row. */
void list_chat_changed(List *list, const Chat *chat);
/* Rows as they are now; of ListRow. */
const GArray *list_rows(List *list, const Model *model);

/* The chosen row: -1 none. */
int list_chosen(const List *list);
void list_choose(List *list, const Model *model, int row);
void list_move(List *list, const Model *model, int rows);
void list_fold(List *list, const char *group);

/* Draws rows; current (account, address) is the chat that is shown, may be NULL. focus: the chosen row is marked. */
void list_draw(List *list, const Model *model, WINDOW *window, int y, int x, int rows, int columns, const char *account, const char *address, gboolean focus);
/* The row drawn at screen row y of the last drawing, or -1. */
int list_row_at(const List *list, int y);

/* The sign and the role of a presence. */
const char *presence_sign(Presence presence);
int presence_role(Presence presence);
