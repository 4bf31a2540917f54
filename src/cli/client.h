/* client.h: reaching the hub of a profile: connecting to its socket, and starting one. Used by the one-shot commands and the front end.
 */
#pragma once
#include "base/paths.h"

#define CLIENT_ERROR (client_error_quark())
GQuark client_error_quark(void);
typedef enum {
	CLIENT_ERROR_NO_HUB, /* none runs */
	CLIENT_ERROR_FAILED, /* it can't be reached, or can't be started; message says why */
} ClientError;

/* A connected socket (close-on-exec), or -1. */
int client_connect(const Paths *paths, GError **error);
/* Starts a hub in a session of its own with extra_args (NULL-terminated; may be NULL), waits until it is ready, and connects. When another one
 * was faster, connects to that. A socket, or -1. */
int client_start(const Paths *paths, const char *const *extra_args, GError **error);
/* The arguments that a hub of these paths is run with, extra_args behind; free with g_strfreev. */
char **client_hub_argv(const Paths *paths, const char *const *extra_args);
