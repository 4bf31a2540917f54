/* markup.c: see markup.h. */
#include "config.h"
#include "base/markup.h"

#include <string.h>

static const struct {
	char kind;
	guint bit; /* 0: a colour */
} kinds[] = { { 'b', STYLING_STRONG }, { 'i', STYLING_EMPHASIS }, { 'u', STYLING_UNDERLINE }, { 's', STYLING_STRIKE }, { 'c', STYLING_CODE }, { 'q', STYLING_QUOTE },
	{ 'f', 0 }, { 'g', 0 } };

/* mIRC's sixteen, and the further ones that most IRC programs agree on. */
static const guint32 colours[MARKUP_COLOURS] = {
	0xffffff, 0x000000, 0x00007f, 0x009300, 0xff0000, 0x7f0000, 0x9c009c, 0xfc7f00, 0xffff00, 0x00fc00, 0x009393, 0x00ffff, 0x0000fc, 0xff00ff, 0x7f7f7f, 0xd2d2d2,
	0x470000, 0x472100, 0x474700, 0x324700, 0x004700, 0x00472c, 0x004747, 0x002747, 0x000047, 0x2e0047, 0x470047, 0x47002a,
	0x740000, 0x743a00, 0x747400, 0x517400, 0x007400, 0x007449, 0x007474, 0x004074, 0x000074, 0x4b0074, 0x740074, 0x740045,
	0xb50000, 0xb56300, 0xb5b500, 0x7db500, 0x00b500, 0x00b571, 0x00b5b5, 0x0063b5, 0x0000b5, 0x7500b5, 0xb500b5, 0xb5006b,
	0xff0000, 0xff8c00, 0xffff00, 0xb2ff00, 0x00ff00, 0x00ffa0, 0x00ffff, 0x008cff, 0x0000ff, 0xa500ff, 0xff00ff, 0xff0098,
	0xff5959, 0xffb459, 0xffff71, 0xcfff60, 0x6fff6f, 0x65ffc9, 0x6dffff, 0x59b4ff, 0x5959ff, 0xc459ff, 0xff66ff, 0xff59bc,
	0xff9c9c, 0xffd39c, 0xffff9c, 0xe2ff9c, 0x9cff9c, 0x9cffdb, 0x9cffff, 0x9cd3ff, 0x9c9cff, 0xdc9cff, 0xff9cff, 0xff94d3,
	0x000000, 0x131313, 0x282828, 0x363636, 0x4d4d4d, 0x656565, 0x818181, 0x9f9f9f, 0xbcbcbc, 0xe2e2e2, 0xffffff,
};

guint32 markup_rgb(int colour)
{
	return colours[CLAMP(colour, 0, MARKUP_COLOURS - 1)];
}

int markup_nearest(guint32 rgb, int count)
{
	int best = 0;
	gint64 best_distance = G_MAXINT64;
	for (int i = 0; i < count; i++) {
		gint64 distance = 0;
		for (int shift = 0; shift < 24; shift += 8) {
			gint64 step = (gint64)((rgb >> shift) & 255) - (gint64)((colours[i] >> shift) & 255);
			distance += step * step;
		}
		if (distance < best_distance) {
			best = i;
			best_distance = distance;
		}
	}
	return best;
}

/* ---- reading and writing ---- */

static int kind_of(char letter)
{
	for (guint i = 0; i < G_N_ELEMENTS(kinds); i++)
		if (kinds[i].kind == letter)
			return (int)i;
	return -1;
}

/* A number of at most seven digits; FALSE if there is none, or something else than what stands in stop behind it. */
static gboolean read_number(const char **at, char stop, guint32 *number)
{
	const char *from = *at;
	for (*number = 0; g_ascii_isdigit(**at) && *at - from < 7; (*at)++)
		*number = *number * 10 + (guint32)(**at - '0');
	gboolean good = *at > from && **at == stop;
	*at += good && stop;
	return good;
}

static gboolean read_span(const char *word, gsize characters, MarkupSpan *span)
{
	const char *at = word + 1;
	int kind = kind_of(*word);
	guint32 colour = 0;
	if (kind < 0 || (!kinds[kind].bit && (!read_number(&at, ':', &colour) || colour >= MARKUP_COLOURS)))
		return FALSE;
	span->kind = *word;
	span->colour = kinds[kind].bit ? -1 : (gint8)colour;
	return read_number(&at, '-', &span->start) && read_number(&at, '\0', &span->end) && span->start < span->end && span->end <= characters;
}

GArray *markup_parse(const char *markup, gsize characters)
{
	GArray *spans = g_array_new(FALSE, FALSE, sizeof(MarkupSpan));
	for (const char *at = markup ? markup : ""; *at && spans->len < MARKUP_SPANS_MAX;) {
		gsize length = strcspn(at, " ");
		char word[32];
		MarkupSpan span;
		g_strlcpy(word, at, MIN(sizeof word, length + 1));
		if (length && length < sizeof word && read_span(word, characters, &span) &&
			(!spans->len || span.start >= g_array_index(spans, MarkupSpan, spans->len - 1).start))
			g_array_append_val(spans, span);
		at += length + (at[length] == ' ');
	}
	return spans;
}

/* Of two that begin together the longer one first: what lies inside another comes later, and counts. */
static int compare_spans(gconstpointer a, gconstpointer b)
{
	const MarkupSpan *x = a, *y = b;
	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->end != y->end ? (x->end > y->end ? -1 : 1) : x->kind - y->kind;
}

char *markup_write(const GArray *spans)
{
	if (!spans || !spans->len)
		return NULL;
	g_autoptr(GArray) sorted = g_array_copy((GArray *)spans);
	GString *out = g_string_new(NULL);
	g_array_sort(sorted, compare_spans);
	for (guint i = 0; i < MIN(sorted->len, MARKUP_SPANS_MAX); i++) {
		const MarkupSpan *span = &g_array_index(sorted, MarkupSpan, i);
		g_string_append_printf(out, "%s%c", i ? " " : "", span->kind);
		if (span->colour >= 0)
			g_string_append_printf(out, "%d:", span->colour);
		g_string_append_printf(out, "%u-%u", span->start, span->end);
	}
	return g_string_free(out, FALSE);
}

char *markup_part(const char *markup, gsize skip, gsize characters)
{
	if (!markup || !*markup)
		return NULL;
	g_autoptr(GArray) spans = markup_parse(markup, G_MAXUINT32), kept = g_array_new(FALSE, FALSE, sizeof(MarkupSpan));
	for (guint i = 0; i < spans->len; i++) {
		MarkupSpan span = g_array_index(spans, MarkupSpan, i);
		gsize start = span.start > skip ? span.start - skip : 0, end = span.end > skip ? span.end - skip : 0;
		span.start = (guint32)MIN(start, characters);
		span.end = (guint32)MIN(end, characters);
		if (span.start < span.end)
			g_array_append_val(kept, span);
	}
	return markup_write(kept);
}

/* ---- what it looks like ---- */

static int compare_numbers(gconstpointer a, gconstpointer b)
{
	guint32 x = *(const guint32 *)a, y = *(const guint32 *)b;
	return x < y ? -1 : x > y;
}

static GArray *borders_of(const GArray *spans)
{
	GArray *borders = g_array_new(FALSE, FALSE, sizeof(guint32));
	for (guint i = 0; i < spans->len; i++) {
		const MarkupSpan *span = &g_array_index(spans, MarkupSpan, i);
		g_array_append_val(borders, span->start);
		g_array_append_val(borders, span->end);
	}
	g_array_sort(borders, compare_numbers);
	return borders;
}

/* The look of what begins at a border. */
static StylingRun look_at(const GArray *spans, guint32 border)
{
	StylingRun run = { .front = -1, .back = -1 };
	for (guint i = 0; i < spans->len; i++) {
		const MarkupSpan *span = &g_array_index(spans, MarkupSpan, i);
		if (span->start > border || span->end <= border)
			continue;
		run.bits |= kinds[kind_of(span->kind)].bit;
		if (span->kind == 'f')
			run.front = span->colour;
		else if (span->kind == 'g')
			run.back = span->colour;
	}
	return run;
}

/* What belongs to the character before it: its marks, and the end of a line. */
static gboolean belongs_before(const char *text, const char *at)
{
	return at > text && (g_unichar_ismark(g_utf8_get_char(at)) || (*at == '\n' && at[-1] == '\r'));
}

static const char *go_on(const char *text, const char *at, guint32 characters)
{
	while (characters-- && *at)
		at = g_utf8_next_char(at);
	while (*at && belongs_before(text, at))
		at = g_utf8_next_char(at);
	return at;
}

GArray *markup_runs(const char *markup, const char *text)
{
	if (!markup || !*markup)
		return NULL;
	g_autoptr(GArray) spans = markup_parse(markup, (gsize)g_utf8_strlen(text, -1)), borders = borders_of(spans);
	GArray *runs = NULL;
	const char *at = text, *counted = text;
	guint32 place = 0;
	for (guint i = 0; i + 1 < borders->len; i++) {
		guint32 from = g_array_index(borders, guint32, i), to = g_array_index(borders, guint32, i + 1);
		if (from == to)
			continue;
		for (; place < from && *counted; place++)
			counted = g_utf8_next_char(counted);
		const char *start = MAX(at, go_on(text, counted, 0));
		at = MAX(start, go_on(text, counted, to - from));
		StylingRun run = look_at(spans, from);
		run.start = (guint32)(start - text);
		run.length = (guint32)(at - start);
		if (!run.length || (!run.bits && run.front < 0 && run.back < 0))
			continue;
		runs = runs ? runs : g_array_new(FALSE, FALSE, sizeof(StylingRun));
		g_array_append_val(runs, run);
	}
	return runs;
}
