#!/usr/bin/python3
"""A second SIP client for tests, over UDP, driven line by line as scripted.py describes.

  sippeer.py USER@DOMAIN --port "$SIP"
Registers and obeys the lines of standard input. Accepts every message, answers what it is watched for through the server only, refuses
everything else.

Events: online, message (from, text, type), presence (from, basic, note, subscription), answer (method, code, reason).
"""
import argparse
import asyncio
import re
import sys
import uuid
from xml.sax.saxutils import escape

from lifetime import add_parent_option, end_with
from scripted import CommandError, Scripted


def parse(data):
    """(first line, {name in lower case: [values]}, body)"""
    head, _, body = data.decode("utf-8", "replace").partition("\r\n\r\n")
    first, *lines = head.split("\r\n")
    headers = {}
    for line in lines:
        name, _, value = line.partition(":")
        name = {"v": "via", "f": "from", "t": "to", "i": "call-id"}.get(name.strip().lower(), name.strip().lower())
        headers.setdefault(name, []).append(value.strip())
    return first, headers, body


class SipPeer(Scripted, asyncio.DatagramProtocol):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.address, self.port = options.address, options.port
        self.transport = None
        self.count = 0
        self.shown = 0
        self.etag = None                 # of what the server has been shown

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, _):
        first, headers, body = parse(data)
        if first.startswith("SIP/2.0 "):
            _, code, reason = first.split(" ", 2)
            self.etag = headers.get("sip-etag", [self.etag])[0]
            self.emit("answer", method=headers["cseq"][0].split()[-1], code=int(code), reason=reason)
            return
        method = first.split(" ", 1)[0]
        lines = [f"SIP/2.0 {'200 OK' if method in ('MESSAGE', 'NOTIFY') else '405 Method Not Allowed'}"]
        lines += [f"Via: {via}" for via in headers["via"]]
        to = headers["to"][0]
        lines += [f"From: {headers['from'][0]}", f"To: {to}{'' if ';tag=' in to else ';tag=1'}", f"Call-ID: {headers['call-id'][0]}",
                  f"CSeq: {headers['cseq'][0]}"]
        self.transport.sendto(("\r\n".join([*lines, "Content-Length: 0", "", ""])).encode())
        match = re.search(r"sip:([^;>]+)", headers["from"][0])
        sender = match[1] if match else ""
        kind = headers.get("content-type", [""])[0]
        if method == "MESSAGE":
            self.emit("message", **{"from": sender}, text=body, type=kind)
        elif method == "NOTIFY":
            # somebody is there who is there in one of the places that the server knows
            states, note = re.findall(r"<basic>([^<]*)</basic>", body), re.search(r"<note>([^<]*)</note>", body)
            self.emit("presence", **{"from": sender}, basic="open" if "open" in states else "closed" if states else None, note=note and note[1],
                      subscription=headers.get("subscription-state", [""])[0].split(";")[0])

    async def ask(self, method, to, target, body="", *more):
        """Sends a request and waits for its last answer."""
        own = "%s:%d" % self.transport.get_extra_info("sockname")
        self.count += 1
        lines = [f"{method} sip:{target} SIP/2.0", f"Via: SIP/2.0/UDP {own};branch=z9hG4bK{uuid.uuid4().hex}", f"From: <sip:{self.address}>;tag={uuid.uuid4().hex[:8]}",
                 f"To: <sip:{to}>", f"Call-ID: {uuid.uuid4().hex}", f"CSeq: {self.count} {method}", f"Contact: <sip:{self.address.split('@')[0]}@{own}>",
                 "Max-Forwards: 70", *more, f"Content-Length: {len(body.encode())}", "", ""]
        before = len(self.events)
        self.transport.sendto("\r\n".join(lines).encode() + body.encode())
        got = await self.next_event(lambda e: e["event"] == "answer" and e["method"] == method and e["code"] >= 200, before)
        if not got or got["code"] >= 300:
            raise CommandError(f"{got['code']} {got['reason']}" if got else "no answer")

    async def login(self):
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, remote_addr=("127.0.0.1", self.port))
        await self.ask("REGISTER", self.address, self.address.split("@")[1], "", "Expires: 600")
        self.emit("online")

    async def do_send(self, to, text, *, type="text/plain"):
        """USER@DOMAIN TEXT (in an object also type)"""
        await self.ask("MESSAGE", to, to, text, f"Content-Type: {type}")

    async def do_watch(self, who):
        """USER@DOMAIN: asks the server for their presence"""
        await self.ask("SUBSCRIBE", who, who, "", "Event: presence", "Accept: application/pidf+xml", "Expires: 600")

    async def do_show(self, basic, note=""):
        """open|closed [NOTE]: tells the server"""
        self.shown += 1
        body = (f"<?xml version='1.0' encoding='UTF-8'?><presence xmlns='urn:ietf:params:xml:ns:pidf' entity='sip:{self.address}'><tuple id='t{self.shown}'>"
                f"<status><basic>{basic}</basic></status><note>{escape(note)}</note></tuple></presence>")
        etag = [f"SIP-If-Match: {self.etag}"] if self.etag else []
        await self.ask("PUBLISH", self.address, self.address, body, "Event: presence", "Content-Type: application/pidf+xml", "Expires: 600", *etag)


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=SipPeer.verbs_help(), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("address")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--timeout", type=float, default=15, help="seconds for answers and expect")
    add_parent_option(parser)
    options = parser.parse_args()
    end_with(options.with_parent)
    sys.exit(asyncio.run(SipPeer.serve(options)))


if __name__ == "__main__":
    main()
