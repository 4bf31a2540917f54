#!/usr/bin/env python3
"""What the archives have and this device has not: catch-up, holes, older messages, rooms; how far was read, here and on other devices."""
import re
import sys
import time

sys.dont_write_bytecode = True


from xmpptest import on_prosody, run, say, server, state_of, xmpp  # noqa: E402
from backend import Backend  # noqa: E402
from network import Fault  # noqa: E402

MDS = "urn:xmpp:mds:displayed:0"
ACCOUNTS = ("alice:secret:bob", "bob:secret:alice")


def rows(backend, chat="bob@kith.test"):
    """What the history has of a chat, in its order: the archive's word about a message counts more than ours."""
    known, last = {}, 0
    for m in list(backend.lines):
        if m["kind"] == "message" and m["chat"] == chat and m["type"] == "text":
            m.setdefault("time", max(m["came"], last + 1))
            last = max(last, m["time"])
            key = m.get("own_id") or m.get("sender_id") or m.get("archive_id")
            if key not in known or m.get("archived"):
                known[key] = m
    return sorted(known.values(), key=lambda m: m["time"])


def texts(backend, chat="bob@kith.test"):
    return [m["text"] for m in rows(backend, chat)]


def hole(backend, chat=None):
    return next((m for m in reversed(backend.lines) if m["kind"] == "hole" and m.get("chat") == chat), None)


def closed(backend, chat=None):
    """The archive was read, and no hole is told of."""
    kept, last = backend.keep.get("archive", ""), hole(backend, chat)
    return "cursor" in kept and "\nhole " not in kept and not (last and last.get("until"))


def caught_up(backend, count, chat="bob@kith.test"):
    """All messages are here, each in its place in the archive, and no two in the same."""
    def look():
        known = rows(backend, chat)
        return len(known) == count and all(m.get("archived") for m in known) and closed(backend)
    backend.wait(look, f"{count} messages of the archive")
    times = [m["time"] for m in rows(backend, chat)]
    assert len(set(times)) == len(times), "two have the same place"


def ready(backend):
    """The archive was asked after the login."""
    backend.wait(lambda: closed(backend), "the archive to be read")


def test_catch_up_after_offline():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do("send alice@kith.test first")
        alice.expect("message", text="first")
        ready(alice)
        alice.send("disconnect")
        alice.expect("state", state="offline")
        bob.do("flood alice@kith.test 250 away")
        bob.do("ping kith.test")
        alice.connect("secret")
        caught_up(alice, 251)
        assert texts(alice) == ["first"] + [f"away {i}" for i in range(1, 251)], texts(alice)
        # what is new since this device was here last is not read
        assert all(m.get("state") != "read" for m in alice.lines if m["kind"] == "message" and m["text"].startswith("away"))


def test_first_login_takes_old_messages_as_read():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone:
        bob.do("flood alice@kith.test 30 old")
        phone.expect('message text="old 30"')
        phone.do("send bob@kith.test answer")
        bob.expect("message text=answer")
        with xmpp(there, "alice") as alice:
            alice.connect("secret")
            caught_up(alice, 31)
            assert texts(alice) == [f"old {i}" for i in range(1, 31)] + ["answer"], texts(alice)
            known = {m["text"]: m for m in rows(alice)}
            assert known["old 1"]["state"] == "read", known["old 1"]
            assert known["answer"]["direction"] == "out", known["answer"]


def test_new_account_gets_new_messages():
    with server(*ACCOUNTS) as there, xmpp(there, "alice") as alice, there.peer("bob") as bob:
        alice.connect("secret")
        ready(alice)
        alice.send("disconnect")
        alice.expect("state", state="offline")
        bob.do("send alice@kith.test hello")
        bob.do("ping kith.test")
        alice.connect("secret")
        caught_up(alice, 1)
        assert all(m.get("state") != "read" for m in alice.lines if m["kind"] == "message"), "taken as read"


def test_own_messages_of_other_devices_while_away():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        phone.do("send bob@kith.test one")
        alice.expect("message", text="one", direction="out")
        ready(alice)
        alice.send("disconnect")
        alice.expect("state", state="offline")
        phone.do("send bob@kith.test two")
        bob.expect("message text=two")
        bob.do("send alice@kith.test three")
        phone.expect("message text=three")
        alice.connect("secret")
        caught_up(alice, 3)
        assert texts(alice) == ["one", "two", "three"], texts(alice)
        two = next(m for m in alice.lines if m["kind"] == "message" and m["text"] == "two")
        assert two["direction"] == "out" and two["archived"] and two["archive_id"], two


def test_messages_of_now_get_their_place_when_nobody_looks():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        ready(alice)
        say(alice, "bob@kith.test", "mine", "own-4123456789abcdef")
        state_of(alice, "own-4123456789abcdef", "sent")
        bob.expect("message text=mine")
        bob.do("send alice@kith.test yours")
        alice.expect("message", text="yours")
        # else after some quiet seconds
        alice.send("idle", idle=True)
        caught_up(alice, 2)
        assert texts(alice) == ["mine", "yours"], texts(alice)
        assert rows(alice)[0]["own_id"] == "own-4123456789abcdef" and rows(alice)[0]["direction"] == "out", rows(alice)[0]


def test_a_hole_is_kept_and_filled_after_a_kill():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do("send alice@kith.test first")
        alice.expect("message", text="first")
        ready(alice)
        alice.send("disconnect")
        alice.expect("state", state="offline")
        bob.do("flood alice@kith.test 450 away")
        bob.do("ping kith.test")
        # nothing is stored any more after the first pages: the backend waits for that, and dies
        alice.hold_commits = True
        alice.connect("secret")
        told = alice.wait(lambda: (h := hole(alice)) and h.get("until") and h, "a hole")
        assert told["loading"] and told.get("since", 0) < told["until"], told
        alice.kill()
        alice.hold_commits = False
        alice.start()
        # at once, before there is a connection
        again = alice.wait(lambda: (h := hole(alice)) and alice.lines.index(h) >= alice.read_to - 1 and h, "the hole again")
        assert again["until"] <= told["until"] and again.get("since") == told.get("since"), (told, again)
        alice.connect("secret")
        caught_up(alice, 451)
        assert texts(alice) == ["first"] + [f"away {i}" for i in range(1, 451)]


def test_a_line_that_is_cut_in_between():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, Fault("proxy.py", there.env["C2S"]) as proxy, \
            through(there, proxy) as alice:
        bob.do("flood alice@kith.test 650 old")
        phone.expect('message text="old 650"')
        alice.hold_commits = True
        alice.connect("secret")
        alice.wait(lambda: (h := hole(alice)) and h.get("loading"), "a hole")
        for again in range(2):
            tell(proxy, "cut")
            alice.expect("state", state="offline")
            assert not hole(alice).get("loading")
            if again:
                alice.release_commits()
            alice.connect("secret")
        caught_up(alice, 650)
        assert texts(alice) == [f"old {i}" for i in range(1, 651)]


def test_what_is_far_back_is_loaded_when_asked_for():
    with server(*ACCOUNTS, "carol:secret:alice") as there, there.peer("bob") as bob, there.peer("carol") as carol, \
            there.peer("alice") as phone:
        for part in range(3):
            bob.do(f"flood alice@kith.test 60 b{part}")
            carol.do(f"flood alice@kith.test 60 c{part}")
        phone.expect('message text="b2 60"')
        phone.expect('message text="c2 60"')
        with xmpp(there, "alice", "archive=none") as alice:
            alice.connect("secret")
            told = alice.wait(lambda: hole(alice), "a hole")
            assert told["until"] and not told.get("since"), told
            assert not texts(alice)
            before = told["until"]
            for expected in (100, 180):
                answer = alice.ask("fetch", chat="bob@kith.test", before=before)
                assert answer["kind"] == "done", answer
                assert len(texts(alice)) == expected, len(texts(alice))
                before = min(m["time"] for m in alice.lines if m["kind"] == "message")
                if expected == 100:
                    own = alice.wait(lambda: hole(alice, "bob@kith.test"), "the chat's own hole")
                    assert own["until"] == before, (own, before)
            alice.wait(lambda: not hole(alice, "bob@kith.test").get("until"), "the chat's hole to be closed")
            assert not texts(alice, "carol@kith.test")
            assert texts(alice) == [f"b{p} {i}" for p in range(3) for i in range(1, 61)]
            answer = alice.ask("fetch", chat="bob@kith.test", before=before)
            assert answer["kind"] == "done" and "nothing older" in answer["text"], answer
            assert alice.ask("fetch", chat="room@conference.kith.test", chat_kind="room", before=before)["kind"] == "error"


def test_a_rooms_archive():
    room = "talk@conference.kith.test"
    with server(*ACCOUNTS) as there, there.peer("bob") as bob:
        bob.do(f"join {room} bob")
        for i in range(1, 41):
            bob.do(f'room-send {room} said {i}')
        with xmpp(there, "alice") as alice:
            alice.connect("secret")
            alice.send("join", chat=room, nick="alice")
            alice.wait(lambda: len(texts(alice, room)) >= 40, "the room's messages")
            alice.wait(lambda: any(k.startswith("archive.") for k in alice.keep), "the room's cursor")
            alice.send("disconnect")
            alice.expect("state", state="offline")
            for i in range(41, 201):
                bob.do(f'room-send {room} said {i}')
            bob.expect('message text="said 200"')
            alice.connect("secret")
            alice.send("join", chat=room, nick="alice")
            alice.wait(lambda: len(texts(alice, room)) >= 200, "what was said meanwhile")
            assert texts(alice, room) == [f"said {i}" for i in range(1, 201)]
            assert alice.rooms[room]["joined"]


def test_forged_results_are_let_go():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        ready(alice)
        for query in ("", "queryid='x'"):
            bob.do({"do": "raw", "xml": f"<message to='alice@kith.test' type='chat'><result xmlns='urn:xmpp:mam:2' {query} id='1'><forwarded xmlns='urn:xmpp:forward:0'>"
                   "<delay xmlns='urn:xmpp:delay' stamp='2020-01-01T00:00:00Z'/><message xmlns='jabber:client' from='carol@kith.test/x' "
                   "to='alice@kith.test' type='chat' id='forged-0123456789'><body>forged</body></message></forwarded></result></message>"})
        bob.do("send alice@kith.test behind")
        alice.expect("message", text="behind")
        assert not alice.has("message", text="forged")


@on_prosody("the server is played")
def test_an_archive_that_lies_is_left_alone():
    for lie, count in (("repeat", 100), ("swap", 200), ("empty", 0), ("forged", 300)):
        with Fault("fake.py", "archive", "--messages", "300", "--lie", lie) as fault, fake(fault) as alice:
            alice.connect("secret")
            alice.wait(lambda: "cursor" in alice.keep.get("archive", ""), "the archive to be read")
            if lie == "forged":
                alice.wait(lambda: closed(alice) and len(texts(alice, OTHER)) == count, "all of it")
                assert not alice.has("message", text="forged")
            elif lie != "empty":
                alice.wait(lambda: (h := hole(alice)) and not h.get("loading") and h["until"], f"an end of {lie}")
                assert len(texts(alice, OTHER)) == count, (lie, len(texts(alice, OTHER)))


OTHER = "contact0@fake.test"


@on_prosody("the server is played")
def test_an_endless_archive_comes_to_an_end():
    with Fault("fake.py", "archive", "--lie", "endless") as fault, fake(fault) as alice:
        alice.connect("secret")
        alice.wait(lambda: (h := hole(alice)) and not h.get("loading") and h["until"], "an end", 120)
        assert len(texts(alice, OTHER)) <= 100 * 250


@on_prosody("the server is played")
def test_the_background_goes_back_some_days():
    with Fault("fake.py", "archive", "--messages", "600", "--every", "3600") as fault, fake(fault, "archive=8") as alice:
        alice.connect("secret")
        told = alice.wait(lambda: (h := hole(alice)) and not h.get("loading") and h["until"] and h, "an end")
        # a day has 24 of them, a page 100
        assert len(texts(alice, OTHER)) == 200 and not told.get("since"), (len(texts(alice, OTHER)), told)
        assert told["until"] < time.time_ns() // 1000 - 8 * 86400 * 1_000_000, told
        assert alice.ask("fetch", chat=OTHER, before=told["until"])["kind"] == "done"
        assert len(texts(alice, OTHER)) == 300 - 1       # the page begins at the time of the message that is here
    with Fault("fake.py", "archive", "--messages", "10") as fault, fake(fault, "archive=sometimes") as alice:
        alice.connect("secret")
        alice.expect("notice", text='the setting "archive" is none of all, none and a number of days')


def fake(fault, *settings):
    return Backend("kith-xmpp", account="fake", protocol="xmpp", address="alice@fake.test",
                   settings=["server=127.0.0.1", f"port={fault.port}", "tls=off", *settings])


# ---- how far was read ----

def test_read_here_is_known_to_other_devices():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do("send alice@kith.test one")
        m = alice.expect("message", text="one")
        assert m["archive_id"], m
        alice.send("read", chat="bob@kith.test", archive_id=m["archive_id"], sender_id=m.get("sender_id"))
        # the next one is published a second later, in one go with what comes meanwhile
        bob.do("flood alice@kith.test 3 more")
        for i in range(1, 4):
            m = alice.expect("message", text=f"more {i}")
            alice.send("read", chat="bob@kith.test", archive_id=m["archive_id"], sender_id=m.get("sender_id"))
        wait_published(phone, "bob@kith.test", m["archive_id"])
        # nobody else can see it
        try:
            bob.do(f"items {MDS} alice@kith.test")
            raise AssertionError("others can see what was read")
        except AssertionError as e:
            assert re.search("forbidden|not-authorized|item-not-found|not-allowed", str(e)), e


def published(peer):
    try:
        return peer.do(f"items {MDS}")["items"]
    except AssertionError as e:                          # there is no such node yet
        assert "item-not-found" in str(e), e
        return {}


def wait_published(peer, chat, archive_id):
    deadline = time.monotonic() + 20
    while archive_id not in (items := published(peer)).get(chat, ""):
        assert time.monotonic() < deadline, f"{archive_id} is not published: {items}"


def test_read_on_another_device_is_known_here():
    with server(*ACCOUNTS) as there, there.peer("bob") as bob, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do("send alice@kith.test one")
        bob.do("send alice@kith.test two")
        m = alice.expect("message", text="two")

        def publish(peer, archive_id):
            peer.do({"do": "publish", "node": MDS, "item": "bob@kith.test", "options": "access_model=whitelist,persist_items=true",
                     "xml": f"<displayed xmlns='{MDS}'><stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='{archive_id}'/></displayed>"})
        publish(phone, m["archive_id"])
        alice.expect("read", chat="bob@kith.test", archive_id=m["archive_id"])
        alice.send("disconnect")
        alice.expect("state", state="offline")
        publish(phone, "another")
        alice.connect("secret")
        alice.expect("read", chat="bob@kith.test", archive_id="another")
        # a stranger's word about it is nothing
        bob.do({"do": "raw", "xml": f"<message to='alice@kith.test' type='headline'><event xmlns='http://jabber.org/protocol/pubsub#event'><items node='{MDS}'>"
               f"<item id='bob@kith.test'><displayed xmlns='{MDS}'><stanza-id xmlns='urn:xmpp:sid:0' by='alice@kith.test' id='forged'/></displayed>"
               "</item></items></event></message>"})
        bob.do("send alice@kith.test behind")
        alice.expect("message", text="behind")
        assert not alice.has("read", archive_id="forged")


def markable(peer, text):
    return peer.do({"do": "message", "to": "alice@kith.test", "kind": "chat",
                    "xml": f"<body xmlns='jabber:client'>{text}</body><markable xmlns='urn:xmpp:chat-markers:0'/>"})


def test_markers_both_ways():
    with server(*ACCOUNTS) as there, there.peer("bob", "--xml") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.wait(lambda: "bob@kith.test" in alice.contacts, "the contact list")
        say(alice, "bob@kith.test", "read this", "own-0123456789abcdef")
        asked = bob.expect('message text="read this"')
        assert "urn:xmpp:chat-markers:0" in asked["xml"] and "markable" in asked["xml"], asked["xml"]
        bob.do("displayed alice@kith.test own-0123456789abcdef")
        state_of(alice, "own-0123456789abcdef", "read")
        ids = []
        for n in ("one", "two"):
            answer = markable(bob, n)
            ids.append(answer["message"])
            got = alice.expect("message", text=n)
        alice.send("read", chat="bob@kith.test", archive_id=got["archive_id"], sender_id=got["sender_id"], asks_read=got.get("asks_read", False))
        told = bob.expect("message displayed=" + ids[1])
        assert told["from"].startswith("alice@kith.test"), told
        # once, and only for what asked
        alice.send("read", chat="bob@kith.test", archive_id=got["archive_id"], sender_id=got["sender_id"], asks_read=got.get("asks_read", False))
        bob.do("send alice@kith.test three")
        got = alice.expect("message", text="three")
        alice.send("read", chat="bob@kith.test", archive_id=got["archive_id"], sender_id=got["sender_id"], asks_read=got.get("asks_read", False))
        say(alice, "bob@kith.test", "behind", "own-1123456789abcdef")
        following = bob.expect('message kind=chat')
        while following.get("receipt"):
            following = bob.expect('message kind=chat')
        assert following["text"] == "behind", following


def test_strangers_and_the_unwilling_tell_nothing():
    with server(*ACCOUNTS, "mallory:secret") as there, there.peer("mallory", "--xml") as mallory, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.wait(lambda: "bob@kith.test" in alice.contacts, "the contact list")
        markable(mallory, "are you there")
        got = alice.expect("message", text="are you there")
        alice.send("read", chat="mallory@kith.test", archive_id=got["archive_id"], sender_id=got["sender_id"], asks_read=got.get("asks_read", False))
        say(alice, "mallory@kith.test", "behind", "own-2123456789abcdef")
        first = mallory.expect("message")
        assert first["text"] == "behind", first
    with server(*ACCOUNTS) as there, there.peer("bob", "--xml") as bob, xmpp(there, "alice", "send_markers=no") as alice:
        alice.connect("secret")
        alice.wait(lambda: "bob@kith.test" in alice.contacts, "the contact list")
        markable(bob, "read me")
        got = alice.expect("message", text="read me")
        alice.send("read", chat="bob@kith.test", archive_id=got["archive_id"], sender_id=got["sender_id"], asks_read=got.get("asks_read", False))
        say(alice, "bob@kith.test", "behind", "own-3123456789abcdef")
        first = bob.expect("message kind=chat")
        assert first["text"] == "behind", first


def tell(proxy, command):
    proxy.write(command)
    proxy.event("done")


def through(there, proxy):
    backend = xmpp(there, "alice")
    backend.settings = [f"port={proxy.port}" if s.startswith("port=") else s for s in backend.settings]
    return backend


def test_another_network_is_noticed_at_once():
    with server(*ACCOUNTS) as there, Fault("proxy.py", there.env["C2S"]) as proxy, through(there, proxy) as alice:
        alice.connect("secret")
        ready(alice)
        tell(proxy, "hole both")
        began = time.monotonic()
        alice.send("network")
        alice.expect("state", state="offline", reason="network")
        # after minutes, else
        assert time.monotonic() - began < 20
        tell(proxy, "heal")
        alice.connect("secret")
        # a good line stays
        alice.send("network")
        answer = alice.ask("info", address="kith.test")
        assert answer["kind"] == "done" and alice.state["state"] == "online", answer


if __name__ == "__main__":
    run(globals())
