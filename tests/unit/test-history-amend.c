/* test-history-amend.c: the history's order and amendments: corrections, retractions, reactions, replies, archived twins, reading by ids, older files. */
#include "history-help.h"

#define ROOM(...) (&WIRE(MESSAGE, Message, .account = "work", .chat = "room@x", .chat_kind = CHAT_ROOM, .received = 1, .time = 1000, .text = "hi", __VA_ARGS__))
#define ALICE .from = "room@x/Alice", .nick = "Alice"
#define BOB .from = "room@x/Bob", .nick = "Bob"

static char *line(Place *p, gint64 id)
{
	g_autofree WireMessage *m = message_of(p, id);
	GString *out = g_string_new(m->text);
	if (m->edited)
		g_string_append(out, " edited");
	if (m->retracted)
		g_string_append_printf(out, " retracted(%s)", m->note ? m->note : "");
	for (const char *const *r = m->reactions; *r; r++)
		g_string_append_printf(out, " [%s]", *r);
	if (m->about)
		g_string_append_printf(out, " to %d", (int)m->about);
	return g_string_free(out, FALSE);
}

#define assert_line(p, id, wanted) do { g_autofree char *got_ = line(p, id); g_assert_cmpstr(got_, ==, wanted); } while (0)
#define assert_text(call, wanted) do { g_autofree char *got_ = call; g_assert_cmpstr(got_, ==, wanted); } while (0)

/* What a job told: "id: changed ones with the kind of change". */
typedef struct {
	gboolean done;
	char *text; /* owned */
	HistoryChange change;
} Told;

static void told(G_GNUC_UNUSED History *history, const HistoryChange *change, const GError *error, gpointer user)
{
	Told *t = user;
	GString *out = g_string_new(NULL);
	g_assert_no_error(error);
	for (guint i = 0; change->changed && i < change->changed->len; i++) {
		const HistoryRow *row = &g_array_index(change->changed, HistoryRow, i);
		g_string_append_printf(out, "%s%d %s", i ? ", " : "", (int)row->id, wire_words_message_change[row->change]);
	}
	t->change = *change;
	t->change.changed = NULL;
	t->text = g_string_free(out, FALSE);
	t->done = TRUE;
}

static char *wait_told(Told *t)
{
	while (!t->done)
		g_main_context_iteration(NULL, TRUE);
	return t->text;
}

static char *changed_by(Place *p, const WireMessage *m)
{
	Told t = { 0 };
	history_add(p->history, m, told, &t);
	return wait_told(&t);
}

static char *changed_by_state(Place *p, const char *own_id, MessageState state, const char *archive_id)
{
	Told t = { 0 };
	history_set_state(p->history, &WIRE(MESSAGE_STATE, MessageStateChange, .account = "work", .chat = "alice@example.org", .own_id = own_id, .state = state,
		.error = "no", .archive_id = archive_id), told, &t);
	return wait_told(&t);
}

static char *order(Place *p, const char *chat)
{
	GString *out = g_string_new(NULL);
	g_assert_true(reader_after(p->reader, "work", chat, NULL, 1000, help_note_id, out, NULL));
	return g_string_free(out, FALSE);
}

/* "unread mentions" as a job told them, and the file. */
static char *counted_by(Place *p, const WireMessage *m)
{
	Told t = { 0 };
	history_add(p->history, m, told, &t);
	g_free(wait_told(&t));
	gint64 unread = file_number(p->path, "SELECT unread FROM chat"), mentions = file_number(p->path, "SELECT mentions FROM chat");
	if (t.change.recounted) {
		g_assert_cmpint(t.change.unread, ==, unread);
		g_assert_cmpint(t.change.mentions, ==, mentions);
	}
	return g_strdup_printf("%d %d%s%s", (int)unread, (int)mentions, t.change.recounted ? " told" : "", t.change.mentioned ? " mentioned" : "");
}

/* ---- corrections ---- */

static void test_correction(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.sender_id = "a", .text = "one"));
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "two")), "1 words");
	assert_line(p, 1, "two edited");
	/* A correction of a correction is one of the message. */
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "b", .text = "three")), "1 words");
	assert_line(p, 1, "three edited");
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "b", .text = "three")), ""); /* a double */
	assert_text(order(p, "alice@example.org"), "1");
	g_assert_null(message_of(p, 2));
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT last FROM chat"), ==, 1);
}

static void test_counting(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	assert_text(counted_by(p, ROOM(ALICE, .sender_id = "1", .occupant = "A", .mention = TRUE)), "1 1");
	assert_text(counted_by(p, ROOM(ALICE, .sender_id = "2", .occupant = "A")), "2 1");
	assert_text(counted_by(p, ROOM(ALICE, .sender_id = "3", .occupant = "A", .archive_id = "a3")), "3 1");
	/* The first mention counts, later ones don't. */
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "2", .occupant = "A", .text = "x", .mention = TRUE)), "3 2 told mentioned");
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "2", .occupant = "A", .text = "y", .mention = TRUE)), "3 2");
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "1", .occupant = "A", .text = "z", .mention = TRUE)), "3 2");
	/* What is taken back is not unread, by whomever. */
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_RETRACTION, .target = "1", .occupant = "A")), "2 1 told");
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_RETRACTION, .target = "1", .occupant = "A", .sender_id = "r")), "2 1");
	assert_text(counted_by(p, ROOM(.type = MESSAGE_MODERATION, .target = "a3", .nick = "Mod")), "1 1 told");
	/* So with what was taken back before it came, and after a restart. */
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_RETRACTION, .target = "4", .occupant = "A")), "1 1");
	assert_text(counted_by(p, ROOM(ALICE, .sender_id = "4", .occupant = "A", .mention = TRUE)), "1 1 told");
	/* What was read stays so. */
	Answer answer = { 0 };
	history_set_read(p->history, &WIRE(READ, Read, .account = "work", .chat = "room@x", .time = 5000), help_changed, &answer);
	while (!answer.done)
		g_main_context_iteration(NULL, TRUE);
	assert_text(counted_by(p, ROOM(ALICE, .type = MESSAGE_RETRACTION, .target = "2", .occupant = "A")), "0 0");
}

static void test_correction_first(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "b", .text = "three", .time = 3000)), "");
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "two", .time = 2000)), "");
	g_assert_null(message_of(p, 1));
	place_close(p);
	place_open(p);
	Told t = { 0 };
	history_add(p->history, IN(.sender_id = "a", .text = "one", .time = 1000), told, &t);
	assert_text(wait_told(&t), "3 words");
	g_assert_true(t.change.again);
	assert_line(p, 3, "three edited");
}

static void test_correction_order(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	/* As an archive is read: newest first. */
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "a", .text = "three", .time = 3000, .archived = TRUE));
	add(p, IN(.sender_id = "a", .text = "one", .time = 1000, .archived = TRUE));
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "two", .time = 2000, .archived = TRUE)), "");
	assert_line(p, 2, "three edited");
	/* Live, with a clock that was set back: what comes later is later. */
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "d", .target = "a", .text = "four", .time = 500)), "2 words");
	assert_line(p, 2, "four edited");
}

static void test_wrong_author(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.sender_id = "a", .text = "one"));
	add(p, OUT("o", .text = "mine"));
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "a", .text = "x", .from = "mallory@example.org")), "");
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "a", .text = "x", .chat = "bob@example.org", .from = "alice@example.org")), "");
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "o", .text = "x")), ""); /* theirs of ours */
	assert_text(changed_by(p, OUT("p", .type = MESSAGE_CORRECTION, .target = "a", .text = "x")), ""); /* ours of theirs */
	assert_text(changed_by(p, IN(.type = MESSAGE_RETRACTION, .target = "o")), "");
	assert_text(changed_by(p, IN(.type = MESSAGE_MODERATION, .target = "a")), ""); /* not a room */
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "a", .text = "x", .chat_kind = CHAT_ROOM)), "");
	assert_line(p, 1, "one");
	assert_line(p, 2, "mine");
	add(p, IN(.type = MESSAGE_EVENT, .sender_id = "e", .text = "joined"));
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "e", .text = "x")), "");
}

static void test_room_authors(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	gint64 with = add(p, ROOM(ALICE, .sender_id = "1", .occupant = "A")), without = add(p, ROOM(ALICE, .sender_id = "2"));
	/* Somebody who took the name is not the author; the author under another name is. */
	assert_text(changed_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "1", .text = "x", .occupant = "M")), "");
	assert_text(changed_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "1", .text = "x")), "");
	assert_text(changed_by(p, ROOM(BOB, .type = MESSAGE_CORRECTION, .target = "1", .text = "better", .occupant = "A")), "1 words");
	assert_line(p, with, "better edited");
	assert_text(changed_by(p, ROOM(BOB, .type = MESSAGE_CORRECTION, .target = "2", .text = "x")), "");
	assert_text(changed_by(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "2", .text = "good", .occupant = "A")), "2 words");
	assert_line(p, without, "good edited");
	/* Two have the same id: the one whose author it is is meant. */
	gint64 alices = add(p, ROOM(ALICE, .sender_id = "3", .text = "alice's", .occupant = "A")), bobs = add(p, ROOM(BOB, .sender_id = "3", .text = "bob's", .occupant = "B"));
	add(p, ROOM(ALICE, .type = MESSAGE_CORRECTION, .target = "3", .text = "alice's new", .occupant = "A"));
	assert_line(p, alices, "alice's new edited");
	assert_line(p, bobs, "bob's");
}

static void test_cycle(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "a", .target = "b", .text = "x"));
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "y"));
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "c", .text = "z"));
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message WHERE about IS NULL"), ==, 3);
	gint64 own = add(p, IN(.sender_id = "r", .target = "r", .text = "to myself"));
	assert_line(p, own, "to myself");
	assert_text(changed_by(p, IN(.sender_id = "m", .text = "fine")), "");
}

static void test_long_chain(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	enum { N = 200 };
	for (int i = N; i > 0; i--) {
		char id[16], target[16], text[16];
		g_snprintf(id, sizeof id, "c%d", i);
		g_snprintf(target, sizeof target, "c%d", i - 1);
		g_snprintf(text, sizeof text, "version %d", i);
		add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = id, .target = target, .text = text, .time = 1000 + i, .archived = TRUE));
	}
	gint64 id = add(p, IN(.sender_id = "c0", .time = 1000, .archived = TRUE));
	assert_line(p, id, "version 200 edited");
}

static gboolean note_text(const WireMessage *m, gpointer user)
{
	g_string_append_printf(user, "%s%s", ((GString *)user)->len ? "|" : "", m->text);
	return TRUE;
}

static char *versions(Place *p, gint64 id)
{
	GString *out = g_string_new(NULL);
	g_assert_true(reader_versions(p->reader, id, note_text, out, NULL));
	return g_string_free(out, FALSE);
}

static char *found(Place *p, const char *words)
{
	GString *out = g_string_new(NULL);
	g_assert_true(reader_search(p->reader, &(ReaderSearch){ .words = words, .limit = 10 }, help_note_id, out, NULL));
	return g_string_free(out, FALSE);
}

static void test_versions_and_search(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.sender_id = "a", .text = "needle first"));
	for (int i = 0; i < 300; i++)
		history_add(p->history, IN(.text = "hay"), NULL, NULL);
	flush(p);
	while (file_number(p->path, "SELECT value FROM meta WHERE key = 'indexed'") < 200)
		g_thread_yield();
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "thread second", .time = 5000));
	assert_text(found(p, "needle"), "");
	assert_text(found(p, "thread"), "1");
	assert_text(versions(p, 1), "needle first|thread second");
	gint64 late = add(p, IN(.sender_id = "c", .text = "needle late", .time = 6000));
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "d", .target = "c", .text = "thread late", .time = 7000));
	assert_text(found(p, "needle"), "");
	add(p, IN(.type = MESSAGE_RETRACTION, .sender_id = "e", .target = "c", .time = 8000));
	assert_text(found(p, "thread"), "1");
	assert_text(versions(p, late), "needle late|thread late");
	assert_text(versions(p, 99999), "");
	history_clear_chat(p->history, "work", "alice@example.org", NULL, NULL);
	while (file_number(p->path, "SELECT count(*) FROM message"))
		g_thread_yield();
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM known"), ==, 0);
	file_number(p->path, "INSERT INTO message_words(message_words) VALUES('integrity-check')");
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message_words WHERE message_words MATCH 'thread OR needle OR hay'"), ==, 0);
}

/* ---- taking back ---- */

static void test_retraction(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.sender_id = "a", .text = "one"));
	add(p, IN(.type = MESSAGE_REACTIONS, .target = "a", .text = "x"));
	assert_text(changed_by(p, IN(.type = MESSAGE_RETRACTION, .sender_id = "b", .target = "a")), "1 words");
	assert_line(p, 1, " retracted()");
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "c", .target = "a", .text = "back again")), "1 words");
	assert_line(p, 1, " edited retracted()");
	assert_text(changed_by(p, IN(.type = MESSAGE_RETRACTION, .sender_id = "d", .target = "a")), "");
}

static void test_moderation(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, ROOM(ALICE, .sender_id = "s", .archive_id = "a", .occupant = "A"));
	/* By the archive's id only. */
	assert_text(changed_by(p, ROOM(.type = MESSAGE_MODERATION, .nick = "mod", .target = "s", .text = "spam")), "");
	assert_text(changed_by(p, ROOM(.type = MESSAGE_MODERATION, .nick = "mod", .target = "a", .text = "spam")), "1 words");
	assert_line(p, 1, " retracted(by mod: spam)");
	add(p, ROOM(.type = MESSAGE_MODERATION, .target = "later", .text = ""));
	gint64 id = add(p, ROOM(BOB, .archive_id = "later"));
	assert_line(p, id, " retracted(by a moderator)");
}

/* ---- reactions ---- */

static void test_reactions(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, OUT("o", .text = "mine", .time = 500));
	assert_text(changed_by(p, IN(.type = MESSAGE_REACTIONS, .target = "o", .text = "A B A")), "1 looks");
	assert_line(p, 1, "mine [A alice@example.org] [B alice@example.org]");
	assert_text(changed_by(p, OUT("r", .type = MESSAGE_REACTIONS, .target = "o", .text = "C")), "1 looks");
	assert_line(p, 1, "mine [A alice@example.org] [B alice@example.org] [C ]");
	assert_text(changed_by(p, IN(.type = MESSAGE_REACTIONS, .target = "o", .text = "B")), "1 looks");
	assert_line(p, 1, "mine [C ] [B alice@example.org]");
	assert_text(changed_by(p, IN(.type = MESSAGE_REACTIONS, .target = "o", .text = "")), "1 looks");
	assert_line(p, 1, "mine [C ]");
	/* An older set, read from the archive later, changes nothing. */
	assert_text(changed_by(p, IN(.type = MESSAGE_REACTIONS, .target = "o", .text = "Z", .time = 700, .archived = TRUE)), "");
	g_autofree char *many = g_strnfill(200, 'x');
	for (int i = 1; i < 200; i += 2)
		many[i] = ' ', many[i - 1] = (char)('A' + i / 2 % 26);
	g_autofree char *large = g_strnfill(65, 'L'), *both = g_strconcat(large, " ", many, NULL);
	add(p, IN(.type = MESSAGE_REACTIONS, .target = "o", .text = both));
	g_autofree WireMessage *m = message_of(p, 1);
	g_assert_cmpuint(g_strv_length((char **)m->reactions), ==, 17);
}

static void test_many_reactions(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, ROOM(ALICE, .archive_id = "a"));
	for (int i = 0; i < 1500; i++) {
		char nick[32], from[48], id[16];
		g_snprintf(nick, sizeof nick, "nick\n%d", i);
		g_snprintf(from, sizeof from, "room@x/%s", nick);
		g_snprintf(id, sizeof id, "%d", i);
		history_add(p->history, ROOM(.type = MESSAGE_REACTIONS, .from = from, .nick = nick, .sender_id = id, .target = "a", .text = "X", .time = 2000), NULL, NULL);
	}
	flush(p);
	g_autofree WireMessage *m = message_of(p, 1);
	guint n = g_strv_length((char **)m->reactions);
	g_assert_cmpuint(n, ==, 1000);
	g_assert_cmpstr(m->reactions[n - 1], ==, "X nick 1499");
	/* An occupant with a lasting id is the same one under another name. */
	gint64 id = add(p, ROOM(BOB, .archive_id = "b"));
	add(p, ROOM(ALICE, .type = MESSAGE_REACTIONS, .target = "b", .text = "X", .occupant = "A"));
	add(p, ROOM(BOB, .type = MESSAGE_REACTIONS, .target = "b", .text = "Y", .occupant = "A"));
	assert_line(p, id, "hi [Y Bob]");
}

/* ---- replies ---- */

static void test_replies(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	assert_text(changed_by(p, IN(.sender_id = "r", .target = "a", .text = "yes")), "");
	assert_line(p, 1, "yes");
	assert_text(changed_by(p, IN(.sender_id = "x", .ref_id = "a", .text = "really?")), "1 looks");
	assert_line(p, 1, "yes to 2");
	gint64 id = add(p, OUT("o", .target = "x", .text = "no"));
	assert_line(p, id, "no to 2");
	add(p, IN(.target = "later-archived"));
	add(p, OUT("q", .text = "mine"));
	/* The archive's id becomes known. */
	assert_text(changed_by_state(p, "q", MESSAGE_SENT, "later-archived"), "4 looks");
	assert_line(p, 4, "hi to 5");
	add(p, IN(.type = MESSAGE_REACTIONS, .target = "in-archive", .text = "X"));
	gint64 live = add(p, IN(.sender_id = "live"));
	assert_text(changed_by(p, IN(.sender_id = "live", .archive_id = "in-archive")), "7 looks");
	g_assert_cmpint(live, ==, 7);
}

/* ---- own amendments ---- */

static void note_outbox(const WireMessage *m, G_GNUC_UNUSED const char *mark, gpointer user)
{
	g_string_append_printf(user, "%s:%s:%d ", wire_words_message_kind[m->type], m->target ? m->target : "-", (int)m->about);
}

static void test_own_amendment(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, OUT("o", .text = "one"));
	assert_text(changed_by(p, OUT("c", .type = MESSAGE_CORRECTION, .about = 1, .target = "o", .text = "two")), "1 words");
	g_autoptr(GString) outbox = g_string_new(NULL);
	g_assert_true(reader_outbox(p->reader, "work", note_outbox, outbox, NULL));
	g_assert_cmpstr(outbox->str, ==, "text:-:0 correction:o:1 ");
	assert_line(p, 1, "two edited");
	/* Refused: it is as if it had never been. */
	assert_text(changed_by_state(p, "c", MESSAGE_FAILED, NULL), "1 words");
	assert_line(p, 1, "one");
	assert_text(changed_by(p, OUT("d", .type = MESSAGE_RETRACTION, .about = 1, .target = "o", .text = "")), "1 words");
	assert_line(p, 1, " retracted()");
	assert_text(changed_by_state(p, "d", MESSAGE_FAILED, NULL), "1 words");
	assert_line(p, 1, "one");
	/* By about, of others' messages: reactions yes, corrections no. */
	gint64 theirs = add(p, IN());
	assert_text(changed_by(p, OUT("e", .type = MESSAGE_CORRECTION, .about = theirs, .target = "x", .text = "x")), "");
	assert_text(changed_by(p, OUT("f", .type = MESSAGE_REACTIONS, .about = theirs, .target = "x", .text = "X")), "4 looks");
	g_assert_cmpint(theirs, ==, 4);
}

/* ---- order ---- */

static void test_live_order(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	Told t = { 0 };
	add(p, IN(.time = 1000));
	history_add(p->history, IN(.time = 500), told, &t);
	g_free(wait_told(&t));
	g_assert_cmpint(t.change.time, ==, 1001);
	add(p, OUT("o", .time = 1000));
	assert_text(order(p, "alice@example.org"), "1 2 3");
	g_assert_cmpint(file_number(p->path, "SELECT count(DISTINCT time) FROM message"), ==, 3);
}

static void test_archived_order(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.time = 5000));
	add(p, IN(.time = 4000, .archived = TRUE));
	add(p, IN(.time = 3000, .archived = TRUE));
	add(p, IN(.time = 3500, .archived = TRUE));
	add(p, IN(.time = 3500, .archived = TRUE)); /* never two at the same time */
	assert_text(order(p, "alice@example.org"), "3 4 5 2 1");
	g_assert_cmpint(file_number(p->path, "SELECT count(DISTINCT time) FROM message"), ==, 5);
	g_assert_cmpint(file_number(p->path, "SELECT last FROM chat"), ==, 1);
	for (int i = 0; i < 2000; i++)
		history_add(p->history, IN(.time = 3500, .archived = TRUE), NULL, NULL);
	flush(p);
	g_assert_cmpint(file_number(p->path, "SELECT count(DISTINCT time) FROM message"), ==, 2005);
}

/* Came live in one order, stands in the archive in another one. */
static void test_twins(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, OUT("o1", .time = 1000));
	add(p, IN(.time = 2000, .sender_id = "i"));
	add(p, OUT("o2", .time = 3000));
	assert_text(changed_by(p, OUT("o2", .time = 3100, .archive_id = "A3", .archived = TRUE)), "3 place");
	assert_text(changed_by(p, OUT("o1", .time = 2500, .archive_id = "A2", .archived = TRUE)), "1 place");
	assert_text(order(p, "alice@example.org"), "2 1 3");
	assert_text(changed_by(p, OUT("o1", .time = 2500, .archive_id = "A2", .archived = TRUE)), ""); /* it is there already */
	assert_text(changed_by(p, OUT("o1", .time = 1500, .archive_id = "A2", .archived = TRUE)), "1 place"); /* a page that was read anew */
	assert_text(changed_by(p, OUT("o1", .time = 2500, .archive_id = "A2", .archived = TRUE)), "1 place");
	assert_text(changed_by(p, IN(.time = 3050, .sender_id = "i", .archive_id = "A1", .archived = TRUE)), "2 place");
	assert_text(order(p, "alice@example.org"), "1 2 3");
	g_assert_cmpint(file_number(p->path, "SELECT last_time FROM chat"), ==, 3100);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message WHERE archive_id IS NOT NULL"), ==, 3);
	/* The text of a message that was corrected meanwhile is still its double's. */
	add(p, IN(.time = 4000, .sender_id = "k", .text = "one"));
	add(p, IN(.type = MESSAGE_CORRECTION, .target = "k", .text = "two", .time = 4100));
	g_assert_cmpint(add(p, IN(.time = 3900, .sender_id = "k", .text = "one", .archive_id = "A4", .archived = TRUE)), ==, 0);
}

/* The archive tells whole seconds, so that what came live in that second stands just where the next page belongs. */
static void test_live_in_the_way(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.time = 5000, .archived = TRUE));
	for (int i = 0; i < 100; i++) {
		g_autofree char *id = g_strdup_printf("o%d", i);
		add(p, OUT(id, .time = 4000));
	}
	add(p, IN(.time = 4100, .sender_id = "i1"));
	history_set_read(p->history, &WIRE(READ, Read, .account = "work", .chat = "alice@example.org", .time = 5101), NULL, NULL);
	add(p, IN(.time = 4200, .sender_id = "i2"));
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	/* another device's, then those that came last, and at last all others */
	add(p, OUT(NULL, .time = 5001, .archive_id = "A1", .archived = TRUE));
	add(p, IN(.time = 5002, .sender_id = "i1", .archived = TRUE));
	add(p, IN(.time = 5003, .sender_id = "i2", .archived = TRUE));
	for (int i = 0; i < 100; i++) {
		g_autofree char *id = g_strdup_printf("o%d", i);
		add(p, OUT(id, .time = 5004 + i, .archived = TRUE));
	}
	g_autofree char *ids = order(p, "alice@example.org");
	g_assert_true(g_str_has_prefix(ids, "1 104 102 103 2 3 4 5 ") && g_str_has_suffix(ids, " 99 100 101"));
	g_assert_cmpint(file_number(p->path, "SELECT max(time) FROM message"), ==, 5103);
	g_assert_cmpint(file_number(p->path, "SELECT last_time FROM chat"), ==, 5103);
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM messages WHERE state = 'unread'"), ==, 1);
}

/* A server that took it in twice has it at two places of the archive: the first one counts, however they are read. */
static void test_copies(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	static const char id[] = "5f3f9f52-0f4f-4dbd", text[] = "once";
	add(p, IN(.time = 1000, .sender_id = "a", .archived = TRUE));
	add(p, IN(.time = 2000, .sender_id = id, .text = text, .archive_id = "A1"));
	g_assert_cmpint(add(p, IN(.time = 2010, .sender_id = id, .text = text, .archive_id = "A2")), ==, 0);
	add(p, IN(.time = 1600, .sender_id = "b", .archived = TRUE));
	for (int i = 0; i < 2; i++) {
		assert_text(changed_by(p, IN(.time = 1700, .sender_id = id, .text = text, .archive_id = "A2", .archived = TRUE)), i ? "" : "2 place");
		assert_text(changed_by(p, IN(.time = 1500, .sender_id = id, .text = text, .archive_id = "A1", .archived = TRUE)), i ? "" : "2 place");
	}
	assert_text(order(p, "alice@example.org"), "1 2 3");
	add(p, OUT("o", .time = 3000));
	assert_text(changed_by(p, OUT("o", .time = 2600, .archive_id = "O2", .archived = TRUE)), "4 place");
	assert_text(changed_by(p, OUT("o", .time = 2500, .archive_id = "O1", .archived = TRUE)), "4 place");
	assert_text(changed_by(p, OUT("o", .time = 2600, .archive_id = "O2", .archived = TRUE)), "");
	g_assert_cmpint(file_number(p->path, "SELECT last_time FROM chat"), ==, 2500);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message"), ==, 4);
}

static void test_moving_and_reading(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	/* The clock here is behind the server's: what was read stays read. */
	add(p, IN(.time = 1000, .sender_id = "a"));
	add(p, IN(.time = 1100, .sender_id = "b"));
	history_set_read(p->history, &WIRE(READ, Read, .account = "work", .chat = "alice@example.org", .time = 1100), NULL, NULL);
	add(p, IN(.time = 1200, .sender_id = "c", .mention = TRUE));
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	add(p, IN(.time = 6200, .sender_id = "c", .archived = TRUE));
	add(p, IN(.time = 6100, .sender_id = "b", .archived = TRUE));
	g_assert_cmpint(file_number(p->path, "SELECT read_time FROM chat"), ==, 6100);
	add(p, IN(.time = 6000, .sender_id = "a", .archived = TRUE));
	g_assert_cmpint(file_number(p->path, "SELECT unread * 10 + mentions FROM chat"), ==, 11);
	/* And ahead of it. */
	add(p, IN(.time = 9000, .sender_id = "d"));
	add(p, IN(.time = 9100, .sender_id = "e"));
	history_set_read(p->history, &WIRE(READ, Read, .account = "work", .chat = "alice@example.org", .time = 9100), NULL, NULL);
	add(p, IN(.time = 9200, .sender_id = "f"));
	add(p, IN(.time = 7200, .sender_id = "f", .archived = TRUE));
	add(p, IN(.time = 7100, .sender_id = "e", .archived = TRUE));
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	add(p, IN(.time = 7000, .sender_id = "d", .archived = TRUE));
	g_assert_cmpint(file_number(p->path, "SELECT unread FROM chat"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM messages WHERE state = 'unread'"), ==, 1);
	g_assert_cmpint(file_number(p->path, "SELECT last_time FROM chat"), ==, 7200);
}

/* ---- reading ---- */

static gint64 unread(Place *p)
{
	flush(p);
	return file_number(p->path, "SELECT unread FROM chat");
}

static void read_by(Place *p, const char *archive_id, const char *sender_id)
{
	history_set_read(p->history, &WIRE(READ, Read, .account = "work", .chat = "alice@example.org", .archive_id = archive_id, .sender_id = sender_id), NULL, NULL);
}

static void note_chat(const WireChat *chat, gpointer user)
{
	g_string_append(user, chat->chat);
}

static void test_read_by_id(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.time = 10, .archive_id = "A1"));
	add(p, IN(.time = 20, .sender_id = "S2"));
	add(p, IN(.time = 30, .ref_id = "R3"));
	add(p, IN(.time = 40));
	read_by(p, "A1", NULL);
	g_assert_cmpint(unread(p), ==, 3);
	read_by(p, NULL, "S2");
	g_assert_cmpint(unread(p), ==, 2);
	read_by(p, "A1", NULL); /* never back */
	g_assert_cmpint(unread(p), ==, 2);
	/* One that is not here yet, also over a restart. */
	read_by(p, "A5", NULL);
	g_assert_cmpint(unread(p), ==, 2);
	place_close(p);
	place_open(p);
	add(p, IN(.time = 50, .archive_id = "A5"));
	add(p, IN(.time = 60, .archive_id = "A6"));
	g_assert_cmpint(unread(p), ==, 1);
	/* From the archive, newest first: what is before it comes read. */
	add(p, IN(.time = 5, .archived = TRUE));
	g_assert_cmpint(unread(p), ==, 1);
}

static void test_read_before_chat(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GString) list = g_string_new(NULL);
	read_by(p, "A2", NULL);
	flush(p);
	g_assert_true(reader_chats(p->reader, note_chat, list, NULL));
	g_assert_cmpstr(list->str, ==, ""); /* it has no messages yet */
	add(p, IN(.time = 300, .archive_id = "A3", .archived = TRUE));
	add(p, IN(.time = 200, .archive_id = "A2", .archived = TRUE));
	add(p, IN(.time = 100, .archive_id = "A1", .archived = TRUE));
	g_assert_cmpint(unread(p), ==, 1);
	g_assert_true(reader_chats(p->reader, note_chat, list, NULL));
	g_assert_cmpstr(list->str, ==, "alice@example.org");
}

static void test_read_by_writing(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.time = 10));
	add(p, OUT(NULL, .time = 20, .archive_id = "A1", .state = MESSAGE_SENT)); /* another device */
	g_assert_cmpint(unread(p), ==, 0);
	add(p, IN(.time = 30));
	add(p, IN(.time = 40));
	Told t = { 0 };
	history_add(p->history, OUT(NULL, .time = 35, .archive_id = "A2", .state = MESSAGE_SENT, .archived = TRUE), told, &t);
	g_free(wait_told(&t));
	g_assert_true(t.change.recounted);
	g_assert_cmpint(t.change.unread, ==, 1);
	g_assert_cmpint(unread(p), ==, 1);
	add(p, OUT("r", .type = MESSAGE_REACTIONS, .target = "A2", .text = "X", .time = 50)); /* not by a reaction */
	g_assert_cmpint(unread(p), ==, 1);
}

static void test_read_receipts(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, OUT("1", .state = MESSAGE_SENT));
	add(p, OUT("2", .state = MESSAGE_DELIVERED));
	add(p, OUT("3", .state = MESSAGE_FAILED));
	add(p, IN());
	add(p, OUT("4", .state = MESSAGE_SENT));
	add(p, OUT(NULL, .sender_id = "theirs", .archive_id = "A5", .state = MESSAGE_SENT));
	add(p, OUT("6", .state = MESSAGE_SENT));
	assert_text(changed_by_state(p, "4", MESSAGE_READ, NULL), "2 none, 1 none");
	g_autofree WireMessage *failed = message_of(p, 3), *later = message_of(p, 6), *read = message_of(p, 1);
	g_assert_cmpint(failed->state, ==, MESSAGE_FAILED);
	g_assert_cmpint(later->state, ==, MESSAGE_SENT);
	g_assert_cmpint(read->state, ==, MESSAGE_READ);
	assert_text(changed_by_state(p, "strange", MESSAGE_READ, "A5"), "");
	g_autofree WireMessage *other = message_of(p, 6);
	g_assert_cmpint(other->state, ==, MESSAGE_READ);
}

/* ---- the rest ---- */

static gboolean note_found(const WireMessage *m, gpointer user)
{
	*(gint64 *)user = m->id;
	return TRUE;
}

/* A correction may make an action of words; the first version stays what it was. */
static gboolean note_kind(const WireMessage *m, gpointer user)
{
	g_string_append_printf(user, "%s:%s ", wire_words_message_kind[m->type], m->text);
	return TRUE;
}

static void test_action(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	g_autoptr(GString) out = g_string_new(NULL);
	add(p, IN(.sender_id = "a", .text = "waves"));
	add(p, IN(.type = MESSAGE_CORRECTION, .target = "a", .text = "/me waves"));
	g_autofree WireMessage *m = message_of(p, 1);
	g_assert_cmpint(m->type, ==, MESSAGE_ACTION);
	g_assert_cmpstr(m->text, ==, "waves");
	g_assert_true(reader_versions(p->reader, 1, note_kind, out, NULL));
	g_assert_cmpstr(out->str, ==, "text:waves correction:/me waves ");
}

static gint64 find(Place *p, const char *id)
{
	gint64 found_id = 0;
	reader_find(p->reader, "work", "alice@example.org", id, note_found, &found_id, NULL);
	return found_id;
}

static void test_find(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	add(p, IN(.sender_id = "s", .ref_id = "r", .archive_id = "a"));
	add(p, OUT("o"));
	add(p, IN(.sender_id = "s", .text = "again"));
	g_assert_cmpint(find(p, "a"), ==, 1);
	g_assert_cmpint(find(p, "r"), ==, 1);
	g_assert_cmpint(find(p, "s"), ==, 3);
	g_assert_cmpint(find(p, "o"), ==, 2);
	g_assert_cmpint(find(p, "x"), ==, 0);
}

static void test_attachments(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const files[] = { "https://x/a.png\na \"b\".png\nimage/png\n12\n\n", "https://x/b", NULL };
	Answer answer = { 0 }, none = { 0 };
	gint64 id = add(p, IN(.sender_id = "a", .attachments = files));
	history_set_saved(p->history, id, "/tmp/a.png", help_answered, &answer);
	history_set_saved(p->history, 999, "/tmp/a.png", help_answered, &none);
	g_assert_cmpint(help_wait(&answer), ==, id);
	g_assert_cmpint(help_wait(&none), ==, 0);
	g_autofree WireMessage *m = message_of(p, id);
	g_assert_true(g_strv_equal(m->attachments, files));
	g_assert_cmpstr(m->saved, ==, "/tmp/a.png");
	add(p, IN(.type = MESSAGE_RETRACTION, .target = "a"));
	g_autofree WireMessage *back = message_of(p, id);
	g_assert_null(back->attachments[0]);
	g_assert_null(back->saved);
}

static void execute(const char *path, const char *sql)
{
	sqlite3 *db;
	char *why = NULL;
	g_assert_cmpint(sqlite3_open(path, &db), ==, SQLITE_OK);
	sqlite3_exec(db, sql, NULL, NULL, &why);
	g_assert_cmpstr(why, ==, NULL);
	sqlite3_close(db);
}

/* The tables of version 1 with the numbers that SipHash gave there under the key 1, 2. */
static void test_version_1(void)
{
	static const char tables[] = "PRAGMA application_id = 1802073192; PRAGMA journal_mode = WAL; CREATE TABLE meta(key TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;"
		"CREATE TABLE account(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);"
		"CREATE TABLE chat(id INTEGER PRIMARY KEY AUTOINCREMENT, account INTEGER NOT NULL REFERENCES account, address TEXT NOT NULL,"
		" kind INTEGER NOT NULL, read INTEGER NOT NULL DEFAULT 0, unread INTEGER NOT NULL DEFAULT 0, mentions INTEGER NOT NULL DEFAULT 0,"
		" last INTEGER NOT NULL DEFAULT 0, last_time INTEGER NOT NULL DEFAULT 0, UNIQUE(account, address));"
		"CREATE TABLE message(id INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chat, time INTEGER NOT NULL,"
		" received INTEGER NOT NULL, type INTEGER NOT NULL, direction INTEGER NOT NULL, state INTEGER NOT NULL, flags INTEGER NOT NULL,"
		" sender TEXT, nick TEXT, text TEXT NOT NULL, own_id TEXT, sender_id TEXT, archive_id TEXT, mark TEXT, error TEXT, encryption TEXT);"
		"CREATE INDEX message_chat ON message(chat, time); CREATE INDEX message_queued ON message(state) WHERE state = 2;"
		"CREATE TABLE known(hash INTEGER NOT NULL, message INTEGER NOT NULL, PRIMARY KEY(hash, message)) WITHOUT ROWID;"
		"CREATE TABLE contact(account INTEGER NOT NULL REFERENCES account, address TEXT NOT NULL, name TEXT, groups TEXT NOT NULL,"
		" subscription INTEGER NOT NULL, asked INTEGER NOT NULL, PRIMARY KEY(account, address)) WITHOUT ROWID;"
		"CREATE TABLE keep(account INTEGER NOT NULL REFERENCES account, key TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY(account, key)) WITHOUT ROWID;"
		"CREATE TABLE cleared(chat INTEGER PRIMARY KEY, account INTEGER NOT NULL);"
		"CREATE VIRTUAL TABLE message_words USING fts5(chat, text, content='message', content_rowid='id', tokenize='unicode61 remove_diacritics 2');"
		"CREATE VIEW messages AS SELECT m.id, c.read FROM message m JOIN chat c ON c.id = m.chat;"
		"INSERT INTO meta VALUES('indexed', 0), ('hash_key_0', 1), ('hash_key_1', 2);"
		"INSERT INTO account VALUES(1, 'work');"
		"INSERT INTO chat VALUES(1, 1, 'alice@example.org', 0, 2, 1, 0, 3, 30), (2, 1, 'bob@example.org', 0, 5, 0, 0, 5, 99);"
		"INSERT INTO message(id, chat, time, received, type, direction, state, flags, sender, text, sender_id) VALUES"
		" (1, 1, 10, 10, 0, 0, 0, 0, NULL, 'one', 's1'), (2, 1, 20, 20, 0, 0, 0, 0, NULL, 'two', 's2'), (3, 1, 30, 30, 0, 0, 0, 0, NULL, 'three', 's3'),"
		" (4, 2, 99, 99, 0, 0, 0, 0, NULL, 'four', 's4'), (5, 2, 50, 50, 0, 0, 0, 0, NULL, 'five', 's5');"
		"PRAGMA user_version = 1;";
	Place place = { 0 }, *p = &place;
	place_make(p);
	execute(p->path, tables);
	place_open(p);
	g_assert_cmpint(file_number(p->path, "PRAGMA user_version"), ==, 3);
	g_assert_cmpint(file_number(p->path, "SELECT read_time FROM chat WHERE id = 1"), ==, 20);
	g_assert_cmpint(file_number(p->path, "SELECT read_time FROM chat WHERE id = 2"), ==, 99); /* all was read */
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM messages WHERE state = 'unread'"), ==, 1);
	while (file_number(p->path, "SELECT count(*) FROM meta WHERE key = 'renumber'"))
		g_thread_yield();
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM known"), ==, 5);
	g_assert_cmpint(add(p, IN(.sender_id = "s1", .text = "one", .time = 10)), ==, 0); /* doubles are told by the new numbers */
	assert_text(changed_by(p, IN(.type = MESSAGE_CORRECTION, .target = "s2", .text = "zwei")), "2 words");
	assert_line(p, 2, "zwei edited");
	g_assert_cmpint(find(p, "s3"), ==, 3);
	place_remove(p);
}

/* A file as version 2 made it: nothing is lost, and the new column is there. */
static void test_version_2(void)
{
	Place place = { 0 }, *p = &place;
	place_make(p);
	place_open(p);
	g_assert_cmpint(add(p, IN(.sender_id = "s1", .text = "one")), ==, 1);
	place_close(p);
	execute(p->path, "DROP VIEW messages; ALTER TABLE message DROP COLUMN markup; CREATE VIEW messages AS SELECT id FROM message; PRAGMA user_version = 2");
	place_open(p);
	g_assert_cmpint(file_number(p->path, "PRAGMA user_version"), ==, 3);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM messages WHERE text = 'one' AND markup IS NULL"), ==, 1);
	g_assert_cmpint(add(p, IN(.sender_id = "s1", .text = "one")), ==, 0);
	g_assert_cmpint(add(p, IN(.sender_id = "s2", .text = "two", .markup = "b0-3")), ==, 2);
	g_assert_cmpint(file_number(p->path, "SELECT id FROM messages WHERE markup = 'b0-3'"), ==, 2);
	place_remove(p);
}

/* Markup belongs to the first words: a correction has its own, which is none, and what was taken back shows nothing. */
static void test_markup(Place *p, G_GNUC_UNUSED gconstpointer data)
{
	gint64 id = add(p, IN(.sender_id = "a", .text = "bold", .markup = "b0-4"));
	g_autofree WireMessage *plain = message_of(p, id);
	g_assert_cmpstr(plain->markup, ==, "b0-4");
	add(p, IN(.type = MESSAGE_CORRECTION, .sender_id = "b", .target = "a", .text = "corrected", .markup = "i0-9", .time = 5000));
	g_autofree WireMessage *corrected = message_of(p, id);
	g_assert_cmpstr(corrected->markup, ==, NULL);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM messages WHERE markup IS NOT NULL"), ==, 0);
	g_assert_cmpint(file_number(p->path, "SELECT count(*) FROM message WHERE markup IS NOT NULL"), ==, 1);
	assert_text(versions(p, id), "bold|corrected");
	add(p, IN(.type = MESSAGE_RETRACTION, .sender_id = "c", .target = "a", .time = 6000));
	g_autofree WireMessage *gone = message_of(p, id);
	g_assert_cmpstr(gone->markup, ==, NULL);
}

#define TEST(path, function) g_test_add(path, Place, NULL, place_set_up, function, place_tear_down)

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	TEST("/history/amend/correction", test_correction);
	TEST("/history/amend/counting", test_counting);
	TEST("/history/amend/correction-first", test_correction_first);
	TEST("/history/amend/correction-order", test_correction_order);
	TEST("/history/amend/wrong-author", test_wrong_author);
	TEST("/history/amend/room-authors", test_room_authors);
	TEST("/history/amend/cycle", test_cycle);
	TEST("/history/amend/long-chain", test_long_chain);
	TEST("/history/amend/versions-and-search", test_versions_and_search);
	TEST("/history/amend/retraction", test_retraction);
	TEST("/history/amend/moderation", test_moderation);
	TEST("/history/amend/reactions", test_reactions);
	TEST("/history/amend/many-reactions", test_many_reactions);
	TEST("/history/amend/replies", test_replies);
	TEST("/history/amend/own", test_own_amendment);
	TEST("/history/order/live", test_live_order);
	TEST("/history/order/archived", test_archived_order);
	TEST("/history/order/live-in-the-way", test_live_in_the_way);
	TEST("/history/order/twins", test_twins);
	TEST("/history/order/copies", test_copies);
	TEST("/history/order/moving-and-reading", test_moving_and_reading);
	TEST("/history/read/by-id", test_read_by_id);
	TEST("/history/read/before-chat", test_read_before_chat);
	TEST("/history/read/by-writing", test_read_by_writing);
	TEST("/history/read/receipts", test_read_receipts);
	TEST("/history/amend/action", test_action);
	TEST("/history/find", test_find);
	TEST("/history/attachments", test_attachments);
	TEST("/history/amend/markup", test_markup);
	g_test_add_func("/history/version-1", test_version_1);
	g_test_add_func("/history/version-2", test_version_2);
	return g_test_run();
}
