"""Servers, peers and faults for tests in Python: starts them, talks to them, and ends them.

    with Prosody("alice:secret:bob", "bob:secret:alice") as server, server.peer("bob") as bob:   # or Ejabberd
        bob.do("send alice@kith.test hello")             # raises if it could not be done
        event = bob.expect("message text=hello")         # raises after the peer's time-out
    with Fault("fake.py", "flood", "--messages", "1000") as fault:
        fault.port; fault.event("login")

Everything ends with the with block, and with the test, however that ends.
"""
import contextlib
import ctypes
import json
import os
import queue
import select
import shutil
import signal
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

    def do(self, command):
        """Runs one command of scripted.py, a line or an object; its answer, or AssertionError with its error."""
        self.write(command if isinstance(command, str) else json.dumps(command))
        while True:
            event = self.next()
            if event["event"] in ("done", "error") and "do" in event:
                assert event["event"] == "done", f"'{command}': {event['error']}"
                return event

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
        self.arguments = arguments
        try:
            self.start()
        except subprocess.CalledProcessError:
            shutil.rmtree(self.dir)
            raise

    def start(self):
        said = subprocess.run([os.path.join(SERVERS, self.script), self.dir, *self.arguments, "--with-parent", str(os.getpid())],
                              check=True, stdout=subprocess.PIPE, text=True).stdout
        self.env = dict(line.split("=", 1) for line in said.splitlines())
        self.pid = int(self.env["PID"])

    def stop(self, *how):
        subprocess.run([os.path.join(SERVERS, "launch.py"), "stop", self.dir, *how], check=True)

    def restart(self, *how):
        """Ends the server (cleanly; with "--now" as a power cut does) and starts it again on the same ports with its data."""
        with open(os.path.join(self.dir, "ports"), "w") as f:
            f.writelines(f"{key}={value}\n" for key, value in self.env.items())
        self.stop(*how)
        self.start()

    def close(self):
        self.stop("--now")                      # nobody looks at its files again
        shutil.rmtree(self.dir, ignore_errors=True)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class XmppServer(Server):
    """Accounts are written USER:PASSWORD[:FRIEND,…], see prosody-accounts.py; the password is secret for peer()."""

    accounts_script = None

    def __init__(self, *accounts):
        super().__init__()
        if accounts:
            self.add(*accounts)

    def add(self, *accounts):
        subprocess.run([os.path.join(SERVERS, self.accounts_script), self.dir, *accounts], check=True)

    def peer(self, user, *options):
        """user may be USER/RESOURCE."""
        user, slash, resource = user.partition("/")
        jid = f"{user}@{self.env['DOMAIN']}{slash}{resource}"
        return Peer("peer.py", jid, "--port", self.env["C2S"], "--ca", self.env["CA"], *options)


class Prosody(XmppServer):
    name = "prosody"
    script, accounts_script = "prosody-start.sh", "prosody-accounts.py"


class Ejabberd(XmppServer):
    name = "ejabberd"
    script, accounts_script = "ejabberd-start.sh", "ejabberd-accounts.py"

    def begin_anew(self, *accounts):
        """No account and no room that was there before is there any more."""
        self.add("--fresh", *accounts)


class Ngircd(Server):
    """Ngircd("--beside"): a second one, for the operator of the first to link."""

    script = "ngircd-start.sh"

    def peer(self, nick, *options):
        return Peer("ircpeer.py", nick, "--port", self.env["IRC"], *options)


class Inspircd(Server):
    """Inspircd("--services"): with Anope's NickServ beside it."""

    script = "inspircd-start.sh"

    def peer(self, nick, *options):
        return Peer("ircpeer.py", nick, "--port", self.env["IRC"], *options)

    def register(self, nick, password):
        """Registers a nick with NickServ; nobody has it afterwards."""
        with self.peer(nick) as peer:
            peer.do(f"send NickServ REGISTER {password} {nick}@example.org")
            peer.expect("message from=NickServ text~registered")

    def stop_services(self):
        with open(os.path.join(self.dir, "anope.pid")) as f:
            services = os.pidfd_open(int(f.read()))
        signal.pidfd_send_signal(services, signal.SIGKILL)
        select.select([services], [], [], TIMEOUT_S)


class Bitlbee(Server):
    script = "bitlbee-start.sh"


class Kamailio(Server):
    script = "kamailio-start.sh"

    def peer(self, user):
        return Peer("sippeer.py", f"{user}@sip.test", "--port", self.env["SIP"])


class Lan(Process):
    """Machines on a cable of their own (lan.py); PermissionError where this machine does not allow it."""

    def __init__(self, *names):
        self.dir = tempfile.mkdtemp(prefix="kith-lan-")
        super().__init__(os.path.join(SERVERS, "lan.py"), self.dir, *names)
        try:
            event = self.next()
        except EOFError:
            event = {"event": "failed", "reason": "no machines of one's own can be made here"}
        if event["event"] == "failed":
            self.end()
            raise PermissionError(event["reason"])
        self.machines = event["machines"]

    def command(self, machine, *command):
        """The words that run command in that machine."""
        return [*self.machines[machine]["enter"], *command]

    def peer(self, machine, program, *arguments):
        return Peer(*self.command(machine, os.path.join(SERVERS, program), *arguments))

    @contextlib.contextmanager
    def inside(self, machine):
        """This thread, and what it starts, is in that machine meanwhile. For root."""
        libc, directory = ctypes.CDLL(None, use_errno=True), os.getcwd()
        process = next(word for word in self.machines[machine]["enter"] if word.isdigit())

        def enter(spaces):
            libc.unshare(0x200)         # CLONE_FS: who shares its directories with other threads can't change the mounts it sees
            for space in spaces:
                if libc.setns(space, 0):
                    raise OSError(ctypes.get_errno(), "setns")
            os.chdir(directory)
        with contextlib.ExitStack() as stack:
            here, there = ([stack.enter_context(open(f"/proc/{who}/ns/{kind}", "rb")).fileno() for kind in ("net", "uts", "mnt")]
                           for who in ("self", process))
            enter(there)
            try:
                yield
            finally:
                enter(here)

    def end(self):
        super().end()
        shutil.rmtree(self.dir, ignore_errors=True)
