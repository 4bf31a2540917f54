/* text.h: making foreign text safe to show, and small questions about text.
 *
 * Text from the network is kept as it came and cleaned here at every exit to a terminal, a log, a notification or a file name
 * (hostile.md's rows in tests/unit/test-text.c): no control characters, no escape sequences, no bidi overrides or isolates,
 * no invisible tag or zero-width tricks (ZWJ and VS16 inside emoji stay), at most 8 combining marks in a row.
 */
#pragma once
#include <glib.h>

typedef enum {
	TEXT_LINE,  /* newlines and tabs become a space: names, topics, status, titles */
	TEXT_LINES, /* newlines stay, tabs become spaces: message bodies */
} TextShape;

/* A clean copy; text may be NULL (gives ""), invalid UTF-8 is replaced by U+FFFD. */
char *text_clean(const char *text, TextShape shape);
/* The same, appended. */
void text_clean_append(GString *out, const char *text, TextShape shape);

/* TRUE if words mentions nick as a word of its own, ignoring case (UAX 29 word borders approximated by letters and digits). */
gboolean text_mentions(const char *words, const char *nick);

/* A safe file name made of text: no slash, no leading dot or dash, at most 200 bytes, never empty; different texts may give the same name. */
char *text_file_name(const char *text);

/* A copy of at most max bytes that ends at a character border, with … when cut. */
char *text_shorten(const char *text, gsize max);

/* How many columns of a terminal text takes: 2 for a wide character, 0 for a mark on the one before it. */
int text_columns(const char *text);
