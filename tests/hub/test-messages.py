#!/usr/bin/env python3
"""Messages that change, are read and come late, through the hub with played networks: what screens, commands and backends are told."""
import json
import os
import sqlite3
import time

from home import Home, wait_for
from tap import run

ALICE = "alice@example.org"
ROOM = "room@example.org"


def message(text, chat=ALICE, **fields):
    return json.dumps({"kind": "message", "chat": chat, "from": chat, "text": text, **fields})


def rows(home, sql, *values):
    with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
        return db.execute(sql, values).fetchall()


def expect(**fields):
    return "expect " + json.dumps(fields)


def micros(seconds_ago):
    return int((time.time() - seconds_ago) * 1e6)


def attach(home):
    """A screen that is there before the account says anything: it was added with enabled=no."""
    home.start()
    screen = home.client()
    ok, text, _ = screen.command("/account enable work")
    assert ok, text
    return screen


def test_a_correction_changes_the_message_everywhere():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online", message("teh words", sender_id="a"), message("the words", sender_id="b", type="correction", target="a")])
        home.start()
        one = home.client()
        first = one.see("message", text="the words")
        late = home.client()
        assert late.all("chat", chat=ALICE)[0]["unread"] == 1
        assert not one.all("message", type="correction")
        assert first["edited"] and first.get("again", False) == bool(one.all("message", text="teh words"))
        ok, _, printed = late.command(f"/versions {first['id']}")
        assert ok and "teh words" in "".join(printed) and "the words" in "".join(printed), printed
        ok, text, printed = late.command("/search teh")
        assert ok and not printed, (text, printed)
        shown = json.loads(home.kith("messages", "--json", ALICE).stdout)
        assert shown["edited"] is True and shown["text"] == "the words" and shown["retracted"] is False


def test_how_words_look_is_kept_and_nothing_bad_of_it():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("bold words", sender_id="a", markup="b0-4 i5-99 x nonsense f4:5-10 f999:5-10"), message("plain", sender_id="b", markup="words")])
        screen = attach(home)
        screen.see("message", text="plain")
        wait_for(lambda: len(rows(home, "SELECT id FROM message")) == 2, "both are stored")
        assert rows(home, "SELECT markup FROM messages ORDER BY id") == [("b0-4 f4:5-10 i5-10",), (None,)]
        assert all(m["markup"] == "b0-4 f4:5-10 i5-10" for m in screen.all("message", text="bold words"))
        assert json.loads(home.kith("messages", "--json", "--limit", "1", ALICE).stdout)["text"] == "plain"


def test_tail_and_print_tell_what_changed():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online", expect(kind="send", text="go"), message("one", sender_id="a"), "sync",
            message("two", sender_id="b", type="correction", target="a"), "sync",
            message("👍", sender_id="c", type="reactions", target="a"), "sync", message("", sender_id="d", type="retraction", target="a")])
        home.start("--print")
        screen = home.client()
        tail = home.client(side="command", can=["messages"])
        assert screen.command(f"/msg work/{ALICE} go")[0]
        screen.see("message", retracted=True, again=True)
        told = [(m["text"], m.get("again", False), m.get("change", "none")) for m in tail.all("message") if m.get("direction", "in") == "in"] \
            if tail.see("message", retracted=True) else []
        assert told == [("one", False, "none"), ("two", True, "words"), ("two", True, "looks"), ("", True, "words")], told
        assert screen.all("message", change="looks")[0]["reactions"] == [f"👍 {ALICE}"]
        home.kill_hub(15)
        lines = home.hub.stdout.read().decode().splitlines()
        assert [line.split("> ", 1)[1] for line in lines if f"<{ALICE}>" in line] == ["one", "* corrected: two", "* taken back"], lines


def test_what_is_amended_may_come_later():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("second", sender_id="b", type="correction", target="a"), message("answer", sender_id="r", target="a"), "sync", message("first", sender_id="a")])
        screen = attach(home)
        shown = screen.see("message", text="second")
        assert shown["edited"] and not shown.get("again") and not screen.all("message", text="first")
        assert screen.see("message", text="answer", about=shown["id"])["again"]


def test_own_messages_are_corrected_and_taken_back():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online", expect(kind="send", type="correction", text="new"), expect(kind="send", type="retraction"), message("done")])
        home.start()
        screen = home.client()
        ok, text, _ = screen.command(f"/msg work/{ALICE} old")
        assert ok, text
        own = screen.see("message", text="old")
        here = {"account": "work", "chat": ALICE}
        ok, text, _ = screen.command("/correct new", **here)
        assert ok, text
        shown = screen.see("message", text="new", again=True)
        assert shown["id"] == own["id"] and shown["own_id"] == own["own_id"] and shown["edited"]
        ok, text, _ = screen.command("/retract ^", **here)
        assert ok, text
        assert screen.see("message", id=own["id"], retracted=True).get("text", "") == ""
        screen.see("message", text="done")
        ok, text, _ = screen.command("/correct too late", **here)
        assert not ok, text
        assert rows(home, "SELECT type, target FROM message WHERE type > 2 ORDER BY id") == [(3, own["own_id"]), (4, own["own_id"])]
        wait_for(lambda: rows(home, "SELECT count(*) FROM message WHERE type > 2 AND state = 4") == [(2,)], "both arrived")


def test_what_was_not_sent_yet_is_amended_here():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", expect(kind="send", text="new words"), expect(kind="send", text="later"), "absent 300 " + expect(kind="send")[7:], message("done")])
        home.start()
        screen = home.client()
        here = {"account": "work", "chat": ALICE}
        for text in ("old words", "never", "later"):
            assert screen.command(f"/msg work/{ALICE} {text}")[0]
        old, never = (screen.see("message", text=text) for text in ("old words", "never"))
        assert screen.command(f"/correct {old['id']} newer", **here)[0]
        assert screen.command(f"/correct {old['id']} new words", **here)[0]
        assert screen.command(f"/correct {never['id']} never ever", **here)[0]
        assert screen.command(f"/retract {never['id']}", **here)[0]
        assert screen.see("message", id=never["id"], retracted=True)["again"]
        screen.see("message_state", id=never["id"], state="failed", error="taken back before it was sent")
        # what is decided outlives the hub
        home.kill_hub()
        home.start()
        screen = home.client()
        assert screen.command("/account enable work")[0]
        screen.see("message", text="done")
        assert not screen.all("notice", failure=True)
        wait_for(lambda: not rows(home, "SELECT 1 FROM message WHERE state = 2"), "nothing is left to send")
        with open(os.path.join(home.path, "data", "kith", "accounts", "work", "network")) as file:
            assert [json.loads(line)["text"] for line in file] == ["new words", "later"]
        lines = home.kith("messages", ALICE).stdout.splitlines()
        assert lines[1].endswith("<me> * taken back before it was sent"), lines
        told = [json.loads(line) for line in home.kith("messages", "--json", ALICE).stdout.splitlines()]
        assert told[1]["state"] == "failed" and told[1]["error"] == "taken back before it was sent", told
        assert [(m["text"], m["edited"], m["retracted"]) for m in told] == [("new words", True, False), ("", True, True), ("later", False, False), ("done", False, False)], told


def test_what_waits_for_its_room_is_taken_back_on_any_network():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online can=rooms", in_room("hello"), expect(kind="send", text="go"), json.dumps({"kind": "room", "chat": ROOM, "joined": True, "nick": "me"}),
            expect(kind="send", text="said"), "absent 300 " + expect(kind="send")[7:], message("done")])
        screen = attach(home)
        screen.see("message", text="hello")
        for text in ("unsaid", "said"):
            ok, text, _ = screen.command(text, account="work", chat=ROOM)
            assert ok, text
        own = screen.see("message", text="unsaid")
        ok, text, _ = screen.command(f"/retract {own['id']}", account="work", chat=ROOM)
        assert ok, text
        screen.see("message_state", id=own["id"], state="failed")
        assert screen.command(f"/msg work/{ALICE} go")[0]
        screen.see("message", text="done")


def test_a_refused_amendment_is_taken_back():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=["online", message("hi", archive_id="1"), expect(kind="read"), "ack fail", message("go on")])
        screen = attach(home)
        assert screen.command(f"/msg work/{ALICE} old")[0]
        own = screen.see("message", text="old")
        screen.see("message_state", own_id=own["own_id"], state="delivered")
        screen.send("read", account="work", chat=ALICE, time=screen.see("message", text="hi")["time"])
        screen.see("message", text="go on")
        assert screen.command(f"/correct {own['id']} new", account="work", chat=ALICE)[0]
        screen.see("notice", failure=True, text="the network refused the message: the correction was taken back")
        back = wait_for(lambda: screen.more(0.05) is not None and [m for m in screen.all("message", id=own["id"], again=True) if m["text"] == "old"], "the old text")[-1]
        assert not back.get("edited")


def test_reactions_and_replies_name_their_message():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online", message("hello", ROOM, chat_kind="room", nick="Bob", **{"from": f"{ROOM}/Bob"}, sender_id="s", archive_id="a", occupant="o"),
            json.dumps({"kind": "room", "chat": ROOM, "joined": True, "nick": "me"}),
            expect(kind="send", type="reactions", text="👍 ❤️", target="s", target_archive="a"), expect(kind="send", type="reactions", text="❤️", target="s"),
            expect(kind="send", text="hi Bob", target="s", target_archive="a", target_from=f"{ROOM}/Bob", target_text="hello"),
            expect(kind="send", type="moderation", text="spam", target_archive="a"), message("done")])
        home.start()
        screen = home.client()
        hello = screen.see("message", text="hello")
        screen.see("room", joined=True)
        here = {"account": "work", "chat": ROOM}
        for line in ("/react ^ 👍 ❤️", "/react -1 👍", f"/reply {hello['id']} hi Bob"):
            ok, text, _ = screen.command(line, **here)
            assert ok, (line, text)
        assert screen.see("message", id=hello["id"], change="looks")["reactions"] == ["❤️ "]
        reply = screen.see("message", text="hi Bob")
        assert reply["about"] == hello["id"]
        ok, text, _ = screen.command(f"/moderate {hello['id']} spam", **here)
        assert ok, text
        assert screen.see("message", id=hello["id"], retracted=True)["note"] == "by me: spam"
        screen.see("message", text="done")
        told = [json.loads(line) for line in home.kith("messages", "--json", ROOM).stdout.splitlines()]
        assert told[1]["reply_to"] == hello["id"] and told[0]["retracted"] and told[0]["reactions"] == {}


def test_reading_by_time_and_on_other_devices():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online", message("one", archive_id="1", sender_id="s1"), message("two", archive_id="2"), message("three", archive_id="3"), message("four", archive_id="4"),
            expect(kind="read", chat=ALICE, archive_id="1", sender_id="s1"), json.dumps({"kind": "read", "chat": ALICE, "archive_id": "3"})])
        home.start()
        one, two = home.client(), home.client()
        first, third, fourth = (one.see("message", text=t) for t in ("one", "three", "four"))
        assert first["time"] < third["time"] < fourth["time"]
        one.send("read", account="work", chat=ALICE, time=first["time"])
        two.see("read", time=first["time"])
        two.see("read", time=third["time"])
        assert two.see("chat", read=third["time"])["unread"] == 1
        two.send("read", account="work", chat=ALICE, time=fourth["time"])
        wait_for(lambda: rows(home, "SELECT unread, read_time FROM chat") == [(0, fourth["time"])], "all read")


def test_what_was_read_while_offline_is_told_later():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("one", archive_id="1"), "sync", "offline network gone", "online", expect(kind="read", chat=ALICE, archive_id="1"), message("told")])
        screen = attach(home)
        first = screen.see("message", text="one")
        screen.see("account", state="waiting")
        screen.send("read", account="work", chat=ALICE, time=first["time"])
        screen.see("read", time=first["time"])
        assert screen.command("/reconnect work")[0]
        screen.see("message", text="told")


def test_what_was_read_while_offline_outlives_the_hub():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "start 1", "online", message("one", archive_id="1", sender_id="s", ref_id="r", asks_read=True), "sync", "offline network gone", "end",
            "start 2", "online", expect(kind="read", chat=ALICE, archive_id="1", sender_id="s", ref_id="r", asks_read=True), message("told"), "end",
            "start 3", "online", "absent 300 " + expect(kind="read")[7:], message("once"), "end"])
        screen = attach(home)
        first = screen.see("message", text="one")
        screen.see("account", state="waiting")
        screen.send("read", account="work", chat=ALICE, time=first["time"])
        screen.see("read", time=first["time"])
        wait_for(lambda: rows(home, "SELECT value FROM keep WHERE key = 'hub.reads'") == [(ALICE,)], "it is kept")
        for said in ("told", "once"):
            home.kill_hub()
            home.start()
            wait_for(lambda: rows(home, "SELECT 1 FROM message WHERE text = ?", said), said)


def test_who_is_told_of_less_than_was_read_is_told_again():
    with Home() as home:
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("one", archive_id="1"), message("two", archive_id="2"), expect(kind="read", archive_id="2"),
            json.dumps({"kind": "read", "chat": ALICE, "archive_id": "1"}), expect(kind="read", archive_id="2"),
            json.dumps({"kind": "read", "chat": ALICE, "archive_id": "2"}), "absent 300 " + expect(kind="read")[7:], message("done")])
        screen = attach(home)
        screen.send("read", account="work", chat=ALICE, time=screen.see("message", text="two")["time"])
        screen.see("message", text="done")


def test_an_archive_brings_older_messages_in_order_and_quietly():
    with Home() as home:
        live = [message(f"live {n}", sender_id=f"l{n}") for n in (1, 2)]
        old = [message(f"old {n}", time=micros(9000 - n), archived=True, archive_id=f"a{n}", sender_id=f"o{n}", state="read") for n in (3, 2, 1)]
        twins = [message("live 1", sender_id="l1", archive_id="b1", archived=True, time=micros(-1)),
                 message("live 2", sender_id="l2", archive_id="b2", archived=True, time=micros(60))]
        home.account("work", "replay", "me@example.org", enabled="no", script=["online", *live, "sync", *twins, "sync", *old, message("end")])
        screen = attach(home)
        end = screen.see("message", text="end")
        assert screen.see("message", text="live 1", again=True)["change"] == "place" or screen.see("message", text="live 2", again=True)
        texts = [json.loads(line)["text"] for line in home.kith("messages", "--json", ALICE).stdout.splitlines()]
        assert texts == ["old 1", "old 2", "old 3", "live 2", "live 1", "end"], texts
        chat = home.client().all("chat", chat=ALICE)[0]
        assert chat["unread"] == 3 and chat["last"] == end["id"], chat


def test_older_ones_are_asked_for_and_answered():
    with Home() as home:
        home.account("work", "replay", "me@example.org", script=[
            "online can=archive,rooms", message("newest"), "answers off", json.dumps({"kind": "hole", "until": 5, "since": 2}),
            expect(kind="fetch", chat=ALICE), message("older", archived=True, time=micros(5000)), "sync", json.dumps({"kind": "done", "request": 1}),
            expect(kind="fetch", chat=ALICE), json.dumps({"kind": "error", "request": 2, "text": "the archive does not answer"})])
        home.start()
        screen = home.client()
        newest = screen.see("message", text="newest")
        screen.see("hole", until=5)
        assert home.client().all("hole", until=5)
        screen.send("fetch", request=77, account="work", chat=ALICE, before=newest["time"])
        screen.see("done", request=77)
        assert screen.all("message", text="older")
        ok, text, _ = screen.command("/older", account="work", chat=ALICE)
        assert not ok and text == "the archive does not answer", text
        screen.send("fetch", request=78, account="nobody", chat=ALICE)
        screen.see("error", request=78)


def test_lists_are_printed_for_who_asked():
    with Home() as home:
        room = {"kind": "item", "address": "dev@rooms.example.org", "name": "Dev\u001b[31m", "number": 12, "text": "all about it"}
        home.account("work", "replay", "me@example.org", script=[
            "answers off", "online can=rooms,roomlist", expect(kind="room_list"), json.dumps({**room, "request": 1}), json.dumps({"kind": "done", "request": 1}),
            expect(kind="room_list"), json.dumps({**room, "request": 2}), json.dumps({**room, "request": 1}), json.dumps({"kind": "done", "request": 2})])
        home.start()
        screen = home.client()
        screen.see("account", state="online")
        ok, text, printed = screen.command("/rooms", account="work", chat=ALICE)
        assert ok and len(printed) == 1 and "dev@rooms.example.org" in printed[0] and "(12)" in printed[0] and "\u001b" not in printed[0], (text, printed)
        ok, text, printed = screen.command("/rooms", account="work", chat=ALICE, json=True)
        assert ok and len(printed) == 1 and json.loads(printed[0])["number"] == 12, (text, printed)


def test_only_news_are_notified():
    with Home() as home:
        told = os.path.join(home.path, "told")
        home.setting("kith", "notify_command", f"sh -c 'echo \"$KITH_TEXT\" >> {told}'")
        home.account("work", "replay", "me@example.org", script=[
            "online", message("long ago", "a@x", archived=True, time=micros(4000), archive_id="1"), message("read", "b@x", archived=True, time=micros(10), state="read"),
            json.dumps({"kind": "read", "chat": "c@x", "archive_id": "c"}), message("read on the phone before", "c@x", archive_id="c"),
            message("just missed", "d@x", archived=True, time=micros(60), sender_id="d"), message("corrected", "d@x", type="correction", target="d", sender_id="e")])
        home.start()
        wait_for(lambda: os.path.exists(told), "a notification")
        screen = home.client()
        assert screen.command("/stop")[0]
        home.hub.wait(20)
        with open(told) as file:
            assert file.read().splitlines() == ["corrected"], told


def told_of(home):
    with open(os.path.join(home.path, "told")) as file:
        return file.read().splitlines()


def in_room(text, nick="Bob", **fields):
    return message(text, ROOM, **{"chat_kind": "room", "nick": nick, "from": f"{ROOM}/{nick}", "occupant": nick, **fields})


def test_a_correction_that_mentions_the_user_is_told_like_a_message():
    with Home() as home:
        told = os.path.join(home.path, "told")
        home.setting("kith", "notify_command", f"sh -c 'echo \"$KITH_TITLE: $KITH_TEXT\" >> {told}'")
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", json.dumps({"kind": "room", "chat": ROOM, "joined": True, "nick": "kim"}),
            in_room("one", sender_id="1"), in_room("two", sender_id="2"), "sync", in_room("one, Kim?", sender_id="3", type="correction", target="1"),
            expect(kind="send", text="go"), in_room("one, kim!", sender_id="4", type="correction", target="1"), in_room("kim: last", sender_id="5"), "sync",
            expect(kind="send", text="on"), in_room("two, kim", sender_id="6", type="correction", target="2", delayed=True), message("end")])
        screen = attach(home)
        first = screen.see("message", text="one, Kim?", again=True)
        assert first["mention"] and first["edited"], first
        assert screen.see("chat", chat=ROOM, mentions=1)["unread"] == 2
        wait_for(lambda: os.path.exists(told) and told_of(home), "a notification")
        assert told_of(home) == ["Bob in room: one, Kim?"], told_of(home)
        screen.command(f"/msg work/{ALICE} go")
        wait_for(lambda: len(told_of(home)) > 1, "another notification")
        assert told_of(home)[1:] == ["Bob in room (2): kim: last"], told_of(home)
        assert home.client().all("chat", chat=ROOM)[0]["mentions"] == 2
        # what is read already mentions nobody any more who looks at a screen
        screen.send("read", account="work", chat=ROOM, time=screen.see("message", text="kim: last")["time"])
        screen.see("read", chat=ROOM)
        screen.command(f"/msg work/{ALICE} on")
        assert screen.see("message", text="two, kim")["mention"]
        screen.see("message", text="end")
        wait_for(lambda: len(told_of(home)) > 2, "the last notification")
        assert told_of(home)[2:] == [f"{ALICE}: end"], told_of(home)


def test_what_was_taken_back_is_not_unread():
    with Home() as home:
        told = os.path.join(home.path, "told")
        home.setting("kith", "notify_command", f"sh -c 'echo \"$KITH_TITLE: $KITH_TEXT\" >> {told}'")
        home.account("work", "replay", "me@example.org", enabled="no", script=[
            "online", message("one", sender_id="1"), message("two", sender_id="2"), "sync", message("", sender_id="3", type="retraction", target="2"), "sync",
            in_room("kim me", sender_id="1", archive_id="a"), "sync", in_room("spam", "Mod", type="moderation", target="a"), "sync",
            message("only", "c@x", sender_id="5"), "sync", message("ONLY", "c@x", sender_id="6", type="correction", target="5"), expect(kind="send", text="go"),
            message("", sender_id="4", type="retraction", target="1")])
        screen = attach(home)
        screen.see("message", text="only")
        screen.see("message", text="ONLY")
        wait_for(lambda: os.path.exists(told) and len(told_of(home)) == 2, "two notifications")
        assert sorted(told_of(home)) == [f"{ALICE}: one", "c@x: ONLY"], told_of(home)
        assert screen.see("chat", chat=ALICE, unread=1) and not home.client().all("chat", chat=ROOM)[0].get("unread")
        screen.command(f"/msg work/{ALICE} go")
        screen.see("message", retracted=True, own_id=None, sender_id="1")
        wait_for(lambda: rows(home, "SELECT unread FROM chat WHERE unread > 0") == [(1,)], "only one chat is unread")


run(globals())
