#!/usr/bin/env python3
"""The first steps and the form of an account's settings, with the plugins' own questions and real servers."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))

from terminal import LIBEXEC, Terminal
from home import Home, wait_for
from tap import Skip, run


def need_purple():
    if not os.path.exists(os.path.join(LIBEXEC, "kith-purple")):
        raise Skip("kith-purple was not built")


def stored(home):
    """The configuration, without spaces."""
    try:
        with open(home.config) as config:
            return config.read().replace(" ", "")
    except FileNotFoundError:
        return ""


def press_key(terminal, key):
    """Presses it, and waits until the screen shows that it did something."""
    def state():
        return terminal.screen(attributes=True), terminal.cursor()
    before = state()
    terminal.key(key)
    wait_for(lambda: state() != before, f"{key} does something")


def go_to(terminal, label):
    """To the field that one writes into and that has this label."""
    for _ in range(50):
        if re.search(rf"│ {re.escape(label)}( \*)? ", terminal.screen().splitlines()[terminal.cursor()[1]]):
            return
        press_key(terminal, "Tab")
    raise AssertionError(f"there is no field {label}")


def fill(terminal, label, text):
    go_to(terminal, label)
    terminal.type("~")
    terminal.wait("~")
    terminal.key("C-u")
    terminal.wait_gone("~")
    terminal.type(text)
    if text:
        terminal.wait(re.compile(rf"│ {re.escape(label)}.*{re.escape(text)}") if len(text) < 30 else text[-20:])


def press(terminal, label):
    """The first button, by the keyboard."""
    for _ in range(60):
        if "▸" in terminal.screen():
            break
        press_key(terminal, "Tab")
    terminal.key("Left", "Left", "Left")
    terminal.wait(f"▸ {label} ◂")
    terminal.key("Enter")


def choose_network(terminal, letter, title):
    terminal.wait(re.compile(r"Network +‹ XMPP › 1 of \d+"))  # the list is there
    terminal.key("BTab")
    terminal.type(letter)
    terminal.wait(f"‹ {title} ›")


def test_the_list_of_networks_is_the_real_one():
    need_purple()
    with Home() as home, Terminal(home) as terminal:
        terminal.wait(re.compile(r"Network +‹ XMPP › 1 of \d+"))
        listed = [row for row in home.kith("protocols").stdout.splitlines() if "its plugin does not load" not in row]
        terminal.wait(f"1 of {len(listed)} ")
        terminal.key("BTab")
        terminal.wait(re.compile(r"alive:[\s│]+many[\s│]+servers"))
        terminal.key("Right")
        screen = terminal.wait("‹ IRC › 2 of")
        assert "Nickname *" in screen and "Server" in screen and "irc.libera.chat" in screen and "Use SSL" in screen
        assert re.search(r"alive:[\s│]+many[\s│]+networks", screen) and "Real name" not in screen
        terminal.key("F9")
        terminal.wait(re.compile(r"Auto-detect incoming UTF-8? +\[ \] no"))
        terminal.key("F9")
        terminal.wait_gone("Auto-detect")
        screen = terminal.wait(lambda screen: screen.count("╰") == 1)  # nothing is left of the larger box
        terminal.type("s")
        terminal.wait("‹ SIMPLE ›")
        terminal.key("Escape")
        terminal.wait_gone("Welcome")


def test_a_wrong_value_is_refused_at_its_field():
    need_purple()
    for columns, rows in ((80, 24), (40, 12)):
        with Home() as home, Terminal(home, columns, rows) as terminal:
            choose_network(terminal, "i", "IRC")
            fill(terminal, "Nickname", "ann")
            fill(terminal, "Port", "many")
            terminal.key("Tab")
            terminal.wait("a number, not")
            assert re.search(r"│ Port +many", terminal.screen().splitlines()[terminal.cursor()[1]])
            terminal.key("BSpace", "BSpace", "BSpace", "BSpace")
            terminal.type("1")
            terminal.key("Tab")
            terminal.wait_gone("a number, not")
            press(terminal, "Go online")
            terminal.wait("ann@irc.libera.chat")
            wait_for(lambda: "port=1\n" in stored(home), "the port is stored")
            home.kith("account", "disable", "libera")


def test_an_irc_account_goes_online():
    need_purple()
    if not os.path.exists("/usr/sbin/ngircd"):
        raise Skip("ngircd is not installed")
    from network import Ngircd
    with Ngircd() as server, Home() as home, Terminal(home) as terminal:
        choose_network(terminal, "i", "IRC")
        fill(terminal, "Nickname", "ann")
        fill(terminal, "Server", "127.0.0.1")
        fill(terminal, "Port", server.env["IRC"])
        press(terminal, "Go online")
        terminal.wait("irc is online")
        terminal.wait(re.compile("● irc +online"))


def test_an_xmpp_account_goes_online_at_the_second_try():
    if not shutil.which("prosody"):
        raise Skip("prosody is not installed")
    from network import Prosody
    with Prosody("alice:secret") as server, Home() as home, Terminal(home) as terminal:
        env = server.env
        terminal.wait("Welcome to kith")
        terminal.type(f"alice@{env['DOMAIN']}")
        go_to(terminal, "Password")
        terminal.type("wrong")
        terminal.wait("•••••")
        fill(terminal, "server", "127.0.0.1")
        terminal.key("F9")
        fill(terminal, "port", env["C2S"])
        fill(terminal, "ca_file", env["CA"])
        fill(terminal, "Its name here", "home")
        press(terminal, "Go online")
        terminal.wait("the server did not accept the address or the password")
        terminal.key("Enter")
        screen = terminal.wait("alice@" + env["DOMAIN"])
        assert "•" not in screen  # the password is typed anew, the rest stands there
        go_to(terminal, "Password")
        terminal.type("secret")
        press(terminal, "Go online")
        terminal.wait("home is online")
        assert "secret" not in stored(home) and f"port={env['C2S']}" in stored(home)
        # Later, by the form: a wrong value, a good one, and back to the standard.
        terminal.type("/account edit")
        terminal.key("Enter")
        terminal.wait("Settings of home")
        fill(terminal, "priority", "1000")
        terminal.key("F9")
        terminal.wait("a number from -128 to 127")
        fill(terminal, "priority", "7")
        fill(terminal, "port", "")
        terminal.key("F9")
        terminal.wait("was changed")
        text = stored(home)
        assert "priority=7\n" in text and "port=" not in text, text


def test_an_account_of_a_plugin_is_changed_by_the_form():
    need_purple()
    with Home() as home:
        home.account("net", "irc", "ann@127.0.0.1", port="1", ratelimit_burst="9", enabled="no")
        with Terminal(home) as terminal:
            terminal.wait("net switched off")
            terminal.type("/account edit net")
            terminal.key("Enter")
            terminal.wait("Settings of net")
            screen = terminal.wait(re.compile(r"│ Port +1 "))
            assert "ann@127.0.0.1" in screen
            fill(terminal, "Real name", "Ann Archer")
            terminal.key("F9")
            terminal.wait("\"net\" was changed")
            assert "realname=AnnArcher\n" in stored(home)
            # The same by completion: keys of the plugin, values of a key, and what is wrong is said with what there is.
            terminal.type("/account set net ss")
            terminal.key("Tab")
            terminal.wait("❯ /account set net ssl=")
            terminal.type("y")
            terminal.key("Tab")
            terminal.wait("ssl=yes")
            terminal.key("Enter")
            wait_for(lambda: "ssl=yes\n" in stored(home), "it is stored")
            terminal.type("/account set net sll=yes")
            terminal.key("Enter")
            terminal.wait(re.compile(r"has no setting \"sll\"; it[\s│]+has port"))
            terminal.type("/account add x zep")
            terminal.key("Tab")
            terminal.wait("❯ /account add x zephyr")


def at_plugin():
    """A kith with an account of the test plugin, which has the contacts echo and oracle, and menus."""
    need_purple()
    directory = os.path.join(os.environ.get("KITH_BUILDDIR", LIBEXEC), "tests", "purple-plugin")
    if not os.path.exists(os.path.join(directory, "libprpl-test.so")):
        raise Skip("the test plugin was not built")
    home = Home()
    home.setting("kith", "plugin_dir", directory)
    home.account("test", "test", "me@test.example")
    return home


def account_is(terminal, word):
    wait_for(lambda: re.search(rf"test\b.* {word}", terminal.home.kith("account", "list").stdout), f"the account is {word}")


def open_question(terminal, order, title):
    terminal.home.kith("run", f"/msg test/oracle {order}")
    terminal.wait("? test ")
    terminal.key("F4")
    terminal.wait(f"test: {title}")


def test_questions_of_a_plugin_in_any_size():
    with at_plugin() as home, Terminal(home, 80, 24) as terminal:
        terminal.wait("oracle")
        open_question(terminal, "request fields", "A form")
        terminal.wait("Account: me@test.example")
        terminal.key("C-u", "Tab", "Tab", "C-u")
        terminal.type("old")
        terminal.key("Up", "Up", "Up", "Enter")      # Send
        terminal.wait('"Name" must be filled in')
        terminal.type("Zoe")
        terminal.key("Up", "Enter")
        terminal.wait('"Age" is not a number')
        terminal.key("C-u")
        terminal.type("9")
        terminal.key("Up", "Up", "C-u")               # and the name is gone again
        terminal.key("Up", "Up", "Enter")             # Cancel needs nothing filled in
        terminal.wait_gone("test: A form")
        wait_for(lambda: "cancelled" in home.kith("messages", "oracle").stdout, "the plugin hears")
        open_question(terminal, "notify pages 10000", "Pages")
        terminal.wait("the first 250 of 10000")
        terminal.key("End", "Tab", "Tab", "Enter")
        wait_for(lambda: "chosen: twin" in home.kith("messages", "oracle").stdout, "the row that was chosen")
        for columns, rows in ((40, 10), (20, 8)):
            terminal.resize(columns, rows)
            terminal.wait_gone("F7 menu")
            open_question(terminal, "request wild", "www")
            terminal.wait("one")                      # the value of the first field
            terminal.key("Down", "Down")
            terminal.wait("three")
            home.kith("run", "/msg test/oracle request close")
            terminal.wait_gone("test: www")           # while it was being filled in


def test_a_form_that_has_room_again_shows_all():
    need_purple()
    with Home() as home, Terminal(home, 80, 24) as terminal:
        choose_network(terminal, "i", "IRC")
        fill(terminal, "Port", "7000")
        terminal.resize(40, 10)
        terminal.wait_gone("Network")
        terminal.resize(80, 24)
        terminal.wait(re.compile(r"Network +‹ IRC ›"))


def test_menus_have_what_kith_and_what_the_network_offers():
    for columns, rows in ((80, 24), (40, 12)):
        with at_plugin() as home, Terminal(home, columns, rows) as terminal:
            terminal.wait("oracle")
            terminal.key("F8")
            terminal.wait("me@test.example")
            terminal.key("1")
            terminal.wait("What to do with test")
            terminal.key("Up", *["Down"] * 6)
            terminal.wait("▸   Change Password...")  # from the plugin
            terminal.key("Enter")
            terminal.wait("test: A question")  # what comes of it is opened at once
            terminal.key("Escape")
            terminal.wait_gone("test: A question")
            terminal.key("F8")
            terminal.wait("add another account")
            terminal.key("1", "g")
            account_is(terminal, "offline")
            terminal.key("F8", "1", "t")
            account_is(terminal, "online")
            # The one that is chosen in the list.
            terminal.key("F5", "Down")
            terminal.wait("type to filter")
            terminal.key("Right")
            terminal.wait("What to do with echo")
            terminal.key("n")
            terminal.wait("❯ /rename test/echo")
            terminal.type("Echo Jones")
            terminal.key("Enter")
            terminal.key("F7")  # of the tab: home has the accounts
            terminal.wait("add another account")
            terminal.key("Escape")
            terminal.wait_gone("add another account")
            terminal.type("/query echo")
            terminal.key("Enter")
            terminal.wait("test → Echo Jones")
            terminal.key("F7")
            terminal.wait("What to do with Echo Jones")
            terminal.key("r")
            terminal.wait("remove from the list?")
            terminal.key("Enter")  # no
            terminal.wait_gone("remove from the list?")


def test_what_is_known_of_somebody_is_a_card():
    for columns, rows in ((80, 24), (40, 12)):
        with at_plugin() as home, Terminal(home, columns, rows) as terminal:
            terminal.wait("oracle")
            terminal.type("/info echo")
            terminal.key("Enter")
            terminal.wait(re.compile("About echo.*groups: Test.*Name: echo", re.S))
            terminal.key("Escape")
            terminal.wait_gone("About echo")
            terminal.type("/whois void")
            terminal.key("Enter")
            terminal.wait(re.compile("About void.*nothing is known", re.S))
            terminal.key("Escape")
            terminal.wait_gone("About void")
            terminal.type("/info wall")
            terminal.key("Enter")
            screen = terminal.wait("↓ more")
            assert "Line 0: ␛[31mred␇ desrever <b>" in screen, screen
            terminal.key("End")
            terminal.wait("Line 199")
            terminal.wait_gone("↓ more")
            terminal.key("PageUp")
            terminal.wait_gone("Line 199")
            raw = terminal.raw()
            assert b"\x1b[31mred" not in raw and "\u202e".encode() not in raw and b"red\x07" not in raw and b"\xc2\x9b" not in raw


def test_a_picture_and_a_bookmark_by_key():
    if not shutil.which("prosody") or subprocess.run(["/usr/bin/python3", "-c", "import slixmpp"], stderr=subprocess.DEVNULL).returncode:
        raise Skip("prosody or slixmpp is not installed")
    from network import Prosody
    with Prosody("alice:secret:bob=Bob", "bob:secret:alice") as server, server.peer("bob") as bob, Home() as home:
        env, opened = server.env, os.path.join(home.path, "opened")
        card = "<vCard xmlns='vcard-temp'><PHOTO><BINVAL>iVBORw0KGgoAAAANSUhEUg==</BINVAL></PHOTO></vCard>"
        bob.do({"do": "iq", "to": "bob@kith.test", "kind": "set", "xml": card})
        home.setting("kith", "download_dir", os.path.join(home.path, "Pictures"))
        home.setting("kith", "opener", f"sh -c 'echo \"$1\" >{opened}' sh")
        home.account("work", "xmpp", "alice@kith.test", password_command="printf secret", server="127.0.0.1", port=env["C2S"], ca_file=env["CA"])
        with Terminal(home) as terminal:
            terminal.wait("● Bob")
            terminal.type("/query bob@kith.test")
            terminal.key("Enter")
            terminal.wait("work → Bob")
            terminal.key("F7")
            terminal.wait("What to do with Bob")
            terminal.key("f")
            terminal.wait(re.compile("has this picture: .*saved: ", re.S))
            terminal.key("M-Up")
            terminal.wait("o open")
            terminal.key("o")  # as any file
            wait_for(lambda: os.path.exists(opened) and os.path.getsize(opened), "the user's program runs")
            with open(opened) as file:
                assert file.read() == f"{home.path}/Pictures/bob@kith.test.png\n"
            terminal.key("Escape")
            terminal.wait_gone("o open")
            terminal.type("/join den@conference.kith.test")
            terminal.key("Enter")
            terminal.wait("work → #den")
            wait_for(lambda: "autojoin" in home.kith("run", "/bookmarks").stdout, "it is bookmarked by itself")
            terminal.key("F7")
            terminal.wait("no bookmark any more")
            terminal.key("n")
            wait_for(lambda: "no room is bookmarked" in home.kith("run", "/bookmarks").stdout, "it is none any more")
            terminal.key("F7")
            terminal.wait("bookmark it for all devices")
            terminal.key("b")
            wait_for(lambda: "den@" in home.kith("run", "/bookmarks").stdout, "it is one again")


if __name__ == "__main__":
    run(globals())
