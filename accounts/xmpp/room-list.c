/* room-list.c: which rooms there are: the rooms of a service (XEP-0045 6.3, XEP-0030 with XEP-0059), or what a search service finds (XEP-0433).
 *
 * Without an address the own server is asked which of its services has rooms; words are then looked for in those and by every service that
 * finds rooms. A service that answers without end is believed up to a number of rooms, and no longer than it gives new ones. */
#include <stdlib.h>
#include <string.h>

#include "disco.h"
#include "iq.h"
#include "data-form.h"
#include "room-state.h"
#include "stanza-error.h"

#define NS_SEARCH "urn:xmpp:channel-search:0:search"
#define SEARCH_PARAMS "urn:xmpp:channel-search:0:search-params"
#define PAGE "100"
#define PAGES_MOST 100
#define SERVICES_MOST 50

typedef struct {
	gint64 request;
	char *address, *words, *folded; /* owned; words: what to look for, or NULL */
	GPtrArray *services;            /* of char *, owned: still to be asked what they are */
	char *after;                    /* owned: the last page's end, or NULL */
	guint pages;
	GHashTable *told;               /* address of a room that was found -> itself, owned */
	char *error;                    /* owned: why a service could not be asked, while others are, or NULL */
	gboolean any;                   /* one of the services has rooms */
} Search;

static void search_free(Search *search)
{
	g_free(search->address);
	g_free(search->words);
	g_free(search->folded);
	g_free(search->after);
	g_free(search->error);
	g_hash_table_unref(search->told);
	g_ptr_array_unref(search->services);
	g_free(search);
}

static void end(Session *session, Search *search, const char *error)
{
	if (error)
		backend_fail(session->backend, search->request, session_fit(session, error, FIT_LABEL));
	else
		backend_done(session->backend, search->request, g_hash_table_size(search->told) ? NULL : search->words ? "no room fits" : "there are no rooms that are shown");
	search_free(search);
}

static void ask_service(Session *session, Search *search);

/* One service has told all it has: words are looked for in the next as well. */
static void end_service(Session *session, Search *search)
{
	if (search->words && search->services->len && session->online)
		ask_service(session, search);
	else
		end(session, search, g_hash_table_size(search->told) ? NULL : search->error);
}

static void end_by(Session *session, Search *search, xmpp_stanza_t *answer)
{
	g_free(search->error);
	search->error = stanza_error_sentence(answer);
	end_service(session, search);
}

static gboolean fits(const Search *search, const char *text)
{
	g_autofree char *folded = text && search->folded ? g_utf8_casefold(text, -1) : NULL;
	return !search->folded || (folded && strstr(folded, search->folded));
}

static void tell(Session *session, Search *search, const char *address, const char *name, const char *text, gint64 number)
{
	if (!g_hash_table_add(search->told, g_strdup(address)))
		return;
	backend_send(session->backend, &WIRE(ITEM, Item, .request = search->request, .address = address, .name = session_fit(session, name, FIT_LABEL),
					     .text = session_fit(session, text, FIT_LABEL), .number = number));
}

/* Where the next page begins; FALSE: there is none, or the service goes round in a circle. */
static gboolean turn_page(Search *search, xmpp_stanza_t *parent)
{
	const char *last = element_child_text(element_child(parent, "set", NS_RSM), "last", NULL);
	if (!last || !*last || g_strcmp0(last, search->after) == 0 || ++search->pages >= PAGES_MOST)
		return FALSE;
	g_free(search->after);
	search->after = g_strdup(last);
	return TRUE;
}

static void add_page(const Search *search, xmpp_stanza_t *parent)
{
	xmpp_stanza_t *set = element_add(parent, "set", NS_RSM);
	element_add_text(set, "max", NULL, PAGE);
	if (search->after)
		element_add_text(set, "after", NULL, search->after);
}

/* ---- the rooms of a service ---- */

static void ask_rooms(Session *session, Search *search);

/* Some services put the number of occupants behind the name: "Kitchen (12)". */
static char *split_number(const char *name, gint64 *number)
{
	const char *open = name ? strrchr(name, '(') : NULL;
	char *rest;
	*number = 0;
	if (!open || open == name || open[-1] != ' ' || !g_ascii_isdigit(open[1]))
		return g_strdup(name);
	guint64 value = g_ascii_strtoull(open + 1, &rest, 10);
	if (strcmp(rest, ")") != 0 || value > G_MAXINT32)
		return g_strdup(name);
	*number = (gint64)value;
	return g_strndup(name, (gsize)(open - 1 - name));
}

/* <iq type='result' from='c'><query xmlns='http://jabber.org/protocol/disco#items'><item jid='room@c' name='Kitchen'/></query></iq> */
static void on_rooms(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_ITEMS);
	gboolean any = FALSE;
	if (!iq_is_result(answer)) {
		end_by(session, search, answer);
		return;
	}
	for (xmpp_stanza_t *item = NULL; (item = element_next(query, item, "item", NULL));) {
		const char *jid = element_get(item, "jid");
		g_autofree char *address = jid ? jid_normalise(jid) : NULL;
		gint64 number;
		g_autofree char *name = split_number(element_get(item, "name"), &number);
		any = TRUE;
		if (!address || !strchr(address, '@') || jid_resource(address) || !(fits(search, address) || fits(search, name)))
			continue;
		tell(session, search, address, name, NULL, number);
	}
	if (any && turn_page(search, query))
		ask_rooms(session, search);
	else
		end_service(session, search);
}

static void ask_rooms(Session *session, Search *search)
{
	xmpp_stanza_t *iq = iq_new(session, "get", search->address);
	add_page(search, element_add(iq, "query", NS_DISCO_ITEMS));
	iq_ask(session, iq, IQ_SECONDS, on_rooms, search, NULL);
}

/* ---- a search service ---- */

static void ask_search(Session *session, Search *search);

/* <item address='room@c'><name>Kitchen</name><description>…</description><nusers>12</nusers></item> */
static void on_found(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	xmpp_stanza_t *result = element_child(answer, "result", NS_SEARCH);
	gboolean any = FALSE;
	if (!iq_is_result(answer)) {
		end_by(session, search, answer);
		return;
	}
	for (xmpp_stanza_t *item = NULL; (item = element_next(result, item, "item", NULL));) {
		const char *jid = element_get(item, "address"), *users = element_child_text(item, "nusers", NULL);
		g_autofree char *address = jid ? jid_normalise(jid) : NULL;
		any = TRUE;
		if (address && strchr(address, '@') && !jid_resource(address))
			tell(session, search, address, element_child_text(item, "name", NULL), element_child_text(item, "description", NULL),
			     users ? (gint64)MIN(g_ascii_strtoull(users, NULL, 10), G_MAXINT32) : 0);
	}
	if (any && turn_page(search, result))
		ask_search(session, search);
	else
		end_service(session, search);
}

static void ask_search(Session *session, Search *search)
{
	xmpp_stanza_t *iq = iq_new(session, "get", search->address);
	xmpp_stanza_t *element = element_add(iq, "search", NS_SEARCH);
	add_page(search, element);
	if (search->words)
		data_form_add_answer(element, SEARCH_PARAMS, "q", search->words, "sinname", "1", "sindescription", "1", "sinaddr", "1", "key",
				     "{urn:xmpp:channel-search:0:order}nusers", NULL);
	else
		data_form_add_answer(element, SEARCH_PARAMS, "all", "1", "key", "{urn:xmpp:channel-search:0:order}nusers", NULL);
	iq_ask(session, iq, IQ_SECONDS, on_found, search, NULL);
}

/* ---- where to look ---- */

static void begin(Session *session, Search *search, xmpp_stanza_t *features)
{
	search->any = TRUE;
	search->pages = 0;
	g_clear_pointer(&search->after, g_free);
	if (disco_has(features, NS_SEARCH))
		ask_search(session, search);
	else
		ask_rooms(session, search);
}

static gboolean is_a(xmpp_stanza_t *answer, const char *category)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);
	for (xmpp_stanza_t *identity = NULL; (identity = element_next(query, identity, "identity", NULL));)
		if (g_strcmp0(element_get(identity, "category"), category) == 0)
			return TRUE;
	return FALSE;
}

static void on_service(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	gboolean finds = search->words && disco_has(answer, NS_SEARCH);
	if (iq_is_result(answer) && (finds || (disco_has(answer, NS_MUC) && is_a(answer, "conference"))))
		begin(session, search, answer);
	else if (!session->online)
		end(session, search, "the connection was lost");
	else
		ask_service(session, search);
}

/* The next of the server's services. */
static void ask_service(Session *session, Search *search)
{
	g_free(search->address);
	search->address = search->services->len ? g_ptr_array_steal_index(search->services, 0) : NULL;
	if (!search->address) {
		if (search->any)
			end_service(session, search);
		else
			end(session, search, "the server has no rooms of its own; say where to look");
		return;
	}
	iq_ask(session, disco_new_request(session, search->address), IQ_SECONDS, on_service, search, NULL);
}

static void on_services(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_ITEMS);
	if (!iq_is_result(answer)) {
		end_by(session, search, answer);
		return;
	}
	for (xmpp_stanza_t *item = NULL; (item = element_next(query, item, "item", NULL)) && search->services->len < SERVICES_MOST;) {
		const char *jid = element_get(item, "jid");
		char *address = jid ? jid_normalise(jid) : NULL;
		if (address && !element_get(item, "node"))
			g_ptr_array_add(search->services, address);
		else
			g_free(address);
	}
	ask_service(session, search);
}

static void ask_services(Session *session, Search *search)
{
	xmpp_stanza_t *iq = iq_new(session, "get", search->address);
	element_add(iq, "query", NS_DISCO_ITEMS);
	iq_ask(session, iq, IQ_SECONDS, on_services, search, NULL);
}

static void on_address(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	if (!iq_is_result(answer)) {
		end_by(session, search, answer);
	} else if (is_a(answer, "server") && !disco_has(answer, NS_SEARCH)) {
		ask_services(session, search);
	} else {
		begin(session, search, answer);
	}
}

static void on_list(Session *session, const Wire *wish)
{
	const WireRoomList *list = (const WireRoomList *)wish;
	g_autofree char *address = list->address && *list->address ? jid_normalise(list->address) : NULL;
	if (!session->online || (list->address && *list->address && !address)) {
		g_autofree char *text = session->online ? g_strdup_printf("\"%s\" is not an address", list->address) : g_strdup("the account is not online");
		backend_fail(session->backend, list->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	Search *search = g_new0(Search, 1);
	search->request = list->request;
	search->words = list->words && *list->words ? g_strdup(list->words) : NULL;
	search->folded = search->words ? g_utf8_casefold(search->words, -1) : NULL;
	search->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	search->services = g_ptr_array_new_with_free_func(g_free);
	search->address = g_strdup(address ? address : session->domain);
	if (address)
		iq_ask(session, disco_new_request(session, address), IQ_SECONDS, on_address, search, NULL);
	else
		ask_services(session, search);
}

void room_list_attach(Session *session)
{
	session_on_wish(session, WIRE_ROOM_LIST, on_list);
}
