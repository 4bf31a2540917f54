/* rows.h: rows of the tables as the structs of the wire; inside src/history only.
 *
 * A struct's texts are borrowed from the statement until its next step.
 */
#pragma once
#include "history/schema.h"

/* What row_message reads; m, c and a are message, chat and account. */
#define MESSAGE_COLUMNS "m.id, a.name, c.address, c.kind, m.type, m.direction, m.sender, m.nick, m.text, m.time, m.received, m.flags, m.own_id," \
	" m.sender_id, m.archive_id, m.state, m.error, m.encryption, c.read, m.mark"
#define MESSAGE_FROM " FROM message m JOIN chat c ON c.id = m.chat JOIN account a ON a.id = c.account "

void row_message(sqlite3_stmt *row, WireMessage *message);
/* The mark of the same row. */
const char *row_mark(sqlite3_stmt *row);

#define CONTACT_COLUMNS "a.name, o.address, o.name, o.groups, o.subscription, o.asked"
#define CONTACT_FROM " FROM contact o JOIN account a ON a.id = o.account "

/* groups: takes the texts of the list, free with g_strfreev. */
void row_contact(sqlite3_stmt *row, WireContact *contact, char ***groups);
