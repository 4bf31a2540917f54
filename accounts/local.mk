# The backends: one program a network; what they share is libkith-backend.a.
noinst_LIBRARIES += libkith-backend.a
libkith_backend_a_SOURCES = accounts/backend.c accounts/backend.h accounts/confine.c accounts/confine.h
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
