/* sasl.c: see sasl.h.
 *
 * One Sasl is used by one thread at a time: the stream hands it to a worker for a step and does not touch
 * it before the step is finished (sasl_unref() excepted, hence the reference count). */
#include "config.h"

#include "sasl.h"

#include <gsasl.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"

typedef struct {
	const char *name;
	int strength;		/* PLAIN 1: the server learns the password; SCRAM 2: it proves to know it;
				 * -PLUS 3: and nobody sits between. A fall within a strength is no downgrade. */
	gboolean plus;
} SaslMechanism;

/* Best first. */
static const SaslMechanism mechanisms[] = {
	{ "SCRAM-SHA-256-PLUS", 3, TRUE },
	{ "SCRAM-SHA-1-PLUS", 3, TRUE },
	{ "SCRAM-SHA-256", 2, FALSE },
	{ "SCRAM-SHA-1", 2, FALSE },
	{ "PLAIN", 1, FALSE },
};

typedef enum { SASL_STEP_FIRST, SASL_STEP_FINAL, SASL_STEP_DONE } SaslStep;

struct Sasl {
	gint refs;		/* atomic */
	Gsasl *library;		/* owned */
	Gsasl_session *session;	/* owned */
	const SaslMechanism *mechanism;
	SaslStep step;
	gboolean proved;
};

G_DEFINE_QUARK(kith-xmpp-sasl-error-quark, sasl_error)

static const SaslMechanism *sasl_find(const char *name)
{
	for (guint i = 0; name && i < G_N_ELEMENTS(mechanisms); i++)
		if (strcmp(mechanisms[i].name, name) == 0)
			return &mechanisms[i];
	return NULL;
}

gboolean sasl_is_stronger(const char *mechanism, const char *than)
{
	const SaslMechanism *a = sasl_find(mechanism), *b = sasl_find(than);

	return a && (!b || a < b);
}

const char *sasl_choose(const SaslChoice *choice, GError **error)
{
	const SaslMechanism *before = sasl_find(choice->strongest), *best = NULL;

	for (guint i = 0; i < G_N_ELEMENTS(mechanisms) && !best; i++) {
		const SaslMechanism *m = &mechanisms[i];
		if (!g_strv_contains(choice->offered, m->name))
			continue;
		if (m->plus && (choice->binding == SASL_BINDING_NONE || choice->no_plus))
			continue;
		if (m->strength == 1 && !choice->secure)
			continue;
		best = m;
	}
	if (!best) {
		g_autofree char *offered = g_strjoinv(", ", (char **)choice->offered);
		g_set_error(error, SASL_ERROR, SASL_ERROR_NO_MECHANISM,
			    *offered ? "the server offers no acceptable way to log in, only %s"
				     : "the server offers no way to log in%s", offered);
		return NULL;
	}
	if (before && best->strength < before->strength && !choice->allow_weaker) {
		g_set_error(error, SASL_ERROR, SASL_ERROR_WEAKER,
			    "the server offers only \"%s\" although this account logged in with \"%s\" before; if "
			    "that is expected, set \"allow_weaker_login\"", best->name, before->name);
		return NULL;
	}
	return best->name;
}

void sasl_wipe(char *text)
{
	secret_free(text);
}

/* libgsasl frees its copies without overwriting them. */
static void sasl_wipe_property(Gsasl_session *session, Gsasl_property property)
{
	const char *value = gsasl_property_fast(session, property);

	if (value)
		secret_wipe((char *)value, strlen(value));
}

static Sasl *sasl_ref(Sasl *sasl)
{
	g_atomic_int_inc(&sasl->refs);
	return sasl;
}

void sasl_unref(Sasl *sasl)
{
	if (!sasl || !g_atomic_int_dec_and_test(&sasl->refs))
		return;
	if (sasl->session) {
		sasl_wipe_property(sasl->session, GSASL_PASSWORD);
		sasl_wipe_property(sasl->session, GSASL_SCRAM_SALTED_PASSWORD);
		gsasl_finish(sasl->session);
	}
	if (sasl->library)
		gsasl_done(sasl->library);
	g_free(sasl);
}

const char *sasl_mechanism(const Sasl *sasl)
{
	return sasl->mechanism->name;
}

/* One step of libgsasl with base64 both ways, wiping what passes through. */
static int sasl_step64(Sasl *sasl, const char *input, char **output)
{
	char *out = NULL;
	int rc = gsasl_step64(sasl->session, input, &out);

	*output = NULL;
	if (rc == GSASL_OK || rc == GSASL_NEEDS_MORE) {
		*output = g_strdup(out ? out : "");
		if (rc == GSASL_OK)
			sasl->proved = TRUE;
	}
	if (out) {
		secret_wipe(out, strlen(out));
		gsasl_free(out);
	}
	return rc;
}

Sasl *sasl_new(const char *mechanism, const char *user, const char *password, SaslBinding binding,
	       GBytes *binding_data, char **initial, GError **error)
{
	Sasl *sasl = g_new0(Sasl, 1);
	int rc;

	sasl->refs = 1;
	sasl->mechanism = sasl_find(mechanism);
	g_assert(sasl->mechanism);
	rc = gsasl_init(&sasl->library);
	if (rc == GSASL_OK)
		rc = gsasl_client_start(sasl->library, mechanism, &sasl->session);
	if (rc == GSASL_OK)
		rc = gsasl_property_set(sasl->session, GSASL_AUTHID, user);
	if (rc == GSASL_OK)
		rc = gsasl_property_set(sasl->session, GSASL_PASSWORD, password);
	if (rc == GSASL_OK && sasl->mechanism->plus) {
		gsize size;
		const guchar *data = g_bytes_get_data(binding_data, &size);
		g_autofree char *text = g_base64_encode(data, size);
		rc = gsasl_property_set(sasl->session, binding == SASL_BINDING_UNIQUE ? GSASL_CB_TLS_UNIQUE :
					GSASL_CB_TLS_EXPORTER, text);
	}
	if (rc == GSASL_OK) {
		rc = sasl_step64(sasl, "", initial);
		if (rc == GSASL_NEEDS_MORE)
			rc = GSASL_OK;
	}
	if (rc != GSASL_OK) {
		g_set_error(error, SASL_ERROR, SASL_ERROR_FAILED, "can't log in with \"%s\": %s", mechanism,
			    gsasl_strerror(rc));
		sasl_unref(sasl);
		return NULL;
	}
	if (sasl->mechanism->strength == 1)	/* the password is out, and nothing can be proved */
		sasl->step = SASL_STEP_DONE;
	else
		sasl->proved = FALSE;
	return sasl;
}

static gboolean sasl_violation(GError **error, const char *what)
{
	g_set_error(error, SASL_ERROR, SASL_ERROR_VIOLATION, "the server broke the login: %s", what);
	return FALSE;
}

/* server-first-message of RFC 5802 7: "r=nonce,s=salt,i=count". */
static gboolean sasl_check_first(const char *text, GError **error)
{
	g_auto(GStrv) parts = g_strsplit(text, ",", -1);
	guint64 iterations = 0;

	if (g_str_has_prefix(text, "m="))
		return sasl_violation(error, "it demands an extension");
	if (g_strv_length(parts) < 3 || !g_str_has_prefix(parts[0], "r=") || !g_str_has_prefix(parts[1], "s=") ||
	    !g_str_has_prefix(parts[2], "i="))
		return sasl_violation(error, "its challenge has not the form of SCRAM");
	if (!g_ascii_string_to_unsigned(parts[2] + 2, 10, SASL_MIN_ITERATIONS, SASL_MAX_ITERATIONS, &iterations,
					NULL)) {
		g_set_error(error, SASL_ERROR, SASL_ERROR_VIOLATION, "the server asks for %.20s iterations of the "
			    "password hash, outside %d to %d", parts[2] + 2, SASL_MIN_ITERATIONS,
			    SASL_MAX_ITERATIONS);
		return FALSE;
	}
	return TRUE;
}

/* Strict base64 without white space, decoded to text; NULL with an error. */
static char *sasl_decode(const char *base64, GError **error)
{
	gsize size = strlen(base64), out;
	gsize digits = strspn(base64, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	g_autofree guchar *data = NULL;

	if (size == 0 || size % 4 != 0 || size > 16384 || size - digits > 2 ||
	    strspn(base64 + digits, "=") != size - digits) {
		sasl_violation(error, "its challenge is not base64");
		return NULL;
	}
	data = g_base64_decode(base64, &out);
	if (memchr(data, '\0', out)) {
		sasl_violation(error, "its challenge has a null byte");
		return NULL;
	}
	return g_strndup((const char *)data, out);
}

/* The part of a step that may take long. */
static char *sasl_compute(Sasl *sasl, const char *challenge, GError **error)
{
	g_autofree char *text = NULL;
	char *output;
	int rc;

	if (sasl->step == SASL_STEP_DONE) {
		sasl_violation(error, "a challenge where none was due");
		return NULL;
	}
	text = sasl_decode(challenge, error);
	if (!text || (sasl->step == SASL_STEP_FIRST && !sasl_check_first(text, error)))
		return NULL;
	rc = sasl_step64(sasl, challenge, &output);
	if (rc != GSASL_OK && rc != GSASL_NEEDS_MORE) {
		if (sasl->step == SASL_STEP_FINAL)
			g_set_error(error, SASL_ERROR, SASL_ERROR_UNPROVED,
				    "the server did not prove that it knows the password (%s)", gsasl_strerror(rc));
		else
			g_set_error(error, SASL_ERROR, SASL_ERROR_VIOLATION, "the server broke the login: %s",
				    gsasl_strerror(rc));
		return NULL;
	}
	sasl->step++;
	return output;
}

static void sasl_run(GTask *task, gpointer source G_GNUC_UNUSED, gpointer data, GCancellable *cancellable G_GNUC_UNUSED)
{
	gpointer *both = data;
	GError *error = NULL;
	char *output = sasl_compute(both[0], both[1], &error);

	if (output)
		g_task_return_pointer(task, output, (GDestroyNotify)sasl_wipe);
	else
		g_task_return_error(task, error);
}

static void sasl_free_both(gpointer data)
{
	gpointer *both = data;

	sasl_unref(both[0]);
	g_free(both[1]);
	g_free(both);
}

void sasl_step_async(Sasl *sasl, const char *challenge, GCancellable *cancellable, GAsyncReadyCallback call,
		     gpointer data)
{
	GTask *task = g_task_new(NULL, cancellable, call, data);
	gpointer *both = g_new(gpointer, 2);

	both[0] = sasl_ref(sasl);
	both[1] = g_strdup(challenge);
	g_task_set_task_data(task, both, sasl_free_both);
	g_task_run_in_thread(task, sasl_run);
	g_object_unref(task);
}

char *sasl_step_finish(Sasl *sasl G_GNUC_UNUSED, GAsyncResult *result, GError **error)
{
	return g_task_propagate_pointer(G_TASK(result), error);
}

gboolean sasl_succeed(Sasl *sasl, const char *last, GError **error)
{
	if (sasl->mechanism->strength == 1)
		return TRUE;
	if (last && *last && strcmp(last, "=") != 0 && sasl->step == SASL_STEP_FINAL) {
		char *output = sasl_compute(sasl, last, error);	/* compares only: what is dear was done before */
		if (!output)
			return FALSE;
		sasl_wipe(output);
	}
	if (sasl->step != SASL_STEP_DONE || !sasl->proved) {
		g_set_error_literal(error, SASL_ERROR, SASL_ERROR_UNPROVED,
				    "the server did not prove that it knows the password");
		return FALSE;
	}
	return TRUE;
}
