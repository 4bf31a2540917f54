/* irc-codes.h: codes for bold, colours and the like in what comes from IRC, put so that libpurple's plugin understands them. Pure. */
#pragma once

/* Another line to read in place of this one from the server, or NULL if it is good as it is. Free with g_free.
 *
 * The plugin knows mIRC's sixteen colours, bold, underlined and the end of all; italic, struck out and monospaced pass it and are html.c's. It
 * takes a comma behind a colour for the beginning of a second one even if none follows. Topics and reasons get no codes at all. */
char *irc_codes_for_plugin(const char *line);
