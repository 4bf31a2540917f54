/* receive.c: what backends send, on its way into the hub.
 *
 * A backend is not trusted: the account must be its own, kinds were checked by the decoder, times are clamped, ids given here.
 * A message goes through these steps: check and complete, mention, store; once stored: model and screens, commit number back,
 * plain text log, print, notification. What is no message changes the model at once and goes on to the screens.
 */
#include "base/log.h"
#include "base/markup.h"
#include "base/moment.h"
#include "base/text.h"
#include "cli/print.h"
#include "history/textlog.h"
#include "hub/hub.h"
#include <stdio.h>
#include <string.h>

#define FUTURE_MAX_US (60 * G_USEC_PER_SEC)
#define EARLIEST_US (G_GINT64_CONSTANT(915148800) * G_USEC_PER_SEC) /* 1999: before that nobody chatted over XMPP */

/* A runner may be gone when its job is done: jobs name the account. */
typedef struct {
	Hub *hub;
	char *account;
	gint64 commit;
	WireMessage *message; /* owned copy; NULL for jobs that only commit */
} Job;

static Job *job_new(Runner *r, gint64 commit, const WireMessage *message)
{
	Job *job = g_new0(Job, 1);
	job->hub = r->hub;
	job->account = g_strdup(r->account->name);
	job->commit = commit;
	job->message = message ? (WireMessage *)wire_copy(message) : NULL;
	return job;
}

static void job_free(Job *job)
{
	g_free(job->account);
	g_free(job->message);
	g_free(job);
}

static void commit_job(Job *job)
{
	Account *account = model_account(job->hub->model, job->account);
	if (account && account->user && job->commit)
		runner_committed(runner_of(account), job->commit);
	hub_check_flow(job->hub);
	job_free(job);
}

static void on_kept(History *history G_GNUC_UNUSED, gint64 id G_GNUC_UNUSED, const GError *error, gpointer user)
{
	Job *job = user;
	if (error) {
		log_error("account \"%s\": not stored: %s", job->account, error->message);
		job_free(job);
		return;
	}
	commit_job(job);
}

/* ---- messages ---- */

static void print_message(Hub *hub, const WireMessage *message)
{
	if (!hub->print)
		return;
	cli_print_message(message, hub->model, hub->print_json, stdout);
	if (fflush(stdout) != 0) {
		log_warning("standard output is gone: printing ends");
		hub->print = FALSE;
	}
}

static void tell_message(Hub *hub, const WireMessage *message)
{
	hub_publish(hub, message);
	if (hub->texts && (!message->again || message->change == CHANGE_WORDS))
		textlog_write(hub->texts, message);
	print_message(hub, message);
	if (!message->again)
		notify_message(hub->notify, message);
}

typedef struct {
	Hub *hub;
	gboolean again;
	MessageChange change;
} Telling;

/* A message as the history has it now. What changed in its state only is told as such. */
static gboolean tell_row(const WireMessage *row, gpointer user)
{
	const Telling *telling = user;
	WireMessage message = *row;
	message.again = telling->again;
	message.change = telling->change;
	if (telling->again && telling->change == CHANGE_NONE)
		hub_publish(telling->hub, &WIRE(MESSAGE_STATE, MessageStateChange, .id = row->id, .account = row->account, .chat = row->chat,
			.own_id = row->own_id ? row->own_id : row->sender_id ? row->sender_id : "-", .state = row->state, .error = row->error));
	else
		tell_message(telling->hub, &message);
	return FALSE;
}

static gboolean tell_stored_row(Hub *hub, gint64 id, gboolean again, MessageChange change)
{
	g_autoptr(GError) error = NULL;
	Telling telling = { hub, again, change };
	gboolean found = reader_message(hub->reader, id, tell_row, &telling, &error);
	if (error)
		log_error("a message can't be read: %s", error->message);
	return found;
}

void message_again(Hub *hub, gint64 id, MessageChange change)
{
	tell_stored_row(hub, id, TRUE, change);
}

static void on_saved_stored(History *history G_GNUC_UNUSED, gint64 id, const GError *error, gpointer user)
{
	if (error)
		log_error("where a file was saved was not stored: %s", error->message);
	if (id)
		message_again(user, id, CHANGE_LOOKS);
}

void message_set_saved(Hub *hub, gint64 id, const char *path)
{
	history_set_saved(hub->history, id, path, on_saved_stored, hub);
}

void message_stored(Hub *hub, WireMessage *message, const HistoryChange *change)
{
	message->id = change->id;
	message->time = change->time;
	message->about = change->about;
	if (change->read)
		message->state = MESSAGE_READ;
	message->commit = 0;
	message->cursor = NULL;
	if (!change->again || !tell_stored_row(hub, change->id, FALSE, CHANGE_NONE))
		tell_message(hub, message);
}

static void publish_counters(Hub *hub, const char *account_name, const char *address, const HistoryChange *change)
{
	const Account *account = model_account(hub->model, account_name);
	const Chat *chat = account ? model_chat(account, address) : NULL;
	if (!chat || (chat->unread == change->unread && chat->mentions == change->mentions && chat->read == change->read_time))
		return;
	g_autofree char *notify = g_strdup(chat->notify);
	hub_publish(hub, &WIRE(CHAT, Chat, .account = account_name, .chat = address, .chat_kind = chat->kind, .unread = change->unread,
		.mentions = change->mentions, .read = change->read_time, .last = change->last, .last_time = change->last_time, .notify = notify));
	if (!change->unread)
		notify_read(hub->notify, account_name, address);
}

void history_changed(Hub *hub, const char *account, const char *chat, const HistoryChange *change)
{
	for (guint i = 0; change->changed && i < change->changed->len; i++) {
		const HistoryRow *row = &g_array_index(change->changed, HistoryRow, i);
		if (row->id != change->id)
			message_again(hub, row->id, row->change);
		if (row->change == CHANGE_WORDS)
			notify_changed(hub->notify, account, chat, row->id);
	}
	if (change->recounted)
		publish_counters(hub, account, chat, change);
}

static void on_message_stored(History *history G_GNUC_UNUSED, const HistoryChange *change, const GError *error, gpointer user)
{
	Job *job = user;
	if (error) {
		/* It can never be stored (too big for the database, say). The network need not keep it. */
		hub_notice(job->hub, job->account, job->message->chat, TRUE, "a message could not be stored: %s", error->message);
	} else {
		if (change->id && change->type < MESSAGE_CORRECTION)
			message_stored(job->hub, job->message, change);
		history_changed(job->hub, job->account, job->message->chat, change);
		if (change->mentioned && change->mentioned != change->id)
			notify_correction(job->hub->notify, change->mentioned, job->message);
	}
	commit_job(job);
}

static gboolean mentions_user(Runner *r, const WireMessage *m)
{
	const Chat *chat = model_chat(r->account, m->chat);
	const char *nick = chat && chat->nick ? chat->nick : r->account->nick;
	g_auto(GStrv) words = g_strsplit_set(config_text(r->hub->config, "highlight"), " ,", -1);
	if (m->direction != DIRECTION_IN || m->chat_kind != CHAT_ROOM || (m->type >= MESSAGE_EVENT && m->type != MESSAGE_CORRECTION))
		return FALSE;
	if (text_mentions(m->text, nick))
		return TRUE;
	for (guint i = 0; words[i]; i++)
		if (text_mentions(m->text, words[i]))
			return TRUE;
	return FALSE;
}

/* What only the history may say of a message is not believed of a backend. */
static WireMessage as_it_came(const WireMessage *came)
{
	static const char *const none[] = { NULL };
	WireMessage m = *came;
	m.id = m.about = 0;
	m.again = m.edited = m.retracted = FALSE;
	m.change = CHANGE_NONE;
	m.text = m.text ? m.text : "";
	m.note = m.saved = NULL;
	m.reactions = none;
	return m;
}

static MessageState first_state(const WireMessage *m)
{
	if (m->direction == DIRECTION_OUT)
		return m->state == MESSAGE_DELIVERED || m->state == MESSAGE_READ ? m->state : MESSAGE_SENT;
	return m->type >= MESSAGE_EVENT || (m->archived && m->state == MESSAGE_READ) ? MESSAGE_READ : MESSAGE_UNREAD;
}

static void on_message(Runner *r, const WireMessage *came)
{
	WireMessage m = as_it_came(came);
	m.received = moment_now();
	if (m.time < EARLIEST_US || m.time > m.received + FUTURE_MAX_US) {
		m.time = m.received;
		m.archived = FALSE; /* it has no place there */
	}
	m.state = first_state(&m);
	/* Somebody asks for attention: the backend says so by an event that mentions the user. */
	m.mention = m.type == MESSAGE_EVENT && m.chat_kind == CHAT_DIRECT ? came->mention : mentions_user(r, &m);
	g_autofree char *markup = m.type < MESSAGE_CORRECTION ? markup_part(m.markup, 0, (gsize)g_utf8_strlen(m.text, -1)) : NULL;
	m.markup = markup;
	Job *job = job_new(r, m.commit, &m);
	history_add(r->hub->history, job->message, on_message_stored, job);
	hub_check_flow(r->hub);
}

typedef struct {
	Hub *hub;
	WireMessageStateChange *change; /* owned copy */
} StateJob;

/* The user must know of an amendment that the network refused: what it did is taken back. */
static void tell_refused(Hub *hub, const WireMessageStateChange *change, MessageKind type)
{
	static const char *const names[] = { [MESSAGE_CORRECTION] = "correction", [MESSAGE_RETRACTION] = "retraction", [MESSAGE_MODERATION] = "moderation",
		[MESSAGE_REACTIONS] = "reaction" };
	if (change->state == MESSAGE_FAILED && type < G_N_ELEMENTS(names))
		hub_notice(hub, change->account, change->chat, TRUE, "%s: the %s was taken back", change->error ? change->error : "the network refused it", names[type]);
}

static void on_state_stored(History *history G_GNUC_UNUSED, const HistoryChange *change, const GError *error, gpointer user)
{
	StateJob *job = user;
	if (error)
		log_error("the state of a message was not stored: %s", error->message);
	if (change->id && change->type >= MESSAGE_CORRECTION) {
		tell_refused(job->hub, job->change, change->type);
	} else if (change->id) {
		job->change->id = change->id;
		hub_publish(job->hub, job->change);
	}
	history_changed(job->hub, job->change->account, job->change->chat, change);
	hub_check_purpose(job->hub);
	g_free(job->change);
	g_free(job);
}

void receive_state(Hub *hub, const WireMessageStateChange *change)
{
	StateJob *job = g_new0(StateJob, 1);
	job->hub = hub;
	job->change = (WireMessageStateChange *)wire_copy(change);
	history_set_state(hub->history, job->change, on_state_stored, job);
}

static void on_message_state(Runner *r, const WireMessageStateChange *change)
{
	g_hash_table_remove(r->in_flight, change->own_id);
	receive_state(r->hub, change);
}

/* ---- reading ---- */

typedef struct {
	Hub *hub;
	WireRead *read; /* owned copy */
	gboolean from_network;
} ReadJob;

static void on_read_stored(History *history G_GNUC_UNUSED, const HistoryChange *change, const GError *error, gpointer user)
{
	ReadJob *job = user;
	const WireRead *read = job->read;
	const Account *account = model_account(job->hub->model, read->account);
	const Chat *chat = account ? model_chat(account, read->chat) : NULL;
	if (error)
		log_error("what was read was not stored: %s", error->message);
	if (change->recounted) {
		if (chat && chat->read < change->read_time)
			hub_publish(job->hub, &WIRE(READ, Read, .account = read->account, .chat = read->chat, .time = change->read_time));
		history_changed(job->hub, read->account, read->chat, change);
		if (!change->unread)
			notify_read(job->hub->notify, read->account, read->chat);
	}
	/* The user's other devices think of an earlier message: we were cut off before they could be told. */
	if (change->ahead && job->from_network && read->archive_id && account && account->user)
		runner_tell_read(runner_of(account), read->chat);
	g_free(job->read);
	g_free(job);
}

static void store_read(Hub *hub, const WireRead *read, gboolean from_network)
{
	ReadJob *job = g_new0(ReadJob, 1);
	job->hub = hub;
	job->read = (WireRead *)wire_copy(read);
	job->from_network = from_network;
	history_set_read(hub->history, job->read, on_read_stored, job);
}

void receive_read(Hub *hub, const WireRead *read)
{
	store_read(hub, read, FALSE);
}

/* ---- contacts ---- */

static gboolean same_contact(const Contact *c, const WireContact *e)
{
	return c && !g_strcmp0(c->name, e->name) && c->subscription == e->subscription && c->asked == e->asked &&
	       g_strv_equal((const char *const *)c->groups, e->groups);
}

static void on_contact(Runner *r, const WireContact *e)
{
	if (same_contact(model_contact(r->account, e->address), e)) {
		model_apply(r->hub->model, (const Wire *)e);
		return;
	}
	history_put_contact(r->hub->history, e);
	hub_publish(r->hub, e);
}

static void remove_contact(Runner *r, const char *address)
{
	g_autofree char *copy = g_strdup(address); /* it may belong to the contact */
	history_remove_contact(r->hub->history, r->account->name, copy);
	hub_publish(r->hub, &WIRE(CONTACT_GONE, ContactGone, .account = r->account->name, .address = copy));
}

static void on_abilities(Runner *r, const WireAbilities *m)
{
	WireAccount event;
	if (!account_is_online(r->account))
		return;
	account_event(r->account, &event);
	event.can = m->can;
	hub_publish(r->hub, &event);
}

/* The network named all contacts there are: the others are gone. */
static void on_contacts_done(Runner *r)
{
	GHashTableIter iter;
	Contact *c;
	g_autoptr(GPtrArray) stale = g_ptr_array_new_with_free_func(g_free);
	g_hash_table_iter_init(&iter, r->account->contacts);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&c))
		if (c->serial != r->account->contact_serial)
			g_ptr_array_add(stale, g_strdup(c->address));
	for (guint i = 0; i < stale->len; i++)
		remove_contact(r, stale->pdata[i]);
}

/* ---- rooms ---- */

static void on_room(Runner *r, const WireRoom *e)
{
	const Chat *chat = model_chat(r->account, e->chat);
	gboolean was_joined = chat && chat->joined;
	hub_publish(r->hub, e);
	if (e->joined && !was_joined)
		outbox_send(r, e->chat);
	bookmarks_on_room(r, e, was_joined);
	if (!e->joined && e->text)
		log_info("account \"%s\": not in \"%s\": %s", r->account->name, e->chat, e->text);
}

static void on_answer(Runner *r, gint64 request, gboolean ok, const char *text)
{
	if (!files_on_answer(r, request, ok, text))
		calls_answered(r, request, ok, text);
}

/* ---- one kind, one line ---- */

static gboolean is_own(Runner *r, const char *account)
{
	return account && !strcmp(account, r->account->name);
}

void receive(Runner *r, const Wire *message)
{
	Hub *hub = r->hub;
	/* Everything but answers and beats begins with the account it is about, which must be the backend's own. */
	const WireShape *shape = wire_shape(message->kind);
	for (const WireField *f = shape->fields; f->name; f++) {
		if (strcmp(f->name, "account"))
			continue;
		const char *account = *(const char *const *)((const char *)message + f->offset);
		if (!is_own(r, account) && (f->required || account)) {
			log_warning("account \"%s\": its backend spoke of the account \"%s\"", r->account->name, account);
			return;
		}
	}
	switch ((int)message->kind) {
	case WIRE_BEAT: break;
	case WIRE_STATE: runner_on_state(r, (const WireState *)message); break;
	case WIRE_ABILITIES: on_abilities(r, (const WireAbilities *)message); break;
	case WIRE_MESSAGE: on_message(r, (const WireMessage *)message); break;
	case WIRE_MESSAGE_STATE: on_message_state(r, (const WireMessageStateChange *)message); break;
	case WIRE_CONTACT: on_contact(r, (const WireContact *)message); break;
	case WIRE_CONTACT_GONE:
		if (model_contact(r->account, ((const WireContactGone *)message)->address))
			remove_contact(r, ((const WireContactGone *)message)->address);
		break;
	case WIRE_CONTACTS_DONE: on_contacts_done(r); break;
	case WIRE_ROOM: on_room(r, (const WireRoom *)message); break;
	case WIRE_BOOKMARK: bookmarks_on_bookmark(r, (const WireBookmark *)message); break;
	case WIRE_BOOKMARKS_DONE: bookmarks_on_done(r); break;
	case WIRE_KEEP: {
		const WireKeep *keep = (const WireKeep *)message;
		if (!g_str_has_prefix(keep->key, "hub."))
			history_keep(hub->history, r->account->name, keep->key, keep->value, on_kept, job_new(r, keep->commit, NULL));
		break;
	}
	case WIRE_MARK: {
		const WireMark *mark = (const WireMark *)message;
		history_set_mark(hub->history, r->account->name, mark->own_id, mark->mark, on_kept, job_new(r, mark->commit, NULL));
		break;
	}
	case WIRE_DONE: on_answer(r, ((const WireDone *)message)->request, TRUE, ((const WireDone *)message)->text); break;
	case WIRE_ERROR: on_answer(r, ((const WireError *)message)->request, FALSE, ((const WireError *)message)->text); break;
	case WIRE_SLOT: files_on_slot(r, (const WireSlot *)message); break;
	case WIRE_TRANSFER: files_on_transfer(r, (const WireTransfer *)message); break;
	case WIRE_READ: store_read(hub, (const WireRead *)message, TRUE); break;
	case WIRE_ITEM: calls_item(r, (const WireItem *)message); break;
	case WIRE_NOTICE: {
		const WireNotice *n = (const WireNotice *)message;
		hub_notice(hub, r->account->name, n->chat, n->failure, "%s", n->text);
		break;
	}
	default: hub_publish(hub, message); /* presence, occupants, typing, cards */
	}
}
