# The backends: one program a network; what they share is libkith-backend.a.
noinst_LIBRARIES += libkith-backend.a
libkith_backend_a_SOURCES = accounts/backend.c accounts/backend.h accounts/confine.c accounts/confine.h
libkith_backend_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/accounts

