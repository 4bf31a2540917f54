/* jid.c: addresses of XMPP (RFC 7622). See jid.h.
 *
 * Nearly every address that comes is plain ASCII in its normal form already; that case does no more than look at it. */
#include "jid.h"

#include <string.h>

#define PART_MAX 1023

static gboolean is_forbidden_in_local(gunichar c)
{
	return c <= 0x20 || c == 0x7f || (c < 0x80 && strchr("\"&'/:<>@", (int)c)) || g_unichar_isspace(c) || g_unichar_iscntrl(c) ||
	       g_unichar_type(c) == G_UNICODE_FORMAT;
}

static gboolean is_forbidden_in_domain(gunichar c)
{
	if (c >= 0x80)
		return g_unichar_isspace(c) || g_unichar_iscntrl(c) || g_unichar_type(c) == G_UNICODE_FORMAT;
	return !(g_ascii_isalnum((char)c) || c == '-' || c == '.' || c == '_' || c == ':' || c == '[' || c == ']');
}

static gboolean is_forbidden_in_resource(gunichar c)
{
	return c < 0x20 || c == 0x7f || (c >= 0x80 && (g_unichar_iscntrl(c) || c == 0x2028 || c == 0x2029));
}

static gboolean is_fine(const char *part, gboolean (*is_forbidden)(gunichar))
{
	if (!*part || strlen(part) > PART_MAX)
		return FALSE;
	for (; *part; part = g_utf8_next_char(part))
		if (is_forbidden(g_utf8_get_char(part)))
			return FALSE;
	return TRUE;
}

static gboolean is_ascii(const char *text, gsize size, gboolean lower)
{
	for (gsize i = 0; i < size; i++)
		if ((guchar)text[i] >= 0x80 || (lower && g_ascii_isupper(text[i])))
			return FALSE;
	return TRUE;
}

/* Owned; the part in normal form. */
static char *fold(const char *text, gsize size)
{
	if (is_ascii(text, size, TRUE))
		return g_strndup(text, size);
	g_autofree char *wide = g_utf8_normalize(text, (gssize)size, G_NORMALIZE_NFKC);
	g_autofree char *folded = g_utf8_casefold(wide ? wide : "", -1);
	return g_utf8_normalize(folded, -1, G_NORMALIZE_NFKC);
}

static char *normalise_domain(const char *text, gsize size)
{
	if (size > 0 && text[size - 1] == '.')
		size--;
	char *domain = fold(text, size);
	if (domain && strstr(domain, "xn--")) {
		char *unicode = g_hostname_to_unicode(domain);
		if (unicode) {
			g_free(domain);
			domain = unicode;
		}
	}
	return domain;
}

char *jid_normalise(const char *text)
{
	if (!text || !*text || strlen(text) > 3 * PART_MAX + 2 || !g_utf8_validate(text, -1, NULL))
		return NULL;
	const char *slash = strchr(text, '/');
	gsize bare_size = slash ? (gsize)(slash - text) : strlen(text);
	const char *at = memchr(text, '@', bare_size);
	g_autofree char *local = at ? fold(text, (gsize)(at - text)) : NULL;
	const char *host = at ? at + 1 : text;
	g_autofree char *domain = normalise_domain(host, bare_size - (gsize)(host - text));
	g_autofree char *resource = NULL;
	if (slash) {
		resource = is_ascii(slash + 1, strlen(slash + 1), FALSE) ? g_strdup(slash + 1)
									 : g_utf8_normalize(slash + 1, -1, G_NORMALIZE_NFKC);
		if (!resource || !is_fine(resource, is_forbidden_in_resource))
			return NULL;
	}
	if (!domain || !is_fine(domain, is_forbidden_in_domain) || (at && !is_fine(local, is_forbidden_in_local)))
		return NULL;
	return g_strconcat(at ? local : "", at ? "@" : "", domain, slash ? "/" : NULL, resource, NULL);
}

char *jid_bare(const char *jid)
{
	return g_strndup(jid, strcspn(jid, "/"));
}

const char *jid_resource(const char *jid)
{
	const char *slash = strchr(jid, '/');
	return slash ? slash + 1 : NULL;
}

char *jid_domain(const char *jid)
{
	gsize size = strcspn(jid, "/");
	const char *at = memchr(jid, '@', size);
	return at ? g_strndup(at + 1, size - (gsize)(at + 1 - jid)) : g_strndup(jid, size);
}

char *jid_local(const char *jid)
{
	gsize size = strcspn(jid, "/");
	const char *at = memchr(jid, '@', size);
	return at ? g_strndup(jid, (gsize)(at - jid)) : NULL;
}

char *jid_with_resource(const char *bare, const char *resource)
{
	g_autofree char *joined = g_strconcat(bare, "/", resource, NULL);
	return jid_normalise(joined);
}

gboolean jid_same_bare(const char *a, const char *b)
{
	gsize size = strcspn(a, "/");
	return size == strcspn(b, "/") && memcmp(a, b, size) == 0;
}
