/* calls.c: commands being carried out: from clients, the FIFO and files; and what the hub offers to commands (CommandHost).
 *
 * A call lives from its line to its one done or fail; its client may leave before.
 */
#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "hub/hub.h"
#include <gio/gio.h>
#include <string.h>

struct Call {
	CommandCall base; /* first: a CommandCall * is a Call * */
	Hub *hub;
	Client *client;   /* NULL: none, or gone */
	gint64 request;
	char *origin;     /* for the log, when there is no client */
	char *join;       /* the room it asks to join */
	Runner *runner;   /* whose answer is awaited; NULL: none's */
	gint64 to_backend;
	char *secret, *directory;
	gboolean is_line; /* one line of a file of commands: its end is printed, not answered */
};

static void call_free(Call *call)
{
	g_ptr_array_remove_fast(call->hub->calls, call);
	commands_call_clear(&call->base);
	g_free(call->origin);
	g_free(call->join);
	g_free(call->secret);
	g_free(call->directory);
	g_free(call);
}

static void call_print(CommandCall *base, const char *text)
{
	Call *call = (Call *)base;
	if (call->client && *text)
		client_send(call->client, &WIRE(PRINT, Print, .request = call->request, .text = text));
	else if (call->origin)
		log_info("%s: %s", call->origin, text);
}

static void call_done(CommandCall *base, const char *text, gint64 id)
{
	Call *call = (Call *)base;
	if (call->is_line && call->client && text)
		call_print(base, text);
	else if (call->client && !call->is_line)
		client_send(call->client, &WIRE(DONE, Done, .request = call->request, .text = text, .id = id));
	else if (call->origin && text)
		log_info("%s: %s", call->origin, text);
	call_free(call);
}

static void call_fail(CommandCall *base, const char *text)
{
	Call *call = (Call *)base;
	if (call->is_line && call->client)
		call_print(base, text);
	else if (call->client)
		client_send(call->client, &WIRE(ERROR, Error, .request = call->request, .text = text));
	else
		log_warning("%s: %s", call->origin ? call->origin : "a command", text);
	call_free(call);
}

static Call *call_new(Hub *hub)
{
	Call *call = g_new0(Call, 1);
	g_ptr_array_add(hub->calls, call);
	call->hub = hub;
	call->base = (CommandCall){ .host = &hub->host, .hub = hub, .print = call_print, .done = call_done, .fail = call_fail };
	return call;
}

void calls_run(Hub *hub, Client *client, const WireCommand *command)
{
	Call *call = call_new(hub);
	call->client = client;
	call->request = command->request;
	call->secret = g_strdup(command->secret);
	call->base.secret = call->secret;
	call->directory = command->directory && g_path_is_absolute(command->directory) ? g_strdup(command->directory) : NULL;
	call->base.directory = call->directory;
	call->base.json = command->json;
	call->base.account = model_account(hub->model, command->account);
	call->base.chat = call->base.account ? model_chat(call->base.account, command->chat) : NULL;
	if (command->chat && call->base.account && !call->base.chat) {
		/* a chat that was opened and has no message yet */
		Target target;
		if (model_find(hub->model, command->chat, call->base.account, &target, NULL)) {
			hub_publish(hub, &WIRE(CHAT, Chat, .account = target.account->name, .chat = target.address, .chat_kind = target.kind));
			call->base.chat = model_chat(target.account, target.address);
			g_free(target.address);
		}
	}
	commands_run(&call->base, command->line);
}

void calls_run_line(Hub *hub, const char *line, const char *origin)
{
	Call *call = call_new(hub);
	call->origin = g_strdup(origin);
	commands_run(&call->base, line);
}

void calls_forget(Hub *hub, Client *client)
{
	for (guint i = 0; i < hub->calls->len; i++) {
		Call *call = hub->calls->pdata[i];
		if (call->client == client)
			call->client = NULL;
	}
}

/* ---- requests to backends ---- */

static void set_request(void *message, gint64 request)
{
	for (const WireField *f = wire_shape(((Wire *)message)->kind)->fields; f->name; f++)
		if (!strcmp(f->name, "request"))
			*(gint64 *)((char *)message + f->offset) = request;
}

/* Whoever asked for it, the call waits for what the backend says to the message. */
static void await_answer(Call *call, Runner *r, void *message)
{
	call->runner = r;
	call->to_backend = ++call->hub->last_request;
	set_request(message, call->to_backend);
	g_hash_table_insert(r->calls, g_memdup2(&call->to_backend, sizeof call->to_backend), call);
}

static gboolean to_backend(gpointer data G_GNUC_UNUSED, Account *account, void *message, CommandCall *base, GError **error)
{
	Call *call = (Call *)base;
	Runner *r = runner_of(account);
	if (((Wire *)message)->kind == WIRE_BOOKMARK)
		return bookmarks_change(r, message, error);
	if (((Wire *)message)->kind == WIRE_PART)
		bookmarks_drop(r, ((const WirePart *)message)->chat);
	if (!account_is_online(account)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED,
		            ((Wire *)message)->kind == WIRE_PART ? "the account \"%s\" is not online; the room will not be joined again" : "the account \"%s\" is not online",
		            account->name);
		return FALSE;
	}
	if (((Wire *)message)->kind == WIRE_JOIN) {
		const WireJoin *join = message;
		bookmarks_want(r, join);
		if (call) {
			g_free(call->join);
			call->join = g_strdup(join->chat);
		}
	}
	if (call)
		await_answer(call, r, message);
	if (runner_send(r, message))
		return TRUE;
	if (call)
		g_hash_table_remove(r->calls, &call->to_backend);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "the account \"%s\" is not online", account->name);
	return FALSE;
}

void calls_fetch(Hub *hub, Client *client, const WireFetch *fetch)
{
	g_autoptr(GError) error = NULL;
	WireFetch copy = *fetch;
	Account *account = model_account(hub->model, fetch->account);
	Call *call = call_new(hub);
	call->client = client;
	call->request = fetch->request;
	if (!account)
		call_fail(&call->base, "there is no such account");
	else if (!account_can(account, "archive"))
		call_fail(&call->base, account_is_online(account) ? "the server keeps no archive" : "the account is not online");
	else if (!to_backend(hub, account, &copy, &call->base, &error))
		call_fail(&call->base, error->message);
}

void calls_answered(Runner *r, gint64 request, gboolean ok, const char *text)
{
	Call *call = g_hash_table_lookup(r->calls, &request);
	if (!call)
		return;
	g_hash_table_remove(r->calls, &request);
	call->runner = NULL;
	if (!ok && call->join) {
		const Chat *chat = model_chat(r->account, call->join);
		if (!chat || !chat->joined)
			bookmarks_refused(r, call->join);
	}
	if (ok)
		call->base.done(&call->base, text, 0);
	else
		call->base.fail(&call->base, text ? text : "the network refused it");
}

void calls_fail_all(Runner *r, const char *text)
{
	g_autoptr(GList) calls = g_hash_table_get_values(r->calls);
	g_hash_table_remove_all(r->calls);
	for (GList *l = calls; l; l = l->next)
		((Call *)l->data)->base.fail(l->data, text);
}

/* "address  name (12): words", or the same as an object. */
void calls_item(Runner *r, const WireItem *item)
{
	Call *call = g_hash_table_lookup(r->calls, &item->request);
	g_autoptr(GString) line = g_string_new(NULL);
	if (!call)
		return;
	if (call->base.json) {
		json_open(line);
		json_put_text_or_null(line, "address", item->address);
		json_put_text_or_null(line, "name", item->name);
		json_put_text_or_null(line, "text", item->text);
		json_put_number(line, "number", item->number);
		json_close(line);
	} else {
		const char *title = item->address ? item->address : item->name;
		text_clean_append(line, title ? title : "", TEXT_LINE);
		if (item->address && item->name && strcmp(item->address, item->name)) {
			g_string_append(line, "  ");
			text_clean_append(line, item->name, TEXT_LINE);
		}
		if (item->number)
			g_string_append_printf(line, " (%" G_GINT64_FORMAT ")", item->number);
		if (item->text) {
			g_string_append(line, ": ");
			text_clean_append(line, item->text, TEXT_LINE);
		}
	}
	call_print(&call->base, line->str);
}

/* ---- cards ---- */

/* A backend that finds something wrong with the answer asks anew; a call hears why. */
static gboolean answer(gpointer data, const WireAnswer *wire, CommandCall *base, GError **error)
{
	Hub *hub = data;
	Account *account = model_account(hub->model, wire->account);
	const Card *card = account ? model_card(account, wire->card) : NULL;
	if (!card) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no such question (any more)");
		return FALSE;
	}
	Runner *r = runner_of(account);
	gboolean accepts = card->card->card_kind == CARD_CERTIFICATE && wire->choice && g_strcmp0(wire->choice, card->card->choices[0]) != 0;
	gboolean is_ours = passwords_answer(hub->passwords, wire);
	if (!is_ours) {
		WireAnswer copy = *wire;
		copy.request = 0;
		if (base)
			await_answer((Call *)base, r, &copy);
		if (!runner_send(r, &copy)) {
			if (base)
				g_hash_table_remove(r->calls, &copy.request);
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, "nobody waits for this answer: the account \"%s\" is not running", account->name);
			return FALSE;
		}
		if (accepts && account->state == ACCOUNT_ERROR)
			runner_connect(r);
	}
	g_autofree char *id = g_strdup(wire->card);
	hub_publish(hub, &WIRE(CARD_GONE, CardGone, .account = account->name, .card = id));
	if (base && is_ours)
		base->done(base, NULL, 0);
	return TRUE;
}

void calls_answer_card(Hub *hub, Client *client, const WireAnswer *wire)
{
	g_autoptr(GError) error = NULL;
	gboolean ok = answer(hub, wire, NULL, &error);
	if (!wire->request)
		return;
	if (ok)
		client_send(client, &WIRE(DONE, Done, .request = wire->request));
	else
		client_send(client, &WIRE(ERROR, Error, .request = wire->request, .text = error->message));
}

/* ---- the rest of what commands may ask ---- */

static gboolean send_message(gpointer hub, CommandCall *call, const WireMessage *draft, GError **error)
{
	return outbox_add(hub, call, draft, error);
}

static void account_changed(gpointer data, const char *name)
{
	hub_account_changed(data, name);
}

static void connect_account(gpointer hub G_GNUC_UNUSED, Account *account)
{
	Runner *r = runner_of(account);
	r->attempts = r->crashes = 0;
	if (r->retry_source)
		r->connecting = FALSE;
	runner_connect(r);
}

static void disconnect_account(gpointer hub G_GNUC_UNUSED, Account *account)
{
	runner_disconnect(runner_of(account));
}

static void show(gpointer data, Account *account, Presence presence, const char *status)
{
	Hub *hub = data;
	g_autofree char *text = g_strdup(status);
	const GPtrArray *accounts = model_accounts(hub->model);
	if (!account) {
		hub->presence = presence;
		g_free(hub->status);
		hub->status = g_strdup(text);
	}
	for (guint i = 0; i < accounts->len; i++) {
		Account *a = accounts->pdata[i];
		WireAccount event;
		if ((account && a != account) || !account_is_online(a))
			continue;
		runner_send(runner_of(a), &WIRE(SHOW, Show, .account = a->name, .presence = presence, .status = text));
		account_event(a, &event);
		event.presence = presence;
		event.status = text;
		hub_publish(hub, &event);
	}
}

static void setting_changed(gpointer hub, const char *group, const char *name, const char *value)
{
	hub_setting_changed(hub, group, name, value);
}

static void publish(gpointer hub, const void *event)
{
	hub_publish(hub, event);
}

static void set_password(gpointer hub, const char *account, const char *password, gboolean keyring)
{
	passwords_set(((Hub *)hub)->passwords, account, password, keyring);
}

/* A line of a file of commands is a call of its own; what it says later than its file's end goes to the client by the same request. */
static void run_line(gpointer data, CommandCall *base, const char *line)
{
	const Call *parent = (const Call *)base;
	Call *call = call_new(data);
	call->client = parent->client;
	call->request = parent->request;
	call->origin = g_strdup(parent->origin);
	call->is_line = TRUE;
	call->base.account = base->account;
	call->base.chat = base->chat;
	commands_run(&call->base, line);
}

static gboolean reload(gpointer data, GError **error)
{
	Hub *hub = data;
	const Config *old = hub->config;
	hub_reload(hub);
	if (hub->config != old)
		return TRUE;
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the configuration can't be read");
	return FALSE;
}

static void stop(gpointer hub)
{
	hub_stop(hub);
}

void calls_set_host(Hub *hub)
{
	hub->host = (CommandHost){ .model = hub->model, .config = hub->config, .history = hub->history, .reader = hub->reader,
		.to_backend = to_backend, .send_message = send_message, .account_changed = account_changed, .connect = connect_account,
		.disconnect = disconnect_account, .show = show, .setting_changed = setting_changed, .publish = publish, .answer = answer,
		.set_password = set_password, .run_line = run_line, .reload = reload, .stop = stop };
}
