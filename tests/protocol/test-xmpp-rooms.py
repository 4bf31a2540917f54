#!/usr/bin/env python3
"""kith-xmpp in rooms (XEP-0045), against Prosody and another client."""
import sys

sys.dont_write_bytecode = True

from xmpptest import run, say, server, state_of, xmpp  # noqa: E402
from network import Peer  # noqa: E402

ACCOUNTS = ("alice:secret:bob", "bob:secret:alice", "carol:secret")
ROOM = "den@conference.kith.test"


def names(backend):
    return sorted(backend.occupants.get(ROOM, {}))


def test_enter_speak_and_leave():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        assert alice.ask("join", chat=ROOM, nick="Al")["kind"] == "done"
        assert alice.rooms[ROOM]["joined"] and alice.rooms[ROOM]["nick"] == "Al", alice.rooms
        me = alice.occupants[ROOM]["Al"]
        assert me["role"] == "moderator" and me["affiliation"] == "owner" and me["address"] == "alice@kith.test", me
        # a new room is open to others at once
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: names(alice) == ["Al", "bob"], "bob to be there")

        assert "kind: conference/text" in alice.ask("info", address=ROOM)["text"]
        say(alice, ROOM, "hello all", "r1-0123456789abcdef", chat_kind="room")
        bob.expect('message kind=room text="hello all" nick=Al')
        state_of(alice, "r1-0123456789abcdef", "sent")
        assert not alice.has("message", text="hello all"), "the own words came twice"
        assert [m for m in alice.lines if m["kind"] == "message_state" and m.get("archive_id")], "no archive id"
        bob.do(f"room-send {ROOM} /me smiles")
        got = alice.expect("message", chat=ROOM, text="smiles", type="action")
        assert got["nick"] == "bob" and got["chat_kind"] == "room" and got["archive_id"] and got["from"] == ROOM + "/bob", got

        bob.do(f"room-pm {ROOM}/Al psst")
        got = alice.expect("message", text="psst")
        assert got["chat"] == ROOM + "/bob" and got["chat_kind"] == "private" and got["nick"] == "bob", got
        say(alice, ROOM + "/bob", "what?", "p1-0123456789abcdef", chat_kind="private")
        bob.expect(f'message kind=private text="what?" from={ROOM}/Al')
        state_of(alice, "p1-0123456789abcdef", "sent")
        say(alice, ROOM + "/ghost", "who?", "p2-0123456789abcdef", chat_kind="private")
        assert alice.expect("message_state", own_id="p2-0123456789abcdef", state="failed")["chat"] == ROOM + "/ghost"

        assert alice.ask("set_topic", chat=ROOM, topic="tea")["kind"] == "done"
        bob.expect("message kind=room subject=tea")
        alice.wait(lambda: alice.rooms[ROOM].get("topic") == "tea", "the topic")
        assert alice.ask("set_nick", chat=ROOM, nick="Alice")["kind"] == "done"
        alice.wait(lambda: names(alice) == ["Alice", "bob"] and alice.rooms[ROOM]["nick"] == "Alice", "the new name")
        assert alice.has("occupant_gone", nick="Al", new_nick="Alice")
        refused = alice.ask("set_nick", chat=ROOM, nick="bob")
        assert refused["kind"] == "error" and refused["text"] == 'the name "bob" is taken in the room', refused
        alice.send("show", presence="away", status="tea")
        bob.expect(f"presence from={ROOM}/Alice show=away status=tea")
        bob.do(f"leave {ROOM} so long")
        assert alice.expect("occupant_gone", nick="bob")["text"] == "so long"
        assert alice.ask("part", chat=ROOM, text="bye")["kind"] == "done"
        assert not alice.rooms[ROOM].get("joined")
        assert alice.ask("part", chat=ROOM)["text"] == "you are not in the room"
        assert alice.ask("join", chat="kith.test", nick="x")["text"] == '"kith.test" is not the address of a room'


def test_refusals_are_told():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        alice.connect("secret")
        assert alice.ask("join", chat=ROOM, nick="bob")["text"] == 'the name "bob" is taken in the room'
        bob.do(f"room-set {ROOM} muc#roomconfig_roomsecret tea")
        bob.do(f"room-set {ROOM} muc#roomconfig_passwordprotectedroom 1")
        assert alice.ask("join", chat=ROOM, nick="Al")["text"] == "the room needs a password"
        assert alice.ask("join", chat=ROOM, nick="Al", password="milk")["text"] == "the room refused the password"
        assert alice.ask("join", chat=ROOM, nick="Al", password="tea")["kind"] == "done"
        bob.do(f"kick {ROOM} Al too loud")
        alice.wait(lambda: alice.rooms[ROOM].get("text"), "to be put out")
        assert alice.rooms[ROOM]["text"] == "you were kicked by bob: too loud" and not alice.rooms[ROOM].get("joined"), alice.rooms
        bob.do(f"affiliation {ROOM} alice@kith.test outcast")
        assert alice.ask("join", chat=ROOM, nick="Al", password="tea")["text"] == "you are banned from the room"
        say(alice, ROOM, "let me in", "f1-0123456789abcdef", chat_kind="room")
        failed = alice.expect("message_state", own_id="f1-0123456789abcdef", state="failed")
        assert failed["error"] == "you are not in the room", failed


def test_a_room_that_is_closed():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        bob.do(f"destroy {ROOM} the end")
        alice.wait(lambda: alice.rooms[ROOM].get("text") == "the room was closed: the end", "the end")


def test_invitations_of_both_kinds():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        alice.connect("secret")
        assert alice.ask("info", address="kith.test")["kind"] == "done"
        for verb, reason in (("invite-direct", "come in"), ("invite", "do come")):
            bob.do(f"{verb} {ROOM} alice@kith.test {reason}")
            card = alice.expect("card", card_kind="invitation", address=ROOM)
            assert card["text"] == reason and card["choices"][0] == "ignore" and "bob" in card["title"], card
            alice.ask("answer", card=card["card"], choice="ignore")
            assert not alice.cards
        bob.do(f"invite {ROOM} alice@kith.test once more")
        card = alice.expect("card", card_kind="invitation")
        assert alice.ask("answer", card=card["card"], choice="join")["kind"] == "done"
        alice.wait(lambda: alice.rooms.get(ROOM, {}).get("joined"), "to be in")
        with there.peer("carol") as carol:
            assert alice.ask("invite", chat=ROOM, address="carol@kith.test", text="hi")["kind"] == "done"
            assert carol.expect("message invite~direct")["invite"]["room"] == ROOM
        other = "club@conference.kith.test"
        assert alice.ask("join", chat=other)["kind"] == "done"
        assert alice.rooms[other]["nick"] == "alice"
        assert alice.ask("invite", chat=other, address="no body@x")["kind"] == "error"


def test_members_only_rooms_invite_through_the_room():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        bob.do(f"affiliation {ROOM} alice@kith.test admin")
        bob.do(f"room-set {ROOM} muc#roomconfig_membersonly 1")
        alice.connect("secret")
        assert alice.ask("join", chat=ROOM, nick="Al")["kind"] == "done"
        assert alice.ask("invite", chat=ROOM, address="carol@kith.test", text="hi")["kind"] == "done"
        assert carol.expect("message invite~mediated")["invite"]["reason"] == "hi"


def test_history_comes_once_and_delayed():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        bob.do(f"room-send {ROOM} before")
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        got = alice.expect("message", text="before")
        assert got["delayed"] and got["time"], got
        say(alice, ROOM, "mine", "h1-0123456789abcdef", chat_kind="room")
        state_of(alice, "h1-0123456789abcdef", "sent")
        # a new session, as after a day offline: the hub asks for the room again and refuses the doubles
        alice.send("disconnect")
        alice.expect("state", state="offline")
        bob.do(f"room-send {ROOM} meanwhile")
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        alice.expect("message", text="meanwhile")
        assert [m["text"] for m in alice.messages if m["text"] in ("before", "meanwhile")] == ["before", "meanwhile"]


def test_rooms_after_a_kill():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        alice.kill()
        bob.do(f"room-send {ROOM} while dead")
        alice.occupants.clear()
        alice.start()
        say(alice, ROOM, "queued", "k1-0123456789abcdef", chat_kind="room")
        assert not alice.connect("secret").get("resumed")
        assert alice.ask("join", chat=ROOM, nick="Al")["kind"] == "done"
        alice.wait(lambda: names(alice) == ["Al", "bob"], "all to be there")
        alice.expect("message", text="while dead")
        bob.expect("message kind=room text=queued")
        state_of(alice, "k1-0123456789abcdef", "sent")
        assert len([m for m in alice.messages if m["text"] == "while dead"]) == 1


def items(backend, answer):
    """What a list had: address -> item."""
    assert answer["kind"] == "done", answer
    return {i["address"]: i for i in backend.lines if i["kind"] == "item" and i["request"] == answer["request"]}


def test_ranks_and_what_the_room_says_of_them():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        alice.expect("notice", chat=ROOM, text="you made this room; /configure sets it up")
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: names(alice) == ["Al", "bob"], "bob to be there")

        def rank(who, **fields):
            return alice.ask("room_rank", chat=ROOM, who=who, **fields)

        # bob is an occupant by nick, and by address
        assert rank("bob", role="moderator")["kind"] == "done"
        alice.wait(lambda: alice.occupants[ROOM]["bob"]["role"] == "moderator", "bob the moderator")
        assert alice.expect("message", type="event", nick="bob")["text"] == "is a moderator now"
        assert rank("bob@kith.test", role="participant")["kind"] == "done"
        alice.wait(lambda: alice.occupants[ROOM]["bob"]["role"] == "participant", "bob without it")
        assert rank("bob", affiliation="member", text="welcome")["kind"] == "done"
        alice.wait(lambda: alice.occupants[ROOM]["bob"]["affiliation"] == "member", "bob the member")
        assert alice.expect("message", type="event", text="is a member now")["nick"] == "bob"
        assert rank("carol@kith.test", affiliation="admin")["kind"] == "done"
        assert rank("mallory@evil.test", affiliation="outcast", text="spam")["kind"] == "done"
        everybody = items(alice, alice.ask("room_ranks", chat=ROOM))
        assert {a: i["text"].split(":")[0] for a, i in everybody.items()} == {
            "alice@kith.test": "owner", "bob@kith.test": "member", "carol@kith.test": "admin", "mallory@evil.test": "outcast"}, everybody
        assert list(items(alice, alice.ask("room_ranks", chat=ROOM, affiliation="outcast"))) == ["mallory@evil.test"]
        assert rank("mallory@evil.test", affiliation="none")["kind"] == "done"
        assert alice.ask("room_ranks", chat=ROOM, affiliation="outcast")["text"] == "nobody has such a rank"
        assert rank("nobody", role="visitor")["text"] == '"nobody" is not in the room'
        refused = rank("Al", affiliation="none")
        assert refused["kind"] == "error" and refused["text"] in ("a room can't be without an owner", 'the rank of "Al" does not allow that'), refused

        assert rank("bob", role="none", text="too loud")["kind"] == "done"
        gone = alice.expect("occupant_gone", nick="bob")
        assert gone["text"].startswith("kicked") and gone["text"].endswith("too loud"), gone
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: "bob" in names(alice), "bob back")
        assert rank("bob", affiliation="outcast", text="enough")["kind"] == "done"
        gone = alice.expect("occupant_gone", nick="bob")
        assert gone["text"].startswith("banned") and gone["text"].endswith("enough"), gone
        # without the rank for it
        carol.do(f"join {ROOM} carol")
        carol.do(f"affiliation {ROOM} bob@kith.test none")
        alice.wait(lambda: "carol" in names(alice), "carol")
        with xmpp(there, "bob") as other:
            other.connect("secret")
            other.ask("join", chat=ROOM, nick="bert")
            assert other.ask("room_rank", chat=ROOM, who="carol", role="none")["kind"] == "error"
            assert other.ask("room_ranks", chat=ROOM, affiliation="outcast")["kind"] == "error"


def test_setting_a_room_up():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        assert alice.ask("room_configure", chat=ROOM)["kind"] == "done"
        card = alice.expect("card", card_kind="form", address=ROOM)
        fields = {f["field"]: f for f in alice.lines if f["kind"] == "card_field" and f["card"] == card["card"]}
        assert card["choices"][0] == "cancel" and "muc#roomconfig_roomname" in fields and "FORM_TYPE" not in fields, fields
        assert fields["muc#roomconfig_persistentroom"]["type"] == "yesno", fields
        answer = alice.ask("answer", card=card["card"], choice="save", values=["muc#roomconfig_roomname=Tea", "muc#roomconfig_membersonly=yes"])
        assert answer["kind"] == "done", answer
        alice.expect("card_gone", card=card["card"])
        alice.wait(lambda: alice.rooms[ROOM].get("name") == "Tea", "the new name")
        assert alice.has("message", type="event", text="the room's set-up was changed")
        assert alice.ask("answer", card=card["card"], choice="save")["kind"] == "error", "answered twice"
        try:
            bob.do(f"join {ROOM} bob")
        except Exception as refused:
            assert "registration-required" in str(refused), refused
        else:
            raise AssertionError("a room for members only let a stranger in")
        # at once, by short names, which leaves the rest as it was
        assert alice.ask("room_configure", chat=ROOM, values=["membersonly=no", "moderatedroom=1",
                         *(["members_by_default=no"] if there.name == "ejabberd" else [])])["kind"] == "done"
        bob.do(f"join {ROOM} bob")
        alice.wait(lambda: "bob" in names(alice), "bob to be let in")
        assert alice.occupants[ROOM]["bob"]["role"] == "visitor", alice.occupants
        assert alice.rooms[ROOM]["name"] == "Tea"
        assert alice.ask("room_configure", chat=ROOM, values=["nonsense=1"])["text"] == 'the form has no field "nonsense"'
        assert "takes yes or no" in alice.ask("room_configure", chat=ROOM, values=["membersonly=maybe"])["text"]
        with xmpp(there, "bob") as other:
            other.connect("secret")
            assert other.ask("room_configure", chat=ROOM)["text"] == "only an owner of the room may do that"
            assert other.ask("room_destroy", chat=ROOM)["text"] == "only an owner of the room may do that"


def test_a_room_that_moves():
    other = "salon@conference.kith.test"
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice, xmpp(there, "carol") as carol:
        alice.connect("secret")
        carol.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        carol.ask("join", chat=ROOM, nick="Ca")
        bob.do(f"join {ROOM} bob")
        assert alice.ask("room_destroy", chat=ROOM, address="no room")["kind"] == "error"
        assert alice.ask("room_destroy", chat=ROOM, address=other, text="more space")["kind"] == "done"
        assert carol.expect("room", chat=ROOM, joined=None)["text"] == f"the room was closed: more space; it goes on in {other}"
        assert carol.expect("bookmark", chat=ROOM)["gone"], "it is wanted no more"
        card = carol.expect("card", card_kind="invitation", address=other)
        assert card["text"] == "more space", card
        assert carol.ask("answer", card=card["card"], choice="join")["kind"] == "done"
        carol.wait(lambda: carol.rooms.get(other, {}).get("joined"), "to be in the other room")


def test_a_taken_name():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} Al")
        alice.connect("secret")
        # somebody who waits chooses; where nobody does another is taken
        assert alice.ask("join", chat=ROOM, nick="Al")["text"] == 'the name "Al" is taken in the room'
        alice.send("join", chat=ROOM, nick="Al")
        alice.wait(lambda: alice.rooms.get(ROOM, {}).get("joined"), "to be in")
        assert alice.rooms[ROOM]["nick"] == "Al_" and names(alice) == ["Al", "Al_"], alice.rooms
        # the same room asked for again, as after a resume: everything is told once more
        alice.occupants.clear()
        alice.send("join", chat=ROOM)
        alice.wait(lambda: names(alice) == ["Al", "Al_"], "the occupants once more")


def test_how_a_room_answers_who_is_not_in_it():
    """What test-xmpp-rooms.c builds on: a room that has lost us says so to a ping."""
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol:
        bob.do(f"join {ROOM} bob")
        bob.do(f"ping {ROOM}/bob")
        try:
            carol.do(f"ping {ROOM}/bob")
        except Exception as refused:
            assert "not-acceptable" in str(refused), refused
        else:
            raise AssertionError("a room answered somebody who is not in it")


def test_another_network_asks_the_rooms_too():
    with server(*ACCOUNTS) as there, xmpp(there, "alice", "log_level=debug") as alice:
        alice.connect("secret")
        assert alice.ask("join", chat=ROOM, nick="Al")["kind"] == "done"
        alice.send("network")
        # asked behind it, and so answered behind it
        alice.ask("info", address=ROOM)
        with open(alice.env["KITH_LOG"], errors="replace") as file:
            assert f'room "{ROOM}": asked whether it knows us: yes' in file.read()
        assert alice.rooms[ROOM]["joined"]


def test_finding_rooms():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        for name in ("tea", "coffee", "teapot"):
            bob.do(f"join {name}@conference.kith.test bob")
            bob.do(f"room-set {name}@conference.kith.test muc#roomconfig_publicroom 1")
        alice.connect("secret")
        found = items(alice, alice.ask("room_list"))
        assert set(found) == {f"{n}@conference.kith.test" for n in ("tea", "coffee", "teapot")}, found
        assert len(items(alice, alice.ask("room_list", address="conference.kith.test", words="TEA"))) == 2
        assert alice.ask("room_list", words="milk")["text"] == "no room fits"
        assert alice.ask("room_list", address="nowhere.test")["kind"] == "error"
        assert len(items(alice, alice.ask("room_list", address="kith.test"))) == 3


def test_a_service_that_finds_rooms():
    service = "irc.kith.test"
    elsewhere = [f"{name}@rooms.example={title}={people}" for name, title, people in (
        ("tea", "Tea & cake", 3), ("teatime", "Five o'clock", 40), ("green", "Green tea", 12), ("pot", "A teapot", 7), ("wine", "Wine", 90))]
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice, \
            Peer("roomsearch.py", service, "--port", there.env["COMPONENT"], *elsewhere) as search:
        bob.do("join tea@conference.kith.test bob")
        bob.do("room-set tea@conference.kith.test muc#roomconfig_publicroom 1")
        alice.connect("secret")
        # asked by its address: page after page, all of them once
        found = items(alice, alice.ask("room_list", address=service, words="TEA"))
        assert list(found) == [f"{name}@rooms.example" for name in ("teatime", "green", "pot", "tea")], found
        assert found["tea@rooms.example"]["name"] == "Tea & cake" and found["teatime@rooms.example"]["number"] == 40, found
        assert [search.event("asked")["after"] for _ in range(3)] == [None, "green@rooms.example", "tea@rooms.example"]
        assert len(items(alice, alice.ask("room_list", address=service))) == 5
        assert alice.ask("room_list", address=service, words="milk")["text"] == "no room fits"
        # words alone: the server's own rooms, and what its service finds
        found = items(alice, alice.ask("room_list", words="tea"))
        assert set(found) == {"tea@conference.kith.test", *(f"{name}@rooms.example" for name in ("tea", "teatime", "green", "pot"))}, found
        assert list(items(alice, alice.ask("room_list", words="wine"))) == ["wine@rooms.example"]
        assert alice.ask("room_list", words="milk")["text"] == "no room fits"
        # without words it's the server's own rooms
        assert list(items(alice, alice.ask("room_list"))) == ["tea@conference.kith.test"]


def test_somebody_else_with_the_same_name():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        bob.do(f"join {ROOM} guest")
        bob.do(f"room-pm {ROOM}/Al our secret")
        alice.expect("message", text="our secret", chat_kind="private")
        bob.do(f"leave {ROOM}")
        alice.expect("occupant_gone", nick="guest")
        carol.do(f"join {ROOM} guest")
        told = alice.expect("message", type="event", chat=ROOM + "/guest")
        assert told["text"] == "somebody else has this name now" and told["chat_kind"] == "private", told


def test_an_invitation_that_is_declined():
    with server(*ACCOUNTS) as there, xmpp(there, "alice") as alice, xmpp(there, "carol") as carol:
        alice.connect("secret")
        carol.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        assert alice.ask("room_configure", chat=ROOM, values=["membersonly=yes"])["kind"] == "done"
        alice.wait(lambda: alice.has("message", type="event", text="the room's set-up was changed"), "the set-up")
        assert alice.ask("info", address=ROOM)["kind"] == "done"
        assert alice.ask("invite", chat=ROOM, address="carol@kith.test", text="tea?")["kind"] == "done"
        card = carol.expect("card", card_kind="invitation", address=ROOM)
        assert card["choices"] == ["ignore", "join", "decline"], card
        assert carol.ask("answer", card=card["card"], choice="decline")["kind"] == "done"
        alice.expect("notice", chat=ROOM, text="carol@kith.test does not want to come in")


def test_private_words_and_other_devices():
    """A copy of a private message never becomes a chat with the room or somebody in it as a contact (XEP-0280 and rooms)."""
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice, xmpp(there, "alice") as phone:
        bob.do(f"join {ROOM} bob")
        for device in (alice, phone):
            device.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        say(alice, ROOM + "/bob", "psst", "q1-0123456789abcdef", chat_kind="private")
        bob.expect("message kind=private text=psst")
        bob.do(f"room-pm {ROOM}/Al what")
        alice.expect("message", text="what", chat_kind="private", chat=ROOM + "/bob")
        bob.do("send alice@kith.test the end")
        for device in (alice, phone):
            device.expect("message", text="the end", chat="bob@kith.test")
        for device in (alice, phone):
            for message in device.messages:
                assert message["text"] == "the end" or (message["chat_kind"], message["chat"]) in (
                    ("private", ROOM + "/bob"), ("room", ROOM)), message


def test_typing_in_a_room():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        bob.do(f"join {ROOM} bob")
        alice.connect("secret")
        alice.ask("join", chat=ROOM, nick="Al")
        bob.do({"do": "message", "to": ROOM, "kind": "groupchat", "xml": "<composing xmlns='http://jabber.org/protocol/chatstates'/>"})
        assert alice.expect("typing", chat=ROOM)["nick"] == "bob"
        alice.send("typing", chat=ROOM, typing="composing")
        bob.expect("message kind=room nick=Al state=composing")


run(globals())
