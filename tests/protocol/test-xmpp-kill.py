#!/usr/bin/env python3
"""kith-xmpp is killed with SIGKILL again and again, and loses and doubles nothing in either direction.

What the backend said before its death is all that the next one gets: its keepsakes, and the queued messages with their marks.
"""
import base64
import re
import socket
import ssl
import sys

sys.dont_write_bytecode = True

from xmpptest import now, on_prosody, run, server, xmpp  # noqa: E402

COUNT = 500
KILLS = 6


def resend(backend):
    """As the hub does with everything that is still queued."""
    for own_id, fields in backend.outbox.items():
        if own_id not in backend.states:
            mark = {"mark": backend.marks[own_id]} if own_id in backend.marks else {}
            backend.send("send", own_id=own_id, **fields, **mark)


def restart(backend):
    backend.kill()
    backend.start()
    come_again(backend)
    resend(backend)


def come_again(backend):
    backend.send("connect", password="secret", presence="online")
    wait_as_the_hub(backend, lambda: backend.state and backend.state["state"] == "online", "the account to be online")


def wait_as_the_hub(backend, condition, what):
    """Waits; connects again, as the hub does, when the connection is lost: Prosody 0.12.3 ends a resumed session whose connection before was
    cut inside a stanza."""
    def look():
        if backend.state and backend.state["state"] == "offline" and backend.state["reason"] != "none":
            backend.state = None
            backend.send("connect", password="secret", presence="online")
        return condition()
    return backend.wait(look, what, 90)                  # what is in doubt is looked for twice, after a login that may take its time


def received(backend):
    """The texts that came from others; our own come from the archive too, where the hub knows them by their ids."""
    return [m["text"] for m in backend.messages if m["direction"] == "in"]


def test_nothing_is_lost_or_doubled_over_kills():
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.outbox = {}
        alice.connect("secret")
        for part in range(KILLS):
            each = COUNT // KILLS + 1
            bob.do(f"flood alice@kith.test {each} in{part}")
            for i in range(each):
                own_id = f"out-{part}-{i}-0123456789abcdef"
                alice.outbox[own_id] = {"chat": "bob@kith.test", "text": f"out{part} {i + 1}", "time": now()}
                alice.send("send", own_id=own_id, **alice.outbox[own_id])
            # somewhere in the middle of all of it
            target = len(alice.states) + each // 2
            wait_as_the_hub(alice, lambda: len(alice.states) >= target or len(received(alice)) >= (part + 1) * each - each // 2, "half of it")
            restart(alice)
        total = KILLS * (COUNT // KILLS + 1)
        wait_as_the_hub(alice, lambda: len(alice.states) >= total, "all to be sent")
        wait_as_the_hub(alice, lambda: len(received(alice)) >= total, "all to be received")
        bob.expect(f'message text="out{KILLS - 1} {COUNT // KILLS + 1}"')
        texts = received(alice)
        assert sorted(texts) == sorted(f"in{p} {i + 1}" for p in range(KILLS) for i in range(each)), "inbound differs"
        assert set(alice.states.values()) == {"sent"}, alice.states
        bob.do("forget")
        # what bob's server keeps shows each of ours once
        answer = bob.do('iq bob@kith.test set <query xmlns="urn:xmpp:mam:2" queryid="q"><x xmlns="jabber:x:data" type="submit">'
                        '<field var="FORM_TYPE"><value>urn:xmpp:mam:2</value></field><field var="with"><value>alice@kith.test</value></field></x>'
                        '<set xmlns="http://jabber.org/protocol/rsm"><max>0</max></set></query>')
        count = int(re.search(r"count>(\d+)<", answer["xml"]).group(1))
        # a busy ejabberd takes in twice what it has called not arrived (test-cut.py); receivers know it by its id
        assert count == 2 * total or (there.name == "ejabberd" and count > 2 * total), f"the archive has {count} messages instead of {2 * total}"


def test_what_a_lost_session_had_is_read_from_the_archive():
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        bob.do("send alice@kith.test first")
        alice.expect("message", text="first")
        alice.kill()
        # the session still stands and gets this one; nobody will ever resume it
        bob.do("send alice@kith.test missed")
        alice.keep["session"] = alice.keep["session"].replace("resume-id=", "resume-id=x")
        alice.start()
        come_again(alice)
        got = alice.expect("message", text="missed")
        assert got["delayed"] and got["archive_id"], got
        bob.do("send alice@kith.test third")
        alice.expect("message", text="third")
        assert sorted(m["text"] for m in alice.messages) == ["first", "missed", "third"], alice.messages


def test_a_kill_before_the_commit_brings_the_messages_again():
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.outbox = {}
        alice.connect("secret")
        bob.do("send alice@kith.test one")
        alice.expect("message", text="one")
        alice.hold_commits = True
        bob.do("send alice@kith.test two")
        alice.expect("message", text="two")
        # the hub dies with it: what was not stored is forgotten
        cursor = next(m["cursor"] for m in alice.messages if m["text"] == "one")
        alice.kill()
        alice.messages = [m for m in alice.messages if m["text"] != "two"]
        alice.seen.clear()
        alice.keep["cursor"] = cursor
        alice.hold_commits = False
        alice.start()
        come_again(alice)
        wait_as_the_hub(alice, lambda: any(m["text"] == "two" for m in alice.messages), "the message again")
        assert [m["text"] for m in alice.messages] == ["one", "two"], alice.messages


def test_a_mark_that_was_never_sent_is_sent_once():
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.outbox = {"m1-0123456789abcdef": {"chat": "bob@kith.test", "text": "only once", "time": now()}}
        alice.connect("secret")
        alice.wait(lambda: "roster_ver" in alice.keep, "the contact list")
        alice.hold_commits = True
        alice.send("send", own_id="m1-0123456789abcdef", **alice.outbox["m1-0123456789abcdef"])
        alice.expect("mark", own_id="m1-0123456789abcdef")
        alice.kill()
        alice.hold_commits = False
        alice.start()
        come_again(alice)
        resend(alice)
        bob.expect('message text="only once"')
        alice.wait(lambda: alice.states.get("m1-0123456789abcdef") == "sent", "sent")
        bob.do('refuse message text="only once"')


def test_the_archive_tells_when_the_session_is_lost():
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        alice.send("send", own_id="known-0123456789abcdef", chat="bob@kith.test", text="known", time=now())
        bob.expect("message text=known")
        alice.wait(lambda: alice.states.get("known-0123456789abcdef") == "sent", "sent")
        alice.kill()
        # by and by it is on the archive's second page
        for i in range(120):
            bob.do(f"send alice@kith.test later {i}")
        # the hub did not hear of it, and the session is gone
        del alice.states["known-0123456789abcdef"]
        del alice.keep["session"], alice.keep["cursor"]
        alice.start()
        come_again(alice)
        for own_id, text in (("known-0123456789abcdef", "known"), ("unknown-0123456789abcdef", "unknown")):
            alice.send("send", own_id=own_id, chat="bob@kith.test", text=text, time=now(), mark="0123456789abcdef 7")
        alice.wait(lambda: len(alice.states) == 2, "both to be sent")
        bob.expect("message text=unknown")
        bob.do("refuse message text=known")


def begin_session(there, half):
    """A client that begins a session and is cut off inside a stanza. Returns what it takes to resume."""
    header = ("<?xml version='1.0'?><stream:stream to='kith.test' version='1.0' xmlns='jabber:client' "
              "xmlns:stream='http://etherx.jabber.org/streams'>")
    client = ssl.create_default_context(cafile=there.env["CA"]).wrap_socket(
        socket.create_connection(("127.0.0.1", int(there.env["C2S_TLS"])), 10), server_hostname="kith.test")

    def ask(text, pattern):
        client.sendall(text.encode())
        got = ""
        while not re.search(pattern, got):
            data = client.recv(65536).decode()
            assert data, got
            got += data
        return got

    ask(header, "</stream:features>")
    login = base64.b64encode(b"\0alice\0secret").decode()
    ask(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{login}</auth>", "<success")
    ask(header, "</stream:features>")
    ask("<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>kith.test1</resource></bind></iq>", "</iq>")
    resume = re.search("id='([^']*)'", re.search("<enabled[^>]*>", ask("<enable xmlns='urn:xmpp:sm:3' resume='true'/>", "<enabled[^>]*>")).group()).group(1)
    ask("<presence/>" + half, "<presence")
    client.close()
    return resume


def test_a_session_that_was_cut_inside_a_stanza():
    for half in ("<message to='bob@kith.test'><body>never ended ", "<message to=\"bob@ki"):
        with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
            resume = begin_session(there, half)
            alice.end()
            alice.keep.update(resource="kith.test1", session="- - 0123456789abcdef\n[stream]\naccount=alice@kith.test\nstrongest=SCRAM-SHA-1\n"
                              f"session=0123456789abcdef0123456789abcdef\nresume-id={resume}\njid=alice@kith.test/kith.test1\n")
            alice.start()
            come_again(alice)
            alice.send("send", own_id="half-0123456789abcdef", chat="bob@kith.test", text="whole", time=now())
            wait_as_the_hub(alice, lambda: alice.states.get("half-0123456789abcdef") == "sent", "the message to be sent")
            assert alice.has("state", text="resuming"), "it did not resume"
            bob.expect("message text=whole")
            bob.do("refuse message")


run(globals())
