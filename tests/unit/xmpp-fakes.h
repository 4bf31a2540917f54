/* xmpp-fakes.h: a hub and a stream that only write down, so that the stanzas' handlers run alone: stanza text in, event lines out; wishes
 * in, stanza text out. xmpp-fakes.c takes the place of accounts/backend.c and of the stream layer. */
#pragma once
#include "xmpp/session.h"

typedef struct {
	Session *session;
	GString *events;    /* what the hub got: JSON lines without "account" */
	GString *sent;      /* what the stream got: a stanza a line */
	GPtrArray *kept;    /* key=value for the next session */
	gint64 commit;      /* the last commit number asked for */
	guint32 count;      /* stanzas sent */
	guint32 acked, handled, inbound;
	gsize backlog;
	gboolean paused, carbons_answered;
	char *features;     /* stream features, XML, or NULL */
} Fake;

/* An account alice@kith.test; keep and settings are NULL-terminated or NULL. */
Fake *fake_new(const char *const *keep, const char *const *settings);
void fake_free(Fake *fake);
/* Connects and goes online; resumed as said. Clears events and sent. */
void fake_online(Fake *fake, gboolean resumed);
/* The connection is lost. */
void fake_lose(Fake *fake);
/* The hub's message. */
void fake_wish(Fake *fake, const void *wish);
/* A stanza arrives. */
void fake_receive(Fake *fake, const char *xml);
/* The hub has stored all. */
void fake_commit(Fake *fake);
/* The server has taken all. */
void fake_ack(Fake *fake);
/* Answers the last request sent whose text holds `payload` with a result around xml, from that address (NULL: none). */
void fake_answer(Fake *fake, const char *payload, const char *from, const char *xml);
/* The contact list: bob (both), carol (to). */
void fake_roster(Fake *fake);
/* Whether text is in what the hub or the stream got since the last look; forgets it. */
gboolean fake_told(Fake *fake, const char *text);
gboolean fake_sent(Fake *fake, const char *text);
