/* commands.h: every slash command, declared once: name, arguments, help, completion, where it runs, and the function.
 *
 * Help, completion and kith-commands(7) come from the table. Commands of the hub have their function here (src/commands/NAME.c, by noun) and
 * see the world only through CommandHost; commands of the screen (windows, scrolling) are declared here and carried out by ui.
 * A screen may carry out a command of the hub in a visual form of its own (search, history, help); it looks it up here by name, so there is
 * one declaration for both. From kith run and the FIFO the hub's function is used, and a command of the screen is refused.
 */
#pragma once
#include "history/history.h"
#include "model/model.h"
#include "settings/protocols.h"
#include "settings/settings.h"
#include "wire/wire.h"

/* What a word of a command line is: decides completion. */
typedef enum {
	ARG_NONE,
	ARG_WORD,    /* one of the fixed words */
	ARG_WHO,     /* contact name, address, room, occupant */
	ARG_ROOM,
	ARG_OCCUPANT, /* somebody in the room it is typed in, by the name there */
	ARG_ACCOUNT,
	ARG_GROUP,
	ARG_SETTING,
	ARG_VALUE,   /* of the setting named before */
	ARG_COMMAND, /* a slash command's name */
	ARG_CARD,
	ARG_FILE,
	ARG_PRESENCE,
	ARG_KEY,
	ARG_PROTOCOL,
	ARG_TEXT, /* the rest of the line */
} ArgKind;

typedef struct {
	ArgKind kind;
	const char *name;  /* WHO, TEXT: as shown in the usage */
	gboolean optional;
	const char *const *words; /* fixed words it may also be, NULL-terminated; may be NULL */
} CommandArg;

typedef struct CommandCall CommandCall;

/* Files to send, and files to save; borrowed. */
typedef struct {
	Account *account;
	const char *chat;
	ChatKind chat_kind;
	const char *const *paths; /* absolute */
	const char *name;         /* to tell in place of the file's own; may be NULL */
	gboolean direct;          /* not by the server's store */
} FileSend;
typedef struct {
	Account *account;
	const char *chat;               /* may be NULL */
	gint64 message;                 /* history id, 0: none */
	const char *const *attachments; /* as in the wire's message; each may be a URL alone */
	const char *path;               /* where to: a directory or a file, absolute; NULL: the downloads directory */
} FileSave;
typedef enum { TRANSFER_ACT_CANCEL, TRANSFER_ACT_RETRY, TRANSFER_ACT_TAKE, TRANSFER_ACT_REFUSE } TransferAct;

/* What the hub offers to its commands. */
typedef struct {
	Model *model;
	Config *config;
	History *history;
	Reader *reader;
	/* Sends a request to the account's backend; answered later by done or error to the call, if call is given (it is kept until then). FALSE and error if the account is not online. */
	gboolean (*to_backend)(gpointer hub, Account *account, void *request, CommandCall *call, GError **error);
	/* Queues a message or an amendment in the outbox; the call ends with done (id) once stored. Of draft are read: account, chat, chat_kind, type,
	 * text, about (history id of the message that is replied to or amended), attachments. */
	gboolean (*send_message)(gpointer hub, CommandCall *call, const WireMessage *draft, GError **error);
	/* The configuration of an account was added, changed, removed, enabled or disabled: start, stop or reconfigure its backend. */
	void (*account_changed)(gpointer hub, const char *account);
	void (*connect)(gpointer hub, Account *account);
	void (*disconnect)(gpointer hub, Account *account);
	/* Announces presence and status on one account, or on all (NULL). */
	void (*show)(gpointer hub, Account *account, Presence presence, const char *status);
	/* Tells every screen that a setting changed (also applies it in the hub). */
	void (*setting_changed)(gpointer hub, const char *group, const char *name, const char *value);
	/* Applies an event to the model and passes it to every client. */
	void (*publish)(gpointer hub, const void *event);
	/* Answers a card: the hub's own or the backend's. */
	gboolean (*answer)(gpointer hub, const WireAnswer *answer, CommandCall *call, GError **error);
	/* Keeps a password for an account in memory, or in the keyring as well. */
	void (*set_password)(gpointer hub, const char *account, const char *password, gboolean keyring);
	/* Carries out one more line as a call of its own that prints where this one prints; its failure is printed there too (run). */
	void (*run_line)(gpointer hub, CommandCall *call, const char *line);
	/* Reads the configuration file again and applies what changed; host->config may be another one afterwards. */
	gboolean (*reload)(gpointer hub, GError **error);
	/* Takes copies of files and sends them one after the other; the call ends when the last one is sent, or with the failures. */
	gboolean (*send_files)(gpointer hub, CommandCall *call, const FileSend *send, GError **error);
	/* Fetches files; the call ends when all are there, or with the failures. */
	gboolean (*save_files)(gpointer hub, CommandCall *call, const FileSave *save, GError **error);
	/* Fetches the picture of somebody; path as in FileSave. The call ends when it is there, or with the failure. */
	gboolean (*fetch_icon)(gpointer hub, CommandCall *call, Account *account, const char *address, ChatKind kind, const char *path, GError **error);
	/* Changes a transfer by its number (0: the newest that it fits); path as in FileSave, for TAKE. */
	gboolean (*change_transfer)(gpointer hub, CommandCall *call, TransferAct act, gint64 number, const char *path, GError **error);
	/* Every transfer as it is now, oldest first. */
	void (*each_transfer)(gpointer hub, void (*each)(const WireTransfer *transfer, gpointer user), gpointer user);
	/* Ends the hub once the outbox is written. */
	void (*stop)(gpointer hub);
} CommandHost;

/* One command line being carried out. Made by the hub; ended by exactly one command_done or command_fail, at once or later. */
struct CommandCall {
	const CommandHost *host;
	gpointer hub;
	Account *account;  /* of the chat it was typed in; may be NULL; checked again by name when used later */
	Chat *chat;        /* likewise */
	const char *directory; /* where it was typed, absolute; NULL: nowhere */
	const char *secret; /* a password that came beside the line; may be NULL */
	gboolean json;
	char **args;       /* COMMAND_ARGS_MAX by the command's declaration; absent ones are NULL; TEXT is the rest as typed; see commands_call_clear */
	const char *name;  /* of the command, for messages */
	/* the hub's side */
	void (*print)(CommandCall *call, const char *text);
	void (*done)(CommandCall *call, const char *text, gint64 id);
	void (*fail)(CommandCall *call, const char *text);
};

typedef enum {
	RUNS_IN_HUB,
	RUNS_ON_SCREEN,
} CommandPlace;

#define COMMAND_ARGS_MAX 6

typedef struct {
	const char *name;
	const char *const *other_names; /* may be NULL */
	CommandPlace place;
	CommandArg args[COMMAND_ARGS_MAX + 1]; /* ended by ARG_NONE */
	const char *summary;  /* one line */
	const char *help;     /* paragraphs, examples */
	const char *needs;    /* an ability of the account (HACKING), may be NULL */
	const char *usage;    /* in place of the one made of args; lines, may be NULL */
	/* FALSE and error: refused at once. TRUE: done or fail was or will be called. NULL for the screen's. */
	gboolean (*run)(CommandCall *call, GError **error);
} Command;

/* The table, sorted by name, ended by a NULL name. */
extern const Command *const commands_table[];

/* By name or other name, without the slash; an unambiguous beginning of a name works too when allow_beginning. */
const Command *commands_find(const char *name, gboolean allow_beginning);
/* "/msg WHO TEXT" */
char *commands_usage(const Command *command);
/* Splits a line's arguments (behind the name) by the declaration: words, "quoted words" (\" and \\ inside), the rest. COMMAND_ARGS_MAX slots, absent ones NULL;
 * free with commands_args_free. error names the usage. */
char **commands_split(const Command *command, const char *rest, GError **error);
void commands_args_free(char **args);
/* The line as it is after aliases; $1 to $9 and $* stand for words of the line, words of the line that no $ names are put at the end. Free it.
 * NULL and error when aliases go round in a circle. */
char *commands_expand(const Config *config, const char *line, GError **error);
/* The command that a line (behind aliases) names, NULL for words to say or an error; *rest is what follows the name. */
const Command *commands_of_line(const char *line, const char **rest, GError **error);
/* Does the line (behind aliases) name a command that kith has not, but the account's network has? */
gboolean commands_is_network(const Account *account, const char *line);
/* The next word of *rest, with quotes taken away ("…" at the beginning or behind "="); NULL at the end, or with error at a quote without its end. */
char *commands_next_word(const char **rest, GError **error);
/* text as one word of a line, quoted where it must be; free it. */
char *commands_quote(const char *text);
/* All help on a command, with usage and other names; free it. */
char *commands_help(const Command *command);

/* Completion of the word under the cursor (byte offset) in a line: fills in candidates (clean texts to insert, best first) and where the word begins. */
typedef struct {
	gsize start;      /* byte offset of the word that is replaced (up to the cursor) */
	GPtrArray *words; /* of char *, owned; each with what follows it: a space, "/" for a directory, ": " for a name that begins a message */
	gboolean wants_protocols; /* there would be more, or better ones, if the list of protocols were known */
} Completion;
/* protocols may be NULL: not known yet. */
Completion *commands_complete(const Model *model, const Config *config, const Protocols *protocols, Account *account, Chat *chat, const char *line, gsize cursor);
void completion_free(Completion *completion);

/* Carries out a line for a call whose host, hub, account, chat, json, secret and callbacks are set: resolves aliases, finds the command, splits, runs.
 * Words without a slash are sent to call->chat; "//" begins a message with a slash. Errors end the call by fail. */
void commands_run(CommandCall *call, const char *line);
/* Frees what commands_run has put into call (its args); for the hub, once the call has ended. */
void commands_call_clear(CommandCall *call);
