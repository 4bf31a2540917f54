/* html-tag.c: see html-tag.h. */
#include "purple/html-tag.h"
#include <string.h>

/* ---- entities ---- */

static const struct {
	const char *name;
	const char *text;
} entities[] = {
	{ "amp", "&" }, { "lt", "<" }, { "gt", ">" }, { "quot", "\"" }, { "apos", "'" }, { "nbsp", " " }, { "copy", "©" }, { "reg", "®" },
	{ "hellip", "…" }, { "mdash", "—" }, { "ndash", "–" }, { "laquo", "«" }, { "raquo", "»" }, { "ldquo", "“" }, { "rdquo", "”" },
	{ "lsquo", "‘" }, { "rsquo", "’" }, { "euro", "€" }, { "bull", "•" }, { "middot", "·" }, { "trade", "™" },
};

/* The letters from U+00C0 on. */
static const char *const letters[] = {
	"Agrave", "Aacute", "Acirc", "Atilde", "Auml", "Aring", "AElig", "Ccedil", "Egrave", "Eacute", "Ecirc", "Euml", "Igrave",
	"Iacute", "Icirc", "Iuml", "ETH", "Ntilde", "Ograve", "Oacute", "Ocirc", "Otilde", "Ouml", "times", "Oslash", "Ugrave",
	"Uacute", "Ucirc", "Uuml", "Yacute", "THORN", "szlig", "agrave", "aacute", "acirc", "atilde", "auml", "aring", "aelig",
	"ccedil", "egrave", "eacute", "ecirc", "euml", "igrave", "iacute", "icirc", "iuml", "eth", "ntilde", "ograve", "oacute",
	"ocirc", "otilde", "ouml", "divide", "oslash", "ugrave", "uacute", "ucirc", "uuml", "yacute", "thorn", "yuml",
};

gsize html_append_entity(GString *out, const char *text, const char *end)
{
	const char *semicolon = memchr(text, ';', MIN((gsize)(end - text), 12));
	gsize length = semicolon ? (gsize)(semicolon - text) - 1 : 0;
	if (length > 1 && text[1] == '#') {
		gboolean hex = text[2] == 'x' || text[2] == 'X';
		char *stop;
		guint64 value = g_ascii_strtoull(text + (hex ? 3 : 2), &stop, hex ? 16 : 10);
		if (stop == semicolon && value && value <= 0x10FFFF && g_unichar_validate((gunichar)value)) {
			g_string_append_unichar(out, (gunichar)value);
			return length + 2;
		}
	}
	for (guint i = 0; length && i < G_N_ELEMENTS(entities); i++) {
		if (strlen(entities[i].name) == length && !strncmp(text + 1, entities[i].name, length)) {
			g_string_append(out, entities[i].text);
			return length + 2;
		}
	}
	for (guint i = 0; length && i < G_N_ELEMENTS(letters); i++) {
		if (strlen(letters[i]) == length && !strncmp(text + 1, letters[i], length)) {
			g_string_append_unichar(out, 0xC0 + i);
			return length + 2;
		}
	}
	g_string_append_c(out, '&');
	return 1;
}

static char *resolve_entities(const char *text, gsize length)
{
	GString *out = g_string_sized_new(length);
	for (const char *at = text, *end = text + length; at < end;) {
		if (*at == '&')
			at += html_append_entity(out, at, end);
		else
			g_string_append_c(out, *at++);
	}
	return g_string_free(out, FALSE);
}

/* ---- tags ---- */

static const char *skip_name(const char *at)
{
	while (g_ascii_isalnum(*at) || *at == '-')
		at++;
	return at;
}

/* "<b>", "</b>", "<o:p>"; not "<bob@example.org>" nor "<https://example.org>", which are words. */
gboolean html_begins_tag(const char *text)
{
	const char *name = text + (text[1] == '/' ? 2 : 1), *end;
	if (text[0] != '<' || !g_ascii_isalpha(*name))
		return FALSE;
	end = skip_name(name);
	if (*end == ':' && g_ascii_isalpha(end[1]))
		end = skip_name(end + 1);
	return !*end || *end == '>' || *end == '/' || g_ascii_isspace(*end);
}

gboolean html_read_tag(const char *text, HtmlTag *tag)
{
	const char *at = text + 1;
	gsize length = 0;
	tag->closing = *at == '/';
	if (tag->closing)
		at++;
	for (; g_ascii_isalnum(*at); at++)
		if (length < HTML_NAME_MAX - 1)
			tag->name[length++] = g_ascii_tolower(*at);
	tag->name[length] = '\0';
	tag->attributes = at;
	for (char quote = 0; *at; at++) {
		if (quote) {
			if (*at == quote)
				quote = 0;
		} else if ((*at == '"' || *at == '\'') && at[-1] == '=') {
			quote = *at;
		} else if (*at == '>') {
			tag->end = at;
			return TRUE;
		}
	}
	return FALSE;
}

char *html_tag_attribute(const HtmlTag *tag, const char *name)
{
	gsize length = strlen(name);
	for (const char *at = tag->attributes; at < tag->end; at++) {
		if (!g_ascii_isspace(*at) || g_ascii_strncasecmp(at + 1, name, length) || at[1 + length] != '=')
			continue;
		const char *from = at + length + 2, *to;
		if (*from == '"' || *from == '\'') {
			to = memchr(from + 1, *from, tag->end - from - 1);
			from++;
			if (!to)
				return NULL;
		} else {
			for (to = from; to < tag->end && !g_ascii_isspace(*to); to++)
				;
		}
		return resolve_entities(from, to - from);
	}
	return NULL;
}
