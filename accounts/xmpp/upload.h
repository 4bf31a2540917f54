/* upload.h: a place for a file on the server (XEP-0363), and the way around where there is none. */
#pragma once
#include "session.h"

void upload_attach(Session *session);
void upload_detach(Session *session);
