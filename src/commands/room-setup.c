/* room-setup.c: setting a room up, ending it, and finding rooms. */
#include "commands/call.h"
#include <string.h>

/* ---- setting up ---- */

static gboolean gather_values(const char *text, GPtrArray *values, GError **error)
{
	g_autoptr(GError) why = NULL;
	char *word;
	while (text && (word = commands_next_word(&text, &why))) {
		g_ptr_array_add(values, word);
		if (!strchr(word, '='))
			return call_refuse(error, "a room is set up by FIELD=VALUE …, not \"%s\"", word);
	}
	if (why)
		g_propagate_error(error, g_steal_pointer(&why));
	return !why;
}

static gboolean run_configure(CommandCall *call, GError **error)
{
	Target room;
	g_autoptr(GPtrArray) values = g_ptr_array_new_with_free_func(g_free);
	gboolean named = call->args[0] && !strchr(call->args[0], '=');
	if (!call_room(call, named ? call->args[0] : NULL, &room, error))
		return FALSE;
	g_autofree char *address = room.address;
	if (call->args[0] && !named)
		g_ptr_array_add(values, g_strdup(call->args[0]));
	if (!gather_values(call->args[1], values, error) || !call_online_account(call, room.account->name, "roomadmin", error))
		return FALSE;
	g_ptr_array_add(values, NULL);
	return call_backend(call, room.account, &WIRE(ROOM_CONFIGURE, RoomConfigure, .account = room.account->name, .chat = address,
	                                              .values = (const char *const *)values->pdata), error);
}

/* ---- the end ---- */

/* The name must be typed: it is also what keeps a slip of the finger from ending the room one happens to be in. */
static gboolean run_destroy(CommandCall *call, GError **error)
{
	Target room;
	if (!call_room(call, call->args[0], &room, error))
		return FALSE;
	g_autofree char *address = room.address;
	if (!room.chat || room.kind != CHAT_ROOM)
		return call_refuse(error, "\"%s\" is not a room that is known here", address);
	const char *rest = call->args[1];
	g_autofree char *first = rest ? commands_next_word(&rest, NULL) : NULL;
	gboolean other = first && strchr(first, '@');
	while (other && *rest == ' ')
		rest++;
	const char *why = other ? rest : call->args[1];
	return call_online_account(call, room.account->name, "roomadmin", error) &&
	       call_backend(call, room.account, &WIRE(ROOM_DESTROY, RoomDestroy, .account = room.account->name, .chat = address, .address = other ? first : NULL,
	                                              .text = why && *why ? why : NULL), error);
}

/* ---- finding rooms ---- */

static gboolean run_rooms(CommandCall *call, GError **error)
{
	const char *where = call->args[0], *words = call->args[1];
	Account *named = where ? model_account(call->host->model, where) : NULL;
	g_autofree char *all = NULL, *place = NULL;
	if (named) {
		const char *rest = words;
		g_autofree char *next = rest ? commands_next_word(&rest, NULL) : NULL;
		where = NULL;
		if (next && strchr(next, '.')) {
			where = place = g_steal_pointer(&next);
			while (*rest == ' ')
				rest++;
			words = *rest ? rest : NULL;
		}
	} else if (where && !strchr(where, '.')) {
		words = all = words ? g_strdup_printf("%s %s", where, words) : g_strdup(where);
		where = NULL;
	}
	Account *account = call_online_account(call, named ? named->name : NULL, "roomlist", error);
	return account && call_backend(call, account, &WIRE(ROOM_LIST, RoomList, .account = account->name, .address = where, .words = words), error);
}

const Command command_configure = {
	.name = "configure",
	.args = { { ARG_ROOM, "ROOM", TRUE, NULL }, { ARG_TEXT, "FIELD=VALUE", TRUE, NULL } },
	.usage = "/configure [ROOM] [FIELD=VALUE …]",
	.summary = "Sets a room up.",
	.help = "Alone it brings the room's form, to be filled in on a screen (F4) or by /answer; with FIELD=VALUE these fields are set at once and the others stay. FIELD is the field's name in the form as /cards lists it; what stands before the first \"_\" in it may be left out. Only owners can do it.\n\nExamples:\n    /configure\n    /configure roomname=\"Tea and cake\" persistentroom=yes\n    /configure dev@conference.example.org membersonly=yes",
	.needs = "roomadmin",
	.run = run_configure,
};

const Command command_destroy = {
	.name = "destroy",
	.args = { { ARG_ROOM, "ROOM", FALSE, NULL }, { ARG_TEXT, "WHY", TRUE, NULL } },
	.usage = "/destroy ROOM [NEW_ROOM] [WHY]",
	.summary = "Ends a room for everybody.",
	.help = "So that it does not happen by mistake ROOM must be named, also in the room itself. NEW_ROOM is the address of a room where it goes on; everybody is asked whether to go there. Only owners can do it. What was said stays in everybody's history.\n\nExamples:\n    /destroy dev@conference.example.org\n    /destroy dev@conference.example.org dev2@conference.example.org we have moved",
	.needs = "roomadmin",
	.run = run_destroy,
};

const Command command_rooms = {
	.name = "rooms",
	.other_names = CALL_WORDS("list"),
	.args = { { ARG_ACCOUNT, "ACCOUNT", TRUE, NULL }, { ARG_TEXT, "WORDS", TRUE, NULL } },
	.usage = "/rooms [ACCOUNT] [SERVER] [WORDS]",
	.summary = "Looks for rooms.",
	.help = "SERVER is a server of rooms (a word with a dot), or a service that searches; without it the account's own server is asked for its rooms, and with WORDS every service there that finds rooms. WORDS is part of a room's name or address; without it all are listed. The number is how many are in it, where the server tells.\n\nExamples:\n    /rooms\n    /rooms tea\n    /rooms conference.example.org tea\n    /rooms work conference.example.org",
	.needs = "roomlist",
	.run = run_rooms,
};
