man_MANS += man/kith-history.5 man/kith-headless.7 man/kith-replay.7
EXTRA_DIST += man/kith-history.5 man/kith-headless.7 man/kith-replay.7

# Pages and the completion whose templates are filled from the tables by man/generate.
noinst_PROGRAMS += man/generate
man_generate_SOURCES = man/generate.c ui/keys.c
man_generate_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
man_generate_LDADD = libkith.a $(SQLITE_LIBS) $(GIO_LIBS) $(UNISTRING_LIBS)

generated_mans = man/kith.1 man/kith.conf.5 man/kith-commands.7 man/kith-protocol.7
man_MANS += $(generated_mans)
CLEANFILES += $(generated_mans) completions/kith data/kith.service
EXTRA_DIST += man/kith.1.in man/kith.conf.5.in man/kith-commands.7.in man/kith-protocol.7.in completions/kith.in data/kith.service.in

generate = $(AM_V_GEN)$(MKDIR_P) $(@D) && man/generate$(EXEEXT)
man/kith.1: man/kith.1.in man/generate$(EXEEXT)
	$(generate) $(srcdir)/man/kith.1.in > $@.part && mv $@.part $@
man/kith.conf.5: man/kith.conf.5.in man/generate$(EXEEXT)
	$(generate) $(srcdir)/man/kith.conf.5.in > $@.part && mv $@.part $@
man/kith-commands.7: man/kith-commands.7.in man/generate$(EXEEXT)
	$(generate) $(srcdir)/man/kith-commands.7.in > $@.part && mv $@.part $@
man/kith-protocol.7: man/kith-protocol.7.in man/generate$(EXEEXT)
	$(generate) $(srcdir)/man/kith-protocol.7.in > $@.part && mv $@.part $@
completions/kith: completions/kith.in man/generate$(EXEEXT)
	$(generate) $(srcdir)/completions/kith.in > $@.part && mv $@.part $@

bashcompletion_DATA = completions/kith
systemduserunit_DATA = data/kith.service
data/kith.service: data/kith.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) $(@D) && sed 's|@bindir[@]|$(bindir)|' $(srcdir)/data/kith.service.in > $@.part && mv $@.part $@
