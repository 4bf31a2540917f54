/* list.c: see list.h. */
#include "config.h"
#include "list.h"

#include <stdlib.h>
#include <string.h>

#define GROUP_OTHERS "Not in the list"
#define GROUP_ROOMS "Rooms"
#define GROUP_NONE "Contacts"

static void group_free(gpointer data);

struct List {
	GHashTable *items; /* account -> (address -> ListItem) */
	GArray *rows;      /* of ListRow */
	GHashTable *folded, *groups; /* groups: name -> Group */
	ListSort sort;
	gboolean show_offline, stale;
	char *filter, *folded_filter;
	guint round;
	int chosen, top, drawn_y, drawn_rows;
	/* who is chosen, so that it stays chosen when rows move */
	char *chosen_account, *chosen_address;
};

static const struct {
	const char *sign;
	int role, rank;
} presences[] = {
	[PRESENCE_ONLINE] = { "●", STYLE_ONLINE, 0 },
	[PRESENCE_AWAY] = { "◐", STYLE_AWAY, 1 },
	[PRESENCE_XA] = { "◑", STYLE_AWAY, 2 },
	[PRESENCE_DND] = { "◆", STYLE_BUSY, 1 },
	[PRESENCE_OFFLINE] = { "○", STYLE_OFFLINE, 4 },
	[PRESENCE_UNKNOWN] = { "·", STYLE_OFFLINE, 4 },
};

const char *presence_sign(Presence presence)
{
	return presences[presence].sign;
}

int presence_role(Presence presence)
{
	return presences[presence].role;
}

static void item_free(gpointer data)
{
	ListItem *item = data;
	g_free(item->account);
	g_free(item->address);
	g_free(item->title);
	g_free(item->raw);
	g_free(item->key);
	g_free(item);
}

List *list_new(void)
{
	List *list = g_new0(List, 1);
	list->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
	list->rows = g_array_new(FALSE, FALSE, sizeof(ListRow));
	list->folded = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	list->groups = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, group_free);
	list->filter = g_strdup("");
	list->folded_filter = g_strdup("");
	list->show_offline = TRUE;
	list->stale = TRUE;
	list->chosen = -1;
	return list;
}

void list_free(List *list)
{
	if (!list)
		return;
	g_hash_table_unref(list->items);
	g_array_unref(list->rows);
	g_hash_table_unref(list->folded);
	g_hash_table_unref(list->groups);
	g_free(list->filter);
	g_free(list->folded_filter);
	g_free(list->chosen_account);
	g_free(list->chosen_address);
	g_free(list);
}

void list_set_sort(List *list, ListSort sort, gboolean show_offline)
{
	if (list->sort == sort && list->show_offline == show_offline)
		return;
	list->sort = sort;
	list->show_offline = show_offline;
	list->stale = TRUE;
}

void list_set_filter(List *list, const char *words)
{
	g_free(list->filter);
	g_free(list->folded_filter);
	list->filter = g_strdup(words);
	list->folded_filter = g_utf8_casefold(words, -1);
	list->stale = TRUE;
	g_clear_pointer(&list->chosen_account, g_free);
	g_clear_pointer(&list->chosen_address, g_free);
	list->chosen = -1;
	list->top = 0;
}

const char *list_filter(const List *list)
{
	return list->filter;
}

void list_changed(List *list)
{
	list->stale = TRUE;
}

void list_chat_changed(List *list, const Chat *chat)
{
	GHashTable *of_account = chat ? g_hash_table_lookup(list->items, chat->account->name) : NULL;
	const ListItem *item = of_account ? g_hash_table_lookup(of_account, chat->address) : NULL;
	gboolean still = item && list->sort != LIST_BY_ACTIVITY && item->kind == chat->kind &&
	                 (chat->kind == CHAT_DIRECT ? list->show_offline : chat->kind != CHAT_ROOM || (item->presence == PRESENCE_ONLINE) == chat->joined);
	if (!still)
		list->stale = TRUE;
}

/* The kept item for an address, its title brought up to date. */
static ListItem *item_for(List *list, const char *account, const char *address, const char *raw)
{
	GHashTable *of_account = g_hash_table_lookup(list->items, account);
	if (!of_account) {
		of_account = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, item_free);
		g_hash_table_insert(list->items, g_strdup(account), of_account);
	}
	ListItem *item = g_hash_table_lookup(of_account, address);
	if (!item) {
		item = g_new0(ListItem, 1);
		item->account = g_strdup(account);
		item->address = g_strdup(address);
		g_hash_table_insert(of_account, item->address, item);
	}
	if (!item->raw || strcmp(item->raw, raw) != 0) {
		g_free(item->raw);
		g_free(item->title);
		g_free(item->key);
		item->raw = g_strdup(raw);
		item->title = wrap_prepare(raw, TEXT_LINE, paint_emoji());
		g_autofree char *folded = g_utf8_casefold(item->title, -1);
		item->key = g_utf8_collate_key(folded, -1);
	}
	item->round = list->round;
	return item;
}

static gboolean passes(const List *list, const ListItem *item)
{
	if (!*list->folded_filter)
		return TRUE;
	g_autofree char *title = g_utf8_casefold(item->title, -1);
	return strstr(title, list->folded_filter) || strstr(item->address, list->folded_filter);
}

/* A group's head; order is its place among all groups, by kind and name. */
typedef struct {
	char *name;
	int kind, order;
	guint round;
} Group;

/* What is to be a row: an item in a group. */
typedef struct {
	const ListItem *item;
	const Group *group;
	const char *key;
	int rank;
} Place;

static ListSort sort_now; /* for compare_places, set by its one caller */

static int compare_places(const void *a, const void *b)
{
	const Place *x = a, *y = b;
	if (x->group != y->group)
		return x->group->order - y->group->order;
	if (sort_now == LIST_BY_ACTIVITY && x->item->last_time != y->item->last_time)
		return x->item->last_time > y->item->last_time ? -1 : 1;
	if (sort_now == LIST_BY_PRESENCE && x->rank != y->rank)
		return x->rank - y->rank;
	int by_name = strcmp(x->key, y->key);
	if (by_name)
		return by_name;
	int by_address = strcmp(x->item->address, y->item->address);
	return by_address ? by_address : strcmp(x->item->account, y->item->account);
}

static void group_free(gpointer data)
{
	Group *group = data;
	g_free(group->name);
	g_free(group);
}

static void place(List *list, GArray *places, const ListItem *item, const char *name, int kind)
{
	Group *group = g_hash_table_lookup(list->groups, name);
	if (!group) {
		group = g_new0(Group, 1);
		group->name = g_strdup(name);
		g_hash_table_insert(list->groups, group->name, group);
	}
	group->kind = kind;
	group->round = list->round;
	Place new = { .item = item, .group = group, .key = item->key, .rank = presences[item->presence].rank };
	g_array_append_val(places, new);
}

static int compare_groups(gconstpointer a, gconstpointer b)
{
	const Group *x = *(Group *const *)a, *y = *(Group *const *)b;
	if (x->kind != y->kind)
		return x->kind - y->kind;
	int by_name = g_utf8_collate(x->name, y->name);
	return by_name ? by_name : strcmp(x->name, y->name);
}

static gboolean is_empty(gpointer key G_GNUC_UNUSED, gpointer value, gpointer user)
{
	return ((Group *)value)->round != *(guint *)user;
}

static void order_groups(List *list)
{
	g_hash_table_foreach_remove(list->groups, is_empty, &list->round);
	g_autoptr(GPtrArray) groups = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, list->groups);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		g_ptr_array_add(groups, value);
	g_ptr_array_sort(groups, compare_groups);
	for (guint i = 0; i < groups->len; i++)
		((Group *)groups->pdata[i])->order = (int)i;
}

static void place_contact(List *list, GArray *places, const Contact *contact)
{
	const Account *account = contact->account;
	ListItem *item = item_for(list, account->name, contact->address, contact_title(contact));
	const Chat *chat = model_chat(account, contact->address);
	item->kind = CHAT_DIRECT;
	item->in_list = TRUE;
	item->presence = contact->presence;
	item->last_time = chat ? chat->last_time : 0;
	if (!passes(list, item))
		return;
	gboolean hidden = (item->presence == PRESENCE_OFFLINE || item->presence == PRESENCE_UNKNOWN) && !list->show_offline && !(chat && chat->unread);
	if (hidden && !*list->filter)
		return;
	if (!contact->groups || !contact->groups[0])
		place(list, places, item, GROUP_NONE, 3);
	for (char **group = contact->groups; group && *group && group < contact->groups + 16; group++)
		place(list, places, item, **group ? *group : GROUP_NONE, **group ? 2 : 3);
}

static void place_chat(List *list, GArray *places, const Chat *chat)
{
	const Account *account = chat->account;
	if (chat->kind == CHAT_DIRECT && (model_contact(account, chat->address) || (chat->last == 0 && chat->unread == 0)))
		return;
	if (chat->kind == CHAT_PRIVATE && chat->last == 0)
		return;
	g_autofree char *title = chat_title(chat);
	ListItem *item = item_for(list, account->name, chat->address, title);
	item->kind = chat->kind;
	item->in_list = FALSE;
	item->presence = chat->kind == CHAT_ROOM ? (chat->joined ? PRESENCE_ONLINE : PRESENCE_OFFLINE) : PRESENCE_UNKNOWN;
	item->last_time = chat->last_time;
	if (!passes(list, item))
		return;
	place(list, places, item, chat->kind == CHAT_DIRECT ? GROUP_OTHERS : GROUP_ROOMS, chat->kind == CHAT_DIRECT ? 0 : 1);
}

static gboolean is_old(gpointer key G_GNUC_UNUSED, gpointer value, gpointer user)
{
	return ((ListItem *)value)->round != *(guint *)user;
}

static void make_rows(List *list, GArray *places)
{
	g_array_set_size(list->rows, 0);
	guint head = 0;
	for (guint i = 0; i < places->len; i++) {
		const Place *at = &g_array_index(places, Place, i);
		if (i == 0 || at->group != g_array_index(places, Place, i - 1).group) {
			ListRow row = { .group = at->group->name, .folded = !*list->filter && g_hash_table_contains(list->folded, at->group->name) };
			head = list->rows->len;
			g_array_append_val(list->rows, row);
		}
		ListRow *group = &g_array_index(list->rows, ListRow, head);
		group->total++;
		group->online += at->item->presence != PRESENCE_OFFLINE && at->item->presence != PRESENCE_UNKNOWN;
		if (group->folded)
			continue;
		ListRow row = { .item = at->item, .group = at->group->name };
		g_array_append_val(list->rows, row);
	}
}

static void find_chosen(List *list)
{
	if (!list->chosen_account)
		return;
	int near = list->chosen;
	for (int step = 0; step < (int)list->rows->len; step++) /* the nearest one to where it was */
		for (int side = 0; side < 2; side++) {
			int i = side ? near - step : near + step;
			if (i < 0 || i >= (int)list->rows->len)
				continue;
			const ListItem *item = g_array_index(list->rows, ListRow, i).item;
			if (item && strcmp(item->account, list->chosen_account) == 0 && strcmp(item->address, list->chosen_address) == 0) {
				list->chosen = i;
				return;
			}
		}
}

const GArray *list_rows(List *list, const Model *model)
{
	if (!list->stale)
		return list->rows;
	list->stale = FALSE;
	list->round++;
	g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(Place));
	const GPtrArray *accounts = model_accounts(model);
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		GHashTableIter iter;
		gpointer value;
		g_hash_table_iter_init(&iter, account->contacts);
		while (g_hash_table_iter_next(&iter, NULL, &value))
			place_contact(list, places, value);
		g_hash_table_iter_init(&iter, account->chats);
		while (g_hash_table_iter_next(&iter, NULL, &value))
			place_chat(list, places, value);
	}
	order_groups(list);
	sort_now = list->sort;
	if (places->len)
		qsort(places->data, places->len, sizeof(Place), compare_places);
	make_rows(list, places);
	GHashTableIter iter;
	gpointer of_account;
	g_hash_table_iter_init(&iter, list->items);
	while (g_hash_table_iter_next(&iter, NULL, &of_account))
		g_hash_table_foreach_remove(of_account, is_old, &list->round);
	find_chosen(list);
	if (list->chosen >= (int)list->rows->len)
		list->chosen = (int)list->rows->len - 1;
	return list->rows;
}

int list_chosen(const List *list)
{
	return list->chosen;
}

void list_choose(List *list, const Model *model, int row)
{
	const GArray *rows = list_rows(list, model);
	list->chosen = CLAMP(row, -1, (int)rows->len - 1);
	g_clear_pointer(&list->chosen_account, g_free);
	g_clear_pointer(&list->chosen_address, g_free);
	const ListItem *item = list->chosen >= 0 ? g_array_index(rows, ListRow, list->chosen).item : NULL;
	if (item) {
		list->chosen_account = g_strdup(item->account);
		list->chosen_address = g_strdup(item->address);
	}
}

void list_move(List *list, const Model *model, int rows)
{
	list_rows(list, model);
	int to = list->chosen + rows;
	list_choose(list, model, MAX(0, to));
}

void list_fold(List *list, const char *group)
{
	if (!g_hash_table_remove(list->folded, group))
		g_hash_table_add(list->folded, g_strdup(group));
	list->stale = TRUE;
}

/* ---- drawing ---- */

static void draw_counts(WINDOW *window, int y, int x, int columns, gint64 unread, gint64 mentions, int *used)
{
	if (unread <= 0) {
		*used = 0;
		return;
	}
	g_autofree char *text = g_strdup_printf("%" G_GINT64_FORMAT "%s", MIN(unread, 9999), mentions > 0 ? "!" : "");
	*used = paint_right(window, y, x, columns, mentions > 0 ? STYLE_MENTION : STYLE_UNREAD, text) + 1;
}

static gboolean somebody_types(const Chat *chat)
{
	return chat && chat->typing && g_hash_table_size(chat->typing) > 0;
}

static void draw_item(const Model *model, WINDOW *window, int y, int x, int columns, const ListItem *item, int role)
{
	const Account *account = model_account(model, item->account);
	const Chat *chat = account ? model_chat(account, item->address) : NULL;
	int used = 0;
	draw_counts(window, y, x, columns - 1, chat ? chat->unread : 0, chat ? chat->mentions : 0, &used);
	if (somebody_types(chat) && columns > 12) {
		paint_text(window, y, x + columns - 2 - used - (used ? 0 : 1), 1, STYLE_AWAY, "✎");
		used += 2;
	}
	gboolean room = item->kind == CHAT_ROOM;
	/* A room that is kept but was not entered has the sign of a bookmark, filled where it is to be entered by itself. */
	const char *sign = room && chat && !chat->joined && chat->bookmarked ? chat->autojoin ? "★" : "☆" : room ? "#" : item->kind == CHAT_PRIVATE ? "@" : presence_sign(item->presence);
	int sign_role = role != STYLE_TEXT ? role : presence_role(item->presence);
	int indent = columns >= 16 ? 2 : 1;
	paint_text(window, y, x + indent, 1, sign_role, sign);
	int text_role = role != STYLE_TEXT ? role : chat && chat->unread > 0 ? STYLE_HEADER
	              : item->presence == PRESENCE_OFFLINE ? STYLE_OFFLINE : STYLE_TEXT;
	paint_text(window, y, x + indent + 2, columns - indent - 3 - used, text_role, item->title);
}

static void draw_group(WINDOW *window, int y, int x, int columns, const ListRow *row, int role)
{
	g_autofree char *count = g_strdup_printf("%u/%u", row->online, row->total);
	int used = columns >= 14 ? paint_right(window, y, x, columns - 1, role == STYLE_GROUP ? STYLE_DIM : role, count) : 0;
	paint_text(window, y, x, 2, role, row->folded ? "▸" : "▾");
	paint_text(window, y, x + 2, columns - 4 - used, role, row->group);
}

void list_draw(List *list, const Model *model, WINDOW *window, int y, int x, int rows, int columns, const char *account, const char *address, gboolean focus)
{
	const GArray *all = list_rows(list, model);
	list->drawn_y = y;
	list->drawn_rows = rows;
	int count = (int)all->len;
	if (focus && list->chosen >= 0) {
		if (list->chosen < list->top)
			list->top = list->chosen;
		if (list->chosen >= list->top + rows)
			list->top = list->chosen - rows + 1;
	}
	list->top = CLAMP(list->top, 0, MAX(0, count - rows));
	for (int i = 0; i < rows && list->top + i < count; i++) {
		const ListRow *row = &g_array_index(all, ListRow, list->top + i);
		gboolean chosen = focus && list->top + i == list->chosen;
		gboolean current = row->item && account && strcmp(row->item->account, account) == 0 && strcmp(row->item->address, address) == 0;
		if (chosen || current)
			paint_fill(window, y + i, x, columns, chosen ? STYLE_CHOSEN : STYLE_CURRENT);
		if (row->item)
			draw_item(model, window, y + i, x, columns, row->item, chosen ? STYLE_CHOSEN : current ? STYLE_CURRENT : STYLE_TEXT);
		else
			draw_group(window, y + i, x, columns, row, chosen ? STYLE_CHOSEN : STYLE_GROUP);
	}
	if (count == 0)
		paint_text(window, y, x + 1, columns - 2, STYLE_DIM, *list->filter ? "nobody by that name" : "nobody here yet");
	if (list->top + rows < count && columns > 8)
		paint_right(window, y + rows - 1, x, columns - 1, STYLE_DIM, "↓");
}

int list_row_at(const List *list, int y)
{
	int row = y - list->drawn_y;
	if (row < 0 || row >= list->drawn_rows || list->top + row >= (int)list->rows->len)
		return -1;
	return list->top + row;
}
