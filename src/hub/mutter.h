/* mutter.h: what an account's process says on its standard error: libraries' complaints and last words, for the log. */
#pragma once
#include <glib.h>

typedef struct Mutter Mutter;

/* Takes over fd, the reading end of a pipe; account names it in the log. */
Mutter *mutter_new(int fd, const char *account);
/* Reads what is left, without waiting. */
void mutter_free(Mutter *mutter);
