/* entryview.c: see entryview.h. What was computed is kept in the entry for its width; drawing a row costs that row. */
#include "config.h"
#include "entryview.h"

#include "base/markup.h"
#include "base/moment.h"

#include <string.h>

#define NAME_COLUMNS 14
#define SIGN_COLUMNS 4
#define COMPACT_BELOW 44
#define EDITED_COLUMNS 30 /* below, a sign stands for the word */
#define QUOTE_BYTES 300
#define REACTIONS_SHOWN 40

/* The signs of an outgoing message's state; each state has its own. */
static const struct {
	const char *sign;
	int role;
} signs[] = {
	[MESSAGE_QUEUED] = { "◌", STYLE_DIM },
	[MESSAGE_SENT] = { "✓", STYLE_DIM },
	[MESSAGE_DELIVERED] = { "✓✓", STYLE_GOOD },
	[MESSAGE_READ] = { "✓✓✓", STYLE_GOOD },
	[MESSAGE_FAILED] = { "!", STYLE_ERROR },
	[MESSAGE_UNREAD] = { "", STYLE_DIM },
};

Layout entryview_layout(const ChatStyle *style, int columns)
{
	Layout layout = { .columns = columns };
	g_autofree char *time = moment_local(moment_now(), style->time_format);
	layout.time = columns >= 24 && time ? MIN(paint_columns(time), 12) + 1 : 0;
	layout.compact = columns < COMPACT_BELOW;
	if (layout.compact) {
		layout.name = layout.time;
		layout.text = MAX(1, columns - layout.time - (columns >= 24 ? SIGN_COLUMNS : 0));
		return layout;
	}
	int wide = columns < 64 ? NAME_COLUMNS - 4 : NAME_COLUMNS;
	if (style->kind != CHAT_ROOM && style->other)
		wide = CLAMP(MAX(paint_columns(style->other), paint_columns(style->own)), 4, NAME_COLUMNS);
	layout.name = layout.time + wide + 2;
	layout.text = MAX(1, columns - layout.name - SIGN_COLUMNS);
	return layout;
}

static const char *name_for(const ChatStyle *style, Direction direction, const char *nick, const char *from)
{
	if (direction == DIRECTION_OUT)
		return style->own;
	if (style->kind == CHAT_ROOM)
		return nick ? nick : "";
	return style->other ? style->other : from ? from : "";
}

const char *entryview_name(const Entry *entry, const ChatStyle *style)
{
	return entry->kind == ENTRY_MESSAGE ? name_for(style, entry->direction, entry->nick, entry->from) : "";
}

static int name_role(const Entry *entry, const ChatStyle *style)
{
	if (entry->direction == DIRECTION_OUT)
		return STYLE_ME;
	if (!style->colours)
		return STYLE_WITH(STYLE_TEXT, LOOK_BOLD);
	return theme_name_role(style->kind == CHAT_DIRECT && style->address ? style->address : entryview_name(entry, style));
}

static gboolean is_aside(const Entry *entry)
{
	return entry->kind != ENTRY_MESSAGE || entry->type == MESSAGE_EVENT;
}

static int columns_for_text(const Entry *entry, const Layout *layout)
{
	if (!is_aside(entry))
		return layout->text;
	return MAX(1, layout->columns - layout->time - 2 - (layout->columns >= 24 ? 1 : 0));
}

/* ---- what it says ---- */

/* A file's fields: the lines of attachments in messages.def. */
typedef enum { FILE_URL, FILE_NAME, FILE_TYPE, FILE_SIZE, FILE_HASH, FILE_WORDS, FILE_LENGTH, FILE_PIXELS, FILE_SHOWN } FileField;

static char *file_field(const char *attachment, FileField wanted)
{
	g_auto(GStrv) fields = g_strsplit(attachment, "\n", FILE_SHOWN + 2);
	return g_strdup((guint)wanted < g_strv_length(fields) ? fields[wanted] : "");
}

/* A message that is nothing but its file says the file's address, for those who don't know better. */
static gboolean only_files(const Entry *entry)
{
	if (!entry->attachments[0])
		return FALSE;
	g_autofree char *url = file_field(entry->attachments[0], FILE_URL), *words = file_field(entry->attachments[0], FILE_WORDS);
	return !*entry->text || strcmp(entry->text, url) == 0 || strcmp(entry->text, words) == 0;
}

/* "0:12", "1:02:03", or NULL: not told. */
static char *length_words(const char *milliseconds)
{
	gint64 seconds = (g_ascii_strtoll(milliseconds, NULL, 10) + 500) / 1000, minutes = seconds / 60;
	if (!*milliseconds)
		return NULL;
	return minutes < 60 ? g_strdup_printf("%" G_GINT64_FORMAT ":%02d", minutes, (int)(seconds % 60))
	                    : g_strdup_printf("%" G_GINT64_FORMAT ":%02d:%02d", minutes / 60, (int)(minutes % 60), (int)(seconds % 60));
}

/* A sound that belongs to the talk and tells how long it is; what its file is called says nothing. */
static gboolean is_voice_message(const char *attachment)
{
	g_autofree char *type = file_field(attachment, FILE_TYPE), *length = file_field(attachment, FILE_LENGTH), *shown = file_field(attachment, FILE_SHOWN);
	return g_str_has_prefix(type, "audio/") && *length && strcmp(shown, "inline") == 0;
}

/* " (0:12, 640×480, 1.2 MB, image/png)": what is told of it. */
static void append_facts(GString *out, const char *attachment, gboolean voice)
{
	g_autofree char *type = file_field(attachment, FILE_TYPE), *size = file_field(attachment, FILE_SIZE), *length = file_field(attachment, FILE_LENGTH);
	g_autofree char *pixels = file_field(attachment, FILE_PIXELS), *time = length_words(length);
	gint64 bytes = g_ascii_strtoll(size, NULL, 10);
	g_autofree char *amount = bytes > 0 ? g_format_size((guint64)bytes) : NULL;
	char *const facts[] = { time, *pixels ? pixels : NULL, amount, *type && !voice ? type : NULL };
	const char *before = " (";
	for (guint i = 0; i < G_N_ELEMENTS(facts); i++)
		if (facts[i]) {
			g_string_append_printf(out, "%s%s", before, facts[i]);
			before = ", ";
		}
	if (*before == ',')
		g_string_append_c(out, ')');
}

/* "📎 name · how far it is (1.2 MB, image/png) · words on it": what changes stands where it is seen on a narrow screen too. */
static char *file_words(const Entry *entry, guint i, const ChatStyle *style, int columns)
{
	const WireTransfer *transfer = i == 0 ? transfers_of_message(style->model, style->account, entry->id) : NULL;
	const char *attachment = entry->attachments[0] ? entry->attachments[i] : "";
	gboolean voice = is_voice_message(attachment);
	g_autofree char *name = voice ? g_strdup("voice message") : file_field(attachment, FILE_NAME);
	g_autofree char *words = file_field(attachment, FILE_WORDS), *url = file_field(attachment, FILE_URL);
	g_autofree char *called = wrap_prepare(*name ? name : *url ? url : transfer && transfer->name ? transfer->name : "a file", TEXT_LINE, paint_emoji());
	gboolean moves = i == 0 && (transfer || (entry->saved && *entry->saved));
	gsize fits = wrap_fit(called, -1, MAX(10, moves ? columns / 2 : columns * 3 / 4), NULL);
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "📎 %.*s%s", (int)fits, called, called[fits] ? "…" : "");
	if (i == 0 && entry->saved && *entry->saved) {
		g_string_append_printf(out, " · saved: %s", entry->saved);
	} else if (transfer && !(transfer->state == TRANSFER_DONE && transfer->direction == DIRECTION_OUT)) {
		g_autofree char *how = transfer_words(transfer);
		g_string_append_printf(out, " · %s", how);
	}
	append_facts(out, attachment, voice);
	if (*words && strcmp(words, entry->text) != 0)
		g_string_append_printf(out, " · %s", words);
	return g_string_free(out, FALSE);
}

typedef struct {
	const ChatStyle *style;
	char *words;
} Quoted;

static void quote(Quoted *quoted, const char *name, const char *text, gboolean retracted)
{
	g_autofree char *beginning = text_shorten(text ? text : "", QUOTE_BYTES);
	quoted->words = g_strdup_printf("┌ %s: %s", name, retracted ? "taken back" : beginning);
}

static gboolean take_quoted(const WireMessage *message, gpointer user)
{
	Quoted *quoted = user;
	quote(quoted, name_for(quoted->style, message->direction, message->nick, message->from), message->text, message->retracted);
	return FALSE;
}

static char *quote_of(const Timeline *timeline, const Entry *entry, const ChatStyle *style)
{
	if (is_aside(entry) || entry->retracted || (entry->about == 0 && !entry->target))
		return NULL;
	Quoted quoted = { .style = style };
	const Entry *other = entry->about ? timeline_find(timeline, entry->about) : NULL;
	if (other)
		quote(&quoted, entryview_name(other, style), other->text, other->retracted);
	else if (entry->about && style->reader)
		reader_message(style->reader, entry->about, take_quoted, &quoted, NULL);
	return quoted.words ? quoted.words : g_strdup("┌ a message that is not here");
}

/* One reaction: EMOJI WHO; an empty WHO is the user. */
static char *split_reaction(const char *reaction, const char **who)
{
	const char *space = strchr(reaction, ' ');
	*who = space ? space + 1 : "";
	g_autofree char *emoji = g_strndup(reaction, space ? (gsize)(space - reaction) : strlen(reaction));
	g_auto(GStrv) pieces = g_strsplit(emoji, "\uFE0F", -1); /* some programs ask for the picture by it, and mean the same */
	return g_strjoinv("", pieces);
}

/* "👍 2  [❤]": in the order they came, the user's own in brackets; with names where they are asked for. */
static char *reactions_of(const Entry *entry, gboolean names)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (char **at = entry->reactions; *at && g_hash_table_size(seen) < REACTIONS_SHOWN; at++) {
		const char *who;
		g_autofree char *emoji = split_reaction(*at, &who);
		if (!*emoji || g_hash_table_contains(seen, emoji))
			continue;
		guint count = 0;
		gboolean own = FALSE;
		g_autoptr(GString) people = g_string_new(NULL);
		for (char **other = at; *other; other++) {
			const char *by;
			g_autofree char *same = split_reaction(*other, &by);
			if (strcmp(same, emoji) != 0)
				continue;
			count++;
			own = own || !*by;
			if (names && count <= 5)
				g_string_append_printf(people, "%s%s", people->len ? ", " : " ", *by ? by : "me");
		}
		g_autofree char *number = names ? g_strdup_printf("%s%s", people->str, count > 5 ? ", …" : "") : count > 1 ? g_strdup_printf(" %u", count) : g_strdup("");
		g_string_append_printf(out, "%s%s%s%s%s", out->len ? "  " : "", own ? "[" : "", emoji, number, own ? "]" : "");
		g_hash_table_add(seen, g_steal_pointer(&emoji));
	}
	return g_string_free(out, FALSE);
}

/* What stands before the words where the name has no column. */
static char *prefix_of(const Entry *entry, const ChatStyle *style, const Layout *layout)
{
	if (entry->kind != ENTRY_MESSAGE)
		return g_strdup("");
	if (entry->type == MESSAGE_EVENT) {
		g_autofree char *nick = wrap_prepare(entry->nick, TEXT_LINE, paint_emoji());
		return *nick && !g_str_has_prefix(entry->text, entry->nick) ? g_strconcat(nick, " ", NULL) : g_strdup("");
	}
	gboolean action = entry->type == MESSAGE_ACTION && !entry->retracted;
	if (!layout->compact && !action)
		return g_strdup("");
	g_autofree char *name = wrap_prepare(entryview_name(entry, style), TEXT_LINE, paint_emoji());
	gsize fits = wrap_fit(name, -1, MAX(4, layout->columns / 3), NULL);
	return action ? g_strdup_printf("%s%.*s ", layout->compact ? "* " : "", (int)fits, name) : g_strdup_printf("%.*s: ", (int)fits, name);
}

static char *words_of(Entry *entry, guint flags)
{
	if (entry->retracted && g_strcmp0(entry->error, HISTORY_UNSENT) == 0)
		return g_strdup("✗ " HISTORY_UNSENT);
	if (entry->retracted)
		return entry->note && *entry->note ? g_strdup_printf("✗ message taken back (%s)", entry->note) : g_strdup("✗ message taken back");
	if (only_files(entry))
		return g_strdup("");
	if ((flags & ENTRY_WHOLE) || strlen(entry->text) <= ENTRYVIEW_CUT_BYTES)
		return g_strdup(entry->text);
	const char *end = g_utf8_find_prev_char(entry->text, entry->text + ENTRYVIEW_CUT_BYTES);
	entry->cut = TRUE;
	return g_strndup(entry->text, end ? (gsize)(end - entry->text) : 0);
}

static void append_prepared(GString *out, const char *text, gsize length)
{
	g_autofree char *part = g_strndup(text, length), *clean = wrap_prepare(part, TEXT_LINES, paint_emoji());
	g_string_append(out, clean);
}

/* The words prepared part by part, so that it is known where each is then. */
static char *prepare_marked(const char *words, gsize offset, GArray *runs)
{
	GString *out = g_string_new(NULL);
	gsize done = 0;
	for (guint i = 0; i < runs->len; i++) {
		StylingRun *run = &g_array_index(runs, StylingRun, i);
		gsize start = run->start, end = start + run->length;
		append_prepared(out, words + done, start - done);
		run->start = (guint32)(offset + out->len);
		append_prepared(out, words + start, end - start);
		run->length = (guint32)(offset + out->len - run->start);
		done = end;
	}
	append_prepared(out, words + done, strlen(words + done));
	return g_string_free(out, FALSE);
}

/* The prefix and the words, and what of them looks different: as their sender said it, or by the marks that stand in them. */
static char *prepare_words(Entry *entry, const ChatStyle *style, const char *prefix, const char *words)
{
	gboolean styled = style->styling && entry->kind == ENTRY_MESSAGE && entry->type != MESSAGE_EVENT && !entry->retracted;
	g_autofree char *markup = styled && entry->markup ? markup_part(entry->markup, 0, (gsize)g_utf8_strlen(words, -1)) : NULL;
	entry->runs = markup_runs(markup, words);
	g_autofree char *clean = entry->runs ? prepare_marked(words, strlen(prefix), entry->runs) : wrap_prepare(words, TEXT_LINES, paint_emoji());
	char *plain = g_strconcat(prefix, clean, NULL);
	if (styled && !markup)
		entry->runs = styling_parse(plain, strlen(prefix));
	return plain;
}

/* Puts together what is shown and wraps it. All parts are prepared, so the whole is. */
static void prepare(const Timeline *timeline, Entry *entry, const ChatStyle *style, const Layout *layout, guint flags)
{
	int width = columns_for_text(entry, layout);
	if (entry->shown && entry->width == width)
		return;
	g_free(entry->shown);
	g_clear_pointer(&entry->lines, g_array_unref);
	g_clear_pointer(&entry->runs, g_array_unref);
	entry->cut = FALSE;
	g_autofree char *prefix = prefix_of(entry, style, layout), *words = words_of(entry, flags);
	g_autofree char *plain = prepare_words(entry, style, prefix, words);
	entry->mark = strlen(plain);
	entry->shown = g_strconcat(plain, entry->edited && !entry->retracted ? layout->text < EDITED_COLUMNS ? " ✎" : " (edited)" : "", NULL);
	entry->lines = wrap_lines(entry->shown, width);
	entry->width = width;
	if (!*entry->shown && entry->attachments[0])
		g_array_set_size(entry->lines, 0);
	if (!(flags & ENTRY_WHOLE) && entry->lines->len > ENTRYVIEW_CUT_LINES) {
		g_array_set_size(entry->lines, ENTRYVIEW_CUT_LINES);
		entry->cut = TRUE;
	}
	if (!entry->quote)
		entry->quote = quote_of(timeline, entry, style);
	if (!entry->reacted && entry->reactions[0])
		entry->reacted = reactions_of(entry, FALSE);
}

/* ---- its rows ---- */

typedef enum { PART_QUOTE, PART_WORDS, PART_CUT, PART_FILE, PART_REACTIONS, PART_ERROR, PARTS } Part;

static int part_rows(const Entry *entry, Part part, const ChatStyle *style)
{
	switch (part) {
	case PART_QUOTE:
		return entry->quote ? 1 : 0;
	case PART_WORDS:
		return (int)entry->lines->len;
	case PART_CUT:
		return entry->cut ? 1 : 0;
	case PART_FILE:
		if (!entry->attachments[0]) /* an event that tells of an offer, and how far it is */
			return transfers_of_message(style->model, style->account, entry->id) ? 1 : 0;
		return entry->retracted ? 0 : (int)g_strv_length(entry->attachments);
	case PART_REACTIONS:
		return entry->reacted && *entry->reacted && !entry->retracted ? 1 : 0;
	case PART_ERROR:
		return entry->kind == ENTRY_MESSAGE && entry->state == MESSAGE_FAILED && entry->direction == DIRECTION_OUT && !entry->retracted ? 1 : 0;
	case PARTS:
		break;
	}
	return 0;
}

int entryview_rows(const Timeline *timeline, Entry *entry, const ChatStyle *style, const Layout *layout, guint flags)
{
	prepare(timeline, entry, style, layout, flags);
	int rows = 0;
	for (Part part = 0; part < PARTS; part++)
		rows += part_rows(entry, part, style);
	return MAX(rows, 1);
}

/* ---- drawing ---- */

static int words_role(const Entry *entry, guint flags)
{
	if (flags & ENTRY_CHOSEN)
		return STYLE_CHOSEN;
	if (entry->kind != ENTRY_MESSAGE)
		return entry->kind == ENTRY_LOCAL ? STYLE_LOCAL : STYLE_ERROR;
	if (entry->type == MESSAGE_EVENT || entry->retracted)
		return STYLE_EVENT;
	return flags & ENTRY_FOUND ? STYLE_FOUND : entry->mention ? STYLE_MENTION : STYLE_TEXT;
}

/* Time, name and the sign of the state: beside the first row. */
static void draw_head(WINDOW *window, int y, int x, const Entry *entry, const ChatStyle *style, const Layout *layout, guint flags)
{
	gboolean chosen = (flags & ENTRY_CHOSEN) != 0, aside = is_aside(entry);
	if (layout->time) {
		g_autofree char *time = moment_local(entry->time, style->time_format);
		paint_text(window, y, x, layout->time - 1, chosen ? STYLE_CHOSEN : STYLE_DIM, time);
	}
	if (aside) {
		const char *sign = entry->kind == ENTRY_FAILURE ? "!" : entry->kind == ENTRY_LOCAL ? "▪" : "·";
		paint_text(window, y, x + layout->time, 2, words_role(entry, flags), sign);
	} else if (!layout->compact) {
		gboolean action = entry->type == MESSAGE_ACTION && !entry->retracted;
		paint_text(window, y, x + layout->time, layout->name - layout->time - 2, chosen ? STYLE_CHOSEN : name_role(entry, style),
		           action ? "*" : entryview_name(entry, style));
	}
	if (layout->columns < 24 || aside)
		return;
	if (entry->direction == DIRECTION_OUT) {
		if (entry->retracted && entry->state == MESSAGE_FAILED)
			return; /* it never left */
		gboolean read = (flags & ENTRY_READ) && (entry->state == MESSAGE_SENT || entry->state == MESSAGE_DELIVERED);
		MessageState state = read ? MESSAGE_READ : entry->state;
		paint_right(window, y, x + layout->columns - SIGN_COLUMNS, SIGN_COLUMNS, chosen ? STYLE_CHOSEN : signs[state].role, signs[state].sign);
	} else if (entry->mention) {
		paint_right(window, y, x + layout->columns - SIGN_COLUMNS, SIGN_COLUMNS, chosen ? STYLE_CHOSEN : STYLE_MENTION, "@");
	}
}

/* Draws again the bytes of a line that look different from the rest of it. */
static void draw_part(WINDOW *window, int y, int x, int columns, const Entry *entry, const WrapLine *line, gsize from, gsize to, int role)
{
	gsize start = MAX(from, line->start), end = MIN(to, (gsize)line->start + line->length);
	if (start >= end)
		return;
	int before = wrap_columns(entry->shown + line->start, (gssize)(start - line->start));
	if (before < columns)
		paint_prepared(window, y, x + before, columns - before, role, entry->shown + start, end - start);
}

static int run_role(const StylingRun *run, int role, const ChatStyle *style)
{
	guint bits = run->bits;
	guint look = (bits & STYLING_STRONG ? LOOK_BOLD : 0) | (bits & STYLING_EMPHASIS ? LOOK_ITALIC : 0) | (bits & STYLING_STRIKE ? LOOK_DIM : 0) |
		(bits & STYLING_UNDERLINE ? LOOK_UNDERLINE : 0);
	if (role == STYLE_TEXT && style->text_colours && (run->front >= 0 || run->back >= 0))
		role = STYLE_PAINTED(run->front, run->back);
	else if (role == STYLE_TEXT)
		role = bits & STYLING_CODE ? STYLE_CODE : bits & STYLING_QUOTE ? STYLE_QUOTE : role;
	return STYLE_WITH(role, look);
}

static void draw_words(WINDOW *window, int y, int x, const Entry *entry, guint i, const ChatStyle *style, const Layout *layout, guint flags)
{
	const WrapLine *line = &g_array_index(entry->lines, WrapLine, i);
	int role = words_role(entry, flags), columns = columns_for_text(entry, layout);
	paint_prepared(window, y, x, columns, role, entry->shown + line->start, line->length);
	for (guint run = 0; entry->runs && run < entry->runs->len; run++) {
		const StylingRun *at = &g_array_index(entry->runs, StylingRun, run);
		if (at->start >= line->start + line->length)
			break;
		draw_part(window, y, x, columns, entry, line, at->start, (gsize)at->start + at->length, run_role(at, role, style));
	}
	if (flags & ENTRY_CHOSEN)
		return;
	draw_part(window, y, x, columns, entry, line, entry->mark, strlen(entry->shown), STYLE_DIM);
	if (i == 0 && !is_aside(entry) && (layout->compact || entry->type == MESSAGE_ACTION)) { /* the name stands in the words */
		g_autofree char *prefix = prefix_of(entry, style, layout);
		draw_part(window, y, x, columns, entry, line, 0, strlen(prefix), name_role(entry, style));
	}
}

void entryview_draw(WINDOW *window, int y, int x, const Entry *entry, int row, const ChatStyle *style, const Layout *layout, guint flags)
{
	gboolean chosen = (flags & ENTRY_CHOSEN) != 0;
	if (chosen) {
		paint_fill(window, y, x, layout->columns, STYLE_CHOSEN);
		if (x > 0)
			paint_text(window, y, x - 1, 1, STYLE_CHOSEN, " ");
	}
	if (row == 0)
		draw_head(window, y, x, entry, style, layout, flags);
	if (row == 0 && chosen)
		paint_text(window, y, MAX(x - 1, 0), 1, STYLE_CHOSEN, "▸");
	Part part = 0;
	while (part < PARTS && row >= part_rows(entry, part, style))
		row -= part_rows(entry, part++, style);
	int text_x = x + (is_aside(entry) ? layout->time + 2 : layout->name), wide = columns_for_text(entry, layout);
	g_autofree char *words = NULL;
	int role = STYLE_DIM;
	switch (part) {
	case PART_QUOTE:
		words = g_strdup(entry->quote);
		role = STYLE_QUOTE;
		break;
	case PART_WORDS:
		draw_words(window, y, text_x, entry, (guint)row, style, layout, flags);
		return;
	case PART_CUT: {
		g_autofree char *size = g_format_size(strlen(entry->text));
		words = g_strdup_printf("… a long message of %s: Alt-m shows it whole", size);
		break;
	}
	case PART_FILE:
		words = file_words(entry, (guint)row, style, wide);
		role = STYLE_FILE;
		break;
	case PART_REACTIONS:
		words = chosen ? reactions_of(entry, TRUE) : g_strdup(entry->reacted);
		role = STYLE_REACTION;
		break;
	case PART_ERROR:
		words = g_strdup_printf("not sent: %s", entry->error ? entry->error : "the network did not say why");
		role = STYLE_ERROR;
		break;
	case PARTS:
		return;
	}
	paint_text(window, y, text_x, wide, chosen ? STYLE_CHOSEN : role, words);
}
