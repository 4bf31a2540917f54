/* transfers.h: words for the files that are on their way, as the model knows them. Pure. */
#pragma once
#include "model/model.h"

/* The newest that belongs to a message; NULL: none. */
const WireTransfer *transfers_of_message(const Model *model, const char *account, gint64 id);
/* "47% of 1.2 MB", "waits", "failed: why"; free it. */
char *transfer_words(const WireTransfer *transfer);
/* All that move now in one line, "↑ photo.png 47% of 1.2 MB"; NULL: none. Free it. */
char *transfers_line(const Model *model);
