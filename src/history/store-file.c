/* store-file.c: the Store's file: opening, damage, and the upkeep that is done when there is nothing else to do (see store.h). */
#include "history/store-inside.h"
#include "history/recover.h"
#include <glib/gstdio.h>
#include <sys/random.h>
#include <sys/stat.h>

#define CHECK_AT_ONCE (8 * 1024 * 1024) /* bytes: up to here checking takes some 30 ms and is done while opening */
#define TIDY_ROWS 256     /* rows a slice */
#define LOG_PAGES 1000    /* the log is written back when there is time from this length on */
#define LOG_PAGES_MAX 8000 /* and in any case from this one: a long log makes every read slow */

/* ---- opening ---- */

static int note_log(void *data, G_GNUC_UNUSED sqlite3 *handle, G_GNUC_UNUSED const char *name, int pages)
{
	((Store *)data)->log_pages = pages;
	return SQLITE_OK;
}

static gboolean is_damage(const Database *database)
{
	int code = database->handle ? sqlite3_errcode(database->handle) & 0xff : SQLITE_OK;
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
}

static int make_known(Store *store)
{
	Database *db = &store->database;
	if (getrandom(store->known.key, sizeof store->known.key, 0) != sizeof store->known.key)
		return SQLITE_IOERR;
	return database_run(db, "INSERT INTO meta VALUES('hash_key_0', ?), ('hash_key_1', ?)", "ii", (gint64)store->known.key[0], (gint64)store->known.key[1]);
}

/* Reads what the store keeps in memory and notes that the file is open. */
static int load(Store *store)
{
	Database *db = &store->database;
	int code = store_begin(store);
	if (code == SQLITE_OK && database_number(db, 0, &code, "SELECT count(*) FROM meta WHERE key = 'hash_key_0'", ""))
		for (int i = 0; i < 2; i++)
			store->known.key[i] = (guint64)database_number(db, 0, NULL, "SELECT value FROM meta WHERE key = 'hash_key_' || ?", "i", (gint64)i);
	else if (code == SQLITE_OK)
		code = make_known(store);
	if (code == SQLITE_OK)
		store->indexed = database_number(db, 0, &code, "SELECT value FROM meta WHERE key = 'indexed'", "");
	if (code == SQLITE_OK)
		store->renumber = database_number(db, 0, &code, "SELECT value FROM meta WHERE key = 'renumber'", "");
	if (code == SQLITE_OK)
		store->newest = database_number(db, 0, &code, "SELECT ifnull(max(id), 0) FROM message", "");
	if (code == SQLITE_OK)
		store->cleared = database_number(db, 0, &code, "SELECT count(*) FROM cleared", "") > 0;
	if (code == SQLITE_OK)
		code = database_run(db, "INSERT OR REPLACE INTO meta VALUES('open', 1)", "");
	return code == SQLITE_OK ? store_commit(store) : code;
}

gboolean store_database_is_sound(Database *db)
{
	static const char sql[] = "PRAGMA quick_check(1)";
	sqlite3_stmt *row = database_take(db, sql, "");
	int code = row ? sqlite3_step(row) : sqlite3_errcode(db->handle);
	gboolean sound = code == SQLITE_ROW ? !g_strcmp0(database_text(row, 0), "ok") : !is_damage(db);
	if (row)
		database_give(db, sql, row);
	return sound;
}

static void note_file(Store *store)
{
	struct stat info = { 0 };
	stat(store->path, &info);
	store->device = info.st_dev;
	store->inode = info.st_ino;
}

gboolean store_is_unchecked(const Store *store)
{
	return store->unchecked;
}

gboolean store_was_moved(const Store *store)
{
	struct stat info;
	return store->database.handle && (stat(store->path, &info) < 0 || info.st_dev != store->device || info.st_ino != store->inode);
}

static gint64 file_size(const Store *store)
{
	struct stat info;
	return stat(store->path, &info) < 0 ? 0 : info.st_size;
}

/* FALSE and error; *damaged then says whether the file is to be set aside. */
static gboolean open_file(Store *store, gboolean *damaged, GError **error)
{
	Database *db = &store->database;
	*damaged = FALSE;
	store->stored = store->newest = 0;
	if (!database_make_file(store->path, error) || !database_open(db, store->path, DATABASE_WRITE, error))
		return FALSE;
	if (database_execute(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384; PRAGMA temp_store = MEMORY;"
			"PRAGMA journal_size_limit = 16777216") != SQLITE_OK)
		database_error(db, store->path, error);
	else if (schema_migrate(db, store->path, error)) {
		sqlite3_wal_hook(db->handle, note_log, store);
		gboolean unclean = database_number(db, 0, NULL, "SELECT 1 FROM meta WHERE key = 'open'", "") != 0;
		store->unchecked = unclean && file_size(store) > CHECK_AT_ONCE;
		if (unclean && !store->unchecked && !store_database_is_sound(db)) {
			*damaged = TRUE;
			g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "damaged: the history \"%s\"", store->path);
		} else if (load(store) == SQLITE_OK) {
			store_forget(store);
			note_file(store);
			return TRUE;
		} else {
			database_error(db, store->path, error);
		}
	}
	*damaged = *damaged || is_damage(db);
	database_close(db);
	return FALSE;
}

static void continue_ids(Store *store, gint64 newest)
{
	static const char sql[] = "UPDATE sqlite_sequence SET seq = max(seq, ?) WHERE name = 'message'";
	Database *db = &store->database;
	if (newest > 0 && database_run(db, sql, "i", newest) == SQLITE_OK && !sqlite3_changes(db->handle))
		database_run(db, "INSERT INTO sqlite_sequence(name, seq) VALUES('message', ?)", "i", newest);
}

static void remove_files(const Store *store, gboolean all)
{
	static const char *const endings[] = { "-wal", "-shm", "" };
	for (guint i = 0; i < G_N_ELEMENTS(endings) - (all ? 0 : 1); i++) {
		g_autofree char *path = g_strconcat(store->path, endings[i], NULL);
		g_unlink(path);
	}
}

/* Makes room for a new file. What a try before left there is empty and ours; a log without its file would be taken for the new one's. */
static gboolean clear_place(Store *store, GError **error)
{
	if (store->aside)
		remove_files(store, TRUE);
	else if (!g_file_test(store->path, G_FILE_TEST_EXISTS))
		remove_files(store, FALSE);
	else if (!(store->aside = recover_set_aside(store->path, error)))
		return FALSE;
	return TRUE;
}

/* Puts another file in the place of the one that is open. */
static gboolean replace_file(Store *store, GError **error)
{
	gboolean damaged, moved = store_was_moved(store);
	if (moved) /* the log belongs to the file that was moved */
		sqlite3_wal_checkpoint_v2(store->database.handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
	database_close(&store->database);
	store_forget(store);
	return ((moved && g_file_test(store->path, G_FILE_TEST_EXISTS)) || clear_place(store, error)) && open_file(store, &damaged, error);
}

gboolean store_renew(Store *store, char **trouble, GError **error)
{
	gint64 newest = store->reached = MAX(store->reached, store->stored), copied;
	database_hold_files();
	gboolean replaced = replace_file(store, error);
	database_release_files();
	if (!replaced)
		return FALSE;
	if (store->aside) {
		copied = recover_copy(store, store->aside, &newest);
		*trouble = g_strdup_printf("the history was damaged; it was set aside as \"%s\", a new one was begun, and %" G_GINT64_FORMAT " messages were taken over",
			store->aside, copied);
	} else {
		*trouble = g_strdup_printf("the history \"%s\" was moved away; messages go to the file that is there now", store->path);
	}
	continue_ids(store, newest);
	g_clear_pointer(&store->aside, g_free);
	return TRUE;
}

Store *store_open(const char *path, char **trouble, GError **error)
{
	gboolean damaged;
	g_autoptr(GError) why = NULL;
	Store *store = g_new0(Store, 1);
	store->path = g_strdup(path);
	store->changed = g_ptr_array_new();
	store_forget(store);
	if (open_file(store, &damaged, &why) || (damaged && store_renew(store, trouble, error)))
		return store;
	if (!damaged)
		g_propagate_error(error, g_steal_pointer(&why));
	store_close(store);
	return NULL;
}

void store_close(Store *store)
{
	Database *db = &store->database;
	if (db->handle) {
		database_run(db, "DELETE FROM meta WHERE key = 'open'", "");
		sqlite3_wal_checkpoint_v2(db->handle, NULL, SQLITE_CHECKPOINT_TRUNCATE, NULL, NULL);
		database_close(db);
	}
	g_hash_table_unref(store->accounts);
	g_ptr_array_unref(store->changed);
	g_free(store->aside);
	g_free(store->path);
	g_free(store);
}

/* ---- upkeep ---- */

/* A row of a cleared chat with the numbers its ids are known by; 0: none. */
typedef struct {
	gint64 id, known[4];
} Row;

static int read_cleared(Store *store, gint64 chat, gint64 account, GArray *rows)
{
	static const char sql[] = "SELECT id, own_id, sender_id, archive_id, ref_id FROM message WHERE chat = ? LIMIT ?";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "ii", chat, (gint64)TIDY_ROWS);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (sqlite3_step(row) == SQLITE_ROW) {
		const char *own = database_text(row, 1), *named = database_text(row, 2), *archived = database_text(row, 3), *ref = database_text(row, 4);
		Row one = { sqlite3_column_int64(row, 0), { own ? known_own(&store->known, account, own) : 0, named ? known_named(&store->known, chat, named) : 0,
			archived ? known_archived(&store->known, chat, archived) : 0, ref ? known_named(&store->known, chat, ref) : 0 } };
		g_array_append_val(rows, one);
	}
	return database_give(db, sql, row);
}

static int remove_row(Store *store, const Row *row)
{
	Database *db = &store->database;
	int code = SQLITE_OK;
	for (guint i = 0; i < G_N_ELEMENTS(row->known) && code == SQLITE_OK; i++)
		if (row->known[i])
			code = database_run(db, "DELETE FROM known WHERE hash = ? AND message = ?", "ii", row->known[i], row->id);
	if (code == SQLITE_OK && row->id <= store->indexed)
		code = database_run(db, "INSERT INTO message_words(message_words, rowid, chat, text) SELECT 'delete', id, chat, text FROM message WHERE id = ?"
			" AND type < 3", "i", row->id);
	return code == SQLITE_OK ? database_run(db, "DELETE FROM message WHERE id = ?", "i", row->id) : code;
}

static int tidy_cleared(Store *store)
{
	Database *db = &store->database;
	int code;
	gint64 chat = database_number(db, 0, &code, "SELECT chat FROM cleared LIMIT 1", "");
	if (code != SQLITE_OK || !chat) {
		store->cleared = FALSE;
		return code;
	}
	g_autoptr(GArray) rows = g_array_new(FALSE, FALSE, sizeof(Row));
	gint64 account = database_number(db, 0, &code, "SELECT account FROM cleared WHERE chat = ?", "i", chat);
	if (code == SQLITE_OK)
		code = read_cleared(store, chat, account, rows);
	for (guint i = 0; i < rows->len && code == SQLITE_OK; i++)
		code = remove_row(store, &g_array_index(rows, Row, i));
	if (code == SQLITE_OK && rows->len < TIDY_ROWS)
		code = database_run(db, "DELETE FROM cleared WHERE chat = ?", "i", chat);
	return code;
}

static int index_slice(Store *store, gint64 *indexed)
{
	Database *db = &store->database;
	int code;
	*indexed = database_number(db, store->stored, &code, "SELECT max(id) FROM (SELECT id FROM message WHERE id > ? ORDER BY id LIMIT ?)", "ii", store->indexed,
		(gint64)TIDY_ROWS);
	if (!*indexed)
		*indexed = store->stored;
	if (code == SQLITE_OK)
		code = database_run(db, "INSERT INTO message_words(rowid, chat, text) SELECT id, chat, text FROM message WHERE id > ? AND id <= ?"
			" AND type < 3 ORDER BY id", "ii",
			store->indexed, *indexed);
	return code == SQLITE_OK ? database_run(db, "UPDATE meta SET value = ? WHERE key = 'indexed'", "i", *indexed) : code;
}

/* Gives the ids of a slice of old messages the numbers of today, newest first. */
static int renumber_slice(Store *store, gint64 *renumber)
{
	static const char sql[] = "SELECT id, chat, sender, nick, sender_id FROM message WHERE id <= ? ORDER BY id DESC LIMIT ?";
	Database *db = &store->database;
	int code = SQLITE_OK, rows = 0;
	sqlite3_stmt *row = database_take(db, sql, "ii", store->renumber, (gint64)TIDY_ROWS);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (code == SQLITE_OK && sqlite3_step(row) == SQLITE_ROW) {
		gint64 id = sqlite3_column_int64(row, 0), chat = sqlite3_column_int64(row, 1);
		const char *named = database_text(row, 4);
		*renumber = id - 1;
		rows++;
		if (!named)
			continue;
		code = database_run(db, "DELETE FROM known WHERE hash = ? AND message = ?", "ii",
			known_named_before(&store->known, chat, database_text(row, 2), database_text(row, 3), named), id);
		if (code == SQLITE_OK)
			code = store_remember(store, known_named(&store->known, chat, named), id);
	}
	int given = database_give(db, sql, row);
	if (rows < TIDY_ROWS)
		*renumber = 0;
	if (code != SQLITE_OK || given != SQLITE_OK)
		return code == SQLITE_OK ? given : code;
	return *renumber ? database_run(db, "UPDATE meta SET value = ? WHERE key = 'renumber'", "i", *renumber) :
		database_run(db, "DELETE FROM meta WHERE key = 'renumber'", "");
}

gboolean store_is_untidy(const Store *store)
{
	return store->database.handle && (store->cleared || store->renumber || store->stored - store->indexed >= TIDY_ROWS || store->log_pages >= LOG_PAGES);
}

static int words_anew(Store *store)
{
	int code = store_begin(store);
	if (code == SQLITE_OK)
		code = database_execute(&store->database, "DROP TABLE IF EXISTS message_words;" SCHEMA_WORDS "UPDATE meta SET value = 0 WHERE key = 'indexed'");
	if (code == SQLITE_OK)
		code = store_commit(store);
	if (code == SQLITE_OK)
		store->indexed = 0;
	return code;
}

int store_write_back(Store *store)
{
	store->log_pages = 0; /* a reader may hold a part back; the next commit tells the length anew */
	int code = sqlite3_wal_checkpoint_v2(store->database.handle, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return code == SQLITE_BUSY || code == SQLITE_LOCKED ? SQLITE_OK : code;
}

gboolean store_log_is_long(const Store *store)
{
	return store->log_pages >= LOG_PAGES_MAX;
}

int store_tidy(Store *store)
{
	gint64 indexed = store->indexed, renumber = store->renumber;
	int code;
	if (store_log_is_long(store) || (!store->cleared && !store->renumber && store->stored - store->indexed < TIDY_ROWS))
		return store_write_back(store);
	if ((code = store_begin(store)) == SQLITE_OK)
		code = store->renumber ? renumber_slice(store, &renumber) : store->cleared ? tidy_cleared(store) : index_slice(store, &indexed);
	if (code == SQLITE_OK)
		code = store_commit(store);
	if (code == SQLITE_OK) {
		store->indexed = indexed;
		store->renumber = renumber;
		return code;
	}
	store_rollback(store);
	/* Nothing else here can break a constraint, so that too is damage in the search's tables. */
	if ((code == SQLITE_CORRUPT_VTAB || (code & 0xff) == SQLITE_CONSTRAINT) && (code = words_anew(store)) != SQLITE_OK)
		store_rollback(store);
	return code;
}

void store_slim(Store *store)
{
	if (store->database.handle)
		sqlite3_db_release_memory(store->database.handle);
}
