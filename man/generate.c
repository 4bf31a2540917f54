/* generate.c: fills the parts of a manual page, or of the shell's completion, that come from the tables.
 *
 * Usage: generate TEMPLATE > FILE. A line of the template that is @NAME@ is replaced by what the part of that name writes; @VERSION@ within a
 * line is the version. So a command, a setting or a message is described in one place, its table, and nowhere else.
 */
#include "config.h"
#include "cli/cli.h"
#include "commands/commands.h"
#include "keys.h"
#include "settings/settings.h"
#include "wire/wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- roff ---- */

/* Text within a line: backslashes and dashes as they are, nothing that looks like a request. */
static void put_text(const char *text)
{
	if (*text == '.' || *text == '\'')
		fputs("\\&", stdout);
	for (const char *p = text; *p; p++)
		switch (*p) {
		case '\\': fputs("\\e", stdout); break;
		case '-': fputs("\\-", stdout); break;
		case '~': fputs("\\(ti", stdout); break;
		case '^': fputs("\\(ha", stdout); break;
		case '`': fputs("\\(ga", stdout); break;
		case '\'': fputs("\\(aq", stdout); break;
		default: putchar(*p);
		}
}

static void put_line(const char *before, const char *text, const char *after)
{
	fputs(before, stdout);
	put_text(text);
	fputs(after, stdout);
	putchar('\n');
}

/* Paragraphs; lines that are set in by four spaces are shown as they are. */
static void put_help(const char *help)
{
	g_auto(GStrv) lines = g_strsplit(help, "\n", -1);
	gboolean example = FALSE;
	for (char **line = lines; *line; line++) {
		gboolean set_in = g_str_has_prefix(*line, "    ");
		if (set_in != example)
			puts(set_in ? ".PP\n.EX" : ".EE");
		example = set_in;
		if (**line)
			put_line("", *line, "");
		else if (!example && line[1] && !g_str_has_prefix(line[1], "    "))
			puts(".PP");
	}
	if (example)
		puts(".EE");
}

/* ---- kith(1) ---- */

static void put_option(const CliOption *option)
{
	puts(".TP");
	if (option->short_name)
		printf(".BR \\-%c \", \" \\-\\-", option->short_name);
	else
		fputs(".B \\-\\-", stdout);
	put_text(option->name);
	if (option->value)
		printf(option->short_name ? " \" %s\"" : " %s", option->value);
	putchar('\n');
	put_line("", option->help, ".");
}

static void put_cli_commands(void)
{
	for (const CliCommand *command = cli_commands; command->name; command++) {
		g_autofree char *head = g_strdup_printf("kith %s %s", command->name, command->usage);
		put_line(".SS \"", g_strchomp(head), "\"");
		put_help(command->help);
		if (command->options[0]) {
			g_autofree char *options = g_strjoinv(", --", (char **)command->options);
			put_line(".PP\nOptions: \\-\\-", options, ".");
		}
	}
}

static void put_cli_options(void)
{
	for (const CliOption *option = cli_options; option->name; option++)
		put_option(option);
}

/* ---- kith.conf(5) ---- */

static void put_settings(SettingScope scope)
{
	for (const Setting *setting = settings_table; setting->name; setting++) {
		if (setting->scope != scope)
			continue;
		g_autofree char *takes = settings_describe(setting);
		g_autofree char *head = g_strdup_printf("%s=", setting->name), *foot = g_strdup_printf("Takes %s. Default: %s.", takes, *setting->standard ? setting->standard : "none");
		put_line(".TP\n.B ", head, "");
		put_line("", setting->help, "");
		put_line(".br\n", foot, "");
	}
}

static void put_settings_global(void)
{
	put_settings(SCOPE_GLOBAL);
}

static void put_settings_account(void)
{
	put_settings(SCOPE_ACCOUNT);
}

static void put_settings_chat(void)
{
	put_settings(SCOPE_CHAT);
}

/* ---- kith-commands(7) ---- */

static void put_commands(void)
{
	for (const Command *const *command = commands_table; *command; command++) {
		g_autofree char *name = g_strdup_printf("/%s", (*command)->name), *usage = commands_usage(*command);
		g_auto(GStrv) forms = g_strsplit(usage, "\n", -1);
		put_line(".SS ", name, "");
		put_line("", (*command)->summary, "");
		puts(".PP\n.nf");
		for (char **form = forms; *form; form++)
			put_line(".B \"", *form, "\"");
		puts(".fi\n.PP");
		put_help((*command)->help);
		if ((*command)->other_names) {
			g_autofree char *names = g_strjoinv(", /", (char **)(*command)->other_names);
			put_line(".PP\nAlso: /", names, ".");
		}
		if ((*command)->place == RUNS_ON_SCREEN)
			puts(".PP\nOn a screen only.");
	}
}

/* ---- kith-protocol(7) ---- */

static void put_way(guint ways)
{
	static const struct { guint way; const char *text; } table[] = {
		{ WIRE_B2H, "backend to hub" }, { WIRE_H2B, "hub to backend" }, { WIRE_C2H, "client to hub" }, { WIRE_H2C, "hub to client" } };
	const char *comma = "";
	for (guint i = 0; i < G_N_ELEMENTS(table); i++)
		if (ways & table[i].way) {
			printf("%s%s", comma, table[i].text);
			comma = ", ";
		}
}

static void put_field(const WireField *field)
{
	put_line(".TP\n.B ", field->name, "");
	switch (field->type) {
	case WIRE_TEXT: printf("Text, at most %" G_GINT64_FORMAT " bytes", field->max); break;
	case WIRE_NUM: field->max == G_MAXINT64 ? printf("Number from %" G_GINT64_FORMAT, field->min) : printf("Number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, field->min, field->max); break;
	case WIRE_FLAG: fputs("Flag", stdout); break;
	case WIRE_WORD: printf("One of the words of "); put_text(field->words_name); break;
	case WIRE_LIST: printf("List of at most %" G_GINT64_FORMAT " texts of at most %" G_GINT64_FORMAT " bytes", field->min, field->max); break;
	}
	if (field->required)
		fputs(", required", stdout);
	put_line(": ", field->help, ".");
}

static void put_messages(void)
{
	for (WireKind kind = WIRE_NOTHING + 1; kind < WIRE_KINDS; kind++) {
		const WireShape *shape = wire_shape(kind);
		put_line(".SS ", shape->name, "");
		fputs("From ", stdout);
		put_way(shape->ways);
		put_line(": ", shape->help, ".");
		for (const WireField *field = shape->fields; field->name; field++)
			put_field(field);
	}
}

static void put_words(void)
{
#define WORDS(Type, set) put_line(".SS ", #set, "");
#define WORD(constant, text, help) put_line(".TP\n.B ", text, ""); put_line("", help, ".");
#define ENDWORDS(Type, set)
#include "wire/words.def"
}

/* ---- completion for bash ---- */

static void put_bash_commands(void)
{
	fputs("\tlocal commands=\"", stdout);
	for (const CliCommand *command = cli_commands; command->name; command++)
		printf("%s%s", command == cli_commands ? "" : " ", command->name);
	puts("\"");
}

static void put_bash_options(void)
{
	for (const CliCommand *command = cli_commands; command->name; command++) {
		printf("\t%s) options=\"", command->name);
		for (const char *const *option = command->options; *option; option++)
			printf("--%s ", *option);
		puts("--profile --config --help\" ;;");
	}
}

static void put_bash_slash_commands(void)
{
	fputs("\tlocal slash=\"", stdout);
	for (const Command *const *command = commands_table; *command; command++)
		if ((*command)->place == RUNS_IN_HUB)
			printf("/%s ", (*command)->name);
	puts("\"");
}

static void put_bash_account_keys(void)
{
	fputs("\tlocal keys=\"", stdout);
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == SCOPE_ACCOUNT && strcmp(setting->name, "protocol") && strcmp(setting->name, "address"))
			printf("%s= ", setting->name);
	puts("\"");
}

/* ---- keys ---- */

/* All keys of one action in a context stand together, where the first of them is in the table. */
static void put_keys(void)
{
	for (int context = 0; context < KEYS_CONTEXTS; context++) {
		put_line(".SS Keys ", keys_context_names[context], "");
		for (const KeyBinding *row = keys_table; row->key; row++) {
			gboolean listed = FALSE;
			for (const KeyBinding *other = keys_table; other != row && !listed; other++)
				listed = (int)other->context == context && !strcmp(other->action, row->action);
			if ((int)row->context != context || !row->note || listed)
				continue;
			g_autoptr(GString) keys = g_string_new(row->key);
			for (const KeyBinding *other = row + 1; other->key; other++)
				if (other->context == row->context && !strcmp(other->action, row->action))
					g_string_append_printf(keys, ", %s", other->key);
			puts(".TP");
			put_line(".B ", keys->str, "");
			put_line("", row->note, "");
		}
	}
}

/* ---- templates ---- */

static const struct {
	const char *name;
	void (*put)(void);
} parts[] = {
	{ "@CLI COMMANDS@", put_cli_commands }, { "@CLI OPTIONS@", put_cli_options }, { "@SETTINGS@", put_settings_global }, { "@ACCOUNT SETTINGS@", put_settings_account },
	{ "@CHAT SETTINGS@", put_settings_chat }, { "@COMMANDS@", put_commands }, { "@MESSAGES@", put_messages }, { "@WORDS@", put_words }, { "@BASH COMMANDS@", put_bash_commands },
	{ "@BASH OPTIONS@", put_bash_options }, { "@BASH SLASH COMMANDS@", put_bash_slash_commands }, { "@BASH ACCOUNT KEYS@", put_bash_account_keys },
	{ "@KEYS@", put_keys },
};

static void put_template_line(const char *line)
{
	for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
		if (!strcmp(line, parts[i].name)) {
			parts[i].put();
			return;
		}
	if (*line == '@') {
		fprintf(stderr, "generate: there is no part \"%s\"\n", line);
		exit(1);
	}
	g_auto(GStrv) pieces = g_strsplit(line, "@VERSION@", -1);
	g_autofree char *whole = g_strjoinv(PACKAGE_VERSION, pieces);
	puts(whole);
}

int main(int argc, char **argv)
{
	g_autofree char *text = NULL;
	g_autoptr(GError) error = NULL;
	if (argc != 2 || !g_file_get_contents(argv[1], &text, NULL, &error)) {
		fprintf(stderr, "generate: %s\n", error ? error->message : "say which template");
		return 1;
	}
	g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
	for (char **line = lines; *line; line++)
		put_template_line(*line);
	return fflush(stdout) || ferror(stdout) ? 1 : 0;
}
