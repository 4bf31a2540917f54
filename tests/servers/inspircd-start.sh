#!/bin/sh
# inspircd-start.sh DIR [--services] [--with-parent PID]: InspIRCd as an ordinary process on free loopback ports, with the flood limits
# of a real network.
#
# Prints and keeps in DIR/env: PID, IRC (plain), IRC_TLS, CA. Who sends more than a few lines at once is put out ("Excess Flood").
# --services: with Anope's (anope-start.sh) beside it, and SASL; LINK is the port between them. Operator "oper", password "operpw".
# Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
shift
parent=0 services=no ports=IRC,IRC_TLS
while [ $# -gt 0 ]; do
  case $1 in
    --services) services=yes ports=$ports,LINK ;;
    --with-parent) parent=$2; shift ;;
  esac
  shift
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
"$here/mkca.sh" "$dir" irc.inspircd.test
: > "$dir/env"

link() {
  [ $services = yes ] || return 0
  cat <<CONF
<module name="spanningtree">
<module name="services_account">
<module name="cap">
<module name="sasl">
<module name="sslinfo">
<module name="hidechans">
<module name="svshold">
<module name="alias">
<bind address="127.0.0.1" port="@LINK@" type="servers">
<link name="services.inspircd.test" ipaddr="127.0.0.1" port="1" allowmask="127.0.0.0/8" sendpass="linkpw" recvpass="linkpw">
<uline server="services.inspircd.test" silent="yes">
<sasl target="services.inspircd.test" requiressl="no">
CONF
}

"$here/launch.py" start "$dir" inspircd --config "$dir/inspircd.conf" --ports "$ports" \
  --say "CA=$dir/ca.pem" --say "IRC_DIR=$dir" --with-parent "$parent" \
  -- /usr/sbin/inspircd --nofork --nopid --runasroot --config "$dir/inspircd.conf" <<CONF
<server name="irc.inspircd.test" description="test server" network="test" id="001">
<admin name="test" email="test@example.org" nick="test">
<bind address="127.0.0.1" port="@IRC@" type="clients">
<module name="ssl_gnutls">
<sslprofile name="clients" provider="gnutls" certfile="$dir/server.pem" keyfile="$dir/server.key">
<bind address="127.0.0.1" port="@IRC_TLS@" type="clients" sslprofile="clients">
<connect allow="*" timeout="60" pingfreq="120" hardsendq="1M" softsendq="64K" recvq="8K" threshold="10" commandrate="1000" fakelag="no" localmax="100" globalmax="100" maxchans="20" resolvehostnames="no" useident="no">
<class name="all" commands="*" privs="*" usermodes="*" chanmodes="*">
<class name="none">
<type name="all" classes="all">
<oper name="oper" password="operpw" host="*@*" type="all">
<cidr ipv4clone="32" ipv6clone="128">
<channels users="20" opers="60">
<options prefixquit="Quit: " maxlist="60" hidemodes="none">
<performance nouserdns="yes">
<security customversion="" flatlinks="no">
<limits maxnick="30" maxchan="64" maxtopic="300" maxkick="255" maxquit="255">
<whowas groupsize="10" maxgroups="1000" maxkeep="1d">
<path configdir="$dir" datadir="$dir" logdir="$dir">
<log method="file" type="* -USERINPUT -USEROUTPUT" level="default" target="$dir/inspircd.log">
$(link)
CONF
[ $services = no ] || "$here/anope-start.sh" "$dir" "$(sed -n 's/^LINK=//p' "$dir/env")" --with-parent "$parent" > /dev/null
