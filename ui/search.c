/* search.c: see search.h. The database is asked a moment after the last key, and one page at a time. */
#include "config.h"
#include "search.h"

#include "base/moment.h"
#include "edit.h"

#include <string.h>

#define PAGE 50
#define PAUSE_MS 80

typedef struct {
	gint64 id, time;
	char *account, *chat, *who, *text;
	ChatKind kind;
} Hit;

typedef struct {
	View view;
	App *app;
	char *title, *account, *chat;
	Edit edit;
	GPtrArray *hits; /* of Hit, owned */
	int chosen, top;
	gboolean more, asked;
	char *trouble;
	guint source;
} Search;

static void hit_free(gpointer data)
{
	Hit *hit = data;
	g_free(hit->account);
	g_free(hit->chat);
	g_free(hit->who);
	g_free(hit->text);
	g_free(hit);
}

static gboolean collect(const WireMessage *message, gpointer user)
{
	Search *search = user;
	Hit *hit = g_new0(Hit, 1);
	hit->id = message->id;
	hit->time = message->time;
	hit->account = g_strdup(message->account);
	hit->chat = g_strdup(message->chat);
	hit->kind = message->chat_kind;
	hit->who = g_strdup(message->direction == DIRECTION_OUT ? "me" : message->nick ? message->nick : message->from);
	hit->text = text_shorten(message->text, 400);
	g_ptr_array_add(search->hits, hit);
	return TRUE;
}

/* The next page of results behind those that are there. */
static void ask(Search *search)
{
	g_autoptr(GError) error = NULL;
	g_clear_pointer(&search->trouble, g_free);
	search->asked = TRUE;
	g_autofree char *words = g_strstrip(g_strdup(search->edit.text));
	Reader *reader = app_reader(search->app);
	guint before = search->hits->len;
	search->more = FALSE;
	if (!reader) {
		search->trouble = g_strdup("there is no history yet");
		return;
	}
	gboolean good;
	if (*words) {
		ReaderSearch what = { .words = words, .account = search->account, .chat = search->chat, .limit = PAGE };
		if (before)
			what.before_id = ((Hit *)search->hits->pdata[before - 1])->id;
		good = reader_search(reader, &what, collect, search, &error);
	} else if (search->chat && before == 0) {
		good = reader_before(reader, search->account, search->chat, NULL, PAGE, collect, search, &error);
	} else {
		return;
	}
	if (!good)
		search->trouble = g_strdup(error->message);
	search->more = search->hits->len - before == PAGE && *words;
}

static void start(Search *search)
{
	g_ptr_array_set_size(search->hits, 0);
	search->chosen = search->top = 0;
	ask(search);
}

static gboolean on_pause(gpointer user)
{
	Search *search = user;
	search->source = 0;
	start(search);
	app_dirty(search->app, DIRTY_VIEW);
	return G_SOURCE_REMOVE;
}

static void open_hit(Search *search)
{
	App *app = search->app;
	if (search->hits->len == 0)
		return;
	const Hit *hit = search->hits->pdata[search->chosen];
	Tab *tab = tabs_open(app->tabs, hit->account, hit->chat, hit->kind);
	tab->in_use = TRUE;
	gint64 id = hit->id, time = hit->time;
	app_show(app, NULL);
	app_go(app, tab);
	AppStyle style;
	app_style(app, tab, &style);
	if (!chatview_to_message(&tab->view, id, time, &style.style))
		app_say(app, tab, ENTRY_FAILURE, "that message is no longer in the history");
	app_style_clear(&style);
	app_dirty(app, DIRTY_ALL);
}

static void move_to(Search *search, int to)
{
	if (to >= (int)search->hits->len && search->more)
		ask(search);
	search->chosen = CLAMP(to, 0, MAX(0, (int)search->hits->len - 1));
}

static gboolean on_key(View *view, const Key *key)
{
	Search *search = (Search *)view;
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "F3") == 0)
		app_show(search->app, NULL);
	else if (strcmp(key->name, "Enter") == 0) {
		if (search->source) {
			g_source_remove(search->source);
			search->source = 0;
			start(search);
		}
		open_hit(search);
	} else if (strcmp(key->name, "Up") == 0)
		move_to(search, search->chosen - 1);
	else if (strcmp(key->name, "Down") == 0)
		move_to(search, search->chosen + 1);
	else if (strcmp(key->name, "PageUp") == 0)
		move_to(search, search->chosen - 10);
	else if (strcmp(key->name, "PageDown") == 0)
		move_to(search, search->chosen + 10);
	else if (edit_key(&search->edit, key)) {
		if (!search->source)
			search->source = g_timeout_add(PAUSE_MS, on_pause, search);
	} else
		return FALSE;
	return TRUE;
}

/* The part of text around the first word that was looked for. */
static char *around(const Search *search, const char *text, int columns)
{
	g_autofree char *clean = wrap_prepare(text, TEXT_LINE, paint_emoji());
	g_auto(GStrv) words = g_strsplit_set(search->edit.text, " \"*", -1);
	const char *word = NULL;
	for (char **at = words; *at && !word; at++)
		word = **at ? *at : NULL;
	const char *found = NULL;
	gsize length = word ? strlen(word) : 0;
	for (const char *at = clean; word && *at && !found; at = g_utf8_next_char(at))
		if (g_ascii_strncasecmp(at, word, length) == 0)
			found = at;
	if (!found || wrap_columns(clean, found - clean) < columns * 2 / 3)
		return g_steal_pointer(&clean);
	const char *from = found;
	for (int back = columns / 3; back > 0 && from > clean; back--)
		from = g_utf8_prev_char(from);
	return g_strdup_printf("…%s", from);
}

static void draw_hit(Search *search, WINDOW *window, int y, int x, int columns, const Hit *hit, gboolean chosen)
{
	int role = chosen ? STYLE_CHOSEN : STYLE_BOX;
	paint_fill(window, y, x, columns, role);
	gboolean today = moment_day(hit->time) == moment_day(moment_now());
	g_autofree char *when = moment_local(hit->time, today ? "%H:%M" : columns >= 50 ? "%Y-%m-%d %H:%M" : "%m-%d");
	int at = x, end = x + columns;
	at += MAX(paint_text(window, y, at, end - at, role, when), columns >= 50 ? 16 : 5) + 1;
	if (!search->chat && columns >= 60) {
		Account *account = model_account(search->app->model, hit->account);
		Contact *contact = account ? model_contact(account, hit->chat) : NULL;
		paint_text(window, y, at, 14, role, contact ? contact_title(contact) : hit->chat);
		at += 15;
	}
	if (columns >= 40) {
		paint_text(window, y, at, 10, role, hit->who);
		at += 11;
	}
	g_autofree char *text = around(search, hit->text, end - at);
	paint_text(window, y, at, end - at, role, text);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	Search *search = (Search *)view;
	g_autofree char *shown = edit_shown(&search->edit, FALSE), *before = edit_shown(&search->edit, TRUE);
	paint_fill(window, y, x, columns, STYLE_FIELD);
	paint_text(window, y, x, 2, STYLE_FIELD, "⌕");
	paint_text(window, y, x + 2, columns - 2, *shown ? STYLE_FIELD : STYLE_FIELD_HINT, *shown ? shown : "words, \"a phrase\", begin*");
	view->cursor_y = y;
	view->cursor_x = x + MIN(columns - 1, 2 + paint_columns(before));
	int room = rows - 1;
	if (search->chosen < search->top)
		search->top = search->chosen;
	if (search->chosen >= search->top + room)
		search->top = search->chosen - room + 1;
	for (int i = 0; i < room && search->top + i < (int)search->hits->len; i++)
		draw_hit(search, window, y + 1 + i, x, columns, search->hits->pdata[search->top + i], search->top + i == search->chosen);
	if (search->trouble)
		paint_text(window, y + 1, x + 2, columns - 2, STYLE_ERROR, search->trouble);
	else if (search->hits->len == 0 && search->asked && *search->edit.text)
		paint_text(window, y + 1, x + 2, columns - 2, STYLE_BOX, "nothing was found");
}

static void free_view(View *view)
{
	Search *search = (Search *)view;
	if (search->source)
		g_source_remove(search->source);
	edit_clear(&search->edit);
	g_ptr_array_unref(search->hits);
	g_free(search->title);
	g_free(search->account);
	g_free(search->chat);
	g_free(search->trouble);
	g_free(search);
}

static const ViewKind search_kind = { .place = VIEW_WIDE, .draw = draw, .key = on_key, .free = free_view };

View *search_view_new(App *app, const char *words, const char *account, const char *chat)
{
	Search *search = g_new0(Search, 1);
	search->app = app;
	search->account = g_strdup(account);
	search->chat = g_strdup(chat);
	search->title = chat ? g_strdup_printf("Search %s", chat) : g_strdup("Search everything");
	search->view = (View){ .kind = &search_kind, .title = search->title, .hint = "↑ ↓ choose   Enter opens it in its chat   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	search->hits = g_ptr_array_new_with_free_func(hit_free);
	edit_init(&search->edit, FALSE);
	if (words)
		edit_set(&search->edit, words);
	if (words || chat)
		start(search);
	return &search->view;
}
