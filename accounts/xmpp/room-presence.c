/* room-presence.c: who is in a room, and what the room does with us. XEP-0045 7.2 to 7.6, 8, 9, 10.
 *
 * Occupants are gathered while we enter and told to the hub when our own presence, the last of them, shows that we are in. */
#include <stdlib.h>
#include <string.h>

#include "intake.h"
#include "invite.h"
#include "presence.h"
#include "room-state.h"
#include "stanza-error.h"
#include "typing.h"

#define STATUS_MOST 1024
#define PARTNERS_MOST 1000
#define OCCUPANTS_MOST 100000

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

/* The room is gone for good: it is wanted no more, and the one that takes its place is offered. */
static void follow(Session *session, const char *address, xmpp_stanza_t *destroy)
{
	const char *jid = element_get(destroy, "jid");
	g_autofree char *other = jid && *jid ? jid_normalise(jid) : NULL;
	backend_send(session->backend, &WIRE(BOOKMARK, Bookmark, .account = session->account, .chat = address, .fresh = TRUE, .gone = TRUE));
	if (other && !jid_resource(other) && strchr(other, '@') && strcmp(other, address) != 0)
		invite_offer(session, address, other, element_child_text(destroy, "reason", NULL), element_child_text(destroy, "password", NULL));
}

/* ---- ranks that change before our eyes ---- */

static const char *const ranks[] = {
	[AFFILIATION_NONE] = "has no rank any more", [AFFILIATION_MEMBER] = "is a member now", [AFFILIATION_ADMIN] = "is an admin now",
	[AFFILIATION_OWNER] = "is an owner now",     [AFFILIATION_OUTCAST] = "is banned now",
};
static const char *const roles[] = {
	[ROLE_NONE] = NULL, [ROLE_VISITOR] = "may only read now", [ROLE_PARTICIPANT] = "may speak now", [ROLE_MODERATOR] = "is a moderator now",
};

/* A rank brings a role with it: only one of them is told. */
static void tell_rank(Session *session, const Room *room, const char *nick, const Occupant *before, const Occupant *now)
{
	const char *what = before->affiliation != now->affiliation ? ranks[now->affiliation] : before->role != now->role ? roles[now->role] : NULL;
	if (!what)
		return;
	g_autofree char *from = g_strconcat(room->jid, "/", nick, NULL);
	intake_store(session, &(WireMessage){ .chat = room->jid, .chat_kind = CHAT_ROOM, .type = MESSAGE_EVENT, .from = from, .nick = nick, .text = what,
					      .state = MESSAGE_READ });
}

/* ---- who that is ---- */

static const char *who_is(const Occupant *occupant)
{
	return occupant->id ? occupant->id : occupant->address ? occupant->address : "";
}

/* Private words belong to a name: that it is somebody else's now must be seen where they stand (a room tells it by ids or addresses). */
static void check_partner(Session *session, Room *room, const char *nick, const Occupant *occupant)
{
	const char *before = g_hash_table_lookup(room->partners, nick), *now = who_is(occupant);
	if (!before || strcmp(before, now) == 0)
		return;
	g_autofree char *chat = g_strconcat(room->jid, "/", nick, NULL);
	intake_store(session, &(WireMessage){ .chat = chat, .chat_kind = CHAT_PRIVATE, .type = MESSAGE_EVENT, .from = chat, .nick = nick,
					      .text = "somebody else has this name now", .state = MESSAGE_READ });
	g_hash_table_replace(room->partners, g_strdup(nick), g_strdup(now));
}

/* Private words from an occupant: who that is now is remembered. */
static gboolean on_private(Session *session, const Arrival *arrival)
{
	Room *room = arrival->resource && !arrival->carbon ? room_find(session, arrival->bare) : NULL;
	Occupant *occupant = room ? g_hash_table_lookup(room->occupants, arrival->resource) : NULL;
	if (occupant && *who_is(occupant) && element_child(arrival->stanza, "body", NULL) && strcmp(arrival->type, "groupchat") != 0 &&
	    g_hash_table_size(room->partners) < PARTNERS_MOST)
		g_hash_table_replace(room->partners, g_strdup(arrival->resource), g_strdup(who_is(occupant)));
	return FALSE;
}

/* ---- coming, changing, going ---- */

static Occupant read_occupant(Session *session, const Room *room, const Arrival *arrival, xmpp_stanza_t *x)
{
	xmpp_stanza_t *item = element_child(x, "item", NULL);
	const char *jid = element_get(item, "jid"), *status = element_child_text(arrival->stanza, "status", NULL);
	const char *id = room->occupant_ids ? element_get(element_child(arrival->stanza, "occupant-id", NS_OCCUPANT_ID), "id") : NULL;
	g_autofree char *full = jid ? jid_normalise(jid) : NULL;
	return (Occupant){
		.role = (Role)read_word(wire_words_role, element_get(item, "role")),
		.affiliation = (Affiliation)read_word(wire_words_affiliation, element_get(item, "affiliation")),
		.presence = presence_of_show(element_child_text(arrival->stanza, "show", NULL)),
		.address = full ? jid_bare(full) : NULL,
		.status = status && *status ? g_strdup(session_fit(session, status, STATUS_MOST)) : NULL,
		.id = id && *id && strlen(id) <= FIT_ID ? g_strdup(id) : NULL,
	};
}

static gboolean is_same(const Occupant *a, const Occupant *b)
{
	return a->role == b->role && a->affiliation == b->affiliation && a->presence == b->presence && g_strcmp0(a->address, b->address) == 0 &&
	       g_strcmp0(a->status, b->status) == 0 && g_strcmp0(a->id, b->id) == 0;
}

/* Our own presence, the last of those that come while we enter. */
static void take_own(Session *session, Room *room, const char *nick, xmpp_stanza_t *x, guint bits)
{
	if (strcmp(nick, room->nick) != 0) {
		g_free(room->nick);
		room->nick = g_strdup(nick);
		if (room->standing == ROOM_JOINED && !room->again)
			room_report(session, room, NULL);
	}
	if (room->again) {
		room_enter_again(session, room);
	} else if (room->standing == ROOM_JOINING) {
		if (bits & CODE_CREATED)
			room_config_unlock(session, room);
		room_enter(session, room);
		room_status_tell_entry(session, room, x);
	}
	if (room->nick_request && g_strcmp0(room->wanted_nick, nick) == 0) {
		backend_done(session->backend, room->nick_request, NULL);
		room->nick_request = 0;
	}
}

static void take_available(Session *session, Room *room, const Arrival *arrival)
{
	xmpp_stanza_t *x = element_child(arrival->stanza, "x", NS_MUC_USER);
	GHashTable *occupants = room->again ? room->again : room->occupants;
	guint bits = read_codes(x);
	gboolean self = bits & CODE_SELF || strcmp(arrival->resource, room->nick) == 0;
	gboolean told = room->standing == ROOM_JOINED && !room->again;
	Occupant *occupant = g_hash_table_lookup(occupants, arrival->resource);
	Occupant now = read_occupant(session, room, arrival, x), before = { 0 };
	gboolean same = occupant && is_same(occupant, &now), is_new = !occupant;

	if (is_new) {
		if (g_hash_table_size(occupants) >= OCCUPANTS_MOST && !self) {
			occupant_clear(&now);
			return;
		}
		occupant = g_new0(Occupant, 1);
		g_hash_table_insert(occupants, g_strdup(arrival->resource), occupant);
	}
	now.said = g_steal_pointer(&occupant->said);
	before = *occupant;
	*occupant = now;
	if (told && !same) {
		room_report_occupant(session, room, arrival->resource, occupant);
		if (!is_new)
			tell_rank(session, room, arrival->resource, &before, occupant);
	}
	occupant_clear(&before);
	check_partner(session, room, arrival->resource, occupant);
	if (self)
		take_own(session, room, arrival->resource, x, bits);
}

static void take_unavailable(Session *session, Room *room, const Arrival *arrival)
{
	xmpp_stanza_t *x = element_child(arrival->stanza, "x", NS_MUC_USER);
	guint bits = read_codes(x);
	gboolean self = bits & CODE_SELF || strcmp(arrival->resource, room->nick) == 0;
	const char *new_nick = bits & CODE_RENAMED ? element_get(element_child(x, "item", NULL), "nick") : NULL;
	g_autofree char *new_jid = new_nick ? jid_with_resource(room->jid, new_nick) : NULL;

	if (room->again) {
		g_hash_table_remove(room->again, arrival->resource);
		if (!self)
			return;
	}
	if (new_jid) {
		const char *who = g_hash_table_lookup(room->partners, arrival->resource);
		if (who) {
			g_hash_table_replace(room->partners, g_strdup(jid_resource(new_jid)), g_strdup(who));
			g_hash_table_remove(room->partners, arrival->resource);
		}
		if (g_hash_table_remove(room->occupants, arrival->resource) && room->standing == ROOM_JOINED)
			room_report_gone(session, room, arrival->resource, jid_resource(new_jid), NULL);
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
		g_autofree char *address = g_strdup(room->jid);
		room->busy = !destroy && (bits & (CODE_SHUTDOWN | CODE_ERROR));
		room_leave(session, room, bits & (CODE_BANNED | CODE_KICKED | CODE_AFFILIATION | CODE_MEMBERS_ONLY | CODE_SHUTDOWN | CODE_ERROR) || destroy
						  ? sentence : "you are no longer in the room");
		if (destroy)
			follow(session, address, destroy);
		return;
	}
	typing_forget_room(session, room->jid, arrival->resource);
	if (g_hash_table_remove(room->occupants, arrival->resource) && room->standing == ROOM_JOINED)
		room_report_gone(session, room, arrival->resource, NULL, text);
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
		{ "resource-constraint", "you are in too many rooms there" },
		{ "jid-malformed", "the room wants another name" },
		{ "gone", "the room was closed for ever" },
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
	gboolean entering = room->standing == ROOM_JOINING || room->again;
	if (entering && strcmp(stanza_error_condition(arrival->stanza), "conflict") == 0 && room_try_other_nick(session, room))
		return;
	if (entering) {
		room->busy = g_strcmp0(element_get(element_child(arrival->stanza, "error", NULL), "type"), "wait") == 0;
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
	room->heard = g_get_monotonic_time();
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
	session_on_message(session, STEP_TYPING, on_private);
}
