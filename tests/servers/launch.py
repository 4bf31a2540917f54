#!/usr/bin/python3
"""Runs one server as an ordinary process in the background, for the *-start.sh scripts.

  launch.py start DIR NAME --config FILE --ports C2S,HTTP [--say KEY=VALUE]... [--log FILE --until TEXT]
                           [--with-parent PID] -- COMMAND...
      reads the configuration's template from standard input, puts a free port in the place of
      every @NAME_OF_PORT@, runs COMMAND in DIR, and returns when the server listens on all its ports
      and, for servers that listen before they serve, has written TEXT to its log.
      Prints PID= and the ports as KEY=VALUE lines and keeps them in DIR/env; the server's
      process id is in DIR/NAME.pid. A port that somebody else took meanwhile: other ports, again.
      A port that has a number in DIR/ports (KEY=VALUE lines, as DIR/env has) is that one: a server started again.
  launch.py stop DIR [--now]
      ends every server of DIR (TERM; KILL after 10 s, or at once with --now) and returns when they are gone.

With --with-parent the server ends when that process does. Not a service manager: nothing is restarted.
"""
import argparse
import os
import select
import signal
import subprocess
import sys
import time

from lifetime import children_of, end_when_parent_thread_ends, free_ports, listening_sockets, sockets_of

START_TIMEOUT_S = 60
STOP_TIMEOUT_S = 10


def wait_exit(pidfd, seconds):
    return bool(select.select([pidfd], [], [], seconds)[0])


def open_pidfd(pid):
    """[its pidfd], or [] when it has ended."""
    try:
        return [os.pidfd_open(pid)]
    except ProcessLookupError:
        return []


def choose_ports(options):
    names = [name for name in options.ports.split(",") if name]
    ports = dict(zip(names, free_ports(len(names))))
    try:
        with open(os.path.join(options.dir, "ports")) as f:
            kept = dict(line.strip().split("=", 1) for line in f if "=" in line)
    except FileNotFoundError:
        kept = {}
    ports.update((name, int(kept[name])) for name in names if name in kept)
    return ports


def is_said(path, text, start):
    """Whether the log has text behind its byte start."""
    try:
        with open(path, "rb") as f:
            f.seek(start)
            return text.encode() in f.read()
    except FileNotFoundError:
        return False


def kill_all(process):
    """At once, and its children with it."""
    os.killpg(process.pid, signal.SIGKILL)


def run_once(options, template):
    """Starts the server on fresh ports. Returns (process, ports), or None when it did not come up."""
    ports = choose_ports(options)
    said_before = os.path.getsize(options.log) if options.log and os.path.exists(options.log) else 0
    text = template
    for name, port in ports.items():
        text = text.replace(f"@{name}@", str(port))
    with open(options.config, "w") as f:
        f.write(text)
    log = open(os.path.join(options.dir, options.name + ".out"), "ab")
    process = subprocess.Popen(options.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=options.dir,
                               start_new_session=True, preexec_fn=end_when_parent_thread_ends)
    pidfd = os.pidfd_open(process.pid)
    deadline = time.monotonic() + START_TIMEOUT_S
    while True:
        # a server tells nobody that it is ready, so the sockets are looked at, first everybody's and then its own
        listening = listening_sockets()
        own = sockets_of(process.pid)
        holders = [listening.get(port) for port in ports.values()]
        if all(h in own for h in holders) and (not options.until or is_said(options.log, options.until, said_before)):
            return process, ports
        taken = any(h and h not in own for h in holders)
        if taken or time.monotonic() > deadline or wait_exit(pidfd, 0.01):
            kill_all(process)
            process.wait()
            return None


def supervise(process, pidfile, parent):
    """Lives beside the server: passes TERM on and ends it with the parent."""
    def stop(*_):
        process.terminate()
        signal.alarm(STOP_TIMEOUT_S)
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGALRM, lambda *_: kill_all(process))
    watched = [os.pidfd_open(process.pid)]
    if parent:
        try:
            watched.append(os.pidfd_open(parent))
        except ProcessLookupError:
            stop()
    ready = select.select(watched, [], [])[0]
    if watched[0] not in ready:
        stop()
    select.select(watched[:1], [], [])
    kill_all(process)                                           # what it has left behind; itself is not yet waited for
    process.wait()
    os.unlink(pidfile)


def start(options):
    template = sys.stdin.read()
    report, answer = os.pipe()
    if os.fork():
        os.close(answer)
        text = os.fdopen(report).read()
        if not text:
            sys.exit(f"'{options.name}' did not start; see {options.dir}/{options.name}.out")
        with open(os.path.join(options.dir, "env"), "a") as f:
            f.write(text)
        sys.stdout.write(text)
        return
    # the background half: nothing of the caller's stays open, or a $(…) would wait for ever
    os.setsid()
    os.close(report)
    null = os.open("/dev/null", os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.closerange(3, answer)
    os.closerange(answer + 1, 1024)
    for _ in range(5):
        started = run_once(options, template)
        if started:
            break
    else:
        os._exit(1)
    process, ports = started
    pidfile = os.path.join(options.dir, options.name + ".pid")
    with open(pidfile, "w") as f:
        f.write(f"{process.pid}\n")
    lines = [f"PID={process.pid}"] + [f"{k}={v}" for k, v in ports.items()] + options.say
    os.write(answer, ("\n".join(lines) + "\n").encode())
    os.close(answer)
    supervise(process, pidfile, options.with_parent)
    os._exit(0)


def stop(options):
    for name in sorted(os.listdir(options.dir)):
        if not name.endswith(".pid"):
            continue
        try:
            pid = int(open(os.path.join(options.dir, name)).read())
            pidfd = os.pidfd_open(pid)
        except (OSError, ValueError):
            continue                                            # ended by itself
        children = [fd for child in children_of(pid) for fd in open_pidfd(child)]
        signal.pidfd_send_signal(pidfd, signal.SIGKILL if options.now else signal.SIGTERM)
        if not wait_exit(pidfd, STOP_TIMEOUT_S):
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)
            wait_exit(pidfd, STOP_TIMEOUT_S)
        for child in children:                                  # those that listen in its place; supervise() ends them
            wait_exit(child, STOP_TIMEOUT_S)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    p = verbs.add_parser("start")
    p.add_argument("dir")
    p.add_argument("name")
    p.add_argument("--config", required=True)
    p.add_argument("--ports", required=True)
    p.add_argument("--say", action="append", default=[])
    p.add_argument("--log")
    p.add_argument("--until", default="")
    p.add_argument("--with-parent", type=int, default=0)
    p.add_argument("command", nargs="+")
    p.set_defaults(run=start)
    p = verbs.add_parser("stop")
    p.add_argument("dir")
    p.add_argument("--now", action="store_true")
    p.set_defaults(run=stop)
    options = parser.parse_args()
    options.run(options)


if __name__ == "__main__":
    main()
