/* store-inside.h: the Store as its files share it.
 *
 * store.c         accounts and chats, transactions, keepsakes, contacts
 * store-add.c     messages: doubles, their place in the chat, counters
 * store-amend.c   corrections, retractions, reactions, replies: what they are about and what they do to it
 * store-state.c   states of outgoing messages, reading
 * store-file.c    the file and its upkeep
 */
#pragma once
#include "history/known.h"
#include "history/store.h"
#include <sys/types.h>

typedef struct {
	gint64 id;
	char *address; /* owned */
	ChatKind kind;
	gint64 read;   /* a time */
	gint64 unread, mentions, last, last_time;
	char *awaited;   /* owned: the id of the message up to which it was read, which is not here yet; NULL */
	gboolean awaits; /* there are amendments or replies whose message is not here yet */
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
	gint64 renumber;    /* messages up to this id are known by the numbers of version 1 */
	gboolean cleared;   /* rows of cleared chats may be left */
	char *aside;        /* owned: a damaged file set aside whose place has not been taken yet; usually NULL */
	gint64 reached;     /* the largest id committed, also before the file was renewed */
	int log_pages;      /* length of the write-ahead log */
	gboolean unchecked; /* large, and the last end was unclean */
};

/* ---- store.c ---- */
/* Forgets what is remembered of accounts and chats. */
void store_forget(Store *store);
/* The account's row; made if make, else NULL in *account when there is none. */
int store_find_account(Store *store, const char *name, gboolean make, StoreAccount **account);
/* The chat's row; made if make, else NULL in *chat when there is none. */
int store_find_chat(Store *store, StoreAccount *account, const char *address, gboolean make, ChatKind kind, StoreChat **chat);
/* The chat's numbers will be written by store_commit. */
void store_note_chat(Store *store, StoreChat *chat);

/* ---- store-add.c ---- */
/* Rows that share a number are looked at newest first, and no more of them: who uses an id again and again must not make others slow. */
#define STORE_SAME_NUMBER_MAX "64"
int store_remember(Store *store, gint64 number, gint64 id);
/* Gives the archive's id to a row that had none. */
int store_set_archive_id(Store *store, gint64 id, gint64 chat, const char *archive_id);
void store_note_changed(HistoryChange *change, gint64 id, MessageChange what);

/* ---- store-amend.c ---- */
gboolean store_is_amendment(MessageKind type);
/* What the message in the chat with a target is about: 0 when that is not here, or it may not amend it. */
int store_find_target(Store *store, gint64 account, gint64 chat, const WireMessage *message, const char *sender, gint64 *about);
/* Makes a message anew of its original and all its amendments; noted in change when that made a difference. */
int store_apply(Store *store, gint64 about, HistoryChange *change);
/* A row is here, or one of its ids has become known: what waited for it is applied. */
int store_settle(Store *store, gint64 account, gint64 chat, gint64 id, HistoryChange *change);
int store_chat_awaits(Store *store, gint64 chat, gboolean *awaits);

/* ---- store-state.c ---- */
/* Marks the chat read up to time, if that is later than it was. */
int store_move_read(Store *store, StoreChat *chat, gint64 time, HistoryChange *change);
/* Counts anew what is behind the time up to which the chat is read. */
int store_count_anew(Store *store, StoreChat *chat, HistoryChange *change);
void store_tell_counters(const StoreChat *chat, HistoryChange *change);
