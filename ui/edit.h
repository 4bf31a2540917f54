/* edit.h: a field of one line to write in, for everything but the message line. Pure. A secret one wipes what it held.
 */
#pragma once
#include "keys.h"

typedef struct {
	char *text; /* valid UTF-8, never NULL */
	gsize length, room, cursor;
	gboolean secret;
	gboolean lines; /* may hold several, shown with a sign between them */
} Edit;

void edit_init(Edit *edit, gboolean secret);
/* Wipes and frees. */
void edit_clear(Edit *edit);
void edit_set(Edit *edit, const char *text);
/* TRUE if the key changed the text or moved the cursor. */
gboolean edit_key(Edit *edit, const Key *key);
/* What to show: dots for a secret; free it. before: the text before the cursor only. */
char *edit_shown(const Edit *edit, gboolean before);
