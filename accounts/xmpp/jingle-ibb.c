/* jingle-ibb.c: the bytes of a file inside the stream. See jingle.h. XEP-0047, XEP-0261.
 *
 * A few pieces are on the way at a time; each is an iq, so the other side says how fast. Theirs are taken in order only, none larger than agreed
 * and not one byte more than announced. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "disco.h"
#include "iq.h"
#include "jingle.h"
#include "stanza-error.h"

#define WINDOW 4
#define BLOCK_LEAST 256
#define PIECE_SECONDS 60
#define LAST_WORD_SECONDS 20

void jingle_ibb_clear(Talk *talk)
{
	if (talk->fd >= 0)
		close(talk->fd);
	talk->fd = -1;
	g_clear_pointer(&talk->sum, g_checksum_free);
	g_clear_handle_id(&talk->timer, g_source_remove);
}

/* ---- ours ---- */

gboolean jingle_ibb_open_ours(Talk *talk, const char *path, const char **why)
{
	struct stat st;
	talk->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (talk->fd >= 0 && fstat(talk->fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == talk->size)
		return TRUE;
	*why = "the copy that was to be sent is gone";
	return FALSE;
}

/* A request about the stream whose answer is for the talk, if that is there still. */
typedef struct {
	Talk *talk;
	char *stream;
} Piece;

static void piece_free(gpointer data)
{
	g_free(((Piece *)data)->stream);
	g_free(data);
}

static xmpp_stanza_t *ibb_new(Talk *talk, const char *name, xmpp_stanza_t **element)
{
	xmpp_stanza_t *iq = iq_new(talk->session, "set", talk->peer);
	*element = element_add(iq, name, NS_IBB);
	element_set(*element, "sid", talk->stream);
	return iq;
}

static void ask(Talk *talk, xmpp_stanza_t *iq, IqHandler handler)
{
	Piece *piece = g_new0(Piece, 1);
	*piece = (Piece){ talk, g_strdup(talk->stream) };
	iq_ask(talk->session, iq, PIECE_SECONDS, handler, piece, piece_free);
}

/* The talk that a piece belongs to; NULL: it is over. */
static Talk *talk_of(Session *session, const Piece *piece)
{
	return session->online && jingle_has(session, piece->talk) && !strcmp(piece->talk->stream, piece->stream) ? piece->talk : NULL;
}

static void fail(Talk *talk, xmpp_stanza_t *answer)
{
	g_autofree char *why = stanza_error_sentence(answer);
	jingle_end(talk, "connectivity-error", TRANSFER_FAILED, why);
}

static gboolean on_last_word_overdue(gpointer user)
{
	Talk *talk = user;
	talk->timer = 0;
	jingle_end(talk, "success", TRANSFER_DONE, NULL);
	return G_SOURCE_REMOVE;
}

static void on_closed(Session *session, xmpp_stanza_t *answer G_GNUC_UNUSED, gpointer user)
{
	Talk *talk = talk_of(session, user);
	/* All pieces were confirmed: what the other side says of the end of the stream changes nothing. */
	if (talk && !talk->timer)
		talk->timer = g_timeout_add_seconds(LAST_WORD_SECONDS, on_last_word_overdue, talk);
}

static void send_pieces(Talk *talk);

static void on_piece(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Talk *talk = talk_of(session, user);
	if (!talk)
		return;
	if (!iq_is_result(answer)) {
		fail(talk, answer);
		return;
	}
	talk->open--;
	talk->moved = MIN(talk->moved + talk->block, talk->size);
	jingle_tell(talk, TRANSFER_ACTIVE, NULL);
	send_pieces(talk);
}

/* <data xmlns='http://jabber.org/protocol/ibb' seq='0' sid='…'>qANQR1DBwU4D…</data> */
static gboolean send_piece(Talk *talk)
{
	g_autofree guchar *bytes = g_malloc(talk->block);
	gsize length = 0;
	gssize n;
	while (length < talk->block && (n = read(talk->fd, bytes + length, talk->block - length)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return FALSE;
		length += (gsize)n;
	}
	talk->all_read = length < talk->block;
	if (!length)
		return TRUE;
	g_autofree char *text = g_base64_encode(bytes, length), *sequence = g_strdup_printf("%u", talk->sequence++);
	xmpp_stanza_t *iq = iq_new(talk->session, "set", talk->peer);
	xmpp_stanza_t *data = element_add_text(iq, "data", NS_IBB, text);
	element_set(data, "seq", sequence);
	element_set(data, "sid", talk->stream);
	talk->open++;
	ask(talk, iq, on_piece);
	return TRUE;
}

static void send_pieces(Talk *talk)
{
	while (talk->open < WINDOW && !talk->all_read)
		if (!send_piece(talk)) {
			jingle_end(talk, "general-error", TRANSFER_FAILED, "the copy that was to be sent can't be read");
			return;
		}
	if (talk->open || talk->state == TALK_CLOSED)
		return;
	talk->state = TALK_CLOSED;
	xmpp_stanza_t *close, *iq = ibb_new(talk, "close", &close);
	ask(talk, iq, on_closed);
}

static void on_opened(Session *session, xmpp_stanza_t *answer, gpointer user)
{
	Talk *talk = talk_of(session, user);
	if (!talk)
		return;
	if (iq_is_result(answer)) {
		talk->state = TALK_MOVING;
		send_pieces(talk);
	} else if (answer && !strcmp(stanza_error_condition(answer), "resource-constraint") && talk->block / 2 >= BLOCK_LEAST) {
		talk->block /= 2; /* XEP-0047 2.1: they want smaller pieces */
		jingle_ibb_start(talk);
	} else {
		fail(talk, answer);
	}
}

/* <open xmlns='http://jabber.org/protocol/ibb' block-size='4096' sid='…' stanza='iq'/> */
void jingle_ibb_start(Talk *talk)
{
	g_autofree char *block = g_strdup_printf("%u", talk->block);
	xmpp_stanza_t *open, *iq = ibb_new(talk, "open", &open);
	element_set(open, "block-size", block);
	element_set(open, "stanza", "iq");
	ask(talk, iq, on_opened);
}

/* ---- theirs ---- */

gboolean jingle_ibb_open_theirs(Talk *talk, const char *path, const char **why)
{
	talk->fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (talk->fd < 0) {
		*why = g_strerror(errno);
		return FALSE;
	}
	talk->sum = g_checksum_new(G_CHECKSUM_SHA256);
	return TRUE;
}

static gboolean on_open(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *open = element_child(arrival->stanza, "open", NS_IBB);
	Talk *talk = jingle_by_stream(session, arrival->from, element_get(open, "sid"));
	const char *block = element_get(open, "block-size"), *stanza = element_get(open, "stanza");
	guint64 number;

	if (!talk)
		return FALSE; /* none was agreed on: we can't do this */
	if (talk->ours || talk->state != TALK_ACCEPTED || !block || !g_ascii_string_to_unsigned(block, 10, 1, 65535, &number, NULL) || (stanza && strcmp(stanza, "iq"))) {
		iq_refuse(session, arrival, "cancel", "not-acceptable");
		return TRUE;
	}
	if (number > talk->block) {
		iq_refuse(session, arrival, "modify", "resource-constraint");
		return TRUE;
	}
	talk->state = TALK_MOVING;
	session_send(session, iq_answer(session, arrival));
	jingle_tell(talk, TRANSFER_ACTIVE, NULL);
	return TRUE;
}

static gboolean write_all(int fd, const guchar *bytes, gsize length)
{
	while (length) {
		gssize n = write(fd, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		bytes += n;
		length -= (gsize)n;
	}
	return TRUE;
}

/* NULL, or what is wrong with a piece. */
static const char *take_piece(Talk *talk, xmpp_stanza_t *data, const char **condition)
{
	const char *sequence = element_get(data, "seq"), *text = element_text(data);
	guint64 number;
	gsize length = 0;

	*condition = "bad-request";
	if (!sequence || !g_ascii_string_to_unsigned(sequence, 10, 0, 65535, &number, NULL) || number != talk->sequence) {
		*condition = "unexpected-request";
		return "a piece of the file was missing";
	}
	if (!text || strlen(text) > (gsize)talk->block * 2 + 16)
		return "a piece of the file was too large";
	g_autofree guchar *bytes = g_base64_decode(text, &length);
	if (!bytes || !length || length > talk->block)
		return "a piece of the file was no piece of a file";
	if (talk->moved + (gint64)length > talk->size)
		return "the file is larger than was announced";
	*condition = "internal-server-error";
	if (!write_all(talk->fd, bytes, length))
		return "the file can't be written";
	g_checksum_update(talk->sum, bytes, (gssize)length);
	talk->moved += (gint64)length;
	talk->sequence++;
	return NULL;
}

static gboolean on_data(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *data = element_child(arrival->stanza, "data", NS_IBB);
	Talk *talk = jingle_by_stream(session, arrival->from, element_get(data, "sid"));
	const char *condition;

	if (!talk || talk->ours || talk->state != TALK_MOVING) {
		iq_refuse(session, arrival, "cancel", "item-not-found");
		return TRUE;
	}
	const char *why = take_piece(talk, data, &condition);
	if (why) {
		iq_refuse(session, arrival, "cancel", condition);
		jingle_end(talk, "failed-transport", TRANSFER_FAILED, why);
		return TRUE;
	}
	session_send(session, iq_answer(session, arrival));
	jingle_tell(talk, TRANSFER_ACTIVE, NULL);
	return TRUE;
}

static void finish(Talk *talk)
{
	guint8 digest[32];
	gsize size = sizeof digest;
	g_checksum_get_digest(talk->sum, digest, &size);
	g_autofree char *hash = g_base64_encode(digest, size);
	if (talk->moved != talk->size)
		jingle_end(talk, "media-error", TRANSFER_FAILED, "the file is not the announced one: a part of it did not come");
	else if (talk->sha256 && strcmp(talk->sha256, hash))
		jingle_end(talk, "media-error", TRANSFER_FAILED, "the file is not the announced one: its hash differs");
	else if (fsync(talk->fd) < 0)
		jingle_end(talk, "general-error", TRANSFER_FAILED, "the file can't be written");
	else
		jingle_end(talk, "success", TRANSFER_DONE, NULL);
}

static gboolean on_close(Session *session, const Arrival *arrival)
{
	Talk *talk = jingle_by_stream(session, arrival->from, element_get(element_child(arrival->stanza, "close", NS_IBB), "sid"));

	if (!talk || (talk->state != TALK_MOVING && talk->state != TALK_CLOSED)) {
		iq_refuse(session, arrival, "cancel", "item-not-found");
		return TRUE;
	}
	session_send(session, iq_answer(session, arrival));
	if (!talk->ours)
		finish(talk);
	else if (talk->state == TALK_MOVING)
		jingle_end(talk, "cancel", TRANSFER_FAILED, "the other side closed the stream before the end");
	return TRUE;
}

void jingle_ibb_attach(Session *session)
{
	session_on_request(session, "set", "open", NS_IBB, on_open);
	session_on_request(session, "set", "data", NS_IBB, on_data);
	session_on_request(session, "set", "close", NS_IBB, on_close);
	disco_add_feature(session, NS_IBB);
}
