/* outbox.c: outgoing messages.
 *
 * A message is stored as queued before anything else, and the one who wrote it is told only then. What is queued is handed to the backend
 * whenever that is online (in a room: joined), in order; the backend knows by marks what may have gone out before (HACKING, the flow of a message).
 * What no backend has had yet is amended here: corrected it goes out with its new words, taken back it does not go out at all.
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
	char *held; /* owned: own id of the unsent message that this amends here; NULL */
} AddJob;

/* ---- what no backend has had yet ---- */

typedef struct {
	const char *own_id;
	gboolean unmarked;
} Sought;

static void look_for(const WireMessage *m, const char *mark, gpointer user)
{
	Sought *sought = user;
	if (!strcmp(m->own_id, sought->own_id))
		sought->unmarked = !mark;
}

/* TRUE if no byte of the message can have left. */
static gboolean is_unsent(Hub *hub, const Account *account, const WireMessage *m)
{
	Sought sought = { m->own_id, FALSE };
	if (m->direction != DIRECTION_OUT || m->state != MESSAGE_QUEUED || !m->own_id || (account->user && g_hash_table_contains(runner_of(account)->in_flight, m->own_id)))
		return FALSE;
	return reader_outbox(hub->reader, account->name, look_for, &sought, NULL) && sought.unmarked;
}

static void settle(Hub *hub, const WireMessage *m, MessageState state, const char *error)
{
	receive_state(hub, &WIRE(MESSAGE_STATE, MessageStateChange, .account = m->account, .chat = m->chat, .own_id = m->own_id, .state = state, .error = error));
}

static void hold(Hub *hub, const char *own_id, int more)
{
	int count = GPOINTER_TO_INT(g_hash_table_lookup(hub->held, own_id)) + more;
	if (count)
		g_hash_table_insert(hub->held, g_strdup(own_id), GINT_TO_POINTER(count));
	else
		g_hash_table_remove(hub->held, own_id);
}

/* ---- handing over ---- */

/* The message that an amendment or a reply is about, as the network names it. */
static void name_target(WireSend *send, const WireMessage *target)
{
	const char *id = target->direction == DIRECTION_OUT && target->own_id ? target->own_id : target->sender_id ? target->sender_id : target->ref_id;
	send->target = id ? id : target->archive_id;
	send->target_archive = target->archive_id;
	send->target_text = target->text;
}

/* Who wrote it: in a room ROOM/NICK. Free it. */
static char *author_of(const WireMessage *target)
{
	if (target->chat_kind == CHAT_ROOM && target->nick)
		return g_strdup_printf("%s/%s", target->chat, target->nick);
	return g_strdup(target->from);
}

static gboolean copy_message(const WireMessage *message, gpointer user)
{
	*(WireMessage **)user = (WireMessage *)wire_copy(message);
	return FALSE;
}

static void hand_over(Runner *r, const WireMessage *m, const char *mark)
{
	g_autofree WireMessage *target = NULL;
	g_autofree char *author = NULL;
	if (g_hash_table_contains(r->in_flight, m->own_id) || g_hash_table_contains(r->hub->held, m->own_id))
		return;
	if (m->retracted && !mark && m->type < MESSAGE_CORRECTION) {
		settle(r->hub, m, MESSAGE_FAILED, HISTORY_UNSENT);
		return;
	}
	WireSend send = WIRE(SEND, Send, .account = r->account->name, .chat = m->chat, .chat_kind = m->chat_kind, .type = m->type, .own_id = m->own_id,
		.text = m->text, .time = m->time, .mark = mark, .target = m->target, .attachments = m->attachments);
	if (m->about && reader_message(r->hub->reader, m->about, copy_message, &target, NULL)) {
		if (target->retracted && m->type >= MESSAGE_CORRECTION && (!g_strcmp0(target->error, HISTORY_UNSENT) || is_unsent(r->hub, r->account, target))) {
			settle(r->hub, m, MESSAGE_SENT, NULL); /* there is nothing to amend */
			return;
		}
		name_target(&send, target);
		send.target_from = author = author_of(target);
	}
	if (runner_send(r, &send))
		g_hash_table_add(r->in_flight, g_strdup(m->own_id));
}

/* A room's messages wait until we are in it. */
static gboolean may_go(const Runner *r, const WireMessage *m)
{
	const Chat *chat = model_chat(r->account, m->chat);
	return account_is_online(r->account) && (m->chat_kind != CHAT_ROOM || (chat && chat->joined));
}

/* A message that was amended here before it was sent goes its way. */
static void let_go(Hub *hub, Account *account, const AddJob *job, gboolean amended)
{
	hold(hub, job->held, -1);
	if (!account || !account->user)
		return;
	if (amended && job->message->type == MESSAGE_RETRACTION)
		receive_state(hub, &WIRE(MESSAGE_STATE, MessageStateChange, .account = job->message->account, .chat = job->message->chat, .own_id = job->held,
			.state = MESSAGE_FAILED, .error = HISTORY_UNSENT));
	else
		outbox_send(runner_of(account), job->message->chat);
}

static void on_added(History *history G_GNUC_UNUSED, const HistoryChange *change, const GError *error, gpointer user)
{
	AddJob *job = user;
	Account *account = model_account(job->hub->model, job->message->account);
	if (error || !change->id) {
		if (job->call)
			job->call->fail(job->call, error ? error->message : "a message with this id was stored before");
	} else {
		job->message->time = change->time;
		if (change->type < MESSAGE_CORRECTION)
			message_stored(job->hub, job->message, change);
		history_changed(job->hub, job->message->account, job->message->chat, change);
		if (account && account->user && !job->held && may_go(runner_of(account), job->message))
			hand_over(runner_of(account), job->message, NULL);
		if (job->call)
			job->call->done(job->call, NULL, change->id);
	}
	if (job->held)
		let_go(job->hub, account, job, !error && change->id);
	g_free(job->held);
	g_free(job->message);
	g_free(job);
}

/* ---- what may be sent ---- */

static gboolean refuse(GError **error, const char *text)
{
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, text);
	return FALSE;
}

static gboolean check_text(const WireMessage *draft, GError **error)
{
	const char *text = draft->text ? draft->text : "";
	gboolean may_be_empty = draft->type == MESSAGE_RETRACTION || draft->type == MESSAGE_MODERATION || draft->type == MESSAGE_REACTIONS ||
		(draft->attachments && *draft->attachments);
	if (!*text && !may_be_empty)
		return refuse(error, "there is nothing to send");
	if (strlen(text) > 65536)
		return refuse(error, "a message can't be longer than 64 KiB");
	if (!g_utf8_validate(text, -1, NULL))
		return refuse(error, "the text is not UTF-8");
	return strlen(draft->chat) <= 3200 || refuse(error, "the address is too long");
}

/* Only own messages can be corrected and taken back; a room's moderators take others' back by the archive's id. */
static gboolean check_amends(const WireMessage *draft, const WireMessage *target, GError **error)
{
	gboolean amends = draft->type >= MESSAGE_CORRECTION;
	if (!target || strcmp(target->account, draft->account) || strcmp(target->chat, draft->chat))
		return refuse(error, "there is no such message in this chat");
	if (amends && target->type == MESSAGE_EVENT)
		return refuse(error, "that is not a message of a person");
	if (target->retracted && draft->type != MESSAGE_RETRACTION && draft->type != MESSAGE_MODERATION)
		return refuse(error, "that message was taken back");
	if ((draft->type == MESSAGE_CORRECTION || draft->type == MESSAGE_RETRACTION) && target->direction != DIRECTION_OUT)
		return refuse(error, "only own messages can be changed");
	if (draft->type == MESSAGE_MODERATION && (draft->chat_kind != CHAT_ROOM || !target->archive_id))
		return refuse(error, draft->chat_kind == CHAT_ROOM ? "the room gave that message no id, so it can't be removed there" : "this is not a room");
	if (!target->own_id && !target->sender_id && !target->ref_id && !target->archive_id)
		return refuse(error, "the network gave that message no id to name it by");
	return TRUE;
}

gboolean outbox_add(Hub *hub, CommandCall *call, const WireMessage *draft, GError **error)
{
	Account *account = model_account(hub->model, draft->account);
	g_autofree WireMessage *target = NULL;
	if (!account) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "there is no account \"%s\"", draft->account);
		return FALSE;
	}
	if (!check_text(draft, error))
		return FALSE;
	if (draft->about && !reader_message(hub->reader, draft->about, copy_message, &target, error) && error && *error)
		return FALSE;
	if ((draft->about || draft->type >= MESSAGE_CORRECTION) && !check_amends(draft, target, error))
		return FALSE;
	g_autofree char *id = secret_random_id();
	const Chat *known = model_chat(account, draft->chat);
	gint64 now = moment_now();
	WireSend names = { 0 };
	if (target)
		name_target(&names, target);
	AddJob *job = g_new0(AddJob, 1);
	job->hub = hub;
	job->call = call;
	if (target && (draft->type == MESSAGE_CORRECTION || draft->type == MESSAGE_RETRACTION) && is_unsent(hub, account, target)) {
		job->held = g_strdup(target->own_id);
		hold(hub, target->own_id, 1);
	}
	job->message = (WireMessage *)wire_copy(&WIRE(MESSAGE, Message, .account = account->name, .chat = draft->chat, .chat_kind = draft->chat_kind,
		.type = draft->type, .direction = DIRECTION_OUT, .from = account->address, .nick = draft->chat_kind == CHAT_ROOM && known ? known->nick : NULL,
		.text = draft->text ? draft->text : "", .time = now, .received = now, .own_id = id, .state = job->held ? MESSAGE_SENT : MESSAGE_QUEUED, .about = draft->about,
		.target = draft->type == MESSAGE_MODERATION ? names.target_archive : names.target, .attachments = draft->attachments));
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
