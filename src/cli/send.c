/* send.c: kith send, kith run, kith stop: commands that act through the hub.
 */
#include "cli/inside.h"
#include "base/secret.h"
#include "cli/client.h"
#include "commands/commands.h"
#include <string.h>

#define TEXT_MAX_BYTES 262144
#define ANSWER_S 60

/* Everything from standard input, without the newline at its end. */
static char *read_input(GError **error)
{
	g_autoptr(GString) text = g_string_new(NULL);
	char buffer[16384];
	gsize n;
	while ((n = fread(buffer, 1, sizeof buffer, stdin)) > 0 && text->len <= TEXT_MAX_BYTES)
		g_string_append_len(text, buffer, (gssize)n);
	while (text->len && strchr("\r\n", text->str[text->len - 1]))
		g_string_truncate(text, text->len - 1);
	if (ferror(stdin) || text->len > TEXT_MAX_BYTES || !g_utf8_validate_len(text->str, text->len, NULL)) {
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "the text on standard input %s", ferror(stdin) ? "can't be read" : text->len > TEXT_MAX_BYTES ? "is too long for a message" : "is not UTF-8");
		return NULL;
	}
	return g_string_free(g_steal_pointer(&text), FALSE);
}

/* ---- waiting for a message's state ---- */

typedef struct {
	gint64 id;
	MessageState wanted;
} Waiting;

static int check_state(const Wire *event, gpointer user)
{
	const Waiting *waiting = user;
	const WireMessageStateChange *change = (const WireMessageStateChange *)event;
	if (event->kind != WIRE_MESSAGE_STATE || change->id != waiting->id)
		return -1;
	if (change->state == MESSAGE_FAILED)
		return cli_say(CLI_FAILED, "the message was not sent: %s", change->error ? change->error : "no reason is known");
	if (change->state == MESSAGE_READ || change->state == MESSAGE_DELIVERED)
		return CLI_DONE;
	return change->state == MESSAGE_SENT && waiting->wanted == MESSAGE_SENT ? CLI_DONE : -1;
}

static int wait_state(Session *session, gint64 id, MessageState wanted)
{
	Waiting waiting = { id, wanted };
	int code = session_wait(session, check_state, &waiting);
	if (code == CLI_TIMEOUT)
		return cli_say(code, "the message is in the outbox, but was not %s in time; it goes out when that is possible", wanted == MESSAGE_SENT ? "sent" : "delivered");
	if (code == CLI_NO_HUB)
		return cli_say(code, "kith ended before the message was %s; it is in the outbox", wanted == MESSAGE_SENT ? "sent" : "delivered");
	return code;
}

/* --account names one that there is; else its name would be taken for a part of an address. */
static gboolean check_account(const Cli *cli, GError **error)
{
	g_autoptr(Config) config = cli->account ? config_load(cli->paths->config, NULL, error) : NULL;
	if (!cli->account || (config && config_has_account(config, cli->account)))
		return TRUE;
	if (config)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "there is no account \"%s\"", cli->account);
	return FALSE;
}

static char *message_line(const Cli *cli, const char *text)
{
	g_autofree char *who = cli->account ? g_strdup_printf("%s/%s", cli->account, cli->words[0]) : g_strdup(cli->words[0]);
	g_autofree char *quoted = commands_quote(who);
	return g_strdup_printf("/msg %s %s", quoted, text);
}

int cli_run_send(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	gint64 id = 0;
	int code;
	if (cli->wait && strcmp(cli->wait, "sent") && strcmp(cli->wait, "delivered"))
		return cli_refuse_usage(cli, "--wait takes sent or delivered, not \"%s\"", cli->wait);
	if (cli->n_words < 2)
		return cli_refuse_usage(cli, "say to whom, and what");
	gboolean input = cli->n_words == 2 && !strcmp(cli->words[1], "-");
	g_autofree char *text = input ? read_input(&error) : g_strjoinv(" ", cli->words + 1);
	if (!text)
		return cli_say(CLI_FAILED, "%s", error->message);
	if (!*text || !g_utf8_validate(text, -1, NULL) || !g_utf8_validate(cli->words[0], -1, NULL))
		return cli_say(CLI_FAILED, *text ? "the text is not UTF-8" : "there is nothing to send");
	if (!check_account(cli, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	if (!cli->timeout)
		cli->timeout = ANSWER_S;
	g_autoptr(Session) session = session_open(cli, SESSION_START, cli->wait ? "messages" : NULL, &code, &error);
	if (!session)
		return cli_say(code, "%s", error->message);
	g_autofree char *line = message_line(cli, text);
	code = session_run(session, cli, line, NULL, &id);
	if (code || !cli->wait)
		return code;
	return wait_state(session, id, !strcmp(cli->wait, "sent") ? MESSAGE_SENT : MESSAGE_DELIVERED);
}

int cli_run_run(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	int code;
	if (!cli->n_words)
		return cli_refuse_usage(cli, "say which command");
	g_autofree char *line = g_strjoinv(" ", cli->words);
	if (*line != '/')
		return cli_refuse_usage(cli, "a command begins with \"/\": \"%s\"", line);
	if (!g_utf8_validate(line, -1, NULL))
		return cli_say(CLI_FAILED, "the command is not UTF-8");
	if (!check_account(cli, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	char *secret = cli->password_fd >= 0 ? password_read(cli->password_fd, &error) : NULL;
	if (error)
		return cli_say(CLI_FAILED, "%s", error->message);
	if (!cli->timeout)
		cli->timeout = ANSWER_S;
	g_autoptr(Session) session = session_open(cli, SESSION_JOIN, NULL, &code, &error);
	code = session ? session_run(session, cli, line, secret, NULL) : cli_say(code, "%s", error->message);
	secret_free(secret);
	return code;
}

int cli_run_stop(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	int code;
	if (cli->n_words)
		return cli_refuse_usage(cli, "stop takes no words");
	if (!cli->timeout)
		cli->timeout = ANSWER_S;
	g_autoptr(Session) session = session_open(cli, SESSION_JOIN, NULL, &code, &error);
	if (!session)
		return cli_say(code, "%s", error->message);
	code = session_run(session, cli, "/stop", NULL, NULL);
	if (code)
		return code;
	return session_wait_end(session) == CLI_DONE ? CLI_DONE : cli_say(CLI_TIMEOUT, "kith is still ending");
}
