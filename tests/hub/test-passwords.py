#!/usr/bin/env python3
"""Where passwords come from, what happens to wrong ones, and that they are left nowhere. On a real server."""
import os
import sys

from home import Home, wait_for
from tap import run

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))
from network import Prosody  # noqa: E402

CANARY = "c4nary-Pa55word"


def add(home, prosody, **keys):
    home.account("work", "xmpp", f"alice@{prosody.env['DOMAIN']}", **{"server": "127.0.0.1", "port": prosody.env["C2S"], "ca_file": prosody.env["CA"], **keys})


def answer(screen, card, text, choice="use it"):
    screen.requests += 1
    screen.send("answer", request=screen.requests, account="work", card=card["card"], choice=choice, text=text)
    screen.expect("done", request=screen.requests)


def test_it_is_asked_for_and_asked_again_when_wrong():
    with Prosody(f"alice:{CANARY}") as server, Home() as home:
        add(home, server)
        home.start()
        screen = home.client()
        card = screen.see("card", card_kind="password")
        answer(screen, card, "not it " + CANARY)
        wrong = screen.see("account", state="error", reason="password")
        wait_for(lambda: screen.more(0.02) is not None and len(screen.all("card")) == 2, "the card again")
        assert "wrong password" in screen.all("card")[1]["text"], screen.all("card")
        answer(screen, screen.all("card")[1], CANARY)
        screen.see("account", state="online")
        # nowhere: not in files, arguments, environments, of the hub or its children
        for where, _, names in os.walk(home.path):
            for name in names:
                path = os.path.join(where, name)
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        assert CANARY.encode() not in file.read(), path
        for pid in [home.hub.pid] + home.backends("kith-xmpp"):
            for name in ("cmdline", "environ"):
                with open(f"/proc/{pid}/{name}", "rb") as file:
                    assert CANARY.encode() not in file.read(), name
        # it is remembered in memory: no question after a reconnect
        cards = len(screen.all("card"))
        since = len(screen.all("account", state="online"))
        assert screen.command("/reconnect work")[0]
        wait_for(lambda: screen.more(0.02) is not None and len(screen.all("account", state="online")) > since, "online again")
        assert len(screen.all("card")) == cards


def test_not_now_leaves_the_account_offline():
    with Prosody("alice:x") as server, Home() as home:
        add(home, server)
        home.start()
        screen = home.client()
        answer(screen, screen.see("card"), "", choice="not now")
        screen.see("account", state=None)
        assert screen.command("/status")[0]


def test_a_command_gives_it():
    with Prosody(f"alice:{CANARY}") as server, Home() as home:
        add(home, server, password_command=f"printf '{CANARY}\\nsecond line'")
        home.start()
        home.client().see("account", state="online")


def test_a_command_that_fails_or_hangs_is_told():
    with Prosody(f"alice:{CANARY}") as server:
        for command, words in (("false", "password_command failed"), ("sh -c 'echo no key >&2; exit 3'", "no key"),
                               ("/nonexistent/pass", "password_command"), ("sleep 600", "in time"), ("sh -c 'echo wrong'", "it came from password_command")):
            with Home() as home:
                home.setting("kith", "password_timeout", "1")
                add(home, server, password_command=command)
                home.start()
                screen = home.client()
                card = screen.see("card", card_kind="password")
                assert words in card["text"], (command, card)
                # a server that was not asked refused nothing
                screen.see("account", state="error", reason="password" if "came from" in words else "no_password")
                answer(screen, card, CANARY)
                screen.see("account", state="online")


def test_a_systemd_credential_gives_it():
    with Prosody(f"alice:{CANARY}") as server, Home() as home:
        place = os.path.join(home.path, "credentials")
        os.mkdir(place, 0o700)
        with open(os.path.join(place, "kith.work"), "w") as file:
            file.write(CANARY + "\n")
        home.env["CREDENTIALS_DIRECTORY"] = place
        add(home, server)
        home.start()
        home.client().see("account", state="online")


def test_trouble_is_told_in_plain_words():
    with Prosody(f"alice:{CANARY}") as server:
        for keys, word, sentence in (({"port": 9}, "refused", "refuse"), ({"server": "nosuch.invalid"}, "host", "nosuch.invalid"),
                                     ({"ca_file": "/nonexistent.pem"}, "settings", "/nonexistent.pem")):
            with Home() as home:
                add(home, server, password_command=f"echo {CANARY}", **keys)
                home.start()
                told = home.client().see("account", reason=word)
                assert sentence in told["text"], told
        with Home() as home:  # the server's authority is not known
            home.account("work", "xmpp", f"alice@{server.env['DOMAIN']}", server="127.0.0.1", port=server.env["C2S"], password_command=f"echo {CANARY}")
            home.start()
            screen = home.client()
            card = screen.see("card", card_kind="certificate")
            assert any("SHA-256" in line or ":" in line for line in card["details"]), card
            assert not screen.all("account", state="online")
            answer(screen, card, "", choice=card["choices"][1])
            screen.see("account", state="online")
            home.kill_hub(15)
            home.start()
            screen = home.client()
            screen.see("account", state="online")  # remembered
            assert not screen.all("card")


run(globals())
