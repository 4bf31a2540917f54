/* files-move.c: the steps of one transfer. See files.h.
 *
 * Out: the user's file is copied into the account's directory (what is sent is what was chosen, whatever happens to the original), hashed and
 * typed; the backend is asked for a place; kith-files puts it there; then a message with the link and all that is known of the file goes through
 * the outbox like any other. In: a link that the user points at is fetched; what a backend brought gets a safe name. Nothing begins by itself.
 */
#include "base/filename.h"
#include "base/json.h"
#include "base/log.h"
#include "base/moment.h"
#include "base/text.h"
#include "hub/files.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define ATTEMPTS_MAX 6
#define SEND_MAX_BYTES (G_GINT64_CONSTANT(4) * 1024 * 1024 * 1024)

/* ---- the helper's side ---- */

static GString *begin(const char *what)
{
	GString *line = g_string_new(NULL);
	json_open(line);
	json_put_text(line, "do", what);
	return line;
}

static void on_progress(gint64 moved, gint64 size, gpointer user)
{
	Transfer *t = user;
	if (t->step == STEP_TAKING)
		return; /* to the user it has not begun */
	t->moved = moved;
	if (t->step == STEP_GETTING && size && !t->size)
		t->size = size;
	transfer_tell(t);
}

static void run_helper(Transfer *t, GString *line, const HelperEvents *events)
{
	g_autoptr(GError) error = NULL;
	t->helper = helper_start(line, t->files->hub->paths->log, events, t, &error);
	if (!t->helper)
		transfer_end(t, TRANSFER_FAILED, error->message);
}

static void drop_helper(Transfer *t)
{
	g_clear_pointer(&t->helper, helper_free);
}

void move_stop(Transfer *t)
{
	drop_helper(t);
	if (t->retry_source)
		g_source_remove(t->retry_source);
	t->retry_source = 0;
	t->request = 0;
	if (t->step == STEP_ASKED || t->step == STEP_BACKEND || t->step == STEP_OFFERED) {
		Runner *r = transfer_runner(t);
		if (r)
			runner_send(r, &WIRE(FILE_CANCEL, FileCancel, .account = t->account, .transfer = t->id));
	}
}

static gboolean on_retry(gpointer user)
{
	Transfer *t = user;
	t->retry_source = 0;
	files_pump(t->files);
	return G_SOURCE_REMOVE;
}

void move_again(Transfer *t, const char *why)
{
	if (++t->attempts >= ATTEMPTS_MAX) {
		transfer_end(t, TRANSFER_FAILED, why);
		return;
	}
	log_info("account \"%s\": a file is tried again: %s", t->account, why);
	t->step = t->direction == DIRECTION_OUT ? STEP_READY : STEP_LINK;
	t->state = TRANSFER_WAITING;
	t->request = 0;
	t->retry_source = g_timeout_add_seconds(1u << (t->attempts - 1), on_retry, t);
	transfer_tell(t);
	files_pump(t->files); /* others need not wait for it */
}

/* ---- a word in the chat ---- */

typedef struct {
	Hub *hub;
	gint64 number; /* the transfer that the word belongs to from now on; it may be gone */
	WireMessage *message;
} EventJob;

static void on_event_stored(History *history G_GNUC_UNUSED, const HistoryChange *change, const GError *error, gpointer user)
{
	EventJob *job = user;
	if (error)
		log_error("a word on a file was not stored: %s", error->message);
	else if (change->id)
		message_stored(job->hub, job->message, change);
	if (!error && change->id && job->hub->files)
		files_belongs_to(job->hub->files, job->number, change->id);
	g_free(job->message);
	g_free(job);
}

void move_say_event(Transfer *t, gboolean mention, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	gint64 now = moment_now();
	EventJob *job = g_new0(EventJob, 1);
	job->hub = t->files->hub;
	job->number = t->number;
	job->message = (WireMessage *)wire_copy(&WIRE(MESSAGE, Message, .account = t->account, .chat = t->chat, .chat_kind = t->kind, .type = MESSAGE_EVENT,
		.direction = t->direction, .from = t->direction == DIRECTION_IN ? t->chat : NULL, .text = text, .time = now, .received = now,
		.state = t->direction == DIRECTION_OUT ? MESSAGE_SENT : MESSAGE_READ, .mention = mention));
	history_add(t->files->hub->history, job->message, on_event_stored, job);
}

/* ---- out: the copy ---- */

static void on_taken(const HelperResult *result, gpointer user)
{
	Transfer *t = user;
	if (result->error) {
		g_autofree char *why = g_strdup(result->error);
		drop_helper(t);
		transfer_end(t, TRANSFER_FAILED, why);
		return;
	}
	t->size = result->size;
	g_free(t->type);
	g_free(t->sha256);
	t->type = g_strdup(result->type);
	t->sha256 = g_strdup(result->sha256);
	drop_helper(t);
	t->step = STEP_READY;
	files_keep(t->files, t->account);
	transfer_tell(t);
	files_pump(t->files);
}

void move_take(Transfer *t)
{
	static const HelperEvents events = { on_progress, on_taken };
	g_autoptr(GError) error = NULL;
	g_autofree char *directory = files_directory(t->files, t->account, "outgoing", &error);
	if (!directory) {
		transfer_end(t, TRANSFER_FAILED, error->message);
		return;
	}
	g_free(t->copy);
	t->copy = g_build_filename(directory, t->id, NULL);
	g_unlink(t->copy);
	GString *line = begin("take");
	json_put_text(line, "path", t->source);
	json_put_text(line, "target", t->copy);
	json_put_text(line, "name", t->name);
	json_put_number(line, "max", SEND_MAX_BYTES);
	t->step = STEP_TAKING;
	run_helper(t, line, &events);
}

/* ---- out: where to, and there ---- */

void move_ask(Transfer *t)
{
	Runner *r = transfer_runner(t);
	t->step = STEP_ASKED;
	t->state = TRANSFER_WAITING;
	t->moved = 0;
	t->request = ++t->files->hub->last_request;
	if (!runner_send(r, &WIRE(FILE_SEND, FileSend, .request = t->request, .account = t->account, .chat = t->chat, .chat_kind = t->kind, .transfer = t->id,
	                          .path = t->copy, .name = t->name, .type = t->type, .size = t->size, .sha256 = t->sha256, .direct = t->direct)))
		t->step = STEP_READY;
}

static void on_stored(CommandCall *base, const char *text G_GNUC_UNUSED, gint64 id)
{
	Transfer *t = (Transfer *)base;
	t->message = id;
	transfer_end(t, TRANSFER_DONE, NULL);
}

static void on_not_stored(CommandCall *base, const char *text)
{
	transfer_end((Transfer *)base, TRANSFER_FAILED, text);
}

static void store_message(Transfer *t)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *row = g_strdup_printf("%s\n%s\n%s\n%" G_GINT64_FORMAT "\n%s", t->link, t->name, t->type ? t->type : "", t->size, t->sha256 ? t->sha256 : "");
	const char *const attachments[] = { row, NULL };
	t->step = STEP_STORING;
	t->base.done = on_stored;
	t->base.fail = on_not_stored;
	if (!outbox_add(t->files->hub, &t->base, &WIRE(MESSAGE, Message, .account = t->account, .chat = t->chat, .chat_kind = t->kind, .type = MESSAGE_TEXT,
	                                               .text = t->link, .attachments = attachments), &error))
		transfer_end(t, TRANSFER_FAILED, error->message);
}

static void on_put(const HelperResult *result, gpointer user)
{
	Transfer *t = user;
	g_autofree char *why = g_strdup(result->error);
	gboolean again = result->again;
	drop_helper(t);
	if (!why)
		store_message(t);
	else if (again)
		move_again(t, why);
	else
		transfer_end(t, TRANSFER_FAILED, why);
}

/* What kith-files must know of the account's network. */
static void put_account(GString *line, const Transfer *t)
{
	Config *config = t->files->hub->config;
	const char *ca_file = config_account_text(config, t->account, "ca_file");
	g_autofree char *path = *ca_file ? paths_expand(ca_file) : NULL;
	json_put_text(line, "ca_file", path);
	json_put_text(line, "proxy", config_account_text(config, t->account, "proxy"));
	json_put_flag(line, "plain", config_account_flag(config, t->account, "insecure_upload"));
}

void move_on_slot(Transfer *t, const WireSlot *slot)
{
	static const HelperEvents events = { on_progress, on_put };
	g_autoptr(GUri) uri = g_uri_parse(slot->get, G_URI_FLAGS_NONE, NULL);
	if (!uri || !g_uri_get_host(uri)) {
		transfer_end(t, TRANSFER_FAILED, "the server gave no good place for the file");
		return;
	}
	int port = g_uri_get_port(uri);
	if (port <= 0)
		port = strcmp(g_uri_get_scheme(uri), "http") ? 443 : 80;
	g_autofree char *origin = g_strdup_printf("%s:%d", g_uri_get_host(uri), port);
	files_note_store(t->files, t->account, origin);
	g_free(t->link);
	t->link = g_strdup(slot->get);
	GString *line = begin("put");
	json_put_number(line, "silence", config_number(t->files->hub->config, "transfer_timeout"));
	json_put_text(line, "path", t->copy);
	json_put_text(line, "url", slot->put);
	json_put_text(line, "type", t->type);
	json_put_list(line, "headers", slot->headers);
	put_account(line, t);
	t->step = STEP_PUTTING;
	t->state = TRANSFER_ACTIVE;
	t->request = 0;
	transfer_tell(t);
	run_helper(t, line, &events);
}

/* ---- in ---- */

static void on_got(const HelperResult *result, gpointer user)
{
	Transfer *t = user;
	g_autofree char *why = g_strdup(result->error);
	gboolean again = result->again;
	if (!why) {
		g_free(t->path);
		t->path = g_strdup(result->path);
		t->size = t->moved = result->size;
	}
	drop_helper(t);
	if (why && again && t->step == STEP_GETTING) {
		move_again(t, why);
	} else if (why) {
		transfer_end(t, TRANSFER_FAILED, why);
	} else {
		if (t->message && t->first)
			message_set_saved(t->files->hub, t->message, t->path);
		if (t->icon) {
			g_autofree char *size = filename_size(t->size);
			move_say_event(t, FALSE, "has this picture: \"%s\" (%s)", t->name, size);
		}
		transfer_end(t, TRANSFER_DONE, NULL);
	}
}

static const HelperEvents got_events = { on_progress, on_got };

static gboolean make_directory(Transfer *t)
{
	g_autoptr(GError) error = NULL;
	if (paths_make_directory(t->directory, &error))
		return TRUE;
	transfer_end(t, TRANSFER_FAILED, error->message);
	return FALSE;
}

void move_get(Transfer *t)
{
	Config *config = t->files->hub->config;
	if (!make_directory(t))
		return;
	GString *line = begin("get");
	json_put_text(line, "url", t->source);
	json_put_text(line, "directory", t->directory);
	json_put_text(line, "name", t->name);
	json_put_flag(line, "exact", t->exact);
	json_put_text(line, "sha256", t->sha256);
	json_put_number(line, "size", t->message ? t->size : 0);
	json_put_number(line, "max", config_number(config, "download_max") * 1024 * 1024);
	json_put_number(line, "silence", config_number(config, "transfer_timeout"));
	json_put_flag(line, "private", config_flag(config, "download_private"));
	json_put_text(line, "origin", g_hash_table_lookup(t->files->origins, t->account));
	put_account(line, t);
	t->step = STEP_GETTING;
	t->state = TRANSFER_ACTIVE;
	transfer_tell(t);
	run_helper(t, line, &got_events);
}

void move_keep(Transfer *t)
{
	if (!make_directory(t))
		return;
	GString *line = begin("keep");
	json_put_text(line, "path", t->copy);
	json_put_text(line, "directory", t->directory);
	json_put_text(line, "name", t->name);
	json_put_flag(line, "exact", t->exact);
	json_put_text(line, "sha256", t->sha256);
	t->step = STEP_KEEPING;
	run_helper(t, line, &got_events);
}
