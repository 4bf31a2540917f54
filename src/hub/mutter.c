/* mutter.c: see mutter.h.
 *
 * A process that talks without end costs nobody anything: behind some kilobytes nothing is read any more, and the writer is told so by EPIPE.
 */
#include "hub/mutter.h"
#include "base/log.h"
#include <glib-unix.h>
#include <string.h>
#include <unistd.h>

#define SAID_MAX 16384 /* bytes in the life of a process */
#define LINE_BYTES_MAX 1000

struct Mutter {
	int fd; /* -1: no longer read */
	guint source;
	char *account;
	gsize said;
	GString *line;
};

static void log_line(Mutter *m)
{
	if (m->line->len)
		log_info("account \"%s\": its process says: %s", m->account, m->line->str);
	g_string_truncate(m->line, 0);
}

static void end_reading(Mutter *m)
{
	log_line(m);
	g_clear_handle_id(&m->source, g_source_remove);
	close(m->fd);
	m->fd = -1;
}

static void take(Mutter *m, const char *bytes, gsize length)
{
	m->said += length;
	for (gsize i = 0; i < length; i++) {
		if (bytes[i] == '\n' || m->line->len >= LINE_BYTES_MAX)
			log_line(m);
		if (bytes[i] && bytes[i] != '\n')
			g_string_append_c(m->line, bytes[i]);
	}
}

/* FALSE: there is nothing to read. */
static gboolean read_some(Mutter *m)
{
	char bytes[4096];
	gssize n = m->fd < 0 ? -1 : read(m->fd, bytes, sizeof bytes);
	if (n > 0)
		take(m, bytes, (gsize)n);
	if (n == 0)
		end_reading(m);
	if (n > 0 && m->said > SAID_MAX) {
		end_reading(m);
		log_info("account \"%s\": its process says too much; nothing more of it is kept", m->account);
	}
	return n > 0 && m->fd >= 0;
}

static gboolean on_readable(gint fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Mutter *m = user;
	read_some(m);
	return m->source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

Mutter *mutter_new(int fd, const char *account)
{
	Mutter *m = g_new0(Mutter, 1);
	m->fd = fd;
	m->account = g_strdup(account);
	m->line = g_string_new(NULL);
	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	m->source = g_unix_fd_add(fd, G_IO_IN | G_IO_HUP, on_readable, m);
	return m;
}

void mutter_free(Mutter *m)
{
	if (!m)
		return;
	while (read_some(m))
		;
	if (m->fd >= 0)
		end_reading(m);
	g_string_free(m->line, TRUE);
	g_free(m->account);
	g_free(m);
}
