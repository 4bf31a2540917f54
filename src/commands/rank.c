/* rank.c: who may do what in a room: putting out, banning, voices, moderators, lasting ranks and their lists.
 *
 * Every command may name the room first (for scripts and other windows); without it the one it is typed in is meant. What a room allows is the
 * room's to say.
 */
#include "commands/call.h"
#include <string.h>

/* What each command changes: a role until they leave, or a lasting rank. */
static const struct {
	const char *command;
	const char *role, *affiliation;
} changes[] = {
	{ "ban", NULL, "outcast" },   { "deop", "participant", NULL }, { "devoice", "visitor", NULL }, { "kick", "none", NULL },
	{ "op", "moderator", NULL }, { "unban", NULL, "none" },	      { "voice", "participant", NULL },
};

static const char *const rank_words[] = { "member", "admin", "owner", "outcast", "none", NULL };
static const char *const list_words[] = { "all", "owner", "admin", "member", "outcast", NULL };

static gboolean change(CommandCall *call, const Target *room, const char *who, const char *role, const char *affiliation, const char *why, GError **error)
{
	return call_online_account(call, room->account->name, "roomadmin", error) &&
	       call_backend(call, room->account, &WIRE(ROOM_RANK, RoomRank, .account = room->account->name, .chat = room->address, .who = who, .role = role,
	                                               .affiliation = affiliation, .text = why), error);
}

static gboolean run_change(CommandCall *call, GError **error)
{
	Target room;
	g_autofree char *who = NULL, *why = NULL;
	gsize i = 0;
	while (i + 1 < G_N_ELEMENTS(changes) && strcmp(changes[i].command, call->name))
		i++;
	if (!call_room_and_who(call, &room, &who, &why, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	return change(call, &room, who, changes[i].role, changes[i].affiliation, why, error);
}

static gboolean run_rank(CommandCall *call, GError **error)
{
	Target room;
	g_autofree char *who = NULL, *rest = NULL;
	if (!call_room_and_who(call, &room, &who, &rest, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	const char *why = rest;
	g_autofree char *word = rest ? commands_next_word(&why, error) : NULL;
	if (!word || !g_strv_contains(rank_words, word)) {
		g_clear_error(error);
		return call_refuse(error, word ? "a rank is member, admin, owner, outcast or none, not \"%s\"" : "say which rank: member, admin, owner, outcast or none", word);
	}
	while (*why == ' ')
		why++;
	return change(call, &room, who, NULL, word, *why ? why : NULL, error);
}

static gboolean run_ranks(CommandCall *call, GError **error)
{
	Target room;
	gboolean word_first = call->args[0] && g_strv_contains(list_words, call->args[0]);
	const char *word = call->args[word_first ? 0 : 1], *name = call->args[word_first ? 1 : 0];
	if (word && !g_strv_contains(list_words, word))
		return call_refuse(error, "a list is all, owner, admin, member or outcast, not \"%s\"", word);
	if (!call_room(call, name, &room, error))
		return FALSE;
	g_autofree G_GNUC_UNUSED char *address = room.address;
	int affiliation = word ? wire_word_find(wire_words_affiliation, word) : 0;
	return call_online_account(call, room.account->name, "roomadmin", error) &&
	       call_backend(call, room.account, &WIRE(ROOM_RANKS, RoomRanks, .account = room.account->name, .chat = address,
	                                              .affiliation = (Affiliation)MAX(affiliation, 0)), error);
}

#define ROOM_AND_WHO { { ARG_OCCUPANT, "WHO", FALSE, NULL }, { ARG_TEXT, "WHY", TRUE, NULL } }

const Command command_kick = {
	.name = "kick",
	.args = ROOM_AND_WHO,
	.usage = "/kick [ROOM] NICK [WHY]",
	.summary = "Puts somebody out of a room.",
	.help = "They may come in again; /ban keeps them out. Only moderators can do it, and only to people below them.\n\nExamples:\n    /kick mallory\n    /kick \"Mallory M\" no advertising here\n    /kick dev@conference.example.org mallory",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_ban = {
	.name = "ban",
	.args = ROOM_AND_WHO,
	.usage = "/ban [ROOM] WHO [WHY]",
	.summary = "Puts somebody out of a room for good.",
	.help = "WHO is a name in the room, or an address (also of somebody who is not there, or a whole server). /ranks outcast lists them, /unban takes it back.\n\nExamples:\n    /ban mallory\n    /ban mallory@example.com advertising",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_unban = {
	.name = "unban",
	.args = ROOM_AND_WHO,
	.usage = "/unban [ROOM] ADDRESS",
	.summary = "Lets somebody in again who was banned.",
	.help = "ADDRESS as /ranks outcast lists it.\n\nExample:\n    /unban mallory@example.com",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_voice = {
	.name = "voice",
	.args = ROOM_AND_WHO,
	.usage = "/voice [ROOM] NICK [WHY]",
	.summary = "Lets somebody speak in a moderated room.",
	.help = "Until they leave. /devoice takes it back; /rank NICK member is for good.\n\nExample:\n    /voice bob",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_devoice = {
	.name = "devoice",
	.args = ROOM_AND_WHO,
	.usage = "/devoice [ROOM] NICK [WHY]",
	.summary = "Lets somebody in a room read only.",
	.help = "Until they leave, or /voice.\n\nExample:\n    /devoice bob one at a time",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_op = {
	.name = "op",
	.args = ROOM_AND_WHO,
	.usage = "/op [ROOM] NICK",
	.summary = "Makes somebody a moderator of a room.",
	.help = "Until they leave, or /deop. /rank NICK admin is for good.\n\nExample:\n    /op bob",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_deop = {
	.name = "deop",
	.args = ROOM_AND_WHO,
	.usage = "/deop [ROOM] NICK",
	.summary = "Takes moderating from somebody in a room.",
	.help = "Admins and owners stay moderators; /rank takes that rank away.\n\nExample:\n    /deop bob",
	.needs = "roomadmin",
	.run = run_change,
};

const Command command_rank = {
	.name = "rank",
	.args = { { ARG_OCCUPANT, "WHO", FALSE, NULL }, { ARG_WORD, "RANK", FALSE, rank_words }, { ARG_TEXT, "WHY", TRUE, NULL } },
	.usage = "/rank [ROOM] WHO member|admin|owner|outcast|none [WHY]",
	.summary = "Gives somebody a lasting rank in a room.",
	.help = "WHO is a name in the room or an address. Members may enter a room for members only and speak in a moderated one, admins moderate and give lower ranks, owners set the room up, outcasts are banned. /ranks lists them.\n\nExamples:\n    /rank bob member\n    /rank carol@example.org admin\n    /rank dev@conference.example.org bob none",
	.needs = "roomadmin",
	.run = run_rank,
};

const Command command_ranks = {
	.name = "ranks",
	.args = { { ARG_WORD, NULL, TRUE, list_words }, { ARG_ROOM, "ROOM", TRUE, NULL } },
	.summary = "Lists who has a lasting rank in a room.",
	.help = "All of them, or those of one rank; a room may keep some lists to itself.\n\nExamples:\n    /ranks\n    /ranks outcast\n    /ranks owner dev@conference.example.org",
	.needs = "roomadmin",
	.run = run_ranks,
};
