#!/usr/bin/env python3
"""Other people's programs, profanity and poezio, in a terminal, and kith on the other side: words both ways, a correction both ways, a room.

poezio does not run as root, as the tests may: then it is nobody's.
"""
import os
import pwd
import shutil
import stat
import sys

sys.dont_write_bytecode = True

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir, "screen"), os.path.join(HERE, os.pardir, "protocol")]

from home import Home  # noqa: E402
from tap import Skip  # noqa: E402
from terminal import Terminal  # noqa: E402
from xmpptest import account_keys, run, server  # noqa: E402

ROOM = "den@conference.kith.test"


def write(terminal, *lines):
    """What comes together with the Enter is a paste to some: it is waited for."""
    for line in lines:
        terminal.type(line)
        terminal.wait(lambda screen: screen.rstrip().endswith(line[-40:].rstrip()))
        terminal.key("Enter")


def talk(there, home, start, message="/msg", room=ROOM, joined="You have joined the room"):
    """start(other home) gives a terminal in which bob is online; the rest is how that program says things."""
    home.account("alice", "xmpp", "alice@kith.test", password_command="echo secret", **account_keys(there))
    assert home.start() == "ok"
    screen = home.client()
    screen.see("account", state="online")

    def say(line, chat="bob@kith.test"):
        ok, text, _ = screen.command(line, account="alice", chat=chat)
        assert ok, text
    with Home() as other, start(other) as bob:
        write(bob, f"{message} alice@kith.test hello from bob")
        screen.see("message", text="hello from bob")
        say("/msg alice/bob@kith.test hello from kiht")
        bob.wait("hello from kiht")
        say("/correct hello from kith")
        bob.wait("hello from kith")
        write(bob, "/correct hullo from bob")
        screen.see("message", text="hullo from bob", edited=True)
        say(f"/join alice/{ROOM} alice")
        screen.see("room", chat=ROOM, joined=True)
        write(bob, f"/join {room}")
        bob.wait(joined)
        screen.see("occupant", chat=ROOM, nick="bob")
        write(bob, "all in here")
        screen.see("message", text="all in here", chat=ROOM)
        say(f"/msg alice/{ROOM} so are we", ROOM)
        bob.wait("so are we")


def need(program):
    if not shutil.which(program):
        raise Skip(program + " is not installed")


def test_profanity():
    need("profanity")
    with server("alice:secret:bob", "bob:secret:alice") as there, Home() as home:
        def start(other):
            folder = os.path.join(other.path, "config", "profanity")
            os.makedirs(folder)
            with open(os.path.join(folder, "profrc"), "w") as file:
                file.write("[ui]\nsplash=false\ncorrection.allow=true\n")
            terminal = Terminal(other, 100, 30, command="profanity")
            terminal.wait("Profanity")
            write(terminal, "/correction on", f"/connect bob@kith.test server 127.0.0.1 port {there.env['C2S']} tls trust")
            terminal.wait("password")
            terminal.type("secret")
            terminal.key("Enter")
            terminal.wait("logged in")
            return terminal
        talk(there, home, start)


def give_away(folder):
    """Makes a home nobody's, and gives the words that start a program there as nobody; nothing for who is not root."""
    if os.getuid() != 0:
        return ""
    need("setpriv")
    nobody = pwd.getpwnam("nobody")
    for place, folders, files in os.walk(folder):
        for name in (place, *(os.path.join(place, file) for file in files)):
            os.chown(name, nobody.pw_uid, nobody.pw_gid)
    # ./quickstart test keeps all homes in a directory that is nobody else's
    while not os.stat(folder := os.path.dirname(folder)).st_mode & stat.S_IXOTH:
        os.chmod(folder, os.stat(folder).st_mode & 0o7777 | stat.S_IXOTH)
    return f"setpriv --reuid={nobody.pw_uid} --regid={nobody.pw_gid} --clear-groups env PATH=/usr/bin:/bin "


def test_poezio():
    need("poezio")
    with server("alice:secret:bob", "bob:secret:alice") as there, Home() as home:
        def start(other):
            folder = os.path.join(other.path, "config", "poezio")
            os.makedirs(folder)
            authority = shutil.copy(account_keys(there)["ca_file"], folder)
            with open(os.path.join(folder, "poezio.cfg"), "w") as file:
                file.write(f"[Poezio]\njid = bob@kith.test/poezio\npassword = secret\ncustom_host = 127.0.0.1\ncustom_port = {there.env['C2S']}\n"
                           f"ca_cert_path = {authority}\nrooms =\ndefault_nick = bob\nenable_avatars = false\n")
            terminal = Terminal(other, 200, 30, command=give_away(other.path) + "poezio")
            terminal.wait("alice@kith.test")
            # in its list of contacts one key begins a command, in a chat there is a line to write on
            terminal.type("/")
            terminal.wait_gone("Enter commands")
            return terminal
        talk(there, home, start, "message", f"{ROOM}/bob", "You (bob) joined the room")


run(globals())
