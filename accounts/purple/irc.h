/* irc.h: what IRC needs besides what its plugin does: names that are taken back, NickServ, and no answers to strangers.
 */
#pragma once
#include <purple.h>

/* Does nothing for other protocols. */
void irc_attach(void);
/* Whether the password is for NickServ, not for the server. */
gboolean irc_is_for_nickserv(void);
/* With SASL the plugin crashes without one, though it says that none is needed. */
gboolean irc_needs_password(void);
/* Online: identifies with NickServ (password may be NULL), and takes the own name back if it is in use. */
void irc_start(PurpleConnection *gc, const char *password);
void irc_stop(void);
/* A line to the server, without its end; words that would be two lines are not sent. */
void irc_send_raw(const char *format, ...) G_GNUC_PRINTF(1, 2);
/* Asks the server for the wanted name, if there is one to take back. */
void irc_ask_for_name(void);
/* Whether the line that the plugin is busy with says that somebody was put out of a room. */
gboolean irc_is_kick(void);
/* TRUE: the request is answered when the server has dealt with the lines sent so far (irc-answers.h). */
gboolean irc_answers(gint64 request, const char *subject, const char *other);
/* The same for a command that the person wrote; what the server says to /quote is told in the chat (NULL: none). */
gboolean irc_answers_command(gint64 request, const char *chat, const char *line);
