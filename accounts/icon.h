/* icon.h: a contact's picture that a backend fetched because the user asked for it: looked at, and written for the hub. */
#pragma once
#include "backend.h"

#define ICON_MAX_BYTES (1024 * 1024)

/* Writes the picture where the hub wants it and tells the hub, or answers the request with what is wrong with it. What kind of picture it is
 * is read from its bytes; something else is not taken. */
void icon_store(Backend *backend, const WireIcon *wish, gconstpointer bytes, gsize size);
