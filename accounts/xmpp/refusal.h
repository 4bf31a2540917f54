/* refusal.h: what others ask of us that kith does not do, answered clearly: calls (XEP-0353) and offers of files in the old way (XEP-0096). */
#pragma once
#include "session.h"

void refusal_attach(Session *session);
