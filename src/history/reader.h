/* reader.h: the Reader as reader.c (pages) and search.c share it; inside src/history only. */
#pragma once
#include "history/database.h"
#include <sys/types.h>

struct Reader {
	char *path;
	Database database;
	dev_t device;
	ino_t inode;
	guint nested; /* calls under way: a callback may read too */
};

/* Every call stands between these: the file is opened again if it was replaced. reader_end gives TRUE unless code is a failure. */
gboolean reader_begin(Reader *reader, GError **error);
gboolean reader_end(Reader *reader, int code, GError **error);
/* Steps through row (may be NULL when it could not be prepared) and gives it back; an SQLite code. */
int reader_rows(Reader *reader, const char *sql, sqlite3_stmt *row, ReaderEach each, gpointer user);
/* 0: there is no such chat. */
gint64 reader_chat_id(Reader *reader, const char *account, const char *chat, int *code);
