/* protocols.h: the protocols that accounts can have here: XMPP, which kith speaks itself, and what kith-purple finds plugins for.
 *
 * What a plugin takes is its own to say (kith-purple --protocols), so the list is read by running that program; no plugin is ever loaded
 * into this process.
 */
#pragma once
#include <glib.h>

/* One setting of an account. */
typedef struct {
	char *name, *label, *standard; /* label and standard may be NULL */
	char *type;                    /* yesno, number, text, secret, choice */
	GStrv choices;                 /* choice: what it can be; else NULL */
} ProtocolOption;

/* A part of an address behind its name. */
typedef struct {
	char *text, *standard; /* standard may be NULL */
	char separator;
} ProtocolSplit;

typedef struct {
	char *name, *id, *title; /* irc, prpl-irc, IRC */
	char *address;           /* the form of an address: NAME@SERVER */
	char *password;          /* required, optional, none */
	char *network;           /* one line on what the network is worth today */
	GStrv can;               /* words: rooms, files … */
	GPtrArray *splits, *options;
} Protocol;

/* A plugin that is there and does not load. */
typedef struct {
	char *name, *id, *title, *why;
} ProtocolUnfit;

typedef struct {
	GPtrArray *all;     /* Protocol; xmpp first */
	GPtrArray *unfit;   /* ProtocolUnfit */
	GPtrArray *general; /* ProtocolOption that every protocol but xmpp has */
	char *problem;      /* NULL, or why some plugins are missing */
} Protocols;

void protocols_free(Protocols *protocols);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Protocols, protocols_free)

/* Reads the list; plugin_dir (may be NULL) is the setting of that name. done is called once, later; protocols is its own to free, and never NULL: what
 * could not be found out is its problem. */
typedef void (*ProtocolsDone)(Protocols *protocols, gpointer user);
void protocols_read(const char *plugin_dir, ProtocolsDone done, gpointer user);
/* The same at once, for programs that have nothing else to do. */
Protocols *protocols_read_now(const char *plugin_dir);
/* What the program printed. */
Protocols *protocols_parse(char *lines);

const Protocol *protocols_find(const Protocols *protocols, const char *name);
/* A setting of kith's own that an account has on any network? */
gboolean protocols_is_general(const char *key);
/* Whether an account of that protocol can have these settings (KEY=VALUE, NULL-terminated, may be NULL; no value is the standard). */
gboolean protocols_check(const Protocols *protocols, const char *name, const char *const *pairs, GError **error);
/* Appends the list, or with a name all about one, as clean lines or as JSON. FALSE and error: there is no such protocol. */
gboolean protocols_put(GString *out, const Protocols *protocols, const char *name, gboolean json, GError **error);
