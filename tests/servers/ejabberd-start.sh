#!/bin/sh
# ejabberd-start.sh DIR [DOMAIN] [--with-parent PID]: ejabberd 23.01 as an ordinary process on free loopback ports, without
# epmd and without ejabberdctl (plain erl, node nonode@nohost).
#
# Writes everything below DIR; prints and keeps in DIR/env what prosody-start.sh does, and API: the port of its HTTP
# interface (POST /api/COMMAND, for everybody on loopback), by which ejabberd-accounts.py works.
# Serves what prosody-start.sh serves. Rooms last when they are empty. No rate limits. Stop: launch.py stop DIR.
# SERVER_ARCHIVE=sql keeps the archives in SQLite (package erlang-p1-sqlite3): Mnesia's file grows by all of an account's archive with each
# message, so that 600 messages each of two accounts fill 2 GB, at which ejabberd ends archiving ("MAM archives too large").
# EJABBERD_LOG=debug makes DIR/log/ejabberd.log talk. EJABBERD_EXTRA is put behind the configuration, for one test's wishes;
# EJABBERD_MODULES is put in front of the modules; EJABBERD_SHAPER=slow reads 12 kB a second of each client. A DIR that was used before is used again, with its data.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
parent=0
[ "${2-}" = --with-parent ] && { parent=$3; set -- "$1"; }
[ "${3-}" = --with-parent ] && { parent=$4; set -- "$1" "$2"; }
domain=${2:-kith.test}
mkdir -p "$1/spool" "$1/log" "$1/upload"
dir=$(cd "$1" && pwd)
"$here/mkca.sh" "$dir" "$domain"
(umask 077 && cat "$dir/server.pem" "$dir/server.key" > "$dir/both.pem")
: > "$dir/env"
archive=${SERVER_ARCHIVE:-mnesia}
[ "$archive" = mnesia ] || [ -e "$dir/archive.sqlite" ] || sqlite3 "$dir/archive.sqlite" < /usr/share/ejabberd/sql/lite.sql

export HOME="$dir" ERL_LIBS=/usr/lib/x86_64-linux-gnu EJABBERD_CONFIG_PATH="$dir/ejabberd.yml"
export ERL_CRASH_DUMP=/dev/null ERL_CRASH_DUMP_BYTES=0
exec "$here/launch.py" start "$dir" ejabberd --config "$dir/ejabberd.yml" \
  --ports C2S,C2S_TLS,HTTPS,COMPONENT,API --say "DOMAIN=$domain" --say "ROOMS=conference.$domain" \
  --say "CA=$dir/ca.pem" --say "EJABBERD_DIR=$dir" --with-parent "$parent" \
  --log "$dir/log/ejabberd.log" --until "is started in the node" \
  -- erl -noinput +sbwt none +sbwtdcpu none +sbwtdio none -mnesia dir "\"$dir/spool\"" -mnesia core_dir "\"$dir/log\"" \
  -ejabberd log_path "\"$dir/log/ejabberd.log\"" -sasl sasl_error_logger false -s ejabberd <<EOF
hosts: ["$domain"]
loglevel: ${EJABBERD_LOG:-info}
certfiles: ["$dir/both.pem"]
ca_file: "$dir/ca.pem"
disable_sasl_mechanisms: []
auth_method: internal
sql_type: sqlite
sql_database: "$dir/archive.sqlite"
auth_password_format: plain
registration_timeout: infinity
s2s_access: none
shaper: { normal: { rate: 100000000, burst_size: 100000000 }, slow: 12000 }
shaper_rules: { max_user_sessions: 50, max_user_offline_messages: 100000, c2s_shaper: ${EJABBERD_SHAPER:-none} }
acl: { admin: { user: ["admin@$domain"] }, local: { user_regexp: "" }, loopback: { ip: 127.0.0.0/8 } }
access_rules:
  local: { allow: local }
  c2s: { allow: all }
  register: { allow: all }
  configure: { allow: admin }
api_permissions:
  "test": { from: mod_http_api, who: { access: { allow: loopback } }, what: "*" }
listen:
  - { port: @C2S@, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 1048576, access: c2s, shaper: c2s_shaper, starttls_required: true }
  - { port: @C2S_TLS@, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 1048576, access: c2s, shaper: c2s_shaper, tls: true }
  - { port: @HTTPS@, ip: "127.0.0.1", module: ejabberd_http, tls: true, request_handlers: { /upload: mod_http_upload } }
  - { port: @COMPONENT@, ip: "127.0.0.1", module: ejabberd_service, hosts: { "irc.$domain": { password: "secret" } } }
  - { port: @API@, ip: "127.0.0.1", module: ejabberd_http, request_handlers: { /api: mod_http_api } }
modules:
${EJABBERD_MODULES-}
  mod_adhoc: {}
  mod_admin_extra: {}
  mod_avatar: {}
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_disco: {}
  mod_http_api: {}
  mod_http_upload:
    host: "upload.$domain"
    max_size: 10485760
    put_url: "https://127.0.0.1:@HTTPS@/upload"
    docroot: "$dir/upload"
  mod_last: {}
  mod_mam: { db_type: $archive, assume_mam_usage: true, default: always, clear_archive_on_room_destroy: true }
  mod_muc:
    host: "conference.$domain"
    access_create: local
    max_users: 20000
    max_user_conferences: 1000
    history_size: 20
    default_room_options: { mam: true, persistent: true, allow_subscription: false, logging: false }
  mod_muc_admin: {}
  mod_offline: { access_max_user_messages: max_user_offline_messages }
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub:
    plugins: [flat, pep]
    last_item_cache: false
    max_items_node: 10000
    force_node_config: { "storage:bookmarks": { access_model: whitelist } }
  mod_register: { ip_access: all, access: register, password_strength: 0 }
  mod_roster: { versioning: true }
  mod_stream_mgmt: { resend_on_timeout: if_offline, resume_timeout: 600, max_ack_queue: 100000, max_resume_timeout: 600 }
  mod_time: {}
  mod_vcard: { search: true, host: "vjud.$domain" }
  mod_vcard_xupdate: {}
  mod_version: {}
${EJABBERD_EXTRA-}
EOF
