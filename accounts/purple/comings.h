/* comings.h: who came into a room and who left, told in few lines.
 *
 * The account's setting room_events says how: folded (the standard: what happens between two messages is one line, a netsplit too), all (a line
 * each), none. Who is put out is always told on its own, but with none. The list of who is there is exact at any time, whatever is told.
 */
#pragma once
#include <purple.h>

void comings_attach(void);
void comings_came(PurpleConversation *room, const char *name);
/* Something else is about to be told in the room: what happened before comes first. */
void comings_flush(PurpleConversation *room);
/* The conversation goes away. */
void comings_forget(PurpleConversation *room);
