/* adding.c: see adding.h. */
#include "config.h"
#include "purple/adding.h"
#include "purple/cards.h"
#include "purple/contacts.h"
#include "purple/host.h"
#include <string.h>

/* What stands in the form at first. */
typedef struct {
	char *address, *name, *group; /* owned; may be NULL */
} Proposed;

static void proposed_free(gpointer data)
{
	Proposed *p = data;
	g_free(p->address);
	g_free(p->name);
	g_free(p->group);
	g_free(p);
}

/* What the answer gives, or else what was proposed; NULL: nothing. */
static const char *value_of(const WireAnswer *answer, const char *field, const char *proposed)
{
	gsize length = strlen(field);
	const char *value = proposed;
	for (const char *const *v = answer->values; *v; v++)
		if (!strncmp(*v, field, length) && (*v)[length] == '=')
			value = *v + length + 1;
	return value && *value ? value : NULL;
}

static char *answer_adding(Card *card, const WireAnswer *answer, gpointer data)
{
	const Proposed *p = data;
	const char *address = value_of(answer, "address", p->address), *why = NULL;
	const char *groups[] = { value_of(answer, "group", p->group), NULL };
	if (card_was_closed(answer) || !g_strcmp0(answer->choice, "cancel")) {
		card_close(card);
		return NULL;
	}
	if (!address)
		return g_strdup("\"Address\" must be filled in");
	why = contacts_try_add(&WIRE(CONTACT_ADD, ContactAdd, .address = address, .name = value_of(answer, "name", p->name), .groups = groups,
		.text = value_of(answer, "words", NULL)));
	if (!why)
		card_close(card);
	return g_strdup(why);
}

static void show_field(Card *card, const char *field, const char *label, const char *value)
{
	card_show_field(card, WIRE(CARD_FIELD, CardField, .field = field, .label = label, .type = "text", .value = value, .required = !strcmp(field, "address")));
}

void adding_ask(const char *title, const char *words, const char *who, const char *name, const char *group)
{
	static const char *const choices[] = { "cancel", "add", NULL };
	Proposed *p = g_new0(Proposed, 1);
	*p = (Proposed){ g_strdup(who && *who ? host_address(who) : NULL), host_name(name), host_name(group) };
	Card *card = card_new(answer_adding, p, proposed_free);
	show_field(card, "address", "Address", p->address);
	show_field(card, "name", "Name", p->name);
	show_field(card, "group", "Group", p->group);
	if (host.protocol->add_buddy_with_invite)
		show_field(card, "words", "A word to them", NULL);
	card_show(card, WIRE(CARD, Card, .card_kind = CARD_FORM, .title = title, .text = words, .address = p->address, .choices = choices));
}
