/* app.c: see app.h.
 *
 * Order of importance in the loop: keys (G_PRIORITY_HIGH; the line is echoed before anything else is drawn), the next frame,
 * then what the hub sends, 64 kB at a time. The frame stands above the hub's link, or a flood would never be seen.
 */
#include "config.h"
#include "app.h"

#include "actions.h"
#include "alert.h"
#include "base/moment.h"
#include "events.h"
#include "frame.h"
#include "screen-commands.h"
#include "typing.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FRAME_US 16000
#define FRAME_MOST_US 120000 /* frames that take long come less often */
#define KEY_GIVE_UP_MS 40
#define PASTE_GIVE_UP_MS 3000
#define PRIORITY_FRAME (G_PRIORITY_DEFAULT - 20)

/* ---- drawing ---- */

void app_draw(App *app)
{
	app->last_frame = g_get_monotonic_time();
	frame_draw(app->frame, app);
	app->frame_cost = g_get_monotonic_time() - app->last_frame;
}

static gboolean on_frame(gpointer user)
{
	App *app = user;
	app->frame_source = 0;
	if (app->dirty) {
		app_mark_read(app);
		app_draw(app);
		alert_title(app);
	}
	return G_SOURCE_REMOVE;
}

void app_dirty(App *app, guint parts)
{
	app->dirty |= parts;
	if (app->frame_source || !parts)
		return;
	gint64 wait = app->last_frame + CLAMP(app->frame_cost * 4, FRAME_US, FRAME_MOST_US) - g_get_monotonic_time();
	app->frame_source = g_timeout_add_full(PRIORITY_FRAME, wait > 0 ? (guint)((wait + 999) / 1000) : 0, on_frame, app, NULL);
}

/* ---- what the chat looks like ---- */

void app_style(App *app, const Tab *tab, AppStyle *style)
{
	memset(style, 0, sizeof *style);
	style->style.time_format = config_text(app->config, "time_format");
	style->style.date_format = config_text(app->config, "date_format");
	style->style.kind = tab->kind;
	style->style.account = tab->account;
	style->style.address = tab->address;
	style->style.model = app->model;
	style->style.styling = config_flag(app->config, "styling");
	style->style.text_colours = config_flag(app->config, "text_colours");
	style->style.colours = config_flag(app->config, "nick_colours");
	style->style.reader = tab->account ? app_reader(app) : NULL;
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	Chat *chat = tab_chat(tab, app->model);
	style->style.archive = account && account_can(account, "archive") && account_is_online(account);
	if (chat)
		style->style.hole = chat_hole(chat);
	else if (account && tab->kind == CHAT_DIRECT)
		style->style.hole = account->hole;
	const char *nick = tab->kind == CHAT_DIRECT ? NULL : chat && chat->nick ? chat->nick : account ? account->nick : NULL;
	style->own = g_strdup(nick && *nick ? nick : "me");
	style->style.own = style->own;
	if (tab->account && tab->kind != CHAT_ROOM) {
		const char *slash = tab->kind == CHAT_PRIVATE ? strchr(tab->address, '/') : NULL;
		g_autofree char *title = tab_title(tab, app->model);
		g_autofree char *clean = text_clean(title, TEXT_LINE);
		g_strstrip(clean);
		char *space = slash ? NULL : strchr(clean, ' '); /* the first name is enough, the whole one stands above */
		if (space && space - clean >= 3)
			*space = 0;
		style->other = slash ? g_strdup(slash + 1) : g_strdup(clean);
		style->style.other = style->other;
	}
	if (!tab->account)
		style->empty = g_strdup(model_accounts(app->model)->len ? "F2 goes to a person or a room, F1 helps" : "/account add adds an account, F1 helps");
	else
		style->empty = g_strdup(tab->kind == CHAT_ROOM ? "nothing was said here yet" : "no messages yet: write the first");
	style->style.empty = style->empty;
}

void app_style_clear(AppStyle *style)
{
	g_clear_pointer(&style->own, g_free);
	g_clear_pointer(&style->other, g_free);
	g_clear_pointer(&style->empty, g_free);
}

Reader *app_reader(App *app)
{
	if (!app->reader && g_file_test(app->paths->history, G_FILE_TEST_EXISTS))
		app->reader = reader_open(app->paths->history, NULL);
	return app->reader;
}

void app_say(App *app, Tab *tab, EntryKind kind, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	timeline_add_local((tab ? tab : tabs_current(app->tabs))->view.timeline, kind, text);
	app_dirty(app, DIRTY_CHAT);
}

void app_note(App *app, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_free(app->note);
	app->note = g_strdup_vprintf(format, args);
	va_end(args);
	app_dirty(app, DIRTY_INPUT);
}

static gboolean take_time(const WireMessage *message, gpointer user)
{
	*(gint64 *)user = message->time;
	return FALSE;
}

void app_to_message(App *app, Tab *tab, gint64 id)
{
	gint64 time = 0;
	const Entry *entry = timeline_find(tab->view.timeline, id);
	if (entry)
		time = entry->time;
	else if (app_reader(app))
		reader_message(app->reader, id, take_time, &time, NULL);
	AppStyle style;
	app_style(app, tab, &style);
	if (!time || !chatview_to_message(&tab->view, id, time, &style.style))
		app_note(app, "that message is no longer in the history");
	else
		chatview_unchoose(&tab->view);
	app_style_clear(&style);
	app_dirty(app, DIRTY_ALL);
}

void app_enter(App *app, const char *line)
{
	screen_commands_enter(app, tabs_current(app->tabs), line);
}

/* ---- tabs ---- */

void app_load(App *app, Tab *tab)
{
	if (tab->loaded || !tab->account || !app_reader(app))
		return;
	g_autoptr(GError) error = NULL;
	tab->loaded = TRUE;
	if (!timeline_load_newest(tab->view.timeline, app->reader, &error))
		timeline_add_local(tab->view.timeline, ENTRY_FAILURE, error->message);
}

void app_mark_read(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	Chat *chat = tab_chat(tab, app->model);
	if (!chat || !app->looked_at || !tab->view.follow || app->list_shown)
		return;
	tab->view.below = 0;
	if (chat->unread == 0 || chat->last == 0 || tab->told_read >= chat->last_time)
		return;
	if (!attach_is_up(app->attach))
		return;
	tab->told_read = chat->last_time;
	attach_send(app->attach, &WIRE(READ, Read, .account = tab->account, .chat = tab->address, .chat_kind = chat->kind, .time = chat->last_time));
}

void app_go(App *app, Tab *tab)
{
	Tab *old = tabs_current(app->tabs);
	if (old != tab) {
		typing_stop(app, TRUE);
		g_free(old->draft);
		old->draft = input_is_empty(app->input) ? NULL : g_strdup(input_text(app->input));
		chatview_unchoose(&old->view);
		if (old->view.follow)
			old->view.new_after = -1;
		old->view.found = 0;
		tabs_set_current(app->tabs, tab);
		tab->view.rows = old->view.rows; /* it is drawn in the same place */
		tab->view.columns = old->view.columns;
		input_set(app->input, tab->draft);
		g_clear_pointer(&tab->draft, g_free);
	}
	const Chat *chat = tab_chat(tab, app->model);
	if (chat && chat->unread > 0 && tab->view.follow)
		tab->view.new_after = chat->read;
	app_load(app, tab);
	app_mark_read(app);
	app_dirty(app, DIRTY_ALL);
}

/* ---- protocols ---- */

static void on_protocols(Protocols *protocols, gpointer user)
{
	App *app = user;
	app->protocols = protocols;
	if (app->view && app->view->kind->protocols)
		app->view->kind->protocols(app->view);
	actions_complete_again(app);
	app_dirty(app, DIRTY_VIEW);
}

void app_want_protocols(App *app)
{
	if (app->protocols_asked)
		return;
	app->protocols_asked = TRUE;
	protocols_read(config_text(app->config, "plugin_dir"), on_protocols, app);
}

/* ---- what is above ---- */

void app_show(App *app, View *view)
{
	View *old = app->view;
	app->view = view;
	if (old)
		old->kind->free(old);
	app->list_focus = FALSE;
	app_dirty(app, DIRTY_ALL);
}

/* ---- settings ---- */

static void apply_bindings(App *app)
{
	keys_free(app->keys);
	app->keys = keys_new();
	g_auto(GStrv) names = config_keys(app->config, "bind");
	for (char **name = names; name && *name; name++)
		if (!keys_bind(app->keys, *name, config_get(app->config, "bind", *name)) && app->ready)
			app_say(app, tabs_home(app->tabs), ENTRY_FAILURE, "\"%s\" is no name of a key: /bind", *name);
}

static void apply_theme(App *app)
{
	screen_set_theme(theme_kind(config_text(app->config, "theme"), app->background));
}

void app_apply_settings(App *app)
{
	static const char *const sorts[] = { "presence", "name", "activity", NULL };
	apply_theme(app);
	screen_set_mouse(config_flag(app->config, "mouse"));
	paint_set_emoji(config_flag(app->config, "emoji_simple") ? WRAP_SIMPLE_EMOJI : WRAP_ALL_EMOJI);
	int sort = wire_word_find(sorts, config_text(app->config, "list_sort"));
	list_set_sort(app->list, sort < 0 ? LIST_BY_PRESENCE : (ListSort)sort, config_flag(app->config, "show_offline"));
	apply_bindings(app);
	for (guint i = 0; i < tabs_count(app->tabs); i++)
		timeline_forget_lines(tabs_at(app->tabs, i)->view.timeline);
	app_dirty(app, DIRTY_ALL | DIRTY_LAYOUT);
}

/* ---- keys ---- */

static void set_idle(App *app, gboolean idle)
{
	if (app->idle == idle)
		return;
	app->idle = idle;
	attach_send(app->attach, &WIRE(IDLE, Idle, .idle = idle));
}

/* One timer that looks again when the time could be up; keys only note when they came. */
static gboolean on_idle_time(gpointer user)
{
	App *app = user;
	app->idle_source = 0;
	gint64 after = config_number(app->config, "away_after");
	gint64 quiet = (g_get_monotonic_time() - app->last_key) / G_USEC_PER_SEC;
	if (after == 0)
		return G_SOURCE_REMOVE;
	if (quiet >= after)
		set_idle(app, TRUE);
	else
		app->idle_source = g_timeout_add_seconds((guint)(after - quiet), on_idle_time, app);
	return G_SOURCE_REMOVE;
}

static void note_key(App *app)
{
	app->last_key = g_get_monotonic_time();
	set_idle(app, FALSE);
	gint64 after = config_number(app->config, "away_after");
	if (!app->idle_source && after > 0)
		app->idle_source = g_timeout_add_seconds((guint)after, on_idle_time, app);
}

static void take_paste(App *app, const Key *key)
{
	if (key->cut) {
		g_autofree char *size = g_format_size(key->length + key->cut);
		app_say(app, NULL, ENTRY_FAILURE, "nothing was inserted: what was pasted has %s, and a message holds at most 256 kB", size);
		return;
	}
	g_autofree char *text = g_strdup(key->text);
	gsize length = strlen(text);
	while (length > 0 && (text[length - 1] == '\n' || text[length - 1] == '\r')) /* a copied line is not two */
		text[--length] = 0;
	input_insert(app->input, text);
}

static void take_mouse(App *app, const Key *key)
{
	if (strcmp(key->name, "Click") == 0)
		frame_click(app->frame, app, key->x, key->y);
	else
		actions_run(app, strcmp(key->name, "WheelUp") == 0 ? "line_up" : "line_down");
}

static gboolean list_key(App *app, const Key *key)
{
	g_autofree char *filter = g_strdup(list_filter(app->list));
	g_autofree char *longer = NULL;
	if (key->type == KEY_TYPE_TEXT && strlen(filter) < 200) {
		longer = g_strconcat(filter, key->text, NULL);
	} else if (key->type == KEY_TYPE_NAMED && strcmp(key->name, "Backspace") == 0) {
		char *last = g_utf8_find_prev_char(filter, filter + strlen(filter));
		if (last)
			*last = 0;
		longer = g_strdup(filter);
	} else {
		return FALSE;
	}
	list_set_filter(app->list, longer);
	const GArray *rows = list_rows(app->list, app->model);
	for (guint i = 0; i < rows->len && *longer; i++)
		if (g_array_index(rows, ListRow, i).item) {
			list_choose(app->list, app->model, (int)i);
			break;
		}
	app_dirty(app, DIRTY_LIST);
	return TRUE;
}

static void input_gets(App *app, const Key *key)
{
	if (app->banner && attach_is_up(app->attach))
		g_clear_pointer(&app->banner, g_free);
	if (input_candidates(app->input, &(int){ 0 }))
		app_dirty(app, DIRTY_LIST | DIRTY_CHAT);
	input_end_completion(app->input);
	if (key->type == KEY_TYPE_PASTE)
		take_paste(app, key);
	else
		input_key(app->input, key);
	if (input_accepted(app->input))
		actions_run(app, "send");
	typing_follow(app);
	app->dirty |= DIRTY_INPUT;
}

static void on_key(const Key *key, gpointer user)
{
	App *app = user;
	gboolean named = key->type == KEY_TYPE_NAMED;
	if (named && strcmp(key->name, "FocusOut") == 0) {
		app->looked_at = FALSE;
		return;
	}
	if (named && strcmp(key->name, "FocusIn") == 0) {
		app->looked_at = TRUE;
		app_mark_read(app);
		events_watch_waiting(app);
		app_dirty(app, DIRTY_STATUS);
		return;
	}
	if (key->type == KEY_TYPE_BACKGROUND) {
		app->background = strcmp(key->name, "light") ? "dark" : "light";
		apply_theme(app);
		app_dirty(app, DIRTY_ALL);
		return;
	}
	note_key(app);
	if (app->note) {
		g_clear_pointer(&app->note, g_free);
		app->dirty |= DIRTY_INPUT;
	}
	if (!named || strcmp(key->name, "Ctrl-C") != 0)
		app->dry_cancel = FALSE;
	if (key->type == KEY_TYPE_MOUSE) {
		if (!app->view)
			take_mouse(app, key);
		return;
	}
	if (app->view && app->view->kind->key(app->view, key)) {
		app_dirty(app, DIRTY_VIEW | DIRTY_BAR);
		return;
	}
	gboolean chosen = !app->view && !app->list_focus && chatview_chosen(&tabs_current(app->tabs)->view);
	KeyContext context = app->view ? KEYS_ALWAYS : app->list_focus ? KEYS_LIST : chosen ? KEYS_MESSAGE : KEYS_INPUT;
	const char *action = named || (chosen && key->type == KEY_TYPE_TEXT) ? keys_action(app->keys, context, key->name) : NULL;
	if (chosen && !action) { /* whatever else is typed is for the line again */
		actions_run(app, "unchoose");
		action = named ? keys_action(app->keys, KEYS_INPUT, key->name) : NULL;
	}
	if (action && !actions_run(app, action))
		app_say(app, NULL, ENTRY_FAILURE, "the key %s is bound to \"%s\", which is no action", key->name, action);
	if (action || app->view)
		return;
	if (app->list_focus) {
		if (list_key(app, key))
			return;
		actions_run(app, "list_leave");
	}
	if (key->type != KEY_TYPE_PASTE || key->length || key->cut)
		input_gets(app, key);
}

/* After keys: the line first, alone; everything else with the next frame. */
static void echo_line(App *app)
{
	guint rest = app->dirty & ~(DIRTY_INPUT | DIRTY_VIEW);
	if (!(app->dirty & (DIRTY_INPUT | DIRTY_VIEW)))
		return;
	if (rest & DIRTY_LAYOUT) {
		frame_draw(app->frame, app);
		return;
	}
	app->dirty &= DIRTY_INPUT | DIRTY_VIEW;
	frame_draw(app->frame, app);
	if (rest)
		app_dirty(app, rest);
}

static guint give_up_source; /* what waits for the rest of a key */

static gboolean on_give_up(gpointer user)
{
	App *app = user;
	give_up_source = 0;
	key_reader_give_up(app->key_reader, on_key, app);
	echo_line(app);
	return G_SOURCE_REMOVE;
}

static gboolean on_stdin(int fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	App *app = user;
	char bytes[65536];
	gssize n = read(fd, bytes, sizeof bytes);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0) { /* the terminal is gone */
		g_main_loop_quit(app->loop);
		return G_SOURCE_REMOVE;
	}
	if (give_up_source)
		g_source_remove(give_up_source);
	give_up_source = 0;
	key_reader_feed(app->key_reader, bytes, (gsize)n, on_key, app);
	if (key_reader_waits(app->key_reader))
		give_up_source = g_timeout_add_full(G_PRIORITY_HIGH, key_reader_in_string(app->key_reader) ? PASTE_GIVE_UP_MS : KEY_GIVE_UP_MS, on_give_up, app, NULL);
	echo_line(app);
	return G_SOURCE_CONTINUE;
}

/* ---- life ---- */

static gboolean on_clock(gpointer user);

/* To the next minute: the clock is all that moves when nothing happens. */
static void set_clock(App *app)
{
	gint64 left = 60 - moment_now() / G_USEC_PER_SEC % 60;
	app->clock_source = g_timeout_add_seconds((guint)left, on_clock, app);
}

static gboolean on_clock(gpointer user)
{
	App *app = user;
	app_dirty(app, DIRTY_TABS | DIRTY_INPUT);
	set_clock(app);
	return G_SOURCE_REMOVE;
}

static void on_resize(gpointer user)
{
	app_dirty(user, DIRTY_ALL | DIRTY_LAYOUT);
}

static void on_end(int signal G_GNUC_UNUSED, gpointer user)
{
	App *app = user;
	g_main_loop_quit(app->loop);
}

void app_quit(App *app)
{
	app->quitting = TRUE;
	attach_flush(app->attach);
	g_main_loop_quit(app->loop);
}

static const ScreenEvents screen_events = { .on_resize = on_resize, .on_continue = on_resize, .on_end = on_end };

static App *app_new(Paths *paths, Config *config)
{
	App *app = g_new0(App, 1);
	app->loop = g_main_loop_new(NULL, FALSE);
	app->paths = paths;
	app->config = config;
	app->model = model_new(events_on_changed, app);
	app->keys = keys_new();
	app->key_reader = key_reader_new();
	app->list = list_new();
	app->tabs = tabs_new();
	app->background = "dark";
	app->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	app->input = input_new();
	app->frame = frame_new();
	app->looked_at = TRUE;
	app->last_key = g_get_monotonic_time();
	return app;
}

static void drop_source(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void app_free(App *app)
{
	app_show(app, NULL);
	typing_stop(app, FALSE);
	drop_source(&app->frame_source);
	drop_source(&app->wait_source);
	drop_source(&app->clock_source);
	drop_source(&app->idle_source);
	drop_source(&give_up_source);
	attach_free(app->attach);
	model_free(app->model);
	g_clear_pointer(&app->reader, reader_free);
	frame_free(app->frame);
	input_free(app->input);
	tabs_free(app->tabs);
	list_free(app->list);
	key_reader_free(app->key_reader);
	keys_free(app->keys);
	config_free(app->config);
	g_free(app->banner);
	g_free(app->note);
	g_free(app->unfinished);
	g_hash_table_unref(app->told);
	g_free(app->card_account);
	protocols_free(app->protocols);
	g_main_loop_unref(app->loop);
	g_free(app);
}

int app_run(Paths *paths)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
	Config *config = config_load(paths->config, complaints, &error);
	if (!config) {
		g_printerr("kith: %s\n", error->message);
		return 1;
	}
	signal(SIGPIPE, SIG_IGN);
	App *app = app_new(paths, config);
	screen_open(&screen_events, app);
	app_apply_settings(app);
	for (guint i = 0; i < complaints->len; i++)
		app_say(app, tabs_home(app->tabs), ENTRY_FAILURE, "%s", (char *)complaints->pdata[i]);
	g_unix_set_fd_nonblocking(STDIN_FILENO, FALSE, NULL);
	guint stdin_source = g_unix_fd_add_full(G_PRIORITY_HIGH, STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_stdin, app, NULL);
	set_clock(app);
	note_key(app);
	app->attach = attach_new(paths, &events_of_hub, app);
	g_main_loop_run(app->loop);
	GSource *source = g_main_context_find_source_by_id(NULL, stdin_source);
	if (source)
		g_source_destroy(source);
	alert_end();
	frame_free(app->frame);
	app->frame = NULL;
	screen_close();
	int code = app->exit_code;
	app_free(app);
	return code;
}
