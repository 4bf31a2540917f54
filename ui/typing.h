/* typing.h: telling others that the user writes, where the account can and the user wants it. */
#pragma once
#include "app.h"

/* The line changed. */
void typing_follow(App *app);
/* The line was left or sent; tell: say so to the one it was written to. */
void typing_stop(App *app, gboolean tell);
