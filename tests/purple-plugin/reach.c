/* reach.c: the orders of a plugin that was taken over: it reaches for what is not its account's, and tells what it got.
 *
 * Each tells "WORD: done", or why not.
 */
#include "plugin.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(PurpleConnection *gc, const char *word, gboolean done)
{
	oracle_say(gc, "%s: %s", word, done ? "done" : g_strerror(errno));
}

static gboolean use_file(const char *path, int flags)
{
	char byte = 'x';
	int fd = open(path, flags | O_CLOEXEC | O_NONBLOCK, 0600);
	gboolean done = fd >= 0 && ((flags & O_ACCMODE) == O_RDONLY ? read(fd, &byte, 1) : write(fd, &byte, 1)) >= 0;
	int problem = errno;
	if (fd >= 0)
		close(fd);
	errno = problem;
	return done;
}

static void reach_read(PurpleConnection *gc, const char *path)
{
	tell(gc, "read", use_file(path, O_RDONLY));
}

static void reach_write(PurpleConnection *gc, const char *path)
{
	tell(gc, "write", use_file(path, O_WRONLY | O_CREAT));
}

static void reach_socket(PurpleConnection *gc, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	char bytes[256];
	int s = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	gboolean done = connect(s, (struct sockaddr *)&address, sizeof address) == 0;
	if (done) {
		static const char hello[] = "{\"kind\":\"hello\",\"version\":1,\"program\":\"plugin\",\"side\":\"screen\"}\n";
		done = send(s, hello, sizeof hello - 1, MSG_NOSIGNAL) > 0 && (errno = ECONNRESET, recv(s, bytes, sizeof bytes, 0) > 0);
	}
	int problem = errno;
	close(s);
	errno = problem;
	tell(gc, "socket", done);
}

/* In a child, whose exit code is the problem. */
static void reach_exec(PurpleConnection *gc, const char *path)
{
	int status = 0;
	signal(SIGCHLD, SIG_DFL);
	pid_t child = fork();
	if (child == 0) {
		execl(path, path, NULL);
		_exit(errno);
	}
	gboolean done = child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
	signal(SIGCHLD, SIG_IGN);
	if (child > 0)
		errno = WEXITSTATUS(status);
	tell(gc, "exec", done);
}

static void reach_trace(PurpleConnection *gc, const char *words)
{
	pid_t pid = (pid_t)atoi(words);
	gboolean done = ptrace(PTRACE_ATTACH, pid, NULL, NULL) == 0;
	int problem = errno;
	if (done) {
		waitpid(pid, NULL, __WALL);
		ptrace(PTRACE_DETACH, pid, NULL, NULL);
	}
	errno = problem;
	tell(gc, "trace", done);
}

static void reach_signal(PurpleConnection *gc, const char *words)
{
	tell(gc, "signal", kill((pid_t)atoi(words), SIGUSR2) == 0);
}

static void reach_print(PurpleConnection *gc, const char *words)
{
	for (int fd = 1; fd <= 2; fd++)
		if (write(fd, words, strlen(words)) < 0)
			break;
	g_warning("%s", words);
	tell(gc, "print", TRUE);
}

/* Megabytes of words that nobody asked for. */
static void reach_babble(PurpleConnection *gc, const char *words)
{
	static char page[1 << 20];
	memset(page, 'b', sizeof page);
	for (int mib = atoi(words); mib > 0; mib--)
		if (write(STDERR_FILENO, page, sizeof page) < 0)
			break;
	tell(gc, "babble", TRUE);
}

static void reach_descriptors(PurpleConnection *gc, const char *words)
{
	int wanted = atoi(words), got = 0;
	int *fds = g_new(int, wanted);
	while (got < wanted && (fds[got] = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0)
		got++;
	for (int i = 0; i < got; i++)
		close(fds[i]);
	g_free(fds);
	oracle_say(gc, "descriptors: %s", got == wanted ? "done" : "too many");
}

static gpointer idle_thread(gpointer data G_GNUC_UNUSED)
{
	for (;;)
		pause();
	return NULL;
}

static void reach_threads(PurpleConnection *gc, const char *words)
{
	int wanted = atoi(words), got = 0;
	while (got < wanted && g_thread_try_new("evil", idle_thread, NULL, NULL))
		got++;
	oracle_say(gc, "threads: %s", got == wanted ? "done" : "too many");
}

const Order reaching_orders[] = {
	{ "reach read", reach_read }, { "reach write", reach_write }, { "reach socket", reach_socket }, { "reach exec", reach_exec }, { "reach trace", reach_trace },
	{ "reach signal", reach_signal }, { "reach print", reach_print }, { "reach babble", reach_babble }, { "reach descriptors", reach_descriptors },
	{ "reach threads", reach_threads }, { NULL, NULL },
};
