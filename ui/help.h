/* help.h: all keys and commands, from their tables; or one command. */
#pragma once
#include "app.h"

/* about: a command's name, or NULL. */
View *help_view_new(App *app, const char *about);
