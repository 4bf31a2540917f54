#!/usr/bin/env python3
"""A full disk and read-only places: one clear sentence, and nothing is lost. Needs root (or user namespaces) for mounts of its own."""
import glob
import os
import subprocess

from home import LIBEXEC, Home, wait_for
from tap import run


def mounting(command):
    """unshare's options that work here: in a chroot the propagation of / can't be changed."""
    for options in (["-m"], ["-m", "--propagation", "unchanged"], ["-m", "-U", "-r"]):
        if subprocess.run(["unshare", *options, "true"], capture_output=True).returncode == 0:
            return ["unshare", *options, "sh", "-ec", command]
    raise AssertionError("no mount namespace can be made here")


def start(home, mount):
    """The hub in a mount namespace of its own, in which mount was run first."""
    ready, say = os.pipe()
    home.hub = subprocess.Popen(mounting(f"{mount}; exec {LIBEXEC}/kith-hub --ready-fd {say}"), env=home.env, pass_fds=(say,),
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    os.close(say)
    with os.fdopen(ready) as pipe:
        return pipe.readline().strip()


def test_a_full_disk_loses_nothing():
    with Home() as home:
        data = os.path.join(home.path, "data")
        os.makedirs(data, 0o700)
        home.account("work", "replay", "me@example.org", script=["online"])
        said = start(home, f"mount -t tmpfs -o size=4m,mode=700 none {data}; head -c 3000000 /dev/zero > {data}/filler")
        assert said == "ok", said
        screen = home.client()
        asked = 0
        while not screen.all("notice", failure=True):
            asked += 1
            assert asked < 400
            screen.send("command", request=asked, line=f"/msg work/bob@example.org {asked} " + "x" * 20000)
            screen.more(0.05)
        trouble = screen.all("notice", failure=True)[0]["text"]
        assert "full" in trouble, trouble
        for more in range(3):
            asked += 1
            screen.send("command", request=asked, line=f"/msg work/bob@example.org {asked} while full")
        assert screen.command("/status")[0]  # the hub goes on
        assert len(screen.all("done")) < asked + 1
        (filler,) = glob.glob(f"/proc/{home.hub.pid}/root{data}/filler")
        os.remove(filler)
        wait_for(lambda: screen.more(0.1) is not None and len([d for d in screen.all("done") if d["request"] <= asked]) >= asked, "all to be stored", 60)
        wait_for(lambda: screen.more(0.1) is not None and [n for n in screen.all("notice") if not n.get("failure")], "a word that it works again")
        assert len({m["id"] for m in screen.all("message", direction="out")}) == asked
        home.kill_hub(15)


def test_a_read_only_home_is_told():
    with Home() as home:
        for name, place in (("data", "data"), ("state", "state")):
            path = os.path.join(home.path, place)
            os.makedirs(path, 0o700)
            said = start(home, f"mount -t tmpfs -o ro,mode=700 none {path}")
            assert place in said and "ead-only" in said, said
            assert home.hub.wait(10) == 1


run(globals())
