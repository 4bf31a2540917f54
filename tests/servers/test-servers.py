#!/usr/bin/python3
"""Whether the test servers, peers and faults do what the other tests rely on."""
import os
import re
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(os.path.dirname(HERE), "protocol")]

from network import FAULTS, SERVERS, Bitlbee, Ejabberd, Fault, Inspircd, Ngircd, Peer, Process, Prosody  # noqa: E402
from tap import run  # noqa: E402


def test_two_people_chat_over_both_kinds_of_tls():
    with Prosody("alice:secret:bob=Bob@@Friends", "bob:secret:alice") as server, \
            server.peer("bob", "--receipts") as bob, \
            server.peer("alice", "--tls", "direct", "--port", server.env["C2S_TLS"]) as alice:
        alice.expect("presence from~^bob@")
        contact, = alice.do("roster")["contacts"]
        assert contact["name"] == "Bob" and contact["groups"] == ["Friends"] and contact["subscription"] == "both"
        sent = alice.do("ask bob@kith.test hello there")["message"]
        assert bob.expect("message text='hello there'")["id"] == sent
        alice.expect(f"message receipt={sent}")
        alice.do("state bob@kith.test composing")
        bob.expect("message state=composing")


def test_contacts_are_asked_for_and_accepted():
    with Prosody("alice:secret", "carol:secret") as server, \
            server.peer("alice") as alice, server.peer("carol", "--accept") as carol:
        alice.do("roster-add carol@kith.test Carol Work")
        alice.do("subscribe carol@kith.test")
        carol.expect("presence kind=subscribe")
        alice.expect("presence kind=subscribed")
        alice.do("subscribed carol@kith.test")
        alice.expect("roster-push subscription=both name=Carol")


def test_rooms():
    with Prosody("alice:secret", "bob:secret") as server, server.peer("alice") as alice, server.peer("bob") as bob:
        room = "dev@conference.kith.test"
        assert alice.do(f"join {room} Alice")["created"]
        alice.do(f"invite {room} bob@kith.test come in")
        assert bob.expect("message invite~mediated")["invite"]["reason"] == "come in"
        alice.do(f"invite-direct {room} bob@kith.test come in")
        assert bob.expect("message invite~direct")["invite"]["room"] == room
        assert not bob.do(f"join {room} Bob")["created"]
        bob.do(f"room-send {room} hello room")
        alice.expect("message kind=room nick=Bob text='hello room'")
        bob.do(f"room-pm {room}/Alice psst")
        alice.expect("message kind=private nick=Bob text=psst")
        alice.do(f"subject {room} all about it")
        bob.expect("message subject='all about it'")
        bob.do(f"nick {room} Robert")
        alice.expect("presence new_nick=Robert")
        alice.do(f"kick {room} Robert enough")
        assert 307 in bob.expect("presence codes~307")["codes"]


def second_client(kind):
    room, markup = "lab@conference.kith.test", "<b xmlns='urn:example:b'>{}</b>"
    with kind("alice:secret:bob", "bob:secret:alice") as server, server.peer("alice", "--notify", "urn:example:b") as alice, \
            server.peer("alice") as phone, server.peer("bob") as bob:
        assert server.peer("bob", "--no-presence").do("roster")["contacts"][0]["subscription"] == "both"
        phone.do("carbons")
        first = alice.do("send bob@kith.test firts")["message"]
        assert bob.expect("message text=firts")["id"] == first
        assert phone.expect("message carbon=sent")["text"] == "firts"
        alice.do(f"correct bob@kith.test {first} first")
        assert bob.expect(f"message replaces={first}")["text"] == "first"
        bob.do(f"react alice@kith.test {first} \U0001F44D \U0001F389")
        assert alice.expect(f"message reacts_to={first}")["reactions"] == ["\U0001F44D", "\U0001F389"]
        bob.do(f"reply alice@kith.test {first} alice@kith.test first me too")
        assert alice.expect(f"message reply_to={first}")["text"] == "> first\nme too"
        bob.do(f"displayed alice@kith.test {first}")
        alice.expect(f"message displayed={first}")
        alice.do(f"retract bob@kith.test {first}")
        bob.expect(f"message retracts={first}")
        alice.do("message bob@kith.test chat <body>any</body><x xmlns='urn:example:x'/>")
        bob.expect("message text=any xml~urn:example:x")
        kept = bob.do("archive")
        assert [m["text"] for m in kept["messages"]][0] == "firts" and kept["complete"], kept
        assert [m["text"] for m in bob.do(f"archive bob@kith.test alice@kith.test 1")["messages"]] == ["any"]

        phone.do("publish urn:example:b one " + markup.format("1"))
        assert alice.expect("message node=urn:example:b")["items"] == ["one"]
        phone.do({"do": "publish", "node": "urn:example:c", "item": "two", "xml": markup.format("2"),
                  "options": "persist_items=true,access_model=whitelist"})
        assert "2" in alice.do("items urn:example:c")["items"]["two"]
        phone.do("unpublish urn:example:b one")
        if kind is Prosody:                     # ejabberd 23.01 tells nobody
            assert alice.expect("message node=urn:example:b retracted_items~one")
        try:
            bob.do("items urn:example:c alice@kith.test")
        except AssertionError as e:
            assert "forbidden" in str(e) or "not-allowed" in str(e) or "auth" in str(e), e
        else:
            raise AssertionError("the whitelist was ignored")

        alice.do(f"join {room} Alice")
        bob.do(f"join {room} Bob")
        bob.do(f"room-send {room} hello")
        heard = alice.expect("message text=hello")
        alice.do(f"react {room} {heard['stanza_id']} +1")
        bob.expect(f"message kind=room reacts_to={heard['stanza_id']}")
        assert alice.do(f"archive {room}")["messages"][0]["archive_id"] == heard["stanza_id"]
        url = alice.do("upload upload.kith.test a.txt words in it")["url"]
        assert bob.do("download " + url)["text"] == "words in it"

        server.restart("--now")
        alice.expect("offline")
        alice.do("login")
        assert "firts" in str(alice.do("archive")["messages"])


def test_the_second_client_on_prosody():
    second_client(Prosody)


def test_the_second_client_on_ejabberd():
    second_client(Ejabberd)


def test_accounts_by_registration():
    with Prosody() as server:
        register = [os.path.join(SERVERS, "xmpp-register.py"), "127.0.0.1", server.env["C2S"], server.env["CA"], "kith.test"]
        assert subprocess.run(register + ["new", "secret"], stdout=subprocess.DEVNULL).returncode == 0
        assert subprocess.run(register + ["new", "secret"], stderr=subprocess.DEVNULL).returncode == 1
        with server.peer("new") as new:
            new.do("ping kith.test")
        try:
            server.peer("new", "--password", "wrong")
        except ConnectionError as e:
            assert "refused" in str(e)
        else:
            raise AssertionError("a wrong password was taken")


def test_irc_plain_and_tls():
    with Ngircd() as server, server.peer("alice") as alice, \
            server.peer("bob", "--tls", "--ca", server.env["CA"], "--port", server.env["IRC_TLS"]) as bob:
        bob.do("join #test")
        alice.do("join #test")
        bob.expect("join from=alice")
        alice.do("send #test hello all")
        bob.expect("message kind=room text='hello all'")
        alice.do("me #test waves")
        bob.expect("message action=true text=waves")
        bob.do("send alice psst")
        alice.expect("message kind=private text=psst")


def test_services_of_irc():
    with Inspircd("--services") as server:
        server.register("alice", "sesame")
        with server.peer("alice") as alice:
            alice.do("send NickServ IDENTIFY sesame")
            alice.expect("message from=NickServ text~accepted")


def test_bitlbee_answers():
    with Bitlbee() as server, Peer("ircpeer.py", "kim", "--port", server.env["IRC"]) as kim:
        kim.expect("names-end room=&bitlbee")
        kim.do("send &bitlbee nonsense")
        kim.expect("message from=root text~Unknown")


def test_servers_end_with_their_parent():
    with tempfile.TemporaryDirectory() as folder:
        script = f'"{SERVERS}/ngircd-start.sh" "{folder}" --with-parent $$ > /dev/null; echo "$(cat "{folder}/ngircd.pid")"'
        pid = int(subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, check=True).stdout)
        try:
            fd = os.pidfd_open(pid)
        except ProcessLookupError:
            return
        import select
        assert select.select([fd], [], [], 10)[0], "the server outlived its parent"


def login(fault, *options):
    return Peer("peer.py", "alice@fake.test", "--port", fault.port, "--timeout", "10", *options)


def test_flood_over_every_kind_of_tls():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([os.path.join(SERVERS, "mkca.sh"), folder, "fake.test"], check=True)
        for tls in ("off", "starttls", "direct"):
            with Fault("fake.py", "flood", "--messages", 500, "--contacts", 3, "--sm", "--tls", tls, "--cert", folder) as fault, \
                    login(fault, "--tls", tls, "--ca", f"{folder}/ca.pem") as alice:
                alice.expect("message text=end")
                assert len(alice.do("roster")["contacts"]) == 3
                assert fault.event("sent")["messages"] == 500


def test_scram_is_right_where_it_should_be():
    with Fault("fake.py", "scram-good") as fault, login(fault, "--tls", "off") as alice:
        alice.do("ping fake.test")
        assert fault.event("auth")["mechanism"] == "SCRAM-SHA-256"
        assert fault.event("auth-answered")["proof"] == "good"


def test_every_scenario_survives_a_client_that_leaves():
    names = re.findall(r"^  ([a-z-]+) {2,}", subprocess.run([os.path.join(FAULTS, "fake.py"), "--help"], check=True,
                                                         stdout=subprocess.PIPE, text=True).stdout.split("scenarios:")[1], re.M)
    assert len(names) > 20, names
    for name in names:
        with Fault("fake.py", name, "--bytes", "1000", "--messages", "10") as fault:
            socket.create_connection(("127.0.0.1", fault.port)).close()
            assert fault.event("closed")


def test_stalls_say_nothing_more():
    header = b"<stream:stream to='kith.test' xmlns='jabber:client' xmlns:stream='x' version='1.0'>"
    for where, answers in (("accept", b""), ("header", b"<stream:stream"), ("starttls", b"</stream:features>"),
                           ("handshake", b"</stream:features>")):
        with Fault("stall.py", where) as fault, socket.create_connection(("127.0.0.1", fault.port)) as client:
            client.sendall(header)
            data = b""
            while answers not in data:
                data += client.recv(4096)
            if where == "handshake":
                client.sendall(b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                assert client.recv(4096).startswith(b"<proceed")
            fault.event("connected")


def test_proxy_breaks_lines():
    with Ngircd() as server, Fault("proxy.py", server.env["IRC"]) as proxy, \
            server.peer("far", "--port", str(proxy.port)) as far, server.peer("near") as near:
        near.do("join #test")
        far.do("join #test")
        near.expect("join from=far")
        proxy.write("stop up")
        proxy.event("done")
        far.do("send #test one")
        near.do("raw PING x")
        near.expect("reply command=PONG")
        near.do("refuse message text=one")
        proxy.write("go")
        near.expect("message text=one")
        proxy.write("cut")
        far.expect("offline")
        near.expect("quit from=far")
        proxy.write("new refuse")
        proxy.event("done")
        try:
            server.peer("again", "--port", str(proxy.port))
        except ConnectionError:
            pass
        else:
            raise AssertionError("the proxy let somebody in")


def test_socks_takes_any_name():
    with Ngircd() as server, Fault("socks.py") as proxy, socket.create_connection(("127.0.0.1", proxy.port)) as client:
        client.sendall(b"\5\1\0")
        assert client.recv(2) == b"\5\0"
        client.sendall(b"\5\1\0\3\x08far.test" + int(server.env["IRC"]).to_bytes(2, "big"))
        assert client.recv(10)[:2] == b"\5\0"
        assert proxy.event("connect")["name"] == "far.test"
        client.sendall(b"NICK x\r\nUSER x 0 * :x\r\n")
        assert b"001 x" in client.recv(4096) or client.recv(4096)


def test_irc_flood():
    with Fault("fakeirc.py", "flood", "--messages", "2000") as fault, \
            Peer("ircpeer.py", "bob", "--port", fault.port) as bob:
        bob.expect("message text=end")
        assert fault.event("sent")["messages"] == 2000


def test_the_people_of_the_demo_answer():
    with Prosody() as xmpp, Ngircd() as irc:
        demo = os.path.join(SERVERS, "demo.py")
        subprocess.run([demo, "setup", xmpp.dir], check=True, stderr=subprocess.DEVNULL)
        with Process(demo, "run", "--c2s", xmpp.env["C2S"], "--ca", xmpp.env["CA"], "--irc", irc.env["IRC"]) as people:
            assert people.lines.get(timeout=30) == "READY"
            with xmpp.peer("kim") as kim, irc.peer("kim") as irc_kim:
                kim.expect("presence from~^mia@")
                kim.do("send mia@kith.test hello Mia")
                kim.expect("message state=composing")
                kim.expect("message text~.")
                kim.do("join cafe@conference.kith.test Kim")
                kim.do("room-send cafe@conference.kith.test Ravi: how are you?")
                kim.expect("message kind=room nick=Ravi text~^Kim:")
                irc_kim.do("join #kith")
                irc_kim.do("send #kith sam: hi")
                irc_kim.expect("message from=sam text~^kim:")


run(globals())
