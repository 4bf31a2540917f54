/* pubsub.h: the account's own nodes of publish-subscribe (XEP-0163, XEP-0060): private lists that its devices share.
 *
 * Everything here is private: a node is published with publish-options (XEP-0223) that only the account itself may read, and if it exists
 * with others it is configured anew first; events count only from the own bare address (a stranger's are let go). */
#pragma once
#include "session.h"

/* An event of a watched node, or a row of its fetching. payload is the item's first element, borrowed; NULL: the item id was removed.
 * id NULL: the whole node was emptied or removed. id is as the network says it. */
typedef void (*PubsubEvent)(Session *session, const char *id, xmpp_stanza_t *payload);
/* Announces NODE+notify and calls event for each event of the node. node is static. Only while attaching. */
void pubsub_watch(Session *session, const char *node, PubsubEvent event);

typedef enum {
	PUBSUB_DONE,
	PUBSUB_MISSING, /* there is no such node (or item) */
	PUBSUB_FAILED,  /* refused, not answered in time, or the connection is gone */
} PubsubResult;

/* error: a sentence where result is no PUBSUB_DONE, else NULL. */
typedef void (*PubsubEnd)(Session *session, PubsubResult result, const char *error, gpointer user);
/* items: the <items/> element, whose <item id=…/> children element_next goes through; NULL unless PUBSUB_DONE. */
typedef void (*PubsubItems)(Session *session, PubsubResult result, xmpp_stanza_t *items, gpointer user);

/* Asks for all items of a node. then is called exactly once; free_user (may be NULL) frees user after that. */
void pubsub_fetch(Session *session, const char *node, PubsubItems then, gpointer user, GDestroyNotify free_user);

typedef enum {
	PUBSUB_LIST, /* many items, as many as the server allows */
	PUBSUB_ONE,  /* one item, "current" */
} PubsubKind;

/* Publishes payload (released) as the item id; not before disco_on_account has called. then may be NULL. */
void pubsub_publish(Session *session, const char *node, PubsubKind kind, const char *id, xmpp_stanza_t *payload, PubsubEnd then, gpointer user,
		    GDestroyNotify free_user);
/* Removes an item; the other devices are told. then may be NULL. */
void pubsub_retract(Session *session, const char *node, const char *id, PubsubEnd then, gpointer user, GDestroyNotify free_user);

void pubsub_attach(Session *session);
void pubsub_detach(Session *session);
