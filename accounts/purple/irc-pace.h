/* irc-pace.h: how fast lines go to an IRC server: at once while there are few, then so slowly that no server takes it for a flood.
 *
 * The plugin looks once a second whether there is a line to send, and sends one; here what waits is kept back before it comes to the plugin,
 * and the plugin sends what it gets at once. Nothing wakes up for nothing.
 */
#pragma once
#include <glib.h>

/* Once the account is made; the account's ratelimit-interval and ratelimit-burst say how fast. */
void irc_pace_set_up(void);
/* A line is being written, with its end. */
void irc_pace_take_line(const char *line);
/* TRUE: there is no room for a line now; again is called when there is. */
gboolean irc_pace_wait(void (*again)(void));
void irc_pace_stop(void);
