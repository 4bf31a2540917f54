/* accounts.c: accounts in the configuration: adding, changing, removing, and which keys an account may have.
 *
 * Used by the hub's /account and by kith account alike, so that both refuse the same things with the same words.
 * It changes the Config only; saving it, and telling the backends, is the caller's.
 */
#include "settings/settings.h"
#include <string.h>

/* Keys that mean the same on every network; what else the table has is for XMPP, and other networks have their own. */
static const char *const general_keys[] = { "address", "enabled", "keyring", "nick", "password_command", "protocol", "rooms", NULL };

#define NAME_MAX_BYTES 64
#define ADDRESS_MAX_BYTES 3071

static char *group_of(const char *account)
{
	return g_strdup_printf("account %s", account);
}

char **config_accounts(const Config *config)
{
	g_auto(GStrv) groups = config_groups(config);
	GStrvBuilder *names = g_strv_builder_new();
	for (char **group = groups; *group; group++)
		if (g_str_has_prefix(*group, "account ") && (*group)[8])
			g_strv_builder_add(names, *group + 8);
	char **result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}

gboolean config_has_account(const Config *config, const char *account)
{
	g_auto(GStrv) names = config_accounts(config);
	return g_strv_contains((const char *const *)names, account);
}

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

static gboolean check_characters(const char *text, const char *allowed)
{
	for (const char *p = text; *p; p++)
		if (!g_ascii_isalnum(*p) && !strchr(allowed, *p))
			return FALSE;
	return *text && strlen(text) <= NAME_MAX_BYTES;
}

static gboolean check_address(const char *protocol, const char *address, GError **error)
{
	const char *at = strchr(address, '@');
	if (!*address || strlen(address) > ADDRESS_MAX_BYTES || !g_utf8_validate(address, -1, NULL))
		return fail(error, "this is not an address: \"%s\"", address);
	for (const char *p = address; *p; p++)
		if (g_ascii_iscntrl(*p))
			return fail(error, "this is not an address: \"%s\"", address);
	if (!strcmp(protocol, "xmpp") && (!at || at == address || !at[1] || strchr(at + 1, '@') || strchr(at + 1, '/') || strchr(address, ' ')))
		return fail(error, "an XMPP address looks like NAME@SERVER, not \"%s\"", address);
	return TRUE;
}

static char *known_keys(void)
{
	GString *names = g_string_new(NULL);
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == SCOPE_ACCOUNT)
			g_string_append_printf(names, "%s%s", names->len ? ", " : "", setting->name);
	return g_string_free(names, FALSE);
}

gboolean config_account_check(const char *protocol, const char *key, const char *value, GError **error)
{
	const Setting *setting = settings_find(SCOPE_ACCOUNT, key);
	gboolean xmpp = !strcmp(protocol, "xmpp");
	if (!strcmp(key, "password"))
		return fail(error, "a password is never part of a command line or the configuration: let kith ask for it, or use password_command, keyring=yes or --password-fd");
	if (setting && (xmpp || g_strv_contains(general_keys, key))) {
		if (!strcmp(key, "protocol") && !check_characters(value, "-_."))
			return fail(error, "this is not the name of a protocol: \"%s\"", value);
		return !*value || settings_check(setting, value, error);
	}
	if (xmpp) {
		g_autofree char *known = known_keys();
		return fail(error, "an XMPP account has no \"%s\"; it has %s", key, known);
	}
	if (!check_characters(key, "-_. /"))
		return fail(error, "this is not the name of a setting: \"%s\"", key);
	return strlen(value) <= SETTINGS_VALUE_MAX && g_utf8_validate(value, -1, NULL) ? TRUE : fail(error, "the value of \"%s\" is too long or not UTF-8", key);
}

gboolean config_split_pair(char *pair, char **key, char **value, GError **error)
{
	char *equals = strchr(pair, '=');
	if (!equals || equals == pair)
		return fail(error, "this is not KEY=VALUE: \"%s\"", pair);
	*equals = 0;
	*key = pair;
	*value = equals + 1;
	return TRUE;
}

static gboolean check_name(const char *name, GError **error)
{
	return check_characters(name, "-_.") ? TRUE : fail(error, "an account's name is made of letters, digits, \"-\", \"_\" and \".\", at most 64, not \"%s\"", name);
}

static gboolean check_pairs(const char *protocol, const char *const *pairs, GError **error)
{
	for (; pairs && *pairs; pairs++) {
		g_autofree char *pair = g_strdup(*pairs);
		char *key = NULL, *value = NULL;
		if (!config_split_pair(pair, &key, &value, error))
			return FALSE;
		if (!strcmp(key, "protocol") || !strcmp(key, "address"))
			return fail(error, "\"%s\" was given already", key);
		if (!config_account_check(protocol, key, value, error))
			return FALSE;
	}
	return TRUE;
}

gboolean config_account_add(Config *config, const char *name, const char *protocol, const char *address, const char *const *pairs, GError **error)
{
	if (!check_name(name, error) || !config_account_check(protocol, "protocol", protocol, error) || !check_address(protocol, address, error) || !check_pairs(protocol, pairs, error))
		return FALSE;
	if (config_has_account(config, name))
		return fail(error, "there is an account \"%s\" already", name);
	g_autofree char *group = group_of(name);
	config_set(config, group, "protocol", protocol);
	config_set(config, group, "address", address);
	for (; pairs && *pairs; pairs++) {
		g_autofree char *pair = g_strdup(*pairs);
		char *key = NULL, *value = NULL;
		config_split_pair(pair, &key, &value, NULL);
		config_set(config, group, key, *value ? value : NULL);
	}
	return TRUE;
}

static gboolean check_account(const Config *config, const char *name, GError **error)
{
	return config_has_account(config, name) ? TRUE : fail(error, "there is no account \"%s\"", name);
}

gboolean config_account_set(Config *config, const char *name, const char *key, const char *value, GError **error)
{
	if (!check_account(config, name, error))
		return FALSE;
	g_autofree char *group = group_of(name), *protocol = g_strdup(config_account_text(config, name, "protocol"));
	if (!strcmp(key, "protocol"))
		return fail(error, "the protocol of an account can't be changed; add another account");
	if (value && !config_account_check(protocol, key, value, error))
		return FALSE;
	if (!strcmp(key, "address") && !check_address(protocol, value ? value : "", error))
		return FALSE;
	config_set(config, group, key, value && *value ? value : NULL);
	return TRUE;
}

gboolean config_account_remove(Config *config, const char *name, GError **error)
{
	if (!check_account(config, name, error))
		return FALSE;
	g_autofree char *group = group_of(name), *chats = g_strdup_printf("chat %s/", name);
	g_auto(GStrv) groups = config_groups(config);
	config_remove_group(config, group);
	for (char **other = groups; *other; other++)
		if (g_str_has_prefix(*other, chats))
			config_remove_group(config, *other);
	return TRUE;
}
