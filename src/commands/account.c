/* account.c: the commands about accounts: adding and changing them, going online and offline.
 *
 * What an account may have is settings/accounts.c's to know; the backends are started and stopped by the hub when it is told that an
 * account changed. A password comes beside the line (secret), never in it.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include "base/text.h"
#include "settings/protocols.h"
#include <string.h>

/* Screens have the settings too: those of the account as they are now, and those that are gone. */
static void tell_settings(CommandCall *call, const char *name, char **before)
{
	g_autofree char *group = g_strdup_printf("account %s", name);
	g_auto(GStrv) keys = config_keys(call->host->config, group);
	for (char **key = before; key && *key; key++)
		if (!g_strv_contains((const char *const *)keys, *key))
			call->host->setting_changed(call->hub, group, *key, NULL);
	for (char **key = keys; *key; key++)
		call->host->setting_changed(call->hub, group, *key, config_get(call->host->config, group, *key));
}

static char **keys_of(CommandCall *call, const char *name)
{
	g_autofree char *group = g_strdup_printf("account %s", name);
	return config_keys(call->host->config, group);
}

/* before: the keys that it had. */
static gboolean save_account(CommandCall *call, const char *name, char **before, GError **error)
{
	if (!call_save(call, error))
		return FALSE;
	tell_settings(call, name, before);
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

/* ---- settings that only a plugin knows ---- */

/* A line whose settings another process is asked about. */
typedef struct {
	CommandCall *call;
	GPtrArray *words; /* owned, NULL-terminated: name, protocol, then for add the address; KEY=VALUE … */
	gboolean (*finish)(CommandCall *call, const GPtrArray *words, GError **error);
	guint pairs; /* where KEY=VALUE begins */
} Checking;

static gboolean is_own_protocol(const char *protocol)
{
	return !strcmp(protocol, "xmpp") || !strcmp(protocol, "replay");
}

static void on_protocols(Protocols *protocols, gpointer user)
{
	Checking *c = user;
	g_autoptr(GError) error = NULL;
	if (!protocols_check(protocols, c->words->pdata[1], (const char *const *)c->words->pdata + c->pairs, &error) || !c->finish(c->call, c->words, &error))
		c->call->fail(c->call, error->message);
	protocols_free(protocols);
	g_ptr_array_unref(c->words);
	g_free(c);
}

/* Takes over words; finish is called at once for protocols of kith's own, which need nobody to ask. */
static gboolean check_then(CommandCall *call, GPtrArray *words, guint pairs, gboolean (*finish)(CommandCall *, const GPtrArray *, GError **), GError **error)
{
	g_autoptr(GPtrArray) owned = words;
	if (is_own_protocol(words->pdata[1]))
		return finish(call, words, error);
	Checking *c = g_new0(Checking, 1);
	*c = (Checking){ call, g_steal_pointer(&owned), finish, pairs };
	protocols_read(config_text(call->host->config, "plugin_dir"), on_protocols, c);
	return TRUE;
}

static gboolean finish_adding(CommandCall *call, const GPtrArray *words, GError **error)
{
	char **w = (char **)words->pdata;
	if (!call_config(call, error) || !config_account_add(call->host->config, w[0], w[1], w[2], (const char *const *)w + 3, error) || !save_account(call, w[0], NULL, error))
		return FALSE;
	return call_done(call, "the account \"%s\" was added", w[0]);
}

static gboolean add_account(CommandCall *call, const char *name, const char *protocol, const char *text, GError **error)
{
	if (!protocol || !text)
		return call_refuse(error, "say NAME, PROTOCOL and ADDRESS: /account add work xmpp alice@example.org");
	g_autoptr(GPtrArray) words = split_words(text, error);
	if (!words)
		return FALSE;
	g_ptr_array_insert(words, 0, g_strdup(protocol));
	g_ptr_array_insert(words, 0, g_strdup(name));
	return check_then(call, g_steal_pointer(&words), 3, finish_adding, error);
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
	g_auto(GStrv) before = keys_of(call, name);
	if (!config_account_remove(call->host->config, name, error) || !call_save(call, error))
		return FALSE;
	tell_settings(call, name, before);
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

static gboolean finish_setting(CommandCall *call, const GPtrArray *words, GError **error)
{
	const char *name = words->pdata[0];
	if (!call_config(call, error))
		return FALSE;
	g_auto(GStrv) before = keys_of(call, name);
	for (guint i = 2; words->pdata[i]; i++) {
		g_autofree char *pair = g_strdup(words->pdata[i]);
		char *key, *value;
		if (!config_split_pair(pair, &key, &value, error) || !change_account(call, name, key, value, error))
			return FALSE;
	}
	return save_account(call, name, before, error) && call_done(call, "the account \"%s\" was changed", name);
}

/* KEY VALUE or KEY=VALUE … as words KEY=VALUE. */
static GPtrArray *set_words(const char *word, const char *text, GError **error)
{
	GPtrArray *words;
	if (strchr(word, '=')) {
		if ((words = split_words(text ? text : "", error)))
			g_ptr_array_insert(words, 0, g_strdup(word));
		return words;
	}
	const char *rest = text ? text : "";
	g_autofree char *value = *rest == '"' ? commands_next_word(&rest, error) : g_strdup(rest);
	if (!value)
		return NULL;
	words = g_ptr_array_new_with_free_func(g_free);
	g_ptr_array_add(words, g_strdup_printf("%s=%s", word, value));
	g_ptr_array_add(words, NULL);
	return words;
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
	g_autoptr(GPtrArray) words = word ? set_words(word, text, error) : g_ptr_array_new_full(0, g_free);
	if (!words)
		return FALSE;
	if (!word)
		g_ptr_array_add(words, NULL);
	g_ptr_array_insert(words, 0, g_strdup(config_account_text(call->host->config, name, "protocol")));
	g_ptr_array_insert(words, 0, g_strdup(name));
	return check_then(call, g_steal_pointer(&words), 2, finish_setting, error);
}

static gboolean switch_account(CommandCall *call, const char *name, gboolean enabled, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	g_auto(GStrv) before = keys_of(call, name);
	if (!change_account(call, name, "enabled", enabled ? NULL : "no", error) || !save_account(call, name, before, error))
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

/* Screens have a form for it. */
static gboolean edit_account(CommandCall *call, const char *name, G_GNUC_UNUSED const char *word, G_GNUC_UNUSED const char *text, GError **error)
{
	if (!config_has_account(call->host->config, name))
		return call_refuse(error, "there is no account \"%s\"", name);
	return call_refuse(error, "the form is for screens; here /account set %s KEY VALUE changes a setting, and /account set %s shows what is set", name, name);
}

static gboolean run_account(CommandCall *call, GError **error)
{
	static const struct {
		const char *name;
		gboolean (*run)(CommandCall *call, const char *name, const char *word, const char *text, GError **error);
	} actions[] = { { "add", add_account }, { "remove", remove_account }, { "set", set_account }, { "edit", edit_account }, { "enable", enable_account }, { "disable", disable_account } };
	if (!strcmp(call->args[0], "list"))
		return run_accounts(call, error);
	for (guint i = 0; i < G_N_ELEMENTS(actions); i++)
		if (!strcmp(actions[i].name, call->args[0])) {
			if (!call->args[1])
				return call_refuse(error, "say which account: /account %s NAME", call->args[0]);
			return actions[i].run(call, call->args[1], call->args[2], call->args[3], error);
		}
	return call_refuse(error, "/account takes add, edit, list, remove, set, enable or disable, not \"%s\"", call->args[0]);
}

const Command command_account = {
	.name = "account",
	.args = { { ARG_WORD, "ACTION", FALSE, CALL_WORDS("add", "disable", "edit", "enable", "list", "remove", "set") }, { ARG_ACCOUNT, "NAME", TRUE, NULL },
		{ ARG_PROTOCOL, "WORD", TRUE, NULL }, { ARG_TEXT, "MORE", TRUE, NULL } },
	.usage = "/account list\n/account add [NAME PROTOCOL ADDRESS [KEY=VALUE …]]\n/account edit [NAME]\n/account set NAME [KEY VALUE | KEY=VALUE …]\n/account enable|disable|remove NAME",
	.summary = "Adds, shows, changes and removes accounts.",
	.help = "PROTOCOL is one of those that /protocols lists; /protocols PROTOCOL tells the form of the address and the keys. On a screen /account add alone asks for everything, and /account edit shows all settings in a form. "
		"A password is never written here: it is asked for when the account connects, or comes from password_command or the keyring. Removing an account leaves its messages in the history.\n\n"
		"Examples:\n    /account add work xmpp alice@example.org\n    /account add libera irc alice@irc.libera.chat ssl=yes port=6697\n    /account edit work\n    /account set work password_command \"pass show chat/work\"",
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
