/* alert.h: what reaches the person outside the screen's cells: the window's title, the bell, OSC 9 and 777. Constants and cleaned text only. */
#pragma once
#include "app.h"

/* A message came that was stored just now. */
void alert_message(App *app, const WireMessage *message);
/* The title says how much is unread. */
void alert_title(App *app);
/* Gives the title back. */
void alert_end(void);
