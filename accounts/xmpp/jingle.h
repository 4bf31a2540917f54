/* jingle.h: files from program to program (XEP-0166, XEP-0234) with the bytes inside the stream (XEP-0261, XEP-0047).
 *
 * jingle.c is the talk about a file: offering, taking, declining, the end; jingle-ibb.c moves its bytes. A talk lasts as long as one
 * connection: after a loss it is over on both sides. */
#pragma once
#include "session.h"

typedef enum {
	TALK_OFFERED,  /* theirs: the user has not decided; ours: they have not */
	TALK_ACCEPTED, /* the bytes may come: bytes of theirs are waited for, ours are being announced */
	TALK_MOVING,
	TALK_CLOSED,   /* ours: all is delivered, their last word is waited for */
} TalkState;

typedef struct {
	Session *session;
	char *sid, *peer;      /* theirs in normal form, full */
	char *bare;
	char *transfer;        /* the hub's or our name for it */
	char *content;         /* the content's name */
	gboolean ours;         /* we offer it */
	TalkState state;
	char *name, *type, *sha256;
	gint64 size, moved;
	gint64 request;        /* the hub's, that is still to be answered; 0: none */
	/* jingle-ibb.c */
	char *stream;          /* the byte stream's id */
	guint block;           /* bytes in a piece */
	guint16 sequence;      /* of the next piece */
	guint open;            /* ours: pieces on the way */
	int fd;                /* -1: not open */
	GChecksum *sum;        /* theirs */
	gboolean all_read;     /* ours: everything was given to the stream */
	gint64 told;           /* when the hub was told last, monotonic µs */
	guint timer;
} Talk;

/* Offers a file to a program of the contact that takes files so; the hub's request fails, with why (may be NULL) in front, if there is none. */
void jingle_offer(Session *session, const WireFileSend *wish, const char *why);

/* The talk with this peer about this byte stream, or NULL. */
Talk *jingle_by_stream(Session *session, const char *peer, const char *stream);
/* Tells the hub how far it is; ACTIVE not more often than five times a second. */
void jingle_tell(Talk *talk, TransferState state, const char *text);
/* Ends the talk with a reason of XEP-0166 7.4 (NULL: they have ended it), and tells the hub. The talk is gone. */
void jingle_end(Talk *talk, const char *reason, TransferState state, const char *text);
/* Whether talk is still one of the session's. */
gboolean jingle_has(Session *session, const Talk *talk);

void jingle_attach(Session *session);
void jingle_detach(Session *session);

/* ---- jingle-ibb.c ---- */
/* Opens the file to read it, or makes it; FALSE and why (static). */
gboolean jingle_ibb_open_ours(Talk *talk, const char *path, const char **why);
gboolean jingle_ibb_open_theirs(Talk *talk, const char *path, const char **why);
/* They have accepted: announces the byte stream and sends. */
void jingle_ibb_start(Talk *talk);
/* Frees what belongs to the bytes; an unfinished file of theirs is removed by the hub. */
void jingle_ibb_clear(Talk *talk);
void jingle_ibb_attach(Session *session);
