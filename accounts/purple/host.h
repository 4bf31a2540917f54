/* host.h: what the files of kith-purple share: the one account that this process runs.
 *
 * libpurple's callbacks carry no pointer of ours, and a process has one libpurple and one account, so this is the one object that is
 * not passed around.
 */
#pragma once
#include "backend.h"
#include "purple/quirks.h"
#include <purple.h>

typedef struct {
	Backend *backend;
	PurpleAccount *account;              /* NULL: the account's settings are wrong */
	PurplePluginProtocolInfo *protocol;  /* borrowed from the plugin */
	const Quirks *quirks;
	gboolean online;
} Host;

extern Host host;

/* The connection while it is up, else NULL. */
PurpleConnection *host_connection(void);

/* The plain text of foreign html: valid UTF-8, at most max bytes; NULL for NULL or nothing. Free with g_free. */
char *host_plain(const char *html, gsize max);
/* The same; *markup gets how it looks (base/markup.h) where html says something of it, and is left alone else. Free it too. */
char *host_marked(const char *html, gsize max, char **markup);
/* The same for short texts: status words, reasons. */
char *host_label(const char *html);
/* The same for what libpurple keeps as plain text: names, topics, titles, questions. */
char *host_name(const char *text);

/* The address of a contact as kith writes it: the network's spelling, without the parts that are no address (resources). Borrowed
 * until the next call. name is how libpurple calls it. */
const char *host_address(const char *name);
/* The hub writes this address so: incoming messages use the same spelling. */
void host_learn_address(const char *address);
