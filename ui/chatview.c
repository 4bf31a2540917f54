/* chatview.c: see chatview.h.
 *
 * An entry takes these rows: the day line if its day begins, the line of what is new, its lines, why it failed. Only entries that are
 * visible are wrapped, once for a width.
 */
#include "config.h"
#include "chatview.h"

#include "base/moment.h"

#include <string.h>

#define NAME_COLUMNS 14
#define SIGN_COLUMNS 4
#define COMPACT_BELOW 44

/* How the columns of the view are used. */
typedef struct {
	int time, name, text; /* where the name and the text begin, and the text's columns */
	gboolean compact;
	int columns;
} Layout;

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

static Entry *entry_at(const ChatView *view, int i)
{
	return timeline_entries(view->timeline)->pdata[i];
}

static int count_of(const ChatView *view)
{
	return (int)timeline_entries(view->timeline)->len;
}

static Layout layout_of(const ChatStyle *style, int columns)
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

static const char *name_of(const Entry *entry, const ChatStyle *style)
{
	if (entry->kind != ENTRY_MESSAGE)
		return "";
	if (entry->direction == DIRECTION_OUT)
		return style->own;
	if (style->kind == CHAT_ROOM)
		return entry->nick ? entry->nick : "";
	return style->other ? style->other : entry->from ? entry->from : "";
}

static gboolean is_aside(const Entry *entry)
{
	return entry->kind != ENTRY_MESSAGE || entry->type == MESSAGE_EVENT;
}

/* The text as it stands behind the name column. */
static char *words_of(const ChatView *view, Entry *entry, const ChatStyle *style, const Layout *layout)
{
	const char *text = entry->text;
	gsize length = strlen(text);
	g_autofree char *cut = NULL;
	if (!view->whole && length > CHATVIEW_CUT_BYTES) {
		const char *end = g_utf8_find_prev_char(text, text + CHATVIEW_CUT_BYTES);
		text = cut = g_strndup(text, end ? (gsize)(end - text) : 0);
		entry->cut = TRUE;
	}
	GString *out = g_string_new(NULL);
	if (entry->kind == ENTRY_MESSAGE && entry->type == MESSAGE_EVENT) {
		if (entry->nick && !g_str_has_prefix(text, entry->nick))
			g_string_append_printf(out, "%s ", entry->nick);
	} else if (entry->kind == ENTRY_MESSAGE && (layout->compact || entry->type == MESSAGE_ACTION)) {
		g_autofree char *name = wrap_prepare(name_of(entry, style), TEXT_LINE, paint_emoji());
		gsize fits = wrap_fit(name, -1, MAX(4, layout->columns / 3), NULL);
		if (entry->type == MESSAGE_ACTION)
			g_string_append_printf(out, "%s%.*s ", layout->compact ? "* " : "", (int)fits, name);
		else
			g_string_append_printf(out, "%.*s: ", (int)fits, name);
	}
	g_string_append(out, text);
	char *shown = wrap_prepare(out->str, TEXT_LINES, paint_emoji());
	g_string_free(out, TRUE);
	return shown;
}

static int text_columns(const Entry *entry, const Layout *layout)
{
	if (!is_aside(entry))
		return layout->text;
	return MAX(1, layout->columns - layout->time - 2 - (layout->columns >= 24 ? 1 : 0));
}

static void prepare(const ChatView *view, Entry *entry, const ChatStyle *style, const Layout *layout)
{
	int width = text_columns(entry, layout);
	if (entry->shown && entry->width == width)
		return;
	g_free(entry->shown);
	g_clear_pointer(&entry->lines, g_array_unref);
	entry->cut = FALSE;
	entry->shown = words_of(view, entry, style, layout);
	entry->lines = wrap_lines(entry->shown, width);
	entry->width = width;
	if (!view->whole && entry->lines->len > CHATVIEW_CUT_LINES) {
		g_array_set_size(entry->lines, CHATVIEW_CUT_LINES);
		entry->cut = TRUE;
	}
}

static gboolean begins_day(const ChatView *view, int i)
{
	const Entry *entry = entry_at(view, i);
	if (i == 0)
		return TRUE;
	return moment_day(entry->time) != moment_day(entry_at(view, i - 1)->time);
}

static gboolean begins_new(const ChatView *view, int i)
{
	if (view->new_after < 0)
		return FALSE;
	const Entry *entry = entry_at(view, i);
	if (entry->time <= view->new_after || entry->direction != DIRECTION_IN)
		return FALSE;
	for (int before = i - 1; before >= 0; before--) {
		const Entry *other = entry_at(view, before);
		if (other->id)
			return other->time <= view->new_after;
	}
	return timeline_at_start(view->timeline);
}

static gboolean shows_error(const Entry *entry)
{
	return entry->kind == ENTRY_MESSAGE && entry->state == MESSAGE_FAILED && entry->direction == DIRECTION_OUT;
}

static int height_of(const ChatView *view, int i, const ChatStyle *style, const Layout *layout)
{
	Entry *entry = entry_at(view, i);
	prepare(view, entry, style, layout);
	return (begins_day(view, i) ? 1 : 0) + (begins_new(view, i) ? 1 : 0) + (int)entry->lines->len + (entry->cut ? 1 : 0) + (shows_error(entry) ? 1 : 0);
}

/* Where the name stands in the text itself. */
static void draw_name_again(WINDOW *window, int y, int x, const Entry *entry, gsize most, const ChatStyle *style, const Layout *layout)
{
	g_autofree char *name = wrap_prepare(name_of(entry, style), TEXT_LINE, paint_emoji());
	gsize length = wrap_fit(name, -1, MAX(4, layout->columns / 3), NULL) + (layout->compact ? (entry->type == MESSAGE_ACTION ? 2 : 1) : 0);
	int role = entry->direction == DIRECTION_OUT ? STYLE_ME : theme_name_role(name_of(entry, style));
	if (length <= most)
		paint_prepared(window, y, x, text_columns(entry, layout), role, entry->shown, length);
}

static void draw_line(const ChatView *view, WINDOW *window, int y, int x, Entry *entry, guint line, const ChatStyle *style, const Layout *layout)
{
	const WrapLine *part = &g_array_index(entry->lines, WrapLine, line);
	gboolean aside = is_aside(entry);
	int role = entry->kind == ENTRY_LOCAL ? STYLE_LOCAL : entry->kind == ENTRY_FAILURE ? STYLE_ERROR : entry->type == MESSAGE_EVENT ? STYLE_EVENT
	         : entry->id && entry->id == view->found ? STYLE_FOUND : entry->mention ? STYLE_MENTION : STYLE_TEXT;
	int text_x = x + (aside ? layout->time + 2 : layout->name);
	if (line == 0) {
		if (layout->time) {
			g_autofree char *time = moment_local(entry->time, style->time_format);
			paint_text(window, y, x, layout->time - 1, STYLE_DIM, time);
		}
		if (aside) {
			const char *sign = entry->kind == ENTRY_FAILURE ? "!" : entry->kind == ENTRY_LOCAL ? "▪" : "·";
			paint_text(window, y, x + layout->time, 2, role, sign);
		} else if (!layout->compact) {
			const char *name = name_of(entry, style);
			int name_role = entry->direction == DIRECTION_OUT ? STYLE_ME : theme_name_role(name);
			int at = x + layout->time, wide = layout->name - layout->time - 2;
			paint_text(window, y, at, wide, name_role, entry->type == MESSAGE_ACTION ? "*" : name);
		}
		if (entry->kind == ENTRY_MESSAGE && entry->direction == DIRECTION_OUT && !aside && layout->columns >= 24)
			paint_right(window, y, x + layout->columns - SIGN_COLUMNS, SIGN_COLUMNS, signs[entry->state].role, signs[entry->state].sign);
		else if (entry->mention && layout->columns >= 24)
			paint_right(window, y, x + layout->columns - SIGN_COLUMNS, SIGN_COLUMNS, STYLE_MENTION, "@");
	}
	paint_prepared(window, y, text_x, text_columns(entry, layout), role, entry->shown + part->start, part->length);
	if (line == 0 && !aside && (layout->compact || entry->type == MESSAGE_ACTION)) /* the name again, in its colour */
		draw_name_again(window, y, text_x, entry, part->length, style, layout);
}

/* Row number row of entry i, from its top. */
static void draw_row(const ChatView *view, WINDOW *window, int y, int x, int i, int row, const ChatStyle *style, const Layout *layout)
{
	Entry *entry = entry_at(view, i);
	if (begins_day(view, i) && row-- == 0) {
		g_autofree char *day = moment_local(entry->time, style->date_format);
		paint_rule(window, y, x, layout->columns, STYLE_RULE, STYLE_DIM, day);
		return;
	}
	if (begins_new(view, i) && row-- == 0) {
		paint_rule(window, y, x, layout->columns, STYLE_NEW, STYLE_NEW, "new");
		return;
	}
	if (row < (int)entry->lines->len) {
		draw_line(view, window, y, x, entry, (guint)row, style, layout);
		return;
	}
	row -= (int)entry->lines->len;
	int text_x = x + (is_aside(entry) ? layout->time + 2 : layout->name);
	if (entry->cut && row-- == 0) {
		g_autofree char *size = g_format_size(strlen(entry->text));
		g_autofree char *hint = g_strdup_printf("… a long message of %s: Alt-m shows it whole", size);
		paint_text(window, y, text_x, layout->columns - (text_x - x), STYLE_DIM, hint);
		return;
	}
	g_autofree char *why = g_strdup_printf("not sent: %s", entry->error ? entry->error : "the network did not say why");
	paint_text(window, y, text_x, layout->columns - (text_x - x), STYLE_ERROR, why);
}

static int bottom_index(ChatView *view)
{
	int count = count_of(view);
	if (view->follow || !view->bottom)
		return count - 1;
	int i = timeline_index(view->timeline, view->bottom);
	if (i < 0) { /* it was removed */
		view->follow = TRUE;
		view->bottom = NULL;
		view->skip = 0;
		return count - 1;
	}
	return i;
}

const Entry *chatview_keep(const ChatView *view)
{
	return view->follow ? NULL : view->bottom;
}

static void load_older(ChatView *view, const ChatStyle *style, int index)
{
	const Entry *keep = index >= 0 ? entry_at(view, index) : NULL;
	g_autoptr(GError) error = NULL;
	if (timeline_load_older(view->timeline, style->reader, keep, &error) == 0 && error)
		timeline_add_local(view->timeline, ENTRY_FAILURE, error->message);
}

void chatview_draw(ChatView *view, WINDOW *window, int y, int x, int rows, int columns, const ChatStyle *style)
{
	if (rows <= 0 || columns <= 0)
		return;
	view->rows = rows;
	view->columns = columns;
	Layout layout = layout_of(style, columns);
	if (count_of(view) == 0 && style->reader && !timeline_at_start(view->timeline))
		load_older(view, style, -1);
	int bottom = bottom_index(view);
	if (bottom < 0) {
		if (style->empty)
			paint_text(window, y + rows / 2, x + 1, columns - 2, STYLE_DIM, style->empty);
		return;
	}
	int skip = view->follow ? 0 : view->skip;
	skip = CLAMP(skip, 0, height_of(view, bottom, style, &layout) - 1);
	/* Upwards until the view is full. */
	int first = bottom, filled = height_of(view, bottom, style, &layout) - skip;
	while (filled < rows) {
		if (first == 0) {
			const Entry *top = entry_at(view, 0), *low = entry_at(view, bottom);
			int before = count_of(view);
			if (!style->reader || timeline_at_start(view->timeline))
				break;
			load_older(view, style, bottom);
			first = timeline_index(view->timeline, top);
			bottom = timeline_index(view->timeline, low);
			if (first <= 0 || bottom < 0) {
				first = MAX(first, 0);
				bottom = bottom < 0 ? count_of(view) - 1 : bottom;
				if (count_of(view) == before)
					break;
			}
			/* The rows above may have changed (a day line); count again. */
			filled = -skip;
			for (int i = first; i <= bottom; i++)
				filled += height_of(view, i, style, &layout);
			continue;
		}
		first--;
		filled += height_of(view, first, style, &layout);
	}
	if (filled < rows && !view->follow && timeline_at_start(view->timeline)) {
		/* Scrolled above the beginning: the beginning stands at the top, what follows fills the rest. */
		int low = bottom, have = filled;
		if (skip > 0) {
			int take = MIN(skip, rows - have);
			skip -= take;
			have += take;
		}
		while (have < rows && low + 1 < count_of(view)) {
			low++;
			int height = height_of(view, low, style, &layout);
			skip = MAX(0, have + height - rows);
			have += height - skip;
		}
		bottom = low;
		filled = have;
		view->bottom = entry_at(view, bottom);
		view->skip = skip;
	}
	int row_y = y, hidden = MAX(0, filled - rows);
	for (int i = first; i <= bottom && row_y < y + rows; i++) {
		int height = height_of(view, i, style, &layout) - (i == bottom ? skip : 0);
		for (int row = 0; row < height && row_y < y + rows; row++) {
			if (hidden > 0) {
				hidden--;
				continue;
			}
			draw_row(view, window, row_y++, x, i, row, style, &layout);
		}
	}
	if (!view->follow && (view->below || !timeline_at_end(view->timeline))) {
		g_autofree char *hint = view->below ? g_strdup_printf(" ↓ %u new ", view->below) : g_strdup(" ↓ newer ");
		int wide = MIN(paint_columns(hint), columns);
		paint_text(window, y + rows - 1, x + columns - wide, wide, view->below ? STYLE_CARD : STYLE_CHOSEN, hint);
	}
}

static void go_newest(ChatView *view)
{
	view->follow = TRUE;
	view->bottom = NULL;
	view->skip = 0;
	view->below = 0;
}

static void scroll_back(ChatView *view, int lines, const ChatStyle *style, const Layout *layout)
{
	int bottom = bottom_index(view);
	int skip = (view->follow ? 0 : view->skip) + lines;
	view->follow = FALSE;
	for (;;) {
		int height = height_of(view, bottom, style, layout);
		if (skip < height)
			break;
		if (bottom == 0) {
			const Entry *top = entry_at(view, 0);
			if (style->reader && !timeline_at_start(view->timeline)) {
				load_older(view, style, 0);
				bottom = timeline_index(view->timeline, top);
				if (bottom > 0)
					continue;
				bottom = MAX(bottom, 0);
			}
			skip = height_of(view, bottom, style, layout) - 1;
			break;
		}
		skip -= height;
		bottom--;
	}
	view->bottom = entry_at(view, bottom);
	view->skip = skip;
}

static void scroll_forward(ChatView *view, int lines, const ChatStyle *style, const Layout *layout)
{
	if (view->follow)
		return;
	int bottom = bottom_index(view);
	int skip = view->skip - lines;
	while (skip < 0) {
		if (bottom + 1 >= count_of(view)) {
			const Entry *low = entry_at(view, bottom);
			if (style->reader && !timeline_at_end(view->timeline) && timeline_load_newer(view->timeline, style->reader, low, NULL) > 0) {
				bottom = timeline_index(view->timeline, low);
				continue;
			}
			go_newest(view);
			return;
		}
		bottom++;
		skip += height_of(view, bottom, style, layout);
	}
	view->bottom = entry_at(view, bottom);
	view->skip = skip;
	if (skip == 0 && bottom + 1 == count_of(view) && timeline_at_end(view->timeline))
		go_newest(view);
}

/* Rows that are in the timeline above the bottom, at most enough. */
static gboolean fills(ChatView *view, const ChatStyle *style, const Layout *layout)
{
	int rows = 0;
	for (int i = bottom_index(view); i >= 0; i--) {
		rows += height_of(view, i, style, layout);
		if (rows > view->rows)
			return TRUE;
	}
	return !timeline_at_start(view->timeline) && style->reader;
}

void chatview_scroll(ChatView *view, int lines, const ChatStyle *style)
{
	if (bottom_index(view) < 0 || lines == 0)
		return;
	Layout layout = layout_of(style, view->columns > 0 ? view->columns : 80);
	if (lines < 0) {
		scroll_forward(view, -lines, style, &layout);
		return;
	}
	if (view->follow && !fills(view, style, &layout))
		return; /* all of it is visible */
	scroll_back(view, lines, style, &layout);
}

void chatview_to_newest(ChatView *view, const ChatStyle *style)
{
	if (!timeline_at_end(view->timeline)) {
		g_autoptr(GError) error = NULL;
		view->bottom = NULL;
		if (!timeline_load_newest(view->timeline, style->reader, &error))
			timeline_add_local(view->timeline, ENTRY_FAILURE, error->message);
	}
	go_newest(view);
}

void chatview_to_oldest(ChatView *view, const ChatStyle *style)
{
	Layout layout = layout_of(style, view->columns > 0 ? view->columns : 80);
	if (!timeline_at_start(view->timeline)) {
		view->bottom = NULL;
		view->follow = TRUE;
		if (!timeline_load_oldest(view->timeline, style->reader, NULL))
			return;
	}
	if (count_of(view) == 0 || (timeline_at_end(view->timeline) && !fills(view, style, &layout)))
		return;
	view->follow = FALSE;
	view->bottom = entry_at(view, 0);
	view->skip = height_of(view, 0, style, &layout) - 1;
}

gboolean chatview_to_message(ChatView *view, gint64 id, gint64 time, const ChatStyle *style)
{
	Layout layout = layout_of(style, view->columns > 0 ? view->columns : 80);
	Entry *entry = timeline_find(view->timeline, id);
	if (!entry) {
		view->bottom = NULL;
		view->follow = TRUE;
		if (!timeline_load_around(view->timeline, style->reader, id, time, NULL))
			return FALSE;
		entry = timeline_find(view->timeline, id);
	}
	if (!entry)
		return FALSE;
	view->found = id;
	view->follow = FALSE;
	view->bottom = entry;
	view->skip = 0;
	scroll_forward(view, view->rows / 2, style, &layout);
	return TRUE;
}
