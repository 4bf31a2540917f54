/* open.h: handing a file or a link to the user's own program: never through a shell, and only schemes that are no danger.
 */
#pragma once
#include <glib.h>

/* Is text a link that may be opened: http, https, xmpp, mailto or geo, without blanks and control characters? */
gboolean open_is_link(const char *text);
/* Runs the program (split into words like a shell does) with target, an absolute path of a file that exists or such a link, as one more word.
 * FALSE: refused, or it could not be started; how it ends is its own affair. */
gboolean open_with(const char *program, const char *target, GError **error);
