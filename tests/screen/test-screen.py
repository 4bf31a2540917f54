#!/usr/bin/env python3
"""The front end in a real terminal, with the real hub and played networks."""
import json
import os
import re
import signal
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

from terminal import KITH, Terminal
from home import Home, wait_for
from tap import run

ONLINE = "online nick=me can=rooms,typing,receipts,contacts,groups,subscriptions"
MINUTE = 60 * 1000000


def contact(address, name=None, groups=("Friends",), presence="online"):
    fields = {"kind": "contact", "address": address, "groups": list(groups), "subscription": "both"}
    if name:
        fields["name"] = name
    return [json.dumps(fields), json.dumps({"kind": "presence", "address": address, "presence": presence})]


def message(text, chat="alice@example.org", **fields):
    return json.dumps({"kind": "message", "chat": chat, "from": chat, "text": text, **fields})


ALICE = contact("alice@example.org", "Alice Adams")
BOB = contact("bob@example.org", "Bob", presence="away")
PEOPLE = [ONLINE, *ALICE, *BOB, *contact("carol@example.org", "Carol", presence="offline"), '{"kind":"contacts_done"}']
ROOM = ['{"kind":"room","chat":"dev@rooms.example.org","name":"dev","topic":"the release","nick":"me","joined":true}',
        '{"kind":"occupant","chat":"dev@rooms.example.org","nick":"erin","role":"moderator"}']


def at_home(script=None):
    home = Home()
    home.account("work", "replay", "me@example.org", script=script if script is not None else PEOPLE)
    return home


def open_chat(terminal, letters="alice"):
    terminal.wait("Alice Adams")
    terminal.key("F2")
    terminal.wait("Go to")
    terminal.type(letters)
    terminal.key("Enter")
    return terminal.wait("work →")


def test_it_starts_and_shows_list_tabs_accounts_and_help():
    with at_home() as home, Terminal(home) as terminal:
        screen = terminal.wait(re.compile("Alice Adams.*● work online", re.S))
        lines = screen.splitlines()
        assert lines[0].startswith(" 1 home") and "kith " in lines[0]
        assert "▾ Friends           2/3" in screen or re.search(r"▾ Friends +2/3", screen)
        assert re.search(r"● Alice Adams", screen) and re.search(r"◐ Bob", screen) and re.search(r"○ Carol", screen)
        assert screen.index("Alice Adams") < screen.index("Bob") < screen.index("Carol")
        assert "F1 help" in lines[-1]
        terminal.key("F1")
        terminal.wait("Keys everywhere")
        terminal.key("End")
        terminal.wait("/win")
        terminal.key("Escape")
        terminal.wait_gone("Keys everywhere")


def test_words_typed_are_echoed_sent_and_their_state_shown():
    with at_home() as home, Terminal(home) as terminal:
        open_chat(terminal)
        terminal.type("hello there")
        terminal.wait("❯ hello there")
        terminal.key("Enter")
        terminal.wait(re.compile(r"\d\d:\d\d me +hello there +✓✓"))
        terminal.key("Up")
        terminal.wait("❯ hello there")
        terminal.key("C-u")
        terminal.type("/me waves")
        terminal.key("Enter")
        terminal.wait(re.compile(r"\* +me waves"))
        terminal.type("//not a command")
        terminal.key("Enter")
        terminal.wait(re.compile(r"me +/not a command"))
        terminal.type("/nonsense")
        terminal.key("Enter")
        terminal.wait(re.compile(r"! there is no command \"/nonsense\""))


def test_letters_that_come_while_others_are_handled_stay_one_line():
    words = "".join(chr(97 + i % 26) for i in range(3000))
    with at_home() as home, Terminal(home) as terminal:
        open_chat(terminal)
        for i in range(0, len(words), 50):  # in pieces, as from a fast hand or a slow line
            terminal.type(words[i:i + 50])
        terminal.key("Enter")
        wait_for(lambda: home_rows(home, "SELECT count(*) FROM message") == [(1,)], "one message")
        assert home_rows(home, "SELECT text FROM message") == [(words,)]


def test_what_can_not_be_sent_says_why_on_the_message():
    with at_home([*PEOPLE, "ack fail"]) as home, Terminal(home) as terminal:
        open_chat(terminal)
        terminal.type("never arrives")
        terminal.key("Enter")
        terminal.wait(re.compile(r"never arrives +!\n.*not sent: "))


def test_messages_make_tabs_counts_and_the_line_of_what_is_new():
    script = [*PEOPLE, *ROOM, message("one"), message("two"), message("me: look", "dev@rooms.example.org", chat_kind="room", nick="erin")]
    with at_home(script) as home, Terminal(home) as terminal:
        screen = terminal.wait(re.compile(r"Alice Adams ●2.*", re.S))
        screen = terminal.wait(re.compile(r"#dev ●1!"))
        assert re.search(r"Alice Adams +2", screen) and re.search(r"# dev +1!", screen)
        terminal.key("M-a")  # mentions first
        terminal.wait(re.compile(r"erin +me: look"))
        terminal.key("M-a")
        screen = terminal.wait(re.compile(r"── new ──.*one.*two", re.S))
        terminal.wait_gone("●2")
        terminal.key("M-1")
        terminal.wait("nothing unread")


def test_wide_characters_and_emoji_keep_their_columns():
    family = "\U0001F468\u200D\U0001F469\u200D\U0001F467"
    with at_home([*PEOPLE, message(f"中文字符 {family} 👍🏽 end")]) as home, Terminal(home) as terminal:
        open_chat(terminal)
        screen = terminal.wait("中文字符")
        assert "\u200d" not in screen and "end" in screen
        terminal.type("日本語é")
        terminal.wait("❯ 日本語é")
        assert terminal.cursor()[0] == 2 + 7
        terminal.key("BSpace", "BSpace", "Left")
        wait_for(lambda: terminal.cursor()[0] == 2 + 2, "the cursor stands before the second character")
        walls = {line.index("│") for line in ("".join(c + ("\0" if ord(c) > 0x2e80 else "") for c in line) for line in screen.splitlines()[2:10]) if "│" in line}
        assert len(walls) == 1, walls


def test_a_paste_of_many_lines_is_one_message_and_asks_first():
    with at_home() as home, Terminal(home) as terminal:
        open_chat(terminal)
        terminal.bytes(b"\x1b[200~one\rtwo\rthree\x1b[201~")
        terminal.wait("⏎ 3 lines")
        terminal.key("Enter")
        terminal.wait(re.compile(r"me +one.*\n.*two.*\n.*three"))
        terminal.bytes(b"\x1b[200~" + b"\r".join(b"line %d" % i for i in range(8)) + b"\x1b[201~")
        terminal.wait("⏎ 8 lines")
        terminal.key("Enter")
        terminal.wait("Enter again sends it")
        terminal.key("Enter")
        terminal.wait(re.compile(r"line 6.*\n.*line 7"))
        assert len(home_rows(home, "SELECT count(*) FROM message")) == 1


def home_rows(home, sql):
    import sqlite3
    with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
        return db.execute(sql).fetchall()


def test_a_huge_paste_is_refused_whole():
    with at_home() as home, Terminal(home) as terminal:
        open_chat(terminal)
        path = os.path.join(home.path, "big")
        with open(path, "wb") as file:
            file.write(b"x" * (3 << 20))
        terminal.tmux("load-buffer", path)
        terminal.tmux("paste-buffer", "-p")
        terminal.wait("nothing was inserted")
        terminal.type("still here")
        terminal.wait("❯ still here")


def test_any_size_down_to_one_cell_and_storms_of_them():
    with at_home([*PEOPLE, *ROOM, message("words that are long enough to be wrapped at any width there is")]) as home, Terminal(home) as terminal:
        open_chat(terminal)
        for columns, rows in ((40, 10), (10, 5), (1, 1), (2, 2), (300, 100), (60, 3), (59, 24), (200, 60), (20, 8), (80, 24)):
            terminal.resize(columns, rows)
            if columns >= 40 and rows >= 10:
                terminal.wait(lambda screen: "work → Alice" in screen and len(screen.splitlines()) <= rows)
        for i in range(60):
            terminal.resize(20 + i * 37 % 150, 4 + i * 13 % 50)
        terminal.resize(40, 10)
        terminal.wait("work → Alice")
        terminal.type("typed")
        screen = terminal.wait("❯ typed")
        assert all(len(line) <= 40 for line in screen.splitlines())
        terminal.key("F5")  # the list takes the whole width
        terminal.wait("type to filter")
        terminal.type("bob")
        terminal.wait(re.compile("Friends +1/1"))
        terminal.key("Enter")
        terminal.wait("work → Bob")
        assert terminal.ended() is None


HOSTILE = ["esc \u001b[31mred\u001b]0;title\u0007 \u001bP1;2q", "c1 \u009b31m \u0085x", "bidi \u202eRTL\u202c \u2066x\u2069", "tags \U000E0041\U000E0042 zero\u200bwidth",
           "cr\rover lf\nline \u2028sep", "zalgo " + "e" + "\u0301" * 50, "\u001b]52;c;AAAA\u0007 \u001b]8;;http://x\u001b\\link"]


def test_nothing_a_stranger_writes_reaches_the_terminal_raw():
    evil = "x\u001b[31m\u0007\u202e\u009by"
    script = [*PEOPLE,
              json.dumps({"kind": "contact", "address": "evil@example.org", "name": evil, "groups": [evil], "subscription": "both"}),
              json.dumps({"kind": "presence", "address": "evil@example.org", "presence": "away", "status": evil, "device": evil}),
              json.dumps({"kind": "room", "chat": "evil@rooms.example.org", "name": evil, "topic": evil, "nick": evil, "joined": True}),
              json.dumps({"kind": "occupant", "chat": "evil@rooms.example.org", "nick": evil}),
              json.dumps({"kind": "message", "chat": "evil@rooms.example.org", "chat_kind": "room", "nick": evil, "from": "evil@rooms.example.org/x", "text": evil}),
              json.dumps({"kind": "card", "card": "c", "card_kind": "choice", "title": evil, "text": evil, "details": [evil], "choices": [evil, "ok"]}),
              json.dumps({"kind": "notice", "text": evil}),
              *[message(text, "evil@example.org") for text in HOSTILE]]
    home = at_home(script)
    home.setting("kith", "osc_notify", "777")
    home.setting("kith", "bell", "off")
    with home, Terminal(home, 120, 40) as terminal:
        terminal.wait("Alice Adams")
        terminal.wait(re.compile("x.*y ●"))
        for key in ("M-2", "M-3", "M-4", "F4", "Escape", "F2", "Escape", "F1", "Escape"):
            terminal.key(key)
            terminal.wait(lambda screen: "kith" in screen)
        terminal.key("F2")
        terminal.wait("Go to")
        terminal.type("evil@example")
        terminal.key("Enter")
        terminal.wait("zalgo")
        raw = terminal.raw().decode(errors="replace")
        for bad in ("\u202e", "\u2066", "\u009b", "\u0085", "\U000E0041", "\u200b", "\u2028"):
            assert bad not in raw, repr(bad)
        for bad in ("\x1b]52", "\x1b]0;", "\x1b]8;", "\x1bP", "\x1b[31mred", "\x1b[31m\x07"):
            assert bad not in raw, repr(bad)
        for title in re.findall("\x1b\\]2;([^\x07]*)\x07", raw) + re.findall("\x1b\\]777;([^\x07]*)\x07", raw):
            assert not re.search("[\x00-\x1f\x7f-\x9f]", title), title


CARDS = ['{"kind":"card","card":"p","card_kind":"password","title":"Password for work","choices":["not now","use it"]}',
         'expect {"kind":"answer","card":"p","choice":"use it","text":"sesam"}', '{"kind":"card_gone","card":"p"}',
         '{"kind":"card","card":"t","card_kind":"certificate","title":"the certificate of \\"x\\" can\'t be verified","details":["fingerprint: AA:BB","chain: x","chain: CA"],'
         '"choices":["refuse","accept"]}', 'expect {"kind":"answer","card":"t","choice":"refuse"}', '{"kind":"card_gone","card":"t"}',
         '{"kind":"card_field","card":"f","field":"name","label":"Your name","type":"text","required":true}',
         '{"kind":"card_field","card":"f","field":"news","label":"News","type":"yesno"}',
         '{"kind":"card_field","card":"f","field":"size","label":"Size","type":"choice","choices":["small","large"]}',
         '{"kind":"card","card":"f","card_kind":"form","title":"Sign up","choices":["cancel","send"]}',
         'expect {"kind":"answer","card":"f","choice":"send","values":["name=me","news=1","size=large"]}', '{"kind":"card_gone","card":"f"}',
         message("all answered")]


def test_cards_are_answered_and_stop_nothing():
    with at_home([*PEOPLE, *CARDS]) as home, Terminal(home) as terminal:
        terminal.wait("? work needs a password")
        open_chat(terminal)
        terminal.type("words go on")
        terminal.key("Enter")
        terminal.wait(re.compile(r"me +words go on"))
        terminal.key("F4")
        terminal.wait("use it")
        terminal.type("sesam")
        screen = terminal.wait("•••••")
        assert "sesam" not in screen
        terminal.key("Enter")
        terminal.wait("asks about a certificate")
        terminal.key("F4")
        screen = terminal.wait("fingerprint: AA:BB")
        assert "chain: CA" in screen and "▸ refuse ◂" in screen
        terminal.key("Enter")
        terminal.wait("has a form to fill in")
        terminal.key("F4")
        terminal.wait("Your name *")
        terminal.type("me")
        terminal.key("Tab", "Space", "Tab", "Right", "Enter")
        terminal.wait("all answered")
        terminal.key("Up", "Up")
        assert "sesam" not in terminal.screen()
        assert b"sesam" not in terminal.raw()


def test_a_result_of_the_search_opens_in_its_place():
    script = [ONLINE, *ALICE, 'repeat 1500', json.dumps({"kind": "message", "chat": "alice@example.org", "from": "alice@example.org", "text": "line %d of many", "sender_id": "s%d"}),
              "end", "sync", message("zebra crossing", sender_id="z"), "sync", "repeat 1500",
              json.dumps({"kind": "message", "chat": "alice@example.org", "from": "alice@example.org", "text": "later %d of many", "sender_id": "l%d"}), "end", "sync",
              '{"kind":"notice","text":"all stored"}']
    with at_home(script) as home, Terminal(home) as terminal:
        terminal.wait("all stored", 60)
        terminal.key("F3")
        terminal.wait("Search everything")
        terminal.type("zebra")
        terminal.wait(re.compile("zebra crossing"))
        terminal.key("Enter")
        terminal.wait(re.compile(r"line 149\d of many.*zebra crossing.*later \d of many.*↓ newer", re.S))
        terminal.key("PageUp", "PageUp")
        terminal.wait(re.compile(r"line 14\d\d of many"))
        terminal.key("Home")
        terminal.wait(re.compile(r"line [01] of many"))
        terminal.key("PageDown")
        terminal.wait(re.compile(r"line 2\d of many"))
        terminal.key("End")
        terminal.wait("later 1499 of many")


def test_the_switcher_finds_people_rooms_and_commands():
    with at_home([*PEOPLE, *ROOM]) as home, Terminal(home) as terminal:
        terminal.wait("Alice Adams")
        terminal.key("C-t")
        terminal.wait("Go to")
        terminal.type("dev")
        terminal.wait(re.compile("#dev .*rooms.example.org"))
        terminal.key("Enter")
        terminal.wait("work → #dev")
        terminal.key("F2")
        terminal.wait("Go to")
        terminal.type("/sta")
        terminal.wait("/status")
        terminal.key("Enter")
        terminal.wait("❯ /status")


def test_completion_goes_through_its_candidates():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("Alice Adams")
        terminal.type("/ms")
        terminal.key("Tab")
        terminal.wait("❯ /msg")
        wait_for(lambda: terminal.cursor()[0] == 7, "a space follows")
        terminal.type("Ali")
        terminal.key("Tab")
        terminal.wait(re.compile('❯ /msg .*Alice Adams'))
        terminal.key("C-u")
        terminal.type("/co")
        terminal.key("Tab")
        first = terminal.wait(re.compile("❯ /co[a-z]+")).splitlines()
        terminal.key("Tab")
        terminal.wait(lambda screen: re.search("❯ /co[a-z]+", screen) and screen.splitlines() != first)
        terminal.key("Escape")


def test_a_killed_hub_comes_back_and_nothing_is_lost():
    with at_home([*PEOPLE]) as home, Terminal(home) as terminal:
        open_chat(terminal)
        terminal.type("before")
        terminal.key("Enter")
        terminal.wait(re.compile("me +before +✓✓"))
        terminal.type("half a li")
        terminal.wait("❯ half a li")
        with open(os.path.join(home.path, "run", "kith", "lock")) as lock:
            pid = int(re.search(r"\d+", lock.read()).group())
        os.kill(pid, signal.SIGKILL)
        wait_for(lambda: not os.path.exists(f"/proc/{pid}") or "Z" in open(f"/proc/{pid}/stat").read().split()[2], "the hub is dead")

        def other_hub():
            try:
                with open(os.path.join(home.path, "run", "kith", "lock")) as lock:
                    now = re.search(r"\d+", lock.read())
                return now and int(now.group()) != pid
            except OSError:
                return False
        wait_for(other_hub, "another hub runs")
        terminal.wait("❯ half a li")
        terminal.wait("● work online")
        terminal.type("ne")
        terminal.key("Enter")
        terminal.wait(re.compile("me +half a line +✓✓"))
        terminal.wait(re.compile("me +before +✓✓"))


def test_quit_gives_the_terminal_back_and_ends_the_hub():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        terminal.type("/quit")
        terminal.key("Enter")
        assert wait_for(lambda: terminal.ended() is not None, "it ended") and terminal.ended() == 0
        wait_for(lambda: not os.path.exists(home.socket), "the hub ended too")
        for mode in (b"1049", b"2004"):
            wait_for(lambda: terminal.raw().rfind(b"\x1b[?" + mode + b"l") > terminal.raw().rfind(b"\x1b[?" + mode + b"h"), f"{mode} is off")


def test_detach_leaves_the_hub():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        terminal.type("/detach")
        terminal.key("Enter")
        wait_for(lambda: terminal.ended() is not None, "it ended")
        client = home.client()
        assert client.all("account", account="work", state="online")


def test_a_signal_that_kills_it_leaves_a_terminal_that_works():
    for how in (signal.SIGTERM, signal.SIGHUP, signal.SIGSEGV, signal.SIGABRT):
        with at_home() as home, Terminal(home) as terminal:
            terminal.wait("● work online")
            os.kill(terminal.process(), how)
            wait_for(lambda: terminal.ended() is not None, "it ended")
            for mode in (b"1049", b"2004"):
                wait_for(lambda: terminal.raw().rfind(b"\x1b[?" + mode + b"l") > terminal.raw().rfind(b"\x1b[?" + mode + b"h"), f"{mode} is off after {how}")


def test_it_can_be_stopped_and_go_on():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        terminal.type("half")
        terminal.wait("❯ half")
        process = terminal.process()
        for stop in (lambda: terminal.key("C-z"), lambda: os.kill(process, signal.SIGTSTP)):
            before = len(terminal.raw())
            stop()
            wait_for(lambda: open(f"/proc/{process}/stat").read().split(") ")[1][0] == "T", "it is stopped")
            wait_for(lambda: b"\x1b[?1049l" in terminal.raw()[before:], "the terminal is given back")
            os.kill(process, signal.SIGCONT)
            terminal.wait("❯ half")
            terminal.wait("● work online")


def test_a_room_that_is_joined_is_shown():
    script = [*PEOPLE, 'expect {"kind":"join","chat":"dev@rooms.example.org"}', *ROOM]
    with at_home(script) as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        terminal.type("/join dev@rooms.example.org")
        terminal.key("Enter")
        terminal.wait("work → #dev")
        terminal.wait("the release")
        terminal.type("/close")
        terminal.key("Enter")
        terminal.wait("commands begin with /")


def test_the_mouse_chooses_and_scrolls():
    home = at_home([*PEOPLE, message("hello")])
    home.setting("kith", "mouse", "yes")
    with home, Terminal(home) as terminal:
        screen = terminal.wait("Alice Adams ●1")
        row = next(i for i, line in enumerate(screen.splitlines()) if "◐ Bob" in line)
        terminal.bytes(f"\x1b[<0;6;{row + 1}M".encode())
        terminal.wait("work → Bob")
        column = terminal.screen().splitlines()[0].index("Alice")
        terminal.bytes(f"\x1b[<0;{column + 1};1M".encode())
        terminal.wait("work → Alice Adams")
        for text in ("one", "two " * 30, "three"):
            terminal.type(text.strip())
            terminal.key("Enter")
        terminal.wait(re.compile(r" three +[◌✓]"))

        def click(text):
            lines = terminal.screen().splitlines()
            row = next(i for i, line in enumerate(lines) if text in line)
            terminal.bytes(f"\x1b[<0;{lines[row].index(text) + 1};{row + 1}M".encode())
        # a message, also by its second row; the title above them is none
        click("hello")
        terminal.wait(re.compile("▸.*hello"))
        click("          two two")
        terminal.wait(re.compile("▸.*two"))
        assert not re.search("▸.*hello", terminal.screen())
        terminal.bytes(b"\x1b[<0;60;2M")
        terminal.wait_gone("▸")


def test_no_colour_and_eight_colours():
    script = [*PEOPLE, message("one")]
    with at_home(script) as home, Terminal(home, NO_COLOR="1") as terminal:
        terminal.wait("Alice Adams ●1")
        assert not re.search(rb"\x1b\[(3[0-7]|4[0-7]|38|48)[;m]", terminal.raw())
    with at_home(script) as home, Terminal(home, TERM="xterm") as terminal:
        terminal.wait("Alice Adams ●1")
        raw = terminal.raw()
        assert not re.search(rb"\x1b\[[0-9;]*38;5", raw) and re.search(rb"\x1b\[[0-9;]*3[0-7]m", raw)


def test_the_theme_changes_at_once():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        before = terminal.screen(attributes=True)
        terminal.type("/theme light")
        terminal.key("Enter")
        terminal.wait(lambda screen: terminal.screen(attributes=True).splitlines()[0] != before.splitlines()[0])


def test_the_theme_follows_the_background():
    """The terminal is asked; what it answers is no key."""
    def colours(terminal):
        return re.findall(r"\x1b\[[0-9;]+m", terminal.screen(attributes=True).splitlines()[0])
    looks = {}
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        for look in ("light", "dark"):
            before = colours(terminal)
            terminal.type(f"/theme {look}")
            terminal.key("Enter")
            looks[look] = wait_for(lambda: colours(terminal) != before and colours(terminal), f"the {look} colours")
    for look, background in (("dark", "#101010"), ("light", "#f8f8f0")):
        with at_home() as home, Terminal(home, background=background) as terminal:
            terminal.wait("● work online")
            wait_for(lambda: colours(terminal) == looks[look], f"the {look} colours by themselves")


def test_keys_are_bound_by_settings():
    with at_home() as home, Terminal(home) as terminal:
        terminal.wait("● work online")
        terminal.type("/bind ctrl-b search")
        terminal.key("Enter")
        terminal.type("/bind F6 /status")
        terminal.key("Enter")
        terminal.type("/bind F6")
        terminal.key("Enter")
        terminal.wait("F6 = /status")
        terminal.key("C-b")
        terminal.wait("Search everything")
        terminal.key("Escape")
        terminal.wait_gone("Search everything")
        terminal.key("F6")
        terminal.wait(re.compile("▪ work +replay"))


def test_typing_is_told_and_shown():
    script = [*PEOPLE, 'expect {"kind":"typing","chat":"alice@example.org","typing":"composing"}',
              '{"kind":"typing","chat":"alice@example.org","typing":"composing"}', 'expect {"kind":"typing","chat":"alice@example.org"}', message("you stopped"),
              'expect {"kind":"typing","typing":"composing"}', 'expect {"kind":"send","text":"yes"}', 'absent 300 {"kind":"typing"}', message("no more than that")]
    with at_home(script) as home, Terminal(home) as terminal:
        open_chat(terminal)
        terminal.type("he")
        terminal.wait("Alice Adams is typing…")
        terminal.key("BSpace", "BSpace")
        terminal.wait("you stopped")
        terminal.type("yes")
        terminal.key("Enter")
        terminal.wait("no more than that")


def test_an_account_in_trouble_says_so_in_plain_words():
    with at_home([*PEOPLE, "wait 300", "offline password the server said no", "online"]) as home, Terminal(home) as terminal:
        terminal.wait("! work: the server did not accept")
        terminal.wait("✗ work")
        open_chat(terminal)
        terminal.wait("work is not online: messages wait here")
        terminal.type("later")
        terminal.key("Enter")
        terminal.wait(re.compile("me +later +◌"))


def test_first_use_asks_and_says_what_is_wrong():
    with Home() as home, Terminal(home) as terminal:
        terminal.wait("Welcome to kith")
        terminal.type("nonsense")
        terminal.key("Enter", "Enter", "Enter")
        terminal.wait("the address has two parts")
        terminal.key("Escape")
        terminal.wait_gone("Welcome to kith")
        terminal.type("/nonsense")
        terminal.key("Enter")
        terminal.wait("! there is no command")


def test_terminals_that_can_not_be_used_are_told_so():
    with Home() as home, Terminal(home, LC_ALL="C") as terminal:
        wait_for(lambda: terminal.ended() is not None, "it ended")
        assert terminal.ended() == 1 and "not UTF-8" in terminal.errors(), terminal.errors()
    with Home() as home, Terminal(home, TERM="nonsense") as terminal:
        wait_for(lambda: terminal.ended() is not None, "it ended")
        assert terminal.ended() == 1 and "is not known here" in terminal.errors(), terminal.errors()
    with Home() as home, Terminal(home, TERM="dumb") as terminal:
        wait_for(lambda: terminal.ended() is not None, "it ended")
        assert terminal.ended() == 1 and "can't place the cursor" in terminal.errors(), terminal.errors()


def test_ten_thousand_people_are_no_trouble():
    with at_home([ONLINE, "contacts 10000"]) as home, Terminal(home) as terminal:
        terminal.wait(re.compile(r"\d+/\d{3,}"), 60)
        terminal.key("F5")
        terminal.wait("type to filter")
        terminal.key("End")
        terminal.type("9876")
        terminal.wait("Friend 9876", 60)
        terminal.key("Enter")
        terminal.wait("work →")


if __name__ == "__main__":
    run(globals())
