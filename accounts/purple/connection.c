/* connection.c: see connection.h. */
#include "config.h"
#include "purple/connection.h"
#include "base/log.h"
#include "purple/actions.h"
#include "purple/cards.h"
#include "purple/chats.h"
#include "purple/contacts.h"
#include "purple/files.h"
#include "purple/heartbeat.h"
#include "purple/host.h"
#include "purple/irc.h"
#include "purple/loop.h"
#include "purple/notices.h"
#include "purple/outbox.h"
#include "purple/ranks.h"
#include "purple/roomlist.h"
#include "purple/rooms.h"
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LOGIN_TIMEOUT_S 60

static guint login_timer;
static guint end_idle;
static gint64 begin;         /* of the last try; monotonic */
static Reason failure;       /* why the connection is ending; REASON_NONE: the user wants it */
static char *failure_text;   /* owned */
static char *password;       /* owned */
static WireConnect *waiting; /* owned; a connect that came while the earlier connection was still ending */

/* ---- status ---- */

static const struct {
	Presence presence;
	PurpleStatusPrimitive primitives[3]; /* what comes nearest, best first */
} statuses[] = {
	{ PRESENCE_ONLINE, { PURPLE_STATUS_AVAILABLE } },
	{ PRESENCE_AWAY, { PURPLE_STATUS_AWAY } },
	{ PRESENCE_XA, { PURPLE_STATUS_EXTENDED_AWAY, PURPLE_STATUS_AWAY } },
	{ PRESENCE_DND, { PURPLE_STATUS_UNAVAILABLE, PURPLE_STATUS_AWAY } },
};

static const char *status_id(Presence presence)
{
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++) {
		for (guint j = 0; presence == statuses[i].presence && statuses[i].primitives[j]; j++) {
			PurpleStatusType *type = purple_account_get_status_type_with_primitive(host.account, statuses[i].primitives[j]);
			if (type)
				return purple_status_type_get_id(type);
		}
	}
	PurpleStatusType *type = purple_account_get_status_type_with_primitive(host.account, PURPLE_STATUS_AVAILABLE);
	return type ? purple_status_type_get_id(type) : "available";
}

const char *connection_offline_id(void)
{
	PurpleStatusType *type = purple_account_get_status_type_with_primitive(host.account, PURPLE_STATUS_OFFLINE);
	return type ? purple_status_type_get_id(type) : "offline";
}

/* Going from offline to another status makes libpurple connect. */
static void set_status(const char *id, const char *words)
{
	PurpleStatus *status = purple_account_get_status(host.account, id);
	if (status && words && purple_status_type_get_attr(purple_status_get_type(status), "message"))
		purple_account_set_status(host.account, id, TRUE, "message", words, NULL);
	else
		purple_account_set_status(host.account, id, TRUE, NULL);
}

void connection_show(Presence presence, const char *status)
{
	if (host.online)
		set_status(status_id(presence), status);
}

/* ---- the end of a connection ---- */

static void set_failure(Reason reason, char *text)
{
	failure = reason;
	g_free(failure_text);
	failure_text = text;
}

static gboolean is_lasting(Reason reason)
{
	return reason == REASON_TLS || reason == REASON_CERTIFICATE || reason == REASON_PASSWORD || reason == REASON_CONFLICT || reason == REASON_SETTINGS;
}

/* Not earlier than libpurple is done with the connection: its callbacks may still look at chats. */
static gboolean finish(gpointer user G_GNUC_UNUSED)
{
	end_idle = 0;
	g_clear_handle_id(&login_timer, g_source_remove);
	host.online = FALSE;
	heartbeat_stop();
	files_stop();
	outbox_stop();
	rooms_stop();
	roomlist_stop();
	ranks_stop();
	irc_stop();
	notices_stop();
	chats_stop();
	contacts_stop();
	backend_state(host.backend, is_lasting(failure) ? ACCOUNT_ERROR : ACCOUNT_OFFLINE, failure, failure_text);
	set_failure(REASON_NONE, NULL);
	if (waiting) {
		g_autofree WireConnect *connect = g_steal_pointer(&waiting);
		connection_connect(connect);
	}
	return G_SOURCE_REMOVE;
}

static void op_disconnected(PurpleConnection *gc G_GNUC_UNUSED)
{
	host.online = FALSE;
	if (!end_idle)
		end_idle = g_idle_add(finish, NULL);
}

/* Some plugins take seconds to close: nobody must see the account as online meanwhile. */
static void tell_ending(void)
{
	if (host.online) {
		backend_state(host.backend, ACCOUNT_CONNECTING, REASON_NONE, failure_text);
		backend_flush(host.backend);
	}
}

static void op_failed(PurpleConnection *gc G_GNUC_UNUSED, PurpleConnectionError error, const char *text)
{
	char *sentence;
	if (failure != REASON_NONE)
		return;
	/* Who heard nothing was not refused either: some plugins take silence for that. */
	if (error == PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED && loop_last_tried() >= begin && loop_last_heard() < begin)
		error = PURPLE_CONNECTION_ERROR_NETWORK_ERROR, text = "Unable to connect";
	Reason reason = connection_reason(error, text, &sentence);
	log_info("the connection ended: %s (%s)", sentence, text ? text : "no text");
	set_failure(reason, sentence);
	tell_ending();
}

void connection_lose(Reason reason, char *text)
{
	if (!host.online || failure != REASON_NONE) {
		g_free(text);
		return;
	}
	log_info("the connection is lost: %s", text);
	set_failure(reason, text);
	tell_ending();
	purple_account_disconnect(host.account);
}

static gboolean on_login_timeout(gpointer user G_GNUC_UNUSED)
{
	if (cards_are_open())
		return G_SOURCE_CONTINUE;
	login_timer = 0;
	if (failure != REASON_NONE) /* it has failed, and libpurple is about to end it */
		return G_SOURCE_REMOVE;
	set_failure(REASON_TIMEOUT, g_strdup_printf("the server of \"%s\" did not answer in time", backend_address(host.backend)));
	purple_account_disconnect(host.account);
	return G_SOURCE_REMOVE;
}

/* A plugin that asks for memory without measure while it logs in (Sametime's) has taken for a length what was none. GLib ends the process. */
static void on_no_memory(const char *domain, GLogLevelFlags level, const char *message, gpointer user)
{
	if (purple_account_is_connecting(host.account) && strstr(message, "failed to allocate")) {
		g_autofree char *text = g_strdup_printf("what answers is no server for \"%s\": its name or port may be wrong", backend_address(host.backend));
		backend_state(host.backend, ACCOUNT_OFFLINE, REASON_PROTOCOL, text);
		backend_flush(host.backend);
		_exit(EXIT_FAILURE);
	}
	g_log_default_handler(domain, level, message, user);
}

/* ---- the way up ---- */

static void op_progress(PurpleConnection *gc G_GNUC_UNUSED, const char *text, size_t step G_GNUC_UNUSED, size_t steps G_GNUC_UNUSED)
{
	g_autofree char *words = host_name(text);
	/* "connecting" is the state's own word */
	backend_state(host.backend, ACCOUNT_CONNECTING, REASON_NONE, g_strcmp0(words, "Connecting") ? words : NULL);
}

static void add_ability(GPtrArray *can, gboolean able, const char *word)
{
	if (able)
		g_ptr_array_add(can, g_strdup(word));
}

static void tell_online(PurpleConnection *gc)
{
	g_autoptr(GPtrArray) can = g_ptr_array_new_with_free_func(g_free);
	quirks_add_abilities(purple_connection_get_prpl(gc), can);
	add_ability(can, outbox_sends_lines(gc), "oneline");
	add_ability(can, host.quirks->one_nick, "onename");
	add_ability(can, host.protocol->group_buddy != NULL || !contacts_are_on_server(), "groups");
	add_ability(can, ranks_are_known(), "roomadmin");
	add_ability(can, TRUE, "actions");
	add_ability(can, TRUE, "commands");
	actions_add_commands(gc, can);
	g_ptr_array_add(can, NULL);
	const char *display = purple_connection_get_display_name(gc);
	g_autofree char *nick = display ? host_name(host_address(display)) : NULL;
	backend_send(host.backend, &WIRE(STATE, State, .account = backend_account(host.backend), .state = ACCOUNT_ONLINE, .nick = nick,
		.can = (const char *const *)can->pdata));
}

/* Networks with one name space give another nick when the wanted one is taken. */
static void tell_other_nick(PurpleConnection *gc)
{
	const char *user = purple_account_get_username(host.account), *nick = purple_connection_get_display_name(gc);
	gsize length = strcspn(user, "@");
	if (nick && host.quirks->one_nick && (strlen(nick) != length || g_ascii_strncasecmp(nick, user, length)))
		backend_notice(host.backend, NULL, TRUE, "the name \"%.*s\" is in use on this network: you are \"%s\" now", (int)length, user, nick);
}

static void on_signed_on(PurpleConnection *gc, gpointer user G_GNUC_UNUSED)
{
	g_clear_handle_id(&login_timer, g_source_remove);
	host.online = TRUE;
	tell_online(gc);
	tell_other_nick(gc);
	irc_start(gc, password);
	contacts_start();
	heartbeat_start(gc);
}

/* A plugin may begin to connect while it closes (prpl-simple, for its good-bye); libpurple has ended such tries before that. */
static void on_signed_off(PurpleConnection *gc, gpointer user G_GNUC_UNUSED)
{
	purple_proxy_connect_cancel_with_handle(gc);
}

static gboolean needs_password(void)
{
	return irc_needs_password() || !(host.protocol->options & (OPT_PROTO_NO_PASSWORD | OPT_PROTO_PASSWORD_OPTIONAL));
}

static guint login_timeout(void)
{
	const char *setting = backend_setting(host.backend, "login_timeout");
	guint64 seconds = setting ? g_ascii_strtoull(setting, NULL, 10) : 0;
	return seconds >= 1 && seconds <= 3600 ? (guint)seconds : LOGIN_TIMEOUT_S;
}

void connection_connect(const WireConnect *m)
{
	if (!purple_account_is_disconnected(host.account) || end_idle) {
		if (host.online) {
			connection_show(m->presence, m->status);
		} else if (end_idle || failure != REASON_NONE) {
			g_free(waiting);
			waiting = (WireConnect *)wire_copy(m);
		}
		return;
	}
	if (!m->password && needs_password()) {
		backend_state(host.backend, ACCOUNT_ERROR, REASON_NO_PASSWORD, NULL);
		return;
	}
	if (heartbeat_missing()) {
		backend_state(host.backend, ACCOUNT_OFFLINE, REASON_NETWORK, heartbeat_missing());
		return;
	}
	set_failure(REASON_NONE, NULL);
	begin = g_get_monotonic_time();
	backend_state(host.backend, ACCOUNT_CONNECTING, REASON_NONE, NULL);
	g_free(password);
	password = g_strdup(m->password);
	purple_account_set_password(host.account, irc_is_for_nickserv() ? NULL : m->password);
	g_clear_handle_id(&login_timer, g_source_remove);
	login_timer = g_timeout_add_seconds(login_timeout(), on_login_timeout, NULL);
	/* Some plugins are online before this returns. */
	set_status(status_id(m->presence), m->status);
	if (purple_account_is_disconnected(host.account))
		purple_account_connect(host.account);
}

void connection_disconnect(const WireDisconnect *m)
{
	g_clear_pointer(&waiting, g_free);
	set_failure(REASON_NONE, NULL);
	if (purple_account_is_disconnected(host.account) && !end_idle) {
		backend_state(host.backend, ACCOUNT_OFFLINE, REASON_NONE, NULL);
		return;
	}
	set_status(connection_offline_id(), m->status);
	if (!purple_account_is_disconnected(host.account))
		purple_account_disconnect(host.account);
}

void connection_end(void)
{
	if (host.account && !purple_account_is_disconnected(host.account))
		purple_account_disconnect(host.account);
}

PurpleConnectionUiOps *connection_operations(void)
{
	static PurpleConnectionUiOps operations = { .connect_progress = op_progress, .disconnected = op_disconnected, .report_disconnect_reason = op_failed };
	return &operations;
}

void connection_attach(void)
{
	static int handle;
	g_log_set_handler("GLib", G_LOG_LEVEL_ERROR | G_LOG_FLAG_FATAL | G_LOG_FLAG_RECURSION, on_no_memory, NULL);
	purple_signal_connect(purple_connections_get_handle(), "signed-on", &handle, PURPLE_CALLBACK(on_signed_on), NULL);
	purple_signal_connect(purple_connections_get_handle(), "signed-off", &handle, PURPLE_CALLBACK(on_signed_off), NULL);
}
