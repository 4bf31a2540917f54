/* rows.c: see rows.h. */
#include "history/rows.h"
#include "base/json.h"
#include <string.h>

/* A number of a file that somebody else may have changed, as a word of a set. */
static int word(sqlite3_stmt *row, int column, const char *const *words)
{
	gint64 number = sqlite3_column_int64(row, column), count = 0;
	while (words[count])
		count++;
	return number >= 0 && number < count ? (int)number : 0;
}

static char **read_list(const char *array)
{
	GPtrArray *texts = g_ptr_array_new();
	g_autofree char *object = g_strdup_printf("{\"\":%s}", array ? array : "[]");
	JsonReader json;
	JsonValue value;
	char *key, *text;
	gsize length;
	json_reader_init(&json, object, strlen(object));
	if (json_read_open(&json) && json_read_field(&json, &key, &value) && value.type == JSON_ARRAY)
		while (json_read_item(&json, &text, &length))
			g_ptr_array_add(texts, g_strdup(text));
	g_ptr_array_add(texts, NULL);
	return (char **)g_ptr_array_free(texts, FALSE);
}

/* A correction has its /me in its text, as it may make an action of words, or words of an action. */
static void read_action(WireMessage *m)
{
	gboolean action = m->text && g_str_has_prefix(m->text, "/me ") && m->text[4];
	m->type = action ? MESSAGE_ACTION : MESSAGE_TEXT;
	if (action)
		m->text += 4;
}

void row_message(sqlite3_stmt *row, WireMessage *m, RowLists *lists)
{
	static const char *const none[] = { NULL };
	const char *sender = database_text(row, 6), *chat = database_text(row, 2), *reactions = database_text(row, 25), *attachments = database_text(row, 26);
	int flags = sqlite3_column_int(row, 11);
	gboolean retracted = (flags & FLAG_RETRACTED) != 0;
	*lists = (RowLists){ reactions && !retracted ? g_strsplit(reactions, "\n", -1) : NULL, attachments && !retracted ? read_list(attachments) : NULL };
	*m = WIRE(MESSAGE, Message, .id = sqlite3_column_int64(row, 0), .account = database_text(row, 1), .chat = chat,
		.chat_kind = (ChatKind)word(row, 3, wire_words_chat_kind), .type = (MessageKind)word(row, 4, wire_words_message_kind),
		.direction = (Direction)word(row, 5, wire_words_direction), .from = !sender ? chat : *sender ? sender : NULL, .nick = database_text(row, 7),
		.text = database_text(row, 8),
		.markup = flags & (FLAG_EDITED | FLAG_RETRACTED) ? NULL : database_text(row, 29), .time = sqlite3_column_int64(row, 9), .received = sqlite3_column_int64(row, 10),
		.mention = (flags & FLAG_MENTION) != 0, .delayed = (flags & FLAG_DELAYED) != 0, .archived = (flags & FLAG_ARCHIVED) != 0, .asks_read = (flags & FLAG_ASKS_READ) != 0,
		.edited = (flags & FLAG_EDITED) != 0, .retracted = retracted, .own_id = database_text(row, 12), .sender_id = database_text(row, 13),
		.archive_id = database_text(row, 14), .state = (MessageState)word(row, 15, wire_words_message_state), .error = database_text(row, 16),
		.encryption = database_text(row, 17), .ref_id = database_text(row, 20), .occupant = database_text(row, 21), .target = database_text(row, 22),
		.about = sqlite3_column_int64(row, 23), .note = database_text(row, 24), .saved = retracted ? NULL : database_text(row, 27),
		.reactions = lists->reactions ? (const char *const *)lists->reactions : none,
		.attachments = lists->attachments ? (const char *const *)lists->attachments : none);
	if (m->edited && m->type <= MESSAGE_ACTION)
		read_action(m);
	if (m->direction == DIRECTION_IN && m->state == MESSAGE_UNREAD && m->time <= sqlite3_column_int64(row, 18))
		m->state = MESSAGE_READ;
}

void row_lists_clear(RowLists *lists)
{
	g_strfreev(lists->reactions);
	g_strfreev(lists->attachments);
}

RowRest row_rest(sqlite3_stmt *row)
{
	return (RowRest){ (MessageKind)word(row, 4, wire_words_message_kind), database_text(row, 8), database_text(row, 19), database_text(row, 28),
		database_text(row, 25), database_text(row, 26), database_text(row, 27), database_text(row, 29) };
}

const char *row_mark(sqlite3_stmt *row)
{
	return database_text(row, 19);
}

void row_contact(sqlite3_stmt *row, WireContact *contact, char ***groups)
{
	*groups = read_list(database_text(row, 3));
	*contact = WIRE(CONTACT, Contact, .account = database_text(row, 0), .address = database_text(row, 1), .name = database_text(row, 2),
		.groups = (const char *const *)*groups, .subscription = (Subscription)word(row, 4, wire_words_subscription), .asked = sqlite3_column_int(row, 5) != 0);
}

char *row_list_text(const char *const *list)
{
	GString *out = g_string_new("{");
	json_put_list(out, "", list);
	g_string_erase(out, 0, strlen("{\"\":"));
	return g_string_free(out, FALSE);
}
