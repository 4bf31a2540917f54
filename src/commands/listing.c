/* listing.c: see listing.h. */
#include "commands/listing.h"
#include "base/json.h"
#include "base/moment.h"
#include "base/text.h"
#include "history/history.h"
#include <string.h>

static void put_clean_column(GString *out, const char *text, int width)
{
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	g_string_append(out, clean);
	for (int i = text_columns(clean); i < width; i++)
		g_string_append_c(out, ' ');
	g_string_append(out, "  ");
}

static void end_line(GString *out)
{
	while (out->len && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

static int widen(int width, const char *text)
{
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	return MIN(MAX(width, text_columns(clean)), 40);
}

/* ---- accounts ---- */

static void put_account_json(GString *out, const Account *account)
{
	g_autofree char *since = account->since ? moment_format(account->since) : NULL;
	json_open(out);
	json_put_text(out, "account", account->name);
	json_put_text(out, "protocol", account->protocol);
	json_put_text(out, "address", account->address);
	json_put_text(out, "state", wire_words_account_state[account->state]);
	json_put_text_or_null(out, "error", account->state == ACCOUNT_ERROR || account->state == ACCOUNT_WAITING ? account->text : NULL);
	json_put_text_or_null(out, "since", since);
	json_put_flag(out, "enabled", account->enabled);
	json_put_text(out, "presence", wire_words_presence[account->presence]);
	json_put_text_or_null(out, "status", account->status);
	json_close(out);
	g_string_append_c(out, '\n');
}

void listing_put_accounts(GString *out, const Model *model, gboolean json)
{
	const GPtrArray *accounts = model_accounts(model);
	int name = 4, protocol = 4, address = 8;
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		name = widen(name, account->name);
		protocol = widen(protocol, account->protocol);
		address = widen(address, account->address);
	}
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		if (json) {
			put_account_json(out, account);
			continue;
		}
		put_clean_column(out, account->name, name);
		put_clean_column(out, account->protocol, protocol);
		put_clean_column(out, account->address, address);
		put_clean_column(out, account->enabled || account->state != ACCOUNT_OFFLINE ? wire_words_account_state[account->state] : "disabled", 10);
		put_clean_column(out, account->text, 0);
		end_line(out);
	}
}

/* ---- contacts ---- */

static int compare_contacts(gconstpointer a, gconstpointer b)
{
	const Contact *one = *(Contact *const *)a, *two = *(Contact *const *)b;
	g_autofree char *x = g_utf8_casefold(contact_title(one), -1), *y = g_utf8_casefold(contact_title(two), -1);
	int order = g_utf8_collate(x, y);
	if (!order)
		order = strcmp(one->account->name, two->account->name);
	return order ? order : strcmp(one->address, two->address);
}

static gboolean has_part(const char *text, const char *folded)
{
	g_autofree char *fold = g_utf8_casefold(text ? text : "", -1);
	return strstr(fold, folded) != NULL;
}

static gboolean contact_matches(const Contact *contact, const char *filter)
{
	if (!filter)
		return TRUE;
	g_autofree char *folded = g_utf8_casefold(filter, -1);
	gboolean found = has_part(contact->name, folded) || has_part(contact->address, folded);
	for (char **group = contact->groups; !found && group && *group; group++)
		found = has_part(*group, folded);
	return found;
}

static gint64 unread_of(const Contact *contact)
{
	const Chat *chat = model_chat(contact->account, contact->address);
	return chat ? chat->unread : 0;
}

static void put_contact_json(GString *out, const Contact *contact)
{
	json_open(out);
	json_put_text(out, "person", contact_title(contact));
	json_put_text(out, "account", contact->account->name);
	json_put_text(out, "address", contact->address);
	json_put_text_or_null(out, "name", contact->name);
	json_put_list(out, "groups", (const char *const *)contact->groups);
	json_put_text(out, "presence", wire_words_presence[contact->presence]);
	json_put_text_or_null(out, "status", contact->status);
	json_put_text(out, "subscription", wire_words_subscription[contact->subscription]);
	json_put_number(out, "unread", unread_of(contact));
	json_close(out);
	g_string_append_c(out, '\n');
}

static GPtrArray *gather_contacts(const Model *model, const char *filter)
{
	const GPtrArray *accounts = model_accounts(model);
	GPtrArray *contacts = g_ptr_array_new();
	for (guint i = 0; i < accounts->len; i++) {
		GHashTableIter iter;
		gpointer contact;
		g_hash_table_iter_init(&iter, ((Account *)accounts->pdata[i])->contacts);
		while (g_hash_table_iter_next(&iter, NULL, &contact))
			if (contact_matches(contact, filter))
				g_ptr_array_add(contacts, contact);
	}
	g_ptr_array_sort(contacts, compare_contacts);
	return contacts;
}

void listing_put_contacts(GString *out, const Model *model, const char *filter, gboolean json)
{
	g_autoptr(GPtrArray) contacts = gather_contacts(model, filter);
	int name = 4, account = 4, address = 8;
	for (guint i = 0; i < contacts->len && !json; i++) {
		const Contact *contact = contacts->pdata[i];
		name = widen(name, contact_title(contact));
		account = widen(account, contact->account->name);
		address = widen(address, contact->address);
	}
	for (guint i = 0; i < contacts->len; i++) {
		const Contact *contact = contacts->pdata[i];
		if (json) {
			put_contact_json(out, contact);
			continue;
		}
		put_clean_column(out, contact_title(contact), name);
		put_clean_column(out, contact->account->name, account);
		put_clean_column(out, contact->address, address);
		put_clean_column(out, wire_words_presence[contact->presence], 7);
		if (unread_of(contact))
			g_string_append_printf(out, "(%" G_GINT64_FORMAT " unread)  ", unread_of(contact));
		put_clean_column(out, contact->status, 0);
		end_line(out);
	}
}

/* ---- unread ---- */

static void put_unread_chat(GString *out, const Chat *chat, gboolean json)
{
	if (!json) {
		g_autofree char *title = chat_title(chat);
		g_string_append_printf(out, "%4" G_GINT64_FORMAT "  ", chat->unread);
		put_clean_column(out, title, 24);
		g_string_append_printf(out, "%s/", chat->account->name);
		put_clean_column(out, chat->address, 0);
		if (chat->mentions)
			g_string_append_printf(out, "(mentioned %" G_GINT64_FORMAT " times)", chat->mentions);
		end_line(out);
		return;
	}
	json_open(out);
	json_put_text(out, "account", chat->account->name);
	json_put_text(out, "chat", chat->address);
	json_put_number(out, "unread", chat->unread);
	json_put_number(out, "mentions", chat->mentions);
	json_close(out);
}

static int newest_first(gconstpointer a, gconstpointer b)
{
	const Chat *one = *(Chat *const *)a, *two = *(Chat *const *)b;
	return one->last_time < two->last_time ? 1 : one->last_time > two->last_time ? -1 : strcmp(one->address, two->address);
}

static GPtrArray *gather_unread(const Model *model)
{
	const GPtrArray *accounts = model_accounts(model);
	GPtrArray *chats = g_ptr_array_new();
	for (guint i = 0; i < accounts->len; i++) {
		GHashTableIter iter;
		Chat *chat;
		g_hash_table_iter_init(&iter, ((Account *)accounts->pdata[i])->chats);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&chat))
			if (chat->unread)
				g_ptr_array_add(chats, chat);
	}
	g_ptr_array_sort(chats, newest_first);
	return chats;
}

void listing_put_unread(GString *out, const Model *model, gboolean json)
{
	g_autoptr(GPtrArray) chats = gather_unread(model);
	g_autoptr(GString) list = g_string_new(json ? "[" : NULL);
	gint64 unread, mentions;
	model_unread(model, &unread, &mentions);
	for (guint i = 0; i < chats->len; i++) {
		if (i && json)
			g_string_append_c(list, ',');
		put_unread_chat(list, chats->pdata[i], json);
	}
	if (!json) {
		g_string_append_printf(out, "%" G_GINT64_FORMAT " unread, %" G_GINT64_FORMAT " mentions\n%s", unread, mentions, list->str);
		return;
	}
	g_string_append_c(list, ']');
	json_open(out);
	json_put_number(out, "unread", unread);
	json_put_number(out, "mentions", mentions);
	json_put_raw(out, "chats", list->str);
	json_close(out);
	g_string_append_c(out, '\n');
}

/* ---- cards ---- */

#define CHOICES_SHOWN 20

static void put_choices(GString *out, const char *const *choices)
{
	guint count = g_strv_length((char **)choices);
	for (guint i = 0; i < MIN(count, CHOICES_SHOWN); i++) {
		g_string_append(out, i ? ", " : " ");
		text_clean_append(out, choices[i], TEXT_LINE);
	}
	if (count > CHOICES_SHOWN)
		g_string_append_printf(out, " and %u more", count - CHOICES_SHOWN);
}

/* "    size = large  How large?, one of: small, large", so that it can be given to /answer. */
static void put_card_field(GString *out, const WireCardField *field)
{
	static const struct {
		const char *type, *words;
	} types[] = { { "yesno", "yes or no" }, { "number", "a number" }, { "secret", "not shown" }, { "choice", "one of:" }, { "choices", "any of:" }, { "lines", "lines" } };
	g_string_append(out, "    ");
	if (!strcmp(field->type, "label")) {
		put_clean_column(out, field->label, 0);
		end_line(out);
		return;
	}
	text_clean_append(out, field->field, TEXT_LINE);
	g_string_append(out, " = ");
	for (const char *at = field->value; at && *at; at += strcspn(at, "\n") + (at[strcspn(at, "\n")] != '\0')) {
		g_autofree char *line = g_strndup(at, strcspn(at, "\n"));
		g_string_append(out, at == field->value ? "" : " | ");
		text_clean_append(out, line, TEXT_LINE);
	}
	g_string_append(out, "  ");
	if (field->label && strcmp(field->label, field->field))
		text_clean_append(out, field->label, TEXT_LINE);
	if (field->required)
		g_string_append(out, " (required)");
	for (guint i = 0; i < G_N_ELEMENTS(types); i++)
		if (!strcmp(types[i].type, field->type))
			g_string_append_printf(out, " – %s", types[i].words);
	put_choices(out, field->choices);
	end_line(out);
}

void listing_put_cards(GString *out, const Model *model)
{
	const GPtrArray *cards = model_cards(model);
	for (guint i = 0; i < cards->len; i++) {
		const Card *card = cards->pdata[i];
		g_string_append_printf(out, "%s/", card->account->name);
		put_clean_column(out, card->card->card, 8);
		put_clean_column(out, card->card->title, 0);
		end_line(out);
		const char *texts[] = { card->card->text, card->card->address };
		for (guint t = 0; t < G_N_ELEMENTS(texts); t++)
			if (texts[t]) {
				g_string_append(out, "    ");
				put_clean_column(out, texts[t], 0);
				end_line(out);
			}
		for (const char *const *line = card->card->details; *line; line++) {
			g_string_append(out, "    ");
			put_clean_column(out, *line, 0);
			end_line(out);
		}
		for (guint f = 0; f < card->fields->len; f++)
			put_card_field(out, card->fields->pdata[f]);
		if (*card->card->choices) {
			g_autofree char *choices = g_strjoinv(", ", (char **)card->card->choices);
			g_string_append(out, "    choices: ");
			put_clean_column(out, choices, 0);
			end_line(out);
		}
	}
}

/* ---- messages ---- */

const char *listing_person(const Model *model, const WireMessage *message)
{
	const Account *account = model ? model_account(model, message->account) : NULL;
	const Contact *contact = account && message->chat_kind == CHAT_DIRECT ? model_contact(account, message->chat) : NULL;
	return contact ? contact_title(contact) : NULL;
}

/* [👍 2 ❤ 1] */
static void put_reactions_text(GString *out, const char *const *reactions)
{
	const char *before = " [";
	for (guint i = 0; reactions && reactions[i]; i++) {
		gsize length = strcspn(reactions[i], " ");
		guint n = 0;
		gboolean seen = FALSE;
		for (guint k = 0; reactions[k]; k++) {
			gboolean same = !strncmp(reactions[k], reactions[i], length) && reactions[k][length] == ' ';
			seen = seen || (same && k < i);
			n += same;
		}
		if (seen)
			continue;
		g_autofree char *emoji = g_strndup(reactions[i], length);
		g_string_append(out, before);
		text_clean_append(out, emoji, TEXT_LINE);
		g_string_append_printf(out, " %u", n);
		before = " ";
	}
	if (*before == ' ' && !before[1])
		g_string_append_c(out, ']');
}

/* 2026-11-22 14:05:09 work/alice@example.org <Alice> the words; further lines are set in. */
static void put_message_text(GString *out, const WireMessage *message, const char *person)
{
	g_autofree char *time = moment_local(message->time, "%Y-%m-%d %H:%M:%S"), *body = text_clean(message->text, TEXT_LINES);
	const char *who = message->direction == DIRECTION_OUT ? "me" : message->nick ? message->nick : person ? person : message->from ? message->from : message->chat;
	g_auto(GStrv) lines = g_strsplit(body, "\n", -1);
	g_string_append_printf(out, "%s %s/", time, message->account);
	text_clean_append(out, message->chat, TEXT_LINE);
	if (message->type == MESSAGE_EVENT) {
		g_string_append(out, " -- ");
	} else {
		g_string_append(out, message->type == MESSAGE_ACTION ? " * " : " <");
		text_clean_append(out, who, TEXT_LINE);
		g_string_append(out, message->type == MESSAGE_ACTION ? " " : "> ");
	}
	gboolean unsent = message->retracted && g_strcmp0(message->error, HISTORY_UNSENT) == 0;
	if (unsent) {
		g_string_append(out, "* " HISTORY_UNSENT);
	} else if (message->retracted) {
		g_string_append(out, message->note ? "* taken back " : "* taken back");
		text_clean_append(out, message->note ? message->note : "", TEXT_LINE);
	} else if (message->again && message->edited) {
		g_string_append(out, "* corrected: ");
	}
	for (char **line = lines; *line; line++)
		g_string_append_printf(out, "%s%s", line == lines ? "" : "\n    ", *line);
	if (message->edited && !message->again && !message->retracted)
		g_string_append(out, " (corrected)");
	put_reactions_text(out, message->reactions);
	if (message->state == MESSAGE_QUEUED)
		g_string_append(out, " (not sent yet)");
	if (message->state == MESSAGE_FAILED && !unsent) {
		g_string_append(out, " (failed: ");
		text_clean_append(out, message->error ? message->error : "no reason known", TEXT_LINE);
		g_string_append_c(out, ')');
	}
	g_string_append_c(out, '\n');
}

void listing_put_message(GString *out, const WireMessage *message, const char *person, gboolean json)
{
	if (!json) {
		put_message_text(out, message, person);
		return;
	}
	history_message_json(out, message, person);
	g_string_append_c(out, '\n');
}
