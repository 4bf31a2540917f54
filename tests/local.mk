# make check: unit, protocol (real servers) and screen tests; every test prints TAP.
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
PY_LOG_DRIVER = $(LOG_DRIVER)
TEST_EXTENSIONS = .sh .py
AM_TESTS_ENVIRONMENT += \
	G_TEST_SRCDIR='$(abs_top_srcdir)/tests' G_TEST_BUILDDIR='$(abs_top_builddir)/tests' \
	KITH_SRCDIR='$(abs_top_srcdir)' KITH_BUILDDIR='$(abs_top_builddir)' \
	KITH_LIBEXEC='$(abs_top_builddir)' LC_ALL=C.UTF-8; \
	export G_TEST_SRCDIR G_TEST_BUILDDIR KITH_SRCDIR KITH_BUILDDIR KITH_LIBEXEC LC_ALL;

# Pure parts. A test program is its one source file and libkith.a unless it says otherwise.
LDADD = libkith.a $(SQLITE_LIBS) $(GIO_LIBS) $(UNISTRING_LIBS)
unit_tests = \
	tests/unit/test-commands \
	tests/unit/test-config \
	tests/unit/test-filename \
	tests/unit/test-history \
	tests/unit/test-history-amend \
	tests/unit/test-history-faults \
	tests/unit/test-history-search \
	tests/unit/test-history-text \
	tests/unit/test-link \
	tests/unit/test-markup \
	tests/unit/test-model \
	tests/unit/test-moment \
	tests/unit/test-protocols \
	tests/unit/test-settings \
	tests/unit/test-styling \
	tests/unit/test-text \
	tests/unit/test-wire
check_PROGRAMS += $(unit_tests)
TESTS += $(unit_tests) tests/unit/test-layers.sh tests/unit/test-cli.sh
EXTRA_DIST += tests/unit/test-layers.sh tests/unit/test-cli.sh

# What kith-files lets foreign words do.
check_PROGRAMS += tests/unit/test-files
TESTS += tests/unit/test-files
tests_unit_test_files_SOURCES = tests/unit/test-files.c src/files/address.c

# The XMPP stream: its pure parts, and a driver for it against real and lying servers.
stream_tests = tests/unit/test-xmpp-parser tests/unit/test-xmpp-sasl tests/unit/test-xmpp-sm
check_PROGRAMS += $(stream_tests) stream-driver
TESTS += $(stream_tests) tests/protocol/test-xmpp-stream.py
EXTRA_DIST += tests/protocol/test-xmpp-stream.py
stream_cflags = $(AM_CFLAGS) $(GIO_CFLAGS) $(STROPHE_CFLAGS)
stream_cppflags = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts
stream_ldadd = libkith-xmpp-stream.a libkith.a $(GIO_LIBS) $(STROPHE_LIBS) $(EXPAT_LIBS) $(GSASL_LIBS)
stream_driver_SOURCES = tests/protocol/stream-driver.c
stream_driver_CFLAGS = $(stream_cflags)
stream_driver_CPPFLAGS = $(stream_cppflags)
stream_driver_LDADD = $(stream_ldadd)
tests_unit_test_xmpp_parser_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_parser_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_parser_LDADD = $(stream_ldadd)
tests_unit_test_xmpp_sasl_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_sasl_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_sasl_LDADD = $(stream_ldadd)
tests_unit_test_xmpp_sm_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_sm_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_sm_LDADD = $(stream_ldadd)

# The XMPP stanzas with a hub and a stream that only write down, and kith-xmpp against Prosody.
stanza_tests = tests/protocol/test-xmpp-bookmarks.py tests/protocol/test-doap.py tests/protocol/test-xmpp-amend.py tests/protocol/test-xmpp-archive.py tests/protocol/test-xmpp-chat.py tests/protocol/test-xmpp-files.py tests/protocol/test-xmpp-kill.py tests/protocol/test-xmpp-rooms.py
check_PROGRAMS += tests/unit/test-xmpp-amend tests/unit/test-xmpp-archive tests/unit/test-xmpp-rooms tests/unit/test-xmpp-stanzas
TESTS += tests/unit/test-xmpp-amend tests/unit/test-xmpp-archive tests/unit/test-xmpp-rooms tests/unit/test-xmpp-stanzas $(stanza_tests)
EXTRA_DIST += $(stanza_tests) tests/protocol/xmpptest.py
tests_unit_test_xmpp_amend_SOURCES = tests/unit/test-xmpp-amend.c tests/unit/xmpp-fakes.c tests/unit/xmpp-fakes.h
tests_unit_test_xmpp_amend_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_amend_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_amend_LDADD = libkith-xmpp.a libkith.a $(GIO_LIBS) $(STROPHE_LIBS)
tests_unit_test_xmpp_archive_SOURCES = tests/unit/test-xmpp-archive.c tests/unit/xmpp-fakes.c tests/unit/xmpp-fakes.h
tests_unit_test_xmpp_archive_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_archive_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_archive_LDADD = libkith-xmpp.a libkith.a $(GIO_LIBS) $(STROPHE_LIBS)
tests_unit_test_xmpp_rooms_SOURCES = tests/unit/test-xmpp-rooms.c tests/unit/xmpp-fakes.c tests/unit/xmpp-fakes.h
tests_unit_test_xmpp_rooms_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_rooms_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_rooms_LDADD = libkith-xmpp.a libkith.a $(GIO_LIBS) $(STROPHE_LIBS)
tests_unit_test_xmpp_stanzas_SOURCES = tests/unit/test-xmpp-stanzas.c tests/unit/xmpp-fakes.c tests/unit/xmpp-fakes.h
tests_unit_test_xmpp_stanzas_CFLAGS = $(stream_cflags)
tests_unit_test_xmpp_stanzas_CPPFLAGS = $(stream_cppflags)
tests_unit_test_xmpp_stanzas_LDADD = libkith-xmpp.a libkith.a $(GIO_LIBS) $(STROPHE_LIBS)

# The backends against a hub that the test plays (tests/protocol/backend.py).
TESTS += tests/protocol/test-replay.py
EXTRA_DIST += tests/protocol/backend.py tests/protocol/tap.py tests/protocol/test-replay.py

# kith-replay's scripts.
check_PROGRAMS += tests/unit/test-replay-script
TESTS += tests/unit/test-replay-script
tests_unit_test_replay_script_SOURCES = tests/unit/test-replay-script.c \
	accounts/replay/load.c accounts/replay/match.c accounts/replay/script.c
tests_unit_test_replay_script_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts

# kith-purple: its HTML, and the whole of it against ngircd and Prosody.
purple_tests = tests/protocol/test-purple-irc.py tests/protocol/test-purple-jabber.py tests/protocol/test-purple-local.py tests/protocol/test-purple-others.py tests/protocol/test-purple-plugin.py
EXTRA_DIST += $(purple_tests) tests/protocol/purpletest.py
check_PROGRAMS += tests/unit/test-purple-html
TESTS += tests/unit/test-purple-html
tests_unit_test_purple_html_SOURCES = tests/unit/test-purple-html.c accounts/purple/html.c accounts/purple/html-out.c accounts/purple/html-tag.c accounts/purple/irc-codes.c
tests_unit_test_purple_html_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts
if PURPLE
TESTS += $(purple_tests)
# A protocol of our own that uses every part of libpurple, well and badly; never installed.
check_PROGRAMS += tests/purple-plugin/libprpl-test.so
tests_purple_plugin_libprpl_test_so_SOURCES = tests/purple-plugin/asks.c tests/purple-plugin/evil.c tests/purple-plugin/plugin.h \
	tests/purple-plugin/protocol.c tests/purple-plugin/reach.c tests/purple-plugin/transfers.c
tests_purple_plugin_libprpl_test_so_CFLAGS = $(AM_CFLAGS) $(PURPLE_CFLAGS) -fPIC
tests_purple_plugin_libprpl_test_so_LDFLAGS = -shared
tests_purple_plugin_libprpl_test_so_LDADD = $(PURPLE_LIBS)
endif

# A timer that tells of a sleep that was none; never installed.
check_PROGRAMS += tests/faults/libwake.so
tests_faults_libwake_so_SOURCES = tests/faults/wake.c
tests_faults_libwake_so_CFLAGS = $(AM_CFLAGS) -fPIC
tests_faults_libwake_so_LDFLAGS = -shared
# The hub with played networks, in an empty home of its own.
hub_tests = tests/hub/test-clients.py tests/hub/test-cut.py tests/hub/test-devices.py tests/hub/test-desktop.py tests/hub/test-plugins.py tests/hub/test-files.py tests/hub/test-hub.py tests/hub/test-icons.py tests/hub/test-kill.py tests/hub/test-limits.py tests/hub/test-messages.py tests/hub/test-network.py tests/hub/test-networks.py tests/hub/test-passwords.py tests/hub/test-rooms.py tests/hub/test-stalls.py
TESTS += $(hub_tests)
EXTRA_DIST += $(hub_tests) tests/hub/home.py

# The history; bench-history prints its measures.
EXTRA_DIST += tests/unit/history-help.h
noinst_PROGRAMS += tests/bench/bench-history

# The servers, second clients and faults that the tests use: they are tried by themselves first.
TESTS += tests/servers/test-servers.py
EXTRA_DIST += \
	tests/servers/README tests/servers/allowed-skips tests/servers/demo.py tests/servers/ejabberd-accounts.py tests/servers/ejabberd-start.sh tests/servers/freeport.py tests/servers/anope-start.sh tests/servers/bitlbee-start.sh tests/servers/inspircd-start.sh tests/servers/kamailio-start.sh tests/servers/sippeer.py \
	tests/servers/filehost.py tests/servers/filepeer.py tests/servers/roomsearch.py tests/servers/mod_few_joins.lua \
	tests/servers/bonjourpeer.py tests/servers/ircpeer.py tests/servers/lan.py tests/servers/launch.py tests/servers/lifetime.py tests/servers/mkca.sh \
	tests/servers/network.py tests/servers/ngircd-start.sh tests/servers/peer.py tests/servers/prosody-accounts.py \
	tests/servers/prosody-start.sh tests/servers/scripted.py tests/servers/test-servers.py tests/servers/xmpp-register.py tests/servers/zephyrpeer.py \
	tests/faults/dns-blackhole.py tests/faults/fake.py tests/faults/fakeirc.py tests/faults/faulty.py \
	tests/faults/proxy.py tests/faults/socks.py tests/faults/stall.py tests/faults/xmppserver.py

# The measures that are always watched: make bench, or make bench MEASURES="idle flood".
EXTRA_DIST += tests/bench/run tests/bench/watch.py
bench: all
	KITH_LIBEXEC='$(abs_top_builddir)' $(top_srcdir)/tests/bench/run $(MEASURES)
.PHONY: bench
