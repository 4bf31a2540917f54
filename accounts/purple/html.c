/* html.c: see html.h. */
#include "purple/html.h"
#include <string.h>

#define NAME_MAX_BYTES 16
#define HREF_MAX_BYTES 4096

typedef struct {
	GString *out;
	const char *hidden; /* the tag whose content is passed over until it closes; NULL: none */
	char *href;         /* owned; the address of the open link */
	gsize link_from;    /* where its words begin in out */
	gboolean document;  /* inside <html>: white space means nothing there */
} Reader;

/* A tag in the text. attributes are borrowed. */
typedef struct {
	char name[NAME_MAX_BYTES]; /* lower case */
	gboolean closing;
	const char *attributes, *end;
} Tag;

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

/* Appends the entity at text (which is at '&') and gives its length, or appends '&' and gives 1. */
static gsize append_entity(GString *out, const char *text, const char *end)
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
			at += append_entity(out, at, end);
		else
			g_string_append_c(out, *at++);
	}
	return g_string_free(out, FALSE);
}

/* ---- tags ---- */

static gboolean begins_tag(const char *text)
{
	return text[0] == '<' && g_ascii_isalpha(text[text[1] == '/' ? 2 : 1]);
}

/* Reads the tag at text; FALSE when it has no end. Quoted attributes may hold '>'. */
static gboolean read_tag(const char *text, Tag *tag)
{
	const char *at = text + 1;
	gsize length = 0;
	tag->closing = *at == '/';
	if (tag->closing)
		at++;
	for (; g_ascii_isalnum(*at); at++)
		if (length < NAME_MAX_BYTES - 1)
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

/* The value of an attribute, entities resolved, or NULL. */
static char *tag_attribute(const Tag *tag, const char *name)
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

static void new_line(Reader *r)
{
	if (r->out->len && r->out->str[r->out->len - 1] != '\n')
		g_string_append_c(r->out, '\n');
}

static void open_link(Reader *r, const Tag *tag)
{
	g_free(r->href);
	r->href = tag_attribute(tag, "href");
	r->link_from = r->out->len;
}

/* "words (address)", unless the words are the address. */
static void close_link(Reader *r)
{
	if (!r->href)
		return;
	const char *words = r->out->str + r->link_from, *bare = strstr(r->href, "://");
	if (!*words)
		g_string_append(r->out, r->href);
	else if (!strstr(words, r->href) && strcmp(words, bare ? bare + 3 : r->href) && !(g_str_has_prefix(r->href, "mailto:") && !strcmp(words, r->href + 7)) &&
	         strlen(r->href) <= HREF_MAX_BYTES)
		g_string_append_printf(r->out, " (%s)", r->href);
	g_clear_pointer(&r->href, g_free);
}

static void tag_break(Reader *r, const Tag *tag G_GNUC_UNUSED)
{
	g_string_append_c(r->out, '\n');
}

static void tag_block(Reader *r, const Tag *tag G_GNUC_UNUSED)
{
	new_line(r);
}

static void tag_item(Reader *r, const Tag *tag)
{
	new_line(r);
	if (!tag->closing)
		g_string_append(r->out, "• ");
}

static void tag_quote(Reader *r, const Tag *tag)
{
	new_line(r);
	if (!tag->closing)
		g_string_append(r->out, "> ");
}

static void tag_link(Reader *r, const Tag *tag)
{
	if (tag->closing)
		close_link(r);
	else
		open_link(r, tag);
}

static void tag_image(Reader *r, const Tag *tag)
{
	g_autofree char *words = tag_attribute(tag, "alt");
	if (!tag->closing)
		g_string_append_printf(r->out, "[%s]", words && *words ? words : "image");
}

static void tag_cell(Reader *r, const Tag *tag)
{
	if (tag->closing)
		g_string_append_c(r->out, ' ');
}

static void tag_document(Reader *r, const Tag *tag)
{
	r->document = !tag->closing;
}

static void tag_hide(Reader *r, const Tag *tag)
{
	static const char *const names[] = { "head", "script", "style", "title" };
	for (guint i = 0; !tag->closing && i < G_N_ELEMENTS(names); i++)
		if (!strcmp(names[i], tag->name))
			r->hidden = names[i];
}

static const struct {
	const char *name;
	void (*apply)(Reader *, const Tag *);
} tags[] = {
	{ "a", tag_link },       { "blockquote", tag_quote }, { "br", tag_break },  { "div", tag_block },   { "h1", tag_block },
	{ "h2", tag_block },     { "h3", tag_block },         { "head", tag_hide }, { "hr", tag_block },    { "html", tag_document },
	{ "img", tag_image },    { "li", tag_item },          { "ol", tag_block },  { "p", tag_block },     { "pre", tag_block },
	{ "script", tag_hide },  { "style", tag_hide },       { "td", tag_cell },   { "th", tag_cell },     { "title", tag_hide },
	{ "tr", tag_block },     { "ul", tag_block },
};

static void apply_tag(Reader *r, const Tag *tag)
{
	if (r->hidden) {
		if (tag->closing && !strcmp(tag->name, r->hidden))
			r->hidden = NULL;
		return;
	}
	for (guint i = 0; i < G_N_ELEMENTS(tags); i++)
		if (!strcmp(tags[i].name, tag->name))
			tags[i].apply(r, tag);
}

static const char *append_text(Reader *r, const char *at, const char *end)
{
	if (r->hidden)
		return at + 1;
	if (*at == '&')
		return at + append_entity(r->out, at, end);
	if (!r->document || !g_ascii_isspace(*at))
		g_string_append_c(r->out, *at);
	else if (r->out->len && !g_ascii_isspace(r->out->str[r->out->len - 1]))
		g_string_append_c(r->out, ' ');
	return at + 1;
}

char *html_to_plain(const char *html)
{
	const char *end = html + strlen(html);
	Reader r = { .out = g_string_sized_new(end - html + 1) };
	gboolean broken = FALSE; /* behind a tag without an end all is text: keeps "<a<a<a…" linear */
	for (const char *at = html; at < end;) {
		Tag tag;
		if (*at == '<' && !strncmp(at, "<!--", 4)) {
			const char *close = strstr(at + 4, "-->");
			at = close ? close + 3 : end;
		} else if (!broken && begins_tag(at) && !(broken = !read_tag(at, &tag))) {
			apply_tag(&r, &tag);
			at = tag.end + 1;
		} else {
			at = append_text(&r, at, end);
		}
	}
	close_link(&r);
	while (r.out->len && r.out->str[r.out->len - 1] == '\n')
		g_string_truncate(r.out, r.out->len - 1);
	return g_string_free(r.out, FALSE);
}

char *html_from_plain(const char *text)
{
	g_autofree char *escaped = g_markup_escape_text(text, -1);
	GString *out = g_string_sized_new(strlen(escaped) + 16);
	for (const char *at = escaped; *at; at++) {
		if (*at == '\n')
			g_string_append(out, "<br>");
		else
			g_string_append_c(out, *at);
	}
	return g_string_free(out, FALSE);
}

/* ---- pieces ---- */

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
