"""An empty home of its own with a kith in it: configuration, hub, clients, commands.

    with Home() as home:
        home.account("work", "replay", "me@example.org", script=["online", "contacts 3"])
        home.start()                       # the hub; waits until it is ready
        screen = home.client()             # attached like a front end: screen.expect("account", state="online")
        home.kith("send", "Alice", "hi")   # a one-shot command

Waiting is waiting for a condition with a deadline, never for a time. Leaving kills what is still running and removes everything.
"""
import glob
import json
import os
import select
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "protocol"))

TIMEOUT_S = float(os.environ.get("KITH_TEST_TIMEOUT", 30))
LIBEXEC = os.environ.get("KITH_LIBEXEC", ".")
WRAPPER = shlex.split(os.environ.get("KITH_WRAPPER", ""))  # for example valgrind --log-file=…: the hub runs under it


class Timeout(AssertionError):
    pass


def wait_for(condition, what, seconds=TIMEOUT_S):
    """Polls condition() until it is true; gives its value."""
    deadline = time.monotonic() + seconds
    pause = 0.002
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise Timeout(what)
        select.select([], [], [], pause)
        pause = min(pause * 1.5, 0.1)


class Lines:
    """One end of the hub's socket: the messages that come, and those that go."""

    def __init__(self, end=None):
        self.socket = end
        self.buffer = b""
        self.lines = []
        self.read_to = 0

    def send(self, kind, **fields):
        self.socket.sendall(json.dumps({"kind": kind, **fields}).encode() + b"\n")

    def raw(self, data):
        self.socket.sendall(data)

    def more(self, seconds):
        if not select.select([self.socket], [], [], max(seconds, 0))[0]:
            return False
        data = self.socket.recv(1 << 20)
        if not data:
            raise EOFError("the other end closed the connection")
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        self.lines += [json.loads(line) for line in lines]
        return True

    def expect(self, kind, seconds=TIMEOUT_S, **fields):
        """The next message of this kind with these fields, behind the one that was expected last."""
        deadline = time.monotonic() + seconds
        at = self.read_to
        while True:
            while at < len(self.lines):
                line = self.lines[at]
                at += 1
                if line["kind"] == kind and all(line.get(k) == v for k, v in fields.items()):
                    self.read_to = at
                    return line
            left = deadline - time.monotonic()
            if left <= 0 or not self.more(left):
                raise Timeout(f"no {kind} with {fields}; the last were {self.lines[-8:]}")


class Client(Lines):
    """The client's end."""

    def __init__(self, path, side="screen", can=()):
        super().__init__(socket.socket(socket.AF_UNIX))
        self.socket.connect(path)
        self.requests = 0
        self.send("hello", version=1, program="test", side=side, can=list(can))
        if side == "screen":
            self.expect("ready")

    def see(self, kind, seconds=TIMEOUT_S, **fields):
        """The newest message of this kind with these fields, wherever it came in the order; waits for one if need be."""
        return wait_for(lambda: self.more(0.02) is not None and self.all(kind, **fields), f"{kind} {fields}", seconds)[-1]

    def command(self, line, seconds=TIMEOUT_S, **fields):
        """Runs a slash command; gives (ok, text, printed lines)."""
        self.requests += 1
        request = self.requests
        start = len(self.lines)
        self.send("command", request=request, line=line, **fields)
        deadline = time.monotonic() + seconds
        while True:
            for answer in self.lines[start:]:
                if answer["kind"] in ("done", "error") and answer.get("request") == request:
                    printed = [m["text"] for m in self.lines[start:] if m["kind"] == "print" and m["request"] == request]
                    return answer["kind"] == "done", answer.get("text", ""), printed
            if not self.more(deadline - time.monotonic()):
                raise Timeout(f"no answer to {line}")

    def all(self, kind, **fields):
        return [m for m in self.lines if m["kind"] == kind and all(m.get(k) == v for k, v in fields.items())]

    def close(self):
        self.socket.close()


class Home:
    def __init__(self):
        self.path = tempfile.mkdtemp(prefix="kh-")
        self.env = {k: v for k, v in os.environ.items() if not k.startswith(("XDG_", "DBUS_"))}
        for name, place in (("CONFIG", "config"), ("DATA", "data"), ("STATE", "state"), ("CACHE", "cache")):
            self.env[f"XDG_{name}_HOME"] = os.path.join(self.path, place)
        self.env["XDG_RUNTIME_DIR"] = os.path.join(self.path, "run")
        self.env["HOME"] = self.path
        self.env["KITH_NO_CONFINE"] = "1" if os.environ.get("KITH_NO_CONFINE") else ""
        if not self.env["KITH_NO_CONFINE"]:
            del self.env["KITH_NO_CONFINE"]
        os.mkdir(self.env["XDG_RUNTIME_DIR"], 0o700)
        self.config = os.path.join(self.path, "config", "kith", "kith.conf")
        self.database = os.path.join(self.path, "data", "kith", "history.db")
        self.socket = os.path.join(self.path, "run", "kith", "socket")
        self.fifo = os.path.join(self.path, "run", "kith", "fifo")
        self.log = os.path.join(self.path, "state", "kith", "kith.log")
        os.makedirs(os.path.dirname(self.config))
        self.hub = None
        self.clients = []

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if failure[0] and os.path.exists(self.log):
            with open(self.log, errors="replace") as log:
                print("".join("# log: " + line for line in log.readlines()[-40:]), end="")
        for client in self.clients:
            client.close()
        if self.hub and self.hub.poll() is None:
            self.hub.kill()
            self.hub.wait()
        shutil.rmtree(self.path, ignore_errors=True)

    def setting(self, group, key, value):
        with open(self.config, "a") as config:
            config.write(f"[{group}]\n{key}={value}\n")

    def account(self, name, protocol, address, script=None, **keys):
        if script is not None:
            keys["script"] = os.path.join(self.path, f"{name}.script")
            with open(keys["script"], "w") as file:
                file.write("\n".join(script) + "\n")
        with open(self.config, "a") as config:
            config.write(f"[account {name}]\nprotocol={protocol}\naddress={address}\n")
            config.writelines(f"{key}={value}\n" for key, value in keys.items())

    def start(self, *options):
        """Starts the hub and waits until it says it is ready. Gives what it said: "ok", or the failure."""
        ready, say = os.pipe()
        self.hub = subprocess.Popen([*WRAPPER, os.path.join(LIBEXEC, "kith-hub"), "--ready-fd", str(say), *options],
                                    env=self.env, pass_fds=(say,), stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        os.close(say)
        with os.fdopen(ready) as pipe:
            return pipe.readline().strip()

    def client(self, side="screen", can=()):
        client = Client(self.socket, side, can)
        self.clients.append(client)
        return client

    def kill_hub(self, how=signal.SIGKILL):
        self.hub.send_signal(how)
        return self.hub.wait(TIMEOUT_S)

    def backends(self, program):
        """Process ids of this hub's children that run program."""
        found = []
        for stat in glob.glob("/proc/[0-9]*/stat"):
            try:
                with open(stat) as file:
                    text = file.read()
            except OSError:
                continue
            name = text[text.index("(") + 1:text.rindex(")")]
            fields = text[text.rindex(")") + 2:].split()
            if name == program[:15] and int(fields[1]) == self.hub.pid and fields[0] != "Z":
                found.append(int(text.split()[0]))
        return found

    def kith(self, *words, stdin=None, seconds=TIMEOUT_S, env=None, cwd=None):
        """Runs a one-shot command; gives the finished process with text output."""
        return subprocess.run([os.path.join(LIBEXEC, "kith"), *words], env=dict(self.env, **(env or {})), input=stdin,
                              text=True, capture_output=True, timeout=seconds, cwd=cwd)

    def read_log(self):
        try:
            with open(self.log, errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""
