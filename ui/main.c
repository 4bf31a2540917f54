/* main.c: kith: chooses between the front end, the one-shot commands and the hub in the foreground.
 */
#include "config.h"

#include "app.h"
#include "cli/cli.h"
#include "screen.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

/* The front end takes --profile and --config only; whatever else there is belongs to the commands. */
static gboolean wants_screen(int argc, char **argv, const char **profile, const char **config)
{
	for (int i = 1; i < argc; i++) {
		gboolean is_profile = g_str_has_prefix(argv[i], "--profile");
		if (!is_profile && !g_str_has_prefix(argv[i], "--config"))
			return FALSE;
		const char **place = is_profile ? profile : config;
		const char *rest = argv[i] + strlen(is_profile ? "--profile" : "--config");
		if (*rest == '=')
			*place = rest + 1;
		else if (*rest == 0 && i + 1 < argc)
			*place = argv[++i];
		else
			return FALSE;
	}
	return TRUE;
}

int main(int argc, char **argv)
{
	const char *profile = NULL, *config = NULL;
	umask(077);
	setlocale(LC_ALL, "");
	if (!wants_screen(argc, argv, &profile, &config))
		return cli_main(argc, argv);
	/* Passwords pass through this process on their way from a card to the hub. */
	struct rlimit no_core = { 0, 0 };
	setrlimit(RLIMIT_CORE, &no_core);
	g_autofree char *refusal = screen_refusal();
	if (refusal) {
		fprintf(stderr, "kith: %s\n", refusal);
		return 1;
	}
	g_autoptr(GError) error = NULL;
	g_autoptr(Paths) paths = paths_new(profile, config, &error);
	if (!paths || !paths_make(paths, &error)) {
		fprintf(stderr, "kith: %s\n", error->message);
		return 1;
	}
	return app_run(paths);
}
