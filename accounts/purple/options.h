/* options.h: from an account of kith to an account of libpurple: finding the protocol, its address and its settings.
 *
 * All of it follows what the protocol's plugin declares (user_splits, protocol_options); nothing here knows a protocol by name.
 */
#pragma once
#include <purple.h>

/* The plugin that name means: its id (prpl-irc), the id without its first word (irc), or its title (IRC). NULL and error, which lists
 * what exists. */
PurplePlugin *options_find_protocol(const char *name, GError **error);

/* A new account of that plugin for address, completed by the plugin's own defaults (the server of an IRC nick, say), with the settings
 * (key=value, NULL-terminated; keys that are kith's own are passed over). NULL and error when something does not fit. */
PurpleAccount *options_make_account(PurplePlugin *plugin, const char *address, const char *const *settings, GError **error);

/* Prints every protocol, one JSON object a line. */
void options_print_protocols(void);
