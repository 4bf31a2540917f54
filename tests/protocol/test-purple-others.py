#!/usr/bin/env python3
"""kith-purple on the other networks that have a server here, each with somebody who is no kith; and the failures of those that have none."""
import glob
import os
import sys

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


def test_networks_without_a_server_here():
    """Each account can be made, tries to connect, and says why not."""
    need_purple()
    listed = os.popen(f"{os.path.join(os.environ.get('KITH_LIBEXEC', '.'), PROGRAM)} --protocols").read()
    for protocol, address, settings in (("gg", "123456", ["gg_server=127.0.0.1:1"]), ("novell", "me", ["server=127.0.0.1", "port=1"]),
                                        ("meanwhile", "me@127.0.0.1", ["port=1"]), ("zephyr", "me", []),
                                        ("discord", "me@example.org", ["proxy=socks5://127.0.0.1:1"]),
                                        ("rocketchat", "me|127.0.0.1:1", []), ("sipe", "me@example.org,me", ["server=127.0.0.1:1"])):
        if f'"protocol":"{protocol}"' not in listed:
            continue
        with Backend(PROGRAM, account="there", protocol=protocol, address=address, settings=[*settings, "login_timeout=4"]) as b:
            b.send("connect", password="secret")
            m = b.expect("state", state=lambda s: s in ("offline", "error"), reason=lambda r: r != "none")
            text = m["text"]
            print(f"# {protocol}: {m['reason']}: {text}")
            assert text and not text.endswith(".") and "\n" not in text and not text.startswith("A "), m


run(globals())
