/* files-wish.c: what the user wants of files, as the commands ask for it through the CommandHost. */
#include "hub/files.h"
#include "base/filename.h"
#include "base/secret.h"
#include "base/text.h"
#include <gio/gio.h>
#include <string.h>

#define OPEN_MAX 1000

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
		group_join(group, t);
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
		g_auto(GStrv) lines = g_strsplit(*row, "\n", 7);
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
		group_join(group, t);
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
	group_join(group_new(call), t);
	t->step = STEP_BACKEND;
	t->state = TRANSFER_WAITING;
	transfer_tell(t);
	return TRUE;
}

static gboolean fetch_icon(gpointer data, CommandCall *call, Account *account, const char *address, ChatKind kind, const char *path, GError **error)
{
	Hub *hub = data;
	g_autofree char *directory = files_directory(hub->files, account->name, "incoming", error), *name = secret_random_id();
	if (!directory)
		return FALSE;
	if (hub->files->all->len >= OPEN_MAX)
		return refuse(error, "too many files are on their way already");
	Transfer *t = transfer_new(hub->files, account->name, NULL, DIRECTION_IN);
	t->icon = TRUE;
	t->chat = g_strdup(address);
	t->kind = kind;
	t->name = filename_safe(address, NULL);
	t->copy = g_build_filename(directory, name, NULL);
	choose_place(t, path);
	t->step = STEP_BACKEND;
	t->request = ++hub->last_request;
	group_join(group_new(call), t);
	if (!runner_send(runner_of(account), &WIRE(ICON, Icon, .request = t->request, .account = account->name, .address = address, .transfer = t->id, .path = t->copy)))
		transfer_end(t, TRANSFER_FAILED, "the account is not online");
	else
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
		group_join(group_new(call), t);
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

void files_set_host(Hub *hub)
{
	hub->host.send_files = send_files;
	hub->host.save_files = save_files;
	hub->host.fetch_icon = fetch_icon;
	hub->host.change_transfer = change_transfer;
	hub->host.each_transfer = each_transfer;
}
