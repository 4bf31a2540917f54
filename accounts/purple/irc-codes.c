/* irc-codes.c: see irc-codes.h. modern.ircdocs.horse/formatting. */
#include "purple/irc-codes.h"
#include "base/markup.h"
#include <string.h>

#define COLOUR '\x03'
#define HEX_COLOUR '\x04'
#define END_OF_ALL '\x0F'
#define CODES "\x02\x03\x04\x0F\x11\x16\x1D\x1E\x1F"
#define KNOWN_COLOURS 16

#define OF_TALK "\x03\x04\x0F\x11\x1D\x1E" /* what is not always good there as it is */

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

/* The end of a line that somebody has written, if its command is one of these. */
static const char *text_of(const char *line, const char *const *commands)
{
	const char *command = *line == ':' ? strchr(line, ' ') : NULL;
	for (; command && *commands; commands++)
		if (g_str_has_prefix(command, *commands))
			return strstr(command, " :");
	return NULL;
}

/* Topics and reasons are plain text. */
static char *without_codes(const char *line, const char *text)
{
	GString *out = g_string_new_len(line, text - line), *nothing = g_string_new(NULL);
	for (const char *at = text; *at;) {
		if (*at == COLOUR || *at == HEX_COLOUR)
			at = put_colours(nothing, at + 1, *at == COLOUR ? read_number : read_hex);
		else if (strchr(CODES, *at))
			at++;
		else
			g_string_append_c(out, *at++);
	}
	g_string_free(nothing, TRUE);
	return g_string_free(out, FALSE);
}

char *irc_codes_for_plugin(const char *line)
{
	static const char *const talk[] = { " PRIVMSG ", " NOTICE ", NULL }, *const plain[] = { " TOPIC ", " 332 ", " QUIT ", " PART ", " KICK ", " 301 ", NULL };
	const char *text = text_of(line, talk), *words = text ? NULL : text_of(line, plain);
	gboolean begun[sizeof passing] = { FALSE };
	if (words && strpbrk(words, CODES))
		return without_codes(line, words);
	if (!text || !strpbrk(text, OF_TALK))
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
