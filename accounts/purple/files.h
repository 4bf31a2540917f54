/* files.h: files that others offer. They are saved, if the person accepts, in the directory "files" of the account.
 */
#pragma once
#include <purple.h>

PurpleXferUiOps *files_operations(void);
void files_attach(void);
/* A new empty file for what a stranger calls name, private and never one that exists. Its path (free with g_free), or NULL. */
char *files_reserve(const char *name);
