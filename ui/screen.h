/* screen.h: the terminal: taken, given back whatever happens, and drawn on through curses.
 *
 * The only file that knows about terminal modes and signals. Everything foreign that is drawn goes through wrap_prepare (paint.h).
 */
#pragma once
#include "theme.h"

#define NCURSES_WIDECHAR 1
#define NCURSES_NOMACROS 1
#include <ncurses.h>

/* Says in one sentence why this terminal can't be used; NULL if it can. */
char *screen_refusal(void);

typedef struct {
	void (*on_resize)(gpointer user);
	void (*on_continue)(gpointer user);       /* back from the shell */
	void (*on_end)(int signal, gpointer user); /* SIGTERM, SIGHUP, SIGINT */
} ScreenEvents;

/* Takes the terminal. events must outlive it. */
void screen_open(const ScreenEvents *events, gpointer user);
/* Gives it back; may be called twice. */
void screen_close(void);
/* Stops the program as Ctrl-Z does, and comes back. */
void screen_suspend(void);
void screen_set_theme(ThemeKind kind);
void screen_set_mouse(gboolean on);
void screen_set_focus_reports(gboolean on);

/* Colours of a role: attributes and the colour pair for wattr_set. */
void screen_role(WINDOW *window, int role);

/* Brings what was noted (wnoutrefresh) to the terminal, in one piece where the terminal can (mode 2026). */
void screen_flush(void);
/* Everything will be drawn anew. */
void screen_forget(void);
/* Bytes of our own besides curses: titles, bells. They must be constants or cleaned text. */
void screen_write(const char *bytes, gsize length);
