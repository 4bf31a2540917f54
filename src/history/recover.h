/* recover.h: what to do about a damaged file; inside src/history only.
 *
 * Nothing is repaired in place: the file is set aside under a name that says so, and what can still be read is copied into the new one.
 */
#pragma once
#include "history/store.h"

/* Renames the file with its log to PATH.damaged-YYYYMMDD-HHMMSS. NULL and error if that can't be done. */
char *recover_set_aside(const char *path, GError **error);
/* Copies contacts, keepsakes and messages (under their ids) from a damaged file, passing over what can't be read; gives the number of messages.
 * *newest is raised to the largest message id the damaged file is known to have given. */
gint64 recover_copy(Store *store, const char *damaged, gint64 *newest);
