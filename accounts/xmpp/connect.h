/* connect.h: from a domain to a TCP connection: SRV records, the order of targets, proxy.
 *
 * Knows nothing of streams and TLS. DNS decides only where to connect, never whom to trust. RFC 6120 3.2,
 * RFC 2782, XEP-0368; no TXT records (XEP-0156), which anyone on the way could forge. */
#ifndef KITH_XMPP_CONNECT_H
#define KITH_XMPP_CONNECT_H

#include <gio/gio.h>

#include "stream.h"

typedef struct {
	char *host;		/* owned: name or address without brackets */
	guint16 port;
	gboolean direct;	/* TLS from the first byte */
} Target;

Target *target_new(const char *host, guint16 port, gboolean direct);
void target_free(gpointer target);

/* "host", "host:port", "[address]:port", "address" → host and port (`port` is left alone if none is
 * given). FALSE for anything else. */
gboolean target_parse(const char *text, char **host, guint16 *port);

/* Both lists of GSrvTarget, each in its RFC 2782 order, as one: by priority, direct TLS first where equal.
 * At most 8 Targets. */
GPtrArray *target_merge(GList *starttls, GList *direct);

/* Looks the domain up: _xmpp-client and _xmpps-client as `tls` permits. The result is an array of Target,
 * just domain:5222 if no records are found. G_RESOLVER_ERROR_NOT_FOUND: the domain says that it offers
 * no XMPP. */
void connect_lookup_async(const char *domain, StreamTls tls, GCancellable *cancellable, GAsyncReadyCallback call,
			  gpointer data);
GPtrArray *connect_lookup_finish(GAsyncResult *result, GError **error);

/* Opens a connection; `proxy` is a URI or NULL (then none is used, whatever the desktop says). */
void connect_open_async(const Target *target, const char *proxy, GCancellable *cancellable,
			GAsyncReadyCallback call, gpointer data);
/* The connection, set up: no delay, no TCP keep-alive, lost after `user_timeout` ms without an answer. */
GSocketConnection *connect_open_finish(GAsyncResult *result, guint user_timeout, GError **error);

/* Whether the other end is this machine. */
gboolean connect_is_loopback(GSocketConnection *connection);

#endif
