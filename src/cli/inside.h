/* inside.h: what the subcommands share. Private to src/cli.
 */
#pragma once
#include "cli/cli.h"
#include "history/history.h"
#include "model/model.h"
#include "settings/settings.h"

/* One run of a subcommand: its options and words. */
struct Cli {
	const CliCommand *command;
	Paths *paths;
	char **words; /* NULL-terminated, borrowed from argv */
	guint n_words;
	/* options */
	char *profile, *config, *account, *wait, *since_text, *timeout_text, *name;
	char **files; /* NULL: none given */
	gboolean json, help, version, headless, print, direct;
	char *directory;
	gboolean passwords, yes;
	int limit;       /* 0: not given */
	int password_fd; /* -1: not given */
	gint64 since;    /* µs since 1970 UTC; 0: not given */
	gint64 timeout;  /* seconds; 0: not given */
};

/* Says "kith: …" on standard error, cleaned, and gives code. */
int cli_say(int code, const char *format, ...) G_GNUC_PRINTF(2, 3);
/* Says what is wrong with the usage. */
int cli_refuse_usage(const Cli *cli, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* ---- session.c: one connection to the hub for one command ---- */
typedef struct Session Session;
/* Connects; *code is CLI_NO_HUB or CLI_FAILED when it gives NULL. start: run a hub for this where none runs. */
typedef enum { SESSION_JOIN, SESSION_START } SessionHow;
Session *session_open(const Cli *cli, SessionHow how, const char *ability, int *code, GError **error);
void session_free(Session *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Session, session_free)
/* Carries out a slash command, with the --account and --json of cli: prints what it prints, says why it fails, gives the exit code. id (may be NULL): of the answer. */
int session_run(Session *session, const Cli *cli, const char *line, const char *secret, gint64 *id);
/* Waits, at most until the session's time is over, until check says something else than -1 about an event; gives that, CLI_TIMEOUT or CLI_NO_HUB.
 * Events that came since the session began are looked at first. */
typedef int (*SessionCheck)(const Wire *event, gpointer user);
int session_wait(Session *session, SessionCheck check, gpointer user);
/* Waits until the hub has closed the connection. */
int session_wait_end(Session *session);
/* From now on at most that long for everything, in seconds; 0: for ever. */
void session_set_timeout(Session *session, gint64 seconds);

/* ---- offline.c: the state as far as it is known without a hub ---- */
typedef struct {
	Config *config;
	Reader *reader; /* NULL: there is no history yet */
	Model *model;
} Offline;
gboolean offline_open(Offline *offline, const Paths *paths, GError **error);
void offline_clear(Offline *offline);
/* Whom the command's WHO means, with its --account. */
gboolean offline_find(const Offline *offline, const Cli *cli, const char *who, Target *target, GError **error);

/* ---- password.c ---- */
/* From the terminal, without echo; NULL: nothing was typed, or there is no terminal. Free with secret_free. */
char *password_ask(const char *prompt);
/* The first line that can be read there. */
char *password_read(int fd, GError **error);
/* Puts it into the desktop's keyring, through the program that talks to the desktop. */
gboolean password_keep(const char *account, const char *address, const char *secret, GError **error);

/* ---- the subcommands ---- */
int cli_run_account(Cli *cli);
int cli_run_contacts(Cli *cli);
int cli_run_help(Cli *cli);
int cli_run_import(Cli *cli);
int cli_run_messages(Cli *cli);
int cli_run_protocols(Cli *cli);
int cli_run_run(Cli *cli);
int cli_run_search(Cli *cli);
int cli_run_send(Cli *cli);
int cli_run_status(Cli *cli);
int cli_run_stop(Cli *cli);
int cli_run_tail(Cli *cli);
int cli_run_unread(Cli *cli);
