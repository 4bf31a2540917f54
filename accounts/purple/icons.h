/* icons.h: contacts' pictures, when the user asks for one. */
#pragma once
#include "backend.h"

void icons_fetch(const WireIcon *m);
