/* missed.h: what came in a session that was lost, read from the account's archive (XEP-0313 version urn:xmpp:mam:2).
 *
 * A server gives what a lost session had not acknowledged to its archive only. After a login that resumed nothing, though there was a session
 * before, the newest page of the archive is read; the history tells what it has already. Older gaps are not looked for. */
#pragma once
#include "session.h"

void missed_attach(Session *session);
void missed_detach(Session *session);
