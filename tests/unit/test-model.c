/* test-model.c: the one state, changed only by events; a snapshot gives the same state again. */
#include "model/model.h"
#include <string.h>

#define APPLY(model, CONSTANT, Type, ...) g_assert_true(model_apply(model, (const Wire *)&WIRE(CONSTANT, Type, __VA_ARGS__)))

static const char *const none[] = { NULL };
static const char *const friends[] = { "Friends", NULL };

static Model *example(void)
{
	Model *m = model_new(NULL, NULL);
	APPLY(m, ACCOUNT, Account, .account = "work", .protocol = "xmpp", .address = "me@work.example", .enabled = TRUE, .state = ACCOUNT_ONLINE, .nick = "me", .can = friends);
	APPLY(m, ACCOUNT, Account, .account = "irc", .protocol = "irc", .address = "me@irc.example", .enabled = TRUE, .state = ACCOUNT_ONLINE, .can = none);
	APPLY(m, CONTACT, Contact, .account = "work", .address = "alice@work.example", .name = "Alice Adams", .groups = friends, .subscription = SUBSCRIPTION_BOTH);
	APPLY(m, CONTACT, Contact, .account = "work", .address = "bob@work.example", .groups = none);
	APPLY(m, PRESENCE, ContactPresence, .account = "work", .address = "alice@work.example", .presence = PRESENCE_DND, .status = "busy", .device = "phone");
	APPLY(m, ROOM, Room, .account = "work", .chat = "dev@rooms.example", .nick = "me", .joined = TRUE, .topic = "news");
	APPLY(m, OCCUPANT, Occupant, .account = "work", .chat = "dev@rooms.example", .nick = "me", .role = ROLE_PARTICIPANT);
	APPLY(m, OCCUPANT, Occupant, .account = "work", .chat = "dev@rooms.example", .nick = "carol", .role = ROLE_MODERATOR, .affiliation = AFFILIATION_OWNER);
	APPLY(m, CHAT, Chat, .account = "irc", .chat = "alice", .chat_kind = CHAT_DIRECT);
	return m;
}

static void encode_each(const void *event, gpointer user)
{
	GString *line = g_string_new(NULL);
	wire_encode(line, event);
	g_ptr_array_add(user, g_string_free(line, FALSE));
}

static int compare_lines(gconstpointer a, gconstpointer b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static GPtrArray *snapshot_lines(const Model *m)
{
	GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
	model_snapshot(m, encode_each, lines);
	return lines;
}

static void apply_each(const void *event, gpointer user)
{
	g_assert_true(model_apply(user, event));
}

static void test_snapshot(void)
{
	g_autoptr(Model) one = example(), two = model_new(NULL, NULL);
	APPLY(one, CARD_FIELD, CardField, .account = "irc", .card = "1", .field = "name", .type = "text", .choices = none);
	APPLY(one, CARD, Card, .account = "irc", .card = "1", .card_kind = CARD_FORM, .title = "fill in", .details = none, .choices = none);
	APPLY(one, BOOKMARK, Bookmark, .account = "work", .chat = "kept@rooms.example", .name = "Kept", .nick = "me", .autojoin = TRUE);
	APPLY(one, HOLE, Hole, .account = "work", .since = 5, .until = 9, .loading = TRUE);
	APPLY(one, HOLE, Hole, .account = "work", .chat = "kept@rooms.example", .since = 6, .until = 8);
	APPLY(one, TRANSFER, Transfer, .account = "work", .transfer = "t1", .state = TRANSFER_ACTIVE, .name = "a.png", .size = 10, .moved = 5);
	APPLY(one, OCCUPANT, Occupant, .account = "work", .chat = "dev@rooms.example", .nick = "dave", .occupant = "id of dave");
	APPLY(one, MESSAGE, Message, .id = 5, .time = 50, .account = "work", .chat = "bob@work.example", .text = "hi", .state = MESSAGE_UNREAD);
	model_snapshot(one, apply_each, two);
	g_autoptr(GPtrArray) a = snapshot_lines(one), b = snapshot_lines(two);
	g_ptr_array_sort(a, compare_lines);
	g_ptr_array_sort(b, compare_lines);
	g_assert_cmpuint(a->len, ==, b->len);
	for (guint i = 0; i < a->len; i++)
		g_assert_cmpstr(a->pdata[i], ==, b->pdata[i]);
	g_assert_cmpuint(((Card *)model_cards(two)->pdata[0])->fields->len, ==, 1);
}

static void test_holes(void)
{
	g_autoptr(Model) m = example();
	Account *work = model_account(m, "work");
	APPLY(m, HOLE, Hole, .account = "work", .since = 5, .until = 9);
	APPLY(m, MESSAGE, Message, .id = 1, .time = 10, .account = "work", .chat = "bob@work.example", .text = "a");
	const Chat *bob = model_chat(work, "bob@work.example"), *room = model_chat(work, "dev@rooms.example");
	g_assert_cmpint(chat_hole(bob).until, ==, 9);
	g_assert_cmpint(chat_hole(room).until, ==, 0); /* a room has an archive of its own */
	APPLY(m, HOLE, Hole, .account = "work", .chat = "bob@work.example");
	g_assert_cmpint(chat_hole(bob).until, ==, 0); /* this chat is all here now */
	APPLY(m, HOLE, Hole, .account = "work", .chat = "dev@rooms.example", .since = 1, .until = 2, .loading = TRUE);
	g_assert_true(chat_hole(room).loading);
	APPLY(m, HOLE, Hole, .account = "work", .chat = "never@seen.example");
	g_assert_null(model_chat(work, "never@seen.example"));
}

static void test_transfers(void)
{
	g_autoptr(Model) m = example();
	Account *work = model_account(m, "work");
	for (int i = 0; i < MODEL_TRANSFERS_MAX + 10; i++) {
		g_autofree char *id = g_strdup_printf("t%d", i);
		APPLY(m, TRANSFER, Transfer, .account = "work", .transfer = id, .state = i < 20 ? TRANSFER_ACTIVE : TRANSFER_DONE);
	}
	g_assert_cmpuint(model_transfers(m)->len, ==, MODEL_TRANSFERS_MAX);
	g_assert_nonnull(model_transfer(work, "t0")); /* what goes on is kept */
	g_assert_null(model_transfer(work, "t20"));
	APPLY(m, TRANSFER, Transfer, .account = "work", .transfer = "t0", .state = TRANSFER_FAILED, .text = "no");
	g_assert_cmpstr(model_transfer(work, "t0")->transfer->text, ==, "no");
	APPLY(m, ACCOUNT_GONE, AccountGone, .account = "work");
	g_assert_cmpuint(model_transfers(m)->len, ==, 0);
}

/* Messages come in any order, and again. */
static void test_order(void)
{
	g_autoptr(Model) m = example();
	APPLY(m, MESSAGE, Message, .id = 1, .time = 30, .account = "work", .chat = "bob@work.example", .text = "a");
	APPLY(m, MESSAGE, Message, .id = 2, .time = 20, .account = "work", .chat = "bob@work.example", .text = "older", .archived = TRUE);
	APPLY(m, MESSAGE, Message, .id = 1, .time = 30, .account = "work", .chat = "bob@work.example", .text = "b", .again = TRUE);
	const Chat *bob = model_chat(model_account(m, "work"), "bob@work.example");
	g_assert_cmpint(bob->last, ==, 1);
	g_assert_cmpint(bob->last_time, ==, 30);
	g_assert_cmpint(bob->unread, ==, 2);
	APPLY(m, MESSAGE, Message, .id = 3, .time = 25, .account = "work", .chat = "bob@work.example", .text = "mine", .direction = DIRECTION_OUT, .archived = TRUE);
	g_assert_cmpint(bob->read, ==, 25);
	g_assert_cmpint(bob->unread, ==, 2); /* how many of them are left only the hub knows */
	APPLY(m, MESSAGE, Message, .id = 4, .time = 40, .account = "work", .chat = "bob@work.example", .text = "mine", .direction = DIRECTION_OUT);
	g_assert_cmpint(bob->unread, ==, 0);
}

static void test_offline(void)
{
	g_autoptr(Model) m = example();
	Account *work = model_account(m, "work");
	g_assert_cmpint(model_contact(work, "alice@work.example")->presence, ==, PRESENCE_DND);
	APPLY(m, ACCOUNT, Account, .account = "work", .protocol = "xmpp", .address = "me@work.example", .state = ACCOUNT_WAITING, .can = none);
	g_assert_cmpint(model_contact(work, "alice@work.example")->presence, ==, PRESENCE_OFFLINE);
	g_assert_false(model_chat(work, "dev@rooms.example")->joined);
	g_assert_null(model_chat(work, "dev@rooms.example")->occupants);
}

static void test_counters(void)
{
	g_autoptr(Model) m = example();
	Account *work = model_account(m, "work");
	gint64 unread, mentions;
	APPLY(m, MESSAGE, Message, .id = 1, .time = 10, .account = "work", .chat = "bob@work.example", .text = "a", .state = MESSAGE_UNREAD);
	APPLY(m, MESSAGE, Message, .id = 2, .time = 20, .account = "work", .chat = "bob@work.example", .text = "b", .state = MESSAGE_UNREAD);
	APPLY(m, MESSAGE, Message, .id = 3, .time = 30, .account = "work", .chat = "dev@rooms.example", .chat_kind = CHAT_ROOM, .text = "me!", .state = MESSAGE_UNREAD, .mention = TRUE);
	APPLY(m, MESSAGE, Message, .id = 4, .time = 40, .account = "work", .chat = "dev@rooms.example", .chat_kind = CHAT_ROOM, .text = "joined", .type = MESSAGE_EVENT, .state = MESSAGE_READ);
	model_unread(m, &unread, &mentions);
	g_assert_cmpint(unread, ==, 3);
	g_assert_cmpint(mentions, ==, 1);
	APPLY(m, READ, Read, .account = "work", .chat = "bob@work.example", .time = 20);
	g_assert_cmpint(model_chat(work, "bob@work.example")->unread, ==, 0);
	APPLY(m, MESSAGE, Message, .id = 6, .time = 60, .account = "work", .chat = "dev@rooms.example", .chat_kind = CHAT_ROOM, .text = "yes", .direction = DIRECTION_OUT, .state = MESSAGE_QUEUED);
	g_assert_cmpint(model_chat(work, "dev@rooms.example")->mentions, ==, 0);
	model_unread(m, &unread, &mentions);
	g_assert_cmpint(unread, ==, 0);
}

static void test_occupants(void)
{
	g_autoptr(Model) m = example();
	Chat *room = model_chat(model_account(m, "work"), "dev@rooms.example");
	APPLY(m, OCCUPANT_GONE, OccupantGone, .account = "work", .chat = room->address, .nick = "carol", .new_nick = "caro");
	g_assert_null(g_hash_table_lookup(room->occupants, "carol"));
	g_assert_cmpint(((Occupant *)g_hash_table_lookup(room->occupants, "caro"))->affiliation, ==, AFFILIATION_OWNER);
	APPLY(m, OCCUPANT_GONE, OccupantGone, .account = "work", .chat = room->address, .nick = "caro");
	g_assert_cmpuint(g_hash_table_size(room->occupants), ==, 1);
	APPLY(m, OCCUPANT_GONE, OccupantGone, .account = "work", .chat = room->address, .nick = "never there");
}

static void test_typing(void)
{
	g_autoptr(Model) m = example();
	APPLY(m, TYPING, ChatTyping, .account = "work", .chat = "bob@work.example", .typing = TYPING_COMPOSING);
	Chat *bob = model_chat(model_account(m, "work"), "bob@work.example");
	g_assert_cmpuint(g_hash_table_size(bob->typing), ==, 1);
	APPLY(m, MESSAGE, Message, .id = 1, .time = 10, .account = "work", .chat = "bob@work.example", .text = "a", .state = MESSAGE_UNREAD);
	g_assert_cmpuint(g_hash_table_size(bob->typing), ==, 0);
}

static void test_find(void)
{
	g_autoptr(Model) m = example();
	static const struct { const char *who, *account, *address, *error; } cases[] = {
		{ "Alice Adams", "work", "alice@work.example", NULL },
		{ "alice adams", "work", "alice@work.example", NULL },
		{ "alice@work.example", "work", "alice@work.example", NULL },
		{ "ALICE@work.example", "work", "alice@work.example", NULL },
		{ "alice", "irc", "alice", NULL },
		{ "work/bob@work.example", "work", "bob@work.example", NULL },
		{ "work/Alice Adams", "work", "alice@work.example", NULL },
		{ "irc/somebody", "irc", "somebody", NULL },
		{ "dev", "work", "dev@rooms.example", NULL },
		{ "dev@rooms.example/carol", "work", "dev@rooms.example/carol", NULL },
		{ "new@elsewhere.example", "work", "new@elsewhere.example", NULL },
		{ "nobody", NULL, NULL, "ACCOUNT/ADDRESS" },
		{ "", NULL, NULL, "nobody is named" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Target t;
		g_autoptr(GError) error = NULL;
		gboolean ok = model_find(m, cases[i].who, NULL, &t, &error);
		g_assert_cmpint(ok, ==, cases[i].error == NULL);
		if (!ok) {
			g_assert_nonnull(strstr(error->message, cases[i].error));
			continue;
		}
		g_assert_cmpstr(t.account->name, ==, cases[i].account);
		g_assert_cmpstr(t.address, ==, cases[i].address);
		if (strchr(t.address, '/'))
			g_assert_cmpint(t.kind, ==, CHAT_PRIVATE);
		g_free(t.address);
	}
	APPLY(m, CONTACT, Contact, .account = "irc", .address = "al", .name = "Alice Adams", .groups = none);
	Target t;
	g_autoptr(GError) error = NULL;
	g_assert_false(model_find(m, "Alice Adams", NULL, &t, &error));
	g_assert_nonnull(strstr(error->message, "work/alice@work.example"));
	g_assert_nonnull(strstr(error->message, "irc/al"));
}

static void test_gone(void)
{
	g_autoptr(Model) m = example();
	APPLY(m, CARD, Card, .account = "work", .card = "1", .title = "t", .details = none, .choices = none);
	APPLY(m, ACCOUNT_GONE, AccountGone, .account = "work");
	g_assert_null(model_account(m, "work"));
	g_assert_cmpuint(model_cards(m)->len, ==, 0);
	g_assert_cmpuint(model_accounts(m)->len, ==, 1);
	g_assert_false(model_apply(m, (const Wire *)&WIRE(CONTACT_GONE, ContactGone, .account = "work", .address = "x")));
}

static void test_bookmarks(void)
{
	g_autoptr(Model) m = model_new(NULL, NULL);
	model_apply(m, (const Wire *)&WIRE(ACCOUNT, Account, .account = "work", .protocol = "xmpp", .address = "a@b", .enabled = TRUE, .state = ACCOUNT_ONLINE));
	model_apply(m, (const Wire *)&WIRE(BOOKMARK, Bookmark, .account = "work", .chat = "den@rooms", .name = "The den", .autojoin = TRUE));
	Chat *chat = model_chat(model_account(m, "work"), "den@rooms");
	g_assert_nonnull(chat);
	g_assert_true(chat->kind == CHAT_ROOM && chat->bookmarked && chat->autojoin && !chat->joined);
	g_autofree char *title = chat_title(chat);
	g_assert_cmpstr(title, ==, "The den");
	model_apply(m, (const Wire *)&WIRE(BOOKMARK, Bookmark, .account = "work", .chat = "den@rooms", .gone = TRUE));
	g_assert_true(!chat->bookmarked && !chat->autojoin && !chat->bookmark_name);
	/* one that is not known goes without a trace */
	model_apply(m, (const Wire *)&WIRE(BOOKMARK, Bookmark, .account = "work", .chat = "tea@rooms", .gone = TRUE));
	g_assert_null(model_chat(model_account(m, "work"), "tea@rooms"));
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/model/snapshot", test_snapshot);
	g_test_add_func("/model/holes", test_holes);
	g_test_add_func("/model/transfers", test_transfers);
	g_test_add_func("/model/order", test_order);
	g_test_add_func("/model/offline", test_offline);
	g_test_add_func("/model/counters", test_counters);
	g_test_add_func("/model/occupants", test_occupants);
	g_test_add_func("/model/typing", test_typing);
	g_test_add_func("/model/find", test_find);
	g_test_add_func("/model/gone", test_gone);
	g_test_add_func("/model/bookmarks", test_bookmarks);
	return g_test_run();
}
