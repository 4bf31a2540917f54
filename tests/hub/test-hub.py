#!/usr/bin/env python3
"""The hub with played networks: attaching, storing, life signs, restarts, the outbox, one instance, signals, the FIFO."""
import json
import os
import signal
import socket
import sqlite3
import stat
import subprocess

from home import Home, Timeout, wait_for
from tap import run

ALICE = '{"kind":"contact","address":"alice@example.org","name":"Alice Adams","groups":["Friends"],"subscription":"both"}'


def message(text, chat="alice@example.org", **fields):
    return json.dumps({"kind": "message", "chat": chat, "from": chat, "text": text, **fields})


def rows(home, sql, *values):
    with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchall()


def test_a_screen_sees_the_state_and_every_event():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", ALICE, message("one"), "expect {\"kind\":\"send\",\"text\":\"two\"}", message("three")])
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", account="work", state="online")
        got = screen.see("message", text="one")
        assert got["id"] > 0 and got["chat"] == "alice@example.org" and "commit" not in got
        ok, text, _ = screen.command('/msg "Alice Adams" two')
        assert ok, text
        screen.see("message", text="two", direction="out", state="queued")
        screen.see("message", text="three")
        late = home.client()
        chat = late.all("chat", chat="alice@example.org")[0]
        assert chat["last"] == screen.all("message", text="three")[0]["id"]
        assert late.all("contact", name="Alice Adams")


def test_a_message_is_stored_before_it_is_shown():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", "wait 200", message("kept")])
        home.start()
        screen = home.client()
        shown = screen.see("message", text="kept")
        home.kill_hub()
        assert rows(home, "SELECT text FROM message WHERE id = ?", shown["id"]) == [("kept",)]


def test_reading_resets_the_counter_everywhere():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", "wait 300", message("a"), message("b")])
        home.start()
        one, two = home.client(), home.client()
        last = one.see("message", text="b")
        one.send("read", account="work", chat="alice@example.org", time=last["time"])
        two.expect("read", chat="alice@example.org", time=last["time"])
        assert "unread" not in home.client().all("chat", chat="alice@example.org")[0]


def test_a_silent_backend_is_restarted_and_others_go_on():
    with Home() as home:
        home.setting("kith", "heartbeat", "10")
        home.account("bad", "replay", "bad@example.org", script=["online", "start 1", "hang", "end"])
        home.account("good", "replay", "good@example.org", script=["online"])
        home.start()
        screen = home.client()
        wait_for(lambda: screen.more(0.1) is not None and len([a for a in screen.all("account", state="online")]) >= 2, "both online")
        first = set(home.backends("kith-replay"))
        screen.expect("account", seconds=60, account="bad", state="waiting")
        screen.expect("account", seconds=60, account="bad", state="online")
        assert not screen.all("account", account="good", state="waiting")
        assert len(first & set(home.backends("kith-replay"))) == 1
        assert "silent" in home.read_log()


def test_a_dead_backend_is_restarted_and_loses_nothing():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", "start 1", message("before"), "die KILL", "end", message("after")])
        home.start()
        screen = home.client()
        screen.see("message", text="after")
        texts = [t for (t,) in rows(home, "SELECT text FROM message ORDER BY id")]
        assert texts == ["before", "after"], texts


def test_a_backend_that_always_dies_is_given_up():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["die SEGV"])
        home.start()
        screen = home.client()
        given_up = screen.see("account", seconds=90, state="error")
        assert "/reconnect work" in given_up["text"], given_up
        assert home.backends("kith-replay") == []


def test_messages_wait_for_the_connection_and_go_out_once():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["offline network no route", "online", "report"])
        home.start()
        screen = home.client()
        for n in range(3):
            ok, text, _ = screen.command(f"/msg work/bob@example.org number {n}")
            assert ok, text
        ok, text, _ = screen.command("/reconnect work")
        assert ok, text
        for n in range(3):
            own = screen.all("message", text=f"number {n}")[0]["own_id"]
            screen.see("message_state", own_id=own, state="delivered")
        assert rows(home, "SELECT count(*) FROM message") == [(3,)]


def test_messages_survive_the_hub():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["offline network no route"])
        home.start()
        screen = home.client()
        ok, text, _ = screen.command("/msg work/bob@example.org still here")
        assert ok, text
        home.kill_hub()
        with open(os.path.join(home.path, "work.script"), "w") as script:
            script.write("online\n")
        assert home.start() == "ok"
        screen = home.client()
        state = screen.see("message_state", state="delivered")
        assert state["id"] == 1


def test_only_one_hub_a_profile():
    with Home() as home:
        assert home.start() == "ok"
        first = home.hub
        text = home.start()
        assert str(first.pid) in text and "kith stop" in text, text
        assert home.hub.wait(10) == 1
        home.hub = first
        assert home.start("--profile", "other") == "ok"
        home.kill_hub(signal.SIGTERM)
        home.hub = first


def test_a_crashed_hub_leaves_nothing_in_the_way():
    with Home() as home:
        home.start()
        home.kill_hub()
        assert os.path.exists(home.socket)
        assert home.start() == "ok"
        home.client()


def test_signals_end_it_cleanly():
    for how in (signal.SIGTERM, signal.SIGINT):
        with Home() as home:
            home.account("work", "replay", "me@example.org", script=["online"])
            home.start()
            home.client()
            wait_for(lambda: home.backends("kith-replay"), "a backend")
            pids = home.backends("kith-replay")
            assert home.kill_hub(how) == 0
            assert not os.path.exists(home.socket) and not os.path.exists(home.fifo)
            wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the backend's end")


def test_backends_end_with_a_killed_hub():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online"])
        home.start()
        wait_for(lambda: home.backends("kith-replay"), "a backend")
        pids = home.backends("kith-replay")
        home.kill_hub()
        wait_for(lambda: not any(os.path.exists(f"/proc/{pid}") for pid in pids), "the backend's end")


def test_an_owned_hub_ends_with_its_screen():
    with Home() as home:
        home.start()
        screen = home.client(can=["owner"])
        screen.close()
        assert home.hub.wait(10) == 0
    with Home() as home:
        home.start()
        screen = home.client(can=["owner"])
        screen.send("detach")
        assert screen.command("/status")[0]
        screen.close()
        home.client()
        assert home.hub.poll() is None


def test_everything_is_private():
    with Home() as home:
        os.umask(0)
        home.account("work", "replay", "me@example.org", script=["online", message("x")])
        home.start()
        screen = home.client()
        screen.see("message")
        for top in ("data", "state", "run"):
            for where, directories, files in os.walk(os.path.join(home.path, top, "kith")):
                for path in [where] + [os.path.join(where, f) for f in files]:
                    mode = stat.S_IMODE(os.lstat(path).st_mode)
                    assert mode & 0o077 == 0, (path, oct(mode))


def test_the_fifo_takes_commands_and_refuses_nonsense():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online"])
        home.start()
        screen = home.client()
        with open(home.fifo, "wb") as fifo:
            fifo.write(b"/msg work/bob@example.org from the fifo\n")
            fifo.write(b"no command\n\xff\xfe\n/nonsense\n" + b"/msg work/bob@example.org " + b"x" * 70000 + b"\n")
            fifo.write(b"/msg work/bob@example.org last\n")
        screen.see("message", text="from the fifo")
        screen.see("message", text="last")
        assert rows(home, "SELECT count(*) FROM message") == [(2,)]
        for word in ("no slash command", "not UTF-8", "nonsense", "longer than"):
            assert word in home.read_log(), word


def test_a_bad_client_is_told_and_cut_off():
    with Home() as home:
        home.start()
        bad = home.client("command")
        bad.raw(b"nonsense\n{\"kind\":\"send\"}\n{\"kind\":\"command\",\"request\":3}\n")
        bad.expect("error", text="not a JSON object")
        bad.expect("error", request=3)
        rude = socket.socket(socket.AF_UNIX)
        rude.connect(home.socket)
        rude.sendall(b"GET / HTTP/1.0\r\n\r\n" * 200)
        rude.settimeout(10)
        try:
            while rude.recv(65536):
                pass
        except ConnectionResetError:
            pass
        assert home.client().command("/status")[0]


def test_a_client_that_does_not_read_disturbs_nobody():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", "expect {\"kind\":\"send\"}", "flood 20000 size=500"])
        home.start()
        deaf = home.client()
        screen = home.client()
        assert screen.command("/msg work/bob@example.org go")[0]
        wait_for(lambda: screen.more(1) is not None and len(screen.all("message")) >= 20001, "the flood", 60)
        assert deaf
        assert screen.command("/status")[0]


def test_bad_configuration_is_told_and_the_rest_used():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online"])
        with open(home.config, "a") as config:
            config.write("this is no line\n[account broken]\nprotocol=replay\n[kith]\nheartbeat=soon\n")
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", state="online")
        log = home.read_log()
        assert "kith.conf:" in log and "lacks address=" in log, log


def test_it_says_why_it_can_not_start():
    with Home() as home:
        os.makedirs(os.path.dirname(home.database), 0o700)
        with open(home.database, "w") as file:
            file.write("x")
        os.chmod(os.path.join(home.path, "run"), 0o700)
        os.rmdir(os.path.join(home.path, "run"))
        with open(os.path.join(home.path, "run"), "w"):
            pass
        text = home.start()
        assert "run" in text, text
        assert home.hub.wait(10) == 1


def test_reload_follows_the_file():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online"])
        home.start()
        screen = home.client()
        home.account("more", "replay", "more@example.org", script=["online"])
        home.hub.send_signal(signal.SIGHUP)
        screen.expect("account", account="more", state="online")
        with open(home.config) as file:
            text = file.read()
        with open(home.config, "w") as file:
            file.write(text.split("[account more]")[0])
        home.hub.send_signal(signal.SIGHUP)
        screen.expect("account_gone", account="more")


def test_print_writes_every_message():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", message("one"), message("two \u001b[31m")])
        home.start("--print", "--json")
        first = json.loads(home.hub.stdout.readline())
        assert first["text"] == "one" and first["account"] == "work" and first["direction"] == "in", first
        assert json.loads(home.hub.stdout.readline())["text"] == "two \u001b[31m"


run(globals())
