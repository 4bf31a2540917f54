/* filename.c: see filename.h. What may come is in tests/unit/test-filename.c.
 */
#include "base/filename.h"
#include "base/text.h"
#include <string.h>

#define ENDING_MAX_BYTES 16
#define FALLBACK "file"

/* Percent-decoded once; what is no UTF-8 afterwards is cleaned later. A decoded NUL ends nothing: it becomes a replacement. */
static char *percent_decode(const char *text)
{
	GString *out = g_string_new(NULL);
	for (const char *p = text; *p; p++) {
		if (*p == '%' && g_ascii_isxdigit(p[1]) && g_ascii_isxdigit(p[2])) {
			char c = (char)(g_ascii_xdigit_value(p[1]) * 16 + g_ascii_xdigit_value(p[2]));
			g_string_append_c(out, c ? c : '_');
			p += 2;
		} else {
			g_string_append_c(out, *p);
		}
	}
	return g_string_free(out, FALSE);
}

/* The path of a URL, without query and fragment, and without the host. */
static char *path_of(const char *url)
{
	const char *path = strstr(url, "://");
	path = path ? strchr(path + 3, '/') : url;
	return path ? g_strndup(path, strcspn(path, "?#")) : g_strdup("");
}

/* The part behind the last separator of any system; empty where the text ends with one. */
static const char *last_part(const char *text)
{
	const char *last = text;
	for (const char *p = text; *p; p++)
		if (*p == '/' || *p == '\\')
			last = p + 1;
	return last;
}

static gboolean is_special(gunichar c)
{
	return c < 128 ? strchr("/\\:|<>\"?*$`;&'!", (int)c) != NULL : c == 0xFFFD || c == 0xFE56 || c == 0x2044 || c == 0x2215;
}

/* The byte where the ending begins (its dot), or the length where there is none. */
static gsize ending_at(const char *name)
{
	const char *dot = strrchr(name, '.');
	gsize length = strlen(name);
	return dot && dot != name && dot[1] && length - (gsize)(dot - name) <= ENDING_MAX_BYTES ? (gsize)(dot - name) : length;
}

static char *cut(const char *name)
{
	gsize length = strlen(name), at = ending_at(name);
	if (length <= FILENAME_MAX_BYTES)
		return g_strdup(name);
	gsize room = FILENAME_MAX_BYTES - (length - at);
	gsize keep = MIN(at, room);
	while (keep && ((guchar)name[keep] & 0xC0) == 0x80)
		keep--;
	return g_strdup_printf("%.*s%s", (int)keep, name, name + at);
}

static char *clean(const char *part)
{
	g_autofree char *text = text_clean(part, TEXT_LINE);
	g_autoptr(GString) name = g_string_new(NULL);
	for (const char *p = text; *p; p = g_utf8_next_char(p)) {
		gunichar c = g_utf8_get_char(p);
		if (!name->len && (c == '.' || c == '-' || c == '~' || g_unichar_isspace(c)))
			continue;
		if (is_special(c))
			g_string_append_c(name, '_');
		else
			g_string_append_unichar(name, g_unichar_isspace(c) ? ' ' : c);
	}
	while (name->len && (name->str[name->len - 1] == ' ' || name->str[name->len - 1] == '.'))
		g_string_truncate(name, name->len - 1);
	return cut(name->str);
}

char *filename_safe(const char *suggested, const char *url)
{
	g_autofree char *path = url ? path_of(url) : NULL;
	const char *const sources[] = { suggested, path };
	for (guint i = 0; i < G_N_ELEMENTS(sources); i++) {
		if (!sources[i])
			continue;
		g_autofree char *decoded = percent_decode(sources[i]);
		char *name = clean(last_part(decoded));
		if (*name)
			return name;
		g_free(name);
	}
	return g_strdup(FALLBACK);
}

char *filename_numbered(const char *name, guint n)
{
	gsize at = ending_at(name);
	return n ? g_strdup_printf("%.*s-%u%s", (int)at, name, n, name + at) : g_strdup(name);
}

char *filename_size(gint64 bytes)
{
	static const char *const units[] = { "kB", "MB", "GB", "TB" };
	double value = (double)bytes;
	guint unit = 0;
	if (bytes < 1000)
		return g_strdup_printf("%" G_GINT64_FORMAT " B", bytes);
	for (value /= 1000; value >= 999.5 && unit + 1 < G_N_ELEMENTS(units); unit++)
		value /= 1000;
	return g_strdup_printf(value < 9.95 ? "%.1f %s" : "%.0f %s", value, units[unit]);
}
