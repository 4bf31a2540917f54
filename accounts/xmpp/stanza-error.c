/* stanza-error.c: what an error stanza says. See stanza-error.h. */
#include "stanza-error.h"

#include <string.h>

#include "element.h"
#include "namespaces.h"

static const struct {
	const char *condition, *sentence;
} sentences[] = {
	{ "bad-request", "the server did not understand the request" },
	{ "conflict", "it exists already" },
	{ "feature-not-implemented", "the other side can't do that" },
	{ "forbidden", "you are not allowed to do that" },
	{ "gone", "the address is no longer in use" },
	{ "internal-server-error", "the server failed inside" },
	{ "item-not-found", "the address does not exist" },
	{ "jid-malformed", "the address is wrong" },
	{ "not-acceptable", "the server does not accept it" },
	{ "not-allowed", "nobody is allowed to do that" },
	{ "not-authorized", "you are not authorised for that" },
	{ "policy-violation", "it is against the server's rules" },
	{ "recipient-unavailable", "the recipient is not there" },
	{ "redirect", "the address has moved" },
	{ "registration-required", "you must register there first" },
	{ "remote-server-not-found", "the other server is not known" },
	{ "remote-server-timeout", "the other server does not answer" },
	{ "resource-constraint", "the server is too busy" },
	{ "service-unavailable", "it can't be delivered there" },
	{ "subscription-required", "a subscription is needed first" },
	{ "undefined-condition", "it was refused" },
	{ "unexpected-request", "the server did not expect that now" },
};

static xmpp_stanza_t *find_condition(xmpp_stanza_t *error)
{
	xmpp_stanza_t *child = NULL;
	while ((child = element_next(error, child, NULL, NS_STANZAS)))
		if (!element_is(child, "text", NULL))
			return child;
	return NULL;
}

const char *stanza_error_condition(xmpp_stanza_t *stanza)
{
	xmpp_stanza_t *condition = find_condition(element_child(stanza, "error", NULL));
	return condition ? xmpp_stanza_get_name(condition) : "undefined-condition";
}

char *stanza_error_sentence(xmpp_stanza_t *stanza)
{
	if (!stanza)
		return g_strdup("there was no answer in time");
	const char *condition = stanza_error_condition(stanza);
	const char *words = element_child_text(element_child(stanza, "error", NULL), "text", NS_STANZAS);
	const char *sentence = "it was refused";
	if (element_child(element_child(stanza, "error", NULL), "blocked", NS_BLOCKING_ERRORS))
		return g_strdup("you have blocked them; /unblock lets words through again");
	for (gsize i = 0; i < G_N_ELEMENTS(sentences); i++)
		if (strcmp(sentences[i].condition, condition) == 0)
			sentence = sentences[i].sentence;
	return words && *words ? g_strdup_printf("%s: %s", sentence, words) : g_strdup(sentence);
}
