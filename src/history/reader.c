/* reader.c: a read-only connection: pages by key, single messages, and what the hub needs at its start. See history.h.
 *
 * No transaction stays open between two calls. A file that was replaced (a damaged one set aside) is noticed at the next call.
 */
#include "history/reader.h"
#include "history/rows.h"
#include <errno.h>
#include <sys/stat.h>

/* ---- the connection ---- */

static void note_file(Reader *reader)
{
	struct stat info = { 0 };
	if (stat(reader->path, &info) < 0)
		return;
	reader->device = info.st_dev;
	reader->inode = info.st_ino;
}

static gboolean file_was_replaced(const Reader *reader)
{
	struct stat info;
	return stat(reader->path, &info) == 0 && (info.st_dev != reader->device || info.st_ino != reader->inode);
}

/* A file in a directory that can't be written, without a write-ahead log, is read as it is. */
static gboolean may_be_immutable(const Reader *reader)
{
	g_autofree char *log = g_strconcat(reader->path, "-wal", NULL);
	int code = sqlite3_errcode(reader->database.handle) & 0xff;
	return (code == SQLITE_CANTOPEN || code == SQLITE_READONLY) && !g_file_test(log, G_FILE_TEST_EXISTS);
}

static gboolean open_as_held(Reader *reader, DatabaseMode mode, GError **error)
{
	if (!database_open(&reader->database, reader->path, mode, error))
		return FALSE;
	database_execute(&reader->database, "PRAGMA query_only = 1; PRAGMA temp_store = MEMORY");
	if (schema_check(&reader->database, reader->path, error))
		return TRUE;
	if (mode == DATABASE_READ && may_be_immutable(reader)) {
		g_clear_error(error);
		database_close(&reader->database);
		return open_as_held(reader, DATABASE_IMMUTABLE, error);
	}
	database_close(&reader->database);
	return FALSE;
}

static gboolean open_file(Reader *reader, GError **error)
{
	database_hold_files();
	note_file(reader);
	gboolean open = open_as_held(reader, DATABASE_READ, error);
	database_release_files();
	return open;
}

Reader *reader_open(const char *path, GError **error)
{
	struct stat info;
	if (stat(path, &info) < 0) {
		g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "%s: the history \"%s\"", g_strerror(errno), path);
		return NULL;
	}
	Reader *reader = g_new0(Reader, 1);
	reader->path = g_strdup(path);
	if (open_file(reader, error))
		return reader;
	reader_free(reader);
	return NULL;
}

void reader_free(Reader *reader)
{
	if (!reader)
		return;
	database_close(&reader->database);
	g_free(reader->path);
	g_free(reader);
}

gboolean reader_begin(Reader *reader, GError **error)
{
	if (reader->nested++)
		return TRUE;
	if (reader->database.handle && !file_was_replaced(reader))
		return TRUE;
	database_close(&reader->database);
	if (open_file(reader, error))
		return TRUE;
	reader->nested--;
	return FALSE;
}

gboolean reader_end(Reader *reader, int code, GError **error)
{
	reader->nested--;
	if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
		return TRUE;
	database_error(&reader->database, reader->path, error);
	return FALSE;
}

int reader_rows(Reader *reader, const char *sql, sqlite3_stmt *row, ReaderEach each, gpointer user)
{
	WireMessage message;
	RowLists lists;
	int code = SQLITE_OK;
	if (!row)
		return sqlite3_extended_errcode(reader->database.handle);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		row_message(row, &message, &lists);
		gboolean more = each(&message, user);
		row_lists_clear(&lists);
		if (!more)
			break;
	}
	if (code == SQLITE_ROW || code == SQLITE_DONE)
		code = SQLITE_OK;
	int given = database_give(&reader->database, sql, row);
	return code == SQLITE_OK ? given : code;
}

gint64 reader_chat_id(Reader *reader, const char *account, const char *chat, int *code)
{
	return database_number(&reader->database, 0, code, "SELECT c.id FROM chat c JOIN account a ON a.id = c.account WHERE a.name = ? AND c.address = ?", "tt", account, chat);
}

/* ---- pages ---- */

/* The rows of one chat by (time, id). */
static int page_of_chat(Reader *reader, gboolean back, gint64 chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user)
{
	static const char before[] = "SELECT " MESSAGE_COLUMNS " FROM (SELECT * FROM message WHERE chat = ? AND (time, id) < (?, ?) AND type < 3 ORDER BY time DESC, id DESC LIMIT ?) m"
		" CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account ORDER BY m.time DESC, m.id DESC";
	static const char after[] = "SELECT " MESSAGE_COLUMNS " FROM (SELECT * FROM message WHERE chat = ? AND (time, id) > (?, ?) AND type < 3 ORDER BY time, id LIMIT ?) m"
		" CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account ORDER BY m.time, m.id";
	const char *sql = back ? before : after;
	return reader_rows(reader, sql, database_take(&reader->database, sql, "iiii", chat, key->time, key->id, (gint64)limit), each, user);
}

/* The rows of all chats, or of an account's, by id. */
static int page_of_all(Reader *reader, gboolean back, const char *account, const char *chat, gint64 id, guint limit, ReaderEach each, gpointer user)
{
	static const char before[] = "SELECT " MESSAGE_COLUMNS " FROM message m CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account"
		" WHERE m.id < ? AND" MESSAGE_LISTED "AND a.name = ifnull(?, a.name) AND c.address = ifnull(?, c.address) ORDER BY m.id DESC LIMIT ?";
	static const char after[] = "SELECT " MESSAGE_COLUMNS " FROM message m CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account"
		" WHERE m.id > ? AND" MESSAGE_LISTED "AND a.name = ifnull(?, a.name) AND c.address = ifnull(?, c.address) ORDER BY m.id LIMIT ?";
	const char *sql = back ? before : after;
	return reader_rows(reader, sql, database_take(&reader->database, sql, "itti", id, account, chat, (gint64)limit), each, user);
}

static gboolean page(Reader *reader, gboolean back, const char *account, const char *chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user,
	GError **error)
{
	int code = SQLITE_OK;
	gint64 id;
	if (!reader_begin(reader, error))
		return FALSE;
	if (!account || !chat)
		code = page_of_all(reader, back, account, chat, key->id, limit, each, user);
	else if ((id = reader_chat_id(reader, account, chat, &code)))
		code = page_of_chat(reader, back, id, key, limit, each, user);
	return reader_end(reader, code, error);
}

gboolean reader_before(Reader *reader, const char *account, const char *chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user, GError **error)
{
	static const ReaderKey newest = { G_MAXINT64, G_MAXINT64 };
	return page(reader, TRUE, account, chat, key && (key->time || key->id) ? key : &newest, limit, each, user, error);
}

gboolean reader_after(Reader *reader, const char *account, const char *chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user, GError **error)
{
	static const ReaderKey oldest = { G_MININT64, 0 };
	return page(reader, FALSE, account, chat, key ? key : &oldest, limit, each, user, error);
}

typedef struct {
	ReaderEach each;
	gpointer user;
	gboolean found;
} One;

static gboolean found_one(const WireMessage *message, gpointer user)
{
	One *one = user;
	one->found = TRUE;
	return one->each(message, one->user);
}

gboolean reader_message(Reader *reader, gint64 id, ReaderEach each, gpointer user, GError **error)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS MESSAGE_FROM "WHERE m.id = ? AND" MESSAGE_LISTED;
	One one = { each, user, FALSE };
	if (!reader_begin(reader, error))
		return FALSE;
	int code = reader_rows(reader, sql, database_take(&reader->database, sql, "i", id), found_one, &one);
	return reader_end(reader, code, error) && one.found;
}

/* ---- the hub's start ---- */

gboolean reader_chats(Reader *reader, void (*each)(const WireChat *chat, gpointer user), gpointer user, GError **error)
{
	static const char sql[] = "SELECT a.name, c.address, c.kind, c.unread, c.mentions, c.read_time, c.last, c.last_time FROM chat c JOIN account a ON a.id = c.account"
		" WHERE c.last > 0 ORDER BY c.id";
	int code;
	if (!reader_begin(reader, error))
		return FALSE;
	sqlite3_stmt *row = database_take(&reader->database, sql, "");
	if (!row)
		return reader_end(reader, SQLITE_ERROR, error);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		int kind = sqlite3_column_int(row, 2);
		WireChat chat = WIRE(CHAT, Chat, .account = database_text(row, 0), .chat = database_text(row, 1),
			.chat_kind = kind == CHAT_ROOM || kind == CHAT_PRIVATE ? (ChatKind)kind : CHAT_DIRECT, .unread = sqlite3_column_int64(row, 3),
			.mentions = sqlite3_column_int64(row, 4), .read = sqlite3_column_int64(row, 5), .last = sqlite3_column_int64(row, 6),
			.last_time = sqlite3_column_int64(row, 7));
		each(&chat, user);
	}
	database_give(&reader->database, sql, row);
	return reader_end(reader, code, error);
}

gboolean reader_contacts(Reader *reader, const char *account, void (*each)(const WireContact *contact, gpointer user), gpointer user, GError **error)
{
	static const char sql[] = "SELECT " CONTACT_COLUMNS CONTACT_FROM "WHERE a.name = ifnull(?, a.name) ORDER BY o.account, o.address";
	int code;
	if (!reader_begin(reader, error))
		return FALSE;
	sqlite3_stmt *row = database_take(&reader->database, sql, "t", account);
	if (!row)
		return reader_end(reader, SQLITE_ERROR, error);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		WireContact contact;
		char **groups;
		row_contact(row, &contact, &groups);
		each(&contact, user);
		g_strfreev(groups);
	}
	database_give(&reader->database, sql, row);
	return reader_end(reader, code, error);
}

char **reader_kept(Reader *reader, const char *account, GError **error)
{
	static const char sql[] = "SELECT k.key || '=' || k.value FROM keep k JOIN account a ON a.id = k.account WHERE a.name = ? ORDER BY k.key";
	int code;
	if (!reader_begin(reader, error))
		return NULL;
	g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
	sqlite3_stmt *row = database_take(&reader->database, sql, "t", account);
	if (!row) {
		reader_end(reader, SQLITE_ERROR, error);
		return NULL;
	}
	while ((code = sqlite3_step(row)) == SQLITE_ROW)
		g_ptr_array_add(kept, g_strdup(database_text(row, 0)));
	database_give(&reader->database, sql, row);
	if (!reader_end(reader, code, error))
		return NULL;
	g_ptr_array_add(kept, NULL);
	return (char **)g_ptr_array_steal(kept, NULL);
}

gboolean reader_outbox(Reader *reader, const char *account, void (*each)(const WireMessage *message, const char *mark, gpointer user), gpointer user, GError **error)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS " FROM message m CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account"
		" WHERE m.state = 2 AND m.direction = 1 AND a.name = ifnull(?, a.name) ORDER BY m.id";
	WireMessage message;
	RowLists lists;
	int code;
	if (!reader_begin(reader, error))
		return FALSE;
	sqlite3_stmt *row = database_take(&reader->database, sql, "t", account);
	if (!row)
		return reader_end(reader, SQLITE_ERROR, error);
	while ((code = sqlite3_step(row)) == SQLITE_ROW) {
		row_message(row, &message, &lists);
		each(&message, row_mark(row), user);
		row_lists_clear(&lists);
	}
	database_give(&reader->database, sql, row);
	return reader_end(reader, code, error);
}
