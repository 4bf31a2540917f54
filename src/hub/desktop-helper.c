/* desktop-helper.c: kith-desktop, the process that may hang on the session bus so that the hub never does. See desktop.c for its lines.
 *
 * It may block: nobody waits for it longer than ten seconds. It ends when the hub closes the socket on descriptor 3.
 */
#include "base/json.h"
#include "base/secret.h"
#include <gio/gio.h>
#include <glib-unix.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>
#ifdef WITH_LIBNOTIFY
#include <libnotify/notify.h>
#endif
#ifdef WITH_LIBSECRET
#include <libsecret/secret.h>
#endif

#define WIRE_FD 3
#define SHOWN_MAX 256

typedef struct {
	const char *what, *tag, *title, *body, *account, *address, *secret;
	gint64 id;
} Line;

static void answer(gint64 id, const char *error, const char *secret)
{
	GString *line = g_string_new(NULL);
	json_open(line);
	json_put_number(line, "id", id);
	json_put_text(line, "error", error);
	json_put_text(line, "secret", secret);
	json_close(line);
	g_string_append_c(line, '\n');
	if (send(WIRE_FD, line->str, line->len, MSG_NOSIGNAL) < 0)
		_exit(0);
	secret_wipe(line->str, line->len);
	g_string_free(line, TRUE);
}

#ifdef WITH_LIBNOTIFY
static GHashTable *shown; /* tag -> NotifyNotification */

static void close_one(gpointer data)
{
	notify_notification_close(data, NULL);
	g_object_unref(data);
}

static gboolean server_reads_markup(void)
{
	gboolean markup = FALSE;
	GList *abilities = notify_get_server_caps();
	for (GList *l = abilities; l; l = l->next)
		markup |= !strcmp(l->data, "body-markup");
	g_list_free_full(abilities, g_free);
	return markup;
}

static void do_notify(const Line *l)
{
	g_autoptr(GError) error = NULL;
	if (!l->tag || !l->title) {
		answer(l->id, "no title", NULL);
		return;
	}
	if (!notify_is_initted() && !notify_init("kith")) {
		answer(l->id, "no notification service", NULL);
		return;
	}
	if (!shown)
		shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_one);
	if (g_hash_table_size(shown) >= SHOWN_MAX)
		g_hash_table_remove_all(shown);
	g_autofree char *body = server_reads_markup() ? g_markup_escape_text(l->body ? l->body : "", -1) : g_strdup(l->body ? l->body : "");
	NotifyNotification *n = g_hash_table_lookup(shown, l->tag);
	if (n) {
		notify_notification_update(n, l->title, body, "mail-unread");
	} else {
		n = notify_notification_new(l->title, body, "mail-unread");
		notify_notification_set_category(n, "im.received");
		g_hash_table_insert(shown, g_strdup(l->tag), n);
	}
	if (!notify_notification_show(n, &error))
		answer(l->id, error->message, NULL);
	else
		answer(l->id, NULL, NULL);
}

static void do_withdraw(const Line *l)
{
	if (shown && l->tag)
		g_hash_table_remove(shown, l->tag);
	answer(l->id, NULL, NULL);
}
#else
static void do_notify(const Line *l)
{
	answer(l->id, "this kith was built without libnotify", NULL);
}

static void do_withdraw(const Line *l)
{
	answer(l->id, NULL, NULL);
}
#endif

#ifdef WITH_LIBSECRET
static const SecretSchema schema = { .name = "org.kith.Account", .flags = SECRET_SCHEMA_NONE, .attributes =
	{ { "account", SECRET_SCHEMA_ATTRIBUTE_STRING }, { "address", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } } };

static void do_lookup(const Line *l)
{
	g_autoptr(GError) error = NULL;
	char *secret = secret_password_lookup_sync(&schema, NULL, &error, "account", l->account ? l->account : "", "address", l->address ? l->address : "", NULL);
	answer(l->id, error ? error->message : NULL, secret);
	secret_password_free(secret);
}

static void do_store(const Line *l)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *label = g_strdup_printf("kith: %s", l->address ? l->address : "");
	secret_password_store_sync(&schema, SECRET_COLLECTION_DEFAULT, label, l->secret ? l->secret : "", NULL, &error, "account",
	                           l->account ? l->account : "", "address", l->address ? l->address : "", NULL);
	answer(l->id, error ? error->message : NULL, NULL);
}
#else
static void do_lookup(const Line *l)
{
	answer(l->id, "this kith was built without libsecret", NULL);
}

static void do_store(const Line *l)
{
	answer(l->id, "this kith was built without libsecret", NULL);
}
#endif

static void handle(char *text, gsize length)
{
	static const struct { const char *what; void (*run)(const Line *line); } table[] = {
		{ "notify", do_notify }, { "withdraw", do_withdraw }, { "lookup", do_lookup }, { "store", do_store } };
	Line line = { 0 };
	const struct { const char *key; const char **place; } keys[] = { { "do", &line.what }, { "tag", &line.tag }, { "title", &line.title }, { "body", &line.body },
		{ "account", &line.account }, { "address", &line.address }, { "secret", &line.secret } };
	JsonReader json;
	JsonValue value;
	char *key;
	json_reader_init(&json, text, length);
	if (!json_read_open(&json))
		return;
	while (json_read_field(&json, &key, &value)) {
		if (!strcmp(key, "id") && value.type == JSON_NUMBER)
			line.id = value.number;
		for (guint i = 0; i < G_N_ELEMENTS(keys); i++)
			if (value.type == JSON_STRING && !strcmp(key, keys[i].key))
				*keys[i].place = value.text;
	}
	for (guint i = 0; i < G_N_ELEMENTS(table); i++)
		if (line.what && !strcmp(line.what, table[i].what))
			table[i].run(&line);
}

static gboolean on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	static GString *in;
	char buffer[8192], *newline;
	gssize n = read(fd, buffer, sizeof buffer);
	if (n <= 0) {
		g_main_loop_quit(user);
		return G_SOURCE_REMOVE;
	}
	if (!in)
		in = g_string_new(NULL);
	g_string_append_len(in, buffer, n);
	while ((newline = memchr(in->str, '\n', in->len))) {
		gsize length = (gsize)(newline - in->str);
		*newline = '\0';
		handle(in->str, length);
		secret_wipe(in->str, length);
		g_string_erase(in, 0, (gssize)length + 1);
	}
	return G_SOURCE_CONTINUE;
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	signal(SIGINT, SIG_IGN);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_DUMPABLE, 0);
	GMainLoop *loop = g_main_loop_new(NULL, FALSE);
	g_unix_fd_add(WIRE_FD, G_IO_IN | G_IO_HUP, on_readable, loop);
	g_main_loop_run(loop);
	return 0;
}
