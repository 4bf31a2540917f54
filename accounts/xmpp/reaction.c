/* reaction.c: emoji at a message. See reaction.h.
 *
 * What is too long to be an emoji, has a space in it, comes twice or is one too many is passed over. A message nobody knows yet is the
 * history's concern. */
#include "reaction.h"

#include <string.h>

#include "chat.h"
#include "disco.h"

#define EMOJI_BYTES 64
#define EMOJI_MOST 16

static gboolean is_one_word(const char *text)
{
	for (; *text; text = g_utf8_next_char(text)) {
		gunichar c = g_utf8_get_char(text);
		if (g_unichar_isspace(c) || g_unichar_iscntrl(c))
			return FALSE;
	}
	return TRUE;
}

void reaction_add(xmpp_stanza_t *stanza, const Outgoing *message)
{
	xmpp_stanza_t *reactions = element_add(stanza, "reactions", NS_REACTIONS);
	g_auto(GStrv) words = g_strsplit(message->text ? message->text : "", " ", -1);
	element_set(reactions, "id", message->kind == CHAT_ROOM ? message->target_archive : message->target);
	for (guint i = 0; words[i]; i++)
		if (*words[i])
			element_add_text(reactions, "reaction", NULL, words[i]);
}

static char *read_emoji(xmpp_stanza_t *reactions)
{
	g_autoptr(GPtrArray) words = g_ptr_array_new();
	for (xmpp_stanza_t *reaction = NULL; words->len < EMOJI_MOST && (reaction = element_next(reactions, reaction, "reaction", NULL));) {
		g_autofree char *word = g_strdup(element_text(reaction));
		if (!word)
			continue;
		g_strstrip(word);
		if (*word && strlen(word) <= EMOJI_BYTES && is_one_word(word) && !g_ptr_array_find_with_equal_func(words, word, g_str_equal, NULL))
			g_ptr_array_add(words, g_strdup(word));
	}
	g_ptr_array_add(words, NULL);
	char *text = g_strjoinv(" ", (char **)words->pdata);
	g_ptr_array_set_free_func(words, g_free);
	return text;
}

/* <message from='a@b/c' type='chat'><reactions xmlns='urn:xmpp:reactions:0' id='…'><reaction>👋</reaction></reactions></message> */
static gboolean on_message(Session *session, const Arrival *arrival)
{
	xmpp_stanza_t *reactions = element_child(arrival->stanza, "reactions", NS_REACTIONS);
	if (!reactions)
		return FALSE;
	g_autofree char *text = read_emoji(reactions);
	chat_store_amendment(session, arrival, MESSAGE_REACTIONS, element_get(reactions, "id"), text);
	return TRUE;
}

void reaction_attach(Session *session)
{
	session_on_message(session, STEP_AMEND, on_message);
	disco_add_feature(session, NS_REACTIONS);
}
