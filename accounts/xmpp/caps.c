/* caps.c: what programs can. See caps.h. XEP-0115 5 (the hash and its check), 5.4 (what makes an answer ill-formed).
 *
 * A hash is asked about once, of the first who announces it, and believed for all only if the answer has that hash; else the answer counts
 * for that one address. Only contacts and our own devices are asked: a room of many, or a stranger, makes us ask nothing. Everything is
 * bounded, and what falls out is asked again when it is announced again. */
#include "caps.h"

#include <string.h>

#include "disco.h"
#include "iq.h"
#include "roster.h"

#define KNOWN_MOST 500
#define DEVICES_MOST 5000
#define ASKED_MOST 50
#define VER_MOST 256

struct Caps {
	GHashTable *known;   /* "HASH VER", or the full address where an answer counts for that alone (owned) -> set of features */
	GQueue order;        /* of keys, borrowed from known: the oldest first */
	GHashTable *devices; /* full address (owned) -> key (owned) */
	GHashTable *asked;   /* keys that are being asked about, owned */
};

typedef struct {
	char *full, *key; /* owned */
} Question;

static void question_free(gpointer data)
{
	Question *question = data;
	g_free(question->full);
	g_free(question->key);
	g_free(question);
}

void caps_add(Session *session, xmpp_stanza_t *presence)
{
	xmpp_stanza_t *caps = element_add(presence, "c", NS_CAPS);
	element_set(caps, "hash", "sha-1");
	element_set(caps, "node", CAPS_NODE);
	element_set(caps, "ver", disco_hash(session));
}

/* ---- the hash of an answer ---- */

/* By octets, but '<' ends a part and so comes before everything. */
static int compare(gconstpointer a, gconstpointer b)
{
	const guchar *p = *(const guchar *const *)a, *q = *(const guchar *const *)b;
	for (; *p && *p == *q; p++)
		q++;
	int one = *p == '<' ? 1 : *p, other = *q == '<' ? 1 : *q;
	return one - other;
}

/* Sorts the texts, appends each with '<', and empties the list. FALSE: two are the same, where that is not allowed. */
static gboolean append_sorted(GString *out, GPtrArray *texts, gboolean unique)
{
	gboolean fine = TRUE;
	g_ptr_array_sort(texts, compare);
	for (guint i = 0; i < texts->len; i++) {
		fine = fine && !(unique && i && strcmp(texts->pdata[i - 1], texts->pdata[i]) == 0);
		g_string_append(out, texts->pdata[i]);
		g_string_append_c(out, '<');
	}
	g_ptr_array_set_size(texts, 0);
	return fine;
}

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static const char *form_type(xmpp_stanza_t *form)
{
	for (xmpp_stanza_t *field = NULL; (field = element_next(form, field, "field", NULL));)
		if (g_strcmp0(element_get(field, "var"), "FORM_TYPE") == 0)
			return element_child_text(field, "value", NULL);
	return NULL;
}

/* "FORM_TYPE<field<value<value<field<…": sorting these texts sorts the forms by their type. */
static char *form_text(xmpp_stanza_t *form)
{
	const char *type = form_type(form);
	if (!type)
		return NULL;
	g_autoptr(GPtrArray) fields = g_ptr_array_new_with_free_func(g_free);
	for (xmpp_stanza_t *field = NULL; (field = element_next(form, field, "field", NULL));) {
		const char *name = element_get(field, "var");
		if (!name || strcmp(name, "FORM_TYPE") == 0)
			continue;
		g_autoptr(GPtrArray) values = g_ptr_array_new();
		GString *text = g_string_new(name);
		g_string_append_c(text, '<');
		for (xmpp_stanza_t *value = NULL; (value = element_next(field, value, "value", NULL));)
			g_ptr_array_add(values, (gpointer)or_empty(element_text(value)));
		append_sorted(text, values, FALSE);
		if (text->len)
			g_string_truncate(text, text->len - 1);
		g_ptr_array_add(fields, g_string_free(text, FALSE));
	}
	GString *out = g_string_new(type);
	g_string_append_c(out, '<');
	append_sorted(out, fields, FALSE);
	g_string_truncate(out, out->len - 1);
	return g_string_free(out, FALSE);
}

/* What is hashed, or NULL for an ill-formed answer. */
static char *answer_text(xmpp_stanza_t *query)
{
	g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) out = g_string_new(NULL);
	gboolean fine;

	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "identity", NULL));)
		g_ptr_array_add(texts, g_strdup_printf("%s/%s/%s/%s", or_empty(element_get(row, "category")), or_empty(element_get(row, "type")),
						       or_empty(element_get(row, "xml:lang")), or_empty(element_get(row, "name"))));
	fine = append_sorted(out, texts, TRUE);
	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "feature", NULL));)
		g_ptr_array_add(texts, g_strdup(or_empty(element_get(row, "var"))));
	fine = append_sorted(out, texts, TRUE) && fine;
	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "x", NS_DATA));) {
		char *text = form_text(row);
		if (text)
			g_ptr_array_add(texts, text);
	}
	fine = append_sorted(out, texts, TRUE) && fine;
	return fine ? g_string_free(g_steal_pointer(&out), FALSE) : NULL;
}

static GChecksumType checksum_of(const char *hash)
{
	return strcmp(hash, "sha-1") == 0 ? G_CHECKSUM_SHA1 : strcmp(hash, "sha-256") == 0 ? G_CHECKSUM_SHA256
	       : strcmp(hash, "sha-512") == 0 ? G_CHECKSUM_SHA512 : (GChecksumType)-1;
}

static gboolean has_hash(xmpp_stanza_t *query, const char *key)
{
	g_autofree char *text = answer_text(query);
	const char *space = strchr(key, ' ');
	g_autofree char *hash = g_strndup(key, (gsize)(space - key));
	if (!text)
		return FALSE;
	guint8 digest[64];
	gsize size = sizeof digest;
	g_autoptr(GChecksum) sum = g_checksum_new(checksum_of(hash));
	g_checksum_update(sum, (const guchar *)text, -1);
	g_checksum_get_digest(sum, digest, &size);
	g_autofree char *base64 = g_base64_encode(digest, size);
	return strcmp(base64, space + 1) == 0;
}

/* ---- asking ---- */

static void remember(struct Caps *caps, const char *key, xmpp_stanza_t *query)
{
	GHashTable *features = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	for (xmpp_stanza_t *row = NULL; (row = element_next(query, row, "feature", NULL));)
		if (element_get(row, "var"))
			g_hash_table_add(features, g_strdup(element_get(row, "var")));
	if (!g_hash_table_contains(caps->known, key)) {
		char *copy = g_strdup(key);
		g_hash_table_insert(caps->known, copy, features);
		g_queue_push_tail(&caps->order, copy);
	} else {
		g_hash_table_unref(features);
	}
	if (g_queue_get_length(&caps->order) > KNOWN_MOST)
		g_hash_table_remove(caps->known, g_queue_pop_head(&caps->order));
}

static void on_answer(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Question *question = user;
	struct Caps *caps = session->caps;
	g_hash_table_remove(caps->asked, question->key);
	if (!iq_is_result(answer))
		return;
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);
	if (has_hash(query, question->key)) {
		remember(caps, question->key, query);
	} else if (g_strcmp0(g_hash_table_lookup(caps->devices, question->full), question->key) == 0) {
		remember(caps, question->full, query);
		g_hash_table_replace(caps->devices, g_strdup(question->full), g_strdup(question->full));
	}
}

static void ask(Session *session, const char *full, const char *key, const char *node, const char *ver)
{
	struct Caps *caps = session->caps;
	if (g_hash_table_contains(caps->known, key) || g_hash_table_contains(caps->asked, key) || g_hash_table_size(caps->asked) >= ASKED_MOST)
		return;
	Question *question = g_new(Question, 1);
	*question = (Question){ g_strdup(full), g_strdup(key) };
	g_hash_table_add(caps->asked, g_strdup(key));
	xmpp_stanza_t *iq = disco_new_request(session, full);
	g_autofree char *name = g_strconcat(node, "#", ver, NULL);
	element_set(element_child(iq, "query", NULL), "node", name);
	iq_ask(session, iq, IQ_SECONDS, on_answer, question, question_free);
}

/* <presence from='a@b/c'><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='…' ver='…'/></presence> */
static gboolean on_presence(Session *session, const Arrival *arrival)
{
	struct Caps *caps = session->caps;
	if (!arrival->resource || (*arrival->type && strcmp(arrival->type, "unavailable") != 0) ||
	    (!roster_has(session, arrival->bare) && strcmp(arrival->bare, session->own) != 0))
		return FALSE;
	xmpp_stanza_t *c = *arrival->type ? NULL : element_child(arrival->stanza, "c", NS_CAPS);
	const char *hash = element_get(c, "hash"), *node = element_get(c, "node"), *ver = element_get(c, "ver");
	if (!hash || !node || !ver || strlen(ver) > VER_MOST || strlen(node) > FIT_ID || checksum_of(hash) == (GChecksumType)-1) {
		g_hash_table_remove(caps->devices, arrival->from);
		return FALSE;
	}
	g_autofree char *key = g_strconcat(hash, " ", ver, NULL);
	if (g_hash_table_size(caps->devices) >= DEVICES_MOST && !g_hash_table_contains(caps->devices, arrival->from))
		return FALSE;
	g_hash_table_replace(caps->devices, g_strdup(arrival->from), g_strdup(key));
	if (strcmp(arrival->from, session->jid) != 0)
		ask(session, arrival->from, key, node, ver);
	return FALSE;
}

gboolean caps_has(Session *session, const char *full, const char *ns)
{
	const char *key = g_hash_table_lookup(session->caps->devices, full);
	GHashTable *features = key ? g_hash_table_lookup(session->caps->known, key) : NULL;
	return features && g_hash_table_contains(features, ns);
}

gboolean caps_any_has(Session *session, const char *bare, const char *ns, const char **full)
{
	GHashTableIter iter;
	gpointer device;
	g_hash_table_iter_init(&iter, session->caps->devices);
	while (g_hash_table_iter_next(&iter, &device, NULL))
		if (jid_same_bare(device, bare) && caps_has(session, device, ns)) {
			if (full)
				*full = device;
			return TRUE;
		}
	return FALSE;
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	if (!resumed)
		g_hash_table_remove_all(session->caps->devices);
}

void caps_attach(Session *session)
{
	struct Caps *caps = session->caps = g_new0(struct Caps, 1);
	caps->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_hash_table_unref);
	caps->devices = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	caps->asked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_queue_init(&caps->order);
	session_on_presence(session, on_presence);
	session_on_life(session, on_online, NULL);
	disco_add_feature(session, NS_CAPS);
}

void caps_detach(Session *session)
{
	struct Caps *caps = session->caps;
	g_queue_clear(&caps->order);
	g_hash_table_unref(caps->known);
	g_hash_table_unref(caps->devices);
	g_hash_table_unref(caps->asked);
	g_clear_pointer(&session->caps, g_free);
}
