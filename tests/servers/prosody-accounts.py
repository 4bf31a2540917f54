#!/usr/bin/python3
"""Makes accounts and rosters of a test Prosody by writing its data files: a thousand in the time of one registration.

  prosody-accounts.py DIR [--domain D] USER:PASSWORD[:FRIEND,FRIEND…]...
      DIR is that of prosody-start.sh, running or not. Every FRIEND (a user name, or an address, both with an optional
      =Name and @@Group) becomes a contact with subscription "both" in USER's list; the other direction is USER's
      to be given in the friend's own entry.
  prosody-accounts.py DIR [--domain D] --many COUNT PREFIX PASSWORD [--friend-of USER]
      accounts PREFIX0 … PREFIX(COUNT-1), and with --friend-of all of them and USER as mutual contacts.

The lists are read when a user logs in: give them before that.
"""
import argparse
import os
import re


def encode(name):
    return re.sub(r"[^A-Za-z0-9]", lambda m: "%%%02x" % ord(m.group()), name)


def lua(text):
    return '"' + "".join("\\%03d" % b if b < 32 or b in b'"\\' else chr(b) for b in text.encode("utf-8")) + '"'


class Accounts:
    def __init__(self, directory, domain):
        self.root = os.path.join(directory, "data", encode(domain))
        self.domain = domain

    def write(self, kind, user, text):
        folder = os.path.join(self.root, kind)
        os.makedirs(folder, mode=0o750, exist_ok=True)
        with open(os.path.join(folder, encode(user) + ".dat"), "w", encoding="latin-1") as f:
            f.write(text)

    def add(self, user, password):
        # Prosody replaces the plain word by its hash at the first login
        self.write("accounts", user, f'return {{ ["password"] = {lua(password)}; }};\n')

    def set_roster(self, user, friends):
        """friends: tuples (address, name, group); group may be None."""
        rows = []
        for address, name, group in friends:
            if "@" not in address:
                address = f"{address}@{self.domain}"
            groups = f"[{lua(group)}] = true; " if group else ""
            rows.append(f'[{lua(address)}] = {{ ["subscription"] = "both"; ["name"] = {lua(name)}; '
                        f'["groups"] = {{ {groups}}}; }};')
        self.write("roster", user, "return {\n[false] = { [\"version\"] = 1; [\"pending\"] = {}; };\n"
                   + "\n".join(rows) + "\n};\n")


def parse_friend(text):
    text, _, group = text.partition("@@")
    address, _, name = text.partition("=")
    return address, name or address.split("@")[0], group or None


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--domain", default="kith.test")
    parser.add_argument("--many", nargs=3, metavar=("COUNT", "PREFIX", "PASSWORD"))
    parser.add_argument("--friend-of", metavar="USER")
    parser.add_argument("account", nargs="*")
    options = parser.parse_args()
    accounts = Accounts(options.dir, options.domain)
    if options.many:
        count, prefix, password = options.many
        names = [f"{prefix}{i}" for i in range(int(count))]
        for name in names:
            accounts.add(name, password)
            if options.friend_of:
                accounts.set_roster(name, [(options.friend_of, options.friend_of, None)])
        if options.friend_of:
            accounts.set_roster(options.friend_of, [(n, n, "Many") for n in names])
    for entry in options.account:
        user, password, friends = (entry.split(":") + ["", ""])[:3]
        accounts.add(user, password)
        if friends:
            accounts.set_roster(user, [parse_friend(f) for f in friends.split(",")])


if __name__ == "__main__":
    main()
