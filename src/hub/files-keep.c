/* files-keep.c: what is known of files after a restart of the hub.
 *
 * What was not sent when the hub ended is there again as failed, to be tried again by the user: what was sent must never be in doubt twice.
 */
#include "hub/files.h"
#include "base/json.h"
#include <glib/gstdio.h>
#include <string.h>

#define KEEPSAKE "hub.transfers"
#define STORE_KEEPSAKE "hub.store"

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
	files_forget_oldest(hub->files);
}
