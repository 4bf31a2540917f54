#!/usr/bin/env python3
"""Many networks in one list: ten accounts of XMPP, IRC, SIMPLE, Bonjour, Zephyr and a plugin of the tests, each with somebody to talk to.
Whatever server or backend ends, the others stay online and their messages arrive; and a plugin that is bad in any way disturbs nobody.

All of it runs on a machine of its own (servers/lan.py) for Bonjour and Zephyr; where none can be made, without these two.

KITH_SEED chooses the order in which things end.
"""
import contextlib
import os
import random
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, os.pardir, part) for part in ("protocol", "servers")]

from home import Home, wait_for  # noqa: E402
from network import Bitlbee, Ejabberd, Inspircd, Kamailio, Lan, Ngircd, Prosody  # noqa: E402
from purpletest import need_purple, plugin_directory  # noqa: E402
from tap import Skip, run  # noqa: E402

CONTROL = "&bitlbee"


def need(*programs):
    for program in programs:
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            raise Skip(f"{program} is not installed")


class Place:
    """An account, its server, and somebody there. said counts the messages, so that no two are the same."""

    make, server, peer, said, called = None, None, None, 0, "kim"

    def __init__(self, name):
        self.name = name

    def start(self):
        self.server = self.make()

    def meet(self):
        self.peer = self.come()

    def part(self):
        if self.peer:
            self.peer.end()
        self.peer = None

    def is_met(self, screen):
        """Whether it is all there, once the account is online."""
        return True

    def say(self, screen):
        """One message each way is on its way."""
        self.said += 1
        ok, answer, _ = screen.command(f"/msg {self.name}/{self.whom} out {self.said}")
        assert ok, answer

    def hear(self, screen):
        got = self.peer.expect(f"message 'text=out {self.said}'")
        assert self.called in got["from"], got
        self.peer.do(f"send {self.me} in {self.said}")
        screen.see("message", account=self.name, text=f"in {self.said}")


class Xmpp(Place):
    whom = "mia@kith.test"

    def come(self):
        return self.server.peer("mia")

    @property
    def me(self):
        return f"kim@{self.server.env['DOMAIN']}"

    def set_up(self, home):
        env = self.server.env
        self.whom = f"mia@{env['DOMAIN']}"
        home.account(self.name, "xmpp", self.me, server="127.0.0.1", port=env["C2S"], ca_file=env["CA"], password_command="echo secret")


class OnProsody(Xmpp):
    def make(self):
        return Prosody("kim:secret:mia", "mia:secret:kim")


class OnEjabberd(Xmpp):
    def make(self):
        return Ejabberd("kim:secret:mia", "mia:secret:kim")


class Jabber(OnProsody):
    def set_up(self, home):
        env = self.server.env
        home.account(self.name, "prpl-jabber", self.me, connect_server="127.0.0.1", port=env["C2S"], password_command="echo secret")


class Irc(Place):
    whom, me = "mia", "kim"

    def come(self):
        return self.server.peer("mia")

    def set_up(self, home):
        home.account(self.name, "irc", "kim@127.0.0.1", port=self.server.env["IRC"], ratelimit_interval=0)


class OnNgircd(Irc):
    make = Ngircd


class OnInspircd(Irc):
    make = Inspircd


class BehindBitlbee(Irc):
    """BitlBee's own root, who answers whatever is said in the control room."""

    make, whom = Bitlbee, CONTROL

    def meet(self):
        pass

    def is_met(self, screen):
        return (screen.all("room", account=self.name) or [{}])[-1].get("joined")

    def say(self, screen):
        self.said += 1
        ok, answer, _ = screen.command(f"/msg {self.name}/{CONTROL} nonsense{self.said}")
        assert ok, answer

    def hear(self, screen):
        screen.see("message", account=self.name, nick="root", text=f"Unknown command: nonsense{self.said}. Please use help commands to get a list of available commands.")


class Sip(Place):
    make, whom, me = Kamailio, "mia@sip.test", "kim@sip.test"

    def come(self):
        return self.server.peer("mia")

    def set_up(self, home):
        home.account(self.name, "simple", self.me, useproxy="yes", proxy="127.0.0.1", port=self.server.env["SIP"], password_command="echo secret")


class Plugin(Place):
    """The test plugin, which needs no server: its echo says again what it is told."""

    whom = "echo"

    def start(self):
        pass

    def meet(self):
        pass

    def set_up(self, home):
        home.account(self.name, "test", "kim@test.example")

    def hear(self, screen):
        screen.see("message", account=self.name, text=f"out {self.said}", **{"from": self.whom})


class Service:
    """A program of a machine on the cable, as a server."""

    def __init__(self, cable, machine, name):
        self.cable, self.machine, self.name = cable, machine, name

    def restart(self, *how):
        self.cable.do(f"start {self.machine} {self.name}")

    def stop(self, *how):
        self.cable.do(f"kill {self.machine} {self.name}")

    def close(self):
        pass                                                # it ends with its machine


class Local(Place):
    """On the cable between alpha, where this runs, and beta."""

    cable = None

    def start(self):
        pass                                                # they are there before the machine is entered


class Bonjour(Local):
    whom, me = "mia@beta", "kim@alpha"

    def come(self):
        return self.cable.peer("beta", "bonjourpeer.py", self.whom)

    def set_up(self, home):
        self.server = Service(self.cable, "alpha", "avahi")
        home.account(self.name, "bonjour", self.me)

    def is_met(self, screen):
        """Contacts are forgotten when the connection ends, and found again."""
        whom = [line["presence"] for line in since_online(screen, self) if line["kind"] == "presence" and line["address"] == self.whom]
        return whom[-1:] == ["online"]


class Zephyr(Local):
    whom, me, called = "nobody", "root", "root"

    def come(self):
        return self.cable.peer("alpha", "zephyrpeer.py", "/run/mia", self.whom)

    def set_up(self, home):
        self.server = Service(self.cable, "alpha", "zhm")
        home.account(self.name, "zephyr", self.me, silence_limit=3)


PLACES = {"prosody": OnProsody, "ejabberd": OnEjabberd, "ngircd": OnNgircd, "inspircd": OnInspircd, "sip": Sip, "jabber": Jabber, "plugin": Plugin,
          "bitlbee": BehindBitlbee}
LOCAL = {"bonjour": Bonjour, "zephyr": Zephyr}


def is_online(screen, place):
    screen.more(0.02)
    states = screen.all("account", account=place.name)
    return states and states[-1].get("state") == "online"


def since_online(screen, place):
    lines = [line for line in screen.lines if line.get("account") == place.name]
    return lines[max(at for at, line in enumerate(lines) if line["kind"] == "account" and line.get("state") == "online"):]


def wait_online(screen, place):
    wait_for(lambda: is_online(screen, place) and place.is_met(screen), f"{place.name} to be online, and {place.whom} there", 40)


def talk(screen, places):
    for place in places:
        place.say(screen)
    for place in places:
        place.hear(screen)


def check_others(screen, places, ended):
    others = [place for place in places if place is not ended]
    talk(screen, others)
    assert all(is_online(screen, place) for place in others), [place.name for place in others if not is_online(screen, place)]


def end_server(screen, places, place):
    before = len(screen.all("account", account=place.name))
    place.server.stop("--now")
    wait_for(lambda: screen.more(0.02) is not None and any(a.get("state") != "online" for a in screen.all("account", account=place.name)[before:]),
             f"{place.name} to be seen to end")
    check_others(screen, places, place)
    place.part()
    place.server.restart("--now")
    screen.command(f"/reconnect {place.name}")
    place.meet()
    wait_online(screen, place)
    talk(screen, [place])


def end_backend(home, screen, places, process):
    """Whose it was is seen by what happens."""
    before = {place: len(screen.all("account", account=place.name)) for place in places}
    os.kill(process, signal.SIGKILL)

    def hit():
        screen.more(0.02)
        return [place for place in places if len(screen.all("account", account=place.name)) > before[place]]
    place, = wait_for(hit, "an account whose backend was killed")
    check_others(screen, places, place)
    wait_online(screen, place)
    talk(screen, [place])
    return place


def enter_vault(screen, places):
    """A room with a key, which is known when the account comes back; gives what checks that."""
    irc, = (place for place in places if place.name == "ngircd")
    irc.peer.do("join #vault")
    irc.peer.do("mode #vault +k sesame")
    ok, answer, _ = screen.command("/join ngircd/#vault sesame")
    assert ok, answer

    def check():
        wait_for(lambda: screen.more(0.02) is not None and screen.all("room", account="ngircd", chat="#vault")[-1].get("joined"), "the room with a key")
        irc.peer.do("send #vault kim: are you back")
        assert screen.see("message", account="ngircd", text="kim: are you back").get("mention")
    return check


def test_whatever_ends_the_others_go_on():
    need_purple()
    need("prosody", "ngircd", "inspircd", "kamailio", "bitlbee")
    if not os.path.exists("/usr/sbin/ejabberdctl"):
        raise Skip("ejabberd is not installed")
    order = random.Random(int(os.environ.get("KITH_SEED", "7")))
    with contextlib.ExitStack() as stack:
        end_one_after_the_other([kind(name) for name, kind in {**PLACES, **cable(stack)}.items()], order)


def cable(stack):
    """Enters a machine with what Bonjour and Zephyr need, and gives the two; nothing where that is not possible."""
    if os.geteuid() or not all(shutil.which(program, path="/usr/sbin:/usr/bin") for program in ("avahi-daemon", "zephyrd", "zhm", "zwgc")):
        return {}
    try:
        Local.cable = stack.enter_context(Lan("alpha", "beta"))
    except PermissionError as e:
        print(f"# without Bonjour and Zephyr: {e}")
        return {}
    for service in ("alpha bus", "alpha avahi", "beta bus", "beta avahi", "alpha zephyrd", "alpha zhm"):
        Local.cable.do(f"start {service}")
    stack.enter_context(Local.cable.inside("alpha"))
    return LOCAL


def end_one_after_the_other(places, order):
    try:
        with ThreadPoolExecutor() as pool, Home() as home:
            list(pool.map(lambda place: place.start(), places))
            home.setting("kith", "plugin_dir", plugin_directory())
            for place in places:
                place.meet()
                place.set_up(home)
            home.start()
            screen = home.client()
            card = screen.see("card", account="jabber", card_kind="certificate")
            assert screen.command(f"/answer jabber/{card['card']} Accept")[0]
            for place in places:
                wait_online(screen, place)
            status = home.kith("status").stdout
            assert status.count("online") >= len(places) and not [place.name for place in places if place.name not in status], status
            talk(screen, places)
            servers = [place for place in places if place.server]
            order.shuffle(servers)
            for place in servers:
                end_server(screen, places, place)
            vault = enter_vault(screen, places)
            processes = home.backends("kith-purple") + home.backends("kith-xmpp")
            assert len(processes) == len(places), processes
            order.shuffle(processes)
            hit = [end_backend(home, screen, places, process) for process in processes]
            assert set(hit) == set(places)
            vault()
    finally:
        for place in places:
            place.part()
            if place.server:
                place.server.close()


BAD = {"block": "30", "spin": "", "abort": "", "segv": "", "leak": "400", "bytes": "", "big": "10000000", "html": "", "questions": "300"}
RESTARTED = ("block", "spin", "abort", "segv", "leak")


def test_beside_a_bad_plugin_messages_flow():
    need_purple()
    need("ngircd")
    good = OnNgircd("good")
    try:
        with Home() as home:
            good.start()
            good.meet()
            good.set_up(home)
            home.setting("kith", "plugin_dir", plugin_directory())
            home.setting("kith", "heartbeat", "2s")
            for way in BAD:
                home.account(way, "test", f"{way}@test.example", memory_limit=160)
            home.start()
            screen = home.client()
            for name in ("good", *BAD):
                screen.see("account", account=name, state="online")
            for way, number in BAD.items():
                ok, answer, _ = screen.command(f"/msg {way}/oracle evil {way} {number}".strip())
                assert ok, answer
                talk(screen, [good])

            def states(way):
                screen.more(0.02)
                return [a.get("state") for a in screen.all("account", account=way)]
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline and (not all("waiting" in states(way) for way in RESTARTED) or not all(states(way)[-1] == "online" for way in BAD)):
                talk(screen, [good])
            assert time.monotonic() < deadline, {way: states(way) for way in BAD}
            assert all(a["state"] != "waiting" for a in screen.all("account", account="good") if "state" in a)
    finally:
        good.part()
        if good.server:
            good.server.close()


run(globals())
