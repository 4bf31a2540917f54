/* test-xmpp-sasl.c: the choice of a mechanism, and SCRAM against the servers of RFC 5802 and against liars. */
#include "config.h"

#include <glib.h>
#include <string.h>

#include "xmpp/sasl.h"

typedef struct {
	const char *offered;	/* separated by spaces */
	gboolean secure;
	SaslBinding binding;
	gboolean no_plus;
	const char *strongest;
	gboolean allow_weaker;
	const char *expected;	/* NULL: an error */
	SaslError error;
} Choice;

static const Choice choices[] = {
	{ "PLAIN SCRAM-SHA-1 SCRAM-SHA-256", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, "SCRAM-SHA-256", 0 },
	{ "PLAIN SCRAM-SHA-1", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, "SCRAM-SHA-1", 0 },
	{ "SCRAM-SHA-1-PLUS SCRAM-SHA-1", TRUE, SASL_BINDING_UNIQUE, FALSE, NULL, FALSE, "SCRAM-SHA-1-PLUS", 0 },
	{ "SCRAM-SHA-256 SCRAM-SHA-1-PLUS", TRUE, SASL_BINDING_EXPORTER, FALSE, NULL, FALSE, "SCRAM-SHA-1-PLUS", 0 },
	{ "SCRAM-SHA-256-PLUS SCRAM-SHA-256", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, "SCRAM-SHA-256", 0 },
	{ "SCRAM-SHA-256-PLUS SCRAM-SHA-256", TRUE, SASL_BINDING_UNIQUE, TRUE, NULL, FALSE, "SCRAM-SHA-256", 0 },
	{ "PLAIN", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, "PLAIN", 0 },
	{ "PLAIN", FALSE, SASL_BINDING_NONE, FALSE, NULL, FALSE, NULL, SASL_ERROR_NO_MECHANISM },
	{ "", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, NULL, SASL_ERROR_NO_MECHANISM },
	{ "DIGEST-MD5 CRAM-MD5 EXTERNAL ANONYMOUS", TRUE, SASL_BINDING_NONE, FALSE, NULL, FALSE, NULL,
	  SASL_ERROR_NO_MECHANISM },
	/* today less than before */
	{ "PLAIN", TRUE, SASL_BINDING_NONE, FALSE, "SCRAM-SHA-1", FALSE, NULL, SASL_ERROR_WEAKER },
	{ "PLAIN", TRUE, SASL_BINDING_NONE, FALSE, "SCRAM-SHA-1", TRUE, "PLAIN", 0 },
	{ "PLAIN", TRUE, SASL_BINDING_NONE, FALSE, "PLAIN", FALSE, "PLAIN", 0 },
	{ "PLAIN", TRUE, SASL_BINDING_NONE, FALSE, "NO-SUCH", FALSE, "PLAIN", 0 },
	{ "SCRAM-SHA-256", TRUE, SASL_BINDING_UNIQUE, FALSE, "SCRAM-SHA-1-PLUS", FALSE, NULL, SASL_ERROR_WEAKER },
	{ "SCRAM-SHA-256-PLUS SCRAM-SHA-256", TRUE, SASL_BINDING_NONE, FALSE, "SCRAM-SHA-256-PLUS", FALSE, NULL,
	  SASL_ERROR_WEAKER },
	{ "SCRAM-SHA-1", TRUE, SASL_BINDING_NONE, FALSE, "SCRAM-SHA-256", FALSE, "SCRAM-SHA-1", 0 },
};

static void test_choice(void)
{
	for (guint i = 0; i < G_N_ELEMENTS(choices); i++) {
		const Choice *c = &choices[i];
		g_auto(GStrv) offered = g_strsplit(c->offered, " ", -1);
		if (!*c->offered)
			g_clear_pointer(&offered[0], g_free);
		SaslChoice choice = {
			.offered = (const char *const *)offered,
			.secure = c->secure,
			.binding = c->binding,
			.no_plus = c->no_plus,
			.strongest = c->strongest,
			.allow_weaker = c->allow_weaker,
		};
		GError *error = NULL;
		const char *mechanism = sasl_choose(&choice, &error);
		g_test_message("%s", c->offered);
		g_assert_cmpstr(mechanism, ==, c->expected);
		if (c->expected)
			g_assert_no_error(error);
		else
			g_assert_error(error, SASL_ERROR, (int)c->error);
		g_clear_error(&error);
	}
}

static void test_stronger(void)
{
	g_assert_true(sasl_is_stronger("PLAIN", NULL));
	g_assert_true(sasl_is_stronger("SCRAM-SHA-1", "PLAIN"));
	g_assert_true(sasl_is_stronger("SCRAM-SHA-256", "SCRAM-SHA-1"));
	g_assert_true(sasl_is_stronger("SCRAM-SHA-1-PLUS", "SCRAM-SHA-256"));
	g_assert_false(sasl_is_stronger("PLAIN", "PLAIN"));
	g_assert_false(sasl_is_stronger("PLAIN", "SCRAM-SHA-1"));
}

static void test_plain(void)
{
	GError *error = NULL;
	char *initial;
	Sasl *sasl = sasl_new("PLAIN", "alice", "secret", SASL_BINDING_NONE, NULL, &initial, &error);
	gsize size;
	g_autofree guchar *plain = NULL;

	g_assert_no_error(error);
	plain = g_base64_decode(initial, &size);
	g_assert_cmpmem(plain, size, "\0alice\0secret", 13);
	g_assert_true(sasl_succeed(sasl, "", &error));
	sasl_wipe(initial);
	sasl_unref(sasl);
}

/* --- a server's half of SCRAM-SHA-256, made to lie --- */

static void hmac(const guchar *key, gsize size, const char *text, guchar out[32])
{
	GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, key, size);
	gsize n = 32;

	g_hmac_update(h, (const guchar *)text, strlen(text));
	g_hmac_get_digest(h, out, &n);
	g_hmac_unref(h);
}

/* PBKDF2 with one block. */
static void salt_password(const char *password, const char *salt, int iterations, guchar out[32])
{
	GHmac *h = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)password, strlen(password));
	guchar u[32];
	gsize n = 32;

	g_hmac_update(h, (const guchar *)salt, strlen(salt));
	g_hmac_update(h, (const guchar *)"\0\0\0\1", 4);
	g_hmac_get_digest(h, u, &n);
	g_hmac_unref(h);
	memcpy(out, u, 32);
	for (int i = 1; i < iterations; i++) {
		h = g_hmac_new(G_CHECKSUM_SHA256, (const guchar *)password, strlen(password));
		g_hmac_update(h, u, 32);
		n = 32;
		g_hmac_get_digest(h, u, &n);
		g_hmac_unref(h);
		for (int j = 0; j < 32; j++)
			out[j] ^= u[j];
	}
}

typedef struct {
	Sasl *sasl;
	char *bare;		/* client-first-message-bare */
	char *nonce;		/* the client's */
	char *server_first;
	char *response;		/* base64 */
	GError *error;
	gboolean answered;
} Talk;

static char *encode(const char *text)
{
	return g_base64_encode((const guchar *)text, strlen(text));
}

static char *decode(const char *base64)
{
	gsize size;
	g_autofree guchar *data = g_base64_decode(base64, &size);

	return g_strndup((const char *)data, size);
}

static void talk_begin(Talk *t)
{
	char *initial;

	memset(t, 0, sizeof *t);
	t->sasl = sasl_new("SCRAM-SHA-256", "alice", "secret", SASL_BINDING_NONE, NULL, &initial, &t->error);
	g_assert_no_error(t->error);
	g_autofree char *first = decode(initial);
	g_assert_true(g_str_has_prefix(first, "n,,n=alice,r="));
	t->bare = g_strdup(first + 3);
	t->nonce = g_strdup(strstr(first, "r=") + 2);
	sasl_wipe(initial);
}

static void talk_end(Talk *t)
{
	sasl_unref(t->sasl);
	g_free(t->bare);
	g_free(t->nonce);
	g_free(t->server_first);
	g_free(t->response);
	g_clear_error(&t->error);
}

static void on_step(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	Talk *t = data;

	t->response = sasl_step_finish(t->sasl, result, &t->error);
	t->answered = TRUE;
}

static gboolean talk_challenge_raw(Talk *t, const char *base64)
{
	g_clear_pointer(&t->response, g_free);
	t->answered = FALSE;
	sasl_step_async(t->sasl, base64, NULL, on_step, t);
	while (!t->answered)
		g_main_context_iteration(NULL, TRUE);
	return t->response != NULL;
}

static gboolean talk_challenge(Talk *t, const char *text)
{
	g_autofree char *base64 = encode(text);

	return talk_challenge_raw(t, base64);
}

static gboolean talk_first(Talk *t, int iterations)
{
	t->server_first = g_strdup_printf("r=%sSERVER,s=c2FsdA==,i=%d", t->nonce, iterations);
	return talk_challenge(t, t->server_first);
}

/* "v=…" for the talk so far. */
static char *talk_signature(Talk *t)
{
	guchar salted[32], key[32], signature[32];
	g_autofree char *final = decode(t->response);
	g_autofree char *without = g_strndup(final, strstr(final, ",p=") - final);
	g_autofree char *message = g_strdup_printf("%s,%s,%s", t->bare, t->server_first, without);
	g_autofree char *base64 = NULL;

	salt_password("secret", "salt", 4096, salted);
	hmac(salted, 32, "Server Key", key);
	hmac(key, 32, message, signature);
	base64 = g_base64_encode(signature, 32);
	return g_strdup_printf("v=%s", base64);
}

static void test_scram_in_success(void)
{
	Talk t;

	talk_begin(&t);
	g_assert_true(talk_first(&t, 4096));
	g_autofree char *signature = talk_signature(&t);
	g_autofree char *last = encode(signature);
	g_assert_true(sasl_succeed(t.sasl, last, &t.error));
	g_assert_no_error(t.error);
	talk_end(&t);
}

static void test_scram_in_challenge(void)
{
	Talk t;

	talk_begin(&t);
	g_assert_true(talk_first(&t, 4096));
	g_autofree char *signature = talk_signature(&t);
	g_assert_true(talk_challenge(&t, signature));
	g_assert_cmpstr(t.response, ==, "");
	g_assert_true(sasl_succeed(t.sasl, "", &t.error));
	talk_end(&t);
}

static void test_scram_unproved(void)
{
	static const char *const lasts[] = { "", "=", "dj0=", "eD0x",
		"dj1BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBPQ==", "ZT1vdGhlci1lcnJvcg==" };

	for (guint i = 0; i < G_N_ELEMENTS(lasts); i++) {
		Talk t;
		talk_begin(&t);
		g_assert_true(talk_first(&t, 4096));
		g_assert_false(sasl_succeed(t.sasl, lasts[i], &t.error));
		g_assert_error(t.error, SASL_ERROR, SASL_ERROR_UNPROVED);
		talk_end(&t);
	}
}

/* <success/> before any challenge, with and without something in it. */
static void test_scram_early(void)
{
	static const char *const lasts[] = { "", "dj1hYmM=" };

	for (guint i = 0; i < G_N_ELEMENTS(lasts); i++) {
		Talk t;
		talk_begin(&t);
		g_assert_false(sasl_succeed(t.sasl, lasts[i], &t.error));
		g_assert_error(t.error, SASL_ERROR, SASL_ERROR_UNPROVED);
		talk_end(&t);
	}
}

/* Challenges that may not even be computed; %s is the client's nonce. */
static void test_scram_bad_challenges(void)
{
	static const char *const bad[] = {
		"r=%sX,s=c2FsdA==,i=1", "r=%sX,s=c2FsdA==,i=4095", "r=%sX,s=c2FsdA==,i=500001",
		"r=%sX,s=c2FsdA==,i=20000000", "r=%sX,s=c2FsdA==,i=2147483648", "r=%sX,s=c2FsdA==,i=18446744073709555712",
		"r=%sX,s=c2FsdA==,i=-4096", "r=%sX,s=c2FsdA==,i=", "r=%sX,s=c2FsdA==", "m=ext,r=%sX,s=c2FsdA==,i=4096",
		"r=%sX,i=4096,s=c2FsdA==", "r=foreign,s=c2FsdA==,i=4096", "v=abc", "e=unknown-user", "%s", "",
		"r=%sX,s=c2FsdA==,i=4096x",
	};

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		Talk t;
		talk_begin(&t);
		g_auto(GStrv) parts = g_strsplit(bad[i], "%s", 2);
		g_autofree char *challenge = g_strjoinv(t.nonce, parts);
		gint64 begin = g_get_monotonic_time();
		g_test_message("%s", bad[i]);
		g_assert_false(talk_challenge(&t, challenge));
		g_assert_error(t.error, SASL_ERROR, SASL_ERROR_VIOLATION);
		g_assert_cmpint(g_get_monotonic_time() - begin, <, 10 * G_USEC_PER_SEC);
		talk_end(&t);
	}
}

static void test_scram_bad_base64(void)
{
	static const char *const bad[] = { "!", "abc", "ab=c", "====", "cj0\n", "cgA=", "" };

	for (guint i = 0; i < G_N_ELEMENTS(bad); i++) {
		Talk t;
		talk_begin(&t);
		g_assert_false(talk_challenge_raw(&t, bad[i]));
		g_assert_error(t.error, SASL_ERROR, SASL_ERROR_VIOLATION);
		talk_end(&t);
	}
}

static void test_scram_too_many_challenges(void)
{
	Talk t;

	talk_begin(&t);
	g_assert_true(talk_first(&t, 4096));
	g_autofree char *signature = talk_signature(&t);
	g_assert_true(talk_challenge(&t, signature));
	g_assert_false(talk_challenge(&t, signature));
	g_assert_error(t.error, SASL_ERROR, SASL_ERROR_VIOLATION);
	talk_end(&t);
}

/* A stream may be gone while its step still computes. */
static void test_unref_while_computing(void)
{
	Talk t;
	Sasl *sasl;

	talk_begin(&t);
	sasl = t.sasl;
	t.server_first = g_strdup_printf("r=%sSERVER,s=c2FsdA==,i=50000", t.nonce);
	g_autofree char *base64 = encode(t.server_first);
	sasl_step_async(sasl, base64, NULL, on_step, &t);
	sasl_unref(sasl);
	t.sasl = NULL;
	while (!t.answered)
		g_main_context_iteration(NULL, TRUE);
	g_assert_nonnull(t.response);
	talk_end(&t);
}

static void test_plus(void)
{
	g_autoptr(GBytes) binding = g_bytes_new_static("binding", 7);
	GError *error = NULL;
	char *initial;
	Sasl *sasl = sasl_new("SCRAM-SHA-256-PLUS", "alice", "secret", SASL_BINDING_EXPORTER, binding, &initial, &error);

	g_assert_no_error(error);
	g_autofree char *first = decode(initial);
	g_assert_true(g_str_has_prefix(first, "p=tls-exporter,,n=alice,r="));
	sasl_wipe(initial);
	sasl_unref(sasl);
	sasl = sasl_new("SCRAM-SHA-1-PLUS", "alice", "secret", SASL_BINDING_UNIQUE, binding, &initial, &error);
	g_assert_no_error(error);
	g_autofree char *unique = decode(initial);
	g_assert_true(g_str_has_prefix(unique, "p=tls-unique,,n=alice,r="));
	sasl_wipe(initial);
	sasl_unref(sasl);
}

int main(int argc, char **argv)
{
	g_test_init(&argc, &argv, NULL);
	g_test_add_func("/xmpp/sasl/choice", test_choice);
	g_test_add_func("/xmpp/sasl/stronger", test_stronger);
	g_test_add_func("/xmpp/sasl/plain", test_plain);
	g_test_add_func("/xmpp/sasl/scram/in-success", test_scram_in_success);
	g_test_add_func("/xmpp/sasl/scram/in-challenge", test_scram_in_challenge);
	g_test_add_func("/xmpp/sasl/scram/unproved", test_scram_unproved);
	g_test_add_func("/xmpp/sasl/scram/early", test_scram_early);
	g_test_add_func("/xmpp/sasl/scram/bad-challenges", test_scram_bad_challenges);
	g_test_add_func("/xmpp/sasl/scram/bad-base64", test_scram_bad_base64);
	g_test_add_func("/xmpp/sasl/scram/too-many-challenges", test_scram_too_many_challenges);
	g_test_add_func("/xmpp/sasl/scram/unref-while-computing", test_unref_while_computing);
	g_test_add_func("/xmpp/sasl/plus", test_plus);
	return g_test_run();
}
