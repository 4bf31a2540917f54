/* timeline.c: see timeline.h. Entries are in the order of (time, id); local lines stand after the messages of their moment. */
#include "config.h"
#include "timeline.h"

#include "base/moment.h"

#include <string.h>

struct Timeline {
	char *account, *chat;
	GPtrArray *entries; /* of Entry, owned */
	GPtrArray *local;   /* of Entry, owned: lines of this screen that stand outside the window now */
	gboolean at_start, at_end;
	gint64 local_count;
};

static void forget_lines(Entry *entry)
{
	g_clear_pointer(&entry->shown, g_free);
	g_clear_pointer(&entry->quote, g_free);
	g_clear_pointer(&entry->reacted, g_free);
	g_clear_pointer(&entry->lines, g_array_unref);
	g_clear_pointer(&entry->runs, g_array_unref);
	entry->width = 0;
}

static void empty(Entry *entry)
{
	forget_lines(entry);
	g_free(entry->from);
	g_free(entry->nick);
	g_free(entry->text);
	g_free(entry->error);
	g_free(entry->own_id);
	g_free(entry->encryption);
	g_free(entry->target);
	g_free(entry->note);
	g_free(entry->saved);
	g_free(entry->markup);
	g_strfreev(entry->reactions);
	g_strfreev(entry->attachments);
}

static void entry_free(gpointer data)
{
	empty(data);
	g_free(data);
}

static char **copy_list(const char *const *list)
{
	static const char *const nothing[] = { NULL };
	return g_strdupv((char **)(list ? list : nothing));
}

static void fill(Entry *entry, const WireMessage *message)
{
	*entry = (Entry){
		.kind = ENTRY_MESSAGE,
		.id = message->id,
		.time = message->time,
		.type = message->type,
		.direction = message->direction,
		.state = message->state,
		.mention = message->mention,
		.edited = message->edited,
		.retracted = message->retracted,
		.about = message->about,
		.from = g_strdup(message->from),
		.nick = g_strdup(message->nick),
		.text = g_strdup(message->text ? message->text : ""),
		.error = g_strdup(message->error),
		.own_id = g_strdup(message->own_id),
		.encryption = g_strdup(message->encryption),
		.target = g_strdup(message->target),
		.note = g_strdup(message->note),
		.saved = g_strdup(message->saved),
		.markup = g_strdup(message->markup),
		.reactions = copy_list(message->reactions),
		.attachments = copy_list(message->attachments),
	};
}

static Entry *entry_new(const WireMessage *message)
{
	Entry *entry = g_new(Entry, 1);
	fill(entry, message);
	return entry;
}

static int compare(const Entry *a, const Entry *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	gboolean local_a = a->id == 0, local_b = b->id == 0;
	if (local_a != local_b)
		return local_a ? 1 : -1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

Timeline *timeline_new(const char *account, const char *chat)
{
	Timeline *timeline = g_new0(Timeline, 1);
	timeline->account = g_strdup(account);
	timeline->chat = g_strdup(chat);
	timeline->entries = g_ptr_array_new_with_free_func(entry_free);
	timeline->local = g_ptr_array_new_with_free_func(entry_free);
	timeline->at_end = TRUE;
	timeline->at_start = account == NULL;
	return timeline;
}

void timeline_free(Timeline *timeline)
{
	if (!timeline)
		return;
	g_ptr_array_unref(timeline->entries);
	g_ptr_array_unref(timeline->local);
	g_free(timeline->account);
	g_free(timeline->chat);
	g_free(timeline);
}

const GPtrArray *timeline_entries(const Timeline *timeline)
{
	return timeline->entries;
}

gboolean timeline_at_start(const Timeline *timeline)
{
	return timeline->at_start;
}

gboolean timeline_at_end(const Timeline *timeline)
{
	return timeline->at_end;
}

/* Where entry belongs; searched from the end, where it nearly always is. */
static guint place_of(const GPtrArray *entries, const Entry *entry)
{
	guint i = entries->len;
	while (i > 0 && compare(entries->pdata[i - 1], entry) > 0)
		i--;
	return i;
}

static void insert(GPtrArray *entries, Entry *entry)
{
	g_ptr_array_insert(entries, (int)place_of(entries, entry), entry);
}

static const Entry *first_message(const Timeline *timeline)
{
	for (guint i = 0; i < timeline->entries->len; i++) {
		const Entry *entry = timeline->entries->pdata[i];
		if (entry->id)
			return entry;
	}
	return NULL;
}

static const Entry *last_message(const Timeline *timeline)
{
	for (guint i = timeline->entries->len; i-- > 0;) {
		const Entry *entry = timeline->entries->pdata[i];
		if (entry->id)
			return entry;
	}
	return NULL;
}

/* Moves local lines into the window where they fall inside it, and out of it where they don't. */
static void settle_local(Timeline *timeline)
{
	const Entry *first = first_message(timeline), *last = last_message(timeline);
	gint64 from = timeline->at_start || !first ? G_MININT64 : first->time;
	gint64 to = timeline->at_end || !last ? G_MAXINT64 : last->time;
	for (guint i = timeline->entries->len; i-- > 0;) {
		Entry *entry = timeline->entries->pdata[i];
		if (entry->id == 0 && (entry->time < from || entry->time > to))
			insert(timeline->local, g_ptr_array_steal_index(timeline->entries, i));
	}
	for (guint i = timeline->local->len; i-- > 0;) {
		Entry *entry = timeline->local->pdata[i];
		if (entry->time >= from && entry->time <= to)
			insert(timeline->entries, g_ptr_array_steal_index(timeline->local, i));
	}
}

static void put_local_aside(Timeline *timeline)
{
	for (guint i = timeline->entries->len; i-- > 0;) {
		Entry *entry = timeline->entries->pdata[i];
		if (entry->id == 0)
			insert(timeline->local, g_ptr_array_steal_index(timeline->entries, i));
	}
}

static gboolean collect(const WireMessage *message, gpointer user)
{
	g_ptr_array_add(user, entry_new(message));
	return TRUE;
}

/* Rows come newest first from reader_before. */
static GPtrArray *read_before(Timeline *timeline, Reader *reader, const ReaderKey *key, guint limit, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(entry_free);
	if (!reader_before(reader, timeline->account, timeline->chat, key, limit, collect, rows, error))
		return NULL;
	for (guint i = 0; i < rows->len / 2; i++) {
		gpointer swap = rows->pdata[i];
		rows->pdata[i] = rows->pdata[rows->len - 1 - i];
		rows->pdata[rows->len - 1 - i] = swap;
	}
	return g_steal_pointer(&rows);
}

static GPtrArray *read_after(Timeline *timeline, Reader *reader, const ReaderKey *key, guint limit, GError **error)
{
	g_autoptr(GPtrArray) rows = g_ptr_array_new_with_free_func(entry_free);
	if (!reader_after(reader, timeline->account, timeline->chat, key, limit, collect, rows, error))
		return NULL;
	return g_steal_pointer(&rows);
}

static void append_all(GPtrArray *to, GPtrArray *rows)
{
	for (guint i = 0; i < rows->len; i++)
		g_ptr_array_add(to, rows->pdata[i]);
	g_ptr_array_set_free_func(rows, NULL);
	g_ptr_array_set_size(rows, 0);
}

gboolean timeline_load_newest(Timeline *timeline, Reader *reader, GError **error)
{
	if (!timeline->account || !reader)
		return TRUE;
	g_autoptr(GPtrArray) rows = read_before(timeline, reader, NULL, TIMELINE_PAGE, error);
	if (!rows)
		return FALSE;
	/* What came live and is not in the reader's view yet stays. */
	gint64 known = rows->len ? ((Entry *)rows->pdata[rows->len - 1])->id : 0;
	g_autoptr(GPtrArray) newer = g_ptr_array_new_with_free_func(entry_free);
	put_local_aside(timeline);
	if (timeline->at_end)
		for (guint i = timeline->entries->len; i-- > 0;)
			if (((Entry *)timeline->entries->pdata[i])->id > known)
				insert(newer, g_ptr_array_steal_index(timeline->entries, i));
	g_ptr_array_set_size(timeline->entries, 0);
	timeline->at_start = rows->len < TIMELINE_PAGE;
	timeline->at_end = TRUE;
	append_all(timeline->entries, rows);
	append_all(timeline->entries, newer);
	settle_local(timeline);
	return TRUE;
}

gboolean timeline_load_oldest(Timeline *timeline, Reader *reader, GError **error)
{
	if (!timeline->account || !reader)
		return TRUE;
	g_autoptr(GPtrArray) rows = read_after(timeline, reader, NULL, TIMELINE_PAGE, error);
	if (!rows)
		return FALSE;
	put_local_aside(timeline);
	g_ptr_array_set_size(timeline->entries, 0);
	timeline->at_start = TRUE;
	timeline->at_end = rows->len < TIMELINE_PAGE;
	append_all(timeline->entries, rows);
	settle_local(timeline);
	return TRUE;
}

gboolean timeline_load_around(Timeline *timeline, Reader *reader, gint64 id, gint64 time, GError **error)
{
	if (!timeline->account || !reader)
		return FALSE;
	ReaderKey key = { .time = time, .id = id };
	g_autoptr(GPtrArray) older = read_before(timeline, reader, &key, TIMELINE_PAGE / 2, error);
	g_autoptr(GPtrArray) found = g_ptr_array_new_with_free_func(entry_free);
	g_autoptr(GPtrArray) newer = older ? read_after(timeline, reader, &key, TIMELINE_PAGE / 2, error) : NULL;
	if (!newer || !reader_message(reader, id, collect, found, error) || found->len == 0)
		return FALSE;
	put_local_aside(timeline);
	g_ptr_array_set_size(timeline->entries, 0);
	timeline->at_start = older->len < TIMELINE_PAGE / 2;
	timeline->at_end = newer->len < TIMELINE_PAGE / 2;
	append_all(timeline->entries, older);
	append_all(timeline->entries, found);
	append_all(timeline->entries, newer);
	settle_local(timeline);
	return TRUE;
}

static void drop_newest(Timeline *timeline, const Entry *keep)
{
	GPtrArray *entries = timeline->entries;
	guint wanted = entries->len > TIMELINE_MAX ? TIMELINE_MAX : entries->len;
	while (entries->len > wanted && entries->pdata[entries->len - 1] != keep) {
		if (((Entry *)entries->pdata[entries->len - 1])->id)
			timeline->at_end = FALSE;
		else {
			insert(timeline->local, g_ptr_array_steal_index(entries, entries->len - 1));
			continue;
		}
		g_ptr_array_remove_index(entries, entries->len - 1);
	}
}

static void drop_oldest(Timeline *timeline, const Entry *keep)
{
	GPtrArray *entries = timeline->entries;
	guint drop = entries->len > TIMELINE_MAX ? entries->len - TIMELINE_MAX : 0;
	guint can = 0;
	while (can < drop && entries->pdata[can] != keep)
		can++;
	for (guint i = can; i-- > 0;) {
		Entry *entry = entries->pdata[i];
		if (entry->id)
			timeline->at_start = timeline->account == NULL;
		else
			insert(timeline->local, g_ptr_array_steal_index(entries, i));
	}
	can = MIN(can, entries->len > TIMELINE_MAX ? entries->len - TIMELINE_MAX : 0);
	if (can)
		g_ptr_array_remove_range(entries, 0, can);
}

guint timeline_load_older(Timeline *timeline, Reader *reader, const Entry *keep, GError **error)
{
	if (timeline->at_start || !reader)
		return 0;
	const Entry *first = first_message(timeline);
	ReaderKey key = { .time = first ? first->time : 0, .id = first ? first->id : 0 };
	g_autoptr(GPtrArray) rows = read_before(timeline, reader, first ? &key : NULL, TIMELINE_PAGE, error);
	if (!rows)
		return 0;
	guint count = rows->len;
	timeline->at_start = count < TIMELINE_PAGE;
	for (guint i = 0; i < count; i++)
		g_ptr_array_insert(timeline->entries, (int)i, rows->pdata[i]);
	g_ptr_array_set_free_func(rows, NULL);
	drop_newest(timeline, keep);
	settle_local(timeline);
	return count;
}

guint timeline_load_newer(Timeline *timeline, Reader *reader, const Entry *keep, GError **error)
{
	if (timeline->at_end || !reader)
		return 0;
	const Entry *last = last_message(timeline);
	ReaderKey key = { .time = last ? last->time : 0, .id = last ? last->id : 0 };
	g_autoptr(GPtrArray) rows = read_after(timeline, reader, last ? &key : NULL, TIMELINE_PAGE, error);
	if (!rows)
		return 0;
	guint count = rows->len;
	timeline->at_end = count < TIMELINE_PAGE;
	append_all(timeline->entries, rows);
	drop_oldest(timeline, keep);
	settle_local(timeline);
	return count;
}

gboolean timeline_add(Timeline *timeline, const WireMessage *message, const Entry *keep)
{
	if (!timeline->at_end)
		return FALSE;
	if (message->id && timeline_find(timeline, message->id))
		return TRUE;
	const Entry *first = first_message(timeline);
	if (first && message->time < first->time && !timeline->at_start)
		return FALSE; /* older than the window */
	insert(timeline->entries, entry_new(message));
	if (timeline->entries->len > TIMELINE_MAX + TIMELINE_PAGE) {
		if (keep && timeline_index(timeline, keep) < (int)timeline->entries->len / 2)
			drop_newest(timeline, keep);
		else
			drop_oldest(timeline, keep);
	}
	return TRUE;
}

/* Whether a message of this time belongs between the ends of the window. */
static gboolean is_inside(const Timeline *timeline, gint64 time)
{
	const Entry *first = first_message(timeline), *last = last_message(timeline);
	if (!first)
		return timeline->at_start && timeline->at_end;
	return (timeline->at_start || time >= first->time) && (timeline->at_end || time <= last->time);
}

Entry *timeline_change(Timeline *timeline, const WireMessage *message, const Entry *keep)
{
	Entry *entry = NULL;
	guint at = 0;
	for (guint i = timeline->entries->len; i-- > 0;) {
		Entry *other = timeline->entries->pdata[i];
		if (other->about == message->id && other->id)
			forget_lines(other); /* it shows the first words of this one */
		if (other->id == message->id) {
			entry = other;
			at = i;
		}
	}
	if (!entry) {
		if (message->id == 0 || !is_inside(timeline, message->time))
			return NULL;
		entry = entry_new(message);
		insert(timeline->entries, entry);
		return entry;
	}
	gint64 time = entry->time;
	empty(entry);
	fill(entry, message);
	if (entry->time == time)
		return entry;
	g_ptr_array_steal_index(timeline->entries, at);
	if (entry != keep && !is_inside(timeline, entry->time)) {
		entry_free(entry);
		return NULL;
	}
	insert(timeline->entries, entry);
	return entry;
}

void timeline_look_again(Timeline *timeline)
{
	timeline->at_start = timeline->account == NULL;
	settle_local(timeline);
}

void timeline_add_local(Timeline *timeline, EntryKind kind, const char *text)
{
	Entry *entry = g_new0(Entry, 1);
	entry->reactions = copy_list(NULL);
	entry->attachments = copy_list(NULL);
	entry->kind = kind;
	entry->time = moment_now();
	entry->order = ++timeline->local_count;
	entry->type = MESSAGE_EVENT;
	entry->text = g_strdup(text);
	guint count = timeline->local->len;
	int oldest = -1;
	for (guint i = 0; i < timeline->entries->len; i++)
		if (((Entry *)timeline->entries->pdata[i])->id == 0) {
			oldest = oldest < 0 ? (int)i : oldest;
			count++;
		}
	if (count >= TIMELINE_LOCAL_MAX) {
		if (timeline->local->len)
			g_ptr_array_remove_index(timeline->local, 0);
		else if (oldest >= 0)
			g_ptr_array_remove_index(timeline->entries, (guint)oldest);
	}
	insert(timeline->at_end ? timeline->entries : timeline->local, entry);
}

Entry *timeline_set_state(Timeline *timeline, const WireMessageStateChange *change)
{
	for (guint i = timeline->entries->len; i-- > 0;) {
		Entry *entry = timeline->entries->pdata[i];
		gboolean same = change->id && entry->id ? entry->id == change->id : entry->own_id && change->own_id && strcmp(entry->own_id, change->own_id) == 0;
		if (!same)
			continue;
		entry->state = change->state;
		g_free(entry->error);
		entry->error = g_strdup(change->error);
		forget_lines(entry);
		return entry;
	}
	return NULL;
}

void timeline_clear_local(Timeline *timeline)
{
	put_local_aside(timeline);
	g_ptr_array_set_size(timeline->local, 0);
}

void timeline_clear(Timeline *timeline)
{
	g_ptr_array_set_size(timeline->entries, 0);
	g_ptr_array_set_size(timeline->local, 0);
	timeline->at_start = timeline->at_end = TRUE;
}

int timeline_index(const Timeline *timeline, const Entry *entry)
{
	for (guint i = timeline->entries->len; i-- > 0;)
		if (timeline->entries->pdata[i] == entry)
			return (int)i;
	return -1;
}

Entry *timeline_find(const Timeline *timeline, gint64 id)
{
	for (guint i = timeline->entries->len; i-- > 0;) {
		Entry *entry = timeline->entries->pdata[i];
		if (entry->id == id)
			return entry;
	}
	return NULL;
}

gint64 timeline_newest_id(const Timeline *timeline)
{
	gint64 newest = 0;
	for (guint i = 0; i < timeline->entries->len; i++)
		newest = MAX(newest, ((Entry *)timeline->entries->pdata[i])->id);
	return newest;
}

gint64 timeline_oldest_time(const Timeline *timeline)
{
	const Entry *first = first_message(timeline);
	return first ? first->time : 0;
}

gint64 timeline_read_time(const Timeline *timeline)
{
	for (guint i = timeline->entries->len; i-- > 0;) {
		const Entry *entry = timeline->entries->pdata[i];
		if (entry->id && entry->direction == DIRECTION_OUT && entry->state == MESSAGE_READ)
			return entry->time;
	}
	return 0;
}

void timeline_forget_lines(Timeline *timeline)
{
	for (guint i = 0; i < timeline->entries->len; i++)
		forget_lines(timeline->entries->pdata[i]);
}
