/* certificate.c: asking about a certificate. See certificate.h.
 *
 * The answer is kept as the keepsake "pin", the SHA-256 of the certificate: that one and no other is trusted from then on. The account's
 * setting "pin" stands above it. The first choice is the safe one. */
#include "certificate.h"

#include <string.h>

#include "base/moment.h"

#define CARD "certificate"
#define REFUSE "refuse"
#define ACCEPT "accept"

static void add_line(GPtrArray *lines, const char *label, const char *value)
{
	if (value && *value)
		g_ptr_array_add(lines, g_strdup_printf("%s: %s", label, value));
}

static void add_day(GPtrArray *lines, const char *label, gint64 seconds)
{
	if (seconds == 0)
		return;
	g_autofree char *day = moment_local(seconds * G_USEC_PER_SEC, "%Y-%m-%d");
	add_line(lines, label, day);
}

void certificate_ask(Session *session, const StreamCertificate *certificate)
{
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);
	g_autofree char *wrong = certificate->wrong ? g_strjoinv(", ", (char **)certificate->wrong) : NULL;

	add_line(lines, "wrong", wrong);
	add_line(lines, "SHA-256", certificate->sha256);
	add_line(lines, "SHA-1", certificate->sha1);
	add_line(lines, "subject", certificate->subject);
	add_line(lines, "names", certificate->names);
	add_line(lines, "issuer", certificate->issuer);
	add_day(lines, "valid from", certificate->valid_from);
	add_day(lines, "valid until", certificate->valid_until);
	for (guint i = 0; certificate->chain && certificate->chain[i] && lines->len < 100; i++)
		add_line(lines, "chain", certificate->chain[i]);
	for (guint i = 0; i < lines->len; i++)
		if (strlen(lines->pdata[i]) > FIT_LABEL) {
			char *cut = g_strdup(session_fit(session, lines->pdata[i], FIT_LABEL));
			g_free(lines->pdata[i]);
			lines->pdata[i] = cut;
		}
	g_ptr_array_add(lines, NULL);

	g_autofree char *title = g_strdup_printf(certificate->pin_broken ? "another certificate of \"%s\" than the one you accepted"
									 : "the certificate of \"%s\" can't be verified", session->domain);
	const char *text = certificate->pin_broken
				   ? "Somebody may be between you and the server. Accept only if the server's owner has told you of the change."
				   : "Accept it only if you know from elsewhere that this fingerprint is right. It will then be trusted from now on, and no other.";

	backend_send(session->backend, &WIRE(CARD, Card, .account = session->account, .card = CARD, .card_kind = CARD_CERTIFICATE,
					     .title = session_fit(session, title, FIT_LABEL), .text = text, .address = session->domain,
					     .details = (const char *const *)lines->pdata, .choices = (const char *const[]){ REFUSE, ACCEPT, NULL }));
	backend_state(session->backend, ACCOUNT_CONNECTING, REASON_NONE, "waiting for your answer about the certificate");
	g_free(session->asked_pin);
	session->asked_pin = g_strdup(certificate->sha256);
}

void certificate_withdraw(Session *session)
{
	if (!session->asked_pin)
		return;
	g_clear_pointer(&session->asked_pin, g_free);
	backend_send(session->backend, &WIRE(CARD_GONE, CardGone, .account = session->account, .card = CARD));
}

static gboolean on_answer(Session *session, const WireAnswer *answer)
{
	if (!session->asked_pin)
		return FALSE;
	gboolean accept = g_strcmp0(answer->choice, ACCEPT) == 0;
	if (accept) {
		backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = "pin", .value = session->asked_pin));
		g_free(session->pin);
		session->pin = g_strdup(session->asked_pin);
	}
	certificate_withdraw(session);
	stream_answer_certificate(session->stream, accept);
	return TRUE;
}

const char *certificate_pin(Session *session)
{
	const char *pin = backend_setting(session->backend, "pin");
	if (pin && *pin)
		return pin;
	return session->pin ? session->pin : backend_kept(session->backend, "pin");
}

void certificate_attach(Session *session)
{
	session_on_answer(session, CARD, on_answer);
}
