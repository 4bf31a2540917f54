/* files-helper.c: the process kith-files for one step of one transfer (its lines are in src/files/job.h). It is killed when nobody wants it any more. */
#include "base/json.h"
#include "hub/files.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINE_MAX_BYTES 65536

struct Helper {
	GSubprocess *process;
	int fd;
	guint source;
	GString *in;
	const HelperEvents *events;
	gpointer user;
};

void helper_free(Helper *h)
{
	if (!h)
		return;
	if (h->source)
		g_source_remove(h->source);
	g_subprocess_force_exit(h->process);
	g_object_unref(h->process);
	close(h->fd);
	g_string_free(h->in, TRUE);
	g_free(h);
}

static void end(Helper *h, const HelperResult *result)
{
	const HelperEvents *events = h->events;
	gpointer user = h->user;
	h->source = 0;
	events->on_end(result, user);
}

/* FALSE: it was the last one, and the helper may be gone. */
static gboolean on_line(Helper *h, char *line, gsize length)
{
	JsonReader json;
	JsonValue value;
	char *key;
	HelperResult result = { 0 };
	gint64 moved = -1;
	gboolean over = FALSE;
	if (!g_utf8_validate_len(line, length, NULL))
		return TRUE;
	json_reader_init(&json, line, length);
	if (!json_read_open(&json))
		return TRUE;
	const struct { const char *key; const char **place; } texts[] = { { "error", &result.error }, { "path", &result.path }, { "name", &result.name },
		{ "type", &result.type }, { "sha256", &result.sha256 } };
	while (json_read_field(&json, &key, &value)) {
		for (guint i = 0; i < G_N_ELEMENTS(texts); i++)
			if (value.type == JSON_STRING && !strcmp(texts[i].key, key))
				*texts[i].place = value.text;
		if (value.type == JSON_NUMBER && !strcmp(key, "moved"))
			moved = value.number;
		else if (value.type == JSON_NUMBER && !strcmp(key, "size"))
			result.size = value.number;
		else if (value.type == JSON_TRUE && !strcmp(key, "again"))
			result.again = TRUE;
		else if (value.type == JSON_TRUE && !strcmp(key, "done"))
			over = TRUE;
		else if (value.type == JSON_ARRAY)
			json_skip_array(&json);
	}
	if (result.error || over) {
		end(h, &result);
		return FALSE;
	}
	if (moved >= 0)
		h->events->on_progress(moved, result.size, h->user);
	return TRUE;
}

static gboolean on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Helper *h = user;
	char buffer[4096], *newline;
	gssize n = read(fd, buffer, sizeof buffer);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0 || h->in->len > LINE_MAX_BYTES) {
		end(h, &(HelperResult){ .error = "the program that moves files ended unexpectedly", .again = TRUE });
		return G_SOURCE_REMOVE;
	}
	g_string_append_len(h->in, buffer, n);
	while ((newline = memchr(h->in->str, '\n', h->in->len))) {
		gsize length = (gsize)(newline - h->in->str);
		g_autofree char *line = g_strndup(h->in->str, length);
		g_string_erase(h->in, 0, (gssize)length + 1);
		if (!on_line(h, line, length))
			return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

static gboolean write_all(int fd, const GString *line)
{
	for (gsize at = 0; at < line->len;) {
		gssize n = send(fd, line->str + at, line->len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		at += (gsize)n;
	}
	return TRUE;
}

Helper *helper_start(GString *job, const char *log, const HelperEvents *events, gpointer user, GError **error)
{
	int pair[2];
	g_autoptr(GString) line = job;
	g_autofree char *program = paths_program("kith-files");
	json_close(line);
	g_string_append_c(line, '\n');
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "no socket pair: %s", g_strerror(errno));
		return NULL;
	}
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_subprocess_launcher_take_fd(launcher, pair[1], 3);
	g_subprocess_launcher_setenv(launcher, "KITH_LOG", log, TRUE);
	g_subprocess_launcher_unsetenv(launcher, "NOTIFY_SOCKET");
	GSubprocess *process = g_subprocess_launcher_spawn(launcher, error, program, NULL);
	g_subprocess_launcher_close(launcher);
	/* A job is smaller than a socket's buffer: this does not wait. */
	if (!process || !write_all(pair[0], line)) {
		if (process)
			g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, "the program that moves files does not listen");
		else
			g_prefix_error(error, "the program that moves files can't be started: ");
		g_clear_object(&process);
		close(pair[0]);
		return NULL;
	}
	Helper *h = g_new0(Helper, 1);
	*h = (Helper){ .process = process, .fd = pair[0], .in = g_string_new(NULL), .events = events, .user = user };
	g_unix_set_fd_nonblocking(h->fd, TRUE, NULL);
	h->source = g_unix_fd_add(h->fd, G_IO_IN | G_IO_HUP, on_readable, h);
	return h;
}
