/* setup.h: the first steps: an address and a password, and plain words about what goes wrong. */
#pragma once
#include "app.h"

View *setup_view_new(App *app);
