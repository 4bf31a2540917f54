/* search.c: finding messages by words (reader_search), newest first by id.
 *
 * Three sources, each older than the one before or a last resort: rows that the background has not put into FTS5 yet are read one by one;
 * the rest is asked of FTS5, sorted by rowid, which needs no sorting; and when neither finds anything at all, parts of words are
 * looked for by LIKE within the newest rows.
 */
#include "history/reader.h"
#include "history/rows.h"
#include "history/words.h"

#define LIKE_ROWS 50000

#define FILTER " AND m.type < 3 AND m.id < ?1 AND a.name = ifnull(?2, a.name) AND c.address = ifnull(?3, c.address) AND m.time BETWEEN ?4 AND ?5"
#define JOINS " CROSS JOIN chat c ON c.id = m.chat CROSS JOIN account a ON a.id = c.account "

typedef struct {
	Reader *reader;
	const ReaderSearch *search;
	const Words *words;
	gint64 indexed;      /* messages up to this id are in FTS5 */
	gint64 chat;         /* when one chat is searched */
	gint64 below;        /* only ids below it */
	guint left;          /* of the limit */
	gboolean found;
	gboolean stopped;    /* by each, or the limit is reached */
	ReaderEach each;
	gpointer user;
} Search;

static void give_row(Search *s, sqlite3_stmt *row)
{
	WireMessage message;
	RowLists lists;
	s->found = TRUE;
	row_message(row, &message, &lists);
	if (!s->each(&message, s->user) || !--s->left)
		s->stopped = TRUE;
	row_lists_clear(&lists);
}

/* Takes a statement with the filter bound; the sources bind what comes behind. */
static sqlite3_stmt *take_filtered(Search *s, const char *sql)
{
	const ReaderSearch *q = s->search;
	return database_take(&s->reader->database, sql, "ittii", s->below, q->account, q->chat, q->since, q->until ? q->until : G_MAXINT64);
}

static int step_rows(Search *s, const char *sql, sqlite3_stmt *row, gboolean (*wanted)(const Words *words, const char *text))
{
	int code = SQLITE_OK;
	if (!row)
		return sqlite3_extended_errcode(s->reader->database.handle);
	while (!s->stopped && (code = sqlite3_step(row)) == SQLITE_ROW)
		if (wanted(s->words, database_text(row, 8)))
			give_row(s, row);
	int given = database_give(&s->reader->database, sql, row);
	return code == SQLITE_ROW || code == SQLITE_DONE || code == SQLITE_OK ? SQLITE_OK : given;
}

static int search_tail(Search *s)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS " FROM message m" JOINS "WHERE m.id > ?6" FILTER " ORDER BY m.id DESC";
	sqlite3_stmt *row = take_filtered(s, sql);
	if (row)
		sqlite3_bind_int64(row, 6, s->indexed);
	return step_rows(s, sql, row, words_occur);
}

static int search_index(Search *s, const char *expression)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS " FROM message_words w CROSS JOIN message m ON m.id = w.rowid" JOINS
		"WHERE message_words MATCH ?6 AND w.rowid < ?1" FILTER " ORDER BY w.rowid DESC";
	sqlite3_stmt *row = take_filtered(s, sql);
	if (row)
		sqlite3_bind_text(row, 6, expression, -1, SQLITE_STATIC);
	return step_rows(s, sql, row, words_accept);
}

static gboolean any(G_GNUC_UNUSED const Words *words, G_GNUC_UNUSED const char *text)
{
	return TRUE;
}

/* The first term is asked of LIKE in SQL; the others of sqlite3_strlike, which is the same. */
static gboolean all_like(const Words *words, const char *text)
{
	for (guint i = 1; i < words_count(words); i++)
		if (sqlite3_strlike(words_pattern(words, i), text, '\\') != 0)
			return FALSE;
	return TRUE;
}

static int search_parts(Search *s)
{
	static const char sql[] = "SELECT " MESSAGE_COLUMNS " FROM message m" JOINS "WHERE m.id > ?6 AND m.text LIKE ?7 ESCAPE '\\'" FILTER " ORDER BY m.id DESC";
	int code;
	gint64 newest = database_number(&s->reader->database, 0, &code, "SELECT max(id) FROM message", "");
	sqlite3_stmt *row = code == SQLITE_OK ? take_filtered(s, sql) : NULL;
	if (row) {
		sqlite3_bind_int64(row, 6, newest - LIKE_ROWS);
		sqlite3_bind_text(row, 7, words_pattern(s->words, 0), -1, SQLITE_STATIC);
	}
	return step_rows(s, sql, row, words_count(s->words) > 1 ? all_like : any);
}

static int search_words(Search *s, const char *expression)
{
	int code = search_tail(s);
	return code == SQLITE_OK && !s->stopped ? search_index(s, expression) : code;
}

static gboolean note_found(G_GNUC_UNUSED const WireMessage *message, G_GNUC_UNUSED gpointer user)
{
	return FALSE;
}

/* Whole words first. On a later page nothing found means the end, unless the first page came from parts of words. */
static int run(Search *s)
{
	g_autofree char *expression = words_match_expression(s->words, s->chat);
	int code = SQLITE_OK;
	if (expression)
		code = search_words(s, expression);
	if (code == SQLITE_OK && !s->found && expression && s->search->before_id) {
		Search first = *s;
		first.below = G_MAXINT64;
		first.left = 1;
		first.each = note_found;
		code = search_words(&first, expression);
		s->found = first.found;
	}
	return code == SQLITE_OK && !s->found ? search_parts(s) : code;
}

static int search_all(Search *s)
{
	const ReaderSearch *q = s->search;
	Database *db = &s->reader->database;
	gboolean nested = !sqlite3_get_autocommit(db->handle);
	int code = nested ? SQLITE_OK : database_run(db, "BEGIN", "");
	if (code == SQLITE_OK)
		s->indexed = database_number(db, 0, &code, "SELECT value FROM meta WHERE key = 'indexed'", "");
	if (code == SQLITE_OK && q->account && q->chat)
		s->chat = reader_chat_id(s->reader, q->account, q->chat, &code);
	if (code == SQLITE_OK && (s->chat || !q->account || !q->chat))
		code = run(s);
	int ended = nested || sqlite3_get_autocommit(db->handle) ? SQLITE_OK : database_run(db, "COMMIT", "");
	return code == SQLITE_OK ? ended : code;
}

gboolean reader_search(Reader *reader, const ReaderSearch *search, ReaderEach each, gpointer user, GError **error)
{
	Search s = { .reader = reader, .search = search, .each = each, .user = user, .left = search->limit,
		.below = search->before_id ? search->before_id : G_MAXINT64 };
	if (!reader_begin(reader, error))
		return FALSE;
	g_autoptr(Words) words = words_new(&reader->database, search->words, error);
	if (!words) {
		reader_end(reader, SQLITE_OK, NULL);
		return FALSE;
	}
	s.words = words;
	return reader_end(reader, search->limit ? search_all(&s) : SQLITE_OK, error);
}
