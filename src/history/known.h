/* known.h: the ids by which doubles are told, as 64-bit numbers (table known); inside src/history only.
 *
 * An id's number is made of the chat (upper 24 bits, so that one chat's ids lie together in the table) and a keyed hash of the id (lower 40 bits).
 * Two ids may share a number: who looks one up compares the ids themselves.
 */
#pragma once
#include <glib.h>

typedef struct {
	guint64 key[2]; /* random, one pair a file */
} Known;

/* Our own ids, unique in the account. */
gint64 known_own(const Known *known, gint64 account, const char *own_id);
/* The archive's, unique in the chat. */
gint64 known_archived(const Known *known, gint64 chat, const char *archive_id);
/* The sender's, or the one others refer to it by, in the chat; whoever the sender is: an amendment names only the id. */
gint64 known_named(const Known *known, gint64 chat, const char *sender_id);
/* The sender's as it was made in files of version 1: by address and nick, which may be NULL. */
gint64 known_named_before(const Known *known, gint64 chat, const char *sender, const char *nick, const char *sender_id);
