/* bookmarks.c: which rooms to be in.
 *
 * A room is wanted because the person has joined it (kept with the history under hub.rooms), because the account's setting rooms names it, or
 * because the network keeps a bookmark that says so (autojoin). Where the network keeps bookmarks, they decide: what is joined here is
 * bookmarked, what is left here loses its autojoin, and what another device changes is followed here. Rooms are joined a few at a time, so that
 * no server's limit is met; the next one when one is answered. One that can't have us just now is asked again, after longer and longer times.
 */
#include "base/log.h"
#include "hub/hub.h"
#include <gio/gio.h>
#include <string.h>

#define AT_A_TIME 3
#define ANSWER_S 75 /* a backend that says nothing of a room for so long does not hold up the others */
#define AGAIN_FIRST_S 5
#define AGAIN_MOST_S 600
#define KEY "hub.rooms"

typedef struct {
	char *address;               /* owned */
	char *name, *nick, *password; /* owned, or NULL */
	gboolean wanted;     /* to be joined whenever online */
	gboolean configured; /* by the account's setting rooms */
	gboolean marked;     /* the network keeps it … */
	gboolean autojoin;   /* … as one to be in */
	gboolean left;       /* left while the network could not be told */
	gboolean asked;      /* the person has just asked for it and waits for the answer */
	gboolean in;         /* we are in it, or were when the connection went */
	gint64 joining;      /* monotonic µs: the backend was asked then and has not answered; 0: not */
	gboolean tried;      /* it was answered since online */
	gint64 again;        /* monotonic µs: it was busy and is asked again then; 0: not */
	guint busy;          /* how often it was, one after the other */
	guint serial;        /* of the list of bookmarks that named it last */
} Entry;

struct Bookmarks {
	GHashTable *all; /* address -> Entry, owned */
	gboolean ready;  /* the network has told all bookmarks since online */
	guint serial;
	guint wait_source, again_source;
};

static void entry_free(gpointer data)
{
	Entry *e = data;
	g_free(e->address);
	g_free(e->name);
	g_free(e->nick);
	g_free(e->password);
	g_free(e);
}

static Entry *find(const Runner *r, const char *address)
{
	return g_hash_table_lookup(r->bookmarks->all, address);
}

static Entry *need(Runner *r, const char *address)
{
	Entry *e = find(r, address);
	if (!e) {
		e = g_new0(Entry, 1);
		e->address = g_strdup(address);
		g_hash_table_insert(r->bookmarks->all, e->address, e);
	}
	return e;
}

static void set_text(char **place, const char *text)
{
	g_free(*place);
	*place = text && *text ? g_strdup(text) : NULL;
}

/* ---- what is kept ---- */

/* One room a line: address, nick, and 1: the network keeps it, 2: it was left and the network does not know that yet. */
static void keep(Runner *r)
{
	g_autoptr(GString) text = g_string_new(NULL);
	GHashTableIter iter;
	const Entry *e;
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e))
		if ((e->wanted && !e->asked && (!e->configured || e->marked)) || e->left)
			g_string_append_printf(text, "%s\t%s\t%s\n", e->address, e->nick ? e->nick : "", e->left ? "2" : e->marked ? "1" : "");
	history_keep(r->hub->history, r->account->name, KEY, text->len ? text->str : NULL, NULL, NULL);
}

static void load_kept(Runner *r, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	for (char **line = lines; *line; line++) {
		g_auto(GStrv) parts = g_strsplit(*line, "\t", 3);
		if (!*parts || !**parts || !parts[1])
			continue;
		Entry *e = need(r, parts[0]);
		set_text(&e->nick, parts[1]);
		e->left = !g_strcmp0(parts[2], "2");
		e->marked = e->autojoin = e->left || !g_strcmp0(parts[2], "1");
		e->wanted = !e->left;
	}
}

Bookmarks *bookmarks_new(Runner *r)
{
	r->bookmarks = g_new0(Bookmarks, 1);
	r->bookmarks->all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, entry_free);
	g_auto(GStrv) kept = reader_kept(r->hub->reader, r->account->name, NULL);
	g_auto(GStrv) configured = g_strsplit_set(config_account_text(r->hub->config, r->account->name, "rooms"), " ,;", -1);
	for (char **line = kept; line && *line; line++)
		if (g_str_has_prefix(*line, KEY "="))
			load_kept(r, *line + strlen(KEY "="));
	for (char **room = configured; *room; room++)
		if (**room) {
			Entry *e = need(r, *room);
			e->configured = e->wanted = TRUE;
		}
	return r->bookmarks;
}

void bookmarks_free(Bookmarks *bookmarks)
{
	if (!bookmarks)
		return;
	if (bookmarks->wait_source)
		g_source_remove(bookmarks->wait_source);
	if (bookmarks->again_source)
		g_source_remove(bookmarks->again_source);
	g_hash_table_unref(bookmarks->all);
	g_free(bookmarks);
}

/* ---- joining, a few at a time ---- */

static void join_next(Runner *r);

static gboolean on_wait(gpointer user)
{
	Runner *r = user;
	r->bookmarks->wait_source = 0;
	join_next(r);
	return G_SOURCE_REMOVE;
}

/* Only where the network has limits that matter and the backend answers each request. */
static guint at_a_time(const Runner *r)
{
	return account_can(r->account, "bookmarks") ? AT_A_TIME : G_MAXUINT;
}

static void join_next(Runner *r)
{
	GHashTableIter iter;
	Entry *e;
	guint joining = 0, most = at_a_time(r);
	gint64 now = g_get_monotonic_time();
	gboolean more = FALSE;
	if (!account_is_online(r->account))
		return;
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e))
		joining += e->joining && e->joining + ANSWER_S * G_USEC_PER_SEC > now;
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (!more && g_hash_table_iter_next(&iter, NULL, (gpointer *)&e)) {
		if (!(e->wanted || e->in) || e->joining || e->tried || e->asked)
			continue;
		more = joining >= most;
		if (!more && runner_send(r, &WIRE(JOIN, Join, .account = r->account->name, .chat = e->address, .nick = e->nick, .password = e->password))) {
			e->joining = now;
			joining++;
		}
	}
	if (more && !r->bookmarks->wait_source)
		r->bookmarks->wait_source = g_timeout_add_seconds(ANSWER_S + 1, on_wait, r);
}

static gboolean on_again(gpointer user);

/* At the time of the first room that is to be asked again. */
static void wait_again(Runner *r)
{
	gint64 first = G_MAXINT64;
	GHashTableIter iter;
	const Entry *e;
	g_clear_handle_id(&r->bookmarks->again_source, g_source_remove);
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e))
		if (e->again)
			first = MIN(first, e->again);
	if (first < G_MAXINT64)
		r->bookmarks->again_source = g_timeout_add((guint)(MAX(first - g_get_monotonic_time(), 0) / 1000) + 1, on_again, r);
}

static gboolean on_again(gpointer user)
{
	Runner *r = user;
	GHashTableIter iter;
	Entry *e;
	gint64 now = g_get_monotonic_time();
	r->bookmarks->again_source = 0;
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e))
		if (e->again && e->again <= now)
			e->again = e->tried = 0;
	join_next(r);
	wait_again(r);
	return G_SOURCE_REMOVE;
}

/* Each at another time, so that those which were refused together are not refused together again. */
static void ask_again_later(Runner *r, Entry *e)
{
	double seconds = MIN(AGAIN_FIRST_S << MIN(e->busy, 16), AGAIN_MOST_S) * g_random_double_range(0.6, 1.4);
	e->busy++;
	e->again = g_get_monotonic_time() + (gint64)(seconds * G_USEC_PER_SEC);
	wait_again(r);
}

void bookmarks_on_online(Runner *r, gboolean resumed)
{
	GHashTableIter iter;
	Entry *e;
	/* A session that goes on in the same process has told its bookmarks before. */
	r->bookmarks->serial++;
	if (!resumed)
		r->bookmarks->ready = FALSE;
	g_hash_table_iter_init(&iter, r->bookmarks->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e))
		e->joining = e->tried = e->again = e->busy = 0;
	join_next(r);
}

void bookmarks_on_process_gone(Runner *r)
{
	r->bookmarks->ready = FALSE;
}

/* ---- telling everybody ---- */

/* The screens; never the password. */
static void publish(Runner *r, const Entry *e)
{
	hub_publish(r->hub, &WIRE(BOOKMARK, Bookmark, .account = r->account->name, .chat = e->address, .name = e->name, .nick = e->nick,
	                          .autojoin = e->autojoin, .gone = !e->marked));
}

/* The network, if it listens. */
static void write_mark(Runner *r, Entry *e, const char *name)
{
	runner_send(r, &WIRE(BOOKMARK, Bookmark, .account = r->account->name, .chat = e->address, .name = name, .nick = e->nick, .password = e->password,
	                     .autojoin = e->autojoin, .gone = !e->marked));
	publish(r, e);
}

static gboolean tells_network(const Runner *r)
{
	return r->bookmarks->ready && account_is_online(r->account);
}

static gboolean bookmarks_joined_rooms(const Runner *r)
{
	return tells_network(r) && config_flag(r->hub->config, "bookmark_rooms");
}

static void mark_joined(Runner *r, Entry *e)
{
	if ((e->marked && e->autojoin) || !bookmarks_joined_rooms(r))
		return;
	e->marked = e->autojoin = TRUE;
	e->serial = r->bookmarks->serial;
	write_mark(r, e, NULL);
}

/* ---- what other devices want ---- */

static void leave(Runner *r, Entry *e)
{
	gboolean in = e->in || e->joining;
	e->wanted = e->in = FALSE;
	e->joining = 0;
	if (in && account_is_online(r->account))
		runner_send(r, &WIRE(PART, Part, .account = r->account->name, .chat = e->address));
}

static void want(Runner *r, Entry *e)
{
	e->wanted = TRUE;
	if (!e->in)
		e->tried = FALSE;
	join_next(r);
}

/* What the network keeps is not what is wanted here: one of them follows. fresh: it has just changed there. */
static void settle(Runner *r, Entry *e, gboolean was_ours, gboolean fresh)
{
	if (e->left) {
		e->left = FALSE;
		if (e->autojoin && !fresh) {
			e->autojoin = FALSE;
			write_mark(r, e, NULL);
			return;
		}
	}
	if (e->autojoin)
		want(r, e);
	else if (e->wanted && !e->configured && (fresh || was_ours))
		leave(r, e);
}

void bookmarks_on_bookmark(Runner *r, const WireBookmark *mark)
{
	Entry *e = mark->gone ? find(r, mark->chat) : need(r, mark->chat);
	if (!e)
		return;
	gboolean was_ours = e->marked && e->autojoin;
	e->serial = r->bookmarks->serial;
	e->marked = !mark->gone;
	e->autojoin = !mark->gone && mark->autojoin;
	if (!mark->gone) {
		set_text(&e->name, mark->name);
		set_text(&e->password, mark->password);
		if (mark->nick)
			set_text(&e->nick, mark->nick);
	}
	settle(r, e, was_ours, mark->fresh);
	publish(r, e);
	keep(r);
}

void bookmarks_on_done(Runner *r)
{
	Bookmarks *b = r->bookmarks;
	GHashTableIter iter;
	Entry *e;
	g_autoptr(GPtrArray) gone = g_ptr_array_new(), news = g_ptr_array_new();
	b->ready = TRUE;
	g_hash_table_iter_init(&iter, b->all);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&e)) {
		if (e->marked && e->serial != b->serial)
			g_ptr_array_add(gone, e);
		else if (e->wanted && !e->asked && !e->configured && !e->autojoin)
			g_ptr_array_add(news, e);
	}
	for (guint i = 0; i < gone->len; i++) {
		e = gone->pdata[i];
		e->marked = e->autojoin = e->left = FALSE;
		if (e->wanted && !e->configured)
			leave(r, e);
		publish(r, e);
	}
	/* Rooms from before there were bookmarks here. */
	for (guint i = 0; i < news->len; i++)
		mark_joined(r, news->pdata[i]);
	keep(r);
}

/* ---- what happens here ---- */

void bookmarks_on_room(Runner *r, const WireRoom *room, gboolean was_joined)
{
	Entry *e = room->joined ? need(r, room->chat) : find(r, room->chat);
	if (!e)
		return;
	e->joining = 0;
	e->tried = TRUE;
	e->in = room->joined;
	e->again = 0;
	if (room->joined)
		e->busy = 0;
	else if (room->busy && e->wanted && !e->asked)
		ask_again_later(r, e);
	if (room->joined && !was_joined) {
		gboolean asked = e->asked, changed = !e->wanted || asked;
		e->asked = e->left = FALSE;
		/* Somebody may keep a room without wanting to be in it always. */
		if (asked || !e->marked || e->autojoin) {
			e->wanted = TRUE;
			if (!e->configured)
				mark_joined(r, e);
		}
		if (changed)
			keep(r);
	}
	join_next(r);
}

void bookmarks_want(Runner *r, const WireJoin *join)
{
	Entry *e = need(r, join->chat);
	if (join->nick)
		set_text(&e->nick, join->nick);
	if (join->password)
		set_text(&e->password, join->password);
	e->asked = !e->wanted;
	e->wanted = TRUE;
	e->left = FALSE;
}

void bookmarks_refused(Runner *r, const char *room)
{
	Entry *e = find(r, room);
	if (!e || !e->asked)
		return;
	e->asked = e->wanted = FALSE;
	e->joining = 0;
	keep(r);
}

void bookmarks_drop(Runner *r, const char *room)
{
	Entry *e = find(r, room);
	if (!e)
		return;
	e->wanted = e->in = e->asked = e->configured = FALSE;
	if (e->marked && e->autojoin && tells_network(r)) {
		e->autojoin = FALSE;
		write_mark(r, e, NULL);
	} else if (e->marked && e->autojoin) {
		e->left = TRUE;
	}
	keep(r);
}

gboolean bookmarks_change(Runner *r, const WireBookmark *wish, GError **error)
{
	if (!tells_network(r)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_CONNECTED, account_is_online(r->account) ? "the network of \"%s\" keeps no bookmarks, or has not told them yet" : "the account \"%s\" is not online",
		            r->account->name);
		return FALSE;
	}
	Entry *e = wish->gone ? find(r, wish->chat) : need(r, wish->chat);
	if (!e || (wish->gone && !e->marked)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "\"%s\" is not bookmarked", wish->chat);
		return FALSE;
	}
	e->marked = !wish->gone;
	e->autojoin = !wish->gone && wish->autojoin;
	e->wanted = e->autojoin || e->configured;
	e->serial = r->bookmarks->serial;
	if (wish->name)
		set_text(&e->name, wish->name);
	if (wish->nick)
		set_text(&e->nick, wish->nick);
	write_mark(r, e, wish->name);
	keep(r);
	if (e->wanted)
		want(r, e);
	return TRUE;
}
