"""What the tests of kith-purple share: backends for IRC on an ngircd and for prpl-jabber on a Prosody."""
import os
import shutil
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.environ.get("KITH_SRCDIR", "."), "tests", "servers"))

from backend import Backend  # noqa: E402
from tap import Skip  # noqa: E402

PROGRAM = "kith-purple"


def need_purple():
    if not os.path.exists(os.path.join(os.environ.get("KITH_LIBEXEC", "."), PROGRAM)):
        raise Skip("kith-purple was not built")


def ngircd(*options):
    need_purple()
    if not shutil.which("ngircd") and not os.path.exists("/usr/sbin/ngircd"):
        raise Skip("ngircd is not installed")
    from network import Ngircd
    return Ngircd(*options)


def inspircd(*options):
    """inspircd("--services"): with Anope's NickServ."""
    need_purple()
    for program in ("inspircd", *(["anope"] if options else [])):
        if not os.path.exists(f"/usr/sbin/{program}"):
            raise Skip(f"{program} is not installed")
    from network import Inspircd
    return Inspircd(*options)


def bitlbee():
    need_purple()
    if not os.path.exists("/usr/sbin/bitlbee"):
        raise Skip("bitlbee is not installed")
    from network import Bitlbee
    return Bitlbee()


def prosody(*accounts):
    need_purple()
    if not shutil.which("prosody"):
        raise Skip("prosody is not installed")
    from network import Prosody
    return Prosody(*accounts)


def ejabberd(*accounts):
    need_purple()
    if not shutil.which("ejabberdctl"):
        raise Skip("ejabberd is not installed")
    from network import Ejabberd
    return Ejabberd(*accounts)


def irc(server, nick, *settings, **options):
    """A backend for nick, not started; a with block starts and ends it."""
    port = [] if any(s.startswith("port=") for s in settings) else [f"port={server.env['IRC']}"]
    return Backend(PROGRAM, account="irc", protocol="irc", address=f"{nick}@127.0.0.1",
                   settings=[*port, "ratelimit_interval=0", *settings], **options)


def jabber(server, user, *settings, **options):
    env = server.env
    return Backend(PROGRAM, account=user, protocol="prpl-jabber", address=f"{user}@{env['DOMAIN']}",
                   settings=["connect_server=127.0.0.1", f"port={env['C2S']}", *settings], **options)


def plugin_directory():
    directory = os.path.join(os.environ.get("KITH_BUILDDIR", os.environ.get("KITH_LIBEXEC", ".")), "tests", "purple-plugin")
    if not os.path.exists(os.path.join(directory, "libprpl-test.so")):
        raise Skip("the test plugin was not built")
    return directory


def plugin(*settings, **options):
    """A backend with the test plugin (tests/purple-plugin), not started."""
    need_purple()
    return Backend(PROGRAM, account="test", protocol="test", address="me@test.example",
                   settings=[f"plugin_dir={plugin_directory()}", *settings], **options)


def run_order(b, text):
    """Says something to the plugin's oracle, which obeys."""
    b.orders = getattr(b, "orders", 0) + 1
    b.send("send", chat="oracle", own_id=f"order-{b.orders}", text=text)
