/* outbox.h: everything that goes out, in order; messages of the user exactly once (XEP-0198, XEP-0359, XEP-0313).
 *
 * A message's bytes go to the stream only after the hub has stored under which number (the mark: "<session> <number> <process>"). For the
 * number to be known beforehand, everything else waits in line behind it for that moment. What may have gone out in an earlier try is
 * compared with what the server said it had when that process's successor took the session over, or else looked up in the archive, before
 * the same id is sent again. So that the successor is known for certain, it sends nothing before the hub has stored that it has the session. */
#pragma once
#include "session.h"

/* A message of the user on its way. */
typedef struct {
	char *own_id, *chat, *to, *text; /* chat as the hub writes it; to in normal form; text may be NULL for amendments */
	char *target, *target_archive, *target_from, *target_text; /* of a reply or an amendment, as in the wire's send; or NULL */
	char **attachments; /* NULL-terminated */
	ChatKind kind;
	MessageKind type;
	gint64 time;
	char *mark;       /* of a try that may have gone out, or NULL */
	int step;
	gboolean settled; /* its fate is reported; only its number still waits for an acknowledgement */
	gint64 commit;
	guint32 number;
} Outgoing;

/* A stanza of no user's message, in its turn; released. */
void outbox_push(Session *session, xmpp_stanza_t *stanza);
void outbox_committed(Session *session, gint64 commit);
void outbox_acked(Session *session, guint32 number);
/* The connection is there: before anything else is sent. */
void outbox_begin(Session *session, const StreamOnline *online, gboolean fresh_process);
/* The parts have said what they have to say first: now the messages. */
void outbox_online(Session *session, const StreamOnline *online, gboolean fresh_process);
void outbox_offline(Session *session);

/* A room has shown a message of ours. TRUE: it was one that waited for that. */
gboolean outbox_reflected(Session *session, const char *room, const char *id, const char *archive_id);
/* An error came for message id in chat (as the sender of the error is called). */
void outbox_refused(Session *session, const char *chat, const char *id, const char *text);
/* We are in the room now: what waits for it may go. */
void outbox_room_open(Session *session, const char *room);
/* We will not be in the room: what waits for it fails. */
void outbox_room_closed(Session *session, const char *room, const char *text);

void outbox_attach(Session *session);
void outbox_detach(Session *session);
