/* ranks.h: what others may do in a room: by the commands that the protocol has for it.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

/* Whether this protocol's commands are known. */
gboolean ranks_are_known(void);
void ranks_change(const WireRoomRank *m);
void ranks_list(const WireRoomRanks *m);
/* Offline: a list that is waited for has failed. */
void ranks_stop(void);
/* TRUE when the line of the network in that room is part of a list that is waited for. */
gboolean ranks_take_line(const char *room, const char *text);
