/* backend.h: what every backend shares: the other end of the line protocol, life signs, commit numbers, settings, confinement.
 *
 * A backend is started by the hub with the socket on file descriptor 3 and its log's path in KITH_LOG (may be unset). It ends when that socket
 * closes (and by parent-death signal). It runs exactly one account, named by the configure message; beats are answered here.
 */
#pragma once
#include "wire/wire.h"

#define BACKEND_FD 3

typedef struct Backend Backend;

typedef struct {
	/* Once, first. Settings are readable with backend_setting from here on. */
	void (*on_configure)(Backend *backend, const WireConfigure *configure, gpointer user);
	/* Everything else from the hub except hello, configure, committed and beat. */
	void (*on_message)(Backend *backend, const Wire *message, gpointer user);
	/* All that carried this commit number or a smaller one is safely stored. */
	void (*on_committed)(Backend *backend, gint64 commit, gpointer user);
	/* The hub is gone or says end: close the connection properly if that is quick; backend_run returns after this. May be NULL. */
	void (*on_end)(Backend *backend, gpointer user);
} BackendEvents;

Backend *backend_new(const char *program, const BackendEvents *events, gpointer user);
void backend_free(Backend *backend);
/* Runs the main loop until the hub is gone. Gives the exit code of main. */
int backend_run(Backend *backend);
/* Sends now what would go when the loop turns: for who is about to block. */
void backend_flush(Backend *backend);
void backend_quit(Backend *backend);

const char *backend_account(const Backend *backend);
const char *backend_address(const Backend *backend);
const char *backend_protocol(const Backend *backend);
/* A private directory for this account's files. */
const char *backend_directory(const Backend *backend);
/* An account setting, or NULL. */
const char *backend_setting(const Backend *backend, const char *key);
gboolean backend_setting_flag(const Backend *backend, const char *key, gboolean standard);
/* key=value, NULL-terminated. */
const char *const *backend_settings(const Backend *backend);
/* What was kept under key, as of the start, or NULL. */
const char *backend_kept(const Backend *backend, const char *key);

/* Queues a message to the hub. */
void backend_send(Backend *backend, const void *message);
/* The next commit number, growing from 1. */
gint64 backend_next_commit(Backend *backend);
/* Bytes not yet taken by the hub: pause the network above 1 MiB, go on below 256 KiB. */
gsize backend_backlog(const Backend *backend);

/* Short forms of frequent messages. request 0 sends nothing. */
void backend_done(Backend *backend, gint64 request, const char *text);
void backend_fail(Backend *backend, gint64 request, const char *text);
void backend_state(Backend *backend, AccountState state, Reason reason, const char *text);
void backend_notice(Backend *backend, const char *chat, gboolean failure, const char *format, ...) G_GNUC_PRINTF(4, 5);

typedef enum {
	CONFINE_FORK = 1 << 0, /* may fork (libpurple's DNS children) */
} ConfineFlags;
/* No new privileges, no core dump, not traceable, files limited by Landlock to reading /usr /etc /proc/self and such and writing the
 * account's directory, no exec by seccomp, where the kernel has them (each missing one is logged). KITH_NO_CONFINE=1 in the environment leaves it out (debugging). Call after libraries and plugins are loaded. extra: NULL-terminated further directories that may be read; may be NULL. */
void backend_confine(Backend *backend, ConfineFlags flags, const char *const *extra);
