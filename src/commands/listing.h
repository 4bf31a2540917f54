/* listing.h: how accounts, contacts, unread counts and messages are printed, as text and as JSON.
 *
 * The same for /contacts in the hub and kith contacts beside it. Text is cleaned; JSON is the public contract, one object a line, and
 * carries texts as they came.
 */
#pragma once
#include "model/model.h"

/* Each appends lines with a newline at the end of each. */
void listing_put_accounts(GString *out, const Model *model, gboolean json);
/* filter (may be NULL): part of a name, an address or a group, ignoring case. */
void listing_put_contacts(GString *out, const Model *model, const char *filter, gboolean json);
void listing_put_unread(GString *out, const Model *model, gboolean json);
void listing_put_cards(GString *out, const Model *model);
/* person: the name to show, or NULL. */
void listing_put_message(GString *out, const WireMessage *message, const char *person, gboolean json);
/* The name of the person whom the message's chat or sender belongs to, or NULL. Borrowed. */
const char *listing_person(const Model *model, const WireMessage *message);
