#!/usr/bin/python3
"""peer.py with files from program to program: Jingle (XEP-0166, 0234, 0261) over slixmpp's own byte streams (XEP-0047).

Its options and verbs are those of peer.py. Events besides: jingle (action, sid, from, reason, and of an offer name, size, type, hash).
"""
import asyncio
import base64
import hashlib
import uuid
from xml.etree import ElementTree

from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath

import peer
from peer import CLIENT, el
from scripted import CommandError

JINGLE = "urn:xmpp:jingle:1"
FILE = "urn:xmpp:jingle:apps:file-transfer:5"
OVER_STREAM = "urn:xmpp:jingle:transports:ibb:1"
HASHES = "urn:xmpp:hashes:2"


class FileClient(peer.Client):
    def __init__(self, jid, password, owner, options):
        super().__init__(jid, password, owner, options)
        self.register_plugin("xep_0030")
        self.register_plugin("xep_0047", {"auto_accept": True})
        self.register_plugin("xep_0115")
        self.register_handler(Callback("jingle", MatchXPath(f"{CLIENT}iq[@type='set']/{{{JINGLE}}}jingle"), lambda s: owner.on_jingle(s.xml)))
        self.add_event_handler("ibb_stream_data", owner.drain)
        self.add_event_handler("ibb_stream_end", owner.on_stream_end)


class FilePeer(peer.Peer):
    def __init__(self, options):
        super().__init__(options)
        self.offers = {}            # sid -> the jingle element of an offer of theirs
        self.parts = {}             # byte stream's id -> what has come
        self.coming = {}            # byte stream's id -> future of all its bytes

    def caps(self):
        return None                 # the plugin says it

    def on_session(self):
        async def announce():
            await self.begin_task
            for ns in (JINGLE, FILE, OVER_STREAM):       # of the bound address
                self.client["xep_0030"].add_feature(ns)
            await self.client["xep_0115"].update_caps(presence=True)
        super().on_session()
        self.announce_task = asyncio.ensure_future(announce())

    def drain(self, stream):
        parts = self.parts.setdefault(stream.sid, [])
        while not stream.recv_queue.empty():
            parts.append(stream.recv_queue.get_nowait())
        return parts

    def on_stream_end(self, stream):
        future = self.coming.get(stream.sid)
        if future and not future.done():
            future.set_result(b"".join(self.drain(stream)))

    def on_jingle(self, xml):
        jingle = xml.find(f"{{{JINGLE}}}jingle")
        self.send(el(CLIENT + "iq", type="result", id=xml.get("id"), to=xml.get("from")))
        file = jingle.find(f"{{{JINGLE}}}content/{{{FILE}}}description/{{{FILE}}}file")
        reason = jingle.find(f"{{{JINGLE}}}reason")
        fields = {}
        if file is not None:
            fields = {"name": file.findtext(f"{{{FILE}}}name"), "size": file.findtext(f"{{{FILE}}}size"), "type": file.findtext(f"{{{FILE}}}media-type"),
                      "hash": file.findtext(f"{{{HASHES}}}hash")}
        if jingle.get("action") == "session-initiate":
            self.offers[jingle.get("sid")] = (xml.get("from"), jingle)
        self.emit("jingle", action=jingle.get("action"), sid=jingle.get("sid"), **{"from": xml.get("from")},
                  reason=reason[0].tag.split("}")[1] if reason is not None and len(reason) else None, **fields)

    async def say(self, to, action, sid, *children):
        await self.send_iq("set", el(f"{{{JINGLE}}}jingle", *children, action=action, sid=sid), to)

    async def wait_jingle(self, sid, *actions):
        got = await self.next_event(lambda e: e["event"] == "jingle" and e["sid"] == sid and e["action"] in actions, 0)
        if not got:
            raise CommandError(f"no {actions} within {self.timeout} s")
        self.events.remove(got)
        return got

    # verbs

    async def do_take(self, sid):
        """SID: accepts an offer; answers with the bytes in base64 and their number when all have come"""
        to, offer = self.offers.pop(sid)
        content = offer.find(f"{{{JINGLE}}}content")
        stream = content.find(f"{{{OVER_STREAM}}}transport").get("sid")
        self.coming[stream] = asyncio.get_running_loop().create_future()
        await self.say(to, "session-accept", sid, content)
        whole = await asyncio.wait_for(self.coming[stream], self.timeout)
        await self.say(to, "session-terminate", sid, el(f"{{{JINGLE}}}reason", el(f"{{{JINGLE}}}success")))
        return {"size": len(whole), "sha256": base64.b64encode(hashlib.sha256(whole).digest()).decode()}

    async def do_decline(self, sid):
        """SID: declines an offer"""
        to, _ = self.offers.pop(sid)
        await self.say(to, "session-terminate", sid, el(f"{{{JINGLE}}}reason", el(f"{{{JINGLE}}}decline")))

    async def do_offer(self, to, name, size, *, claim=None, digest=None, block="4096"):
        """TO NAME SIZE: offers SIZE bytes 0, 1, 2 …; claim and digest lie. Answers with its sid"""
        whole = bytes(i % 256 for i in range(int(size)))
        sid, stream = uuid.uuid4().hex, uuid.uuid4().hex
        hash_ = el(f"{{{HASHES}}}hash", digest or base64.b64encode(hashlib.sha256(whole).digest()).decode(), algo="sha-256")
        file = el(f"{{{FILE}}}file", el(f"{{{FILE}}}name", name), el(f"{{{FILE}}}size", claim or size), el(f"{{{FILE}}}media-type", "text/plain"), hash_)
        content = el(f"{{{JINGLE}}}content", el(f"{{{FILE}}}description", file), el(f"{{{OVER_STREAM}}}transport", **{"block-size": block, "sid": stream}),
                     creator="initiator", name="a-file", senders="initiator")
        await self.say(to, "session-initiate", sid, content)
        self.offers[sid] = (to, stream, whole, int(block))
        return {"sid": sid}

    async def do_give(self, sid):
        """SID: waits until an offer of ours is accepted, and sends the bytes; answers with the other's last word"""
        to, stream, whole, block = self.offers.pop(sid)
        got = await self.wait_jingle(sid, "session-accept", "session-terminate")
        if got["action"] == "session-terminate":
            return {"reason": got.get("reason")}
        bytestream = await self.client["xep_0047"].open_stream(to, block_size=block, sid=stream)
        try:
            await bytestream.sendall(whole, timeout=self.timeout)
            await bytestream.close(timeout=self.timeout)
        except peer.slixmpp.exceptions.IqError as e:
            self.emit("refused", condition=e.condition)
        return {"reason": (await self.wait_jingle(sid, "session-terminate")).get("reason")}

    async def do_take_back(self, sid):
        """SID: takes an offer of ours back"""
        to = self.offers.pop(sid)[0]
        await self.say(to, "session-terminate", sid, el(f"{{{JINGLE}}}reason", el(f"{{{JINGLE}}}cancel")))

    async def do_jingle(self, to, xml):
        """TO XML: any request; answers with its result, or the error's XML"""
        iq = self.client.Iq()
        iq["type"], iq["to"] = "set", to
        iq.append(ElementTree.fromstring(xml))
        try:
            return {"xml": peer.tostring((await iq.send(timeout=self.timeout)).xml)}
        except peer.slixmpp.exceptions.IqError as e:
            return {"error": e.condition, "xml": peer.tostring(e.iq.xml)}


peer.Client, peer.Peer = FileClient, FilePeer
if __name__ == "__main__":
    peer.main()
