/* heartbeat.c: see heartbeat.h. */
#include "config.h"
#include "purple/heartbeat.h"
#include "purple/connection.h"
#include "purple/host.h"
#include "purple/loop.h"
#include <gio/gio.h>
#include <string.h>

#define ASK_TIMES 3 /* within the time of silence */
#define PORT_LOOK_S 30

static guint pulse, line_idle, watch;
static gint64 begin, limit; /* monotonic; µs */
static GCancellable *connecting; /* to the bus */
static GDBusConnection *bus;

/* ---- a program of this machine that has a port ---- */

/* Looked up in the kernel's table: a question of ours would be an error in that program's log. */
static gboolean has_udp_port(guint port)
{
	g_autofree char *table = NULL, *local = g_strdup_printf(":%04X ", port);
	if (!g_file_get_contents("/proc/net/udp", &table, NULL, NULL))
		return TRUE;
	for (const char *found = strstr(table, local); found; found = strstr(found + 1, local)) {
		const char *line = found;
		while (line > table && line[-1] != '\n')
			line--;
		/* the first address of a line is the own one */
		if (strchr(line, ':') && strstr(strchr(line, ':') + 1, local) == found)
			return TRUE;
	}
	return FALSE;
}

/* The connection that the plugin then shares. It would end the process together with the bus. */
static gboolean has_bus(void)
{
	static GDBusConnection *shared;
	g_clear_object(&shared);
	shared = g_bus_get_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
	if (shared)
		g_dbus_connection_set_exit_on_close(shared, FALSE);
	return shared != NULL;
}

const char *heartbeat_missing(void)
{
	if (host.quirks->no_bus && !has_bus())
		return host.quirks->no_bus;
	return host.quirks->udp_port && !has_udp_port(host.quirks->udp_port) ? host.quirks->udp_lost : NULL;
}

/* ---- silence ---- */

static guint silence_limit(void)
{
	const char *setting = backend_setting(host.backend, "silence_limit");
	guint64 seconds = setting ? g_ascii_strtoull(setting, NULL, 10) : 0;
	return seconds >= 1 && seconds <= 3600 ? (guint)seconds : host.quirks->silence_s;
}

static gboolean on_pulse(gpointer user G_GNUC_UNUSED)
{
	gint64 silent = g_get_monotonic_time() - MAX(begin, loop_last_heard());
	const char *missing = heartbeat_missing();
	if (missing) {
		pulse = 0;
		connection_lose(REASON_NETWORK, g_strdup(missing));
		return G_SOURCE_REMOVE;
	}
	if (limit && silent > limit) {
		pulse = 0;
		connection_lose(REASON_TIMEOUT, g_strdup_printf("the server of \"%s\" no longer answers", backend_address(host.backend)));
		return G_SOURCE_REMOVE;
	}
	if (limit && silent > limit / ASK_TIMES / 2 && host.quirks->ping)
		host.quirks->ping(host_connection());
	loop_worked();
	return G_SOURCE_CONTINUE;
}

/* ---- the only connection ---- */

static gboolean look_at_lines(gpointer user G_GNUC_UNUSED)
{
	line_idle = 0;
	if (host.online && !loop_has_line())
		connection_lose(REASON_NETWORK, g_strdup_printf("the connection to the server of \"%s\" was lost", backend_address(host.backend)));
	return G_SOURCE_REMOVE;
}

static void on_line_end(void)
{
	if (!line_idle)
		line_idle = g_idle_add(look_at_lines, NULL);
}

/* ---- a program of this machine ---- */

static void on_vanished(GDBusConnection *connection G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	connection_lose(REASON_NETWORK, g_strdup(host.quirks->bus_lost));
}

static void on_bus(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer user G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	GDBusConnection *connection = g_dbus_connection_new_for_address_finish(result, &error);
	if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
		return;
	g_clear_object(&connecting);
	bus = connection;
	if (bus)
		watch = g_bus_watch_name_on_connection(bus, host.quirks->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, on_vanished, NULL, NULL);
	else
		on_vanished(NULL, NULL, NULL);
}

/* Not the connection that GIO shares: that one ends the process when the bus does. */
static void start_watch(void)
{
	g_autofree char *address = g_dbus_address_get_for_bus_sync(G_BUS_TYPE_SYSTEM, NULL, NULL);
	if (!address)
		return;
	connecting = g_cancellable_new();
	g_dbus_connection_new_for_address(address, G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION, NULL,
		connecting, on_bus, NULL);
}

static void stop_watch(void)
{
	g_cancellable_cancel(connecting);
	g_clear_object(&connecting);
	g_clear_handle_id(&watch, g_bus_unwatch_name);
	g_clear_object(&bus);
}

/* ---- life ---- */

void heartbeat_start(PurpleConnection *gc G_GNUC_UNUSED)
{
	heartbeat_stop();
	guint seconds = silence_limit();
	begin = g_get_monotonic_time();
	limit = host.quirks->silence_s ? (gint64)seconds * G_USEC_PER_SEC : 0;
	if (limit || host.quirks->udp_port)
		/* not the plugins' g_timeout_add_seconds (loop.c), whose second takes its time */
		pulse = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, seconds ? MAX(seconds / ASK_TIMES, 1) : PORT_LOOK_S, on_pulse, NULL, NULL);
	if (host.quirks->one_line && loop_has_line())
		loop_set_line_end(on_line_end);
	if (host.quirks->bus_name)
		start_watch();
}

void heartbeat_stop(void)
{
	loop_set_line_end(NULL);
	g_clear_handle_id(&line_idle, g_source_remove);
	g_clear_handle_id(&pulse, g_source_remove);
	stop_watch();
}
