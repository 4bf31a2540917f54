/* switcher.h: one key, a few letters, and one is there: people, rooms and commands by fuzzy matching. */
#pragma once
#include "app.h"

View *switcher_view_new(App *app);

/* How well pattern matches text (both folded): 0 not at all; letters in order, better at the beginnings of words and in runs. Pure. */
int switcher_match(const char *pattern, const char *text);
