/* chatview.c: see chatview.h.
 *
 * Above an entry's own rows (entryview.h) stand: where the history begins, the day line if its day begins, the line of what is missing
 * before it, the line of what is new. Only entries that are visible are wrapped, once for a width.
 */
#include "config.h"
#include "chatview.h"

#include "base/moment.h"

#include <string.h>

static Entry *entry_at(const ChatView *view, int i)
{
	return timeline_entries(view->timeline)->pdata[i];
}

static int count_of(const ChatView *view)
{
	return (int)timeline_entries(view->timeline)->len;
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

/* What is missing before the newest message here is told by the line that stands above it. */
static gboolean ends_hole(const ChatView *view, int i, const ChatStyle *style)
{
	const Entry *entry = entry_at(view, i);
	if (!style->hole.until || entry->id == 0 || entry->time < style->hole.until)
		return FALSE;
	for (int before = i - 1; before >= 0; before--) {
		const Entry *other = entry_at(view, before);
		if (other->id)
			return other->time < style->hole.until;
	}
	return FALSE; /* the line at the beginning says it */
}

/* Nothing that is here is older than what is missing. */
static gboolean hole_is_first(const ChatView *view, const ChatStyle *style)
{
	gint64 oldest = timeline_oldest_time(view->timeline);
	return style->hole.until && (oldest == 0 || oldest >= style->hole.until);
}

static gboolean has_beginning(const ChatView *view, int i, const ChatStyle *style)
{
	return i == 0 && timeline_at_start(view->timeline) && style->account && (view->fetch != FETCH_NONE || hole_is_first(view, style));
}

static char *beginning_words(const ChatView *view, const ChatStyle *style)
{
	switch (view->fetch) {
	case FETCH_ASKING:
		return g_strdup("asking the server…");
	case FETCH_FAILED:
		return g_strdup_printf("older messages: %s", view->fetch_text ? view->fetch_text : "the server did not answer");
	case FETCH_ENDED:
		if (!hole_is_first(view, style))
			return g_strdup("the beginning");
		break;
	case FETCH_NONE:
		break;
	}
	if (!hole_is_first(view, style))
		return g_strdup("PageUp asks the server for older messages");
	return g_strdup(style->hole.loading ? "loading older messages…" : "older messages not loaded");
}

static guint flags_of(const ChatView *view, const Entry *entry)
{
	guint flags = view->whole ? ENTRY_WHOLE : 0;
	if (entry->id && entry->id == view->found)
		flags |= ENTRY_FOUND;
	if (entry->id && entry->id == view->chosen)
		flags |= ENTRY_CHOSEN;
	if (entry->id && entry->time <= view->read_time)
		flags |= ENTRY_READ;
	return flags;
}

static int height_of(const ChatView *view, int i, const ChatStyle *style, const Layout *layout)
{
	Entry *entry = entry_at(view, i);
	return has_beginning(view, i, style) + begins_day(view, i) + ends_hole(view, i, style) + begins_new(view, i) +
	       entryview_rows(view->timeline, entry, style, layout, flags_of(view, entry));
}

/* Row number row of entry i, from its top. */
static void draw_row(ChatView *view, WINDOW *window, int y, int x, int i, int row, const ChatStyle *style, const Layout *layout)
{
	const Entry *entry = entry_at(view, i);
	if (has_beginning(view, i, style) && row-- == 0) {
		g_autofree char *words = beginning_words(view, style);
		gboolean failed = view->fetch == FETCH_FAILED;
		paint_rule(window, y, x, layout->columns, STYLE_RULE, failed ? STYLE_ERROR : STYLE_DIM, words);
		view->gap = entry->time;
		return;
	}
	if (begins_day(view, i) && row-- == 0) {
		g_autofree char *day = moment_local(entry->time, style->date_format);
		paint_rule(window, y, x, layout->columns, STYLE_RULE, STYLE_DIM, day);
		return;
	}
	if (ends_hole(view, i, style) && row-- == 0) {
		gboolean loading = style->hole.loading || view->fetch == FETCH_ASKING;
		paint_rule(window, y, x, layout->columns, STYLE_RULE, STYLE_UNREAD, loading ? "loading older messages…" : "older messages not loaded");
		view->gap = entry->time;
		return;
	}
	if (begins_new(view, i) && row-- == 0) {
		paint_rule(window, y, x, layout->columns, STYLE_NEW, STYLE_NEW, "new");
		return;
	}
	entryview_draw(window, y, x, entry, row, style, layout, flags_of(view, entry));
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
	view->gap = 0;
	view->read_time = timeline_read_time(view->timeline);
	Layout layout = entryview_layout(style, columns);
	if (count_of(view) == 0 && style->reader && !timeline_at_start(view->timeline))
		load_older(view, style, -1);
	int bottom = bottom_index(view);
	if (bottom < 0) {
		if (style->empty && !style->hole.until)
			paint_text(window, y + rows / 2, x + 1, columns - 2, STYLE_DIM, style->empty);
		if (style->account && (style->archive || hole_is_first(view, style))) {
			g_autofree char *words = beginning_words(view, style);
			paint_text(window, y + rows / 2 + 1, x + 1, columns - 2, view->fetch == FETCH_FAILED ? STYLE_ERROR : STYLE_DIM, words);
		}
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
	view->top = first;
	view->above = hidden;
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

gboolean chatview_scroll(ChatView *view, int lines, const ChatStyle *style)
{
	if (lines == 0)
		return FALSE;
	if (bottom_index(view) < 0)
		return lines > 0;
	Layout layout = entryview_layout(style, view->columns > 0 ? view->columns : 80);
	if (lines < 0) {
		scroll_forward(view, -lines, style, &layout);
		return FALSE;
	}
	if (view->follow && !fills(view, style, &layout))
		return TRUE; /* all of it is visible */
	gboolean at_top = view->gap != 0; /* what is missing is on the screen already */
	scroll_back(view, lines, style, &layout);
	return at_top;
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
	Layout layout = entryview_layout(style, view->columns > 0 ? view->columns : 80);
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
	Layout layout = entryview_layout(style, view->columns > 0 ? view->columns : 80);
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

Entry *chatview_chosen(const ChatView *view)
{
	return view->chosen ? timeline_find(view->timeline, view->chosen) : NULL;
}

static gboolean can_be_chosen(const Entry *entry, const ChatStyle *style)
{
	return entry->id && entry->kind == ENTRY_MESSAGE && (entry->type != MESSAGE_EVENT || transfers_of_message(style->model, style->account, entry->id));
}

/* Moves the view as little as shows all of entry i, or its beginning if it is too long. */
static void show_entry(ChatView *view, int i, const ChatStyle *style, const Layout *layout)
{
	int bottom = bottom_index(view), skip = view->follow ? 0 : view->skip;
	if (i > bottom || (i == bottom && skip > 0)) {
		view->follow = FALSE;
		view->bottom = entry_at(view, i);
		view->skip = MAX(0, height_of(view, i, style, layout) - view->rows);
		return;
	}
	int rows = -skip;
	for (int at = i; at <= bottom; at++)
		rows += height_of(view, at, style, layout);
	if (view->follow) { /* new messages must not move what is chosen away */
		view->follow = FALSE;
		view->bottom = entry_at(view, bottom);
		view->skip = 0;
	}
	if (rows > view->rows && view->rows > 0)
		scroll_back(view, rows - view->rows, style, layout);
}

gboolean chatview_choose(ChatView *view, int step, const ChatStyle *style)
{
	Layout layout = entryview_layout(style, view->columns > 0 ? view->columns : 80);
	Entry *chosen = chatview_chosen(view);
	int at = chosen ? timeline_index(view->timeline, chosen) + step : bottom_index(view);
	int direction = chosen && step > 0 ? 1 : -1;
	for (;; at += direction) {
		if (at < 0 && style->reader && !timeline_at_start(view->timeline)) {
			const Entry *first = count_of(view) ? entry_at(view, 0) : NULL;
			load_older(view, style, first ? 0 : -1);
			at = first ? timeline_index(view->timeline, first) - 1 : count_of(view) - 1;
			if (at < 0)
				return FALSE;
		}
		if (at < 0)
			return FALSE;
		if (at >= count_of(view)) {
			const Entry *last = count_of(view) ? entry_at(view, count_of(view) - 1) : NULL;
			if (!last || timeline_at_end(view->timeline) || timeline_load_newer(view->timeline, style->reader, last, NULL) == 0)
				return FALSE;
			at = timeline_index(view->timeline, last) + 1;
		}
		if (can_be_chosen(entry_at(view, at), style))
			break;
	}
	view->chosen = entry_at(view, at)->id;
	show_entry(view, at, style, &layout);
	return TRUE;
}

gboolean chatview_choose_at(ChatView *view, int row, const ChatStyle *style)
{
	Layout layout = entryview_layout(style, view->columns > 0 ? view->columns : 80);
	int at = view->top, below = view->above + row;
	while (at < count_of(view) && below >= height_of(view, at, style, &layout))
		below -= height_of(view, at++, style, &layout);
	if (row < 0 || at >= count_of(view) || !can_be_chosen(entry_at(view, at), style))
		return FALSE;
	view->chosen = entry_at(view, at)->id;
	show_entry(view, at, style, &layout);
	return TRUE;
}

void chatview_unchoose(ChatView *view)
{
	view->chosen = 0;
	if (!view->follow && view->skip == 0 && timeline_at_end(view->timeline) && bottom_index(view) == count_of(view) - 1)
		go_newest(view);
}
