/* bookmarks.c: the rooms that the account keeps at its server. See bookmarks.h. XEP-0402, XEP-0048, XEP-0049, XEP-0411.
 *
 * Each bookmark is an item of a private node. A server that keeps the older forms equal by itself says so (#compat); elsewhere the older ones
 * are read too and kept equal from here: what both had after the last change (a keepsake) tells which of them another device has changed since. What other programs have put into a
 * bookmark stays in it. Events of the node come only from the own address (pubsub.c). They also repeat what we have written, and some servers
 * say each several times and in another order than it was written: so an event only tells that the list is to be read again, after a moment of
 * quiet and when our own writes are answered. Else a quick change of mind would be undone by its own echo. */
#include "bookmarks.h"

#include <string.h>

#include "base/log.h"
#include "connection.h"
#include "disco.h"
#include "iq.h"
#include "pubsub.h"
#include "stanza-error.h"

#define NS_BOOKMARKS "urn:xmpp:bookmarks:1"
#define NS_LEGACY "storage:bookmarks"
#define NS_PRIVATE "jabber:iq:private"
#define COMPAT NS_BOOKMARKS "#compat"
#define COMPAT_PEP NS_BOOKMARKS "#compat-pep"
#define MARKS_MOST 5000
#define QUIET_MS 300
#define KEY "bookmarks"

typedef struct {
	char *jid;                     /* owned: normal form */
	char *item;                    /* owned: the item's id as the network says it */
	char *name, *nick, *password;  /* owned, or NULL */
	gboolean autojoin;
	gboolean native;               /* it stands in the node */
	xmpp_stanza_t *element;        /* owned: as it was read, for what others have put in; or NULL */
} Mark;

struct Bookmarks {
	GHashTable *all;        /* jid -> Mark, owned */
	GHashTable *writing;    /* jid (owned) -> how many writes are not answered yet */
	gboolean news;          /* an event came: the node is to be read again */
	guint news_timer;
	guint writes;           /* a number that grows with each write */
	GHashTable *dropped;    /* jids (owned) that went in this session: an older form written meanwhile by another device does not bring them back */
	GHashTable *removed;    /* jids (owned) that the next write of the private storage leaves out */
	GHashTable *old;        /* jid -> Mark, owned: as the older forms have it, while the list is read */
	gboolean failed;        /* a write was refused: the two may differ */
	gboolean compat;        /* the server keeps the older forms equal */
	gboolean node, private; /* what can be read, and so written */
	gboolean ready;         /* all was read */
	char *kept;             /* owned: the keepsake as it is now, or NULL: as at the start */
	gboolean stale;         /* the private storage is to be written (again) */
	gboolean busy;          /* … and is being written */
};

static void mark_free(gpointer data)
{
	Mark *mark = data;
	g_free(mark->jid);
	g_free(mark->item);
	g_free(mark->name);
	g_free(mark->nick);
	g_free(mark->password);
	if (mark->element)
		xmpp_stanza_release(mark->element);
	g_free(mark);
}

static void write_private(Session *session);
static void remove_mark(Session *session, const char *jid);

/* ---- what the hub is told ---- */

static void report(Session *session, const Mark *mark, gboolean fresh)
{
	backend_send(session->backend, &WIRE(BOOKMARK, Bookmark, .account = session->account, .chat = mark->jid, .name = mark->name, .nick = mark->nick,
					     .password = mark->password, .autojoin = mark->autojoin, .fresh = fresh));
}

static void report_gone(Session *session, const char *jid)
{
	backend_send(session->backend, &WIRE(BOOKMARK, Bookmark, .account = session->account, .chat = jid, .gone = TRUE, .fresh = TRUE));
}

/* ---- reading ---- */

static char *copy_label(Session *session, const char *text)
{
	return text && *text ? g_strdup(session_fit(session, text, FIT_LABEL)) : NULL;
}

/* <conference xmlns='urn:xmpp:bookmarks:1' name='…' autojoin='true'><nick>…</nick><password>…</password><extensions/></conference>; the older
 * form differs by its jid attribute only. address: of the room. NULL: it is none. */
static Mark *read_mark(Session *session, const char *address, xmpp_stanza_t *element, gboolean native)
{
	const char *autojoin = element_get(element, "autojoin");
	g_autofree char *jid = address ? jid_normalise(address) : NULL;
	if (!jid || jid_resource(jid) || !strchr(jid, '@'))
		return NULL;
	Mark *mark = g_new0(Mark, 1);
	mark->item = g_strdup(native ? address : jid);
	mark->jid = g_steal_pointer(&jid);
	mark->name = copy_label(session, element_get(element, "name"));
	mark->nick = copy_label(session, element_child_text(element, "nick", NULL));
	mark->password = copy_label(session, element_child_text(element, "password", NULL));
	mark->autojoin = g_strcmp0(autojoin, "true") == 0 || g_strcmp0(autojoin, "1") == 0;
	mark->native = native;
	mark->element = xmpp_stanza_copy(element);
	return mark;
}

static gboolean is_same(const Mark *a, const Mark *b)
{
	return g_strcmp0(a->name, b->name) == 0 && g_strcmp0(a->nick, b->nick) == 0 && g_strcmp0(a->password, b->password) == 0 &&
	       a->autojoin == b->autojoin;
}

/* Takes the mark in (owned). TRUE: it differs from what was known. */
static gboolean put(Session *session, Mark *mark)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	const Mark *before = g_hash_table_lookup(bookmarks->all, mark->jid);
	gboolean differs = !before || !is_same(before, mark);
	if (!before && g_hash_table_size(bookmarks->all) >= MARKS_MOST) {
		if (session_warns_first(session, WARNING_DROPPED))
			log_warning("too many bookmarks; the one of \"%s\" and others were let go", mark->jid);
		mark_free(mark);
		return FALSE;
	}
	g_hash_table_replace(bookmarks->all, mark->jid, mark);
	return differs;
}

/* ---- what the node and the older forms had alike last ---- */

static char *sum_of(const Mark *mark)
{
	g_autofree char *print = g_strdup_printf("%d\n%s\n%s\n%s", mark->autojoin, mark->name ? mark->name : "", mark->nick ? mark->nick : "",
						 mark->password ? mark->password : "");
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA1, print, -1);
	return g_strndup(sum, 12);
}

static GHashTable *load_settled(Session *session)
{
	GHashTable *settled = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	const char *kept = session->bookmarks->kept ? session->bookmarks->kept : backend_kept(session->backend, KEY);
	g_auto(GStrv) lines = g_strsplit(kept ? kept : "", "\n", -1);
	for (char **line = lines; *line; line++) {
		char *tab = strchr(*line, '\t');
		if (tab)
			g_hash_table_replace(settled, g_strndup(*line, (gsize)(tab - *line)), g_strdup(tab + 1));
	}
	return settled;
}

/* All is written and answered: both have the same now. */
static void check_settled(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	g_autoptr(GString) text = g_string_new(NULL);
	GHashTableIter iter;
	gpointer value;
	if (bookmarks->compat || !bookmarks->node || !bookmarks->private || !bookmarks->ready || bookmarks->busy || bookmarks->stale || bookmarks->failed ||
	    g_hash_table_size(bookmarks->writing) || !session->online)
		return;
	g_hash_table_iter_init(&iter, bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Mark *mark = value;
		g_autofree char *sum = sum_of(mark);
		if (text->len + strlen(mark->jid) + 16 < FIT_TEXT)
			g_string_append_printf(text, "%s\t%s\n", mark->jid, sum);
	}
	if (g_strcmp0(bookmarks->kept, text->str) == 0)
		return;
	g_free(bookmarks->kept);
	bookmarks->kept = g_strdup(text->str);
	backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = KEY, .value = text->str));
}

/* ---- changes by other devices ---- */

static void drop(Session *session, const char *jid)
{
	g_hash_table_add(session->bookmarks->dropped, g_strdup(jid));
	if (g_hash_table_remove(session->bookmarks->all, jid))
		report_gone(session, jid);
}

static gboolean on_quiet(gpointer user);

static void wait_for_quiet(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	g_clear_handle_id(&bookmarks->news_timer, g_source_remove);
	if (bookmarks->news && g_hash_table_size(bookmarks->writing) == 0)
		bookmarks->news_timer = g_timeout_add(QUIET_MS, on_quiet, session);
}

static void on_read_again(Session *session, PubsubResult result, xmpp_stanza_t *items, gpointer user)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	g_autoptr(GHashTable) there = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer jid;
	gboolean any = FALSE;

	if (result == PUBSUB_FAILED || !session->online)
		return;
	if (bookmarks->writes != GPOINTER_TO_UINT(user)) {
		bookmarks->news = TRUE;
		wait_for_quiet(session);
		return;
	}
	for (xmpp_stanza_t *item = NULL; (item = element_next(items, item, "item", NULL));) {
		xmpp_stanza_t *element = element_child(item, "conference", NS_BOOKMARKS);
		Mark *mark = element ? read_mark(session, element_get(item, "id"), element, TRUE) : NULL;
		g_autofree char *address = mark ? g_strdup(mark->jid) : NULL;
		if (!mark)
			continue;
		if (put(session, mark)) {
			report(session, g_hash_table_lookup(bookmarks->all, address), TRUE);
			any = TRUE;
		}
		g_hash_table_add(there, g_steal_pointer(&address));
	}
	g_hash_table_iter_init(&iter, bookmarks->all);
	while (g_hash_table_iter_next(&iter, &jid, NULL))
		if (!g_hash_table_contains(there, jid))
			g_ptr_array_add(gone, g_strdup(jid));
	for (guint i = 0; i < gone->len; i++) {
		g_hash_table_add(bookmarks->removed, g_strdup(gone->pdata[i]));
		drop(session, gone->pdata[i]);
	}
	if ((any || gone->len) && bookmarks->private && !bookmarks->compat)
		write_private(session);
}

static gboolean on_quiet(gpointer user)
{
	Session *session = user;
	struct Bookmarks *bookmarks = session->bookmarks;
	bookmarks->news_timer = 0;
	bookmarks->news = FALSE;
	pubsub_fetch(session, NS_BOOKMARKS, on_read_again, GUINT_TO_POINTER(bookmarks->writes), NULL);
	return G_SOURCE_REMOVE;
}

static gboolean is_known(const struct Bookmarks *bookmarks, const Mark *mark)
{
	const Mark *known = g_hash_table_lookup(bookmarks->all, mark->jid);
	return known && is_same(known, mark);
}

/* Most events are our own words: nothing is asked for those. */
static void on_event(Session *session, const char *id, xmpp_stanza_t *payload)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	if (!bookmarks->ready || !bookmarks->node)
		return;
	Mark *mark = id && element_is(payload, "conference", NS_BOOKMARKS) ? read_mark(session, id, payload, TRUE) : NULL;
	if (!mark || !is_known(bookmarks, mark) || bookmarks->news)
		bookmarks->news = TRUE;
	if (mark)
		mark_free(mark);
	wait_for_quiet(session);
}

/* A device that knows only the older node has changed it. */
static void on_legacy_event(Session *session, const char *id, xmpp_stanza_t *payload);

/* ---- writing ---- */

static gboolean is_ours(const char *name)
{
	return strcmp(name, "nick") == 0 || strcmp(name, "password") == 0;
}

static void copy_attributes(xmpp_stanza_t *to, xmpp_stanza_t *from)
{
	int count = xmpp_stanza_get_attribute_count(from);
	g_autofree const char **pairs = g_new0(const char *, (gsize)count * 2 + 1);
	count = xmpp_stanza_get_attributes(from, pairs, count * 2);
	for (int i = 0; i + 1 < count; i += 2)
		if (strcmp(pairs[i], "xmlns") != 0)
			element_set(to, pairs[i], pairs[i + 1]);
}

/* mark as an element; before: what it replaces, or NULL. The caller releases. */
static xmpp_stanza_t *build(Session *session, const Mark *mark, const char *ns, xmpp_stanza_t *before)
{
	xmpp_stanza_t *element = element_new(session->ctx, "conference", ns);
	if (before)
		copy_attributes(element, before);
	if (mark->name)
		element_set(element, "name", mark->name);
	element_set(element, "autojoin", mark->autojoin ? "true" : "false");
	if (mark->nick)
		element_add_text(element, "nick", NULL, mark->nick);
	if (mark->password)
		element_add_text(element, "password", NULL, mark->password);
	for (xmpp_stanza_t *child = NULL; before && (child = element_next(before, child, NULL, NULL));) {
		if (is_ours(xmpp_stanza_get_name(child)))
			continue;
		xmpp_stanza_t *copy = xmpp_stanza_copy(child);
		xmpp_stanza_add_child_ex(element, copy, 0);
	}
	return element;
}

/* A write is on its way (by 1) or answered (by -1). */
static void count_write(Session *session, const char *jid, int by)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	int count = GPOINTER_TO_INT(g_hash_table_lookup(bookmarks->writing, jid)) + by;
	if (by > 0)
		bookmarks->writes++;
	if (count > 0) {
		g_hash_table_replace(bookmarks->writing, g_strdup(jid), GINT_TO_POINTER(count));
	} else if (g_hash_table_remove(bookmarks->writing, jid)) {
		wait_for_quiet(session);
		check_settled(session);
	}
}

static void on_written(Session *session, PubsubResult result, const char *error, gpointer user)
{
	if (result == PUBSUB_FAILED)
		session->bookmarks->failed = TRUE;
	count_write(session, user, -1);
	if (result == PUBSUB_FAILED && session->online)
		backend_notice(session->backend, user, TRUE, "the bookmark was not kept: %s", session_fit(session, error, FIT_LABEL));
}

static void publish(Session *session, Mark *mark)
{
	xmpp_stanza_t *element = build(session, mark, NS_BOOKMARKS, mark->element);
	count_write(session, mark->jid, 1);
	if (mark->element)
		xmpp_stanza_release(mark->element);
	mark->element = xmpp_stanza_copy(element);
	mark->native = TRUE;
	pubsub_publish(session, NS_BOOKMARKS, PUBSUB_LIST, mark->item, element, on_written, g_strdup(mark->jid), g_free);
}

/* ---- the private storage (XEP-0049): read, changed and written as a whole ---- */

static void on_private_written(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	bookmarks->busy = FALSE;
	if (!iq_is_result(answer) && session->online) {
		g_autofree char *text = stanza_error_sentence(answer);
		bookmarks->failed = TRUE;
		if (!bookmarks->node)
			backend_notice(session->backend, NULL, TRUE, "the bookmarks were not kept: %s", session_fit(session, text, FIT_LABEL));
		return;
	}
	if (bookmarks->stale && session->online)
		write_private(session);
	else
		check_settled(session);
}

static void add_private(Session *session, xmpp_stanza_t *storage, const Mark *mark, xmpp_stanza_t *before)
{
	xmpp_stanza_t *element = build(session, mark, NULL, before);
	element_set(element, "jid", mark->jid);
	xmpp_stanza_add_child_ex(storage, element, 0);
}

static void on_private_read(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	xmpp_stanza_t *old = element_child(element_child(answer, "query", NS_PRIVATE), "storage", NS_LEGACY);
	g_autoptr(GHashTable) written = g_hash_table_new(g_str_hash, g_str_equal);
	GHashTableIter iter;
	gpointer value;

	if (!iq_is_result(answer)) {
		on_private_written(session, answer, NULL);
		return;
	}
	bookmarks->stale = FALSE;
	xmpp_stanza_t *iq = iq_new(session, "set", NULL);
	xmpp_stanza_t *storage = element_add(element_add(iq, "query", NS_PRIVATE), "storage", NS_LEGACY);
	for (xmpp_stanza_t *child = NULL; (child = element_next(old, child, NULL, NULL));) {
		const char *address = element_is(child, "conference", NULL) ? element_get(child, "jid") : NULL;
		g_autofree char *jid = address ? jid_normalise(address) : NULL;
		const Mark *mark = jid ? g_hash_table_lookup(bookmarks->all, jid) : NULL;
		if (jid && (g_hash_table_contains(bookmarks->removed, jid) || g_hash_table_contains(written, jid)))
			continue;
		if (mark) {
			add_private(session, storage, mark, child);
			g_hash_table_add(written, mark->jid);
		} else {
			xmpp_stanza_add_child_ex(storage, xmpp_stanza_copy(child), 0);
		}
	}
	g_hash_table_iter_init(&iter, bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (!g_hash_table_contains(written, ((const Mark *)value)->jid))
			add_private(session, storage, value, NULL);
	g_hash_table_remove_all(bookmarks->removed);
	iq_ask(session, iq, IQ_SECONDS, on_private_written, NULL, NULL);
}

static void ask_private(Session *session, IqHandler then)
{
	xmpp_stanza_t *iq = iq_new(session, "get", NULL);
	element_add(element_add(iq, "query", NS_PRIVATE), "storage", NS_LEGACY);
	iq_ask(session, iq, IQ_SECONDS, then, NULL, NULL);
}

static void write_private(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	bookmarks->stale = TRUE;
	if (bookmarks->busy || !session->online)
		return;
	bookmarks->busy = TRUE;
	ask_private(session, on_private_read);
}

/* ---- the older forms ---- */

/* One of the older form, without what it has besides, which belongs there only. */
static Mark *read_old(Session *session, xmpp_stanza_t *element)
{
	Mark *mark = read_mark(session, element_get(element, "jid"), element, FALSE);
	if (mark) {
		xmpp_stanza_release(mark->element);
		mark->element = NULL;
	}
	return mark;
}

/* What the older form says of a room counts: known is what the node says, or NULL. mark is owned. */
static Mark *prefer_old(Session *session, const Mark *known, Mark *mark)
{
	g_autofree char *jid = g_strdup(mark->jid);
	if (known && known->element)
		mark->element = xmpp_stanza_copy(known->element);
	if (known) {
		g_free(mark->item);
		mark->item = g_strdup(known->item);
	}
	put(session, mark);
	Mark *now = g_hash_table_lookup(session->bookmarks->all, jid);
	if (now && session->bookmarks->node)
		publish(session, now);
	return now;
}

/* A change of the older node: what it adds counts at once. The rest is brought together at the next login: the older form is written as a whole,
 * so that what it says of a room may be old while another device changes the node. */
static void take_storage(Session *session, xmpp_stanza_t *storage)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	for (xmpp_stanza_t *element = NULL; (element = element_next(storage, element, "conference", NULL));) {
		Mark *mark = read_old(session, element);
		const Mark *known = mark ? g_hash_table_lookup(bookmarks->all, mark->jid) : NULL;
		if (!mark)
			continue;
		if (known || g_hash_table_contains(bookmarks->writing, mark->jid) || g_hash_table_contains(bookmarks->dropped, mark->jid)) {
			mark_free(mark);
			continue;
		}
		const Mark *now = prefer_old(session, known, mark);
		if (now)
			report(session, now, TRUE);
	}
}

static void on_legacy_event(Session *session, const char *id G_GNUC_UNUSED, xmpp_stanza_t *payload)
{
	const struct Bookmarks *bookmarks = session->bookmarks;
	if (bookmarks->ready && !bookmarks->compat && !bookmarks->busy && !bookmarks->stale && element_is(payload, "storage", NS_LEGACY))
		take_storage(session, payload);
}

static void gather_old(Session *session, xmpp_stanza_t *storage)
{
	GHashTable *old = session->bookmarks->old;
	for (xmpp_stanza_t *element = NULL; (element = element_next(storage, element, "conference", NULL)) && g_hash_table_size(old) < MARKS_MOST;) {
		Mark *mark = read_old(session, element);
		if (mark && !g_hash_table_contains(old, mark->jid))
			g_hash_table_insert(old, mark->jid, mark);
		else if (mark)
			mark_free(mark);
	}
}

/* Whether mark is as both had it last. */
static gboolean was_settled(GHashTable *settled, const Mark *mark)
{
	g_autofree char *sum = sum_of(mark);
	return g_strcmp0(g_hash_table_lookup(settled, mark->jid), sum) == 0;
}

/* Brings the node and the older forms together. */
static void reconcile(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	g_autoptr(GHashTable) settled = load_settled(session);
	g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
	GHashTableIter iter;
	gpointer value;
	gboolean differs = FALSE;

	g_hash_table_iter_init(&iter, bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Mark *mark = value;
		if (g_hash_table_contains(bookmarks->old, mark->jid))
			continue;
		differs = TRUE;
		if (bookmarks->private && was_settled(settled, mark))
			g_ptr_array_add(gone, g_strdup(mark->jid));
	}
	g_hash_table_iter_init(&iter, bookmarks->old);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Mark *mark = value;
		const Mark *known = g_hash_table_lookup(bookmarks->all, mark->jid);
		if (known && is_same(known, mark))
			continue;
		differs = TRUE;
		g_hash_table_iter_steal(&iter);
		if (!known && bookmarks->node && (was_settled(settled, mark) || g_hash_table_contains(bookmarks->dropped, mark->jid))) {
			g_hash_table_add(bookmarks->removed, g_strdup(mark->jid));
			mark_free(mark);
		} else if (!known || was_settled(settled, known)) {
			prefer_old(session, known, mark);
		} else {
			mark_free(mark);
		}
	}
	for (guint i = 0; i < gone->len; i++)
		remove_mark(session, gone->pdata[i]);
	g_hash_table_remove_all(bookmarks->old);
	if (differs && bookmarks->private)
		write_private(session);
	else
		check_settled(session);
}

/* ---- at login ---- */

static void finish_reading(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	GHashTableIter iter;
	gpointer value;

	if (!bookmarks->node && !bookmarks->private) {
		connection_withdraw_ability(session, "bookmarks");
		return;
	}
	bookmarks->ready = TRUE;
	if (!bookmarks->compat)
		reconcile(session);
	g_hash_table_iter_init(&iter, bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		report(session, value, FALSE);
	backend_send(session->backend, &WIRE(BOOKMARKS_DONE, BookmarksDone, .account = session->account));
}

static void on_old_private(Session *session, xmpp_stanza_t *answer, gpointer user G_GNUC_UNUSED)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	if (!session->online)
		return;
	bookmarks->private = iq_is_result(answer);
	gather_old(session, element_child(element_child(answer, "query", NS_PRIVATE), "storage", NS_LEGACY));
	finish_reading(session);
}

static void on_old_node(Session *session, PubsubResult result, xmpp_stanza_t *items, gpointer user G_GNUC_UNUSED)
{
	if (!session->online)
		return;
	for (xmpp_stanza_t *item = NULL; result == PUBSUB_DONE && (item = element_next(items, item, "item", NULL));)
		gather_old(session, element_child(item, "storage", NS_LEGACY));
	ask_private(session, on_old_private);
}

static void on_node(Session *session, PubsubResult result, xmpp_stanza_t *items, gpointer user G_GNUC_UNUSED)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	if (!session->online)
		return;
	bookmarks->node = result != PUBSUB_FAILED;
	for (xmpp_stanza_t *item = NULL; (item = element_next(items, item, "item", NULL));) {
		xmpp_stanza_t *element = element_child(item, "conference", NS_BOOKMARKS);
		Mark *mark = element ? read_mark(session, element_get(item, "id"), element, TRUE) : NULL;
		if (mark)
			put(session, mark);
	}
	if (bookmarks->compat)
		finish_reading(session);
	else
		pubsub_fetch(session, NS_LEGACY, on_old_node, NULL, NULL);
}

static void on_account(Session *session)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	bookmarks->ready = bookmarks->node = bookmarks->private = bookmarks->failed = FALSE;
	bookmarks->compat = disco_account_has(session, COMPAT) || disco_account_has(session, COMPAT_PEP);
	g_hash_table_remove_all(bookmarks->all);
	g_hash_table_remove_all(bookmarks->old);
	g_hash_table_remove_all(bookmarks->removed);
	g_hash_table_remove_all(bookmarks->dropped);
	pubsub_fetch(session, NS_BOOKMARKS, on_node, NULL, NULL);
}

static void on_offline(Session *session)
{
	session->bookmarks->busy = session->bookmarks->stale = FALSE;
	g_hash_table_remove_all(session->bookmarks->writing);
	session->bookmarks->news = FALSE;
	g_clear_handle_id(&session->bookmarks->news_timer, g_source_remove);
}

/* ---- the user's wish ---- */

static void set_text(char **place, const char *text)
{
	if (!text)
		return;
	g_free(*place);
	*place = *text ? g_strdup(text) : NULL;
}

static void retract(Session *session, const char *jid, const char *item)
{
	count_write(session, jid, 1);
	pubsub_retract(session, NS_BOOKMARKS, item, on_written, g_strdup(jid), g_free);
}

static void on_switched_off(Session *session, PubsubResult result G_GNUC_UNUSED, const char *error G_GNUC_UNUSED, gpointer user)
{
	const char *const *pair = user;
	/* It may be wanted again meanwhile. */
	if (session->online && !g_hash_table_contains(session->bookmarks->all, pair[0]))
		retract(session, pair[0], pair[1]);
	count_write(session, pair[0], -1);
}

/* ejabberd tells nobody of a removal: its autojoin goes first, so that the other devices leave the room. */
static void remove_mark(Session *session, const char *jid)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	Mark *mark = g_hash_table_lookup(bookmarks->all, jid);
	if (!mark)
		return;
	if (bookmarks->node && mark->native && mark->autojoin) {
		char **pair = g_new0(char *, 3);
		pair[0] = g_strdup(jid);
		pair[1] = g_strdup(mark->item);
		mark->autojoin = FALSE;
		count_write(session, jid, 1);
		pubsub_publish(session, NS_BOOKMARKS, PUBSUB_LIST, mark->item, build(session, mark, NS_BOOKMARKS, mark->element), on_switched_off, pair,
			       (GDestroyNotify)g_strfreev);
	} else if (bookmarks->node && mark->native) {
		retract(session, jid, mark->item);
	}
	g_hash_table_add(bookmarks->removed, g_strdup(jid));
	g_hash_table_add(bookmarks->dropped, g_strdup(jid));
	g_hash_table_remove(bookmarks->all, jid);
}

/* What the hub does not name stays as it is; an empty text takes it away. */
static void change_mark(Session *session, const char *jid, const WireBookmark *wish)
{
	struct Bookmarks *bookmarks = session->bookmarks;
	Mark *mark = g_hash_table_lookup(bookmarks->all, jid);
	if (!mark) {
		mark = g_new0(Mark, 1);
		mark->jid = g_strdup(jid);
		mark->item = g_strdup(jid);
		g_hash_table_replace(bookmarks->all, mark->jid, mark);
	}
	g_hash_table_remove(bookmarks->removed, jid);
	g_hash_table_remove(bookmarks->dropped, jid);
	set_text(&mark->name, wish->name);
	set_text(&mark->nick, wish->nick);
	set_text(&mark->password, wish->password);
	mark->autojoin = wish->autojoin;
	if (bookmarks->node)
		publish(session, mark);
}

static void on_wish(Session *session, const Wire *wire)
{
	const WireBookmark *wish = (const WireBookmark *)wire;
	struct Bookmarks *bookmarks = session->bookmarks;
	g_autofree char *jid = jid_normalise(wish->chat);
	if (!session->online || !bookmarks->ready) {
		backend_notice(session->backend, wish->chat, TRUE, "the bookmark was not kept: %s", session->online ? "the server keeps none" : "the account is not online");
		return;
	}
	if (!jid || jid_resource(jid) || !strchr(jid, '@')) {
		backend_notice(session->backend, NULL, TRUE, "the bookmark was not kept: \"%s\" is not the address of a room", session_fit(session, wish->chat, FIT_ID));
		return;
	}
	if (wish->gone)
		remove_mark(session, jid);
	else
		change_mark(session, jid, wish);
	if (bookmarks->private && !bookmarks->compat)
		write_private(session);
}

void bookmarks_attach(Session *session)
{
	session->bookmarks = g_new0(struct Bookmarks, 1);
	session->bookmarks->all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, mark_free);
	session->bookmarks->dropped = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session->bookmarks->old = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, mark_free);
	session->bookmarks->writing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	session->bookmarks->removed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	pubsub_watch(session, NS_BOOKMARKS, on_event);
	pubsub_watch(session, NS_LEGACY, on_legacy_event);
	disco_on_account(session, on_account);
	session_on_wish(session, WIRE_BOOKMARK, on_wish);
	session_on_life(session, NULL, on_offline);
}

void bookmarks_detach(Session *session)
{
	g_hash_table_unref(session->bookmarks->all);
	g_clear_handle_id(&session->bookmarks->news_timer, g_source_remove);
	g_hash_table_unref(session->bookmarks->dropped);
	g_hash_table_unref(session->bookmarks->old);
	g_free(session->bookmarks->kept);
	g_hash_table_unref(session->bookmarks->writing);
	g_hash_table_unref(session->bookmarks->removed);
	g_clear_pointer(&session->bookmarks, g_free);
}
