#!/usr/bin/env python3
"""The hub with libpurple's test plugin: its questions answered by kith run, its list of protocols, and every way in which a plugin is bad
while another account goes on as if nothing were."""
import os
import sys
import threading
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir, part) for part in ("bench", "protocol", "servers")]

from home import Home, wait_for  # noqa: E402
from purpletest import need_purple, plugin_directory  # noqa: E402
from tap import run  # noqa: E402
from watch import percentile  # noqa: E402


def account(home, name, **keys):
    home.account(name, "test", f"{name}@test.example", **keys)


def order(screen, name, text):
    ok, answer, _ = screen.command(f"/msg {name}/oracle {text}")
    assert ok, answer


def kith(home, *words, code=0):
    result = home.kith(*words)
    assert result.returncode == code, (words, result)
    return result.stdout if code == 0 else result.stderr


def text(out):
    return out.decode() if isinstance(out, bytes) else out


def test_answers_and_lists_by_hand():
    need_purple()
    with Home() as home:
        home.setting("kith", "plugin_dir", plugin_directory())
        home.account("quiet", "replay", "me@example.org", script=["online", "contacts 1"])
        account(home, "test")
        home.start()
        screen = home.client()
        screen.see("account", account="test", state="online")
        assert "Test" in text(kith(home, "protocols")) and "Log in" in text(kith(home, "protocols", "test"))
        assert 'has no setting "colour"' in text(kith(home, "account", "add", "other", "test", "you@test.example", "colour=red", code=1))
        assert 'is one of now, never' in text(kith(home, "account", "set", "test", "login=soon", code=1))
        kith(home, "account", "add", "other", "test", "you@test.example", "tls=no", "enabled=no")
        assert "oracle" in screen.see("contact", account="test", address="oracle")["address"]
        for question, answer, heard in (
                ("request input", "it's & fine", "answer: it's & fine"), ("request choice", "Twenty", "answer: 20"),
                ("request action", "do it", "answer: 0"), ("request input", "-", None),
                ("request fields", '"name=Zoë Z" secret=x age=9 flag=no choice=two "list=red"', "answer: Zoë Z x 9 0 2 +R")):
            order(screen, "test", question)
            card = screen.expect("card", account="test")
            kith(home, "run", f"/answer test/{card['card']} {answer}")
            if heard:
                screen.see("message", chat="oracle", text=heard)
        order(screen, "test", "request fields")
        card = screen.expect("card", account="test")
        kith(home, "run", f"/answer test/{card['card']} age=old name=x")
        screen.see("notice", text='the question is still open: "Age" is not a number')
        screen.expect("card", account="test", card=card["card"])          # and so it is
        kith(home, "run", f"/answer test/{card['card']} -")
        screen.see("message", chat="oracle", text="cancelled")
        assert "Change Password... (1)\nRefresh (2)" in text(kith(home, "run", "-a", "test", "/actions"))
        kith(home, "run", "-a", "test", "/action Refresh test")
        screen.see("message", chat="oracle", text="account action: Refresh")
        assert "no such action" in text(kith(home, "run", "/action 7 test/echo", code=1))
        kith(home, "run", "/block test/echo")
        assert "echo" in text(kith(home, "run", "/blocked test"))
        assert "dance: dance <how>" in text(kith(home, "run", "/cmd test"))
        kith(home, "run", "-a", "test", "/dance well")
        screen.see("message", chat="oracle", text="danced: well in test@test.example")
        assert "Nobody dances" in text(kith(home, "run", "-a", "test", "/dance badly", code=1))
        assert "there is no command" in text(kith(home, "run", "-a", "quiet", "/dance well", code=1))


def test_files_by_hand():
    need_purple()
    with Home() as home:
        home.setting("kith", "plugin_dir", plugin_directory())
        home.setting("kith", "download_dir", os.path.join(home.path, "got"))
        account(home, "test")
        home.start()
        screen = home.client()
        screen.see("account", account="test", state="online")
        order(screen, "test", "file offer 50000 ../../holiday.jpg")
        offered = screen.expect("transfer", name="holiday.jpg")       # offered is the first of its words
        assert offered["name"] == "holiday.jpg", offered
        kith(home, "run", f"/take {offered['transfer']}")
        done = screen.expect("transfer", state="done")
        assert os.path.getsize(done["path"]) == 50000 and os.path.dirname(done["path"]).startswith(os.path.join(home.path, "got")), done
        letter = os.path.join(home.path, "a letter.txt")
        with open(letter, "w") as file:
            file.write("dear all " * 1000)
        ok, answer, _ = screen.command(f"/send --to test/echo \"{letter}\"")
        assert ok, answer
        screen.see("message", chat="oracle", text="file done: a letter.txt")


class Pulse(threading.Thread):
    """Asks the hub for something small all the time, and keeps how long each answer took."""

    def __init__(self, home):
        super().__init__(daemon=True)
        self.client = home.client(side="command")
        self.took, self.goes_on = [], True

    def run(self):
        while self.goes_on:
            start = time.monotonic()
            self.client.command("/away thinking" if len(self.took) % 2 else "/back")
            self.took.append(time.monotonic() - start)
            self.client.more(0.02)


def test_every_bad_way_of_a_plugin():
    need_purple()
    with Home() as home:
        home.setting("kith", "plugin_dir", plugin_directory())
        home.setting("kith", "heartbeat", "2s")
        home.account("quiet", "replay", "me@example.org", script=["online", "contacts 1"])
        bad = ("block", "spin", "abort", "segv", "leak", "bytes", "big", "html", "questions")
        for name in bad:
            account(home, name, memory_limit=160)
        account(home, "crash", login="abort")
        home.start()
        screen = home.client()
        for name in ("quiet", *bad):
            screen.see("account", account=name, state="online")
        pulse = Pulse(home)
        pulse.start()
        number = {"block": "30", "leak": "400", "big": "10000000", "questions": "300"}
        for name in bad:
            order(screen, name, f"evil {name} {number.get(name, '')}".strip())
        for name, reason in (("abort", "its backend crashed (Aborted)"), ("segv", "its backend crashed (Segmentation fault)"),
                             ("leak", "its backend used more memory than it may and was ended; the account's memory_limit says how much"),
                             ("block", "its backend did not answer and was restarted"), ("spin", "its backend did not answer and was restarted")):
            screen.see("account", account=name, state="waiting", text=reason, seconds=60)
            screen.expect("account", account=name, state="online", seconds=60)
        given_up = screen.see("account", account="crash", state="error", seconds=60)
        assert given_up["text"] == "its backend crashed (Aborted) 5 times in a row; the log says more; /reconnect crash tries again", given_up
        pulse.goes_on = False
        pulse.join()
        assert len(pulse.took) > 50
        print(f"# {len(pulse.took)} answers meanwhile: median {percentile(pulse.took, 0.5) * 1000:.1f} ms, 99% {percentile(pulse.took, 0.99) * 1000:.1f} ms")
        # a machine with two busy cores: far from what one blocked account would cost
        assert percentile(pulse.took, 0.95) < 1
        for name in ("quiet", "bytes", "big", "html", "questions"):
            assert not [m for m in screen.all("account", account=name) if m["state"] in ("waiting", "error")], name


run(globals())
