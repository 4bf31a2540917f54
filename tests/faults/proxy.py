#!/usr/bin/python3
"""proxy.py PORT: a TCP proxy in front of a local server, whose lines can be broken at will.

Reads commands on standard input and obeys at once, for all connections of now (and with "new" for later ones):
  hole up        what the client sends disappears (without an end of the connection)
  hole down      what the server sends disappears
  hole both
  heal           nothing disappears any more (a stream with a gap is broken all the same)
  cut            resets every connection towards both sides
  new refuse     later connections are accepted and reset at once
  new hole       later connections lead nowhere
  new pass       later connections are good again (the start)
  stop DIRECTION / go   the bytes wait in the proxy instead of disappearing: a slow link, nothing is lost
Each is answered by {"event":"done","do":…}. Reports {"event":"connected","number":n} for each connection.
"""
import asyncio
import socket
import struct

from faulty import on_input_lines, parser, report, serve


class Line:
    """The state of one direction of all connections."""

    def __init__(self):
        self.hole = False
        self.flowing = asyncio.Event()
        self.flowing.set()


class Proxy:
    def __init__(self, target):
        self.target = target
        self.up, self.down = Line(), Line()
        self.new = "pass"
        self.writers = set()
        self.count = 0

    async def pump(self, reader, writer, line):
        try:
            while data := await reader.read(65536):
                await line.flowing.wait()
                if not line.hole:
                    writer.write(data)
                    await writer.drain()
            writer.write_eof()
        except (OSError, RuntimeError):
            reset(writer)                       # who was reset on one side is on the other

    async def handle(self, reader, writer):
        self.count += 1
        report("connected", number=self.count)
        if self.new == "refuse":
            reset(writer)
            return
        if self.new == "hole":
            while await reader.read(65536):
                pass
            return
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        pair = {writer, server_writer}
        self.writers |= pair
        await asyncio.gather(self.pump(reader, server_writer, self.up),
                             self.pump(server_reader, writer, self.down))
        self.writers -= pair
        server_writer.transport.abort()

    def obey(self, words):
        lines = {"up": [self.up], "down": [self.down], "both": [self.up, self.down]}
        verb, rest = words[0], words[1:]
        if verb == "hole":
            for line in lines[rest[0]]:
                line.hole = True
        elif verb == "heal":
            self.up.hole = self.down.hole = False
        elif verb == "stop":
            for line in lines[rest[0]]:
                line.flowing.clear()
        elif verb == "go":
            self.up.flowing.set()
            self.down.flowing.set()
        elif verb == "cut":
            for writer in list(self.writers):
                reset(writer)
        elif verb == "new" and rest[0] in ("pass", "hole", "refuse"):
            self.new = rest[0]
        else:
            raise KeyError(verb)


def reset(writer):
    sock = writer.get_extra_info("socket")
    if sock and sock.fileno() >= 0:  # else it is closed already
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def main():
    p = parser(__doc__)
    p.add_argument("port", type=int)
    options = p.parse_args()
    proxy = Proxy(options.port)

    def obey(line):
        try:
            if line:
                proxy.obey(line.split())
                report("done", do=line)
        except (KeyError, IndexError):
            report("error", do=line, error="there is no such command")

    async def listen():
        on_input_lines(obey)

    serve(proxy.handle, options, before=listen)


if __name__ == "__main__":
    main()
