/* message-json.c: one message as the public contract prints it (kith(1), --json). Keys are never renamed. */
#include "history/history.h"
#include "base/json.h"
#include "base/moment.h"

/* The contract has no kind of message: an action carries its /me again. */
static void put_text(GString *out, const WireMessage *m)
{
	g_autofree char *action = m->type == MESSAGE_ACTION ? g_strconcat("/me ", m->text ? m->text : "", NULL) : NULL;
	json_put_text(out, "text", action ? action : m->text ? m->text : "");
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
	json_put_flag(out, "edited", FALSE);
	json_put_flag(out, "retracted", FALSE);
	json_put_text_or_null(out, "reply_to", NULL);
	json_put_raw(out, "reactions", "{}");
	json_put_raw(out, "attachments", "[]");
	json_close(out);
}
