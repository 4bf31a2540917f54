"""A terminal with a program in it: a tmux server of its own, so that what is checked is what a person would see.

    with Home() as home, Terminal(home, 80, 24) as terminal:
        terminal.wait("Alice")          # until the screen holds it; gives the screen
        terminal.type("hello"); terminal.key("Enter", "M-2")
        terminal.resize(40, 10)
        terminal.raw()                  # every byte the program wrote, before tmux understood it

Everything waits for a condition; nothing sleeps.
"""
import os
import re
import shutil
import subprocess
import sys

sys.path[:0] = [os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", part) for part in ("hub", "protocol")]

from home import LIBEXEC, Timeout, wait_for
from tap import Skip

KITH = os.path.join(LIBEXEC, "kith")


class Terminal:
    def __init__(self, home, columns=80, rows=24, command=None, background=None, **env):
        if not shutil.which("tmux"):
            raise Skip("tmux is not installed")
        self.home = home
        self.socket = os.path.join(home.path, "tmux")
        self.raw_file = os.path.join(home.path, "terminal.raw")
        self.code_file = os.path.join(home.path, "terminal.code")
        if os.path.exists(self.code_file):
            os.unlink(self.code_file)
        open(self.raw_file, "w").close()
        env = dict({"TERM": "xterm-256color"}, **env)
        words = "".join(f"{name}='{value}' " for name, value in env.items())
        # The pipe is laid before the program begins to write.
        shell = f"read go; env {words} {command or KITH} 2>{home.path}/terminal.errors; echo $? >{self.code_file}; read wait"
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(columns), "-y", str(rows), shell)
        self.tmux("set-option", "-g", "focus-events", "off")
        if background:
            self.tmux("set-option", "-w", "window-style", f"bg={background}")
        self.tmux("pipe-pane", "-O", f"cat >>{self.raw_file}")
        self.tmux("send-keys", "Enter")

    def __enter__(self):
        return self

    def __exit__(self, *failure):
        if failure[0]:
            try:
                print("".join("# |" + line + "\n" for line in self.screen().splitlines()), end="")
            except subprocess.CalledProcessError:
                pass
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], capture_output=True)
        self.home.kith("stop")

    def tmux(self, *words):
        return subprocess.run(["tmux", "-u", "-S", self.socket, *words], env=self.home.env, check=True, capture_output=True, text=True).stdout

    def screen(self, attributes=False):
        return self.tmux("capture-pane", "-p", *(["-e"] if attributes else []))

    def wait(self, text, seconds=30):
        """Until the screen holds text (a string, a compiled pattern or a function of the screen); gives the screen."""
        found = []

        def holds():
            screen = self.screen()
            good = text(screen) if callable(text) else text.search(screen) if isinstance(text, re.Pattern) else text in screen
            if good:
                found.append(screen)
            return good
        wait_for(holds, f"the screen never showed {text!r}", seconds)
        return found[0]

    def wait_gone(self, text):
        return self.wait(lambda screen: text not in screen)

    def type(self, text):
        self.tmux("send-keys", "-l", "--", text)

    def key(self, *names):
        self.tmux("send-keys", *names)

    def bytes(self, data):
        """Exactly these bytes."""
        self.tmux("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", str(columns), "-y", str(rows))

    def cursor(self):
        x, y = self.tmux("display-message", "-p", "#{cursor_x} #{cursor_y}").split()
        return int(x), int(y)

    def raw(self):
        with open(self.raw_file, "rb") as file:
            return file.read()

    def ended(self):
        """The exit code, or None while it runs."""
        try:
            with open(self.code_file) as file:
                text = file.read().strip()
            return int(text) if text else None
        except FileNotFoundError:
            return None

    def errors(self):
        with open(f"{self.home.path}/terminal.errors", errors="replace") as file:
            return file.read()

    def process(self):
        """The process id of the front end."""
        pane = int(self.tmux("display-message", "-p", "#{pane_pid}"))

        def find():
            for entry in os.listdir("/proc"):
                if not entry.isdigit():
                    continue
                try:
                    with open(f"/proc/{entry}/stat") as stat:
                        text = stat.read()
                    name = text[text.index("(") + 1:text.rindex(")")]
                    if name == "kith" and int(text[text.rindex(")") + 2:].split()[1]) == pane:
                        return int(entry)
                except OSError:
                    continue
            return None
        return wait_for(find, "the front end runs")
