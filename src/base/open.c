/* open.c: see open.h.
 *
 * A target begins with "/" or with a scheme's letter, so it can't be taken for an option of the program (xdg-open knows no "--").
 */
#include "base/open.h"
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#define LINK_MAX_BYTES 8192

gboolean open_is_link(const char *text)
{
	static const char *const schemes[] = { "http", "https", "xmpp", "mailto", "geo" };
	gsize length = strcspn(text, ":");
	if (!text[length] || !text[length + 1] || strlen(text) > LINK_MAX_BYTES || !g_utf8_validate(text, -1, NULL))
		return FALSE;
	for (const char *p = text; *p; p = g_utf8_next_char(p))
		if (g_unichar_isspace(g_utf8_get_char(p)) || g_unichar_iscntrl(g_utf8_get_char(p)))
			return FALSE;
	for (guint i = 0; i < G_N_ELEMENTS(schemes); i++)
		if (strlen(schemes[i]) == length && !g_ascii_strncasecmp(text, schemes[i], length))
			return TRUE;
	return FALSE;
}

/* Its words are its own: neither our terminal nor our group of processes. */
static void leave_terminal(gpointer user G_GNUC_UNUSED)
{
	setsid();
}

gboolean open_with(const char *program, const char *target, GError **error)
{
	g_autoptr(GPtrArray) argv = g_ptr_array_new();
	g_auto(GStrv) words = NULL;
	if (*target == '/' ? !g_file_test(target, G_FILE_TEST_EXISTS) : !open_is_link(target)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, *target == '/' ? "there is no file \"%s\" any more" : "\"%s\" is no link that is opened", target);
		return FALSE;
	}
	if (!g_shell_parse_argv(program, NULL, &words, NULL)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "the setting opener is no command: \"%s\"", program);
		return FALSE;
	}
	for (guint i = 0; words[i]; i++)
		g_ptr_array_add(argv, words[i]);
	g_ptr_array_add(argv, (char *)target);
	g_ptr_array_add(argv, NULL);
	if (g_spawn_async(NULL, (char **)argv->pdata, NULL, G_SPAWN_SEARCH_PATH | G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, leave_terminal, NULL, NULL, error))
		return TRUE;
	g_prefix_error(error, "\"%s\" can't be run: ", words[0]);
	return FALSE;
}
