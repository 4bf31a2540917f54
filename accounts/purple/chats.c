/* chats.c: see chats.h. */
#include "config.h"
#include "base/markup.h"
#include "purple/chats.h"
#include "purple/comings.h"
#include "purple/files.h"
#include "purple/host.h"
#include "purple/notices.h"
#include "purple/outbox.h"
#include "purple/privacy.h"
#include "purple/ranks.h"
#include "purple/rooms.h"
#include <string.h>

#define TEXT_MAX 260000
#define ATTENTION_US (30 * G_USEC_PER_SEC)
#define OPEN_MAX 64 /* conversations with one person */

static GQueue open_chats = G_QUEUE_INIT; /* PurpleConversation, oldest first */
static guint close_idle;

/* ---- which chat ---- */

/* The room that a name like ROOM/NICK belongs to, or NULL. */
static PurpleConversation *room_of_occupant(const char *name, const char **nick)
{
	const char *slash = strrchr(name, '/');
	if (!slash || slash == name)
		return NULL;
	g_autofree char *room = g_strndup(name, slash - name);
	*nick = slash + 1;
	return purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, room, host.account);
}

char *chats_recipient(const char *chat, ChatKind kind)
{
	const char *nick;
	PurpleConversation *room = kind == CHAT_PRIVATE ? room_of_occupant(chat, &nick) : NULL;
	PurpleConnection *gc = host_connection();
	if (!room || !gc)
		return g_strdup(chat);
	char *real = host.protocol->get_cb_real_name ? host.protocol->get_cb_real_name(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(room)), nick) : NULL;
	return real ? real : g_strdup(nick);
}

PurpleConversation *chats_conversation(const char *chat, ChatKind kind)
{
	if (kind == CHAT_ROOM)
		return rooms_find(chat);
	g_autofree char *who = chats_recipient(chat, kind);
	PurpleConversation *conversation = purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, host.account);
	return conversation ? conversation : purple_conversation_new(PURPLE_CONV_TYPE_IM, host.account, who);
}

/* The address and kind of a conversation with one person. */
static char *direct_address(PurpleConversation *conversation, ChatKind *kind)
{
	const char *name = purple_conversation_get_name(conversation), *nick;
	PurpleConversation *room = room_of_occupant(name, &nick);
	*kind = room ? CHAT_PRIVATE : CHAT_DIRECT;
	return room ? g_strdup_printf("%s/%s", rooms_address(room), nick) : g_strdup(host_address(name));
}

/* ---- messages ---- */

static void tell_message(WireMessage message, char *text, PurpleMessageFlags flags, time_t when)
{
	static const char me[] = "/me ";
	gboolean action = g_str_has_prefix(text, me);
	gsize skip = action ? sizeof me - 1 : 0;
	if (action && !text[skip])
		return;
	g_autofree char *markup = message.markup ? markup_part(message.markup, skip, (gsize)g_utf8_strlen(text + skip, -1)) : NULL;
	message.account = backend_account(host.backend);
	message.text = text + skip;
	message.markup = markup;
	if (message.type == MESSAGE_TEXT && action)
		message.type = MESSAGE_ACTION;
	if (message.direction == DIRECTION_OUT)
		message.state = MESSAGE_SENT;
	/* An answer that no person wrote. */
	if (flags & PURPLE_MESSAGE_AUTO_RESP)
		message.type = MESSAGE_EVENT;
	message.delayed = (flags & PURPLE_MESSAGE_DELAYED) != 0;
	if (message.delayed && when > 0)
		message.time = (gint64)when * G_USEC_PER_SEC;
	message.commit = backend_next_commit(host.backend);
	backend_send(host.backend, &message);
}

static gboolean is_line(PurpleMessageFlags flags)
{
	return flags & (PURPLE_MESSAGE_SYSTEM | PURPLE_MESSAGE_ERROR) || !(flags & (PURPLE_MESSAGE_SEND | PURPLE_MESSAGE_RECV));
}

/* A line of the network about the chat. In a room it is part of what happened there; else it is only to be seen. */
static void tell_line(const char *chat, ChatKind kind, char *text, PurpleMessageFlags flags, time_t when)
{
	gboolean error = flags & PURPLE_MESSAGE_ERROR || !g_strcmp0(text, host.quirks->nobody);
	if (files_take_line(chat, text))
		return;
	if (error && (notices_take_line(chat, text) || outbox_take_failure(chat, text)))
		return;
	if (!error && kind == CHAT_ROOM && !(flags & PURPLE_MESSAGE_NO_LOG))
		tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = kind, .type = MESSAGE_EVENT), text, flags, when);
	else
		backend_notice(host.backend, chat, error, "%s", text);
}

/* Only contacts may, and not all the time. */
static gboolean may_ask_attention(const char *chat)
{
	static gint64 last;
	gint64 now = g_get_monotonic_time();
	if (!purple_find_buddy(host.account, chat) || (last && now - last < ATTENTION_US))
		return FALSE;
	last = now;
	return TRUE;
}

static void write_direct(PurpleConversation *conversation, char *text, const char *markup, PurpleMessageFlags flags, time_t when)
{
	ChatKind kind;
	g_autofree char *chat = direct_address(conversation, &kind);
	if (flags & PURPLE_MESSAGE_NOTIFY && flags & PURPLE_MESSAGE_RECV) {
		tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = kind, .from = chat, .type = MESSAGE_EVENT, .mention = may_ask_attention(chat)),
			(char[]){ "asks for your attention" }, flags, when);
	} else if (is_line(flags)) {
		tell_line(chat, kind, text, flags, when);
	} else if (flags & PURPLE_MESSAGE_SEND) {
		if (!outbox_take_echo(chat, text))
			tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = kind, .direction = DIRECTION_OUT, .markup = markup), text, flags, when);
	} else {
		const char *slash = kind == CHAT_PRIVATE ? strrchr(chat, '/') : NULL;
		tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = kind, .from = chat, .nick = slash ? slash + 1 : NULL,
			.markup = markup), text, flags, when);
	}
}

void chats_tell_event(PurpleConversation *conversation, const char *text)
{
	ChatKind kind = CHAT_ROOM;
	gboolean room = purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT;
	g_autofree char *chat = room ? g_strdup(rooms_address(conversation)) : direct_address(conversation, &kind), *line = g_strdup(text);
	tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = kind, .type = MESSAGE_EVENT), line, 0, 0);
}

/* Where a name in a room is the address of a person. libpurple keeps the blocked ones only from writing to us alone. */
static gboolean is_unwanted(const char *who, PurpleMessageFlags flags)
{
	return host.quirks->one_nick && who && flags & PURPLE_MESSAGE_RECV && privacy_is_blocked(who);
}

static void write_room(PurpleConversation *conversation, const char *who, char *text, const char *markup, PurpleMessageFlags flags, time_t when)
{
	if (is_unwanted(who, flags))
		return;
	comings_flush(conversation);
	g_autofree char *room = g_strdup(rooms_address(conversation)), *nick = host_name(who);
	if (is_line(flags) && ranks_take_line(room, text))
		return;
	if (is_line(flags) || !nick) {
		rooms_note_line(conversation, text);
		tell_line(room, CHAT_ROOM, text, rooms_is_welcome(conversation) ? flags | PURPLE_MESSAGE_NO_LOG : flags, when);
	} else if (flags & PURPLE_MESSAGE_WHISPER) {
		g_autofree char *chat = g_strdup_printf("%s/%s", room, nick);
		gboolean own = (flags & PURPLE_MESSAGE_SEND) != 0;
		if (!own || !outbox_take_echo(chat, text))
			tell_message(WIRE(MESSAGE, Message, .chat = chat, .chat_kind = CHAT_PRIVATE, .direction = own ? DIRECTION_OUT : DIRECTION_IN,
				.from = own ? NULL : chat, .nick = own ? NULL : nick, .markup = markup), text, flags, when);
	} else if (flags & PURPLE_MESSAGE_SEND) {
		if (!outbox_take_echo(room, text))
			tell_message(WIRE(MESSAGE, Message, .chat = room, .chat_kind = CHAT_ROOM, .direction = DIRECTION_OUT, .nick = nick, .markup = markup), text, flags, when);
	} else {
		tell_message(WIRE(MESSAGE, Message, .chat = room, .chat_kind = CHAT_ROOM, .nick = nick, .markup = markup), text, flags, when);
	}
}

static void op_write(PurpleConversation *conversation, const char *who, const char *alias G_GNUC_UNUSED, const char *html, PurpleMessageFlags flags,
                     time_t when)
{
	g_autofree char *markup = NULL, *text = host_marked(html, TEXT_MAX, &markup);
	/* libpurple adds the line after this, so that there is never more than one. */
	purple_conversation_clear_message_history(conversation);
	if (!text || flags & PURPLE_MESSAGE_INVISIBLE)
		return;
	if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_IM)
		write_direct(conversation, text, markup, flags, when);
	else if (purple_conversation_get_type(conversation) == PURPLE_CONV_TYPE_CHAT)
		write_room(conversation, who, text, markup, flags, when);
}

/* ---- open and closed ---- */

static gboolean close_old(gpointer user G_GNUC_UNUSED)
{
	close_idle = 0;
	while (open_chats.length > OPEN_MAX)
		purple_conversation_destroy(g_queue_peek_head(&open_chats));
	return G_SOURCE_REMOVE;
}

static void op_create(PurpleConversation *conversation)
{
	purple_conversation_set_logging(conversation, FALSE);
	if (purple_conversation_get_type(conversation) != PURPLE_CONV_TYPE_IM)
		return;
	g_queue_push_tail(&open_chats, conversation);
	if (open_chats.length > OPEN_MAX && !close_idle)
		close_idle = g_idle_add(close_old, NULL);
}

static void op_destroy(PurpleConversation *conversation)
{
	g_queue_remove(&open_chats, conversation);
}

void chats_stop(void)
{
	g_clear_handle_id(&close_idle, g_source_remove);
	while (purple_get_conversations())
		purple_conversation_destroy(purple_get_conversations()->data);
}

static gboolean op_has_focus(PurpleConversation *conversation G_GNUC_UNUSED)
{
	return FALSE;
}

static void op_present(PurpleConversation *conversation G_GNUC_UNUSED)
{
}

PurpleConversationUiOps *chats_operations(void)
{
	static PurpleConversationUiOps operations = { .create_conversation = op_create, .destroy_conversation = op_destroy, .write_conv = op_write,
		.present = op_present, .has_focus = op_has_focus };
	rooms_add_operations(&operations);
	return &operations;
}

/* ---- typing ---- */

static void tell_typing(const char *name, Typing typing)
{
	const char *nick;
	PurpleConversation *room = room_of_occupant(name, &nick);
	g_autofree char *chat = room ? g_strdup_printf("%s/%s", rooms_address(room), nick) : g_strdup(host_address(name));
	backend_send(host.backend, &WIRE(TYPING, ChatTyping, .account = backend_account(host.backend), .chat = chat, .typing = typing));
}

static void on_typing(PurpleAccount *account G_GNUC_UNUSED, const char *name, gpointer typing)
{
	if (host.online)
		tell_typing(name, (Typing)GPOINTER_TO_INT(typing));
}

void chats_type(const WireChatTyping *m)
{
	static const PurpleTypingState states[] = { [TYPING_STOPPED] = PURPLE_NOT_TYPING, [TYPING_COMPOSING] = PURPLE_TYPING, [TYPING_PAUSED] = PURPLE_TYPED };
	PurpleConnection *gc = host_connection();
	if (!gc || !host.protocol->send_typing || rooms_find(m->chat))
		return;
	const char *nick;
	g_autofree char *who = chats_recipient(m->chat, room_of_occupant(m->chat, &nick) ? CHAT_PRIVATE : CHAT_DIRECT);
	serv_send_typing(gc, who, states[m->typing]);
}

void chats_ask_attention(const WireAttention *m)
{
	PurpleConnection *gc = host_connection();
	if (!gc || !PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(host.protocol, send_attention)) {
		backend_fail(host.backend, m->request, gc ? "this network has no way to ask for attention" : "the account is not online");
		return;
	}
	const char *nick;
	g_autofree char *who = chats_recipient(m->chat, room_of_occupant(m->chat, &nick) ? CHAT_PRIVATE : CHAT_DIRECT);
	purple_prpl_send_attention(gc, who, 0);
	backend_done(host.backend, m->request, NULL);
}

void chats_attach(void)
{
	static int handle;
	void *conversations = purple_conversations_get_handle();
	purple_signal_connect(conversations, "buddy-typing", &handle, PURPLE_CALLBACK(on_typing), GINT_TO_POINTER(TYPING_COMPOSING));
	purple_signal_connect(conversations, "buddy-typed", &handle, PURPLE_CALLBACK(on_typing), GINT_TO_POINTER(TYPING_PAUSED));
	purple_signal_connect(conversations, "buddy-typing-stopped", &handle, PURPLE_CALLBACK(on_typing), GINT_TO_POINTER(TYPING_STOPPED));
}
