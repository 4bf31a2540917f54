/* connection.h: from the hub's connect to a stream that is online, and every way it ends. */
#pragma once
#include "session.h"

/* Reads what a connect needs from settings and keepsakes. */
void connection_configure(Session *session);
/* Says the state to the hub once more (after something it shows has changed). */
void connection_report_online(Session *session, gboolean resumed);
/* What was said at login to be possible is not, as it turned out: until the next login the hub is told so. ability is static. */
void connection_withdraw_ability(Session *session, const char *ability);
/* The hub is gone: the connection is dropped, the server keeps the session for the next process. */
void connection_drop(Session *session);

void connection_attach(Session *session);
void connection_detach(Session *session);
