/* password.c: getting a password without showing it: from the terminal, a file descriptor; and keeping it in the keyring.
 *
 * Whatever ends the program while the echo is off, the terminal is left as it was found.
 */
#include "cli/inside.h"
#include "base/json.h"
#include "base/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define PASSWORD_MAX_BYTES 8000
#define DESKTOP_FD 3
#define DESKTOP_MS 20000

static const int signals[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP };
static volatile sig_atomic_t caught;

static void on_signal(int number)
{
	caught = number;
}

static void catch_signals(struct sigaction *old)
{
	struct sigaction action = { .sa_handler = on_signal }; /* without SA_RESTART: read must come back */
	sigemptyset(&action.sa_mask);
	caught = 0;
	for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
		sigaction(signals[i], &action, &old[i]);
}

/* Reads up to a newline or the end into buffer; FALSE at a signal or an error. */
static gboolean read_line(int fd, char *buffer, gsize size)
{
	gsize length = 0;
	while (length < size - 1 && !caught) {
		gssize n = read(fd, buffer + length, 1);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		if (n == 0 || buffer[length] == '\n')
			break;
		length++;
	}
	if (length && buffer[length - 1] == '\r')
		length--;
	buffer[length] = 0;
	return !caught;
}

char *password_ask(const char *prompt)
{
	struct sigaction old[G_N_ELEMENTS(signals)];
	struct termios before, silent;
	char buffer[PASSWORD_MAX_BYTES];
	int fd = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0 || tcgetattr(fd, &before)) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	silent = before;
	silent.c_lflag &= ~(tcflag_t)ECHO;
	silent.c_lflag |= ICANON | ISIG | ECHONL;
	catch_signals(old);
	tcsetattr(fd, TCSAFLUSH, &silent);
	gboolean good = write(fd, prompt, strlen(prompt)) >= 0 && read_line(fd, buffer, sizeof buffer);
	tcsetattr(fd, TCSAFLUSH, &before);
	close(fd);
	for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
		sigaction(signals[i], &old[i], NULL);
	char *password = good && *buffer ? secret_new(buffer) : NULL;
	secret_wipe(buffer, sizeof buffer);
	if (caught)
		raise(caught);
	return password;
}

char *password_read(int fd, GError **error)
{
	char buffer[PASSWORD_MAX_BYTES];
	caught = 0;
	if (!read_line(fd, buffer, sizeof buffer)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the password can't be read from file descriptor %d: %s", fd, g_strerror(errno));
		return NULL;
	}
	char *password = g_utf8_validate(buffer, -1, NULL) && *buffer ? secret_new(buffer) : NULL;
	if (!password)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the password from file descriptor %d is %s", fd, *buffer ? "not UTF-8" : "empty");
	secret_wipe(buffer, sizeof buffer);
	return password;
}

/* ---- the keyring ---- */

/* The answer of kith-desktop: {"id":1} or {"id":1,"error":"…"}. */
static gboolean read_answer(int fd, GError **error)
{
	g_autoptr(GString) line = g_string_new(NULL);
	gint64 end = g_get_monotonic_time() + DESKTOP_MS * 1000;
	while (!strchr(line->str, '\n') && line->len < 65536) {
		struct pollfd poll_fd = { .fd = fd, .events = POLLIN };
		gint64 left = (end - g_get_monotonic_time()) / 1000;
		char buffer[1024];
		gssize n = left > 0 && poll(&poll_fd, 1, (int)left) > 0 ? read(fd, buffer, sizeof buffer) : 0;
		if (n <= 0) {
			g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, left > 0 ? "this kith has no access to a keyring" : "the keyring does not answer");
			return FALSE;
		}
		g_string_append_len(line, buffer, n);
	}
	JsonReader json;
	JsonValue value;
	char *key;
	*strchrnul(line->str, '\n') = 0;
	json_reader_init(&json, line->str, strlen(line->str));
	for (gboolean more = json_read_open(&json); more && json_read_field(&json, &key, &value);)
		if (!strcmp(key, "error") && value.type == JSON_STRING) {
			g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, value.text);
			return FALSE;
		}
	return TRUE;
}

gboolean password_keep(const char *account, const char *address, const char *secret, GError **error)
{
	g_autofree char *program = paths_program("kith-desktop");
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	int fds[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the keyring can't be reached: %s", g_strerror(errno));
		return FALSE;
	}
	g_subprocess_launcher_take_fd(launcher, fds[1], DESKTOP_FD);
	g_autoptr(GSubprocess) process = g_subprocess_launcher_spawn(launcher, NULL, program, NULL);
	g_clear_object(&launcher); /* closes our copy of its end */
	gboolean good = FALSE;
	if (process) {
		GString *line = g_string_new(NULL);
		json_open(line);
		json_put_number(line, "id", 1);
		json_put_text(line, "do", "store");
		json_put_text(line, "account", account);
		json_put_text(line, "address", address);
		json_put_text(line, "secret", secret);
		json_close(line);
		g_string_append_c(line, '\n');
		good = send(fds[0], line->str, line->len, MSG_NOSIGNAL) == (gssize)line->len && read_answer(fds[0], error);
		secret_wipe(line->str, line->len);
		g_string_free(line, TRUE);
		g_subprocess_force_exit(process);
	} else {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "this kith has no access to a keyring");
	}
	close(fds[0]);
	return good;
}
