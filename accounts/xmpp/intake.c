/* intake.c: what came and is stored. See intake.h.
 *
 * A stanza with a message carries its cursor in the message. The others (presence, iq) are gathered: at most one keepsake "cursor" is
 * under way at a time, and the next one says how far it went meanwhile; so a storm of presences costs a few keepsakes. */
#include "intake.h"

#include <string.h>

#include "archive.h"
#include "base/secret.h"

#define PENDING_MOST 4096
#define PENDING_AGAIN 1024
#define BACKLOG_MOST (1024 * 1024)
#define BACKLOG_AGAIN (256 * 1024)

typedef struct {
	gint64 commit;
	guint32 handled;   /* stored with it: everything up to this stanza */
	guint generation;  /* the session that the number belongs to */
} Pending;

typedef struct {
	gint64 commit;
	void (*then)(Session *session, gpointer user);
	gpointer user;
	GDestroyNotify free_user;
} Later;

struct Intake {
	char *session;          /* owned: the name of the present session, or NULL */
	guint generation;
	gboolean counting;      /* the server counts (XEP-0198) */
	guint32 current;        /* the stanza that is being handled */
	gboolean stored;        /* it brought a message */
	gboolean loose;         /* stanzas up to loose_upto are handled and in no cursor yet */
	guint32 loose_upto;
	gint64 keeping;         /* commit of the keepsake under way, or 0 */
	gint64 last_commit;
	gboolean as_read;       /* incoming messages are read already */
	GArray *pending;        /* of Pending, by commit; from first on */
	guint first;
	GQueue later;           /* of Later, owned, by commit */
	gboolean paused;
	gint64 probe;           /* commit of a keepsake that stands behind the backlog, while paused; or 0 */
	char *loaded;           /* owned: session name of the kept cursor, or NULL */
	char *process, *process_before; /* owned; the latter may be NULL */
};

static guint pending_count(const struct Intake *intake)
{
	return intake->pending->len - intake->first;
}

static void push_pending(Session *session, gint64 commit, guint32 handled)
{
	struct Intake *intake = session->intake;
	Pending pending = { commit, handled, intake->generation };
	g_array_append_val(intake->pending, pending);
	intake->last_commit = commit;
	if (!intake->paused && (pending_count(intake) > PENDING_MOST || backend_backlog(session->backend) > BACKLOG_MOST)) {
		intake->paused = TRUE;
		stream_pause(session->stream, TRUE);
	}
}

static void keep_cursor(Session *session)
{
	struct Intake *intake = session->intake;
	if (!intake->loose || intake->keeping || !intake->counting)
		return;
	g_autofree char *cursor = g_strdup_printf("%s %u", intake->session, intake->loose_upto);
	intake->keeping = backend_next_commit(session->backend);
	intake->loose = FALSE;
	push_pending(session, intake->keeping, intake->loose_upto);
	backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = "cursor", .value = cursor, .commit = intake->keeping));
}

void intake_begin(Session *session, guint32 inbound)
{
	session->intake->current = inbound;
	session->intake->stored = FALSE;
}

void intake_end(Session *session)
{
	struct Intake *intake = session->intake;
	for (GList *at = intake->later.tail; at; at = at->prev)
		if (((Later *)at->data)->commit == G_MAXINT64)
			((Later *)at->data)->commit = intake->last_commit;
	if (intake->stored)
		return;
	intake->loose = TRUE;
	intake->loose_upto = intake->current;
	keep_cursor(session);
}

void intake_store(Session *session, WireMessage *message)
{
	struct Intake *intake = session->intake;
	g_autofree char *cursor = intake->counting ? g_strdup_printf("%s %u", intake->session, intake->current) : NULL;
	message->kind = WIRE_MESSAGE;
	message->account = session->account;
	message->commit = backend_next_commit(session->backend);
	message->cursor = cursor;
	if (intake->as_read && message->direction == DIRECTION_IN)
		message->state = MESSAGE_READ;
	backend_send(session->backend, message);
	intake->stored = TRUE;
	intake->loose = FALSE;
	push_pending(session, message->commit, intake->current);
	if (!message->archived && message->type != MESSAGE_EVENT)
		archive_saw_live(session, message->chat_kind == CHAT_ROOM ? message->chat : NULL);
}

void intake_keep(Session *session, const char *key, const char *value, void (*then)(Session *session, gpointer user), gpointer user,
		 GDestroyNotify free_user)
{
	Later *later = g_new(Later, 1);
	*later = (Later){ backend_next_commit(session->backend), then, user, free_user };
	backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = key, .value = value, .commit = later->commit));
	g_queue_push_tail(&session->intake->later, later);
}

void intake_take_as_read(Session *session, gboolean read)
{
	session->intake->as_read = read;
}

void intake_when_stored(Session *session, void (*then)(Session *session, gpointer user), gpointer user, GDestroyNotify free_user)
{
	Later *later = g_new(Later, 1);
	*later = (Later){ G_MAXINT64, then, user, free_user };
	g_queue_push_tail(&session->intake->later, later);
}

static void run_later(Session *session, gint64 commit)
{
	struct Intake *intake = session->intake;
	Later *later;
	while ((later = g_queue_peek_head(&intake->later)) && later->commit <= commit) {
		g_queue_pop_head(&intake->later);
		later->then(session, later->user);
		if (later->free_user)
			later->free_user(later->user);
		g_free(later);
	}
}

/* Reading goes on when little is left; where no other commit is to come that would bring us here again, one is asked for: what is answered
 * in order tells that the backlog before it is gone. */
static void go_on_if_possible(Session *session)
{
	struct Intake *intake = session->intake;
	if (!session->stream)
		return;
	if (pending_count(intake) < PENDING_AGAIN && backend_backlog(session->backend) < BACKLOG_AGAIN) {
		intake->paused = FALSE;
		stream_pause(session->stream, FALSE);
	} else if (pending_count(intake) == 0 && !intake->probe) {
		intake->probe = intake_keep_state_committed(session);
	}
}

void intake_committed(Session *session, gint64 commit)
{
	struct Intake *intake = session->intake;
	guint32 handled = 0;
	gboolean any = FALSE;

	while (intake->first < intake->pending->len) {
		const Pending *pending = &g_array_index(intake->pending, Pending, intake->first);
		if (pending->commit > commit)
			break;
		if (pending->generation == intake->generation) {
			handled = pending->handled;
			any = TRUE;
		}
		intake->first++;
	}
	if (intake->first == intake->pending->len || intake->first > PENDING_MOST) {
		g_array_remove_range(intake->pending, 0, intake->first);
		intake->first = 0;
	}
	if (any && session->stream)
		stream_set_handled(session->stream, handled);
	run_later(session, commit);
	if (intake->keeping && intake->keeping <= commit) {
		intake->keeping = 0;
		keep_cursor(session);
	}
	if (intake->probe && intake->probe <= commit)
		intake->probe = 0;
	if (intake->paused)
		go_on_if_possible(session);
}

/* The keepsake "session" is "archive|- ids|- PROCESS\nSTATE"; "cursor" is "NAME COUNT". */
void intake_load(Session *session, StreamConfig *config)
{
	struct Intake *intake = session->intake;
	const char *kept = backend_kept(session->backend, "session");
	const char *cursor = backend_kept(session->backend, "cursor");
	const char *space = cursor ? strchr(cursor, ' ') : NULL;
	const char *line = kept ? strchr(kept, '\n') : NULL;
	guint64 count;

	if (!line)
		return;
	g_autofree char *first = g_strndup(kept, (gsize)(line - kept));
	g_auto(GStrv) words = g_strsplit(first, " ", 3);
	if (g_strv_length(words) != 3)
		return;
	session->archive = strcmp(words[0], "archive") == 0;
	session->ids = strcmp(words[1], "ids") == 0;
	g_free(intake->process_before);
	intake->process_before = g_strdup(words[2]);
	config->state = line + 1;
	if (space && g_ascii_string_to_unsigned(space + 1, 10, 0, G_MAXUINT32, &count, NULL)) {
		g_free(intake->loaded);
		config->handled_session = intake->loaded = g_strndup(cursor, (gsize)(space - cursor));
		config->handled = (guint32)count;
	}
}

static void keep_state(Session *session, gint64 commit)
{
	g_autofree char *state = stream_state(session->stream);
	g_autofree char *value = g_strdup_printf("%s %s %s\n%s", session->archive ? "archive" : "-", session->ids ? "ids" : "-",
						 session->intake->process, state);
	backend_send(session->backend, &WIRE(KEEP, Keep, .account = session->account, .key = "session", .value = value, .commit = commit));
}

void intake_keep_state(Session *session)
{
	keep_state(session, 0);
}

gint64 intake_keep_state_committed(Session *session)
{
	gint64 commit = backend_next_commit(session->backend);
	keep_state(session, commit);
	return commit;
}

void intake_online(Session *session, const StreamOnline *online)
{
	struct Intake *intake = session->intake;
	intake->counting = online->acks;
	g_free(intake->session);
	intake->session = g_strdup(online->session);
	if (!online->resumed) {
		intake->generation++;
		intake->loose = FALSE;
	}
	if (intake->paused)
		stream_pause(session->stream, TRUE);
}

const char *intake_session(Session *session)
{
	return session->intake->session;
}

const char *intake_process(Session *session)
{
	return session->intake->process;
}

const char *intake_process_before(Session *session)
{
	return session->intake->process_before;
}

void intake_attach(Session *session)
{
	session->intake = g_new0(struct Intake, 1);
	session->intake->process = secret_random_id();
	session->intake->process[16] = '\0';
	session->intake->pending = g_array_new(FALSE, FALSE, sizeof(Pending));
	g_queue_init(&session->intake->later);
}

void intake_detach(Session *session)
{
	struct Intake *intake = session->intake;
	Later *later;
	while ((later = g_queue_pop_head(&intake->later))) {
		if (later->free_user)
			later->free_user(later->user);
		g_free(later);
	}
	g_array_unref(intake->pending);
	g_free(intake->session);
	g_free(intake->loaded);
	g_free(intake->process);
	g_free(intake->process_before);
	g_clear_pointer(&session->intake, g_free);
}
