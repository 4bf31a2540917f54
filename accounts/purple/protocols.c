/* protocols.c: see protocols.h.
 *
 * What a plugin can do is what its table of functions has; what its network is worth today no plugin says, so that is a table here.
 */
#include "config.h"
#include "purple/protocols.h"
#include "purple/quirks.h"
#include "base/json.h"
#include "purple/options.h"
#include <dlfcn.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PROTOCOLS_ERROR g_quark_from_static_string("kith-purple-protocols")

/* ---- finding ---- */

/* "irc" for prpl-irc, "discord" for prpl-eionrobb-discord. */
static const char *short_name(PurplePlugin *plugin)
{
	const char *dash = strrchr(purple_plugin_get_id(plugin), '-');
	return dash ? dash + 1 : purple_plugin_get_id(plugin);
}

PurplePlugin *protocols_find(const char *name, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (GList *l = purple_plugins_get_protocols(); l; l = l->next) {
		PurplePlugin *plugin = l->data;
		if (!g_ascii_strcasecmp(name, purple_plugin_get_id(plugin)) || !g_ascii_strcasecmp(name, short_name(plugin)) ||
		    !g_ascii_strcasecmp(name, purple_plugin_get_name(plugin)))
			return plugin;
		g_string_append_printf(names, "%s%s", names->len ? ", " : "", short_name(plugin));
	}
	g_set_error(error, PROTOCOLS_ERROR, 0, "libpurple has no protocol \"%s\" here; it has %s", name, names->len ? names->str : "none");
	return NULL;
}

/* Code from a place where others can write is theirs. */
static gboolean is_fit(const char *directory, GError **error)
{
	struct stat s;
	if (stat(directory, &s) < 0 || !S_ISDIR(s.st_mode)) {
		g_set_error(error, PROTOCOLS_ERROR, 0, "there is no such directory of plugins: \"%s\"", directory);
		return FALSE;
	}
	if ((s.st_uid != geteuid() && s.st_uid != 0) || s.st_mode & (S_IWGRP | S_IWOTH)) {
		g_set_error(error, PROTOCOLS_ERROR, 0, "others can write there, so no plugin is loaded from it: \"%s\"", directory);
		return FALSE;
	}
	return TRUE;
}

gboolean protocols_add_directories(const char *directories, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(directories ? directories : "", ":", -1);
	gboolean good = TRUE;
	for (char **part = parts; *part; part++) {
		g_autofree char *directory = g_str_has_prefix(*part, "~/") ? g_build_filename(g_get_home_dir(), *part + 2, NULL) : g_strdup(*part);
		if (!*directory)
			continue;
		if (is_fit(directory, good ? error : NULL))
			purple_plugins_add_search_path(directory);
		else
			good = FALSE;
	}
	purple_plugins_probe(G_MODULE_SUFFIX);
	return good;
}

/* ---- what is known about the networks ---- */

static const struct {
	const char *id;
	const char *line;
} networks[] = {
	{ "prpl-irc", "alive: many networks, most without an account" },
	{ "prpl-jabber", "alive, but kith's own xmpp does much more: use that" },
	{ "prpl-simple", "alive where a SIP server offers messages and presence (SIMPLE); no calls" },
	{ "prpl-bonjour", "alive: people on the same local network, without a server; needs avahi-daemon on this machine" },
	{ "prpl-gg", "alive in Poland (Gadu-Gadu); needs an account, which its own site makes" },
	{ "prpl-novell", "needs an account on a company's GroupWise Messenger server; few are left" },
	{ "prpl-meanwhile", "needs an account on a company's Sametime server of an old release; few are left" },
	{ "prpl-zephyr", "alive at a few universities; needs a configured zephyr client (zhm) on this machine" },
	{ "prpl-eionrobb-discord", "alive, but its terms forbid other clients and may cost the account; a gateway or bridge is the better way" },
	{ "prpl-eionrobb-rocketchat", "alive; needs an account on a Rocket.Chat server" },
	{ "prpl-eionrobb-mattermost", "alive; needs an account on a Mattermost server" },
	{ "prpl-eionrobb-googlechat", "alive for accounts of organisations; the plugin follows changes late" },
	{ "prpl-sipe", "Skype for Business Online was closed in 2021; servers that companies run themselves still answer" },
	{ "prpl-mra", "said to be closed: Mail.ru has given up the messenger that this plugin speaks to" },
	{ "prpl-nateon", "alive in Korea, but the plugin is older than today's protocol and may be refused" },
	{ "prpl-mm-sms", "text messages through a modem that ModemManager runs on this machine" },
	{ "prpl-snpp", "messages to pagers, where a company still runs a server for them (SNPP); the plugin does not tell of one that was lost" },
	{ "prpl-aim", "closed in 2017" },
	{ "prpl-icq", "closed in 2024" },
	{ "prpl-msn", "closed in 2014" },
	{ "prpl-msnp11", "closed in 2014" },
	{ "prpl-yahoo", "closed in 2018" },
	{ "prpl-yahoojp", "closed in 2014" },
	{ "prpl-myspace", "closed in 2013" },
	{ "prpl-mxit", "closed in 2016" },
	{ "prpl-skypeweb", "closed in 2025" },
	{ "prpl-hangouts", "closed in 2022" },
	{ "prpl-facebook", "alive, but it works against the network's wish and breaks often; a gateway or bridge is the better way" },
	{ "prpl-matrix", "alive, but the plugin knows only a part of it; a gateway is the better way" },
	{ "prpl-telegram", "alive, but this plugin is no longer kept up" },
	{ "telegram-tdlib", "alive; needs an account made on a telephone" },
	{ "prpl-hehoe-whatsmeow", "alive; needs an account on a telephone; its terms forbid other clients" },
	{ "prpl-hehoe-presage", "alive (Signal); needs an account on a telephone" },
	{ "prpl-slack", "alive; the work space must allow it" },
};

static const char *about_network(const char *id)
{
	for (guint i = 0; i < G_N_ELEMENTS(networks); i++)
		if (!strcmp(networks[i].id, id))
			return networks[i].line;
	return "nothing is known here about this network today";
}

/* ---- the list ---- */

static void print_line(GString *line)
{
	json_close(line);
	puts(line->str);
	g_string_truncate(line, 0);
	json_open(line);
}

/* What the plugin calls something, as a valid line without the mark of the underlined letter. */
static char *plain(const char *text)
{
	g_autofree char *bare = purple_text_strip_mnemonic(text ? text : ""), *valid = g_utf8_make_valid(bare, -1);
	valid[strcspn(valid, "\r\n")] = '\0';
	return g_strdup(g_strchomp(valid));
}

static void print_splits(GString *line, const char *of, GList *splits)
{
	for (GList *l = splits; l; l = l->next) {
		const char separator[] = { purple_account_user_split_get_separator(l->data), 0 };
		g_autofree char *text = plain(purple_account_user_split_get_text(l->data));
		json_put_text(line, "split", text);
		json_put_text(line, "of", of);
		json_put_text(line, "separator", separator);
		json_put_text(line, "standard", purple_account_user_split_get_default_value(l->data));
		print_line(line);
	}
}

static void print_options(GString *line, const char *of, GList *options)
{
	for (GList *l = options; l; l = l->next) {
		const char *type = options_type(l->data);
		if (!type)
			continue;
		g_autofree char *text = plain(purple_account_option_get_text(l->data)), *standard = options_standard(l->data);
		g_auto(GStrv) choices = options_choices(l->data);
		json_put_text(line, "option", purple_account_option_get_setting(l->data));
		json_put_text(line, "of", of);
		json_put_text(line, "type", type);
		json_put_text(line, "label", text);
		json_put_text(line, "standard", standard);
		if (choices)
			json_put_list(line, "choices", (const char *const *)choices);
		print_line(line);
	}
}

/* What irc-services.c reads. */
static void print_irc(GString *line, const char *of)
{
	json_put_text(line, "option", "nickserv");
	json_put_text(line, "of", of);
	json_put_text(line, "type", "yesno");
	json_put_text(line, "label", "The password is for NickServ, not for the server");
	json_put_text(line, "standard", "no");
	print_line(line);
	json_put_text(line, "option", "sasl_mechanisms");
	json_put_text(line, "of", of);
	json_put_text(line, "type", "text");
	json_put_text(line, "label", "The mechanisms of SASL to try, in this order; EXTERNAL is none of them, as libpurple has no certificates of users");
	json_put_text(line, "standard", "PLAIN");
	print_line(line);
}

static void print_protocol(PurplePlugin *plugin)
{
	PurplePluginProtocolInfo *protocol = PURPLE_PLUGIN_PROTOCOL_INFO(plugin);
	g_autoptr(GString) line = g_string_new(NULL), form = g_string_new("NAME");
	g_autoptr(GPtrArray) can = g_ptr_array_new_with_free_func(g_free);
	for (GList *l = protocol->user_splits; l; l = l->next) {
		g_autofree char *text = plain(purple_account_user_split_get_text(l->data)), *word = g_ascii_strup(text, -1);
		g_string_append_printf(form, "%c%s", purple_account_user_split_get_separator(l->data), word);
	}
	quirks_add_abilities(plugin, can);
	if (protocol->register_user)
		g_ptr_array_add(can, g_strdup("register"));
	g_ptr_array_add(can, NULL);
	json_open(line);
	json_put_text(line, "protocol", short_name(plugin));
	json_put_text(line, "id", purple_plugin_get_id(plugin));
	json_put_text(line, "name", purple_plugin_get_name(plugin));
	json_put_text(line, "address", form->str);
	json_put_text(line, "password", protocol->options & OPT_PROTO_NO_PASSWORD ? "none" : protocol->options & OPT_PROTO_PASSWORD_OPTIONAL ? "optional" : "required");
	json_put_list(line, "can", (const char *const *)can->pdata);
	json_put_text(line, "network", about_network(purple_plugin_get_id(plugin)));
	print_line(line);
	print_splits(line, short_name(plugin), protocol->user_splits);
	print_options(line, short_name(plugin), protocol->protocol_options);
	if (!strcmp(purple_plugin_get_id(plugin), "prpl-irc"))
		print_irc(line, short_name(plugin));
}

/* What main.c and connection.c read. */
static void print_general(void)
{
	static const char *const room_events[] = { "folded", "all", "none", NULL };
	static const struct { const char *name, *type, *standard, *label; const char *const *choices; } all[] = {
		{ "login_timeout", "number", "60", "Seconds that logging in may take", NULL },
		{ "memory_limit", "number", "512", "MiB that the account's process may use before it is started again", NULL },
		{ "plugin_dir", "text", NULL, "Directories of plugins of your own, for this account", NULL },
		{ "proxy", "text", "none", "socks5://HOST:PORT or http://HOST:PORT", NULL },
		{ "room_events", "choice", "folded", "Who comes into a room and leaves: what happens between two messages in one line, a line each, or nothing", room_events },
		{ "silence_limit", "number", NULL, "Seconds after which a silent server counts as gone, on networks where none is ever silent for long", NULL },
	};
	g_autoptr(GString) line = g_string_new(NULL);
	json_open(line);
	for (guint i = 0; i < G_N_ELEMENTS(all); i++) {
		json_put_text(line, "option", all[i].name);
		json_put_text(line, "of", "*");
		json_put_text(line, "type", all[i].type);
		json_put_text(line, "label", all[i].label);
		json_put_text(line, "standard", all[i].standard);
		if (all[i].choices)
			json_put_list(line, "choices", all[i].choices);
		print_line(line);
	}
}

static void print_unfit(const char *name, const char *id, const char *title, const char *why)
{
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *words = g_utf8_make_valid(why ? why : "it does not say why", -1);
	json_open(line);
	json_put_text(line, "unfit", name);
	json_put_text(line, "id", id);
	json_put_text(line, "name", title);
	json_put_text(line, "why", g_strstrip(words));
	print_line(line);
}

/* What can't even be opened, for a library that is missing above all, libpurple passes over in silence. */
static void print_unfit_file(const char *directory, const char *file)
{
	g_autofree char *path = g_build_filename(directory, file, NULL), *name = g_strndup(file, strlen(file) - strlen("." G_MODULE_SUFFIX));
	if (purple_plugins_find_with_filename(path))
		return;
	void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (library) { /* no plugin, or one for another program */
		dlclose(library);
		return;
	}
	const char *why = dlerror(), *bare = g_str_has_prefix(name, "lib") ? name + 3 : name;
	gsize known = strlen(path);
	print_unfit(bare, file, bare, why && !strncmp(why, path, known) && why[known] == ':' ? why + known + 1 : why);
}

static void print_unfit_files(const char *directory)
{
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	const char *file;
	while (dir && (file = g_dir_read_name(dir)))
		if (g_str_has_suffix(file, "." G_MODULE_SUFFIX))
			print_unfit_file(directory, file);
}

void protocols_print(void)
{
	for (GList *l = purple_plugins_get_protocols(); l; l = l->next)
		print_protocol(l->data);
	print_general();
	for (GList *l = purple_plugins_get_all(); l; l = l->next) {
		PurplePlugin *plugin = l->data;
		if (plugin->unloadable && plugin->info && plugin->info->type == PURPLE_PLUGIN_PROTOCOL)
			print_unfit(short_name(plugin), purple_plugin_get_id(plugin), purple_plugin_get_name(plugin), plugin->error ? plugin->error + strspn(plugin->error, ": ") : NULL);
	}
	for (GList *l = purple_plugins_get_search_paths(); l; l = l->next)
		print_unfit_files(l->data);
}

void protocols_print_problem(const char *text)
{
	g_autoptr(GString) line = g_string_new(NULL);
	json_open(line);
	json_put_text(line, "problem", text);
	print_line(line);
}
