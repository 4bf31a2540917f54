/* sip.h: what SIMPLE (messages and presence over SIP) needs besides what its plugin does.
 *
 * The plugin calls people sip:USER@HOST and crashes on a contact that is not called so; kith writes addresses without the scheme.
 */
#pragma once
#include <purple.h>

/* Does nothing for other protocols. */
void sip_attach(void);
/* Asks the server something that every SIP server answers. */
void sip_ping(PurpleConnection *gc);
