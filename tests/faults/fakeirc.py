#!/usr/bin/python3
"""fakeirc.py SCENARIO: an IRC server that misbehaves.

  flood      lets the client in, puts it into #flood and sends --messages messages there as fast as it can, then "end"
  strangers  the same, but --messages private messages of --people different people
  comings    the same, but --people come and go again and again, --messages lines in all
  long       one line of --bytes bytes, then "end"
  endless    a line that never ends
  silent     never answers anything, not even the login
Reports {"event":"login"}, {"event":"sent","messages":n,"seconds":s}, {"event":"ping"} and {"event":"line","line":…} for PRIVMSGs.
With --on-line the flood begins when a line comes on standard input (so that the moment is the test's), and again with each line.
"""
import asyncio
import time

from faulty import on_input_lines, parser, report, serve


TEXT = "hello there this is a typical chat message of some length http://example.org/x and more"
LINES = {"flood": lambda i, people: f":bob!u@h PRIVMSG #flood :{i} {TEXT}\r\n",
         "strangers": lambda i, people: f":guest{i % people}!u{i}@h PRIVMSG me :{i} {TEXT}\r\n",
         "comings": lambda i, people: f":guest{i % people}!u@h {'PART' if i // people % 2 else 'JOIN'} #flood\r\n"}


def chunks_of(scenario, count, people):
    line = LINES.get(scenario)
    one = b"".join(line(i, people).encode() for i in range(1, count + 1)) if line else b""
    return [one[i:i + 262144] for i in range(0, len(one), 262144)]


def main():
    p = parser(__doc__)
    p.add_argument("scenario", choices=[*LINES, "long", "endless", "silent"])
    p.add_argument("--messages", type=int, default=10000)
    p.add_argument("--people", type=int, default=1000)
    p.add_argument("--bytes", type=int, default=100000)
    p.add_argument("--on-line", action="store_true")
    options = p.parse_args()
    chunks = chunks_of(options.scenario, options.messages, options.people)

    async def listen(reader, writer):
        while raw := await reader.readline():
            words = raw.decode("utf-8", "replace").rstrip().split(" ", 2)
            if words[0] == "PING":
                report("ping")
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
        while True:
            if options.on_line:
                await go.wait()
                go.clear()
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
            if not options.on_line:
                break
        await listening
    serve(handle, options, before=before)


if __name__ == "__main__":
    main()
