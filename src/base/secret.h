/* secret.h: passwords in memory that are wiped when let go.
 */
#pragma once
#include <glib.h>

/* A copy whose memory is wiped by secret_free. NULL gives NULL. */
char *secret_new(const char *text);
void secret_free(char *secret);
/* Replaces *place, wiping what was there. */
void secret_set(char **place, const char *text);
/* Wipes length bytes so that the compiler does not leave it out. */
void secret_wipe(void *memory, gsize length);
/* An id of 128 random bits as 32 hex digits (getrandom); free with g_free. */
char *secret_random_id(void);
