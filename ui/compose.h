/* compose.h: what the line will do besides being said: answer a message, or take the place of one. It stays with its tab. */
#pragma once
#include "app.h"

void compose_reply(App *app, Tab *tab, const Entry *entry);
/* The line holds the message's words until it is sent or given up; what was being written comes back then. */
void compose_correct(App *app, Tab *tab, const Entry *entry);
/* The line is ordinary again. */
void compose_end(App *app, Tab *tab);
/* What stands before the line, cleaned when drawn: "replying to Alice: first words"; NULL: it is an ordinary one. Free it. */
char *compose_words(const Tab *tab);
/* The command that a line means now; NULL: what it says itself. Free it. */
char *compose_line(const Tab *tab, const char *line);
