/* cli.c: the table of subcommands and of their options, and reading the command line by it.
 *
 * A new subcommand is a row here and a function; help, the manual page and the shell's completion follow from the row.
 */
#include "config.h"
#include "cli/inside.h"
#include "base/moment.h"
#include "base/text.h"
#include "cli/client.h"
#include <errno.h>
#include <locale.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LIST(...) (const char *const[]){ __VA_ARGS__, NULL }

const CliOption cli_options[] = {
	{ "account", 'a', "ACCOUNT", "the account that is meant" },
	{ "config", 0, "FILE", "the configuration file" },
	{ "direct", 0, NULL, "with --file: straight to the other program, not over the server's store" },
	{ "directory", 0, "DIRECTORY", "where the other program keeps its files" },
	{ "file", 'f', "FILE", "send this file; may be given several times; - is standard input" },
	{ "headless", 0, NULL, "run in the foreground, without a screen" },
	{ "help", 'h', NULL, "explain and end" },
	{ "json", 0, NULL, "print JSON, one object a line" },
	{ "limit", 'n', "N", "at most N messages, the newest" },
	{ "name", 0, "NAME", "with --file: the name to tell" },
	{ "password-fd", 0, "N", "read a password from this file descriptor" },
	{ "passwords", 0, NULL, "put the passwords into the desktop's keyring" },
	{ "print", 0, NULL, "with --headless: write every message to standard output" },
	{ "profile", 0, "NAME", "the profile: accounts, history and hub of their own" },
	{ "since", 0, "TIME", "only messages since: 2026-11-22, \"2026-11-22 14:05\", 14:05, yesterday, 90s, 15m, 2h, 3d, 4w ago" },
	{ "timeout", 0, "TIME", "give up after 90s, 5m …" },
	{ "version", 0, NULL, "say what this is and end" },
	{ "wait", 0, "STATE", "wait until the message is sent or delivered" },
	{ "yes", 'y', NULL, "do it without asking" },
	{ .name = NULL }
};

const CliCommand cli_commands[] = {
	{ .name = "account", .usage = "list | add NAME PROTOCOL ADDRESS [KEY=VALUE …] | set NAME [KEY=VALUE …] | enable NAME | disable NAME | remove NAME",
	  .summary = "shows, adds, changes and removes accounts",
	  .help = "Works with and without a running kith. PROTOCOL is one of those that kith protocols lists; kith protocols PROTOCOL tells the form of the address and the keys. "
		"A password is typed on the terminal, read from a file descriptor (--password-fd N), comes from a command (password_command=…) or from the desktop's keyring (keyring=yes); it is never taken from the command line. "
		"Where it can't be kept, kith asks for it when the account connects. New accounts are made at the provider.\n\n"
		"    kith account add work xmpp alice@example.org\n    kith account add libera irc alice@irc.libera.chat ssl=yes port=6697\n    kith account set work 'password_command=pass show chat/work'\n    kith account list --json",
	  .options = LIST("json", "password-fd", "timeout"), .run = cli_run_account },
	{ .name = "contacts", .usage = "[FILTER]", .summary = "lists the contacts of all accounts",
	  .help = "FILTER is a part of a name, an address or a group. Without a running kith everybody is shown as offline.\n\n    kith contacts\n    kith contacts --json friends",
	  .options = LIST("json"), .run = cli_run_contacts },
	{ .name = "help", .usage = "[COMMAND]", .summary = "explains a command", .help = "The same as kith COMMAND --help.\n\n    kith help send", .options = LIST(NULL), .run = cli_run_help },
	{ .name = "import", .usage = "pidgin | finch", .summary = "takes over the accounts of Pidgin or Finch",
	  .help = "From ~/.purple, or --directory: accounts with their settings and proxies, contacts with aliases and groups, blocked people, rooms that are joined by themselves, accepted certificates. "
		"What it will do is shown first, also what can't be taken over; without --yes it asks. An account whose proxy can't be used here is not enabled. Nothing of theirs is changed. XMPP accounts become kith's own XMPP. Passwords are taken only with --passwords, and only into the desktop's keyring.\n\n"
		"    kith import pidgin\n    kith import finch --directory /mnt/old/home/me/.purple --yes",
	  .options = LIST("directory", "passwords", "yes"), .run = cli_run_import },
	{ .name = "messages", .usage = "[WHO]", .summary = "prints messages from the history",
	  .help = "The newest 50, oldest first; with --since all since then, and with --limit the newest of these. WHO is a name as in the list, an address, a room, or ACCOUNT/ADDRESS; without it all chats are meant. Needs no running kith.\n\n"
		"    kith messages alice@example.org\n    kith messages --since yesterday --json \"Alice Adams\"",
	  .options = LIST("account", "json", "limit", "since"), .run = cli_run_messages },
	{ .name = "protocols", .usage = "[PROTOCOL]", .summary = "lists the protocols that accounts can have here",
	  .help = "XMPP, which kith speaks itself, and every libpurple plugin that is installed, each with a line on what its network is worth today. With PROTOCOL: the form of its addresses, what it can do, and "
		"the settings that kith account add takes. Plugins of your own are found where the setting plugin_dir says. Needs no running kith.\n\n    kith protocols\n    kith protocols irc",
	  .options = LIST("json"), .run = cli_run_protocols },
	{ .name = "run", .usage = "COMMAND", .summary = "carries out a slash command",
	  .help = "Exactly as typed on a screen; what it says is printed. All commands are in kith-commands(7) and /help. For /msg the exit code 0 means that the message is safely in the outbox. It waits 60 seconds for an answer, or --timeout.\n\n"
		"    kith run '/msg alice@example.org good morning'\n    kith run /away at lunch",
	  .options = LIST("account", "json", "password-fd", "timeout"), .words_follow = TRUE, .run = cli_run_run },
	{ .name = "search", .usage = "WORDS", .summary = "searches all messages",
	  .help = "All words must occur; \"a phrase\" in quotes is found as it stands, and a word that ends with * is the beginning of one. The newest 50 are printed, oldest first. Needs no running kith.\n\n"
		"    kith search invoice november\n    kith search '\"see you at ten\"' --limit 5",
	  .options = LIST("account", "json", "limit", "since"), .run = cli_run_search },
	{ .name = "send", .usage = "WHO TEXT… | WHO - | --file FILE… WHO", .summary = "sends a message or files",
	  .help = "With \"-\" the text is read from standard input. It ends once the message is safely in the outbox; with --wait once the server has it (sent), or the recipient's client (delivered; not every client tells). "
		"Where no kith runs, one is started, goes online, sends, and ends. After 60 seconds, or --timeout, it gives up waiting; the message stays in the outbox.\n\n"
		"With --file files are sent, each in a message of its own, in the way of /send (see kith-commands(7)); it ends once they are sent, without a limit of time but --timeout. --file - is standard input.\n\n"
		"    kith send alice@example.org the build is green\n    make 2>&1 | tail -5 | kith send -a work dev@conference.example.org -\n    kith send --wait delivered --timeout 5m bob@example.org ping\n    kith send --file report.pdf alice@example.org\n    git diff | kith send --file - --name change.patch alice@example.org",
	  .options = LIST("account", "direct", "file", "name", "timeout", "wait"), .words_follow = TRUE, .run = cli_run_send },
	{ .name = "status", .usage = "", .summary = "shows the accounts and their states",
	  .help = "offline, connecting, online, waiting for the next try, or error with the reason.\n\n    kith status --json",
	  .options = LIST("json"), .run = cli_run_status },
	{ .name = "stop", .usage = "", .summary = "ends kith, after the outbox is written",
	  .help = "Ends the hub and all accounts' connections; screens are closed. Messages that could not be sent yet are kept for the next time.",
	  .options = LIST("timeout"), .run = cli_run_stop },
	{ .name = "tail", .usage = "[WHO]", .summary = "prints messages as they come",
	  .help = "Until it is interrupted. With --limit or --since older ones are printed first. Only what is stored is printed, so a message that was printed is not lost.\n\n"
		"    kith tail\n    kith tail --json --since 1h dev@conference.example.org",
	  .options = LIST("account", "json", "limit", "since"), .run = cli_run_tail },
	{ .name = "unread", .usage = "", .summary = "prints how many messages are unread",
	  .help = "With the chats they are in; made for status bars.\n\n    kith unread --json",
	  .options = LIST("json"), .run = cli_run_unread },
	{ .name = NULL }
};

/* What every command takes. */
static const char *const general_options[] = { "config", "help", "profile", "version", NULL };
/* What kith itself takes, before or without a command. */
static const char *const main_options[] = { "config", "headless", "help", "json", "print", "profile", "version", NULL };

/* ---- saying ---- */

static void say(const char *prefix, const char *format, va_list args)
{
	g_autofree char *text = g_strdup_vprintf(format, args), *clean = text_clean(text, TEXT_LINES);
	fprintf(stderr, "kith: %s%s\n", prefix, clean);
}

int cli_say(int code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("", format, args);
	va_end(args);
	return code;
}

int cli_refuse_usage(const Cli *cli, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	say("", format, args);
	va_end(args);
	if (cli->command)
		fprintf(stderr, "usage: kith %s [OPTION…] %s\n", cli->command->name, cli->command->usage);
	else
		fprintf(stderr, "kith --help lists the commands\n");
	return CLI_USAGE;
}

char *cli_version(void)
{
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "kith %s\n", PACKAGE_VERSION);
	g_string_append_printf(out, "GLib %u.%u.%u, SQLite %s\n", glib_major_version, glib_minor_version, glib_micro_version, sqlite3_libversion());
	g_string_append_printf(out, "XMPP: yes\n");
#ifdef WITH_PURPLE
	g_string_append(out, "other networks (libpurple): yes\n");
#else
	g_string_append(out, "other networks (libpurple): no\n");
#endif
#ifdef WITH_CURL
	g_string_append(out, "files over HTTP (libcurl): yes\n");
#else
	g_string_append(out, "files over HTTP (libcurl): no\n");
#endif
#ifdef WITH_LIBNOTIFY
	g_string_append(out, "desktop notifications (libnotify): yes\n");
#else
	g_string_append(out, "desktop notifications (libnotify): no\n");
#endif
#ifdef WITH_LIBSECRET
	g_string_append(out, "passwords in the keyring (libsecret): yes\n");
#else
	g_string_append(out, "passwords in the keyring (libsecret): no\n");
#endif
	return g_string_free(out, FALSE);
}

static void print_options(const char *const *names)
{
	for (const CliOption *option = cli_options; option->name; option++) {
		if (!g_strv_contains(names, option->name))
			continue;
		g_autofree char *left = g_strdup_printf("  %s%c%s--%s%s%s", option->short_name ? "-" : "", option->short_name ? option->short_name : ' ', option->short_name ? ", " : "   ",
			option->name, option->value ? " " : "", option->value ? option->value : "");
		printf("%-26s %s\n", left, option->help);
	}
}

static void print_help(const CliCommand *command)
{
	if (command) {
		printf("kith %s [OPTION…] %s\n\n%c%s.\n\n%s\n\nOptions:\n", command->name, command->usage, g_ascii_toupper(*command->summary), command->summary + 1, command->help);
		print_options(command->options);
		print_options(general_options);
		return;
	}
	printf("kith [OPTION…]              opens the screen\nkith --headless [--print]   stays online without a screen\nkith COMMAND [OPTION…] …    does one thing:\n\n");
	for (command = cli_commands; command->name; command++)
		printf("  %-10s %s\n", command->name, command->summary);
	printf("\nkith COMMAND --help explains a command; kith(1) is the manual.\n\nOptions:\n");
	print_options(main_options);
	printf("\nExit codes: 0 done, 1 refused or failed, 2 usage, 3 kith is not running, 4 timed out.\n");
}

/* ---- reading the command line ---- */

static const CliCommand *find_command(const char *name)
{
	for (const CliCommand *command = cli_commands; command->name; command++)
		if (!strcmp(command->name, name))
			return command;
	return NULL;
}

/* Where an option's value goes. */
static gpointer option_place(Cli *cli, const char *name)
{
	const struct { const char *name; gpointer place; } places[] = {
		{ "account", &cli->account }, { "config", &cli->config }, { "direct", &cli->direct }, { "directory", &cli->directory }, { "file", &cli->files }, { "headless", &cli->headless }, { "help", &cli->help }, { "json", &cli->json }, { "limit", &cli->limit }, { "name", &cli->name }, { "passwords", &cli->passwords }, { "yes", &cli->yes },
		{ "password-fd", &cli->password_fd }, { "print", &cli->print }, { "profile", &cli->profile }, { "since", &cli->since_text }, { "timeout", &cli->timeout_text },
		{ "version", &cli->version }, { "wait", &cli->wait } };
	for (guint i = 0; i < G_N_ELEMENTS(places); i++)
		if (!strcmp(places[i].name, name))
			return places[i].place;
	return NULL;
}

static GOptionArg option_type(const CliOption *option)
{
	if (!option->value)
		return G_OPTION_ARG_NONE;
	if (!strcmp(option->value, "N"))
		return G_OPTION_ARG_INT;
	if (!strcmp(option->name, "file"))
		return G_OPTION_ARG_FILENAME_ARRAY;
	return !strcmp(option->value, "FILE") ? G_OPTION_ARG_FILENAME : G_OPTION_ARG_STRING;
}

static gboolean parse(Cli *cli, int *argc, char ***argv, const char *const *names, const char *const *more, gboolean words_follow, GError **error)
{
	g_autoptr(GOptionContext) context = g_option_context_new(NULL);
	g_autoptr(GArray) entries = g_array_new(TRUE, TRUE, sizeof(GOptionEntry));
	for (const CliOption *option = cli_options; option->name; option++)
		if (g_strv_contains(names, option->name) || (more && g_strv_contains(more, option->name))) {
			GOptionEntry entry = { option->name, option->short_name, 0, option_type(option), option_place(cli, option->name), option->help, option->value };
			g_array_append_val(entries, entry);
		}
	g_option_context_set_help_enabled(context, FALSE);
	g_option_context_set_strict_posix(context, words_follow);
	g_option_context_add_main_entries(context, (const GOptionEntry *)entries->data, NULL);
	return g_option_context_parse(context, argc, argv, error);
}

/* The values of options that are more than words. */
static gboolean read_values(Cli *cli, GError **error)
{
	if (cli->since_text && !moment_parse(cli->since_text, &cli->since, error))
		return FALSE;
	if (cli->timeout_text && !settings_read_duration(cli->timeout_text, &cli->timeout)) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--timeout takes a time such as 90s or 5m, not \"%s\"", cli->timeout_text);
		return FALSE;
	}
	if (cli->limit < 0) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--limit takes a number from 1");
		return FALSE;
	}
	return TRUE;
}

static void drop_dashes(Cli *cli)
{
	if (cli->n_words && !strcmp(cli->words[0], "--")) {
		cli->words++;
		cli->n_words--;
	}
}

static int run_headless(const Cli *cli)
{
	const char *extra[] = { "--headless", cli->print ? "--print" : NULL, cli->print && cli->json ? "--json" : NULL, NULL };
	g_auto(GStrv) argv = client_hub_argv(cli->paths, extra);
	execv(argv[0], argv);
	return cli_say(CLI_FAILED, "kith-hub can't be started: %s: \"%s\"", g_strerror(errno), argv[0]);
}

static int run_command(Cli *cli, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	cli->command = find_command(argv[1]);
	if (!cli->command)
		return cli_refuse_usage(cli, "there is no command \"%s\"", argv[1]);
	argc--;
	argv++;
	if (!parse(cli, &argc, &argv, cli->command->options, general_options, cli->command->words_follow, &error) || !read_values(cli, &error))
		return cli_refuse_usage(cli, "%s", error->message);
	cli->words = argv + 1;
	cli->n_words = (guint)argc - 1;
	drop_dashes(cli);
	if (cli->help || cli->version) {
		g_autofree char *version = cli_version();
		if (cli->help)
			print_help(cli->command);
		else
			fputs(version, stdout);
		return CLI_DONE;
	}
	if (!(cli->paths = paths_new(cli->profile, cli->config, &error)))
		return cli_refuse_usage(cli, "%s", error->message);
	return cli->command->run(cli);
}

static int run_main(Cli *cli, int argc, char **argv)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *version = cli_version();
	if (!parse(cli, &argc, &argv, main_options, NULL, TRUE, &error))
		return cli_refuse_usage(cli, "%s", error->message);
	if (argc > 1 && !cli->help && !cli->version && !cli->headless)
		return run_command(cli, argc, argv);
	if (cli->help)
		print_help(argc > 1 ? find_command(argv[1]) : NULL);
	else if (cli->version)
		fputs(version, stdout);
	if (cli->help || cli->version)
		return CLI_DONE;
	if (!cli->headless || argc > 1)
		return cli_refuse_usage(cli, cli->headless ? "--headless takes no command" : "--print and --json go with --headless or a command");
	if (!(cli->paths = paths_new(cli->profile, cli->config, &error)))
		return cli_refuse_usage(cli, "%s", error->message);
	return run_headless(cli);
}

int cli_main(int argc, char **argv)
{
	Cli cli = { .password_fd = -1 };
	/* The parser takes out what it knows; argv itself stays as it is. */
	g_autofree char **args = g_memdup2(argv, sizeof *argv * (gsize)(argc + 1));
	setlocale(LC_ALL, "");
	umask(077);
	int code = run_main(&cli, argc, args);
	paths_free(cli.paths);
	g_free(cli.profile);
	g_free(cli.config);
	g_free(cli.account);
	g_free(cli.directory);
	g_free(cli.wait);
	g_free(cli.name);
	g_strfreev(cli.files);
	g_free(cli.since_text);
	g_free(cli.timeout_text);
	if ((fflush(stdout) || ferror(stdout)) && code == CLI_DONE)
		code = cli_say(CLI_FAILED, "standard output can't be written: %s", g_strerror(errno));
	return code;
}

int cli_run_help(Cli *cli)
{
	const CliCommand *command = cli->n_words ? find_command(cli->words[0]) : NULL;
	if (cli->n_words && !command)
		return cli_refuse_usage(cli, "there is no command \"%s\"; the slash commands are explained by kith run /help", cli->words[0]);
	print_help(command);
	return CLI_DONE;
}
