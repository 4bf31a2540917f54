/* intake.h: what came and is stored: the count of stanzas that the server may be told of (XEP-0198), and the cursor of a resume.
 *
 * Invariant: a stanza counts as handled only when the hub has stored everything that it and all before it brought, and with it, in the
 * same transaction or a later one, the cursor "<session> <count>". So neither a kill of this process nor one of the hub loses or doubles
 * what the server sends. A session's name comes from the stream. */
#pragma once
#include "session.h"

/* Around the handling of each stanza. */
void intake_begin(Session *session, guint32 inbound);
void intake_end(Session *session);

/* Sends a message to the hub; account, commit and cursor are set here. */
void intake_store(Session *session, WireMessage *message);
/* Calls then(user) when everything that the present stanza brings is stored; free_user (may be NULL) always runs, also if then never does. */
void intake_when_stored(Session *session, void (*then)(Session *session, gpointer user), gpointer user, GDestroyNotify free_user);

/* Keeps a value for the account, behind everything that was stored before it, and calls then(user) when all of that is committed. */
void intake_keep(Session *session, const char *key, const char *value, void (*then)(Session *session, gpointer user), gpointer user,
		 GDestroyNotify free_user);
/* Whether incoming messages are stored as read, from now on. */
void intake_take_as_read(Session *session, gboolean read);

void intake_committed(Session *session, gint64 commit);

/* From the keepsakes, for a resume: config's state, handled_session and handled, which are borrowed until the next call. */
void intake_load(Session *session, StreamConfig *config);
/* The connection is there. */
void intake_online(Session *session, const StreamOnline *online);
/* Keeps the stream's state, and that this process has the session now. */
void intake_keep_state(Session *session);
/* The same; gives the commit number under which it will be stored. */
gint64 intake_keep_state_committed(Session *session);
/* The name of the present session, or NULL. */
const char *intake_session(Session *session);
/* A random name for this process, and that of the process that had the kept session before it, or NULL. */
const char *intake_process(Session *session);
const char *intake_process_before(Session *session);

void intake_attach(Session *session);
void intake_detach(Session *session);
