/* blocking.h: whom the server lets nothing through of (XEP-0191). */
#pragma once
#include "session.h"

void blocking_attach(Session *session);
