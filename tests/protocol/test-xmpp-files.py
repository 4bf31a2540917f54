#!/usr/bin/env python3
"""kith-xmpp and files: places on the server, files from program to program both ways, what others may try, what is declined."""
import base64
import hashlib
import os

from xmpptest import run, server, xmpp
from network import Peer  # xmpptest knows where it is

PEOPLE = ("alice:secret:bob=Bob", "bob:secret:alice", "mallory:secret")


def file_peer(there, user):
    return Peer("filepeer.py", f"{user}@{there.env['DOMAIN']}", "--port", there.env["C2S"], "--ca", there.env["CA"])



def make(alice, data, name="some.bin"):
    path = os.path.join(alice.directory, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def digest(data):
    return base64.b64encode(hashlib.sha256(data).digest()).decode()


def send_file(alice, data, chat="bob@kith.test", transfer="t1", **fields):
    path = make(alice, data, transfer)
    alice.request += 1
    alice.send("file_send", request=alice.request, chat=chat, transfer=transfer, path=path, name="a name.bin", type="text/plain", size=len(data),
               sha256=digest(data), **fields)
    return alice.request


def there_is(alice):
    alice.wait(lambda: alice.presences.get("bob@kith.test", {}).get("presence") == "online", "bob to be there")


def test_the_server_gives_a_place():
    with server(*PEOPLE) as there, xmpp(there, "alice") as alice:
        alice.connect("secret")
        assert "files" in alice.state["can"]
        send_file(alice, b"x" * 1000)
        slot = alice.expect("slot", transfer="t1")
        assert slot["put"].startswith("https://") and slot["get"].startswith("https://"), slot
        assert all(h.split(":")[0] in ("Authorization", "Cookie", "Expires") for h in slot.get("headers", [])), slot
        request = send_file(alice, b"y", transfer="t2")
        alice.expect("slot", transfer="t2")
        # too large for the server, and nobody there to take it directly
        alice.send("file_send", request=request + 1, chat="bob@kith.test", transfer="t3", path="/nowhere", name="big", size=1 << 40)
        assert "too large" in alice.expect("error", request=request + 1)["text"]
        alice.send("file_send", request=request + 2, chat="room@conference.kith.test", chat_kind="room", transfer="t4", path="/nowhere", name="big", size=1 << 40)
        assert "too large" in alice.expect("error", request=request + 2)["text"]


def test_a_file_goes_straight_to_the_contact_s_program():
    data = os.urandom(100_000)
    with server(*PEOPLE) as there, file_peer(there, "bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        there_is(alice)
        send_file(alice, data, direct=True)
        offer = bob.expect("jingle action=session-initiate")
        assert offer["name"] == "a name.bin" and offer["size"] == "100000" and offer["hash"] == digest(data), offer
        alice.expect("transfer", transfer="t1", state="waiting")
        got = bob.do(f"take {offer['sid']}")
        assert got["size"] == 100000 and got["sha256"] == digest(data), got
        alice.expect("transfer", transfer="t1", state="active")
        alice.expect("transfer", transfer="t1", state="done")
        # declined
        send_file(alice, b"no", transfer="t2", direct=True)
        offer = bob.expect("jingle action=session-initiate")
        bob.do(f"decline {offer['sid']}")
        assert "declined" in alice.expect("transfer", transfer="t2", state="failed")["text"]
        # given up by the user
        send_file(alice, b"no", transfer="t3", direct=True)
        offer = bob.expect("jingle action=session-initiate")
        alice.send("file_cancel", transfer="t3")
        assert bob.expect("jingle action=session-terminate")["reason"] == "cancel"


def test_somebody_whose_program_takes_no_files_gets_none():
    with server(*PEOPLE) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        there_is(alice)
        request = send_file(alice, b"data", direct=True)
        assert "takes files directly" in alice.expect("error", request=request)["text"]
        request = send_file(alice, b"data", chat="nobody@kith.test", transfer="t2", direct=True)
        assert "takes files directly" in alice.expect("error", request=request)["text"]


def test_an_offer_waits_for_the_user_and_is_taken():
    with server(*PEOPLE) as there, file_peer(there, "bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        me = bob.expect("presence from~alice@kith.test/")["from"]
        for size, block in ((60_000, "4096"), (1, "4096"), (8192, "8192")):
            sid = bob.do({"do": "offer", "to": me, "name": "../b.txt", "size": str(size), "block": block})["sid"]
            offer = alice.expect("transfer", state="offered")
            assert offer["chat"] == "bob@kith.test" and offer["size"] == size and offer["name"] == "../b.txt" and offer.get("direction", "in") == "in", offer
            path = os.path.join(alice.directory, f"in-{size}")
            answer = alice.ask("file_take", transfer=offer["transfer"], path=path)
            assert answer["kind"] == "done", answer
            assert bob.do(f"give {sid}")["reason"] == "success"
            alice.expect("transfer", transfer=offer["transfer"], state="done")
            with open(path, "rb") as file:
                assert file.read() == bytes(i % 256 for i in range(size))
        # declined, and taken back
        sid = bob.do({"do": "offer", "to": me, "name": "c", "size": "10"})["sid"]
        offer = alice.expect("transfer", state="offered")
        alice.send("file_cancel", transfer=offer["transfer"])
        assert bob.do(f"give {sid}")["reason"] == "decline"
        sid = bob.do({"do": "offer", "to": me, "name": "d", "size": "10"})["sid"]
        offer = alice.expect("transfer", state="offered")
        bob.do(f"take-back {sid}")
        alice.expect("transfer", transfer=offer["transfer"], state="cancelled")
        assert alice.ask("file_take", transfer=offer["transfer"], path=os.path.join(alice.directory, "late"))["kind"] == "error"
        assert not os.path.exists(os.path.join(alice.directory, "late"))


def test_offers_that_lie_fail_and_nothing_too_much_is_taken():
    with server(*PEOPLE) as there, file_peer(there, "bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        me = bob.expect("presence from~alice@kith.test/")["from"]
        for n, (claim, hash_, words) in enumerate([("100", None, "larger than"), ("90000", None, "did not come"), (None, "A" * 43 + "=", "hash differs")]):
            fields = {"claim": claim, "digest": hash_}
            sid = bob.do({"do": "offer", "to": me, "name": "x", "size": "20000", **{k: v for k, v in fields.items() if v}})["sid"]
            offer = alice.expect("transfer", state="offered")
            path = os.path.join(alice.directory, f"lie-{n}")
            assert alice.ask("file_take", transfer=offer["transfer"], path=path)["kind"] == "done"
            assert bob.do(f"give {sid}")["reason"] != "success"
            assert words in alice.expect("transfer", transfer=offer["transfer"], state="failed")["text"]
            assert os.path.getsize(path) <= (100 if claim == "100" else 20000)
        # pieces nobody agreed on, other ways, nonsense
        ibb = "http://jabber.org/protocol/ibb"
        assert bob.do({"do": "jingle", "to": me, "xml": f"<open xmlns='{ibb}' sid='none' block-size='4096'/>"})["error"] == "service-unavailable"
        assert bob.do({"do": "jingle", "to": me, "xml": f"<data xmlns='{ibb}' sid='none' seq='0'>AAAA</data>"})["error"] == "item-not-found"
        assert bob.do({"do": "jingle", "to": me, "xml": f"<close xmlns='{ibb}' sid='none'/>"})["error"] == "item-not-found"
        jingle = "urn:xmpp:jingle:1"
        assert bob.do({"do": "jingle", "to": me, "xml": f"<jingle xmlns='{jingle}' action='session-accept' sid='none'/>"})["error"] == "item-not-found"
        assert bob.do({"do": "jingle", "to": me, "xml": f"<jingle xmlns='{jingle}' action='session-initiate'/>"})["error"] == "bad-request"
        for content, reason in (("", "unsupported-applications"), ("<description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/>", "unsupported-applications"),
                                ("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>x</name><size>5</size></file></description>"
                                 "<transport xmlns='urn:xmpp:jingle:transports:s5b:1' sid='s'/>", "unsupported-transports"),
                                ("<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>x</name></file></description>"
                                 "<transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='s' block-size='4096'/>", "failed-application")):
            xml = f"<jingle xmlns='{jingle}' action='session-initiate' sid='odd'><content creator='initiator' name='n'>{content}</content></jingle>"
            assert "error" not in bob.do({"do": "jingle", "to": me, "xml": xml})
            assert bob.expect("jingle action=session-terminate")["reason"] == reason
        # no more than a few undecided ones of one contact
        for n in range(5):
            bob.do({"do": "offer", "to": me, "name": str(n), "size": "10"})
            alice.expect("transfer", state="offered", name=str(n))
        try:
            bob.do({"do": "offer", "to": me, "name": "too many", "size": "10"})
            raise AssertionError("a sixth offer was taken")
        except AssertionError as e:
            assert "resource-constraint" in str(e), e


def test_strangers_offer_nothing_and_call_nobody():
    with server(*PEOPLE) as there, file_peer(there, "mallory") as mallory, file_peer(there, "bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        me = bob.expect("presence from~alice@kith.test/")["from"]
        before = len(alice.lines)
        for xml in ("<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'/>", "<si xmlns='http://jabber.org/protocol/si' id='a'/>",
                    "<open xmlns='http://jabber.org/protocol/ibb' sid='s' block-size='4096'/>"):
            assert mallory.do({"do": "jingle", "to": me, "xml": xml})["error"] == "service-unavailable", xml
        propose = "<propose xmlns='urn:xmpp:jingle-message:0' id='c1'><description xmlns='urn:xmpp:jingle:apps:rtp:1' media='audio'/></propose>"
        mallory.do({"do": "message", "to": me, "kind": "chat", "xml": propose})
        # somebody who may see us is told no, and the user is told
        bob.do({"do": "message", "to": me, "kind": "chat", "xml": propose.replace("c1", "c2")})
        assert "jingle-message:0" in bob.expect("message from~alice@kith.test/ xml~reject.*c2")["xml"]
        called = alice.wait(lambda: [m for m in alice.messages if "call you" in m.get("text", "")])
        assert len(called) == 1 and called[0]["chat"] == "bob@kith.test" and called[0]["type"] == "event", called
        answer = bob.do({"do": "jingle", "to": me, "xml": "<si xmlns='http://jabber.org/protocol/si' id='a' profile='http://jabber.org/protocol/si/profile/file-transfer'/>"})
        assert answer["error"] == "bad-request" and "no-valid-streams" in answer["xml"] and "XEP-0363" in answer["xml"], answer
        alice.wait(lambda: [m for m in alice.messages if "XEP-0096" in m.get("text", "")])
        assert not [m for m in alice.lines[before:] if m.get("chat") == "mallory@kith.test"]
        mallory.do("refuse message")


def test_a_lost_connection_ends_the_talk():
    with server(*PEOPLE) as there, file_peer(there, "bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        me = bob.expect("presence from~alice@kith.test/")["from"]
        sid = bob.do({"do": "offer", "to": me, "name": "x", "size": "10"})["sid"]
        offer = alice.expect("transfer", state="offered")
        alice.send("disconnect")
        alice.wait(lambda: alice.state and alice.state["state"] == "offline", "offline")
        alice.connect("secret")
        assert alice.ask("file_take", transfer=offer["transfer"], path=os.path.join(alice.directory, "x"))["kind"] == "error"
        assert sid


if __name__ == "__main__":
    run(globals())
