/* transfers.h: the files that are on their way, as the hub tells of them, and words for how far they are. Pure. */
#pragma once
#include "wire/wire.h"

typedef struct Transfers Transfers;

Transfers *transfers_new(void);
void transfers_free(Transfers *transfers);
/* Takes note of one as it is now; TRUE if that can be seen. */
gboolean transfers_note(Transfers *transfers, const WireTransfer *transfer);
/* The hub starts telling everything anew. */
void transfers_clear(Transfers *transfers);
/* The newest that belongs to a message; NULL: none. */
const WireTransfer *transfers_of_message(const Transfers *transfers, gint64 id);
/* "47% of 1.2 MB", "waits", "failed: why"; free it. */
char *transfer_words(const WireTransfer *transfer);
/* All that move now in one line, "↑ photo.png 47% of 1.2 MB"; NULL: none. Free it. */
char *transfers_line(const Transfers *transfers);
