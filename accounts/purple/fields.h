/* fields.h: libpurple's forms as the fields of a card, and the answers back into the form.
 */
#pragma once
#include "purple/cards.h"
#include <purple.h>

/* Sends every visible field; before the card itself. */
void fields_show(PurpleRequestFields *fields, Card *card);
/* Fills in FIELD=VALUE (NULL-terminated). NULL, or why it can't be (free with g_free): then nothing waits for it yet. */
char *fields_fill(PurpleRequestFields *fields, const char *const *values);
