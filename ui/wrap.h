/* wrap.h: text to lines of a given width. Pure: no curses, no I/O, O(n).
 *
 * A prepared text is clean (text_clean) and holds only characters that have columns; with WRAP_SIMPLE_EMOJI, also only such whose
 * columns every terminal agrees on: a sequence of joined emoji is shown by its first one.
 * All widths are columns; all offsets are bytes of the prepared text.
 */
#pragma once
#include "base/text.h"

typedef struct {
	guint32 start, length; /* bytes; trailing spaces are not in it */
	guint32 columns;
} WrapLine;

typedef enum { WRAP_ALL_EMOJI, WRAP_SIMPLE_EMOJI } WrapEmoji;

/* Cleans and prepares; free it. text may be NULL. */
char *wrap_prepare(const char *text, TextShape shape, WrapEmoji emoji);
/* The columns of length bytes (-1: all) of a prepared text without newlines. */
int wrap_columns(const char *text, gssize length);
/* Bytes of the longest beginning of a prepared text (length bytes, -1: all) that fits into columns, whole clusters only; used (may be NULL) gets its columns. */
gsize wrap_fit(const char *text, gssize length, int columns, int *used);
/* Breaks a prepared text into lines of WrapLine: at newlines, at places where lines may break, inside words that are longer than
 * a line, never inside a cluster. Always at least one line. Free with g_array_unref. */
GArray *wrap_lines(const char *text, int width);
