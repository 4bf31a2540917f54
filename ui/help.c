/* help.c: see help.h. */
#include "config.h"
#include "help.h"

#include <string.h>

typedef struct {
	View view;
	App *app;
	char *title;
	GString *text;
	char *shown;
	GArray *lines;
	int width, top, rows;
} HelpView;

static void add_keys(HelpView *help)
{
	for (int context = 0; context < KEYS_CONTEXTS; context++) {
		g_string_append_printf(help->text, "%sKeys %s\n", context ? "\n" : "", keys_context_names[context]);
		for (const KeyBinding *row = keys_table; row->key; row++)
			if ((int)row->context == context && row->note)
				g_string_append_printf(help->text, "  %-14s %s\n", row->key, row->note);
	}
}

static void add_signs(HelpView *help)
{
	g_string_append(help->text,
		"\nSigns\n"
		"  People         ● online  ◐ away  ◑ away for long  ◆ do not disturb  ○ offline  · unknown\n"
		"  Accounts       ● online  ◌ connecting  ◔ waits to try again  ✗ needs you  ○ offline\n"
		"  Your messages  ◌ waiting here  ✓ sent  ✓✓ delivered  ✓✓✓ read  ! not sent\n"
		"  Counts         3 unread  3! one of them mentions you  ✎ typing\n");
}

static void add_commands(HelpView *help)
{
	g_string_append(help->text, "\nCommands (/help NAME says more)\n");
	for (guint i = 0; commands_table[i] && commands_table[i]->name; i++)
		g_string_append_printf(help->text, "  /%-13s %s\n", commands_table[i]->name, commands_table[i]->summary);
}

static void wrap(HelpView *help, int columns)
{
	if (help->lines && help->width == columns)
		return;
	g_clear_pointer(&help->lines, g_array_unref);
	help->lines = wrap_lines(help->shown, columns);
	help->width = columns;
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	HelpView *help = (HelpView *)view;
	wrap(help, columns);
	help->rows = rows;
	help->top = CLAMP(help->top, 0, MAX(0, (int)help->lines->len - rows));
	for (int i = 0; i < rows && help->top + i < (int)help->lines->len; i++) {
		const WrapLine *line = &g_array_index(help->lines, WrapLine, help->top + i);
		const char *text = help->shown + line->start;
		int role = line->length && *text != ' ' ? STYLE_BOX_TITLE : STYLE_BOX;
		paint_prepared(window, y + i, x, columns, role, text, line->length);
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
	g_free(help->shown);
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
	help->shown = wrap_prepare(help->text->str, TEXT_LINES, WRAP_ALL_EMOJI);
	help->view = (View){ .kind = &help_kind, .title = help->title, .hint = "↑ ↓ PageUp PageDown scroll   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	return &help->view;
}
