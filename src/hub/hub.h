/* hub.h: the hub's rooms know each other through this: one Hub a process, which owns the truth.
 *
 * runner.c     one backend per account: start, life signs, back-off, restart
 * bookmarks.c  which rooms an account is to be in
 * receive.c    what backends send: one pipeline into history, model, clients, notifications
 * outbox.c     outgoing messages: stored first, then handed to a backend
 * clients.c    the Unix socket: screens and one-shot commands
 * calls.c      commands being carried out, for clients, FIFO and cards
 * fifo.c       slash commands from a FIFO
 * passwords.c  where an account's password comes from
 * desktop.c    the helper process that talks to the desktop (notifications, keyring)
 * files.c      files on their way, with files-*.c
 * network.c    the machine's network has changed, or it has slept
 * notify.c     whom to tell about a message, and how
 * instance.c   one hub a profile: lock, pid, stale socket
 */
#pragma once
#include "base/paths.h"
#include "commands/commands.h"
#include "history/history.h"
#include "model/model.h"
#include "settings/settings.h"
#include "wire/link.h"

typedef struct Hub Hub;
typedef struct Runner Runner;
typedef struct Bookmarks Bookmarks;
typedef struct Clients Clients;
typedef struct Fifo Fifo;
typedef struct Passwords Passwords;
typedef struct Desktop Desktop;
typedef struct Mutter Mutter;
typedef struct Network Network;
typedef struct Notify Notify;
typedef struct TextLog TextLog;
typedef struct Files Files;

struct Hub {
	GMainLoop *loop;
	Paths *paths;
	Config *config;
	History *history;
	Reader *reader;
	Model *model;
	Clients *clients;
	Fifo *fifo;
	Passwords *passwords;
	Desktop *desktop;
	Network *network;
	Notify *notify;
	Files *files;
	TextLog *texts;       /* NULL: no plain text logs */
	CommandHost host;
	GPtrArray *calls;     /* of Call *, borrowed: every command being carried out */
	GHashTable *held;     /* own ids of queued messages -> how often they are just being amended: not handed over before that is stored */
	gint64 last_request;  /* ids of requests to backends */
	Presence presence;    /* what the user announces on all accounts */
	char *status;
	guint beat_source, stop_source;
	gboolean backends_paused;
	gboolean stopping, once, owned, detached;
	gboolean print, print_json;
	gint64 start_deadline; /* once: monotonic µs until which somebody must have come */
};

/* Applies an event to the model and passes it to every screen. */
void hub_publish(Hub *hub, const void *event);
/* Tells every screen something that is not kept; account and chat may be NULL. Logged too. */
void hub_notice(Hub *hub, const char *account, const char *chat, gboolean failure, const char *format, ...) G_GNUC_PRINTF(5, 6);
/* Ends the hub: backends say good-bye (3 s at most), everything is committed. */
void hub_stop(Hub *hub);
/* Something that may keep the hub alive or end it has changed: clients, outbox. */
void hub_check_purpose(Hub *hub);
/* Pauses or resumes reading backends by what waits to be stored and sent to screens. */
void hub_check_flow(Hub *hub);
/* Reads the configuration file again and applies what changed. */
void hub_reload(Hub *hub);

/* The configuration of an account was added, changed or removed: make the model and its runner follow. */
void hub_account_changed(Hub *hub, const char *name);
/* A setting changed: every screen is told, and the hub follows. */
void hub_setting_changed(Hub *hub, const char *group, const char *name, const char *value);

/* ---- runner.c ---- */
struct Runner {
	Hub *hub;
	Account *account;
	GPid pid;               /* 0: no process */
	guint child_source;
	Link *link;             /* NULL: no process */
	Mutter *mutter;         /* its standard error; NULL: no process, or a debugger's */
	gboolean ready;         /* configure was sent */
	gboolean wanted;        /* the user wants it online */
	gboolean connecting;    /* connect was sent, or a password is awaited */
	gboolean restart;       /* start again once the process is gone: its settings changed */
	guint attempts;         /* failed tries in a row */
	guint crashes;          /* deaths without having been online for a minute */
	gint64 online_since;    /* monotonic µs */
	guint retry_source;     /* waits for the next try */
	guint answer_source;    /* a life sign is due */
	guint end_source;       /* kill if it does not end */
	gint64 commit;          /* largest number committed and not told yet */
	guint commit_source;
	GHashTable *in_flight;  /* own ids handed to this process since online */
	GHashTable *calls;      /* request id (gint64 *) -> Call, pending answers; borrowed */
	Bookmarks *bookmarks;   /* the rooms to be in */
	GHashTable *untold_reads;   /* addresses of chats that were read while the backend could not be told; kept */
	char *last_death;       /* why the process ended */
};
Runner *runner_new(Hub *hub, Account *account);
void runner_free(Runner *runner);
Runner *runner_of(const Account *account);
/* Goes online (or tries at once when waiting). */
void runner_connect(Runner *runner);
void runner_disconnect(Runner *runner);
/* The settings changed: restart the process when one runs. */
void runner_reconfigure(Runner *runner);
/* Sends a message to the backend and expects a life sign soon. FALSE when there is none. */
gboolean runner_send(Runner *runner, const void *message);
/* Tells the backend, soon, that commit and all before are stored. */
void runner_committed(Runner *runner, gint64 commit);
/* The connection state as the backend reports it. */
void runner_on_state(Runner *runner, const WireState *state);
/* A password was found or typed (NULL: there is none): go on connecting. */
void runner_on_password(Runner *runner, const char *password);
/* Asks for a sign of life. */
void runner_probe(Runner *runner);
/* Tells the backend up to which message the chat is read, now or once it is online. */
void runner_tell_read(Runner *runner, const char *chat);
void runner_pause(Runner *runner, gboolean pause);
/* The machine's network has changed (available: there is one), or it has slept: is the connection still there, can a new one be made? */
void runner_network_changed(Runner *runner, gboolean available);
/* TRUE when no process is left. */
gboolean runner_is_gone(const Runner *runner);

/* ---- bookmarks.c ---- */
/* With what is kept and configured; sets runner->bookmarks. */
Bookmarks *bookmarks_new(Runner *runner);
void bookmarks_free(Bookmarks *bookmarks);
/* The account is online: joins what is wanted, a few rooms at a time. */
void bookmarks_on_online(Runner *runner, gboolean resumed);
void bookmarks_on_process_gone(Runner *runner);
/* From the backend: one bookmark; all have been told. */
void bookmarks_on_bookmark(Runner *runner, const WireBookmark *mark);
void bookmarks_on_done(Runner *runner);
/* A room as it is now, after the model has it. */
void bookmarks_on_room(Runner *runner, const WireRoom *room, gboolean was_joined);
/* The person joins a room, which may be refused, or leaves it. */
void bookmarks_want(Runner *runner, const WireJoin *join);
void bookmarks_refused(Runner *runner, const char *room);
void bookmarks_drop(Runner *runner, const char *room);
/* The person keeps a room, or no longer. Of wish: chat, name and nick (NULL: as before), autojoin, gone. */
gboolean bookmarks_change(Runner *runner, const WireBookmark *wish, GError **error);

/* ---- receive.c ---- */
void receive(Runner *runner, const Wire *message);
/* A message is safely in the history as change says: tell the model, the screens, the logs, and perhaps the person. */
void message_stored(Hub *hub, WireMessage *message, const HistoryChange *change);
/* Tells what else a job of the history changed in a chat: messages that look otherwise now, counters. */
void history_changed(Hub *hub, const char *account, const char *chat, const HistoryChange *change);
/* Tells a message anew as the history has it now. */
void message_again(Hub *hub, gint64 id, MessageChange change);
/* Notes where the first attachment of a message was saved, and tells it anew. */
void message_set_saved(Hub *hub, gint64 id, const char *path);
/* An outgoing message has changed its state. */
void receive_state(Hub *hub, const WireMessageStateChange *change);
/* A chat was read up to a place here. */
void receive_read(Hub *hub, const WireRead *read);

/* ---- outbox.c ---- */
/* Stores a message or an amendment as queued and hands it to the backend; call (may be NULL) ends when it is stored. Of draft (borrowed) are
 * read: account, chat, chat_kind, type, text, about (history id of what is replied to or amended), attachments. */
gboolean outbox_add(Hub *hub, CommandCall *call, const WireMessage *draft, GError **error);
/* Hands everything that is queued to the backend: all of the account, or of one chat. */
void outbox_send(Runner *runner, const char *chat);
/* Messages of enabled accounts that are queued, for --once. */
guint outbox_size(Hub *hub);

/* ---- files.c ---- */
Files *files_new(Hub *hub);
void files_free(Files *files);
/* Adds to the host what commands may ask of files. */
void files_set_host(Hub *hub);
/* Once the accounts are known: what was not finished when the last hub ended. */
void files_load(Hub *hub);
/* How many go on by themselves, for --once. */
guint files_busy(Hub *hub);
/* From the backend. */
void files_on_slot(Runner *runner, const WireSlot *slot);
void files_on_transfer(Runner *runner, const WireTransfer *transfer);
/* TRUE if the request was one about a file. */
gboolean files_on_answer(Runner *runner, gint64 request, gboolean ok, const char *text);
void files_on_online(Runner *runner);
void files_on_offline(Runner *runner);
/* The account is removed. */
void files_forget(Hub *hub, const char *account);

/* ---- clients.c ---- */
Clients *clients_new(Hub *hub, GError **error);
void clients_free(Clients *clients);
void clients_broadcast(Clients *clients, const void *event);
guint clients_count(const Clients *clients);
guint clients_screens(const Clients *clients);
/* TRUE when nobody looks at any screen. */
gboolean clients_are_idle(const Clients *clients);
/* The largest backlog of a screen, in bytes. */
gsize clients_backlog(const Clients *clients);
/* Commands of that client are answered until it is gone. */
typedef struct Client Client;
void client_send(Client *client, const void *message);

/* ---- calls.c ---- */
typedef struct Call Call;
void calls_set_host(Hub *hub);
/* A command of a client. */
void calls_run(Hub *hub, Client *client, const WireCommand *command);
/* A command line of the FIFO or a file: its output goes to the log. */
void calls_run_line(Hub *hub, const char *line, const char *origin);
/* The client is gone: its calls go on without an audience. */
void calls_forget(Hub *hub, Client *client);
/* A backend answered a request, or is gone (all its calls fail with text). */
void calls_answered(Runner *runner, gint64 request, gboolean ok, const char *text);
void calls_fail_all(Runner *runner, const char *text);
/* A backend sent a line of a list that a call asked for. */
void calls_item(Runner *runner, const WireItem *item);
/* A screen wants older messages. */
void calls_fetch(Hub *hub, Client *client, const WireFetch *fetch);
/* A card was answered by a client. */
void calls_answer_card(Hub *hub, Client *client, const WireAnswer *answer);

/* ---- fifo.c ---- */
Fifo *fifo_new(Hub *hub, GError **error);
void fifo_free(Fifo *fifo);

/* ---- passwords.c ---- */
Passwords *passwords_new(Hub *hub);
void passwords_free(Passwords *passwords);
/* Looks for the account's password: memory, password_command, systemd credential kith.NAME, keyring; runner_on_password follows, perhaps at once. */
void passwords_find(Passwords *passwords, Runner *runner);
/* Keeps it in memory, and in the keyring too. NULL forgets. */
void passwords_set(Passwords *passwords, const char *account, const char *password, gboolean keyring);
/* The hub's own card that asks for it. */
void passwords_ask(Passwords *passwords, Runner *runner, Reason reason, const char *why);
/* TRUE if the card is the hub's and was dealt with. */
gboolean passwords_answer(Passwords *passwords, const WireAnswer *answer);

/* ---- desktop.c ---- */
Desktop *desktop_new(Hub *hub);
void desktop_free(Desktop *desktop);
/* Shows or replaces the notification with this tag. */
void desktop_notify(Desktop *desktop, const char *tag, const char *title, const char *body);
/* Forgets earlier failures: the next notification tries the bus again. */
void desktop_reset(Desktop *desktop);
void desktop_withdraw(Desktop *desktop, const char *tag);
typedef void (*DesktopSecret)(const char *secret, const char *error, gpointer user);
/* done is always called, perhaps at once; secret NULL: there is none. */
void desktop_lookup_secret(Desktop *desktop, const char *account, const char *address, DesktopSecret done, gpointer user);
void desktop_store_secret(Desktop *desktop, const char *account, const char *address, const char *secret);

/* ---- network.c ---- */
Network *network_new(Hub *hub);
void network_free(Network *network);

/* ---- notify.c ---- */
Notify *notify_new(Hub *hub);
void notify_free(Notify *notify);
void notify_message(Notify *notify, const WireMessage *message);
void notify_read(Notify *notify, const char *account, const char *chat);
/* A message mentions the user only since this correction. */
void notify_correction(Notify *notify, gint64 id, const WireMessage *correction);
/* A message has other words now, or none: what was told of it is told anew, or withdrawn. */
void notify_changed(Notify *notify, const char *account, const char *chat, gint64 id);

/* ---- instance.c ---- */
/* Takes the profile's lock for as long as the process lives. FALSE: another hub has it (error names its pid). */
gboolean instance_lock(const Paths *paths, GError **error);
