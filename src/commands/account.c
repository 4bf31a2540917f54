/* account.c: the commands about accounts: adding and changing them, going online and offline.
 *
 * What an account may have is settings/accounts.c's to know; the backends are started and stopped by the hub when it is told that an
 * account changed. A password comes beside the line (secret), never in it.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include "base/text.h"
#include <string.h>

static gboolean save_account(CommandCall *call, const char *name, GError **error)
{
	if (!call_save(call, error))
		return FALSE;
	if (call->secret)
		call->host->set_password(call->hub, name, call->secret, config_account_flag(call->host->config, name, "keyring"));
	call->host->account_changed(call->hub, name);
	return TRUE;
}

/* The words of a text; NULL and error at a quote without its end. */
static GPtrArray *split_words(const char *text, GError **error)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) why = NULL;
	char *word;
	while ((word = commands_next_word(&text, &why)))
		g_ptr_array_add(words, word);
	if (why) {
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	g_ptr_array_add(words, NULL);
	return g_steal_pointer(&words);
}

static gboolean add_account(CommandCall *call, const char *name, const char *protocol, const char *text, GError **error)
{
	if (!protocol || !text)
		return call_refuse(error, "say NAME, PROTOCOL and ADDRESS: /account add work xmpp alice@example.org");
	g_autoptr(GPtrArray) words = split_words(text, error);
	if (!words || !call_config(call, error))
		return FALSE;
	if (!config_account_add(call->host->config, name, protocol, words->pdata[0], (const char *const *)words->pdata + 1, error) || !save_account(call, name, error))
		return FALSE;
	return call_done(call, "the account \"%s\" was added", name);
}

/* The line that adds the account again. */
static char *add_line(const Config *config, const char *name)
{
	g_autofree char *group = g_strdup_printf("account %s", name);
	g_auto(GStrv) keys = config_keys(config, group);
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "/account add %s %s %s", name, config_account_text(config, name, "protocol"), config_account_text(config, name, "address"));
	for (char **key = keys; *key; key++) {
		if (!strcmp(*key, "protocol") || !strcmp(*key, "address") || !strcmp(*key, "password"))
			continue;
		g_autofree char *pair = g_strdup_printf("%s=%s", *key, config_get(config, group, *key));
		g_autofree char *quoted = commands_quote(pair);
		g_string_append_printf(out, " %s", quoted);
	}
	return g_string_free(out, FALSE);
}

static gboolean remove_account(CommandCall *call, const char *name, G_GNUC_UNUSED const char *word, G_GNUC_UNUSED const char *text, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	g_autofree char *again = config_has_account(call->host->config, name) ? add_line(call->host->config, name) : NULL;
	if (!config_account_remove(call->host->config, name, error) || !call_save(call, error))
		return FALSE;
	call->host->account_changed(call->hub, name);
	return call_done(call, "the account \"%s\" was removed; its messages stay in the history. To have it again: %s", name, again);
}

static gboolean show_account(CommandCall *call, const char *name, GError **error)
{
	const Config *config = call->host->config;
	g_autofree char *group = g_strdup_printf("account %s", name);
	g_auto(GStrv) keys = config_keys(config, group);
	if (!config_has_account(config, name))
		return call_refuse(error, "there is no account \"%s\"", name);
	for (char **key = keys; *key; key++)
		call_print(call, "%s = %s", *key, strcmp(*key, "password") ? config_get(config, group, *key) : "(not used)");
	return call_done_silently(call);
}

static gboolean change_account(CommandCall *call, const char *name, const char *key, const char *value, GError **error)
{
	if (!config_account_set(call->host->config, name, key, value, error)) {
		config_revert(call->host->config);
		return FALSE;
	}
	return TRUE;
}

/* /account set NAME KEY VALUE, or KEY=VALUE …; alone it shows what is set, with a password beside the line it takes that. */
static gboolean set_account(CommandCall *call, const char *name, const char *word, const char *text, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	if (!word && !call->secret)
		return show_account(call, name, error);
	if (!config_has_account(call->host->config, name))
		return call_refuse(error, "there is no account \"%s\"", name);
	if (word && !strchr(word, '=')) {
		g_autofree char *value = text ? g_strdup(text) : NULL;
		const char *rest = value;
		g_autofree char *unquoted = value && *value == '"' ? commands_next_word(&rest, error) : g_strdup(value);
		if ((value && !unquoted) || !change_account(call, name, word, unquoted, error))
			return FALSE;
	} else if (word) {
		g_autoptr(GPtrArray) words = split_words(text ? text : "", error);
		if (!words)
			return FALSE;
		g_ptr_array_insert(words, 0, g_strdup(word));
		for (char **pair = (char **)words->pdata; *pair; pair++) {
			char *key, *value;
			if (!config_split_pair(*pair, &key, &value, error) || !change_account(call, name, key, value, error))
				return FALSE;
		}
	}
	return save_account(call, name, error) && call_done(call, "the account \"%s\" was changed", name);
}

static gboolean switch_account(CommandCall *call, const char *name, gboolean enabled, GError **error)
{
	if (!call_config(call, error) || !change_account(call, name, "enabled", enabled ? NULL : "no", error) || !save_account(call, name, error))
		return FALSE;
	return call_done(call, "the account \"%s\" is %s", name, enabled ? "enabled" : "disabled");
}

static gboolean enable_account(CommandCall *call, const char *name, G_GNUC_UNUSED const char *word, G_GNUC_UNUSED const char *text, GError **error)
{
	return switch_account(call, name, TRUE, error);
}

static gboolean disable_account(CommandCall *call, const char *name, G_GNUC_UNUSED const char *word, G_GNUC_UNUSED const char *text, GError **error)
{
	return switch_account(call, name, FALSE, error);
}

static gboolean run_accounts(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);
	listing_put_accounts(out, call->host->model, call->json);
	call_print_lines(call, out);
	if (!out->len && !call->json)
		call_print(call, "there is no account yet; add one with /account add NAME PROTOCOL ADDRESS");
	return call_done_silently(call);
}

static gboolean run_account(CommandCall *call, GError **error)
{
	static const struct {
		const char *name;
		gboolean (*run)(CommandCall *call, const char *name, const char *word, const char *text, GError **error);
	} actions[] = { { "add", add_account }, { "remove", remove_account }, { "set", set_account }, { "enable", enable_account }, { "disable", disable_account } };
	if (!strcmp(call->args[0], "list"))
		return run_accounts(call, error);
	for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
		if (!strcmp(actions[i].name, call->args[0])) {
			if (!call->args[1])
				return call_refuse(error, "say which account: /account %s NAME", call->args[0]);
			return actions[i].run(call, call->args[1], call->args[2], call->args[3], error);
		}
	return call_refuse(error, "/account takes add, list, remove, set, enable or disable, not \"%s\"", call->args[0]);
}

const Command command_account = {
	.name = "account",
	.args = { { ARG_WORD, "ACTION", FALSE, CALL_WORDS("add", "disable", "enable", "list", "remove", "set") }, { ARG_ACCOUNT, "NAME", TRUE, NULL },
		{ ARG_PROTOCOL, "WORD", TRUE, NULL }, { ARG_TEXT, "MORE", TRUE, NULL } },
	.usage = "/account list\n/account add NAME PROTOCOL ADDRESS [KEY=VALUE …]\n/account set NAME [KEY VALUE | KEY=VALUE …]\n/account enable|disable|remove NAME",
	.summary = "Adds, shows, changes and removes accounts.",
	.help = "PROTOCOL is xmpp, irc, or the id of a libpurple protocol. The keys of an XMPP account are listed in kith.conf(5); other networks take those of their plugin. "
		"A password is never written here: it is asked for when the account connects, or comes from password_command or the keyring. Removing an account leaves its messages in the history.\n\n"
		"Examples:\n    /account add work xmpp alice@example.org\n    /account add libera irc alice@irc.libera.chat ssl=yes port=6697\n    /account set work password_command \"pass show chat/work\"",
	.run = run_account,
};

const Command command_accounts = {
	.name = "accounts",
	.summary = "Lists the accounts and their states.",
	.help = "Offline, connecting, online, waiting for the next try, or in error with the reason. The same as /account list.",
	.run = run_accounts,
};

/* ---- online and offline ---- */

/* Calls each for the named account, or for all. */
static gboolean for_accounts(CommandCall *call, void (*each)(CommandCall *call, Account *account), GError **error)
{
	if (call->args[0] && strcmp(call->args[0], "all")) {
		Account *account = call_account(call, call->args[0], error);
		if (!account)
			return FALSE;
		each(call, account);
		return TRUE;
	}
	const GPtrArray *accounts = model_accounts(call->host->model);
	if (!accounts->len)
		return call_account(call, NULL, error) != NULL;
	g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < accounts->len; i++)
		g_ptr_array_add(names, g_strdup(((const Account *)accounts->pdata[i])->name));
	for (guint i = 0; i < names->len; i++) {
		Account *account = model_account(call->host->model, names->pdata[i]);
		if (account)
			each(call, account);
	}
	return TRUE;
}

static void connect_account(CommandCall *call, Account *account)
{
	call->host->connect(call->hub, account);
}

static void disconnect_account(CommandCall *call, Account *account)
{
	call->host->disconnect(call->hub, account);
}

static void reconnect_account(CommandCall *call, Account *account)
{
	g_autofree char *name = g_strdup(account->name);
	call->host->disconnect(call->hub, account);
	if ((account = model_account(call->host->model, name)))
		call->host->connect(call->hub, account);
}

static gboolean run_connect(CommandCall *call, GError **error)
{
	return for_accounts(call, connect_account, error) && call_done_silently(call);
}

static gboolean run_disconnect(CommandCall *call, GError **error)
{
	return for_accounts(call, disconnect_account, error) && call_done_silently(call);
}

static gboolean run_reconnect(CommandCall *call, GError **error)
{
	return for_accounts(call, reconnect_account, error) && call_done_silently(call);
}

const Command command_connect = {
	.name = "connect",
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, CALL_WORDS("all") } },
	.summary = "Goes online with an account, or with all.",
	.help = "An account that waits for its next try is tried at once. The states appear in the list; /accounts prints them.\n\nExamples:\n    /connect work\n    /connect",
	.run = run_connect,
};

const Command command_disconnect = {
	.name = "disconnect",
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, CALL_WORDS("all") } },
	.summary = "Goes offline with an account, or with all.",
	.help = "Until /connect or the next start. To keep an account offline for good use /account disable NAME. Messages written meanwhile wait and are sent later.\n\nExample:\n    /disconnect work",
	.run = run_disconnect,
};

const Command command_reconnect = {
	.name = "reconnect",
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, CALL_WORDS("all") } },
	.summary = "Goes offline and online again.",
	.help = "For an account whose settings changed, or a connection that seems to be stuck.\n\nExample:\n    /reconnect work",
	.run = run_reconnect,
};
