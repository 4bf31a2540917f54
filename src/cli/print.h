/* print.h: writing messages to standard output or any stream, for kith tail and kith-hub --print.
 */
#pragma once
#include "model/model.h"
#include <stdio.h>

/* Writes one message: a line of text, cleaned, or one JSON object (the public contract), and flushes. Look at ferror afterwards.
 * model knows the names of people; it may be NULL. */
void cli_print_message(const WireMessage *message, const Model *model, gboolean json, FILE *stream);
