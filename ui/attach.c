/* attach.c: see attach.h. A hub is started without waiting for it: its ready line comes through a pipe that the loop watches. */
#include "config.h"
#include "attach.h"

#include "wire/link.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define PAUSE_FIRST_MS 100
#define PAUSE_MOST_MS 10000
#define START_TIMEOUT_MS 30000

typedef struct {
	AttachAnswer answer;
	gpointer context;
	GDestroyNotify free_context;
} Request;

struct Attach {
	char *socket, *profile, *config;
	const AttachEvents *events;
	gpointer user;
	Link *link;
	gboolean up, started; /* started: the hub that runs was started by this screen */
	GHashTable *requests; /* id -> Request */
	gint64 last_request;
	guint retry_source, ready_source, timeout_source, pause;
	int ready_fd;
	GString *ready_line;
};

static void try_again(Attach *attach, const char *why);
static void try_connect(Attach *attach);

static void request_free(gpointer data)
{
	Request *request = data;
	if (request->free_context)
		request->free_context(request->context);
	g_free(request);
}

static void stop(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

/* Everything that waits for an answer gets one. */
static void fail_requests(Attach *attach)
{
	g_autoptr(GHashTable) lost = attach->requests;
	attach->requests = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, request_free);
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, lost);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		Request *request = value;
		WireError error = WIRE(ERROR, Error, .request = *(gint64 *)key, .text = "the hub ended before it answered");
		if (request->answer)
			request->answer((const Wire *)&error, request->context, attach->user);
	}
}

/* ---- the link ---- */

static void on_answer(Attach *attach, gint64 id, const Wire *message, gboolean last)
{
	Request *request = g_hash_table_lookup(attach->requests, &id);
	if (!request)
		return;
	if (request->answer)
		request->answer(message, request->context, attach->user);
	if (last)
		g_hash_table_remove(attach->requests, &id);
}

static void on_message(Link *link G_GNUC_UNUSED, const Wire *message, gpointer user)
{
	Attach *attach = user;
	switch ((int)message->kind) {
	case WIRE_PRINT:
		on_answer(attach, ((const WirePrint *)message)->request, message, FALSE);
		break;
	case WIRE_DONE:
		on_answer(attach, ((const WireDone *)message)->request, message, TRUE);
		break;
	case WIRE_ERROR:
		on_answer(attach, ((const WireError *)message)->request, message, TRUE);
		break;
	default:
		attach->events->on_event(message, attach->user);
	}
}

static void on_hello(Link *link G_GNUC_UNUSED, const WireHello *hello G_GNUC_UNUSED, gpointer user)
{
	Attach *attach = user;
	attach->up = TRUE;
	attach->pause = 0;
	attach->events->on_attached(attach->user);
}

static void on_closed(Link *link, const char *why, gpointer user)
{
	Attach *attach = user;
	attach->link = NULL;
	attach->up = FALSE;
	attach->started = FALSE;
	link_free(link);
	fail_requests(attach);
	g_autofree char *words = why ? g_strdup_printf("the hub is gone (%s)", why) : g_strdup("the hub is gone");
	try_again(attach, words);
}

static const LinkEvents link_events = { .on_message = on_message, .on_hello = on_hello, .on_closed = on_closed };

static int open_socket(const char *path, int *why)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	if (strlen(path) >= sizeof address.sun_path) {
		*why = ENAMETOOLONG;
		return -1;
	}
	strcpy(address.sun_path, path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0) {
		*why = errno;
		return -1;
	}
	if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
		return fd;
	*why = errno;
	close(fd);
	return -1;
}

/* ---- starting a hub ---- */

static void forget_start(Attach *attach)
{
	stop(&attach->ready_source);
	stop(&attach->timeout_source);
	if (attach->ready_fd >= 0)
		close(attach->ready_fd);
	attach->ready_fd = -1;
	if (attach->ready_line)
		g_string_free(attach->ready_line, TRUE);
	attach->ready_line = NULL;
}

static void on_ready_line(Attach *attach)
{
	g_autofree char *line = g_strstrip(g_strdup(attach->ready_line->str));
	forget_start(attach);
	if (strcmp(line, "ok") == 0) {
		attach->started = TRUE;
		try_connect(attach);
		return;
	}
	g_autofree char *why = g_utf8_make_valid(*line ? line : "the hub ended while it started; the log says more", -1);
	try_again(attach, why);
}

static gboolean on_ready(int fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Attach *attach = user;
	char bytes[4096];
	gssize n = read(fd, bytes, sizeof bytes);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return G_SOURCE_CONTINUE;
	if (n > 0)
		g_string_append_len(attach->ready_line, bytes, n);
	if (n > 0 && !strchr(attach->ready_line->str, '\n') && attach->ready_line->len < 16384)
		return G_SOURCE_CONTINUE;
	attach->ready_source = 0;
	on_ready_line(attach);
	return G_SOURCE_REMOVE;
}

static gboolean on_start_timeout(gpointer user)
{
	Attach *attach = user;
	attach->timeout_source = 0;
	forget_start(attach);
	try_again(attach, "the hub does not become ready; the log says more");
	return G_SOURCE_REMOVE;
}

static void start_hub(Attach *attach)
{
	g_autofree char *program = paths_program("kith-hub");
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	int ends[2];
	g_autoptr(GError) error = NULL;
	if (!g_unix_open_pipe(ends, FD_CLOEXEC, &error)) {
		try_again(attach, error->message);
		return;
	}
	g_ptr_array_add(argv, program);
	g_ptr_array_add(argv, "--ready-fd");
	g_ptr_array_add(argv, "3");
	if (attach->profile) {
		g_ptr_array_add(argv, "--profile");
		g_ptr_array_add(argv, attach->profile);
	}
	g_ptr_array_add(argv, "--config");
	g_ptr_array_add(argv, attach->config);
	g_ptr_array_add(argv, NULL);
	int target = 3;
	gboolean started = g_spawn_async_with_pipes_and_fds(NULL, (const char *const *)argv->pdata, NULL,
	                                                    G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL,
	                                                    (GSpawnChildSetupFunc)(void (*)(void))setsid, NULL, -1, -1, -1, &ends[1], &target, 1,
	                                                    NULL, NULL, NULL, NULL, &error);
	close(ends[1]);
	if (!started) {
		close(ends[0]);
		g_autofree char *why = g_strdup_printf("the hub can't be started: %s", error->message);
		try_again(attach, why);
		return;
	}
	attach->ready_fd = ends[0];
	g_unix_set_fd_nonblocking(ends[0], TRUE, NULL);
	attach->ready_line = g_string_new(NULL);
	attach->ready_source = g_unix_fd_add(ends[0], G_IO_IN | G_IO_HUP, on_ready, attach);
	attach->timeout_source = g_timeout_add(START_TIMEOUT_MS, on_start_timeout, attach);
}

static void try_connect(Attach *attach)
{
	static const char *const owner[] = { "owner", NULL };
	int why = 0;
	int fd = open_socket(attach->socket, &why);
	if (fd >= 0) {
		attach->link = link_new(fd, SIDE_SCREEN, attach->started ? owner : NULL, WIRE_H2C, &link_events, attach);
		return;
	}
	if (!attach->started && (why == ENOENT || why == ECONNREFUSED)) {
		start_hub(attach);
		return;
	}
	attach->started = FALSE;
	g_autofree char *words = g_strdup_printf("the hub can't be reached: %s", g_strerror(why));
	try_again(attach, words);
}

static gboolean on_retry(gpointer user)
{
	Attach *attach = user;
	attach->retry_source = 0;
	try_connect(attach);
	return G_SOURCE_REMOVE;
}

static void try_again(Attach *attach, const char *why)
{
	attach->pause = attach->pause ? MIN(attach->pause * 2, PAUSE_MOST_MS) : PAUSE_FIRST_MS;
	if (!attach->retry_source)
		attach->retry_source = g_timeout_add(attach->pause, on_retry, attach);
	attach->events->on_lost(why, TRUE, attach->user);
}

/* ---- the interface ---- */

Attach *attach_new(const Paths *paths, const AttachEvents *events, gpointer user)
{
	Attach *attach = g_new0(Attach, 1);
	attach->socket = g_strdup(paths->socket);
	attach->profile = g_strdup(paths->profile);
	attach->config = g_strdup(paths->config);
	attach->events = events;
	attach->user = user;
	attach->ready_fd = -1;
	attach->requests = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, request_free);
	attach->retry_source = g_idle_add_full(G_PRIORITY_HIGH, on_retry, attach, NULL);
	return attach;
}

void attach_free(Attach *attach)
{
	if (!attach)
		return;
	stop(&attach->retry_source);
	forget_start(attach);
	if (attach->link) {
		link_flush(attach->link);
		link_free(attach->link);
	}
	g_hash_table_unref(attach->requests);
	g_free(attach->socket);
	g_free(attach->profile);
	g_free(attach->config);
	g_free(attach);
}

gboolean attach_is_up(const Attach *attach)
{
	return attach->up;
}

void attach_send(Attach *attach, const void *message)
{
	if (attach->up)
		link_send(attach->link, message);
}

gint64 attach_request(Attach *attach, AttachAnswer answer, gpointer context, GDestroyNotify free_context)
{
	if (!attach->up)
		return 0;
	Request *request = g_new0(Request, 1);
	*request = (Request){ answer, context, free_context };
	gint64 id = ++attach->last_request;
	g_hash_table_insert(attach->requests, g_memdup2(&id, sizeof id), request);
	return id;
}

gboolean attach_command(Attach *attach, const char *line, const char *account, const char *chat, const char *secret,
                        AttachAnswer answer, gpointer context, GDestroyNotify free_context)
{
	gint64 id = attach_request(attach, answer, context, free_context);
	g_autofree char *directory = g_get_current_dir();
	if (id)
		link_send(attach->link, &WIRE(COMMAND, Command, .request = id, .line = line, .account = account, .chat = chat,
			.directory = g_utf8_validate(directory, -1, NULL) ? directory : NULL, .secret = secret));
	return id != 0;
}

gboolean attach_ask(Attach *attach, const char *line, AttachAnswer answer, gpointer context, GDestroyNotify free_context)
{
	gint64 id = attach_request(attach, answer, context, free_context);
	if (id)
		link_send(attach->link, &WIRE(COMMAND, Command, .request = id, .line = line, .json = TRUE));
	return id != 0;
}

void attach_flush(Attach *attach)
{
	if (attach->link)
		link_flush(attach->link);
}
