#!/usr/bin/python3
"""socks.py: a SOCKS5 proxy for which every name is 127.0.0.1, so that a name that resolves nowhere works only through it.

Takes no authentication, or any user and password (--password USER:PASSWORD: only these). Reports
{"event":"connect","name":…,"port":…,"user":…} for each; --refuse answers every request with "refused".
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
    options = p.parse_args()

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
        await asyncio.gather(pump(reader, there_writer), pump(there_reader, writer))
        there_writer.transport.abort()
    serve(handle, options)


if __name__ == "__main__":
    main()
