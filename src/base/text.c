/* text.c: see text.h. */
#include "base/text.h"
#include <string.h>

#define COMBINING_MAX 8

static gboolean is_emoji_part(gunichar c)
{
	return (c >= 0x1F000 && c <= 0x1FAFF) || (c >= 0x2190 && c <= 0x2BFF) || c == 0x00A9 || c == 0x00AE || c == 0x203C || c == 0x2049 ||
	       c == 0x2122 || c == 0x2139 || c == 0x3030 || c == 0x303D || c == 0x3297 || c == 0x3299;
}

/* Characters that change how others look, or that nobody sees. */
static gboolean is_hidden(gunichar c)
{
	switch (c) {
	case 0x00AD: case 0x034F: case 0x061C: case 0x115F: case 0x1160: case 0x17B4: case 0x17B5: case 0x180E: case 0x3164: case 0xFEFF: case 0xFFA0:
		return TRUE;
	}
	return (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202E) || (c >= 0x2060 && c <= 0x206F) || (c >= 0xFE00 && c <= 0xFE0F) ||
	       (c >= 0xFFF0 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE0FFF) || (c & 0xFFFE) == 0xFFFE || (c >= 0xFDD0 && c <= 0xFDEF);
}

/* ZWJ and ZWNJ join letters in some scripts and emoji; VS16 colours emoji. They stay where they mean something. */
static gboolean stays_hidden(gunichar c, gunichar before, const char *after)
{
	gunichar next = *after ? g_utf8_get_char(after) : 0;
	if (c == 0xFE0F)
		return is_emoji_part(before) || (before >= '0' && before <= '9') || before == '#' || before == '*';
	if (c == 0x200D && (is_emoji_part(before) || before == 0xFE0F))
		return is_emoji_part(next);
	if (c == 0x200C || c == 0x200D)
		return before >= 0x0600 && g_unichar_isalpha(next) && (g_unichar_isalpha(before) || g_unichar_ismark(before));
	return FALSE;
}

static void append_line_break(GString *out, TextShape shape)
{
	g_string_append_c(out, shape == TEXT_LINES ? '\n' : ' ');
}

void text_clean_append(GString *out, const char *text, TextShape shape)
{
	gunichar before = 0;
	guint marks = 0;
	if (!text)
		return;
	for (const char *p = text, *next; *p; p = next) {
		/* the usual case: a run of plain ASCII */
		const char *run = p;
		while (*p >= 0x20 && *p < 0x7F)
			p++;
		if (p > run) {
			g_string_append_len(out, run, p - run);
			before = (gunichar)p[-1];
			marks = 0;
			if (!*p)
				break;
		}
		gunichar c = g_utf8_get_char_validated(p, -1);
		if (c == (gunichar)-1 || c == (gunichar)-2) {
			g_string_append(out, "\xEF\xBF\xBD");
			next = p + 1;
			continue;
		}
		next = g_utf8_next_char(p);
		if (c == '\n' || c == 0x85 || c == 0x2028 || c == 0x2029) {
			append_line_break(out, shape);
		} else if (c == '\r') {
			if (*next != '\n')
				append_line_break(out, shape);
		} else if (c == '\t') {
			g_string_append(out, shape == TEXT_LINES ? "    " : " ");
		} else if (c < 0x20) {
			g_string_append_unichar(out, 0x2400 + c); /* its picture */
		} else if (c == 0x7F) {
			g_string_append_unichar(out, 0x2421);
		} else if (c < 0xA0 || (is_hidden(c) && !stays_hidden(c, before, next))) {
			continue;
		} else if (g_unichar_ismark(c) && ++marks > COMBINING_MAX) {
			continue;
		} else {
			if (!g_unichar_ismark(c))
				marks = 0;
			g_string_append_len(out, p, next - p);
		}
		before = c;
	}
}

char *text_clean(const char *text, TextShape shape)
{
	GString *out = g_string_sized_new(text ? strlen(text) : 0);
	text_clean_append(out, text, shape);
	return g_string_free(out, FALSE);
}

static gboolean is_word_part(gunichar c)
{
	return g_unichar_isalnum(c) || g_unichar_ismark(c) || c == '_';
}

gboolean text_mentions(const char *words, const char *nick)
{
	if (!words || !nick || !*nick)
		return FALSE;
	g_autofree char *text = g_utf8_casefold(words, -1), *name = g_utf8_casefold(nick, -1);
	gsize length = strlen(name);
	for (const char *p = text; (p = strstr(p, name)); p = g_utf8_next_char(p)) {
		gboolean begins = p == text || !is_word_part(g_utf8_get_char(g_utf8_prev_char(p)));
		gboolean ends = !p[length] || !is_word_part(g_utf8_get_char(p + length));
		if (begins && ends)
			return TRUE;
	}
	return FALSE;
}

char *text_shorten(const char *text, gsize max)
{
	if (strlen(text) <= max)
		return g_strdup(text);
	const char *end = text + max;
	while (end > text && ((guchar)*end & 0xC0) == 0x80)
		end--;
	return g_strdup_printf("%.*s…", (int)(end - text), text);
}

char *text_file_name(const char *text)
{
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	GString *name = g_string_new(NULL);
	for (const char *p = clean; *p && name->len < 200 - 6; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		if (c == '/' || c == '\\' || c == ':' || c == '|' || c == '<' || c == '>' || c == '"' || c == '?' || c == '*' ||
		    (!name->len && (c == '.' || c == '-' || c == ' ')))
			g_string_append_c(name, '_');
		else
			g_string_append_unichar(name, c);
	}
	while (name->len && (name->str[name->len - 1] == ' ' || name->str[name->len - 1] == '.'))
		g_string_truncate(name, name->len - 1);
	if (!name->len)
		g_string_append_c(name, '_');
	return g_string_free(name, FALSE);
}

int text_columns(const char *text)
{
	int columns = 0;
	for (const char *at = text; *at; at = g_utf8_next_char(at)) {
		gunichar c = g_utf8_get_char(at);
		columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
	}
	return columns;
}
