/* files.c: see files.h. */
#include "config.h"
#include "purple/files.h"
#include "base/log.h"
#include "base/text.h"
#include "purple/host.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>

#define TRIES 1000

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

static void tell(PurpleXfer *xfer, gboolean failure, const char *what)
{
	g_autofree char *name = host_name(purple_xfer_get_filename(xfer)), *who = g_strdup(host_address(purple_xfer_get_remote_user(xfer)));
	backend_notice(host.backend, who, failure, "the file \"%s\" %s", name ? name : "without a name", what);
}

static void on_received(PurpleXfer *xfer, gpointer user G_GNUC_UNUSED)
{
	g_autofree char *what = g_strdup_printf("was saved as \"%s\"", purple_xfer_get_local_filename(xfer));
	tell(xfer, FALSE, what);
}

static void on_sent(PurpleXfer *xfer, gpointer user G_GNUC_UNUSED)
{
	tell(xfer, FALSE, "was sent");
}

/* What was reserved for it goes away again. */
static void op_cancelled(PurpleXfer *xfer)
{
	const char *path = purple_xfer_get_local_filename(xfer);
	if (purple_xfer_get_type(xfer) == PURPLE_XFER_RECEIVE && path)
		g_unlink(path);
	tell(xfer, TRUE, "was not transferred");
}

PurpleXferUiOps *files_operations(void)
{
	static PurpleXferUiOps operations = { .cancel_local = op_cancelled, .cancel_remote = op_cancelled };
	return &operations;
}

void files_attach(void)
{
	static int handle;
	purple_signal_connect(purple_xfers_get_handle(), "file-recv-complete", &handle, PURPLE_CALLBACK(on_received), NULL);
	purple_signal_connect(purple_xfers_get_handle(), "file-send-complete", &handle, PURPLE_CALLBACK(on_sent), NULL);
}
