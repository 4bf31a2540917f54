#!/bin/sh
# Makes ./configure from configure.ac (needs autoconf, automake and pkg-config).
set -e
cd "$(dirname "$0")"
mkdir -p build-aux m4
autoreconf --install --force
echo "now: ./configure && make && make check"
