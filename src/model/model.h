/* model.h: accounts, contacts, chats and rooms as they are now: one state, changed only by events.
 *
 * The hub and every screen hold one Model each and apply the same events with the same code; attaching is the hub replaying
 * model_snapshot as ordinary events. Messages themselves are in the history, not here; the model keeps their counters.
 * All structs are read-only outside model.c. Texts are owned by the model and change with the next event.
 */
#pragma once
#include "wire/wire.h"

typedef struct Model Model;
typedef struct Account Account;
typedef struct Contact Contact;
typedef struct Chat Chat;
typedef struct Occupant Occupant;
typedef struct Card Card;
typedef struct FileTransfer FileTransfer;

/* What the archive has and the history has not. */
typedef struct {
	gint64 since, until; /* times; what is older than since (0: nothing) and what is newer than until is here; until 0: there is no hole */
	gboolean loading;
} Hole;

struct Account {
	char *name, *protocol, *address;
	gboolean enabled;
	AccountState state;
	Reason reason;
	char *text; /* step or failure; may be NULL */
	gint64 since, retry;
	char *nick;
	Presence presence;
	char *status;
	char **can;
	GHashTable *contacts; /* address -> Contact, owned */
	GHashTable *chats;    /* address -> Chat, owned */
	Hole hole;            /* of all chats of two that have none of their own */
	gpointer user;        /* the owner's own data; the hub hangs its runner here */
	Model *model;    /* the model it is in */
	guint contact_serial; /* grows with each connecting; contacts the network named since then carry it */
};

struct Contact {
	Account *account;
	char *address, *name; /* name may be NULL */
	char **groups;
	Subscription subscription;
	gboolean asked;
	Presence presence; /* PRESENCE_OFFLINE when the account is not online */
	char *status, *device;
	guint serial; /* which contact list sending named it last */
};

struct Chat {
	Account *account;
	char *address;
	ChatKind kind;
	gint64 unread, mentions, read, last, last_time;
	char *notify; /* NULL: by the kind's default */
	gboolean has_hole; /* of its own; see chat_hole */
	Hole hole;
	/* a room: */
	char *name, *topic, *nick, *text;
	gboolean joined;
	gboolean bookmarked, autojoin; /* the network keeps the room; to be in it whenever online */
	char *bookmark_name, *bookmark_nick; /* the user's; may be NULL */
	GHashTable *occupants; /* nick -> Occupant, owned; NULL until needed */
	/* who types: nick or "" -> composing since (gint64 *); NULL until needed */
	GHashTable *typing;
	gpointer user; /* the owner's own data */
};

struct Occupant {
	char *nick, *address, *status;
	char *id; /* the room's lasting one; may be NULL */
	Role role;
	Affiliation affiliation;
	Presence presence;
};

/* A card that waits for an answer, with its fields (form). */
struct Card {
	Account *account;
	const WireCard *card;  /* owned copy */
	GPtrArray *fields;     /* of const WireCardField *, owned copies; may be empty */
};

/* A file on its way. Ended ones stay until a client attaches anew, TRANSFERS_MAX in all. */
#define MODEL_TRANSFERS_MAX 200
struct FileTransfer {
	Account *account;
	const WireTransfer *transfer; /* owned copy: as it was told last */
};

/* What an event changed, for those who draw. thing is an Account, Contact, Chat, Card or FileTransfer; NULL when it is gone or for MODEL_READY. */
typedef enum { MODEL_ACCOUNT, MODEL_CONTACT, MODEL_CHAT, MODEL_OCCUPANTS, MODEL_TYPING, MODEL_CARD, MODEL_TRANSFER, MODEL_READY } ModelPart;
typedef void (*ModelChanged)(ModelPart part, gpointer thing, gpointer user);

Model *model_new(ModelChanged changed, gpointer user);
void model_free(Model *model);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Model, model_free)

/* Applies one event (account, account_gone, contact, contact_gone, contacts_done, presence, chat, chat_gone, room, occupant, occupant_gone,
 * message, typing, read, bookmark, hole, transfer, card, card_field, card_gone, ready; others are passed over). FALSE if it names an account that is not there. */
gboolean model_apply(Model *model, const Wire *event);

/* Sends the whole state as events to each, ending without ready. */
void model_snapshot(const Model *model, void (*each)(const void *event, gpointer user), gpointer user);

/* Accounts in the order they were made; borrowed Account pointers. */
const GPtrArray *model_accounts(const Model *model);
/* Cards in the order they came; borrowed Card pointers. */
const GPtrArray *model_cards(const Model *model);
/* Transfers in the order they were told first; borrowed FileTransfer pointers. */
const GPtrArray *model_transfers(const Model *model);
Account *model_account(const Model *model, const char *name);
Contact *model_contact(const Account *account, const char *address);
Chat *model_chat(const Account *account, const char *address);
Card *model_card(const Account *account, const char *id);
FileTransfer *model_transfer(const Account *account, const char *id);

/* The account as an event; borrowed from it. */
void account_event(const Account *account, WireAccount *event);

gboolean account_is_online(const Account *account);
gboolean account_can(const Account *account, const char *ability);
/* The name to show: the given one, else the local part of the address. Not cleaned. */
const char *contact_title(const Contact *contact);
/* The name to show for a chat: the contact's, the room's name or local part, or the occupant's nick and the room. Free it. Not cleaned. */
char *chat_title(const Chat *chat);
/* What is missing of the chat: its own hole, or for a chat of two the account's. until is 0 when nothing is known to be missing. */
Hole chat_hole(const Chat *chat);
/* TRUE if the user wants to be told: by notify (all, mentions, none), else all in direct chats, mentions in rooms. */
gboolean chat_wants_notification(const Chat *chat, gboolean mention);

/* Totals over all chats that are not muted. */
void model_unread(const Model *model, gint64 *unread, gint64 *mentions);

/* Whom WHO means: a contact's name, an address, ROOM/NICK, or ACCOUNT/ADDRESS. */
typedef struct {
	Account *account;
	char *address;   /* owned by the caller: g_free */
	ChatKind kind;
	Contact *contact; /* NULL when it is not in the list */
	Chat *chat;       /* NULL when there is none yet */
} Target;

/* Finds WHO; account (may be NULL) narrows or, for an unknown address, decides. Prefers an exact address, then an existing chat, then
 * a contact name ignoring case; several hits of the same worth are an error that lists them as ACCOUNT/ADDRESS. */
gboolean model_find(const Model *model, const char *who, Account *account, Target *target, GError **error);
