#!/usr/bin/env python3
"""kith-purple on networks of one's own machine or cable: Bonjour and Zephyr, each with somebody who is no kith."""
import os
import shutil
import sys

sys.dont_write_bytecode = True

from purpletest import PROGRAM, Backend, need_purple  # noqa: E402
from tap import Skip, run  # noqa: E402

LIBEXEC = os.path.abspath(os.environ.get("KITH_LIBEXEC", "."))


def lan(*machines):
    need_purple()
    from network import Lan
    try:
        return Lan(*machines)
    except PermissionError as e:
        raise Skip(str(e)) from None


def need(*programs):
    for program in programs:
        if not shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin"):
            raise Skip(f"{program} is not installed")


def bonjour(cable, machine, user, **options):
    return Backend(PROGRAM, account="local", protocol="bonjour", address=f"{user}@{machine}",
                   command=cable.command(machine, os.path.join(LIBEXEC, PROGRAM)), **options)


def start_avahi(cable):
    for machine in cable.machines:
        cable.do(f"start {machine} bus")
        cable.do(f"start {machine} avahi")


def presence_of(backend, address):
    return backend.presences.get(address, {}).get("presence")


def test_bonjour():
    need("avahi-daemon", "dbus-daemon", "nsenter")
    if os.geteuid():
        raise Skip("avahi-daemon needs root")
    with lan("alpha", "beta") as cable:
        start_avahi(cable)
        with bonjour(cable, "alpha", "alice") as alice:
            alice.connect(None, status="at the desk")
            with cable.peer("beta", "bonjourpeer.py", "bob@beta", "--message", "hello <everybody>") as bob:
                chat_both_ways(alice, bob)
                see_each_other(alice, bob)
            refuse_what_cannot_be(alice)
            lose_avahi(cable, alice)


def chat_both_ways(alice, bob):
    got = bob.expect("appeared name=alice@alpha")
    assert (got["status"], got["message"]) == ("avail", "at the desk"), got
    alice.wait(lambda: presence_of(alice, "bob@beta") == "online", "bob to appear")
    assert alice.contacts["bob@beta"]["name"] == "bob", alice.contacts
    # on the stream that alice begins
    alice.send("send", chat="bob@beta", own_id="b1", text="hi <bob> & all\nsecond line")
    got = bob.expect("message from=alice@alpha")
    assert got["text"] == "hi <bob> & all\nsecond line", got
    alice.wait(lambda: alice.states.get("b1") == "sent")
    bob.do("send alice@alpha hello <alice> & co")
    got = alice.expect("message")
    assert (got["text"], got["direction"], got["chat"]) == ("hello <alice> & co", "in", "bob@beta"), got
    # on one that bob begins
    bob.do("hang-up alice@alpha")
    bob.do({"do": "send", "to": "alice@alpha", "text": "again\nin two lines"})
    assert alice.expect("message")["text"] == "again\nin two lines"
    bob.do({"do": "send", "to": "alice@alpha", "text": "loud & <clear>", "html": "<font>loud &amp; <b>&lt;clear&gt;</b></font>"})
    assert alice.expect("message")["text"] == "loud & <clear>"
    alice.send("send", chat="bob@beta", own_id="b2", text="über & back")
    assert bob.expect("message")["text"] == "über & back"


def see_each_other(alice, bob):
    # what XEP-0174 calls away is idle, and dnd is away; the plugin knows only the latter
    bob.do("status dnd gone for <lunch>")
    alice.wait(lambda: presence_of(alice, "bob@beta") == "away", "bob to be away")
    assert alice.presences["bob@beta"]["status"] == "gone for <lunch>", alice.presences
    alice.send("show", presence="away", status="busy now")
    assert bob.expect("changed status=dnd")["message"] == "busy now"
    bob.do("leave")
    alice.wait(lambda: presence_of(alice, "bob@beta") in (None, "offline") or "bob@beta" not in alice.contacts, "bob to be gone")
    bob.do("come")
    alice.wait(lambda: presence_of(alice, "bob@beta") == "away", "bob to be back")
    alice.send("disconnect")
    bob.expect("gone name=alice@alpha")
    alice.connect(None)
    bob.expect("appeared name=alice@alpha")


def refuse_what_cannot_be(alice):
    answer = alice.ask("contact_add", address="carol@gamma", name="Carol", groups=[])
    assert answer["kind"] == "error" and "shows by itself who is there" in answer["text"], answer
    alice.send("send", chat="carol@gamma", own_id="b3", text="anybody?")
    alice.wait(lambda: alice.states.get("b3") == "failed", "the message to nobody to fail")


def offline_because(alice, *words):
    m = alice.expect("state", state="offline", reason=lambda r: r != "none")
    assert m["reason"] == "network" and all(word in m["text"] for word in words), m


def lose_avahi(cable, alice):
    """The plugin notices neither."""
    cable.do("kill alpha avahi")
    offline_because(alice, "avahi-daemon", "has ended")
    alice.send("connect")
    offline_because(alice, "avahi-daemon", "does not run")
    cable.do("start alpha avahi")
    alice.connect(None)
    cable.do("kill alpha bus")
    offline_because(alice, "avahi-daemon", "has ended")
    alice.send("connect")
    offline_because(alice, "avahi-daemon", "does not run")
    # avahi-daemon ended with its bus
    cable.do("start alpha bus")
    cable.do("start alpha avahi")
    alice.connect(None)


# ---- Zephyr ----

def test_zephyr():
    """As Debian builds it, without Kerberos: everybody is who their machine says."""
    need("zephyrd", "zhm", "zwgc", "zwrite", "nsenter", "setpriv")
    if os.geteuid():
        raise Skip("two users on one machine need root")
    with lan("alpha") as cable:
        with Backend(PROGRAM, account="local", protocol="zephyr", address="root", command=cable.command("alpha", os.path.join(LIBEXEC, PROGRAM))) as alice:
            alice.send("connect")
            offline_because(alice, "zhm", "does not run")
            cable.do("start alpha zephyrd")
            cable.do("start alpha zhm")
            alice.connect(None)
            with cable.peer("alpha", "zephyrpeer.py", "/run/bob", "nobody") as bob:
                speak_zephyr(alice, bob)
                classes_are_rooms(alice, bob)
            cable.do("kill alpha zhm")
            # the plugin takes seconds to close
            told = alice.expect("state", timeout=40, state="connecting")
            assert "does not run" in told["text"], told
            offline_because(alice, "zhm", "does not run")


def speak_zephyr(alice, bob):
    bob.do("send root hello <you> & @b(bold) thère")
    m = alice.expect("message")
    assert (m["chat"], m["text"], m["direction"]) == ("nobody", "hello <you> & bold thère", "in"), m
    alice.send("send", chat="nobody", own_id="z1", text="hi <nobody> & all\nüber two lines")
    assert bob.expect("message from=root")["text"] == "hi <nobody> & all\nüber two lines"
    alice.wait(lambda: alice.states.get("z1") == "sent")
    alice.send("send", chat="someone.else", own_id="z2", text="anybody?")
    alice.wait(lambda: alice.states.get("z2") == "failed", "the message to nobody to fail")
    assert alice.ask("contact_add", address="nobody", name="Nobody", groups=[])["kind"] == "done"
    answer = alice.ask("info", address="nobody")
    assert "alpha.lan.test" in answer["text"], answer


def classes_are_rooms(alice, bob):
    assert alice.ask("join", chat="kith")["kind"] == "done"
    bob.do("join kith")
    bob.do("say kith,news from one to all")
    m = alice.expect("message", chat="kith", type="text")
    assert (m["text"], m["nick"]) == ("from one to all", "[news] nobody"), m
    alice.send("send", chat="kith", chat_kind="room", own_id="z3", text="from all to one")
    got = bob.expect("message class=kith from=root")
    assert got["text"] == "from all to one", got
    alice.wait(lambda: alice.states.get("z3") == "sent")
    assert not [m for m in alice.messages if m["text"] == "from all to one"], "the own message came back"
    alice.wait(lambda: presence_of(alice, "nobody") == "online", "nobody to be seen")


run(globals())
