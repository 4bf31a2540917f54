#!/usr/bin/python3
"""dns-blackhole.py: a DNS server that takes every question and never answers.

  dns-blackhole.py                    prints PORT=n of a loopback UDP socket; reports {"event":"asked"} for each question
  dns-blackhole.py --run COMMAND...   runs COMMAND where /etc/resolv.conf names such a server (root or user namespaces
                                      needed: a private mount namespace), and exits with its exit code; 77 if the
                                      kernel does not allow it
"""
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

from faulty import end_with, parser, report

ADDRESS = "127.0.0.153"


def run_inside(command):
    """Binds port 53 of a loopback address of its own, in name-spaces where that hurts nobody."""
    inner = ('ip link set lo up 2>/dev/null; mount --bind "$1" /etc/resolv.conf || exit 77; '
             'shift; exec "$@"')
    unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run(unshare + ["true"], stderr=subprocess.DEVNULL).returncode:
        sys.exit(77)
    with tempfile.NamedTemporaryFile("w", suffix=".conf") as conf:
        conf.write(f"nameserver {ADDRESS}\noptions timeout:30 attempts:5\n")
        conf.flush()
        child = subprocess.Popen(unshare + ["sh", "-c", inner, "sh", conf.name] + command)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda n, _: child.send_signal(n))
        return child.wait()


def main():
    p = parser(__doc__)
    p.add_argument("--run", nargs="...", metavar="COMMAND")
    options = p.parse_args()
    end_with(options.with_parent)
    hole = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    if options.run:
        try:
            hole.bind((ADDRESS, 53))
        except PermissionError:
            sys.exit(77)
        except OSError:
            pass                    # another test's black hole sits there already: it serves us as well
        sys.exit(run_inside(options.run))
    hole.bind(("127.0.0.1", 0))
    print(f"PORT={hole.getsockname()[1]}", flush=True)
    while True:
        hole.recv(65536)
        report("asked")


if __name__ == "__main__":
    main()
