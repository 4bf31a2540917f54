/* send.c: kith send, kith run, kith stop: commands that act through the hub.
 */
#include "cli/inside.h"
#include "base/secret.h"
#include "cli/client.h"
#include "commands/commands.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

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

/* ---- files ---- */

/* What comes from standard input, in a file of its own; NULL and error. */
static char *spool_input(const Cli *cli, GError **error)
{
	g_autofree char *id = secret_random_id();
	char *path = g_strdup_printf("%s/input-%s", cli->paths->data, id);
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char buffer[65536];
	gssize n = 0;
	while (fd >= 0 && (n = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)
		if (write(fd, buffer, (gsize)n) != n) {
			n = -1;
			break;
		}
	if (fd >= 0 && n == 0 && close(fd) == 0)
		return path;
	g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "standard input can't be kept: %s", g_strerror(errno));
	if (fd >= 0)
		unlink(path);
	g_free(path);
	return NULL;
}

static char *files_line(const Cli *cli, const char *const *paths)
{
	g_autofree char *who = cli->account ? g_strdup_printf("%s/%s", cli->account, cli->words[0]) : g_strdup(cli->words[0]);
	g_autofree char *quoted = commands_quote(who), *name = cli->name ? commands_quote(cli->name) : NULL;
	GString *line = g_string_new(NULL);
	g_string_append_printf(line, "/send%s --to %s%s%s --", cli->direct ? " --direct" : "", quoted, name ? " --name " : "", name ? name : "");
	for (; *paths; paths++) {
		g_autofree char *path = commands_quote(*paths);
		g_string_append_printf(line, " %s", path);
	}
	return g_string_free(line, FALSE);
}

/* The files as absolute paths, "-" as what was spooled (*spooled, to be removed afterwards). */
static GPtrArray *find_files(const Cli *cli, char **spooled, GError **error)
{
	g_autoptr(GPtrArray) paths = g_ptr_array_new_with_free_func(g_free);
	for (char **file = cli->files; *file; file++) {
		g_autofree char *current = g_get_current_dir();
		gboolean input = !strcmp(*file, "-");
		char *path = input ? *spooled ? NULL : (*spooled = spool_input(cli, error)) ? g_strdup(*spooled) : NULL
		                   : g_path_is_absolute(*file) ? g_strdup(*file) : g_build_filename(current, *file, NULL);
		if (path && g_utf8_validate(path, -1, NULL)) {
			g_ptr_array_add(paths, path);
			continue;
		}
		if (error && !*error)
			g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, input ? "standard input can be sent only once" : "the file's name is not UTF-8");
		g_free(path);
		return NULL;
	}
	g_ptr_array_add(paths, NULL);
	return g_steal_pointer(&paths);
}

static int send_files(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *spooled = NULL;
	gint64 id = 0;
	int code;
	if (cli->n_words != 1)
		return cli_refuse_usage(cli, "with --file say to whom, and nothing else");
	if (!g_utf8_validate(cli->words[0], -1, NULL) || (cli->name && (!*cli->name || !g_utf8_validate(cli->name, -1, NULL))))
		return cli_say(CLI_FAILED, "the words are not UTF-8");
	if (!check_account(cli, &error))
		return cli_say(CLI_FAILED, "%s", error->message);
	gint64 limit = cli->timeout;
	cli->timeout = limit ? limit : ANSWER_S;
	g_autoptr(Session) session = session_open(cli, SESSION_START, cli->wait ? "messages" : NULL, &code, &error);
	if (!session)
		return cli_say(code, "%s", error->message);
	session_set_timeout(session, 0); /* what comes from standard input may take its time */
	g_autoptr(GPtrArray) paths = find_files(cli, &spooled, &error);
	if (paths) {
		if (spooled && !cli->name)
			cli->name = cli->files[1] ? NULL : g_strdup("input");
		g_autofree char *line = files_line(cli, (const char *const *)paths->pdata);
		session_set_timeout(session, limit);
		code = session_run(session, cli, line, NULL, &id);
	} else {
		code = cli_say(CLI_FAILED, "%s", error->message);
	}
	if (spooled)
		unlink(spooled);
	if (code || !cli->wait || !id)
		return code;
	return wait_state(session, id, !strcmp(cli->wait, "sent") ? MESSAGE_SENT : MESSAGE_DELIVERED);
}

int cli_run_send(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	gint64 id = 0;
	int code;
	if (cli->wait && strcmp(cli->wait, "sent") && strcmp(cli->wait, "delivered"))
		return cli_refuse_usage(cli, "--wait takes sent or delivered, not \"%s\"", cli->wait);
	if (cli->files)
		return send_files(cli);
	if (cli->name || cli->direct)
		return cli_refuse_usage(cli, "--name and --direct go with --file");
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
