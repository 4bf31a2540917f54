/* disco.c: what we can, and what the own server can. See disco.h. XEP-0030; the hash is XEP-0115 5. */
#include "disco.h"

#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "config.h"
#include "intake.h"
#include "iq.h"

#define CATEGORY "client"
#define KIND "console"
#define NAME "kith " PACKAGE_VERSION

struct Disco {
	GPtrArray *features; /* static texts, sorted from disco_hash on */
	char *hash;          /* owned */
	GHashTable *account; /* what the own account can: texts, owned */
	GArray *waiting;     /* of AccountHandler */
};

typedef void (*AccountHandler)(Session *session);

void disco_add_feature(Session *session, const char *ns)
{
	g_ptr_array_add(session->disco->features, (gpointer)ns);
}

static int compare(gconstpointer a, gconstpointer b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

const char *disco_hash(Session *session)
{
	struct Disco *disco = session->disco;
	if (disco->hash)
		return disco->hash;
	g_ptr_array_sort(disco->features, compare);
	g_autoptr(GString) text = g_string_new(CATEGORY "/" KIND "//" NAME "<");
	for (guint i = 0; i < disco->features->len; i++)
		g_string_append_printf(text, "%s<", (const char *)disco->features->pdata[i]);
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA1);
	guint8 digest[20];
	gsize size = sizeof digest;
	g_checksum_update(sum, (const guchar *)text->str, (gssize)text->len);
	g_checksum_get_digest(sum, digest, &size);
	disco->hash = g_base64_encode(digest, size);
	return disco->hash;
}

void disco_print_features(Session *session, FILE *out)
{
	for (guint i = 0; i < session->disco->features->len; i++)
		fprintf(out, "feature %s\n", (const char *)session->disco->features->pdata[i]);
}

/* <iq type='get'><query xmlns='http://jabber.org/protocol/disco#info' node='…'/></iq> */
static gboolean on_info(Session *session, const Arrival *arrival)
{
	const char *node = element_get(element_child(arrival->stanza, "query", NS_DISCO_INFO), "node");
	g_autofree char *own_node = g_strconcat(CAPS_NODE "#", disco_hash(session), NULL);

	if (node && strcmp(node, own_node) != 0 && strcmp(node, CAPS_NODE) != 0) {
		iq_refuse(session, arrival, "cancel", "item-not-found");
		return TRUE;
	}
	xmpp_stanza_t *answer = iq_answer(session, arrival);
	xmpp_stanza_t *query = element_add(answer, "query", NS_DISCO_INFO);
	element_set(query, "node", node);
	xmpp_stanza_t *identity = element_add(query, "identity", NULL);
	element_set(identity, "category", CATEGORY);
	element_set(identity, "type", KIND);
	element_set(identity, "name", NAME);
	for (guint i = 0; i < session->disco->features->len; i++)
		element_set(element_add(query, "feature", NULL), "var", session->disco->features->pdata[i]);
	session_send(session, answer);
	return TRUE;
}

static gboolean on_items(Session *session, const Arrival *arrival)
{
	const char *node = element_get(element_child(arrival->stanza, "query", NS_DISCO_ITEMS), "node");
	xmpp_stanza_t *answer = iq_answer(session, arrival);
	element_set(element_add(answer, "query", NS_DISCO_ITEMS), "node", node);
	session_send(session, answer);
	return TRUE;
}

xmpp_stanza_t *disco_new_request(Session *session, const char *to)
{
	xmpp_stanza_t *iq = iq_new(session, "get", to);
	element_add(iq, "query", NS_DISCO_INFO);
	return iq;
}

gboolean disco_has(xmpp_stanza_t *answer, const char *feature)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);
	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "feature", NULL));)
		if (g_strcmp0(element_get(row, "var"), feature) == 0)
			return TRUE;
	return FALSE;
}

const char *disco_identity(xmpp_stanza_t *answer, const char *attribute)
{
	return element_get(element_child(element_child(answer, "query", NS_DISCO_INFO), "identity", NULL), attribute);
}

gboolean disco_account_has(Session *session, const char *feature)
{
	return g_hash_table_contains(session->disco->account, feature);
}

void disco_on_account(Session *session, void (*then)(Session *session))
{
	g_array_append_val(session->disco->waiting, then);
}

static void take_account(Session *session, xmpp_stanza_t *answer)
{
	struct Disco *disco = session->disco;
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);

	g_hash_table_remove_all(disco->account);
	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "feature", NULL));)
		if (element_get(row, "var"))
			g_hash_table_add(disco->account, g_strdup(element_get(row, "var")));
	/* That decides whose archive ids are believed. */
	session->archive = disco_account_has(session, NS_ARCHIVE);
	/* XEP-0313 5.1.1 demands of an archive what XEP-0359 demands of a giver of ids: it removes forged ones. */
	session->ids = session->archive || disco_account_has(session, NS_STANZA_ID);
	intake_keep_state(session);
}

static void on_account(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	if (iq_is_result(answer))
		take_account(session, answer);
	if (!session->online)
		return;
	for (guint i = 0; i < session->disco->waiting->len; i++)
		g_array_index(session->disco->waiting, AccountHandler, i)(session);
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	if (!resumed)
		g_hash_table_remove_all(session->disco->account);
	if (!resumed || fresh_process)
		iq_ask(session, disco_new_request(session, session->own), IQ_SECONDS, on_account, NULL, NULL);
}

void disco_attach(Session *session)
{
	session->disco = g_new0(struct Disco, 1);
	session->disco->features = g_ptr_array_new();
	session->disco->account = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session->disco->waiting = g_array_new(FALSE, FALSE, sizeof(AccountHandler));
	session_on_request(session, "get", "query", NS_DISCO_INFO, on_info);
	session_on_request(session, "get", "query", NS_DISCO_ITEMS, on_items);
	session_on_life(session, on_online, NULL);
	disco_add_feature(session, NS_DISCO_INFO);
	disco_add_feature(session, NS_DISCO_ITEMS);
}

void disco_detach(Session *session)
{
	g_ptr_array_unref(session->disco->features);
	g_hash_table_unref(session->disco->account);
	g_array_unref(session->disco->waiting);
	g_free(session->disco->hash);
	g_clear_pointer(&session->disco, g_free);
}
