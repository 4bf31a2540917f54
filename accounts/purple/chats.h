/* chats.h: what people write, as it comes in from libpurple's conversations; and typing.
 *
 * Nothing is kept here: conversations with one person are closed again when there are many, and their history is emptied.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

void chats_attach(void);
PurpleConversationUiOps *chats_operations(void);
/* Offline: closes every conversation. */
void chats_stop(void);

/* How libpurple calls whom the hub calls chat. Free with g_free. */
char *chats_recipient(const char *chat, ChatKind kind);
/* The open conversation of that chat, or a new one with one person; NULL when that is a room we are not in. */
PurpleConversation *chats_conversation(const char *chat, ChatKind kind);

/* Something happened in the room, or with the other one of a chat. */
void chats_tell_event(PurpleConversation *conversation, const char *text);

void chats_type(const WireChatTyping *typing);
void chats_ask_attention(const WireAttention *m);
