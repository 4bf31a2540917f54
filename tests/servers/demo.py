#!/usr/bin/python3
"""demo.py: the people of the demo network that ./quickstart shows.

  demo.py setup PROSODY_DIR                  makes the accounts and the contact lists (before anybody logs in)
  demo.py run --c2s PORT --ca FILE --irc PORT  logs everybody in, prints READY, and plays until it is ended

The person who tries kith is "kim", with two XMPP accounts (kim, kim.work) and the nick kim on IRC. The others are bots:
they answer messages with small talk after a moment of typing, keep a presence, and talk in two rooms. They are
ordinary peers (peer.py, ircpeer.py) that hear nothing from standard input.
"""
import argparse
import asyncio
import importlib
import logging
import random
import re
import sys
from argparse import Namespace

from ircpeer import IrcPeer
from lifetime import add_parent_option, end_with
from peer import Peer
from scripted import CommandError

accounts = importlib.import_module("prosody-accounts")

DOMAIN = "kith.test"
PASSWORD = "secret"
XMPP_ROOM = f"cafe@conference.{DOMAIN}"
IRC_ROOM = "#kith"
KIM, KIM_WORK = f"kim@{DOMAIN}", f"kim.work@{DOMAIN}"

# user, name, group, of which account, presence (None: never comes online), status
CONTACTS = [
    ("mia", "Mia Berg", "Friends", "kim", "", "in the café"),
    ("tom", "Tom Fields", "Friends", "kim", "away", "walking the dog"),
    ("noor", "Noor Haddad", "Family", "kim", "", ""),
    ("dana", "Dana Cole", "Work", "kim.work", "dnd", "writing the release notes"),
    ("ravi", "Ravi Patel", "Work", "kim.work", "", "at my desk"),
    ("lena", "Lena Ström", "Work", "kim.work", None, ""),
]
IRC_NICKS = ["robin", "sam"]

# what somebody says when a message matches; the first row that does
TALK = [
    (r"\b(hi|hello|hey|hallo|moin|servus)\b", ["Hello! Nice to see you here.", "Hey, there you are!", "Hi! How are you?"]),
    (r"\bhow are you\b", ["Very well, thanks. And you?", "A bit tired, but fine. You?"]),
    (r"\b(thanks|thank you|danke)\b", ["You are welcome!", "Any time.", "Don't mention it."]),
    (r"\b(bye|good night|see you)\b", ["See you later!", "Bye! Take care."]),
    (r"\b(help|kith)\b", ["In kith, /help lists the commands.", "Try /search with a word of this chat: it finds it at once.",
                          "/win and a number takes you to another tab."]),
    (r"\b(weather|rain|sun)\b", ["It is raining here, of course.", "Sunny, finally!"]),
    (r"\b(time|late|clock)\b", ["Later than I thought.", "Is it that late already?"]),
    (r"\b(love|heart)\b", ["Aww. 💜", "❤️"]),
    (r"\?\s*$", ["Good question. I have to think about it.", "I believe so, yes.", "No idea, but let me know when you find out.",
                 "Ask me again tomorrow."]),
    (r"!\s*$", ["Wow!", "Really? That is great!", "I did not expect that."]),
    (r"", ["Interesting. Tell me more.", "I see.", "Oh, that reminds me of something, but I forgot what.",
           "Fair enough.", "And then?", "Ha, I was just thinking the same."]),
]


def small_talk(text):
    for pattern, answers in TALK:
        if re.search(pattern, text, re.IGNORECASE):
            return random.choice(answers)
    return "…"


class QuietMixin:
    """A peer whose events go to nobody but itself."""

    @staticmethod
    def print(line):
        pass

    def later(self, seconds, coroutine):
        async def act():
            await asyncio.sleep(seconds)
            try:
                await coroutine()
            except CommandError:
                pass                                            # the connection went meanwhile
        task = asyncio.ensure_future(act())
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)


class Contact(QuietMixin, Peer):
    def __init__(self, options, name, show, status):
        super().__init__(options)
        self.tasks = set()
        self.show, self.status = show, status
        self.nick = name.split()[0]

    async def enter(self, in_room):
        await self.login()
        self.do_presence(self.show, self.status)
        if in_room:
            await self.do_join(XMPP_ROOM, self.nick)

    def on_event(self, event):
        if len(self.events) > 100:
            self.events.clear()                                 # nobody expects them
        text = event.get("text")
        if event["event"] != "message" or not text or event.get("delay"):
            return
        if event["kind"] == "room":
            if event["nick"] != self.nick and self.is_asked(event["nick"], text):
                self.later(random.uniform(0.8, 2), lambda: self.say_in_room(event["nick"], text))
        elif event["kind"] in ("chat", "private"):
            self.do_state(event["from"], "composing")
            self.later(random.uniform(0.7, 1.6), lambda: self.answer(event, small_talk(text)))

    def is_asked(self, speaker, text):
        """Whoever is named answers; of what names nobody, the first one sometimes."""
        named = [c[1].split()[0] for c in CONTACTS if re.search(rf"\b{c[1].split()[0]}\b", text)]
        if named:
            return self.nick in named
        return speaker.lower().startswith("kim") and self.nick == "Mia"

    async def say_in_room(self, nick, text):
        self.do_room_send(XMPP_ROOM, f"{nick}: {small_talk(text)}")

    async def answer(self, event, text):
        if event["kind"] == "private":
            self.do_room_pm(event["from"], text)
        else:
            self.do_send(event["from"], text)


class Regular(QuietMixin, IrcPeer):
    """Somebody who is always in the channel."""

    def __init__(self, options):
        super().__init__(options)
        self.tasks = set()

    async def enter(self):
        await self.login()
        await self.do_join(IRC_ROOM)

    def on_event(self, event):
        if len(self.events) > 100:
            self.events.clear()                                 # nobody expects them
        if event["event"] == "join" and event["from"] not in IRC_NICKS and self.nick == IRC_NICKS[0]:
            self.later(1, lambda: self.say(IRC_ROOM, f"welcome, {event['from']}"))
        if event["event"] != "message" or event.get("notice") or "." in event["from"]:
            return
        if event["kind"] == "private":
            self.later(random.uniform(0.7, 1.6), lambda: self.say(event["from"], small_talk(event["text"])))
        elif event["from"] not in IRC_NICKS and (self.nick in event["text"] or self.nick == IRC_NICKS[0]
                                                 and not any(n in event["text"] for n in IRC_NICKS)):
            self.later(random.uniform(0.8, 2),
                       lambda: self.say(event["to"], f"{event['from']}: {small_talk(event['text'])}"))

    async def say(self, to, text):
        self.do_send(to, text)


def setup(options):
    store = accounts.Accounts(options.prosody_dir, DOMAIN)
    for user, others in (("kim", [(KIM_WORK, "Kim (work)", "Me")]), ("kim.work", [(KIM, "Kim (home)", "Me")])):
        store.add(user, PASSWORD)
        store.set_roster(user, others + [(a, name, group) for a, name, group, owner, _, _ in CONTACTS if owner == user])
    for address, name, _, owner, _, _ in CONTACTS:
        store.add(address, PASSWORD)
        store.set_roster(address, [(owner, "Kim", None)])


async def run(options):
    common = dict(host="127.0.0.1", timeout=30, password=PASSWORD, tls="starttls", ca=options.ca, notify=None, no_presence=True,
                  receipts=True, accept=True, xml=False)
    people = []
    for user, name, group, owner, show, status in CONTACTS:
        if show is not None:
            jid = f"{user}@{DOMAIN}/{'desk' if group == 'Work' else 'phone'}"
            people.append(Contact(Namespace(jid=jid, port=options.c2s, **common), name, show, status))
    regulars = [Regular(Namespace(nick=n, port=options.irc, **{**common, "tls": False})) for n in IRC_NICKS]
    # the first one makes the room, the others find it
    await people[0].enter(True)
    people[0].do_subject(XMPP_ROOM, "Coffee, cake and small talk")
    await asyncio.gather(*(p.enter(p.nick in ("Ravi", "Noor")) for p in people[1:]), *(r.enter() for r in regulars))
    regulars[0].do_topic(IRC_ROOM, "kith on IRC: say hello")
    people[0].do_room_send(XMPP_ROOM, "Who wants coffee?")
    print("READY", flush=True)
    await asyncio.Event().wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(required=True)
    p = verbs.add_parser("setup")
    p.add_argument("prosody_dir")
    p.set_defaults(act=setup)
    p = verbs.add_parser("run")
    p.add_argument("--c2s", type=int, required=True)
    p.add_argument("--ca", required=True)
    p.add_argument("--irc", type=int, required=True)
    add_parent_option(p)
    p.set_defaults(act=None)
    options = parser.parse_args()
    if options.act:
        return options.act(options)
    end_with(options.with_parent)
    logging.basicConfig(level=logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(run(options))
    except (CommandError, OSError, asyncio.TimeoutError) as e:
        sys.exit(f"the people of the demo could not log in: {e or type(e).__name__}")
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
