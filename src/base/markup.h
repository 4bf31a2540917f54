/* markup.h: how the sender of a message wanted its words to look: bold, underlined, coloured and so on, in a form that all programs of kith share.
 *
 * A message is plain text; its markup is a string of spans beside it, "b0-5 c20-30 f4:0-9", counted in characters (code points), the end not
 * included: b bold, i italic, u underlined, s struck out, c code, q quotation; f and g with one of mIRC's colours, 0 to 98, as colour of the words
 * and behind them. Spans are sorted by where they begin and may overlap; of two colours the later one counts. Nothing that is written here is
 * trusted: what is no span, out of order, outside the text or more than MARKUP_SPANS_MAX is passed over. Pure.
 */
#pragma once
#include "base/styling.h"

#define MARKUP_SPANS_MAX 256
#define MARKUP_COLOURS 99

typedef struct {
	guint32 start, end; /* characters */
	char kind;          /* a letter as above */
	gint8 colour;       /* of f and g; else -1 */
} MarkupSpan;

/* The good spans of a markup (may be NULL) for a text of so many characters. Free with g_array_unref. */
GArray *markup_parse(const char *markup, gsize characters);
/* Spans, in any order, as a markup; NULL if there are none. Free with g_free. */
char *markup_write(const GArray *spans);
/* The markup of what remains of a text whose first skip characters are left out and which has so many characters then; NULL if none is left. */
char *markup_part(const char *markup, gsize skip, gsize characters);
/* The parts of text that markup gives another look, in their order, none overlapping; none begins between a character and its marks. NULL if there
 * are none. Free with g_array_unref. */
GArray *markup_runs(const char *markup, const char *text);

/* 0xRRGGBB of a colour by its number. */
guint32 markup_rgb(int colour);
/* The number of the nearest one of the first count colours. */
int markup_nearest(guint32 rgb, int count);
