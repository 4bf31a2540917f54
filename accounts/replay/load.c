/* load.c: see load.h. */
#include "replay/load.h"
#include "replay/script.h"
#include "base/moment.h"
#include <string.h>

/* Enough different words that a full-text index meets both common and rare ones. */
static const char *const words[] = {
	"the", "build", "is", "green", "again", "and", "we", "can", "ship", "it", "today", "but", "who", "looks", "after", "tests",
	"coffee", "train", "late", "meeting", "river", "garden", "window", "paper", "music", "north", "winter", "letter", "stone", "bridge",
	"naïve", "Grüße", "вечер", "明日", "voilà", "señor",
};

gboolean flood_init(Flood *flood, const char *rest)
{
	g_autofree char *kind = script_option(rest, "kind"), *chats = script_option(rest, "chats"), *size = script_option(rest, "size");
	char *chat = script_option(rest, "chat");
	int word = kind ? wire_word_find(wire_words_chat_kind, kind) : CHAT_DIRECT;
	flood->chats = chats ? g_ascii_strtoll(chats, NULL, 10) : 1;
	flood->size = size ? (gsize)g_ascii_strtoull(size, NULL, 10) : 60;
	flood->kind = (ChatKind)word;
	if (word < 0 || word == CHAT_PRIVATE || flood->chats < 1 || flood->size < 1 || flood->size > 200000) {
		g_free(chat);
		return FALSE;
	}
	flood->chat = chat ? chat : g_strdup(word == CHAT_ROOM ? "room%d@rooms.example.org" : "friend%d@example.org");
	flood->run = g_strdup_printf("%" G_GINT64_MODIFIER "x", moment_now());
	return TRUE;
}

void flood_clear(Flood *flood)
{
	g_clear_pointer(&flood->chat, g_free);
	g_clear_pointer(&flood->run, g_free);
}

static const char *scratch(guint slot, char *text)
{
	static char *slots[4];
	g_free(slots[slot]);
	return slots[slot] = text;
}

static const char *flood_text(const Flood *flood, gint64 n)
{
	static GString *text;
	guint32 seed = (guint32)n * 2654435761u;
	if (!text)
		text = g_string_new(NULL);
	g_string_printf(text, "message %" G_GINT64_FORMAT, n);
	while (text->len < flood->size) {
		seed = seed * 1664525u + 1013904223u;
		g_string_append_c(text, ' ');
		g_string_append(text, words[(seed >> 16) % G_N_ELEMENTS(words)]);
	}
	return text->str;
}

WireMessage flood_message(const Flood *flood, const char *account, gint64 n)
{
	gint64 number = (n - 1) % flood->chats + 1;
	const char *chat = scratch(0, script_expand(flood->chat, &number, 1));
	return WIRE(MESSAGE, Message, .account = account, .chat = chat, .chat_kind = flood->kind, .direction = DIRECTION_IN,
		.from = chat, .nick = flood->kind == CHAT_ROOM ? "flooder" : NULL, .text = flood_text(flood, n), .time = moment_now(),
		.sender_id = scratch(1, g_strdup_printf("%s-%" G_GINT64_FORMAT, flood->run, n)));
}

static const char *contact_address(gint64 n)
{
	return scratch(0, g_strdup_printf("friend%" G_GINT64_FORMAT "@example.org", n));
}

WireContact load_contact(const char *account, gint64 n)
{
	static const char *const circles[] = { "Friends", "Family", "Work", "Chess", "Old school", "Neighbours", "Music" };
	static const char *groups[2];
	groups[0] = circles[n % (gint64)G_N_ELEMENTS(circles)];
	return WIRE(CONTACT, Contact, .account = account, .address = contact_address(n),
		.name = scratch(1, g_strdup_printf("Friend %" G_GINT64_FORMAT, n)), .groups = groups, .subscription = SUBSCRIPTION_BOTH);
}

WireContactPresence load_presence(const char *account, gint64 n)
{
	static const Presence cycle[] = { PRESENCE_ONLINE, PRESENCE_OFFLINE, PRESENCE_AWAY, PRESENCE_OFFLINE, PRESENCE_ONLINE, PRESENCE_DND, PRESENCE_XA };
	Presence presence = cycle[n % (gint64)G_N_ELEMENTS(cycle)];
	return WIRE(PRESENCE, ContactPresence, .account = account, .address = contact_address(n), .presence = presence,
		.status = presence == PRESENCE_AWAY ? "back in a minute" : NULL);
}
