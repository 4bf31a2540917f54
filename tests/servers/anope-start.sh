#!/bin/sh
# anope-start.sh DIR LINK [--with-parent PID]: Anope's services (NickServ, SASL) as an ordinary process, linked to the InspIRCd of
# inspircd-start.sh DIR --services, whose port for servers is LINK.
#
# A nick is registered with "/msg NickServ REGISTER PASSWORD a@example.org", at once and without a mail. GHOST and RELEASE are there
# under the names of version 1.8, too. Prints and keeps in DIR/env: PID. Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
link=$2
parent=0
[ "${3-}" = --with-parent ] && parent=$4
dir=$(cd "$1" && pwd)
mkdir -p "$dir/anope"
printf 'Services of the throw-away test server.\n' > "$dir/anope/motd"

known() { printf 'command { service = "NickServ"; name = "%s"; command = "nickserv/%s"; }\n' "$1" "$2"; }

{
  cat <<CONF
uplink { host = "127.0.0.1"; port = $link; password = "linkpw"; }
serverinfo { name = "services.inspircd.test"; description = "services"; id = "00A"; pid = "$dir/anope/pid"; motd = "$dir/anope/motd"; }
networkinfo { networkname = "test"; nicklen = 30; userlen = 10; hostlen = 64; chanlen = 64; modelistsize = 60; vhost_chars = "abcdefghijklmnopqrstuvwxyz0123456789.-"; }
options { casemap = "rfc1459"; updatetimeout = 1h; expiretimeout = 1h; readtimeout = 5s; warningtimeout = 4h; timeoutcheck = 1s; retrywait = 1s; }
log { target = "services.log"; admin = "*"; override = "*"; commands = "*"; servers = "*"; users = "*"; other = "*"; }
module { name = "inspircd3"; use_server_side_mlock = no; use_server_side_topiclock = no; }
module { name = "db_flatfile"; database = "anope.db"; fork = no; }
module { name = "enc_sha256"; }
service { nick = "NickServ"; user = "services"; host = "services.inspircd.test"; gecos = "Nickname Registration Service"; }
module { name = "nickserv"; client = "NickServ"; defaults = "ns_secure kill_quick"; guestnickprefix = "Guest"; regdelay = 0; expire = 0;
  secureadmins = yes; kill = 60s; killquick = 20s; enforceruser = "user"; enforcerhost = "enforcer.inspircd.test"; releasetimeout = 1h; }
module { name = "ns_identify"; }
module { name = "ns_recover"; restoreonrecover = yes; }
module { name = "ns_register"; registration = "none"; }
module { name = "ns_cert"; max = 5; }
module { name = "ns_info"; }
module { name = "m_sasl"; }
CONF
  known IDENTIFY identify
  known RECOVER recover
  known GHOST recover
  known RELEASE recover
  known REGISTER register
  known INFO info
  known CERT cert
} > "$dir/anope/services.conf.in"

exec "$here/launch.py" start "$dir" anope --config "$dir/anope/services.conf" --ports "" --log "$dir/anope.out" --until "is done syncing" \
  --with-parent "$parent" \
  -- /usr/sbin/anope --nofork --confdir="$dir/anope" --config=services.conf --dbdir="$dir/anope" --logdir="$dir/anope" \
  --modulesdir=/usr/lib/anope < "$dir/anope/services.conf.in"
