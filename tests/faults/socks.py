#!/usr/bin/python3
"""socks.py: a SOCKS5 proxy for which every name is 127.0.0.1, so that a name that resolves nowhere works only through it.

Takes no authentication, or any user and password (--password USER:PASSWORD: only these). Reports
{"event":"connect","name":…,"port":…,"user":…} for each; --refuse answers every request with "refused". With --hurt PORT the first
connection to that port breaks after 100 kB, and what is sent on later ones goes at about a megabyte a second.
"""
import asyncio
import socket
import struct

from faulty import parser, report, serve


async def pump(reader, writer):
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()
    except (OSError, RuntimeError):
        pass


async def pump_slowly(reader, writer, most=None):
    """At a megabyte a second; breaks after most bytes."""
    moved = 0
    try:
        while data := await reader.read(65536):
            moved += len(data)
            if most and moved > most:
                break
            writer.write(data)
            await writer.drain()
            await asyncio.sleep(0.06)
        writer.write_eof()
    except (OSError, RuntimeError):
        pass


async def read_name(reader, kind):
    if kind == 3:
        length = (await reader.readexactly(1))[0]
        return (await reader.readexactly(length)).decode()
    if kind == 4:
        return socket.inet_ntop(socket.AF_INET6, await reader.readexactly(16))
    return socket.inet_ntoa(await reader.readexactly(4))


async def read_user(reader):
    """RFC 1929: version, user, password, each with its length"""
    await reader.readexactly(1)
    words = []
    for _ in range(2):
        words.append((await reader.readexactly((await reader.readexactly(1))[0])).decode())
    return words


def main():
    p = parser(__doc__)
    p.add_argument("--password", metavar="USER:PASSWORD")
    p.add_argument("--refuse", action="store_true")
    p.add_argument("--hurt", type=int, metavar="PORT")
    options = p.parse_args()
    hurt = []                                   # connections to that port so far

    async def handle(reader, writer):
        _, count = await reader.readexactly(2)
        methods = await reader.readexactly(count)
        user = None
        if 2 in methods:
            writer.write(b"\5\2")
            user, password = await read_user(reader)
            good = options.password in (None, f"{user}:{password}")
            writer.write(b"\1\0" if good else b"\1\1")
            if not good:
                return await writer.drain()
        elif options.password:
            writer.write(b"\5\xff")
            return await writer.drain()
        else:
            writer.write(b"\5\0")
        _, _, _, kind = await reader.readexactly(4)
        name = await read_name(reader, kind)
        port, = struct.unpack(">H", await reader.readexactly(2))
        report("connect", name=name, port=port, user=user)
        try:
            if options.refuse:
                raise ConnectionRefusedError
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            writer.write(b"\5\5\0\1\0\0\0\0\0\0")
            return await writer.drain()
        writer.write(b"\5\0\0\1\0\0\0\0\0\0")
        if port == options.hurt:
            hurt.append(name)
            sending = asyncio.ensure_future(pump_slowly(reader, there_writer, 100_000 if len(hurt) == 1 else None))
            answers = asyncio.ensure_future(pump(there_reader, writer))
            await sending
            if len(hurt) > 1:
                await answers
            writer.transport.abort()
        else:
            await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
        there_writer.transport.abort()
    serve(handle, options)


if __name__ == "__main__":
    main()
