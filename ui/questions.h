/* questions.h: what a protocol asks about an account, as fields of a form, and the answers, as an address and settings. Pure.
 *
 * The fields come from the protocol's own schema (settings/protocols.h); a field knows what it is where it is not set, and what it was before,
 * so that only what was changed is written into the configuration.
 */
#pragma once
#include "form.h"
#include "settings/protocols.h"
#include "settings/settings.h"

/* The parts of an address, each a field. */
void questions_add_address(Form *form, const Protocol *protocol);
/* The address as it was answered; free it. NULL and error, and the focus is on the field: something is missing. */
char *questions_address(Form *form, const Protocol *protocol, GError **error);
/* A setting; value is what it is now, NULL or "" where it is not set. */
void questions_add_option(Form *form, const ProtocolOption *option, const char *value);
/* The settings that belong to the first questions: where the server is, and whether the line is encrypted. */
gboolean questions_is_first(const ProtocolOption *option);
/* The protocol's options, those of every plugin, and kith's own; of ProtocolOption, borrowed from the list. */
GPtrArray *questions_options(const Protocols *list, const Protocol *protocol);
/* Is the answer of one field good? */
gboolean questions_check(Field *field, const Protocols *list, const Protocol *protocol, GError **error);
/* Are all? If not, the focus is on the first that is not. */
gboolean questions_check_all(Form *form, const Protocols *list, const Protocol *protocol, GError **error);
/* The settings that differ from what they were, as KEY=VALUE; no VALUE: not set any more. Of char *, owned. */
GPtrArray *questions_changes(Form *form);
