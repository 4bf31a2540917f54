/* reader-amend.c: the versions of a message, and finding one by an id of the network. See history.h. */
#include "history/reader.h"
#include "history/known.h"
#include "history/rows.h"
#include <string.h>

/* The first version has the words that the row keeps as its original. */
typedef struct {
	ReaderEach each;
	gpointer user;
	gboolean going;
} Versions;

static int first_version(Reader *reader, gint64 id, Versions *v)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS MESSAGE_FROM "WHERE m.id = ? AND" MESSAGE_LISTED;
	Database *db = &reader->database;
	sqlite3_stmt *row = database_take(db, sql, "i", id);
	WireMessage message;
	RowLists lists;
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		const RowRest rest = row_rest(row);
		row_message(row, &message, &lists);
		message.type = rest.type;
		message.text = rest.original ? rest.original : rest.text;
		message.markup = rest.markup;
		v->going = v->each(&message, v->user);
		row_lists_clear(&lists);
	}
	return database_give(db, sql, row);
}

static gboolean each_correction(const WireMessage *message, gpointer user)
{
	Versions *v = user;
	WireMessage version = *message;
	version.edited = TRUE;
	return v->each(&version, v->user);
}

gboolean reader_versions(Reader *reader, gint64 id, ReaderEach each, gpointer user, GError **error)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS MESSAGE_FROM "WHERE m.about = ? AND m.type = 3 AND m.state <> 5 ORDER BY m.time, m.id";
	Versions v = { each, user, FALSE };
	if (!reader_begin(reader, error))
		return FALSE;
	int code = first_version(reader, id, &v);
	if (code == SQLITE_OK && v.going)
		code = reader_rows(reader, sql, database_take(&reader->database, sql, "i", id), each_correction, &v);
	return reader_end(reader, code, error);
}

static void read_key(Reader *reader, Known *known)
{
	for (int i = 0; i < 2; i++)
		known->key[i] = (guint64)database_number(&reader->database, 0, NULL, "SELECT value FROM meta WHERE key = 'hash_key_' || ?", "i", (gint64)i);
}

static gint64 id_of(Reader *reader, gint64 number, gint64 chat, const char *id, int *code)
{
	return database_number(&reader->database, 0, code, "SELECT max(m.id) FROM known k CROSS JOIN message m ON m.id = k.message WHERE k.hash = ?1 AND m.chat = ?2 AND"
		MESSAGE_LISTED "AND (m.archive_id = ?3 OR m.sender_id = ?3 OR m.ref_id = ?3 OR (m.own_id = ?3 AND m.direction = 1))", "iit", number, chat, id);
}

gboolean reader_find(Reader *reader, const char *account, const char *chat, const char *network_id, ReaderEach each, gpointer user, GError **error)
{
	Known known;
	int code;
	gint64 id = 0;
	if (!reader_begin(reader, error))
		return FALSE;
	gint64 chat_id = reader_chat_id(reader, account, chat, &code);
	gint64 account_id = chat_id ? database_number(&reader->database, 0, &code, "SELECT account FROM chat WHERE id = ?", "i", chat_id) : 0;
	if (chat_id && code == SQLITE_OK) {
		read_key(reader, &known);
		const gint64 numbers[] = { known_archived(&known, chat_id, network_id), known_named(&known, chat_id, network_id), known_own(&known, account_id, network_id) };
		for (guint i = 0; i < G_N_ELEMENTS(numbers) && !id && code == SQLITE_OK; i++)
			id = id_of(reader, numbers[i], chat_id, network_id, &code);
	}
	return reader_end(reader, code, error) && id && reader_message(reader, id, each, user, error);
}
