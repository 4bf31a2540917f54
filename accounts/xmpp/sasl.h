/* sasl.h: logging in: which mechanism, and its steps, by libgsasl.
 *
 * What libgsasl does not check is checked here: the iteration count before it computes, the order of
 * challenges, a success that proves nothing, a login weaker than one seen before. Never offered:
 * DIGEST-MD5, CRAM-MD5, jabber:iq:auth. RFC 6120 6, RFC 5802, RFC 7677, RFC 9266, XEP-0440. */
#ifndef KITH_XMPP_SASL_H
#define KITH_XMPP_SASL_H

#include <gio/gio.h>

typedef struct Sasl Sasl;

#define SASL_ERROR (sasl_error_quark())
GQuark sasl_error_quark(void);
typedef enum {
	SASL_ERROR_NO_MECHANISM,	/* nothing acceptable is offered */
	SASL_ERROR_WEAKER,		/* only weaker than seen before */
	SASL_ERROR_VIOLATION,		/* a challenge that is none, iterations out of range */
	SASL_ERROR_UNPROVED,		/* the server has not proved that it knows the password */
	SASL_ERROR_FAILED		/* anything else */
} SaslError;

/* Iterations of SCRAM that are accepted: below is cheap to guess, above blocks a core for seconds. */
#define SASL_MIN_ITERATIONS 4096
#define SASL_MAX_ITERATIONS 500000

typedef enum {
	SASL_BINDING_NONE,
	SASL_BINDING_UNIQUE,		/* tls-unique, RFC 5929: up to TLS 1.2 */
	SASL_BINDING_EXPORTER		/* tls-exporter, RFC 9266 */
} SaslBinding;

/* What the choice depends on; all borrowed. */
typedef struct {
	const char *const *offered;	/* mechanisms of <stream:features/>, NULL-terminated */
	gboolean secure;		/* TLS, or a connection on which PLAIN was permitted */
	SaslBinding binding;		/* what this connection and the server have in common */
	gboolean no_plus;		/* a -PLUS mechanism has failed on this connection */
	const char *strongest;		/* mechanism of an earlier login, or NULL */
	gboolean allow_weaker;
} SaslChoice;

/* The mechanism to use (static text), or NULL with SASL_ERROR_NO_MECHANISM or SASL_ERROR_WEAKER. */
const char *sasl_choose(const SaslChoice *choice, GError **error);

/* Whether `mechanism` proves more than `than` (NULL: nothing). */
gboolean sasl_is_stronger(const char *mechanism, const char *than);

/* Begins with `mechanism`; `binding_data` is for `binding` and used by a -PLUS mechanism. (libgsasl 2.2 can't
 * say "y", that we could have bound, so only sasl_choose()'s memory uncovers who removes -PLUS from the offer.)
 * `*initial` is the text of <auth/>, base64; wipe it with sasl_wipe(). */
Sasl *sasl_new(const char *mechanism, const char *user, const char *password, SaslBinding binding,
	       GBytes *binding_data, char **initial, GError **error);

/* Wipes the password. A step under way goes on with a reference of its own. */
void sasl_unref(Sasl *sasl);

const char *sasl_mechanism(const Sasl *sasl);

/* Answers a challenge (base64 text of <challenge/>) in a thread. */
void sasl_step_async(Sasl *sasl, const char *challenge, GCancellable *cancellable, GAsyncReadyCallback call,
		     gpointer data);
/* The text of <response/>, base64. */
char *sasl_step_finish(Sasl *sasl, GAsyncResult *result, GError **error);

/* The server says success, `last` is the text in it (base64, may be empty): has it proved itself? */
gboolean sasl_succeed(Sasl *sasl, const char *last, GError **error);

/* Overwrites and frees a text; NULL is allowed. */
void sasl_wipe(char *text);

#endif
