/* connection.h: going online and offline, and what is said about it.
 *
 * It never connects by itself: the hub decides that. Every try ends as online, offline or error within the account's login_timeout
 * (60 s); the time in which the person is asked something is not counted.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

/* Once, after purple_core_init. */
void connection_attach(void);
PurpleConnectionUiOps *connection_operations(void);

void connection_connect(const WireConnect *connect);
void connection_disconnect(const WireDisconnect *disconnect);
void connection_show(Presence presence, const char *status);
/* The plugin's own name for being offline. */
const char *connection_offline_id(void);
/* Ends the connection, of which the plugin has not seen that it is lost. Takes text. */
void connection_lose(Reason reason, char *text);
/* The hub is gone: says good-bye at once. */
void connection_end(void);

/* The wire's word for what libpurple says, and the sentence for it (free with g_free). Pure but for the account's name. */
Reason connection_reason(PurpleConnectionError error, const char *text, char **sentence);
