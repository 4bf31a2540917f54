/* upload.c: a place for a file on the server. See upload.h. XEP-0363.
 *
 * The hub asks; the upload service is looked for once a session, when it is first needed, among what the account's server lists. The bytes never
 * come through here: the hub puts them to the place by HTTP. Where the server takes no files, or none of that size, the file goes straight to the
 * contact's program (jingle.c). */
#include "upload.h"

#include <stdlib.h>
#include <string.h>

#include "disco.h"
#include "iq.h"
#include "jingle.h"
#include "stanza-error.h"

#define ITEMS_MOST 30
#define SECONDS 15

typedef enum { UNKNOWN, LOOKING, KNOWN, NONE } Knowledge;

struct Upload {
	Knowledge knowledge;
	char *service; /* owned */
	gint64 max;    /* bytes; 0: the service does not say */
	guint open;    /* questions on the way */
	GPtrArray *waiting; /* of WireFileSend *, owned: asked for before the service was known */
};

/* ---- where the service is ---- */

static void proceed(Session *session, const WireFileSend *wish);

static void found(Session *session)
{
	struct Upload *upload = session->upload;
	upload->knowledge = upload->service ? KNOWN : NONE;
	g_autoptr(GPtrArray) waiting = g_steal_pointer(&upload->waiting);
	upload->waiting = g_ptr_array_new_with_free_func(g_free);
	for (guint i = 0; i < waiting->len; i++)
		proceed(session, waiting->pdata[i]);
}

static void end_one(Session *session)
{
	if (--session->upload->open == 0 && session->online)
		found(session);
}

/* <x xmlns='jabber:x:data' type='result'>…<field var='max-file-size'><value>5242880</value></field></x> */
static gint64 read_max(xmpp_stanza_t *answer)
{
	xmpp_stanza_t *query = element_child(answer, "query", NS_DISCO_INFO);
	for (xmpp_stanza_t *form = NULL; (form = element_next(query, form, "x", NS_DATA));)
		for (xmpp_stanza_t *field = NULL; (field = element_next(form, field, "field", NULL));)
			if (g_strcmp0(element_get(field, "var"), "max-file-size") == 0) {
				const char *value = element_child_text(field, "value", NULL);
				return value ? MAX(g_ascii_strtoll(value, NULL, 10), 0) : 0;
			}
	return 0;
}

static void on_info(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	struct Upload *upload = session->upload;
	if (iq_is_result(answer) && disco_has(answer, NS_UPLOAD) && !upload->service) {
		upload->service = g_strdup(user);
		upload->max = read_max(answer);
	}
	end_one(session);
}

static void look_at(Session *session, const char *address)
{
	char *jid = jid_normalise(address);
	if (!jid)
		return;
	session->upload->open++;
	iq_ask(session, disco_new_request(session, jid), SECONDS, on_info, jid, g_free);
}

static void on_items(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	xmpp_stanza_t *query = iq_is_result(answer) ? element_child(answer, "query", NS_DISCO_ITEMS) : NULL;
	guint n = 0;
	for (xmpp_stanza_t *item = NULL; query && n < ITEMS_MOST && (item = element_next(query, item, "item", NULL)); n++) {
		const char *jid = element_get(item, "jid");
		if (jid && !element_get(item, "node"))
			look_at(session, jid);
	}
	look_at(session, session->domain);
	end_one(session);
}

static void look(Session *session)
{
	xmpp_stanza_t *iq = iq_new(session, "get", session->domain);
	element_add(iq, "query", NS_DISCO_ITEMS);
	session->upload->knowledge = LOOKING;
	session->upload->open = 1;
	iq_ask(session, iq, SECONDS, on_items, NULL, NULL);
}

/* ---- a place ---- */

static void refuse(Session *session, const WireFileSend *wish, const char *why)
{
	backend_fail(session->backend, wish->request, session_fit(session, why, FIT_LABEL));
}

/* Straight to the contact, if that can be; why (NULL: the user wants it so) it can't go otherwise is a part of the answer. */
static void go_around(Session *session, const WireFileSend *wish, const char *why)
{
	if (wish->chat_kind != CHAT_DIRECT)
		refuse(session, wish, why);
	else
		jingle_offer(session, wish, why);
}

static gboolean header_may_be(const char *name)
{
	return !g_ascii_strcasecmp(name, "Authorization") || !g_ascii_strcasecmp(name, "Cookie") || !g_ascii_strcasecmp(name, "Expires");
}

/* <slot xmlns='urn:xmpp:http:upload:0'><put url='…'><header name='Authorization'>…</header></put><get url='…'/></slot> */
static void take_slot(Session *session, const WireFileSend *wish, xmpp_stanza_t *slot)
{
	xmpp_stanza_t *put = element_child(slot, "put", NS_UPLOAD), *get = element_child(slot, "get", NS_UPLOAD);
	const char *put_url = element_get(put, "url"), *get_url = element_get(get, "url");
	g_autoptr(GPtrArray) headers = g_ptr_array_new_with_free_func(g_free);

	if (!put_url || !*put_url || !get_url || !*get_url || strlen(put_url) > FIT_LABEL || strlen(get_url) > FIT_LABEL) {
		refuse(session, wish, "the server gave no good place for the file");
		return;
	}
	for (xmpp_stanza_t *row = NULL; headers->len < 8 && (row = element_next(put, row, "header", NS_UPLOAD));) {
		const char *name = element_get(row, "name"), *value = element_text(row);
		/* XEP-0363 5: other names are to be ignored, and what ends a line removed. */
		if (!name || !value || !header_may_be(name) || strlen(value) > 8000)
			continue;
		char *line = g_strdup_printf("%s: %s", name, value);
		char *to = line;
		for (const char *from = line; *from; from++)
			if (*from != '\r' && *from != '\n')
				*to++ = *from;
		*to = 0;
		g_ptr_array_add(headers, line);
	}
	g_ptr_array_add(headers, NULL);
	backend_send(session->backend, &WIRE(SLOT, Slot, .account = session->account, .transfer = wish->transfer, .put = put_url, .get = get_url,
					     .headers = (const char *const *)headers->pdata));
}

static void on_slot(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	const WireFileSend *wish = user;
	xmpp_stanza_t *slot = iq_is_result(answer) ? element_child(answer, "slot", NS_UPLOAD) : NULL;
	if (slot) {
		take_slot(session, wish, slot);
		return;
	}
	if (!session->online)
		return; /* the hub knows, and asks again */
	g_autofree char *why = stanza_error_sentence(answer);
	if (answer && element_child(element_child(answer, "error", NULL), "file-too-large", NS_UPLOAD))
		go_around(session, wish, why);
	else
		refuse(session, wish, why);
}

static void ask_slot(Session *session, const WireFileSend *wish)
{
	g_autofree char *size = g_strdup_printf("%" G_GINT64_FORMAT, wish->size);
	xmpp_stanza_t *iq = iq_new(session, "get", session->upload->service);
	xmpp_stanza_t *request = element_add(iq, "request", NS_UPLOAD);
	element_set(request, "filename", wish->name);
	element_set(request, "size", size);
	element_set(request, "content-type", wish->type);
	iq_ask(session, iq, IQ_SECONDS, on_slot, wire_copy(wish), g_free);
}

static void proceed(Session *session, const WireFileSend *wish)
{
	struct Upload *upload = session->upload;
	if (wish->direct)
		go_around(session, wish, wish->chat_kind == CHAT_DIRECT ? NULL : "a file goes straight to a contact only");
	else if (upload->knowledge == NONE)
		go_around(session, wish, "the server takes no files");
	else if (upload->max && wish->size > upload->max) {
		g_autofree char *limit = g_format_size((guint64)upload->max);
		g_autofree char *why = g_strdup_printf("the file is too large for the server, which takes %s", limit);
		go_around(session, wish, why);
	} else if (upload->knowledge == KNOWN)
		ask_slot(session, wish);
	else {
		g_ptr_array_add(upload->waiting, wire_copy(wish));
		if (upload->knowledge == UNKNOWN)
			look(session);
	}
}

static void on_file_send(Session *session, const Wire *wish)
{
	if (session->online)
		proceed(session, (const WireFileSend *)wish);
	else
		backend_fail(session->backend, ((const WireFileSend *)wish)->request, "the account is not online");
}

/* ---- life ---- */

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	struct Upload *upload = session->upload;
	if (resumed && upload->knowledge != LOOKING)
		return;
	upload->knowledge = UNKNOWN;
	g_clear_pointer(&upload->service, g_free);
	upload->max = 0;
}

static void on_offline(Session *session)
{
	g_ptr_array_set_size(session->upload->waiting, 0);
}

void upload_attach(Session *session)
{
	session->upload = g_new0(struct Upload, 1);
	session->upload->waiting = g_ptr_array_new_with_free_func(g_free);
	session_on_wish(session, WIRE_FILE_SEND, on_file_send);
	session_on_life(session, on_online, on_offline);
}

void upload_detach(Session *session)
{
	g_ptr_array_unref(session->upload->waiting);
	g_free(session->upload->service);
	g_clear_pointer(&session->upload, g_free);
}
