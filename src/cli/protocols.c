/* protocols.c: kith protocols: what accounts can be of here. Needs no running kith.
 */
#include "cli/inside.h"
#include "settings/protocols.h"

int cli_run_protocols(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	if (cli->n_words > 1)
		return cli_refuse_usage(cli, "name at most one protocol");
	g_autoptr(Config) config = config_load(cli->paths->config, NULL, &error);
	if (!config)
		return cli_say(CLI_FAILED, "%s", error->message);
	g_autoptr(Protocols) protocols = protocols_read_now(config_text(config, "plugin_dir"));
	g_autoptr(GString) out = g_string_new(NULL);
	if (!protocols_put(out, protocols, cli->n_words ? cli->words[0] : NULL, cli->json, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	fputs(out->str, stdout);
	return CLI_DONE;
}
