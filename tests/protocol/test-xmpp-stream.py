#!/usr/bin/env python3
"""The XMPP stream layer (accounts/xmpp/stream.h) against Prosody, against servers that lie, and against silence.

stream-driver is the client; what it does is one JSON object a line. Waiting is for a line, with a deadline.
"""
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from tap import Skip, run

TESTS = os.path.join(os.environ.get("KITH_SRCDIR", "."), "tests")
DRIVER = os.environ.get("STREAM_DRIVER") or os.path.join(os.environ.get("KITH_BUILDDIR", "."), "stream-driver")
WRAPPER = os.environ.get("STREAM_WRAPPER", "").split()      # valgrind …
TIMEOUT_S = 30 * (5 if WRAPPER else 1)
SERVERS = os.path.join(TESTS, "servers")
FAULTS = os.path.join(TESTS, "faults")


class Lines:
    """A process whose output is one JSON object a line."""

    def __init__(self, command, **more):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, **more)
        self.events = []        # everything that came
        self.read_to = 0
        self.dead = False
        self.news = threading.Condition()
        self.reader = threading.Thread(target=self.read, daemon=True)   # or a full pipe would stop the process
        self.reader.start()

    def read(self):
        for line in self.process.stdout:
            with self.news:
                if line.startswith(b"{"):
                    self.events.append(json.loads(line))
                elif line.startswith(b"PORT="):
                    self.events.append({"event": "port", "port": line[5:].decode().strip()})
                self.news.notify_all()
        with self.news:
            self.dead = True
            self.news.notify_all()

    def command(self, line):
        self.process.stdin.write((line + "\n").encode())
        self.process.stdin.flush()

    def expect(self, event, seconds=None, **fields):
        """The next such event; what lies before it is passed over."""
        deadline = time.monotonic() + (seconds or TIMEOUT_S)
        with self.news:
            while True:
                while self.read_to < len(self.events):
                    have = self.events[self.read_to]
                    self.read_to += 1
                    if have["event"] == event and all(have.get(k) == v for k, v in fields.items()):
                        return have
                left = deadline - time.monotonic()
                if self.dead or left <= 0:
                    raise AssertionError(f"no {event} {fields}; had: " + json.dumps(self.events[-8:], indent=1))
                self.news.wait(left)

    def all(self, event):
        return [e for e in self.events if e["event"] == event]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.reader.join()

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.reader.join(5)             # a grandchild may still hold the pipe
        if not self.reader.is_alive():
            self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Driver(Lines):
    """A stream; leaving the block must end it cleanly (sanitizers and valgrind speak by the exit code)."""

    def __init__(self, prefix=(), **options):
        super().__init__([*prefix, *WRAPPER, DRIVER] + [f"{k}={v}" for k, v in options.items() if v is not None])
        self.expect("ready")

    def quit(self):
        if not self.dead:
            self.command("quit")
            code = self.process.wait(TIMEOUT_S)
            assert code == 0, f"the driver ended with {code}"

    def __exit__(self, kind, *_):
        try:
            if kind is None:
                self.quit()
        finally:
            self.close()


class Prosody:
    """One for all tests, started when first needed."""
    shared = None

    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="kith-stream-")
        out = subprocess.run([os.path.join(SERVERS, "prosody-start.sh"), self.dir, "--with-parent", str(os.getpid())],
                             stdout=subprocess.PIPE, check=True, text=True).stdout
        self.env = dict(line.split("=", 1) for line in out.splitlines() if "=" in line)
        subprocess.run([sys.executable, os.path.join(SERVERS, "prosody-accounts.py"), self.dir, "alice:secret",
                        "bob:secret", "carol:secret", "dave:secret"], check=True)

    @classmethod
    def get(cls):
        if not shutil.which("prosody"):
            raise Skip("prosody is not installed")
        cls.shared = cls.shared or cls()
        return cls.shared

    def options(self, user="alice", **more):
        return {"user": user, "domain": "kith.test", "password": "secret", "server": "127.0.0.1",
                "port": self.env["C2S"], "ca_file": self.env["CA"], **more}

    def stop(self):
        subprocess.run([os.path.join(SERVERS, "launch.py"), "stop", self.dir])
        shutil.rmtree(self.dir, ignore_errors=True)


def fault(name, *arguments):
    server = Lines([sys.executable, os.path.join(FAULTS, name), "--with-parent", str(os.getpid()), *map(str, arguments)])
    server.port = server.expect("port")["port"]
    return server


def fake(scenario, *arguments):
    return fault("fake.py", scenario, *arguments)


def fake_options(port, **more):
    return {"user": "alice", "domain": "fake.test", "password": "secret", "server": "127.0.0.1", "port": port,
            "tls": "off", **more}


def certificates():
    """A directory with certificates for fake.test."""
    if not hasattr(certificates, "dir"):
        certificates.dir = tempfile.mkdtemp(prefix="kith-stream-ca-")
        subprocess.run([os.path.join(SERVERS, "mkca.sh"), certificates.dir, "fake.test"], check=True,
                       stdout=subprocess.DEVNULL)
    return certificates.dir


HEADER = ("<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
          "from='fake.test' id='1' version='1.0'>")
PLAIN = ("<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism>"
         "</mechanisms></stream:features>")
SUCCESS = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
FINAL = ("<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>{}</stream:features>")
SM_FEATURE = "<sm xmlns='urn:xmpp:sm:3'/>"
BOUND = ("<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>alice@fake.test/x</jid>"
         "</bind></iq>")
LOGIN = [(r"<stream:stream[^>]*>", HEADER + PLAIN), (r"</auth>", SUCCESS)]
OPEN_SM = LOGIN + [(r"<stream:stream[^>]*>", HEADER + FINAL.format(SM_FEATURE))]
OPEN_BARE = LOGIN + [(r"<stream:stream[^>]*>", HEADER + FINAL.format(""))]
BIND = (r"<iq[^>]* id=.(?P<id>\w+).*?</iq>", BOUND)
ENABLE = (r"<enable [^>]*/>", "<enabled xmlns='urn:xmpp:sm:3' id='fake-sm' resume='true'/>")


class Script:
    """A plain server that plays lists of (what to wait for, what to answer), one list a connection; None closes. What
    came is kept in .heard, one text a connection."""

    def __init__(self, *connections):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.heard = []
        self.news = threading.Condition()
        self.steps_done = threading.Semaphore(0)
        self.now = None
        self.thread = threading.Thread(target=self.serve, args=(connections,), daemon=True)
        self.thread.start()

    def serve(self, connections):
        for steps in connections:
            try:
                self.now, _ = self.socket.accept()
                self.play(self.now, steps)
            except OSError:
                pass

    def play(self, connection, steps):
        self.heard.append("")
        waiting = ""
        for pattern, answer in steps:
            while not (match := re.search(pattern, waiting, re.S)):
                data = connection.recv(65536).decode()
                if not data:
                    return
                waiting += data
                self.hear(data)
            waiting = waiting[match.end():]
            if answer is None:
                connection.close()
                return
            connection.sendall(answer.format(**match.groupdict()).encode() if match.groupdict() else answer.encode())
            self.steps_done.release()
        while data := connection.recv(65536):
            self.hear(data.decode())

    def hear(self, text):
        with self.news:
            self.heard[-1] += text
            self.news.notify_all()

    def wait_heard(self, connection, text):
        with self.news:
            assert self.news.wait_for(lambda: text in self.heard[connection], TIMEOUT_S), self.heard[connection]

    def say(self, text):
        self.now.sendall(text.encode())

    def wait_steps(self, count):
        for _ in range(count):
            assert self.steps_done.acquire(timeout=TIMEOUT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        if self.now:
            self.now.close()


def refused(reason, server, match=None, **options):
    """Connects and expects the end for `reason`; returns the sentence."""
    with server, Driver(**fake_options(server.port, **options)) as d:
        d.command("connect")
        closed = d.expect("closed")
        assert closed["reason"] == reason, closed
        assert not d.all("online"), "it went online before"
        assert match is None or re.search(match, closed["text"]), closed
        return closed["text"]


# ---- a good server ----

def test_starttls_and_direct_tls():
    p = Prosody.get()
    for more in ({}, {"tls": "direct", "port": p.env["C2S_TLS"]}, {"resource": "here & <there>"}):
        with Driver(**p.options(**more)) as d:
            d.command("connect")
            online = d.expect("online")
            assert online["resumed"] == "no" and online["acks"] == "yes" and "TLS 1.3" in online["security"]
            assert online["jid"].startswith("alice@kith.test/")
            if "resource" in more:
                assert online["jid"] == "alice@kith.test/here & <there>"
            d.command("raw <presence/>")
            d.expect("stanza", name="presence", inbound="1")
            d.command("message m1 alice@kith.test hello <&> \u00e9")
            d.expect("stanza", id="m1", body="hello <&> \u00e9", inbound="2")
            d.command("message m2 alice@kith.test last")
            d.expect("acked", number="3")
            d.command("end")
            d.expect("closed", reason="ended")


def test_two_accounts_talk():
    p = Prosody.get()
    with Driver(**p.options("alice")) as a, Driver(**p.options("bob")) as b:
        for d in (a, b):
            d.command("connect")
            d.expect("online")
            d.command("raw <presence/>")
        a.expect("stanza", name="presence")
        b.expect("stanza", name="presence")
        a.command("many 500 bob@kith.test m")
        b.expect("stanza", id="m500")
        a.expect("acked", number="501")
        ids = [e["id"] for e in b.all("stanza") if e["name"] == "message"]
        assert ids == [f"m{i}" for i in range(1, 501)]
        b.command("big 200000 alice@kith.test big")
        assert a.expect("stanza", id="big")["size"] == "200000"


def test_forbidden_characters_are_replaced():
    p = Prosody.get()
    with Driver(**p.options()) as d:
        d.command("connect")
        d.expect("online")
        d.command("raw <presence/>")
        d.command("message m1 alice@kith.test a\x1bb\x01c\uffffd")
        assert d.expect("stanza", id="m1")["body"] == "a\ufffdb\ufffdc\ufffdd"


def test_wrong_password():
    p = Prosody.get()
    with Driver(**p.options(password="wrong")) as d:
        d.command("connect")
        d.expect("closed", reason="wrong-password")
        d.command("password secret")
        d.command("connect")
        d.expect("online")


def test_configuration_that_cannot_work():
    p = Prosody.get()
    for options, reason in (({"pin": "xyz"}, "config"), ({"proxy": "http://127.0.0.1:1"}, "config"),
                            ({"user": ""}, "config"), ({"password": None}, "config"),
                            ({"ca_file": "/nonexistent.pem"}, "config"), ({"ca_file": "/dev/null"}, "config"),
                            ({"port": "1"}, "refused"), ({"server": "no-such-host.invalid"}, "host-unknown")):
        with Driver(**p.options(**options)) as d:
            d.command("connect")
            d.expect("closed", reason=reason)


def test_the_stream_can_go_at_any_event():
    p = Prosody.get()
    with Driver(**p.options()) as d:
        d.command("free-online")
        d.command("connect")
        d.expect("online")
    for moment in ("looking up", "connecting", "securing", "logging in"):
        with Driver(**p.options()) as d:
            d.command("connect")
            d.expect("progress", word=moment)
            d.command("free")
            d.expect("freed")
        with Driver(**p.options()) as d:
            d.command("connect")
            d.expect("progress", word=moment)
            d.command("keep")
            d.command("connect")
            d.expect("closed", reason="ended")
            d.command("connect")
            d.expect("online")


# ---- certificates ----

def test_unknown_authority_is_asked_about():
    p = Prosody.get()
    with Driver(**p.options(ca_file=None)) as d:
        d.command("connect")
        c = d.expect("certificate")
        assert c["wrong"] == "unknown authority" and c["subject"] == "CN=kith.test" and c["pin_broken"] == "no"
        assert "kith.test" in c["names"] and int(c["until"]) > time.time() > int(c["from"])
        assert len(c["sha256"]) == 95 and c["sha256"] in c["chain"]
        d.command("answer no")
        d.expect("closed", reason="certificate-refused")
        d.command("connect")
        d.expect("certificate")
        d.command("answer yes")
        d.expect("online")
        d.expect("state")               # the session can be resumed
        d.command("keep")
        d.expect("closed", reason="ended")
        d.command("connect")            # accepted for the life of the stream
        d.expect("online", resumed="yes")
        assert len(d.all("certificate")) == 2
    pin = c["sha256"].replace(":", "").lower()
    with Driver(**p.options(ca_file=None, pin=pin)) as d:
        d.command("connect")
        d.expect("online")
    with Driver(**p.options(pin="00" * 32)) as d:   # a good chain, but another certificate than the pinned one
        d.command("connect")
        c = d.expect("certificate")
        assert c["pin_broken"] == "yes" and "pinned" in c["wrong"]
        d.command("answer no")
        d.expect("closed", reason="certificate-refused")


def test_bad_certificates():
    directory = certificates()
    for tls in ("starttls", "direct"):
        for name, wrong in (("expired", "expired"), ("other", "wrong name")):
            server = fake("idle", "--tls", tls, "--cert", directory, "--cert-name", name)
            with server, Driver(**fake_options(server.port, tls=tls, ca_file=directory + "/ca.pem")) as d:
                d.command("connect")
                c = d.expect("certificate")
                assert wrong in c["wrong"], c
                d.command("answer no")
                d.expect("closed", reason="certificate-refused")


def test_name_is_the_domain_not_the_host():
    directory = certificates()      # valid for fake.test and 127.0.0.1, but the account is of elsewhere.test
    server = fake("idle", "--tls", "direct", "--cert", directory, "--domain", "elsewhere.test")
    with server, Driver(**fake_options(server.port, tls="direct", domain="elsewhere.test",
                                       ca_file=directory + "/ca.pem")) as d:
        d.command("connect")
        assert d.expect("certificate")["wrong"] == "wrong name"


# ---- attacks on the way ----

def test_starttls_stripped():
    refused("tls-failed", fake("stripped"), "no encryption", tls="starttls")


def test_starttls_refused():
    refused("tls-failed", fake("tls-refused", "--tls", "starttls", "--cert", certificates()), tls="starttls")


def test_plain_text_behind_proceed():
    refused("violation", fake("injected", "--tls", "starttls", "--cert", certificates()), "attack", tls="starttls",
            ca_file=certificates() + "/ca.pem")


def test_tls_off_only_on_loopback():
    socks = fault("socks.py")
    server = fake("idle")
    with socks, server, Driver(**fake_options(server.port, proxy=f"socks5://127.0.0.1:{socks.port}")) as d:
        d.command("connect")
        assert "tls=off" in d.expect("closed", reason="config")["text"]
    with Driver(**fake_options(fake("idle").port)) as d:
        d.command("connect")
        assert "no TLS" in d.expect("online")["security"]


def test_scram():
    with fake("scram-good") as server, Driver(**fake_options(server.port)) as d:
        d.command("connect")
        assert "SCRAM-SHA-" in d.expect("online")["security"]
    for scenario, reason in (("scram-weak", "violation"), ("scram-huge", "violation"), ("scram-nonce", "violation"),
                             ("scram-unsigned", "server-unproved"), ("scram-forged", "server-unproved"),
                             ("scram-early", "server-unproved")):
        refused(reason, fake(scenario))


def test_mechanisms():
    refused("no-mechanism", fake("old-mechanisms"), "MD5")
    refused("wrong-password", fake("wrong-password"))


def test_weaker_login_than_before():
    with tempfile.TemporaryDirectory() as directory:
        state = os.path.join(directory, "state")
        with fake("scram-good") as server, Driver(**fake_options(server.port, state=state)) as d:
            d.command("connect")
            d.expect("online")
        refused("weaker-login", fake("idle"), "allow_weaker_login", state=state)
        with fake("idle") as server, Driver(**fake_options(server.port, state=state, allow_weaker="yes")) as d:
            d.command("connect")
            assert "PLAIN" in d.expect("online")["security"]


def test_lying_about_success():
    """<success/> in the place of <proceed/>, features out of turn, a stanza before the login, an old server, HTTP."""
    for steps in ([(r"<stream:stream[^>]*>", HEADER + PLAIN), (r"</auth>", SUCCESS + "<message/>")],
                  [(r"<stream:stream[^>]*>", HEADER + "<message><body>x</body></message>")],
                  [(r"<stream:stream[^>]*>", HEADER + "<features/>")],
                  [(r"<stream:stream[^>]*>", HEADER.replace(" version='1.0'>", ">"))],
                  [(r"<stream:stream[^>]*>", "HTTP/1.1 400 Bad Request\r\n\r\n")],
                  [(r"<stream:stream[^>]*>", "<html/>")]):
        refused("violation", Script(steps))


# ---- what may not be in a stream ----

def online_at(server, **options):
    d = Driver(**fake_options(server.port, **options))
    d.command("connect")
    d.expect("online")
    d.command("raw <presence/>")
    return d


def test_broken_and_restricted_xml():
    sys.path.insert(0, FAULTS)
    import fake as scenarios
    for what in scenarios.Forbidden.THINGS:
        with fake("forbidden", "--what", what) as server, online_at(server) as d:
            closed = d.expect("closed")
            assert closed["reason"] == "violation", (what, closed)
            assert not any(e.get("id") == "the-end" for e in d.all("stanza")), what


def test_stanzas_beyond_the_limits_are_dropped():
    for scenario, why in (("big", "too many bytes"), ("wide", "too many elements"), ("nested", "nested too deeply"),
                          ("tag", "too many bytes"), ("attributes", "too many attributes|too many bytes")):
        with fake(scenario, "--bytes", 300000) as server, online_at(server, bytes=200000) as d:
            dropped = d.expect("dropped")
            assert re.search(why, dropped["why"]), (scenario, dropped)
            d.expect("stanza", id="the-end")
            d.command("usage")
            assert float(d.expect("usage")["worst_ms"]) < 5000, scenario


def test_endless_stanza_ends_the_stream():
    with fake("big", "--bytes", 40000000) as server, online_at(server) as d:
        assert "more than" in d.expect("closed", reason="violation")["text"]
        d.command("usage")
        assert int(d.expect("usage")["heap"]) < 60000000


def test_flood_and_pause():
    with fake("flood", "--messages", 30000) as server, online_at(server) as d:
        d.command("quiet")
        d.expect("stanza", id="the-end") if any(e.get("id") == "the-end" for e in d.all("stanza")) else None
        d.command("pause yes")
        d.command("usage")
        before = int(d.expect("usage")["stanzas"])
        d.command("usage")
        paused = int(d.expect("usage")["stanzas"])
        assert paused <= before + 1000
        d.command("pause no")
        while before < 30000:
            d.command("usage")
            before = int(d.expect("usage")["stanzas"])


# ---- ends ----

def test_ends():
    for scenario, reason in (("conflict", "conflict"), ("shutdown", "shut-down")):
        with fake(scenario) as server, online_at(server) as d:
            d.expect("closed", reason=reason)
    refused("login-failed", fake("bindless"), "not-allowed")


def test_see_other_host_is_followed_once():
    good = [*OPEN_BARE, BIND]
    with Script(good) as last:
        away = "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>127.0.0.1:%d</see-other-host></stream:error>"
        with Script([(r"<stream:stream[^>]*>", HEADER + away % last.port)]) as first:
            with Driver(**fake_options(first.port)) as d:
                d.command("connect")
                d.expect("online")
    with Script([(r"<stream:stream[^>]*>", HEADER + away % 1)] * 2) as loop:
        steps = [(r"<stream:stream[^>]*>", HEADER + away % loop.port)]
        with Script(steps) as first, Driver(**fake_options(first.port)) as d:
            d.command("connect")
            d.expect("closed", reason="stream-error")
            assert len(loop.heard) == 1


def test_silence_is_noticed():
    with fake("mute", "--sm") as server, online_at(server) as d:
        d.expect("stanza", name="presence")     # the last thing that comes
        d.command("probe 300")
        d.expect("closed", reason="network-lost")
    p = Prosody.get()
    with fault("proxy.py", p.env["C2S"]) as proxy, Driver(**p.options(port=proxy.port)) as d:
        d.command("connect")
        d.expect("online")
        d.command("probe 20000")        # an answer comes: nothing happens
        d.command("raw <presence/>")
        d.expect("acked", number="1")
        proxy.command("hole down")
        proxy.expect("done")
        d.command("message m2 alice@kith.test gone")
        d.command("probe 300")
        d.expect("closed", reason="network-lost")
        proxy.command("heal")
        proxy.expect("done")
        d.command("connect")
        online = d.expect("online", resumed="yes")
        assert online["handled"] in ("1", "2"), online
        d.expect("stanza", id="m2")


def test_server_that_does_not_read():
    with fake("unread", "--sm") as server, online_at(server) as d:
        d.expect("stanza", name="presence")
        for i in range(20):
            d.command(f"big 2000000 bob@fake.test m{i}")
        d.expect("sent", id="m19")
        d.command("usage")
        usage = d.expect("usage")
        assert int(usage["backlog"]) > 500000 and float(usage["worst_ms"]) < 5000, usage
        d.command("probe 300")
        d.expect("closed", reason="network-lost")


# ---- stream management ----

def test_resume_in_the_same_process():
    p = Prosody.get()
    with fault("proxy.py", p.env["C2S"]) as proxy, Driver(**p.options("carol", port=proxy.port)) as c, \
            Driver(**p.options("dave")) as d:
        for x in (c, d):
            x.command("connect")
            x.expect("online")
            x.command("raw <presence/>")
            x.expect("stanza", name="presence")
        # 20 messages at a time: Prosody 0.12.3 reads 4096 bytes, and a connection that is cut inside a stanza leaves it
        # with a parser that takes what comes after the resume for the rest of that stanza
        for cut in range(5):
            d.command(f"many 20 carol@kith.test down{cut}-")
            c.command("store no")       # these are not stored when the line breaks
            proxy.command("hole down")
            proxy.expect("done", do="hole down")
            c.command(f"many 20 dave@kith.test up{cut}-")
            c.expect("sent", id=f"up{cut}-20")
            proxy.command("cut")
            proxy.expect("done", do="cut")
            c.expect("closed", reason="network-lost")
            proxy.command("heal")
            proxy.expect("done", do="heal")
            c.command("store yes")
            c.command("connect")
            online = c.expect("online")
            assert online["resumed"] == "yes", (cut, online, c.all("acked")[-1])
            c.expect("stanza", id=f"down{cut}-20") if f"down{cut}-20" not in [e.get("id") for e in c.all("stanza")] else None
        d.expect("stanza", id="up4-20")
        for driver, way in ((c, "down"), (d, "up")):
            ids = [e["id"] for e in driver.all("stanza") if e["name"] == "message"]
            assert ids == [f"{way}{cut}-{i}" for cut in range(5) for i in range(1, 21)], ids
        c.command("message last dave@kith.test last")
        c.expect("acked", number=str(1 + 5 * 20 + 1))


def test_resume_after_sigkill():
    """A new process goes on where the killed one had stored: nothing lost, nothing doubled, either way."""
    p = Prosody.get()
    with tempfile.TemporaryDirectory() as directory, Driver(**p.options("dave")) as d:
        state = os.path.join(directory, "state")
        d.command("connect")
        d.expect("online")
        d.command("raw <presence/>")
        got, done, marks, cursor = [], set(), {}, (None, 0)
        outbox = [f"up{i}" for i in range(320)]
        for life in range(6):
            last = life == 5
            c = Driver(**p.options("carol", state=state, log="yes", handled_session=cursor[0], handled=cursor[1]))
            c.command("connect")
            online = c.expect("online")
            assert online["resumed"] == ("no" if life == 0 else "yes"), online
            if life == 0:
                c.command("raw <presence/>")
                c.expect("stanza", name="presence")
                # before <enabled/> there is nothing to resume, and no wait would be needed by an owner
                c.expect("state") if "resume-id" not in c.all("state")[-1]["text"] else None
            else:
                for own, (session, number) in marks.items():
                    if session == online["handled_session"] and number <= int(online["handled"]):
                        done.add(own)
            marks = {}
            for own in [o for o in outbox if o not in done][:320 if last else 60]:
                c.command(f"message {own} dave@kith.test {own}")
            d.command(f"many 60 carol@kith.test down{life}-")
            if last:
                c.expect("stanza", id="down5-60")
                d.expect("stanza", id="up319")
                sent = [e for e in c.all("sent")][-1]["number"]
                c.expect("acked", number=sent) if not any(e["number"] == sent for e in c.all("acked")) else None
            else:
                c.expect("stanza", id=f"down{life}-{20 + life}")
            c.kill()
            for e in c.events:
                if e["event"] == "stanza":
                    cursor = (e["session"], e["inbound"])
                    if e["name"] == "message":
                        got.append(e["id"])
                elif e["event"] == "mark":
                    marks[e["id"]] = (e["session"], int(e["number"]))
            c.close()
        assert got == [f"down{life}-{i}" for life in range(6) for i in range(1, 61)], got
        ids = [e["id"] for e in d.all("stanza") if e["name"] == "message"]
        assert sorted(ids) == sorted(outbox), (len(ids), len(set(ids)))


def test_acknowledged_only_when_stored():
    with Script([*OPEN_SM, BIND, ENABLE]) as server, Driver(**fake_options(server.port)) as d:
        d.command("store no")
        d.command("connect")
        d.expect("online")
        server.wait_steps(5)
        server.say("<message id='1'/><r xmlns='urn:xmpp:sm:3'/><active xmlns='urn:x'/><message id='2'/><iq id='3'/>")
        d.expect("stanza", id="3", inbound="3")
        d.command("handled 2")
        d.command("handled 3")
        d.command("handled 9")
        d.command("usage")
        d.expect("usage")
        server.say("<r xmlns='urn:xmpp:sm:3'/><message id='4'/>")
        d.expect("stanza", id="4", inbound="4")
        d.command("end")
        server.wait_heard(0, "</stream:stream>")
        assert re.findall(r"<a [^>]*h='(\d+)'", server.heard[0]) == ["0", "3", "3", "3"], server.heard[0]


def test_impossible_acknowledgements():
    for bad in ("<a xmlns='urn:xmpp:sm:3' h='2'/>", "<a xmlns='urn:xmpp:sm:3' h='4294967295'/>"):
        with Script([*OPEN_SM, BIND, ENABLE, (r"<message", bad)], [*OPEN_SM, BIND]) as server, \
                Driver(**fake_options(server.port)) as d:
            d.command("connect")
            d.expect("online")
            d.command("message m1 bob@fake.test x")
            assert "acknowledged more" in d.expect("closed", reason="violation")["text"]
            d.command("connect")
            assert d.expect("online")["resumed"] == "no"
            assert "<resume" not in server.heard[1]
    for lie in ("<resumed xmlns='urn:xmpp:sm:3' h='9' previd='fake-sm'/>",
                "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='another'/>", "<resumed xmlns='urn:xmpp:sm:3' h='x'/>"):
        with Script([*OPEN_SM, BIND, ENABLE, (r"<message", None)], [*OPEN_SM, (r"<resume [^>]*>", lie)],
                    [*OPEN_SM, BIND]) as server, Driver(**fake_options(server.port)) as d:
            d.command("connect")
            d.expect("online")
            d.command("message m1 bob@fake.test x")
            d.expect("closed", reason="network-lost")
            d.command("connect")
            d.expect("closed", reason="violation")
            d.command("connect")
            assert d.expect("online")["resumed"] == "no"


def test_session_that_is_gone():
    for h, known in ((" h='1'", "1"), ("", None), (" h='7'", None)):
        gone = (r"<resume [^>]*>", f"<failed xmlns='urn:xmpp:sm:3'{h}><item-not-found/></failed>")
        with Script([*OPEN_SM, BIND, ENABLE, (r"m2", None)], [*OPEN_SM, gone, BIND, ENABLE]) as server, \
                Driver(**fake_options(server.port)) as d:
            d.command("connect")
            first = d.expect("online")
            d.expect("state")
            d.command("message m1 bob@fake.test x")
            d.command("message m2 bob@fake.test x")
            d.expect("closed")
            d.command("connect")
            online = d.expect("online")
            assert online["resumed"] == "no" and online.get("handled") == known, online
            assert known is None or online["handled_session"] == first["session"]
            assert online["session"] != first["session"] and online["sent"] == "0"
            server.wait_steps(9)
            assert "m1" not in server.heard[1], "the stream resent what is the owner's to resend"


def test_what_comes_again_after_a_resume():
    """The server repeats what was not acknowledged; the owner, who has it, hears only what is new."""
    resumed = (r"<resume [^>]*h='1'[^>]*>", "<resumed xmlns='urn:xmpp:sm:3' h='0' previd='fake-sm'/>"
               "<message id='2'/><message id='3'/><message id='4'/>")
    with Script([*OPEN_SM, BIND, ENABLE, (r"<presence/>", "<message id='1'/><message id='2'/><message id='3'/>"),
                 (r"bye", None)], [*OPEN_SM, resumed]) as server, Driver(**fake_options(server.port)) as d:
        d.command("store no")
        d.command("connect")
        d.expect("online")
        d.command("raw <presence/>")
        d.expect("stanza", id="3")
        d.command("handled 1")
        d.command("nonza <bye xmlns='urn:x'/>")
        d.expect("closed")
        d.command("connect")
        d.expect("online", resumed="yes")
        assert d.expect("stanza")["id"] == "4"
        assert d.all("stanza")[-1]["inbound"] == "4"
        server.wait_heard(1, "<presence/>")     # unacknowledged: resent


def test_server_without_stream_management():
    pong = (r"<iq[^>]* id=.(?P<id>\w+).*?<ping[^>]*>", "<iq type='error' id='{id}' from='fake.test'/>")
    with Script([*OPEN_BARE, BIND, pong, pong]) as server, Driver(**fake_options(server.port)) as d:
        d.command("connect")
        assert d.expect("online")["acks"] == "no"
        d.command("message m1 bob@fake.test x")
        d.expect("acked", number="1")
        d.command("message m2 bob@fake.test x")
        d.expect("acked", number="2")
        assert not d.all("stanza")
        assert "urn:xmpp:sm:3" not in server.heard[0]


def test_forged_ping_answer():
    """An answer in somebody else's name is a stanza like any other."""
    forged = (r"<iq[^>]* id=.(?P<id>\w+).*?<ping[^>]*>", "<iq type='result' id='{id}' from='eve@fake.test'/>")
    with Script([*OPEN_BARE, BIND, forged]) as server, Driver(**fake_options(server.port)) as d:
        d.command("connect")
        d.expect("online")
        d.command("message m1 bob@fake.test x")
        d.expect("stanza", name="iq", **{"from": "eve@fake.test"})
        assert not d.all("acked")


# ---- the way there ----

def test_socks_proxy():
    """The name exists only behind the proxy."""
    p = Prosody.get()
    with fault("socks.py", "--password", "me:word") as socks:
        with Driver(**p.options(server=None, proxy=f"socks5://me:word@127.0.0.1:{socks.port}")) as d:
            d.command("connect")
            d.expect("online")
            assert socks.expect("connect")["name"] == "kith.test"
        with Driver(**p.options(server=None, proxy=f"socks5://me:no@127.0.0.1:{socks.port}")) as d:
            d.command("connect")
            d.expect("closed", reason="refused")
    with fault("socks.py", "--refuse") as socks, Driver(**p.options(proxy=f"socks5://127.0.0.1:{socks.port}")) as d:
        d.command("connect")
        assert "proxy" in d.expect("closed", reason="refused")["text"]


def test_every_stall_ends_in_time():
    """All at once, as each takes its 15 seconds; and the loop is never deaf."""
    stalls = [(where, "starttls") for where in ("accept", "header", "starttls", "handshake")] + [("accept", "direct")]
    servers, drivers = [], []
    socket_full = socket.create_server(("127.0.0.1", 0), backlog=0)     # TCP: nobody accepts
    fillers = []
    for _ in range(4):
        s = socket.socket()
        s.setblocking(False)
        s.connect_ex(socket_full.getsockname())
        fillers.append(s)
    try:
        begin = time.monotonic()
        for where, tls in stalls:
            server = fault("stall.py", where)
            servers.append(server)
            drivers.append((f"{where} {tls}", Driver(**fake_options(server.port, tls=tls))))
        drivers.append(("tcp", Driver(**fake_options(socket_full.getsockname()[1], tls="starttls"))))
        hole = [sys.executable, os.path.join(FAULTS, "dns-blackhole.py"), "--run"]
        if subprocess.run([*hole, "true"]).returncode == 0:
            drivers.append(("dns", Driver(prefix=hole, **fake_options(None, server=None, tls=None, domain="nowhere.example"))))
        for _, d in drivers:
            d.command("connect")
        for name, d in drivers:
            closed = d.expect("closed", seconds=40 + TIMEOUT_S)
            assert closed["reason"] == "timeout", (name, closed)
            assert time.monotonic() - begin < 20 + TIMEOUT_S, name
            d.command("usage")
            worst = float(d.expect("usage")["worst_ms"])
            print(f"# {name}: {closed['text']}; longest pause {worst} ms")
            assert worst < 5000 * (TIMEOUT_S / 30), (name, worst)
            d.quit()
    finally:
        for _, d in drivers:
            d.close()
        for server in servers:
            server.close()
        for s in [socket_full, *fillers]:
            s.close()


def test_many_reconnects():
    """Growth by each login: glib-networking keeps a TLS session ticket (2 kB) for each; far beyond that is a leak of ours."""
    p = Prosody.get()
    with Driver(**p.options(resource="again")) as d:
        d.command("connect")
        d.expect("online")

        def reconnect(count):
            for _ in range(count):
                d.command("end")
                d.expect("closed", reason="ended")
                d.command("connect")
                d.expect("online")
            d.command("usage")
            return int(d.expect("usage")["heap"])
        first = reconnect(20)
        second = reconnect(60)
        print(f"# {(second - first) / 60:.0f} bytes a login")
        assert second - first < 60 * 5000


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        run(globals())
    finally:
        if Prosody.shared:
            Prosody.shared.stop()
        if hasattr(certificates, "dir"):
            shutil.rmtree(certificates.dir)


if __name__ == "__main__":
    main()
