/* privacy.c: who is blocked: nothing from them comes through. The list is the backend's, and the network's where it keeps one.
 */
#include "commands/call.h"

static gboolean set_blocked(CommandCall *call, gboolean block, GError **error)
{
	Target target;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (target.kind != CHAT_DIRECT)
		return call_refuse(error, "only a person's own address can be blocked, not \"%s\"", address);
	return call_online_account(call, target.account->name, "block", error) &&
	       call_backend(call, target.account, &WIRE(BLOCK, Block, .account = target.account->name, .address = address, .block = block), error);
}

static gboolean run_block(CommandCall *call, GError **error)
{
	return set_blocked(call, TRUE, error);
}

static gboolean run_unblock(CommandCall *call, GError **error)
{
	return set_blocked(call, FALSE, error);
}

static gboolean run_blocked(CommandCall *call, GError **error)
{
	Account *account = call_online_account(call, call->args[0], "block", error);
	return account && call_backend(call, account, &WIRE(BLOCKED, Blocked, .account = account->name), error);
}

const Command command_block = {
	.name = "block",
	.other_names = CALL_WORDS("ignore"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.needs = "block",
	.summary = "Blocks somebody: nothing from them comes through any more.",
	.help = "They are not told. Where the network keeps such a list, it is changed there too. On networks with one name for everything, such as IRC, what they say in rooms is left out as well. Without WHO the person of this chat is meant. /blocked lists whom you have blocked, /unblock lets them through again.\n\nExample:\n    /block mallory@example.org",
	.run = run_block,
};

const Command command_unblock = {
	.name = "unblock",
	.other_names = CALL_WORDS("unignore"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.needs = "block",
	.summary = "Lets somebody through again who was blocked.",
	.help = "What they wrote meanwhile is lost.\n\nExample:\n    /unblock mallory@example.org",
	.run = run_unblock,
};

const Command command_blocked = {
	.name = "blocked",
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, NULL } },
	.needs = "block",
	.summary = "Lists whom you have blocked.",
	.help = "Each account has its own list.\n\nExample:\n    /blocked work",
	.run = run_blocked,
};
