/* main.c: kith-purple, a backend for every network that libpurple has a plugin for; one process is one account.
 *
 * libpurple runs without a screen: every window it would open becomes an event for the hub (chats.c, rooms.c, contacts.c) or a card that the
 * person answers when they like (requests.c, notices.c). It keeps its few files (trusted certificates, above all) in the account's
 * directory and never touches ~/.purple.
 *
 * kith-purple --protocols [DIRECTORIES] prints what libpurple offers here, one JSON object a line.
 */
#include "config.h"
#include "backend.h"
#include "base/log.h"
#include "purple/actions.h"
#include "purple/addresses.h"
#include "purple/cards.h"
#include "purple/chats.h"
#include "purple/comings.h"
#include "purple/connection.h"
#include "purple/contacts.h"
#include "purple/files.h"
#include "purple/host.h"
#include "purple/icons.h"
#include "purple/import.h"
#include "purple/irc.h"
#include "purple/irc-services.h"
#include "purple/loop.h"
#include "purple/memory.h"
#include "purple/notices.h"
#include "purple/options.h"
#include "purple/outbox.h"
#include "purple/privacy.h"
#include "purple/protocols.h"
#include "purple/ranks.h"
#include "purple/requests.h"
#include "purple/room-form.h"
#include "purple/roomlist.h"
#include "purple/rooms.h"
#include "purple/words.h"
#include <glib/gstdio.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#define UI "kith"
#define MEMORY_MIB 512
#define MEMORY_LEAST_MIB 64

static char *broken; /* owned; what is wrong with the account's settings */

/* ---- libpurple ---- */

static GHashTable *op_ui_info(void)
{
	static GHashTable *info;
	if (!info) {
		info = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_insert(info, "name", "kith");
		g_hash_table_insert(info, "version", PACKAGE_VERSION);
		g_hash_table_insert(info, "client_type", "console");
	}
	return info;
}

static void set_nothing(void)
{
}

static void set_int(PurpleAccount *account G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, int value G_GNUC_UNUSED)
{
}

static void set_string(PurpleAccount *account G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, const char *value G_GNUC_UNUSED)
{
}

static void set_bool(PurpleAccount *account G_GNUC_UNUSED, const char *name G_GNUC_UNUSED, gboolean value G_GNUC_UNUSED)
{
}

/* With these in place libpurple writes no accounts.xml. */
static PurpleAccountPrefsUiOps account_preferences = { .set_int = set_int, .set_string = set_string, .set_bool = set_bool, .load = set_nothing,
	.save = set_nothing, .schedule_save = set_nothing };

static void op_ui_init(void)
{
	purple_connections_set_ui_ops(connection_operations());
	purple_conversations_set_ui_ops(chats_operations());
	purple_request_set_ui_ops(requests_operations());
	purple_notify_set_ui_ops(notices_operations());
	purple_accounts_set_ui_ops(contacts_account_operations());
	purple_account_prefs_set_ui_ops(&account_preferences);
	purple_blist_set_ui_ops(contacts_list_operations());
	purple_xfers_set_ui_ops(files_operations());
}

static void set_preferences(void)
{
	static const char *const off[] = { "/purple/logging/log_ims", "/purple/logging/log_chats", "/purple/logging/log_system", "/purple/away/away_when_idle",
		"/purple/conversations/im/send_typing", "/purple/network/auto_ip", "/purple/network/map_ports", "/purple/sound/while_status" };
	for (guint i = 0; i < G_N_ELEMENTS(off); i++)
		if (purple_prefs_exists(off[i]) && purple_prefs_get_type(off[i]) == PURPLE_PREF_BOOLEAN)
			purple_prefs_set_bool(off[i], FALSE);
	purple_prefs_set_string("/purple/away/idle_reporting", "none");
	purple_prefs_set_string("/purple/away/auto_reply", "never");
}

/* In place of dbus-glib's own function, for libpurple: without the system bus it does not connect and disconnect as NetworkManager says, which is
 * the hub's to decide, and the process outlives the bus. */
void *dbus_g_bus_get(int type, GError **error);

void *dbus_g_bus_get(int type G_GNUC_UNUSED, GError **error)
{
	g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_FAILED, "not wanted");
	return NULL;
}

static gboolean start_libpurple(const char *directory)
{
	static PurpleCoreUiOps core = { .ui_init = op_ui_init, .get_ui_info = op_ui_info };
	/* Children that look up names are not waited for. */
	signal(SIGCHLD, SIG_IGN);
	/* Messages stay English (reasons.c reads them), characters are UTF-8. */
	if (!setlocale(LC_CTYPE, "C.UTF-8"))
		setlocale(LC_CTYPE, "");
	umask(077);
	purple_util_set_user_dir(directory);
	purple_debug_set_enabled(FALSE);
	purple_core_set_ui_ops(&core);
	loop_attach();
	if (!purple_core_init(UI))
		return FALSE;
	purple_set_blist(purple_blist_new());
	/* Pictures that others choose are not written anywhere until the user wants one. */
	purple_buddy_icons_set_caching(FALSE);
	set_preferences();
	return TRUE;
}

/* ---- the account ---- */

/* TLS has a port of its own on some networks, which the plugins do not know. */
static void set_tls_port(void)
{
	if (host.quirks->tls_key && purple_account_get_bool(host.account, host.quirks->tls_key, FALSE) && !backend_setting(host.backend, "port"))
		purple_account_set_int(host.account, "port", host.quirks->tls_port);
}

/* Plugins of the user's own are loaded only for an account that needs them: they crash nobody else's. */
static PurplePlugin *find_plugin(GError **error)
{
	const char *directories = backend_setting(host.backend, "plugin_dir"), *name = backend_protocol(host.backend);
	g_autoptr(GError) unfit = NULL;
	PurplePlugin *plugin = protocols_find(name, directories && *directories ? NULL : error);
	if (plugin || !directories || !*directories)
		return plugin;
	gboolean good = protocols_add_directories(directories, &unfit);
	if (!(plugin = protocols_find(name, good ? error : NULL)) && !good)
		g_propagate_error(error, g_steal_pointer(&unfit));
	return plugin;
}

static gboolean make_account(GError **error)
{
	PurplePlugin *plugin = find_plugin(error);
	if (!plugin)
		return FALSE;
	host.protocol = PURPLE_PLUGIN_PROTOCOL_INFO(plugin);
	host.quirks = quirks_of(purple_plugin_get_id(plugin));
	host.account = options_make_account(plugin, backend_address(host.backend), backend_settings(host.backend), error);
	if (!host.account)
		return FALSE;
	set_tls_port();
	purple_accounts_add(host.account);
	/* A new account wants to be online; the hub says when. */
	purple_account_set_status(host.account, connection_offline_id(), TRUE, NULL);
	purple_account_set_enabled(host.account, UI, TRUE);
	connection_attach();
	chats_attach();
	rooms_attach();
	comings_attach();
	irc_attach();
	addresses_attach();
	words_attach();
	roomlist_attach();
	requests_attach();
	files_attach();
	contacts_load();
	privacy_load();
	room_form_load();
	import_take();
	return TRUE;
}

/* The directories that libpurple may still read plugins' data from. */
static void confine(void)
{
	g_autoptr(GPtrArray) directories = g_ptr_array_new();
	for (GList *l = purple_plugins_get_search_paths(); l; l = l->next)
		g_ptr_array_add(directories, l->data);
	g_ptr_array_add(directories, NULL);
	backend_confine(host.backend, CONFINE_FORK, (const char *const *)directories->pdata);
}

static guint wanted_memory(void)
{
	const char *setting = backend_setting(host.backend, "memory_limit");
	guint64 mib = setting ? g_ascii_strtoull(setting, NULL, 10) : 0;
	return mib >= MEMORY_LEAST_MIB && mib <= 65536 ? (guint)mib : MEMORY_MIB;
}

static void on_configure(Backend *backend, const WireConfigure *configure, gpointer user G_GNUC_UNUSED)
{
	g_autoptr(GError) error = NULL;
	host.backend = backend;
	g_autofree char *directory = g_build_filename(configure->directory, "purple", NULL);
	irc_services_choose_mechanisms();
	if (g_mkdir_with_parents(directory, 0700) < 0 || !start_libpurple(directory))
		broken = g_strdup("libpurple could not be started");
	else if (!make_account(&error))
		broken = g_strdup(error->message);
	if (broken)
		log_error("%s", broken);
	memory_limit(wanted_memory());
	confine();
}

/* ---- the hub ---- */

static void take_connect(const Wire *message)
{
	connection_connect((const WireConnect *)message);
}

static void take_disconnect(const Wire *message)
{
	connection_disconnect((const WireDisconnect *)message);
}

static void take_show(const Wire *message)
{
	const WireShow *show = (const WireShow *)message;
	connection_show(show->presence, show->status);
}

static void take_idle(const Wire *message)
{
	gboolean idle = ((const WireIdle *)message)->idle;
	/* Plugins get the seconds since then, and take 0 for not being idle. */
	purple_presence_set_idle(purple_account_get_presence(host.account), idle, idle ? time(NULL) - 60 : 0);
}

#define TAKE(name, Type, function) \
	static void take_##name(const Wire *message) \
	{ \
		function((const Wire##Type *)message); \
	}
TAKE(send, Send, outbox_send)
TAKE(join, Join, rooms_join)
TAKE(part, Part, rooms_part)
TAKE(set_nick, SetNick, rooms_set_nick)
TAKE(set_topic, SetTopic, rooms_set_topic)
TAKE(invite, Invite, rooms_invite)
TAKE(contact_add, ContactAdd, contacts_add)
TAKE(contact_set, ContactSet, contacts_set)
TAKE(contact_remove, ContactRemove, contacts_remove)
TAKE(allow, Allow, contacts_allow)
TAKE(info, Info, notices_ask_info)
TAKE(room_list, RoomList, roomlist_ask)
TAKE(room_rank, RoomRank, ranks_change)
TAKE(room_ranks, RoomRanks, ranks_list)
TAKE(attention, Attention, chats_ask_attention)
TAKE(typing, ChatTyping, chats_type)
TAKE(answer, Answer, cards_answer)
TAKE(file_send, FileSend, files_send)
TAKE(file_take, FileTake, files_take)
TAKE(file_cancel, FileCancel, files_cancel)
TAKE(block, Block, privacy_block)
TAKE(blocked, Blocked, privacy_list)
TAKE(icon, Icon, icons_fetch)
TAKE(actions, Actions, actions_list)
TAKE(action, Action, actions_run)
TAKE(network_command, NetworkCommand, actions_command)

static void (*const takers[WIRE_KINDS])(const Wire *message) = {
	[WIRE_CONNECT] = take_connect,         [WIRE_DISCONNECT] = take_disconnect, [WIRE_SHOW] = take_show,
	[WIRE_SEND] = take_send,               [WIRE_JOIN] = take_join,             [WIRE_PART] = take_part,
	[WIRE_SET_NICK] = take_set_nick,       [WIRE_SET_TOPIC] = take_set_topic,   [WIRE_INVITE] = take_invite,
	[WIRE_CONTACT_ADD] = take_contact_add, [WIRE_CONTACT_SET] = take_contact_set, [WIRE_CONTACT_REMOVE] = take_contact_remove,
	[WIRE_ALLOW] = take_allow,             [WIRE_INFO] = take_info,             [WIRE_TYPING] = take_typing,
	[WIRE_ANSWER] = take_answer,           [WIRE_IDLE] = take_idle,             [WIRE_BLOCK] = take_block,
	[WIRE_BLOCKED] = take_blocked,         [WIRE_ACTIONS] = take_actions,       [WIRE_ACTION] = take_action,
	[WIRE_NETWORK_COMMAND] = take_network_command, [WIRE_ROOM_LIST] = take_room_list, [WIRE_ROOM_RANK] = take_room_rank,
	[WIRE_ROOM_RANKS] = take_room_ranks,   [WIRE_ATTENTION] = take_attention,   [WIRE_FILE_SEND] = take_file_send,
	[WIRE_ICON] = take_icon,               [WIRE_FILE_TAKE] = take_file_take,     [WIRE_FILE_CANCEL] = take_file_cancel,
};

static gint64 request_of(const Wire *message)
{
	const WireShape *shape = wire_shape(message->kind);
	for (const WireField *f = shape->fields; f->name; f++)
		if (f->type == WIRE_NUM && !strcmp(f->name, "request"))
			return *(const gint64 *)((const char *)message + f->offset);
	return 0;
}

static void on_message(Backend *backend, const Wire *message, gpointer user G_GNUC_UNUSED)
{
	if (!broken)
		loop_wake();
	if (!broken && takers[message->kind])
		takers[message->kind](message);
	else if (broken && message->kind == WIRE_CONNECT)
		backend_state(backend, ACCOUNT_ERROR, REASON_SETTINGS, broken);
	else if (broken && message->kind == WIRE_DISCONNECT)
		backend_state(backend, ACCOUNT_OFFLINE, REASON_NONE, NULL);
	else
		backend_fail(backend, request_of(message), broken ? broken : "this network can't do that");
	loop_worked();
}

static void on_committed(Backend *backend G_GNUC_UNUSED, gint64 commit, gpointer user G_GNUC_UNUSED)
{
	if (!broken)
		outbox_committed(commit);
	import_committed(commit);
	loop_relieve();
	loop_worked();
}

static void on_end(Backend *backend G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	connection_end();
}

static const BackendEvents events = { .on_configure = on_configure, .on_message = on_message, .on_committed = on_committed, .on_end = on_end };

static int print_protocols(const char *directories)
{
	g_autoptr(GError) error = NULL, unfit = NULL;
	g_autofree char *directory = g_dir_make_tmp("kith-purple-XXXXXX", &error);
	if (!directory || !start_libpurple(directory)) {
		g_printerr("kith-purple: %s\n", error ? error->message : "libpurple could not be started");
		return 1;
	}
	if (directories && !protocols_add_directories(directories, &unfit))
		protocols_print_problem(unfit->message);
	protocols_print();
	g_rmdir(directory);
	return 0;
}

int main(int argc, char **argv)
{
	if ((argc == 2 || argc == 3) && !strcmp(argv[1], "--protocols"))
		return print_protocols(argc == 3 ? argv[2] : NULL);
	host.backend = backend_new("kith-purple", &events, NULL);
	int code = backend_run(host.backend);
	g_free(broken);
	backend_free(host.backend);
	return code;
}
