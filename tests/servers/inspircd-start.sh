#!/bin/sh
# inspircd-start.sh DIR [--with-parent PID]: InspIRCd as an ordinary process on a free loopback port, with the flood limits of a real network.
#
# Prints and keeps in DIR/env: PID, IRC. Who sends more than a few lines at once is put out ("Excess Flood"). Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && parent=$3
mkdir -p "$1"
dir=$(cd "$1" && pwd)
: > "$dir/env"

exec "$here/launch.py" start "$dir" inspircd --config "$dir/inspircd.conf" --ports IRC \
  --say "IRC_DIR=$dir" --with-parent "$parent" \
  -- /usr/sbin/inspircd --nofork --nopid --runasroot --config "$dir/inspircd.conf" <<CONF
<server name="irc.inspircd.test" description="test server" network="test" id="001">
<admin name="test" email="test@example.org" nick="test">
<bind address="127.0.0.1" port="@IRC@" type="clients">
<connect allow="*" timeout="60" pingfreq="120" hardsendq="1M" softsendq="64K" recvq="8K" threshold="8" commandrate="1000" fakelag="no" localmax="100" globalmax="100" maxchans="20" resolvehostnames="no" useident="no">
<class name="none"><type name="none"><cidr ipv4clone="32" ipv6clone="128">
<channels users="20" opers="60">
<options prefixquit="Quit: " maxlist="60" hidemodes="none">
<performance nouserdns="yes">
<security customversion="" flatlinks="no">
<limits maxnick="30" maxchan="64" maxtopic="300" maxkick="255" maxquit="255">
<whowas groupsize="10" maxgroups="1000" maxkeep="1d">
<path configdir="$dir" datadir="$dir" logdir="$dir">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="$dir/inspircd.log">
CONF
