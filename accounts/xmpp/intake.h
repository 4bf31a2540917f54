/* intake.h: what came and is stored: the count of stanzas that the server may be told of (XEP-0198), and the cursor of a resume.
 *
 * Invariant: a stanza counts as handled only when the hub has stored everything that it and all before it brought, and with it, in the
 * same transaction or a later one, the cursor "<session> <count>". So neither a kill of this process nor one of the hub loses or doubles
 * what the server sends. The session's name is ours; it changes with every session that is not resumed. */
#pragma once
#include "session.h"

/* Around the handling of each stanza. */
void intake_begin(Session *session, guint32 inbound);
void intake_end(Session *session);

/* Sends a message to the hub; account, commit and cursor are set here. */
void intake_store(Session *session, WireMessage *message);
/* Calls then(user) when everything that the present stanza brings is stored; free_user (may be NULL) always runs, also if then never does. */
void intake_when_stored(Session *session, void (*then)(Session *session, gpointer user), gpointer user, GDestroyNotify free_user);

void intake_committed(Session *session, gint64 commit);

/* From the keepsakes: the stream's state and count for a resume. state is borrowed until the next call, or NULL. */
const char *intake_load(Session *session, guint32 *handled);
/* The connection is there: begins a new session unless resumed. */
void intake_online(Session *session, gboolean resumed, gboolean counting);
/* Keeps the stream's state under the present session's name. */
void intake_keep_state(Session *session);

/* The name of the present session, and of the one before it, or NULL. */
const char *intake_session(Session *session);
const char *intake_session_before(Session *session);

void intake_attach(Session *session);
void intake_detach(Session *session);
