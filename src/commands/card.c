/* card.c: answering what the accounts ask: subscriptions, invitations, certificates, passwords, forms.
 *
 * A card is named CARD or ACCOUNT/CARD as /cards prints it, or not at all when only one waits. An answer is a choice to the letter (or its
 * unique beginning, ignoring case); nothing that was not asked is ever answered.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include <string.h>

/* Does the card go by that name: its id, ACCOUNT/ID or the address it is about? */
static gboolean card_is(const Card *card, const char *name)
{
	g_autofree char *full = g_strdup_printf("%s/%s", card->account->name, card->card->card);
	return !strcmp(card->card->card, name) || !strcmp(full, name) || (card->card->address && !strcmp(card->card->address, name));
}

static gboolean is_any(G_GNUC_UNUSED const Card *card)
{
	return TRUE;
}

/* A question of yes or no about somebody else. */
static gboolean is_request(const Card *card)
{
	return card->card->card_kind == CARD_SUBSCRIPTION || card->card->card_kind == CARD_INVITATION;
}

/* The one card that name (may be NULL) means among those that fit; NULL and error, *none if there is none at all. */
static Card *find_card(CommandCall *call, const char *name, gboolean (*fits)(const Card *card), gboolean *none, GError **error)
{
	const GPtrArray *cards = model_cards(call->host->model);
	Card *found = NULL;
	*none = FALSE;
	for (guint i = 0; i < cards->len; i++) {
		Card *card = cards->pdata[i];
		if (!fits(card) || (name && !card_is(card, name)))
			continue;
		if (found) {
			call_refuse(error, "several questions wait; say which one: /cards lists them");
			return NULL;
		}
		found = card;
	}
	if (!found) {
		*none = TRUE;
		if (name && cards->len)
			call_refuse(error, "no question \"%s\" waits; /cards lists them", name);
		else
			call_refuse(error, "no question waits");
	}
	return found;
}

static gboolean send_answer(CommandCall *call, const Card *card, const char *choice, const char *text, const char *const *values, GError **error)
{
	return call->host->answer(call->hub, &WIRE(ANSWER, Answer, .account = card->account->name, .card = card->card->card, .choice = choice, .text = text, .values = values), call, error);
}

/* ---- yes and no ---- */

/* The choice that accepts: the one that says so, else the last; the first is always the safe one. */
static const char *accepting_choice(const WireCard *card)
{
	static const char *const words[] = { "accept", "allow", "join", "yes" };
	const char *last = NULL;
	for (const char *const *choice = card->choices; *choice; choice++) {
		for (guint i = 0; i < G_N_ELEMENTS(words); i++)
			if (choice != card->choices && !g_ascii_strncasecmp(*choice, words[i], strlen(words[i])))
				return *choice;
		last = *choice;
	}
	return last;
}

/* Without a card: lets somebody see the presence, or no longer. */
static gboolean allow(CommandCall *call, const char *who, gboolean yes, GError **error)
{
	Target target;
	if (!call_target(call, who, &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	return call_backend(call, target.account, &WIRE(ALLOW, Allow, .account = target.account->name, .address = address, .allow = yes), error);
}

static gboolean decide(CommandCall *call, gboolean yes, GError **error)
{
	g_autoptr(GError) why = NULL;
	gboolean none;
	Card *card = find_card(call, call->args[0], is_request, &none, &why);
	if (card)
		return send_answer(call, card, yes ? accepting_choice(card->card) : card->card->choices[0], NULL, NULL, error);
	if (none && call->args[0])
		return allow(call, call->args[0], yes, error);
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean run_accept(CommandCall *call, GError **error)
{
	return decide(call, TRUE, error);
}

static gboolean run_deny(CommandCall *call, GError **error)
{
	return decide(call, FALSE, error);
}

/* ---- any card ---- */

static const char *find_choice(const WireCard *card, const char *text, GError **error)
{
	const char *found = NULL;
	for (const char *const *choice = card->choices; *choice; choice++) {
		if (!strcmp(*choice, text))
			return *choice;
		if (g_ascii_strncasecmp(*choice, text, strlen(text)))
			continue;
		if (found) {
			call_refuse(error, "\"%s\" could be \"%s\" or \"%s\"", text, found, *choice);
			return NULL;
		}
		found = *choice;
	}
	if (!found) {
		g_autofree char *choices = g_strjoinv(", ", (char **)card->choices);
		call_refuse(error, "\"%s\" is none of: %s", text, choices);
	}
	return found;
}

/* The answer to a form: the choice that was named in front, or the one that accepts where there are no more than two. */
static const char *form_choice(const WireCard *card, const GString *words, GError **error)
{
	if (words->len)
		return find_choice(card, words->str, error);
	if (g_strv_length((char **)card->choices) <= 2)
		return *card->choices ? accepting_choice(card) : "send";
	g_autofree char *choices = g_strjoinv(", ", (char **)card->choices);
	call_refuse(error, "say which choice, before FIELD=VALUE: %s", choices);
	return NULL;
}

/* Is that a field of the form? An id with parts may be named by its last one: "roomname" for "muc#roomconfig_roomname". */
static gboolean has_field(const Card *card, const char *pair)
{
	g_autofree char *name = g_strndup(pair, strcspn(pair, "="));
	for (guint i = 0; i < card->fields->len; i++) {
		const WireCardField *field = card->fields->pdata[i];
		gsize length = strlen(field->field), part = strlen(name);
		if (strcmp(field->type, "label") && (g_str_has_prefix(pair, field->field) ? pair[length] == '=' : part && length > part &&
			!g_ascii_strcasecmp(field->field + length - part, name) && strchr("#_", field->field[length - part - 1])))
			return TRUE;
	}
	return FALSE;
}

/* What is not known would be passed over in silence. */
static gboolean check_values(const Card *card, const GPtrArray *values, GError **error)
{
	for (guint i = 0; i < values->len && card->fields->len; i++) {
		const char *pair = values->pdata[i];
		if (has_field(card, pair))
			continue;
		g_autoptr(GString) names = g_string_new(NULL);
		for (guint k = 0; k < card->fields->len && names->len < 2000; k++) {
			const WireCardField *field = card->fields->pdata[k];
			if (strcmp(field->type, "label"))
				g_string_append_printf(names, "%s%s", names->len ? ", " : "", field->field);
		}
		return call_refuse(error, "the form has no field \"%.*s\"; it has %s", (int)strcspn(pair, "="), pair, names->len ? names->str : "none");
	}
	return TRUE;
}

/* FIELD=VALUE; of a field that was given before, one more value. */
static void add_value(GPtrArray *values, const Card *card, char *pair)
{
	gsize length = strcspn(pair, "=") + 1;
	for (guint i = 0; has_field(card, pair) && i < values->len; i++) {
		char *old = values->pdata[i];
		if (strncmp(old, pair, length))
			continue;
		values->pdata[i] = g_strdup_printf("%s\n%s", old, pair + length);
		g_free(old);
		g_free(pair);
		return;
	}
	g_ptr_array_add(values, pair);
}

static gboolean answer_form(CommandCall *call, const Card *card, const char *text, GError **error)
{
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GString) words = g_string_new(NULL);
	g_autoptr(GError) why = NULL;
	char *word;
	while ((word = commands_next_word(&text, &why))) {
		if (strchr(word, '=')) {
			add_value(values, card, word);
			continue;
		}
		g_autofree char *owned = word;
		if (values->len)
			return call_refuse(error, "a form is answered by FIELD=VALUE …, not \"%s\"", owned);
		g_string_append_printf(words, "%s%s", words->len ? " " : "", owned);
	}
	if (why) {
		g_propagate_error(error, g_steal_pointer(&why));
		return FALSE;
	}
	const char *choice = check_values(card, values, error) ? form_choice(card->card, words, error) : NULL;
	g_ptr_array_add(values, NULL);
	return choice && send_answer(call, card, choice, NULL, (const char *const *)values->pdata, error);
}

static gboolean answer_password(CommandCall *call, const Card *card, const char *text, GError **error)
{
	if (text)
		return call_refuse(error, "a password is never part of a command line; answer on a screen, or with --password-fd");
	if (!call->secret)
		return call_refuse(error, "give the password with --password-fd, or answer on a screen; \"-\" closes the question");
	return send_answer(call, card, NULL, call->secret, NULL, error);
}

static gboolean answer_card(CommandCall *call, const Card *card, const char *text, GError **error)
{
	const char *choice = NULL;
	if (!g_strcmp0(text, "-"))
		return send_answer(call, card, NULL, NULL, NULL, error);
	switch (card->card->card_kind) {
	case CARD_PASSWORD:
		return answer_password(call, card, text, error);
	case CARD_NOTICE:
		return send_answer(call, card, NULL, NULL, NULL, error);
	case CARD_INPUT:
		return send_answer(call, card, NULL, text ? text : card->card->value, NULL, error);
	case CARD_FORM:
		if (!text)
			return call_refuse(error, "say FIELD=VALUE …, or the choice that takes the form as it is; /cards shows it");
		return answer_form(call, card, text, error);
	default:
		if (!text)
			return call_refuse(error, "say which choice; /cards lists them");
		const char *rest = text;
		g_autofree char *word = commands_next_word(&rest, NULL); /* it may be in quotes */
		choice = find_choice(card->card, word && !*rest ? word : text, error);
		return choice && send_answer(call, card, choice, NULL, NULL, error);
	}
}

static gboolean run_answer(CommandCall *call, GError **error)
{
	g_autoptr(GError) why = NULL;
	gboolean none;
	Card *card = call->args[0] ? find_card(call, call->args[0], is_any, &none, &why) : find_card(call, NULL, is_any, &none, &why);
	if (card)
		return answer_card(call, card, call->args[1], error);
	if (none && call->args[0] && (card = find_card(call, NULL, is_any, &none, NULL))) {
		/* The only card, and what looked like its name is the answer. */
		g_autofree char *first = card->card->card_kind == CARD_FORM ? commands_quote(call->args[0]) : g_strdup(call->args[0]); /* a form's answer is read in words again */
		g_autofree char *text = call->args[1] ? g_strdup_printf("%s %s", first, call->args[1]) : g_strdup(first);
		return answer_card(call, card, text, error);
	}
	g_propagate_error(error, g_steal_pointer(&why));
	return FALSE;
}

static gboolean run_cards(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);
	listing_put_cards(out, call->host->model);
	if (!out->len)
		return call_done(call, "no question waits");
	call_print_lines(call, out);
	return call_done_silently(call);
}

const Command command_accept = {
	.name = "accept",
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Accepts a request to see your presence, or an invitation into a room.",
	.help = "WHO is the address that asks, the room, or the question's name in /cards; without it the only one that waits. Where nobody has asked, WHO is allowed to see your presence from now on.\n\nExamples:\n    /accept\n    /accept bob@example.org",
	.run = run_accept,
};

const Command command_deny = {
	.name = "deny",
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Refuses a request or an invitation; or no longer lets somebody see your presence.",
	.help = "WHO as in /accept.\n\nExamples:\n    /deny\n    /deny bob@example.org",
	.run = run_deny,
};

const Command command_answer = {
	.name = "answer",
	.args = { { ARG_CARD, "CARD", TRUE, NULL }, { ARG_TEXT, "ANSWER", TRUE, NULL } },
	.summary = "Answers a question of an account.",
	.help = "CARD is the question's name in /cards; it may be left out when only one waits. ANSWER is one of its choices, a text, or \"-\" to close it without an answer. A form takes FIELD=VALUE …, and before that the choice where it has more than two; a field of several choices is given several times, and what is not given stays as it is. A password is typed on a screen, or given with kith run --password-fd.\n\nExamples:\n    /answer work/c1 accept once\n    /answer work/c2 username=alice email=alice@example.org\n    /answer work/c3 add \"row=Alice Adams\"",
	.run = run_answer,
};

const Command command_cards = {
	.name = "cards",
	.other_names = CALL_WORDS("questions"),
	.summary = "Lists the questions that wait for an answer.",
	.help = "Certificates, passwords, requests to see your presence, invitations, forms. They stop nothing else. /answer, /accept and /deny answer them.",
	.run = run_cards,
};
