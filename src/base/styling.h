/* styling.h: what of a message's words is strong, emphasized, struck out, code or a quotation (XEP-0393).
 *
 * Pure. The marks stay in the text and belong to what they mark. One pass over the text; quotations are told apart to a fixed depth, and what
 * is nested deeper is plain text of the deepest one.
 */
#pragma once
#include <glib.h>

enum { STYLING_STRONG = 1, STYLING_EMPHASIS = 2, STYLING_STRIKE = 4, STYLING_CODE = 8, STYLING_QUOTE = 16, STYLING_UNDERLINE = 32 };

typedef struct {
	guint32 start, length; /* bytes of the text */
	guint bits;
	gint8 front, back;     /* colours by their number in markup.h; -1: none. XEP-0393 has none, and its bits are never 0 */
} StylingRun;

/* The styled parts of text (valid UTF-8) from byte start on, in their order, none overlapping; NULL if nothing is styled. Free with g_array_unref. */
GArray *styling_parse(const char *text, gsize start);
