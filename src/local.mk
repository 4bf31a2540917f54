# libkith.a: the client without a screen and without a protocol.
noinst_LIBRARIES += libkith.a
libkith_a_SOURCES = \
	src/base/json.c src/base/json.h \
	src/base/log.c src/base/log.h \
	src/base/moment.c src/base/moment.h \
	src/base/paths.c src/base/paths.h \
	src/base/secret.c src/base/secret.h \
	src/base/text.c src/base/text.h \
	src/wire/link.c src/wire/link.h \
	src/wire/messages.def \
	src/wire/wire.c src/wire/wire.h \
	src/wire/words.def \
	src/model/model.c src/model/model.h
libkith_a_CFLAGS = $(AM_CFLAGS) $(SQLITE_CFLAGS)
libkith_a_SOURCES += \
	src/settings/accounts.c \
	src/settings/config.c \
	src/settings/settings.c src/settings/settings.h
libkith_a_SOURCES += \
	src/history/database.c src/history/database.h \
	src/history/history.c src/history/history.h \
	src/history/known.c src/history/known.h \
	src/history/message-json.c \
	src/history/reader.c src/history/reader.h \
	src/history/recover.c src/history/recover.h \
	src/history/rows.c src/history/rows.h \
	src/history/schema.c src/history/schema.h \
	src/history/search.c \
	src/history/store-file.c \
	src/history/store-inside.h \
	src/history/store.c src/history/store.h \
	src/history/textlog.c src/history/textlog.h \
	src/history/words.c src/history/words.h
