/* pubsub.c: the account's own nodes of publish-subscribe. See pubsub.h. XEP-0060 6.5, 7.1, 7.2, 8.2; XEP-0163; XEP-0223.
 *
 * What servers take differs: some know few publish-options (ejabberd 23.01 only who may read and that items last), so that the node is made
 * with all options before; and the number of items is "max" (XEP-0060 1.19), or a number up to the server's own limit. */
#include "pubsub.h"

#include <string.h>

#include "data-form.h"
#include "disco.h"
#include "iq.h"
#include "stanza-error.h"

#define NS_OWNER NS_PUBSUB "#owner"
#define NS_ERRORS NS_PUBSUB "#errors"
#define NS_OPTIONS NS_PUBSUB "#publish-options"
#define NS_NODE_CONFIG NS_PUBSUB "#node_config"

static const char *const limits[] = { "max", "10000", "1000", "255" };

typedef struct {
	const char *node; /* static */
	PubsubEvent event;
} Watch;

struct Pubsub {
	GArray *watches; /* of Watch */
	guint limit;     /* index into limits: what the server took last */
	gboolean few;    /* it knows few options of publishing: nodes are configured before */
	GHashTable *configured; /* nodes that are, owned */
};

typedef struct {
	char *node, *id;        /* owned */
	PubsubKind kind;
	xmpp_stanza_t *payload; /* owned */
	guint tries;
	gboolean prepared;      /* the node was made or configured for this */
	PubsubItems items;
	PubsubEnd end;
	gpointer user;
	GDestroyNotify free_user;
} Job;

static void job_free(gpointer data)
{
	Job *job = data;
	if (job->free_user)
		job->free_user(job->user);
	if (job->payload)
		xmpp_stanza_release(job->payload);
	g_free(job->node);
	g_free(job->id);
	g_free(job);
}

static PubsubResult result_of(xmpp_stanza_t *answer)
{
	if (iq_is_result(answer))
		return PUBSUB_DONE;
	return answer && strcmp(stanza_error_condition(answer), "item-not-found") == 0 ? PUBSUB_MISSING : PUBSUB_FAILED;
}

static void finish(Session *session, Job *job, xmpp_stanza_t *answer)
{
	PubsubResult result = result_of(answer);
	if (job->end) {
		g_autofree char *error = result == PUBSUB_DONE ? NULL : stanza_error_sentence(answer);
		job->end(session, result, error, job->user);
	}
	job_free(job);
}

/* ---- events ---- */

void pubsub_watch(Session *session, const char *node, PubsubEvent event)
{
	Watch watch = { node, event };
	g_autofree char *feature = g_strconcat(node, "+notify", NULL);
	g_array_append_val(session->pubsub->watches, watch);
	disco_add_feature(session, g_intern_string(feature));
}

static const Watch *find_watch(Session *session, const char *node)
{
	for (guint i = 0; node && i < session->pubsub->watches->len; i++) {
		const Watch *watch = &g_array_index(session->pubsub->watches, Watch, i);
		if (strcmp(watch->node, node) == 0)
			return watch;
	}
	return NULL;
}

/* <message from='own'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='…'><item id='…'>…</item><retract id='…'/></items> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *event = element_child(arrival->stanza, "event", NS_PUBSUB_EVENT);
	if (!event)
		return FALSE;
	if (!arrival->own || arrival->carbon || strcmp(arrival->type, "error") == 0)
		return TRUE;
	xmpp_stanza_t *part = element_child(event, NULL, NULL);
	const Watch *watch = find_watch(session, element_get(part, "node"));
	if (!watch)
		return TRUE;
	if (element_is(part, "purge", NULL) || element_is(part, "delete", NULL)) {
		watch->event(session, NULL, NULL);
		return TRUE;
	}
	if (!element_is(part, "items", NULL))
		return TRUE;
	for (xmpp_stanza_t *item = NULL; (item = element_next(part, item, NULL, NULL));) {
		const char *id = element_get(item, "id");
		xmpp_stanza_t *payload = element_is(item, "item", NULL) ? element_child(item, NULL, NULL) : NULL;
		if (id && (payload || element_is(item, "retract", NULL)))
			watch->event(session, id, payload);
	}
	return TRUE;
}

/* ---- fetching ---- */

static void on_fetched(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Job *job = user;
	xmpp_stanza_t *items = NULL;
	PubsubResult result = result_of(answer);
	if (result == PUBSUB_DONE) {
		items = element_child(element_child(answer, "pubsub", NS_PUBSUB), "items", NULL);
		if (!items || g_strcmp0(element_get(items, "node"), job->node) != 0)
			result = PUBSUB_FAILED;
	}
	job->items(session, result, result == PUBSUB_DONE ? items : NULL, job->user);
	job_free(job);
}

static Job *job_new(const char *node, const char *id, gpointer user, GDestroyNotify free_user)
{
	Job *job = g_new0(Job, 1);
	job->node = g_strdup(node);
	job->id = g_strdup(id);
	job->user = user;
	job->free_user = free_user;
	return job;
}

void pubsub_fetch(Session *session, const char *node, PubsubItems then, gpointer user, GDestroyNotify free_user)
{
	Job *job = job_new(node, NULL, user, free_user);
	job->items = then;
	xmpp_stanza_t *iq = iq_new(session, "get", NULL);
	element_set(element_add(element_add(iq, "pubsub", NS_PUBSUB), "items", NULL), "node", node);
	iq_ask(session, iq, IQ_SECONDS, on_fetched, job, NULL);
}

/* ---- publishing ---- */

/* all: with those that not every server takes with an item. */
static void add_options(Session *session, xmpp_stanza_t *parent, const Job *job, const char *form_type, gboolean all)
{
	const char *most = job->kind == PUBSUB_ONE ? "1" : limits[session->pubsub->limit];
	data_form_add_answer(parent, form_type, "pubsub#persist_items", "true", "pubsub#access_model", "whitelist",
		"pubsub#max_items", all ? most : NULL, "pubsub#send_last_published_item", all ? "never" : NULL, NULL);
}

static void publish(Session *session, Job *job);
static void configure(Session *session, Job *job);

/* The next number of items to try; FALSE: none is left. */
static gboolean next_limit(Session *session, Job *job)
{
	if (job->kind == PUBSUB_ONE || ++job->tries >= G_N_ELEMENTS(limits))
		return FALSE;
	session->pubsub->limit = (session->pubsub->limit + 1) % G_N_ELEMENTS(limits);
	return TRUE;
}

static void on_configured(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Job *job = user;
	if (iq_is_result(answer)) {
		g_hash_table_add(session->pubsub->configured, g_strdup(job->node));
		publish(session, job);
	} else if (answer && next_limit(session, job)) {
		configure(session, job);
	} else {
		finish(session, job, answer);
	}
}

/* The node is there with other options: it is made private before anything is put into it. */
static void configure(Session *session, Job *job)
{
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *part = element_add(element_add(iq, "pubsub", NS_OWNER), "configure", NULL);
	element_set(part, "node", job->node);
	add_options(session, part, job, NS_NODE_CONFIG, TRUE);
	job->prepared = TRUE;
	iq_ask(session, iq, IQ_SECONDS, on_configured, job, NULL);
}

static void create(Session *session, Job *job);

static void on_created(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Job *job = user;
	if (answer && !iq_is_result(answer) && strcmp(stanza_error_condition(answer), "conflict") == 0)
		configure(session, job);
	else if (answer && !iq_is_result(answer) && next_limit(session, job))
		create(session, job);
	else
		on_configured(session, answer, job);
}

static void create(Session *session, Job *job)
{
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *pubsub = element_add(iq, "pubsub", NS_PUBSUB);
	element_set(element_add(pubsub, "create", NULL), "node", job->node);
	add_options(session, element_add(pubsub, "configure", NULL), job, NS_NODE_CONFIG, TRUE);
	job->prepared = TRUE;
	iq_ask(session, iq, IQ_SECONDS, on_created, job, NULL);
}

static void on_published(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Job *job = user;
	xmpp_stanza_t *error = answer && !iq_is_result(answer) ? element_child(answer, "error", NULL) : NULL;
	if (!error || job->prepared) {
		finish(session, job, answer);
	} else if (element_child(error, "precondition-not-met", NS_ERRORS)) {
		configure(session, job);
	} else {
		session->pubsub->few = TRUE;
		create(session, job);
	}
}

static void publish(Session *session, Job *job)
{
	if (session->pubsub->few && !g_hash_table_contains(session->pubsub->configured, job->node) && !job->prepared) {
		create(session, job);
		return;
	}
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *pubsub = element_add(iq, "pubsub", NS_PUBSUB);
	xmpp_stanza_t *part = element_add(pubsub, "publish", NULL);
	element_set(part, "node", job->node);
	xmpp_stanza_t *item = element_add(part, "item", NULL);
	element_set(item, "id", job->id);
	xmpp_stanza_add_child_ex(item, xmpp_stanza_copy(job->payload), 0);
	add_options(session, element_add(pubsub, "publish-options", NULL), job, NS_OPTIONS, !session->pubsub->few);
	iq_ask(session, iq, IQ_SECONDS, on_published, job, NULL);
}

void pubsub_publish(Session *session, const char *node, PubsubKind kind, const char *id, xmpp_stanza_t *payload, PubsubEnd then, gpointer user,
		    GDestroyNotify free_user)
{
	Job *job = job_new(node, id, user, free_user);
	job->kind = kind;
	job->payload = payload;
	job->end = then;
	/* A server that does not know these options would show the item to everybody who may see our presence. */
	if (!disco_account_has(session, NS_OPTIONS)) {
		if (then)
			then(session, PUBSUB_FAILED, "the server keeps no private lists", user);
		job_free(job);
		return;
	}
	publish(session, job);
}

static void on_retracted(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	finish(session, user, answer);
}

void pubsub_retract(Session *session, const char *node, const char *id, PubsubEnd then, gpointer user, GDestroyNotify free_user)
{
	Job *job = job_new(node, id, user, free_user);
	job->end = then;
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *part = element_add(element_add(iq, "pubsub", NS_PUBSUB), "retract", NULL);
	element_set(part, "node", node);
	element_set(part, "notify", "true");
	element_set(element_add(part, "item", NULL), "id", id);
	iq_ask(session, iq, IQ_SECONDS, on_retracted, job, NULL);
}

/* ---- life ---- */

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	if (!resumed)
		g_hash_table_remove_all(session->pubsub->configured);
}

void pubsub_attach(Session *session)
{
	session->pubsub = g_new0(struct Pubsub, 1);
	session->pubsub->watches = g_array_new(FALSE, FALSE, sizeof(Watch));
	session->pubsub->configured = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session_on_message(session, STEP_EVENT, on_message);
	session_on_life(session, on_online, NULL);
}

void pubsub_detach(Session *session)
{
	g_array_unref(session->pubsub->watches);
	g_hash_table_unref(session->pubsub->configured);
	g_clear_pointer(&session->pubsub, g_free);
}
