#!/usr/bin/python3
"""A second XMPP client for tests, on another library (slixmpp) than kith's, driven line by line.

  peer.py alice@kith.test --password secret --port "$C2S" --ca "$CA"
Logs in, sends presence and obeys the lines of standard input as scripted.py describes; the verbs are listed by --help.
Nothing is answered by itself (no receipt, no subscription) unless an option asks for it.

Events: online, offline, failed (reason), message (kind chat|room|private|normal|headline|error, from, to, id, text,
subject, state, receipt, wants_receipt, replaces, retracts, displayed, reactions, reacts_to, reply_to, stanza_id, delay,
carbon sent|received, node and items of a publication, invite, error …), presence (kind, from, show, status, room fields
nick, role, affiliation, codes), roster (contacts), roster-push, iq (from strangers), error.
Message and presence events have besides the stanza as xml, which expect can look at (expect message xml~urn:xmpp:sid:0)
and prints; events show it only with --xml. With raw, message and iq everything can be sent that no verb is for.
"""
import argparse
import asyncio
import base64
import contextlib
import hashlib
import logging
import socket
import ssl
import struct
import sys
import urllib.error
import urllib.request
import uuid
from xml.etree import ElementTree

import slixmpp
from slixmpp.xmlstream import tostring
from slixmpp.xmlstream.handler import Callback
from slixmpp.xmlstream.matcher import MatchXPath, StanzaPath

from lifetime import add_parent_option, end_with
from scripted import CommandError, Scripted

CLIENT = "{jabber:client}"
RECEIPTS = "urn:xmpp:receipts"
STATES = "http://jabber.org/protocol/chatstates"
MUC = "http://jabber.org/protocol/muc"
CORRECT = "urn:xmpp:message-correct:0"
RETRACT = "urn:xmpp:message-retract:1"
REACT = "urn:xmpp:reactions:0"
REPLY = "urn:xmpp:reply:0"
FALLBACK = "urn:xmpp:fallback:0"
MARKERS = "urn:xmpp:chat-markers:0"
CARBONS = "urn:xmpp:carbons:2"
FORWARD = "urn:xmpp:forward:0"
ARCHIVE = "urn:xmpp:mam:2"
SID = "urn:xmpp:sid:0"
DISCO = "http://jabber.org/protocol/disco#info"
RSM = "http://jabber.org/protocol/rsm"
PUBSUB = "http://jabber.org/protocol/pubsub"
UPLOAD = "urn:xmpp:http:upload:0"
ROSTER = "jabber:iq:roster"


def el(name, /, *children, **attributes):
    """An element; name is '{namespace}tag'; a str child is text."""
    element = ElementTree.Element(name, {k.rstrip("_"): v for k, v in attributes.items() if v is not None})
    for child in children:
        if isinstance(child, str):
            element.text = (element.text or "") + child
        elif child is not None:
            element.append(child)
    return element


def error_of(xml):
    error = xml.find(CLIENT + "error")
    if error is None:
        return None
    names = [c.tag.split("}")[1] for c in error if not c.tag.endswith("}text")]
    return names[0] if names else error.get("type")


def parse_all(text):
    """The elements of a text that has several, each with its own xmlns (those without are of jabber:client)."""
    return list(ElementTree.fromstring(f"<x xmlns='jabber:client'>{text}</x>"))


def amendment_fields(child):
    """What a message says about an earlier one; child: tag -> element."""
    def attribute(name, key="id"):
        element = child.get(name)
        return element.get(key) if element is not None else None
    reactions = child.get(f"{{{REACT}}}reactions")
    return {"replaces": attribute(f"{{{CORRECT}}}replace"), "retracts": attribute(f"{{{RETRACT}}}retract"),
            "displayed": attribute(f"{{{MARKERS}}}displayed"), "reply_to": attribute(f"{{{REPLY}}}reply"),
            "reacts_to": attribute(f"{{{REACT}}}reactions"), "stanza_id": attribute(f"{{{SID}}}stanza-id"),
            "reactions": [r.text for r in reactions] if reactions is not None else None}


def publication_fields(child):
    items = child.get(f"{{{PUBSUB}#event}}event")
    items = items.find(f"{{{PUBSUB}#event}}items") if items is not None else None
    if items is None:
        return {}
    return {"node": items.get("node"), "items": [i.get("id") for i in items if i.tag.endswith("}item")] or None,
            "retracted_items": [i.get("id") for i in items if i.tag.endswith("}retract")] or None}


def muc_fields(xml):
    """What a room says about an occupant, an invitation or itself in {muc#user}x."""
    x = xml.find(f"{{{MUC}#user}}x")
    if x is None:
        return {}
    item = x.find(f"{{{MUC}#user}}item")
    fields = {"codes": [int(s.get("code")) for s in x.findall(f"{{{MUC}#user}}status")] or None}
    if item is not None:
        fields.update(role=item.get("role"), affiliation=item.get("affiliation"), jid=item.get("jid"),
                      new_nick=item.get("nick"), reason=item.findtext(f"{{{MUC}#user}}reason"))
    invite = x.find(f"{{{MUC}#user}}invite")
    if invite is not None:
        fields["invite"] = {"kind": "mediated", "room": xml.get("from"), "by": invite.get("from"),
                            "reason": invite.findtext(f"{{{MUC}#user}}reason")}
    return fields


class Client(slixmpp.ClientXMPP):
    """slixmpp without its habits: hands every stanza over as XML and answers nothing on its own."""

    def __init__(self, jid, password, peer, options):
        super().__init__(jid, password)
        self.peer = peer
        self.roster.auto_authorize = self.roster.auto_subscribe = None
        self.auto_authorize = self.auto_subscribe = None
        self.ca_certs = options.ca
        self.end_session_on_disconnect = True
        self["feature_mechanisms"].unencrypted_plain = True
        if options.notify:
            self.register_handler(Callback("disco", MatchXPath(f"{CLIENT}iq[@type='get']/{{{DISCO}}}query"),
                                           lambda s: peer.on_disco(s.xml)))
        self.register_handler(Callback("every message", StanzaPath("message"), lambda s: peer.on_message(s.xml)))
        self.register_handler(Callback("every presence", StanzaPath("presence"), lambda s: peer.on_presence(s.xml)))
        self.register_handler(Callback("roster push", MatchXPath(f"{CLIENT}iq[@type='set']/{{{ROSTER}}}query"),
                                       lambda s: peer.on_roster_push(s.xml)))
        self.add_event_handler("session_start", lambda _: peer.on_session())
        self.add_event_handler("disconnected", lambda reason: peer.on_end(str(reason or "")))
        self.add_event_handler("failed_all_auth", lambda _: peer.on_end("login refused"))
        self.add_event_handler("connection_failed", lambda e: peer.on_end(str(e)))
        self.add_event_handler("stream_error", lambda e: peer.emit("stream-error", condition=e["condition"]))

    def get_ssl_context(self):
        context = super().get_ssl_context()
        if self.ca_certs is None:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


def reset(client):
    """Ends a connection so that the server does not read what is still on its way."""
    sock = client.transport and client.transport.get_extra_info("socket")
    if sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.abort()


class Peer(Scripted):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.options = options
        self.rooms = {}             # bare room address -> own nick
        self.client = None
        self.session = None         # future: set at log-in, fails at the connection's end

    # connection

    async def login(self):
        options = self.options
        if self.client:
            self.client.cancel_connection_attempt()             # slixmpp would go on trying beside us
            reset(self.client)
        self.session = asyncio.get_running_loop().create_future()
        self.client = Client(options.jid, options.password, self, options)
        self.client.connect((options.host, options.port), use_ssl=options.tls == "direct",
                            force_starttls=options.tls == "starttls", disable_starttls=options.tls == "off")
        await asyncio.wait_for(asyncio.shield(self.session), self.timeout)

    def on_session(self):
        async def begin():
            contacts = await self.fetch_roster()
            if not self.options.no_presence:
                self.send_presence(self.caps())
                # what comes before the server has seen that may wait for the next login (ejabberd, without a body)
                with contextlib.suppress(CommandError):
                    await self.send_iq("get", el("{urn:xmpp:ping}ping"), self.client.boundjid.domain)
            self.emit("online", jid=str(self.client.boundjid))
            self.emit("roster", contacts=contacts)
            if not self.session.done():
                self.session.set_result(True)
        self.begin_task = asyncio.ensure_future(begin())

    def on_end(self, reason):
        if self.session and not self.session.done():
            self.session.set_exception(CommandError(reason or "the connection ended"))
        self.emit("offline", reason=reason or None)

    # what comes in

    def on_message(self, xml):
        for direction in ("sent", "received"):
            carbon = xml.find(f"{{{CARBONS}}}{direction}")
            if carbon is not None and xml.get("from") == self.client.boundjid.bare:
                inner = carbon.find(f"{{{FORWARD}}}forwarded/{CLIENT}message")
                self.on_plain_message(inner, carbon=direction)
                return
        self.on_plain_message(xml)

    def on_plain_message(self, xml, carbon=None):
        child = {c.tag: c for c in xml}
        sender = xml.get("from", "")
        kind = {"groupchat": "room", None: "normal"}.get(xml.get("type"), xml.get("type"))
        fields = muc_fields(xml)
        if kind == "chat" and (f"{{{MUC}#user}}x" in child or sender.split("/")[0] in self.rooms):
            kind = "private"
        state = next((c.tag.split("}")[1] for c in xml if c.tag.startswith(f"{{{STATES}}}")), None)
        receipt = child.get(f"{{{RECEIPTS}}}received")
        direct = child.get("{jabber:x:conference}x")
        if direct is not None and "invite" not in fields:
            fields["invite"] = {"kind": "direct", "room": direct.get("jid"), "by": sender,
                                "reason": direct.get("reason")}
        delay = child.get("{urn:xmpp:delay}delay")
        wants = f"{{{RECEIPTS}}}request" in child
        self.emit("message", kind=kind, **{"from": sender}, to=xml.get("to"), id=xml.get("id"),
                  nick=sender.partition("/")[2] if kind in ("room", "private") else None,
                  text=xml.findtext(CLIENT + "body"), subject=xml.findtext(CLIENT + "subject"), state=state,
                  wants_receipt=wants or None, receipt=receipt.get("id") if receipt is not None else None,
                  **amendment_fields(child), **publication_fields(child), carbon=carbon,
                  delay=delay.get("stamp") if delay is not None else None, error=error_of(xml), **fields, xml=tostring(xml))
        if wants and self.options.receipts and kind == "chat" and not carbon:
            self.do_ack(sender, xml.get("id"))

    def on_presence(self, xml):
        fields = muc_fields(xml)
        sender = xml.get("from", "")
        self.emit("presence", kind=xml.get("type", "available"), **{"from": sender}, show=xml.findtext(CLIENT + "show"),
                  status=xml.findtext(CLIENT + "status"), nick=sender.partition("/")[2] if fields else None,
                  error=error_of(xml), **fields, xml=tostring(xml))
        if xml.get("type") == "subscribe" and self.options.accept:
            self.do_subscribed(sender)
            self.do_subscribe(sender)

    def on_roster_push(self, xml):
        for item in xml.find(f"{{{ROSTER}}}query"):
            self.emit("roster-push", **self.contact(item))

    def features(self):
        return sorted([DISCO, "http://jabber.org/protocol/caps", *(node + "+notify" for node in self.options.notify or [])])

    def caps(self):
        """What presence says so that the server asks for our features (XEP-0115)."""
        if not self.options.notify:
            return None
        told = "client/bot//peer<" + "".join(f + "<" for f in self.features())
        version = base64.b64encode(hashlib.sha1(told.encode()).digest()).decode()
        return el("{http://jabber.org/protocol/caps}c", hash="sha-1", node="urn:example:peer", ver=version)

    def on_disco(self, xml):
        query = el(f"{{{DISCO}}}query", el(f"{{{DISCO}}}identity", category="client", type="bot", name="peer"),
                   *(el(f"{{{DISCO}}}feature", var=f) for f in self.features()), node=xml.find(f"{{{DISCO}}}query").get("node"))
        self.send(el(CLIENT + "iq", query, type="result", id=xml.get("id"), to=xml.get("from")))

    def print_event(self, line):
        if not self.options.xml:
            line = {key: value for key, value in line.items() if key != "xml"}
        self.print(line)

    @staticmethod
    def contact(item):
        return {"address": item.get("jid"), "name": item.get("name"), "subscription": item.get("subscription"),
                "ask": item.get("ask"), "groups": [g.text for g in item]}

    # helpers for what goes out

    def send(self, element):
        if not self.client or not self.client.is_connected():
            raise CommandError("not connected")
        self.client.send_raw(ElementTree.tostring(element, encoding="unicode"))

    def send_message(self, to, kind, *children, id=None):
        id = id or uuid.uuid4().hex
        self.send(el(CLIENT + "message", *children, to=to, type=kind, id=id))
        return {"message": id}

    def send_presence(self, *children, to=None, kind=None):
        self.send(el(CLIENT + "presence", *children, to=to, type=kind))

    async def send_iq(self, kind, payload, to=None):
        iq = self.client.Iq()
        iq["type"] = kind
        if to:
            iq["to"] = to
        iq.append(payload)
        try:
            return (await iq.send(timeout=self.timeout)).xml
        except slixmpp.exceptions.IqError as e:
            raise CommandError(e.condition + (f": {e.text}" if e.text else "")) from None
        except slixmpp.exceptions.IqTimeout:
            raise CommandError("no answer to the request") from None

    async def fetch_roster(self):
        xml = await self.send_iq("get", el(f"{{{ROSTER}}}query"))
        return [self.contact(item) for item in xml.find(f"{{{ROSTER}}}query")]

    # verbs: talking

    def do_send(self, to, text, *, id=None):
        """TO TEXT: a chat message; answers with its id as message. id: one of its own, for what is sent again"""
        return self.send_message(to, "chat", el(CLIENT + "body", text), id=id)

    def do_ask(self, to, text):
        """TO TEXT: a chat message that asks for a receipt"""
        return self.send_message(to, "chat", el(CLIENT + "body", text), el(f"{{{RECEIPTS}}}request"))

    def do_ack(self, to, message):
        """TO ID: the receipt for a message"""
        return self.send_message(to, "chat", el(f"{{{RECEIPTS}}}received", id=message))

    def do_state(self, to, state):
        """TO composing|paused|active|inactive|gone"""
        return self.send_message(to, "chat", el(f"{{{STATES}}}{state}"))

    def kind_to(self, to):
        return "groupchat" if to in self.rooms else "chat"

    def do_message(self, to, kind, xml):
        """TO chat|groupchat|normal|headline|error XML: a message with these children; answers with its id"""
        return self.send_message(to, kind, *parse_all(xml))

    def do_correct(self, to, message, text):
        """TO ID TEXT: replaces the text of a message"""
        return self.send_message(to, self.kind_to(to), el(CLIENT + "body", text), el(f"{{{CORRECT}}}replace", id=message))

    def do_retract(self, to, message):
        """TO ID: takes a message back (XEP-0424); in a room ID is the room's"""
        return self.send_message(to, self.kind_to(to), el(f"{{{RETRACT}}}retract", id=message), el("{urn:xmpp:hints}store"),
                                 el(CLIENT + "body", "/me retracted a message"), el(f"{{{FALLBACK}}}fallback", for_=RETRACT))

    def do_react(self, to, message, emoji=""):
        """TO ID [EMOJI...]: these are our reactions now (XEP-0444); in a room ID is the room's"""
        reactions = [el(f"{{{REACT}}}reaction", e) for e in emoji.split()]
        return self.send_message(to, self.kind_to(to), el(f"{{{REACT}}}reactions", *reactions, id=message),
                                 el("{urn:xmpp:hints}store"))

    def do_reply(self, to, message, author, quote, text):
        """TO ID AUTHOR QUOTE TEXT: a reply with the quoted word as fallback (XEP-0461)"""
        quoted = f"> {quote}\n"
        mark = el(f"{{{FALLBACK}}}fallback", el(f"{{{FALLBACK}}}body", start="0", end=str(len(quoted))), for_=REPLY)
        return self.send_message(to, self.kind_to(to), el(CLIENT + "body", quoted + text),
                                 el(f"{{{REPLY}}}reply", to=author, id=message), mark)

    def do_displayed(self, to, message):
        """TO ID: we have read up to that message (XEP-0333)"""
        return self.send_message(to, self.kind_to(to), el(f"{{{MARKERS}}}displayed", id=message))

    def do_attention(self, to):
        """TO: calls for attention (XEP-0224)"""
        return self.send_message(to, "headline", el("{urn:xmpp:attention:0}attention"))

    async def do_carbons(self):
        """from now on messages of the account's other devices come too, as events with carbon"""
        await self.send_iq("set", el(f"{{{CARBONS}}}enable"))

    def do_flood(self, to, count, prefix="message"):
        """TO COUNT [PREFIX]: COUNT chat messages 'PREFIX 1' …"""
        for i in range(1, int(count) + 1):
            self.send_message(to, "chat", el(CLIENT + "body", f"{prefix} {i}"))

    # verbs: presence and contacts

    def do_presence(self, show="", status=""):
        """[away|xa|dnd|chat|online [STATUS]]"""
        self.send_presence(el(CLIENT + "show", show) if show not in ("", "online") else None,
                           el(CLIENT + "status", status) if status else None)

    def do_unavailable(self, to=None):
        """[TO]: offline presence, to one address or to all"""
        self.send_presence(to=to, kind="unavailable")

    def do_subscribe(self, to):
        """TO: asks to see TO's presence"""
        self.send_presence(to=to.split("/")[0], kind="subscribe")

    def do_subscribed(self, to):
        """TO: allows TO to see ours"""
        self.send_presence(to=to.split("/")[0], kind="subscribed")

    def do_unsubscribe(self, to):
        """TO: no longer wants TO's presence"""
        self.send_presence(to=to, kind="unsubscribe")

    def do_unsubscribed(self, to):
        """TO: refuses or takes back the permission"""
        self.send_presence(to=to, kind="unsubscribed")

    async def do_roster(self):
        """the contacts"""
        return {"contacts": await self.fetch_roster()}

    async def do_roster_add(self, address, name=None, group=None):
        """ADDRESS [NAME [GROUP]]: adds or changes a contact (asks nothing: see subscribe)"""
        item = el(f"{{{ROSTER}}}item", el(f"{{{ROSTER}}}group", group) if group else None, jid=address, name=name)
        await self.send_iq("set", el(f"{{{ROSTER}}}query", item))

    async def do_roster_remove(self, address):
        """ADDRESS: removes a contact"""
        item = el(f"{{{ROSTER}}}item", jid=address, subscription="remove")
        await self.send_iq("set", el(f"{{{ROSTER}}}query", item))

    # verbs: rooms

    async def do_join(self, room, nick, password=None):
        """ROOM NICK [PASSWORD]: answers when the room has let us in; unlocks a new room"""
        self.rooms[room] = nick
        before = len(self.events)
        secret = el(f"{{{MUC}}}password", password) if password else None
        self.send_presence(el(f"{{{MUC}}}x", secret), to=f"{room}/{nick}")
        got = await self.next_event(lambda e: e["event"] == "presence" and e["from"].split("/")[0] == room
                                    and (110 in e.get("codes", []) or e["kind"] == "error"), before)
        if not got:
            raise CommandError(f"no answer within {self.timeout} s")
        if got["kind"] == "error":
            del self.rooms[room]
            raise CommandError(got.get("error", "refused"))
        if 201 in got.get("codes", []):
            await self.send_iq("set", el(f"{{{MUC}#owner}}query", el("{jabber:x:data}x", type="submit")), room)
        return {"room": room, "nick": got["nick"], "created": 201 in got.get("codes", [])}

    def do_leave(self, room, status=None):
        """ROOM [STATUS]"""
        nick = self.rooms.pop(room, "")
        self.send_presence(el(CLIENT + "status", status) if status else None, to=f"{room}/{nick}", kind="unavailable")

    def do_room_send(self, room, text):
        """ROOM TEXT"""
        return self.send_message(room, "groupchat", el(CLIENT + "body", text))

    def do_room_pm(self, occupant, text):
        """ROOM/NICK TEXT: a private message to an occupant"""
        return self.send_message(occupant, "chat", el(CLIENT + "body", text), el(f"{{{MUC}#user}}x"))

    def do_nick(self, room, nick):
        """ROOM NICK: another nick"""
        self.rooms[room] = nick
        self.send_presence(to=f"{room}/{nick}")

    def do_subject(self, room, text):
        """ROOM TEXT: the room's topic"""
        return self.send_message(room, "groupchat", el(CLIENT + "subject", text))

    def do_invite(self, room, who, reason=""):
        """ROOM WHO [REASON]: through the room"""
        invite = el(f"{{{MUC}#user}}invite", el(f"{{{MUC}#user}}reason", reason), to=who)
        self.send(el(CLIENT + "message", el(f"{{{MUC}#user}}x", invite), to=room))

    def do_invite_direct(self, room, who, reason=""):
        """ROOM WHO [REASON]: by a message to WHO (XEP-0249)"""
        return self.send_message(who, None, el("{jabber:x:conference}x", jid=room, reason=reason or None))

    async def do_kick(self, room, nick, reason=""):
        """ROOM NICK [REASON]"""
        item = el(f"{{{MUC}#admin}}item", el(f"{{{MUC}#admin}}reason", reason), nick=nick, role="none")
        await self.send_iq("set", el(f"{{{MUC}#admin}}query", item), room)

    async def do_role(self, room, nick, role):
        """ROOM NICK moderator|participant|visitor"""
        await self.send_iq("set", el(f"{{{MUC}#admin}}query", el(f"{{{MUC}#admin}}item", nick=nick, role=role)), room)

    async def do_affiliation(self, room, address, affiliation):
        """ROOM ADDRESS owner|admin|member|none|outcast"""
        item = el(f"{{{MUC}#admin}}item", jid=address, affiliation=affiliation)
        await self.send_iq("set", el(f"{{{MUC}#admin}}query", item), room)

    async def do_room_set(self, room, field, value):
        """ROOM FIELD VALUE: one field of the room's form, such as muc#roomconfig_roomsecret"""
        data = "{jabber:x:data}"
        form = el(data + "x", type="submit")
        for name, text in (("FORM_TYPE", MUC + "#roomconfig"), (field, value)):
            form.append(el(data + "field", el(data + "value", text), var=name))
        await self.send_iq("set", el(f"{{{MUC}#owner}}query", form), room)

    async def do_destroy(self, room, reason=""):
        """ROOM [REASON]"""
        destroy = el(f"{{{MUC}#owner}}destroy", el(f"{{{MUC}#owner}}reason", reason))
        await self.send_iq("set", el(f"{{{MUC}#owner}}query", destroy), room)

    # verbs: what the server keeps

    async def do_archive(self, archive=None, with_="", max="100", before="", after=""):
        """[ARCHIVE [WITH [MAX [BEFORE [AFTER]]]]]: a page of the own archive or a room's; without AFTER the newest"""
        query, data = uuid.uuid4().hex, "{jabber:x:data}"
        fields = [("FORM_TYPE", ARCHIVE)] + ([("with", with_)] if with_ else [])
        form = el(data + "x", *(el(data + "field", el(data + "value", value), var=name) for name, value in fields), type="submit")
        position = el(f"{{{RSM}}}after", after) if after else el(f"{{{RSM}}}before", before)
        pages = el(f"{{{RSM}}}set", el(f"{{{RSM}}}max", max), position)
        before_it = len(self.events)
        answer = await self.send_iq("set", el(f"{{{ARCHIVE}}}query", form, pages, queryid=query), archive)
        # an expect can't be between, commands run one after the other
        results = [e for e in self.events[before_it:] if query in e.get("xml", "")]
        for event in results:
            self.events.remove(event)
        fin = answer.find(f"{{{ARCHIVE}}}fin")
        return {"messages": [self.archived(ElementTree.fromstring(e["xml"])) for e in results],
                "complete": fin.get("complete") == "true", "count": fin.findtext(f"{{{RSM}}}set/{{{RSM}}}count")}

    @staticmethod
    def archived(xml):
        result = xml.find(f"{{{ARCHIVE}}}result")
        forwarded = result.find(f"{{{FORWARD}}}forwarded")
        message = forwarded.find(CLIENT + "message")
        return {"archive_id": result.get("id"), "stamp": forwarded.find("{urn:xmpp:delay}delay").get("stamp"),
                "from": message.get("from"), "to": message.get("to"), "id": message.get("id"),
                "text": message.findtext(CLIENT + "body"), "xml": tostring(message)}

    async def do_publish(self, node, item, xml, *, options=None):
        """NODE ITEM XML: publishes on the own account; options: publish-options, FIELD=VALUE,…"""
        children = [el(f"{{{PUBSUB}}}publish", el(f"{{{PUBSUB}}}item", ElementTree.fromstring(xml), id=item), node=node)]
        if options:
            data = "{jabber:x:data}"
            fields = [("FORM_TYPE", PUBSUB + "#publish-options")] + [("pubsub#" + o.partition("=")[0], o.partition("=")[2])
                                                                     for o in options.split(",")]
            form = el(data + "x", *(el(data + "field", el(data + "value", value), var=name) for name, value in fields), type="submit")
            children.append(el(f"{{{PUBSUB}}}publish-options", form))
        await self.send_iq("set", el(f"{{{PUBSUB}}}pubsub", *children))

    async def do_items(self, node, to=None):
        """NODE [TO]: what is published there, as a map from item to XML"""
        answer = await self.send_iq("get", el(f"{{{PUBSUB}}}pubsub", el(f"{{{PUBSUB}}}items", node=node)), to)
        items = answer.find(f"{{{PUBSUB}}}pubsub/{{{PUBSUB}}}items")
        return {"items": {i.get("id"): tostring(i[0]) if len(i) else "" for i in items}}

    async def do_unpublish(self, node, item):
        """NODE ITEM: removes an item of the own account, and tells"""
        gone = el(f"{{{PUBSUB}}}retract", el(f"{{{PUBSUB}}}item", id=item), node=node, notify="true")
        await self.send_iq("set", el(f"{{{PUBSUB}}}pubsub", gone))

    async def do_upload(self, service, name, text, *, type="text/plain"):
        """SERVICE NAME TEXT: puts a file of that content there (XEP-0363); answers with its url"""
        data = text.encode()
        answer = await self.send_iq("get", el(f"{{{UPLOAD}}}request", filename=name, size=str(len(data)), **{"content-type": type}), service)
        slot = answer.find(f"{{{UPLOAD}}}slot")
        put = slot.find(f"{{{UPLOAD}}}put")
        headers = {h.get("name"): h.text for h in put.findall(f"{{{UPLOAD}}}header")}
        await self.http(urllib.request.Request(put.get("url"), data, {"Content-Type": type, **headers}, method="PUT"))
        return {"url": slot.find(f"{{{UPLOAD}}}get").get("url")}

    async def do_download(self, url):
        """URL: the text that is there"""
        return {"text": (await self.http(urllib.request.Request(url))).decode(errors="replace")}

    async def http(self, request):
        context = ssl.create_default_context(cafile=self.options.ca)

        def fetch():
            with urllib.request.urlopen(request, timeout=self.timeout, context=context) as answer:
                return answer.read()
        try:
            return await asyncio.get_running_loop().run_in_executor(None, fetch)
        except urllib.error.URLError as e:
            raise CommandError(str(e)) from None

    # verbs: everything else

    async def do_ping(self, to):
        """TO: answers with pong"""
        await self.send_iq("get", el("{urn:xmpp:ping}ping"), to)
        return {"pong": to}

    async def do_disco(self, to, node=None):
        """TO [NODE]: identities and features"""
        info = "{http://jabber.org/protocol/disco#info}"
        xml = await self.send_iq("get", el(info + "query", node=node), to)
        query = xml.find(info + "query")
        return {"identities": [dict(i.attrib) for i in query.findall(info + "identity")],
                "features": sorted(f.get("var") for f in query.findall(info + "feature"))}

    async def do_iq(self, to, kind, xml):
        """TO get|set XML: any request; answers with the result's XML"""
        answer = await self.send_iq(kind, ElementTree.fromstring(xml), to)
        return {"xml": tostring(answer)}

    def do_raw(self, xml):
        """XML: these bytes on the stream"""
        self.client.send_raw(xml)

    async def do_cut(self):
        """the connection breaks without a good-bye"""
        self.client.transport.abort()
        await self.do_expect("offline")

    async def do_logout(self):
        """a clean end of the stream"""
        await self.client.disconnect(wait=2.0)

    async def do_login(self):
        """logs in again after cut or logout"""
        await self.login()

    async def leave(self):
        if self.client.is_connected():
            await self.client.disconnect(wait=2.0)


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, epilog=Peer.verbs_help(),
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("jid", help="may carry a /resource")
    parser.add_argument("--password", default="secret")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--ca", help="file with the authority to trust (default: trust any certificate)")
    parser.add_argument("--tls", choices=["starttls", "direct", "off"], default="starttls")
    parser.add_argument("--timeout", type=float, default=15, help="seconds for login, answers and expect")
    parser.add_argument("--no-presence", action="store_true", help="stay invisible after login")
    parser.add_argument("--receipts", action="store_true", help="answer every request for a receipt")
    parser.add_argument("--accept", action="store_true", help="accept every subscription and ask back")
    parser.add_argument("--xml", action="store_true", help="events show the stanza's XML")
    parser.add_argument("--notify", action="append", metavar="NODE", help="wants to be told what contacts publish there")
    add_parent_option(parser)
    return parser.parse_args()


def main():
    options = parse_options()
    end_with(options.with_parent)
    logging.basicConfig(level=logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    sys.exit(loop.run_until_complete(Peer.serve(options)))


if __name__ == "__main__":
    main()
