"""Plays the hub for one backend program: a socket pair on its descriptor 3, one JSON object a line.

    with Backend("kith-xmpp", account="work", protocol="xmpp", address="a@example.org", settings=["port=5222"]) as b:
        b.send("connect", password="secret", presence="online")
        b.expect("state", state="online")

It keeps what a hub keeps and survives the backend: keepsakes, stored messages (doubles are refused by the rules of the history),
marks and states of what is sent, contacts, cards. Everything that carries a commit number is stored and answered by committed,
unless hold_commits is set. kill() ends the process with SIGKILL and start() runs a new one with the same keepsakes.
A thread reads and answers all the time. Waiting is waiting for a condition with a deadline, never for a time.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

TIMEOUT_S = 30

# The first word of a set is its zero and is not written on the wire.
ZEROS = {
    "state": {"state": "offline", "reason": "none"},
    "message": {"direction": "in", "chat_kind": "chat", "type": "text"},
    "presence": {"presence": "unknown"},
    "occupant": {"presence": "unknown", "role": "none", "affiliation": "none"},
    "contact": {"subscription": "none"},
    "typing": {"typing": "stopped"},
    "card": {"card_kind": "notice"},
    "transfer": {"state": "offered", "direction": "in"},
}


class Timeout(AssertionError):
    pass


class Backend:
    def __init__(self, program, account, protocol, address, settings=(), keep=None, directory=None, env=None, command=None):
        libexec = os.environ.get("KITH_LIBEXEC", ".")
        self.command = command or [os.path.join(libexec, program)]
        self.account, self.protocol, self.address = account, protocol, address
        self.settings = list(settings)
        self.keep = dict(keep or {})
        self.own_directory = directory is None
        self.directory = directory or tempfile.mkdtemp(prefix="kith-backend-")
        self.env = dict(os.environ, **(env or {}))
        self.env.setdefault("KITH_LOG", os.path.join(self.directory, "log"))
        self.lines = []          # every message of the backend, in order, over all its lives
        self.read_to = 0         # expect() looks behind this one
        self.messages = []       # stored messages without doubles
        self.doubles = 0
        self.seen = set()
        self.states = {}         # own_id -> last message_state
        self.marks = {}          # own_id -> mark
        self.contacts = {}
        self.presences = {}
        self.rooms = {}
        self.occupants = {}
        self.cards = {}
        self.state = None
        self.hold_commits = False
        self.held = 0
        self.process = None
        self.socket = None
        self.request = 0
        self.changed = threading.Condition()
        self.writing = threading.Lock()

    # ---- life ----

    def start(self):
        ours, theirs = socket.socketpair()

        def adopt():
            # the descriptor must be 3 in the child, inheritable
            os.dup2(theirs.fileno(), 3, inheritable=True)

        self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, env=self.env,
                                        preexec_fn=adopt, close_fds=True, pass_fds=(3,))
        theirs.close()
        self.socket = ours
        self.gone = False
        self.read_to = len(self.lines)
        self.held = 0
        self.state = None
        self.reader = threading.Thread(target=self.read_all, args=(ours,), daemon=True)
        self.reader.start()
        self.send_raw({"kind": "hello", "version": 1, "program": "test", "side": "hub"})
        self.send("configure", protocol=self.protocol, address=self.address, directory=self.directory,
                  settings=self.settings, keep=[f"{k}={v}" for k, v in self.keep.items()])
        return self

    def kill(self):
        """SIGKILL: what it had not yet written is lost, what it had is read."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.reader.join(TIMEOUT_S)
        self.close_socket()
        self.process = None

    def end(self):
        """As when the hub goes: the socket closes. Returns the exit code."""
        if self.process is None:
            return None
        self.close_socket()
        try:
            return self.process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise Timeout("the backend did not end after its socket closed") from None
        finally:
            self.process = None

    def close_socket(self):
        if self.socket:
            try:
                self.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
            self.reader.join(TIMEOUT_S)
            self.socket.close()
            self.socket = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.end()
        finally:
            self.remove_directory()

    def remove_directory(self):
        if self.own_directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    # ---- out ----

    def send_raw(self, message):
        with self.writing:
            try:
                self.socket.sendall((json.dumps(message, ensure_ascii=False) + "\n").encode())
            except (BrokenPipeError, ConnectionResetError, OSError):
                pass                                     # read_all sees the end

    def send(self, kind, **fields):
        fields.setdefault("account", self.account)
        self.send_raw({"kind": kind, **fields})

    def ask(self, kind, timeout=TIMEOUT_S, **fields):
        """Sends a request and returns its done or error message."""
        self.request += 1
        number = self.request
        self.send(kind, request=number, **fields)
        return self.wait(lambda: next((m for m in reversed(self.lines)
                                       if m["kind"] in ("done", "error") and m.get("request") == number), None),
                         f"an answer to {kind}", timeout)

    # ---- in ----

    def read_all(self, connection):
        inbox = b""
        while True:
            try:
                data = connection.recv(1 << 20)
            except OSError:
                data = b""
            if not data:
                break
            *whole, inbox = (inbox + data).split(b"\n")
            self.take_lines(whole)
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def take_lines(self, lines):
        commit = 0
        with self.changed:
            for line in lines:
                message = json.loads(line)
                message = {**ZEROS.get(message["kind"], {}), **message}
                message["came"] = time.time_ns() // 1000
                self.lines.append(message)
                self.keep_message(message)
                commit = max(commit, message.get("commit", 0))
            if commit and self.hold_commits:
                self.held = max(self.held, commit)
                commit = 0
            self.changed.notify_all()
        if commit:
            self.send_raw({"kind": "committed", "commit": commit})

    def release_commits(self):
        with self.changed:
            self.hold_commits = False
            held, self.held = self.held, 0
        if held:
            self.send_raw({"kind": "committed", "commit": held})

    def keep_message(self, m):
        """What the hub's history and model would do."""
        kind = m["kind"]
        if kind == "beat":
            pass
        elif kind == "message":
            keys = [("own", m["own_id"])] if m.get("own_id") else []
            if m.get("archive_id"):
                keys.append(("archive", m["chat"], m["archive_id"]))
            if m.get("sender_id"):
                keys.append(("sender", m["chat"], m.get("from"), m.get("nick"), m["sender_id"]))
            if any(k in self.seen for k in keys):
                self.doubles += 1
            else:
                self.messages.append(m)
            self.seen.update(keys)
            if m.get("cursor"):
                self.keep["cursor"] = m["cursor"]
        elif kind == "keep":
            if "value" in m:
                self.keep[m["key"]] = m["value"]
            else:
                self.keep.pop(m["key"], None)
        elif kind == "mark":
            self.marks[m["own_id"]] = m["mark"]
        elif kind == "message_state":
            rank = ["queued", "sent", "delivered", "read"]
            old = self.states.get(m["own_id"])
            if m["state"] == "failed" or old is None or (old in rank and rank.index(m["state"]) > rank.index(old)):
                self.states[m["own_id"]] = m["state"]
        elif kind == "state":
            self.state = m
        elif kind == "contact":
            self.contacts[m["address"]] = m
        elif kind == "contact_gone":
            self.contacts.pop(m["address"], None)
        elif kind == "presence":
            self.presences[m["address"]] = m
        elif kind == "room":
            self.rooms[m["chat"]] = m
            if not m.get("joined"):
                self.occupants[m["chat"]] = {}
        elif kind == "occupant":
            self.occupants.setdefault(m["chat"], {})[m["nick"]] = m
        elif kind == "occupant_gone":
            self.occupants.setdefault(m["chat"], {}).pop(m["nick"], None)
        elif kind == "card":
            self.cards[m["card"]] = m
        elif kind == "card_gone":
            self.cards.pop(m["card"], None)

    # ---- waiting ----

    def wait(self, condition, what="a condition", timeout=TIMEOUT_S):
        """Reads until condition() is true; returns its value."""
        deadline = time.monotonic() + timeout
        with self.changed:
            while True:
                value = condition()
                if value:
                    return value
                left = deadline - time.monotonic()
                if left <= 0 or self.gone:
                    break
                self.changed.wait(left)
            tail = "\n".join(json.dumps(m, ensure_ascii=False)[:300] for m in self.lines[-15:])
        raise Timeout(f"{'the backend ended' if self.gone else 'no answer'} while waiting for {what}; last lines:\n{tail}")

    @staticmethod
    def matches(message, kind, fields):
        return message["kind"] == kind and all(
            (value(message.get(name)) if callable(value) else message.get(name) == value) for name, value in fields.items())

    def expect(self, kind, timeout=TIMEOUT_S, **fields):
        """The next message of that kind with those fields (a value may be a function); others before it are passed over."""
        def look():
            while self.read_to < len(self.lines):
                message = self.lines[self.read_to]
                self.read_to += 1
                if self.matches(message, kind, fields):
                    return message
            return None
        return self.wait(look, f"{kind} {fields}", timeout)

    def has(self, kind, **fields):
        """Whether such a message has come, at any time."""
        return any(self.matches(m, kind, fields) for m in self.lines)

    def connect(self, password, presence="online", **fields):
        self.state = None
        self.send("connect", password=password, presence=presence, **fields)

        def settled():
            if self.state and self.state["state"] in ("error", "offline") and self.state["reason"] != "none":
                raise AssertionError(f"not online: {self.state}")
            return self.state and self.state["state"] == "online"
        self.wait(settled, "the account to be online")
        return self.state
