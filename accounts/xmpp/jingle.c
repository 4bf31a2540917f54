/* jingle.c: the talk about a file from program to program. See jingle.h. XEP-0166, XEP-0234 0.18+ (file-transfer:5), XEP-0261.
 *
 * Only who may see our presence is answered; to others we are not there. An offer is shown to the user and waits; nothing is taken by itself.
 * Names and sizes are the sender's word: the hub makes the name safe, and no more bytes are taken than were announced. */
#include "jingle.h"

#include <string.h>

#include "base/log.h"
#include "base/secret.h"
#include "caps.h"
#include "disco.h"
#include "iq.h"
#include "presence.h"
#include "roster.h"
#include "stanza-error.h"

#define NS_ERRORS "urn:xmpp:jingle:errors:1"
#define TALKS_MOST 50
#define THEIRS_MOST 5 /* of one contact, undecided */
#define BLOCK 8192
#define BLOCK_LEAST 256
#define DEVICE_SECONDS 15

struct Jingle {
	GPtrArray *talks; /* of Talk *, owned */
};

/* ---- the talks ---- */

static void talk_free(gpointer data)
{
	Talk *talk = data;
	jingle_ibb_clear(talk);
	char *all[] = { talk->sid, talk->peer, talk->bare, talk->transfer, talk->content, talk->name, talk->type, talk->sha256, talk->stream };
	for (gsize i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
	g_free(talk);
}

static Talk *talk_new(Session *session, const char *peer)
{
	Talk *talk = g_new0(Talk, 1);
	talk->session = session;
	talk->peer = g_strdup(peer);
	talk->bare = jid_bare(peer);
	talk->fd = -1;
	talk->block = BLOCK;
	g_ptr_array_add(session->jingle->talks, talk);
	return talk;
}

gboolean jingle_has(Session *session, const Talk *talk)
{
	return g_ptr_array_find(session->jingle->talks, talk, NULL);
}

static Talk *find_talk(Session *session, const char *peer, const char *sid)
{
	for (guint i = 0; sid && i < session->jingle->talks->len; i++) {
		Talk *talk = session->jingle->talks->pdata[i];
		if (!strcmp(talk->peer, peer) && !strcmp(talk->sid, sid))
			return talk;
	}
	return NULL;
}

Talk *jingle_by_stream(Session *session, const char *peer, const char *stream)
{
	for (guint i = 0; stream && i < session->jingle->talks->len; i++) {
		Talk *talk = session->jingle->talks->pdata[i];
		if (!strcmp(talk->peer, peer) && !g_strcmp0(talk->stream, stream))
			return talk;
	}
	return NULL;
}

static Talk *find_transfer(Session *session, const char *transfer)
{
	for (guint i = 0; i < session->jingle->talks->len; i++)
		if (!strcmp(((Talk *)session->jingle->talks->pdata[i])->transfer, transfer))
			return session->jingle->talks->pdata[i];
	return NULL;
}

void jingle_tell(Talk *talk, TransferState state, const char *text)
{
	Session *session = talk->session;
	gint64 now = g_get_monotonic_time();
	if (state == TRANSFER_ACTIVE && talk->moved && now - talk->told < G_USEC_PER_SEC / 5)
		return;
	talk->told = now;
	backend_send(session->backend, &WIRE(TRANSFER, Transfer, .account = session->account, .transfer = talk->transfer, .chat = talk->bare,
					     .direction = talk->ours ? DIRECTION_OUT : DIRECTION_IN, .state = state, .name = session_fit(session, talk->name, FIT_LABEL),
					     .type = talk->type, .size = talk->size, .moved = talk->moved, .text = session_fit(session, text, FIT_LABEL)));
}

/* ---- the stanzas ---- */

static xmpp_stanza_t *jingle_new(Talk *talk, const char *action, xmpp_stanza_t **jingle)
{
	xmpp_stanza_t *iq = iq_new(talk->session, "set", talk->peer);
	*jingle = element_add(iq, "jingle", NS_JINGLE);
	element_set(*jingle, "action", action);
	element_set(*jingle, "sid", talk->sid);
	return iq;
}

/* <content …><description …><file>…</file></description><transport …/></content> */
static void add_content(xmpp_stanza_t *jingle, const Talk *talk)
{
	g_autofree char *block = g_strdup_printf("%u", talk->block), *size = g_strdup_printf("%" G_GINT64_FORMAT, talk->size);
	xmpp_stanza_t *content = element_add(jingle, "content", NULL);
	element_set(content, "creator", "initiator");
	element_set(content, "name", talk->content);
	element_set(content, "senders", "initiator");
	xmpp_stanza_t *file = element_add(element_add(content, "description", NS_FILE_JINGLE), "file", NULL);
	if (talk->type)
		element_add_text(file, "media-type", NULL, talk->type);
	element_add_text(file, "name", NULL, talk->name);
	element_add_text(file, "size", NULL, size);
	if (talk->sha256)
		element_set(element_add_text(file, "hash", NS_HASHES, talk->sha256), "algo", "sha-256");
	xmpp_stanza_t *transport = element_add(content, "transport", NS_JINGLE_IBB);
	element_set(transport, "block-size", block);
	element_set(transport, "sid", talk->stream);
}

static void send_reason(Talk *talk, const char *reason)
{
	xmpp_stanza_t *jingle, *iq = jingle_new(talk, "session-terminate", &jingle);
	element_add(element_add(jingle, "reason", NULL), reason, NULL);
	session_send(talk->session, iq);
}

void jingle_end(Talk *talk, const char *reason, TransferState state, const char *text)
{
	Session *session = talk->session;
	if (reason)
		send_reason(talk, reason);
	jingle_ibb_clear(talk);
	if (talk->request && state == TRANSFER_FAILED)
		backend_fail(session->backend, talk->request, session_fit(session, text ? text : "the other side ended it", FIT_LABEL));
	else
		jingle_tell(talk, state, text);
	g_ptr_array_remove(session->jingle->talks, talk);
}

/* ---- ours ---- */

static void on_offer_answer(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Talk *talk = find_transfer(session, user);
	if (!talk || !session->online || talk->state != TALK_OFFERED)
		return;
	if (!iq_is_result(answer)) {
		g_autofree char *why = stanza_error_sentence(answer);
		jingle_end(talk, NULL, TRANSFER_FAILED, why);
		return;
	}
	talk->request = 0;
	jingle_tell(talk, TRANSFER_WAITING, NULL);
}

static void offer_to(Session *session, const WireFileSend *wish, const char *full)
{
	const char *why;
	Talk *talk = talk_new(session, full);
	talk->ours = TRUE;
	talk->sid = secret_random_id();
	talk->stream = secret_random_id();
	talk->transfer = g_strdup(wish->transfer);
	talk->content = g_strdup("file");
	talk->name = g_strdup(wish->name);
	talk->type = g_strdup(wish->type);
	talk->sha256 = g_strdup(wish->sha256);
	talk->size = wish->size;
	talk->request = wish->request;
	if (!jingle_ibb_open_ours(talk, wish->path, &why)) {
		jingle_end(talk, NULL, TRANSFER_FAILED, why);
		return;
	}
	xmpp_stanza_t *jingle, *iq = jingle_new(talk, "session-initiate", &jingle);
	element_set(jingle, "initiator", session->jid);
	add_content(jingle, talk);
	iq_ask(session, iq, IQ_SECONDS, on_offer_answer, g_strdup(talk->transfer), g_free);
}

typedef struct {
	WireFileSend *wish;
	char *full, *why;
} Search;

static void search_free(gpointer data)
{
	Search *search = data;
	g_free(search->wish);
	g_free(search->full);
	g_free(search->why);
	g_free(search);
}

static void refuse_offer(Session *session, const WireFileSend *wish, const char *why)
{
	g_autofree char *text = g_strdup_printf("%s%s\"%s\" is not there with a program that takes files directly", why ? why : "", why ? ", and " : "", wish->chat);
	backend_fail(session->backend, wish->request, session_fit(session, text, FIT_LABEL));
}

static void on_device(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Search *search = user;
	if (!session->online)
		return;
	if (iq_is_result(answer) && disco_has(answer, NS_FILE_JINGLE) && disco_has(answer, NS_JINGLE_IBB))
		offer_to(session, search->wish, search->full);
	else
		refuse_offer(session, search->wish, search->why);
}

void jingle_offer(Session *session, const WireFileSend *wish, const char *why)
{
	g_autofree char *address = jid_normalise(wish->chat);
	g_autofree char *bare = address ? jid_bare(address) : NULL;
	const char *full = NULL, *best = bare ? presence_best_resource(session, bare) : NULL;
	if (bare && session->jingle->talks->len < TALKS_MOST && caps_any_has(session, bare, NS_FILE_JINGLE, &full) && caps_has(session, full, NS_JINGLE_IBB)) {
		g_autofree char *device = g_strdup(full);
		offer_to(session, wish, device);
		return;
	}
	if (!best || session->jingle->talks->len >= TALKS_MOST) {
		refuse_offer(session, wish, why);
		return;
	}
	Search *search = g_new0(Search, 1);
	*search = (Search){ (WireFileSend *)wire_copy(wish), g_strconcat(bare, "/", best, NULL), g_strdup(why) };
	iq_ask(session, disco_new_request(session, search->full), DEVICE_SECONDS, on_device, search, search_free);
}

/* ---- theirs ---- */

static const char *text_of(xmpp_stanza_t *file, const char *name)
{
	const char *text = element_child_text(file, name, NULL);
	return text && *text ? text : NULL;
}

static char *read_hash(xmpp_stanza_t *file)
{
	for (xmpp_stanza_t *hash = NULL; (hash = element_next(file, hash, "hash", NS_HASHES));) {
		const char *text = element_text(hash);
		if (g_strcmp0(element_get(hash, "algo"), "sha-256") == 0 && text && strlen(text) == 44)
			return g_strdup(text);
	}
	return NULL;
}

static guint count_undecided(Session *session, const char *bare)
{
	guint n = 0;
	for (guint i = 0; i < session->jingle->talks->len; i++) {
		const Talk *talk = session->jingle->talks->pdata[i];
		n += !talk->ours && talk->state == TALK_OFFERED && !strcmp(talk->bare, bare);
	}
	return n;
}

/* The reason why the offer can't be taken, or NULL; fills in what it offers. */
static const char *read_offer(Talk *talk, xmpp_stanza_t *jingle)
{
	xmpp_stanza_t *content = element_child(jingle, "content", NULL), *description = element_child(content, "description", NS_FILE_JINGLE);
	xmpp_stanza_t *file = element_child(description, "file", NULL), *transport = element_child(content, "transport", NS_JINGLE_IBB);
	const char *name = element_get(content, "name"), *stream = element_get(transport, "sid"), *block = element_get(transport, "block-size");
	const char *type = text_of(file, "media-type"), *size = text_of(file, "size"), *senders = element_get(content, "senders");
	guint64 number;

	if (!file || element_next(jingle, content, "content", NULL))
		return "unsupported-applications";
	if (!transport || !stream || !*stream || strlen(stream) > 256)
		return "unsupported-transports";
	if (!name || strlen(name) > 256 || (senders && strcmp(senders, "initiator")) || !size || !g_ascii_string_to_unsigned(size, 10, 1, G_MAXINT64, &number, NULL))
		return "failed-application";
	talk->content = g_strdup(name);
	talk->stream = g_strdup(stream);
	talk->size = (gint64)number;
	if (block && g_ascii_string_to_unsigned(block, 10, BLOCK_LEAST, 65535, &number, NULL))
		talk->block = MIN((guint)number, BLOCK);
	talk->name = g_strdup(text_of(file, "name"));
	talk->type = type && strlen(type) <= 64 ? g_strdup(type) : NULL;
	talk->sha256 = read_hash(file);
	return NULL;
}

/* <jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' initiator='…' sid='…'><content …>…</content></jingle> */
static void on_initiate(Session *session, const Arrival *arrival, xmpp_stanza_t *jingle, const char *sid)
{
	if (find_talk(session, arrival->from, sid)) {
		iq_refuse(session, arrival, "cancel", "conflict");
		return;
	}
	if (session->jingle->talks->len >= TALKS_MOST || count_undecided(session, arrival->bare) >= THEIRS_MOST) {
		iq_refuse(session, arrival, "wait", "resource-constraint");
		return;
	}
	session_send(session, iq_answer(session, arrival));
	Talk *talk = talk_new(session, arrival->from);
	talk->sid = g_strdup(sid);
	talk->transfer = secret_random_id();
	const char *reason = read_offer(talk, jingle);
	if (!reason && jingle_by_stream(session, arrival->from, talk->stream) != talk)
		reason = "failed-transport";
	if (reason) {
		send_reason(talk, reason);
		g_ptr_array_remove(session->jingle->talks, talk);
		return;
	}
	jingle_tell(talk, TRANSFER_OFFERED, NULL);
}

static void on_take(Session *session, const Wire *wire)
{
	const WireFileTake *wish = (const WireFileTake *)wire;
	Talk *talk = find_transfer(session, wish->transfer);
	const char *why = "the file is no longer offered";
	if (!talk || talk->ours || talk->state != TALK_OFFERED || !jingle_ibb_open_theirs(talk, wish->path, &why)) {
		backend_fail(session->backend, wish->request, why);
		return;
	}
	xmpp_stanza_t *jingle, *iq = jingle_new(talk, "session-accept", &jingle);
	element_set(jingle, "responder", session->jid);
	add_content(jingle, talk);
	talk->state = TALK_ACCEPTED;
	session_send(session, iq);
	backend_done(session->backend, wish->request, NULL);
}

static void on_cancel(Session *session, const Wire *wire)
{
	Talk *talk = find_transfer(session, ((const WireFileCancel *)wire)->transfer);
	if (talk)
		jingle_end(talk, !talk->ours && talk->state == TALK_OFFERED ? "decline" : "cancel", TRANSFER_CANCELLED, NULL);
}

/* ---- what they say in a talk ---- */

static void on_accept(Talk *talk, xmpp_stanza_t *jingle)
{
	xmpp_stanza_t *transport = element_child(element_child(jingle, "content", NULL), "transport", NS_JINGLE_IBB);
	const char *block = element_get(transport, "block-size");
	guint64 number;
	if (!talk->ours || talk->state != TALK_OFFERED)
		return;
	if (!transport) {
		jingle_end(talk, "failed-transport", TRANSFER_FAILED, "the other program wants another way that kith does not know");
		return;
	}
	if (block && g_ascii_string_to_unsigned(block, 10, BLOCK_LEAST, 65535, &number, NULL))
		talk->block = MIN((guint)number, talk->block);
	talk->state = TALK_ACCEPTED;
	talk->request = 0;
	jingle_tell(talk, TRANSFER_ACTIVE, NULL);
	jingle_ibb_start(talk);
}

static void on_terminate(Talk *talk, xmpp_stanza_t *jingle)
{
	xmpp_stanza_t *reason = element_child(element_child(jingle, "reason", NULL), NULL, NULL);
	const char *word = reason ? xmpp_stanza_get_name(reason) : "gone";
	talk->request = 0;
	if (talk->ours && !strcmp(word, "success") && talk->state == TALK_CLOSED)
		jingle_end(talk, NULL, TRANSFER_DONE, NULL);
	else if (!strcmp(word, "decline"))
		jingle_end(talk, NULL, TRANSFER_FAILED, "it was declined");
	else if (!strcmp(word, "cancel") || (!talk->ours && talk->state == TALK_OFFERED))
		jingle_end(talk, NULL, TRANSFER_CANCELLED, "the other side gave it up");
	else {
		g_autofree char *text = g_strdup_printf("the other program ended it (%.60s)", word);
		jingle_end(talk, NULL, TRANSFER_FAILED, text);
	}
}

/* The hash may come behind: <checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><hash …/></file></checksum> */
static void on_session_info(Talk *talk, xmpp_stanza_t *jingle)
{
	xmpp_stanza_t *checksum = element_child(jingle, "checksum", NS_FILE_JINGLE);
	char *hash = checksum && !talk->ours && !talk->sha256 ? read_hash(element_child(checksum, "file", NULL)) : NULL;
	if (hash)
		talk->sha256 = hash;
}

static void answer_unknown(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *reply = iq_answer(session, arrival);
	element_set(reply, "type", "error");
	xmpp_stanza_t *error = element_add(reply, "error", NULL);
	element_set(error, "type", "cancel");
	element_add(error, "item-not-found", NS_STANZAS);
	element_add(error, "unknown-session", NS_ERRORS);
	session_send(session, reply);
}

static gboolean on_jingle(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *jingle = element_child(arrival->stanza, "jingle", NS_JINGLE);
	const char *action = element_get(jingle, "action"), *sid = element_get(jingle, "sid");
	Talk *talk = find_talk(session, arrival->from, sid);

	if (!talk && !arrival->own && strcmp(arrival->bare, session->own) && !roster_may_see_us(session, arrival->bare))
		return FALSE; /* to a stranger we can't do this */
	if (!action || !sid || !*sid || strlen(sid) > 256 || !arrival->resource) {
		iq_refuse(session, arrival, "modify", "bad-request");
		return TRUE;
	}
	if (!strcmp(action, "session-initiate")) {
		on_initiate(session, arrival, jingle, sid);
		return TRUE;
	}
	if (!talk) {
		answer_unknown(session, arrival);
		return TRUE;
	}
	static const struct {
		const char *action;
		void (*take)(Talk *talk, xmpp_stanza_t *jingle);
	} actions[] = { { "session-accept", on_accept }, { "session-info", on_session_info }, { "session-terminate", on_terminate } };
	for (gsize i = 0; i < G_N_ELEMENTS(actions); i++)
		if (!strcmp(action, actions[i].action)) {
			session_send(session, iq_answer(session, arrival));
			actions[i].take(talk, jingle);
			return TRUE;
		}
	iq_refuse(session, arrival, "cancel", "feature-not-implemented");
	return TRUE;
}

/* ---- life ---- */

/* The hub knows that the connection is gone and has given them up. */
static void on_offline(Session *session)
{
	g_ptr_array_set_size(session->jingle->talks, 0);
}

void jingle_attach(Session *session)
{
	session->jingle = g_new0(struct Jingle, 1);
	session->jingle->talks = g_ptr_array_new_with_free_func(talk_free);
	session_on_request(session, "set", "jingle", NS_JINGLE, on_jingle);
	session_on_wish(session, WIRE_FILE_TAKE, on_take);
	session_on_wish(session, WIRE_FILE_CANCEL, on_cancel);
	session_on_life(session, NULL, on_offline);
	disco_add_feature(session, NS_JINGLE);
	disco_add_feature(session, NS_FILE_JINGLE);
	disco_add_feature(session, NS_JINGLE_IBB);
	jingle_ibb_attach(session);
}

void jingle_detach(Session *session)
{
	g_ptr_array_unref(session->jingle->talks);
	g_clear_pointer(&session->jingle, g_free);
}
