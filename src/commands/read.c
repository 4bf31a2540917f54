/* read.c: looking at and into the history.
 *
 * These print; a screen has its own forms of search and history that open in place.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include "base/text.h"
#include <stdlib.h>
#include <string.h>

#define SEARCH_MAX 50
#define HISTORY_STANDARD 50
#define HISTORY_MAX 10000
#define MESSAGE_MAX_BYTES 30000 /* what is longer is cut with …; it must fit into one print whatever it holds */

typedef struct {
	const CommandCall *call;
	GPtrArray *lines; /* of char *, owned; newest first */
} Gathering;

static gboolean gather(const WireMessage *message, gpointer user)
{
	Gathering *gathering = user;
	GString *line = g_string_new(NULL);
	WireMessage shown = *message;
	g_autofree char *text = text_shorten(message->text, MESSAGE_MAX_BYTES);
	shown.text = text;
	listing_put_message(line, &shown, listing_person(gathering->call->host->model, message), gathering->call->json);
	g_ptr_array_add(gathering->lines, g_string_free(line, FALSE));
	return TRUE;
}

/* Prints oldest first. */
static void print_gathered(CommandCall *call, const GPtrArray *lines)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = lines->len; i-- > 0;)
		g_string_append(out, lines->pdata[i]);
	call_print_lines(call, out);
}

static gboolean run_search(CommandCall *call, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	Gathering gathering = { call, lines };
	if (!reader_search(call->host->reader, &(ReaderSearch){ .words = call->args[0], .limit = SEARCH_MAX }, gather, &gathering, error))
		return FALSE;
	print_gathered(call, lines);
	if (!lines->len && !call->json)
		return call_done(call, "nothing found");
	return call_done_silently(call);
}

static gboolean run_history(CommandCall *call, GError **error)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	Gathering gathering = { call, lines };
	gint64 limit = HISTORY_STANDARD;
	Target target;
	if (call->args[1] && !g_ascii_string_to_signed(call->args[1], 10, 1, HISTORY_MAX, &limit, NULL))
		return call_refuse(error, "how many messages is a number from 1 to %d, not \"%s\"", HISTORY_MAX, call->args[1]);
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!reader_before(call->host->reader, target.account->name, address, NULL, (guint)limit, gather, &gathering, error))
		return FALSE;
	print_gathered(call, lines);
	if (!lines->len && !call->json)
		return call_done(call, "there are no messages with \"%s\"", address);
	return call_done_silently(call);
}

static gboolean run_unread(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);
	listing_put_unread(out, call->host->model, call->json);
	call_print_lines(call, out);
	return call_done_silently(call);
}

/* ---- clearing ---- */

typedef struct {
	CommandCall *call;
	char *account, *chat;
} Clearing;

static void clearing_free(Clearing *clearing)
{
	g_free(clearing->account);
	g_free(clearing->chat);
	g_free(clearing);
}

/* The chat is empty: a room that we are in stays, anything else is gone from the list of chats. */
static void publish_cleared(CommandCall *call, const char *account_name, const char *address)
{
	const CommandHost *host = call->host;
	Account *account = model_account(host->model, account_name);
	Chat *chat = account ? model_chat(account, address) : NULL;
	if (!chat)
		return;
	g_autofree char *notify = g_strdup(chat->notify);
	if (chat->kind == CHAT_ROOM)
		host->publish(call->hub, &WIRE(CHAT, Chat, .account = account_name, .chat = address, .chat_kind = chat->kind, .notify = notify));
	else
		host->publish(call->hub, &WIRE(CHAT_GONE, ChatGone, .account = account_name, .chat = address));
}

static void on_cleared(G_GNUC_UNUSED History *history, G_GNUC_UNUSED gint64 id, const GError *error, gpointer user)
{
	Clearing *clearing = user;
	CommandCall *call = clearing->call;
	if (error) {
		call->fail(call, error->message);
	} else {
		publish_cleared(call, clearing->account, clearing->chat);
		call_done(call, "the messages with \"%s\" were removed for good", clearing->chat);
	}
	clearing_free(clearing);
}

static gboolean run_clear(CommandCall *call, GError **error)
{
	gboolean here = call->args[0] && !call->args[1] && !strcmp(call->args[0], "yes");
	Target target;
	if (!call_target(call, here ? NULL : call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address, *quoted = commands_quote(address);
	if (!here && g_strcmp0(call->args[1], "yes"))
		return call_refuse(error, "this removes all messages with \"%s\" for good; if you mean it: /clear %s/%s yes", address, target.account->name, quoted);
	Clearing *clearing = g_new(Clearing, 1);
	*clearing = (Clearing){ call, g_strdup(target.account->name), g_strdup(address) };
	history_clear_chat(call->host->history, clearing->account, clearing->chat, on_cleared, clearing);
	return TRUE;
}

const Command command_search = {
	.name = "search",
	.args = { { ARG_TEXT, "WORDS", FALSE, NULL } },
	.summary = "Searches all messages of all accounts.",
	.help = "All words must occur, in any order; \"a phrase\" is found as it stands, and a word that ends with * is the beginning of one. Upper case and accents do not matter.\n\nExamples:\n    /search invoice november\n    /search \"see you at ten\"\n    /search meet*",
	.run = run_search,
};

const Command command_history = {
	.name = "history",
	.other_names = CALL_WORDS("messages"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL }, { ARG_WORD, "COUNT", TRUE, NULL } },
	.summary = "Shows the last messages of a chat.",
	.help = "Without WHO of the chat it is typed in; 50 of them unless COUNT says otherwise.\n\nExamples:\n    /history\n    /history alice@example.org 200",
	.run = run_history,
};

const Command command_unread = {
	.name = "unread",
	.summary = "Prints how many messages are unread, and where.",
	.help = "Chats that are muted are listed, but not counted in the total.",
	.run = run_unread,
};

const Command command_clear = {
	.name = "clear",
	.args = { { ARG_WHO, "WHO", TRUE, CALL_WORDS("yes") }, { ARG_WORD, NULL, TRUE, CALL_WORDS("yes") } },
	.summary = "Removes all messages of a chat from the history, for good.",
	.help = "It can't be undone, so the word yes must stand at the end. Without WHO the chat it is typed in is meant. What others have of the chat stays with them.\n\nExamples:\n    /clear yes\n    /clear bob@example.org yes",
	.run = run_clear,
};
