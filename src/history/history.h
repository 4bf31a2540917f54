/* history.h: the one history of all accounts in one SQLite file (schema: kith-history(5)).
 *
 * History is the writer, owned by the hub: its thread takes jobs in order and commits them in batches (WAL, synchronous NORMAL);
 * a job's callback runs on the main loop after its commit. Reader is a read-only connection for screens, commands and the hub itself.
 * Text is kept as it came. Rows are never lost to a damaged file: it is set aside with its name said, and a new one begun.
 */
#pragma once
#include "wire/wire.h"

typedef struct History History;
typedef struct Reader Reader;

#define HISTORY_ERROR (history_error_quark())
GQuark history_error_quark(void);
typedef enum { HISTORY_ERROR_FAILED, HISTORY_ERROR_FULL, HISTORY_ERROR_READ_ONLY, HISTORY_ERROR_NEWER } HistoryError;

typedef struct {
	/* Something the user must know: the file was damaged and set aside, the disk is full, writing works again. failure: it is bad news. */
	void (*on_trouble)(const char *text, gboolean failure, gpointer user);
} HistoryEvents;

/* Opens or makes the file (0600), migrates it, recovers after an unclean end (quick_check). A file of a newer kith is refused (HISTORY_ERROR_NEWER). */
History *history_open(const char *path, const HistoryEvents *events, gpointer user, GError **error);
/* Commits everything and closes; callbacks that are due run before it returns. */
void history_close(History *history);

/* Called on the main loop once the job is committed. id: of the row; 0 if it was already there (a double). error is NULL, or why it could not be
 * stored (disk full: the job is kept and tried again until it works, so this comes only for what can never work). */
typedef void (*HistoryDone)(History *history, gint64 id, const GError *error, gpointer user);

/* A message that is to be told again. */
typedef struct {
	gint64 id;
	MessageChange change; /* CHANGE_NONE: only its state */
} HistoryRow;

/* What a message, a state or reading has changed. Times are those of words.def; rows are to be read through a Reader. */
typedef struct {
	gint64 id;      /* of the new row, or of the one whose state changed; 0: nothing new (a double) */
	gint64 time;    /* of the new row: its place in the chat */
	gint64 about;   /* of the new row: what it answers or amends; 0: that is not here, or it may not amend it */
	gboolean read;  /* of the new row: incoming, and read already */
	gboolean again; /* of the new row: it was amended at once by what had waited for it; changed holds it too */
	MessageKind type; /* of the row with id */
	GArray *changed;  /* of HistoryRow: messages (never amendments) that changed, each once; NULL: none */
	gboolean ahead;   /* of reading: the chat is read further than the message that was named */
	gint64 mentioned; /* an older message that mentions the user only since it was corrected now; 0: none */
	gboolean recounted; /* the counters below are not what the events alone tell */
	gint64 unread, mentions, read_time, last, last_time;
} HistoryChange;
/* Like HistoryDone. change is borrowed and never NULL; with an error it is empty. */
typedef void (*HistoryChanged)(History *history, const HistoryChange *change, const GError *error, gpointer user);

/* Stores a message or an amendment (copied). Doubles are told by archive_id within the chat, by sender_id within chat, from and nick, and by own_id.
 * With a cursor the account's keepsake "cursor" is set in the same transaction, also for a double.
 * Its place: a message that is not archived comes behind all of its chat; one that is archived gets the time it has, and a double of it that
 * came live moves there. No two messages of a chat have the same time.
 * An amendment or a reply finds what it is about by target within the chat, or by about; what is not here yet is waited for. */
void history_add(History *history, const WireMessage *message, HistoryChanged done, gpointer user);
/* Changes the state of an outgoing message, never backwards (queued < sent < delivered < read; failed only from queued or sent); by own_id, or where
 * that is not known by archive_id or the sender's id. Read makes the earlier ones of a chat of two read as well (changed). done's id is the row,
 * 0 if nothing changed. The effect of an amendment that failed is taken back. */
void history_set_state(History *history, const WireMessageStateChange *change, HistoryChanged done, gpointer user);
/* Notes that bytes of an outgoing message go to the network under mark. */
void history_set_mark(History *history, const char *account, const char *own_id, const char *mark, HistoryDone done, gpointer user);
/* Keeps a value for an account; NULL removes it. */
void history_keep(History *history, const char *account, const char *key, const char *value, HistoryDone done, gpointer user);
/* Marks incoming messages up to the time as read; with no time, up to the message that archive_id or sender_id names, once it is here. Never back. */
void history_set_read(History *history, const WireRead *read, HistoryChanged done, gpointer user);
/* Notes where the first attachment of a message was saved; NULL: nowhere. */
void history_set_saved(History *history, gint64 id, const char *path, HistoryDone done, gpointer user);
/* Keeps the contact list: one contact, or none of that address any more. */
void history_put_contact(History *history, const WireContact *contact);
void history_remove_contact(History *history, const char *account, const char *address);
/* Removes an account's contacts and keepsakes (its messages stay). */
void history_remove_account(History *history, const char *account);
/* Removes all messages of a chat, and from the search. */
void history_clear_chat(History *history, const char *account, const char *chat, HistoryDone done, gpointer user);
/* Calls done after everything queued before it is committed. */
void history_flush(History *history, HistoryDone done, gpointer user);
/* Jobs queued and not committed: the hub stops reading backends above a limit. */
guint history_backlog(const History *history);

/* ---- reading ---- */

Reader *reader_open(const char *path, GError **error);
void reader_free(Reader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Reader, reader_free)

/* Called for each row; the message is borrowed. FALSE stops. */
typedef gboolean (*ReaderEach)(const WireMessage *message, gpointer user);

/* A place in a chat: rows are ordered by (time, id). {0,0} before with NEWEST means from the newest. */
typedef struct {
	gint64 time, id;
} ReaderKey;

/* Amendments are not among the messages that any of these give; what they did is in the message. */

/* At most limit messages of a chat before (exclusive) key, newest first; key NULL: from the newest. account NULL and chat NULL: all chats, by id. */
gboolean reader_before(Reader *reader, const char *account, const char *chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user, GError **error);
/* At most limit messages after (exclusive) key, oldest first; key NULL: from the oldest. */
gboolean reader_after(Reader *reader, const char *account, const char *chat, const ReaderKey *key, guint limit, ReaderEach each, gpointer user, GError **error);
/* One message by id; gives FALSE without error if there is none. */
gboolean reader_message(Reader *reader, gint64 id, ReaderEach each, gpointer user, GError **error);

/* The versions of a message: first as it was sent, then each correction, in order; text and time are the version's own. Nothing for an unknown id. */
gboolean reader_versions(Reader *reader, gint64 id, ReaderEach each, gpointer user, GError **error);
/* The message of a chat by an id of the network: the archive's, its author's, ours; the newest where several have it. FALSE without error if there is none. */
gboolean reader_find(Reader *reader, const char *account, const char *chat, const char *network_id, ReaderEach each, gpointer user, GError **error);

typedef struct {
	const char *words;          /* what the user typed: words (all must occur), "a phrase", prefix*; never FTS5 syntax */
	const char *account, *chat; /* NULL: everywhere */
	gint64 since, until;        /* 0: open */
	gint64 before_id;           /* 0: from the newest; paging */
	guint limit;
} ReaderSearch;
/* Newest first. Words not found by FTS5 (parts of words) are looked for by LIKE within the newest 50,000 rows. */
gboolean reader_search(Reader *reader, const ReaderSearch *search, ReaderEach each, gpointer user, GError **error);

/* The hub's start: chat events with their counters, contact events, keepsakes (key=value, free with g_strfreev), the outbox in the order of sending
 * (messages queued; mark in mark). each's event is borrowed. */
gboolean reader_chats(Reader *reader, void (*each)(const WireChat *chat, gpointer user), gpointer user, GError **error);
gboolean reader_contacts(Reader *reader, const char *account, void (*each)(const WireContact *contact, gpointer user), gpointer user, GError **error);
char **reader_kept(Reader *reader, const char *account, GError **error);
gboolean reader_outbox(Reader *reader, const char *account, void (*each)(const WireMessage *message, const char *mark, gpointer user), gpointer user, GError **error);

/* The error of an own message that was taken back before it went out: it counts as failed, but nothing failed. */
#define HISTORY_UNSENT "taken back before it was sent"

/* The JSON of the public contract for one message, without newline. person: the name to show, or NULL. */
void history_message_json(GString *out, const WireMessage *message, const char *person);
