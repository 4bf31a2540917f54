/* main.c: kith-xmpp: one XMPP account as a backend of kith-hub. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "base/paths.h"
#include "config.h"
#include "connection.h"
#include "disco.h"
#include "intake.h"
#include "outbox.h"
#include "session.h"

typedef struct {
	Session *session;
	gboolean usable; /* its address is one */
} Program;

static void on_configure(Backend *backend, const WireConfigure *configure, gpointer user)
{
	Program *program = user;
	const char *ca_file = backend_setting(backend, "ca_file");
	g_autofree char *ca_path = ca_file && *ca_file ? paths_expand(ca_file) : NULL;

	program->usable = session_configure(program->session, configure);
	backend_confine(backend, 0, (const char *const[]){ ca_path, NULL });
}

static void on_message(Backend *backend, const Wire *message, gpointer user)
{
	Program *program = user;
	if (program->usable)
		dispatch_wish(program->session, message);
	else if (message->kind == WIRE_CONNECT)
		backend_state(backend, ACCOUNT_ERROR, REASON_SETTINGS, "the account's address is not an XMPP address");
}

static void on_committed(Backend *backend G_GNUC_UNUSED, gint64 commit, gpointer user)
{
	Program *program = user;
	intake_committed(program->session, commit);
	outbox_committed(program->session, commit);
}

static void on_end(Backend *backend G_GNUC_UNUSED, gpointer user)
{
	Program *program = user;
	connection_drop(program->session);
}

/* What its parts have registered: what is announced, and the requests that are answered. doc/kith.doap is compared with it. */
static void print_features(void)
{
	Session *session = session_new(NULL);
	disco_print_features(session, stdout);
	dispatch_print_requests(session, stdout);
	session_free(session);
}

int main(int argc, char **argv)
{
	static const BackendEvents events = {
		.on_configure = on_configure,
		.on_message = on_message,
		.on_committed = on_committed,
		.on_end = on_end,
	};
	Program program = { 0 };

	if (argc == 2 && strcmp(argv[1], "--version") == 0) {
		puts("kith-xmpp " PACKAGE_VERSION);
		return 0;
	}
	if (argc == 2 && strcmp(argv[1], "--features") == 0) {
		print_features();
		return 0;
	}
	if (argc != 1) {
		fprintf(stderr, "kith-xmpp: started by kith-hub, takes no arguments\n");
		return 2;
	}
	signal(SIGPIPE, SIG_IGN);
	/* What GIO would load beside TLS (proxy and settings modules) is neither used nor wanted in memory. */
	g_setenv("GIO_USE_VFS", "local", TRUE);
	g_setenv("GSETTINGS_BACKEND", "memory", TRUE);
	Backend *backend = backend_new("kith-xmpp " PACKAGE_VERSION, &events, &program);
	program.session = session_new(backend);
	int code = backend_run(backend);
	session_free(program.session);
	backend_free(backend);
	return code;
}
