/* room.c: rooms of many: what the user wants of them. See room.h. XEP-0045.
 *
 * A room is known from the wish to enter it until we have left it or it has put us out. A connection that is lost leaves it known: after a
 * resume nothing has changed; after a new login the hub asks for it again, and the room is asked only for what was said since. */
#include <string.h>

#include "archive.h"
#include "base/moment.h"
#include "base/secret.h"
#include "caps.h"
#include "disco.h"
#include "iq.h"
#include "outbox.h"
#include "presence.h"
#include "room-state.h"
#include "stanza-error.h"
#include "typing.h"

#define JOIN_SECONDS 60
#define HISTORY_MOST "50"
#define NICKS_MOST 5
/* Clocks differ, and the hub refuses doubles. */
#define HISTORY_MARGIN (2 * G_TIME_SPAN_MINUTE)

void occupant_clear(Occupant *occupant)
{
	g_free(occupant->address);
	g_free(occupant->status);
	g_free(occupant->id);
	g_clear_pointer(&occupant->said, g_ptr_array_unref);
}

static void occupant_free(gpointer data)
{
	occupant_clear(data);
	g_free(data);
}

static void room_free(gpointer data)
{
	Room *room = data;
	g_clear_handle_id(&room->join_timer, g_source_remove);
	g_free(room->jid);
	g_free(room->nick);
	g_free(room->password);
	g_free(room->name);
	g_free(room->topic);
	g_free(room->wanted_nick);
	g_hash_table_unref(room->occupants);
	g_clear_pointer(&room->again, g_hash_table_unref);
	g_hash_table_unref(room->partners);
	g_free(room);
}

GHashTable *room_new_occupants(void)
{
	return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, occupant_free);
}

Room *room_find(Session *session, const char *bare)
{
	return g_hash_table_lookup(session->rooms->all, bare);
}

RoomStanding room_standing(Session *session, const char *bare)
{
	const Room *room = room_find(session, bare);
	return room ? room->standing : ROOM_UNKNOWN;
}

gboolean room_is_members_only(Session *session, const char *bare)
{
	const Room *room = room_find(session, bare);
	return room && room->members_only;
}

guint room_count_occupants(Session *session, const char *bare)
{
	const Room *room = room_find(session, bare);
	return room ? g_hash_table_size(room->occupants) : 0;
}

gboolean room_has_occupant(Session *session, const char *bare, const char *nick)
{
	const Room *room = room_find(session, bare);
	return room && g_hash_table_contains(room->occupants, nick);
}

const char *room_password(Session *session, const char *bare)
{
	const Room *room = room_find(session, bare);
	return room ? room->password : NULL;
}

void room_report(Session *session, const Room *room, const char *text)
{
	backend_send(session->backend, &WIRE(ROOM, Room, .account = session->account, .chat = room->jid, .name = room->name, .topic = room->topic,
					     .nick = room->nick, .joined = room->standing == ROOM_JOINED, .text = session_fit(session, text, FIT_LABEL), .busy = room->busy));
}

void room_report_occupant(Session *session, const Room *room, const char *nick, const Occupant *occupant)
{
	backend_send(session->backend, &WIRE(OCCUPANT, Occupant, .account = session->account, .chat = room->jid, .nick = nick,
					     .address = occupant->address, .role = occupant->role, .affiliation = occupant->affiliation,
					     .presence = occupant->presence, .status = occupant->status, .occupant = occupant->id));
}

void room_report_gone(Session *session, const Room *room, const char *nick, const char *new_nick, const char *text)
{
	backend_send(session->backend, &WIRE(OCCUPANT_GONE, OccupantGone, .account = session->account, .chat = room->jid, .nick = nick, .new_nick = new_nick,
					     .text = session_fit(session, text, FIT_LABEL)));
}

static void report_all(Session *session, const Room *room)
{
	GHashTableIter iter;
	gpointer nick, occupant;
	room_report(session, room, NULL);
	g_hash_table_iter_init(&iter, room->occupants);
	while (g_hash_table_iter_next(&iter, &nick, &occupant))
		room_report_occupant(session, room, nick, occupant);
}

static void send_join(Session *session, Room *room);

static void take_features(Session *session, Room *room, xmpp_stanza_t *answer)
{
	const char *name = disco_identity(answer, "name");
	room->described = TRUE;
	room->ids = disco_has(answer, NS_STANZA_ID) || disco_has(answer, NS_ARCHIVE);
	room->archive = disco_has(answer, NS_ARCHIVE);
	room->occupant_ids = disco_has(answer, NS_OCCUPANT_ID);
	room->moderates = disco_has(answer, NS_MODERATE);
	room->moderates_0 = disco_has(answer, NS_MODERATE_0);
	room->members_only = disco_has(answer, "muc_membersonly");
	if (name && *name && g_strcmp0(name, room->name) != 0) {
		g_free(room->name);
		room->name = g_strdup(session_fit(session, name, FIT_LABEL));
		if (room->standing == ROOM_JOINED)
			room_report(session, room, NULL);
	}
}

/* What it can is asked first: it decides which of its ids are believed, and whether its history comes from its archive. */
static void on_features(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Room *room = room_find(session, user);
	if (!room)
		return;
	if (iq_is_result(answer))
		take_features(session, room, answer);
	if (session->online && room->standing == ROOM_JOINING && !room->asked)
		send_join(session, room);
	else if (session->online && room->standing == ROOM_JOINED && room->archive)
		archive_room_joined(session, room->jid);
}

void room_ask_features(Session *session, Room *room)
{
	iq_ask(session, disco_new_request(session, room->jid), IQ_SECONDS, on_features, g_strdup(room->jid), g_free);
}

void room_enter(Session *session, Room *room)
{
	gint64 request = room->join_request;

	g_clear_handle_id(&room->join_timer, g_source_remove);
	room->standing = ROOM_JOINED;
	room->join_request = 0;
	report_all(session, room);
	/* A room that we have just made did not exist when it was asked. */
	if (!room->described)
		room_ask_features(session, room);
	else if (room->archive)
		archive_room_joined(session, room->jid);
	backend_done(session->backend, request, NULL);
	outbox_room_open(session, room->jid);
	room_ping_watch(session);
}

void room_leave(Session *session, Room *room, const char *text)
{
	typing_forget_room(session, room->jid, NULL);
	room->standing = ROOM_UNKNOWN;
	const char *why = text ? session_fit(session, text, FIT_LABEL) : "you have left the room";
	backend_fail(session->backend, room->join_request, why);
	backend_fail(session->backend, room->nick_request, why);
	room_report(session, room, text);
	outbox_room_closed(session, room->jid, why);
	archive_room_left(session, room->jid);
	g_hash_table_remove(session->rooms->all, room->jid);
}

/* ---- entering ---- */

static gboolean on_join_timer(gpointer user)
{
	gpointer *pair = user;
	Session *session = pair[0];
	Room *room = pair[1];
	room->join_timer = 0;
	room->busy = TRUE;
	room_leave(session, room, "the room did not answer in time");
	return G_SOURCE_REMOVE;
}

/* <presence to='room@c/nick'><x xmlns='http://jabber.org/protocol/muc'><history since='…'/><password>…</password></x></presence> */
static void send_join(Session *session, Room *room)
{
	g_autofree char *to = g_strconcat(room->jid, "/", room->nick, NULL);
	xmpp_stanza_t *presence = presence_new(session, to);
	xmpp_stanza_t *x = element_add(presence, "x", NS_MUC);
	xmpp_stanza_t *history = element_add(x, "history", NULL);
	if (room->archive && archive_is_read(session)) {
		element_set(history, "maxstanzas", "0");
	} else if (room->last) {
		g_autofree char *since = moment_format(room->last - HISTORY_MARGIN);
		element_set(history, "since", since);
	} else {
		element_set(history, "maxstanzas", HISTORY_MOST);
	}
	if (room->password)
		element_add_text(x, "password", NULL, room->password);
	room->asked = TRUE;
	session_send(session, presence);
}

/* Nobody waits for an answer who could choose another name: the one we had, with "_" behind it. */
gboolean room_try_other_nick(Session *session, Room *room)
{
	g_autofree char *nick = g_strconcat(room->nick, "_", NULL);
	g_autofree char *full = jid_with_resource(room->jid, nick);
	if (room->join_request || room->tries >= NICKS_MOST || !full)
		return FALSE;
	room->tries++;
	g_free(room->nick);
	room->nick = g_strdup(jid_resource(full));
	send_join(session, room);
	return TRUE;
}

void room_reenter(Session *session, Room *room)
{
	if (room->again)
		return;
	room->again = room_new_occupants();
	room->tries = 0;
	send_join(session, room);
}

void room_enter_again(Session *session, Room *room)
{
	g_autoptr(GHashTable) before = room->occupants;
	GHashTableIter iter;
	gpointer nick;

	room->occupants = g_steal_pointer(&room->again);
	g_hash_table_iter_init(&iter, before);
	while (g_hash_table_iter_next(&iter, &nick, NULL))
		if (!g_hash_table_contains(room->occupants, nick))
			room_report_gone(session, room, nick, NULL, NULL);
	report_all(session, room);
	outbox_room_open(session, room->jid);
	room_ping_watch(session);
}

static char *standard_nick(Session *session)
{
	const char *nick = backend_setting(session->backend, "nick");
	return nick && *nick ? g_strdup(nick) : jid_local(session->own);
}

void room_join(Session *session, gint64 request, const char *jid, const char *nick, const char *password)
{
	Room *room = room_find(session, jid);
	g_autofree char *wanted = nick && *nick ? g_strdup(nick) : room ? g_strdup(room->nick) : standard_nick(session);
	g_autofree char *full = jid_with_resource(jid, wanted);

	if (!full) {
		g_autofree char *text = g_strdup_printf("\"%s\" can be no name in a room", wanted);
		backend_fail(session->backend, request, session_fit(session, text, FIT_LABEL));
		if (!request && !(room && room->standing != ROOM_UNKNOWN))
			backend_send(session->backend, &WIRE(ROOM, Room, .account = session->account, .chat = jid, .text = session_fit(session, text, FIT_LABEL)));
		return;
	}
	if (room && room->standing == ROOM_JOINED && strcmp(room->nick, jid_resource(full)) == 0) {
		/* After a resume the hub has forgotten who is there. */
		report_all(session, room);
		backend_done(session->backend, request, NULL);
		return;
	}
	if (room && room->standing == ROOM_JOINING)
		backend_fail(session->backend, room->join_request, "the room was asked for once more");
	if (!room) {
		room = g_new0(Room, 1);
		room->jid = g_strdup(jid);
		room->occupants = room_new_occupants();
		room->partners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
		g_hash_table_insert(session->rooms->all, room->jid, room);
	}
	g_hash_table_remove_all(room->occupants);
	g_free(room->nick);
	room->nick = g_strdup(jid_resource(full));
	if (password && *password) {
		g_free(room->password);
		room->password = g_strdup(password);
	}
	g_clear_pointer(&room->again, g_hash_table_unref);
	room->standing = ROOM_JOINING;
	room->asked = FALSE;
	room->described = FALSE;
	room->busy = FALSE;
	room->tries = 0;
	room->topic_known = FALSE;
	room->join_request = request;
	g_clear_handle_id(&room->join_timer, g_source_remove);
	gpointer *pair = g_new(gpointer, 2);
	pair[0] = session;
	pair[1] = room;
	room->join_timer = g_timeout_add_seconds_full(G_PRIORITY_DEFAULT, JOIN_SECONDS, on_join_timer, pair, g_free);
	room_ask_features(session, room);
}

/* ---- the hub's wishes ---- */

char *room_check_address(Session *session, gint64 request, const char *chat)
{
	g_autofree char *full = jid_normalise(chat);
	const char *why = !session->online ? "the account is not online" : NULL;
	g_autofree char *text = NULL;
	if (!why && (!full || jid_resource(full) || !strchr(full, '@')))
		why = text = g_strdup_printf("\"%s\" is not the address of a room", chat);
	if (why) {
		backend_fail(session->backend, request, session_fit(session, why, FIT_LABEL));
		return NULL;
	}
	return g_steal_pointer(&full);
}

Room *room_find_joined(Session *session, gint64 request, const char *chat)
{
	g_autofree char *jid = room_check_address(session, request, chat);
	Room *room = jid ? room_find(session, jid) : NULL;
	if (jid && (!room || room->standing != ROOM_JOINED)) {
		backend_fail(session->backend, request, "you are not in the room");
		return NULL;
	}
	return room;
}

static void on_join(Session *session, const Wire *wish)
{
	const WireJoin *join = (const WireJoin *)wish;
	g_autofree char *jid = room_check_address(session, join->request, join->chat);
	if (jid)
		room_join(session, join->request, jid, join->nick, join->password);
	else if (!join->request && session->online)
		backend_send(session->backend, &WIRE(ROOM, Room, .account = session->account, .chat = join->chat, .text = "that is not the address of a room"));
}

static void on_part(Session *session, const Wire *wish)
{
	const WirePart *part = (const WirePart *)wish;
	g_autofree char *jid = room_check_address(session, part->request, part->chat);
	Room *room = jid ? room_find(session, jid) : NULL;
	if (!jid)
		return;
	if (!room || room->standing == ROOM_UNKNOWN) {
		backend_fail(session->backend, part->request, "you are not in the room");
		return;
	}
	g_autofree char *to = g_strconcat(room->jid, "/", room->nick, NULL);
	xmpp_stanza_t *presence = element_new(session->ctx, "presence", NULL);
	element_set(presence, "type", "unavailable");
	element_set(presence, "to", to);
	if (part->text && *part->text)
		element_add_text(presence, "status", NULL, part->text);
	session_send(session, presence);
	room_leave(session, room, NULL);
	backend_done(session->backend, part->request, NULL);
}

static void on_set_nick(Session *session, const Wire *wish)
{
	const WireSetNick *set = (const WireSetNick *)wish;
	if (!set->chat) {
		backend_fail(session->backend, set->request, "XMPP has a name for each room; say in which");
		return;
	}
	Room *room = room_find_joined(session, set->request, set->chat);
	if (!room)
		return;
	g_autofree char *to = jid_with_resource(room->jid, set->nick);
	if (!to) {
		backend_fail(session->backend, set->request, "that can be no name in a room");
		return;
	}
	if (strcmp(jid_resource(to), room->nick) == 0) {
		backend_done(session->backend, set->request, NULL);
		return;
	}
	backend_fail(session->backend, room->nick_request, "another name was asked for");
	room->nick_request = set->request;
	g_free(room->wanted_nick);
	room->wanted_nick = g_strdup(jid_resource(to));
	session_send(session, presence_new(session, to));
}

static void on_set_topic(Session *session, const Wire *wish)
{
	const WireSetTopic *set = (const WireSetTopic *)wish;
	Room *room = room_find_joined(session, set->request, set->chat);
	if (!room)
		return;
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", room->jid);
	element_set(message, "type", "groupchat");
	element_add_text(message, "subject", NULL, set->topic ? set->topic : "");
	room_send_checked(session, set->request, room->jid, message);
}

/* ---- requests that only fail aloud ---- */

static void finish_request(Session *session, const char *id, const char *error)
{
	gint64 *request = g_hash_table_lookup(session->rooms->requests, id);
	if (!request)
		return;
	if (error)
		backend_fail(session->backend, *request, session_fit(session, error, FIT_LABEL));
	else
		backend_done(session->backend, *request, NULL);
	g_hash_table_remove(session->rooms->requests, id);
}

static void on_checked(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	finish_request(session, user, answer ? NULL : session->online ? "the room did not answer in time" : "the connection was lost");
}

void room_send_checked(Session *session, gint64 request, const char *room, xmpp_stanza_t *message)
{
	g_autofree char *id = secret_random_id();
	element_set(message, "id", id);
	g_hash_table_insert(session->rooms->requests, g_strdup(id), g_memdup2(&request, sizeof request));
	session_send(session, message);
	iq_ask(session, disco_new_request(session, room), IQ_SECONDS, on_checked, g_steal_pointer(&id), g_free);
}

gboolean room_take_error(Session *session, const Arrival *arrival)
{
	if (!g_hash_table_contains(session->rooms->requests, arrival->id))
		return FALSE;
	g_autofree char *text = stanza_error_sentence(arrival->stanza);
	finish_request(session, arrival->id, text);
	return TRUE;
}

/* ---- life ---- */

void room_announce_all(Session *session)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, session->rooms->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Room *room = value;
		if (room->standing != ROOM_JOINED)
			continue;
		g_autofree char *to = g_strconcat(room->jid, "/", room->nick, NULL);
		session_send(session, presence_new(session, to));
	}
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	GHashTableIter iter;
	gpointer value;
	if (resumed)
		return;
	g_hash_table_iter_init(&iter, session->rooms->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Room *room = value;
		room->standing = ROOM_UNKNOWN;
		g_hash_table_remove_all(room->occupants);
		g_clear_pointer(&room->again, g_hash_table_unref);
		room->pinged = FALSE;
	}
	session->rooms->pinging = 0;
}

static void on_offline(Session *session)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, session->rooms->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Room *room = value;
		g_clear_handle_id(&room->join_timer, g_source_remove);
		backend_fail(session->backend, room->join_request, "the connection was lost");
		backend_fail(session->backend, room->nick_request, "the connection was lost");
		room->join_request = room->nick_request = 0;
		room->pinged = FALSE;
		/* After a resume the room is asked whether it knows us. */
		g_clear_pointer(&room->again, g_hash_table_unref);
		/* An entry that was not finished: the hub asks again. */
		if (room->standing == ROOM_JOINING)
			room->standing = ROOM_UNKNOWN;
	}
}

void room_attach(Session *session)
{
	session->rooms = g_new0(struct Rooms, 1);
	session->rooms->all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, room_free);
	session->rooms->requests = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	session_on_wish(session, WIRE_JOIN, on_join);
	session_on_wish(session, WIRE_PART, on_part);
	session_on_wish(session, WIRE_SET_NICK, on_set_nick);
	session_on_wish(session, WIRE_SET_TOPIC, on_set_topic);
	session_on_life(session, on_online, on_offline);
	disco_add_feature(session, NS_MUC);
	room_admin_attach(session);
	room_config_attach(session);
	room_list_attach(session);
	room_ping_attach(session);
	room_presence_attach(session);
	room_status_attach(session); /* before the words */
	room_talk_attach(session);
}

void room_detach(Session *session)
{
	room_config_detach(session);
	g_clear_handle_id(&session->rooms->ping_timer, g_source_remove);
	g_hash_table_unref(session->rooms->all);
	g_hash_table_unref(session->rooms->requests);
	g_clear_pointer(&session->rooms, g_free);
}
