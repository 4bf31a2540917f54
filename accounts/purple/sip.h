/* sip.h: what SIMPLE (messages and presence over SIP) needs besides what its plugin does.
 */
#pragma once
#include <purple.h>

/* Asks the server something that every SIP server answers. */
void sip_ping(PurpleConnection *gc);
