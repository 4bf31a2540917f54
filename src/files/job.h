/* job.h: what kith-files is asked to do, and how it tells how far it is. One process does one job and ends.
 *
 * The hub sends one JSON object on a line over the socket on descriptor 3 and reads lines: {"moved":BYTES,"size":BYTES} now and then, at the
 * end {"done":true,"path":…,"name":…,"size":…,"type":…,"sha256":…} or {"error":TEXT,"again":true if a later try may help}. URLs and
 * headers are secrets of a kind and never stand in argv. When the socket closes, the process ends.
 */
#pragma once
#include <glib.h>

typedef struct {
	char *what;      /* "take": copy path (of the user) to target; "put": path to url; "get": url into directory; "keep": move path into directory */
	char *path, *target, *directory, *url;
	char *name;      /* the name to use: get, keep: as the sender says it, or the user's (exact) */
	gboolean exact;  /* name is the user's own choice: it is taken as it is */
	char *type, *sha256; /* as announced; may be NULL */
	gint64 size;     /* as announced; 0: unknown */
	gint64 max;      /* bytes at most; 0: no limit */
	gint64 silence;  /* seconds for which nothing may move; 0: 45 */
	char **headers;
	char *ca_file, *proxy;
	gboolean plain;   /* http is allowed as well as https */
	gboolean private; /* addresses of private networks are allowed */
	char *origin;     /* HOST:PORT of the account's own server, whose address may be private; may be NULL */
} Job;

typedef struct {
	char *path, *name, *type, *sha256;
	gint64 size;
} JobResult;

#define JOB_ERROR (job_error_quark())
GQuark job_error_quark(void);
typedef enum { JOB_ERROR_FAILED, JOB_ERROR_AGAIN } JobError;

/* Reads the job of a line (changed in place); NULL if it is none. */
Job *job_parse(char *line, gsize length);
/* Fills error; FALSE. */
gboolean job_fail(GError **error, JobError code, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* Tells the hub how far it is, at most five times a second. FALSE: the hub is gone. */
gboolean job_progress(gint64 moved, gint64 size);

/* local.c: the jobs on this machine. */
gboolean local_take(const Job *job, JobResult *result, GError **error);
gboolean local_keep(const Job *job, JobResult *result, GError **error);
/* SHA-256 of all of an open file, in base64; NULL if it can't be read. */
char *local_hash(int fd);
/* Gives the file part of directory (a descriptor) its name, or the next one that is free; nothing is ever replaced. Gives the name, or NULL. */
char *local_name(int directory, const char *part, const char *name, GError **error);

/* http.c: the jobs on the network. */
gboolean http_put(const Job *job, JobResult *result, GError **error);
gboolean http_get(const Job *job, JobResult *result, GError **error);

/* address.c: what foreign words must not make us do. */
/* Is the address (of a struct sockaddr) one of a private network, this machine, or no address of one machine at all? */
struct sockaddr;
gboolean address_is_private(const struct sockaddr *address);
gboolean address_is_loopback(const struct sockaddr *address);
/* Is it a header that a server may ask for with a file (XEP-0363 5), in one line? */
gboolean header_is_good(const char *header);
