/* database.h: one SQLite connection, hardened, with its prepared statements. Shared by the writer's store and the readers; inside src/history only.
 *
 * Every statement is a constant text with bound parameters; nothing of a user or a network ever becomes SQL.
 * A statement that is taken is the taker's alone until it is given back, so reads may nest.
 */
#pragma once
#include "history/history.h"
#include <sqlite3.h>

typedef enum {
	DATABASE_WRITE,     /* the file must be there (database_make_file) */
	DATABASE_READ,
	DATABASE_IMMUTABLE, /* on a file system where nothing can be written and no write-ahead log is left */
} DatabaseMode;

typedef struct {
	sqlite3 *handle;
	GHashTable *idle; /* constant SQL text -> sqlite3_stmt *, owned */
} Database;

/* Makes the file's directory (0700) and the file (0600) if they are not there, and takes away others' rights whatever the umask. */
gboolean database_make_file(const char *path, GError **error);

/* Between these no file of this process is put in the place of another one; who opens one and reads from it first, or replaces it, holds them. SQLite's
 * locks are the process's, not the connection's: one that opened the old file and the new one's log would take the log away from its writer. */
void database_hold_files(void);
void database_release_files(void);

gboolean database_open(Database *database, const char *path, DatabaseMode mode, GError **error);
/* May be called on a closed or zeroed one. */
void database_close(Database *database);

/* The statement with its parameters bound; NULL when it can't be prepared (sqlite3_errmsg says why). sql must be constant and the same pointer each
 * time. types has a letter a parameter: i gint64, t const char * (may be NULL; must stay until the statement is given back). */
sqlite3_stmt *database_take(Database *database, const char *sql, const char *types, ...);
/* Resets the statement and keeps it for the next take; gives the SQLite code of what it did. */
int database_give(Database *database, const char *sql, sqlite3_stmt *statement);
/* Takes, steps to the end, gives; SQLITE_OK or an error code. */
int database_run(Database *database, const char *sql, const char *types, ...);
/* The first column of the first row; otherwise when there is none or it failed (*code may be NULL). */
gint64 database_number(Database *database, gint64 otherwise, int *code, const char *sql, const char *types, ...);
/* Runs several statements without parameters. */
int database_execute(Database *database, const char *sql);

/* A text column, or NULL. */
const char *database_text(sqlite3_stmt *statement, int column);

/* Fills in error from the connection: what could not be done, to which file. */
void database_error(const Database *database, const char *path, GError **error);
/* The HistoryError that an SQLite code means. */
HistoryError database_error_code(int code);
