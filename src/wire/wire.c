/* wire.c: the codec of the line protocol, driven by messages.def. See wire.h. */
#include "wire/wire.h"
#include "base/json.h"
#include <string.h>

G_DEFINE_QUARK(kith-wire-error, wire_error)

/* ---- the tables ---- */

#define WORDS(Type, name) const char *const wire_words_##name[] = {
#define WORD(constant, text, help) text,
#define ENDWORDS(Type, name) NULL };
#include "wire/words.def"

#define B2H WIRE_B2H
#define H2B WIRE_H2B
#define C2H WIRE_C2H
#define H2C WIRE_H2C
#define REQUIRED TRUE
#define OPTIONAL FALSE

/* Each kind's fields stand in a function of their own, so that offsetof knows the struct as T. */
#define MESSAGE(CONSTANT, kind_name, Type, who, help_text) \
	static const WireShape *info_##kind_name(void) \
	{ \
		typedef Wire##Type T; \
		enum { kind_ways = who }; \
		static const char kind_help[] = help_text; \
		static const WireField fields[] = {
#define TEXT(field, bytes, need, text) { .name = #field, .type = WIRE_TEXT, .offset = offsetof(T, field), .max = bytes, .required = need, .help = text },
#define NUM(field, low, high, text) { .name = #field, .type = WIRE_NUM, .offset = offsetof(T, field), .min = low, .max = high, .required = (low) > 0, .help = text },
#define FLAG(field, text) { .name = #field, .type = WIRE_FLAG, .offset = offsetof(T, field), .help = text },
#define WORDF(E, field, set, text) { .name = #field, .type = WIRE_WORD, .offset = offsetof(T, field), .words = wire_words_##set, .words_name = #set, .help = text },
#define LIST(field, items, bytes, text) { .name = #field, .type = WIRE_LIST, .offset = offsetof(T, field), .min = items, .max = bytes, .help = text },
#define END(CONSTANT, kind_name, Type) \
			{ .name = NULL } \
		}; \
		static const WireShape info = { #kind_name, sizeof(T), kind_ways, kind_help, fields, G_N_ELEMENTS(fields) - 1 }; \
		return &info; \
	}
#include "wire/messages.def"

static const WireShape *(*const infos[WIRE_KINDS])(void) = {
#define MESSAGE(CONSTANT, kind_name, Type, who, help) [WIRE_##CONSTANT] = info_##kind_name,
#include "wire/messages.def"
};

const WireShape *wire_shape(WireKind kind)
{
	return kind > WIRE_NOTHING && kind < WIRE_KINDS ? infos[kind]() : NULL;
}

int wire_word_find(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

/* ---- encoding ---- */

#define FIELD(type, message, field) (*(type *)((char *)(message) + (field)->offset))

void wire_encode(GString *out, const void *message)
{
	const WireShape *info = wire_shape(((const Wire *)message)->kind);
	g_return_if_fail(info);
	json_open(out);
	json_put_text(out, "kind", info->name);
	for (const WireField *f = info->fields; f->name; f++) {
		switch (f->type) {
		case WIRE_TEXT: json_put_text(out, f->name, FIELD(const char *, message, f)); break;
		case WIRE_NUM:
			if (FIELD(gint64, message, f))
				json_put_number(out, f->name, FIELD(gint64, message, f));
			break;
		case WIRE_FLAG:
			if (FIELD(gboolean, message, f))
				json_put_flag(out, f->name, TRUE);
			break;
		case WIRE_WORD:
			if (FIELD(int, message, f))
				json_put_text(out, f->name, f->words[FIELD(int, message, f)]);
			break;
		case WIRE_LIST: {
			const char *const *list = FIELD(const char *const *, message, f);
			if (list && *list)
				json_put_list(out, f->name, list);
			break;
		}
		}
	}
	json_close(out);
	g_string_append_c(out, '\n');
}

/* ---- decoding ---- */

struct WireBox {
	union {
		Wire head;
#define MESSAGE(CONSTANT, kind_name, Type, who, help) Wire##Type kind_name;
#include "wire/messages.def"
	} message;
	GPtrArray *items; /* all lists of the message, each with its NULL; borrowed texts */
	gint64 request;
};

WireBox *wire_box_new(void)
{
	WireBox *box = g_new0(WireBox, 1);
	box->items = g_ptr_array_new();
	return box;
}

void wire_box_free(WireBox *box)
{
	if (!box)
		return;
	g_ptr_array_unref(box->items);
	g_free(box);
}

gint64 wire_box_request(const WireBox *box)
{
	return box->request;
}

static GHashTable *kinds_by_name(void)
{
	static GHashTable *table;
	if (!table) {
		table = g_hash_table_new(g_str_hash, g_str_equal);
		for (guint k = WIRE_NOTHING + 1; k < WIRE_KINDS; k++)
			g_hash_table_insert(table, (gpointer)wire_shape(k)->name, GUINT_TO_POINTER(k));
	}
	return table;
}

static gboolean refuse(GError **error, const char *kind, const char *field, const char *why)
{
	g_set_error(error, KITH_WIRE_ERROR, 0, "%s%s%s: %s", kind, field ? "." : "", field ? field : "", why);
	return FALSE;
}

/* Lists are gathered in box->items, which may move; until the end a field holds 1 + the index of its first item. */
static gboolean read_list(WireBox *box, JsonReader *json, const WireField *f, const char *kind, GError **error)
{
	char *text;
	gsize length;
	guint first = box->items->len, n = 0;
	while (json_read_item(json, &text, &length)) {
		if (++n > f->min)
			return refuse(error, kind, f->name, "too many items");
		if ((gint64)length > f->max)
			return refuse(error, kind, f->name, "an item is too long");
		g_ptr_array_add(box->items, text);
	}
	if (json->why)
		return refuse(error, kind, f->name, json->why);
	g_ptr_array_add(box->items, NULL);
	FIELD(gsize, &box->message, f) = first + 1;
	return TRUE;
}

static gboolean read_one(WireBox *box, JsonReader *json, const JsonValue *value, const WireField *f, const char *kind, GError **error)
{
	int word;
	void *message = &box->message;
	switch (f->type) {
	case WIRE_TEXT:
		if (value->type != JSON_STRING)
			return refuse(error, kind, f->name, "not a string");
		if ((gint64)value->length > f->max)
			return refuse(error, kind, f->name, "too long");
		FIELD(const char *, message, f) = value->length ? value->text : NULL;
		return TRUE;
	case WIRE_NUM:
		if (value->type != JSON_NUMBER)
			return refuse(error, kind, f->name, "not a whole number");
		if (value->number < f->min || value->number > f->max)
			return refuse(error, kind, f->name, "out of range");
		FIELD(gint64, message, f) = value->number;
		return TRUE;
	case WIRE_FLAG:
		if (value->type != JSON_TRUE && value->type != JSON_FALSE)
			return refuse(error, kind, f->name, "not true or false");
		FIELD(gboolean, message, f) = value->type == JSON_TRUE;
		return TRUE;
	case WIRE_WORD:
		if (value->type != JSON_STRING || (word = wire_word_find(f->words, value->text)) < 0)
			return refuse(error, kind, f->name, "not one of its words");
		FIELD(int, message, f) = word;
		return TRUE;
	case WIRE_LIST:
		return value->type == JSON_ARRAY ? read_list(box, json, f, kind, error) : refuse(error, kind, f->name, "not a list");
	}
	return FALSE;
}

static const WireField *find_field(const WireShape *info, const char *name, guint *next)
{
	/* Fields usually come in the order of the table. */
	for (guint i = 0; i < info->n_fields; i++) {
		const WireField *f = &info->fields[(*next + i) % info->n_fields];
		if (!strcmp(f->name, name)) {
			*next = (guint)(f - info->fields) + 1;
			return f;
		}
	}
	return NULL;
}

static gboolean read_fields(WireBox *box, JsonReader *json, const WireShape *info, GError **error)
{
	char *key;
	JsonValue value;
	guint next = 0;
	guint64 seen = 0;
	while (json_read_field(json, &key, &value)) {
		const WireField *f = find_field(info, key, &next);
		if (!f || value.type == JSON_NULL) {
			if (value.type == JSON_ARRAY && !json_skip_array(json))
				break;
			continue;
		}
		guint64 bit = G_GUINT64_CONSTANT(1) << (f - info->fields);
		if (seen & bit)
			return refuse(error, info->name, f->name, "given twice");
		seen |= bit;
		if (!read_one(box, json, &value, f, info->name, error))
			return FALSE;
		if (f->type == WIRE_NUM && !strcmp(f->name, "request"))
			box->request = value.number;
	}
	if (json->why || !json_read_end(json))
		return refuse(error, info->name, NULL, json->why);
	return TRUE;
}

static gboolean finish_fields(WireBox *box, const WireShape *info, GError **error)
{
	static const char *const no_items[] = { NULL };
	for (const WireField *f = info->fields; f->name; f++) {
		if (f->type == WIRE_LIST) {
			gsize first = FIELD(gsize, &box->message, f);
			FIELD(const char *const *, &box->message, f) = first ? (const char *const *)box->items->pdata + first - 1 : no_items;
		} else if (f->required && f->type == WIRE_TEXT && !FIELD(const char *, &box->message, f)) {
			return refuse(error, info->name, f->name, "missing");
		} else if (f->required && f->type == WIRE_NUM && !FIELD(gint64, &box->message, f)) {
			return refuse(error, info->name, f->name, "missing");
		}
	}
	return TRUE;
}

const Wire *wire_decode(WireBox *box, char *line, gsize length, WireWay way, GError **error)
{
	JsonReader json;
	JsonValue value;
	char *key;
	box->request = 0;
	g_ptr_array_set_size(box->items, 0);
	if (length > WIRE_LINE_MAX) {
		g_set_error_literal(error, KITH_WIRE_ERROR, 0, "a line longer than 1 MiB");
		return NULL;
	}
	if (!g_utf8_validate_len(line, length, NULL)) {
		g_set_error_literal(error, KITH_WIRE_ERROR, 0, "a line that is not UTF-8");
		return NULL;
	}
	json_reader_init(&json, line, length);
	if (!json_read_open(&json) || !json_read_field(&json, &key, &value)) {
		g_set_error_literal(error, KITH_WIRE_ERROR, 0, json.why ? json.why : "an empty object");
		return NULL;
	}
	if (strcmp(key, "kind") || value.type != JSON_STRING) {
		g_set_error_literal(error, KITH_WIRE_ERROR, 0, "the first field is not \"kind\"");
		return NULL;
	}
	WireKind kind = GPOINTER_TO_UINT(g_hash_table_lookup(kinds_by_name(), value.text));
	const WireShape *info = wire_shape(kind);
	if (!info || !(info->ways & way)) {
		g_set_error(error, KITH_WIRE_ERROR, 0, info ? "the kind \"%.64s\" may not come from this side" : "the kind \"%.64s\" is not known", value.text);
		return NULL;
	}
	memset(&box->message, 0, info->size);
	box->message.head.kind = kind;
	if (!read_fields(box, &json, info, error) || !finish_fields(box, info, error))
		return NULL;
	return &box->message.head;
}

/* ---- copies ---- */

static gsize list_size(const char *const *list, gsize *texts)
{
	gsize n = 0;
	for (; list && list[n]; n++)
		*texts += strlen(list[n]) + 1;
	return (n + 1) * sizeof(char *);
}

Wire *wire_copy(const void *message)
{
	const WireShape *info = wire_shape(((const Wire *)message)->kind);
	gsize pointers = 0, texts = 0, head = (info->size + 7) & ~(gsize)7;
	for (const WireField *f = info->fields; f->name; f++) {
		if (f->type == WIRE_TEXT && FIELD(const char *, message, f))
			texts += strlen(FIELD(const char *, message, f)) + 1;
		else if (f->type == WIRE_LIST)
			pointers += list_size(FIELD(const char *const *, message, f), &texts);
	}
	char *copy = g_malloc(head + pointers + texts), *text = copy + head + pointers;
	const char **slot = (const char **)(copy + head);
	memcpy(copy, message, info->size);
	for (const WireField *f = info->fields; f->name; f++) {
		if (f->type == WIRE_TEXT && FIELD(const char *, message, f)) {
			FIELD(const char *, copy, f) = text;
			text = g_stpcpy(text, FIELD(const char *, message, f)) + 1;
		} else if (f->type == WIRE_LIST) {
			const char *const *list = FIELD(const char *const *, message, f);
			FIELD(const char *const *, copy, f) = (const char *const *)slot;
			for (; list && *list; list++) {
				*slot++ = text;
				text = g_stpcpy(text, *list) + 1;
			}
			*slot++ = NULL;
		}
	}
	return (Wire *)copy;
}
