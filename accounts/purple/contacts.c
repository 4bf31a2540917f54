/* contacts.c: see contacts.h. */
#include "config.h"
#include "purple/contacts.h"
#include "purple/adding.h"
#include "purple/cards.h"
#include "purple/host.h"
#include <string.h>

#define STANDARD_GROUP "Buddies" /* where libpurple puts what is in no group */
#define GROUPS_MOST 64
#define ADDRESS_MOST 3000
#define LIST_DELAY_S 3           /* how long after login a server may take to send its list */

/* What the hub was told about a contact. */
typedef struct {
	char *name, *status;
	GStrv groups;
	Presence presence;
} Told;

static GHashTable *told; /* address -> Told; NULL while offline */
static guint done_timer;

static void told_free(gpointer data)
{
	Told *t = data;
	g_free(t->name);
	g_free(t->status);
	g_strfreev(t->groups);
	g_free(t);
}

gboolean contacts_are_on_server(void)
{
	return host.protocol->group_buddy || host.protocol->alias_buddy;
}

/* ---- what libpurple has ---- */

static GStrv groups_of(GSList *buddies)
{
	GStrvBuilder *groups = g_strv_builder_new();
	for (guint n = 0; buddies && n < GROUPS_MOST; buddies = buddies->next) {
		PurpleGroup *group = purple_buddy_get_group(buddies->data);
		g_autofree char *name = group ? host_name(purple_group_get_name(group)) : NULL;
		if (name && strcmp(name, STANDARD_GROUP)) {
			g_strv_builder_add(groups, name);
			n++;
		}
	}
	GStrv result = g_strv_builder_end(groups);
	g_strv_builder_unref(groups);
	return result;
}

static const struct {
	PurpleStatusPrimitive primitive;
	Presence presence;
} primitives[] = {
	{ PURPLE_STATUS_OFFLINE, PRESENCE_OFFLINE },       { PURPLE_STATUS_AVAILABLE, PRESENCE_ONLINE }, { PURPLE_STATUS_UNAVAILABLE, PRESENCE_DND },
	{ PURPLE_STATUS_INVISIBLE, PRESENCE_ONLINE },      { PURPLE_STATUS_AWAY, PRESENCE_AWAY },        { PURPLE_STATUS_EXTENDED_AWAY, PRESENCE_XA },
	{ PURPLE_STATUS_MOBILE, PRESENCE_ONLINE },
};

/* Takes over more. */
static void add_words(char **words, char *more)
{
	if (!more)
		return;
	char *both = *words ? g_strdup_printf("%s · %s", *words, more) : g_strdup(more);
	g_free(*words);
	g_free(more);
	*words = both;
}

/* What somebody says of their presence, which is HTML on some networks. */
static char *status_words(const char *text)
{
	return (host.quirks->plain_status ? host_name : host_label)(text);
}

static char *mood_of(PurplePresence *p)
{
	PurpleStatus *status = purple_presence_get_status(p, "mood");
	if (!status || !purple_status_is_active(status))
		return NULL;
	g_autofree char *mood = status_words(purple_status_get_attr_string(status, PURPLE_MOOD_NAME));
	g_autofree char *why = purple_status_type_get_attr(purple_status_get_type(status), PURPLE_MOOD_COMMENT)
		? status_words(purple_status_get_attr_string(status, PURPLE_MOOD_COMMENT)) : NULL;
	return mood ? g_strdup_printf("%s%s%s%s", mood, why ? " (" : "", why ? why : "", why ? ")" : "") : NULL;
}

static char *idle_of(PurplePresence *p)
{
	time_t since = purple_presence_is_idle(p) ? purple_presence_get_idle_time(p) : 0;
	if (since <= 0)
		return NULL;
	g_autoptr(GDateTime) then = g_date_time_new_from_unix_local(since), now = g_date_time_new_now_local();
	gboolean long_ago = g_date_time_difference(now, then) > 20 * G_TIME_SPAN_HOUR;
	g_autofree char *when = g_date_time_format(then, long_ago ? "%Y-%m-%d" : "%H:%M");
	return g_strdup_printf("idle since %s", when);
}

static Presence presence_of(PurpleBuddy *buddy, char **words)
{
	PurplePresence *p = purple_buddy_get_presence(buddy);
	PurpleStatus *status = p ? purple_presence_get_active_status(p) : NULL;
	Presence presence = PRESENCE_UNKNOWN;
	*words = NULL;
	if (!status)
		return presence;
	PurpleStatusPrimitive primitive = purple_status_type_get_primitive(purple_status_get_type(status));
	for (guint i = 0; i < G_N_ELEMENTS(primitives); i++)
		if (primitives[i].primitive == primitive)
			presence = primitives[i].presence;
	if (presence == PRESENCE_ONLINE && purple_presence_is_idle(p))
		presence = PRESENCE_AWAY;
	if (purple_status_type_get_attr(purple_status_get_type(status), "message"))
		*words = status_words(purple_status_get_attr_string(status, "message"));
	add_words(words, mood_of(p));
	add_words(words, idle_of(p));
	return presence;
}

/* The name the user gave, else the one the network gave. */
static char *name_of(GSList *buddies)
{
	for (; buddies; buddies = buddies->next) {
		const char *alias = purple_buddy_get_local_buddy_alias(buddies->data);
		if (!alias || !*alias)
			alias = purple_buddy_get_server_alias(buddies->data);
		if (alias && *alias) {
			g_autofree char *valid = g_utf8_make_valid(alias, -1);
			return g_strndup(valid, 1000);
		}
	}
	return NULL;
}

/* ---- telling the hub ---- */

static void tell_gone(const char *address)
{
	if (g_hash_table_remove(told, address))
		backend_send(host.backend, &WIRE(CONTACT_GONE, ContactGone, .account = backend_account(host.backend), .address = address));
}

static void tell_presence(const char *address, Told *t, PurpleBuddy *buddy)
{
	char *status;
	Presence presence = presence_of(buddy, &status);
	if (presence == t->presence && !g_strcmp0(status, t->status)) {
		g_free(status);
		return;
	}
	g_free(t->status);
	t->status = status;
	t->presence = presence;
	backend_send(host.backend, &WIRE(PRESENCE, ContactPresence, .account = backend_account(host.backend), .address = address,
		.presence = presence, .status = status));
}

/* What is no text, or longer than any address, comes from a network that is broken or worse. */
static gboolean is_address(const char *buddy)
{
	return buddy && *buddy && strlen(buddy) <= ADDRESS_MOST && g_utf8_validate(buddy, -1, NULL);
}

/* Sends what changed about the contact that libpurple calls buddy. */
static void tell(const char *buddy)
{
	if (!is_address(buddy))
		return;
	g_autofree char *address = g_strdup(host_address(buddy));
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, buddy);
	if (!buddies) {
		tell_gone(address);
		return;
	}
	g_autofree char *name = name_of(buddies);
	g_auto(GStrv) groups = groups_of(buddies);
	Told *t = g_hash_table_lookup(told, address);
	if (!t) {
		t = g_new0(Told, 1);
		g_hash_table_insert(told, g_strdup(address), t);
	}
	if (!t->groups || g_strcmp0(t->name, name) || !g_strv_equal((const char *const *)t->groups, (const char *const *)groups)) {
		g_free(t->name);
		g_strfreev(t->groups);
		t->name = g_strdup(name);
		t->groups = g_strdupv(groups);
		backend_send(host.backend, &WIRE(CONTACT, Contact, .account = backend_account(host.backend), .address = address, .name = name,
			.groups = (const char *const *)groups, .subscription = SUBSCRIPTION_BOTH));
	}
	tell_presence(address, t, buddies->data);
}

static gboolean tell_done(gpointer user G_GNUC_UNUSED)
{
	done_timer = 0;
	backend_send(host.backend, &WIRE(CONTACTS_DONE, ContactsDone, .account = backend_account(host.backend)));
	return G_SOURCE_REMOVE;
}

void contacts_start(void)
{
	contacts_stop();
	told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, told_free);
	GSList *buddies = purple_find_buddies(host.account, NULL);
	for (GSList *l = buddies; l; l = l->next)
		tell(purple_buddy_get_name(l->data));
	/* A list that the server has sent by now is whole; one that is empty may still be on its way. */
	if (buddies || !contacts_are_on_server())
		tell_done(NULL);
	else
		done_timer = g_timeout_add_seconds(LIST_DELAY_S, tell_done, NULL);
	g_slist_free(buddies);
}

void contacts_stop(void)
{
	g_clear_handle_id(&done_timer, g_source_remove);
	g_clear_pointer(&told, g_hash_table_unref);
}

/* Called for removals too: by then libpurple's list lacks the entry. */
static void op_update(PurpleBuddyList *list G_GNUC_UNUSED, PurpleBlistNode *node)
{
	if (told && node && PURPLE_BLIST_NODE_IS_BUDDY(node))
		tell(purple_buddy_get_name((PurpleBuddy *)node));
}

static void op_save_node(PurpleBlistNode *node G_GNUC_UNUSED)
{
}

static void op_save_account(PurpleAccount *account G_GNUC_UNUSED)
{
}

/* ---- what the hub keeps ---- */

/* One contact a line: address, name, groups, with tabs between; nothing in it may hold a tab or newline. */
static void append_kept(GString *list, const char *text)
{
	for (; text && *text; text++)
		g_string_append_c(list, g_ascii_iscntrl(*text) ? ' ' : *text);
}

void contacts_keep(void)
{
	if (contacts_are_on_server())
		return;
	g_autoptr(GString) list = g_string_new(NULL);
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, NULL);
	for (GSList *l = buddies; l; l = l->next) {
		PurpleGroup *group = purple_buddy_get_group(l->data);
		if (!is_address(purple_buddy_get_name(l->data)))
			continue;
		append_kept(list, purple_buddy_get_name(l->data));
		g_string_append_c(list, '\t');
		append_kept(list, purple_buddy_get_local_buddy_alias(l->data));
		g_string_append_c(list, '\t');
		append_kept(list, group ? purple_group_get_name(group) : NULL);
		g_string_append_c(list, '\n');
	}
	backend_send(host.backend, &WIRE(KEEP, Keep, .account = backend_account(host.backend), .key = "contacts", .value = list->len ? list->str : NULL));
}

static PurpleBuddy *add_buddy(const char *address, const char *name, const char *group_name)
{
	const char *wanted = group_name && *group_name ? group_name : STANDARD_GROUP;
	PurpleGroup *group = purple_find_group(wanted);
	if (!group) {
		group = purple_group_new(wanted);
		purple_blist_add_group(group, NULL);
	}
	const char *scheme = host.quirks->scheme && !g_str_has_prefix(address, host.quirks->scheme) ? host.quirks->scheme : "";
	g_autofree char *called = g_strconcat(scheme, address, NULL);
	PurpleBuddy *buddy = purple_buddy_new(host.account, called, name && *name ? name : NULL);
	purple_blist_add_buddy(buddy, NULL, group, NULL);
	return buddy;
}

void contacts_load(void)
{
	const char *kept = backend_kept(host.backend, "contacts");
	g_auto(GStrv) lines = g_strsplit(kept ? kept : "", "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) parts = g_strsplit(*line, "\t", 3);
		if (g_strv_length(parts) == 3 && *parts[0])
			add_buddy(parts[0], parts[1], parts[2]);
	}
}

void contacts_import(const char *address, const char *name, const char *group)
{
	PurpleGroup *in = purple_find_group(*group ? group : STANDARD_GROUP);
	if (!in || !purple_find_buddy_in_group(host.account, address, in))
		add_buddy(address, name, group);
}

/* ---- requests ---- */

static const char not_online[] = "the account is not online";

static const char *add(const WireContactAdd *m)
{
	if (!host_connection())
		return not_online;
	if (!host.protocol->add_buddy && !host.protocol->add_buddy_with_invite && !host.quirks->own_list)
		return "this network has no contact list";
	gboolean known = !host.protocol->normalize || host.protocol->normalize(host.account, m->address);
	if (!known || (host.quirks->needs_at && !strchr(m->address, '@')))
		return "this network has no such addresses";
	host_learn_address(m->address);
	const char *const *group = m->groups;
	gboolean there;
	do {
		purple_account_add_buddy_with_invite(host.account, add_buddy(m->address, m->name, *group), m->text);
		/* The plugin may have taken it away again. */
		PurpleBuddy *buddy = purple_find_buddy(host.account, m->address);
		if ((there = buddy != NULL) && m->name)
			serv_alias_buddy(buddy);
	} while (there && *group && *++group);
	if (!there)
		return "nobody can be added here: this network shows by itself who is there";
	tell(m->address);
	contacts_keep();
	return NULL;
}

static void drop_buddy(PurpleBuddy *buddy)
{
	purple_account_remove_buddy(host.account, buddy, purple_buddy_get_group(buddy));
	purple_blist_remove_buddy(buddy);
}

static PurpleGroup *need_group(const char *name)
{
	PurpleGroup *group = purple_find_group(name);
	if (!group) {
		group = purple_group_new(name);
		purple_blist_add_group(group, NULL);
	}
	return group;
}

static gboolean is_wanted(PurpleBuddy *buddy, const char *const *groups)
{
	PurpleGroup *group = purple_buddy_get_group(buddy);
	const char *name = group ? purple_group_get_name(group) : STANDARD_GROUP;
	return *groups ? g_strv_contains(groups, name) : !strcmp(name, STANDARD_GROUP);
}

/* Moves an entry of an unwanted group into group, or makes one there. */
static void put_into(const char *address, const char *group, const char *const *wanted)
{
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, address);
	PurpleBuddy *spare = NULL;
	for (GSList *l = buddies; l; l = l->next) {
		PurpleGroup *in = purple_buddy_get_group(l->data);
		if (in && !strcmp(purple_group_get_name(in), group))
			return;
		if (!is_wanted(l->data, wanted))
			spare = l->data;
	}
	if (spare) {
		purple_blist_add_buddy(spare, NULL, need_group(group), NULL);
	} else {
		PurpleBuddy *buddy = add_buddy(address, NULL, group);
		purple_account_add_buddy(host.account, buddy);
	}
}

static void set_groups(const char *address, const char *const *groups)
{
	static const char *const standard[] = { STANDARD_GROUP, NULL };
	for (const char *const *group = *groups ? groups : standard; *group; group++)
		put_into(address, *group, groups);
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, address);
	for (GSList *l = buddies; l; l = l->next)
		if (!is_wanted(l->data, groups))
			drop_buddy(l->data);
}

static const char *set(const char *address, const char *name, const char *const *groups)
{
	if (!host_connection())
		return not_online;
	if (!purple_find_buddy(host.account, address))
		return "that is no contact of this account";
	set_groups(address, groups);
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, address);
	for (GSList *l = buddies; l; l = l->next) {
		purple_blist_alias_buddy(l->data, name);
		serv_alias_buddy(l->data);
	}
	tell(address);
	contacts_keep();
	return NULL;
}

/* Somebody who is there already keeps what is not given. */
const char *contacts_try_add(const WireContactAdd *m)
{
	g_autoptr(GSList) buddies = host_connection() ? purple_find_buddies(host.account, m->address) : NULL;
	if (!buddies)
		return add(m);
	g_auto(GStrv) groups = groups_of(buddies);
	return set(m->address, m->name ? m->name : purple_buddy_get_local_buddy_alias(buddies->data), *m->groups ? m->groups : (const char *const *)groups);
}

static void answer_request(gint64 request, const char *why)
{
	if (why)
		backend_fail(host.backend, request, why);
	else
		backend_done(host.backend, request, NULL);
}

void contacts_add(const WireContactAdd *m)
{
	answer_request(m->request, contacts_try_add(m));
}

void contacts_set(const WireContactSet *m)
{
	answer_request(m->request, set(m->address, m->name, m->groups));
}

void contacts_remove(const WireContactRemove *m)
{
	g_autoptr(GSList) buddies = purple_find_buddies(host.account, m->address);
	if (!host_connection() || !buddies) {
		backend_fail(host.backend, m->request, buddies ? not_online : "that is no contact of this account");
		return;
	}
	g_autofree char *address = g_strdup(host_address(m->address));
	for (GSList *l = buddies; l; l = l->next)
		drop_buddy(l->data);
	tell_gone(address);
	contacts_keep();
	backend_done(host.backend, m->request, NULL);
}

/* ---- who may see our presence ---- */

typedef struct {
	PurpleAccountRequestAuthorizationCb allow, deny;
	void *user;
} Asking;

/* libpurple forgets the request by itself once it is decided, and otherwise when it is told so, which closes the card. */
static void decide(Card *card, PurpleAccountRequestAuthorizationCb call, gpointer user)
{
	if (call)
		call(user);
	else
		purple_account_request_close(card);
	if (cards_have(card))
		card_close(card);
}

static char *answer_asking(Card *card, const WireAnswer *answer, gpointer data)
{
	Asking *asking = data;
	gboolean allow = !g_strcmp0(answer->choice, "allow");
	if (answer->choice && !allow && strcmp(answer->choice, "deny"))
		return g_strdup("the answer is allow or deny");
	decide(card, !answer->choice ? NULL : allow ? asking->allow : asking->deny, asking->user);
	return NULL;
}

static void *op_ask(PurpleAccount *account G_GNUC_UNUSED, const char *who, const char *id G_GNUC_UNUSED, const char *alias, const char *message,
                    gboolean on_list G_GNUC_UNUSED, PurpleAccountRequestAuthorizationCb allow, PurpleAccountRequestAuthorizationCb deny, void *user)
{
	static const char *const choices[] = { "deny", "allow", NULL };
	Asking *asking = g_new0(Asking, 1);
	*asking = (Asking){ allow, deny, user };
	Card *card = card_new(answer_asking, asking, g_free);
	g_autofree char *name = host_name(alias), *words = host_name(message), *address = g_strdup(host_address(who));
	g_autofree char *title = g_strdup_printf("%s wants to see when you are online", name ? name : address);
	card_show(card, WIRE(CARD, Card, .card_kind = CARD_SUBSCRIPTION, .title = title, .text = words, .address = address, .choices = choices));
	return card;
}

static void op_close_asking(void *handle)
{
	card_close(handle);
}

/* "Bob B. (bob)" */
static char *called(const char *who, const char *alias)
{
	const char *address = host_address(who);
	g_autofree char *name = host_name(alias);
	return name && strcmp(name, address) ? g_strdup_printf("%s (%s)", name, address) : g_strdup(address);
}

static void op_added(PurpleAccount *account G_GNUC_UNUSED, const char *who, const char *id G_GNUC_UNUSED, const char *alias, const char *message)
{
	g_autofree char *name = called(who, alias), *words = host_name(message);
	backend_notice(host.backend, NULL, FALSE, "%s has added you to their contact list%s%s", name, words ? ": " : "", words ? words : "");
}

static void op_wants_adding(PurpleAccount *account G_GNUC_UNUSED, const char *who, const char *id G_GNUC_UNUSED, const char *alias, const char *message)
{
	g_autofree char *name = called(who, alias), *title = g_strdup_printf("%s has added you; add them too?", name), *words = host_name(message);
	adding_ask(title, words, who, alias, NULL);
}

static void op_ask_adding(PurpleAccount *account G_GNUC_UNUSED, const char *who, const char *group, const char *alias)
{
	adding_ask("Add somebody to the contact list", NULL, who, alias, group);
}

PurpleBlistUiOps *contacts_list_operations(void)
{
	static PurpleBlistUiOps operations = { .update = op_update, .remove = op_update, .request_add_buddy = op_ask_adding,
		.save_node = op_save_node, .remove_node = op_save_node, .save_account = op_save_account };
	return &operations;
}

PurpleAccountUiOps *contacts_account_operations(void)
{
	static PurpleAccountUiOps operations = { .notify_added = op_added, .request_add = op_wants_adding, .request_authorize = op_ask, .close_account_request = op_close_asking };
	return &operations;
}

void contacts_allow(const WireAllow *m)
{
	Card *card = cards_find(answer_asking, host_address(m->address));
	if (!card) {
		backend_fail(host.backend, m->request, m->allow ? "this network lets nobody in who has not asked" : "this network can't take that back");
		return;
	}
	Asking *asking = card_data(card);
	decide(card, m->allow ? asking->allow : asking->deny, asking->user);
	backend_done(host.backend, m->request, NULL);
}
