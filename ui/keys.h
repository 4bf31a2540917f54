/* keys.h: from the terminal's bytes to named keys, and the table of what each key does. Pure.
 *
 * A key has a name as a person writes it: a, é, Enter, Tab, Shift-Tab, Escape, Backspace, Up, PageUp, Home, Delete, F1, Ctrl-X,
 * Alt-x, Alt-Left, Ctrl-PageUp … A paste (bracketed) is one key of its own, whatever it holds.
 */
#pragma once
#include <glib.h>

typedef enum {
	KEY_TYPE_TEXT,  /* a character: text */
	KEY_TYPE_NAMED, /* anything else: name */
	KEY_TYPE_PASTE, /* text, as it came; cut: bytes that were too many and are left out */
	KEY_TYPE_MOUSE, /* name: Click, WheelUp or WheelDown; x, y from 0 */
	KEY_TYPE_BACKGROUND, /* the terminal's answer to screen_open: name is dark or light */
} KeyType;

typedef struct {
	KeyType type;
	const char *name;
	const char *text; /* the bytes that came (PASTE: without its markers), NUL-terminated */
	gsize length;
	gsize cut;
	int x, y;
} Key;

#define KEY_PASTE_MAX (1024 * 1024)

typedef void (*KeyEach)(const Key *key, gpointer user);

typedef struct KeyReader KeyReader;
KeyReader *key_reader_new(void);
void key_reader_free(KeyReader *reader);
/* Cuts bytes into keys; what is not complete waits for more. */
void key_reader_feed(KeyReader *reader, const char *bytes, gsize length, KeyEach each, gpointer user);
/* TRUE if something waits: an Escape that may begin a sequence, or a paste whose end has not come. */
gboolean key_reader_waits(const KeyReader *reader);
/* A paste or an answer of the terminal has begun: worth a longer wait than an Escape. */
gboolean key_reader_in_string(const KeyReader *reader);
/* Nothing more came for a while: what waits is all there is. */
void key_reader_give_up(KeyReader *reader, KeyEach each, gpointer user);

/* Where a key means something. */
typedef enum { KEYS_ALWAYS, KEYS_INPUT, KEYS_MESSAGE, KEYS_LIST, KEYS_CONTEXTS } KeyContext;

typedef struct {
	KeyContext context;
	const char *key;
	const char *action; /* the name of an action (actions.h), or a command line with its slash */
	const char *bar;    /* the word in the help bar; NULL: not there */
	const char *note;   /* for /help */
} KeyBinding;

/* The table, ended by a NULL key. */
extern const KeyBinding keys_table[];
extern const char *const keys_context_names[KEYS_CONTEXTS];

/* The user's own bindings over the table: an action of "" unbinds. */
typedef struct Keys Keys;
Keys *keys_new(void);
void keys_free(Keys *keys);
/* NULL action: back to the table. FALSE if key is no name of a key. */
gboolean keys_bind(Keys *keys, const char *key, const char *action);
/* What key does in the context (or always); NULL if nothing. */
const char *keys_action(const Keys *keys, KeyContext context, const char *key);
/* The key to show for an action: the first bound to it, or NULL. */
const char *keys_for_action(const Keys *keys, const char *action);
/* The name as the table writes it (ctrl-x, C-x, M-x, pgup … → Ctrl-X …); free it; NULL if it is none. */
char *keys_canonical(const char *name);
