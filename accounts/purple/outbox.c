/* outbox.c: see outbox.h. */
#include "config.h"
#include "purple/outbox.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/html.h"
#include "purple/irc-pace.h"
#include "purple/loop.h"
#include <errno.h>
#include <string.h>

#define RECENT_MAX 64
#define PIECE_LEAST 64
#define ACTION_BYTES 9 /* what says on IRC that it is one */
#define ECHO_US (120 * G_USEC_PER_SEC)   /* how long a network may take to send our words back */
#define FAILURE_US (10 * G_USEC_PER_SEC) /* or to say that it could not deliver them */

/* A message whose mark is not stored yet. */
typedef struct {
	gint64 commit;
	WireSend *send; /* owned */
} Marked;

/* A message that is being handed over, piece by piece where the network wants it slowly. */
typedef struct {
	WireSend *send; /* owned */
	char **pieces;  /* owned */
	guint sent;     /* how many of pieces */
} Handing;

/* Something that was handed over lately. */
typedef struct {
	char *chat, *own_id, *text;
	gint64 time; /* monotonic */
} Recent;

static GQueue marked = G_QUEUE_INIT;
static GQueue handing = G_QUEUE_INIT; /* Handing, oldest first */
static char *last_chat;    /* owned; where the last piece went */
static GHashTable *held;   /* own ids in marked and handing */
static GHashTable *unsent; /* own ids that this process marked and did not hand over */
static GQueue echoes = G_QUEUE_INIT, delivered = G_QUEUE_INIT; /* Recent, oldest first */
static const char *sending; /* the chat, while libpurple sends */
static char *refused;       /* owned; what was said meanwhile of why it can't */
static gboolean echoed;

static GHashTable *id_set(GHashTable **set)
{
	if (!*set)
		*set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	return *set;
}

static void refuse(Handing *h, const char *why);

static void marked_free(gpointer data)
{
	Marked *m = data;
	g_free(m->send);
	g_free(m);
}

/* ---- what was sent lately ---- */

static void recent_free(gpointer data)
{
	Recent *r = data;
	g_free(r->chat);
	g_free(r->own_id);
	g_free(r->text);
	g_free(r);
}

static void forget_old(GQueue *queue, gint64 age)
{
	gint64 border = g_get_monotonic_time() - age;
	Recent *r;
	while ((r = g_queue_peek_head(queue)) && (r->time < border || queue->length > RECENT_MAX))
		recent_free(g_queue_pop_head(queue));
}

static void remember(GQueue *queue, const char *chat, const char *own_id, const char *text)
{
	Recent *r = g_new0(Recent, 1);
	*r = (Recent){ g_strdup(chat), g_strdup(own_id), g_strdup(text), g_get_monotonic_time() };
	g_queue_push_tail(queue, r);
}

gboolean outbox_take_echo(const char *chat, const char *text)
{
	if (sending && !strcmp(sending, chat)) {
		echoed = TRUE;
		return TRUE;
	}
	forget_old(&echoes, ECHO_US);
	for (GList *l = echoes.head; l; l = l->next) {
		Recent *r = l->data;
		if (!strcmp(r->chat, chat) && !strcmp(r->text, text)) {
			recent_free(r);
			g_queue_delete_link(&echoes, l);
			return TRUE;
		}
	}
	return FALSE;
}

static void tell_state(const char *chat, const char *own_id, MessageState state, const char *error)
{
	backend_send(host.backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = backend_account(host.backend), .chat = chat, .own_id = own_id,
		.state = state, .error = error));
}

gboolean outbox_take_failure(const char *chat, const char *text)
{
	if (sending && !strcmp(sending, chat)) {
		g_free(refused);
		refused = g_strdup(text);
		return TRUE;
	}
	forget_old(&delivered, FAILURE_US);
	for (GList *l = delivered.tail; l; l = l->prev) {
		Recent *r = l->data;
		if (!strcmp(r->chat, chat)) {
			tell_state(chat, r->own_id, MESSAGE_FAILED, text);
			recent_free(r);
			g_queue_delete_link(&delivered, l);
			return TRUE;
		}
	}
	for (GList *l = handing.head; l; l = l->next) {
		Handing *h = l->data;
		if (h->sent && !strcmp(h->send->chat, chat)) {
			refuse(h, text);
			return TRUE;
		}
	}
	return FALSE;
}

/* ---- handing over ---- */

static int send_action(PurpleConnection *gc, PurpleConversation *conversation, const WireSend *m, const char *words)
{
	char *error = NULL;
	g_autofree char *command = g_strdup_printf("me %s", words), *html = html_from_plain(command);
	PurpleCmdStatus status = purple_cmd_do_command(conversation, command, html, &error);
	g_free(error);
	if (status == PURPLE_CMD_STATUS_OK)
		return 1;
	g_autofree char *line = g_strdup_printf("/me %s", words), *line_html = html_from_plain(line);
	return m->chat_kind == CHAT_ROOM ? serv_chat_send(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(conversation)), line_html, PURPLE_MESSAGE_SEND)
	                                 : serv_send_im(gc, purple_conversation_get_name(conversation), line_html, PURPLE_MESSAGE_SEND);
}

static int send_words(PurpleConnection *gc, PurpleConversation *conversation, const WireSend *m, const char *html)
{
	const char *nick = m->chat_kind == CHAT_PRIVATE ? strrchr(m->chat, '/') : NULL;
	if (m->chat_kind == CHAT_ROOM)
		return serv_chat_send(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(conversation)), html, PURPLE_MESSAGE_SEND);
	if (nick && host.protocol->chat_whisper && !host.protocol->get_cb_real_name) {
		g_autofree char *room_name = g_strndup(m->chat, nick - m->chat);
		PurpleConversation *room = chats_conversation(room_name, CHAT_ROOM);
		if (!room)
			return -ENOENT;
		host.protocol->chat_whisper(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(room)), nick + 1, html);
		return 1;
	}
	return serv_send_im(gc, purple_conversation_get_name(conversation), html, PURPLE_MESSAGE_SEND);
}

/* One piece of the message; libpurple's result: negative errno on failure. */
static int send_piece(PurpleConnection *gc, PurpleConversation *conversation, const WireSend *m, const char *words)
{
	sending = m->chat;
	echoed = FALSE;
	g_autofree char *html = gc->flags & PURPLE_CONNECTION_HTML && !host.quirks->marks ? html_from_styled(words) : html_from_plain(words);
	int result = m->type == MESSAGE_ACTION ? send_action(gc, conversation, m, words) : send_words(gc, conversation, m, html);
	sending = NULL;
	/* Rooms that send everybody's words back, and protocols that write the echo later (result 0). */
	if (result >= 0 && !echoed && (m->chat_kind == CHAT_ROOM || result == 0)) {
		g_autofree char *line = m->type == MESSAGE_ACTION ? g_strdup_printf("/me %s", words) : html_to_plain(html);
		forget_old(&echoes, ECHO_US);
		remember(&echoes, m->chat, m->own_id, line);
	}
	return result;
}

static const char *error_text(int result)
{
	switch (-result) {
	case E2BIG: return "the message is too long for this network";
	case ENOTCONN: return "the connection has ended";
	case ENOENT: return "you are not in that room";
	default: return "the network did not take the message";
	}
}

gboolean outbox_sends_lines(const PurpleConnection *gc)
{
	return host.quirks->lines || gc->flags & PURPLE_CONNECTION_NO_NEWLINES;
}

/* A server puts both names before the text, and cuts what is too long then. */
static gsize piece_max(PurpleConnection *gc, const WireSend *m)
{
	const char *own = gc ? purple_connection_get_display_name(gc) : NULL;
	gsize names = strlen(m->chat) + strlen(own ? own : "") + (m->type == MESSAGE_ACTION ? ACTION_BYTES : 0);
	return !host.quirks->piece_max ? 0 : names + PIECE_LEAST < host.quirks->piece_max ? host.quirks->piece_max - names : PIECE_LEAST;
}

static void handing_end(Handing *h)
{
	g_queue_remove(&handing, h);
	g_hash_table_remove(held, h->send->own_id);
	g_free(h->send);
	g_strfreev(h->pieces);
	g_free(h);
}

static void refuse(Handing *h, const char *why)
{
	tell_state(h->send->chat, h->send->own_id, MESSAGE_FAILED, why);
	handing_end(h);
}

/* The next in another chat than the last, so that no chat waits for a long message in another. */
static Handing *next_handing(void)
{
	for (GList *l = handing.head; l; l = l->next)
		if (g_strcmp0(((Handing *)l->data)->send->chat, last_chat))
			return l->data;
	return g_queue_peek_head(&handing);
}

static void hand_piece(Handing *h)
{
	PurpleConnection *gc = host_connection();
	PurpleConversation *conversation = gc ? chats_conversation(h->send->chat, h->send->chat_kind) : NULL;
	int result = !gc ? -ENOTCONN : !conversation ? -ENOENT : h->pieces[h->sent] ? send_piece(gc, conversation, h->send, h->pieces[h->sent]) : 1;
	g_autofree char *why = g_steal_pointer(&refused);
	g_free(last_chat);
	last_chat = g_strdup(h->send->chat);
	if (why) {
		refuse(h, why);
	} else if (result == -ENOTCONN && !h->sent) {
		g_hash_table_add(id_set(&unsent), g_strdup(h->send->own_id));
		handing_end(h);
	} else if (result < 0) {
		refuse(h, h->sent ? "only the first part was sent: the network did not take the rest" : error_text(result));
	} else if (!h->pieces[h->sent] || !h->pieces[++h->sent]) {
		tell_state(h->send->chat, h->send->own_id, MESSAGE_SENT, NULL);
		forget_old(&delivered, FAILURE_US);
		remember(&delivered, h->send->chat, h->send->own_id, h->send->text);
		handing_end(h);
	}
}

static void hand_over(void)
{
	while (handing.head && !irc_pace_wait(hand_over)) {
		hand_piece(next_handing());
		loop_worked();
	}
}

/* What is not finished is as good as never begun, or can't be. */
static void end_handing(void)
{
	Handing *h;
	while ((h = g_queue_peek_head(&handing))) {
		g_autofree char *why = g_strdup_printf("only the first %u of %u lines were sent before the connection ended", h->sent, g_strv_length(h->pieces));
		if (h->sent) {
			refuse(h, why);
		} else {
			g_hash_table_add(id_set(&unsent), g_strdup(h->send->own_id));
			handing_end(h);
		}
	}
}

void outbox_send(const WireSend *m)
{
	if (!host_connection() || g_hash_table_contains(id_set(&held), m->own_id))
		return;
	host_learn_address(m->chat);
	if (m->mark && !g_hash_table_remove(id_set(&unsent), m->own_id)) {
		tell_state(m->chat, m->own_id, MESSAGE_FAILED, "it may have been sent before the connection ended");
		return;
	}
	Marked *mark = g_new0(Marked, 1);
	mark->commit = backend_next_commit(host.backend);
	mark->send = (WireSend *)wire_copy(m);
	g_queue_push_tail(&marked, mark);
	g_hash_table_add(held, g_strdup(m->own_id));
	backend_send(host.backend, &WIRE(MARK, Mark, .account = m->account, .own_id = m->own_id, .mark = "handed to the network", .commit = mark->commit));
}

void outbox_committed(gint64 commit)
{
	Marked *m;
	while ((m = g_queue_peek_head(&marked)) && m->commit <= commit) {
		PurpleConnection *gc = host_connection();
		Handing *h = g_new0(Handing, 1);
		g_queue_pop_head(&marked);
		h->send = g_steal_pointer(&m->send);
		h->pieces = html_split(h->send->text, piece_max(gc, h->send), gc && outbox_sends_lines(gc));
		g_queue_push_tail(&handing, h);
		marked_free(m);
	}
	hand_over();
}

void outbox_stop(void)
{
	end_handing();
	for (GList *l = marked.head; l; l = l->next)
		g_hash_table_add(id_set(&unsent), g_strdup(((Marked *)l->data)->send->own_id));
	g_queue_clear_full(&marked, marked_free);
	g_queue_init(&marked);
	g_hash_table_remove_all(id_set(&held));
	g_queue_clear_full(&echoes, recent_free);
	g_queue_init(&echoes);
}
