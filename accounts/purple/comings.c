/* comings.c: see comings.h. */
#include "config.h"
#include "purple/comings.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/irc.h"
#include "purple/rooms.h"
#include <string.h>

#define FOLD_S 30     /* how long a line may wait for what comes next */
#define NAMES_MAX 12  /* named in a line; the others are counted */
#define FOLDED "kith-folded" /* key of the conversation's data: Folded * */

typedef struct {
	PurpleConversation *room;
	GPtrArray *came, *left, *split; /* of char *, owned: names */
	char *servers;                  /* owned; of the netsplit */
	guint timer;
} Folded;

static void folded_free(Folded *f)
{
	g_clear_handle_id(&f->timer, g_source_remove);
	g_ptr_array_unref(f->came);
	g_ptr_array_unref(f->left);
	g_ptr_array_unref(f->split);
	g_free(f->servers);
	g_free(f);
}

static Folded *folded_of(PurpleConversation *room)
{
	Folded *f = purple_conversation_get_data(room, FOLDED);
	if (f)
		return f;
	f = g_new0(Folded, 1);
	*f = (Folded){ .room = room, .came = g_ptr_array_new_with_free_func(g_free), .left = g_ptr_array_new_with_free_func(g_free),
		.split = g_ptr_array_new_with_free_func(g_free) };
	purple_conversation_set_data(room, FOLDED, f);
	return f;
}

void comings_forget(PurpleConversation *room)
{
	Folded *f = purple_conversation_get_data(room, FOLDED);
	if (!f)
		return;
	purple_conversation_set_data(room, FOLDED, NULL);
	folded_free(f);
}

/* ---- one line ---- */

static void append_names(GString *line, const GPtrArray *names, const char *verb)
{
	if (!names->len)
		return;
	g_string_append(line, line->len ? "; " : "");
	guint shown = names->len > NAMES_MAX ? NAMES_MAX : names->len;
	for (guint i = 0; i < shown; i++)
		g_string_append_printf(line, "%s%s", i == 0 ? "" : i + 1 == names->len ? " and " : ", ", (const char *)names->pdata[i]);
	if (shown < names->len)
		g_string_append_printf(line, " and %u more", names->len - shown);
	g_string_append_printf(line, " %s", verb);
}

void comings_flush(PurpleConversation *room)
{
	Folded *f = purple_conversation_get_data(room, FOLDED);
	if (!f)
		return;
	g_autoptr(GString) line = g_string_new(NULL);
	g_autofree char *split = f->servers ? g_strdup_printf("left by a netsplit (%s)", f->servers) : NULL;
	append_names(line, f->came, "came");
	append_names(line, f->left, "left");
	append_names(line, f->split, split);
	purple_conversation_set_data(room, FOLDED, NULL);
	folded_free(f);
	if (line->len)
		chats_tell_event(room, line->str);
}

static gboolean on_timer(gpointer user)
{
	Folded *f = user;
	f->timer = 0;
	comings_flush(f->room);
	return G_SOURCE_REMOVE;
}

/* ---- collecting ---- */

static const char *mode(void)
{
	const char *setting = backend_setting(host.backend, "room_events");
	return setting ? setting : "folded";
}

static gboolean take_name(GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++) {
		if (!strcmp(names->pdata[i], name)) {
			g_ptr_array_remove_index(names, i);
			return TRUE;
		}
	}
	return FALSE;
}

static void wait_for_more(Folded *f)
{
	if (!f->timer)
		f->timer = g_timeout_add_seconds(FOLD_S, on_timer, f);
}

/* What somebody gave as reason; the plugin for IRC puts a word before it. */
static const char *bare_reason(const char *reason)
{
	static const char quit[] = "quit: ";
	return reason && g_str_has_prefix(reason, quit) ? reason + strlen(quit) : reason;
}

/* "irc.one.example irc.two.example", which no person writes: the servers that lost each other. */
static gboolean is_netsplit(const char *reason)
{
	const char *space = reason ? strchr(reason, ' ') : NULL;
	if (!space || strchr(space + 1, ' ') || !strchr(space + 1, '.') || !memchr(reason, '.', space - reason))
		return FALSE;
	for (; *reason; reason++)
		if (!g_ascii_isalnum(*reason) && !strchr(".-* ", *reason))
			return FALSE;
	return TRUE;
}

void comings_came(PurpleConversation *room, const char *name)
{
	g_autofree char *nick = host_name(name);
	const char *own = purple_conv_chat_get_nick(PURPLE_CONV_CHAT(room));
	if (!nick || !strcmp(mode(), "none") || (own && !purple_utf8_strcasecmp(own, name)))
		return;
	if (!strcmp(mode(), "all")) {
		g_autofree char *line = g_strdup_printf("%s came", nick);
		chats_tell_event(room, line);
		return;
	}
	Folded *f = folded_of(room);
	if (!take_name(f->split, nick) && !take_name(f->left, nick))
		g_ptr_array_add(f->came, g_steal_pointer(&nick));
	wait_for_more(f);
}

/* The plugin says "Kicked by bob (why)". */
static void tell_kick(PurpleConversation *room, const char *nick, const char *why)
{
	static const char by[] = "Kicked by ";
	gboolean named = why && g_str_has_prefix(why, by);
	g_autofree char *line = named ? g_strdup_printf("%s was kicked by %s", nick, why + strlen(by)) : g_strdup_printf("%s was kicked", nick);
	if (g_str_has_suffix(line, " ()"))
		line[strlen(line) - strlen(" ()")] = '\0';
	chats_tell_event(room, line);
}

/* TRUE: libpurple writes no line of its own. It asks for those who were there before, too. */
static gboolean on_joining(PurpleConversation *room G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, PurpleConvChatBuddyFlags flags G_GNUC_UNUSED,
                           gpointer data G_GNUC_UNUSED)
{
	return TRUE;
}

static gboolean on_leaving(PurpleConversation *room, const char *name, const char *reason, gpointer data G_GNUC_UNUSED)
{
	g_autofree char *nick = host_name(name), *why = host_label(reason);
	const char *own = purple_conv_chat_get_nick(PURPLE_CONV_CHAT(room));
	/* A room that is entered again is emptied first. */
	if (!nick || !strcmp(mode(), "none") || !rooms_is_entered(room) || (own && !purple_utf8_strcasecmp(own, name)))
		return TRUE;
	if (irc_is_kick()) {
		comings_flush(room);
		tell_kick(room, nick, why);
		return TRUE;
	}
	if (!strcmp(mode(), "all")) {
		g_autofree char *line = g_strdup_printf("%s left%s%s%s", nick, why ? " (" : "", why ? why : "", why ? ")" : "");
		chats_tell_event(room, line);
		return TRUE;
	}
	Folded *f = folded_of(room);
	gboolean split = is_netsplit(bare_reason(why));
	if (split && !f->servers)
		f->servers = g_strdup(bare_reason(why));
	if (!take_name(f->came, nick))
		g_ptr_array_add(split ? f->split : f->left, g_steal_pointer(&nick));
	wait_for_more(f);
	return TRUE;
}

void comings_attach(void)
{
	static int handle;
	void *conversations = purple_conversations_get_handle();
	purple_signal_connect(conversations, "chat-buddy-joining", &handle, PURPLE_CALLBACK(on_joining), NULL);
	purple_signal_connect(conversations, "chat-buddy-leaving", &handle, PURPLE_CALLBACK(on_leaving), NULL);
}
