#!/usr/bin/env python3
"""kith-xmpp in rooms (XEP-0045), against Prosody and another client."""
import sys

sys.dont_write_bytecode = True

from xmpptest import run, say, server, state_of, xmpp  # noqa: E402

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


run(globals())
