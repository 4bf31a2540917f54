/* search.h: searching the whole history as one types; a result opens in its chat, at its place. */
#pragma once
#include "app.h"

/* words may be NULL; account and chat narrow it to one chat, NULL: everywhere. */
View *search_view_new(App *app, const char *words, const char *account, const char *chat);
