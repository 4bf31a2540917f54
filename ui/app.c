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
#include "cards.h"
#include "frame.h"
#include "screen-commands.h"
#include "setup.h"
#include "status.h"

#include <errno.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#define FRAME_US 16000
#define FRAME_MOST_US 120000 /* frames that take long come less often */
#define KEY_GIVE_UP_MS 40
#define PASTE_GIVE_UP_MS 3000
#define TABS_BY_THEMSELVES 40 /* more tabs than this are opened by hand only */
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
	style->style.reader = tab->account ? app_reader(app) : NULL;
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	Chat *chat = tab_chat(tab, app->model);
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
		style->empty = g_strdup(model_accounts(app->model)->len ? "F2 goes to a person or a room, F1 helps" : "F1 helps; /account add NAME PROTOCOL ADDRESS adds an account");
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

void app_enter(App *app, const char *line)
{
	screen_commands_enter(app, tabs_current(app->tabs), line);
}

/* ---- tabs ---- */

static void load(App *app, Tab *tab)
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
	if (chat->unread == 0 || chat->last == 0 || tab->told_read >= chat->last)
		return;
	if (!attach_is_up(app->attach))
		return;
	tab->told_read = chat->last;
	attach_send(app->attach, &WIRE(READ, Read, .account = tab->account, .chat = tab->address, .id = chat->last));
}

/* What the user begins to write, and stops writing, is told where the account can and the user wants it. */
static struct {
	Tab *tab;
	Typing told;
	guint source;
} typing;

static void tell_typing(App *app, Tab *tab, Typing state)
{
	if (state != typing.told || tab != typing.tab)
		attach_send(app->attach, &WIRE(TYPING, ChatTyping, .account = tab->account, .chat = tab->address, .typing = state));
	typing.tab = state == TYPING_STOPPED ? NULL : tab;
	typing.told = state;
}

static gboolean on_typing_pause(gpointer user)
{
	App *app = user;
	typing.source = 0;
	if (typing.tab && typing.told == TYPING_COMPOSING)
		tell_typing(app, typing.tab, TYPING_PAUSED);
	return G_SOURCE_REMOVE;
}

static void stop_typing(App *app, gboolean tell)
{
	if (typing.source)
		g_source_remove(typing.source);
	typing.source = 0;
	if (typing.tab && tell)
		tell_typing(app, typing.tab, TYPING_STOPPED);
	typing.tab = NULL;
	typing.told = TYPING_STOPPED;
}

static void follow_typing(App *app)
{
	Tab *tab = tabs_current(app->tabs);
	const char *text = input_text(app->input);
	Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
	gboolean words = *text && (*text != '/' || g_str_has_prefix(text, "/me ") || g_str_has_prefix(text, "//"));
	if (!account || !words || !account_is_online(account) || !account_can(account, "typing") || tab->kind == CHAT_ROOM || !config_flag(app->config, "send_typing")) {
		stop_typing(app, TRUE);
		return;
	}
	tell_typing(app, tab, TYPING_COMPOSING);
	if (typing.source)
		g_source_remove(typing.source);
	typing.source = g_timeout_add_seconds(6, on_typing_pause, app);
}

void app_go(App *app, Tab *tab)
{
	Tab *old = tabs_current(app->tabs);
	if (old != tab) {
		stop_typing(app, TRUE);
		g_free(old->draft);
		old->draft = input_is_empty(app->input) ? NULL : g_strdup(input_text(app->input));
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
	load(app, tab);
	app_mark_read(app);
	app_dirty(app, DIRTY_ALL);
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

/* ---- the hub ---- */

static void watch_waiting(App *app);

static gboolean on_wait(gpointer user)
{
	App *app = user;
	app->wait_source = 0;
	app_dirty(app, DIRTY_STATUS);
	watch_waiting(app);
	return G_SOURCE_REMOVE;
}

/* A countdown is drawn while one runs, and only then. */
static void watch_waiting(App *app)
{
	guint next = app->looked_at ? status_next_change(app->model) : 0;
	if (app->wait_source || !next)
		return;
	app->wait_source = g_timeout_add_seconds(next, on_wait, app);
}

static void on_room_joined(App *app, Chat *chat)
{
	gboolean asked = app->join_until > g_get_monotonic_time();
	Tab *tab = tabs_find(app->tabs, chat->account->name, chat->address);
	if (!tab && !asked && tabs_count(app->tabs) >= TABS_BY_THEMSELVES)
		return;
	gboolean fresh = !tab;
	tab = tabs_open(app->tabs, chat->account->name, chat->address, CHAT_ROOM);
	app_dirty(app, DIRTY_TABS);
	if (asked && (fresh || !tab->in_use)) {
		tab->in_use = TRUE;
		app->join_until = 0;
		app_go(app, tab);
	}
}

static void on_changed(ModelPart part, gpointer thing, gpointer user)
{
	App *app = user;
	switch (part) {
	case MODEL_ACCOUNT:
		watch_waiting(app);
		app_dirty(app, DIRTY_STATUS | DIRTY_CHAT | DIRTY_INPUT);
		if (!thing)
			list_changed(app->list);
		break;
	case MODEL_CONTACT:
		list_changed(app->list);
		app_dirty(app, DIRTY_LIST | DIRTY_CHAT | DIRTY_TABS);
		break;
	case MODEL_CHAT:
		list_chat_changed(app->list, thing);
		app_dirty(app, DIRTY_LIST | DIRTY_TABS | DIRTY_CHAT);
		break;
	case MODEL_OCCUPANTS:
		if (thing && thing == tab_chat(tabs_current(app->tabs), app->model))
			app_dirty(app, DIRTY_CHAT);
		break;
	case MODEL_TYPING:
		app_dirty(app, DIRTY_LIST | DIRTY_INPUT);
		break;
	case MODEL_CARD:
		app_dirty(app, DIRTY_INPUT | DIRTY_BAR);
		break;
	case MODEL_READY:
		break;
	}
	if (app->view && app->view->kind->changed)
		app->view->kind->changed(app->view, part, thing);
}

static void on_new_message(App *app, const WireMessage *message)
{
	Tab *tab = tabs_find(app->tabs, message->account, message->chat);
	gboolean worth = message->type != MESSAGE_EVENT && (message->chat_kind != CHAT_ROOM || message->direction == DIRECTION_OUT);
	if (!tab && worth && tabs_count(app->tabs) < TABS_BY_THEMSELVES) {
		tab = tabs_open(app->tabs, message->account, message->chat, message->chat_kind);
		app_dirty(app, DIRTY_TABS);
	}
	alert_message(app, message);
	if (!tab)
		return;
	gboolean shown = tab == tabs_current(app->tabs);
	if (!tab->loaded && shown)
		load(app, tab);
	if (!tab->loaded && app_reader(app))
		return; /* it is read from the history when it is looked at */
	if (message->direction == DIRECTION_OUT && !message->delayed && shown && tab->view.follow)
		tab->view.new_after = -1;
	gboolean in = timeline_add(tab->view.timeline, message, chatview_keep(&tab->view));
	if (!tab->view.follow || !in)
		tab->view.below++;
	if (!shown)
		return;
	Chat *chat = tab_chat(tab, app->model);
	if (chat && !app->looked_at && tab->view.new_after < 0 && message->direction == DIRECTION_IN)
		tab->view.new_after = chat->read;
	if (!app->frame_source) /* else with the next frame: in a flood the hub is told once a frame, not once a message */
		app_mark_read(app);
	app_dirty(app, DIRTY_CHAT);
}

static void on_notice(App *app, const WireNotice *notice)
{
	Tab *tab = notice->account && notice->chat ? tabs_find(app->tabs, notice->account, notice->chat) : NULL;
	gboolean home = !tab;
	tab = tab ? tab : tabs_home(app->tabs);
	app_say(app, tab, notice->failure ? ENTRY_FAILURE : ENTRY_LOCAL, "%s%s%s", home && notice->account ? notice->account : "",
	        home && notice->account ? ": " : "", notice->text);
}

static void on_setting(App *app, const WireSetting *setting)
{
	config_set(app->config, setting->group, setting->name, setting->value);
	if (app->ready)
		app_apply_settings(app);
}

/* Rooms first, then by name, so that tabs stand where they stood the last time. */
static int compare_chats(gconstpointer a, gconstpointer b)
{
	const Chat *x = *(Chat *const *)a, *y = *(Chat *const *)b;
	if ((x->kind == CHAT_ROOM) != (y->kind == CHAT_ROOM))
		return x->kind == CHAT_ROOM ? -1 : 1;
	int by_address = strcmp(x->address, y->address);
	return by_address ? by_address : strcmp(x->account->name, y->account->name);
}

static void open_what_waits(App *app)
{
	g_autoptr(GPtrArray) chats = g_ptr_array_new();
	const GPtrArray *accounts = model_accounts(app->model);
	for (guint i = 0; i < accounts->len; i++) {
		GHashTableIter iter;
		gpointer value;
		g_hash_table_iter_init(&iter, ((Account *)accounts->pdata[i])->chats);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			Chat *chat = value;
			if (chat->kind == CHAT_ROOM ? chat->joined : chat->unread > 0)
				g_ptr_array_add(chats, chat);
		}
	}
	g_ptr_array_sort(chats, compare_chats);
	for (guint i = 0; i < chats->len && tabs_count(app->tabs) < TABS_BY_THEMSELVES; i++) {
		const Chat *chat = chats->pdata[i];
		tabs_open(app->tabs, chat->account->name, chat->address, chat->kind);
	}
}

static void say_trouble(App *app, const Account *account)
{
	g_autofree char *trouble = status_trouble(account);
	if (trouble)
		app_say(app, tabs_home(app->tabs), ENTRY_FAILURE, "%s: %s", account->name, trouble);
}

static void on_ready(App *app)
{
	gboolean first = !app->ready;
	app->ready = TRUE;
	app_apply_settings(app);
	open_what_waits(app);
	list_changed(app->list);
	for (guint i = 1; i < tabs_count(app->tabs); i++) { /* what came while the hub was away */
		Tab *tab = tabs_at(app->tabs, i);
		tab->loaded = tab->loaded && !tab->view.follow;
	}
	load(app, tabs_current(app->tabs));
	app_mark_read(app);
	for (guint i = 0; first && i < model_accounts(app->model)->len; i++) {
		const Account *account = model_accounts(app->model)->pdata[i];
		if (account->enabled && account->state == ACCOUNT_ERROR)
			say_trouble(app, account);
	}
	if (first && model_accounts(app->model)->len == 0 && !app->view)
		app_show(app, setup_view_new(app));
	if (app->idle)
		attach_send(app->attach, &WIRE(IDLE, Idle, .idle = TRUE));
	app_dirty(app, DIRTY_ALL);
}

/* An account that fails says so once for each reason, in plain words, at home. */
static void on_account(App *app, const WireAccount *event)
{
	Account *account = model_account(app->model, event->account);
	AccountState state = account ? account->state : ACCOUNT_OFFLINE;
	Reason reason = account ? account->reason : REASON_NONE;
	model_apply(app->model, (const Wire *)event);
	account = model_account(app->model, event->account);
	gboolean stopped = event->state == ACCOUNT_ERROR || event->state == ACCOUNT_WAITING;
	if (!account || !stopped || !app->ready || event->reason == REASON_NONE || (reason == event->reason && (state == event->state || state == ACCOUNT_CONNECTING)))
		return;
	say_trouble(app, account);
}

static void on_event(const Wire *event, gpointer user)
{
	App *app = user;
	switch ((int)event->kind) {
	case WIRE_SETTING:
		on_setting(app, (const WireSetting *)event);
		return;
	case WIRE_NOTICE:
		on_notice(app, (const WireNotice *)event);
		return;
	case WIRE_ACCOUNT:
		on_account(app, (const WireAccount *)event);
		return;
	case WIRE_MESSAGE_STATE: {
		const WireMessageStateChange *change = (const WireMessageStateChange *)event;
		Tab *tab = tabs_find(app->tabs, change->account, change->chat);
		if (tab && timeline_set_state(tab->view.timeline, change) && tab == tabs_current(app->tabs))
			app_dirty(app, DIRTY_CHAT);
		return;
	}
	default:
		break;
	}
	gboolean was_joined = FALSE;
	if (event->kind == WIRE_ROOM) {
		const WireRoom *room = (const WireRoom *)event;
		Account *account = model_account(app->model, room->account);
		Chat *chat = account ? model_chat(account, room->chat) : NULL;
		was_joined = chat && chat->joined;
	}
	model_apply(app->model, event);
	if (event->kind == WIRE_MESSAGE) {
		on_new_message(app, (const WireMessage *)event);
	} else if (event->kind == WIRE_ROOM && app->ready) {
		const WireRoom *room = (const WireRoom *)event;
		Account *account = model_account(app->model, room->account);
		Chat *chat = account ? model_chat(account, room->chat) : NULL;
		if (chat && chat->joined && !was_joined)
			on_room_joined(app, chat);
	} else if (event->kind == WIRE_CHAT_GONE) {
		const WireChatGone *gone = (const WireChatGone *)event;
		Tab *tab = tabs_find(app->tabs, gone->account, gone->chat);
		if (tab) {
			tab->view.bottom = NULL;
			tab->view.follow = TRUE;
			timeline_clear(tab->view.timeline);
		}
		app_dirty(app, DIRTY_CHAT);
	} else if (event->kind == WIRE_READY) {
		on_ready(app);
	}
}

static void on_attached(gpointer user)
{
	App *app = user;
	/* The hub tells everything from the beginning: what is known starts anew, unseen. */
	model_free(app->model);
	app->model = model_new(on_changed, app);
	list_changed(app->list);
	g_clear_pointer(&app->reader, reader_free);
	if (app->banner)
		app_say(app, tabs_home(app->tabs), ENTRY_LOCAL, "connected to the hub again");
	g_clear_pointer(&app->banner, g_free);
	app_dirty(app, DIRTY_ALL);
}

static void on_lost(const char *why, gboolean again, gpointer user)
{
	App *app = user;
	if (app->quitting) {
		g_main_loop_quit(app->loop);
		return;
	}
	g_autofree char *banner = g_strdup_printf("%s%s", why, again ? "; trying again" : "");
	if (!app->banner || strcmp(app->banner, banner) != 0)
		app_say(app, tabs_home(app->tabs), ENTRY_FAILURE, "%s", why);
	g_free(app->banner);
	app->banner = g_steal_pointer(&banner);
	app_dirty(app, DIRTY_INPUT);
}

static const AttachEvents attach_events = { .on_event = on_event, .on_attached = on_attached, .on_lost = on_lost };

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

void app_apply_settings(App *app)
{
	static const char *const sorts[] = { "presence", "name", "activity", NULL };
	screen_set_theme(theme_kind(config_text(app->config, "theme")));
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
	follow_typing(app);
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
		watch_waiting(app);
		app_dirty(app, DIRTY_STATUS);
		return;
	}
	note_key(app);
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
	KeyContext context = app->view ? KEYS_ALWAYS : app->list_focus ? KEYS_LIST : KEYS_INPUT;
	const char *action = named ? keys_action(app->keys, context, key->name) : NULL;
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
		give_up_source = g_timeout_add_full(G_PRIORITY_HIGH, key_reader_in_paste(app->key_reader) ? PASTE_GIVE_UP_MS : KEY_GIVE_UP_MS, on_give_up, app, NULL);
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
	app->model = model_new(on_changed, app);
	app->keys = keys_new();
	app->key_reader = key_reader_new();
	app->list = list_new();
	app->tabs = tabs_new();
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
	stop_typing(app, FALSE);
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
	app->attach = attach_new(paths, &attach_events, app);
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
