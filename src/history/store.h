/* store.h: what each job of the writer does to the file; inside src/history only.
 *
 * Used by one thread at a time. Every function below the opening ones runs inside store_begin and store_commit and gives an SQLite code; after a
 * code other than SQLITE_OK the transaction must be rolled back. What is kept in memory about chats is written by store_commit and forgotten by
 * store_rollback, so it never differs from the file.
 */
#pragma once
#include "history/rows.h"

typedef struct Store Store;

/* Opens, makes or migrates the file. A damaged one is set aside and a new one begun; *trouble then says so in a sentence (free it). */
Store *store_open(const char *path, char **trouble, GError **error);
/* Notes that the end was clean, writes the log back into the file and closes it. */
void store_close(Store *store);
/* The file turned out to be damaged or was moved away: sets it aside and begins a new one. FALSE when no new one can be made now; try again later. */
gboolean store_renew(Store *store, char **trouble, GError **error);

/* The last end was unclean and the file is so large that it was not checked when it was opened: check it beside the work. */
gboolean store_is_unchecked(const Store *store);
/* FALSE if the file behind the connection is damaged (quick_check); takes a second for some 200 MB. */
gboolean store_database_is_sound(Database *database);

/* TRUE when the path leads elsewhere or nowhere: SQLite itself would write on into a file that nobody sees. */
gboolean store_was_moved(const Store *store);

int store_begin(Store *store);
int store_commit(Store *store);
void store_rollback(Store *store);
Database *store_database(Store *store);
const char *store_path(const Store *store);

/* change: empty at first; changed is made where needed and the caller's. */
int store_add(Store *store, const WireMessage *message, HistoryChange *change);
/* Adds a row of a damaged file under the id it had, as it was; one whose id is taken is passed over. */
int store_restore(Store *store, const WireMessage *message, const RowRest *rest);
int store_set_state(Store *store, const WireMessageStateChange *state, HistoryChange *change);
int store_set_mark(Store *store, const char *account, const char *own_id, const char *mark, gint64 *id);
int store_set_read(Store *store, const WireRead *read, HistoryChange *change);
int store_set_saved(Store *store, gint64 message, const char *path, gint64 *id);
int store_keep(Store *store, const char *account, const char *key, const char *value);
int store_put_contact(Store *store, const WireContact *contact);
int store_remove_contact(Store *store, const char *account, const char *address);
int store_remove_account(Store *store, const char *account);
/* The messages are out of everybody's sight at once; their rows are removed by store_tidy. */
int store_clear_chat(Store *store, const char *account, const char *chat);

/* TRUE while there is something to tidy: rows of cleared chats to remove, enough new rows to put into the search, a log to write back. */
gboolean store_is_untidy(const Store *store);
/* Does one small slice of it, in a transaction of its own. */
int store_tidy(Store *store);
/* The write-ahead log is so long that it must be written back between two batches of a flood. */
gboolean store_log_is_long(const Store *store);
int store_write_back(Store *store);
/* Gives back memory that a burst took. */
void store_slim(Store *store);
