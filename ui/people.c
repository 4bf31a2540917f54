/* people.c: see people.h. The rows are made anew at most once a drawing, from names that were folded once; ten thousand take some milliseconds. */
#include "config.h"
#include "people.h"

#include "commands/rank.h"
#include "edit.h"

#include <stdlib.h>
#include <string.h>

/* Somebody as they were when the rows were made. */
typedef struct {
	char *nick, *key; /* key: folded, to sort and to find by */
	guint round;
	int rank;
	const Occupant *occupant; /* valid until the model changes */
} Person;

typedef struct {
	View view;
	App *app;
	char *title, *account, *address;
	GHashTable *known;   /* nick -> Person, owned */
	GPtrArray *rows;     /* of Person */
	guint round;
	gboolean stale;
	Edit edit;
	char *chosen; /* nick; stays chosen when rows move */
	int at, top;
} People;

static void person_free(gpointer data)
{
	Person *person = data;
	g_free(person->nick);
	g_free(person->key);
	g_free(person);
}

static int compare(const void *a, const void *b)
{
	const Person *x = *(Person *const *)a, *y = *(Person *const *)b;
	if (x->rank != y->rank)
		return y->rank - x->rank;
	int by_key = strcmp(x->key, y->key);
	return by_key ? by_key : strcmp(x->nick, y->nick);
}

static Chat *room(const People *people)
{
	Account *account = model_account(people->app->model, people->account);
	return account ? model_chat(account, people->address) : NULL;
}

static gboolean is_gone(gpointer key G_GNUC_UNUSED, gpointer value, gpointer user)
{
	return ((Person *)value)->round != *(guint *)user;
}

static void make_rows(People *people)
{
	if (!people->stale)
		return;
	people->stale = FALSE;
	people->round++;
	g_ptr_array_set_size(people->rows, 0);
	g_autofree char *wanted = g_utf8_casefold(people->edit.text, -1);
	const Chat *chat = room(people);
	GHashTableIter iter;
	gpointer value;
	if (chat && chat->occupants)
		g_hash_table_iter_init(&iter, chat->occupants);
	while (chat && chat->occupants && g_hash_table_iter_next(&iter, NULL, &value)) {
		const Occupant *occupant = value;
		Person *person = g_hash_table_lookup(people->known, occupant->nick);
		if (!person) {
			person = g_new0(Person, 1);
			person->nick = g_strdup(occupant->nick);
			person->key = g_utf8_casefold(occupant->nick, -1);
			g_hash_table_insert(people->known, person->nick, person);
		}
		person->round = people->round;
		person->occupant = occupant;
		person->rank = rank_of(occupant);
		if (!*wanted || strstr(person->key, wanted))
			g_ptr_array_add(people->rows, person);
	}
	g_hash_table_foreach_remove(people->known, is_gone, &people->round);
	if (people->rows->len)
		qsort(people->rows->pdata, people->rows->len, sizeof(gpointer), compare);
	for (guint i = 0; people->chosen && i < people->rows->len; i++)
		if (strcmp(((Person *)people->rows->pdata[i])->nick, people->chosen) == 0)
			people->at = (int)i;
	people->at = CLAMP(people->at, 0, MAX(0, (int)people->rows->len - 1));
}

static void move_to(People *people, int to)
{
	make_rows(people);
	people->at = CLAMP(to, 0, MAX(0, (int)people->rows->len - 1));
	g_free(people->chosen);
	people->chosen = people->rows->len ? g_strdup(((Person *)people->rows->pdata[people->at])->nick) : NULL;
}

static void open_chat(People *people)
{
	App *app = people->app;
	make_rows(people);
	if (people->rows->len == 0)
		return;
	g_autofree char *address = g_strdup_printf("%s/%s", people->address, ((Person *)people->rows->pdata[people->at])->nick);
	Tab *tab = tabs_open(app->tabs, people->account, address, CHAT_PRIVATE);
	tab->in_use = TRUE;
	app_show(app, NULL);
	app_go(app, tab);
}

static gboolean on_key(View *view, const Key *key)
{
	People *people = (People *)view;
	int page = 10;
	if (strcmp(key->name, "Escape") == 0 || strcmp(key->name, "F6") == 0)
		app_show(people->app, NULL);
	else if (strcmp(key->name, "Enter") == 0)
		open_chat(people);
	else if (strcmp(key->name, "Up") == 0)
		move_to(people, people->at - 1);
	else if (strcmp(key->name, "Down") == 0)
		move_to(people, people->at + 1);
	else if (strcmp(key->name, "PageUp") == 0)
		move_to(people, people->at - page);
	else if (strcmp(key->name, "PageDown") == 0)
		move_to(people, people->at + page);
	else if (strcmp(key->name, "Home") == 0)
		move_to(people, 0);
	else if (strcmp(key->name, "End") == 0)
		move_to(people, G_MAXINT / 2);
	else if (edit_key(&people->edit, key)) {
		people->stale = TRUE;
		people->at = 0;
		g_clear_pointer(&people->chosen, g_free);
	} else
		return FALSE;
	return TRUE;
}

static void draw_person(WINDOW *window, int y, int x, int columns, const Person *person, gboolean chosen)
{
	const Occupant *occupant = person->occupant;
	int role = chosen ? STYLE_CHOSEN : STYLE_BOX;
	paint_fill(window, y, x, columns, role);
	paint_text(window, y, x, 1, role, presence_sign(occupant->presence));
	paint_text(window, y, x + 2, 1, role, rank_sign(occupant));
	int used = paint_text(window, y, x + 4, MAX(8, columns / 2 - 4), chosen ? role : STYLE_BOX_KEY, person->nick);
	g_autofree char *about = g_strdup_printf("%s%s%s%s%s", rank_word(occupant), occupant->status && *occupant->status ? " · " : "",
	                                         occupant->status ? occupant->status : "", occupant->address ? " · " : "", occupant->address ? occupant->address : "");
	paint_right(window, y, x + 5 + used, columns - 6 - used, role, about);
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	People *people = (People *)view;
	make_rows(people);
	g_autofree char *shown = edit_shown(&people->edit, FALSE), *before = edit_shown(&people->edit, TRUE);
	g_autofree char *count = g_strdup_printf("%u of %u", people->rows->len, g_hash_table_size(people->known));
	paint_fill(window, y, x, columns, STYLE_FIELD);
	paint_text(window, y, x, 2, STYLE_FIELD, "⌕");
	paint_text(window, y, x + 2, columns - 2, *shown ? STYLE_FIELD : STYLE_FIELD_HINT, *shown ? shown : "type to filter");
	paint_right(window, y, x + columns / 2, columns - columns / 2, STYLE_FIELD, count);
	view->cursor_y = y;
	view->cursor_x = x + MIN(columns - 1, 2 + paint_columns(before));
	int room_rows = rows - 1;
	if (people->at < people->top)
		people->top = people->at;
	if (people->at >= people->top + room_rows)
		people->top = people->at - room_rows + 1;
	people->top = CLAMP(people->top, 0, MAX(0, (int)people->rows->len - room_rows));
	for (int i = 0; i < room_rows && people->top + i < (int)people->rows->len; i++)
		draw_person(window, y + 1 + i, x, columns, people->rows->pdata[people->top + i], people->top + i == people->at);
	if (people->rows->len == 0 && rows > 1)
		paint_text(window, y + 1, x + 2, columns - 2, STYLE_BOX, *people->edit.text ? "nobody by that name" : "nobody is here");
}

static void changed(View *view, ModelPart part, gpointer thing)
{
	People *people = (People *)view;
	if (part != MODEL_OCCUPANTS && part != MODEL_CHAT && part != MODEL_ACCOUNT && part != MODEL_READY)
		return;
	if (thing && part == MODEL_OCCUPANTS && thing != room(people))
		return;
	people->stale = TRUE;
	app_dirty(people->app, DIRTY_VIEW);
}

static void free_view(View *view)
{
	People *people = (People *)view;
	edit_clear(&people->edit);
	g_ptr_array_unref(people->rows);
	g_hash_table_unref(people->known);
	g_free(people->chosen);
	g_free(people->title);
	g_free(people->account);
	g_free(people->address);
	g_free(people);
}

static const ViewKind people_kind = { .place = VIEW_WIDE, .draw = draw, .key = on_key, .changed = changed, .free = free_view };

View *people_view_new(App *app, const Tab *tab)
{
	const Chat *chat = tab_chat(tab, app->model);
	if (!chat || chat->kind != CHAT_ROOM || !chat->joined) {
		app_note(app, "this is no room that you are in");
		return NULL;
	}
	People *people = g_new0(People, 1);
	people->app = app;
	people->account = g_strdup(tab->account);
	people->address = g_strdup(tab->address);
	g_autofree char *title = tab_title(tab, app->model);
	people->title = g_strdup_printf("Who is in %s", title);
	people->known = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, person_free);
	people->rows = g_ptr_array_new();
	people->stale = TRUE;
	edit_init(&people->edit, FALSE);
	people->view = (View){ .kind = &people_kind, .title = people->title, .hint = "↑ ↓ choose   Enter writes to them   type to filter   Esc closes", .cursor_y = -1, .cursor_x = -1 };
	return &people->view;
}
