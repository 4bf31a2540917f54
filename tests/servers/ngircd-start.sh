#!/bin/sh
# ngircd-start.sh DIR [--beside] [--with-parent PID]: ngircd as an ordinary process on free loopback ports, no limits.
#
# Prints and keeps in DIR/env: PID, IRC (plain), IRC_TLS, CA. One channel exists (#test, "the test channel"); operator
# "oper", password "operpw". --beside: as irc2.test, which "CONNECT irc2.test PORT" of the operator links with the first. Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
parent=0 name=irc.test other=irc2.test
[ "${1-}" = --beside ] && shift && name=irc2.test other=irc.test
[ "${1-}" = --with-parent ] && parent=$2
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
"$here/mkca.sh" "$dir" "$name"
printf 'Welcome to the throw-away test server.\n' > "$dir/motd"
: > "$dir/env"

exec "$here/launch.py" start "$dir" ngircd --config "$dir/ngircd.conf" --ports IRC,IRC_TLS \
  --say "CA=$dir/ca.pem" --say "IRC_DIR=$dir" --with-parent "$parent" \
  -- /usr/sbin/ngircd -n -f "$dir/ngircd.conf" <<EOF
[Global]
  Name = $name
  Info = test server
  Listen = 127.0.0.1
  Ports = @IRC@
  MotdFile = $dir/motd
  ServerUID = $(id -u)
  ServerGID = $(id -g)
[Limits]
  MaxConnections = 0
  MaxConnectionsIP = 0
  MaxJoins = 0
  MaxPenaltyTime = 0
  MaxNickLength = 31
  PingTimeout = 120
  MaxListSize = 0
[Options]
  DNS = no
  Ident = no
  PAM = no
  SyslogFacility = local0
[SSL]
  CertFile = $dir/server.pem
  KeyFile = $dir/server.key
  Ports = @IRC_TLS@
[Operator]
  Name = oper
  Password = operpw
[Server]
  Name = $other
  Host = 127.0.0.1
  MyPassword = linkpw
  PeerPassword = linkpw
  Passive = yes
[Channel]
  Name = #test
  Topic = the test channel
EOF
