/* paint.c: see paint.h. The last gate before the terminal: no byte of foreign text gets around wrap_prepare. */
#include "config.h"
#include "paint.h"

#include <string.h>

static WrapEmoji emoji_now = WRAP_SIMPLE_EMOJI;

void paint_set_emoji(WrapEmoji emoji)
{
	emoji_now = emoji;
}

WrapEmoji paint_emoji(void)
{
	return emoji_now;
}

int paint_prepared(WINDOW *window, int y, int x, int columns, int role, const char *text, gsize length)
{
	int used = 0;
	gsize fits = wrap_fit(text, length, columns, &used);
	if (fits == 0)
		return 0;
	screen_role(window, role);
	mvwaddnstr(window, y, x, text, (int)fits);
	return used;
}

static int draw(WINDOW *window, int y, int x, int columns, int role, const char *text, gboolean right)
{
	if (columns <= 0 || !text || !*text)
		return 0;
	g_autofree char *shown = wrap_prepare(text, TEXT_LINE, emoji_now);
	gsize length = strlen(shown);
	int wide = 0;
	gsize fits = wrap_fit(shown, length, columns, &wide);
	if (fits == length)
		return paint_prepared(window, y, right ? x + columns - wide : x, columns, role, shown, length);
	int used = 0;
	fits = wrap_fit(shown, length, columns - 1, &used);
	g_autofree char *cut = g_strdup_printf("%.*s…", (int)fits, shown);
	return paint_prepared(window, y, right ? x + columns - used - 1 : x, columns, role, cut, strlen(cut));
}

int paint_text(WINDOW *window, int y, int x, int columns, int role, const char *text)
{
	return draw(window, y, x, columns, role, text, FALSE);
}

int paint_right(WINDOW *window, int y, int x, int columns, int role, const char *text)
{
	return draw(window, y, x, columns, role, text, TRUE);
}

void paint_fill(WINDOW *window, int y, int x, int columns, int role)
{
	if (columns <= 0)
		return;
	screen_role(window, role);
	cchar_t blank;
	attr_t attributes;
	short pair;
	int extended;
	wattr_get(window, &attributes, &pair, &extended);
	setcchar(&blank, L" ", attributes, pair, &extended);
	mvwhline_set(window, y, x, &blank, columns);
}

static void line(WINDOW *window, int y, int x, int length, int role, const wchar_t *sign, gboolean vertical)
{
	if (length <= 0)
		return;
	screen_role(window, role);
	cchar_t cell;
	attr_t attributes;
	short pair;
	int extended;
	wattr_get(window, &attributes, &pair, &extended);
	setcchar(&cell, sign, attributes, pair, &extended);
	if (vertical)
		mvwvline_set(window, y, x, &cell, length);
	else
		mvwhline_set(window, y, x, &cell, length);
}

void paint_wall(WINDOW *window, int y, int x, int rows, int role)
{
	line(window, y, x, rows, role, L"│", TRUE);
}

void paint_rule(WINDOW *window, int y, int x, int columns, int role, int text_role, const char *text)
{
	line(window, y, x, columns, role, L"─", FALSE);
	if (!text || !*text || columns < 6)
		return;
	g_autofree char *padded = g_strdup_printf(" %s ", text);
	int wide = MIN(paint_columns(padded), columns - 2);
	paint_text(window, y, x + (columns - wide) / 2, wide, text_role, padded);
}

int paint_columns(const char *text)
{
	g_autofree char *shown = wrap_prepare(text, TEXT_LINE, emoji_now);
	return wrap_columns(shown, -1);
}

int paint_words(WINDOW *window, int y, int x, int rows, int columns, int role, const char *text)
{
	g_autofree char *shown = wrap_prepare(text, TEXT_LINES, paint_emoji());
	g_autoptr(GArray) lines = wrap_lines(shown, columns);
	int i = 0;
	for (; i < (int)lines->len && i < rows; i++) {
		const WrapLine *line = &g_array_index(lines, WrapLine, i);
		paint_prepared(window, y + i, x, columns, role, shown + line->start, line->length);
	}
	return i;
}
