/* screen-commands.h: the slash commands that this screen carries out itself; everything else goes to the hub. */
#pragma once
#include "app.h"

/* Takes one line: words for the chat, or a command. */
void screen_commands_enter(App *app, Tab *tab, const char *line);
/* The names it carries out, NULL-terminated, for the test that compares them with the table. */
const char *const *screen_commands_names(void);
