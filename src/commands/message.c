/* message.c: what is done to a message that was sent: correcting, taking back, reacting, replying, looking at its versions; and loading older ones.
 *
 * A message is named by its number in the history (kith messages --json prints it; the screen fills it in), or by its place from the end of the
 * chat: ^ or -1 the last one, -2 the one before. What changes a message goes the way of messages: stored, then sent once.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include "base/moment.h"
#include "base/text.h"
#include <string.h>

#define LOOK_BACK 1000 /* messages that are counted back */
#define REACTIONS_MAX 16

/* ---- which message ---- */

typedef struct {
	gint64 skip;
	gboolean own;
	WireMessage *found; /* owned */
} Looking;

static gboolean look_each(const WireMessage *m, gpointer user)
{
	Looking *looking = user;
	if (m->type == MESSAGE_EVENT || (looking->own && (m->direction != DIRECTION_OUT || m->retracted)) || looking->skip-- > 0)
		return TRUE;
	looking->found = (WireMessage *)wire_copy(m);
	return FALSE;
}

/* How far from the end which means, from 1; 0: it is no such word. */
static gint64 place_of(const char *which)
{
	gint64 place = 0;
	if (!strcmp(which, "^"))
		return 1;
	return *which == '-' && g_ascii_string_to_signed(which + 1, 10, 1, LOOK_BACK, &place, NULL) ? place : 0;
}

static WireMessage *message_at(CommandCall *call, gint64 place, gboolean own, GError **error)
{
	Looking looking = { .skip = place - 1, .own = own };
	if (!call->chat) {
		call_refuse(error, "say which message by its number: this is not typed in a chat");
		return NULL;
	}
	if (!reader_before(call->host->reader, call->chat->account->name, call->chat->address, NULL, LOOK_BACK, look_each, &looking, error))
		return NULL;
	if (!looking.found)
		call_refuse(error, own ? "you have said nothing here that could be changed" : "there are no messages here yet");
	return looking.found;
}

/* The message that which names, owned; NULL and error. */
static WireMessage *find_message(CommandCall *call, const char *which, GError **error)
{
	Looking looking = { 0 };
	gint64 number = 0, place = place_of(which);
	if (place)
		return message_at(call, place, FALSE, error);
	if (!g_ascii_string_to_signed(which, 10, 1, G_MAXINT64, &number, NULL)) {
		call_refuse(error, "\"%s\" is not the number of a message, nor ^, -1, -2 …", which);
		return NULL;
	}
	if (!reader_message(call->host->reader, number, look_each, &looking, error) && error && *error)
		return NULL;
	if (!looking.found)
		call_refuse(error, "there is no message %s", which);
	return looking.found;
}

/* TRUE when word can only mean a message: a place, or the number of one of this chat. */
static gboolean names_message(CommandCall *call, const char *word)
{
	Looking looking = { 0 };
	gint64 number = 0;
	if (place_of(word))
		return TRUE;
	if (!g_ascii_string_to_signed(word, 10, 1, G_MAXINT64, &number, NULL))
		return FALSE;
	reader_message(call->host->reader, number, look_each, &looking, NULL);
	gboolean here = looking.found && (!call->chat || (!strcmp(looking.found->chat, call->chat->address) && !strcmp(looking.found->account, call->chat->account->name)));
	g_free(looking.found);
	return here;
}

/* While the account is offline nothing is known of what its network can; the amendment waits, as messages do. What has not been sent yet needs no
 * network to be changed. */
static gboolean check_ability(CommandCall *call, const WireMessage *message, const char *ability, const char *what, GError **error)
{
	const Account *account = model_account(call->host->model, message->account);
	if (!account)
		return call_refuse(error, "there is no account \"%s\" any more", message->account);
	if (account_is_online(account) && !account_can(account, ability) && message->state != MESSAGE_QUEUED)
		return call_refuse(error, "the network of \"%s\" knows no %s", account->name, what);
	return TRUE;
}

static gboolean amend(CommandCall *call, const WireMessage *message, MessageKind type, const char *text, GError **error)
{
	return call->host->send_message(call->hub, call, &WIRE(MESSAGE, Message, .account = message->account, .chat = message->chat,
		.chat_kind = message->chat_kind, .type = type, .text = text, .about = message->id), error);
}

/* ---- correcting ---- */

static gboolean run_correct(CommandCall *call, GError **error)
{
	const char *text = call->args[0], *space = strchr(text, ' ');
	g_autofree char *word = space ? g_strndup(text, (gsize)(space - text)) : NULL;
	gboolean named = word && names_message(call, word);
	g_autofree WireMessage *message = named ? find_message(call, word, error) : message_at(call, 1, TRUE, error);
	if (!message || !check_ability(call, message, "corrections", "corrections", error))
		return FALSE;
	if (message->direction != DIRECTION_OUT)
		return call_refuse(error, "only own messages can be corrected");
	return amend(call, message, MESSAGE_CORRECTION, named ? space + 1 : text, error);
}

/* ---- taking back ---- */

static gboolean moderate(CommandCall *call, const WireMessage *message, const char *why, GError **error)
{
	if (message->chat_kind != CHAT_ROOM)
		return call_refuse(error, "others' messages can be removed only in rooms, by their moderators");
	return check_ability(call, message, "moderation", "removing of others' messages", error) && amend(call, message, MESSAGE_MODERATION, why, error);
}

static gboolean run_retract(CommandCall *call, GError **error)
{
	g_autofree WireMessage *message = call->args[0] ? find_message(call, call->args[0], error) : message_at(call, 1, TRUE, error);
	if (!message)
		return FALSE;
	if (message->direction != DIRECTION_OUT)
		return moderate(call, message, NULL, error);
	return check_ability(call, message, "retractions", "taking back", error) && amend(call, message, MESSAGE_RETRACTION, NULL, error);
}

static gboolean run_moderate(CommandCall *call, GError **error)
{
	g_autofree WireMessage *message = find_message(call, call->args[0], error);
	return message && moderate(call, message, call->args[1], error);
}

/* ---- reacting ---- */

/* The user's own reactions: lines that end behind their space. */
static GPtrArray *own_reactions(const WireMessage *message)
{
	GPtrArray *own = g_ptr_array_new_with_free_func(g_free);
	for (const char *const *line = message->reactions; line && *line; line++) {
		const char *space = strchr(*line, ' ');
		if (space && !space[1])
			g_ptr_array_add(own, g_strndup(*line, (gsize)(space - *line)));
	}
	return own;
}

static void toggle(GPtrArray *own, const char *emoji)
{
	guint index;
	if (g_ptr_array_find_with_equal_func(own, emoji, g_str_equal, &index))
		g_ptr_array_remove_index(own, index);
	else
		g_ptr_array_add(own, g_strdup(emoji));
}

static gboolean run_react(CommandCall *call, GError **error)
{
	g_autofree WireMessage *message = find_message(call, call->args[0], error);
	if (!message || !check_ability(call, message, "reactions", "reactions", error))
		return FALSE;
	g_autoptr(GPtrArray) own = own_reactions(message);
	g_auto(GStrv) words = g_strsplit_set(call->args[1], " \t\n", -1);
	for (guint i = 0; words[i]; i++) {
		if (strlen(words[i]) > 64)
			return call_refuse(error, "a reaction is one emoji");
		if (!strcmp(words[i], "-"))
			g_ptr_array_set_size(own, 0);
		else if (*words[i])
			toggle(own, words[i]);
	}
	if (own->len > REACTIONS_MAX)
		return call_refuse(error, "nobody has more than %d reactions to a message", REACTIONS_MAX);
	g_ptr_array_add(own, NULL);
	g_autofree char *text = g_strjoinv(" ", (char **)own->pdata);
	return amend(call, message, MESSAGE_REACTIONS, text, error);
}

/* ---- replying ---- */

static gboolean run_reply(CommandCall *call, GError **error)
{
	const char *text = call->args[1];
	g_autofree WireMessage *message = find_message(call, call->args[0], error);
	if (!message || !check_ability(call, message, "replies", "replies", error))
		return FALSE;
	gboolean action = g_str_has_prefix(text, "/me ") && text[4];
	return amend(call, message, action ? MESSAGE_ACTION : MESSAGE_TEXT, action ? text + 4 : text, error);
}

/* ---- versions ---- */

typedef struct {
	CommandCall *call;
	GString *out;
	guint n;
} Printing;

static gboolean print_version(const WireMessage *m, gpointer user)
{
	Printing *printing = user;
	WireMessage version = *m;
	version.again = FALSE;
	printing->n++;
	listing_put_message(printing->out, &version, listing_person(printing->call->host->model, m), printing->call->json);
	return TRUE;
}

static gboolean run_versions(CommandCall *call, GError **error)
{
	g_autofree WireMessage *message = find_message(call, call->args[0], error);
	g_autoptr(GString) out = g_string_new(NULL);
	Printing printing = { call, out, 0 };
	if (!message || !reader_versions(call->host->reader, message->id, print_version, &printing, error))
		return FALSE;
	call_print_lines(call, out);
	return printing.n > 1 || call->json ? call_done_silently(call) : call_done(call, "it was never corrected");
}

/* ---- older ones ---- */

static gboolean note_time(const WireMessage *m, gpointer user)
{
	*(gint64 *)user = m->time;
	return FALSE;
}

static gboolean run_older(CommandCall *call, GError **error)
{
	Target target;
	gint64 before = 0;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!account_is_online(target.account))
		return call_refuse(error, "the account \"%s\" is not online", target.account->name);
	if (!account_can(target.account, "archive"))
		return call_refuse(error, "the server of \"%s\" keeps no archive", target.account->name);
	if (!reader_after(call->host->reader, target.account->name, address, NULL, 1, note_time, &before, error))
		return FALSE;
	return call_backend(call, target.account, &WIRE(FETCH, Fetch, .account = target.account->name, .chat = address, .chat_kind = target.kind, .before = before), error);
}

/* ---- the rows ---- */

#define WHICH "MESSAGE is ^ or -1 for the last one in the chat, -2 for the one before, or its number as kith messages --json tells. "

const Command command_correct = {
	.name = "correct",
	.args = { { ARG_TEXT, "TEXT", FALSE, NULL } },
	.usage = "/correct [MESSAGE] TEXT",
	.summary = "Corrects an own message.",
	.help = "TEXT takes the place of what was said; others see that it was corrected, and kith keeps the versions (/versions). Without MESSAGE the last thing you said in the chat. " WHICH
		"Programs that know no corrections show it as a new message.\n\nExamples:\n    /correct see you at eleven\n    /correct -3 see you at eleven",
	.needs = "corrections",
	.run = run_correct,
};

const Command command_retract = {
	.name = "retract",
	.args = { { ARG_WORD, "MESSAGE", TRUE, CALL_WORDS("^") } },
	.summary = "Takes a message back.",
	.help = "Others' programs are asked to remove it; who has read it has read it. Without MESSAGE the last thing you said in the chat. " WHICH
		"A moderator of a room can remove others' messages there as well, see /moderate.\n\nExamples:\n    /retract\n    /retract -2",
	.needs = "retractions",
	.run = run_retract,
};

const Command command_moderate = {
	.name = "moderate",
	.args = { { ARG_WORD, "MESSAGE", FALSE, CALL_WORDS("^") }, { ARG_TEXT, "REASON", TRUE, NULL } },
	.summary = "Removes somebody's message from a room, as its moderator.",
	.help = WHICH "REASON is shown to everybody in the room.\n\nExample:\n    /moderate -1 this is not the place for advertising",
	.needs = "moderation",
	.run = run_moderate,
};

const Command command_react = {
	.name = "react",
	.args = { { ARG_WORD, "MESSAGE", FALSE, CALL_WORDS("^") }, { ARG_TEXT, "EMOJI…", FALSE, CALL_WORDS("👍", "👎", "❤️", "😂", "😮", "🙏") } },
	.summary = "Puts emoji under a message, or takes them away.",
	.help = "An emoji that you put there before is taken away; - takes all of yours away. " WHICH "\n\nExamples:\n    /react ^ 👍\n    /react -2 ❤️ 🙏\n    /react ^ -",
	.needs = "reactions",
	.run = run_react,
};

const Command command_reply = {
	.name = "reply",
	.args = { { ARG_WORD, "MESSAGE", FALSE, CALL_WORDS("^") }, { ARG_TEXT, "TEXT", FALSE, NULL } },
	.summary = "Answers one message.",
	.help = "The answer points at the message, and programs that know no replies get its words as a quote. " WHICH "\n\nExamples:\n    /reply ^ me too\n    /reply 4711 that was long ago",
	.needs = "replies",
	.run = run_reply,
};

const Command command_versions = {
	.name = "versions",
	.args = { { ARG_WORD, "MESSAGE", FALSE, CALL_WORDS("^") } },
	.summary = "Shows what a message said before it was corrected.",
	.help = "The original first, then each correction. " WHICH "\n\nExample:\n    /versions ^",
	.run = run_versions,
};

const Command command_older = {
	.name = "older",
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Loads older messages of a chat from the server's archive.",
	.help = "A page of those before the oldest one that is here; a screen does it by itself when you scroll up. Without WHO for the chat it is typed in.\n\nExamples:\n    /older\n    /older alice@example.org",
	.needs = "archive",
	.run = run_older,
};
