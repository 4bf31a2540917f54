/* test-commands.c: the table of commands, splitting, aliases, completion, and the commands against a hub that only writes down what it is asked. */
#include "commands/commands.h"
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- a hub that writes down ---- */

typedef struct {
	CommandHost host;
	GString *log;      /* one line for everything that was asked of it */
	char *directory, *path;
	Account *account;  /* where lines are typed */
	Chat *chat;
	const char *secret;
} Fake;

static void apply(Fake *fake, const void *event)
{
	g_assert_true(model_apply(fake->host.model, event));
}

static gboolean fake_backend(gpointer hub, Account *account, void *request, CommandCall *call, GError **error)
{
	Fake *fake = hub;
	if (!account_is_online(account)) {
		g_set_error_literal(error, SETTINGS_ERROR, 0, "offline");
		return FALSE;
	}
	g_string_append(fake->log, "backend ");
	wire_encode(fake->log, request);
	if (call)
		call->done(call, NULL, 0);
	return TRUE;
}

static gboolean fake_send(gpointer hub, CommandCall *call, const WireMessage *draft, GError **error G_GNUC_UNUSED)
{
	g_string_append_printf(((Fake *)hub)->log, "send %s/%s %s %s: %s\n", draft->account, draft->chat, wire_words_chat_kind[draft->chat_kind],
		wire_words_message_kind[draft->type], draft->text);
	call->done(call, NULL, 7);
	return TRUE;
}

static void fake_changed(gpointer hub, const char *account)
{
	g_string_append_printf(((Fake *)hub)->log, "changed %s\n", account);
}

static void fake_connect(gpointer hub, Account *account)
{
	g_string_append_printf(((Fake *)hub)->log, "connect %s\n", account->name);
}

static void fake_disconnect(gpointer hub, Account *account)
{
	g_string_append_printf(((Fake *)hub)->log, "disconnect %s\n", account->name);
}

static void fake_show(gpointer hub, Account *account, Presence presence, const char *status)
{
	g_string_append_printf(((Fake *)hub)->log, "show %s %s %s\n", account ? account->name : "all", wire_words_presence[presence], status ? status : "-");
}

static void fake_setting(gpointer hub, const char *group, const char *name, const char *value)
{
	g_string_append_printf(((Fake *)hub)->log, "setting [%s] %s=%s\n", group, name, value ? value : "(default)");
}

static void fake_publish(gpointer hub, const void *event)
{
	g_string_append(((Fake *)hub)->log, "publish ");
	wire_encode(((Fake *)hub)->log, event);
	model_apply(((Fake *)hub)->host.model, event);
}

static gboolean fake_answer(gpointer hub, const WireAnswer *answer, CommandCall *call, GError **error G_GNUC_UNUSED)
{
	g_string_append(((Fake *)hub)->log, "answer ");
	wire_encode(((Fake *)hub)->log, answer);
	call->done(call, NULL, 0);
	return TRUE;
}

static void fake_password(gpointer hub, const char *account, const char *password, gboolean keyring)
{
	g_string_append_printf(((Fake *)hub)->log, "password %s %s %d\n", account, password, keyring);
}

static void fake_stop(gpointer hub)
{
	g_string_append(((Fake *)hub)->log, "stop\n");
}

/* ---- calls ---- */

typedef struct {
	CommandCall call;
	Fake *fake;
} FakeCall;

static void end(CommandCall *call)
{
	commands_call_clear(call);
	g_free(call);
}

static void on_print(CommandCall *call, const char *text)
{
	g_string_append_printf(((FakeCall *)call)->fake->log, "print %s\n", text);
}

static void on_done(CommandCall *call, const char *text, G_GNUC_UNUSED gint64 id)
{
	g_string_append_printf(((FakeCall *)call)->fake->log, "done%s%s\n", text ? " " : "", text ? text : "");
	end(call);
}

static void on_fail(CommandCall *call, const char *text)
{
	g_string_append_printf(((FakeCall *)call)->fake->log, "fail %s\n", text);
	end(call);
}

/* Carries out a line; gives what was written down. */
static const char *run(Fake *fake, const char *line)
{
	FakeCall *call = g_new0(FakeCall, 1);
	call->fake = fake;
	call->call = (CommandCall){ .host = &fake->host, .hub = fake, .account = fake->account, .chat = fake->chat, .secret = fake->secret, .print = on_print, .done = on_done, .fail = on_fail };
	g_string_truncate(fake->log, 0);
	commands_run(&call->call, line);
	return fake->log->str;
}

static void fake_run_line(gpointer hub, CommandCall *base, const char *line)
{
	FakeCall *call = g_memdup2(base, sizeof(FakeCall));
	call->call.args = NULL;
	call->fake = hub;
	commands_run(&call->call, line);
}

static void set_up(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	static const char *const can[] = { "rooms", "contacts", "groups", "topic", "invite", "info", "attention", NULL }, *const friends[] = { "Friends", "Old ones", NULL };
	static const char *const choices[] = { "deny", "accept", NULL };
	*fake = (Fake){ .log = g_string_new(NULL) };
	fake->directory = g_dir_make_tmp("kith-commands-XXXXXX", NULL);
	fake->path = g_build_filename(fake->directory, "kith.conf", NULL);
	fake->host = (CommandHost){ .model = model_new(NULL, NULL), .config = config_load(fake->path, NULL, NULL), .to_backend = fake_backend, .send_message = fake_send, .account_changed = fake_changed,
		.connect = fake_connect, .disconnect = fake_disconnect, .show = fake_show, .setting_changed = fake_setting, .publish = fake_publish, .answer = fake_answer,
		.set_password = fake_password, .run_line = fake_run_line, .stop = fake_stop };
	apply(fake, &WIRE(ACCOUNT, Account, .account = "work", .protocol = "xmpp", .address = "me@example.org", .enabled = TRUE, .state = ACCOUNT_ONLINE, .can = can));
	apply(fake, &WIRE(ACCOUNT, Account, .account = "home", .protocol = "xmpp", .address = "me@home.example", .enabled = TRUE, .can = can));
	apply(fake, &WIRE(ACCOUNT, Account, .account = "libera", .protocol = "irc", .address = "me@irc.libera.chat", .enabled = TRUE, .state = ACCOUNT_ONLINE, .can = can));
	apply(fake, &WIRE(CONTACT, Contact, .account = "work", .address = "alice@example.org", .name = "Alice Adams", .groups = friends));
	apply(fake, &WIRE(CONTACT, Contact, .account = "home", .address = "bob@home.example", .name = "Bob", .groups = friends + 2));
	apply(fake, &WIRE(CONTACT, Contact, .account = "work", .address = "bob@example.org", .name = "Bob", .groups = friends + 2));
	apply(fake, &WIRE(CONTACT, Contact, .account = "work", .address = "evil@example.org", .name = "Evil\x1b[31m", .groups = friends + 2));
	apply(fake, &WIRE(CHAT, Chat, .account = "libera", .chat = "#dev", .chat_kind = CHAT_ROOM));
	apply(fake, &WIRE(ROOM, Room, .account = "libera", .chat = "#dev", .nick = "me", .topic = "ships", .joined = TRUE));
	apply(fake, &WIRE(OCCUPANT, Occupant, .account = "libera", .chat = "#dev", .nick = "carol", .presence = PRESENCE_ONLINE));
	apply(fake, &WIRE(OCCUPANT, Occupant, .account = "libera", .chat = "#dev", .nick = "me", .presence = PRESENCE_ONLINE));
	apply(fake, &WIRE(CARD, Card, .account = "work", .card = "c1", .card_kind = CARD_SUBSCRIPTION, .title = "Dave wants to see you", .address = "dave@example.org", .details = friends + 2, .choices = choices));
}

static void tear_down(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	g_unlink(fake->path);
	g_assert_cmpint(g_rmdir(fake->directory), ==, 0);
	model_free(fake->host.model);
	config_free(fake->host.config);
	g_string_free(fake->log, TRUE);
	g_free(fake->path);
	g_free(fake->directory);
}

static void in_room(Fake *fake)
{
	fake->account = model_account(fake->host.model, "libera");
	fake->chat = model_chat(fake->account, "#dev");
}

/* ---- the table ---- */

static void test_table(void)
{
	g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
	for (const Command *const *c = commands_table; *c; c++) {
		g_test_message("%s", (*c)->name);
		g_assert_true(c == commands_table || strcmp(c[-1]->name, (*c)->name) < 0);
		g_assert_true(g_hash_table_add(names, (gpointer)(*c)->name));
		for (guint i = 0; (*c)->other_names && (*c)->other_names[i]; i++)
			g_assert_true(g_hash_table_add(names, (gpointer)(*c)->other_names[i]));
		g_assert_true((*c)->summary && g_str_has_suffix((*c)->summary, ".") && strlen((*c)->summary) < 90);
		g_assert_true((*c)->help && strlen((*c)->help) > 10);
		g_assert_true(((*c)->place == RUNS_IN_HUB) == ((*c)->run != NULL));
		g_assert_true((*c)->args[COMMAND_ARGS_MAX].kind == ARG_NONE);
		gboolean optional = FALSE;
		for (const CommandArg *arg = (*c)->args; arg->kind != ARG_NONE; arg++) {
			g_assert_true(arg->name || arg->words);
			g_assert_false(optional && !arg->optional);
			g_assert_true(arg->kind != ARG_TEXT || arg[1].kind == ARG_NONE);
			optional = arg->optional;
		}
		g_autofree char *usage = commands_usage(*c), *help = commands_help(*c);
		g_assert_true(*usage == '/' && strstr(help, usage));
	}
	g_assert_cmpstr(commands_find("msg", FALSE)->name, ==, "msg");
	g_assert_cmpstr(commands_find("leave", FALSE)->name, ==, "part");
	g_assert_cmpstr(commands_find("disco", TRUE)->name, ==, "disconnect");
	g_assert_null(commands_find("disco", FALSE));
	g_assert_null(commands_find("s", TRUE));
	g_assert_null(commands_find("", TRUE));
	/* The words of /theme are the setting's. */
	const char *const *words = commands_find("theme", FALSE)->args[0].words, *const *setting = settings_find(SCOPE_GLOBAL, "theme")->words;
	g_assert_true(g_strv_equal(words, setting));
}

static void test_split(void)
{
	static const struct { const char *command, *rest; const char *args[3]; } good[] = {
		{ "msg", " bob hello there ", { "bob", "hello there", NULL } }, { "msg", " \"Alice Adams\"   hi \"you\"", { "Alice Adams", "hi \"you\"", NULL } },
		{ "msg", " \"a \\\"b\\\" \\\\\" x", { "a \"b\" \\", "x", NULL } }, { "msg", " bob two\nlines", { "bob", "two\nlines", NULL } }, { "join", " r@x \"\" pw", { "r@x", "", "pw" } },
		{ "part", "", { NULL, NULL, NULL } }, { "back", "   ", { NULL, NULL, NULL } },
	};
	static const struct { const char *command, *rest, *why; } bad[] = {
		{ "msg", "", "missing" }, { "msg", " bob", "missing" }, { "msg", " \"bob hi", "quote" }, { "join", " a b c d", "more than" }, { "next", " 1", "more than" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(good); i++) {
		g_autoptr(GError) error = NULL;
		char **args = commands_split(commands_find(good[i].command, FALSE), good[i].rest, &error);
		g_assert_no_error(error);
		for (guint a = 0; a < 3; a++)
			g_assert_cmpstr(args[a], ==, good[i].args[a]);
		commands_args_free(args);
	}
	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		g_autoptr(GError) error = NULL;
		g_assert_null(commands_split(commands_find(bad[i].command, FALSE), bad[i].rest, &error));
		g_assert_nonnull(strstr(error->message, bad[i].why));
		g_assert_nonnull(strstr(error->message, "usage: /"));
	}
}

static void test_quote(void)
{
	static const char *const texts[] = { "", "a", "a b", "a\"b", "a\\b", "\\", "k=v", "k=\"v w\"", "\"", "a\nb" };
	for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
		g_autofree char *quoted = commands_quote(texts[i]);
		const char *rest = quoted;
		g_autofree char *word = commands_next_word(&rest, NULL);
		g_assert_cmpstr(word, ==, texts[i]);
		g_assert_cmpstr(rest, ==, "");
	}
}

static void test_alias(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { const char *line, *expanded; } cases[] = {
		{ "/tell bob go", "/msg bob please: bob go" }, { "/hi", "/msg alice@example.org hi" }, { "/hi again", "/msg alice@example.org hi again" }, { "/cost", "/me pays $5 " }, { "/two x", "/msg alice@example.org hi x" },
		{ "/msg a b", "/msg a b" }, { "words", "words" }, { "//hi", "//hi" }, { "/", "/" }, { "/tell \"a b\" c", "/msg \"a b\" please: \"a b\" c" },
	};
	Config *config = fake->host.config;
	config_set(config, "alias", "tell", "/msg $1 please: $*");
	config_set(config, "alias", "hi", "/msg alice@example.org hi");
	config_set(config, "alias", "two", "/hi");
	config_set(config, "alias", "cost", "/me pays $$5 $1");
	config_set(config, "alias", "round", "/trip");
	config_set(config, "alias", "trip", "/round x");
	config_set(config, "alias", "bomb", "/bomb $* $* $* $* $* $* $* $*");
	config_set(config, "alias", "help", "/quit");
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		g_autofree char *line = commands_expand(config, cases[i].line, NULL);
		g_assert_cmpstr(line, ==, cases[i].expanded);
	}
	g_assert_null(commands_expand(config, "/round", NULL));
	g_assert_null(commands_expand(config, "/bomb aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", NULL));
	/* A command can't be replaced. */
	g_autofree char *help = commands_expand(config, "/help", NULL);
	g_assert_cmpstr(help, ==, "/help");
	config_revert(config);
}

/* ---- lines and what becomes of them ---- */

static void test_lines(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { gboolean room; const char *line, *expected; } cases[] = {
		{ FALSE, "hello", "fail words are sent to a chat" }, { TRUE, "hello", "send libera/#dev room text: hello\ndone" }, { TRUE, "//slash", "send libera/#dev room text: /slash\n" },
		{ TRUE, "  ", "fail there is nothing to send" }, { TRUE, "/me waves", "send libera/#dev room action: waves\n" }, { FALSE, "/me waves", "fail say whom" },
		{ FALSE, "/msg alice@example.org hi", "send work/alice@example.org chat text: hi\n" }, { FALSE, "/msg \"alice adams\" /me nods", "send work/alice@example.org chat action: nods\n" },
		{ FALSE, "/msg Bob hi", "fail \"Bob\" could be any of" }, { FALSE, "/msg home/Bob hi", "send home/bob@home.example chat text: hi\n" },
		{ FALSE, "/msg work/new@example.org hi", "send work/new@example.org chat text: hi\n" }, { FALSE, "/msg #dev hi", "send libera/#dev room text: hi\n" }, { FALSE, "/msg #dev/carol hi", "send libera/#dev/carol private text: hi\n" },
		{ FALSE, "/msg alise hi", "fail " }, { FALSE, "/nosuch", "fail there is no command \"/nosuch\"" }, { FALSE, "/s", "fail \"/s\" could be any of /s" }, { FALSE, "/next", "fail /next works on a screen only" },
		{ FALSE, "/connect", "connect work\nconnect home\nconnect libera\ndone" }, { FALSE, "/disconnect home", "disconnect home\ndone" }, { FALSE, "/connect nowhere", "fail there is no account \"nowhere\"" },
		{ FALSE, "/reconnect work", "disconnect work\nconnect work\ndone" }, { FALSE, "/away at lunch", "show all away at lunch\n" }, { FALSE, "/back", "show all online -\n" }, { FALSE, "/status dnd", "show all dnd -\n" },
		{ FALSE, "/status offline", "fail /status takes" }, { FALSE, "/join dev@rooms.example.org nick", "fail several accounts could join" },
		{ FALSE, "/join work/dev@rooms.example.org nick", "backend {\"kind\":\"join\",\"account\":\"work\",\"chat\":\"dev@rooms.example.org\",\"nick\":\"nick\"}" },
		{ FALSE, "/join #new", "backend {\"kind\":\"join\",\"account\":\"libera\",\"chat\":\"#new\"}" }, { FALSE, "/join home/r@x", "fail the account \"home\" is not online" }, { FALSE, "/join work/alice@example.org", "fail \"alice@example.org\" is a contact" },
		{ TRUE, "/part good night", "\"chat\":\"#dev\",\"text\":\"good night\"" }, { TRUE, "/part", "backend {\"kind\":\"part\",\"account\":\"libera\",\"chat\":\"#dev\"}" }, { FALSE, "/part", "fail say which room" },
		{ TRUE, "/topic", "done ships" }, { TRUE, "/topic new one", "\"topic\":\"new one\"" }, { TRUE, "/topic -", "backend {\"kind\":\"set_topic\",\"account\":\"libera\",\"chat\":\"#dev\"}" },
		{ FALSE, "/topic libera/#dev a new one", "\"chat\":\"#dev\",\"topic\":\"a new one\"" }, { FALSE, "/topic libera/#dev", "done ships" }, { FALSE, "/topic", "fail say which room" }, { TRUE, "/names", "" }, { TRUE, "/join", "{\"kind\":\"join\",\"account\":\"libera\",\"chat\":\"#dev\"" }, { FALSE, "/join", "fail say which room" }, { FALSE, "/names", "fail say which room" }, { FALSE, "/names libera/#nowhere", "fail you are not in the room \"#nowhere\"" },
		{ TRUE, "/topic work and play", "\"topic\":\"work and play\"" }, { FALSE, "/nick libera/#dev you", "\"chat\":\"#dev\",\"nick\":\"you\"" },
		{ FALSE, "/nick libera you", "backend {\"kind\":\"set_nick\",\"account\":\"libera\",\"nick\":\"you\"}" }, { TRUE, "/nick two words", "\"chat\":\"#dev\",\"nick\":\"two words\"" },
		{ TRUE, "/nick you", "backend {\"kind\":\"set_nick\",\"account\":\"libera\",\"chat\":\"#dev\",\"nick\":\"you\"}" }, { FALSE, "/nick you", "fail there are several accounts" },
		{ TRUE, "/attention alice@example.org", "{\"kind\":\"attention\",\"account\":\"work\",\"chat\":\"alice@example.org\"}" },
		{ TRUE, "/buzz", "fail a room has no attention to give" },
		{ TRUE, "/buzz home/bob@home.example", "fail the account \"home\" is not online" },
		{ TRUE, "/invite carol", "\"address\":\"carol\"" }, { FALSE, "/add work/new@example.org \"New One\" Friends", "\"address\":\"new@example.org\",\"name\":\"New One\",\"groups\":[\"Friends\"]" },
		{ FALSE, "/add work/new@example.org \"\" \"\" it is me", "\"address\":\"new@example.org\",\"text\":\"it is me\"" }, { FALSE, "/regroup Nobodies x", "fail nobody is in a group" },
		{ FALSE, "/regroup Friends \"New friends\"", "\"groups\":[\"Old ones\",\"New friends\"]}\ndone 1 moved" },
		{ FALSE, "/regroup Friends", "\"groups\":[\"Old ones\"]" }, { FALSE, "/add work/", "fail this is not an address" },
		{ FALSE, "/add work/nobody", "fail this is not an address" }, { FALSE, "/remove alice@example.org", "/add work/alice@example.org \"Alice Adams\" Friends" }, { FALSE, "/remove x@y", "fail \"x@y\"" },
		{ FALSE, "/rename alice@example.org Al", "\"name\":\"Al\",\"groups\":[\"Friends\",\"Old ones\"]" }, { FALSE, "/group alice@example.org", "done Friends, Old ones" },
		{ FALSE, "/group alice@example.org add New", "\"groups\":[\"Friends\",\"Old ones\",\"New\"]" }, { FALSE, "/group alice@example.org remove \"Old ones\"", "\"groups\":[\"Friends\"]" },
		{ FALSE, "/group alice@example.org drop x", "fail say what to do" }, { FALSE, "/accept", "\"card\":\"c1\",\"choice\":\"accept\"" }, { FALSE, "/deny dave@example.org", "\"card\":\"c1\",\"choice\":\"deny\"" },
		{ FALSE, "/accept alice@example.org", "backend {\"kind\":\"allow\",\"account\":\"work\",\"address\":\"alice@example.org\",\"allow\":true}" }, { FALSE, "/answer work/c1 acc", "\"choice\":\"accept\"" },
		{ FALSE, "/answer deny", "\"choice\":\"deny\"" }, { FALSE, "/answer c1 perhaps", "fail \"perhaps\" is none of: deny, accept" }, { FALSE, "/answer c1 \"acc\"", "\"choice\":\"accept\"" }, { FALSE, "/answer c1 -", "answer {\"kind\":\"answer\",\"account\":\"work\",\"card\":\"c1\"}" }, { FALSE, "/cards", "Dave wants to see you" },
		{ FALSE, "/contacts", "evil@example.org" }, { FALSE, "/contacts friends", "Alice Adams" }, { FALSE, "/accounts", "libera" }, { FALSE, "/unread", "0 unread" }, { FALSE, "/help msg", "print /msg WHO TEXT" },
		{ FALSE, "/help bell", "print bell" }, { FALSE, "/help", "/account" }, { FALSE, "/help nosuch", "fail there is no help" }, { FALSE, "/stop", "done\nstop" }, { FALSE, "/clear alice@example.org", "fail this removes all messages" },
		{ FALSE, "/run nosuchfile", "fail there is no file" }, { FALSE, "/info work/alice@example.org", "presence: offline" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		fake->account = NULL;
		fake->chat = NULL;
		if (cases[i].room)
			in_room(fake);
		const char *log = run(fake, cases[i].line);
		g_test_message("%s -> %s", cases[i].line, log);
		g_assert_nonnull(strstr(log, cases[i].expected));
		g_assert_null(strchr(log, '\x1b'));
	}
}

static void test_settings(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { const char *line, *expected; } cases[] = {
		{ "/set", "print " }, { "/set bell", "print bell = mentions" }, { "/set bell all", "setting [kith] bell=all\ndone bell = all" }, { "/set bell \"off\"", "setting [kith] bell=off" },
		{ "/set bell default", "setting [kith] bell=(default)\ndone bell = mentions" }, { "/set bell loud", "fail \"bell\" takes" }, { "/set nosuch", "fail there is no setting" }, { "/set tls direct", "fail there is no setting" },
		{ "/theme light", "setting [kith] theme=light" }, { "/theme pink", "fail \"theme\" takes" }, { "/notify none alice@example.org", "setting [chat work/alice@example.org] notify=none" },
		{ "/notify all #dev", "publish {\"kind\":\"chat\",\"account\":\"libera\",\"chat\":\"#dev\",\"chat_kind\":\"room\",\"notify\":\"all\"}" }, { "/notify default #dev", "setting [chat libera/#dev] notify=(default)" },
		{ "/notify loud #dev", "fail /notify takes" }, { "/notify #dev", "mentions (the default in rooms)" }, { "/notify alice@example.org", "none" }, { "/notify nobody-there", "fail that is none of all, mentions" }, { "/alias lunch /away at lunch", "setting [alias] lunch=/away at lunch" }, { "/lunch now", "show all away at lunch now" }, { "/alias", "/lunch = /away" },
		{ "/alias lunch remove", "setting [alias] lunch=(default)" }, { "/alias msg /quit", "fail \"/msg\" is a command" }, { "/alias a/b /quit", "fail an alias is made of" }, { "/alias x hello", "fail an alias stands for a line" },
		{ "/bind F6 /away", "setting [bind] F6=/away" }, { "/bind F6", "done F6 = /away" }, { "/bind F6 remove", "setting [bind] F6=(default)" }, { "/bind F7", "fail nothing is set" }, { "/reload", "fail nothing can be loaded" },
		{ "/account add x xmpp a@b tls=direct password_command=\"pass show x\"", "changed x\ndone" }, { "/account set x tls starttls", "changed x\n" }, { "/account set x priority=3 tls=direct", "changed x\n" },
		{ "/account set x tls=maybe", "fail \"tls\" takes" }, { "/account set x foo 1", "fail an XMPP account has no \"foo\"" }, { "/account set x password secret", "fail a password is never part" }, { "/account set x", "print password_command = pass show x" },
		{ "/account disable x", "done the account \"x\" is disabled" }, { "/account enable x", "done the account \"x\" is enabled" }, { "/account enable y", "fail there is no account \"y\"" },
		{ "/account remove x", "/account add x xmpp a@b tls=direct \"password_command=pass show x\" priority=3" }, { "/account remove x", "fail there is no account \"x\"" }, { "/account add x", "fail say NAME" }, { "/account frob x", "fail /account takes" },
	};
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		const char *log = run(fake, cases[i].line);
		g_test_message("%s -> %s", cases[i].line, log);
		g_assert_nonnull(strstr(log, cases[i].expected));
	}
	fake->secret = "hunter2";
	g_assert_nonnull(strstr(run(fake, "/account add y xmpp a@b keyring=yes"), "password y hunter2 1\nchanged y\n"));
	g_autofree char *text = NULL;
	g_assert_true(g_file_get_contents(fake->path, &text, NULL, NULL));
	g_assert_null(strstr(text, "hunter2"));
	/* Somebody else changed the file, and there is nobody to read it again: nothing is changed. */
	g_assert_true(g_file_set_contents(fake->path, "[kith]\n", -1, NULL));
	g_assert_nonnull(strstr(run(fake, "/set bell all"), "fail the file was changed by somebody else"));
	g_assert_cmpstr(config_text(fake->host.config, "bell"), ==, "mentions");
}

static void test_file(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	g_autofree char *path = g_build_filename(fake->directory, "morning", NULL);
	g_assert_true(g_file_set_contents(path, "# comment\n\n/away\nwords\n/run morning\n/nosuch\n/back\n", -1, NULL));
	const char *log = run(fake, "/run morning");
	g_test_message("%s", log);
	g_assert_nonnull(strstr(log, "show all away"));
	g_assert_nonnull(strstr(log, ":4: not a command"));
	g_assert_nonnull(strstr(log, ":5: a file can't run another one"));
	g_assert_nonnull(strstr(log, "fail there is no command \"/nosuch\""));
	g_assert_true(g_str_has_suffix(log, "show all online -\ndone\ndone\n"));
	g_unlink(path);
}

/* ---- completion ---- */

static void test_complete(Fake *fake, G_GNUC_UNUSED gconstpointer data)
{
	static const struct { const char *line; gsize start; const char *words; } cases[] = {
		{ "/ms", 0, "/msg " }, { "/jo", 0, "/join " }, { "/s", 0, "/save |/search |/send |/set |/status |/stop " }, { "/lun", 0, "/lunch " }, { "/zz", 0, "" }, { "/msg ali", 5, "\"Alice Adams\" " }, { "/msg ADA", 5, "\"Alice Adams\" " },
		{ "/msg \"Alice A", 5, "\"Alice Adams\" " }, { "/msg bob@e", 5, "bob@example.org " }, { "/msg evi", 5, "evil@example.org " }, { "/msg #d", 5, "#dev " }, { "/join #", 6, "#dev " }, { "/msg alice@example.org hi car", 26, "carol " },
		{ "/connect w", 9, "work " }, { "/connect ", 9, "work |home |libera |all " }, { "/set be", 5, "bell " }, { "/set bell ", 10, "off |mentions |all |default " }, { "/set mouse y", 11, "yes " }, { "/theme l", 7, "light " }, { "/help jo", 6, "join " },
		{ "/account a", 9, "add " }, { "/account set work pri", 18, "priority=" }, { "/account set work tls=d", 18, "tls=direct " }, { "/account set work tls=direct keyr", 29, "keyring=" },
		{ "/account set work insecure=", 18, "insecure=yes |insecure=no " }, { "/account add x i", 15, "irc " }, { "/account add x irc s", 19, "" }, { "/account add x irc me@s s", 24, "ssl=" },
		{ "/account add x irc me@s pas", 24, "password_command=" }, { "/account add x irc me@s way=t", 24, "way=two " }, { "/account add x irc me@s ssl=", 24, "ssl=yes |ssl=no " }, { "/account add x xm", 15, "xmpp " }, { "/group alice@example.org ", 25, "add |remove " }, { "/group alice@example.org add ol", 29, "\"Old ones\" " },
		{ "/send --to bob@e", 11, "bob@example.org " }, { "/send --d", 6, "--direct " }, { "/answer wo", 8, "work/c1 " }, { "/answer ", 8, "work/c1 |deny |accept " }, { "/answer work/c1 a", 16, "accept " }, { "/status d", 8, "dnd " }, { "car", 0, "carol: " }, { "hi car", 3, "carol " }, { "m", 0, "" }, { "hello ", 6, "" }, { "//ms", 0, "" }, { "", 0, "" },
	};
	g_autofree char *printed = g_strdup("{\"protocol\":\"irc\",\"id\":\"prpl-irc\",\"name\":\"IRC\"}\n{\"option\":\"ssl\",\"of\":\"irc\",\"type\":\"yesno\"}\n"
		"{\"option\":\"way\",\"of\":\"irc\",\"type\":\"choice\",\"choices\":[\"one\",\"two\"]}\n");
	g_autoptr(Protocols) protocols = protocols_parse(printed);
	config_set(fake->host.config, "alias", "lunch", "/away");
	config_set(fake->host.config, "account work", "protocol", "xmpp");
	in_room(fake);
	for (guint i = 0; i < G_N_ELEMENTS(cases); i++) {
		Completion *completion = commands_complete(fake->host.model, fake->host.config, protocols, fake->account, fake->chat, cases[i].line, strlen(cases[i].line));
		g_ptr_array_add(completion->words, NULL);
		g_autofree char *words = g_strjoinv("|", (char **)completion->words->pdata);
		g_test_message("%s -> %s", cases[i].line, words);
		g_assert_cmpstr(words, ==, cases[i].words);
		if (*words)
			g_assert_cmpuint(completion->start, ==, cases[i].start);
		completion_free(completion);
	}
	/* Without the list of protocols there is what is certain, and the wish for it. */
	Completion *early = commands_complete(fake->host.model, fake->host.config, NULL, NULL, NULL, "/account add x ", 15);
	g_assert_cmpuint(early->words->len, ==, 1);
	g_assert_true(early->wants_protocols);
	completion_free(early);
	/* Any text, the cursor anywhere: nothing is read beyond it. */
	static const char odd[] = "/msg \"Al\xc3\xa9 = \\\" x";
	for (gsize cursor = 0; cursor < sizeof odd; cursor++)
		completion_free(commands_complete(fake->host.model, fake->host.config, NULL, NULL, NULL, odd, cursor));
	config_revert(fake->host.config);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/commands/table", test_table);
	g_test_add_func("/commands/split", test_split);
	g_test_add_func("/commands/quote", test_quote);
#define TEST(name) g_test_add("/commands/" #name, Fake, NULL, set_up, test_##name, tear_down)
	TEST(alias);
	TEST(lines);
	TEST(settings);
	TEST(file);
	TEST(complete);
	return g_test_run();
}
