/* load.h: the made-up people and messages of kith-replay's load directives. Pure: it only builds messages.
 */
#pragma once
#include "wire/wire.h"

/* What flood sends. */
typedef struct {
	char *chat;     /* owned; %d is the number of the chat, from 1 */
	ChatKind kind;
	gint64 chats;   /* the messages go round so many chats */
	gsize size;     /* bytes of text, at least */
	char *run;      /* owned; makes the ids unique */
} Flood;

/* rest: [chat=ADDRESS] [kind=chat|room] [chats=N] [size=BYTES]. FALSE when a value makes no sense. */
gboolean flood_init(Flood *flood, const char *rest);
void flood_clear(Flood *flood);
/* Message number n (from 1), encoded into scratch space: the texts live until the next call. */
WireMessage flood_message(const Flood *flood, const char *account, gint64 n);

/* Contact number n (from 1) of a list; texts live until the next call. */
WireContact load_contact(const char *account, gint64 n);
WireContactPresence load_presence(const char *account, gint64 n);
