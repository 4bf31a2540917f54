/* schema.c: see schema.h. */
#include "history/schema.h"

#define APPLICATION_ID "1802073192" /* "kith" */

/* Row N leads from version N to N + 1. */
static const char *const steps[] = {
	"PRAGMA application_id = " APPLICATION_ID ";"
	"CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
	"CREATE TABLE account(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
	"CREATE TABLE chat(id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES account, address TEXT NOT NULL,"
	" kind INTEGER NOT NULL, read INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0, mentions INTEGER NOT NULL DEFAULT 0,"
	" last INTEGER NOT NULL DEFAULT 0, last_time INTEGER NOT NULL DEFAULT 0, UNIQUE(account, address));"
	"CREATE TABLE message(id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chat, time INTEGER NOT NULL,"
	" received INTEGER NOT NULL, type INTEGER NOT NULL, direction INTEGER NOT NULL, state INTEGER NOT NULL, flags INTEGER NOT NULL,"
	" sender TEXT, nick TEXT, text TEXT NOT NULL, own_id TEXT, sender_id TEXT, archive_id TEXT, mark TEXT, error TEXT, encryption TEXT);"
	"CREATE INDEX message_chat ON message(chat, time);"
	"CREATE INDEX message_queued ON message(state) WHERE state = 2;"
	"CREATE TABLE known(hash INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(hash, message)) WITHOUT ROWID;"
	"CREATE TABLE contact(account INTEGER NOT NULL REFERENCES account, address TEXT NOT NULL, name TEXT, groups TEXT NOT NULL,"
	" subscription INTEGER NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY(account, address)) WITHOUT ROWID;"
	"CREATE TABLE keep(account INTEGER NOT NULL REFERENCES account, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(account, key)) WITHOUT ROWID;"
	"CREATE TABLE cleared(chat INTEGER PRIMARY KEY, account INTEGER NOT NULL);"
	SCHEMA_WORDS
	"CREATE VIEW messages AS SELECT m.id, a.name AS account, c.address AS chat, CASE c.kind WHEN 1 THEN 'room' WHEN 2 THEN 'private' ELSE 'chat' END AS kind,"
	" CASE WHEN m.sender IS NULL THEN c.address WHEN m.sender <> '' THEN m.sender END AS sender, m.nick,"
	" CASE m.direction WHEN 1 THEN 'out' ELSE 'in' END AS direction, strftime('%Y-%m-%dT%H:%M:%fZ', m.time / 1000000.0, 'unixepoch') AS time,"
	" CASE m.type WHEN 1 THEN 'action' WHEN 2 THEN 'event' ELSE 'text' END AS type, m.text,"
	" CASE m.state WHEN 2 THEN 'queued' WHEN 3 THEN 'sent' WHEN 4 THEN 'delivered' WHEN 5 THEN 'failed' WHEN 1 THEN 'read'"
	" ELSE CASE WHEN m.id <= c.read THEN 'read' ELSE 'unread' END END AS state, m.error, m.encryption"
	" FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account;"
	"INSERT INTO meta VALUES('indexed', 0);",

	/* Amendments and replies; reading by time. The numbers in known no longer depend on sender and nick: those of the messages up to
	 * meta.renumber are made anew in the background (store-file.c). */
	"ALTER TABLE message ADD COLUMN ref_id TEXT;"
	"ALTER TABLE message ADD COLUMN occupant TEXT;"
	"ALTER TABLE message ADD COLUMN target TEXT;"
	"ALTER TABLE message ADD COLUMN about INTEGER;"
	"ALTER TABLE message ADD COLUMN original TEXT;"
	"ALTER TABLE message ADD COLUMN note TEXT;"
	"ALTER TABLE message ADD COLUMN reactions TEXT;"
	"ALTER TABLE message ADD COLUMN attachments TEXT;"
	"ALTER TABLE message ADD COLUMN saved TEXT;"
	"CREATE INDEX message_about ON message(about, type, time) WHERE about IS NOT NULL;"
	"CREATE INDEX message_awaits ON message(chat, target) WHERE target IS NOT NULL AND about IS NULL;"
	"ALTER TABLE chat ADD COLUMN read_time INTEGER NOT NULL DEFAULT 0;"
	"ALTER TABLE chat ADD COLUMN read_awaited TEXT;"
	"UPDATE chat SET read_time = CASE WHEN unread = 0 THEN last_time ELSE ifnull((SELECT m.time FROM message m WHERE m.id = chat.read), 0) END;"
	"INSERT INTO meta SELECT 'renumber', max(id) FROM message HAVING max(id) IS NOT NULL;"
	"DROP VIEW messages;"
	"CREATE VIEW messages AS SELECT m.id, a.name AS account, c.address AS chat, CASE c.kind WHEN 1 THEN 'room' WHEN 2 THEN 'private' ELSE 'chat' END AS kind,"
	" CASE WHEN m.sender IS NULL THEN c.address WHEN m.sender <> '' THEN m.sender END AS sender, m.nick,"
	" CASE m.direction WHEN 1 THEN 'out' ELSE 'in' END AS direction, strftime('%Y-%m-%dT%H:%M:%fZ', m.time / 1000000.0, 'unixepoch') AS time,"
	" CASE m.type WHEN 1 THEN 'action' WHEN 2 THEN 'event' ELSE 'text' END AS type, m.text,"
	" CASE m.state WHEN 2 THEN 'queued' WHEN 3 THEN 'sent' WHEN 4 THEN 'delivered' WHEN 5 THEN 'failed' WHEN 1 THEN 'read'"
	" ELSE CASE WHEN m.time <= c.read_time THEN 'read' ELSE 'unread' END END AS state, m.error, m.encryption,"
	" (m.flags & 4) <> 0 AS edited, (m.flags & 8) <> 0 AS retracted, m.note, m.about AS reply_to, m.reactions, m.attachments, m.saved"
	" FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account WHERE m.type < 3;",

	/* How the words of messages look. */
	"ALTER TABLE message ADD COLUMN markup TEXT;"
	"DROP VIEW messages;"
	"CREATE VIEW messages AS SELECT m.id, a.name AS account, c.address AS chat, CASE c.kind WHEN 1 THEN 'room' WHEN 2 THEN 'private' ELSE 'chat' END AS kind,"
	" CASE WHEN m.sender IS NULL THEN c.address WHEN m.sender <> '' THEN m.sender END AS sender, m.nick,"
	" CASE m.direction WHEN 1 THEN 'out' ELSE 'in' END AS direction, strftime('%Y-%m-%dT%H:%M:%fZ', m.time / 1000000.0, 'unixepoch') AS time,"
	" CASE m.type WHEN 1 THEN 'action' WHEN 2 THEN 'event' ELSE 'text' END AS type, m.text,"
	" CASE m.state WHEN 2 THEN 'queued' WHEN 3 THEN 'sent' WHEN 4 THEN 'delivered' WHEN 5 THEN 'failed' WHEN 1 THEN 'read'"
	" ELSE CASE WHEN m.time <= c.read_time THEN 'read' ELSE 'unread' END END AS state, m.error, m.encryption,"
	" (m.flags & 4) <> 0 AS edited, (m.flags & 8) <> 0 AS retracted, m.note, m.about AS reply_to, m.reactions, m.attachments, m.saved,"
	" CASE WHEN m.flags & 12 = 0 THEN m.markup END AS markup"
	" FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account WHERE m.type < 3;",
};

guint schema_version(void)
{
	return G_N_ELEMENTS(steps);
}

static gboolean refuse_newer(gint64 version, const char *path, GError **error)
{
	g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_NEWER, "made by a newer kith (version %" G_GINT64_FORMAT ", this one knows up to %u): the history \"%s\"", version,
		schema_version(), path);
	return FALSE;
}

static gboolean refuse_foreign(const char *path, GError **error)
{
	g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "not a history of kith: \"%s\"", path);
	return FALSE;
}

/* The version, or -1 and error. */
static gint64 read_version(Database *database, const char *path, GError **error)
{
	int code;
	gint64 version = database_number(database, 0, &code, "PRAGMA user_version", "");
	gint64 id = code == SQLITE_OK ? database_number(database, 0, &code, "PRAGMA application_id", "") : 0;
	gint64 tables = code == SQLITE_OK ? database_number(database, 0, &code, "SELECT count(*) FROM sqlite_schema", "") : 0;
	if (code != SQLITE_OK) {
		database_error(database, path, error);
		return -1;
	}
	if (tables && id != g_ascii_strtoll(APPLICATION_ID, NULL, 10))
		return refuse_foreign(path, error) - 1;
	return version;
}

gboolean schema_migrate(Database *database, const char *path, GError **error)
{
	gint64 version = read_version(database, path, error);
	if (version < 0)
		return FALSE;
	if (version > schema_version())
		return refuse_newer(version, path, error);
	for (; version < schema_version(); version++) {
		g_autofree char *end = g_strdup_printf("PRAGMA user_version = %" G_GINT64_FORMAT "; COMMIT", version + 1);
		if (database_execute(database, "BEGIN IMMEDIATE") != SQLITE_OK || database_execute(database, steps[version]) != SQLITE_OK ||
			database_execute(database, end) != SQLITE_OK) {
			database_error(database, path, error);
			g_prefix_error(error, "the step to version %" G_GINT64_FORMAT " failed: ", version + 1);
			database_execute(database, "ROLLBACK");
			return FALSE;
		}
	}
	return TRUE;
}

gboolean schema_check(Database *database, const char *path, GError **error)
{
	gint64 version = read_version(database, path, error);
	if (version < 0)
		return FALSE;
	if (version > schema_version())
		return refuse_newer(version, path, error);
	if (version == schema_version())
		return TRUE;
	g_set_error(error, HISTORY_ERROR, HISTORY_ERROR_FAILED, "made by an older kith and not taken over yet (start kith once): the history \"%s\"", path);
	return FALSE;
}
