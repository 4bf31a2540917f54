/* main.c: kith-replay, a backend whose network is a script: for tests of hub and screen, for load, and for showing things.
 *
 * The account's setting script names the file; the hub's connect starts it. Between the steps network.c takes what the hub sends,
 * as a real network would. A script, one step a line (script.h, man/kith-replay.7):
 *
 *   {"kind":"message","chat":"a@b","text":"hi"}   sends this to the hub; account and commit are filled in
 *   online [nick=NICK] [can=WORD,WORD]   the connection is made
 *   offline REASON [TEXT]                the connection is lost; the hub's next connect goes on behind this step
 *   expect {"kind":"send","text":"hi"}   waits for a message with these fields; fails the account when none comes in time
 *   absent MS {"kind":"send"}            fails the account when such a message is there or comes within that time
 *   timeout MS                           how long expect waits from here on (10000)
 *   wait MS                              waits
 *   sync                                 waits until all that was sent is stored
 *   repeat N … end                       plays the steps N times; %d is the counter, %D the one around it
 *   start N … end                        only in the Nth process of this account
 *   flood N [chat=] [kind=] [chats=] [size=]   N messages as fast as the hub takes them, then the rate as a notice
 *   contacts N                           a contact list of N with presences
 *   ack off|hold|sent|delivered|read|fail      what becomes of the hub's sends (delivered)
 *   answers on|off                       whether requests are carried out (on)
 *   report                               a notice with what was received and sent out so far
 *   die SIGNAL                           ends by that signal once all is stored; die SIGNAL now does not wait
 *   hang [MS]                            once all is stored: does nothing any more, not even answer beats
 */
#include "backend.h"
#include "base/log.h"
#include "base/paths.h"
#include "replay/load.h"
#include "replay/match.h"
#include "replay/network.h"
#include "replay/script.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define INBOX_MAX 10000
#define BACKLOG_HIGH (1024 * 1024)
#define BACKLOG_LOW (256 * 1024)

typedef enum { ON, STAY } Outcome;

/* What the script waits for; it goes on when that happened. */
typedef enum { WAIT_NOTHING, WAIT_CONNECT, WAIT_TIME, WAIT_EXPECT, WAIT_ABSENT, WAIT_SYNC, WAIT_FLOOD, WAIT_DEATH, WAIT_HANG } Waiting;

typedef struct {
	Backend *backend;
	Network *network; /* owned */
	Script *script;   /* owned; NULL when broken */
	char *broken;     /* owned; why there is no script, or why it failed */
	guint at;         /* the next step */
	Waiting waiting;
	guint timer;
	gint64 timeout;         /* ms */
	char *expected;         /* owned */
	gint64 counters[SCRIPT_DEPTH_MAX];
	gint64 limits[SCRIPT_DEPTH_MAX];
	guint depth;
	GQueue inbox;           /* Wire *, what no expect took yet */
	guint received[WIRE_KINDS];
	gint64 start;           /* the number of this process, from 1 */
	gint64 commit;          /* WAIT_SYNC and later: the number waited for */
	gint64 committed;
	gint64 since;           /* monotonic */
	Flood flood;
	gint64 flooded, flood_total;
	guint flood_idle;
	int death;
	gint64 hang; /* ms; 0: for ever */
} Player;

static void play(Player *player);

/* ---- ends ---- */

static void fail(Player *player, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* The script can't go on: that is the account's state from now on. */
static void fail(Player *player, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	g_free(player->broken);
	player->broken = g_strdup_vprintf(format, arguments);
	va_end(arguments);
	log_error("%s", player->broken);
	backend_state(player->backend, ACCOUNT_ERROR, REASON_SETTINGS, player->broken);
}

static void stop_waiting(Player *player)
{
	g_clear_handle_id(&player->timer, g_source_remove);
	g_clear_handle_id(&player->flood_idle, g_source_remove);
	player->waiting = WAIT_NOTHING;
}

static gboolean on_time(gpointer user)
{
	Player *player = user;
	Waiting waited = player->waiting;
	player->timer = 0;
	player->waiting = WAIT_NOTHING;
	if (waited == WAIT_EXPECT)
		fail(player, "line %u: no %s came within %" G_GINT64_FORMAT " ms", player->script->steps[player->at - 1].line, player->expected, player->timeout);
	else
		play(player);
	return G_SOURCE_REMOVE;
}

static Outcome wait_for(Player *player, Waiting waiting, gint64 ms)
{
	player->waiting = waiting;
	if (ms >= 0)
		player->timer = g_timeout_add((guint)ms, on_time, player);
	return STAY;
}

/* Everything sent so far is stored when this number is committed: the hub stores in order. */
static Outcome wait_for_store(Player *player, Waiting waiting)
{
	player->commit = backend_next_commit(player->backend);
	player->since = g_get_monotonic_time();
	backend_send(player->backend, &WIRE(KEEP, Keep, .account = backend_account(player->backend), .key = "replay-sync", .value = "1",
		.commit = player->commit));
	return wait_for(player, waiting, -1);
}

/* ---- directives ---- */

static Outcome do_send(Player *player, const char *rest)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *line = script_complete(rest, backend_account(player->backend), &error);
	WireBox *box = wire_box_new();
	const Wire *message = line ? wire_decode(box, line, strlen(line), WIRE_B2H, &error) : NULL;
	if (!message) {
		fail(player, "line %u: %s", player->script->steps[player->at - 1].line, error->message);
	} else {
		if (message->kind == WIRE_MESSAGE && !((const WireMessage *)message)->commit)
			((WireMessage *)message)->commit = backend_next_commit(player->backend);
		backend_send(player->backend, message);
	}
	wire_box_free(box);
	return ON;
}

static Outcome do_online(Player *player, const char *rest)
{
	static const char *const all[] = { "rooms", "typing", "receipts", "contacts", "groups", "subscriptions", "topic", "nick", "invite", "info", "status",
		"corrections", "retractions", "moderation", "reactions", "replies", "markers", NULL };
	const char *account = backend_account(player->backend);
	g_autofree char *nick = script_option(rest, "nick"), *can = script_option(rest, "can");
	g_auto(GStrv) some = can ? g_strsplit(can, ",", -1) : NULL;
	backend_send(player->backend, &WIRE(STATE, State, .account = account, .state = ACCOUNT_ONLINE, .nick = nick ? nick : account,
		.can = some ? (const char *const *)some : all));
	return ON;
}

static gboolean is_lasting(Reason reason)
{
	return reason == REASON_TLS || reason == REASON_CERTIFICATE || reason == REASON_PASSWORD || reason == REASON_CONFLICT || reason == REASON_SETTINGS;
}

static Outcome do_offline(Player *player, const char *rest)
{
	g_auto(GStrv) parts = g_strsplit(rest, " ", 2);
	Reason reason = (Reason)wire_word_find(wire_words_reason, parts[0]);
	backend_state(player->backend, is_lasting(reason) ? ACCOUNT_ERROR : ACCOUNT_OFFLINE, reason, parts[1]);
	return wait_for(player, WAIT_CONNECT, -1);
}

static gboolean take_expected(Player *player)
{
	for (GList *l = player->inbox.head; l; l = l->next) {
		if (match_message(player->expected, l->data)) {
			g_free(l->data);
			g_queue_delete_link(&player->inbox, l);
			return TRUE;
		}
	}
	return FALSE;
}

static void set_expected(Player *player, const char *expected)
{
	g_free(player->expected);
	player->expected = g_strdup(expected);
}

static Outcome do_expect(Player *player, const char *rest)
{
	set_expected(player, rest);
	return take_expected(player) ? ON : wait_for(player, WAIT_EXPECT, player->timeout);
}

static void fail_absent(Player *player)
{
	fail(player, "line %u: %s came", player->script->steps[player->at - 1].line, player->expected);
}

static Outcome do_absent(Player *player, const char *rest)
{
	char *pattern;
	gint64 ms = g_ascii_strtoll(rest, &pattern, 10);
	set_expected(player, g_strchug(pattern));
	if (take_expected(player)) {
		fail_absent(player);
		return STAY;
	}
	return wait_for(player, WAIT_ABSENT, ms);
}

static Outcome do_timeout(Player *player, const char *rest)
{
	player->timeout = g_ascii_strtoll(rest, NULL, 10);
	return ON;
}

static Outcome do_wait(Player *player, const char *rest)
{
	return wait_for(player, WAIT_TIME, g_ascii_strtoll(rest, NULL, 10));
}

static Outcome do_sync(Player *player, const char *rest G_GNUC_UNUSED)
{
	return wait_for_store(player, WAIT_SYNC);
}

static Outcome do_repeat(Player *player, const char *rest)
{
	gint64 times = g_ascii_strtoll(rest, NULL, 10);
	if (!times) {
		player->at = player->script->steps[player->at - 1].partner + 1;
		return ON;
	}
	player->counters[player->depth] = 1;
	player->limits[player->depth++] = times;
	return ON;
}

static Outcome do_start(Player *player, const char *rest)
{
	if (g_ascii_strtoll(rest, NULL, 10) != player->start)
		player->at = player->script->steps[player->at - 1].partner + 1;
	return ON;
}

static Outcome do_end(Player *player, const char *rest G_GNUC_UNUSED)
{
	guint opener = player->script->steps[player->at - 1].partner;
	if (strcmp(player->script->steps[opener].word, "repeat"))
		return ON;
	if (player->counters[player->depth - 1]++ < player->limits[player->depth - 1])
		player->at = opener + 1;
	else
		player->depth--;
	return ON;
}

static gboolean flood_on(gpointer user)
{
	Player *player = user;
	for (int i = 0; i < 500 && player->flooded < player->flood_total; i++) {
		WireMessage message = flood_message(&player->flood, backend_account(player->backend), ++player->flooded);
		message.commit = player->commit = backend_next_commit(player->backend);
		backend_send(player->backend, &message);
	}
	/* Beyond this the hub has yet to read and commit something, which brings us back: see flood_committed. */
	if (player->flooded == player->flood_total || backend_backlog(player->backend) > BACKLOG_HIGH) {
		player->flood_idle = 0;
		return G_SOURCE_REMOVE;
	}
	return G_SOURCE_CONTINUE;
}

static Outcome do_flood(Player *player, const char *rest)
{
	player->flood_total = g_ascii_strtoll(rest, NULL, 10);
	player->flooded = 0;
	player->since = g_get_monotonic_time();
	if (player->flood_total < 1 || !flood_init(&player->flood, rest)) {
		fail(player, "line %u: no such flood: \"%s\"", player->script->steps[player->at - 1].line, rest);
		return STAY;
	}
	player->flood_idle = g_idle_add(flood_on, player);
	return wait_for(player, WAIT_FLOOD, -1);
}

static void flood_committed(Player *player)
{
	if (player->flooded < player->flood_total) {
		if (!player->flood_idle && backend_backlog(player->backend) < BACKLOG_LOW)
			player->flood_idle = g_idle_add(flood_on, player);
		return;
	}
	if (player->committed < player->commit)
		return;
	double seconds = (double)(g_get_monotonic_time() - player->since) / G_USEC_PER_SEC;
	flood_clear(&player->flood);
	log_info("flood: %" G_GINT64_FORMAT " messages committed in %.3f s, %.0f a second", player->flood_total, seconds, (double)player->flood_total / seconds);
	backend_notice(player->backend, NULL, FALSE, "flood: %" G_GINT64_FORMAT " messages committed in %.3f s, %.0f a second",
		player->flood_total, seconds, (double)player->flood_total / seconds);
	stop_waiting(player);
	play(player);
}

static Outcome do_contacts(Player *player, const char *rest)
{
	const char *account = backend_account(player->backend);
	gint64 n = g_ascii_strtoll(rest, NULL, 10);
	for (gint64 i = 1; i <= n; i++) {
		WireContact contact = load_contact(account, i);
		backend_send(player->backend, &contact);
	}
	backend_send(player->backend, &WIRE(CONTACTS_DONE, ContactsDone, .account = account));
	for (gint64 i = 1; i <= n; i++) {
		WireContactPresence presence = load_presence(account, i);
		backend_send(player->backend, &presence);
	}
	return ON;
}

static Outcome do_ack(Player *player, const char *rest)
{
	Ack ack;
	if (network_ack_from_word(rest, &ack))
		network_set_ack(player->network, ack);
	return ON;
}

static Outcome do_answers(Player *player, const char *rest)
{
	network_set_answers(player->network, !strcmp(rest, "on"));
	return ON;
}

static Outcome do_report(Player *player, const char *rest G_GNUC_UNUSED)
{
	g_autoptr(GString) text = g_string_new(NULL);
	g_string_printf(text, "start %" G_GINT64_FORMAT ", %u sent out", player->start, network_count(player->network));
	for (guint k = WIRE_NOTHING + 1; k < WIRE_KINDS; k++)
		if (player->received[k])
			g_string_append_printf(text, ", %u %s", player->received[k], wire_shape(k)->name);
	backend_notice(player->backend, NULL, FALSE, "%s", text->str);
	return ON;
}

static int signal_from_word(const char *word)
{
	static const struct { const char *word; int number; } signals[] = {
		{ "KILL", SIGKILL }, { "SEGV", SIGSEGV }, { "ABRT", SIGABRT }, { "TERM", SIGTERM }, { "INT", SIGINT }, { "HUP", SIGHUP }, { "STOP", SIGSTOP },
	};
	for (guint i = 0; i < G_N_ELEMENTS(signals); i++)
		if (!strcmp(signals[i].word, word))
			return signals[i].number;
	return 0;
}

static Outcome do_die(Player *player, const char *rest)
{
	g_auto(GStrv) parts = g_strsplit(rest, " ", 2);
	player->death = signal_from_word(parts[0]);
	if (!parts[1])
		return wait_for_store(player, WAIT_DEATH);
	raise(player->death);
	return ON;
}

static Outcome do_hang(Player *player, const char *rest)
{
	player->hang = g_ascii_strtoll(rest, NULL, 10);
	return wait_for_store(player, WAIT_HANG);
}

static void hang(gint64 ms)
{
	while (!ms)
		pause();
	g_usleep((gulong)ms * 1000);
}

/* ---- what their arguments must be ---- */

static gboolean is_number(const char *rest)
{
	return g_ascii_isdigit(*rest);
}

static gboolean is_number_or_nothing(const char *rest)
{
	return !*rest || is_number(rest);
}

static gboolean is_reason(const char *rest)
{
	g_auto(GStrv) parts = g_strsplit(rest, " ", 2);
	return parts[0] && wire_word_find(wire_words_reason, parts[0]) >= 0;
}

static gboolean is_ack(const char *rest)
{
	Ack ack;
	return network_ack_from_word(rest, &ack);
}

static gboolean is_switch(const char *rest)
{
	return !strcmp(rest, "on") || !strcmp(rest, "off");
}

static gboolean is_death(const char *rest)
{
	g_auto(GStrv) parts = g_strsplit(rest, " ", 2);
	return parts[0] && signal_from_word(parts[0]) && (!parts[1] || !strcmp(parts[1], "now"));
}

static gboolean is_nothing(const char *rest)
{
	return !*rest;
}

static gboolean is_anything(const char *rest G_GNUC_UNUSED)
{
	return TRUE;
}

static const struct Directive {
	const char *word;
	gboolean (*check)(const char *rest);
	Outcome (*play)(Player *player, const char *rest);
} directives[] = {
	{ "", is_anything, do_send },
	{ "absent", is_number, do_absent },
	{ "ack", is_ack, do_ack },
	{ "answers", is_switch, do_answers },
	{ "contacts", is_number, do_contacts },
	{ "die", is_death, do_die },
	{ "end", is_nothing, do_end },
	{ "expect", is_anything, do_expect },
	{ "flood", is_number, do_flood },
	{ "hang", is_number_or_nothing, do_hang },
	{ "offline", is_reason, do_offline },
	{ "online", is_anything, do_online },
	{ "repeat", is_number, do_repeat },
	{ "report", is_nothing, do_report },
	{ "start", is_number, do_start },
	{ "sync", is_nothing, do_sync },
	{ "timeout", is_number, do_timeout },
	{ "wait", is_number, do_wait },
};

static const struct Directive *find_directive(const char *word)
{
	for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
		if (!strcmp(directives[i].word, word))
			return &directives[i];
	return NULL;
}

/* ---- playing ---- */

static void play(Player *player)
{
	while (player->waiting == WAIT_NOTHING && !player->broken && player->at < player->script->n) {
		if (backend_backlog(player->backend) > BACKLOG_HIGH) {
			wait_for_store(player, WAIT_SYNC);
			return;
		}
		const Step *step = &player->script->steps[player->at++];
		g_autofree char *rest = script_expand(step->rest, player->counters, player->depth);
		find_directive(step->word)->play(player, rest);
	}
	if (player->waiting == WAIT_NOTHING && !player->broken)
		log_info("the script has ended");
}

/* ---- the script file ---- */

static gboolean check_step(const Step *step, const char *account, GError **error)
{
	gint64 ones[SCRIPT_DEPTH_MAX] = { 1, 1, 1, 1, 1, 1, 1, 1 };
	g_autofree char *rest = script_expand(step->rest, ones, SCRIPT_DEPTH_MAX);
	gboolean good = TRUE;
	if (!*step->word) {
		g_autofree char *line = script_complete(rest, account, error);
		WireBox *box = wire_box_new();
		good = line && wire_decode(box, line, strlen(line), WIRE_B2H, error);
		wire_box_free(box);
	} else if (!strcmp(step->word, "expect") || !strcmp(step->word, "absent")) {
		const char *pattern = strchr(rest, '{');
		good = match_check(pattern ? pattern : rest, error);
	} else if (!find_directive(step->word)->check(rest)) {
		g_set_error(error, g_quark_from_static_string("kith-replay"), 0, "\"%s\" makes no sense after \"%s\"", rest, step->word);
		good = FALSE;
	}
	if (!good)
		g_prefix_error(error, "line %u: ", step->line);
	return good;
}

static Script *load_script(const char *path, const char *account, GError **error)
{
	const char *words[G_N_ELEMENTS(directives) + 1] = { NULL };
	g_autofree char *text = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(directives); i++)
		words[i] = directives[i].word;
	if (!g_file_get_contents(path, &text, NULL, error))
		return NULL;
	if (!g_utf8_validate(text, -1, NULL)) {
		g_set_error(error, g_quark_from_static_string("kith-replay"), 0, "not UTF-8");
		return NULL;
	}
	g_autoptr(Script) script = script_parse(text, words, error);
	for (guint i = 0; script && i < script->n; i++)
		if (!check_step(&script->steps[i], account, error))
			return NULL;
	return g_steal_pointer(&script);
}

/* Which process of this account this is, counted in a file. */
static gint64 count_start(const char *directory)
{
	g_autofree char *path = g_build_filename(directory, "starts", NULL), *text = NULL;
	gint64 n = g_file_get_contents(path, &text, NULL, NULL) ? g_ascii_strtoll(text, NULL, 10) + 1 : 1;
	g_autofree char *now = g_strdup_printf("%" G_GINT64_FORMAT "\n", n);
	g_autoptr(GError) error = NULL;
	if (!g_file_set_contents_full(path, now, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
		log_warning("%s", error->message);
	return n;
}

/* ---- the hub ---- */

static void on_configure(Backend *backend, const WireConfigure *configure, gpointer user)
{
	Player *player = user;
	g_autoptr(GError) error = NULL;
	const char *name = backend_setting(backend, "script");
	g_autofree char *path = name ? paths_expand(name) : NULL;
	player->start = count_start(configure->directory);
	player->network = network_new(backend, configure->directory);
	if (!path)
		player->broken = g_strdup("the setting \"script\" names no file");
	else if (!(player->script = load_script(path, configure->account, &error)))
		player->broken = g_strdup_printf("%s in \"%s\"", error->message, path);
	backend_confine(backend, 0, NULL);
}

static void connect_now(Player *player)
{
	if (player->broken) {
		backend_state(player->backend, ACCOUNT_ERROR, REASON_SETTINGS, player->broken);
		return;
	}
	if (player->at && player->waiting != WAIT_CONNECT)
		return;
	stop_waiting(player);
	if (player->at == player->script->n)
		player->at = 0;
	backend_state(player->backend, ACCOUNT_CONNECTING, REASON_NONE, NULL);
	play(player);
}

/* The user goes offline: the next connect begins the script anew. */
static void disconnect_now(Player *player)
{
	flood_clear(&player->flood);
	stop_waiting(player);
	player->at = player->depth = 0;
	backend_state(player->backend, ACCOUNT_OFFLINE, REASON_NONE, NULL);
}

static void put_inbox(Player *player, const Wire *message)
{
	g_queue_push_tail(&player->inbox, wire_copy(message));
	if (player->inbox.length > INBOX_MAX)
		g_free(g_queue_pop_head(&player->inbox));
}

static void on_message(Backend *backend G_GNUC_UNUSED, const Wire *message, gpointer user)
{
	Player *player = user;
	player->received[message->kind]++;
	put_inbox(player, message);
	network_receive(player->network, message);
	if (player->waiting == WAIT_EXPECT && take_expected(player)) {
		stop_waiting(player);
		play(player);
	} else if (player->waiting == WAIT_ABSENT && take_expected(player)) {
		stop_waiting(player);
		fail_absent(player);
	} else if (message->kind == WIRE_CONNECT) {
		connect_now(player);
	} else if (message->kind == WIRE_DISCONNECT) {
		disconnect_now(player);
	}
}

static void on_committed(Backend *backend G_GNUC_UNUSED, gint64 commit, gpointer user)
{
	Player *player = user;
	player->committed = commit;
	network_committed(player->network, commit);
	if (player->waiting == WAIT_FLOOD) {
		flood_committed(player);
	} else if (player->waiting == WAIT_SYNC && commit >= player->commit) {
		log_info("all is stored after %.3f s", (double)(g_get_monotonic_time() - player->since) / G_USEC_PER_SEC);
		stop_waiting(player);
		play(player);
	} else if (player->waiting == WAIT_DEATH && commit >= player->commit) {
		raise(player->death);
	} else if (player->waiting == WAIT_HANG && commit >= player->commit) {
		hang(player->hang);
		stop_waiting(player);
		play(player);
	}
}

static const BackendEvents events = { .on_configure = on_configure, .on_message = on_message, .on_committed = on_committed };

int main(void)
{
	Player player = { .timeout = 10000 };
	g_queue_init(&player.inbox);
	player.backend = backend_new("kith-replay", &events, &player);
	int code = backend_run(player.backend);
	stop_waiting(&player);
	flood_clear(&player.flood);
	g_queue_clear_full(&player.inbox, g_free);
	network_free(player.network);
	script_free(player.script);
	g_free(player.expected);
	g_free(player.broken);
	backend_free(player.backend);
	return code;
}
