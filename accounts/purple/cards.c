/* cards.c: see cards.h. */
#include "config.h"
#include "purple/cards.h"
#include "purple/host.h"
#include <string.h>

struct Card {
	char *id;
	char *address;
	gboolean shown;
	gboolean question; /* not only something to know */
	CardAnswer answer;
	gpointer data;
	GDestroyNotify free_data;
	GPtrArray *sent; /* of Wire *, owned: the messages that show it, the card itself last */
};

static GHashTable *open_cards; /* id -> Card */

static GHashTable *get_open(void)
{
	if (!open_cards)
		open_cards = g_hash_table_new(g_str_hash, g_str_equal);
	return open_cards;
}

Card *card_new(CardAnswer answer, gpointer data, GDestroyNotify free_data)
{
	static guint last;
	Card *card = g_new0(Card, 1);
	card->id = g_strdup_printf("purple-%u", ++last);
	card->answer = answer;
	card->data = data;
	card->free_data = free_data;
	card->sent = g_ptr_array_new_with_free_func(g_free);
	g_hash_table_insert(get_open(), card->id, card);
	return card;
}

void card_show(Card *card, WireCard message)
{
	message.account = backend_account(host.backend);
	message.card = card->id;
	card->shown = TRUE;
	card->question = message.card_kind != CARD_NOTICE;
	g_autofree char *address = g_strdup(message.address);
	g_free(card->address);
	card->address = g_steal_pointer(&address);
	g_ptr_array_add(card->sent, wire_copy((const Wire *)&message));
	backend_send(host.backend, &message);
}

void card_show_field(Card *card, WireCardField field)
{
	field.account = backend_account(host.backend);
	field.card = card->id;
	g_ptr_array_add(card->sent, wire_copy((const Wire *)&field));
	backend_send(host.backend, &field);
}

void card_show_again(Card *card)
{
	for (guint i = 0; i < card->sent->len; i++)
		backend_send(host.backend, card->sent->pdata[i]);
}

void card_replace(Card *card, WireCard message)
{
	g_ptr_array_set_size(card->sent, 0);
	card_show(card, message);
}

gpointer card_data(const Card *card)
{
	return card->data;
}

const char *card_address(const Card *card)
{
	return card->address;
}

void card_close(Card *card)
{
	g_hash_table_remove(get_open(), card->id);
	if (card->shown)
		backend_send(host.backend, &WIRE(CARD_GONE, CardGone, .account = backend_account(host.backend), .card = card->id));
	if (card->free_data)
		card->free_data(card->data);
	g_ptr_array_unref(card->sent);
	g_free(card->address);
	g_free(card->id);
	g_free(card);
}

gboolean cards_are_open(void)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, get_open());
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (((Card *)value)->question)
			return TRUE;
	return FALSE;
}

gboolean cards_have(const Card *card)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, get_open());
	while (g_hash_table_iter_next(&iter, NULL, &value))
		if (value == card)
			return TRUE;
	return FALSE;
}

Card *cards_find(CardAnswer answer, const char *address)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, get_open());
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Card *card = value;
		if (card->answer == answer && !g_strcmp0(card->address, address))
			return card;
	}
	return NULL;
}

Card *cards_find_data(CardAnswer answer, gboolean (*fits)(gconstpointer data, gconstpointer what), gconstpointer what)
{
	GHashTableIter iter;
	gpointer value;
	g_hash_table_iter_init(&iter, get_open());
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		Card *card = value;
		if (card->answer == answer && fits(card->data, what))
			return card;
	}
	return NULL;
}

void cards_answer(const WireAnswer *answer)
{
	Card *card = g_hash_table_lookup(get_open(), answer->card);
	if (!card) {
		backend_fail(host.backend, answer->request, "that question is no longer open");
		return;
	}
	g_autofree char *why = card->answer(card, answer, card->data);
	if (!why) {
		backend_done(host.backend, answer->request, NULL);
		return;
	}
	/* For everybody else the question is over once it has an answer, so it is asked anew. */
	if (answer->request)
		backend_fail(host.backend, answer->request, why);
	else
		backend_notice(host.backend, NULL, TRUE, "the question is still open: %s", why);
	card_show_again(card);
}

gboolean card_was_closed(const WireAnswer *answer)
{
	return !answer->choice && !answer->text && !*answer->values;
}
