/* setup.h: the first steps, and any further account: which network, its questions, and plain words about what goes wrong. */
#pragma once
#include "app.h"

View *setup_view_new(App *app);
