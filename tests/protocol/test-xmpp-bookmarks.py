#!/usr/bin/env python3
"""The rooms that an account keeps at its server (XEP-0402, XEP-0048, XEP-0049), with another client on the same account."""
import sys
import time

sys.dont_write_bytecode = True

from xmpptest import run, server, without_server, xmpp  # noqa: E402
from backend import Backend  # noqa: E402
from network import Fault  # noqa: E402

ACCOUNTS = ("alice:secret", "bob:secret")
NODE = "urn:xmpp:bookmarks:1"
ROOM, TEA = "den@conference.kith.test", "tea@conference.kith.test"


def conference(**attributes):
    inside = attributes.pop("inside", "")
    return f"<conference xmlns='{NODE}' " + " ".join(f"{k}='{v}'" for k, v in attributes.items()) + f">{inside}</conference>"


def put(peer, item, xml):
    peer.do({"do": "publish", "node": NODE, "item": item, "xml": xml})


def kept(peer):
    """What stands in the node, by room."""
    try:
        return peer.do(f"items {NODE}")["items"]
    except AssertionError as missing:
        assert "item-not-found" in str(missing), missing
        return {}


def until(condition, what):
    """Asks the server until it is so: it tells this client nothing."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, what


def listed(backend):
    """The bookmarks of the login."""
    backend.expect("bookmarks_done")
    return {m["chat"]: m for m in backend.lines if m["kind"] == "bookmark" and not m.get("fresh")}


def test_another_device_and_this_one():
    with server(*ACCOUNTS) as there, there.peer("alice") as other, xmpp(there, "alice") as alice:
        put(other, ROOM, conference(name="Den", autojoin="true", inside="<nick>Al</nick><password>p</password>"
                                                      "<extensions><x xmlns='urn:other'/></extensions>"))
        alice.connect("secret")
        mark = listed(alice)[ROOM]
        assert mark["name"] == "Den" and mark["nick"] == "Al" and mark["password"] == "p" and mark["autojoin"], mark

        # what the user wants is written, and what others have put in stays
        alice.send("bookmark", chat=ROOM, name="The den", autojoin=True)
        alice.send("bookmark", chat=TEA, autojoin=False)
        until(lambda: TEA in kept(other), "the second bookmark")
        now = kept(other)
        assert set(now) == {ROOM, TEA} and "The den" in now[ROOM] and "urn:other" in now[ROOM] and "<" in now[ROOM], now
        assert ">Al<" in now[ROOM] and ">p<" in now[ROOM], now
        assert "true" not in now[TEA], now
        # our own words come back as no news
        put(other, TEA, conference(name="Tea", autojoin="1"))
        fresh = alice.expect("bookmark", fresh=True)
        assert fresh["chat"] == TEA and fresh["autojoin"] and fresh["name"] == "Tea", fresh
        assert len([m for m in alice.lines if m["kind"] == "bookmark" and m.get("fresh")]) == 1, "an echo"
        other.do(f"unpublish {NODE} {ROOM}")
        if there.name == "ejabberd":     # which tells nobody of a removal
            put(other, "x@conference.kith.test", conference())
        assert alice.expect("bookmark", chat=ROOM, fresh=True)["gone"]
        alice.send("bookmark", chat=TEA, gone=True)
        until(lambda: TEA not in kept(other), "the bookmark to go")


def test_two_of_our_own():
    with server(*ACCOUNTS) as there, xmpp(there, "alice") as one, xmpp(there, "alice") as two:
        for device in (one, two):
            device.connect("secret")
            device.expect("bookmarks_done")
        one.send("bookmark", chat=ROOM, name="Den", nick="Al", autojoin=True)
        got = two.expect("bookmark", chat=ROOM, fresh=True)
        assert got["name"] == "Den" and got["nick"] == "Al" and got["autojoin"], got
        # a change of mind is not undone by its own echo
        for autojoin in (False, True, False, True):
            two.send("bookmark", chat=ROOM, autojoin=autojoin)
        two.send("bookmark", chat=TEA, autojoin=True)
        one.expect("bookmark", chat=TEA, fresh=True)
        assert all(m.get("autojoin") for m in one.lines if m["kind"] == "bookmark" and m["chat"] == ROOM)
        assert not [m for m in two.lines if m["kind"] == "bookmark" and m["chat"] == TEA], "an echo"
        assert len([m for m in two.lines if m["kind"] == "bookmark" and m["chat"] == ROOM]) == 1, "an echo"
        if there.name == "ejabberd":     # which answers late: who writes at the same time may write last
            two.wait(lambda: TEA in two.keep.get("bookmarks", ""), "all to be written")
        one.send("bookmark", chat=ROOM, gone=True)
        two.expect("bookmark", chat=ROOM, fresh=True, autojoin=None)


def test_strangers_and_nonsense():
    with server(*ACCOUNTS) as there, there.peer("alice") as other, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        put(other, "nonsense", conference(autojoin="true"))
        put(other, ROOM, f"<conference xmlns='{NODE}' autojoin='maybe'><nick/></conference>")
        alice.connect("secret")
        marks = listed(alice)
        assert set(marks) == {ROOM} and not marks[ROOM].get("autojoin") and "nick" not in marks[ROOM], marks
        # an event of somebody else's (CVE-2023-28686)
        event = (f"<event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{NODE}'><item id='evil@conference.kith.test'>"
                 f"{conference(autojoin='true')}</item></items></event>")
        bob.do({"do": "message", "to": "alice@kith.test", "kind": "headline", "xml": event})
        bob.do("send alice@kith.test behind it")
        alice.expect("message", text="behind it")
        assert not alice.has("bookmark", chat="evil@conference.kith.test")


def test_older_bookmarks():
    storage = ("<storage xmlns='storage:bookmarks'><url name='x' url='http://x.test/'/>"
               f"<conference jid='{ROOM}' name='Old den' autojoin='true'><nick>Al</nick></conference></storage>")
    with server(*ACCOUNTS) as there, there.peer("alice") as other, xmpp(there, "alice") as alice:
        other.do({"do": "iq", "to": "alice@kith.test", "kind": "set", "xml": f"<query xmlns='jabber:iq:private'>{storage}</query>"})
        alice.connect("secret")
        mark = listed(alice)[ROOM]
        assert mark["name"] == "Old den" and mark["nick"] == "Al" and mark["autojoin"], mark
        alice.send("bookmark", chat=TEA, autojoin=True)
        until(lambda: TEA in kept(other), "the bookmark")
        assert ROOM in kept(other), "the older one was not copied"

        def old():
            return other.do({"do": "iq", "to": "alice@kith.test", "kind": "get", "xml": "<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'/></query>"})["xml"]
        until(lambda: TEA in old() and ROOM in old(), "the older form")


def test_forms_that_differ_after_a_while():
    """Where the server does not keep the forms equal the last common state tells what changed where."""
    def storage(*rooms):
        return "<storage xmlns='storage:bookmarks'>" + "".join(f"<conference jid='{r}' autojoin='true'/>" for r in rooms) + "</storage>"

    with server(*ACCOUNTS) as there, there.peer("alice") as other, xmpp(there, "alice") as alice:
        if there.name == "prosody":
            return                       # it does keep them equal
        third, fourth = "x@conference.kith.test", "y@conference.kith.test"
        alice.connect("secret")
        alice.expect("bookmarks_done")
        for room in (ROOM, TEA, third):
            alice.send("bookmark", chat=room, autojoin=True)
        alice.wait(lambda: all(r in alice.keep.get("bookmarks", "") for r in (ROOM, TEA, third)), "both to be equal")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        other.do(f"unpublish {NODE} {ROOM}")
        other.do({"do": "iq", "to": "alice@kith.test", "kind": "set", "xml": f"<query xmlns='jabber:iq:private'>{storage(ROOM, third, fourth)}</query>"})
        before = len(alice.lines)
        alice.connect("secret")
        alice.expect("bookmarks_done")
        marks = {m["chat"] for m in alice.lines[before:] if m["kind"] == "bookmark"}
        assert marks == {third, fourth}, marks
        until(lambda: set(kept(other)) == {third, fourth}, "the node to be as both now")


def test_after_a_resume_by_a_new_process():
    with server(*ACCOUNTS) as there, there.peer("alice") as other, xmpp(there, "alice") as alice:
        put(other, ROOM, conference(autojoin="true"))
        alice.connect("secret")
        assert ROOM in listed(alice)
        alice.kill()
        put(other, TEA, conference(autojoin="true"))
        alice.start()
        alice.connect("secret")
        alice.expect("bookmarks_done")
        assert alice.has("bookmark", chat=TEA)


@without_server
def test_a_server_that_keeps_nothing_is_said_to():
    with Fault("fake.py", "archive", "--messages", "1") as fault:
        with Backend("kith-xmpp", account="fake", protocol="xmpp", address="alice@fake.test",
                     settings=["server=127.0.0.1", f"port={fault.port}", "tls=off"]) as alice:
            alice.connect("secret")
            # each thing that the server has not is told as it is found out, in any order
            told = alice.wait(lambda: next((m for m in alice.lines if m["kind"] == "abilities" and "bookmarks" not in m["can"]), None), "the news of it")
            assert "rooms" in told["can"], told


run(globals())
