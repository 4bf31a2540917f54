#!/usr/bin/env python3
"""Files: sent and fetched with real servers; what lying web servers, names and links may do; what is left after a restart."""
import base64
import hashlib
import json
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile

from home import Home, wait_for

import xmpptest
from xmpptest import account_keys, server, without_server

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir, "servers"))
from network import SERVERS, Fault, Peer, Process  # noqa: E402


class FileHost(Process):
    """tests/servers/filehost.py; its requests are in order in .requests."""

    def __init__(self, *arguments):
        super().__init__(os.path.join(SERVERS, "filehost.py"), *arguments)
        while self.port is None:
            self.next()
        self.url = f"{'https' if arguments else 'http'}://127.0.0.1:{self.port}"

    def request(self):
        return self.event("request")


class Online:
    """A hub with alice online on the test's server, a screen, and a directory of downloads."""

    def __init__(self, there, account=None, **settings):
        self.there = there
        self.keys = account or {}
        self.settings = settings

    def __enter__(self):
        self.home = home = Home().__enter__()
        self.downloads = os.path.join(home.path, "Got here")
        home.setting("kith", "download_dir", self.downloads)
        home.setting("kith", "download_private", "yes")
        for key, value in self.settings.items():
            home.setting("kith", key, value)
        home.account("work", "xmpp", "alice@kith.test", password_command="printf secret", **account_keys(self.there), **self.keys)
        assert home.start() == "ok"
        self.screen = home.client()
        self.screen.see("account", account="work", state="online")
        self.screen.see("contact", address="bob@kith.test")
        return self

    def __exit__(self, *failure):
        self.home.__exit__(*failure)

    def file(self, name, data):
        path = os.path.join(self.home.path, name)
        with open(path, "wb") as file:
            file.write(data)
        return path

    def run(self, line, **fields):
        return self.screen.command(line, account="work", chat="bob@kith.test", **fields)

    def sent(self, line):
        ok, text, _ = self.run(line)
        assert ok, text

    def refused(self, line, words):
        ok, text, _ = self.run(line)
        assert not ok and words in text, (line, text)

    def got(self):
        return sorted(os.listdir(self.downloads)) if os.path.isdir(self.downloads) else []

    def read(self, name):
        with open(os.path.join(self.downloads, name), "rb") as file:
            return file.read()

    def leftovers(self):
        place = os.path.join(self.home.path, "data", "kith", "accounts", "work", "outgoing")
        return os.listdir(place) if os.path.isdir(place) else []


PEOPLE = ("alice:secret:bob=Bob", "bob:secret:alice")


def fetch(there, url):
    done = subprocess.run(["curl", "-sS", "--cacert", there.env["CA"], url], stdout=subprocess.PIPE, check=True)
    return done.stdout


def test_a_file_goes_to_the_server_and_its_link_to_the_contact():
    data = os.urandom(300_000)
    with server(*PEOPLE) as there, there.peer("bob") as bob, Online(there) as me:
        path = me.file("holiday one.jpg", data)
        me.sent(f'/send "{path}"')
        got = bob.expect("message kind=chat")
        assert got["text"].startswith("https://127.0.0.1:"), got
        assert fetch(there, got["text"]) == data
        assert "jabber:x:oob" in got["xml"], got["xml"]
        shown = me.screen.see("message", direction="out")
        assert shown["text"] == got["text"]
        states = [t["state"] for t in me.screen.all("transfer", name="holiday one.jpg")]
        assert states[0] == "waiting" and states[-1] == "done" and "active" in states, states
        assert me.screen.all("transfer")[-1]["id"] == shown["id"]
        assert me.leftovers() == []
        # into a room as well
        ok, text, _ = me.screen.command("/join work/den@conference.kith.test")
        assert ok, text
        bob.do("join den@conference.kith.test bob")
        me.sent(f"/send --to den@conference.kith.test --name notes.txt {me.file('n', b'for all')}")
        assert fetch(there, bob.expect("message kind=room text~notes.txt")["text"]) == b"for all"
        # several at once, each in a message of its own, in order
        me.sent("/send " + " ".join(me.file(f"n{n}.txt", b"%d" % n) for n in range(4)))
        texts = [bob.expect("message kind=chat")["text"] for _ in range(4)]
        assert [fetch(there, url) for url in texts] == [b"0", b"1", b"2", b"3"], texts


def test_kith_send_takes_files_and_standard_input():
    with server(*PEOPLE) as there, there.peer("bob") as bob, Online(there) as me:
        me.file("a.txt", b"of the command line")
        done = subprocess.run([os.path.join(os.environ.get("KITH_LIBEXEC", "."), "kith"), "send", "--file", "a.txt", "bob@kith.test"],
                              env=me.home.env, cwd=me.home.path, text=True, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert fetch(there, bob.expect("message kind=chat")["text"]) == b"of the command line"
        # what is typed counts from where it is typed: of kith run, of a screen, of nowhere
        os.mkdir(os.path.join(me.home.path, "there"))
        me.file("there/b.txt", b"of another place")
        done = me.home.kith("run", "/send --to bob@kith.test b.txt", cwd=os.path.join(me.home.path, "there"))
        assert done.returncode == 0, done.stderr
        assert fetch(there, bob.expect("message kind=chat")["text"]) == b"of another place"
        ok, text, _ = me.screen.command("/send --to bob@kith.test b.txt", directory=os.path.join(me.home.path, "there"))
        assert ok, text
        assert fetch(there, bob.expect("message kind=chat")["text"]) == b"of another place"
        ok, text, _ = me.screen.command("/send --to bob@kith.test b.txt")
        assert not ok and "no such file" in text, text
        done = me.home.kith("send", "--file", "-", "--name", "log.txt", "--wait", "sent", "bob@kith.test", stdin="of a pipe")
        assert done.returncode == 0, done.stderr
        url = bob.expect("message kind=chat")["text"]
        assert url.endswith("log.txt") and fetch(there, url) == b"of a pipe"
        assert not [n for n in os.listdir(os.path.join(me.home.path, "data", "kith")) if n.startswith("input")]
        done = me.home.kith("send", "--file", "nothing.txt", "bob@kith.test")
        assert done.returncode == 1 and "there is no such file" in done.stderr, done.stderr


def test_files_that_can_t_be_sent_are_refused_with_a_reason():
    with server(*PEOPLE) as there, Online(there) as me:
        me.file("empty", b"")
        os.mkfifo(os.path.join(me.home.path, "pipe"))
        locked = me.file("locked", b"x")
        os.chmod(locked, 0)
        cases = [("~/nothing", "no such file"), ("~/", "is a directory"), ("~/empty", "is empty"), ("~/pipe", "no ordinary file"), ("--to", "lacks its value"),
                 ("", "say which file"), ("--what x", "no option"), ("-", '"kith send --file -"'), ('"', "no end"), ("--name a b c", "--name is for one file")]
        if os.getuid():
            cases.append(("~/locked", "ermission denied"))
        for words, why in cases:
            me.refused(f"/send {words}", why)
        big = me.file("big", b"")
        os.truncate(big, 200 << 20)
        me.refused("/send ~/big", "too large")
        assert me.leftovers() == ["x"] or all("big" not in n for n in me.leftovers())
        ok, text, printed = me.run("/transfers")
        assert ok and any("failed" in line for line in printed), printed
        ok, text, _ = me.screen.command("/send ~/empty")
        assert not ok and "say whom" in text, text


def test_a_link_is_fetched_only_when_asked_and_under_a_safe_name():
    data = os.urandom(50_000)
    with server(*PEOPLE) as there, there.peer("bob") as bob, FileHost() as host, Online(there) as me:
        bob.do(f"message alice@kith.test chat <body>{host.url}/bytes/50000/photo%20one.jpg</body>"
               f"<x xmlns='jabber:x:oob'><url>{host.url}/bytes/50000/photo%20one.jpg</url></x>")
        message = me.screen.see("message", direction=None)
        assert not os.path.isdir(me.downloads) and host.lines.empty()
        ok, text, _ = me.run("/save")
        assert ok and "photo one.jpg" in text, text
        assert me.got() == ["photo one.jpg"] and len(me.read("photo one.jpg")) == 50000
        assert os.stat(os.path.join(me.downloads, "photo one.jpg")).st_mode & 0o777 == 0o600
        assert host.request()["method"] == "GET"
        ok, text, _ = me.run(f"/save {message['id']}")                 # nothing is overwritten
        assert ok and "photo one-1.jpg" in text, text
        ok, text, _ = me.run(f"/save {message['id']} ~/as/here.bin")
        assert ok and os.path.exists(os.path.join(me.home.path, "as", "here.bin")), text
        told = me.screen.see("message", id=message["id"], again=True)
        assert told["saved"].startswith(me.home.path), told
        me.refused("/save 99999", "no message")
        me.refused("/save nonsense", "neither")
        assert len(data) == 50000


def test_what_a_web_server_may_lie_about():
    with server(*PEOPLE) as there, FileHost() as host, Online(there, download_max="1") as me:
        def failed(path, words):
            me.refused(f"/save {host.url}{path}", words)
            assert not any(n.startswith("x.") for n in me.got()), me.got()

        failed("/endless/x.bin", "larger than")
        failed("/bytes/9000000/x.bin", "larger than")
        failed("/status/404", "no such file")
        failed("/status/403", "does not allow")
        failed("/redirect/9?/bytes/10/x.bin", "too often")
        failed("/redirect/0?file:///etc/passwd", "no link")
        failed("/redirect/0?gopher://127.0.0.1/x", "no link")
        failed("/redirect/0?//[::1", "")
        me.refused("/save file:///etc/passwd", "no link")
        me.refused("/save ftp://127.0.0.1/x", "no link")
        me.refused("/save http://example.invalid/x", "not encrypted")
        ok, text, _ = me.run(f"/save {host.url}/redirect/3?/bytes/1000/followed.bin")
        assert ok and me.got() == ["3"], (text, me.got())     # the name is the link's own
        ok, text, _ = me.run(f"/save {host.url}/gzip/packed.gz")
        assert ok and len(me.read("packed.gz")) < 100_000      # not unpacked
        # hostile names end as harmless files in the directory
        for name in ("..%2f..%2fevil", "%2e%2e", "-rf", ".bashrc", "a%00b", "%1b%5b31m.txt", "%e2%80%aegnp.exe", "a" * 600 + ".txt", "CON", "%0a%0a"):
            ok, text, _ = me.run(f"/save {host.url}/bytes/10/{name}")
            assert ok, (name, text)
        for name in me.got():
            assert name[0] not in ".-~" and len(name.encode()) <= 210 and name.isprintable(), name
        assert sorted(os.listdir(me.home.path)) == sorted(set(os.listdir(me.home.path)) - {"evil"})


def test_what_broke_off_is_gone_on_with():
    with server(*PEOPLE) as there, FileHost() as host, Online(there) as me:
        ok, text, _ = me.run(f"/save {host.url}/cut/400000/150000/long.bin", seconds=90)
        assert ok, text
        assert hashlib.sha256(me.read("long.bin")).digest() == hashlib.sha256((bytes(range(256)) * 2000)[:400000]).digest()
        ranges = [host.request()["headers"].get("Range") for _ in range(2)]
        assert ranges[0] is None and ranges[1].startswith("bytes=1"), ranges
        assert me.got() == ["long.bin"]
        # from a server that says nothing any more
        assert me.screen.command("/set transfer_timeout 1")[0]
        ok, text, _ = me.run(f"/save {host.url}/stall/300000/100000/stalled.bin", seconds=60)
        assert ok and len(me.read("stalled.bin")) == 300000, text
        assert [host.request()["headers"].get("Range") for _ in range(2)] == [None, "bytes=100000-"]
        os.unlink(os.path.join(me.downloads, "stalled.bin"))
        assert me.screen.command("/unset transfer_timeout")[0] or me.screen.command("/set transfer_timeout 45")[0]
        # a file that has changed meanwhile is not put together of both
        ok, text, _ = me.run(f"/save {host.url}/changes/400000/changed.bin", seconds=90)
        assert ok, text
        assert me.read("changed.bin") == (bytes(range(256)) * 2000)[1:400001], "of two files"
        asked = [host.request()["headers"] for _ in range(2)]
        assert asked[1].get("If-Range") == '"one"' and asked[1]["Range"].startswith("bytes="), asked
        os.unlink(os.path.join(me.downloads, "changed.bin"))
        # cancelled, and gone on with
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/save {host.url}/slow/300000/slow.bin", account="work", chat="bob@kith.test")
        me.screen.expect("transfer", name="slow.bin", state="active")
        wait_for(lambda: [n for n in me.got() if n.endswith(".part") and os.stat(os.path.join(me.downloads, n)).st_size], "a part of it")
        (helper,) = me.home.backends("kith-files")
        with open(f"/proc/{helper}/status") as status:
            status = status.read()
        assert os.environ.get("KITH_NO_CONFINE") or "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status, status
        ok, text, _ = me.run("/cancel")
        assert ok, text
        wait_for(lambda: not me.home.backends("kith-files"), "the helper to be gone")
        me.screen.expect("error", request=me.screen.requests - 1)
        ok, text, _ = me.run("/retry", seconds=60)
        assert ok and len(me.read("slow.bin")) == 300000, text
        assert any(r.startswith("bytes=") for r in (host.request()["headers"].get("Range", "") for _ in range(2))), "not gone on with"
        assert me.got() == ["long.bin", "slow.bin"]
        # it ends with the hub
        me.screen.send("command", request=900, line=f"/save {host.url}/slow/9000000/last.bin", account="work", chat="bob@kith.test")
        me.screen.expect("transfer", name="last.bin", state="active")
        # the one before has said that it is done, and may still be ending
        (helper,) = wait_for(lambda: len(helpers := me.home.backends("kith-files")) == 1 and helpers, "one helper")
        me.home.kill_hub()
        wait_for(lambda: not os.path.exists(f"/proc/{helper}") or "Z" in open(f"/proc/{helper}/stat").read().split()[2], "the helper to end")


def test_private_networks_are_left_alone():
    with server(*PEOPLE) as there, there.peer("bob") as bob, FileHost() as host, Online(there, download_private="no") as me:
        # but the account's own store
        me.sent(f"/send {me.file('own.txt', b'own')}")
        url = bob.expect("message kind=chat")["text"]
        ok, text, _ = me.run(f"/save {url}")
        assert ok and me.read("own.txt") == b"own", text
        for url in (host.url, f"http://localhost:{host.port}", f"http://[::1]:{host.port}", f"http://127.1:{host.port}", f"http://2130706433:{host.port}",
                    f"http://[::ffff:127.0.0.1]:{host.port}", "https://169.254.169.254", "https://10.0.0.1", "https://0.0.0.0", "https://[fe80::1]"):
            me.refused(f"/save {url}/bytes/10/x", "")
        assert host.lines.empty(), "something was asked for"


def test_announced_size_and_hash_are_checked():
    good = base64.b64encode(hashlib.sha256((bytes(range(256)) * 4)[:1000]).digest()).decode()

    def sharing(url, size, digest):
        return (f"<body>{url}</body><file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'><name>named.bin</name><size>{size}</size>"
                f"<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>{digest}</hash></file><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='{url}'/>"
                "</sources></file-sharing>")

    with server(*PEOPLE) as there, there.peer("bob") as bob, FileHost() as host, Online(there) as me:
        def offer(n, size, digest):
            bob.do({"do": "message", "to": "alice@kith.test", "kind": "chat", "xml": sharing(f"{host.url}/bytes/{n}/x.bin", size, digest)})
            return wait_for(lambda: me.screen.more(0.02) is not None and [m for m in me.screen.all("message", direction=None) if m["id"] not in seen], "it")[-1]

        seen = set()
        for n, size, digest, words in ((1000, 1000, good, None), (1000, 1000, "A" * 43 + "=", "hash differs"), (1000, 500, good, "larger"), (1000, 2000, good, "bytes")):
            message = offer(n, size, digest)
            seen.add(message["id"])
            if words:
                me.refused(f"/save {message['id']}", words)
            else:
                me.sent(f"/save {message['id']}")
        assert me.got() == ["named.bin"], me.got()


def test_what_was_not_sent_is_there_after_a_restart():
    with server(*PEOPLE) as there, there.peer("bob") as bob, Online(there) as me:
        path = me.file("late.txt", b"late")
        ok, text, _ = me.screen.command("/account set work port=1")
        assert ok, text
        me.screen.see("account", account="work", state="waiting")
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/send {path}", account="work", chat="bob@kith.test")
        wait_for(me.leftovers, "the copy")
        wait_for(lambda: me.screen.more(0.02) is not None and me.screen.all("transfer", name="late.txt", size=4), "the file to be known")
        me.screen.command("/transfers")                          # what is kept before it is kept now
        wait_for(lambda: "late.txt" in kept(me.home), "it to be kept")
        me.home.kill_hub()
        for client in me.home.clients:
            client.close()
        me.home.clients.clear()
        os.unlink(path)
        done = me.home.kith("account", "set", "work", f"port={there.env['C2S']}")
        assert done.returncode == 0, done.stderr
        assert me.home.start() == "ok"
        me.screen = me.home.client()
        me.screen.see("account", account="work", state="online")
        me.screen.see("transfer", name="late.txt", state="failed")
        with sqlite3.connect(f"file:{me.home.database}?mode=ro", uri=True) as db:
            assert db.execute("SELECT count(*) FROM message WHERE text LIKE '%was not sent before kith ended%'").fetchone() == (1,)
        ok, text, printed = me.run("/transfers")
        assert ok and "failed" in printed[0] and "late.txt" in printed[0], printed
        ok, text, printed = me.run("/transfers", json=True)
        listed = json.loads(printed[0])
        assert listed["state"] == "failed" and listed["name"] == "late.txt" and listed["size"] == 4, listed
        me.sent(f"/retry {listed['number']}")
        assert fetch(there, bob.expect("message kind=chat")["text"]) == b"late"
        assert me.leftovers() == []


def kept(home):
    with sqlite3.connect(f"file:{home.database}?mode=ro", uri=True) as db:
        return "".join(value for (value,) in db.execute("SELECT value FROM keep WHERE key = 'hub.transfers'"))


def job(environment=None, **fields):
    """One job of kith-files by itself; its last line."""
    ours, theirs = socket.socketpair()
    process = subprocess.Popen([os.path.join(os.environ.get("KITH_LIBEXEC", "."), "kith-files")], preexec_fn=lambda: os.dup2(theirs.fileno(), 3, inheritable=True),
                               pass_fds=(3,), env=dict(os.environ, **(environment or {})))
    theirs.close()
    with ours:
        ours.sendall((json.dumps(fields) + "\n").encode())
        said = b""
        while data := ours.recv(65536):
            said += data
    assert process.wait(30) == 0
    return [json.loads(line) for line in said.splitlines()][-1]


@without_server
def test_what_a_store_may_ask_when_a_file_is_put():
    with tempfile.TemporaryDirectory() as place, FileHost() as host:
        path = os.path.join(place, "file")
        with open(path, "wb") as file:
            file.write(b"x" * 100_000)

        def put(url, **fields):
            return job(do="put", path=path, url=url, type="text/plain", **fields)

        good = put(host.url + "/put/x", headers=["Authorization: Bearer abc", "Cookie: a=b", "Host: evil", "X-Other: 1", "Expires: a\r\nX-Smuggled: 1"])
        assert good.get("done"), good
        request = host.request()
        assert request["size"] == 100_000 and request["headers"]["Authorization"] == "Bearer abc" and request["headers"]["Cookie"] == "a=b", request
        assert request["headers"]["Content-Type"] == "text/plain" and request["headers"]["Host"] == f"127.0.0.1:{host.port}", request
        assert not [h for h in request["headers"] if h.startswith("X-")], request
        for where, words, again in ((host.url + "/redirect/0?/put/y", "elsewhere", False), (host.url + "/status/500", "problem", True), (host.url + "/status/403", "not allow", False),
                                    (host.url + "/status/413", "too large", False), ("http://192.0.2.1/x", "not encrypted", False), ("file:///etc/passwd", "no link", False),
                                    ("gopher://127.0.0.1/x", "no link", False), ("https://127.0.0.1:1/x", "accept", True)):
            answer = put(where)
            assert words in answer["error"] and answer["again"] == again, (where, answer)
        # a link in place of the copy, and no copy at all
        os.symlink(path, path + "-link")
        for gone in (path + "-link", path + "-none", place):
            assert "is gone" in job(do="put", path=gone, url=host.url + "/put/x")["error"]
        assert "does not know" in job(do="nonsense")["error"]
        assert "does not know" in job(do="get")["error"]


@without_server
def test_certificates_are_checked():
    with tempfile.TemporaryDirectory() as place:
        subprocess.run([os.path.join(SERVERS, "mkca.sh"), place, "kith.test"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with FileHost("--tls", os.path.join(place, "server.pem"), os.path.join(place, "server.key")) as host:
            fields = {"do": "get", "url": host.url + "/bytes/10/x", "directory": place, "private": True}
            answer = job(**fields)
            assert "certificate" in answer["error"], answer
            answer = job(ca_file=os.path.join(place, "ca.pem"), **fields)
            assert answer.get("done"), answer
            # what began encrypted does not go on in plain text
            with FileHost() as plain:
                answer = job(ca_file=os.path.join(place, "ca.pem"), **dict(fields, url=f"{host.url}/redirect/0?{plain.url}/bytes/10/y"))
                assert "not encrypted" in answer["error"] and plain.lines.empty(), answer


@without_server
def test_nothing_is_overwritten_and_no_link_followed():
    with tempfile.TemporaryDirectory() as place, FileHost() as host:
        kept = os.path.join(place, "kept")
        with open(kept, "w") as file:
            file.write("mine")
        os.symlink(kept, os.path.join(place, "x.txt"))
        url = host.url + "/bytes/10/x.txt"
        part = os.path.join(place, "x.txt." + hashlib.sha256(url.encode()).hexdigest()[:8] + ".part")
        os.symlink(kept, part)
        fields = {"do": "get", "url": url, "directory": place, "private": True}
        assert "can't be made" in job(**fields)["error"]
        os.unlink(part)
        os.link(kept, part)
        assert "not a file of kith's" in job(**fields)["error"]
        os.unlink(part)
        assert job(**fields)["name"] == "x-1.txt"
        assert job(**fields)["name"] == "x-2.txt"
        with open(kept) as file:
            assert file.read() == "mine"
        # a server that sends another part than was asked for
        answer = job(**dict(fields, url=host.url + "/wrongrange/1000/w.bin"))
        assert answer["again"], answer
        answer = job(**dict(fields, url=host.url + "/wrongrange/1000/w.bin"))
        assert "another part" in answer["error"] and not answer["again"], answer
        assert not [n for n in os.listdir(place) if n.startswith("w.")]


def test_what_breaks_off_is_sent_again_and_can_be_given_up():
    data = os.urandom(2_000_000)
    with server(*PEOPLE) as there, there.peer("bob") as bob, Fault("socks.py", "--hurt", there.env["HTTPS"]) as proxy:
        with Online(there, account={"proxy": f"socks5://127.0.0.1:{proxy.port}"}) as me:       # files go through the account's proxy too
            path = me.file("long.bin", data)
            me.sent(f"/send {path}")
            assert fetch(there, bob.expect("message kind=chat")["text"]) == data
            assert "tried again" in me.home.read_log()
            states = [t["state"] for t in me.screen.all("transfer", name="long.bin")]
            assert states.index("waiting", states.index("active")) > 0, states
            ports = [proxy.event("connect")["port"] for _ in range(3)]
            assert ports.count(int(there.env["HTTPS"])) == 2, ports
            # given up on its way, and begun again
            me.screen.requests += 1
            me.screen.send("command", request=me.screen.requests, line=f"/send --name other.bin {path}", account="work", chat="bob@kith.test")
            me.screen.expect("transfer", name="other.bin", state="active")
            me.sent("/cancel")
            me.screen.expect("error", request=me.screen.requests - 1)
            assert me.screen.all("transfer", name="other.bin")[-1]["state"] == "cancelled"
            bob.do("refuse message kind=chat")
            me.refused("/cancel", "no file is on its way")
            me.sent("/retry")
            url = bob.expect("message kind=chat")["text"]
            assert url.endswith("other.bin") and fetch(there, url) == data


def file_peer(there, user):
    return Peer("filepeer.py", f"{user}@kith.test", "--port", there.env["C2S"], "--ca", there.env["CA"])


def test_offers_are_taken_or_refused_by_command():
    with server(*PEOPLE) as there, Online(there) as me, file_peer(there, "bob") as bob:
        alice = bob.expect("presence from~alice@kith.test/")["from"]
        sid = bob.do({"do": "offer", "to": alice, "name": "../../.bashrc", "size": "20000"})["sid"]
        said = me.screen.see("message", type="event", chat="bob@kith.test")
        offer = me.screen.see("transfer", state=None, name="bashrc")
        assert "bashrc" in said["text"] and "20 kB" in said["text"] and f"/take {offer['transfer']}" in said["text"], said
        assert me.got() == []
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/take {offer['transfer']}", account="work", chat="bob@kith.test")
        assert bob.do(f"give {sid}")["reason"] == "success"
        done = me.screen.expect("done", request=me.screen.requests)
        assert "bashrc" in done["text"] and me.got() == ["bashrc"], done
        assert me.read("bashrc") == bytes(i % 256 for i in range(20000))
        assert os.listdir(os.path.join(me.home.path, "data", "kith", "accounts", "work", "incoming")) == []
        said = me.screen.see("message", id=said["id"], again=True)
        assert said["saved"] == os.path.join(me.downloads, "bashrc"), said
        # by the message that tells of it
        sid = bob.do({"do": "offer", "to": alice, "name": "two.txt", "size": "5"})["sid"]
        said = wait_for(lambda: me.screen.more(0.02) is not None and [t for t in me.screen.all("transfer", name="two.txt") if t.get("id")], "its message")[-1]
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/save {said['id']}", account="work", chat="bob@kith.test")
        assert bob.do(f"give {sid}")["reason"] == "success"
        me.screen.expect("done", request=me.screen.requests)
        assert me.got() == ["bashrc", "two.txt"]
        sid = bob.do({"do": "offer", "to": alice, "name": "no", "size": "5"})["sid"]
        me.screen.see("transfer", state=None, name="no")
        me.sent("/refuse")
        assert bob.do(f"give {sid}")["reason"] == "decline"
        me.refused("/take", "no file is offered")
        me.refused("/take 999", "there is no file 999")
        me.refused("/cancel x", "no number")


def test_without_the_server_a_file_goes_directly():
    data = os.urandom(30_000)
    with server(*PEOPLE) as there, Online(there) as me, file_peer(there, "bob") as bob:
        bob.expect("presence from~alice@kith.test/")
        me.screen.see("presence", address="bob@kith.test", presence="online")
        path = me.file("direct.bin", data)
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/send --direct {path}", account="work", chat="bob@kith.test")
        offer = bob.expect("jingle action=session-initiate")
        assert offer["name"] == "direct.bin", offer
        assert bob.do(f"take {offer['sid']}")["sha256"] == base64.b64encode(hashlib.sha256(data).digest()).decode()
        me.screen.expect("done", request=me.screen.requests)
        me.screen.see("message", type="event", chat="bob@kith.test")
        assert me.leftovers() == []
        # what the server takes no more goes directly by itself
        big = me.file("big.bin", b"")
        os.truncate(big, 150 << 20)
        me.screen.requests += 1
        me.screen.send("command", request=me.screen.requests, line=f"/send {big}", account="work", chat="bob@kith.test")
        offer = bob.expect("jingle action=session-initiate")
        assert offer["size"] == str(150 << 20), offer
        me.sent("/cancel")
        assert bob.expect("jingle action=session-terminate")["reason"] == "cancel"
        me.screen.expect("error", request=me.screen.requests - 1)


def test_files_and_links_are_opened_by_argv():
    with server(*PEOPLE) as there, there.peer("bob") as bob, FileHost() as host:
        with Online(there, opener="sh -c 'printf %s \"$1\" > \"$HOME/opened.part\" && mv \"$HOME/opened.part\" \"$HOME/opened\"' sh") as me:
            opened = os.path.join(me.home.path, "opened")

            def what():
                wait_for(lambda: os.path.exists(opened), "the program to run")
                with open(opened) as file:
                    text = file.read()
                os.unlink(opened)
                return text

            bob.do("send alice@kith.test look at https://example.org/$(touch${IFS}p), it is good")
            me.screen.see("message", direction=None)
            me.sent("/open")
            assert what() == "https://example.org/$(touch${IFS}p"
            for bad in ("file:///etc/passwd", "javascript:alert(1)", "--help", "ssh://x"):
                me.refused(f"/open {bad}", "neither")
            me.sent("/open xmpp:bob@kith.test?message")
            assert what() == "xmpp:bob@kith.test?message"


if __name__ == "__main__":
    xmpptest.run(globals())
