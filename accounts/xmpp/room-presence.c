/* room-presence.c: who is in a room, and what the room does with us. XEP-0045 7.2 to 7.6, 8, 9, 10.
 *
 * Occupants are gathered while we enter and told to the hub when our own presence, the last of them, shows that we are in. */
#include <stdlib.h>
#include <string.h>

#include "iq.h"
#include "presence.h"
#include "room-state.h"
#include "stanza-error.h"

#define STATUS_MOST 1024

/* Status codes (XEP-0045 15.6) that matter here, as bits. */
enum { CODE_SELF = 1, CODE_CREATED = 2, CODE_BANNED = 4, CODE_RENAMED = 8, CODE_KICKED = 16, CODE_AFFILIATION = 32, CODE_MEMBERS_ONLY = 64,
       CODE_SHUTDOWN = 128, CODE_ERROR = 256 };

static const struct {
	const char *code;
	guint bit;
} codes[] = {
	{ "110", CODE_SELF }, { "201", CODE_CREATED }, { "301", CODE_BANNED }, { "303", CODE_RENAMED }, { "307", CODE_KICKED },
	{ "321", CODE_AFFILIATION }, { "322", CODE_MEMBERS_ONLY }, { "332", CODE_SHUTDOWN }, { "333", CODE_ERROR },
};

static guint read_codes(xmpp_stanza_t *x)
{
	guint bits = 0;
	for (xmpp_stanza_t *status = NULL; (status = element_next(x, status, "status", NULL));) {
		const char *code = element_get(status, "code");
		for (gsize i = 0; code && i < G_N_ELEMENTS(codes); i++)
			if (strcmp(codes[i].code, code) == 0)
				bits |= codes[i].bit;
	}
	return bits;
}

static int read_word(const char *const *words, const char *word)
{
	int found = word ? wire_word_find(words, word) : 0;
	return MAX(found, 0);
}

/* "kicked by X: reason", or the occupant's own parting word, or NULL. */
static char *describe_leaving(xmpp_stanza_t *stanza, xmpp_stanza_t *x, guint bits)
{
	xmpp_stanza_t *item = element_child(x, "item", NULL);
	const char *how = bits & CODE_BANNED	   ? "banned"
			  : bits & CODE_ERROR	   ? "removed after an error"
			  : bits & CODE_KICKED	   ? "kicked"
			  : bits & CODE_AFFILIATION  ? "removed by a change of rank"
			  : bits & CODE_MEMBERS_ONLY ? "removed because only members may stay"
			  : bits & CODE_SHUTDOWN	   ? "removed because the room's server stops"
						   : NULL;
	const char *reason = element_child_text(item, "reason", NULL);
	if (!how) {
		const char *word = element_child_text(stanza, "status", NULL);
		return word && *word ? g_strdup(word) : NULL;
	}
	xmpp_stanza_t *actor = element_child(item, "actor", NULL);
	const char *by = element_get(actor, "nick");
	if (!by)
		by = element_get(actor, "jid");
	return g_strconcat(how, by ? " by " : "", by ? by : "", reason && *reason ? ": " : "", reason ? reason : "", NULL);
}

/* <destroy jid='other@c'><reason>…</reason></destroy> */
static char *describe_end(xmpp_stanza_t *destroy)
{
	const char *reason = element_child_text(destroy, "reason", NULL), *other = element_get(destroy, "jid");
	return g_strconcat("the room was closed", reason && *reason ? ": " : "", reason ? reason : "", other && *other ? "; it goes on in " : "",
			   other ? other : "", NULL);
}

/* A room that did not exist is locked until its owner has set it up; the standard set-up will do (XEP-0045 10.1.2). */
static void on_unlocked(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	if (iq_is_result(answer) || !session->online)
		return;
	g_autofree char *text = stanza_error_sentence(answer);
	backend_notice(session->backend, user, TRUE, "the new room could not be opened to others: %s", text);
}

static void unlock(Session *session, const Room *room)
{
	xmpp_stanza_t *iq = iq_new(session, "set", room->jid);
	element_set(element_add(element_add(iq, "query", NS_MUC_OWNER), "x", NS_DATA), "type", "submit");
	iq_ask(session, iq, IQ_SECONDS, on_unlocked, g_strdup(room->jid), g_free);
}

static void take_available(Session *session, Room *room, const Arrival *arrival)
{
	xmpp_stanza_t *x = element_child(arrival->stanza, "x", NS_MUC_USER);
	xmpp_stanza_t *item = element_child(x, "item", NULL);
	guint bits = read_codes(x);
	gboolean self = bits & CODE_SELF || strcmp(arrival->resource, room->nick) == 0;
	const char *jid = element_get(item, "jid"), *status = element_child_text(arrival->stanza, "status", NULL);
	g_autofree char *full = jid ? jid_normalise(jid) : NULL;

	const char *id = room->occupant_ids ? element_get(element_child(arrival->stanza, "occupant-id", NS_OCCUPANT_ID), "id") : NULL;
	Occupant *occupant = g_hash_table_lookup(room->occupants, arrival->resource);
	Occupant now = {
		.role = (Role)read_word(wire_words_role, element_get(item, "role")),
		.affiliation = (Affiliation)read_word(wire_words_affiliation, element_get(item, "affiliation")),
		.presence = presence_of_show(element_child_text(arrival->stanza, "show", NULL)),
		.address = full ? jid_bare(full) : NULL,
		.status = status && *status ? g_strdup(session_fit(session, status, STATUS_MOST)) : NULL,
		.id = id && *id && strlen(id) <= FIT_ID ? g_strdup(id) : NULL,
		.said = occupant ? occupant->said : NULL,
	};
	gboolean same = occupant && occupant->role == now.role && occupant->affiliation == now.affiliation && occupant->presence == now.presence &&
			g_strcmp0(occupant->address, now.address) == 0 && g_strcmp0(occupant->status, now.status) == 0 &&
			g_strcmp0(occupant->id, now.id) == 0;
	if (!occupant) {
		occupant = g_new0(Occupant, 1);
		g_hash_table_insert(room->occupants, g_strdup(arrival->resource), occupant);
	}
	g_free(occupant->address);
	g_free(occupant->status);
	g_free(occupant->id);
	*occupant = now;
	if (self && strcmp(arrival->resource, room->nick) != 0) {
		g_free(room->nick);
		room->nick = g_strdup(arrival->resource);
		if (room->standing == ROOM_JOINED)
			room_report(session, room, NULL);
	}
	if (self && room->standing == ROOM_JOINING) {
		if (bits & CODE_CREATED)
			unlock(session, room);
		room_enter(session, room);
	} else if (room->standing == ROOM_JOINED && !same) {
		room_report_occupant(session, room, arrival->resource, occupant);
	}
	if (self && room->nick_request && g_strcmp0(room->wanted_nick, arrival->resource) == 0) {
		backend_done(session->backend, room->nick_request, NULL);
		room->nick_request = 0;
	}
}

static void take_unavailable(Session *session, Room *room, const Arrival *arrival)
{
	xmpp_stanza_t *x = element_child(arrival->stanza, "x", NS_MUC_USER);
	guint bits = read_codes(x);
	gboolean self = bits & CODE_SELF || strcmp(arrival->resource, room->nick) == 0;
	const char *new_nick = bits & CODE_RENAMED ? element_get(element_child(x, "item", NULL), "nick") : NULL;
	g_autofree char *new_jid = new_nick ? jid_with_resource(room->jid, new_nick) : NULL;

	if (new_jid) {
		if (g_hash_table_remove(room->occupants, arrival->resource) && room->standing == ROOM_JOINED)
			backend_send(session->backend, &WIRE(OCCUPANT_GONE, OccupantGone, .account = session->account, .chat = room->jid,
							     .nick = arrival->resource, .new_nick = jid_resource(new_jid)));
		if (self) {
			g_free(room->nick);
			room->nick = g_strdup(jid_resource(new_jid));
			room_report(session, room, NULL);
		}
		return;
	}
	xmpp_stanza_t *destroy = element_child(x, "destroy", NULL);
	g_autofree char *text = destroy ? describe_end(destroy) : describe_leaving(arrival->stanza, x, bits);
	if (self) {
		g_autofree char *sentence = destroy || !text ? g_strdup(text ? text : "the room has put you out") : g_strconcat("you were ", text, NULL);
		room_leave(session, room, bits & (CODE_BANNED | CODE_KICKED | CODE_AFFILIATION | CODE_MEMBERS_ONLY | CODE_SHUTDOWN | CODE_ERROR) || destroy
						  ? sentence : "you are no longer in the room");
		return;
	}
	if (g_hash_table_remove(room->occupants, arrival->resource) && room->standing == ROOM_JOINED)
		backend_send(session->backend, &WIRE(OCCUPANT_GONE, OccupantGone, .account = session->account, .chat = room->jid, .nick = arrival->resource,
						     .text = session_fit(session, text, FIT_LABEL)));
}

static char *describe_refusal(const Room *room, xmpp_stanza_t *stanza)
{
	static const struct {
		const char *condition, *sentence;
	} sentences[] = {
		{ "forbidden", "you are banned from the room" },
		{ "registration-required", "only members may enter the room" },
		{ "item-not-found", "the room does not exist" },
		{ "not-allowed", "you may not make a room there" },
		{ "not-acceptable", "the room wants you under your registered name" },
		{ "service-unavailable", "the room is full or does not exist" },
	};
	const char *condition = stanza_error_condition(stanza);
	if (strcmp(condition, "conflict") == 0)
		return g_strdup_printf("the name \"%s\" is taken in the room", room->wanted_nick && room->nick_request ? room->wanted_nick : room->nick);
	if (strcmp(condition, "not-authorized") == 0)
		return g_strdup(room->password ? "the room refused the password" : "the room needs a password");
	for (gsize i = 0; i < G_N_ELEMENTS(sentences); i++)
		if (strcmp(sentences[i].condition, condition) == 0)
			return g_strdup(sentences[i].sentence);
	return stanza_error_sentence(stanza);
}

static void take_error(Session *session, Room *room, const Arrival *arrival)
{
	g_autofree char *text = describe_refusal(room, arrival->stanza);
	if (room->standing == ROOM_JOINING) {
		room_leave(session, room, text);
	} else if (room->nick_request) {
		backend_fail(session->backend, room->nick_request, session_fit(session, text, FIT_LABEL));
		room->nick_request = 0;
	}
}

/* <presence from='room@c/nick'><x xmlns='http://jabber.org/protocol/muc#user'><item role='…' affiliation='…'/><status code='110'/></x></presence> */
static gboolean on_presence(Session *session, const Arrival *arrival)
{
	Room *room = room_find(session, arrival->bare);
	if (!room || room->standing == ROOM_UNKNOWN)
		return FALSE;
	if (strcmp(arrival->type, "error") == 0)
		take_error(session, room, arrival);
	else if (arrival->resource && *arrival->type == '\0')
		take_available(session, room, arrival);
	else if (arrival->resource && strcmp(arrival->type, "unavailable") == 0)
		take_unavailable(session, room, arrival);
	return TRUE;
}

void room_presence_attach(Session *session)
{
	session_on_presence(session, on_presence);
}
