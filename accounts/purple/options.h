/* options.h: from an account of kith to an account of libpurple: its address and its settings.
 *
 * All of it follows what the protocol's plugin declares (user_splits, protocol_options); nothing here knows a protocol by name.
 */
#pragma once
#include <purple.h>

/* A new account of that plugin for address, completed by the plugin's own defaults (the server of an IRC nick, say), with the settings
 * (key=value, NULL-terminated; keys that are kith's own are passed over). NULL and error when something does not fit. */
PurpleAccount *options_make_account(PurplePlugin *plugin, const char *address, const char *const *settings, GError **error);

/* What an option of a protocol takes: yesno, number, text, secret, choice; NULL: nothing that can be set. */
const char *options_type(PurpleAccountOption *option);
/* Its value where none is set, or NULL; free it. */
char *options_standard(PurpleAccountOption *option);
/* What a choice can be; NULL for others. Free with g_strfreev. */
char **options_choices(PurpleAccountOption *option);
