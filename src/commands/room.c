/* room.c: rooms: entering, leaving, the own name, the topic, inviting.
 *
 * The account's setting rooms lists what is joined whenever it comes online; /join adds to it once the room let us in, /part takes
 * away from it at once, also when the account is offline.
 */
#include "commands/call.h"
#include <string.h>

/* An entry of rooms is ROOM or ROOM/NICK. */
static gboolean is_entry_of(const char *entry, const char *room)
{
	gsize length = strlen(room);
	return !strncmp(entry, room, length) && (!entry[length] || entry[length] == '/');
}

/* Puts an entry (NULL: none) in place of the room's. */
static gboolean set_entry(CommandCall *call, const char *account, const char *room, const char *entry, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	g_auto(GStrv) entries = g_strsplit(config_account_text(call->host->config, account, "rooms"), " ", -1);
	g_autoptr(GString) now = g_string_new(NULL);
	for (char **old = entries; *old; old++)
		if (**old && !is_entry_of(*old, room))
			g_string_append_printf(now, "%s%s", now->len ? " " : "", *old);
	if (entry)
		g_string_append_printf(now, "%s%s", now->len ? " " : "", entry);
	g_autofree char *group = g_strdup_printf("account %s", account);
	if (!strcmp(config_account_text(call->host->config, account, "rooms"), now->str))
		return TRUE;
	return call_set(call, group, "rooms", now->len ? now->str : NULL, error);
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

/* The room let us in: join it again next time. */
static void on_joined(CommandCall *call, const char *text, gint64 id)
{
	g_autoptr(GError) error = NULL;
	const char *room = strchr(call->args[3], '/') + 1;
	g_autofree char *account = g_strndup(call->args[3], (gsize)(room - call->args[3] - 1));
	g_autofree char *entry = call->args[1] && *call->args[1] ? g_strdup_printf("%s/%s", room, call->args[1]) : g_strdup(room);
	if (!strpbrk(entry, " \n") && config_has_account(call->host->config, account) && !set_entry(call, account, room, entry, &error))
		call_print(call, "it will not be joined by itself next time: %s", error->message);
	call_after(call, text, id);
}

static gboolean run_join(CommandCall *call, GError **error)
{
	Target target;
	if (!find_room(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (target.chat && target.chat->kind == CHAT_DIRECT && target.contact)
		return call_refuse(error, "\"%s\" is a contact, not a room", address);
	const char *nick = call->args[1] && *call->args[1] ? call->args[1] : config_account_text(call->host->config, target.account->name, "nick");
	if (!*nick)
		nick = config_text(call->host->config, "nick");
	/* The account and room are kept for on_joined in a slot that the declaration leaves free. */
	call->args[3] = g_strdup_printf("%s/%s", target.account->name, address);
	call_before_done(call, on_joined);
	if (call_backend(call, target.account, &WIRE(JOIN, Join, .account = target.account->name, .chat = address, .nick = *nick ? nick : NULL,
			.password = call->secret ? call->secret : call->args[2]), error))
		return TRUE;
	call->done = call->kept_done;
	return FALSE;
}

static gboolean run_part(CommandCall *call, GError **error)
{
	Target target;
	gboolean here = call->chat && call->chat->kind == CHAT_ROOM;
	if (!call_room(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!target.chat && !here)
		return call_refuse(error, "you are not in the room \"%s\"", address);
	if (!set_entry(call, target.account->name, address, NULL, error))
		return FALSE;
	if (!account_is_online(target.account))
		return call_done(call, "\"%s\" will not be joined again", address);
	return call_backend(call, target.account, &WIRE(PART, Part, .account = target.account->name, .chat = address, .text = call->args[1]), error);
}

static gboolean run_nick(CommandCall *call, GError **error)
{
	const char *room = call->chat && call->chat->kind == CHAT_ROOM ? call->chat->address : NULL;
	Account *account = call_online_account(call, NULL, NULL, error);
	if (!account)
		return FALSE;
	return call_backend(call, account, &WIRE(SET_NICK, SetNick, .account = account->name, .chat = room, .nick = call->args[0]), error);
}

static gboolean run_topic(CommandCall *call, GError **error)
{
	Target target;
	if (!call_room(call, NULL, &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	const char *topic = call->args[0];
	if (!topic && target.chat)
		return target.chat->topic ? call_done(call, "%s", target.chat->topic) : call_done(call, "no topic is set");
	return call_backend(call, target.account, &WIRE(SET_TOPIC, SetTopic, .account = target.account->name, .chat = address, .topic = g_strcmp0(topic, "-") ? topic : NULL), error);
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
	.args = { { ARG_ROOM, "ROOM", FALSE, NULL }, { ARG_WORD, "NICK", TRUE, NULL }, { ARG_WORD, "PASSWORD", TRUE, NULL } },
	.summary = "Enters a room.",
	.help = "It is joined again whenever the account comes online, until /part. NICK is the name to use there; without it the account's or the general setting nick is used. "
		"Where the account is not clear write ACCOUNT/ROOM. A room's password is not kept.\n\nExamples:\n    /join dev@conference.example.org\n    /join libera/#debian alice\n    /join secret@conference.example.org \"\" xyzzy",
	.needs = "rooms",
	.run = run_join,
};

const Command command_part = {
	.name = "part",
	.other_names = CALL_WORDS("leave"),
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Leaves a room.",
	.help = "Without ROOM the one it is typed in. The room is not joined by itself any more; its messages stay in the history. /join enters it again.\n\nExamples:\n    /part\n    /part dev@conference.example.org good night",
	.needs = "rooms",
	.run = run_part,
};

const Command command_nick = {
	.name = "nick",
	.args = { { ARG_TEXT, "NAME", FALSE, NULL } },
	.summary = "Changes your name in the room it is typed in, or on the network.",
	.help = "Networks with one name for everything, such as IRC, change it everywhere.\n\nExample:\n    /nick alice_away",
	.run = run_nick,
};

const Command command_topic = {
	.name = "topic",
	.args = { { ARG_TEXT, "TEXT", TRUE, NULL } },
	.summary = "Shows or changes the topic of the room it is typed in.",
	.help = "Without TEXT it is shown; \"-\" takes it away. Rooms may allow it to some people only.\n\nExamples:\n    /topic\n    /topic release on Friday\n    /topic -",
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
