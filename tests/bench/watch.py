"""What the measures share: a program on a pseudo terminal, and what processes cost.

    with Pty([KITH], home.env) as pty:
        pty.wait("Alice")               # until it was drawn; gives the time.monotonic() at which it was read
        pty.type("hello\\r")

Nothing here knows curses: a text counts as shown when it comes out of the program, without escape sequences between its letters.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time

ESCAPES = re.compile(rb"\x1b(\[[0-9;?>=]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-Za-z]|[=>78M])")
KEEP = 1 << 16
TICKS = os.sysconf("SC_CLK_TCK")


class Pty:
    def __init__(self, command, env, columns=100, rows=30):
        self.started = time.monotonic()
        self.seen = b""         # the last of what was drawn, without escape sequences
        self.bytes = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ.clear()
            os.environ.update(env, TERM="xterm-256color", LC_ALL="C.UTF-8")
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
            os.execvp(command[0], command)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.kill(self.pid, signal.SIGHUP)
        deadline = time.monotonic() + 5
        while os.waitpid(self.pid, os.WNOHANG) == (0, 0):
            self.read(0.05)
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)

    def read(self, seconds):
        """Takes what is drawn within seconds; TRUE if there was something."""
        if not select.select([self.fd], [], [], max(seconds, 0))[0]:
            return False
        try:
            data = os.read(self.fd, 1 << 16)
        except OSError:
            time.sleep(min(seconds, 0.01))
            return False
        self.bytes += len(data)
        if b"\x1b[c" in data:
            os.write(self.fd, b"\x1b[?1;2c")
        self.seen = (self.seen + ESCAPES.sub(b"", data))[-KEEP:]
        return True

    def forget(self):
        self.seen = b""

    def type(self, text):
        os.write(self.fd, text.encode())

    def wait(self, text, seconds=60):
        """Until text (or a match of a compiled pattern over bytes) was drawn; gives when."""
        deadline = time.monotonic() + seconds
        pattern = text if isinstance(text, re.Pattern) else re.compile(re.escape(text.encode()))
        while not pattern.search(self.seen):
            left = deadline - time.monotonic()
            if left <= 0:
                raise AssertionError(f"{pattern.pattern!r} was never drawn; the end of what was: {self.seen[-2000:]!r}")
            self.read(left)
        return time.monotonic()

    def echo(self, keys, gap, during=lambda: True):
        """Types keys letters, a pause of gap seconds between; gives the milliseconds that each took to appear (a lost one: 2000)."""
        times = []
        for number in range(keys):
            key = chr(0x250 + number % 80).encode()     # IPA letters: nothing else draws them
            self.forget()
            start = time.monotonic()
            os.write(self.fd, key)
            while key not in self.seen and time.monotonic() < start + 2:
                self.read(start + 2 - time.monotonic())
            times.append((time.monotonic() - start) * 1000)
            pause = time.monotonic() + gap
            while (left := pause - time.monotonic()) > 0:
                self.read(left)
            if number % 30 == 29:
                self.type("\x15")
                self.read(gap)
            if not during():
                break
        self.type("\x15")
        return times

    def quiet(self, seconds=0.3, at_most=30):
        """Reads until nothing was drawn for so long."""
        deadline = time.monotonic() + at_most
        while time.monotonic() < deadline and self.read(seconds):
            pass


def children(pid):
    """The process ids below pid."""
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                with open(f"/proc/{entry}/stat") as stat:
                    if int(stat.read().rpartition(")")[2].split()[1]) == pid:
                        found.append(int(entry))
            except OSError:
                pass
    return found


def name_of(pid):
    with open(f"/proc/{pid}/comm") as file:
        return file.read().strip()


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def wake_ups(pid):
    """How often each thread of the process has gone to sleep, and so been woken; being preempted does not count."""
    counts = {}
    for task in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{task}/status") as status:
            counts[task] = next(int(line.split()[1]) for line in status if line.startswith("voluntary_ctxt_switches"))
    return counts


def pss_kib(pid):
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("Pss:"))


def private_kib(pid):
    """What only this process has written to; pages of files count for nobody, who else has them or not."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))


def alone_kib(pids):
    """About what the processes would need if nothing else on the machine used their libraries: what is private, and what is
    shared once for each file."""
    private, shared = 0, {}
    for pid in pids:
        own = {}
        with open(f"/proc/{pid}/smaps") as file:
            for line in file:
                name, _, rest = line.partition(" ")
                if "-" in name and not name.endswith(":"):
                    path = rest.split(None, 4)[4].strip() if len(rest.split(None, 4)) > 4 else ""
                elif name.startswith("Private_"):
                    private += int(rest.split()[0])
                elif name.startswith("Shared_"):
                    own[path] = own.get(path, 0) + int(rest.split()[0])
        for path, kib in own.items():
            shared[path] = max(shared.get(path, 0), kib)
    return private + sum(shared.values())


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]
