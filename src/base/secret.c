/* secret.c: see secret.h. */
#include "base/secret.h"
#include <string.h>
#include <sys/random.h>

void secret_wipe(void *memory, gsize length)
{
	if (memory && length)
		explicit_bzero(memory, length);
}

char *secret_new(const char *text)
{
	return g_strdup(text);
}

void secret_free(char *secret)
{
	if (!secret)
		return;
	secret_wipe(secret, strlen(secret));
	g_free(secret);
}

void secret_set(char **place, const char *text)
{
	char *copy = secret_new(text);
	secret_free(*place);
	*place = copy;
}

char *secret_random_id(void)
{
	guchar bytes[16];
	char *id = g_malloc(33);
	for (gsize have = 0; have < sizeof bytes;) {
		gssize n = getrandom(bytes + have, sizeof bytes - have, 0);
		if (n > 0)
			have += (gsize)n;
	}
	for (int i = 0; i < 16; i++)
		g_snprintf(id + 2 * i, 3, "%02x", bytes[i]);
	return id;
}
