/* confine.h: taking away from a process what it does not need (Landlock, seccomp, no new privileges, not dumpable).
 */
#pragma once
#include <glib.h>

/* Files: read system directories and extra (NULL-terminated, may be NULL), write directory only. Calls: no exec, no tracing, no mounting,
 * no signals and no limits for other processes; fork only if may_fork. Each means that the kernel lacks is logged and left out. It can't be undone. */
void confine_process(const char *directory, gboolean may_fork, const char *const *extra);
/* The same for a process with no directory of its own, that may write in these places and read those (NULL-terminated lists). */
void confine_to(const char *const *writable, const char *const *readable);
