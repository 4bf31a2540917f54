/* room.c: rooms: entering, leaving, the own name, the topic, inviting.
 *
 * Which rooms are entered again whenever an account comes online is kept by the hub; the account's setting rooms is the person's own list
 * beside it, and /part takes a room out of that too, so that it stays left.
 */
#include "commands/call.h"
#include <string.h>

static gboolean forget_room(CommandCall *call, const char *account, const char *room, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	Config *config = call->host->config;
	g_auto(GStrv) rooms = g_strsplit_set(config_account_text(config, account, "rooms"), " ,;", -1);
	g_autoptr(GString) now = g_string_new(NULL);
	g_autofree char *group = g_strdup_printf("account %s", account);
	if (!g_strv_contains((const char *const *)rooms, room))
		return TRUE;
	for (char **old = rooms; *old; old++)
		if (**old && strcmp(*old, room))
			g_string_append_printf(now, "%s%s", now->len ? " " : "", *old);
	config_set(config, group, "rooms", now->len ? now->str : NULL);
	return call_save(call, error);
}

/* The account that a room that nobody knows yet is on: that of the chat, else the only one whose addresses look like it. */
static Account *account_for_room(CommandCall *call, const char *room, GError **error)
{
	const GPtrArray *accounts = model_accounts(call->host->model);
	gboolean has_at = strchr(room, '@') != NULL;
	Account *found = NULL;
	if (call->account)
		return call->account;
	for (guint i = 0; i < accounts->len; i++) {
		Account *account = accounts->pdata[i];
		if (has_at != !strcmp(account->protocol, "xmpp") || !account->enabled)
			continue;
		if (found) {
			call_refuse(error, "several accounts could join \"%s\"; write ACCOUNT/ROOM", room);
			return NULL;
		}
		found = account;
	}
	return found ? found : call_account(call, NULL, error);
}

static gboolean find_room(CommandCall *call, const char *room, Target *target, GError **error)
{
	const char *slash = room ? strchr(room, '/') : NULL;
	g_autofree char *name = slash ? g_strndup(room, (gsize)(slash - room)) : NULL;
	if (!room || (name && model_account(call->host->model, name)))
		return call_room(call, room, target, error);
	if (model_find(call->host->model, room, NULL, target, NULL) && target->chat)
		return TRUE;
	g_free(target->address);
	Account *account = account_for_room(call, room, error);
	if (!account)
		return FALSE;
	*target = (Target){ .account = account, .address = g_strdup(room), .kind = CHAT_ROOM };
	return TRUE;
}

static gboolean run_join(CommandCall *call, GError **error)
{
	Target target;
	if (!(call->args[0] ? find_room(call, call->args[0], &target, error) : call_room(call, NULL, &target, error)))
		return FALSE;
	g_autofree char *address = target.address;
	if (target.contact)
		return call_refuse(error, "\"%s\" is a contact, not a room", address);
	const char *kept = target.chat && target.chat->bookmark_nick ? target.chat->bookmark_nick : "";
	/* Where a name can't be chosen for a room there is only one word left to say. */
	gboolean one_name = account_can(target.account, "onename") && call->args[1] && !call->args[2];
	const char *password = call->secret ? call->secret : one_name ? call->args[1] : call->args[2];
	const char *nick = call->args[1] && *call->args[1] && !one_name ? call->args[1] : *kept ? kept : config_account_text(call->host->config, target.account->name, "nick");
	if (!*nick)
		nick = config_text(call->host->config, "nick");
	return call_backend(call, target.account, &WIRE(JOIN, Join, .account = target.account->name, .chat = address, .nick = *nick ? nick : NULL,
		.password = password), error);
}

static gboolean run_part(CommandCall *call, GError **error)
{
	Target target;
	g_autofree char *words = NULL;
	if (!call_room_and_words(call, &target, &words, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!target.chat)
		return call_refuse(error, "you are not in the room \"%s\"", address);
	if (!forget_room(call, target.account->name, address, error))
		return FALSE;
	return call_backend(call, target.account, &WIRE(PART, Part, .account = target.account->name, .chat = address, .text = words), error);
}

static gboolean set_nick(CommandCall *call, Account *account, const char *room, const char *nick, GError **error)
{
	return call_backend(call, account, &WIRE(SET_NICK, SetNick, .account = account->name, .chat = room, .nick = nick), error);
}

static gboolean run_nick(CommandCall *call, GError **error)
{
	Target target;
	const char *first = call->args[0], *rest = call->args[1];
	Account *named = rest ? model_account(call->host->model, first) : NULL;
	if (named)
		return set_nick(call, named, NULL, rest, error);
	if (rest && call_is_room(call, first)) {
		if (!call_room(call, first, &target, error))
			return FALSE;
		g_autofree char *address = target.address;
		return set_nick(call, target.account, address, rest, error);
	}
	Account *account = call_online_account(call, NULL, NULL, error);
	if (!account)
		return FALSE;
	g_autofree char *nick = rest ? g_strdup_printf("%s %s", first, rest) : g_strdup(first);
	return set_nick(call, account, call->chat && call->chat->kind == CHAT_ROOM ? call->chat->address : NULL, nick, error);
}

static gboolean run_topic(CommandCall *call, GError **error)
{
	Target target;
	g_autofree char *topic = NULL;
	if (!call_room_and_words(call, &target, &topic, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!target.chat)
		return call_refuse(error, "you are not in the room \"%s\"", address);
	if (!topic)
		return target.chat->topic ? call_done(call, "%s", target.chat->topic) : call_done(call, "no topic is set");
	return call_backend(call, target.account, &WIRE(SET_TOPIC, SetTopic, .account = target.account->name, .chat = address, .topic = strcmp(topic, "-") ? topic : NULL), error);
}

static gboolean run_invite(CommandCall *call, GError **error)
{
	Target room, who;
	if (!call_room(call, call->args[1], &room, error))
		return FALSE;
	g_autofree char *address = room.address;
	if (!model_find(call->host->model, call->args[0], room.account, &who, error))
		return FALSE;
	g_autofree char *guest = who.address;
	return call_backend(call, room.account, &WIRE(INVITE, Invite, .account = room.account->name, .chat = address, .address = guest, .text = call->args[2]), error);
}

const Command command_join = {
	.name = "join",
	.other_names = CALL_WORDS("j"),
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_WORD, "NICK", TRUE, NULL }, { ARG_WORD, "PASSWORD", TRUE, NULL } },
	.summary = "Enters a room.",
	.help = "It is joined again whenever the account comes online, until /part. NICK is the name to use there; without it that of the bookmark, the account's or the general setting nick is used. On networks with one name for everything, such as IRC, the word behind ROOM is the PASSWORD (the key of the channel). "
		"Without ROOM the one it is typed in. Where the account is not clear write ACCOUNT/ROOM. Where the network keeps bookmarks the room becomes one, with its password, and your other devices follow (setting bookmark_rooms); else a password is kept until the hub ends.\n\nExamples:\n    /join\n    /join dev@conference.example.org\n    /join libera/#secret xyzzy\n    /join dev@conference.example.org alice\n    /join secret@conference.example.org \"\" xyzzy",
	.needs = "rooms",
	.run = run_join,
};

const Command command_part = {
	.name = "part",
	.other_names = CALL_WORDS("leave"),
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Leaves a room.",
	.help = "Without ROOM the one it is typed in. The room is not joined by itself any more, on other devices neither where the network keeps bookmarks; its messages stay in the history. /join enters it again.\n\nExamples:\n    /part\n    /part good night\n    /part dev@conference.example.org",
	.needs = "rooms",
	.run = run_part,
};

const Command command_nick = {
	.name = "nick",
	.args = { { ARG_ROOM, "ROOM", FALSE, NULL }, { ARG_TEXT, "NAME", TRUE, NULL } },
	.usage = "/nick [ROOM | ACCOUNT] NAME",
	.summary = "Changes your name in a room, or on the network.",
	.help = "Without ROOM in the one it is typed in. Networks with one name for everything, such as IRC, change it everywhere.\n\nExamples:\n    /nick alice_away\n    /nick libera alice_away\n    /nick work/dev@conference.example.org alice",
	.run = run_nick,
};

const Command command_topic = {
	.name = "topic",
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Shows or changes the topic of a room.",
	.help = "Without ROOM of the one it is typed in. Without TEXT it is shown; \"-\" takes it away. Rooms may allow it to some people only.\n\nExamples:\n    /topic\n    /topic release on Friday\n    /topic -\n    /topic dev@conference.example.org release on Friday",
	.needs = "topic",
	.run = run_topic,
};

const Command command_invite = {
	.name = "invite",
	.args = { { ARG_WHO, "WHO", FALSE, NULL }, { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Invites somebody into a room.",
	.help = "Without ROOM into the one it is typed in. TEXT is a word that goes with the invitation.\n\nExample:\n    /invite bob@example.org dev@conference.example.org come and look",
	.needs = "invite",
	.run = run_invite,
};
