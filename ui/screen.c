/* screen.c: see screen.h.
 *
 * The modes switched on (alternate screen by curses, bracketed paste, focus, mouse) are undone by one constant string that a
 * signal handler may write too, so that no way of dying leaves the user with a broken terminal.
 */
#include "config.h"
#include "screen.h"

#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <langinfo.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>

/* curses.h's macros of these names would bite GLib code below. */
#undef lines

#define MODES_ON "\033[?2004h"
#define ASK_BACKGROUND "\033]11;?\033\\" /* the answer comes as a key (keys.h) */
#define MODES_OFF "\033[?2026l\033[?2004l\033[?1004l\033[?1002l\033[?1006l"
/* What endwin would write, for a process that must not call it any more: attributes off, cursor on, main screen. */
#define RESTORE MODES_OFF "\033[0m\033[?25h\033[?1l\033>\033[?1049l\r\n"

typedef struct {
	int front, back;
} Pair;

static struct {
	gboolean open;
	const ScreenEvents *events;
	gpointer user;
	struct termios before;
	gboolean have_before;
	SCREEN *curses;
	ThemeKind kind;
	ThemeDepth depth;
	struct {
		gboolean known;
		attr_t attributes;
		int pair;
	} looks[THEME_ROLES];
	GArray *pairs; /* of Pair; a terminal of 8 colours has too few to give each role its own */
	guint sources[5];
	guint n_sources;
} screen; /* the process has one terminal */

char *screen_refusal(void)
{
	const char *term = g_getenv("TERM");
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return g_strdup("standard input or output is not a terminal: use kith --headless, or the commands of kith --help");
	if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		return g_strdup_printf("the terminal's character set is \"%s\", not UTF-8: set a UTF-8 locale first, for example: LC_ALL=C.UTF-8 kith",
		                       nl_langinfo(CODESET));
	if (!term || !*term)
		return g_strdup("the variable TERM is not set: set it to the terminal's name, for example: TERM=xterm-256color kith");
	int error = 0;
	if (strlen(term) > 128 || strchr(term, '/') || setupterm(term, STDOUT_FILENO, &error) != OK)
		return g_strdup_printf("the terminal \"%.40s\" is not known here: install ncurses-term, or try TERM=xterm-256color kith", term);
	gboolean places = tigetstr("cup") && tigetstr("cup") != (char *)-1;
	del_curterm(cur_term);
	if (!places)
		return g_strdup_printf("the terminal \"%.40s\" can't place the cursor: try TERM=xterm-256color kith", term);
	return NULL;
}

/* ---- signals ---- */

static void write_all(const char *bytes, gsize length)
{
	while (length > 0) {
		gssize n = write(STDOUT_FILENO, bytes, length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		bytes += n;
		length -= n;
	}
}

/* The process is dying of its own fault: give the terminal back with calls that are safe here, then die as asked. */
static void on_crash(int number)
{
	write_all(RESTORE, sizeof RESTORE - 1);
	if (screen.have_before)
		tcsetattr(STDIN_FILENO, TCSANOW, &screen.before);
	signal(number, SIG_DFL);
	raise(number);
}

static gboolean on_term(gpointer user G_GNUC_UNUSED)
{
	screen.events->on_end(SIGTERM, screen.user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_hangup(gpointer user G_GNUC_UNUSED)
{
	screen.events->on_end(SIGHUP, screen.user);
	return G_SOURCE_CONTINUE;
}

static gboolean on_interrupt(gpointer user G_GNUC_UNUSED)
{
	screen.events->on_end(SIGINT, screen.user);
	return G_SOURCE_CONTINUE;
}

/* GLib has SIGWINCH among the signals it can watch. */
static gboolean on_winch(gpointer user G_GNUC_UNUSED)
{
	struct winsize size;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0)
		resizeterm(CLAMP(size.ws_row, 1, 1000), CLAMP(size.ws_col, 1, 2000));
	screen.events->on_resize(screen.user);
	return G_SOURCE_CONTINUE;
}

/* A stop signal from outside takes the same way as Ctrl-Z: through the main loop. */
static int stop_pipe[2] = { -1, -1 };

static void on_stop_signal(int number G_GNUC_UNUSED)
{
	int kept = errno;
	if (write(stop_pipe[1], "z", 1) < 0)
		errno = kept;
	errno = kept;
}

static gboolean on_stop_pipe(int fd, GIOCondition condition G_GNUC_UNUSED, gpointer user G_GNUC_UNUSED)
{
	char bytes[64];
	if (read(fd, bytes, sizeof bytes) > 0)
		screen_suspend();
	return G_SOURCE_CONTINUE;
}

static void watch_signals(void)
{
	struct sigaction stop = { .sa_handler = on_stop_signal, .sa_flags = SA_RESTART };
	if (g_unix_open_pipe(stop_pipe, FD_CLOEXEC, NULL)) {
		g_unix_set_fd_nonblocking(stop_pipe[0], TRUE, NULL);
		g_unix_set_fd_nonblocking(stop_pipe[1], TRUE, NULL);
		sigaction(SIGTSTP, &stop, NULL);
		screen.sources[4] = g_unix_fd_add(stop_pipe[0], G_IO_IN, on_stop_pipe, NULL);
	}
	static const int deadly[] = { SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT };
	for (guint i = 0; i < G_N_ELEMENTS(deadly); i++) {
		struct sigaction action = { .sa_handler = on_crash };
		action.sa_flags = (int)(SA_RESETHAND | SA_NODEFER);
		sigaction(deadly[i], &action, NULL);
	}
	screen.sources[0] = g_unix_signal_add(SIGTERM, on_term, NULL);
	screen.sources[1] = g_unix_signal_add(SIGHUP, on_hangup, NULL);
	screen.sources[2] = g_unix_signal_add(SIGINT, on_interrupt, NULL);
	screen.sources[3] = g_unix_signal_add(SIGWINCH, on_winch, NULL);
	screen.n_sources = screen.sources[4] ? 5 : 4;
}

/* ---- colours ---- */

static ThemeDepth find_depth(void)
{
	if (g_getenv("NO_COLOR") && *g_getenv("NO_COLOR"))
		return DEPTH_MONO;
	if (!has_colors() || COLORS < 8 || COLOR_PAIRS < 64)
		return DEPTH_MONO;
	if (tigetflag("RGB") > 0 && COLORS > 65536)
		return DEPTH_TRUE;
	return COLORS >= 256 ? DEPTH_256 : DEPTH_8;
}

void screen_set_theme(ThemeKind kind)
{
	screen.kind = kind;
	for (int role = 0; role < THEME_ROLES; role++)
		if (screen.looks[role].known) /* what was never used takes no memory */
			screen.looks[role].known = FALSE;
	if (screen.pairs)
		g_array_set_size(screen.pairs, 0);
}

static int pair_of(int front, int back)
{
	if (front == -1 && back == -1)
		return 0;
	if (!screen.pairs)
		screen.pairs = g_array_new(FALSE, FALSE, sizeof(Pair));
	for (guint i = 0; i < screen.pairs->len; i++) {
		const Pair *pair = &g_array_index(screen.pairs, Pair, i);
		if (pair->front == front && pair->back == back)
			return (int)i + 1;
	}
	Pair pair = { front, back };
	if ((int)screen.pairs->len + 1 >= COLOR_PAIRS)
		return 0;
	g_array_append_val(screen.pairs, pair);
	init_extended_pair((int)screen.pairs->len, front, back);
	return (int)screen.pairs->len;
}

static attr_t attributes_of(guint bits)
{
	attr_t attributes = A_NORMAL;
	attributes |= bits & LOOK_BOLD ? A_BOLD : 0;
	attributes |= bits & LOOK_DIM ? A_DIM : 0;
	attributes |= bits & LOOK_REVERSE ? A_REVERSE : 0;
	attributes |= bits & LOOK_UNDERLINE ? A_UNDERLINE : 0;
	attributes |= bits & LOOK_ITALIC ? A_ITALIC : 0;
	return attributes;
}

void screen_role(WINDOW *window, int role)
{
	guint bits = (guint)role >> 16;
	role &= 0xffff;
	if (!screen.looks[role].known) { /* most of the names' colours are never used */
		Look look = theme_look(screen.kind, screen.depth, role);
		screen.looks[role].known = TRUE;
		screen.looks[role].attributes = attributes_of(look.bits);
		screen.looks[role].pair = pair_of(look.front, look.back);
	}
	int pair = screen.looks[role].pair;
	wattr_set(window, screen.looks[role].attributes | attributes_of(bits), (short)pair, &pair);
}

void screen_set_mouse(gboolean on)
{
	screen_write(on ? "\033[?1002h\033[?1006h" : "\033[?1002l\033[?1006l", 16);
}

void screen_set_focus_reports(gboolean on)
{
	screen_write(on ? "\033[?1004h" : "\033[?1004l", 8);
}

/* ---- life ---- */

void screen_open(const ScreenEvents *events, gpointer user)
{
	screen.events = events;
	screen.user = user;
	screen.have_before = tcgetattr(STDIN_FILENO, &screen.before) == 0;
	g_setenv("ESCDELAY", "25", FALSE);
	screen.curses = newterm(NULL, stdout, stdin);
	if (!screen.curses) {
		g_printerr("kith: the terminal could not be initialised\n");
		exit(1);
	}
	set_term(screen.curses);
	raw();
	noecho();
	nonl();
	keypad(stdscr, FALSE);
	leaveok(stdscr, FALSE);
	screen.depth = DEPTH_MONO;
	if (has_colors()) {
		start_color();
		use_default_colors();
		screen.depth = find_depth();
	}
	screen_set_theme(screen.kind);
	screen.open = TRUE;
	watch_signals();
	screen_write(MODES_ON, sizeof MODES_ON - 1);
	screen_set_focus_reports(TRUE);
	/* Where a mouse can be reported this is understood or passed over; the consoles before that would print it. */
	const char *mouse = tigetstr("kmous");
	if (mouse && mouse != (char *)-1)
		screen_write(ASK_BACKGROUND, sizeof ASK_BACKGROUND - 1);
}

void screen_close(void)
{
	if (!screen.open)
		return;
	screen.open = FALSE;
	for (guint i = 0; i < screen.n_sources; i++)
		g_source_remove(screen.sources[i]);
	screen.n_sources = 0;
	screen_write(MODES_OFF, sizeof MODES_OFF - 1);
	endwin();
	delscreen(screen.curses);
	g_clear_pointer(&screen.pairs, g_array_unref);
}

void screen_suspend(void)
{
	screen_write(MODES_OFF, sizeof MODES_OFF - 1);
	endwin();
	raise(SIGSTOP);
	screen_write(MODES_ON, sizeof MODES_ON - 1);
	screen_set_focus_reports(TRUE);
	on_winch(NULL);
	clearok(curscr, TRUE);
	screen.events->on_continue(screen.user);
}

void screen_forget(void)
{
	clearok(curscr, TRUE);
}

void screen_write(const char *bytes, gsize length)
{
	fflush(stdout);
	write_all(bytes, length);
}

void screen_flush(void)
{
	/* curses writes past stdout's buffer, and a piece for each move of the cursor: the marks make one frame of them. */
	screen_write("\033[?2026h", 8);
	doupdate();
	screen_write("\033[?2026l", 8);
}
