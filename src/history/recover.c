/* recover.c: see recover.h. */
#include "history/recover.h"
#include "history/rows.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#define SLICE 1000      /* rows a transaction */
#define GAP_MAX 1000000 /* ids passed over at once behind a row that can't be read */

static char *damaged_name(const char *path)
{
	g_autoptr(GDateTime) now = g_date_time_new_now_local();
	g_autofree char *stamp = g_date_time_format(now, "%Y%m%d-%H%M%S");
	char *name = g_strdup_printf("%s.damaged-%s", path, stamp);
	for (int n = 2; g_file_test(name, G_FILE_TEST_EXISTS); n++) {
		g_free(name);
		name = g_strdup_printf("%s.damaged-%s-%d", path, stamp, n);
	}
	return name;
}

char *recover_set_aside(const char *path, GError **error)
{
	static const char *const endings[] = { "-wal", "-shm" };
	g_autofree char *name = damaged_name(path);
	if (g_rename(path, name) < 0) {
		g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "%s: the damaged history \"%s\" can't be renamed", g_strerror(errno), path);
		return NULL;
	}
	for (guint i = 0; i < G_N_ELEMENTS(endings); i++) {
		g_autofree char *from = g_strconcat(path, endings[i], NULL), *to = g_strconcat(name, endings[i], NULL);
		g_rename(from, to); /* often not there */
	}
	return g_steal_pointer(&name);
}

static void copy_contacts(Store *store, Database *from)
{
	static const char sql[] = "SELECT " CONTACT_COLUMNS CONTACT_FROM;
	sqlite3_stmt *row = database_take(from, sql, "");
	while (row && sqlite3_step(row) == SQLITE_ROW) {
		WireContact contact;
		char **groups;
		row_contact(row, &contact, &groups);
		if (contact.account && contact.address)
			store_put_contact(store, &contact);
		g_strfreev(groups);
	}
	if (row)
		database_give(from, sql, row);
}

static void copy_kept(Store *store, Database *from)
{
	static const char sql[] = "SELECT a.name, k.key, k.value FROM keep k JOIN account a ON a.id = k.account";
	sqlite3_stmt *row = database_take(from, sql, "");
	while (row && sqlite3_step(row) == SQLITE_ROW)
		if (database_text(row, 0) && database_text(row, 1) && database_text(row, 2))
			store_keep(store, database_text(row, 0), database_text(row, 1), database_text(row, 2));
	if (row)
		database_give(from, sql, row);
}

/* Copies up to SLICE messages behind *after; SQLITE_ROW: there may be more; SQLITE_DONE: the end; else what stopped it. */
static int copy_slice(Store *store, Database *from, gint64 *after, gint64 *copied)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS MESSAGE_FROM "WHERE m.id > ? ORDER BY m.id LIMIT 1000";
	int step = SQLITE_DONE, code, rows = 0;
	WireMessage message;
	RowLists lists;
	if ((code = store_begin(store)) != SQLITE_OK)
		return SQLITE_FULL;
	sqlite3_stmt *row = database_take(from, sql, "i", *after);
	while (row && code == SQLITE_OK && (step = sqlite3_step(row)) == SQLITE_ROW) {
		RowRest rest = row_rest(row);
		row_message(row, &message, &lists);
		message.type = rest.type;
		message.text = rest.text;
		if (message.account && message.chat && message.text && message.id > 0)
			code = store_restore(store, &message, &rest);
		row_lists_clear(&lists);
		*after = message.id;
		rows++;
	}
	if (row)
		database_give(from, sql, row);
	if (code != SQLITE_OK || (code = store_commit(store)) != SQLITE_OK) {
		store_rollback(store);
		return SQLITE_FULL;
	}
	*copied += rows;
	return !row ? SQLITE_ERROR : step == SQLITE_DONE && rows == SLICE ? SQLITE_ROW : step;
}

gint64 recover_copy(Store *store, const char *damaged, gint64 *newest)
{
	Database from;
	gint64 after = 0, copied = 0, gap = 1, last, largest = 0;
	int step;
	if (!database_open(&from, damaged, DATABASE_READ, NULL))
		return 0;
	last = database_number(&from, 0, NULL, "SELECT seq FROM sqlite_sequence WHERE name = 'message'", "");
	last = MAX(last, *newest);
	if (store_begin(store) == SQLITE_OK) {
		copy_contacts(store, &from);
		copy_kept(store, &from);
		if (store_commit(store) != SQLITE_OK)
			store_rollback(store);
	}
	/* Where a row can't be read the next try begins behind it, in growing steps, until the ids end. */
	while ((step = copy_slice(store, &from, &after, &copied)) != SQLITE_DONE && step != SQLITE_FULL) {
		if (step == SQLITE_ROW) {
			gap = 1;
			continue;
		}
		if (copied)
			largest = after;
		after += gap;
		gap = MIN(gap * 2, GAP_MAX);
		if (after > last)
			break;
	}
	*newest = MAX(last, step == SQLITE_DONE && copied ? after : largest);
	database_close(&from);
	return copied;
}
