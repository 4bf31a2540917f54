# The backends: one program a network; what they share is libkith-backend.a.
noinst_LIBRARIES += libkith-backend.a
libkith_backend_a_SOURCES = accounts/backend.c accounts/backend.h
libkith_backend_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts


pkglibexec_PROGRAMS += kith-replay
kith_replay_SOURCES = \
	accounts/replay/load.c accounts/replay/load.h \
	accounts/replay/main.c \
	accounts/replay/match.c accounts/replay/match.h \
	accounts/replay/network.c accounts/replay/network.h \
	accounts/replay/script.c accounts/replay/script.h
kith_replay_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts
kith_replay_LDADD = libkith-backend.a libkith.a $(GIO_LIBS)

pkglibexec_PROGRAMS += kith-xmpp
# What unit tests of the stanzas link with a backend and a stream of their own.
noinst_LIBRARIES += libkith-xmpp.a
libkith_xmpp_a_SOURCES = \
	accounts/icon.c accounts/icon.h \
	accounts/xmpp/archive.c accounts/xmpp/archive.h \
	accounts/xmpp/archive-check.c accounts/xmpp/archive-check.h \
	accounts/xmpp/archive-page.c accounts/xmpp/archive-page.h \
	accounts/xmpp/archive-state.c accounts/xmpp/archive-state.h \
	accounts/xmpp/attachment.c accounts/xmpp/attachment.h \
	accounts/xmpp/attention.c accounts/xmpp/attention.h \
	accounts/xmpp/blocking.c accounts/xmpp/blocking.h \
	accounts/xmpp/avatar.c accounts/xmpp/avatar.h \
	accounts/xmpp/bookmarks.c accounts/xmpp/bookmarks.h \
	accounts/xmpp/caps.c accounts/xmpp/caps.h \
	accounts/xmpp/carbons.c accounts/xmpp/carbons.h \
	accounts/xmpp/certificate.c accounts/xmpp/certificate.h \
	accounts/xmpp/chat.c accounts/xmpp/chat.h \
	accounts/xmpp/connection.c accounts/xmpp/connection.h \
	accounts/xmpp/correction.c accounts/xmpp/correction.h \
	accounts/xmpp/data-form.c accounts/xmpp/data-form.h \
	accounts/xmpp/delay.c accounts/xmpp/delay.h \
	accounts/xmpp/disco.c accounts/xmpp/disco.h \
	accounts/xmpp/dispatch.c \
	accounts/xmpp/element.c accounts/xmpp/element.h \
	accounts/xmpp/info.c accounts/xmpp/info.h \
	accounts/xmpp/intake.c accounts/xmpp/intake.h \
	accounts/xmpp/invite.c accounts/xmpp/invite.h \
	accounts/xmpp/iq.c accounts/xmpp/iq.h \
	accounts/xmpp/jid.c accounts/xmpp/jid.h \
	accounts/xmpp/jingle.c accounts/xmpp/jingle.h accounts/xmpp/jingle-ibb.c \
	accounts/xmpp/namespaces.h \
	accounts/xmpp/markers.c accounts/xmpp/markers.h \
	accounts/xmpp/outbox.c accounts/xmpp/outbox.h \
	accounts/xmpp/ping.c accounts/xmpp/ping.h \
	accounts/xmpp/presence.c accounts/xmpp/presence.h \
	accounts/xmpp/reaction.c accounts/xmpp/reaction.h \
	accounts/xmpp/pubsub.c accounts/xmpp/pubsub.h \
	accounts/xmpp/receipts.c accounts/xmpp/receipts.h \
	accounts/xmpp/refusal.c accounts/xmpp/refusal.h \
	accounts/xmpp/reply.c accounts/xmpp/reply.h \
	accounts/xmpp/retraction.c accounts/xmpp/retraction.h \
	accounts/xmpp/room.c accounts/xmpp/room.h \
	accounts/xmpp/room-admin.c accounts/xmpp/room-config.c \
	accounts/xmpp/room-list.c accounts/xmpp/room-ping.c \
	accounts/xmpp/room-status.c \
	accounts/xmpp/room-presence.c accounts/xmpp/room-state.h \
	accounts/xmpp/room-talk.c \
	accounts/xmpp/roster.c accounts/xmpp/roster.h \
	accounts/xmpp/session.c accounts/xmpp/session.h \
	accounts/xmpp/stanza-error.c accounts/xmpp/stanza-error.h \
	accounts/xmpp/subscription.c accounts/xmpp/subscription.h \
	accounts/xmpp/typing.c accounts/xmpp/typing.h \
	accounts/xmpp/upload.c accounts/xmpp/upload.h
libkith_xmpp_a_CFLAGS = $(AM_CFLAGS) $(GIO_CFLAGS) $(STROPHE_CFLAGS)
libkith_xmpp_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts

# The stream layer: from an address and a password to stanzas in both directions.
noinst_LIBRARIES += libkith-xmpp-stream.a
libkith_xmpp_stream_a_SOURCES = \
	accounts/xmpp/channel.c accounts/xmpp/channel.h \
	accounts/xmpp/connect.c accounts/xmpp/connect.h \
	accounts/xmpp/login.c \
	accounts/xmpp/parser.c accounts/xmpp/parser.h \
	accounts/xmpp/reason.c accounts/xmpp/reason.h \
	accounts/xmpp/sasl.c accounts/xmpp/sasl.h \
	accounts/xmpp/sm.c accounts/xmpp/sm.h \
	accounts/xmpp/stream.c accounts/xmpp/stream.h \
	accounts/xmpp/stream-state.c accounts/xmpp/stream-state.h \
	accounts/xmpp/tls.c accounts/xmpp/tls.h
libkith_xmpp_stream_a_CFLAGS = $(AM_CFLAGS) $(GIO_CFLAGS) $(STROPHE_CFLAGS) $(EXPAT_CFLAGS) $(GSASL_CFLAGS)

kith_xmpp_SOURCES = accounts/xmpp/main.c
kith_xmpp_CFLAGS = $(AM_CFLAGS) $(GIO_CFLAGS) $(STROPHE_CFLAGS)
kith_xmpp_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts
kith_xmpp_LDADD = libkith-xmpp.a libkith-xmpp-stream.a libkith-backend.a libkith.a \
	$(GIO_LIBS) $(STROPHE_LIBS) $(EXPAT_LIBS) $(GSASL_LIBS)

if PURPLE
pkglibexec_PROGRAMS += kith-purple
kith_purple_SOURCES = \
	accounts/purple/actions.c accounts/purple/actions.h \
	accounts/purple/adding.c accounts/purple/adding.h \
	accounts/purple/addresses.c accounts/purple/addresses.h \
	accounts/purple/cards.c accounts/purple/cards.h \
	accounts/purple/chats.c accounts/purple/chats.h \
	accounts/purple/comings.c accounts/purple/comings.h \
	accounts/purple/connection.c accounts/purple/connection.h \
	accounts/purple/contacts.c accounts/purple/contacts.h \
	accounts/purple/fields.c accounts/purple/fields.h \
	accounts/purple/files.c accounts/purple/files.h \
	accounts/purple/heartbeat.c accounts/purple/heartbeat.h \
	accounts/purple/host.c accounts/purple/host.h \
	accounts/purple/html.c accounts/purple/html-out.c accounts/purple/html-tag.c accounts/purple/html-tag.h accounts/purple/html.h \
	accounts/icon.c accounts/icon.h \
	accounts/purple/icons.c accounts/purple/icons.h \
	accounts/purple/import.c accounts/purple/import.h \
	accounts/purple/irc.c accounts/purple/irc.h \
	accounts/purple/irc-codes.c accounts/purple/irc-codes.h \
	accounts/purple/irc-answers.c accounts/purple/irc-answers.h \
	accounts/purple/irc-pace.c accounts/purple/irc-pace.h \
	accounts/purple/irc-services.c accounts/purple/irc-services.h \
	accounts/purple/loop.c accounts/purple/loop.h \
	accounts/purple/main.c \
	accounts/purple/memory.c accounts/purple/memory.h \
	accounts/purple/notices.c accounts/purple/notices.h \
	accounts/purple/options.c accounts/purple/options.h \
	accounts/purple/outbox.c accounts/purple/outbox.h \
	accounts/purple/privacy.c accounts/purple/privacy.h \
	accounts/purple/protocols.c accounts/purple/protocols.h \
	accounts/purple/quirks.c accounts/purple/quirks.h \
	accounts/purple/ranks.c accounts/purple/ranks.h \
	accounts/purple/reasons.c \
	accounts/purple/requests.c accounts/purple/requests.h \
	accounts/purple/room-form.c accounts/purple/room-form.h \
	accounts/purple/roomlist.c accounts/purple/roomlist.h \
	accounts/purple/rooms.c accounts/purple/rooms.h \
	accounts/purple/sip.c accounts/purple/sip.h \
	accounts/purple/words.c accounts/purple/words.h
kith_purple_CFLAGS = $(AM_CFLAGS) $(PURPLE_CFLAGS)
kith_purple_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts
kith_purple_LDADD = libkith-backend.a libkith.a $(PURPLE_LIBS) $(GIO_LIBS)
# Plugins find g_timeout_add_seconds here first, and libpurple dbus_g_bus_get: see loop.c and main.c.
kith_purple_LDFLAGS = -Wl,--export-dynamic-symbol=g_timeout_add_seconds -Wl,--export-dynamic-symbol=dbus_g_bus_get
endif
