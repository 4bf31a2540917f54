/* roster.c: the contact list at the server. See roster.h. RFC 6121 2.
 *
 * In memory an entry is no more than its subscription and whether we have asked; names and groups go through to the hub and into the copy
 * on disk, of which each line is ADDRESS, subscription, ask, NAME and groups, separated by tabs, behind a first line with the version. */
#include "roster.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/log.h"
#include "iq.h"
#include "markers.h"
#include "presence.h"
#include "stanza-error.h"
#include "subscription.h"

#define GROUPS_MOST 64
#define SAVE_SECONDS 3
#define TRIM_LEAST 500
#define TRIM_SECONDS 2

struct Roster {
	GHashTable *items; /* address (owned) -> Item (owned) */
	char *version;     /* owned, or NULL: none kept */
	gboolean loaded;   /* the items are known */
	guint save_timer;
};

typedef struct {
	Subscription subscription;
	gboolean asked;
	char *name;        /* owned, or NULL */
	char *groups;      /* owned: separated by tabs, or NULL */
} Item;

static void item_free(gpointer data)
{
	Item *item = data;
	g_free(item->name);
	g_free(item->groups);
	g_free(item);
}

Subscription roster_subscription(Session *session, const char *bare)
{
	Item *item = g_hash_table_lookup(session->roster->items, bare);
	return item ? item->subscription : SUBSCRIPTION_NONE;
}

gboolean roster_is_known(Session *session)
{
	return session->roster->loaded;
}

gboolean roster_has(Session *session, const char *bare)
{
	return g_hash_table_contains(session->roster->items, bare);
}

gboolean roster_may_see_us(Session *session, const char *bare)
{
	Subscription subscription = roster_subscription(session, bare);
	return subscription == SUBSCRIPTION_FROM || subscription == SUBSCRIPTION_BOTH || strcmp(bare, session->own) == 0;
}

void roster_foreach_seen(Session *session, void (*call)(Session *session, const char *bare))
{
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, session->roster->items);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		Subscription subscription = ((Item *)value)->subscription;
		if (subscription == SUBSCRIPTION_TO || subscription == SUBSCRIPTION_BOTH)
			call(session, key);
	}
}

/* ---- the copy on disk ---- */

static char *copy_path(Session *session)
{
	return g_build_filename(backend_directory(session->backend), "contacts", NULL);
}

/* Fields must not hold what separates them. */
static void append_field(GString *out, const char *text)
{
	g_string_append_c(out, '\t');
	for (; text && *text; text++)
		g_string_append_c(out, *text == '\n' || *text == '\r' ? ' ' : *text);
}

static gboolean on_save(gpointer user)
{
	Session *session = user;
	struct Roster *roster = session->roster;
	g_autofree char *path = copy_path(session);
	g_autoptr(GString) out = g_string_new(roster->version);
	g_autoptr(GError) error = NULL;
	GHashTableIter iter;
	gpointer key, value;

	roster->save_timer = 0;
	g_string_append_c(out, '\n');
	g_hash_table_iter_init(&iter, roster->items);
	while (g_hash_table_iter_next(&iter, &key, &value)) {
		Item *item = value;
		g_string_append(out, key);
		append_field(out, wire_words_subscription[item->subscription]);
		append_field(out, item->asked ? "asked" : "");
		append_field(out, item->name);
		if (item->groups)
			append_field(out, item->groups);
		g_string_append_c(out, '\n');
	}
	if (!g_file_set_contents_full(path, out->str, (gssize)out->len, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
		log_warning("the copy of the contact list could not be written: %s", error->message);
	return G_SOURCE_REMOVE;
}

static void save_soon(Session *session)
{
	struct Roster *roster = session->roster;
	if (!roster->save_timer && roster->version)
		roster->save_timer = g_timeout_add_seconds(SAVE_SECONDS, on_save, session);
}

void roster_load(Session *session)
{
	struct Roster *roster = session->roster;
	const char *kept = backend_kept(session->backend, "roster_ver");
	g_autofree char *path = copy_path(session);
	g_autofree char *text = NULL;

	if (!kept || !g_file_get_contents(path, &text, NULL, NULL) || !g_utf8_validate(text, -1, NULL))
		return;
	char *at = strchr(text, '\n');
	if (!at)
		return;
	*at++ = '\0';
	if (strcmp(text, kept) != 0)
		return;
	for (char *end; (end = strchr(at, '\n')); at = end + 1) {
		*end = '\0';
		g_auto(GStrv) fields = g_strsplit(at, "\t", 5);
		if (g_strv_length(fields) < 4)
			continue;
		int word = wire_word_find(wire_words_subscription, fields[1]);
		Item *item = g_new0(Item, 1);
		item->subscription = word < 0 ? SUBSCRIPTION_NONE : (Subscription)word;
		item->asked = strcmp(fields[2], "asked") == 0;
		item->name = *fields[3] ? g_strdup(fields[3]) : NULL;
		item->groups = g_strdup(fields[4]);
		g_hash_table_replace(roster->items, g_strdup(fields[0]), item);
	}
	roster->version = g_strdup(kept);
	roster->loaded = TRUE;
}

/* ---- what the server says ---- */

static void set_version(Session *session, const char *version)
{
	struct Roster *roster = session->roster;
	if (!version || strlen(version) > FIT_ID || strpbrk(version, "\r\n"))
		return;
	if (g_strcmp0(version, roster->version) != 0) {
		g_free(roster->version);
		roster->version = g_strdup(version);
		backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = "roster_ver", .value = version));
	}
	save_soon(session);
}

/* <item jid='a@b' name='A' subscription='both' ask='subscribe'><group>Friends</group></item> */
static void take_item(Session *session, xmpp_stanza_t *element)
{
	struct Roster *roster = session->roster;
	const char *jid = element_get(element, "jid");
	g_autofree char *address = jid ? jid_normalise(jid) : NULL;
	const char *word = element_get(element, "subscription");

	if (!address)
		return;
	if (g_strcmp0(word, "remove") == 0) {
		if (g_hash_table_remove(roster->items, address))
			backend_send(session->backend, &WIRE(CONTACT_GONE, ContactGone, .account = session->account, .address = address));
		presence_forget(session, address);
		return;
	}
	int known = word ? wire_word_find(wire_words_subscription, word) : 0;
	Item *item = g_new0(Item, 1);
	item->subscription = known < 0 ? SUBSCRIPTION_NONE : (Subscription)known;
	item->asked = g_strcmp0(element_get(element, "ask"), "subscribe") == 0;
	const char *name = element_get(element, "name");
	item->name = name && *name ? g_strdup(session_fit(session, name, FIT_LABEL)) : NULL;

	const char *groups[GROUPS_MOST + 1];
	guint n = 0;
	for (xmpp_stanza_t *group = NULL; n < GROUPS_MOST && (group = element_next(element, group, "group", NULL));) {
		const char *text = element_text(group);
		if (text && *text && strlen(text) <= FIT_LABEL && !g_strv_contains((groups[n] = NULL, groups), text))
			groups[n++] = text;
	}
	groups[n] = NULL;
	item->groups = n > 0 ? g_strjoinv("\t", (char **)groups) : NULL;
	backend_send(session->backend, &WIRE(CONTACT, Contact, .account = session->account, .address = address, .name = item->name,
					     .groups = groups, .subscription = item->subscription, .asked = item->asked));
	g_hash_table_replace(roster->items, g_steal_pointer(&address), item);
}

/* The tree of a big list is as large as everything else of this process together. */
static gboolean on_trim(gpointer user G_GNUC_UNUSED)
{
	malloc_trim(0);
	return G_SOURCE_REMOVE;
}

static void on_roster(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	struct Roster *roster = session->roster;
	xmpp_stanza_t *query = element_child(answer, "query", NS_ROSTER);

	if (!iq_is_result(answer)) {
		if (session->online) {
			g_autofree char *text = stanza_error_sentence(answer);
			backend_notice(session->backend, NULL, TRUE, "the contact list could not be read: %s", text);
		}
		return;
	}
	/* An empty result: nothing has changed since our version; changes, if any, follow as pushes. */
	if (!query)
		return;
	GHashTable *before = roster->items;
	roster->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, item_free);
	for (xmpp_stanza_t *part = query; part; part = element_next(answer, part, "query", NS_ROSTER)) /* a long one comes in parts */
		for (xmpp_stanza_t *item = NULL; (item = element_next(part, item, "item", NULL));)
			if (g_strcmp0(element_get(item, "subscription"), "remove") != 0)
				take_item(session, item);
	g_hash_table_unref(before);
	roster->loaded = TRUE;
	if (g_hash_table_size(roster->items) > TRIM_LEAST)
		g_timeout_add_seconds(TRIM_SECONDS, on_trim, NULL);
	backend_send(session->backend, &WIRE(CONTACTS_DONE, ContactsDone, .account = session->account));
	set_version(session, element_get(query, "ver"));
	if (roster->save_timer) {
		/* The first copy at once: a process that resumes needs it. */
		g_clear_handle_id(&roster->save_timer, g_source_remove);
		on_save(session);
	}
	presence_on_roster(session);
	markers_release(session);
}

static gboolean on_push(Session *session, const Arrival *arrival)
{
	if (!arrival->own) {
		if (session_warns_first(session, WARNING_PUSH))
			log_warning("a change of the contact list from \"%s\" was refused", arrival->from);
		return FALSE;
	}
	xmpp_stanza_t *query = element_child(arrival->stanza, "query", NS_ROSTER);
	xmpp_stanza_t *item = element_child(query, "item", NULL);
	if (!item || element_next(query, item, "item", NULL)) {
		iq_refuse(session, arrival, "modify", "bad-request");
		return TRUE;
	}
	take_item(session, item);
	set_version(session, element_get(query, "ver"));
	save_soon(session);
	session_send(session, iq_answer(session, arrival));
	return TRUE;
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	struct Roster *roster = session->roster;
	if (resumed && roster->loaded)
		return;
	xmpp_stanza_t *iq = iq_new(session, "get", NULL);
	xmpp_stanza_t *query = element_add(iq, "query", NS_ROSTER);
	if (element_child(stream_features(session->stream), "ver", NS_ROSTER_VERSIONING))
		element_set(query, "ver", roster->loaded && roster->version ? roster->version : "");
	iq_ask(session, iq, 2 * IQ_SECONDS, on_roster, NULL, NULL);
}

/* ---- what the user wants ---- */

static void on_set(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	gint64 request = *(gint64 *)user;
	if (iq_is_result(answer)) {
		backend_done(session->backend, request, NULL);
		return;
	}
	g_autofree char *text = stanza_error_sentence(answer);
	backend_fail(session->backend, request, session_fit(session, text, FIT_LABEL));
}

static void send_set(Session *session, gint64 request, const char *address, const char *name, const char *const *groups, gboolean remove)
{
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *item = element_add(element_add(iq, "query", NS_ROSTER), "item", NULL);
	element_set(item, "jid", address);
	if (remove)
		element_set(item, "subscription", "remove");
	else if (name && *name)
		element_set(item, "name", name);
	for (; groups && *groups; groups++)
		if (**groups)
			element_add_text(item, "group", NULL, *groups);
	iq_ask(session, iq, IQ_SECONDS, on_set, g_memdup2(&request, sizeof request), g_free);
}

/* The address in normal form without a resource, or NULL after the request was answered. */
static char *check(Session *session, gint64 request, const char *text)
{
	g_autofree char *full = jid_normalise(text);
	if (!session->online) {
		backend_fail(session->backend, request, "the account is not online");
		return NULL;
	}
	if (!full) {
		g_autofree char *why = g_strdup_printf("\"%s\" is not an address", text);
		backend_fail(session->backend, request, session_fit(session, why, FIT_LABEL));
		return NULL;
	}
	return jid_bare(full);
}

static void on_add(Session *session, const Wire *wish)
{
	const WireContactAdd *add = (const WireContactAdd *)wish;
	g_autofree char *address = check(session, add->request, add->address);
	if (!address)
		return;
	send_set(session, add->request, address, add->name, add->groups, FALSE);
	Subscription now = roster_subscription(session, address);
	if (now != SUBSCRIPTION_TO && now != SUBSCRIPTION_BOTH)
		subscription_send(session, address, "subscribe", add->text);
}

static void on_change(Session *session, const Wire *wish)
{
	const WireContactSet *set = (const WireContactSet *)wish;
	g_autofree char *address = check(session, set->request, set->address);
	if (address)
		send_set(session, set->request, address, set->name, set->groups, FALSE);
}

static void on_remove(Session *session, const Wire *wish)
{
	const WireContactRemove *remove = (const WireContactRemove *)wish;
	g_autofree char *address = check(session, remove->request, remove->address);
	if (!address)
		return;
	if (!roster_has(session, address)) {
		g_autofree char *why = g_strdup_printf("\"%s\" is not in the contact list", address);
		backend_fail(session->backend, remove->request, session_fit(session, why, FIT_LABEL));
		return;
	}
	send_set(session, remove->request, address, NULL, NULL, TRUE);
}

void roster_attach(Session *session)
{
	session->roster = g_new0(struct Roster, 1);
	session->roster->items = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, item_free);
	session_on_request(session, "set", "query", NS_ROSTER, on_push);
	session_on_life(session, on_online, NULL);
	session_on_wish(session, WIRE_CONTACT_ADD, on_add);
	session_on_wish(session, WIRE_CONTACT_SET, on_change);
	session_on_wish(session, WIRE_CONTACT_REMOVE, on_remove);
}

void roster_detach(Session *session)
{
	struct Roster *roster = session->roster;
	if (roster->save_timer) {
		g_source_remove(roster->save_timer);
		on_save(session);
	}
	g_hash_table_unref(roster->items);
	g_free(roster->version);
	g_clear_pointer(&session->roster, g_free);
}
