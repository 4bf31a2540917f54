/* store-amend.c: corrections, retractions, moderation, reactions and replies: what they are about, and what they do to it.
 *
 * An amendment is a row like a message (message.target names what it is about, message.about is that row's id once it is here and it may amend
 * it). What a message looks like is always made of its original and all amendments that are about it, whatever order they came in: so nothing
 * depends on the order of archives, and an amendment that the server refused is simply left out. What is not here yet is waited for.
 */
#include "history/store-inside.h"
#include "base/text.h"
#include <string.h>

#define REACTION_BYTES_MAX 64     /* of one emoji */
#define REACTIONS_OF_ONE_MAX 16   /* emoji of one person */
#define REACTION_LINES_MAX 1000   /* of all, shown */
#define REACTION_LINE_MAX 512     /* bytes of a line */
#define REACTIONS_BYTES_MAX 65536 /* of all lines */
#define SENDERS_MAX 1024          /* newest sets of reactions that are looked at */
#define WAITING_MAX 1000          /* rows that one id can wake up */
#define NOTE_BYTES_MAX 1000

gboolean store_is_amendment(MessageKind type)
{
	return type >= MESSAGE_CORRECTION;
}

/* ---- what it is about ---- */

/* Who wants to amend or answer what. */
typedef struct {
	gint64 account, chat;
	MessageKind type;
	Direction direction;
	const char *sender, *nick, *occupant, *target;
} Claim;

static int find_row(Store *store, gint64 id, const char *sql, sqlite3_stmt **row)
{
	*row = database_take(&store->database, sql, "i", id);
	return *row ? SQLITE_OK : sqlite3_extended_errcode(store->database.handle);
}

/* Only the author may change a message: the lasting id of a room's occupant tells, where there is one, else the name; in other chats the address. */
static gboolean is_author(const Claim *claim, sqlite3_stmt *row)
{
	const char *occupant = database_text(row, 5);
	if ((int)claim->direction != sqlite3_column_int(row, 2))
		return FALSE;
	if (claim->direction == DIRECTION_OUT)
		return TRUE;
	if (occupant)
		return !g_strcmp0(occupant, claim->occupant);
	return sqlite3_column_int(row, 6) == CHAT_ROOM ? !g_strcmp0(database_text(row, 4), claim->nick) : !g_strcmp0(database_text(row, 3), claim->sender);
}

static gboolean may_amend(const Claim *claim, sqlite3_stmt *row)
{
	int type = sqlite3_column_int(row, 1);
	if (sqlite3_column_int64(row, 7) != claim->chat || store_is_amendment((MessageKind)type))
		return FALSE;
	if (!store_is_amendment(claim->type))
		return TRUE;
	if (type == MESSAGE_EVENT)
		return FALSE;
	switch (claim->type) {
	case MESSAGE_REACTIONS: return TRUE;
	case MESSAGE_MODERATION: return sqlite3_column_int(row, 6) == CHAT_ROOM;
	default: return is_author(claim, row);
	}
}

static int check_message(Store *store, const Claim *claim, gint64 id, gint64 *about)
{
	static const char sql[] = "SELECT m.id, m.type, m.direction, m.sender, m.nick, m.occupant, c.kind, m.chat FROM message m JOIN chat c ON c.id = m.chat WHERE m.id = ?";
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW && may_amend(claim, row))
		*about = id;
	return database_give(&store->database, sql, row);
}

/* The rows that share the number and have the id: messages, or corrections that stand for theirs. The newest that may be amended is meant. */
static int look_up(Store *store, const Claim *claim, gint64 number, gint64 *about)
{
	static const char sql[] = "SELECT m.id, m.type, m.about, m.chat, m.own_id, m.archive_id, m.sender_id, m.ref_id FROM known k CROSS JOIN message m ON m.id = k.message"
		" WHERE k.hash = ? ORDER BY k.message DESC LIMIT " STORE_SAME_NUMBER_MAX;
	sqlite3_stmt *row;
	int code = find_row(store, number, sql, &row);
	if (code != SQLITE_OK)
		return code;
	while (code == SQLITE_OK && !*about && sqlite3_step(row) == SQLITE_ROW) {
		gboolean named = FALSE;
		int type = sqlite3_column_int(row, 1);
		for (int column = 4; column < 8 && !named; column++)
			named = !g_strcmp0(database_text(row, column), claim->target);
		gint64 root = type == MESSAGE_CORRECTION ? sqlite3_column_int64(row, 2) : sqlite3_column_int64(row, 0);
		if (named && root && sqlite3_column_int64(row, 3) == claim->chat)
			code = check_message(store, claim, root, about);
	}
	int given = database_give(&store->database, sql, row);
	return code == SQLITE_OK ? given : code;
}

static int find_about(Store *store, const Claim *claim, gint64 *about)
{
	const Known *known = &store->known;
	int code = look_up(store, claim, known_archived(known, claim->chat, claim->target), about);
	if (code != SQLITE_OK || *about || claim->type == MESSAGE_MODERATION)
		return code;
	code = look_up(store, claim, known_named(known, claim->chat, claim->target), about);
	if (code == SQLITE_OK && !*about)
		code = look_up(store, claim, known_own(known, claim->account, claim->target), about);
	if (code == SQLITE_OK && !*about && store->renumber)
		code = look_up(store, claim, known_named_before(known, claim->chat, claim->sender, claim->nick, claim->target), about);
	return code;
}

int store_find_target(Store *store, gint64 account, gint64 chat, const WireMessage *m, const char *sender, gint64 *about)
{
	const Claim claim = { account, chat, m->type, m->direction, sender, m->nick, m->occupant, m->target };
	*about = 0;
	return m->about ? check_message(store, &claim, m->about, about) : find_about(store, &claim, about);
}

/* ---- what it does ---- */

/* A message before and after its amendments. */
typedef struct {
	char *text, *original, *note, *reactions; /* owned */
	int flags;
} Looks;

static void looks_clear(Looks *looks)
{
	g_free(looks->text);
	g_free(looks->original);
	g_free(looks->note);
	g_free(looks->reactions);
}

static gboolean same_looks(const Looks *a, const Looks *b)
{
	return a->flags == b->flags && !g_strcmp0(a->text, b->text) && !g_strcmp0(a->original, b->original) && !g_strcmp0(a->note, b->note) &&
		!g_strcmp0(a->reactions, b->reactions);
}

static int read_looks(Store *store, gint64 id, Looks *looks)
{
	static const char sql[] = "SELECT text, original, flags, note, reactions FROM message WHERE id = ?";
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW)
		*looks = (Looks){ .text = g_strdup(database_text(row, 0)), .original = g_strdup(database_text(row, 1)), .flags = sqlite3_column_int(row, 2),
			.note = g_strdup(database_text(row, 3)), .reactions = g_strdup(database_text(row, 4)) };
	return database_give(&store->database, sql, row);
}

/* The last one. Where it mentions the user so does the message, from then on. */
static int find_correction(Store *store, gint64 id, char **text, int *mention)
{
	static const char sql[] = "SELECT text, flags & 1 FROM message WHERE about = ? AND type = 3 AND state <> 5 ORDER BY time DESC, id DESC LIMIT 1";
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW) {
		*text = g_strdup(database_text(row, 0));
		*mention = sqlite3_column_int(row, 1) ? FLAG_MENTION : 0;
	}
	return database_give(&store->database, sql, row);
}

/* "by NICK: why"; of an author's own retraction nothing is noted. */
static char *note_of(const char *nick, const char *why)
{
	gboolean has_why = why && *why;
	g_autofree char *text = g_strdup_printf("by %s%s%s", nick && *nick ? nick : "a moderator", has_why ? ": " : "", has_why ? why : "");
	return text_shorten(text, NOTE_BYTES_MAX);
}

static int find_retraction(Store *store, gint64 id, gboolean *retracted, char **note)
{
	static const char sql[] = "SELECT type, nick, text, direction FROM message WHERE about = ? AND type BETWEEN 4 AND 5 AND state <> 5 ORDER BY type, time, id LIMIT 1";
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW) {
		*retracted = TRUE;
		if (sqlite3_column_int(row, 0) == MESSAGE_MODERATION)
			*note = note_of(database_text(row, 1), database_text(row, 2));
	}
	return database_give(&store->database, sql, row);
}

/* A line for each emoji of one person. */
static char *reaction_lines(const char *text, const char *who)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	g_auto(GStrv) words = g_strsplit_set(text, " \t\r\n", -1);
	g_autofree char *line = g_strdup(who), *name = NULL;
	g_strdelimit(line, "\r\n", ' ');
	name = text_shorten(line, REACTION_LINE_MAX - REACTION_BYTES_MAX - 1);
	for (guint i = 0; words[i] && g_hash_table_size(seen) < REACTIONS_OF_ONE_MAX; i++)
		if (*words[i] && strlen(words[i]) <= REACTION_BYTES_MAX && g_hash_table_add(seen, words[i]))
			g_string_append_printf(out, "%s%s %s", out->len ? "\n" : "", words[i], name);
	return g_string_free(out, FALSE);
}

static char *join_sets(const GPtrArray *sets)
{
	GString *out = g_string_new(NULL);
	for (guint i = sets->len; i-- > 0;)
		g_string_append_printf(out, "%s%s", out->len ? "\n" : "", (const char *)sets->pdata[i]);
	char *text = g_string_free(out, FALSE);
	return *text ? text : (g_free(text), NULL);
}

static guint count_lines(const char *text)
{
	guint n = *text != 0;
	for (; *text; text++)
		n += *text == '\n';
	return n;
}

/* The last set of each person, oldest first. */
static int find_reactions(Store *store, gint64 id, char **reactions)
{
	static const char sql[] = "SELECT m.direction, m.occupant, m.nick, m.sender, m.text, c.address FROM message m JOIN chat c ON c.id = m.chat"
		" WHERE m.about = ? AND m.type = 6 AND m.state <> 5 ORDER BY m.time DESC, m.id DESC LIMIT ?";
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) sets = g_ptr_array_new_with_free_func(g_free);
	gsize bytes = 0;
	guint lines = 0;
	sqlite3_stmt *row = database_take(&store->database, sql, "ii", id, (gint64)SENDERS_MAX);
	if (!row)
		return sqlite3_extended_errcode(store->database.handle);
	while (sqlite3_step(row) == SQLITE_ROW) {
		gboolean own = sqlite3_column_int(row, 0) == DIRECTION_OUT;
		const char *occupant = database_text(row, 1), *nick = database_text(row, 2), *sender = database_text(row, 3);
		const char *who = own ? "" : nick ? nick : sender ? sender : database_text(row, 5);
		if (!g_hash_table_add(seen, own ? g_strdup("") : g_strconcat(occupant ? "o" : "n", occupant ? occupant : who, NULL)))
			continue;
		g_autofree char *set = reaction_lines(database_text(row, 4), who);
		bytes += strlen(set) + 1;
		lines += count_lines(set);
		if (bytes > REACTIONS_BYTES_MAX || lines > REACTION_LINES_MAX)
			break;
		if (*set)
			g_ptr_array_add(sets, g_steal_pointer(&set));
	}
	*reactions = join_sets(sets);
	return database_give(&store->database, sql, row);
}

/* The search knows the words of messages up to store->indexed. */
static int write_looks(Store *store, gint64 id, const Looks *before, const Looks *after)
{
	Database *db = &store->database;
	gboolean words = id <= store->indexed && strcmp(before->text, after->text) != 0;
	int code = SQLITE_OK;
	if (words)
		code = database_run(db, "INSERT INTO message_words(message_words, rowid, chat, text) SELECT 'delete', id, chat, text FROM message WHERE id = ?", "i", id);
	if (code == SQLITE_OK)
		code = database_run(db, "UPDATE message SET text = ?, original = ?, flags = ?, note = ?, reactions = ? WHERE id = ?", "ttitti", after->text, after->original,
			(gint64)after->flags, after->note, after->reactions, id);
	if (code == SQLITE_OK && words)
		code = database_run(db, "INSERT INTO message_words(rowid, chat, text) SELECT id, chat, text FROM message WHERE id = ?", "i", id);
	return code;
}

static int find_chat_of(Store *store, gint64 id, StoreChat **chat)
{
	static const char sql[] = "SELECT a.name, c.address, c.kind FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account WHERE m.id = ?";
	g_autofree char *name = NULL, *address = NULL;
	ChatKind kind = CHAT_DIRECT;
	StoreAccount *account = NULL;
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW) {
		name = g_strdup(database_text(row, 0));
		address = g_strdup(database_text(row, 1));
		kind = (ChatKind)sqlite3_column_int(row, 2);
	}
	if ((code = database_give(&store->database, sql, row)) == SQLITE_OK && name)
		code = store_find_account(store, name, FALSE, &account);
	return code == SQLITE_OK && account ? store_find_chat(store, account, address, FALSE, kind, chat) : code;
}

/* What was taken back is not unread, and a correction may mention the user. */
static int count_change(Store *store, gint64 id, int before, int after, HistoryChange *change)
{
	static const char unread[] = "SELECT time FROM message WHERE id = ? AND direction = 0 AND state = 0 AND type < 2";
	StoreChat *chat = NULL;
	gboolean was = !(before & FLAG_RETRACTED), is = !(after & FLAG_RETRACTED);
	int code;
	if (!((before ^ after) & (FLAG_RETRACTED | FLAG_MENTION)))
		return SQLITE_OK;
	gint64 time = database_number(&store->database, 0, &code, unread, "i", id);
	if (code == SQLITE_OK && is && !(before & FLAG_MENTION) && (after & FLAG_MENTION))
		change->mentioned = id;
	if (code == SQLITE_OK && time)
		code = find_chat_of(store, id, &chat);
	if (code != SQLITE_OK || !chat || time <= chat->read)
		return code;
	chat->unread = MAX(chat->unread + is - was, 0);
	chat->mentions = MAX(chat->mentions + (is && (after & FLAG_MENTION)) - (was && (before & FLAG_MENTION)), 0);
	store_note_chat(store, chat);
	store_tell_counters(chat, change);
	return SQLITE_OK;
}

int store_apply(Store *store, gint64 id, HistoryChange *change)
{
	Looks before = { 0 }, after = { 0 };
	g_autofree char *correction = NULL;
	gboolean retracted = FALSE;
	int mention = 0;
	int code = read_looks(store, id, &before);
	if (code == SQLITE_OK && before.text)
		code = find_correction(store, id, &correction, &mention);
	if (code == SQLITE_OK && before.text)
		code = find_retraction(store, id, &retracted, &after.note);
	if (code == SQLITE_OK && before.text)
		code = find_reactions(store, id, &after.reactions);
	if (code == SQLITE_OK && before.text) {
		const char *first = before.original ? before.original : before.text;
		after.text = g_strdup(retracted ? "" : correction ? correction : first);
		after.original = retracted || correction ? g_strdup(first) : NULL;
		after.flags = (before.flags & ~(FLAG_EDITED | FLAG_RETRACTED)) | (correction ? FLAG_EDITED : 0) | (retracted ? FLAG_RETRACTED : 0) | mention;
		if (!same_looks(&before, &after)) {
			code = write_looks(store, id, &before, &after);
			if (code == SQLITE_OK)
				code = count_change(store, id, before.flags, after.flags, change);
			store_note_changed(change, id, strcmp(before.text, after.text) || before.flags != after.flags ? CHANGE_WORDS : CHANGE_LOOKS);
		}
	}
	looks_clear(&before);
	looks_clear(&after);
	return code;
}

/* ---- what waited ---- */

typedef struct {
	gint64 id;
	MessageKind type;
	Direction direction;
	char *sender, *nick, *occupant, *target; /* owned */
} Waiting;

static void waiting_clear(gpointer data)
{
	Waiting *w = data;
	g_free(w->sender);
	g_free(w->nick);
	g_free(w->occupant);
	g_free(w->target);
}

static int gather_waiting(Store *store, gint64 chat, const char *target, GArray *waiting)
{
	static const char sql[] = "SELECT id, type, direction, sender, nick, occupant, target FROM message WHERE chat = ? AND target = ? AND target IS NOT NULL"
		" AND about IS NULL LIMIT ?";
	sqlite3_stmt *row = database_take(&store->database, sql, "iti", chat, target, (gint64)WAITING_MAX);
	if (!row)
		return sqlite3_extended_errcode(store->database.handle);
	while (sqlite3_step(row) == SQLITE_ROW) {
		Waiting w = { sqlite3_column_int64(row, 0), (MessageKind)sqlite3_column_int(row, 1), (Direction)sqlite3_column_int(row, 2), g_strdup(database_text(row, 3)),
			g_strdup(database_text(row, 4)), g_strdup(database_text(row, 5)), g_strdup(database_text(row, 6)) };
		g_array_append_val(waiting, w);
	}
	return database_give(&store->database, sql, row);
}

/* All that waits for one of the row's ids. */
static int gather_for(Store *store, gint64 chat, gint64 id, GArray *waiting)
{
	static const char sql[] = "SELECT own_id, sender_id, archive_id, ref_id FROM message WHERE id = ?";
	g_autoptr(GPtrArray) ids = g_ptr_array_new_with_free_func(g_free);
	sqlite3_stmt *row;
	int code = find_row(store, id, sql, &row);
	if (code != SQLITE_OK)
		return code;
	if (sqlite3_step(row) == SQLITE_ROW)
		for (int column = 0; column < 4; column++)
			if (database_text(row, column) && !g_ptr_array_find_with_equal_func(ids, database_text(row, column), g_str_equal, NULL))
				g_ptr_array_add(ids, g_strdup(database_text(row, column)));
	code = database_give(&store->database, sql, row);
	for (guint i = 0; i < ids->len && code == SQLITE_OK; i++)
		code = gather_waiting(store, chat, ids->pdata[i], waiting);
	return code;
}

/* A reply only gets to know its message; what an amendment is about is noted in roots, and a correction may be what others wait for. */
static int settle_one(Store *store, gint64 account, gint64 chat, const Waiting *w, GArray *next, GArray *roots, HistoryChange *change)
{
	const Claim claim = { account, chat, w->type, w->direction, w->sender, w->nick, w->occupant, w->target };
	gint64 about = 0;
	int code = find_about(store, &claim, &about);
	if (code != SQLITE_OK || !about || about == w->id)
		return code;
	if (!store_is_amendment(w->type))
		store_note_changed(change, w->id, CHANGE_LOOKS);
	else
		g_array_append_val(roots, about);
	if (w->type == MESSAGE_CORRECTION)
		g_array_append_val(next, w->id);
	return database_run(&store->database, "UPDATE message SET about = ? WHERE id = ?", "ii", about, w->id);
}

int store_settle(Store *store, gint64 account, gint64 chat, gint64 id, HistoryChange *change)
{
	g_autoptr(GArray) next = g_array_new(FALSE, FALSE, sizeof(gint64)), roots = g_array_new(FALSE, FALSE, sizeof(gint64));
	int code = SQLITE_OK;
	g_array_append_val(next, id);
	for (guint i = 0; i < next->len && next->len <= WAITING_MAX && code == SQLITE_OK; i++) {
		g_autoptr(GArray) waiting = g_array_new(FALSE, FALSE, sizeof(Waiting));
		g_array_set_clear_func(waiting, waiting_clear);
		code = gather_for(store, chat, g_array_index(next, gint64, i), waiting);
		for (guint k = 0; k < waiting->len && code == SQLITE_OK; k++)
			code = settle_one(store, account, chat, &g_array_index(waiting, Waiting, k), next, roots, change);
	}
	gint64 done = 0;
	for (guint i = 0; i < roots->len && code == SQLITE_OK; i++) {
		gint64 root = g_array_index(roots, gint64, i);
		if (root != done)
			code = store_apply(store, done = root, change);
	}
	return code;
}

int store_chat_awaits(Store *store, gint64 chat, gboolean *awaits)
{
	int code;
	*awaits = database_number(&store->database, 0, &code, "SELECT 1 FROM message WHERE chat = ? AND target IS NOT NULL AND about IS NULL LIMIT 1", "i", chat) != 0;
	return code;
}
