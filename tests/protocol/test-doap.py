#!/usr/bin/env python3
"""doc/kith.doap against the program: what service discovery announces, what requests are answered, and which namespaces the source names.

Everything that is spoken is in the file, and everything in the file is spoken.
"""
import glob
import os
import re
import subprocess
import sys
from xml.etree import ElementTree

sys.dont_write_bytecode = True

from xmpptest import run, server, without_server, xmpp  # noqa: E402

SOURCE = os.environ.get("KITH_SRCDIR", ".")
LIBEXEC = os.environ.get("KITH_LIBEXEC", ".")
RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
DOAP = "{http://usefulinc.com/ns/doap#}"
XMPP = "{https://linkmauve.fr/ns/xmpp-doap#}"

# Each namespace, or the beginning of some, and the XEPs it is of; the longest one counts. None: of an RFC.
NAMESPACES = {
    "http://etherx.jabber.org/streams": None, "http://www.w3.org/XML/1998/namespace": None, "jabber:client": None, "urn:x-kith:client": None,
    "jabber:iq:roster": None, "urn:ietf:params:xml:ns:xmpp-": None,
    "http://jabber.org/protocol/caps": "0115", "http://jabber.org/protocol/chatstates": "0085",
    "http://jabber.org/protocol/disco#": "0030", "http://jabber.org/protocol/ibb": "0047", "http://jabber.org/protocol/muc": "0045",
    "http://jabber.org/protocol/pubsub": "0060 0163 0223", "http://jabber.org/protocol/rsm": "0059", "http://jabber.org/protocol/si": "0095 0096",
    "http://jabber.org/protocol/url-data": "0447", "http://jabber.org/protocol/xdata-validate": "0122",
    "jabber:iq:last": "0012", "jabber:iq:private": "0049", "jabber:iq:version": "0092", "jabber:x:conference": "0249",
    "jabber:x:data": "0004 0068", "jabber:x:oob": "0066", "storage:bookmarks": "0048", "vcard-temp": "0054",
    "urn:xmpp:attention:0": "0224", "urn:xmpp:avatar:": "0084", "urn:xmpp:blocking": "0191", "urn:xmpp:bookmarks:1": "0402", "urn:xmpp:bookmarks:1#compat": "0402", "urn:xmpp:bookmarks-conversion:0": "0411", "urn:xmpp:carbons:2": "0280",
    "urn:xmpp:channel-search:0": "0433", "urn:xmpp:chat-markers:0": "0333", "urn:xmpp:csi:0": "0352", "urn:xmpp:delay": "0203",
    "urn:xmpp:fallback:0": "0428", "urn:xmpp:feature-fallback:0": "0428", "urn:xmpp:fasten:0": "0422",
    "urn:xmpp:features:rosterver": "0237", "urn:xmpp:file:metadata:0": "0446", "urn:xmpp:forward:0": "0297", "urn:xmpp:hashes:2": "0300",
    "urn:xmpp:hash-function-text-names": "0300", "urn:xmpp:hints": "0334", "urn:xmpp:http:upload:": "0363", "urn:xmpp:jingle-message:0": "0353", "urn:xmpp:jingle:1": "0166",
    "urn:xmpp:jingle:errors:1": "0166", "urn:xmpp:jingle:apps:file-transfer:5": "0234", "urn:xmpp:jingle:apps:rtp:1": "0167",
    "urn:xmpp:jingle:transports:ibb:1": "0261", "urn:xmpp:mam:2": "0313", "urn:xmpp:mds:displayed:0": "0490",
    "urn:xmpp:message-correct:0": "0308", "urn:xmpp:message-moderate:": "0425", "urn:xmpp:message-retract:": "0424",
    "urn:xmpp:occupant-id:0": "0421", "urn:xmpp:ping": "0199", "urn:xmpp:reactions:0": "0444", "urn:xmpp:receipts": "0184",
    "urn:xmpp:reference:0": "0372", "urn:xmpp:reply:0": "0461", "urn:xmpp:sasl-cb:0": "0440", "urn:xmpp:sfs:0": "0447",
    "urn:xmpp:sid:0": "0359", "urn:xmpp:sims:1": "0385", "urn:xmpp:sm:3": "0198",
}
# What has no namespace, and a word of the source where it is.
WITHOUT = {
    "0082": ("src/base/moment.h", "0082"), "0245": ("accounts/xmpp/chat.c", "/me"), "0368": ("accounts/xmpp/connect.c", "xmpps-client"),
    "0392": ("src/base/*.c", "0392"), "0393": ("src/base/*.c", "0393"), "0410": ("accounts/xmpp/room*.c", "0410"),
    "0411": ("accounts/xmpp/bookmarks.c", "0411"), "0426": ("accounts/xmpp/reply.h", "0426"),
}


def xeps_of(namespace):
    """The XEPs of a namespace: a set, empty for one of an RFC. KeyError if it is not known here."""
    namespace = namespace.removesuffix("+notify")
    fits = [known for known in NAMESPACES if namespace.startswith(known)]
    if not fits:
        raise KeyError(f"the namespace '{namespace}' is in no list: which XEP is it of, and does doc/kith.doap have that?")
    return set((NAMESPACES[max(fits, key=len)] or "").split())


def listed():
    """XEP -> (status, version) of the file."""
    found = {}
    for row in ElementTree.parse(os.path.join(SOURCE, "doc", "kith.doap")).iter(XMPP + "SupportedXep"):
        number = re.fullmatch(r"https://xmpp.org/extensions/xep-(\d{4}).html", row.find(XMPP + "xep").get(RDF + "resource")).group(1)
        assert number not in found, f"XEP-{number} is listed twice"
        found[number] = row.findtext(XMPP + "status"), row.findtext(XMPP + "version")
    return found


def features():
    """What the parts registered: announced features, and (type, name, namespace) of the requests they answer."""
    lines = subprocess.run([os.path.join(LIBEXEC, "kith-xmpp"), "--features"], capture_output=True, text=True, check=True).stdout.splitlines()
    return ([line.split(" ", 1)[1] for line in lines if line.startswith("feature ")],
            [tuple(line.split(" ")) for line in lines if not line.startswith("feature ")])


def named():
    """The namespaces that the source names."""
    found = set()
    for path in glob.glob(os.path.join(SOURCE, "accounts", "xmpp", "*.[ch]")):
        with open(path) as file:
            found.update(re.findall(r'"((?:urn:|https?://|jabber:|storage:)[^"\s%]+|vcard-temp)', file.read()))
    return found


@without_server
def test_the_file_is_well_formed():
    file = listed()
    assert len(file) > 40 and list(file) == sorted(file), "not in order"
    for number, (status, version) in file.items():
        assert status in ("complete", "partial", "planned"), f"XEP-{number}: {status}"
        assert re.fullmatch(r"\d+(\.\d+)+", version), f"XEP-{number}: {version}"


@without_server
def test_what_is_announced_is_listed():
    announced, requests = features()
    assert len(announced) == len(set(announced)), sorted(announced)
    for namespace in announced + [namespace for _, _, namespace in requests]:
        missing = xeps_of(namespace) - set(listed())
        assert not missing, f"{namespace} is announced or answered; doc/kith.doap has no XEP-{missing}"


@without_server
def test_what_the_source_names_is_listed():
    for namespace in sorted(named()):
        missing = xeps_of(namespace) - set(listed())
        assert not missing, f"the source names {namespace}; doc/kith.doap has no XEP-{missing}"


@without_server
def test_what_is_listed_is_spoken():
    spoken = set().union(*(xeps_of(namespace) for namespace in named()))
    for number in listed():
        if number in spoken:
            continue
        assert number in WITHOUT, f"doc/kith.doap lists XEP-{number}, and no namespace of it is in the source"
        pattern, word = WITHOUT[number]
        texts = [open(path).read() for path in glob.glob(os.path.join(SOURCE, pattern))]
        assert any(word in text for text in texts), f"XEP-{number} is said to be in '{pattern}', which has no '{word}'"


def test_service_discovery_says_the_same():
    announced, _ = features()
    with server("alice:secret:bob", "bob:secret:alice") as there, there.peer("bob") as bob, xmpp(there, "alice") as alice:
        alice.connect("secret")
        full = bob.expect("presence kind=available from~^alice@")["from"]
        assert bob.do(f"disco {full}")["features"] == sorted(announced)


run(globals())
