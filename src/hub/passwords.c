/* passwords.c: where an account's password comes from.
 *
 * In this order: memory (typed or handed over before), password_command, a systemd credential named kith.ACCOUNT, the desktop's keyring
 * (keyring=yes). If none has it, XMPP accounts ask by a card; other networks go on without and may ask themselves. It is kept in memory only,
 * unless the user says otherwise, handed to the one backend over its socket, and forgotten when the server refuses it.
 */
#include "base/log.h"
#include "base/secret.h"
#include "hub/hub.h"
#include <gio/gio.h>
#include <string.h>

#define CARD "password"
#define CREDENTIAL_MAX 4096

struct Passwords {
	Hub *hub;
	GHashTable *known;  /* account -> secret */
	GHashTable *origin; /* account -> where it came from */
};

typedef struct {
	Passwords *passwords;
	char *account;
	GCancellable *cancel;
	guint timeout_source;
	GSubprocess *process;
} Search;

static void search_free(Search *s)
{
	if (s->timeout_source)
		g_source_remove(s->timeout_source);
	g_clear_object(&s->cancel);
	g_clear_object(&s->process);
	g_free(s->account);
	g_free(s);
}

static Runner *search_runner(const Search *s)
{
	Account *account = model_account(s->passwords->hub->model, s->account);
	return account ? runner_of(account) : NULL;
}

static void found(Passwords *p, Runner *r, const char *password, const char *origin)
{
	const char *name = r->account->name;
	g_hash_table_replace(p->origin, g_strdup(name), g_strdup(origin));
	g_hash_table_replace(p->known, g_strdup(name), secret_new(password));
	runner_on_password(r, password);
}

static void nothing_found(Passwords *p, Runner *r, const char *why)
{
	if (!strcmp(r->account->protocol, "xmpp"))
		passwords_ask(p, r, REASON_NO_PASSWORD, why);
	else
		runner_on_password(r, NULL);
}

/* ---- the keyring ---- */

static void on_secret(const char *secret, const char *error, gpointer user)
{
	Search *s = user;
	Runner *r = search_runner(s);
	if (r && secret && *secret)
		found(s->passwords, r, secret, "the keyring");
	else if (r)
		nothing_found(s->passwords, r, error);
	search_free(s);
}

static void search_keyring(Passwords *p, Runner *r, Search *s)
{
	if (!config_account_flag(p->hub->config, r->account->name, "keyring")) {
		nothing_found(p, r, NULL);
		search_free(s);
		return;
	}
	desktop_lookup_secret(p->hub->desktop, r->account->name, r->account->address, on_secret, s);
}

/* ---- systemd credentials (systemd.exec(5), CREDENTIALS_DIRECTORY) ---- */

static gboolean search_credential(Passwords *p, Runner *r)
{
	const char *directory = g_getenv("CREDENTIALS_DIRECTORY");
	g_autofree char *name = g_strconcat("kith.", r->account->name, NULL);
	char *text = NULL;
	gsize length;
	if (!directory)
		return FALSE;
	g_autofree char *path = g_build_filename(directory, name, NULL);
	if (!g_file_get_contents(path, &text, &length, NULL))
		return FALSE;
	gboolean good = length > 0 && length <= CREDENTIAL_MAX && g_utf8_validate(text, -1, NULL);
	if (good) {
		text[strcspn(text, "\r\n")] = '\0';
		found(p, r, text, "the systemd credential");
	}
	secret_wipe(text, length);
	g_free(text);
	return good;
}

/* ---- password_command ---- */

static gboolean on_command_timeout(gpointer user)
{
	Search *s = user;
	s->timeout_source = 0;
	g_subprocess_force_exit(s->process);
	g_cancellable_cancel(s->cancel);
	return G_SOURCE_REMOVE;
}

static void on_command_done(GObject *source, GAsyncResult *result, gpointer user)
{
	Search *s = user;
	Runner *r = search_runner(s);
	char *out = NULL, *err = NULL;
	g_autoptr(GError) error = NULL;
	gboolean timed_out = g_cancellable_is_cancelled(s->cancel);
	gboolean ok = g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, &out, &err, &error);
	g_autofree char *why = NULL;
	if (out)
		out[strcspn(out, "\r\n")] = '\0'; /* the first line */
	if (err)
		g_strdelimit(g_strstrip(err), "\n", ' ');
	if (!r)
		why = NULL; /* the account is gone */
	else if (timed_out)
		why = g_strdup("password_command did not end in time");
	else if (!ok)
		why = g_strdup_printf("password_command: %s", error->message);
	else if (!g_subprocess_get_successful(s->process) || !out || !*out)
		why = g_strdup_printf("password_command failed%s%s", err && *err ? ": " : " without a word", err ? err : "");
	else
		found(s->passwords, r, out, "password_command");
	if (why)
		passwords_ask(s->passwords, r, REASON_NO_PASSWORD, why);
	secret_free(out);
	g_free(err);
	search_free(s);
}

static void search_command(Passwords *p, Runner *r, const char *command, Search *s)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) argv = NULL;
	if (g_shell_parse_argv(command, NULL, &argv, &error))
		s->process = g_subprocess_newv((const char *const *)argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE, &error);
	if (!s->process) {
		g_autofree char *why = g_strdup_printf("password_command: %s", error->message);
		passwords_ask(p, r, REASON_NO_PASSWORD, why);
		search_free(s);
		return;
	}
	s->cancel = g_cancellable_new();
	s->timeout_source = g_timeout_add_seconds((guint)config_number(p->hub->config, "password_timeout"), on_command_timeout, s);
	g_subprocess_communicate_utf8_async(s->process, NULL, s->cancel, on_command_done, s);
}

void passwords_find(Passwords *p, Runner *r)
{
	const char *name = r->account->name;
	const char *known = g_hash_table_lookup(p->known, name);
	const char *command = config_account_text(p->hub->config, name, "password_command");
	if (known) {
		runner_on_password(r, known);
		return;
	}
	if (model_card(r->account, CARD))
		return; /* being asked for */
	if (!*command && search_credential(p, r))
		return;
	Search *s = g_new0(Search, 1);
	s->passwords = p;
	s->account = g_strdup(name);
	if (*command)
		search_command(p, r, command, s);
	else
		search_keyring(p, r, s);
}

/* ---- asking ---- */

void passwords_ask(Passwords *p, Runner *r, Reason reason, const char *why)
{
	static const char *const once[] = { "not now", "use it", NULL };
	static const char *const keyring[] = { "not now", "use it", "use it and keep it in the keyring", NULL };
	const char *origin = g_hash_table_lookup(p->origin, r->account->name);
	g_autofree char *title = g_strdup_printf("Password for %s (%s)", r->account->name, r->account->address);
	g_autofree char *text = why && origin ? g_strdup_printf("%s; it came from %s", why, origin) : g_strdup(why);
#ifdef WITH_LIBSECRET
	gboolean has_keyring = TRUE;
#else
	gboolean has_keyring = FALSE;
#endif
	g_hash_table_remove(p->known, r->account->name);
	g_hash_table_remove(p->origin, r->account->name);
	r->connecting = FALSE;
	WireAccount event;
	account_event(r->account, &event);
	event.state = ACCOUNT_ERROR;
	event.reason = reason;
	g_autofree char *short_text = g_strdup(text ? text : "the password is needed; /answer takes it");
	event.text = short_text;
	hub_publish(p->hub, &event);
	hub_publish(p->hub, &WIRE(CARD, Card, .account = r->account->name, .card = CARD, .card_kind = CARD_PASSWORD, .title = title, .text = text,
	                          .address = r->account->address, .choices = has_keyring ? keyring : once));
}

gboolean passwords_answer(Passwords *p, const WireAnswer *answer)
{
	Account *account = model_account(p->hub->model, answer->account);
	if (strcmp(answer->card, CARD) || !account)
		return FALSE;
	if (answer->choice && strcmp(answer->choice, "not now") && answer->text) {
		g_autofree char *name = g_strdup(account->name);
		hub_publish(p->hub, &WIRE(CARD_GONE, CardGone, .account = name, .card = CARD));
		passwords_set(p, name, answer->text, strstr(answer->choice, "keyring") != NULL);
		runner_connect(runner_of(account));
	} else {
		runner_disconnect(runner_of(account));
	}
	return TRUE;
}

void passwords_set(Passwords *p, const char *account, const char *password, gboolean keyring)
{
	Account *known = model_account(p->hub->model, account);
	g_autofree char *name = g_strdup(account);
	g_hash_table_remove(p->origin, name);
	if (!password) {
		g_hash_table_remove(p->known, name);
		return;
	}
	g_hash_table_replace(p->known, g_strdup(name), secret_new(password));
	if (!keyring || !known)
		return;
	g_autofree char *group = g_strconcat("account ", name, NULL);
	config_set(p->hub->config, group, "keyring", "yes");
	if (config_save(p->hub->config, NULL))
		desktop_store_secret(p->hub->desktop, name, known->address, password);
}

Passwords *passwords_new(Hub *hub)
{
	Passwords *p = g_new0(Passwords, 1);
	p->hub = hub;
	p->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)secret_free);
	p->origin = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return p;
}

void passwords_free(Passwords *p)
{
	if (!p)
		return;
	g_hash_table_unref(p->known);
	g_hash_table_unref(p->origin);
	g_free(p);
}
