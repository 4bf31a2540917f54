/* avatar.c: a contact's picture, on demand. See avatar.h.
 *
 * XEP-0084: the node urn:xmpp:avatar:metadata says which picture there is, urn:xmpp:avatar:data has its bytes, and the item's id is their
 * SHA-1, which is checked. Where there is none: the photo of XEP-0054's card (which XEP-0153 announces). Nothing is asked of anybody, and no
 * presence is looked at, until the user wants a picture; a picture that lies somewhere on the web (url) is not fetched. */
#include "avatar.h"

#include <string.h>

#include "icon.h"
#include "iq.h"

#define NS_METADATA "urn:xmpp:avatar:metadata"
#define NS_AVATAR_DATA "urn:xmpp:avatar:data"
#define SECONDS 20
#define FITS (ICON_MAX_BYTES * 3 / 4 - 4096) /* bytes; as base64 more is no stanza that is taken */

typedef struct {
	WireIcon *wish; /* owned */
	char *address;  /* owned: in normal form */
	char *hash;     /* owned: SHA-1 as announced, or NULL */
} Asking;

static void asking_free(Asking *asking)
{
	g_free(asking->wish);
	g_free(asking->address);
	g_free(asking->hash);
	g_free(asking);
}

static void fail(Session *session, Asking *asking, const char *text)
{
	backend_fail(session->backend, asking->wish->request, text);
	asking_free(asking);
}

/* The bytes of base64 with white space in it; NULL: there is none. */
static guchar *decode(const char *text, gsize *size)
{
	return text ? g_base64_decode(text, size) : NULL;
}

/* ---- the card's photo ---- */

static void on_card(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Asking *asking = user;
	if (!answer) {
		fail(session, asking, session->online ? "nobody answered" : "the connection was lost");
		return;
	}
	xmpp_stanza_t *photo = iq_is_result(answer) ? element_child(element_child(answer, "vCard", NS_VCARD), "PHOTO", NULL) : NULL;
	gsize size = 0;
	g_autofree guchar *bytes = decode(element_child_text(photo, "BINVAL", NULL), &size);
	icon_store(session->backend, asking->wish, bytes, bytes ? size : 0);
	asking_free(asking);
}

static void ask_card(Session *session, Asking *asking)
{
	xmpp_stanza_t *iq = iq_new(session, "get", asking->address);
	element_add(iq, "vCard", NS_VCARD);
	iq_ask(session, iq, SECONDS, on_card, asking, NULL);
}

/* ---- the published picture ---- */

static xmpp_stanza_t *new_request(Session *session, const char *to, const char *node, const char *id)
{
	xmpp_stanza_t *iq = iq_new(session, "get", to), *items = element_add(element_add(iq, "pubsub", NS_PUBSUB), "items", NULL);
	element_set(items, "node", node);
	if (id)
		element_set(element_add(items, "item", NULL), "id", id);
	else
		element_set(items, "max_items", "1");
	return iq;
}

/* The payload of the first item of that node; NULL: there is none. */
static xmpp_stanza_t *payload_of(xmpp_stanza_t *answer, const char *node, const char *name)
{
	xmpp_stanza_t *items = answer && iq_is_result(answer) ? element_child(element_child(answer, "pubsub", NS_PUBSUB), "items", NULL) : NULL;
	if (!items || g_strcmp0(element_get(items, "node"), node) != 0)
		return NULL;
	return element_child(element_child(items, "item", NULL), name, node);
}

static void on_data(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Asking *asking = user;
	gsize size = 0;
	g_autofree guchar *bytes = decode(element_text(payload_of(answer, NS_AVATAR_DATA, "data")), &size);
	if (!bytes || size == 0) {
		ask_card(session, asking);
		return;
	}
	g_autofree char *hash = g_compute_checksum_for_data(G_CHECKSUM_SHA1, bytes, size);
	if (g_ascii_strcasecmp(hash, asking->hash) != 0) {
		fail(session, asking, "the picture is not the one that was announced: its hash differs");
		return;
	}
	icon_store(session->backend, asking->wish, bytes, size);
	asking_free(asking);
}

static void on_metadata(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Asking *asking = user;
	xmpp_stanza_t *metadata = payload_of(answer, NS_METADATA, "metadata");
	guint64 size = 0;
	for (xmpp_stanza_t *info = NULL; metadata && !asking->hash && (info = element_next(metadata, info, "info", NULL));) {
		const char *id = element_get(info, "id"), *bytes = element_get(info, "bytes");
		if (id && strlen(id) == 40 && !element_get(info, "url")) {
			asking->hash = g_strdup(id);
			size = bytes ? g_ascii_strtoull(bytes, NULL, 10) : 0;
		}
	}
	if (size > FITS)
		fail(session, asking, "the picture is too large");
	else if (asking->hash)
		iq_ask(session, new_request(session, asking->address, NS_AVATAR_DATA, asking->hash), SECONDS, on_data, asking, NULL);
	else
		ask_card(session, asking);
}

static void on_icon(Session *session, const Wire *wire)
{
	const WireIcon *wish = (const WireIcon *)wire;
	g_autofree char *address = jid_normalise(wish->address);
	if (!session->online || !address) {
		backend_fail(session->backend, wish->request, address ? "the account is not online" : "that is not an address");
		return;
	}
	Asking *asking = g_new0(Asking, 1);
	asking->wish = (WireIcon *)wire_copy(wish);
	asking->address = g_steal_pointer(&address);
	if (jid_resource(asking->address)) /* somebody in a room has a card only */
		ask_card(session, asking);
	else
		iq_ask(session, new_request(session, asking->address, NS_METADATA, NULL), SECONDS, on_metadata, asking, NULL);
}

void avatar_attach(Session *session)
{
	session_on_wish(session, WIRE_ICON, on_icon);
}
