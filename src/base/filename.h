/* filename.h: safe names for files that come from others.
 */
#pragma once
#include <glib.h>

#define FILENAME_MAX_BYTES 200

/* A name for a file that the sender calls suggested (may be NULL), or that url (may be NULL) names: the last part after percent-decoding, cleaned,
 * without leading dots, dashes and spaces, without characters that are special to shells or file systems, at most FILENAME_MAX_BYTES with its
 * ending kept. Never empty. Free it. */
char *filename_safe(const char *suggested, const char *url);
/* name with -N before its ending; n 0 is name itself. */
char *filename_numbered(const char *name, guint n);
/* The size for a person: "812 B", "1.2 MB". Free it. */
char *filename_size(gint64 bytes);
