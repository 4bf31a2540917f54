/* ping.h: signs of life (XEP-0199). */
#pragma once
#include "session.h"

void ping_attach(Session *session);
