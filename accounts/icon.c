/* icon.c: see icon.h. The bytes are foreign: they are not decoded here, and only kinds of pictures that every viewer knows are taken, so that
 * no document or program comes in as a picture. */
#include "icon.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
	const char *magic;
	gsize length, at;
	const char *type, *ending;
} kinds[] = {
	{ "\x89PNG\r\n\x1a\n", 8, 0, "image/png", "png" },
	{ "\xff\xd8\xff", 3, 0, "image/jpeg", "jpg" },
	{ "GIF8", 4, 0, "image/gif", "gif" },
	{ "WEBP", 4, 8, "image/webp", "webp" },
};

static gboolean write_all(const char *path, const char *bytes, gsize size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0)
		return FALSE;
	while (size > 0) {
		gssize n = write(fd, bytes, size);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		bytes += n;
		size -= (gsize)n;
	}
	int code = close(fd);
	if (size == 0 && code == 0)
		return TRUE;
	g_unlink(path);
	return FALSE;
}

void icon_store(Backend *backend, const WireIcon *wish, gconstpointer bytes, gsize size)
{
	guint kind = 0;
	while (kind < G_N_ELEMENTS(kinds) && (size < kinds[kind].at + kinds[kind].length || memcmp((const char *)bytes + kinds[kind].at, kinds[kind].magic, kinds[kind].length)))
		kind++;
	if (size == 0) {
		backend_fail(backend, wish->request, "they have no picture");
	} else if (size > ICON_MAX_BYTES) {
		backend_fail(backend, wish->request, "the picture is too large");
	} else if (kind == G_N_ELEMENTS(kinds)) {
		backend_fail(backend, wish->request, "what they have as their picture is none that is known here");
	} else if (!write_all(wish->path, bytes, size)) {
		g_autofree char *why = g_strdup_printf("the picture can't be written: %s", g_strerror(errno));
		backend_fail(backend, wish->request, why);
	} else {
		g_autofree char *cut = g_strndup(wish->address, 100), *valid = g_utf8_make_valid(cut, -1), *name = g_strdup_printf("%s.%s", g_strdelimit(valid, "/", '_'), kinds[kind].ending);
		backend_send(backend, &WIRE(TRANSFER, Transfer, .account = wish->account, .transfer = wish->transfer, .chat = wish->address, .direction = DIRECTION_IN,
		                            .state = TRANSFER_DONE, .name = name, .type = kinds[kind].type, .size = (gint64)size, .moved = (gint64)size));
	}
}
