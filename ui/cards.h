/* cards.h: what accounts ask: passwords, certificates, requests, invitations, forms. They wait; nothing else does.
 *
 * Secrets are typed into fields that show dots and are wiped; they never pass the message line or its history.
 */
#pragma once
#include "app.h"

/* How many wait. */
guint cards_waiting(const App *app);
/* The line above the message line that tells of them. */
void cards_draw_line(App *app, WINDOW *window, int y, int columns);
/* Opens the first that waits, or says that none does. */
void cards_open(App *app);
/* Opens this one; NULL if it is gone. */
void cards_open_one(App *app, const Card *card);
