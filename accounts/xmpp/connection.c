/* connection.c: from the hub's connect to a stream that is online. See connection.h.
 *
 * One Stream lives as long as the process, so that it can resume its own session; the first one resumes, with the kept state, the session
 * of the process before. When to try again is the hub's decision. */
#include "connection.h"

#include <stdlib.h>
#include <string.h>

#include "archive.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/secret.h"
#include "certificate.h"
#include "intake.h"
#include "outbox.h"
#include "presence.h"
#include "room.h"

/* How often a quiet connection is asked for a sign of life, and how long it may take to give one. */
#define PROBE_SECONDS 120
#define PROBE_ANSWER_MS 20000
#define NETWORK_ANSWER_MS 5000

struct Connection {
	char *resource;       /* owned */
	gboolean ever_online; /* in this process */
	gboolean wanted;      /* between connect and disconnect */
	gboolean active;      /* between stream_connect and on_closed */
	gboolean again;       /* connect came while an earlier connection was ending */
	guint probe_timer;
	GPtrArray *withdrawn; /* of abilities, static: what the server turned out not to have */
};

typedef struct {
	StreamReason stream;
	AccountState state;
	Reason reason;
} ReasonRow;

/* What the hub makes of the stream's reasons: an error waits for the user, offline is tried again. */
static const ReasonRow reasons[] = {
	{ STREAM_ENDED, ACCOUNT_OFFLINE, REASON_NONE },
	{ STREAM_HOST_UNKNOWN, ACCOUNT_OFFLINE, REASON_HOST },
	{ STREAM_REFUSED, ACCOUNT_OFFLINE, REASON_REFUSED },
	{ STREAM_TIMEOUT, ACCOUNT_OFFLINE, REASON_TIMEOUT },
	{ STREAM_NETWORK_LOST, ACCOUNT_OFFLINE, REASON_NETWORK },
	{ STREAM_SHUT_DOWN, ACCOUNT_OFFLINE, REASON_SERVER },
	{ STREAM_TLS_FAILED, ACCOUNT_ERROR, REASON_TLS },
	{ STREAM_CERTIFICATE_REFUSED, ACCOUNT_ERROR, REASON_CERTIFICATE },
	{ STREAM_NO_MECHANISM, ACCOUNT_ERROR, REASON_TLS },
	{ STREAM_WEAKER_LOGIN, ACCOUNT_ERROR, REASON_TLS },
	{ STREAM_WRONG_PASSWORD, ACCOUNT_ERROR, REASON_PASSWORD },
	{ STREAM_ACCOUNT_DISABLED, ACCOUNT_ERROR, REASON_PASSWORD },
	{ STREAM_LOGIN_FAILED, ACCOUNT_OFFLINE, REASON_SERVER },
	{ STREAM_SERVER_UNPROVED, ACCOUNT_ERROR, REASON_TLS },
	{ STREAM_CONFLICT, ACCOUNT_ERROR, REASON_CONFLICT },
	{ STREAM_POLICY, ACCOUNT_OFFLINE, REASON_SERVER },
	{ STREAM_ERROR, ACCOUNT_OFFLINE, REASON_SERVER },
	{ STREAM_VIOLATION, ACCOUNT_OFFLINE, REASON_PROTOCOL },
	{ STREAM_CONFIG, ACCOUNT_ERROR, REASON_SETTINGS },
};

static const char *const abilities[] = { "archive", "attention", "block", "bookmarks", "contacts", "corrections", "files", "groups", "icons", "info", "invite", "markers", "moderation", "nick",
					 "reactions", "receipts", "replies", "retractions", "roomadmin", "roomlist", "rooms", "status", "subscriptions", "topic",
					 "typing", NULL };

static void on_progress(gpointer owner, const char *word)
{
	Session *session = owner;
	backend_state(session->backend, ACCOUNT_CONNECTING, REASON_NONE, word);
}

static void on_certificate(gpointer owner, const StreamCertificate *certificate)
{
	certificate_ask(owner, certificate);
}

static gboolean on_probe_timer(gpointer user)
{
	Session *session = user;
	stream_probe(session->stream, PROBE_ANSWER_MS);
	return G_SOURCE_CONTINUE;
}

/* The abilities but those that are withdrawn; of static texts, NULL-terminated. */
static GPtrArray *abilities_now(Session *session)
{
	const GPtrArray *withdrawn = session->connection->withdrawn;
	GPtrArray *can = g_ptr_array_new();
	for (const char *const *ability = abilities; *ability; ability++)
		if (!g_ptr_array_find_with_equal_func((GPtrArray *)withdrawn, *ability, g_str_equal, NULL))
			g_ptr_array_add(can, (gpointer)*ability);
	g_ptr_array_add(can, NULL);
	return can;
}

void connection_report_online(Session *session, gboolean resumed)
{
	g_autofree char *nick = jid_local(session->own);
	g_autoptr(GPtrArray) can = abilities_now(session);
	backend_send(session->backend, &WIRE(STATE, State, .account = session->account, .state = ACCOUNT_ONLINE, .nick = nick, .resumed = resumed,
					     .can = (const char *const *)can->pdata));
}

void connection_withdraw_ability(Session *session, const char *ability)
{
	if (g_ptr_array_find_with_equal_func(session->connection->withdrawn, ability, g_str_equal, NULL))
		return;
	g_ptr_array_add(session->connection->withdrawn, (gpointer)ability);
	g_autoptr(GPtrArray) can = abilities_now(session);
	backend_send(session->backend, &WIRE(ABILITIES, Abilities, .account = session->account, .can = (const char *const *)can->pdata));
}

static void on_online(gpointer owner, const StreamOnline *online)
{
	Session *session = owner;
	struct Connection *connection = session->connection;
	gboolean fresh_process = !connection->ever_online;

	connection->ever_online = TRUE;
	certificate_withdraw(session);
	g_free(session->jid);
	session->jid = jid_normalise(online->jid);
	session->online = TRUE;
	g_clear_handle_id(&connection->probe_timer, g_source_remove);
	connection->probe_timer = g_timeout_add_seconds(PROBE_SECONDS, on_probe_timer, session);

	g_autofree char *security = stream_security(session->stream);
	log_info("online as \"%s\"%s: %s", session->jid ? session->jid : "", online->resumed ? " (resumed)" : "", security ? security : "");

	intake_online(session, online);
	outbox_begin(session, online, fresh_process);
	if (!online->resumed)
		g_ptr_array_set_size(connection->withdrawn, 0);
	/* A process that has just begun knows no presence and no occupant; nor does the hub of it. */
	connection_report_online(session, online->resumed && !fresh_process);
	dispatch_online(session, online->resumed, fresh_process);
	outbox_online(session, online, fresh_process);
}

static void on_stanza(gpointer owner, xmpp_stanza_t *stanza, guint32 inbound)
{
	Session *session = owner;
	intake_begin(session, inbound);
	dispatch_stanza(session, stanza);
	intake_end(session);
}

static void on_dropped(gpointer owner, xmpp_stanza_t *head, guint32 inbound, const char *why)
{
	Session *session = owner;
	const char *from = xmpp_stanza_get_from(head);
	if (session_warns_first(session, WARNING_DROPPED))
		log_warning("a stanza from \"%s\" was let go: %s", from ? from : session->own, why);
	intake_begin(session, inbound);
	intake_end(session);
}

static void on_acked(gpointer owner, guint32 outbound)
{
	outbox_acked(owner, outbound);
}

static void on_state(gpointer owner, const char *state G_GNUC_UNUSED)
{
	intake_keep_state(owner);
}

static void go_offline(Session *session)
{
	if (!session->online)
		return;
	session->online = FALSE;
	dispatch_offline(session);
	outbox_offline(session);
}

static void begin(Session *session)
{
	struct Connection *connection = session->connection;
	connection->again = connection->active;
	connection->wanted = TRUE;
	backend_state(session->backend, ACCOUNT_CONNECTING, REASON_NONE, "connecting");
	if (connection->active)
		return;
	connection->active = TRUE;
	stream_connect(session->stream);
}

static void on_closed(gpointer owner, StreamReason reason, const char *text)
{
	Session *session = owner;
	struct Connection *connection = session->connection;
	AccountState state = ACCOUNT_OFFLINE;
	Reason word = REASON_NETWORK;

	g_clear_handle_id(&connection->probe_timer, g_source_remove);
	connection->active = FALSE;
	certificate_withdraw(session);
	go_offline(session);
	for (guint i = 0; i < G_N_ELEMENTS(reasons); i++)
		if (reasons[i].stream == reason) {
			state = reasons[i].state;
			word = reasons[i].reason;
		}
	if (reason == STREAM_ENDED || !connection->wanted)
		backend_state(session->backend, ACCOUNT_OFFLINE, REASON_NONE, NULL);
	else
		backend_state(session->backend, state, word, session_fit(session, text, FIT_LABEL));
	connection->wanted = FALSE;
	if (connection->again)
		begin(session);
}

static const StreamEvents stream_events = {
	.on_progress = on_progress,
	.on_certificate = on_certificate,
	.on_online = on_online,
	.on_stanza = on_stanza,
	.on_dropped = on_dropped,
	.on_acked = on_acked,
	.on_state = on_state,
	.on_closed = on_closed,
};

/* FALSE: a setting can't be (reported). */
static gboolean read_tls(Session *session, StreamTls *tls)
{
	const char *word = backend_setting(session->backend, "tls");
	if (!word || !*word || strcmp(word, "any") == 0)
		*tls = STREAM_TLS_ANY;
	else if (strcmp(word, "starttls") == 0)
		*tls = STREAM_TLS_STARTTLS;
	else if (strcmp(word, "direct") == 0)
		*tls = STREAM_TLS_DIRECT;
	else if (strcmp(word, "off") == 0)
		*tls = STREAM_TLS_OFF;
	else
		return FALSE;
	return TRUE;
}

/* NULL for an absent and an empty setting. */
static const char *setting(Session *session, const char *key)
{
	const char *value = backend_setting(session->backend, key);
	return value && *value ? value : NULL;
}

static gboolean make_stream(Session *session, const char *password)
{
	g_autofree char *user = jid_local(session->own);
	g_autofree char *ca_file = setting(session, "ca_file") ? paths_expand(setting(session, "ca_file")) : NULL;
	const char *port = setting(session, "port");
	guint64 number = 0;
	StreamConfig config = {
		.user = user,
		.domain = session->domain,
		.resource = session->connection->resource,
		.password = password,
		.server = setting(session, "server"),
		.insecure = backend_setting_flag(session->backend, "insecure", FALSE),
		.allow_weaker = backend_setting_flag(session->backend, "allow_weaker_login", FALSE),
		.ca_file = ca_file,
		.pin = certificate_pin(session),
		.proxy = setting(session, "proxy"),
	};
	if (port && !g_ascii_string_to_unsigned(port, 10, 0, 65535, &number, NULL)) {
		g_autofree char *text = g_strdup_printf("the port \"%s\" is no number from 1 to 65535", port);
		backend_state(session->backend, ACCOUNT_ERROR, REASON_SETTINGS, text);
		return FALSE;
	}
	config.port = (guint16)number;
	if (!read_tls(session, &config.tls)) {
		backend_state(session->backend, ACCOUNT_ERROR, REASON_SETTINGS, "the setting \"tls\" is none of starttls, direct and off");
		return FALSE;
	}
	intake_load(session, &config);
	session->stream = stream_new(session->ctx, &config, &stream_events, session);
	return TRUE;
}

static void on_connect(Session *session, const Wire *wish)
{
	const WireConnect *connect = (const WireConnect *)wish;
	struct Connection *connection = session->connection;

	presence_set_own(session, connect->presence, connect->status);
	if (connection->wanted) {
		if (session->online) {
			presence_announce(session);
			connection_report_online(session, TRUE);
		}
		return;
	}
	if (!connect->password && !session->stream) {
		backend_state(session->backend, ACCOUNT_ERROR, REASON_NO_PASSWORD, NULL);
		return;
	}
	if (!session->stream && !make_stream(session, connect->password))
		return;
	if (connect->password)
		stream_set_password(session->stream, connect->password);
	begin(session);
}

static void on_disconnect(Session *session, const Wire *wish)
{
	const WireDisconnect *disconnect = (const WireDisconnect *)wish;

	session->connection->wanted = FALSE;
	session->connection->again = FALSE;
	certificate_withdraw(session);
	if (!session->connection->active) {
		backend_state(session->backend, ACCOUNT_OFFLINE, REASON_NONE, NULL);
		return;
	}
	if (session->online)
		presence_send_farewell(session, disconnect->status);
	stream_close(session->stream, STREAM_LEAVE_END);
}

/* Another network, or the machine has slept: an answer must come soon, or the connection is given up. If it holds, rooms elsewhere may have
 * lost us all the same. */
static void on_network(Session *session, const Wire *wish G_GNUC_UNUSED)
{
	if (!session->online)
		return;
	stream_probe(session->stream, NETWORK_ANSWER_MS);
	room_ping_all(session);
}

/* XEP-0352: the server may hold back what nobody looks at. */
static void on_idle(Session *session, const Wire *wish)
{
	const WireIdle *idle = (const WireIdle *)wish;
	session->idle = idle->idle;
	if (idle->idle)
		archive_on_idle(session);
	if (session->online && element_child(stream_features(session->stream), "csi", NS_CLIENT_STATE))
		stream_send_nonza(session->stream, session->idle ? "<inactive xmlns='" NS_CLIENT_STATE "'/>" : "<active xmlns='" NS_CLIENT_STATE "'/>");
}

static void on_life(Session *session, gboolean resumed G_GNUC_UNUSED, gboolean fresh_process G_GNUC_UNUSED)
{
	if (session->idle)
		on_idle(session, (const Wire *)&WIRE(IDLE, Idle, .idle = TRUE));
}

void connection_drop(Session *session)
{
	go_offline(session);
	if (session->stream)
		g_clear_pointer(&session->stream, stream_free);
}

/* The resource stays the same for ever, so that a new session takes the place of the old one. */
void connection_configure(Session *session)
{
	struct Connection *connection = session->connection;
	const char *resource = setting(session, "resource");
	if (!resource)
		resource = backend_kept(session->backend, "resource");
	g_free(connection->resource);
	connection->resource = g_strdup(resource);
	if (connection->resource)
		return;
	g_autofree char *id = secret_random_id();
	id[6] = '\0';
	connection->resource = g_strconcat("kith.", id, NULL);
	backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = "resource", .value = connection->resource));
}

void connection_attach(Session *session)
{
	session->connection = g_new0(struct Connection, 1);
	session->connection->withdrawn = g_ptr_array_new();
	session_on_wish(session, WIRE_CONNECT, on_connect);
	session_on_wish(session, WIRE_DISCONNECT, on_disconnect);
	session_on_wish(session, WIRE_IDLE, on_idle);
	session_on_wish(session, WIRE_NETWORK, on_network);
	session_on_life(session, on_life, NULL);
}

void connection_detach(Session *session)
{
	g_clear_handle_id(&session->connection->probe_timer, g_source_remove);
	g_free(session->connection->resource);
	g_ptr_array_unref(session->connection->withdrawn);
	g_clear_pointer(&session->connection, g_free);
}
