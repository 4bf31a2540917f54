#!/usr/bin/python3
"""fakeirc.py SCENARIO: an IRC server that misbehaves.

  flood      lets the client in, puts it into #flood and sends --messages messages there as fast as it can, then "end"
  long       one line of --bytes bytes, then "end"
  endless    a line that never ends
  silent     never answers anything, not even the login
Reports {"event":"login"}, {"event":"sent","messages":n,"seconds":s} and {"event":"line","line":…} for PRIVMSGs.
With --on-line the flood begins when a line comes on standard input (so that the moment is the test's).
"""
import asyncio
import time

from faulty import on_input_lines, parser, report, serve


def lines_of_flood(count):
    text = " hello there this is a typical chat message of some length http://example.org/x and more\r\n"
    one = b"".join(f":bob!u@h PRIVMSG #flood :{i}{text}".encode() for i in range(1, count + 1))
    return [one[i:i + 262144] for i in range(0, len(one), 262144)]


def main():
    p = parser(__doc__)
    p.add_argument("scenario", choices=["flood", "long", "endless", "silent"])
    p.add_argument("--messages", type=int, default=10000)
    p.add_argument("--bytes", type=int, default=100000)
    p.add_argument("--on-line", action="store_true")
    options = p.parse_args()
    chunks = lines_of_flood(options.messages) if options.scenario == "flood" else []

    async def listen(reader, writer):
        while raw := await reader.readline():
            words = raw.decode("utf-8", "replace").rstrip().split(" ", 2)
            if words[0] == "PING":
                writer.write(f":irc.fake PONG irc.fake :{words[-1].lstrip(':')}\r\n".encode())
            elif words[0] == "PRIVMSG":
                report("line", line=" ".join(words))

    go = asyncio.Event()

    async def before():
        on_input_lines(lambda _: go.set())

    async def handle(reader, writer):
        nick = "me"
        while raw := await reader.readline():
            words = raw.decode("utf-8", "replace").split()
            if words and words[0] == "NICK":
                nick = words[1].lstrip(":")
            if words and words[0] == "USER" and options.scenario != "silent":
                break
        writer.write((f":irc.fake 001 {nick} :Welcome\r\n:irc.fake 376 {nick} :End of MOTD\r\n"
                      f":{nick}!u@h JOIN #flood\r\n:irc.fake 353 {nick} = #flood :{nick} bob\r\n"
                      f":irc.fake 366 {nick} #flood :End of NAMES\r\n").encode())
        report("login", nick=nick)
        listening = asyncio.ensure_future(listen(reader, writer))
        if options.on_line:
            await go.wait()
        begin = time.monotonic()
        if options.scenario == "long":
            writer.write(b":bob!u@h PRIVMSG #flood :" + b"x" * options.bytes + b"\r\n")
        elif options.scenario == "endless":
            writer.write(b":bob!u@h PRIVMSG #flood :")
            while True:
                writer.write(b"x" * 65536)
                await writer.drain()
        for chunk in chunks:
            writer.write(chunk)
            await writer.drain()
        writer.write(b":bob!u@h PRIVMSG #flood :end\r\n")
        await writer.drain()
        report("sent", messages=options.messages, seconds=round(time.monotonic() - begin, 3))
        await listening
    serve(handle, options, before=before)


if __name__ == "__main__":
    main()
