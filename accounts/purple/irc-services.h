/* irc-services.h: logging in on IRC: SASL, and NickServ, which also takes the own name back from who has it.
 */
#pragma once
#include <purple.h>

/* Before libpurple starts: of all mechanisms the plugin offers the server only those that are wanted. */
void irc_services_choose_mechanisms(void);
/* Once the account is made. */
void irc_services_set_up(void);
gboolean irc_services_use_sasl(void);
/* Whether the password is for NickServ, not for the server. */
gboolean irc_services_own_password(void);
/* Online: identifies; password may be NULL. name is the wanted one, taken says that somebody else has it. */
void irc_services_start(const char *name, gboolean taken, const char *password);
/* A line of NickServ's to us; TRUE if it is not for the person. */
gboolean irc_services_take_line(const char *text);
void irc_services_stop(void);
