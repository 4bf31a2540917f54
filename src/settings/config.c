/* config.c: the configuration file in memory, line by line.
 *
 * Every line is kept as it was read: comments, order, blank lines and lines that make no sense survive a save. What a line means
 * (group, key, value) hangs beside its text, and an index finds the line that counts, which is the last one when a key is given twice.
 *
 * The format is GKeyFile's. Group names and keys hold foreign text here (room names, IRC nicks), so "[", "]", "=", "%" and control
 * characters in them are written as %HH, which GKeyFile takes as ordinary characters.
 */
#include "settings/settings.h"
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX_BYTES (8 * 1024 * 1024)

typedef enum { LINE_OTHER, LINE_GROUP, LINE_KEY } LineType;

typedef struct {
	LineType type;
	char *text;         /* as in the file, without newline; owned */
	char *group;        /* the group it names or belongs to; owned, NULL before the first */
	char *key, *value;  /* LINE_KEY; owned */
} Line;

struct Config {
	char *path;         /* the file itself, symbolic links followed */
	GPtrArray *lines;   /* of Line, owned */
	GHashTable *groups; /* group -> GHashTable (key -> Line, borrowed) */
	char *loaded;       /* the text that was read or written last; NULL: there was no file */
	gboolean changed;
};

static Line *line_new(LineType type, char *text, const char *group, char *key, char *value)
{
	Line *line = g_new(Line, 1);
	*line = (Line){ type, text, g_strdup(group), key, value };
	return line;
}

static void line_free(gpointer data)
{
	Line *line = data;
	g_free(line->text);
	g_free(line->group);
	g_free(line->key);
	g_free(line->value);
	g_free(line);
}

/* ---- names and values as they stand in the file ---- */

static char *escape_name(const char *name)
{
	GString *out = g_string_new(NULL);
	for (const char *p = name; *p; p++)
		if ((guchar)*p < ' ' || *p == 0x7f || strchr("[]=%", *p) || (*p == ' ' && (p == name || !p[1])) || (*p == '#' && p == name))
			g_string_append_printf(out, "%%%02X", (guchar)*p);
		else
			g_string_append_c(out, *p);
	return g_string_free(out, FALSE);
}

static char *unescape_name(const char *text, gsize length)
{
	GString *out = g_string_new(NULL);
	for (gsize i = 0; i < length; i++) {
		int high = text[i] == '%' && i + 2 < length ? g_ascii_xdigit_value(text[i + 1]) : -1;
		int low = high >= 0 ? g_ascii_xdigit_value(text[i + 2]) : -1;
		if (low >= 0 && high < 8 && (high || low)) {
			g_string_append_c(out, (char)(high * 16 + low));
			i += 2;
		} else {
			g_string_append_c(out, text[i]);
		}
	}
	return g_string_free(out, FALSE);
}

static char *escape_value(const char *value)
{
	GString *out = g_string_new(NULL);
	for (const char *p = value; *p; p++)
		switch (*p) {
		case '\\': g_string_append(out, "\\\\"); break;
		case '\n': g_string_append(out, "\\n"); break;
		case '\r': g_string_append(out, "\\r"); break;
		case '\t': g_string_append(out, "\\t"); break;
		case ' ': g_string_append(out, p == value || !p[1] ? "\\s" : " "); break;
		default: g_string_append_c(out, *p);
		}
	return g_string_free(out, FALSE);
}

/* A backslash before anything else stays as it is: people write patterns and paths. */
static char *unescape_value(const char *text)
{
	static const char from[] = "snrt\\", to[] = " \n\r\t\\";
	GString *out = g_string_new(NULL);
	for (const char *p = text; *p; p++) {
		const char *at = *p == '\\' && p[1] ? strchr(from, p[1]) : NULL;
		if (at)
			p++;
		g_string_append_c(out, at ? to[at - from] : *p);
	}
	return g_string_free(out, FALSE);
}

static char *group_text(const char *group)
{
	g_autofree char *name = escape_name(group);
	return g_strdup_printf("[%s]", name);
}

static char *key_text(const char *key, const char *value)
{
	g_autofree char *name = escape_name(key), *shown = escape_value(value);
	return g_strdup_printf("%s=%s", name, shown);
}

/* ---- reading ---- */

static const char *skip_space(const char *text)
{
	while (*text == ' ' || *text == '\t')
		text++;
	return text;
}

static gsize trimmed_length(const char *text, gsize length)
{
	while (length && strchr(" \t\r", text[length - 1]))
		length--;
	return length;
}

/* Reads one line that stands in group; why is set for a line that makes no sense. */
static Line *read_line(const char *text, gsize length, const char *group, const char **why)
{
	char *copy = g_strndup(text, length);
	const char *begin = skip_space(copy);
	gsize left = trimmed_length(begin, strlen(begin));
	const char *equals = memchr(begin, '=', left);
	*why = NULL;
	if (!g_utf8_validate_len(text, length, NULL))
		*why = "not UTF-8";
	else if (!left || *begin == '#')
		*why = NULL;
	else if (*begin == '[' && left > 2 && begin[left - 1] == ']')
		return line_new(LINE_GROUP, copy, NULL, unescape_name(begin + 1, left - 2), NULL);
	else if (!equals || equals == begin)
		*why = "neither [GROUP] nor KEY=VALUE";
	else if (!group)
		*why = "a value before the first [GROUP]";
	else {
		g_autofree char *raw = g_strndup(skip_space(equals + 1), left - (gsize)(skip_space(equals + 1) - begin));
		return line_new(LINE_KEY, copy, group, unescape_name(begin, trimmed_length(begin, (gsize)(equals - begin))), unescape_value(raw));
	}
	return line_new(LINE_OTHER, copy, group, NULL, NULL);
}

static void complain(const Config *config, GPtrArray *complaints, guint number, const char *what)
{
	if (complaints)
		g_ptr_array_add(complaints, number ? g_strdup_printf("%s:%u: %s", config->path, number, what) : g_strdup_printf("%s: %s", config->path, what));
}

static void read_lines(Config *config, const char *text, GPtrArray *complaints)
{
	g_autofree char *group = NULL;
	guint number = 0;
	if (g_str_has_prefix(text, "\xef\xbb\xbf"))
		text += 3;
	while (*text) {
		const char *why, *end = strchrnul(text, '\n');
		Line *line = read_line(text, (gsize)(end - text), group, &why);
		number++;
		if (line->type == LINE_GROUP) {
			g_free(group);
			group = g_steal_pointer(&line->key);
			line->group = g_strdup(group);
		}
		if (why)
			complain(config, complaints, number, why);
		g_ptr_array_add(config->lines, line);
		text = *end ? end + 1 : end;
	}
}

static void index_lines(Config *config)
{
	g_hash_table_remove_all(config->groups);
	for (guint i = 0; i < config->lines->len; i++) {
		Line *line = config->lines->pdata[i];
		GHashTable *keys;
		if (line->type == LINE_OTHER)
			continue;
		if (!(keys = g_hash_table_lookup(config->groups, line->group))) {
			keys = g_hash_table_new(g_str_hash, g_str_equal);
			g_hash_table_insert(config->groups, line->group, keys);
		}
		if (line->type == LINE_KEY)
			g_hash_table_replace(keys, line->key, line);
	}
}

/* ---- what the values must look like ---- */

static char *check_account_line(const Config *config, const Line *line)
{
	g_autoptr(GError) error = NULL;
	const char *protocol = config_get(config, line->group, "protocol");
	if (!strcmp(line->key, "password"))
		return g_strdup("a password in this file is not used: set password_command or keyring=yes, or let kith ask");
	if (!config_account_check(protocol ? protocol : "xmpp", line->key, line->value, &error))
		return g_strdup(error->message);
	return NULL;
}

/* What is wrong with a key line, or NULL. */
static char *check_line(const Config *config, const Line *line)
{
	g_autoptr(GError) error = NULL;
	const Setting *setting;
	if (g_str_has_prefix(line->group, "account "))
		return check_account_line(config, line);
	if (!strcmp(line->group, "alias") || !strcmp(line->group, "bind"))
		return NULL;
	if (strcmp(line->group, "kith") && !g_str_has_prefix(line->group, "chat "))
		return g_strdup_printf("the group \"%s\" is not known", line->group);
	setting = settings_find(!strcmp(line->group, "kith") ? SCOPE_GLOBAL : SCOPE_CHAT, line->key);
	if (!setting)
		return g_strdup_printf("there is no setting \"%s\" in [%s]", line->key, line->group);
	return settings_check(setting, line->value, &error) ? NULL : g_strdup_printf("%s; the default is used", error->message);
}

static void check_lines(const Config *config, GPtrArray *complaints)
{
	for (guint i = 0; i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->type != LINE_KEY)
			continue;
		g_autofree char *why = check_line(config, line);
		if (why)
			complain(config, complaints, i + 1, why);
		if (g_hash_table_lookup(g_hash_table_lookup(config->groups, line->group), line->key) != line)
			complain(config, complaints, i + 1, "given again below; the last one counts");
	}
}

static void check_mode(const Config *config, GPtrArray *complaints)
{
	GStatBuf info;
	if (g_stat(config->path, &info) || !(info.st_mode & 077))
		return;
	for (guint i = 0; i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->type == LINE_KEY && !strcmp(line->key, "password")) {
			complain(config, complaints, 0, "others may read this file, and there is a password in it: remove it, and chmod 600 the file");
			return;
		}
	}
}

/* ---- the file ---- */

/* The whole file; *missing when there is none. */
static gboolean read_file(const char *path, char **text, gsize *length, gboolean *missing, GError **error)
{
	g_autoptr(GError) why = NULL;
	*missing = FALSE;
	if (g_file_get_contents(path, text, length, &why))
		return TRUE;
	*missing = g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOENT) || g_error_matches(why, G_FILE_ERROR, G_FILE_ERROR_NOTDIR);
	if (!*missing)
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_FILE, "the configuration can't be read: %s", why->message);
	return *missing;
}

Config *config_load(const char *path, GPtrArray *complaints, GError **error)
{
	g_autofree char *text = NULL;
	gboolean missing;
	gsize length = 0;
	if (!read_file(path, &text, &length, &missing, error))
		return NULL;
	if (length > FILE_MAX_BYTES || (text && memchr(text, 0, length))) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_FILE, length > FILE_MAX_BYTES ? "\"%s\" is too large for a configuration" : "\"%s\" is not a text file", path);
		return NULL;
	}
	char *real = realpath(path, NULL);
	Config *config = g_new0(Config, 1);
	config->path = g_strdup(real ? real : path);
	config->lines = g_ptr_array_new_with_free_func(line_free);
	config->groups = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_hash_table_unref);
	free(real);
	if (!missing) {
		read_lines(config, text, complaints);
		config->loaded = g_steal_pointer(&text);
	}
	index_lines(config);
	check_lines(config, complaints);
	check_mode(config, complaints);
	return config;
}

void config_free(Config *config)
{
	if (!config)
		return;
	g_hash_table_unref(config->groups);
	g_ptr_array_unref(config->lines);
	g_free(config->loaded);
	g_free(config->path);
	g_free(config);
}

const char *config_path(const Config *config)
{
	return config->path;
}

static gboolean write_all(int fd, const char *text, gsize length)
{
	while (length) {
		gssize n = write(fd, text, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		text += n;
		length -= (gsize)n;
	}
	return TRUE;
}

static void sync_directory(const char *directory)
{
	int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static gboolean write_atomically(const char *path, const char *text, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(path), *temporary = g_strdup_printf("%s.XXXXXX", path);
	int fd = g_mkstemp_full(temporary, O_RDWR | O_CLOEXEC, 0600);
	gboolean good = fd >= 0 && write_all(fd, text, strlen(text)) && !fsync(fd);
	int why = errno;
	if (fd >= 0 && close(fd) && good) {
		good = FALSE;
		why = errno;
	}
	if (good && g_rename(temporary, path)) {
		good = FALSE;
		why = errno;
	}
	if (!good) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_FILE, "the configuration can't be saved: %s: \"%s\"", g_strerror(why), path);
		if (fd >= 0)
			g_unlink(temporary);
		return FALSE;
	}
	sync_directory(directory);
	return TRUE;
}

gboolean config_is_current(const Config *config)
{
	g_autofree char *text = NULL;
	gboolean missing;
	gsize length;
	return read_file(config->path, &text, &length, &missing, NULL) && !g_strcmp0(missing ? NULL : text, config->loaded);
}

void config_revert(Config *config)
{
	g_hash_table_remove_all(config->groups);
	g_ptr_array_set_size(config->lines, 0);
	if (config->loaded)
		read_lines(config, config->loaded, NULL);
	index_lines(config);
	config->changed = FALSE;
}

static gboolean is_unchanged_on_disk(const Config *config, GError **error)
{
	if (config_is_current(config))
		return TRUE;
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_CHANGED, "the file was changed by somebody else, so nothing was saved; load it again first: \"%s\"", config->path);
	return FALSE;
}

gboolean config_save(Config *config, GError **error)
{
	g_autofree char *directory = g_path_get_dirname(config->path);
	if (!config->changed)
		return TRUE;
	if (!paths_make_directory(directory, error) || !is_unchanged_on_disk(config, error))
		return FALSE;
	GString *text = g_string_new(NULL);
	for (guint i = 0; i < config->lines->len; i++)
		g_string_append_printf(text, "%s\n", ((const Line *)config->lines->pdata[i])->text);
	if (!write_atomically(config->path, text->str, error)) {
		g_string_free(text, TRUE);
		return FALSE;
	}
	g_free(config->loaded);
	config->loaded = g_string_free(text, FALSE);
	config->changed = FALSE;
	return TRUE;
}

/* ---- raw values ---- */

static Line *find_line(const Config *config, const char *group, const char *key)
{
	GHashTable *keys = g_hash_table_lookup(config->groups, group);
	return keys ? g_hash_table_lookup(keys, key) : NULL;
}

const char *config_get(const Config *config, const char *group, const char *key)
{
	const Line *line = find_line(config, group, key);
	return line ? line->value : NULL;
}

/* Where a new key of the group goes: behind its last header or key; 0 if there is no such group. */
static guint group_end(const Config *config, const char *group)
{
	guint end = 0;
	for (guint i = 0; i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->type != LINE_OTHER && !strcmp(line->group, group))
			end = i + 1;
	}
	return end;
}

static void add_line(Config *config, const char *group, const char *key, const char *value)
{
	guint at = group_end(config, group);
	if (!at) {
		const Line *last = config->lines->len ? config->lines->pdata[config->lines->len - 1] : NULL;
		if (last && *last->text)
			g_ptr_array_add(config->lines, line_new(LINE_OTHER, g_strdup(""), last->group, NULL, NULL));
		g_ptr_array_add(config->lines, line_new(LINE_GROUP, group_text(group), group, NULL, NULL));
		at = config->lines->len;
	}
	g_ptr_array_insert(config->lines, (int)at, line_new(LINE_KEY, key_text(key, value), group, g_strdup(key), g_strdup(value)));
}

/* Nothing but its header and blank lines? */
static gboolean group_is_empty(const Config *config, const char *group)
{
	for (guint i = 0; i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->group && !strcmp(line->group, group) && line->type != LINE_GROUP && *skip_space(line->text))
			return FALSE;
	}
	return TRUE;
}

static gboolean is_comment(const Config *config, guint i)
{
	const Line *line = config->lines->pdata[i];
	return line->type == LINE_OTHER && *skip_space(line->text) == '#';
}

/* Comments directly above a header, set off from what stands above them, belong to that header. */
static guint comments_above(const Config *config, guint header)
{
	guint i = header;
	while (i > 0 && is_comment(config, i - 1))
		i--;
	return i > 0 && *skip_space(((const Line *)config->lines->pdata[i - 1])->text) ? header : i;
}

void config_remove_group(Config *config, const char *group)
{
	for (guint i = config->lines->len; i-- > 0;) {
		const Line *line = config->lines->pdata[i];
		if (line->type != LINE_GROUP || strcmp(line->group, group))
			continue;
		guint end = i + 1, begin = comments_above(config, i);
		while (end < config->lines->len && ((const Line *)config->lines->pdata[end])->type != LINE_GROUP)
			end++;
		if (end < config->lines->len)
			end = MAX(comments_above(config, end), i + 1);
		g_ptr_array_remove_range(config->lines, begin, end - begin);
		i = begin;
		config->changed = TRUE;
	}
	index_lines(config);
}

static void remove_key(Config *config, const char *group, const char *key)
{
	for (guint i = config->lines->len; i-- > 0;) {
		const Line *line = config->lines->pdata[i];
		if (line->type == LINE_KEY && !strcmp(line->group, group) && !strcmp(line->key, key))
			g_ptr_array_remove_index(config->lines, i);
	}
	index_lines(config);
	if (group_is_empty(config, group))
		config_remove_group(config, group);
}

void config_set(Config *config, const char *group, const char *key, const char *value)
{
	Line *line = find_line(config, group, key);
	if (!value && !line)
		return;
	if (value && line && !strcmp(line->value, value))
		return;
	config->changed = TRUE;
	if (!value) {
		g_autofree char *group_copy = g_strdup(group), *key_copy = g_strdup(key);
		remove_key(config, group_copy, key_copy);
	} else if (line) {
		g_free(line->text);
		g_free(line->value);
		line->text = key_text(key, value);
		line->value = g_strdup(value);
	} else {
		add_line(config, group, key, value);
		index_lines(config);
	}
}

char **config_groups(const Config *config)
{
	GStrvBuilder *names = g_strv_builder_new();
	g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
	for (guint i = 0; i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->type == LINE_GROUP && g_hash_table_add(seen, line->group))
			g_strv_builder_add(names, line->group);
	}
	char **result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}

char **config_keys(const Config *config, const char *group)
{
	GStrvBuilder *names = g_strv_builder_new();
	GHashTable *keys = g_hash_table_lookup(config->groups, group);
	for (guint i = 0; keys && i < config->lines->len; i++) {
		const Line *line = config->lines->pdata[i];
		if (line->type == LINE_KEY && g_hash_table_lookup(keys, line->key) == line && !strcmp(line->group, group))
			g_strv_builder_add(names, line->key);
	}
	char **result = g_strv_builder_end(names);
	g_strv_builder_unref(names);
	return result;
}

/* ---- values by the table ---- */

static const char *value_of(const Config *config, const char *group, SettingScope scope, const char *name)
{
	const Setting *setting = settings_find(scope, name);
	g_return_val_if_fail(setting, "");
	const char *value = config_get(config, group, name);
	return value && settings_check(setting, value, NULL) ? value : setting->standard;
}

static gint64 as_number(SettingScope scope, const char *name, const char *value)
{
	gint64 number = 0;
	if (settings_find(scope, name)->type == SETTING_DURATION)
		settings_read_duration(value, &number);
	else
		number = g_ascii_strtoll(value, NULL, 10);
	return number;
}

static gboolean as_flag(const char *value)
{
	gboolean flag = FALSE;
	settings_read_flag(value, &flag);
	return flag;
}

const char *config_text(const Config *config, const char *name)
{
	return value_of(config, "kith", SCOPE_GLOBAL, name);
}

gboolean config_flag(const Config *config, const char *name)
{
	return as_flag(config_text(config, name));
}

gint64 config_number(const Config *config, const char *name)
{
	return as_number(SCOPE_GLOBAL, name, config_text(config, name));
}

const char *config_chat_text(const Config *config, const char *account, const char *chat, const char *name)
{
	g_autofree char *group = g_strdup_printf("chat %s/%s", account, chat);
	return value_of(config, group, SCOPE_CHAT, name);
}

const char *config_account_text(const Config *config, const char *account, const char *name)
{
	g_autofree char *group = g_strdup_printf("account %s", account);
	return value_of(config, group, SCOPE_ACCOUNT, name);
}

gboolean config_account_flag(const Config *config, const char *account, const char *name)
{
	return as_flag(config_account_text(config, account, name));
}

gint64 config_account_number(const Config *config, const char *account, const char *name)
{
	return as_number(SCOPE_ACCOUNT, name, config_account_text(config, account, name));
}
