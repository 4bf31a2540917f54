/* words.c: see words.h. */
#include "config.h"
#include "purple/words.h"
#include "purple/host.h"
#include "purple/html.h"
#include <string.h>

static gboolean on_receiving(PurpleAccount *account G_GNUC_UNUSED, char **who G_GNUC_UNUSED, char **text, PurpleConversation *conversation G_GNUC_UNUSED,
                             PurpleMessageFlags *flags G_GNUC_UNUSED)
{
	if (*text && g_ascii_strncasecmp(*text, host.quirks->html_start, strlen(host.quirks->html_start))) {
		char *plain = *text;
		*text = html_from_plain(plain);
		g_free(plain);
	}
	return FALSE;
}

void words_attach(void)
{
	static int handle;
	if (host.quirks->html_start)
		purple_signal_connect(purple_conversations_get_handle(), "receiving-im-msg", &handle, PURPLE_CALLBACK(on_receiving), NULL);
}
