#!/usr/bin/python3
"""A second client for the local network's chats (XEP-0174: mDNS through avahi-daemon, and a stream to the other's own port), driven line by
line as scripted.py describes.

  bonjourpeer.py USER@MACHINE [--status avail|away|dnd] [--message WORDS]

Events: online, appeared / changed (name, status, message, nick), gone (name), message (from, text, html).
"""
import argparse
import asyncio
import sys
import threading
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

import dbus
from dbus.mainloop.glib import DBusGMainLoop, threads_init
from gi.repository import GLib

from lifetime import add_parent_option, end_with
from scripted import CommandError, Scripted

TYPE = "_presence._tcp"
AVAHI = "org.freedesktop.Avahi"
ANY_INTERFACE, IPV4 = -1, 0
STREAM = "<?xml version='1.0' encoding='UTF-8'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' from={} to={} version='1.0'>"


def text_of(element):
    return "".join(element.itertext())


class Line:
    """A stream, whoever opened it."""

    def __init__(self, peer, reader, writer):
        self.peer, self.reader, self.writer = peer, reader, writer
        self.other = None                # its name, once its stream has begun
        self.began = asyncio.Event()

    def greet(self, to):
        self.writer.write(STREAM.format(quoteattr(self.peer.name), quoteattr(to)).encode())

    async def read(self, answer):
        parser = ElementTree.XMLPullParser(["start", "end"])
        depth = 0
        while True:
            data = await self.reader.read(4096)
            if not data:
                break
            parser.feed(data)
            for event, element in parser.read_events():
                depth += 1 if event == "start" else -1
                if event == "start" and depth == 1:
                    self.other = element.get("from", self.other)
                    if answer:
                        self.greet(self.other or "")
                        self.peer.lines_to[self.other] = self
                    self.began.set()
                elif event == "end" and depth == 1 and element.tag == "{jabber:client}message":
                    self.take(element)
        if self.peer.lines_to.get(self.other) is self:
            del self.peer.lines_to[self.other]
        self.writer.close()

    def take(self, element):
        body = element.find("{jabber:client}body")
        html = next((e for e in element if e.tag.endswith("}html") or e.tag == "html"), None)
        if body is not None:
            self.peer.emit("message", **{"from": element.get("from") or self.other}, text=text_of(body),
                           html=None if html is None else ElementTree.tostring(html, "unicode"))


class BonjourPeer(Scripted):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.name = options.address
        self.status, self.words = options.status, options.message
        self.others = {}                 # name -> {address, port, status, message, nick}
        self.lines_to = {}              # name -> Line
        self.group = None
        self.loop = asyncio.get_running_loop()

    # the other thread: GLib's main loop, for D-Bus's signals

    def listen_to_avahi(self):
        threads_init()
        DBusGMainLoop(set_as_default=True)
        self.bus = dbus.SystemBus()
        self.server = dbus.Interface(self.bus.get_object(AVAHI, "/"), AVAHI + ".Server")
        for signal, interface, function in (("ItemNew", "ServiceBrowser", self.on_new), ("ItemRemove", "ServiceBrowser", self.on_remove),
                                            ("Found", "ServiceResolver", self.on_found)):
            self.bus.add_signal_receiver(function, signal, f"{AVAHI}.{interface}")
        threading.Thread(target=GLib.MainLoop().run, daemon=True).start()

    def there(self, function, *arguments):
        """Runs function in the other thread and waits for it there."""
        done = self.loop.create_future()

        def work():
            try:
                result = function(*arguments)
                self.loop.call_soon_threadsafe(done.set_result, result)
            except dbus.DBusException as e:
                self.loop.call_soon_threadsafe(done.set_exception, CommandError(str(e)))
        GLib.idle_add(work)
        return done

    def on_new(self, interface, protocol, name, kind, domain, _):
        if str(name) != self.name:
            self.server.ServiceResolverNew(interface, protocol, name, kind, domain, IPV4, dbus.UInt32(0))

    def on_remove(self, _interface, _protocol, name, *_):
        self.loop.call_soon_threadsafe(self.lose, str(name))

    def on_found(self, _interface, _protocol, name, _kind, _domain, _host, _aprotocol, address, port, txt, _flags):
        pairs = [bytes(entry).decode("utf-8", "replace").partition("=") for entry in txt]
        self.loop.call_soon_threadsafe(self.meet, str(name), str(address), int(port), {key: value for key, _, value in pairs})

    def txt(self):
        pairs = {"txtvers": "1", "1st": self.name.split("@")[0], "nick": self.name.split("@")[0], "port.p2pj": str(self.port),
                 "status": self.status, "msg": self.words}
        return dbus.Array([dbus.ByteArray(f"{key}={value}".encode()) for key, value in pairs.items()], signature="ay")

    def publish(self):
        if self.group is None:
            path = self.server.EntryGroupNew()
            self.group = dbus.Interface(self.bus.get_object(AVAHI, path), AVAHI + ".EntryGroup")
        self.group.AddService(ANY_INTERFACE, IPV4, dbus.UInt32(0), self.name, TYPE, "", "", dbus.UInt16(self.port), self.txt())
        self.group.Commit()

    def update(self):
        self.group.UpdateServiceTxt(ANY_INTERFACE, IPV4, dbus.UInt32(0), self.name, TYPE, "", self.txt())

    def browse(self):
        self.server.ServiceBrowserNew(ANY_INTERFACE, IPV4, TYPE, "", dbus.UInt32(0))

    # this thread

    def meet(self, name, address, port, txt):
        known = name in self.others
        what = {"status": txt.get("status"), "message": txt.get("msg"), "nick": txt.get("nick")}
        self.others[name] = {"address": address, "port": port}
        self.emit("changed" if known else "appeared", name=name, **what)

    def lose(self, name):
        if self.others.pop(name, None):
            self.emit("gone", name=name)

    async def on_line(self, reader, writer):
        line = Line(self, reader, writer)
        await line.read(answer=True)

    async def line_to(self, name):
        if name not in self.lines_to:
            if name not in self.others:
                raise CommandError(f"'{name}' is not there")
            reader, writer = await asyncio.open_connection(self.others[name]["address"], self.others[name]["port"])
            line = self.lines_to[name] = Line(self, reader, writer)
            line.other = name
            line.greet(name)
            asyncio.ensure_future(line.read(answer=False))
            try:
                await asyncio.wait_for(line.began.wait(), self.timeout)
            except asyncio.TimeoutError:
                raise CommandError(f"'{name}' began no stream") from None
        return self.lines_to[name]

    async def login(self):
        server = await asyncio.start_server(self.on_line, "0.0.0.0", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.listen_to_avahi()
        await self.there(self.publish)
        await self.there(self.browse)
        self.emit("online")

    async def do_send(self, to, text, *, html=None):
        """NAME TEXT (in an object also html)"""
        line = await self.line_to(to)
        styled = f"<html xmlns='http://www.w3.org/1999/xhtml'><body>{html}</body></html>" if html else ""
        line.writer.write(f"<message to={quoteattr(to)} from={quoteattr(self.name)} type='chat'><body>{escape(text)}</body>{styled}</message>".encode())
        await line.writer.drain()

    def do_hang_up(self, name):
        """NAME: ends the stream with it"""
        line = self.lines_to.pop(name, None)
        if not line:
            raise CommandError(f"there is no stream with '{name}'")
        line.writer.write(b"</stream:stream>")
        line.writer.close()

    async def do_status(self, status, words=""):
        """avail|away|dnd [WORDS]"""
        self.status, self.words = status, words
        await self.there(self.update)

    async def do_leave(self):
        """is on the network no longer"""
        await self.there(lambda: self.group.Reset())

    async def do_come(self):
        """is on the network again"""
        await self.there(self.publish)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=BonjourPeer.verbs_help(), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--status", default="avail", choices=("avail", "away", "dnd"))
    parser.add_argument("--message", default="")
    parser.add_argument("--timeout", type=float, default=20, help="seconds for answers and expect")
    add_parent_option(parser)
    options = parser.parse_args()
    end_with(options.with_parent)
    sys.exit(asyncio.run(BonjourPeer.serve(options, dbus.DBusException)))


if __name__ == "__main__":
    main()
