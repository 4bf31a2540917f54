/* dispatch.c: who handles what: the tables that the parts fill, and the way of each stanza and wish through them.
 *
 * Errors and results of iq are never answered; a request that nobody handles is (RFC 6120 8.2.3), if it has an id. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "iq.h"
#include "session.h"

typedef struct {
	const char *type, *name, *ns; /* static */
	ArrivalHandler handler;
} RequestRow;

typedef struct {
	OnlineHandler online;
	OfflineHandler offline;
} LifeRow;

typedef struct {
	const char *prefix; /* static */
	AnswerHandler handler;
} AnswerRow;

struct Dispatch {
	GArray *messages[STEPS]; /* of ArrivalHandler */
	GArray *presences;       /* of ArrivalHandler */
	GArray *requests;        /* of RequestRow */
	GArray *lives;           /* of LifeRow */
	GArray *answers;         /* of AnswerRow */
	WishHandler wishes[WIRE_KINDS];
};

void session_on_message(Session *session, MessageStep step, ArrivalHandler handler)
{
	g_array_append_val(session->dispatch->messages[step], handler);
}

void session_on_presence(Session *session, ArrivalHandler handler)
{
	g_array_append_val(session->dispatch->presences, handler);
}

void session_on_request(Session *session, const char *type, const char *name, const char *ns, ArrivalHandler handler)
{
	RequestRow row = { type, name, ns, handler };
	g_array_append_val(session->dispatch->requests, row);
}

void session_on_wish(Session *session, WireKind kind, WishHandler handler)
{
	session->dispatch->wishes[kind] = handler;
}

void session_on_life(Session *session, OnlineHandler online, OfflineHandler offline)
{
	LifeRow row = { online, offline };
	g_array_append_val(session->dispatch->lives, row);
}

void session_on_answer(Session *session, const char *prefix, AnswerHandler handler)
{
	AnswerRow row = { prefix, handler };
	g_array_append_val(session->dispatch->answers, row);
}

void dispatch_print_requests(Session *session, FILE *out)
{
	for (guint i = 0; i < session->dispatch->requests->len; i++) {
		const RequestRow *row = &g_array_index(session->dispatch->requests, RequestRow, i);
		fprintf(out, "%s %s %s\n", row->type, row->name ? row->name : "*", row->ns ? row->ns : "*");
	}
}

void dispatch_message(Session *session, const Arrival *arrival, MessageStep from_step)
{
	for (int step = (int)from_step; step < STEPS; step++) {
		GArray *handlers = session->dispatch->messages[step];
		for (guint i = 0; i < handlers->len; i++)
			if (g_array_index(handlers, ArrivalHandler, i)(session, arrival))
				return;
	}
}

static void dispatch_presence(Session *session, const Arrival *arrival)
{
	GArray *handlers = session->dispatch->presences;
	for (guint i = 0; i < handlers->len; i++)
		if (g_array_index(handlers, ArrivalHandler, i)(session, arrival))
			return;
}

static void dispatch_iq(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "result") == 0 || strcmp(arrival->type, "error") == 0) {
		iq_take_answer(session, arrival);
		return;
	}
	if (!arrival->id || !*arrival->id || (strcmp(arrival->type, "get") != 0 && strcmp(arrival->type, "set") != 0))
		return;
	xmpp_stanza_t *payload = element_child(arrival->stanza, NULL, NULL);
	for (guint i = 0; payload && i < session->dispatch->requests->len; i++) {
		const RequestRow *row = &g_array_index(session->dispatch->requests, RequestRow, i);
		if (strcmp(row->type, arrival->type) == 0 && element_is(payload, row->name, row->ns) && row->handler(session, arrival))
			return;
	}
	iq_refuse(session, arrival, "cancel", "service-unavailable");
}

void dispatch_stanza(Session *session, xmpp_stanza_t *stanza)
{
	const char *from = xmpp_stanza_get_from(stanza);
	const char *name = xmpp_stanza_get_name(stanza);
	const char *type = xmpp_stanza_get_type(stanza);
	g_autofree char *sender = from ? jid_normalise(from) : g_strdup(session->own);
	if (!sender) {
		log_debug("a stanza from an address that is none was let go");
		return;
	}
	g_autofree char *bare = jid_bare(sender);
	Arrival arrival = {
		.stanza = stanza,
		.from = sender,
		.bare = bare,
		.resource = jid_resource(sender),
		.type = type ? type : "",
		.id = xmpp_stanza_get_id(stanza),
		.anonymous = from == NULL,
		.own = from == NULL || strcmp(sender, session->own) == 0,
	};
	if (strcmp(name, "message") == 0)
		dispatch_message(session, &arrival, 0);
	else if (strcmp(name, "presence") == 0)
		dispatch_presence(session, &arrival);
	else if (strcmp(name, "iq") == 0)
		dispatch_iq(session, &arrival);
}

static void dispatch_answer(Session *session, const WireAnswer *answer)
{
	for (guint i = 0; i < session->dispatch->answers->len; i++) {
		const AnswerRow *row = &g_array_index(session->dispatch->answers, AnswerRow, i);
		if (g_str_has_prefix(answer->card, row->prefix)) {
			if (row->handler(session, answer))
				backend_done(session->backend, answer->request, NULL);
			else
				backend_fail(session->backend, answer->request, "the question is no longer open");
			return;
		}
	}
	backend_fail(session->backend, answer->request, "there is no such question");
}

void dispatch_wish(Session *session, const Wire *wish)
{
	if (wish->kind == WIRE_ANSWER)
		dispatch_answer(session, (const WireAnswer *)wish);
	else if (session->dispatch->wishes[wish->kind])
		session->dispatch->wishes[wish->kind](session, wish);
	else if (wish->kind != WIRE_ERROR)
		log_warning("\"%s\" can't be done with XMPP", wire_shape(wish->kind)->name);
	else
		log_warning("the hub says: %s", ((const WireError *)wish)->text);
}

void dispatch_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	for (guint i = 0; i < session->dispatch->lives->len; i++) {
		OnlineHandler handler = g_array_index(session->dispatch->lives, LifeRow, i).online;
		if (handler)
			handler(session, resumed, fresh_process);
	}
}

void dispatch_offline(Session *session)
{
	for (guint i = 0; i < session->dispatch->lives->len; i++) {
		OfflineHandler handler = g_array_index(session->dispatch->lives, LifeRow, i).offline;
		if (handler)
			handler(session);
	}
}

void dispatch_attach(Session *session)
{
	struct Dispatch *dispatch = session->dispatch = g_new0(struct Dispatch, 1);
	for (int step = 0; step < STEPS; step++)
		dispatch->messages[step] = g_array_new(FALSE, FALSE, sizeof(ArrivalHandler));
	dispatch->presences = g_array_new(FALSE, FALSE, sizeof(ArrivalHandler));
	dispatch->requests = g_array_new(FALSE, FALSE, sizeof(RequestRow));
	dispatch->lives = g_array_new(FALSE, FALSE, sizeof(LifeRow));
	dispatch->answers = g_array_new(FALSE, FALSE, sizeof(AnswerRow));
}

void dispatch_detach(Session *session)
{
	struct Dispatch *dispatch = session->dispatch;
	for (int step = 0; step < STEPS; step++)
		g_array_unref(dispatch->messages[step]);
	g_array_unref(dispatch->presences);
	g_array_unref(dispatch->requests);
	g_array_unref(dispatch->lives);
	g_array_unref(dispatch->answers);
	g_clear_pointer(&session->dispatch, g_free);
}
