/* textlog.h: every message a second time as plain text, a file a chat and day, for loggers (format: kith-history(5)).
 *
 * A thread of its own writes, so that a slow disk never holds up the hub. The text logs are a copy for people and their tools; the history
 * is what counts: what can't be written here is said once and left out.
 */
#pragma once
#include "wire/wire.h"

typedef struct TextLog TextLog;

/* Called on the main loop when writing begins to fail; text is a sentence. */
typedef void (*TextLogTrouble)(const char *text, gpointer user);

/* Files go to directory/ACCOUNT/CHAT/YYYY-MM-DD.txt. */
TextLog *textlog_new(const char *directory, TextLogTrouble on_trouble, gpointer user);
void textlog_write(TextLog *log, const WireMessage *message);
/* Writes what is queued first. on_trouble is not called any more. */
void textlog_free(TextLog *log);

/* The lines for one message, with their newlines. */
char *textlog_lines(const WireMessage *message);
