/* data-form.c: forms of the network. See data-form.h. XEP-0004, XEP-0068 (FORM_TYPE), XEP-0122 for numbers.
 *
 * Labels are for the person and values for the network: a choice is shown by its label where labels are all different, and either is
 * understood in an answer. */
#include "data-form.h"

#include <string.h>

#define FIELDS_MOST 200
#define CHOICES_MOST 256
#define VALUES_MOST 1000
#define NS_VALIDATE "http://jabber.org/protocol/xdata-validate"

typedef enum { KIND_TEXT, KIND_LINES, KIND_SECRET, KIND_FLAG, KIND_NUMBER, KIND_CHOICE, KIND_CHOICES, KIND_ADDRESS, KIND_ADDRESSES, KIND_LABEL, KIND_HIDDEN } Kind;

/* By the type's name here; the word is the card_field's. */
static const struct {
	const char *type, *word;
	Kind kind;
} kinds[] = {
	{ "text-single", "text", KIND_TEXT },	    { "text-multi", "lines", KIND_LINES },    { "text-private", "secret", KIND_SECRET },
	{ "boolean", "yesno", KIND_FLAG },	    { "list-single", "choice", KIND_CHOICE }, { "list-multi", "choices", KIND_CHOICES },
	{ "jid-single", "text", KIND_ADDRESS },	    { "jid-multi", "lines", KIND_ADDRESSES }, { "fixed", "label", KIND_LABEL },
	{ "hidden", NULL, KIND_HIDDEN },
};

typedef struct {
	char *name, *label; /* owned; label may be NULL */
	const char *word;   /* static; NULL: not shown */
	Kind kind;
	gboolean required, open; /* open: other values than the choices may be given */
	gboolean given;          /* it had a value, or was given one */
	GPtrArray *values;       /* of char *, owned */
	GPtrArray *choices;      /* values, of char *, owned */
	GPtrArray *shown;        /* what stands for them, of char *, owned */
} Field;

struct DataForm {
	char *title, *words, *type; /* owned, or NULL */
	GPtrArray *fields;          /* of Field, owned */
	guint left_out;
};

static void field_free(gpointer data)
{
	Field *field = data;
	g_free(field->name);
	g_free(field->label);
	g_ptr_array_unref(field->values);
	g_ptr_array_unref(field->choices);
	g_ptr_array_unref(field->shown);
	g_free(field);
}

void data_form_free(DataForm *form)
{
	if (!form)
		return;
	g_free(form->title);
	g_free(form->words);
	g_free(form->type);
	g_ptr_array_unref(form->fields);
	g_free(form);
}

/* ---- reading ---- */

static gboolean is_in(const GPtrArray *texts, const char *text, guint *index)
{
	for (guint i = 0; i < texts->len; i++)
		if (strcmp(texts->pdata[i], text) == 0) {
			if (index)
				*index = i;
			return TRUE;
		}
	return FALSE;
}

/* Two choices that look alike are shown by their values. */
static void read_choices(Field *field, xmpp_stanza_t *element)
{
	gboolean clear = TRUE;
	for (xmpp_stanza_t *option = NULL; (option = element_next(element, option, "option", NULL)) && field->choices->len < CHOICES_MOST;) {
		const char *value = element_child_text(option, "value", NULL), *label = element_get(option, "label");
		if (!value || is_in(field->choices, value, NULL))
			continue;
		clear = clear && label && *label && !strchr(label, '\n') && !is_in(field->shown, label, NULL);
		g_ptr_array_add(field->choices, g_strdup(value));
		g_ptr_array_add(field->shown, g_strdup(label ? label : value));
	}
	for (guint i = 0; !clear && i < field->choices->len; i++) {
		g_free(field->shown->pdata[i]);
		field->shown->pdata[i] = g_strdup(field->choices->pdata[i]);
	}
	field->open = element_child(element, "open", NS_VALIDATE) || element_child(element_child(element, "validate", NS_VALIDATE), "open", NULL);
}

static Field *read_field(xmpp_stanza_t *element)
{
	const char *type = element_get(element, "type"), *name = element_get(element, "var"), *label = element_get(element, "label");
	const char *number = element_get(element_child(element, "validate", NS_VALIDATE), "datatype");
	gsize i = 0;
	for (gsize k = 0; type && k < G_N_ELEMENTS(kinds); k++)
		if (strcmp(kinds[k].type, type) == 0)
			i = k;
	if (kinds[i].kind != KIND_LABEL && (!name || !*name || strchr(name, '=') || strlen(name) > FIT_ID))
		return NULL;
	Field *field = g_new0(Field, 1);
	field->name = g_strdup(name ? name : "");
	field->label = label && *label ? g_strdup(label) : NULL;
	field->kind = kinds[i].kind;
	field->word = kinds[i].word;
	field->required = element_child(element, "required", NULL) != NULL;
	field->values = g_ptr_array_new_with_free_func(g_free);
	field->choices = g_ptr_array_new_with_free_func(g_free);
	field->shown = g_ptr_array_new_with_free_func(g_free);
	if (field->kind == KIND_TEXT && (g_strcmp0(number, "xs:integer") == 0 || g_strcmp0(number, "xs:int") == 0 || g_strcmp0(number, "xs:long") == 0)) {
		field->kind = KIND_NUMBER;
		field->word = "number";
	}
	for (xmpp_stanza_t *value = NULL; (value = element_next(element, value, "value", NULL)) && field->values->len < VALUES_MOST;) {
		const char *text = element_text(value);
		g_ptr_array_add(field->values, g_strdup(text ? text : ""));
	}
	field->given = field->values->len > 0;
	read_choices(field, element);
	return field;
}

DataForm *data_form_read(xmpp_stanza_t *x, const char *form_type)
{
	if (!element_is(x, "x", NS_DATA) || g_strcmp0(element_get(x, "type"), "form") != 0)
		return NULL;
	DataForm *form = g_new0(DataForm, 1);
	const char *title = element_child_text(x, "title", NULL), *words = element_child_text(x, "instructions", NULL);
	form->title = title && *title ? g_strdup(title) : NULL;
	form->words = words && *words ? g_strdup(words) : NULL;
	form->fields = g_ptr_array_new_with_free_func(field_free);
	for (xmpp_stanza_t *element = NULL; (element = element_next(x, element, "field", NULL));) {
		if (form->fields->len >= FIELDS_MOST) {
			form->left_out++;
			continue;
		}
		Field *field = read_field(element);
		if (!field)
			continue;
		if (strcmp(field->name, "FORM_TYPE") == 0 && !form->type) {
			form->type = g_strdup(field->values->len ? field->values->pdata[0] : "");
			field_free(field);
		} else {
			g_ptr_array_add(form->fields, field);
		}
	}
	if (form_type && g_strcmp0(form->type, form_type) != 0)
		g_clear_pointer(&form, data_form_free);
	return form;
}

const char *data_form_title(const DataForm *form)
{
	return form->title;
}

const char *data_form_words(const DataForm *form)
{
	return form->words;
}

const char *data_form_value(const DataForm *form, const char *name)
{
	for (guint i = 0; i < form->fields->len; i++) {
		const Field *field = form->fields->pdata[i];
		if (strcmp(field->name, name) == 0)
			return field->values->len ? field->values->pdata[0] : NULL;
	}
	return NULL;
}

const char *data_form_find(xmpp_stanza_t *x, const char *name)
{
	for (xmpp_stanza_t *field = NULL; (field = element_next(x, field, "field", NULL));)
		if (g_strcmp0(element_get(field, "var"), name) == 0)
			return element_child_text(field, "value", NULL);
	return NULL;
}

/* ---- showing ---- */

static gboolean is_true(const char *value)
{
	return strcmp(value, "1") == 0 || strcmp(value, "true") == 0;
}

/* A field's value as the card has it. The caller frees. */
static char *shown_value(const Field *field)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < field->values->len; i++) {
		const char *value = field->values->pdata[i];
		guint index;
		if (field->kind == KIND_FLAG)
			value = is_true(value) ? "yes" : "no";
		else if ((field->kind == KIND_CHOICE || field->kind == KIND_CHOICES) && is_in(field->choices, value, &index))
			value = field->shown->pdata[index];
		g_string_append_printf(out, "%s%s", i ? "\n" : "", value);
	}
	return g_string_free(g_steal_pointer(&out), FALSE);
}

void data_form_show(Session *session, const DataForm *form, const WireCard *card)
{
	guint left_out = form->left_out;
	for (guint i = 0; i < form->fields->len; i++) {
		const Field *field = form->fields->pdata[i];
		g_autofree char *value = shown_value(field), *number = NULL;
		g_autofree const char **choices = NULL;
		if (!field->word)
			continue;
		/* What would be cut off would be lost when it is sent back: it stays as it is. */
		if (strlen(value) > FIT_LABEL) {
			left_out++;
			continue;
		}
		if (field->kind == KIND_CHOICE || field->kind == KIND_CHOICES) {
			choices = g_new0(const char *, field->shown->len + 1);
			for (guint k = 0; k < field->shown->len; k++)
				choices[k] = session_fit(session, field->shown->pdata[k], FIT_ID);
		}
		const char *name = *field->name ? field->name : (number = g_strdup_printf("label%u", i));
		backend_send(session->backend, &WIRE(CARD_FIELD, CardField, .account = session->account, .card = card->card, .field = name,
						     .label = session_fit(session, field->kind == KIND_LABEL ? value : field->label, FIT_LABEL),
						     .type = field->word, .value = field->kind == KIND_LABEL ? NULL : value,
						     .required = field->required, .choices = choices));
	}
	WireCard copy = *card;
	g_autofree char *more = left_out ? g_strdup_printf("%s%s%u more fields are not shown", card->text ? card->text : "", card->text ? "\n" : "", left_out) : NULL;
	copy.account = session->account;
	if (more)
		copy.text = more;
	backend_send(session->backend, &copy);
}

/* ---- filling in ---- */

/* The name without its namespace: "roomname" for "muc#roomconfig_roomname". */
static const char *short_name(const char *name)
{
	const char *hash = strchr(name, '#'), *low = hash ? strchr(hash, '_') : NULL;
	return low && low[1] ? low + 1 : hash && hash[1] ? hash + 1 : name;
}

static Field *find_field(const DataForm *form, const char *name)
{
	Field *found = NULL;
	for (guint i = 0; i < form->fields->len; i++) {
		Field *field = form->fields->pdata[i];
		if (!field->word || field->kind == KIND_LABEL)
			continue;
		if (strcmp(field->name, name) == 0)
			return field;
		if (!found && g_ascii_strcasecmp(short_name(field->name), name) == 0)
			found = field;
	}
	return found;
}

static gboolean read_flag(const char *value, const char **word)
{
	static const char *const words[] = { "0", "1", "no", "yes", "false", "true", "off", "on" };
	for (guint i = 0; i < G_N_ELEMENTS(words); i++)
		if (g_ascii_strcasecmp(words[i], value) == 0) {
			*word = i % 2 ? "1" : "0";
			return TRUE;
		}
	return FALSE;
}

/* One value as the network wants it, or NULL and *why. The caller frees. */
static char *read_value(const Field *field, const char *value, char **why)
{
	const char *word;
	gint64 number;
	guint index;
	switch (field->kind) {
	case KIND_FLAG:
		if (read_flag(value, &word))
			return g_strdup(word);
		*why = g_strdup_printf("\"%s\" takes yes or no, not \"%s\"", field->name, value);
		return NULL;
	case KIND_NUMBER:
		if (!*value || g_ascii_string_to_signed(value, 10, G_MININT64, G_MAXINT64, &number, NULL))
			return g_strdup(value);
		*why = g_strdup_printf("\"%s\" takes a number, not \"%s\"", field->name, value);
		return NULL;
	case KIND_CHOICE:
	case KIND_CHOICES: {
		if (is_in(field->choices, value, NULL))
			return g_strdup(value);
		if (is_in(field->shown, value, &index))
			return g_strdup(field->choices->pdata[index]);
		if (field->open || !field->choices->len)
			return g_strdup(value);
		g_ptr_array_add(field->choices, NULL);
		g_autofree char *choices = g_strjoinv(", ", (char **)field->choices->pdata);
		g_ptr_array_set_size(field->choices, (gint)field->choices->len - 1);
		*why = g_strdup_printf("\"%s\" takes one of %s, not \"%s\"", field->name, choices, value);
		return NULL;
	}
	case KIND_ADDRESS:
	case KIND_ADDRESSES: {
		char *address = jid_normalise(value);
		if (!address && !*value)
			return g_strdup("");
		if (!address)
			*why = g_strdup_printf("\"%s\" is not an address", value);
		return address;
	}
	default: return g_strdup(value);
	}
}

/* The values that text stands for, or NULL and *why. */
static GPtrArray *read_values(const Field *field, const char *text, char **why)
{
	gboolean several = field->kind == KIND_LINES || field->kind == KIND_CHOICES || field->kind == KIND_ADDRESSES;
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	g_auto(GStrv) lines = several ? g_strsplit(text, "\n", VALUES_MOST) : NULL;
	if (!several) {
		char *value = read_value(field, text, why);
		if (!value)
			return NULL;
		g_ptr_array_add(values, value);
		return g_steal_pointer(&values);
	}
	for (char **line = lines; *line; line++) {
		if (!**line && (field->kind != KIND_LINES || !lines[1]))
			continue;
		char *value = read_value(field, *line, why);
		if (!value)
			return NULL;
		g_ptr_array_add(values, value);
	}
	return g_steal_pointer(&values);
}

gboolean data_form_fill(DataForm *form, const char *const *values, char **why)
{
	g_autoptr(GHashTable) filled = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
	*why = NULL;
	for (; values && *values; values++) {
		const char *equals = strchr(*values, '=');
		g_autofree char *name = equals ? g_strndup(*values, (gsize)(equals - *values)) : g_strdup(*values);
		Field *field = equals ? find_field(form, name) : NULL;
		if (!field) {
			*why = g_strdup_printf(equals ? "the form has no field \"%s\"" : "\"%s\" is not FIELD=VALUE", name);
			return FALSE;
		}
		GPtrArray *now = read_values(field, equals + 1, why);
		if (!now)
			return FALSE;
		g_hash_table_replace(filled, field, now);
	}
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, filled);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		Field *field = key;
		GPtrArray *now = value;
		/* An empty field that stays empty is not an answer: a secret that the form does not show would be taken away. */
		gboolean empty = !now->len || (now->len == 1 && !*(const char *)now->pdata[0]);
		if (empty && !field->given)
			continue;
		g_hash_table_iter_steal(&iter);
		g_ptr_array_unref(field->values);
		field->values = now;
		field->given = TRUE;
	}
	return TRUE;
}

/* ---- sending ---- */

static xmpp_stanza_t *add_answer(xmpp_stanza_t *parent, const char *form_type)
{
	xmpp_stanza_t *x = element_add(parent, "x", NS_DATA);
	element_set(x, "type", "submit");
	if (form_type) {
		xmpp_stanza_t *field = element_add(x, "field", NULL);
		element_set(field, "var", "FORM_TYPE");
		element_set(field, "type", "hidden");
		element_add_text(field, "value", NULL, form_type);
	}
	return x;
}

void data_form_submit(const DataForm *form, xmpp_stanza_t *parent)
{
	xmpp_stanza_t *x = add_answer(parent, form->type);
	for (guint i = 0; i < form->fields->len; i++) {
		const Field *field = form->fields->pdata[i];
		if (field->kind == KIND_LABEL || !field->given)
			continue;
		xmpp_stanza_t *element = element_add(x, "field", NULL);
		element_set(element, "var", field->name);
		for (guint k = 0; k < field->values->len; k++)
			element_add_text(element, "value", NULL, field->values->pdata[k]);
	}
}

void data_form_add_answer(xmpp_stanza_t *parent, const char *form_type, ...)
{
	xmpp_stanza_t *x = add_answer(parent, form_type);
	const char *name;
	va_list pairs;
	va_start(pairs, form_type);
	while ((name = va_arg(pairs, const char *))) {
		const char *value = va_arg(pairs, const char *);
		if (!value)
			continue;
		xmpp_stanza_t *field = element_add(x, "field", NULL);
		element_set(field, "var", name);
		element_add_text(field, "value", NULL, value);
	}
	va_end(pairs);
}
