/* files.h: files on their way; where received files go, and under which name.
 */
#pragma once
#include "wire/wire.h"
#include <purple.h>

void files_attach(void);
PurpleXferUiOps *files_operations(void);
void files_stop(void);
/* A new empty file for what is called name by others, in the account's directory; NULL: it could not be made. Free with g_free. */
char *files_reserve(const char *name);
/* Is this what libpurple gives to the questions about a file that was offered? It is the hub's to ask. */
gboolean files_is_offer(gconstpointer user);

void files_send(const WireFileSend *m);
void files_take(const WireFileTake *m);
void files_cancel(const WireFileCancel *m);

/* TRUE when a line that libpurple wrote into a chat (NULL: told about any) is about a transfer: it tells that itself. */
gboolean files_take_line(const char *chat, const char *text);
