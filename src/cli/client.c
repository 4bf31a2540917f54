/* client.c: see client.h.
 *
 * The hub says on a pipe that it is ready, or in one sentence why not, so that nobody has to guess from a socket that is not there yet.
 */
#include "cli/client.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

G_DEFINE_QUARK(kith-client-error, client_error)

#define READY_MS 20000
#define READY_FD 3

int client_connect(const Paths *paths, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(paths->socket) >= sizeof address.sun_path) {
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "the path of the socket is too long: \"%s\"", paths->socket);
		return -1;
	}
	g_strlcpy(address.sun_path, paths->socket, sizeof address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && !connect(fd, (struct sockaddr *)&address, sizeof address))
		return fd;
	int why = errno;
	if (fd >= 0)
		close(fd);
	if (why == ENOENT || why == ECONNREFUSED || why == ENOTDIR)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_NO_HUB, "kith is not running%s%s%s", paths->profile ? " in the profile \"" : "", paths->profile ? paths->profile : "", paths->profile ? "\"" : "");
	else
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "kith can't be reached: %s: \"%s\"", g_strerror(why), paths->socket);
	return -1;
}

char **client_hub_argv(const Paths *paths, const char *const *extra_args)
{
	GStrvBuilder *args = g_strv_builder_new();
	g_autofree char *program = paths_program("kith-hub");
	g_strv_builder_add(args, program);
	if (paths->profile)
		g_strv_builder_add_many(args, "--profile", paths->profile, NULL);
	g_strv_builder_add_many(args, "--config", paths->config, NULL);
	for (; extra_args && *extra_args; extra_args++)
		g_strv_builder_add(args, *extra_args);
	char **result = g_strv_builder_end(args);
	g_strv_builder_unref(args);
	return result;
}

/* In the child: only calls that are safe between fork and exec. A second fork, so that nobody has to wait for the hub's end. */
static void G_GNUC_NORETURN become_hub(char **argv, int ready_fd)
{
	sigset_t none;
	int null;
	if (fork() != 0)
		_exit(0);
	setsid();
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGINT, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGTSTP, SIG_DFL);
	if (ready_fd != READY_FD)
		dup2(ready_fd, READY_FD);
	else
		fcntl(ready_fd, F_SETFD, 0);
	if ((null = open("/dev/null", O_RDWR)) >= 0) {
		dup2(null, STDIN_FILENO);
		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		if (null > READY_FD)
			close(null);
	}
	if (chdir("/") == 0)
		execv(argv[0], argv);
	static const char text[] = "the program kith-hub can't be started; is kith installed completely?\n";
	if (write(READY_FD, text, sizeof text - 1) < 0)
		_exit(126);
	_exit(127);
}

/* What the hub says on the pipe, without its newline; NULL if nothing. */
static char *read_ready(int fd)
{
	GString *text = g_string_new(NULL);
	gint64 end = g_get_monotonic_time() + READY_MS * 1000;
	while (!strchr(text->str, '\n') && text->len < 4096) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		gint64 left = (end - g_get_monotonic_time()) / 1000;
		char buffer[512];
		int n = left > 0 ? poll(&poll_fd, 1, (int)left) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		gssize got = n > 0 ? read(fd, buffer, sizeof buffer) : 0;
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			break;
		g_string_append_len(text, buffer, got);
	}
	g_strchomp(text->str);
	return g_string_free(text, !*text->str);
}

static char *run_hub(const Paths *paths, const char *const *extra_args, GError **error)
{
	g_autofree char *ready = g_strdup_printf("%d", READY_FD);
	g_autoptr(GPtrArray) args = g_ptr_array_new();
	int fds[2], status;
	for (; extra_args && *extra_args; extra_args++)
		g_ptr_array_add(args, (gpointer)*extra_args);
	g_ptr_array_add(args, (gpointer)"--ready-fd");
	g_ptr_array_add(args, ready);
	g_ptr_array_add(args, NULL);
	g_auto(GStrv) argv = client_hub_argv(paths, (const char *const *)args->pdata);
	if (pipe2(fds, O_CLOEXEC)) {
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "kith can't be started: %s", g_strerror(errno));
		return NULL;
	}
	pid_t pid = fork();
	if (pid == 0)
		become_hub(argv, fds[1]);
	close(fds[1]);
	if (pid > 0)
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
	char *said = pid > 0 ? read_ready(fds[0]) : NULL;
	close(fds[0]);
	if (!said)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, "kith could not be started; its log may say why: \"%s\"", paths->log);
	return said;
}

int client_start(const Paths *paths, const char *const *extra_args, GError **error)
{
	g_autofree char *said = run_hub(paths, extra_args, error);
	if (!said)
		return -1;
	if (!strcmp(said, "ok"))
		return client_connect(paths, error);
	/* Another hub of the profile may have been faster. */
	int fd = client_connect(paths, NULL);
	if (fd < 0)
		g_set_error_literal(error, CLIENT_ERROR, CLIENT_ERROR_FAILED, said);
	return fd;
}
