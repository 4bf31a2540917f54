/* tabs.c: see tabs.h. When not all tabs fit, those around the current one are drawn, with signs where more are. */
#include "config.h"
#include "tabs.h"

#include <string.h>

#define TITLE_COLUMNS 18

struct Tabs {
	GPtrArray *all; /* of Tab, owned */
	Tab *current;
	GArray *ends; /* of int: where each drawn tab ends */
	guint first;  /* the first drawn */
};

static void tab_free(gpointer data)
{
	Tab *tab = data;
	timeline_free(tab->view.timeline);
	g_free(tab->account);
	g_free(tab->address);
	g_free(tab->draft);
	g_free(tab->view.fetch_text);
	g_free(tab->compose_words);
	g_free(tab->compose_draft);
	g_free(tab);
}

static Tab *add(Tabs *tabs, const char *account, const char *address, ChatKind kind)
{
	Tab *tab = g_new0(Tab, 1);
	tab->account = g_strdup(account);
	tab->address = g_strdup(address);
	tab->kind = kind;
	tab->view.timeline = timeline_new(account, address);
	tab->view.follow = TRUE;
	tab->view.new_after = -1;
	g_ptr_array_add(tabs->all, tab);
	return tab;
}

Tabs *tabs_new(void)
{
	Tabs *tabs = g_new0(Tabs, 1);
	tabs->all = g_ptr_array_new_with_free_func(tab_free);
	tabs->ends = g_array_new(FALSE, FALSE, sizeof(int));
	tabs->current = add(tabs, NULL, NULL, CHAT_DIRECT);
	return tabs;
}

void tabs_free(Tabs *tabs)
{
	if (!tabs)
		return;
	g_ptr_array_unref(tabs->all);
	g_array_unref(tabs->ends);
	g_free(tabs);
}

guint tabs_count(const Tabs *tabs)
{
	return tabs->all->len;
}

Tab *tabs_at(const Tabs *tabs, guint i)
{
	return i < tabs->all->len ? tabs->all->pdata[i] : NULL;
}

guint tabs_index(const Tabs *tabs, const Tab *tab)
{
	guint i = 0;
	g_ptr_array_find(tabs->all, tab, &i);
	return i;
}

Tab *tabs_home(const Tabs *tabs)
{
	return tabs->all->pdata[0];
}

Tab *tabs_current(const Tabs *tabs)
{
	return tabs->current;
}

void tabs_set_current(Tabs *tabs, Tab *tab)
{
	tabs->current = tab;
}

Tab *tabs_find(const Tabs *tabs, const char *account, const char *address)
{
	for (guint i = 1; i < tabs->all->len; i++) {
		Tab *tab = tabs->all->pdata[i];
		if (strcmp(tab->address, address) == 0 && strcmp(tab->account, account) == 0)
			return tab;
	}
	return NULL;
}

Tab *tabs_open(Tabs *tabs, const char *account, const char *address, ChatKind kind)
{
	Tab *tab = tabs_find(tabs, account, address);
	return tab ? tab : add(tabs, account, address, kind);
}

void tabs_close(Tabs *tabs, Tab *tab)
{
	guint i = tabs_index(tabs, tab);
	if (i == 0)
		return;
	if (tabs->current == tab)
		tabs->current = tabs->all->pdata[i - 1];
	g_ptr_array_remove_index(tabs->all, i);
}

Chat *tab_chat(const Tab *tab, const Model *model)
{
	Account *account = tab->account ? model_account(model, tab->account) : NULL;
	return account ? model_chat(account, tab->address) : NULL;
}

char *tab_title(const Tab *tab, const Model *model)
{
	if (!tab->account)
		return g_strdup("home");
	Account *account = model_account(model, tab->account);
	Contact *contact = account && tab->kind == CHAT_DIRECT ? model_contact(account, tab->address) : NULL;
	if (contact)
		return g_strdup(contact_title(contact));
	Chat *chat = tab_chat(tab, model);
	if (chat)
		return chat_title(chat);
	return g_strdup(tab->address);
}

/* " 2 Alice ●3! " */
static char *label(const Tabs *tabs, guint i, const Model *model, gboolean *is_new)
{
	const Tab *tab = tabs->all->pdata[i];
	const Chat *chat = tab_chat(tab, model);
	g_autofree char *title = tab_title(tab, model);
	g_autofree char *clean = wrap_prepare(title, TEXT_LINE, paint_emoji());
	gsize fits = wrap_fit(clean, -1, TITLE_COLUMNS, NULL);
	g_autofree char *count = NULL;
	*is_new = chat && chat->unread > 0;
	if (*is_new)
		count = g_strdup_printf(" ●%" G_GINT64_FORMAT "%s", MIN(chat->unread, 999), chat->mentions ? "!" : "");
	const char *sign = tab->account && tab->kind == CHAT_ROOM && clean[0] != '#' ? "#" : "";
	return g_strdup_printf(" %u %s%.*s%s%s ", i + 1, sign, (int)fits, clean, clean[fits] ? "…" : "", count ? count : "");
}

void tabs_draw(const Tabs *tabs, const Model *model, WINDOW *window, int columns, const char *right)
{
	paint_fill(window, 0, 0, columns, STYLE_BAR);
	int right_columns = paint_columns(right);
	int room = columns >= 40 ? columns - right_columns - 1 : columns;
	g_autoptr(GPtrArray) labels = g_ptr_array_new_with_free_func(g_free);
	guint count = tabs->all->len, current = tabs_index(tabs, tabs->current);
	gboolean *fresh = g_newa(gboolean, count);
	int *wide = g_newa(int, count);
	for (guint i = 0; i < count; i++) {
		g_ptr_array_add(labels, label(tabs, i, model, &fresh[i]));
		wide[i] = paint_columns(labels->pdata[i]) + 1;
	}
	/* From the current tab outwards, as many as fit. */
	guint first = current, last = current;
	int sum = wide[current];
	for (gboolean grew = TRUE; grew;) {
		grew = FALSE;
		if (first > 0 && sum + wide[first - 1] + 2 <= room)
			sum += wide[--first], grew = TRUE;
		if (last + 1 < count && sum + wide[last + 1] + 2 <= room)
			sum += wide[++last], grew = TRUE;
	}
	int x = 0;
	g_array_set_size(tabs->ends, 0);
	((Tabs *)tabs)->first = first;
	if (first > 0)
		x += paint_text(window, 0, x, 1, STYLE_TAB_NEW, "‹");
	for (guint i = first; i <= last && x < room; i++) {
		int role = i == current ? STYLE_TAB : fresh[i] ? STYLE_TAB_NEW : STYLE_BAR;
		x += paint_text(window, 0, x, room - x, role, labels->pdata[i]);
		if (x < room && i != current && i + 1 != current && i < last)
			paint_text(window, 0, x, 1, STYLE_BAR, "│");
		x++;
		g_array_append_val(tabs->ends, x);
	}
	if (last + 1 < count && room >= 2)
		paint_text(window, 0, MIN(x, room - 1), 1, STYLE_TAB_NEW, "›");
	if (columns >= 40)
		paint_right(window, 0, columns - right_columns - 1, right_columns, STYLE_BRAND, right);
}

Tab *tabs_at_column(const Tabs *tabs, int x)
{
	for (guint i = 0; i < tabs->ends->len; i++)
		if (x < g_array_index(tabs->ends, int, i))
			return tabs_at(tabs, tabs->first + i);
	return NULL;
}
