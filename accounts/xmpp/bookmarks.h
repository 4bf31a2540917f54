/* bookmarks.h: the rooms that the account keeps at its server, for all its devices (XEP-0402; XEP-0048 in XEP-0049 or XEP-0163 before). */
#pragma once
#include "session.h"

void bookmarks_attach(Session *session);
void bookmarks_detach(Session *session);
