#!/usr/bin/env python3
"""kith-replay: scripts played to a hub that the harness plays."""
import json
import os
import tempfile

from backend import Backend, Timeout
from tap import run


def replay(script, **more):
    path = os.path.join(tempfile.mkdtemp(prefix="kith-replay-"), "script")
    with open(path, "w") as f:
        f.write(script)
    return Backend("kith-replay", account="demo", protocol="replay", address="me@example.org", settings=[f"script={path}"], **more)


def went_out(b):
    with open(os.path.join(b.directory, "network")) as f:
        return [json.loads(line)["own_id"] for line in f]


def test_play():
    with replay("""
# a first conversation
online nick=me
contacts 3
{"kind":"message","chat":"friend1@example.org","from":"friend1@example.org","text":"hello"}
expect {"kind":"send","chat":"friend1@example.org","text":"hi*"}
repeat 2
  repeat 2
    {"kind":"message","chat":"friend2@example.org","text":"line %D %d of 100%","sender_id":"%D-%d"}
  end
end
report
""") as b:
        b.connect(None)
        assert b.state["nick"] == "me" and "rooms" in b.state["can"]
        b.expect("message", text="hello", commit=lambda n: n)
        assert sorted(b.contacts) == [f"friend{n}@example.org" for n in (1, 2, 3)]
        assert len(b.presences) == 3
        b.send("send", chat="friend1@example.org", own_id="a1", text="hi there")
        b.expect("mark", own_id="a1", commit=lambda n: n)
        b.expect("message", text="line 2 2 of 100%")
        assert len(b.messages) == 5
        b.expect("notice", text=lambda t: "1 connect, 1 send" in t)
        b.wait(lambda: b.states.get("a1") == "delivered")
        assert went_out(b) == ["a1"]


def test_requests():
    with replay("online\n") as b:
        b.connect(None)
        assert b.ask("join", chat="room@rooms.example.org", nick="nick")["kind"] == "done"
        assert b.rooms["room@rooms.example.org"]["joined"]
        assert "nick" in b.occupants["room@rooms.example.org"]
        assert b.ask("contact_add", address="new@example.org", name="New", groups=["A"])["kind"] == "done"
        assert b.contacts["new@example.org"]["groups"] == ["A"]
        assert b.ask("contact_remove", address="new@example.org")["kind"] == "done"
        assert not b.contacts
        assert b.ask("info", address="new@example.org")["text"] == "address: new@example.org"
        b.send("disconnect")
        b.expect("state", state="offline", reason="none")
        b.connect(None)


def test_out_only_after_the_mark_is_stored():
    with replay("ack sent\nonline\n") as b:
        b.connect(None)
        b.hold_commits = True
        b.send("send", chat="a@example.org", own_id="a1", text="one")
        b.expect("mark", own_id="a1")
        assert went_out(b) == []
        b.kill()
        b.start()
        b.connect(None)
        b.send("send", chat="a@example.org", own_id="a1", text="one", mark="replay 1")
        b.expect("mark", own_id="a1")
        b.release_commits()
        b.wait(lambda: b.states.get("a1") == "sent")
        b.send("send", chat="a@example.org", own_id="a1", text="one", mark="replay 1")
        b.expect("message_state", own_id="a1", state="sent")
        assert went_out(b) == ["a1"]


def test_expectations_fail_loudly():
    with replay('online\ntimeout 20\nexpect {"kind":"send","text":"never"}\n') as b:
        b.send("connect")
        b.expect("state", state="error", text=lambda t: t.startswith("line 3: no {"))
    with replay('online\nabsent 10000 {"kind":"typing"}\n') as b:
        b.connect(None)
        b.send("typing", chat="a@example.org", typing="composing")
        b.expect("state", state="error", text=lambda t: t == 'line 2: {"kind":"typing"} came')


def test_bad_scripts_are_refused():
    for script, reason in (("onlin\n", 'no directive is named "onlin" in line 1'),
                           ("repeat 2\n", "the block of line 1 has no end"),
                           ("end\n", "nothing to end in line 1"),
                           ("\nack maybe\n", 'line 2: "maybe" makes no sense after "ack"'),
                           ('{"kind":"message","text":"a"}\n', "line 1: message.chat: missing"),
                           ('{"kind":"send","chat":"a"}\n', 'line 1: the kind "send" may not come from this side'),
                           ('expect {"kind":"send","texts":"a"}\n', 'line 1: no field "texts" in "send"'),
                           ('expect {"kind":"message"}\n', 'line 1: the hub sends a backend no "message"')):
        with replay(script) as b:
            b.send("connect")
            m = b.expect("state", state="error", reason="settings")
            assert m["text"].startswith(reason), m["text"]
    with Backend("kith-replay", account="demo", protocol="replay", address="me@example.org") as b:
        b.send("connect")
        b.expect("state", state="error", text='the setting "script" names no file')


def test_offline_and_starts():
    with replay("online\nstart 1\n  wait 1\n  offline network the line was cut\n  online\n  die KILL\nend\n"
                "start 2\n  offline password the password is wrong\nend\nreport\n") as b:
        b.send("connect")
        b.expect("state", state="online")
        b.expect("state", state="offline", reason="network", text="the line was cut")
        b.send("connect")
        b.expect("state", state="online")
        b.process.wait(30)
        b.close_socket()
        b.start()
        b.send("connect")
        b.expect("state", state="error", reason="password", text="the password is wrong")
        b.send("connect")
        b.expect("notice", text=lambda t: t.startswith("start 2, 0 sent out"))


def test_flood_respects_the_hub():
    with replay("online\nflood 20000 chats=10 size=300\n") as b:
        b.connect(None)
        b.hold_commits = True
        # nothing is committed: it stops by itself behind about 1 MiB of backlog
        b.wait(lambda: b.held > 1000, "some messages")
        b.release_commits()
        b.expect("notice", text=lambda t: t.startswith("flood: 20000 messages committed in "), timeout=60)
        assert len(b.messages) == 20000 and not b.doubles
        assert len({m["chat"] for m in b.messages}) == 10


def test_hang():
    with replay("online\nhang\n") as b:
        b.connect(None)
        b.send_raw({"kind": "beat"})
        try:
            b.expect("beat", timeout=0.3)
            raise AssertionError("it answered")
        except Timeout:
            b.kill()
            b.process = None


run(globals())
