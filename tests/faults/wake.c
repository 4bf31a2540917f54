/* wake.c: loaded into a program before the C library, it plays the timer that the kernel cancels when the machine wakes or its clock is set
 * (timerfd_create(2), TFD_TIMER_CANCEL_ON_SET): SIGRTMIN cancels it. The machine's own clock is left alone. One such timer a program.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int timer = -1;
static volatile sig_atomic_t armed;

static void on_wake(int number)
{
	int problem = errno;
	eventfd_t one = 1;
	(void)number;
	if (armed)
		syscall(SYS_write, timer, &one, sizeof one);
	errno = problem;
}

/* Only a timer of the real clock is told of it. */
int timerfd_create(int clock, int flags)
{
	if (clock != CLOCK_REALTIME || timer >= 0)
		return (int)syscall(SYS_timerfd_create, clock, flags);
	struct sigaction action = { .sa_handler = on_wake, .sa_flags = SA_RESTART };
	sigaction(SIGRTMIN, &action, NULL);
	return timer = eventfd(0, (flags & TFD_CLOEXEC ? EFD_CLOEXEC : 0) | (flags & TFD_NONBLOCK ? EFD_NONBLOCK : 0));
}

int timerfd_settime(int fd, int flags, const struct itimerspec *when, struct itimerspec *before)
{
	if (fd != timer)
		return (int)syscall(SYS_timerfd_settime, fd, flags, when, before);
	armed = (flags & TFD_TIMER_ABSTIME) && (flags & TFD_TIMER_CANCEL_ON_SET) && (when->it_value.tv_sec || when->it_value.tv_nsec);
	return 0;
}

ssize_t read(int fd, void *bytes, size_t most)
{
	ssize_t length = syscall(SYS_read, fd, bytes, most);
	if (fd != timer || length < 0)
		return length;
	armed = 0;
	errno = ECANCELED;
	return -1;
}
