/* html-out.c: what is sent: HTML of what was typed, and long texts in pieces. See html.h. */
#include "purple/html.h"
#include "base/styling.h"
#include <string.h>

static void append_escaped(GString *out, const char *text, gsize length)
{
	g_autofree char *escaped = g_markup_escape_text(text, (gssize)length);
	for (const char *at = escaped; *at; at++) {
		if (*at == '\n')
			g_string_append(out, "<br>");
		else
			g_string_append_c(out, *at);
	}
}

char *html_from_plain(const char *text)
{
	GString *out = g_string_sized_new(strlen(text) + 16);
	append_escaped(out, text, strlen(text));
	return g_string_free(out, FALSE);
}

/* ---- styled ---- */

/* The marks of these are replaced by tags; the others keep theirs, which say as much where the network drops the tag. */
#define REPLACED (STYLING_STRONG | STYLING_EMPHASIS | STYLING_STRIKE)

static const struct {
	guint bit;
	const char *open, *close;
} styles[] = {
	{ STYLING_CODE, "<span style=\"font-family: monospace;\">", "</span>" },
	{ STYLING_STRONG, "<b>", "</b>" },
	{ STYLING_EMPHASIS, "<i>", "</i>" },
	{ STYLING_STRIKE, "<s>", "</s>" },
};

static guint bits_at(const GArray *runs, guint i, gsize place)
{
	const StylingRun *run = i < runs->len ? &g_array_index(runs, StylingRun, i) : NULL;
	return run && run->start <= place && place < (gsize)run->start + run->length ? run->bits : 0;
}

/* A run without the marks that stand at its ends, in its tags. */
static void append_run(GString *out, const char *text, const GArray *runs, guint i)
{
	const StylingRun *run = &g_array_index(runs, StylingRun, i);
	gsize start = run->start, end = start + run->length;
	guint before = i && start ? bits_at(runs, i - 1, start - 1) : 0, after = bits_at(runs, i + 1, end);
	start += (run->bits & ~before & REPLACED) != 0;
	end -= (run->bits & ~after & REPLACED) != 0;
	if (start >= end)
		return;
	for (guint k = 0; k < G_N_ELEMENTS(styles); k++)
		if (run->bits & styles[k].bit)
			g_string_append(out, styles[k].open);
	append_escaped(out, text + start, end - start);
	for (guint k = G_N_ELEMENTS(styles); k-- > 0;)
		if (run->bits & styles[k].bit)
			g_string_append(out, styles[k].close);
}

char *html_from_styled(const char *text)
{
	g_autoptr(GArray) runs = styling_parse(text, 0);
	if (!runs)
		return html_from_plain(text);
	GString *out = g_string_sized_new(strlen(text) + 64);
	gsize at = 0;
	for (guint i = 0; i < runs->len; i++) {
		const StylingRun *run = &g_array_index(runs, StylingRun, i);
		append_escaped(out, text + at, run->start - at);
		append_run(out, text, runs, i);
		at = (gsize)run->start + run->length;
	}
	append_escaped(out, text + at, strlen(text + at));
	return g_string_free(out, FALSE);
}

/* ---- pieces ---- */

static gboolean is_joiner(gunichar c)
{
	return c == 0x200D;
}

/* Marks, the colours of emoji, and what a joiner joins look wrong alone. */
static gboolean belongs_before(const char *at)
{
	gunichar c = g_utf8_get_char(at);
	return g_unichar_ismark(c) || is_joiner(c) || (c >= 0x1F3FB && c <= 0x1F3FF) || is_joiner(g_utf8_get_char(g_utf8_prev_char(at)));
}

/* How many bytes of line (of which length are left) make the next piece. */
static gsize piece_length(const char *line, gsize length, gsize max)
{
	if (!max || length <= max)
		return length;
	const char *limit = line + max;
	while (limit > line && (*limit & 0xC0) == 0x80)
		limit--;
	for (const char *at = limit; at > line + max / 2; at--)
		if (*at == ' ')
			return at - line;
	for (const char *at = limit; at > line + max / 2; at = g_utf8_prev_char(at))
		if (!belongs_before(at))
			return at - line;
	return limit > line ? (gsize)(limit - line) : max;
}

static void add_pieces(GStrvBuilder *pieces, const char *line, gsize length, gsize max)
{
	while (length) {
		gsize n = piece_length(line, length, max);
		g_autofree char *piece = g_strndup(line, n);
		g_strv_builder_add(pieces, n < length ? g_strchomp(piece) : piece);
		line += n;
		length -= n;
		while (length && max && *line == ' ') {
			line++;
			length--;
		}
	}
}

char **html_split(const char *text, gsize max, gboolean lines)
{
	GStrvBuilder *pieces = g_strv_builder_new();
	for (const char *line = text; *line;) {
		gsize length = lines ? strcspn(line, "\n") : strlen(line);
		add_pieces(pieces, line, length && line[length - 1] == '\r' ? length - 1 : length, max);
		line += length + (line[length] == '\n');
	}
	char **result = g_strv_builder_end(pieces);
	g_strv_builder_unref(pieces);
	return result;
}
