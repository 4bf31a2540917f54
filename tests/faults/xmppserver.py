"""The server half of an XMPP connection, good as long as the scenario (fake.py) lets it be.

Speaks stream header, STARTTLS or direct TLS, SASL PLAIN and SCRAM, bind, stream management (acknowledging only) and
answers the requests that every client makes. A scenario overrides single steps. Nothing here is fast except
Session.write_all, which is: the flood is prepared before.
"""
import asyncio
import base64
import hashlib
import hmac
import os
import ssl
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from faulty import report

CLIENT = "{jabber:client}"
SASL = "urn:ietf:params:xml:ns:xmpp-sasl"
TLS = "urn:ietf:params:xml:ns:xmpp-tls"
BIND = "urn:ietf:params:xml:ns:xmpp-bind"
SM = "urn:xmpp:sm:3"
STREAMS = "http://etherx.jabber.org/streams"
STANZAS = "urn:ietf:params:xml:ns:xmpp-stanzas"
HASHES = {"SCRAM-SHA-1": "sha1", "SCRAM-SHA-256": "sha256"}


def tag(element):
    return element.tag.split("}")[-1]


class StreamEnd(Exception):
    """The client has closed its stream or the connection."""


def tls_context(options):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.path.join(options.cert, options.cert_name + ".pem"),
                            os.path.join(options.cert, "server.key"))
    return context


class Session:
    def __init__(self, reader, writer, options, scenario):
        self.reader, self.writer = reader, writer
        self.options, self.scenario = options, scenario
        self.inbox = []                  # elements read and not yet handed out
        self.parser = None
        self.handled = 0                 # stanzas of the client, for stream management
        self.jid = f"{options.user}@{options.domain}/fake"
        writer.transport.set_write_buffer_limits(high=1 << 20)

    # bytes

    def write(self, text):
        self.writer.write(text if isinstance(text, bytes) else text.encode())

    async def write_all(self, chunks):
        for chunk in chunks:
            self.writer.write(chunk)
            await self.writer.drain()

    async def flush(self):
        """Waits until the kernel has everything."""
        if self.writer.transport.is_closing():
            return
        self.writer.transport.set_write_buffer_limits(high=0)
        await self.writer.drain()

    # elements

    async def next(self):
        """The client's next complete element below the stream; None for the stream's header itself."""
        while not self.inbox:
            data = await self.reader.read(65536)
            if not data:
                raise StreamEnd
            self.feed(data)
        return self.inbox.pop(0)

    def feed(self, data):
        self.parser.feed(data)
        for kind, element in self.parser.read_events():
            if kind == "start":
                self.depth += 1
                if self.depth == 1:
                    self.root = element
                    self.inbox.append(None)
            else:
                self.depth -= 1
                if self.depth == 1:
                    self.inbox.append(element)
                    self.root.remove(element)
                elif self.depth == 0:
                    raise StreamEnd

    async def begin_stream(self, features):
        """Waits for the client's header (a new stream) and answers with ours and the features."""
        self.parser = ElementTree.XMLPullParser(["start", "end"])
        self.depth = 0
        self.inbox.clear()
        await self.next()
        self.write(f"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='{STREAMS}' "
                   f"from='{self.options.domain}' id='{os.urandom(6).hex()}' version='1.0'>"
                   f"<stream:features>{features}</stream:features>")

    # the steps of a connection

    async def open(self):
        """Everything up to a client that has a resource; then the scenario goes on."""
        if self.options.tls == "starttls":
            await self.starttls()
        await self.begin_stream(self.scenario.auth_features(self))
        await self.scenario.authenticate(self)
        sm = f"<sm xmlns='{SM}'/>" if self.options.sm else ""
        await self.begin_stream(f"<bind xmlns='{BIND}'/>{sm}")

    async def starttls(self):
        await self.begin_stream(f"<starttls xmlns='{TLS}'><required/></starttls>")
        request = await self.next()
        if tag(request) != "starttls":
            raise StreamEnd
        await self.scenario.proceed(self)
        await self.writer.start_tls(tls_context(self.options))

    def mechanisms(self, *names):
        return f"<mechanisms xmlns='{SASL}'>" + "".join(f"<mechanism>{n}</mechanism>" for n in names) + "</mechanisms>"

    async def authenticate(self, scram=None):
        """PLAIN or SCRAM; scram is a Scram with the scenario's tricks."""
        auth = await self.next()
        if tag(auth) != "auth":
            raise StreamEnd
        mechanism = auth.get("mechanism")
        report("auth", mechanism=mechanism)
        if mechanism in HASHES:
            await (scram or Scram()).run(self, HASHES[mechanism], base64.b64decode(auth.text))
        elif mechanism == "PLAIN":
            _, user, password = base64.b64decode(auth.text).decode().split("\0")
            if (user, password) != (self.options.user, self.options.password):
                return await self.refuse("not-authorized")
            self.write(f"<success xmlns='{SASL}'/>")
        else:
            await self.refuse("invalid-mechanism")

    async def refuse(self, condition):
        self.write(f"<failure xmlns='{SASL}'><{condition}/></failure></stream:stream>")
        await self.flush()
        raise StreamEnd

    async def close(self, condition=None, text=""):
        error = ""
        if condition:
            error = (f"<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{escape(text)}"
                     f"</{condition}></stream:error>")
        self.write(error + "</stream:stream>")
        await self.flush()

    # the open stream

    async def answer_until(self, wanted):
        """Serves requests until wanted(element) is true of one, which is returned."""
        while True:
            element = await self.next()
            self.answer(element)
            if wanted(element):
                return element

    def answer(self, element):
        name = tag(element)
        if element.tag.startswith(f"{{{SM}}}"):
            if name == "enable":
                self.handled = 0
                self.write(f"<enabled xmlns='{SM}' id='fake' resume='true'/>")
            elif name == "r":
                self.write(f"<a xmlns='{SM}' h='{self.handled}'/>")
            elif name == "resume":
                self.write(f"<failed xmlns='{SM}'><item-not-found xmlns='{STANZAS}'/></failed>")
            return
        self.handled += 1
        if self.options.echo:
            report("stanza", xml=ElementTree.tostring(element, encoding="unicode"))
        if name == "presence" and element.get("to") and hasattr(self.scenario, "presence"):
            self.scenario.presence(self, element)
        if name == "iq" and element.get("type") in ("get", "set") and len(element):
            self.answer_request(element)

    def answer_request(self, iq):
        child = iq[0]
        space = child.tag[1:].split("}")[0]
        if self.scenario.request(self, iq, space):
            return
        to, id_ = iq.get("to"), quoteattr(iq.get("id", ""))
        sender = f" from={quoteattr(to)}" if to else ""
        payload = None
        if space == BIND:
            payload = f"<bind xmlns='{BIND}'><jid>{self.jid}</jid></bind>"
        elif space == "jabber:iq:roster" and iq.get("type") == "get":
            payload = self.options.roster
        elif space == "http://jabber.org/protocol/disco#info":
            payload = (f"<query xmlns='{space}'><identity category='server' type='im'/>"
                       f"<feature var='urn:xmpp:carbons:2'/></query>")
        elif space == "http://jabber.org/protocol/disco#items":
            payload = f"<query xmlns='{space}'/>"
        elif space in ("urn:ietf:params:xml:ns:xmpp-session", "urn:xmpp:carbons:2", "urn:xmpp:ping",
                       "jabber:iq:roster"):
            payload = ""
        if payload is None:
            self.write(f"<iq type='error' id={id_}{sender}><error type='cancel'>"
                       f"<service-unavailable xmlns='{STANZAS}'/></error></iq>")
        else:
            self.write(f"<iq type='result' id={id_}{sender}>{payload}</iq>")


class Scram:
    """The server's half of RFC 5802, with the lies that a client must notice."""

    def __init__(self, iterations=4096, foreign_nonce=False, signature="good"):
        self.iterations, self.foreign_nonce, self.signature = iterations, foreign_nonce, signature

    async def run(self, session, hash_name, first):
        gs2, _, bare = first.decode().partition(",,")
        fields = dict(f.split("=", 1) for f in bare.split(","))
        salt = os.urandom(16)
        nonce = ("" if self.foreign_nonce else fields["r"]) + os.urandom(12).hex()
        server_first = f"r={nonce},s={base64.b64encode(salt).decode()},i={self.iterations}"
        session.write(f"<challenge xmlns='{SASL}'>{base64.b64encode(server_first.encode()).decode()}</challenge>")
        response = await session.next()
        if tag(response) != "response":
            report("auth-aborted", by=tag(response))
            raise StreamEnd
        final = base64.b64decode(response.text).decode()
        without_proof, _, proof = final.rpartition(",p=")
        message = f"{bare},{server_first},{without_proof}".encode()
        salted = hashlib.pbkdf2_hmac(hash_name, session.options.password.encode(), salt, min(self.iterations, 100000))
        key = hmac.digest(salted, b"Client Key", hash_name)
        stored = hashlib.new(hash_name, key).digest()
        expected = bytes(a ^ b for a, b in zip(key, hmac.digest(stored, message, hash_name)))
        good = hmac.compare_digest(expected, base64.b64decode(proof))
        report("auth-answered", proof="good" if good else "bad")
        if not good and self.signature == "good":
            return await session.refuse("not-authorized")
        signature = hmac.digest(hmac.digest(salted, b"Server Key", hash_name), message, hash_name)
        text = {"good": base64.b64encode(b"v=" + base64.b64encode(signature)).decode(),
                "bad": base64.b64encode(b"v=" + base64.b64encode(bytes(len(signature)))).decode(),
                "missing": ""}[self.signature]
        session.write(f"<success xmlns='{SASL}'>{text}</success>")
