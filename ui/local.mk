# kith: the front end; everything but main.c is in a library, so that tests link it.
noinst_LIBRARIES += libkith-ui.a
libkith_ui_a_SOURCES = \
	ui/account-form.c ui/account-form.h \
	ui/actions.c ui/actions.h \
	ui/alert.c ui/alert.h \
	ui/app.c ui/app.h \
	ui/attach.c ui/attach.h \
	ui/cards.c ui/cards.h \
	ui/card-text.c ui/card-text.h \
	ui/chatview.c ui/chatview.h \
	ui/chosen.c ui/chosen.h \
	ui/compose.c ui/compose.h \
	ui/edit.c ui/edit.h \
	ui/entryview.c ui/entryview.h \
	ui/events.c ui/events.h \
	ui/fetch.c ui/fetch.h \
	ui/form.c ui/form.h \
	ui/frame.c ui/frame.h \
	ui/help.c ui/help.h \
	ui/input.c ui/input.h \
	ui/keys.c ui/keys.h \
	ui/list.c ui/list.h \
	ui/menu.c ui/menu.h \
	ui/paint.c ui/paint.h \
	ui/people.c ui/people.h \
	ui/pick.c ui/pick.h \
	ui/questions.c ui/questions.h \
	ui/screen-commands.c ui/screen-commands.h \
	ui/screen.c ui/screen.h \
	ui/search.c ui/search.h \
	ui/setup.c ui/setup.h \
	ui/status.c ui/status.h \
	ui/switcher.c ui/switcher.h \
	ui/tabs.c ui/tabs.h \
	ui/theme.c ui/theme.h \
	ui/timeline.c ui/timeline.h \
	ui/transfers.c ui/transfers.h \
	ui/typing.c ui/typing.h \
	ui/view.h \
	ui/wrap.c ui/wrap.h
libkith_ui_a_CFLAGS = $(AM_CFLAGS) $(CURSES_CFLAGS) $(READLINE_CFLAGS)
libkith_ui_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/ui
UI_LIBS = libkith-ui.a libkith.a $(CURSES_LIBS) $(READLINE_LIBS) $(UNISTRING_LIBS) $(SQLITE_LIBS) $(GIO_LIBS)

bin_PROGRAMS += kith
kith_SOURCES = ui/main.c
kith_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
kith_CFLAGS = $(libkith_ui_a_CFLAGS)
kith_LDADD = $(UI_LIBS)

# The pure parts, each alone.
ui_tests = \
	tests/unit/test-ui-keys \
	tests/unit/test-ui-list \
	tests/unit/test-ui-theme \
	tests/unit/test-ui-timeline \
	tests/unit/test-ui-wrap
check_PROGRAMS += $(ui_tests)
TESTS += $(ui_tests)
tests_unit_test_ui_keys_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
tests_unit_test_ui_keys_CFLAGS = $(libkith_ui_a_CFLAGS)
tests_unit_test_ui_keys_LDADD = $(UI_LIBS)
tests_unit_test_ui_list_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
tests_unit_test_ui_list_CFLAGS = $(libkith_ui_a_CFLAGS)
tests_unit_test_ui_list_LDADD = $(UI_LIBS)
tests_unit_test_ui_theme_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
tests_unit_test_ui_theme_CFLAGS = $(libkith_ui_a_CFLAGS)
tests_unit_test_ui_theme_LDADD = $(UI_LIBS)
tests_unit_test_ui_timeline_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
tests_unit_test_ui_timeline_CFLAGS = $(libkith_ui_a_CFLAGS)
tests_unit_test_ui_timeline_LDADD = $(UI_LIBS)
tests_unit_test_ui_wrap_CPPFLAGS = $(libkith_ui_a_CPPFLAGS)
tests_unit_test_ui_wrap_CFLAGS = $(libkith_ui_a_CFLAGS)
tests_unit_test_ui_wrap_LDADD = $(UI_LIBS)

# Key to echo of any program on a terminal.
noinst_PROGRAMS += tests/bench/keyecho
tests_bench_keyecho_SOURCES = tests/bench/keyecho.c
tests_bench_keyecho_LDADD = $(GLIB_LIBS) -lutil

# The screen in a real terminal, with the real hub and played networks.
TESTS += tests/screen/test-messages.py tests/screen/test-screen.py tests/screen/test-setup.py
EXTRA_DIST += tests/screen/playedhub.py tests/screen/terminal.py tests/screen/test-messages.py tests/screen/test-screen.py tests/screen/test-setup.py
