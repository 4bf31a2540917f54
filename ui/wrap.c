/* wrap.c: see wrap.h.
 *
 * One pass over each paragraph with two helpers of libunistring (line breaks of UAX 14, clusters of UAX 29), both linear.
 * Columns come from wcwidth, as curses counts them, so that what is computed here is what the screen does.
 */
#include "config.h"
#include "wrap.h"

#include <string.h>
#include <unigbrk.h>
#include <unilbrk.h>
#include <wchar.h>

#define REPLACEMENT 0xFFFD
#define JOINER 0x200D

static int char_columns(gunichar c)
{
	if (c >= 0x20 && c < 0x7f)
		return 1;
	int columns = wcwidth((wchar_t)c);
	return columns < 0 ? 1 : columns;
}

static gboolean is_variation(gunichar c)
{
	return (c >= 0xFE00 && c <= 0xFE0F);
}

static gboolean is_skin_tone(gunichar c)
{
	return c >= 0x1F3FB && c <= 0x1F3FF;
}

static gboolean is_pictograph(gunichar c)
{
	return (c >= 0x2600 && c <= 0x27BF) || (c >= 0x1F300 && c <= 0x1FAFF) || (c >= 0x2190 && c <= 0x21FF) || (c >= 0x2B00 && c <= 0x2BFF);
}

char *wrap_prepare(const char *text, TextShape shape, WrapEmoji emoji)
{
	g_autofree char *clean = text_clean(text, shape);
	const char *at = clean;
	while (*at && (guchar)*at < 0x80) /* the usual case */
		at++;
	if (!*at)
		return g_steal_pointer(&clean);
	GString *out = g_string_new_len(clean, at - clean);
	gunichar before = at > clean ? (gunichar)(guchar)at[-1] : 0;
	for (; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		if (emoji == WRAP_SIMPLE_EMOJI && (is_variation(c) || (is_skin_tone(c) && is_pictograph(before))))
			continue;
		if (emoji == WRAP_SIMPLE_EMOJI && c == JOINER) {
			const char *next = g_utf8_next_char(at);
			if (*next && is_pictograph(before) && is_pictograph(g_utf8_get_char(next)))
				at = next; /* the joined emoji is left out */
			else if (!is_pictograph(before))
				g_string_append_unichar(out, c);
			continue;
		}
		if (c >= 0x80 && wcwidth((wchar_t)c) < 0)
			c = REPLACEMENT;
		g_string_append_unichar(out, c);
		if (char_columns(c) > 0)
			before = c;
	}
	return g_string_free(out, FALSE);
}

int wrap_columns(const char *text, gssize length)
{
	const char *end = length < 0 ? text + strlen(text) : text + length;
	int columns = 0;
	for (; text < end; text = g_utf8_next_char(text))
		columns += char_columns(g_utf8_get_char(text));
	return columns;
}

gsize wrap_fit(const char *text, gssize length, int columns, int *used)
{
	const char *end = length < 0 ? text + strlen(text) : text + length;
	const char *at = text;
	int sum = 0;
	while (at < end) {
		int wide = char_columns(g_utf8_get_char(at));
		if (sum + wide > columns)
			break;
		sum += wide;
		at = g_utf8_next_char(at);
	}
	/* Marks that belong to the first character left out are left out by themselves; those of the last one taken were taken. */
	if (used)
		*used = sum;
	return at - text;
}

/* Addresses of the web stay in one piece where they fit: no breaks inside a word with "://". */
static void keep_addresses_whole(const char *text, gsize length, char *breaks)
{
	for (gsize i = 0; i < length;) {
		if (text[i] == ' ') {
			i++;
			continue;
		}
		gsize end = i;
		gboolean address = FALSE;
		for (; end < length && text[end] != ' '; end++)
			if (text[end] == ':' && end + 2 < length && text[end + 1] == '/' && text[end + 2] == '/')
				address = TRUE;
		if (address)
			memset(breaks + i + 1, UC_BREAK_PROHIBITED, end - i - 1);
		i = end;
	}
}

static void add_line(GArray *lines, const char *text, gsize start, gsize end)
{
	while (end > start && text[end - 1] == ' ')
		end--;
	WrapLine line = { .start = start, .length = end - start, .columns = wrap_columns(text + start, end - start) };
	g_array_append_val(lines, line);
}

static void wrap_paragraph(GArray *lines, const char *text, gsize from, gsize to, int width)
{
	gsize length = to - from;
	const char *p = text + from;
	if (length == 0 || (length <= (gsize)width && wrap_columns(p, length) <= width)) {
		add_line(lines, text, from, to);
		return;
	}
	g_autofree char *breaks = g_malloc(length);
	g_autofree char *clusters = g_malloc(length);
	u8_possible_linebreaks((const guint8 *)p, length, "UTF-8", breaks);
	u8_grapheme_breaks((const guint8 *)p, length, clusters);
	keep_addresses_whole(p, length, breaks);

	gsize start = 0, word = 0, cluster = 0;     /* of the line; the last places where it could be broken */
	int columns = 0, at_word = 0, at_cluster = 0; /* columns at those places */
	for (gsize i = 0; i < length;) {
		gunichar c = g_utf8_get_char(p + i);
		int wide = char_columns(c);
		if (breaks[i] == UC_BREAK_POSSIBLE)
			word = i, at_word = columns;
		if (clusters[i])
			cluster = i, at_cluster = columns;
		if (c != ' ' && columns + wide > width && i > start) {
			gsize end = word > start ? word : cluster > start ? cluster : i;
			int taken = word > start ? at_word : cluster > start ? at_cluster : columns;
			add_line(lines, text, from + start, from + end);
			start = end;
			columns -= taken;
			at_word = at_word > taken ? at_word - taken : 0;
			at_cluster = at_cluster > taken ? at_cluster - taken : 0;
			continue; /* the same character again, on the new line */
		}
		columns += wide;
		i += g_utf8_skip[(guchar)p[i]];
	}
	add_line(lines, text, from + start, to);
}

GArray *wrap_lines(const char *text, int width)
{
	GArray *lines = g_array_new(FALSE, FALSE, sizeof(WrapLine));
	if (width < 1)
		width = 1;
	gsize from = 0;
	for (;;) {
		const char *newline = strchr(text + from, '\n');
		gsize to = newline ? (gsize)(newline - text) : from + strlen(text + from);
		wrap_paragraph(lines, text, from, to, width);
		if (!newline)
			break;
		from = to + 1;
	}
	return lines;
}
