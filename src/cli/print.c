/* print.c: see print.h. */
#include "cli/print.h"
#include "commands/listing.h"

void cli_print_message(const WireMessage *message, const Model *model, gboolean json, FILE *stream)
{
	g_autoptr(GString) out = g_string_new(NULL);
	if (message->again && (json ? message->change < CHANGE_LOOKS : message->change < CHANGE_WORDS))
		return;
	listing_put_message(out, message, model ? listing_person(model, message) : NULL, json);
	fwrite(out->str, 1, out->len, stream);
	fflush(stream);
}
