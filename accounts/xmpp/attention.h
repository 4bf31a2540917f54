/* attention.h: asking for somebody's attention, a buzz (XEP-0224). */
#pragma once
#include "session.h"

void attention_attach(Session *session);
void attention_detach(Session *session);
