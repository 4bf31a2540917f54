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
from tap import Skip, run  # noqa: E402
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
                ("request action", "do it", "answer: 0"), ("request input", "-", "cancelled"), ("request fields", "Send list=red list=blue", "answer: nobody never shown 7 1 1 +R+B"),
                ("notify pages 20", 'poke "row=twin · 20 (row 3)"', "chosen: twin"),
                ("request fields", '"name=Zoë Z" secret=x age=9 flag=no choice=two "list=red"', "answer: Zoë Z x 9 0 2 +R")):
            order(screen, "test", question)
            card = screen.expect("card", account="test")
            kith(home, "run", f"/answer test/{card['card']} {answer}")
            if heard:
                screen.see("message", chat="oracle", text=heard)
        order(screen, "test", "request fields")
        card = screen.expect("card", account="test")
        for answer, why in (("age=old name=x", '"Age" is not a number'), ("age=8 nmae=x", 'the form has no field "nmae"'), ("maybe", '"maybe" is none of: Cancel, Send'),
                            ("name=x maybe", "a form is answered by FIELD=VALUE"), ("list=red list=pink", '"List" is none of: red, green, blue'), ("", "say FIELD=VALUE")):
            assert why in text(kith(home, "run", f"/answer test/{card['card']} {answer}", code=1))
            screen.see("card", account="test", card=card["card"])         # and so it is
        listed = text(kith(home, "run", "/cards"))
        assert "    choice = one  Choice – one of: zero, one, two\n" in listed and "    name = nobody  Name (required)\n" in listed and "    age = 7  Age" in listed, listed
        kith(home, "run", '/answer name="Zoë of Z" age=10')                # the only one needs no name
        screen.see("message", chat="oracle", text="answer: Zoë of Z never shown 10 1 1 +G")
        order(screen, "test", "request fields")
        screen.expect("card", account="test")
        kith(home, "run", "/answer -")
        screen.see("message", chat="oracle", text="cancelled")
        assert "Change Password... (1)\nRefresh (2)" in text(kith(home, "run", "-a", "test", "/actions"))
        kith(home, "run", "-a", "test", "/action Refresh test")
        screen.see("message", chat="oracle", text="account action: Refresh")
        assert "no such action" in text(kith(home, "run", "/action 7 test/echo", code=1))
        assert "no contact" in text(kith(home, "run", "/actions test/nobody", code=1))
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


ACCOUNTS = """<?xml version='1.0' encoding='UTF-8' ?>
<account version='1.0'>
 <account><protocol>prpl-jabber</protocol><name>alice@example.org/Home</name><password>xmpp-password</password>
  <settings><setting name='port' type='int'>5222</setting><setting name='connect_server' type='string'>10.0.0.1</setting>
   <setting name='connection_security' type='string'>old_ssl</setting></settings>
  <settings ui='gtk-gaim'><setting name='auto-login' type='bool'>0</setting></settings></account>
 <account><protocol>prpl-kith-test</protocol><name>alice@test.example</name>
  <settings><setting name='login' type='string'>now</setting><setting name='tls' type='bool'>0</setting><setting name='port' type='int'>9</setting>
   <setting name='check-mail' type='bool'>1</setting></settings>
  <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings>
  <proxy><type>socks5</type><host>127.0.0.1</host><port>9</port></proxy></account>
 <account><protocol>prpl-irc</protocol><name>al@irc.example</name><settings><setting name='ssl' type='bool'>1</setting></settings>
  <settings ui='gtk-gaim'><setting name='auto-login' type='bool'>0</setting></settings></account>
 <account><protocol>prpl-icq</protocol><name>12345</name></account>
 <account><protocol>prpl-jabber</protocol><name>alice@example.org/Away</name></account>
 <account><protocol>prpl-kith-test</protocol><name>zoe@test.example</name>
  <settings><setting name='token' type='string'>token-secret</setting></settings>
  <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings>
  <proxy><type>tor</type><host>localhost</host><port>9050</port><username>me</username><password>p@ss</password></proxy></account>
 <account><protocol>prpl-kith-test</protocol><name>yves@test.example</name>
  <settings ui='gnt-purple'><setting name='auto-login' type='bool'>1</setting></settings><proxy><type>socks4</type><host>h</host><port>1</port></proxy></account>
 <account><protocol>prpl-kith-test</protocol><name>xena@test.example</name></account>
</account>"""
PREFERENCES = """<?xml version='1.0' encoding='UTF-8' ?>
<pref version='1' name='/'><pref name='purple'><pref name='proxy'><pref name='type' type='string' value='http'/>
 <pref name='host' type='string' value='proxy.example'/><pref name='port' type='int' value='8080'/></pref></pref></pref>"""
BLIST = """<?xml version='1.0' encoding='UTF-8' ?>
<purple version='1.0'><blist>
 <group name='Pals &amp; Co'><contact alias='Bobby'><buddy account='al@irc.example' proto='prpl-irc'><name>bob</name></buddy></contact>
  <contact><buddy account='alice@example.org/Home' proto='prpl-jabber'><name>carol@example.org</name><alias>Carol</alias></buddy></contact>
  <contact><buddy account='nobody' proto='prpl-irc'><name>x</name></buddy></contact>
  <chat account='al@irc.example' proto='prpl-irc'><component name='channel'>#dev</component><setting name='gtk-autojoin' type='bool'>1</setting></chat>
  <chat account='al@irc.example' proto='prpl-irc'><component name='channel'>#not</component></chat>
  <chat account='al@irc.example' proto='prpl-irc'><component name='channel'>#locked</component><component name='password'>key</component>
   <setting name='gtk-autojoin' type='bool'>1</setting></chat>
  <chat account='alice@test.example' proto='prpl-kith-test'><alias>Lobby&#10;x</alias><component name='place'>here</component>
   <setting name='gnt-autojoin' type='bool'>1</setting></chat>
  <chat account='alice@example.org/' proto='prpl-jabber'><component name='room'>tea</component><component name='server'>conference.example.org</component>
   <setting name='gtk-autojoin' type='bool'>1</setting></chat></group>
</blist><privacy><account proto='prpl-irc' name='al@irc.example' mode='4'><block>mallory</block></account>
 <account proto='prpl-kith-test' name='alice@test.example' mode='5'><block>not in force</block></account></privacy></purple>"""


def test_what_another_program_has():
    need_purple()
    with Home() as home:
        home.setting("kith", "plugin_dir", plugin_directory())
        theirs = os.path.join(home.path, ".purple")
        peers = os.path.join(theirs, "certificates", "x509", "tls_peers")
        os.makedirs(peers)
        for path, words in ((os.path.join(theirs, "accounts.xml"), ACCOUNTS), (os.path.join(theirs, "blist.xml"), BLIST),
                            (os.path.join(theirs, "prefs.xml"), PREFERENCES),
                            (os.path.join(peers, "irc.example"), "a certificate")):
            with open(path, "w") as file:
                file.write(words)
        out = text(kith(home, "import", "pidgin"))
        assert out == (
            "alice: xmpp alice@example.org resource=Home server=10.0.0.1 tls=direct enabled=no rooms=tea@conference.example.org\n"
            "    its proxy (http) can't be used here, so it is not enabled\n"
            "    1 contact, which the server keeps\n"
            "    the password is asked for when it connects (--passwords puts it into the keyring)\n"
            "alice-test.example: test alice@test.example port=9 tls=no proxy=socks5://127.0.0.1:9\n"
            "    left out: the room Lobby x; /join it here\n"
            "    left out: that only contacts may write\n"
            "al: irc al@irc.example ssl=yes enabled=no proxy=http://proxy.example:8080 rooms=#dev\n"
            "    left out: the room #not, which is not joined by itself\n"
            "    left out: the room #locked, which has a key; /join it here with the key\n"
            "    1 contact\n    1 blocked\n    1 accepted certificate\n"
            "not: prpl-icq 12345: no plugin for prpl-icq is installed\n"
            "not: xmpp alice@example.org: there is such an account already\n"
            "zoe: test zoe@test.example token=… proxy=…@localhost:9050\n"
            "yves: test yves@test.example enabled=no\n"
            "    its proxy (socks4) can't be used here, so it is not enabled\n"
            "xena: test xena@test.example enabled=no proxy=http://proxy.example:8080\n"
            "nothing was changed; --yes does it\n"), out
        assert not home.kith("account", "list").stdout
        kith(home, "import", "finch", "--yes")
        with open(home.config) as file:
            config = file.read()
        assert "xmpp-password" not in config and "[account al]" in config and "ssl=yes" in config.replace(" ", ""), config
        mine = os.path.join(home.path, "data", "kith", "accounts", "al")
        with open(os.path.join(mine, "purple", "certificates", "x509", "tls_peers", "irc.example")) as file:
            assert file.read() == "a certificate"
        again = text(kith(home, "import", "pidgin", "--yes"))
        assert again.count("there is such an account already") == 7 and again.endswith("there is no account to take over\n"), again
        # the contacts are there once the account was tried for the first time
        kith(home, "account", "set", "al", "proxy=none", "port=1")
        kith(home, "account", "enable", "al")
        home.start()
        screen = home.client()
        screen.see("account", account="al", state="waiting")
        wait_for(lambda: not os.path.exists(os.path.join(mine, "import")), "the list to be taken in")
        assert "socks5://me:p%40ss@localhost:9050" in config and "token=token-secret" in config, config
        refused = text(kith(home, "import", "pidgin", "--directory", "/nowhere", code=1))
        assert refused == 'kith: there is no such file: "/nowhere/accounts.xml"; --directory DIR says where theirs are\n', refused


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
        for name, reason in (("abort", "its process crashed (Aborted)"), ("segv", "its process crashed (Segmentation fault)"),
                             ("leak", "its process used more memory than it may and was ended; the account's memory_limit says how much"),
                             ("block", "its process did not answer and was restarted"), ("spin", "its process did not answer and was restarted")):
            screen.see("account", account=name, state="waiting", text=reason, seconds=60)
            screen.expect("account", account=name, state="online", seconds=60)
        given_up = screen.see("account", account="crash", state="error", seconds=60)
        assert given_up["text"] == "given up after 5 times in a row: its process crashed (Aborted); the log says more, /reconnect crash tries again", given_up
        assert given_up["reason"] == "crash", given_up
        pulse.goes_on = False
        pulse.join()
        assert len(pulse.took) > 50
        print(f"# {len(pulse.took)} answers meanwhile: median {percentile(pulse.took, 0.5) * 1000:.1f} ms, 99% {percentile(pulse.took, 0.99) * 1000:.1f} ms")
        # a machine with two busy cores: far from what one blocked account would cost
        assert percentile(pulse.took, 0.95) < 1
        for name in ("quiet", "bytes", "big", "html", "questions"):
            assert not [m for m in screen.all("account", account=name) if m["state"] in ("waiting", "error")], name


def test_what_a_plugin_can_t_reach():
    """What does not depend on Landlock, which not every kernel has."""
    need_purple()
    if os.environ.get("KITH_NO_CONFINE"):
        raise Skip("nothing is confined")
    with Home() as home:
        home.setting("kith", "plugin_dir", plugin_directory())
        home.account("quiet", "replay", "me@example.org", script=["online", "contacts 1"])
        account(home, "test")
        home.start()
        screen = home.client()
        screen.see("account", account="test", state="online")
        screen.see("account", account="quiet", state="online")
        screen.see("message", account="test", text="privacy: 1")
        sibling, = home.backends("kith-replay")

        def reach(what, answer):
            order(screen, "test", f"reach {what}")
            word = what.split()[0]
            said = wait_for(lambda: screen.more(0.02) is not None and
                            [m["text"] for m in screen.lines[before:] if m["kind"] == "message" and m["text"].startswith(f"{word}: ")], what)
            assert said[0] == f"{word}: {answer}", said

        for what, answer in (("exec /bin/true", "Operation not permitted"), (f"trace {home.hub.pid}", "Operation not permitted"),
                             (f"signal {home.hub.pid}", "Operation not permitted"), (f"signal {sibling}", "Operation not permitted"),
                             ("descriptors 1000000", "too many"), ("print \x1b]0;title\x07 of its own", "done"), ("babble 20", "done")):
            before = len(screen.lines)
            reach(what, answer)
        order(screen, "test", f"reach socket {home.socket}")
        screen.see("message", account="test", **{"from": "oracle"})
        wait_for(lambda: "a connection was refused: an account's process" in home.read_log(), "the hub to refuse its own backend")
        # its group of processes is its own, and is ended with it
        order(screen, "test", "reach signal 0")
        screen.see("account", account="test", state="waiting", text="its process crashed (User defined signal 2)")
        screen.see("account", account="test", state="online")
        assert "its process says: " in home.read_log() and "]0;title" in home.read_log() and "\x1b" not in home.read_log()
        assert home.read_log().count("its process says too much") == 1 and os.path.getsize(home.log) < 100000
        assert [m["state"] for m in screen.all("account", account="quiet")][-1] == "online"
        home.kill_hub(15)
        assert home.hub.stderr.read() == b""


run(globals())
