/* questions.c: see questions.h. The id of a setting's field is its name behind "="; those of the address's parts are user, part1, part2 … */
#include "config.h"
#include "questions.h"

#include <string.h>

#define LABEL_COLUMNS 26 /* a longer one is an explanation, and the setting's name stands in its place */
#define UNSET_WORD "as usual"

/* ---- addresses ---- */

static char *part_id(guint i)
{
	return i ? g_strdup_printf("part%u", i) : g_strdup("user");
}

void questions_add_address(Form *form, const Protocol *protocol)
{
	gboolean xmpp = strcmp(protocol->name, "xmpp") == 0, irc = strcmp(protocol->name, "irc") == 0;
	g_autofree char *first = part_id(0);
	Field *user = form_add(form, FIELD_TEXT, first, xmpp ? "Address" : irc ? "Nickname" : "Name there");
	user->required = TRUE;
	user->hint = xmpp ? "you@example.org" : NULL;
	user->help = xmpp ? g_strdup("Your name, an @, and the server's name.") : g_strdup_printf("What is known of this network: %s. An address there is %s.", protocol->network, protocol->address);
	for (guint i = 0; i < protocol->splits->len; i++) {
		const ProtocolSplit *split = protocol->splits->pdata[i];
		gboolean known = split->standard && *split->standard;
		g_autofree char *id = part_id(i + 1);
		Field *field = form_add(form, FIELD_TEXT, id, split->text ? split->text : id);
		field->standard = g_strdup(split->standard);
		field->hint = field->standard;
		field->required = !known && split->separator == '@';
		field->help = known ? g_strdup_printf("%s where it is not given. It stands behind the name in the address: %s.", split->standard, protocol->address)
		                    : g_strdup_printf("It stands behind the name in the address: %s.", protocol->address);
	}
}

static gboolean miss(Form *form, guint i, GError **error)
{
	const Field *field = form->fields->pdata[i];
	g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "\"%s\" is needed", field->label);
	form->focus = i;
	return FALSE;
}

/* Where the field with this id is; the form has it. */
static guint place_of(const Form *form, const char *id)
{
	for (guint i = 0; i < form->fields->len; i++)
		if (g_strcmp0(((const Field *)form->fields->pdata[i])->id, id) == 0)
			return i;
	g_return_val_if_reached(0);
}

char *questions_address(Form *form, const Protocol *protocol, GError **error)
{
	g_autoptr(GString) address = g_string_new(NULL);
	g_autoptr(GString) later = g_string_new(NULL); /* empty parts count only before one that is not */
	for (guint i = 0; i <= protocol->splits->len; i++) {
		const ProtocolSplit *split = i ? protocol->splits->pdata[i - 1] : NULL;
		g_autofree char *id = part_id(i);
		guint at = place_of(form, id);
		Field *field = form->fields->pdata[at];
		g_autofree char *value = g_strstrip(g_strdup(field_value(field)));
		/* Who writes the whole address into the first field means it. */
		if (i == 1 && !*value && strchr(address->str, split->separator))
			break;
		if (!*value && field->standard)
			value = (g_free(value), g_strdup(field->standard));
		if (!*value && field->required)
			return miss(form, at, error), NULL;
		if (split)
			g_string_append_c(later, split->separator);
		if (*value) {
			g_string_append_printf(address, "%s%s", later->str, value);
			g_string_truncate(later, 0);
		}
	}
	return g_strdup(address->str);
}

/* ---- settings ---- */

gboolean questions_is_first(const ProtocolOption *option)
{
	static const char *const first[] = { "server", "ssl", "port", NULL };
	return g_strv_contains(first, option->name);
}

static const char *type_words(const ProtocolOption *option)
{
	static const char *const types[][2] = { { "yesno", "yes or no" }, { "number", "a number" }, { "secret", "hidden" }, { "choice", "one of these" } };
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(option->type, types[i][0]) == 0)
			return types[i][1];
	return "text";
}

/* What the setting is for; its name is said too, for /account set. */
static char *help_of(const ProtocolOption *option, gboolean label_is_shown)
{
	GString *out = g_string_new(NULL);
	if (!label_is_shown && option->label && *option->label)
		g_string_append_printf(out, "%s%s ", option->label, strchr(".!?)", option->label[strlen(option->label) - 1]) ? "" : ".");
	g_string_append_printf(out, "(%s%s%s", label_is_shown ? option->name : "", label_is_shown ? ": " : "", type_words(option));
	if (option->standard && *option->standard)
		g_string_append_printf(out, "; %s where it is not set", option->standard);
	g_string_append_c(out, ')');
	return g_string_free(out, FALSE);
}

static gboolean is_yes(const char *value)
{
	gboolean flag = FALSE;
	return value && settings_read_flag(value, &flag) && flag;
}

static void add_choices(Field *field, const ProtocolOption *option, const char *value)
{
	g_autoptr(GPtrArray) choices = g_ptr_array_new();
	gboolean unset = !field->standard || !*field->standard;
	if (unset) /* there is no word for it not being set */
		g_ptr_array_add(choices, UNSET_WORD);
	for (char **choice = option->choices; choice && *choice; choice++)
		if (**choice)
			g_ptr_array_add(choices, *choice);
	g_ptr_array_add(choices, NULL);
	field_set_choices(field, (const char *const *)choices->pdata, *value ? value : unset ? UNSET_WORD : field->standard);
}

/* The answer as it stands in the configuration; "" is not set. */
static const char *answer_of(Field *field)
{
	if (field->type == FIELD_FLAG)
		return field->choice ? "yes" : "no";
	const char *value = field_value(field);
	if (field->type == FIELD_CHOICE && (!field->standard || !*field->standard) && field->choice == 0)
		return "";
	return value;
}

void questions_add_option(Form *form, const ProtocolOption *option, const char *value)
{
	static const struct {
		const char *word;
		FieldType type;
	} types[] = { { "yesno", FIELD_FLAG }, { "secret", FIELD_SECRET }, { "choice", FIELD_CHOICE } };
	FieldType type = FIELD_TEXT;
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (strcmp(types[i].word, option->type) == 0)
			type = types[i].type;
	g_autofree char *id = g_strdup_printf("=%s", option->name), *label = g_strstrip(g_strdup(option->label ? option->label : ""));
	gsize length = strlen(label);
	if (length && label[length - 1] == ':')
		label[length - 1] = 0;
	gboolean shown = *label && paint_columns(label) <= LABEL_COLUMNS;
	Field *field = form_add(form, type, id, shown ? label : option->name);
	value = value ? value : "";
	field->standard = g_strdup(option->standard ? option->standard : "");
	field->help = help_of(option, shown);
	if (type == FIELD_FLAG)
		field->choice = is_yes(*value ? value : field->standard);
	else if (type == FIELD_CHOICE)
		add_choices(field, option, value);
	else {
		field->hint = field->standard;
		edit_set(&field->edit, value);
	}
	field->before = g_strdup(answer_of(field));
}

static gboolean is_listed(const GPtrArray *options, const char *name)
{
	for (guint i = 0; i < options->len; i++)
		if (strcmp(((const ProtocolOption *)options->pdata[i])->name, name) == 0)
			return TRUE;
	return FALSE;
}

GPtrArray *questions_options(const Protocols *list, const Protocol *protocol)
{
	GPtrArray *options = g_ptr_array_new();
	const Protocol *xmpp = protocols_find(list, "xmpp"); /* it has all of kith's own */
	for (guint i = 0; i < protocol->options->len; i++)
		g_ptr_array_add(options, protocol->options->pdata[i]);
	for (guint i = 0; protocol != xmpp && i < list->general->len; i++)
		if (!is_listed(options, ((const ProtocolOption *)list->general->pdata[i])->name))
			g_ptr_array_add(options, list->general->pdata[i]);
	for (guint i = 0; protocol != xmpp && i < xmpp->options->len; i++) {
		ProtocolOption *option = xmpp->options->pdata[i];
		if (protocols_is_general(option->name) && !is_listed(options, option->name))
			g_ptr_array_add(options, option);
	}
	return options;
}

gboolean questions_check(Field *field, const Protocols *list, const Protocol *protocol, GError **error)
{
	if (!field->id || *field->id != '=')
		return TRUE;
	g_autofree char *pair = g_strdup_printf("%s=%s", field->id + 1, answer_of(field));
	const char *const pairs[] = { pair, NULL };
	return config_account_check(protocol->name, field->id + 1, answer_of(field), error) && protocols_check(list, protocol->name, pairs, error);
}

gboolean questions_check_all(Form *form, const Protocols *list, const Protocol *protocol, GError **error)
{
	for (guint i = 0; i < form->fields->len; i++)
		if (!questions_check(form->fields->pdata[i], list, protocol, error)) {
			form->focus = i;
			return FALSE;
		}
	return TRUE;
}

GPtrArray *questions_changes(Form *form)
{
	GPtrArray *pairs = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < form->fields->len; i++) {
		Field *field = form->fields->pdata[i];
		if (!field->id || *field->id != '=')
			continue;
		const char *answer = answer_of(field);
		if (strcmp(answer, field->before) != 0)
			g_ptr_array_add(pairs, g_strdup_printf("%s=%s", field->id + 1, strcmp(answer, field->standard) ? answer : ""));
	}
	return pairs;
}
