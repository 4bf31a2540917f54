/* talk.c: saying something to somebody.
 *
 * The message is in the outbox, on disk, when the call ends well; what becomes of it afterwards is shown on the message.
 */
#include "commands/call.h"
#include <string.h>

/* An unknown bare word is a slip of the finger on a network whose addresses have an "@"; it must not go to a stranger. */
static gboolean check_target(const Target *target, const char *who, GError **error)
{
	g_autofree char *explicit = g_strdup_printf("%s/", target->account->name);
	if (target->contact || target->chat || strchr(target->address, '@') || strcmp(target->account->protocol, "xmpp") || g_str_has_prefix(who, explicit))
		return TRUE;
	return call_refuse(error, "nobody is called \"%s\"", who);
}

static gboolean send_to(CommandCall *call, const Target *target, const char *text, MessageKind type, GError **error)
{
	if (type == MESSAGE_TEXT && g_str_has_prefix(text, "/me ") && text[4]) {
		type = MESSAGE_ACTION;
		text += 4;
	}
	return call->host->send_message(call->hub, call, &WIRE(MESSAGE, Message, .account = target->account->name, .chat = target->address,
		.chat_kind = target->kind, .type = type, .text = text), error);
}

static gboolean run_msg(CommandCall *call, GError **error)
{
	Target target;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	gboolean good = check_target(&target, call->args[0], error) && send_to(call, &target, call->args[1], MESSAGE_TEXT, error);
	g_free(target.address);
	return good;
}

static gboolean run_me(CommandCall *call, GError **error)
{
	Target target;
	if (!call_target(call, NULL, &target, error))
		return FALSE;
	gboolean good = send_to(call, &target, call->args[0], MESSAGE_ACTION, error);
	g_free(target.address);
	return good;
}

/* To somebody in a room; what they are called may have spaces. */
static gboolean run_whisper(CommandCall *call, GError **error)
{
	Target room;
	g_autofree char *who = NULL, *text = NULL;
	const char *slash = strchr(call->args[0], '/');
	g_autofree char *name = slash ? g_strndup(call->args[0], (gsize)(slash - call->args[0])) : NULL;
	if (name && slash[1] && (call_is_room(call, name) || model_account(call->host->model, name)))
		return run_msg(call, error);
	if (!call_room_and_who(call, &room, &who, &text, error))
		return FALSE;
	g_autofree char *address = room.address, *occupant = g_strdup_printf("%s/%s", address, who);
	if (!text)
		return call_refuse(error, "there is nothing to say");
	if (!room.chat || !room.chat->occupants || !g_hash_table_contains(room.chat->occupants, who))
		return call_refuse(error, "\"%s\" is not in the room", who);
	Target target = { .account = room.account, .address = occupant, .kind = CHAT_PRIVATE };
	return send_to(call, &target, text, MESSAGE_TEXT, error);
}

static gboolean ask_attention(CommandCall *call, const Target *target, GError **error)
{
	if (target->kind == CHAT_ROOM)
		return call_refuse(error, "a room has no attention to give; name somebody in it");
	if (!call_online_account(call, target->account->name, "attention", error))
		return FALSE;
	return call_backend(call, target->account, &WIRE(ATTENTION, Attention, .account = target->account->name, .chat = target->address), error);
}

static gboolean run_attention(CommandCall *call, GError **error)
{
	Target target;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	gboolean good = (!call->args[0] || check_target(&target, call->args[0], error)) && ask_attention(call, &target, error);
	g_free(target.address);
	return good;
}

const Command command_msg = {
	.name = "msg",
	.other_names = CALL_WORDS("m", "say"),
	.args = { { ARG_WHO, "WHO", FALSE, NULL }, { ARG_TEXT, "TEXT", FALSE, NULL } },
	.summary = "Sends a message to somebody or into a room.",
	.help = "WHO is a name as in the list, an address, a room, ROOM/NICK for one person in a room, or ACCOUNT/ADDRESS. A name with spaces is put in quotes. Where several could be meant, they are listed and nothing is sent. "
		"A message to somebody who is offline, or written while you are, is kept and sent later.\n\nExamples:\n    /msg alice@example.org good morning\n    /msg \"Alice Adams\" see you at ten\n    /msg work/bob@example.org hi",
	.run = run_msg,
};

const Command command_whisper = {
	.name = "whisper",
	.args = { { ARG_OCCUPANT, "NICK", FALSE, NULL }, { ARG_TEXT, "TEXT", FALSE, NULL } },
	.usage = "/whisper [ROOM] NICK TEXT",
	.summary = "Says something to one person in a room only.",
	.help = "It goes through the room to whoever has that name there now, and opens a chat of its own beside the room.\n\nExamples:\n    /whisper bob are you coming?\n    /whisper dev@conference.example.org bob are you coming?",
	.run = run_whisper,
};

const Command command_me = {
	.name = "me",
	.args = { { ARG_TEXT, "TEXT", FALSE, NULL } },
	.summary = "Says what you do, in the chat it is typed in.",
	.help = "Shown as: * Alice waves.\n\nExample:\n    /me waves",
	.run = run_me,
};

const Command command_attention = {
	.name = "attention",
	.other_names = CALL_WORDS("buzz"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Asks for somebody's attention, as a knock at the door does.",
	.help = "Their program may make a noise or shake. Without WHO: the other one of the chat it is typed in. Who asks you is shown in the chat and told as a mention is, once a minute each, and only if they are in your contact list and may see your presence.\n\nExamples:\n    /attention alice@example.org\n    /buzz",
	.needs = "attention",
	.run = run_attention,
};

const Command command_query = {
	.name = "query",
	.other_names = CALL_WORDS("q", "chat"),
	.place = RUNS_ON_SCREEN,
	.args = { { ARG_WHO, "WHO", FALSE, NULL }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Opens the chat with somebody in a tab.",
	.help = "WHO as in /msg. With TEXT it is sent as well.\n\nExamples:\n    /query alice@example.org\n    /query \"Alice Adams\" are you there?",
};
