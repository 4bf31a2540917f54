/* rows.h: rows of the tables as the structs of the wire; inside src/history only.
 *
 * A struct's texts are borrowed from the statement until its next step; its lists belong to the RowLists beside it.
 */
#pragma once
#include "history/schema.h"

/* What row_message reads; m, c and a are message, chat and account. */
#define MESSAGE_COLUMNS "m.id, a.name, c.address, c.kind, m.type, m.direction, m.sender, m.nick, m.text, m.time, m.received, m.flags, m.own_id," \
	" m.sender_id, m.archive_id, m.state, m.error, m.encryption, c.read_time, m.mark, m.ref_id, m.occupant, m.target, m.about, m.note, m.reactions," \
	" m.attachments, m.saved, m.original, m.markup"
#define MESSAGE_FROM " FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account "
/* Amendments are rows too, but never listed. */
#define MESSAGE_LISTED " m.type < 3 "

G_STATIC_ASSERT(MESSAGE_CORRECTION == 3);

typedef struct {
	char **reactions, **attachments; /* owned; NULL: none */
} RowLists;

/* A retracted message shows nothing of what it held; markup belongs to the first words. lists need not be initialised. */
void row_message(sqlite3_stmt *row, WireMessage *message, RowLists *lists);
void row_lists_clear(RowLists *lists);

/* What a row has that is not in a WireMessage, or not as it stands there; for recover.c. */
typedef struct {
	MessageKind type;
	const char *text, *mark, *original, *reactions, *attachments, *saved, *markup;
} RowRest;
RowRest row_rest(sqlite3_stmt *row);
/* The mark of the same row. */
const char *row_mark(sqlite3_stmt *row);

#define CONTACT_COLUMNS "a.name, o.address, o.name, o.groups, o.subscription, o.asked"
#define CONTACT_FROM " FROM contact o JOIN account a ON a.id = o.account "

/* groups: takes the texts of the list, free with g_strfreev. */
void row_contact(sqlite3_stmt *row, WireContact *contact, char ***groups);

/* A list as it stands in a column: a JSON array of texts. Free it. */
char *row_list_text(const char *const *list);
