/* heartbeat.h: noticing that the network is gone where its plugin does not.
 *
 * Three signs, as the protocol's quirks have it: the plugin lets go of its only connection and says nothing (one_line); nothing at all has come
 * for longer than a living server is silent (silence_s, with a question of ours in between where the plugin asks none: ping); and a program of
 * this machine that the plugin needs has ended (bus_name, no_bus, udp_port).
 * Each ends the connection with its reason, and the hub connects again.
 */
#pragma once
#include <purple.h>

/* What is missing on this machine for connecting: a sentence, NULL for nothing. */
const char *heartbeat_missing(void);
void heartbeat_start(PurpleConnection *gc);
void heartbeat_stop(void);
