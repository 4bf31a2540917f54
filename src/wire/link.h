/* link.h: one end of a connection that speaks the line protocol, on the default GLib main loop.
 *
 * Reads up to 64 kB a wake-up and hands over every whole line decoded; writes are gathered and written once per wake-up.
 * It checks the handshake (the first message must be hello with the right version and side) and answers a line it refuses
 * with an error message; after 100 refused lines it closes. It never blocks. After any callback the link may have been freed.
 */
#pragma once
#include "wire/wire.h"

typedef struct Link Link;

typedef struct {
	/* A message other than hello; borrowed until return. */
	void (*on_message)(Link *link, const Wire *message, gpointer user);
	/* The peer's hello was accepted. */
	void (*on_hello)(Link *link, const WireHello *hello, gpointer user);
	/* The connection is gone (why is NULL for a plain end); the link must be freed by its owner, here or later. */
	void (*on_closed)(Link *link, const char *why, gpointer user);
	/* All that was queued has been taken by the socket, after some of it had to wait. May be NULL. */
	void (*on_drained)(Link *link, gpointer user);
} LinkEvents;

/* Takes over fd (made non-blocking). self sends hello at once; can is its list of abilities, NULL-terminated, may be NULL.
 * ways_in is what the peer may send (WireWay bits). events must outlive the link. */
Link *link_new(int fd, Side self, const char *const *can, WireWay way_in, const LinkEvents *events, gpointer user);
void link_free(Link *link);

/* Queues a message. What does not fit into the socket is kept; see link_backlog. */
void link_send(Link *link, const void *message);
/* Queues whole lines that were encoded before (each with its newline). */
void link_send_lines(Link *link, const char *lines, gsize length);
/* Bytes queued and not yet taken by the socket. */
gsize link_backlog(const Link *link);
/* Writes what is queued until the socket takes no more; FALSE when something is left. For a last word before an exit. */
gboolean link_flush(Link *link);
/* Stops, or goes on, reading: back-pressure. */
void link_pause(Link *link, gboolean pause);
/* When the last byte came, by g_get_monotonic_time. */
gint64 link_last_heard(const Link *link);
