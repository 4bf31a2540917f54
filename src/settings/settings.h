/* settings.h: every setting, declared once (settings.c holds the table), and the configuration file that holds their values.
 *
 * The file is a GKeyFile in the groups [kith], [account NAME], [chat ACCOUNT/ADDRESS], [alias], [bind]; comments, order and lines that can't be
 * read are kept when a value is changed. A bad line or value is reported once and passed over; the rest is used.
 */
#pragma once
#include <glib.h>

typedef enum { SETTING_FLAG, SETTING_NUMBER, SETTING_TEXT, SETTING_WORD, SETTING_DURATION } SettingType;
typedef enum { SCOPE_GLOBAL, SCOPE_ACCOUNT, SCOPE_CHAT } SettingScope;

typedef struct {
	const char *name;
	SettingScope scope;
	SettingType type;
	const char *standard;       /* the default, as text; "" is none */
	gint64 min, max;            /* NUMBER and DURATION (seconds) */
	const char *const *words;   /* WORD: NULL-terminated */
	const char *help;           /* one sentence or more */
} Setting;

#define SETTINGS_ERROR (settings_error_quark())
GQuark settings_error_quark(void);
typedef enum { SETTINGS_ERROR_VALUE, SETTINGS_ERROR_FILE, SETTINGS_ERROR_CHANGED } SettingsError;
#define SETTINGS_VALUE_MAX 8000 /* bytes of a value */

/* The table, sorted by scope and name, ended by a NULL name. */
extern const Setting settings_table[];
const Setting *settings_find(SettingScope scope, const char *name);
/* Is value good for the setting? error says what it takes. FLAG takes yes/no, on/off, true/false, 1/0. */
gboolean settings_check(const Setting *setting, const char *value, GError **error);
/* What the setting takes, in words: "yes or no", "dark, light, mono"; free it. */
char *settings_describe(const Setting *setting);
/* The value of a text; FALSE if it is none. */
gboolean settings_read_flag(const char *value, gboolean *flag);
/* 90, 90s, 15m, 2h, 1d, 1w in seconds. */
gboolean settings_read_duration(const char *value, gint64 *seconds);

/* The configuration: the file's content in memory. */
typedef struct Config Config;

/* Reads path; a missing file is empty. complaints (may be NULL) gets one sentence a bad line: "FILE:12: …". NULL only when the file exists and can't be read. */
Config *config_load(const char *path, GPtrArray *complaints, GError **error);
void config_free(Config *config);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Config, config_free)
/* Writes it back atomically (temporary file in the same directory, fsync, rename), 0600, keeping comments, order and bad lines. Refuses
 * (SETTINGS_ERROR_CHANGED) when somebody else changed the file since it was read: load it again first. Nothing is written if nothing changed. */
gboolean config_save(Config *config, GError **error);

/* Is the file on disk still the one that was read or written last? */
gboolean config_is_current(const Config *config);
/* Forgets every change that was not saved. */
void config_revert(Config *config);
/* The file's path. */
const char *config_path(const Config *config);
/* Raw values: NULL if not set. */
const char *config_get(const Config *config, const char *group, const char *key);
/* NULL value removes the key (and the group when it becomes empty). */
void config_set(Config *config, const char *group, const char *key, const char *value);
void config_remove_group(Config *config, const char *group);
/* Names in the order of the file; free with g_strfreev. */
char **config_groups(const Config *config);
char **config_keys(const Config *config, const char *group);

/* By the table: the value or the default; never NULL for TEXT and WORD. Programmer error if the setting is not in the table. */
const char *config_text(const Config *config, const char *name);
gboolean config_flag(const Config *config, const char *name);
gint64 config_number(const Config *config, const char *name);
const char *config_chat_text(const Config *config, const char *account, const char *chat, const char *name);
/* An account's value by the table (scope account), or "" / the default. */
const char *config_account_text(const Config *config, const char *account, const char *name);
gboolean config_account_flag(const Config *config, const char *account, const char *name);
gint64 config_account_number(const Config *config, const char *account, const char *name);

/* ---- accounts in the configuration (accounts.c) ---- */

/* The names of all accounts, in the order of the file; free with g_strfreev. */
char **config_accounts(const Config *config);
gboolean config_has_account(const Config *config, const char *account);
/* Adds [account NAME]; pairs ("key=value", NULL-terminated) are checked all before anything is changed. */
gboolean config_account_add(Config *config, const char *name, const char *protocol, const char *address, const char *const *pairs, GError **error);
/* Sets one key of an account; value NULL or "" goes back to the default. */
gboolean config_account_set(Config *config, const char *name, const char *key, const char *value, GError **error);
/* Removes the account and its chats' settings. */
gboolean config_account_remove(Config *config, const char *name, GError **error);
/* May an account of this protocol have key, and is value good for it? XMPP takes the table's keys only; other networks take their own as well. */
gboolean config_account_check(const char *protocol, const char *key, const char *value, GError **error);
/* Splits "key=value" in place; FALSE and error if it is none. */
gboolean config_split_pair(char *pair, char **key, char **value, GError **error);
