/* frame.c: see frame.h.
 *
 * From above: the line of tabs; the list with the accounts under it beside the chat; a rule that says from whom to whom the line
 * goes; the line; the help bar. What does not fit is left out in this order: help bar, list, chat header, tabs, rule.
 * The parts are curses windows of their own, so that an echoed key draws one line and nothing else.
 */
#include "config.h"
#include "frame.h"

#include "base/moment.h"
#include "actions.h"
#include "cards.h"
#include "chosen.h"
#include "compose.h"
#include "status.h"

#include <string.h>

#define LIST_NEEDS_COLUMNS 60
#define STATUS_ROWS 6
#define TYPING_STALE (2 * 60 * G_USEC_PER_SEC)

struct Frame {
	int rows, columns;
	int tabs_rows, header_rows, rule_rows, bar_rows, input_rows, body_y, body_rows, list_columns, status_rows, card_rows;
	gboolean list_alone; /* the list takes the chat's place on a narrow screen */
	WINDOW *tabs, *list, *chat, *input, *bar, *view;
	int view_y, view_x, view_h, view_w, view_rows, view_columns;
	int cursor_y, cursor_x;
};

Frame *frame_new(void)
{
	return g_new0(Frame, 1);
}

static void drop(WINDOW **window)
{
	if (*window)
		delwin(*window);
	*window = NULL;
}

static void drop_windows(Frame *frame)
{
	drop(&frame->tabs);
	drop(&frame->list);
	drop(&frame->chat);
	drop(&frame->input);
	drop(&frame->bar);
	drop(&frame->view);
}

void frame_free(Frame *frame)
{
	if (!frame)
		return;
	drop_windows(frame);
	g_free(frame);
}

int frame_chat_rows(const Frame *frame)
{
	return MAX(1, frame->body_rows - frame->header_rows);
}

/* A window where there is room for one. */
static WINDOW *make(int rows, int columns, int y, int x)
{
	if (rows <= 0 || columns <= 0)
		return NULL;
	WINDOW *window = newwin(rows, columns, y, x);
	if (window)
		leaveok(window, TRUE);
	return window;
}

static int input_columns(const Frame *frame)
{
	return MAX(2, frame->columns - 2);
}

static void lay_out(Frame *frame, App *app)
{
	getmaxyx(stdscr, frame->rows, frame->columns);
	int rows = frame->rows;
	frame->bar_rows = rows >= 12 ? 1 : 0;
	frame->tabs_rows = rows >= 4 ? 1 : 0;
	frame->rule_rows = rows >= 3 ? 1 : 0;
	frame->input_rows = input_rows(app->input, input_columns(frame), MAX(1, rows / 4));
	frame->card_rows = cards_waiting(app) && rows >= 6 ? 1 : 0;
	frame->body_y = frame->tabs_rows;
	frame->body_rows = rows - frame->tabs_rows - frame->card_rows - frame->rule_rows - frame->input_rows - frame->bar_rows;
	frame->header_rows = frame->body_rows >= 6 ? 2 : 0;
	int wanted = (int)config_number(app->config, "list_width");
	gboolean wide = frame->columns >= LIST_NEEDS_COLUMNS;
	frame->list_alone = !wide && (app->list_shown || app->list_focus); /* the screen may have become narrow since */
	frame->list_columns = frame->list_alone ? frame->columns : wide && !app->list_hidden && wanted ? MIN(wanted, frame->columns / 2) : 0;
	frame->status_rows = status_rows(app->model, MIN(STATUS_ROWS, frame->body_rows / 3));

	drop_windows(frame);
	int wall = frame->list_columns && !frame->list_alone ? 1 : 0;
	frame->tabs = make(frame->tabs_rows, frame->columns, 0, 0);
	frame->list = make(frame->body_rows, frame->list_columns + wall, frame->body_y, 0);
	if (!frame->list_alone)
		frame->chat = make(frame->body_rows, frame->columns - frame->list_columns - wall, frame->body_y, frame->list_columns + wall);
	int y = frame->body_y + MAX(frame->body_rows, 0);
	frame->input = make(MIN(rows, frame->card_rows + frame->rule_rows + frame->input_rows), frame->columns, MIN(y, rows - 1), 0);
	frame->bar = make(frame->bar_rows, frame->columns, rows - 1, 0);
	werase(stdscr);
	wnoutrefresh(stdscr);
	app->dirty = DIRTY_ALL & ~DIRTY_LAYOUT;
}

/* ---- the parts ---- */

static void draw_tabs(Frame *frame, App *app)
{
	if (!frame->tabs)
		return;
	werase(frame->tabs);
	g_autofree char *time = moment_local(moment_now(), config_text(app->config, "time_format"));
	g_autofree char *right = g_strdup_printf("kith %s", time ? time : "");
	tabs_draw(app->tabs, app->model, frame->tabs, frame->columns, right);
	wnoutrefresh(frame->tabs);
}

static void draw_list(Frame *frame, App *app)
{
	if (!frame->list)
		return;
	werase(frame->list);
	int columns = frame->list_columns, rows = frame->body_rows;
	const Tab *tab = tabs_current(app->tabs);
	int status = frame->status_rows;
	int list_rows = rows - (status ? status + 1 : 0);
	int y = 0;
	if (app->list_focus && list_rows > 2) {
		g_autofree char *filter = g_strdup_printf("⌕ %s", list_filter(app->list));
		paint_fill(frame->list, 0, 0, columns, STYLE_FIELD);
		paint_text(frame->list, 0, 1, columns - 2, STYLE_FIELD, *list_filter(app->list) ? filter : "⌕ type to filter");
		y = 1;
	}
	list_draw(app->list, app->model, frame->list, y, 0, list_rows - y, columns, tab->account, tab->address, app->list_focus);
	if (status) {
		paint_rule(frame->list, list_rows, 0, columns, STYLE_RULE, STYLE_DIM, NULL);
		status_draw(app->model, frame->list, list_rows + 1, 1, status, columns - 2);
	}
	if (!frame->list_alone) {
		paint_wall(frame->list, 0, columns, rows, STYLE_RULE);
		if (status)
			paint_text(frame->list, list_rows, columns, 1, STYLE_RULE, "┤");
		if (frame->header_rows && frame->chat)
			paint_text(frame->list, 1, columns, 1, STYLE_RULE, "├");
	}
	wnoutrefresh(frame->list);
}

/* Name, sign of presence, status or topic; from which account. */
static void draw_header(Frame *frame, App *app, const Tab *tab, int columns)
{
	WINDOW *window = frame->chat;
	if (!tab->account) {
		paint_text(window, 0, 1, columns - 2, STYLE_HEADER, "kith");
		gint64 unread, mentions;
		model_unread(app->model, &unread, &mentions);
		g_autofree char *words = unread ? g_strdup_printf("%" G_GINT64_FORMAT " unread, %" G_GINT64_FORMAT " of them mention you", unread, mentions)
		                                : g_strdup("nothing unread");
		paint_right(window, 0, 7, columns - 8, STYLE_TOPIC, words);
		return;
	}
	Account *account = model_account(app->model, tab->account);
	Chat *chat = tab_chat(tab, app->model);
	Contact *contact = account ? model_contact(account, tab->address) : NULL;
	g_autofree char *title = tab_title(tab, app->model);
	g_autofree char *via = g_strdup_printf("via %s", tab->account);
	int right = columns >= 40 ? paint_right(window, 0, columns / 2, columns - columns / 2 - 1, STYLE_DIM, via) + 2 : 1;
	int x = 1, room = columns - 1 - right;
	x += paint_text(window, 0, x, MAX(4, room / 2), STYLE_HEADER, title) + 1;
	if (tab->kind == CHAT_ROOM) {
		gboolean joined = chat && chat->joined;
		guint people = chat && chat->occupants ? g_hash_table_size(chat->occupants) : 0;
		g_autofree char *count = joined ? g_strdup_printf("%u here", people) : g_strdup("not joined");
		x += paint_text(window, 0, x, room - x, joined ? STYLE_ONLINE : STYLE_OFFLINE, joined ? "●" : "○") + 1;
		x += paint_text(window, 0, x, room - x, STYLE_DIM, count) + 1;
		const char *topic = chat ? (joined || !chat->text ? chat->topic : chat->text) : NULL;
		if (!joined && (!topic || !*topic))
			topic = "/join enters it";
		if (topic && *topic) {
			x += paint_text(window, 0, x, room - x, STYLE_DIM, "·") + 1;
			paint_text(window, 0, x, room - x + 1, STYLE_TOPIC, topic);
		}
		return;
	}
	if (!contact) {
		paint_text(window, 0, x, room - x + 1, STYLE_DIM, strcmp(title, tab->address) == 0 ? "not in your list" : tab->address);
		return;
	}
	static const char *const words[] = { "unknown", "offline", "online", "away", "away for long", "do not disturb" };
	x += paint_text(window, 0, x, room - x, presence_role(contact->presence), presence_sign(contact->presence)) + 1;
	x += paint_text(window, 0, x, room - x, STYLE_DIM, words[contact->presence]) + 1;
	if (contact->device && *contact->device) {
		g_autofree char *device = g_strdup_printf("· %s", contact->device);
		x += paint_text(window, 0, x, MIN(room - x, 20), STYLE_DIM, device) + 1;
	}
	if (contact->status && *contact->status) {
		g_autofree char *status = g_strdup_printf("· %s", contact->status);
		paint_text(window, 0, x, room - x + 1, STYLE_TOPIC, status);
	}
}

static void draw_chat(Frame *frame, App *app)
{
	if (!frame->chat)
		return;
	werase(frame->chat);
	int columns = getmaxx(frame->chat);
	Tab *tab = tabs_current(app->tabs);
	if (frame->header_rows) {
		draw_header(frame, app, tab, columns);
		paint_rule(frame->chat, 1, 0, columns, STYLE_RULE, STYLE_DIM, NULL);
	}
	AppStyle style;
	app_style(app, tab, &style);
	int margin = columns >= 30 ? 1 : 0;
	chatview_draw(&tab->view, frame->chat, frame->header_rows, margin, frame->body_rows - frame->header_rows, columns - 2 * margin, &style.style);
	app_style_clear(&style);
	wnoutrefresh(frame->chat);
}

/* Alice is typing; Alice and Bob are typing; three are typing. */
static char *typing_words(App *app, const Tab *tab)
{
	const Chat *chat = tab_chat(tab, app->model);
	if (!chat || !chat->typing || g_hash_table_size(chat->typing) == 0)
		return NULL;
	guint count = 0;
	GString *out = g_string_new(NULL);
	GHashTableIter iter;
	gpointer nick, since;
	g_hash_table_iter_init(&iter, chat->typing);
	while (g_hash_table_iter_next(&iter, &nick, &since)) {
		if (g_get_monotonic_time() - *(gint64 *)since > TYPING_STALE)
			continue; /* the word that it ended was lost */
		count++;
		g_autofree char *title = tab_title(tab, app->model);
		g_autofree char *name = text_clean(*(char *)nick ? nick : title, TEXT_LINE);
		g_string_append_printf(out, "%s%s", out->len ? " and " : "", name);
	}
	if (count == 0 || count > 2) {
		g_string_free(out, TRUE);
		return count ? g_strdup_printf("%u people are typing…", count) : NULL;
	}
	g_string_append(out, count > 1 ? " are typing…" : " is typing…");
	return g_string_free(out, FALSE);
}

static void draw_rule(Frame *frame, App *app, int y)
{
	const Tab *tab = tabs_current(app->tabs);
	int columns = frame->columns, x = 1;
	paint_rule(frame->input, y, 0, columns, STYLE_RULE, STYLE_DIM, NULL);
	if (frame->list && !frame->list_alone)
		paint_text(frame->input, y, frame->list_columns, 1, STYLE_RULE, "┴");
	g_autofree char *right = NULL;
	int right_role = STYLE_DIM;
	if (app->banner) {
		right = g_strdup_printf(" %s ", app->banner);
		right_role = STYLE_ERROR;
	} else if (app->note) {
		right = g_strdup_printf(" %s ", app->note);
		right_role = STYLE_LOCAL;
	} else if (input_lines(app->input) > 1) {
		right = g_strdup_printf(" ⏎ %u lines ", input_lines(app->input));
		right_role = STYLE_UNREAD;
	} else {
		Account *account = tab->account ? model_account(app->model, tab->account) : NULL;
		g_autofree char *typing = typing_words(app, tab), *moving = transfers_line(app->model);
		if (account && !account_is_online(account))
			right = g_strdup_printf(" %s is not online: messages wait here ", account->name);
		else if (typing)
			right = g_strdup_printf(" %s ", typing);
		else if (moving)
			right = g_strdup_printf(" %s ", moving);
		right_role = account && account_is_online(account) && !typing ? STYLE_FILE : STYLE_AWAY;
	}
	g_autofree char *prompt = NULL;
	if (tab->account) {
		g_autofree char *title = tab_title(tab, app->model);
		g_autofree char *compose = compose_words(tab);
		prompt = g_strdup_printf(" %s → %s%s %s%s%s", tab->account, tab->kind == CHAT_ROOM && title[0] != '#' ? "#" : "", title, compose ? "· " : "",
		                         compose ? compose : "", compose ? " " : "");
	} else {
		prompt = g_strdup(" commands begin with / ");
	}
	int right_columns = right ? MIN(paint_columns(right), columns - (columns >= 60 ? 26 : 12)) : 0;
	if (right_columns > 0)
		paint_text(frame->input, y, columns - right_columns - 1, right_columns, right_role, right);
	paint_text(frame->input, y, x, columns - right_columns - 3, STYLE_PROMPT, prompt);
}

static void draw_input(Frame *frame, App *app)
{
	if (!frame->input)
		return;
	werase(frame->input);
	int y = 0;
	if (frame->card_rows)
		cards_draw_line(app, frame->input, y++, frame->columns);
	if (frame->rule_rows)
		draw_rule(frame, app, y++);
	if (frame->columns >= 6)
		paint_text(frame->input, y, 0, 1, STYLE_PROMPT, "❯");
	int cursor_y, cursor_x, margin = frame->columns >= 6 ? 2 : 0;
	input_draw(app->input, frame->input, y, margin, frame->input_rows, frame->columns - margin, &cursor_y, &cursor_x);
	frame->cursor_y = getbegy(frame->input) + cursor_y;
	frame->cursor_x = MIN(cursor_x, frame->columns - 1);
	wnoutrefresh(frame->input);
}

static void draw_bar(Frame *frame, App *app)
{
	if (!frame->bar)
		return;
	werase(frame->bar);
	int x = 1, columns = frame->columns;
	if (app->view && app->view->hint) {
		paint_text(frame->bar, 0, x, columns - 2, STYLE_HINT, app->view->hint);
	} else if (app->list_focus) {
		paint_text(frame->bar, 0, x, columns - 2, STYLE_HINT, "↑ ↓ move   Enter opens   → menu   type to filter   Esc back to writing");
	} else {
		gboolean chosen = chatview_chosen(&tabs_current(app->tabs)->view) != NULL;
		for (const KeyBinding *row = keys_table; row->key; row++) {
			if (!row->bar || (row->context == KEYS_MESSAGE) != chosen)
				continue;
			const char *key = chosen ? row->key : keys_for_action(app->keys, row->action);
			if (!key || x + (int)strlen(key) + paint_columns(row->bar) + 3 > columns)
				continue;
			x += paint_text(frame->bar, 0, x, columns - x, STYLE_HINT_KEY, key) + 1;
			x += paint_text(frame->bar, 0, x, columns - x, STYLE_HINT, row->bar) + 3;
		}
	}
	wnoutrefresh(frame->bar);
}

/* ---- what is above the rest ---- */

static void place_view(Frame *frame, App *app)
{
	int wall = frame->list_columns && !frame->list_alone ? frame->list_columns + 1 : 0;
	int rows = MAX(frame->body_rows, 1) + frame->card_rows, columns = frame->columns;
	int want_rows = rows - 2, want_columns = columns - 4;
	View *view = app->view;
	if (view->kind->place == VIEW_WIDE) {
		frame->view_y = frame->body_y;
		frame->view_x = wall;
		frame->view_h = MAX(frame->body_rows, 1);
		frame->view_w = columns - wall;
	} else {
		if (view->kind->size)
			view->kind->size(view, &want_rows, &want_columns);
		int room = MAX(frame->rows - 2, 1);
		frame->view_h = CLAMP(want_rows + 2, 1, room);
		frame->view_w = CLAMP(want_columns + 4, 1, columns);
		frame->view_x = (columns - frame->view_w) / 2;
		int end = frame->body_y + rows;
		frame->view_y = view->kind->place == VIEW_LOW ? end - frame->view_h : (frame->rows - frame->view_h) / 3;
	}
	frame->view_h = CLAMP(frame->view_h, 1, frame->rows);
	frame->view_w = CLAMP(frame->view_w, 1, frame->columns);
	frame->view_y = CLAMP(frame->view_y, 0, frame->rows - frame->view_h);
	frame->view_x = CLAMP(frame->view_x, 0, frame->columns - frame->view_w);
}

static void draw_box(WINDOW *window, int rows, int columns, const char *title)
{
	for (int y = 0; y < rows; y++)
		paint_fill(window, y, 0, columns, STYLE_BOX);
	screen_role(window, STYLE_BOX);
	if (rows < 3 || columns < 4)
		return;
	paint_rule(window, 0, 0, columns, STYLE_BOX, STYLE_BOX_TITLE, NULL);
	paint_rule(window, rows - 1, 0, columns, STYLE_BOX, STYLE_BOX_TITLE, NULL);
	paint_wall(window, 0, 0, rows, STYLE_BOX);
	paint_wall(window, 0, columns - 1, rows, STYLE_BOX);
	paint_text(window, 0, 0, 1, STYLE_BOX, "╭");
	paint_text(window, 0, columns - 1, 1, STYLE_BOX, "╮");
	paint_text(window, rows - 1, 0, 1, STYLE_BOX, "╰");
	paint_text(window, rows - 1, columns - 1, 1, STYLE_BOX, "╯");
	g_autofree char *padded = g_strdup_printf(" %s ", title ? title : "");
	if (title)
		paint_text(window, 0, 2, columns - 4, STYLE_BOX_TITLE, padded);
}

/* Its place may have changed: then what was under the old one is to be drawn too. */
static gboolean move_view(Frame *frame, App *app)
{
	int h = frame->view_h, w = frame->view_w, y = frame->view_y, x = frame->view_x;
	place_view(frame, app);
	if (frame->view && h == frame->view_h && w == frame->view_w && y == frame->view_y && x == frame->view_x)
		return FALSE;
	drop(&frame->view);
	frame->view = make(frame->view_h, frame->view_w, frame->view_y, frame->view_x);
	return TRUE;
}

static void draw_view(Frame *frame, App *app)
{
	if (!frame->view)
		return;
	werase(frame->view);
	draw_box(frame->view, frame->view_h, frame->view_w, app->view->title);
	gboolean framed = frame->view_h >= 3 && frame->view_w >= 4;
	app->view->cursor_y = app->view->cursor_x = -1;
	app->view->kind->draw(app->view, frame->view, framed ? 1 : 0, framed ? 2 : 0, frame->view_h - (framed ? 2 : 0), frame->view_w - (framed ? 4 : 0));
	touchwin(frame->view);
	wnoutrefresh(frame->view);
}

/* The words Tab steps through, in a box above the line. */
static void draw_candidates(Frame *frame, App *app)
{
	int current = 0;
	const GPtrArray *words = input_candidates(app->input, &current);
	if (!words || words->len < 2 || app->view || frame->body_rows < 3)
		return;
	int rows = MIN((int)words->len, MIN(8, frame->body_rows - 1)), wide = 12;
	int first = CLAMP(current - rows / 2, 0, (int)words->len - rows);
	for (guint i = 0; i < words->len && i < 200; i++)
		wide = MAX(wide, MIN(40, paint_columns(words->pdata[i]) + 2));
	wide = MIN(wide, frame->columns);
	int y = frame->body_y + frame->body_rows - rows;
	WINDOW *window = make(rows, wide, y, 0);
	if (!window)
		return;
	for (int i = 0; i < rows; i++) {
		int role = first + i == current ? STYLE_CHOSEN : STYLE_BOX;
		paint_fill(window, i, 0, wide, role);
		paint_text(window, i, 1, wide - 2, role, words->pdata[first + i]);
	}
	wnoutrefresh(window);
	delwin(window);
	app->dirty |= DIRTY_LIST | DIRTY_CHAT; /* what is under it is drawn with the next frame */
}

void frame_draw(Frame *frame, App *app)
{
	int rows, columns;
	getmaxyx(stdscr, rows, columns);
	if (rows != frame->rows || columns != frame->columns || !frame->input)
		app->dirty |= DIRTY_LAYOUT;
	int wanted_rows = input_rows(app->input, input_columns(frame), MAX(1, rows / 4));
	if (wanted_rows != frame->input_rows || (frame->card_rows != 0) != (cards_waiting(app) && rows >= 6))
		app->dirty |= DIRTY_LAYOUT;
	if (frame->status_rows != status_rows(app->model, MIN(STATUS_ROWS, frame->body_rows / 3)))
		app->dirty |= DIRTY_LAYOUT;
	if (app->dirty & DIRTY_LAYOUT)
		lay_out(frame, app);
	guint dirty = app->dirty;
	app->dirty = 0;
	if (app->view && dirty && move_view(frame, app))
		dirty |= DIRTY_ALL & ~DIRTY_LAYOUT;
	if (dirty & DIRTY_TABS)
		draw_tabs(frame, app);
	if (dirty & (DIRTY_LIST | DIRTY_STATUS))
		draw_list(frame, app);
	if (dirty & DIRTY_CHAT)
		draw_chat(frame, app);
	if (dirty & DIRTY_INPUT)
		draw_input(frame, app);
	if (dirty & DIRTY_BAR)
		draw_bar(frame, app);
	if (app->view && dirty)
		draw_view(frame, app);
	else if (!app->view)
		drop(&frame->view);
	draw_candidates(frame, app);
	gboolean in_view = app->view && app->view->cursor_y >= 0 && frame->view;
	curs_set(in_view || (!app->view && !app->list_focus) ? 1 : 0);
	int y = in_view ? frame->view_y + app->view->cursor_y : frame->cursor_y;
	int x = in_view ? frame->view_x + app->view->cursor_x : frame->cursor_x;
	move(CLAMP(y, 0, rows - 1), CLAMP(x, 0, columns - 1));
	setsyx(CLAMP(y, 0, rows - 1), CLAMP(x, 0, columns - 1));
	screen_flush();
}

void frame_click(Frame *frame, App *app, int x, int y)
{
	if (frame->tabs && y == 0) {
		Tab *tab = tabs_at_column(app->tabs, x);
		if (tab)
			app_go(app, tab);
		return;
	}
	if (frame->list && x < frame->list_columns && y >= frame->body_y && y < frame->body_y + frame->body_rows) {
		int row = list_row_at(app->list, y - frame->body_y);
		if (row < 0)
			return;
		list_choose(app->list, app->model, row);
		app_dirty(app, DIRTY_LIST);
		const ListRow *chosen = &g_array_index(list_rows(app->list, app->model), ListRow, row);
		if (!chosen->item) {
			list_fold(app->list, chosen->group);
			return;
		}
		Tab *tab = tabs_open(app->tabs, chosen->item->account, chosen->item->address, chosen->item->kind);
		tab->in_use = TRUE;
		app_go(app, tab);
		return;
	}
	if (frame->chat && wenclose(frame->chat, y, x)) {
		if (app->list_focus)
			actions_run(app, "list_leave");
		chosen_at(app, y - getbegy(frame->chat) - frame->header_rows);
	}
}
