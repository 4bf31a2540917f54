/* events.h: what the hub tells this screen: into the model, the tabs and the alerts. */
#pragma once
#include "app.h"

extern const AttachEvents events_of_hub;
/* The model's callback. */
void events_on_changed(ModelPart part, gpointer thing, gpointer user);
/* Draws the countdown of accounts that wait, while somebody looks at one. */
void events_watch_waiting(App *app);
