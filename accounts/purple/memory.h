/* memory.h: a limit for what the plugins of this process may use.
 */
#pragma once
#include <glib.h>

/* The exit code of a process that came to the limit; the hub tells the person. */
#define MEMORY_EXIT 77

/* At most so many MiB of private memory from now on. */
void memory_limit(guint mib);
