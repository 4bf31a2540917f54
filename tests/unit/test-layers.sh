#!/bin/sh
# Includes look one way: src knows no screen and no protocol, ui and accounts never meet, src/base includes nothing of the rest of src.
cd "${KITH_SRCDIR:-.}" || exit 99
echo 1..5
n=0
none() { # none DESCRIPTION GREP-ARGUMENTS...
	n=$((n + 1)); what=$1; shift
	if found=$(grep -rnE --include='*.[ch]' "$@"); then
		echo "$found" | sed 's/^/# /'
		echo "not ok $n - $what"
	else
		echo "ok $n - $what"
	fi
}
none 'src includes neither ui nor accounts' '#include "(ui|accounts|xmpp|purple|replay)/|#include "backend.h"' src
none 'src knows no curses, libstrophe, libpurple' '#include <(ncurses|curses|readline|strophe|purple|gsasl|expat)' src
none 'ui does not include accounts' '#include "(accounts|xmpp|purple|replay)/|#include "backend.h"|#include <(strophe|purple)' ui
none 'accounts do not include ui' '#include "ui/|#include <(ncurses|curses|readline)' accounts
none 'src/base includes nothing of the rest of src' '#include "(wire|model|history|settings|commands|hub|cli)/' src/base
