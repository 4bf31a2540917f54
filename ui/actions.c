/* actions.c: see actions.h. */
#include "config.h"
#include "actions.h"

#include "cards.h"
#include "chosen.h"
#include "compose.h"
#include "fetch.h"
#include "frame.h"
#include "help.h"
#include "menu.h"
#include "search.h"
#include "switcher.h"
#include "typing.h"

#include <string.h>

#define CONFIRM_LINES 5
#define MESSAGE_MAX 262144

static void scroll_by(App *app, int lines)
{
	Tab *tab = tabs_current(app->tabs);
	AppStyle style;
	app_style(app, tab, &style);
	if (chatview_scroll(&tab->view, lines, &style.style))
		fetch_older(app, tab);
	app_style_clear(&style);
	app_mark_read(app);
	app_dirty(app, DIRTY_CHAT);
}

static void page_up(App *app) { scroll_by(app, MAX(1, frame_chat_rows(app->frame) - 2)); }
static void page_down(App *app) { scroll_by(app, -MAX(1, frame_chat_rows(app->frame) - 2)); }
static void line_up(App *app) { scroll_by(app, 1); }
static void line_down(App *app) { scroll_by(app, -1); }

static void oldest(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	AppStyle style;
	app_style(app, tab, &style);
	chatview_to_oldest(&tab->view, &style.style);
	app_style_clear(&style);
	app_dirty(app, DIRTY_CHAT);
}

static void newest(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	AppStyle style;
	app_style(app, tab, &style);
	chatview_to_newest(&tab->view, &style.style);
	app_style_clear(&style);
	tab->view.found = 0;
	app_mark_read(app);
	app_dirty(app, DIRTY_CHAT);
}

static gboolean is_after(const WireMessage *message, gpointer user)
{
	ReaderKey *key = user;
	key->time = message->time;
	key->id = message->id;
	return FALSE;
}

/* To the first message behind the line of what is new. */
static void unread_mark(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	const GPtrArray *entries = timeline_entries(tab->view.timeline);
	if (tab->view.new_after < 0)
		return;
	ReaderKey key = { 0 };
	for (guint i = 0; i < entries->len && !key.id; i++) {
		const Entry *entry = entries->pdata[i];
		if (entry->time > tab->view.new_after && i > 0)
			key = (ReaderKey){ .time = entry->time, .id = entry->id };
		else if (entry->time > tab->view.new_after)
			break;
	}
	if (!key.id && tab->view.new_after > 0 && app_reader(app))
		reader_after(app->reader, tab->account, tab->address, &(ReaderKey){ tab->view.new_after, G_MAXINT64 }, 1, is_after, &key, NULL);
	if (!key.id)
		return;
	gint64 found = tab->view.found;
	AppStyle style;
	app_style(app, tab, &style);
	chatview_to_message(&tab->view, key.id, key.time, &style.style);
	app_style_clear(&style);
	tab->view.found = found;
	app_dirty(app, DIRTY_CHAT);
}

static void whole(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	tab->view.whole = !tab->view.whole;
	timeline_forget_lines(tab->view.timeline);
	app_dirty(app, DIRTY_CHAT);
}

static void next_unread(App *app)
{
	guint count = tabs_count(app->tabs), here = tabs_index(app->tabs, tabs_current(app->tabs));
	Tab *best = NULL;
	for (int pass = 0; pass < 2 && !best; pass++) /* mentions first */
		for (guint step = 1; step <= count && !best; step++) {
			Tab *tab = tabs_at(app->tabs, (here + step) % count);
			const Chat *chat = tab_chat(tab, app->model);
			if (chat && (pass == 0 ? chat->mentions > 0 : chat->unread > 0))
				best = tab;
		}
	if (!best) { /* no tab, but perhaps a chat without one */
		const GArray *rows = list_rows(app->list, app->model);
		for (guint i = 0; i < rows->len && !best; i++) {
			const ListItem *item = g_array_index(rows, ListRow, i).item;
			Account *account = item ? model_account(app->model, item->account) : NULL;
			const Chat *chat = account ? model_chat(account, item->address) : NULL;
			if (chat && chat->unread > 0)
				best = tabs_open(app->tabs, item->account, item->address, item->kind);
		}
	}
	if (best)
		app_go(app, best);
}

static void redraw(App *app)
{
	screen_forget();
	app_dirty(app, DIRTY_ALL);
}

static void suspend(App *app G_GNUC_UNUSED)
{
	screen_suspend();
}

static void cancel(App *app)
{
	if (app->view) {
		app_show(app, NULL);
	} else if (tabs_current(app->tabs)->compose) {
		compose_end(app, tabs_current(app->tabs));
	} else if (!input_is_empty(app->input)) {
		input_set(app->input, "");
		typing_follow(app);
	} else if (app->dry_cancel) {
		const char *key = keys_for_action(app->keys, "/quit");
		app_say(app, NULL, ENTRY_LOCAL, "%s or /quit leaves kith; /detach leaves it online", key ? key : "/quit");
		app->dry_cancel = FALSE;
	} else {
		app->dry_cancel = TRUE;
	}
	app_dirty(app, DIRTY_INPUT);
}

static void do_send(App *app, char *line)
{
	app_enter(app, line);
	g_free(line);
}

static void send_line(App *app)
{
	if (input_is_empty(app->input))
		return;
	const char *text = input_text(app->input);
	if (strlen(text) > MESSAGE_MAX) {
		app_say(app, NULL, ENTRY_FAILURE, "that is too long: a message holds at most 256 kB");
		return;
	}
	guint count = input_lines(app->input);
	if (count > CONFIRM_LINES && tabs_current(app->tabs)->account && !input_was_asked(app->input)) {
		input_set_asked(app->input, TRUE);
		g_free(app->banner);
		Account *account = model_account(app->model, tabs_current(app->tabs)->account);
		app->banner = account && account_can(account, "oneline") ? g_strdup_printf("%u lines, each sent alone: Enter again sends them", count) :
			g_strdup_printf("%u lines in one message: Enter again sends it", count);
		app_dirty(app, DIRTY_INPUT);
		return;
	}
	g_clear_pointer(&app->banner, g_free);
	/* A line that holds a password is not remembered. */
	gboolean keep_out = *text == '/' && (strstr(text, "password=") || strstr(text, "pin="));
	typing_stop(app, FALSE); /* the message itself says so */
	Tab *tab = tabs_current(app->tabs);
	char *line = compose_line(tab, text);
	if (line && !attach_is_up(app->attach)) {
		app_note(app, "the hub is not there: nothing was sent");
		g_free(line);
		return;
	}
	char *said = input_take(app->input, keep_out);
	if (line) {
		compose_end(app, tab);
		g_free(said);
	}
	do_send(app, line ? line : said);
	app_dirty(app, DIRTY_INPUT);
}

static void newline(App *app)
{
	input_insert(app->input, "\n");
	app_dirty(app, DIRTY_INPUT);
}

static void step_completion(App *app, int step)
{
	Tab *tab = tabs_current(app->tabs);
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	input_complete(app->input, app->model, app->config, app->protocols, account, tab_chat(tab, app->model), step);
	g_clear_pointer(&app->unfinished, g_free);
	if (input_wants_protocols(app->input)) {
		app->unfinished = g_strdup(input_text(app->input));
		app_note(app, "the networks are being looked up");
		app_want_protocols(app);
	}
	app_dirty(app, DIRTY_INPUT | DIRTY_CHAT | DIRTY_LIST);
}

void actions_complete_again(App *app)
{
	if (!app->unfinished || app->view || strcmp(app->unfinished, input_text(app->input)) != 0)
		return;
	g_clear_pointer(&app->note, g_free);
	step_completion(app, 1);
}

static void complete(App *app) { step_completion(app, 1); }
static void complete_back(App *app) { step_completion(app, -1); }

static void escape(App *app)
{
	input_end_completion(app->input);
	Tab *tab = tabs_current(app->tabs);
	if (app->list_shown) {
		app->list_shown = FALSE;
		app_dirty(app, DIRTY_LAYOUT);
	}
	if (tab->compose) {
		compose_end(app, tab);
		return;
	}
	if (input_is_vi(app->input)) {
		Key key = { .type = KEY_TYPE_NAMED, .name = "Escape", .text = "\033", .length = 1 };
		input_key(app->input, &key);
	} else if (!tab->view.follow || tab->view.found) {
		newest(app);
	}
	app_dirty(app, DIRTY_INPUT | DIRTY_CHAT | DIRTY_LIST);
}

static void home(App *app)
{
	if (input_is_empty(app->input))
		oldest(app);
	else
		input_to_start(app->input);
	app_dirty(app, DIRTY_INPUT);
}

static void end(App *app)
{
	if (input_is_empty(app->input))
		newest(app);
	else
		input_to_end(app->input);
	app_dirty(app, DIRTY_INPUT);
}

/* ---- the list ---- */

static void list_leave(App *app)
{
	app->list_focus = FALSE;
	app->list_shown = FALSE;
	list_set_filter(app->list, "");
	app_dirty(app, DIRTY_ALL);
}

static void list_toggle(App *app)
{
	gboolean narrow = COLS < 60;
	if (app->list_focus) { /* the second time: away with it */
		list_leave(app);
		if (!narrow)
			app->list_hidden = TRUE;
	} else if (app->list_hidden && !narrow) {
		app->list_hidden = FALSE;
	} else {
		app->list_focus = TRUE;
		app->list_shown = narrow;
		if (list_chosen(app->list) < 0)
			list_choose(app->list, app->model, 0);
	}
	app_dirty(app, DIRTY_ALL);
}

static void list_move_by(App *app, int rows)
{
	list_move(app->list, app->model, rows);
	app_dirty(app, DIRTY_LIST);
}

static void list_up(App *app) { list_move_by(app, -1); }
static void list_down(App *app) { list_move_by(app, 1); }
static void list_page_up(App *app) { list_move_by(app, -10); }
static void list_page_down(App *app) { list_move_by(app, 10); }
static void list_first(App *app) { list_move_by(app, -1000000); }
static void list_last(App *app) { list_move_by(app, 1000000); }

void actions_open_chosen(App *app)
{
	const GArray *rows = list_rows(app->list, app->model);
	int chosen = list_chosen(app->list);
	for (guint i = 0; chosen < 0 && i < rows->len; i++) /* what was looked for came after the letters */
		if (g_array_index(rows, ListRow, i).item)
			chosen = (int)i;
	if (chosen < 0 || chosen >= (int)rows->len)
		return;
	const ListRow *row = &g_array_index(rows, ListRow, chosen);
	if (!row->item) {
		list_fold(app->list, row->group);
		app_dirty(app, DIRTY_LIST);
		return;
	}
	Tab *tab = tabs_open(app->tabs, row->item->account, row->item->address, row->item->kind);
	tab->in_use = TRUE;
	list_leave(app);
	app_go(app, tab);
}

static void show_menu(App *app)
{
	const Tab *tab = tabs_current(app->tabs);
	View *view = NULL;
	int chosen = app->list_focus ? list_chosen(app->list) : -1;
	const GArray *rows = list_rows(app->list, app->model);
	if (chosen >= 0 && chosen < (int)rows->len) {
		const ListItem *item = g_array_index(rows, ListRow, chosen).item;
		if (!item) {
			app_note(app, "this is a group; its people have menus");
			return;
		}
		view = menu_view_new(app, item->account, item->address, item->kind);
		list_leave(app);
	} else {
		view = tab->account ? menu_view_new(app, tab->account, tab->address, tab->kind) : menu_accounts_new(app);
	}
	if (view)
		app_show(app, view);
}

static void show_accounts(App *app) { app_show(app, menu_accounts_new(app)); }
static void show_help(App *app) { app_show(app, help_view_new(app, NULL)); }
static void show_switcher(App *app) { app_show(app, switcher_view_new(app)); }
static void show_search(App *app) { app_show(app, search_view_new(app, NULL, NULL, NULL)); }
static void show_cards(App *app) { cards_open(app); }

const Action actions_table[] = {
	{ "accounts", "opens the list of accounts", show_accounts },
	{ "cancel", "clears the line, or closes what is open", cancel },
	{ "cards", "opens what accounts ask", show_cards },
	{ "choose_down", "the message after the chosen one", chosen_down },
	{ "choose_up", "chooses a message, then the one before", chosen_up },
	{ "complete", "completes the word", complete },
	{ "complete_back", "the completion before", complete_back },
	{ "copy", "copies the chosen message", chosen_copy },
	{ "correct", "corrects the chosen message", chosen_correct },
	{ "correct_last", "corrects what was said last", chosen_correct_last },
	{ "end", "end of the line, or the newest message", end },
	{ "escape", "closes what is open", escape },
	{ "help", "opens the help", show_help },
	{ "home", "beginning of the line, or of the history", home },
	{ "jump", "goes to what the chosen message answers", chosen_jump },
	{ "line_down", "one line forward", line_down },
	{ "line_up", "one line back", line_up },
	{ "list", "moves in the list; again: hides it", list_toggle },
	{ "list_down", "down in the list", list_down },
	{ "list_first", "the first of the list", list_first },
	{ "list_last", "the last of the list", list_last },
	{ "list_leave", "back from the list", list_leave },
	{ "list_open", "opens what is chosen in the list", actions_open_chosen },
	{ "list_page_down", "a page down in the list", list_page_down },
	{ "list_page_up", "a page up in the list", list_page_up },
	{ "list_up", "up in the list", list_up },
	{ "menu", "opens what can be done with a person or a room", show_menu },
	{ "newest", "the newest message", newest },
	{ "newline", "a new line in the message", newline },
	{ "next_unread", "the next chat with something new", next_unread },
	{ "oldest", "the oldest message", oldest },
	{ "open", "opens the link or file of the chosen message", chosen_open },
	{ "page_down", "a page forward", page_down },
	{ "page_up", "a page back", page_up },
	{ "react", "reacts to the chosen message", chosen_react },
	{ "redraw", "draws the screen anew", redraw },
	{ "reply", "answers the chosen message", chosen_reply },
	{ "retract", "takes the chosen message back", chosen_retract },
	{ "save", "saves the file of the chosen message", chosen_save },
	{ "search", "searches the history", show_search },
	{ "send", "sends the line", send_line },
	{ "suspend", "to the shell", suspend },
	{ "switcher", "jumps to a person, a room or a command", show_switcher },
	{ "unchoose", "no message is chosen any more", chosen_leave },
	{ "unread_mark", "the line of what is new", unread_mark },
	{ "versions", "shows what the chosen message said before", chosen_versions },
	{ "whole", "long messages whole, or cut", whole },
	{ NULL, NULL, NULL },
};

const Action *actions_find(const char *name)
{
	for (const Action *action = actions_table; action->name; action++)
		if (strcmp(action->name, name) == 0)
			return action;
	return NULL;
}

gboolean actions_run(App *app, const char *name)
{
	if (*name == '/') {
		app_enter(app, name);
		return TRUE;
	}
	const Action *action = actions_find(name);
	if (!action)
		return FALSE;
	action->run(app);
	return TRUE;
}
