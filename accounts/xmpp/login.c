/* login.c: a Stream from stream_connect() to on_online: targets, TLS, SASL, resume or bind.
 *
 * One function per element that may come, in a table by step; whatever else comes ends the stream. Nothing
 * the server says before TLS is trusted for anything but starting TLS. RFC 6120 4 to 7, XEP-0198 5. */
#include "config.h"

#include "stream-state.h"

#include <string.h>

#include "base/secret.h"
#include "reason.h"

/* An asynchronous call under way. */
typedef struct {
	Stream *stream;	/* ref */
	guint attempt;
} Call;

static gpointer call_new(Stream *stream)
{
	Call *call = g_new(Call, 1);

	call->stream = stream_ref(stream);
	call->attempt = stream->attempt;
	return call;
}

/* The stream if the answer is still wanted, else NULL. */
static Stream *call_end(gpointer data)
{
	Call *call = data;
	Stream *stream = call->stream;
	gboolean wanted = !stream->dead && stream->attempt == call->attempt && stream->step != STEP_IDLE;

	g_free(call);
	stream_unref(stream);	/* the owner still holds it where it is wanted */
	return wanted ? stream : NULL;
}

/* --- finding and reaching the server --- */

static void login_open_target(Stream *stream);
static void login_secure(Stream *stream);

static Target *login_target(Stream *stream)
{
	return stream->targets->pdata[stream->target];
}

void login_try_next(Stream *stream, StreamReason reason, char *text)
{
	stream_drop_connection(stream);
	g_free(stream->last_text);
	stream->last_text = text;
	stream->last_reason = reason;
	if (stream->targets && stream->target + 1 < stream->targets->len) {
		stream->target++;
		login_open_target(stream);
	} else {
		stream_fail(stream, reason, "%s", stream->last_text);
	}
}

static void login_on_connection(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	g_autoptr(GSocketConnection) connection = connect_open_finish(result, 60 * 1000, &error);
	Stream *stream = call_end(data);

	if (!stream)
		return;
	const Target *target = login_target(stream);
	if (!connection) {
		StreamReason reason = STREAM_REFUSED;
		char *text;
		if (error->domain == G_RESOLVER_ERROR) {
			reason = STREAM_HOST_UNKNOWN;
			text = g_strdup_printf("can't find the host \"%s\": %s", target->host, error->message);
		} else {
			if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
				reason = STREAM_TIMEOUT;
			text = g_strdup_printf("can't reach \"%s\" port %u%s: %s", target->host, target->port,
					       stream->proxy ? " through the proxy" : "", error->message);
		}
		login_try_next(stream, reason, text);
		return;
	}
	stream->connection = g_steal_pointer(&connection);
	if (stream->tls == STREAM_TLS_OFF && !stream->insecure &&
	    (stream->proxy || !connect_is_loopback(stream->connection))) {
		stream_fail(stream, STREAM_CONFIG, "\"tls=off\" is only for a server on this machine, and \"%s\" is "
			    "none; set \"insecure\" to do it anyway", target->host);
	} else if (target->direct) {
		login_secure(stream);
	} else {
		stream_enter(stream, STEP_OPEN_PLAIN);
		stream_attach(stream, G_IO_STREAM(stream->connection));
	}
}

static void login_open_target(Stream *stream)
{
	stream_enter(stream, STEP_CONNECT);
	connect_open_async(login_target(stream), stream->proxy, stream->cancellable, login_on_connection,
			   call_new(stream));
}

static void login_start_targets(Stream *stream, GPtrArray *targets)
{
	char *host = NULL;
	guint16 port = 5222;

	if (stream->targets)
		g_ptr_array_unref(stream->targets);
	stream->targets = targets;
	stream->target = 0;
	if (stream->location && !stream->server && target_parse(stream->location, &host, &port)) {
		const Target *first = targets->pdata[0];
		g_ptr_array_insert(targets, 0, target_new(host, port, first->direct));
	}
	g_free(host);
	login_open_target(stream);
}

static void login_on_lookup(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	GPtrArray *targets = connect_lookup_finish(result, &error);
	Stream *stream = call_end(data);

	if (stream && targets)
		login_start_targets(stream, g_steal_pointer(&targets));
	else if (stream)
		stream_fail(stream, STREAM_HOST_UNKNOWN, "%s", error->message);
	if (targets)
		g_ptr_array_unref(targets);
}

static void login_on_prepared(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	gboolean ok = tls_prepare_finish(result, &error);
	Stream *stream = call_end(data);

	if (!stream)
		return;
	gboolean direct = stream->tls == STREAM_TLS_DIRECT ||
			  (stream->tls == STREAM_TLS_ANY && (stream->port == 5223 || stream->port == 443));
	guint16 port = stream->port ? stream->port : direct ? 5223 : 5222;
	if (!ok && stream->tls != STREAM_TLS_OFF) {
		stream_fail(stream, STREAM_CONFIG, "%s", error->message);
	} else if (stream->server || stream->proxy || stream->port || stream->tls == STREAM_TLS_OFF) {
		GPtrArray *targets = g_ptr_array_new_with_free_func(target_free);
		g_ptr_array_add(targets, target_new(stream->server ? stream->server : stream->domain, port, direct));
		login_start_targets(stream, targets);
	} else {
		g_autofree char *ascii = g_hostname_to_ascii(stream->domain);
		connect_lookup_async(ascii ? ascii : stream->domain, stream->tls, stream->cancellable,
				     login_on_lookup, call_new(stream));
	}
}

void login_begin(Stream *stream)
{
	stream_enter(stream, STEP_LOOKUP);
	if (stream->config_error)
		stream_fail(stream, STREAM_CONFIG, "%s", stream->config_error);
	else if (!stream->password)
		stream_fail(stream, STREAM_CONFIG, "there is no password for \"%s\"", stream->account);
	else
		tls_prepare_async(login_on_prepared, call_new(stream));
}

gboolean login_redirect(Stream *stream, xmpp_stanza_t *error)
{
	xmpp_stanza_t *other = xmpp_stanza_get_child_by_name(error, "see-other-host");
	char *text = other ? xmpp_stanza_get_text(other) : NULL;
	g_autofree char *host = NULL;
	guint16 port = 5222;
	gboolean ok = text && !stream->redirected && target_parse(text, &host, &port);

	if (text)
		xmpp_free(stream->ctx, text);
	if (!ok)
		return FALSE;
	gboolean direct = login_target(stream)->direct;
	stream->redirected = TRUE;
	stream_drop_connection(stream);
	g_ptr_array_set_size(stream->targets, 0);
	g_ptr_array_add(stream->targets, target_new(host, port, direct));
	stream->target = 0;
	login_open_target(stream);
	return TRUE;
}

/* --- TLS --- */

static void login_ask(Stream *stream, TlsReport *report)
{
	stream_drop_connection(stream);
	stream->report = report;
	stream_enter(stream, STEP_ASK);
	if (!stream->dead && stream->events->on_certificate)
		stream->events->on_certificate(stream->owner, tls_report_certificate(report));
	else
		login_answer_certificate(stream, FALSE);
}

void login_answer_certificate(Stream *stream, gboolean accept)
{
	TlsReport *report;

	if (stream->step != STEP_ASK)
		return;
	report = g_steal_pointer(&stream->report);
	if (accept) {
		g_free(stream->accepted);
		stream->accepted = g_strdup(tls_report_certificate(report)->sha256);
		login_open_target(stream);
	} else {
		g_autofree char *wrong = g_strjoinv(", ", (char **)tls_report_certificate(report)->wrong);
		stream_fail(stream, STREAM_CERTIFICATE_REFUSED, "the certificate for \"%s\" is not trusted: %s",
			    stream->domain, wrong);
	}
	tls_report_free(report);
}

static void login_on_secured(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	TlsReport *report = NULL;
	gboolean verified;
	g_autoptr(GTlsConnection) connection = tls_connect_finish(result, &verified, &report, &error);
	Stream *stream = call_end(data);

	if (!stream) {
		tls_report_free(report);
	} else if (connection) {
		stream->tls_connection = g_steal_pointer(&connection);
		stream->verified = verified;
		stream_enter(stream, STEP_OPEN_SECURE);
		stream_attach(stream, G_IO_STREAM(stream->tls_connection));
	} else if (report) {
		login_ask(stream, report);
	} else if (error->domain == G_FILE_ERROR) {
		stream_fail(stream, STREAM_CONFIG, "%s", error->message);
	} else {
		const Target *target = login_target(stream);
		login_try_next(stream, STREAM_TLS_FAILED, g_strdup_printf("can't secure the connection to \"%s\" port %u: %s",
									  target->host, target->port, error->message));
	}
}

static void login_secure(Stream *stream)
{
	TlsPlan plan = {
		.domain = stream->domain,
		.ca_file = stream->ca_file,
		.pin = stream->pin,
		.accepted = stream->accepted,
		.direct = login_target(stream)->direct,
	};

	stream_enter(stream, STEP_SECURE);
	g_clear_pointer(&stream->channel, channel_free);
	tls_connect_async(G_IO_STREAM(stream->connection), &plan, stream->cancellable, login_on_secured, call_new(stream));
}

/* --- SASL --- */

static void login_take_mechanisms(Stream *stream, xmpp_stanza_t *features)
{
	xmpp_stanza_t *list = xmpp_stanza_get_child_by_name_and_ns(features, "mechanisms", NS_SASL);
	GPtrArray *names = g_ptr_array_new();

	for (xmpp_stanza_t *c = list ? xmpp_stanza_get_children(list) : NULL; c; c = xmpp_stanza_get_next(c)) {
		char *text = xmpp_stanza_is_tag(c) ? xmpp_stanza_get_text(c) : NULL;
		if (text && names->len < 50)	/* only registered characters: it may be shown (RFC 4422 3.1) */
			g_ptr_array_add(names, g_strcanon(g_strndup(text, 20),
							  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_", '?'));
		if (text)
			xmpp_free(stream->ctx, text);
	}
	g_ptr_array_add(names, NULL);
	g_strfreev(stream->mechanisms);
	stream->mechanisms = (char **)g_ptr_array_free(names, FALSE);
}

/* XEP-0440: where the server lists its types of channel binding, ours must be among them. */
static gboolean login_binding_is_known(xmpp_stanza_t *features, SaslBinding binding)
{
	const char *name = binding == SASL_BINDING_EXPORTER ? "tls-exporter" : "tls-unique";
	xmpp_stanza_t *list = xmpp_stanza_get_child_by_name_and_ns(features, "sasl-channel-binding", NS_BINDINGS);

	if (!list)
		return TRUE;
	for (xmpp_stanza_t *c = xmpp_stanza_get_children(list); c; c = xmpp_stanza_get_next(c))
		if (xmpp_stanza_is_tag(c) && g_strcmp0(xmpp_stanza_get_attribute(c, "type"), name) == 0)
			return TRUE;
	return FALSE;
}

static StreamReason login_reason_of(const GError *error)
{
	switch (error->code) {
	case SASL_ERROR_NO_MECHANISM:
		return STREAM_NO_MECHANISM;
	case SASL_ERROR_WEAKER:
		return STREAM_WEAKER_LOGIN;
	case SASL_ERROR_VIOLATION:
		return STREAM_VIOLATION;
	case SASL_ERROR_UNPROVED:
		return STREAM_SERVER_UNPROVED;
	default:
		return STREAM_LOGIN_FAILED;
	}
}

static void login_start_sasl(Stream *stream)
{
	SaslChoice choice = {
		.offered = (const char *const *)stream->mechanisms,
		.secure = TRUE,	/* without TLS we are here only where that was permitted */
		.binding = stream->binding,
		.no_plus = stream->no_plus || stream->without_plus,
		.strongest = stream->strongest,
		.allow_weaker = stream->allow_weaker,
	};
	g_autoptr(GError) error = NULL;
	const char *mechanism = sasl_choose(&choice, &error);
	char *initial = NULL;

	g_clear_pointer(&stream->sasl, sasl_unref);
	if (mechanism)
		stream->sasl = sasl_new(mechanism, stream->user, stream->password, stream->binding, stream->binding_data,
					&initial, &error);
	if (!stream->sasl) {
		stream_fail(stream, login_reason_of(error), "%s", error->message);
		return;
	}
	stream_enter(stream, STEP_LOGIN);
	channel_print(stream->channel, "<auth xmlns='" NS_SASL "' mechanism='");
	channel_print(stream->channel, mechanism);
	channel_print(stream->channel, "'>");
	channel_print(stream->channel, *initial ? initial : "=");
	channel_print(stream->channel, "</auth>");
	sasl_wipe(initial);
}

static void login_open_again(Stream *stream)
{
	stream_enter(stream, STEP_OPEN_FINAL);
	stream_attach(stream, NULL);
}

static void login_on_response(GObject *source G_GNUC_UNUSED, GAsyncResult *result, gpointer data)
{
	g_autoptr(GError) error = NULL;
	char *response = sasl_step_finish(NULL, result, &error);
	Stream *stream = call_end(data);

	if (stream) {
		stream->computing = FALSE;
		if (response) {
			channel_print(stream->channel, "<response xmlns='" NS_SASL "'>");
			channel_print(stream->channel, response);
			channel_print(stream->channel, "</response>");
		} else {
			stream_fail_with(stream, NULL, login_reason_of(error), error->message);
		}
	}
	sasl_wipe(response);
}

/* <challenge xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>cj1m…</challenge> */
static void login_on_challenge(Stream *stream, xmpp_stanza_t *element)
{
	char *text = xmpp_stanza_get_text(element);

	if (stream->computing) {
		stream_fail_with(stream, "policy-violation", STREAM_VIOLATION,
				 "the server broke the login: it did not wait for an answer");
	} else {
		stream->computing = TRUE;
		sasl_step_async(stream->sasl, text ? text : "", stream->cancellable, login_on_response,
				call_new(stream));
	}
	if (text)
		xmpp_free(stream->ctx, text);
}

/* <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>dj1y…</success> */
static void login_on_success(Stream *stream, xmpp_stanza_t *element)
{
	g_autoptr(GError) error = NULL;
	char *text = xmpp_stanza_get_text(element);
	gboolean ok = FALSE;

	if (stream->computing)
		g_set_error_literal(&error, SASL_ERROR, SASL_ERROR_UNPROVED,
				    "the server did not prove that it knows the password");
	else
		ok = sasl_succeed(stream->sasl, text, &error);
	if (text)
		xmpp_free(stream->ctx, text);
	if (!ok) {
		stream_fail_with(stream, "policy-violation", login_reason_of(error), error->message);
		return;
	}
	g_free(stream->mechanism);
	stream->mechanism = g_strdup(sasl_mechanism(stream->sasl));
	g_clear_pointer(&stream->sasl, sasl_unref);
	stream->no_plus |= stream->without_plus;
	stream->after = login_open_again;
	parser_stop(stream->parser);
	if (sasl_is_stronger(stream->mechanism, stream->strongest)) {
		g_free(stream->strongest);
		stream->strongest = g_strdup(stream->mechanism);
		stream_tell_state(stream);
	}
}

/* Channel binding that the server offers and then refuses is either a server that can't do our type, or
 * somebody in the middle. Without it we go on only where the certificate is beyond doubt and this account
 * has never been bound before. */
static gboolean login_may_unbind(Stream *stream)
{
	return g_str_has_suffix(sasl_mechanism(stream->sasl), "-PLUS") && !stream->without_plus && stream->verified &&
	       !(stream->strongest && g_str_has_suffix(stream->strongest, "-PLUS"));
}

/* <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure> */
static void login_on_failure(Stream *stream, xmpp_stanza_t *element)
{
	g_autofree char *text = NULL;
	StreamReason reason = reason_from_sasl_failure(element, &text);

	if (!stream->computing && login_may_unbind(stream) &&
	    (reason == STREAM_WRONG_PASSWORD || reason == STREAM_LOGIN_FAILED || reason == STREAM_NO_MECHANISM)) {
		stream->without_plus = TRUE;
		login_start_sasl(stream);
		return;
	}
	stream_fail_with(stream, NULL, reason, text);
}

/* --- session --- */

static void login_bind(Stream *stream, const char *resource)
{
	g_autofree char *escaped = resource ? g_markup_escape_text(resource, -1) : NULL;

	g_free(stream->bind_id);
	stream->bind_id = secret_random_id();
	stream_enter(stream, STEP_BIND);
	if (escaped)
		stream_print(stream, "<iq type='set' id='%s'><bind xmlns='" NS_BIND "'><resource>%s</resource></bind></iq>",
			     stream->bind_id, escaped);
	else
		stream_print(stream, "<iq type='set' id='%s'><bind xmlns='" NS_BIND "'/></iq>", stream->bind_id);
}

/* <iq type='result' id='…'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>a@b/c</jid></bind></iq> */
static void login_on_bound(Stream *stream, xmpp_stanza_t *element)
{
	xmpp_stanza_t *bind = xmpp_stanza_get_child_by_name_and_ns(element, "bind", NS_BIND);
	xmpp_stanza_t *jid = bind ? xmpp_stanza_get_child_by_name(bind, "jid") : NULL;
	xmpp_stanza_t *error = xmpp_stanza_get_child_by_name(element, "error");
	xmpp_stanza_t *session;
	const char *type = xmpp_stanza_get_type(element);
	char *text;

	if (g_strcmp0(xmpp_stanza_get_id(element), stream->bind_id) != 0)
		return;	/* not the answer; nothing else is due, and nothing is bound that it could be for */
	if (g_strcmp0(type, "result") != 0 || !jid) {
		const char *condition = error ? reason_condition(error) : NULL;
		if (stream->resource && !stream->bind_again && g_strcmp0(type, "error") == 0) {
			stream->bind_again = TRUE;	/* taken or not allowed: let the server choose */
			login_bind(stream, NULL);
			return;
		}
		g_autofree char *refusal = g_strdup_printf("the server refuses a session (%s)",
							   condition ? condition : "no reason given");
		stream_fail_with(stream, NULL, STREAM_LOGIN_FAILED, refusal);
		return;
	}
	text = xmpp_stanza_get_text(jid);
	g_free(stream->jid);
	stream->jid = g_strdup(text ? text : "");
	if (text)
		xmpp_free(stream->ctx, text);
	session = xmpp_stanza_get_child_by_name_and_ns(stream->features, "session", NS_SESSION);
	if (session && !xmpp_stanza_get_child_by_name(session, "optional")) {	/* RFC 3921 servers; no answer needed */
		g_autofree char *id = secret_random_id();
		stream_print(stream, "<iq type='set' id='%s'><session xmlns='" NS_SESSION "'/></iq>", id);
	}
	stream_go_online(stream, FALSE);
}

/* How far the server had got in the session before: for on_online. */
static void login_note_handled(Stream *stream, guint32 h)
{
	stream->handled_known = TRUE;
	g_free(stream->handled_session);
	stream->handled_session = g_strdup(stream->session);
	stream->handled = h;
}

/* <resumed xmlns='urn:xmpp:sm:3' h='7' previd='…'/> */
static void login_on_resumed(Stream *stream, xmpp_stanza_t *element)
{
	guint32 h;
	gboolean ok = sm_parse_count(xmpp_stanza_get_attribute(element, "h"), &h) &&
		      g_strcmp0(xmpp_stanza_get_attribute(element, "previd"), stream->resume_id) == 0;

	if (ok && sm_is_restored(stream->sm))
		sm_adopt(stream->sm, h);
	else
		ok = ok && sm_ack(stream->sm, h);
	if (!ok) {
		stream_forget_session(stream);
		stream_fail_with(stream, "undefined-condition", STREAM_VIOLATION,
				 "the server resumed a session that we never had");
		return;
	}
	login_note_handled(stream, h);
	stream_go_online(stream, TRUE);
}

/* <failed xmlns='urn:xmpp:sm:3' h='7'><item-not-found …/></failed> */
static void login_on_resume_failed(Stream *stream, xmpp_stanza_t *element)
{
	guint32 h;

	if (sm_parse_count(xmpp_stanza_get_attribute(element, "h"), &h) &&
	    (sm_is_restored(stream->sm) || sm_ack(stream->sm, h)))
		login_note_handled(stream, h);
	stream_forget_session(stream);
	login_bind(stream, stream->resource);
}

/* --- features, by step --- */

static void login_on_plain_features(Stream *stream, xmpp_stanza_t *element)
{
	if (stream->tls == STREAM_TLS_OFF) {
		login_take_mechanisms(stream, element);
		login_start_sasl(stream);
	} else if (xmpp_stanza_get_child_by_name_and_ns(element, "starttls", NS_TLS)) {
		stream_enter(stream, STEP_STARTTLS);
		channel_print(stream->channel, "<starttls xmlns='" NS_TLS "'/>");
	} else {
		stream_fail_with(stream, NULL, STREAM_TLS_FAILED,
				 "the server offers no encryption, or somebody in between has removed the offer");
	}
}

static void login_on_proceed(Stream *stream, xmpp_stanza_t *element G_GNUC_UNUSED)
{
	stream->after = login_secure;
	parser_stop(stream->parser);
}

static void login_on_tls_failure(Stream *stream, xmpp_stanza_t *element G_GNUC_UNUSED)
{
	stream_fail(stream, STREAM_TLS_FAILED, "the server offers encryption but refuses to begin it");
}

static void login_on_secure_features(Stream *stream, xmpp_stanza_t *element)
{
	g_clear_pointer(&stream->binding_data, g_bytes_unref);
	stream->binding = tls_get_binding(stream->tls_connection, &stream->binding_data);
	if (!login_binding_is_known(element, stream->binding))
		stream->binding = SASL_BINDING_NONE;
	login_take_mechanisms(stream, element);
	login_start_sasl(stream);
}

static void login_on_final_features(Stream *stream, xmpp_stanza_t *element)
{
	gboolean sm = xmpp_stanza_get_child_by_name_and_ns(element, "sm", NS_SM) != NULL;

	stream->features = xmpp_stanza_clone(element);
	stream->acks = sm;
	if (stream->resume_id && sm) {
		g_autofree char *id = g_markup_escape_text(stream->resume_id, -1);
		sm_rewind(stream->sm);
		stream_enter(stream, STEP_RESUME);
		stream_print(stream, "<resume xmlns='" NS_SM "' h='%u' previd='%s'/>", sm_handled(stream->sm), id);
		return;
	}
	if (stream->resume_id)
		stream_forget_session(stream);
	if (xmpp_stanza_get_child_by_name_and_ns(element, "bind", NS_BIND))
		login_bind(stream, stream->resource);
	else
		stream_fail_with(stream, NULL, STREAM_VIOLATION, "the server offers no session after the login");
}

/* What may come when. */
static const struct {
	Step step;
	const char *name, *ns;
	void (*on)(Stream *stream, xmpp_stanza_t *element);
} rows[] = {
	{ STEP_OPEN_PLAIN, "features", NS_STREAM, login_on_plain_features },
	{ STEP_STARTTLS, "proceed", NS_TLS, login_on_proceed },
	{ STEP_STARTTLS, "failure", NS_TLS, login_on_tls_failure },
	{ STEP_OPEN_SECURE, "features", NS_STREAM, login_on_secure_features },
	{ STEP_LOGIN, "challenge", NS_SASL, login_on_challenge },
	{ STEP_LOGIN, "success", NS_SASL, login_on_success },
	{ STEP_LOGIN, "failure", NS_SASL, login_on_failure },
	{ STEP_OPEN_FINAL, "features", NS_STREAM, login_on_final_features },
	{ STEP_RESUME, "resumed", NS_SM, login_on_resumed },
	{ STEP_RESUME, "failed", NS_SM, login_on_resume_failed },
	{ STEP_BIND, "iq", "jabber:client", login_on_bound },
};

void login_on_element(Stream *stream, xmpp_stanza_t *element)
{
	const char *name = xmpp_stanza_get_name(element), *ns = xmpp_stanza_get_ns(element);

	for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
		if (rows[i].step == stream->step && strcmp(rows[i].name, name) == 0 &&
		    g_strcmp0(rows[i].ns, ns) == 0) {
			rows[i].on(stream, element);
			return;
		}
	}
	stream_fail_with(stream, "unsupported-stanza-type", STREAM_VIOLATION,
			 "the server spoke out of turn during the login");
}
