"""What the tests of kith-xmpp share: a Prosody, backends on its accounts, and other people there (servers/peer.py)."""
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "servers"))

from backend import Backend  # noqa: E402
from tap import Skip  # noqa: E402


def need_prosody():
    if not shutil.which("prosody"):
        raise Skip("prosody is not installed")
    if subprocess.run(["/usr/bin/python3", "-c", "import slixmpp"], stderr=subprocess.DEVNULL).returncode:
        raise Skip("slixmpp is not installed")


def prosody(*accounts):
    need_prosody()
    from network import Prosody
    return Prosody(*accounts)


def xmpp(server, user, *settings, **options):
    """A backend for user, not started; a with block starts and ends it."""
    env = server.env
    return Backend("kith-xmpp", account=user, protocol="xmpp", address=f"{user}@{env['DOMAIN']}",
                   settings=["server=127.0.0.1", f"port={env['C2S']}", "tls=starttls", f"ca_file={env['CA']}", *settings], **options)


def say(backend, chat, text, own_id, **fields):
    backend.send("send", chat=chat, own_id=own_id, text=text, time=now(), **fields)


def now():
    return int(time.time() * 1_000_000)


def state_of(backend, own_id, state):
    return backend.wait(lambda: backend.states.get(own_id) == state, f"{own_id} to be {state}")
