#!/usr/bin/env python3
"""Another person's program, profanity, in a terminal, and kith on the other side: words both ways, a correction both ways, a room.

(poezio would be the second; it does not run as root, as the tests may.)
"""
import os
import shutil
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
    for line in lines:
        terminal.type(line)
        terminal.key("Enter")


def talk(there, home, start):
    """start(other home) gives a terminal in which bob is online."""
    home.account("alice", "xmpp", "alice@kith.test", password_command="echo secret", **account_keys(there))
    assert home.start() == "ok"
    screen = home.client()
    screen.see("account", state="online")

    def say(line, chat="bob@kith.test"):
        ok, text, _ = screen.command(line, account="alice", chat=chat)
        assert ok, text
    with Home() as other, start(other) as bob:
        write(bob, "/msg alice@kith.test hello from bob")
        screen.see("message", text="hello from bob")
        say("/msg alice/bob@kith.test hello from kiht")
        bob.wait("hello from kiht")
        say("/correct hello from kith")
        bob.wait("hello from kith")
        write(bob, "/correct hullo from bob")
        screen.see("message", text="hullo from bob", edited=True)
        say(f"/join alice/{ROOM} alice")
        screen.see("room", chat=ROOM, joined=True)
        write(bob, f"/join {ROOM}")
        bob.wait("You have joined the room")
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
            write(terminal, "secret")
            terminal.wait("logged in")
            return terminal
        talk(there, home, start)


run(globals())
