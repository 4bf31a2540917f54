/* roomlist.h: looking for rooms: the network's list, searched here.
 */
#pragma once
#include "wire/wire.h"

/* Sets libpurple's operations for such lists. */
void roomlist_attach(void);
void roomlist_ask(const WireRoomList *m);
/* Offline: the list that is being read ends. */
void roomlist_stop(void);
