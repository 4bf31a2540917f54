/* stream-state.h: the inside of a Stream, for stream.c (life, sending, receiving) and login.c (from
 * stream_connect() to on_online). Nobody else includes it.
 *
 * A connection attempt has a number: whatever an asynchronous call brings for an earlier one is let go.
 * STEP_IDLE with `closing` set means: torn down, on_closed comes with the next turn of the loop. */
#ifndef KITH_XMPP_STREAM_STATE_H
#define KITH_XMPP_STREAM_STATE_H

#include <gio/gio.h>

#include "connect.h"
#include "channel.h"
#include "parser.h"
#include "sasl.h"
#include "sm.h"
#include "stream.h"
#include "tls.h"

#define NS_STREAM "http://etherx.jabber.org/streams"
#define NS_STREAM_ERROR "urn:ietf:params:xml:ns:xmpp-streams"
#define NS_TLS "urn:ietf:params:xml:ns:xmpp-tls"
#define NS_SASL "urn:ietf:params:xml:ns:xmpp-sasl"
#define NS_BIND "urn:ietf:params:xml:ns:xmpp-bind"
#define NS_SESSION "urn:ietf:params:xml:ns:xmpp-session"
#define NS_SM "urn:xmpp:sm:3"
#define NS_BINDINGS "urn:xmpp:sasl-cb:0"
#define NS_PING "urn:xmpp:ping"

typedef enum {
	STEP_IDLE,
	STEP_LOOKUP,		/* preparing TLS, SRV records */
	STEP_CONNECT,		/* TCP, proxy */
	STEP_OPEN_PLAIN,	/* the first features */
	STEP_STARTTLS,		/* <proceed/> */
	STEP_SECURE,		/* the handshake */
	STEP_ASK,		/* the owner looks at a certificate; not connected */
	STEP_OPEN_SECURE,	/* features with mechanisms */
	STEP_LOGIN,		/* SASL */
	STEP_OPEN_FINAL,	/* features after login */
	STEP_RESUME,
	STEP_BIND,
	STEP_ONLINE,
	STEP_LEAVE		/* we have closed the stream and wait for the other half */
} Step;

struct Stream {
	int refs;
	gboolean dead;			/* stream_free() was called */
	xmpp_ctx_t *ctx;		/* borrowed */
	const StreamEvents *events;	/* borrowed */
	gpointer owner;			/* borrowed */

	/* configuration, owned */
	char *user, *domain, *account, *resource, *password, *server, *ca_file, *pin, *proxy, *lang;
	char *config_error;		/* a sentence: the configuration can't work */
	guint16 port;
	StreamTls tls;
	gboolean insecure, allow_weaker;

	/* memory beyond a connection */
	char *strongest;		/* owned: best SASL mechanism ever used */
	char *accepted;			/* owned: certificate accepted by the user */
	gboolean no_plus;		/* channel binding was tried here and does not work */
	Sm *sm;				/* owned */
	char *session;			/* owned: our name of the session that `sm` counts, or NULL */
	char *resume_id;		/* owned: the server's name of it (SM-ID); NULL: nothing to resume */
	char *location;			/* owned: where to connect first, host[:port] */
	char *jid;			/* owned: bound full JID */

	/* one stream_connect() */
	Step step;
	guint attempt;
	GCancellable *cancellable;	/* ref; one per attempt */
	GPtrArray *targets;		/* owned, of Target */
	guint target;			/* index of the current one */
	gboolean redirected;		/* see-other-host has been followed */
	StreamReason last_reason;	/* of the target before */
	char *last_text;		/* owned */
	guint step_timer, login_timer;

	/* one connection */
	GSocketConnection *connection;	/* ref */
	GTlsConnection *tls_connection;	/* ref or NULL */
	gboolean verified;		/* its chain leads to an authority */
	TlsReport *report;		/* owned; in STEP_ASK */
	Channel *channel;			/* owned */
	Parser *parser;			/* owned */
	gboolean feeding;		/* inside parser_feed() */
	void (*after)(Stream *stream);	/* what to do when the rest of the buffer has proved empty */
	char **mechanisms;		/* owned: offered */
	SaslBinding binding;
	GBytes *binding_data;		/* owned or NULL */
	gboolean without_plus;		/* this login tries again without channel binding */
	Sasl *sasl;			/* owned */
	gboolean computing;		/* a SASL step is in its thread */
	char *mechanism;		/* owned: used for this login */
	xmpp_stanza_t *features;	/* ref */
	char *bind_id;			/* owned */
	gboolean bind_again;		/* the second try, without a resource */
	gboolean handled_known;		/* for on_online */
	char *handled_session;		/* owned */
	guint32 handled;

	/* online */
	gboolean acks;			/* the server manages the stream; else we ping */
	gboolean counting;		/* <enabled/> has come: inbound stanzas count */
	gboolean asked;			/* an <r/> or ping is out */
	char *ping_id;			/* owned */
	guint32 ping_number;
	gboolean owes_ack;		/* the server asked while not everything was stored */
	gboolean paused;
	gint64 last_in;			/* monotonic µs of the last bytes */
	guint idle_timer, sign_timer, midway_timer;
	guint proof_timer;		/* resumed, and no answer yet that shows that the server reads us */
	gint64 sign_from, sign_until;	/* monotonic µs */
	guint64 midway_count;

	/* the end */
	guint closing;			/* idle source */
	StreamReason closing_reason;
	char *closing_text;		/* owned */
};

#define STREAM_EMIT(stream, slot, ...)                                                                                 \
	do {                                                                                                           \
		if (!(stream)->dead && (stream)->events->slot)                                                         \
			(stream)->events->slot((stream)->owner, ##__VA_ARGS__);                                        \
	} while (0)

/* stream.c */
Stream *stream_ref(Stream *stream);
void stream_unref(Stream *stream);
void stream_enter(Stream *stream, Step step);
/* Tears the connection down and, on the next turn, tells the owner. Does nothing in STEP_IDLE. */
void stream_fail(Stream *stream, StreamReason reason, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* As stream_fail(), telling the server first. */
void stream_fail_with(Stream *stream, const char *condition, StreamReason reason, const char *text);
/* Leaves the current connection; what it still brings is ignored. */
void stream_drop_connection(Stream *stream);
void stream_attach(Stream *stream, GIOStream *io);
void stream_print(Stream *stream, const char *format, ...) G_GNUC_PRINTF(2, 3);
void stream_go_online(Stream *stream, gboolean resumed);

/* stream-state.c */
/* Takes over what config->state says about this account; another account's is ignored. */
void stream_load_state(Stream *stream, const StreamConfig *config);
/* The session can't be resumed any more. */
void stream_forget_session(Stream *stream);
void stream_tell_state(Stream *stream);

/* login.c: what a top-level element means in a step before STEP_ONLINE. */
void login_begin(Stream *stream);
void login_on_element(Stream *stream, xmpp_stanza_t *element);
void login_answer_certificate(Stream *stream, gboolean accept);
/* The current target does not work: the next one, or the end. Consumes `text`. */
void login_try_next(Stream *stream, StreamReason reason, char *text);
/* <stream:error><see-other-host>; TRUE if it is being followed. */
gboolean login_redirect(Stream *stream, xmpp_stanza_t *error);

#endif
