/* room-form.h: the form that a protocol wants filled in to enter a room.
 *
 * Most networks need a name only. Where more is needed, the person is asked by a card, once for each room: what they answered is kept by the
 * hub (but for passwords), so that the room can be entered again by itself.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

/* The form filled in as far as the wish, the plugin and earlier answers do; *missing is the label of a field that is needed and empty, to be freed,
 * or NULL. Free with g_hash_table_unref. */
GHashTable *room_form_fill(PurpleConnection *gc, const WireJoin *join, char **missing);
/* Shows the card; enter is called with the room and the whole form once it is answered. Takes over components. */
void room_form_ask(PurpleConnection *gc, const char *chat, GHashTable *components, void (*enter)(const char *chat, GHashTable *components));
/* Takes in what the hub keeps. */
void room_form_load(void);
