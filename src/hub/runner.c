/* runner.c: the supervisor: one backend process per account.
 *
 * It starts the process with a socket pair on descriptor 3, configures it, says when to connect, listens for life signs, kills and
 * restarts a silent or dead one, and decides when to try again: 1, 2, 4 … 300 s, each a quarter more or less by chance, so that a
 * server that comes back is not met by everybody at once. Nothing here waits for one account, so none can disturb another.
 */
#include "base/log.h"
#include "base/moment.h"
#include "hub/hub.h"
#include "hub/mutter.h"
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define BACKEND_FD 3
#define ANSWER_MS 15000
#define END_MS 5000
#define RETRY_MAX_S 300
#define CRASHES_MAX 5
#define MEMORY_EXIT 77 /* of kith-purple */
#define READ_LOOK_BACK 200 /* messages in which the newest incoming one is looked for */
#define UNTOLD_READS "hub.reads"
#define UNTOLD_READS_MAX 500
#define UNTOLD_ADDRESS_MAX 500 /* bytes */
#define STEADY_US (60 * G_USEC_PER_SEC)

extern char **environ;

static void start_process(Runner *runner);

Runner *runner_of(const Account *account)
{
	return account->user;
}

static void stop_source(guint *source)
{
	if (*source)
		g_source_remove(*source);
	*source = 0;
}

/* ---- the account's state, as everybody sees it ---- */

static void publish_state(Runner *r, AccountState state, Reason reason, const char *text, gint64 retry)
{
	WireAccount event;
	account_event(r->account, &event);
	if (event.state != state)
		event.since = moment_now();
	event.enabled = config_account_flag(r->hub->config, r->account->name, "enabled");
	event.state = state;
	event.reason = reason;
	g_autofree char *copy = g_strdup(text);
	event.text = copy;
	event.retry = retry;
	if (state != ACCOUNT_ONLINE) {
		static const char *const nothing[] = { NULL };
		event.can = nothing;
	}
	hub_publish(r->hub, &event);
}

/* ---- life signs ---- */

static gboolean on_silent(gpointer user)
{
	Runner *r = user;
	r->answer_source = 0;
	log_warning("account \"%s\": its process has been silent for %d s and is stopped", r->account->name, ANSWER_MS / 1000);
	g_free(r->last_death);
	r->last_death = g_strdup("its process did not answer and was restarted");
	if (r->pid)
		kill(r->pid, SIGKILL);
	return G_SOURCE_REMOVE;
}

static void expect_answer(Runner *r)
{
	if (!r->answer_source)
		r->answer_source = g_timeout_add(ANSWER_MS, on_silent, r);
}

void runner_probe(Runner *r)
{
	if (!r->link || r->answer_source)
		return;
	link_send(r->link, &WIRE(BEAT, Beat));
	expect_answer(r);
}

gboolean runner_send(Runner *r, const void *message)
{
	if (!r->link || !r->ready)
		return FALSE;
	link_send(r->link, message);
	runner_probe(r);
	return TRUE;
}

static gboolean on_commit_due(gpointer user)
{
	Runner *r = user;
	r->commit_source = 0;
	if (r->link)
		link_send(r->link, &WIRE(COMMITTED, Committed, .commit = r->commit));
	return G_SOURCE_REMOVE;
}

void runner_committed(Runner *r, gint64 commit)
{
	r->commit = MAX(r->commit, commit);
	if (!r->commit_source && r->link)
		r->commit_source = g_idle_add_full(G_PRIORITY_DEFAULT, on_commit_due, r, NULL);
}

/* ---- configuring and connecting ---- */

static void configure(Runner *r)
{
	/* What an account does not set for itself. */
	static const char *const inherited[] = { "send_markers", "send_receipts", "send_typing" };
	const char *name = r->account->name;
	g_autoptr(GError) error = NULL;
	g_autofree char *group = g_strconcat("account ", name, NULL);
	g_autofree char *directory = g_build_filename(r->hub->paths->accounts, name, NULL);
	g_auto(GStrv) keys = config_keys(r->hub->config, group);
	g_auto(GStrv) keep = reader_kept(r->hub->reader, name, &error);
	g_autoptr(GPtrArray) settings = g_ptr_array_new_with_free_func(g_free);
	if (error)
		log_error("account \"%s\": what was kept for it can't be read: %s", name, error->message);
	for (guint i = 0; keys && keys[i]; i++)
		g_ptr_array_add(settings, g_strdup_printf("%s=%s", keys[i], config_get(r->hub->config, group, keys[i])));
	for (guint i = 0; i < G_N_ELEMENTS(inherited); i++)
		if (!config_get(r->hub->config, group, inherited[i]))
			g_ptr_array_add(settings, g_strdup_printf("%s=%s", inherited[i], config_flag(r->hub->config, inherited[i]) ? "yes" : "no"));
	if (!config_get(r->hub->config, group, "plugin_dir"))
		g_ptr_array_add(settings, g_strdup_printf("plugin_dir=%s", config_text(r->hub->config, "plugin_dir")));
	g_ptr_array_add(settings, g_strdup_printf("log_level=%s", config_text(r->hub->config, "log_level")));
	g_ptr_array_add(settings, NULL);
	link_send(r->link, &WIRE(CONFIGURE, Configure, .account = name, .protocol = r->account->protocol, .address = r->account->address,
	                         .directory = directory, .settings = (const char *const *)settings->pdata, .keep = (const char *const *)keep));
	r->ready = TRUE;
}

void runner_on_password(Runner *r, const char *password)
{
	if (!r->wanted || !r->connecting || !r->link)
		return;
	runner_send(r, &WIRE(CONNECT, Connect, .account = r->account->name, .password = password, .presence = r->hub->presence, .status = r->hub->status));
}

static gboolean on_retry(gpointer user)
{
	Runner *r = user;
	r->retry_source = 0;
	r->connecting = FALSE;
	runner_connect(r);
	return G_SOURCE_REMOVE;
}

static void retry_later(Runner *r, Reason reason, const char *text)
{
	gint64 seconds = r->attempts < 8 ? 1 << r->attempts : RETRY_MAX_S;
	r->attempts++;
	gint64 ms = seconds * 750 + g_random_int_range(0, (gint32)(seconds * 500 + 1));
	stop_source(&r->retry_source);
	r->retry_source = g_timeout_add((guint)ms, on_retry, r);
	publish_state(r, ACCOUNT_WAITING, reason, text, moment_now() + ms * 1000);
}

void runner_connect(Runner *r)
{
	r->wanted = TRUE;
	if (r->pid && r->end_source) { /* it is just ending: begin anew behind it */
		r->restart = TRUE;
		return;
	}
	if (r->hub->stopping || (r->connecting && !r->retry_source))
		return;
	if (account_is_online(r->account) && r->link)
		return;
	stop_source(&r->retry_source);
	r->connecting = TRUE;
	publish_state(r, ACCOUNT_CONNECTING, REASON_NONE, "starting", 0);
	if (!r->pid)
		start_process(r);
	else if (r->ready)
		passwords_find(r->hub->passwords, r);
}

void runner_network_changed(Runner *r, gboolean available)
{
	if (account_is_online(r->account)) {
		runner_send(r, &WIRE(NETWORK, Network));
	} else if (!r->retry_source) {
		r->attempts = 0; /* if the try under way fails, another follows soon */
	} else if (available) {
		r->attempts = 0;
		r->connecting = FALSE;
		runner_connect(r);
	}
}

/* ---- ending a process ---- */

static gboolean on_end_overdue(gpointer user)
{
	Runner *r = user;
	r->end_source = 0;
	if (r->pid)
		kill(r->pid, SIGKILL);
	return G_SOURCE_REMOVE;
}

/* Closes the link: the process ends by itself, or by force after a while. */
static void end_process(Runner *r)
{
	if (r->link) {
		link_flush(r->link);
		g_clear_pointer(&r->link, link_free);
	}
	r->ready = FALSE;
	stop_source(&r->answer_source);
	stop_source(&r->commit_source);
	if (r->pid && !r->end_source)
		r->end_source = g_timeout_add(END_MS, on_end_overdue, r);
}

void runner_disconnect(Runner *r)
{
	r->wanted = FALSE;
	r->connecting = FALSE;
	r->attempts = r->crashes = 0;
	stop_source(&r->retry_source);
	hub_publish(r->hub, &WIRE(CARD_GONE, CardGone, .account = r->account->name, .card = "password"));
	if (r->link && r->ready) {
		runner_send(r, &WIRE(DISCONNECT, Disconnect, .account = r->account->name));
		if (!r->end_source)
			r->end_source = g_timeout_add(END_MS, on_end_overdue, r);
	} else {
		end_process(r);
		publish_state(r, ACCOUNT_OFFLINE, REASON_NONE, NULL, 0);
	}
}

void runner_reconfigure(Runner *r)
{
	gboolean enabled = config_account_flag(r->hub->config, r->account->name, "enabled");
	if (!r->pid) {
		publish_state(r, r->account->state, r->account->reason, r->account->text, 0);
		r->attempts = r->crashes = 0;
		if (enabled && r->wanted) {
			r->connecting = FALSE;
			runner_connect(r);
		}
		return;
	}
	gboolean again = r->wanted && enabled;
	runner_disconnect(r);
	r->wanted = r->restart = again;
}

gboolean runner_is_gone(const Runner *r)
{
	return !r->pid;
}

/* What to do when a connection or a process is over and the user wants to be online. */
static void decide_next(Runner *r, Reason reason, const char *text)
{
	r->connecting = FALSE;
	switch (reason) {
	case REASON_PASSWORD:
		passwords_ask(r->hub->passwords, r, reason, text);
		return;
	case REASON_NO_PASSWORD:
		passwords_ask(r->hub->passwords, r, reason, NULL);
		return;
	case REASON_CERTIFICATE:
	case REASON_SETTINGS:
	case REASON_CONFLICT:
		publish_state(r, ACCOUNT_ERROR, reason, text, 0);
		return;
	default:
		retry_later(r, reason, text);
	}
}

static void forget_session(Runner *r, const char *text)
{
	g_hash_table_remove_all(r->in_flight);
	calls_fail_all(r, text);
	files_on_offline(r);
}

/* ---- reading ---- */

/* The newest incoming message that the network can name. */
static gboolean tell_if_named(const WireMessage *m, gpointer user)
{
	Runner *r = user;
	if (m->direction != DIRECTION_IN || m->type >= MESSAGE_EVENT || (!m->archive_id && !m->sender_id))
		return TRUE;
	runner_send(r, &WIRE(READ, Read, .account = m->account, .chat = m->chat, .chat_kind = m->chat_kind, .time = m->time, .archive_id = m->archive_id,
		.sender_id = m->sender_id, .ref_id = m->ref_id, .asks_read = m->asks_read));
	return FALSE;
}

static void keep_untold_reads(Runner *r)
{
	g_autofree gpointer *chats = g_hash_table_get_keys_as_array(r->untold_reads, NULL);
	g_autofree char *text = g_strjoinv("\n", (char **)chats);
	history_keep(r->hub->history, r->account->name, UNTOLD_READS, *text ? text : NULL, NULL, NULL);
}

static void load_untold_reads(Runner *r)
{
	g_auto(GStrv) kept = reader_kept(r->hub->reader, r->account->name, NULL);
	for (char **line = kept; line && *line; line++) {
		g_auto(GStrv) chats = g_str_has_prefix(*line, UNTOLD_READS "=") ? g_strsplit(*line + strlen(UNTOLD_READS "="), "\n", -1) : NULL;
		for (char **chat = chats; chat && *chat; chat++)
			if (**chat)
				g_hash_table_add(r->untold_reads, g_strdup(*chat));
	}
}

void runner_tell_read(Runner *r, const char *address)
{
	const Chat *chat = model_chat(r->account, address);
	g_autoptr(GError) error = NULL;
	if (!account_is_online(r->account)) {
		if (g_hash_table_size(r->untold_reads) < UNTOLD_READS_MAX && strlen(address) <= UNTOLD_ADDRESS_MAX && !strchr(address, '\n') &&
			g_hash_table_add(r->untold_reads, g_strdup(address)))
			keep_untold_reads(r);
		return;
	}
	if (chat && !reader_before(r->hub->reader, r->account->name, address, &(ReaderKey){ chat->read, G_MAXINT64 }, READ_LOOK_BACK, tell_if_named, r, &error))
		log_error("account \"%s\": what was read can't be told: %s", r->account->name, error->message);
}

static void tell_untold_reads(Runner *r)
{
	GHashTableIter iter;
	const char *address;
	g_hash_table_iter_init(&iter, r->untold_reads);
	while (g_hash_table_iter_next(&iter, (gpointer *)&address, NULL))
		runner_tell_read(r, address);
	if (g_hash_table_size(r->untold_reads)) {
		g_hash_table_remove_all(r->untold_reads);
		keep_untold_reads(r);
	}
}

void runner_on_state(Runner *r, const WireState *s)
{
	Hub *hub = r->hub;
	const char *name = r->account->name;
	if (s->state == ACCOUNT_ONLINE) {
		WireAccount event;
		account_event(r->account, &event);
		r->connecting = FALSE;
		r->attempts = 0;
		r->online_since = g_get_monotonic_time();
		stop_source(&r->retry_source);
		event.since = moment_now();
		event.enabled = TRUE;
		event.state = ACCOUNT_ONLINE;
		event.reason = REASON_NONE;
		event.text = NULL;
		event.retry = 0;
		event.nick = s->nick;
		event.presence = hub->presence;
		event.status = hub->status;
		event.can = s->can;
		log_info("account \"%s\" is online%s", name, s->resumed ? " (resumed)" : "");
		hub_publish(hub, &event);
		hub_publish(hub, &WIRE(CARD_GONE, CardGone, .account = name, .card = "password"));
		g_hash_table_remove_all(r->in_flight);
		outbox_send(r, NULL);
		files_on_online(r);
		tell_untold_reads(r);
		bookmarks_on_online(r, s->resumed);
		return;
	}
	if (s->state == ACCOUNT_CONNECTING) {
		if (r->wanted)
			publish_state(r, ACCOUNT_CONNECTING, REASON_NONE, s->text, 0);
		return;
	}
	forget_session(r, s->text ? s->text : "the connection ended");
	if (!r->wanted || r->restart) {
		publish_state(r, ACCOUNT_OFFLINE, REASON_NONE, NULL, 0);
		end_process(r);
		hub_check_purpose(hub);
		return;
	}
	log_warning("account \"%s\": %s", name, s->text ? s->text : "the connection ended");
	decide_next(r, s->reason == REASON_NONE ? REASON_NETWORK : s->reason, s->text ? s->text : "the connection ended");
}

/* ---- the process ---- */

static void on_link_hello(Link *link G_GNUC_UNUSED, const WireHello *hello G_GNUC_UNUSED, gpointer user)
{
	Runner *r = user;
	configure(r);
	stop_source(&r->answer_source);
	if (r->wanted && r->connecting)
		passwords_find(r->hub->passwords, r);
}

static void on_link_message(Link *link G_GNUC_UNUSED, const Wire *message, gpointer user)
{
	Runner *r = user;
	stop_source(&r->answer_source); /* anything is a sign of life */
	receive(r, message);
}

static void on_link_closed(Link *link G_GNUC_UNUSED, const char *why, gpointer user)
{
	Runner *r = user;
	if (why)
		log_warning("account \"%s\": its backend: %s", r->account->name, why);
	end_process(r); /* the rest when the process is gone */
}

static const LinkEvents link_events = { .on_message = on_link_message, .on_hello = on_link_hello, .on_closed = on_link_closed };

static char *describe_death(Runner *r, int status)
{
	if (r->last_death)
		return g_steal_pointer(&r->last_death);
	if (WIFSIGNALED(status))
		return g_strdup_printf("its process crashed (%s)", g_strsignal(WTERMSIG(status)));
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		return g_strdup("its process could not be started; is that part of kith installed?");
	if (WIFEXITED(status) && WEXITSTATUS(status) == MEMORY_EXIT)
		return g_strdup("its process used more memory than it may and was ended; the account's memory_limit says how much");
	return g_strdup_printf("its process ended by itself (exit code %d)", WEXITSTATUS(status));
}

static void on_process_gone(GPid pid, gint status, gpointer user)
{
	Runner *r = user;
	gboolean was_steady = r->online_since && g_get_monotonic_time() - r->online_since > STEADY_US;
	g_spawn_close_pid(pid);
	kill(-pid, SIGKILL); /* what it may have left behind */
	r->pid = 0;
	r->child_source = 0;
	g_clear_pointer(&r->mutter, mutter_free); /* its last words come before the reason */
	stop_source(&r->end_source);
	end_process(r);
	r->online_since = 0;
	bookmarks_on_process_gone(r);
	g_autofree char *why = describe_death(r, status);
	forget_session(r, why);
	for (guint i = model_cards(r->hub->model)->len; i-- > 0;) {
		const Card *card = model_cards(r->hub->model)->pdata[i];
		if (card->account == r->account && strcmp(card->card->card, "password")) {
			g_autofree char *id = g_strdup(card->card->card);
			hub_publish(r->hub, &WIRE(CARD_GONE, CardGone, .account = r->account->name, .card = id));
		}
	}
	if (r->restart && r->wanted && !r->hub->stopping) {
		r->restart = FALSE;
		r->connecting = FALSE;
		runner_connect(r);
	} else if (!r->wanted || r->hub->stopping) {
		r->restart = FALSE;
		publish_state(r, ACCOUNT_OFFLINE, REASON_NONE, NULL, 0);
		hub_check_purpose(r->hub);
	} else {
		r->crashes = was_steady ? 1 : r->crashes + 1;
		log_error("account \"%s\": %s", r->account->name, why);
		r->connecting = FALSE;
		if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
			publish_state(r, ACCOUNT_ERROR, REASON_SETTINGS, why, 0);
		else if (r->account->state == ACCOUNT_ERROR || r->account->state == ACCOUNT_WAITING)
			return; /* it had said why it went */
		else if (r->crashes >= CRASHES_MAX) {
			g_autofree char *text = g_strdup_printf("given up after %u times in a row: %s; the log says more, /reconnect %s tries again", r->crashes, why, r->account->name);
			publish_state(r, ACCOUNT_ERROR, REASON_CRASH, text, 0);
		} else {
			r->attempts = r->crashes - 1;
			retry_later(r, REASON_CRASH, why);
		}
	}
}

static const char *program_for(const char *protocol)
{
	return !strcmp(protocol, "xmpp") ? "kith-xmpp" : !strcmp(protocol, "replay") ? "kith-replay" : "kith-purple";
}

/* In a session of its own: no terminal, and no signal that is meant for others. words is its standard error; -1: ours. Gives errno's number. */
static int spawn(pid_t *pid, char *program, char **env, int link, int words)
{
	char *argv[] = { program, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	if (words >= 0)
		posix_spawn_file_actions_adddup2(&actions, words, STDERR_FILENO);
	if (link == BACKEND_FD) /* dup2 onto itself would leave it close-on-exec */
		fcntl(link, F_SETFD, 0);
	else
		posix_spawn_file_actions_adddup2(&actions, link, BACKEND_FD);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	int problem = posix_spawn(pid, program, &actions, &attributes, argv, env);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return problem;
}

static void start_process(Runner *r)
{
	int pair[2];
	g_autoptr(GError) error = NULL;
	const char *name = r->account->name;
	g_autofree char *program = paths_program(program_for(r->account->protocol));
	g_autofree char *directory = g_build_filename(r->hub->paths->accounts, name, NULL);
	g_autofree char *log = g_strconcat("KITH_LOG=", r->hub->paths->log, NULL);
	if (!g_file_test(program, G_FILE_TEST_IS_EXECUTABLE)) {
		g_autofree char *text = g_strdup_printf("this kith was built or installed without \"%s\", which the protocol \"%s\" needs", program, r->account->protocol);
		r->connecting = FALSE;
		publish_state(r, ACCOUNT_ERROR, REASON_SETTINGS, text, 0);
		return;
	}
	if (!paths_make_directory(directory, &error) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
		g_autofree char *text = error ? g_strdup(error->message) : g_strdup_printf("no socket pair: %s", g_strerror(errno));
		decide_next(r, REASON_NETWORK, text);
		return;
	}
	g_autoptr(GPtrArray) env = g_ptr_array_new();
	for (char **e = environ; *e; e++)
		if (!g_str_has_prefix(*e, "KITH_LOG=") && !g_str_has_prefix(*e, "NOTIFY_SOCKET="))
			g_ptr_array_add(env, *e);
	g_ptr_array_add(env, log);
	g_ptr_array_add(env, NULL);
	int words[2] = { -1, -1 };
	if (!g_getenv("KITH_NO_CONFINE") && pipe2(words, O_CLOEXEC) < 0)
		log_warning("account \"%s\": what its process says can't be read: %s", name, g_strerror(errno));
	pid_t pid;
	int problem = spawn(&pid, program, (char **)env->pdata, pair[1], words[1]);
	close(pair[1]);
	if (words[1] >= 0)
		close(words[1]);
	if (problem) {
		close(pair[0]);
		if (words[0] >= 0)
			close(words[0]);
		g_autofree char *text = g_strdup_printf("\"%s\" could not be started: %s", program, g_strerror(problem));
		decide_next(r, REASON_NETWORK, text);
		return;
	}
	log_debug("account \"%s\": backend %d started", name, (int)pid);
	r->pid = pid;
	r->child_source = g_child_watch_add(pid, on_process_gone, r);
	r->link = link_new(pair[0], SIDE_HUB, NULL, WIRE_B2H, &link_events, r);
	if (words[0] >= 0)
		r->mutter = mutter_new(words[0], name);
	if (r->hub->backends_paused)
		link_pause(r->link, TRUE);
	expect_answer(r);
}

void runner_pause(Runner *r, gboolean pause)
{
	if (!r->link)
		return;
	if (pause)
		stop_source(&r->answer_source); /* we are the ones who don't listen */
	link_pause(r->link, pause);
}

/* ---- life ---- */

Runner *runner_new(Hub *hub, Account *account)
{
	Runner *r = g_new0(Runner, 1);
	r->hub = hub;
	r->account = account;
	r->in_flight = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r->calls = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
	r->untold_reads = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	account->user = r;
	load_untold_reads(r);
	bookmarks_new(r);
	return r;
}

void runner_free(Runner *r)
{
	if (!r)
		return;
	calls_fail_all(r, "the account was removed");
	if (r->pid)
		kill(r->pid, SIGTERM);
	if (r->child_source) {
		g_source_remove(r->child_source);
		g_child_watch_add(r->pid, (GChildWatchFunc)(void (*)(void))g_spawn_close_pid, NULL); /* reap it */
	}
	stop_source(&r->retry_source);
	stop_source(&r->answer_source);
	stop_source(&r->end_source);
	stop_source(&r->commit_source);
	link_free(r->link);
	mutter_free(r->mutter);
	g_hash_table_unref(r->in_flight);
	g_hash_table_unref(r->calls);
	g_hash_table_unref(r->untold_reads);
	bookmarks_free(r->bookmarks);
	g_free(r->last_death);
	r->account->user = NULL;
	g_free(r);
}
