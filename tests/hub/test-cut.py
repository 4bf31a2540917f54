#!/usr/bin/env python3
"""The random-cut run: two accounts with three devices each, messages cross, and everything between them breaks at random.

Of each account two devices are kith, each with a hub and a home of its own, and one is another client (servers/peer.py). All six send. Meanwhile
lines are cut, swallow what is sent and stand still (faults/proxy.py), backends and hubs are killed with SIGKILL, and the server is restarted.
At the end every message is exactly once in the archive of each account, and every kith has what the archive of its account has, once, in its order.

What may break is chosen by a seed that is printed; KITH_SEED repeats it. KITH_CUT_MESSAGES says how many messages: make check has time
for a few; 10000 is the run that counts (the servers keep so many in SQLite: servers/*-start.sh say why). KITH_CUT_KEEP=DIR keeps the histories and logs of a run that failed.
"""
import contextlib
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
import uuid

sys.dont_write_bytecode = True

from home import Home, Timeout, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "protocol"))
from xmpptest import account_keys, run, server  # noqa: E402

from network import Fault  # noqa: E402

MESSAGES = int(os.environ.get("KITH_CUT_MESSAGES", 480))
if MESSAGES > 1000:
    os.environ.setdefault("SERVER_ARCHIVE", "sql")
BREAKS = max(16, MESSAGES // 100)
WINDOW = 12             # what a device has written and its server has not acknowledged yet
SETTLE_S = float(os.environ.get("KITH_CUT_SETTLE", 60))     # without anything new: it will not come any more


class Kith:
    """A device: a hub in a home of its own, on a line of its own."""

    def __init__(self, there, user, other, number, texts):
        self.name, self.user, self.other = f"{user[0]}{number}", user, f"{other}@kith.test"
        self.todo, self.asked, self.texts, self.waiting = list(reversed(texts)), {}, texts, 0
        self.line = Fault("proxy.py", there.env["C2S"])
        self.home = Home()
        keys = dict(account_keys(there), port=str(self.line.port))
        self.home.account(user, "xmpp", f"{user}@kith.test", password_command="echo secret", **keys)
        self.home.setting("kith", "log_level", "debug")
        self.later = []                     # (when, function)
        self.start()

    def start(self):
        said = self.home.start()
        assert said == "ok", said
        self.screen = self.home.client()
        self.seen, self.state, self.retried, self.counted = 0, None, 0.0, 0.0
        kept = set(self.kept())
        self.todo += [text for text in self.asked.values() if text not in kept]
        self.asked = {}

    def kept(self):
        """What the history has of the chat, in its order."""
        if not os.path.exists(self.home.database):
            return []
        with sqlite3.connect(f"file:{self.home.database}?mode=ro", uri=True) as db:
            return [text for text, in db.execute("SELECT m.text FROM message m JOIN chat c ON c.id = m.chat WHERE c.address = ? AND m.type = 0 "
                                                 "ORDER BY m.time, m.id", [self.other])]

    def queued(self):
        with sqlite3.connect(f"file:{self.home.database}?mode=ro", uri=True) as db:
            return db.execute("SELECT count(*) FROM message WHERE direction = 1 AND state = 2").fetchone()[0]

    def sent(self):
        return len(self.texts) - len(self.todo) - len(self.asked) - self.waiting

    def read(self, seconds=0):
        """Reads what the hub says. Who does not for a while, as while the long archives are read here, is cut off, and comes again."""
        try:
            while self.screen.more(seconds):
                seconds = 0
        except (EOFError, ConnectionError):
            assert not self.asked, f"{self.name} was cut off by its hub, which it had asked for something"
            self.screen, self.seen = self.home.client(), 0

    def work(self):
        """Reads what the hub says, asks for more, does what is due. Never waits."""
        self.read()
        for line in self.screen.lines[self.seen:]:
            if line["kind"] == "account" and line["account"] == self.user:
                self.state = line.get("state", "offline")
            elif line["kind"] == "done":
                self.asked.pop(line["request"], None)
            elif line["kind"] == "error":
                raise AssertionError(f"{self.name}: {line}")
        self.seen = len(self.screen.lines)
        now = time.monotonic()
        if now > self.counted + 0.02:
            self.counted, self.waiting = now, self.queued()
        while self.todo and len(self.asked) + self.waiting < WINDOW:
            text = self.todo.pop()
            self.screen.requests += 1
            self.asked[self.screen.requests] = text
            self.screen.send("command", request=self.screen.requests, line=f"/msg {self.user}/{self.other} {text}")
        due, self.later = [f for when, f in self.later if when <= now], [(when, f) for when, f in self.later if when > now]
        for function in due:
            function()
        # the hub waits longer and longer; a person would not
        if self.state not in ("online", "connecting", None) and now > self.retried + 1:
            self.retried = now
            self.screen.requests += 1
            self.screen.send("command", request=self.screen.requests, line=f"/reconnect {self.user}")

    # what breaks

    def after(self, seconds, function):
        self.later.append((time.monotonic() + seconds, function))

    def cut(self, chance):
        self.line.write("cut")

    def swallow(self, chance):
        self.line.write("hole " + chance.choice(("up", "down", "both")))
        self.after(chance.uniform(0.02, 0.5), self.mend)

    def mend(self):
        self.line.write("cut")
        self.line.write("heal")

    def stall(self, chance):
        self.line.write("stop " + chance.choice(("up", "down", "both")))
        self.after(chance.uniform(0.1, 1), lambda: self.line.write("go"))

    def kill_backend(self, chance):
        for pid in self.home.backends("kith-xmpp"):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def kill_hub(self, chance):
        self.home.kill_hub()
        self.screen.close()
        self.home.clients.clear()
        self.start()

    def keep(self, directory):
        subprocess.run(["sqlite3", self.home.database, f".backup {directory}/{self.name}.db"], check=True)
        shutil.copy(self.home.log, f"{directory}/{self.name}.log")

    def end(self, failed):
        if failed and os.environ.get("KITH_CUT_KEEP"):
            self.keep(os.environ["KITH_CUT_KEEP"])
        self.home.__exit__(failed, None, None)
        self.line.end()


class Other(threading.Thread):
    """A device that is another client. It acknowledges nothing over a cut; after one it asks the archive what had arrived, and sends the rest again
    by the same ids: a busy ejabberd writes its archive seconds late."""

    def __init__(self, there, user, other, texts):
        super().__init__(daemon=True)
        self.name, self.user, self.other, self.texts = f"{user[0]}3", user, f"{other}@kith.test", texts
        # the same resource, so that nothing of the last connection is taken in by the server behind our back
        self.peer = there.peer(f"{user}/other", "--timeout", "20")
        self.peer.do("carbons")
        self.failure = None
        self.copies = 0                         # so many more has the archive that was read last
        self.gate = threading.Lock()            # held while a part is on its way
        self.stopping = threading.Event()

    def run(self):
        try:
            for i in range(0, len(self.texts), 10):
                with self.gate:
                    self.send(self.texts[i:i + 10])
        except Exception as e:                  # the main thread tells of it
            self.failure = e

    def send(self, texts):
        while texts:
            try:
                for text in texts:
                    self.peer.do({"do": "send", "to": self.other, "text": text, "id": uuid.uuid5(uuid.NAMESPACE_OID, text).hex})
                self.peer.do("ping kith.test")
                return
            except AssertionError:
                self.log_in()
                kept = set(self.archive(until=self.texts[max(self.texts.index(texts[0]) - 1, 0)]))
                texts = [text for text in texts if text not in kept]

    def page(self, before):
        while True:
            try:
                self.peer.do("forget")
                return self.peer.do({"do": "archive", "with_": self.other, "before": before})
            except AssertionError:              # the server was restarted since
                self.log_in()

    def archive(self, until=None):
        """The texts of the account's archive in its order; only the newest pages up to one text if so wanted. What the server has twice
        (ejabberd 23.01 may take in what an old connection has brought after it has said on the resumed one that this did not arrive) is
        there once, at its first place."""
        messages, before = [], ""
        while not (until and any(m["text"] == until for m in messages)):
            page = self.page(before)
            messages = [m for m in page["messages"] if m["text"]] + messages
            if page["complete"] or not page["messages"]:
                break
            before = page["messages"][0]["archive_id"]
        first = {}
        for m in messages:
            first.setdefault((m["text"], m["id"]), m)
        self.copies = len(messages) - len(first)
        return [m["text"] for m in first.values()]

    def log_in(self):
        def logged_in():
            try:
                self.peer.do("login")
                self.peer.do("carbons")
                return True
            except AssertionError:
                assert not self.stopping.is_set(), "the server did not come back"
                return False
        wait_for(logged_in, f"{self.name} to be online again", 60)


class Breaker:
    """Breaks something each time another share of the messages is on its way."""

    WAYS = [("cut", 6), ("swallow", 4), ("stall", 2), ("kill_backend", 3), ("kill_hub", 2), ("restart", 1)]

    def __init__(self, there, kiths, others, chance):
        self.there, self.kiths, self.others, self.chance = there, kiths, others, chance
        self.done = {}
        ways = [way for way, weight in self.WAYS for _ in range(weight)]
        # every way at least once
        self.plan = [way for way, _ in self.WAYS] + [chance.choice(ways) for _ in range(BREAKS - len(self.WAYS))]
        chance.shuffle(self.plan)
        self.at = sorted(chance.uniform(0.02, 0.98) for _ in self.plan)

    def work(self, share):
        while self.at and share >= self.at[0]:
            self.at.pop(0)
            way = self.plan.pop()
            self.done[way] = self.done.get(way, 0) + 1
            if way == "restart":
                self.restart()
            else:
                getattr(self.chance.choice(self.kiths), way)(self.chance)


    def restart(self):
        """The other clients, which can't tell what of theirs has arrived, are between two parts then. ejabberd 23.01 besides, ended while it works,
        keeps messages in one side's archive only, of which nobody can know: its lines stand still before, until it has done its work."""
        with contextlib.ExitStack() as stack:
            for other in self.others:
                stack.enter_context(other.gate)
            if self.there.name == "ejabberd":
                for kith in self.kiths:
                    kith.line.write("stop up")
                self.wait_until_quiet()
            self.there.restart()
            # its connection to the database is made by the first who needs it; the next one's message would be lost meanwhile
            for other in self.others:
                other.log_in()
                other.page("")
            for kith in self.kiths:
                kith.line.write("go")

    def wait_until_quiet(self):
        """No more messages come into the archives."""
        counts = []

        def is_quiet():
            for kith in self.kiths:
                kith.read()
            counts.append(tuple(other.page("")["count"] for other in self.others))
            return len(counts) > 12 and len(set(counts[-12:])) == 1
        wait_for(is_quiet, "ejabberd to have done its work")


def differences(kiths, kept, archives):
    for kith in kiths:
        truth, have = archives[kith.user], kept[kith]
        missing, doubled = sorted(set(truth) - set(have)), sorted({text for text in have if have.count(text) > 1})
        extra = sorted(set(have) - set(truth))
        first = next((i for i, (a, b) in enumerate(zip(truth, have)) if a != b), None)
        order = f"; the order differs at {first}: archive {truth[first:first + 4]}, here {have[first:first + 4]}" if first is not None else ""
        yield (f"# {kith.name} ({kith.state}): {len(have)} of {len(truth)}, queued {kith.queued()}; missing {missing[:4]} ({len(missing)}), doubled {doubled[:4]} "
               f"({len(doubled)}), not in the archive {extra[:4]} ({len(extra)}){order}")


def settle(kiths, others, wanted):
    """Waits until every history is as the archive is, or nothing changes any more. Gives what is and what should be."""
    changed, before = time.monotonic(), None
    looked = 0
    while True:
        for kith in kiths:
            kith.work()
        # nobody looks: what came live is compared with the archive now
        if time.monotonic() > looked + 2:
            looked = time.monotonic()
            for kith in kiths:
                kith.screen.send("idle", idle=True)
        kept = {kith: kith.kept() for kith in kiths}
        if all(len(texts) >= wanted for texts in kept.values()) and not any(kith.queued() for kith in kiths):
            archives = {other.user: other.archive() for other in others}
            if all(kept[kith] == archives[kith.user] for kith in kiths):
                return kept, archives
        if kept != before:
            changed, before = time.monotonic(), kept
        if time.monotonic() > changed + SETTLE_S:
            return kept, {other.user: other.archive() for other in others}
        kiths[0].read(0.2)


def test_nothing_is_lost_doubled_or_out_of_order():
    seed = int(os.environ.get("KITH_SEED", time.time_ns() % 1000000))
    print(f"# KITH_SEED={seed} KITH_CUT_MESSAGES={MESSAGES}", flush=True)
    chance = random.Random(seed)
    texts = {name: [f"{name} {i}" for i in range(MESSAGES // 6)] for name in ("a1", "a2", "a3", "b1", "b2", "b3")}
    wanted = sum(len(t) for t in texts.values())
    began = time.monotonic()
    kiths, others, passed = [], [], False
    with server("alice:secret:bob", "bob:secret:alice") as there:
        try:
            for user, other in (("alice", "bob"), ("bob", "alice")):
                kiths += [Kith(there, user, other, number, texts[f"{user[0]}{number}"]) for number in (1, 2)]
                others.append(Other(there, user, other, texts[f"{user[0]}3"]))
            for kith in kiths:
                wait_for(lambda: kith.work() or kith.state == "online", f"{kith.name} to be online")
            breaker = Breaker(there, kiths, others, chance)
            for other in others:
                other.start()
            while any(kith.todo or kith.asked for kith in kiths) or any(other.is_alive() for other in others) or breaker.at:
                for kith in kiths:
                    kith.work()
                breaker.work(sum(kith.sent() for kith in kiths) / sum(len(kith.texts) for kith in kiths))
                kiths[0].read(0.01)
                for other in others:
                    if other.failure:
                        raise other.failure
            crossed = time.monotonic() - began
            kept, archives = settle(kiths, others, wanted)
            told = ", ".join(f"{count} {way.replace('_', ' ')}" for way, count in sorted(breaker.done.items()))
            print(f"# {wanted} messages, {told}: {crossed:.0f} s to send, {time.monotonic() - began:.0f} s in all", flush=True)
            copies = sum(other.copies for other in others)
            if copies:
                print(f"# {copies} more are twice in the server's own archives")
            for line in differences(kiths, kept, archives):
                print(line, flush=True)
            everything = sorted(text for t in texts.values() for text in t)
            for user, archive in archives.items():
                assert sorted(archive) == everything, f"the archive of {user} differs: missing {sorted(set(everything) - set(archive))[:5]}, " \
                    f"doubled {sorted({t for t in archive if archive.count(t) > 1})[:5]}"
            for kith in kiths:
                assert kept[kith] == archives[kith.user], f"{kith.name} has not what the archive has"
            passed = True
        finally:
            if not passed and os.environ.get("KITH_CUT_KEEP"):
                subprocess.run(["cp", "-r", there.dir, os.environ["KITH_CUT_KEEP"] + "/server"], check=True)
            for other in others:
                other.stopping.set()
                other.peer.end()
            for kith in kiths:
                kith.end(None if passed else Timeout)


run(globals())
