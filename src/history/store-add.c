/* store-add.c: adding messages: doubles told, the place in the chat given, ids remembered, unread ones counted. See store.h.
 *
 * A chat's messages are ordered by time, and no two have the same. One that comes live goes behind all others, so that nobody's clock puts it
 * between older ones; one from an archive goes to its place there, and so does the row of the same message that had come live before. Archives
 * that tell whole seconds may put messages behind the present moment: what comes live then is behind them, and in the way of the next page.
 */
#include "history/store-inside.h"
#include "base/moment.h"
#include <string.h>

#define STEPS_MAX 256 /* steps of 1 µs to a free place; wide ones follow */
#define UNIQUE_BYTES 16 /* ids of so many are made at random */
#define CLOCKS_APART_US (G_GINT64_CONSTANT(3600) * G_USEC_PER_SEC) /* how wrong a clock may be and still be made up for */

/* What a message is compared with. */
typedef struct {
	gint64 id, chat, time, about;
	MessageKind type;
	int flags;
	gboolean has_archive_id, is_unread;
	gboolean is_copy; /* the archive has the message twice, and this row is the other one */
} Twin;

typedef struct {
	Store *store;
	const WireMessage *message;
	gint64 account, chat;
	const char *sender; /* as stored */
	gint64 time, received, about;
} Newcomer;

static HistoryRow *find_changed(const HistoryChange *change, gint64 id)
{
	for (guint i = 0; change->changed && i < change->changed->len; i++)
		if (g_array_index(change->changed, HistoryRow, i).id == id)
			return &g_array_index(change->changed, HistoryRow, i);
	return NULL;
}

void store_note_changed(HistoryChange *change, gint64 id, MessageChange what)
{
	HistoryRow *known = find_changed(change, id), row = { id, what };
	if (!change->changed)
		change->changed = g_array_new(FALSE, FALSE, sizeof row);
	if (known)
		known->change = MAX(known->change, what);
	else
		g_array_append_val(change->changed, row);
}

/* ---- doubles ---- */

static gboolean same_own(const Newcomer *n, sqlite3_stmt *row)
{
	return sqlite3_column_int64(row, 1) == n->account && !g_strcmp0(database_text(row, 3), n->message->own_id);
}

static gboolean same_archived(const Newcomer *n, sqlite3_stmt *row)
{
	return sqlite3_column_int64(row, 2) == n->chat && !g_strcmp0(database_text(row, 4), n->message->archive_id);
}

static gboolean differ(const char *archive_id, const char *other)
{
	return archive_id && other && strcmp(archive_id, other) != 0;
}

/* Some clients begin their ids anew with every start: what differs in its words is another message, and so is what differs in the archive's id,
 * unless its own is too long for a counter. Then it was sent once more, and is twice in the archive: ejabberd 23.01 may still take in what an
 * old connection has brought after it has said on the resumed one that this did not arrive. */
static gboolean same_named(const Newcomer *n, sqlite3_stmt *row)
{
	const WireMessage *m = n->message;
	return sqlite3_column_int64(row, 2) == n->chat && !g_strcmp0(database_text(row, 5), m->sender_id) && !g_strcmp0(database_text(row, 6), n->sender) &&
		!g_strcmp0(database_text(row, 7), m->nick) && (strlen(m->sender_id) >= UNIQUE_BYTES || !differ(database_text(row, 4), m->archive_id)) &&
		!g_strcmp0(database_text(row, 8), m->text ? m->text : "");
}

static int find_twin(const Newcomer *n, gint64 number, gboolean (*same)(const Newcomer *n, sqlite3_stmt *row), Twin *twin)
{
	static const char sql[] = "SELECT m.id, c.account, m.chat, m.own_id, m.archive_id, m.sender_id, m.sender, m.nick, ifnull(m.original, m.text), m.time,"
		" m.about, m.type, m.flags, m.direction = 0 AND m.state = 0"
		" FROM known k CROSS JOIN message m ON m.id = k.message CROSS JOIN chat c ON c.id = m.chat WHERE k.hash = ? ORDER BY k.message DESC LIMIT "
		STORE_SAME_NUMBER_MAX;
	Database *db = &n->store->database;
	sqlite3_stmt *row = database_take(db, sql, "i", number);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	while (!twin->id && sqlite3_step(row) == SQLITE_ROW)
		if (same(n, row))
			*twin = (Twin){ .id = sqlite3_column_int64(row, 0), .chat = sqlite3_column_int64(row, 2), .time = sqlite3_column_int64(row, 9),
				.about = sqlite3_column_int64(row, 10), .type = (MessageKind)sqlite3_column_int(row, 11), .flags = sqlite3_column_int(row, 12),
				.has_archive_id = sqlite3_column_type(row, 4) != SQLITE_NULL, .is_unread = sqlite3_column_int(row, 13),
				.is_copy = differ(database_text(row, 4), n->message->archive_id) };
	return database_give(db, sql, row);
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
		code = find_twin(n, known_named(known, n->chat, m->sender_id), same_named, twin);
	if (code == SQLITE_OK && !twin->id && m->sender_id && n->store->renumber)
		code = find_twin(n, known_named_before(known, n->chat, n->sender, m->nick, m->sender_id), same_named, twin);
	return code;
}

/* ---- ids ---- */

int store_remember(Store *store, gint64 number, gint64 id)
{
	return database_run(&store->database, "INSERT OR IGNORE INTO known(hash, message) VALUES(?, ?)", "ii", number, id);
}

int store_set_archive_id(Store *store, gint64 id, gint64 chat, const char *archive_id)
{
	int code = database_run(&store->database, "UPDATE message SET archive_id = ? WHERE id = ?", "ti", archive_id, id);
	return code == SQLITE_OK ? store_remember(store, known_archived(&store->known, chat, archive_id), id) : code;
}

static int remember_ids(const Newcomer *n, gint64 id)
{
	const WireMessage *m = n->message;
	const Known *known = &n->store->known;
	int code = SQLITE_OK;
	if (m->direction == DIRECTION_OUT && m->own_id)
		code = store_remember(n->store, known_own(known, n->account, m->own_id), id);
	if (code == SQLITE_OK && m->archive_id)
		code = store_remember(n->store, known_archived(known, n->chat, m->archive_id), id);
	if (code == SQLITE_OK && m->sender_id)
		code = store_remember(n->store, known_named(known, n->chat, m->sender_id), id);
	if (code == SQLITE_OK && m->ref_id)
		code = store_remember(n->store, known_named(known, n->chat, m->ref_id), id);
	return code;
}

/* ---- the place in the chat ---- */

/* The first free time from *time on, or any soon after it where many have the same; except is a row that does not count. */
static int free_time(Store *store, gint64 chat, gint64 except, gint64 *time)
{
	int code = SQLITE_OK;
	for (guint n = 0; database_number(&store->database, 0, &code, "SELECT 1 FROM message WHERE chat = ? AND time = ? AND id <> ? LIMIT 1", "iii", chat, *time, except); n++)
		*time += n < STEPS_MAX ? 1 : g_random_int_range(1, G_USEC_PER_SEC);
	return code;
}

/* Of two amendments of a message the later one wins; clocks that were set back must not change that. */
static int amendment_time(const Newcomer *n, gint64 *time)
{
	int code = SQLITE_OK;
	if (n->about && !n->message->archived)
		*time = MAX(*time, 1 + database_number(&n->store->database, 0, &code, "SELECT max(time) FROM message WHERE about = ? AND type = ?", "ii", n->about,
			(gint64)n->message->type));
	return code == SQLITE_OK ? free_time(n->store, n->chat, 0, time) : code;
}

static int find_last(Store *store, StoreChat *chat)
{
	static const char sql[] = "SELECT id, time FROM message WHERE chat = ? AND type < 3 ORDER BY time DESC, id DESC LIMIT 1";
	Database *db = &store->database;
	sqlite3_stmt *row = database_take(db, sql, "i", chat->id);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW) {
		chat->last = sqlite3_column_int64(row, 0);
		chat->last_time = sqlite3_column_int64(row, 1);
	}
	store_note_chat(store, chat);
	return database_give(db, sql, row);
}

/* From now on the chat is read up to an earlier time; what lies behind that and was read stays so, but for one row. */
static int read_less(Store *store, StoreChat *chat, gint64 time, gint64 except)
{
	gint64 before = chat->read;
	chat->read = time;
	store_note_chat(store, chat);
	return database_run(&store->database, "UPDATE message SET state = 1 WHERE chat = ? AND time > ? AND time <= ? AND direction = 0 AND state = 0 AND id <> ?", "iiii",
		chat->id, time, before, except);
}

/* The chat was read up to this row, and still is. */
static int move_read_with(Store *store, StoreChat *chat, gint64 time, HistoryChange *change)
{
	int code = time < chat->read ? read_less(store, chat, time, 0) : SQLITE_OK;
	chat->read = time;
	return code == SQLITE_OK ? store_count_anew(store, chat, change) : code;
}

/* What was read stays read, and what was not does not become so by a clock that went wrong. */
static int keep_read(Store *store, StoreChat *chat, const Twin *twin, gint64 time, HistoryChange *change)
{
	gboolean was_read = twin->time <= chat->read, is_read = time <= chat->read;
	int code = SQLITE_OK;
	if (was_read == is_read)
		return code;
	if (was_read)
		return database_run(&store->database, "UPDATE message SET state = 1 WHERE id = ?", "i", twin->id);
	if (chat->read - time < CLOCKS_APART_US)
		code = read_less(store, chat, time - 1, twin->id);
	return code == SQLITE_OK ? store_count_anew(store, chat, change) : code;
}

/* A row that came live is in the way of the archive's order: its own place there is not known yet, or it has none. */
static int step_aside(Store *store, StoreChat *chat, const Twin *row, HistoryChange *change)
{
	gint64 time = row->time;
	int code = free_time(store, chat->id, 0, &time);
	if (code == SQLITE_OK && row->time == chat->read)
		code = read_less(store, chat, row->time - 1, 0);
	else if (code == SQLITE_OK && row->is_unread)
		code = keep_read(store, chat, row, time, change);
	if (code == SQLITE_OK)
		code = database_run(&store->database, "UPDATE message SET time = ? WHERE id = ?", "ii", time, row->id);
	store_note_changed(change, row->id, CHANGE_PLACE);
	if (code == SQLITE_OK && (row->id == chat->last || time > chat->last_time))
		code = find_last(store, chat);
	return code;
}

/* For a message from an archive: the time, or one soon after it if another archived one has it. */
static int archived_time(Store *store, StoreChat *chat, gint64 except, gint64 *time, HistoryChange *change)
{
	static const char sql[] = "SELECT id, time, direction = 0 AND state = 0 FROM message WHERE chat = ? AND time = ? AND id <> ? AND type < 3 AND flags & 16 = 0";
	Database *db = &store->database;
	Twin live = { 0 };
	sqlite3_stmt *row = database_take(db, sql, "iii", chat->id, *time, except);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (sqlite3_step(row) == SQLITE_ROW)
		live = (Twin){ .id = sqlite3_column_int64(row, 0), .time = sqlite3_column_int64(row, 1), .is_unread = sqlite3_column_int(row, 2) };
	int code = database_give(db, sql, row);
	if (code == SQLITE_OK && live.id)
		code = step_aside(store, chat, &live, change);
	return code == SQLITE_OK ? free_time(store, chat->id, except, time) : code;
}

static int find_place(Newcomer *n, StoreChat *chat, HistoryChange *change)
{
	const WireMessage *m = n->message;
	n->received = m->received ? m->received : moment_now();
	n->time = m->time ? m->time : n->received;
	if (store_is_amendment(m->type))
		return amendment_time(n, &n->time);
	if (m->archived)
		return archived_time(n->store, chat, 0, &n->time, change);
	n->time = MAX(n->time, chat->last_time + 1);
	return SQLITE_OK;
}

static int move_message(Store *store, StoreChat *chat, const Twin *twin, gint64 time, HistoryChange *change)
{
	int code = SQLITE_OK;
	/* Told even if its neighbours stay the same: who holds them compares times. */
	store_note_changed(change, twin->id, CHANGE_PLACE);
	if (twin->time == chat->read)
		code = move_read_with(store, chat, time, change);
	else if (twin->is_unread && twin->type < MESSAGE_EVENT)
		code = keep_read(store, chat, twin, time, change);
	if (code == SQLITE_OK && (twin->id == chat->last || time > chat->last_time))
		code = find_last(store, chat);
	return code;
}

/* The message came live before; now the archive says where it belongs. Or it says so again: a page that was interrupted is read anew, and its
 * messages keep their order only if all of them take the places that they have in it now. */
static int move_twin(const Newcomer *n, StoreChat *chat, const Twin *twin, HistoryChange *change)
{
	gint64 time = n->message->time;
	int code = store_is_amendment(twin->type) ? free_time(n->store, chat->id, twin->id, &time) : archived_time(n->store, chat, twin->id, &time, change);
	if (code == SQLITE_OK)
		code = database_run(&n->store->database, "UPDATE message SET time = ?, flags = flags | 16 WHERE id = ?", "ii", time, twin->id);
	if (code != SQLITE_OK || time == twin->time)
		return code;
	if (store_is_amendment(twin->type))
		return twin->about ? store_apply(n->store, twin->about, change) : SQLITE_OK;
	return move_message(n->store, chat, twin, time, change);
}

static int meet_twin(const Newcomer *n, StoreChat *chat, const Twin *twin, HistoryChange *change)
{
	const WireMessage *m = n->message;
	int code = SQLITE_OK;
	/* The first place in the archive is the message's. */
	if (twin->is_copy && (!m->archived || !m->time || m->time >= twin->time))
		return code;
	if (m->archive_id && (!twin->has_archive_id || twin->is_copy)) {
		code = store_set_archive_id(n->store, twin->id, twin->chat, m->archive_id);
		if (code == SQLITE_OK && chat->awaits)
			code = store_settle(n->store, n->account, twin->chat, twin->id, change);
	}
	if (code == SQLITE_OK && m->archived && m->time && (m->time != twin->time || !(twin->flags & FLAG_ARCHIVED)) && twin->chat == n->chat)
		code = move_twin(n, chat, twin, change);
	return code;
}

/* ---- adding ---- */

/* The chat's own address is not written again with each message: NULL stands for it, "" for nobody. */
static const char *stored_sender(const WireMessage *m)
{
	return !m->from ? "" : !strcmp(m->from, m->chat) ? NULL : m->from;
}

static int flags_of(const WireMessage *m)
{
	return (m->mention ? FLAG_MENTION : 0) | (m->delayed ? FLAG_DELAYED : 0) | (m->archived ? FLAG_ARCHIVED : 0) | (m->edited ? FLAG_EDITED : 0) |
		(m->retracted ? FLAG_RETRACTED : 0) | (m->asks_read ? FLAG_ASKS_READ : 0);
}

static int insert(const Newcomer *n, gint64 id, const RowRest *rest)
{
	static const char sql[] = "INSERT OR IGNORE INTO message(chat, time, received, type, direction, state, flags, sender, nick, text, own_id, sender_id,"
		" archive_id, mark, error, encryption, ref_id, occupant, target, original, note, reactions, attachments, saved, markup, about, id)"
		" VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)";
	const WireMessage *m = n->message;
	Database *db = &n->store->database;
	sqlite3_stmt *row = database_take(db, sql, "iiiiiiitttttttttttttttttttt", n->chat, n->time, n->received, (gint64)m->type, (gint64)m->direction,
		(gint64)m->state, (gint64)flags_of(m), n->sender, m->nick, m->text ? m->text : "", m->own_id, m->sender_id, m->archive_id, rest->mark, m->error,
		m->encryption, m->ref_id, m->occupant, m->target, rest->original, m->note, rest->reactions, rest->attachments, rest->saved,
		rest->markup, NULL, NULL);
	if (!row)
		return sqlite3_extended_errcode(db->handle);
	if (n->about)
		sqlite3_bind_int64(row, 26, n->about);
	if (id)
		sqlite3_bind_int64(row, 27, id);
	sqlite3_step(row);
	return database_give(db, sql, row);
}

static void count(Store *store, StoreChat *chat, const WireMessage *m, gint64 id, gint64 time)
{
	store->newest = MAX(store->newest, id);
	if (store_is_amendment(m->type))
		return;
	if (m->direction == DIRECTION_IN && m->state == MESSAGE_UNREAD && m->type != MESSAGE_EVENT && !m->retracted && time > chat->read) {
		chat->unread++;
		chat->mentions += m->mention ? 1 : 0;
	}
	chat->kind = m->chat_kind;
	if (time >= chat->last_time) {
		chat->last = id;
		chat->last_time = time;
	}
	store_note_chat(store, chat);
}

static gboolean is_awaited(const StoreChat *chat, const WireMessage *m)
{
	return chat->awaited && (!g_strcmp0(chat->awaited, m->archive_id) || !g_strcmp0(chat->awaited, m->sender_id) || !g_strcmp0(chat->awaited, m->ref_id) ||
		(m->direction == DIRECTION_OUT && !g_strcmp0(chat->awaited, m->own_id)));
}

/* Who answers has read, and so has another device of the user that said so before the message was here. */
static int follow_read(const Newcomer *n, StoreChat *chat, HistoryChange *change)
{
	const WireMessage *m = n->message;
	gboolean awaited = is_awaited(chat, m);
	if (awaited) {
		g_clear_pointer(&chat->awaited, g_free);
		store_note_chat(n->store, chat);
	}
	if (!awaited && (m->direction != DIRECTION_OUT || m->type == MESSAGE_EVENT))
		return SQLITE_OK;
	return store_move_read(n->store, chat, n->time, change);
}

/* What the row did to others: the one it amends, those that waited for it. */
static int follow_amendments(const Newcomer *n, StoreChat *chat, gint64 id, HistoryChange *change)
{
	const WireMessage *m = n->message;
	int code = SQLITE_OK;
	if (store_is_amendment(m->type) && n->about)
		code = store_apply(n->store, n->about, change);
	if (code == SQLITE_OK && chat->awaits && (!store_is_amendment(m->type) || (m->type == MESSAGE_CORRECTION && n->about))) {
		code = store_settle(n->store, n->account, n->chat, id, change);
		if (code == SQLITE_OK && change->changed)
			code = store_chat_awaits(n->store, n->chat, &chat->awaits);
	}
	if (m->target && !n->about)
		chat->awaits = TRUE;
	return code;
}

static int add_row(Newcomer *n, StoreChat *chat, HistoryChange *change)
{
	const WireMessage *m = n->message;
	Store *store = n->store;
	g_autofree char *attachments = m->attachments && *m->attachments ? row_list_text(m->attachments) : NULL;
	int code = SQLITE_OK;
	if (m->target || m->about)
		code = store_find_target(store, n->account, n->chat, m, n->sender, &n->about);
	if (code == SQLITE_OK)
		code = find_place(n, chat, change);
	if (code == SQLITE_OK)
		code = insert(n, 0, &(RowRest){ .attachments = attachments, .markup = store_is_amendment(m->type) ? NULL : m->markup });
	if (code != SQLITE_OK)
		return code;
	gint64 id = sqlite3_last_insert_rowid(store->database.handle);
	count(store, chat, m, id, n->time);
	if ((code = remember_ids(n, id)) == SQLITE_OK)
		code = follow_amendments(n, chat, id, change);
	if (code == SQLITE_OK && !store_is_amendment(m->type))
		code = follow_read(n, chat, change);
	change->id = id;
	change->time = n->time;
	change->about = n->about;
	change->type = m->type;
	change->read = m->direction == DIRECTION_IN && (m->state == MESSAGE_READ || n->time <= chat->read);
	change->again = find_changed(change, id) != NULL;
	return code;
}

int store_add(Store *store, const WireMessage *m, HistoryChange *change)
{
	StoreAccount *account;
	StoreChat *chat;
	Twin twin = { 0 };
	int code = store_find_account(store, m->account, TRUE, &account);
	if (code == SQLITE_OK && m->cursor)
		code = store_keep(store, m->account, "cursor", m->cursor);
	if (code == SQLITE_OK)
		code = store_find_chat(store, account, m->chat, TRUE, m->chat_kind, &chat);
	if (code != SQLITE_OK)
		return code;
	/* What amends must be of the kind that the chat is. */
	if (store_is_amendment(m->type) && chat->last && chat->kind != m->chat_kind)
		return SQLITE_OK;
	Newcomer newcomer = { .store = store, .message = m, .account = account->id, .chat = chat->id, .sender = stored_sender(m) };
	if ((code = find_double(&newcomer, &twin)) != SQLITE_OK)
		return code;
	return twin.id ? meet_twin(&newcomer, chat, &twin, change) : add_row(&newcomer, chat, change);
}

int store_restore(Store *store, const WireMessage *m, const RowRest *rest)
{
	StoreAccount *account;
	StoreChat *chat;
	int code = store_find_account(store, m->account, TRUE, &account);
	if (code == SQLITE_OK)
		code = store_find_chat(store, account, m->chat, TRUE, m->chat_kind, &chat);
	if (code != SQLITE_OK)
		return code;
	Newcomer newcomer = { .store = store, .message = m, .account = account->id, .chat = chat->id, .sender = stored_sender(m), .time = m->time,
		.received = m->received, .about = m->about };
	if ((code = insert(&newcomer, m->id, rest)) != SQLITE_OK || !sqlite3_changes(store->database.handle))
		return code;
	if (m->direction == DIRECTION_IN && m->state == MESSAGE_READ && m->type < MESSAGE_EVENT)
		chat->read = MAX(chat->read, m->time);
	count(store, chat, m, m->id, m->time);
	if (m->target && !m->about)
		chat->awaits = TRUE;
	return remember_ids(&newcomer, m->id);
}
