/* loop.c: see loop.h. */
#include "config.h"
#include "purple/loop.h"
#include "purple/host.h"

#define BACKLOG_HIGH (1024 * 1024)
#define BACKLOG_LOW (256 * 1024)
#define QUIET_US (60 * G_USEC_PER_SEC)
#define SLOW_S 10
#define TICKER_BIT (1u << 31)

/* A socket that libpurple watches. */
typedef struct {
	int fd;
	PurpleInputCondition condition;
	PurpleInputFunction function;
	gpointer data;
	guint source; /* 0 while reading pauses */
} Input;

static GHashTable *inputs; /* handle -> Input */
static guint last_handle;
static gboolean paused;

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
	if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		ready |= PURPLE_INPUT_READ;
	if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		ready |= PURPLE_INPUT_WRITE;
	input->function(input->data, input->fd, ready & input->condition ? ready & input->condition : ready);
	if (!paused && backend_backlog(host.backend) > BACKLOG_HIGH)
		pause_reading();
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

static guint input_add(int fd, PurpleInputCondition condition, PurpleInputFunction function, gpointer data)
{
	Input *input = g_new0(Input, 1);
	*input = (Input){ .fd = fd, .condition = condition, .function = function, .data = data };
	g_hash_table_insert(inputs, GUINT_TO_POINTER(++last_handle), input);
	watch(last_handle, input);
	return last_handle;
}

static gboolean input_remove(guint handle)
{
	Input *input = g_hash_table_lookup(inputs, GUINT_TO_POINTER(handle));
	if (input)
		g_clear_handle_id(&input->source, g_source_remove);
	return g_hash_table_remove(inputs, GUINT_TO_POINTER(handle));
}

/* ---- timers ---- */

/* A timer of one second; its handle is one that GLib does not give. */
typedef struct {
	GSourceFunc function;
	gpointer data;
	guint source;
	gboolean slow;
} Ticker;

static GHashTable *tickers; /* handle -> Ticker */
static gint64 last_wish;    /* of the hub; monotonic */

static gboolean on_tick(gpointer handle)
{
	Ticker *ticker = g_hash_table_lookup(tickers, handle);
	if (!ticker->function(ticker->data)) {
		/* It may have removed itself. */
		ticker = g_hash_table_lookup(tickers, handle);
		if (ticker)
			g_hash_table_remove(tickers, handle);
		return G_SOURCE_REMOVE;
	}
	ticker = g_hash_table_lookup(tickers, handle);
	gboolean slow = g_get_monotonic_time() - last_wish > QUIET_US;
	if (!ticker || slow == ticker->slow)
		return ticker ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
	ticker->slow = slow;
	ticker->source = g_timeout_add_seconds(slow ? SLOW_S : 1, on_tick, handle);
	return G_SOURCE_REMOVE;
}

void loop_wake(void)
{
	GHashTableIter iter;
	gpointer handle, value;
	last_wish = g_get_monotonic_time();
	g_hash_table_iter_init(&iter, tickers);
	while (g_hash_table_iter_next(&iter, &handle, &value)) {
		Ticker *ticker = value;
		if (!ticker->slow)
			continue;
		ticker->slow = FALSE;
		g_source_remove(ticker->source);
		ticker->source = g_timeout_add_seconds(1, on_tick, handle);
	}
}

static guint timeout_add_seconds(guint seconds, GSourceFunc function, gpointer data)
{
	static guint last;
	if (seconds != 1)
		return g_timeout_add_seconds(seconds, function, data);
	Ticker *ticker = g_new0(Ticker, 1);
	guint handle = TICKER_BIT | (++last & (TICKER_BIT - 1));
	*ticker = (Ticker){ .function = function, .data = data };
	g_hash_table_insert(tickers, GUINT_TO_POINTER(handle), ticker);
	ticker->source = g_timeout_add_seconds(1, on_tick, GUINT_TO_POINTER(handle));
	return handle;
}

/* Whole seconds share their wake-ups. */
static guint timeout_add(guint interval, GSourceFunc function, gpointer data)
{
	return interval >= 1000 && interval % 1000 == 0 ? timeout_add_seconds(interval / 1000, function, data) : g_timeout_add(interval, function, data);
}

static gboolean timeout_remove(guint handle)
{
	if (!(handle & TICKER_BIT))
		return g_source_remove(handle);
	Ticker *ticker = g_hash_table_lookup(tickers, GUINT_TO_POINTER(handle));
	if (ticker)
		g_source_remove(ticker->source);
	return g_hash_table_remove(tickers, GUINT_TO_POINTER(handle));
}

static PurpleEventLoopUiOps operations = {
	.timeout_add = timeout_add,
	.timeout_remove = timeout_remove,
	.input_add = input_add,
	.input_remove = input_remove,
	.timeout_add_seconds = timeout_add_seconds,
};

void loop_attach(void)
{
	inputs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	tickers = g_hash_table_new_full(NULL, NULL, NULL, g_free);
	purple_eventloop_set_ui_ops(&operations);
}
