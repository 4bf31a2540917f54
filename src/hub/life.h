/* life.h: making and ending a Hub, for main.c.
 */
#pragma once
#include "hub/hub.h"

/* Reads the configuration, opens the history, the socket and the FIFO, and knows the accounts, still offline. paths is borrowed. */
Hub *hub_new(Paths *paths, GError **error);
/* The hub ends when its last client has left and the outbox is empty. */
void hub_set_once(Hub *hub);
/* Every enabled account goes online. */
void hub_connect_accounts(Hub *hub);
void hub_free(Hub *hub);
