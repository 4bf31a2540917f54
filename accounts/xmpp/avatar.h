/* avatar.h: contacts' pictures, fetched when the user asks for one and never by themselves. */
#pragma once
#include "session.h"

void avatar_attach(Session *session);
