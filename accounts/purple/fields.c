/* fields.c: see fields.h. */
#include "config.h"
#include "purple/fields.h"
#include "purple/host.h"
#include <string.h>

typedef void (*FieldFunction)(PurpleRequestField *field, gpointer user);

static void each_field(PurpleRequestFields *fields, FieldFunction function, gpointer user)
{
	for (GList *g = purple_request_fields_get_groups(fields); g; g = g->next)
		for (GList *l = purple_request_field_group_get_fields(g->data); l; l = l->next)
			if (purple_request_field_is_visible(l->data))
				function(l->data, user);
}

/* ---- showing ---- */

static GPtrArray *labels_of(GList *items)
{
	GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);
	for (guint n = 0; items && n < 256; items = items->next, n++) {
		char *label = host_name(items->data);
		g_ptr_array_add(labels, label ? label : g_strdup("-"));
	}
	g_ptr_array_add(labels, NULL);
	return labels;
}

static void show_string(PurpleRequestField *f, Card *card, WireCardField field)
{
	gboolean masked = purple_request_field_string_is_masked(f);
	g_autofree char *value = masked ? NULL : host_name(purple_request_field_string_get_default_value(f));
	field.type = !purple_request_field_string_is_editable(f) ? "label" : masked ? "secret" : purple_request_field_string_is_multiline(f) ? "lines" : "text";
	field.value = value;
	card_show_field(card, field);
}

static void show_integer(PurpleRequestField *f, Card *card, WireCardField field)
{
	g_autofree char *value = g_strdup_printf("%d", purple_request_field_int_get_default_value(f));
	field.type = "number";
	field.value = value;
	card_show_field(card, field);
}

static void show_boolean(PurpleRequestField *f, Card *card, WireCardField field)
{
	field.type = "yesno";
	field.value = purple_request_field_bool_get_default_value(f) ? "yes" : "no";
	card_show_field(card, field);
}

static void show_choice(PurpleRequestField *f, Card *card, WireCardField field)
{
	g_autoptr(GPtrArray) labels = labels_of(purple_request_field_choice_get_labels(f));
	int standard = purple_request_field_choice_get_default_value(f);
	field.type = "choice";
	field.choices = (const char *const *)labels->pdata;
	field.value = standard >= 0 && (guint)standard + 1 < labels->len ? labels->pdata[standard] : NULL;
	card_show_field(card, field);
}

static void show_list(PurpleRequestField *f, Card *card, WireCardField field)
{
	g_autoptr(GPtrArray) labels = labels_of(purple_request_field_list_get_items(f)), selected = labels_of(purple_request_field_list_get_selected(f));
	g_autofree char *value = g_strjoinv("\n", (char **)selected->pdata);
	field.type = purple_request_field_list_get_multi_select(f) ? "choices" : "choice";
	field.choices = (const char *const *)labels->pdata;
	field.value = value;
	card_show_field(card, field);
}

static void show_label(PurpleRequestField *f G_GNUC_UNUSED, Card *card, WireCardField field)
{
	field.type = "label";
	card_show_field(card, field);
}

/* ---- filling: NULL or why not ---- */

static char *not_that(PurpleRequestField *f, const char *what)
{
	g_autofree char *label = host_name(purple_request_field_get_label(f));
	return g_strdup_printf("\"%s\" %s", label ? label : purple_request_field_get_id(f), what);
}

static char *fill_string(PurpleRequestField *f, const char *value)
{
	if (purple_request_field_string_is_editable(f))
		purple_request_field_string_set_value(f, value);
	return NULL;
}

static char *fill_integer(PurpleRequestField *f, const char *value)
{
	gint64 number;
	if (!g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, &number, NULL))
		return not_that(f, "is not a number");
	purple_request_field_int_set_value(f, (int)number);
	return NULL;
}

static char *fill_boolean(PurpleRequestField *f, const char *value)
{
	static const char *const yes[] = { "yes", "on", "true", "1", NULL };
	purple_request_field_bool_set_value(f, g_strv_contains(yes, value));
	return NULL;
}

static char *fill_choice(PurpleRequestField *f, const char *value)
{
	g_autoptr(GPtrArray) labels = labels_of(purple_request_field_choice_get_labels(f));
	for (guint i = 0; labels->pdata[i]; i++) {
		if (!strcmp(labels->pdata[i], value)) {
			purple_request_field_choice_set_value(f, (int)i);
			return NULL;
		}
	}
	return not_that(f, "has no such choice");
}

static char *fill_list(PurpleRequestField *f, const char *value)
{
	g_auto(GStrv) wanted = g_strsplit(value, "\n", -1);
	GList *items = purple_request_field_list_get_items(f);
	guint found = 0;
	purple_request_field_list_clear_selected(f);
	for (; items; items = items->next) {
		g_autofree char *label = host_name(items->data);
		if (label && g_strv_contains((const char *const *)wanted, label)) {
			purple_request_field_list_add_selected(f, items->data);
			found++;
		}
	}
	return *value && found < g_strv_length(wanted) ? not_that(f, "has no such choice") : NULL;
}

static char *fill_nothing(PurpleRequestField *f G_GNUC_UNUSED, const char *value G_GNUC_UNUSED)
{
	return NULL;
}

static const struct FieldType {
	PurpleRequestFieldType type;
	void (*show)(PurpleRequestField *, Card *, WireCardField);
	char *(*fill)(PurpleRequestField *, const char *value);
} types[] = {
	{ PURPLE_REQUEST_FIELD_STRING, show_string, fill_string },    { PURPLE_REQUEST_FIELD_INTEGER, show_integer, fill_integer },
	{ PURPLE_REQUEST_FIELD_BOOLEAN, show_boolean, fill_boolean }, { PURPLE_REQUEST_FIELD_CHOICE, show_choice, fill_choice },
	{ PURPLE_REQUEST_FIELD_LIST, show_list, fill_list },          { PURPLE_REQUEST_FIELD_LABEL, show_label, fill_nothing },
	{ PURPLE_REQUEST_FIELD_IMAGE, show_label, fill_nothing },     { PURPLE_REQUEST_FIELD_ACCOUNT, show_label, fill_nothing },
};

static const struct FieldType *type_of(PurpleRequestField *f)
{
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type == purple_request_field_get_type(f))
			return &types[i];
	return NULL;
}

static void show_field(PurpleRequestField *f, gpointer user)
{
	const struct FieldType *type = type_of(f);
	g_autofree char *bare = purple_text_strip_mnemonic(purple_request_field_get_label(f) ? purple_request_field_get_label(f) : "");
	g_autofree char *label = host_name(bare);
	if (type)
		type->show(f, user, WIRE(CARD_FIELD, CardField, .field = purple_request_field_get_id(f), .label = label,
			.required = purple_request_field_is_required(f)));
}

void fields_show(PurpleRequestFields *fields, Card *card)
{
	each_field(fields, show_field, card);
}

typedef struct {
	const char *const *values;
	char *why;
} Filling;

static const char *value_for(const char *const *values, const char *id)
{
	gsize length = strlen(id);
	for (; *values; values++)
		if (!strncmp(*values, id, length) && (*values)[length] == '=')
			return *values + length + 1;
	return NULL;
}

static gboolean is_empty(PurpleRequestField *f)
{
	if (purple_request_field_get_type(f) == PURPLE_REQUEST_FIELD_STRING) {
		const char *value = purple_request_field_string_get_value(f);
		return !value || !*value;
	}
	return purple_request_field_get_type(f) == PURPLE_REQUEST_FIELD_LIST && !purple_request_field_list_get_selected(f);
}

static void fill_field(PurpleRequestField *f, gpointer user)
{
	Filling *filling = user;
	const struct FieldType *type = type_of(f);
	const char *value = value_for(filling->values, purple_request_field_get_id(f));
	if (filling->why || !type)
		return;
	if (value)
		filling->why = type->fill(f, value);
	if (!filling->why && purple_request_field_is_required(f) && is_empty(f))
		filling->why = not_that(f, "must be filled in");
}

char *fields_fill(PurpleRequestFields *fields, const char *const *values)
{
	Filling filling = { values, NULL };
	each_field(fields, fill_field, &filling);
	return filling.why;
}
