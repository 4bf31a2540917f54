/* backend.c: see backend.h. */
#include "backend.h"
#include "base/confine.h"
#include "base/log.h"
#include "base/paths.h"
#include "wire/link.h"
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

struct Backend {
	const BackendEvents *events;
	gpointer user;
	GMainLoop *loop;
	Link *link;
	WireConfigure *configure; /* owned copy; NULL until it came */
	gint64 commit;
};

static void on_hub_message(Link *link, const Wire *message, gpointer user)
{
	Backend *b = user;
	if (message->kind == WIRE_BEAT) {
		link_send(link, &WIRE(BEAT, Beat));
	} else if (message->kind == WIRE_CONFIGURE) {
		if (b->configure)
			return;
		b->configure = (WireConfigure *)wire_copy(message);
		const char *log = g_getenv("KITH_LOG");
		if (log) {
			const char *level = backend_setting(b, "log_level");
			g_autofree char *area = g_strdup_printf("account %s", b->configure->account);
			log_open(log, area, !g_strcmp0(level, "debug") ? LOG_DEBUG : LOG_INFO);
		}
		b->events->on_configure(b, b->configure, b->user);
	} else if (!b->configure) {
		log_warning("a message before configure");
	} else if (message->kind == WIRE_COMMITTED) {
		b->events->on_committed(b, ((const WireCommitted *)message)->commit, b->user);
	} else {
		b->events->on_message(b, message, b->user);
	}
}

static void on_hub_closed(Link *link G_GNUC_UNUSED, const char *why, gpointer user)
{
	Backend *b = user;
	if (why)
		log_warning("the connection to the hub broke: %s", why);
	if (b->events->on_end)
		b->events->on_end(b, b->user);
	g_main_loop_quit(b->loop);
}

static const LinkEvents link_events = { .on_message = on_hub_message, .on_closed = on_hub_closed };

Backend *backend_new(const char *program, const BackendEvents *events, gpointer user)
{
	struct rlimit no_core = { 0, 0 };
	Backend *b = g_new0(Backend, 1);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN); /* the terminal's ^C is for the hub and the screen */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	setrlimit(RLIMIT_CORE, &no_core);
	g_set_prgname(program);
	b->events = events;
	b->user = user;
	b->loop = g_main_loop_new(NULL, FALSE);
	b->link = link_new(BACKEND_FD, SIDE_BACKEND, NULL, WIRE_H2B, &link_events, b);
	return b;
}

void backend_free(Backend *b)
{
	if (!b)
		return;
	link_free(b->link);
	g_main_loop_unref(b->loop);
	g_free(b->configure);
	g_free(b);
}

int backend_run(Backend *b)
{
	g_main_loop_run(b->loop);
	link_flush(b->link);
	return 0;
}

void backend_flush(Backend *b)
{
	link_flush(b->link);
}

void backend_quit(Backend *b)
{
	g_main_loop_quit(b->loop);
}

/* ---- what configure said ---- */

const char *backend_account(const Backend *b)
{
	return b->configure->account;
}

const char *backend_address(const Backend *b)
{
	return b->configure->address;
}

const char *backend_protocol(const Backend *b)
{
	return b->configure->protocol;
}

const char *backend_directory(const Backend *b)
{
	return b->configure->directory;
}

const char *const *backend_settings(const Backend *b)
{
	return b->configure->settings;
}

static const char *find_value(const char *const *list, const char *key)
{
	gsize length = strlen(key);
	for (; *list; list++)
		if (!strncmp(*list, key, length) && (*list)[length] == '=')
			return *list + length + 1;
	return NULL;
}

const char *backend_setting(const Backend *b, const char *key)
{
	return find_value(b->configure->settings, key);
}

gboolean backend_setting_flag(const Backend *b, const char *key, gboolean standard)
{
	static const char *const yes[] = { "yes", "on", "true", "1", NULL };
	const char *value = backend_setting(b, key);
	return value && *value ? g_strv_contains(yes, value) : standard;
}

const char *backend_kept(const Backend *b, const char *key)
{
	return find_value(b->configure->keep, key);
}

/* ---- sending ---- */

void backend_send(Backend *b, const void *message)
{
	link_send(b->link, message);
}

gint64 backend_next_commit(Backend *b)
{
	return ++b->commit;
}

gsize backend_backlog(const Backend *b)
{
	return link_backlog(b->link);
}

void backend_done(Backend *b, gint64 request, const char *text)
{
	if (request)
		backend_send(b, &WIRE(DONE, Done, .request = request, .text = text));
}

void backend_fail(Backend *b, gint64 request, const char *text)
{
	if (request)
		backend_send(b, &WIRE(ERROR, Error, .request = request, .text = text));
}

void backend_state(Backend *b, AccountState state, Reason reason, const char *text)
{
	backend_send(b, &WIRE(STATE, State, .account = backend_account(b), .state = state, .reason = reason, .text = text));
}

void backend_notice(Backend *b, const char *chat, gboolean failure, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	backend_send(b, &WIRE(NOTICE, Notice, .account = backend_account(b), .chat = chat, .text = text, .failure = failure));
}

void backend_confine(Backend *b, ConfineFlags flags, const char *const *extra)
{
	if (g_getenv("KITH_NO_CONFINE"))
		return;
	confine_process(backend_directory(b), (flags & CONFINE_FORK) != 0, extra);
}
