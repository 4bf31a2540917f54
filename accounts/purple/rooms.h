/* rooms.h: rooms: entering and leaving, who is there, topic, names, invitations.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

void rooms_attach(void);
/* Adds the operations about occupants to those of chats.c. */
void rooms_add_operations(PurpleConversationUiOps *operations);
/* Offline: every request that waits has failed. */
void rooms_stop(void);

/* The conversation of a room that we are in, or NULL. */
PurpleConversation *rooms_find(const char *chat);
/* Borrowed until the next call of host_address. */
const char *rooms_address(PurpleConversation *room);
/* FALSE before the network has let us in, and once we are out again. */
gboolean rooms_is_entered(PurpleConversation *room);
/* The network wrote this line into the room: it may be the reason of what happens next. */
void rooms_note_line(PurpleConversation *room, const char *text);
/* What the network writes now is what it tells everybody who enters (topic, who set it). */
gboolean rooms_is_welcome(PurpleConversation *room);
/* TRUE when an error message of the network is the answer to a join that waits. */
gboolean rooms_take_error(const char *text);
/* TRUE when a join of this room waited; it has failed then. */
gboolean rooms_take_refusal(const char *chat, const char *why);

void rooms_join(const WireJoin *join);
void rooms_part(const WirePart *part);
void rooms_set_nick(const WireSetNick *set);
void rooms_set_topic(const WireSetTopic *set);
void rooms_invite(const WireInvite *invite);
