/* irc.c: see irc.h.
 *
 * The plugin answers CTCP PING and VERSION to anybody by itself; its signal for each line that comes is where that is stopped. An own name in
 * use is mostly our own session that the server has not missed yet: it is asked for again when its holder is seen to go, and a few times later.
 */
#include "config.h"
#include "purple/irc.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/irc-codes.h"
#include "purple/irc-answers.h"
#include "purple/irc-pace.h"
#include "purple/irc-services.h"
#include <string.h>

#define IRC "prpl-irc"

static gboolean kick; /* the line that came last is one */
static const guint retries_s[] = { 15, 30, 60, 120, 300 };

static char *wanted; /* owned; the name to take back, or NULL */
static guint tries, timer;

static gboolean is_irc(void)
{
	return !strcmp(purple_account_get_protocol_id(host.account), IRC);
}

void irc_send_raw(const char *format, ...)
{
	PurpleConnection *gc = host_connection();
	va_list args;
	va_start(args, format);
	g_autofree char *line = g_strdup_vprintf(format, args), *whole = g_strconcat(line, "\r\n", NULL);
	va_end(args);
	if (gc && !strpbrk(line, "\r\n"))
		host.protocol->send_raw(gc, whole, (int)strlen(whole));
}

/* ---- the own name ---- */

static void plan_retry(void);

void irc_ask_for_name(void)
{
	if (wanted)
		irc_send_raw("NICK %s", wanted);
}

static gboolean on_retry(gpointer user G_GNUC_UNUSED)
{
	timer = 0;
	irc_ask_for_name();
	plan_retry();
	return G_SOURCE_REMOVE;
}

static void plan_retry(void)
{
	if (wanted && tries < G_N_ELEMENTS(retries_s))
		timer = g_timeout_add_seconds(retries_s[tries++], on_retry, NULL);
}

static void forget_name(void)
{
	g_clear_handle_id(&timer, g_source_remove);
	g_clear_pointer(&wanted, g_free);
}

/* ---- lines ---- */

/* ":nick!user@host COMMAND parameters" */
typedef struct {
	char *nick; /* owned */
	const char *command, *rest;
} Line;

static gboolean read_line(const char *text, Line *line)
{
	const char *space = *text == ':' ? strchr(text, ' ') : NULL;
	if (!space)
		return FALSE;
	gsize length = strcspn(text + 1, "! ");
	line->nick = g_strndup(text + 1, length);
	line->command = space + 1;
	line->rest = strchr(space + 1, ' ');
	return TRUE;
}

static gboolean is_command(const Line *line, const char *command)
{
	gsize length = strlen(command);
	return !g_ascii_strncasecmp(line->command, command, length) && (line->command[length] == ' ' || !line->command[length]);
}

static void watch_names(const Line *line)
{
	const char *own = host_connection() ? purple_connection_get_display_name(host_connection()) : NULL;
	if (!wanted)
		return;
	if (own && !g_ascii_strcasecmp(own, wanted)) {
		forget_name();
	} else if ((is_command(line, "QUIT") || is_command(line, "NICK")) && !g_ascii_strcasecmp(line->nick, wanted)) {
		irc_ask_for_name();
	} else if (is_command(line, "NICK") && own && !g_ascii_strcasecmp(line->nick, own)) {
		/* The user has chosen another one, or ours is granted. */
		if (line->rest && !g_ascii_strcasecmp(line->rest + strspn(line->rest, " :"), wanted))
			backend_notice(host.backend, NULL, FALSE, "the name \"%s\" was free again: it is yours", wanted);
		forget_name();
	}
}

/* What a question by CTCP asks, also for a direct connection; NULL for what is none (actions, files that are offered). Free it. */
static char *ctcp_question(const Line *line)
{
	const char *colon = is_command(line, "PRIVMSG") && line->rest ? strstr(line->rest, " :\001") : NULL;
	if (!colon || g_str_has_prefix(colon + 3, "ACTION ") || g_str_has_prefix(colon + 3, "DCC SEND "))
		return NULL;
	gsize direct = g_str_has_prefix(colon + 3, "DCC ") ? strlen("DCC ") : 0;
	return g_strndup(colon + 3, direct + strcspn(colon + 3 + direct, " \001"));
}

/* The server's refusal of the name that is taken back: it is asked for again. */
static gboolean is_name_refused(const Line *line)
{
	return wanted && is_command(line, "433") && line->rest && strstr(line->rest, wanted);
}

/* A chat with somebody who has another name now: what is written there would find nobody, or somebody else. */
static void tell_new_name(const Line *line)
{
	const char *own = host_connection() ? purple_connection_get_display_name(host_connection()) : NULL;
	PurpleConversation *chat = is_command(line, "NICK") && line->rest && (!own || g_ascii_strcasecmp(line->nick, own))
	                               ? purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, line->nick, host.account)
	                               : NULL;
	g_autofree char *before = chat ? host_name(line->nick) : NULL, *now = chat ? host_name(line->rest + strspn(line->rest, " :")) : NULL;
	if (!before || !now || !g_ascii_strcasecmp(before, now))
		return;
	g_autofree char *said = g_strdup_printf("%s is now known as %s", before, now);
	chats_tell_event(chat, said);
	/* The plugin would make it the chat with the new name. */
	purple_conversation_destroy(chat);
}

static gboolean is_nickserv_answer(const Line *line)
{
	const char *text = line->rest ? strstr(line->rest, " :") : NULL;
	return text && !g_ascii_strcasecmp(line->nick, "NickServ") && (is_command(line, "NOTICE") || is_command(line, "PRIVMSG")) &&
	       irc_services_take_line(text + 2);
}

static void on_line(PurpleConnection *gc, char **text, gpointer data G_GNUC_UNUSED)
{
	static gint64 told;
	Line line;
	if (gc != purple_account_get_connection(host.account) || !*text || !read_line(*text, &line))
		return;
	g_autofree char *question = ctcp_question(&line), *what = host_name(question), *who = host_name(line.nick);
	gboolean ours = is_name_refused(&line) || is_nickserv_answer(&line) || irc_answers_take_line(line.command, line.rest);
	watch_names(&line);
	tell_new_name(&line);
	kick = is_command(&line, "KICK");
	g_free(line.nick);
	/* An empty line means nothing to the plugin. */
	if (ours || question)
		**text = '\0';
	if (!question)
		return;
	gint64 now = g_get_monotonic_time();
	if (!told || now - told > 60 * G_USEC_PER_SEC)
		backend_notice(host.backend, NULL, FALSE, "%s asked this client something (CTCP %s) and got no answer", who ? who : "somebody", what ? what : "");
	told = now;
}

/* The line stays ours: the plugin only reads it. */
static void on_talk(PurpleConnection *gc, char **text, gpointer data G_GNUC_UNUSED)
{
	static char *line;
	char *good = gc == purple_account_get_connection(host.account) && *text ? irc_codes_for_plugin(*text) : NULL;
	if (!good)
		return;
	g_free(line);
	*text = line = good;
}

static void on_own_line(PurpleConnection *gc, char **text, gpointer data G_GNUC_UNUSED)
{
	if (gc == purple_account_get_connection(host.account) && *text)
		irc_pace_take_line(*text);
}

/* ---- requests ---- */

gboolean irc_answers(gint64 request, const char *subject, const char *other)
{
	if (!is_irc() || !host_connection())
		return FALSE;
	irc_answers_wait(request, subject, other);
	return TRUE;
}

gboolean irc_answers_command(gint64 request, const char *chat, const char *line)
{
	if (!is_irc() || !host_connection())
		return FALSE;
	if (!g_ascii_strncasecmp(line, "quote ", strlen("quote ")))
		irc_answers_wait_all(request, chat);
	else
		irc_answers_wait(request, NULL, NULL);
	return TRUE;
}

gboolean irc_is_kick(void)
{
	return kick;
}

/* ---- life ---- */

gboolean irc_is_for_nickserv(void)
{
	return is_irc() && irc_services_own_password();
}

gboolean irc_needs_password(void)
{
	return is_irc() && irc_services_use_sasl();
}

void irc_start(PurpleConnection *gc, const char *password)
{
	if (!is_irc())
		return;
	const char *user = purple_account_get_username(host.account), *own = purple_connection_get_display_name(gc);
	g_autofree char *name = g_strndup(user, strcspn(user, "@"));
	gboolean other = own && g_ascii_strcasecmp(own, name);
	irc_stop();
	irc_services_start(name, other, password);
	if (other) {
		wanted = g_steal_pointer(&name);
		plan_retry();
	}
}

void irc_stop(void)
{
	forget_name();
	irc_services_stop();
	irc_answers_stop();
	irc_pace_stop();
	tries = 0;
}

void irc_attach(void)
{
	static int handle, talk_handle;
	PurplePlugin *plugin = is_irc() ? purple_plugins_find_with_id(IRC) : NULL;
	if (!plugin)
		return;
	irc_services_set_up();
	irc_pace_set_up();
	purple_signal_connect(plugin, "irc-receiving-text", &handle, PURPLE_CALLBACK(on_line), NULL);
	purple_signal_connect(plugin, "irc-receiving-text", &talk_handle, PURPLE_CALLBACK(on_talk), NULL);
	purple_signal_connect(plugin, "irc-sending-text", &handle, PURPLE_CALLBACK(on_own_line), NULL);
}
