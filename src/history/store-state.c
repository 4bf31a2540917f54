/* store-state.c: how far outgoing messages have got, and up to where chats are read. See store.h. */
#include "history/store-inside.h"

#define READ_WITH_MAX 1000 /* earlier rows that a reading of a later message looks at */

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

/* An outgoing message or amendment. */
typedef struct {
	gint64 id, chat, account, time, about;
	MessageKind type;
	MessageState state;
	ChatKind kind;
	gboolean has_archive_id;
} Own;

/* column: which id must be the one that was looked up. */
static int look_up(Store *store, gint64 account, gint64 number, const char *id, Own *own)
{
	static const char sql[] = "SELECT m.id, m.chat, c.account, m.time, m.about, m.type, m.state, c.kind, m.archive_id, m.own_id, m.sender_id FROM known k"
		" CROSS JOIN message m ON m.id = k.message CROSS JOIN chat c ON c.id = m.chat WHERE k.hash = ? AND c.account = ? AND m.direction = 1"
		" ORDER BY k.message DESC LIMIT " STORE_SAME_NUMBER_MAX;
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "ii", number, account);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (!own->id && sqlite3_step(row) == SQLITE_ROW)
		if (!g_strcmp0(database_text(row, 8), id) || !g_strcmp0(database_text(row, 9), id) || !g_strcmp0(database_text(row, 10), id))
			*own = (Own){ .id = sqlite3_column_int64(row, 0), .chat = sqlite3_column_int64(row, 1), .account = sqlite3_column_int64(row, 2),
				.time = sqlite3_column_int64(row, 3), .about = sqlite3_column_int64(row, 4), .type = (MessageKind)sqlite3_column_int(row, 5),
				.state = (MessageState)sqlite3_column_int(row, 6), .kind = (ChatKind)sqlite3_column_int(row, 7),
				.has_archive_id = sqlite3_column_type(row, 8) != SQLITE_NULL };
	return database_give(db, sql, row);
}

static int find_own(Store *store, const char *account_name, const char *own_id, Own *own)
{
	StoreAccount *account;
	int code = store_find_account(store, account_name, FALSE, &account);
	*own = (Own){ 0 };
	return code != SQLITE_OK || !account ? code : look_up(store, account->id, known_own(&store->known, account->id, own_id), own_id, own);
}

/* A message that another device of the user sent may be known by other ids than ours. */
static int find_named(Store *store, const WireMessageStateChange *change, Own *own)
{
	StoreAccount *account;
	StoreChat *chat = NULL;
	int code = find_own(store, change->account, change->own_id, own);
	if (code == SQLITE_OK && !own->id)
		code = store_find_account(store, change->account, FALSE, &account);
	if (code != SQLITE_OK || own->id || !account)
		return code;
	code = store_find_chat(store, account, change->chat, FALSE, CHAT_DIRECT, &chat);
	if (code == SQLITE_OK && chat && change->archive_id)
		code = look_up(store, account->id, known_archived(&store->known, chat->id, change->archive_id), change->archive_id, own);
	if (code == SQLITE_OK && chat && !own->id)
		code = look_up(store, account->id, known_named(&store->known, chat->id, change->own_id), change->own_id, own);
	return code;
}

/* Who read a message has read the ones before it. */
static int read_earlier(Store *store, const Own *own, HistoryChange *change)
{
	static const char sql[] = "SELECT id, direction, type, state FROM message WHERE chat = ? AND time < ? ORDER BY time DESC LIMIT ?";
	Database *db = &store->database;
	g_autoptr(GArray) ids = g_array_new(FALSE, FALSE, sizeof(gint64));
	gboolean met = FALSE;
	sqlite3_stmt *row = database_take(db, sql, "iii", own->chat, own->time, (gint64)READ_WITH_MAX);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (!met && sqlite3_step(row) == SQLITE_ROW) {
		gint64 id = sqlite3_column_int64(row, 0);
		int state = sqlite3_column_int(row, 3);
		if (sqlite3_column_int(row, 1) != DIRECTION_OUT || sqlite3_column_int(row, 2) >= MESSAGE_EVENT)
			continue;
		met = state == MESSAGE_READ;
		if (state == MESSAGE_SENT || state == MESSAGE_DELIVERED)
			g_array_append_val(ids, id);
	}
	int code = database_give(db, sql, row);
	for (guint i = 0; i < ids->len && code == SQLITE_OK; i++) {
		gint64 id = g_array_index(ids, gint64, i);
		code = database_run(db, "UPDATE message SET state = 1 WHERE id = ?", "i", id);
		store_note_changed(change, id, CHANGE_NONE);
	}
	return code;
}

int store_set_state(Store *store, const WireMessageStateChange *wire, HistoryChange *change)
{
	Own own;
	int code = find_named(store, wire, &own);
	if (code != SQLITE_OK || !own.id)
		return code;
	if (wire->archive_id && !own.has_archive_id) {
		code = store_set_archive_id(store, own.id, own.chat, wire->archive_id);
		if (code == SQLITE_OK)
			code = store_settle(store, own.account, own.chat, own.id, change);
	}
	if (code != SQLITE_OK || !may_follow(own.state, wire->state))
		return code;
	change->id = own.id;
	change->type = own.type;
	change->about = own.about;
	code = database_run(&store->database, "UPDATE message SET state = ?, error = ? WHERE id = ?", "iti", (gint64)wire->state,
		wire->state == MESSAGE_FAILED ? wire->error : NULL, own.id);
	if (code == SQLITE_OK && store_is_amendment(own.type) && own.about)
		code = store_apply(store, own.about, change);
	if (code == SQLITE_OK && wire->state == MESSAGE_READ && own.kind == CHAT_DIRECT && !store_is_amendment(own.type))
		code = read_earlier(store, &own, change);
	return code;
}

int store_set_mark(Store *store, const char *account, const char *own_id, const char *mark, gint64 *id)
{
	Own own;
	int code = find_own(store, account, own_id, &own);
	*id = own.id;
	return code != SQLITE_OK || !own.id ? code : database_run(&store->database, "UPDATE message SET mark = ? WHERE id = ?", "ti", mark, own.id);
}

int store_set_saved(Store *store, gint64 message, const char *path, gint64 *id)
{
	int code = database_run(&store->database, "UPDATE message SET saved = ? WHERE id = ? AND type < 3", "ti", path, message);
	*id = code == SQLITE_OK && sqlite3_changes(store->database.handle) ? message : 0;
	return code;
}

/* ---- reading ---- */

void store_tell_counters(const StoreChat *chat, HistoryChange *change)
{
	change->recounted = TRUE;
	change->unread = chat->unread;
	change->mentions = chat->mentions;
	change->read_time = chat->read;
	change->last = chat->last;
	change->last_time = chat->last_time;
}

/* Unread messages and mentions among those behind one time, up to another. */
static int count_unread(Store *store, const StoreChat *chat, gint64 behind, gint64 up_to, gint64 *unread, gint64 *mentions)
{
	static const char sql[] = "SELECT count(*), ifnull(sum(flags & 1), 0) FROM message WHERE chat = ? AND time > ? AND time <= ? AND direction = 0 AND state = 0"
		" AND type < 2 AND flags & 8 = 0";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "iii", chat->id, behind, up_to);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		*unread = sqlite3_column_int64(row, 0);
		*mentions = sqlite3_column_int64(row, 1);
	}
	return database_give(db, sql, row);
}

int store_count_anew(Store *store, StoreChat *chat, HistoryChange *change)
{
	int code = count_unread(store, chat, chat->read, G_MAXINT64, &chat->unread, &chat->mentions);
	store_note_chat(store, chat);
	store_tell_counters(chat, change);
	return code;
}

/* Mostly all is read, and nothing needs counting; else what was read now or what is left, whichever seems the smaller part. */
int store_move_read(Store *store, StoreChat *chat, gint64 time, HistoryChange *change)
{
	gint64 unread = 0, mentions = 0;
	int code = SQLITE_OK;
	if (time <= chat->read)
		return SQLITE_OK;
	if (time >= chat->last_time || !chat->unread) {
		chat->unread = chat->mentions = 0;
	} else if (time - chat->read < chat->last_time - time) {
		code = count_unread(store, chat, chat->read, time, &unread, &mentions);
		chat->unread = MAX(chat->unread - unread, 0);
		chat->mentions = MAX(chat->mentions - mentions, 0);
	} else {
		code = count_unread(store, chat, time, chat->last_time, &chat->unread, &chat->mentions);
	}
	chat->read = time;
	store_note_chat(store, chat);
	store_tell_counters(chat, change);
	return code;
}

/* The time of the message that an id names; 0: it is not here. Ids of the archive are surer than those of senders. */
static int time_of(Store *store, gint64 account, const StoreChat *chat, const WireRead *read, gint64 *time)
{
	static const char sql[] = "SELECT max(m.time) FROM known k CROSS JOIN message m ON m.id = k.message WHERE k.hash = ?1 AND m.chat = ?2"
		" AND (m.archive_id = ?3 OR m.sender_id = ?3 OR m.ref_id = ?3 OR (m.own_id = ?3 AND m.direction = 1))";
	Database *db = &store->database;
	const Known *known = &store->known;
	int code = SQLITE_OK;
	*time = 0;
	if (read->archive_id)
		*time = database_number(db, 0, &code, sql, "iit", known_archived(known, chat->id, read->archive_id), chat->id, read->archive_id);
	if (code == SQLITE_OK && !*time && read->sender_id)
		*time = database_number(db, 0, &code, sql, "iit", known_named(known, chat->id, read->sender_id), chat->id, read->sender_id);
	if (code == SQLITE_OK && !*time && read->sender_id)
		*time = database_number(db, 0, &code, sql, "iit", known_own(known, account, read->sender_id), chat->id, read->sender_id);
	return code;
}

int store_set_read(Store *store, const WireRead *read, HistoryChange *change)
{
	StoreAccount *account;
	StoreChat *chat = NULL;
	const char *id = read->archive_id ? read->archive_id : read->sender_id;
	gint64 time = read->time;
	/* What is not here is waited for, also where the chat itself is to come. */
	gboolean awaited = !time && id;
	int code = store_find_account(store, read->account, awaited, &account);
	if (code == SQLITE_OK && account)
		code = store_find_chat(store, account, read->chat, awaited, read->chat_kind, &chat);
	if (code == SQLITE_OK && chat && awaited)
		code = time_of(store, account->id, chat, read, &time);
	if (code != SQLITE_OK || !chat)
		return code;
	if (!time && id) {
		g_free(chat->awaited);
		chat->awaited = g_strdup(id);
		store_note_chat(store, chat);
		return SQLITE_OK;
	}
	change->ahead = time < chat->read;
	return store_move_read(store, chat, MIN(time, chat->last_time), change);
}
