#!/usr/bin/env python3
"""Corrections, retractions, moderation, reactions, replies, files and attention of kith-xmpp, with another client, on both servers.

Who may amend what is the history's to judge (tests/unit/test-history*.c); here it is what the backend makes of the stanzas, and who is who.
The last tests have a whole hub: what a screen sees of it in the end.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "hub"))

from home import Home  # noqa: E402
from xmpptest import account_keys, now, run, say, server, state_of, xmpp  # noqa: E402

ACCOUNTS = ("alice:secret:bob", "bob:secret:alice", "carol:secret")
ROOM = "den@conference.kith.test"
BOB, ALICE = "bob@kith.test", "alice@kith.test"
URL = "https://upload.kith.test/1/cat.jpg"


def name(n):
    return f"amend-{n}-0123456789abcdef"


def send(backend, chat, type, own_id, **fields):
    backend.send("send", chat=chat, type=type, own_id=own_id, time=now(), **fields)


def sent_as(backend, own_id):
    """The archive's id of a message of ours in a room."""
    state_of(backend, own_id, "sent")
    return next(m["archive_id"] for m in backend.lines if m["kind"] == "message_state" and m["own_id"] == own_id and m.get("archive_id"))


def enter(backend, nick):
    answer = backend.ask("join", chat=ROOM, nick=nick)
    assert answer["kind"] == "done", answer
    backend.wait(lambda: nick in backend.occupants.get(ROOM, {}), nick + " to be in the room")
    # a room that was just made is asked what it can once we are in: that is answered before this
    assert backend.ask("info", address=ROOM)["kind"] == "done"


def test_ours_from_one_to_one():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice, xmpp(there, "alice") as phone:
        alice.connect("secret")
        phone.connect("secret")
        say(alice, BOB, "gud morning", name("m1"))
        assert bob.expect('message text="gud morning"')["id"] == name("m1")
        phone.expect("message", text="gud morning", direction="out")

        send(alice, BOB, "correction", name("c1"), text="good morning", target=name("m1"))
        assert bob.expect(f'message text="good morning" replaces={name("m1")}')["wants_receipt"]
        got = phone.expect("message", type="correction", direction="out")
        assert got["target"] == name("m1") and got["chat"] == BOB and got["own_id"] == name("c1"), got
        send(alice, BOB, "reactions", name("c2"), text="👍 🐢", target=name("m1"))
        assert bob.expect(f'message reacts_to={name("m1")}')["reactions"] == ["👍", "🐢"]
        phone.expect("message", type="reactions", direction="out", text="👍 🐢")
        send(alice, BOB, "reactions", name("c3"), target=name("m1"))
        assert bob.expect(f'message reacts_to={name("m1")}')["reactions"] == []
        phone.expect("message", type="reactions", text=lambda t: not t)
        say(alice, BOB, "fine ☕", name("r1"), target=name("m1"), target_from=ALICE, target_text="how\nis it?")
        got = bob.expect(f'message reply_to={name("m1")}')
        assert got["text"] == "> how\n> is it?\nfine ☕", got
        assert phone.expect("message", text="fine ☕")["target"] == name("m1")
        send(alice, BOB, "retraction", name("c4"), target=name("m1"))
        bob.expect(f'message retracts={name("m1")}')
        assert not phone.expect("message", type="retraction", target=name("m1")).get("text")
        for n in ("c1", "c2", "c3", "c4", "r1"):
            state_of(alice, name(n), "sent")
        # the archive tells their places, that is all
        assert not alice.has("message", direction="out", archived=None), "our own came back to us"

        send(alice, BOB, "retraction", name("f1"))
        assert alice.expect("message_state", own_id=name("f1"))["error"] == "that message has no id"


def test_theirs_from_one_to_one():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        first = bob.do(f"send {ALICE} gud morning")["message"]
        assert alice.expect("message", text="gud morning")["sender_id"] == first
        second = bob.do(f"correct {ALICE} {first} good morning")["message"]
        got = alice.expect("message", type="correction", text="good morning")
        assert got["target"] == first and got["sender_id"] == second and got["from"] == BOB, got
        bob.do(f"react {ALICE} {first} 👍 🐢")
        alice.expect("message", type="reactions", target=first, text="👍 🐢")
        bob.do(f"react {ALICE} {first}")
        alice.expect("message", type="reactions", target=first, text=lambda t: not t)
        bob.do({"do": "reply", "to": ALICE, "message": first, "author": BOB, "quote": "good ☕ morning", "text": "> yes"})
        alice.expect("message", target=first, type="text", text="> yes")
        bob.do(f"retract {ALICE} {first}")
        assert not alice.expect("message", type="retraction", target=first).get("text")
        assert not alice.has("message", text="/me retracted a message") and not alice.has("message", text="retracted a message")
        # a stranger's: it is told under his name, and the history knows whose the message was
        carol.do(f"correct {ALICE} {first} forged")
        assert alice.expect("message", text="forged")["from"] == "carol@kith.test"
        # nobody moderates a chat
        carol.do({"do": "message", "to": ALICE, "kind": "chat", "xml": f"<retract xmlns='urn:xmpp:message-retract:1' id='{first}'>"
                  f"<moderated xmlns='urn:xmpp:message-moderate:1' by='{BOB}'/></retract><body>moderated</body><store xmlns='urn:xmpp:hints'/>"})
        carol.do(f"send {ALICE} done")
        alice.expect("message", text="done")
        assert not alice.has("message", type="moderation") and not alice.has("message", text="moderated")


def test_ours_in_a_room():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        say(alice, ROOM, "gud morning", name("m1"), chat_kind="room")
        bob.expect('message kind=room text="gud morning"')
        archived = sent_as(alice, name("m1"))
        of_it = {"chat_kind": "room", "target": name("m1"), "target_archive": archived}

        send(alice, ROOM, "correction", name("c1"), text="good morning", **of_it)
        bob.expect(f'message kind=room text="good morning" replaces={name("m1")}')
        send(alice, ROOM, "reactions", name("c2"), text="👍", **of_it)
        assert bob.expect(f"message reacts_to={archived}")["reactions"] == ["👍"]
        say(alice, ROOM, "yes", name("r1"), target_from=ROOM + "/Al", target_text="good morning", **of_it)
        assert bob.expect(f"message reply_to={archived}")["text"] == "> good morning\nyes"
        send(alice, ROOM, "retraction", name("c3"), **of_it)
        bob.expect(f"message retracts={archived}")
        assert len({sent_as(alice, name(n)) for n in ("m1", "c1", "c2", "c3", "r1")}) == 5
        # the archive tells their places, that is all
        assert not alice.has("message", direction="out", archived=None), "our own came back to us"

        send(alice, ROOM, "reactions", name("f1"), text="👍", chat_kind="room", target="said-by-nobody-here")
        assert alice.expect("message_state", own_id=name("f1"))["error"] == "the room has given that message no id"


def test_theirs_in_a_room():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        carol.do(f"join {ROOM} carol")
        first = bob.do(f"room-send {ROOM} gud morning")["message"]
        said = alice.expect("message", text="gud morning")
        archived = said["archive_id"]
        assert said["sender_id"] == first
        # Prosody vouches for its occupants; ejabberd 23.01 does not, and what an occupant says of that is not believed
        bobs = said.get("occupant")
        assert bool(bobs) == (there.name == "prosody"), said
        assert bobs == alice.occupants[ROOM]["bob"].get("occupant"), (said, alice.occupants[ROOM])

        bob.do(f"correct {ROOM} {first} good morning")
        got = alice.expect("message", type="correction", text="good morning")
        assert got["target"] == first and got["nick"] == "bob" and got.get("occupant") == bobs and got["archive_id"], got
        bob.do(f"react {ROOM} {archived} 👍")
        got = alice.expect("message", type="reactions", target=archived)
        assert got["text"] == "👍" and got["nick"] == "bob" and got.get("occupant") == bobs, got
        bob.do({"do": "reply", "to": ROOM, "message": archived, "author": ROOM + "/bob", "quote": "good morning", "text": "all"})
        assert alice.expect("message", target=archived, type="text")["text"] == "all"
        bob.do(f"retract {ROOM} {archived}")
        assert alice.expect("message", type="retraction", target=archived)["nick"] == "bob"

        # another occupant: the history compares the lasting ids; where there are none, it is no amendment
        forged = "<occupant-id xmlns='urn:xmpp:occupant-id:0' id='%s'/>" % (bobs or "x")
        carol.do({"do": "message", "to": ROOM, "kind": "groupchat",
                  "xml": f"<body>forged</body><replace xmlns='urn:xmpp:message-correct:0' id='{first}'/>{forged}"})
        got = alice.expect("message", text="forged")
        if there.name == "prosody":
            assert got["type"] == "correction" and got["occupant"] not in (None, bobs), got
        else:
            assert got["type"] == "text" and "target" not in got and "occupant" not in got, got

        # the same name, somebody else behind it
        bob.do(f"leave {ROOM}")
        alice.expect("occupant_gone", nick="bob")
        carol.do(f"nick {ROOM} bob")
        alice.wait(lambda: "bob" in alice.occupants[ROOM] and "carol" not in alice.occupants[ROOM], "carol to be called bob")
        carol.do(f"correct {ROOM} {first} I am bob")
        got = alice.expect("message", text="I am bob")
        assert got["type"] == "text" or got["occupant"] != bobs, got
        carol.do(f"retract {ROOM} {archived}")
        carol.do(f"room-send {ROOM} over")
        alice.expect("message", text="over")
        second = [m for m in alice.messages if m["type"] == "retraction"][1:]
        assert all(m.get("occupant") and m["occupant"] != bobs for m in second) and (second or there.name == "ejabberd"), second


def test_moderation():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        carol.do(f"join {ROOM} carol")
        carol.do(f"room-send {ROOM} buy this")
        first = alice.expect("message", text="buy this")["archive_id"]
        send(alice, ROOM, "moderation", name("m1"), chat_kind="room", text="no adverts", target_archive=first)
        if there.name == "ejabberd":
            # 23.01 has none
            told = alice.expect("message_state", own_id=name("m1"))
            assert told["error"] == "the room does not let its moderators take back what others said", told
        else:
            state_of(alice, name("m1"), "sent")
            got = alice.expect("message", type="moderation", target=first)
            assert got["nick"] == "Al" and got["text"] == "no adverts" and got["from"] == ROOM and got["direction"] == "in", got
            send(alice, ROOM, "moderation", name("m2"), chat_kind="room", target_archive="no-such-id")
            assert alice.expect("message_state", own_id=name("m2"))["state"] == "failed"
            # another moderator; and ours when we are none
            alice.ask("room_rank", chat=ROOM, who="bob", role="moderator")
            carol.do(f"room-send {ROOM} buy that")
            second = alice.expect("message", text="buy that")["archive_id"]
            bob.do({"do": "iq", "to": ROOM, "kind": "set", "xml": f"<apply-to xmlns='urn:xmpp:fasten:0' id='{second}'>"
                    "<moderate xmlns='urn:xmpp:message-moderate:0'><retract xmlns='urn:xmpp:message-retract:0'/></moderate></apply-to>"})
            got = alice.expect("message", type="moderation", target=second)
            assert got["nick"] == "bob" and "text" not in got, got
        # an occupant says what only the room can
        for xml in (f"<apply-to xmlns='urn:xmpp:fasten:0' id='{first}'><moderated xmlns='urn:xmpp:message-moderate:0' by='{ROOM}/Al'>"
                    "<retract xmlns='urn:xmpp:message-retract:0'/></moderated></apply-to>",
                    f"<retract xmlns='urn:xmpp:message-retract:1' id='{first}'><moderated xmlns='urn:xmpp:message-moderate:1' by='{ROOM}/Al'/></retract>"):
            carol.do({"do": "message", "to": ROOM, "kind": "groupchat", "xml": xml + "<body>moderated</body>"})
        carol.do(f"room-send {ROOM} over")
        alice.expect("message", text="over")
        # the archive may have told of the true one once more
        believed = [m for m in alice.messages if m["type"] == "moderation" and m["target"] == first and m.get("text") != "no adverts"]
        assert not believed and not alice.has("message", text="moderated"), believed


def test_in_private_with_an_occupant():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: "bob" in alice.occupants[ROOM], "bob to be there")
        first = bob.do(f"room-pm {ROOM}/Al psst")["message"]
        alice.expect("message", text="psst", chat=ROOM + "/bob", chat_kind="private")
        bob.do(f"react {ROOM}/Al {first} 🐢")
        got = alice.expect("message", type="reactions", target=first)
        assert got["chat"] == ROOM + "/bob" and got["chat_kind"] == "private" and got["nick"] == "bob", got
        send(alice, ROOM + "/bob", "reactions", name("p1"), text="👍", chat_kind="private", target=first)
        assert bob.expect(f"message kind=private reacts_to={first}")["reactions"] == ["👍"]
        # from one to one it is another chat
        bob.do(f"react {ALICE} {first} 👀")
        assert alice.expect("message", type="reactions", text="👀")["chat"] == BOB


def test_what_happened_meanwhile():
    """From the archives: amendments of somebody, of another device of ours, and in a room."""
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: "bob" in alice.occupants[ROOM], "bob to be there")
        first = bob.do(f"send {ALICE} one")["message"]
        alice.expect("message", text="one")
        in_room = bob.do(f"room-send {ROOM} room one")["message"]
        said = alice.expect("message", text="room one")
        alice.send("disconnect")
        alice.expect("state", state="offline")

        bob.do(f"correct {ALICE} {first} uno")
        bob.do(f"react {ALICE} {first} 🐢")
        phone.do(f"react {BOB} {first} 👍")
        second = phone.do(f"send {BOB} two")["message"]
        phone.do(f"retract {BOB} {second}")
        bob.do(f"correct {ROOM} {in_room} room uno")
        bob.do(f"react {ROOM} {said['archive_id']} 👀")
        bob.expect("message kind=room reacts_to=" + said["archive_id"])
        rude = bob.do(f"room-send {ROOM} buy")["message"]
        rude = bob.expect(f"message kind=room id={rude}")["stanza_id"]
        if there.name == "prosody":
            bob.do(f"retract {ROOM} {rude}")
            bob.expect(f"message kind=room retracts={rude}")

        alice.connect("secret")
        for direction, type, target, text in (("in", "correction", first, "uno"), ("in", "reactions", first, "🐢"), ("out", "reactions", first, "👍"),
                                              ("out", "retraction", second, None)):
            got = alice.wait(lambda: next((m for m in alice.lines if m["kind"] == "message" and m["type"] == type and m["direction"] == direction
                                           and m.get("target") == target and m.get("archived")), None), f"{type} {direction}")
            assert got.get("text") == text and got["chat"] == BOB and got["archive_id"], got
        alice.wait(lambda: alice.has("message", text="two", direction="out"), "what the other device said")
        enter(alice, "Al")
        got = alice.wait(lambda: next((m for m in alice.lines if m.get("text") == "room uno" and m.get("archived")), None), "the correction in the room")
        # who is who in a room's archive only lasting ids tell
        assert got["type"] == ("correction" if there.name == "prosody" else "text") and got.get("occupant") == said.get("occupant"), got
        alice.wait(lambda: alice.has("message", type="reactions", target=said["archive_id"], archived=True), "the reaction in the room")
        if there.name == "prosody":
            alice.wait(lambda: alice.has("message", type="retraction", target=rude, archived=True), "the retraction in the room")


def test_what_a_room_took_back_meanwhile():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        alice.ask("room_rank", chat=ROOM, who=BOB, affiliation="owner")
        bob.do(f"join {ROOM} bob")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        rude = bob.do(f"room-send {ROOM} buy")["message"]
        rude = bob.expect(f"message kind=room id={rude}")["stanza_id"]
        if there.name == "prosody":
            bob.do({"do": "iq", "to": ROOM, "kind": "set", "xml": f"<apply-to xmlns='urn:xmpp:fasten:0' id='{rude}'><moderate xmlns='urn:xmpp:message-moderate:0'>"
                    "<retract xmlns='urn:xmpp:message-retract:0'/><reason>adverts</reason></moderate></apply-to>"})
        alice.connect("secret")
        enter(alice, "Al")
        if there.name == "prosody":
            # the archive has a tombstone in its place, and the room's announcement behind it
            alice.wait(lambda: len([m for m in alice.messages if m["type"] == "moderation" and m["target"] == rude and m["nick"] == "bob"
                                    and m["text"] == "adverts"]) == 2, "both")
            assert not alice.has("message", text="buy")
        else:
            alice.wait(lambda: alice.has("message", text="buy"), "the message")


def test_what_is_in_doubt_is_looked_up_and_goes_out_once():
    """Amendments without words are in the archives too, under our id: after a session was lost they tell whether a try had arrived."""
    doubtful = "0123456789abcdef 7 dead"
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        enter(alice, "Al")
        bob.do(f"join {ROOM} bob")
        first = bob.do(f"send {ALICE} one")["message"]
        in_room = bob.do(f"room-send {ROOM} one")["message"]
        archived = alice.expect("message", sender_id=in_room)["archive_id"]
        each = ((BOB, {"target": first}), (ROOM, {"chat_kind": "room", "target": in_room, "target_archive": archived}))
        for i, (chat, of_it) in enumerate(each):
            send(alice, chat, "reactions", name(f"a{i}"), text="👍", **of_it)
            bob.expect("message reacts_to=" + (archived if i else first))
            state_of(alice, name(f"a{i}"), "sent")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        alice.end()
        alice.states.clear()
        alice.start()
        alice.connect("secret")
        enter(alice, "Al")
        for i, (chat, of_it) in enumerate(each):
            send(alice, chat, "reactions", name(f"a{i}"), text="👍", mark=doubtful, **of_it)       # it had arrived
            send(alice, chat, "reactions", name(f"b{i}"), text="🐢", mark=doubtful, **of_it)       # it had not
            assert bob.expect("message reacts_to=" + (archived if i else first))["reactions"] == ["🐢"], "it came twice"
        for n in ("a0", "a1", "b0", "b1"):
            state_of(alice, name(n), "sent")
        # What was taken back before it left is nothing to the other, and neither is that.
        send(alice, BOB, "text", name("c"), text="", mark=doubtful)
        send(alice, BOB, "retraction", name("d"), target=name("c"))
        state_of(alice, name("c"), "failed")
        state_of(alice, name("d"), "sent")
        say(alice, BOB, "two", name("e"))
        assert "retracts" not in bob.expect("message"), "it was taken back all the same"


def test_files_are_named_and_not_fetched():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do({"do": "message", "to": ALICE, "kind": "chat", "xml": f"<body>{URL}</body><x xmlns='jabber:x:oob'><url>{URL}</url></x>"})
        got = alice.expect("message", text=URL)
        assert got["attachments"] == [URL], got
        bob.do({"do": "message", "to": ALICE, "kind": "chat", "xml": f"<body>{URL}?2</body><file-sharing xmlns='urn:xmpp:sfs:0'>"
                "<file xmlns='urn:xmpp:file:metadata:0'><name>../cat.jpg</name><media-type>image/jpeg</media-type><size>9</size></file>"
                f"<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{URL}?2'/></sources></file-sharing>"})
        got = alice.expect("message", text=URL + "?2")
        assert got["attachments"] == [URL + "?2\n../cat.jpg\nimage/jpeg\n9"], got
        # a voice message with its length, and a picture as other programs send it (XEP-0385), whose small copy is nothing to us
        bob.do({"do": "message", "to": ALICE, "kind": "chat", "xml": f"<body>{URL}?3</body><file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>"
                "<file xmlns='urn:xmpp:file:metadata:0'><name>rec.ogg</name><media-type>audio/ogg</media-type><size>48000</size><length>12300</length></file>"
                f"<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{URL}?3'/></sources></file-sharing>"})
        assert alice.expect("message", text=URL + "?3")["attachments"] == [URL + "?3\nrec.ogg\naudio/ogg\n48000\n\n\n12300\n\ninline"]
        bob.do({"do": "message", "to": ALICE, "kind": "chat", "xml": f"<body>{URL}?4</body><reference xmlns='urn:xmpp:reference:0' begin='0' end='9' type='data'>"
                "<media-sharing xmlns='urn:xmpp:sims:1'><file xmlns='urn:xmpp:jingle:apps:file-transfer:5'><media-type>image/jpeg</media-type><name>cat.jpg</name>"
                "<size>900</size><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash><thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:x' media-type='image/png'/>"
                "<width>640</width><height>480</height></file>"
                f"<sources><reference xmlns='urn:xmpp:reference:0' type='data' uri='{URL}?4'/></sources></media-sharing></reference>"})
        assert alice.expect("message", text=URL + "?4")["attachments"] == [URL + "?4\ncat.jpg\nimage/jpeg\n900\nAAAA\n\n\n640x480"]
        say(alice, BOB, URL, name("m1"), attachments=[URL + "\ncat.jpg\nimage/jpeg\n9\nAAAA\na cat"])
        got = bob.expect(f"message text={URL}")
        assert got["id"] == name("m1")
        for part in ("jabber:x:oob", "urn:xmpp:sfs:0", "cat.jpg", "image/jpeg", "a cat"):
            assert part in got["xml"], part


def test_attention():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.wait(lambda: BOB in alice.presences, "bob to be there")
        carol.do(f"attention {ALICE}")
        bob.do(f"attention {ALICE}")
        got = alice.expect("message", type="event", chat=BOB)
        assert got["mention"] and got["text"] == "asks for your attention" and not alice.has("message", chat="carol@kith.test"), got
        bob.do(f"attention {ALICE}")
        assert alice.ask("attention", chat=BOB)["kind"] == "done"
        bob.expect("message kind=headline xml~urn:xmpp:attention:0")
        assert len([m for m in alice.messages if m["type"] == "event"]) == 1
        bob.do("unavailable")
        alice.wait(lambda: alice.presences[BOB]["presence"] == "offline", "bob to be gone")
        assert alice.ask("attention", chat=BOB)["text"] == '"bob@kith.test" is not there now'


# ---- with a hub ----

def at_home(home, there, user):
    home.account(user, "xmpp", f"{user}@kith.test", password_command="echo secret", **account_keys(there))
    home.start()
    screen = home.client()
    screen.see("account", state="online")
    return screen


def changed(screen, first_text, **fields):
    """The message that had that text at first, as it was told again with these fields."""
    first = screen.see("message", text=first_text)
    return screen.see("message", id=first["id"], again=True, **fields)


def test_a_screen_sees_what_became_of_a_message():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, Home() as home:
        screen = at_home(home, there, "alice")
        first = bob.do(f"send {ALICE} gud morning")["message"]
        bob.do(f"correct {ALICE} {first} good morning")
        assert changed(screen, "gud morning", text="good morning")["edited"]
        bob.do(f"correct {ALICE} {first} /me yawns")
        assert changed(screen, "gud morning", text="yawns")["type"] == "action"
        bob.do(f"react {ALICE} {first} 👍")
        assert changed(screen, "gud morning", reactions=["👍 bob@kith.test"])
        # strangers' amendments of what is not theirs, and of what is not there; a correction of another kind
        for target in (first, "no-such-message-at-all"):
            carol.do(f"correct {ALICE} {target} forged")
            carol.do(f"retract {ALICE} {target}")
            carol.do(f"react {ALICE} {target} 👎")
        bob.do(f"correct {ALICE} no-such-message-at-all forged")
        bob.do(f"retract {ALICE} {first}")
        got = changed(screen, "gud morning", retracted=True)
        assert not got.get("text") and not got.get("reactions"), got
        # nothing brings it back
        bob.do(f"correct {ALICE} {first} back again")
        bob.do(f"react {ALICE} {first} 👀")
        carol.do(f"send {ALICE} over")
        screen.see("message", text="over")
        bob.do(f"send {ALICE} over and out")
        screen.see("message", text="over and out")
        told = [m for m in screen.all("message")]
        assert not any("forged" in m.get("text", "") or "back again" in m.get("text", "") for m in told), told
        assert not any("👎" in r for m in told for r in m.get("reactions", [])), told
        assert told[-1]["id"] and {m["type"] for m in told if "type" in m} <= {"text", "action"}, told


def test_a_screen_sees_a_room_amended():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, Home() as home:
        bob.do(f"join {ROOM} bob")
        carol.do(f"join {ROOM} carol")
        screen = at_home(home, there, "alice")
        screen.command(f"/join {ROOM} Al")
        screen.see("room", joined=True)
        first = bob.do(f"room-send {ROOM} gud morning")["message"]
        archived = screen.see("message", text="gud morning")["archive_id"]
        bob.do(f"correct {ROOM} {first} good morning")
        assert changed(screen, "gud morning", text="good morning")["edited"]
        bob.do(f"react {ROOM} {archived} 👍")
        changed(screen, "gud morning", reactions=["👍 bob"])
        carol.do(f"react {ROOM} {archived} 👍 🐢")
        assert changed(screen, "gud morning", reactions=["👍 bob", "👍 carol", "🐢 carol"])
        # another occupant; then one who has taken the name
        carol.do(f"correct {ROOM} {first} forged")
        carol.do(f"retract {ROOM} {archived}")
        bob.do(f"leave {ROOM}")
        screen.see("occupant_gone", nick="bob")
        carol.do(f"nick {ROOM} bob")
        screen.see("occupant_gone", nick="carol")
        carol.do(f"correct {ROOM} {first} forged too")
        carol.do(f"retract {ROOM} {archived}")
        carol.do(f"room-send {ROOM} over")
        screen.see("message", text="over")
        told = screen.all("message", archive_id=archived)
        assert told[-1]["text"] == "good morning" and not any(m.get("retracted") for m in told), told
        if there.name == "prosody":
            bob.do(f"join {ROOM} bobby")
            bob.do({"do": "iq", "to": ROOM, "kind": "set", "xml": f"<apply-to xmlns='urn:xmpp:fasten:0' id='{archived}'><moderate xmlns='urn:xmpp:message-moderate:0'>"
                    "<retract xmlns='urn:xmpp:message-retract:0'/><reason>rude</reason></moderate></apply-to>"})
            assert changed(screen, "gud morning", retracted=True)["note"] == "by bobby: rude"


def in_chat(screen, chat, line):
    return screen.command(line, account="alice", chat=chat)


def test_a_screen_amends():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, Home() as home:
        screen = at_home(home, there, "alice")
        in_chat(screen, BOB, f"/msg {BOB} gud morning")
        first = bob.expect('message text="gud morning"')["id"]
        in_chat(screen, BOB, "/correct good morning")
        bob.expect(f'message text="good morning" replaces={first}')
        assert changed(screen, "gud morning", text="good morning")["edited"]
        in_chat(screen, BOB, "/correct ^ /me yawns")
        bob.expect(f'message text="/me yawns" replaces={first}')
        said = bob.do(f"send {ALICE} tea?")["message"]
        screen.see("message", text="tea?")
        in_chat(screen, BOB, "/react ^ 👍 🐢")
        assert bob.expect(f"message reacts_to={said}")["reactions"] == ["👍", "🐢"]
        assert changed(screen, "tea?", reactions=["👍 ", "🐢 "])
        in_chat(screen, BOB, "/react ^ 👍")
        assert bob.expect(f"message reacts_to={said}")["reactions"] == ["🐢"]
        in_chat(screen, BOB, "/reply ^ yes")
        assert bob.expect(f"message reply_to={said}")["text"] == "> tea?\nyes"
        in_chat(screen, BOB, "/retract")
        assert bob.expect("message retracts~.")["retracts"] != first
        in_chat(screen, BOB, "/retract -3")
        bob.expect(f"message retracts={first}")
        assert changed(screen, "gud morning", retracted=True)
        in_chat(screen, BOB, f"/attention {BOB}")
        bob.expect("message kind=headline xml~urn:xmpp:attention:0")


def test_a_screen_amends_in_a_room():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, Home() as home:
        screen = at_home(home, there, "alice")
        screen.command(f"/join {ROOM} Al")
        screen.see("room", joined=True)
        bob.do(f"join {ROOM} bob")
        in_chat(screen, ROOM, "/me is hre")
        first = bob.expect('message kind=room text="/me is hre"')
        screen.see("message_state", own_id=first["id"], state="sent")
        in_chat(screen, ROOM, "/correct /me is here")
        bob.expect(f'message text="/me is here" replaces={first["id"]}')
        assert changed(screen, "is hre", text="is here")["type"] == "action"
        in_chat(screen, ROOM, "/react ^ 🎉")
        bob.expect(f"message reacts_to={first['stanza_id']}")
        bob.do(f"room-send {ROOM} buy this")
        rude = screen.see("message", text="buy this")
        in_chat(screen, ROOM, "/reply ^ no")
        assert bob.expect(f"message reply_to={rude['archive_id']}")["text"] == "> buy this\nno"
        in_chat(screen, ROOM, f"/moderate {rude['id']} no adverts")
        if there.name == "prosody":
            assert changed(screen, "buy this", retracted=True)["note"] == "by Al: no adverts"
        else:
            told = screen.see("notice", failure=True)
            assert told["text"] == "the room does not let its moderators take back what others said: the moderation was taken back", told
            assert changed(screen, "buy this", text="buy this")
        in_chat(screen, ROOM, "/retract -3")
        bob.expect(f"message retracts={first['stanza_id']}")
        assert changed(screen, "is hre", retracted=True)
        # before the room has shown it, and so has given it a name to take it back by
        in_chat(screen, ROOM, "oops")
        in_chat(screen, ROOM, "/retract")
        oops = bob.expect("message kind=room text=oops")
        bob.expect(f"message retracts={oops['stanza_id']}")


run(globals())
