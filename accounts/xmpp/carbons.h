/* carbons.h: copies of what the account's other devices receive and send (XEP-0280). */
#pragma once
#include "session.h"

void carbons_attach(Session *session);
void carbons_detach(Session *session);
