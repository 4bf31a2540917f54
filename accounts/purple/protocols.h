/* protocols.h: the protocols that libpurple has plugins for here.
 */
#pragma once
#include <purple.h>

/* Where else than in the system's place plugins are looked for: directories with ":" between, "~/" is the home. Checks that nobody but the
 * user and root can write there. FALSE and error if one is not fit; the plugins of the others are loaded all the same. */
gboolean protocols_add_directories(const char *directories, GError **error);

/* The plugin that name means: its id (prpl-irc), the id without its first words (irc), or its title (IRC). NULL and error, which lists
 * what exists. */
PurplePlugin *protocols_find(const char *name, GError **error);

/* Prints every protocol, one JSON object a line: the protocol itself, then its splits (the parts of an address) and its options; and what all
 * of them take besides, as options of "*". */
void protocols_print(void);
/* Prints that some are missing. */
void protocols_print_problem(const char *text);
