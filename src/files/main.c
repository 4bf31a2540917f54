/* main.c: kith-files: moves one file, over HTTP or on this machine, away from the hub's loop and out of reach of its secrets.
 *
 * It may block. It ends with its job, or when the hub closes the socket on descriptor 3. See job.h for its lines.
 */
#include "base/confine.h"
#include "base/json.h"
#include "base/log.h"
#include "config.h"
#include "files/job.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define WIRE_FD 3
#define LINE_MAX_BYTES 262144
#define PROGRESS_US (200 * 1000)

G_DEFINE_QUARK(kith-job-error, job_error)

gboolean job_fail(GError **error, JobError code, const char *format, ...)
{
	va_list args;
	va_start(args, format);
	g_clear_error(error);
	if (error)
		*error = g_error_new_valist(JOB_ERROR, (int)code, format, args);
	va_end(args);
	return FALSE;
}

/* ---- the job ---- */

static void put_text(Job *job, const char *key, const char *text)
{
	const struct { const char *key; char **place; } places[] = {
		{ "do", &job->what }, { "path", &job->path }, { "target", &job->target }, { "directory", &job->directory }, { "url", &job->url }, { "name", &job->name },
		{ "type", &job->type }, { "sha256", &job->sha256 }, { "ca_file", &job->ca_file }, { "proxy", &job->proxy }, { "origin", &job->origin } };
	for (guint i = 0; i < G_N_ELEMENTS(places); i++)
		if (!strcmp(places[i].key, key) && !*places[i].place && *text)
			*places[i].place = g_strdup(text);
}

static void put_flag(Job *job, const char *key)
{
	job->exact |= !strcmp(key, "exact");
	job->plain |= !strcmp(key, "plain");
	job->private |= !strcmp(key, "private");
}

Job *job_parse(char *line, gsize length)
{
	JsonReader json;
	JsonValue value;
	char *key, *text;
	if (!g_utf8_validate_len(line, length, NULL))
		return NULL;
	json_reader_init(&json, line, length);
	if (!json_read_open(&json))
		return NULL;
	Job *job = g_new0(Job, 1);
	g_autoptr(GPtrArray) headers = g_ptr_array_new();
	while (json_read_field(&json, &key, &value)) {
		if (value.type == JSON_STRING)
			put_text(job, key, value.text);
		else if (value.type == JSON_NUMBER && !strcmp(key, "size"))
			job->size = value.number;
		else if (value.type == JSON_NUMBER && !strcmp(key, "silence"))
			job->silence = value.number;
		else if (value.type == JSON_NUMBER && !strcmp(key, "max"))
			job->max = value.number;
		else if (value.type == JSON_TRUE)
			put_flag(job, key);
		else if (value.type == JSON_ARRAY && strcmp(key, "headers"))
			json_skip_array(&json);
		for (gsize size; value.type == JSON_ARRAY && !strcmp(key, "headers") && json_read_item(&json, &text, &size);)
			g_ptr_array_add(headers, g_strdup(text));
	}
	g_ptr_array_add(headers, NULL);
	job->headers = (char **)g_ptr_array_steal(headers, NULL);
	return job;
}

static void job_free(Job *job)
{
	char *all[] = { job->what, job->path, job->target, job->directory, job->url, job->name, job->type, job->sha256, job->ca_file, job->proxy, job->origin };
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
	g_strfreev(job->headers);
	g_free(job);
}
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Job, job_free)

static void result_clear(JobResult *result)
{
	char *all[] = { result->path, result->name, result->type, result->sha256 };
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(JobResult, result_clear)

/* ---- talking to the hub ---- */

static void say(GString *line)
{
	json_close(line);
	g_string_append_c(line, '\n');
	for (gsize at = 0; at < line->len;) {
		gssize n = send(WIRE_FD, line->str + at, line->len - at, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			_exit(0);
		at += (gsize)n;
	}
	g_string_free(line, TRUE);
}

gboolean job_progress(gint64 moved, gint64 size)
{
	static gint64 told;
	struct pollfd hub = { .fd = WIRE_FD, .events = POLLRDHUP };
	gint64 now = g_get_monotonic_time();
	if (now - told < PROGRESS_US)
		return TRUE;
	told = now;
	if (poll(&hub, 1, 0) > 0 && (hub.revents & (POLLRDHUP | POLLHUP | POLLERR)))
		return FALSE;
	GString *line = g_string_new(NULL);
	json_open(line);
	json_put_number(line, "moved", moved);
	json_put_number(line, "size", size);
	say(line);
	return TRUE;
}

static void answer(gboolean good, const JobResult *result, const GError *error)
{
	GString *line = g_string_new(NULL);
	json_open(line);
	if (good) {
		json_put_flag(line, "done", TRUE);
		json_put_text(line, "path", result->path);
		json_put_text(line, "name", result->name);
		json_put_text(line, "type", result->type);
		json_put_text(line, "sha256", result->sha256);
		json_put_number(line, "size", result->size);
	} else {
		json_put_text(line, "error", error ? error->message : "it failed");
		json_put_flag(line, "again", g_error_matches(error, JOB_ERROR, JOB_ERROR_AGAIN));
	}
	say(line);
}

static char *read_line(void)
{
	g_autoptr(GString) in = g_string_new(NULL);
	char buffer[4096];
	while (in->len < LINE_MAX_BYTES && !memchr(in->str, '\n', in->len)) {
		gssize n = read(WIRE_FD, buffer, sizeof buffer);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return NULL;
		g_string_append_len(in, buffer, n);
	}
	in->str[strcspn(in->str, "\n")] = 0;
	return g_string_free(g_steal_pointer(&in), FALSE);
}

/* ---- the jobs ---- */

static const struct {
	const char *name;
	gboolean (*run)(const Job *job, JobResult *result, GError **error);
	gboolean path, target, directory, url; /* what it needs */
} jobs[] = {
	{ "get", http_get, .directory = TRUE, .url = TRUE },
	{ "keep", local_keep, .path = TRUE, .directory = TRUE },
	{ "put", http_put, .path = TRUE, .url = TRUE },
	{ "take", local_take, .path = TRUE, .target = TRUE },
};

/* What the job reads and writes stays open to it, besides what every program needs. */
static void confine(const Job *job)
{
	g_autofree char *parent = job->target ? g_path_get_dirname(job->target) : job->path && job->directory ? g_path_get_dirname(job->path) : NULL;
	const char *const writable[] = { job->directory ? job->directory : parent, job->directory ? parent : NULL, NULL };
	const char *const readable[] = { job->path ? job->path : job->ca_file, job->path ? job->ca_file : NULL, NULL };
	if (!g_getenv("KITH_NO_CONFINE"))
		confine_to(writable, readable);
}

int main(int argc, char **argv)
{
	struct rlimit no_core = { 0, 0 };
	g_auto(JobResult) result = { 0 };
	g_autoptr(GError) error = NULL;
	if (argc == 2 && !strcmp(argv[1], "--version")) {
		puts("kith-files " PACKAGE_VERSION);
		return 0;
	}
	if (argc != 1 || fcntl(WIRE_FD, F_GETFD) < 0) {
		fprintf(stderr, "kith-files: started by kith-hub, takes no arguments\n");
		return 2;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	setrlimit(RLIMIT_CORE, &no_core);
	umask(077);
	if (g_getenv("KITH_LOG"))
		log_open(g_getenv("KITH_LOG"), "files", LOG_WARNING);
	g_autofree char *line = read_line();
	g_autoptr(Job) job = line ? job_parse(line, strlen(line)) : NULL;
	if (!job)
		return 1;
	for (guint i = 0; i < G_N_ELEMENTS(jobs); i++) {
		if (g_strcmp0(job->what, jobs[i].name))
			continue;
		if ((jobs[i].path && !job->path) || (jobs[i].target && !job->target) || (jobs[i].directory && !job->directory) || (jobs[i].url && !job->url))
			break;
		confine(job);
		gboolean good = jobs[i].run(job, &result, &error);
		answer(good, &result, error);
		return 0;
	}
	job_fail(&error, JOB_ERROR_FAILED, "kith-files does not know this job");
	answer(FALSE, NULL, error);
	return 0;
}
