#!/usr/bin/env python3
"""Rooms through the whole of kith: which to be in (bookmarks), and every command on them by kith run; Prosody and ejabberd."""
import contextlib
import json
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol"))

from home import Home, wait_for  # noqa: E402
import xmpptest  # noqa: E402
from network import Ejabberd, Prosody  # noqa: E402
from xmpptest import account_keys, run, server  # noqa: E402

ACCOUNTS = ("alice:secret:bob", "bob:secret:alice", "carol:secret")
NODE = "urn:xmpp:bookmarks:1"
SERVICE = "conference.kith.test"
ROOM, TEA = f"den@{SERVICE}", f"tea@{SERVICE}"


def begin(home, there, **keys):
    home.account("work", "xmpp", "alice@kith.test", password_command="echo secret", **account_keys(there), **keys)
    return again(home)


def again(home):
    assert home.start() == "ok"
    screen = home.client()
    screen.see("account", account="work", state="online")
    return screen


def joined(screen, room):
    """Whether we are in it, by the last that was said of it."""
    screen.more(0.02)
    said = [m for m in screen.lines if m["kind"] == "room" and m["chat"] == room]
    return bool(said and said[-1].get("joined"))


def until(condition, what):
    wait_for(condition, what)


def ok(home, *words, **more):
    done = home.kith("run", *words, **more)
    assert done.returncode == 0, (words, done.stdout, done.stderr)
    return done.stdout.strip()


def refused(home, *words):
    done = home.kith("run", *words)
    assert done.returncode != 0, (words, done.stdout)
    return done.stderr.strip()


def publish(peer, room, **attributes):
    peer.do({"do": "publish", "node": NODE, "item": room,
             "xml": f"<conference xmlns='{NODE}' " + " ".join(f"{k}='{v}'" for k, v in attributes.items()) + "/>"})


def kept(peer):
    try:
        return peer.do(f"items {NODE}")["items"]
    except AssertionError as missing:
        assert "item-not-found" in str(missing), missing
        return {}


def has(peer, room, words):
    return words in kept(peer).get(room, "")


def test_bookmarks_say_which_rooms_to_be_in():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, Home() as home:
        screen = begin(home, there)
        # what is joined here is there, what is left here is left there
        assert screen.command(f"/join work/{ROOM} Al")[0]
        until(lambda: has(phone, ROOM, "true") and has(phone, ROOM, "Al"), "the bookmark of the joined room")
        assert screen.command(f"/part {ROOM}")[0]
        until(lambda: has(phone, ROOM, "false"), "the bookmark without autojoin")
        assert not joined(screen, ROOM)
        for name in ("a", "b", "c", "d", "e", "f"):
            publish(phone, f"{name}@{SERVICE}", autojoin="true")
        publish(phone, f"quiet@{SERVICE}", name="Quiet")
        for name in ("a", "b", "c", "d", "e", "f"):
            until(lambda: joined(screen, f"{name}@{SERVICE}"), f"room {name}")
        assert not joined(screen, f"quiet@{SERVICE}")
        # and the other way round
        publish(phone, TEA, autojoin="true")
        until(lambda: joined(screen, TEA), "to follow the other device into the room")
        publish(phone, TEA, autojoin="false")
        until(lambda: not joined(screen, TEA), "to follow it out")
        # after a restart, with a change meanwhile
        assert home.kith("stop").returncode == 0
        home.hub.wait(30)
        publish(phone, f"a@{SERVICE}", autojoin="false")
        phone.do(f"unpublish {NODE} b@{SERVICE}")
        screen = again(home)
        for name in ("c", "d", "e", "f"):
            until(lambda: joined(screen, f"{name}@{SERVICE}"), f"room {name}")
        until(lambda: not joined(screen, f"a@{SERVICE}") and not joined(screen, f"b@{SERVICE}"), "the changes from meanwhile")
        assert ROOM not in [m["chat"] for m in screen.lines if m["kind"] == "room" and m.get("joined")]


def test_rooms_from_before_there_were_bookmarks():
    with server(*ACCOUNTS) as there, there.peer("alice") as phone, Home() as home:
        home.setting("kith", "bookmark_rooms", "no")
        screen = begin(home, there)
        assert screen.command(f"/join work/{ROOM} Al")[0]
        until(lambda: "not bookmarked" in refused(home, "/unbookmark", f"work/{ROOM}"), "the bookmarks to be known")
        assert ROOM not in kept(phone)
        assert screen.command("/set bookmark_rooms yes")[0]
        assert home.kith("stop").returncode == 0
        home.hub.wait(30)
        screen = again(home)
        until(lambda: joined(screen, ROOM), "the room once more")
        until(lambda: has(phone, ROOM, "true"), "the bookmark")


@contextlib.contextmanager
def narrow_server():
    """One that can't have somebody enter many rooms at once: Prosody refuses twenty of them once, ejabberd reads slowly."""
    wishes = {"PROSODY_MODULES": '"few_joins";', "EJABBERD_SHAPER": "slow"}
    os.environ.update(wishes)
    try:
        there = (Prosody if xmpptest.current == "prosody" else Ejabberd)(*ACCOUNTS)
    finally:
        for name in wishes:
            del os.environ[name]
    with there:
        yield there


def test_thirty_rooms_on_a_server_that_has_limits():
    xmpptest.need(xmpptest.current)
    rooms = [f"room{n}@{SERVICE}" for n in range(30)]
    with narrow_server() as there, Home() as home:
        with there.peer("alice") as phone:
            kept_ones = "".join(f"<conference jid='{room}' autojoin='true'/>" for room in rooms)
            phone.do({"do": "iq", "to": "alice@kith.test", "kind": "set",
                      "xml": f"<query xmlns='jabber:iq:private'><storage xmlns='storage:bookmarks'>{kept_ones}</storage></query>"})
        screen = begin(home, there)
        until(lambda: all(joined(screen, room) for room in rooms), "all of the rooms")
        if there.name == "prosody":
            refused = [m for m in screen.all("room") if m["chat"] in rooms and m.get("busy")]
            assert len({m["chat"] for m in refused}) == 20 and all(m["text"] for m in refused), refused


def test_commands():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, Home() as home:
        screen = begin(home, there)
        ok(home, "/join", f"work/{ROOM}", "Al")
        bob.do(f"join {ROOM} bob")
        until(lambda: screen.more(0.02) is not None and screen.all("occupant", chat=ROOM, nick="bob"), "bob")

        ok(home, "/whisper", ROOM, "bob", "psst")
        bob.expect("message kind=private text=psst")
        assert '"ghost" is not in the room' in refused(home, "/whisper", ROOM, "ghost", "psst")
        ok(home, "/op", ROOM, "bob")
        bob.expect(f"presence from={ROOM}/bob role=moderator")
        ok(home, "/deop", ROOM, "bob")
        bob.expect(f"presence from={ROOM}/bob role=participant")
        ok(home, "/rank", ROOM, "bob", "member", "hello")
        bob.expect(f"presence from={ROOM}/bob affiliation=member")
        assert "a rank is" in refused(home, "/rank", ROOM, "bob", "king")
        lines = [json.loads(line) for line in ok(home, "--json", "/ranks", "all", ROOM).splitlines()]
        assert {i["address"]: i["text"].split(":")[0] for i in lines} == {"alice@kith.test": "owner", "bob@kith.test": "member"}, lines
        assert "bob@kith.test" in ok(home, "/ranks", "member", ROOM)

        ok(home, "/configure", ROOM, 'roomname="Tea and cake"', "moderatedroom=yes", "publicroom=yes")
        until(lambda: screen.more(0.02) is not None and screen.all("room", chat=ROOM, name="Tea and cake"), "the new name")
        ok(home, "/devoice", ROOM, "bob")
        bob.expect(f"presence from={ROOM}/bob role=visitor")
        ok(home, "/voice", ROOM, "bob")
        bob.expect(f"presence from={ROOM}/bob role=participant")
        assert "no field" in refused(home, "/configure", ROOM, "nonsense=1")
        ok(home, "/configure", ROOM)
        assert "muc#roomconfig_roomname" in ok(home, "/cards")
        assert screen.command("/answer -")[0]

        assert ROOM in ok(home, "/rooms")
        assert ok(home, "/rooms", "work", SERVICE, "cake").startswith(ROOM)
        assert "no room fits" in ok(home, "/rooms", "milk")

        until(lambda: ROOM in ok(home, "/bookmarks"), "the bookmark")
        ok(home, "/bookmark", ROOM, "The den")
        assert "The den" in ok(home, "/bookmarks") and "autojoin" in ok(home, "/bookmarks", "work")
        ok(home, "/autojoin", "off", ROOM)
        marks = [json.loads(line) for line in ok(home, "--json", "/bookmarks").splitlines()]
        assert [m for m in marks if m["chat"] == ROOM and not m.get("autojoin")], marks
        ok(home, "/autojoin", "on", ROOM)
        ok(home, "/unbookmark", ROOM)
        assert "no room is bookmarked" in ok(home, "/bookmarks")

        ok(home, "/kick", ROOM, "bob", "too loud")
        bob.expect(f"presence kind=unavailable from={ROOM}/bob reason='too loud'")
        ok(home, "/ban", ROOM, "mallory@evil.test", "spam")
        assert "mallory@evil.test" in ok(home, "/ranks", "outcast", ROOM)
        ok(home, "/unban", ROOM, "mallory@evil.test")
        assert "nobody" in ok(home, "/ranks", "outcast", ROOM)
        assert "in which room" in refused(home, "/kick", "bob")
        assert "more" in refused(home, "/destroy") or "missing" in refused(home, "/destroy")
        ok(home, "/destroy", ROOM, TEA, "moved")
        until(lambda: not joined(screen, ROOM), "the end")
        card = screen.see("card", card_kind="invitation", address=TEA)
        assert "was closed" in card["title"], card


def test_invitations_passwords_names_and_private_words():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("carol") as carol, Home() as home:
        screen = begin(home, there)
        # both kinds of invitations are asked about, and answered by command; a password is asked for in words
        bob.do(f"join {ROOM} bob")
        for verb in ("invite", "invite-direct"):
            bob.do(f"{verb} {ROOM} alice@kith.test tea?")
            until(lambda: "tea?" in ok(home, "/cards") and ROOM in ok(home, "/cards"), f"the question about {verb}")
            assert not joined(screen, ROOM)
            assert screen.command("/answer ignore")[0]
            until(lambda: ROOM not in ok(home, "/cards"), "the question to be gone")
        bob.do(f"room-set {ROOM} muc#roomconfig_changesubject 1")
        bob.do(f"room-set {ROOM} muc#roomconfig_roomsecret milk")
        bob.do(f"room-set {ROOM} muc#roomconfig_passwordprotectedroom 1")
        assert "needs a password" in refused(home, "/join", f"work/{ROOM}", "Al")
        assert "refused the password" in refused(home, "/join", f"work/{ROOM}", "Al", "tea")
        ok(home, "/join", f"work/{ROOM}", "Al", "milk")
        until(lambda: joined(screen, ROOM), "to be in")
        # a name that is taken is made one that is not; another is taken by command
        assert "taken" in refused(home, "/nick", ROOM, "bob"), refused(home, "/nick", ROOM, "bob")
        ok(home, "/nick", ROOM, "Alice")
        bob.expect(f"presence from={ROOM}/Alice")
        ok(home, "/topic", ROOM, "cake at four")
        until(lambda: screen.more(0.02) is not None and screen.all("room", chat=ROOM, topic="cake at four"), "the topic")
        assert ok(home, "/topic", ROOM) == "cake at four"
        assert "bob" in ok(home, "/names", ROOM)
        ok(home, "/invite", "carol@kith.test", ROOM, "do come")
        assert carol.expect("message invite~")["invite"]["room"] == ROOM
        # what is said in private there is a chat apart from the direct one
        bob.do(f"room-pm {ROOM}/Alice psst")
        bob.do("send alice@kith.test hello")
        until(lambda: screen.more(0.02) is not None and screen.all("message", text="psst") and screen.all("message", text="hello"), "both messages")
        assert [m["chat"] for m in screen.all("message", text="psst")] == [f"{ROOM}/bob"]
        assert [m["chat"] for m in screen.all("message", text="hello")] == ["bob@kith.test"]
        ok(home, "/msg", f"{ROOM}/bob", "in private")
        assert bob.expect('message text="in private"')["kind"] == "private"


def test_what_a_room_notifies_of_is_its_own_setting():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, Home() as home:
        told = os.path.join(home.path, "told")
        home.setting("kith", "notify_command", f"sh -c 'echo \"$KITH_TEXT\" >> {told}'")
        screen = begin(home, there)
        ok(home, "/join", f"work/{ROOM}", "Al")
        bob.do(f"join {ROOM} bob")

        def news():
            return open(told).read().splitlines() if os.path.exists(told) else []

        def say(word, *all):
            for text in (*all, word):
                bob.do(f"room-send {ROOM} {text}")
        say("Al: one", "zero")
        until(lambda: "Al: one" in news(), "a mention")
        ok(home, "/notify", "all", ROOM)
        say("two")
        until(lambda: "two" in news(), "any word")
        ok(home, "/notify", "none", ROOM)
        assert screen.command("/notify", account="work", chat=ROOM)[1] == "none"
        assert ok(home, "/notify", ROOM) == "none" and "all (the default)" in ok(home, "/notify", "bob@kith.test")
        say("Al: three")
        until(lambda: screen.more(0.02) is not None and screen.all("message", text="Al: three"), "the muted words")
        ok(home, "/notify", "default", ROOM)
        say("Al: five", "four")
        until(lambda: "Al: five" in news(), "a mention again")
        assert news() == ["Al: one", "two", "Al: five"], news()


run(globals())
