/* channel.h: the bytes of one connection, plain or TLS, read and written without ever blocking.
 *
 * Reads at most 64 KiB per turn of the main loop, so that one busy channel leaves room for everything else;
 * gathers what is written during a turn into one write. What has been written is overwritten in
 * memory, as it may have been a password. */
#ifndef KITH_XMPP_CHANNEL_H
#define KITH_XMPP_CHANNEL_H

#include <gio/gio.h>

typedef struct Channel Channel;

/* No slot may be NULL; each may call channel_free(). */
typedef struct {
	void (*on_bytes)(gpointer owner, const char *bytes, gsize size);
	/* Comes once: the other end has closed (`error` NULL) or the connection broke. */
	void (*on_end)(gpointer owner, const GError *error);
	/* What was gathered is about to be written: the moment to add to it. */
	void (*on_flush)(gpointer owner);
} ChannelEvents;

/* Begins to read. `io` is referenced: a GSocketConnection or a GTlsConnection. */
Channel *channel_new(GIOStream *io, const ChannelEvents *events, gpointer owner);

/* Stops everything, leaving the connection itself as it is. */
void channel_free(Channel *channel);

void channel_write(Channel *channel, const char *bytes, gsize size);
void channel_print(Channel *channel, const char *text);

/* Bytes not written yet. */
gsize channel_backlog(const Channel *channel);

void channel_set_reading(Channel *channel, gboolean reading);

#endif
