/* loop.h: libpurple's timers and sockets on the GLib main loop.
 *
 * Some protocols look into an empty queue every second (prpl-irc). When the hub has wanted nothing for a while, such timers run every
 * ten seconds: a queue that is not empty is still emptied.
 * When the hub reads slower than the network writes, reading from the network pauses: see loop_relieve.
 */
#pragma once
#include <glib.h>

/* Hands the event loop to libpurple; before purple_core_init. */
void loop_attach(void);
/* The hub has taken something: goes on reading the network if there was a pause and enough was taken. */
void loop_relieve(void);
/* The hub wants something: timers run at full pace. */
void loop_wake(void);
/* Those timers no longer run each second: function is called whenever there may be something in the queue, and calls loop_tick, which runs
 * each once. */
void loop_drive(void (*function)(void));
void loop_tick(void);
/* The hub's or the network's wishes were carried out. */
void loop_worked(void);

/* When something came over any socket (monotonic, µs); now, while reading pauses. */
gint64 loop_last_heard(void);
/* When a plugin last began to watch anything: a lookup of a name, a connection (monotonic, µs). */
gint64 loop_last_tried(void);
/* Whether a connection to another machine is watched. */
gboolean loop_has_line(void);
/* function is called whenever such a connection is no longer watched, in the middle of what libpurple does; NULL: no longer. */
void loop_set_line_end(void (*function)(void));
