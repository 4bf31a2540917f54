/* file.c: sending files, saving and opening those that others sent, and what is on its way. */
#include "base/filename.h"
#include "base/json.h"
#include "base/open.h"
#include "base/text.h"
#include "commands/call.h"
#include <stdlib.h>
#include <string.h>

#define LOOK_BACK 500
#define FILES_MAX 100

/* ---- sending ---- */

typedef struct {
	GPtrArray *paths;
	char *who, *name;
	gboolean direct, options_end;
	char **wanted; /* the option whose value is next */
} Sending;

static void sending_clear(Sending *s)
{
	if (s->paths)
		g_ptr_array_unref(s->paths);
	g_free(s->who);
	g_free(s->name);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Sending, sending_clear)

static gboolean read_word(const CommandCall *call, Sending *s, const char *word, GError **error)
{
	if (s->wanted) {
		g_free(*s->wanted);
		*s->wanted = g_strdup(word);
		s->wanted = NULL;
	} else if (!s->options_end && !strcmp(word, "--")) {
		s->options_end = TRUE;
	} else if (!s->options_end && !strcmp(word, "--direct")) {
		s->direct = TRUE;
	} else if (!s->options_end && !strcmp(word, "--to")) {
		s->wanted = &s->who;
	} else if (!s->options_end && !strcmp(word, "--name")) {
		s->wanted = &s->name;
	} else if (!s->options_end && g_str_has_prefix(word, "--")) {
		return call_refuse(error, "there is no option \"%s\"; a file of that name is written behind --", word);
	} else if (!*word) {
		return call_refuse(error, "a file has a name");
	} else if (!s->options_end && !strcmp(word, "-")) {
		return call_refuse(error, "nothing is piped into a command; \"kith send --file -\" sends what is piped into it, a file of that name is written ./-");
	} else if (s->paths->len >= FILES_MAX) {
		return call_refuse(error, "that is more than %d files at once", FILES_MAX);
	} else {
		g_ptr_array_add(s->paths, call_path(call, word));
	}
	return TRUE;
}

static gboolean run_send(CommandCall *call, GError **error)
{
	g_auto(Sending) s = { .paths = g_ptr_array_new_with_free_func(g_free) };
	const char *rest = call->args[COMMAND_ARGS_MAX - 1];
	g_autoptr(GError) why = NULL;
	Target target;
	for (guint i = 0; i + 1 < COMMAND_ARGS_MAX && call->args[i]; i++)
		if (!read_word(call, &s, call->args[i], error))
			return FALSE;
	for (char *word; rest && (word = commands_next_word(&rest, &why));) {
		g_autofree char *owned = word;
		if (!read_word(call, &s, owned, error))
			return FALSE;
	}
	if (why) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (s.wanted || !s.paths->len)
		return call_refuse(error, s.wanted ? "the last option lacks its value" : "say which file");
	if (s.name && s.paths->len > 1)
		return call_refuse(error, "--name is for one file");
	if (!call_target(call, s.who, &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!account_can(target.account, "files") && account_is_online(target.account))
		return call_refuse(error, "the network of \"%s\" does not carry files", target.account->name);
	g_ptr_array_add(s.paths, NULL);
	return call->host->send_files(call->hub, call, &(FileSend){ .account = target.account, .chat = address, .chat_kind = target.kind,
		.paths = (const char *const *)s.paths->pdata, .name = s.name, .direct = s.direct }, error);
}

/* ---- which message ---- */

/* The first link in a text that is fetched or opened, or NULL. */
static char *link_in(const char *text, gboolean web)
{
	for (const char *p = text ? text : ""; *p;) {
		gsize length = strcspn(p, " \t\n<>\"");
		g_autofree char *word = g_strndup(p, length);
		while (length && strchr(".,;:!?)'", word[length - 1]))
			word[--length] = 0;
		if (open_is_link(word) && (!web || !g_ascii_strncasecmp(word, "http://", 7) || !g_ascii_strncasecmp(word, "https://", 8)))
			return g_steal_pointer(&word);
		p += strcspn(p, " \t\n<>\"");
		p += strspn(p, " \t\n<>\"");
	}
	return NULL;
}

typedef struct {
	guint skip;        /* so many that would do are passed over */
	gboolean any, web;
	WireMessage *found;
} Looking;

static gboolean look_each(const WireMessage *m, gpointer user)
{
	Looking *looking = user;
	g_autofree char *link = looking->any || (m->attachments && *m->attachments) ? NULL : link_in(m->text, looking->web);
	if (!looking->any && !link && !(m->attachments && *m->attachments))
		return TRUE;
	if (looking->skip) {
		looking->skip--;
		return TRUE;
	}
	looking->found = (WireMessage *)wire_copy(m);
	return FALSE;
}

/* The message that which names (an id, -1 for the last one in the chat, ^; NULL: the last one with a file or link), owned. */
static WireMessage *find_message(CommandCall *call, const char *which, gboolean web, GError **error)
{
	Looking looking = { .any = which != NULL, .web = web };
	char *end = NULL;
	gint64 number = which ? g_ascii_strtoll(which, &end, 10) : 0;
	if (which && strcmp(which, "^") && (*end || !number)) {
		call_refuse(error, "\"%s\" is neither a message's number nor a link", which);
		return NULL;
	}
	if (number > 0) {
		if (!reader_message(call->host->reader, number, look_each, &looking, error) && error && *error)
			return NULL;
	} else if (!call->chat) {
		call_refuse(error, "say which message by its number: this is not typed in a chat");
		return NULL;
	} else {
		looking.skip = number < -1 ? (guint)MIN(-number - 1, LOOK_BACK) : 0;
		if (!reader_before(call->host->reader, call->chat->account->name, call->chat->address, NULL, LOOK_BACK, look_each, &looking, error))
			return NULL;
	}
	if (!looking.found)
		call_refuse(error, which ? "there is no message \"%s\"" : "there is no file and no link among the last messages%s", which ? which : "");
	return looking.found;
}

/* ---- saving ---- */

static gboolean is_url(const char *word)
{
	return strstr(word, "://") != NULL;
}

typedef struct {
	gint64 message, number;
} Offer;

static void find_offer(const WireTransfer *t, gpointer user)
{
	Offer *offer = user;
	if (t->id == offer->message && t->state == TRANSFER_OFFERED)
		offer->number = g_ascii_strtoll(t->transfer, NULL, 10);
}

static gboolean save_message(CommandCall *call, const WireMessage *message, const char *path, GError **error)
{
	g_autofree char *link = link_in(message->text, TRUE);
	const char *const links[] = { link, NULL };
	Account *account = model_account(call->host->model, message->account);
	gboolean attached = message->attachments && *message->attachments;
	if (!account)
		return call_refuse(error, "the account \"%s\" of that message is gone", message->account);
	Offer offer = { message->id, 0 };
	call->host->each_transfer(call->hub, find_offer, &offer);
	if (offer.number)
		return call->host->change_transfer(call->hub, call, TRANSFER_ACT_TAKE, offer.number, path, error);
	if (!attached && !link)
		return call_refuse(error, "there is no file in that message, and no link to one");
	return call->host->save_files(call->hub, call, &(FileSave){ .account = account, .chat = message->chat, .message = message->id,
		.attachments = attached ? message->attachments : links, .path = path }, error);
}

static gboolean run_save(CommandCall *call, GError **error)
{
	const char *which = call->args[0], *to = call->args[1];
	if (which && !to && strchr("/~.", *which)) {
		to = which;
		which = NULL;
	}
	g_autofree char *path = to ? call_path(call, to) : NULL;
	if (which && is_url(which)) {
		const char *const links[] = { which, NULL };
		Account *account = call_account(call, NULL, error);
		return account && call->host->save_files(call->hub, call, &(FileSave){ .account = account, .chat = call->chat ? call->chat->address : NULL,
			.attachments = links, .path = path }, error);
	}
	g_autofree WireMessage *message = find_message(call, which, TRUE, error);
	return message && save_message(call, message, path, error);
}

/* ---- opening ---- */

static gboolean run_open(CommandCall *call, GError **error)
{
	const char *which = call->args[0], *opener = config_text(call->host->config, "opener");
	if (!*opener)
		return call_refuse(error, "the setting opener names no program");
	if (which && open_is_link(which))
		return open_with(opener, which, error) && call_done_silently(call);
	g_autofree WireMessage *message = find_message(call, which, FALSE, error);
	if (!message)
		return FALSE;
	if (message->saved && g_file_test(message->saved, G_FILE_TEST_IS_REGULAR))
		return open_with(opener, message->saved, error) && call_done_silently(call);
	g_autofree char *attached = message->attachments && *message->attachments ? g_strndup(*message->attachments, strcspn(*message->attachments, "\n")) : NULL;
	g_autofree char *link = attached ? g_steal_pointer(&attached) : link_in(message->text, FALSE);
	if (!link)
		return call_refuse(error, "there is no file and no link in that message");
	return open_with(opener, link, error) && call_done_silently(call);
}

/* ---- what is on its way ---- */

typedef struct {
	GString *out;
	gboolean json;
} Listing;

static void list_json(GString *out, const WireTransfer *t)
{
	json_open(out);
	json_put_number(out, "number", g_ascii_strtoll(t->transfer, NULL, 10));
	json_put_text(out, "account", t->account);
	json_put_text_or_null(out, "chat", t->chat);
	json_put_text(out, "direction", wire_words_direction[t->direction]);
	json_put_text(out, "state", wire_words_transfer_state[t->state]);
	json_put_text_or_null(out, "name", t->name);
	json_put_text_or_null(out, "type", t->type);
	json_put_number(out, "size", t->size);
	json_put_number(out, "moved", t->moved);
	json_put_text_or_null(out, "path", t->path);
	json_put_text_or_null(out, "text", t->text);
	json_close(out);
	g_string_append_c(out, '\n');
}

static void list_each(const WireTransfer *t, gpointer user)
{
	Listing *listing = user;
	if (listing->json) {
		list_json(listing->out, t);
		return;
	}
	g_autofree char *name = text_clean(t->name, TEXT_LINE), *chat = text_clean(t->chat ? t->chat : "a link", TEXT_LINE), *size = filename_size(t->size);
	g_autofree char *text = text_clean(t->text ? t->text : t->path, TEXT_LINE), *number = g_strdup_printf("%s", t->transfer);
	call_put_column(listing->out, number, 4);
	call_put_column(listing->out, wire_words_transfer_state[t->state], 11);
	if (t->state == TRANSFER_ACTIVE && t->size)
		g_string_append_printf(listing->out, "%d%% of ", (int)(t->moved * 100 / t->size));
	g_string_append_printf(listing->out, "%s (%s) %s %s%s%s\n", name, t->size ? size : "size not known", t->direction == DIRECTION_OUT ? "to" : "from", chat, *text ? ": " : "", text);
}

static gboolean run_transfers(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	Listing listing = { g_string_new(NULL), call->json };
	call->host->each_transfer(call->hub, list_each, &listing);
	if (!listing.out->len && !call->json)
		g_string_append(listing.out, "no file is on its way");
	call_print_lines(call, listing.out);
	g_string_free(listing.out, TRUE);
	return call_done_silently(call);
}

static gboolean change(CommandCall *call, TransferAct act, const char *path, GError **error)
{
	const char *word = call->args[0];
	char *end = NULL;
	gint64 number = word ? g_ascii_strtoll(word, &end, 10) : 0;
	if (word && (*end || number <= 0))
		return call_refuse(error, "\"%s\" is no number of a file; /transfers lists them", word);
	return call->host->change_transfer(call->hub, call, act, number, path, error);
}

static gboolean run_cancel(CommandCall *call, GError **error)
{
	return change(call, TRANSFER_ACT_CANCEL, NULL, error);
}

static gboolean run_retry(CommandCall *call, GError **error)
{
	return change(call, TRANSFER_ACT_RETRY, NULL, error);
}

static gboolean run_take(CommandCall *call, GError **error)
{
	g_autofree char *path = call->args[1] ? call_path(call, call->args[1]) : NULL;
	return change(call, TRANSFER_ACT_TAKE, path, error);
}

static gboolean run_refuse(CommandCall *call, GError **error)
{
	return change(call, TRANSFER_ACT_REFUSE, NULL, error);
}

/* ---- the rows ---- */

#define FILE_ARG { ARG_FILE, "FILE", TRUE, CALL_WORDS("--direct", "--name", "--to") }

const Command command_send = {
	.name = "send",
	.other_names = CALL_WORDS("upload"),
	.args = { FILE_ARG, FILE_ARG, FILE_ARG, FILE_ARG, FILE_ARG, { ARG_TEXT, "FILE", TRUE, NULL } },
	.usage = "/send [--to WHO] [--name NAME] [--direct] FILE…",
	.summary = "Sends files to somebody or into a room.",
	.help = "Without --to into the chat it is typed in. Each file goes out in a message of its own, one after the other; names with spaces are put in quotes, ~ is the home directory, and a path that begins with neither / nor ~ counts from the directory in which this kith was started. "
		"The file is put on the account's server and everybody who knows the link can fetch it from there; with --direct, or where the server takes no files, it goes straight to the other's program if that is online and can take it. --name tells another name. "
		"A copy is made first, so the file may be changed or removed meanwhile. /transfers shows how far it is.\n\nExamples:\n    /send ~/report.pdf\n    /send \"holiday one.jpg\" \"holiday two.jpg\"\n    /send --to alice@example.org --name log.txt /var/log/syslog",
	.needs = "files",
	.run = run_send,
};

const Command command_save = {
	.name = "save",
	.args = { { ARG_WORD, "MESSAGE|URL", TRUE, NULL }, { ARG_FILE, "PATH", TRUE, NULL } },
	.summary = "Fetches the files of a message.",
	.help = "MESSAGE is its number as kith messages --json tells, or -1 for the last one in the chat, -2 for the one before; without it the last one with a file or a link is meant. PATH is a directory, or the file to save as; without it the setting download_dir. "
		"Nothing is ever overwritten: a name that is taken gets a number. Nothing is ever fetched unasked, nothing larger than download_max, and nothing from private networks unless download_private is set. What broke off is gone on with. A message that tells of an offer takes it, as /take does.\n\n"
		"Examples:\n    /save\n    /save 4711 ~/pictures/\n    /save https://example.org/paper.pdf",
	.run = run_save,
};

const Command command_open = {
	.name = "open",
	.args = { { ARG_WORD, "MESSAGE|URL", TRUE, NULL } },
	.summary = "Opens a saved file or a link with your program for it.",
	.help = "MESSAGE as in /save. A file that was saved is opened, else the link to it. The program is the setting opener. Only links that begin with http, https, xmpp, mailto or geo are opened.\n\nExamples:\n    /open\n    /open 4711",
	.run = run_open,
};

const Command command_transfers = {
	.name = "transfers",
	.other_names = CALL_WORDS("files"),
	.summary = "Lists the files on their way.",
	.help = "With the numbers that /cancel, /retry, /take and /refuse want, the newest at the end; also the last ones that are over.",
	.run = run_transfers,
};

const Command command_cancel = {
	.name = "cancel",
	.args = { { ARG_WORD, "NUMBER", TRUE, NULL } },
	.summary = "Gives up a file on its way.",
	.help = "NUMBER as in /transfers; without it the newest that is not over. /retry begins again; what was fetched already is not fetched twice.\n\nExamples:\n    /cancel\n    /cancel 3",
	.run = run_cancel,
};

const Command command_retry = {
	.name = "retry",
	.args = { { ARG_WORD, "NUMBER", TRUE, NULL } },
	.summary = "Tries again to send or fetch a file that failed.",
	.help = "NUMBER as in /transfers; without it the newest that failed or was cancelled.\n\nExamples:\n    /retry\n    /retry 3",
	.run = run_retry,
};

const Command command_take = {
	.name = "take",
	.args = { { ARG_WORD, "NUMBER", TRUE, NULL }, { ARG_FILE, "PATH", TRUE, NULL } },
	.summary = "Takes a file that somebody offers directly.",
	.help = "NUMBER as in the offer and in /transfers; without it the newest offer. PATH as in /save.\n\nExamples:\n    /take\n    /take 3 ~/from-alice.pdf",
	.run = run_take,
};

const Command command_refuse = {
	.name = "refuse",
	.args = { { ARG_WORD, "NUMBER", TRUE, NULL } },
	.summary = "Declines a file that somebody offers directly.",
	.help = "NUMBER as in the offer and in /transfers; without it the newest offer.\n\nExamples:\n    /refuse\n    /refuse 3",
	.run = run_refuse,
};
