/* typing.c: that somebody types. See typing.h. XEP-0085.
 *
 * It tells that we are there, so it goes only to who may see our presence, or has told us of his typing and is in the contact list; to
 * a room that we are in, unless it is so large that everybody's typing would be noise; and not at all where the setting send_typing says no. */
#include "typing.h"

#include <string.h>

#include "disco.h"
#include "room.h"
#include "roster.h"

#define SHOWN_MOST 1000
#define ROOM_SHOWN_MOST 20
#define ROOM_OCCUPANTS_MOST 100

struct Typists {
	GHashTable *shown;     /* bare addresses (owned) that have sent a chat state */
	GHashTable *composing; /* chats (owned) of which the hub believes that they type */
};

static const char *const states[] = { [TYPING_STOPPED] = "active", [TYPING_COMPOSING] = "composing", [TYPING_PAUSED] = "paused" };

static gboolean may_know(Session *session, const char *to)
{
	g_autofree char *bare = jid_bare(to);
	return backend_setting_flag(session->backend, "send_typing", TRUE) && room_standing(session, bare) == ROOM_UNKNOWN &&
	       (roster_may_see_us(session, bare) || (roster_has(session, bare) && g_hash_table_contains(session->typists->shown, bare)));
}

void typing_add_active(Session *session, xmpp_stanza_t *message, const char *to)
{
	if (may_know(session, to))
		element_add(message, states[TYPING_STOPPED], NS_CHATSTATES);
}

static gboolean may_know_room(Session *session, const char *room)
{
	guint occupants = room_count_occupants(session, room);
	return backend_setting_flag(session->backend, "send_typing", TRUE) && occupants > 1 && occupants <= ROOM_OCCUPANTS_MOST &&
	       room_standing(session, room) == ROOM_JOINED;
}

static void on_typing(Session *session, const Wire *wish)
{
	const WireChatTyping *typing = (const WireChatTyping *)wish;
	g_autofree char *to = jid_normalise(typing->chat);
	gboolean to_room = session->online && to && may_know_room(session, to);
	if (!session->online || !to || !(to_room || may_know(session, to)))
		return;
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", to);
	element_set(message, "type", to_room ? "groupchat" : "chat");
	element_add(message, states[typing->typing], NS_CHATSTATES);
	element_add(message, "no-store", NS_HINTS);
	session_send(session, message);
}

static void tell(Session *session, const char *chat, const char *nick, Typing typing)
{
	g_autofree char *key = g_strconcat(chat, "\n", nick, NULL);
	GHashTable *composing = session->typists->composing;
	if (typing == TYPING_STOPPED ? !g_hash_table_remove(composing, key) : g_hash_table_size(composing) >= SHOWN_MOST)
		return;
	if (typing != TYPING_STOPPED)
		g_hash_table_add(composing, g_steal_pointer(&key));
	backend_send(session->backend, &WIRE(TYPING, ChatTyping, .account = session->account, .chat = chat, .nick = nick, .typing = typing));
}

/* How many of a room are believed to type. */
static guint count_room(Session *session, const char *room)
{
	g_autofree char *beginning = g_strconcat(room, "\n", NULL);
	GHashTableIter iter;
	gpointer key;
	guint count = 0;
	g_hash_table_iter_init(&iter, session->typists->composing);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		count += g_str_has_prefix(key, beginning);
	return count;
}

/* <message from='room@c/nick' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>; words end it. */
void typing_take_room(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *state = element_child(arrival->stanza, NULL, NS_CHATSTATES);
	const char *name = state ? xmpp_stanza_get_name(state) : "";
	gboolean words = element_child(arrival->stanza, "body", NULL) != NULL, composing = !words && strcmp(name, "composing") == 0;
	if (!arrival->resource || (!state && !words) || element_child(arrival->stanza, "delay", NS_DELAY))
		return;
	if (composing && count_room(session, arrival->bare) >= ROOM_SHOWN_MOST)
		return;
	if (words)
		typing_forget_room(session, arrival->bare, arrival->resource); /* the words tell it */
	else
		tell(session, arrival->bare, arrival->resource, composing ? TYPING_COMPOSING : TYPING_STOPPED);
}

void typing_forget_room(Session *session, const char *room, const char *nick)
{
	g_autofree char *beginning = g_strconcat(room, "\n", nick, NULL);
	GHashTableIter iter;
	gpointer key;
	if (nick) {
		g_hash_table_remove(session->typists->composing, beginning);
		return;
	}
	g_hash_table_iter_init(&iter, session->typists->composing);
	while (g_hash_table_iter_next(&iter, &key, NULL))
		if (g_str_has_prefix(key, beginning))
			g_hash_table_iter_remove(&iter);
}

/* <message from='a@b/c' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *state = arrival->to || arrival->archive_id ? NULL : element_child(arrival->stanza, NULL, NS_CHATSTATES);
	const char *name = state ? xmpp_stanza_get_name(state) : NULL;
	if (!name || strcmp(arrival->bare, session->own) == 0)
		return FALSE;
	Typing typing = strcmp(name, "composing") == 0 ? TYPING_COMPOSING : strcmp(name, "paused") == 0 ? TYPING_PAUSED : TYPING_STOPPED;
	if (room_standing(session, arrival->bare) != ROOM_UNKNOWN) {
		if (arrival->resource)
			tell(session, arrival->from, NULL, typing);
		return FALSE;
	}
	if (!roster_has(session, arrival->bare))
		return FALSE;
	if (g_hash_table_size(session->typists->shown) < SHOWN_MOST)
		g_hash_table_add(session->typists->shown, g_strdup(arrival->bare));
	tell(session, arrival->bare, NULL, typing);
	return FALSE;
}

static void on_offline(Session *session)
{
	g_hash_table_remove_all(session->typists->composing);
}

void typing_attach(Session *session)
{
	session->typists = g_new0(struct Typists, 1);
	session->typists->shown = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session->typists->composing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session_on_message(session, STEP_TYPING, on_message);
	session_on_wish(session, WIRE_TYPING, on_typing);
	session_on_life(session, NULL, on_offline);
	disco_add_feature(session, NS_CHATSTATES);
}

void typing_detach(Session *session)
{
	g_hash_table_unref(session->typists->shown);
	g_hash_table_unref(session->typists->composing);
	g_clear_pointer(&session->typists, g_free);
}
