/* attach.h: this screen's connection to the hub: made, kept and made again by itself; requests and their answers.
 *
 * A hub that ends unasked is reached or started again, with growing pauses; nothing on the screen is lost meanwhile.
 */
#pragma once
#include "base/paths.h"
#include "wire/wire.h"

typedef struct Attach Attach;

typedef struct {
	void (*on_event)(const Wire *event, gpointer user);
	/* Attached: the whole state follows, then ready. */
	void (*on_attached)(gpointer user);
	/* Not, or no longer, attached; why says it in one sentence. It is tried again unless again is FALSE. */
	void (*on_lost)(const char *why, gboolean again, gpointer user);
} AttachEvents;

/* The answer to a request: a PRINT, then DONE or ERROR. context is what was given with the request. */
typedef void (*AttachAnswer)(const Wire *answer, gpointer context, gpointer user);

Attach *attach_new(const Paths *paths, const AttachEvents *events, gpointer user);
/* The hub is told what this screen was to it by closing the connection: it ends if this screen started it. */
void attach_free(Attach *attach);
gboolean attach_is_up(const Attach *attach);
/* Sends something that is not answered; nothing happens when not attached. */
void attach_send(Attach *attach, const void *message);
/* Sends a command; answer is called for each answer, context is freed with it after the last. FALSE if not attached. */
gboolean attach_command(Attach *attach, const char *line, const char *account, const char *chat, const char *secret,
                        AttachAnswer answer, gpointer context, GDestroyNotify free_context);
/* The same, without a chat, and what it prints comes as JSON. */
gboolean attach_ask(Attach *attach, const char *line, AttachAnswer answer, gpointer context, GDestroyNotify free_context);
/* A request other than a command: the number to send it with; 0 if not attached. */
gint64 attach_request(Attach *attach, AttachAnswer answer, gpointer context, GDestroyNotify free_context);
/* Writes what is queued, for a last word. */
void attach_flush(Attach *attach);
