/* actions.h: what a plugin offers besides what kith has a command for: the menus of the account and of contacts, and its own commands.
 */
#pragma once
#include "wire/wire.h"

void actions_list(const WireActions *m);
void actions_run(const WireAction *m);
/* A command of the protocol, or the list of them. */
void actions_command(const WireNetworkCommand *m);
