/* paint.h: text onto a curses window, clipped to columns. Everything but paint_prepared cleans what it is given. */
#pragma once
#include "screen.h"
#include "wrap.h"

/* How emoji are shown from now on. */
void paint_set_emoji(WrapEmoji emoji);
WrapEmoji paint_emoji(void);

/* Draws text in at most columns, shortened with … where it does not fit; returns the columns used. */
int paint_text(WINDOW *window, int y, int x, int columns, int role, const char *text);
/* The same at the right end of the columns; returns the columns used. */
int paint_right(WINDOW *window, int y, int x, int columns, int role, const char *text);
/* Draws a text wrapped at columns, at most rows; returns the rows used. */
int paint_words(WINDOW *window, int y, int x, int rows, int columns, int role, const char *text);
/* Draws length bytes of a prepared text; returns the columns used. */
int paint_prepared(WINDOW *window, int y, int x, int columns, int role, const char *text, gsize length);
/* Blanks columns in the colours of a role. */
void paint_fill(WINDOW *window, int y, int x, int columns, int role);
/* A horizontal line, with text in it if there is any. */
void paint_rule(WINDOW *window, int y, int x, int columns, int role, int text_role, const char *text);
/* A vertical line. */
void paint_wall(WINDOW *window, int y, int x, int rows, int role);
/* The columns text takes when drawn. */
int paint_columns(const char *text);
