/* irc-answers.h: what the server says to a command of ours. */
#pragma once
#include <purple.h>

/* Answers the request (0: none) once the server has dealt with every line so far: done, or its refusal if it refused something about
 * subject or other, rooms or names (other may be NULL; subject NULL: anything). */
void irc_answers_wait(gint64 request, const char *subject, const char *other);
/* The same; everything that the server says until then is told in the chat (NULL: none). */
void irc_answers_wait_all(gint64 request, const char *chat);
/* A numeric reply or PONG; TRUE if it is not for the plugin. rest is what follows the command. */
gboolean irc_answers_take_line(const char *command, const char *rest);

void irc_answers_stop(void);
