/* http.c: the jobs of kith-files on the network: putting a file to the place the server gave (XEP-0363), and getting one the user asked for.
 *
 * Others write the URLs, so: https (http for this machine, or where the account allows it), no proxy but the account's own, redirects followed
 * by hand and only while they stay as safe, addresses of private networks refused after the name was resolved, sizes and hashes checked.
 * What has arrived stands in NAME.XXXXXXXX.part beside its later place and is gone on with the next time; XXXXXXXX is of the URL. Where the server
 * says which version of the file that is (ETag), an attribute of the part keeps it, and a changed file begins anew (If-Range, RFC 9110 13.1.5).
 */
#include "config.h"
#include "files/job.h"
#ifdef WITH_CURL
#include "base/filename.h"
#include <arpa/inet.h>
#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define REDIRECTS_MAX 5
#define CONNECT_S 30L
#define SILENCE_S 45L
#define VERSION_ATTRIBUTE "user.kith.etag"
#define VERSION_MAX 256 /* bytes */
#define PAGE_MAX (1024 * 1024)
#define SYSTEM_CERTIFICATES "/etc/ssl/certs"

typedef struct {
	const Job *job;
	CURL *curl;
	int fd;
	gboolean own;           /* the account's own server has named the address */
	gboolean check_address; /* somebody else has */
	gint64 offset, written; /* get: where the body begins in the file, and bytes of it so far */
	gint64 limit;
	gint64 passed_over;     /* bytes of answers that are no file */
	gint64 range_from;      /* of the answer's Content-Range, -1: none */
	char *version;          /* owned: the answer's ETag, a strong one; NULL: none */
	gboolean fresh;         /* nothing of this answer's body has come yet */
	char *trouble;          /* owned: why a callback has stopped it; final */
} Move;

/* ---- whether a URL may be used ---- */

/* The host as an address, where it is written as one. */
static gboolean host_address(const char *host, struct sockaddr_storage *address)
{
	g_autofree char *bare = *host == '[' ? g_strndup(host + 1, strcspn(host + 1, "]%")) : g_strdup(host);
	struct sockaddr_in *v4 = (struct sockaddr_in *)address;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)address;
	memset(address, 0, sizeof *address);
	if (inet_pton(AF_INET, bare, &v4->sin_addr) == 1)
		v4->sin_family = AF_INET;
	else if (inet_pton(AF_INET6, bare, &v6->sin6_addr) == 1)
		v6->sin6_family = AF_INET6;
	else
		return FALSE;
	return TRUE;
}

typedef struct {
	char *scheme, *host, *port;
} Parts;

static void parts_clear(Parts *parts)
{
	curl_free(parts->scheme);
	curl_free(parts->host);
	curl_free(parts->port);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Parts, parts_clear)

static gboolean parts_read(Parts *parts, const char *url)
{
	CURLU *u = curl_url();
	gboolean good = u && !curl_url_set(u, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) && !curl_url_get(u, CURLUPART_SCHEME, &parts->scheme, 0) &&
	                !curl_url_get(u, CURLUPART_HOST, &parts->host, 0) && !curl_url_get(u, CURLUPART_PORT, &parts->port, CURLU_DEFAULT_PORT);
	curl_url_cleanup(u);
	return good;
}

/* Sets check_address too. secure: an earlier step was encrypted. */
static gboolean check_url(Move *m, const char *url, gboolean secure, GError **error)
{
	g_auto(Parts) parts = { 0 };
	struct sockaddr_storage address;
	if (strlen(url) > 8192 || !parts_read(&parts, url) || (strcmp(parts.scheme, "https") && strcmp(parts.scheme, "http")))
		return job_fail(error, JOB_ERROR_FAILED, "that is no link to a file on the web: \"%.500s\"", url);
	gboolean literal = host_address(parts.host, &address);
	gboolean here = literal ? address_is_loopback((struct sockaddr *)&address) : !g_ascii_strcasecmp(parts.host, "localhost");
	if (!strcmp(parts.scheme, "http") && (secure || !(here || m->job->plain)))
		return job_fail(error, JOB_ERROR_FAILED, secure ? "the server sends on to a place that is not encrypted" :
			"the link is not encrypted (http); the account's setting insecure_upload allows that");
	g_autofree char *origin = g_strdup_printf("%s:%s", parts.host, parts.port);
	m->check_address = !m->own && !m->job->private && g_ascii_strcasecmp(origin, m->job->origin ? m->job->origin : "");
	/* A proxy resolves names where we can't look; what is written as an address is checked all the same. */
	if (m->check_address && m->job->proxy && ((literal && address_is_private((struct sockaddr *)&address)) || here))
		return job_fail(error, JOB_ERROR_FAILED, "the link leads into a private network; the setting download_private allows that");
	return TRUE;
}

/* ---- curl's questions ---- */

static curl_socket_t on_open_socket(void *user, curlsocktype purpose G_GNUC_UNUSED, struct curl_sockaddr *a)
{
	Move *m = user;
	if (m->check_address && !m->job->proxy && address_is_private(&a->addr)) {
		g_free(m->trouble);
		m->trouble = g_strdup("the link leads into a private network; the setting download_private allows that");
		return CURL_SOCKET_BAD;
	}
	g_clear_pointer(&m->trouble, g_free); /* another of the name's addresses may do */
	return socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
}

static int on_progress(void *user, curl_off_t down_all, curl_off_t down G_GNUC_UNUSED, curl_off_t up_all, curl_off_t up)
{
	Move *m = user;
	if (up_all)
		return !job_progress(up, up_all);
	gint64 all = m->job->size ? m->job->size : down_all ? m->offset + down_all : 0;
	return !job_progress(m->offset + m->written, all);
}

/* Content-Range: bytes 100-199/200
 * ETag: "xyzzy" */
static size_t on_header(char *data, size_t size, size_t n, void *user)
{
	static const char name[] = "content-range:", version[] = "etag:";
	Move *m = user;
	g_autofree char *line = g_strndup(data, size * n);
	if (g_str_has_prefix(line, "HTTP/")) {
		m->range_from = -1;
		g_clear_pointer(&m->version, g_free);
	}
	if (!g_ascii_strncasecmp(line, version, strlen(version))) {
		const char *value = g_strstrip(line + strlen(version));
		g_free(m->version);
		m->version = *value == '"' && strlen(value) <= VERSION_MAX && g_str_is_ascii(value) ? g_strdup(value) : NULL;
		return size * n;
	}
	if (g_ascii_strncasecmp(line, name, strlen(name)))
		return size * n;
	const char *p = line + strlen(name);
	while (*p == ' ')
		p++;
	if (!g_ascii_strncasecmp(p, "bytes ", 6))
		m->range_from = g_ascii_strtoll(p + 6, NULL, 10);
	return size * n;
}

static gboolean too_much(Move *m)
{
	gboolean announced = m->job->size && m->limit == m->job->size;
	g_autofree char *limit = filename_size(m->limit);
	g_free(m->trouble);
	m->trouble = announced ? g_strdup_printf("the file is larger than was announced (%s)", limit)
	                       : g_strdup_printf("the file is larger than %s, the limit of the setting download_max", limit);
	return FALSE;
}

/* The first bytes of the answer's body: where in the file they belong. */
static gboolean begin_body(Move *m)
{
	long code = 0;
	curl_off_t length = -1;
	curl_easy_getinfo(m->curl, CURLINFO_RESPONSE_CODE, &code);
	curl_easy_getinfo(m->curl, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (code == 206 && m->range_from != m->offset) {
		m->trouble = g_strdup("the server sent another part of the file than was asked for");
		return FALSE;
	}
	if (code == 200) {
		m->offset = 0;
		if (m->version)
			fsetxattr(m->fd, VERSION_ATTRIBUTE, m->version, strlen(m->version), 0); /* where files have such: else as without one */
		else
			fremovexattr(m->fd, VERSION_ATTRIBUTE);
	}
	m->fresh = FALSE;
	if (length > 0 && m->offset + length > m->limit)
		return too_much(m);
	return ftruncate(m->fd, m->offset) == 0 && lseek(m->fd, m->offset, SEEK_SET) == m->offset;
}

static size_t on_body(char *data, size_t size, size_t n, void *user)
{
	Move *m = user;
	gsize length = size * n;
	long code = 0;
	curl_easy_getinfo(m->curl, CURLINFO_RESPONSE_CODE, &code);
	if (code != 200 && code != 206) { /* a page that says why not */
		m->passed_over += (gint64)length;
		return m->passed_over <= PAGE_MAX ? length : 0;
	}
	if (m->fresh && !begin_body(m))
		return 0;
	if (m->offset + m->written + (gint64)length > m->limit) {
		too_much(m);
		return 0;
	}
	for (gsize at = 0; at < length;) {
		gssize wrote = write(m->fd, data + at, length - at);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			m->trouble = g_strdup_printf("the file can't be written: %s", g_strerror(errno));
			return 0;
		}
		at += (gsize)wrote;
		m->written += wrote;
	}
	return length;
}

static size_t on_answer_body(char *data G_GNUC_UNUSED, size_t size, size_t n, void *user)
{
	Move *m = user;
	m->passed_over += (gint64)(size * n);
	return m->passed_over > PAGE_MAX ? 0 : size * n;
}

static size_t on_read(char *data, size_t size, size_t n, void *user)
{
	gssize got = read(((Move *)user)->fd, data, size * n);
	return got < 0 ? CURL_READFUNC_ABORT : (size_t)got;
}

static int on_seek(void *user, curl_off_t offset, int origin)
{
	return lseek(((Move *)user)->fd, offset, origin) < 0 ? CURL_SEEKFUNC_FAIL : CURL_SEEKFUNC_OK;
}

/* ---- one request ---- */

static CURL *prepare(Move *m)
{
	CURL *curl = curl_easy_init();
	const Job *job = m->job;
	m->curl = curl;
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, job->silence > 0 ? (long)job->silence : SILENCE_S);
	curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);
	curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, m);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, m);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	/* "" keeps the environment's proxies out: they are not meant for what a chat does. */
	g_autofree char *proxy = job->proxy && g_str_has_prefix(job->proxy, "socks5://") ? g_strconcat("socks5h://", job->proxy + 9, NULL) : g_strdup(job->proxy ? job->proxy : "");
	curl_easy_setopt(curl, CURLOPT_PROXY, proxy);
	if (job->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, job->ca_file);
	return curl;
}

static JobError worth(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST: case CURLE_COULDNT_RESOLVE_PROXY: case CURLE_COULDNT_CONNECT: case CURLE_OPERATION_TIMEDOUT: case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR: case CURLE_GOT_NOTHING: case CURLE_PARTIAL_FILE: case CURLE_HTTP2: case CURLE_HTTP2_STREAM: case CURLE_SSL_CONNECT_ERROR:
		return JOB_ERROR_AGAIN;
	default:
		return JOB_ERROR_FAILED;
	}
}

static const char *name_failure(CURLcode code)
{
	switch (code) {
	case CURLE_COULDNT_RESOLVE_HOST: return "the server's name is not known";
	case CURLE_COULDNT_CONNECT: return "the server does not accept connections";
	case CURLE_OPERATION_TIMEDOUT: return "the server did not answer in time";
	case CURLE_PEER_FAILED_VERIFICATION: return "the server's certificate was not accepted";
	case CURLE_PARTIAL_FILE: case CURLE_RECV_ERROR: case CURLE_SEND_ERROR: case CURLE_GOT_NOTHING: return "the connection was lost";
	case CURLE_ABORTED_BY_CALLBACK: return "it was stopped";
	default: return curl_easy_strerror(code);
	}
}

static gboolean fail_by_status(GError **error, long status)
{
	gboolean later = status >= 500 || status == 408 || status == 425 || status == 429;
	const char *words = status == 404 || status == 410 ? "the server has no such file (any more)" : status == 401 || status == 403 ? "the server does not allow it" :
	                    status == 413 ? "the file is too large for the server" : status >= 500 ? "the server has a problem" : "the server refused it";
	return job_fail(error, later ? JOB_ERROR_AGAIN : JOB_ERROR_FAILED, "%s (HTTP %ld)", words, status);
}

/* Runs it; FALSE with error if no whole answer came. */
static gboolean perform(Move *m, long *status, GError **error)
{
	CURLcode code = curl_easy_perform(m->curl);
	*status = 0;
	curl_easy_getinfo(m->curl, CURLINFO_RESPONSE_CODE, status);
	if (m->trouble)
		return job_fail(error, JOB_ERROR_FAILED, "%s", m->trouble);
	if (code == CURLE_WRITE_ERROR && m->fresh)
		return TRUE; /* the body of an answer that is no file was cut off */
	if (code)
		return job_fail(error, worth(code), "%s", name_failure(code));
	return TRUE;
}

/* ---- put ---- */

gboolean http_put(const Job *job, JobResult *result, GError **error)
{
	struct stat st;
	long status;
	gboolean good = FALSE;
	Move m = { .job = job, .own = TRUE, .fd = open(job->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC) };
	struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
	g_autofree char *type = g_strdup_printf("Content-Type: %s", job->type && !strpbrk(job->type, "\r\n") ? job->type : "application/octet-stream");
	headers = curl_slist_append(headers, type);
	for (char **h = job->headers; *h; h++)
		if (header_is_good(*h))
			headers = curl_slist_append(headers, *h);
	CURL *curl = prepare(&m);
	if (m.fd < 0 || fstat(m.fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		job_fail(error, JOB_ERROR_FAILED, "the copy that was to be sent is gone");
	} else if (check_url(&m, job->url, FALSE, error)) {
		curl_easy_setopt(curl, CURLOPT_URL, job->url);
		curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
		curl_easy_setopt(curl, CURLOPT_INFILESIZE_LARGE, (curl_off_t)st.st_size);
		curl_easy_setopt(curl, CURLOPT_READFUNCTION, on_read);
		curl_easy_setopt(curl, CURLOPT_READDATA, &m);
		curl_easy_setopt(curl, CURLOPT_SEEKFUNCTION, on_seek);
		curl_easy_setopt(curl, CURLOPT_SEEKDATA, &m);
		curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_answer_body);
		curl_easy_setopt(curl, CURLOPT_WRITEDATA, &m);
		curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
		if (perform(&m, &status, error)) {
			if (status >= 300 && status < 400)
				job_fail(error, JOB_ERROR_FAILED, "the server wants the file sent elsewhere, which is not done");
			else if (status < 200 || status >= 300)
				fail_by_status(error, status);
			else
				good = TRUE;
		}
		result->size = st.st_size;
	}
	curl_slist_free_all(headers);
	curl_easy_cleanup(curl);
	if (m.fd >= 0)
		close(m.fd);
	g_free(m.trouble);
	return good;
}

/* ---- get ---- */

/* The headers of a request for the rest of a part. Free them. */
static struct curl_slist *rest_headers(const Move *m)
{
	char version[VERSION_MAX + 1];
	gssize length = m->offset ? fgetxattr(m->fd, VERSION_ATTRIBUTE, version, VERSION_MAX) : -1;
	if (length <= 0)
		return NULL;
	version[length] = 0;
	g_autofree char *header = g_strconcat("If-Range: ", version, NULL);
	return strpbrk(version, "\r\n") ? NULL : curl_slist_append(NULL, header);
}

/* Asks for url and follows where it is sent on to. TRUE: the file is complete. */
static gboolean fetch(Move *m, GError **error)
{
	g_autofree char *url = g_strdup(m->job->url);
	gboolean secure = FALSE;
	for (guint step = 0; step <= REDIRECTS_MAX; step++) {
		g_autofree char *range = m->offset ? g_strdup_printf("%" G_GINT64_FORMAT "-", m->offset) : NULL;
		char *next = NULL;
		long status;
		if (!check_url(m, url, secure, error))
			return FALSE;
		secure = secure || !g_ascii_strncasecmp(url, "https:", 6);
		m->fresh = TRUE;
		m->written = m->passed_over = 0;
		m->range_from = -1;
		curl_easy_setopt(m->curl, CURLOPT_URL, url);
		curl_easy_setopt(m->curl, CURLOPT_RANGE, range);
		/* A connection made for one place is not used for another: each address is looked at. */
		curl_easy_setopt(m->curl, CURLOPT_FRESH_CONNECT, 1L);
		struct curl_slist *headers = rest_headers(m);
		curl_easy_setopt(m->curl, CURLOPT_HTTPHEADER, headers);
		gboolean answered = perform(m, &status, error);
		curl_easy_setopt(m->curl, CURLOPT_HTTPHEADER, NULL);
		curl_slist_free_all(headers);
		if (!answered)
			return FALSE;
		curl_easy_getinfo(m->curl, CURLINFO_REDIRECT_URL, &next);
		if (status == 416 && m->offset) {
			m->offset = 0; /* what is here is no beginning of what is there */
		} else if (status >= 300 && status < 400 && next) {
			g_free(url);
			url = g_strdup(next);
		} else if (status == 200 || status == 206) {
			if (m->fresh && !begin_body(m)) /* nothing in it */
				return job_fail(error, JOB_ERROR_FAILED, "%s", m->trouble ? m->trouble : "the server's answer has no file in it");
			return TRUE;
		} else {
			return fail_by_status(error, status);
		}
	}
	return job_fail(error, JOB_ERROR_FAILED, "the server sends on too often");
}

static gboolean verify(const Job *job, int fd, JobResult *result, GError **error)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return job_fail(error, JOB_ERROR_FAILED, "the file can't be read: %s", g_strerror(errno));
	result->size = st.st_size;
	if (job->size && st.st_size != job->size)
		return job_fail(error, JOB_ERROR_FAILED, "the file is not the announced one: it has %" G_GINT64_FORMAT " bytes, not %" G_GINT64_FORMAT, (gint64)st.st_size, job->size);
	result->sha256 = local_hash(fd);
	if (job->sha256 && g_strcmp0(job->sha256, result->sha256))
		return job_fail(error, JOB_ERROR_FAILED, "the file is not the announced one: its hash differs");
	if (fsync(fd) < 0)
		return job_fail(error, JOB_ERROR_FAILED, "the file can't be written: %s", g_strerror(errno));
	return TRUE;
}

/* The .part, locked, or -1. */
static int open_part(int directory, const char *part, GError **error)
{
	struct stat st;
	int fd = openat(directory, part, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_nlink == 1 && st.st_uid == getuid() && flock(fd, LOCK_EX | LOCK_NB) == 0)
		return fd;
	job_fail(error, JOB_ERROR_FAILED, fd < 0 ? "\"%s\" can't be made: %s" : errno == EWOULDBLOCK ? "\"%s\" is on its way already" : "\"%s\" is not a file of kith's", part, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static char *part_name(const char *name, const char *url)
{
	g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, url, -1);
	return g_strdup_printf("%s.%.8s.part", name, sum);
}

gboolean http_get(const Job *job, JobResult *result, GError **error)
{
	g_autofree char *name = job->exact && job->name ? g_strdup(job->name) : filename_safe(job->name, job->url);
	g_autofree char *part = part_name(name, job->url);
	g_autoptr(GError) why = NULL;
	struct stat st;
	int directory = open(job->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		return job_fail(error, JOB_ERROR_FAILED, "%s: \"%s\"", g_strerror(errno), job->directory);
	Move m = { .job = job, .limit = job->max ? job->max : G_MAXINT64, .fd = open_part(directory, part, error) };
	if (m.fd < 0) {
		close(directory);
		return FALSE;
	}
	if (job->size && job->size > m.limit)
		too_much(&m);
	if (job->size)
		m.limit = MIN(m.limit, job->size);
	if (fstat(m.fd, &st) == 0 && st.st_size <= m.limit)
		m.offset = st.st_size;
	CURL *curl = prepare(&m);
	if (job->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAPATH, SYSTEM_CERTIFICATES);
	curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(curl, CURLOPT_HEADERDATA, &m);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, &m);
	gboolean good = m.trouble ? job_fail(&why, JOB_ERROR_FAILED, "%s", m.trouble) : (job->size && m.offset == job->size) || fetch(&m, &why);
	if (good)
		fremovexattr(m.fd, VERSION_ATTRIBUTE);
	if (good && verify(job, m.fd, result, &why))
		result->name = local_name(directory, part, name, &why);
	if (result->name) {
		result->path = g_build_filename(job->directory, result->name, NULL);
	} else {
		/* Only what a later try can go on with stays. */
		if (!g_error_matches(why, JOB_ERROR, JOB_ERROR_AGAIN) || (fstat(m.fd, &st) == 0 && !st.st_size))
			unlinkat(directory, part, 0);
		g_propagate_error(error, g_steal_pointer(&why));
	}
	curl_easy_cleanup(curl);
	close(m.fd);
	close(directory);
	g_free(m.trouble);
	g_free(m.version);
	return result->name != NULL;
}

#else

gboolean http_put(const Job *job G_GNUC_UNUSED, JobResult *result G_GNUC_UNUSED, GError **error)
{
	return job_fail(error, JOB_ERROR_FAILED, "this kith was built without libcurl: it can't send files to a server");
}

gboolean http_get(const Job *job G_GNUC_UNUSED, JobResult *result G_GNUC_UNUSED, GError **error)
{
	return job_fail(error, JOB_ERROR_FAILED, "this kith was built without libcurl: it can't fetch files");
}
#endif
