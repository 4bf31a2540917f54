#!/usr/bin/env python3
"""The hub notices that the machine's network has changed, or that it has slept: who is online is asked for a sign of life, who waits tries at once.

Runs itself again in a network namespace of its own, where routes can be changed without harm to anybody. Sleep is played (faults/wake.c).
"""
import os
import shutil
import signal
import subprocess
import sys
import time

from home import LIBEXEC, Home, wait_for
from tap import Skip, run

INSIDE = "KITH_TEST_IN_NAMESPACE"


def change_route(verb):
    subprocess.run(["ip", "route", verb, "default", "dev", "lo"], check=True)


def need_namespace():
    if not os.environ.get(INSIDE):
        raise Skip("no network namespace can be made here")


def test_online_accounts_are_asked_for_a_sign_of_life():
    need_namespace()
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["timeout 20000", "online", 'expect {"kind":"network"}',
                                                                 '{"kind":"notice","text":"it has changed"}'])
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", account="work", state="online")
        change_route("add")
        screen.see("notice", text="it has changed")
        change_route("del")


def test_who_waits_tries_at_once():
    need_namespace()
    with Home() as home:
        # each try fails, so that the next one is ever farther away
        home.account("work", "replay", "me@example.org", script=["offline network no route"] * 8)
        assert home.start() == "ok"
        screen = home.client()

        def seen(state):
            screen.more(0.05)
            return screen.all("account", account="work", state=state)
        # the delays double: there is one with time left to change the network in
        retry = wait_for(lambda: next((a["retry"] for a in seen("waiting") if a["retry"] > now() + 5_000_000), None), "a long delay")
        before = len(seen("connecting"))
        change_route("add")
        wait_for(lambda: len(seen("connecting")) > before, "another try")
        assert now() < retry, "it was the next try anyway"
        change_route("del")


def preload(home):
    """Puts the played timer before the C library, and behind a sanitizer's library where there is one."""
    library = os.path.abspath(os.path.join(os.environ.get("KITH_BUILDDIR", "."), "tests", "faults", "libwake.so"))
    if not os.path.exists(library):
        raise Skip("libwake.so was not built")
    needs = subprocess.run(["ldd", os.path.join(LIBEXEC, "kith-hub")], capture_output=True, text=True).stdout
    sanitizers = [line.split()[2] for line in needs.splitlines() if "libasan" in line]
    home.env["LD_PRELOAD"] = " ".join([*sanitizers, library])


def test_a_machine_that_wakes_has_its_connections_looked_after():
    need_namespace()
    with Home() as home:
        preload(home)
        change_route("add")
        home.account("work", "replay", "me@example.org", script=[
            "timeout 20000", "online", 'expect {"kind":"network"}', '{"kind":"notice","text":"once"}', 'expect {"kind":"network"}', '{"kind":"notice","text":"twice"}'])
        home.account("idle", "replay", "you@example.org", script=["offline network no route"] * 8)
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", account="work", state="online")

        def waiting():
            screen.more(0.05)
            return [a["retry"] for a in screen.all("account", account="idle", state="waiting") if a["retry"] > now() + 5_000_000]
        retry = wait_for(waiting, "a long delay")[-1]
        before = len(screen.all("account", account="idle", state="connecting"))
        for word in ("once", "twice"):
            home.hub.send_signal(signal.SIGRTMIN)
            screen.see("notice", text=word)
        wait_for(lambda: screen.more(0.05) is not None and len(screen.all("account", account="idle", state="connecting")) > before, "another try")
        assert now() < retry, "it was the next try anyway"
        change_route("del")


def now():
    return time.time_ns() // 1000


def main():
    if not os.environ.get(INSIDE) and shutil.which("unshare") and shutil.which("ip"):
        inside = ["unshare", "-rn", "sh", "-c", 'ip link set lo up && ip route add default dev lo && ip route del default dev lo && exec "$@"', "sh"]
        if subprocess.run([*inside, "true"], stderr=subprocess.DEVNULL).returncode == 0:
            os.environ[INSIDE] = "1"
            os.execvp(inside[0], [*inside, sys.executable, *sys.argv])
    run(globals())


if __name__ == "__main__":
    main()
