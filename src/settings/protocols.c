/* protocols.c: see protocols.h. */
#include "config.h"
#include "settings/protocols.h"
#include "base/json.h"
#include "base/paths.h"
#include "base/text.h"
#include "settings/settings.h"
#include <gio/gio.h>
#include <string.h>

#define READ_TIMEOUT_MS 20000

/* What every account may have besides, whatever its protocol. */
static const char *const kith_keys[] = { "address", "enabled", "keyring", "log_level", "nick", "notify", "password_command", "rooms", "send_markers", "send_receipts", "send_typing", NULL };

/* ---- the list ---- */

static void option_free(gpointer data)
{
	ProtocolOption *o = data;
	g_free(o->name);
	g_free(o->label);
	g_free(o->standard);
	g_free(o->type);
	g_strfreev(o->choices);
	g_free(o);
}

static void split_free(gpointer data)
{
	ProtocolSplit *s = data;
	g_free(s->text);
	g_free(s->standard);
	g_free(s);
}

static void protocol_free(gpointer data)
{
	Protocol *p = data;
	g_free(p->name);
	g_free(p->id);
	g_free(p->title);
	g_free(p->address);
	g_free(p->password);
	g_free(p->network);
	g_strfreev(p->can);
	g_ptr_array_unref(p->splits);
	g_ptr_array_unref(p->options);
	g_free(p);
}

static void unfit_free(gpointer data)
{
	ProtocolUnfit *u = data;
	g_free(u->name);
	g_free(u->id);
	g_free(u->title);
	g_free(u->why);
	g_free(u);
}

void protocols_free(Protocols *protocols)
{
	if (!protocols)
		return;
	g_ptr_array_unref(protocols->unfit);
	g_ptr_array_unref(protocols->all);
	g_ptr_array_unref(protocols->general);
	g_free(protocols->problem);
	g_free(protocols);
}

static Protocol *protocol_new(Protocols *list)
{
	Protocol *p = g_new0(Protocol, 1);
	p->splits = g_ptr_array_new_with_free_func(split_free);
	p->options = g_ptr_array_new_with_free_func(option_free);
	g_ptr_array_add(list->all, p);
	return p;
}

static void add_xmpp(Protocols *list)
{
	static const char *const can[] = { "rooms", "roomlist", "invite", "topic", "contacts", "typing", "files", "icons", "attention", "block", "info", "status", NULL };
	static const char *const types[] = { [SETTING_FLAG] = "yesno", [SETTING_NUMBER] = "number", [SETTING_DURATION] = "text", [SETTING_TEXT] = "text", [SETTING_WORD] = "choice" };
	Protocol *p = protocol_new(list);
	p->name = g_strdup("xmpp");
	p->id = g_strdup("xmpp");
	p->title = g_strdup("XMPP");
	p->address = g_strdup("NAME@SERVER");
	p->password = g_strdup("required");
	p->network = g_strdup("alive: many servers, or one of your own; kith speaks it itself");
	p->can = g_strdupv((char **)can);
	for (const Setting *s = settings_table; s->name; s++) {
		if (s->scope != SCOPE_ACCOUNT || !strcmp(s->name, "address") || !strcmp(s->name, "protocol"))
			continue;
		ProtocolOption *o = g_new0(ProtocolOption, 1);
		o->name = g_strdup(s->name);
		o->label = g_strdup(s->help);
		o->standard = *s->standard ? g_strdup(s->standard) : NULL;
		o->type = g_strdup(types[s->type]);
		o->choices = s->words ? g_strdupv((char **)s->words) : NULL;
		g_ptr_array_add(p->options, o);
	}
}

static Protocols *protocols_new(void)
{
	Protocols *list = g_new0(Protocols, 1);
	list->all = g_ptr_array_new_with_free_func(protocol_free);
	list->general = g_ptr_array_new_with_free_func(option_free);
	list->unfit = g_ptr_array_new_with_free_func(unfit_free);
	add_xmpp(list);
	return list;
}

const Protocol *protocols_find(const Protocols *protocols, const char *name)
{
	for (guint i = 0; i < protocols->all->len; i++) {
		const Protocol *p = protocols->all->pdata[i];
		if (!g_ascii_strcasecmp(p->name, name) || !g_ascii_strcasecmp(p->id, name) || !g_ascii_strcasecmp(p->title, name))
			return p;
	}
	return NULL;
}

/* ---- reading ---- */

/* The fields of one line; each is a text or a list. */
typedef struct {
	GHashTable *texts; /* key -> char * */
	GHashTable *lists; /* key -> GStrv */
} Line;

static gboolean read_line(char *text, Line *line)
{
	JsonReader reader;
	JsonValue value;
	char *key;
	json_reader_init(&reader, text, strlen(text));
	if (!json_read_open(&reader))
		return FALSE;
	while (json_read_field(&reader, &key, &value)) {
		if (value.type == JSON_STRING) {
			g_hash_table_replace(line->texts, g_strdup(key), g_strdup(value.text));
		} else if (value.type == JSON_ARRAY) {
			GStrvBuilder *items = g_strv_builder_new();
			char *item;
			gsize length;
			while (json_read_item(&reader, &item, &length))
				g_strv_builder_add(items, item);
			g_hash_table_replace(line->lists, g_strdup(key), g_strv_builder_end(items));
			g_strv_builder_unref(items);
		}
	}
	return json_read_end(&reader);
}

static char *take(const Line *line, const char *key)
{
	return g_strdup(g_hash_table_lookup(line->texts, key));
}

static char *take_needed(const Line *line, const char *key)
{
	char *text = take(line, key);
	return text ? text : g_strdup("");
}

static void take_protocol(Protocols *list, const Line *line)
{
	GStrv can = g_hash_table_lookup(line->lists, "can");
	Protocol *p = protocol_new(list);
	p->name = take_needed(line, "protocol");
	p->id = take_needed(line, "id");
	p->title = take_needed(line, "name");
	p->address = take_needed(line, "address");
	p->password = take_needed(line, "password");
	p->network = take_needed(line, "network");
	p->can = can ? g_strdupv(can) : g_new0(char *, 1);
}

static void take_split(Protocol *p, const Line *line)
{
	ProtocolSplit *s = g_new0(ProtocolSplit, 1);
	g_autofree char *separator = take_needed(line, "separator");
	s->text = take(line, "split");
	s->standard = take(line, "standard");
	s->separator = *separator;
	g_ptr_array_add(p->splits, s);
}

static void take_option(GPtrArray *options, const Line *line)
{
	ProtocolOption *o = g_new0(ProtocolOption, 1);
	GStrv choices = g_hash_table_lookup(line->lists, "choices");
	o->name = take(line, "option");
	o->label = take(line, "label");
	o->standard = take(line, "standard");
	o->type = take_needed(line, "type");
	o->choices = choices ? g_strdupv(choices) : NULL;
	g_ptr_array_add(options, o);
}

static void take_unfit(Protocols *list, const Line *line)
{
	ProtocolUnfit *u = g_new0(ProtocolUnfit, 1);
	u->name = take_needed(line, "unfit");
	u->id = take_needed(line, "id");
	u->title = take_needed(line, "name");
	u->why = take_needed(line, "why");
	g_ptr_array_add(list->unfit, u);
}

static void take_line(Protocols *list, const Line *line)
{
	const char *of = g_hash_table_lookup(line->texts, "of");
	Protocol *p = list->all->len > 1 ? list->all->pdata[list->all->len - 1] : NULL;
	if (g_hash_table_contains(line->texts, "protocol")) {
		take_protocol(list, line);
	} else if (g_hash_table_contains(line->texts, "unfit")) {
		take_unfit(list, line);
	} else if (g_hash_table_contains(line->texts, "problem")) {
		g_free(list->problem);
		list->problem = take(line, "problem");
	} else if (!g_strcmp0(of, "*")) {
		take_option(list->general, line);
	} else if (p && !g_strcmp0(of, p->name)) {
		if (g_hash_table_contains(line->texts, "split"))
			take_split(p, line);
		else if (g_hash_table_contains(line->texts, "option"))
			take_option(p->options, line);
	}
}

/* Plugins may print words of their own: what is no JSON is passed over. */
Protocols *protocols_parse(char *lines)
{
	Protocols *list = protocols_new();
	g_auto(GStrv) each = g_strsplit(lines, "\n", -1);
	for (char **text = each; *text; text++) {
		Line line = { g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free), g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_strfreev) };
		if (**text == '{' && g_utf8_validate(*text, -1, NULL) && read_line(*text, &line))
			take_line(list, &line);
		g_hash_table_unref(line.texts);
		g_hash_table_unref(line.lists);
	}
	return list;
}

/* ---- running the program ---- */

typedef struct {
	GSubprocess *process;
	GCancellable *cancel;
	GSource *timer;
	ProtocolsDone done;
	gpointer user;
} Reading;

static gboolean on_timeout(gpointer user)
{
	Reading *r = user;
	g_subprocess_force_exit(r->process);
	g_cancellable_cancel(r->cancel);
	return G_SOURCE_REMOVE;
}

static void on_read(GObject *source, GAsyncResult *result, gpointer user)
{
	Reading *r = user;
	g_autoptr(GError) error = NULL;
	g_autofree char *output = NULL;
	gboolean ok = g_subprocess_communicate_utf8_finish(G_SUBPROCESS(source), result, &output, NULL, &error);
	Protocols *list = protocols_parse(output ? output : (char[]){ "" });
	g_source_destroy(r->timer);
	if (!ok && !list->problem)
		list->problem = g_cancellable_is_cancelled(r->cancel) ? g_strdup("the libpurple plugins can't be listed: loading them takes too long")
		                                                     : g_strdup_printf("the libpurple plugins can't be listed: %s", error->message);
	else if (list->all->len == 1 && !list->problem)
		list->problem = g_strdup("the libpurple plugins can't be listed: the program for them ended too early");
	r->done(list, r->user);
	g_source_unref(r->timer);
	g_object_unref(r->cancel);
	g_object_unref(r->process);
	g_free(r);
}

typedef struct {
	Protocols *list;
	ProtocolsDone done;
	gpointer user;
} Refusal;

static gboolean refuse(gpointer user)
{
	Refusal *refusal = user;
	refusal->done(refusal->list, refusal->user);
	g_free(refusal);
	return G_SOURCE_REMOVE;
}

static void attach(GSource *source, GSourceFunc function, gpointer user)
{
	g_source_set_callback(source, function, user, NULL);
	g_source_attach(source, g_main_context_get_thread_default());
}

void protocols_read(const char *plugin_dir, ProtocolsDone done, gpointer user)
{
	g_autofree char *program = paths_program("kith-purple");
	g_autoptr(GError) error = NULL;
	const char *argv[] = { program, "--protocols", plugin_dir && *plugin_dir ? plugin_dir : NULL, NULL };
	GSubprocess *process = g_subprocess_newv(argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE, &error);
	if (!process) {
		Refusal *refusal = g_new0(Refusal, 1);
		*refusal = (Refusal){ protocols_new(), done, user };
		refusal->list->problem = g_file_test(program, G_FILE_TEST_EXISTS) ? g_strdup_printf("the libpurple plugins can't be listed: %s", error->message)
		                                                                 : g_strdup("this kith was built or installed without libpurple");
		g_autoptr(GSource) idle = g_idle_source_new();
		attach(idle, refuse, refusal);
		return;
	}
	Reading *r = g_new0(Reading, 1);
	*r = (Reading){ process, g_cancellable_new(), g_timeout_source_new(READ_TIMEOUT_MS), done, user };
	attach(r->timer, on_timeout, r);
	g_subprocess_communicate_utf8_async(process, NULL, r->cancel, on_read, r);
}

static void keep(Protocols *protocols, gpointer user)
{
	*(Protocols **)user = protocols;
}

Protocols *protocols_read_now(const char *plugin_dir)
{
	GMainContext *context = g_main_context_new();
	Protocols *list = NULL;
	g_main_context_push_thread_default(context);
	protocols_read(plugin_dir, keep, &list);
	while (!list)
		g_main_context_iteration(context, TRUE);
	g_main_context_pop_thread_default(context);
	g_main_context_unref(context);
	return list;
}

/* ---- checking ---- */

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, text);
	return FALSE;
}

/* ratelimit_interval finds ratelimit-interval. */
static gboolean is_key(const char *name, const char *key, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (!name[i] || (name[i] != key[i] && !(name[i] == '-' && key[i] == '_')))
			return FALSE;
	return !name[length];
}

static const ProtocolOption *find_option(const GPtrArray *options, const char *key, gsize length)
{
	for (guint i = 0; i < options->len; i++)
		if (is_key(((const ProtocolOption *)options->pdata[i])->name, key, length))
			return options->pdata[i];
	return NULL;
}

static gboolean check_value(const ProtocolOption *o, const char *value, GError **error)
{
	gboolean flag;
	if (!*value)
		return TRUE; /* back to what it is where it is not set */
	if (!strcmp(o->type, "yesno") && !settings_read_flag(value, &flag))
		return fail(error, "\"%s\" is yes or no, not \"%s\"", o->name, value);
	if (!strcmp(o->type, "number") && !g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, NULL, NULL))
		return fail(error, "\"%s\" is a number, not \"%s\"", o->name, value);
	if (!strcmp(o->type, "choice") && o->choices && !g_strv_contains((const char *const *)o->choices, value)) {
		g_autofree char *choices = g_strjoinv(", ", o->choices);
		return fail(error, "\"%s\" is one of %s, not \"%s\"", o->name, choices, value);
	}
	return TRUE;
}

static void append_names(GString *names, const GPtrArray *options)
{
	for (guint i = 0; i < options->len; i++)
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", ((const ProtocolOption *)options->pdata[i])->name);
}

static gboolean refuse_name(const Protocols *protocols, const char *name, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (guint i = 0; i < protocols->unfit->len; i++) {
		const ProtocolUnfit *u = protocols->unfit->pdata[i];
		if (!g_ascii_strcasecmp(u->name, name) || !g_ascii_strcasecmp(u->id, name) || !g_ascii_strcasecmp(u->title, name))
			return fail(error, "the plugin \"%s\" does not load here: %s", name, u->why);
	}
	if (protocols->problem && protocols->all->len == 1)
		return fail(error, "%s", protocols->problem);
	for (guint i = 0; i < protocols->all->len; i++)
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", ((const Protocol *)protocols->all->pdata[i])->name);
	return fail(error, "there is no protocol \"%s\" here; there are %s", name, names->str);
}

gboolean protocols_is_general(const char *key)
{
	return g_strv_contains(kith_keys, key);
}

gboolean protocols_check(const Protocols *protocols, const char *name, const char *const *pairs, GError **error)
{
	const Protocol *p = protocols_find(protocols, name);
	if (!p)
		return refuse_name(protocols, name, error);
	for (; pairs && *pairs; pairs++) {
		const char *value = strchr(*pairs, '=');
		if (!value)
			return fail(error, "this is not KEY=VALUE: \"%s\"", *pairs);
		gsize length = (gsize)(value++ - *pairs);
		g_autofree char *key = g_strndup(*pairs, length);
		const ProtocolOption *o = find_option(p->options, key, length);
		if (!o && strcmp(p->name, "xmpp"))
			o = find_option(protocols->general, key, length);
		if (o ? !check_value(o, value, error) : !g_strv_contains(kith_keys, key)) {
			g_autoptr(GString) names = g_string_new(NULL);
			append_names(names, p->options);
			append_names(names, protocols->general);
			g_autofree char *every = g_strjoinv(", ", (char **)kith_keys);
			return o ? FALSE : fail(error, "the protocol %s has no setting \"%s\"; it has %s, and like every account %s", p->title, key, names->str, every);
		}
	}
	return TRUE;
}

/* ---- showing ---- */

static void put_clean(GString *out, const char *text)
{
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	g_string_append(out, clean);
}

static void put_row(GString *out, const Protocol *p)
{
	g_autofree char *row = g_strdup_printf("%-12s %-14s %s", p->name, p->title, p->network);
	put_clean(out, row);
	g_string_append_c(out, '\n');
}

static void put_option(GString *out, const ProtocolOption *o)
{
	g_autofree char *choices = o->choices ? g_strjoinv(", ", o->choices) : NULL;
	g_autofree char *row = g_strdup_printf("  %-22s %s%s%s%s%s%s%s", o->name, choices ? choices : o->type, o->standard && *o->standard ? "; " : "",
		o->standard && *o->standard ? o->standard : "", o->standard && *o->standard ? " where it is not set" : "", o->label && *o->label ? " (" : "",
		o->label ? o->label : "", o->label && *o->label ? ")" : "");
	put_clean(out, row);
	g_string_append_c(out, '\n');
}

static void put_details(GString *out, const Protocols *protocols, const Protocol *p)
{
	g_autofree char *can = g_strjoinv(", ", p->can);
	g_autoptr(GString) head = g_string_new(NULL);
	g_string_append_printf(head, "%s (%s)\nnetwork: %s\naddress: %s", p->title, p->id, p->network, p->address);
	for (guint i = 0; i < p->splits->len; i++) {
		const ProtocolSplit *s = p->splits->pdata[i];
		if (s->standard && *s->standard)
			g_string_append_printf(head, "; %s is %s where it is not given", s->text, s->standard);
	}
	g_string_append_printf(head, "\npassword: %s\ncan: %s\nsettings:", p->password, *can ? can : "nothing but messages");
	g_autofree char *clean = text_clean(head->str, TEXT_LINES);
	g_string_append_printf(out, "%s\n", clean);
	for (guint i = 0; i < p->options->len; i++)
		put_option(out, p->options->pdata[i]);
	for (guint i = 0; strcmp(p->name, "xmpp") && i < protocols->general->len; i++) {
		const ProtocolOption *o = protocols->general->pdata[i];
		if (!find_option(p->options, o->name, strlen(o->name)))
			put_option(out, o);
	}
	g_autofree char *every = g_strjoinv(", ", (char **)kith_keys);
	if (strcmp(p->name, "xmpp"))
		g_string_append_printf(out, "and like every account %s\n", every);
}

static void put_json_option(GString *out, const char *of, const ProtocolOption *o)
{
	json_open(out);
	json_put_text(out, "option", o->name);
	json_put_text(out, "of", of);
	json_put_text(out, "type", o->type);
	json_put_text(out, "label", o->label);
	json_put_text(out, "standard", o->standard);
	if (o->choices)
		json_put_list(out, "choices", (const char *const *)o->choices);
	json_close(out);
	g_string_append_c(out, '\n');
}

static void put_json(GString *out, const Protocol *p)
{
	json_open(out);
	json_put_text(out, "protocol", p->name);
	json_put_text(out, "id", p->id);
	json_put_text(out, "name", p->title);
	json_put_text(out, "address", p->address);
	json_put_text(out, "password", p->password);
	json_put_text(out, "network", p->network);
	json_put_list(out, "can", (const char *const *)p->can);
	json_close(out);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < p->options->len; i++)
		put_json_option(out, p->name, p->options->pdata[i]);
}

static void put_unfit(GString *out, const ProtocolUnfit *u, gboolean json)
{
	if (json) {
		json_open(out);
		json_put_text(out, "unfit", u->name);
		json_put_text(out, "id", u->id);
		json_put_text(out, "name", u->title);
		json_put_text(out, "why", u->why);
		json_close(out);
	} else {
		g_autofree char *row = g_strdup_printf("%-12s %-14s can't be used: its plugin does not load (%s)", u->name, u->title, u->why);
		put_clean(out, row);
	}
	g_string_append_c(out, '\n');
}

gboolean protocols_put(GString *out, const Protocols *protocols, const char *name, gboolean json, GError **error)
{
	const Protocol *only = name ? protocols_find(protocols, name) : NULL;
	if (name && !only)
		return refuse_name(protocols, name, error);
	for (guint i = 0; i < protocols->all->len; i++) {
		const Protocol *p = protocols->all->pdata[i];
		if (only && p != only)
			continue;
		if (json)
			put_json(out, p);
		else if (only)
			put_details(out, protocols, p);
		else
			put_row(out, p);
	}
	for (guint i = 0; i < protocols->unfit->len && !only; i++)
		put_unfit(out, protocols->unfit->pdata[i], json);
	if (protocols->problem && !json && !only)
		g_string_append_printf(out, "%s\n", protocols->problem);
	return TRUE;
}
