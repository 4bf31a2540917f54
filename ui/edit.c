/* edit.c: see edit.h. */
#include "config.h"
#include "edit.h"

#include "base/secret.h"

#include <string.h>

#define EDIT_MAX 8000

void edit_init(Edit *edit, gboolean secret)
{
	*edit = (Edit){ .text = g_malloc0(256), .room = 256, .secret = secret };
}

void edit_clear(Edit *edit)
{
	if (edit->text)
		secret_wipe(edit->text, edit->room);
	g_clear_pointer(&edit->text, g_free);
	edit->length = edit->room = edit->cursor = 0;
}

static void insert(Edit *edit, const char *text, gsize length)
{
	if (edit->length + length > EDIT_MAX)
		return;
	if (edit->length + length + 1 > edit->room) { /* by hand: realloc could leave a copy of a secret behind */
		gsize room = (edit->length + length + 1) * 2;
		char *bigger = g_malloc0(room);
		memcpy(bigger, edit->text, edit->length);
		secret_wipe(edit->text, edit->room);
		g_free(edit->text);
		edit->text = bigger;
		edit->room = room;
	}
	memmove(edit->text + edit->cursor + length, edit->text + edit->cursor, edit->length - edit->cursor + 1);
	memcpy(edit->text + edit->cursor, text, length);
	edit->length += length;
	edit->cursor += length;
	edit->text[edit->length] = 0;
}

static void cut(Edit *edit, gsize from, gsize to)
{
	memmove(edit->text + from, edit->text + to, edit->length - to + 1);
	secret_wipe(edit->text + edit->length - (to - from) + 1, to - from);
	edit->length -= to - from;
	edit->cursor = from;
}

void edit_set(Edit *edit, const char *text)
{
	cut(edit, 0, edit->length);
	if (text && g_utf8_validate(text, -1, NULL))
		insert(edit, text, strlen(text));
}

static gsize before(const Edit *edit, gsize at)
{
	while (at > 0 && ((guchar)edit->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static gsize after(const Edit *edit, gsize at)
{
	return at < edit->length ? at + g_utf8_skip[(guchar)edit->text[at]] : at;
}

static gsize word_before(const Edit *edit, gsize at)
{
	while (at > 0 && edit->text[at - 1] == ' ')
		at--;
	while (at > 0 && edit->text[at - 1] != ' ')
		at--;
	return at;
}

static gboolean insert_key(Edit *edit, const Key *key)
{
	if (key->type == KEY_TYPE_TEXT && g_utf8_validate(key->text, -1, NULL)) {
		insert(edit, key->text, key->length);
		return TRUE;
	}
	if (key->type != KEY_TYPE_PASTE)
		return FALSE;
	for (const char *at = key->text; *at && (edit->lines || (*at != '\n' && *at != '\r'));) { /* the first line, where only one is wanted */
		gunichar c = g_utf8_get_char_validated(at, -1);
		gsize length = c == (gunichar)-1 || c == (gunichar)-2 ? 1 : g_utf8_skip[(guchar)*at];
		if (length > 1 || ((guchar)*at >= 0x20 && (guchar)*at < 0x7f) || *at == '\n')
			insert(edit, at, length);
		at += length;
	}
	return TRUE;
}

gboolean edit_key(Edit *edit, const Key *key)
{
	const char *name = key->name;
	if (key->type == KEY_TYPE_TEXT || key->type == KEY_TYPE_PASTE)
		return insert_key(edit, key);
	if (key->type != KEY_TYPE_NAMED)
		return FALSE;
	if (strcmp(name, "Backspace") == 0) {
		if (edit->cursor > 0)
			cut(edit, before(edit, edit->cursor), edit->cursor);
	} else if (strcmp(name, "Delete") == 0 || strcmp(name, "Ctrl-D") == 0) {
		gsize at = edit->cursor;
		cut(edit, at, after(edit, at));
	} else if (strcmp(name, "Left") == 0 || strcmp(name, "Ctrl-B") == 0) {
		edit->cursor = before(edit, edit->cursor);
	} else if (strcmp(name, "Right") == 0 || strcmp(name, "Ctrl-F") == 0) {
		edit->cursor = after(edit, edit->cursor);
	} else if (strcmp(name, "Home") == 0 || strcmp(name, "Ctrl-A") == 0) {
		edit->cursor = 0;
	} else if (strcmp(name, "End") == 0 || strcmp(name, "Ctrl-E") == 0) {
		edit->cursor = edit->length;
	} else if (strcmp(name, "Ctrl-U") == 0) {
		cut(edit, 0, edit->cursor);
	} else if (strcmp(name, "Ctrl-K") == 0) {
		gsize at = edit->cursor;
		cut(edit, at, edit->length);
	} else if (strcmp(name, "Ctrl-W") == 0 || strcmp(name, "Alt-Backspace") == 0) {
		cut(edit, word_before(edit, edit->cursor), edit->cursor);
	} else {
		return FALSE;
	}
	return TRUE;
}

char *edit_shown(const Edit *edit, gboolean before_cursor)
{
	gsize length = before_cursor ? edit->cursor : edit->length;
	if (!edit->secret) {
		g_autofree char *text = g_strndup(edit->text, length);
		g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
		return g_strjoinv("⏎ ", lines);
	}
	GString *dots = g_string_new(NULL);
	for (glong i = g_utf8_strlen(edit->text, (gssize)length); i > 0; i--)
		g_string_append(dots, "•");
	return g_string_free(dots, FALSE);
}
