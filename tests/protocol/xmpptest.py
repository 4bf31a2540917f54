"""What the tests of XMPP share: a server, backends on its accounts, and other people there (servers/peer.py).

Every test runs on each server, Prosody and ejabberd; KITH_TEST_SERVER=prosody (or ejabberd) runs it on one only.

    from xmpptest import on_prosody, run, server, xmpp

    def test_words():                                    # runs twice: "words on prosody", "words on ejabberd"
        with server("alice:secret:bob=Bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
            …

    @on_prosody("ejabberd 23.01 gives no occupant ids")  # runs once, and says why; without_server: the same for neither
    def test_…

    run(globals())                                       # instead of tap's

server(ACCOUNTS) gives the server of the run with these accounts and nothing else on it: no room, no archive. (Prosody is started for
each; ejabberd, which starts slowly, once for the file, and cleared.) Its name is there.name; all addresses are at kith.test and
conference.kith.test on both. Where servers rightly differ write: if there.name == "ejabberd". A test that restarts or kills the
server uses there.restart(). Tests of the hub do the same with Home from tests/hub/home.py and account_keys(there) for its account.
"""
import atexit
import contextlib
import functools
import os
import shutil
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "servers"))

import tap  # noqa: E402
from backend import Backend  # noqa: E402
from network import Ejabberd, Prosody  # noqa: E402
from tap import Skip  # noqa: E402

WANTED = os.environ.get("KITH_TEST_SERVER", "both")
SERVERS = {"prosody": Prosody, "ejabberd": Ejabberd}
PROGRAMS = {"prosody": "prosody", "ejabberd": "ejabberdctl"}

current = "prosody"          # the server of the test that runs now
ejabberd = None              # started once, ends with the program


@functools.lru_cache(maxsize=None)
def why_not(name):
    """Why tests on that server can't run; None if they can."""
    if not shutil.which(PROGRAMS[name]):
        return name + " is not installed"
    if subprocess.run(["/usr/bin/python3", "-c", "import slixmpp"], stderr=subprocess.DEVNULL).returncode:
        return "slixmpp is not installed"
    return None


def need(name):
    if why_not(name):
        raise Skip(why_not(name))


@contextlib.contextmanager
def server(*accounts):
    global ejabberd
    need(current)
    if current == "prosody":
        with Prosody(*accounts) as there:
            yield there
        return
    if ejabberd is None:
        ejabberd = Ejabberd()
        atexit.register(ejabberd.close)
    ejabberd.begin_anew(*accounts)
    yield ejabberd


def prosody(*accounts):
    need("prosody")
    return Prosody(*accounts)


def on_prosody(why):
    """A test for Prosody only; why says what ejabberd has not or does otherwise."""
    return only("prosody", why)


def on_ejabberd(why):
    return only("ejabberd", why)


def without_server(test):
    """A test that needs no server: it runs once, whichever is wanted."""
    test.only = ""
    return test


def only(name, why):
    assert why

    def mark(test):
        test.only = name
        return test
    return mark


def cases(names):
    """One case for each test and server, the tests of one server after the other's."""
    for title, test in tap.tests_of(names):
        if getattr(test, "only", None) == "":
            yield title, test
    for name in SERVERS:
        if WANTED not in (name, "both"):
            continue
        for title, test in tap.tests_of(names):
            if getattr(test, "only", name) == name:
                yield f"{title} on {name}", functools.partial(run_on, name, test)


def run_on(name, test):
    global current
    current = name
    test()


def run(names):
    tap.run_cases(list(cases(names)))


def account_keys(there):
    """The keys of an account section for the configuration."""
    env = there.env
    return {"server": "127.0.0.1", "port": env["C2S"], "tls": "starttls", "ca_file": env["CA"]}


def xmpp(there, user, *settings, **options):
    """A backend for user, not started; a with block starts and ends it."""
    keys = [f"{key}={value}" for key, value in account_keys(there).items()]
    return Backend("kith-xmpp", account=user, protocol="xmpp", address=f"{user}@{there.env['DOMAIN']}",
                   settings=[*keys, *settings], **options)


def say(backend, chat, text, own_id, **fields):
    backend.send("send", chat=chat, own_id=own_id, text=text, time=now(), **fields)


def now():
    return int(time.time() * 1_000_000)


def state_of(backend, own_id, state):
    return backend.wait(lambda: backend.states.get(own_id) == state, f"{own_id} to be {state}")
