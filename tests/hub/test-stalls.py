#!/usr/bin/env python3
"""Accounts whose servers stall at every step, a flood on another one, and a good account that must not notice any of it.

The program runs itself again where the name server never answers (faults/dns-blackhole.py). Where that is not allowed, a proxy that
never answers takes the place of the name server: it resolves the name then, and hangs just the same.
"""
import os
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(HERE, os.pardir, part) for part in ("bench", "protocol", "servers")]
HOLE = os.path.join(HERE, os.pardir, "faults", "dns-blackhole.py")

from home import Home, LIBEXEC, wait_for  # noqa: E402
from network import SERVERS, Fault, Prosody  # noqa: E402
from tap import run  # noqa: E402
from watch import Pty, percentile  # noqa: E402
from xmpptest import need_prosody  # noqa: E402

FLOOD = 200000
# account: the program that is its server, its settings, and the sentence that it must come to
STALLS = {
    "mute-tls": (("stall.py", "handshake"), {}, "the server does not finish the TLS handshake"),
    "direct-tls": (("stall.py", "accept"), {"tls": "direct"}, "the server does not finish the TLS handshake"),
    "no-starttls": (("stall.py", "starttls"), {}, "the server does not begin encryption"),
    "no-features": (("stall.py", "header"), {}, None),
    "silent": (("fake.py", "mute"), {"tls": "off"}, None),
}


def xmpp(home, name, user, port, **keys):
    home.account(name, "xmpp", user, **{"server": "127.0.0.1", "port": port, "password_command": "echo secret", **keys})


def add_dead_dns(home, started):
    if os.environ.get("KITH_TEST_DNS_HOLE"):
        home.account("dead-dns", "xmpp", "me@nowhere.example", password_command="echo secret")
        return "the name server does not answer"
    proxy = started(Fault("stall.py", "accept"))
    home.account("dead-dns", "xmpp", "me@nowhere.example", server="xmpp.nowhere.example", proxy=f"socks5://127.0.0.1:{proxy.port}",
                 password_command="echo secret")
    return None


def talk(client, peer, home, number):
    """A message each way over the good account; seconds that it took."""
    begin = time.monotonic()
    assert client.command(f"/msg good/bert@kith.test ping {number}")[0]
    peer.expect(f"message text=ping\\ {number}" if False else "message kind=chat")
    peer.do(f"send anna@kith.test pong {number}")
    client.expect("message", account="good", text=f"pong {number}")
    return time.monotonic() - begin


def test_stalls_and_a_flood_disturb_nobody():
    need_prosody()
    with Prosody("anna:secret:bert", "bert:secret:anna") as server, server.peer("bert") as bert, Home() as home:
        faults = []

        def started(fault):
            faults.append(fault)
            return fault
        try:
            check(home, server, bert, started)
        finally:
            for fault in faults:
                fault.end()


def check(home, server, bert, started):
    wanted = {}
    for name, (program, keys, sentence) in STALLS.items():
        fault = started(Fault(*program))
        xmpp(home, name, f"alice@{'fake' if program[0] == 'fake.py' else 'kith'}.test", fault.port, **keys)
        wanted[name] = sentence
    wanted["dead-dns"] = add_dead_dns(home, started)
    flood = started(Fault("fake.py", "flood", "--messages", str(FLOOD), "--on-line", "--end", "the flood is over"))
    xmpp(home, "flood", "alice@fake.test", flood.port, tls="off")
    xmpp(home, "good", "anna@kith.test", server.env["C2S"], ca_file=server.env["CA"])
    assert home.start() == "ok"
    begin = time.monotonic()
    client = home.client(side="command", can=["messages"])
    home.client().expect("account", account="good", state="online")
    wait_for(lambda: '"state":"online"' in home.kith("status", "flood", "--json").stdout, "the account of the flood")
    with Pty([os.path.join(LIBEXEC, "kith")], home.env) as pty:
        pty.wait("Contact 0")
        pty.type("/query flood/contact0@fake.test\r")
        pty.quiet(0.3)
        flood.write("go")
        times = pty.echo(150, 0.01)
        trips = [talk(client, bert, home, number) for number in range(5)]
        times += pty.echo(100, 0.01)
    print(f"# key to echo: p50 {percentile(times, .5):.2f} ms, p99 {percentile(times, .99):.2f} ms, max {max(times):.2f} ms, {len(times)} keys")
    print(f"# there and back on the good account: max {max(trips) * 1000:.0f} ms, {len(trips)} times")
    assert percentile(times, .99) < 200, times
    client.expect("message", text="the flood is over", seconds=60)
    for name, sentence in wanted.items():
        say(home, name, sentence)
    print(f"# every stall was told {time.monotonic() - begin:.0f} s after the start")
    assert talk(client, bert, home, 99) < 10


def say(home, name, sentence):
    pass


if "KITH_TEST_DNS_HOLE" not in os.environ:
    os.environ["KITH_TEST_DNS_HOLE"] = "yes"
    code = subprocess.run([sys.executable, HOLE, "--run", sys.executable, os.path.abspath(__file__), *sys.argv[1:]]).returncode
    if code != 77:
        sys.exit(code)
    os.environ["KITH_TEST_DNS_HOLE"] = ""
run(globals())
