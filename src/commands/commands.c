/* commands.c: the table's order, and what all commands share: finding, splitting, aliases, help, carrying out.
 *
 * The rows stand beside their functions, in the file of their noun. A line is untrusted (it may come from the FIFO), but it is the user's
 * own; lengths are limited by where it comes from.
 */
#include "commands/call.h"
#include "base/text.h"
#include <string.h>

#define ALIAS_STEPS_MAX 8
#define LINE_MAX_BYTES (256 * 1024)
#define FAILURE_MAX_BYTES 4000

const Command *const commands_table[] = {
	&command_accept, &command_account, &command_accounts, &command_action, &command_actions, &command_add, &command_alias, &command_answer,
	&command_attention, &command_autojoin, &command_away, &command_back, &command_ban, &command_bind, &command_block, &command_blocked,
	&command_bookmark, &command_bookmarks, &command_cancel, &command_cards, &command_clear, &command_close, &command_cmd, &command_configure,
	&command_connect, &command_contacts, &command_correct, &command_deny, &command_deop, &command_destroy, &command_detach, &command_devoice,
	&command_disconnect, &command_group, &command_help, &command_history, &command_icon, &command_info, &command_invite, &command_join, &command_kick,
	&command_me, &command_moderate, &command_msg, &command_names, &command_next, &command_nick, &command_notify, &command_older, &command_op,
	&command_open, &command_part, &command_prev, &command_protocols, &command_query, &command_quit, &command_rank, &command_ranks,
	&command_react, &command_reconnect, &command_refuse, &command_regroup, &command_reload, &command_remove, &command_rename, &command_reply, &command_retract,
	&command_retry, &command_rooms, &command_run, &command_save, &command_search, &command_send, &command_set, &command_status, &command_stop,
	&command_take, &command_theme, &command_topic, &command_transfers, &command_unban, &command_unblock, &command_unbookmark, &command_unread,
	&command_versions, &command_voice, &command_whisper, &command_win, NULL
};

/* ---- finding ---- */

const Command *commands_find(const char *name, gboolean allow_beginning)
{
	const Command *found = NULL;
	gsize length = strlen(name);
	for (const Command *const *command = commands_table; *command; command++)
		if (!strcmp((*command)->name, name) || ((*command)->other_names && g_strv_contains((*command)->other_names, name)))
			return *command;
	if (!allow_beginning || !length)
		return NULL;
	for (const Command *const *command = commands_table; *command; command++)
		if (!strncmp((*command)->name, name, length)) {
			if (found)
				return NULL;
			found = *command;
		}
	return found;
}

/* The length of the name at the beginning of a line that has a slash. */
static gsize name_length(const char *line)
{
	return strcspn(line + 1, " \t\n");
}

static gboolean refuse_name(const char *name, GError **error)
{
	g_autoptr(GString) names = g_string_new(NULL);
	for (const Command *const *command = commands_table; *name && *command; command++)
		if (g_str_has_prefix((*command)->name, name))
			g_string_append_printf(names, "%s/%s", names->len ? ", " : "", (*command)->name);
	if (names->len)
		return call_refuse(error, "\"/%s\" could be any of %s", name, names->str);
	return call_refuse(error, "there is no command \"/%s\"; /help lists them", name);
}

const Command *commands_of_line(const char *line, const char **rest, GError **error)
{
	*rest = line;
	if (*line != '/' || line[1] == '/')
		return NULL;
	gsize length = name_length(line);
	g_autofree char *name = g_strndup(line + 1, length);
	const Command *command = commands_find(name, TRUE);
	if (!command)
		refuse_name(name, error);
	*rest = line + 1 + length;
	return command;
}

/* ---- splitting ---- */

static const char *skip_space(const char *text)
{
	while (*text == ' ' || *text == '\t' || *text == '\n')
		text++;
	return text;
}

char *commands_next_word(const char **rest, GError **error)
{
	const char *p = skip_space(*rest);
	gboolean quoted = FALSE;
	if (!*p) {
		*rest = p;
		return NULL;
	}
	GString *word = g_string_new(NULL);
	for (; *p && (quoted || !strchr(" \t\n", *p)); p++) {
		if (quoted && *p == '\\' && (p[1] == '"' || p[1] == '\\'))
			g_string_append_c(word, *++p);
		else if (*p == '"' && (quoted || !word->len || word->str[word->len - 1] == '='))
			quoted = !quoted;
		else
			g_string_append_c(word, *p);
	}
	*rest = p;
	if (!quoted)
		return g_string_free(word, FALSE);
	g_string_free(word, TRUE);
	call_refuse(error, "a quote has no end");
	return NULL;
}

char *commands_quote(const char *text)
{
	if (*text && !strpbrk(text, " \t\n\""))
		return g_strdup(text);
	GString *out = g_string_new("\"");
	for (const char *p = text; *p; p++) {
		if (*p == '"' || *p == '\\')
			g_string_append_c(out, '\\');
		g_string_append_c(out, *p);
	}
	g_string_append_c(out, '"');
	return g_string_free(out, FALSE);
}

static gboolean refuse_usage(const Command *command, const char *why, GError **error)
{
	g_autofree char *usage = commands_usage(command);
	return call_refuse(error, "%s; usage: %s", why, usage);
}

char **commands_split(const Command *command, const char *rest, GError **error)
{
	g_autoptr(GError) why = NULL;
	char **args = g_new0(char *, COMMAND_ARGS_MAX);
	gboolean good = TRUE;
	for (guint i = 0; i < COMMAND_ARGS_MAX && command->args[i].kind != ARG_NONE && good; i++) {
		const CommandArg *arg = &command->args[i];
		rest = skip_space(rest);
		if (arg->kind != ARG_TEXT)
			args[i] = commands_next_word(&rest, &why);
		else if (*rest) {
			args[i] = g_strchomp(g_strdup(rest));
			rest = "";
		}
		if (why)
			good = refuse_usage(command, why->message, error);
		else if (!args[i] && !arg->optional)
			good = refuse_usage(command, "something is missing", error);
	}
	if (good && *skip_space(rest))
		good = refuse_usage(command, "that is more than this command takes", error);
	if (good)
		return args;
	commands_args_free(args);
	return NULL;
}

void commands_args_free(char **args)
{
	for (guint i = 0; args && i < COMMAND_ARGS_MAX; i++)
		g_free(args[i]);
	g_free(args);
}

/* ---- aliases ---- */

/* The line of an alias with the words of rest put in. */
static char *fill_alias(const char *line, const char *rest)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new_with_free_func(g_free);
	GString *out = g_string_new(NULL);
	const char *left = rest;
	gboolean named = FALSE;
	char *word;
	while ((word = commands_next_word(&left, NULL)))
		g_ptr_array_add(words, word);
	for (const char *p = line; *p; p++) {
		if (*p == '$' && p[1] >= '1' && p[1] <= '9') {
			guint i = (guint)(*++p - '1');
			named = TRUE;
			if (i < words->len) {
				g_autofree char *quoted = commands_quote(words->pdata[i]);
				g_string_append(out, quoted);
			}
		} else if (*p == '$' && (p[1] == '*' || p[1] == '$')) {
			gboolean all = *++p == '*';
			named = named || all;
			g_string_append(out, all ? skip_space(rest) : "$");
		} else {
			g_string_append_c(out, *p);
		}
	}
	if (!named && *skip_space(rest))
		g_string_append_printf(out, " %s", skip_space(rest));
	return g_string_free(out, FALSE);
}

char *commands_expand(const Config *config, const char *line, GError **error)
{
	char *now = g_strdup(line);
	for (guint step = 0; *now == '/' && now[1] && now[1] != '/'; step++) {
		gsize length = name_length(now);
		g_autofree char *name = g_strndup(now + 1, length);
		const char *alias = commands_find(name, FALSE) ? NULL : config_get(config, "alias", name);
		if (!alias)
			return now;
		char *next = step < ALIAS_STEPS_MAX ? fill_alias(alias, now + 1 + length) : NULL;
		gboolean too_long = next && strlen(next) > LINE_MAX_BYTES;
		g_free(now);
		now = next;
		if (!next || too_long) {
			call_refuse(error, too_long ? "the alias \"%s\" makes the line too long" : "the alias \"%s\" goes round in a circle", name);
			g_free(now);
			return NULL;
		}
	}
	return now;
}

/* ---- help ---- */

char *commands_usage(const Command *command)
{
	if (command->usage)
		return g_strdup(command->usage);
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "/%s", command->name);
	for (const CommandArg *arg = command->args; arg->kind != ARG_NONE; arg++) {
		g_autofree char *words = arg->words ? g_strjoinv("|", (char **)arg->words) : NULL;
		g_string_append_printf(out, " %s%s%s%s%s", arg->optional ? "[" : "", arg->name ? arg->name : "", arg->name && words ? "|" : "", words ? words : "", arg->optional ? "]" : "");
	}
	return g_string_free(out, FALSE);
}

char *commands_help(const Command *command)
{
	g_autofree char *usage = commands_usage(command);
	GString *out = g_string_new(NULL);
	g_string_append_printf(out, "%s\n    %s\n\n%s\n", usage, command->summary, command->help);
	if (command->other_names) {
		g_autofree char *names = g_strjoinv(", /", (char **)command->other_names);
		g_string_append_printf(out, "\nAlso: /%s\n", names);
	}
	return g_string_free(out, FALSE);
}

/* ---- carrying out ---- */

static gboolean say(CommandCall *call, const char *text, GError **error)
{
	if (!*skip_space(text))
		return call_refuse(error, "there is nothing to send");
	if (!call->chat)
		return call_refuse(error, "words are sent to a chat, and this is not typed in one; use /msg WHO TEXT");
	Chat *chat = call->chat;
	return call->host->send_message(call->hub, call, &WIRE(MESSAGE, Message, .account = chat->account->name, .chat = chat->address, .chat_kind = chat->kind,
		.text = text), error);
}

static gboolean run_command(CommandCall *call, const Command *command, const char *rest, GError **error)
{
	call->name = command->name;
	if (command->place == RUNS_ON_SCREEN)
		return call_refuse(error, "/%s works on a screen only", command->name);
	commands_call_clear(call);
	call->args = commands_split(command, rest, error);
	return call->args && command->run(call, error);
}

static gboolean run_line(CommandCall *call, const char *line, GError **error)
{
	g_autofree char *expanded = commands_expand(call->host->config, line, error);
	g_autoptr(GError) why = NULL;
	const char *rest;
	if (!expanded)
		return FALSE;
	if (commands_is_network(call->account, expanded))
		return call_network_command(call, expanded, error);
	const Command *command = commands_of_line(expanded, &rest, &why);
	if (command)
		return run_command(call, command, rest, error);
	if (!why)
		return say(call, g_str_has_prefix(expanded, "//") ? expanded + 1 : expanded, error);
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

void commands_run(CommandCall *call, const char *line)
{
	g_autoptr(GError) error = NULL;
	call->name = "message";
	if (run_line(call, line, &error))
		return;
	/* What was typed may stand in it; an answer has a limit. */
	g_autofree char *text = text_shorten(error ? error->message : "it failed", FAILURE_MAX_BYTES);
	call->fail(call, text);
}

void commands_call_clear(CommandCall *call)
{
	commands_args_free(call->args);
	call->args = NULL;
}
