#!/bin/sh
# mkca.sh DIR DOMAIN: a throw-away certificate authority and one server certificate, valid for DOMAIN, *.DOMAIN,
# localhost, 127.0.0.1 and ::1. Leaves ca.pem, server.pem and server.key (P-256, 30 days) in DIR.
# Besides, for the tests of refusal: expired.pem (over since 2021) and other.pem (valid, but for other.invalid), both
# with server.key. Does nothing when DIR has them already.
set -eu
dir=$1 domain=$2
[ -f "$dir/server.pem" ] && exit 0
mkdir -p "$dir"
umask 077

openssl ecparam -name prime256v1 -genkey -noout -out "$dir/ca.key"
openssl req -x509 -new -key "$dir/ca.key" -sha256 -days 3650 -subj "/CN=throw-away test authority" \
  -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign -out "$dir/ca.pem"
openssl ecparam -name prime256v1 -genkey -noout -out "$dir/server.key"

cat > "$dir/ca.cnf" <<EOF
[ca]
default_ca = test
[test]
database = $dir/index.txt
serial = $dir/serial
new_certs_dir = $dir
certificate = $dir/ca.pem
private_key = $dir/ca.key
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
EOF
: > "$dir/index.txt"
echo 1000 > "$dir/serial"

# issue NAME DOMAIN ADDRESSES START END (times as YYYYMMDDHHMMSSZ)
issue() {
  printf 'basicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\nsubjectAltName=%s\n' "$3" > "$dir/$1.ext"
  openssl req -new -key "$dir/server.key" -subj "/CN=$2" -out "$dir/$1.csr"
  openssl ca -batch -notext -config "$dir/ca.cnf" -in "$dir/$1.csr" -extfile "$dir/$1.ext" \
    -startdate "$4" -enddate "$5" -out "$dir/$1.pem" 2> "$dir/$1.err" || { cat "$dir/$1.err" >&2; exit 1; }
  rm -f "$dir/$1.csr" "$dir/$1.ext" "$dir/$1.err"
}
from=$(date -u -d yesterday +%Y%m%d%H%M%SZ)
until=$(date -u -d '+30 days' +%Y%m%d%H%M%SZ)
issue expired "$domain" "DNS:$domain,IP:127.0.0.1" 20200101000000Z 20210101000000Z
issue other other.invalid DNS:other.invalid "$from" "$until"
issue server "$domain" "DNS:$domain,DNS:*.$domain,DNS:localhost,IP:127.0.0.1,IP:::1" "$from" "$until"
rm -f "$dir"/10*.pem "$dir"/index.txt* "$dir"/serial* "$dir/ca.cnf"
