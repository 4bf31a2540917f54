/* heartbeat.c: see heartbeat.h. */
#include "config.h"
#include "purple/heartbeat.h"
#include "purple/connection.h"
#include "purple/host.h"
#include "purple/loop.h"
#include <gio/gio.h>

#define ASK_TIMES 3 /* within the time of silence */

static guint pulse, line_idle, watch;
static gint64 begin, limit; /* monotonic; µs */

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
	if (silent > limit) {
		pulse = 0;
		connection_lose(REASON_TIMEOUT, g_strdup_printf("the server of \"%s\" no longer answers", backend_address(host.backend)));
		return G_SOURCE_REMOVE;
	}
	if (silent > limit / ASK_TIMES / 2 && host.quirks->ping)
		host.quirks->ping(host_connection());
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

static void on_appeared(GDBusConnection *bus, const char *name G_GNUC_UNUSED, const char *owner G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	g_dbus_connection_set_exit_on_close(bus, FALSE);
}

static void on_vanished(GDBusConnection *bus G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	connection_lose(REASON_NETWORK, g_strdup(host.quirks->bus_lost));
}

/* ---- life ---- */

void heartbeat_start(PurpleConnection *gc G_GNUC_UNUSED)
{
	heartbeat_stop();
	guint seconds = host.quirks->silence_s ? silence_limit() : 0;
	begin = g_get_monotonic_time();
	limit = (gint64)seconds * G_USEC_PER_SEC;
	if (seconds)
		pulse = g_timeout_add_seconds(MAX(seconds / ASK_TIMES, 1), on_pulse, NULL);
	if (host.quirks->one_line && loop_has_line())
		loop_set_line_end(on_line_end);
	if (host.quirks->bus_name)
		watch = g_bus_watch_name(G_BUS_TYPE_SYSTEM, host.quirks->bus_name, G_BUS_NAME_WATCHER_FLAGS_NONE, on_appeared, on_vanished, NULL, NULL);
}

void heartbeat_stop(void)
{
	loop_set_line_end(NULL);
	g_clear_handle_id(&line_idle, g_source_remove);
	g_clear_handle_id(&pulse, g_source_remove);
	g_clear_handle_id(&watch, g_bus_unwatch_name);
}
