/* names.c: who is in a room, and with which rank (rank.h). */
#include "base/json.h"
#include "base/text.h"
#include "commands/call.h"
#include "commands/rank.h"
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *sign, *word;
} ranks[] = { { "-", "visitor" }, { " ", "participant" }, { "+", "member" }, { "@", "moderator" }, { "&", "administrator" }, { "~", "owner" } };

int rank_of(const Occupant *occupant)
{
	if (occupant->affiliation == AFFILIATION_OWNER)
		return 5;
	if (occupant->affiliation == AFFILIATION_ADMIN)
		return 4;
	if (occupant->role == ROLE_MODERATOR)
		return 3;
	if (occupant->role == ROLE_VISITOR)
		return 0;
	return occupant->affiliation == AFFILIATION_MEMBER ? 2 : 1;
}

const char *rank_sign(const Occupant *occupant)
{
	return ranks[rank_of(occupant)].sign;
}

const char *rank_word(const Occupant *occupant)
{
	return ranks[rank_of(occupant)].word;
}

static int compare(gconstpointer a, gconstpointer b)
{
	const Occupant *x = *(Occupant *const *)a, *y = *(Occupant *const *)b;
	int by_rank = rank_of(y) - rank_of(x);
	return by_rank ? by_rank : g_utf8_collate(x->nick, y->nick);
}

static void put_json(GString *out, const Occupant *occupant)
{
	json_open(out);
	json_put_text(out, "nick", occupant->nick);
	json_put_text(out, "role", wire_words_role[occupant->role]);
	json_put_text(out, "affiliation", wire_words_affiliation[occupant->affiliation]);
	json_put_text(out, "presence", wire_words_presence[occupant->presence]);
	json_put_text(out, "status", occupant->status);
	json_put_text(out, "address", occupant->address);
	json_close(out);
	g_string_append_c(out, '\n');
}

static void put_line(GString *out, const Occupant *occupant)
{
	g_autofree char *nick = text_clean(occupant->nick, TEXT_LINE), *status = text_clean(occupant->status, TEXT_LINE), *address = text_clean(occupant->address, TEXT_LINE);
	g_string_append_printf(out, "%s %s", rank_sign(occupant), nick);
	if (rank_of(occupant) != 1)
		g_string_append_printf(out, " · %s", rank_word(occupant));
	if (occupant->presence > PRESENCE_ONLINE)
		g_string_append_printf(out, " · %s", wire_words_presence[occupant->presence]);
	g_string_append_printf(out, "%s%s%s%s\n", *status ? " · " : "", status, *address ? " · " : "", address);
}

static gboolean run_names(CommandCall *call, GError **error)
{
	Target target;
	if (!call_room(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (!target.chat || target.chat->kind != CHAT_ROOM || !target.chat->joined)
		return call_refuse(error, "you are not in the room \"%s\"", address);
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	GHashTableIter iter;
	gpointer occupant;
	if (target.chat->occupants)
		g_hash_table_iter_init(&iter, target.chat->occupants);
	while (target.chat->occupants && g_hash_table_iter_next(&iter, NULL, &occupant))
		g_ptr_array_add(all, occupant);
	g_ptr_array_sort(all, compare);
	g_autoptr(GString) out = g_string_new(NULL);
	for (guint i = 0; i < all->len; i++)
		(call->json ? put_json : put_line)(out, all->pdata[i]);
	call_print_lines(call, out);
	if (!all->len && !call->json)
		call_print(call, "nobody is in \"%s\"", address);
	return call_done_silently(call);
}

const Command command_names = {
	.name = "names",
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL } },
	.summary = "Shows who is in a room.",
	.help = "Without ROOM in the one it is typed in. The signs are: ~ owns the room, & administers it, @ moderates, + is a member, - may not speak. On the screen it can be filtered by typing (F6).\n\nExamples:\n    /names\n    kith run \"/names dev@conference.example.org\"",
	.needs = "rooms",
	.run = run_names,
};
