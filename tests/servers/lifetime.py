"""What every test server and test client shares about living and dying.

A test that is killed must leave nothing behind: whoever is started here watches a
process (the parent, or the one named by --with-parent) and ends with it.
Ports come from below the range that the kernel hands out to outgoing connections,
so that only another server can take one between choosing and using it; who starts a
server checks that the port is really its own and tries again otherwise.
"""
import ctypes
import os
import random
import select
import signal
import socket
import threading

PR_SET_PDEATHSIG = 1


def end_when_parent_thread_ends(sig=signal.SIGKILL):
    """For a child between fork and exec: ends with the thread that forked it."""
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def end_with(pid, end=None):
    """Calls end() (default: leave at once) when process PID has ended; 0 means never."""
    if pid == 0:
        return
    end = end or (lambda: os._exit(1))
    try:
        fd = os.pidfd_open(pid)
    except ProcessLookupError:
        end()
        return

    def watch():
        select.select([fd], [], [])
        end()
    threading.Thread(target=watch, daemon=True).start()


def add_parent_option(parser):
    parser.add_argument("--with-parent", type=int, metavar="PID", default=os.getppid(),
                        help="end when process PID ends (default: the parent; 0: never)")


def free_ports(count):
    """COUNT distinct loopback TCP ports that nobody listens on now."""
    held = []
    while len(held) < count:
        s = socket.socket()
        try:
            s.bind(("127.0.0.1", random.randrange(12000, 32000)))
            held.append(s)
        except OSError:
            s.close()
    ports = [s.getsockname()[1] for s in held]
    for s in held:
        s.close()
    return ports


def listening_sockets():
    """Port -> socket inode of everything that listens on IPv4 here."""
    found = {}
    for line in open("/proc/net/tcp").read().splitlines()[1:]:
        words = line.split()
        if words[3] == "0A":
            found[int(words[1].rsplit(":", 1)[1], 16)] = words[9]
    return found


def children_of(pid):
    """The process ids of PID's children."""
    found = []
    try:
        for task in os.scandir(f"/proc/{pid}/task"):
            with open(f"{task.path}/children") as f:
                found += [int(child) for child in f.read().split()]
    except OSError:
        pass
    return found


def sockets_of(pid):
    """The inodes of the sockets that process PID and its children hold: some servers leave listening to a child."""
    found = set().union(*(sockets_of(child) for child in children_of(pid)))
    try:
        for fd in os.scandir(f"/proc/{pid}/fd"):
            try:
                target = os.readlink(fd.path)
            except OSError:
                continue
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass
    return found
