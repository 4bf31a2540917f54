/* local.c: the jobs of kith-files that stay on this machine: taking a file of the user's, and keeping one that arrived.
 *
 * A file is opened once and everything is done with the open descriptor, so that nothing can be put in its place meanwhile. What is written is
 * made anew (O_EXCL, never through a link), 0600, and gets its final name only when it is complete.
 */
#include "base/filename.h"
#include "files/job.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CHUNK (256 * 1024)
#define NAMES_MAX 10000

/* ---- reading ---- */

/* The media type by name and first bytes; the few that a machine without a database of types should know as well. */
static char *guess_type(const char *name, const guchar *data, gsize length)
{
	static const char *const known[][2] = { { ".png", "image/png" }, { ".jpg", "image/jpeg" }, { ".jpeg", "image/jpeg" }, { ".gif", "image/gif" }, { ".webp", "image/webp" },
		{ ".svg", "image/svg+xml" }, { ".ogg", "audio/ogg" }, { ".oga", "audio/ogg" }, { ".opus", "audio/ogg" }, { ".mp3", "audio/mpeg" }, { ".m4a", "audio/mp4" },
		{ ".wav", "audio/x-wav" }, { ".mp4", "video/mp4" }, { ".webm", "video/webm" }, { ".pdf", "application/pdf" }, { ".txt", "text/plain" }, { ".log", "text/plain" },
		{ ".patch", "text/x-diff" }, { ".diff", "text/x-diff" }, { ".zip", "application/zip" }, { ".gz", "application/gzip" }, { ".xz", "application/x-xz" } };
	g_autofree char *lower = g_ascii_strdown(name, -1);
	for (guint i = 0; i < G_N_ELEMENTS(known); i++)
		if (g_str_has_suffix(lower, known[i][0]))
			return g_strdup(known[i][1]);
	g_autofree char *content = g_content_type_guess(name, data, length, NULL);
	char *type = content ? g_content_type_get_mime_type(content) : NULL;
	return type ? type : g_strdup("application/octet-stream");
}

static char *to_base64(GChecksum *sum)
{
	guint8 digest[32];
	gsize size = sizeof digest;
	g_checksum_get_digest(sum, digest, &size);
	return g_base64_encode(digest, size);
}

char *local_hash(int fd)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree guchar *buffer = g_malloc(CHUNK);
	off_t at = 0;
	gssize n;
	while ((n = pread(fd, buffer, CHUNK, at)) > 0) {
		g_checksum_update(sum, buffer, n);
		at += n;
	}
	return n < 0 ? NULL : to_base64(sum);
}

/* ---- writing ---- */

static gboolean write_all(int fd, const guchar *data, gsize length)
{
	while (length) {
		gssize n = write(fd, data, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return FALSE;
		data += n;
		length -= (gsize)n;
	}
	return TRUE;
}

/* Copies from the beginning of in to out; fills size, sha256 and type. */
static gboolean copy(const Job *job, int in, int out, gint64 expected, const char *name, JobResult *result, GError **error)
{
	g_autoptr(GChecksum) sum = g_checksum_new(G_CHECKSUM_SHA256);
	g_autofree guchar *buffer = g_malloc(CHUNK);
	gssize n;
	while ((n = read(in, buffer, CHUNK)) > 0) {
		if (!result->size)
			result->type = guess_type(name, buffer, (gsize)MIN(n, 4096));
		result->size += n;
		if (job->max && result->size > job->max)
			return job_fail(error, JOB_ERROR_FAILED, "the file grew beyond the limit while it was read: \"%s\"", name);
		if (!write_all(out, buffer, (gsize)n))
			return job_fail(error, JOB_ERROR_FAILED, "%s: the copy of \"%s\"", g_strerror(errno), name);
		g_checksum_update(sum, buffer, n);
		if (!job_progress(result->size, expected))
			return job_fail(error, JOB_ERROR_FAILED, "kith ended");
	}
	if (n < 0)
		return job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), name);
	result->sha256 = to_base64(sum);
	return TRUE;
}

gboolean local_take(const Job *job, JobResult *result, GError **error)
{
	struct stat st;
	int in = open(job->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (in < 0)
		return job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", errno == ENOENT ? "there is no such file" : g_strerror(errno), job->path);
	if (fstat(in, &st) < 0 || !S_ISREG(st.st_mode))
		job_fail(error, JOB_ERROR_FAILED, S_ISDIR(st.st_mode) ? "\"%s\" is a directory; pack it first, for example with tar" : "\"%s\" is no ordinary file", job->path);
	else if (!st.st_size)
		job_fail(error, JOB_ERROR_FAILED, "the file is empty: \"%s\"", job->path);
	else if (job->max && st.st_size > job->max)
		job_fail(error, JOB_ERROR_FAILED, "the file is too large: \"%s\"", job->path);
	else {
		int out = open(job->target, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (out < 0)
			job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), job->target);
		else if (copy(job, in, out, st.st_size, job->name, result, error) && fsync(out) == 0 && close(out) == 0) {
			close(in);
			result->path = g_strdup(job->target);
			result->name = g_strdup(job->name);
			return TRUE;
		} else {
			if (error && !*error)
				job_fail(error, JOB_ERROR_FAILED, "%s: the copy of \"%s\"", g_strerror(errno), job->path);
			unlink(job->target);
		}
	}
	close(in);
	return FALSE;
}

/* ---- giving a name ---- */

/* Where the file system knows neither: a place is taken first, and then replaced by its owner. */
static gboolean rename_new(int directory, const char *from, const char *to)
{
	if (syscall(SYS_renameat2, directory, from, directory, to, 1 /* RENAME_NOREPLACE */) == 0)
		return TRUE;
	if (errno != EINVAL && errno != ENOSYS)
		return FALSE;
	if (linkat(directory, from, directory, to, 0) == 0)
		return unlinkat(directory, from, 0) == 0;
	if (errno == EEXIST)
		return FALSE;
	int place = openat(directory, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (place < 0)
		return FALSE;
	close(place);
	return renameat(directory, from, directory, to) == 0;
}

char *local_name(int directory, const char *part, const char *name, GError **error)
{
	for (guint n = 0; n < NAMES_MAX; n++) {
		char *tried = filename_numbered(name, n);
		if (rename_new(directory, part, tried))
			return tried;
		g_free(tried);
		if (errno != EEXIST)
			break;
	}
	job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), name);
	return NULL;
}

/* ---- keeping what arrived ---- */

gboolean local_keep(const Job *job, JobResult *result, GError **error)
{
	g_autofree char *name = job->exact ? g_strdup(job->name) : filename_safe(job->name, NULL);
	g_autofree char *part = g_strdup_printf("%s.%08x.part", name, g_random_int());
	int in = open(job->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	int directory = open(job->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int out = directory < 0 ? -1 : openat(directory, part, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	char *final = NULL;
	if (in < 0 || out < 0) {
		job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), in < 0 ? job->path : job->directory);
	} else if (copy(job, in, out, job->size, name, result, error)) {
		if (job->sha256 && strcmp(job->sha256, result->sha256))
			job_fail(error, JOB_ERROR_FAILED, "the file was damaged on its way: its hash is not the announced one");
		else if (fsync(out) < 0)
			job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), name);
		else
			final = local_name(directory, part, name, error);
	}
	if (final) {
		result->path = g_build_filename(job->directory, final, NULL);
		result->name = final;
		unlink(job->path);
	} else if (out >= 0) {
		unlinkat(directory, part, 0);
	}
	if (in >= 0)
		close(in);
	if (out >= 0)
		close(out);
	if (directory >= 0)
		close(directory);
	return final != NULL;
}
