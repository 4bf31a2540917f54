/* protocol.c: the command that tells what accounts can be of here.
 *
 * The list is read by another process, so the call ends later.
 */
#include "commands/call.h"
#include "settings/protocols.h"

typedef struct {
	CommandCall *call;
	char *name; /* may be NULL */
} Asking;

static void on_protocols(Protocols *protocols, gpointer user)
{
	Asking *asking = user;
	g_autoptr(GString) out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	if (protocols_put(out, protocols, asking->name, asking->call->json, &error)) {
		call_print_lines(asking->call, out);
		call_done_silently(asking->call);
	} else {
		asking->call->fail(asking->call, error->message);
	}
	protocols_free(protocols);
	g_free(asking->name);
	g_free(asking);
}

static gboolean run_protocols(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	Asking *asking = g_new0(Asking, 1);
	asking->call = call;
	asking->name = g_strdup(call->args[0]);
	protocols_read(config_text(call->host->config, "plugin_dir"), on_protocols, asking);
	return TRUE;
}

const Command command_protocols = {
	.name = "protocols",
	.args = { { ARG_PROTOCOL, "PROTOCOL", TRUE, NULL } },
	.summary = "Lists the protocols that accounts can have here, or tells all about one.",
	.help = "XMPP, which kith speaks itself, and every libpurple plugin that is installed, each with a line on what its network is worth today. With PROTOCOL: the form of its addresses, "
		"what it can do, and the settings that /account add takes. Plugins of your own are found where the setting plugin_dir says.\n\nExamples:\n    /protocols\n    /protocols irc",
	.run = run_protocols,
};
