/* irc-codes.c: see irc-codes.h. modern.ircdocs.horse/formatting. */
#include "purple/irc-codes.h"
#include "base/markup.h"
#include <string.h>

#define COLOUR '\x03'
#define HEX_COLOUR '\x04'
#define END_OF_ALL '\x0F'
#define CODES "\x03\x04\x0F\x11\x1D\x1E"
#define KNOWN_COLOURS 16

static const char passing[] = "\x11\x1D\x1E"; /* which the plugin leaves in the text */

/* A number of one or two digits; -1: there is none. */
static int read_number(const char **at)
{
	int number = -1;
	for (int i = 0; i < 2 && g_ascii_isdigit(**at); i++)
		number = MAX(number, 0) * 10 + *(*at)++ - '0';
	return number;
}

static int read_hex(const char **at)
{
	char digits[7] = "";
	for (int i = 0; i < 6; i++) {
		if (!g_ascii_isxdigit((*at)[i]))
			return -1;
		digits[i] = (*at)[i];
	}
	*at += 6;
	return markup_nearest((guint32)g_ascii_strtoull(digits, NULL, 16), KNOWN_COLOURS);
}

static int known(int colour)
{
	return colour < KNOWN_COLOURS || colour >= MARKUP_COLOURS ? colour : markup_nearest(markup_rgb(colour), KNOWN_COLOURS);
}

/* The colours behind a code; gives the place behind them. */
static const char *put_colours(GString *out, const char *at, int (*read)(const char **at))
{
	int front = read(&at), back = -1;
	const char *behind = at + 1;
	if (front >= 0 && *at == ',' && (back = read(&behind)) >= 0)
		at = behind;
	g_string_append_c(out, COLOUR);
	if (front >= 0 && front < MARKUP_COLOURS)
		g_string_append_printf(out, "%02d", known(front));
	if (front >= 0 && front < MARKUP_COLOURS && back >= 0 && back < MARKUP_COLOURS)
		g_string_append_printf(out, ",%02d", known(back));
	else if (*at == ',' || g_ascii_isdigit(*at))
		g_string_append(out, "\x02\x02"); /* nothing, but no part of the colour */
	return at;
}

/* All that is begun ends: the plugin sees to its own. */
static void end_all(GString *out, gboolean *begun)
{
	for (guint i = 0; i < strlen(passing); i++) {
		if (begun[i])
			g_string_append_c(out, passing[i]);
		begun[i] = FALSE;
	}
	g_string_append_c(out, END_OF_ALL);
}

static gboolean is_talk(const char *line)
{
	const char *command = *line == ':' ? strchr(line, ' ') : NULL;
	return command && (g_str_has_prefix(command, " PRIVMSG ") || g_str_has_prefix(command, " NOTICE "));
}

char *irc_codes_for_plugin(const char *line)
{
	const char *text = is_talk(line) ? strstr(line, " :") : NULL;
	gboolean begun[sizeof passing] = { FALSE };
	if (!text || !strpbrk(text, CODES))
		return NULL;
	GString *out = g_string_new_len(line, text - line);
	for (const char *at = text; *at;) {
		const char *code = strchr(passing, *at);
		if (*at == COLOUR || *at == HEX_COLOUR) {
			at = put_colours(out, at + 1, *at == COLOUR ? read_number : read_hex);
			continue;
		}
		if (code)
			begun[code - passing] = !begun[code - passing];
		if (*at == END_OF_ALL)
			end_all(out, begun);
		else
			g_string_append_c(out, *at);
		at++;
	}
	return g_string_free(out, FALSE);
}
