/* outbox.c: everything that goes out, in order. See outbox.h.
 *
 * A message's steps: WAITING (for the connection, its room, or messages before it in the same chat), CHECKING (the archive is asked),
 * MARKING (in line until the hub has stored the mark), SENT (until the server acknowledges), TAKEN (a room's: until the room shows it).
 * What a room is asked to do about others' messages has no mark, as asking twice does no harm: it is ASKED until the room answers. */
#include "outbox.h"

#include <stdio.h>
#include <string.h>

#include "archive.h"
#include "archive-check.h"
#include "base/log.h"
#include "chat.h"
#include "intake.h"
#include "iq.h"
#include "retraction.h"
#include "room.h"
#include "stanza-error.h"

enum { WAITING, CHECKING, ASKED, MARKING, SENT, TAKEN };

#define CHECKS_MOST 8
#define UNANSWERED_MOST 4
#define ARCHIVED_MOST 1000
/* How long after a login a message waits for a room that nobody has asked to enter. */
#define ROOM_SECONDS 10

/* A place in the line: a stanza, or a message whose stanza is built when its turn comes. */
typedef struct {
	xmpp_stanza_t *stanza; /* owned */
	Outgoing *message;     /* borrowed from all */
} Place;

struct Outbox {
	GHashTable *all;   /* own_id -> Outgoing, owned */
	GQueue waiting;    /* of Outgoing: WAITING and CHECKING, in the order of sending */
	GQueue line;       /* of Place, owned */
	GQueue unacked;    /* of Outgoing: SENT, by number */
	GHashTable *unsent;   /* own_id (owned): taken back before they left; nothing is to be said of them */
	GHashTable *archived; /* own_id (owned) -> id (owned) that a room gave it: those of late */
	gint64 committed;
	guint checks;
	guint unanswered; /* checks in this session that the archive did not answer */
	guint room_timer;
	gint64 online_since;   /* monotonic */
	gint64 gate;           /* nothing is sent before this is committed */
	char *told;            /* owned: session of which the server said how much it had, or NULL */
	guint32 told_handled;
	gboolean told_fresh;   /* it said so to this process about the one before it */
};

static void pump(Session *session);

static void outgoing_free(gpointer data)
{
	Outgoing *message = data;
	g_free(message->own_id);
	g_free(message->chat);
	g_free(message->to);
	g_free(message->text);
	g_free(message->target);
	g_free(message->target_archive);
	g_free(message->target_from);
	g_free(message->target_text);
	g_strfreev(message->attachments);
	g_free(message->mark);
	g_free(message);
}

static void report(Session *session, const Outgoing *message, MessageState state, const char *error, const char *archive_id)
{
	backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = message->chat,
					     .own_id = message->own_id, .state = state, .error = session_fit(session, error, FIT_LABEL),
					     .archive_id = archive_id && *archive_id && strlen(archive_id) <= FIT_ID ? archive_id : NULL));
}

/* Reports and forgets a message that is in no queue but perhaps unacked. */
static void settle(Session *session, Outgoing *message, MessageState state, const char *error, const char *archive_id)
{
	struct Outbox *outbox = session->outbox;
	if (!message->settled)
		report(session, message, state, error, archive_id);
	if (!message->settled && state == MESSAGE_SENT)
		archive_saw_live(session, message->kind == CHAT_ROOM ? message->to : NULL);
	message->settled = TRUE;
	if (message->step == WAITING || message->step == CHECKING || message->step == ASKED)
		g_queue_remove(&outbox->waiting, message);
	if (message->step != SENT && message->step != MARKING)
		g_hash_table_remove(outbox->all, message->own_id);
}

static void flush(Session *session)
{
	struct Outbox *outbox = session->outbox;
	Place *place;

	while (session->online && outbox->gate <= outbox->committed && (place = g_queue_peek_head(&outbox->line))) {
		Outgoing *message = place->message;
		if (message && message->commit > outbox->committed)
			return;
		g_queue_pop_head(&outbox->line);
		xmpp_stanza_t *stanza = message ? chat_build(session, message) : place->stanza;
		guint32 number = stream_send(session->stream, stanza);
		xmpp_stanza_release(stanza);
		g_free(place);
		if (!message)
			continue;
		if (number == 0) {
			/* The stream is closing and took nothing: it goes out in the next session, by the mark it has, which names a number that was never used. */
			message->step = WAITING;
			g_queue_push_head(&outbox->waiting, message);
			return;
		}
		message->step = SENT;
		g_queue_push_tail(&outbox->unacked, message);
		if (number != message->number) {
			log_warning("a message was sent as number %u, not as %u", number, message->number);
			message->number = number;
			g_autofree char *mark = g_strdup_printf("%s %u %s", intake_session(session), number, intake_process(session));
			backend_send(session->backend, &WIRE(MARK, Mark, .account = session->account, .own_id = message->own_id, .mark = mark,
							     .commit = backend_next_commit(session->backend)));
		}
	}
}

void outbox_push(Session *session, xmpp_stanza_t *stanza)
{
	if (!session->online) {
		xmpp_stanza_release(stanza);
		return;
	}
	Place *place = g_new0(Place, 1);
	place->stanza = stanza;
	g_queue_push_tail(&session->outbox->line, place);
	flush(session);
}

static void put_in_line(Session *session, Outgoing *message)
{
	struct Outbox *outbox = session->outbox;
	Place *place = g_new0(Place, 1);
	place->message = message;
	g_queue_push_tail(&outbox->line, place);
	message->step = MARKING;
	message->number = stream_count_sent(session->stream) + g_queue_get_length(&outbox->line);
	message->commit = backend_next_commit(session->backend);
	g_free(message->mark);
	message->mark = g_strdup_printf("%s %u %s", intake_session(session), message->number, intake_process(session));
	backend_send(session->backend, &WIRE(MARK, Mark, .account = session->account, .own_id = message->own_id, .mark = message->mark, .commit = message->commit));
}

static void note_archived(struct Outbox *outbox, const Outgoing *message, const char *archive_id)
{
	if (message->kind != CHAT_ROOM || !archive_id)
		return;
	if (g_hash_table_size(outbox->archived) >= ARCHIVED_MOST)
		g_hash_table_remove_all(outbox->archived);
	g_hash_table_replace(outbox->archived, g_strdup(message->own_id), g_strdup(archive_id));
}

/* What is done to a message of our own that a room has not shown yet waits for the name that the room gives it. FALSE: it waits. */
static gboolean target_has_name(const struct Outbox *outbox, Outgoing *message)
{
	if (message->kind != CHAT_ROOM || message->type == MESSAGE_CORRECTION || !message->target || message->target_archive)
		return TRUE;
	const Outgoing *target = g_hash_table_lookup(outbox->all, message->target);
	message->target_archive = g_strdup(g_hash_table_lookup(outbox->archived, message->target));
	return message->target_archive || !target || target->settled;
}

typedef enum { NEVER_LEFT, ARRIVED, DOUBTFUL } Fate;

/* What became of an earlier try, by its mark alone. The server's word counts only for what was marked by the process to whose session it
 * was an answer: later numbers may since have been used for something else. */
static Fate fate_by_mark(Session *session, const char *mark)
{
	struct Outbox *outbox = session->outbox;
	char name[40], process[40];
	guint32 number;

	if (!mark)
		return NEVER_LEFT;
	if (sscanf(mark, "%39s %u %39s", name, &number, process) != 3 || g_strcmp0(name, outbox->told) != 0 ||
	    g_strcmp0(process, outbox->told_fresh ? intake_process_before(session) : intake_process(session)) != 0)
		return DOUBTFUL;
	return (gint32)(number - outbox->told_handled) <= 0 ? ARRIVED : NEVER_LEFT;
}

static gboolean on_found(Session *session, const char *chat, const char *id, const char *archive_id)
{
	Outgoing *message = g_hash_table_lookup(session->outbox->all, id);
	if (message && message->step == CHECKING && strcmp(message->to, chat) == 0) {
		note_archived(session->outbox, message, archive_id);
		settle(session, message, MESSAGE_SENT, NULL, archive_id);
	}
	for (GList *at = session->outbox->waiting.head; at; at = at->next)
		if (((Outgoing *)at->data)->step == CHECKING && strcmp(((Outgoing *)at->data)->to, chat) == 0)
			return TRUE;
	return FALSE;
}

static void on_archive_end(Session *session, const char *chat, gboolean answered)
{
	session->outbox->checks--;
	if (!answered && session->online && ++session->outbox->unanswered > UNANSWERED_MOST)
		answered = TRUE; /* it won't tell */
	for (GList *at = session->outbox->waiting.head; at; at = at->next) {
		Outgoing *message = at->data;
		if (message->step != CHECKING || strcmp(message->to, chat) != 0)
			continue;
		message->step = WAITING;
		if (answered)
			g_clear_pointer(&message->mark, g_free);
	}
	pump(session);
}

/* Asks once for all messages of a chat whose fate is doubtful. */
static void check_chat(Session *session, const Outgoing *first)
{
	struct Outbox *outbox = session->outbox;
	gint64 since = first->time;

	for (GList *at = outbox->waiting.head; at; at = at->next) {
		Outgoing *message = at->data;
		if (message->step != WAITING || strcmp(message->to, first->to) != 0 || fate_by_mark(session, message->mark) != DOUBTFUL)
			continue;
		message->step = CHECKING;
		since = MIN(since, message->time);
	}
	outbox->checks++;
	archive_check(session, first->to, first->kind == CHAT_ROOM, since, on_found, on_archive_end);
}

static void on_room_answer(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Outgoing *message = g_hash_table_lookup(session->outbox->all, user);
	if (!message || message->step != ASKED)
		return;
	g_autofree char *text = iq_is_result(answer) ? NULL : stanza_error_sentence(answer);
	if (!answer && !session->online)
		message->step = WAITING;
	else
		settle(session, message, text ? MESSAGE_FAILED : MESSAGE_SENT, text, NULL);
}

static gboolean on_room_timer(gpointer user);

/* FALSE: the message, and those behind it in its chat, can't go yet. */
static gboolean may_go(Session *session, const Outgoing *message)
{
	if (message->kind == CHAT_DIRECT)
		return TRUE;
	g_autofree char *room = jid_bare(message->to);
	RoomStanding standing = room_standing(session, room);
	if (standing == ROOM_UNKNOWN && !session->outbox->room_timer) {
		gint64 left = ROOM_SECONDS - (g_get_monotonic_time() - session->outbox->online_since) / G_TIME_SPAN_SECOND;
		session->outbox->room_timer = g_timeout_add_seconds((guint)CLAMP(left, 0, ROOM_SECONDS), on_room_timer, session);
	}
	return standing == ROOM_JOINED;
}

/* Moves every waiting message as far as it can go now. */
static void pump(Session *session)
{
	struct Outbox *outbox = session->outbox;
	g_autoptr(GHashTable) blocked = NULL;

	if (!session->online)
		return;
	for (GList *at = outbox->waiting.head, *next; at; at = next) {
		Outgoing *message = at->data;
		next = at->next;
		if (message->step == ASKED || (blocked && g_hash_table_contains(blocked, message->to)))
			continue;
		if (message->step == WAITING && may_go(session, message) && target_has_name(outbox, message)) {
			Fate fate = fate_by_mark(session, message->mark);
			if (message->mark)
				log_debug("message %s with the mark \"%s\": %s", message->own_id, message->mark, fate == ARRIVED ? "arrived" : fate == NEVER_LEFT ? "never left" : "in doubt");
			if (fate == ARRIVED || (message->target && message->type >= MESSAGE_CORRECTION && g_hash_table_contains(outbox->unsent, message->target))) {
				settle(session, message, MESSAGE_SENT, NULL, NULL);
				continue;
			}
			const char *hindrance = fate == NEVER_LEFT ? chat_hindrance(session, message) : NULL;
			if (hindrance) {
				if (message->type < MESSAGE_CORRECTION)
					g_hash_table_add(outbox->unsent, g_strdup(message->own_id));
				settle(session, message, MESSAGE_FAILED, hindrance, NULL);
				continue;
			}
			if (message->type == MESSAGE_MODERATION) {
				message->step = ASKED;
				retraction_ask_room(session, message, on_room_answer, g_strdup(message->own_id), g_free);
				continue;
			}
			if (fate == NEVER_LEFT) {
				g_queue_delete_link(&outbox->waiting, at);
				put_in_line(session, message);
				continue;
			}
			if (outbox->checks < CHECKS_MOST)
				check_chat(session, message);
		}
		if (!blocked)
			blocked = g_hash_table_new(g_str_hash, g_str_equal);
		g_hash_table_add(blocked, message->to);
	}
}

static void fail_waiting(Session *session, const char *room, const char *text)
{
	struct Outbox *outbox = session->outbox;
	for (GList *at = outbox->waiting.head, *next; at; at = next) {
		Outgoing *message = at->data;
		next = at->next;
		if (message->kind == CHAT_DIRECT || message->step != WAITING)
			continue;
		if (room) {
			if (jid_same_bare(message->to, room))
				settle(session, message, MESSAGE_FAILED, text, NULL);
			continue;
		}
		g_autofree char *own_room = jid_bare(message->to);
		if (room_standing(session, own_room) == ROOM_UNKNOWN)
			settle(session, message, MESSAGE_FAILED, text, NULL);
	}
}

static gboolean on_room_timer(gpointer user)
{
	Session *session = user;
	session->outbox->room_timer = 0;
	if (session->online)
		fail_waiting(session, NULL, "you are not in the room");
	return G_SOURCE_REMOVE;
}

static void on_send(Session *session, const Wire *wish)
{
	const WireSend *send = (const WireSend *)wish;
	struct Outbox *outbox = session->outbox;

	if (g_hash_table_contains(outbox->all, send->own_id))
		return;
	g_autofree char *to = jid_normalise(send->chat);
	if (!to) {
		g_autofree char *text = g_strdup_printf("\"%s\" is not an address", send->chat);
		backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = send->chat,
						     .own_id = send->own_id, .state = MESSAGE_FAILED, .error = session_fit(session, text, FIT_LABEL)));
		return;
	}
	/* Marked by this process and no longer known: it was settled while the hub said this. */
	if (send->mark && g_str_has_suffix(send->mark, intake_process(session))) {
		backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = send->chat,
						     .own_id = send->own_id, .state = MESSAGE_SENT));
		return;
	}
	Outgoing *message = g_new0(Outgoing, 1);
	message->own_id = g_strdup(send->own_id);
	message->chat = g_strdup(send->chat);
	message->to = g_steal_pointer(&to);
	message->text = g_strdup(send->text);
	message->target = g_strdup(send->target);
	message->target_archive = g_strdup(send->target_archive);
	message->target_from = g_strdup(send->target_from);
	message->target_text = g_strdup(send->target_text);
	message->attachments = g_strdupv((char **)send->attachments);
	message->kind = send->chat_kind;
	message->type = send->type;
	message->time = send->time;
	message->mark = g_strdup(send->mark);
	message->step = WAITING;
	g_hash_table_insert(outbox->all, message->own_id, message);
	g_queue_push_tail(&outbox->waiting, message);
	pump(session);
}

void outbox_committed(Session *session, gint64 commit)
{
	session->outbox->committed = commit;
	flush(session);
}

void outbox_acked(Session *session, guint32 number)
{
	struct Outbox *outbox = session->outbox;
	Outgoing *message;

	while ((message = g_queue_peek_head(&outbox->unacked)) && (gint32)(message->number - number) <= 0) {
		g_queue_pop_head(&outbox->unacked);
		message->step = TAKEN;
		if (message->settled)
			g_hash_table_remove(outbox->all, message->own_id);
		else if (message->kind != CHAT_ROOM)
			settle(session, message, MESSAGE_SENT, NULL, NULL);
	}
}

/* A room's messages that the server had taken: the room will not show them to a session that begins anew. */
static void settle_taken(Session *session)
{
	g_autoptr(GPtrArray) taken = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, session->outbox->all);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (((Outgoing *)value)->step == TAKEN)
			g_ptr_array_add(taken, value);
	for (guint i = 0; i < taken->len; i++)
		settle(session, taken->pdata[i], MESSAGE_SENT, NULL, NULL);
}

void outbox_begin(Session *session, const StreamOnline *online, gboolean fresh_process)
{
	struct Outbox *outbox = session->outbox;
	gboolean told = online->handled_known && (fresh_process || !online->resumed);

	outbox->online_since = g_get_monotonic_time();
	outbox->unanswered = 0;
	if (told || !online->resumed) {
		g_free(outbox->told);
		outbox->told = told ? g_strdup(online->handled_session) : NULL;
		outbox->told_handled = online->handled;
		outbox->told_fresh = fresh_process;
	}
	if (fresh_process && online->resumed)
		outbox->gate = intake_keep_state_committed(session);
}

void outbox_online(Session *session, const StreamOnline *online, gboolean fresh_process)
{
	struct Outbox *outbox = session->outbox;
	Outgoing *message;

	if (!online->resumed && !fresh_process) {
		settle_taken(session);
		while ((message = g_queue_pop_tail(&outbox->unacked))) {
			message->step = WAITING;
			if (message->settled)
				g_hash_table_remove(outbox->all, message->own_id);
			else
				g_queue_push_head(&outbox->waiting, message);
		}
	}
	pump(session);
}

void outbox_offline(Session *session)
{
	struct Outbox *outbox = session->outbox;
	Place *place;

	g_clear_handle_id(&outbox->room_timer, g_source_remove);
	while ((place = g_queue_pop_tail(&outbox->line))) {
		if (place->stanza)
			xmpp_stanza_release(place->stanza);
		if (place->message && place->message->settled) {
			g_hash_table_remove(outbox->all, place->message->own_id);
		} else if (place->message) {
			/* Its bytes were never given to the stream, whatever the mark says. */
			place->message->step = WAITING;
			g_clear_pointer(&place->message->mark, g_free);
			g_queue_push_head(&outbox->waiting, place->message);
		}
		g_free(place);
	}
}

gboolean outbox_reflected(Session *session, const char *room, const char *id, const char *archive_id)
{
	Outgoing *message = id ? g_hash_table_lookup(session->outbox->all, id) : NULL;
	if (!message || message->kind != CHAT_ROOM || strcmp(message->to, room) != 0)
		return FALSE;
	note_archived(session->outbox, message, archive_id);
	settle(session, message, MESSAGE_SENT, NULL, archive_id);
	pump(session);
	return TRUE;
}

void outbox_refused(Session *session, const char *chat, const char *id, const char *text)
{
	Outgoing *message = g_hash_table_lookup(session->outbox->all, id);
	if (message && (strcmp(message->to, chat) == 0 || jid_same_bare(message->to, chat))) {
		settle(session, message, MESSAGE_FAILED, text, NULL);
		return;
	}
	if (strlen(id) <= FIT_ID)
		backend_send(session->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = session->account, .chat = chat, .own_id = id,
						     .state = MESSAGE_FAILED, .error = session_fit(session, text, FIT_LABEL)));
}

void outbox_room_open(Session *session, const char *room G_GNUC_UNUSED)
{
	pump(session);
}

void outbox_room_closed(Session *session, const char *room, const char *text)
{
	fail_waiting(session, room, text);
}

void outbox_attach(Session *session)
{
	struct Outbox *outbox = session->outbox = g_new0(struct Outbox, 1);
	outbox->all = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, outgoing_free);
	outbox->unsent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	outbox->archived = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	g_queue_init(&outbox->waiting);
	g_queue_init(&outbox->line);
	g_queue_init(&outbox->unacked);
	session_on_wish(session, WIRE_SEND, on_send);
}

void outbox_detach(Session *session)
{
	struct Outbox *outbox = session->outbox;
	outbox_offline(session);
	g_queue_clear(&outbox->waiting);
	g_queue_clear(&outbox->unacked);
	g_hash_table_unref(outbox->all);
	g_hash_table_unref(outbox->unsent);
	g_hash_table_unref(outbox->archived);
	g_free(outbox->told);
	g_clear_pointer(&session->outbox, g_free);
}
