/* script.h: the script of kith-replay as a list of steps. Pure: reads no files and sends nothing.
 *
 * One step a line. A line that begins with { is a message to the hub in the line protocol; # begins a comment; everything else is a
 * directive and its arguments. repeat and start open a block that end closes; blocks nest.
 */
#pragma once
#include <glib.h>

#define SCRIPT_DEPTH_MAX 8

typedef struct {
	guint line;    /* in the file, from 1 */
	char *word;    /* owned; the directive, or "" for a message */
	char *rest;    /* owned; its arguments, or the message */
	guint partner; /* repeat, start: the index of its end; end: the index of its opener */
} Step;

typedef struct {
	Step *steps; /* owned */
	guint n;
} Script;

/* words: the directives that exist, NULL-terminated. NULL and error (with the line's number) when the text can't be read. */
Script *script_parse(const char *text, const char *const *words, GError **error);
void script_free(Script *script);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Script, script_free)

/* %d becomes the innermost counter, %D the one around it (0 where there is none). Free with g_free. */
char *script_expand(const char *text, const gint64 *counters, guint depth);

/* message (a line of the protocol) with the account's name put in where it has none. NULL and error when it is no JSON object. */
char *script_complete(const char *message, const char *account, GError **error);

/* The value of key=value among words separated by spaces, or NULL. Free with g_free. */
char *script_option(const char *rest, const char *key);
