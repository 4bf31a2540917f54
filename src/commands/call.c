/* call.c: see call.h. */
#include "commands/call.h"
#include "base/paths.h"
#include "base/text.h"
#include <gio/gio.h>
#include <string.h>

#define PRINT_MAX_BYTES 60000

gboolean call_refuse(GError **error, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = g_strdup_vprintf(format, args);
	va_end(args);
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
	return FALSE;
}

char *call_path(const CommandCall *call, const char *typed)
{
	g_autofree char *expanded = paths_expand(typed);
	return g_path_is_absolute(expanded) ? g_steal_pointer(&expanded) : g_build_filename(call->directory ? call->directory : g_get_home_dir(), expanded, NULL);
}

static char *format_clean(const char *format, va_list args)
{
	g_autofree char *text = g_strdup_vprintf(format, args);
	return text_clean(text, TEXT_LINES);
}

gboolean call_done(CommandCall *call, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = format_clean(format, args);
	va_end(args);
	call->done(call, text, 0);
	return TRUE;
}

gboolean call_done_silently(CommandCall *call)
{
	call->done(call, NULL, 0);
	return TRUE;
}

void call_print_lines(CommandCall *call, const GString *lines)
{
	for (const char *p = lines->str; *p;) {
		gsize length = strlen(p);
		if (length > PRINT_MAX_BYTES) {
			const char *end = g_strrstr_len(p, PRINT_MAX_BYTES, "\n");
			if (!end)
				end = strchr(p, '\n');
			length = end ? (gsize)(end - p) : length;
		}
		g_autofree char *piece = g_strndup(p, length);
		call->print(call, g_strchomp(piece));
		p += length;
		p += *p == '\n';
	}
}

void call_print(CommandCall *call, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_autofree char *text = format_clean(format, args);
	va_end(args);
	g_autoptr(GString) lines = g_string_new(text);
	call_print_lines(call, lines);
}

Account *call_account(CommandCall *call, const char *name, GError **error)
{
	const GPtrArray *accounts = model_accounts(call->host->model);
	Account *account = name ? model_account(call->host->model, name) : call->account;
	if (account)
		return account;
	if (name)
		call_refuse(error, "there is no account \"%s\"", name);
	else if (!accounts->len)
		call_refuse(error, "there is no account yet; add one with /account add NAME PROTOCOL ADDRESS");
	else if (accounts->len > 1)
		call_refuse(error, "there are several accounts; say which one");
	else
		return accounts->pdata[0];
	return NULL;
}

static gboolean check_online(const Account *account, const char *ability, GError **error)
{
	if (!account_is_online(account))
		return call_refuse(error, "the account \"%s\" is not online", account->name);
	if (ability && !account_can(account, ability))
		return call_refuse(error, "the network of \"%s\" does not offer that", account->name);
	return TRUE;
}

Account *call_online_account(CommandCall *call, const char *name, const char *ability, GError **error)
{
	Account *account = call_account(call, name, error);
	return account && check_online(account, ability, error) ? account : NULL;
}

gboolean call_target(CommandCall *call, const char *who, Target *target, GError **error)
{
	if (who) {
		/* The account of the chat decides between equals only: a name may stand in another account's list. */
		g_autoptr(GError) why = NULL;
		if (model_find(call->host->model, who, NULL, target, &why))
			return TRUE;
		if (call->account && model_find(call->host->model, who, call->account, target, NULL)) {
			if (target->contact || target->chat || !g_error_matches(why, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT))
				return TRUE;
			g_clear_pointer(&target->address, g_free);
		}
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	if (!call->chat)
		return call_refuse(error, "say whom: this is not typed in a chat");
	*target = (Target){ .account = call->chat->account, .address = g_strdup(call->chat->address), .kind = call->chat->kind, .chat = call->chat,
		.contact = model_contact(call->chat->account, call->chat->address) };
	return TRUE;
}

gboolean call_room(CommandCall *call, const char *room, Target *target, GError **error)
{
	if (!room && (!call->chat || call->chat->kind == CHAT_DIRECT))
		return call_refuse(error, "say which room: this is not typed in one");
	if (!call_target(call, room, target, error))
		return FALSE;
	if (target->kind == CHAT_PRIVATE) {
		/* ROOM/NICK: the room is meant. */
		char *slash = strchr(target->address, '/');
		if (slash)
			*slash = 0;
		target->kind = CHAT_ROOM;
		target->contact = NULL;
		target->chat = model_chat(target->account, target->address);
	}
	return TRUE;
}

gboolean call_is_room(CommandCall *call, const char *name)
{
	Target target;
	if (!model_find(call->host->model, name, NULL, &target, NULL))
		return FALSE;
	g_free(target.address);
	return target.chat && target.chat->kind == CHAT_ROOM;
}

static Chat *room_here(CommandCall *call)
{
	return call->chat && call->chat->kind == CHAT_ROOM ? call->chat : NULL;
}

gboolean call_room_and_words(CommandCall *call, Target *target, char **text, GError **error)
{
	gboolean words_only = room_here(call) && call->args[0] && !call_is_room(call, call->args[0]);
	if (!call_room(call, words_only ? NULL : call->args[0], target, error))
		return FALSE;
	*text = words_only && call->args[1] ? g_strdup_printf("%s %s", call->args[0], call->args[1]) : g_strdup(call->args[words_only ? 0 : 1]);
	return TRUE;
}

/* Somebody in the room it is typed in goes before a room of that name. */
gboolean call_room_and_who(CommandCall *call, Target *target, char **who, char **rest, GError **error)
{
	const Chat *here = room_here(call);
	const char *first = call->args[0], *second = call->args[1], *third = call->args[2];
	gboolean is_here = here && here->occupants && g_hash_table_contains(here->occupants, first);
	g_autofree char *quoted = second && third ? commands_quote(second) : NULL;
	g_autofree char *words = quoted ? g_strdup_printf("%s %s", quoted, third) : g_strdup(second);
	gboolean named = !is_here && words && call_is_room(call, first);
	if (!named && !here)
		return call_refuse(error, "say in which room: this is not typed in one");
	if (!call_room(call, named ? first : NULL, target, error))
		return FALSE;
	const char *left = words;
	*who = named ? commands_next_word(&left, NULL) : g_strdup(first);
	if (!*who) {
		g_free(target->address);
		return call_refuse(error, "say whom");
	}
	while (left && *left == ' ')
		left++;
	*rest = left && *left ? g_strdup(left) : NULL;
	return TRUE;
}

gboolean call_backend(CommandCall *call, Account *account, void *request, GError **error)
{
	return check_online(account, NULL, error) && call->host->to_backend(call->hub, account, request, call, error);
}

gboolean call_config(CommandCall *call, GError **error)
{
	if (config_is_current(call->host->config) || !call->host->reload)
		return TRUE;
	return call->host->reload(call->hub, error);
}

gboolean call_save(CommandCall *call, GError **error)
{
	if (config_save(call->host->config, error))
		return TRUE;
	config_revert(call->host->config);
	return FALSE;
}

gboolean call_set(CommandCall *call, const char *group, const char *key, const char *value, GError **error)
{
	if (!call_config(call, error))
		return FALSE;
	config_set(call->host->config, group, key, value);
	if (!call_save(call, error))
		return FALSE;
	call->host->setting_changed(call->hub, group, key, value);
	return TRUE;
}

void call_put_column(GString *out, const char *text, int width)
{
	g_string_append(out, text);
	for (glong i = g_utf8_strlen(text, -1); i < width; i++)
		g_string_append_c(out, ' ');
}
