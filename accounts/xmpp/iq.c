/* iq.c: requests and answers. See iq.h.
 *
 * One timer serves all open requests: it is set for the earliest deadline and is absent while nothing is open. */
#include "iq.h"

#include <string.h>

#include "base/secret.h"

typedef struct {
	char *to; /* normal form, or NULL */
	gint64 deadline;
	IqHandler handler;
	gpointer user;
	GDestroyNotify cleanup;
} Request;

struct Iqs {
	GHashTable *open; /* id (owned) -> Request (owned) */
	guint timer;
	gint64 timer_at;
};

static void request_finish(Session *session, Request *request, xmpp_stanza_t *answer)
{
	request->handler(session, answer, request->user);
	if (request->cleanup)
		request->cleanup(request->user);
	g_free(request->to);
	g_free(request);
}

static gboolean on_timer(gpointer user);

static void set_timer(Session *session)
{
	struct Iqs *iqs = session->iqs;
	GHashTableIter iter;
	gpointer value;
	gint64 earliest = G_MAXINT64;
	g_hash_table_iter_init(&iter, iqs->open);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		earliest = MIN(earliest, ((Request *)value)->deadline);
	g_clear_handle_id(&iqs->timer, g_source_remove);
	if (earliest == G_MAXINT64)
		return;
	gint64 left = (earliest - g_get_monotonic_time()) / G_TIME_SPAN_SECOND + 1;
	iqs->timer_at = earliest;
	iqs->timer = g_timeout_add_seconds((guint)MAX(left, 1), on_timer, session);
}

static gboolean on_timer(gpointer user)
{
	Session *session = user;
	gint64 now = g_get_monotonic_time();
	GHashTableIter iter;
	gpointer key, value;
	g_autoptr(GPtrArray) late = g_ptr_array_new();

	session->iqs->timer = 0;
	g_hash_table_iter_init(&iter, session->iqs->open);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (((Request *)value)->deadline <= now) {
			g_ptr_array_add(late, value);
			g_hash_table_iter_remove(&iter);
		}
	for (guint i = 0; i < late->len; i++)
		request_finish(session, late->pdata[i], NULL);
	set_timer(session);
	return G_SOURCE_REMOVE;
}

xmpp_stanza_t *iq_new(Session *session, const char *type, const char *to)
{
	xmpp_stanza_t *iq = element_new(session->ctx, "iq", NULL);
	g_autofree char *id = secret_random_id();
	element_set(iq, "type", type);
	element_set(iq, "id", id);
	element_set(iq, "to", to);
	return iq;
}

void iq_ask(Session *session, xmpp_stanza_t *stanza, guint seconds, IqHandler handler, gpointer user, GDestroyNotify cleanup)
{
	struct Iqs *iqs = session->iqs;
	Request *request = g_new0(Request, 1);
	const char *to = xmpp_stanza_get_to(stanza);
	request->to = to ? jid_normalise(to) : NULL;
	request->deadline = g_get_monotonic_time() + seconds * G_TIME_SPAN_SECOND;
	request->handler = handler;
	request->user = user;
	request->cleanup = cleanup;
	if (!session->online) {
		xmpp_stanza_release(stanza);
		request_finish(session, request, NULL);
		return;
	}
	g_hash_table_insert(iqs->open, g_strdup(xmpp_stanza_get_id(stanza)), request);
	if (!iqs->timer || request->deadline < iqs->timer_at)
		set_timer(session);
	session_send(session, stanza);
}

gboolean iq_is_result(xmpp_stanza_t *answer)
{
	return answer && g_strcmp0(xmpp_stanza_get_type(answer), "result") == 0;
}

void iq_take_answer(Session *session, const Arrival *arrival)
{
	struct Iqs *iqs = session->iqs;
	gpointer key;
	Request *request;

	if (!arrival->id || !g_hash_table_lookup_extended(iqs->open, arrival->id, &key, (gpointer *)&request))
		return;
	/* Without "to" the own account answers: with its bare address, the bound one, or none (RFC 6120 8.1.2.1). */
	gboolean fits = request->to ? strcmp(request->to, arrival->from) == 0 || (arrival->anonymous && strcmp(request->to, session->own) == 0)
				    : arrival->own || g_strcmp0(arrival->from, session->jid) == 0;
	if (!fits)
		return;
	g_hash_table_steal(iqs->open, arrival->id);
	g_free(key);
	if (g_hash_table_size(iqs->open) == 0)
		g_clear_handle_id(&iqs->timer, g_source_remove);
	request_finish(session, request, arrival->stanza);
}

static xmpp_stanza_t *reply_new(Session *session, const Arrival *request, const char *type)
{
	xmpp_stanza_t *reply = element_new(session->ctx, "iq", NULL);
	element_set(reply, "type", type);
	element_set(reply, "id", request->id);
	if (!request->anonymous)
		element_set(reply, "to", xmpp_stanza_get_from(request->stanza));
	return reply;
}

xmpp_stanza_t *iq_answer(Session *session, const Arrival *request)
{
	return reply_new(session, request, "result");
}

void iq_refuse(Session *session, const Arrival *request, const char *type, const char *condition)
{
	xmpp_stanza_t *reply = reply_new(session, request, "error");
	xmpp_stanza_t *error = element_add(reply, "error", NULL);
	element_set(error, "type", type);
	element_add(error, condition, NS_STANZAS);
	session_send(session, reply);
}

static void on_offline(Session *session)
{
	struct Iqs *iqs = session->iqs;
	GHashTable *open = iqs->open;
	GHashTableIter iter;
	gpointer value;

	g_clear_handle_id(&iqs->timer, g_source_remove);
	iqs->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_hash_table_iter_init(&iter, open);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		request_finish(session, value, NULL);
	g_hash_table_unref(open);
}

void iq_attach(Session *session)
{
	session->iqs = g_new0(struct Iqs, 1);
	session->iqs->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session_on_life(session, NULL, on_offline);
}

void iq_detach(Session *session)
{
	on_offline(session);
	g_hash_table_unref(session->iqs->open);
	g_clear_pointer(&session->iqs, g_free);
}
