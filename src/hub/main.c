/* main.c: kith-hub: options, one instance, signals, readiness; the rest is hub.c.
 *
 * It is started by kith (the front end, a command, or kith --headless). On --ready-fd it says "ok" or one sentence of failure.
 */
#include "base/log.h"
#include "hub/life.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static gboolean on_end_signal(gpointer user)
{
	hub_stop(user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_reload_signal(gpointer user)
{
	hub_reload(user);
	return G_SOURCE_CONTINUE;
}

/* sd_notify(3), the protocol: a datagram to the socket named in NOTIFY_SOCKET. */
static void tell_systemd(const char *text)
{
	const char *path = g_getenv("NOTIFY_SOCKET");
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (!path || (*path != '/' && *path != '@') || strlen(path) >= sizeof address.sun_path)
		return;
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (*path == '@')
		address.sun_path[0] = '\0';
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	if (sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&address, length) < 0)
		log_debug("systemd was not told: %s", g_strerror(errno));
	close(fd);
}

static void tell_starter(int fd, const char *text)
{
	if (fd < 0)
		return;
	g_autofree char *line = g_strconcat(text, "\n", NULL);
	if (write(fd, line, strlen(line)) < 0)
		log_debug("who started this hub is gone");
	close(fd);
}

int main(int argc, char **argv)
{
	g_autofree char *profile = NULL, *config = NULL;
	gboolean once = FALSE, print = FALSE, json = FALSE, headless = FALSE;
	int ready_fd = -1;
	const GOptionEntry entries[] = {
		{ "profile", 0, 0, G_OPTION_ARG_STRING, &profile, "the profile to use", "NAME" },
		{ "config", 0, 0, G_OPTION_ARG_FILENAME, &config, "the configuration file", "FILE" },
		{ "headless", 0, 0, G_OPTION_ARG_NONE, &headless, "stay in the foreground and say on standard error what goes wrong", NULL },
		{ "once", 0, 0, G_OPTION_ARG_NONE, &once, "end when the last client has left and the outbox is empty", NULL },
		{ "print", 0, 0, G_OPTION_ARG_NONE, &print, "write every message to standard output", NULL },
		{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "with --print: one JSON object a line", NULL },
		{ "ready-fd", 0, 0, G_OPTION_ARG_INT, &ready_fd, "say there when ready, or why not", "N" },
		{ .long_name = NULL }
	};
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) options = g_option_context_new("- the hub of kith; kith starts it");
	struct rlimit no_core = { 0, 0 };
	setlocale(LC_ALL, "");
	umask(077);
	signal(SIGPIPE, SIG_IGN);
	/* The kernel itself tells of changes of the network; asking a bus for them could block. */
	g_setenv("GIO_USE_NETWORK_MONITOR", "netlink", FALSE);
	setrlimit(RLIMIT_CORE, &no_core);
	prctl(PR_SET_DUMPABLE, g_getenv("KITH_NO_CONFINE") ? 1 : 0);
	g_option_context_add_main_entries(options, entries, NULL);
	if (!g_option_context_parse(options, &argc, &argv, &error) || argc > 1) {
		fprintf(stderr, "kith-hub: %s\n", error ? error->message : "it takes options only");
		return 2;
	}
	if (ready_fd >= 0)
		fcntl(ready_fd, F_SETFD, FD_CLOEXEC);
	g_autoptr(Paths) paths = paths_new(profile, config, &error);
	Hub *hub = NULL;
	if (paths && paths_make(paths, &error) && instance_lock(paths, &error)) {
		log_open(paths->log, "hub", LOG_INFO);
		log_also_stderr(headless);
		hub = hub_new(paths, &error);
	}
	if (!hub) {
		log_error("%s", error->message);
		if (!headless)
			fprintf(stderr, "kith: %s\n", error->message);
		tell_starter(ready_fd, error->message);
		return 1;
	}
	if (!strcmp(config_text(hub->config, "log_level"), "debug"))
		log_open(paths->log, "hub", LOG_DEBUG);
	hub->print = print;
	hub->print_json = json;
	if (once)
		hub_set_once(hub);
	g_unix_signal_add(SIGTERM, on_end_signal, hub);
	g_unix_signal_add(SIGINT, on_end_signal, hub);
	g_unix_signal_add(SIGHUP, on_reload_signal, hub);
	log_info("ready");
	tell_starter(ready_fd, "ok");
	tell_systemd("READY=1");
	hub_connect_accounts(hub);
	g_main_loop_run(hub->loop);
	tell_systemd("STOPPING=1");
	hub_free(hub);
	log_info("ended");
	return 0;
}
