/* paths.c: see paths.h. */
#include "base/paths.h"
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char *runtime_base(void)
{
	const char *base = g_getenv("XDG_RUNTIME_DIR");
	if (base && g_path_is_absolute(base))
		return g_strdup(base);
	/* Checked for owner and mode by paths_make, as everybody may make names in /tmp. */
	return g_strdup_printf("%s/kith-%u", g_get_tmp_dir(), (guint)getuid());
}

Paths *paths_new(const char *profile, const char *config_file, GError **error)
{
	if (profile && !*profile)
		profile = NULL;
	if (profile && (strspn(profile, G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "-_") != strlen(profile) || strlen(profile) > 64)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_FILENAME, "a profile's name has letters, digits, - and _ only, not \"%s\"", profile);
		return NULL;
	}
	g_autofree char *name = profile ? g_strconcat("kith-", profile, NULL) : g_strdup("kith");
	g_autofree char *runtime = runtime_base();
	Paths *p = g_new0(Paths, 1);
	p->profile = g_strdup(profile);
	if (config_file) {
		g_autofree char *current = g_get_current_dir();
		g_autofree char *expanded = paths_expand(config_file);
		p->config = g_path_is_absolute(expanded) ? g_strdup(expanded) : g_build_filename(current, expanded, NULL);
	} else {
		p->config = g_build_filename(g_get_user_config_dir(), name, "kith.conf", NULL);
	}
	p->data = g_build_filename(g_get_user_data_dir(), name, NULL);
	p->history = g_build_filename(p->data, "history.db", NULL);
	p->accounts = g_build_filename(p->data, "accounts", NULL);
	p->texts = g_build_filename(p->data, "texts", NULL);
	p->state = g_build_filename(g_get_user_state_dir(), name, NULL);
	p->log = g_build_filename(p->state, "kith.log", NULL);
	p->runtime = g_build_filename(runtime, name, NULL);
	p->socket = g_build_filename(p->runtime, "socket", NULL);
	p->fifo = g_build_filename(p->runtime, "fifo", NULL);
	p->lock = g_build_filename(p->runtime, "lock", NULL);
	return p;
}

void paths_free(Paths *p)
{
	if (!p)
		return;
	char *all[] = { p->profile, p->config, p->data, p->history, p->accounts, p->texts, p->state, p->log, p->runtime, p->socket, p->fifo, p->lock };
	for (guint i = 0; i < G_N_ELEMENTS(all); i++)
		g_free(all[i]);
	g_free(p);
}

static gboolean fail(GError **error, const char *what, const char *path)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s \"%s\": %s", what, path, g_strerror(errno));
	return FALSE;
}

/* The directory belongs to the user and nobody else may write it; too wide a mode is narrowed. */
static gboolean check_directory(const char *path, GError **error)
{
	struct stat st;
	if (lstat(path, &st) < 0)
		return fail(error, "can't look at", path);
	if (!S_ISDIR(st.st_mode) || st.st_uid != getuid()) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, "\"%s\" is not a directory of yours; remove it and try again", path);
		return FALSE;
	}
	if ((st.st_mode & 077) && chmod(path, 0700) < 0)
		return fail(error, "can't make private", path);
	return TRUE;
}

gboolean paths_make_directory(const char *path, GError **error)
{
	if (g_mkdir_with_parents(path, 0700) < 0)
		return fail(error, "can't make the directory", path);
	return TRUE;
}

gboolean paths_make(const Paths *p, GError **error)
{
	g_autofree char *config = g_path_get_dirname(p->config);
	g_autofree char *runtime = g_path_get_dirname(p->runtime);
	const char *const private[] = { p->data, p->accounts, p->state, p->runtime };
	if (!paths_make_directory(config, error))
		return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(private); i++)
		if (!paths_make_directory(private[i], error) || !check_directory(private[i], error))
			return FALSE;
	return g_getenv("XDG_RUNTIME_DIR") || check_directory(runtime, error);
}

char *paths_program(const char *name)
{
	const char *build = g_getenv("KITH_LIBEXEC");
	return g_build_filename(build && *build ? build : KITH_LIBEXECDIR, name, NULL);
}

char *paths_expand(const char *path)
{
	if (path[0] == '~' && (path[1] == '/' || !path[1]))
		return g_strconcat(g_get_home_dir(), path + 1, NULL);
	return g_strdup(path);
}
