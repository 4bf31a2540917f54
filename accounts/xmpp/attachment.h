/* attachment.h: files that a message names by URL: XEP-0066, XEP-0447 with XEP-0446, XEP-0385. Nothing is ever fetched here.
 *
 * A file is the wire's: lines, see attachments of message. */
#pragma once
#include "session.h"

/* The files of a stanza (NULL-terminated, the caller frees), or NULL: it has none. */
char **attachment_read(Session *session, xmpp_stanza_t *stanza);
/* The URL of a file; the caller frees. */
char *attachment_url(const char *file);

/* What a message with these files has for words: their URLs, one a line. The caller frees. */
char *attachment_body(char *const *files);
/* Adds the files to a stanza with that body. */
void attachment_add(xmpp_stanza_t *stanza, char *const *files);

void attachment_attach(Session *session);
