/* setting.c: the commands that look at and change settings, aliases and keys.
 *
 * Every change is checked by the table, saved in the configuration file, and told to all screens.
 */
#include "commands/call.h"
#include "base/text.h"
#include <string.h>

static gboolean show_setting(CommandCall *call, const Setting *setting)
{
	g_autofree char *takes = settings_describe(setting);
	const char *value = config_text(call->host->config, setting->name);
	call_print(call, "%s = %s\n    %s\n    takes %s; the default is %s", setting->name, value, setting->help, takes, *setting->standard ? setting->standard : "nothing");
	return call_done_silently(call);
}

static gboolean show_settings(CommandCall *call)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == SCOPE_GLOBAL) {
			const char *value = config_text(call->host->config, setting->name);
			call_put_column(out, setting->name, 18);
			g_string_append_printf(out, "%s%s\n", value, strcmp(value, setting->standard) ? "  (changed)" : "");
		}
	call_print(call, "%s", out->str);
	return call_done_silently(call);
}

/* Checks and changes a global setting; value NULL goes back to the default. */
static gboolean change_setting(CommandCall *call, const Setting *setting, const char *value, GError **error)
{
	if (value && !settings_check(setting, value, error))
		return FALSE;
	if (!call_set(call, "kith", setting->name, value, error))
		return FALSE;
	return call_done(call, "%s = %s", setting->name, config_text(call->host->config, setting->name));
}

static gboolean run_set(CommandCall *call, GError **error)
{
	const char *value = call->args[1];
	if (!call->args[0])
		return show_settings(call);
	const Setting *setting = settings_find(SCOPE_GLOBAL, call->args[0]);
	if (!setting)
		return call_refuse(error, "there is no setting \"%s\"; /set lists them, /account set changes those of an account", call->args[0]);
	if (!value)
		return show_setting(call, setting);
	g_autofree char *unquoted = *value == '"' ? commands_next_word(&value, error) : g_strdup(value);
	return unquoted && change_setting(call, setting, strcmp(unquoted, "default") ? unquoted : NULL, error);
}

static gboolean run_theme(CommandCall *call, GError **error)
{
	const Setting *setting = settings_find(SCOPE_GLOBAL, "theme");
	return call->args[0] ? change_setting(call, setting, call->args[0], error) : show_setting(call, setting);
}

/* ---- notifications of a chat ---- */

static gboolean run_notify(CommandCall *call, GError **error)
{
	const Setting *setting = settings_find(SCOPE_CHAT, "notify");
	const char *word = call->args[0], *who = call->args[1];
	Target target;
	if (word && strcmp(word, "default") && !g_strv_contains(setting->words, word)) {
		if (who)
			return call_refuse(error, "/notify takes all, mentions, none or default, not \"%s\"", word);
		who = g_steal_pointer(&word);
	}
	if (!call_target(call, who, &target, error)) {
		g_prefix_error(error, "%s", who && !call->args[1] ? "that is none of all, mentions, none and default: " : "");
		return FALSE;
	}
	g_autofree char *address = target.address, *account = g_strdup(target.account->name);
	g_autofree char *group = g_strdup_printf("chat %s/%s", account, address);
	if (!word) {
		const char *now = config_chat_text(call->host->config, account, address, "notify");
		return call_done(call, "%s", *now ? now : target.kind == CHAT_ROOM ? "mentions (the default in rooms)" : "all (the default)");
	}
	const char *value = strcmp(word, "default") ? word : NULL;
	if (!call_set(call, group, "notify", value, error))
		return FALSE;
	Account *still = model_account(call->host->model, account);
	Chat *chat = still ? model_chat(still, address) : NULL;
	if (chat)
		call->host->publish(call->hub, &WIRE(CHAT, Chat, .account = account, .chat = address, .chat_kind = chat->kind, .unread = chat->unread, .mentions = chat->mentions,
			.read = chat->read, .last = chat->last, .last_time = chat->last_time, .notify = value));
	return call_done(call, "notifications for \"%s\": %s", address, word);
}

/* ---- aliases and keys ---- */

static gboolean show_group(CommandCall *call, const char *group, const char *slash, const char *none)
{
	g_auto(GStrv) keys = config_keys(call->host->config, group);
	g_autoptr(GString) out = g_string_new(NULL);
	for (char **key = keys; *key; key++)
		g_string_append_printf(out, "%s%s = %s\n", slash, *key, config_get(call->host->config, group, *key));
	if (!out->len)
		return call_done(call, "%s", none);
	call_print(call, "%s", out->str);
	return call_done_silently(call);
}

static gboolean change_group(CommandCall *call, const char *group, const char *key, const char *value, GError **error)
{
	const Config *config = call->host->config;
	if (!value) {
		const char *now = config_get(config, group, key);
		return now ? call_done(call, "%s = %s", key, now) : call_refuse(error, "nothing is set for \"%s\"", key);
	}
	if (!strcmp(value, "remove") && !config_get(config, group, key))
		return call_refuse(error, "nothing is set for \"%s\"", key);
	if (!call_set(call, group, key, strcmp(value, "remove") ? value : NULL, error))
		return FALSE;
	return call_done_silently(call);
}

static gboolean run_alias(CommandCall *call, GError **error)
{
	const char *name = call->args[0], *line = call->args[1];
	if (!name)
		return show_group(call, "alias", "/", "there are no aliases");
	name += *name == '/';
	if (strspn(name, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_") != strlen(name) || !*name || strlen(name) > 64)
		return call_refuse(error, "an alias is made of letters, digits, \"-\" and \"_\", not \"%s\"", name);
	if (line && commands_find(name, FALSE) && strcmp(line, "remove"))
		return call_refuse(error, "\"/%s\" is a command already", name);
	if (line && *line != '/' && strcmp(line, "remove"))
		return call_refuse(error, "an alias stands for a line that begins with \"/\", or \"remove\" takes it away");
	return change_group(call, "alias", name, line, error);
}

static gboolean run_bind(CommandCall *call, GError **error)
{
	if (!call->args[0])
		return show_group(call, "bind", "", "no keys were changed; /help keys lists all");
	return change_group(call, "bind", call->args[0], call->args[1], error);
}

static gboolean run_reload(CommandCall *call, GError **error)
{
	if (!call->host->reload)
		return call_refuse(error, "nothing can be loaded again here");
	return call->host->reload(call->hub, error) && call_done(call, "the configuration was read again");
}

const Command command_set = {
	.name = "set",
	.args = { { ARG_SETTING, "SETTING", TRUE, NULL }, { ARG_TEXT, "VALUE", TRUE, NULL } },
	.summary = "Shows and changes settings.",
	.help = "Alone it lists all, with SETTING it explains one. The value default goes back to the default. All settings are described in kith.conf(5).\n\nExamples:\n    /set bell\n    /set bell all\n    /set time_format \"%H:%M:%S\"\n    /set bell default",
	.run = run_set,
};

const Command command_theme = {
	.name = "theme",
	.args = { { ARG_WORD, "NAME", TRUE, CALL_WORDS("auto", "dark", "light", "mono") } },
	.summary = "Shows or changes the colours.",
	.help = "For a dark or a light background, for the one that the terminal has (auto), or without colours. The same as /set theme.\n\nExample:\n    /theme light",
	.run = run_theme,
};

const Command command_notify = {
	.name = "notify",
	.other_names = CALL_WORDS("mute"),
	.args = { { ARG_WORD, NULL, TRUE, CALL_WORDS("all", "mentions", "none", "default") }, { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Says which messages of a chat notify.",
	.help = "By default all in direct chats and mentions in rooms. A chat with none is muted and does not count as unread in the total. Without WHO the chat it is typed in is meant; without one of the words it shows how it is.\n\nExamples:\n    /notify none\n    /notify all dev@conference.example.org\n    /notify dev@conference.example.org\n    /notify",
	.run = run_notify,
};

const Command command_alias = {
	.name = "alias",
	.args = { { ARG_WORD, "NAME", TRUE, NULL }, { ARG_TEXT, "LINE", TRUE, CALL_WORDS("remove") } },
	.summary = "Makes a command of your own that stands for a line.",
	.help = "LINE begins with a slash. $1 to $9 in it stand for the words that are typed behind NAME, $* for all of them, $$ for a dollar sign; without any of these they are put at the end. remove takes the alias away. Alone it lists them.\n\nExamples:\n    /alias lunch /away at lunch, back at one\n    /alias tell /msg $1 please: $*\n    /alias lunch remove",
	.run = run_alias,
};

const Command command_bind = {
	.name = "bind",
	.args = { { ARG_KEY, "KEY", TRUE, NULL }, { ARG_TEXT, "LINE", TRUE, CALL_WORDS("none", "remove") } },
	.summary = "Puts a line or an action on a key.",
	.help = "KEY is written as in /help keys: F6, Ctrl-T, Alt-x, Ctrl-PageUp. LINE is a command line with its slash, or the name of an action; none takes every meaning from the key, remove goes back to the default. Alone it lists what was changed.\n\nExamples:\n    /bind F6 /away at lunch\n    /bind Alt-n next_unread\n    /bind F6 remove",
	.run = run_bind,
};

const Command command_reload = {
	.name = "reload",
	.summary = "Reads the configuration file again.",
	.help = "After it was changed with an editor. Accounts whose settings changed are connected again. The signal SIGHUP does the same.",
	.run = run_reload,
};
