/* room-config.c: how a room is set up: its configuration form, a room that we have just made, and its end. XEP-0045 10.
 *
 * The form becomes a card, which the person may answer whenever they like; the answer goes to the room as a whole. A new room is opened at once
 * with the server's own set-up (an "instant" room), so that others can come in. */
#include <string.h>

#include "data-form.h"
#include "iq.h"
#include "room-state.h"
#include "stanza-error.h"

#define FORM_TYPE "http://jabber.org/protocol/muc#roomconfig"
#define PREFIX "room-config:"
#define CANCEL "cancel"
#define SAVE "save"

struct RoomForms {
	GHashTable *open; /* card id (owned) -> OpenForm (owned) */
};

typedef struct {
	char *room; /* owned */
	DataForm *form;
} OpenForm;

typedef struct {
	gint64 request;
	char *room;    /* owned */
	char **values; /* owned: FIELD=VALUE, or NULL: show a card */
} Job;

static void open_form_free(gpointer data)
{
	OpenForm *open = data;
	g_free(open->room);
	data_form_free(open->form);
	g_free(open);
}

static void job_free(gpointer data)
{
	Job *job = data;
	g_free(job->room);
	g_strfreev(job->values);
	g_free(job);
}

static Job *job_new(gint64 request, const char *room, const char *const *values)
{
	Job *job = g_new0(Job, 1);
	job->request = request;
	job->room = g_strdup(room);
	job->values = values && *values ? g_strdupv((char **)values) : NULL;
	return job;
}

static char *describe_refusal(xmpp_stanza_t *answer)
{
	const char *condition = answer ? stanza_error_condition(answer) : "";
	if (strcmp(condition, "forbidden") == 0 || strcmp(condition, "not-allowed") == 0)
		return g_strdup("only an owner of the room may do that");
	if (strcmp(condition, "item-not-found") == 0)
		return g_strdup("the room does not exist");
	return stanza_error_sentence(answer);
}

static void fail(Session *session, gint64 request, xmpp_stanza_t *answer)
{
	g_autofree char *text = describe_refusal(answer);
	backend_fail(session->backend, request, session_fit(session, text, FIT_LABEL));
}

/* ---- the form ---- */

static void on_saved(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	const Job *job = user;
	if (iq_is_result(answer)) {
		backend_done(session->backend, job->request, NULL);
		return;
	}
	if (job->request) {
		fail(session, job->request, answer);
		return;
	}
	g_autofree char *text = describe_refusal(answer);
	backend_notice(session->backend, job->room, TRUE, "the room was not set up: %s", session_fit(session, text, FIT_LABEL));
}

static void save(Session *session, gint64 request, const char *room, const DataForm *form)
{
	xmpp_stanza_t *iq = iq_new(session, "set", room);
	data_form_submit(form, element_add(iq, "query", NS_MUC_OWNER));
	iq_ask(session, iq, IQ_SECONDS, on_saved, job_new(request, room, NULL), job_free);
}

static void show_card(Session *session, gint64 request, const char *room, DataForm *form)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, room, -1);
	g_autofree char *id = g_strconcat(PREFIX, sum, NULL);
	g_autofree char *title = g_strdup_printf("the set-up of the room \"%s\"", room);
	static const char *const choices[] = { CANCEL, SAVE, NULL };
	OpenForm *open = g_new0(OpenForm, 1);
	data_form_show(session, form, &WIRE(CARD, Card, .card = id, .card_kind = CARD_FORM, .title = session_fit(session, title, FIT_LABEL),
					    .text = session_fit(session, data_form_words(form), FIT_LABEL), .address = room, .choices = choices));
	open->room = g_strdup(room);
	open->form = form;
	g_hash_table_replace(session->room_forms->open, g_steal_pointer(&id), open);
	backend_done(session->backend, request, NULL);
}

/* <iq type='result' from='room@c'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='form'>…</x></query></iq> */
static void on_form(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	const Job *job = user;
	if (!iq_is_result(answer)) {
		fail(session, job->request, answer);
		return;
	}
	DataForm *form = data_form_read(element_child(element_child(answer, "query", NS_MUC_OWNER), "x", NS_DATA), FORM_TYPE);
	g_autofree char *why = NULL;
	if (!form) {
		backend_fail(session->backend, job->request, "the room gave no form that could be understood");
	} else if (!job->values) {
		show_card(session, job->request, job->room, form);
	} else {
		if (data_form_fill(form, (const char *const *)job->values, &why))
			save(session, job->request, job->room, form);
		else
			backend_fail(session->backend, job->request, session_fit(session, why, FIT_LABEL));
		data_form_free(form);
	}
}

static void on_configure(Session *session, const Wire *wish)
{
	const WireRoomConfigure *configure = (const WireRoomConfigure *)wish;
	g_autofree char *jid = room_check_address(session, configure->request, configure->chat);
	if (!jid)
		return;
	xmpp_stanza_t *iq = iq_new(session, "get", jid);
	element_add(iq, "query", NS_MUC_OWNER);
	iq_ask(session, iq, IQ_SECONDS, on_form, job_new(configure->request, jid, configure->values), job_free);
}

static gboolean on_answer(Session *session, const WireAnswer *answer)
{
	GHashTable *forms = session->room_forms->open;
	OpenForm *open = g_hash_table_lookup(forms, answer->card);
	g_autofree char *why = NULL;
	gboolean saves = open && (g_strcmp0(answer->choice, SAVE) == 0 || (!answer->choice && answer->values && *answer->values));
	if (!open)
		return FALSE;
	if (saves && !session->online) {
		backend_notice(session->backend, open->room, TRUE, "the room was not set up: the account is not online");
	} else if (saves && !data_form_fill(open->form, answer->values, &why)) {
		backend_notice(session->backend, open->room, TRUE, "the room was not set up: %s", session_fit(session, why, FIT_LABEL));
	} else if (saves) {
		save(session, 0, open->room, open->form);
	}
	backend_send(session->backend, &WIRE(CARD_GONE, CardGone, .account = session->account, .card = answer->card));
	g_hash_table_remove(forms, answer->card);
	return TRUE;
}

/* ---- a new room ---- */

static void on_unlocked(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	if (iq_is_result(answer)) {
		backend_notice(session->backend, user, FALSE, "you made this room; /configure sets it up");
		return;
	}
	if (!session->online)
		return;
	g_autofree char *text = stanza_error_sentence(answer);
	backend_notice(session->backend, user, TRUE, "the new room could not be opened to others: %s", session_fit(session, text, FIT_LABEL));
}

void room_config_unlock(Session *session, const Room *room)
{
	xmpp_stanza_t *iq = iq_new(session, "set", room->jid);
	element_set(element_add(element_add(iq, "query", NS_MUC_OWNER), "x", NS_DATA), "type", "submit");
	iq_ask(session, iq, IQ_SECONDS, on_unlocked, g_strdup(room->jid), g_free);
}

/* ---- the end of a room ---- */

/* <iq type='set' to='room@c'><query xmlns='http://jabber.org/protocol/muc#owner'><destroy jid='other@c'><reason>…</reason></destroy></query></iq> */
static void on_destroy(Session *session, const Wire *wish)
{
	const WireRoomDestroy *end = (const WireRoomDestroy *)wish;
	g_autofree char *jid = room_check_address(session, end->request, end->chat);
	g_autofree char *other = end->address ? jid_normalise(end->address) : NULL;
	if (!jid)
		return;
	if (end->address && (!other || jid_resource(other) || !strchr(other, '@'))) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not the address of a room", end->address);
		backend_fail(session->backend, end->request, session_fit(session, text, FIT_LABEL));
		return;
	}
	xmpp_stanza_t *iq = iq_new(session, "set", jid);
	xmpp_stanza_t *destroy = element_add(element_add(iq, "query", NS_MUC_OWNER), "destroy", NULL);
	element_set(destroy, "jid", other);
	if (end->text && *end->text)
		element_add_text(destroy, "reason", NULL, end->text);
	iq_ask(session, iq, IQ_SECONDS, on_saved, job_new(end->request, jid, NULL), job_free);
}

void room_config_attach(Session *session)
{
	session->room_forms = g_new0(struct RoomForms, 1);
	session->room_forms->open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, open_form_free);
	session_on_wish(session, WIRE_ROOM_CONFIGURE, on_configure);
	session_on_wish(session, WIRE_ROOM_DESTROY, on_destroy);
	session_on_answer(session, PREFIX, on_answer);
}

void room_config_detach(Session *session)
{
	g_hash_table_unref(session->room_forms->open);
	g_clear_pointer(&session->room_forms, g_free);
}
