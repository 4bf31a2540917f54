/* hub.c: one Hub a process: it brings its rooms up and down and passes events on. See hub.h for the rooms.
 */
#include "hub/hub.h"
#include "base/log.h"
#include "base/moment.h"
#include "history/textlog.h"
#include "hub/life.h"
#include <gio/gio.h>
#include <string.h>

#define STOP_MS 4000
#define ONCE_START_S 15
#define HISTORY_HIGH 20000
#define HISTORY_LOW 5000
#define SCREEN_HIGH (1024 * 1024)
#define SCREEN_LOW (256 * 1024)

void hub_publish(Hub *hub, const void *event)
{
	model_apply(hub->model, event);
	if (hub->clients)
		clients_broadcast(hub->clients, event);
}

void hub_notice(Hub *hub, const char *account, const char *chat, gboolean failure, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	log_write(failure ? LOG_WARNING : LOG_INFO, "%s%s%s", account ? account : "", account ? ": " : "", text);
	hub_publish(hub, &WIRE(NOTICE, Notice, .account = account, .chat = chat, .text = text, .failure = failure));
}

static Runner *nth_runner(Hub *hub, guint i)
{
	const GPtrArray *accounts = model_accounts(hub->model);
	return i < accounts->len ? runner_of(accounts->pdata[i]) : NULL;
}

/* ---- flow ---- */

void hub_check_flow(Hub *hub)
{
	guint waiting = history_backlog(hub->history);
	gsize backlog = hub->clients ? clients_backlog(hub->clients) : 0;
	gboolean pause = hub->backends_paused;
	if (waiting > HISTORY_HIGH || backlog > SCREEN_HIGH)
		pause = TRUE;
	else if (waiting < HISTORY_LOW && backlog < SCREEN_LOW)
		pause = FALSE;
	if (pause == hub->backends_paused)
		return;
	hub->backends_paused = pause;
	Runner *r;
	for (guint i = 0; (r = nth_runner(hub, i)); i++)
		runner_pause(r, pause);
}

/* ---- accounts ---- */

static void add_contact(const WireContact *contact, gpointer user)
{
	hub_publish(user, contact);
}

static void add_account(Hub *hub, const char *name, const char *protocol, const char *address, gboolean enabled)
{
	g_autoptr(GError) error = NULL;
	hub_publish(hub, &WIRE(ACCOUNT, Account, .account = name, .protocol = protocol, .address = address, .enabled = enabled,
	                       .since = moment_now(), .presence = hub->presence));
	if (!reader_contacts(hub->reader, name, add_contact, hub, &error))
		log_error("account \"%s\": its contacts can't be read: %s", name, error->message);
	runner_new(hub, model_account(hub->model, name));
}

static void remove_account(Hub *hub, Account *account)
{
	g_autofree char *name = g_strdup(account->name);
	files_forget(hub, name);
	runner_free(runner_of(account));
	passwords_set(hub->passwords, name, NULL, FALSE);
	history_remove_account(hub->history, name);
	hub_publish(hub, &WIRE(ACCOUNT_GONE, AccountGone, .account = name));
}

void hub_account_changed(Hub *hub, const char *name)
{
	g_autofree char *group = g_strconcat("account ", name, NULL);
	g_autofree char *copy = g_strdup(name);
	const char *protocol = config_get(hub->config, group, "protocol");
	const char *address = config_get(hub->config, group, "address");
	gboolean enabled = protocol && config_account_flag(hub->config, name, "enabled");
	Account *account = model_account(hub->model, name);
	if (account && (!protocol || !address)) {
		remove_account(hub, account);
		return;
	}
	if (!protocol || !address)
		return;
	if (account && (strcmp(account->protocol, protocol) || strcmp(account->address, address))) {
		remove_account(hub, account);
		account = NULL;
	}
	if (!account) {
		add_account(hub, copy, protocol, address, enabled);
		if (enabled)
			runner_connect(runner_of(model_account(hub->model, copy)));
		return;
	}
	if (!enabled)
		runner_disconnect(runner_of(account));
	else if (!account->enabled)
		runner_connect(runner_of(account));
	else
		runner_reconfigure(runner_of(account));
}

static void load_chat(const WireChat *chat, gpointer user)
{
	Hub *hub = user;
	WireChat event = *chat;
	const char *notify = config_chat_text(hub->config, chat->account, chat->chat, "notify");
	event.notify = notify && *notify ? notify : NULL;
	model_apply(hub->model, (const Wire *)&event);
}

static char *account_of_group(const char *group)
{
	return g_str_has_prefix(group, "account ") && group[8] ? g_strdup(group + 8) : NULL;
}

static void load_accounts(Hub *hub)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) groups = config_groups(hub->config);
	for (guint i = 0; groups[i]; i++) {
		g_autofree char *name = account_of_group(groups[i]);
		const char *protocol = name ? config_get(hub->config, groups[i], "protocol") : NULL;
		const char *address = name ? config_get(hub->config, groups[i], "address") : NULL;
		if (!name)
			continue;
		if (!protocol || !address || strlen(name) > 64 || strchr(name, '/')) {
			hub_notice(hub, NULL, NULL, TRUE, "%s: [%s] %s; the account is left out", hub->paths->config, groups[i],
			           strchr(name, '/') || strlen(name) > 64 ? "has no good name" : !protocol ? "lacks protocol=" : "lacks address=");
			continue;
		}
		add_account(hub, name, protocol, address, config_account_flag(hub->config, name, "enabled"));
	}
	if (!reader_chats(hub->reader, load_chat, hub, &error))
		log_error("the chats can't be read: %s", error->message);
}

void hub_connect_accounts(Hub *hub)
{
	Runner *r;
	for (guint i = 0; (r = nth_runner(hub, i)); i++)
		if (r->account->enabled)
			runner_connect(r);
}

/* ---- settings ---- */

static void on_texts_trouble(const char *text, gpointer user)
{
	hub_notice(user, NULL, NULL, TRUE, "%s", text);
}

static void follow_texts_setting(Hub *hub)
{
	gboolean wanted = config_flag(hub->config, "text_logs");
	if (wanted && !hub->texts)
		hub->texts = textlog_new(hub->paths->texts, on_texts_trouble, hub);
	else if (!wanted)
		g_clear_pointer(&hub->texts, textlog_free);
}

void hub_setting_changed(Hub *hub, const char *group, const char *name, const char *value)
{
	hub_publish(hub, &WIRE(SETTING, Setting, .group = group, .name = name, .value = value));
	if (!strcmp(group, "kith")) {
		follow_texts_setting(hub);
		if (!strcmp(name, "notifications"))
			desktop_reset(hub->desktop);
	} else if (g_str_has_prefix(group, "chat ") && !strcmp(name, "notify")) {
		Target target;
		g_autofree char *who = g_strdup(group + 5);
		if (!model_find(hub->model, who, NULL, &target, NULL))
			return;
		if (target.chat)
			hub_publish(hub, &WIRE(CHAT, Chat, .account = target.account->name, .chat = target.address, .chat_kind = target.kind,
				.unread = target.chat->unread, .mentions = target.chat->mentions, .read = target.chat->read, .last = target.chat->last,
				.last_time = target.chat->last_time, .notify = value));
		g_free(target.address);
	}
}

static void tell_complaints(Hub *hub, GPtrArray *complaints)
{
	for (guint i = 0; i < complaints->len; i++)
		hub_notice(hub, NULL, NULL, TRUE, "%s", (const char *)complaints->pdata[i]);
}

/* Every value of one that differs from the other is told. */
static void tell_differences(Hub *hub, Config *one, Config *other, GHashTable *accounts)
{
	g_auto(GStrv) groups = config_groups(one);
	for (guint i = 0; groups[i]; i++) {
		g_auto(GStrv) keys = config_keys(one, groups[i]);
		for (guint k = 0; keys[k]; k++) {
			const char *value = config_get(hub->config, groups[i], keys[k]);
			if (!g_strcmp0(config_get(one, groups[i], keys[k]), config_get(other, groups[i], keys[k])))
				continue;
			hub_setting_changed(hub, groups[i], keys[k], value);
			char *account = account_of_group(groups[i]);
			if (account)
				g_hash_table_add(accounts, account);
		}
	}
}

void hub_reload(Hub *hub)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GHashTable) accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	Config *fresh = config_load(hub->paths->config, complaints, &error), *old = hub->config;
	if (!fresh) {
		hub_notice(hub, NULL, NULL, TRUE, "the configuration was not read again: %s", error->message);
		return;
	}
	tell_complaints(hub, complaints);
	hub->config = hub->host.config = fresh;
	tell_differences(hub, old, fresh, accounts);
	tell_differences(hub, fresh, old, accounts);
	config_free(old);
	GHashTableIter iter;
	const char *name;
	g_hash_table_iter_init(&iter, accounts);
	while (g_hash_table_iter_next(&iter, (gpointer *)&name, NULL))
		hub_account_changed(hub, name);
	log_info("the configuration was read again");
}

/* ---- the end ---- */

static gboolean all_gone(Hub *hub)
{
	Runner *r;
	for (guint i = 0; (r = nth_runner(hub, i)); i++)
		if (!runner_is_gone(r))
			return FALSE;
	return TRUE;
}

static gboolean on_stop_overdue(gpointer user)
{
	Hub *hub = user;
	hub->stop_source = 0;
	g_main_loop_quit(hub->loop);
	return G_SOURCE_REMOVE;
}

void hub_stop(Hub *hub)
{
	Runner *r;
	if (hub->stopping)
		return;
	hub->stopping = TRUE;
	log_info("stopping");
	for (guint i = 0; (r = nth_runner(hub, i)); i++)
		runner_disconnect(r);
	hub->stop_source = g_timeout_add(STOP_MS, on_stop_overdue, hub);
	hub_check_purpose(hub);
}

static gboolean on_once_started(gpointer user)
{
	hub_check_purpose(user);
	return G_SOURCE_REMOVE;
}

void hub_check_purpose(Hub *hub)
{
	if (hub->stopping) {
		if (all_gone(hub))
			g_main_loop_quit(hub->loop);
		return;
	}
	if (hub->once && !clients_count(hub->clients) && g_get_monotonic_time() >= hub->start_deadline && !outbox_size(hub) && !files_busy(hub))
		hub_stop(hub);
	if (hub->owned && !clients_screens(hub->clients) && !hub->detached && !config_flag(hub->config, "stay_online"))
		hub_stop(hub);
}

/* ---- the beginning ---- */

static gboolean on_beat(gpointer user)
{
	Hub *hub = user;
	Runner *r;
	for (guint i = 0; (r = nth_runner(hub, i)); i++)
		if (!hub->backends_paused)
			runner_probe(r);
	return G_SOURCE_CONTINUE;
}

static void on_history_trouble(const char *text, gboolean failure, gpointer user)
{
	hub_notice(user, NULL, NULL, failure, "%s", text);
}

static const HistoryEvents history_events = { .on_trouble = on_history_trouble };

Hub *hub_new(Paths *paths, GError **error)
{
	g_autoptr(GPtrArray) complaints = g_ptr_array_new_with_free_func(g_free);
	Hub *hub = g_new0(Hub, 1);
	hub->paths = paths;
	hub->loop = g_main_loop_new(NULL, FALSE);
	hub->presence = PRESENCE_ONLINE;
	hub->start_deadline = g_get_monotonic_time() + ONCE_START_S * G_USEC_PER_SEC;
	hub->calls = g_ptr_array_new();
	hub->held = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	hub->model = model_new(NULL, NULL);
	hub->passwords = passwords_new(hub);
	hub->desktop = desktop_new(hub);
	hub->notify = notify_new(hub);
	hub->files = files_new(hub);
	if (!(hub->config = config_load(paths->config, complaints, error)) ||
	    !(hub->history = history_open(paths->history, &history_events, hub, error)) ||
	    !(hub->reader = reader_open(paths->history, error)) ||
	    !(hub->clients = clients_new(hub, error))) {
		hub_free(hub);
		return NULL;
	}
	hub->fifo = fifo_new(hub, error);
	if (!hub->fifo) {
		hub_free(hub);
		return NULL;
	}
	tell_complaints(hub, complaints);
	calls_set_host(hub);
	files_set_host(hub);
	follow_texts_setting(hub);
	hub->beat_source = g_timeout_add_seconds((guint)config_number(hub->config, "heartbeat"), on_beat, hub);
	load_accounts(hub);
	files_load(hub);
	hub->network = network_new(hub);
	return hub;
}

void hub_set_once(Hub *hub)
{
	hub->once = TRUE;
	g_timeout_add_seconds(ONCE_START_S + 1, on_once_started, hub);
}

void hub_free(Hub *hub)
{
	Runner *r;
	if (hub->beat_source)
		g_source_remove(hub->beat_source);
	if (hub->stop_source)
		g_source_remove(hub->stop_source);
	network_free(hub->network);
	for (guint i = 0; (r = nth_runner(hub, i)); i++) {
		/* The model goes last: freeing a runner leaves its account. */
		runner_free(r);
	}
	files_free(hub->files);
	hub->files = NULL;
	if (hub->history)
		history_close(hub->history); /* callbacks that are due run here */
	fifo_free(hub->fifo);
	clients_free(hub->clients);
	notify_free(hub->notify);
	desktop_free(hub->desktop);
	passwords_free(hub->passwords);
	reader_free(hub->reader);
	g_clear_pointer(&hub->texts, textlog_free);
	if (hub->config)
		config_free(hub->config);
	model_free(hub->model);
	g_ptr_array_unref(hub->calls);
	g_hash_table_unref(hub->held);
	g_main_loop_unref(hub->loop);
	g_free(hub->status);
	g_free(hub);
}
