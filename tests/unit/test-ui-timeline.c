/* test-ui-timeline.c: the window into a chat, over a real history file: paging both ways, its bound, edits, local lines. */
#include "entryview.h"
#include "timeline.h"
#include "transfers.h"

#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#define ACCOUNT "work"
#define CHAT "alice@example.org"

typedef struct {
	char *directory, *path;
	History *history;
	Reader *reader;
	GMainLoop *loop;
} Store;

static void trouble(const char *text, gboolean failure, gpointer user)
{
	(void)failure, (void)user;
	g_test_message("%s", text);
}

static const HistoryEvents events = { .on_trouble = trouble };

static void flushed(History *history, gint64 id, const GError *error, gpointer user)
{
	(void)history, (void)id, (void)error;
	g_main_loop_quit(user);
}

static WireMessage message_number(int i, char *text, char *id)
{
	g_snprintf(text, 32, "message %d", i);
	g_snprintf(id, 32, "s%d", i);
	return WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .direction = DIRECTION_IN, .from = CHAT, .text = text, .sender_id = id,
	            .time = (gint64)i * 60 * G_USEC_PER_SEC, .state = MESSAGE_UNREAD);
}

static Store *store_new(int count)
{
	Store *store = g_new0(Store, 1);
	store->directory = g_dir_make_tmp("kith-timeline-XXXXXX", NULL);
	store->path = g_build_filename(store->directory, "history.db", NULL);
	store->history = history_open(store->path, &events, NULL, NULL);
	g_assert_nonnull(store->history);
	for (int i = 1; i <= count; i++) {
		char text[32], id[32];
		WireMessage message = message_number(i, text, id);
		history_add(store->history, &message, NULL, NULL);
	}
	store->loop = g_main_loop_new(NULL, FALSE);
	history_flush(store->history, flushed, store->loop);
	g_main_loop_run(store->loop);
	store->reader = reader_open(store->path, NULL);
	g_assert_nonnull(store->reader);
	return store;
}

static void store_free(Store *store)
{
	reader_free(store->reader);
	history_close(store->history);
	g_autoptr(GDir) directory = g_dir_open(store->directory, 0, NULL);
	for (const char *name; (name = g_dir_read_name(directory));) {
		g_autofree char *path = g_build_filename(store->directory, name, NULL);
		g_unlink(path);
	}
	g_rmdir(store->directory);
	g_main_loop_unref(store->loop);
	g_free(store->directory);
	g_free(store->path);
	g_free(store);
}

static const Entry *first(Timeline *timeline)
{
	return timeline_entries(timeline)->pdata[0];
}

static const Entry *last(Timeline *timeline)
{
	return timeline_entries(timeline)->pdata[timeline_entries(timeline)->len - 1];
}

static void check_order(Timeline *timeline)
{
	const GPtrArray *entries = timeline_entries(timeline);
	for (guint i = 1; i < entries->len; i++)
		g_assert_cmpint(((Entry *)entries->pdata[i - 1])->time, <=, ((Entry *)entries->pdata[i])->time);
}

static void test_paging(void)
{
	Store *store = store_new(2000);
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	g_assert_true(timeline_load_newest(timeline, store->reader, NULL));
	g_assert_cmpint(timeline_entries(timeline)->len, ==, TIMELINE_PAGE);
	g_assert_cmpstr(last(timeline)->text, ==, "message 2000");
	g_assert_true(timeline_at_end(timeline));
	g_assert_false(timeline_at_start(timeline));
	guint loaded = TIMELINE_PAGE;
	while (!timeline_at_start(timeline)) {
		const Entry *keep = first(timeline);
		loaded += timeline_load_older(timeline, store->reader, keep, NULL);
		check_order(timeline);
		g_assert_cmpint(timeline_entries(timeline)->len, <=, TIMELINE_MAX);
	}
	g_assert_cmpint(loaded, ==, 2000);
	g_assert_cmpstr(first(timeline)->text, ==, "message 1");
	g_assert_false(timeline_at_end(timeline));
	while (!timeline_at_end(timeline)) {
		timeline_load_newer(timeline, store->reader, last(timeline), NULL);
		check_order(timeline);
		g_assert_cmpint(timeline_entries(timeline)->len, <=, TIMELINE_MAX);
	}
	g_assert_cmpstr(last(timeline)->text, ==, "message 2000");
	g_assert_false(timeline_at_start(timeline));
	timeline_free(timeline);
	store_free(store);
}

static gboolean take_id(const WireMessage *message, gpointer user)
{
	ReaderKey *key = user;
	*key = (ReaderKey){ .time = message->time, .id = message->id };
	return FALSE;
}

static void test_around(void)
{
	Store *store = store_new(1000);
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	ReaderKey key = { 0 }, before = { .time = (gint64)501 * 60 * G_USEC_PER_SEC };
	g_assert_true(reader_before(store->reader, ACCOUNT, CHAT, &before, 1, take_id, &key, NULL));
	g_assert_true(timeline_load_around(timeline, store->reader, key.id, key.time, NULL));
	Entry *entry = timeline_find(timeline, key.id);
	g_assert_nonnull(entry);
	g_assert_cmpstr(entry->text, ==, "message 500");
	g_assert_false(timeline_at_start(timeline));
	g_assert_false(timeline_at_end(timeline));
	check_order(timeline);
	/* What comes now is not part of this window, and is there when it goes back to the end. */
	char text[32], id[32];
	WireMessage message = message_number(1001, text, id);
	message.id = 100000;
	g_assert_false(timeline_add(timeline, &message, entry));
	g_assert_false(timeline_load_around(timeline, store->reader, 99999999, 1, NULL));
	g_assert_true(timeline_load_oldest(timeline, store->reader, NULL));
	g_assert_cmpstr(first(timeline)->text, ==, "message 1");
	g_assert_true(timeline_load_newest(timeline, store->reader, NULL));
	g_assert_cmpstr(last(timeline)->text, ==, "message 1000");
	timeline_free(timeline);
	store_free(store);
}

static void test_live(void)
{
	Store *store = store_new(10);
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	timeline_load_newest(timeline, store->reader, NULL);
	g_assert_true(timeline_at_start(timeline));
	char text[32], id[32];
	for (int i = 11; i < 3000; i++) {
		WireMessage message = message_number(i, text, id);
		message.id = i;
		g_assert_true(timeline_add(timeline, &message, NULL));
		g_assert_true(timeline_add(timeline, &message, NULL)); /* a double changes nothing */
	}
	g_assert_cmpint(timeline_entries(timeline)->len, <=, TIMELINE_MAX + TIMELINE_PAGE);
	g_assert_cmpstr(last(timeline)->text, ==, "message 2999");
	g_assert_false(timeline_at_start(timeline));
	/* One that was sent earlier than what is there comes in its place. */
	WireMessage late = message_number(2990, text, id);
	late.id = 5000;
	late.time += 1;
	g_assert_true(timeline_add(timeline, &late, NULL));
	check_order(timeline);
	g_assert_cmpint(timeline_newest_id(timeline), ==, 5000);
	/* The one that is looked at stays while thousands come. */
	const Entry *keep = first(timeline);
	for (int i = 3000; i < 6000; i++) {
		WireMessage message = message_number(i, text, id);
		message.id = 10000 + i;
		timeline_add(timeline, &message, keep);
	}
	g_assert_cmpint(timeline_index(timeline, keep), >=, 0);
	g_assert_cmpint(timeline_entries(timeline)->len, <=, TIMELINE_MAX + TIMELINE_PAGE);
	timeline_free(timeline);
	store_free(store);
}

static void test_states(void)
{
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	WireMessage message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .direction = DIRECTION_OUT, .text = "hi", .own_id = "o1", .id = 1,
	                           .time = 1, .state = MESSAGE_QUEUED);
	timeline_add(timeline, &message, NULL);
	WireMessageStateChange change = WIRE(MESSAGE_STATE, MessageStateChange, .account = ACCOUNT, .chat = CHAT, .own_id = "o1", .state = MESSAGE_FAILED,
	                                     .error = "no such user");
	Entry *entry = timeline_set_state(timeline, &change);
	g_assert_nonnull(entry);
	g_assert_cmpint(entry->state, ==, MESSAGE_FAILED);
	g_assert_cmpstr(entry->error, ==, "no such user");
	change.own_id = "other";
	g_assert_null(timeline_set_state(timeline, &change));
	timeline_free(timeline);
}

/* What was told before is told again: its words, what hangs on it, its place. */
static void test_changes(void)
{
	Store *store = store_new(300);
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	timeline_load_newest(timeline, store->reader, NULL);
	const GPtrArray *entries = timeline_entries(timeline);
	guint count = entries->len;
	const Entry *some = entries->pdata[count - 10];
	static const char *const reactions[] = { "👍 bob", NULL };
	WireMessage message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .id = some->id, .time = some->time, .again = TRUE, .text = "other words",
	                           .edited = TRUE, .reactions = reactions, .direction = DIRECTION_IN);
	g_assert_true(timeline_change(timeline, &message, NULL) == some); /* the same entry, for those who hold it */
	g_assert_cmpstr(some->text, ==, "other words");
	g_assert_true(some->edited);
	g_assert_cmpstr(some->reactions[0], ==, "👍 bob");
	g_assert_cmpint(timeline_index(timeline, some), ==, (int)count - 10);
	/* A new place inside the window. */
	message.time += (gint64)5 * 60 * G_USEC_PER_SEC + 1;
	g_assert_true(timeline_change(timeline, &message, NULL) == some);
	g_assert_cmpint(timeline_index(timeline, some), ==, (int)count - 5);
	check_order(timeline);
	g_assert_cmpuint(entries->len, ==, count);
	/* Before the window: it is in the history, not here; unless somebody looks at it. */
	message.time = 5;
	g_assert_true(timeline_change(timeline, &message, some) == some);
	g_assert_cmpint(timeline_index(timeline, some), ==, 0);
	check_order(timeline);
	const Entry *other = entries->pdata[count / 2];
	message.id = other->id;
	message.time = 3;
	g_assert_null(timeline_change(timeline, &message, NULL));
	g_assert_cmpuint(entries->len, ==, count - 1);
	/* From before the window into it. */
	message.time = last(timeline)->time + 1;
	g_assert_nonnull(timeline_change(timeline, &message, NULL));
	g_assert_cmpint(last(timeline)->id, ==, message.id);
	message.id = 100000;
	message.time = 2;
	g_assert_null(timeline_change(timeline, &message, NULL)); /* never seen, and not here */
	timeline_free(timeline);
	store_free(store);
}

static void test_read(void)
{
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	g_assert_cmpint(timeline_read_time(timeline), ==, 0);
	for (int i = 1; i <= 3; i++) {
		WireMessage message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .direction = DIRECTION_OUT, .text = "hi", .id = i, .time = i,
		                           .state = i == 2 ? MESSAGE_READ : MESSAGE_SENT);
		timeline_add(timeline, &message, NULL);
	}
	g_assert_cmpint(timeline_read_time(timeline), ==, 2);
	g_assert_cmpint(timeline_oldest_time(timeline), ==, 1);
	timeline_free(timeline);
}

/* The rows of a message, and what stands in them. */
static void test_rows(void)
{
	g_autoptr(Model) model = model_new(NULL, NULL);
	static const char *const nothing[] = { NULL };
	model_apply(model, (const Wire *)&WIRE(ACCOUNT, Account, .account = ACCOUNT, .protocol = "xmpp", .address = "me@example.org", .can = nothing));
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	ChatStyle style = { .time_format = "%H:%M", .date_format = "%F", .account = ACCOUNT, .address = CHAT, .own = "me", .other = "Alice", .model = model, .styling = TRUE };
	Layout layout = entryview_layout(&style, 80);
	static const char *const reactions[] = { "👍 bob", "❤️ bob", "👍 ", "❤ carol", "👍 carol", " x", "", NULL };
	WireMessage message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .id = 1, .time = 1, .text = "first *words*", .reactions = reactions,
	                           .attachments = nothing);
	timeline_add(timeline, &message, NULL);
	Entry *entry = timeline_find(timeline, 1);
	g_assert_cmpint(entryview_rows(timeline, entry, &style, &layout, 0), ==, 2);
	g_assert_cmpstr(entry->reacted, ==, "[👍 3]  ❤ 2");
	g_assert_cmpuint(entry->runs->len, ==, 1);
	/* A file that is all of the message, in answer to the first, not sent. */
	static const char *const files[] = { "https://example.org/x\nx.png\nimage/png\n12", "https://example.org/y", NULL };
	message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .id = 2, .time = 2, .text = "https://example.org/x", .attachments = files, .reactions = nothing,
	               .about = 1, .target = "a", .direction = DIRECTION_OUT, .state = MESSAGE_FAILED);
	timeline_add(timeline, &message, NULL);
	entry = timeline_find(timeline, 2);
	g_assert_cmpint(entryview_rows(timeline, entry, &style, &layout, 0), ==, 4);
	g_assert_cmpstr(entry->quote, ==, "┌ Alice: first *words*");
	g_assert_cmpstr(entry->shown, ==, "");
	/* The first is taken back: that is seen in the answer too. */
	message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .id = 1, .time = 1, .text = "", .retracted = TRUE, .edited = TRUE, .reactions = reactions,
	               .attachments = files, .note = "by Bob: why", .again = TRUE);
	Entry *first_entry = timeline_change(timeline, &message, NULL);
	g_assert_cmpint(entryview_rows(timeline, first_entry, &style, &layout, 0), ==, 1);
	g_assert_cmpstr(first_entry->shown, ==, "✗ message taken back (by Bob: why)");
	entryview_rows(timeline, entry, &style, &layout, 0);
	g_assert_cmpstr(entry->quote, ==, "┌ Alice: taken back");
	/* What it answers is not here; and a row at any width. */
	message = WIRE(MESSAGE, Message, .account = ACCOUNT, .chat = CHAT, .id = 3, .time = 3, .text = "words of a person", .target = "gone", .edited = TRUE,
	               .reactions = reactions, .attachments = nothing);
	timeline_add(timeline, &message, NULL);
	entry = timeline_find(timeline, 3);
	for (int columns = 1; columns < 130; columns++) {
		layout = entryview_layout(&style, columns);
		g_assert_cmpint(entryview_rows(timeline, entry, &style, &layout, 0), >=, 3);
		g_assert_cmpint(layout.text, >=, 1);
	}
	g_assert_cmpstr(entry->quote, ==, "┌ a message that is not here");
	g_assert_cmpstr(entry->shown, ==, "words of a person (edited)");
	timeline_free(timeline);
}

static void test_transfers(void)
{
	g_autoptr(Model) model = model_new(NULL, NULL);
	static const char *const nothing[] = { NULL };
	model_apply(model, (const Wire *)&WIRE(ACCOUNT, Account, .account = ACCOUNT, .protocol = "xmpp", .address = "me@example.org", .can = nothing));
	g_assert_null(transfers_line(model));
	static const struct {
		TransferState state;
		gint64 size, moved;
		const char *words;
	} rows[] = {
		{ TRANSFER_OFFERED, 100, 0, "offered: s takes it" },
		{ TRANSFER_WAITING, 100, 0, "waits" },
		{ TRANSFER_ACTIVE, 0, 10, "10 bytes" },
		{ TRANSFER_ACTIVE, 100, 47, "47% of 100 bytes" },
		{ TRANSFER_ACTIVE, 100, 1000, "100% of 100 bytes" },
		{ TRANSFER_DONE, 100, 100, "saved" },
		{ TRANSFER_FAILED, 100, 5, "failed: no space" },
		{ TRANSFER_CANCELLED, 100, 5, "given up" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		WireTransfer transfer = WIRE(TRANSFER, Transfer, .account = ACCOUNT, .transfer = "t", .direction = DIRECTION_IN, .state = rows[i].state, .size = rows[i].size,
		                             .moved = rows[i].moved, .name = "a.png", .text = "no space", .id = 7);
		model_apply(model, (const Wire *)&transfer);
		g_autofree char *words = transfer_words(transfers_of_message(model, ACCOUNT, 7)), *line = transfers_line(model);
		g_auto(GStrv) pieces = g_strsplit(words, "\u00a0", -1);
		g_autofree char *plain = g_strjoinv(" ", pieces);
		g_assert_cmpstr(plain, ==, rows[i].words);
		g_assert_true((line != NULL) == (rows[i].state == TRANSFER_ACTIVE || rows[i].state == TRANSFER_WAITING || rows[i].state == TRANSFER_OFFERED));
	}
	g_assert_null(transfers_of_message(model, "other", 7));
	g_assert_null(transfers_of_message(model, ACCOUNT, 0));
}

static void test_local(void)
{
	Store *store = store_new(1000);
	Timeline *timeline = timeline_new(ACCOUNT, CHAT);
	timeline_load_newest(timeline, store->reader, NULL);
	timeline_add_local(timeline, ENTRY_LOCAL, "one");
	timeline_add_local(timeline, ENTRY_FAILURE, "two");
	g_assert_cmpstr(last(timeline)->text, ==, "two");
	timeline_load_oldest(timeline, store->reader, NULL);
	g_assert_cmpint(last(timeline)->id, !=, 0); /* they belong to the end */
	timeline_load_newest(timeline, store->reader, NULL);
	g_assert_cmpstr(last(timeline)->text, ==, "two");
	for (int i = 0; i < 2000; i++)
		timeline_add_local(timeline, ENTRY_LOCAL, "more");
	g_assert_cmpint(timeline_entries(timeline)->len, <=, TIMELINE_LOCAL_MAX + TIMELINE_MAX);
	timeline_clear_local(timeline);
	g_assert_cmpint(last(timeline)->id, !=, 0);
	timeline_free(timeline);
	store_free(store);
}

int main(int argc, char **argv)
{
	setlocale(LC_ALL, "C.UTF-8"); /* columns of characters */
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/timeline/paging", test_paging);
	g_test_add_func("/timeline/around", test_around);
	g_test_add_func("/timeline/live", test_live);
	g_test_add_func("/timeline/states", test_states);
	g_test_add_func("/timeline/changes", test_changes);
	g_test_add_func("/timeline/read", test_read);
	g_test_add_func("/timeline/rows", test_rows);
	g_test_add_func("/timeline/transfers", test_transfers);
	g_test_add_func("/timeline/local", test_local);
	return g_test_run();
}
