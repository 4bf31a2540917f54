/* info.h: what the network tells about an address, for /info. */
#pragma once
#include "session.h"

void info_attach(Session *session);
