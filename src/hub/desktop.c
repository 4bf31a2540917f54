/* desktop.c: the hub's side of kith-desktop, the helper process that talks to the session bus.
 *
 * libnotify and libsecret can hang on a bus that accepts and never answers; in a process of their own they hang alone. It is started when first
 * needed and ends when nothing is shown any more. One that does not answer in ten seconds is killed, and after three of these left alone
 * until the next start of the hub; the user is told once. Lines are JSON objects: {"do":"notify","tag":…,"title":…,"body":…},
 * {"do":"withdraw","tag":…}, {"do":"lookup","id":…,"account":…,"address":…}, {"do":"store",…,"secret":…}; each is answered by {"id":…,"error":…,"secret":…}.
 */
#include "base/json.h"
#include "base/log.h"
#include "base/secret.h"
#include "hub/hub.h"
#include <errno.h>
#include <gio/gio.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define ANSWER_S 10
#define FAILURES_MAX 3
#define QUEUE_MAX 64

typedef struct {
	gint64 id;
	DesktopSecret done; /* NULL: a notification */
	gpointer user;
	char *tag;          /* of the notification that is to be shown; NULL otherwise */
} Request;

struct Desktop {
	Hub *hub;
	GSubprocess *process;
	int fd;
	guint in_source, answer_source;
	GString *in;
	GQueue requests; /* of Request *, waiting for an answer, oldest first */
	gint64 last_id;
	GHashTable *shown; /* tags; while there are any the process must live, for it can withdraw them */
	guint failures;
	gboolean told;
};

static void end_process(Desktop *d)
{
	if (d->in_source)
		g_source_remove(d->in_source);
	if (d->answer_source)
		g_source_remove(d->answer_source);
	d->in_source = d->answer_source = 0;
	if (d->fd >= 0)
		close(d->fd);
	d->fd = -1;
	g_clear_object(&d->process);
	g_string_truncate(d->in, 0);
	g_hash_table_remove_all(d->shown);
}

static void finish(Request *r, const char *secret, const char *error)
{
	if (r->done)
		r->done(secret, error, r->user);
	g_free(r->tag);
	g_free(r);
}

static void fail_all(Desktop *d, const char *why)
{
	Request *r;
	end_process(d);
	while ((r = g_queue_pop_head(&d->requests)))
		finish(r, NULL, why);
}

static gboolean on_overdue(gpointer user)
{
	Desktop *d = user;
	d->answer_source = 0;
	if (d->process)
		g_subprocess_force_exit(d->process);
	d->failures++;
	log_warning("the desktop's bus does not answer");
	if (d->failures >= FAILURES_MAX && !d->told) {
		d->told = TRUE;
		hub_notice(d->hub, NULL, NULL, TRUE, "desktop notifications are off: the bus does not answer; /set notifications all tries again");
	}
	fail_all(d, "the desktop's bus does not answer");
	return G_SOURCE_REMOVE;
}

static void watch_answer(Desktop *d)
{
	if (d->answer_source)
		g_source_remove(d->answer_source);
	d->answer_source = g_queue_is_empty(&d->requests) ? 0 : g_timeout_add_seconds(ANSWER_S, on_overdue, d);
}

static void on_answer(Desktop *d, char *line, gsize length)
{
	JsonReader json;
	JsonValue value;
	char *key;
	const char *error = NULL, *secret = NULL;
	gint64 id = 0;
	if (!g_utf8_validate_len(line, length, NULL))
		return;
	json_reader_init(&json, line, length);
	if (!json_read_open(&json))
		return;
	while (json_read_field(&json, &key, &value)) {
		if (!strcmp(key, "id") && value.type == JSON_NUMBER)
			id = value.number;
		else if (!strcmp(key, "error") && value.type == JSON_STRING)
			error = value.text;
		else if (!strcmp(key, "secret") && value.type == JSON_STRING)
			secret = value.text;
	}
	for (GList *l = d->requests.head; l; l = l->next) {
		Request *r = l->data;
		if (r->id != id)
			continue;
		g_queue_delete_link(&d->requests, l);
		if (!error)
			d->failures = 0;
		else if (!r->done)
			log_debug("desktop: %s", error);
		if (r->tag && !error)
			g_hash_table_add(d->shown, g_steal_pointer(&r->tag));
		watch_answer(d);
		finish(r, secret, error);
		if (g_queue_is_empty(&d->requests) && !g_hash_table_size(d->shown))
			end_process(d); /* it ends by itself when the socket closes */
		return;
	}
}

static gboolean on_readable(gint fd, GIOCondition condition G_GNUC_UNUSED, gpointer user)
{
	Desktop *d = user;
	char buffer[4096], *newline;
	gssize n = read(fd, buffer, sizeof buffer);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n <= 0 || d->in->len > 65536) {
		d->in_source = 0;
		fail_all(d, "the desktop helper ended");
		return G_SOURCE_REMOVE;
	}
	g_string_append_len(d->in, buffer, n);
	while (d->fd >= 0 && (newline = memchr(d->in->str, '\n', d->in->len))) {
		gsize length = (gsize)(newline - d->in->str);
		char *line = g_strndup(d->in->str, length);
		secret_wipe(d->in->str, length);
		g_string_erase(d->in, 0, (gssize)length + 1);
		on_answer(d, line, length);
		secret_wipe(line, length);
		g_free(line);
	}
	return d->fd >= 0 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean start_process(Desktop *d, const char **why)
{
	int pair[2];
	g_autoptr(GError) error = NULL;
	g_autofree char *program = paths_program("kith-desktop");
	if (d->fd >= 0)
		return TRUE;
	if (d->failures >= FAILURES_MAX) {
		*why = "the desktop's bus does not answer";
		return FALSE;
	}
	if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE)) {
		*why = "this kith was built without desktop notifications and keyring";
		return FALSE;
	}
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		*why = "no socket pair";
		return FALSE;
	}
	g_autoptr(GSubprocessLauncher) launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
	g_subprocess_launcher_take_fd(launcher, pair[1], 3);
	d->process = g_subprocess_launcher_spawn(launcher, &error, program, NULL);
	if (!d->process) {
		close(pair[0]);
		*why = "the desktop helper could not be started";
		return FALSE;
	}
	d->fd = pair[0];
	g_unix_set_fd_nonblocking(d->fd, TRUE, NULL);
	d->in_source = g_unix_fd_add(d->fd, G_IO_IN | G_IO_HUP, on_readable, d);
	return TRUE;
}

/* Sends the object in line (closed here, with its id); done is called at once if that fails. tag: of a notification to be shown. */
static void request(Desktop *d, GString *line, const char *tag, DesktopSecret done, gpointer user)
{
	const char *why = "the desktop's bus is busy";
	json_put_number(line, "id", ++d->last_id);
	json_close(line);
	g_string_append_c(line, '\n');
	gboolean sent = d->requests.length < QUEUE_MAX && start_process(d, &why) &&
	                send(d->fd, line->str, line->len, MSG_NOSIGNAL | MSG_DONTWAIT) == (gssize)line->len;
	secret_wipe(line->str, line->len);
	g_string_free(line, TRUE);
	if (!sent) {
		if (done)
			done(NULL, why, user);
		else
			log_debug("desktop: %s", why);
		return;
	}
	Request *r = g_new0(Request, 1);
	*r = (Request){ d->last_id, done, user, g_strdup(tag) };
	g_queue_push_tail(&d->requests, r);
	if (!d->answer_source)
		watch_answer(d);
}

static GString *begin(const char *what)
{
	GString *line = g_string_new(NULL);
	json_open(line);
	json_put_text(line, "do", what);
	return line;
}

void desktop_notify(Desktop *d, const char *tag, const char *title, const char *body)
{
	GString *line = begin("notify");
	json_put_text(line, "tag", tag);
	json_put_text(line, "title", title);
	json_put_text(line, "body", body);
	request(d, line, tag, NULL, NULL);
}

void desktop_withdraw(Desktop *d, const char *tag)
{
	if (!g_hash_table_remove(d->shown, tag))
		return;
	GString *line = begin("withdraw");
	json_put_text(line, "tag", tag);
	request(d, line, NULL, NULL, NULL);
}

void desktop_lookup_secret(Desktop *d, const char *account, const char *address, DesktopSecret done, gpointer user)
{
	GString *line = begin("lookup");
	json_put_text(line, "account", account);
	json_put_text(line, "address", address);
	request(d, line, NULL, done, user);
}

static void on_stored(const char *secret G_GNUC_UNUSED, const char *error, gpointer user)
{
	if (error)
		hub_notice(user, NULL, NULL, TRUE, "the password was not kept in the keyring: %s", error);
}

void desktop_store_secret(Desktop *d, const char *account, const char *address, const char *secret)
{
	GString *line = begin("store");
	json_put_text(line, "account", account);
	json_put_text(line, "address", address);
	json_put_text(line, "secret", secret);
	request(d, line, NULL, on_stored, d->hub);
}

void desktop_reset(Desktop *d)
{
	d->failures = 0;
	d->told = FALSE;
}

Desktop *desktop_new(Hub *hub)
{
	Desktop *d = g_new0(Desktop, 1);
	d->hub = hub;
	d->fd = -1;
	d->in = g_string_new(NULL);
	d->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return d;
}

void desktop_free(Desktop *d)
{
	if (!d)
		return;
	fail_all(d, "kith ends");
	g_string_free(d->in, TRUE);
	g_hash_table_unref(d->shown);
	g_free(d);
}
