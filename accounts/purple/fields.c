/* fields.c: see fields.h.
 *
 * A field goes by its id where the id is one word that no other field has, else by its place. What can't be shown whole can't be sent back
 * whole either, so it is left as it is.
 */
#include "config.h"
#include "purple/fields.h"
#include "base/text.h"
#include "purple/host.h"
#include <string.h>

#define FIELDS_MOST 250
#define ID_MOST 200
#define VALUE_MOST 4000
#define CHOICE_MOST 180
#define CHOICES_MOST 256

/* id: what the field goes by in the card. */
typedef void (*FieldFunction)(PurpleRequestField *field, const char *id, gpointer user);

static gboolean is_good_id(const char *id, GHashTable *taken)
{
	return id && *id && strlen(id) <= ID_MOST && !strchr(id, '=') && g_utf8_validate(id, -1, NULL) && !g_hash_table_contains(taken, id);
}

/* Gives how many fields more there are than can be shown. */
static guint each_field(PurpleRequestFields *fields, void (*on_group)(const char *title, guint number, gpointer user), FieldFunction function, gpointer user)
{
	g_autoptr(GHashTable) taken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	guint place = 0, groups = 0;
	for (GList *g = purple_request_fields_get_groups(fields); g; g = g->next) {
		if (on_group && place < FIELDS_MOST && purple_request_field_group_get_title(g->data))
			on_group(purple_request_field_group_get_title(g->data), ++groups, user);
		for (GList *l = purple_request_field_group_get_fields(g->data); l; l = l->next) {
			if (!purple_request_field_is_visible(l->data) || ++place > FIELDS_MOST)
				continue;
			const char *given = purple_request_field_get_id(l->data);
			char *id = is_good_id(given, taken) ? g_strdup(given) : g_strdup_printf("field-%u", place);
			g_hash_table_add(taken, id);
			function(l->data, id, user);
		}
	}
	return place > FIELDS_MOST ? place - FIELDS_MOST : 0;
}

/* ---- showing ---- */

static char *choice_label(const char *item)
{
	g_autofree char *label = host_name(item);
	return text_shorten(label ? label : "-", CHOICE_MOST);
}

static GPtrArray *labels_of(GList *items)
{
	GPtrArray *labels = g_ptr_array_new_with_free_func(g_free);
	for (guint n = 0; items && n < CHOICES_MOST; items = items->next, n++)
		g_ptr_array_add(labels, choice_label(items->data));
	g_ptr_array_add(labels, NULL);
	return labels;
}

/* A line to read: "Label: value". */
static void show_words(Card *card, WireCardField field, const char *value)
{
	g_autofree char *words = host_name(value), *both = g_strdup_printf("%s%s%s", field.label ? field.label : "", field.label && words ? ": " : "", words ? words : "");
	field.type = "label";
	field.label = both;
	if (*both)
		card_show_field(card, field);
}

static gboolean can_be_shown(const char *value)
{
	return !value || (strlen(value) <= VALUE_MOST && g_utf8_validate(value, -1, NULL));
}

static gboolean is_filled_in(PurpleRequestField *f)
{
	return purple_request_field_string_is_editable(f) &&
	       (purple_request_field_string_is_masked(f) || can_be_shown(purple_request_field_string_get_default_value(f)));
}

static void show_string(PurpleRequestField *f, Card *card, WireCardField field)
{
	gboolean masked = purple_request_field_string_is_masked(f);
	const char *value = purple_request_field_string_get_default_value(f);
	if (!is_filled_in(f)) {
		show_words(card, field, value);
		return;
	}
	field.type = masked ? "secret" : purple_request_field_string_is_multiline(f) ? "lines" : "text";
	field.value = masked ? NULL : value;
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
	show_words(card, field, NULL);
}

static void show_account(PurpleRequestField *f, Card *card, WireCardField field)
{
	PurpleAccount *account = purple_request_field_account_get_default_value(f);
	show_words(card, field, account ? purple_account_get_username(account) : NULL);
}

static void show_group(const char *title, guint number, gpointer card)
{
	g_autofree char *id = g_strdup_printf("part-%u", number), *label = host_name(title);
	card_show_field(card, WIRE(CARD_FIELD, CardField, .field = id, .type = "label", .label = label));
}

static char *field_label(PurpleRequestField *f)
{
	const char *label = purple_request_field_get_label(f);
	g_autofree char *bare = purple_text_strip_mnemonic(label ? label : "");
	gsize length = strlen(g_strchomp(bare));
	if (length && bare[length - 1] == ':')
		bare[length - 1] = '\0';
	return host_name(bare);
}

/* ---- filling: NULL or why not; only looks at the value unless set ---- */

static char *not_that(PurpleRequestField *f, const char *what)
{
	g_autofree char *label = field_label(f), *id = host_name(purple_request_field_get_id(f));
	return g_strdup_printf("\"%s\" %s", label ? label : id ? id : "", what);
}

static char *fill_string(PurpleRequestField *f, const char *value, gboolean set)
{
	if (set && is_filled_in(f))
		purple_request_field_string_set_value(f, value);
	return NULL;
}

static char *fill_integer(PurpleRequestField *f, const char *value, gboolean set)
{
	gint64 number;
	if (!g_ascii_string_to_signed(value, 10, G_MININT, G_MAXINT, &number, NULL))
		return not_that(f, "is not a number");
	if (set)
		purple_request_field_int_set_value(f, (int)number);
	return NULL;
}

static char *fill_boolean(PurpleRequestField *f, const char *value, gboolean set)
{
	static const char *const words[] = { "no", "yes", "off", "on", "false", "true", "0", "1" };
	for (guint i = 0; i < G_N_ELEMENTS(words); i++) {
		if (!g_ascii_strcasecmp(words[i], value)) {
			if (set)
				purple_request_field_bool_set_value(f, i % 2);
			return NULL;
		}
	}
	return not_that(f, "is yes or no");
}

static char *no_such_choice(PurpleRequestField *f, const char *const *labels)
{
	g_autofree char *all = g_strjoinv(", ", (char **)labels), *some = text_shorten(all, 1000), *what = g_strdup_printf("is none of: %s", some);
	return not_that(f, what);
}

static char *fill_choice(PurpleRequestField *f, const char *value, gboolean set)
{
	g_autoptr(GPtrArray) labels = labels_of(purple_request_field_choice_get_labels(f));
	for (guint i = 0; labels->pdata[i]; i++) {
		if (!strcmp(labels->pdata[i], value)) {
			if (set)
				purple_request_field_choice_set_value(f, (int)i);
			return NULL;
		}
	}
	return no_such_choice(f, (const char *const *)labels->pdata);
}

static char *fill_list(PurpleRequestField *f, const char *value, gboolean set)
{
	g_auto(GStrv) wanted = g_strsplit(*value ? value : "", "\n", -1);
	g_autoptr(GPtrArray) labels = labels_of(purple_request_field_list_get_items(f));
	guint count = g_strv_length(wanted), i = 0;
	for (char **word = wanted; *word; word++)
		if (!g_strv_contains((const char *const *)labels->pdata, *word))
			return no_such_choice(f, (const char *const *)labels->pdata);
	if (count > 1 && !purple_request_field_list_get_multi_select(f))
		return not_that(f, "takes one choice only");
	if (!set)
		return NULL;
	purple_request_field_list_clear_selected(f);
	for (GList *item = purple_request_field_list_get_items(f); item && labels->pdata[i]; item = item->next, i++)
		if (g_strv_contains((const char *const *)wanted, labels->pdata[i]))
			purple_request_field_list_add_selected(f, item->data);
	return NULL;
}

static char *fill_nothing(PurpleRequestField *f G_GNUC_UNUSED, const char *value G_GNUC_UNUSED, gboolean set G_GNUC_UNUSED)
{
	return NULL;
}

static const struct FieldType {
	PurpleRequestFieldType type;
	void (*show)(PurpleRequestField *, Card *, WireCardField);
	char *(*fill)(PurpleRequestField *, const char *value, gboolean set);
} types[] = {
	{ PURPLE_REQUEST_FIELD_STRING, show_string, fill_string },    { PURPLE_REQUEST_FIELD_INTEGER, show_integer, fill_integer },
	{ PURPLE_REQUEST_FIELD_BOOLEAN, show_boolean, fill_boolean }, { PURPLE_REQUEST_FIELD_CHOICE, show_choice, fill_choice },
	{ PURPLE_REQUEST_FIELD_LIST, show_list, fill_list },          { PURPLE_REQUEST_FIELD_LABEL, show_label, fill_nothing },
	{ PURPLE_REQUEST_FIELD_IMAGE, show_label, fill_nothing },     { PURPLE_REQUEST_FIELD_ACCOUNT, show_account, fill_nothing },
};

static const struct FieldType *type_of(PurpleRequestField *f)
{
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (types[i].type == purple_request_field_get_type(f))
			return &types[i];
	return NULL;
}

static void show_field(PurpleRequestField *f, const char *id, gpointer user)
{
	const struct FieldType *type = type_of(f);
	g_autofree char *label = field_label(f);
	if (type)
		type->show(f, user, WIRE(CARD_FIELD, CardField, .field = id, .label = label, .required = purple_request_field_is_required(f)));
}

void fields_show(PurpleRequestFields *fields, Card *card)
{
	guint more = each_field(fields, show_group, show_field, card);
	g_autofree char *words = g_strdup_printf("%u more fields are not shown and stay as they are", more);
	if (more)
		card_show_field(card, WIRE(CARD_FIELD, CardField, .field = "more", .type = "label", .label = words));
}

typedef struct {
	const char *const *values;
	gboolean set;
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

static void fill_field(PurpleRequestField *f, const char *id, gpointer user)
{
	Filling *filling = user;
	const struct FieldType *type = type_of(f);
	const char *value = value_for(filling->values, id);
	gboolean required = purple_request_field_is_required(f);
	if (filling->why || !type)
		return;
	if (required && (value ? !*value : is_empty(f)))
		filling->why = not_that(f, "must be filled in");
	else if (value)
		filling->why = type->fill(f, value, filling->set);
}

char *fields_fill(PurpleRequestFields *fields, const char *const *values)
{
	Filling filling = { values, FALSE, NULL };
	each_field(fields, NULL, fill_field, &filling);
	filling.set = TRUE;
	each_field(fields, NULL, fill_field, &filling);
	return filling.why;
}
