#!/usr/bin/env python3
"""The same account in kith twice and in another client: what is read, corrected, taken back and reacted to is the same everywhere, at once.

The other client is a "phone" (servers/peer.py) on the same account; bob is the other side. How long it took is printed.
"""
import json
import os
import sys
import time

sys.dont_write_bytecode = True

from home import Home, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "protocol"))
from xmpptest import account_keys, run, server  # noqa: E402

DISPLAYED = "urn:xmpp:mds:displayed:0"
CHAT = "bob@kith.test"


class Devices:
    """Two kith and a phone of alice's, and bob."""

    def __enter__(self):
        self.context = server("alice:secret:bob", "bob:secret:alice")
        self.there = self.context.__enter__()
        self.phone = self.there.peer("alice", "--notify", DISPLAYED)
        self.phone.do("carbons")
        self.bob = self.there.peer("bob")
        # what was there before the first login is read from the archive, and is not new
        self.bob.do("send alice@kith.test before")
        self.homes = [Home(), Home()]
        for home in self.homes:
            home.account("alice", "xmpp", "alice@kith.test", password_command="echo secret", **account_keys(self.there))
            assert home.start() == "ok"
            home.screen = home.client()
            home.screen.see("account", state="online")
        self.agree("what was there before", lambda m: m["text"] == "before")
        return self

    def __exit__(self, *failure):
        for home in self.homes:
            home.__exit__(*failure)
        self.phone.end()
        self.bob.end()
        return self.context.__exit__(*failure)

    def messages(self, home):
        home.screen.more(0)
        lines = home.kith("messages", "--json", f"alice/{CHAT}").stdout.splitlines()
        return [json.loads(line) for line in lines]

    def agree(self, what, condition):
        """Waits until condition(message) is true of a message in both kith; gives the first one's."""
        began = time.monotonic()
        found = [wait_for(lambda: next((m for m in self.messages(home) if condition(m)), None), what) for home in self.homes]
        print(f"# {what}: {time.monotonic() - began:.2f} s", flush=True)
        return found[0]

    def command(self, line, which=0):
        ok, text, _ = self.homes[which].screen.command(line, account="alice", chat=CHAT)
        assert ok, text

    def unread(self, home):
        return sum(m["direction"] == "in" and m["state"] == "unread" for m in self.messages(home))

    def wait_unread(self, count, what):
        began = time.monotonic()
        for home in self.homes:
            wait_for(lambda: self.unread(home) == count, what)
        print(f"# {what}: {time.monotonic() - began:.2f} s", flush=True)


def test_what_is_read_on_one_is_read_on_all():
    with Devices() as all:
        for text in ("one", "two"):
            all.bob.do(f"send alice@kith.test {text}")
        all.wait_unread(2, "two unread")
        last = all.agree("the second message", lambda m: m["text"] == "two")
        screen = all.homes[0].screen
        screen.send("read", account="alice", chat=CHAT, time=screen.see("message", text="two")["time"])
        all.wait_unread(0, "read here, read there")
        event = all.phone.expect(f"message node={DISPLAYED} items~{CHAT}")
        assert event and last

        all.bob.do("send alice@kith.test three")
        all.wait_unread(1, "one unread")
        got = all.phone.expect("message text=three")
        marker = f"<displayed xmlns='{DISPLAYED}'><stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='{got['stanza_id']}'/></displayed>"
        all.phone.do({"do": "publish", "node": DISPLAYED, "item": CHAT, "xml": marker})
        all.wait_unread(0, "read on the phone")
        all.bob.do("send alice@kith.test four")
        all.wait_unread(1, "unread again")
        all.command(f"/msg alice/{CHAT} answered", 1)
        all.wait_unread(0, "answered on another device")


def test_what_is_read_offline_is_told_after_a_restart():
    with Devices() as all:
        home = all.homes[0]
        for text in ("one", "two"):
            asked = all.bob.do({"do": "message", "to": "alice@kith.test", "kind": "chat",
                                "xml": f"<body xmlns='jabber:client'>{text}</body><markable xmlns='urn:xmpp:chat-markers:0'/>"})["message"]
        all.wait_unread(2, "two unread")
        screen = home.screen
        ok, text, _ = screen.command("/disconnect alice")
        assert ok, text
        wait_for(lambda: screen.more(0.02) is not None and "state" not in screen.all("account")[-1], "offline")
        screen.send("read", account="alice", chat=CHAT, time=screen.see("message", text="two")["time"])
        wait_for(lambda: all.unread(home) == 0, "read offline")
        # neither the hub nor the backend knows anything any more but what is in the file
        home.kill_hub()
        assert home.start() == "ok"
        home.screen = home.client()
        all.bob.expect(f"message displayed={asked}")
        all.phone.expect(f"message node={DISPLAYED} items~{CHAT}")
        all.wait_unread(0, "read offline, told later")


def test_corrections_and_retractions_are_the_same_everywhere():
    with Devices() as all:
        all.command(f"/msg alice/{CHAT} firts")
        all.agree("what was sent here", lambda m: m["text"] == "firts")
        sent = all.phone.expect("message carbon=sent text=firts")
        all.command("/correct first")
        all.agree("corrected here", lambda m: m["text"] == "first" and m["edited"])
        assert all.bob.expect(f"message replaces={sent['id']}")["text"] == "first"
        all.phone.expect(f"message carbon=sent replaces={sent['id']} text=first")

        phoned = all.phone.do(f"send {CHAT} from teh phone")["message"]
        all.agree("what the phone sent", lambda m: m["text"] == "from teh phone" and m["direction"] == "out")
        all.phone.do(f"correct {CHAT} {phoned} from the phone")
        all.agree("corrected on the phone", lambda m: m["text"] == "from the phone" and m["edited"])
        theirs = all.bob.do("send alice@kith.test helo")["message"]
        all.agree("what bob sent", lambda m: m["text"] == "helo")
        all.bob.do(f"correct alice@kith.test {theirs} hello")
        all.agree("corrected by bob", lambda m: m["text"] == "hello" and m["edited"])

        all.phone.do(f"retract {CHAT} {phoned}")
        all.agree("taken back on the phone", lambda m: m["retracted"] and m["direction"] == "out")
        all.bob.do(f"retract alice@kith.test {theirs}")
        all.agree("taken back by bob", lambda m: m["retracted"] and m["direction"] == "in")
        assert len(all.messages(all.homes[0])) == 4 == len(all.messages(all.homes[1]))


def test_reactions_are_the_same_everywhere():
    with Devices() as all:
        theirs = all.bob.do("send alice@kith.test tea?")["message"]
        message = all.agree("what bob sent", lambda m: m["text"] == "tea?")
        all.command(f"/react {message['id']} \U0001F44D")
        own = ["alice@kith.test"]
        all.agree("reacted here", lambda m: list(m["reactions"]) == ["\U0001F44D"])
        assert all.bob.expect(f"message reacts_to={theirs}")["reactions"] == ["\U0001F44D"]
        all.phone.do(f"react {CHAT} {theirs} \U0001F389")
        changed = all.agree("reacted on the phone", lambda m: list(m["reactions"]) == ["\U0001F389"])
        assert changed["reactions"]["\U0001F389"] in (own, [""]), changed
        all.bob.do(f"react alice@kith.test {theirs} \U0001F389")
        both = all.agree("reacted by bob", lambda m: len(m["reactions"].get("\U0001F389", [])) == 2)
        assert CHAT in both["reactions"]["\U0001F389"], both
        all.phone.do(f"react {CHAT} {theirs}")
        all.agree("taken away on the phone", lambda m: m["reactions"] == {"\U0001F389": [CHAT]})


run(globals())
