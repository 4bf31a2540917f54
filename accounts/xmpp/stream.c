/* stream.c: the life of a Stream: configuration, timers, the end; and what happens while it is online:
 * sending, receiving, acknowledging (XEP-0198), signs of life.
 *
 * Nothing here is called from inside the owner's callbacks that could not be: every callback may free the
 * stream, so functions that go on after one hold a reference and look at `attempt` again. */
#include "config.h"

#include "stream-state.h"

#include <stdarg.h>
#include <string.h>

#include "base/secret.h"
#include "reason.h"

#define LOGIN_SECONDS 60
#define IDLE_SECONDS 300	/* without a byte: ask for a sign of life */
#define SIGN_MS (60 * 1000)	/* for the answer */
#define PROOF_SECONDS 15	/* for the first answer after a resume */
#define MIDWAY_SECONDS 300	/* for one stanza to become complete */
#define LEAVE_SECONDS 2

/* What a step is called, and how long it may take (seconds; 0: for ever). */
static const struct {
	const char *progress;
	const char *late;
	guint seconds;
} steps[] = {
	[STEP_IDLE] = { NULL, NULL, 0 },
	[STEP_LOOKUP] = { "looking up", "the name server does not answer", 10 },
	[STEP_CONNECT] = { "connecting", "the server can't be reached", 15 },
	[STEP_OPEN_PLAIN] = { NULL, "the server accepts the connection but says nothing", 15 },
	[STEP_STARTTLS] = { NULL, "the server does not begin encryption", 15 },
	[STEP_SECURE] = { "securing", "the server does not finish the TLS handshake", 15 },
	[STEP_ASK] = { NULL, NULL, 0 },
	[STEP_OPEN_SECURE] = { NULL, "the server says nothing after the TLS handshake", 15 },
	[STEP_LOGIN] = { "logging in", "the server does not answer the login", 15 },
	[STEP_OPEN_FINAL] = { NULL, "the server says nothing after the login", 15 },
	[STEP_RESUME] = { "resuming", "the server does not answer the resumption", 15 },
	[STEP_BIND] = { NULL, "the server does not give a session", 15 },
	[STEP_ONLINE] = { NULL, NULL, 0 },
	[STEP_LEAVE] = { NULL, NULL, LEAVE_SECONDS },
};

/* --- references --- */

Stream *stream_ref(Stream *stream)
{
	stream->refs++;
	return stream;
}

void stream_unref(Stream *stream)
{
	if (--stream->refs > 0)
		return;
	g_assert(stream->dead);
	secret_free(stream->password);
	parser_free(stream->parser);
	sm_free(stream->sm);
	if (stream->targets)
		g_ptr_array_unref(stream->targets);
	g_free(stream->user);
	g_free(stream->domain);
	g_free(stream->account);
	g_free(stream->resource);
	g_free(stream->server);
	g_free(stream->ca_file);
	g_free(stream->pin);
	g_free(stream->proxy);
	g_free(stream->lang);
	g_free(stream->config_error);
	g_free(stream->strongest);
	g_free(stream->accepted);
	g_free(stream->session);
	g_free(stream->resume_id);
	g_free(stream->location);
	g_free(stream->jid);
	g_free(stream->last_text);
	g_free(stream->closing_text);
	g_free(stream);
}

/* --- timers and steps --- */

static void stream_clear_timer(guint *id)
{
	if (*id)
		g_source_remove(*id);
	*id = 0;
}

static gboolean stream_on_step_late(gpointer data)
{
	Stream *stream = data;

	stream->step_timer = 0;
	if (stream->step == STEP_LEAVE)
		stream_fail(stream, STREAM_ENDED, "ended");
	else if (stream->step == STEP_LOOKUP || stream->step > STEP_ASK)
		stream_fail(stream, STREAM_TIMEOUT, "%s", steps[stream->step].late);
	else
		login_try_next(stream, STREAM_TIMEOUT, g_strdup(steps[stream->step].late));
	return G_SOURCE_REMOVE;
}

static gboolean stream_on_login_late(gpointer data)
{
	Stream *stream = data;

	stream->login_timer = 0;
	stream_fail(stream, STREAM_TIMEOUT, "logging in took longer than %d seconds", LOGIN_SECONDS);
	return G_SOURCE_REMOVE;
}

/* The login is limited as a whole, but not while the user looks at a certificate. */
static void stream_limit_login(Stream *stream)
{
	gboolean limited = stream->step != STEP_IDLE && stream->step != STEP_ASK && stream->step < STEP_ONLINE;

	if (!limited)
		stream_clear_timer(&stream->login_timer);
	else if (!stream->login_timer)
		stream->login_timer = g_timeout_add_seconds(LOGIN_SECONDS, stream_on_login_late, stream);
}

void stream_enter(Stream *stream, Step step)
{
	gboolean news = stream->step != step;

	stream->step = step;
	stream_clear_timer(&stream->step_timer);
	if (steps[step].seconds)
		stream->step_timer = g_timeout_add_seconds(steps[step].seconds, stream_on_step_late, stream);
	stream_limit_login(stream);
	if (news && steps[step].progress)
		STREAM_EMIT(stream, on_progress, steps[step].progress);
}

static void stream_expect_sign(Stream *stream, guint ms);

/* Nothing at all has come since we asked for a sign of life. */
static gboolean stream_on_no_sign(gpointer data)
{
	Stream *stream = data;

	stream->sign_timer = 0;
	if (stream->paused || stream->last_in > stream->sign_from) {
		if (stream->asked)	/* something came, but not the answer */
			stream_expect_sign(stream, SIGN_MS);
		return G_SOURCE_REMOVE;
	}
	stream_fail(stream, STREAM_NETWORK_LOST, "nothing has come from the server for %d s",
		    (int)((g_get_monotonic_time() - stream->last_in) / G_USEC_PER_SEC));
	return G_SOURCE_REMOVE;
}

/* The soonest expectation counts. */
static void stream_expect_sign(Stream *stream, guint ms)
{
	gint64 now = g_get_monotonic_time(), until = now + ms * (gint64)1000;

	if (stream->sign_timer && stream->sign_until <= until && stream->last_in <= stream->sign_from)
		return;
	stream_clear_timer(&stream->sign_timer);
	stream->sign_from = now;
	stream->sign_until = until;
	stream->sign_timer = g_timeout_add(ms, stream_on_no_sign, stream);
}

/* The one timer of an idle stream: every IDLE_SECONDS at most, later if something came meanwhile. */
static gboolean stream_on_idle(gpointer data)
{
	Stream *stream = data;
	gint64 quiet = (g_get_monotonic_time() - stream->last_in) / G_USEC_PER_SEC;
	guint next = IDLE_SECONDS;

	if (quiet < IDLE_SECONDS - 1)
		next = (guint)(IDLE_SECONDS - quiet);
	else
		stream_probe(stream, SIGN_MS / 2);
	stream->idle_timer = g_timeout_add_seconds(next, stream_on_idle, stream);
	return G_SOURCE_REMOVE;
}

static gboolean stream_on_midway(gpointer data)
{
	Stream *stream = data;

	stream->midway_timer = 0;
	if (!parser_is_midway(stream->parser) || stream->paused)
		return G_SOURCE_REMOVE;
	if (parser_count(stream->parser) == stream->midway_count) {
		stream_fail(stream, STREAM_NETWORK_LOST, "a stanza was not complete after %d s", MIDWAY_SECONDS);
	} else {
		stream->midway_count = parser_count(stream->parser);
		stream->midway_timer = g_timeout_add_seconds(MIDWAY_SECONDS, stream_on_midway, stream);
	}
	return G_SOURCE_REMOVE;
}

static void stream_limit_midway(Stream *stream)
{
	if (stream->midway_timer || stream->step < STEP_ONLINE || !parser_is_midway(stream->parser))
		return;
	stream->midway_count = parser_count(stream->parser);
	stream->midway_timer = g_timeout_add_seconds(MIDWAY_SECONDS, stream_on_midway, stream);
}

/* --- the end of a connection --- */

void stream_drop_connection(Stream *stream)
{
	stream->attempt++;
	g_cancellable_cancel(stream->cancellable);
	g_object_unref(stream->cancellable);
	stream->cancellable = g_cancellable_new();
	stream_clear_timer(&stream->step_timer);
	stream_clear_timer(&stream->idle_timer);
	stream_clear_timer(&stream->sign_timer);
	stream_clear_timer(&stream->proof_timer);
	stream_clear_timer(&stream->midway_timer);
	if (stream->feeding)
		parser_stop(stream->parser);
	g_clear_pointer(&stream->channel, channel_free);
	g_clear_object(&stream->tls_connection);
	if (stream->connection)	/* shut down, not closed: a handshake may still be using the descriptor */
		g_socket_shutdown(g_socket_connection_get_socket(stream->connection), TRUE, TRUE, NULL);
	g_clear_object(&stream->connection);
	g_clear_pointer(&stream->report, tls_report_free);
	g_clear_pointer(&stream->mechanisms, g_strfreev);
	g_clear_pointer(&stream->binding_data, g_bytes_unref);
	g_clear_pointer(&stream->sasl, sasl_unref);
	g_clear_pointer(&stream->mechanism, g_free);
	g_clear_pointer(&stream->features, xmpp_stanza_release);
	g_clear_pointer(&stream->bind_id, g_free);
	g_clear_pointer(&stream->ping_id, g_free);
	g_clear_pointer(&stream->handled_session, g_free);
	stream->binding = SASL_BINDING_NONE;
	stream->after = NULL;
	stream->verified = stream->computing = stream->without_plus = FALSE;
	stream->bind_again = stream->handled_known = FALSE;
	stream->acks = stream->counting = stream->asked = stream->owes_ack = FALSE;
}

static gboolean stream_on_closing(gpointer data)
{
	Stream *stream = data;
	g_autofree char *text = g_steal_pointer(&stream->closing_text);

	stream->closing = 0;
	STREAM_EMIT(stream, on_closed, stream->closing_reason, text);
	return G_SOURCE_REMOVE;
}

void stream_fail(Stream *stream, StreamReason reason, const char *format, ...)
{
	va_list args;
	char *text;

	if (stream->step == STEP_IDLE)
		return;
	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	stream_drop_connection(stream);
	stream_clear_timer(&stream->login_timer);
	stream->step = STEP_IDLE;
	g_free(stream->closing_text);
	stream->closing_text = text;
	stream->closing_reason = reason;
	if (!stream->dead)
		stream->closing = g_idle_add_full(G_PRIORITY_DEFAULT, stream_on_closing, stream, NULL);
}

/* Says goodbye as far as the kernel takes it at once: waiting for more would be for the server's sake only. */
static void stream_say_bye(Stream *stream, const char *error)
{
	g_autofree char *bye = error ? g_strdup_printf("<stream:error>%s</stream:error></stream:stream>", error)
				     : g_strdup("</stream:stream>");
	GIOStream *io;

	if (!stream->channel || channel_backlog(stream->channel) > 0)
		return;
	io = stream->tls_connection ? G_IO_STREAM(stream->tls_connection) : G_IO_STREAM(stream->connection);
	g_pollable_output_stream_write_nonblocking(G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(io)), bye,
						   strlen(bye), NULL, NULL);
}

void stream_fail_with(Stream *stream, const char *condition, StreamReason reason, const char *text)
{
	g_autofree char *copy = g_strdup(text);
	g_autofree char *error = condition ? g_strdup_printf("<%s xmlns='" NS_STREAM_ERROR "'/>", condition) : NULL;

	stream_say_bye(stream, error);
	stream_fail(stream, reason, "%s", copy);
}

/* --- bytes in --- */

static const StreamReason parser_reasons[] = {
	[PARSER_ERROR_MALFORMED] = STREAM_VIOLATION,
	[PARSER_ERROR_RESTRICTED] = STREAM_VIOLATION,
	[PARSER_ERROR_TOO_LARGE] = STREAM_VIOLATION,
};
static const char *const parser_conditions[] = {
	[PARSER_ERROR_MALFORMED] = "not-well-formed",
	[PARSER_ERROR_RESTRICTED] = "restricted-xml",
	[PARSER_ERROR_TOO_LARGE] = "policy-violation",
};

static gboolean stream_is_blank(const char *bytes, gsize size)
{
	for (gsize i = 0; i < size; i++)
		if (!strchr(" \t\r\n", bytes[i]) || !bytes[i])
			return FALSE;
	return TRUE;
}

/* Something has asked to go on when the parser is done with what came. */
static void stream_go_on(Stream *stream, const char *rest, gsize size)
{
	void (*after)(Stream *) = stream->after;

	stream->after = NULL;
	/* RFC 6120 5.4.3.3: nothing may stand between <proceed/> and the handshake: somebody in the middle
	 * could have put words there that seem to come over TLS later */
	if (stream->step == STEP_STARTTLS ? size > 0 : !stream_is_blank(rest, size))
		stream_fail(stream, STREAM_VIOLATION, stream->step == STEP_STARTTLS ?
			    "the server sent plain text where encryption should begin: possibly an attack" :
			    "the server spoke out of turn during the login");
	else
		after(stream);
}

static void stream_on_bytes(gpointer owner, const char *bytes, gsize size)
{
	Stream *stream = stream_ref(owner);
	g_autoptr(GError) error = NULL;
	guint attempt = stream->attempt;
	gsize used;
	gboolean ok;

	stream->last_in = g_get_monotonic_time();
	stream->feeding = TRUE;
	ok = parser_feed(stream->parser, bytes, size, &used, &error);
	stream->feeding = FALSE;
	if (stream->attempt == attempt) {
		if (!ok)
			stream_fail_with(stream, parser_conditions[error->code], parser_reasons[error->code],
					 error->message);
		else if (stream->after)
			stream_go_on(stream, bytes + used, size - used);
		else
			stream_limit_midway(stream);
	}
	stream_unref(stream);
}

static void stream_on_end(gpointer owner, const GError *error)
{
	Stream *stream = owner;

	if (stream->step == STEP_LEAVE)
		stream_fail(stream, STREAM_ENDED, "ended");
	else if (stream->step < STEP_ASK)
		login_try_next(stream, STREAM_REFUSED, g_strdup_printf("the server broke the connection off%s%s",
				error ? ": " : "", error ? error->message : ""));
	else
		stream_fail(stream, STREAM_NETWORK_LOST, "the connection broke%s%s", error ? ": " : "",
			    error ? error->message : "");
}

/* <r/>, or a ping where the server can't do stream management: one at a time, with the next write. */
static void stream_ask(Stream *stream)
{
	stream->asked = TRUE;
	if (stream->acks) {
		channel_print(stream->channel, "<r xmlns='" NS_SM "'/>");
	} else {
		g_autofree char *domain = g_markup_escape_text(stream->domain, -1);
		g_free(stream->ping_id);
		stream->ping_id = secret_random_id();
		stream->ping_number = sm_sent(stream->sm);
		stream_print(stream, "<iq type='get' id='%s' to='%s'><ping xmlns='" NS_PING "'/></iq>", stream->ping_id,
			     domain);
	}
}

static void stream_on_flush(gpointer owner)
{
	Stream *stream = owner;

	if (stream->step != STEP_ONLINE || stream->asked || sm_unacked(stream->sm) == 0)
		return;
	stream_ask(stream);
	stream_expect_sign(stream, SIGN_MS);
}

static const ChannelEvents channel_events = {
	.on_bytes = stream_on_bytes,
	.on_end = stream_on_end,
	.on_flush = stream_on_flush,
};

void stream_print(Stream *stream, const char *format, ...)
{
	va_list args;
	g_autofree char *text = NULL;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	channel_print(stream->channel, text);
}

/* Opens an XMPP stream on `io`, or a new one on the present connection (NULL). RFC 6120 4.2, 4.7. */
void stream_attach(Stream *stream, GIOStream *io)
{
	g_autofree char *to = g_markup_escape_text(stream->domain, -1);
	g_autofree char *from = g_markup_escape_text(stream->account, -1);
	g_autofree char *lang = g_markup_escape_text(stream->lang ? stream->lang : "en", -1);

	parser_reset(stream->parser);
	if (io) {
		channel_free(stream->channel);
		stream->channel = channel_new(io, &channel_events, stream);
		if (stream->paused)
			channel_set_reading(stream->channel, FALSE);
	}
	stream_print(stream, "<?xml version='1.0'?><stream:stream to='%s'", to);
	if (stream->tls_connection)	/* who we are is nobody's business before */
		stream_print(stream, " from='%s'", from);
	stream_print(stream, " version='1.0' xml:lang='%s' xmlns='jabber:client' xmlns:stream='" NS_STREAM "'>", lang);
}

/* --- elements in --- */

static void stream_on_open(gpointer owner, const char *name, const char *ns, const char **attributes)
{
	Stream *stream = owner;
	const char *version = NULL;

	for (; attributes[0]; attributes += 2)
		if (strcmp(attributes[0], "version") == 0)
			version = attributes[1];
	if (strcmp(name, "stream") != 0 || g_strcmp0(ns, NS_STREAM) != 0)
		stream_fail(stream, STREAM_VIOLATION, "what answers there is no XMPP server");
	else if (!version || atoi(version) < 1)
		stream_fail(stream, STREAM_VIOLATION, "the server speaks only an old form of XMPP");
}

/* <stream:error>: the server is about to close. */
static void stream_on_error(Stream *stream, xmpp_stanza_t *error)
{
	g_autofree char *text = NULL;
	StreamReason reason = reason_from_stream_error(error, &text);

	if (stream->step < STEP_ONLINE && login_redirect(stream, error))
		return;
	if (stream->step == STEP_ONLINE && reason != STREAM_SHUT_DOWN && reason != STREAM_NETWORK_LOST)
		stream_forget_session(stream);
	stream_fail_with(stream, NULL, reason, text);
}

static void stream_take_ack(Stream *stream, guint32 h)
{
	guint32 before = sm_acked(stream->sm);

	if (!sm_ack(stream->sm, h)) {
		g_autofree char *bye = g_strdup_printf("<undefined-condition xmlns='" NS_STREAM_ERROR "'/><handled-count-"
						       "too-high xmlns='" NS_SM "' h='%u' send-count='%u'/>", h,
						       sm_sent(stream->sm));
		stream_say_bye(stream, bye);
		stream_forget_session(stream);
		stream_fail(stream, STREAM_VIOLATION, "the server acknowledged more than it was sent");
		return;
	}
	if (h != before)
		STREAM_EMIT(stream, on_acked, h);
}

/* The question is answered: nothing is waited for, but for what was sent after it. */
static void stream_on_answer(Stream *stream, guint32 h)
{
	guint attempt = stream->attempt;

	stream->asked = FALSE;
	stream_clear_timer(&stream->sign_timer);
	stream_clear_timer(&stream->proof_timer);
	stream_take_ack(stream, h);
	if (stream->attempt == attempt && stream->step == STEP_ONLINE && sm_unacked(stream->sm) > 0 && !stream->asked) {
		stream_ask(stream);
		stream_expect_sign(stream, SIGN_MS);
	}
}

/* <a xmlns='urn:xmpp:sm:3' h='7'/> */
static void stream_on_ack(Stream *stream, xmpp_stanza_t *element)
{
	guint32 h;

	if (sm_parse_count(xmpp_stanza_get_attribute(element, "h"), &h))
		stream_on_answer(stream, h);
}

/* <r xmlns='urn:xmpp:sm:3'/>: what is not stored yet is acknowledged when it is. */
static void stream_on_request(Stream *stream, xmpp_stanza_t *element G_GNUC_UNUSED)
{
	if (stream->step != STEP_ONLINE)	/* our half of the stream is closed */
		return;
	stream->owes_ack = sm_handled(stream->sm) != sm_received(stream->sm);
	stream_print(stream, "<a xmlns='" NS_SM "' h='%u'/>", sm_handled(stream->sm));
}

/* <enabled xmlns='urn:xmpp:sm:3' id='…' resume='true' location='host:port'/> */
static void stream_on_enabled(Stream *stream, xmpp_stanza_t *element)
{
	const char *id = xmpp_stanza_get_attribute(element, "id");
	const char *resume = xmpp_stanza_get_attribute(element, "resume");

	if (!stream->acks || stream->counting)
		return;
	stream->counting = TRUE;
	if (!id || !resume || (strcmp(resume, "true") != 0 && strcmp(resume, "1") != 0) || strlen(id) > 4096)
		return;
	g_free(stream->resume_id);
	stream->resume_id = g_strdup(id);
	g_free(stream->location);
	stream->location = g_strdup(xmpp_stanza_get_attribute(element, "location"));
	stream_tell_state(stream);
}

/* <failed xmlns='urn:xmpp:sm:3'>: it was offered, but not for us; pings serve as well. */
static void stream_on_enable_failed(Stream *stream, xmpp_stanza_t *element G_GNUC_UNUSED)
{
	if (!stream->acks || stream->counting)
		return;
	stream->acks = FALSE;
	if (sm_unacked(stream->sm) > 0)
		stream_ask(stream);
}

static const struct {
	const char *name;
	void (*on)(Stream *stream, xmpp_stanza_t *element);
} sm_rows[] = {
	{ "a", stream_on_ack },
	{ "enabled", stream_on_enabled },
	{ "failed", stream_on_enable_failed },
	{ "r", stream_on_request },
};

/* The answer to our ping, result or error: the server has taken everything before it. */
static gboolean stream_is_ping_answer(Stream *stream, xmpp_stanza_t *stanza)
{
	const char *type = xmpp_stanza_get_type(stanza), *from = xmpp_stanza_get_from(stanza);

	return stream->ping_id && strcmp(xmpp_stanza_get_name(stanza), "iq") == 0 &&
	       (g_strcmp0(type, "result") == 0 || g_strcmp0(type, "error") == 0) &&
	       g_strcmp0(xmpp_stanza_get_id(stanza), stream->ping_id) == 0 &&
	       (!from || strcmp(from, stream->domain) == 0 || strcmp(from, stream->account) == 0);
}

static void stream_on_ping_answer(Stream *stream)
{
	g_clear_pointer(&stream->ping_id, g_free);
	stream_on_answer(stream, stream->ping_number);
}

static guint32 stream_fingerprint(xmpp_stanza_t *stanza)
{
	const char *parts[] = { xmpp_stanza_get_name(stanza), xmpp_stanza_get_id(stanza), xmpp_stanza_get_from(stanza),
				xmpp_stanza_get_type(stanza) };
	guint32 print = 5381;

	for (guint i = 0; i < G_N_ELEMENTS(parts); i++)
		print = print * 31 + (parts[i] ? g_str_hash(parts[i]) : 0);
	return print;
}

static gboolean stream_is_stanza(xmpp_stanza_t *element)
{
	const char *name = xmpp_stanza_get_name(element);

	return g_strcmp0(xmpp_stanza_get_ns(element), "jabber:client") == 0 &&
	       (strcmp(name, "message") == 0 || strcmp(name, "presence") == 0 || strcmp(name, "iq") == 0);
}

/* The number of an incoming stanza; FALSE if the owner has it already. */
static gboolean stream_count_stanza(Stream *stream, xmpp_stanza_t *stanza, guint32 *number)
{
	gboolean repeated = FALSE;

	*number = stream->counting ? sm_receive(stream->sm, stream_fingerprint(stanza), &repeated)
				   : sm_received(stream->sm);
	return !repeated;
}

static void stream_on_stanza(Stream *stream, xmpp_stanza_t *stanza)
{
	guint32 number;

	if (!stream_count_stanza(stream, stanza, &number))
		return;
	if (stream_is_ping_answer(stream, stanza))
		stream_on_ping_answer(stream);
	else
		STREAM_EMIT(stream, on_stanza, stanza, number);
}

static void stream_on_element(gpointer owner, xmpp_stanza_t *element)
{
	Stream *stream = owner;
	const char *ns = xmpp_stanza_get_ns(element), *name = xmpp_stanza_get_name(element);

	if (strcmp(name, "error") == 0 && g_strcmp0(ns, NS_STREAM) == 0) {
		stream_on_error(stream, element);
	} else if (stream->step < STEP_ONLINE) {
		login_on_element(stream, element);
	} else if (stream_is_stanza(element)) {
		stream_on_stanza(stream, element);
	} else if (g_strcmp0(ns, NS_SM) == 0) {
		for (guint i = 0; i < G_N_ELEMENTS(sm_rows); i++) {
			if (strcmp(sm_rows[i].name, name) == 0) {
				sm_rows[i].on(stream, element);
				break;
			}
		}
	}	/* other nonzas are answers to something we never asked: not counted, not answered */
}

static void stream_on_dropped(gpointer owner, xmpp_stanza_t *head, const char *why)
{
	Stream *stream = owner;
	guint32 number;

	if (stream->step < STEP_ONLINE)
		stream_fail_with(stream, "policy-violation", STREAM_VIOLATION, "the server sent too much during the login");
	else if (stream_is_stanza(head) && stream_count_stanza(stream, head, &number))
		STREAM_EMIT(stream, on_dropped, head, number, why);
}

/* </stream:stream>: the session is over (XEP-0198 5: no resume after a proper end). */
static void stream_on_close(gpointer owner)
{
	Stream *stream = owner;

	if (stream->step == STEP_LEAVE) {
		stream_fail(stream, STREAM_ENDED, "ended");
		return;
	}
	if (stream->step == STEP_ONLINE)
		stream_forget_session(stream);
	stream_fail_with(stream, NULL, STREAM_SHUT_DOWN, "the server ended the stream");
}

static const ParserEvents parser_events = {
	.on_open = stream_on_open,
	.on_element = stream_on_element,
	.on_dropped = stream_on_dropped,
	.on_close = stream_on_close,
};

/* --- online --- */

static void stream_resend(gpointer channel, const char *xml, gsize size)
{
	channel_write(channel, xml, size);
}

/* Prosody (0.12.3) reads a resumed session with the parser of the connection before: if that one was cut inside a
 * stanza, everything we send becomes a part of it and is never heard, while the server goes on to talk to us. */
static gboolean stream_on_no_proof(gpointer data)
{
	Stream *stream = data;

	if (stream->paused)
		return G_SOURCE_CONTINUE;
	stream->proof_timer = 0;
	stream_forget_session(stream);
	stream_fail(stream, STREAM_NETWORK_LOST, "the server does not listen since the session was resumed");
	return G_SOURCE_REMOVE;
}

/* Bound or resumed: from here on everything counts. */
void stream_go_online(Stream *stream, gboolean resumed)
{
	StreamOnline online;

	stream_enter(stream, STEP_ONLINE);
	stream->idle_timer = g_timeout_add_seconds(IDLE_SECONDS, stream_on_idle, stream);
	if (resumed) {
		stream->counting = TRUE;
		sm_foreach(stream->sm, stream_resend, stream->channel);
		stream_ask(stream);
		stream->proof_timer = g_timeout_add_seconds(PROOF_SECONDS, stream_on_no_proof, stream);
	} else {
		g_free(stream->session);
		stream->session = secret_random_id();
		sm_begin(stream->sm);
		if (stream->acks)
			channel_print(stream->channel, "<enable xmlns='" NS_SM "' resume='true'/>");
	}
	online = (StreamOnline){
		.resumed = resumed,
		.jid = stream->jid,
		.session = stream->session,
		.handled_known = stream->handled_known,
		.handled_session = stream->handled_session,
		.handled = stream->handled,
		.acks = stream->acks,
	};
	STREAM_EMIT(stream, on_online, &online);
}

/* Replaces what XML 1.0 forbids: one such character would end the stream, and come back with every resume.
 * NULL if `xml` is fine as it is. */
static char *stream_clean(const char *xml, gsize *size)
{
	gboolean bad = !g_utf8_validate(xml, *size, NULL);
	GString *out;
	g_autofree char *valid = NULL;

	for (gsize i = 0; i < *size && !bad; i++) {
		guchar c = xml[i];
		bad = (c < 0x20 && c != '\t' && c != '\n' && c != '\r') ||
		      (c == 0xEF && i + 2 < *size && (guchar)xml[i + 1] == 0xBF && (guchar)xml[i + 2] >= 0xBE);
	}
	if (!bad)
		return NULL;
	valid = g_utf8_make_valid(xml, *size);
	out = g_string_sized_new(*size);
	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		gboolean allowed = c >= 0x20 ? c != 0xFFFE && c != 0xFFFF : c == '\t' || c == '\n' || c == '\r';
		g_string_append_unichar(out, allowed ? c : 0xFFFD);
	}
	*size = out->len;
	return g_string_free(out, FALSE);
}

guint32 stream_send_text(Stream *stream, const char *xml, gsize size)
{
	g_autofree char *clean = NULL;
	guint32 number;

	if (stream->step != STEP_ONLINE)
		return 0;
	clean = stream_clean(xml, &size);
	number = sm_push(stream->sm, clean ? clean : xml, size);
	channel_write(stream->channel, clean ? clean : xml, size);
	return number;
}

guint32 stream_send(Stream *stream, xmpp_stanza_t *stanza)
{
	char *xml = NULL;
	size_t size = 0;
	guint32 number = 0;

	if (stream->step != STEP_ONLINE || xmpp_stanza_to_text(stanza, &xml, &size) != XMPP_EOK)
		return 0;
	number = stream_send_text(stream, xml, size);
	xmpp_free(stream->ctx, xml);
	return number;
}

void stream_send_nonza(Stream *stream, const char *xml)
{
	if (stream->step == STEP_ONLINE)
		channel_print(stream->channel, xml);
}

void stream_set_handled(Stream *stream, guint32 inbound)
{
	gboolean news = sm_set_handled(stream->sm, inbound);

	if (news && stream->owes_ack && stream->step == STEP_ONLINE &&
	    sm_handled(stream->sm) == sm_received(stream->sm)) {
		stream->owes_ack = FALSE;
		stream_print(stream, "<a xmlns='" NS_SM "' h='%u'/>", sm_handled(stream->sm));
	}
}

void stream_probe(Stream *stream, guint ms)
{
	if (stream->step != STEP_ONLINE || stream->paused)
		return;
	if (!stream->asked)
		stream_ask(stream);
	stream_expect_sign(stream, ms);
}

void stream_pause(Stream *stream, gboolean paused)
{
	if (stream->paused == !!paused)
		return;
	stream->paused = !!paused;
	if (stream->channel)
		channel_set_reading(stream->channel, !paused);
}

const char *stream_session(const Stream *stream)
{
	return stream->step >= STEP_ONLINE ? stream->session : NULL;
}

guint32 stream_count_sent(const Stream *stream)
{
	return sm_sent(stream->sm);
}

guint32 stream_count_acked(const Stream *stream)
{
	return sm_acked(stream->sm);
}

gsize stream_backlog(const Stream *stream)
{
	return stream->channel ? channel_backlog(stream->channel) : 0;
}

gboolean stream_is_online(const Stream *stream)
{
	return stream->step == STEP_ONLINE;
}

xmpp_stanza_t *stream_features(const Stream *stream)
{
	return stream->step >= STEP_ONLINE ? stream->features : NULL;
}

char *stream_security(const Stream *stream)
{
	if (stream->step < STEP_ONLINE)
		return NULL;
	return g_strdup_printf("%s, %s", stream->tls_connection ? tls_version_name(stream->tls_connection) : "no TLS",
			       stream->mechanism ? stream->mechanism : "?");
}

/* --- life --- */

/* What can't work is found here and told by stream_connect(). */
static void stream_check_config(Stream *stream, const StreamConfig *config)
{
	if (config->pin && *config->pin && !stream->pin)
		stream->config_error = g_strdup_printf("the pin \"%s\" is not a SHA-256 fingerprint", config->pin);
	else if (stream->proxy && !g_str_has_prefix(stream->proxy, "socks5://"))
		stream->config_error = g_strdup_printf("the proxy \"%s\" is not of the form socks5://host:port",
						       stream->proxy);
	else if (!*stream->domain || !stream->user || !*stream->user)
		stream->config_error = g_strdup_printf("\"%s\" is not an address of the form name@domain",
						       stream->account);
}

static char *stream_dup_filled(const char *text)
{
	return text && *text ? g_strdup(text) : NULL;
}

Stream *stream_new(xmpp_ctx_t *ctx, const StreamConfig *config, const StreamEvents *events, gpointer owner)
{
	Stream *stream = g_new0(Stream, 1);

	stream->refs = 1;
	stream->ctx = ctx;
	stream->events = events;
	stream->owner = owner;
	stream->user = g_strdup(config->user);
	stream->domain = g_strdup(config->domain);
	stream->account = g_strdup_printf("%s@%s", config->user, config->domain);
	stream->resource = stream_dup_filled(config->resource);
	stream->server = stream_dup_filled(config->server);
	stream->ca_file = stream_dup_filled(config->ca_file);
	stream->proxy = stream_dup_filled(config->proxy);
	stream->lang = stream_dup_filled(config->lang);
	stream->pin = tls_parse_fingerprint(config->pin);
	stream->port = config->port;
	stream->tls = config->tls;
	stream->insecure = config->insecure;
	stream->allow_weaker = config->allow_weaker;
	secret_set(&stream->password, config->password);
	stream->cancellable = g_cancellable_new();
	stream->sm = sm_new();
	stream->parser = parser_new(ctx, &config->limits, stream->account, &parser_events, stream);
	stream_check_config(stream, config);
	stream_load_state(stream, config);
	return stream;
}

void stream_free(Stream *stream)
{
	if (!stream)
		return;
	stream->dead = TRUE;
	stream_drop_connection(stream);
	stream->step = STEP_IDLE;
	stream_clear_timer(&stream->login_timer);
	stream_clear_timer(&stream->closing);
	g_clear_object(&stream->cancellable);
	stream_unref(stream);
}

void stream_set_password(Stream *stream, const char *password)
{
	secret_set(&stream->password, password);
}

void stream_connect(Stream *stream)
{
	if (stream->step != STEP_IDLE || stream->closing || stream->dead)
		return;
	stream->redirected = FALSE;
	login_begin(stream);
}

void stream_close(Stream *stream, StreamLeave how)
{
	if (how == STREAM_LEAVE_KEEP || stream->step != STEP_ONLINE) {
		if (how == STREAM_LEAVE_END && stream->step != STEP_LEAVE)
			stream_forget_session(stream);
		if (stream->step != STEP_LEAVE || how == STREAM_LEAVE_KEEP)
			stream_fail(stream, STREAM_ENDED, "ended");
		return;
	}
	channel_set_reading(stream->channel, TRUE);
	if (stream->acks) {
		stream_print(stream, "<a xmlns='" NS_SM "' h='%u'/>", sm_handled(stream->sm));
		if (sm_unacked(stream->sm) > 0 && !stream->asked)
			stream_ask(stream);
	}
	channel_print(stream->channel, "</stream:stream>");
	stream_enter(stream, STEP_LEAVE);
	stream_forget_session(stream);
}

void stream_answer_certificate(Stream *stream, gboolean accept)
{
	login_answer_certificate(stream, accept);
}
