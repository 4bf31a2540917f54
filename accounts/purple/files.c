/* files.c: see files.h.
 *
 * libpurple's transfers and the hub's: an offer waits for file_take, in place of libpurple's own question; what is to be sent lies in the
 * account's directory under a name of the hub's, so that libpurple gets a link to it that has the name to tell.
 */
#include "config.h"
#include "purple/files.h"
#include "base/log.h"
#include "base/text.h"
#include "purple/chats.h"
#include "purple/host.h"
#include "purple/rooms.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define TRIES 1000
#define TELL_US (G_USEC_PER_SEC / 5)

typedef struct {
	char *id, *chat; /* owned */
	PurpleXfer *xfer; /* borrowed: it tells when it goes; NULL: not made yet */
	char *link;       /* owned; out: the file under its name */
	char *why;        /* owned; what libpurple said of what is wrong */
	gboolean out, complete, over;
	gint64 told;
} Moving;

static GList *all; /* Moving */
static Moving *being_made;

/* ---- names ---- */

static int create(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
}

char *files_reserve(const char *name)
{
	g_autofree char *directory = g_build_filename(backend_directory(host.backend), "files", NULL), *safe = text_file_name(name ? name : "file");
	if (g_mkdir_with_parents(directory, 0700) < 0) {
		log_warning("%s: can't make \"%s\"", g_strerror(errno), directory);
		return NULL;
	}
	for (int i = 1; i < TRIES; i++) {
		g_autofree char *numbered = i == 1 ? g_strdup(safe) : g_strdup_printf("%d-%s", i, safe), *path = g_build_filename(directory, numbered, NULL);
		int fd = create(path);
		if (fd >= 0) {
			close(fd);
			return g_steal_pointer(&path);
		}
		if (errno != EEXIST)
			break;
	}
	log_warning("%s: can't save \"%s\"", g_strerror(errno), safe);
	return NULL;
}

/* A link to path with the name that others are told; NULL: there is none. */
static char *make_link(const char *path, const char *id, const char *name)
{
	g_autofree char *directory = g_build_filename(backend_directory(host.backend), "purple", "out", id, NULL), *safe = text_file_name(name);
	g_autofree char *link_path = g_build_filename(directory, safe, NULL);
	if (g_mkdir_with_parents(directory, 0700) < 0 || symlink(path, link_path) < 0) {
		log_warning("%s: can't name \"%s\"", g_strerror(errno), safe);
		return NULL;
	}
	return g_steal_pointer(&link_path);
}

static void drop_link(Moving *m)
{
	if (!m->link)
		return;
	g_autofree char *directory = g_path_get_dirname(m->link);
	g_unlink(m->link);
	g_rmdir(directory);
	g_clear_pointer(&m->link, g_free);
}

/* ---- which ---- */

static Moving *find_by_id(const char *id)
{
	for (GList *l = all; l; l = l->next)
		if (!strcmp(((Moving *)l->data)->id, id))
			return l->data;
	return NULL;
}

static Moving *find(gconstpointer xfer)
{
	for (GList *l = all; l; l = l->next)
		if (xfer && ((Moving *)l->data)->xfer == xfer)
			return l->data;
	return NULL;
}

gboolean files_is_offer(gconstpointer user)
{
	Moving *m = find(user);
	return m && !m->out;
}

static Moving *moving_new(const char *id, const char *chat, gboolean out)
{
	Moving *m = g_new0(Moving, 1);
	*m = (Moving){ .id = id ? g_strdup(id) : g_uuid_string_random(), .chat = g_strdup(chat), .out = out };
	all = g_list_prepend(all, m);
	return m;
}

static void moving_free(Moving *m)
{
	all = g_list_remove(all, m);
	drop_link(m);
	g_free(m->id);
	g_free(m->chat);
	g_free(m->why);
	g_free(m);
}

/* ---- telling ---- */

static void tell(Moving *m, TransferState state, const char *text)
{
	if (m->over)
		return;
	g_autofree char *name = m->xfer && !m->out ? host_name(purple_xfer_get_filename(m->xfer)) : NULL;
	gsize size = m->xfer ? purple_xfer_get_size(m->xfer) : 0, moved = m->xfer ? purple_xfer_get_bytes_sent(m->xfer) : 0;
	if (state == TRANSFER_DONE && size) /* the last piece may not be counted yet */
		moved = size;
	m->over = state == TRANSFER_DONE || state == TRANSFER_FAILED || state == TRANSFER_CANCELLED;
	m->told = g_get_monotonic_time();
	backend_send(host.backend, &WIRE(TRANSFER, Transfer, .account = backend_account(host.backend), .transfer = m->id, .chat = m->chat,
		.direction = m->out ? DIRECTION_OUT : DIRECTION_IN, .state = state, .name = name, .size = (gint64)size, .moved = (gint64)moved, .text = text));
	if (m->over)
		drop_link(m);
}

/* ---- what libpurple says ---- */

/* Its lines in the chat, which say what the transfer says already. problem: what is behind it tells why nothing came of the file. */
static const struct {
	const char *words;
	gboolean begins, problem;
} lines[] = {
	{ "Offering to send ", TRUE, FALSE },      { " is offering to send file ", FALSE, FALSE },   { "A file is available for download from:", TRUE, FALSE },
	{ "Starting transfer of ", TRUE, FALSE },  { "Transfer of file ", TRUE, FALSE },             { "File transfer complete", TRUE, FALSE },
	{ "File transfer cancelled", TRUE, FALSE }, { "You cancelled the transfer of ", TRUE, FALSE }, { " cancelled the transfer of ", FALSE, FALSE },
	{ " cancelled the file transfer", FALSE, FALSE }, { "Error reading ", TRUE, TRUE },          { "Error writing ", TRUE, TRUE },
	{ "Error accessing ", TRUE, TRUE },        { "Cannot send a ", TRUE, TRUE },                 { "Unable to send file to ", TRUE, TRUE },
};

/* The newest one that is not over, else the newest. */
static Moving *find_by_chat(const char *chat)
{
	Moving *over = NULL;
	for (GList *l = all; l; l = l->next) {
		Moving *m = l->data;
		if (chat && strcmp(m->chat, chat))
			continue;
		if (!m->over)
			return m;
		over = over ? over : m;
	}
	return over;
}

gboolean files_take_line(const char *chat, const char *text)
{
	Moving *m = find_by_chat(chat);
	for (guint i = 0; m && text && i < G_N_ELEMENTS(lines); i++) {
		if (lines[i].begins ? !g_str_has_prefix(text, lines[i].words) : !strstr(text, lines[i].words))
			continue;
		if (lines[i].problem) {
			g_free(m->why);
			m->why = text_clean(text, TEXT_LINE);
			g_strchomp(m->why);
		}
		return TRUE;
	}
	return FALSE;
}

static void op_new(PurpleXfer *xfer)
{
	if (being_made && !being_made->xfer && purple_xfer_get_type(xfer) == PURPLE_XFER_SEND)
		being_made->xfer = xfer;
}

static void op_progress(PurpleXfer *xfer, double part G_GNUC_UNUSED)
{
	Moving *m = find(xfer);
	if (m && (!m->told || g_get_monotonic_time() - m->told >= TELL_US) && purple_xfer_get_status(xfer) == PURPLE_XFER_STATUS_STARTED)
		tell(m, TRANSFER_ACTIVE, NULL);
}

static void on_offered(PurpleXfer *xfer, gpointer user G_GNUC_UNUSED)
{
	if (find(xfer))
		return;
	Moving *m = moving_new(NULL, host_address(purple_xfer_get_remote_user(xfer)), FALSE);
	m->xfer = xfer;
	tell(m, TRANSFER_OFFERED, NULL);
}

static void on_started(PurpleXfer *xfer, gpointer user G_GNUC_UNUSED)
{
	Moving *m = find(xfer);
	if (m)
		tell(m, TRANSFER_ACTIVE, NULL);
}

static gboolean tell_complete(gpointer xfer)
{
	Moving *m = find(xfer);
	if (m)
		tell(m, TRANSFER_DONE, NULL);
	return G_SOURCE_REMOVE;
}

/* The file is closed only behind this signal. */
static void on_complete(PurpleXfer *xfer, gpointer user G_GNUC_UNUSED)
{
	Moving *m = find(xfer);
	if (m && !m->complete) {
		m->complete = TRUE;
		g_idle_add(tell_complete, xfer);
	}
}

static void op_cancelled_here(PurpleXfer *xfer)
{
	Moving *m = find(xfer);
	if (m)
		tell(m, TRANSFER_FAILED, m->why ? m->why : "the network can't go on with it");
}

/* libpurple's question held it, and was never answered. */
static gboolean drop_question(gpointer xfer)
{
	if (find(xfer))
		purple_xfer_unref(xfer);
	return G_SOURCE_REMOVE;
}

static void op_cancelled_there(PurpleXfer *xfer)
{
	Moving *m = find(xfer);
	if (m && (m->out || purple_xfer_get_local_filename(xfer)))
		tell(m, TRANSFER_FAILED, "the other side or the network ended it");
	else if (m && !m->over) {
		tell(m, TRANSFER_CANCELLED, "the other side took it back");
		g_idle_add(drop_question, xfer);
	}
}

static void op_destroy(PurpleXfer *xfer)
{
	Moving *m = find(xfer);
	if (!m)
		return;
	if (m->complete)
		tell(m, TRANSFER_DONE, NULL);
	tell(m, TRANSFER_FAILED, m->why ? m->why : "the network did not take the file");
	if (m == being_made)
		m->xfer = NULL;
	else
		moving_free(m);
}

/* ---- what the hub wants ---- */

/* Only some plugins can, since libpurple 2.14. */
static const char *why_not_into_room(PurpleConnection *gc, const char *chat)
{
	PurpleConversation *room = rooms_find(chat);
	if (!room || purple_conv_chat_has_left(PURPLE_CONV_CHAT(room)))
		return "you are not in that room";
	if (PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(host.protocol, chat_can_receive_file) &&
	    !host.protocol->chat_can_receive_file(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(room))))
		return "that room takes no files now";
	return NULL;
}

static const char *why_not(const WireFileSend *m, PurpleConnection *gc, const char *who)
{
	if (!gc)
		return "the account is not online";
	if (m->chat_kind == CHAT_ROOM ? !PURPLE_PROTOCOL_PLUGIN_HAS_FUNC(host.protocol, chat_send_file) : !host.protocol->send_file)
		return m->chat_kind == CHAT_ROOM ? "this network carries no files into rooms" : "this network carries no files";
	if (!m->size)
		return "this network carries no empty files";
	if (m->chat_kind == CHAT_ROOM)
		return why_not_into_room(gc, m->chat);
	if (host.protocol->can_receive_file && !host.protocol->can_receive_file(gc, who))
		return "they can't take files now";
	return NULL;
}

void files_send(const WireFileSend *m)
{
	PurpleConnection *gc = host_connection();
	g_autofree char *who = chats_recipient(m->chat, m->chat_kind);
	const char *why = why_not(m, gc, who);
	if (why) {
		backend_fail(host.backend, m->request, why);
		return;
	}
	Moving *moving = moving_new(m->transfer, m->chat, TRUE);
	moving->link = make_link(m->path, m->transfer, m->name);
	tell(moving, TRANSFER_WAITING, NULL);
	being_made = moving;
	if (moving->link && m->chat_kind == CHAT_ROOM)
		serv_chat_send_file(gc, purple_conv_chat_get_id(PURPLE_CONV_CHAT(rooms_find(m->chat))), moving->link);
	else if (moving->link)
		serv_send_file(gc, who, moving->link);
	being_made = NULL;
	if (!moving->xfer) {
		tell(moving, TRANSFER_FAILED, moving->why ? moving->why : "the network did not take the file");
		moving_free(moving);
	}
}

void files_take(const WireFileTake *m)
{
	Moving *moving = find_by_id(m->transfer);
	if (!moving || moving->out || !moving->xfer || moving->over) {
		backend_fail(host.backend, m->request, "that file is offered no longer");
		return;
	}
	PurpleXfer *xfer = moving->xfer;
	tell(moving, TRANSFER_WAITING, NULL);
	purple_request_close_with_handle(xfer);
	purple_xfer_request_accepted(xfer, m->path);
	purple_xfer_unref(xfer); /* the question's */
	backend_done(host.backend, m->request, NULL);
}

void files_cancel(const WireFileCancel *m)
{
	Moving *moving = find_by_id(m->transfer);
	if (!moving || !moving->xfer)
		return;
	PurpleXfer *xfer = moving->xfer;
	tell(moving, TRANSFER_CANCELLED, NULL);
	if (!moving->out && !purple_xfer_get_local_filename(xfer)) {
		purple_request_close_with_handle(xfer);
		purple_xfer_request_denied(xfer);
		purple_xfer_unref(xfer);
	} else {
		purple_xfer_cancel_local(xfer);
	}
}

/* Offline: the plugins end their transfers themselves, but not all of them do. */
void files_stop(void)
{
	for (GList *l = all; l; l = l->next)
		tell(l->data, TRANSFER_FAILED, "the connection has ended");
}

PurpleXferUiOps *files_operations(void)
{
	static PurpleXferUiOps operations = { .new_xfer = op_new, .destroy = op_destroy, .update_progress = op_progress, .cancel_local = op_cancelled_here,
		.cancel_remote = op_cancelled_there };
	return &operations;
}

void files_attach(void)
{
	static int handle;
	void *xfers = purple_xfers_get_handle();
	purple_signal_connect(xfers, "file-recv-request", &handle, PURPLE_CALLBACK(on_offered), NULL);
	purple_signal_connect(xfers, "file-recv-start", &handle, PURPLE_CALLBACK(on_started), NULL);
	purple_signal_connect(xfers, "file-send-start", &handle, PURPLE_CALLBACK(on_started), NULL);
	purple_signal_connect(xfers, "file-recv-complete", &handle, PURPLE_CALLBACK(on_complete), NULL);
	purple_signal_connect(xfers, "file-send-complete", &handle, PURPLE_CALLBACK(on_complete), NULL);
}
