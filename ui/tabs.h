/* tabs.h: the chats that are open, in the order they are shown. The first is home: words of kith itself, no chat.
 */
#pragma once
#include "chatview.h"
#include "model/model.h"

/* What the line of a tab does besides being said (compose.h). */
typedef enum { COMPOSE_NOTHING, COMPOSE_REPLY, COMPOSE_CORRECT } Compose;

typedef struct {
	char *account, *address; /* NULL: home */
	ChatKind kind;
	ChatView view; /* its timeline is owned by the tab */
	gboolean loaded; /* the timeline has been filled from the history once */
	char *draft; /* what was being written; NULL: nothing */
	gint64 told_read; /* the hub was told: read up to this time */
	gboolean in_use;  /* opened by the user, not by itself */
	Compose compose;
	gint64 compose_id; /* the message it is about */
	char *compose_words, *compose_draft; /* what it says; what stood in the line before */
} Tab;

typedef struct Tabs Tabs;

Tabs *tabs_new(void);
void tabs_free(Tabs *tabs);
guint tabs_count(const Tabs *tabs);
Tab *tabs_at(const Tabs *tabs, guint i);
guint tabs_index(const Tabs *tabs, const Tab *tab);
Tab *tabs_home(const Tabs *tabs);
Tab *tabs_current(const Tabs *tabs);
void tabs_set_current(Tabs *tabs, Tab *tab);
/* NULL: there is none. */
Tab *tabs_find(const Tabs *tabs, const char *account, const char *address);
/* Finds or makes it. */
Tab *tabs_open(Tabs *tabs, const char *account, const char *address, ChatKind kind);
/* Not home. The tab to the left is shown if it was the current one. */
void tabs_close(Tabs *tabs, Tab *tab);

/* The name to show, not cleaned; free it. */
char *tab_title(const Tab *tab, const Model *model);
/* The chat in the model; NULL for home and for chats not begun. */
Chat *tab_chat(const Tab *tab, const Model *model);

/* Draws the line of tabs; right is what stands at the right end. */
void tabs_draw(const Tabs *tabs, const Model *model, WINDOW *window, int columns, const char *right);
/* The tab drawn at column x last, or NULL. */
Tab *tabs_at_column(const Tabs *tabs, int x);
