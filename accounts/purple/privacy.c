/* privacy.c: see privacy.h.
 *
 * libpurple would keep the list in its blist.xml, which kith-purple does not write: the hub keeps it, one address a line.
 */
#include "config.h"
#include "purple/privacy.h"
#include "purple/host.h"
#include <string.h>

#define KEPT "blocked"

static gboolean loading;

static void keep(PurpleAccount *account G_GNUC_UNUSED, const char *who G_GNUC_UNUSED)
{
	if (loading)
		return;
	g_autoptr(GString) list = g_string_new(NULL);
	for (GSList *l = host.account->deny; l; l = l->next)
		if (!strchr(l->data, '\n') && g_utf8_validate(l->data, -1, NULL))
			g_string_append_printf(list, "%s\n", (const char *)l->data);
	backend_send(host.backend, &WIRE(KEEP, Keep, .account = backend_account(host.backend), .key = KEPT, .value = list->len ? list->str : NULL));
}

void privacy_load(void)
{
	static PurplePrivacyUiOps operations = { .deny_added = keep, .deny_removed = keep };
	const char *kept = backend_kept(host.backend, KEPT);
	g_auto(GStrv) lines = g_strsplit(kept ? kept : "", "\n", -1);
	purple_privacy_set_ui_ops(&operations);
	loading = TRUE;
	for (char **line = lines; *line; line++)
		if (**line)
			purple_privacy_deny(host.account, *line, TRUE, TRUE);
	loading = FALSE;
}

void privacy_import(const char *address)
{
	purple_privacy_deny(host.account, address, TRUE, TRUE);
}

gboolean privacy_is_blocked(const char *address)
{
	g_autofree char *normal = g_strdup(purple_normalize(host.account, address));
	for (GSList *l = host.account->deny; l; l = l->next)
		if (!strcmp(purple_normalize(host.account, l->data), normal))
			return TRUE;
	return FALSE;
}

void privacy_block(const WireBlock *m)
{
	PurpleConnection *gc = host_connection();
	if (!gc) {
		backend_fail(host.backend, m->request, "the account is not online");
	} else if (m->block == privacy_is_blocked(m->address)) {
		backend_done(host.backend, m->request, m->block ? "already blocked" : "not blocked");
	} else {
		gboolean local = m->block ? !host.protocol->add_deny : !host.protocol->rem_deny;
		if (m->block)
			purple_privacy_deny(host.account, m->address, local, TRUE);
		else
			purple_privacy_deny_remove(host.account, m->address, local);
		backend_done(host.backend, m->request, !m->block ? "no longer blocked" : local ? "blocked here; this network keeps no such list" : "blocked");
	}
}

void privacy_list(const WireBlocked *m)
{
	for (GSList *l = host.account->deny; l; l = l->next) {
		g_autofree char *address = host_name(l->data);
		if (address)
			backend_send(host.backend, &WIRE(ITEM, Item, .request = m->request, .address = address));
	}
	backend_done(host.backend, m->request, host.account->deny ? NULL : "nobody is blocked");
}
