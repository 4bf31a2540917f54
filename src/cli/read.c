/* read.c: kith messages, search, tail: reading the history where it lies, and following it.
 *
 * tail attaches first, reads then, and prints only what has a larger id than what it read: nothing is missed and nothing doubled, because the
 * hub tells of a message only after it is stored.
 */
#include "cli/inside.h"
#include "cli/client.h"
#include "cli/print.h"
#include "commands/listing.h"
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#define LIMIT_STANDARD 50

/* What is read and for whom. */
typedef struct {
	const Cli *cli;
	Offline offline;
	Target target;     /* address NULL: all chats */
	GPtrArray *lines;  /* of char *, owned: gathered newest first */
	gint64 last;       /* the largest id seen */
} Reading;

static void reading_clear(Reading *reading)
{
	g_free(reading->target.address);
	if (reading->lines)
		g_ptr_array_unref(reading->lines);
	offline_clear(&reading->offline);
}

/* Opens what can be read, and finds WHO (may be NULL). */
static gboolean reading_open(Reading *reading, const Cli *cli, const char *who, GError **error)
{
	*reading = (Reading){ .cli = cli };
	if (!offline_open(&reading->offline, cli->paths, error))
		return FALSE;
	reading->lines = g_ptr_array_new_with_free_func(g_free);
	if (!who)
		return TRUE;
	if (!offline_find(&reading->offline, cli, who, &reading->target, error)) {
		reading_clear(reading);
		return FALSE;
	}
	return TRUE;
}

static gboolean is_wanted(const Reading *reading, const WireMessage *message)
{
	const char *account = reading->target.address ? reading->target.account->name : reading->cli->account;
	if (account && strcmp(message->account, account))
		return FALSE;
	return !reading->target.address || !strcmp(message->chat, reading->target.address);
}

static gboolean gather(const WireMessage *message, gpointer user)
{
	Reading *reading = user;
	if (message->time < reading->cli->since && reading->target.address)
		return FALSE;
	reading->last = MAX(reading->last, message->id);
	if (message->time < reading->cli->since || !is_wanted(reading, message))
		return TRUE;
	GString *line = g_string_new(NULL);
	listing_put_message(line, message, listing_person(reading->offline.model, message), reading->cli->json);
	g_ptr_array_add(reading->lines, g_string_free(line, FALSE));
	return TRUE;
}

static void print_gathered(const Reading *reading)
{
	for (guint i = reading->lines->len; i-- > 0;)
		fputs(reading->lines->pdata[i], stdout);
}

static guint limit_of(const Cli *cli, guint standard)
{
	return cli->limit ? (guint)cli->limit : cli->since ? G_MAXINT32 : standard;
}

/* Gathers the newest messages that are wanted. */
static gboolean gather_newest(Reading *reading, guint limit, GError **error)
{
	const char *account = reading->target.address ? reading->target.account->name : reading->cli->account;
	return !reading->offline.reader || reader_before(reading->offline.reader, account, reading->target.address, NULL, limit, gather, reading, error);
}

int cli_run_messages(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	Reading reading;
	if (cli->n_words > 1)
		return cli_refuse_usage(cli, "messages takes one name; put one with spaces in quotes");
	if (!reading_open(&reading, cli, cli->n_words ? cli->words[0] : NULL, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	int code = CLI_DONE;
	if (!gather_newest(&reading, limit_of(cli, LIMIT_STANDARD), &error))
		code = cli_say(CLI_FAILED, "%s", error->message);
	else if (!reading.lines->len && reading.target.address && !reading.target.chat && !reading.target.contact)
		code = cli_say(CLI_FAILED, "there are no messages with \"%s\"", cli->words[0]);
	else
		print_gathered(&reading);
	reading_clear(&reading);
	return code;
}

int cli_run_search(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	Reading reading;
	if (!cli->n_words)
		return cli_refuse_usage(cli, "say what to search for");
	g_autofree char *words = g_strjoinv(" ", cli->words);
	if (!g_utf8_validate(words, -1, NULL))
		return cli_say(CLI_FAILED, "the words are not UTF-8");
	if (!reading_open(&reading, cli, NULL, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	ReaderSearch search = { .words = words, .account = cli->account, .since = cli->since, .limit = limit_of(cli, LIMIT_STANDARD) };
	int code = CLI_DONE;
	if (reading.offline.reader && !reader_search(reading.offline.reader, &search, gather, &reading, &error))
		code = cli_say(CLI_FAILED, "%s", error->message);
	else
		print_gathered(&reading);
	reading_clear(&reading);
	return code;
}

/* ---- tail ---- */

static gboolean note_last(const WireMessage *message, gpointer user)
{
	((Reading *)user)->last = message->id;
	return FALSE;
}

/* What is there already: printed if it was asked for, else only its end is noted. */
static gboolean read_first(Reading *reading, GError **error)
{
	Reader *reader = reading->offline.reader;
	if (!reader)
		return TRUE;
	if (!reader_before(reader, NULL, NULL, NULL, 1, note_last, reading, error))
		return FALSE;
	if (!reading->cli->limit && !reading->cli->since)
		return TRUE;
	if (!gather_newest(reading, limit_of(reading->cli, 0), error))
		return FALSE;
	print_gathered(reading);
	fflush(stdout);
	return TRUE;
}

static int follow(const Wire *event, gpointer user)
{
	Reading *reading = user;
	const WireMessage *message = (const WireMessage *)event;
	if (event->kind != WIRE_MESSAGE || (message->id <= reading->last && !message->again) || !is_wanted(reading, message))
		return -1;
	cli_print_message(message, reading->offline.model, reading->cli->json, stdout);
	return ferror(stdout) ? CLI_DONE : -1;
}

/* Whoever read our output is gone, or the user has seen enough. */
static gboolean on_end(gpointer user G_GNUC_UNUSED)
{
	fflush(stdout);
	_exit(CLI_DONE);
}

static gboolean on_output_gone(G_GNUC_UNUSED gint fd, G_GNUC_UNUSED GIOCondition condition, gpointer user)
{
	return on_end(user);
}

int cli_run_tail(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	Reading reading;
	int code;
	if (cli->n_words > 1)
		return cli_refuse_usage(cli, "tail takes one name; put one with spaces in quotes");
	g_autoptr(Session) session = session_open(cli, SESSION_JOIN, "messages", &code, &error);
	if (!session)
		return cli_say(code, "%s", error->message);
	if (!reading_open(&reading, cli, cli->n_words ? cli->words[0] : NULL, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	g_unix_signal_add(SIGINT, on_end, NULL);
	g_unix_signal_add(SIGTERM, on_end, NULL);
	g_unix_fd_add(STDOUT_FILENO, G_IO_ERR | G_IO_HUP, on_output_gone, NULL);
	code = read_first(&reading, &error) ? session_wait(session, follow, &reading) : cli_say(CLI_FAILED, "%s", error->message);
	if (code == CLI_NO_HUB)
		cli_say(code, "kith has ended");
	reading_clear(&reading);
	return code;
}
