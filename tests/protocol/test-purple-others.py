#!/usr/bin/env python3
"""kith-purple on the other networks that have a server here, each with somebody who is no kith; and the failures of those that have none."""
import os
import sys

sys.dont_write_bytecode = True

from purpletest import PROGRAM, Backend, need_purple  # noqa: E402
from tap import Skip, run  # noqa: E402


def test_simple_on_kamailio():
    need_purple()
    if not os.path.exists("/usr/sbin/kamailio"):
        raise Skip("kamailio is not installed")
    from network import Kamailio
    with Kamailio() as server, server.peer("bob") as bob, \
            Backend(PROGRAM, account="sip", protocol="simple", address="alice@sip.test",
                    settings=["useproxy=yes", "proxy=127.0.0.1", f"port={server.env['SIP']}", "dopublish=no"]) as alice:
        alice.connect("secret")
        bob.do("send alice@sip.test hello over SIP")
        m = alice.expect("message", chat=lambda c: "bob" in c)
        assert m["text"] == "hello over SIP" and m["direction"] == "in", m
        alice.send("send", chat=m["chat"], own_id="s1", text="hi <bob> & all")
        got = bob.expect("message from~alice")
        assert "hi <bob> & all" in got["text"] or "hi &lt;bob&gt; &amp; all" in got["text"], got
        alice.wait(lambda: alice.states.get("s1") == "sent")


def test_networks_without_a_server_here():
    """Each account can be made, tries to connect, and says why not."""
    need_purple()
    listed = os.popen(f"{os.path.join(os.environ.get('KITH_LIBEXEC', '.'), PROGRAM)} --protocols").read()
    for protocol, address, settings in (("gg", "123456", ["gg_server=127.0.0.1:1"]), ("novell", "me", ["server=127.0.0.1", "port=1"]),
                                        ("meanwhile", "me@127.0.0.1", ["port=1"]), ("zephyr", "me", []),
                                        ("discord", "me@example.org", ["proxy=socks5://127.0.0.1:1"]),
                                        ("rocketchat", "me|127.0.0.1:1", []), ("sipe", "me@example.org,me", ["server=127.0.0.1:1"])):
        if f'"protocol":"{protocol}"' not in listed:
            continue
        with Backend(PROGRAM, account="there", protocol=protocol, address=address, settings=[*settings, "login_timeout=4"]) as b:
            b.send("connect", password="secret")
            m = b.expect("state", state=lambda s: s in ("offline", "error"), reason=lambda r: r != "none")
            text = m["text"]
            print(f"# {protocol}: {m['reason']}: {text}")
            assert text and not text.endswith(".") and "\n" not in text and not text.startswith("A "), m


run(globals())
