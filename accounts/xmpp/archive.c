/* archive.c: reading archives. See archive.h. XEP-0313 4 and 5, XEP-0059 (pages), XEP-0297 (what is in a result), XEP-0203 (its time).
 *
 * One page is asked for at a time, at most ARCHIVE_PAGE messages, always backwards from an edge: what the user waits for first, then the newest
 * ends, then holes. A page is kept back until it is whole, given its places in the order of the archive, sent to the hub, and behind it what
 * is known now; at most three pages wait to be stored. An archive that repeats itself is left alone until the next login. Some servers write
 * their archive seconds after they have passed the message on (ejabberd with SQL): the newest end is read down to what is older than that, and
 * a hole whose upper edge is newer waits. */
#include "archive.h"

#include <string.h>

#include "archive-page.h"
#include "base/log.h"
#include "base/moment.h"
#include "data-form.h"
#include "disco.h"
#include "intake.h"
#include "iq.h"
#include "markers.h"
#include "stanza-error.h"

#define UNSTORED_MOST 3
/* What came live is compared with the archive after so many messages, or when none has come for a while: its order counts. */
#define LIVE_MOST 500
/* Not at every pause of a talk: some servers read the whole archive for every question. */
#define LIVE_SECONDS 300
/* An archive that ends where it should go on is asked once more, so much later. */
#define ENDS_BELIEVED 1
#define ENDS_SECONDS 20
#define LIVE_MORE 50
#define TELL_US (G_TIME_SPAN_SECOND / 2)
#define ROOMS_MOST 2000
#define BUCKETS 16
#define KEEP_MOST (200 * 1024)

/* What the user wants to be loaded. */
typedef struct {
	gint64 request;
	char *chat; /* owned: as the hub writes it */
	ChatKind kind;
	gint64 before;
} Want;

struct Archives {
	Archive *own;
	GHashTable *rooms; /* room -> Archive, owned */
	GQueue wants;      /* of Want, owned */
	GQueue work;       /* of Archive: rooms with something to do */
	Page *page;        /* owned: asked for, or NULL */
	gboolean busy;     /* a page is being taken: nothing else is begun, and nothing is live */
	guint ripe_timer;  /* a hole waits until nothing appears in it any more */
	guint unstored;    /* pages given to the hub and not stored yet */
	gint64 limit;      /* how far back the background goes: µs before now; 0: nowhere; -1: to the beginning */
	gint64 seen_from, seen_until, online_since; /* between these, and since the last, what other devices sent came as copies */
};

static void pump(Session *session);

static void want_free(Want *want)
{
	g_free(want->chat);
	g_free(want);
}

/* ---- what is told and kept ---- */

static gboolean in_background(Session *session, const Archive *archive, const Hole *hole)
{
	gint64 limit = session->archives->limit;
	if (!archive->open || hole->stuck || hole->rests || (archive->room && hole->first) || limit == 0)
		return FALSE;
	return limit < 0 || hole->newer.stamp > moment_now() - limit;
}

static void tell_hole(Session *session, const char *chat, gint64 since, gint64 until, gboolean loading)
{
	backend_send(session->backend, &WIRE(HOLE, Hole, .account = session->account, .chat = chat, .since = since, .until = until, .loading = loading));
}

static void tell_chat(Session *session, const Archive *archive, const char *chat)
{
	const Hole *hole = archive->holes->len ? archive->holes->pdata[0] : NULL;
	const Page *page = session->archives->page;
	gboolean loading = page && page->chat && strcmp(page->chat, chat) == 0;
	if (hole && archive_chat_is_complete(archive, hole, chat))
		tell_hole(session, chat, 0, 0, FALSE);
	else
		tell_hole(session, chat, hole ? hole->older.place : 0, hole ? archive_chat_edge(archive, hole, chat)->place : 0, loading);
}

static void tell(Session *session, Archive *archive)
{
	const Hole *hole = archive->holes->len ? archive->holes->pdata[0] : NULL;
	const Page *page = session->archives->page;
	gint64 since = hole ? hole->older.place : 0, until = hole ? hole->newer.place : 0, now = g_get_monotonic_time();
	gboolean loading = hole && ((page && page->hole == hole && !page->chat) || (session->online && (hole->rests || in_background(session, archive, hole))));

	if (since == archive->told_since && loading == archive->told_loading &&
	    (until == archive->told_until || (loading && now - archive->told_at < TELL_US)))
		return;
	archive->told_since = since;
	archive->told_until = until;
	archive->told_loading = loading;
	archive->told_at = now;
	tell_hole(session, archive->room, since, until, loading);
	GHashTableIter iter;
	gpointer chat;
	if (!archive->chats)
		return;
	g_hash_table_iter_init(&iter, archive->chats);
	while (g_hash_table_iter_next(&iter, &chat, NULL))
		tell_chat(session, archive, chat);
	if (!hole)
		g_clear_pointer(&archive->chats, g_hash_table_unref);
}

static void write_rooms(Session *session, guint bucket, GString *out)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, session->archives->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Archive *archive = value;
		gsize before = out->len;
		if (g_str_hash(archive->room) % BUCKETS != bucket || (!archive->cursor.id && archive->holes->len == 0))
			continue;
		archive_write(archive, out);
		if (out->len > KEEP_MOST)
			g_string_truncate(out, before);
	}
}

typedef struct {
	gint64 request;
	char *text; /* owned, or NULL */
} Finish;

static void finish_free(gpointer data)
{
	Finish *finish = data;
	g_free(finish->text);
	g_free(finish);
}

static void on_stored(Session *session, gpointer user)
{
	const Finish *finish = user;
	session->archives->unstored--;
	backend_done(session->backend, finish->request, finish->text);
	pump(session);
}

/* Behind the messages of a page. */
static void keep(Session *session, const Archive *archive, gint64 request, const char *text)
{
	g_autoptr(GString) out = g_string_new(NULL);
	g_autofree char *key = g_strdup("archive");
	if (archive->room) {
		guint bucket = g_str_hash(archive->room) % BUCKETS;
		g_free(key);
		key = g_strdup_printf("archive.%u", bucket);
		write_rooms(session, bucket, out);
	} else {
		archive_write(archive, out);
	}
	Finish *finish = g_new(Finish, 1);
	*finish = (Finish){ request, g_strdup(text) };
	session->archives->unstored++;
	intake_keep(session, key, out->str, on_stored, finish, finish_free);
}

/* ---- asking ---- */

static void on_page(Session *session, xmpp_stanza_t *answer, gpointer user);

static void ask(Session *session, Page *page, const Edge *from)
{
	struct Archives *archives = session->archives;
	xmpp_stanza_t *iq = iq_new(session, "set", page->archive->room);
	xmpp_stanza_t *query = element_add(iq, "query", NS_ARCHIVE);
	/* What came live is asked for with a little more, so that the page meets what is known. */
	g_autofree char *max = g_strdup_printf("%u", page->hole || !page->archive->live ? ARCHIVE_PAGE : MIN(page->archive->live + LIVE_MORE, ARCHIVE_PAGE));

	if (!page->hole)
		page->archive->live = 0;
	archives->page = page;
	element_set(query, "queryid", page->query);
	/* A filter for one chat does not know the ids of the others. */
	gboolean by_time = from && from->stamp && (!from->id || (page->chat && page->hole && from == &page->hole->newer));
	g_autofree char *end = NULL;
	if (by_time) {
		/* The end is within the result; what is here already does no harm. Whole seconds have been taken as their middle. */
		gboolean whole = from->stamp % G_USEC_PER_SEC == ARCHIVE_HALF;
		end = moment_format(from->stamp + (whole ? ARCHIVE_HALF : 999));
	}
	data_form_add_answer(query, NS_ARCHIVE, "with", page->chat, "end", end, NULL);
	xmpp_stanza_t *set = element_add(query, "set", NS_RSM);
	element_add_text(set, "max", NULL, max);
	if (from && from->id && !by_time) {
		page->before = g_strdup(from->id);
		element_add_text(set, "before", NULL, from->id);
	} else {
		element_add(set, "before", NULL);
	}
	if (page->chat)
		tell_chat(session, page->archive, page->chat);
	else
		tell(session, page->archive);
	iq_ask(session, iq, IQ_SECONDS, on_page, page, NULL);
}

static gboolean on_ripe(gpointer user);

static Hole *hole_to_fill(Session *session, const Archive *archive)
{
	struct Archives *archives = session->archives;
	gint64 wait = 0;
	for (guint i = 0; i < archive->holes->len; i++) {
		Hole *hole = archive->holes->pdata[i];
		if (!in_background(session, archive, hole))
			continue;
		gint64 ripens = hole->ripe ? 0 : archive_edge_ripens(&hole->newer);
		if (!ripens)
			return hole;
		wait = MAX(wait, ripens);
	}
	if (wait && !archives->ripe_timer)
		archives->ripe_timer = g_timeout_add((guint)(wait / G_TIME_SPAN_MILLISECOND) + 1, on_ripe, session);
	return NULL;
}

static void begin_want(Session *session, Want *want)
{
	struct Archives *archives = session->archives;
	gboolean of_room = want->kind == CHAT_ROOM;
	Archive *archive = of_room ? g_hash_table_lookup(archives->rooms, want->chat) : archives->own;
	Hole *hole = archive ? archive_hole_before(archive, want->before ? want->before : G_MAXINT64) : NULL;
	const char *chat = of_room ? NULL : want->chat;

	if (!archive || !archive->open) {
		backend_fail(session->backend, want->request, of_room ? "the room keeps no archive, or you are not in it" : "the server keeps no archive");
	} else if (!hole || (chat && archive_chat_is_complete(archive, hole, chat))) {
		backend_done(session->backend, want->request, "there is nothing older in the archive");
	} else {
		Page *page = archive_page_new(archive, hole);
		page->chat = g_strdup(chat);
		page->request = want->request;
		hole->stuck = FALSE;
		ask(session, page, chat ? archive_chat_edge(archive, hole, chat) : &hole->newer);
	}
	want_free(want);
}

/* The newest end, if it is due, or a hole. FALSE: there is nothing to do. */
static gboolean begin_background(Session *session, Archive *archive, gboolean end_only)
{
	if (archive->open && archive->due) {
		archive->due = FALSE;
		ask(session, archive_page_new(archive, NULL), NULL);
		return TRUE;
	}
	Hole *hole = end_only ? NULL : hole_to_fill(session, archive);
	if (!hole)
		return FALSE;
	ask(session, archive_page_new(archive, hole), &hole->newer);
	return TRUE;
}

static gboolean has_work(Session *session, const Archive *archive)
{
	return archive->open && (archive->due || hole_to_fill(session, archive));
}

static void add_work(Session *session, Archive *archive)
{
	if (!archive->room || archive->waits || !has_work(session, archive))
		return;
	archive->waits = TRUE;
	g_queue_push_tail(&session->archives->work, archive);
}

static void pump(Session *session)
{
	struct Archives *archives = session->archives;
	Want *want;
	if (archives->busy)
		return;
	while (session->online && !archives->page && (want = g_queue_pop_head(&archives->wants)))
		begin_want(session, want);
	if (!session->online || archives->page || archives->unstored >= UNSTORED_MOST || begin_background(session, archives->own, TRUE))
		return;
	for (GList *at = archives->work.head, *next; at; at = next) {
		Archive *room = at->data;
		next = at->next;
		if (!has_work(session, room)) {
			room->waits = FALSE;
			g_queue_delete_link(&archives->work, at);
		} else if (begin_background(session, room, TRUE)) {
			return;
		}
	}
	if (begin_background(session, archives->own, FALSE))
		return;
	Archive *room = g_queue_pop_head(&archives->work);
	if (room) {
		room->waits = FALSE;
		begin_background(session, room, FALSE);
		add_work(session, room);
	}
}

static gboolean on_ripe(gpointer user)
{
	Session *session = user;
	GHashTableIter iter;
	gpointer room;
	session->archives->ripe_timer = 0;
	g_hash_table_iter_init(&iter, session->archives->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &room))
		add_work(session, room);
	pump(session);
	return G_SOURCE_REMOVE;
}

/* What another device of ours sent without a lasting id can't be told from the copy that came then. */
gboolean archive_came_as_copy(Session *session, gint64 stamp)
{
	const struct Archives *archives = session->archives;
	return stamp >= archives->online_since || (stamp >= archives->seen_from && stamp <= archives->seen_until);
}

static gboolean on_result(Session *session, const Arrival *arrival)
{
	return session->archives->page && archive_page_take(session->archives->page, arrival);
}

/* ---- a page ---- */

static void set_quiet_timer(Session *session, Archive *archive, guint seconds);

static void stop(Session *session, Archive *archive, Hole *hole, const char *why)
{
	log_warning("the archive of \"%s\" is not read on: %s", archive->room ? archive->room : session->own, why);
	if (hole)
		hole->stuck = TRUE;
}

static void take_newest_end(Session *session, const Page *page, gboolean complete)
{
	Archive *archive = page->archive;
	gboolean met, first = !archive->cursor.id;
	guint n = page->results->len, known = archive_page_known(page, &archive->cursor, &met);

	/* Stamps of whole seconds, and clocks, may be a little ahead; behind the cursor there must be room in any case. */
	archive_page_place(page, known, met, archive->cursor.place, MAX(moment_now(), archive->cursor.place) + G_TIME_SPAN_SECOND);
	for (guint i = known; i < n; i++)
		archive_page_dispatch(session, page, archive_page_at(page, i), first);
	if (first) /* from now on, what comes is new */
		edge_set(&archive->cursor, "", 0, 0);
	if (known == n)
		return;
	const Result *oldest = archive_page_at(page, known), *settled = archive_page_settled(page, known);
	/* That it goes down to its beginning is believed of an archive that is new here; else see take_part_of_hole. */
	if (!met && (!complete || !first)) {
		Edge newer = { oldest->id, oldest->stamp, oldest->place };
		Hole *hole = archive_add_hole(archive, &newer, &archive->cursor);
		hole->first = first;
		hole->ripe = complete;
	}
	if (!settled && met && *archive->cursor.id)
		return;
	if (!settled)
		settled = oldest;
	/* A clock that goes wrong must not make what comes later look old. */
	edge_set(&archive->cursor, settled->id, MIN(settled->stamp, settled->place), settled->place);
}

static void take_part_of_hole(Session *session, const Page *page, gboolean complete)
{
	Archive *archive = page->archive;
	Hole *hole = page->hole;
	gboolean met;
	guint n = page->results->len, known = archive_page_known(page, &hole->older, &met);
	const Edge *from = page->chat ? archive_chat_edge(archive, hole, page->chat) : &hole->newer;

	if (!complete && !met && !archive_page_leads_on(page, from)) {
		stop(session, archive, hole, "its pages lead nowhere");
		return;
	}
	archive_page_place(page, known, met, hole->older.place, from->place);
	for (guint i = known; i < n; i++)
		archive_page_dispatch(session, page, archive_page_at(page, i), hole->first);
	/* A server that has just been started may not know yet all that it has (ejabberd with Mnesia for some seconds). So an archive that ends
	 * above what it had before is asked once more. */
	if (complete && !met && !page->chat && hole->older.id && *hole->older.id && hole->ends++ < ENDS_BELIEVED) {
		complete = FALSE;
		hole->rests = TRUE;
		set_quiet_timer(session, archive, ENDS_SECONDS);
	}
	gboolean closed = met || complete;
	const Result *oldest = known < n ? archive_page_at(page, known) : NULL;
	/* The edge's stamp only falls, so that pages which lead in a circle are seen as such. */
	gint64 stamp = oldest ? from->stamp ? MIN(oldest->stamp, from->stamp) : oldest->stamp : 0;
	if (page->chat && closed)
		archive_set_chat_edge(archive, page->chat, "", 0, hole->older.place + 1);
	else if (page->chat && oldest)
		archive_set_chat_edge(archive, page->chat, oldest->id, stamp, oldest->place);
	else if (!page->chat && closed)
		archive_remove_hole(archive, hole);
	else if (!page->chat && oldest)
		edge_set(&hole->newer, oldest->id, stamp, oldest->place);
}

static void fail(Session *session, Page *page, xmpp_stanza_t *answer)
{
	Archive *archive = page->archive;
	g_autofree char *why = answer || session->online ? stanza_error_sentence(answer) : g_strdup("the connection was lost");
	if (session->online && page->before && answer && strcmp(stanza_error_condition(answer), "item-not-found") == 0) {
		/* The message at the edge is no longer in the archive: its time says where to go on. */
		Edge *edge = page->chat && archive->chats ? g_hash_table_lookup(archive->chats, page->chat) : page->hole ? &page->hole->newer : NULL;
		if (edge) {
			if (page->chat)
				g_hash_table_remove(archive->chats, page->chat);
			else
				g_clear_pointer(&edge->id, g_free);
			Page *again = archive_page_new(archive, page->hole);
			again->chat = g_strdup(page->chat);
			again->request = page->request;
			ask(session, again, page->chat ? archive_chat_edge(archive, page->hole, page->chat) : &page->hole->newer);
			return;
		}
	}
	backend_fail(session->backend, page->request, session_fit(session, why, FIT_LABEL));
	if (!session->online)
		archive->due = archive->due || !page->hole;
	else
		stop(session, archive, page->hole, why);
	tell(session, archive);
	if (page->chat)
		tell_chat(session, archive, page->chat);
}

static void on_page(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Page *page = user;
	Archive *archive = page->archive;
	xmpp_stanza_t *fin = iq_is_result(answer) ? element_child(answer, "fin", NS_ARCHIVE) : NULL;

	session->archives->page = NULL;
	if (!fin) {
		fail(session, page, answer);
	} else {
		const char *word = element_get(fin, "complete");
		gboolean complete = g_strcmp0(word, "true") == 0 || g_strcmp0(word, "1") == 0;
		log_debug("archive of \"%s\": %s %s: %u messages from %s to %s%s", archive->room ? archive->room : session->own, page->hole ? "before" : "newest",
			page->hole && page->before ? page->before : "", page->results->len, page->results->len ? archive_page_at(page, 0)->id : "-",
			page->results->len ? archive_page_at(page, page->results->len - 1)->id : "-", complete ? ", complete" : "");
		session->archives->busy = TRUE;
		if (page->hole)
			take_part_of_hole(session, page, complete);
		else
			take_newest_end(session, page, complete);
		session->archives->busy = FALSE;
		keep(session, archive, page->request, NULL);
		tell(session, archive);
		if (page->chat)
			tell_chat(session, archive, page->chat);
	}
	archive_page_free(page);
	add_work(session, archive);
	pump(session);
}

/* ---- what came live ---- */

static gboolean on_quiet(gpointer user)
{
	gpointer *pair = user;
	Session *session = pair[0];
	Archive *archive = pair[1];
	archive->live_timer = 0;
	for (guint i = 0; i < archive->holes->len; i++)
		((Hole *)archive->holes->pdata[i])->rests = FALSE;
	if (archive->open && session->archives->limit != 0) {
		archive->due = TRUE;
		add_work(session, archive);
		pump(session);
	}
	return G_SOURCE_REMOVE;
}

static void set_quiet_timer(Session *session, Archive *archive, guint seconds)
{
	gpointer *pair = g_new(gpointer, 2);
	pair[0] = session;
	pair[1] = archive;
	g_clear_handle_id(&archive->live_timer, g_source_remove);
	archive->live_timer = g_timeout_add_seconds_full(G_PRIORITY_LOW, seconds, on_quiet, pair, g_free);
}

void archive_saw_live(Session *session, const char *room)
{
	struct Archives *archives = session->archives;
	Archive *archive = room ? g_hash_table_lookup(archives->rooms, room) : archives->own;
	if (!archive || !archive->open || archives->busy)
		return;
	archive->live++;
	if (archive->live >= LIVE_MOST && archives->limit != 0) {
		archive->due = TRUE;
		add_work(session, archive);
		pump(session);
	}
	if (!archive->live_timer)
		set_quiet_timer(session, archive, LIVE_SECONDS);
}

void archive_on_idle(Session *session)
{
	struct Archives *archives = session->archives;
	for (guint i = 0; i < archives->own->holes->len; i++)
		if (((Hole *)archives->own->holes->pdata[i])->rests)
			return;
	if (archives->own->live_timer)
		set_quiet_timer(session, archives->own, 0);
}

/* ---- life ---- */

/* It can be asked from now on. */
static void begin(Session *session, Archive *archive)
{
	gint64 limit = session->archives->limit;
	archive->open = TRUE;
	archive->due = limit != 0;
	archive->live = 0;
	if (limit == 0 && !archive->cursor.id && archive->holes->len == 0) {
		gint64 since = archive->room ? moment_now() : session->archives->online_since;
		Edge now = { NULL, since, since }, nothing = { 0 };
		archive_add_hole(archive, &now, &nothing)->first = TRUE;
	}
	tell(session, archive);
	add_work(session, archive);
	pump(session);
}

void archive_room_joined(Session *session, const char *room)
{
	struct Archives *archives = session->archives;
	Archive *archive = g_hash_table_lookup(archives->rooms, room);
	if (!archive) {
		if (g_hash_table_size(archives->rooms) >= ROOMS_MOST)
			return;
		archive = archive_new(room);
		g_hash_table_insert(archives->rooms, archive->room, archive);
	}
	begin(session, archive);
}

gboolean archive_is_read(Session *session)
{
	return session->archives->limit != 0;
}

void archive_room_left(Session *session, const char *room)
{
	Archive *archive = g_hash_table_lookup(session->archives->rooms, room);
	if (!archive)
		return;
	archive->open = archive->due = FALSE;
	g_clear_handle_id(&archive->live_timer, g_source_remove);
	tell(session, archive);
}

static void on_fetch(Session *session, const Wire *wish)
{
	const WireFetch *fetch = (const WireFetch *)wish;
	if (!session->online) {
		backend_fail(session->backend, fetch->request, "the account is not online");
		return;
	}
	Want *want = g_new0(Want, 1);
	want->request = fetch->request;
	want->chat = jid_normalise(fetch->chat);
	want->kind = fetch->chat_kind;
	want->before = fetch->before;
	if (!want->chat) {
		backend_fail(session->backend, fetch->request, "that is not an address");
		want_free(want);
		return;
	}
	g_queue_push_tail(&session->archives->wants, want);
	pump(session);
}

/* The markers are known as well: what is read can be told from what is not. */
static void on_ready(Session *session)
{
	if (session->archive)
		begin(session, session->archives->own);
}

static void on_account(Session *session)
{
	markers_fetch(session, on_ready);
}

static void forgive(Archive *archive)
{
	for (guint i = 0; i < archive->holes->len; i++) {
		Hole *hole = archive->holes->pdata[i];
		hole->stuck = hole->rests = FALSE;
		hole->ends = 0;
	}
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process)
{
	struct Archives *archives = session->archives;
	GHashTableIter iter;
	gpointer room;

	if (!archives->online_since)
		archives->online_since = moment_now();
	if (resumed) {
		/* What was cut off goes on; the newest end is read after a resume only if that had been cut off. A new process comes here again by on_account. */
		if (!fresh_process)
			pump(session);
		return;
	}
	archives->seen_from = archives->online_since;
	archives->online_since = moment_now();
	archives->own->open = FALSE;
	forgive(archives->own);
	g_hash_table_iter_init(&iter, archives->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &room)) {
		((Archive *)room)->open = FALSE;
		forgive(room);
	}
}

static void on_offline(Session *session)
{
	struct Archives *archives = session->archives;
	Want *want;
	archives->seen_until = moment_now();
	while ((want = g_queue_pop_head(&archives->wants))) {
		backend_fail(session->backend, want->request, "the connection was lost");
		want_free(want);
	}
	GHashTableIter iter;
	gpointer room;
	tell(session, archives->own);
	g_hash_table_iter_init(&iter, archives->rooms);
	while (g_hash_table_iter_next(&iter, NULL, &room))
		tell(session, room);
}

static void load_rooms(Session *session, const char *text)
{
	Archive *archive;
	while (text && (archive = archive_read(&text))) {
		if (!archive->room || g_hash_table_contains(session->archives->rooms, archive->room)) {
			archive_free(archive);
			continue;
		}
		g_hash_table_insert(session->archives->rooms, archive->room, archive);
		tell(session, archive);
	}
}

static gint64 read_limit(Session *session)
{
	const char *word = backend_setting(session->backend, "archive");
	guint64 days;
	if (!word || !*word || strcmp(word, "all") == 0)
		return -1;
	if (strcmp(word, "none") == 0)
		return 0;
	if (g_ascii_string_to_unsigned(word, 10, 0, 36500, &days, NULL))
		return (gint64)days * G_TIME_SPAN_DAY;
	backend_notice(session->backend, NULL, TRUE, "the setting \"archive\" is none of all, none and a number of days");
	return -1;
}

void archive_load(Session *session)
{
	struct Archives *archives = session->archives;
	const char *text = backend_kept(session->backend, "archive");
	Archive *own = text ? archive_read(&text) : NULL;

	archives->limit = read_limit(session);
	if (own && !own->room) {
		archive_free(archives->own);
		archives->own = g_steal_pointer(&own);
		tell(session, archives->own);
	}
	if (own)
		archive_free(own);
	for (guint i = 0; i < BUCKETS; i++) {
		g_autofree char *key = g_strdup_printf("archive.%u", i);
		load_rooms(session, backend_kept(session->backend, key));
	}
}

void archive_attach(Session *session)
{
	struct Archives *archives = session->archives = g_new0(struct Archives, 1);
	archives->own = archive_new(NULL);
	archives->rooms = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, archive_free);
	g_queue_init(&archives->wants);
	g_queue_init(&archives->work);
	archives->limit = -1;
	session_on_message(session, STEP_ARCHIVE, on_result);
	session_on_wish(session, WIRE_FETCH, on_fetch);
	session_on_life(session, on_online, on_offline);
	disco_on_account(session, on_account);
}

void archive_detach(Session *session)
{
	struct Archives *archives = session->archives;
	on_offline(session);
	g_clear_handle_id(&archives->ripe_timer, g_source_remove);
	g_queue_clear(&archives->work);
	archive_free(archives->own);
	g_hash_table_unref(archives->rooms);
	g_clear_pointer(&session->archives, g_free);
}
