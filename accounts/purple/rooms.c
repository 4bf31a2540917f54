/* rooms.c: see rooms.h. */
#include "config.h"
#include "purple/rooms.h"
#include "purple/chats.h"
#include "purple/comings.h"
#include "purple/host.h"
#include "purple/irc.h"
#include "purple/irc-pace.h"
#include "purple/loop.h"
#include "purple/room-form.h"
#include <string.h>

#define JOIN_TIMEOUT_S 30
#define LINE_US (2 * G_USEC_PER_SEC)    /* how long a line may be the reason of what happens */
#define WELCOME_US (2 * G_USEC_PER_SEC) /* how long after the door lines are about what was there before */
#define ENTERED "kith-entered"          /* key of the conversation's data: when, as gint64 * */

/* A join that waits for the network. */
typedef struct {
	gint64 request;
	char *chat; /* as it was asked for */
	char *name; /* what the network calls it, or NULL */
	GHashTable *components; /* ref; NULL once the network was asked */
	guint timer;
} Joining;

static GList *joining; /* Joining */
static char *last_line, *last_line_room; /* owned */
static gint64 last_line_time;            /* monotonic */

static const char not_there[] = "you are not in that room";
static const char not_online[] = "the account is not online";
static const char no_rooms[] = "this network has no rooms";

const char *rooms_address(PurpleConversation *room)
{
	return host_address(purple_conversation_get_name(room));
}

PurpleConversation *rooms_find(const char *chat)
{
	PurpleConversation *room = purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, chat, host.account);
	return room && !purple_conv_chat_has_left(PURPLE_CONV_CHAT(room)) ? room : NULL;
}

void rooms_note_line(PurpleConversation *room, const char *text)
{
	g_free(last_line);
	g_free(last_line_room);
	last_line = g_strdup(text);
	last_line_room = g_strdup(rooms_address(room));
	last_line_time = g_get_monotonic_time();
}

gboolean rooms_is_entered(PurpleConversation *room)
{
	return purple_conversation_get_data(room, ENTERED) != NULL;
}

gboolean rooms_is_welcome(PurpleConversation *room)
{
	const gint64 *entered = purple_conversation_get_data(room, ENTERED);
	return !entered || g_get_monotonic_time() - *entered < WELCOME_US;
}

static void note_entering(PurpleConversation *room)
{
	gint64 *entered = purple_conversation_get_data(room, ENTERED);
	if (!entered) {
		entered = g_new(gint64, 1);
		purple_conversation_set_data(room, ENTERED, entered);
	}
	*entered = g_get_monotonic_time();
}

/* ---- telling the hub ---- */

/* own_nick: NULL for the one that libpurple knows. */
static void tell_room(PurpleConversation *room, const char *own_nick)
{
	PurpleConvChat *chat = PURPLE_CONV_CHAT(room);
	g_autofree char *address = g_strdup(rooms_address(room)), *topic = host_name(purple_conv_chat_get_topic(chat));
	g_autofree char *nick = host_name(own_nick ? own_nick : purple_conv_chat_get_nick(chat)), *title = host_name(purple_conversation_get_title(room));
	backend_send(host.backend, &WIRE(ROOM, Room, .account = backend_account(host.backend), .chat = address, .topic = topic, .nick = nick,
		.name = g_strcmp0(title, purple_conversation_get_name(room)) ? title : NULL, .joined = TRUE));
}

static void tell_left(const char *address, const char *why)
{
	backend_send(host.backend, &WIRE(ROOM, Room, .account = backend_account(host.backend), .chat = address, .text = why));
}

static void tell_occupant(const char *room, PurpleConvChatBuddy *buddy)
{
	PurpleConvChatBuddyFlags flags = buddy->flags;
	g_autofree char *nick = host_name(buddy->name);
	Role role = flags & (PURPLE_CBFLAGS_OP | PURPLE_CBFLAGS_HALFOP | PURPLE_CBFLAGS_FOUNDER) ? ROLE_MODERATOR
	            : flags & PURPLE_CBFLAGS_VOICE                                               ? ROLE_PARTICIPANT
	                                                                                         : ROLE_NONE;
	if (nick)
		backend_send(host.backend, &WIRE(OCCUPANT, Occupant, .account = backend_account(host.backend), .chat = room, .nick = nick, .role = role,
			.affiliation = flags & PURPLE_CBFLAGS_FOUNDER ? AFFILIATION_OWNER : AFFILIATION_NONE,
			.presence = flags & PURPLE_CBFLAGS_AWAY ? PRESENCE_AWAY : PRESENCE_ONLINE));
}

static void op_add_users(PurpleConversation *room, GList *buddies, gboolean new_arrivals)
{
	g_autofree char *address = g_strdup(rooms_address(room));
	for (; buddies; buddies = buddies->next) {
		PurpleConvChatBuddy *buddy = buddies->data;
		tell_occupant(address, buddy);
		if (new_arrivals)
			comings_came(room, buddy->name);
	}
}

static void op_update_user(PurpleConversation *room, const char *user)
{
	PurpleConvChatBuddy *buddy = purple_conv_chat_cb_find(PURPLE_CONV_CHAT(room), user);
	if (buddy)
		tell_occupant(rooms_address(room), buddy);
}

static void op_rename_user(PurpleConversation *room, const char *old, const char *new, const char *new_alias G_GNUC_UNUSED)
{
	g_autofree char *address = g_strdup(rooms_address(room)), *old_nick = host_name(old), *new_nick = host_name(new);
	backend_send(host.backend, &WIRE(OCCUPANT_GONE, OccupantGone, .account = backend_account(host.backend), .chat = address, .nick = old_nick,
		.new_nick = new_nick));
	op_update_user(room, new);
	/* libpurple may or may not have taken over our own new name by now. */
	const char *own = purple_conv_chat_get_nick(PURPLE_CONV_CHAT(room));
	if (!g_strcmp0(own, new) || !g_strcmp0(own, old))
		tell_room(room, new_nick);
}

static void on_user_left(PurpleConversation *room, const char *user, const char *reason, gpointer data G_GNUC_UNUSED)
{
	g_autofree char *nick = host_name(user), *why = host_label(reason);
	if (nick)
		backend_send(host.backend, &WIRE(OCCUPANT_GONE, OccupantGone, .account = backend_account(host.backend), .chat = rooms_address(room),
			.nick = nick, .text = why));
}

static void on_topic(PurpleConversation *room, const char *who G_GNUC_UNUSED, const char *topic G_GNUC_UNUSED, gpointer data G_GNUC_UNUSED)
{
	if (rooms_find(purple_conversation_get_name(room)))
		tell_room(room, NULL);
}

/* ---- requests that wait ---- */

static void joining_free(Joining *j)
{
	g_clear_handle_id(&j->timer, g_source_remove);
	joining = g_list_remove(joining, j);
	g_clear_pointer(&j->components, g_hash_table_unref);
	g_free(j->chat);
	g_free(j->name);
	g_free(j);
}

static void join_failed(Joining *j, const char *why)
{
	tell_left(j->chat, why);
	backend_fail(host.backend, j->request, why);
	joining_free(j);
}

static gboolean on_join_timeout(gpointer user)
{
	Joining *j = user;
	j->timer = 0;
	join_failed(j, "the network did not let you in: it gave no answer (is a password missing?)");
	return G_SOURCE_REMOVE;
}

static gboolean is_same(const char *a, const char *b)
{
	g_autofree char *normal = g_strdup(purple_normalize(host.account, a));
	return !strcmp(normal, purple_normalize(host.account, b));
}

static Joining *find_joining(const char *chat)
{
	for (GList *l = joining; l; l = l->next) {
		Joining *j = l->data;
		if (is_same(j->chat, chat) || (j->name && is_same(j->name, chat)))
			return j;
	}
	return NULL;
}

gboolean rooms_take_error(const char *text)
{
	Joining *named = NULL;
	for (GList *l = joining; l && !named; l = l->next)
		if (strstr(text, ((Joining *)l->data)->chat))
			named = l->data;
	if (!named && joining && !joining->next)
		named = joining->data;
	if (named)
		join_failed(named, text);
	return named != NULL;
}

gboolean rooms_take_refusal(const char *chat, const char *why)
{
	Joining *j = find_joining(chat);
	if (j)
		join_failed(j, why);
	return j != NULL;
}

static void on_joined(PurpleConversation *room, gpointer data G_GNUC_UNUSED)
{
	Joining *j = find_joining(purple_conversation_get_name(room));
	g_autofree char *address = g_strdup(rooms_address(room));
	note_entering(room);
	tell_room(room, NULL);
	for (GList *l = purple_conv_chat_get_users(PURPLE_CONV_CHAT(room)); l; l = l->next)
		tell_occupant(address, l->data);
	if (j) {
		backend_done(host.backend, j->request, NULL);
		joining_free(j);
	}
}

static void on_join_failed(PurpleConnection *gc G_GNUC_UNUSED, GHashTable *components, gpointer data G_GNUC_UNUSED)
{
	g_autofree char *name = components && host.protocol->get_chat_name ? host.protocol->get_chat_name(components) : NULL;
	Joining *j = name ? find_joining(name) : NULL;
	if (j)
		join_failed(j, "the network did not let you in");
}

/* TRUE the first time after we were in. */
static gboolean forget_entering(PurpleConversation *room)
{
	gint64 *entered = purple_conversation_get_data(room, ENTERED);
	if (!entered)
		return FALSE;
	purple_conversation_set_data(room, ENTERED, NULL);
	g_free(entered);
	return TRUE;
}

/* If it was not by our wish, the network has just written why. */
static void on_left(PurpleConversation *room, gpointer data G_GNUC_UNUSED)
{
	g_autofree char *address = g_strdup(rooms_address(room));
	gboolean told = last_line_room && !strcmp(last_line_room, address) && g_get_monotonic_time() - last_line_time < LINE_US;
	if (forget_entering(room))
		tell_left(address, told ? last_line : NULL);
}

static void on_closed(PurpleConversation *room, gpointer data G_GNUC_UNUSED)
{
	if (purple_conversation_get_type(room) != PURPLE_CONV_TYPE_CHAT)
		return;
	comings_flush(room);
	comings_forget(room);
	if (forget_entering(room))
		tell_left(rooms_address(room), NULL);
}

void rooms_stop(void)
{
	while (joining)
		join_failed(joining->data, "the connection has ended");
}

/* ---- requests ---- */

static Joining *next_to_ask(void)
{
	for (GList *l = joining; l; l = l->next)
		if (((Joining *)l->data)->components)
			return l->data;
	return NULL;
}

static void ask_to_enter(void)
{
	Joining *j;
	while ((j = next_to_ask()) && !irc_pace_wait(ask_to_enter)) {
		g_autoptr(GHashTable) components = g_steal_pointer(&j->components);
		j->timer = g_timeout_add_seconds(JOIN_TIMEOUT_S, on_join_timeout, j);
		serv_join_chat(host_connection(), components);
		loop_worked();
	}
}

static void enter(gint64 request, const char *chat, GHashTable *components)
{
	g_autofree char *name = host.protocol->get_chat_name ? host.protocol->get_chat_name(components) : NULL;
	Joining *j = find_joining(chat);
	if (j)
		join_failed(j, "the room was asked for again");
	host_learn_address(chat);
	j = g_new0(Joining, 1);
	j->request = request;
	j->chat = g_strdup(chat);
	j->name = g_steal_pointer(&name);
	j->components = g_hash_table_ref(components);
	joining = g_list_append(joining, j);
	ask_to_enter();
}

/* The person has filled in the form. */
static void enter_later(const char *chat, GHashTable *components)
{
	enter(0, chat, components);
}

void rooms_join(const WireJoin *m)
{
	PurpleConnection *gc = host_connection();
	g_autofree char *missing = NULL;
	if (!gc || !host.protocol->join_chat) {
		tell_left(m->chat, gc ? no_rooms : not_online);
		backend_fail(host.backend, m->request, gc ? no_rooms : not_online);
		return;
	}
	if (rooms_find(m->chat)) {
		backend_done(host.backend, m->request, NULL);
		return;
	}
	GHashTable *components = room_form_fill(gc, m, &missing);
	if (!missing) {
		enter(m->request, m->chat, components);
		g_hash_table_unref(components);
	} else if (m->request) {
		room_form_ask(gc, m->chat, components, enter_later);
		backend_done(host.backend, m->request, "the network wants to know more: see the question it asks (/cards)");
	} else {
		g_autofree char *why = g_strdup_printf("this is not the name of a room here: \"%s\" (%s is missing)", m->chat, missing);
		tell_left(m->chat, why);
		g_hash_table_unref(components);
	}
}

static gboolean run_command(PurpleConversation *conversation, const char *command, const char *argument)
{
	g_autofree char *line = g_strdup_printf("%s %s", command, argument), *html = g_markup_escape_text(line, -1);
	char *error = NULL;
	PurpleCmdStatus status = purple_cmd_do_command(conversation, line, html, &error);
	g_free(error);
	return status == PURPLE_CMD_STATUS_OK;
}

void rooms_part(const WirePart *m)
{
	PurpleConversation *room = rooms_find(m->chat);
	if (!room) {
		tell_left(m->chat, NULL);
		backend_done(host.backend, m->request, NULL);
		return;
	}
	/* With words only the protocol's own command can do it; the conversation then ends when the network agrees. */
	g_autofree char *words = g_strdup_printf("%s%s%s", host.quirks->part_room ? purple_conversation_get_name(room) : "", host.quirks->part_room ? " " : "",
		m->text ? m->text : "");
	if (!m->text || !run_command(room, "part", words))
		purple_conversation_destroy(room);
	backend_done(host.backend, m->request, NULL);
}

static void on_alias_set(PurpleAccount *account G_GNUC_UNUSED, const char *alias G_GNUC_UNUSED)
{
}

static void on_alias_failed(PurpleAccount *account G_GNUC_UNUSED, const char *error)
{
	g_autofree char *why = host_name(error);
	backend_notice(host.backend, NULL, TRUE, "the name could not be changed: %s", why ? why : "the network gave no reason");
}

void rooms_set_nick(const WireSetNick *m)
{
	PurpleConversation *room = m->chat ? rooms_find(m->chat) : NULL;
	const char *own = host_connection() ? purple_connection_get_display_name(host_connection()) : NULL;
	if (!own || (m->chat && !room)) {
		backend_fail(host.backend, m->request, own ? not_there : not_online);
		return;
	}
	/* The protocol's command wants some conversation. */
	gboolean done = run_command(room ? room : chats_conversation(own, CHAT_DIRECT), "nick", m->nick);
	if (!done && !room && host.protocol->set_public_alias) {
		purple_account_set_public_alias(host.account, m->nick, on_alias_set, on_alias_failed);
		done = TRUE;
	}
	if (!done)
		backend_fail(host.backend, m->request, "this network has no way to change the name");
	else if (!irc_answers(m->request, m->nick, NULL))
		backend_done(host.backend, m->request, NULL);
}

void rooms_set_topic(const WireSetTopic *m)
{
	PurpleConversation *room = rooms_find(m->chat);
	if (!room || !host.protocol->set_chat_topic) {
		backend_fail(host.backend, m->request, room ? "rooms have no topic on this network" : not_there);
		return;
	}
	host.protocol->set_chat_topic(host_connection(), purple_conv_chat_get_id(PURPLE_CONV_CHAT(room)), m->topic ? m->topic : "");
	if (!irc_answers(m->request, m->chat, NULL))
		backend_done(host.backend, m->request, NULL);
}

void rooms_invite(const WireInvite *m)
{
	PurpleConversation *room = rooms_find(m->chat);
	if (!room || !host.protocol->chat_invite) {
		backend_fail(host.backend, m->request, room ? "nobody can be invited on this network" : not_there);
		return;
	}
	serv_chat_invite(host_connection(), purple_conv_chat_get_id(PURPLE_CONV_CHAT(room)), m->text ? m->text : "", m->address);
	if (!irc_answers(m->request, m->address, m->chat))
		backend_done(host.backend, m->request, NULL);
}

void rooms_add_operations(PurpleConversationUiOps *operations)
{
	operations->chat_add_users = op_add_users;
	operations->chat_rename_user = op_rename_user;
	operations->chat_update_user = op_update_user;
}

void rooms_attach(void)
{
	static int handle;
	void *conversations = purple_conversations_get_handle();
	purple_signal_connect(conversations, "chat-joined", &handle, PURPLE_CALLBACK(on_joined), NULL);
	purple_signal_connect(conversations, "chat-join-failed", &handle, PURPLE_CALLBACK(on_join_failed), NULL);
	purple_signal_connect(conversations, "deleting-conversation", &handle, PURPLE_CALLBACK(on_closed), NULL);
	purple_signal_connect(conversations, "chat-left", &handle, PURPLE_CALLBACK(on_left), NULL);
	purple_signal_connect(conversations, "chat-buddy-left", &handle, PURPLE_CALLBACK(on_user_left), NULL);
	purple_signal_connect(conversations, "chat-topic-changed", &handle, PURPLE_CALLBACK(on_topic), NULL);
}
