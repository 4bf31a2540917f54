/* network.c: the network of kith-replay. See network.h. */
#include "replay/network.h"
#include "base/log.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

struct Network {
	Backend *backend; /* borrowed: outlives the network */
	GHashTable *sent; /* own ids that went out; owned */
	GQueue marked;    /* Marked, oldest first */
	int file;
	Ack ack;
	gboolean answers;
	gint64 marks;
};

/* A message whose mark is not stored yet. */
typedef struct {
	gint64 commit;
	WireSend *send; /* owned */
} Marked;

static void marked_free(gpointer data)
{
	Marked *marked = data;
	g_free(marked->send);
	g_free(marked);
}

/* What earlier processes sent. A last line that was cut off by a crash is no message that went out. */
static void read_sent(Network *network, const char *path)
{
	g_autofree char *text = NULL;
	if (!g_file_get_contents(path, &text, NULL, NULL))
		return;
	WireBox *box = wire_box_new();
	for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		const Wire *message = wire_decode(box, line, end - line, WIRE_H2B, NULL);
		if (message && message->kind == WIRE_SEND)
			g_hash_table_add(network->sent, g_strdup(((const WireSend *)message)->own_id));
	}
	wire_box_free(box);
}

Network *network_new(Backend *backend, const char *directory)
{
	Network *network = g_new0(Network, 1);
	g_autofree char *path = g_build_filename(directory, "network", NULL);
	network->backend = backend;
	network->sent = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	network->ack = ACK_DELIVERED;
	network->answers = TRUE;
	g_queue_init(&network->marked);
	read_sent(network, path);
	network->file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (network->file < 0)
		log_warning("%s: can't write \"%s\"", g_strerror(errno), path);
	return network;
}

void network_free(Network *network)
{
	if (!network)
		return;
	g_queue_clear_full(&network->marked, marked_free);
	g_hash_table_unref(network->sent);
	if (network->file >= 0)
		close(network->file);
	g_free(network);
}

gboolean network_ack_from_word(const char *word, Ack *ack)
{
	static const char *const words[] = { "off", "hold", "sent", "delivered", "read", "fail", NULL };
	int i = wire_word_find(words, word);
	if (i >= 0)
		*ack = (Ack)i;
	return i >= 0;
}

void network_set_ack(Network *network, Ack ack)
{
	network->ack = ack;
}

void network_set_answers(Network *network, gboolean on)
{
	network->answers = on;
}

guint network_count(const Network *network)
{
	return g_hash_table_size(network->sent);
}

static void tell_state(Network *network, const WireSend *send, MessageState state, const char *error)
{
	backend_send(network->backend, &WIRE(MESSAGE_STATE, MessageStateChange, .account = send->account, .chat = send->chat,
		.own_id = send->own_id, .state = state, .error = error));
}

static void tell_arrival(Network *network, const WireSend *send)
{
	tell_state(network, send, MESSAGE_SENT, NULL);
	if (network->ack == ACK_DELIVERED || network->ack == ACK_READ)
		tell_state(network, send, MESSAGE_DELIVERED, NULL);
	if (network->ack == ACK_READ)
		tell_state(network, send, MESSAGE_READ, NULL);
}

/* This is the moment the bytes go out. */
static void let_out(Network *network, const WireSend *send, GString *lines)
{
	if (network->ack == ACK_HOLD)
		return;
	if (network->ack == ACK_FAIL) {
		tell_state(network, send, MESSAGE_FAILED, "the network refused the message");
		return;
	}
	g_hash_table_add(network->sent, g_strdup(send->own_id));
	wire_encode(lines, send);
	tell_arrival(network, send);
}

void network_committed(Network *network, gint64 commit)
{
	Marked *marked;
	g_autoptr(GString) lines = g_string_new(NULL);
	while ((marked = g_queue_peek_head(&network->marked)) && marked->commit <= commit) {
		g_queue_pop_head(&network->marked);
		let_out(network, marked->send, lines);
		marked_free(marked);
	}
	if (lines->len && network->file >= 0 && write(network->file, lines->str, lines->len) != (gssize)lines->len)
		log_warning("the file \"network\" could not be written");
}

static void take_send(Network *network, const WireSend *send)
{
	if (network->ack == ACK_OFF)
		return;
	/* Like an archive that can be asked: a message of an earlier try that had gone out is not sent again. */
	if (g_hash_table_contains(network->sent, send->own_id)) {
		tell_arrival(network, send);
		return;
	}
	Marked *marked = g_new0(Marked, 1);
	marked->commit = backend_next_commit(network->backend);
	marked->send = (WireSend *)wire_copy(send);
	g_queue_push_tail(&network->marked, marked);
	g_autofree char *mark = g_strdup_printf("replay %" G_GINT64_FORMAT, ++network->marks);
	backend_send(network->backend, &WIRE(MARK, Mark, .account = send->account, .own_id = send->own_id, .mark = mark, .commit = marked->commit));
}

/* ---- requests ---- */

static const char *own_nick(const Network *network, const char *wanted)
{
	return wanted ? wanted : backend_account(network->backend);
}

static void take_join(Network *network, const Wire *message)
{
	const WireJoin *m = (const WireJoin *)message;
	const char *nick = own_nick(network, m->nick);
	backend_send(network->backend, &WIRE(ROOM, Room, .account = m->account, .chat = m->chat, .nick = nick, .joined = TRUE));
	backend_send(network->backend, &WIRE(OCCUPANT, Occupant, .account = m->account, .chat = m->chat, .nick = nick,
		.role = ROLE_PARTICIPANT, .presence = PRESENCE_ONLINE));
	backend_done(network->backend, m->request, NULL);
}

static void take_part(Network *network, const Wire *message)
{
	const WirePart *m = (const WirePart *)message;
	backend_send(network->backend, &WIRE(ROOM, Room, .account = m->account, .chat = m->chat));
	backend_done(network->backend, m->request, NULL);
}

static void take_nick(Network *network, const Wire *message)
{
	const WireSetNick *m = (const WireSetNick *)message;
	if (m->chat)
		backend_send(network->backend, &WIRE(ROOM, Room, .account = m->account, .chat = m->chat, .nick = m->nick, .joined = TRUE));
	backend_done(network->backend, m->request, NULL);
}

static void take_topic(Network *network, const Wire *message)
{
	const WireSetTopic *m = (const WireSetTopic *)message;
	backend_send(network->backend, &WIRE(ROOM, Room, .account = m->account, .chat = m->chat, .topic = m->topic,
		.nick = own_nick(network, NULL), .joined = TRUE));
	backend_done(network->backend, m->request, NULL);
}

static void take_invite(Network *network, const Wire *message)
{
	backend_done(network->backend, ((const WireInvite *)message)->request, NULL);
}

static void take_contact_add(Network *network, const Wire *message)
{
	const WireContactAdd *m = (const WireContactAdd *)message;
	backend_send(network->backend, &WIRE(CONTACT, Contact, .account = m->account, .address = m->address, .name = m->name,
		.groups = m->groups, .subscription = SUBSCRIPTION_BOTH));
	backend_done(network->backend, m->request, NULL);
}

static void take_contact_set(Network *network, const Wire *message)
{
	const WireContactSet *m = (const WireContactSet *)message;
	backend_send(network->backend, &WIRE(CONTACT, Contact, .account = m->account, .address = m->address, .name = m->name,
		.groups = m->groups, .subscription = SUBSCRIPTION_BOTH));
	backend_done(network->backend, m->request, NULL);
}

static void take_contact_remove(Network *network, const Wire *message)
{
	const WireContactRemove *m = (const WireContactRemove *)message;
	backend_send(network->backend, &WIRE(CONTACT_GONE, ContactGone, .account = m->account, .address = m->address));
	backend_done(network->backend, m->request, NULL);
}

static void take_allow(Network *network, const Wire *message)
{
	backend_done(network->backend, ((const WireAllow *)message)->request, NULL);
}

static void take_info(Network *network, const Wire *message)
{
	const WireInfo *m = (const WireInfo *)message;
	g_autofree char *text = g_strdup_printf("address: %s", m->address);
	backend_done(network->backend, m->request, text);
}

/* Older messages are the script's to send; without it there are none. */
static void take_fetch(Network *network, const Wire *message)
{
	const WireFetch *m = (const WireFetch *)message;
	backend_send(network->backend, &WIRE(HOLE, Hole, .account = m->account, .chat = m->chat));
	backend_done(network->backend, m->request, NULL);
}

static void take_answer(Network *network, const Wire *message)
{
	const WireAnswer *m = (const WireAnswer *)message;
	backend_send(network->backend, &WIRE(CARD_GONE, CardGone, .account = m->account, .card = m->card));
	backend_done(network->backend, m->request, NULL);
}

static const struct {
	WireKind kind;
	void (*take)(Network *, const Wire *);
} requests[] = {
	{ WIRE_JOIN, take_join },
	{ WIRE_PART, take_part },
	{ WIRE_SET_NICK, take_nick },
	{ WIRE_SET_TOPIC, take_topic },
	{ WIRE_INVITE, take_invite },
	{ WIRE_CONTACT_ADD, take_contact_add },
	{ WIRE_CONTACT_SET, take_contact_set },
	{ WIRE_CONTACT_REMOVE, take_contact_remove },
	{ WIRE_ALLOW, take_allow },
	{ WIRE_INFO, take_info },
	{ WIRE_FETCH, take_fetch },
	{ WIRE_ANSWER, take_answer },
};

void network_receive(Network *network, const Wire *message)
{
	if (message->kind == WIRE_SEND)
		take_send(network, (const WireSend *)message);
	for (guint i = 0; network->answers && i < G_N_ELEMENTS(requests); i++)
		if (requests[i].kind == message->kind)
			requests[i].take(network, message);
}
