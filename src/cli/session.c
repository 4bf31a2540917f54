/* session.c: one connection to the hub for one command: attach, ask, wait, print, leave.
 *
 * The command's process has nothing else to do, so it iterates the main context until what it waits for is there or its time is over.
 */
#include "cli/inside.h"
#include "base/text.h"
#include "cli/client.h"
#include "wire/link.h"
#include <string.h>

struct Session {
	Link *link;
	gboolean greeted, closed, overdue;
	char *why;          /* it was closed, if not plainly */
	gint64 request;
	/* the command that runs */
	gboolean json, answered;
	int code;
	gint64 id;
	GQueue events;      /* of Wire *, owned: messages and their states not looked at yet */
	guint timeout_source;
};

static void on_print(const Session *session, const char *text)
{
	g_autofree char *clean = session->json ? NULL : text_clean(text, TEXT_LINES);
	printf("%s\n", clean ? clean : text);
}

static void on_message(G_GNUC_UNUSED Link *link, const Wire *message, gpointer user)
{
	Session *session = user;
	const WirePrint *print = (const WirePrint *)message;
	const WireDone *done = (const WireDone *)message;
	const WireError *error = (const WireError *)message;
	switch (message->kind) {
	case WIRE_PRINT:
		if (print->request == session->request)
			on_print(session, print->text);
		break;
	case WIRE_DONE:
		if (done->request != session->request)
			break;
		if (done->text && !session->json)
			on_print(session, done->text);
		session->id = done->id;
		session->answered = TRUE;
		session->code = CLI_DONE;
		break;
	case WIRE_ERROR:
		if (error->request && error->request != session->request)
			break;
		fflush(stdout);
		session->answered = TRUE;
		session->code = cli_say(CLI_FAILED, "%s", error->text);
		break;
	case WIRE_MESSAGE:
	case WIRE_MESSAGE_STATE:
		g_queue_push_tail(&session->events, wire_copy(message));
		break;
	default:
		break;
	}
}

static void on_hello(G_GNUC_UNUSED Link *link, G_GNUC_UNUSED const WireHello *hello, gpointer user)
{
	((Session *)user)->greeted = TRUE;
}

static void on_closed(G_GNUC_UNUSED Link *link, const char *why, gpointer user)
{
	Session *session = user;
	session->closed = TRUE;
	session->why = g_strdup(why);
}

static const LinkEvents events = { .on_message = on_message, .on_hello = on_hello, .on_closed = on_closed };

static gboolean on_timeout(gpointer user)
{
	Session *session = user;
	session->timeout_source = 0;
	session->overdue = TRUE;
	return G_SOURCE_REMOVE;
}

void session_set_timeout(Session *session, gint64 seconds)
{
	if (session->timeout_source)
		g_source_remove(session->timeout_source);
	session->overdue = FALSE;
	session->timeout_source = seconds ? g_timeout_add_seconds((guint)seconds, on_timeout, session) : 0;
}

/* Iterates until *flag, the end of the connection or of the time. */
static gboolean wait_for(Session *session, const gboolean *flag)
{
	while (!*flag && !session->closed && !session->overdue)
		g_main_context_iteration(NULL, TRUE);
	return *flag;
}

static int say_why(const Session *session)
{
	if (!session->closed)
		return cli_say(CLI_TIMEOUT, "kith did not answer in time");
	return cli_say(CLI_NO_HUB, "kith ended the connection%s%s", session->why ? ": " : "", session->why ? session->why : "");
}

Session *session_open(const Cli *cli, SessionHow how, const char *ability, int *code, GError **error)
{
	static const char *const once[] = { "--once", NULL };
	const char *can[] = { ability, NULL };
	g_autoptr(GError) why = NULL;
	int fd = client_connect(cli->paths, &why);
	if (fd < 0 && how == SESSION_START && g_error_matches(why, CLIENT_ERROR, CLIENT_ERROR_NO_HUB)) {
		g_clear_error(&why);
		fd = client_start(cli->paths, once, &why);
	}
	if (fd < 0) {
		*code = g_error_matches(why, CLIENT_ERROR, CLIENT_ERROR_NO_HUB) ? CLI_NO_HUB : CLI_FAILED;
		g_propagate_error(error, g_steal_pointer(&why));
		return NULL;
	}
	Session *session = g_new0(Session, 1);
	g_queue_init(&session->events);
	session->link = link_new(fd, SIDE_COMMAND, can, WIRE_H2C, &events, session);
	session_set_timeout(session, cli->timeout);
	if (wait_for(session, &session->greeted))
		return session;
	*code = session->closed ? CLI_NO_HUB : CLI_TIMEOUT;
	g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "kith %s%s%s", session->closed ? "ended the connection" : "did not answer in time", session->why ? ": " : "", session->why ? session->why : "");
	session_free(session);
	return NULL;
}

void session_free(Session *session)
{
	if (!session)
		return;
	if (session->timeout_source)
		g_source_remove(session->timeout_source);
	link_free(session->link);
	g_queue_clear_full(&session->events, g_free);
	g_free(session->why);
	g_free(session);
}

int session_run(Session *session, const Cli *cli, const char *line, const char *secret, gint64 *id)
{
	g_autofree char *directory = g_get_current_dir();
	session->request++;
	session->json = cli->json;
	session->answered = FALSE;
	session->id = 0;
	link_send(session->link, &WIRE(COMMAND, Command, .request = session->request, .line = line, .account = cli->account,
		.directory = g_utf8_validate(directory, -1, NULL) ? directory : NULL, .secret = secret, .json = cli->json));
	if (!wait_for(session, &session->answered))
		return say_why(session);
	if (id)
		*id = session->id;
	return session->code;
}

int session_wait(Session *session, SessionCheck check, gpointer user)
{
	for (;;) {
		g_autofree Wire *event = g_queue_pop_head(&session->events);
		int code = event ? check(event, user) : -1;
		if (code >= 0)
			return code;
		if (event)
			continue;
		if (session->closed)
			return CLI_NO_HUB;
		if (session->overdue)
			return CLI_TIMEOUT;
		g_main_context_iteration(NULL, TRUE);
	}
}

int session_wait_end(Session *session)
{
	static const gboolean never = FALSE;
	wait_for(session, &never);
	return session->closed ? CLI_DONE : CLI_TIMEOUT;
}
