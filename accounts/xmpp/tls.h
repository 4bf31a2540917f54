/* tls.h: TLS for a stream, by GIO: handshake, and what to think of a certificate.
 *
 * Verification is always against the account's domain, whatever host we are connected to (RFC 6125,
 * RFC 7590). It takes place in a thread, after the handshake and before a byte is sent, with authorities that are
 * let go again: GIO's own way would load the system's on the main loop (35 ms) and keep them for ever (4.4 MB).
 * What is not trusted is reported; asking the user and connecting again is the stream's business. */
#ifndef KITH_XMPP_TLS_H
#define KITH_XMPP_TLS_H

#include <gio/gio.h>

#include "sasl.h"
#include "stream.h"

/* Loads what GIO needs for TLS in a thread: 10 to 40 ms of dynamic linking, once in a process. */
void tls_prepare_async(GAsyncReadyCallback call, gpointer data);
gboolean tls_prepare_finish(GAsyncResult *result, GError **error);

/* An owned StreamCertificate. */
typedef struct TlsReport TlsReport;
const StreamCertificate *tls_report_certificate(const TlsReport *report);
void tls_report_free(TlsReport *report);

/* SHA-256 in hex with or without colons → the canonical form "AA:BB:…"; NULL if it is none. */
char *tls_parse_fingerprint(const char *text);

typedef struct {
	const char *domain;	/* what the certificate must be for */
	const char *ca_file;	/* authorities, PEM; NULL: the system's */
	const char *pin;	/* canonical fingerprint, or NULL: only this certificate is accepted */
	const char *accepted;	/* canonical fingerprint the user has accepted, or NULL */
	gboolean direct;	/* offers the protocol name "xmpp-client" (XEP-0368, RFC 7301) */
} TlsPlan;

/* Shakes hands over `base` and verifies. G_FILE_ERROR: the authorities can't be read. */
void tls_connect_async(GIOStream *base, const TlsPlan *plan, GCancellable *cancellable, GAsyncReadyCallback call,
		       gpointer data);
/* The secured connection; `*verified` tells whether its chain leads to an authority (FALSE: only pinned
 * or accepted by the user). On failure because of the certificate `*report` is set (the caller frees). */
GTlsConnection *tls_connect_finish(GAsyncResult *result, gboolean *verified, TlsReport **report, GError **error);

/* The data that binds a login to this connection (RFC 9266, RFC 5929); SASL_BINDING_NONE if there is none. */
SaslBinding tls_get_binding(GTlsConnection *connection, GBytes **data);

/* "TLS 1.3" */
const char *tls_version_name(GTlsConnection *connection);

#endif
