"""What the faulty servers share: the way to ../servers, a port of their own, and their first line PORT=n.

Every faulty server listens on a free loopback port, prints PORT=n when it does, and ends with the process that
started it (--with-parent). Whatever it reports later is one JSON object a line.
"""
import argparse
import asyncio
import json
import os
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "servers"))

from lifetime import add_parent_option, end_with, free_ports  # noqa: E402,F401


def parser(doc, **more):
    p = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter, **more)
    add_parent_option(p)
    return p


def report(event, **fields):
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


def on_input_lines(handle):
    """Calls handle(line) in the running loop for each line of standard input."""
    loop = asyncio.get_running_loop()

    def read():
        for line in sys.stdin:
            loop.call_soon_threadsafe(handle, line.strip())
    threading.Thread(target=read, daemon=True).start()


def serve(handle, options, before=None, **server_options):
    """Runs handle(reader, writer) for every connection, for ever; before() runs once in the loop."""
    end_with(options.with_parent)

    async def quietly(reader, writer):
        try:
            await handle(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.transport.abort()

    async def run():
        for _ in range(20):
            try:
                server = await asyncio.start_server(quietly, "127.0.0.1", free_ports(1)[0], **server_options)
                break
            except OSError:
                continue                                        # taken meanwhile
        else:
            sys.exit("no free port")
        if before:
            await before()
        print(f"PORT={server.sockets[0].getsockname()[1]}", flush=True)
        await server.serve_forever()
    try:
        asyncio.run(run())
    except KeyboardInterrupt:
        pass
