#!/bin/sh
# kamailio-start.sh DIR [--with-parent PID]: Kamailio as an ordinary process on a free loopback port: a SIP registrar that passes messages on,
# and a presence server (PUBLISH, SUBSCRIBE, NOTIFY; everybody may watch everybody).
#
# Prints and keeps in DIR/env: PID, SIP (TCP and UDP). No passwords. What it knows is gone when it ends. Stop: launch.py stop DIR.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && parent=$3
mkdir -p "$1"
dir=$(cd "$1" && pwd)
: > "$dir/env"
# the tables of its presence, as text files
mkdir -p "$dir/db"
for table in version presentity active_watchers watchers xcap; do
  cp "/usr/share/kamailio/dbtext/kamailio/$table" "$dir/db/$table"
done
modules=$(dirname "$(find /usr/lib -name tm.so -path '*kamailio*' | head -1)")

exec "$here/launch.py" start "$dir" kamailio --config "$dir/kamailio.cfg" --ports SIP --with-parent "$parent" \
  -- /usr/sbin/kamailio -DD -E -f "$dir/kamailio.cfg" -P "$dir/kamailio-own.pid" -Y "$dir" -m 32 -M 4 <<EOT
#!KAMAILIO
debug=1
log_stderror=yes
fork=yes
children=1
tcp_children=1
auto_aliases=no
alias="sip.test"
listen=udp:127.0.0.1:@SIP@
listen=tcp:127.0.0.1:@SIP@
mpath="$modules/"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "rr.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "db_text.so"
loadmodule "presence.so"
loadmodule "presence_xml.so"
modparam("presence", "db_url", "text://$dir/db")
modparam("presence", "server_address", "sip:127.0.0.1:@SIP@")
modparam("presence", "subs_db_mode", 0)
modparam("presence", "notifier_processes", 0)
modparam("presence_xml", "force_active", 1)
modparam("usrloc", "db_mode", 0)
request_route {
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483","Too Many Hops"); exit; }
  if (is_method("REGISTER")) { if (!save("location")) sl_reply_error(); exit; }
  if (is_method("OPTIONS") && \$rU == \$null) { sl_send_reply("200","OK"); exit; }
  if (is_method("PUBLISH|SUBSCRIBE")) {
    if (!t_newtran()) { sl_reply_error(); exit; }
    if (is_method("PUBLISH")) handle_publish(); else handle_subscribe();
    t_release();
    exit;
  }
  if (is_method("CANCEL")) { if (t_check_trans()) t_relay(); exit; }
  if (uri == myself || \$rd == "sip.test" || \$rd == "127.0.0.1") { if (!lookup("location")) { sl_send_reply("404","Not Found"); exit; } }
  if (!t_relay()) sl_reply_error();
}
EOT
