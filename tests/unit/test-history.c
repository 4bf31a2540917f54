/* test-history.c: the history's jobs and pages: doubles, order, states, counters, keepsakes, contacts, the outbox. */
#include "history-help.h"
#include <sys/stat.h>

/* ---- storing and reading back ---- */

static void test_round_trip(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	const WireMessage *sent = &WIRE(MESSAGE, Message, .account = "work", .chat = "room@example.org", .chat_kind = CHAT_ROOM, .type = MESSAGE_ACTION,
		.from = "room@example.org/Bob", .nick = "Bob", .text = "w\303\244ves\n\"'; DROP TABLE message; --", .time = 1234567890123456, .received = 1234567890999999,
		.delayed = TRUE, .mention = TRUE, .sender_id = "s1", .archive_id = "a1", .encryption = "omemo", .markup = "b0-5 f4:1-3");
	gint64 id = add(p, sent);
	g_assert_cmpint(id, ==, 1);
	g_autofree WireMessage *m = message_of(p, id);
	g_assert_nonnull(m);
	g_assert_cmpint(m->kind, ==, WIRE_MESSAGE);
	g_assert_cmpint(m->id, ==, 1);
	g_assert_cmpstr(m->account, ==, "work");
	g_assert_cmpstr(m->chat, ==, sent->chat);
	g_assert_cmpint(m->chat_kind, ==, CHAT_ROOM);
	g_assert_cmpint(m->type, ==, MESSAGE_ACTION);
	g_assert_cmpint(m->direction, ==, DIRECTION_IN);
	g_assert_cmpstr(m->from, ==, sent->from);
	g_assert_cmpstr(m->nick, ==, "Bob");
	g_assert_cmpstr(m->text, ==, sent->text);
	g_assert_cmpint(m->time, ==, sent->time);
	g_assert_cmpint(m->received, ==, sent->received);
	g_assert_true(m->delayed && m->mention);
	g_assert_cmpstr(m->sender_id, ==, "s1");
	g_assert_cmpstr(m->archive_id, ==, "a1");
	g_assert_cmpstr(m->encryption, ==, "omemo");
	g_assert_cmpstr(m->markup, ==, "b0-5 f4:1-3");
	g_assert_cmpint(m->state, ==, MESSAGE_UNREAD);
	g_assert_null(m->own_id);
	g_assert_null(m->error);
	g_assert_null(message_of(p, 99));
}

static void test_sender(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree WireMessage *same = message_of(p, add(p, IN(.text = "1")));
	g_autofree WireMessage *nobody = message_of(p, add(p, IN(.text = "2", .from = NULL)));
	g_assert_cmpstr(same->from, ==, "alice@example.org");
	g_assert_cmpstr(nobody->from, ==, NULL);
}

static void test_long_text(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *text = g_strnfill(262144, 'x');
	g_autofree WireMessage *m = message_of(p, add(p, IN(.text = text)));
	g_assert_cmpstr(m->text, ==, text);
}

/* ---- doubles ---- */

typedef struct {
	const char *what;
	WireMessage first, second;
	gboolean twice; /* the second one is another message */
} DoubleCase;

#define M(...) WIRE(MESSAGE, Message, .account = "work", .chat = "a@x", .from = "a@x", .text = "hi", .time = 1, .received = 1, __VA_ARGS__)
#define O(...) M(.direction = DIRECTION_OUT, .state = MESSAGE_QUEUED, .from = "me@x", __VA_ARGS__)

static void test_doubles(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	const DoubleCase cases[] = {
		{ "no ids", M(.time = 1), M(.time = 1), TRUE },
		{ "archive id", M(.archive_id = "1"), M(.archive_id = "1", .text = "hi!"), FALSE },
		{ "archive id, other chat", M(.archive_id = "2"), M(.archive_id = "2", .chat = "b@x"), TRUE },
		{ "archive id, other account", M(.archive_id = "3"), M(.archive_id = "3", .account = "home"), TRUE },
		{ "sender id", M(.sender_id = "4"), M(.sender_id = "4", .time = 2), FALSE },
		{ "sender id, other sender", M(.sender_id = "5"), M(.sender_id = "5", .from = "c@x"), TRUE },
		{ "sender id, other nick", M(.sender_id = "6", .nick = "A"), M(.sender_id = "6", .nick = "B"), TRUE },
		{ "sender id, other chat", M(.sender_id = "7"), M(.sender_id = "7", .chat = "b@x"), TRUE },
		{ "sender id used again for other words", M(.sender_id = "8"), M(.sender_id = "8", .text = "something else"), TRUE },
		{ "sender id, two archive ids", M(.sender_id = "9", .archive_id = "9a"), M(.sender_id = "9", .archive_id = "9b"), TRUE },
		{ "sender id made at random, two archive ids", M(.sender_id = "0123456789abcdef", .archive_id = "14a"), M(.sender_id = "0123456789abcdef", .archive_id = "14b"), FALSE },
		{ "sender id, then with the archive's", M(.sender_id = "10"), M(.sender_id = "10", .archive_id = "10a"), FALSE },
		{ "both ids, then the archive's only", M(.sender_id = "11", .archive_id = "11a"), M(.archive_id = "11a"), FALSE },
		{ "both ids, then the sender's only", M(.sender_id = "12", .archive_id = "12a"), M(.sender_id = "12"), FALSE },
		{ "archive id is not a sender id", M(.archive_id = "13"), M(.sender_id = "13"), TRUE },
		{ "own id", O(.own_id = "14"), O(.own_id = "14", .text = "changed on the way"), FALSE },
		{ "own id in another chat of the account", O(.own_id = "15"), O(.own_id = "15", .chat = "b@x"), FALSE },
		{ "own id, other account", O(.own_id = "16"), O(.own_id = "16", .account = "home"), TRUE },
		{ "own id of an incoming message says nothing", M(.own_id = "17"), M(.own_id = "17"), TRUE },
		{ "two of another device", O(.archive_id = "18"), O(.archive_id = "18"), FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		gint64 first = add(p, &cases[i].first), second = add(p, &cases[i].second);
		g_test_message("%s: %d %d", cases[i].what, (int)first, (int)second);
		g_assert_cmpint(first, >, 0);
		if (cases[i].twice)
			g_assert_cmpint(second, >, first);
		else
			g_assert_cmpint(second, ==, 0);
	}
}

/* In one batch, so that the second one meets a row that is not committed. */
static void test_doubles_in_batch(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer answers[100] = { 0 };
	for (guint i = 0; i < 100; i++) {
		char id[16];
		g_snprintf(id, sizeof id, "id%u", i / 2);
		history_add(p->history, IN(.sender_id = id), help_changed, &answers[i]);
	}
	flush(p);
	for (guint i = 0; i < 100; i++)
		g_assert_true((help_wait(&answers[i]) != 0) == (i % 2 == 0));
}

static void test_echo(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	gint64 id = add(p, OUT("o1"));
	g_assert_cmpint(add(p, OUT("o1", .archive_id = "arch", .state = MESSAGE_SENT)), ==, 0);
	g_autofree WireMessage *m = message_of(p, id);
	g_assert_cmpstr(m->archive_id, ==, "arch");
	g_assert_cmpint(m->state, ==, MESSAGE_QUEUED);
	/* The merged id tells later copies too. */
	g_assert_cmpint(add(p, OUT(NULL, .archive_id = "arch")), ==, 0);
}

/* ---- pages ---- */

static char *ids_before(Place *p, const char *account, const char *chat, const ReaderKey *key, guint limit)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_before(p->reader, account, chat, key, limit, help_note_id, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static char *ids_after(Place *p, const char *account, const char *chat, const ReaderKey *key, guint limit)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_after(p->reader, account, chat, key, limit, help_note_id, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

#define assert_ids(call, ids) do { g_autofree char *got_ = call; g_assert_cmpstr(got_, ==, ids); } while (0)

static void test_pages(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	/* id:      1   2   3   4   5  and 6 elsewhere, 7 in another account */
	static const gint64 times[] = { 50, 30, 31, 10, 70 };
	const char *alice = "alice@example.org";
	for (guint i = 0; i < G_N_ELEMENTS(times); i++)
		add(p, IN(.time = times[i], .archived = TRUE));
	add(p, IN(.time = 40, .chat = "bob@example.org", .from = "bob@example.org"));
	add(p, IN(.time = 60, .account = "home"));
	assert_ids(ids_before(p, "work", alice, NULL, 10), "5 1 3 2 4");
	assert_ids(ids_before(p, "work", alice, &(ReaderKey){ 0, 0 }, 2), "5 1");
	assert_ids(ids_before(p, "work", alice, &(ReaderKey){ 31, 3 }, 10), "2 4");
	assert_ids(ids_before(p, "work", alice, &(ReaderKey){ 30, 2 }, 10), "4");
	assert_ids(ids_before(p, "work", alice, &(ReaderKey){ 10, 4 }, 10), "");
	assert_ids(ids_before(p, "work", alice, &(ReaderKey){ 55, 0 }, 2), "1 3");
	assert_ids(ids_after(p, "work", alice, NULL, 10), "4 2 3 1 5");
	assert_ids(ids_after(p, "work", alice, &(ReaderKey){ 30, 2 }, 2), "3 1");
	assert_ids(ids_after(p, "work", alice, &(ReaderKey){ 70, 5 }, 2), "");
	assert_ids(ids_before(p, NULL, NULL, NULL, 10), "7 6 5 4 3 2 1");
	assert_ids(ids_before(p, NULL, NULL, &(ReaderKey){ 0, 4 }, 2), "3 2");
	assert_ids(ids_after(p, NULL, NULL, NULL, 3), "1 2 3");
	assert_ids(ids_after(p, NULL, NULL, &(ReaderKey){ 0, 5 }, 3), "6 7");
	assert_ids(ids_before(p, "home", NULL, NULL, 10), "7");
	assert_ids(ids_before(p, NULL, alice, NULL, 2), "7 5");
	assert_ids(ids_before(p, "work", "nobody@example.org", NULL, 10), "");
	assert_ids(ids_before(p, "nobody", alice, NULL, 10), "");
	assert_ids(ids_before(p, "work", alice, NULL, 0), "");
}

/* Every position of a long chat with many equal times: walking by pages of any size meets each row once. */
static void test_pages_everywhere(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	enum { ROWS = 60 };
	g_autofree char *all = NULL;
	for (guint i = 0; i < ROWS; i++)
		history_add(p->history, IN(.time = 1 + (gint64)(i * 7 % 20), .archived = TRUE), NULL, NULL);
	flush(p);
	all = ids_before(p, "work", "alice@example.org", NULL, 1000);
	for (guint size = 1; size < 20; size += 3) {
		g_autoptr(GString) walked = g_string_new(NULL);
		ReaderKey key = { 0, 0 };
		for (;;) {
			g_autofree char *page = ids_before(p, "work", "alice@example.org", &key, size);
			if (!*page)
				break;
			g_string_append_printf(walked, "%s%s", walked->len ? " " : "", page);
			g_autofree WireMessage *last = message_of(p, g_ascii_strtoll(strrchr(page, ' ') ? strrchr(page, ' ') : page, NULL, 10));
			key = (ReaderKey){ last->time, last->id };
		}
		g_assert_cmpstr(walked->str, ==, all);
	}
}

static gboolean read_inside(const WireMessage *message, gpointer user)
{
	Place *p = user;
	g_autofree WireMessage *again = message_of(p, message->id);
	g_assert_cmpint(again->id, ==, message->id);
	assert_ids(ids_before(p, "work", "alice@example.org", NULL, 1), "3");
	return message->id != 2;
}

static void test_reading_inside_reading(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GError) error = NULL;
	for (int i = 0; i < 3; i++)
		add(p, IN());
	g_assert_true(reader_before(p->reader, "work", "alice@example.org", NULL, 10, read_inside, p, &error));
	g_assert_no_error(error);
	g_assert_true(reader_search(p->reader, &(ReaderSearch){ .words = "hi", .limit = 10 }, read_inside, p, &error));
	g_assert_no_error(error);
}

/* ---- states ---- */

static gint64 set_state(Place *p, const char *own_id, MessageState state, const char *why, const char *archive_id)
{
	Answer answer = { 0 };
	history_set_state(p->history, &WIRE(MESSAGE_STATE, MessageStateChange, .account = "work", .chat = "alice@example.org", .own_id = own_id, .state = state,
		.error = why, .archive_id = archive_id), help_changed, &answer);
	return help_wait(&answer);
}

static void test_states(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { MessageState before, next; gboolean changes; } cases[] = {
		{ MESSAGE_QUEUED, MESSAGE_QUEUED, FALSE }, { MESSAGE_QUEUED, MESSAGE_SENT, TRUE }, { MESSAGE_QUEUED, MESSAGE_DELIVERED, TRUE },
		{ MESSAGE_QUEUED, MESSAGE_READ, TRUE }, { MESSAGE_QUEUED, MESSAGE_FAILED, TRUE }, { MESSAGE_QUEUED, MESSAGE_UNREAD, FALSE },
		{ MESSAGE_SENT, MESSAGE_QUEUED, FALSE }, { MESSAGE_SENT, MESSAGE_SENT, FALSE }, { MESSAGE_SENT, MESSAGE_DELIVERED, TRUE },
		{ MESSAGE_SENT, MESSAGE_FAILED, TRUE }, { MESSAGE_DELIVERED, MESSAGE_SENT, FALSE }, { MESSAGE_DELIVERED, MESSAGE_FAILED, FALSE },
		{ MESSAGE_DELIVERED, MESSAGE_READ, TRUE }, { MESSAGE_READ, MESSAGE_DELIVERED, FALSE }, { MESSAGE_READ, MESSAGE_FAILED, FALSE },
		{ MESSAGE_READ, MESSAGE_SENT, FALSE }, { MESSAGE_FAILED, MESSAGE_SENT, FALSE }, { MESSAGE_FAILED, MESSAGE_QUEUED, FALSE },
		{ MESSAGE_FAILED, MESSAGE_DELIVERED, TRUE }, { MESSAGE_FAILED, MESSAGE_FAILED, FALSE },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		char own_id[16];
		g_snprintf(own_id, sizeof own_id, "o%u", i);
		gint64 id = add(p, OUT(own_id, .state = cases[i].before)), changed = set_state(p, own_id, cases[i].next, "why", NULL);
		g_autofree WireMessage *m = message_of(p, id);
		g_test_message("%s to %s", wire_words_message_state[cases[i].before], wire_words_message_state[cases[i].next]);
		g_assert_cmpint(changed, ==, cases[i].changes ? id : 0);
		g_assert_cmpint(m->state, ==, cases[i].changes ? cases[i].next : cases[i].before);
		g_assert_cmpstr(m->error, ==, cases[i].changes && cases[i].next == MESSAGE_FAILED ? "why" : NULL);
	}
	g_assert_cmpint(set_state(p, "unknown", MESSAGE_SENT, NULL, NULL), ==, 0);
}

static void test_state_archive_id(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	gint64 id = add(p, OUT("o1"));
	g_assert_cmpint(set_state(p, "o1", MESSAGE_SENT, NULL, "arch"), ==, id);
	g_autofree WireMessage *m = message_of(p, id);
	g_assert_cmpstr(m->archive_id, ==, "arch");
	g_assert_cmpint(add(p, OUT(NULL, .archive_id = "arch")), ==, 0);
}

/* ---- the outbox ---- */

static void note_outbox(const WireMessage *message, const char *mark, gpointer user)
{
	g_string_append_printf(user, "%s/%s/%s ", message->own_id, message->text, mark ? mark : "-");
}

static char *outbox(Place *p, const char *account)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_outbox(p->reader, account, note_outbox, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static void test_outbox(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer answer = { 0 }, none = { 0 };
	gint64 second;
	add(p, OUT("c", .text = "1", .time = 900));
	second = add(p, OUT("b", .text = "2", .time = 100)); /* a clock that was set back does not change the order */
	add(p, OUT("a", .text = "3", .chat = "bob@example.org"));
	add(p, OUT("h", .text = "4", .account = "home"));
	add(p, IN());
	assert_ids(outbox(p, "work"), "c/1/- b/2/- a/3/- ");
	history_set_mark(p->history, "work", "b", "stream 7", help_answered, &answer);
	history_set_mark(p->history, "work", "nothing", "stream 8", help_answered, &none);
	g_assert_cmpint(help_wait(&answer), ==, second);
	g_assert_cmpint(help_wait(&none), ==, 0);
	set_state(p, "c", MESSAGE_SENT, NULL, NULL);
	assert_ids(outbox(p, "work"), "b/2/stream 7 a/3/- ");
	set_state(p, "a", MESSAGE_FAILED, "no", NULL);
	assert_ids(outbox(p, "work"), "b/2/stream 7 ");
	place_close(p);
	place_open(p);
	assert_ids(outbox(p, "work"), "b/2/stream 7 ");
	assert_ids(outbox(p, "home"), "h/4/- ");
}

/* ---- keepsakes ---- */

static char *kept(Place *p, const char *account)
{
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) list = reader_kept(p->reader, account, &error);
	g_assert_no_error(error);
	return g_strjoinv(";", list);
}

static void test_keepsakes(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	history_keep(p->history, "work", "roster", "v=1", NULL, NULL);
	history_keep(p->history, "work", "empty", "", NULL, NULL);
	history_keep(p->history, "home", "roster", "other", NULL, NULL);
	flush(p);
	assert_ids(kept(p, "work"), "empty=;roster=v=1");
	history_keep(p->history, "work", "roster", "v=2", NULL, NULL);
	history_keep(p->history, "work", "empty", NULL, NULL, NULL);
	history_keep(p->history, "nobody", "never", NULL, NULL, NULL);
	flush(p);
	assert_ids(kept(p, "work"), "roster=v=2");
	assert_ids(kept(p, "nobody"), "");
	g_assert_cmpint(add(p, IN(.sender_id = "1", .cursor = "s 1")), >, 0);
	assert_ids(kept(p, "work"), "cursor=s 1;roster=v=2");
	g_assert_cmpint(add(p, IN(.sender_id = "1", .cursor = "s 2")), ==, 0);
	assert_ids(kept(p, "work"), "cursor=s 2;roster=v=2");
}

/* Whenever a message is seen its cursor is there too. */
static void test_cursor_is_atomic(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer answer = { 0 };
	for (int i = 1; i <= 2000; i++) {
		char cursor[16];
		g_snprintf(cursor, sizeof cursor, "%d", i);
		history_add(p->history, IN(.cursor = cursor), i == 2000 ? help_changed : NULL, i == 2000 ? &answer : NULL);
	}
	while (!answer.done) {
		g_main_context_iteration(NULL, FALSE);
		gint64 behind = file_number(p->path, "SELECT (SELECT count(*) FROM message) - ifnull((SELECT value FROM keep WHERE key = 'cursor'), 0)");
		g_assert_cmpint(behind, ==, 0);
	}
}

/* ---- chats and counters ---- */

static void note_chat(const WireChat *c, gpointer user)
{
	g_string_append_printf(user, "%s/%s %s unread=%d mentions=%d read=%d last=%d time=%d; ", c->account, c->chat, wire_words_chat_kind[c->chat_kind],
		(int)c->unread, (int)c->mentions, (int)c->read, (int)c->last, (int)c->last_time);
}

static char *chats(Place *p)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_chats(p->reader, note_chat, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static void set_read(Place *p, const char *account, const char *chat, gint64 time)
{
	history_set_read(p->history, &WIRE(READ, Read, .account = account, .chat = chat, .time = time), NULL, NULL);
}

static void test_counters(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.time = 10));
	add(p, IN(.time = 30, .mention = TRUE));
	add(p, IN(.time = 20, .archived = TRUE));
	add(p, IN(.time = 40, .type = MESSAGE_EVENT));
	add(p, IN(.time = 41, .state = MESSAGE_READ));
	assert_ids(chats(p), "work/alice@example.org chat unread=3 mentions=1 read=0 last=5 time=41; ");
	set_read(p, "work", "alice@example.org", 10);
	flush(p);
	assert_ids(chats(p), "work/alice@example.org chat unread=2 mentions=1 read=10 last=5 time=41; ");
	set_read(p, "work", "alice@example.org", 20);
	flush(p);
	assert_ids(chats(p), "work/alice@example.org chat unread=1 mentions=1 read=20 last=5 time=41; ");
	set_read(p, "work", "alice@example.org", 10); /* never back */
	set_read(p, "work", "nobody@example.org", 10);
	set_read(p, "nobody", "alice@example.org", 10);
	flush(p);
	assert_ids(chats(p), "work/alice@example.org chat unread=1 mentions=1 read=20 last=5 time=41; ");
	g_autofree WireMessage *read = message_of(p, 3), *unread = message_of(p, 2);
	g_assert_cmpint(read->state, ==, MESSAGE_READ);
	g_assert_cmpint(unread->state, ==, MESSAGE_UNREAD);
	set_read(p, "work", "alice@example.org", G_MAXINT64); /* what comes later is not read yet */
	add(p, IN(.time = 60, .mention = TRUE));
	assert_ids(chats(p), "work/alice@example.org chat unread=1 mentions=1 read=41 last=6 time=60; ");
	place_close(p);
	place_open(p);
	assert_ids(chats(p), "work/alice@example.org chat unread=1 mentions=1 read=41 last=6 time=60; ");
	add(p, IN(.time = 70, .chat = "alice@example.org", .chat_kind = CHAT_PRIVATE));
	assert_ids(chats(p), "work/alice@example.org private unread=2 mentions=1 read=41 last=7 time=70; ");
	add(p, OUT("o", .time = 65)); /* who answers has read; and time goes on */
	assert_ids(chats(p), "work/alice@example.org chat unread=0 mentions=0 read=71 last=8 time=71; ");
}

static void test_many_chats(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	enum { CHATS = 5000 };
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < CHATS; i++) {
			char chat[32];
			g_snprintf(chat, sizeof chat, "c%d@example.org", i);
			history_add(p->history, IN(.chat = chat), NULL, NULL);
		}
		flush(p);
	}
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM chat WHERE unread = 2"), ==, CHATS);
}

/* ---- contacts ---- */

static void note_contact(const WireContact *c, gpointer user)
{
	g_autofree char *groups = g_strjoinv("|", (char **)c->groups);
	g_string_append_printf(user, "%s/%s %s [%s] %s%s; ", c->account, c->address, c->name ? c->name : "-", groups, wire_words_subscription[c->subscription],
		c->asked ? " asked" : "");
}

static char *contacts(Place *p, const char *account)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_contacts(p->reader, account, note_contact, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static void test_contacts(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const groups[] = { "Friends", "a \"quoted\", one\nwith a line", NULL }, *const none[] = { NULL };
	history_put_contact(p->history, &WIRE(CONTACT, Contact, .account = "work", .address = "a@x", .name = "Alice", .groups = groups, .subscription = SUBSCRIPTION_BOTH));
	history_put_contact(p->history, &WIRE(CONTACT, Contact, .account = "work", .address = "b@x", .groups = NULL, .asked = TRUE));
	history_put_contact(p->history, &WIRE(CONTACT, Contact, .account = "home", .address = "a@x", .groups = none));
	flush(p);
	assert_ids(contacts(p, "work"), "work/a@x Alice [Friends|a \"quoted\", one\nwith a line] both; work/b@x - [] none asked; ");
	history_put_contact(p->history, &WIRE(CONTACT, Contact, .account = "work", .address = "a@x", .groups = none, .subscription = SUBSCRIPTION_TO));
	history_remove_contact(p->history, "work", "b@x");
	history_remove_contact(p->history, "work", "never@x");
	history_remove_contact(p->history, "never", "a@x");
	flush(p);
	assert_ids(contacts(p, "work"), "work/a@x - [] to; ");
	assert_ids(contacts(p, NULL), "work/a@x - [] to; home/a@x - [] none; ");
	history_keep(p->history, "work", "k", "v", NULL, NULL);
	add(p, IN());
	history_remove_account(p->history, "work");
	history_remove_account(p->history, "never");
	flush(p);
	assert_ids(contacts(p, NULL), "home/a@x - [] none; ");
	assert_ids(kept(p, "work"), "");
	assert_ids(ids_before(p, "work", "alice@example.org", NULL, 10), "1");
}

/* ---- clearing ---- */

static char *search(Place *p, const char *words)
{
	GString *out = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	reader_search(p->reader, &(ReaderSearch){ .words = words, .limit = 5 }, help_note_id, out, &error);
	g_assert_no_error(error);
	return g_string_free(out, FALSE);
}

static gboolean wait_until(Place *p, const char *sql, gint64 wanted)
{
	/* The upkeep tells nobody; a flush that ends is a moment to look again. */
	for (int i = 0; i < 100000 && file_number(p->path, sql) != wanted; i++)
		g_thread_yield();
	return file_number(p->path, sql) == wanted;
}

static void test_clear(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer answer = { 0 };
	for (int i = 0; i < 1000; i++) {
		char id[16];
		g_snprintf(id, sizeof id, "%d", i);
		history_add(p->history, IN(.sender_id = id, .archive_id = id, .text = "secret"), NULL, NULL);
	}
	add(p, OUT("own", .text = "secret"));
	gint64 other = add(p, IN(.chat = "bob@example.org", .text = "secret"));
	g_assert_cmpint(other, ==, 1002);
	g_assert_true(wait_until(p, "SELECT value >= 700 FROM meta WHERE key = 'indexed'", 1));
	history_clear_chat(p->history, "work", "alice@example.org", help_answered, &answer);
	history_clear_chat(p->history, "work", "nobody@example.org", NULL, NULL);
	help_wait(&answer);
	assert_ids(search(p, "secret"), "1002");
	assert_ids(ids_before(p, NULL, NULL, NULL, 10), "1002");
	assert_ids(ids_before(p, "work", "alice@example.org", NULL, 10), "");
	assert_ids(chats(p), "work/bob@example.org chat unread=1 mentions=0 read=0 last=1002 time=1000; ");
	g_assert_null(message_of(p, 1));
	/* The chat may begin anew at once, with ids that were known before. */
	g_assert_cmpint(add(p, IN(.sender_id = "1")), ==, 1003);
	g_assert_cmpint(add(p, OUT("own")), ==, 1004);
	g_assert_true(wait_until(p, "SELECT count(*) FROM message", 3));
	g_assert_true(wait_until(p, "SELECT count(*) FROM cleared", 0));
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM known"), ==, 2);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message_words WHERE message_words MATCH 'secret' AND rowid < 1002"), ==, 0);
	file_number(p->path, "INSERT INTO message_words(message_words) VALUES('integrity-check')");
	assert_ids(search(p, "secret"), "1002");
}

static void test_ids_are_not_reused(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_assert_cmpint(add(p, IN()), ==, 1);
	g_assert_cmpint(add(p, IN()), ==, 2);
	history_clear_chat(p->history, "work", "alice@example.org", NULL, NULL);
	flush(p);
	g_assert_true(wait_until(p, "SELECT count(*) FROM message", 0));
	place_close(p);
	place_open(p);
	g_assert_cmpint(add(p, IN()), ==, 3);
}

/* ---- the thread ---- */

static void test_callbacks_in_order(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	enum { N = 20000 };
	Answer *answers = g_new0(Answer, N);
	for (int i = 0; i < N; i++)
		history_add(p->history, IN(), help_changed, &answers[i]);
	g_assert_cmpint(history_backlog(p->history), >, 0);
	for (int i = 0; i < N; i++)
		g_assert_cmpint(help_wait(&answers[i]), ==, i + 1);
	g_assert_cmpint(history_backlog(p->history), ==, 0);
	g_free(answers);
}

static void close_it(History *history, G_GNUC_UNUSED const HistoryChange *change, const GError *error, gpointer user)
{
	Place *p = user;
	if (error)
		return;
	g_assert_true(history == p->history);
	p->history = NULL;
	history_close(history);
}

static void test_close_runs_callbacks(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer answers[10] = { 0 };
	for (int i = 0; i < 10; i++)
		history_add(p->history, IN(), help_changed, &answers[i]);
	place_close(p);
	for (int i = 0; i < 10; i++)
		g_assert_cmpint(answers[i].id, ==, i + 1);
	place_open(p);
	/* A callback may close it. */
	Answer late = { 0 };
	history_add(p->history, IN(), close_it, p);
	history_add(p->history, IN(), help_changed, &late);
	while (p->history)
		g_main_context_iteration(NULL, TRUE);
	g_assert_true(late.done);
}

static void add_late(History *history, G_GNUC_UNUSED const HistoryChange *change, G_GNUC_UNUSED const GError *error, gpointer user)
{
	history_add(history, IN(), help_changed, user);
}

static void test_adding_while_closing(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Answer late = { 0 };
	history_add(p->history, IN(), add_late, &late);
	place_close(p);
	g_assert_true(late.done);
	g_assert_cmpstr(late.error, ==, "the history is closed");
	g_free(late.error);
}

static gint64 voluntary_switches(guint *threads)
{
	g_autoptr(GDir) tasks = g_dir_open("/proc/self/task", 0, NULL);
	const char *name;
	gint64 sum = 0;
	*threads = 0;
	while ((name = g_dir_read_name(tasks))) {
		g_autofree char *path = g_strdup_printf("/proc/self/task/%s/status", name), *text = NULL;
		if (!g_file_get_contents(path, &text, NULL, NULL) || !strstr(text, "Name:\thistory"))
			continue;
		sum += g_ascii_strtoll(strstr(text, "\nvoluntary_ctxt_switches:") + strlen("\nvoluntary_ctxt_switches:"), NULL, 10);
		++*threads;
	}
	return sum;
}

static gboolean stop_waiting(gpointer user)
{
	*(gboolean *)user = TRUE;
	return G_SOURCE_REMOVE;
}

/* With nothing to do the thread does not wake up. */
static void test_idle(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	gboolean over = FALSE;
	guint threads;
	add(p, IN());
	flush(p);
	gint64 before = voluntary_switches(&threads), now;
	while ((now = voluntary_switches(&threads)) != before) /* it still goes to sleep */
		before = now;
	g_assert_cmpint(threads, ==, 1);
	g_timeout_add(300, stop_waiting, &over);
	while (!over)
		g_main_context_iteration(NULL, TRUE);
	g_assert_cmpint(voluntary_switches(&threads) - before, <=, 1);
}

#define TEST(path, function) g_test_add(path, Place, NULL, place_set_up, function, place_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/history/round-trip", test_round_trip);
	TEST("/history/sender", test_sender);
	TEST("/history/long-text", test_long_text);
	TEST("/history/doubles", test_doubles);
	TEST("/history/doubles-in-batch", test_doubles_in_batch);
	TEST("/history/echo", test_echo);
	TEST("/history/pages", test_pages);
	TEST("/history/pages-everywhere", test_pages_everywhere);
	TEST("/history/reading-inside-reading", test_reading_inside_reading);
	TEST("/history/states", test_states);
	TEST("/history/state-archive-id", test_state_archive_id);
	TEST("/history/outbox", test_outbox);
	TEST("/history/keepsakes", test_keepsakes);
	TEST("/history/cursor-is-atomic", test_cursor_is_atomic);
	TEST("/history/counters", test_counters);
	TEST("/history/many-chats", test_many_chats);
	TEST("/history/contacts", test_contacts);
	TEST("/history/clear", test_clear);
	TEST("/history/ids-are-not-reused", test_ids_are_not_reused);
	TEST("/history/callbacks-in-order", test_callbacks_in_order);
	TEST("/history/close-runs-callbacks", test_close_runs_callbacks);
	TEST("/history/adding-while-closing", test_adding_while_closing);
	TEST("/history/idle", test_idle);
	return g_test_run();
}
