/* test-ui-list.c: what is in the list, in which order, filtered and folded; and that ten thousand are no trouble. */
#include "list.h"

#include <locale.h>
#include <string.h>

static void nothing(ModelPart part, gpointer thing, gpointer user)
{
	(void)part, (void)thing, (void)user;
}

static void add_account(Model *model, const char *name)
{
	WireAccount account = WIRE(ACCOUNT, Account, .account = name, .protocol = "replay", .address = "me@x", .enabled = TRUE, .state = ACCOUNT_ONLINE);
	static const char *const none[] = { NULL };
	account.can = none;
	model_apply(model, (const Wire *)&account);
}

static void add(Model *model, const char *account, const char *address, const char *name, const char *group, Presence presence)
{
	const char *groups[] = { group, NULL };
	WireContact contact = WIRE(CONTACT, Contact, .account = account, .address = address, .name = name, .groups = groups);
	WireContactPresence now = WIRE(PRESENCE, ContactPresence, .account = account, .address = address, .presence = presence);
	model_apply(model, (const Wire *)&contact);
	model_apply(model, (const Wire *)&now);
}

static char *written(List *list, const Model *model)
{
	const GArray *rows = list_rows(list, model);
	GString *out = g_string_new(NULL);
	for (guint i = 0; i < rows->len; i++) {
		const ListRow *row = &g_array_index(rows, ListRow, i);
		if (row->item)
			g_string_append_printf(out, " %s", row->item->title);
		else
			g_string_append_printf(out, "%s[%s %u/%u]", i ? " " : "", row->group, row->online, row->total);
	}
	return g_string_free(out, FALSE);
}

#define assert_list(list, model, text) G_STMT_START { \
	g_autofree char *got = written(list, model); \
	g_assert_cmpstr(got, ==, text); } G_STMT_END

static Model *people(void)
{
	Model *model = model_new(nothing, NULL);
	add_account(model, "a");
	add_account(model, "b");
	add(model, "a", "zed@x", "zed", "Friends", PRESENCE_ONLINE);
	add(model, "b", "anna@x", "Anna", "Friends", PRESENCE_OFFLINE);
	add(model, "a", "emil@x", "Emil", "Friends", PRESENCE_AWAY);
	add(model, "a", "bob@x", "bob", "Work", PRESENCE_DND);
	add(model, "b", "free@x", "Free", NULL, PRESENCE_ONLINE);
	return model;
}

static void test_order(void)
{
	g_autoptr(Model) model = people();
	List *list = list_new();
	assert_list(list, model, "[Friends 2/3] zed Emil Anna [Work 1/1] bob [Contacts 1/1] Free");
	list_set_sort(list, LIST_BY_NAME, TRUE);
	assert_list(list, model, "[Friends 2/3] Anna Emil zed [Work 1/1] bob [Contacts 1/1] Free");
	list_set_sort(list, LIST_BY_NAME, FALSE);
	assert_list(list, model, "[Friends 2/2] Emil zed [Work 1/1] bob [Contacts 1/1] Free");
	list_free(list);
}

static void test_rooms_and_strangers(void)
{
	g_autoptr(Model) model = people();
	List *list = list_new();
	WireRoom room = WIRE(ROOM, Room, .account = "a", .chat = "dev@rooms", .joined = TRUE);
	WireChat stranger = WIRE(CHAT, Chat, .account = "a", .chat = "who@y", .unread = 1, .last = 5);
	model_apply(model, (const Wire *)&room);
	model_apply(model, (const Wire *)&stranger);
	list_changed(list);
	assert_list(list, model, "[Not in the list 0/1] who@y [Rooms 1/1] dev [Friends 2/3] zed Emil Anna [Work 1/1] bob [Contacts 1/1] Free");
	list_free(list);
}

static void test_filter_and_fold(void)
{
	g_autoptr(Model) model = people();
	List *list = list_new();
	list_set_filter(list, "EM");
	assert_list(list, model, "[Friends 1/1] Emil");
	list_set_filter(list, "bob@");
	assert_list(list, model, "[Work 1/1] bob");
	list_set_filter(list, "nobody");
	assert_list(list, model, "");
	list_set_filter(list, "");
	list_fold(list, "Friends");
	assert_list(list, model, "[Friends 2/3] [Work 1/1] bob [Contacts 1/1] Free");
	list_fold(list, "Friends");
	list_free(list);
}

static void test_choice_stays(void)
{
	g_autoptr(Model) model = people();
	List *list = list_new();
	list_choose(list, model, 1); /* zed */
	add(model, "a", "aaa@x", "aaa", "Friends", PRESENCE_ONLINE);
	list_changed(list);
	const GArray *rows = list_rows(list, model);
	g_assert_cmpstr(g_array_index(rows, ListRow, list_chosen(list)).item->address, ==, "zed@x");
	WireContactGone gone = WIRE(CONTACT_GONE, ContactGone, .account = "a", .address = "zed@x");
	model_apply(model, (const Wire *)&gone);
	list_changed(list);
	list_rows(list, model);
	list_move(list, model, -100);
	g_assert_cmpint(list_chosen(list), ==, 0);
	list_free(list);
}

static void test_many(void)
{
	g_autoptr(Model) model = model_new(nothing, NULL);
	List *list = list_new();
	add_account(model, "a");
	for (int i = 0; i < 10000; i++) {
		g_autofree char *address = g_strdup_printf("user%d@example.org", i);
		g_autofree char *group = g_strdup_printf("Group %d", i % 20);
		add(model, "a", address, NULL, group, i % 3 ? PRESENCE_OFFLINE : PRESENCE_ONLINE);
	}
	list_changed(list);
	g_assert_cmpint(list_rows(list, model)->len, ==, 10020);
	gint64 start = g_get_monotonic_time();
	for (int i = 0; i < 10; i++) {
		list_changed(list);
		list_rows(list, model);
	}
	g_test_message("made anew in %" G_GINT64_FORMAT " µs", (g_get_monotonic_time() - start) / 10);
	list_free(list);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8");
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/list/order", test_order);
	g_test_add_func("/list/rooms and strangers", test_rooms_and_strangers);
	g_test_add_func("/list/filter and fold", test_filter_and_fold);
	g_test_add_func("/list/choice stays", test_choice_stays);
	g_test_add_func("/list/many", test_many);
	return g_test_run();
}
