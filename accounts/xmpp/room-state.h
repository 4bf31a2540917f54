/* room-state.h: the inside of a room, for room.c and the files named room-…. Nobody else includes it. */
#pragma once
#include "room.h"

typedef struct {
	Role role;
	Affiliation affiliation;
	Presence presence;
	char *address; /* owned: bare, or NULL */
	char *status;  /* owned, or NULL */
	char *id;      /* owned: the room's lasting id of them (XEP-0421), or NULL; only where the room says that it gives them */
	GPtrArray *said; /* of char *, owned: ids of what they said since they entered, or NULL; see correction.h */
} Occupant;

typedef struct {
	char *jid;             /* owned: bare, normal form */
	char *nick;            /* owned: ours, or the one we enter with */
	char *password;        /* owned, or NULL */
	char *name;            /* owned, or NULL */
	char *topic;           /* owned, or NULL */
	gboolean topic_known;  /* the first subject has come: later ones are changes */
	RoomStanding standing;
	gboolean busy;         /* leaving: it can't have us just now, which may change */
	gint64 join_request;
	guint join_timer;
	gboolean asked;        /* entering: our presence has gone to the room */
	guint tries;           /* entering without a person who waits: names that were taken */
	GHashTable *again;     /* owned: the occupants as they come when a joined room is entered once more without a word, else NULL */
	gint64 heard;          /* monotonic µs: the last sign of life of the room */
	gboolean pinged;       /* it is being asked whether it knows us */
	gint64 nick_request;
	char *wanted_nick;     /* owned: of nick_request, or NULL */
	gboolean described;    /* it has said what it can */
	gboolean ids;          /* it keeps others from forging its ids (XEP-0359) */
	gboolean occupant_ids; /* it gives everybody a lasting id and keeps others from forging it (XEP-0421) */
	gboolean moderates;    /* its moderators can take back what others said (XEP-0425) … */
	gboolean moderates_0;  /* … as its version 0.2 has it */
	gboolean archive;      /* it keeps an archive (XEP-0313) */
	gboolean members_only;
	gint64 last;           /* when the last message came, or 0 */
	GHashTable *occupants; /* nick (owned) -> Occupant (owned) */
	GHashTable *partners;  /* nick (owned) -> who that was (owned) when private words came from there */
} Room;

struct Rooms {
	GHashTable *all;      /* jid -> Room, owned */
	GHashTable *requests; /* message id (owned) -> gint64 request (owned) */
	guint ping_timer, pinging;
};

Room *room_find(Session *session, const char *bare);
/* The normal form of a room's address (the caller frees), or NULL after the request was answered with an error. */
char *room_check_address(Session *session, gint64 request, const char *chat);
/* The same for a room that we must be in: the room, borrowed. */
Room *room_find_joined(Session *session, gint64 request, const char *chat);
GHashTable *room_new_occupants(void);
/* Frees what an occupant owns. */
void occupant_clear(Occupant *occupant);
/* Asks the room what it can. */
void room_ask_features(Session *session, Room *room);
/* Tells the hub how the room is now; text: why we are not in it, or NULL. */
void room_report(Session *session, const Room *room, const char *text);
/* We are in. */
void room_enter(Session *session, Room *room);
/* The room does not know us any more: enters it again without a word to the person. */
void room_reenter(Session *session, Room *room);
/* We are in again: the hub is told what differs. */
void room_enter_again(Session *session, Room *room);
/* The name is taken: tries another, if nobody waits for this one. FALSE: not. */
gboolean room_try_other_nick(Session *session, Room *room);
/* We are not, or no longer, in it; text says why; the room is freed. */
void room_leave(Session *session, Room *room, const char *text);
void room_report_occupant(Session *session, const Room *room, const char *nick, const Occupant *occupant);

void room_report_gone(Session *session, const Room *room, const char *nick, const char *new_nick, const char *text);

/* Opens a room that we have just made to others. */
void room_config_unlock(Session *session, const Room *room);
/* What the presence that let us in says of the room. */
void room_status_tell_entry(Session *session, const Room *room, xmpp_stanza_t *x);
/* A room was entered: it is asked after a while of silence. */
void room_ping_watch(Session *session);

void room_admin_attach(Session *session);
void room_config_attach(Session *session);
void room_config_detach(Session *session);
void room_list_attach(Session *session);
void room_ping_attach(Session *session);
void room_status_attach(Session *session);
void room_presence_attach(Session *session);
void room_talk_attach(Session *session);
