# libkith.a: the client without a screen and without a protocol.
noinst_LIBRARIES += libkith.a
libkith_a_SOURCES = \
	src/base/colour.c src/base/colour.h \
	src/base/confine.c src/base/confine.h \
	src/base/filename.c src/base/filename.h \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/markup.c src/base/markup.h \
	src/base/moment.c src/base/moment.h \
	src/base/open.c src/base/open.h \
	src/base/paths.c src/base/paths.h \
	src/base/secret.c src/base/secret.h \
	src/base/styling.c src/base/styling.h \
	src/base/text.c src/base/text.h \
	src/wire/link.c src/wire/link.h \
	src/wire/messages.def \
	src/wire/wire.c src/wire/wire.h \
	src/wire/words.def \
	src/model/model.c src/model/model.h
libkith_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
libkith_a_SOURCES += \
	src/cli/account.c src/cli/cli.c src/cli/cli.h \
	src/cli/client.c src/cli/client.h \
	src/cli/import-purple.c src/cli/import-tree.c src/cli/import-tree.h src/cli/inside.h \
	src/cli/offline.c src/cli/password.c src/cli/print.c src/cli/print.h src/cli/protocols.c \
	src/cli/read.c src/cli/send.c src/cli/session.c src/cli/status.c \
	src/commands/account.c src/commands/action.c src/commands/call.c src/commands/call.h \
	src/commands/card.c src/commands/commands.c src/commands/commands.h \
	src/commands/complete.c src/commands/contact.c src/commands/file.c \
	src/commands/listing.c src/commands/listing.h src/commands/message.c \
	src/commands/names.c src/commands/rank.h \
	src/commands/bookmark.c src/commands/rank.c src/commands/room-setup.c \
	src/commands/presence.c src/commands/privacy.c src/commands/protocol.c src/commands/read.c src/commands/room.c \
	src/commands/screen.c src/commands/setting.c src/commands/system.c \
	src/commands/talk.c \
	src/settings/accounts.c \
	src/settings/config.c \
	src/settings/protocols.c src/settings/protocols.h \
	src/settings/settings.c src/settings/settings.h
libkith_a_SOURCES += \
	src/history/database.c src/history/database.h \
	src/history/history.c src/history/history.h \
	src/history/known.c src/history/known.h \
	src/history/message-json.c \
	src/history/reader-amend.c \
	src/history/reader.c src/history/reader.h \
	src/history/recover.c src/history/recover.h \
	src/history/rows.c src/history/rows.h \
	src/history/schema.c src/history/schema.h \
	src/history/search.c \
	src/history/store-add.c \
	src/history/store-amend.c \
	src/history/store-file.c \
	src/history/store-inside.h \
	src/history/store-state.c \
	src/history/store.c src/history/store.h \
	src/history/textlog.c src/history/textlog.h \
	src/history/words.c src/history/words.h

# kith-hub: the one that owns the truth. It links no curses.
pkglibexec_PROGRAMS += kith-hub
kith_hub_SOURCES = \
	src/hub/bookmarks.c \
	src/hub/calls.c src/hub/clients.c src/hub/desktop.c src/hub/fifo.c \
	src/hub/files.c src/hub/files.h src/hub/files-backend.c src/hub/files-helper.c \
	src/hub/files-keep.c src/hub/files-move.c src/hub/files-wish.c \
	src/hub/hub.c src/hub/hub.h src/hub/instance.c src/hub/life.h \
	src/hub/main.c src/hub/mutter.c src/hub/mutter.h src/hub/network.c src/hub/notify.c src/hub/outbox.c src/hub/passwords.c \
	src/hub/receive.c src/hub/runner.c
kith_hub_LDADD = libkith.a $(SQLITE_LIBS) $(GIO_LIBS)

if DESKTOP
pkglibexec_PROGRAMS += kith-desktop
kith_desktop_SOURCES = src/hub/desktop-helper.c
kith_desktop_CFLAGS = $(AM_CFLAGS) $(LIBNOTIFY_CFLAGS) $(LIBSECRET_CFLAGS)
kith_desktop_LDADD = libkith.a $(LIBNOTIFY_LIBS) $(LIBSECRET_LIBS) $(GIO_LIBS)
endif

# kith-files: moves one file for the hub, over HTTP or on this machine.
pkglibexec_PROGRAMS += kith-files
kith_files_SOURCES = src/files/address.c src/files/http.c src/files/job.h src/files/local.c src/files/main.c
kith_files_CFLAGS = $(AM_CFLAGS) $(CURL_CFLAGS)
kith_files_LDADD = libkith.a $(CURL_LIBS) $(GIO_LIBS)
