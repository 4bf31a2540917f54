/* room-state.h: the inside of a room, for room.c, room-presence.c and room-talk.c. Nobody else includes it. */
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
	gint64 join_request;
	guint join_timer;
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
} Room;

struct Rooms {
	GHashTable *all;      /* jid -> Room, owned */
	GHashTable *requests; /* message id (owned) -> gint64 request (owned) */
};

Room *room_find(Session *session, const char *bare);
/* Tells the hub how the room is now; text: why we are not in it, or NULL. */
void room_report(Session *session, const Room *room, const char *text);
/* We are in. */
void room_enter(Session *session, Room *room);
/* We are not, or no longer, in it; text says why; the room is freed. */
void room_leave(Session *session, Room *room, const char *text);
void room_report_occupant(Session *session, const Room *room, const char *nick, const Occupant *occupant);

void room_presence_attach(Session *session);
void room_talk_attach(Session *session);
