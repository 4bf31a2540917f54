/* import.c: see import.h.
 *
 * One entry a line, with tabs between: what (contact, blocked), address, alias, group. Contacts are taken where the network does not keep the list
 * itself. A line that is there already changes nothing, so that taking it twice does no harm.
 */
#include "config.h"
#include "purple/import.h"
#include "base/log.h"
#include "purple/contacts.h"
#include "purple/host.h"
#include "purple/privacy.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

static char *path;     /* owned; NULL: nothing to take away */
static gint64 waiting; /* the commit number */

static void take_line(const char *line)
{
	g_auto(GStrv) parts = g_strsplit(line, "\t", 4);
	if (g_strv_length(parts) != 4 || !*parts[1] || !g_utf8_validate(line, -1, NULL))
		return;
	if (!strcmp(parts[0], "contact") && !contacts_are_on_server())
		contacts_import(parts[1], parts[2], parts[3]);
	else if (!strcmp(parts[0], "blocked"))
		privacy_import(parts[1]);
}

void import_take(void)
{
	g_autofree char *text = NULL, *place = g_build_filename(backend_directory(host.backend), "import", NULL);
	if (!g_file_get_contents(place, &text, NULL, NULL))
		return;
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++)
		take_line(*line);
	contacts_keep();
	path = g_steal_pointer(&place);
	waiting = backend_next_commit(host.backend);
	backend_send(host.backend, &WIRE(KEEP, Keep, .account = backend_account(host.backend), .key = "imported", .value = "yes", .commit = waiting));
	log_info("took in what another program had");
}

void import_committed(gint64 commit)
{
	if (!path || commit < waiting)
		return;
	if (g_unlink(path) < 0)
		log_warning("%s: can't remove \"%s\"", g_strerror(errno), path);
	g_clear_pointer(&path, g_free);
}
