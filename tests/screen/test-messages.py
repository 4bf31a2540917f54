#!/usr/bin/env python3
"""What hangs on messages, and what keys do with one: in a real terminal with a played hub, and with the real one against servers and another client."""
import base64
import json
import os
import re
import signal
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "servers")]

from playedhub import ALICE, CAN, ROOM, START_US, PlayedHub
from terminal import Terminal
from home import Home, wait_for
from network import Ejabberd, Prosody
from tap import run


class Screen:
    """A home, a played hub and a terminal that shows a chat."""

    def __init__(self, letters="alice", columns=80, rows=24, **settings):
        self.letters, self.columns, self.rows, self.settings = letters, columns, rows, settings

    def __enter__(self):
        self.home = Home()
        for name, value in self.settings.items():
            self.home.setting("kith", name, value)
        self.home.start()  # leaves an empty history behind
        self.home.kill_hub(signal.SIGTERM)
        self.hub = PlayedHub(self.home)
        self.terminal = Terminal(self.home, self.columns, self.rows)
        self.hub.people()
        self.hub.ready()
        self.terminal.wait(lambda screen: "dev" in screen or "›" in screen)
        self.terminal.key("F2")
        self.terminal.wait(lambda screen: "Enter goes there" in screen or screen.count("❯") > 1 or "Go to" in screen)
        self.terminal.type(self.letters)
        self.terminal.wait(self.letters)
        self.terminal.key("Enter")
        self.terminal.wait("work →")
        return self.hub, self.terminal

    def __exit__(self, *failure):
        if failure[0]:
            print("".join("# |" + line + "\n" for line in self.terminal.screen().splitlines()), end="")
        self.terminal.tmux("kill-server")
        self.hub.__exit__()
        os.unlink(self.home.socket)
        self.home.__exit__(None)


def test_what_hangs_on_a_message_is_shown_and_changes_in_place():
    with Screen(columns=110) as (hub, terminal):
        hub.message(1, "the first words")
        hub.message(2, "an answer", direction="out", about=1, target="x", state="sent")
        hub.message(3, "https://example.org/f/1", attachments=["https://example.org/f/1\nphoto.png\nimage/png\n1200000\n\n"])
        screen = terminal.wait("photo.png (1.2\u00a0MB, image/png)")
        assert "https://" not in screen
        assert re.search(r"┌ Alice: the first words\s*✓\n.*an answer", screen), screen
        hub.message(1, "corrected words", edited=True, again=True, reactions=["👍 bob", "👍 ", "❤ alice@example.org"])
        screen = terminal.wait("corrected words (edited)")
        assert re.search(r"corrected words \(edited\).*\n.*\[👍 2\]  ❤", screen), screen
        assert "┌ Alice: corrected words" in screen and screen.count("words") == 2
        hub.message(1, "", again=True, retracted=True, note="by Alice: wrong chat")
        screen = terminal.wait("✗ message taken back (by Alice: wrong chat)")
        assert "👍" not in screen and "┌ Alice: taken back" in screen
        hub.send("transfer", account="work", transfer="t1", chat=ALICE, direction="in", state="active", name="photo.png", size=1200000, moved=600000, id=3)
        screen = terminal.wait(re.compile(r"photo.png · 50% of 1.2\u00a0MB \(1.2\u00a0MB, image/png\)"))
        assert "↓ photo.png 50% of 1.2\u00a0MB" in screen.replace("\n", " ")
        hub.send("transfer", account="work", transfer="t1", chat=ALICE, direction="in", state="done", name="photo.png", size=1200000, moved=1200000, id=3)
        hub.message(3, "https://example.org/f/1", again=True, attachments=["https://example.org/f/1\nphoto.png\nimage/png\n1200000\n\n"], saved="/home/me/photo.png")
        terminal.wait("saved: /home/me/photo.png")


def test_a_message_moves_to_its_place_and_later_reading_marks_earlier_ones():
    with Screen() as (hub, terminal):
        for i, text in enumerate(("alpha", "beta", "gamma"), 1):
            hub.message(i, text, direction="out", state="delivered", own_id=f"o{i}")
        terminal.wait(re.compile("alpha.*beta.*gamma", re.S))
        hub.message(1, "alpha", direction="out", state="delivered", own_id="o1", again=True, time=START_US + 150_000_000)
        terminal.wait(re.compile("beta.*alpha.*gamma", re.S))
        hub.send("message_state", account="work", chat=ALICE, own_id="o1", id=1, state="read")
        screen = terminal.wait(re.compile(r"beta +✓✓✓\n.*alpha +✓✓✓\n.*gamma +✓✓\n"))
        assert "gamma" in screen


def test_a_message_is_chosen_and_answered_by_keys():
    with Screen("dev") as (hub, terminal):
        for i in range(1, 41):
            hub.message(i, f"line {i}", ROOM, nick="erin" if i % 2 else "bob")
        terminal.wait("line 40")
        terminal.key("M-Up", "Up", "Up")
        screen = terminal.wait(re.compile(r"▸\d\d:\d\d bob +line 38"))
        assert "r reply" in screen.splitlines()[-1]
        hub.message(41, "line 41", ROOM, nick="erin")
        terminal.wait("↓ 1 new")
        terminal.type("r")
        terminal.wait("dev · replying to bob: line 38")
        terminal.wait_gone("▸")
        terminal.type("an answer")
        terminal.key("Enter")
        assert hub.expect("command")["line"] == "/reply 38 an answer"
        terminal.wait(lambda screen: "replying" not in screen)
        terminal.key("M-Up")  # again, and back out of it twice
        terminal.wait("▸")
        terminal.key("Enter")
        terminal.wait("replying to")
        terminal.type("half")
        terminal.key("Escape")
        terminal.wait(lambda screen: "replying" not in screen and "❯ half" in screen)
        terminal.key("M-Up")
        terminal.wait("▸")
        terminal.type("x")  # no key of it: it is for the line
        terminal.wait(lambda screen: "▸" not in screen and "❯ halfx" in screen)


def test_own_words_are_corrected_and_taken_back():
    with Screen() as (hub, terminal):
        hub.message(1, "their words")
        hub.message(2, "my wrods", direction="out", state="sent")
        terminal.wait("my wrods")
        terminal.type("a draft")
        terminal.key("M-e")
        terminal.wait(lambda screen: "❯ my wrods" in screen and "correcting" in screen)
        terminal.key("Escape")
        terminal.wait(lambda screen: "❯ a draft" in screen and "correcting" not in screen)
        terminal.key("M-e")
        terminal.wait("❯ my wrods")
        terminal.key("C-w")
        terminal.type("words")
        terminal.key("Enter")
        assert hub.expect("command")["line"] == "/correct 2 my words"
        terminal.wait("❯ a draft")
        terminal.key("C-u", "M-Up", "Up")
        terminal.wait(re.compile("▸.*their words"))
        terminal.type("e")
        terminal.wait("only your own words can be corrected")
        terminal.key("Down")
        terminal.wait(re.compile("▸.*my wrods"))
        terminal.type("d")
        terminal.wait("Take back for everybody")
        terminal.type("n")
        terminal.wait_gone("Take back for everybody")
        terminal.type("dy")
        assert hub.expect("command")["line"] == "/retract 2"


def test_reactions_are_picked_or_typed_and_words_copied():
    with Screen() as (hub, terminal):
        hub.message(1, "look at this", reactions=["❤️ ", "❤ bob"])
        terminal.wait("look at this")
        terminal.key("M-Up")
        terminal.wait(re.compile(r"▸.*look at this"))
        terminal.wait("[❤ me, bob]")
        terminal.type("+")
        terminal.wait(re.compile("2 ❤ ✓"))
        terminal.type("1")
        assert hub.expect("command")["line"] == "/react 1 👍"
        terminal.type("+")
        terminal.wait("or type another")
        terminal.type("🦆")
        terminal.key("Enter")
        assert hub.expect("command")["line"] == "/react 1 🦆"
        assert b"]52" not in terminal.raw()
        terminal.type("y")
        terminal.wait("copied")
        wait_for(lambda: b"\x1b]52;c;" + base64.b64encode(b"look at this") + b"\x07" in terminal.raw(), "the words are copied")


def test_links_files_versions_and_what_is_answered():
    with Screen() as (hub, terminal):
        for i in range(1, 60):
            hub.message(i, f"line {i}")
        hub.message(60, "see (https://example.org/a_(b)), javascript:x, and https://example.net/.", about=5, target="s5")
        terminal.wait("┌ Alice: line 5")
        terminal.key("M-Up")
        terminal.type("o")
        screen = terminal.wait("1 https://example.org/a_(b)")
        assert "2 https://example.net/" in screen and "3 " not in screen.split("Open")[1].split("╰")[0]
        terminal.type("2")
        assert hub.expect("command")["line"] == "/open https://example.net/"
        terminal.type("s")
        terminal.wait("there is no file in that message")
        terminal.type("j")
        screen = terminal.wait(re.compile(r"line 5\n"))
        terminal.key("M-Up")
        terminal.type("v")
        assert hub.expect("command")["line"].startswith("/versions ")


def test_older_messages_are_asked_for_once_and_their_absence_is_shown():
    with Screen() as (hub, terminal):
        for i in range(100, 104):
            hub.message(i, f"line {i}")
        terminal.wait("line 103")
        terminal.key("PageUp", "PageUp")
        asked = hub.expect("fetch", chat=ALICE, before=START_US + 100 * 60_000_000)
        terminal.wait("asking the server…")
        hub.send("error", request=asked["request"], text="the archive is closed")
        terminal.wait("older messages: the archive is closed")
        terminal.key("PageUp")
        asked = hub.expect("fetch", chat=ALICE)
        hub.message(99, "line 99", delayed=True)
        hub.message(98, "line 98", delayed=True)
        terminal.wait(re.compile("line 98.*line 99.*line 100", re.S))
        hub.answer(asked)
        terminal.wait("the beginning")
        hub.send("hole", account="work", since=START_US + 99 * 60_000_000, until=START_US + 101 * 60_000_000)
        terminal.wait(re.compile("line 100.*── older messages not loaded ──.*line 101", re.S))
        hub.send("hole", account="work", since=START_US + 99 * 60_000_000, until=START_US + 101 * 60_000_000, loading=True)
        terminal.wait("loading older messages…")
        hub.send("hole", account="work", until=0)
        terminal.wait_gone("older messages")


def test_styled_words_and_names_have_their_looks():
    with Screen("dev") as (hub, terminal):
        hub.message(1, "plain *strong* and _soft_ `code`\n> quoted", ROOM, nick="erin")
        terminal.wait("quoted")
        styled = terminal.screen(attributes=True)
        assert re.search("\x1b\\[[0-9;]*1m\\*strong\\*", styled) and re.search("\x1b\\[[0-9;]*3m_soft_", styled), styled
        name = re.search("\x1b\\[[0-9;]*38;5;(\\d+)m *erin", styled)
        assert name and int(name[1]) >= 16, styled
    with Screen("dev", styling="no", nick_colours="no") as (hub, terminal):
        hub.message(1, "plain *strong*", ROOM, nick="erin")
        terminal.wait("*strong*")
        styled = terminal.screen(attributes=True)
        assert not re.search("\x1b\\[[0-9;]*1m\\*strong\\*", styled) and not re.search("38;5;\\d+m *erin", styled), styled


def test_words_look_as_their_sender_wanted():
    with Screen("dev") as (hub, terminal):
        hub.message(1, "bold \u001bit *as it is* 日本語 red", ROOM, nick="erin", markup="b0-4 i5-8 u20-23 f4:24-27")
        hub.message(2, "on yellow " + "wide " * 30 + "end", ROOM, nick="erin", markup="f4:0-9 g8:0-9 b160-163")
        hub.message(3, "hidden", ROOM, nick="erin", markup="f1:0-6 g1:0-6")
        hub.message(4, "last", ROOM, nick="erin", markup="b0-99 f999:0-1 nonsense")
        terminal.wait("last")
        styled = terminal.screen(attributes=True)
        for look in ("\x1b\\[[0-9;]*1mbold", "\x1b\\[[0-9;]*3m␛it", "4m日本語", "\x1b\\[[0-9;]*38;5;(196|20[0-9])mred", "38;5;196.*48;5;226mon yellow|48;5;226.*38;5;196mon yellow",
                     "\x1b\\[[0-9;]*1mend"):
            assert re.search(look, styled), (look, styled)
        assert not re.search("1m\\*as it is", styled) and "*as it is*" in terminal.screen()
        hidden = re.search("38;5;(\\d+)[^m]*m?(?:\x1b\\[)?[^m]*48;5;16m *hidden", styled)
        assert hidden and hidden[1] != "16", styled
    with Screen("dev", text_colours="no") as (hub, terminal):
        hub.message(1, "red and bold", ROOM, nick="erin", markup="f4:0-3 b8-12")
        terminal.wait("red and bold")
        styled = terminal.screen(attributes=True)
        assert re.search("1mbold", styled) and not re.search("38;5;\\d+mred", styled), styled


def test_a_paste_where_each_line_is_a_message_asks_so():
    with Screen("dev") as (hub, terminal):
        hub.people([*CAN, "oneline"])
        terminal.bytes(b"\x1b[200~" + b"\r".join(b"line %d" % i for i in range(8)) + b"\x1b[201~")
        terminal.wait("⏎ 8 lines")
        terminal.key("Enter")
        terminal.wait("8 lines, each sent alone: Enter again sends them")
        terminal.key("Enter")
        assert hub.expect("command")["line"] == "\n".join(f"line {i}" for i in range(8))


def test_who_is_in_a_room_by_rank():
    with Screen("dev") as (hub, terminal):
        terminal.key("F6")
        screen = terminal.wait(re.compile(r"- vic.*visitor"))
        assert "Who is in dev" in screen and re.search(r"~ erin.*owner", screen) and re.search(r"\+ me.*member", screen), screen
        assert screen.index("erin") < screen.index("bob") < screen.index("vic")
        hub.send("occupant", account="work", chat=ROOM, nick="zoe", role="moderator", affiliation="none", presence="away")
        terminal.wait(re.compile(r"◐ @ zoe.*moderator"))
        terminal.type("bo")
        terminal.wait("1 of 5")
        terminal.key("Enter")
        terminal.wait(re.compile("work → .*bob"))


def test_ten_thousand_in_a_room_are_no_trouble():
    with Screen("dev") as (hub, terminal):
        for i in range(10000):
            hub.send("occupant", account="work", chat=ROOM, nick=f"person {i}", role="participant", affiliation="none", presence="online")
        terminal.wait("10004 here", 60)
        terminal.key("F6")
        terminal.wait("10004 of 10004")
        terminal.type("9876")
        terminal.wait(re.compile("person 9876"))
        terminal.key("Escape")
        terminal.wait_gone("Who is in")
        terminal.type("person 98765")
        terminal.wait("❯ person 98765")


def test_every_part_fits_a_small_screen():
    for columns, rows in ((40, 10), (24, 8), (12, 6), (100, 30)):
        with Screen(columns=columns, rows=rows) as (hub, terminal):
            hub.message(1, "the first words of a message that is too long for one line here", edited=True, reactions=["👍 a", "❤ "] + [f"😂 p{i}" for i in range(50)])
            hub.message(2, "an answer", about=1, target="x", attachments=["https://example.org/x\na long file name that does not fit.png\nimage/png\n99\n\nwords on it"])
            terminal.wait("answer")
            terminal.key("M-Up")
            terminal.type("+")
            terminal.wait("👍")
            terminal.key("Escape")
            terminal.wait_gone("👎")
            terminal.key("Down")  # below the newest: back to writing
            terminal.type("typed")
            terminal.wait("typed")
            screen = terminal.screen()
            assert len(screen.splitlines()) <= rows and terminal.ended() is None


def test_an_offer_is_taken_by_a_key_and_typing_is_told_in_rooms():
    with Screen("dev") as (hub, terminal):
        hub.message(1, "words", ROOM, nick="erin")
        hub.send("transfer", account="work", transfer="3", chat=ROOM, direction="in", state="offered", name="notes.txt", size=5000, id=2)
        hub.message(2, "offers the file \"notes.txt\" (5 kB); /take 3 fetches it", ROOM, nick="erin", type="event")
        terminal.wait("📎 notes.txt · offered: s takes it")
        terminal.key("M-Up")
        terminal.wait(re.compile("▸.*offers the file"))
        terminal.type("s")
        assert hub.expect("command")["line"] == "/save 2"
        hub.send("transfer", account="work", transfer="3", chat=ROOM, direction="in", state="active", name="notes.txt", size=5000, moved=1000, id=2)
        terminal.wait(re.compile("📎 notes.txt · 20% of"))
        terminal.key("Escape")
        terminal.wait_gone("▸")
        terminal.type("I type")
        hub.expect("typing", chat=ROOM, typing="composing")
        hub.send("typing", account="work", chat=ROOM, nick="erin", typing="composing")
        terminal.wait("erin is typing…")


def test_what_was_taken_back_before_it_was_sent_is_no_failure():
    with Screen() as (hub, terminal):
        hub.message(1, "the words", direction="out", state="queued", own_id="o1")
        terminal.wait("◌")
        hub.message(1, "", direction="out", state="queued", own_id="o1", again=True, retracted=True)
        terminal.wait("✗ message taken back")
        hub.send("message_state", account="work", chat=ALICE, id=1, own_id="o1", state="failed", error="taken back before it was sent")
        screen = terminal.wait("✗ taken back before it was sent")
        assert "not sent" not in screen and "!" not in screen, screen


def test_voice_messages_and_pictures_say_what_they_are():
    with Screen(columns=110) as (hub, terminal):
        url = "https://example.org/f/"
        hub.message(1, url + "1", attachments=[url + "1\nrec-20261122-181502.ogg\naudio/ogg\n48000\n\n\n12300\n\ninline"])
        hub.message(2, url + "2", attachments=[url + "2\ncat.jpg\nimage/jpeg\n1200000\n\n\n\n640x480\ninline"])
        hub.message(3, url + "3", attachments=[url + "3\ntalk.mp4\nvideo/mp4\n9000000\n\nthe talk\n3723000\n1280x720"])
        screen = terminal.wait("the talk")
        assert "voice message (0:12, 48.0\u00a0kB)" in screen and "rec-2026" not in screen and url not in screen, screen
        assert "cat.jpg (640x480, 1.2\u00a0MB, image/jpeg)" in screen and "talk.mp4 (1:02:03, 1280x720, 9.0\u00a0MB, video/mp4) · the talk" in screen, screen
        terminal.key("M-Up")
        terminal.key("Up")
        terminal.key("Up")
        terminal.wait(re.compile("▸.*voice message"))
        terminal.type("o")
        assert hub.expect("command")["line"].split()[0] in ("/open", "/save"), "not opened"


def test_moderators_say_why():
    with Screen("dev") as (hub, terminal):
        hub.message(1, "buy this", ROOM, nick="vic")
        hub.message(2, "and that", ROOM, nick="vic")
        terminal.wait("and that")
        terminal.key("M-Up")
        terminal.type("d")
        terminal.wait("or yes: type why")
        terminal.type("not here")
        terminal.key("Enter")
        assert hub.expect("command")["line"] == "/moderate 2 not here"
        terminal.key("Up")
        terminal.wait(re.compile("▸.*buy this"))
        terminal.type("d")
        terminal.wait("or yes: type why")
        terminal.type("2")
        terminal.wait_gone("or yes: type why")
        terminal.type("d1")
        assert hub.expect("command")["line"] == "/moderate 1"


def test_bookmarks_and_catching_up_are_seen_in_the_list():
    with Screen() as (hub, terminal):
        hub.send("bookmark", account="work", chat="ops@rooms.example.org", name="ops", autojoin=True)
        hub.send("bookmark", account="work", chat="fun@rooms.example.org", name="fun")
        terminal.wait(lambda screen: "★ ops" in screen and "☆ fun" in screen and "# dev" in screen)
        terminal.key("F2")
        terminal.wait("Go to")
        terminal.type("fun")
        terminal.key("Enter")
        terminal.wait("○ not joined · /join enters it")
        terminal.type("/join")
        terminal.key("Enter")
        assert hub.expect("command")["chat"] == "fun@rooms.example.org"
        hub.send("hole", account="work", since=0, until=START_US, loading=True)
        terminal.wait("work catching up")
        hub.send("hole", account="work", until=0)
        terminal.wait("work online")


def test_hostile_words_do_no_harm_wherever_they_hang():
    evil = "x\x1b]52;c;AAAA\x07\x1b[31m\u202e\u009b\u2066\r\ny"
    with Screen("dev", columns=120, rows=40) as (hub, terminal):
        hub.message(1, "> " * 3000 + "*a _b `c" * 500 + " the end", ROOM, nick="erin")
        hub.message(2, evil, ROOM, nick=evil, reactions=[f"{evil} {evil}", "👍 " + evil], attachments=[f"https://x/\n{evil.splitlines()[0]}\n{evil}\n9\n\n{evil}"])
        hub.message(3, "answer " + evil, ROOM, nick="erin", about=2, target="x")
        hub.message(4, "", ROOM, nick="erin", retracted=True, note=evil)
        hub.send("transfer", account="work", transfer="t", chat=ROOM, direction="in", state="failed", name=evil, text=evil, id=2)
        hub.send("bookmark", account="work", chat="ops@rooms.example.org", name=evil)
        hub.send("occupant", account="work", chat=ROOM, nick=evil, role="visitor", status=evil, address=evil)
        terminal.wait("taken back")
        terminal.key("M-Up", "Up", "Up")
        terminal.wait("▸")
        terminal.type("+")
        terminal.wait("or type another")
        terminal.key("Escape")
        terminal.wait_gone("or type another")
        terminal.type("r")
        terminal.wait("replying to")
        terminal.key("F6")
        terminal.wait("Who is in dev")
        raw = terminal.raw().decode(errors="replace")
        for bad in ("\u202e", "\u2066", "\u009b", "\x1b]52", "\x1b[31m\u202e"):
            assert bad not in raw, repr(bad)


def test_keys_change_messages_of_the_real_hub():
    def message(text, **fields):
        return json.dumps({"kind": "message", "chat": ALICE, "from": ALICE, "text": text, **fields})
    script = ["online nick=me can=" + ",".join(CAN), json.dumps({"kind": "contact", "address": ALICE, "name": "Alice Adams", "groups": [], "subscription": "both"}),
              message("teh question", sender_id="a"), "sync", message("the question", sender_id="b", type="correction", target="a"),
              'expect {"kind":"send","text":"my anser"}', 'expect {"kind":"send","type":"correction","text":"my answer"}', 'expect {"kind":"send","type":"reactions","target":"a"}',
              message("🎉", sender_id="c", type="reactions", target="a"), 'expect {"kind":"fetch"}', message("from long ago", sender_id="d", archived=True, time=START_US),
              '{"kind":"done","request":1}']
    home = Home()
    home.account("work", "replay", "me@example.org", script=script)
    with home, Terminal(home) as terminal:
        terminal.wait("Alice Adams")
        terminal.key("F2")
        terminal.wait("Go to")
        terminal.type("alice")
        terminal.key("Enter")
        terminal.wait("the question (edited)")
        terminal.type("my anser")
        terminal.key("Enter")
        terminal.wait(re.compile("me +my anser"))
        terminal.key("M-e", "C-w")
        terminal.type("answer")
        terminal.key("Enter")
        terminal.wait("my answer (edited)")
        terminal.key("M-Up", "Up")
        terminal.type("+1")
        terminal.wait(re.compile(r"\[👍 me\]|\[👍\]"))
        terminal.wait("🎉")
        terminal.type("v")
        terminal.wait("teh question")
        terminal.key("PageUp", "PageUp")
        terminal.wait("from long ago")


def test_another_client_sees_what_keys_do():
    for kind in (Prosody, Ejabberd):
        with kind("alice:secret:bob", "bob:secret:alice") as server, server.peer("bob") as bob, Home() as home:
            home.account("work", "xmpp", "alice@kith.test", server="127.0.0.1", port=server.env["C2S"], ca_file=server.env["CA"], password_command="echo secret")
            with Terminal(home) as terminal:
                terminal.wait("● work online")
                bob.do("send alice@kith.test the qwestion")
                terminal.wait("●1")
                terminal.key("M-a")
                terminal.wait("the qwestion")
                terminal.key("M-Up")
                terminal.wait("▸")
                terminal.type("r")
                terminal.wait("replying to")
                terminal.type("my anser")
                terminal.key("Enter")
                reply = bob.expect("message reply_to~.")
                assert "my anser" in reply["text"], reply
                terminal.wait(re.compile("┌ [^:]*: the qwestion"))
                terminal.key("M-e", "C-w")
                terminal.type("answer")
                terminal.key("Enter")
                assert bob.expect("message replaces~.")["text"].endswith("my answer")
                terminal.wait("my answer (edited)")
                terminal.key("M-Up", "Up")
                terminal.wait(re.compile("▸.*the qwestion"))
                terminal.type("+1")
                question = bob.expect("message reacts_to~.")
                assert question["reactions"] == ["👍"], question
                terminal.wait("[👍")
                bob.do(f"correct alice@kith.test {question['reacts_to']} the question")
                terminal.wait("the question (edited)")
                bob.do(f"react alice@kith.test {reply['id']} 🎉")
                terminal.wait("🎉")
                bob.do(f"retract alice@kith.test {question['reacts_to']}")
                terminal.wait("✗ message taken back")
                terminal.wait(re.compile("┌ [^:]*: taken back"))


def test_scrolling_up_reads_the_archive_of_a_server():
    for kind in (Prosody, Ejabberd):
        with kind("alice:secret:bob", "bob:secret:alice") as server, server.peer("alice/phone") as phone, server.peer("bob") as bob, Home() as home:
            bob.do("flood alice@kith.test 130 old")
            phone.expect("message text~130")
            home.account("work", "xmpp", "alice@kith.test", server="127.0.0.1", port=server.env["C2S"], ca_file=server.env["CA"], password_command="echo secret",
                         archive="none")
            with Terminal(home) as terminal:
                terminal.wait("● work online")
                bob.do("send alice@kith.test something new")
                terminal.wait("●1")
                terminal.key("M-a")
                terminal.wait("something new")
                terminal.wait(re.compile("── (older messages not loaded|PageUp asks the server for older messages) ──"))
                terminal.key("PageUp")
                terminal.wait(re.compile("old 130"))
                for i in range(40):
                    terminal.key("PageUp")
                    if re.search(r"bob +old 1\n", terminal.screen()):
                        break
                    terminal.wait(lambda screen: "asking the server" not in screen)
                terminal.wait(re.compile(r"bob +old 1\n"))
                terminal.key("PageUp", "PageUp")
                screen = terminal.wait(re.compile("the beginning|── [A-Z]"))
                numbers = [int(n) for n in re.findall(r"bob +old (\d+)", screen)]
                assert numbers == list(range(numbers[0], numbers[0] + len(numbers))), screen


def test_a_trouble_is_said_once_however_often_it_is_tried_again():
    with Screen() as (hub, terminal):
        def account(state, reason="none", text=None):
            hub.send("account", account="work", protocol="xmpp", address="me@example.org", enabled=True, state=state, reason=reason, text=text)
        terminal.key("M-1")
        for text in ("refused by 192.0.2.1", "refused by 192.0.2.2", "refused by 192.0.2.3"):
            account("connecting")
            account("waiting", "refused", text)
        account("connecting")
        account("error", "refused", "given up")
        terminal.wait("given up")
        account("error", "tls", "the last word")
        screen = terminal.wait("the last word")
        assert screen.count("refused by") == 1 and "192.0.2.1" in screen, screen
        account("online")
        account("waiting", "refused", "refused anew")
        terminal.wait("refused anew")


def test_late_answers_are_for_the_menu_that_asked():
    with Screen() as (hub, terminal):
        hub.people([*CAN, "actions"])
        hub.message(1, "behind it")
        terminal.wait("behind it")
        terminal.key("F7")
        terminal.wait("What to do with Alice")
        first = hub.expect("command", line="/actions work/alice@example.org")
        terminal.key("Escape")
        terminal.wait_gone("What to do with")
        terminal.key("F7")
        terminal.wait("What to do with Alice")
        second = hub.expect("command", line="/actions work/alice@example.org")
        for asked, name in ((first, "for the first"), (second, "for the second")):
            hub.send("print", request=asked["request"], text=json.dumps({"name": name}))
            hub.answer(asked)
        terminal.key("Down", "Down", "Down")
        screen = terminal.wait("for the second")
        assert "for the first" not in screen, screen
        terminal.key("F7")  # in place of this one
        third = hub.expect("command", line="/actions work/alice@example.org")
        hub.send("print", request=third["request"], text=json.dumps({"name": "for the third"}))
        hub.answer(third)
        terminal.key("Down", "Down", "Down")
        terminal.wait("for the third")


if __name__ == "__main__":
    run(globals())
