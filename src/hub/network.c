/* network.c: notices that this machine's network has changed, or that it has slept, so that nobody waits for a time-out.
 *
 * The kernel tells both: routes through GNetworkMonitor, sleep and set clocks through a timer that is never to ring but is cancelled by them
 * (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET). Accounts that are online are asked for a sign of life, those that wait try at once. A network
 * that changes again and again is heard once a second. Without either of them all goes on by time-outs.
 */
#include "base/log.h"
#include "hub/hub.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define PAUSE_US G_USEC_PER_SEC

struct Network {
	Hub *hub;
	GNetworkMonitor *monitor; /* ref, or NULL */
	gulong handler;
	int clock; /* -1: none */
	guint clock_source, pause_source;
	gint64 last; /* monotonic µs of the last time accounts were told */
};

static void tell_accounts(Network *n, const char *why)
{
	const GPtrArray *accounts = model_accounts(n->hub->model);
	gboolean available = !n->monitor || g_network_monitor_get_network_available(n->monitor);
	n->last = g_get_monotonic_time();
	log_info("%s: the connections are looked after", why);
	for (guint i = 0; i < accounts->len; i++)
		runner_network_changed(runner_of(accounts->pdata[i]), available);
}

static gboolean on_pause_over(gpointer user)
{
	Network *n = user;
	n->pause_source = 0;
	tell_accounts(n, "the network has changed");
	return G_SOURCE_REMOVE;
}

static void on_network_changed(GNetworkMonitor *monitor G_GNUC_UNUSED, gboolean available G_GNUC_UNUSED, gpointer user)
{
	Network *n = user;
	gint64 left = n->last ? n->last + PAUSE_US - g_get_monotonic_time() : 0;
	if (n->pause_source)
		return;
	n->pause_source = g_timeout_add((guint)(MAX(left, 0) / 1000), on_pause_over, n);
}

/* Far away, and cancelled when the clock jumps or the machine wakes. */
static gboolean arm(Network *n)
{
	struct itimerspec never = { .it_value.tv_sec = G_MAXINT32 };
	if (timerfd_settime(n->clock, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0)
		return TRUE;
	log_debug("sleep will not be noticed: %s", g_strerror(errno));
	return FALSE;
}

static gboolean on_clock(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Network *n = user;
	guint64 rings;
	if (read(fd, &rings, sizeof rings) < 0 && errno == ECANCELED)
		tell_accounts(n, "the machine has slept, or its clock was set");
	if (arm(n))
		return G_SOURCE_CONTINUE;
	n->clock_source = 0;
	return G_SOURCE_REMOVE;
}

Network *network_new(Hub *hub)
{
	Network *n = g_new0(Network, 1);
	n->hub = hub;
	n->monitor = g_object_ref(g_network_monitor_get_default());
	n->handler = g_signal_connect(n->monitor, "network-changed", G_CALLBACK(on_network_changed), n);
	n->clock = timerfd_create(CLOCK_REALTIME, TFD_CLOEXEC | TFD_NONBLOCK);
	if (n->clock >= 0 && arm(n))
		n->clock_source = g_unix_fd_add(n->clock, G_IO_IN, on_clock, n);
	return n;
}

void network_free(Network *n)
{
	if (!n)
		return;
	g_signal_handler_disconnect(n->monitor, n->handler);
	g_object_unref(n->monitor);
	g_clear_handle_id(&n->clock_source, g_source_remove);
	g_clear_handle_id(&n->pause_source, g_source_remove);
	if (n->clock >= 0)
		close(n->clock);
	g_free(n);
}
