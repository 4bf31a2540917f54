/* cards.c: see cards.h.
 *
 * What a plugin wants shown has any length and any bytes; what does not fit a line of the hub's protocol is shortened here, in one place.
 */
#include "config.h"
#include "purple/cards.h"
#include "base/text.h"
#include "purple/host.h"
#include <string.h>

/* Every byte may need six in a line, and a line has 1 MiB. */
#define TEXT_MOST 50000
#define LIST_MOST 50000
#define LINE_MOST 4000
#define ADDRESS_MOST 3000
#define DETAILS_MOST 255
#define CHOICES_MOST 64
#define FIELD_CHOICES_MOST 256

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

/* ---- what fits ---- */

static const char *fit(GPtrArray *made, const char *text, gsize most)
{
	if (!text)
		return NULL;
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	g_ptr_array_add(made, text_shorten(valid, most));
	return made->pdata[made->len - 1];
}

/* As many of list as fit; the list itself is the caller's to free. */
static const char **fit_list(GPtrArray *made, const char *const *list, guint most)
{
	guint count = list ? MIN(g_strv_length((char **)list), most) : 0;
	const char **fitting = g_new0(const char *, count + 1);
	gsize bytes = 0;
	for (guint i = 0; i < count; i++) {
		fitting[i] = fit(made, list[i], LINE_MOST);
		if ((bytes += strlen(fitting[i])) > LIST_MOST) {
			fitting[i] = NULL;
			break;
		}
	}
	return fitting;
}

static gboolean fits_address(const char *address)
{
	return address && strlen(address) <= ADDRESS_MOST && g_utf8_validate(address, -1, NULL);
}

/* Who sees only the state learns what is waited for. */
static void tell_waiting(const char *text)
{
	if (!host.online && host.account && purple_account_is_connecting(host.account))
		backend_state(host.backend, ACCOUNT_CONNECTING, REASON_NONE, text);
}

void card_show(Card *card, WireCard message)
{
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
	g_autofree const char **details = fit_list(made, message.details, DETAILS_MOST), **choices = fit_list(made, message.choices, CHOICES_MOST);
	message.title = fit(made, message.title, LINE_MOST);
	message.text = fit(made, message.text, TEXT_MOST);
	message.value = fit(made, message.value, LINE_MOST);
	message.address = fits_address(message.address) ? message.address : NULL;
	message.details = details;
	message.choices = choices;
	message.account = backend_account(host.backend);
	message.card = card->id;
	card->shown = TRUE;
	card->question = message.card_kind != CARD_NOTICE;
	g_autofree char *address = g_strdup(message.address);
	g_free(card->address);
	card->address = g_steal_pointer(&address);
	g_ptr_array_add(card->sent, wire_copy((const Wire *)&message));
	backend_send(host.backend, &message);
	if (card->question)
		tell_waiting("a question waits; /cards shows it, /answer answers");
}

void card_show_field(Card *card, WireCardField field)
{
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
	g_autofree const char **choices = fit_list(made, field.choices, FIELD_CHOICES_MOST);
	field.label = fit(made, field.label, LINE_MOST);
	field.value = fit(made, field.value, LINE_MOST);
	field.choices = choices;
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

void card_forget(Card *card)
{
	g_ptr_array_set_size(card->sent, 0);
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
	if (card->shown && card->question && !cards_are_open())
		tell_waiting(NULL);
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

/* ---- answers to forms ---- */

static WireCardField *field_at(const Card *card, guint i)
{
	WireCardField *field = card->sent->pdata[i];
	return field->kind == WIRE_CARD_FIELD && strcmp(field->type, "label") ? field : NULL;
}

/* What value "FIELD=VALUE" has for the field, or NULL. */
static const char *value_of(const char *value, const WireCardField *field)
{
	gsize length = strlen(field->field);
	return !strncmp(value, field->field, length) && value[length] == '=' ? value + length + 1 : NULL;
}

static const char *given_for(const WireCardField *field, const char *const *values)
{
	const char *given = NULL;
	for (; *values && !given; values++)
		given = value_of(*values, field);
	return given;
}

static char *list_fields(const Card *card)
{
	GString *names = g_string_new(NULL);
	for (guint i = 0; i < card->sent->len && names->len < LINE_MOST / 2; i++)
		if (field_at(card, i))
			g_string_append_printf(names, "%s%s", names->len ? ", " : "", field_at(card, i)->field);
	return g_string_free(names, FALSE);
}

/* Why not: what would be passed over in silence was meant for something. */
static char *check_fields(const Card *card, const WireAnswer *answer)
{
	for (const char *const *value = answer->values; *value; value++) {
		gboolean known = FALSE;
		for (guint i = 0; i < card->sent->len && !known; i++)
			known = field_at(card, i) && value_of(*value, field_at(card, i));
		if (known)
			continue;
		g_autofree char *names = list_fields(card), *name = g_strndup(*value, MIN(strcspn(*value, "="), 200));
		g_autofree char *valid = g_utf8_make_valid(name, -1);
		return *names ? g_strdup_printf("the form has no field \"%s\"; it has %s", valid, names) : g_strdup("nothing is to be filled in there");
	}
	return NULL;
}

/* When it is asked anew, what was typed on the screen stands in the fields. */
static void keep_given(Card *card, const WireAnswer *answer)
{
	for (guint i = 0; i < card->sent->len; i++) {
		WireCardField *field = field_at(card, i);
		const char *given = field && strcmp(field->type, "secret") ? given_for(field, answer->values) : NULL;
		if (!given)
			continue;
		WireCardField filled = *field;
		g_autofree char *shown = text_shorten(given, LINE_MOST);
		filled.value = shown;
		card->sent->pdata[i] = wire_copy((const Wire *)&filled);
		g_free(field);
	}
}

void cards_answer(const WireAnswer *answer)
{
	Card *card = g_hash_table_lookup(get_open(), answer->card);
	if (!card) {
		backend_fail(host.backend, answer->request, "that question is no longer open");
		return;
	}
	g_autofree char *wrong = check_fields(card, answer), *why = wrong ? g_steal_pointer(&wrong) : card->answer(card, answer, card->data);
	if (!why) {
		backend_done(host.backend, answer->request, NULL);
		return;
	}
	/* A screen takes the question for answered and has given every field, so it is asked anew with them; a command is refused and nothing has changed. */
	if (answer->request) {
		backend_fail(host.backend, answer->request, why);
	} else {
		backend_notice(host.backend, NULL, TRUE, "the question is still open: %s", why);
		keep_given(card, answer);
	}
	card_show_again(card);
}

gboolean card_was_closed(const WireAnswer *answer)
{
	return !answer->choice && !answer->text && !*answer->values;
}
