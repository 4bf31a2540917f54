/* reason.c: see reason.h. */
#include "config.h"

#include "reason.h"

#include <string.h>

typedef struct {
	const char *condition;
	StreamReason reason;
	const char *text;
} ReasonRow;

/* RFC 6120 4.9.3; what is not here is STREAM_ERROR. */
static const ReasonRow stream_rows[] = {
	{ "conflict", STREAM_CONFLICT, "another client has taken over this login" },
	{ "connection-timeout", STREAM_NETWORK_LOST, "the server has not heard from us" },
	{ "host-gone", STREAM_HOST_UNKNOWN, "the server no longer serves this domain" },
	{ "host-unknown", STREAM_HOST_UNKNOWN, "the server does not serve this domain" },
	{ "internal-server-error", STREAM_SHUT_DOWN, "the server has an internal error" },
	{ "not-authorized", STREAM_POLICY, "the server ended the login" },
	{ "policy-violation", STREAM_POLICY, "the server says we broke its rules" },
	{ "remote-connection-failed", STREAM_SHUT_DOWN, "the server can't reach what it needs to log in" },
	{ "reset", STREAM_SHUT_DOWN, "the server wants a new connection" },
	{ "resource-constraint", STREAM_POLICY, "the server has not enough room for this connection" },
	{ "see-other-host", STREAM_ERROR, "the server sends us to another host" },
	{ "system-shutdown", STREAM_SHUT_DOWN, "the server is shutting down" },
};

/* RFC 6120 6.5; what is not here is STREAM_LOGIN_FAILED. */
static const ReasonRow sasl_rows[] = {
	{ "account-disabled", STREAM_ACCOUNT_DISABLED, "the account is disabled" },
	{ "aborted", STREAM_LOGIN_FAILED, "the server broke the login off" },
	{ "credentials-expired", STREAM_ACCOUNT_DISABLED, "the password has expired" },
	{ "encryption-required", STREAM_TLS_FAILED, "the server wants encryption for this login" },
	{ "invalid-authzid", STREAM_LOGIN_FAILED, "the server refuses this identity" },
	{ "invalid-mechanism", STREAM_NO_MECHANISM, "the server refuses the way of logging in it has offered" },
	{ "malformed-request", STREAM_LOGIN_FAILED, "the server could not read our login" },
	{ "mechanism-too-weak", STREAM_NO_MECHANISM, "the server wants a stronger way of logging in" },
	{ "not-authorized", STREAM_WRONG_PASSWORD, "wrong password, or no such account" },
	{ "temporary-auth-failure", STREAM_SHUT_DOWN, "the server can't check passwords at the moment" },
};

static const struct {
	StreamReason reason;
	const char *word;
	gboolean passing;
} words[] = {
	{ STREAM_ENDED, "ended", FALSE },
	{ STREAM_HOST_UNKNOWN, "host-unknown", TRUE },	/* the resolver may just be offline */
	{ STREAM_REFUSED, "refused", TRUE },
	{ STREAM_TIMEOUT, "timeout", TRUE },
	{ STREAM_NETWORK_LOST, "network-lost", TRUE },
	{ STREAM_SHUT_DOWN, "shut-down", TRUE },
	{ STREAM_TLS_FAILED, "tls-failed", TRUE },	/* a captive portal looks like this */
	{ STREAM_CERTIFICATE_REFUSED, "certificate-refused", FALSE },
	{ STREAM_NO_MECHANISM, "no-mechanism", FALSE },
	{ STREAM_WEAKER_LOGIN, "weaker-login", FALSE },
	{ STREAM_WRONG_PASSWORD, "wrong-password", FALSE },
	{ STREAM_ACCOUNT_DISABLED, "account-disabled", FALSE },
	{ STREAM_LOGIN_FAILED, "login-failed", FALSE },
	{ STREAM_SERVER_UNPROVED, "server-unproved", FALSE },
	{ STREAM_CONFLICT, "conflict", FALSE },
	{ STREAM_POLICY, "policy", TRUE },
	{ STREAM_ERROR, "stream-error", TRUE },
	{ STREAM_VIOLATION, "violation", TRUE },
	{ STREAM_CONFIG, "config", FALSE },
};

const char *stream_reason_word(StreamReason reason)
{
	g_return_val_if_fail((guint)reason < G_N_ELEMENTS(words), "stream-error");
	g_assert(words[reason].reason == reason);
	return words[reason].word;
}

gboolean stream_reason_is_passing(StreamReason reason)
{
	g_return_val_if_fail((guint)reason < G_N_ELEMENTS(words), FALSE);
	return words[reason].passing;
}

const char *reason_condition(xmpp_stanza_t *element)
{
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(element); c; c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_tag(c) && strcmp(xmpp_stanza_get_name(c), "text") != 0)
			return xmpp_stanza_get_name(c);
	return NULL;
}

static StreamReason reason_find(xmpp_stanza_t *element, const ReasonRow *rows, gsize n, StreamReason other,
				const char *other_text, char **text)
{
	const char *condition = reason_condition(element);
	xmpp_stanza_t *words_of_server = xmpp_stanza_get_child_by_name(element, "text");
	char *said = words_of_server ? xmpp_stanza_get_text(words_of_server) : NULL;
	const ReasonRow *row = NULL;
	GString *out = g_string_new(NULL);

	for (gsize i = 0; condition && i < n; i++)
		if (strcmp(rows[i].condition, condition) == 0)
			row = &rows[i];
	if (row)
		g_string_append(out, row->text);
	else
		g_string_append_printf(out, "%s (%s)", other_text, condition ? condition : "no reason given");
	if (said && *said)	/* foreign text: a taste of it is enough */
		g_string_append_printf(out, ": %.200s", said);
	if (said)
		xmpp_free(xmpp_stanza_get_context(element), said);
	while (out->len && out->str[out->len - 1] == '.')	/* it will stand inside a sentence */
		g_string_truncate(out, out->len - 1);
	*text = g_utf8_make_valid(out->str, out->len);	/* in case the taste ended inside a character */
	g_string_free(out, TRUE);
	return row ? row->reason : other;
}

StreamReason reason_from_stream_error(xmpp_stanza_t *error, char **text)
{
	return reason_find(error, stream_rows, G_N_ELEMENTS(stream_rows), STREAM_ERROR,
			   "the server ended the stream", text);
}

StreamReason reason_from_sasl_failure(xmpp_stanza_t *failure, char **text)
{
	return reason_find(failure, sasl_rows, G_N_ELEMENTS(sasl_rows), STREAM_LOGIN_FAILED,
			   "the server refused the login", text);
}
