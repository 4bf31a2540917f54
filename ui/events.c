/* events.c: see events.h. Events change the model by model_apply, as in the hub; what is drawn of it is only marked here. */
#include "config.h"
#include "events.h"

#include "alert.h"
#include "cards.h"
#include "setup.h"
#include "status.h"

#include <string.h>

#define TABS_BY_THEMSELVES 40 /* more tabs than this are opened by hand only */

static gboolean on_wait(gpointer user)
{
	App *app = user;
	app->wait_source = 0;
	app_dirty(app, DIRTY_STATUS);
	events_watch_waiting(app);
	return G_SOURCE_REMOVE;
}

/* A countdown is drawn while one runs, and only then. */
void events_watch_waiting(App *app)
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

/* A question that comes of what was just done is opened, unless something else is. */
static void open_expected_card(App *app, const Card *card)
{
	if (!card || app->view || !app->card_account || app->card_until < g_get_monotonic_time() || strcmp(card->account->name, app->card_account) != 0 || !input_is_empty(app->input))
		return;
	g_clear_pointer(&app->card_account, g_free);
	cards_open_one(app, card);
}

void events_on_changed(ModelPart part, gpointer thing, gpointer user)
{
	App *app = user;
	switch (part) {
	case MODEL_ACCOUNT:
		events_watch_waiting(app);
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
		open_expected_card(app, thing);
		break;
	case MODEL_TRANSFER:
		app_dirty(app, DIRTY_INPUT | DIRTY_CHAT);
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
	gboolean old = message->delayed || message->archived; /* what is only caught up with opens no tabs unless it is unread */
	gboolean worth = (message->type != MESSAGE_EVENT || message->mention) && (message->chat_kind != CHAT_ROOM || message->direction == DIRECTION_OUT) &&
	                 (!old || (message->direction == DIRECTION_IN && message->state == MESSAGE_UNREAD));
	if (!tab && worth && tabs_count(app->tabs) < TABS_BY_THEMSELVES) {
		tab = tabs_open(app->tabs, message->account, message->chat, message->chat_kind);
		app_dirty(app, DIRTY_TABS);
	}
	alert_message(app, message);
	if (!tab)
		return;
	gboolean shown = tab == tabs_current(app->tabs);
	if (!tab->loaded && shown)
		app_load(app, tab);
	if (!tab->loaded && app_reader(app))
		return; /* it is read from the history when it is looked at */
	if (message->direction == DIRECTION_OUT && !message->delayed && shown && tab->view.follow)
		tab->view.new_after = -1;
	timeline_add(tab->view.timeline, message, chatview_keep(&tab->view));
	if (!tab->view.follow && (!tab->view.bottom || message->time > tab->view.bottom->time))
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

/* A message that was told before has changed, or what hangs on it. */
static void on_changed_message(App *app, const WireMessage *message)
{
	Tab *tab = tabs_find(app->tabs, message->account, message->chat);
	if (!tab || (!tab->loaded && app_reader(app)))
		return;
	timeline_change(tab->view.timeline, message, chatview_keep(&tab->view));
	if (tab == tabs_current(app->tabs))
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

/* What home says once: the reason, and that it is given up. */
static gpointer trouble_of(const Account *account)
{
	return GINT_TO_POINTER((int)account->reason * 2 + (account->state == ACCOUNT_ERROR));
}

static void say_trouble(App *app, const Account *account)
{
	g_autofree char *trouble = status_trouble(account);
	g_hash_table_insert(app->told, g_strdup(account->name), trouble_of(account));
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
	app_load(app, tabs_current(app->tabs));
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
	if (first) /* this is what the user waits for: not with the next frame */
		app_draw(app);
}

/* An account that fails says so once for each reason, in plain words, at home. */
static void on_account(App *app, const WireAccount *event)
{
	model_apply(app->model, (const Wire *)event);
	const Account *account = model_account(app->model, event->account);
	if (!account || account->state == ACCOUNT_ONLINE || account->state == ACCOUNT_OFFLINE)
		g_hash_table_remove(app->told, event->account);
	else if (app->ready && account->state != ACCOUNT_CONNECTING && g_hash_table_lookup(app->told, account->name) != trouble_of(account))
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
		if (((const WireMessage *)event)->again)
			on_changed_message(app, (const WireMessage *)event);
		else
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
	app->model = model_new(events_on_changed, app);
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

const AttachEvents events_of_hub = { .on_event = on_event, .on_attached = on_attached, .on_lost = on_lost };
