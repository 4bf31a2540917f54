/* fetch.h: asking the network for messages that the history has not: when one scrolls to where they are missing, once at a time for a chat. */
#pragma once
#include "app.h"

/* Asks for what is older than the place where messages are missing on the screen, or than the oldest that is here. Nothing happens where
 * the account can't, or while it is asked already. */
void fetch_older(App *app, Tab *tab);
