/* presence.c: what others see of the user: away, back, status.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include <string.h>

static gboolean show(CommandCall *call, Presence presence, const char *text)
{
	call->host->show(call->hub, NULL, presence, text);
	return call_done_silently(call);
}

static gboolean run_away(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	return show(call, PRESENCE_AWAY, call->args[0]);
}

static gboolean run_back(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	return show(call, PRESENCE_ONLINE, call->args[0]);
}

static gboolean run_status(CommandCall *call, GError **error)
{
	static const Presence allowed[] = { PRESENCE_ONLINE, PRESENCE_AWAY, PRESENCE_XA, PRESENCE_DND };
	if (!call->args[0]) {
		g_autoptr(GString) out = g_string_new(NULL);
		listing_put_accounts(out, call->host->model, call->json);
		call_print_lines(call, out);
		return call_done_silently(call);
	}
	for (guint i = 0; i < G_N_ELEMENTS(allowed); i++)
		if (!strcmp(wire_words_presence[allowed[i]], call->args[0]))
			return show(call, allowed[i], call->args[1]);
	return call_refuse(error, "/status takes online, away, xa or dnd, not \"%s\"; to go offline use /disconnect", call->args[0]);
}

const Command command_away = {
	.name = "away",
	.args = { { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Shows you as away on all accounts.",
	.help = "TEXT tells more. /back ends it.\n\nExamples:\n    /away\n    /away back at two",
	.run = run_away,
};

const Command command_back = {
	.name = "back",
	.args = { { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Shows you as online again on all accounts.",
	.help = "TEXT tells more; without it the status text is taken away.\n\nExample:\n    /back",
	.run = run_back,
};

const Command command_status = {
	.name = "status",
	.args = { { ARG_PRESENCE, NULL, TRUE, CALL_WORDS("online", "away", "xa", "dnd") }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Changes what others see of you, or prints the state of the accounts.",
	.help = "xa is away for long, dnd is do not disturb. TEXT tells more. Without anything the accounts and their states are printed.\n\nExamples:\n    /status dnd writing\n    /status online\n    /status",
	.run = run_status,
};
