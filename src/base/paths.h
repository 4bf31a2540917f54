/* paths.h: where kith's files live (design: configuration, history, per-account state, log, socket, FIFO), by profile.
 *
 * Follows the XDG Base Directory Specification 0.8. A profile other than the default adds -NAME to kith.
 */
#pragma once
#include <glib.h>

typedef struct {
	char *profile;  /* NULL: the default one */
	char *config;   /* file: …/kith/kith.conf */
	char *data;     /* directory */
	char *history;  /* file: data/history.db */
	char *accounts; /* directory: data/accounts */
	char *texts;    /* directory: data/texts, plain text logs */
	char *state;    /* directory */
	char *log;      /* file: state/kith.log */
	char *runtime;  /* directory */
	char *socket;   /* runtime/socket */
	char *fifo;     /* runtime/fifo */
	char *lock;     /* runtime/lock */
} Paths;

/* profile: NULL or "" for the default; letters, digits, - and _ only, else NULL and error. config_file replaces the file's path (may be NULL). */
Paths *paths_new(const char *profile, const char *config_file, GError **error);
void paths_free(Paths *paths);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Paths, paths_free)

/* Makes the directories (0700) and checks that they belong to the user and that nobody else may write them. */
gboolean paths_make(const Paths *paths, GError **error);

/* Makes one directory and its parents 0700. */
gboolean paths_make_directory(const char *path, GError **error);

/* The program NAME that belongs to this build: $KITH_LIBEXEC/NAME if set, else libexecdir/kith/NAME. */
char *paths_program(const char *name);

/* path with a leading ~/ or ~ replaced by the home directory. */
char *paths_expand(const char *path);
