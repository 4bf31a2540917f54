#!/usr/bin/env python3
"""Contacts' pictures on demand: from two XMPP servers, published by another client, and from libpurple; nothing is fetched unasked."""
import base64
import hashlib
import os
import sqlite3
import sys

from home import Home, wait_for

import xmpptest
from xmpptest import account_keys, server, without_server

PNG = base64.b64decode("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")
JPEG = b"\xff\xd8\xff\xe0" + b"j" * 3000
PEOPLE = ("alice:secret:bob=Bob", "bob:secret:alice")


def publish(peer, data, claimed=None, hash_of=None, size=None):
    """As XEP-0084 says; hash_of: other bytes that the metadata speaks of."""
    id_ = hashlib.sha1(hash_of or data).hexdigest()
    text = base64.b64encode(data).decode()
    peer.do({"do": "publish", "node": "urn:xmpp:avatar:data", "item": id_, "xml": f"<data xmlns='urn:xmpp:avatar:data'>{text}</data>"})
    peer.do({"do": "publish", "node": "urn:xmpp:avatar:metadata", "item": id_, "xml":
             f"<metadata xmlns='urn:xmpp:avatar:metadata'><info id='{id_}' bytes='{size or len(data)}' type='{claimed or 'image/png'}'/></metadata>"})


def set_card(peer, data):
    photo = f"<PHOTO><TYPE>image/jpeg</TYPE><BINVAL>{base64.encodebytes(data).decode()}</BINVAL></PHOTO>" if data else ""
    peer.do({"do": "iq", "to": "bob@kith.test", "kind": "set", "xml": f"<vCard xmlns='vcard-temp'><FN>Bob</FN>{photo}</vCard>"})


def read(path):
    with open(path, "rb") as file:
        return file.read()


def saved(home, account):
    """What the history says of the last event with a file."""
    with sqlite3.connect(f"file:{home.path}/data/kith/history.db?mode=ro", uri=True) as db:
        return db.execute("SELECT saved FROM message WHERE saved IS NOT NULL ORDER BY id DESC LIMIT 1").fetchone()


def test_a_picture_is_fetched_when_it_is_wanted():
    with server(*PEOPLE) as there, there.peer("bob") as bob, Home() as home:
        downloads = os.path.join(home.path, "Pictures")
        home.setting("kith", "download_dir", downloads)
        home.account("work", "xmpp", "alice@kith.test", password_command="printf secret", **account_keys(there))
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", account="work", state="online")
        screen.see("contact", address="bob@kith.test")

        def icon(line="/icon bob@kith.test"):
            ok, text, _ = screen.command(line)
            return ok, text

        ok, text = icon()
        assert not ok and text == "they have no picture", text
        set_card(bob, JPEG)
        ok, text = icon()
        assert ok and text == f'saved as "{downloads}/bob@kith.test.jpg"', text
        assert read(f"{downloads}/bob@kith.test.jpg") == JPEG
        publish(bob, PNG)  # what is published goes before the card
        ok, text = icon(f"/icon bob@kith.test {home.path}/b.png")
        assert ok and text == f'saved as "{home.path}/b.png"', text
        assert read(f"{home.path}/b.png") == PNG
        event = screen.see("message", type="event", chat="bob@kith.test")
        assert event["text"].startswith("has this picture: "), event
        wait_for(lambda: saved(home, "work") == (f"{home.path}/b.png",), "the event knows its file, for the key that opens it")
        # Bytes that are not those that were announced, and what is no picture.
        if there.name == "prosody":  # ejabberd gives the item its true hash
            publish(bob, PNG + b"more", hash_of=b"another picture")
            ok, text = icon()
            assert not ok and text == "the picture is not the one that was announced: its hash differs", text
        publish(bob, b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "image/png")
        ok, text = icon()
        assert not ok and text == "what they have as their picture is none that is known here", text
        publish(bob, PNG, size=5_000_000)
        ok, text = icon()
        assert not ok and text == "the picture is too large", text
        ok, text = icon("/icon nobody@kith.test")
        assert not ok and text, text
        assert sorted(os.listdir(downloads)) == ["bob@kith.test.jpg"]
        assert os.listdir(os.path.join(home.path, "data", "kith", "accounts", "work", "incoming")) == []


@without_server
def test_a_picture_that_libpurple_holds():
    from purpletest import need_purple, plugin_directory
    need_purple()
    with Home() as home:
        home.setting("kith", "download_dir", os.path.join(home.path, "Pictures"))
        home.setting("kith", "plugin_dir", plugin_directory())
        home.account("test", "test", "me@test.example")
        assert home.start() == "ok"
        screen = home.client()
        screen.see("account", account="test", state="online")
        screen.see("contact", address="echo")
        ok, text, _ = screen.command("/icon echo")
        assert not ok and text == "they have no picture", text
        screen.command("/msg oracle contact icon")
        screen.see("message", chat="oracle", direction="out", text="contact icon")
        wait_for(lambda: screen.command("/icon echo")[0], "the picture")
        assert read(f"{home.path}/Pictures/echo.png") == PNG
        os.mkdir(f"{home.path}/there")
        ok, text, _ = screen.command("/icon echo here.png", directory=f"{home.path}/there")
        assert ok and text == f'saved as "{home.path}/there/here.png"', text
        assert not [name for _, _, names in os.walk(f"{home.path}/data/kith/accounts/test") for name in names if name.endswith(".png")], "nothing is written unasked"
        screen.command("/msg oracle contact icon no picture at all")
        wait_for(lambda: screen.command("/icon echo")[1] == "what they have as their picture is none that is known here", "it is refused")


if __name__ == "__main__":
    xmpptest.run(globals())
