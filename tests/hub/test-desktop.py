#!/usr/bin/env python3
"""Notifications on a real session bus with a played notification service, without a bus, with a bus that hangs; notify_command; the keyring."""
import json
import os
import shlex
import shutil
import socket
import subprocess
import tempfile

from home import Home, wait_for
from tap import run

SYSTEM_PYTHON = "/usr/bin/python3"  # the one that has dbusmock


def message(text, chat="alice@example.org", **fields):
    return json.dumps({"kind": "message", "chat": chat, "from": chat, "text": text, **fields})


GO = 'expect {"kind":"send","text":"go"}'


class Bus:
    """A session bus of its own; with a notification service that prints its calls when mock is set."""

    def __init__(self, mock=True):
        self.path = tempfile.mkdtemp(prefix="kb-")
        self.address = f"unix:path={self.path}/bus"
        self.daemon = subprocess.Popen(["dbus-daemon", "--session", "--nofork", "--nopidfile", f"--address={self.address}"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: os.path.exists(f"{self.path}/bus"), "a bus")
        self.mock = None
        self.calls = ""
        if mock:
            self.out = open(f"{self.path}/calls", "w+")
            self.mock = subprocess.Popen([SYSTEM_PYTHON, "-u", "-m", "dbusmock", "--template", "notification_daemon"],
                                         env=dict(os.environ, DBUS_SESSION_BUS_ADDRESS=self.address), stdout=self.out, stderr=subprocess.DEVNULL)
            wait_for(self.has_service, "the notification service")

    def has_service(self):
        answer = subprocess.run(["dbus-send", f"--bus={self.address}", "--dest=org.freedesktop.DBus", "--print-reply", "/org/freedesktop/DBus",
                                 "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.Notifications"], capture_output=True, text=True)
        return "true" in answer.stdout

    def read_calls(self):
        with open(f"{self.path}/calls") as file:
            return file.read()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in (self.mock, self.daemon):
            if process:
                process.kill()
                process.wait()
        shutil.rmtree(self.path, ignore_errors=True)


def test_a_message_is_told_and_withdrawn_when_read():
    with Bus() as bus, Home() as home:
        home.env["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        home.account("work", "replay", "me@example.org", script=["online", '{"kind":"contact","address":"alice@example.org","name":"Alice <b>"}', GO, message("see <u>this</u> & \u001b[31mthat"), GO])
        home.start()
        screen = home.client()
        screen.command("/msg work/bob@example.org go")
        came = screen.see("message", chat="alice@example.org")
        wait_for(lambda: " Notify " in bus.read_calls(), "a notification")
        told = bus.read_calls()
        assert "Alice <b>" in told and "see &lt;u&gt;this&lt;/u&gt; &amp;" in told, told
        assert "\u001b" not in told
        screen.send("read", account="work", chat="alice@example.org", time=came["time"])
        wait_for(lambda: " CloseNotification " in bus.read_calls(), "its withdrawal")


def test_what_was_taken_back_is_withdrawn():
    with Bus() as bus, Home() as home:
        home.env["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("first", sender_id="1"), "sync", message("second", sender_id="2"), GO, message("", type="retraction", target="2"), GO,
            message("", type="retraction", target="1")])
        home.start()
        screen = home.client()
        screen.command("/account enable work")
        wait_for(lambda: "second" in bus.read_calls(), "a notification")
        told = len(bus.read_calls())
        screen.command("/msg work/bob@example.org go")
        wait_for(lambda: "first" in bus.read_calls()[told:], "what is left of it")
        assert "(2)" not in bus.read_calls()[told:]
        screen.command("/msg work/bob@example.org go")
        wait_for(lambda: " CloseNotification " in bus.read_calls(), "its withdrawal")


def test_read_at_once_is_not_told_and_rooms_and_events_only_mentions():
    with Bus() as bus, Home() as home:
        home.env["DBUS_SESSION_BUS_ADDRESS"] = bus.address
        home.account("work", "replay", "me@example.org", script=[
            "online nick=me", '{"kind":"room","chat":"dev@rooms.example.org","nick":"me","joined":true}', GO,
            message("read at once", chat="alice@example.org"),
            message("for nobody", chat="dev@rooms.example.org", chat_kind="room", nick="carol"),
            message("went to lunch", chat="bob@example.org", type="event"),
            message("asks for your attention", chat="bob@example.org", type="event", mention=True),
            message("old news", chat="eve@example.org", delayed=True),
            message("me: look", chat="dev@rooms.example.org", chat_kind="room", nick="carol")])
        home.start()
        screen = home.client()
        screen.command("/msg work/bob@example.org go")
        came = screen.see("message", text="read at once")
        screen.send("read", account="work", chat="alice@example.org", time=came["time"])
        wait_for(lambda: "me: look" in bus.read_calls(), "the mention")
        told = bus.read_calls()
        assert "asks for your attention" in told and "lunch" not in told, told
        assert "carol in dev" in told and "read at once" not in told and "for nobody" not in told and "old news" not in told, told


def test_no_bus_and_no_service_change_nothing():
    with Bus(mock=False) as bus:
        for address in ("", "unix:path=/nonexistent/bus", bus.address):
            with Home() as home:
                home.env["DBUS_SESSION_BUS_ADDRESS"] = address
                home.account("work", "replay", "me@example.org", script=["online", GO, message("hello"), 'expect {"kind":"send","text":"again"}', message("still there")])
                home.start()
                screen = home.client()
                screen.command("/msg work/bob@example.org go")
                screen.see("message", text="hello")
                wait_for(lambda: "kith-desktop" in home.read_log() or home.backends("kith-desktop") or screen.more(0.6) is not None, "a try")
                screen.command("/msg work/bob@example.org again")
                screen.see("message", text="still there")


def test_a_bus_that_hangs_holds_up_nothing():
    with Home() as home, socket.socket(socket.AF_UNIX) as deaf:
        path = os.path.join(home.path, "bus")
        deaf.bind(path)
        deaf.listen(16)
        home.env["DBUS_SESSION_BUS_ADDRESS"] = f"unix:path={path}"
        home.account("work", "replay", "me@example.org", script=["online", GO, message("one"), 'expect {"kind":"send","text":"again"}', message("two")])
        home.start()
        screen = home.client()
        screen.command("/msg work/bob@example.org go")
        wait_for(lambda: home.backends("kith-desktop"), "the helper")
        helper = home.backends("kith-desktop")[0]
        assert screen.command("/msg work/bob@example.org again")[0]
        screen.see("message", text="two")
        assert os.path.exists(f"/proc/{helper}")  # it hangs while all this went on
        wait_for(lambda: helper not in home.backends("kith-desktop"), "the helper's end")
        assert "does not answer" in home.read_log()


def test_notify_command_gets_arguments_and_no_shell():
    with Home() as home:
        out = os.path.join(home.path, "told")
        script = os.path.join(home.path, "tell")
        with open(script, "w") as file:
            file.write(f'#!/bin/sh\nprintf "%s\\n" "$@" "$KITH_ACCOUNT" > {shlex.quote(out)}.new && mv {shlex.quote(out)}.new {shlex.quote(out)}\n')
        os.chmod(script, 0o700)
        home.setting("kith", "notify_command", f"{script} -x")
        home.setting("kith", "notifications", "off")
        home.account("work", "replay", "me@example.org", script=["online", GO, message("$(touch /tmp/never) `id` ; rm")])
        home.start()
        screen = home.client()
        screen.command("/msg work/bob@example.org go")
        wait_for(lambda: os.path.exists(out), "the command")
        with open(out) as file:
            assert file.read().splitlines() == ["-x", "work", "alice@example.org", "alice@example.org", "$(touch /tmp/never) `id` ; rm", "work"]


def test_passwords_are_kept_in_a_real_keyring():
    with Bus(mock=False) as bus, Home() as home:
        env = dict(home.env, DBUS_SESSION_BUS_ADDRESS=bus.address)
        keyring = subprocess.Popen(["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"], env=env, stdin=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        keyring.stdin.write(b"pw")
        keyring.stdin.close()
        try:
            wait_for(lambda: "true" in subprocess.run(["dbus-send", f"--bus={bus.address}", "--dest=org.freedesktop.DBus", "--print-reply", "/org/freedesktop/DBus",
                     "org.freedesktop.DBus.NameHasOwner", "string:org.freedesktop.secrets"], capture_output=True, text=True).stdout, "the keyring")
            home.env["DBUS_SESSION_BUS_ADDRESS"] = bus.address
            # port 9 on loopback: the password is asked for before the first try
            home.account("work", "xmpp", "me@example.org", server="127.0.0.1", port=9)
            home.start()
            screen = home.client()
            card = screen.see("card")
            assert card["card_kind"] == "password" and "keep it in the keyring" in card["choices"][2], card
            screen.send("answer", request=1, account="work", card=card["card"], choice=card["choices"][2], text="s3cr3t canary")
            screen.expect("done", request=1)
            find = lambda: subprocess.run(["dbus-send", f"--bus={bus.address}", "--dest=org.freedesktop.secrets", "--print-reply", "/org/freedesktop/secrets",
                                           "org.freedesktop.Secret.Service.SearchItems", "dict:string:string:account,work"], capture_output=True, text=True).stdout
            wait_for(lambda: "collection/" in find(), "the secret in the keyring")
            screen.see("account", reason="refused")
            home.kill_hub(15)
            home.start()
            screen = home.client()
            screen.see("account", reason="refused")
            assert not screen.all("card")
            for where, _, files in os.walk(home.path):
                for name in files:
                    if "keyrings" not in where and os.path.isfile(os.path.join(where, name)):
                        with open(os.path.join(where, name), "rb") as file:
                            assert b"s3cr3t canary" not in file.read(), name
        finally:
            keyring.kill()
            keyring.wait()


run(globals())
