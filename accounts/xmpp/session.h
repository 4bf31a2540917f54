/* session.h: the one account of this process: what its parts share, and where they register what they handle.
 *
 * A part (roster, rooms, typing …) is a file with an attach function, which makes the part's state, and registers its handlers for
 * messages, presences, iq requests and the hub's wishes together with the features it announces. Parts know the session and, where they
 * must, one another's headers; the session knows no part but by its attach function. */
#pragma once
#include <stdio.h>
#include <strophe.h>

#include "backend.h"
#include "element.h"
#include "jid.h"
#include "namespaces.h"
#include "stream.h"

typedef struct Session Session;

/* An arriving message, presence or iq. Everything is borrowed for the length of the call. */
typedef struct {
	xmpp_stanza_t *stanza;
	const char *from;     /* normal form; the own bare address where the stanza has none (RFC 6120 8.1.2.1) */
	const char *bare;     /* of from */
	const char *resource; /* of from, or NULL */
	const char *type;     /* never NULL: "" where absent */
	const char *id;       /* or NULL */
	gboolean anonymous;   /* it had no from */
	gboolean own;         /* it is from the own account itself: no from, or the own bare address */
	gboolean carbon;      /* a copy of what another device of the account received or sent (verified) */
	const char *to;       /* normal form; only set for a carbon of what was sent: to whom */
	const char *archive_id; /* from an archive (carbon is set as well): its id there, else NULL. It is never answered */
	gint64 sent;          /* from an archive: its place there (µs, see the wire's message), else 0 */
} Arrival;

/* What is logged once and not again, so that a stranger can't fill the log. */
typedef enum {
	WARNING_COPY = 1 << 0,
	WARNING_PUSH = 1 << 1,
	WARNING_SUBSCRIPTIONS = 1 << 2,
	WARNING_INVITATIONS = 1 << 3,
	WARNING_DROPPED = 1 << 4,
} Warning;

/* TRUE: it is dealt with. */
typedef gboolean (*ArrivalHandler)(Session *session, const Arrival *arrival);
typedef void (*WishHandler)(Session *session, const Wire *wish);

/* The steps that a message passes, in this order, until one has dealt with it. */
typedef enum {
	STEP_ARCHIVE,    /* results of an archive query */
	STEP_CARBON,     /* copies: unwrapped and sent through the steps again */
	STEP_ERROR,      /* type error */
	STEP_INVITATION, /* into rooms */
	STEP_EVENT,      /* what a node of publish-subscribe tells (XEP-0163) */
	STEP_AMEND,      /* corrections, retractions, reactions: of chats and rooms alike */
	STEP_MARKER,     /* how far somebody has read; goes on where there are words as well */
	STEP_ROOM,       /* type groupchat */
	STEP_RECEIPT,    /* asks for, or is, a receipt; goes on */
	STEP_TYPING,     /* goes on */
	STEP_CHAT,       /* words from one to one */
	STEPS
} MessageStep;

struct Session {
	Backend *backend; /* borrowed */
	xmpp_ctx_t *ctx;  /* owned */
	Stream *stream;   /* owned; NULL before the first connect */
	char *account;    /* owned: the account's name at the hub */
	char *own;        /* owned: own bare address in normal form */
	char *domain;     /* owned: of own */
	char *jid;        /* owned: bound full address in normal form, or NULL before the first time online */
	gboolean online;  /* between on_online and on_closed */
	gboolean archive; /* the account's server keeps an archive (XEP-0313) … */
	gboolean ids;     /* … and gives trustworthy stanza ids (XEP-0359) */
	Presence show;    /* what to announce */
	char *status;     /* owned, or NULL */
	gboolean idle;    /* nobody looks */
	guint warned;     /* Warning bits */
	char *pin;        /* owned: certificate that the user has accepted, or NULL */
	char *asked_pin;  /* owned: certificate that is being asked about, or NULL */
	char *fits[8];    /* owned: of session_fit */
	guint next_fit;

	/* The parts' states; each belongs to its part. */
	struct Dispatch *dispatch;
	struct Iqs *iqs;
	struct Intake *intake;
	struct Outbox *outbox;
	struct Connection *connection;
	struct Roster *roster;
	struct Presences *presences;
	struct Subscriptions *subscriptions;
	struct Receipts *receipts;
	struct Typists *typists;
	struct Attentions *attentions;
	struct Carbons *carbons;
	struct Rooms *rooms;
	struct RoomForms *room_forms;
	struct Bookmarks *bookmarks;
	struct Invitations *invitations;
	struct Disco *disco;
	struct Upload *upload;
	struct Jingle *jingle;
	struct ArchiveChecks *archive_checks;
	struct Pubsub *pubsub;
	struct Caps *caps;
	struct Archives *archives;
	struct Markers *markers;
};

Session *session_new(Backend *backend);
/* The settings have come: address and the parts that read keepsakes. FALSE: the address is none (reported). */
gboolean session_configure(Session *session, const WireConfigure *configure);
void session_free(Session *session);

/* Sends a stanza in its turn and releases it. While not online it is let go. */
void session_send(Session *session, xmpp_stanza_t *stanza);

/* TRUE the first time for each kind. */
gboolean session_warns_first(Session *session, Warning warning);

/* ---- registering (dispatch.c) ---- */

void session_on_message(Session *session, MessageStep step, ArrivalHandler handler);
/* Presences are shown to each handler, in the order of registration, until one says TRUE. */
void session_on_presence(Session *session, ArrivalHandler handler);
/* Requests with a payload of this namespace and element name. The handler answers always; iq_answer and iq_refuse help. */
void session_on_request(Session *session, const char *type, const char *name, const char *ns, ArrivalHandler handler);
/* A kind of message from the hub. */
void session_on_wish(Session *session, WireKind kind, WishHandler handler);
/* The connection came (resumed: the server's view of the session is intact; fresh_process: this process did not begin that session) or
 * went. Either may be NULL. */
typedef void (*OnlineHandler)(Session *session, gboolean resumed, gboolean fresh_process);
typedef void (*OfflineHandler)(Session *session);
void session_on_life(Session *session, OnlineHandler online, OfflineHandler offline);

/* What goes to one card by its id prefix: "certificate", "subscription:…". The handler gives FALSE for a card it does not know. */
typedef gboolean (*AnswerHandler)(Session *session, const WireAnswer *answer);
void session_on_answer(Session *session, const char *prefix, AnswerHandler handler);

/* ---- dispatching (dispatch.c) ---- */

void dispatch_stanza(Session *session, xmpp_stanza_t *stanza);
/* Sends a message through the steps behind after. */
void dispatch_message(Session *session, const Arrival *arrival, MessageStep from_step);
void dispatch_wish(Session *session, const Wire *wish);
/* The requests that are answered, one a line: type, name and namespace. */
void dispatch_print_requests(Session *session, FILE *out);
void dispatch_online(Session *session, gboolean resumed, gboolean fresh_process);
void dispatch_offline(Session *session);
void dispatch_attach(Session *session);
void dispatch_detach(Session *session);

/* ---- texts for the wire ---- */

/* text, or, if it is longer than max bytes, a shortened copy that lives until the eighth call after this one. NULL stays NULL. */
const char *session_fit(Session *session, const char *text, gsize max);
#define FIT_LABEL 8192
#define FIT_ID 1024
#define FIT_TEXT 262144
