/* schema.h: the tables of the history and the steps from one version of them to the next; inside src/history only.
 *
 * The file's version is PRAGMA user_version; kith-history(5) describes the newest one. A step is never changed once released; a change of the
 * schema is a new row at the end of the table.
 */
#pragma once
#include "history/database.h"

/* The version this kith writes. */
guint schema_version(void);
/* Brings the file to this version, each step in a transaction of its own. Refuses newer files and foreign ones. */
gboolean schema_migrate(Database *database, const char *path, GError **error);
/* FALSE and error when a reader of this version can't read the file. */
gboolean schema_check(Database *database, const char *path, GError **error);

/* The numbers in the tables are those of words.def; they are pinned here, because files outlive programs. */
G_STATIC_ASSERT(CHAT_DIRECT == 0 && CHAT_ROOM == 1 && CHAT_PRIVATE == 2);
G_STATIC_ASSERT(DIRECTION_IN == 0 && DIRECTION_OUT == 1);
G_STATIC_ASSERT(MESSAGE_UNREAD == 0 && MESSAGE_READ == 1 && MESSAGE_QUEUED == 2 && MESSAGE_SENT == 3 && MESSAGE_DELIVERED == 4 && MESSAGE_FAILED == 5);
G_STATIC_ASSERT(MESSAGE_TEXT == 0 && MESSAGE_ACTION == 1 && MESSAGE_EVENT == 2);
G_STATIC_ASSERT(MESSAGE_CORRECTION == 3 && MESSAGE_RETRACTION == 4 && MESSAGE_MODERATION == 5 && MESSAGE_REACTIONS == 6);
G_STATIC_ASSERT(SUBSCRIPTION_NONE == 0 && SUBSCRIPTION_TO == 1 && SUBSCRIPTION_FROM == 2 && SUBSCRIPTION_BOTH == 3);

/* The words of the messages, made anew in an instant and filled in the background: all after meta.indexed is not in it yet. */
#define SCHEMA_WORDS "CREATE VIRTUAL TABLE message_words USING fts5(chat, text, content='message', content_rowid='id'," \
	" tokenize='unicode61 remove_diacritics 2');"

/* Bits of message.flags. */
enum { FLAG_MENTION = 1, FLAG_DELAYED = 2, FLAG_EDITED = 4, FLAG_RETRACTED = 8, FLAG_ARCHIVED = 16, FLAG_ASKS_READ = 32 };
