/* import.h: what kith import laid into the account's directory: contacts and blocked people of another program.
 */
#pragma once
#include <glib.h>

/* Takes it in, if there is any; before the first connect, behind contacts_load and privacy_load. */
void import_take(void);
/* Once the hub has stored it, the file goes away. */
void import_committed(gint64 commit);
