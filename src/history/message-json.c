/* message-json.c: one message as the public contract prints it (kith(1), --json). Keys are never renamed. */
#include "history/history.h"
#include "base/json.h"
#include "base/moment.h"
#include <string.h>

/* The contract has no kind of message: an action carries its /me again. */
static void put_text(GString *out, const WireMessage *m)
{
	g_autofree char *action = m->type == MESSAGE_ACTION ? g_strconcat("/me ", m->text ? m->text : "", NULL) : NULL;
	json_put_text(out, "text", action ? action : m->text ? m->text : "");
}

/* {"👍":["alice@example.org",""]}; "" is the user. */
static void put_reactions(GString *out, const char *const *reactions)
{
	g_autoptr(GPtrArray) emoji = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) object = g_string_new(NULL);
	json_open(object);
	for (const char *const *line = reactions; line && *line; line++) {
		char *word = g_strndup(*line, strcspn(*line, " "));
		if (g_ptr_array_find_with_equal_func(emoji, word, g_str_equal, NULL))
			g_free(word);
		else
			g_ptr_array_add(emoji, word);
	}
	for (guint i = 0; i < emoji->len; i++) {
		g_autoptr(GPtrArray) who = g_ptr_array_new();
		gsize length = strlen(emoji->pdata[i]);
		for (const char *const *line = reactions; *line; line++)
			if (!strncmp(*line, emoji->pdata[i], length) && (*line)[length] == ' ')
				g_ptr_array_add(who, (gpointer)(*line + length + 1));
		g_ptr_array_add(who, NULL);
		json_put_list(object, emoji->pdata[i], (const char *const *)who->pdata);
	}
	json_close(object);
	json_put_raw(out, "reactions", object->str);
}

/* A list's lines (messages.def) as objects; the first one has the path where it was saved. */
static void put_attachments(GString *out, const WireMessage *m)
{
	static const struct {
		const char *name;
		gboolean number;
	} keys[] = { { "url", FALSE }, { "name", FALSE }, { "type", FALSE }, { "size", TRUE }, { "sha256", FALSE }, { "text", FALSE }, { "length_ms", TRUE }, { "pixels", FALSE } };
	g_autoptr(GString) array = g_string_new("[");
	for (guint i = 0; m->attachments && m->attachments[i]; i++) {
		g_auto(GStrv) lines = g_strsplit(m->attachments[i], "\n", G_N_ELEMENTS(keys) + 1);
		guint n = g_strv_length(lines);
		if (i)
			g_string_append_c(array, ',');
		json_open(array);
		for (guint k = 0; k < G_N_ELEMENTS(keys); k++) {
			const char *text = k < n && *lines[k] ? lines[k] : NULL;
			if (text && keys[k].number)
				json_put_number(array, keys[k].name, g_ascii_strtoll(text, NULL, 10));
			else
				json_put_text_or_null(array, keys[k].name, text);
		}
		json_put_text_or_null(array, "path", i ? NULL : m->saved);
		json_close(array);
	}
	g_string_append_c(array, ']');
	json_put_raw(out, "attachments", array->str);
}

void history_message_json(GString *out, const WireMessage *m, const char *person)
{
	g_autofree char *time = moment_format(m->time);
	json_open(out);
	json_put_number(out, "id", m->id);
	json_put_text(out, "account", m->account);
	json_put_text(out, "chat", m->chat);
	json_put_text(out, "kind", wire_words_chat_kind[m->chat_kind]);
	json_put_text_or_null(out, "person", person);
	json_put_text_or_null(out, "from", m->from);
	json_put_text_or_null(out, "nick", m->nick);
	json_put_text(out, "direction", wire_words_direction[m->direction]);
	json_put_text(out, "time", time);
	put_text(out, m);
	json_put_text(out, "state", wire_words_message_state[m->state]);
	json_put_text_or_null(out, "error", m->error);
	json_put_text(out, "encryption", m->encryption ? m->encryption : "none");
	json_put_flag(out, "edited", m->edited);
	json_put_flag(out, "retracted", m->retracted);
	if (m->about)
		json_put_number(out, "reply_to", m->about);
	else
		json_put_text_or_null(out, "reply_to", NULL);
	put_reactions(out, m->reactions);
	put_attachments(out, m);
	json_close(out);
}
