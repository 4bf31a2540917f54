/* card-text.c: see card-text.h. The words come from the network: they are cleaned and wrapped here, as everywhere. */
#include "config.h"
#include "card-text.h"

#include <string.h>

#define TEXT_MOST (256 * 1024) /* more is not read by anybody */

typedef struct {
	View view;
	App *app;
	char *title;
	GString *text;
	char *shown; /* prepared; NULL: to be made anew */
	GArray *lines;
	int width, top, rows;
	gboolean waiting;
	guint serial;
} CardText;

static CardText *the_card; /* answers that come after it was closed are for nobody */

static void add(CardText *card, const char *text)
{
	if (!text || card->text->len > TEXT_MOST)
		return;
	if (card->text->len)
		g_string_append_c(card->text, '\n');
	g_string_append(card->text, text);
	g_clear_pointer(&card->shown, g_free);
	app_dirty(card->app, DIRTY_VIEW);
}

static void on_answer(const Wire *answer, gpointer context, gpointer user G_GNUC_UNUSED)
{
	CardText *card = the_card;
	if (!card || card->serial != GPOINTER_TO_UINT(context))
		return;
	if (answer->kind == WIRE_PRINT) {
		add(card, ((const WirePrint *)answer)->text);
		return;
	}
	card->waiting = FALSE;
	add(card, answer->kind == WIRE_DONE ? ((const WireDone *)answer)->text : ((const WireError *)answer)->text);
	if (!card->text->len)
		add(card, "nothing is known");
	app_dirty(card->app, DIRTY_VIEW);
}

static void wrap(CardText *card, int columns)
{
	if (card->shown && card->width == columns)
		return;
	g_autofree char *words = g_strdup_printf("%s%s%s", card->text->str, card->text->len && card->waiting ? "\n" : "", card->waiting ? "the network is being asked …" : "");
	g_clear_pointer(&card->lines, g_array_unref);
	g_free(card->shown);
	card->shown = wrap_prepare(words, TEXT_LINES, WRAP_SIMPLE_EMOJI);
	card->lines = wrap_lines(card->shown, columns);
	card->width = columns;
}

static void size(const View *view, int *rows, int *columns)
{
	CardText *card = (CardText *)view;
	*columns = MIN(*columns, 84);
	wrap(card, *columns);
	*rows = CLAMP((int)card->lines->len, 3, *rows);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	CardText *card = (CardText *)view;
	wrap(card, columns);
	card->rows = rows;
	card->top = CLAMP(card->top, 0, MAX(0, (int)card->lines->len - rows));
	for (int i = 0; i < rows && card->top + i < (int)card->lines->len; i++) {
		const WrapLine *line = &g_array_index(card->lines, WrapLine, card->top + i);
		paint_prepared(window, y + i, x, columns, STYLE_BOX, card->shown + line->start, line->length);
	}
	if (card->top + rows < (int)card->lines->len)
		paint_right(window, y + rows - 1, x, columns, STYLE_BOX_TITLE, " ↓ more");
}

static gboolean on_key(View *view, const Key *key)
{
	CardText *card = (CardText *)view;
	static const struct {
		const char *name;
		int lines, pages;
	} moves[] = { { "Up", -1, 0 }, { "Down", 1, 0 }, { "PageUp", 0, -1 }, { "PageDown", 0, 1 }, { " ", 0, 1 }, { "Home", -1000000, 0 }, { "End", 1000000, 0 } };
	for (guint i = 0; i < G_N_ELEMENTS(moves); i++)
		if (strcmp(moves[i].name, key->name) == 0) {
			card->top = MAX(0, card->top + moves[i].lines + moves[i].pages * MAX(1, card->rows - 1));
			return TRUE;
		}
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "Enter") == 0 || strcmp(key->name, "q") == 0) {
		app_show(card->app, NULL);
		return TRUE;
	}
	return key->type == KEY_TYPE_TEXT;
}

static void free_view(View *view)
{
	CardText *card = (CardText *)view;
	if (the_card == card)
		the_card = NULL;
	g_string_free(card->text, TRUE);
	g_clear_pointer(&card->lines, g_array_unref);
	g_free(card->shown);
	g_free(card->title);
	g_free(card);
}

static const ViewKind kind = { .place = VIEW_CENTER, .size = size, .draw = draw, .key = on_key, .free = free_view };

View *card_text_new(App *app, const char *title, const char *line, const char *account, const char *address)
{
	static guint serial;
	CardText *card = g_new0(CardText, 1);
	card->app = app;
	card->title = g_strdup(title);
	card->text = g_string_new(NULL);
	card->serial = ++serial;
	card->waiting = TRUE;
	card->view = (View){ .kind = &kind, .title = card->title, .hint = "↑ ↓ PageUp PageDown scroll   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	the_card = card;
	if (!attach_command(app->attach, line, account, address, NULL, on_answer, GUINT_TO_POINTER(card->serial), NULL)) {
		card->waiting = FALSE;
		add(card, "the hub is not there");
	}
	return &card->view;
}
