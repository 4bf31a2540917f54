/* card-text.h: words to read that a command answered with: what is known of somebody. Long ones scroll. */
#pragma once
#include "app.h"

/* Runs the command line (of a chat, or NULL), and shows what it says. */
View *card_text_new(App *app, const char *title, const char *line, const char *account, const char *address);
