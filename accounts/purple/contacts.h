/* contacts.h: the contact list, presences, and who may see ours.
 *
 * Where the network stores no list (IRC), the hub keeps it for us under the key "contacts". One contact of kith is all entries that
 * libpurple has for the same address, one a group.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

/* Adds what was kept to libpurple's list; once, before the first connection. */
void contacts_load(void);
/* Gives the list to the hub to keep, where the network does not. */
void contacts_keep(void);
/* Adds somebody, without a word to the network. */
void contacts_import(const char *address, const char *name, const char *group);
/* Online: sends the whole list. */
void contacts_start(void);
/* Offline: nothing is known about anybody. */
void contacts_stop(void);
/* Whether the network stores the list. */
gboolean contacts_are_on_server(void);

PurpleBlistUiOps *contacts_list_operations(void);
PurpleAccountUiOps *contacts_account_operations(void);

void contacts_add(const WireContactAdd *add);
/* The same without an answer to the hub: NULL, or why not. */
const char *contacts_try_add(const WireContactAdd *add);
void contacts_set(const WireContactSet *set);
void contacts_remove(const WireContactRemove *remove);
void contacts_allow(const WireAllow *allow);
