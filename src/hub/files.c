/* files.c: the files on their way: the list of them, whose turn it is, what everybody is told. See files.h.
 *
 * Protocol-neutral: a backend gives a place for a file (slot), or carries the bytes itself and tells how far it is (transfer). One file of an
 * account goes out at a time, each in a message of its own.
 */
#include "hub/files.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/text.h"
#include <glib/gstdio.h>
#include <string.h>

#define OVER_MAX 50 /* that are over and still listed */
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

Transfer *transfer_new(Files *files, const char *account, const char *id, Direction direction)
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

void transfer_event(const Transfer *t, char number[24], WireTransfer *event)
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

FileGroup *group_new(CommandCall *call)
{
	FileGroup *group = g_new0(FileGroup, 1);
	group->call = call;
	group->told = g_string_new(NULL);
	group->failures = g_string_new(NULL);
	return group;
}

void group_join(FileGroup *group, Transfer *t)
{
	t->group = group;
	group->open++;
}

void group_end_one(Transfer *t)
{
	FileGroup *group = g_steal_pointer(&t->group);
	if (!group)
		return;
	group->id = t->message ? t->message : group->id;
	g_autofree char *name = text_clean(t->name ? t->name : t->source, TEXT_LINE);
	if (t->state == TRANSFER_DONE && t->direction == DIRECTION_IN)
		g_string_append_printf(group->told, "%ssaved as \"%s\"", group->told->len ? "\n" : "", t->path);
	else if (t->state != TRANSFER_DONE && t->icon)
		g_string_append(group->failures, t->text ? t->text : "it was cancelled");
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

void transfer_drop_copy(Transfer *t)
{
	if (t->copy)
		g_unlink(t->copy);
	g_clear_pointer(&t->copy, g_free);
}

/* The oldest of those that are over are forgotten. */
void files_forget_oldest(Files *files)
{
	guint over = 0;
	for (guint i = files->all->len; i-- > 0;) {
		Transfer *t = files->all->pdata[i];
		if (t->step != STEP_OVER || ++over <= OVER_MAX)
			continue;
		g_autofree char *account = g_strdup(t->account);
		transfer_drop_copy(t);
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
		transfer_drop_copy(t);
	}
	if (state == TRANSFER_FAILED)
		log_info("account \"%s\": a file was not %s: %s", t->account, t->direction == DIRECTION_OUT ? "sent" : "saved", text ? text : "");
	transfer_tell(t);
	files_keep(files, t->account);
	group_end_one(t);
	files_forget_oldest(files);
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

/* ---- life ---- */

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
