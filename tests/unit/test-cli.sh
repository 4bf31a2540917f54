#!/bin/sh
# test-cli.sh: the one-shot commands as programs: exit codes, what they print, with and without a hub. Needs no network: kith-replay plays one.
tmp=$(mktemp -d "${TMPDIR:-/tmp}/kith-cli-XXXXXX") || exit 1
hub=
trap 'test -z "$hub" || kill "$hub" 2>/dev/null; wait; rm -rf "$tmp"' EXIT
export XDG_CONFIG_HOME="$tmp/config" XDG_DATA_HOME="$tmp/data" XDG_STATE_HOME="$tmp/state" XDG_RUNTIME_DIR="$tmp/run"
mkdir -m 700 "$tmp/run"
n=0
kith() { "${KITH_BUILDDIR:-.}/kith" "$@"; }

# Was something said that matches the pattern, or nothing if that is empty?
said() {
	if [ -z "$1" ]; then [ ! -s "$tmp/said" ]; else grep -q -e "$1" "$tmp/said"; fi
}

# expect CODE PATTERN ARGUMENT…: kith ends with CODE and says something that matches PATTERN ("" is nothing at all).
expect() {
	code=$1 pattern=$2
	shift 2
	n=$((n + 1))
	kith "$@" >"$tmp/said" 2>&1 </dev/null
	got=$?
	if [ "$got" = "$code" ] && said "$pattern"; then
		echo "ok $n - kith $*" | tr '\n' ' '
		echo
	else
		echo "not ok $n - kith $*" | tr '\n' ' '
		printf '\n# code %s, expected %s and "%s"; it said:\n' "$got" "$code" "$pattern"
		sed 's/^/# /' "$tmp/said"
	fi
}

# ---- the command line ----
expect 0 '^kith [0-9]' --version
expect 0 'unread' --help
for command in account contacts help messages run search send status stop tail unread; do
	expect 0 "^kith $command" $command --help
	expect 0 "^kith [0-9]" $command --version
	expect 0 "^kith $command" help $command
	expect 2 'Unknown option' $command --nosuch
done
expect 2 'there is no command "nosuch"' nosuch
expect 2 'Unknown option' --nosuch
expect 2 'go with --headless' --json
expect 2 'profile' --profile 'a/b' status
expect 2 'usage: kith send' send
expect 2 'usage: kith send' send alice
expect 2 'takes sent or delivered' send --wait read alice hi
expect 2 'usage: kith search' search
expect 2 'not a time' messages --since nonsense
expect 2 'takes a number' messages --limit -1
expect 2 'usage: kith messages' messages a b
expect 2 'such as 90s' run --timeout x /help
expect 2 'begins with "/"' run help
expect 2 'usage: kith account' account
expect 2 'usage: kith account' account frob

# ---- without a hub ----
expect 0 '' status
expect 0 '' contacts
expect 0 '' messages
expect 0 '' search words
expect 0 '{"unread":0,"mentions":0,"chats":\[\]}' unread --json
expect 3 'not running' run /help
expect 3 'not running' stop
expect 3 'not running' tail
expect 1 'never part of a command line' account add work xmpp alice@example.org password=hunter2
expect 1 'an XMPP account has no "foo"; it has address, archive, ca_file' account add work xmpp alice@example.org foo=1
expect 1 'NAME@SERVER' account add work xmpp alice
expect 1 '"tls" takes starttls, direct or off' account add work xmpp alice@example.org tls=no
expect 0 '' account add work xmpp alice@example.org tls=direct 'password_command=pass show "chat/work"' enabled=no
expect 1 'already' account add work xmpp alice@example.org
expect 0 '"account":"work","protocol":"xmpp","address":"alice@example.org","state":"offline"' account list --json
expect 0 'password_command = pass show "chat/work"' account set work
expect 0 '' account set work priority=5 resource=desk
expect 0 '' account set work priority 7
expect 0 'priority = 7' account set work
expect 1 'there is no account "nobody"' account enable nobody
expect 1 'new accounts' account register new xmpp new@example.org
expect 1 'empty' account set work --password-fd 0
expect 0 '' account add other replay me@example.org "script=$tmp/script"
expect 0 '^work   xmpp    alice@example.org  disabled$' account list
expect 0 '' account remove other
expect 0 '' account remove work
expect 0 '' account list

# ---- a hub, with a played network ----
cat >"$tmp/script" <<'SCRIPT'
online nick=me
contacts 2
{"kind":"message","chat":"friend1@example.org","from":"friend1@example.org","text":"hello \u001b[31mthere"}
SCRIPT
expect 0 '' account add demo replay me@example.org "script=$tmp/script"
mkfifo "$tmp/out"
"${KITH_BUILDDIR:-.}/kith" --headless --print --json >"$tmp/out" 2>"$tmp/errors" &
hub=$!
exec 3<"$tmp/out"
# The first message is there: the account is online.
read -r line <&3
expect 0 '"account":"demo".*"state":"online"' status --json
expect 0 '"address":"friend2@example.org"' contacts --json
expect 0 '"unread":1' unread --json
expect 0 'hello .*there' messages friend1@example.org
n=$((n + 1))
if grep -q "$(printf '\033')" "$tmp/said"; then echo "not ok $n - text is cleaned"; else echo "ok $n - text is cleaned"; fi
expect 0 '"text":"hello \\u001b\[31mthere"' messages --json --limit 1
expect 0 'hello' search hello
expect 0 '' search nosuchword
expect 0 '' send friend1@example.org hi there
expect 0 '' send -a demo --wait delivered --timeout 30s 'Friend 2' 'to a name'
expect 1 'nothing to send' send friend1@example.org ''
expect 1 'no account "nowhere"' send -a nowhere friend1@example.org hi
expect 0 'to a name' messages 'Friend 2'
expect 0 'Enters a room' run /help join
expect 0 'bell = all' run '/set bell all'
expect 1 'takes off, mentions or all' run '/set bell loud'
expect 1 'there is no command "/nosuch"' run /nosuch
expect 1 'on a screen only' run /next
expect 1 'is missing; usage: /msg WHO TEXT' run /msg
expect 1 'there is no help on' run "/help $(printf '%09000d' 1)"
expect 0 'was changed' account set demo speed=fast
expect 0 'speed=fast' account remove demo
expect 0 '' stop
wait "$hub"
code=$?
hub=
n=$((n + 1))
if [ $code = 0 ]; then echo "ok $n - the hub ended well"; else echo "not ok $n - the hub ended with $code"; fi

# ---- no hub: send starts one, which ends by itself ----
expect 0 '' account add demo replay me@example.org "script=$tmp/script"
expect 0 '' send --wait delivered --timeout 30s friend1@example.org from nowhere
expect 0 'from nowhere' messages friend1@example.org
n=$((n + 1))
if printf 'two\nlines\n' | kith send friend1@example.org - && kith messages --json --limit 1 | grep -q 'two\\nlines'; then echo "ok $n - standard input"; else echo "not ok $n - standard input"; fi
n=$((n + 1))
KITH_LIBEXEC="$tmp" kith --profile other send friend1@example.org hi >"$tmp/said" 2>&1
if [ $? = 1 ] && grep -q "kith-hub can't be started" "$tmp/said"; then echo "ok $n - a missing program"; else echo "not ok $n - a missing program"; fi
# What was started ends once it has nothing to do; it must be gone before its directory is.
kith stop >/dev/null 2>&1
echo "1..$n"
