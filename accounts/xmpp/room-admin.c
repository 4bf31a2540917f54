/* room-admin.c: who may do what in a room: roles, lasting ranks, and the lists of these. XEP-0045 8, 9, 10.
 *
 * A role belongs to an occupant and is given by the nick; an affiliation belongs to an address, which the room may know when we don't: then it
 * is given by the nick as well. The room decides whether we may. */
#include <string.h>

#include "iq.h"
#include "room-state.h"
#include "stanza-error.h"

#define ITEMS_MOST 10000

typedef struct {
	gint64 request;
	char *room, *who; /* owned */
} Change;

static void change_free(gpointer data)
{
	Change *change = data;
	g_free(change->room);
	g_free(change->who);
	g_free(change);
}

/* ---- changing ---- */

static char *describe_refusal(xmpp_stanza_t *answer, const char *who)
{
	const char *condition = answer ? stanza_error_condition(answer) : "";
	if (strcmp(condition, "forbidden") == 0)
		return g_strdup("your rank in the room does not allow that");
	if (strcmp(condition, "not-allowed") == 0)
		return g_strdup_printf("the rank of \"%s\" does not allow that", who);
	if (strcmp(condition, "conflict") == 0)
		return g_strdup("a room can't be without an owner");
	if (strcmp(condition, "item-not-found") == 0)
		return g_strdup_printf("the room does not know \"%s\"", who);
	return stanza_error_sentence(answer);
}

static void on_changed(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	const Change *change = user;
	if (iq_is_result(answer)) {
		backend_done(session->backend, change->request, NULL);
		return;
	}
	g_autofree char *text = describe_refusal(answer, change->who);
	backend_fail(session->backend, change->request, session_fit(session, text, FIT_LABEL));
}

/* The nick that who means: itself, or that of the first occupant with that address; NULL: nobody here. */
static const char *find_nick(const Room *room, const char *who, const char *address)
{
	GHashTableIter iter;
	gpointer nick, occupant;
	if (g_hash_table_lookup_extended(room->occupants, who, &nick, NULL))
		return nick;
	g_hash_table_iter_init(&iter, room->occupants);
	while (address && g_hash_table_iter_next(&iter, &nick, &occupant))
		if (g_strcmp0(((const Occupant *)occupant)->address, address) == 0)
			return nick;
	return NULL;
}

/* The address that a lasting rank is given to, or NULL: give it by the nick. A word that is neither a nick nor looks like an address is none. */
static char *find_address(const Room *room, const char *who)
{
	const Occupant *occupant = g_hash_table_lookup(room->occupants, who);
	if (occupant)
		return g_strdup(occupant->address);
	g_autofree char *full = strpbrk(who, "@.") ? jid_normalise(who) : NULL;
	return full ? jid_bare(full) : NULL;
}

/* <iq type='set' to='room@c'><query xmlns='http://jabber.org/protocol/muc#admin'><item nick='…' role='…'/></query></iq> */
static void on_rank(Session *session, const Wire *wish)
{
	const WireRoomRank *rank = (const WireRoomRank *)wish;
	Room *room = room_find_joined(session, rank->request, rank->chat);
	if (!room)
		return;
	g_autofree char *address = find_address(room, rank->who);
	const char *nick = find_nick(room, rank->who, address);
	gboolean by_role = rank->role != NULL;
	if (by_role ? !nick : !nick && !address) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not in the room", rank->who);
		backend_fail(session->backend, rank->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	xmpp_stanza_t *iq = iq_new(session, "set", room->jid);
	xmpp_stanza_t *item = element_add(element_add(iq, "query", NS_MUC_ADMIN), "item", NULL);
	if (by_role || !address)
		element_set(item, "nick", nick);
	else
		element_set(item, "jid", address);
	if (by_role)
		element_set(item, "role", rank->role);
	else
		element_set(item, "affiliation", rank->affiliation ? rank->affiliation : "none");
	if (rank->text && *rank->text)
		element_add_text(item, "reason", NULL, rank->text);
	Change *change = g_new0(Change, 1);
	change->request = rank->request;
	change->room = g_strdup(room->jid);
	change->who = g_strdup(rank->who);
	iq_ask(session, iq, IQ_SECONDS, on_changed, change, change_free);
}

/* ---- listing ---- */

typedef struct {
	gint64 request;
	char *room;               /* owned */
	Affiliation now;          /* the list that is asked for */
	gboolean all, any;        /* any: the room gave one of the lists */
	char *error;              /* owned: why it gave none */
	guint items;
} Listing;

static const Affiliation order[] = { AFFILIATION_OWNER, AFFILIATION_ADMIN, AFFILIATION_MEMBER, AFFILIATION_OUTCAST };

static void listing_free(gpointer data)
{
	Listing *listing = data;
	g_free(listing->room);
	g_free(listing->error);
	g_free(listing);
}

static void ask_list(Session *session, Listing *listing);

static void tell_items(Session *session, Listing *listing, xmpp_stanza_t *answer)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_MUC_ADMIN);
	const char *rank = wire_words_affiliation[listing->now];
	for (xmpp_stanza_t *item = NULL; (item = element_next(query, item, "item", NULL)) && listing->items < ITEMS_MOST;) {
		const char *jid = element_get(item, "jid"), *reason = element_child_text(item, "reason", NULL);
		g_autofree char *address = jid ? jid_normalise(jid) : NULL;
		g_autofree char *text = g_strconcat(rank, reason && *reason ? ": " : "", reason, NULL);
		if (!address || g_strcmp0(element_get(item, "affiliation"), rank) != 0)
			continue;
		listing->items++;
		backend_send(session->backend, &WIRE(ITEM, Item, .request = listing->request, .address = address,
						     .name = session_fit(session, element_get(item, "nick"), FIT_LABEL), .text = session_fit(session, text, FIT_LABEL)));
	}
}

static gboolean go_on(Listing *listing)
{
	for (guint i = 0; listing->all && i + 1 < G_N_ELEMENTS(order); i++)
		if (order[i] == listing->now) {
			listing->now = order[i + 1];
			return TRUE;
		}
	return FALSE;
}

/* A room may refuse some of the lists to some people: what it gives is shown. */
static void on_list(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Listing *listing = user;
	if (iq_is_result(answer)) {
		listing->any = TRUE;
		tell_items(session, listing, answer);
	} else if (!listing->error) {
		listing->error = describe_refusal(answer, listing->room);
	}
	if (answer && go_on(listing))
		ask_list(session, listing);
	else {
		if (listing->any)
			backend_done(session->backend, listing->request, listing->items ? NULL : "nobody has such a rank");
		else
			backend_fail(session->backend, listing->request, session_fit(session, listing->error, FIT_LABEL));
		listing_free(listing);
	}
}

static void ask_list(Session *session, Listing *listing)
{
	xmpp_stanza_t *iq = iq_new(session, "get", listing->room);
	xmpp_stanza_t *item = element_add(element_add(iq, "query", NS_MUC_ADMIN), "item", NULL);
	element_set(item, "affiliation", wire_words_affiliation[listing->now]);
	iq_ask(session, iq, IQ_SECONDS, on_list, listing, NULL);
}

static void on_ranks(Session *session, const Wire *wish)
{
	const WireRoomRanks *ranks = (const WireRoomRanks *)wish;
	char *jid = room_check_address(session, ranks->request, ranks->chat);
	if (!jid)
		return;
	Listing *listing = g_new0(Listing, 1);
	listing->request = ranks->request;
	listing->room = jid;
	listing->all = ranks->affiliation == AFFILIATION_NONE;
	listing->now = listing->all ? order[0] : ranks->affiliation;
	ask_list(session, listing);
}

void room_admin_attach(Session *session)
{
	session_on_wish(session, WIRE_ROOM_RANK, on_rank);
	session_on_wish(session, WIRE_ROOM_RANKS, on_ranks);
}
