/* import-purple.c: kith import: takes over what Pidgin or Finch has (~/.purple): accounts, contacts, blocked people, rooms, certificates.
 *
 * It says first what it will do, and changes nothing of theirs. Accounts go into the configuration like those of kith account add. What
 * libpurple keeps on this machine only (contacts of IRC and such, blocked people) is laid into the account's directory, where kith-purple takes
 * it in at its first start; what a network keeps itself comes from there.
 */
#include "cli/import-tree.h"
#include "cli/inside.h"
#include "base/secret.h"
#include "base/text.h"
#include "commands/commands.h"
#include "settings/protocols.h"
#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* An account of theirs, and what becomes of it. */
typedef struct {
	const ImportNode *node;            /* borrowed */
	const char *their_id, *their_name; /* borrowed: prpl-irc, alice@irc.example */
	char *name, *protocol, *address;   /* owned; in kith */
	GPtrArray *pairs;                  /* of char *, owned: KEY=VALUE */
	GString *rooms, *list;             /* list: lines for kith-purple */
	GString *notes;                    /* what can't be taken over, a line each */
	guint contacts, blocked;
	GPtrArray *certificates; /* of char *, owned: paths */
	char *skip;              /* owned; why it is left out, or NULL */
} Found;

typedef struct {
	const Cli *cli;
	Config *config;
	Protocols *protocols;
	char *directory;
	ImportNode *accounts, *list, *preferences; /* owned; the last two may be NULL */
	GPtrArray *found;
} Import;

static void found_free(gpointer data)
{
	Found *f = data;
	g_free(f->name);
	g_free(f->protocol);
	g_free(f->address);
	g_free(f->skip);
	g_ptr_array_unref(f->pairs);
	g_ptr_array_unref(f->certificates);
	g_string_free(f->rooms, TRUE);
	g_string_free(f->list, TRUE);
	g_string_free(f->notes, TRUE);
	g_free(f);
}

static void import_clear(Import *import)
{
	g_clear_pointer(&import->found, g_ptr_array_unref);
	import_tree_free(import->accounts);
	import_tree_free(import->list);
	import_tree_free(import->preferences);
	protocols_free(import->protocols);
	config_free(import->config);
	g_free(import->directory);
}

/* ---- accounts ---- */

static const char *setting_of(const ImportNode *settings, const char *name)
{
	for (guint i = 0; settings && i < settings->children->len; i++) {
		const ImportNode *s = settings->children->pdata[i];
		if (!g_strcmp0(import_tree_attribute(s, "name"), name))
			return s->text->str;
	}
	return NULL;
}

/* Their settings that are the account's, not a program's. */
static const ImportNode *settings_of(const ImportNode *account)
{
	for (guint i = 0; i < account->children->len; i++) {
		const ImportNode *s = account->children->pdata[i];
		if (!strcmp(s->name, "settings") && !import_tree_attribute(s, "ui"))
			return s;
	}
	return NULL;
}

static gboolean is_online_account(const ImportNode *account)
{
	for (guint i = 0; i < account->children->len; i++) {
		const ImportNode *s = account->children->pdata[i];
		const char *on = !strcmp(s->name, "settings") && import_tree_attribute(s, "ui") ? setting_of(s, "auto-login") : NULL;
		if (on && !strcmp(on, "1"))
			return TRUE;
	}
	return FALSE;
}

static void add_pair(Found *f, const char *key, const char *value)
{
	if (value && *value)
		g_ptr_array_add(f->pairs, g_strdup_printf("%s=%s", key, value));
}

static void add_note(Found *f, const char *format, ...) G_GNUC_PRINTF(2, 3);

static void add_note(Found *f, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *note = g_strdup_vprintf(format, args), *line = text_clean(note, TEXT_LINE);
	va_end(args);
	g_string_append_printf(f->notes, "\n    %s", line);
}

/* A preference below /purple/proxy. */
static const char *general_proxy(const Import *import, const char *name)
{
	static const char *const path[] = { "purple", "proxy" };
	const ImportNode *node = import->preferences;
	for (guint i = 0; i < G_N_ELEMENTS(path); i++)
		node = import_tree_named(node, "pref", path[i]);
	return import_tree_attribute(import_tree_named(node, "pref", name), "value");
}

/* The account's own proxy, or the one of all. An account whose proxy can't be had here must not go out without it by itself. */
static void add_proxy(const Import *import, Found *f)
{
	const ImportNode *own = import_tree_child(f->node, "proxy");
	const char *type = import_tree_text(own, "type");
	gboolean general = !type || !strcmp(type, "global");
	const char *values[4];
	static const char *const names[] = { "host", "port", "username", "password" };
	for (guint i = 0; i < G_N_ELEMENTS(names); i++)
		values[i] = general ? general_proxy(import, names[i]) : import_tree_text(own, names[i]);
	const char *host = values[0], *port = values[1], *user = values[2], *password = values[3];
	if (general)
		type = general_proxy(import, "type");
	gboolean is_unset = type && !strcmp(type, "envvar") && !g_getenv("HTTP_PROXY") && !g_getenv("http_proxy") && !g_getenv("HTTPPROXY");
	if (!type || !*type || !strcmp(type, "none") || is_unset)
		return;
	gboolean socks = !strcmp(type, "socks5") || !strcmp(type, "tor"), http = !strcmp(type, "http") && strcmp(f->protocol, "xmpp");
	guint64 number = 0;
	if ((!socks && !http) || !host || !*host || !port || !g_ascii_string_to_unsigned(port, 10, 1, 65535, &number, NULL)) {
		if (is_online_account(f->node))
			add_pair(f, "enabled", "no");
		add_note(f, "its proxy (%s) can't be used here, so it is not enabled", type);
		return;
	}
	g_autofree char *name = user && *user ? g_uri_escape_string(user, NULL, FALSE) : NULL, *secret = name && password ? g_uri_escape_string(password, NULL, FALSE) : NULL;
	g_autofree char *value = g_uri_join_with_user(G_URI_FLAGS_ENCODED, socks ? "socks5" : "http", name, secret, NULL, host, (int)number, "", NULL, NULL);
	add_pair(f, "proxy", value);
}

/* kith's own XMPP is another program with other settings. */
static void take_xmpp(Found *f)
{
	const ImportNode *settings = settings_of(f->node);
	const char *slash = strchr(f->their_name, '/'), *port = setting_of(settings, "port"), *security = setting_of(settings, "connection_security");
	f->protocol = g_strdup("xmpp");
	f->address = slash ? g_strndup(f->their_name, (gsize)(slash - f->their_name)) : g_strdup(f->their_name);
	add_pair(f, "resource", slash ? slash + 1 : NULL);
	add_pair(f, "server", setting_of(settings, "connect_server"));
	if (port && strcmp(port, "5222"))
		add_pair(f, "port", port);
	if (!g_strcmp0(security, "old_ssl"))
		add_pair(f, "tls", "direct");
}

static void take_settings(Found *f, const Protocol *protocol)
{
	const ImportNode *settings = settings_of(f->node);
	for (guint i = 0; i < protocol->options->len; i++) {
		const ProtocolOption *o = protocol->options->pdata[i];
		const char *value = setting_of(settings, o->name);
		if (!value || (o->standard && !strcmp(value, o->standard)))
			continue;
		if (strcmp(o->type, "yesno"))
			add_pair(f, o->name, value);
		else if (strcmp(o->standard ? o->standard : "no", !strcmp(value, "1") ? "yes" : "no"))
			add_pair(f, o->name, !strcmp(value, "1") ? "yes" : "no");
	}
}

static gboolean take_protocol(Import *import, Found *f)
{
	if (!strcmp(f->their_id, "prpl-jabber")) {
		take_xmpp(f);
		return TRUE;
	}
	const Protocol *protocol = protocols_find(import->protocols, f->their_id);
	f->protocol = g_strdup(protocol ? protocol->name : f->their_id);
	f->address = g_strdup(f->their_name);
	if (!protocol) {
		f->skip = import->protocols->problem && import->protocols->all->len == 1 ? g_strdup(import->protocols->problem)
		                                                                        : g_strdup_printf("no plugin for %s is installed", f->their_id);
		return FALSE;
	}
	take_settings(f, protocol);
	return TRUE;
}

static gboolean is_name_taken(const Import *import, const char *name)
{
	for (guint i = 0; i < import->found->len; i++)
		if (!g_strcmp0(((const Found *)import->found->pdata[i])->name, name))
			return TRUE;
	return config_has_account(import->config, name);
}

static gboolean exists_already(const Import *import, const Found *f)
{
	g_auto(GStrv) names = config_accounts(import->config);
	for (guint i = 0; i < import->found->len; i++) {
		const Found *other = import->found->pdata[i];
		if (!other->skip && !strcmp(other->protocol, f->protocol) && !g_ascii_strcasecmp(other->address, f->address))
			return TRUE;
	}
	for (char **name = names; *name; name++)
		if (!strcmp(config_account_text(import->config, *name, "protocol"), f->protocol) && !g_ascii_strcasecmp(config_account_text(import->config, *name, "address"), f->address))
			return TRUE;
	return FALSE;
}

/* The part before the @, or all of it, or one with a number. */
static char *choose_name(const Import *import, const char *address)
{
	gsize length = MIN(strcspn(address, "@"), 32);
	g_autofree char *whole = g_strndup(address, 60), *part = g_strndup(address, length);
	static const char allowed[] = G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-_.";
	g_strcanon(whole, allowed, '-');
	g_strcanon(part, allowed, '-');
	if (*part && !is_name_taken(import, part))
		return g_steal_pointer(&part);
	if (*whole && !is_name_taken(import, whole))
		return g_steal_pointer(&whole);
	for (int i = 2;; i++) {
		char *numbered = g_strdup_printf("%s-%d", *part ? part : "account", i);
		if (!is_name_taken(import, numbered))
			return numbered;
		g_free(numbered);
	}
}

static void find_account(Import *import, const ImportNode *node)
{
	const char *id = import_tree_text(node, "protocol"), *name = import_tree_text(node, "name");
	if (!id || !name)
		return;
	Found *f = g_new0(Found, 1);
	*f = (Found){ .node = node, .their_id = id, .their_name = name, .pairs = g_ptr_array_new_with_free_func(g_free), .rooms = g_string_new(NULL),
		.list = g_string_new(NULL), .notes = g_string_new(NULL), .certificates = g_ptr_array_new_with_free_func(g_free) };
	if (take_protocol(import, f)) {
		if (!is_online_account(node))
			add_pair(f, "enabled", "no");
		add_proxy(import, f);
		if (exists_already(import, f))
			f->skip = g_strdup("there is such an account already");
		else
			f->name = choose_name(import, f->address);
	}
	g_ptr_array_add(import->found, f);
}

/* ---- contacts, rooms, blocked people ---- */

static Found *find_theirs(const Import *import, const char *id, const char *name)
{
	gsize length = name ? strcspn(name, "/") : 0;
	for (guint i = 0; id && name && i < import->found->len; i++) {
		Found *f = import->found->pdata[i];
		if (!strcmp(f->their_id, id) && !g_ascii_strncasecmp(f->their_name, name, length) && strcspn(f->their_name, "/") == length)
			return f;
	}
	return NULL;
}

/* One line of the list for kith-purple: fields with tabs between. */
static void add_line(Found *f, const char *what, const char *address, const char *alias, const char *group)
{
	const char *parts[] = { what, address, alias ? alias : "", group ? group : "" };
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++) {
		for (const char *c = parts[i]; *c; c++)
			g_string_append_c(f->list, g_ascii_iscntrl(*c) ? ' ' : *c);
		g_string_append_c(f->list, i + 1 < G_N_ELEMENTS(parts) ? '\t' : '\n');
	}
}

static void find_buddy(Import *import, const ImportNode *buddy, const char *group, const char *contact_alias)
{
	Found *f = find_theirs(import, import_tree_attribute(buddy, "proto"), import_tree_attribute(buddy, "account"));
	const char *address = import_tree_text(buddy, "name"), *alias = import_tree_text(buddy, "alias");
	if (!f || !address)
		return;
	f->contacts++;
	add_line(f, "contact", address, alias ? alias : contact_alias, group);
}

/* A room of their list; what is joined by itself there is joined here, if its name is all that joining takes. */
static void find_chat(Import *import, const ImportNode *chat)
{
	Found *f = find_theirs(import, import_tree_attribute(chat, "proto"), import_tree_attribute(chat, "account"));
	const char *first = NULL, *server = NULL, *any = NULL;
	gboolean joins = FALSE, key = FALSE;
	for (guint i = 0; f && i < chat->children->len; i++) {
		const ImportNode *child = chat->children->pdata[i];
		const char *name = import_tree_attribute(child, "name"), *text = child->text->str;
		gboolean component = !strcmp(child->name, "component");
		if (component && !any)
			any = text;
		if (component && (!g_strcmp0(name, "channel") || !g_strcmp0(name, "room")))
			first = text;
		else if (component && !g_strcmp0(name, "server"))
			server = text;
		else if (component && !g_strcmp0(name, "password") && *text)
			key = TRUE;
		else if (!strcmp(child->name, "setting") && name && g_str_has_suffix(name, "autojoin") && !strcmp(text, "1"))
			joins = TRUE;
	}
	if (!f)
		return;
	const char *alias = import_tree_text(chat, "alias");
	if (!joins)
		add_note(f, "left out: the room %s, which is not joined by itself", first ? first : alias ? alias : any ? any : "");
	else if (!first || !*first || strpbrk(first, " ,;\n"))
		add_note(f, "left out: the room %s; /join it here", alias ? alias : any ? any : "");
	else if (key)
		add_note(f, "left out: the room %s, which has a key; /join it here with the key", first);
	else
		g_string_append_printf(f->rooms, "%s%s%s%s", f->rooms->len ? " " : "", first, !strcmp(f->protocol, "xmpp") && server && !strchr(first, '@') ? "@" : "",
			!strcmp(f->protocol, "xmpp") && server && !strchr(first, '@') ? server : "");
}

static void find_groups(Import *import, const ImportNode *blist)
{
	for (guint i = 0; blist && i < blist->children->len; i++) {
		const ImportNode *group = blist->children->pdata[i];
		const char *name = import_tree_attribute(group, "name");
		for (guint k = 0; !strcmp(group->name, "group") && k < group->children->len; k++) {
			const ImportNode *entry = group->children->pdata[k];
			if (!strcmp(entry->name, "chat"))
				find_chat(import, entry);
			for (guint b = 0; !strcmp(entry->name, "contact") && b < entry->children->len; b++)
				if (!strcmp(((const ImportNode *)entry->children->pdata[b])->name, "buddy"))
					find_buddy(import, entry->children->pdata[b], name, import_tree_attribute(entry, "alias"));
		}
	}
}

/* Entries count in the mode that blocks them only. */
static void find_blocked(Import *import, const ImportNode *privacy)
{
	static const char *const modes[] = { "2", "nobody may write", "3", "only people of a list may write", "5", "only contacts may write", NULL };
	for (guint i = 0; privacy && i < privacy->children->len; i++) {
		const ImportNode *account = privacy->children->pdata[i];
		const char *mode = import_tree_attribute(account, "mode");
		Found *f = find_theirs(import, import_tree_attribute(account, "proto"), import_tree_attribute(account, "name"));
		for (guint k = 0; f && mode && modes[k]; k += 2)
			if (!strcmp(mode, modes[k]))
				add_note(f, "left out: that %s", modes[k + 1]);
		for (guint k = 0; f && !g_strcmp0(mode, "4") && k < account->children->len; k++) {
			const ImportNode *entry = account->children->pdata[k];
			if (!strcmp(entry->name, "block") && entry->text->len) {
				f->blocked++;
				add_line(f, "blocked", entry->text->str, NULL, NULL);
			}
		}
	}
}

/* Certificates that were looked at and accepted are kept by the name of the server. */
static void find_certificate(const Import *import, Found *f)
{
	const ImportNode *settings = settings_of(f->node);
	const char *at = strrchr(f->their_name, '@');
	const char *names[] = { at ? at + 1 : NULL, setting_of(settings, "connect_server"), setting_of(settings, "server") };
	if (!strcmp(f->protocol, "xmpp"))
		return;
	for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
		if (!names[i] || !*names[i] || strchr(names[i], '/'))
			continue;
		char *path = g_build_filename(import->directory, "certificates", "x509", "tls_peers", names[i], NULL);
		if (g_file_test(path, G_FILE_TEST_IS_REGULAR))
			g_ptr_array_add(f->certificates, path);
		else
			g_free(path);
	}
}

static gboolean find_all(Import *import, GError **error)
{
	g_autofree char *accounts = g_build_filename(import->directory, "accounts.xml", NULL), *list = g_build_filename(import->directory, "blist.xml", NULL);
	g_autofree char *preferences = g_build_filename(import->directory, "prefs.xml", NULL);
	if (!(import->accounts = import_tree_read(accounts, error)))
		return FALSE;
	if (g_file_test(list, G_FILE_TEST_EXISTS) && !(import->list = import_tree_read(list, error)))
		return FALSE;
	if (g_file_test(preferences, G_FILE_TEST_EXISTS) && !(import->preferences = import_tree_read(preferences, error)))
		return FALSE;
	for (guint i = 0; i < import->accounts->children->len; i++)
		if (!strcmp(((const ImportNode *)import->accounts->children->pdata[i])->name, "account"))
			find_account(import, import->accounts->children->pdata[i]);
	find_groups(import, import_tree_child(import->list, "blist"));
	find_blocked(import, import_tree_child(import->list, "privacy"));
	for (guint i = 0; i < import->found->len; i++) {
		Found *f = import->found->pdata[i];
		if (!f->skip)
			find_certificate(import, f);
		add_pair(f, "rooms", f->rooms->str);
	}
	return TRUE;
}

/* ---- saying ---- */

/* No secret is shown: neither a setting that the plugin calls one nor a proxy's password. */
static void say_pair(const Import *import, const Found *f, const char *pair, GString *line)
{
	const char *value = strchr(pair, '=') + 1;
	const Protocol *protocol = protocols_find(import->protocols, f->protocol);
	g_autofree char *key = g_strndup(pair, (gsize)(value - 1 - pair));
	const char *at = !strcmp(key, "proxy") ? strrchr(value, '@') : NULL;
	for (guint i = 0; protocol && i < protocol->options->len; i++) {
		const ProtocolOption *o = protocol->options->pdata[i];
		if (!strcmp(o->name, key) && !strcmp(o->type, "secret"))
			value = "…";
	}
	g_autofree char *shown = text_clean(value, TEXT_LINE);
	if (at)
		g_string_append_printf(line, " %s=…%s", key, at);
	else
		g_string_append_printf(line, " %s=%s", key, shown);
}

static void say_found(const Import *import, const Found *f)
{
	g_autoptr(GString) line = g_string_new(NULL);
	gboolean xmpp = !strcmp(f->protocol, "xmpp");
	if (f->skip) {
		g_string_append_printf(line, "not: %s %s: %s", f->protocol, f->address, f->skip);
	} else {
		g_string_append_printf(line, "%s: %s %s", f->name, f->protocol, f->address);
		for (guint i = 0; i < f->pairs->len; i++)
			say_pair(import, f, f->pairs->pdata[i], line);
		g_string_append(line, f->notes->str);
		if (f->contacts)
			g_string_append_printf(line, "\n    %u contact%s%s", f->contacts, f->contacts == 1 ? "" : "s", xmpp ? ", which the server keeps" : "");
		if (f->blocked)
			g_string_append_printf(line, "\n    %u blocked%s", f->blocked, xmpp ? ", which the server keeps" : "");
		if (f->certificates->len)
			g_string_append_printf(line, "\n    %u accepted certificate%s", f->certificates->len, f->certificates->len == 1 ? "" : "s");
		if (import_tree_text(f->node, "password"))
			g_string_append(line, import->cli->passwords ? "\n    the password goes into the keyring" : "\n    the password is asked for when it connects (--passwords puts it into the keyring)");
	}
	g_autofree char *clean = text_clean(line->str, TEXT_LINES);
	printf("%s\n", clean);
}

static gboolean may_go_on(const Import *import, int *code)
{
	char answer[16];
	if (import->cli->yes)
		return TRUE;
	*code = CLI_DONE;
	if (!isatty(STDIN_FILENO)) {
		puts("nothing was changed; --yes does it");
		return FALSE;
	}
	fputs("Do this? [y/N] ", stdout);
	fflush(stdout);
	return fgets(answer, sizeof answer, stdin) && (*answer == 'y' || *answer == 'Y');
}

/* ---- doing ---- */

static gboolean write_file(const char *path, const char *text, gsize length, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path);
	if (g_mkdir_with_parents(directory, 0700) < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "\"%s\" can't be made: %s", directory, g_strerror(errno));
		return FALSE;
	}
	return g_file_set_contents_full(path, text, (gssize)length, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* What kith-purple finds at its first start. */
static gboolean lay_out(const Import *import, const Found *f, GError **error)
{
	if (!strcmp(f->protocol, "xmpp"))
		return TRUE;
	g_autofree char *list = g_build_filename(import->cli->paths->accounts, f->name, "import", NULL);
	if (f->list->len && !write_file(list, f->list->str, f->list->len, error))
		return FALSE;
	for (guint i = 0; i < f->certificates->len; i++) {
		g_autofree char *base = g_path_get_basename(f->certificates->pdata[i]), *text = NULL;
		g_autofree char *to = g_build_filename(import->cli->paths->accounts, f->name, "purple", "certificates", "x509", "tls_peers", base, NULL);
		gsize length;
		if (!g_file_get_contents(f->certificates->pdata[i], &text, &length, error) || !write_file(to, text, length, error))
			return FALSE;
	}
	return TRUE;
}

static gboolean add_to_hub(const Import *import, Session *session, const Found *f, GError **error)
{
	g_autofree char *address = commands_quote(f->address);
	g_autoptr(GString) line = g_string_new(NULL);
	g_string_append_printf(line, "/account add %s %s %s", f->name, f->protocol, address);
	for (guint i = 0; i + 1 < f->pairs->len; i++) {
		g_autofree char *pair = commands_quote(f->pairs->pdata[i]);
		g_string_append_printf(line, " %s", pair);
	}
	if (session_run(session, import->cli, line->str, NULL, NULL) == CLI_DONE)
		return TRUE;
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "the account \"%s\" was not added", f->name);
	return FALSE;
}

static gboolean add_to_config(const Import *import, const Found *f, GError **error)
{
	return config_account_add(import->config, f->name, f->protocol, f->address, (const char *const *)f->pairs->pdata, error) && config_save(import->config, error);
}

static gboolean add_account(const Import *import, Session *session, Found *f, GError **error)
{
	const char *password = import->cli->passwords ? import_tree_text(f->node, "password") : NULL;
	g_autoptr(GError) why = NULL;
	if (password && !password_keep(f->name, f->address, password, &why)) {
		cli_say(CLI_DONE, "the password of \"%s\" was not kept in the keyring: %s", f->name, why->message);
		password = NULL;
	}
	if (password)
		add_pair(f, "keyring", "yes");
	g_ptr_array_add(f->pairs, NULL);
	if (lay_out(import, f, error) && (session ? add_to_hub(import, session, f, error) : add_to_config(import, f, error)))
		return TRUE;
	g_autofree char *list = g_build_filename(import->cli->paths->accounts, f->name, "import", NULL);
	g_unlink(list); /* it is not for another account of that name */
	return FALSE;
}

static int add_all(Import *import)
{
	g_autoptr(GError) error = NULL;
	int code = CLI_DONE, connected;
	g_autoptr(Session) session = session_open(import->cli, SESSION_JOIN, NULL, &connected, &error);
	if (!session && connected != CLI_NO_HUB)
		return cli_say(connected, "%s", error->message);
	for (guint i = 0; i < import->found->len; i++) {
		g_autoptr(GError) why = NULL;
		Found *f = import->found->pdata[i];
		if (!f->skip && !add_account(import, session, f, &why))
			code = cli_say(CLI_FAILED, "%s", why->message);
	}
	return code;
}

static gboolean import_open(Import *import, GError **error)
{
	const Cli *cli = import->cli;
	import->directory = cli->directory ? g_strdup(cli->directory) : g_build_filename(g_get_home_dir(), ".purple", NULL);
	import->found = g_ptr_array_new_with_free_func(found_free);
	if (!(import->config = config_load(cli->paths->config, NULL, error)))
		return FALSE;
	import->protocols = protocols_read_now(config_text(import->config, "plugin_dir"));
	return find_all(import, error);
}

int cli_run_import(Cli *cli)
{
	g_autoptr(GError) error = NULL;
	Import import = { .cli = cli };
	guint new = 0;
	int code = CLI_DONE;
	if (cli->n_words != 1 || (strcmp(cli->words[0], "pidgin") && strcmp(cli->words[0], "finch")))
		return cli_refuse_usage(cli, "say from what: pidgin or finch");
	if (!import_open(&import, &error)) {
		code = cli_say(CLI_FAILED, g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT) ? "%s; --directory DIR says where theirs are" : "%s", error->message);
	} else {
		for (guint i = 0; i < import.found->len; i++) {
			say_found(&import, import.found->pdata[i]);
			new += !((const Found *)import.found->pdata[i])->skip;
		}
		if (!new)
			puts("there is no account to take over");
		else if (may_go_on(&import, &code))
			code = add_all(&import);
	}
	import_clear(&import);
	return code;
}
