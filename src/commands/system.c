/* system.c: help, files of commands, and the end.
 */
#include "commands/call.h"
#include "base/paths.h"
#include <string.h>

#define FILE_MAX_BYTES (1024 * 1024)

/* ---- help ---- */

static gboolean help_on_setting(CommandCall *call, const char *name)
{
	static const char *const scopes[] = { "", " (of an account)", " (of a chat)" };
	gboolean found = FALSE;
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (!strcmp(setting->name, name)) {
			g_autofree char *takes = settings_describe(setting);
			call_print(call, "%s%s\n    %s\n    takes %s; the default is %s", name, scopes[setting->scope], setting->help, takes, *setting->standard ? setting->standard : "nothing");
			found = TRUE;
		}
	return found;
}

static gboolean list_commands(CommandCall *call)
{
	g_autoptr(GString) out = g_string_new(NULL);
	for (const Command *const *command = commands_table; *command; command++) {
		g_autofree char *name = g_strdup_printf("/%s", (*command)->name);
		call_put_column(out, name, 14);
		g_string_append_printf(out, "%s\n", (*command)->summary);
	}
	g_string_append(out, "\n/help COMMAND tells more, /help SETTING explains a setting.\nA line without a slash is sent to the chat; \"//\" begins a message with a slash.");
	call_print(call, "%s", out->str);
	return call_done_silently(call);
}

static gboolean run_help(CommandCall *call, GError **error)
{
	const char *topic = call->args[0];
	if (!topic)
		return list_commands(call);
	const char *name = topic + (*topic == '/');
	const Command *command = commands_find(name, TRUE);
	const char *alias = config_get(call->host->config, "alias", name);
	if (command && !commands_find(name, FALSE) && settings_find(SCOPE_GLOBAL, name))
		command = NULL;
	if (command) {
		g_autofree char *help = commands_help(command);
		call_print(call, "%s", help);
	} else if (alias) {
		call_print(call, "/%s is an alias for: %s", name, alias);
	} else if (!help_on_setting(call, name)) {
		return call_refuse(error, "there is no help on \"%s\"; /help lists all commands", topic);
	}
	return call_done_silently(call);
}

/* ---- files of commands ---- */

/* A bare name is looked for beside the configuration file. */
static char *script_path(CommandCall *call, const char *name)
{
	g_autofree char *expanded = paths_expand(name), *directory = g_path_get_dirname(config_path(call->host->config));
	return g_path_is_absolute(expanded) ? g_steal_pointer(&expanded) : g_build_filename(directory, expanded, NULL);
}

/* Files do not run files: no circles. */
static gboolean runs_a_file(CommandCall *call, const char *line)
{
	const char *rest;
	g_autofree char *expanded = commands_expand(call->host->config, line, NULL);
	return expanded && commands_of_line(expanded, &rest, NULL) == &command_run;
}

static gboolean run_run(CommandCall *call, GError **error)
{
	g_autofree char *path = script_path(call, call->args[0]), *text = NULL;
	gsize length;
	if (!g_file_test(path, G_FILE_TEST_IS_REGULAR))
		return call_refuse(error, "there is no file \"%s\"", path);
	if (!g_file_get_contents(path, &text, &length, error))
		return FALSE;
	if (length > FILE_MAX_BYTES || !g_utf8_validate(text, (gssize)length, NULL))
		return call_refuse(error, "\"%s\" is %s", path, length > FILE_MAX_BYTES ? "too large for a file of commands" : "not a text file in UTF-8");
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (guint i = 0; lines[i]; i++) {
		const char *line = g_strstrip(lines[i]);
		if (!*line || *line == '#')
			continue;
		if (*line != '/')
			call_print(call, "%s:%u: not a command; it would begin with \"/\"", path, i + 1);
		else if (runs_a_file(call, line))
			call_print(call, "%s:%u: a file can't run another one", path, i + 1);
		else
			call->host->run_line(call->hub, call, line);
	}
	return call_done_silently(call);
}

static gboolean run_stop(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	const CommandHost *host = call->host;
	gpointer hub = call->hub;
	call_done_silently(call);
	host->stop(hub);
	return TRUE;
}

const Command command_help = {
	.name = "help",
	.other_names = CALL_WORDS("h", "?"),
	.args = { { ARG_COMMAND, "TOPIC", TRUE, NULL } },
	.summary = "Explains commands and settings.",
	.help = "TOPIC is a command, a setting or an alias; without it all commands are listed.\n\nExamples:\n    /help\n    /help join\n    /help bell",
	.run = run_help,
};

const Command command_run = {
	.name = "run",
	.other_names = CALL_WORDS("source"),
	.args = { { ARG_FILE, "FILE", FALSE, NULL } },
	.summary = "Carries out the commands in a file.",
	.help = "One a line, each with its slash; empty lines and lines that begin with # are passed over. A line that fails is reported and the next one is carried out. A name without a directory is looked for beside the configuration file.\n\nExamples:\n    /run morning\n    /run ~/kith/rooms",
	.run = run_run,
};

const Command command_stop = {
	.name = "stop",
	.summary = "Ends kith altogether, also what runs without a screen.",
	.help = "Messages on their way are written out first; those that can't go now are kept and sent next time. All screens are closed.",
	.run = run_stop,
};
