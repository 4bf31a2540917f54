#!/usr/bin/python3
"""A second IRC client for tests, driven line by line as scripted.py describes.

  ircpeer.py NICK --port "$IRC" [--tls --ca "$CA"]
Logs in and obeys the lines of standard input; the verbs are listed by --help. Answers PING, nothing else.

Events: online, offline, message (kind room|private, from, to, text, and action or notice), join, part, quit, kick,
nick, mode, topic, invite, names, reply (every other line: command, params). Every event carries from (a nick).
"""
import argparse
import asyncio
import re
import ssl
import sys

from lifetime import add_parent_option, end_with
from scripted import CommandError, Scripted

CHANNEL = re.compile(r"[#&+!]")
WORDS = {  # command: the names of its parameters
    "JOIN": ("room",), "PART": ("room", "reason"), "QUIT": ("reason",), "KICK": ("room", "nick", "reason"),
    "NICK": ("nick",), "TOPIC": ("room", "text"), "INVITE": ("nick", "room"), "332": ("me", "room", "text"),
    "353": ("me", "kind", "room", "names"), "366": ("me", "room"),
}
EVENTS = {"332": "topic", "353": "names", "366": "names-end"}


def parse(line):
    """':nick!u@h CMD a b :rest' -> (nick, CMD, [a, b, rest])"""
    sender = ""
    if line.startswith(":"):
        sender, _, line = line[1:].partition(" ")
    head, colon, rest = line.partition(" :")
    words = head.split() + ([rest] if colon else [])
    return sender.split("!")[0], words[0].upper() if words else "", words[1:]


class IrcPeer(Scripted):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.options = options
        self.nick = options.nick
        self.writer = None

    async def login(self):
        options = self.options
        before = len(self.events)
        context = None
        if options.tls:
            context = ssl.create_default_context(cafile=options.ca)
            context.check_hostname = False
            if not options.ca:
                context.verify_mode = ssl.CERT_NONE
        reader, self.writer = await asyncio.wait_for(
            asyncio.open_connection(options.host, options.port, ssl=context), self.timeout)
        self.reading = asyncio.ensure_future(self.read(reader))
        self.write(f"NICK {self.nick}", f"USER {self.nick} 0 * :{self.nick}")
        got = await self.next_event(lambda e: e["event"] in ("online", "offline"), before)
        if not got or got["event"] == "offline":
            raise CommandError("the connection ended" if got else "no answer")

    async def read(self, reader):
        reason = None
        try:
            while raw := await reader.readline():
                self.handle(raw.decode("utf-8", "replace").rstrip("\r\n"))
        except (OSError, ValueError) as e:
            reason = str(e)
        self.emit("offline", reason=reason)

    def handle(self, line):
        sender, command, words = parse(line)
        if command == "PING":
            self.write("PONG :" + (words[-1] if words else ""))
        elif command == "001":
            self.nick = words[0]
            self.emit("online", nick=self.nick)
        elif command in ("PRIVMSG", "NOTICE") and len(words) == 2:
            to, text = words
            action = re.fullmatch("\x01ACTION (.*)\x01?", text)
            self.emit("message", kind="room" if CHANNEL.match(to) else "private", **{"from": sender}, to=to,
                      text=action[1].rstrip("\x01") if action else text, action=True if action else None,
                      notice=True if command == "NOTICE" else None)
        elif command in WORDS:
            fields = dict(zip(WORDS[command], words))
            fields.pop("me", None)
            if command == "NICK" and sender == self.nick:
                self.nick = fields["nick"]
            self.emit(EVENTS.get(command, command.lower()), **{"from": sender}, **fields)
        elif command == "MODE":
            self.emit("mode", **{"from": sender}, room=words[0], modes=" ".join(words[1:]))
        elif command:
            self.emit("reply", **{"from": sender}, command=command, params=words)

    def write(self, *lines):
        if not self.writer or self.writer.is_closing():
            raise CommandError("not connected")
        self.writer.write("".join(line.replace("\n", " ") + "\r\n" for line in lines).encode())

    # verbs

    def do_send(self, to, text):
        """NICK|#CHANNEL TEXT"""
        self.write(f"PRIVMSG {to} :{text}")

    def do_me(self, to, text):
        """NICK|#CHANNEL TEXT: an action"""
        self.write(f"PRIVMSG {to} :\x01ACTION {text}\x01")

    def do_notice(self, to, text):
        """NICK|#CHANNEL TEXT"""
        self.write(f"NOTICE {to} :{text}")

    def do_flood(self, to, count, prefix="message"):
        """TO COUNT [PREFIX]: COUNT messages 'PREFIX 1' …"""
        self.write(*(f"PRIVMSG {to} :{prefix} {i}" for i in range(1, int(count) + 1)))

    async def do_join(self, room, key=""):
        """#CHANNEL [KEY]: answers when we are in"""
        self.write(f"JOIN {room} {key}")
        await self.do_expect(f"names-end room={room}")

    def do_part(self, room, reason=""):
        """#CHANNEL [REASON]"""
        self.write(f"PART {room} :{reason}")

    def do_topic(self, room, text):
        """#CHANNEL TEXT"""
        self.write(f"TOPIC {room} :{text}")

    def do_nick(self, nick):
        """NICK: another nick"""
        self.write(f"NICK {nick}")

    def do_kick(self, room, nick, reason=""):
        """#CHANNEL NICK [REASON]"""
        self.write(f"KICK {room} {nick} :{reason}")

    def do_invite(self, room, nick):
        """#CHANNEL NICK"""
        self.write(f"INVITE {nick} {room}")

    def do_mode(self, room, modes):
        """#CHANNEL MODES"""
        self.write(f"MODE {room} {modes}")

    def do_away(self, text=""):
        """[TEXT]: away, or back"""
        self.write(f"AWAY :{text}" if text else "AWAY")

    def do_oper(self, name="oper", password="operpw"):
        """[NAME PASSWORD]: become operator of the server"""
        self.write(f"OPER {name} {password}")

    def do_raw(self, line):
        """LINE: as it is"""
        self.write(line)

    async def do_cut(self):
        """the connection breaks without a good-bye"""
        self.writer.transport.abort()
        await self.do_expect("offline")

    async def do_login(self):
        """connects again after cut"""
        await self.login()

    async def leave(self):
        if not self.writer.is_closing():
            self.write("QUIT")
            await asyncio.wait([self.reading], timeout=2)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, epilog=IrcPeer.verbs_help(),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("nick")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--ca", help="file with the authority to trust (default: trust any certificate)")
    parser.add_argument("--timeout", type=float, default=15, help="seconds for login, answers and expect")
    add_parent_option(parser)
    return parser.parse_args()


def main():
    options = parse_options()
    end_with(options.with_parent)
    sys.exit(asyncio.run(IrcPeer.serve(options)))


if __name__ == "__main__":
    main()
