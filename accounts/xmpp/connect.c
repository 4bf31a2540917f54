/* connect.c: see connect.h. */
#include "config.h"

#include "connect.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#define MAX_TARGETS 8

typedef struct {
	char *domain;		/* owned */
	int waiting;		/* lookups that have not answered */
	GList *starttls;	/* owned list of GSrvTarget */
	GList *direct;
} Lookup;

Target *target_new(const char *host, guint16 port, gboolean direct)
{
	Target *target = g_new0(Target, 1);

	target->host = g_strdup(host);
	target->port = port;
	target->direct = direct;
	return target;
}

void target_free(gpointer data)
{
	Target *target = data;

	if (!target)
		return;
	g_free(target->host);
	g_free(target);
}

gboolean target_parse(const char *text, char **host, guint16 *port)
{
	const char *colon = NULL, *end;
	guint64 number = 0;

	if (!text || !*text || strlen(text) > 300 || strpbrk(text, " \t\r\n/@"))
		return FALSE;
	if (*text == '[') {
		end = strchr(text, ']');
		if (!end || end == text + 1 || (end[1] && end[1] != ':'))
			return FALSE;
		text++;
		colon = end[1] ? end + 1 : NULL;
	} else {
		colon = strchr(text, ':');
		if (colon && strchr(colon + 1, ':'))	/* a bare IPv6 address */
			colon = NULL;
		end = colon ? colon : text + strlen(text);
	}
	if (end == text)
		return FALSE;
	if (colon) {
		if (!g_ascii_string_to_unsigned(colon + 1, 10, 1, 65535, &number, NULL))
			return FALSE;
		*port = (guint16)number;
	}
	*host = g_strndup(text, end - text);
	return TRUE;
}

GPtrArray *target_merge(GList *starttls, GList *direct)
{
	GPtrArray *targets = g_ptr_array_new_with_free_func(target_free);

	while ((starttls || direct) && targets->len < MAX_TARGETS) {
		gboolean take_direct = direct && (!starttls || g_srv_target_get_priority(direct->data) <=
						  g_srv_target_get_priority(starttls->data));
		GList **from = take_direct ? &direct : &starttls;
		GSrvTarget *srv = (*from)->data;
		const char *host = g_srv_target_get_hostname(srv);
		if (*host && strcmp(host, ".") != 0)	/* "." means: not offered (RFC 2782) */
			g_ptr_array_add(targets, target_new(host, g_srv_target_get_port(srv), take_direct));
		*from = (*from)->next;
	}
	return targets;
}

static void connect_free_lookup(gpointer data)
{
	Lookup *lookup = data;

	g_resolver_free_targets(lookup->starttls);
	g_resolver_free_targets(lookup->direct);
	g_free(lookup->domain);
	g_free(lookup);
}

static void connect_finish_lookup(GTask *task, Lookup *lookup)
{
	GPtrArray *targets;

	if (lookup->waiting > 0)
		return;
	targets = target_merge(lookup->starttls, lookup->direct);
	if (targets->len > 0) {
		g_task_return_pointer(task, targets, (GDestroyNotify)g_ptr_array_unref);
		return;
	}
	if (lookup->starttls || lookup->direct) {
		g_task_return_new_error(task, G_RESOLVER_ERROR, G_RESOLVER_ERROR_NOT_FOUND,
					"the domain \"%s\" offers no XMPP", lookup->domain);
		g_ptr_array_unref(targets);
	} else {	/* also when the lookup failed: the plain name may be known, from a hosts file for one */
		g_ptr_array_add(targets, target_new(lookup->domain, 5222, FALSE));
		g_task_return_pointer(task, targets, (GDestroyNotify)g_ptr_array_unref);
	}
}

static void connect_take(GObject *source, GAsyncResult *result, GTask *task, GList **into)
{
	Lookup *lookup = g_task_get_task_data(task);

	*into = g_resolver_lookup_service_finish(G_RESOLVER(source), result, NULL);
	lookup->waiting--;
	connect_finish_lookup(task, lookup);
	g_object_unref(task);
}

static void connect_on_starttls(GObject *source, GAsyncResult *result, gpointer data)
{
	connect_take(source, result, data, &((Lookup *)g_task_get_task_data(data))->starttls);
}

static void connect_on_direct(GObject *source, GAsyncResult *result, gpointer data)
{
	connect_take(source, result, data, &((Lookup *)g_task_get_task_data(data))->direct);
}

void connect_lookup_async(const char *domain, StreamTls tls, GCancellable *cancellable, GAsyncReadyCallback call,
			  gpointer data)
{
	GTask *task = g_task_new(NULL, cancellable, call, data);
	Lookup *lookup = g_new0(Lookup, 1);
	g_autoptr(GResolver) resolver = g_resolver_get_default();
	gboolean starttls = tls != STREAM_TLS_DIRECT, direct = tls == STREAM_TLS_ANY || tls == STREAM_TLS_DIRECT;

	lookup->domain = g_strdup(domain);
	g_task_set_task_data(task, lookup, connect_free_lookup);
	lookup->waiting = starttls + direct;
	if (starttls)
		g_resolver_lookup_service_async(resolver, "xmpp-client", "tcp", domain, cancellable,
						connect_on_starttls, g_object_ref(task));
	if (direct)
		g_resolver_lookup_service_async(resolver, "xmpps-client", "tcp", domain, cancellable,
						connect_on_direct, g_object_ref(task));
	g_object_unref(task);
}

GPtrArray *connect_lookup_finish(GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}

static void connect_on_open(GObject *source, GAsyncResult *result, gpointer data)
{
	g_autoptr(GTask) task = data;
	GError *error = NULL;
	GSocketConnection *connection = g_socket_client_connect_finish(G_SOCKET_CLIENT(source), result, &error);

	if (connection)
		g_task_return_pointer(task, connection, g_object_unref);
	else
		g_task_return_error(task, error);
}

void connect_open_async(const Target *target, const char *proxy, GCancellable *cancellable,
			GAsyncReadyCallback call, gpointer data)
{
	GTask *task = g_task_new(NULL, cancellable, call, data);
	g_autoptr(GSocketClient) client = g_socket_client_new();
	g_autoptr(GSocketConnectable) address = g_network_address_new(target->host, target->port);
	/* always one of our own: the default would load the desktop's proxy modules */
	g_autoptr(GProxyResolver) resolver = g_simple_proxy_resolver_new(proxy ? proxy : "direct://", NULL);

	g_socket_client_set_proxy_resolver(client, resolver);
	g_socket_client_set_enable_proxy(client, proxy != NULL);
	g_socket_client_connect_async(client, address, cancellable, connect_on_open, task);
}

GSocketConnection *connect_open_finish(GAsyncResult *result, guint user_timeout, GError **error)
{
	GSocketConnection *connection = g_task_propagate_pointer(G_TASK(result), error);

	if (connection) {
		GSocket *socket = g_socket_connection_get_socket(connection);
		g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
		g_socket_set_keepalive(socket, FALSE);
#ifdef TCP_USER_TIMEOUT
		g_socket_set_option(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, (gint)user_timeout, NULL);
#endif
	}
	return connection;
}

gboolean connect_is_loopback(GSocketConnection *connection)
{
	g_autoptr(GSocketAddress) address = g_socket_connection_get_remote_address(connection, NULL);

	return G_IS_PROXY_ADDRESS(address) == FALSE && G_IS_INET_SOCKET_ADDRESS(address) &&
	       g_inet_address_get_is_loopback(g_inet_socket_address_get_address(G_INET_SOCKET_ADDRESS(address)));
}
