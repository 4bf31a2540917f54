/* ranks.c: see ranks.h.
 *
 * libpurple has no functions for this, but protocols register commands (/kick); which ones is a table. In the lines %n is the nick, %m the
 * mask of everybody with that nick, %r the room, %t why.
 */
#include "config.h"
#include "purple/ranks.h"
#include "purple/host.h"
#include "purple/html.h"
#include "purple/irc.h"
#include "purple/rooms.h"
#include <string.h>

#define LIST_TIMEOUT_S 20

static const struct {
	const char *id;
	const char *role, *affiliation;    /* words of the wire; NULL: not this one */
	PurpleConvChatBuddyFlags only_for; /* 0, or who has one of these */
	const char *command, *second;      /* second may be NULL */
} commands[] = {
	{ "prpl-irc", "none", NULL, 0, "kick %n %t", NULL },
	{ "prpl-irc", "moderator", NULL, 0, "op %n", NULL },
	{ "prpl-irc", "participant", NULL, PURPLE_CBFLAGS_OP, "deop %n", NULL },
	{ "prpl-irc", "participant", NULL, 0, "voice %n", NULL },
	{ "prpl-irc", "visitor", NULL, 0, "devoice %n", NULL },
	{ "prpl-irc", NULL, "outcast", 0, "mode %r +b %m", "kick %n %t" },
	{ "prpl-irc", NULL, "none", 0, "mode %r -b %m", NULL },
	{ "prpl-jabber", "none", NULL, 0, "kick %n %t", NULL },
	{ "prpl-jabber", "moderator", NULL, 0, "role moderator %n", NULL },
	{ "prpl-jabber", "participant", NULL, 0, "role participant %n", NULL },
	{ "prpl-jabber", "visitor", NULL, 0, "role visitor %n", NULL },
	{ "prpl-jabber", NULL, "outcast", 0, "ban %n %t", NULL },
	{ "prpl-jabber", NULL, "none", 0, "affiliate none %n", NULL },
	{ "prpl-jabber", NULL, "member", 0, "affiliate member %n", NULL },
	{ "prpl-jabber", NULL, "admin", 0, "affiliate admin %n", NULL },
	{ "prpl-jabber", NULL, "owner", 0, "affiliate owner %n", NULL },
};

/* A list comes as lines into the room: on IRC of bans, one each and one for the end; on prpl-jabber all of a rank in one. */
static gint64 request; /* 0: none is waited for */
static char *listed;   /* owned; the room */
static guint timer, count, missing;

static const char *own_id(void)
{
	return purple_account_get_protocol_id(host.account);
}

gboolean ranks_are_known(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++)
		if (!strcmp(commands[i].id, own_id()))
			return TRUE;
	return FALSE;
}

static PurpleConvChatBuddyFlags flags_of(PurpleConversation *room, const char *who)
{
	return purple_conv_chat_user_get_flags(PURPLE_CONV_CHAT(room), who);
}

static int find_command(const WireRoomRank *m, PurpleConversation *room)
{
	for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
		if (strcmp(commands[i].id, own_id()) || (commands[i].role ? g_strcmp0(commands[i].role, m->role) : g_strcmp0(commands[i].affiliation, m->affiliation)))
			continue;
		if (!commands[i].only_for || flags_of(room, m->who) & commands[i].only_for)
			return (int)i;
	}
	return -1;
}

static char *fill(const char *pattern, const char *room, const char *who, const char *why)
{
	GString *line = g_string_new(NULL);
	for (; *pattern; pattern++) {
		if (*pattern != '%') {
			g_string_append_c(line, *pattern);
			continue;
		}
		switch (*++pattern) {
		case 'n': g_string_append(line, who); break;
		case 'r': g_string_append(line, room); break;
		case 't': g_string_append(line, why ? why : ""); break;
		default: g_string_append_printf(line, "%s%s", who, strpbrk(who, "!@*") ? "" : "!*@*");
		}
	}
	return g_strchomp(g_string_free(line, FALSE));
}

/* NULL, or why not. */
static char *run(PurpleConversation *room, const char *pattern, const char *who, const char *why)
{
	g_autofree char *line = fill(pattern, purple_conversation_get_name(room), who, why), *html = html_from_plain(line);
	char *error = NULL;
	PurpleCmdStatus status = purple_cmd_do_command(room, line, html, &error);
	char *said = host_label(error);
	g_free(error);
	if (status == PURPLE_CMD_STATUS_OK) {
		g_free(said);
		return NULL;
	}
	return said ? said : g_strdup("the network did not take the command");
}

void ranks_change(const WireRoomRank *m)
{
	PurpleConversation *room = host_connection() ? rooms_find(m->chat) : NULL;
	int i = room ? find_command(m, room) : -1;
	if (i < 0) {
		backend_fail(host.backend, m->request, room ? "this network has no such rank" : "you are not in that room");
		return;
	}
	if (strpbrk(m->who, " \r\n")) {
		backend_fail(host.backend, m->request, "that is no name of anybody in a room");
		return;
	}
	g_autofree char *why = run(room, commands[i].command, m->who, m->text);
	if (!why && commands[i].second && purple_conv_chat_find_user(PURPLE_CONV_CHAT(room), m->who))
		why = run(room, commands[i].second, m->who, m->text);
	if (why)
		backend_fail(host.backend, m->request, why);
	else if (!irc_answers(m->request, m->chat, m->who))
		backend_done(host.backend, m->request, NULL);
}

/* ---- the list of bans ---- */

static void finish(const char *failure)
{
	gint64 waiting = request;
	request = 0;
	g_clear_handle_id(&timer, g_source_remove);
	g_clear_pointer(&listed, g_free);
	if (!waiting)
		return;
	if (failure)
		backend_fail(host.backend, waiting, failure);
	else
		backend_done(host.backend, waiting, count ? NULL : "nobody has such a rank");
}

static gboolean on_timeout(gpointer user G_GNUC_UNUSED)
{
	timer = 0;
	finish("the network did not answer");
	return G_SOURCE_REMOVE;
}

static gboolean is_own(const char *id)
{
	return !strcmp(own_id(), id);
}

static void tell_item(const char *address, const char *rank, const char *text)
{
	count++;
	backend_send(host.backend, &WIRE(ITEM, Item, .request = request, .address = address, .name = rank, .text = text));
}

static gboolean take_ban(const char *text)
{
	static const char entry[] = "Ban on ", end[] = "End of ban list";
	if (g_str_has_prefix(text, end)) {
		finish(NULL);
		return TRUE;
	}
	if (!g_str_has_prefix(text, entry))
		return FALSE;
	const char *mask = text + strlen(entry), *by = strstr(mask, " by ");
	g_autofree char *address = by ? g_strndup(mask, by - mask) : g_strdup(mask);
	tell_item(address, "outcast", by ? by + 1 : NULL);
	return TRUE;
}

/* "Affiliations:", then lines of "alice@example.org owner" or "alice@example.org (Alice) owner". */
static gboolean take_affiliations(const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	if (!g_str_has_prefix(text, "Affiliations:"))
		return FALSE;
	for (char **line = lines + 1; *line; line++) {
		char *rank = strrchr(*line, ' '), *nick = strchr(*line, ' ');
		if (!rank || !strchr(*line, '.'))
			continue; /* nobody has it, in words */
		*rank++ = '\0';
		if (nick < rank - 1)
			*nick++ = '\0';
		tell_item(*line, rank, nick < rank - 1 ? nick : NULL);
	}
	if (!--missing)
		finish(NULL);
	return TRUE;
}

gboolean ranks_take_line(const char *room, const char *text)
{
	if (!request || strcmp(room, listed))
		return FALSE;
	return is_own("prpl-irc") ? take_ban(text) : take_affiliations(text);
}

/* NULL, or why not. */
static char *ask_affiliations(PurpleConversation *room, Affiliation wanted)
{
	static const Affiliation all[] = { AFFILIATION_OWNER, AFFILIATION_ADMIN, AFFILIATION_MEMBER, AFFILIATION_OUTCAST };
	char *why = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(all) && !why; i++) {
		g_autofree char *command = g_strdup_printf("affiliate %s", wire_words_affiliation[all[i]]);
		if (wanted != AFFILIATION_NONE && wanted != all[i])
			continue;
		missing++;
		why = run(room, command, "", NULL);
	}
	return why;
}

void ranks_list(const WireRoomRanks *m)
{
	PurpleConversation *room = host_connection() ? rooms_find(m->chat) : NULL;
	gboolean irc = is_own("prpl-irc") && (m->affiliation == AFFILIATION_NONE || m->affiliation == AFFILIATION_OUTCAST);
	if (!room || !(irc || is_own("prpl-jabber"))) {
		backend_fail(host.backend, m->request, room ? "this network keeps no list of that rank" : "you are not in that room");
		return;
	}
	finish("another list was asked for");
	request = m->request;
	count = missing = 0;
	listed = g_strdup(rooms_address(room));
	timer = g_timeout_add_seconds(LIST_TIMEOUT_S, on_timeout, NULL);
	g_autofree char *why = irc ? run(room, "mode %r +b", "", NULL) : ask_affiliations(room, m->affiliation);
	if (why)
		finish(why);
}

void ranks_stop(void)
{
	finish("the connection has ended");
}
