/* notices.h: what libpurple has to say: errors become the answer of the request that waits, or a notice; longer things become cards.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

PurpleNotifyUiOps *notices_operations(void);
/* on: the texts of messages are gathered instead of shown; off: gives them (free with g_free), NULL when there were none. */
char *notices_capture(gboolean on);
/* Gathers this too. */
void notices_capture_text(const char *text);

/* Asks the network about an address. */
void notices_ask_info(const WireInfo *info);
/* TRUE when a line that the network wrote into the chat with one person is the answer to an info request about them. */
gboolean notices_take_line(const char *chat, const char *text);
/* Offline: nobody answers any more. */
void notices_stop(void);
