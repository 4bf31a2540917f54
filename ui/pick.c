/* pick.c: see pick.h. A field to type in takes all letters but the keys of the choices while it is empty. */
#include "config.h"
#include "pick.h"

#include "edit.h"

#include <string.h>

typedef struct {
	View view;
	App *app;
	char *title;
	GPtrArray *texts; /* of char *, owned */
	GArray *keys;     /* of char */
	GArray *marks;    /* of gboolean */
	gboolean has_field;
	const char *field;
	Edit edit;
	int chosen, top;
	PickTaken taken;
	gpointer context;
	GDestroyNotify free_context;
} Pick;

static void take(Pick *pick, int index)
{
	App *app = pick->app;
	PickTaken taken = pick->taken;
	gpointer context = g_steal_pointer(&pick->context);
	GDestroyNotify free_context = pick->free_context;
	g_autofree char *typed = index < 0 ? g_strdup(pick->edit.text) : NULL;
	app_show(app, NULL);
	taken(app, index, typed, context);
	if (free_context)
		free_context(context);
}

static int choice_of_key(const Pick *pick, const Key *key)
{
	if (key->type != KEY_TYPE_TEXT || key->length != 1 || pick->edit.length)
		return -1;
	for (guint i = 0; i < pick->keys->len; i++)
		if (g_array_index(pick->keys, char, i) && g_array_index(pick->keys, char, i) == key->text[0])
			return (int)i;
	return -1;
}

static gboolean on_key(View *view, const Key *key)
{
	Pick *pick = (Pick *)view;
	int count = (int)pick->texts->len, by_key = choice_of_key(pick, key);
	if (by_key >= 0) {
		take(pick, by_key);
		return TRUE;
	}
	if (strcmp(key->name, "Escape") == 0)
		app_show(pick->app, NULL);
	else if (strcmp(key->name, "Enter") == 0)
		take(pick, pick->edit.length ? -1 : pick->chosen);
	else if (strcmp(key->name, "Up") == 0 || strcmp(key->name, "Shift-Tab") == 0)
		pick->chosen = MAX(0, pick->chosen - 1);
	else if (strcmp(key->name, "Down") == 0 || strcmp(key->name, "Tab") == 0)
		pick->chosen = MIN(count - 1, pick->chosen + 1);
	else if (pick->has_field && edit_key(&pick->edit, key))
		return TRUE;
	else
		return key->type != KEY_TYPE_NAMED;
	return TRUE;
}

static void size(const View *view, int *rows, int *columns)
{
	const Pick *pick = (const Pick *)view;
	int wide = paint_columns(pick->title);
	for (guint i = 0; i < pick->texts->len; i++)
		wide = MAX(wide, paint_columns(pick->texts->pdata[i]) + 6);
	if (pick->has_field)
		wide = MAX(wide, paint_columns(pick->field) + 4);
	*rows = MIN(*rows, (int)pick->texts->len + (pick->has_field ? 1 : 0));
	*columns = MIN(*columns, wide + 2);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	Pick *pick = (Pick *)view;
	int room = rows - (pick->has_field && rows > 1 ? 1 : 0);
	if (pick->chosen < pick->top)
		pick->top = pick->chosen;
	if (pick->chosen >= pick->top + room)
		pick->top = pick->chosen - room + 1;
	for (int i = 0; i < room && pick->top + i < (int)pick->texts->len; i++) {
		int at = pick->top + i;
		gboolean chosen = at == pick->chosen && !pick->edit.length;
		int role = chosen ? STYLE_CHOSEN : STYLE_BOX;
		char key[2] = { g_array_index(pick->keys, char, at), 0 };
		paint_fill(window, y + i, x, columns, role);
		paint_text(window, y + i, x, 1, role, chosen ? "▸" : "");
		paint_text(window, y + i, x + 2, 1, chosen ? role : STYLE_BOX_KEY, key);
		int used = paint_text(window, y + i, x + 4, columns - 6, role, pick->texts->pdata[at]);
		if (g_array_index(pick->marks, gboolean, at))
			paint_text(window, y + i, x + 5 + used, 1, role, "✓");
	}
	if (pick->top + room < (int)pick->texts->len && room > 0)
		paint_right(window, y + room - 1, x, columns, STYLE_BOX_TITLE, " ↓");
	if (!pick->has_field || rows < 2)
		return;
	g_autofree char *shown = edit_shown(&pick->edit, FALSE), *before = edit_shown(&pick->edit, TRUE);
	paint_fill(window, y + rows - 1, x, columns, STYLE_FIELD);
	paint_text(window, y + rows - 1, x, columns, *shown ? STYLE_FIELD : STYLE_FIELD_HINT, *shown ? shown : pick->field);
	view->cursor_y = y + rows - 1;
	view->cursor_x = x + MIN(columns - 1, paint_columns(before));
}

static void free_view(View *view)
{
	Pick *pick = (Pick *)view;
	if (pick->context && pick->free_context)
		pick->free_context(pick->context);
	edit_clear(&pick->edit);
	g_ptr_array_unref(pick->texts);
	g_array_unref(pick->keys);
	g_array_unref(pick->marks);
	g_free(pick->title);
	g_free(pick);
}

static const ViewKind pick_kind = { .place = VIEW_LOW, .size = size, .draw = draw, .key = on_key, .free = free_view };

void pick_view_add(View *view, const PickChoice *choice)
{
	Pick *pick = (Pick *)view;
	g_ptr_array_add(pick->texts, g_strdup(choice->text));
	g_array_append_val(pick->keys, choice->key);
	g_array_append_val(pick->marks, choice->marked);
}

View *pick_view_new(App *app, const char *title, const PickChoice *choices, const char *field, PickTaken taken, gpointer context, GDestroyNotify free_context)
{
	Pick *pick = g_new0(Pick, 1);
	pick->app = app;
	pick->title = g_strdup(title);
	pick->texts = g_ptr_array_new_with_free_func(g_free);
	pick->keys = g_array_new(FALSE, FALSE, sizeof(char));
	pick->marks = g_array_new(FALSE, FALSE, sizeof(gboolean));
	for (; choices->text; choices++)
		pick_view_add(&pick->view, choices);
	pick->has_field = field != NULL;
	pick->field = field;
	edit_init(&pick->edit, FALSE);
	pick->taken = taken;
	pick->context = context;
	pick->free_context = free_context;
	pick->view = (View){ .kind = &pick_kind, .title = pick->title, .hint = "↑ ↓ choose   Enter takes it   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	return &pick->view;
}
