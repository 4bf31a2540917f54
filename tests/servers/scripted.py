"""The line language of peer.py and ircpeer.py: verbs on standard input, events on standard output.

A command is one line, either words (the last argument takes the rest of the line)
    send alice@kith.test good morning
or an object, which may leave out optional arguments, give those that lines can't (after *), and carry an "id" that comes back in the answer
    {"do":"send","to":"alice@kith.test","text":"good\\nmorning","id":7}
Commands run one after the other. Every event is one JSON line with "event", printed the moment it happens:
what the network sent, and after each command {"event":"done","do":…} (with results) or {"event":"error","do":…,"error":…}.

Every program has besides its own verbs
    expect EVENT [FIELD=TEXT | FIELD~REGEX]...   waits for an event (one already printed counts, but each only once)
                                                 and answers done with it; after --timeout seconds it is an error
    refuse EVENT [FIELD=TEXT | FIELD~REGEX]...   an error if such an event has come that no expect took
    forget                                       drops all events so far
    quit                                         ends cleanly; so does the end of standard input
The exit code is 0 only when no command failed. In word lines quotes group words for expect and refuse.
"""
import asyncio
import inspect
import json
import re
import shlex
import sys


class CommandError(Exception):
    """A command that could not be done; the text goes into the error event."""


class Scripted:
    """Verbs are the methods do_NAME (in lines - stands for _); their parameters are the command's arguments."""

    def __init__(self, timeout):
        self.timeout = timeout
        self.events = []             # printed and not yet taken by an expect
        self.arrived = asyncio.Event()
        self.failed = False

    # events out

    def emit(self, event, **fields):
        line = {"event": event}
        line.update((k, v) for k, v in fields.items() if v is not None)
        self.events.append(line)
        self.print_event(line)
        self.arrived.set()
        self.on_event(line)

    def print_event(self, line):
        self.print(line)

    def on_event(self, line):
        """For programs that answer by themselves."""

    @staticmethod
    def print(line):
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()

    # a whole program

    async def login(self):
        """Says so by an exception if it can't."""
        raise NotImplementedError

    async def leave(self):
        """What is left to do behind the last line."""

    @classmethod
    async def serve(cls, options, *failures):
        """Logs in, does what the lines say and leaves; gives the exit code. FAILURES are errors of a login besides the usual ones."""
        peer = cls(options)
        try:
            await peer.login()
        except (CommandError, OSError, asyncio.TimeoutError, *failures) as e:
            peer.print({"event": "failed", "reason": str(e) or "no answer"})
            return 1
        await peer.run_lines()
        await peer.leave()
        return 1 if peer.failed else 0

    # commands in

    async def run_lines(self):
        loop = asyncio.get_running_loop()
        while True:
            # a thread, because standard input may be a file or /dev/null, for which the loop can't wait
            raw = await loop.run_in_executor(None, sys.stdin.buffer.readline)
            line = raw.decode().strip()
            if not raw or line == "quit":
                return
            if line and not line.startswith("#"):
                await self.run_line(line)

    async def run_line(self, line):
        answer = {"do": line.split()[0]}
        try:
            verb, arguments, answer = self.parse(line)
            result = verb(**arguments)
            if inspect.isawaitable(result):
                result = await result
            self.print({"event": "done", **answer, **(result or {})})
        except (CommandError, json.JSONDecodeError, TypeError, ValueError, SyntaxError, OSError) as e:
            self.failed = True
            self.print({"event": "error", **answer, "error": str(e) or type(e).__name__})

    def parse(self, line):
        if line.startswith("{"):
            arguments = json.loads(line)
            name = arguments.pop("do")
            answer = {"do": name}
            if "id" in arguments:
                answer["id"] = arguments.pop("id")
        else:
            name, _, rest = line.partition(" ")
            answer = {"do": name}
            arguments = None
        verb = getattr(self, "do_" + name.replace("-", "_"), None)
        if not verb:
            raise CommandError(f"there is no verb '{name}'")
        if arguments is None:
            names = [p.name for p in inspect.signature(verb).parameters.values() if p.kind != p.KEYWORD_ONLY]
            words = rest.split(None, len(names) - 1) if names and rest else []
            arguments = dict(zip(names, words))
        return verb, arguments, answer

    # the verbs of every program

    @staticmethod
    def condition(text):
        """'EVENT FIELD=TEXT FIELD~REGEX' as a function of an event."""
        words = shlex.split(text)
        if not words:
            raise CommandError("which event?")
        tests = []
        for word in words[1:]:
            parts = re.match(r"([\w.-]+)([=~])(.*)$", word, re.S)
            if not parts:
                raise CommandError(f"neither FIELD=TEXT nor FIELD~REGEX: '{word}'")
            tests.append(parts.groups())

        def fits(event):
            if event["event"] != words[0]:
                return False
            for field, operator, value in tests:
                have = event.get(field, "")
                have = json.dumps(have) if isinstance(have, (dict, list, bool)) else str(have)
                if not (have == value if operator == "=" else re.search(value, have)):
                    return False
            return True
        return fits

    async def next_event(self, fits, start=0):
        """The first event that fits, of those from number start on or still to come; None after the time-out."""
        deadline = asyncio.get_running_loop().time() + self.timeout
        while True:
            for start in range(start, len(self.events)):
                if fits(self.events[start]):
                    return self.events[start]
            start = len(self.events)
            self.arrived.clear()
            try:
                await asyncio.wait_for(self.arrived.wait(), deadline - asyncio.get_running_loop().time())
            except asyncio.TimeoutError:
                return None

    async def do_expect(self, event):
        """EVENT [FIELD=TEXT | FIELD~REGEX]...: waits for it"""
        got = await self.next_event(self.condition(event))
        if not got:
            raise CommandError(f"no event '{event}' within {self.timeout} s")
        self.events.remove(got)
        return {"got": got}

    def do_refuse(self, event):
        """EVENT [FIELD=TEXT | FIELD~REGEX]...: an error if it has come"""
        fits = self.condition(event)
        for have in self.events:
            if fits(have):
                raise CommandError("came but should not: " + json.dumps(have, ensure_ascii=False))

    def do_forget(self):
        """drops all events so far"""
        self.events.clear()

    @classmethod
    def verbs_help(cls):
        rows = []
        for name, function in inspect.getmembers(cls, inspect.isfunction):
            if name.startswith("do_"):
                rows.append(f"  {name[3:].replace('_', '-'):16} {function.__doc__ or ''}")
        return "verbs:\n" + "\n".join(rows)
