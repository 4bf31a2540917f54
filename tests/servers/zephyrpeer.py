#!/usr/bin/python3
"""A second client for Zephyr, with the programs of zephyr-clients (zwgc, zwrite, zlocate), driven line by line as scripted.py describes. Runs
where zhm runs, as root, and the programs as the user whose name they are to have.

  zephyrpeer.py DIR USER
Events: online, message (class, instance, from, recipient, text).
"""
import argparse
import asyncio
import contextlib
import os
import re
import shutil
import sys

from lifetime import add_parent_option, end_with
from scripted import CommandError, Scripted

# How zwgc is to write a message: with separators that no test types. It puts blanks between.
DESCRIPTION = """if (upcase($opcode) == "PING" or upcase($class) == "WG_CTL_CLASS") then exit endif
fields signature body
print "=[begin]=" $class "=[]=" $instance "=[]=" $sender "=[]=" $recipient "=[]=" $body "=[end]=\\n"
put
exit
"""
HEARD = "zwgc hears its own words"


class ZephyrPeer(Scripted):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.dir, self.user = os.path.abspath(options.dir), options.user
        # zwgc keeps where it is reached in a file, one for a session
        self.env = dict(os.environ, HOME=self.dir, WGFILE=os.path.join(self.dir, "wg"), TERM="dumb")

    async def run(self, *command):
        return await asyncio.create_subprocess_exec("setpriv", f"--reuid={self.user}", "--clear-groups", "--pdeathsig=KILL", "--", *command,
                                                    cwd="/", env=self.env, stdin=asyncio.subprocess.DEVNULL,
                                                    stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)

    async def call(self, *command):
        process = await self.run(*command)
        said, _ = await asyncio.wait_for(process.communicate(), self.timeout)
        said = said.decode("utf-8", "replace")
        if process.returncode:
            raise CommandError(said.strip())
        return said

    async def login(self):
        os.makedirs(self.dir, exist_ok=True)
        shutil.chown(self.dir, self.user)
        description = os.path.join(self.dir, "zwgc.desc")
        with open(description, "w") as f:
            f.write(DESCRIPTION)
        with open(os.path.join(self.dir, "subscriptions"), "w") as f:
            f.write("message,*,%me%\n")
        with contextlib.suppress(FileNotFoundError):
            os.remove(self.env["WGFILE"])                    # of one that was killed
        self.zwgc = await self.run("zwgc", "-nofork", "-ttymode", "-f", description, "-subfile", os.path.join(self.dir, "subscriptions"))
        self.heard = asyncio.Event()
        self.reading = asyncio.ensure_future(self.read())
        # zwgc says nothing when it is there. The server may still name one that was killed: so what comes to this one counts.
        for _ in range(100):
            await (await self.run("zwrite", "-d", self.user, "-m", HEARD)).wait()
            if await self.hears(0.1):
                break
        else:
            raise CommandError("zwgc hears nothing")
        self.emit("online")

    async def hears(self, seconds):
        try:
            await asyncio.wait_for(self.heard.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    async def read(self):
        pending = ""
        while True:
            data = await self.zwgc.stdout.read(4096)
            if not data:
                return
            pending += data.decode("utf-8", "replace")
            while match := re.search(r"=\[begin\]=(.*?)=\[end\]=", pending, re.S):
                pending = pending[match.end():]
                kind, instance, sender, recipient, text = (part.replace("\r\n", "\n").strip() for part in match[1].split("=[]=", 4))
                if text == HEARD:
                    self.heard.set()
                    continue
                self.emit("message", **{"class": kind, "from": sender}, instance=instance, recipient=recipient, text=text)

    async def do_send(self, to, text):
        """USER TEXT"""
        await self.call("zwrite", "-d", to, "-m", text)

    async def do_say(self, place, text):
        """CLASS[,INSTANCE] TEXT"""
        kind, _, instance = place.partition(",")
        await self.call("zwrite", "-d", "-c", kind, *(["-i", instance] if instance else []), "-m", text)

    async def do_join(self, place):
        """CLASS[,INSTANCE]"""
        kind, _, instance = place.partition(",")
        await self.call("zctl", "add", kind, instance or "*", "*")

    async def do_locate(self, user):
        """USER: where they are"""
        return {"online": await (await self.run("zlocate", user)).wait() == 0}


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=ZephyrPeer.verbs_help(), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("user")
    parser.add_argument("--timeout", type=float, default=20, help="seconds for answers and expect")
    add_parent_option(parser)
    options = parser.parse_args()
    end_with(options.with_parent)
    sys.exit(asyncio.run(ZephyrPeer.serve(options)))


if __name__ == "__main__":
    main()
