/* menu.c: see menu.h.
 *
 * Every entry is a command line, so that nothing can be done here that can't be done by a command. Some need more words: those are put into
 * the input line. What the network offers (/actions) is asked for when the menu opens and comes behind the rest.
 */
#include "config.h"
#include "menu.h"

#include "base/json.h"
#include "pick.h"
#include "status.h"

#include <string.h>

#define CARD_WAIT (30 * G_USEC_PER_SEC) /* what an action asks in this time is opened at once */

typedef enum { ENTRY_RUN, ENTRY_FILL, ENTRY_ASK, ENTRY_NETWORK } EntryWay;

typedef struct {
	char *line, *text;
	EntryWay way;
} MenuEntry;

typedef struct {
	View *view;
	char *account, *who; /* who: as commands take it, quoted */
	GPtrArray *entries;  /* of MenuEntry, owned */
	guint serial;
} Menu;

static Menu *the_menu; /* answers that come after it was closed are for nobody */

static void entry_free(gpointer data)
{
	MenuEntry *entry = data;
	g_free(entry->line);
	g_free(entry->text);
	g_free(entry);
}

static void menu_free(gpointer data)
{
	Menu *menu = data;
	if (the_menu == menu)
		the_menu = NULL;
	g_ptr_array_unref(menu->entries);
	g_free(menu->account);
	g_free(menu->who);
	g_free(menu);
}

static void add(Menu *menu, EntryWay way, const char *text, const char *format, ...) G_GNUC_PRINTF(4, 5);

static void add(Menu *menu, EntryWay way, const char *text, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	MenuEntry *entry = g_new0(MenuEntry, 1);
	entry->line = g_strdup_vprintf(format, args);
	entry->text = g_strdup(text);
	entry->way = way;
	g_ptr_array_add(menu->entries, entry);
	va_end(args);
}

/* ---- what is done ---- */

static void on_sure(App *app, int index, const char *typed G_GNUC_UNUSED, gpointer context)
{
	if (index == 1)
		app_enter(app, context);
}

static void ask_first(App *app, const MenuEntry *entry)
{
	const PickChoice choices[] = { { 'n', "no", FALSE }, { 'y', "yes", FALSE }, { 0, NULL, FALSE } };
	g_autofree char *title = g_strdup_printf("%s?", entry->text);
	app_show(app, pick_view_new(app, title, choices, NULL, on_sure, g_strdup(entry->line), g_free));
}

static void on_taken(App *app, int index, const char *typed G_GNUC_UNUSED, gpointer context)
{
	Menu *menu = context;
	if (index < 0 || (guint)index >= menu->entries->len)
		return;
	const MenuEntry *entry = menu->entries->pdata[index];
	switch (entry->way) {
	case ENTRY_FILL:
		input_set(app->input, entry->line);
		app_dirty(app, DIRTY_INPUT);
		break;
	case ENTRY_ASK:
		ask_first(app, entry);
		break;
	case ENTRY_NETWORK:
		g_free(app->card_account);
		app->card_account = g_strdup(menu->account);
		app->card_until = g_get_monotonic_time() + CARD_WAIT;
		app_enter(app, entry->line);
		break;
	case ENTRY_RUN:
		app_enter(app, entry->line);
		break;
	}
}

/* ---- what the network offers ---- */

/* The name in one line of /actions as JSON; NULL if there is none. */
static char *name_of(char *line)
{
	JsonReader reader;
	JsonValue value;
	char *key, *name = NULL;
	json_reader_init(&reader, line, strlen(line));
	if (!json_read_open(&reader))
		return NULL;
	while (json_read_field(&reader, &key, &value))
		if (strcmp(key, "name") == 0 && value.type == JSON_STRING && !name)
			name = g_strdup(value.text);
	return name;
}

static void on_offered(const Wire *answer, gpointer context, gpointer user)
{
	App *app = user;
	Menu *menu = the_menu;
	if (answer->kind != WIRE_PRINT || !menu || menu->serial != GPOINTER_TO_UINT(context) || app->view != menu->view)
		return;
	g_auto(GStrv) lines = g_strsplit(((const WirePrint *)answer)->text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_autofree char *name = **line ? name_of(*line) : NULL;
		if (!name)
			continue;
		g_autofree char *quoted = commands_quote(name);
		add(menu, ENTRY_NETWORK, name, "/action %s %s", quoted, menu->who);
		pick_view_add(menu->view, &(PickChoice){ .text = name });
	}
	app_dirty(app, DIRTY_VIEW);
}

static void ask_network(App *app, const Menu *menu)
{
	g_autofree char *line = g_strdup_printf("/actions %s", menu->who);
	attach_ask(app->attach, line, on_offered, GUINT_TO_POINTER(menu->serial), NULL);
}

/* ---- the entries ---- */

static void add_account_entries(Menu *menu, const Account *account, const char *who)
{
	add(menu, ENTRY_RUN, "all its settings", "/account edit %s", who);
	if (account_is_online(account))
		add(menu, ENTRY_RUN, "go offline", "/disconnect %s", who);
	else
		add(menu, ENTRY_RUN, account->enabled ? "try to go online now" : "switch it on", account->enabled ? "/connect %s" : "/account enable %s", who);
	if (account->enabled)
		add(menu, ENTRY_RUN, "switch it off", "/account disable %s", who);
	if (account_can(account, "bookmarks"))
		add(menu, ENTRY_RUN, "its bookmarked rooms", "/bookmarks %s", who);
	if (account_can(account, "roomlist"))
		add(menu, ENTRY_FILL, "look for rooms", "/rooms %s ", who);
	if (account_can(account, "block"))
		add(menu, ENTRY_RUN, "who is blocked", "/blocked %s", who);
	add(menu, ENTRY_ASK, "remove it from kith", "/account remove %s", who);
}

static void add_room_entries(Menu *menu, const Account *account, const Chat *chat, const char *who)
{
	gboolean joined = chat && chat->joined;
	add(menu, ENTRY_RUN, joined ? "leave it" : "enter it", joined ? "/part %s" : "/join %s", who);
	if (account_can(account, "bookmarks")) {
		gboolean kept = chat && chat->bookmarked;
		add(menu, ENTRY_RUN, kept ? "no bookmark any more" : "bookmark it for all devices", kept ? "/unbookmark %s" : "/bookmark %s", who);
		if (kept)
			add(menu, ENTRY_RUN, chat->autojoin ? "don't enter it by itself" : "enter it by itself whenever online", "/autojoin %s %s", chat->autojoin ? "off" : "on", who);
	}
	if (account_can(account, "info"))
		add(menu, ENTRY_RUN, "what is known of it", "/info %s", who);
	if (joined && account_can(account, "topic"))
		add(menu, ENTRY_FILL, "change its topic", "/topic %s ", who);
	if (joined && account_can(account, "roomadmin"))
		add(menu, ENTRY_RUN, "its configuration", "/configure %s", who);
	add(menu, ENTRY_RUN, "tell all its messages", "/notify all %s", who);
	add(menu, ENTRY_RUN, "tell mentions only", "/notify mentions %s", who);
	add(menu, ENTRY_RUN, "tell none of its messages", "/notify none %s", who);
}

static void add_person_entries(Menu *menu, const Account *account, const Contact *contact, const char *who)
{
	add(menu, ENTRY_RUN, "write to them", "/query %s", who);
	add(menu, ENTRY_RUN, "what is known of them", "/info %s", who);
	if (account_can(account, "icons"))
		add(menu, ENTRY_RUN, "fetch their picture", "/icon %s", who);
	if (account_can(account, "files"))
		add(menu, ENTRY_FILL, "send a file", "/send --to %s ", who);
	if (account_can(account, "attention"))
		add(menu, ENTRY_RUN, "ask for attention", "/attention %s", who);
	if (account_can(account, "contacts") && contact) {
		add(menu, ENTRY_FILL, "another name in the list", "/rename %s ", who);
		add(menu, ENTRY_FILL, "into a group", "/group %s add ", who);
		add(menu, ENTRY_ASK, "remove from the list", "/remove %s", who);
	} else if (account_can(account, "contacts")) {
		add(menu, ENTRY_RUN, "into the list", "/add %s", who);
	}
	if (account_can(account, "block")) {
		add(menu, ENTRY_ASK, "block", "/block %s", who);
		add(menu, ENTRY_RUN, "no longer block", "/unblock %s", who);
	}
}

/* The first letter that no entry before has, as its key. */
static char key_for(const Menu *menu, guint i, GString *used)
{
	for (const char *c = ((const MenuEntry *)menu->entries->pdata[i])->text; *c; c++)
		if (g_ascii_islower(*c) && !strchr(used->str, *c)) {
			g_string_append_c(used, *c);
			return *c;
		}
	return 0;
}

static View *show_entries(App *app, Menu *menu, const char *title)
{
	g_autoptr(GString) used = g_string_new(NULL);
	g_autofree PickChoice *choices = g_new0(PickChoice, menu->entries->len + 1);
	for (guint i = 0; i < menu->entries->len; i++)
		choices[i] = (PickChoice){ .key = key_for(menu, i, used), .text = ((const MenuEntry *)menu->entries->pdata[i])->text };
	return pick_view_new(app, title, choices, NULL, on_taken, menu, menu_free);
}

View *menu_view_new(App *app, const char *name, const char *address, ChatKind kind)
{
	static guint serial;
	const Account *account = model_account(app->model, name);
	if (!account) {
		app_note(app, "there is no account \"%s\"", name);
		return NULL;
	}
	Contact *contact = address ? model_contact(account, address) : NULL;
	const Chat *chat = address ? model_chat(account, address) : NULL;
	g_autofree char *where = address ? g_strdup_printf("%s/%s", name, address) : g_strdup(name);
	g_autofree char *room_title = chat ? chat_title(chat) : NULL;
	Menu *menu = g_new0(Menu, 1);
	menu->serial = ++serial;
	menu->account = g_strdup(name);
	menu->who = commands_quote(where);
	menu->entries = g_ptr_array_new_with_free_func(entry_free);
	if (!address)
		add_account_entries(menu, account, menu->who);
	else if (kind == CHAT_ROOM)
		add_room_entries(menu, account, chat, menu->who);
	else
		add_person_entries(menu, account, contact, menu->who);
	g_autofree char *title = g_strdup_printf("What to do with %s", contact ? contact_title(contact) : room_title ? room_title : address ? address : name);
	menu->view = show_entries(app, menu, title);
	the_menu = menu;
	if (account_is_online(account) && account_can(account, "actions") && kind != CHAT_ROOM)
		ask_network(app, menu);
	return menu->view;
}

/* ---- all accounts ---- */

static void on_account(App *app, int index, const char *typed G_GNUC_UNUSED, gpointer context)
{
	char **names = context;
	guint count = g_strv_length(names);
	View *view = index >= 0 && (guint)index < count ? menu_view_new(app, names[index], NULL, CHAT_DIRECT) : NULL;
	if (view)
		app_show(app, view);
	else if (index >= 0)
		app_enter(app, "/account add");
}

static void free_names(gpointer data)
{
	g_strfreev(data);
}

View *menu_accounts_new(App *app)
{
	const GPtrArray *accounts = model_accounts(app->model);
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autofree PickChoice *choices = g_new0(PickChoice, accounts->len + 2);
	char **names = g_new0(char *, accounts->len + 1);
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		g_autofree char *words = status_words(account);
		char *text = g_strdup_printf("%s  %s  %s · %s", account->name, account->address, account->protocol, words);
		g_ptr_array_add(texts, text);
		choices[i] = (PickChoice){ .key = i < 9 ? (char)('1' + i) : 0, .text = text };
		names[i] = g_strdup(account->name);
	}
	choices[accounts->len] = (PickChoice){ .key = 'a', .text = "add another account" };
	return pick_view_new(app, "Accounts", choices, NULL, on_account, names, free_names);
}
