/* files.c: the files on their way: what the user asked for, whose turn it is, what everybody is told. See files.h.
 *
 * Protocol-neutral: a backend gives a place for a file (slot), or carries the bytes itself and tells how far it is (transfer). One file of an
 * account goes out at a time, each in a message of its own. What was not finished when the hub ended is there again as failed, to be
 * tried again by the user: what was sent must never be in doubt twice.
 */
#include "hub/files.h"
#include "base/filename.h"
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define KEEPSAKE "hub.transfers"
#define STORE_KEEPSAKE "hub.store"
#define OVER_MAX 50    /* that are over and still listed */
#define OPEN_MAX 1000
#define OFFERS_MAX 50  /* of an account, that wait for the user */
#define GETTING_MAX 3

Runner *transfer_runner(const Transfer *t)
{
	Account *account = model_account(t->files->hub->model, t->account);
	return account && account->user ? runner_of(account) : NULL;
}

static void transfer_free(gpointer data)
{
	Transfer *t = data;
	helper_free(t->helper);
	if (t->retry_source)
		g_source_remove(t->retry_source);
	char *all[] = { t->id, t->account, t->chat, t->name, t->type, t->sha256, t->text, t->source, t->copy, t->link, t->directory, t->path };
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
	g_free(t);
}

static Transfer *transfer_new(Files *files, const char *account, const char *id, Direction direction)
{
	Transfer *t = g_new0(Transfer, 1);
	t->files = files;
	t->number = ++files->last_number;
	t->id = id ? g_strdup(id) : secret_random_id();
	t->account = g_strdup(account);
	t->direction = direction;
	t->state = TRANSFER_WAITING;
	g_ptr_array_add(files->all, t);
	return t;
}

static void transfer_event(const Transfer *t, char number[24], WireTransfer *event)
{
	g_snprintf(number, 24, "%" G_GINT64_FORMAT, t->number);
	*event = WIRE(TRANSFER, Transfer, .account = t->account, .transfer = number, .chat = t->chat, .direction = t->direction, .state = t->state, .name = t->name,
	              .type = t->type, .size = t->size, .moved = t->moved, .path = t->path, .text = t->text, .id = t->message);
}

void transfer_tell(Transfer *t)
{
	char number[24];
	WireTransfer event;
	transfer_event(t, number, &event);
	hub_publish(t->files->hub, &event);
}

void files_belongs_to(Files *files, gint64 number, gint64 message)
{
	for (guint i = 0; i < files->all->len; i++) {
		Transfer *t = files->all->pdata[i];
		if (t->number != number || t->message)
			continue;
		t->message = message;
		t->first = TRUE;
		transfer_tell(t);
		/* It may have been saved before its word was stored. */
		if (t->path)
			message_set_saved(files->hub, message, t->path);
		return;
	}
}

char *files_directory(Files *files, const char *account, const char *which, GError **error)
{
	char *path = g_build_filename(files->hub->paths->accounts, account, which, NULL);
	if (paths_make_directory(path, error))
		return path;
	g_free(path);
	return NULL;
}

/* ---- the command that waits ---- */

static FileGroup *group_new(CommandCall *call)
{
	FileGroup *group = g_new0(FileGroup, 1);
	group->call = call;
	group->told = g_string_new(NULL);
	group->failures = g_string_new(NULL);
	return group;
}

static void group_end_one(Transfer *t)
{
	FileGroup *group = g_steal_pointer(&t->group);
	if (!group)
		return;
	group->id = t->message ? t->message : group->id;
	g_autofree char *name = text_clean(t->name ? t->name : t->source, TEXT_LINE);
	if (t->state == TRANSFER_DONE && t->direction == DIRECTION_IN)
		g_string_append_printf(group->told, "%ssaved as \"%s\"", group->told->len ? "\n" : "", t->path);
	else if (t->state != TRANSFER_DONE)
		g_string_append_printf(group->failures, "%s\"%s\" was not %s: %s; /retry %" G_GINT64_FORMAT " tries again", group->failures->len ? "\n" : "", name,
		                       t->direction == DIRECTION_OUT ? "sent" : "saved", t->text ? t->text : "it was cancelled", t->number);
	if (--group->open == 0) {
		g_autofree char *failures = text_shorten(group->failures->str, 4000), *told = text_shorten(group->told->str, 60000);
		if (*failures)
			group->call->fail(group->call, failures);
		else
			group->call->done(group->call, *told ? told : NULL, t->direction == DIRECTION_OUT ? group->id : 0);
		g_string_free(group->told, TRUE);
		g_string_free(group->failures, TRUE);
		g_free(group);
	}
}

/* ---- the end of one ---- */

static void drop_copy(Transfer *t)
{
	if (t->copy)
		g_unlink(t->copy);
	g_clear_pointer(&t->copy, g_free);
}

/* The oldest of those that are over are forgotten. */
static void forget_oldest(Files *files)
{
	guint over = 0;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (t->step != STEP_OVER || ++over <= OVER_MAX)
			continue;
		g_autofree char *account = g_strdup(t->account);
		drop_copy(t);
		g_ptr_array_remove_index(files->all, i);
		files_keep(files, account);
	}
}

void transfer_end(Transfer *t, TransferState state, const char *text)
{
	Files *files = t->files;
	char *words = g_strdup(text);
	t->step = STEP_OVER;
	t->state = state;
	t->request = 0;
	g_free(t->text);
	t->text = words;
	if (state == TRANSFER_DONE) {
		t->moved = t->size;
		drop_copy(t);
	}
	if (state == TRANSFER_FAILED)
		log_info("account \"%s\": a file was not %s: %s", t->account, t->direction == DIRECTION_OUT ? "sent" : "saved", text ? text : "");
	transfer_tell(t);
	files_keep(files, t->account);
	group_end_one(t);
	forget_oldest(files);
	files_pump(files);
	hub_check_purpose(files->hub);
}

/* ---- whose turn it is ---- */

static gboolean on_pump(gpointer user)
{
	Files *files = user;
	guint getting = 0;
	g_autoptr(GHashTable) taking = g_hash_table_new(g_str_hash, g_str_equal), sending = g_hash_table_new(g_str_hash, g_str_equal);
	files->pump_source = 0;
	for (guint i = 0; i < files->all->len; i++) {
		const Transfer *t = files->all->pdata[i];
		if (t->step == STEP_TAKING)
			g_hash_table_add(taking, t->account);
		else if (t->direction == DIRECTION_OUT && (t->step == STEP_ASKED || t->step == STEP_PUTTING || t->step == STEP_STORING ||
		                                           (t->step == STEP_BACKEND && t->state == TRANSFER_ACTIVE)))
			g_hash_table_add(sending, t->account); /* an offer that waits for the other side holds nobody up */
		getting += t->step == STEP_GETTING;
	}
	for (guint i = 0; i < files->all->len; i++) {
		Transfer *t = files->all->pdata[i];
		Account *account = model_account(files->hub->model, t->account);
		if (t->step == STEP_NEW && g_hash_table_add(taking, t->account)) {
			move_take(t);
		} else if (t->step == STEP_READY && !t->retry_source && account && account_is_online(account) && g_hash_table_add(sending, t->account)) {
			if (account_can(account, "files"))
				move_ask(t);
			else
				transfer_end(t, TRANSFER_FAILED, "the network does not carry files");
		} else if (t->step == STEP_LINK && !t->retry_source && getting < GETTING_MAX) {
			getting++;
			move_get(t);
		}
	}
	return G_SOURCE_REMOVE;
}

void files_pump(Files *files)
{
	if (!files->pump_source)
		files->pump_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_pump, files, NULL);
}

guint files_busy(Hub *hub)
{
	guint n = 0;
	for (guint i = 0; hub->files && i < hub->files->all->len; i++) {
		const Transfer *t = hub->files->all->pdata[i];
		const Account *account = model_account(hub->model, t->account);
		n += t->step != STEP_OVER && t->step != STEP_OFFERED && account && account->enabled && account->state != ACCOUNT_ERROR;
	}
	return n;
}

/* ---- over a restart ---- */

void files_note_store(Files *files, const char *account, const char *origin)
{
	if (!g_strcmp0(g_hash_table_lookup(files->origins, account), origin))
		return;
	g_hash_table_replace(files->origins, g_strdup(account), g_strdup(origin));
	history_keep(files->hub->history, account, STORE_KEEPSAKE, origin, NULL, NULL);
}

void files_keep(Files *files, const char *account)
{
	g_autoptr(GString) text = g_string_new(NULL);
	for (guint i = 0; i < files->all->len; i++) {
		const Transfer *t = files->all->pdata[i];
		if (strcmp(t->account, account) || t->direction != DIRECTION_OUT || !t->source || t->state == TRANSFER_DONE || t->state == TRANSFER_CANCELLED || text->len > 200000)
			continue;
		json_open(text);
		json_put_text(text, "id", t->id);
		json_put_text(text, "chat", t->chat);
		json_put_text(text, "kind", wire_words_chat_kind[t->kind]);
		json_put_text(text, "name", t->name);
		json_put_text(text, "source", t->source);
		json_put_text(text, "type", t->type);
		json_put_text(text, "sha256", t->sha256);
		json_put_number(text, "size", t->size);
		json_put_flag(text, "direct", t->direct);
		json_put_flag(text, "told", t->told);
		json_close(text);
		g_string_append_c(text, '\n');
	}
	history_keep(files->hub->history, account, KEEPSAKE, text->len ? text->str : NULL, NULL, NULL);
}

static void load_one(Files *files, const char *account, char *line)
{
	JsonReader json;
	JsonValue value;
	char *key;
	Transfer *t = transfer_new(files, account, NULL, DIRECTION_OUT);
	const struct { const char *key; char **place; } texts[] = { { "id", &t->id }, { "chat", &t->chat }, { "name", &t->name }, { "source", &t->source },
		{ "type", &t->type }, { "sha256", &t->sha256 } };
	json_reader_init(&json, line, strlen(line));
	for (gboolean more = json_read_open(&json); more && json_read_field(&json, &key, &value);) {
		for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
			if (value.type == JSON_STRING && !strcmp(texts[i].key, key)) {
				g_free(*texts[i].place);
				*texts[i].place = g_strdup(value.text);
			}
		if (value.type == JSON_STRING && !strcmp(key, "kind"))
			t->kind = (ChatKind)MAX(wire_word_find(wire_words_chat_kind, value.text), 0);
		else if (value.type == JSON_NUMBER && !strcmp(key, "size"))
			t->size = value.number;
		else if (value.type == JSON_TRUE && !strcmp(key, "direct"))
			t->direct = TRUE;
		else if (value.type == JSON_TRUE && !strcmp(key, "told"))
			t->told = TRUE;
		else if (value.type == JSON_ARRAY)
			json_skip_array(&json);
	}
	t->step = STEP_OVER;
	t->state = TRANSFER_FAILED;
	t->text = g_strdup("kith ended before it was sent");
	if (!t->chat || !t->name || !t->source || strchr(t->id, '/')) {
		g_ptr_array_remove(files->all, t);
		return;
	}
	g_autofree char *directory = files_directory(files, account, "outgoing", NULL);
	t->copy = directory ? g_build_filename(directory, t->id, NULL) : NULL;
	transfer_tell(t);
	if (!t->told)
		move_say_event(t, FALSE, "the file \"%s\" was not sent before kith ended; /transfers lists it, /retry sends it", t->name);
	t->told = TRUE;
}

/* What nobody knows any more. */
static void clean_directory(Files *files, const char *account, const char *which)
{
	g_autofree char *path = g_build_filename(files->hub->paths->accounts, account, which, NULL);
	g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
	const char *name;
	while (directory && (name = g_dir_read_name(directory))) {
		gboolean known = FALSE;
		for (guint i = 0; i < files->all->len && !known; i++)
			known = !strcmp(((Transfer *)files->all->pdata[i])->id, name);
		g_autofree char *file = g_build_filename(path, name, NULL);
		if (!known)
			g_unlink(file);
	}
}

/* Standard input of a kith send that was killed. */
static void clean_input(Hub *hub)
{
	g_autoptr(GDir) directory = g_dir_open(hub->paths->data, 0, NULL);
	const char *name;
	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *file = g_build_filename(hub->paths->data, name, NULL);
		if (g_str_has_prefix(name, "input-"))
			g_unlink(file);
	}
}

void files_load(Hub *hub)
{
	const GPtrArray *accounts = model_accounts(hub->model);
	for (guint i = 0; i < accounts->len; i++) {
		const char *account = ((Account *)accounts->pdata[i])->name;
		g_auto(GStrv) keep = reader_kept(hub->reader, account, NULL);
		for (guint k = 0; keep && keep[k]; k++) {
			if (g_str_has_prefix(keep[k], STORE_KEEPSAKE "="))
				g_hash_table_replace(hub->files->origins, g_strdup(account), g_strdup(strchr(keep[k], '=') + 1));
			if (!g_str_has_prefix(keep[k], KEEPSAKE "="))
				continue;
			g_auto(GStrv) lines = g_strsplit(strchr(keep[k], '=') + 1, "\n", -1);
			for (guint n = 0; lines[n]; n++)
				if (*lines[n])
					load_one(hub->files, account, lines[n]);
			files_keep(hub->files, account);
		}
		clean_directory(hub->files, account, "outgoing");
		clean_directory(hub->files, account, "incoming");
	}
	clean_input(hub);
	forget_oldest(hub->files);
}

static void each_transfer(gpointer data, void (*each)(const WireTransfer *transfer, gpointer user), gpointer user)
{
	Hub *hub = data;
	for (guint i = 0; i < hub->files->all->len; i++) {
		char number[24];
		WireTransfer event;
		transfer_event(hub->files->all->pdata[i], number, &event);
		each(&event, user);
	}
}

/* ---- what the backend says ---- */

static Transfer *find_by_id(Runner *r, const char *id)
{
	Files *files = r->hub->files;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (!strcmp(t->account, r->account->name) && !strcmp(t->id, id))
			return t;
	}
	return NULL;
}

void files_on_slot(Runner *r, const WireSlot *slot)
{
	Transfer *t = find_by_id(r, slot->transfer);
	if (t && t->step == STEP_ASKED)
		move_on_slot(t, slot);
}

gboolean files_on_answer(Runner *r, gint64 request, gboolean ok, const char *text)
{
	Files *files = r->hub->files;
	for (guint i = 0; i < files->all->len; i++) {
		Transfer *t = files->all->pdata[i];
		if (!request || t->request != request)
			continue;
		t->request = 0;
		if (!ok)
			transfer_end(t, TRANSFER_FAILED, text ? text : "the network refused it");
		return TRUE;
	}
	return FALSE;
}

static void on_offer(Runner *r, const WireTransfer *e)
{
	Files *files = r->hub->files;
	guint offers = 0;
	for (guint i = 0; i < files->all->len; i++)
		offers += ((Transfer *)files->all->pdata[i])->step == STEP_OFFERED && !strcmp(((Transfer *)files->all->pdata[i])->account, r->account->name);
	if (!e->chat || offers >= OFFERS_MAX) {
		runner_send(r, &WIRE(FILE_CANCEL, FileCancel, .account = r->account->name, .transfer = e->transfer));
		return;
	}
	Transfer *t = transfer_new(files, r->account->name, e->transfer, DIRECTION_IN);
	const Chat *chat = model_chat(r->account, e->chat);
	t->step = STEP_OFFERED;
	t->state = TRANSFER_OFFERED;
	t->chat = g_strdup(e->chat);
	t->kind = chat ? chat->kind : CHAT_DIRECT;
	t->name = filename_safe(e->name, NULL);
	t->type = g_strdup(e->type);
	t->size = e->size;
	g_autofree char *size = filename_size(t->size);
	move_say_event(t, TRUE, "offers the file \"%s\" (%s); /take %" G_GINT64_FORMAT " fetches it, /refuse %" G_GINT64_FORMAT " declines", t->name, size, t->number, t->number);
	transfer_tell(t);
}

static void on_moved(Transfer *t, const WireTransfer *e)
{
	g_autofree char *size = NULL;
	t->step = STEP_BACKEND;
	t->moved = e->moved;
	switch (e->state) {
	case TRANSFER_WAITING:
	case TRANSFER_ACTIVE:
		t->state = e->state;
		t->request = 0;
		transfer_tell(t);
		break;
	case TRANSFER_DONE:
		size = filename_size(t->size);
		if (t->direction == DIRECTION_IN) {
			move_keep(t);
			break;
		}
		move_say_event(t, FALSE, "the file \"%s\" (%s) was sent", t->name, size);
		transfer_end(t, TRANSFER_DONE, NULL);
		break;
	case TRANSFER_FAILED:
		transfer_end(t, TRANSFER_FAILED, e->text ? e->text : "the transfer broke");
		break;
	case TRANSFER_CANCELLED:
		if (t->direction == DIRECTION_IN && t->state == TRANSFER_OFFERED)
			move_say_event(t, FALSE, "took the offer of the file \"%s\" back", t->name);
		transfer_end(t, TRANSFER_CANCELLED, e->text ? e->text : "the other side gave it up");
		break;
	case TRANSFER_OFFERED:
		break;
	}
}

void files_on_transfer(Runner *r, const WireTransfer *e)
{
	Transfer *t = find_by_id(r, e->transfer);
	if (!t && e->state == TRANSFER_OFFERED && e->direction == DIRECTION_IN)
		on_offer(r, e);
	else if (t && (t->step == STEP_ASKED || t->step == STEP_BACKEND || t->step == STEP_OFFERED))
		on_moved(t, e);
}

void files_on_online(Runner *r)
{
	files_pump(r->hub->files);
}

void files_on_offline(Runner *r)
{
	Files *files = r->hub->files;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (strcmp(t->account, r->account->name))
			continue;
		if (t->step == STEP_ASKED || (t->step == STEP_BACKEND && t->direction == DIRECTION_OUT))
			move_again(t, "the connection was lost");
		else if (t->step == STEP_BACKEND || t->step == STEP_OFFERED)
			transfer_end(t, TRANSFER_FAILED, "the connection was lost");
	}
}

void files_forget(Hub *hub, const char *account)
{
	for (guint i = hub->files->all->len; i-- > 0;) {
		Transfer *t = hub->files->all->pdata[i];
		if (strcmp(t->account, account))
			continue;
		move_stop(t);
		t->step = STEP_OVER;
		t->state = TRANSFER_FAILED;
		group_end_one(t);
		drop_copy(t);
		g_ptr_array_remove(hub->files->all, t);
	}
}

/* ---- what the user wants ---- */

static gboolean refuse(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static gboolean refuse(GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
	return FALSE;
}

static void join_group(Transfer *t, FileGroup *group)
{
	t->group = group;
	group->open++;
}

static gboolean send_files(gpointer data, CommandCall *call, const FileSend *send, GError **error)
{
	Hub *hub = data;
	if (hub->files->all->len >= OPEN_MAX)
		return refuse(error, "too many files are on their way already");
	if (!send->account->enabled)
		return refuse(error, "the account \"%s\" is not online", send->account->name);
	FileGroup *group = group_new(call);
	for (const char *const *path = send->paths; *path; path++) {
		Transfer *t = transfer_new(hub->files, send->account->name, NULL, DIRECTION_OUT);
		g_autofree char *base = g_path_get_basename(*path);
		g_autofree char *clean = text_clean(send->name ? send->name : base, TEXT_LINE);
		t->chat = g_strdup(send->chat);
		t->kind = send->chat_kind;
		t->source = g_strdup(*path);
		t->name = text_shorten(g_strdelimit(clean, "/", '_'), FILENAME_MAX_BYTES);
		t->direct = send->direct;
		t->step = STEP_NEW;
		join_group(t, group);
		transfer_tell(t);
	}
	files_keep(hub->files, send->account->name);
	files_pump(hub->files);
	return TRUE;
}

static char *downloads(Hub *hub)
{
	const char *set = config_text(hub->config, "download_dir"), *known = g_get_user_special_dir(G_USER_DIRECTORY_DOWNLOAD);
	if (*set) {
		g_autofree char *path = paths_expand(set);
		return g_path_is_absolute(path) ? g_steal_pointer(&path) : g_build_filename(g_get_home_dir(), path, NULL);
	}
	return known ? g_strdup(known) : g_build_filename(g_get_home_dir(), "Downloads", NULL);
}

/* path (may be NULL): a directory to save into, or the file to save as. */
static void choose_place(Transfer *t, const char *path)
{
	g_free(t->directory);
	if (!path) {
		t->directory = downloads(t->files->hub);
	} else if (g_str_has_suffix(path, "/") || g_file_test(path, G_FILE_TEST_IS_DIR)) {
		t->directory = g_strdup(path);
	} else {
		t->directory = g_path_get_dirname(path);
		g_free(t->name);
		t->name = g_path_get_basename(path);
		t->exact = TRUE;
	}
}

static gboolean save_files(gpointer data, CommandCall *call, const FileSave *save, GError **error)
{
	Hub *hub = data;
	if (hub->files->all->len >= OPEN_MAX)
		return refuse(error, "too many files are on their way already");
	FileGroup *group = group_new(call);
	for (const char *const *row = save->attachments; *row; row++) {
		g_auto(GStrv) lines = g_strsplit(*row, "\n", 6);
		guint n = g_strv_length(lines);
		Transfer *t = transfer_new(hub->files, save->account->name, NULL, DIRECTION_IN);
		t->chat = g_strdup(save->chat);
		t->source = g_strdup(lines[0]);
		t->name = filename_safe(n > 1 && *lines[1] ? lines[1] : NULL, lines[0]);
		t->type = n > 2 && *lines[2] && strlen(lines[2]) <= 64 ? g_strdup(lines[2]) : NULL;
		t->size = n > 3 ? MAX(g_ascii_strtoll(lines[3], NULL, 10), 0) : 0;
		t->sha256 = n > 4 && *lines[4] ? g_strdup(lines[4]) : NULL;
		t->message = save->message;
		t->first = row == save->attachments;
		t->step = STEP_LINK;
		choose_place(t, save->path);
		join_group(t, group);
		transfer_tell(t);
	}
	files_pump(hub->files);
	return TRUE;
}

static gboolean fits(const Transfer *t, TransferAct act)
{
	switch (act) {
	case TRANSFER_ACT_CANCEL: return t->step != STEP_OVER && t->step != STEP_STORING;
	case TRANSFER_ACT_RETRY: return t->step == STEP_OVER && t->state != TRANSFER_DONE && t->source;
	default: return t->step == STEP_OFFERED;
	}
}

static Transfer *find_to_change(Files *files, TransferAct act, gint64 number, GError **error)
{
	static const char *const nothing[] = { "no file is on its way", "no file has failed", "no file is offered", "no file is offered" };
	static const char *const unfit[] = { "is over already", "needs no other try", "is not offered (any more)", "is not offered (any more)" };
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (number ? t->number == number : fits(t, act)) {
			if (fits(t, act))
				return t;
			refuse(error, "the file %" G_GINT64_FORMAT " %s", number, unfit[act]);
			return NULL;
		}
	}
	if (number)
		refuse(error, "there is no file %" G_GINT64_FORMAT "; /transfers lists them", number);
	else
		refuse(error, "%s", nothing[act]);
	return NULL;
}

static gboolean take(Transfer *t, CommandCall *call, const char *path, GError **error)
{
	Runner *r = transfer_runner(t);
	g_autofree char *directory = files_directory(t->files, t->account, "incoming", error);
	gint64 most = config_number(t->files->hub->config, "download_max") * 1024 * 1024;
	if (!directory)
		return FALSE;
	if (t->size > most)
		return refuse(error, "the file is larger than the setting download_max allows");
	g_free(t->copy);
	g_autofree char *name = secret_random_id();
	t->copy = g_build_filename(directory, name, NULL);
	choose_place(t, path);
	t->request = ++t->files->hub->last_request;
	if (!r || !runner_send(r, &WIRE(FILE_TAKE, FileTake, .request = t->request, .account = t->account, .transfer = t->id, .path = t->copy)))
		return refuse(error, "the account \"%s\" is not online", t->account);
	join_group(t, group_new(call));
	t->step = STEP_BACKEND;
	t->state = TRANSFER_WAITING;
	transfer_tell(t);
	return TRUE;
}

static gboolean change_transfer(gpointer data, CommandCall *call, TransferAct act, gint64 number, const char *path, GError **error)
{
	Hub *hub = data;
	Transfer *t = find_to_change(hub->files, act, number, error);
	if (!t)
		return FALSE;
	switch (act) {
	case TRANSFER_ACT_TAKE:
		return take(t, call, path, error);
	case TRANSFER_ACT_RETRY:
		t->step = t->direction == DIRECTION_IN ? STEP_LINK : t->sha256 && t->copy && g_file_test(t->copy, G_FILE_TEST_IS_REGULAR) ? STEP_READY : STEP_NEW;
		t->state = TRANSFER_WAITING;
		t->attempts = 0;
		t->moved = 0;
		g_clear_pointer(&t->text, g_free);
		join_group(t, group_new(call));
		transfer_tell(t);
		files_keep(hub->files, t->account);
		files_pump(hub->files);
		return TRUE;
	case TRANSFER_ACT_CANCEL:
	case TRANSFER_ACT_REFUSE:
		move_stop(t);
		transfer_end(t, TRANSFER_CANCELLED, "you gave it up");
		call->done(call, NULL, 0);
		return TRUE;
	}
	return FALSE;
}

/* ---- life ---- */

void files_set_host(Hub *hub)
{
	hub->host.send_files = send_files;
	hub->host.save_files = save_files;
	hub->host.change_transfer = change_transfer;
	hub->host.each_transfer = each_transfer;
}

Files *files_new(Hub *hub)
{
	Files *files = g_new0(Files, 1);
	files->hub = hub;
	files->all = g_ptr_array_new_with_free_func(transfer_free);
	files->origins = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return files;
}

void files_free(Files *files)
{
	if (!files)
		return;
	if (files->pump_source)
		g_source_remove(files->pump_source);
	g_ptr_array_unref(files->all);
	g_hash_table_unref(files->origins);
	g_free(files);
}
