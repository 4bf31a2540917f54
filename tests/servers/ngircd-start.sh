#!/bin/sh
# ngircd-start.sh DIR [--with-parent PID]: ngircd as an ordinary process on free loopback ports, no limits.
#
# Prints and keeps in DIR/env: PID, IRC (plain), IRC_TLS, CA. One channel exists (#test, "the test channel"); operator
# "oper", password "operpw". Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && parent=$3
mkdir -p "$1"
dir=$(cd "$1" && pwd)
"$here/mkca.sh" "$dir" irc.test
printf 'Welcome to the throw-away test server.\n' > "$dir/motd"
: > "$dir/env"

exec "$here/launch.py" start "$dir" ngircd --config "$dir/ngircd.conf" --ports IRC,IRC_TLS \
  --say "CA=$dir/ca.pem" --say "IRC_DIR=$dir" --with-parent "$parent" \
  -- /usr/sbin/ngircd -n -f "$dir/ngircd.conf" <<EOF
[Global]
  Name = irc.test
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
[Channel]
  Name = #test
  Topic = the test channel
EOF
