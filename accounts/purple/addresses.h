/* addresses.h: networks whose plugins write the address of one person in two ways: SIP's sip:USER@HOST, Zephyr's USER@OWN-REALM (and a
 * class's CLASS,*, for all of it). kith writes the short one, and libpurple takes both for the same.
 */
#pragma once

/* Does nothing for other protocols. */
void addresses_attach(void);
