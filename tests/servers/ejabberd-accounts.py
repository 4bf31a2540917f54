#!/usr/bin/python3
"""Makes accounts and rosters of a running test ejabberd through its HTTP interface.

  ejabberd-accounts.py DIR [--fresh] USER:PASSWORD[:FRIEND,FRIEND…]...
      DIR is that of ejabberd-start.sh. The accounts are written as for prosody-accounts.py.
      With --fresh every account and room that was there before is removed first, with all that was kept for it.
"""
import argparse
import http.client
import json
import os


class Api:
    """POST /api/COMMAND with the arguments as JSON; the answer's value."""

    def __init__(self, port):
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def __call__(self, command, **arguments):
        self.connection.request("POST", "/api/" + command, json.dumps(arguments), {"Content-Type": "application/json"})
        answer = self.connection.getresponse()
        text = answer.read().decode()
        if answer.status != 200:
            raise OSError(f"{command}: {answer.status} {text}")
        return json.loads(text)


def read_env(directory):
    with open(os.path.join(directory, "env")) as f:
        return dict(line.strip().split("=", 1) for line in f)


def parse_friend(text, domain):
    text, _, group = text.partition("@@")
    address, _, name = text.partition("=")
    if "@" not in address:
        address = f"{address}@{domain}"
    return address, name or address.split("@")[0], group


def clear(api, env):
    domain, rooms = env["DOMAIN"], env["ROOMS"]
    for user in api("registered_users", host=domain):
        api("kick_user", user=user, host=domain)
        api("unregister", user=user, host=domain)
    for room in api("muc_online_rooms", service=rooms):
        api("destroy_room", name=room.split("@")[0], service=rooms)


def add(api, domain, entry):
    user, password, friends = (entry.split(":") + ["", ""])[:3]
    api("register", user=user, host=domain, password=password)
    for friend in friends.split(",") if friends else []:
        address, name, group = parse_friend(friend, domain)
        their_user, their_domain = address.split("@")
        api("add_rosteritem", localuser=user, localhost=domain, user=their_user, host=their_domain,
            nick=name, group=group, subs="both")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("dir")
    parser.add_argument("--fresh", action="store_true")
    parser.add_argument("account", nargs="*")
    options = parser.parse_intermixed_args()
    env = read_env(options.dir)
    api = Api(int(env["API"]))
    if options.fresh:
        clear(api, env)
    for entry in options.account:
        add(api, env["DOMAIN"], entry)


if __name__ == "__main__":
    main()
