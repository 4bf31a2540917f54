/* database.c: see database.h. */
#include "history/database.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LENGTH_MAX (16 * 1024 * 1024)
#define WRITER_WAIT 5000 /* ms that a foreign writer (sqlite3 on the command line) may hold the file */
#define READER_WAIT 1000

G_DEFINE_QUARK(kith-history-error, history_error)

HistoryError database_error_code(int code)
{
	switch (code & 0xff) {
	case SQLITE_FULL: return HISTORY_ERROR_FULL;
	case SQLITE_READONLY: return HISTORY_ERROR_READ_ONLY;
	default: return HISTORY_ERROR_FAILED;
	}
}

void database_error(const Database *database, const char *path, GError **error)
{
	int code = database->handle ? sqlite3_extended_errcode(database->handle) : SQLITE_NOMEM;
	g_set_error(error, HISTORY_ERROR, database_error_code(code), "%s: the history \"%s\"", sqlite3_errmsg(database->handle), path);
}

static gboolean file_error(const char *path, int number, GError **error)
{
	HistoryError code = number == EROFS || number == EACCES || number == EPERM ? HISTORY_ERROR_READ_ONLY :
		number == ENOSPC || number == EDQUOT ? HISTORY_ERROR_FULL : HISTORY_ERROR_FAILED;
	g_set_error(error, HISTORY_ERROR, code, "%s: the history \"%s\"", g_strerror(number), path);
	return FALSE;
}

gboolean database_make_file(const char *path, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);
	struct stat info;
	if (!g_file_test(directory, G_FILE_TEST_IS_DIR) && !paths_make_directory(directory, error))
		return FALSE;
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0)
		return file_error(path, errno, error);
	int number = fstat(fd, &info) < 0 ? errno : !S_ISREG(info.st_mode) ? EINVAL : (info.st_mode & 07777) != 0600 && fchmod(fd, 0600) < 0 ? errno : 0;
	close(fd);
	return number ? file_error(path, number, error) : TRUE;
}

static void harden(sqlite3 *handle)
{
	sqlite3_extended_result_codes(handle, 1);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
	sqlite3_db_config(handle, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
	sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, LENGTH_MAX);
	sqlite3_limit(handle, SQLITE_LIMIT_SQL_LENGTH, 64 * 1024);
	sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
	sqlite3_limit(handle, SQLITE_LIMIT_VARIABLE_NUMBER, 64);
}

static GRecMutex files; /* of the process, as the locks that it makes up for are */

void database_hold_files(void)
{
	g_rec_mutex_lock(&files);
}

void database_release_files(void)
{
	g_rec_mutex_unlock(&files);
}

static void finalize(gpointer statement)
{
	sqlite3_finalize(statement);
}

gboolean database_open(Database *database, const char *path, DatabaseMode mode, GError **error)
{
	g_autofree char *uri = NULL;
	int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE | (mode == DATABASE_WRITE ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
	if (mode == DATABASE_IMMUTABLE) {
		g_autofree char *absolute = g_canonicalize_filename(path, NULL), *plain = g_filename_to_uri(absolute, NULL, NULL);
		uri = g_strconcat(plain, "?immutable=1", NULL);
		flags |= SQLITE_OPEN_URI;
	}
	*database = (Database){ 0 };
	if (sqlite3_open_v2(uri ? uri : path, &database->handle, flags, NULL) != SQLITE_OK) {
		database_error(database, path, error);
		database_close(database);
		return FALSE;
	}
	harden(database->handle);
	sqlite3_busy_timeout(database->handle, mode == DATABASE_WRITE ? WRITER_WAIT : READER_WAIT);
	database->idle = g_hash_table_new_full(g_direct_hash, g_direct_equal, NULL, finalize);
	return TRUE;
}

void database_close(Database *database)
{
	g_clear_pointer(&database->idle, g_hash_table_unref);
	sqlite3_close_v2(database->handle);
	database->handle = NULL;
}

static gboolean bind(sqlite3_stmt *statement, const char *types, va_list args)
{
	int code = SQLITE_OK;
	for (int i = 0; types[i] && code == SQLITE_OK; i++) {
		if (types[i] == 'i')
			code = sqlite3_bind_int64(statement, i + 1, va_arg(args, gint64));
		else
			code = sqlite3_bind_text(statement, i + 1, va_arg(args, const char *), -1, SQLITE_STATIC);
	}
	return code == SQLITE_OK;
}

static sqlite3_stmt *take(Database *database, const char *sql, const char *types, va_list args)
{
	gpointer found = NULL;
	sqlite3_stmt *statement;
	if (g_hash_table_steal_extended(database->idle, sql, NULL, &found))
		statement = found;
	else if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
		return NULL;
	if (bind(statement, types, args))
		return statement;
	sqlite3_finalize(statement);
	return NULL;
}

sqlite3_stmt *database_take(Database *database, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	sqlite3_stmt *statement = take(database, sql, types, args);
	va_end(args);
	return statement;
}

int database_give(Database *database, const char *sql, sqlite3_stmt *statement)
{
	int code = sqlite3_reset(statement);
	g_hash_table_replace(database->idle, (gpointer)sql, statement);
	return code;
}

int database_run(Database *database, const char *sql, const char *types, ...)
{
	va_list args;
	va_start(args, types);
	sqlite3_stmt *statement = take(database, sql, types, args);
	va_end(args);
	if (!statement)
		return sqlite3_extended_errcode(database->handle);
	while (sqlite3_step(statement) == SQLITE_ROW)
		;
	return database_give(database, sql, statement);
}

gint64 database_number(Database *database, gint64 otherwise, int *code, const char *sql, const char *types, ...)
{
	va_list args;
	int result;
	va_start(args, types);
	sqlite3_stmt *statement = take(database, sql, types, args);
	va_end(args);
	if (!statement) {
		result = sqlite3_extended_errcode(database->handle);
	} else {
		if (sqlite3_step(statement) == SQLITE_ROW)
			otherwise = sqlite3_column_int64(statement, 0);
		result = database_give(database, sql, statement);
	}
	if (code)
		*code = result;
	return otherwise;
}

int database_execute(Database *database, const char *sql)
{
	return sqlite3_exec(database->handle, sql, NULL, NULL, NULL);
}

const char *database_text(sqlite3_stmt *statement, int column)
{
	return (const char *)sqlite3_column_text(statement, column);
}
