#!/usr/bin/python3
"""A service that finds rooms (XEP-0433) as an external component (XEP-0114) of a test server, without a library.

  roomsearch.py irc.kith.test --port "$COMPONENT" [--page N] ADDRESS=NAME=OCCUPANTS...
Finds the rooms whose name or address has the words asked for, those with most people first, at most N (default 2) on a page.
Prints {"event": "online"} when the server has let it in, and {"event": "asked", "words": …, "after": …} for each page; ends with
its standard input.
"""
import argparse
import hashlib
import json
import socket
import sys
import threading
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from lifetime import add_parent_option, end_with

SEARCH = "urn:xmpp:channel-search:0:search"
COMPONENT = "{jabber:component:accept}"
INFO = "http://jabber.org/protocol/disco#info"
RSM = "http://jabber.org/protocol/rsm"
ABOUT = (f"<query xmlns='{INFO}'><identity category='store' type='urn:xmpp:channel-search:0' name='Rooms'/>"
         f"<feature var='{INFO}'/><feature var='{SEARCH}'/></query>")


def say(event, **fields):
    print(json.dumps({"event": event, **fields}), flush=True)


def field(search, name):
    for f in search.iter("{jabber:x:data}field"):
        if f.get("var") == name:
            return f.findtext("{jabber:x:data}value")
    return None


def page_of(search, rooms, size):
    words, after = (field(search, "q") or "").lower(), search.findtext(f"{{{RSM}}}set/{{{RSM}}}after")
    say("asked", words=words, after=after)
    found = sorted((r for r in rooms if words in (r[0] + r[1]).lower()), key=lambda r: -int(r[2]))
    start = 1 + [r[0] for r in found].index(after) if after else 0
    page = found[start:start + size]
    items = "".join(f"<item address={quoteattr(a)}><name>{escape(name)}</name><nusers>{people}</nusers></item>" for a, name, people in page)
    ends = f"<first>{escape(page[0][0])}</first><last>{escape(page[-1][0])}</last>" if page else ""
    return f"<result xmlns='{SEARCH}'>{items}<set xmlns='{RSM}'>{ends}<count>{len(found)}</count></set></result>"


def answer(stanza, options):
    if stanza.find(f"{{{INFO}}}query") is not None:
        return "result", ABOUT
    search = stanza.find(f"{{{SEARCH}}}search")
    if search is not None:
        return "result", page_of(search, options.rooms, options.page)
    return "error", "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"


def serve(connection, options):
    connection.sendall(f"<stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' "
                       f"to='{options.domain}'>".encode())
    parser, depth = ElementTree.XMLPullParser(("start", "end")), 0
    while data := connection.recv(65536):
        parser.feed(data)
        for event, element in parser.read_events():
            depth += 1 if event == "start" else -1
            if event == "start" and depth == 1:
                proof = hashlib.sha1((element.get("id") + options.secret).encode()).hexdigest()
                connection.sendall(f"<handshake>{proof}</handshake>".encode())
            elif event == "end" and depth == 1 and element.tag == COMPONENT + "handshake":
                say("online")
            elif event == "end" and depth == 1 and element.tag == COMPONENT + "iq" and element.get("type") in ("get", "set"):
                kind, payload = answer(element, options)
                connection.sendall(f"<iq type='{kind}' id={quoteattr(element.get('id'))} to={quoteattr(element.get('from'))} "
                                   f"from={quoteattr(element.get('to'))}>{payload}</iq>".encode())
    say("failed", reason="the server closed the connection")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("domain")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", default="secret")
    parser.add_argument("--page", type=int, default=2)
    parser.add_argument("rooms", nargs="*", type=lambda text: text.split("="))
    add_parent_option(parser)
    options = parser.parse_intermixed_args()
    end_with(options.with_parent)
    with socket.create_connection(("127.0.0.1", options.port)) as connection:
        threading.Thread(target=serve, args=(connection, options), daemon=True).start()
        sys.stdin.read()
        connection.sendall(b"</stream:stream>")


if __name__ == "__main__":
    main()
