/* loop.c: see loop.h. */
#include "config.h"
#include "purple/loop.h"
#include "purple/host.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#define BACKLOG_HIGH (256 * 1024)
#define BACKLOG_LOW (64 * 1024)
#define QUIET_US (60 * G_USEC_PER_SEC)
#define SLOW_US (10 * G_USEC_PER_SEC)
#define DRIVEN_US (20 * G_USEC_PER_SEC)
#define DEAD_LINE_S 60 /* how long what was sent may stay unanswered by the other machine */

/* A socket that libpurple watches. */
typedef struct {
	int fd;
	PurpleInputCondition condition;
	PurpleInputFunction function;
	gpointer data;
	guint source; /* 0 while reading pauses */
	gboolean network;
	gboolean line; /* to another machine */
} Input;

static GHashTable *inputs; /* handle -> Input */
static guint last_handle;
static gboolean paused;
static gint64 last_heard; /* monotonic */
static gint64 last_added; /* likewise */
static void (*on_line_end)(void);
static void (*driver)(void);

static void watch(guint handle, Input *input);

static void pause_reading(void)
{
	GHashTableIter iter;
	gpointer value;
	paused = TRUE;
	g_hash_table_iter_init(&iter, inputs);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Input *input = value;
		if (input->condition & PURPLE_INPUT_READ)
			g_clear_handle_id(&input->source, g_source_remove);
	}
	/* Its answer is sure to come, whatever else is on the way to the hub. */
	backend_send(host.backend, &WIRE(KEEP, Keep, .account = backend_account(host.backend), .key = "purple-pause", .value = "1",
		.commit = backend_next_commit(host.backend)));
}

void loop_relieve(void)
{
	GHashTableIter iter;
	gpointer handle, value;
	if (!paused || backend_backlog(host.backend) > BACKLOG_LOW)
		return;
	paused = FALSE;
	g_hash_table_iter_init(&iter, inputs);
	while (g_hash_table_iter_next(&iter, &handle, &value))
		watch(GPOINTER_TO_UINT(handle), value);
}

static gboolean on_ready(GIOChannel *channel G_GNUC_UNUSED, GIOCondition condition, gpointer handle)
{
	Input *input = g_hash_table_lookup(inputs, handle);
	PurpleInputCondition ready = 0;
	if (!input)
		return G_SOURCE_REMOVE;
	if (condition & G_IO_IN && input->network)
		last_heard = g_get_monotonic_time();
	if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		ready |= PURPLE_INPUT_READ;
	if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		ready |= PURPLE_INPUT_WRITE;
	input->function(input->data, input->fd, ready & input->condition ? ready & input->condition : ready);
	if (!paused && backend_backlog(host.backend) > BACKLOG_HIGH)
		pause_reading();
	loop_worked();
	return G_SOURCE_CONTINUE;
}

static void watch(guint handle, Input *input)
{
	GIOCondition condition = G_IO_HUP | G_IO_ERR;
	if (input->source || (paused && (input->condition & PURPLE_INPUT_READ)))
		return;
	if (input->condition & PURPLE_INPUT_READ)
		condition |= G_IO_IN;
	if (input->condition & PURPLE_INPUT_WRITE)
		condition |= G_IO_OUT | G_IO_NVAL;
	GIOChannel *channel = g_io_channel_unix_new(input->fd);
	input->source = g_io_add_watch(channel, condition, on_ready, GUINT_TO_POINTER(handle));
	g_io_channel_unref(channel);
}

/* No pipe to a child that looks up a name. */
static gboolean is_network(int fd)
{
	struct sockaddr_storage own;
	socklen_t size = sizeof own;
	return !getsockname(fd, (struct sockaddr *)&own, &size) && (own.ss_family == AF_INET || own.ss_family == AF_INET6);
}

/* Whether fd is a connection to another machine; then the kernel ends it when that machine is no longer there. */
static gboolean keep_line(int fd)
{
	int type = 0, on = 1, idle = DEAD_LINE_S, limit = DEAD_LINE_S * 1000;
	struct sockaddr_storage other;
	socklen_t length = sizeof type, size = sizeof other;
	if (!is_network(fd) || getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) < 0 || type != SOCK_STREAM ||
	    getpeername(fd, (struct sockaddr *)&other, &size) < 0)
		return FALSE;
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &limit, sizeof limit);
	return TRUE;
}

static guint input_add(int fd, PurpleInputCondition condition, PurpleInputFunction function, gpointer data)
{
	Input *input = g_new0(Input, 1);
	last_added = g_get_monotonic_time();
	*input = (Input){ .fd = fd, .condition = condition, .function = function, .data = data, .network = is_network(fd), .line = keep_line(fd) };
	g_hash_table_insert(inputs, GUINT_TO_POINTER(++last_handle), input);
	watch(last_handle, input);
	return last_handle;
}

static gboolean input_remove(guint handle)
{
	Input *input = g_hash_table_lookup(inputs, GUINT_TO_POINTER(handle));
	gboolean line = input && input->line;
	if (input)
		g_clear_handle_id(&input->source, g_source_remove);
	gboolean removed = g_hash_table_remove(inputs, GUINT_TO_POINTER(handle));
	if (line && on_line_end)
		on_line_end();
	return removed;
}

gint64 loop_last_heard(void)
{
	return paused ? g_get_monotonic_time() : last_heard;
}

gint64 loop_last_tried(void)
{
	return last_added;
}

gboolean loop_has_line(void)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, inputs);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (((Input *)value)->line)
			return TRUE;
	return FALSE;
}

void loop_set_line_end(void (*function)(void))
{
	on_line_end = function;
}

/* ---- timers ---- */

/* A timer of one second that takes its time while nobody wants anything. */
typedef struct {
	GSource source;
	GSourceFunc function;
	gpointer data;
	gboolean slow;
} Ticker;

static GSList *tickers; /* Ticker, borrowed from the main context */
static gint64 last_wish; /* of the hub; monotonic */
static GThread *main_thread;

static void set_next(Ticker *ticker, gboolean slow)
{
	ticker->slow = slow;
	g_source_set_ready_time(&ticker->source, g_get_monotonic_time() + (driver ? DRIVEN_US : slow ? SLOW_US : G_USEC_PER_SEC));
}

static gboolean ticker_dispatch(GSource *source, GSourceFunc function, gpointer data)
{
	if (driver)
		driver();
	else if (!function(data))
		return G_SOURCE_REMOVE;
	set_next((Ticker *)source, g_get_monotonic_time() - last_wish > QUIET_US);
	return G_SOURCE_CONTINUE;
}

static void ticker_finalize(GSource *source)
{
	tickers = g_slist_remove(tickers, source);
}

static guint ticker_add(GSourceFunc function, gpointer data)
{
	static GSourceFuncs functions = { .dispatch = ticker_dispatch, .finalize = ticker_finalize };
	GSource *source = g_source_new(&functions, sizeof(Ticker));
	g_source_set_callback(source, function, data, NULL);
	((Ticker *)source)->function = function;
	((Ticker *)source)->data = data;
	set_next((Ticker *)source, FALSE);
	tickers = g_slist_prepend(tickers, source);
	guint handle = g_source_attach(source, NULL);
	g_source_unref(source);
	return handle;
}

void loop_drive(void (*function)(void))
{
	driver = function;
}

/* A ticker may end itself and, with the connection, others. */
void loop_tick(void)
{
	g_autoptr(GPtrArray) all = g_ptr_array_new_with_free_func((GDestroyNotify)g_source_unref);
	for (GSList *l = tickers; l; l = l->next)
		g_ptr_array_add(all, g_source_ref(l->data));
	for (guint i = 0; i < all->len; i++) {
		Ticker *ticker = all->pdata[i];
		if (!g_source_is_destroyed(&ticker->source) && !ticker->function(ticker->data))
			g_source_destroy(&ticker->source);
	}
}

void loop_worked(void)
{
	if (driver)
		driver();
}

void loop_wake(void)
{
	last_wish = g_get_monotonic_time();
	for (GSList *l = tickers; l; l = l->next)
		if (((Ticker *)l->data)->slow)
			set_next(l->data, FALSE);
}

/* In place of GLib's own function, also for the plugins: prpl-irc does not use libpurple's timers for its queue. */
guint g_timeout_add_seconds(guint interval, GSourceFunc function, gpointer data)
{
	if (interval == 1 && main_thread && g_thread_self() == main_thread)
		return ticker_add(function, data);
	return g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, interval, function, data, NULL);
}

/* Whole seconds share their wake-ups. */
static guint timeout_add(guint interval, GSourceFunc function, gpointer data)
{
	return interval >= 1000 && interval % 1000 == 0 ? g_timeout_add_seconds(interval / 1000, function, data) : g_timeout_add(interval, function, data);
}

static PurpleEventLoopUiOps operations = {
	.timeout_add = timeout_add,
	.timeout_remove = g_source_remove,
	.input_add = input_add,
	.input_remove = input_remove,
	.timeout_add_seconds = g_timeout_add_seconds,
};

void loop_attach(void)
{
	inputs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	main_thread = g_thread_self();
	purple_eventloop_set_ui_ops(&operations);
}
