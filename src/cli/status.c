/* status.c: kith contacts, status, unread: from the hub where one runs, else from the files.
 */
#include "cli/inside.h"
#include "cli/client.h"
#include "commands/commands.h"
#include "commands/listing.h"
#include <string.h>

/* Asks the hub by a slash command; FALSE if none runs. */
static gboolean ask_hub(Cli *cli, const char *line, int *code)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Session) session = session_open(cli, SESSION_JOIN, NULL, code, &error);
	if (session)
		*code = session_run(session, cli, line, NULL, NULL);
	else if (*code != CLI_NO_HUB)
		cli_say(*code, "%s", error->message);
	return session || *code != CLI_NO_HUB;
}

/* Prints from the files what put appends. */
static int print_offline(const Cli *cli, const char *filter, void (*put)(GString *out, const Model *model, const char *filter, gboolean json))
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	Offline offline;
	if (!offline_open(&offline, cli->paths, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	put(out, offline.model, filter, cli->json);
	fputs(out->str, stdout);
	offline_clear(&offline);
	return CLI_DONE;
}

static void put_accounts(GString *out, const Model *model, G_GNUC_UNUSED const char *filter, gboolean json)
{
	listing_put_accounts(out, model, json);
}

static void put_unread(GString *out, const Model *model, G_GNUC_UNUSED const char *filter, gboolean json)
{
	listing_put_unread(out, model, json);
}

int cli_run_contacts(Cli *cli)
{
	g_autofree char *filter = cli->n_words ? g_strjoinv(" ", cli->words) : NULL;
	g_autofree char *line = g_strdup_printf("/contacts %s", filter ? filter : "");
	int code;
	if (filter && !g_utf8_validate(filter, -1, NULL))
		return cli_say(CLI_FAILED, "the filter is not UTF-8");
	return ask_hub(cli, line, &code) ? code : print_offline(cli, filter, listing_put_contacts);
}

int cli_run_status(Cli *cli)
{
	int code;
	if (cli->n_words)
		return cli_refuse_usage(cli, "status takes no words; to change what others see use kith run /status");
	return ask_hub(cli, "/accounts", &code) ? code : print_offline(cli, NULL, put_accounts);
}

int cli_run_unread(Cli *cli)
{
	int code;
	if (cli->n_words)
		return cli_refuse_usage(cli, "unread takes no words");
	return ask_hub(cli, "/unread", &code) ? code : print_offline(cli, NULL, put_unread);
}
