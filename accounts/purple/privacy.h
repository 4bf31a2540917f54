/* privacy.h: who is blocked. libpurple lets nothing of them through; where the network has such a list, it is changed there too.
 */
#pragma once
#include "wire/wire.h"

gboolean privacy_is_blocked(const char *address);
void privacy_block(const WireBlock *m);
/* Answers a request for the list. */
void privacy_list(const WireBlocked *m);
/* Takes in what the hub keeps; before the first connect. */
void privacy_load(void);
/* Blocks somebody here, without a word to the network. */
void privacy_import(const char *address);
