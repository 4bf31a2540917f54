/* actions.c: see actions.h.
 *
 * A menu is made anew each time, as libpurple wants it; an entry is named by its words (with those of the menu it is in) or its place.
 */
#include "config.h"
#include "purple/actions.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/html.h"
#include "purple/irc.h"
#include <string.h>

#define COMMANDS_MAX 62 /* abilities in all */

typedef struct {
	char *label;                /* owned */
	PurplePluginAction *action; /* owned; of the account */
	GCallback call;             /* of a contact */
	gpointer data;
} Entry;

static void entry_free(gpointer data)
{
	Entry *entry = data;
	if (entry->action)
		purple_plugin_action_free(entry->action);
	g_free(entry->label);
	g_free(entry);
}

/* "Push / Softly" */
static char *label_of(const char *parent, const char *label)
{
	g_autofree char *bare = purple_text_strip_mnemonic(label ? label : ""), *name = host_name(bare);
	return parent ? g_strdup_printf("%s / %s", parent, name ? name : "-") : g_strdup(name ? name : "-");
}

static void add_entry(GPtrArray *entries, char *label, PurplePluginAction *action, GCallback call, gpointer data)
{
	Entry *entry = g_new0(Entry, 1);
	*entry = (Entry){ label, action, call, data };
	g_ptr_array_add(entries, entry);
}

static void add_account_entries(GPtrArray *entries)
{
	PurplePlugin *plugin = purple_find_prpl(purple_account_get_protocol_id(host.account));
	PurpleConnection *gc = host_connection();
	GList *actions = plugin && PURPLE_PLUGIN_HAS_ACTIONS(plugin) ? PURPLE_PLUGIN_ACTIONS(plugin, gc) : NULL;
	for (GList *l = actions; l; l = l->next) {
		PurplePluginAction *action = l->data;
		if (!action)
			continue;
		action->plugin = plugin;
		action->context = gc;
		add_entry(entries, label_of(NULL, action->label), action, NULL, NULL);
	}
	g_list_free(actions);
}

/* The list and its entries are freed; children first. */
static void add_menu(GPtrArray *entries, const char *parent, GList *menu)
{
	for (GList *l = menu; l; l = l->next) {
		PurpleMenuAction *action = l->data;
		if (!action)
			continue;
		char *label = label_of(parent, action->label);
		GList *children = g_steal_pointer(&action->children);
		add_menu(entries, label, children);
		if (action->callback)
			add_entry(entries, label, NULL, action->callback, action->data);
		else
			g_free(label);
		purple_menu_action_free(action);
	}
	g_list_free(menu);
}

static GPtrArray *entries_for(const char *address, PurpleBuddy **buddy)
{
	GPtrArray *entries = g_ptr_array_new_with_free_func(entry_free);
	*buddy = address ? purple_find_buddy(host.account, address) : NULL;
	if (!address)
		add_account_entries(entries);
	else if (*buddy && host.protocol->blist_node_menu)
		add_menu(entries, NULL, host.protocol->blist_node_menu((PurpleBlistNode *)*buddy));
	return entries;
}

void actions_list(const WireActions *m)
{
	PurpleBuddy *buddy;
	if (!host_connection()) {
		backend_fail(host.backend, m->request, "the account is not online");
		return;
	}
	g_autoptr(GPtrArray) entries = entries_for(m->address, &buddy);
	for (guint i = 0; i < entries->len; i++)
		backend_send(host.backend, &WIRE(ITEM, Item, .request = m->request, .name = ((const Entry *)entries->pdata[i])->label, .number = i + 1));
	if (m->address && !buddy)
		backend_fail(host.backend, m->request, "that is no contact of this account");
	else
		backend_done(host.backend, m->request, entries->len ? NULL : "this network offers nothing to do there");
}

static const Entry *find_entry(const GPtrArray *entries, const char *name)
{
	guint64 number = 0;
	if (g_ascii_string_to_unsigned(name, 10, 1, entries->len, &number, NULL))
		return entries->pdata[number - 1];
	for (guint i = 0; i < entries->len; i++) {
		const Entry *entry = entries->pdata[i];
		gsize length = strlen(entry->label);
		if (!g_ascii_strcasecmp(entry->label, name) || (length > 3 && !strcmp(entry->label + length - 3, "...") && strlen(name) == length - 3 && !g_ascii_strncasecmp(entry->label, name, length - 3)))
			return entry;
	}
	return NULL;
}

void actions_run(const WireAction *m)
{
	PurpleBuddy *buddy;
	if (!host_connection()) {
		backend_fail(host.backend, m->request, "the account is not online");
		return;
	}
	g_autoptr(GPtrArray) entries = entries_for(m->address, &buddy);
	const Entry *entry = find_entry(entries, m->name);
	if (!entry) {
		g_autofree char *why = g_strdup_printf("there is no such action: \"%s\"; /actions lists them", m->name);
		backend_fail(host.backend, m->request, why);
		return;
	}
	if (entry->action)
		entry->action->callback(entry->action);
	else
		((void (*)(PurpleBlistNode *, gpointer))entry->call)((PurpleBlistNode *)buddy, entry->data);
	backend_done(host.backend, m->request, NULL);
}

/* ---- the protocol's own commands ---- */

static void list_commands(const WireNetworkCommand *m, PurpleConversation *conversation)
{
	GList *names = g_list_sort(purple_cmd_list(conversation), (GCompareFunc)(void (*)(void))strcmp);
	for (GList *l = names; l; l = l->next) {
		GList *help = purple_cmd_help(conversation, l->data);
		g_autofree char *text = help ? host_label(help->data) : NULL, *name = host_name(l->data);
		backend_send(host.backend, &WIRE(ITEM, Item, .request = m->request, .name = name, .text = text));
		g_list_free(help);
	}
	backend_done(host.backend, m->request, names ? NULL : "this network has no commands of its own");
	g_list_free(names);
}

static const char *status_words(PurpleCmdStatus status)
{
	switch (status) {
	case PURPLE_CMD_STATUS_NOT_FOUND: return "there is no such command, here or on this network; /help and /cmd list them";
	case PURPLE_CMD_STATUS_WRONG_ARGS: return "the network's command wants other words; /cmd tells which";
	case PURPLE_CMD_STATUS_WRONG_TYPE: return "that command of the network does not work in this kind of chat";
	case PURPLE_CMD_STATUS_WRONG_PRPL: return "that command does not work on this network";
	default: return "the network refused the command";
	}
}

/* Some conversation is needed: that of the chat, else one with ourselves. */
static PurpleConversation *conversation_for(const WireNetworkCommand *m, PurpleConnection *gc)
{
	PurpleConversation *conversation = m->chat ? chats_conversation(m->chat, m->chat_kind) : NULL;
	const char *own = purple_connection_get_display_name(gc);
	return conversation ? conversation : chats_conversation(own ? own : purple_account_get_username(host.account), CHAT_DIRECT);
}

void actions_command(const WireNetworkCommand *m)
{
	PurpleConnection *gc = host_connection();
	PurpleConversation *conversation = gc ? conversation_for(m, gc) : NULL;
	if (!conversation) {
		backend_fail(host.backend, m->request, "the account is not online");
		return;
	}
	if (!m->line || !*m->line) {
		list_commands(m, conversation);
		return;
	}
	char *error = NULL;
	g_autofree char *html = html_from_plain(m->line);
	PurpleCmdStatus status = purple_cmd_do_command(conversation, m->line, html, &error);
	g_autofree char *why = host_label(error);
	g_free(error);
	if (status != PURPLE_CMD_STATUS_OK)
		backend_fail(host.backend, m->request, why ? why : status_words(status));
	else if (!irc_answers_command(m->request, m->chat, m->line))
		backend_done(host.backend, m->request, NULL);
}

void actions_add_commands(PurpleConnection *gc, GPtrArray *can)
{
	const char *own = purple_connection_get_display_name(gc);
	PurpleConversation *conversation = chats_conversation(own ? own : purple_account_get_username(host.account), CHAT_DIRECT);
	GList *names = purple_cmd_list(conversation);
	for (GList *l = names; l && can->len < COMMANDS_MAX; l = l->next)
		if (strlen(l->data) < 60 && g_utf8_validate(l->data, -1, NULL))
			g_ptr_array_add(can, g_strconcat("/", l->data, NULL));
	g_list_free(names);
	purple_conversation_destroy(conversation);
}
