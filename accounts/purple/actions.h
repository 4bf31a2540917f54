/* actions.h: what a plugin offers besides what kith has a command for: the menus of the account and of contacts, and its own commands.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

void actions_list(const WireActions *m);
void actions_run(const WireAction *m);
/* A command of the protocol, or the list of them. */
void actions_command(const WireNetworkCommand *m);
/* Adds the names of the protocol's commands, with a slash in front, to the abilities (char *, owned). */
void actions_add_commands(PurpleConnection *gc, GPtrArray *can);
