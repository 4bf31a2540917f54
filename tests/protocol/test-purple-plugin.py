#!/usr/bin/env python3
"""kith-purple with a plugin of our own (tests/purple-plugin): everything that libpurple asks and tells, and what a bad plugin does."""
import json
import os
import subprocess
import sys

sys.dont_write_bytecode = True

from purpletest import PROGRAM, Backend, need_purple, plugin, plugin_directory, run_order as order  # noqa: E402
from tap import run  # noqa: E402


def hears(b, text, timeout=30):
    """What the oracle says."""
    return b.expect("message", chat="oracle", text=text, timeout=timeout)


def answer(b, card, **fields):
    reply = b.ask("answer", card=card["card"], **fields)
    assert reply["kind"] == "done", reply
    assert card["card"] not in b.cards
    return reply


def fields_of(b, card):
    return {m["field"]: m for m in b.lines if m["kind"] == "card_field" and m["card"] == card["card"]}


def test_the_list_of_protocols():
    need_purple()
    program = os.path.join(os.environ.get("KITH_LIBEXEC", "."), PROGRAM)
    lines = [json.loads(line) for line in subprocess.run([program, "--protocols", plugin_directory()], stdout=subprocess.PIPE, check=True, timeout=60).stdout.splitlines()]
    protocols = {m["protocol"]: m for m in lines if "protocol" in m}
    assert {"irc", "jabber", "simple", "bonjour", "gg", "novell", "meanwhile", "zephyr", "test"} <= set(protocols)
    assert protocols["test"]["address"] == "NAME@SERVER" and protocols["test"]["password"] == "optional"
    assert protocols["irc"]["network"].startswith("alive") and all(m["network"] for m in protocols.values())
    options = {m["option"]: m for m in lines if m.get("of") == "test" and "option" in m}
    assert options["login"]["type"] == "choice" and options["login"]["choices"] == ["now", "never", "refuse", "abort"]
    assert options["token"]["type"] == "secret" and options["port"]["standard"] == "7" and options["tls"]["standard"] == "yes"
    assert all("block" in m["can"] for m in protocols.values()) and "contacts" in protocols["zephyr"]["can"]
    with plugin() as b:
        assert set(protocols["test"]["can"]) - {"register"} <= set(b.connect(None)["can"])
    without = subprocess.run([program, "--protocols"], stdout=subprocess.PIPE, check=True, timeout=60).stdout
    assert b"prpl-kith-test" not in without


def test_a_directory_of_plugins_that_is_not_fit():
    need_purple()
    for directory, text in (("/nowhere/plugins", 'there is no such directory of plugins: "/nowhere/plugins"'),
                            ("/tmp", 'others can write there, so no plugin is loaded from it: "/tmp"')):
        with Backend(PROGRAM, account="test", protocol="test", address="me@test.example", settings=[f"plugin_dir={directory}"]) as b:
            b.send("connect")
            assert b.expect("state", state="error", reason="settings")["text"] == text


def test_requests():
    with plugin() as b:
        b.connect(None)
        order(b, "request input")
        card = b.expect("card")
        assert card["card_kind"] == "input" and card["title"] == "A question" and card["value"] == "the & start" and card["address"] == "bob", card
        assert card["text"] == "What is it?\nSay <b>what</b>." and card["choices"] == ["Cancel", "Yes please"], card
        answer(b, card, text="it is <this> & that")
        hears(b, "answer: it is <this> & that")
        order(b, "request input")
        answer(b, b.expect("card"))                     # closed without an answer
        hears(b, "cancelled")
        order(b, "request masked")
        card = b.expect("card", card_kind="password")
        assert "never shown" not in json.dumps(card)
        answer(b, card, text="hunter2")
        hears(b, "answer: hunter2")
        order(b, "request choice")
        card = b.expect("card", card_kind="choice")
        assert card["choices"] == ["Cancel", "Ten", "Twenty", "Thirty"], card
        assert b.ask("answer", card=card["card"], choice="Forty")["kind"] == "error"
        card = b.expect("card")                         # it is asked anew
        answer(b, card, choice="Twenty")
        hears(b, "answer: 20")
        order(b, "request choice")
        answer(b, b.expect("card"), choice="Cancel")
        hears(b, "cancelled")
        order(b, "request action")
        card = b.expect("card")
        assert card["choices"] == ["Cancel", "Do it", "Later"] and card["text"] == "Do it?\nIt can't be undone.", card
        answer(b, card, choice="Do it")
        hears(b, "answer: 0")
        order(b, "request action")
        answer(b, b.expect("card"))                     # closing is the safe choice
        hears(b, "answer: 2")
        order(b, "request icon")
        answer(b, b.expect("card", choices=["No", "Yes"]), choice="Yes")
        hears(b, "answer: 1")


def test_a_form():
    with plugin() as b:
        b.connect(None)
        order(b, "request fields")
        card = b.expect("card", card_kind="form")
        fields = fields_of(b, card)
        assert {name: f["type"] for name, f in fields.items()} == {
            "part-1": "label", "hint": "label", "name": "text", "secret": "secret", "age": "number", "flag": "yesno", "choice": "choice", "list": "choices",
            "account": "label", "image": "label"}, fields
        assert fields["part-1"]["label"] == "The first part" and fields["account"]["label"] == "Account: me@test.example", fields
        assert fields["name"]["required"] and fields["choice"]["value"] == "one" and fields["list"]["value"] == "green" and fields["flag"]["value"] == "yes"
        assert fields["choice"]["choices"] == ["zero", "one", "two"] and "value" not in fields["secret"], fields
        # the hub answers without waiting: what was wrong with it is told, and the form comes again
        b.send("answer", card=card["card"], values=["name=Z", "age=old"])
        assert b.expect("notice", failure=True)["text"] == 'the question is still open: "Age" is not a number'
        card = b.expect("card", card_kind="form")
        assert fields_of(b, card)["name"]["value"] == "Z", "what was typed stands in the form that comes again"
        for values, text in ((["age=old"], '"Age" is not a number'), (["name="], '"Name" must be filled in'), (["flag=perhaps"], '"Flag" is yes or no'),
                             (["name=Y", "choice=four"], '"Choice" is none of: zero, one, two'), (["name=Y", "list=red\npink"], '"List" is none of: red, green, blue'),
                             (["hint=x"], 'the form has no field "hint"; it has name, secret, age, flag, choice, list'),
                             (["nmae=Zoe"], 'the form has no field "nmae"; it has name, secret, age, flag, choice, list')):
            assert b.ask("answer", card=card["card"], values=values)["text"] == text
            card = b.expect("card")
        answer(b, card, values=["age=8"])                          # nothing of what was refused counts
        assert hears(b, lambda t: t.startswith("answer: "))["text"] == "answer: nobody never shown 8 1 1 +G"
        order(b, "request fields")
        card = b.expect("card", card_kind="form")
        answer(b, card, values=["name=Zoë", "secret=s=1", "age=33", "flag=no", "choice=two", "list=red\nblue"])
        m = hears(b, lambda t: t.startswith("answer: "))
        assert m["text"] == "answer: Zoë s=1 33 0 2 +R+B", m
        order(b, "request fields")
        answer(b, b.expect("card", card_kind="form"))
        hears(b, "cancelled")


def test_files_directories_and_closing():
    with plugin() as b:
        b.connect(None)
        order(b, "request file save")
        path = hears(b, lambda t: t.startswith("answer: "))["text"][8:]
        assert os.path.dirname(path) == os.path.join(b.directory, "files") and os.path.exists(path), path
        assert "/" not in os.path.basename(path) and "\n" not in path and not os.path.basename(path).startswith("."), path
        order(b, "request file open")
        card = b.expect("card", card_kind="input")
        assert f'in "{b.directory}/files"' in card["text"], card
        for name, why in (("/no/such/file", "No such file or directory"), ("picture.png", "No such file or directory")):
            text = b.ask("answer", card=card["card"], text=name)["text"]
            assert text.startswith(f'{why}: "') and text.endswith(f'; the account reads only what is in "{b.directory}/files"'), text
        with open(os.path.join(b.directory, "files", "picture.png"), "w"):
            pass
        answer(b, b.expect("card", card_kind="input"), text="picture.png")
        hears(b, f"answer: {b.directory}/files/picture.png")
        order(b, "request folder")
        card = b.expect("card", card_kind="input")
        assert card["value"] == f"{b.directory}/files", card
        answer(b, card, text=card["value"])
        hears(b, f"answer: {b.directory}/files")
        order(b, "request folder")
        answer(b, b.expect("card", card_kind="input"))
        hears(b, "cancelled")
        order(b, "request action")
        card = b.expect("card")
        order(b, "request close")
        hears(b, "closed")
        b.wait(lambda: card["card"] not in b.cards, "the card to go")
        assert b.ask("answer", card=card["card"], choice="Do it")["text"] == "that question is no longer open"


def test_who_may_see_us():
    with plugin() as b:
        b.connect(None)
        order(b, "request authorise carol")
        card = b.expect("card", card_kind="subscription")
        assert card["address"] == "carol" and card["title"] == "Carol C. wants to see when you are online" and card["choices"] == ["deny", "allow"], card
        answer(b, card, choice="allow")
        hears(b, "allowed")
        order(b, "request authorise dave")
        card = b.expect("card", card_kind="subscription")
        assert b.ask("allow", address="dave")["kind"] == "done"
        hears(b, "denied")
        order(b, "contact added erin")
        assert b.expect("notice")["text"] == "erin has added you to their contact list: hello"


def test_notifications():
    with plugin() as b:
        b.connect(None)
        order(b, "notify info")
        assert b.expect("notice")["text"] == "All is well: Nothing to do"
        hears(b, "seen")
        order(b, "notify error")
        assert b.expect("notice", failure=True)["text"] == "It broke: It can be mended"
        order(b, "notify email")
        card = b.expect("card", card_kind="notice")
        assert card["title"] == "new mail" and card["text"] == "carol@mail.example: Hello & welcome https://mail.example/1", card
        answer(b, card)
        hears(b, "seen")
        order(b, "notify emails")
        card = b.expect("card", card_kind="notice")
        assert card["title"] == "2 new mails" and card["details"] == ["carol: One https://mail.example/1", "dave: Two"], card
        order(b, "notify formatted")
        card = b.expect("card", card_kind="notice")
        assert card["title"] == "Rules" and "be kind" in card["text"] and "no <spam>" in card["text"] and "<li>" not in card["text"], card
        order(b, "notify uri")
        card = b.expect("card", card_kind="notice")
        assert card["text"] == "https://login.example/?token=1", card
        order(b, "notify about carol")
        card = b.expect("card", card_kind="notice")
        assert card["title"] == "about carol" and "Town: Köln" in card["text"], card
        # asked for, it is the answer
        assert "Name: echo" in b.ask("info", address="echo")["text"]


def test_search_results():
    with plugin() as b:
        b.connect(None)
        order(b, "notify results")
        card = b.expect("card", card_kind="form")
        assert card["title"] == "Found" and card["details"] == ["2 found", "Name · Town", "carol · Bonn", "dave · Köln"] and card["choices"] == ["close", "add", "Poke"], card
        assert fields_of(b, card)["row"]["choices"] == ["carol · Bonn", "dave · Köln"]
        order(b, "notify results erin")
        card = b.expect("card", card_kind="form")
        assert fields_of(b, card)["row"]["choices"][-1] == "erin · nowhere", card
        assert b.ask("answer", card=card["card"], choice="Kick", values=["row=erin · nowhere"])["text"] == "that is not one of the choices"
        assert b.ask("answer", card=card["card"], choice="Poke", values=["row=frank"])["text"] == "there is no such row"
        answer(b, card, choice="Poke", values=["row=erin · nowhere"])
        hears(b, "chosen: erin")
        # rows that look the same, more of them than anybody reads, and a next page
        order(b, "notify pages 10000")
        card = b.expect("card", card_kind="form")
        rows = fields_of(b, card)["row"]["choices"]
        assert card["details"][0] == "the first 250 of 10000; search for more words to find the others" and len(set(rows)) == 250, card
        before = len(b.lines)
        assert b.ask("answer", card=card["card"], choice="continue")["kind"] == "done"
        again = next(m for m in b.lines[before:] if m["kind"] == "card")
        assert again["card"] == card["card"] and again["details"][0] == "3 found", again
        before = len(b.messages)
        answer(b, again, choice="Poke", values=["row=twin · 3 (row 2)"])
        order(b, "connection step still here")
        b.expect("message_state", own_id=f"order-{b.orders}", state="sent")
        assert [m["text"] for m in b.messages[before:] if m["direction"] == "in"] == ["chosen: twin"], "each answer is one"


def test_a_form_that_fits_no_line():
    with plugin() as b:
        b.connect(None)
        order(b, "request wild")
        card = b.expect("card", card_kind="form")
        fields = fields_of(b, card)
        assert list(fields) == ["part-1", "field-1", "field-2", "field-3", "x", "field-5", "large", "fixed", "choice"], list(fields)
        assert fields["large"]["type"] == "label" and fields["fixed"]["label"] == "Fixed: as it is" and len(fields["choice"]["choices"]) <= 256
        assert all(len(json.dumps(m)) < 200000 for m in (card, *fields.values())) and len(card["choices"]) == 2, "none is lost"
        answer(b, card, values=["field-2=zwei", "x=vier", "field-5=fünf"], choice=card["choices"][1])
        hears(b, "answer: one:3 zwei:4 three:5 vier:4 fünf:5 wwwwwwwwww:500000 as it is:8")
        order(b, "request wild 400")
        card = b.expect("card", card_kind="form")
        fields = fields_of(b, card)
        assert len(fields) == 252 and fields["more"]["label"] == "150 more fields are not shown and stay as they are", len(fields)
        answer(b, card, values=["f249=last"], choice=card["choices"][1])
        assert " last:4 f250:4 " in hears(b, lambda t: t.startswith("answer: f0:2"))["text"]


def test_somebody_is_proposed():
    with plugin() as b:
        b.connect(None)
        order(b, "contact propose gina")
        card = b.expect("card", card_kind="form")
        fields = fields_of(b, card)
        assert {n: f.get("value") for n, f in fields.items()} == {"address": "gina", "name": "Somebody", "group": "Found", "words": None}, fields
        assert b.ask("answer", card=card["card"], values=["address="])["text"] == '"Address" must be filled in'
        answer(b, b.expect("card"), choice="add", values=["address=gina", "name=Gina", "words=hello"])
        hears(b, "added: gina to Found with hello")
        b.wait(lambda: b.contacts.get("gina", {}).get("name") == "Gina")
        order(b, "contact wants fay")
        card = b.expect("card", card_kind="form")
        assert card["title"] == "Fay F. (fay) has added you; add them too?" and card["text"] == "hello", card
        answer(b, card)
        assert "fay" not in b.contacts


def items(b, kind, **fields):
    """The items of a list, and the answer."""
    before = len(b.lines)
    reply = b.ask(kind, **fields)
    return [m for m in b.lines[before:] if m["kind"] == "item" and m["request"] == b.request], reply


def test_contacts():
    with plugin() as b:
        b.connect(None)
        b.wait(lambda: {"oracle", "echo"} <= set(b.contacts))
        assert b.contacts["echo"]["groups"] == ["Test"]
        order(b, "contact alias Echo the server's")
        b.wait(lambda: b.contacts["echo"].get("name") == "Echo the server's")
        order(b, "contact presence at <b>lunch</b>")
        b.wait(lambda: b.presences["echo"]["presence"] == "away" and b.presences["echo"]["status"] == "at lunch")
        order(b, "contact mood happy")
        b.wait(lambda: b.presences["echo"].get("status") == "at lunch · happy (because)")
        order(b, "contact mood")
        order(b, "contact presence")
        b.wait(lambda: b.presences["echo"]["presence"] == "online" and "status" not in b.presences["echo"])
        order(b, "contact idle 5")
        b.wait(lambda: b.presences["echo"]["presence"] == "away" and b.presences["echo"].get("status", "").startswith("idle since "))
        order(b, "contact idle")
        b.wait(lambda: b.presences["echo"]["presence"] == "online")
        assert b.ask("contact_add", address="carol", name="Carol", groups=["Pals"], text="it's me")["kind"] == "done"
        hears(b, "added: carol to Pals with it's me")
        hears(b, "alias: carol Carol")
        assert b.ask("contact_set", address="carol", name="Caro", groups=["Work"])["kind"] == "done"
        hears(b, "moved: carol from Pals to Work")
        hears(b, "alias: carol Caro")
        b.wait(lambda: b.contacts["carol"]["groups"] == ["Work"] and b.contacts["carol"]["name"] == "Caro")
        assert b.ask("contact_add", address="carol")["kind"] == "done"      # once more: nothing is lost
        assert b.contacts["carol"]["groups"] == ["Work"] and b.contacts["carol"]["name"] == "Caro"
        assert b.ask("contact_remove", address="carol")["kind"] == "done"
        hears(b, "removed: carol from Work")
        order(b, "contact typing")
        b.expect("typing", chat="echo", typing="composing")
        b.send("typing", chat="echo", typing="composing")
        hears(b, "typing: echo 1")
        b.send("show", presence="away", status="back <soon>")
        hears(b, lambda t: t.startswith("status: away back"))
        b.send("idle", idle=True)
        hears(b, "idle")


def test_contacts_that_fit_no_line():
    with plugin() as b:
        b.connect(None)
        order(b, "contact wild")
        hears(b, "that was wild")
        assert {"bytes", "grouped", "many"} <= set(b.contacts) and len(b.contacts) == 5, list(b.contacts)
        assert len(b.contacts["many"]["groups"]) == 64 and len(b.contacts["many"]["name"]) == 1000
        assert len(b.contacts["grouped"]["groups"][0]) < 8192 and len(b.presences["many"]["status"]) < 8192
        assert b.presences["bytes"]["presence"] == "away"


def test_blocking():
    with plugin() as b:
        b.connect(None)
        assert items(b, "blocked")[1]["text"] == "nobody is blocked"
        assert b.ask("block", address="echo", block=True)["kind"] == "done"
        hears(b, "blocked: echo")
        assert [m["address"] for m in items(b, "blocked")[0]] == ["echo"]
        b.send("send", chat="echo", own_id="e1", text="is there an echo?")
        b.wait(lambda: b.states.get("e1") == "sent")
        order(b, "contact typing")
        b.wait(lambda: "echo" in b.keep.get("blocked", ""))
        # after a restart too
        b.kill()
        b.start()
        b.connect(None)
        assert [m["address"] for m in items(b, "blocked")[0]] == ["echo"]
        assert b.ask("block", address="echo")["kind"] == "done"
        hears(b, "unblocked: echo")
        b.send("send", chat="echo", own_id="e2", text="and now?")
        b.expect("message", chat="echo", text="and now?")
        assert not b.has("message", text="is there an echo?", direction="in") and "blocked" not in b.keep


def test_menus():
    with plugin() as b:
        b.connect(None)
        assert [m["name"] for m in items(b, "actions")[0]] == ["Change Password...", "Refresh"]
        assert b.ask("action", name="2")["kind"] == "done"
        hears(b, "account action: Refresh")
        assert b.ask("action", name="change password")["kind"] == "done"
        answer(b, b.expect("card", card_kind="input"), text="new")
        assert [m["name"] for m in items(b, "actions", address="echo")[0]] == ["Poke", "Push / Softly", "Push / Hard"]
        assert b.ask("action", address="echo", name="push / hard")["kind"] == "done"
        hears(b, "contact action: hard echo")
        assert b.ask("action", address="echo", name="9")["text"] == 'there is no such action: "9"; /actions lists them'
        assert items(b, "actions", address="nobody")[1]["text"] == "that is no contact of this account"


def test_commands_of_the_network():
    with plugin() as b:
        b.connect(None)
        listed, reply = items(b, "network_command")
        assert {"name": "dance", "text": "dance <how>: Dances so."}.items() <= next(m for m in listed if m["name"] == "dance").items(), listed
        assert b.ask("network_command", line="dance well & long", chat="echo")["kind"] == "done"
        hears(b, "danced: well & long in echo")
        assert b.ask("network_command", line="dance badly")["text"] == "Nobody dances badly here."
        assert b.ask("network_command", line="sing")["text"].startswith("there is no such command")


def test_rooms_by_form():
    with plugin() as b:
        b.connect(None)
        reply = b.ask("join", chat="kitchen")
        assert reply["kind"] == "done" and "question" in reply["text"], reply
        card = b.expect("card", card_kind="form")
        fields = fields_of(b, card)
        assert card["title"] == 'entering "kitchen"' and list(fields) == ["room", "team", "floor", "key"], fields
        assert fields["room"]["value"] == "kitchen" and fields["floor"]["type"] == "number" and fields["key"]["type"] == "secret"
        assert b.ask("answer", card=card["card"], values=["team="])["text"] == '"Team" must be filled in'
        assert b.ask("answer", card=card["card"], values=["team=blue", "floor=12"])["text"] == '"Floor" is a number from 1 to 9'
        answer(b, card, values=["team=blue", "floor=2", "key=hush"])
        hears(b, "joined: kitchen blue")
        b.wait(lambda: b.rooms.get("kitchen", {}).get("joined"))
        assert {n: (o["role"], o["affiliation"]) for n, o in b.occupants["kitchen"].items()} == {
            "me": ("none", "none"), "carol": ("moderator", "owner"), "dave": ("participant", "none")}
        b.wait(lambda: "blue" in b.keep["room-forms"])
        assert "hush" not in json.dumps(b.keep)
        order(b, "room roles kitchen")
        b.wait(lambda: b.occupants["kitchen"]["dave"]["role"] == "moderator")
        order(b, "room whisper kitchen")
        m = b.expect("message", chat_kind="private")
        assert m["chat"] == "kitchen/dave" and m["text"] == "psst", m
        b.send("send", chat="kitchen/dave", chat_kind="private", own_id="w1", text="psst & hush")
        hears(b, lambda t: t.startswith("whispered: dave psst"))
        # the next time nothing is asked, by whomever
        b.kill()
        b.start()
        b.connect(None)
        b.send("join", chat="kitchen")
        hears(b, "joined: kitchen blue")
        b.send("join", chat="cellar")
        assert b.expect("room", chat="cellar")["text"] == 'this is not the name of a room here: "cellar" (Team is missing)'
        assert b.ask("join", chat="#any")["kind"] == "done"


def test_the_list_of_rooms():
    with plugin() as b:
        b.connect(None)
        found, reply = items(b, "room_list")
        assert [(m["address"], m.get("text"), m.get("number")) for m in found] == [
            ("#water", None, 1), ("#tea", "about tea", 3), ("#coffee", "about coffee & cake", 12)], found
        assert reply["text"] == "3 of 3 rooms"
        found, reply = items(b, "room_list", words="CAKE")
        assert [m["address"] for m in found] == ["#coffee"] and reply["text"] == "1 of 3 rooms", found


def test_invitations_and_attention():
    with plugin() as b:
        b.connect(None)
        order(b, "room invite #party")
        card = b.expect("card", card_kind="invitation")
        assert card["address"] == "#party", card
        answer(b, card)
        hears(b, "rejected: #party")
        order(b, "room invite #party")
        card = b.expect("card", card_kind="invitation")
        answer(b, card, choice=card["choices"][-1])
        hears(b, "joined: #party blue")
        b.wait(lambda: b.rooms.get("#party", {}).get("joined"))
        order(b, "contact attention")
        m = b.expect("message", text="asks for your attention")
        assert m["type"] == "event" and m["mention"] and m["chat"] == "oracle", m
        assert b.ask("attention", chat="oracle")["kind"] == "done"
        hears(b, "attention: oracle 0")


def offer(b, words):
    order(b, words)
    return b.expect("transfer", state="offered")


def test_files():
    with plugin() as b:
        b.connect(None)
        assert "files" in b.state["can"]
        t = offer(b, "file offer 300000 ../évil\tname.txt")
        assert t["chat"] == "oracle" and t["size"] == 300000 and t.get("direction", "in") == "in" and not b.cards, t
        path = os.path.join(b.directory, "taken")
        assert b.ask("file_take", transfer=t["transfer"], path=path)["kind"] == "done"
        done = b.expect("transfer", state="done")
        assert done["moved"] == 300000 and os.path.getsize(path) == 300000
        assert b.has("transfer", state="active")
        assert b.ask("file_take", transfer=t["transfer"], path=path)["kind"] == "error"
        # refused, and taken back
        t = offer(b, "file offer 10 no thanks")
        b.send("file_cancel", transfer=t["transfer"])
        b.expect("transfer", state="cancelled")
        hears(b, "file denied: no thanks")
        t = offer(b, "file offer 10 changed my mind")
        order(b, "file withdraw")
        assert b.expect("transfer", transfer=t["transfer"], state="cancelled")["text"] == "the other side took it back"
        # given up while it stands still
        t = offer(b, "file stall 10 slowly")
        assert b.ask("file_take", transfer=t["transfer"], path=path + "2")["kind"] == "done"
        b.expect("transfer", state="active")
        b.send("file_cancel", transfer=t["transfer"])
        b.expect("transfer", state="cancelled")
        hears(b, "file cancelled: slowly")
        # out
        source = os.path.join(b.directory, "3f2a")
        with open(source, "wb") as file:
            file.write(b"x" * 100000)
        b.send("file_send", request=900, chat="echo", transfer="t1", path=source, name="Grüße von hier.txt", size=100000)
        hears(b, "file done: Grüße von hier.txt")
        done = b.expect("transfer", transfer="t1", state="done")
        assert done["direction"] == "out" and done["moved"] == 100000, done
        assert not os.path.exists(os.path.join(b.directory, "purple", "out", "t1"))
        for chat, kind, size, text in (("deaf", "chat", 5, "they can't take files now"), ("#x", "room", 5, "you are not in that room"),
                                       ("echo", "chat", 0, "this network carries no empty files")):
            assert b.ask("file_send", chat=chat, chat_kind=kind, transfer="t2", path=source, name="x", size=size)["text"] == text
        # into a room
        for room in ("kitchen", "deaf kitchen"):
            b.send("join", request=910, chat=room)
            answer(b, b.expect("card", card_kind="form"), values=["team=blue", "floor=2"])
            b.wait(lambda room=room: b.rooms.get(room, {}).get("joined"))
        b.send("file_send", request=902, chat="kitchen", chat_kind="room", transfer="t4", path=source, name="plan.txt", size=100000)
        hears(b, "file into kitchen")
        b.expect("transfer", transfer="t4", state="done")
        assert b.ask("file_send", chat="deaf kitchen", chat_kind="room", transfer="t5", path=source, name="x", size=5)["text"] == "that room takes no files now"
        # what libpurple writes of all this into the chats is told by the transfers already, and failed no message
        assert not b.has("notice") and "failed" not in b.states.values(), b.states
        with open(source, "wb") as file:
            file.write(b"x" * 5000000)                   # more than fits between the two ends
        b.send("file_send", request=901, chat="stall", transfer="t3", path=source, name="slow", size=5000000)
        b.expect("transfer", transfer="t3", state="active")
        b.send("disconnect")
        b.expect("transfer", transfer="t3", state="failed")


def test_a_file_that_can_t_be_read_or_written():
    with plugin() as b:
        b.connect(None)
        b.send("file_send", request=900, chat="echo", transfer="t1", path=os.path.join(b.directory, "gone"), name="gone", size=5)
        assert "No such file or directory" in b.expect("transfer", transfer="t1", state="failed")["text"]
        t = offer(b, "file offer 10 into a directory")
        assert b.ask("file_take", transfer=t["transfer"], path=b.directory)["kind"] == "done"
        assert "Is a directory" in b.expect("transfer", transfer=t["transfer"], state="failed")["text"]
        assert not b.has("notice"), [m for m in b.lines if m["kind"] == "notice"]


def private_kib(pid):
    """What it has written to; what it has only read counts as its own or not by whoever else runs."""
    with open(f"/proc/{pid}/smaps_rollup") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Private_Dirty:"))


def test_bad_texts():
    with plugin() as b:
        b.connect(None)
        order(b, "evil bytes")
        assert b.expect("message", chat="carol")["text"].startswith("bad ")
        order(b, "evil html")
        hears(b, "that was html")
        texts = [m["text"] for m in b.messages if m["chat"] == "carol"]
        assert texts[1] == "open" and "click (javascript:alert(1))" in texts and "shown" in texts and "plain" in texts, texts
        assert texts[-1] == "> " * 8 + "deep", texts[-1][:100]
        order(b, "evil big 10000000")
        hears(b, "that was 10000000")
        big = next(m["text"] for m in b.messages if m["chat"] == "carol" and m["text"].startswith("xxx"))
        assert 200000 < len(big) <= 262144
        order(b, "evil questions 300")
        b.wait(lambda: len(b.cards) >= 300)
        order(b, "connection step still here")
        b.expect("message_state", own_id=f"order-{b.orders}", state="sent")


def test_styled_words_both_ways():
    with plugin() as b:
        b.connect(None)
        b.send("send", chat="echo", own_id="s1", text="*bold* <b> _it_ &amp; `code`\n> no\u00e4 ~st~")
        m = b.expect("message", chat="echo")
        assert m["text"] == "bold <b> it &amp; `code`\n> no\u00e4 st", m
        assert m["markup"] == "b0-4 i9-11 c18-24 s31-33", m
        b.send("send", chat="echo", own_id="s2", text="/me *waves*")
        m = b.expect("message", chat="echo", type="action")
        assert m["text"] == "waves" and m["markup"] == "b0-5", m
        b.send("send", chat="echo", own_id="s3", text="2 * 3 and snake_case_name")
        m = b.expect("message", chat="echo", text="2 * 3 and snake_case_name")
        assert "markup" not in m, m
        # a room that sends everybody's words back, without the marks: they are no other words
        card = b.ask("join", chat="kitchen") and b.expect("card", card_kind="form")
        answer(b, card, values=["team=blue", "floor=2"])
        b.wait(lambda: b.rooms.get("kitchen", {}).get("joined"))
        b.send("send", chat="kitchen", chat_kind="room", own_id="s4", text="*strong* words")
        b.expect("message_state", own_id="s4", state="sent")
        order(b, "evil html")
        hears(b, "that was html")
        assert not [m for m in b.messages if m["chat"] == "kitchen" and m["type"] == "text"], b.messages
        assert [m["markup"] for m in b.messages if m["text"] == "open"] == ["b0-4 i0-4 u0-4"]


def test_a_refusal_in_the_middle_of_sending():
    with plugin() as b:
        b.connect(None)
        for own_id in ("r1", "r2"):
            b.send("send", chat="shy", own_id=own_id, text="are you there")
            assert b.expect("message_state", own_id=own_id)["error"] == "shy hides"
        b.send("send", chat="echo", own_id="r3", text="you are")
        b.expect("message_state", own_id="r3", state="sent")
        assert not b.has("notice") and [m["state"] for m in b.lines if m["kind"] == "message_state"] == ["failed", "failed", "sent"]


def test_memory_stays_flat():
    """Floods small enough that what waits for this reader is the same every time."""
    with plugin(env={"KITH_NO_CONFINE": "1"}) as b:
        b.connect(None)

        def flood(times):
            for _ in range(times):
                order(b, "evil flood 1000")
                hears(b, "that was a flood", 120)
                b.messages.clear()
            return private_kib(b.process.pid)

        before = flood(100)
        after = flood(200)
        assert after - before < 1024, (before, after)


def test_a_leak_ends_the_process():
    with plugin("memory_limit=160") as b:
        b.connect(None)
        order(b, "evil leak 400")
        assert b.process.wait(30) == 77


def test_the_login_ends():
    with plugin("login=refuse") as b:
        b.send("connect")
        assert b.expect("state", state="error", reason="password")["text"] == 'the server refused the name or the password of "me@test.example"'
    with plugin("login=never", "login_timeout=1") as b:
        b.send("connect")
        b.expect("state", state="offline", reason="timeout")
        b.send("connect")
        b.expect("state", state="connecting")


def test_a_login_that_is_over_has_no_time_limit():
    with plugin("login=now", "login_timeout=1") as b:
        b.connect("secret")
        order(b, "evil block 2")
        b.expect("message", text="awake")
        assert b.ask("actions")["kind"] == "done"
        assert b.state["state"] == "online", b.state


run(globals())
