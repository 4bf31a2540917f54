"""A hub that only says what a test tells it to: for screens, so that every message of the protocol can be shown at will.

    with Home() as home, PlayedHub(home) as hub, Terminal(home) as terminal:
        hub.people(); hub.ready()                # an account with Alice and a room
        hub.message(1, "hello")                  # id, text, and fields of message
        line = hub.expect("command")             # what the screen sends; the next of that kind
        hub.send("done", request=line["request"])
"""
import os
import select
import socket
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "hub")]

from home import TIMEOUT_S, Lines, Timeout

ALICE = "alice@example.org"
ROOM = "dev@rooms.example.org"
CAN = ["rooms", "typing", "receipts", "replies", "corrections", "retractions", "reactions", "files", "archive", "moderation"]
START_US = 1_790_000_000 * 1_000_000


class PlayedHub(Lines):
    def __init__(self, home):
        super().__init__()
        os.makedirs(os.path.dirname(home.socket), mode=0o700, exist_ok=True)
        if os.path.exists(home.socket):
            os.unlink(home.socket)
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(home.socket)
        self.listener.listen(4)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (self.socket, self.listener):
            if end:
                end.close()

    def accept(self):
        if not select.select([self.listener], [], [], TIMEOUT_S)[0]:
            raise Timeout("no screen came")
        self.socket = self.listener.accept()[0]
        self.send("hello", version=1, program="played", side="hub")
        self.expect("hello")

    def send(self, kind, **fields):
        if not self.socket:
            self.accept()
        super().send(kind, **fields)

    def people(self, can=CAN):
        self.send("account", account="work", protocol="xmpp", address="me@example.org", enabled=True, state="online", nick="me", presence="online", can=can)
        self.send("contact", account="work", address=ALICE, name="Alice Adams", groups=["Friends"], subscription="both")
        self.send("presence", account="work", address=ALICE, presence="online")
        self.send("room", account="work", chat=ROOM, name="dev", topic="the release", nick="me", joined=True)
        for nick, role, affiliation in (("me", "participant", "member"), ("erin", "moderator", "owner"), ("bob", "participant", "none"), ("vic", "visitor", "none")):
            self.send("occupant", account="work", chat=ROOM, nick=nick, role=role, affiliation=affiliation, presence="online")

    def ready(self):
        self.send("ready")

    def message(self, id, text, chat=ALICE, **fields):
        """Message number id of the chat; a minute after the one before."""
        if chat == ROOM:
            fields = {"chat_kind": "room", **fields}
        self.send("message", **{"id": id, "account": "work", "chat": chat, "from": chat, "text": text, "time": START_US + id * 60_000_000,
                                "direction": "in", **fields})

    def answer(self, line, text=None):
        self.send("done", request=line["request"], **({"text": text} if text else {}))
