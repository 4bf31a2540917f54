#!/usr/bin/env python3
"""Accounts whose servers stall at every step, a flood on another one, and a good account that must not notice any of it.

The program runs itself again where the name server never answers (faults/dns-blackhole.py). Where that is not allowed, a proxy that
never answers takes the place of the name server: it resolves the name then, and hangs just the same.
"""
import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, os.pardir, part) for part in ("bench", "protocol", "servers")]
HOLE = os.path.join(HERE, os.pardir, "faults", "dns-blackhole.py")

from home import Home, LIBEXEC, wait_for  # noqa: E402
from network import Fault, Prosody  # noqa: E402
from tap import run  # noqa: E402
from watch import Pty, percentile  # noqa: E402
from xmpptest import need  # noqa: E402

FLOOD = 300000
NAME_SERVER = "the name server does not answer"
# account: the program that is its server, its settings, and what it must say in the end (None: it is online, and only later questions hang)
STALLS = {
    "tls": (("stall.py", "handshake"), {}, "the server does not finish the TLS handshake"),
    "direct": (("stall.py", "accept"), {"tls": "direct"}, "the server does not finish the TLS handshake"),
    "starttls": (("stall.py", "starttls"), {}, "the server does not begin encryption"),
    "accept": (("stall.py", "accept"), {}, "the server accepts the connection but says nothing"),
    "mute": (("fake.py", "mute"), {"tls": "off"}, None),
}


def xmpp(home, name, address, port, **keys):
    home.account(name, "xmpp", address, **{"server": "127.0.0.1", "port": port, "password_command": "echo secret", **keys})


def add_dead_name_server(home, start):
    """The account; gives the sentence that it must come to."""
    if os.environ["KITH_TEST_DNS_HOLE"]:
        home.account("dns", "xmpp", "me@nowhere.example", password_command="echo secret")
        return NAME_SERVER
    proxy = start(Fault("stall.py", "accept"))
    home.account("dns", "xmpp", "me@nowhere.example", server="xmpp.nowhere.example", proxy=f"socks5://127.0.0.1:{proxy.port}",
                 password_command="echo secret")
    return "the server can't be reached"


def accounts(home):
    return {line["account"]: line for line in map(json.loads, home.kith("status", "--json").stdout.splitlines())}


def stored(home, sql, *values):
    with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchone()[0]


def talk(home, bert, text):
    """A message each way over the good account; seconds that it took."""
    begin = time.monotonic()
    sent = home.kith("send", "-a", "good", "--wait", "sent", "bert@kith.test", "to " + text)
    assert sent.returncode == 0, sent.stderr
    bert.expect(f"message 'text=to {text}'")
    bert.do(f"send anna@kith.test from {text}")
    wait_for(lambda: stored(home, "SELECT count(*) FROM message WHERE text = ?", "from " + text), f"the answer to {text}")
    return time.monotonic() - begin


def start_all(home, server, start):
    """Hub and accounts, the good ones online; gives the sentences to come."""
    sentences = {"dns": add_dead_name_server(home, start)}
    for name, (program, keys, sentence) in STALLS.items():
        domain = "fake.test" if program[0] == "fake.py" else "kith.test"
        xmpp(home, name, f"alice@{domain}", start(Fault(*program)).port, **keys)
        sentences[name] = sentence
    flood = start(Fault("fake.py", "flood", "--messages", str(FLOOD), "--on-line"))
    xmpp(home, "flood", "alice@fake.test", flood.port, tls="off")
    xmpp(home, "good", "anna@kith.test", server.env["C2S"], ca_file=server.env["CA"])
    assert home.start() == "ok"
    wait_for(lambda: all(accounts(home)[name]["state"] == "online" for name in ("good", "flood", "mute")), "the good accounts online")
    return flood, sentences


def test_stalls_and_a_flood_disturb_nobody():
    need("prosody")
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(Prosody("anna:secret:bert", "bert:secret:anna"))
        bert = stack.enter_context(server.peer("bert"))
        home = stack.enter_context(Home())
        flood, sentences = start_all(home, server, stack.enter_context)
        with Pty(["cat"], home.env) as bare, Pty([os.path.join(LIBEXEC, "kith")], home.env) as pty:
            pty.wait("Contact 0")
            pty.type("/query flood/contact0@fake.test\r")
            pty.quiet(0.3)
            flood.write("go")
            wait_for(lambda: stored(home, "SELECT count(*) > 100 FROM message"), "the flood")
            parts, own, trips = [], [], []
            for number in range(3):
                parts.append(pty.echo(70, 0.01))
                own += bare.echo(20, 0.01)
                trips.append(talk(home, bert, f"there {number}"))
            came = stored(home, "SELECT max(id) FROM message")
        times = sum(parts, [])
        print(f"# key to echo: p50 {percentile(times, .5):.2f} ms, p99 {percentile(times, .99):.2f} ms, max {max(times):.2f} ms; "
              f"{len(times)} keys while {came} messages came")
        print(f"# of a bare terminal meanwhile: p50 {percentile(own, .5):.2f} ms, max {max(own):.2f} ms")
        print(f"# there and back on the good account meanwhile: {max(trips) * 1000:.0f} ms at most")
        # Figures are the bench's; here only that typing goes on. The best of three, as the machine may be taken away now and then.
        assert min(percentile(part, .5) for part in parts) < 200, parts
        wait_for(lambda: stored(home, "SELECT max(id) FROM message") > FLOOD, "the end of the flood", 120)
        told = {}

        def all_told():
            for name, account in accounts(home).items():
                if account.get("error"):
                    told[name] = account["error"]
            return all(name in told for name, sentence in sentences.items() if sentence)
        wait_for(all_told, "every stall to be told", 60)
        for name, sentence in sentences.items():
            print(f"# {name}: {told.get(name)}")
            if sentence:  # what says nothing is given up too, if the flood took minutes
                assert told.get(name) == sentence, (name, told.get(name), sentence)
        assert accounts(home)["good"]["state"] == "online"
        talk(home, bert, "the end")


if "KITH_TEST_DNS_HOLE" not in os.environ:
    os.environ["KITH_TEST_DNS_HOLE"] = "yes"
    code = subprocess.run([sys.executable, HOLE, "--run", sys.executable, os.path.abspath(__file__), *sys.argv[1:]]).returncode
    if code != 77:
        sys.exit(code)
    os.environ["KITH_TEST_DNS_HOLE"] = ""
run(globals())
