/* options.c: see options.h. */
#include "config.h"
#include "purple/options.h"
#include "settings/settings.h"
#include <string.h>

#define OPTIONS_ERROR g_quark_from_static_string("kith-purple-options")

/* What every account may have besides the global settings: kith's own, and what connection.c reads. */
static const char *const own_keys[] = { "address", "enabled", "keyring", "login_timeout", "memory_limit", "nick", "nickserv", "notify", "password_command", "protocol", "proxy", "room_events", "rooms", "sasl_mechanisms", "silence_limit", NULL };

static gboolean fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean fail(GError **error, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (error)
		*error = g_error_new_valist(OPTIONS_ERROR, 0, format, arguments);
	va_end(arguments);
	return FALSE;
}

/* ---- addresses ---- */

/* The parts that the plugin splits a user name into and that address lacks are added where the plugin has a default for them. */
static char *complete_address(PurplePluginProtocolInfo *protocol, const char *address)
{
	GString *user = g_string_new(address);
	const char *from = address;
	for (GList *l = protocol->user_splits; l; l = l->next) {
		const char *standard = purple_account_user_split_get_default_value(l->data);
		char separator = purple_account_user_split_get_separator(l->data);
		const char *found = from ? strchr(from, separator) : NULL;
		if (found)
			from = found + 1;
		else if (standard && *standard)
			g_string_append_printf(user, "%c%s", separator, standard);
	}
	return g_string_free(user, FALSE);
}

/* ---- settings ---- */

static gboolean read_flag(const char *value, gboolean *flag)
{
	static const char *const yes[] = { "yes", "on", "true", "1", NULL }, *const no[] = { "no", "off", "false", "0", NULL };
	*flag = g_strv_contains(yes, value);
	return *flag || g_strv_contains(no, value);
}

static gboolean set_bool(PurpleAccount *account, PurpleAccountOption *option, const char *value, GError **error)
{
	gboolean flag;
	if (!read_flag(value, &flag))
		return fail(error, "\"%s\" is yes or no, not \"%s\"", purple_account_option_get_setting(option), value);
	purple_account_set_bool(account, purple_account_option_get_setting(option), flag);
	return TRUE;
}

static gboolean set_int(PurpleAccount *account, PurpleAccountOption *option, const char *value, GError **error)
{
	gint64 number;
	if (!g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, &number, NULL))
		return fail(error, "\"%s\" is a number, not \"%s\"", purple_account_option_get_setting(option), value);
	purple_account_set_int(account, purple_account_option_get_setting(option), (int)number);
	return TRUE;
}

static gboolean set_string(PurpleAccount *account, PurpleAccountOption *option, const char *value, GError **error G_GNUC_UNUSED)
{
	purple_account_set_string(account, purple_account_option_get_setting(option), value);
	return TRUE;
}

static gboolean set_choice(PurpleAccount *account, PurpleAccountOption *option, const char *value, GError **error)
{
	g_autoptr(GString) values = g_string_new(NULL);
	for (GList *l = purple_account_option_get_list(option); l; l = l->next) {
		PurpleKeyValuePair *pair = l->data;
		if (!strcmp(value, pair->value) || !g_ascii_strcasecmp(value, pair->key)) {
			purple_account_set_string(account, purple_account_option_get_setting(option), pair->value);
			return TRUE;
		}
		g_string_append_printf(values, "%s%s", values->len ? ", " : "", (const char *)pair->value);
	}
	return fail(error, "\"%s\" is one of %s, not \"%s\"", purple_account_option_get_setting(option), values->str, value);
}

static const struct OptionType {
	PurplePrefType type;
	const char *name;
	gboolean (*set)(PurpleAccount *, PurpleAccountOption *, const char *, GError **);
} types[] = {
	{ PURPLE_PREF_BOOLEAN, "yesno", set_bool },
	{ PURPLE_PREF_INT, "number", set_int },
	{ PURPLE_PREF_STRING, "text", set_string },
	{ PURPLE_PREF_STRING_LIST, "choice", set_choice },
};

static const struct OptionType *option_type(PurpleAccountOption *option)
{
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type == purple_account_option_get_type(option))
			return &types[i];
	return NULL;
}

/* ratelimit_interval finds ratelimit-interval. */
static gboolean is_key(const char *setting, const char *key, gsize length)
{
	for (gsize i = 0; i < length; i++)
		if (setting[i] != key[i] && !(setting[i] == '-' && key[i] == '_'))
			return FALSE;
	return !setting[length];
}

static PurpleAccountOption *find_option(PurplePluginProtocolInfo *protocol, const char *key, gsize length)
{
	for (GList *l = protocol->protocol_options; l; l = l->next)
		if (option_type(l->data) && is_key(purple_account_option_get_setting(l->data), key, length))
			return l->data;
	return NULL;
}

static char *known_options(PurplePluginProtocolInfo *protocol)
{
	GString *names = g_string_new(NULL);
	for (GList *l = protocol->protocol_options; l; l = l->next)
		if (option_type(l->data))
			g_string_append_printf(names, "%s%s", names->len ? ", " : "", purple_account_option_get_setting(l->data));
	return g_string_free(names, FALSE);
}

static gboolean set_proxy(PurpleAccount *account, const char *value, GError **error)
{
	PurpleProxyInfo *info = purple_proxy_info_new();
	purple_proxy_info_set_type(info, PURPLE_PROXY_NONE);
	purple_account_set_proxy_info(account, info);
	if (!*value || !strcmp(value, "none"))
		return TRUE;
	g_autoptr(GUri) uri = g_uri_parse(value, G_URI_FLAGS_HAS_PASSWORD, NULL);
	const char *scheme = uri ? g_uri_get_scheme(uri) : "";
	if (!uri || !g_uri_get_host(uri) || g_uri_get_port(uri) < 1 || (strcmp(scheme, "socks5") && strcmp(scheme, "http")))
		return fail(error, "\"proxy\" is none, socks5://HOST:PORT or http://HOST:PORT, not \"%s\"", value);
	purple_proxy_info_set_type(info, !strcmp(scheme, "http") ? PURPLE_PROXY_HTTP : PURPLE_PROXY_SOCKS5);
	purple_proxy_info_set_host(info, g_uri_get_host(uri));
	purple_proxy_info_set_port(info, g_uri_get_port(uri));
	purple_proxy_info_set_username(info, g_uri_get_user(uri));
	purple_proxy_info_set_password(info, g_uri_get_password(uri));
	return TRUE;
}

static gboolean apply_setting(PurplePluginProtocolInfo *protocol, PurpleAccount *account, const char *setting, GError **error)
{
	const char *value = strchr(setting, '=');
	if (!value)
		return fail(error, "this is not KEY=VALUE: \"%s\"", setting);
	gsize length = value++ - setting;
	g_autofree char *key = g_strndup(setting, length);
	PurpleAccountOption *option = find_option(protocol, key, length);
	if (option)
		return option_type(option)->set(account, option, value, error);
	if (!strcmp(key, "proxy"))
		return set_proxy(account, value, error);
	if (g_strv_contains(own_keys, key) || settings_find(SCOPE_GLOBAL, key))
		return TRUE;
	g_autofree char *known = known_options(protocol);
	return fail(error, "this protocol has no setting \"%s\"; it has %s", key, *known ? known : "none");
}

PurpleAccount *options_make_account(PurplePlugin *plugin, const char *address, const char *const *settings, GError **error)
{
	PurplePluginProtocolInfo *protocol = PURPLE_PLUGIN_PROTOCOL_INFO(plugin);
	g_autofree char *user = complete_address(protocol, address);
	PurpleAccount *account = purple_account_new(user, purple_plugin_get_id(plugin));
	gboolean good = set_proxy(account, "none", error);
	for (; good && *settings; settings++)
		good = apply_setting(protocol, account, *settings, error);
	if (good)
		return account;
	purple_account_destroy(account);
	return NULL;
}

/* ---- the schema ---- */

const char *options_type(PurpleAccountOption *option)
{
	const struct OptionType *type = option_type(option);
	if (!type)
		return NULL;
	return type->type == PURPLE_PREF_STRING && purple_account_option_get_masked(option) ? "secret" : type->name;
}

char *options_standard(PurpleAccountOption *option)
{
	switch (purple_account_option_get_type(option)) {
	case PURPLE_PREF_BOOLEAN: return g_strdup(purple_account_option_get_default_bool(option) ? "yes" : "no");
	case PURPLE_PREF_INT: return g_strdup_printf("%d", purple_account_option_get_default_int(option));
	case PURPLE_PREF_STRING: return g_strdup(purple_account_option_get_default_string(option));
	default: return g_strdup(purple_account_option_get_default_list_value(option));
	}
}

char **options_choices(PurpleAccountOption *option)
{
	if (purple_account_option_get_type(option) != PURPLE_PREF_STRING_LIST)
		return NULL;
	GStrvBuilder *choices = g_strv_builder_new();
	for (GList *l = purple_account_option_get_list(option); l; l = l->next)
		g_strv_builder_add(choices, ((PurpleKeyValuePair *)l->data)->value);
	char **result = g_strv_builder_end(choices);
	g_strv_builder_unref(choices);
	return result;
}
