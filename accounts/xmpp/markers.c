/* markers.c: how far somebody has read. See markers.h. XEP-0333, XEP-0490.
 *
 * The user's devices share a private node with one item a chat, the id of the last message read. A chat is published at most once a second;
 * what came from another device is not published back. What was read while there was no connection is told by the hub right after a login: it
 * waits here until it is known what the other devices have read meanwhile, and who is a contact. */
#include "markers.h"

#include <string.h>

#include "base/secret.h"
#include "chat.h"
#include "disco.h"
#include "pubsub.h"
#include "room.h"
#include "roster.h"

#define NS_DISPLAYED "urn:xmpp:mds:displayed:0"
#define CHATS_MOST 10000
#define EARLY_MOST 10000
#define PAUSE_MS 1000

/* One chat on the node. */
typedef struct {
	char *known;    /* owned: the archive id that the node has, or NULL */
	char *next;     /* owned: the one to publish, or NULL */
	char *by;       /* owned: whose id next is */
	gboolean moved; /* another device moved it while we were away */
	gint64 sent_at; /* monotonic, of the last publish */
} Displayed;

struct Markers {
	GHashTable *displayed; /* chat (owned) -> Displayed */
	GHashTable *told;      /* chat (owned) -> id (owned) of the message that the other was told last is read, by whatever device */
	GHashTable *early;     /* chat as the hub writes it (owned) -> WireRead, owned: what the hub told before we knew enough */
	gboolean fetched;      /* the node's items are known in this session */
	GHashTable *archived;  /* chat (owned) -> gint64 (owned): place of the newest marker of our own read from the archive */
	guint waiting;         /* of displayed with something to publish */
	guint timer;
};

static void displayed_free(gpointer data)
{
	Displayed *displayed = data;
	g_free(displayed->known);
	g_free(displayed->next);
	g_free(displayed->by);
	g_free(displayed);
}

void markers_ask(xmpp_stanza_t *message)
{
	element_add(message, "markable", NS_MARKERS);
}

gboolean markers_asked(xmpp_stanza_t *message)
{
	return element_child(message, "markable", NS_MARKERS) && element_child(message, "body", NULL);
}

const char *markers_displayed(Session *session, const char *chat)
{
	const Displayed *displayed = g_hash_table_lookup(session->markers->displayed, chat);
	return displayed ? displayed->known : NULL;
}

static Displayed *displayed_of(Session *session, const char *chat)
{
	struct Markers *markers = session->markers;
	Displayed *displayed = g_hash_table_lookup(markers->displayed, chat);
	if (!displayed && g_hash_table_size(markers->displayed) < CHATS_MOST) {
		displayed = g_new0(Displayed, 1);
		g_hash_table_insert(markers->displayed, g_strdup(chat), displayed);
	}
	return displayed;
}

/* ---- from the node ---- */

/* <item id='chat'><displayed xmlns='urn:xmpp:mds:displayed:0'><stanza-id xmlns='urn:xmpp:sid:0' by='own' id='…'/></displayed></item> */
static void take_item(Session *session, const char *id, xmpp_stanza_t *payload)
{
	xmpp_stanza_t *given = element_is(payload, "displayed", NS_DISPLAYED) ? element_child(payload, "stanza-id", NS_STANZA_ID) : NULL;
	const char *archive_id = element_get(given, "id"), *by = element_get(given, "by");
	g_autofree char *chat = id ? jid_normalise(id) : NULL;
	g_autofree char *giver = by ? jid_normalise(by) : NULL;
	if (!chat || !archive_id || !*archive_id || strlen(archive_id) > FIT_ID || !giver ||
	    (strcmp(giver, session->own) != 0 && strcmp(giver, chat) != 0))
		return;
	Displayed *displayed = displayed_of(session, chat);
	if (!displayed || g_strcmp0(displayed->known, archive_id) == 0)
		return;
	g_free(displayed->known);
	displayed->known = g_strdup(archive_id);
	displayed->moved = !session->markers->fetched;
	backend_send(session->backend, &WIRE(READ, Read, .account = session->account, .chat = chat, .archive_id = archive_id));
}

static void on_event(Session *session, const char *id, xmpp_stanza_t *payload)
{
	if (payload)
		take_item(session, id, payload);
}

typedef struct {
	void (*then)(Session *session);
} Fetch;

static void on_items(Session *session, PubsubResult result G_GNUC_UNUSED, xmpp_stanza_t *items, gpointer user)
{
	const Fetch *fetch = user;
	for (xmpp_stanza_t *item = NULL; (item = element_next(items, item, "item", NULL));)
		take_item(session, element_get(item, "id"), element_child(item, NULL, NULL));
	session->markers->fetched = TRUE;
	markers_release(session);
	if (session->online)
		fetch->then(session);
}

static void publish_due(Session *session);

void markers_fetch(Session *session, void (*then)(Session *session))
{
	Fetch *fetch = g_new(Fetch, 1);
	fetch->then = then;
	pubsub_fetch(session, NS_DISPLAYED, on_items, fetch, g_free);
	publish_due(session);
}

/* ---- to the node ---- */

static void publish(Session *session, const char *chat, Displayed *displayed)
{
	xmpp_stanza_t *payload = element_new(session->ctx, "displayed", NS_DISPLAYED);
	xmpp_stanza_t *given = element_add(payload, "stanza-id", NS_STANZA_ID);
	element_set(given, "by", displayed->by);
	element_set(given, "id", displayed->next);
	g_free(displayed->known);
	displayed->known = g_steal_pointer(&displayed->next);
	displayed->sent_at = g_get_monotonic_time();
	session->markers->waiting--;
	pubsub_publish(session, NS_DISPLAYED, PUBSUB_LIST, chat, payload, NULL, NULL, NULL);
}

static gboolean on_timer(gpointer user)
{
	Session *session = user;
	session->markers->timer = 0;
	publish_due(session);
	return G_SOURCE_REMOVE;
}

/* Publishes what may go now; the timer is there only while something waits. */
static void publish_due(Session *session)
{
	struct Markers *markers = session->markers;
	GHashTableIter iter;
	gpointer chat, value;
	gint64 now = g_get_monotonic_time();

	if (!markers->waiting || !session->online || !markers->fetched)
		return;
	g_hash_table_iter_init(&iter, markers->displayed);
	while (g_hash_table_iter_next(&iter, &chat, &value)) {
		Displayed *displayed = value;
		if (displayed->next && (!displayed->sent_at || now - displayed->sent_at >= PAUSE_MS * G_TIME_SPAN_MILLISECOND))
			publish(session, chat, displayed);
	}
	if (markers->waiting && !markers->timer)
		markers->timer = g_timeout_add(PAUSE_MS, on_timer, session);
}

static void share(Session *session, const WireRead *read)
{
	if (!read->archive_id || read->chat_kind == CHAT_PRIVATE)
		return;
	g_autofree char *chat = jid_normalise(read->chat);
	Displayed *displayed = chat ? displayed_of(session, chat) : NULL;
	if (!displayed || g_strcmp0(displayed->next ? displayed->next : displayed->known, read->archive_id) == 0)
		return;
	if (!displayed->next)
		session->markers->waiting++;
	g_free(displayed->next);
	g_free(displayed->by);
	displayed->next = g_strdup(read->archive_id);
	displayed->by = g_strdup(read->chat_kind == CHAT_ROOM ? chat : session->own);
	publish_due(session);
}

/* ---- the other in the chat ---- */

static void note_told(Session *session, const char *chat, const char *id)
{
	GHashTable *told = session->markers->told;
	if (g_hash_table_size(told) < CHATS_MOST || g_hash_table_contains(told, chat))
		g_hash_table_replace(told, g_strdup(chat), g_strdup(id));
}

static void tell(Session *session, const WireRead *read)
{
	g_autofree char *chat = jid_normalise(read->chat);
	const char *named = read->ref_id ? read->ref_id : read->sender_id;
	if (!read->asks_read || !named || !chat || read->chat_kind != CHAT_DIRECT || g_strcmp0(g_hash_table_lookup(session->markers->told, chat), named) == 0 ||
	    strcmp(chat, session->own) == 0 || !roster_may_see_us(session, chat) || !backend_setting_flag(session->backend, "send_markers", TRUE))
		return;
	g_autofree char *id = secret_random_id();
	xmpp_stanza_t *message = element_new(session->ctx, "message", NULL);
	element_set(message, "to", chat);
	element_set(message, "type", "chat");
	element_set(message, "id", id);
	element_set(element_add(message, "displayed", NS_MARKERS), "id", named);
	element_add(message, "store", NS_HINTS);
	session_send(session, message);
	note_told(session, chat, named);
}

/* What the node has already, the other was told by whoever put it there. */
static gboolean is_known(Session *session, const WireRead *read)
{
	g_autofree char *chat = jid_normalise(read->chat);
	const char *known = chat ? markers_displayed(session, chat) : NULL;
	return known && g_strcmp0(known, read->archive_id) == 0;
}

static void on_read(Session *session, const Wire *wish)
{
	const WireRead *read = (const WireRead *)wish;
	GHashTable *early = session->markers->early;
	if (!session->markers->fetched || !roster_is_known(session)) {
		if (g_hash_table_size(early) < EARLY_MOST)
			g_hash_table_replace(early, g_strdup(read->chat), wire_copy(read));
		return;
	}
	if (!is_known(session, read)) {
		share(session, read);
		tell(session, read);
	}
}

/* Where another device has moved on meanwhile, only the hub knows who is farther, and says so once more if it is this one. */
static gboolean has_moved(Session *session, const WireRead *read)
{
	g_autofree char *chat = jid_normalise(read->chat);
	Displayed *displayed = chat ? g_hash_table_lookup(session->markers->displayed, chat) : NULL;
	return displayed && displayed->moved;
}

void markers_release(Session *session)
{
	struct Markers *markers = session->markers;
	GHashTableIter iter;
	gpointer read;
	if (!session->online || !markers->fetched || !roster_is_known(session))
		return;
	g_hash_table_iter_init(&iter, markers->early);
	while (g_hash_table_iter_next(&iter, NULL, &read)) {
		if (!has_moved(session, read))
			on_read(session, read);
		g_hash_table_iter_remove(&iter);
	}
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	struct Markers *markers = session->markers;
	GHashTableIter iter;
	gpointer value;
	if (resumed && !fresh_process)
		return;
	markers->fetched = FALSE;
	g_hash_table_iter_init(&iter, markers->displayed);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		((Displayed *)value)->moved = FALSE;
}

/* From the archive come old ones too, and in no order of time. */
static gboolean is_news(Session *session, const Arrival *arrival, const char *chat)
{
	GHashTable *archived = session->markers->archived;
	if (!arrival->archive_id)
		return TRUE;
	const gint64 *newest = g_hash_table_lookup(archived, chat);
	if ((newest && *newest >= arrival->sent) || (!newest && g_hash_table_size(archived) >= CHATS_MOST))
		return FALSE;
	g_hash_table_replace(archived, g_strdup(chat), g_memdup2(&arrival->sent, sizeof arrival->sent));
	return TRUE;
}

/* <message from='a@b/c'><displayed xmlns='urn:xmpp:chat-markers:0' id='…'/></message> */
static void take_marker(Session *session, const Arrival *arrival, const char *id)
{
	g_autofree char *chat = jid_bare(arrival->to ? arrival->to : arrival->from);
	if (!id || !*id || strlen(id) > FIT_ID || room_standing(session, chat) != ROOM_UNKNOWN || element_child(arrival->stanza, "x", NS_MUC_USER))
		return;
	if (arrival->to) {
		if (is_news(session, arrival, chat))
			backend_send(session->backend, &WIRE(READ, Read, .account = session->account, .chat = chat, .sender_id = id));
		note_told(session, chat, id);
	} else if (strcmp(chat, session->own) != 0) {
		backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = chat, .own_id = id,
						     .state = MESSAGE_READ));
	}
}

static gboolean on_message(Session *session, const Arrival *arrival)
{
	if (strcmp(arrival->type, "groupchat") == 0)
		return FALSE;
	xmpp_stanza_t *marker = element_child(arrival->stanza, "displayed", NS_MARKERS);
	if (marker)
		take_marker(session, arrival, element_get(marker, "id"));
	return FALSE;
}

void markers_attach(Session *session)
{
	struct Markers *markers = session->markers = g_new0(struct Markers, 1);
	markers->displayed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, displayed_free);
	markers->told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	markers->early = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	markers->archived = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	session_on_message(session, STEP_MARKER, on_message);
	session_on_wish(session, WIRE_READ, on_read);
	session_on_life(session, on_online, NULL);
	pubsub_watch(session, NS_DISPLAYED, on_event);
	disco_add_feature(session, NS_MARKERS);
}

void markers_detach(Session *session)
{
	struct Markers *markers = session->markers;
	g_clear_handle_id(&markers->timer, g_source_remove);
	g_hash_table_unref(markers->displayed);
	g_hash_table_unref(markers->told);
	g_hash_table_unref(markers->early);
	g_hash_table_unref(markers->archived);
	g_clear_pointer(&session->markers, g_free);
}
