/* notify.c: whom to tell about a message, and how: the desktop, and a command of the user's.
 *
 * A message is told half a second after it came, if it has not been read by then; many at once of a chat become one.
 * Old ones (offline storage, room history) are not told. What is corrected meanwhile is told with its new words, what is taken back no longer;
 * a correction that mentions the user is told like a message. The bell and the terminal's own notifications are the screen's.
 */
#include "base/log.h"
#include "base/moment.h"
#include "base/text.h"
#include "hub/hub.h"
#include <gio/gio.h>
#include <string.h>

#define DELAY_MS 500
#define COMMAND_S 10
#define LOOK_BACK 50
#define OLD_US (5 * 60 * G_USEC_PER_SEC)

typedef struct {
	Notify *notify;
	char *account, *chat;
	gint64 id;           /* of the message that is told, the last one */
	char *title, *body;  /* title without the count */
	guint count;
	guint source; /* 0: it was told */
} Pending;

struct Notify {
	Hub *hub;
	GHashTable *pending; /* "account chat" -> Pending: waiting or shown */
	guint commands;      /* user commands running */
};

static void pending_free(gpointer data)
{
	Pending *p = data;
	if (p->source)
		g_source_remove(p->source);
	g_free(p->account);
	g_free(p->chat);
	g_free(p->title);
	g_free(p->body);
	g_free(p);
}

static char *key_of(const char *account, const char *chat)
{
	return g_strdup_printf("%s %s", account, chat);
}

static void on_command_done(GObject *source, GAsyncResult *result, gpointer user)
{
	Notify *n = user;
	g_autoptr(GError) error = NULL;
	n->commands--;
	if (!g_subprocess_wait_check_finish(G_SUBPROCESS(source), result, &error))
		log_warning("notify_command: %s", error->message);
	g_object_unref(source);
}

static gboolean on_command_overdue(gpointer user)
{
	g_subprocess_force_exit(user);
	g_object_unref(user);
	return G_SOURCE_REMOVE;
}

/* The command gets the facts as environment variables and as arguments behind its own; never through a shell. */
static void run_command(Notify *n, const Pending *p, const char *title)
{
	const char *command = config_text(n->hub->config, "notify_command");
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = NULL;
	if (!*command || n->commands >= 4)
		return;
	if (!g_shell_parse_argv(command, NULL, &argv, &error)) {
		log_warning("notify_command: %s", error->message);
		return;
	}
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	for (guint i = 0; argv[i]; i++)
		g_ptr_array_add(words, argv[i]);
	const char *const more[] = { p->account, p->chat, title, p->body, NULL };
	for (guint i = 0; more[i]; i++)
		g_ptr_array_add(words, (gpointer)more[i]);
	g_ptr_array_add(words, NULL);
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_subprocess_launcher_setenv(launcher, "KITH_ACCOUNT", p->account, TRUE);
	g_subprocess_launcher_setenv(launcher, "KITH_CHAT", p->chat, TRUE);
	g_subprocess_launcher_setenv(launcher, "KITH_TITLE", title, TRUE);
	g_subprocess_launcher_setenv(launcher, "KITH_TEXT", p->body, TRUE);
	GSubprocess *process = g_subprocess_launcher_spawnv(launcher, (const char *const *)words->pdata, &error);
	if (!process) {
		log_warning("notify_command: %s", error->message);
		return;
	}
	n->commands++;
	g_subprocess_wait_check_async(process, NULL, on_command_done, n);
	g_timeout_add_seconds(COMMAND_S, on_command_overdue, g_object_ref(process));
}

static char *title_of(const Pending *p)
{
	return p->count > 1 ? g_strdup_printf("%s (%u)", p->title, p->count) : g_strdup(p->title);
}

static void show(const Pending *p)
{
	Notify *n = p->notify;
	g_autofree char *tag = key_of(p->account, p->chat);
	g_autofree char *title = title_of(p);
	if (strcmp(config_text(n->hub->config, "notifications"), "off"))
		desktop_notify(n->hub->desktop, tag, title, p->body);
}

static gboolean on_due(gpointer user)
{
	Pending *p = user;
	g_autofree char *title = title_of(p);
	p->source = 0;
	show(p);
	run_command(p->notify, p, title);
	return G_SOURCE_REMOVE;
}

/* Of what the archive has, only that is news which just came; of what was delayed otherwise, nothing. */
static gboolean is_late(const WireMessage *m)
{
	return m->archived ? m->time < moment_now() - OLD_US : m->delayed;
}

static gboolean is_old(const WireMessage *m)
{
	return (m->type != MESSAGE_EVENT && m->state == MESSAGE_READ) || is_late(m);
}

static gboolean is_wanted(Notify *n, const WireMessage *m)
{
	const char *mode = config_text(n->hub->config, "notifications");
	const Account *account = model_account(n->hub->model, m->account);
	const Chat *chat = account ? model_chat(account, m->chat) : NULL;
	if (m->direction != DIRECTION_IN || (m->type == MESSAGE_EVENT && !m->mention) || is_old(m) || !chat || n->hub->presence == PRESENCE_DND)
		return FALSE;
	if (!strcmp(mode, "off") && !*config_text(n->hub->config, "notify_command"))
		return FALSE;
	if (!strcmp(mode, "mentions") && !m->mention && chat->kind == CHAT_ROOM)
		return FALSE;
	return chat_wants_notification(chat, m->mention);
}

static void fill(Pending *p, const WireMessage *m)
{
	Hub *hub = p->notify->hub;
	g_autofree char *title = chat_title(model_chat(model_account(hub->model, m->account), m->chat));
	g_autofree char *who = m->chat_kind == CHAT_ROOM && m->nick ? g_strdup_printf("%s in %s", m->nick, title) : g_strdup(title);
	g_autofree char *shown = config_flag(hub->config, "notify_hide_text") ? g_strdup("new message") :
	                         m->type == MESSAGE_ACTION ? g_strdup_printf("* %s %s", m->nick ? m->nick : title, m->text) : g_strdup(m->text);
	g_autofree char *shorter = text_shorten(shown, 400);
	g_free(p->title);
	g_free(p->body);
	p->id = m->id;
	p->title = text_clean(who, TEXT_LINE);
	p->body = text_clean(shorter, TEXT_LINES);
}

static void tell(Notify *n, const WireMessage *m)
{
	g_autofree char *key = key_of(m->account, m->chat);
	Pending *p = g_hash_table_lookup(n->pending, key);
	if (!p) {
		p = g_new0(Pending, 1);
		p->notify = n;
		p->account = g_strdup(m->account);
		p->chat = g_strdup(m->chat);
		g_hash_table_insert(n->pending, g_strdup(key), p);
	}
	fill(p, m);
	p->count++;
	if (!p->source)
		p->source = g_timeout_add(DELAY_MS, on_due, p);
}

void notify_message(Notify *n, const WireMessage *m)
{
	if (m->again || m->type >= MESSAGE_CORRECTION)
		return;
	if (m->direction == DIRECTION_OUT) {
		if (m->type != MESSAGE_EVENT && !m->archived)
			notify_read(n, m->account, m->chat); /* answered, perhaps on another device */
		return;
	}
	if (!m->retracted && is_wanted(n, m))
		tell(n, m);
}

static gboolean tell_mention(const WireMessage *message, gpointer user)
{
	Notify *n = user;
	WireMessage m = *message;
	/* Who looks at a screen sees it there if the message has been read. */
	if (m.state == MESSAGE_READ && !clients_are_idle(n->hub->clients))
		return FALSE;
	m.state = MESSAGE_UNREAD;
	m.archived = m.delayed = FALSE;
	if (is_wanted(n, &m))
		tell(n, &m);
	return FALSE;
}

void notify_correction(Notify *n, gint64 id, const WireMessage *correction)
{
	g_autoptr(GError) error = NULL;
	if (!is_late(correction) && !reader_message(n->hub->reader, id, tell_mention, n, &error) && error)
		log_error("a message can't be read: %s", error->message);
}

static gboolean fill_corrected(const WireMessage *m, gpointer user)
{
	if (!m->retracted)
		fill(user, m);
	return FALSE;
}

/* The newest that may still be told. */
static gboolean fill_unread(const WireMessage *m, gpointer user)
{
	Pending *p = user;
	if (m->type >= MESSAGE_EVENT || m->retracted || !is_wanted(p->notify, m))
		return m->direction != DIRECTION_IN || m->state == MESSAGE_UNREAD;
	fill(p, m);
	return FALSE;
}

void notify_changed(Notify *n, const char *account, const char *chat, gint64 id)
{
	g_autofree char *key = key_of(account, chat);
	g_autoptr(GError) error = NULL;
	Pending *p = g_hash_table_lookup(n->pending, key);
	if (!p || p->id != id)
		return;
	p->id = 0;
	reader_message(n->hub->reader, id, fill_corrected, p, &error);
	if (!p->id && !error) {
		p->count = MAX(p->count, 2) - 1;
		reader_before(n->hub->reader, account, chat, NULL, LOOK_BACK, fill_unread, p, &error);
	}
	if (error)
		log_error("a message can't be read: %s", error->message);
	if (!p->id)
		notify_read(n, account, chat);
	else if (!p->source)
		show(p);
}

void notify_read(Notify *n, const char *account, const char *chat)
{
	g_autofree char *key = key_of(account, chat);
	Pending *p = g_hash_table_lookup(n->pending, key);
	if (!p)
		return;
	if (!p->source)
		desktop_withdraw(n->hub->desktop, key);
	g_hash_table_remove(n->pending, key);
}

Notify *notify_new(Hub *hub)
{
	Notify *n = g_new0(Notify, 1);
	n->hub = hub;
	n->pending = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pending_free);
	return n;
}

void notify_free(Notify *n)
{
	if (!n)
		return;
	g_hash_table_unref(n->pending);
	g_free(n);
}
