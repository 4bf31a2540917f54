/* store.c: accounts and chats as the store remembers them, its transactions, and the jobs that are not about messages. See store.h. */
#include "history/store-inside.h"

#define CHATS_KEPT 4096 /* chats remembered at most */

/* ---- accounts and chats, remembered ---- */

static void account_free(gpointer data)
{
	StoreAccount *account = data;
	g_hash_table_unref(account->chats);
	g_free(account);
}

static void chat_free(gpointer data)
{
	StoreChat *chat = data;
	g_free(chat->address);
	g_free(chat->awaited);
	g_free(chat);
}

void store_forget(Store *store)
{
	g_ptr_array_set_size(store->changed, 0);
	if (store->accounts)
		g_hash_table_remove_all(store->accounts);
	else
		store->accounts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, account_free);
	store->n_chats = 0;
}

int store_find_account(Store *store, const char *name, gboolean make, StoreAccount **account)
{
	int code;
	Database *db = &store->database;
	if ((*account = g_hash_table_lookup(store->accounts, name)))
		return SQLITE_OK;
	gint64 id = database_number(db, 0, &code, "SELECT id FROM account WHERE name = ?", "t", name);
	if (code == SQLITE_OK && !id && make) {
		code = database_run(db, "INSERT INTO account(name) VALUES(?)", "t", name);
		id = sqlite3_last_insert_rowid(db->handle);
	}
	if (code != SQLITE_OK || !id)
		return code;
	*account = g_new0(StoreAccount, 1);
	(*account)->id = id;
	(*account)->chats = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, chat_free);
	g_hash_table_insert(store->accounts, g_strdup(name), *account);
	return SQLITE_OK;
}

static int read_chat(Store *store, StoreAccount *account, const char *address, StoreChat **chat)
{
	static const char sql[] = "SELECT id, kind, read_time, unread, mentions, last, last_time, read_awaited FROM chat WHERE account = ? AND address = ?";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "it", account->id, address);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		*chat = g_new0(StoreChat, 1);
		**chat = (StoreChat){ .id = sqlite3_column_int64(row, 0), .kind = sqlite3_column_int(row, 1), .read = sqlite3_column_int64(row, 2),
			.unread = sqlite3_column_int64(row, 3), .mentions = sqlite3_column_int64(row, 4), .last = sqlite3_column_int64(row, 5),
			.last_time = sqlite3_column_int64(row, 6), .awaited = g_strdup(database_text(row, 7)) };
	}
	int code = database_give(db, sql, row);
	return code == SQLITE_OK && *chat ? store_chat_awaits(store, (*chat)->id, &(*chat)->awaits) : code;
}

int store_find_chat(Store *store, StoreAccount *account, const char *address, gboolean make, ChatKind kind, StoreChat **chat)
{
	int code;
	Database *db = &store->database;
	if ((*chat = g_hash_table_lookup(account->chats, address)))
		return SQLITE_OK;
	if ((code = read_chat(store, account, address, chat)) != SQLITE_OK)
		return code;
	if (!*chat) {
		if (!make)
			return SQLITE_OK;
		code = database_run(db, "INSERT INTO chat(account, address, kind) VALUES(?, ?, ?)", "iti", account->id, address, (gint64)kind);
		if (code != SQLITE_OK)
			return code;
		*chat = g_new0(StoreChat, 1);
		(*chat)->id = sqlite3_last_insert_rowid(db->handle);
		(*chat)->kind = kind;
	}
	(*chat)->address = g_strdup(address);
	g_hash_table_insert(account->chats, (*chat)->address, *chat);
	store->n_chats++;
	return SQLITE_OK;
}

void store_note_chat(Store *store, StoreChat *chat)
{
	if (chat->changed)
		return;
	chat->changed = TRUE;
	g_ptr_array_add(store->changed, chat);
}

static int write_chats(Store *store)
{
	int code = SQLITE_OK;
	for (guint i = 0; i < store->changed->len && code == SQLITE_OK; i++) {
		StoreChat *chat = store->changed->pdata[i];
		code = database_run(&store->database, "UPDATE chat SET kind = ?, read_time = ?, unread = ?, mentions = ?, last = ?, last_time = ?,"
			" read_awaited = ? WHERE id = ?", "iiiiiiti", (gint64)chat->kind, chat->read, chat->unread, chat->mentions, chat->last, chat->last_time, chat->awaited,
			chat->id);
		chat->changed = FALSE;
	}
	g_ptr_array_set_size(store->changed, 0);
	return code;
}

/* ---- transactions ---- */

int store_begin(Store *store)
{
	return database_run(&store->database, "BEGIN IMMEDIATE", "");
}

int store_commit(Store *store)
{
	int code = write_chats(store);
	if (code == SQLITE_OK)
		code = database_run(&store->database, "COMMIT", "");
	if (code == SQLITE_OK && store->n_chats > CHATS_KEPT)
		store_forget(store);
	if (code == SQLITE_OK)
		store->stored = MAX(store->stored, store->newest);
	return code;
}

void store_rollback(Store *store)
{
	if (store->database.handle && !sqlite3_get_autocommit(store->database.handle))
		database_execute(&store->database, "ROLLBACK");
	store->newest = store->stored;
	store_forget(store);
}

Database *store_database(Store *store)
{
	return &store->database;
}

const char *store_path(const Store *store)
{
	return store->path;
}

/* ---- keepsakes, contacts ---- */

int store_keep(Store *store, const char *account_name, const char *key, const char *value)
{
	StoreAccount *account;
	int code = store_find_account(store, account_name, value != NULL, &account);
	if (code != SQLITE_OK || !account)
		return code;
	if (!value)
		return database_run(&store->database, "DELETE FROM keep WHERE account = ? AND key = ?", "it", account->id, key);
	return database_run(&store->database, "INSERT INTO keep(account, key, value) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", "itt",
		account->id, key, value);
}

int store_put_contact(Store *store, const WireContact *contact)
{
	StoreAccount *account;
	g_autofree char *groups = row_list_text(contact->groups);
	int code = store_find_account(store, contact->account, TRUE, &account);
	return code != SQLITE_OK ? code : database_run(&store->database, "INSERT INTO contact(account, address, name, groups, subscription, asked)"
		" VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, groups = excluded.groups, subscription = excluded.subscription,"
		" asked = excluded.asked", "itttii", account->id, contact->address, contact->name, groups, (gint64)contact->subscription, (gint64)!!contact->asked);
}

int store_remove_contact(Store *store, const char *account_name, const char *address)
{
	StoreAccount *account;
	int code = store_find_account(store, account_name, FALSE, &account);
	return code != SQLITE_OK || !account ? code :
		database_run(&store->database, "DELETE FROM contact WHERE account = ? AND address = ?", "it", account->id, address);
}

int store_remove_account(Store *store, const char *account_name)
{
	StoreAccount *account;
	int code = store_find_account(store, account_name, FALSE, &account);
	if (code == SQLITE_OK && account)
		code = database_run(&store->database, "DELETE FROM contact WHERE account = ?", "i", account->id);
	if (code == SQLITE_OK && account)
		code = database_run(&store->database, "DELETE FROM keep WHERE account = ?", "i", account->id);
	return code;
}

int store_clear_chat(Store *store, const char *account_name, const char *address)
{
	StoreAccount *account;
	StoreChat *chat = NULL;
	int code = store_find_account(store, account_name, FALSE, &account);
	if (code == SQLITE_OK && account)
		code = store_find_chat(store, account, address, FALSE, CHAT_DIRECT, &chat);
	if (code != SQLITE_OK || !chat)
		return code;
	code = database_run(&store->database, "INSERT OR IGNORE INTO cleared(chat, account) VALUES(?, ?)", "ii", chat->id, account->id);
	if (code == SQLITE_OK)
		code = database_run(&store->database, "DELETE FROM chat WHERE id = ?", "i", chat->id);
	store->cleared = TRUE;
	g_ptr_array_remove(store->changed, chat);
	g_hash_table_remove(account->chats, address);
	store->n_chats--;
	return code;
}
