#!/usr/bin/env python3
"""kith-purple on prpl-jabber, which has what IRC has not: a certificate to look at, contacts on the server, typing, forms, files."""
import base64
import os
import sys

sys.dont_write_bytecode = True

from purpletest import ejabberd, jabber, prosody  # noqa: E402
from tap import run  # noqa: E402

DOMAIN = "kith.test"


def accept_certificate(b):
    card = b.expect("card", card_kind="certificate")
    assert card["choices"] == ["Reject", "Accept"], card
    assert any("ingerprint" in line for line in card.get("details", [])), card
    assert b.ask("answer", card=card["card"], choice="Accept")["kind"] == "done"
    b.expect("card_gone", card=card["card"])


def online(b, password="secret"):
    """The first time the certificate is looked at; from then on it is known."""
    b.send("connect", password=password, presence="online")
    accept_certificate(b)
    return b.expect("state", state="online")


def say(b, chat, text, own_id, **fields):
    b.send("send", chat=chat, own_id=own_id, text=text, **fields)


def test_certificate_and_wrong_password():
    with prosody("alice:secret") as server, jabber(server, "alice") as alice:
        alice.send("connect", password="secret", presence="online")
        card = alice.expect("card", card_kind="certificate")
        alice.expect("state", state="connecting", text="a question waits; /cards shows it, /answer answers")
        assert alice.ask("answer", card=card["card"])["kind"] == "done"          # closed: the safe choice
        m = alice.expect("state", state="error")
        assert m["reason"] in ("certificate", "tls"), m
        assert m["text"] == f'the certificate of the server of "alice@{DOMAIN}" was not accepted', m
        alice.send("connect", password="wrong", presence="online")
        accept_certificate(alice)
        m = alice.expect("state", state="error", reason="password")
        assert m["text"] == f'the server refused the name or the password of "alice@{DOMAIN}"'
        alice.send("connect", presence="online")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        alice.send("connect", password="secret", presence="online")
        alice.expect("state", state="online")                                     # the certificate is known now


def test_a_question_goes_with_its_connection():
    with prosody("alice:secret") as server, jabber(server, "alice") as alice:
        alice.send("connect", password="secret", presence="online")
        card = alice.expect("card", card_kind="certificate")
        alice.send("disconnect")
        alice.expect("card_gone", card=card["card"])
        alice.expect("state", state="offline")
        assert alice.ask("answer", card=card["card"], choice="Accept")["kind"] == "error"
        online(alice)


def test_chat_typing_and_contacts():
    bob_address = f"bob@{DOMAIN}"
    with prosody("alice:secret:bob", "bob:secret:alice") as server, server.peer("bob") as bob, jabber(server, "alice") as alice:
        state = online(alice)
        assert "typing" in state["can"] and "contacts" in state["can"], state
        alice.expect("contacts_done")
        assert bob_address in alice.contacts
        alice.wait(lambda: alice.presences.get(bob_address, {}).get("presence") == "online")
        bob.do("presence away back & soon")
        alice.expect("presence", presence="away", status="back & soon")
        bob.do(f"send alice@{DOMAIN} hello <there> & all")
        m = alice.expect("message")
        assert m["chat"] == bob_address and m["text"] == "hello <there> & all" and m["chat_kind"] == "chat", m
        bob.do(f"send alice@{DOMAIN} /me waves")
        alice.expect("message", type="action", text="waves")
        bob.do(f"state alice@{DOMAIN} composing")
        alice.expect("typing", chat=bob_address, typing="composing")
        bob.do(f"state alice@{DOMAIN} active")
        alice.expect("typing", chat=bob_address, typing="stopped")
        say(alice, bob_address, "hi <i>bob</i> & co\nsecond line", "a1")
        got = bob.expect("message kind=chat text~hi")
        assert got["text"] == "hi <i>bob</i> & co\nsecond line", got
        alice.wait(lambda: alice.states.get("a1") == "sent")
        say(alice, bob_address, "*as typed* `x`", "a3")
        assert bob.expect("message kind=chat text~typed")["text"] == "*as typed* `x`"
        bob.do(f"message alice@{DOMAIN} chat <body>so it looks</body><html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'>"
               "<p>so <strong>it</strong> <span style='color: #ff0000; text-decoration: underline'>looks</span></p><blockquote>q</blockquote></body></html>")
        m = alice.expect("message", text="so it looks\n> q")
        assert m["markup"] == "b3-5 f4:6-11 u6-11 q12-15", m
        say(alice, bob_address, "laughs", "a2", type="action")
        bob.expect('message "text=/me laughs"')
        alice.send("typing", chat=bob_address, typing="composing")
        bob.expect("message state=composing")
        assert len(alice.messages) == 3, alice.messages
        answer = alice.ask("info", address=bob_address)
        assert answer["kind"] == "done" and "Resource: " in answer["text"], answer
        assert alice.ask("contact_set", address=bob_address, name="Bobby", groups=["Pals"])["kind"] == "done"
        alice.wait(lambda: alice.contacts[bob_address].get("name") == "Bobby" and alice.contacts[bob_address].get("groups") == ["Pals"])
        assert alice.ask("contact_add", address=f"carol@{DOMAIN}", name="Carol")["kind"] == "done"
        alice.wait(lambda: f"carol@{DOMAIN}" in alice.contacts)
        assert alice.ask("contact_remove", address=f"carol@{DOMAIN}")["kind"] == "done"
        alice.wait(lambda: f"carol@{DOMAIN}" not in alice.contacts)
        alice.send("show", presence="dnd", status="busy")
        bob.expect("presence show=dnd status=busy")
        mood = "http://jabber.org/protocol/mood"
        bob.do({"do": "publish", "node": mood, "item": "current", "xml": f"<mood xmlns='{mood}'><happy/><text>the &lt;b&gt; sun</text></mood>"})
        alice.expect("presence", status="back & soon · happy (the <b> sun)")


def test_addresses_that_are_none():
    with prosody("alice:secret") as server, jabber(server, "alice") as alice:
        online(alice)
        for address in ("a@b@c", "@kith.test", "a b@", "nobody"):
            assert alice.ask("contact_add", address=address)["text"] == "this network has no such addresses", address
        assert not alice.contacts


def test_somebody_is_found_and_added():
    bob_address = f"bob@{DOMAIN}"
    with ejabberd("alice:secret", "bob:secret") as server, server.peer("bob") as bob, jabber(server, "alice") as alice:
        bob.do({"do": "iq", "to": "", "kind": "set", "xml": "<vCard xmlns='vcard-temp'><FN>Bob Builder</FN><NICKNAME>bob</NICKNAME></vCard>"})
        online(alice)
        assert alice.ask("action", name="Search for Users")["kind"] == "done"
        card = alice.expect("card", card_kind="input")
        assert alice.ask("answer", card=card["card"], text=f"vjud.{DOMAIN}")["kind"] == "done"
        card = alice.expect("card", card_kind="form")
        assert alice.ask("answer", card=card["card"], values=["nick=bob"])["kind"] == "done"
        card = alice.expect("card", card_kind="form", choices=["close", "add"])
        assert any(line.startswith(f"{bob_address} · Bob Builder") for line in card["details"]), card
        assert alice.ask("answer", card=card["card"], choice="add")["kind"] == "done"
        card = alice.expect("card", card_kind="form", choices=["cancel", "add"])
        assert alice.ask("answer", card=card["card"], choice="add", values=["name=Bob B.", "group=Found"])["kind"] == "done"
        alice.wait(lambda: alice.contacts.get(bob_address, {}).get("name") == "Bob B." and alice.contacts[bob_address]["groups"] == ["Found"])
        bob.expect("presence kind=subscribe")


def test_who_may_see():
    with prosody("alice:secret", "bob:secret") as server, server.peer("bob") as bob, jabber(server, "alice") as alice:
        online(alice)
        bob.do(f"subscribe alice@{DOMAIN}")
        card = alice.expect("card", card_kind="subscription")
        assert card["address"] == f"bob@{DOMAIN}" and card["choices"] == ["deny", "allow"], card
        assert alice.ask("answer", card=card["card"], choice="allow")["kind"] == "done"
        bob.expect("presence kind=subscribed")
        alice.expect("card_gone", card=card["card"])
        assert alice.ask("allow", address="nobody@kith.test", allow=True)["kind"] == "error"


def test_rooms():
    room = f"dev@conference.{DOMAIN}"
    with prosody("alice:secret", "bob:secret") as server, server.peer("bob") as bob, jabber(server, "alice") as alice:
        online(alice)
        bob.do(f"join {room} bob")
        bob.do(f"subject {room} the <new> topic")
        bob.do(f"room-send {room} before alice")
        assert alice.ask("join", chat=room, nick="alice")["kind"] == "done"
        alice.wait(lambda: {"alice", "bob"} <= set(alice.occupants.get(room, {})))
        alice.wait(lambda: alice.rooms[room].get("topic") == "the <new> topic")
        assert alice.rooms[room]["nick"] == "alice"
        bob.do(f"room-send {room} hello all")
        m = alice.expect("message", text="hello all")
        assert m["chat"] == room and m["nick"] == "bob" and m["chat_kind"] == "room", m
        say(alice, room, "hi <all>", "r1", chat_kind="room")
        bob.expect('message kind=room "text=hi <all>"')
        alice.wait(lambda: alice.states.get("r1") == "sent")
        bob.do(f"room-pm {room}/alice in private")
        m = alice.expect("message", chat_kind="private")
        assert m["chat"] == f"{room}/bob" and m["text"] == "in private" and m["nick"] == "bob", m
        say(alice, f"{room}/bob", "psst", "p1", chat_kind="private")
        bob.expect("message kind=private text=psst")
        bob.do(f"room-send {room} last")
        alice.expect("message", text="last")
        assert not [m for m in alice.messages if m["direction"] == "out"], "the room's echo of our own words was doubled"
        bob.do(f"nick {room} robert")
        alice.expect("occupant_gone", nick="bob", new_nick="robert")
        bob.do(f"kick {room} alice enough")
        m = alice.expect("room", chat=room, joined=lambda j: not j)
        assert "enough" in m["text"], m


def test_a_form_and_a_new_room():
    room = f"fresh@conference.{DOMAIN}"
    with prosody("alice:secret") as server, jabber(server, "alice") as alice:
        online(alice)
        alice.send("join", chat=room, nick="alice", request=900)
        card = alice.expect("card", card_kind="choice")
        configure = next(c for c in card["choices"] if "onfigure" in c)
        assert alice.ask("answer", card=card["card"], choice=configure)["kind"] == "done"
        card = alice.expect("card", card_kind="form")
        fields = {m["field"]: m for m in alice.lines if m["kind"] == "card_field" and m["card"] == card["card"]}
        types = {m["type"] for m in fields.values()}
        assert {"text", "yesno", "choice"} <= types, types
        name = next(f for f in fields if "roomname" in f)
        assert alice.ask("answer", card=card["card"], choice=card["choices"][1], values=[f"{name}=The fresh room"])["kind"] == "done"
        alice.expect("card_gone", card=card["card"])
        mallory = f"mallory@{DOMAIN}"
        assert alice.ask("room_rank", chat=room, who=mallory, affiliation="outcast")["kind"] == "done"
        alice.ask("room_ranks", chat=room)
        assert [(m["address"], m["name"]) for m in alice.lines if m["kind"] == "item"] == [(f"alice@{DOMAIN}", "owner"), (mallory, "outcast")]
        assert alice.ask("room_rank", chat=room, who=mallory, affiliation="none")["kind"] == "done"
        assert alice.ask("room_ranks", chat=room, affiliation="outcast")["text"] == "nobody has such a rank"


SI = "http://jabber.org/protocol/si"
IBB = "http://jabber.org/protocol/ibb"


def offer(bob, to, name, data):
    """Offers a file; the answer comes when the other side has decided."""
    bob.write(f"iq {to} set <si xmlns='{SI}' id='s1' profile='{SI}/profile/file-transfer'>"
              f"<file xmlns='{SI}/profile/file-transfer' name='{name}' size='{len(data)}'/>"
              f"<feature xmlns='http://jabber.org/protocol/feature-neg'><x xmlns='jabber:x:data' type='form'>"
              f"<field var='stream-method' type='list-single'><option><value>{IBB}</value></option></field></x></feature></si>")


def decided(bob):
    while True:
        event = bob.next()
        if event["event"] in ("done", "error") and event.get("do") == "iq":
            return event["event"] == "done"


def test_a_file_is_saved_only_when_accepted():
    data = b"some bytes"
    with prosody("alice:secret:bob", "bob:secret:alice") as server, server.peer("bob") as bob, jabber(server, "alice") as alice:
        online(alice)
        full = bob.expect("presence kind=available from~alice")["from"]
        offer(bob, full, "no.txt", data)
        t = alice.expect("transfer", state="offered")
        assert t["name"] == "no.txt" and t["size"] == len(data), t
        alice.send("file_cancel", transfer=t["transfer"])
        assert not decided(bob)
        offer(bob, full, "../../.evil.sh", data)
        t = alice.expect("transfer", state="offered")
        path = os.path.join(alice.directory, "taken")
        assert alice.ask("file_take", transfer=t["transfer"], path=path)["kind"] == "done"
        assert decided(bob)
        encoded = base64.b64encode(data).decode()
        bob.do(f"iq {full} set <open xmlns='{IBB}' sid='s1' block-size='4096' stanza='iq'/>")
        bob.do(f"iq {full} set <data xmlns='{IBB}' sid='s1' seq='0'>{encoded}</data>")
        bob.write(f"iq {full} set <close xmlns='{IBB}' sid='s1'/>")
        alice.expect("transfer", transfer=t["transfer"], state="done")
        with open(path, "rb") as f:
            assert f.read() == data
        assert os.stat(path).st_mode & 0o777 == 0o600


run(globals())
