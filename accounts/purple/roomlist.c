/* roomlist.c: see roomlist.h.
 *
 * One list is read at a time. A big network has tens of thousands of rooms, so reading ends when enough were found or it takes too long; what is
 * found is sent as it comes. What is still to come then must not be taken for the next list.
 */
#include "config.h"
#include "purple/roomlist.h"
#include "purple/host.h"
#include <string.h>

#define FOUND_MAX 1000
#define LIST_TIMEOUT_S 60

static PurpleRoomlist *list; /* ref; NULL: none is being read */
static PurpleRoomlist *rest; /* ref; nobody wants it any more, but the network still sends it */
static gint64 request;       /* 0: none */
static char *words;          /* owned, case folded; NULL: everything */
static guint found, seen, timer, idle;
static gboolean over; /* the network has sent all of it */

static void finish(const char *text)
{
	gint64 waiting = request;
	PurpleRoomlist *old = g_steal_pointer(&list);
	request = 0;
	g_clear_handle_id(&timer, g_source_remove);
	g_clear_pointer(&words, g_free);
	if (old && host.quirks->whole_list && !over) {
		rest = old;
	} else if (old) {
		if (purple_roomlist_get_in_progress(old))
			purple_roomlist_cancel_get_list(old);
		purple_roomlist_unref(old);
	}
	if (waiting)
		backend_done(host.backend, waiting, text);
}

static void finish_counting(const char *why)
{
	g_autofree char *text = g_strdup_printf("%u of %u rooms%s%s", found, seen, why ? "; " : "", why ? why : "");
	finish(text);
}

static gboolean on_timeout(gpointer user G_GNUC_UNUSED)
{
	timer = 0;
	g_clear_pointer(&rest, purple_roomlist_unref);
	finish_counting("the network has not sent all of them in time");
	return G_SOURCE_REMOVE;
}

/* The texts behind the name, and how many are in the room. */
static char *describe(PurpleRoomlistRoom *room, gint64 *number)
{
	GString *text = g_string_new(NULL);
	GList *field = purple_roomlist_get_fields(list);
	for (GList *value = purple_roomlist_room_get_fields(room); field && value; field = field->next, value = value->next) {
		if (purple_roomlist_field_get_hidden(field->data))
			continue;
		if (purple_roomlist_field_get_type(field->data) == PURPLE_ROOMLIST_FIELD_INT) {
			*number = GPOINTER_TO_INT(value->data);
		} else if (purple_roomlist_field_get_type(field->data) == PURPLE_ROOMLIST_FIELD_STRING) {
			g_autofree char *words_there = host_label(value->data);
			if (words_there)
				g_string_append_printf(text, "%s%s", text->len ? " · " : "", words_there);
		}
	}
	return g_string_free(text, FALSE);
}

static gboolean is_wanted(const char *address, const char *name, const char *text)
{
	g_autofree char *all = g_strdup_printf("%s\n%s\n%s", address, name, text), *folded = g_utf8_casefold(all, -1);
	return !words || strstr(folded, words);
}

static void tell_room(PurpleRoomlistRoom *room)
{
	g_autofree char *serial = host.protocol->roomlist_room_serialize ? host.protocol->roomlist_room_serialize(room) : NULL;
	g_autofree char *name = host_name(purple_roomlist_room_get_name(room)), *address = serial ? host_name(serial) : g_strdup(name);
	gint64 number = 0;
	g_autofree char *text = describe(room, &number);
	seen++;
	if (!name || !address || !is_wanted(address, name, text))
		return;
	found++;
	backend_send(host.backend, &WIRE(ITEM, Item, .request = request, .address = address, .name = strcmp(name, address) ? name : NULL,
		.text = *text ? text : NULL, .number = MAX(number, 0)));
}

static void op_add_room(PurpleRoomlist *from, PurpleRoomlistRoom *room)
{
	/* The first may come while the plugin is still making the list. */
	if (!request || from == rest || (list && from != list))
		return;
	if (!list) {
		purple_roomlist_ref(from);
		list = from;
	}
	if (purple_roomlist_room_get_type(room) & PURPLE_ROOMLIST_ROOMTYPE_ROOM) {
		if (found < FOUND_MAX)
			tell_room(room);
		else
			finish_counting("say words to look for");
	} else if (purple_roomlist_room_get_type(room) & PURPLE_ROOMLIST_ROOMTYPE_CATEGORY && !purple_roomlist_room_get_parent(room)) {
		purple_roomlist_expand_category(from, room);
	}
}

static void begin(void)
{
	over = FALSE;
	PurpleRoomlist *made = purple_roomlist_get_list(host_connection());
	if (!request)
		return;
	if (!made) {
		finish("this network has no list of rooms");
	} else if (!list) {
		purple_roomlist_ref(made);
		list = made;
	}
}

static gboolean on_idle(gpointer user G_GNUC_UNUSED)
{
	idle = 0;
	if (request && !list && host_connection())
		begin();
	return G_SOURCE_REMOVE;
}

static void op_in_progress(PurpleRoomlist *from, gboolean in_progress)
{
	if (in_progress)
		return;
	if (from == rest) {
		g_clear_pointer(&rest, purple_roomlist_unref);
		/* The plugin is not done with the old one yet. */
		if (request && !idle)
			idle = g_idle_add(on_idle, NULL);
	} else if (request && (!list || list == from)) {
		over = TRUE;
		finish_counting(NULL);
	}
}

static void op_nothing(PurpleRoomlist *from G_GNUC_UNUSED)
{
}

void roomlist_attach(void)
{
	static PurpleRoomlistUiOps operations = { .create = op_nothing, .add_room = op_add_room, .in_progress = op_in_progress, .destroy = op_nothing };
	purple_roomlist_set_ui_ops(&operations);
}

void roomlist_ask(const WireRoomList *m)
{
	PurpleConnection *gc = host_connection();
	if (!gc || !host.protocol->roomlist_get_list) {
		backend_fail(host.backend, m->request, gc ? "this network has no list of rooms" : "the account is not online");
		return;
	}
	finish_counting("another list was asked for");
	request = m->request;
	found = seen = 0;
	words = m->words && *m->words ? g_utf8_casefold(m->words, -1) : NULL;
	timer = g_timeout_add_seconds(LIST_TIMEOUT_S, on_timeout, NULL);
	if (!rest)
		begin();
}

void roomlist_stop(void)
{
	if (request)
		finish_counting("the connection has ended");
	g_clear_pointer(&rest, purple_roomlist_unref);
	g_clear_handle_id(&idle, g_source_remove);
}
