/* people.h: who is in a room, with their ranks. Typing narrows it; Enter opens a chat with one. */
#pragma once
#include "app.h"

/* NULL and a note if the tab shows no room that was joined. */
View *people_view_new(App *app, const Tab *tab);
