#!/usr/bin/env python3
"""kith-purple on IRC: an ngircd, a second client there, and the hub played by the harness."""
import base64
import contextlib
import os
import random
import signal
import socket
import sys
import threading

sys.dont_write_bytecode = True

from purpletest import PROGRAM, Backend, bitlbee, inspircd, irc, need_purple, ngircd, prosody  # noqa: E402
from network import Fault  # noqa: E402
from tap import run  # noqa: E402


def say(b, chat, text, own_id, **fields):
    b.send("send", chat=chat, own_id=own_id, text=text, **fields)


def test_online_and_chat_both_ways():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        state = alice.connect(None)
        assert state["nick"] == "alice" and "rooms" in state["can"] and "typing" not in state["can"], state
        alice.expect("contacts_done")
        bob.do("send alice hello <b>there</b> &amp; all")
        m = alice.expect("message")
        assert m["chat"] == "bob" and m["from"] == "bob" and m["text"] == "hello <b>there</b> &amp; all", m
        assert m["chat_kind"] == "chat" and m["direction"] == "in" and m["commit"]
        bob.do("me alice waves")
        alice.expect("message", type="action", text="waves")
        say(alice, "bob", "hi <i>bob</i> &lt;", "a1")
        bob.expect('message from=alice "text=hi <i>bob</i> &lt;"')
        alice.wait(lambda: alice.states.get("a1") == "sent")
        say(alice, "bob", "laughs", "a2", type="action")
        bob.expect("message from=alice text=laughs action=true")
        say(alice, "bob", "/quit is only text", "a3")
        bob.expect('message "text=/quit is only text"')
        assert len(alice.messages) == 2, alice.messages


def test_long_and_many_lines():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        words = " ".join(f"wörd{i}" for i in range(200))
        say(alice, "bob", words, "a1")
        got = []
        while sum(map(len, got)) + len(got) - 1 < len(words):
            got.append(bob.expect("message from=alice")["text"])
        assert " ".join(got) == words and len(got) > 3
        for n, long in enumerate(("日本語テスト" * 80, "😀" * 300, "e\u0301" * 600, "x" * 1500, "\U0001F468\u200D\U0001F469\u200D\U0001F467" * 60), 10):
            say(alice, "bob", long, f"a{n}")
            got = []
            while len("".join(got)) < len(long):
                got.append(bob.expect("message from=alice")["text"])
                assert got[-1][0] not in "\u0301\u200D" and "\ufffd" not in got[-1], got
            assert "".join(got) == long, (got, long)
        say(alice, "bob", "one\n\ntwo", "a2")
        assert [bob.expect("message from=alice")["text"] for _ in "12"] == ["one", "two"]
        alice.wait(lambda: alice.states.get("a2") == "sent")


def test_words_look_as_their_sender_wanted():
    looks = [("\x02bold\x02 plain", "bold plain", "b0-4"), ("\x034red\x03 x", "red x", "f4:0-3"), ("\x0304,08on yellow\x03 x", "on yellow x", "f4:0-9 g8:0-9"),
             ("\x0352far\x03 y", "far y", "f4:0-3"), ("\x034, not\x03 ,5", ", not ,5", "f4:0-5"), ("\x02\x1fboth\x0f none", "both none", "b0-4 u0-4"),
             ("\x1dit\x1d \x1eout\x1e \x11code\x11", "it out code", "i0-2 s3-6 c7-11"), ("\x1dit\x0fplain", "itplain", "i0-2"), ("\x04ff0000hex\x04 z", "hex z", "f4:0-3"),
             ("a \x034<b>&amp;\x03", "a <b>&amp;", "f4:2-10"), ("\x02\x034x\x02y\x03z", "xyz", "f4:0-2 b0-1"), ("\x03\x04\x0f\x16 none", " none", None)]
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        for sent, text, markup in looks:
            bob.do(f"raw PRIVMSG alice :{sent}")
            m = alice.expect("message")
            assert (m["text"], m.get("markup")) == (text, markup), (sent, m)
        assert alice.ask("join", chat="#dev")["kind"] == "done"
        bob.do("join #dev")
        alice.wait(lambda: "bob" in alice.occupants["#dev"])
        bob.do("raw TOPIC #dev :\x02the \x0304,05new \x04ff0000\x1dtopic")
        alice.wait(lambda: alice.rooms["#dev"].get("topic") == "the new topic", "the topic without codes")
        bob.do("raw PRIVMSG alice :\x01ACTION \x02waves\x02 far\x01")
        m = alice.expect("message", type="action")
        assert m["text"] == "waves far" and m["markup"] == "b0-5", m
        say(alice, "bob", "*as typed* `x`", "a1")
        assert bob.expect("message from=alice")["text"] == "*as typed* `x`"


def test_rooms():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        bob.do(f"join {room}")
        bob.do(f"topic {room} the <new> topic")
        alice.connect(None)
        assert alice.ask("join", chat=room)["kind"] == "done"
        alice.wait(lambda: {"alice", "bob"} <= set(alice.occupants.get(room, {})))
        assert alice.occupants[room]["bob"]["role"] == "moderator" and alice.occupants[room]["alice"]["role"] == "none"
        alice.wait(lambda: alice.rooms[room].get("topic") == "the <new> topic", "the topic")
        assert alice.rooms[room]["joined"] and alice.rooms[room]["nick"] == "alice"
        bob.do(f"send {room} hello alice")
        m = alice.expect("message", text="hello alice")
        assert m["chat"] == room and m["chat_kind"] == "room" and m["nick"] == "bob"
        say(alice, room, "hi all", "r1", chat_kind="room")
        bob.expect('message kind=room "text=hi all"')
        say(alice, room, "dances", "r2", chat_kind="room", type="action")
        bob.expect("message kind=room text=dances action=true")
        alice.wait(lambda: alice.states.get("r2") == "sent")
        bob.do("nick robert")
        alice.expect("occupant_gone", nick="bob", new_nick="robert")
        alice.wait(lambda: "robert" in alice.occupants[room])
        assert alice.ask("set_nick", chat=room, nick="alicia")["kind"] == "done"
        alice.wait(lambda: alice.rooms[room]["nick"] == "alicia")
        bob.do(f"mode {room} +o alicia")
        alice.wait(lambda: alice.occupants[room]["alicia"]["role"] == "moderator")
        assert alice.ask("set_topic", chat=room, topic="another")["kind"] == "done"
        bob.expect("topic text=another")
        alice.wait(lambda: alice.rooms[room].get("topic") == "another")
        info = alice.ask("info", address=room)
        assert info["kind"] == "done" and "topic: another" in info["text"]
        with server.peer("carol") as carol:
            assert alice.ask("invite", chat=room, address="carol")["kind"] == "done"
            carol.expect("invite room=#dev")
            carol.do(f"join {room}")
            alice.wait(lambda: "carol" in alice.occupants[room])
            bob.do(f"kick {room} carol enough of this")
            gone = alice.expect("occupant_gone", nick="carol")
            assert "enough of this" in gone["text"], gone
        assert not [m for m in alice.messages if m["type"] != "event" and m["direction"] == "out"]
        assert alice.ask("part", chat=room, text="good bye")["kind"] == "done"
        bob.expect('part "reason=good bye"')
        alice.wait(lambda: not alice.rooms[room].get("joined"))
        assert alice.ask("join", chat=room)["kind"] == "done"
        bob.do(f"kick {room} alicia out")
        alice.wait(lambda: not alice.rooms[room].get("joined"))
        assert "out" in alice.rooms[room]["text"] and "robert" in alice.rooms[room]["text"], alice.rooms[room]
        say(alice, room, "am I there", "r9", chat_kind="room")
        m = alice.expect("message_state", own_id="r9", state="failed")
        assert m["error"] == "you are not in that room"


def test_who_was_put_out_who_came_back_and_who_has_another_name():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, server.peer("carol") as carol, irc(server, "alice") as alice:
        alice.connect(None)
        bob.do(f"join {room}")
        carol.do(f"join {room}")
        assert alice.ask("join", chat=room)["kind"] == "done"
        alice.wait(lambda: "carol" in alice.occupants[room])
        bob.do(f"kick {room} carol enough of this")
        assert alice.expect("message", chat=room)["text"] == "carol was kicked by bob (enough of this)"
        # who goes and comes again finds the others there, and nobody has left
        bob.do(f"kick {room} alice you too")
        alice.wait(lambda: not alice.rooms[room].get("joined"))
        assert alice.ask("join", chat=room)["kind"] == "done"
        assert alice.ask("part", chat=room)["kind"] == "done"
        alice.wait(lambda: not alice.rooms[room].get("joined"))
        assert alice.ask("join", chat=room)["kind"] == "done"
        bob.do(f"send {room} welcome")
        alice.expect("message", text="welcome")
        assert not [m for m in alice.messages if m["text"].endswith(("left", "came"))], alice.messages
        # an open chat tells that its name is nobody's now
        say(alice, "carol", "hello", "a1")
        carol.expect("message text=hello")
        bob.do(f"invite {room} carol")
        carol.do(f"join {room}")
        carol.do("nick caroline")
        m = alice.expect("message", chat="carol")
        assert m["type"] == "event" and m["text"] == "carol is now known as caroline", m
        # whom we don't want to hear is not heard in rooms either
        assert alice.ask("block", address="caroline", block=True)["kind"] == "done"
        carol.do(f"send {room} buy this")
        bob.do(f"send {room} fine")
        alice.expect("message", text="fine")
        assert not [m for m in alice.messages if m["text"] == "buy this"]
        assert alice.ask("block", address="caroline", block=False)["kind"] == "done"
        carol.do(f"send {room} sorry")
        alice.expect("message", text="sorry")


def test_what_the_server_says_to_a_line_as_it_is():
    room = "#dev"
    with ngircd() as server, irc(server, "alice") as alice:
        alice.connect(None)
        assert alice.ask("join", chat=room)["kind"] == "done"
        assert alice.ask("network_command", chat=room, chat_kind="room", line="quote VERSION")["kind"] == "done"
        assert alice.has("notice", chat=room, text=lambda t: t.startswith("ngIRCd") or "ngircd-" in t), alice.lines[-9:]
        assert alice.ask("network_command", chat=room, chat_kind="room", line="mode")["kind"] == "done"
        assert alice.has("notice", chat=room, text=lambda t: t.startswith("the room was made on 20")), alice.lines[-9:]
        assert not alice.has("notice", text=lambda t: t.startswith("329"))


def test_a_list_that_was_broken_off_is_not_the_next_one():
    with ngircd() as server, socket.create_connection(("127.0.0.1", int(server.env["IRC"]))) as maker, irc(server, "alice") as alice:
        maker.sendall(b"NICK maker\r\nUSER u 0 * :u\r\n")
        for first in range(0, 2000, 40):
            maker.sendall(b"JOIN " + b",".join(b"#chan%d" % i for i in range(first, first + 40)) + b"\r\n")
        maker.sendall(b"PING :done\r\n")
        said = b""
        while b"PONG" not in said:
            said = said[-99:] + maker.recv(65536)
        alice.connect(None)
        answer = alice.ask("room_list")
        assert answer["text"] == "1000 of 1000 rooms; say words to look for", answer
        answer = alice.ask("room_list", words="#chan77")
        assert answer["text"] == "11 of 2002 rooms", answer


def test_a_join_that_is_refused_says_why():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        bob.do("join #locked")
        bob.do("mode #locked +k sesame")
        bob.do("join #private")
        bob.do("mode #private +i")
        alice.connect(None)
        answer = alice.ask("join", chat="#private")
        assert answer["kind"] == "error" and answer["text"] == "only who is invited may come in", answer
        answer = alice.ask("join", chat="#locked")
        assert answer["kind"] == "error" and answer["text"] == "the room wants a password, or another than this", answer
        assert alice.ask("join", chat="#locked", password="sesame")["kind"] == "done"
        assert alice.ask("set_topic", chat="#nowhere", topic="x")["text"] == "you are not in that room"


def test_invitation_card():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        bob.do("join #party")
        alice.connect(None)
        bob.do("invite #party alice")
        card = alice.expect("card")
        assert card["card_kind"] == "invitation" and card["address"] == "#party", card
        assert alice.ask("answer", card=card["card"], choice="nonsense")["kind"] == "error"
        assert alice.ask("answer", card=card["card"], choice=card["choices"][1])["kind"] == "done"
        alice.expect("card_gone", card=card["card"])
        alice.expect("room", chat="#party", joined=True)
        assert alice.ask("answer", card=card["card"], choice="x")["text"] == "that question is no longer open"


def test_nobody_there():
    with ngircd() as server, irc(server, "alice") as alice:
        alice.connect(None)
        say(alice, "nobody", "are you there", "a1")
        m = alice.expect("message_state", own_id="a1", state="failed")
        assert m["error"] == "User is not logged in", m
        answer = alice.ask("info", address="nobody")
        assert answer["kind"] == "error" and answer["text"], answer


def test_info_and_contacts():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        answer = alice.ask("info", address="bob")
        assert answer["kind"] == "done" and "bob" in answer["text"], answer
        assert alice.ask("contact_add", address="bob", name="Bob B", groups=["Pals", "Work"])["kind"] == "done"
        alice.wait(lambda: alice.contacts.get("bob", {}).get("groups") == ["Pals", "Work"] or alice.contacts.get("bob", {}).get("groups") == ["Work", "Pals"])
        alice.wait(lambda: alice.presences.get("bob", {}).get("presence") == "online", "bob to be seen", 60)
        assert alice.ask("contact_set", address="bob", name="Robert", groups=["Work"])["kind"] == "done"
        alice.wait(lambda: alice.contacts["bob"].get("name") == "Robert" and alice.contacts["bob"]["groups"] == ["Work"])
        alice.wait(lambda: "contacts" in alice.keep)
        alice.kill()
        alice.start()
        alice.contacts.clear()
        alice.connect(None)
        alice.expect("contacts_done")
        assert alice.contacts["bob"]["name"] == "Robert" and alice.contacts["bob"]["groups"] == ["Work"]
        assert alice.ask("contact_remove", address="bob")["kind"] == "done"
        assert not alice.contacts
        assert alice.ask("contact_remove", address="bob")["kind"] == "error"


def test_a_taken_nick():
    with ngircd() as server, server.peer("alice"), irc(server, "alice") as alice:
        state = alice.connect(None)
        assert state["nick"] != "alice"
        notice = alice.expect("notice", failure=True)
        assert notice["text"] == f'the name "alice" is in use on this network: you are "{state["nick"]}" now', notice


def test_away_and_disconnect():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        assert alice.ask("join", chat="#dev")["kind"] == "done"
        alice.send("show", presence="away", status="at lunch")
        # its answer shows that the server has seen the line before it
        assert alice.ask("join", chat="#barrier")["kind"] == "done"
        bob.do("raw WHOIS alice")
        bob.expect("reply command=301")
        alice.send("disconnect", status="bye")
        alice.expect("room", chat="#dev")
        alice.expect("state", state="offline", reason="none")
        alice.connect(None)
        alice.send("connect", presence="online")
        assert alice.ask("join", chat="#dev")["kind"] == "done"


def test_failures_to_connect():
    need_purple()
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1", settings=["port=1"]) as b:
        b.send("connect")
        m = b.expect("state", state="offline", reason="refused")
        assert m["text"] == 'the server of "alice@127.0.0.1" does not accept connections', m
        b.send("connect")
        b.expect("state", state="offline", reason="refused")
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@nowhere.invalid") as b:
        b.send("connect")
        m = b.expect("state", state="offline", reason="host")
        assert m["text"] == 'the server of "alice@nowhere.invalid" is not known', m


def test_tls_and_a_certificate_to_look_at():
    with ngircd() as server, irc(server, "alice", "ssl=yes", f"port={server.env['IRC_TLS']}") as alice:
        alice.send("connect")
        card = alice.expect("card", card_kind="certificate")
        assert card["choices"] == ["Reject", "Accept"] and card["details"], card
        assert alice.ask("answer", card=card["card"], choice="Accept")["kind"] == "done"
        alice.expect("state", state="online")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        alice.connect(None)


def test_away_is_no_message():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        bob.do("away gone to lunch")
        say(alice, "bob", "are you there", "a1")
        m = alice.expect("message")
        assert m["type"] == "event" and "gone to lunch" in m["text"], m
        assert alice.states.get("a1") == "sent"


def test_hung_and_killed():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        alice.kill()
        bob.do("raw WHOIS alice")
        alice.start()
        alice.connect(None)
        bob.do("send alice still there")
        alice.expect("message", text="still there")
        # the hub closes the socket: a good-bye, and the process ends
        assert alice.end() == 0


def test_wrong_settings():
    need_purple()
    for protocol, settings, text in (("irc", ["colour=red"], 'this protocol has no setting "colour"; it has port, encoding,'),
                                     ("irc", ["port=many"], '"port" is a number, not "many"'),
                                     ("irc", ["ssl=perhaps"], '"ssl" is yes or no, not "perhaps"'),
                                     ("irc", ["proxy=what"], '"proxy" is none, socks5://HOST:PORT'),
                                     ("xmpp2", [], 'libpurple has no protocol "xmpp2" here; it has '),
                                     ("jabber", ["connection_security=maybe"], '"connection_security" is one of ')):
        with Backend(PROGRAM, account="irc", protocol=protocol, address="alice@127.0.0.1", settings=settings) as b:
            b.send("connect")
            m = b.expect("state", state="error", reason="settings")
            assert m["text"].startswith(text), m
            assert b.ask("join", chat="#x")["kind"] == "error"
            b.send("disconnect")
            b.expect("state", state="offline")


def test_a_server_that_says_nothing_is_asked():
    """Long before it counts as lost, also where the limit is short; and when it is stopped, it is lost."""
    need_purple()
    with Fault("fakeirc.py", "flood", "--on-line") as fault, Backend(PROGRAM, account="irc", protocol="irc", address="me@127.0.0.1",
            settings=[f"port={fault.port}", "silence_limit=3"]) as b:
        b.connect(None)
        for _ in range(5):
            fault.event("ping")
        assert not b.has("state", state="offline"), b.lines[-3:]
        os.kill(fault.process.pid, signal.SIGSTOP)
        try:
            b.expect("state", state="offline", reason="timeout", text='the server of "me@127.0.0.1" no longer answers')
        finally:
            os.kill(fault.process.pid, signal.SIGCONT)
        assert not b.has("notice"), b.lines[-3:]


def test_the_login_ends_when_the_server_is_silent():
    import socket
    need_purple()
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1",
                     settings=[f"port={port}", "login_timeout=1"]) as b:
            b.send("connect")
            b.send_raw({"kind": "beat"})
            b.expect("beat")
            m = b.expect("state", state="offline", reason="timeout")
            assert m["text"] == 'the server of "alice@127.0.0.1" did not answer in time'


def test_the_server_goes_away():
    with ngircd() as server, irc(server, "alice") as alice:
        alice.connect(None)
        assert alice.ask("join", chat="#dev")["kind"] == "done"
        server.stop()
        m = alice.expect("state", state="offline", reason=lambda r: r in ("network", "server"))
        assert m["text"].startswith("disconnected: "), m
        assert not alice.rooms["#dev"].get("joined")
        alice.send("connect")
        alice.expect("state", state="offline", reason="refused")


def test_sends_only_after_the_mark_is_stored_and_never_twice():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        alice.hold_commits = True
        say(alice, "bob", "first", "a1")
        alice.expect("mark", own_id="a1")
        alice.kill()
        alice.hold_commits = False
        alice.start()
        alice.connect(None)
        say(alice, "bob", "first", "a1", mark=alice.marks["a1"])
        m = alice.expect("message_state", own_id="a1", state="failed")
        assert m["error"] == "it may have been sent before the connection ended"
        say(alice, "bob", "second", "a2")
        assert bob.expect("message from=alice")["text"] == "second"
        # marked, then the connection went: this process knows that it was not sent
        alice.hold_commits = True
        say(alice, "bob", "third", "a3")
        alice.expect("mark", own_id="a3")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        alice.release_commits()
        alice.connect(None)
        say(alice, "bob", "third", "a3", mark=alice.marks["a3"])
        assert bob.expect("message from=alice")["text"] == "third"
        alice.wait(lambda: alice.states.get("a3") == "sent")


def test_flood():
    count = 20000
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        alice.hold_commits = True
        bob.do(f"flood alice {count} word")
        alice.wait(lambda: alice.held > 100)
        alice.release_commits()
        alice.wait(lambda: len([m for m in alice.lines if m["kind"] == "message"]) == count, "all messages", 60)
        assert [m["text"] for m in alice.lines if m["kind"] == "message"][-1] == f"word {count}"


def test_comings_and_goings_are_folded():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        bob.do(f"join {room}")
        alice.connect(None)
        assert alice.ask("join", chat=room)["kind"] == "done"
        for nick in ("carol", "dave"):
            with server.peer(nick) as peer:
                peer.do(f"join {room}")
                alice.wait(lambda: nick in alice.occupants[room])
                if nick == "carol":
                    peer.do("raw QUIT")
                    alice.wait(lambda: nick not in alice.occupants[room])
                    continue
                with server.peer("erin") as erin:
                    erin.do(f"join {room}")
                    alice.wait(lambda: "erin" in alice.occupants[room])
                    bob.do(f"send {room} hello")
                    m = alice.expect("message", chat=room)
                    # who came and went again is not worth a word
                    assert m["type"] == "event" and m["text"] == "dave and erin came", m
                    assert alice.expect("message")["text"] == "hello"
                    erin.do("raw QUIT :irc.one.example irc.two.example")
                    alice.wait(lambda: "erin" not in alice.occupants[room])
        alice.wait(lambda: "dave" not in alice.occupants[room])
        bob.do(f"send {room} again")
        m = alice.expect("message", chat=room)
        assert m["type"] == "event" and m["text"] in ("dave left; erin left by a netsplit (irc.one.example irc.two.example)", "erin and dave left"), m


def test_comings_and_goings_one_by_one_or_not():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice", "room_events=all") as alice, \
            irc(server, "anne", "room_events=none") as anne:
        for one in (alice, anne):
            one.connect(None)
            assert one.ask("join", chat=room)["kind"] == "done"
        bob.do(f"join {room}")
        assert alice.expect("message", text="bob came")["type"] == "event"
        bob.do(f"part {room}")
        alice.expect("message", text=lambda t: t.startswith("bob left"))
        anne.wait(lambda: anne.has("occupant_gone", nick="bob"))
        assert not anne.messages


def test_nothing_is_answered_by_itself():
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice") as alice:
        alice.connect(None)
        for question in ("VERSION", "PING 123", "TIME", "FINGER", "CLIENTINFO", "USERINFO", "SOURCE", "DCC CHAT chat 2130706433 9", "DCC SEND a.txt 2130706433 9 5"):
            bob.do(f"raw PRIVMSG alice :\x01{question}\x01")
        n = alice.expect("notice")
        assert n["text"] == "bob asked this client something (CTCP VERSION) and got no answer", n
        bob.do("send alice done")
        alice.expect("message", text="done")
        assert not [m for m in alice.messages if m["text"] != "done"]
        # what was said last is the first that bob hears
        say(alice, "bob", "fine", "a1")
        assert bob.expect("message")["text"] == "fine"


def test_nickserv_and_the_own_name_back():
    with ngircd() as server, server.peer("NickServ") as service, server.peer("alice") as ghost, irc(server, "alice", "nickserv=yes") as alice:
        state = alice.connect("sesame")
        assert state["nick"] != "alice"
        # services of every kind: what they don't know is not told, and the next word is tried
        assert [service.expect("message")["text"] for _ in "12"] == ["IDENTIFY alice sesame", "REGAIN alice sesame"]
        for answer, next_try in (("Invalid command. Use /msg NickServ help for a command listing.", "RECOVER alice sesame"),
                                 ("Unknown command RECOVER.", "GHOST alice sesame")):
            service.do(f"notice {state['nick']} {answer}")
            assert service.expect("message")["text"] == next_try
        assert not alice.messages and "sesame" not in str(alice.lines)
        # the name is taken back as soon as it is free, seen or not
        alice.ask("join", chat="#dev")
        ghost.do("join #dev")
        alice.wait(lambda: "alice" in alice.occupants["#dev"])
        ghost.do("raw QUIT")
        alice.wait(lambda: alice.rooms["#dev"].get("nick") == "alice", "the name back")


def test_bans():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, server.peer("mallory") as mallory, irc(server, "alice") as alice:
        alice.connect(None)
        assert alice.ask("join", chat=room)["kind"] == "done"
        assert "roomadmin" in alice.state["can"] and "/mode" in alice.state["can"], alice.state
        for peer, nick in ((bob, "bob"), (mallory, "mallory")):
            peer.do(f"join {room}")
            alice.wait(lambda: nick in alice.occupants[room])
        assert alice.ask("room_rank", chat=room, who="bob", role="moderator")["kind"] == "done"
        alice.wait(lambda: alice.occupants[room]["bob"]["role"] == "moderator")
        assert alice.ask("room_rank", chat=room, who="bob", role="participant")["kind"] == "done"
        alice.wait(lambda: alice.occupants[room]["bob"]["role"] == "none")
        assert alice.ask("room_rank", chat=room, who="mallory", affiliation="outcast", text="enough")["kind"] == "done"
        assert "enough" in alice.expect("occupant_gone", nick="mallory")["text"]
        reply = alice.ask("room_ranks", chat=room, affiliation="outcast")
        assert reply["kind"] == "done", reply
        assert [m["address"] for m in alice.lines if m["kind"] == "item"] == ["mallory!*@*"], alice.lines[-5:]
        assert alice.ask("room_rank", chat=room, who="mallory", affiliation="none")["kind"] == "done"
        assert alice.ask("room_ranks", chat=room, affiliation="outcast")["text"] == "nobody has such a rank"
        found = alice.ask("room_list", words="dev")
        assert found["kind"] == "done" and [m["address"] for m in alice.lines if m["kind"] == "item"][-1] == room, found
        with irc(server, "carol") as carol:
            assert alice.ask("network_command", chat=room, chat_kind="room", line=f"mode {room} +k sesame")["kind"] == "done"
            carol.connect(None)
            alice.ask("info", address="bob")            # the mode is set by the time it is answered
            assert carol.ask("join", chat=room)["kind"] == "error"
            assert carol.ask("join", chat=room, password="sesame")["kind"] == "done"


def test_another_server_and_a_paste_that_is_no_flood():
    room = "#dev"
    lines = [f"line {i}" for i in range(14)]
    with inspircd() as server, server.peer("bob") as bob, irc(server, "alice", "ratelimit_interval=1") as alice:
        assert alice.connect(None)["nick"] == "alice"
        assert alice.ask("join", chat=room)["kind"] == "done"
        bob.do(f"join {room}")
        alice.wait(lambda: "bob" in alice.occupants[room])
        assert alice.occupants[room]["alice"]["role"] == "moderator"
        # a server that puts out whoever sends eight commands at once
        say(alice, room, "\n".join(lines), "p1", chat_kind="room")
        assert [bob.expect("message kind=room")["text"] for _ in lines] == lines
        alice.wait(lambda: alice.states.get("p1") == "sent")
        bob.do(f"send {room} still here")
        alice.expect("message", text="still here")
        answer = alice.ask("info", address="bob")
        assert answer["kind"] == "done" and "bob" in answer["text"], answer
        assert alice.ask("room_rank", chat=room, who="bob", affiliation="outcast")["kind"] == "done"
        alice.expect("occupant_gone", nick="bob")
        assert alice.ask("room_ranks", chat=room, affiliation="outcast")["kind"] == "done"
        assert [m["address"] for m in alice.lines if m["kind"] == "item"] == ["bob!*@*"]


def test_what_the_server_refuses_fails_the_command():
    room = "#dev"
    with ngircd() as server, server.peer("bob") as bob, server.peer("carol"), irc(server, "alice") as alice:
        for name in (room, "#closed"):
            bob.do(f"join {name}")
            bob.do(f"mode {name} +t")
        bob.do("mode #closed +m")
        alice.connect(None)
        for name in (room, "#closed", "#own"):
            assert alice.ask("join", chat=name)["kind"] == "done"
        bob.do("mode #closed +i")
        alice.expect("notice", chat="#closed", text="mode (+i ) by bob")
        for request in (dict(kind="set_topic", chat=room, topic="mine"), dict(kind="room_rank", chat=room, who="bob", role="none", text="go"),
                        dict(kind="room_rank", chat=room, who="bob", affiliation="outcast"), dict(kind="invite", chat=room, address="nobody"),
                        dict(kind="invite", chat="#closed", address="carol"), dict(kind="room_rank", chat="#own", who="nobody", role="none"),
                        dict(kind="room_rank", chat="#own", who="bob", role="none"), dict(kind="room_rank", chat="#own", who="nobody", role="moderator"),
                        dict(kind="set_nick", nick="bob"), dict(kind="network_command", chat=room, chat_kind="room", line=f"mode {room} +k x"),
                        dict(kind="network_command", chat=room, chat_kind="room", line="quote NONSENSE 1 2")):
            answer = alice.ask(**request)
            assert answer["kind"] == "error" and answer["text"].startswith("the server refused it: "), (request, answer)
        # and nothing of it is told twice
        assert not alice.messages and not alice.has("notice", text=lambda text: text != "mode (+i ) by bob"), alice.lines[-5:]
        say(alice, "#closed", "may I", "a1", chat_kind="room")
        m = alice.expect("message_state", own_id="a1", state="failed")
        assert m["error"].startswith("the server refused it: "), m
        # the others still work
        assert alice.ask("set_nick", nick="alicia")["kind"] == "done"
        assert alice.ask("network_command", chat=room, chat_kind="room", line="away for lunch")["kind"] == "done"


def test_a_long_paste_is_sent_slowly_and_stops_nothing_else():
    room = "#dev"
    lines = [f"line {i}" for i in range(100)]
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice", "ratelimit_interval=1", "ratelimit_burst=60") as alice:
        alice.connect(None)
        bob.do(f"join {room}")
        assert alice.ask("join", chat=room)["kind"] == "done"
        say(alice, room, "\n".join(lines), "p1", chat_kind="room")
        assert [bob.expect("message kind=room")["text"] for _ in lines[:40]] == lines[:40]
        say(alice, "bob", "by the way", "p2")
        got = []
        while not got or got[-1]["kind"] == "room":
            got.append(bob.expect("message from=alice"))
        assert got[-1]["text"] == "by the way" and len(got) < 40, "the paste held another chat back"
        alice.wait(lambda: alice.states.get("p2") == "sent")
        # what has not gone out is not called sent
        assert "p1" not in alice.states
        server.stop()
        m = alice.expect("message_state", own_id="p1", state="failed")
        assert m["error"].startswith("only the first ") and m["error"].endswith(" of 100 lines were sent before the connection ended"), m
    with ngircd() as server, server.peer("bob") as bob, irc(server, "alice", "ratelimit_interval=1", "ratelimit_burst=120") as alice:
        alice.connect(None)
        say(alice, "bob", "\n".join(lines), "p1")
        assert [bob.expect("message from=alice")["text"] for _ in lines] == lines
        alice.wait(lambda: alice.states.get("p1") == "sent")


class ScriptedServer(threading.Thread):
    """Says of IRC what a login and a room take, and then what it is told to."""

    def __init__(self, people):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.env = {"IRC": str(self.socket.getsockname()[1])}
        self.people, self.connection = people, None

    def say(self, *lines):
        self.connection.sendall("".join(line + "\r\n" for line in lines).encode())

    def run(self):
        self.connection = self.socket.accept()[0]
        with self.connection, self.connection.makefile("r", encoding="utf-8") as stream:
            for line in stream:
                if line.startswith("USER"):
                    self.say(":irc.test 001 alice :Welcome", ":irc.test 376 alice :End of MOTD command")
                elif line.startswith("JOIN #full"):
                    self.say(":irc.test 470 alice #full #more :Forwarding to another channel", ":alice!a@h JOIN :#more",
                             ":irc.test 353 alice = #more :alice", ":irc.test 366 alice #more :End of NAMES list")
                elif line.startswith("JOIN"):
                    self.say(":alice!a@h JOIN :#dev", f":irc.test 353 alice = #dev :alice {' '.join(self.people)}", ":irc.test 366 alice #dev :End of NAMES list")


def test_a_netsplit_is_one_line():
    need_purple()
    people = [f"p{i}" for i in range(40)]
    server = ScriptedServer(["bob", *people])
    server.start()
    with server.socket, irc(server, "alice") as alice:
        alice.connect(None)
        assert alice.ask("join", chat="#dev")["kind"] == "done"
        server.say(*(f":{nick}!u@h QUIT :irc.one.example irc.two.example" for nick in people), ":bob!u@h PRIVMSG #dev :oops")
        m = alice.expect("message")
        assert m["type"] == "event" and m["text"].endswith("and 28 more left by a netsplit (irc.one.example irc.two.example)"), m
        assert alice.expect("message")["text"] == "oops"
        # a split that heals before anybody says a word is none
        server.say(*(f":{nick}!u@h JOIN :#dev" for nick in people), ":bob!u@h PRIVMSG #dev :again")
        m = alice.expect("message")
        assert m["type"] == "event" and m["text"].endswith("and 28 more came"), m
        server.say(*(f":{nick}!u@h QUIT :irc.one.example irc.two.example" for nick in people),
                   *(f":{nick}!u@h JOIN :#dev" for nick in people), ":bob!u@h PRIVMSG #dev :well")
        alice.expect("message", text="again")
        assert alice.expect("message")["text"] == "well"
        # a room that is full, with another one for those who come
        answer = alice.ask("join", chat="#full")
        assert answer["text"] == "the room sends everybody on to another one", answer
        alice.wait(lambda: alice.rooms.get("#more", {}).get("joined"))


def test_a_split_of_real_servers():
    room, crowd = "#big", 500
    with ngircd() as server, ngircd("--beside") as other, server.peer("bob") as bob, irc(server, "alice") as alice, contextlib.ExitStack() as sockets:
        alice.connect(None)
        assert alice.ask("join", chat=room)["kind"] == "done"
        for i in range(crowd):
            one = sockets.enter_context(socket.create_connection(("127.0.0.1", int(other.env["IRC"]))))
            one.sendall(f"NICK p{i}\r\nUSER u 0 * :u\r\nJOIN {room}\r\n".encode())
            one.recv(1)
        bob.do("oper")
        bob.do(f"raw CONNECT irc2.test {other.env['IRC']}")
        alice.wait(lambda: f"p{crowd - 1}" in alice.occupants[room], "everybody", 8)
        bob.do(f"join {room}")
        bob.do(f"send {room} hello")
        alice.expect("message", text="hello")
        bob.do("raw SQUIT irc2.test :good bye")
        alice.wait(lambda: not any(nick.startswith("p") for nick in alice.occupants[room]), "the split", 8)
        bob.do(f"send {room} oops")
        m = alice.expect("message", chat=room)
        assert m["type"] == "event" and m["text"].endswith(f"and {crowd - 12} more left by a netsplit (irc.test irc2.test)"), m
        alice.expect("message", text="oops")


class SaslServer(threading.Thread):
    """Says of IRC what it takes to log in by SASL PLAIN as alice with the password sesame."""

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.said = []

    def answer(self, line):
        if line == "CAP REQ :sasl":
            return [":irc.test CAP * ACK :sasl"]
        if line == "AUTHENTICATE PLAIN":
            return ["AUTHENTICATE +"]
        if line.startswith("AUTHENTICATE ") and len(line) < 30 and line.isupper():     # another mechanism
            return [":irc.test 904 alice :SASL authentication failed"]
        if line.startswith("AUTHENTICATE "):
            good = base64.b64decode(line[13:]).split(b"\0")[1:] == [b"alice", b"sesame"]
            return [":irc.test 903 alice :SASL authentication successful" if good else ":irc.test 904 alice :SASL authentication failed"]
        if line == "CAP END":
            return [":irc.test 001 alice :Welcome", ":irc.test 376 alice :End of MOTD command"]
        return []

    def run(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            try:
                self.serve(connection)
            except OSError:
                pass                                     # the client may break the connection off

    def serve(self, connection):
        with connection, connection.makefile("r", encoding="utf-8") as stream:
            for line in stream:
                self.said.append(line.strip())
                connection.sendall("".join(answer + "\r\n" for answer in self.answer(line.strip())).encode())



def test_sasl():
    need_purple()
    server = SaslServer()
    server.start()
    settings = [f"port={server.port}", "sasl=yes", "auth_plain_in_clear=yes", "ratelimit_interval=0"]
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1", settings=settings) as b:
        assert b.connect("sesame")["nick"] == "alice"
        assert not [line for line in server.said if line.startswith("PASS") or "sesame" in line], server.said
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1", settings=settings) as b:
        b.send("connect", password="wrong")
        m = b.expect("state", state="error", reason="password")
        assert m["text"] == 'the server refused the name or the password of "alice@127.0.0.1"', m
    # without a password the login is not even tried: the hub asks for one
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1", settings=settings) as b:
        del server.said[:]
        b.send("connect")
        b.expect("state", state="error", reason="no_password")
        assert not server.said, server.said
    # without encryption the password does not go out unless the user says so
    with Backend(PROGRAM, account="irc", protocol="irc", address="alice@127.0.0.1", settings=[s for s in settings if "clear" not in s]) as b:
        del server.said[:]
        b.send("connect", password="sesame")
        m = b.expect("state", state=lambda s: s in ("error", "offline"), reason=lambda r: r != "none")
        assert m["reason"] == "settings" and "AUTHENTICATE PLAIN" not in server.said, (m, server.said)
    server.socket.close()


def log_in_refused(server, password, *settings):
    with irc(server, "alice", *settings) as alice:
        alice.send("connect", password=password)
        return alice.expect("state", reason=lambda r: r not in ("none", None))


def test_the_services_of_a_real_network():
    plain = ("sasl=yes", "auth_plain_in_clear=yes")
    with inspircd("--services") as server:
        server.register("alice", "sesame")
        with irc(server, "alice", *plain) as alice:
            assert alice.connect("sesame")["nick"] == "alice"
            assert "Login name: alice" in alice.ask("info", address="alice")["text"]
        refused = log_in_refused(server, "wrong", *plain)
        assert refused["reason"] == "password" and refused["text"] == 'the server refused the name or the password of "alice@127.0.0.1"', refused
        refused = log_in_refused(server, "sesame", "sasl=yes")
        assert refused["text"] == 'the password of "alice@127.0.0.1" does not go over a line that is not encrypted: ssl=yes encrypts it', refused
        with irc(server, "alice", "sasl=yes", "ssl=yes", f"port={server.env['IRC_TLS']}") as alice:
            alice.send("connect", password="sesame")
            card = alice.expect("card", card_kind="certificate")
            alice.ask("answer", card=card["card"], choice="Accept")
            alice.expect("state", state="online")
            assert "Login name: alice" in alice.ask("info", address="alice")["text"]
        with irc(server, "alice", "nickserv=yes") as alice:
            alice.connect("sesame")
            alice.expect("message", chat="NickServ", text=lambda t: "Password accepted" in t)
        with irc(server, "alice", "nickserv=yes") as alice:
            alice.connect("wrong")
            notice = alice.expect("notice", failure=True)
            assert notice["text"] == 'NickServ does not accept the password of "alice"', notice
        for settings in (("nickserv=yes",), plain):
            with server.peer("alice") as ghost, irc(server, "alice", *settings) as alice:
                assert alice.connect("sesame")["nick"] != "alice"
                ghost.expect("nick from=alice")
                alice.expect("notice", text='the name "alice" was free again: it is yours')
                assert not [m for m in alice.messages if "nknown command" in m["text"]], alice.messages
        # a server that has no services at the moment: tried again later
        server.stop_services()
        refused = log_in_refused(server, "sesame", *plain)
        assert refused["state"] == "offline" and refused["text"] == 'the server of "alice@127.0.0.1" offers no SASL now', refused


def relay(port):
    """The address of a line to a local port, on 5222, which BitlBee wants to see."""
    address = f"127.{random.randrange(1, 255)}.{random.randrange(1, 255)}.{random.randrange(2, 255)}"
    listening = socket.create_server((address, 5222))

    def carry(source, sink):
        with source, sink:
            try:
                while data := source.recv(65536):
                    sink.sendall(data)
            except OSError:
                pass

    def accept():
        while True:
            near, far = listening.accept()[0], socket.create_connection(("127.0.0.1", port))
            for ends in ((near, far), (far, near)):
                threading.Thread(target=carry, args=ends, daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()
    return address


def test_people_behind_bitlbee():
    control = "&bitlbee"
    with bitlbee() as server, prosody("kim:secret:mia", "mia:secret:kim") as xmpp, xmpp.peer("mia") as mia, irc(server, "kim") as kim:
        kim.connect(None)
        kim.wait(lambda: kim.rooms.get(control, {}).get("joined"), "the room that nobody has to join")
        for number, (order, answer) in enumerate((
                ("register sesame", "Account successfully created"), ("account add jabber kim@kith.test secret", "Account successfully added"),
                (f"account jabber set server {relay(int(xmpp.env['C2S']))}", "server ="), ("account jabber set port 5222", "port ="),
                ("account jabber set tls_verify false", "tls_verify ="), ("account jabber on", "Logged in"))):
            say(kim, control, order, f"a{number}", chat_kind="room")
            kim.expect("message", chat=control, nick="root", text=lambda t: answer in t)
        kim.wait(lambda: "mia" in kim.occupants[control], "the contact in the control room")
        mia.do("send kim@kith.test hello kim")
        assert kim.expect("message", chat="mia", text="hello kim")["direction"] == "in"
        say(kim, "mia", "hello mia", "b1")
        mia.expect("message text='hello mia'")
        assert "kith.test" in kim.ask("info", address="mia")["text"]


run(globals())
