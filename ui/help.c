/* help.c: see help.h. */
#include "config.h"
#include "help.h"

#include <string.h>

#define KEY_COLUMNS 17

/* A line as it is shown: a heading, or words behind a key or a name. */
typedef struct {
	const char *key; /* NULL: none */
	const char *text;
	guint length;
	gboolean heading;
} Line;

typedef struct {
	View view;
	App *app;
	char *title;
	GString *text;    /* lines; what stands before a tab is a key or a name; a line that begins with = is a heading */
	GPtrArray *parts; /* of char *, owned: the prepared text that lines point into */
	GArray *lines;    /* of Line */
	int width, top, rows;
} HelpView;

/* A second key stands beside the first where both fit. */
static gboolean goes_beside(const KeyBinding *row, const KeyBinding *other)
{
	return other != row && other->context == row->context && strcmp(other->action, row->action) == 0 && strlen(row->key) + strlen(other->key) + 1 < KEY_COLUMNS - 2;
}

/* The keys of an action in a context, as one text. */
static char *keys_of(const KeyBinding *row)
{
	GString *out = g_string_new(row->key);
	for (const KeyBinding *other = keys_table; other->key; other++)
		if (goes_beside(row, other))
			g_string_append_printf(out, " %s", other->key);
	return g_string_free(out, FALSE);
}

static gboolean was_listed(const KeyBinding *row)
{
	for (const KeyBinding *other = keys_table; other != row; other++)
		if (goes_beside(row, other))
			return TRUE;
	return FALSE;
}

static void add_keys(HelpView *help)
{
	for (int context = 0; context < KEYS_CONTEXTS; context++) {
		g_string_append_printf(help->text, "%s=Keys %s\n", context ? "\n" : "", keys_context_names[context]);
		for (const KeyBinding *row = keys_table; row->key; row++) {
			if ((int)row->context != context || !row->note || was_listed(row))
				continue;
			g_autofree char *keys = keys_of(row);
			g_string_append_printf(help->text, "%s\t%s\n", keys, row->note);
		}
	}
}

static void add_signs(HelpView *help)
{
	g_string_append(help->text,
		"\n=Signs\n"
		"People\t● online  ◐ away  ◑ away for long  ◆ do not disturb  ○ offline  · unknown\n"
		"Accounts\t● online  ◌ connecting  ◔ waits to try again  ✗ needs you  ○ offline\n"
		"Your messages\t◌ waiting here  ✓ sent  ✓✓ delivered  ✓✓✓ read  ! not sent\n"
		"Counts\t3 unread  3! one of them mentions you  ✎ typing\n"
		"Messages\t┌ what it answers  (edited) or ✎ corrected  ✗ taken back  📎 a file  [👍] your own reaction\n"
		"Rooms\t# entered  ★ a bookmark that is entered by itself  ☆ a bookmark\n"
		"People in rooms\t~ owner  & administrator  @ moderator  + member  - may not speak\n");
}

static void add_commands(HelpView *help)
{
	g_string_append(help->text, "\n=Commands (/help NAME says more)\n");
	for (guint i = 0; commands_table[i] && commands_table[i]->name; i++)
		g_string_append_printf(help->text, "/%s\t%s\n", commands_table[i]->name, commands_table[i]->summary);
}

static void add_lines(HelpView *help, const char *key, const char *text, int width, gboolean heading)
{
	g_autoptr(GArray) wrapped = wrap_lines(text, width);
	for (guint i = 0; i < wrapped->len; i++) {
		const WrapLine *at = &g_array_index(wrapped, WrapLine, i);
		Line line = { .key = i == 0 ? key : NULL, .text = text + at->start, .length = at->length, .heading = heading };
		if (key && i > 0)
			line.key = "";
		g_array_append_val(help->lines, line);
	}
}

static const char *keep(HelpView *help, const char *text)
{
	char *shown = wrap_prepare(text, TEXT_LINE, WRAP_ALL_EMOJI);
	g_ptr_array_add(help->parts, shown);
	return shown;
}

static void wrap(HelpView *help, int columns)
{
	if (help->lines && help->width == columns)
		return;
	g_clear_pointer(&help->lines, g_array_unref);
	g_clear_pointer(&help->parts, g_ptr_array_unref);
	help->lines = g_array_new(FALSE, FALSE, sizeof(Line));
	help->parts = g_ptr_array_new_with_free_func(g_free);
	help->width = columns;
	g_auto(GStrv) lines = g_strsplit(help->text->str, "\n", -1);
	for (char **line = lines; *line; line++) {
		char *tab = strchr(*line, '\t');
		if (tab) {
			*tab = 0;
			const char *key = keep(help, *line);
			add_lines(help, key, keep(help, tab + 1), MAX(8, columns - KEY_COLUMNS), FALSE);
		} else {
			gboolean heading = **line == '=';
			add_lines(help, NULL, keep(help, *line + (heading ? 1 : 0)), columns, heading);
		}
	}
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	HelpView *help = (HelpView *)view;
	wrap(help, columns);
	help->rows = rows;
	help->top = CLAMP(help->top, 0, MAX(0, (int)help->lines->len - rows));
	for (int i = 0; i < rows && help->top + i < (int)help->lines->len; i++) {
		const Line *line = &g_array_index(help->lines, Line, help->top + i);
		int indent = line->key ? MIN(KEY_COLUMNS, columns - 8) : 0;
		if (line->key)
			paint_text(window, y + i, x + 1, indent - 2, STYLE_BOX_KEY, line->key);
		paint_prepared(window, y + i, x + indent, columns - indent, line->heading ? STYLE_BOX_TITLE : STYLE_BOX, line->text, line->length);
	}
	if (help->top + rows < (int)help->lines->len)
		paint_right(window, y + rows - 1, x, columns, STYLE_BOX_TITLE, " ↓ more");
}

static gboolean on_key(View *view, const Key *key)
{
	HelpView *help = (HelpView *)view;
	static const struct {
		const char *name;
		int lines, pages;
	} moves[] = {
		{ "Up", -1, 0 }, { "Down", 1, 0 }, { "PageUp", 0, -1 }, { "PageDown", 0, 1 }, { " ", 0, 1 }, { "Home", -1000000, 0 }, { "End", 1000000, 0 },
		{ "k", -1, 0 }, { "j", 1, 0 },
	};
	for (guint i = 0; i < G_N_ELEMENTS(moves); i++)
		if (strcmp(moves[i].name, key->name) == 0) {
			help->top = CLAMP(help->top + moves[i].lines + moves[i].pages * MAX(1, help->rows - 1), 0, help->lines ? (int)help->lines->len : 0);
			return TRUE;
		}
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "q") == 0 || strcmp(key->name, "Enter") == 0 || strcmp(key->name, "F1") == 0) {
		app_show(help->app, NULL);
		return TRUE;
	}
	return key->type == KEY_TYPE_TEXT;
}

static void free_view(View *view)
{
	HelpView *help = (HelpView *)view;
	g_string_free(help->text, TRUE);
	g_clear_pointer(&help->lines, g_array_unref);
	g_clear_pointer(&help->parts, g_ptr_array_unref);
	g_free(help->title);
	g_free(help);
}

static const ViewKind help_kind = { .place = VIEW_WIDE, .draw = draw, .key = on_key, .free = free_view };

View *help_view_new(App *app, const char *about)
{
	HelpView *help = g_new0(HelpView, 1);
	help->app = app;
	help->text = g_string_new(NULL);
	const Command *command = about ? commands_find(*about == '/' ? about + 1 : about, TRUE) : NULL;
	if (command) {
		g_autofree char *text = commands_help(command);
		g_string_append(help->text, text);
		help->title = g_strdup_printf("/%s", command->name);
	} else {
		if (about)
			g_string_append_printf(help->text, "There is no command \"%s\".\n\n", about);
		add_keys(help);
		add_signs(help);
		add_commands(help);
		help->title = g_strdup("Help");
	}
	help->view = (View){ .kind = &help_kind, .title = help->title, .hint = "↑ ↓ PageUp PageDown scroll   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	return &help->view;
}
