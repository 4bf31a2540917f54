/* clients.c: the Unix socket: screens and one-shot commands of the same user.
 *
 * A screen gets the whole state as events, then ready, then every event as it happens. One that does not read is cut off after two seconds
 * above a megabyte, so that it can't hold up the others; it attaches again and gets the state anew.
 */
#include "base/log.h"
#include "hub/hub.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define CLIENTS_MAX 64
#define BACKLOG_HIGH (1024 * 1024)
#define STALL_MS 2000

struct Client {
	Clients *clients;
	Link *link;
	Side side;
	gboolean greeted, owner, messages, idle;
	gsize stalled_at; /* the backlog when the stall timer began */
	guint stall_source;
};

struct Clients {
	Hub *hub;
	int fd;
	guint source;
	GPtrArray *all; /* of Client, owned */
	GString *line;  /* scratch for broadcasts */
};

static void client_free(gpointer data)
{
	Client *c = data;
	if (c->stall_source)
		g_source_remove(c->stall_source);
	link_free(c->link);
	g_free(c);
}

static void drop(Client *c)
{
	Hub *hub = c->clients->hub;
	gboolean owner = c->owner;
	calls_forget(hub, c);
	g_ptr_array_remove(c->clients->all, c);
	if (owner)
		hub->owned = TRUE;
	hub_check_flow(hub);
	hub_check_purpose(hub);
}

void client_send(Client *c, const void *message)
{
	link_send(c->link, message);
}

static void send_each(const void *event, gpointer user)
{
	link_send(((Client *)user)->link, event);
}

static void send_settings(Client *c)
{
	Config *config = c->clients->hub->config;
	g_auto(GStrv) groups = config_groups(config);
	for (guint i = 0; groups[i]; i++) {
		g_auto(GStrv) keys = config_keys(config, groups[i]);
		for (guint k = 0; keys[k]; k++)
			link_send(c->link, &WIRE(SETTING, Setting, .group = groups[i], .name = keys[k], .value = config_get(config, groups[i], keys[k])));
	}
}

static void on_hello(Link *link G_GNUC_UNUSED, const WireHello *hello, gpointer user)
{
	Client *c = user;
	Hub *hub = c->clients->hub;
	c->greeted = TRUE;
	c->side = hello->side;
	c->owner = g_strv_contains(hello->can, "owner");
	c->messages = hello->side == SIDE_SCREEN || g_strv_contains(hello->can, "messages");
	if (c->owner)
		hub->owned = TRUE;
	log_debug("a client attached: %s (%s)", hello->program, wire_words_side[hello->side]);
	if (c->side == SIDE_SCREEN) {
		send_settings(c);
		model_snapshot(hub->model, send_each, c);
		link_send(c->link, &WIRE(READY, Ready));
	}
}

static void tell_backends_idle(Hub *hub)
{
	gboolean idle = clients_are_idle(hub->clients);
	const GPtrArray *accounts = model_accounts(hub->model);
	for (guint i = 0; i < accounts->len; i++)
		if (account_is_online(accounts->pdata[i]))
			runner_send(runner_of(accounts->pdata[i]), &WIRE(IDLE, Idle, .idle = idle));
}

static void on_read(Hub *hub, const WireRead *read)
{
	Account *account = model_account(hub->model, read->account);
	Chat *chat = account ? model_chat(account, read->chat) : NULL;
	gint64 time = chat ? MIN(read->time, chat->last_time) : 0;
	if (!chat || time <= chat->read)
		return;
	WireRead up_to = WIRE(READ, Read, .account = read->account, .chat = read->chat, .time = time);
	hub_publish(hub, &up_to);
	receive_read(hub, &up_to);
	runner_tell_read(runner_of(account), read->chat);
}

static void on_typing(Hub *hub, const WireChatTyping *typing)
{
	Account *account = model_account(hub->model, typing->account);
	if (account && account_is_online(account) && config_flag(hub->config, "send_typing") && account_can(account, "typing"))
		runner_send(runner_of(account), typing);
}

static void on_message(Link *link G_GNUC_UNUSED, const Wire *message, gpointer user)
{
	Client *c = user;
	Hub *hub = c->clients->hub;
	switch ((int)message->kind) {
	case WIRE_COMMAND: calls_run(hub, c, (const WireCommand *)message); break;
	case WIRE_ANSWER: calls_answer_card(hub, c, (const WireAnswer *)message); break;
	case WIRE_READ: on_read(hub, (const WireRead *)message); break;
	case WIRE_FETCH: calls_fetch(hub, c, (const WireFetch *)message); break;
	case WIRE_TYPING: on_typing(hub, (const WireChatTyping *)message); break;
	case WIRE_DETACH: hub->detached = TRUE; break;
	case WIRE_IDLE:
		c->idle = ((const WireIdle *)message)->idle;
		tell_backends_idle(hub);
		break;
	}
}

static void on_closed(Link *link G_GNUC_UNUSED, const char *why, gpointer user)
{
	Client *c = user;
	if (why)
		log_info("a client was cut off: %s", why);
	drop(c);
}

static gboolean on_stall(gpointer user)
{
	Client *c = user;
	c->stall_source = 0;
	if (link_backlog(c->link) < BACKLOG_HIGH)
		return G_SOURCE_REMOVE;
	if (link_backlog(c->link) < c->stalled_at) {
		/* slow, but it reads */
		c->stalled_at = link_backlog(c->link);
		c->stall_source = g_timeout_add(STALL_MS, on_stall, c);
		return G_SOURCE_REMOVE;
	}
	log_warning("a client does not read and is cut off");
	drop(c);
	return G_SOURCE_REMOVE;
}

static void on_drained(Link *link G_GNUC_UNUSED, gpointer user)
{
	Client *c = user;
	if (c->stall_source)
		g_source_remove(c->stall_source);
	c->stall_source = 0;
	hub_check_flow(c->clients->hub);
}

static const LinkEvents link_events = { .on_message = on_message, .on_hello = on_hello, .on_closed = on_closed, .on_drained = on_drained };

void clients_broadcast(Clients *clients, const void *event)
{
	WireKind kind = ((const Wire *)event)->kind;
	gboolean about_messages = kind == WIRE_MESSAGE || kind == WIRE_MESSAGE_STATE;
	g_string_truncate(clients->line, 0);
	for (guint i = 0; i < clients->all->len; i++) {
		Client *c = clients->all->pdata[i];
		if (!c->greeted || (c->side != SIDE_SCREEN && !(about_messages && c->messages)))
			continue;
		if (!clients->line->len)
			wire_encode(clients->line, event);
		link_send_lines(c->link, clients->line->str, clients->line->len);
		if (!c->stall_source && link_backlog(c->link) > BACKLOG_HIGH) {
			c->stalled_at = link_backlog(c->link);
			c->stall_source = g_timeout_add(STALL_MS, on_stall, c);
		}
	}
}

gsize clients_backlog(const Clients *clients)
{
	gsize largest = 0;
	for (guint i = 0; i < clients->all->len; i++)
		largest = MAX(largest, link_backlog(((Client *)clients->all->pdata[i])->link));
	return largest;
}

guint clients_count(const Clients *clients)
{
	return clients->all->len;
}

gboolean clients_are_idle(const Clients *clients)
{
	for (guint i = 0; i < clients->all->len; i++) {
		const Client *c = clients->all->pdata[i];
		if (c->side == SIDE_SCREEN && !c->idle)
			return FALSE;
	}
	return TRUE;
}

guint clients_screens(const Clients *clients)
{
	guint n = 0;
	for (guint i = 0; i < clients->all->len; i++)
		n += ((Client *)clients->all->pdata[i])->side == SIDE_SCREEN;
	return n;
}

/* ---- the listening socket ---- */

/* A backend serves its account and sees no other: neither it nor its children, which can't leave its session, are clients. */
static gboolean is_backend(Hub *hub, pid_t pid)
{
	pid_t session = getsid(pid);
	const GPtrArray *accounts = model_accounts(hub->model);
	for (guint i = 0; i < accounts->len; i++) {
		const Runner *r = runner_of(accounts->pdata[i]);
		if (r && r->pid && r->pid == session)
			return TRUE;
	}
	return FALSE;
}

static gboolean on_connection(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Clients *clients = user;
	struct ucred peer;
	socklen_t length = sizeof peer;
	int s = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (s < 0)
		return G_SOURCE_CONTINUE;
	const char *refusal = getsockopt(s, SOL_SOCKET, SO_PEERCRED, &peer, &length) < 0 || peer.uid != getuid() ? "another user" :
		clients->all->len >= CLIENTS_MAX ? "too many clients" :
		is_backend(clients->hub, peer.pid) ? "an account's process" : NULL;
	if (refusal) {
		log_warning("a connection was refused: %s", refusal);
		close(s);
		return G_SOURCE_CONTINUE;
	}
	Client *c = g_new0(Client, 1);
	c->clients = clients;
	g_ptr_array_add(clients->all, c);
	c->link = link_new(s, SIDE_HUB, NULL, WIRE_C2H, &link_events, c);
	return G_SOURCE_CONTINUE;
}

Clients *clients_new(Hub *hub, GError **error)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	const char *path = hub->paths->socket;
	if (strlen(path) >= sizeof address.sun_path) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FILENAME_TOO_LONG, "the path of the socket \"%s\" is too long; set XDG_RUNTIME_DIR to a shorter one", path);
		return NULL;
	}
	g_strlcpy(address.sun_path, path, sizeof address.sun_path);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	unlink(path); /* we hold the lock: what stands here is left from a crash */
	mode_t mask = umask(077);
	gboolean bound = fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof address) == 0 && listen(fd, 16) == 0;
	int problem = errno;
	umask(mask);
	if (!bound) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(problem), "can't listen on \"%s\": %s", path, g_strerror(problem));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	Clients *clients = g_new0(Clients, 1);
	clients->hub = hub;
	clients->fd = fd;
	clients->all = g_ptr_array_new_with_free_func(client_free);
	clients->line = g_string_new(NULL);
	clients->source = g_unix_fd_add(fd, G_IO_IN, on_connection, clients);
	return clients;
}

void clients_free(Clients *clients)
{
	if (!clients)
		return;
	g_source_remove(clients->source);
	close(clients->fd);
	unlink(clients->hub->paths->socket);
	for (guint i = 0; i < clients->all->len; i++)
		link_flush(((Client *)clients->all->pdata[i])->link);
	g_ptr_array_unref(clients->all);
	g_string_free(clients->line, TRUE);
	g_free(clients);
}
