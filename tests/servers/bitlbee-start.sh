#!/bin/sh
# bitlbee-start.sh DIR [--with-parent PID]: BitlBee, an IRC server whose people are on other networks, as an ordinary process on a free
# loopback port. Who comes registers in &bitlbee ("register PASSWORD") and adds accounts there.
#
# Prints and keeps in DIR/env: PID, IRC. Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && parent=$3
mkdir -p "$1/users"
dir=$(cd "$1" && pwd)
chmod 700 "$dir/users"
: > "$dir/env"
printf 'Welcome to the throw-away BitlBee.\n' > "$dir/motd"

exec "$here/launch.py" start "$dir" bitlbee --config "$dir/bitlbee.conf" --ports IRC --say "IRC_DIR=$dir" --with-parent "$parent" \
  -- /usr/sbin/bitlbee -D -n -c "$dir/bitlbee.conf" -d "$dir/users/" <<CONF
[settings]
RunMode = Daemon
DaemonInterface = 127.0.0.1
DaemonPort = @IRC@
AuthMode = Open
HostName = bitlbee.test
MotdFile = $dir/motd
ConfigDir = $dir/users/
CAfile = /etc/ssl/certs/ca-certificates.crt
[defaults]
CONF
