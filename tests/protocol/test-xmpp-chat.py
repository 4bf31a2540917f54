#!/usr/bin/env python3
"""kith-xmpp: words from one to one, contacts, and what strangers try, against Prosody and another client."""
import re
import sys

sys.dont_write_bytecode = True

from xmpptest import now, run, say, server, state_of, xmpp  # noqa: E402

FRIENDS = ("alice:secret:bob=Bob@@Friends", "bob:secret:alice", "mallory:secret")


def settled(backend):
    """The presence has gone out and come back: the server knows all that was sent before."""
    answer = backend.ask("info", address="kith.test")
    assert answer["kind"] == "done", answer
    return backend


def test_messages_with_receipts_typing_and_actions():
    with server(*FRIENDS) as there, there.peer("bob", "--receipts") as bob, xmpp(there, "alice") as alice:
        assert alice.connect("secret", status="here")["nick"] == "alice"
        bob.expect("presence from~^alice@ status=here")
        settled(alice)
        say(alice, "bob@kith.test", "hello <&> \u00e9\u0001", "a1-0123456789abcdef")
        got = bob.expect("message kind=chat")
        assert got["text"] == "hello <&> \u00e9" and got["id"] == "a1-0123456789abcdef" and got["state"] == "active", got
        state_of(alice, "a1-0123456789abcdef", "delivered")
        say(alice, "bob@kith.test", "waves", "a2-0123456789abcdef", type="action")
        bob.expect('message text="/me waves"')

        bob.do("ask alice@kith.test /me nods")
        message = alice.expect("message", type="action", text="nods")
        assert message["direction"] == "in" and message["from"] == "bob@kith.test" and message["archive_id"], message
        bob.expect("message receipt~.")
        bob.do("state alice@kith.test composing")
        alice.expect("typing", chat="bob@kith.test", typing="composing")
        bob.do("state alice@kith.test active")
        alice.expect("typing", chat="bob@kith.test", typing="stopped")
        alice.send("typing", chat="bob@kith.test", typing="composing")
        bob.expect("message state=composing")


def test_a_receipt_waits_until_the_message_is_stored():
    with server(*FRIENDS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        settled(alice)
        alice.hold_commits = True
        bob.do("ask alice@kith.test once stored")
        alice.expect("message", text="once stored")
        bob.do("ping kith.test")
        bob.do("refuse message receipt~.")
        alice.release_commits()
        bob.expect("message receipt~.")


def test_an_error_is_shown_on_its_message():
    with server(*FRIENDS) as there, xmpp(there, "alice") as alice:
        alice.connect("secret")
        say(alice, "nobody@kith.test", "is there", "e1-0123456789abcdef")
        failed = alice.expect("message_state", state="failed", own_id="e1-0123456789abcdef")
        assert failed["chat"] == "nobody@kith.test" and failed["error"], failed
        say(alice, "a b@c/d e@f", "to nobody", "e2")
        failed = alice.expect("message_state", state="failed", own_id="e2")
        assert failed["error"] == '"a b@c/d e@f" is not an address', failed


def test_other_devices_are_seen():
    with server(*FRIENDS) as there, there.peer("bob") as bob, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        settled(alice)
        phone.do("send bob@kith.test from the phone")
        sent = alice.expect("message", text="from the phone")
        assert sent["direction"] == "out" and sent["chat"] == "bob@kith.test" and sent["own_id"], sent
        device = bob.expect("message text=\"from the phone\"")["from"]
        bob.do(f"send {device} to the phone only")
        received = alice.expect("message", text="to the phone only")
        assert received["direction"] == "in" and received["chat"] == "bob@kith.test", received
        say(alice, "bob@kith.test", "from here", "c1-0123456789abcdef")
        bob.expect('message text="from here"')
        state_of(alice, "c1-0123456789abcdef", "sent")
        assert not alice.has("message", text="from here")


def test_a_line_that_nobody_looks_at_is_quiet():
    """XEP-0352: the server holds back what can wait, and gives it when somebody looks again."""
    with server(*FRIENDS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        settled(alice)
        alice.wait(lambda: alice.presences.get("bob@kith.test", {}).get("presence") == "online", "bob to be online")
        alice.send("idle", idle=True)
        alice.ask("info", address="kith.test")

        def held(n):
            for _ in range(n):
                bob.do("ping kith.test")
            bob.do(f"presence away n{n}")
            bob.do("ping kith.test")
            return not alice.has("presence", status=f"n{n}")
        # what we acknowledge lets the next one through, and so on without end, unless there is time enough between them
        last = next((f"n{n}" for n in range(100) if held(n)), None)
        assert last, "everything came at once"
        alice.send("idle", idle=False)
        alice.expect("presence", status=last)


def test_contacts_and_subscriptions():
    with server("alice:secret", "bob:secret") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.expect("contacts_done")
        assert alice.ask("contact_add", address="Bob@Kith.Test", name="Bob", groups=["Friends", "Chess"])["kind"] == "done"
        alice.wait(lambda: alice.contacts.get("bob@kith.test", {}).get("asked"), "the request to be noted")
        assert sorted(alice.contacts["bob@kith.test"]["groups"]) == ["Chess", "Friends"]
        bob.expect("presence kind=subscribe from=alice@kith.test")
        bob.do("subscribed alice@kith.test")
        alice.wait(lambda: alice.contacts["bob@kith.test"]["subscription"] == "to", "to see bob")
        alice.wait(lambda: alice.presences.get("bob@kith.test", {}).get("presence") == "online", "bob to be online")
        bob.do("presence away lunch")
        alice.expect("presence", address="bob@kith.test", presence="away", status="lunch")

        bob.do("subscribe alice@kith.test")
        card = alice.expect("card", card_kind="subscription", address="bob@kith.test")
        assert card["choices"] == ["refuse", "allow"], card
        assert alice.ask("answer", card=card["card"], choice="allow")["kind"] == "done"
        alice.wait(lambda: alice.contacts["bob@kith.test"]["subscription"] == "both", "both")
        assert not alice.cards
        alice.send("show", presence="dnd", status="busy")
        bob.expect("presence from~^alice@ show=dnd status=busy")
        assert alice.ask("allow", address="bob@kith.test")["kind"] == "done"
        alice.wait(lambda: alice.contacts["bob@kith.test"]["subscription"] == "to", "to again")
        assert alice.ask("contact_set", address="bob@kith.test", name="Robert", groups=[])["kind"] == "done"
        alice.wait(lambda: alice.contacts["bob@kith.test"].get("name") == "Robert", "the new name")
        assert alice.ask("contact_remove", address="bob@kith.test")["kind"] == "done"
        alice.expect("contact_gone", address="bob@kith.test")
        assert alice.ask("contact_remove", address="bob@kith.test")["text"] == '"bob@kith.test" is not in the contact list'
        assert alice.ask("contact_add", address="@")["text"] == '"@" is not an address'


def test_the_contact_list_is_read_once():
    with server(*FRIENDS) as there, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.expect("contacts_done")
        alice.send("disconnect")
        alice.expect("state", state="offline")
        assert alice.end() == 0
        alice.contacts.clear()
        alice.start()
        alice.connect("secret")
        settled(alice)
        assert "bob@kith.test" not in alice.contacts, "the whole list was sent again"
        phone.do("roster-add carol@kith.test Carol")
        alice.expect("contact", address="carol@kith.test", name="Carol")
        # what was read before still counts: bob may see us
        with there.peer("bob") as bob:
            bob.do("ask alice@kith.test here?")
            bob.expect("message receipt~.")


def test_presences_are_known_after_a_kill():
    with server(*FRIENDS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.wait(lambda: alice.presences.get("bob@kith.test", {}).get("presence") == "online", "bob to be online")
        settled(alice)
        alice.kill()
        alice.presences.clear()
        alice.start()
        assert not alice.connect("secret").get("resumed")
        alice.wait(lambda: alice.presences.get("bob@kith.test", {}).get("presence") == "online", "bob to be online again")
        bob.do("logout")
        alice.wait(lambda: alice.presences["bob@kith.test"]["presence"] == "offline", "bob to be offline")


def blocked(backend):
    answer = backend.ask("blocked")
    assert answer["kind"] == "done", answer
    return {m["address"] for m in backend.lines if m["kind"] == "item" and m["request"] == answer["request"]}


def test_who_is_blocked_is_the_server_s_to_know():
    with server(*FRIENDS) as there, there.peer("bob") as bob, there.peer("mallory") as mallory, there.peer("alice") as phone, xmpp(there, "alice") as alice:
        alice.connect("secret")
        settled(alice)
        assert blocked(alice) == set() and alice.ask("blocked")["text"] == "nobody is blocked"
        assert alice.ask("block", address="Mallory@kith.test/somewhere", block=True)["text"] == "blocked"
        assert blocked(alice) == {"mallory@kith.test"}
        mallory.do("send alice@kith.test let me in")
        mallory.expect("message kind=error")
        bob.do("send alice@kith.test hello")
        alice.expect("message", text="hello")
        assert not alice.has("message", text="let me in")
        say(alice, "mallory@kith.test", "why", "b1-0123456789abcdef")
        failed = alice.expect("message_state", state="failed", own_id="b1-0123456789abcdef")
        known = there.name == "prosody"  # ejabberd 23.01 gives its own reason, in words
        assert failed["error"] == "you have blocked them; /unblock lets words through again" if known else "privacy list" in failed["error"], failed
        # Another device lets them through, which the server tells and wants answered.
        phone.do("iq alice@kith.test set <unblock xmlns='urn:xmpp:blocking'><item jid='mallory@kith.test'/></unblock>")
        assert blocked(settled(alice)) == set()
        mallory.do("send alice@kith.test thank you")
        alice.expect("message", text="thank you")
        refused = alice.ask("block", address="a b@c d", block=True)
        assert refused["kind"] == "error" and refused["text"] == '"a b@c d" is not an address', refused


def test_what_strangers_send_changes_nothing():
    own, forged = "alice@kith.test", "forged text"
    forward = f"<forwarded xmlns='urn:xmpp:forward:0'><message from='bob@kith.test/x' to='{own}' type='chat'><body>{forged}</body></message></forwarded>"
    with server(*FRIENDS) as there, there.peer("bob") as bob, there.peer("mallory") as mallory, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.expect("contacts_done")
        settled(alice)
        full = bob.expect("presence kind=available from~^alice@")["from"]
        for kind in ("received", "sent"):
            mallory.do(f"raw <message to='{full}'><{kind} xmlns='urn:xmpp:carbons:2'>{forward}</{kind}></message>")
        mallory.do(f"raw <message to='{full}'><result xmlns='urn:xmpp:mam:2' queryid='x' id='1'>{forward}</result></message>")
        refused = False
        try:
            mallory.do(f"iq {full} set <query xmlns='jabber:iq:roster'><item jid='evil@kith.test' subscription='both'/></query>")
        except AssertionError as e:
            refused = "service-unavailable" in str(e)
        assert refused, "the forged roster push was not refused"
        for payload in ("<query xmlns='jabber:iq:version'/>", "<query xmlns='jabber:iq:last'/>", "<x xmlns='urn:no:such'/>"):
            try:
                mallory.do(f"iq {full} get {payload}")
                raise SystemError("answered: " + payload)
            except AssertionError as e:
                assert "service-unavailable" in str(e), e
        # everything that a program might answer by itself
        mallory.do(f"raw <message to='{full}' type='chat' id='q1'><body>stranger</body><request xmlns='urn:xmpp:receipts'/>"
                   "<composing xmlns='http://jabber.org/protocol/chatstates'/><delay xmlns='urn:xmpp:delay' from='mallory@kith.test' stamp='1999-12-31T00:00:00Z'/></message>")
        got = alice.expect("message", text="stranger")
        assert not got.get("delayed") and not got.get("time"), got
        mallory.do(f"raw <message to='{full}' type='chat' id='q2'><body>future</body><delay xmlns='urn:xmpp:delay' from='kith.test' stamp='9999-01-01T00:00:00Z'/></message>")
        assert not alice.expect("message", text="future").get("time")
        mallory.do(f"raw <presence to='{own}' type='subscribed'/>")
        mallory.do(f"raw <message to='{full}' type='headline' id='q3'><body>end</body></message>")
        alice.expect("message", text="end")
        mallory.do("ping kith.test")
        for event in ("message receipt~.", "message state~.", "presence from~^alice@"):
            mallory.do("refuse " + event)
        assert not alice.has("typing") and "evil@kith.test" not in alice.contacts and "mallory@kith.test" not in alice.contacts
        assert not alice.has("message", text=forged)
        # a friend's requests are answered
        features = bob.do(f"disco {full}")["features"]
        for feature in ("urn:xmpp:receipts", "urn:xmpp:ping", "http://jabber.org/protocol/chatstates", "jabber:x:conference"):
            assert feature in features, features
        bob.do(f"ping {full}")


def test_wrong_password_and_unknown_host():
    with server(*FRIENDS) as there, xmpp(there, "alice") as alice:
        alice.send("connect", password="wrong", presence="online")
        state = alice.expect("state", state="error")
        assert state["reason"] == "password" and not state["text"].endswith("."), state
        alice.send("connect", password="secret", presence="online")
        alice.expect("state", state="online")
        info = alice.ask("info", address="bob@kith.test")["text"]
        assert re.search("subscription: both", info), info
    with server(*FRIENDS) as there, xmpp(there, "alice") as nowhere:
        nowhere.end()
        nowhere.settings[0] = "server=nosuch.invalid"
        nowhere.start()
        nowhere.send("connect", password="secret", presence="online")
        state = nowhere.expect("state", reason="host")
        assert "nosuch.invalid" in state["text"], state


def test_the_certificate_is_asked_about_once():
    with server(*FRIENDS) as there, xmpp(there, "alice") as alice:
        alice.end()
        alice.settings = [s for s in alice.settings if not s.startswith("ca_file")]
        alice.start()
        alice.send("connect", password="secret", presence="online")
        card = alice.expect("card", card_kind="certificate")
        assert card["choices"] == ["refuse", "accept"] and any(d.startswith("SHA-256: ") for d in card["details"]), card
        alice.ask("answer", card=card["card"], choice="refuse")
        assert alice.expect("state", state="error")["reason"] == "certificate"
        alice.send("connect", password="secret", presence="online")
        card = alice.expect("card", card_kind="certificate")
        alice.ask("answer", card=card["card"], choice="accept")
        if there.name == "ejabberd":
            # 23.01 offers channel binding on TLS 1.3 and can't do it; behind a certificate that nobody vouches for that is not put up with
            state = alice.expect("state", state="error")
            assert "Invalid channel binding" in state["text"], state
            return
        alice.expect("state", state="online")
        assert re.fullmatch("[0-9A-Fa-f:]+", alice.keep["pin"]), alice.keep
        alice.end()
        alice.start()
        alice.connect("secret")


def test_words_wait_for_the_connection():
    with server(*FRIENDS) as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        say(alice, "bob@kith.test", "early", "w1-0123456789abcdef")
        alice.connect("secret")
        bob.expect("message text=early")
        state_of(alice, "w1-0123456789abcdef", "sent")
        alice.send("disconnect", status="bye")
        bob.expect("presence kind=unavailable from~^alice@ status=bye")
        alice.expect("state", state="offline")
        bob.do("send alice@kith.test while away")
        alice.connect("secret")
        late = alice.expect("message", text="while away")
        assert late["delayed"] and abs(late["time"] - now()) < 60_000_000, late


run(globals())
