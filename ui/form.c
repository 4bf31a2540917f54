/* form.c: see form.h. */
#include "config.h"
#include "form.h"

#include "base/secret.h"

#include <string.h>

void form_init(Form *form)
{
	form->fields = g_ptr_array_new();
	form->buttons = g_ptr_array_new_with_free_func(g_free);
	form->focus = form->top = 0;
	form->label = 0;
}

void form_clear(Form *form)
{
	for (guint i = 0; i < form->fields->len; i++) {
		Field *field = form->fields->pdata[i];
		edit_clear(&field->edit);
		g_free(field->id);
		g_free(field->label);
		g_strfreev(field->choices);
		g_free(field->taken);
		g_free(field->value);
		g_free(field->help);
		g_free(field->standard);
		secret_free(field->before);
		g_free(field);
	}
	g_ptr_array_unref(form->fields);
	g_ptr_array_unref(form->buttons);
}

Field *form_add(Form *form, FieldType type, const char *id, const char *label)
{
	Field *field = g_new0(Field, 1);
	field->type = type;
	field->id = g_strdup(id);
	field->label = g_strdup(label);
	edit_init(&field->edit, type == FIELD_SECRET);
	g_ptr_array_add(form->fields, field);
	if (type != FIELD_LABEL)
		form->label = MAX(form->label, paint_columns(label ? label : id) + 2); /* 2: the sign of what must be filled in */
	return field;
}

void form_add_button(Form *form, const char *label)
{
	g_ptr_array_add(form->buttons, g_strdup(label));
}

const char *form_help(const Form *form)
{
	return form->focus < form->fields->len ? ((const Field *)form->fields->pdata[form->focus])->help : NULL;
}

Field *form_find(const Form *form, const char *id)
{
	for (guint i = 0; i < form->fields->len; i++)
		if (g_strcmp0(((const Field *)form->fields->pdata[i])->id, id) == 0)
			return form->fields->pdata[i];
	return NULL;
}

void field_set_choices(Field *field, const char *const *choices, const char *value)
{
	static const char *const nothing[] = { NULL };
	field->choices = g_strdupv((char **)(choices ? choices : nothing));
	g_auto(GStrv) values = g_strsplit(value ? value : "", "\n", -1);
	field->taken = g_new0(gboolean, g_strv_length(field->choices) + 1);
	for (guint i = 0; field->choices[i]; i++) {
		field->taken[i] = g_strv_contains((const char *const *)values, field->choices[i]);
		if (field->taken[i] && field->type == FIELD_CHOICE)
			field->choice = i;
	}
}

const char *field_value(Field *field)
{
	switch (field->type) {
	case FIELD_CHOICE:
		return field->choices && field->choices[0] ? field->choices[field->choice] : "";
	case FIELD_CHOICES: {
		GString *out = g_string_new(NULL);
		for (guint i = 0; field->choices[i]; i++)
			if (field->taken[i])
				g_string_append_printf(out, "%s%s", out->len ? "\n" : "", field->choices[i]);
		g_free(field->value);
		field->value = g_string_free(out, FALSE);
		return field->value;
	}
	case FIELD_FLAG:
		return field->choice ? "1" : "0";
	default:
		return field->edit.text;
	}
}

static gboolean takes_focus(const Form *form, guint i)
{
	return i >= form->fields->len || ((Field *)form->fields->pdata[i])->type != FIELD_LABEL;
}

static void move_focus(Form *form, int by)
{
	guint count = form->fields->len + form->buttons->len;
	for (guint tries = 0; tries < count; tries++) {
		form->focus = (form->focus + count + (guint)by) % count;
		if (takes_focus(form, form->focus))
			return;
	}
}

/* Moves among the choices: by one, by ten, to the ends, or to the next that begins with a letter. FALSE if the key is none of these. */
static gboolean choice_key(Field *field, const Key *key)
{
	static const struct {
		const char *name;
		int by;
	} moves[] = { { "Left", -1 }, { "Right", 1 }, { "PageUp", -10 }, { "PageDown", 10 }, { "Home", -G_MAXINT / 2 }, { "End", G_MAXINT / 2 } };
	int count = field->choices ? (int)g_strv_length(field->choices) : 0, at = (int)field->choice;
	for (guint i = 0; i < G_N_ELEMENTS(moves); i++)
		if (strcmp(moves[i].name, key->name) == 0) {
			if (count)
				field->choice = (guint)(ABS(moves[i].by) == 1 ? (at + count + moves[i].by) % count : CLAMP(at + moves[i].by, 0, count - 1));
			return TRUE;
		}
	if (key->type != KEY_TYPE_TEXT || strcmp(key->name, " ") == 0)
		return FALSE;
	g_autofree char *letter = g_utf8_casefold(key->name, -1);
	for (int step = 1; step <= count; step++) {
		g_autofree char *folded = g_utf8_casefold(field->choices[(at + step) % count], -1);
		if (g_str_has_prefix(folded, letter)) {
			field->choice = (guint)((at + step) % count);
			break;
		}
	}
	return TRUE;
}

static FormResult field_key(Form *form, Field *field, const Key *key, guint primary, guint *button)
{
	gboolean left = strcmp(key->name, "Left") == 0, right = strcmp(key->name, "Right") == 0, space = strcmp(key->name, " ") == 0;
	if (field->edit.lines && strcmp(key->name, "Alt-Enter") == 0) {
		Key newline = { .type = KEY_TYPE_PASTE, .name = "Paste", .text = "\n", .length = 1 };
		return edit_key(&field->edit, &newline) ? FORM_USED : FORM_NOTHING;
	}
	if (strcmp(key->name, "Enter") == 0) {
		guint last = form->fields->len;
		while (last > 0 && !takes_focus(form, last - 1))
			last--;
		if (form->focus + 1 < last) {
			move_focus(form, 1);
			return FORM_USED;
		}
		*button = primary;
		return FORM_PRESSED;
	}
	if (field->type == FIELD_FLAG && (left || right || space)) {
		field->choice = !field->choice;
		return FORM_USED;
	}
	if (field->type == FIELD_CHOICES && space && field->choices[0]) {
		field->taken[field->choice] = !field->taken[field->choice];
		return FORM_USED;
	}
	if (field->type == FIELD_CHOICE || field->type == FIELD_CHOICES) {
		Key next = { .type = KEY_TYPE_NAMED, .name = "Right" };
		return choice_key(field, space ? &next : key) ? FORM_USED : FORM_NOTHING;
	}
	if (field->type == FIELD_TEXT || field->type == FIELD_SECRET)
		return edit_key(&field->edit, key) ? FORM_USED : FORM_NOTHING;
	return FORM_NOTHING;
}

FormResult form_key(Form *form, const Key *key, guint primary, guint *button)
{
	const char *name = key->name;
	if (form->fields->len + form->buttons->len == 0)
		return FORM_NOTHING;
	if (!takes_focus(form, form->focus))
		move_focus(form, 1);
	if (strcmp(name, "Tab") == 0 || strcmp(name, "Down") == 0) {
		move_focus(form, 1);
		return FORM_USED;
	}
	if (strcmp(name, "Shift-Tab") == 0 || strcmp(name, "Up") == 0) {
		move_focus(form, -1);
		return FORM_USED;
	}
	if (form->focus < form->fields->len)
		return field_key(form, form->fields->pdata[form->focus], key, primary, button);
	guint at = form->focus - form->fields->len;
	if (strcmp(name, "Enter") == 0 || strcmp(name, " ") == 0) {
		*button = at;
		return FORM_PRESSED;
	}
	if (strcmp(name, "Right") == 0 && at + 1 < form->buttons->len)
		form->focus++;
	else if (strcmp(name, "Left") == 0 && at > 0)
		form->focus--;
	else if (key->type != KEY_TYPE_TEXT && strcmp(name, "Left") != 0 && strcmp(name, "Right") != 0)
		return FORM_NOTHING;
	return FORM_USED;
}

int form_rows(const Form *form)
{
	return (int)form->fields->len + (form->buttons->len ? (form->fields->len ? 2 : 1) : 0);
}

static void draw_field(Field *field, WINDOW *window, int y, int x, int columns, int label, gboolean focus, int *cursor_y, int *cursor_x)
{
	if (field->type == FIELD_LABEL) {
		paint_text(window, y, x, columns, STYLE_BOX, field->label);
		return;
	}
	g_autofree char *name = g_strdup_printf("%s%s", field->label ? field->label : field->id, field->required ? " *" : "");
	paint_text(window, y, x, label, focus ? STYLE_BOX_TITLE : STYLE_BOX, name);
	int at = x + label + 1, wide = columns - label - 1;
	if (field->type == FIELD_FLAG) {
		paint_text(window, y, at, wide, focus ? STYLE_CHOSEN : STYLE_BOX, field->choice ? "[x] yes" : "[ ] no");
		return;
	}
	if (field->type == FIELD_CHOICE || field->type == FIELD_CHOICES) {
		guint count = g_strv_length(field->choices), taken = 0;
		for (guint i = 0; i < count; i++)
			taken += field->taken && field->taken[i] ? 1 : 0;
		const char *shown = count ? field->choices[field->choice] : "";
		g_autofree char *text = field->type == FIELD_CHOICES ? g_strdup_printf("‹ [%c] %s › %u of %u", count && field->taken[field->choice] ? 'x' : ' ', shown, taken, count)
		                      : count > 10 ? g_strdup_printf("‹ %s › %u of %u", shown, field->choice + 1, count) : g_strdup_printf("‹ %s ›", shown);
		paint_text(window, y, at, wide, focus ? STYLE_CHOSEN : STYLE_BOX, text);
		return;
	}
	g_autofree char *shown = edit_shown(&field->edit, FALSE), *before = edit_shown(&field->edit, TRUE);
	g_autofree char *clean = wrap_prepare(shown, TEXT_LINE, paint_emoji());
	paint_fill(window, y, at, wide, STYLE_FIELD);
	int used = paint_columns(before), skip = MAX(0, used - wide + 1);
	gsize from = wrap_fit(clean, -1, skip, NULL);
	paint_prepared(window, y, at, wide, STYLE_FIELD, clean + from, strlen(clean + from));
	if (!*shown && field->hint)
		paint_text(window, y, at, wide, STYLE_FIELD_HINT, field->hint);
	if (focus) {
		*cursor_y = y;
		*cursor_x = at + MIN(wide - 1, used - skip);
	}
}

void form_draw(Form *form, WINDOW *window, int y, int x, int rows, int columns, int *cursor_y, int *cursor_x)
{
	*cursor_y = *cursor_x = -1;
	if (form->fields->len && !takes_focus(form, form->focus))
		move_focus(form, 1);
	int label = MIN(form->label, columns / 2);
	int field_rows = form->buttons->len ? rows - (rows > 2 && form->fields->len ? 2 : 1) : rows;
	if (form->focus < form->fields->len) {
		if (form->focus < form->top)
			form->top = form->focus;
		if ((int)form->focus >= (int)form->top + field_rows)
			form->top = form->focus - (guint)MAX(field_rows, 1) + 1;
	}
	form->top = MIN(form->top, form->fields->len - MIN(form->fields->len, (guint)MAX(field_rows, 0))); /* there may be more room now */
	int at = y;
	for (guint i = form->top; i < form->fields->len && at < y + field_rows; i++)
		draw_field(form->fields->pdata[i], window, at++, x, columns, label, i == form->focus, cursor_y, cursor_x);
	guint hidden = form->fields->len - form->top - (guint)(at - y);
	if (hidden > 0 && at > y && (rows > 2 || !form->buttons->len)) { /* else it would hide the one field that is shown */
		g_autofree char *more = g_strdup_printf(" ↓ %u more", hidden);
		paint_right(window, form->buttons->len && rows > 2 ? at : at - 1, x, columns, STYLE_BOX_TITLE, more);
	}
	if (form->buttons->len == 0)
		return;
	int button_y = MIN(y + rows - 1, at + (form->fields->len && rows > 2 ? 1 : 0)), button_x = x;
	/* From the chosen one backwards so many as fit. */
	guint chosen = form->focus >= form->fields->len ? form->focus - form->fields->len : 0, first = chosen;
	int wide = paint_columns(form->buttons->pdata[chosen]) + 4;
	while (first > 0 && wide + paint_columns(form->buttons->pdata[first - 1]) + 5 <= columns)
		wide += paint_columns(form->buttons->pdata[--first]) + 5;
	for (guint i = first; i < form->buttons->len && button_x < x + columns; i++) {
		gboolean focus = form->focus == form->fields->len + i;
		g_autofree char *text = g_strdup_printf(focus ? "▸ %s ◂" : "  %s  ", (char *)form->buttons->pdata[i]);
		button_x += paint_text(window, button_y, button_x, x + columns - button_x, focus ? STYLE_CHOSEN : STYLE_FIELD, text) + 1;
	}
}
