#!/usr/bin/python3
"""Machines of their own for tests, on one cable: each has its own network, name and /run, so that services with fixed ports and paths run
in each and touch nothing of the real machine.

  lan.py DIR NAME...
Works as root or where users may make namespaces. The machines are 10.77.0.1, 10.77.0.2 …, in order; two can hear each other. Below DIR
their services write their logs. A program runs in a machine when it is started behind the words of its "enter". Everything ends with
this program, which ends with its standard input or with --with-parent. The line language is scripted.py's.

Events: online (machines: {NAME: {enter: [WORDS], address: TEXT}}).
Services: bus (a system bus at its usual place), avahi (needs bus), zephyrd, zhm (needs zephyrd on the same machine).
"""
import argparse
import asyncio
import os
import shlex
import shutil
import signal
import sys

from lifetime import add_parent_option, end_when_parent_thread_ends, end_with
from scripted import CommandError, Scripted

NETWORK = "10.77.0"

# The first words of a machine: what it has of its own. It says that it is ready and lives until its standard input ends.
BIRTH = """set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/dbus /run/avahi-daemon
hostname {name}
cp {dir}/hosts /run/hosts
mount --bind /run/hosts /etc/hosts
ip link set lo up
echo ready
exec cat
"""

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>system</type>
  <listen>unix:path=/run/dbus/system_bus_socket</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/><allow own="*"/><allow send_type="*"/><allow receive_type="*"/><allow eavesdrop="false"/>
  </policy>
</busconfig>
"""

AVAHI = """[server]
host-name={name}
use-ipv4=yes
use-ipv6=no
allow-interfaces=eth0
[publish]
publish-hinfo=no
publish-workstation=no
"""

# command, what it writes when it is ready (None: it listens on its port), its configuration
SERVICES = {
    "bus": ("dbus-daemon --nofork --nopidfile --config-file={config} --print-address", "system_bus_socket", BUS),
    # it goes into the background; with the first process of its own numbering it ends all the same
    "zephyrd": ("unshare --pid --fork --kill-child sh -c '/usr/sbin/zephyrd && exec sleep infinity'", None, ""),
    "zhm": ("/usr/sbin/zhm -n -N {machine}.lan.test", None, ""),
    "avahi": ("/usr/sbin/avahi-daemon --no-drop-root --no-chroot --no-rlimits -f {config}", "Server startup complete", AVAHI),
}
PORTS = {"zephyrd": 2103, "zhm": 2104}                           # /etc/services


class Machine:
    def __init__(self, name, number):
        self.name, self.address = name, f"{NETWORK}.{number}"
        self.process = None
        self.services = {}

    def entrance(self, *more):
        return [shutil.which("nsenter"), "-t", str(self.process.pid), *more, "-n", "-m", "-u", "--"]

    @property
    def enter(self):
        return self.entrance()

    @property
    def enter_from_outside(self):
        return self.entrance(*(["-U", "--preserve-credentials"] if os.environ.get("KITH_LAN_USER") else []))


class Lan(Scripted):
    def __init__(self, options):
        super().__init__(options.timeout)
        self.dir = os.path.abspath(options.dir)
        self.machines = {name: Machine(name, number) for number, name in enumerate(options.machines, 1)}

    async def run(self, *command, **more):
        """A process that ends with this one."""
        return await asyncio.create_subprocess_exec(*command, preexec_fn=end_when_parent_thread_ends, **more)

    async def call(self, *command):
        process = await self.run(*command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said, _ = await process.communicate()
        if process.returncode:
            raise CommandError(f"'{' '.join(command)}': {said.decode().strip()}")

    # machines

    async def bear(self, machine):
        machine.process = await self.run("unshare", "-n", "-m", "-u", "sh", "-c", BIRTH.format(name=machine.name, dir=shlex.quote(self.dir)),
                                         stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said = b""
        while not said.endswith(b"ready\n"):
            line = await machine.process.stdout.readline()
            if not line:
                raise CommandError(said.decode().strip())
            said += line

    async def lay_cable(self):
        first, *others = self.machines.values()
        if others:
            await self.call(*first.enter, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", str(others[0].process.pid))
        else:
            await self.call(*first.enter, "ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth9")
            await self.call(*first.enter, "ip", "link", "set", "eth9", "up")
        for machine in self.machines.values():
            await self.call(*machine.enter, "ip", "address", "add", f"{machine.address}/24", "brd", "+", "dev", "eth0")
            await self.call(*machine.enter, "ip", "link", "set", "eth0", "multicast", "on", "up")

    async def start(self):
        os.makedirs(self.dir, exist_ok=True)
        with open(os.path.join(self.dir, "hosts"), "w") as f:
            f.write("127.0.0.1 localhost\n")
            f.writelines(f"{m.address} {m.name}.lan.test {m.name}\n" for m in self.machines.values())
        for machine in self.machines.values():
            await self.bear(machine)
        await self.lay_cable()
        self.emit("online", machines={m.name: {"enter": m.enter_from_outside, "address": m.address} for m in self.machines.values()})

    def machine(self, name):
        if name not in self.machines:
            raise CommandError(f"there is no machine '{name}'")
        return self.machines[name]

    # verbs

    async def do_start(self, machine, service):
        """MACHINE SERVICE: starts it and waits until it is ready"""
        m = self.machine(machine)
        if service not in SERVICES:
            raise CommandError(f"there is no service '{service}'")
        command, ready, template = SERVICES[service]
        deadline = asyncio.get_running_loop().time() + self.timeout
        config = os.path.join(self.dir, f"{machine}-{service}.conf")
        with open(config, "w") as f:
            f.write(template.replace("{name}", m.name))
        process = await self.run(*m.enter, *shlex.split(command.format(config=shlex.quote(config), machine=machine)), stdin=asyncio.subprocess.DEVNULL,
                                 stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT)
        said = b""
        while ready is None and f":{PORTS[service]:04X} " not in open(f"/proc/{process.pid}/net/udp").read():
            if process.returncode is not None or asyncio.get_running_loop().time() > deadline:
                raise CommandError(f"'{service}' did not start: {(await process.stdout.read()).decode().strip()}")
            await asyncio.sleep(0.05)                            # a daemon tells nobody that it is ready
        while ready and ready.encode() not in said:
            line = await asyncio.wait_for(process.stdout.readline(), self.timeout)
            said += line
            if not line:
                raise CommandError(f"'{service}' did not start: {said.decode().strip()}")
        m.services[service] = process
        asyncio.ensure_future(process.stdout.read())             # whatever else it says must not stop it

    async def do_stop(self, machine, service):
        """MACHINE SERVICE: ends it, cleanly"""
        process = self.machine(machine).services.pop(service)
        process.send_signal(signal.SIGTERM)
        await asyncio.wait_for(process.wait(), self.timeout)

    async def do_kill(self, machine, service):
        """MACHINE SERVICE: ends it as a crash does"""
        process = self.machine(machine).services.pop(service)
        process.kill()
        await process.wait()

    async def do_cut(self, machine):
        """MACHINE: its cable is pulled"""
        await self.call(*self.machine(machine).enter, "ip", "link", "set", "eth0", "down")

    async def do_plug(self, machine):
        """MACHINE: its cable is put in again"""
        await self.call(*self.machine(machine).enter, "ip", "link", "set", "eth0", "up")


async def run(options):
    lan = Lan(options)
    try:
        await lan.start()
    except (CommandError, OSError) as e:
        lan.print({"event": "failed", "reason": f"no machines of one's own can be made here: {e}"})
        return 1
    await lan.run_lines()
    return 1 if lan.failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, epilog=Lan.verbs_help(), formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("machines", nargs="+", metavar="NAME")
    parser.add_argument("--timeout", type=float, default=20, help="seconds for services and expect")
    add_parent_option(parser)
    options = parser.parse_args()
    if len(options.machines) > 2:
        parser.error("the cable has two ends")
    if os.geteuid() and not os.environ.get("KITH_LAN_USER"):
        os.environ["KITH_LAN_USER"] = "yes"
        os.execvp("unshare", ["unshare", "--user", "--map-root-user", sys.executable, *sys.argv, "--with-parent", str(options.with_parent)])
    end_with(options.with_parent)
    sys.exit(asyncio.run(run(options)))


if __name__ == "__main__":
    main()
