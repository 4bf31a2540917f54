/* instance.c: one hub a profile. The lock is a file that stays; the kernel lets go of it when its holder dies, so a crash leaves nothing to clean.
 */
#include "hub/hub.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* Locks path and writes our pid into it. FALSE: error says why, naming the holder in format's %s. The file stays open and locked as long as the process lives. */
static gboolean take(const char *path, const char *busy, GError **error)
{
	char pid[32] = "";
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0) {
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "can't make the lock \"%s\": %s", path, g_strerror(errno));
		return FALSE;
	}
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		gssize n = pread(fd, pid, sizeof pid - 1, 0);
		pid[MAX(n, 0)] = '\0';
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_BUSY, "another kith (process %s) %s; \"kith stop\" ends it", *g_strstrip(pid) ? pid : "unknown", busy);
		close(fd);
		return FALSE;
	}
	int length = g_snprintf(pid, sizeof pid, "%d\n", (int)getpid());
	if (ftruncate(fd, 0) < 0 || pwrite(fd, pid, (gsize)length, 0) < 0) {
		/* The pid is only for the message above. */
	}
	return TRUE;
}

gboolean instance_lock(const Paths *paths, GError **error)
{
	/* The history is one for all sessions of a user, the runtime directory may not be (a second login, another machine): both are locked. */
	g_autofree char *data = g_build_filename(paths->data, "lock", NULL);
	return take(paths->lock, "runs for this profile", error) && take(data, "uses this profile's history", error);
}
