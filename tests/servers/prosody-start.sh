#!/bin/sh
# prosody-start.sh DIR [DOMAIN] [--with-parent PID]: Prosody 0.12 as an ordinary process on free loopback ports.
#
# Writes everything below DIR; prints and keeps in DIR/env: PID, C2S (STARTTLS required), C2S_TLS (direct TLS),
# HTTP, HTTPS (uploads), COMPONENT, DOMAIN (default kith.test), ROOMS, CA.
# Serves roster, carbons, archive, stream management, PEP, bookmarks, blocking, in-band registration, rooms that last, with an
# archive and moderation of namespace 0 (conference.DOMAIN), uploads (upload.DOMAIN) and a component slot (irc.DOMAIN, secret "secret").
# No rate limits. Accounts: prosody-accounts.py DIR, or xmpp-register.py. Stop: launch.py stop DIR.
# SERVER_ARCHIVE=sql keeps the archives in SQLite (package lua-dbi-sqlite3): "internal" reads an account's whole archive for each page.
# PROSODY_LOG=debug makes DIR/prosody.log talk. PROSODY_EXTRA is put in front of the configuration, PROSODY_MODULES in front
# of the modules, for one test's wishes: "few_joins"; lets nobody into many rooms at once.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && { parent=$3; set -- "$1"; }
[ "${3-}" = --with-parent ] && { parent=$4; set -- "$1" "$2"; }
domain=${2:-kith.test}
mkdir -p "$1/data"
dir=$(cd "$1" && pwd)
"$here/mkca.sh" "$dir" "$domain"
: > "$dir/env"

exec "$here/launch.py" start "$dir" prosody --config "$dir/prosody.cfg.lua" \
  --ports C2S,C2S_TLS,HTTP,HTTPS,COMPONENT --say "DOMAIN=$domain" --say "ROOMS=conference.$domain" \
  --say "CA=$dir/ca.pem" --say "PROSODY_DIR=$dir" --with-parent "$parent" \
  -- prosody --config "$dir/prosody.cfg.lua" -F <<EOF
${PROSODY_EXTRA-}
run_as_root = true
daemonize = false
data_path = "$dir/data"
plugin_paths = { "$here"; "/usr/lib/prosody/modules", "/usr/share/prosody/modules" }
interfaces = { "127.0.0.1" }
c2s_ports = { @C2S@ }
c2s_direct_tls_ports = { @C2S_TLS@ }
http_ports = { @HTTP@ }
https_ports = { @HTTPS@ }
component_ports = { @COMPONENT@ }
component_interfaces = { "127.0.0.1" }
s2s_ports = {}
log = { { levels = { min = "${PROSODY_LOG:-info}" }, to = "file", filename = "$dir/prosody.log" } }
ssl = { certificate = "$dir/server.pem", key = "$dir/server.key" }
c2s_direct_tls_ssl = ssl
https_ssl = ssl
authentication = "internal_hashed"
default_storage = "internal"
storage = { archive = "${SERVER_ARCHIVE:-internal}" }
c2s_require_encryption = true
allow_registration = true
registration_throttle_max = 100000
min_seconds_between_registrations = 0
archive_expires_after = "1w"
default_archive_policy = true
max_archive_query_results = 250
storage_archive_item_limit = 1000000
smacks_hibernation_time = 600
http_host = "127.0.0.1"
http_external_url = "https://127.0.0.1:@HTTPS@/"
admins = { "admin@$domain" }
modules_enabled = {
  ${PROSODY_MODULES-}
  "roster"; "saslauth"; "tls"; "disco"; "private"; "blocklist"; "vcard4"; "vcard_legacy"; "version"; "uptime";
  "time"; "ping"; "register_ibr"; "mam"; "carbons"; "smacks"; "csi_simple"; "pep"; "bookmarks";
  "user_account_management"; "http"; "lastactivity"; "offline"; "posix";
}
modules_disabled = { "s2s"; "limits" }
VirtualHost "$domain"
Component "conference.$domain" "muc"
  modules_enabled = { "muc_mam"; "muc_moderation" }
  restrict_room_creation = false
  muc_log_by_default = true
  muc_room_default_public = true
  muc_room_default_persistent = true
  muc_room_locking = false
Component "upload.$domain" "http_file_share"
  http_file_share_size_limit = 10*1024*1024
  http_file_share_access = { "$domain" }
Component "irc.$domain"
  component_secret = "secret"
EOF
