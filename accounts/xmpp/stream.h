/* stream.h: one XMPP client stream: from an address and a password to stanzas in both directions.
 *
 * It finds the server, connects, secures, logs in, binds or resumes, counts and acknowledges; what a
 * stanza means is its owner's business, and so is when to connect again. Everything runs on the
 * default GMainContext and never blocks it; what computes long or may hang
 * (name lookups, key derivation, certificate files) runs in threads.
 *
 * Invariants: nothing private leaves before TLS is verified against the account's domain; the inbound
 * count that the server sees never runs ahead of stream_set_handled(); every on_closed is final for
 * its stream_connect() and comes exactly once, later than the call that caused it has returned.
 *
 * RFC 6120 (streams, TLS, SASL, bind), RFC 7590 (TLS), XEP-0198 (stream management), XEP-0368 (SRV
 * for direct TLS). */
#ifndef KITH_XMPP_STREAM_H
#define KITH_XMPP_STREAM_H

#include <glib.h>
#include <strophe.h>

typedef struct Stream Stream;

typedef enum {
	STREAM_TLS_ANY = 0,	/* whatever DNS says; with `server` set: direct on 5223 and 443, else STARTTLS */
	STREAM_TLS_STARTTLS,
	STREAM_TLS_DIRECT,
	STREAM_TLS_OFF		/* only to a loopback address, or with `insecure` */
} StreamTls;

/* What one stanza may be; 0 means the default. A foreign stanza beyond it is dropped (on_dropped) and
 * the stream goes on, for else whoever sends it could keep the account offline. The answers of the own
 * account (a roster) may be larger: the own_ limits. Beyond twice the larger byte limit, and before
 * the login is complete, the stream is closed. */
typedef struct {
	gsize bytes;		/* of XML, default 1 MiB */
	guint elements;		/* default 10,000 */
	guint depth;		/* nesting, default 100; for every stanza */
	gsize own_bytes;	/* default 8 MiB */
	guint own_elements;	/* default 100,000, but at most 25,000 in one parent */
} StreamLimits;

/* All text is copied by stream_new(). */
typedef struct {
	const char *user;	/* localpart, prepared by the caller (RFC 7622) */
	const char *domain;	/* domainpart; what the certificate must be for */
	const char *resource;	/* wanted resource, or NULL: the server chooses */
	const char *password;	/* UTF-8; wiped by stream_free() */
	const char *server;	/* host name or address; NULL or "": SRV records of domain, then domain:5222 */
	guint16 port;		/* 0: 5222, or 5223 for STREAM_TLS_DIRECT */
	StreamTls tls;
	gboolean insecure;	/* permits STREAM_TLS_OFF, and PLAIN there, beyond loopback */
	gboolean allow_weaker;	/* permits a login weaker than the strongest seen before (setting `allow_weaker_login`) */
	const char *ca_file;	/* PEM file that replaces the system's authorities, or NULL */
	const char *pin;	/* SHA-256 of the server's certificate (DER) in hex, colons allowed, or NULL:
				 * that certificate is accepted whatever its chain says, and only that one */
	const char *proxy;	/* "socks5://[user:password@]host[:port]" or NULL: none. The proxy resolves
				 * names; no SRV lookup leaves the machine then (domain:5222 without `server`) */
	const char *lang;	/* xml:lang, or NULL */
	StreamLimits limits;
	const char *state;	/* text of an earlier stream_state(), or NULL */
	const char *handled_session;	/* with `state`: StreamOnline.session of what was stored last, or NULL */
	guint32 handled;	/* and its inbound number; of another session than that in `state` it counts as 0 */
} StreamConfig;

/* Why a stream ended. Retrying by itself makes sense for those of stream_reason_is_passing(). */
typedef enum {
	STREAM_ENDED,			/* the owner asked for it */
	STREAM_HOST_UNKNOWN,		/* no such name, or the domain offers no XMPP */
	STREAM_REFUSED,			/* nothing listens, unreachable, the proxy refuses */
	STREAM_TIMEOUT,			/* a step of connecting or logging in took too long */
	STREAM_NETWORK_LOST,		/* the connection broke, or nothing comes any more */
	STREAM_SHUT_DOWN,		/* the server ended the stream or goes down */
	STREAM_TLS_FAILED,		/* no TLS offered, too old, or the handshake failed */
	STREAM_CERTIFICATE_REFUSED,	/* not trusted, and the owner said no */
	STREAM_NO_MECHANISM,		/* no acceptable way to log in */
	STREAM_WEAKER_LOGIN,		/* the server offers only weaker ways than it did before */
	STREAM_WRONG_PASSWORD,		/* also: no such user; servers do not tell */
	STREAM_ACCOUNT_DISABLED,	/* locked, expired, or not allowed to log in */
	STREAM_LOGIN_FAILED,		/* another SASL failure, or bind refused */
	STREAM_SERVER_UNPROVED,		/* the server did not prove that it knows the password: an attack */
	STREAM_CONFLICT,		/* another client has taken this resource */
	STREAM_POLICY,			/* policy-violation, resource-constraint, not-authorized after login */
	STREAM_ERROR,			/* another stream error */
	STREAM_VIOLATION,		/* the server broke the protocol: bad XML, DTD, plain text after <proceed/> */
	STREAM_CONFIG			/* the configuration can't work: proxy, CA file, tls=off beyond loopback */
} StreamReason;

/* A certificate that could not be verified. All of it is borrowed and foreign text: clean before
 * showing. Fingerprints are upper-case hex with colons. */
typedef struct {
	const char *subject;		/* distinguished name */
	const char *issuer;
	const char *names;		/* DNS names and addresses that it is for, separated by ", " */
	const char *sha256;		/* of the DER form; give it back as StreamConfig.pin to trust it from now on */
	const char *sha1;
	gint64 valid_from;		/* seconds since 1970 UTC, 0 unknown */
	gint64 valid_until;
	const char *const *chain;	/* NULL-terminated, server first, one line of text each */
	const char *const *wrong;	/* NULL-terminated: "unknown authority", "wrong name", "expired", … */
	gboolean pin_broken;		/* another certificate had been pinned: warn loudly */
} StreamCertificate;

typedef struct {
	gboolean resumed;	/* TRUE: same session, the server's view of presence and rooms is intact */
	const char *jid;	/* bound full JID, borrowed */
	const char *session;	/* our name of this session, hex, borrowed: numbers mean something only with it */
	gboolean handled_known;	/* the server said how many stanzas of the session before it had handled */
	const char *handled_session;	/* the name of that session, the same as `session` if resumed; or NULL */
	guint32 handled;	/* that number: everything sent with a number up to it has arrived */
	gboolean acks;		/* FALSE: no stream management; on_acked then comes from pings (XEP-0199) */
} StreamOnline;

/* What the owner hears; NULL slots are skipped. The owner may call anything here, also stream_free(); only
 * on_progress and on_state are just to be noted: nothing that changes the stream may be called there. */
typedef struct {
	/* A step began: "looking up", "connecting", "securing", "logging in", "resuming". */
	void (*on_progress)(gpointer owner, const char *word);
	/* The certificate is not trusted. Nothing has been sent over it. Answer now or later with
	 * stream_answer_certificate(); the stream waits for it without a time-out. NULL: refused. */
	void (*on_certificate)(gpointer owner, const StreamCertificate *certificate);
	/* Logged in. Not resumed: stream_send() numbers begin anew at 1 and nothing that had no
	 * on_acked is resent by the stream. Resumed in the same process: the stream has resent the
	 * rest itself. Resumed from `state` of an earlier process: the owner resends what had a
	 * number above `handled`; numbers go on from `handled`. */
	void (*on_online)(gpointer owner, const StreamOnline *online);
	/* A message, presence or iq. `stanza` is borrowed (xmpp_stanza_clone() to keep it).
	 * `inbound` is its XEP-0198 number in the session, modulo 2^32: give it to
	 * stream_set_handled() once this stanza and all before are durably stored. */
	void (*on_stanza)(gpointer owner, xmpp_stanza_t *stanza, guint32 inbound);
	/* As on_stanza for one beyond the limits: `head` has name and attributes but no children. */
	void (*on_dropped)(gpointer owner, xmpp_stanza_t *head, guint32 inbound, const char *why);
	/* The server has taken everything up to this stream_send() number (modulo 2^32). */
	void (*on_acked)(gpointer owner, guint32 outbound);
	/* stream_state() has changed: keep the text. `state` is borrowed. */
	void (*on_state)(gpointer owner, const char *state);
	/* The end of this stream_connect(); `text` is a sentence to show. May be followed by
	 * stream_connect() right here. */
	void (*on_closed)(gpointer owner, StreamReason reason, const char *text);
} StreamEvents;

/* Makes a stream that is not connected. `ctx` is libstrophe's context for all stanzas, `events` is
 * static; both live longer than the stream. */
Stream *stream_new(xmpp_ctx_t *ctx, const StreamConfig *config, const StreamEvents *events, gpointer owner);

/* Drops the connection without a farewell (the session stays resumable on the server) and frees;
 * no event follows. */
void stream_free(Stream *stream);

/* Replaces the password, for the next login (after STREAM_WRONG_PASSWORD). */
void stream_set_password(Stream *stream, const char *password);

/* Begins to connect; does nothing while connected or connecting. Resumes the earlier session where
 * it can. Success is on_online, failure on_closed. The whole login is limited to 60 s, each of its steps
 * to 15 s (DNS 10 s). */
void stream_connect(Stream *stream);

typedef enum {
	STREAM_LEAVE_END,	/* writes what is queued, acknowledges, closes the stream: the session is over */
	STREAM_LEAVE_KEEP	/* drops the connection: the server keeps the session for a resume */
} StreamLeave;

/* Ends the connection or the attempt; on_closed(STREAM_ENDED) follows, after at most 2 s. Does nothing while
 * not connected. */
void stream_close(Stream *stream, StreamLeave how);

/* Answers on_certificate. TRUE trusts this one certificate for the life of `stream`. */
void stream_answer_certificate(Stream *stream, gboolean accept);

/* Hands over a message, presence or iq (not consumed) and returns its number. Valid only between
 * on_online and on_closed (also after the connection is lost unnoticed); else it returns 0 and does
 * nothing. To survive a crash between the two, store stream_count_sent() + 1 before this call. */
guint32 stream_send(Stream *stream, xmpp_stanza_t *stanza);

/* As stream_send() for text of exactly one well-formed stanza in jabber:client. */
guint32 stream_send_text(Stream *stream, const char *xml, gsize size);

/* Writes something that is no stanza (XEP-0352 <active/>) and is not counted. */
void stream_send_nonza(Stream *stream, const char *xml);

/* The name of the present session; NULL while not online. Borrowed, valid until on_closed. */
const char *stream_session(const Stream *stream);

/* The number that the last stream_send() returned, and the last one acknowledged. */
guint32 stream_count_sent(const Stream *stream);
guint32 stream_count_acked(const Stream *stream);

/* Bytes accepted by stream_send() that the kernel has not taken yet. */
gsize stream_backlog(const Stream *stream);

/* All inbound stanzas up to this number are durably stored (modulo 2^32; older numbers and numbers
 * never given by on_stanza are ignored). Only this moves the <a h='…'/> that the server gets. */
void stream_set_handled(Stream *stream, guint32 inbound);

/* What a new process needs to resume, and the memory of how this account logged in before; text of
 * a few lines, private (0600). Never NULL. */
char *stream_state(const Stream *stream);

/* Asks the server for a sign of life; closes with STREAM_NETWORK_LOST if nothing at all comes within `ms`. */
void stream_probe(Stream *stream, guint ms);

/* While paused nothing more is read, so that the server waits. What one read (64 KiB) has brought is
 * still delivered. */
void stream_pause(Stream *stream, gboolean paused);

/* Whether on_online has come and on_closed has not. */
gboolean stream_is_online(const Stream *stream);

/* What the server offers after login (<stream:features/>), borrowed, valid until on_closed; NULL before.
 * For roster versioning, CSI and other features of later layers. */
xmpp_stanza_t *stream_features(const Stream *stream);

/* How the connection is secured and how we logged in, for the user: "TLS 1.3, SCRAM-SHA-256-PLUS";
 * NULL while not online. The caller frees. */
char *stream_security(const Stream *stream);

/* Whether connecting again without the user may help. */
gboolean stream_reason_is_passing(StreamReason reason);

/* Whether it is a word of its own for the wire: "wrong-password", "network-lost", … */
const char *stream_reason_word(StreamReason reason);

#endif
