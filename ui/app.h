/* app.h: the front end as a whole: what is on the screen, what it knows, and the loop that ties keys, hub and drawing together.
 *
 * Every room of ui that is not pure gets the App passed in. Nothing here draws at once: parts are marked dirty and drawn once a frame.
 */
#pragma once
#include "attach.h"
#include "base/paths.h"
#include "commands/commands.h"
#include "history/history.h"
#include "input.h"
#include "keys.h"
#include "list.h"
#include "model/model.h"
#include "settings/protocols.h"
#include "settings/settings.h"
#include "tabs.h"
#include "transfers.h"
#include "view.h"

/* Parts of the screen that are drawn apart. */
enum {
	DIRTY_TABS = 1 << 0,
	DIRTY_LIST = 1 << 1,
	DIRTY_STATUS = 1 << 2,
	DIRTY_CHAT = 1 << 3,
	DIRTY_INPUT = 1 << 4,
	DIRTY_BAR = 1 << 5,
	DIRTY_VIEW = 1 << 6,
	DIRTY_LAYOUT = 1 << 7, /* sizes changed: the windows are made anew */
	DIRTY_ALL = 0xff,
};

typedef struct App App;

struct App {
	GMainLoop *loop;
	int exit_code;
	Paths *paths;
	Config *config; /* a mirror of the hub's; never saved */
	Model *model;
	Reader *reader; /* NULL until there is a history */
	Attach *attach;
	Keys *keys;
	KeyReader *key_reader;
	List *list;
	Tabs *tabs;
	Input *input;
	View *view; /* above the rest; NULL: none */
	Protocols *protocols; /* NULL until somebody wanted to know (app_want_protocols) */
	gboolean protocols_asked;
	char *unfinished;     /* the line whose completion waits for them; NULL: none */
	struct Frame *frame;
	gboolean list_focus, list_hidden, list_shown; /* shown: on a screen too narrow for it */
	const char *background; /* dark or light: what the terminal says */
	gboolean looked_at;  /* the terminal has the focus, as far as it tells */
	gboolean ready;      /* the hub's whole state is here */
	GHashTable *told;    /* account -> its trouble as home says it (trouble_of); until it is online */
	gboolean idle;
	gboolean dry_cancel; /* Ctrl-C was pressed on an empty line */
	gboolean quitting;
	char *banner;        /* what is wrong with the hub; NULL: nothing */
	char *note;          /* what the last key did, or why it did nothing; until the next key */
	char *card_account;  /* what this account asks before card_until is opened at once: it comes of something just done; NULL: none */
	gint64 card_until;
	guint dirty;
	gint64 last_frame, frame_cost, join_until, last_key, last_bell;
	guint frame_source, wait_source, clock_source, idle_source;
};

/* The whole life of the front end; returns the exit code. */
int app_run(Paths *paths);

/* Marks parts to be drawn in the next frame. */
void app_dirty(App *app, guint parts);
/* Opens the history where that was not possible before. */
Reader *app_reader(App *app);
/* Has the list of protocols read, unless it is here or on its way. When it comes, the view that is shown is told, and a word that waits for it is
 * completed. */
void app_want_protocols(App *app);
/* Puts a view above the rest, in place of another; NULL takes it away. */
void app_show(App *app, View *view);
/* Takes text as if the user had entered it in the tab that is shown. */
void app_enter(App *app, const char *line);
/* Says something in a tab (NULL: the one that is shown). */
void app_say(App *app, Tab *tab, EntryKind kind, const char *format, ...) G_GNUC_PRINTF(4, 5);
/* Says something above the line until the next key. */
void app_note(App *app, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Shows a message of a tab in the middle, or says that it is not there. */
void app_to_message(App *app, Tab *tab, gint64 id);
/* Shows a tab; the line that was being written stays with the tab that is left. */
void app_go(App *app, Tab *tab);
/* Fills a tab from the history, once. */
void app_load(App *app, Tab *tab);
/* Ends the loop. */
void app_quit(App *app);
/* The tab that is shown was scrolled or changed: what can be seen is read. */
void app_mark_read(App *app);
/* How the chat of a tab is written. Free with app_style_clear. */
typedef struct {
	ChatStyle style;
	char *own, *other, *empty;
} AppStyle;
void app_style(App *app, const Tab *tab, AppStyle *style);
void app_style_clear(AppStyle *style);
/* Settings changed: theme, keys, formats. */
void app_apply_settings(App *app);
/* Draws what is dirty, now. */
void app_draw(App *app);
