/* link.c: see link.h. */
#include "wire/link.h"
#include "base/log.h"
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_SIZE 65536
#define REFUSED_MAX 100

struct Link {
	int fd;
	Side self;
	WireWay way_in;
	const LinkEvents *events;
	gpointer user;
	GString *in, *out;
	gsize out_done;         /* bytes of out the socket has taken */
	guint in_source, out_source, flush_source;
	WireBox *box;
	gint64 last_heard;      /* µs, monotonic */
	guint refused;
	gboolean greeted, closed;
	gboolean *freed;        /* set while callbacks run: tells that link_free was called in one */
};

static void stop_source(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

static void close_link(Link *link, const char *why)
{
	if (link->closed)
		return;
	link->closed = TRUE;
	stop_source(&link->in_source);
	stop_source(&link->out_source);
	stop_source(&link->flush_source);
	link->events->on_closed(link, why, link->user);
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer user);

gboolean link_flush(Link *link)
{
	while (link->out_done < link->out->len) {
		gssize n = send(link->fd, link->out->str + link->out_done, link->out->len - link->out_done, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			break; /* full, or broken: reading tells which */
		link->out_done += (gsize)n;
	}
	if (link->out_done == link->out->len) {
		g_string_truncate(link->out, 0);
		link->out_done = 0;
		if (link->out->allocated_len > 1024 * 1024) {
			g_string_free(link->out, TRUE);
			link->out = g_string_new(NULL);
		}
		stop_source(&link->out_source);
		return TRUE;
	}
	if (link->out_done > 65536 && link->out_done > link->out->len / 2) {
		g_string_erase(link->out, 0, (gssize)link->out_done);
		link->out_done = 0;
	}
	if (!link->out_source && !link->closed)
		link->out_source = g_unix_fd_add(link->fd, G_IO_OUT, on_writable, link);
	return FALSE;
}

static gboolean on_writable(gint fd G_GNUC_UNUSED, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Link *link = user;
	guint source = link->out_source;
	link->out_source = 0;
	if (link_flush(link)) {
		if (link->events->on_drained)
			link->events->on_drained(link, link->user);
		return G_SOURCE_REMOVE;
	}
	stop_source(&link->out_source);
	link->out_source = source;
	return G_SOURCE_CONTINUE;
}

static gboolean on_flush(gpointer user)
{
	Link *link = user;
	link->flush_source = 0;
	link_flush(link);
	return G_SOURCE_REMOVE;
}

/* One write a wake-up: what was queued while events were handled goes out before the loop sleeps. */
static void want_flush(Link *link)
{
	if (!link->flush_source && !link->out_source && !link->closed)
		link->flush_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_flush, link, NULL);
}

void link_send(Link *link, const void *message)
{
	if (link->closed)
		return;
	wire_encode(link->out, message);
	want_flush(link);
}

void link_send_lines(Link *link, const char *lines, gsize length)
{
	if (link->closed)
		return;
	g_string_append_len(link->out, lines, (gssize)length);
	want_flush(link);
}

gsize link_backlog(const Link *link)
{
	return link->out->len - link->out_done;
}

gint64 link_last_heard(const Link *link)
{
	return link->last_heard;
}

static gboolean greet(Link *link, const Wire *message)
{
	const WireHello *hello = (const WireHello *)message;
	if (message->kind != WIRE_HELLO) {
		close_link(link, "it did not begin with hello");
		return FALSE;
	}
	if (hello->version != WIRE_VERSION) {
		g_autofree char *text = g_strdup_printf("protocol version %d is needed, not %d", WIRE_VERSION, (int)hello->version);
		link_send(link, &WIRE(ERROR, Error, .text = text));
		link_flush(link);
		close_link(link, text);
		return FALSE;
	}
	link->greeted = TRUE;
	if (link->events->on_hello)
		link->events->on_hello(link, hello, link->user);
	return TRUE;
}

static void refuse_line(Link *link, const GError *error)
{
	log_warning("line refused: %s", error->message);
	if (++link->refused > REFUSED_MAX) {
		close_link(link, "too many bad lines");
		return;
	}
	link_send(link, &WIRE(ERROR, Error, .request = wire_box_request(link->box), .text = error->message));
}

/* FALSE when the link is closed or gone. */
static gboolean handle_line(Link *link, char *line, gsize length)
{
	gboolean freed = FALSE;
	g_autoptr(GError) error = NULL;
	line[length] = '\0';
	const Wire *message = wire_decode(link->box, line, length, link->way_in, &error);
	link->freed = &freed;
	if (!message)
		refuse_line(link, error);
	else if (!link->greeted)
		greet(link, message);
	else if (message->kind == WIRE_ERROR && !((const WireError *)message)->request)
		log_warning("the other side says: %s", ((const WireError *)message)->text);
	else if (message->kind != WIRE_HELLO)
		link->events->on_message(link, message, link->user);
	if (freed)
		return FALSE;
	link->freed = NULL;
	return !link->closed;
}

static gboolean on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Link *link = user;
	gsize old = link->in->len;
	g_string_set_size(link->in, old + READ_SIZE);
	gssize n = recv(fd, link->in->str + old, READ_SIZE, MSG_DONTWAIT);
	int problem = errno;
	g_string_set_size(link->in, old + (n > 0 ? (gsize)n : 0));
	if (n < 0 && (problem == EAGAIN || problem == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0) {
		link->in_source = 0;
		close_link(link, n < 0 && problem != ECONNRESET ? g_strerror(problem) : NULL);
		return G_SOURCE_REMOVE;
	}
	link->last_heard = g_get_monotonic_time();
	char *at = link->in->str, *end = at + link->in->len, *newline;
	char *search = at + old; /* what came before holds no newline */
	while ((newline = memchr(search, '\n', (gsize)(end - search)))) {
		if (!handle_line(link, at, (gsize)(newline - at)))
			return G_SOURCE_REMOVE;
		at = search = newline + 1;
	}
	g_string_erase(link->in, 0, at - link->in->str);
	if (link->in->len > WIRE_LINE_MAX) {
		link->in_source = 0;
		close_link(link, "a line longer than 1 MiB");
		return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

void link_pause(Link *link, gboolean pause)
{
	if (pause)
		stop_source(&link->in_source);
	else if (!link->in_source && !link->closed)
		link->in_source = g_unix_fd_add(link->fd, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, link);
}

Link *link_new(int fd, Side self, const char *const *can, WireWay way_in, const LinkEvents *events, gpointer user)
{
	Link *link = g_new0(Link, 1);
	*link = (Link){ .fd = fd, .self = self, .way_in = way_in, .events = events, .user = user };
	link->in = g_string_new(NULL);
	link->out = g_string_new(NULL);
	link->box = wire_box_new();
	link->last_heard = g_get_monotonic_time();
	g_unix_set_fd_nonblocking(fd, TRUE, NULL);
	link_pause(link, FALSE);
	link_send(link, &WIRE(HELLO, Hello, .version = WIRE_VERSION, .program = "kith " VERSION, .side = self, .can = can));
	return link;
}

void link_free(Link *link)
{
	if (!link)
		return;
	if (link->freed)
		*link->freed = TRUE;
	link->closed = TRUE;
	stop_source(&link->in_source);
	stop_source(&link->out_source);
	stop_source(&link->flush_source);
	close(link->fd);
	g_string_free(link->in, TRUE);
	g_string_free(link->out, TRUE);
	wire_box_free(link->box);
	g_free(link);
}
