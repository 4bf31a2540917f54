/* cli.h: the one-shot subcommands of kith: kith send, kith tail, kith account ….
 *
 * Exit codes: 0 done, 1 refused or failed (the reason on standard error), 2 usage, 3 no hub runs, 4 timed out.
 */
#pragma once
#include "base/paths.h"
#include <stdio.h>

typedef enum { CLI_DONE = 0, CLI_FAILED = 1, CLI_USAGE = 2, CLI_NO_HUB = 3, CLI_TIMEOUT = 4 } CliCode;

/* Carries out a subcommand, --help, --version or --headless; gives the exit code. A command line that asks for the screen (nothing but --profile and
 * --config) is not for it. */
int cli_main(int argc, char **argv);

/* ---- the table, for the manual page and the completion ---- */

typedef struct Cli Cli;

typedef struct {
	const char *name;
	const char *usage;          /* behind "kith NAME" */
	const char *summary;        /* one line */
	const char *help;           /* paragraphs, examples */
	const char *const *options; /* names of cli_options that it takes, NULL-terminated */
	gboolean words_follow;      /* options end at the first word: what follows is text */
	int (*run)(Cli *cli);
} CliCommand;

typedef struct {
	const char *name;
	char short_name;  /* 0: none */
	const char *value; /* what it takes; NULL: nothing */
	const char *help;
} CliOption;

/* Both sorted by name and ended by a NULL name. */
extern const CliCommand cli_commands[];
extern const CliOption cli_options[];
/* What kith was built with, several lines; free it. */
char *cli_version(void);
