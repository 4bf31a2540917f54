/* script.c: reading scripts. See script.h. */
#include "replay/script.h"
#include "base/json.h"
#include <string.h>

#define SCRIPT_ERROR g_quark_from_static_string("kith-replay-script")

static void step_clear(gpointer data)
{
	Step *step = data;
	g_free(step->word);
	g_free(step->rest);
}

void script_free(Script *script)
{
	if (!script)
		return;
	for (guint i = 0; i < script->n; i++)
		step_clear(&script->steps[i]);
	g_free(script->steps);
	g_free(script);
}

static gboolean opens_block(const char *word)
{
	return !strcmp(word, "repeat") || !strcmp(word, "start");
}

/* Ties end to its opener; open is the stack of openers. */
static gboolean tie_blocks(GArray *steps, GArray *open, GError **error)
{
	guint here = steps->len - 1;
	Step *step = &g_array_index(steps, Step, here);
	if (opens_block(step->word)) {
		if (open->len == SCRIPT_DEPTH_MAX) {
			g_set_error(error, SCRIPT_ERROR, 0, "blocks are nested deeper than %d in line %u", SCRIPT_DEPTH_MAX, step->line);
			return FALSE;
		}
		g_array_append_val(open, here);
	} else if (!strcmp(step->word, "end")) {
		if (!open->len) {
			g_set_error(error, SCRIPT_ERROR, 0, "nothing to end in line %u", step->line);
			return FALSE;
		}
		step->partner = g_array_index(open, guint, open->len - 1);
		g_array_index(steps, Step, step->partner).partner = here;
		g_array_set_size(open, open->len - 1);
	}
	return TRUE;
}

static gboolean read_line(GArray *steps, GArray *open, const char *raw, guint number, const char *const *words, GError **error)
{
	g_autofree char *line = g_strstrip(g_strdup(raw));
	if (!*line || *line == '#')
		return TRUE;
	Step step = { .line = number };
	if (*line == '{') {
		step.word = g_strdup("");
		step.rest = g_strdup(line);
	} else {
		gsize length = strcspn(line, " \t");
		step.word = g_strndup(line, length);
		step.rest = g_strdup(g_strchug(line + length));
	}
	g_array_append_val(steps, step);
	if (*step.word && !g_strv_contains(words, step.word)) {
		g_set_error(error, SCRIPT_ERROR, 0, "no directive is named \"%s\" in line %u", step.word, number);
		return FALSE;
	}
	return tie_blocks(steps, open, error);
}

Script *script_parse(const char *text, const char *const *words, GError **error)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	g_autoptr(GArray) steps = g_array_new(FALSE, TRUE, sizeof(Step));
	g_autoptr(GArray) open = g_array_new(FALSE, TRUE, sizeof(guint));
	g_array_set_clear_func(steps, step_clear);
	for (guint i = 0; lines[i]; i++)
		if (!read_line(steps, open, lines[i], i + 1, words, error))
			return NULL;
	if (open->len) {
		guint opener = g_array_index(open, guint, open->len - 1);
		g_set_error(error, SCRIPT_ERROR, 0, "the block of line %u has no end", g_array_index(steps, Step, opener).line);
		return NULL;
	}
	Script *script = g_new0(Script, 1);
	gsize n;
	script->steps = g_array_steal(steps, &n);
	script->n = (guint)n;
	return script;
}

char *script_expand(const char *text, const gint64 *counters, guint depth)
{
	GString *out = g_string_new(NULL);
	for (const char *at = text; *at; at++) {
		if (at[0] == '%' && (at[1] == 'd' || at[1] == 'D')) {
			guint outward = at[1] == 'd' ? 1 : 2;
			g_string_append_printf(out, "%" G_GINT64_FORMAT, depth >= outward ? counters[depth - outward] : 0);
			at++;
		} else {
			g_string_append_c(out, *at);
		}
	}
	return g_string_free(out, FALSE);
}

char *script_complete(const char *message, const char *account, GError **error)
{
	g_autofree char *copy = g_strdup(message);
	JsonReader json;
	JsonValue value;
	char *key;
	gboolean named = FALSE;
	json_reader_init(&json, copy, strlen(copy));
	gboolean open = json_read_open(&json);
	while (open && json_read_field(&json, &key, &value)) {
		named = named || !strcmp(key, "account");
		if (value.type == JSON_ARRAY && !json_skip_array(&json))
			break;
	}
	if (!open || json.why) {
		g_set_error(error, SCRIPT_ERROR, 0, "%s", json.why ? json.why : "not a JSON object");
		return NULL;
	}
	if (named)
		return g_strdup(message);
	/* "kind" stays first, as the decoder wants it; a doubled brace is impossible here because the object was read to its end. */
	const char *close = strrchr(message, '}');
	GString *out = g_string_new_len(message, close - message);
	g_autoptr(GString) field = g_string_new(NULL);
	json_open(field);
	json_put_text(field, "account", account);
	g_string_append_printf(out, ",%s}", field->str + 1);
	return g_string_free(out, FALSE);
}

char *script_option(const char *rest, const char *key)
{
	g_auto(GStrv) words = g_strsplit(rest, " ", -1);
	gsize length = strlen(key);
	for (guint i = 0; words[i]; i++)
		if (!strncmp(words[i], key, length) && words[i][length] == '=')
			return g_strdup(words[i] + length + 1);
	return NULL;
}
