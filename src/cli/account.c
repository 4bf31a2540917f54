/* account.c: kith account: through the hub where one runs, else in the configuration file.
 *
 * The password never passes the command line, and the file never holds it.
 */
#include "cli/inside.h"
#include "base/secret.h"
#include "cli/client.h"
#include "commands/commands.h"
#include "commands/listing.h"
#include "settings/protocols.h"
#include <string.h>
#include <unistd.h>

/* The line for the hub that these words make. */
static char *hub_line(const Cli *cli)
{
	GString *line = g_string_new("/account");
	for (guint i = 0; i < cli->n_words; i++) {
		/* KEY=VALUE is quoted as a whole. */
		g_autofree char *quoted = commands_quote(cli->words[i]);
		g_string_append_printf(line, " %s", quoted);
	}
	return g_string_free(line, FALSE);
}

/* The value of KEY=VALUE among the words; NULL if it is not there. */
static const char *word_value(const Cli *cli, const char *key)
{
	gsize length = strlen(key);
	for (guint i = 2; i < cli->n_words; i++)
		if (!strncmp(cli->words[i], key, length) && cli->words[i][length] == '=')
			return cli->words[i] + length + 1;
	return NULL;
}

static gboolean is_action(const Cli *cli, const char *action)
{
	return !strcmp(cli->words[0], action);
}

/* The password that goes with add or set: from the descriptor, or typed where it can be kept. */
static gboolean find_password(const Cli *cli, gboolean can_keep, char **secret, GError **error)
{
	*secret = NULL;
	if (cli->password_fd >= 0)
		return (*secret = password_read(cli->password_fd, error)) != NULL;
	if (is_action(cli, "add") && can_keep && !word_value(cli, "password_command") && isatty(STDIN_FILENO)) {
		g_autofree char *prompt = g_strdup_printf("Password of %s (Enter: it is asked for when needed): ", cli->words[3]);
		*secret = password_ask(prompt);
	}
	return TRUE;
}

/* ---- without a hub ---- */

static gboolean set_pairs(Config *config, const Cli *cli, GError **error)
{
	const char *name = cli->words[1];
	if (cli->n_words == 4 && !strchr(cli->words[2], '='))
		return config_account_set(config, name, cli->words[2], cli->words[3], error);
	for (guint i = 2; i < cli->n_words; i++) {
		g_autofree char *pair = g_strdup(cli->words[i]);
		char *key, *value;
		if (!config_split_pair(pair, &key, &value, error) || !config_account_set(config, name, key, value, error))
			return FALSE;
	}
	return TRUE;
}

/* Settings that only a plugin knows are checked by its list. */
static gboolean check_pairs(const Config *config, const Cli *cli, GError **error)
{
	gboolean add = is_action(cli, "add");
	const char *protocol = add ? cli->words[2] : config_account_text(config, cli->words[1], "protocol");
	if ((!add && (!is_action(cli, "set") || !config_has_account(config, cli->words[1]))) || !strcmp(protocol, "xmpp") || !strcmp(protocol, "replay"))
		return TRUE;
	g_autoptr(Protocols) protocols = protocols_read_now(config_text(config, "plugin_dir"));
	gboolean one = !add && cli->n_words == 4 && !strchr(cli->words[2], '=');
	g_autofree char *pair = one ? g_strdup_printf("%s=%s", cli->words[2], cli->words[3]) : NULL;
	const char *const single[] = { pair, NULL };
	return protocols_check(protocols, protocol, one ? single : (const char *const *)cli->words + (add ? 4 : 2), error);
}

static gboolean change_file(Config *config, const Cli *cli, GError **error)
{
	const char *name = cli->words[1];
	if (!check_pairs(config, cli, error))
		return FALSE;
	if (is_action(cli, "add"))
		return config_account_add(config, name, cli->words[2], cli->words[3], (const char *const *)cli->words + 4, error);
	if (is_action(cli, "remove"))
		return config_account_remove(config, name, error);
	if (is_action(cli, "enable") || is_action(cli, "disable"))
		return config_account_set(config, name, "enabled", is_action(cli, "enable") ? NULL : "no", error);
	return set_pairs(config, cli, error);
}

/* Where the password goes that nobody can take now. */
static int keep_password(const Config *config, const char *name, const char *secret)
{
	g_autoptr(GError) error = NULL;
	if (!config_account_flag(config, name, "keyring"))
		return cli_say(CLI_DONE, "the password can't be kept without keyring=yes, so it will be asked for when the account connects");
	if (password_keep(name, config_account_text(config, name, "address"), secret, &error))
		return CLI_DONE;
	return cli_say(CLI_FAILED, "the password was not kept in the keyring: %s", error->message);
}

static int show_account(const Config *config, const char *name)
{
	g_autofree char *group = g_strdup_printf("account %s", name);
	g_auto(GStrv) keys = config_keys(config, group);
	if (!config_has_account(config, name))
		return cli_say(CLI_FAILED, "there is no account \"%s\"", name);
	for (char **key = keys; *key; key++)
		printf("%s = %s\n", *key, strcmp(*key, "password") ? config_get(config, group, *key) : "(not used)");
	return CLI_DONE;
}

static int change_offline(const Cli *cli)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(Config) config = config_load(cli->paths->config, NULL, &error);
	char *secret = NULL;
	int code = CLI_DONE;
	if (!config)
		return cli_say(CLI_FAILED, "%s", error->message);
	if (is_action(cli, "set") && cli->n_words == 2 && cli->password_fd < 0)
		return show_account(config, cli->words[1]);
	if (!change_file(config, cli, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	if (!find_password(cli, config_account_flag(config, cli->words[1], "keyring"), &secret, &error) || !config_save(config, &error))
		code = cli_say(CLI_FAILED, "%s", error->message);
	else if (secret)
		code = keep_password(config, cli->words[1], secret);
	secret_free(secret);
	return code;
}

static int list_offline(const Cli *cli)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GString) out = g_string_new(NULL);
	Offline offline;
	if (!offline_open(&offline, cli->paths, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	listing_put_accounts(out, offline.model, cli->json);
	fputs(out->str, stdout);
	offline_clear(&offline);
	return CLI_DONE;
}

/* ---- the command ---- */

/* Is what was typed a use of the action that can be right at all? NULL, or what is missing. */
static const char *usage_problem(const Cli *cli)
{
	static const struct { const char *action; guint least, most; const char *problem; } actions[] = {
		{ "add", 4, G_MAXUINT, "say NAME, PROTOCOL and ADDRESS" }, { "disable", 2, 2, "say which account" }, { "enable", 2, 2, "say which account" },
		{ "list", 1, 1, "list takes no words" }, { "register", 2, G_MAXUINT, "say NAME, PROTOCOL and ADDRESS" }, { "remove", 2, 2, "say which account" }, { "set", 2, G_MAXUINT, "say which account" } };
	for (guint i = 0; cli->n_words && i < G_N_ELEMENTS(actions); i++)
		if (is_action(cli, actions[i].action))
			return cli->n_words < actions[i].least || cli->n_words > actions[i].most ? actions[i].problem : NULL;
	return "account takes list, add, set, enable, disable, remove or register";
}

/* A password on the command line can be read by everybody on the machine. */
static gboolean check_words(const Cli *cli, GError **error)
{
	for (guint i = 0; i < cli->n_words; i++) {
		if (!g_utf8_validate(cli->words[i], -1, NULL)) {
			g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "the command line is not UTF-8");
			return FALSE;
		}
		if (i >= 2 && (g_str_has_prefix(cli->words[i], "password=") || !strcmp(cli->words[i], "password")))
			return config_account_check("xmpp", "password", "", error);
	}
	return TRUE;
}

static int change_in_hub(const Cli *cli, Session *session)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *line = hub_line(cli);
	char *secret;
	/* While somebody types a password the clock stands still. */
	session_set_timeout(session, 0);
	if (!find_password(cli, TRUE, &secret, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	session_set_timeout(session, cli->timeout);
	int code = session_run(session, cli, line, secret, NULL);
	secret_free(secret);
	return code;
}

static int refuse_registration(const Cli *cli)
{
	const char *protocol = cli->n_words > 2 ? cli->words[2] : NULL;
	if (protocol)
		return cli_say(CLI_FAILED, "new accounts can't be made through the protocol \"%s\" here; make one at the provider, then use kith account add", protocol);
	return cli_say(CLI_FAILED, "new accounts can't be made here; make one at the provider, then use kith account add");
}

int cli_run_account(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	const char *problem = usage_problem(cli);
	int code;
	if (problem)
		return cli_refuse_usage(cli, "%s", problem);
	if (!check_words(cli, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	if (is_action(cli, "register"))
		return refuse_registration(cli);
	if (!cli->timeout)
		cli->timeout = 60;
	g_autoptr(Session) session = session_open(cli, SESSION_JOIN, NULL, &code, &error);
	if (session)
		return change_in_hub(cli, session);
	if (code != CLI_NO_HUB)
		return cli_say(code, "%s", error->message);
	return is_action(cli, "list") ? list_offline(cli) : change_offline(cli);
}
