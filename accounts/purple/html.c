/* html.c: see html.h. What is sent is made in html-out.c.
 *
 * Elements that are open are kept in a list of their own, so that each is closed by its own tag whatever the order; the list, the list of spans
 * and the depth of quotations are bounded, and what goes beyond them is plain text.
 */
#include "purple/html.h"
#include "base/markup.h"
#include "purple/html-tag.h"
#include <stdlib.h>
#include <string.h>

#define HREF_MAX_BYTES 4096
#define OPEN_MAX 64
#define QUOTES_MAX 8
#define LISTS_MAX 8

/* What a tag began. */
typedef struct {
	char name[HTML_NAME_MAX]; /* of the tag */
	guint element;             /* what one tag began has one number */
	char kind;                 /* of the span; 0: none */
	gint8 colour;
	guint32 start;
} Open;

typedef struct {
	GString *out;
	const char *hidden; /* the tag whose content is passed over until it closes; NULL: none */
	char *href;         /* owned; the address of the open link */
	gsize link_from;    /* where its words begin in out */
	gboolean document;  /* inside <html>: white space means nothing there */
	guint preformatted; /* but here it does */
	guint quotes;       /* depth */
	guint lists;        /* depth; numbers: of the next item of each, 0: without numbers */
	guint numbers[LISTS_MAX];
	Open open[OPEN_MAX];
	guint n_open, elements;
	GArray *spans;      /* of MarkupSpan */
	gsize counted;      /* bytes of out whose characters were counted */
	guint32 characters;
} Reader;

/* ---- spans ---- */

static guint32 place(Reader *r)
{
	for (; r->counted < r->out->len; r->counted++)
		r->characters += ((guchar)r->out->str[r->counted] & 0xC0) != 0x80;
	return r->characters;
}

static void begin_span(Reader *r, const char *name, char kind, int colour)
{
	if (r->n_open == OPEN_MAX)
		return;
	Open *open = &r->open[r->n_open++];
	*open = (Open){ .element = r->elements, .kind = kind, .colour = (gint8)colour, .start = place(r) };
	g_strlcpy(open->name, name, sizeof open->name);
}

static void add_span(Reader *r, const Open *open)
{
	MarkupSpan span = { open->start, place(r), open->kind, open->colour };
	MarkupSpan *last = r->spans->len ? &g_array_index(r->spans, MarkupSpan, r->spans->len - 1) : NULL;
	if (!span.kind || span.start == span.end)
		return;
	if (last && last->kind == span.kind && last->colour == span.colour && last->end == span.start)
		last->end = span.end;
	else if (r->spans->len < MARKUP_SPANS_MAX)
		g_array_append_val(r->spans, span);
}

/* Ends all that the newest open tag of that name began; TRUE if there was one. */
static gboolean end_spans(Reader *r, const char *name)
{
	guint i = r->n_open, kept = 0;
	while (i > 0 && strcmp(r->open[i - 1].name, name))
		i--;
	if (!i)
		return FALSE;
	guint element = r->open[i - 1].element;
	for (i = 0; i < r->n_open; i++) {
		if (r->open[i].element == element)
			add_span(r, &r->open[i]);
		else
			r->open[kept++] = r->open[i];
	}
	r->n_open = kept;
	return TRUE;
}

/* ---- colours ---- */

/* mIRC's, by the names that IRC's plugin gives them, and those of CSS that many programs write; all without spaces. */
static const struct {
	const char *name;
	gint8 colour;
} colour_names[] = {
	{ "white", 0 }, { "black", 1 }, { "blue", 2 }, { "darkgreen", 3 }, { "red", 4 }, { "brown", 5 }, { "purple", 6 }, { "orange", 7 }, { "yellow", 8 },
	{ "green", 9 }, { "teal", 10 }, { "cyan", 11 }, { "lightblue", 12 }, { "pink", 13 }, { "grey", 14 }, { "lightgrey", 15 }, { "gray", 14 },
	{ "lightgray", 15 }, { "silver", 15 }, { "navy", 2 }, { "darkblue", 2 }, { "maroon", 5 }, { "darkred", 5 }, { "lime", 9 }, { "aqua", 11 },
	{ "fuchsia", 13 }, { "magenta", 13 }, { "olive", 30 },
};

static gboolean read_hex(const char *text, guint32 *rgb)
{
	gsize length = strspn(text, "0123456789abcdefABCDEF");
	guint32 value = (guint32)g_ascii_strtoull(text, NULL, 16);
	if (text[length] || (length != 3 && length != 6))
		return FALSE;
	*rgb = length == 6 ? value : ((value & 0xf00) * 0x1100) | ((value & 0xf0) * 0x110) | ((value & 0xf) * 0x11);
	return TRUE;
}

static gboolean read_rgb(const char *text, guint32 *rgb)
{
	*rgb = 0;
	for (int i = 0; i < 3; i++) {
		char *end;
		guint64 value = g_ascii_strtoull(text, &end, 10);
		if (end == text || *end != (i < 2 ? ',' : ')'))
			return FALSE;
		*rgb = *rgb << 8 | (guint32)MIN(value, 255);
		text = end + 1;
	}
	return TRUE;
}

/* The number of a colour in markup, or -1. */
static int colour_of(const char *text)
{
	char word[32];
	gsize length = 0;
	guint32 rgb;
	for (; *text; text++) {
		if (g_ascii_isspace(*text))
			continue;
		if (length == sizeof word - 1)
			return -1;
		word[length++] = g_ascii_tolower(*text);
	}
	word[length] = 0;
	if (word[0] == '#' ? read_hex(word + 1, &rgb) : g_str_has_prefix(word, "rgb(") && read_rgb(word + 4, &rgb))
		return markup_nearest(rgb, MARKUP_COLOURS);
	for (guint i = 0; i < G_N_ELEMENTS(colour_names); i++)
		if (!strcmp(colour_names[i].name, word))
			return colour_names[i].colour;
	return -1;
}

static void begin_colour(Reader *r, const HtmlTag *tag, char kind, const char *text)
{
	int colour = text ? colour_of(text) : -1;
	if (colour >= 0)
		begin_span(r, tag->name, kind, colour);
}

static gboolean is_monospaced(const char *font)
{
	return font && (strstr(font, "mono") || strstr(font, "courier"));
}

/* One declaration of a style, in lower case: "font-weight: bold". */
static void begin_declared(Reader *r, const HtmlTag *tag, char *text)
{
	char *value = strchr(text, ':');
	if (!value)
		return;
	*value++ = 0;
	g_strstrip(text);
	g_strstrip(value);
	if (!strcmp(text, "color"))
		begin_colour(r, tag, 'f', value);
	else if (!strcmp(text, "background-color") || !strcmp(text, "background"))
		begin_colour(r, tag, 'g', value);
	else if (!strcmp(text, "font-weight") && (g_str_has_prefix(value, "bold") || atoi(value) >= 600))
		begin_span(r, tag->name, 'b', -1);
	else if (!strcmp(text, "font-style") && (!strcmp(value, "italic") || !strcmp(value, "oblique")))
		begin_span(r, tag->name, 'i', -1);
	else if (!strcmp(text, "font-family") && is_monospaced(value))
		begin_span(r, tag->name, 'c', -1);
	else if (!strcmp(text, "text-decoration") && strstr(value, "underline"))
		begin_span(r, tag->name, 'u', -1);
	if (!strcmp(text, "text-decoration") && strstr(value, "line-through"))
		begin_span(r, tag->name, 's', -1);
}

/* ---- elements ---- */

static gboolean at_line_start(const Reader *r)
{
	return !r->out->len || r->out->str[r->out->len - 1] == '\n';
}

static void new_line(Reader *r)
{
	if (!at_line_start(r))
		g_string_append_c(r->out, '\n');
}

/* Whatever is not a newline is written behind this. */
static void begin_line(Reader *r)
{
	for (guint i = 0; i < MIN(r->quotes, QUOTES_MAX) && (i || at_line_start(r)); i++)
		g_string_append(r->out, "> ");
}

static void open_link(Reader *r, const HtmlTag *tag)
{
	g_free(r->href);
	r->href = html_tag_attribute(tag, "href");
	r->link_from = r->out->len;
}

/* "words (address)", unless the words are the address. */
static void close_link(Reader *r)
{
	if (!r->href)
		return;
	const char *words = r->out->str + r->link_from, *bare = strstr(r->href, "://");
	if (!*words) {
		begin_line(r);
		g_string_append(r->out, r->href);
	} else if (!strstr(words, r->href) && strcmp(words, bare ? bare + 3 : r->href) && !(g_str_has_prefix(r->href, "mailto:") && !strcmp(words, r->href + 7)) &&
		strlen(r->href) <= HREF_MAX_BYTES) {
		g_string_append_printf(r->out, " (%s)", r->href);
	}
	g_clear_pointer(&r->href, g_free);
}

static void tag_break(Reader *r, const HtmlTag *tag G_GNUC_UNUSED)
{
	g_string_append_c(r->out, '\n');
}

static void tag_block(Reader *r, const HtmlTag *tag G_GNUC_UNUSED)
{
	new_line(r);
}

static void tag_list(Reader *r, const HtmlTag *tag)
{
	new_line(r);
	if (tag->closing)
		r->lists -= r->lists > 0;
	else if (r->lists++ < LISTS_MAX)
		r->numbers[r->lists - 1] = tag->name[0] == 'o';
}

static void tag_item(Reader *r, const HtmlTag *tag)
{
	new_line(r);
	if (tag->closing)
		return;
	guint depth = MIN(r->lists, LISTS_MAX), *number = depth ? &r->numbers[depth - 1] : NULL;
	begin_line(r);
	for (guint i = 1; i < depth; i++)
		g_string_append(r->out, "  ");
	if (number && *number)
		g_string_append_printf(r->out, "%u. ", (*number)++);
	else
		g_string_append(r->out, "• ");
}

static void tag_quote(Reader *r, const HtmlTag *tag)
{
	if (tag->closing) {
		end_spans(r, tag->name);
		r->quotes -= r->quotes > 0;
	}
	new_line(r);
	if (!tag->closing) {
		r->quotes++;
		begin_span(r, tag->name, 'q', -1);
	}
}

static void tag_link(Reader *r, const HtmlTag *tag)
{
	if (tag->closing)
		close_link(r);
	else
		open_link(r, tag);
}

static void tag_image(Reader *r, const HtmlTag *tag)
{
	g_autofree char *words = html_tag_attribute(tag, "alt");
	if (tag->closing)
		return;
	begin_line(r);
	g_string_append_printf(r->out, "[%s]", words && *words ? words : "image");
}

/* "a | b" */
static void tag_cell(Reader *r, const HtmlTag *tag)
{
	if (!tag->closing && !at_line_start(r))
		g_string_append(r->out, " | ");
}

static void tag_document(Reader *r, const HtmlTag *tag)
{
	r->document = !tag->closing;
}

static void tag_hide(Reader *r, const HtmlTag *tag)
{
	static const char *const names[] = { "head", "script", "style", "title" };
	for (guint i = 0; !tag->closing && i < G_N_ELEMENTS(names); i++)
		if (!strcmp(names[i], tag->name))
			r->hidden = names[i];
}

static void tag_styled(Reader *r, const HtmlTag *tag);

static void tag_heading(Reader *r, const HtmlTag *tag)
{
	if (tag->closing)
		tag_styled(r, tag);
	new_line(r);
	if (!tag->closing)
		tag_styled(r, tag);
}

static void tag_preformatted(Reader *r, const HtmlTag *tag)
{
	tag_heading(r, tag);
	if (!tag->closing)
		r->preformatted++;
	else
		r->preformatted -= r->preformatted > 0;
}

/* <font color= back= face=>, where IRC's plugin writes back. Noted also if it says nothing, for its closing tag. */
static void tag_font(Reader *r, const HtmlTag *tag)
{
	if (tag->closing) {
		end_spans(r, tag->name);
		return;
	}
	g_autofree char *front = html_tag_attribute(tag, "color"), *back = html_tag_attribute(tag, "back"), *face = html_tag_attribute(tag, "face");
	g_autofree char *font = face ? g_ascii_strdown(face, -1) : NULL;
	begin_span(r, tag->name, 0, -1);
	begin_colour(r, tag, 'f', front);
	begin_colour(r, tag, 'g', back);
	if (is_monospaced(font))
		begin_span(r, tag->name, 'c', -1);
}

static void tag_span(Reader *r, const HtmlTag *tag)
{
	if (tag->closing) {
		end_spans(r, tag->name);
		return;
	}
	g_autofree char *style = html_tag_attribute(tag, "style"), *lower = g_ascii_strdown(style ? style : "", -1);
	begin_span(r, tag->name, 0, -1);
	for (char *at = lower, *next; at && r->n_open < OPEN_MAX; at = next) {
		if ((next = strchr(at, ';')))
			*next++ = 0;
		begin_declared(r, tag, at);
	}
}

static const struct {
	const char *name;
	void (*apply)(Reader *, const HtmlTag *);
	char kind; /* of the span that it makes; 0: none */
} tags[] = {
	{ "a", tag_link, 0 },          { "b", tag_styled, 'b' },       { "blockquote", tag_quote, 0 }, { "br", tag_break, 0 },
	{ "cite", tag_styled, 'i' },   { "code", tag_styled, 'c' },    { "dd", tag_block, 0 },         { "del", tag_styled, 's' },    { "div", tag_block, 0 },        { "dt", tag_block, 0 },        { "em", tag_styled, 'i' },
	{ "font", tag_font, 0 },       { "h1", tag_heading, 'b' },     { "h2", tag_heading, 'b' },    { "h3", tag_heading, 'b' },     { "h4", tag_heading, 'b' },
	{ "h5", tag_heading, 'b' },    { "h6", tag_heading, 'b' },     { "head", tag_hide, 0 },       { "hr", tag_block, 0 },         { "html", tag_document, 0 },
	{ "i", tag_styled, 'i' },      { "img", tag_image, 0 },        { "ins", tag_styled, 'u' },    { "kbd", tag_styled, 'c' },     { "li", tag_item, 0 },
	{ "ol", tag_list, 0 },         { "p", tag_block, 0 },          { "pre", tag_preformatted, 'c' }, { "s", tag_styled, 's' },    { "samp", tag_styled, 'c' },
	{ "script", tag_hide, 0 },     { "span", tag_span, 0 },        { "strike", tag_styled, 's' }, { "strong", tag_styled, 'b' },  { "style", tag_hide, 0 },
	{ "td", tag_cell, 0 },         { "th", tag_cell, 0 },          { "title", tag_hide, 0 },      { "tr", tag_block, 0 },         { "tt", tag_styled, 'c' },
	{ "u", tag_styled, 'u' },      { "ul", tag_list, 0 },
};

static int find_tag(const char *name)
{
	for (guint i = 0; i < G_N_ELEMENTS(tags); i++)
		if (!strcmp(tags[i].name, name))
			return (int)i;
	return -1;
}

static void tag_styled(Reader *r, const HtmlTag *tag)
{
	if (tag->closing)
		end_spans(r, tag->name);
	else
		begin_span(r, tag->name, tags[find_tag(tag->name)].kind, -1);
}

static void apply_tag(Reader *r, const HtmlTag *tag)
{
	int found;
	if (r->hidden) {
		if (tag->closing && !strcmp(tag->name, r->hidden))
			r->hidden = NULL;
		return;
	}
	r->elements++;
	if ((found = find_tag(tag->name)) >= 0)
		tags[found].apply(r, tag);
}

/* ---- text ---- */

/* Codes of IRC that its plugin does not know and leaves in the text: each of them begins something, and the same one ends it. */
static const struct {
	char code, name[2], kind;
} codes[] = { { '\x1D', "\x1D", 'i' }, { '\x1E', "\x1E", 's' }, { '\x11', "\x11", 'c' } };

static gboolean take_code(Reader *r, char code)
{
	for (guint i = 0; i < G_N_ELEMENTS(codes); i++) {
		if (codes[i].code != code)
			continue;
		r->elements++;
		if (!end_spans(r, codes[i].name))
			begin_span(r, codes[i].name, codes[i].kind, -1);
		return TRUE;
	}
	return FALSE;
}

static const char *append_text(Reader *r, const char *at, const char *end)
{
	if (r->hidden || take_code(r, *at))
		return at + 1;
	gboolean folded = r->document && !r->preformatted && g_ascii_isspace(*at);
	if (*at != '\n' && !folded)
		begin_line(r);
	if (*at == '&')
		return at + html_append_entity(r->out, at, end);
	if (!folded)
		g_string_append_c(r->out, *at);
	else if (r->out->len && !g_ascii_isspace(r->out->str[r->out->len - 1]))
		g_string_append_c(r->out, ' ');
	return at + 1;
}

/* All that is still open ends with the text. */
static char *written_markup(Reader *r)
{
	for (guint i = 0; i < r->n_open; i++)
		add_span(r, &r->open[i]);
	g_autofree char *markup = markup_write(r->spans);
	gsize characters = 0;
	for (gsize i = 0; i < r->out->len; i++)
		characters += ((guchar)r->out->str[i] & 0xC0) != 0x80;
	return markup_part(markup, 0, characters);
}

char *html_to_marked(const char *html, char **markup)
{
	const char *end = html + strlen(html);
	g_autofree Reader *r = g_new0(Reader, 1);
	gboolean broken = FALSE; /* behind a tag without an end all is text: keeps "<a <a <a …" linear */
	r->out = g_string_sized_new(end - html + 1);
	r->spans = g_array_new(FALSE, FALSE, sizeof(MarkupSpan));
	for (const char *at = html; at < end;) {
		HtmlTag tag;
		if (*at == '<' && !strncmp(at, "<!--", 4)) {
			const char *close = strstr(at + 4, "-->");
			at = close ? close + 3 : end;
		} else if (!broken && *at == '<' && (at[1] == '!' || at[1] == '?') && g_ascii_isalpha(at[2])) { /* <!DOCTYPE html> */
			const char *close = strchr(at, '>');
			broken = !close;
			at = close ? close + 1 : append_text(r, at, end);
		} else if (!broken && html_begins_tag(at) && !(broken = !html_read_tag(at, &tag))) {
			apply_tag(r, &tag);
			at = tag.end + 1;
		} else {
			at = append_text(r, at, end);
		}
	}
	close_link(r);
	while (r->out->len && r->out->str[r->out->len - 1] == '\n')
		g_string_truncate(r->out, r->out->len - 1);
	if (markup)
		*markup = written_markup(r);
	g_array_unref(r->spans);
	return g_string_free(r->out, FALSE);
}

char *html_to_plain(const char *html)
{
	return html_to_marked(html, NULL);
}
