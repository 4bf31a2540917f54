/* store-inside.h: the Store as store.c (jobs) and store-file.c (the file and its upkeep) share it. */
#pragma once
#include "history/known.h"
#include "history/schema.h"
#include "history/store.h"
#include <sys/types.h>

typedef struct {
	gint64 id;
	char *address; /* owned */
	ChatKind kind;
	gint64 read, unread, mentions, last, last_time;
	gboolean changed;
} StoreChat;

typedef struct {
	gint64 id;
	GHashTable *chats; /* address -> StoreChat, owned */
} StoreAccount;

struct Store {
	char *path;
	dev_t device;
	ino_t inode;
	Database database;
	Known known;
	GHashTable *accounts; /* name -> StoreAccount, owned */
	guint n_chats;
	GPtrArray *changed; /* borrowed StoreChats with numbers not written yet */
	gint64 newest;      /* the largest message id given */
	gint64 stored;      /* the largest one committed */
	gint64 indexed;     /* messages up to this id are in the search */
	gboolean cleared;   /* rows of cleared chats may be left */
	char *aside;        /* owned: a damaged file set aside whose place has not been taken yet; usually NULL */
	gint64 reached;     /* the largest id committed, also before the file was renewed */
	int log_pages;      /* length of the write-ahead log */
	gboolean unchecked; /* large, and the last end was unclean */
};

/* Forgets what is remembered of accounts and chats. */
void store_forget(Store *store);
