/* match.c: comparing messages with expectations. See match.h. */
#include "replay/match.h"
#include "base/json.h"
#include <string.h>

#define MATCH_ERROR g_quark_from_static_string("kith-replay-match")
#define FIELD(type, message, field) (*(type const *)((const char *)(message) + (field)->offset))

static const WireField *find_field(const WireShape *shape, const char *name)
{
	for (const WireField *f = shape->fields; f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static WireKind find_kind(const char *name)
{
	for (guint k = WIRE_NOTHING + 1; k < WIRE_KINDS; k++)
		if (!strcmp(wire_shape(k)->name, name))
			return k;
	return WIRE_NOTHING;
}

static gboolean text_matches(const char *text, const char *wanted)
{
	gsize length = strlen(wanted);
	if (!text)
		return FALSE;
	if (length && wanted[length - 1] == '*')
		return !strncmp(text, wanted, length - 1);
	return !strcmp(text, wanted);
}

static gboolean is_absent(const Wire *message, const WireField *f)
{
	switch (f->type) {
	case WIRE_TEXT: return !FIELD(const char *, message, f);
	case WIRE_NUM: return !FIELD(gint64, message, f);
	case WIRE_FLAG: return !FIELD(gboolean, message, f);
	case WIRE_WORD: return !FIELD(int, message, f);
	case WIRE_LIST: return !FIELD(const char *const *, message, f) || !*FIELD(const char *const *, message, f);
	}
	return FALSE;
}

static gboolean list_matches(JsonReader *json, const char *const *list)
{
	char *text;
	gsize length;
	guint i = 0;
	gboolean same = TRUE;
	while (json_read_item(json, &text, &length)) {
		same = same && list && list[i] && text_matches(list[i], text);
		i++;
	}
	return same && (!list || !list[i]);
}

/* Reads the whole value even where it does not match. */
static gboolean field_matches(JsonReader *json, const JsonValue *value, const Wire *message, const WireField *f)
{
	if (value->type == JSON_NULL)
		return is_absent(message, f);
	switch (f->type) {
	case WIRE_TEXT: return text_matches(FIELD(const char *, message, f), value->text);
	case WIRE_NUM: return FIELD(gint64, message, f) == value->number;
	case WIRE_FLAG: return FIELD(gboolean, message, f) == (value->type == JSON_TRUE);
	case WIRE_WORD: return !strcmp(f->words[FIELD(int, message, f)], value->text);
	case WIRE_LIST: return list_matches(json, FIELD(const char *const *, message, f));
	}
	return FALSE;
}

static gboolean type_fits(const JsonValue *value, const WireField *f)
{
	static const JsonType types[] = { [WIRE_TEXT] = JSON_STRING, [WIRE_NUM] = JSON_NUMBER, [WIRE_WORD] = JSON_STRING, [WIRE_LIST] = JSON_ARRAY };
	if (value->type == JSON_NULL)
		return TRUE;
	if (f->type == WIRE_FLAG)
		return value->type == JSON_TRUE || value->type == JSON_FALSE;
	if (f->type == WIRE_WORD && value->type == JSON_STRING)
		return wire_word_find(f->words, value->text) >= 0;
	return value->type == types[f->type];
}

gboolean match_check(const char *expectation, GError **error)
{
	g_autofree char *copy = g_strdup(expectation);
	JsonReader json;
	JsonValue value;
	char *key;
	json_reader_init(&json, copy, strlen(copy));
	if (!json_read_open(&json) || !json_read_field(&json, &key, &value) || strcmp(key, "kind") || value.type != JSON_STRING) {
		g_set_error_literal(error, MATCH_ERROR, 0, json.why ? json.why : "the first field is not \"kind\"");
		return FALSE;
	}
	const WireShape *shape = wire_shape(find_kind(value.text));
	if (!shape || !(shape->ways & WIRE_H2B)) {
		g_set_error(error, MATCH_ERROR, 0, "the hub sends a backend no \"%s\"", value.text);
		return FALSE;
	}
	while (json_read_field(&json, &key, &value)) {
		const WireField *f = find_field(shape, key);
		if (!f || !type_fits(&value, f)) {
			g_set_error(error, MATCH_ERROR, 0, f ? "the field \"%s\" of \"%s\" has other values" : "no field \"%s\" in \"%s\"", key, shape->name);
			return FALSE;
		}
		if (value.type == JSON_ARRAY && !json_skip_array(&json))
			break;
	}
	if (json.why || !json_read_end(&json)) {
		g_set_error_literal(error, MATCH_ERROR, 0, json.why ? json.why : "something follows the object");
		return FALSE;
	}
	return TRUE;
}

gboolean match_message(const char *expectation, const Wire *message)
{
	g_autofree char *copy = g_strdup(expectation);
	const WireShape *shape = wire_shape(message->kind);
	JsonReader json;
	JsonValue value;
	char *key;
	json_reader_init(&json, copy, strlen(copy));
	if (!json_read_open(&json) || !json_read_field(&json, &key, &value) || strcmp(value.text, shape->name))
		return FALSE;
	while (json_read_field(&json, &key, &value)) {
		const WireField *f = find_field(shape, key);
		if (!f || !field_matches(&json, &value, message, f))
			return FALSE;
	}
	return TRUE;
}
