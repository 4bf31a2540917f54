#!/usr/bin/env python3
"""kith-purple on the other networks that have a server here, each with somebody who is no kith; and the failures of those that have none."""
import glob
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading

sys.dont_write_bytecode = True

from purpletest import PROGRAM, Backend, need_purple  # noqa: E402
from tap import Skip, run  # noqa: E402


def kamailio():
    need_purple()
    if not os.path.exists("/usr/sbin/kamailio"):
        raise Skip("kamailio is not installed")
    if not glob.glob("/usr/lib/*/kamailio/modules/presence.so"):
        raise Skip("kamailio-presence-modules is not installed")
    from network import Kamailio
    return Kamailio()


def simple(server, user, *settings):
    return Backend(PROGRAM, account="sip", protocol="simple", address=f"{user}@sip.test",
                   settings=["useproxy=yes", "proxy=127.0.0.1", f"port={server.env['SIP']}", *settings])


def test_simple_on_kamailio():
    with kamailio() as server, server.peer("bob") as bob:
        # each way with an account of its own: the server remembers for ten minutes that somebody has left
        for user, settings in (("alice", []), ("carol", ["udp=yes"])):
            with simple(server, user, *settings) as account:
                account.connect("secret")
                talk(account, bob)
                watch(account, bob)


def talk(account, bob):
    bob.do(f"send {account.address} hello <you> & co")
    m = account.expect("message")
    assert (m["chat"], m["direction"], m["text"]) == ("bob@sip.test", "in", "hello <you> & co"), m
    account.send("send", chat="bob@sip.test", own_id="s1", text="hi <bob> & all")
    got = bob.expect(f"message from={account.address}")
    assert got["text"] == "hi <bob> & all", got
    account.wait(lambda: account.states.get("s1") == "sent")
    bob.do({"do": "send", "to": account.address, "text": "<html><body><b>bold</b> &amp; more</body></html>", "type": "text/html"})
    assert account.expect("message")["text"] == "bold & more"


def watch(account, bob):
    """Each sees when the other comes and goes."""
    bob.do("show open here")
    assert account.ask("contact_add", address="bob@sip.test", name="Bob", groups=[])["kind"] == "done"
    assert account.contacts["bob@sip.test"]["name"] == "Bob", account.contacts
    account.wait(lambda: account.presences.get("bob@sip.test", {}).get("presence") == "online", "bob to be online")
    bob.do("show closed")
    account.wait(lambda: account.presences["bob@sip.test"]["presence"] == "offline", "bob to be offline")
    bob.do("forget")
    bob.do(f"watch {account.address}")
    bob.expect(f"presence from={account.address} basic=open")
    account.send("disconnect")
    bob.expect(f"presence from={account.address} basic=closed")
    assert account.ask("contact_remove", address="bob@sip.test")["kind"] == "error"           # not online
    account.connect("secret")
    assert account.ask("contact_remove", address="bob@sip.test")["kind"] == "done"
    assert "bob@sip.test" not in account.contacts


def test_simple_without_its_server():
    """The plugin does not notice that the server is gone."""
    with kamailio() as server:
        for settings, reason, words in (([], "network", "was lost"), (["udp=yes", "silence_limit=3"], "timeout", "no longer answers")):
            with simple(server, "alice", *settings) as alice:
                alice.connect("secret")
                server.stop("--now")
                m = alice.expect("state", state="offline")
                assert m["reason"] == reason and words in m["text"], m
                if not settings:
                    alice.send("connect", password="secret")
                    alice.expect("state", state="offline", reason="refused")
                server.restart()
                alice.connect("secret")
                with server.peer("bob") as bob:
                    bob.do("send alice@sip.test back again")
                    assert alice.expect("message")["text"] == "back again"


# Protocol, address and settings of an account whose server is at HOST and PORT.
OTHERS = [
    ("gg", "123456", ["gg_server={host}"]),
    ("novell", "me", ["server={host}", "port={port}"]),
    ("meanwhile", "me:{host}", ["port={port}"]),
    ("discord", "me@example.org", ["proxy=socks5://{host}:{port}"]),
    ("rocketchat", "me|{host}:{port}", []),
    ("sipe", "me@example.org,me", ["server={host}:{port}"]),
    ("simple", "me@{host}", ["port={port}"]),
    ("irc", "me@{host}", ["port={port}", "ssl=yes"]),
    ("jabber", "me@{host}", ["port={port}"]),
    ("mra", "me@example.org", ["host={host}", "port={port}"]),
    ("nateon", "me@example.org", ["server={host}", "port={port}"]),
]

# The plugins in the packages of Debian 12 (libpurple0 and those for one network), by id; the last does not load outside of Pidgin.
DEBIAN = ["prpl-bonjour", "prpl-eionrobb-discord", "prpl-gg", "prpl-novell", "prpl-irc", "prpl-mra", "prpl-mm-sms", "prpl-nateon", "prpl-sipe",
          "prpl-eionrobb-rocketchat", "prpl-simple", "prpl-snpp", "prpl-meanwhile", "prpl-jabber", "prpl-zephyr"]


def listed_lines(*directories):
    program = os.path.join(os.environ.get("KITH_LIBEXEC", "."), PROGRAM)
    return subprocess.run([program, "--protocols", *directories], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode()


def test_every_protocol_of_debian():
    need_purple()
    lines = [json.loads(line) for line in listed_lines().splitlines() if line.startswith("{")]
    there = {m["id"]: m for m in lines if "protocol" in m}
    for plugin in DEBIAN:
        if plugin not in there:
            print(f"# not installed: {plugin}")
            continue
        about = there[plugin]
        assert about["network"] and "nothing is known" not in about["network"], about
        assert "block" in about["can"] and about["address"].startswith("NAME"), about
    # those of libpurple0 itself, and what the tests install
    missing = [plugin for plugin in DEBIAN if plugin not in there]
    if missing:
        raise Skip(f"packages of plugins are not installed: {', '.join(missing)}")


def test_a_plugin_that_does_not_load():
    need_purple()
    with tempfile.TemporaryDirectory() as directory:
        with open(os.path.join(directory, "libpager.so"), "w") as file:
            file.write("no library")
        unfit = [m for m in map(json.loads, (line for line in listed_lines(directory).splitlines() if '"unfit"' in line)) if m["unfit"] == "pager"]
        assert len(unfit) == 1 and unfit[0]["why"] == "file too short", unfit


def test_a_modem_that_is_not_there():
    """Its plugin would end the process where there is no system bus."""
    need_purple()
    if "prpl-mm-sms" not in listed_lines():
        raise Skip("purple-mm-sms is not installed")
    with Backend(PROGRAM, account="there", protocol="sms", address="me", env={"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=/nowhere/bus"}) as b:
        for _ in range(2):
            b.send("connect", password="secret")
            m = b.expect("state", state=lambda s: s in ("offline", "error"), reason=lambda r: r != "none")
            assert m["state"] == "offline" and m["text"].startswith("the system's message bus (D-Bus)"), m


def test_an_address_without_a_server():
    need_purple()
    for protocol, address, text in (
            ("simple", "al", 'the address or a setting of "al" is wrong: SIP connect server not specified'),
            ("rocketchat", "al", 'the address "al" names no server: it is NAME|SERVER')):
        if f'"protocol":"{protocol}"' not in listed_lines():
            continue
        with Backend(PROGRAM, account="there", protocol=protocol, address=address) as b:
            b.send("connect", password="secret")
            m = b.expect("state", state="error")
            assert (m["reason"], m["text"]) == ("settings", text), m


def fail_to_connect(host, port, answer, *left_out):
    """Every account tries, and its sentence has one of the words of answer."""
    need_purple()
    listed = listed_lines()
    backends = []
    for protocol, address, settings in OTHERS:
        if f'"protocol":"{protocol}"' in listed and protocol not in left_out:
            backends.append(Backend(PROGRAM, account="there", protocol=protocol, address=address.format(host=host, port=port),
                                    settings=[*(s.format(host=host, port=port) for s in settings), "login_timeout=5"]).start())
    try:
        for b in backends:
            b.send("connect", password="secret")
        for b in backends:
            m = b.expect("state", state=lambda s: s in ("offline", "error"), reason=lambda r: r != "none")
            print(f"# {b.protocol}: {m['state']}, {m['reason']}: {m['text']}")
            # a try that never got through is tried again, and asks for no other password nor anything else
            assert not any(line["kind"] == "card" for line in b.lines), b.lines
            assert m["state"] == "offline" and m["reason"] in ("refused", "host", "network", "timeout", "protocol", "server"), m
            assert any(words in m["text"] for words in answer) or (b.protocol == "nateon" and "does not tell why" in m["text"]), m
            assert "SSL" not in m["text"] and not m["text"].endswith(".") and "\n" not in m["text"], m
    finally:
        for b in backends:
            b.end()
            b.remove_directory()


COULD_NOT = "could be made: its name or port may be wrong, or it does not run"


def test_a_server_that_refuses():
    fail_to_connect("127.0.0.1", 1, ["does not accept connections", COULD_NOT])


def test_a_server_that_is_not_known():
    fail_to_connect("no.such.invalid", 9, ["is not known", COULD_NOT, "did not answer in time"])


def test_a_server_that_says_nothing():
    # Gadu-Gadu has a port of its own; Mail.ru's plugin says that it is online before anybody answers
    with socket.create_server(("127.0.0.1", 0)) as silent:
        fail_to_connect("127.0.0.1", silent.getsockname()[1], ["did not answer in time"], "gg", "mra")


def test_a_server_that_speaks_something_else():
    def answer(server):
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            try:
                line.sendall(b"<not what you expect>&\r\n\0\r\n" * 50)
                line.recv(4096)
            except OSError:
                pass
            line.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        try:
            # Gadu-Gadu has a port of its own; Discord has a test of its own; Sametime's plugin takes the first bytes for a length and asks for so much memory
            fail_to_connect("127.0.0.1", server.getsockname()[1], ["did not answer in time", "was lost", "closed the connection", "agreed to no encrypted",
                            "is no server for"], "gg", "discord")
        finally:
            server.shutdown(socket.SHUT_RDWR)


def test_discord_can_not_tell_why():
    """Its plugin calls a connection that speaks something else a wrong password."""
    need_purple()
    if not glob.glob("/usr/lib/*/purple-2/libdiscord.so"):
        raise Skip("purple-discord is not installed")

    def answer(server):
        while True:
            try:
                line, _ = server.accept()
            except OSError:
                return
            line.sendall(b"not what you expect\r\n")
            line.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        with Backend(PROGRAM, account="there", protocol="discord", address="me@example.org", settings=[f"proxy=socks5://127.0.0.1:{server.getsockname()[1]}"]) as b:
            b.send("connect", password="secret")
            m = b.expect("state", state=lambda s: s in ("offline", "error"), reason=lambda r: r != "none")
            assert "the plugin does not tell which" in m["text"], m
        server.shutdown(socket.SHUT_RDWR)


run(globals())
