/* addresses.c: see addresses.h. */
#include "config.h"
#include "purple/addresses.h"
#include "purple/host.h"
#include <string.h>

static char *realm; /* owned; "@REALM", NULL: none */

static gsize suffix_length(const char *who)
{
	const char *const suffixes[] = { realm, host.quirks->room_rest };
	for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
		if (suffixes[i] && g_str_has_suffix(who, suffixes[i]))
			return strlen(suffixes[i]);
	return 0;
}

static const char *normalize(const PurpleAccount *account G_GNUC_UNUSED, const char *who)
{
	const char *scheme = host.quirks->scheme;
	if (scheme && g_str_has_prefix(who, scheme))
		who += strlen(scheme);
	g_autofree char *bare = g_strndup(who, strlen(who) - suffix_length(who));
	return purple_normalize(NULL, bare);
}

void addresses_attach(void)
{
	const char *setting = backend_setting(host.backend, "realm");
	if (host.quirks->realm)
		realm = g_strconcat("@", setting && *setting ? setting : host.quirks->realm, NULL);
	if (realm || host.quirks->scheme)
		host.protocol->normalize = normalize;
}
