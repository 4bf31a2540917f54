/* menu.h: what can be done with a person, a room or an account: kith's own commands for it, and what its network offers besides. */
#pragma once
#include "app.h"

/* The menu of a chat, or (address NULL) of an account; NULL, and it is said, if there is no such account. */
View *menu_view_new(App *app, const char *account, const char *address, ChatKind kind);
/* All accounts, to choose one, or to add another. */
View *menu_accounts_new(App *app);
