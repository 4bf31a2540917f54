/* icons.c: see icons.h. libpurple holds the pictures that its plugins were told of; the one that is asked for is handed on. */
#include "config.h"
#include "purple/icons.h"
#include "icon.h"
#include "purple/host.h"

void icons_fetch(const WireIcon *m)
{
	if (!host_connection()) {
		backend_fail(host.backend, m->request, "the account is not online");
		return;
	}
	PurpleBuddyIcon *icon = purple_buddy_icons_find(host.account, m->address);
	gsize size = 0;
	gconstpointer bytes = icon ? purple_buddy_icon_get_data(icon, &size) : NULL;
	icon_store(host.backend, m, bytes, bytes ? size : 0);
	if (icon)
		purple_buddy_icon_unref(icon);
}
