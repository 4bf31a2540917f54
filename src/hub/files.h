/* files.h: what the parts of the hub that move files share. Private to src/hub.
 *
 * files.c         the transfers: whose turn it is, what everybody is told
 * files-wish.c    what the user wants
 * files-backend.c what the backends say
 * files-keep.c    what is known after a restart
 * files-move.c    the steps of one transfer: taking, asking the backend, putting, getting, keeping
 * files-helper.c  the process kith-files, one for each step that may block
 */
#pragma once
#include "hub/hub.h"

typedef struct Helper Helper;
typedef struct Transfer Transfer;

/* Which step a transfer is at; those of going out first. */
typedef enum {
	STEP_NEW,     /* the user's file is to be copied */
	STEP_TAKING,
	STEP_READY,   /* the copy waits for its turn and the account */
	STEP_ASKED,   /* the backend was asked where to */
	STEP_PUTTING, /* over HTTP */
	STEP_BACKEND, /* the backend carries the bytes itself, out or in */
	STEP_STORING, /* the message that tells of it is being stored */
	STEP_OFFERED, /* in: it waits for the user */
	STEP_LINK,    /* in: a link waits for its turn */
	STEP_GETTING, /* over HTTP */
	STEP_KEEPING, /* what the backend brought gets its name */
	STEP_OVER,    /* done, failed or cancelled */
} TransferStep;

/* Several files of one command, which ends when all are over. */
typedef struct {
	CommandCall *call; /* NULL: nobody waits */
	guint open;
	gint64 id;         /* of the last message */
	GString *told, *failures;
} FileGroup;

struct Transfer {
	CommandCall base;  /* first: what the outbox answers to */
	Files *files;
	gint64 number;     /* what the user calls it; grows */
	char *id;          /* what the backend calls it; unique for ever */
	char *account, *chat;
	ChatKind kind;
	Direction direction;
	TransferState state;
	TransferStep step;
	char *name, *type, *sha256, *text;
	gint64 size, moved;
	char *source;      /* out: the user's file; in: the link, NULL: an offer */
	char *copy;        /* the bytes in the account's directory: outgoing/ID or incoming/ID */
	char *link;        /* out: where others get it, once it has a place */
	char *directory;   /* in: where to; name is exact: the user has said it */
	gboolean exact;
	char *path;        /* in: where it is */
	gint64 message;    /* history id of the message it belongs to, 0: none */
	gboolean first;    /* the first attachment of that message */
	gboolean direct;
	gboolean icon;     /* in: somebody's picture; its name and type are the backend's to say */
	gboolean told;     /* that it was not sent before the last end of kith */
	guint attempts, retry_source;
	gint64 request;
	Helper *helper;
	FileGroup *group;
};

struct Files {
	Hub *hub;
	GPtrArray *all;      /* of Transfer *, owned, by number */
	GHashTable *origins; /* account -> HOST:PORT of its own store */
	gint64 last_number;
	guint pump_source;
};

/* id: the backend's name for it; NULL: one is made. */
Transfer *transfer_new(Files *files, const char *account, const char *id, Direction direction);
/* Everybody is told how it is now. */
void transfer_tell(Transfer *t);
/* The same as an event; borrowed from t and number. */
void transfer_event(const Transfer *t, char number[24], WireTransfer *event);
/* Removes its bytes from the account's directory. */
void transfer_drop_copy(Transfer *t);
/* The command that waits for several: it ends when all that joined have ended. */
FileGroup *group_new(CommandCall *call);
void group_join(FileGroup *group, Transfer *t);
void group_end_one(Transfer *t);
/* The oldest of those that are over are forgotten. */
void files_forget_oldest(Files *files);
/* It ends: as done (text NULL), failed or cancelled. */
void transfer_end(Transfer *t, TransferState state, const char *text);
/* A transfer that belongs to no message yet belongs to this one. */
void files_belongs_to(Files *files, gint64 number, gint64 message);
/* The account's own store is at HOST:PORT: what is fetched from there may have a private address. */
void files_note_store(Files *files, const char *account, const char *origin);
/* Someone's turn may have come. */
void files_pump(Files *files);
/* Notes what has to be known after the next start. */
void files_keep(Files *files, const char *account);
/* accounts/NAME/outgoing or incoming, made if need be; NULL and error. */
char *files_directory(Files *files, const char *account, const char *which, GError **error);
Runner *transfer_runner(const Transfer *t);

/* ---- files-move.c ---- */
/* Takes the next step if it can be taken now. */
void move_take(Transfer *t);
void move_ask(Transfer *t);
void move_on_slot(Transfer *t, const WireSlot *slot);
void move_get(Transfer *t);
void move_keep(Transfer *t);
/* Tries again a while later, or gives up. */
void move_again(Transfer *t, const char *why);
/* Stops what is being done for it, here and in the backend. */
void move_stop(Transfer *t);
/* Stores a word in its chat: that a file was sent, is offered, was saved. */
void move_say_event(Transfer *t, gboolean mention, const char *format, ...) G_GNUC_PRINTF(3, 4);

/* ---- files-helper.c ---- */
typedef struct {
	const char *error; /* NULL: done */
	gboolean again;
	const char *path, *name, *type, *sha256;
	gint64 size;
} HelperResult;
typedef struct {
	void (*on_progress)(gint64 moved, gint64 size, gpointer user);
	/* Last; the helper is gone. */
	void (*on_end)(const HelperResult *result, gpointer user);
} HelperEvents;
/* Runs kith-files with the job in line (an open JSON object, freed). NULL and error. */
Helper *helper_start(GString *line, const char *log, const HelperEvents *events, gpointer user, GError **error);
/* Kills it; no more events. */
void helper_free(Helper *helper);
