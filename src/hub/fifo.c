/* fifo.c: slash commands from the FIFO, one a line.
 *
 * It is opened for reading and writing, so that it never ends and no writer is ever blocked by our absence. A line longer than 64 KiB is
 * refused whole; what a command says goes to the log.
 */
#include "base/log.h"
#include "hub/hub.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536

struct Fifo {
	Hub *hub;
	int fd;
	guint source;
	GString *in;
	gboolean skipping; /* inside a line that is too long */
};

static void handle_line(Fifo *f, char *line, gsize length)
{
	line[length] = '\0';
	if (length && line[length - 1] == '\r')
		line[length - 1] = '\0';
	if (!*line)
		return;
	if (strlen(line) < length - 1 || !g_utf8_validate(line, -1, NULL)) {
		log_warning("FIFO: a line that is not UTF-8 was refused");
		return;
	}
	if (*line != '/') {
		log_warning("FIFO: a line that is no slash command was refused: \"%s\"", line);
		return;
	}
	calls_run_line(f->hub, line, "FIFO");
}

static gboolean on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Fifo *f = user;
	char buffer[16384], *newline;
	gssize n = read(fd, buffer, sizeof buffer);
	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR) ? G_SOURCE_CONTINUE : (f->source = 0, G_SOURCE_REMOVE);
	g_string_append_len(f->in, buffer, n);
	char *at = f->in->str, *end = at + f->in->len;
	for (; (newline = memchr(at, '\n', (gsize)(end - at))); at = newline + 1) {
		if (!f->skipping && newline - at <= LINE_MAX_BYTES)
			handle_line(f, at, (gsize)(newline - at));
		else if (!f->skipping)
			log_warning("FIFO: a line longer than %d bytes was refused", LINE_MAX_BYTES);
		f->skipping = FALSE;
	}
	g_string_erase(f->in, 0, at - f->in->str);
	if (f->in->len > LINE_MAX_BYTES) {
		if (!f->skipping)
			log_warning("FIFO: a line longer than %d bytes was refused", LINE_MAX_BYTES);
		f->skipping = TRUE;
		g_string_truncate(f->in, 0);
	}
	return G_SOURCE_CONTINUE;
}

Fifo *fifo_new(Hub *hub, GError **error)
{
	struct stat st;
	const char *path = hub->paths->fifo;
	if (!lstat(path, &st) && (!S_ISFIFO(st.st_mode) || st.st_uid != getuid()))
		unlink(path);
	int fd = -1;
	if ((mkfifo(path, 0600) < 0 && errno != EEXIST) || (fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW)) < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't make the FIFO \"%s\": %s", path, g_strerror(errno));
		return NULL;
	}
	fchmod(fd, 0600);
	Fifo *f = g_new0(Fifo, 1);
	f->hub = hub;
	f->fd = fd;
	f->in = g_string_new(NULL);
	f->source = g_unix_fd_add(fd, G_IO_IN, on_readable, f);
	return f;
}

void fifo_free(Fifo *f)
{
	if (!f)
		return;
	if (f->source)
		g_source_remove(f->source);
	close(f->fd);
	unlink(f->hub->paths->fifo);
	g_string_free(f->in, TRUE);
	g_free(f);
}
