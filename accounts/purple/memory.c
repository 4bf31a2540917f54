/* memory.c: see memory.h.
 *
 * The kernel refuses memory behind the limit, and what was refused ends the process one way or another: an allocation that GLib gives up,
 * or a plugin that writes to NULL. Whichever it is, the end is looked at: near the limit, memory was the cause.
 */
#include "config.h"
#include "purple/memory.h"
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define STACK_BYTES (64 * 1024)
#define SLACK_BYTES (16 * 1024 * 1024)

/* The address sanitizer takes most of the address space, all of which the kernel would count, and looks at ends itself. */
#ifndef __has_feature
#define __has_feature(name) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
#define IS_SANITIZED TRUE
#else
#define IS_SANITIZED FALSE
#endif

static gsize limit, page;

/* What the kernel counts, from /proc/self/statm: size resident shared text lib data dt. Only calls that are safe in a signal handler. */
static gsize data_bytes(void)
{
	char text[256];
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	gsize pages = 0;
	int field = 0;
	for (ssize_t i = 0; i < length; i++) {
		if (text[i] == ' ')
			field++;
		else if (field == 5 && text[i] >= '0' && text[i] <= '9')
			pages = pages * 10 + (gsize)(text[i] - '0');
	}
	if (fd >= 0)
		close(fd);
	return pages * page;
}

static void on_end(int signal_number)
{
	if (data_bytes() + SLACK_BYTES > limit)
		_exit(MEMORY_EXIT);
	raise(signal_number); /* the handler is gone by now */
}

void memory_limit(guint mib)
{
	static char stack[STACK_BYTES];
	static const int ends[] = { SIGSEGV, SIGBUS, SIGABRT, SIGTRAP };
	stack_t other = { .ss_sp = stack, .ss_size = sizeof stack };
	struct sigaction action = { .sa_handler = on_end, .sa_flags = SA_RESETHAND | SA_ONSTACK | SA_NODEFER };
	page = (gsize)sysconf(_SC_PAGESIZE);
	limit = (gsize)mib << 20;
	struct rlimit data = { limit, limit };
	if (IS_SANITIZED || setrlimit(RLIMIT_DATA, &data) < 0)
		return;
	sigaltstack(&other, NULL);
	for (guint i = 0; i < G_N_ELEMENTS(ends); i++)
		sigaction(ends[i], &action, NULL);
}
