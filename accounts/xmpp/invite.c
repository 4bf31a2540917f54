/* invite.c: invitations into rooms. See invite.h. XEP-0045 7.8, XEP-0249.
 *
 * No invitation is followed, and none refused, by itself: either would tell a stranger that we are there. The card shows the room and who
 * invites; of an invitation through the room only the room is certain. */
#include "invite.h"

#include <string.h>

#include "base/log.h"
#include "disco.h"
#include "room.h"

#define PREFIX "invitation:"
#define IGNORE "ignore"
#define JOIN "join"
#define DECLINE "decline"
#define CARDS_MOST 50

typedef struct {
	char *room, *password; /* owned; password may be NULL */
	char *inviter;         /* owned: whom the room will tell that we decline, or NULL */
} Invitation;

struct Invitations {
	GHashTable *open; /* card id (owned) -> Invitation (owned) */
};

static void invitation_free(gpointer data)
{
	Invitation *invitation = data;
	g_free(invitation->room);
	g_free(invitation->password);
	g_free(invitation->inviter);
	g_free(invitation);
}

/* One card a room. details: NULL-terminated. */
static void show(Session *session, const char *room, const char *via, const char *title, const char *reason, const char *const *details, const char *password)
{
	GHashTable *open = session->invitations->open;
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, room, -1);
	g_autofree char *id = g_strconcat(PREFIX, sum, NULL);

	if (room_standing(session, room) == ROOM_JOINED || g_hash_table_contains(open, id))
		return;
	if (g_hash_table_size(open) >= CARDS_MOST) {
		if (session_warns_first(session, WARNING_INVITATIONS))
			log_warning("too many invitations; the one into \"%s\" was let go", room);
		return;
	}
	backend_send(session->backend, &WIRE(CARD, Card, .account = session->account, .card = id, .card_kind = CARD_INVITATION,
					     .title = session_fit(session, title, FIT_LABEL), .text = reason && *reason ? session_fit(session, reason, FIT_LABEL) : NULL,
					     .address = room, .details = details,
					     .choices = via ? (const char *const[]){ IGNORE, JOIN, DECLINE, NULL } : (const char *const[]){ IGNORE, JOIN, NULL }));
	Invitation *invitation = g_new0(Invitation, 1);
	invitation->room = g_strdup(room);
	invitation->inviter = g_strdup(via);
	invitation->password = password && *password ? g_strdup(password) : NULL;
	g_hash_table_insert(open, g_steal_pointer(&id), invitation);
}

/* certain: the inviter's address is what the server says, not what a room says. */
static void ask(Session *session, const char *room, const char *inviter, gboolean certain, gboolean goes_on, const char *reason, const char *password)
{
	g_autofree char *title = g_strdup_printf(goes_on ? "\"%s\" wants to go on with your chat in the room \"%s\"" : "\"%s\" invites you into the room \"%s\"",
						 inviter ? inviter : "somebody", room);
	g_autofree char *who = inviter ? g_strdup_printf(certain ? "from: %s" : "from, as the room says: %s", inviter) : NULL;
	g_autofree char *where = g_strconcat("room: ", room, NULL);
	const char *details[] = { where, who ? session_fit(session, who, FIT_LABEL) : NULL, NULL };
	show(session, room, certain ? NULL : inviter, title, reason, details, password);
}

void invite_offer(Session *session, const char *room, const char *other, const char *reason, const char *password)
{
	g_autofree char *title = g_strdup_printf("the room \"%s\" was closed; it goes on in \"%s\"", room, other);
	g_autofree char *where = g_strconcat("room: ", other, NULL);
	show(session, other, NULL, title, reason, (const char *const[]){ where, NULL }, password);
}

/* <message from='room@c'><x xmlns='…muc#user'><decline from='a@b'><reason>…</reason></decline></x></message>: somebody whom we invited. */
static void take_decline(Session *session, const Arrival *arrival, xmpp_stanza_t *decline)
{
	const char *from = element_get(decline, "from"), *reason = element_child_text(decline, "reason", NULL);
	g_autofree char *full = from ? jid_normalise(from) : NULL;
	/* A room may name its occupants only by what they are called there. */
	g_autofree char *who = full && !jid_same_bare(full, arrival->bare) ? jid_bare(full) : g_strdup(full);
	if (!who || arrival->resource || room_standing(session, arrival->bare) != ROOM_JOINED)
		return;
	backend_notice(session->backend, arrival->bare, FALSE, "%s does not want to come in%s%s", who, reason && *reason ? ": " : "",
		       reason ? session_fit(session, reason, FIT_LABEL) : "");
}

/* <message from='room@c'><x xmlns='…muc#user'><invite from='a@b'><reason>…</reason><continue/></invite><password>…</password></x></message>
 * <message from='a@b/c'><x xmlns='jabber:x:conference' jid='room@c' reason='…' password='…' continue='true'/></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *x = element_child(arrival->stanza, "x", NS_MUC_USER);
	xmpp_stanza_t *invite = element_child(x, "invite", NULL), *decline = element_child(x, "decline", NULL);
	if (strcmp(arrival->type, "groupchat") == 0)
		return FALSE;
	if (decline) {
		take_decline(session, arrival, decline);
		return TRUE;
	}
	if (invite) {
		const char *from = element_get(invite, "from");
		g_autofree char *inviter = from ? jid_normalise(from) : NULL;
		if (!arrival->resource && strchr(arrival->bare, '@') && !arrival->to)
			ask(session, arrival->bare, inviter, FALSE, element_child(invite, "continue", NULL) != NULL, element_child_text(invite, "reason", NULL),
			    element_child_text(x, "password", NULL));
		return TRUE;
	}
	xmpp_stanza_t *direct = element_child(arrival->stanza, "x", NS_CONFERENCE);
	const char *jid = element_get(direct, "jid"), *goes_on = element_get(direct, "continue");
	if (!direct)
		return FALSE;
	/* A copy for old programs of an invitation through the room stands beside that one and is dealt with above. */
	g_autofree char *room = jid ? jid_normalise(jid) : NULL;
	if (room && !jid_resource(room) && strchr(room, '@') && !arrival->to)
		ask(session, room, arrival->bare, TRUE, g_strcmp0(goes_on, "true") == 0 || g_strcmp0(goes_on, "1") == 0, element_get(direct, "reason"),
		    element_get(direct, "password"));
	return TRUE;
}

/* Only on the person's word: it tells that we are there. */
static void decline(Session *session, const Invitation *invitation)
{
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", invitation->room);
	element_set(element_add(element_add(message, "x", NS_MUC_USER), "decline", NULL), "to", invitation->inviter);
	session_send(session, message);
}

static gboolean on_answer(Session *session, const WireAnswer *answer)
{
	Invitation *invitation = g_hash_table_lookup(session->invitations->open, answer->card);
	if (!invitation)
		return FALSE;
	if (g_strcmp0(answer->choice, JOIN) == 0) {
		if (!session->online)
			return FALSE;
		room_join(session, 0, invitation->room, NULL, invitation->password);
	} else if (g_strcmp0(answer->choice, DECLINE) == 0 && invitation->inviter && session->online) {
		decline(session, invitation);
	}
	backend_send(session->backend, &WIRE(CARD_GONE, CardGone, .account = session->account, .card = answer->card));
	g_hash_table_remove(session->invitations->open, answer->card);
	return TRUE;
}

/* A room of members lets in only whom it has invited itself; into any other the invitation goes directly, which strangers' filters let
 * through more often. */
static void on_invite(Session *session, const Wire *wish)
{
	const WireInvite *invite = (const WireInvite *)wish;
	g_autofree char *room = jid_normalise(invite->chat);
	g_autofree char *full = jid_normalise(invite->address);

	if (!room || room_standing(session, room) != ROOM_JOINED || !session->online) {
		backend_fail(session->backend, invite->request, "you are not in the room");
		return;
	}
	if (!full) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not an address", invite->address);
		backend_fail(session->backend, invite->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	const char *password = room_password(session, room);
	if (room_is_members_only(session, room)) {
		element_set(message, "to", room);
		xmpp_stanza_t *element = element_add(element_add(message, "x", NS_MUC_USER), "invite", NULL);
		element_set(element, "to", full);
		if (invite->text && *invite->text)
			element_add_text(element, "reason", NULL, invite->text);
	} else {
		element_set(message, "to", full);
		xmpp_stanza_t *x = element_add(message, "x", NS_CONFERENCE);
		element_set(x, "jid", room);
		element_set(x, "reason", invite->text);
		element_set(x, "password", password);
	}
	room_send_checked(session, invite->request, room, message);
}

void invite_attach(Session *session)
{
	session->invitations = g_new0(struct Invitations, 1);
	session->invitations->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, invitation_free);
	session_on_message(session, STEP_INVITATION, on_message);
	session_on_answer(session, PREFIX, on_answer);
	session_on_wish(session, WIRE_INVITE, on_invite);
	disco_add_feature(session, NS_CONFERENCE);
}

void invite_detach(Session *session)
{
	g_hash_table_unref(session->invitations->open);
	g_clear_pointer(&session->invitations, g_free);
}
