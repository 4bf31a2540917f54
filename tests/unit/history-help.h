/* history-help.h: what the tests of the history share: a history in a directory of its own, and calls that wait for their callback. */
#pragma once
#include "history/history.h"
#include <glib/gstdio.h>
#include <sqlite3.h>
#include <string.h>

typedef struct {
	char *directory, *path;
	History *history;
	Reader *reader;
	GPtrArray *troubles; /* of char *: "! text" for bad news, "  text" for good */
} Place;

typedef struct {
	gboolean done;
	gint64 id;
	char *error;
} Answer;

static inline void help_note_trouble(const char *text, gboolean failure, gpointer user)
{
	Place *place = user;
	g_ptr_array_add(place->troubles, g_strdup_printf("%c %s", failure ? '!' : ' ', text));
}

static const HistoryEvents help_events = { help_note_trouble };

static inline void place_open(Place *place)
{
	g_autoptr(GError) error = NULL;
	place->history = history_open(place->path, &help_events, place, &error);
	g_assert_no_error(error);
	g_assert_nonnull(place->history);
	place->reader = reader_open(place->path, &error);
	g_assert_no_error(error);
}

static inline void place_close(Place *place)
{
	g_clear_pointer(&place->reader, reader_free);
	g_clear_pointer(&place->history, history_close);
}

/* The file's place, nothing opened. */
static inline void place_make(Place *place)
{
	place->directory = g_dir_make_tmp("kith-test-XXXXXX", NULL);
	place->path = g_build_filename(place->directory, "history.db", NULL);
	place->troubles = g_ptr_array_new_with_free_func(g_free);
}

static inline void help_remove_tree(const char *path)
{
	GDir *directory = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
	const char *name;
	while (directory && (name = g_dir_read_name(directory))) {
		g_autofree char *child = g_build_filename(path, name, NULL);
		help_remove_tree(child);
	}
	if (directory)
		g_dir_close(directory);
	g_remove(path);
}

static inline void place_remove(Place *place)
{
	place_close(place);
	help_remove_tree(place->directory);
	g_free(place->directory);
	g_free(place->path);
	g_ptr_array_unref(place->troubles);
}

/* A fixture for g_test_add. */
static inline void place_set_up(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	place_make(place);
	place_open(place);
}

static inline void place_tear_down(Place *place, G_GNUC_UNUSED gconstpointer data)
{
	place_remove(place);
}

static inline void help_answered(G_GNUC_UNUSED History *history, gint64 id, const GError *error, gpointer user)
{
	Answer *answer = user;
	g_assert_false(answer->done);
	answer->done = TRUE;
	answer->id = id;
	answer->error = error ? g_strdup(error->message) : NULL;
}

static inline void help_changed(History *history, const HistoryChange *change, const GError *error, gpointer user)
{
	help_answered(history, change->id, error, user);
}

static inline gint64 help_wait(Answer *answer)
{
	while (!answer->done)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpstr(answer->error, ==, NULL);
	return answer->id;
}

static inline gint64 add(Place *place, const WireMessage *message)
{
	Answer answer = { 0 };
	history_add(place->history, message, help_changed, &answer);
	return help_wait(&answer);
}

static inline void flush(Place *place)
{
	Answer answer = { 0 };
	history_flush(place->history, help_answered, &answer);
	help_wait(&answer);
}

#pragma GCC diagnostic ignored "-Woverride-init"
/* An incoming message of alice in the account work, with more fields as wanted. */
#define IN(...) (&WIRE(MESSAGE, Message, .account = "work", .chat = "alice@example.org", .from = "alice@example.org", .text = "hi", .time = 1000, .received = 2000, __VA_ARGS__))
/* An outgoing one to her. */
#define OUT(id, ...) (&WIRE(MESSAGE, Message, .account = "work", .chat = "alice@example.org", .from = "me@example.org", .text = "ho", .time = 1000, \
	.received = 1000, .direction = DIRECTION_OUT, .state = MESSAGE_QUEUED, .own_id = id, __VA_ARGS__))

/* ---- reading into text ---- */

/* Ids in the order they came, with a space between. */
static inline gboolean help_note_id(const WireMessage *message, gpointer user)
{
	GString *out = user;
	g_string_append_printf(out, "%s%" G_GINT64_FORMAT, out->len ? " " : "", message->id);
	return TRUE;
}

static inline gboolean help_copy(const WireMessage *message, gpointer user)
{
	*(WireMessage **)user = (WireMessage *)wire_copy(message);
	return FALSE;
}

/* A copy of one message; NULL when it is not there; g_free. */
static inline WireMessage *message_of(Place *place, gint64 id)
{
	WireMessage *message = NULL;
	g_autoptr(GError) error = NULL;
	gboolean found = reader_message(place->reader, id, help_copy, &message, &error);
	g_assert_no_error(error);
	g_assert_true(found == (message != NULL));
	return message;
}

/* What a query of the file itself gives. */
static inline gint64 file_number(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	gint64 number = -1;
	g_assert_cmpint(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), ==, SQLITE_OK);
	sqlite3_busy_timeout(db, 10000);
	if (sqlite3_prepare_v2(db, sql, -1, &row, NULL) != SQLITE_OK)
		g_error("%s: %s (%d)", sql, sqlite3_errmsg(db), sqlite3_extended_errcode(db));
	if (sqlite3_step(row) == SQLITE_ROW)
		number = sqlite3_column_int64(row, 0);
	g_assert_cmpint(sqlite3_finalize(row), ==, SQLITE_OK);
	sqlite3_close(db);
	return number;
}
