/* host.c: see host.h. */
#include "config.h"
#include "purple/host.h"
#include "base/markup.h"
#include "base/text.h"
#include "purple/html.h"
#include <string.h>

#define LABEL_MAX 4000

Host host;

/* The normalised address -> how it is written. */
static GHashTable *spellings;

PurpleConnection *host_connection(void)
{
	return host.online ? purple_account_get_connection(host.account) : NULL;
}

char *host_plain(const char *html, gsize max)
{
	return host_marked(html, max, NULL);
}

char *host_marked(const char *html, gsize max, char **markup)
{
	if (!html || !*html)
		return NULL;
	g_autofree char *valid = g_utf8_make_valid(html, -1);
	g_autofree char *whole = NULL, *plain = html_to_marked(valid, markup ? &whole : NULL);
	char *text = *plain ? text_shorten(plain, max) : NULL;
	if (markup && text)
		*markup = markup_part(whole, 0, (gsize)g_utf8_strlen(text, -1));
	return text;
}

char *host_label(const char *html)
{
	return host_plain(html, LABEL_MAX);
}

char *host_name(const char *text)
{
	if (!text || !*text)
		return NULL;
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	return text_shorten(valid, LABEL_MAX);
}

static GHashTable *get_spellings(void)
{
	if (!spellings)
		spellings = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return spellings;
}

/* purple_normalize gives a static buffer. Where it changed more than the case, it took off what is no address. */
const char *host_address(const char *name)
{
	const char *normal = purple_normalize(host.account, name);
	const char *known = g_hash_table_lookup(get_spellings(), normal);
	if (known)
		return known;
	g_autofree char *folded = g_utf8_casefold(normal, -1), *given = g_utf8_casefold(name, -1);
	char *spelling = g_strdup(!strcmp(folded, given) ? name : normal);
	if (g_hash_table_size(spellings) > 10000)
		g_hash_table_remove_all(spellings);
	g_hash_table_insert(spellings, g_strdup(normal), spelling);
	return spelling;
}

void host_learn_address(const char *address)
{
	const char *normal = purple_normalize(host.account, address);
	if (!g_hash_table_contains(get_spellings(), normal))
		g_hash_table_insert(spellings, g_strdup(normal), g_strdup(address));
}
