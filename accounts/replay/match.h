/* match.h: whether a message has the fields that an expectation names. Pure.
 *
 * An expectation is a JSON object: its "kind" and any fields of that kind; what it does not name may be anything. A text that ends
 * with * matches every text with that beginning. null means: absent.
 */
#pragma once
#include "wire/wire.h"

/* Checks the expectation itself: known kind that the hub may send, known fields, right types. */
gboolean match_check(const char *expectation, GError **error);
/* expectation must have passed match_check. */
gboolean match_message(const char *expectation, const Wire *message);
