#!/usr/bin/env python3
"""The hub notices that the machine's network has changed: who is online is asked for a sign of life, who waits tries at once.

Runs itself again in a network namespace of its own, where routes can be changed without harm to anybody.
"""
import os
import shutil
import subprocess
import sys
import time

from home import Home, wait_for
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
