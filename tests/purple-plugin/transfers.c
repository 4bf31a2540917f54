/* transfers.c: files through socket pairs: what is sent to "echo" comes back as an offer, "file offer NAME SIZE" offers one from the oracle.
 */
#include "plugin.h"
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The other end of a transfer, in this process. */
typedef struct {
	int fd;
	guint watch;
	gsize left;   /* of an offered file */
	GString *got; /* of a sent one */
	gboolean stalls;
} Far;

static void far_free(PurpleXfer *xfer)
{
	Far *far = xfer->data;
	if (!far)
		return;
	xfer->data = NULL;
	if (far->watch)
		purple_input_remove(far->watch);
	if (far->fd >= 0)
		close(far->fd);
	g_string_free(far->got, TRUE);
	g_free(far);
}

static void on_far_ready(gpointer user, int fd, PurpleInputCondition condition)
{
	PurpleXfer *xfer = user;
	Far *far = xfer->data;
	char bytes[4096];
	if (condition & PURPLE_INPUT_WRITE) {
		memset(bytes, 'f', sizeof bytes);
		ssize_t count = send(fd, bytes, MIN(sizeof bytes, far->left), MSG_NOSIGNAL | MSG_DONTWAIT);
		far->left -= count > 0 ? (gsize)count : 0;
		if (far->left && count >= 0)
			return;
	} else {
		ssize_t count = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
		if (count > 0) {
			g_string_append_len(far->got, bytes, count);
			return;
		}
	}
	purple_input_remove(far->watch);
	far->watch = 0;
}

static void on_init(PurpleXfer *xfer)
{
	Far *far = xfer->data;
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return;
	far->fd = pair[1];
	gboolean in = purple_xfer_get_type(xfer) == PURPLE_XFER_RECEIVE;
	if (!far->stalls)
		far->watch = purple_input_add(far->fd, in ? PURPLE_INPUT_WRITE : PURPLE_INPUT_READ, on_far_ready, xfer);
	purple_xfer_start(xfer, pair[0], NULL, 0);
}

static void on_end(PurpleXfer *xfer)
{
	oracle_say(purple_account_get_connection(purple_xfer_get_account(xfer)), "file done: %s", purple_xfer_get_filename(xfer));
	far_free(xfer);
}

static void on_cancel(PurpleXfer *xfer)
{
	PurpleConnection *gc = purple_account_get_connection(purple_xfer_get_account(xfer));
	if (gc)
		oracle_say(gc, "file cancelled: %s", purple_xfer_get_filename(xfer));
	far_free(xfer);
}

static void on_denied(PurpleXfer *xfer)
{
	oracle_say(purple_account_get_connection(purple_xfer_get_account(xfer)), "file denied: %s", purple_xfer_get_filename(xfer));
	far_free(xfer);
}

static PurpleXfer *make(PurpleConnection *gc, PurpleXferType type, const char *who)
{
	PurpleXfer *xfer = purple_xfer_new(purple_connection_get_account(gc), type, who);
	Far *far = g_new0(Far, 1);
	far->fd = -1;
	far->got = g_string_new(NULL);
	xfer->data = far;
	far->stalls = !strcmp(who, "stall");
	purple_xfer_set_init_fnc(xfer, on_init);
	purple_xfer_set_end_fnc(xfer, on_end);
	purple_xfer_set_cancel_recv_fnc(xfer, on_cancel);
	purple_xfer_set_cancel_send_fnc(xfer, on_cancel);
	purple_xfer_set_request_denied_fnc(xfer, on_denied);
	return xfer;
}

static void file_offer(PurpleConnection *gc, const char *words, const char *who)
{
	char **parts = g_strsplit(words, " ", 2);
	PurpleXfer *xfer = make(gc, PURPLE_XFER_RECEIVE, who);
	Far *far = xfer->data;
	far->left = parts[0] ? (gsize)atol(parts[0]) : 0;
	purple_xfer_set_size(xfer, far->left);
	purple_xfer_set_filename(xfer, parts[0] && parts[1] ? parts[1] : "a file");
	g_strfreev(parts);
	purple_xfer_request(xfer);
}

/* "file offer SIZE NAME" */
static void order_offer(PurpleConnection *gc, const char *words)
{
	file_offer(gc, words, ORACLE);
}

static void order_stall(PurpleConnection *gc, const char *words)
{
	file_offer(gc, words, "stall");
}

/* The other side takes back its offers. */
static void order_withdraw(PurpleConnection *gc G_GNUC_UNUSED, const char *words G_GNUC_UNUSED)
{
	while (purple_xfers_get_all())
		purple_xfer_cancel_remote(purple_xfers_get_all()->data);
}

gboolean transfers_can_receive(PurpleConnection *gc G_GNUC_UNUSED, const char *who)
{
	return strcmp(who, "deaf") != 0;
}

PurpleXfer *transfers_new(PurpleConnection *gc, const char *who)
{
	return make(gc, PURPLE_XFER_SEND, who);
}

void transfers_send(PurpleConnection *gc, const char *who, const char *path)
{
	PurpleXfer *xfer = transfers_new(gc, who);
	if (path)
		purple_xfer_request_accepted(xfer, path);
	else
		purple_xfer_request(xfer);
}

static const char *room_name(PurpleConnection *gc, int id)
{
	PurpleConversation *room = purple_find_chat(gc, id);
	return room ? purple_conversation_get_name(room) : "";
}

gboolean transfers_can_into_room(PurpleConnection *gc, int id)
{
	return !strstr(room_name(gc, id), "deaf");
}

void transfers_into_room(PurpleConnection *gc, int id, const char *path)
{
	oracle_say(gc, "file into %s", room_name(gc, id));
	transfers_send(gc, room_name(gc, id), path);
}

const Order transfer_orders[] = {
	{ "file offer", order_offer }, { "file stall", order_stall }, { "file withdraw", order_withdraw }, { NULL, NULL },
};
