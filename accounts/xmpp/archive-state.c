/* archive-state.c: what is known of an archive. See archive-state.h.
 *
 * Kept as lines of words, each archive from its line "archive ROOM|-" on: "cursor ID STAMP PLACE", "hole FIRST ID STAMP PLACE ID STAMP PLACE",
 * "chat ADDRESS ID STAMP PLACE"; texts are escaped as in URIs, "-" is none. */
#include "archive-state.h"

#include <string.h>

#define HOLES_MOST 16
#define CHATS_MOST 200

Archive *archive_new(const char *room)
{
	Archive *archive = g_new0(Archive, 1);
	archive->room = g_strdup(room);
	archive->holes = g_ptr_array_new();
	archive->chats = NULL;
	return archive;
}

static void edge_free(gpointer data)
{
	Edge *edge = data;
	g_free(edge->id);
	g_free(edge);
}

static void hole_free(Hole *hole)
{
	g_free(hole->newer.id);
	g_free(hole->older.id);
	g_free(hole);
}

void archive_free(gpointer data)
{
	Archive *archive = data;
	g_clear_handle_id(&archive->live_timer, g_source_remove);
	for (guint i = 0; i < archive->holes->len; i++)
		hole_free(archive->holes->pdata[i]);
	g_ptr_array_unref(archive->holes);
	g_clear_pointer(&archive->chats, g_hash_table_unref);
	g_free(archive->cursor.id);
	g_free(archive->room);
	g_free(archive);
}

void edge_set(Edge *edge, const char *id, gint64 stamp, gint64 place)
{
	char *copy = g_strdup(id);
	g_free(edge->id);
	*edge = (Edge){ copy, stamp, place };
}

Hole *archive_hole_before(const Archive *archive, gint64 time)
{
	for (guint i = 0; i < archive->holes->len; i++) {
		Hole *hole = archive->holes->pdata[i];
		if (hole->older.place < time)
			return hole;
	}
	return NULL;
}

Hole *archive_add_hole(Archive *archive, const Edge *newer, const Edge *older)
{
	Hole *hole = g_new0(Hole, 1);
	edge_set(&hole->newer, newer->id, newer->stamp, newer->place);
	edge_set(&hole->older, older->id, older->stamp, older->place);
	g_ptr_array_insert(archive->holes, 0, hole);
	if (archive->holes->len > HOLES_MOST) {
		/* What lies between the two is read a second time, which does no harm. */
		Hole *last = g_ptr_array_steal_index(archive->holes, archive->holes->len - 1);
		Hole *into = archive->holes->pdata[archive->holes->len - 1];
		edge_set(&into->older, last->older.id, last->older.stamp, last->older.place);
		into->first = last->first;
		hole_free(last);
	}
	return hole;
}

void archive_remove_hole(Archive *archive, Hole *hole)
{
	g_ptr_array_remove(archive->holes, hole);
	hole_free(hole);
}

static const Edge *own_edge(const Archive *archive, const Hole *hole, const char *chat)
{
	const Edge *edge = archive->chats ? g_hash_table_lookup(archive->chats, chat) : NULL;
	return edge && edge->place > hole->older.place && edge->place <= hole->newer.place ? edge : NULL;
}

const Edge *archive_chat_edge(const Archive *archive, const Hole *hole, const char *chat)
{
	const Edge *edge = own_edge(archive, hole, chat);
	return edge ? edge : &hole->newer;
}

gboolean archive_chat_is_complete(const Archive *archive, const Hole *hole, const char *chat)
{
	const Edge *edge = own_edge(archive, hole, chat);
	return edge && !*edge->id;
}

void archive_set_chat_edge(Archive *archive, const char *chat, const char *id, gint64 stamp, gint64 place)
{
	if (!archive->chats)
		archive->chats = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, edge_free);
	if (!g_hash_table_contains(archive->chats, chat) && g_hash_table_size(archive->chats) >= CHATS_MOST)
		return;
	Edge *edge = g_new0(Edge, 1);
	edge_set(edge, id, stamp, place);
	g_hash_table_replace(archive->chats, g_strdup(chat), edge);
}

/* ---- as text ---- */

static void write_text(GString *out, const char *text)
{
	g_string_append_c(out, ' ');
	if (!text)
		g_string_append_c(out, '-');
	else if (strcmp(text, "-") == 0)
		g_string_append(out, "%2D");
	else
		g_string_append_uri_escaped(out, text, "@:", FALSE);
}

static void write_edge(GString *out, const Edge *edge)
{
	write_text(out, edge->id);
	g_string_append_printf(out, " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT, edge->stamp, edge->place);
}

void archive_write(const Archive *archive, GString *out)
{
	g_string_append(out, "archive");
	write_text(out, archive->room);
	g_string_append(out, "\ncursor");
	write_edge(out, &archive->cursor);
	g_string_append_c(out, '\n');
	for (guint i = 0; i < archive->holes->len; i++) {
		const Hole *hole = archive->holes->pdata[i];
		g_string_append_printf(out, "hole %d", hole->first);
		write_edge(out, &hole->newer);
		write_edge(out, &hole->older);
		g_string_append_c(out, '\n');
	}
	GHashTableIter iter;
	gpointer chat, edge;
	if (!archive->chats)
		return;
	g_hash_table_iter_init(&iter, archive->chats);
	while (g_hash_table_iter_next(&iter, &chat, &edge)) {
		g_string_append(out, "chat");
		write_text(out, chat);
		write_edge(out, edge);
		g_string_append_c(out, '\n');
	}
}

/* The caller frees. */
static char *read_text(const char *word)
{
	return strcmp(word, "-") == 0 ? NULL : g_uri_unescape_string(word, NULL);
}

static void read_edge(Edge *edge, char **words)
{
	g_autofree char *id = read_text(words[0]);
	gint64 stamp = 0, place = 0;
	g_ascii_string_to_signed(words[1], 10, 0, G_MAXINT64, &stamp, NULL);
	g_ascii_string_to_signed(words[2], 10, 0, G_MAXINT64, &place, NULL);
	edge_set(edge, id, stamp, place);
}

static void read_line(Archive *archive, char **words, guint n)
{
	if (n == 4 && strcmp(words[0], "cursor") == 0) {
		read_edge(&archive->cursor, words + 1);
	} else if (n == 8 && strcmp(words[0], "hole") == 0 && archive->holes->len < HOLES_MOST) {
		Hole *hole = g_new0(Hole, 1);
		hole->first = strcmp(words[1], "1") == 0;
		read_edge(&hole->newer, words + 2);
		read_edge(&hole->older, words + 5);
		g_ptr_array_add(archive->holes, hole);
	} else if (n == 5 && strcmp(words[0], "chat") == 0) {
		g_autofree char *chat = read_text(words[1]);
		Edge edge = { 0 };
		read_edge(&edge, words + 2);
		if (chat && edge.id)
			archive_set_chat_edge(archive, chat, edge.id, edge.stamp, edge.place);
		g_free(edge.id);
	}
}

Archive *archive_read(const char **text)
{
	Archive *archive = NULL;
	while (**text) {
		gsize size = strcspn(*text, "\n");
		g_autofree char *line = g_strndup(*text, size);
		g_auto(GStrv) words = g_strsplit(line, " ", 8);
		guint n = g_strv_length(words);
		if (n == 2 && strcmp(words[0], "archive") == 0) {
			if (archive)
				return archive;
			g_autofree char *room = read_text(words[1]);
			archive = archive_new(room);
		} else if (archive) {
			read_line(archive, words, n);
		}
		*text += size + ((*text)[size] == '\n');
	}
	return archive;
}
