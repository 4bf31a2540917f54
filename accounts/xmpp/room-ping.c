/* room-ping.c: whether the room still knows us. XEP-0410.
 *
 * A room may lose us without a word: its server restarts, the line between two servers breaks. A room that was silent for a while, and every
 * room after a resume, is asked by a ping to ourselves in it; one that does not know us is entered again without a word to the person. At most
 * a few rooms are asked at a time. */
#include <string.h>

#include "base/log.h"
#include "disco.h"
#include "iq.h"
#include "room-state.h"
#include "settings/settings.h"
#include "stanza-error.h"

#define SILENCE (15 * G_TIME_SPAN_MINUTE)
#define AT_A_TIME 3

static void look(Session *session);

static gint64 silence(Session *session)
{
	const char *setting = backend_setting(session->backend, "room_ping");
	gint64 seconds;
	return setting && settings_read_duration(setting, &seconds) && seconds > 0 ? seconds * G_TIME_SPAN_SECOND : SILENCE;
}

static gboolean on_timer(gpointer user)
{
	Session *session = user;
	session->rooms->ping_timer = 0;
	look(session);
	return G_SOURCE_REMOVE;
}

static void on_pong(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	struct Rooms *rooms = session->rooms;
	Room *room = room_find(session, user);
	const char *condition = answer && !iq_is_result(answer) ? stanza_error_condition(answer) : "";
	/* These tell that the room knows us: it passed the question on to a client that can't answer it, or to a nick that has just changed. */
	static const char *const known[] = { "", "service-unavailable", "feature-not-implemented", "item-not-found", NULL };
	static const char *const unclear[] = { "remote-server-not-found", "remote-server-timeout", NULL };

	rooms->pinging -= MIN(rooms->pinging, 1);
	if (room)
		room->pinged = FALSE;
	if (room && session->online && room->standing == ROOM_JOINED) {
		log_debug("room \"%s\": asked whether it knows us: %s", room->jid, !answer ? "no answer" : *condition ? condition : "yes");
		room->heard = g_get_monotonic_time();
		if (answer && !g_strv_contains(known, condition) && !g_strv_contains(unclear, condition))
			room_reenter(session, room);
	}
	if (session->online)
		look(session);
}

/* <iq type='get' to='room@c/ME'><ping xmlns='urn:xmpp:ping'/></iq> */
static void ping(Session *session, Room *room)
{
	g_autofree char *to = g_strconcat(room->jid, "/", room->nick, NULL);
	xmpp_stanza_t *iq = iq_new(session, "get", to);
	element_add(iq, "ping", NS_PING);
	room->pinged = TRUE;
	session->rooms->pinging++;
	iq_ask(session, iq, IQ_SECONDS, on_pong, g_strdup(room->jid), g_free);
}

/* Asks whom it is time to ask, and waits for the next. */
static void look(Session *session)
{
	struct Rooms *rooms = session->rooms;
	gint64 now = g_get_monotonic_time(), limit = silence(session), next = G_MAXINT64;
	g_autoptr(GPtrArray) due = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;

	g_clear_handle_id(&rooms->ping_timer, g_source_remove);
	if (!session->online)
		return;
	g_hash_table_iter_init(&iter, rooms->all);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const Room *room = value;
		if (room->standing != ROOM_JOINED || room->again || room->pinged)
			continue;
		if (room->heard + limit <= now)
			g_ptr_array_add(due, value);
		else
			next = MIN(next, room->heard + limit);
	}
	for (guint i = 0; i < due->len && rooms->pinging < AT_A_TIME; i++)
		ping(session, due->pdata[i]);
	if (next != G_MAXINT64)
		rooms->ping_timer = g_timeout_add_seconds((guint)((next - now) / G_TIME_SPAN_SECOND + 1), on_timer, session);
}

void room_ping_watch(Session *session)
{
	if (!session->rooms->ping_timer && !session->rooms->pinging)
		look(session);
}

void room_ping_all(Session *session)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, session->rooms->all);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		((Room *)value)->heard = 0;
	look(session);
}

static void on_online(Session *session, gboolean resumed, gboolean fresh_process G_GNUC_UNUSED)
{
	if (resumed)
		room_ping_all(session);
}

static void on_offline(Session *session)
{
	g_clear_handle_id(&session->rooms->ping_timer, g_source_remove);
}

void room_ping_attach(Session *session)
{
	session_on_life(session, on_online, on_offline);
}
