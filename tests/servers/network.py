"""Servers, peers and faults for tests in Python: starts them, talks to them, and ends them.

    with Prosody("alice:secret:bob", "bob:secret:alice") as server, server.peer("bob") as bob:
        bob.do("send alice@kith.test hello")             # raises if it could not be done
        event = bob.expect("message text=hello")         # raises after the peer's time-out
    with Fault("fake.py", "flood", "--messages", "1000") as fault:
        fault.port; fault.event("login")

Everything ends with the with block, and with the test, however that ends.
"""
import json
import os
import queue
import shutil
import subprocess
import tempfile
import threading

SERVERS = os.path.dirname(os.path.abspath(__file__))
FAULTS = os.path.join(os.path.dirname(SERVERS), "faults")
TIMEOUT_S = 30


class Process:
    """A program that takes lines and prints JSON lines (and perhaps PORT=n first)."""

    def __init__(self, *command):
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True, bufsize=1)
        self.lines = queue.Queue()
        self.port = None
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.strip())
        self.lines.put(None)

    def next(self):
        """The next line: an event, or None for PORT=n. Raises when the program ended or says nothing in time."""
        line = self.lines.get(timeout=TIMEOUT_S)
        if line is None:
            raise EOFError(f"{self.process.args} ended")
        if line.startswith("PORT="):
            self.port = int(line[5:])
            return None
        return json.loads(line)

    def event(self, name):
        """The next event of that name; others are passed over."""
        while True:
            event = self.next()
            if event and event["event"] == name:
                return event

    def write(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def end(self):
        self.process.stdin.close()
        self.process.terminate()
        self.process.wait(TIMEOUT_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Peer(Process):
    """peer.py or ircpeer.py, logged in when the constructor returns."""

    def __init__(self, program, *arguments):
        super().__init__(os.path.join(SERVERS, program), *arguments)
        while True:
            event = self.next()
            if event["event"] == "failed":
                raise ConnectionError(event["reason"])
            if event["event"] == "online":
                return

    def do(self, command):
        """Runs one command line; its answer, or AssertionError with its error."""
        self.write(command)
        while True:
            event = self.next()
            if event["event"] in ("done", "error") and "do" in event:
                assert event["event"] == "done", f"'{command}': {event['error']}"
                return event

    def expect(self, condition):
        return self.do("expect " + condition)["got"]

    def end(self):
        self.process.stdin.close()              # a clean end, which tells the server
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Fault(Process):
    """A program of ../faults; has a port when the constructor returns."""

    def __init__(self, program, *arguments):
        super().__init__(os.path.join(FAULTS, program), *arguments)
        while self.port is None:
            self.next()


class Server:
    """A directory with a server in it; env holds what the start script said."""

    script = None

    def __init__(self, *arguments):
        self.dir = tempfile.mkdtemp(prefix="kith-server-")
        try:
            said = subprocess.run([os.path.join(SERVERS, self.script), self.dir, *arguments, "--with-parent", str(os.getpid())],
                                  check=True, stdout=subprocess.PIPE, text=True).stdout
        except subprocess.CalledProcessError:
            shutil.rmtree(self.dir)
            raise
        self.env = dict(line.split("=", 1) for line in said.splitlines())
        self.pid = int(self.env["PID"])

    def stop(self):
        subprocess.run([os.path.join(SERVERS, "launch.py"), "stop", self.dir], check=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()
        shutil.rmtree(self.dir)


class Prosody(Server):
    """Accounts as prosody-accounts.py takes them: USER:PASSWORD[:FRIEND,…]; the password is secret for peer()."""

    script = "prosody-start.sh"

    def __init__(self, *accounts):
        super().__init__()
        if accounts:
            self.add(*accounts)

    def add(self, *accounts):
        subprocess.run([os.path.join(SERVERS, "prosody-accounts.py"), self.dir, *accounts], check=True)

    def peer(self, user, *options):
        return Peer("peer.py", f"{user}@{self.env['DOMAIN']}", "--port", self.env["C2S"], "--ca", self.env["CA"], *options)


class Ngircd(Server):
    script = "ngircd-start.sh"

    def peer(self, nick, *options):
        return Peer("ircpeer.py", nick, "--port", self.env["IRC"], *options)
