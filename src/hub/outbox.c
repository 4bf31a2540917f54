/* outbox.c: outgoing messages.
 *
 * A message is stored as queued before anything else, and the one who wrote it is told only then. What is queued is handed to the backend
 * whenever that is online (in a room: joined), in order; the backend knows by marks what may have gone out before (HACKING, the flow of a message).
 */
#include "base/log.h"
#include "base/moment.h"
#include "base/secret.h"
#include "hub/hub.h"
#include <gio/gio.h>
#include <string.h>

typedef struct {
	Hub *hub;
	CommandCall *call; /* may be NULL */
	WireMessage *message;
} AddJob;

static void hand_over(Runner *r, const WireMessage *m, const char *mark)
{
	if (g_hash_table_contains(r->in_flight, m->own_id))
		return;
	if (runner_send(r, &WIRE(SEND, Send, .account = r->account->name, .chat = m->chat, .chat_kind = m->chat_kind, .type = m->type,
	                         .own_id = m->own_id, .text = m->text, .time = m->time, .mark = mark)))
		g_hash_table_add(r->in_flight, g_strdup(m->own_id));
}

/* A room's messages wait until we are in it. */
static gboolean may_go(const Runner *r, const WireMessage *m)
{
	const Chat *chat = model_chat(r->account, m->chat);
	return account_is_online(r->account) && (m->chat_kind != CHAT_ROOM || (chat && chat->joined));
}

static void on_added(History *history G_GNUC_UNUSED, gint64 id, const GError *error, gpointer user)
{
	AddJob *job = user;
	Account *account = model_account(job->hub->model, job->message->account);
	if (error || !id) {
		if (job->call)
			job->call->fail(job->call, error ? error->message : "a message with this id was stored before");
	} else {
		message_stored(job->hub, job->message, id);
		if (account && account->user && may_go(runner_of(account), job->message))
			hand_over(runner_of(account), job->message, NULL);
		if (job->call)
			job->call->done(job->call, NULL, id);
	}
	g_free(job->message);
	g_free(job);
}

gboolean outbox_add(Hub *hub, CommandCall *call, const WireMessage *draft, GError **error)
{
	const char *text = draft->text ? draft->text : "", *chat = draft->chat;
	Account *account = model_account(hub->model, draft->account);
	if (!account) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no account \"%s\"", draft->account);
		return FALSE;
	}
	if (!*text || strlen(text) > 65536) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, *text ? "a message can't be longer than 64 KiB" : "there is nothing to send");
		return FALSE;
	}
	if (!g_utf8_validate(text, -1, NULL)) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the text is not UTF-8");
		return FALSE;
	}
	if (strlen(chat) > 3200) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the address is too long");
		return FALSE;
	}
	g_autofree char *id = secret_random_id();
	const Chat *known = model_chat(account, chat);
	gint64 now = moment_now();
	AddJob *job = g_new0(AddJob, 1);
	job->hub = hub;
	job->call = call;
	job->message = (WireMessage *)wire_copy(&WIRE(MESSAGE, Message, .account = account->name, .chat = chat, .chat_kind = draft->chat_kind, .type = draft->type,
		.direction = DIRECTION_OUT, .from = account->address, .nick = draft->chat_kind == CHAT_ROOM && known ? known->nick : NULL, .text = text,
		.time = now, .received = now, .own_id = id, .state = MESSAGE_QUEUED));
	history_add(hub->history, job->message, on_added, job);
	return TRUE;
}

typedef struct {
	Runner *runner;
	const char *chat;
} SendJob;

static void send_each(const WireMessage *m, const char *mark, gpointer user)
{
	SendJob *job = user;
	if ((!job->chat || !strcmp(job->chat, m->chat)) && may_go(job->runner, m))
		hand_over(job->runner, m, mark);
}

void outbox_send(Runner *r, const char *chat)
{
	g_autoptr(GError) error = NULL;
	SendJob job = { r, chat };
	if (!reader_outbox(r->hub->reader, r->account->name, send_each, &job, &error))
		log_error("account \"%s\": the outbox can't be read: %s", r->account->name, error->message);
}

static void count_each(const WireMessage *m G_GNUC_UNUSED, const char *mark G_GNUC_UNUSED, gpointer user)
{
	++*(guint *)user;
}

guint outbox_size(Hub *hub)
{
	guint n = 0;
	const GPtrArray *accounts = model_accounts(hub->model);
	for (guint i = 0; i < accounts->len; i++) {
		const Account *a = accounts->pdata[i];
		if (a->enabled && a->state != ACCOUNT_ERROR)
			reader_outbox(hub->reader, a->name, count_each, &n, NULL);
	}
	return n;
}
