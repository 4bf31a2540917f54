/* bookmark.c: the rooms that the network keeps for all devices of an account. */
#include "commands/call.h"
#include "base/json.h"
#include "base/text.h"
#include <string.h>

static const char *const switch_words[] = { "on", "off", NULL };

static gboolean change(CommandCall *call, const Target *room, const WireBookmark *wish, GError **error)
{
	WireBookmark copy = *wish;
	copy.account = room->account->name;
	copy.chat = room->address;
	return call_online_account(call, room->account->name, "bookmarks", error) &&
	       call->host->to_backend(call->hub, room->account, &copy, NULL, error) && call_done_silently(call);
}

static gboolean run_bookmark(CommandCall *call, GError **error)
{
	Target room;
	g_autofree char *name = NULL;
	if (!call_room_and_words(call, &room, &name, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	if (room.chat && room.chat->kind != CHAT_ROOM)
		return call_refuse(error, "\"%s\" is not a room", address);
	gboolean autojoin = room.chat && (room.chat->joined || room.chat->autojoin);
	return change(call, &room, &WIRE(BOOKMARK, Bookmark, .name = name, .nick = room.chat && room.chat->joined ? room.chat->nick : NULL, .autojoin = autojoin), error);
}

static gboolean run_unbookmark(CommandCall *call, GError **error)
{
	Target room;
	if (!call_room(call, call->args[0], &room, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	return change(call, &room, &WIRE(BOOKMARK, Bookmark, .gone = TRUE), error);
}

static gboolean run_autojoin(CommandCall *call, GError **error)
{
	Target room;
	const char *word = call->args[0];
	if (!g_strv_contains(switch_words, word))
		return call_refuse(error, "say on or off, not \"%s\"", word);
	if (!call_room(call, call->args[1], &room, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	return change(call, &room, &WIRE(BOOKMARK, Bookmark, .autojoin = !strcmp(word, "on")), error);
}

/* ---- listing ---- */

static int by_address(gconstpointer a, gconstpointer b)
{
	const Chat *one = *(Chat *const *)a, *two = *(Chat *const *)b;
	int accounts = strcmp(one->account->name, two->account->name);
	return accounts ? accounts : strcmp(one->address, two->address);
}

static void put_chat(GString *out, const Chat *chat, gboolean json)
{
	if (json) {
		json_open(out);
		json_put_text(out, "account", chat->account->name);
		json_put_text(out, "chat", chat->address);
		json_put_text(out, "name", chat->bookmark_name);
		json_put_flag(out, "autojoin", chat->autojoin);
		json_put_flag(out, "joined", chat->joined);
		json_close(out);
		g_string_append_c(out, '\n');
		return;
	}
	g_autofree char *address = text_clean(chat->address, TEXT_LINE), *name = chat->bookmark_name ? text_clean(chat->bookmark_name, TEXT_LINE) : NULL;
	g_string_append_printf(out, "%s/%s  %s%s%s%s\n", chat->account->name, address, chat->joined ? "joined" : "not joined", chat->autojoin ? ", autojoin" : "", name ? "  " : "",
	                       name ? name : "");
}

static gboolean run_bookmarks(CommandCall *call, GError **error)
{
	const GPtrArray *accounts = model_accounts(call->host->model);
	Account *only = call->args[0] ? call_account(call, call->args[0], error) : NULL;
	g_autoptr(GPtrArray) chats = g_ptr_array_new();
	g_autoptr(GString) out = g_string_new(NULL);
	if (call->args[0] && !only)
		return FALSE;
	for (guint i = 0; i < accounts->len; i++) {
		GHashTableIter iter;
		Chat *chat;
		g_hash_table_iter_init(&iter, ((Account *)accounts->pdata[i])->chats);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&chat))
			if (chat->bookmarked && (!only || chat->account == only))
				g_ptr_array_add(chats, chat);
	}
	g_ptr_array_sort(chats, by_address);
	for (guint i = 0; i < chats->len; i++)
		put_chat(out, chats->pdata[i], call->json);
	if (!chats->len && !call->json)
		return call_done(call, "no room is bookmarked");
	call_print_lines(call, out);
	return call_done_silently(call);
}

const Command command_bookmark = {
	.name = "bookmark",
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "NAME", TRUE, NULL } },
	.usage = "/bookmark [ROOM] [NAME]",
	.summary = "Keeps a room at the server, for all devices of the account.",
	.help = "Without ROOM the one it is typed in. NAME is a name of your own for it. A room that you are in is joined by every device from then on; /autojoin off changes that. Rooms that are entered with /join are kept without this as long as the setting bookmark_rooms is yes.\n\nExamples:\n    /bookmark\n    /bookmark Tea and cake\n    /bookmark dev@conference.example.org Developers",
	.needs = "bookmarks",
	.run = run_bookmark,
};

const Command command_unbookmark = {
	.name = "unbookmark",
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL } },
	.summary = "Keeps a room no longer at the server.",
	.help = "Without ROOM the one it is typed in. You stay in it until the account goes offline or /part; other devices leave it.\n\nExamples:\n    /unbookmark\n    /unbookmark dev@conference.example.org",
	.needs = "bookmarks",
	.run = run_unbookmark,
};

const Command command_autojoin = {
	.name = "autojoin",
	.args = { { ARG_WORD, NULL, FALSE, switch_words }, { ARG_ROOM, "ROOM", TRUE, NULL } },
	.summary = "Says whether the account's devices are to be in a room whenever they are online.",
	.help = "Without ROOM the one it is typed in. The room stays bookmarked, and you stay in it for now.\n\nExamples:\n    /autojoin off\n    /autojoin on dev@conference.example.org",
	.needs = "bookmarks",
	.run = run_autojoin,
};

const Command command_bookmarks = {
	.name = "bookmarks",
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, NULL } },
	.summary = "Lists the rooms that the network keeps.",
	.help = "With the name that was given to them, whether they are joined by every device, and whether you are in them. They are known once an account has been online.\n\nExamples:\n    /bookmarks\n    /bookmarks work",
	.run = run_bookmarks,
};
