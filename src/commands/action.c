/* action.c: what a network offers that kith has no command for: the menus of accounts and contacts, and the network's own commands.
 *
 * An account tells in its abilities, with a slash in front, which commands its network has. Such a command is typed like one of kith's; where
 * both have a name, kith's counts, and /cmd reaches the other.
 */
#include "commands/call.h"
#include <string.h>

/* ---- menus ---- */

/* The account that is meant by ACCOUNT or nothing, or that of the contact, whose address is then given (free it). */
static Account *find_menu(CommandCall *call, const char *who, char **address, GError **error)
{
	Target target;
	*address = NULL;
	if (!who || model_account(call->host->model, who))
		return call_online_account(call, who, "actions", error);
	if (!call_target(call, who, &target, error))
		return NULL;
	*address = target.address;
	return call_online_account(call, target.account->name, "actions", error);
}

static gboolean run_actions(CommandCall *call, GError **error)
{
	g_autofree char *address = NULL;
	Account *account = find_menu(call, call->args[0], &address, error);
	return account && call_backend(call, account, &WIRE(ACTIONS, Actions, .account = account->name, .address = address), error);
}

static gboolean run_action(CommandCall *call, GError **error)
{
	g_autofree char *address = NULL;
	Account *account = find_menu(call, call->args[1], &address, error);
	return account && call_backend(call, account, &WIRE(ACTION, Action, .account = account->name, .address = address, .name = call->args[0]), error);
}

/* ---- commands ---- */

static gboolean send_command(CommandCall *call, Account *account, const char *line, GError **error)
{
	const Chat *chat = call->chat && call->chat->account == account ? call->chat : NULL;
	return call_backend(call, account, &WIRE(NETWORK_COMMAND, NetworkCommand, .account = account->name, .chat = chat ? chat->address : NULL,
		.chat_kind = chat ? chat->kind : CHAT_DIRECT, .line = line), error);
}

gboolean commands_is_network(const Account *account, const char *line)
{
	if (!account || *line != '/' || line[1] == '/')
		return FALSE;
	g_autofree char *word = g_strndup(line, strcspn(line, " \t\n"));
	return !commands_find(word + 1, FALSE) && account_can(account, word);
}

gboolean call_network_command(CommandCall *call, const char *line, GError **error)
{
	Account *account = call_online_account(call, NULL, "commands", error);
	return account && send_command(call, account, line + 1, error);
}

static gboolean run_cmd(CommandCall *call, GError **error)
{
	const char *line = call->args[0];
	Account *account = line ? model_account(call->host->model, line) : NULL;
	if (account)
		line = NULL;
	if (!(account = call_online_account(call, account ? account->name : NULL, "commands", error)))
		return FALSE;
	return send_command(call, account, line && *line == '/' ? line + 1 : line, error);
}

const Command command_actions = {
	.name = "actions",
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.needs = "actions",
	.summary = "Lists what the network offers to do with an account or a contact.",
	.help = "WHO is an account's name or a contact; without it this chat's account is meant. /action does one of them. What the network asks then comes as a question.\n\nExamples:\n    /actions\n    /actions bob",
	.run = run_actions,
};

const Command command_action = {
	.name = "action",
	.args = { { ARG_WORD, "NAME", FALSE, NULL }, { ARG_WHO, "WHO", TRUE, NULL } },
	.needs = "actions",
	.summary = "Does one of the things that /actions lists.",
	.help = "NAME is the action's number in that list, or its name in quotes. WHO as in /actions.\n\nExamples:\n    /action 1\n    /action \"Change Password\" libera\n    /action 2 bob",
	.run = run_action,
};

const Command command_cmd = {
	.name = "cmd",
	.args = { { ARG_TEXT, "LINE", TRUE, NULL } },
	.needs = "commands",
	.usage = "/cmd [ACCOUNT | LINE]",
	.summary = "Carries out a command of the network's own, or lists them.",
	.help = "Commands that only the network knows can be typed as they are, too: /mode on IRC. Where kith has a command of that name, /cmd reaches the network's. Without LINE, or with an ACCOUNT, they are listed with their help.\n\nExamples:\n    /cmd\n    /cmd whois bob\n    /mode #dev +m",
	.run = run_cmd,
};
