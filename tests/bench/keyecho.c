/* keyecho.c: how long a typed key takes to appear: runs a program on a pseudo terminal, types, and waits for each character to come back.
 *
 *   keyecho [--keys N] [--size COLSxROWS] [--gap MS] [--until TEXT] [--settle MS] [--start KEYS] [--clear KEYS] [--quit KEYS] [--term TERM]
 *           [--json] CMD [ARG…]
 *
 * KEYS are bytes, with the escapes of C: \r, \033a.
 *
 * It works for any chat client with a UTF-8 input line. The characters typed are rare ones (IPA letters, one column each), so that what
 * else the program draws meanwhile can't be taken for an echo. A key that does not come back within two seconds counts as lost.
 * It measures; it does not judge: the exit code is 0 whatever the figures are, 1 if the program could not be run.
 */
#include <errno.h>
#include <glib.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST_CHAR 0x0250
#define CHARS 80
#define LINE_CHARS 30 /* then the line is cleared */
#define LOST_US (2 * G_USEC_PER_SEC)

static int keys = 200, gap = 25, settle = 500;
static char *size = NULL, *until = NULL, *start_keys = NULL, *clear_keys = NULL, *quit_keys = NULL, *term = NULL;
static gboolean json = FALSE;

static const GOptionEntry options[] = {
	{ "keys", 0, 0, G_OPTION_ARG_INT, &keys, "how many keys (200)", "N" },
	{ "size", 0, 0, G_OPTION_ARG_STRING, &size, "the terminal's size (80x24)", "COLSxROWS" },
	{ "gap", 0, 0, G_OPTION_ARG_INT, &gap, "between keys (25)", "MS" },
	{ "until", 0, 0, G_OPTION_ARG_STRING, &until, "begin when this has been drawn", "TEXT" },
	{ "settle", 0, 0, G_OPTION_ARG_INT, &settle, "begin when nothing was drawn for so long, or after ten times that (500)", "MS" },
	{ "start", 0, 0, G_OPTION_ARG_STRING, &start_keys, "what to type before the measurement, to open a chat", "KEYS" },
	{ "clear", 0, 0, G_OPTION_ARG_STRING, &clear_keys, "what clears the line (^U)", "KEYS" },
	{ "quit", 0, 0, G_OPTION_ARG_STRING, &quit_keys, "what ends the program (it gets SIGHUP anyhow)", "KEYS" },
	{ "term", 0, 0, G_OPTION_ARG_STRING, &term, "TERM (xterm-256color)", "TERM" },
	{ "json", 0, 0, G_OPTION_ARG_NONE, &json, "print JSON", NULL },
	{ .long_name = NULL }
};

/* What the program wrote lately; answers what it asks the terminal. */
typedef struct {
	int fd;
	GString *seen;
	guint64 total;
	gboolean ended;
} Terminal;

static void say(Terminal *terminal, const char *text)
{
	gsize length = strlen(text);
	if (write(terminal->fd, text, length) != (gssize)length)
		terminal->ended = TRUE;
}

static void say_keys(Terminal *terminal, const char *keys_given)
{
	g_autofree char *bytes = g_strcompress(keys_given);
	say(terminal, bytes);
}

/* Reads what is there within wait µs; TRUE if something came. */
static gboolean more(Terminal *terminal, gint64 wait)
{
	struct pollfd poll_fd = { .fd = terminal->fd, .events = POLLIN };
	struct timespec time = { wait / G_USEC_PER_SEC, wait % G_USEC_PER_SEC * 1000 };
	if (ppoll(&poll_fd, 1, &time, NULL) <= 0)
		return FALSE;
	char bytes[65536];
	gssize n = read(terminal->fd, bytes, sizeof bytes);
	if (n <= 0) {
		terminal->ended = terminal->ended || n == 0 || errno != EINTR;
		return FALSE;
	}
	terminal->total += (guint64)n;
	g_string_append_len(terminal->seen, bytes, n);
	if (memmem(bytes, (gsize)n, "\033[6n", 4))
		say(terminal, "\033[1;1R");
	if (memmem(bytes, (gsize)n, "\033[c", 3))
		say(terminal, "\033[?1;2c");
	return TRUE;
}

static gboolean has(const Terminal *terminal, const char *text)
{
	return memmem(terminal->seen->str, terminal->seen->len, text, strlen(text)) != NULL;
}

/* Keeps the end only: enough for a character that came in two pieces. */
static void forget(Terminal *terminal)
{
	if (terminal->seen->len > 8)
		g_string_erase(terminal->seen, 0, (gssize)terminal->seen->len - 8);
}

static void wait_until_ready(Terminal *terminal)
{
	gint64 deadline = g_get_monotonic_time() + 60 * G_USEC_PER_SEC;
	while (until && !terminal->ended && !has(terminal, until) && g_get_monotonic_time() < deadline)
		more(terminal, 100000);
	deadline = g_get_monotonic_time() + (gint64)settle * 10000;
	while (!terminal->ended && g_get_monotonic_time() < deadline && more(terminal, (gint64)settle * 1000))
		forget(terminal);
}

/* The time in µs until the key was seen; -1: lost. */
static gint64 measure(Terminal *terminal, int number)
{
	char key[8] = "";
	g_unichar_to_utf8((gunichar)(FIRST_CHAR + number % CHARS), key);
	g_string_truncate(terminal->seen, 0);
	gint64 start = g_get_monotonic_time();
	say(terminal, key);
	while (!terminal->ended) {
		gint64 spent = g_get_monotonic_time() - start;
		if (spent > LOST_US)
			break;
		more(terminal, LOST_US - spent);
		if (has(terminal, key))
			return g_get_monotonic_time() - start;
		forget(terminal);
	}
	return -1;
}

static void pass_time(Terminal *terminal, gint64 us)
{
	gint64 end = g_get_monotonic_time() + us;
	for (gint64 left; (left = end - g_get_monotonic_time()) > 0 && !terminal->ended;)
		if (more(terminal, left))
			forget(terminal);
}

static int compare(const void *a, const void *b)
{
	gint64 x = *(const gint64 *)a, y = *(const gint64 *)b;
	return x < y ? -1 : x > y;
}

static void report(gint64 *times, int count, int lost, guint64 bytes)
{
	qsort(times, (gsize)count, sizeof *times, compare);
	double p50 = count ? times[count / 2] / 1000.0 : -1, p99 = count ? times[MIN(count - 1, count * 99 / 100)] / 1000.0 : -1;
	double most = count ? times[count - 1] / 1000.0 : -1;
	printf(json ? "{\"keys\":%d,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"max_ms\":%.2f,\"lost\":%d,\"bytes\":%" G_GUINT64_FORMAT "}\n"
	            : "keys %d  p50 %.2f ms  p99 %.2f ms  max %.2f ms  lost %d  bytes drawn %" G_GUINT64_FORMAT "\n",
	       count, p50, p99, most, lost, bytes);
}

int main(int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GOptionContext) context = g_option_context_new("CMD [ARG…]");
	struct winsize winsize = { .ws_row = 24, .ws_col = 80 };
	g_option_context_add_main_entries(context, options, NULL);
	g_option_context_set_strict_posix(context, TRUE);
	if (!g_option_context_parse(context, &argc, &argv, &error) || argc < 2) {
		fprintf(stderr, "keyecho: %s\n", error ? error->message : "say which program to run");
		return 2;
	}
	if (size && sscanf(size, "%hux%hu", &winsize.ws_col, &winsize.ws_row) != 2) {
		fprintf(stderr, "keyecho: a size is COLSxROWS, not \"%s\"\n", size);
		return 2;
	}
	Terminal terminal = { .seen = g_string_new(NULL) };
	pid_t child = forkpty(&terminal.fd, NULL, NULL, &winsize);
	if (child < 0) {
		fprintf(stderr, "keyecho: no pseudo terminal: %s\n", g_strerror(errno));
		return 1;
	}
	if (child == 0) {
		g_setenv("TERM", term ? term : "xterm-256color", TRUE);
		execvp(argv[1], argv + 1);
		fprintf(stderr, "keyecho: \"%s\" can't be run: %s\n", argv[1], g_strerror(errno));
		_exit(127);
	}
	wait_until_ready(&terminal);
	if (start_keys) {
		say_keys(&terminal, start_keys);
		pass_time(&terminal, G_USEC_PER_SEC);
	}
	keys = CLAMP(keys, 1, 1000000);
	g_autofree gint64 *times = g_new(gint64, keys);
	int count = 0, lost = 0;
	for (int i = 0; i < keys && !terminal.ended; i++) {
		gint64 time = measure(&terminal, i);
		if (time >= 0)
			times[count++] = time;
		else
			lost++;
		pass_time(&terminal, (gint64)gap * 1000);
		if (i % LINE_CHARS == LINE_CHARS - 1) {
			say_keys(&terminal, clear_keys ? clear_keys : "\\025");
			pass_time(&terminal, 100000);
		}
	}
	gboolean ran = count > 0;
	report(times, count, lost, terminal.total);
	if (quit_keys) {
		say_keys(&terminal, quit_keys);
		pass_time(&terminal, G_USEC_PER_SEC);
	}
	close(terminal.fd);
	kill(child, SIGHUP);
	waitpid(child, NULL, 0);
	g_string_free(terminal.seen, TRUE);
	return ran ? 0 : 1;
}
