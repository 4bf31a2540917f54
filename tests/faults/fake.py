#!/usr/bin/python3
"""fake.py SCENARIO: an XMPP server that floods, lies or sends what no server may send.

Prints PORT=n, then one JSON object a line: auth (mechanism), login, sent (messages, seconds), closed (the client
went), stanza (with --echo: what the client sent after login). Everything that is sent in a flood is prepared before the
port is printed. With --on-line the scenario's main act begins when a line comes on standard input.
--tls needs --cert DIR, the directory of servers/mkca.sh; --cert-name picks server, expired or other.
"""
import asyncio
import base64
import time
from xml.etree import ElementTree

from faulty import on_input_lines, parser, report, serve
from xmppserver import BIND, SASL, Scram, Session, StreamEnd, tag, tls_context

END = "<message type='chat' from='contact0@{domain}/phone' id='the-end'><body>{end}</body></message>"
CHUNK = 262144


class Scenario:
    """A good server that sends nothing. A scenario is a subclass; its docstring is its help."""

    mechanisms = ("PLAIN",)
    scram = None
    bytes = 1000000         # the default of --bytes
    ends = True             # a message "end" follows the act

    def auth_features(self, session):
        return session.mechanisms(*self.mechanisms)

    async def proceed(self, session):
        session.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
        await session.writer.drain()

    async def authenticate(self, session):
        await session.authenticate(self.scram)

    def prepare(self, options):
        """Before the port is open: what takes time."""

    async def act(self, session):
        """After the client's first presence; requests are answered meanwhile."""

    def request(self, session, iq, space):
        """A request with a payload of that namespace; True if it is answered here."""
        return False

    def line(self, text):
        """A line of standard input."""


class Idle(Scenario):
    """serves roster, presence and requests, and sends nothing"""
    ends = False


class Flood(Scenario):
    """--messages messages as fast as the client takes them, from --senders contacts, then one that says end"""
    bytes = 80

    def prepare(self, options):
        text = "hello there, this is a typical chat message of some length http://example.org/x and more "
        text = (text * (options.bytes // len(text) + 1))[:options.bytes]
        ask = "<request xmlns='urn:xmpp:receipts'/>" if options.receipts else ""
        to = f"{options.user}@{options.domain}/fake"
        tail = f"{text}</body><active xmlns='http://jabber.org/protocol/chatstates'/>{ask}</message>"
        stanzas = "".join(
            f"<message type='chat' id='m{i}' to='{to}' from='contact{i % options.senders}@{options.domain}/phone'>"
            f"<body>{i} {tail}" for i in range(1, options.messages + 1)).encode()
        self.chunks = [stanzas[i:i + CHUNK] for i in range(0, len(stanzas), CHUNK)]

    async def act(self, session):
        await session.write_all(self.chunks)


class Archive(Scenario):
    """an archive of --messages messages of --senders contacts, one each --every seconds until now; reports each page. --lie: repeat
    (always the newest page), swap (two pages in turn), endless (for ever, of one second), empty (no end), forged (one behind each end)"""
    ends = False
    ARCHIVE, RSM, DISCO = "urn:xmpp:mam:2", "http://jabber.org/protocol/rsm", "http://jabber.org/protocol/disco#info"
    HERE = b"@QUERY@"

    def prepare(self, options):
        self.options, self.count, self.pages = options, options.messages, 0
        text = ("hello there, this is a typical chat message of some length http://example.org/x and more ")
        begin = time.time() - self.count * options.every
        stamps = [time.strftime("%Y-%m-%dT%H:%M:%S.250000Z", time.gmtime(begin + i * options.every)) for i in range(self.count)]
        self.stamps = stamps
        self.results = [self.result(f"a{i}", i % options.senders, f"{i + 1} {text}", stamps[i]) for i in range(self.count)]
        # in whole pages from the end, as they will be asked for
        self.whole = {end: b"".join(self.results[max(end - 100, 0):end]) for end in range(self.count, 0, -100)}

    def result(self, id, sender, text, stamp):
        me, other = f"{self.options.user}@{self.options.domain}", f"contact{sender}@{self.options.domain}"
        return (f"<message from='{me}' to='{me}/fake'><result xmlns='{self.ARCHIVE}' queryid='@QUERY@' id='{id}'>"
                f"<forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='{stamp}'/>"
                f"<message xmlns='jabber:client' type='chat' from='{other}/phone' to='{me}' id='id-{id}-0123456789abcdef'><body>{text}</body>"
                f"</message></forwarded></result></message>").encode()

    def request(self, session, iq, space):
        id, to = iq.get("id"), iq.get("to")
        sender = f" from='{to}'" if to else ""
        if space == self.DISCO and to in (None, f"{self.options.user}@{self.options.domain}"):
            session.write(f"<iq type='result' id='{id}'{sender}><query xmlns='{self.DISCO}'><feature var='{self.ARCHIVE}'/></query></iq>")
            return True
        if space != self.ARCHIVE:
            return False
        self.pages += 1
        query = iq[0].get("queryid")
        before = iq[0].findtext(f"{{{self.RSM}}}set/{{{self.RSM}}}before")
        limit = int(iq[0].findtext(f"{{{self.RSM}}}set/{{{self.RSM}}}max") or 100)
        until = next((f.findtext("{jabber:x:data}value") for f in iq[0].iter("{jabber:x:data}field") if f.get("var") == "end"), None)
        page, first, last, complete = self.page(before, limit, until)
        report("page", before=before, number=self.pages)
        session.write(page.replace(self.HERE, query.encode()))
        session.write(f"<iq type='result' id='{id}'><fin xmlns='{self.ARCHIVE}'{' complete=' + repr('true') if complete else ''}>"
                      f"<set xmlns='{self.RSM}'><first index='0'>{first}</first><last>{last}</last><count>{self.count}</count></set></fin></iq>")
        if self.options.lie == "forged":
            session.write(self.result("forged", 0, "forged", "2024-01-01T00:00:00Z").replace(self.HERE, query.encode()))
        return True

    def page(self, before, limit, until):
        lie = self.options.lie
        end = sum(stamp <= until for stamp in self.stamps) if until else self.count
        if lie == "endless":
            name = f"endless-{self.pages}"
            made = b"".join(self.result(f"{name}-{i}", 0, f"{name} {i}", "2024-01-01T00:00:00Z") for i in range(limit))
            return made, f"{name}-0", f"{name}-{limit - 1}", False
        if lie == "empty":
            return b"", "x", "y", False
        if lie == "swap":
            end -= self.pages % 2 * limit
        elif before and lie != "repeat":
            end = int(before[1:])
        start = max(end - limit, 0)
        whole = self.whole.get(end) if limit == 100 else None
        return whole or b"".join(self.results[start:end]), f"a{start}", f"a{end - 1}", start == 0


class Crowd(Scenario):
    """every room has --senders occupants; reports joined (with the moment, CLOCK_MONOTONIC) when all of them are written. A line of standard
    input makes --messages of them change their presence, then one occupant says end"""
    ends = False
    DISCO, USER = "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/muc#user"
    FEATURES = ("http://jabber.org/protocol/muc", "muc_nonanonymous", "urn:xmpp:occupant-id:0", "urn:xmpp:sid:0")

    def prepare(self, options):
        self.options, self.sessions = options, []
        shows = ("", "<show>away</show>", "<show>dnd</show>", "")
        ranks = (("none", "participant"), ("member", "participant"), ("admin", "moderator"))
        self.crowd = "".join(self.occupant(i, shows[i % 4], *ranks[0 if i % 50 else 2 if i % 500 == 0 else 1])
                             for i in range(options.senders)).encode()
        self.storm = "".join(self.occupant(i % max(options.senders, 1), f"<show>xa</show><status>{i}</status>", *ranks[0])
                             for i in range(options.messages)).encode()

    def occupant(self, i, inside, affiliation, role):
        return (f"<presence from='@ROOM@/somebody {i}'>{inside}<x xmlns='{self.USER}'><item affiliation='{affiliation}' role='{role}' "
                f"jid='somebody{i}@{self.options.domain}/phone'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='id-{i}'/></presence>")

    def request(self, session, iq, space):
        to = iq.get("to") or ""
        if space != self.DISCO or "@rooms." not in to:
            return False
        features = "".join(f"<feature var='{f}'/>" for f in self.FEATURES)
        session.write(f"<iq type='result' id='{iq.get('id')}' from='{to}'><query xmlns='{self.DISCO}'>"
                      f"<identity category='conference' type='text' name='Crowd'/>{features}</query></iq>")
        return True

    def presence(self, session, element):
        room, _, nick = element.get("to").partition("/")
        if "@rooms." not in room or element.get("type"):
            return
        self.room, self.sessions = room, [session]
        session.write(self.crowd.replace(b"@ROOM@", room.encode()))
        session.write(f"<presence from='{room}/{nick}'><x xmlns='{self.USER}'><item affiliation='none' role='participant'/><status code='110'/></x></presence>"
                      f"<message from='{room}/somebody 0' type='groupchat' id='subject'><subject>a crowd</subject></message>")
        report("joined", at=time.monotonic())

    def line(self, text):
        for session in self.sessions:
            session.write(self.storm.replace(b"@ROOM@", self.room.encode()))
            session.write(f"<message from='{self.room}/somebody 1' type='groupchat' id='end-0123456789abcdef'><body>the end</body></message>")


class Typed(Scenario):
    """each line of standard input is a message of contact0; reports typed with the moment (CLOCK_MONOTONIC) it left"""
    ends = False

    def prepare(self, options):
        self.sessions = []
        self.head = f"<message type='chat' from='contact0@{options.domain}/phone'><body>"

    async def act(self, session):
        self.sessions.append(session)

    def line(self, text):
        for session in self.sessions:
            begin = time.monotonic()
            session.write(f"{self.head}{text}</body></message>")
            report("typed", at=begin)


class Big(Scenario):
    """one message whose body has --bytes bytes"""

    async def act(self, session):
        await send_big(session, "<message type='chat' from='contact0@fake.test/x'><body>", "x", "</body></message>")


class Wide(Scenario):
    """one message of --bytes bytes of empty elements"""

    async def act(self, session):
        await send_big(session, "<message type='chat' from='contact0@fake.test/x'>", "<a/>", "</message>")


class Nested(Scenario):
    """one message of elements inside each other, --bytes bytes of opening tags"""

    async def act(self, session):
        count = session.options.bytes // 3
        await session.write_all([b"<message>"] + [b"<a>" * 65536] * (count // 65536) + [b"<a>" * (count % 65536)])
        session.write(b"</a>" * count + b"</message>")


class Tag(Scenario):
    """an opening tag whose attribute has --bytes bytes"""

    async def act(self, session):
        await send_big(session, "<message type='chat' from='contact0@fake.test/x' id='", "x", "'><body>x</body></message>")


class Attributes(Scenario):
    """an opening tag of --bytes bytes of attributes"""

    async def act(self, session):
        count = session.options.bytes // 12
        session.write("<message " + " ".join(f"a{i:07}=''" for i in range(count)) + "><body>x</body></message>")


class Drip(Scenario):
    """one message that comes a byte a second and never ends"""

    async def act(self, session):
        session.write("<message type='chat' from='contact0@fake.test/x'><body>")
        while True:
            session.write("x")
            await asyncio.sleep(1)


class Forbidden(Scenario):
    """--what: XML that may not be in a stream, after a good message and before another"""

    THINGS = {
        "unclosed": b"<message><body></message>",
        "garbage": b"\x00\xff\xfe<<<>>>",
        "utf8": b"<message><body>\xc3\x28 \xed\xa0\x80</body></message>",
        "control": b"<message><body>&#x1b;[31m</body></message>",
        "dtd": b"<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;'>]><message><body>&b;</body></message>",
        "entity": b"<message><body>&nbsp;</body></message>",
        "comment": b"<!-- hello --><message><body><!-- x --></body></message>",
        "pi": b"<?php hello ?>",
        "prefix": b"<message><nope:body>x</nope:body></message>",
        "stream": b"<stream:stream>",
    }

    async def act(self, session):
        message = "<message type='chat' from='contact0@{}/x' id='{}'><body>{}</body></message>"
        session.write(message.format(session.options.domain, "before", "before"))
        session.write(self.THINGS[session.options.what])
        session.write(message.format(session.options.domain, "after", "after"))


class Forgeries(Scenario):
    """messages, carbons, list changes and answers in the name of others, all from a stranger"""

    async def act(self, session):
        domain, me = session.options.domain, session.jid
        stranger = "stranger@evil.test/x"
        forward = ("<forwarded xmlns='urn:xmpp:forward:0'><message xmlns='jabber:client' type='chat' "
                   "from='contact0@{}/x' to='{}'><body>forged by {}</body></message></forwarded>")
        for kind in ("sent", "received"):
            session.write(f"<message type='chat' from='{stranger}' to='{me}'><{kind} xmlns='urn:xmpp:carbons:2'>"
                          + forward.format(domain, me, kind + " carbon") + f"</{kind}></message>")
        session.write(f"<message from='{stranger}' to='{me}'><result xmlns='urn:xmpp:mam:2' id='1'>"
                      + forward.format(domain, me, "archive") + "</result></message>")
        session.write(f"<iq type='set' id='push1' from='{stranger}' to='{me}'><query xmlns='jabber:iq:roster'>"
                      f"<item jid='mallory@evil.test' name='forged' subscription='both'/></query></iq>")
        session.write(f"<presence type='subscribed' from='{stranger}' to='{me}'/>")
        session.write(f"<message type='chat' from='{stranger}' to='{me}' id='ask'><body>confirm that you are there</body>"
                      f"<request xmlns='urn:xmpp:receipts'/></message>")
        session.write(f"<iq type='get' id='version' from='{stranger}' to='{me}'><query xmlns='jabber:iq:version'/></iq>")


class Mute(Scenario):
    """after login reads everything and never sends a byte again, not even an answer to a ping"""


class Unread(Scenario):
    """after login never reads again: what the client sends fills the connection"""


class Stripped(Scenario):
    """STARTTLS stripped: offers login in plain text at once (use with --tls off)"""


class Injected(Scenario):
    """plain text behind <proceed/>, to be taken for part of the encrypted stream (needs --tls starttls)"""

    async def proceed(self, session):
        session.write("<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
                      "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>"
                      "<stream:features/><message from='admin@fake.test'><body>injected</body></message>")
        await session.writer.drain()


class TlsRefused(Scenario):
    """answers <starttls/> with <failure/>"""

    async def proceed(self, session):
        session.write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>")
        await session.flush()
        raise StreamEnd


class ScramGood(Scenario):
    """SCRAM as it should be"""
    mechanisms = ("SCRAM-SHA-256", "SCRAM-SHA-1")
    scram = Scram()


class ScramWeak(ScramGood):
    """SCRAM with one iteration"""
    scram = Scram(iterations=1)


class ScramHuge(ScramGood):
    """SCRAM with 20,000,000 iterations"""
    scram = Scram(iterations=20000000)


class ScramNonce(ScramGood):
    """SCRAM with a nonce that does not begin with the client's"""
    scram = Scram(foreign_nonce=True)


class ScramUnsigned(ScramGood):
    """SCRAM whose <success/> has no signature"""
    scram = Scram(signature="missing")


class ScramForged(ScramGood):
    """SCRAM whose <success/> has a wrong signature"""
    scram = Scram(signature="bad")


class ScramEarly(ScramGood):
    """<success/> at once, before any challenge"""

    async def authenticate(self, session):
        auth = await session.next()
        report("auth", mechanism=auth.get("mechanism"))
        session.write(f"<success xmlns='{SASL}'/>")


class OldMechanisms(Scenario):
    """offers only CRAM-MD5 and DIGEST-MD5"""
    mechanisms = ("CRAM-MD5", "DIGEST-MD5")


class WrongPassword(Scenario):
    """refuses every password"""

    async def authenticate(self, session):
        auth = await session.next()
        report("auth", mechanism=auth.get("mechanism"))
        if auth.get("mechanism") == "PLAIN":
            report("password", length=len(base64.b64decode(auth.text).rpartition(b"\0")[2]))
        await session.refuse("not-authorized")


class Elsewhere(Scenario):
    """sends the client to another host after login (see-other-host)"""
    ends = False

    async def act(self, session):
        await session.close("see-other-host", "evil.test:5222")


class Conflict(Scenario):
    """ends every stream with conflict, as if another client took the resource"""
    ends = False

    async def act(self, session):
        await session.close("conflict")


class Shutdown(Scenario):
    """ends the stream with system-shutdown"""
    ends = False

    async def act(self, session):
        await session.close("system-shutdown")


class Bindless(Scenario):
    """refuses the resource"""

    async def act_bind(self, session):
        iq = await session.next()
        session.write(f"<iq type='error' id='{iq.get('id')}'><bind xmlns='{BIND}'/><error type='cancel'>"
                      "<not-allowed xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>")


async def send_big(session, head, unit, tail):
    count = session.options.bytes // len(unit)
    block = unit.encode() * (65536 // len(unit))
    per_block = 65536 // len(unit)
    session.write(head)
    await session.write_all([block] * (count // per_block) + [unit.encode() * (count % per_block)])
    session.write(tail)


def hyphened(name):
    return "".join("-" + c.lower() if c.isupper() else c for c in name).lstrip("-")


SCENARIOS = {}
pending = [Scenario]
while pending:
    for subclass in pending.pop(0).__subclasses__():
        SCENARIOS[hyphened(subclass.__name__)] = subclass
        pending.append(subclass)


def prepare_contacts(options):
    """The roster's XML and the contacts' presence, once for all connections."""
    domain, count = options.domain, max(options.contacts, 0)
    options.roster = "<query xmlns='jabber:iq:roster'>" + "".join(
        f"<item jid='contact{i}@{domain}' name='Contact {i}' subscription='both'><group>Group {i % 10}</group></item>"
        for i in range(count)) + "</query>"
    shows = ("", "<show>away</show>", "<show>dnd</show>", "")
    options.presences = "".join(
        f"<presence from='contact{i}@{domain}/phone'>{shows[i % 4]}<status>status of {i}</status></presence>"
        for i in range(count)).encode()


async def run(session, scenario, options, go):
    await session.open()
    if hasattr(scenario, "act_bind"):
        await scenario.act_bind(session)
    await session.answer_until(lambda e: tag(e) == "presence" and e.get("to") is None)
    report("login")
    if options.contacts:
        await session.write_all([options.presences[i:i + CHUNK] for i in range(0, len(options.presences), CHUNK)])
    if isinstance(scenario, Unread):
        await asyncio.Event().wait()
    if isinstance(scenario, Mute):
        while await session.reader.read(65536):
            pass
        raise StreamEnd
    serving = asyncio.ensure_future(session.answer_until(lambda e: False))
    acting = asyncio.ensure_future(perform(session, scenario, options, go))
    try:
        await asyncio.wait([acting, serving], return_when=asyncio.FIRST_EXCEPTION)
        await acting
        await serving
    finally:
        acting.cancel()
        serving.cancel()
        await asyncio.gather(acting, serving, return_exceptions=True)


async def perform(session, scenario, options, go):
    if options.on_line:
        await go.wait()
    begin = time.monotonic()
    await scenario.act(session)
    if scenario.ends:
        session.write(END.format(domain=options.domain, end=options.end))
    await session.flush()
    report("sent", messages=options.messages if isinstance(scenario, Flood) else 1,
           seconds=round(time.monotonic() - begin, 3))


def main():
    width = max(map(len, SCENARIOS))
    table = "\n".join(f"  {name:{width}}  {cls.__doc__}" for name, cls in SCENARIOS.items())
    p = parser(__doc__, epilog="scenarios:\n" + table)
    p.add_argument("scenario", choices=list(SCENARIOS), metavar="SCENARIO")
    p.add_argument("--domain", default="fake.test")
    p.add_argument("--user", default="alice")
    p.add_argument("--password", default="secret")
    p.add_argument("--tls", choices=["off", "starttls", "direct"], default="off")
    p.add_argument("--cert", metavar="DIR")
    p.add_argument("--cert-name", default="server")
    p.add_argument("--sm", action="store_true", help="offer stream management")
    p.add_argument("--contacts", type=int, default=1, help="how many are in the list, all online")
    p.add_argument("--messages", type=int, default=10000)
    p.add_argument("--senders", type=int, default=1)
    p.add_argument("--bytes", type=int, help="default 80 for flood, else 1000000")
    p.add_argument("--end", default="end", help="the text of the last message")
    p.add_argument("--receipts", action="store_true", help="the flood asks for receipts")
    p.add_argument("--what", choices=list(Forbidden.THINGS), default="unclosed", help="for forbidden")
    p.add_argument("--every", type=int, default=1, help="seconds between the messages of the archive")
    p.add_argument("--lie", choices=["repeat", "swap", "endless", "empty", "forged"], help="for archive")
    p.add_argument("--echo", action="store_true", help="report what the client sends")
    p.add_argument("--on-line", action="store_true")
    options = p.parse_args()
    if options.tls != "off" and not options.cert:
        p.error("--tls needs --cert DIR")
    scenario = SCENARIOS[options.scenario]()
    options.bytes = scenario.bytes if options.bytes is None else options.bytes
    prepare_contacts(options)
    scenario.prepare(options)
    go = asyncio.Event()

    async def before():
        def on_line(text):
            go.set()
            scenario.line(text)
        on_input_lines(on_line)

    async def handle(reader, writer):
        report("connected")
        session = Session(reader, writer, options, scenario)
        try:
            await run(session, scenario, options, go)
        except (StreamEnd, ConnectionError) as e:
            report("closed", reason=str(e) or "by the client")
        except ElementTree.ParseError as e:
            report("closed", reason=f"the client sent something else than XML: {e}")
    tls = tls_context(options) if options.tls == "direct" else None
    serve(handle, options, before=before, ssl=tls, limit=1 << 20)


if __name__ == "__main__":
    main()
