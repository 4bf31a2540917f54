/* store.c: see store.h. The jobs' side of the writer; store-file.c opens, renews and tidies. */
#include "history/store-inside.h"
#include "base/json.h"
#include "base/moment.h"
#include <string.h>

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

/* The account's row; made if make, else NULL in *account when there is none. */
static int find_account(Store *store, const char *name, gboolean make, StoreAccount **account)
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
	static const char sql[] = "SELECT id, kind, read, unread, mentions, last, last_time FROM chat WHERE account = ? AND address = ?";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "it", account->id, address);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		*chat = g_new0(StoreChat, 1);
		**chat = (StoreChat){ .id = sqlite3_column_int64(row, 0), .kind = sqlite3_column_int(row, 1), .read = sqlite3_column_int64(row, 2),
			.unread = sqlite3_column_int64(row, 3), .mentions = sqlite3_column_int64(row, 4), .last = sqlite3_column_int64(row, 5),
			.last_time = sqlite3_column_int64(row, 6) };
	}
	return database_give(db, sql, row);
}

/* The chat's row; made if make, else NULL in *chat when there is none. */
static int find_chat(Store *store, StoreAccount *account, const char *address, gboolean make, ChatKind kind, StoreChat **chat)
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

static void note_change(Store *store, StoreChat *chat)
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
		code = database_run(&store->database, "UPDATE chat SET kind = ?, read = ?, unread = ?, mentions = ?, last = ?, last_time = ? WHERE id = ?", "iiiiiii",
			(gint64)chat->kind, chat->read, chat->unread, chat->mentions, chat->last, chat->last_time, chat->id);
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

/* ---- doubles ---- */

/* What a message is compared with. */
typedef struct {
	gint64 id, chat;
	gboolean has_archive_id;
} Twin;

typedef struct {
	Store *store;
	const WireMessage *message;
	gint64 account, chat;
	const char *sender; /* as stored */
} Newcomer;

static gboolean same_own(const Newcomer *n, sqlite3_stmt *row)
{
	return sqlite3_column_int64(row, 1) == n->account && !g_strcmp0(database_text(row, 3), n->message->own_id);
}

static gboolean same_archived(const Newcomer *n, sqlite3_stmt *row)
{
	return sqlite3_column_int64(row, 2) == n->chat && !g_strcmp0(database_text(row, 4), n->message->archive_id);
}

/* Some clients begin their ids anew with every start: what differs in its words or in the archive's id is another message. */
static gboolean same_sent(const Newcomer *n, sqlite3_stmt *row)
{
	const WireMessage *m = n->message;
	const char *archive_id = database_text(row, 4);
	return sqlite3_column_int64(row, 2) == n->chat && !g_strcmp0(database_text(row, 5), m->sender_id) && !g_strcmp0(database_text(row, 6), n->sender) &&
		!g_strcmp0(database_text(row, 7), m->nick) && !(archive_id && m->archive_id && strcmp(archive_id, m->archive_id)) &&
		!g_strcmp0(database_text(row, 8), m->text);
}

static int find_twin(const Newcomer *n, gint64 hash, gboolean (*same)(const Newcomer *n, sqlite3_stmt *row), Twin *twin)
{
	static const char sql[] = "SELECT m.id, c.account, m.chat, m.own_id, m.archive_id, m.sender_id, m.sender, m.nick, m.text"
		" FROM known k JOIN message m ON m.id = k.message JOIN chat c ON c.id = m.chat WHERE k.hash = ?";
	Database *db = &n->store->database;
	sqlite3_stmt *row = database_take(db, sql, "i", hash);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (!twin->id && sqlite3_step(row) == SQLITE_ROW)
		if (same(n, row))
			*twin = (Twin){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 2), sqlite3_column_type(row, 4) != SQLITE_NULL };
	return database_give(db, sql, row);
}

static int remember(Store *store, gint64 hash, gint64 id)
{
	return database_run(&store->database, "INSERT OR IGNORE INTO known(hash, message) VALUES(?, ?)", "ii", hash, id);
}

static int set_archive_id(Store *store, gint64 id, gint64 chat, const char *archive_id)
{
	int code = database_run(&store->database, "UPDATE message SET archive_id = ? WHERE id = ?", "ti", archive_id, id);
	return code == SQLITE_OK ? remember(store, known_archived(&store->known, chat, archive_id), id) : code;
}

/* ---- messages ---- */

/* The chat's own address is not written again with each message: NULL stands for it, "" for nobody. */
static const char *stored_sender(const WireMessage *m)
{
	return !m->from ? "" : !strcmp(m->from, m->chat) ? NULL : m->from;
}

static int insert(const Newcomer *n, gint64 id, const char *mark)
{
	static const char sql[] = "INSERT OR IGNORE INTO message(chat, time, received, type, direction, state, flags, sender, nick, text, own_id, sender_id,"
		" archive_id, mark, error, encryption, id) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	const WireMessage *m = n->message;
	Database *db = &n->store->database;
	gint64 received = m->received ? m->received : moment_now();
	sqlite3_stmt *row = database_take(db, sql, "iiiiiiitttttttttt", n->chat, m->time ? m->time : received, received, (gint64)m->type, (gint64)m->direction,
		(gint64)m->state, (gint64)((m->mention ? FLAG_MENTION : 0) | (m->delayed ? FLAG_DELAYED : 0)), n->sender, m->nick, m->text ? m->text : "", m->own_id,
		m->sender_id, m->archive_id, mark, m->error, m->encryption, NULL);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (id)
		sqlite3_bind_int64(row, 17, id);
	sqlite3_step(row);
	return database_give(db, sql, row);
}

static int remember_ids(const Newcomer *n, gint64 id)
{
	const WireMessage *m = n->message;
	const Known *known = &n->store->known;
	int code = SQLITE_OK;
	if (m->direction == DIRECTION_OUT && m->own_id)
		code = remember(n->store, known_own(known, n->account, m->own_id), id);
	if (code == SQLITE_OK && m->archive_id)
		code = remember(n->store, known_archived(known, n->chat, m->archive_id), id);
	if (code == SQLITE_OK && m->sender_id)
		code = remember(n->store, known_sent(known, n->chat, n->sender, m->nick, m->sender_id), id);
	return code;
}

static int find_double(const Newcomer *n, Twin *twin)
{
	const WireMessage *m = n->message;
	const Known *known = &n->store->known;
	int code = SQLITE_OK;
	if (m->direction == DIRECTION_OUT && m->own_id)
		code = find_twin(n, known_own(known, n->account, m->own_id), same_own, twin);
	if (code == SQLITE_OK && !twin->id && m->archive_id)
		code = find_twin(n, known_archived(known, n->chat, m->archive_id), same_archived, twin);
	if (code == SQLITE_OK && !twin->id && m->sender_id)
		code = find_twin(n, known_sent(known, n->chat, n->sender, m->nick, m->sender_id), same_sent, twin);
	return code;
}

static void count(Store *store, StoreChat *chat, const WireMessage *m, gint64 id)
{
	if (m->direction == DIRECTION_IN && m->state == MESSAGE_UNREAD && m->type != MESSAGE_EVENT) {
		chat->unread++;
		chat->mentions += m->mention ? 1 : 0;
	}
	chat->kind = m->chat_kind;
	chat->last = MAX(chat->last, id);
	chat->last_time = MAX(chat->last_time, m->time ? m->time : m->received ? m->received : moment_now());
	store->newest = MAX(store->newest, id);
	note_change(store, chat);
}

int store_add(Store *store, const WireMessage *m, gint64 *id)
{
	StoreAccount *account;
	StoreChat *chat;
	Twin twin = { 0 };
	int code = find_account(store, m->account, TRUE, &account);
	*id = 0;
	if (code == SQLITE_OK && m->cursor)
		code = store_keep(store, m->account, "cursor", m->cursor);
	if (code == SQLITE_OK)
		code = find_chat(store, account, m->chat, TRUE, m->chat_kind, &chat);
	if (code != SQLITE_OK)
		return code;
	Newcomer newcomer = { store, m, account->id, chat->id, stored_sender(m) };
	if ((code = find_double(&newcomer, &twin)) != SQLITE_OK)
		return code;
	if (twin.id)
		return m->archive_id && !twin.has_archive_id ? set_archive_id(store, twin.id, twin.chat, m->archive_id) : SQLITE_OK;
	if ((code = insert(&newcomer, 0, NULL)) != SQLITE_OK)
		return code;
	*id = sqlite3_last_insert_rowid(store->database.handle);
	count(store, chat, m, *id);
	return remember_ids(&newcomer, *id);
}

int store_restore(Store *store, const WireMessage *m, const char *mark)
{
	StoreAccount *account;
	StoreChat *chat;
	int code = find_account(store, m->account, TRUE, &account);
	if (code == SQLITE_OK)
		code = find_chat(store, account, m->chat, TRUE, m->chat_kind, &chat);
	if (code != SQLITE_OK)
		return code;
	Newcomer newcomer = { store, m, account->id, chat->id, stored_sender(m) };
	if ((code = insert(&newcomer, m->id, mark)) != SQLITE_OK || !sqlite3_changes(store->database.handle))
		return code;
	if (m->direction == DIRECTION_IN && m->state == MESSAGE_READ)
		chat->read = MAX(chat->read, m->id);
	count(store, chat, m, m->id);
	return remember_ids(&newcomer, m->id);
}

/* ---- states of outgoing messages ---- */

/* A confirmation by the recipient is stronger than a failure told before. */
static gboolean may_follow(MessageState now, MessageState next)
{
	switch (next) {
	case MESSAGE_SENT: return now == MESSAGE_QUEUED;
	case MESSAGE_DELIVERED: return now == MESSAGE_QUEUED || now == MESSAGE_SENT || now == MESSAGE_FAILED;
	case MESSAGE_READ: return now == MESSAGE_QUEUED || now == MESSAGE_SENT || now == MESSAGE_DELIVERED || now == MESSAGE_FAILED;
	case MESSAGE_FAILED: return now == MESSAGE_QUEUED || now == MESSAGE_SENT;
	default: return FALSE;
	}
}

/* An outgoing message by own_id. */
typedef struct {
	gint64 id, chat;
	MessageState state;
	gboolean has_archive_id;
} Own;

static int find_own(Store *store, const char *account_name, const char *own_id, Own *own)
{
	static const char sql[] = "SELECT m.id, m.chat, m.state, m.archive_id IS NOT NULL FROM known k JOIN message m ON m.id = k.message"
		" JOIN chat c ON c.id = m.chat WHERE k.hash = ? AND c.account = ? AND m.own_id = ? AND m.direction = 1";
	StoreAccount *account;
	Database *db = &store->database;
	int code = find_account(store, account_name, FALSE, &account);
	*own = (Own){ 0 };
	if (code != SQLITE_OK || !account)
		return code;
	sqlite3_stmt *row = database_take(db, sql, "iit", known_own(&store->known, account->id, own_id), account->id, own_id);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW)
		*own = (Own){ sqlite3_column_int64(row, 0), sqlite3_column_int64(row, 1), (MessageState)sqlite3_column_int(row, 2), sqlite3_column_int(row, 3) };
	return database_give(db, sql, row);
}

int store_set_state(Store *store, const WireMessageStateChange *change, gint64 *id)
{
	Own own;
	int code = find_own(store, change->account, change->own_id, &own);
	*id = 0;
	if (code != SQLITE_OK || !own.id)
		return code;
	if (change->archive_id && !own.has_archive_id && (code = set_archive_id(store, own.id, own.chat, change->archive_id)) != SQLITE_OK)
		return code;
	if (!may_follow(own.state, change->state))
		return SQLITE_OK;
	*id = own.id;
	return database_run(&store->database, "UPDATE message SET state = ?, error = ? WHERE id = ?", "iti", (gint64)change->state,
		change->state == MESSAGE_FAILED ? change->error : NULL, own.id);
}

int store_set_mark(Store *store, const char *account, const char *own_id, const char *mark, gint64 *id)
{
	Own own;
	int code = find_own(store, account, own_id, &own);
	*id = own.id;
	return code != SQLITE_OK || !own.id ? code : database_run(&store->database, "UPDATE message SET mark = ? WHERE id = ?", "ti", mark, own.id);
}

/* ---- reading, keepsakes, contacts ---- */

/* Unread messages and mentions among those behind one id, up to another. */
static int count_unread(Store *store, const StoreChat *chat, gint64 behind, gint64 up_to, gint64 *unread, gint64 *mentions)
{
	static const char sql[] = "SELECT count(*), ifnull(sum(flags & 1), 0) FROM message WHERE id > ? AND id <= ? AND +chat = ?"
		" AND direction = 0 AND state = 0 AND type <> 2";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "iii", behind, up_to, chat->id);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		*unread = sqlite3_column_int64(row, 0);
		*mentions = sqlite3_column_int64(row, 1);
	}
	return database_give(db, sql, row);
}

/* Counts whichever part is the smaller, what was read now or what is left: a reader that follows a flood looks at each row once. */
static int move_read(Store *store, StoreChat *chat, gint64 id)
{
	gint64 unread = 0, mentions = 0;
	gboolean from_below = id - chat->read < chat->last - id;
	int code = from_below ? count_unread(store, chat, chat->read, id, &unread, &mentions) : count_unread(store, chat, id, chat->last, &unread, &mentions);
	if (code != SQLITE_OK)
		return code;
	chat->unread = from_below ? MAX(chat->unread - unread, 0) : unread;
	chat->mentions = from_below ? MAX(chat->mentions - mentions, 0) : mentions;
	chat->read = id;
	note_change(store, chat);
	return SQLITE_OK;
}

int store_set_read(Store *store, const char *account_name, const char *address, gint64 id)
{
	StoreAccount *account;
	StoreChat *chat = NULL;
	int code = find_account(store, account_name, FALSE, &account);
	if (code == SQLITE_OK && account)
		code = find_chat(store, account, address, FALSE, CHAT_DIRECT, &chat);
	if (code != SQLITE_OK || !chat || MIN(id, chat->last) <= chat->read)
		return code;
	return move_read(store, chat, MIN(id, chat->last));
}

int store_keep(Store *store, const char *account_name, const char *key, const char *value)
{
	StoreAccount *account;
	int code = find_account(store, account_name, value != NULL, &account);
	if (code != SQLITE_OK || !account)
		return code;
	if (!value)
		return database_run(&store->database, "DELETE FROM keep WHERE account = ? AND key = ?", "it", account->id, key);
	return database_run(&store->database, "INSERT INTO keep(account, key, value) VALUES(?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", "itt",
		account->id, key, value);
}

/* Groups are a JSON array of texts. */
static char *groups_text(const char *const *groups)
{
	GString *out = g_string_new("{");
	json_put_list(out, "", groups);
	g_string_erase(out, 0, strlen("{\"\":"));
	return g_string_free(out, FALSE);
}

int store_put_contact(Store *store, const WireContact *contact)
{
	StoreAccount *account;
	g_autofree char *groups = groups_text(contact->groups);
	int code = find_account(store, contact->account, TRUE, &account);
	return code != SQLITE_OK ? code : database_run(&store->database, "INSERT INTO contact(account, address, name, groups, subscription, asked)"
		" VALUES(?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET name = excluded.name, groups = excluded.groups, subscription = excluded.subscription,"
		" asked = excluded.asked", "itttii", account->id, contact->address, contact->name, groups, (gint64)contact->subscription, (gint64)!!contact->asked);
}

int store_remove_contact(Store *store, const char *account_name, const char *address)
{
	StoreAccount *account;
	int code = find_account(store, account_name, FALSE, &account);
	return code != SQLITE_OK || !account ? code :
		database_run(&store->database, "DELETE FROM contact WHERE account = ? AND address = ?", "it", account->id, address);
}

int store_remove_account(Store *store, const char *account_name)
{
	StoreAccount *account;
	int code = find_account(store, account_name, FALSE, &account);
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
	int code = find_account(store, account_name, FALSE, &account);
	if (code == SQLITE_OK && account)
		code = find_chat(store, account, address, FALSE, CHAT_DIRECT, &chat);
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
