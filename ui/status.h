/* status.h: the state of each account, under the list. */
#pragma once
#include "model/model.h"
#include "paint.h"

/* Rows that the accounts take, at most most. */
int status_rows(const Model *model, int most);
void status_draw(const Model *model, WINDOW *window, int y, int x, int rows, int columns);
/* Seconds until what is drawn has to change by itself; 0: never. */
guint status_next_change(const Model *model);
/* The state in words, for a header or a line; free it. */
char *status_words(const Account *account);
/* What went wrong, as a sentence for a person who knows nothing of networks; free it. NULL if nothing. */
char *status_trouble(const Account *account);
