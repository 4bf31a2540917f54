/* switcher.c: see switcher.h. */
#include "config.h"
#include "switcher.h"

#include "actions.h"
#include "edit.h"

#include <stdlib.h>
#include <string.h>

#define SHOWN_MAX 200

typedef enum { GO_TAB, GO_CHAT, GO_COMMAND, GO_ACTION } GoKind;

typedef struct {
	GoKind kind;
	char *title, *folded, *about; /* about: dim, at the right */
	char *account, *address;
	ChatKind chat_kind;
	const char *name; /* of a command or an action */
	Presence presence;
	gint64 unread, last_time;
	int score;
} Goal;

typedef struct {
	View view;
	App *app;
	Edit edit;
	GPtrArray *goals;   /* of Goal, owned */
	GPtrArray *matches; /* of Goal */
	int chosen, top;
} Switcher;

static void goal_free(gpointer data)
{
	Goal *goal = data;
	g_free(goal->title);
	g_free(goal->folded);
	g_free(goal->about);
	g_free(goal->account);
	g_free(goal->address);
	g_free(goal);
}

int switcher_match(const char *pattern, const char *text)
{
	int score = 1, run = 0;
	gboolean begins = TRUE; /* text stands at the beginning of a word */
	const char *at = text;
	if (!*pattern)
		return 1;
	if (g_str_has_prefix(text, pattern))
		return 1000 - MIN((int)strlen(text), 500);
	if (strstr(text, pattern))
		score += 100;
	while (*pattern) {
		gunichar wanted = g_utf8_get_char(pattern);
		for (;; at = g_utf8_next_char(at)) {
			if (!*at)
				return 0;
			gunichar c = g_utf8_get_char(at);
			if (c == wanted)
				break;
			begins = !g_unichar_isalnum(c);
			run = 0;
		}
		score += 1 + (begins ? 8 : 0) + MIN(run, 5) * 3;
		run++;
		begins = FALSE;
		at = g_utf8_next_char(at);
		pattern = g_utf8_next_char(pattern);
	}
	return score;
}

static Goal *add(Switcher *switcher, GoKind kind, const char *title, const char *about)
{
	Goal *goal = g_new0(Goal, 1);
	goal->kind = kind;
	goal->title = g_strdup(title);
	goal->folded = g_utf8_casefold(title, -1);
	goal->about = g_strdup(about);
	g_ptr_array_add(switcher->goals, goal);
	return goal;
}

static void add_chat(Switcher *switcher, Account *account, const char *address, ChatKind kind, const char *title, Presence presence)
{
	const Chat *chat = model_chat(account, address);
	g_autofree char *about = g_strdup_printf("%s · %s", address, account->name);
	g_autofree char *shown = kind == CHAT_ROOM && *title != '#' ? g_strconcat("#", title, NULL) : g_strdup(title);
	Goal *goal = add(switcher, GO_CHAT, shown, about);
	g_autofree char *with_address = g_strdup_printf("%s %s", title, address);
	g_free(goal->folded);
	goal->folded = g_utf8_casefold(with_address, -1);
	goal->account = g_strdup(account->name);
	goal->address = g_strdup(address);
	goal->chat_kind = kind;
	goal->presence = presence;
	goal->unread = chat ? chat->unread : 0;
	goal->last_time = chat ? chat->last_time : 0;
}

static void gather(Switcher *switcher)
{
	App *app = switcher->app;
	const GPtrArray *accounts = model_accounts(app->model);
	for (guint i = 0; i < accounts->len; i++) {
		Account *account = accounts->pdata[i];
		GHashTableIter iter;
		gpointer value;
		g_hash_table_iter_init(&iter, account->contacts);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			Contact *contact = value;
			add_chat(switcher, account, contact->address, CHAT_DIRECT, contact_title(contact), contact->presence);
		}
		g_hash_table_iter_init(&iter, account->chats);
		while (g_hash_table_iter_next(&iter, NULL, &value)) {
			Chat *chat = value;
			if (model_contact(account, chat->address))
				continue;
			g_autofree char *title = chat_title(chat);
			add_chat(switcher, account, chat->address, chat->kind, title, chat->joined ? PRESENCE_ONLINE : PRESENCE_UNKNOWN);
		}
	}
	for (guint i = 0; commands_table[i] && commands_table[i]->name; i++) {
		g_autofree char *title = g_strconcat("/", commands_table[i]->name, NULL);
		add(switcher, GO_COMMAND, title, commands_table[i]->summary)->name = commands_table[i]->name;
	}
	for (const Action *action = actions_table; action->name; action++)
		if (!strchr(action->name, '_') && strcmp(action->name, "switcher") != 0 && strcmp(action->name, "send") != 0)
			add(switcher, GO_ACTION, action->note, keys_for_action(app->keys, action->name))->name = action->name;
}

static int compare(gconstpointer a, gconstpointer b)
{
	const Goal *x = *(Goal *const *)a, *y = *(Goal *const *)b;
	if (x->score != y->score)
		return y->score - x->score;
	if ((x->unread > 0) != (y->unread > 0))
		return x->unread > 0 ? -1 : 1;
	if (x->last_time != y->last_time)
		return x->last_time > y->last_time ? -1 : 1;
	if (x->kind != y->kind)
		return (int)x->kind - (int)y->kind;
	return strcmp(x->folded, y->folded);
}

static void match(Switcher *switcher)
{
	g_autofree char *folded = g_utf8_casefold(switcher->edit.text, -1);
	g_strstrip(folded);
	g_ptr_array_set_size(switcher->matches, 0);
	for (guint i = 0; i < switcher->goals->len; i++) {
		Goal *goal = switcher->goals->pdata[i];
		goal->score = switcher_match(folded, goal->folded);
		if (goal->score && goal->kind >= GO_COMMAND && *folded != '/')
			goal->score = MAX(1, goal->score / 2); /* people first */
		if (goal->score)
			g_ptr_array_add(switcher->matches, goal);
	}
	g_ptr_array_sort(switcher->matches, compare);
	if (switcher->matches->len > SHOWN_MAX)
		g_ptr_array_set_size(switcher->matches, SHOWN_MAX);
	switcher->chosen = switcher->top = 0;
}

static void go(Switcher *switcher)
{
	App *app = switcher->app;
	if (switcher->matches->len == 0)
		return;
	const Goal *goal = switcher->matches->pdata[switcher->chosen];
	switch (goal->kind) {
	case GO_TAB:
	case GO_CHAT: {
		Tab *tab = tabs_open(app->tabs, goal->account, goal->address, goal->chat_kind);
		tab->in_use = TRUE;
		app_show(app, NULL);
		app_go(app, tab);
		break;
	}
	case GO_COMMAND: {
		g_autofree char *line = g_strdup_printf("/%s ", goal->name);
		app_show(app, NULL);
		if (input_is_empty(app->input))
			input_set(app->input, line);
		break;
	}
	case GO_ACTION: {
		const char *name = goal->name;
		app_show(app, NULL);
		actions_run(app, name);
		break;
	}
	}
}

static gboolean on_key(View *view, const Key *key)
{
	Switcher *switcher = (Switcher *)view;
	int count = (int)switcher->matches->len;
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "F2") == 0 || strcmp(key->name, "Ctrl-T") == 0)
		app_show(switcher->app, NULL);
	else if (strcmp(key->name, "Enter") == 0)
		go(switcher);
	else if (strcmp(key->name, "Up") == 0 || strcmp(key->name, "Shift-Tab") == 0)
		switcher->chosen = MAX(0, switcher->chosen - 1);
	else if (strcmp(key->name, "Down") == 0 || strcmp(key->name, "Tab") == 0)
		switcher->chosen = MAX(0, MIN(count - 1, switcher->chosen + 1));
	else if (strcmp(key->name, "PageUp") == 0)
		switcher->chosen = MAX(0, switcher->chosen - 10);
	else if (strcmp(key->name, "PageDown") == 0)
		switcher->chosen = MAX(0, MIN(count - 1, switcher->chosen + 10));
	else if (edit_key(&switcher->edit, key))
		match(switcher);
	else
		return FALSE;
	return TRUE;
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	Switcher *switcher = (Switcher *)view;
	g_autofree char *shown = edit_shown(&switcher->edit, FALSE), *before = edit_shown(&switcher->edit, TRUE);
	paint_fill(window, y, x, columns, STYLE_FIELD);
	paint_text(window, y, x, 2, STYLE_FIELD, "❯");
	if (*shown)
		paint_text(window, y, x + 2, columns - 2, STYLE_FIELD, shown);
	else
		paint_text(window, y, x + 2, columns - 2, STYLE_FIELD_HINT, "a few letters of a name, or /command");
	view->cursor_y = y;
	view->cursor_x = x + MIN(columns - 1, 2 + paint_columns(before));
	int room = rows - 1;
	if (switcher->chosen < switcher->top)
		switcher->top = switcher->chosen;
	if (switcher->chosen >= switcher->top + room)
		switcher->top = switcher->chosen - room + 1;
	for (int i = 0; i < room && switcher->top + i < (int)switcher->matches->len; i++) {
		const Goal *goal = switcher->matches->pdata[switcher->top + i];
		gboolean chosen = switcher->top + i == switcher->chosen;
		int role = chosen ? STYLE_CHOSEN : STYLE_BOX, row = y + 1 + i;
		paint_fill(window, row, x, columns, role);
		const char *sign = goal->kind != GO_CHAT ? " " : goal->chat_kind == CHAT_ROOM ? " " : presence_sign(goal->presence);
		paint_text(window, row, x, 1, role, sign);
		int used = paint_text(window, row, x + 2, MAX(8, columns / 2), role, goal->title);
		if (goal->unread > 0) {
			g_autofree char *count = g_strdup_printf("●%" G_GINT64_FORMAT, goal->unread);
			used += 1 + paint_text(window, row, x + 3 + used, 6, role, count);
		}
		if (goal->about && columns > 30)
			paint_right(window, row, x + 4 + used, columns - 5 - used, role, goal->about);
	}
	if (switcher->matches->len == 0)
		paint_text(window, y + 1, x + 2, columns - 2, STYLE_BOX, "nothing by that name; /query ADDRESS writes to anybody");
}

static void size(const View *view G_GNUC_UNUSED, int *rows, int *columns)
{
	*rows = MIN(*rows, 16);
	*columns = MIN(*columns, 76);
}

static void free_view(View *view)
{
	Switcher *switcher = (Switcher *)view;
	edit_clear(&switcher->edit);
	g_ptr_array_unref(switcher->matches);
	g_ptr_array_unref(switcher->goals);
	g_free(switcher);
}

static const ViewKind switcher_kind = { .place = VIEW_CENTER, .size = size, .draw = draw, .key = on_key, .free = free_view };

View *switcher_view_new(App *app)
{
	Switcher *switcher = g_new0(Switcher, 1);
	switcher->app = app;
	switcher->view = (View){ .kind = &switcher_kind, .title = "Go to", .hint = "↑ ↓ choose   Enter goes there   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	switcher->goals = g_ptr_array_new_with_free_func(goal_free);
	switcher->matches = g_ptr_array_new();
	edit_init(&switcher->edit, FALSE);
	gather(switcher);
	match(switcher);
	return &switcher->view;
}
