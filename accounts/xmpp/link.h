/* link.h: the bytes of one connection, plain or TLS, read and written without ever blocking.
 *
 * Reads at most 64 KiB per turn of the main loop, so that one busy link leaves room for everything else;
 * gathers what is written during a turn into one write. What has been written is overwritten in
 * memory, as it may have been a password. */
#ifndef KITH_XMPP_LINK_H
#define KITH_XMPP_LINK_H

#include <gio/gio.h>

typedef struct Link Link;

/* No slot may be NULL; each may call link_free(). */
typedef struct {
	void (*on_bytes)(gpointer owner, const char *bytes, gsize size);
	/* Comes once: the other end has closed (`error` NULL) or the connection broke. */
	void (*on_end)(gpointer owner, const GError *error);
	/* What was gathered is about to be written: the moment to add to it. */
	void (*on_flush)(gpointer owner);
} LinkEvents;

/* Begins to read. `io` is referenced: a GSocketConnection or a GTlsConnection. */
Link *link_new(GIOStream *io, const LinkEvents *events, gpointer owner);

/* Stops everything, leaving the connection itself as it is. */
void link_free(Link *link);

void link_write(Link *link, const char *bytes, gsize size);
void link_print(Link *link, const char *text);

/* Bytes not written yet. */
gsize link_backlog(const Link *link);

void link_set_reading(Link *link, gboolean reading);

#endif
