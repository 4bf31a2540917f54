#!/usr/bin/python3
"""stall.py WHERE: an XMPP server that stops answering for ever at one step of the connection.

  accept     takes the connection and never says a word (direct TLS: stalls in the handshake)
  header     sends its stream header and no features
  starttls   offers STARTTLS and does not answer it
  handshake  agrees to STARTTLS and stalls in the handshake
What the client sends is read and forgotten, so that only time can tell. Reports {"event":"connected"} for each.
"""
import re

from faulty import parser, report, serve

HEADER = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' "
          b"from='kith.test' id='1' version='1.0'>")
FEATURES = (b"<stream:features><starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>"
            b"</stream:features>")
PROCEED = b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"

# where: pairs of (what to wait for, what to answer)
STEPS = {
    "accept": [],
    "header": [(rb"<stream:stream[^>]*>", HEADER)],
    "starttls": [(rb"<stream:stream[^>]*>", HEADER + FEATURES)],
    "handshake": [(rb"<stream:stream[^>]*>", HEADER + FEATURES), (rb"<starttls[^>]*>", PROCEED)],
}


def main():
    p = parser(__doc__)
    p.add_argument("where", choices=list(STEPS))
    options = p.parse_args()

    async def handle(reader, writer):
        report("connected")
        data = b""
        steps = list(STEPS[options.where])
        while more := await reader.read(65536):
            data += more
            if steps and re.search(steps[0][0], data):
                writer.write(steps.pop(0)[1])
                data = b""
    serve(handle, options)


if __name__ == "__main__":
    main()
