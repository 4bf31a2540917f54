/* protocol.c: a libpurple protocol without a network, for the tests of kith-purple only; it is never installed.
 *
 * It uses every part of the API that kith-purple serves. What is said to the contact "oracle" is an order (plugin.h); what is said to
 * "echo" comes back as it was. Everything it is told to do, the oracle reports.
 */
#include "plugin.h"
#include <stdlib.h>
#include <string.h>

static int last_chat;
static guint list_timer;

void oracle_say(PurpleConnection *gc, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	char *text = g_strdup_vprintf(format, args), *html = g_markup_escape_text(text, -1);
	va_end(args);
	serv_got_im(gc, ORACLE, html, 0, time(NULL));
	g_free(html);
	g_free(text);
}

/* ---- the connection ---- */

static void make_buddy(PurpleAccount *account, const char *name, const char *group_name)
{
	PurpleGroup *group = purple_find_group(group_name);
	if (!group) {
		group = purple_group_new(group_name);
		purple_blist_add_group(group, NULL);
	}
	if (!purple_find_buddy(account, name))
		purple_blist_add_buddy(purple_buddy_new(account, name, NULL), NULL, group, NULL);
	purple_prpl_got_user_status(account, name, "available", NULL);
}

static void do_login(PurpleAccount *account)
{
	PurpleConnection *gc = purple_account_get_connection(account);
	const char *way = purple_account_get_string(account, "login", "now");
	gc->flags |= PURPLE_CONNECTION_HTML;
	purple_connection_update_progress(gc, "Knocking", 1, 2);
	if (!strcmp(way, "refuse")) {
		purple_connection_error_reason(gc, PURPLE_CONNECTION_ERROR_AUTHENTICATION_FAILED, "Go away.");
	} else if (!strcmp(way, "abort")) {
		abort();
	} else if (!strcmp(way, "now")) {
		purple_connection_set_state(gc, PURPLE_CONNECTED);
		make_buddy(account, ORACLE, "Test");
		make_buddy(account, ECHO, "Test");
	}
}

static void do_close(PurpleConnection *gc G_GNUC_UNUSED)
{
	if (list_timer)
		purple_timeout_remove(list_timer);
	list_timer = 0;
}

static const char *do_list_icon(PurpleAccount *account G_GNUC_UNUSED, PurpleBuddy *buddy G_GNUC_UNUSED)
{
	return "test";
}

static GList *do_status_types(PurpleAccount *account G_GNUC_UNUSED)
{
	static const struct { PurpleStatusPrimitive primitive; const char *id; } statuses[] = { { PURPLE_STATUS_AVAILABLE, "available" }, { PURPLE_STATUS_AWAY, "away" },
		{ PURPLE_STATUS_UNAVAILABLE, "busy" }, { PURPLE_STATUS_OFFLINE, "offline" } };
	GList *types = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(statuses); i++)
		types = g_list_append(types, purple_status_type_new_with_attrs(statuses[i].primitive, statuses[i].id, NULL, TRUE, TRUE, FALSE, "message", "Message",
			purple_value_new(PURPLE_TYPE_STRING), NULL));
	PurpleStatusType *mood = purple_status_type_new_with_attrs(PURPLE_STATUS_MOOD, "mood", NULL, FALSE, TRUE, TRUE, PURPLE_MOOD_NAME, "Mood",
		purple_value_new(PURPLE_TYPE_STRING), PURPLE_MOOD_COMMENT, "Why", purple_value_new(PURPLE_TYPE_STRING), NULL);
	return g_list_append(types, mood);
}

static void do_set_status(PurpleAccount *account, PurpleStatus *status)
{
	PurpleConnection *gc = purple_account_get_connection(account);
	const char *words = purple_status_get_attr_string(status, "message");
	if (gc && purple_connection_get_state(gc) == PURPLE_CONNECTED)
		oracle_say(gc, "status: %s %s", purple_status_get_id(status), words ? words : "");
}

static void do_set_idle(PurpleConnection *gc, int seconds)
{
	oracle_say(gc, seconds ? "idle" : "not idle");
}

/* ---- orders ---- */

static void order_presence(PurpleConnection *gc, const char *words)
{
	PurpleAccount *account = purple_connection_get_account(gc);
	purple_prpl_got_user_status(account, ECHO, *words ? "away" : "available", "message", *words ? words : NULL, NULL);
}

static void order_mood(PurpleConnection *gc, const char *words)
{
	PurpleAccount *account = purple_connection_get_account(gc);
	if (*words)
		purple_prpl_got_user_status(account, ECHO, "mood", PURPLE_MOOD_NAME, words, PURPLE_MOOD_COMMENT, "because", NULL);
	else
		purple_prpl_got_user_status_deactive(account, ECHO, "mood");
}

/* Of echo: one pixel, or with words those. */
static void order_icon(PurpleConnection *gc, const char *words)
{
	static const char pixel[] = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
	gsize size = strlen(words);
	guchar *bytes = size ? g_memdup2(words, size) : g_base64_decode(pixel, &size);
	purple_buddy_icons_set_for_user(purple_connection_get_account(gc), ECHO, bytes, size, NULL);
}

static void order_idle(PurpleConnection *gc, const char *words)
{
	purple_prpl_got_user_idle(purple_connection_get_account(gc), ECHO, *words != 0, *words ? time(NULL) - 60 * atoi(words) : 0);
}

static void order_alias(PurpleConnection *gc, const char *words)
{
	serv_got_alias(gc, ECHO, words);
}

static void order_attention(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	purple_prpl_got_attention(gc, ORACLE, 0);
}

static void order_added(PurpleConnection *gc, const char *words)
{
	purple_account_notify_added(purple_connection_get_account(gc), words, NULL, NULL, "hello");
}

/* Contacts that no line holds as they are. */
static void order_wild(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	PurpleAccount *account = purple_connection_get_account(gc);
	char *large = g_strnfill(20000, 'w');
	make_buddy(account, "b\377d", "Test");
	make_buddy(account, large, "Test");
	make_buddy(account, "grouped", large);
	make_buddy(account, "bytes", "Test");
	for (int i = 0; i < 100; i++) {
		char *name = g_strdup_printf("group %d", i);
		PurpleGroup *group = purple_group_new(name);
		purple_blist_add_group(group, NULL);
		purple_blist_add_buddy(purple_buddy_new(account, "many", NULL), NULL, group, NULL);
		g_free(name);
	}
	serv_got_alias(gc, "many", large);
	purple_prpl_got_user_status(account, "many", "away", "message", large, NULL);
	purple_prpl_got_user_status(account, "bytes", "away", "message", "\377\033[31m", NULL);
	serv_got_im(gc, "many", large, 0, time(NULL));
	oracle_say(gc, "that was wild");
	g_free(large);
}

/* Somebody whom the person may want to add: found, or because they added us. */
static void order_propose(PurpleConnection *gc, const char *words)
{
	purple_blist_request_add_buddy(purple_connection_get_account(gc), words, "Found", "Somebody");
}

static void order_wants(PurpleConnection *gc, const char *words)
{
	purple_account_request_add(purple_connection_get_account(gc), words, NULL, "Fay F.", "hello");
}

static void order_invite(PurpleConnection *gc, const char *words)
{
	GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_hash_table_insert(components, g_strdup("room"), g_strdup(words));
	g_hash_table_insert(components, g_strdup("team"), g_strdup("blue"));
	serv_got_chat_invite(gc, words, ORACLE, "come <b>in</b>", components);
}

static PurpleConversation *find_room(PurpleConnection *gc, const char *name)
{
	return purple_find_conversation_with_account(PURPLE_CONV_TYPE_CHAT, name, purple_connection_get_account(gc));
}

static void order_whisper(PurpleConnection *gc, const char *words)
{
	PurpleConversation *room = find_room(gc, words);
	if (room)
		serv_got_chat_in(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(room)), "dave", PURPLE_MESSAGE_RECV | PURPLE_MESSAGE_WHISPER, "psst", time(NULL));
}

/* "room roles ROOM": everybody there gets another rank. */
static void order_roles(PurpleConnection *gc, const char *words)
{
	PurpleConversation *room = find_room(gc, words);
	if (room)
		purple_conv_chat_user_set_flags(PURPLE_CONV_CHAT(room), "dave", PURPLE_CBFLAGS_HALFOP | PURPLE_CBFLAGS_TYPING);
}

static void order_typing(PurpleConnection *gc, const char *words G_GNUC_UNUSED)
{
	serv_got_typing(gc, ECHO, 0, PURPLE_TYPING);
}

static void order_connection(PurpleConnection *gc, const char *words)
{
	purple_connection_update_progress(gc, words, 1, 2);
}

const Order protocol_orders[] = {
	{ "contact icon", order_icon }, { "contact presence", order_presence }, { "contact mood", order_mood },     { "contact idle", order_idle },   { "contact alias", order_alias },
	{ "contact attention", order_attention }, { "contact added", order_added }, { "contact propose", order_propose }, { "contact wild", order_wild }, { "contact wants", order_wants }, { "contact typing", order_typing }, { "room invite", order_invite },
	{ "room whisper", order_whisper },      { "room roles", order_roles },      { "connection step", order_connection }, { NULL, NULL },
};

static void obey(PurpleConnection *gc, const char *order)
{
	static const Order *const tables[] = { asking_orders, evil_orders, protocol_orders, reaching_orders, transfer_orders };
	for (guint i = 0; i < G_N_ELEMENTS(tables); i++)
		for (const Order *o = tables[i]; o->name; o++) {
			gsize length = strlen(o->name);
			if (strncmp(order, o->name, length) || (order[length] && order[length] != ' '))
				continue;
			o->run(gc, order[length] ? order + length + 1 : "");
			return;
		}
	oracle_say(gc, "what is \"%s\"?", order);
}

/* ---- messages ---- */

typedef struct {
	PurpleConnection *gc;
	char *text;
} Later;

/* Behind the return of send_im, as from a network. */
static gboolean obey_later(gpointer data)
{
	Later *later = data;
	if (PURPLE_CONNECTION_IS_VALID(later->gc))
		obey(later->gc, later->text);
	g_free(later->text);
	g_free(later);
	return FALSE;
}

static int do_send_im(PurpleConnection *gc, const char *who, const char *html, PurpleMessageFlags flags G_GNUC_UNUSED)
{
	if (!strcmp(who, ORACLE)) {
		Later *later = g_new(Later, 1);
		later->gc = gc;
		later->text = purple_unescape_html(html);
		purple_timeout_add(0, obey_later, later);
	} else if (!strcmp(who, ECHO)) {
		serv_got_im(gc, ECHO, html, 0, time(NULL));
	} else if (!strcmp(who, "full")) {
		return -E2BIG;
	} else if (!strcmp(who, "shy")) {
		/* Says at once, as a line into the chat, that it did not arrive. */
		purple_conversation_write(purple_find_conversation_with_account(PURPLE_CONV_TYPE_IM, who, purple_connection_get_account(gc)), NULL,
			"shy hides", PURPLE_MESSAGE_ERROR, time(NULL));
	}
	return 1;
}

static unsigned int do_send_typing(PurpleConnection *gc, const char *who, PurpleTypingState state)
{
	oracle_say(gc, "typing: %s %d", who, state);
	return 0;
}

static gboolean do_send_attention(PurpleConnection *gc, const char *who, guint type)
{
	oracle_say(gc, "attention: %s %u", who, type);
	return TRUE;
}

static GList *do_attention_types(PurpleAccount *account G_GNUC_UNUSED)
{
	return g_list_append(NULL, purple_attention_type_new("Buzz", "Buzz", "%s has buzzed you!", "Buzzing %s..."));
}

/* ---- contacts ---- */

static void do_add_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group, const char *message)
{
	oracle_say(gc, "added: %s to %s with %s", purple_buddy_get_name(buddy), purple_group_get_name(group), message ? message : "nothing");
}

static void do_remove_buddy(PurpleConnection *gc, PurpleBuddy *buddy, PurpleGroup *group)
{
	oracle_say(gc, "removed: %s from %s", purple_buddy_get_name(buddy), purple_group_get_name(group));
}

static void do_alias_buddy(PurpleConnection *gc, const char *who, const char *alias)
{
	oracle_say(gc, "alias: %s %s", who, alias ? alias : "none");
}

static void do_group_buddy(PurpleConnection *gc, const char *who, const char *old, const char *new)
{
	oracle_say(gc, "moved: %s from %s to %s", who, old, new);
}

static void do_add_deny(PurpleConnection *gc, const char *who)
{
	oracle_say(gc, "blocked: %s", who);
}

static void do_rem_deny(PurpleConnection *gc, const char *who)
{
	oracle_say(gc, "unblocked: %s", who);
}

static void do_set_permit_deny(PurpleConnection *gc)
{
	oracle_say(gc, "privacy: %d", purple_connection_get_account(gc)->perm_deny);
}

static void do_get_info(PurpleConnection *gc, const char *who)
{
	PurpleNotifyUserInfo *about = purple_notify_user_info_new();
	if (strcmp(who, "void") != 0)
		purple_notify_user_info_add_pair(about, "Name", who);
	for (int i = 0; i < 200 && !strcmp(who, "wall"); i++) {
		char *label = g_strdup_printf("Line %d", i);
		purple_notify_user_info_add_pair(about, label, "\033[31mred\007 \342\200\256desrever &lt;b&gt; \302\233 end");
		g_free(label);
	}
	purple_notify_userinfo(gc, who, about, NULL, NULL);
	purple_notify_user_info_destroy(about);
}

static void contact_action(PurpleBlistNode *node, gpointer words)
{
	PurpleBuddy *buddy = (PurpleBuddy *)node;
	oracle_say(purple_account_get_connection(purple_buddy_get_account(buddy)), "contact action: %s %s", (const char *)words, purple_buddy_get_name(buddy));
}

static GList *do_contact_menu(PurpleBlistNode *node)
{
	if (!PURPLE_BLIST_NODE_IS_BUDDY(node))
		return NULL;
	GList *inner = g_list_append(NULL, purple_menu_action_new("_Softly", PURPLE_CALLBACK(contact_action), (gpointer) "softly", NULL));
	inner = g_list_append(inner, purple_menu_action_new("Hard", PURPLE_CALLBACK(contact_action), (gpointer) "hard", NULL));
	GList *menu = g_list_append(NULL, purple_menu_action_new("_Poke", PURPLE_CALLBACK(contact_action), (gpointer) "poke", NULL));
	return g_list_append(menu, purple_menu_action_new("Push", NULL, NULL, inner));
}

static void account_action(PurplePluginAction *action)
{
	oracle_say(action->context, "account action: %s", action->label);
}

static void account_question(PurplePluginAction *action)
{
	obey(action->context, "request input");
}

static GList *do_actions(PurplePlugin *plugin G_GNUC_UNUSED, gpointer context G_GNUC_UNUSED)
{
	GList *actions = g_list_append(NULL, purple_plugin_action_new("Change _Password...", account_question));
	actions = g_list_append(actions, NULL);
	return g_list_append(actions, purple_plugin_action_new("Refresh", account_action));
}

/* ---- rooms ---- */

static GList *do_chat_info(PurpleConnection *gc G_GNUC_UNUSED)
{
	GList *form = NULL;
	struct proto_chat_entry *entry = g_new0(struct proto_chat_entry, 1);
	*entry = (struct proto_chat_entry){ .label = "_Room:", .identifier = "room", .required = TRUE };
	form = g_list_append(form, entry);
	entry = g_new0(struct proto_chat_entry, 1);
	*entry = (struct proto_chat_entry){ .label = "_Team:", .identifier = "team", .required = TRUE };
	form = g_list_append(form, entry);
	entry = g_new0(struct proto_chat_entry, 1);
	*entry = (struct proto_chat_entry){ .label = "_Floor:", .identifier = "floor", .is_int = TRUE, .min = 1, .max = 9 };
	form = g_list_append(form, entry);
	entry = g_new0(struct proto_chat_entry, 1);
	*entry = (struct proto_chat_entry){ .label = "_Password:", .identifier = "key", .secret = TRUE };
	return g_list_append(form, entry);
}

static GHashTable *do_chat_defaults(PurpleConnection *gc G_GNUC_UNUSED, const char *name)
{
	GHashTable *components = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
	if (name)
		g_hash_table_insert(components, (gpointer) "room", g_strdup(name));
	if (name && !strncmp(name, "#", 1))
		g_hash_table_insert(components, (gpointer) "team", g_strdup("red"));
	return components;
}

static char *do_chat_name(GHashTable *components)
{
	return g_strdup(g_hash_table_lookup(components, "room"));
}

static void do_join(PurpleConnection *gc, GHashTable *components)
{
	const char *name = g_hash_table_lookup(components, "room"), *team = g_hash_table_lookup(components, "team");
	if (!name || !team) {
		purple_serv_got_join_chat_failed(gc, components);
		return;
	}
	PurpleConversation *room = serv_got_joined_chat(gc, ++last_chat, name);
	PurpleConvChat *chat = PURPLE_CONV_CHAT(room);
	purple_conv_chat_set_nick(chat, "me");
	purple_conv_chat_add_user(chat, "me", NULL, PURPLE_CBFLAGS_NONE, FALSE);
	purple_conv_chat_add_user(chat, "carol", NULL, PURPLE_CBFLAGS_FOUNDER, FALSE);
	purple_conv_chat_add_user(chat, "dave", NULL, PURPLE_CBFLAGS_VOICE, FALSE);
	oracle_say(gc, "joined: %s %s", name, team);
}

static void do_reject(PurpleConnection *gc, GHashTable *components)
{
	oracle_say(gc, "rejected: %s", (const char *)g_hash_table_lookup(components, "room"));
}

static void do_leave(PurpleConnection *gc, int id)
{
	serv_got_chat_left(gc, id);
}

static void do_whisper(PurpleConnection *gc, int id G_GNUC_UNUSED, const char *who, const char *text)
{
	oracle_say(gc, "whispered: %s %s", who, text);
}

static int do_chat_send(PurpleConnection *gc, int id, const char *html, PurpleMessageFlags flags)
{
	serv_got_chat_in(gc, id, "me", flags | PURPLE_MESSAGE_SEND, html, time(NULL));
	return 0;
}

static void add_listed(PurpleRoomlist *list, const char *name, const char *topic, int users)
{
	PurpleRoomlistRoom *room = purple_roomlist_room_new(PURPLE_ROOMLIST_ROOMTYPE_ROOM, name, NULL);
	purple_roomlist_room_add_field(list, room, name);
	purple_roomlist_room_add_field(list, room, topic);
	purple_roomlist_room_add_field(list, room, GINT_TO_POINTER(users));
	purple_roomlist_room_add(list, room);
}

static gboolean list_more(gpointer data)
{
	PurpleRoomlist *list = data;
	list_timer = 0;
	add_listed(list, "#tea", "about tea", 3);
	add_listed(list, "#coffee", "about coffee & cake", 12);
	purple_roomlist_set_in_progress(list, FALSE);
	purple_roomlist_unref(list);
	return FALSE;
}

static PurpleRoomlist *do_list(PurpleConnection *gc)
{
	PurpleRoomlist *list = purple_roomlist_new(purple_connection_get_account(gc));
	GList *fields = g_list_append(NULL, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, "", "channel", TRUE));
	fields = g_list_append(fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_STRING, "Topic", "topic", FALSE));
	fields = g_list_append(fields, purple_roomlist_field_new(PURPLE_ROOMLIST_FIELD_INT, "Users", "users", FALSE));
	purple_roomlist_set_fields(list, fields);
	purple_roomlist_set_in_progress(list, TRUE);
	add_listed(list, "#water", "", 1);
	purple_roomlist_ref(list);
	list_timer = purple_timeout_add(10, list_more, list);
	return list;
}

static void do_list_cancel(PurpleRoomlist *list)
{
	if (list_timer) {
		purple_timeout_remove(list_timer);
		list_timer = 0;
		purple_roomlist_unref(list);
	}
	purple_roomlist_set_in_progress(list, FALSE);
}

static PurpleCmdRet run_dance(PurpleConversation *conversation, const char *command G_GNUC_UNUSED, char **args, char **error, void *data G_GNUC_UNUSED)
{
	if (!strcmp(args[0], "badly")) {
		*error = g_strdup("Nobody dances <b>badly</b> here.");
		return PURPLE_CMD_RET_FAILED;
	}
	oracle_say(purple_conversation_get_gc(conversation), "danced: %s in %s", args[0], purple_conversation_get_name(conversation));
	return PURPLE_CMD_RET_OK;
}

/* ---- the plugin ---- */

static PurplePluginProtocolInfo protocol = {
	.options = OPT_PROTO_PASSWORD_OPTIONAL,
	.list_icon = do_list_icon,
	.status_types = do_status_types,
	.login = do_login,
	.close = do_close,
	.set_status = do_set_status,
	.set_idle = do_set_idle,
	.send_im = do_send_im,
	.send_typing = do_send_typing,
	.send_attention = do_send_attention,
	.get_attention_types = do_attention_types,
	.get_info = do_get_info,
	.add_buddy_with_invite = do_add_buddy,
	.remove_buddy = do_remove_buddy,
	.alias_buddy = do_alias_buddy,
	.group_buddy = do_group_buddy,
	.add_deny = do_add_deny,
	.rem_deny = do_rem_deny,
	.set_permit_deny = do_set_permit_deny,
	.blist_node_menu = do_contact_menu,
	.chat_info = do_chat_info,
	.chat_info_defaults = do_chat_defaults,
	.get_chat_name = do_chat_name,
	.join_chat = do_join,
	.reject_chat = do_reject,
	.chat_leave = do_leave,
	.chat_send = do_chat_send,
	.chat_whisper = do_whisper,
	.roomlist_get_list = do_list,
	.roomlist_cancel = do_list_cancel,
	.can_receive_file = transfers_can_receive,
	.send_file = transfers_send,
	.chat_can_receive_file = transfers_can_into_room,
	.chat_send_file = transfers_into_room,
	.icon_spec = { "png", 0, 0, 96, 96, 0, PURPLE_ICON_SCALE_DISPLAY },
	.new_xfer = transfers_new,
	.struct_size = sizeof(PurplePluginProtocolInfo),
};

static PurplePluginInfo info = {
	.magic = PURPLE_PLUGIN_MAGIC,
	.major_version = PURPLE_MAJOR_VERSION,
	.minor_version = PURPLE_MINOR_VERSION,
	.type = PURPLE_PLUGIN_PROTOCOL,
	.priority = PURPLE_PRIORITY_DEFAULT,
	.id = (char *)"prpl-kith-test",
	.name = (char *)"Test",
	.version = (char *)"1",
	.summary = (char *)"A protocol without a network",
	.description = (char *)"For the tests of kith",
	.author = (char *)"kith",
	.homepage = (char *)"",
	.extra_info = &protocol,
	.actions = do_actions,
};

static void add_choice(GList **choices, const char *label, const char *value)
{
	PurpleKeyValuePair *pair = g_new0(PurpleKeyValuePair, 1);
	pair->key = g_strdup(label);
	pair->value = g_strdup(value);
	*choices = g_list_append(*choices, pair);
}

static void init_plugin(PurplePlugin *plugin)
{
	GList *ways = NULL;
	add_choice(&ways, "At once", "now");
	add_choice(&ways, "Never", "never");
	add_choice(&ways, "Refused", "refuse");
	add_choice(&ways, "Crash", "abort");
	protocol.user_splits = g_list_append(NULL, purple_account_user_split_new("Server", "test.example", '@'));
	protocol.protocol_options = g_list_append(protocol.protocol_options, purple_account_option_list_new("Log in", "login", ways));
	protocol.protocol_options = g_list_append(protocol.protocol_options, purple_account_option_int_new("Port", "port", 7));
	protocol.protocol_options = g_list_append(protocol.protocol_options, purple_account_option_bool_new("Use TLS", "tls", TRUE));
	PurpleAccountOption *token = purple_account_option_string_new("Token", "token", "");
	purple_account_option_set_masked(token, TRUE);
	protocol.protocol_options = g_list_append(protocol.protocol_options, token);
	purple_cmd_register("dance", "s", PURPLE_CMD_P_PRPL, PURPLE_CMD_FLAG_IM | PURPLE_CMD_FLAG_CHAT | PURPLE_CMD_FLAG_PRPL_ONLY, "prpl-kith-test", run_dance,
		"dance &lt;how&gt;: Dances <b>so</b>.", plugin);
}

PURPLE_INIT_PLUGIN(kith_test, init_plugin, info)
