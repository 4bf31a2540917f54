/* styling.c: see styling.h. Blocks line by line, then the spans inside a line. XEP-0393 section 5.
 *
 * Time is linear because the search for the end of a span only moves forward: for each directive the next place where it could end
 * a span is kept, and asked for with growing positions only.
 */
#include "config.h"
#include "base/styling.h"

#include <string.h>

#define QUOTES_MAX 8
#define SPANS_MAX 4
#define FENCE "```"

static const struct {
	char sign;
	guint8 bit;
} directives[] = { { '*', STYLING_STRONG }, { '_', STYLING_EMPHASIS }, { '~', STYLING_STRIKE }, { '`', STYLING_CODE } };

/* A line's content, and what is known of it. */
typedef struct {
	const char *text;
	gsize start, end;
	gsize closer[G_N_ELEMENTS(directives)]; /* the first place at or behind the last question where a span could end; end: none */
	guint8 *bits;                           /* of the whole text, a byte each */
} Line;

static gboolean is_white(gunichar c)
{
	return g_unichar_isspace(c) || g_unichar_type(c) == G_UNICODE_SPACE_SEPARATOR || g_unichar_type(c) == G_UNICODE_LINE_SEPARATOR ||
	       g_unichar_type(c) == G_UNICODE_PARAGRAPH_SEPARATOR;
}

static gboolean white_before(const Line *line, gsize at)
{
	return at == line->start || is_white(g_utf8_get_char(g_utf8_prev_char(line->text + at)));
}

static int directive_of(char c)
{
	for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
		if (directives[i].sign == c)
			return (int)i;
	return -1;
}

static gsize closer_from(Line *line, int directive, gsize from)
{
	gsize *at = &line->closer[directive];
	if (*at >= from)
		return *at;
	for (*at = from; *at < line->end; (*at)++)
		if (line->text[*at] == directives[directive].sign && !white_before(line, *at))
			break;
	return *at;
}

static void mark(guint8 *bits, gsize from, gsize to, guint8 bit)
{
	for (gsize i = from; i < to; i++)
		bits[i] |= bit;
}

/* The spans of a line between two places; inside: from stands behind an opening directive. */
static void mark_spans(Line *line, gsize from, gsize to, int depth)
{
	for (gsize i = from; i < to;) {
		int directive = directive_of(line->text[i]);
		gboolean may_open = directive >= 0 && (i == from || white_before(line, i)) && i + 2 < to && line->text[i + 1] != line->text[i] &&
		                    !is_white(g_utf8_get_char(line->text + i + 1));
		gsize close = may_open ? closer_from(line, directive, i + 2) : line->end;
		if (!may_open || close >= to) {
			i++;
			continue;
		}
		mark(line->bits, i, close + 1, directives[directive].bit);
		if (directives[directive].bit != STYLING_CODE && depth + 1 < SPANS_MAX)
			mark_spans(line, i + 1, close, depth + 1);
		i = close + 1;
	}
}

/* Where the content begins behind at most most quotation signs, each with one white space; their number in depth. */
static gsize behind_quotes(const char *text, gsize start, gsize end, int most, int *depth)
{
	gsize at = start;
	for (*depth = 0; *depth < most && at < end && text[at] == '>'; (*depth)++) {
		at++;
		if (at < end && is_white(g_utf8_get_char(text + at)))
			at += g_utf8_skip[(guchar)text[at]];
	}
	return at;
}

static gboolean is_fence(const char *text, gsize start, gsize end)
{
	while (end > start && (text[end - 1] == ' ' || text[end - 1] == '\r'))
		end--;
	return end - start == strlen(FENCE) && memcmp(text + start, FENCE, strlen(FENCE)) == 0;
}

static void mark_lines(const char *text, gsize from, gsize length, guint8 *bits)
{
	int fenced = -1; /* the depth of quotation in which a preformatted block is open */
	for (gsize start = from; start < length;) {
		const char *newline = memchr(text + start, '\n', length - start);
		gsize end = newline ? (gsize)(newline - text) : length;
		int depth;
		gsize content = behind_quotes(text, start, end, fenced >= 0 ? fenced : QUOTES_MAX, &depth);
		if (fenced >= 0 && depth < fenced) { /* the quotation ended, and the block with it */
			fenced = -1;
			content = behind_quotes(text, start, end, QUOTES_MAX, &depth);
		}
		if (depth > 0)
			mark(bits, start, end, STYLING_QUOTE);
		if (fenced >= 0) {
			mark(bits, content, end, STYLING_CODE);
			if (is_fence(text, content, end))
				fenced = -1;
		} else if (end - content >= strlen(FENCE) && memcmp(text + content, FENCE, strlen(FENCE)) == 0) {
			mark(bits, content, end, STYLING_CODE);
			fenced = depth;
		} else {
			Line line = { .text = text, .start = content, .end = end, .bits = bits };
			mark_spans(&line, content, end, 0);
		}
		start = end + 1;
	}
}

GArray *styling_parse(const char *text, gsize start)
{
	gsize length = strlen(text);
	if (start >= length || !strpbrk(text + start, "*_~`>"))
		return NULL;
	g_autofree guint8 *bits = g_malloc0(length);
	mark_lines(text, start, length, bits);
	GArray *runs = NULL;
	for (gsize i = start; i < length;) {
		gsize end = i + 1;
		while (end < length && bits[end] == bits[i])
			end++;
		if (bits[i]) {
			StylingRun run = { .start = (guint32)i, .length = (guint32)(end - i), .bits = bits[i], .front = -1, .back = -1 };
			runs = runs ? runs : g_array_new(FALSE, FALSE, sizeof(StylingRun));
			g_array_append_val(runs, run);
		}
		i = end;
	}
	return runs;
}
