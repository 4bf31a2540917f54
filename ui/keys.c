/* keys.c: see keys.h. Escape sequences as xterm, tmux and the Linux console send them (ECMA-48, xterm's modifyOtherKeys 1,
 * SS3 for application mode), and the terminal's answer to what its background is (OSC 11). Unknown sequences are eaten whole and do nothing: no part of one ever ends up in a message.
 */
#include "config.h"
#include "keys.h"

#include <string.h>

#define PASTE_END "\033[201~"
#define ANSWER_MAX 128

struct KeyReader {
	GString *buffer; /* bytes that are no whole key yet */
	gboolean pasting;
	GString *paste;
	gsize cut;
};

KeyReader *key_reader_new(void)
{
	KeyReader *reader = g_new0(KeyReader, 1);
	reader->buffer = g_string_new(NULL);
	reader->paste = g_string_new(NULL);
	return reader;
}

void key_reader_free(KeyReader *reader)
{
	if (!reader)
		return;
	g_string_free(reader->buffer, TRUE);
	g_string_free(reader->paste, TRUE);
	g_free(reader);
}

gboolean key_reader_waits(const KeyReader *reader)
{
	return reader->pasting || reader->buffer->len > 0;
}

/* ESC ] and a digit: an operating system command, as answers of the terminal are; ESC ] with anything else is Alt-]. */
static gboolean is_answer(const char *bytes, gsize length)
{
	return length > 2 && bytes[0] == 0x1b && bytes[1] == ']' && g_ascii_isdigit(bytes[2]);
}

gboolean key_reader_in_string(const KeyReader *reader)
{
	return reader->pasting || is_answer(reader->buffer->str, reader->buffer->len);
}

static const struct {
	char final;
	const char *name;
} finals[] = {
	{ 'A', "Up" }, { 'B', "Down" }, { 'C', "Right" }, { 'D', "Left" }, { 'H', "Home" }, { 'F', "End" },
	{ 'P', "F1" }, { 'Q', "F2" }, { 'R', "F3" }, { 'S', "F4" }, { 'I', "FocusIn" }, { 'O', "FocusOut" }, { 'M', "Enter" },
};

static const struct {
	int number;
	const char *name;
} numbers[] = {
	{ 1, "Home" }, { 2, "Insert" }, { 3, "Delete" }, { 4, "End" }, { 5, "PageUp" }, { 6, "PageDown" }, { 7, "Home" }, { 8, "End" },
	{ 11, "F1" }, { 12, "F2" }, { 13, "F3" }, { 14, "F4" }, { 15, "F5" }, { 17, "F6" }, { 18, "F7" }, { 19, "F8" }, { 20, "F9" },
	{ 21, "F10" }, { 23, "F11" }, { 24, "F12" },
};

static const char *name_of_final(char final)
{
	for (guint i = 0; i < G_N_ELEMENTS(finals); i++)
		if (finals[i].final == final)
			return finals[i].name;
	return NULL;
}

static const char *name_of_number(int number)
{
	for (guint i = 0; i < G_N_ELEMENTS(numbers); i++)
		if (numbers[i].number == number)
			return numbers[i].name;
	return NULL;
}

static void emit(KeyEach each, gpointer user, KeyType type, const char *name, const char *text, gsize length)
{
	Key key = { .type = type, .name = name, .text = text, .length = length };
	each(&key, user);
}

/* Shift, Alt and Ctrl before a name, from xterm's modifier number (1 + bits). */
static char *with_modifiers(int modifiers, const char *name)
{
	int bits = modifiers > 0 ? modifiers - 1 : 0;
	return g_strdup_printf("%s%s%s%s", bits & 4 ? "Ctrl-" : "", bits & 2 ? "Alt-" : "", bits & 1 ? "Shift-" : "", name);
}

/* A character with ESC before it, or alone; name is made for what is not printable. */
static void emit_char(KeyEach each, gpointer user, const char *bytes, gsize length, gboolean alt)
{
	guchar c = (guchar)bytes[alt ? 1 : 0];
	const char *name = NULL;
	g_autofree char *made = NULL;
	if (c == '\r' || c == '\n')
		name = "Enter";
	else if (c == '\t')
		name = "Tab";
	else if (c == 0x1b)
		name = "Escape";
	else if (c == 0x7f || c == 0x08)
		name = "Backspace";
	else if (c == 0)
		name = "Ctrl-Space";
	else if (c < 0x20)
		name = made = g_strdup_printf("Ctrl-%c", c + '@');
	if (!name && !alt) {
		g_autofree char *text = g_strndup(bytes, length);
		emit(each, user, KEY_TYPE_TEXT, text, text, length);
		return;
	}
	g_autofree char *rest = g_strndup(bytes + (alt ? 1 : 0), length - (alt ? 1 : 0));
	g_autofree char *full = g_strdup_printf("%s%s", alt ? "Alt-" : "", name ? name : rest);
	g_autofree char *text = g_strndup(bytes, length);
	emit(each, user, KEY_TYPE_NAMED, full, text, length);
}

/* ESC [ < button ; column ; row M (m: released), as switched on by mode 1006. */
static void emit_mouse(KeyEach each, gpointer user, const char *bytes, gsize length)
{
	int values[3] = { 0 }, n = 0;
	for (const char *at = bytes + 3; at < bytes + length - 1 && n < 3; at++) {
		if (g_ascii_isdigit(*at))
			values[n] = MIN(values[n] * 10 + (*at - '0'), 10000);
		else
			n++;
	}
	if (bytes[length - 1] != 'M')
		return;
	const char *name = values[0] == 0 ? "Click" : values[0] == 64 ? "WheelUp" : values[0] == 65 ? "WheelDown" : NULL;
	if (!name)
		return;
	Key key = { .type = KEY_TYPE_MOUSE, .name = name, .text = "", .x = values[1] - 1, .y = values[2] - 1 };
	each(&key, user);
}

/* ESC ] 11 ; rgb:RRRR/GGGG/BBBB and the end, each of 1 to 4 digits. Other answers were not asked for. */
static void emit_answer(KeyEach each, gpointer user, const char *bytes)
{
	static const double shares[] = { 0.299, 0.587, 0.114 };
	double lightness = 0;
	const char *at = g_str_has_prefix(bytes, "\033]11;rgb") ? strchr(bytes, ':') : NULL;
	if (!at)
		return;
	for (guint i = 0; i < G_N_ELEMENTS(shares); i++) {
		char *end;
		guint64 value = g_ascii_isxdigit(at[1]) ? g_ascii_strtoull(at + 1, &end, 16) : 0;
		if (!g_ascii_isxdigit(at[1]) || end - at > 5 || (i < 2 && *end != '/'))
			return;
		lightness += shares[i] * (double)value / (double)((1 << 4 * (end - at - 1)) - 1);
		at = end;
	}
	emit(each, user, KEY_TYPE_BACKGROUND, lightness > 0.5 ? "light" : "dark", "", 0);
}

/* A control sequence: ESC [ parameters final, or ESC O final. Unknown ones say nothing. */
static void emit_sequence(KeyReader *reader, KeyEach each, gpointer user, const char *bytes, gsize length)
{
	if (bytes[1] == '[' && bytes[2] == '<' && length > 5) {
		emit_mouse(each, user, bytes, length);
		return;
	}
	char final = bytes[length - 1];
	int first = 0, second = 0;
	const char *at = bytes + 2;
	gboolean plain = TRUE;
	for (; at < bytes + length - 1; at++) {
		if (g_ascii_isdigit(*at)) {
			if (first < 10000)
				first = first * 10 + (*at - '0');
		} else if (*at == ';' && plain) {
			plain = FALSE;
			second = 0;
			for (at++; at < bytes + length - 1 && g_ascii_isdigit(*at); at++)
				if (second < 10000)
					second = second * 10 + (*at - '0');
			break;
		} else {
			return; /* private or intermediate bytes: none of ours */
		}
	}
	g_autofree char *text = g_strndup(bytes, length);
	const char *name = NULL;
	if (final == '~' && bytes[1] == '[') {
		if (first == 200) {
			reader->pasting = TRUE;
			g_string_truncate(reader->paste, 0);
			reader->cut = 0;
			return;
		}
		name = name_of_number(first);
	} else if (final == 'Z') {
		name = "Shift-Tab";
	} else {
		name = name_of_final(final);
		if (bytes[1] == '[' && final == 'M')
			name = NULL; /* an X10 mouse report; not switched on */
	}
	if (!name)
		return;
	g_autofree char *full = with_modifiers(second, name);
	emit(each, user, KEY_TYPE_NAMED, full, text, length);
}

/* The length of the whole key at the beginning of the buffer; 0 if more bytes are needed. */
static gsize key_length(const char *bytes, gsize length)
{
	if (bytes[0] != 0x1b) {
		guchar c = (guchar)bytes[0];
		gsize need = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
		for (gsize i = 1; i < need && i < length; i++)
			if (((guchar)bytes[i] & 0xc0) != 0x80)
				return i; /* a broken character: what there is of it */
		return need <= length ? need : 0;
	}
	if (length < 2)
		return 0;
	if (bytes[1] == 'O')
		return length < 3 ? 0 : 3;
	if (bytes[1] == '[') {
		if (length >= 3 && bytes[2] == '[') /* Linux console F1 to F5 */
			return length < 4 ? 0 : 4;
		for (gsize i = 2; i < length; i++) {
			if ((guchar)bytes[i] >= 0x40 && (guchar)bytes[i] <= 0x7e)
				return i + 1;
			if ((guchar)bytes[i] < 0x20 || i > 64)
				return i; /* not a sequence after all */
		}
		return 0;
	}
	if (bytes[1] == ']' && length < 3)
		return 0;
	if (is_answer(bytes, length)) {
		for (gsize i = 3; i < length; i++) {
			if (bytes[i] == '\a' || (bytes[i] == '\\' && bytes[i - 1] == 0x1b))
				return i + 1;
			if (i > ANSWER_MAX)
				return i;
		}
		return 0;
	}
	if (bytes[1] == 0x1b)
		return 1;
	gsize rest = key_length(bytes + 1, length - 1);
	return rest ? rest + 1 : 0;
}

static void emit_key(KeyReader *reader, KeyEach each, gpointer user, const char *bytes, gsize length)
{
	if (bytes[0] == 0x1b && length >= 3 && bytes[1] == '[' && bytes[2] == '[') {
		if (length == 4 && bytes[3] >= 'A' && bytes[3] <= 'E') {
			char name[3] = { 'F', (char)('1' + bytes[3] - 'A'), 0 };
			emit(each, user, KEY_TYPE_NAMED, name, "", 0);
		}
		return;
	}
	if (bytes[0] == 0x1b && length >= 3 && (bytes[1] == '[' || bytes[1] == 'O')) {
		emit_sequence(reader, each, user, bytes, length);
		return;
	}
	if (is_answer(bytes, length)) {
		emit_answer(each, user, bytes);
		return;
	}
	if ((guchar)bytes[0] >= 0x80 && !g_utf8_validate(bytes, length, NULL))
		return;
	emit_char(each, user, bytes, length, bytes[0] == 0x1b && length > 1);
}

static void end_paste(KeyReader *reader, KeyEach each, gpointer user)
{
	reader->pasting = FALSE;
	g_autofree char *text = g_strndup(reader->paste->str, reader->paste->len);
	Key key = { .type = KEY_TYPE_PASTE, .name = "Paste", .text = text, .length = strlen(text), .cut = reader->cut };
	g_string_truncate(reader->paste, 0);
	each(&key, user);
}

static void add_to_paste(KeyReader *reader, const char *bytes, gsize length)
{
	gsize room = KEY_PASTE_MAX - reader->paste->len;
	gsize take = MIN(room, length);
	g_string_append_len(reader->paste, bytes, take);
	reader->cut += length - take;
}

/* Moves what certainly belongs to the paste out of the buffer; TRUE if the paste has ended. */
static gboolean take_paste(KeyReader *reader)
{
	GString *buffer = reader->buffer;
	char *end = memmem(buffer->str, buffer->len, PASTE_END, strlen(PASTE_END));
	if (end) {
		gsize length = end - buffer->str;
		add_to_paste(reader, buffer->str, length);
		g_string_erase(buffer, 0, length + strlen(PASTE_END));
		return TRUE;
	}
	/* Keep back what could be the beginning of the end marker. */
	gsize keep = MIN(buffer->len, strlen(PASTE_END) - 1);
	while (keep > 0 && memcmp(buffer->str + buffer->len - keep, PASTE_END, keep) != 0)
		keep--;
	add_to_paste(reader, buffer->str, buffer->len - keep);
	g_string_erase(buffer, 0, buffer->len - keep);
	return FALSE;
}

static void take_keys(KeyReader *reader, gboolean all, KeyEach each, gpointer user)
{
	GString *buffer = reader->buffer;
	gsize done = 0;
	for (;;) {
		if (reader->pasting) {
			g_string_erase(buffer, 0, done);
			done = 0;
			if (!take_paste(reader))
				return;
			end_paste(reader, each, user);
		}
		if (done >= buffer->len)
			break;
		gsize length = key_length(buffer->str + done, buffer->len - done);
		if (length == 0) {
			if (!all)
				break;
			length = buffer->len - done;
			if (buffer->str[done] == 0x1b && length > 1 && buffer->str[done + 1] != '[' && buffer->str[done + 1] != 'O' && !is_answer(buffer->str + done, length))
				length = buffer->str[done + 1] == ']' ? 2 : 1;
		}
		g_autofree char *bytes = g_strndup(buffer->str + done, length);
		done += length;
		/* Broken off in the middle: Alt-[ and Alt-O are keys too. */
		emit_key(reader, each, user, bytes, length);
	}
	g_string_erase(buffer, 0, done);
}

void key_reader_feed(KeyReader *reader, const char *bytes, gsize length, KeyEach each, gpointer user)
{
	g_string_append_len(reader->buffer, bytes, length);
	take_keys(reader, FALSE, each, user);
}

void key_reader_give_up(KeyReader *reader, KeyEach each, gpointer user)
{
	if (reader->pasting) {
		add_to_paste(reader, reader->buffer->str, reader->buffer->len);
		g_string_truncate(reader->buffer, 0);
		end_paste(reader, each, user);
		return;
	}
	take_keys(reader, TRUE, each, user);
}

/* ---- the table ---- */

const char *const keys_context_names[KEYS_CONTEXTS] = { "everywhere", "while writing", "on a chosen message", "in the list" };

const KeyBinding keys_table[] = {
	{ KEYS_ALWAYS, "F1", "help", "help", "this help" },
	{ KEYS_ALWAYS, "F2", "switcher", "go to", "jump to a person, a room or a command" },
	{ KEYS_ALWAYS, "Ctrl-T", "switcher", NULL, "jump to a person, a room or a command" },
	{ KEYS_ALWAYS, "F3", "search", "search", "search the history" },
	{ KEYS_ALWAYS, "F4", "cards", "questions", "answer what accounts ask" },
	{ KEYS_ALWAYS, "F5", "list", "list", "move in the list, and type to filter it; again: hide it" },
	{ KEYS_ALWAYS, "F6", "/names", "people", "who is in this room" },
	{ KEYS_ALWAYS, "F7", "menu", "menu", "what can be done with this person or room; in the list: with the chosen one" },
	{ KEYS_ALWAYS, "F8", "accounts", "accounts", "the accounts: their settings, and what can be done with them" },
	{ KEYS_ALWAYS, "Alt-l", "list", NULL, "move in the list, and type to filter it" },
	{ KEYS_ALWAYS, "Alt-a", "next_unread", "next unread", "the next chat with something new" },
	{ KEYS_ALWAYS, "Alt-Left", "/prev", NULL, "the tab to the left" },
	{ KEYS_ALWAYS, "Alt-Right", "/next", NULL, "the tab to the right" },
	{ KEYS_ALWAYS, "Ctrl-PageUp", "/prev", NULL, "the tab to the left" },
	{ KEYS_ALWAYS, "Ctrl-PageDown", "/next", NULL, "the tab to the right" },
	{ KEYS_ALWAYS, "Alt-1", "/win 1", NULL, "the first tab; so on to Alt-9" },
	{ KEYS_ALWAYS, "Alt-2", "/win 2", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-3", "/win 3", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-4", "/win 4", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-5", "/win 5", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-6", "/win 6", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-7", "/win 7", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-8", "/win 8", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-9", "/win 9", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-w", "/close", NULL, "close this tab" },
	{ KEYS_ALWAYS, "PageUp", "page_up", NULL, "back in the history" },
	{ KEYS_ALWAYS, "PageDown", "page_down", NULL, "forward in the history" },
	{ KEYS_ALWAYS, "Shift-Up", "line_up", NULL, "one line back" },
	{ KEYS_ALWAYS, "Shift-Down", "line_down", NULL, "one line forward" },
	{ KEYS_ALWAYS, "Alt-Up", "choose_up", "messages", "choose a message, then the one before" },
	{ KEYS_ALWAYS, "Ctrl-Up", "choose_up", NULL, "choose a message, then the one before" },
	{ KEYS_ALWAYS, "Alt-Down", "choose_down", NULL, "the message after the chosen one" },
	{ KEYS_ALWAYS, "Ctrl-Down", "choose_down", NULL, NULL },
	{ KEYS_ALWAYS, "Alt-e", "correct_last", NULL, "correct what you said last" },
	{ KEYS_ALWAYS, "Alt-Home", "oldest", NULL, "the beginning of the history" },
	{ KEYS_ALWAYS, "Alt-End", "newest", NULL, "the newest message" },
	{ KEYS_ALWAYS, "Alt-u", "unread_mark", NULL, "the line of what is new" },
	{ KEYS_ALWAYS, "Alt-m", "whole", NULL, "show long messages whole, or cut again" },
	{ KEYS_ALWAYS, "Ctrl-L", "redraw", NULL, "draw the screen anew" },
	{ KEYS_ALWAYS, "Ctrl-Z", "suspend", NULL, "to the shell; fg comes back" },
	{ KEYS_ALWAYS, "Ctrl-C", "cancel", NULL, "clear the line; twice: how to quit" },
	{ KEYS_ALWAYS, "Ctrl-Q", "/quit", "quit", "leave kith" },
	{ KEYS_INPUT, "Enter", "send", NULL, "send" },
	{ KEYS_INPUT, "Alt-Enter", "newline", NULL, "a new line in the message" },
	{ KEYS_INPUT, "Tab", "complete", NULL, "complete the word; again: the next one" },
	{ KEYS_INPUT, "Shift-Tab", "complete_back", NULL, "the completion before" },
	{ KEYS_INPUT, "Escape", "escape", NULL, "close what is open" },
	{ KEYS_INPUT, "Home", "home", NULL, "beginning of the line; in an empty one: of the history" },
	{ KEYS_INPUT, "End", "end", NULL, "end of the line; in an empty one: the newest message" },
	{ KEYS_MESSAGE, "r", "reply", "reply", "answer it" },
	{ KEYS_MESSAGE, "e", "correct", "correct", "correct it, if it is yours" },
	{ KEYS_MESSAGE, "d", "retract", "take back", "take it back, for everybody" },
	{ KEYS_MESSAGE, "+", "react", "react", "put an emoji under it, or take it away" },
	{ KEYS_MESSAGE, "y", "copy", "copy", "copy its words to the terminal's clipboard" },
	{ KEYS_MESSAGE, "o", "open", "open", "open its link or its saved file" },
	{ KEYS_MESSAGE, "s", "save", "save", "save its file" },
	{ KEYS_MESSAGE, "v", "versions", "versions", "show what it said before" },
	{ KEYS_MESSAGE, "j", "jump", "jump", "to the message it answers" },
	{ KEYS_MESSAGE, "Enter", "reply", NULL, "answer it" },
	{ KEYS_MESSAGE, "Up", "choose_up", NULL, "the message before" },
	{ KEYS_MESSAGE, "Down", "choose_down", NULL, "the message after" },
	{ KEYS_MESSAGE, "Escape", "unchoose", NULL, "back to writing; so does any other letter" },
	{ KEYS_LIST, "Up", "list_up", NULL, "up" },
	{ KEYS_LIST, "Down", "list_down", NULL, "down" },
	{ KEYS_LIST, "PageUp", "list_page_up", NULL, "a page up" },
	{ KEYS_LIST, "PageDown", "list_page_down", NULL, "a page down" },
	{ KEYS_LIST, "Home", "list_first", NULL, "the first" },
	{ KEYS_LIST, "End", "list_last", NULL, "the last" },
	{ KEYS_LIST, "Enter", "list_open", NULL, "open the chat; on a group: fold it" },
	{ KEYS_LIST, "Right", "menu", NULL, "what can be done with the chosen one" },
	{ KEYS_LIST, "Escape", "list_leave", NULL, "back to writing" },
	{ KEYS_LIST, "Tab", "list_leave", NULL, "back to writing" },
	{ 0, NULL, NULL, NULL, NULL },
};

static const char *const key_names[] = {
	"Enter", "Tab", "Shift-Tab", "Escape", "Backspace", "Space", "Up", "Down", "Left", "Right", "Home", "End", "PageUp", "PageDown",
	"Insert", "Delete", "F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", NULL,
};

static const struct {
	const char *other, *name;
} other_names[] = {
	{ "return", "Enter" }, { "esc", "Escape" }, { "pgup", "PageUp" }, { "pgdn", "PageDown" }, { "pgdown", "PageDown" },
	{ "prior", "PageUp" }, { "next", "PageDown" }, { "del", "Delete" }, { "ins", "Insert" }, { "backtab", "Shift-Tab" }, { "bs", "Backspace" },
};

char *keys_canonical(const char *name)
{
	gboolean ctrl = FALSE, alt = FALSE, shift = FALSE;
	for (;;) {
		if (g_ascii_strncasecmp(name, "ctrl-", 5) == 0)
			ctrl = TRUE, name += 5;
		else if (g_ascii_strncasecmp(name, "alt-", 4) == 0)
			alt = TRUE, name += 4;
		else if (g_ascii_strncasecmp(name, "meta-", 5) == 0)
			alt = TRUE, name += 5;
		else if (g_ascii_strncasecmp(name, "shift-", 6) == 0)
			shift = TRUE, name += 6;
		else if (g_str_has_prefix(name, "C-") && name[2])
			ctrl = TRUE, name += 2;
		else if (g_str_has_prefix(name, "M-") && name[2])
			alt = TRUE, name += 2;
		else if (name[0] == '^' && name[1])
			ctrl = TRUE, name++;
		else
			break;
	}
	const char *found = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(other_names) && !found; i++)
		if (g_ascii_strcasecmp(name, other_names[i].other) == 0)
			found = other_names[i].name;
	for (guint i = 0; key_names[i] && !found; i++)
		if (g_ascii_strcasecmp(name, key_names[i]) == 0)
			found = key_names[i];
	char single[8] = "";
	if (!found) {
		if (!*name || !g_utf8_validate(name, -1, NULL) || g_utf8_strlen(name, -1) != 1)
			return NULL;
		g_strlcpy(single, name, sizeof single);
		if (ctrl) {
			if (!g_ascii_isalpha(single[0]) && !strchr("@[\\]^_", single[0]))
				return NULL;
			single[0] = g_ascii_toupper(single[0]);
		}
		found = single;
	}
	return g_strdup_printf("%s%s%s%s", ctrl ? "Ctrl-" : "", alt ? "Alt-" : "", shift && found != single ? "Shift-" : "", found);
}

struct Keys {
	GHashTable *own; /* key -> action, owned */
};

Keys *keys_new(void)
{
	Keys *keys = g_new0(Keys, 1);
	keys->own = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
	return keys;
}

void keys_free(Keys *keys)
{
	if (!keys)
		return;
	g_hash_table_unref(keys->own);
	g_free(keys);
}

gboolean keys_bind(Keys *keys, const char *key, const char *action)
{
	char *name = keys_canonical(key);
	if (!name)
		return FALSE;
	if (action) {
		g_hash_table_insert(keys->own, name, g_strdup(action));
	} else {
		g_hash_table_remove(keys->own, name);
		g_free(name);
	}
	return TRUE;
}

static const char *in_table(KeyContext context, const char *key)
{
	for (const KeyBinding *row = keys_table; row->key; row++)
		if (row->context == context && strcmp(row->key, key) == 0)
			return row->action;
	return NULL;
}

const char *keys_action(const Keys *keys, KeyContext context, const char *key)
{
	const char *action = context == KEYS_LIST ? in_table(KEYS_LIST, key) : NULL; /* moving in the list can't be bound away */
	if (!action)
		action = g_hash_table_lookup(keys->own, key);
	if (!action && context != KEYS_ALWAYS)
		action = in_table(context, key);
	if (!action)
		action = in_table(KEYS_ALWAYS, key);
	return action && *action && strcmp(action, "none") != 0 ? action : NULL;
}

const char *keys_for_action(const Keys *keys, const char *action)
{
	for (const KeyBinding *row = keys_table; row->key; row++)
		if (strcmp(row->action, action) == 0 && !g_hash_table_contains(keys->own, row->key))
			return row->key;
	GHashTableIter iter;
	gpointer key, value;
	g_hash_table_iter_init(&iter, keys->own);
	while (g_hash_table_iter_next(&iter, &key, &value))
		if (strcmp(value, action) == 0)
			return key;
	return NULL;
}
