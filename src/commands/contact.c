/* contact.c: the contact list: adding, removing, renaming, groups, looking at it.
 *
 * The list belongs to the network; each change is a request to the backend, and the model changes when the network says so.
 */
#include "commands/call.h"
#include "commands/listing.h"
#include <string.h>

/* A contact that is in a list. */
static Contact *find_contact(CommandCall *call, const char *who, GError **error)
{
	Target target;
	if (!call_target(call, who, &target, error))
		return NULL;
	g_autofree char *address = target.address;
	if (!target.contact)
		call_refuse(error, "\"%s\" is not in the contact list of \"%s\"", address, target.account->name);
	return target.contact;
}

static gboolean run_add(CommandCall *call, GError **error)
{
	const char *who = call->args[0], *slash = strchr(who, '/');
	g_autofree char *name = slash ? g_strndup(who, (gsize)(slash - who)) : NULL;
	Account *account = name ? model_account(call->host->model, name) : NULL;
	if (account)
		who = slash + 1;
	else if (!(account = call_account(call, NULL, error)))
		return FALSE;
	if (!*who || (!strcmp(account->protocol, "xmpp") && !strchr(who, '@')))
		return call_refuse(error, "this is not an address: \"%s\"", who);
	const char *groups[] = { call->args[2] && *call->args[2] ? call->args[2] : NULL, NULL };
	return call_backend(call, account, &WIRE(CONTACT_ADD, ContactAdd, .account = account->name, .address = who,
		.name = call->args[1] && *call->args[1] ? call->args[1] : NULL, .groups = groups, .text = call->args[3]), error);
}

/* What brings a contact back: a line for it, and one more for every group but the first. */
static char *add_lines(const Contact *contact)
{
	g_autofree char *where = g_strdup_printf("%s/%s", contact->account->name, contact->address);
	g_autofree char *quoted = commands_quote(where), *name = commands_quote(contact->name ? contact->name : "");
	GString *lines = g_string_new(NULL);
	g_string_append_printf(lines, "/add %s", quoted);
	if (contact->name || (contact->groups && *contact->groups))
		g_string_append_printf(lines, " %s", name);
	for (char **group = contact->groups; group && *group; group++) {
		g_autofree char *in = commands_quote(*group);
		if (group == contact->groups)
			g_string_append_printf(lines, " %s", in);
		else
			g_string_append_printf(lines, "\n/group %s add %s", quoted, in);
	}
	return g_string_free(lines, FALSE);
}

static gboolean run_remove(CommandCall *call, GError **error)
{
	Contact *contact = find_contact(call, call->args[0], error);
	if (!contact)
		return FALSE;
	g_autofree char *again = add_lines(contact);
	if (!call_online_account(call, contact->account->name, NULL, error))
		return FALSE;
	/* The call may be over once the backend has it. */
	call_print(call, "the messages stay in the history. To have the contact again: %s", again);
	return call_backend(call, contact->account, &WIRE(CONTACT_REMOVE, ContactRemove, .account = contact->account->name, .address = contact->address), error);
}

static gboolean run_rename(CommandCall *call, GError **error)
{
	Contact *contact = find_contact(call, call->args[0], error);
	return contact && call_backend(call, contact->account, &WIRE(CONTACT_SET, ContactSet, .account = contact->account->name, .address = contact->address,
		.name = call->args[1], .groups = (const char *const *)contact->groups), error);
}

static gboolean show_groups(CommandCall *call, const Contact *contact)
{
	g_autofree char *groups = contact->groups ? g_strjoinv(", ", contact->groups) : g_strdup("");
	return *groups ? call_done(call, "%s", groups) : call_done(call, "in no group");
}

static gboolean run_group(CommandCall *call, GError **error)
{
	const char *action = call->args[1], *group = call->args[2];
	Contact *contact = find_contact(call, call->args[0], error);
	if (!contact)
		return FALSE;
	if (!action)
		return show_groups(call, contact);
	if ((strcmp(action, "add") && strcmp(action, "remove")) || !group)
		return call_refuse(error, "say what to do with which group: /group WHO add|remove GROUP");
	g_autoptr(GPtrArray) groups = g_ptr_array_new();
	for (char **old = contact->groups; old && *old; old++)
		if (strcmp(*old, group))
			g_ptr_array_add(groups, *old);
	if (!strcmp(action, "add"))
		g_ptr_array_add(groups, (gpointer)group);
	g_ptr_array_add(groups, NULL);
	return call_backend(call, contact->account, &WIRE(CONTACT_SET, ContactSet, .account = contact->account->name, .address = contact->address,
		.name = contact->name, .groups = (const char *const *)groups->pdata), error);
}

/* The contact's groups with new (NULL: nothing) in the place of old; borrowed. NULL: it is not in old. */
static GPtrArray *other_groups(const Contact *contact, const char *old, const char *new)
{
	if (!contact->groups || !g_strv_contains((const char *const *)contact->groups, old))
		return NULL;
	GPtrArray *groups = g_ptr_array_new();
	for (char **group = contact->groups; *group; group++)
		if (strcmp(*group, old) && g_strcmp0(*group, new))
			g_ptr_array_add(groups, *group);
	if (new)
		g_ptr_array_add(groups, (gpointer)new);
	g_ptr_array_add(groups, NULL);
	return groups;
}

/* How many of the account's contacts were moved. */
static guint regroup_account(CommandCall *call, Account *account, const char *old, const char *new, gboolean *left)
{
	g_autoptr(GList) contacts = g_hash_table_get_values(account->contacts);
	guint moved = 0;
	for (GList *l = contacts; l; l = l->next) {
		const Contact *contact = l->data;
		g_autoptr(GPtrArray) groups = other_groups(contact, old, new);
		if (!groups)
			continue;
		if (account_is_online(account) && account_can(account, "groups") &&
			call->host->to_backend(call->hub, account, &WIRE(CONTACT_SET, ContactSet, .account = account->name, .address = contact->address, .name = contact->name,
				.groups = (const char *const *)groups->pdata), NULL, NULL))
			moved++;
		else
			*left = TRUE;
	}
	return moved;
}

static gboolean run_regroup(CommandCall *call, GError **error)
{
	const GPtrArray *accounts = model_accounts(call->host->model);
	const char *old = call->args[0], *new = call->args[1] && *call->args[1] ? call->args[1] : NULL;
	guint moved = 0;
	gboolean left = FALSE;
	for (guint i = 0; i < accounts->len; i++)
		moved += regroup_account(call, accounts->pdata[i], old, new, &left);
	if (!moved)
		return left ? call_refuse(error, "the accounts of those in \"%s\" are not online, or have no groups to change", old)
		            : call_refuse(error, "nobody is in a group \"%s\"", old);
	return call_done(call, "%u moved%s", moved, left ? "; those of accounts that are not online stay where they are" : "");
}

static gboolean run_contacts(CommandCall *call, G_GNUC_UNUSED GError **error)
{
	g_autoptr(GString) out = g_string_new(NULL);
	listing_put_contacts(out, call->host->model, call->args[0], call->json);
	call_print_lines(call, out);
	if (!out->len && !call->json && call->args[0])
		call_print(call, "no contact matches \"%s\"", call->args[0]);
	else if (!out->len && !call->json)
		call_print(call, "no contacts are known yet");
	return call_done_silently(call);
}

static gboolean run_info(CommandCall *call, GError **error)
{
	Target target;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address;
	if (target.contact) {
		g_autofree char *groups = target.contact->groups ? g_strjoinv(", ", target.contact->groups) : g_strdup("");
		call_print(call, "%s (%s), account %s\npresence: %s%s%s%s%s\nsubscription: %s%s%s%s", contact_title(target.contact), address, target.account->name,
			wire_words_presence[target.contact->presence], target.contact->status ? " · " : "", target.contact->status ? target.contact->status : "",
			target.contact->device ? " · " : "", target.contact->device ? target.contact->device : "",
			wire_words_subscription[target.contact->subscription], target.contact->asked ? ", asked" : "", *groups ? "\ngroups: " : "", groups);
	}
	if (!account_is_online(target.account) || !account_can(target.account, "info"))
		return target.contact ? call_done_silently(call) : call_refuse(error, "the account \"%s\" can't ask about \"%s\" now", target.account->name, address);
	return call_backend(call, target.account, &WIRE(INFO, Info, .account = target.account->name, .address = address), error);
}

static gboolean run_icon(CommandCall *call, GError **error)
{
	Target target;
	if (!call_target(call, call->args[0], &target, error))
		return FALSE;
	g_autofree char *address = target.address, *path = call->args[1] ? call_path(call, call->args[1]) : NULL;
	if (target.kind == CHAT_ROOM)
		return call_refuse(error, "\"%s\" is a room; people have pictures", address);
	return call_online_account(call, target.account->name, "icons", error) &&
	       call->host->fetch_icon(call->hub, call, target.account, address, target.kind, path, error);
}

const Command command_add = {
	.name = "add",
	.args = { { ARG_WHO, "ADDRESS", FALSE, NULL }, { ARG_WORD, "NAME", TRUE, NULL }, { ARG_GROUP, "GROUP", TRUE, NULL },
		{ ARG_TEXT, "WORDS", TRUE, NULL } },
	.summary = "Adds somebody to the contact list and asks to see their presence.",
	.help = "ADDRESS may be ACCOUNT/ADDRESS where the account is not clear. WORDS go to them with the question, where the network can; a NAME or GROUP before them may be empty (\"\").\n\nExamples:\n    /add bob@example.org\n    /add work/bob@example.org \"Bob Brown\" Colleagues\n    /add bob@example.org Bob \"\" Hello, this is Alice from the choir.",
	.needs = "contacts",
	.run = run_add,
};

const Command command_remove = {
	.name = "remove",
	.args = { { ARG_WHO, "WHO", FALSE, NULL } },
	.summary = "Removes somebody from the contact list.",
	.help = "Neither sees the other's presence any more. The messages stay in the history, and the line that brings the contact back is printed.\n\nExample:\n    /remove bob@example.org",
	.needs = "contacts",
	.run = run_remove,
};

const Command command_rename = {
	.name = "rename",
	.args = { { ARG_WHO, "WHO", FALSE, NULL }, { ARG_TEXT, "NAME", TRUE, NULL } },
	.summary = "Changes the name that a contact has in the list.",
	.help = "Only you see it. Without NAME the contact goes by its address again.\n\nExample:\n    /rename bob@example.org Bob Brown",
	.needs = "contacts",
	.run = run_rename,
};

const Command command_group = {
	.name = "group",
	.args = { { ARG_WHO, "WHO", FALSE, NULL }, { ARG_WORD, NULL, TRUE, CALL_WORDS("add", "remove") }, { ARG_GROUP, "GROUP", TRUE, NULL } },
	.summary = "Shows and changes the groups of a contact.",
	.help = "Without more the groups are shown. A group is made by adding the first contact to it and is gone with the last.\n\nExamples:\n    /group bob@example.org\n    /group bob@example.org add Colleagues\n    /group \"Bob Brown\" remove \"Old friends\"",
	.needs = "groups",
	.run = run_group,
};

const Command command_regroup = {
	.name = "regroup",
	.args = { { ARG_GROUP, "GROUP", FALSE, NULL }, { ARG_GROUP, "NEW", TRUE, NULL } },
	.summary = "Renames a group, joins it to another or dissolves it.",
	.help = "All contacts in GROUP, on every account that is online, are in NEW afterwards; without NEW they are only no longer in GROUP. Nobody is removed from the list.\n\nExamples:\n    /regroup Work Colleagues\n    /regroup \"Old friends\"",
	.needs = "groups",
	.run = run_regroup,
};

const Command command_contacts = {
	.name = "contacts",
	.args = { { ARG_TEXT, "FILTER", TRUE, NULL } },
	.summary = "Prints the contacts of all accounts.",
	.help = "FILTER is a part of a name, an address or a group.\n\nExamples:\n    /contacts\n    /contacts friends",
	.run = run_contacts,
};

const Command command_info = {
	.name = "info",
	.other_names = CALL_WORDS("whois"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL } },
	.summary = "Shows what is known about somebody, a room or a server.",
	.help = "What the contact list says, and what the network answers. Without WHO about the chat it is typed in.\n\nExamples:\n    /info\n    /info bob@example.org\n    /info example.org",
	.run = run_info,
};

const Command command_icon = {
	.name = "icon",
	.other_names = CALL_WORDS("picture"),
	.args = { { ARG_WHO, "WHO", TRUE, NULL }, { ARG_FILE, "PATH", TRUE, NULL } },
	.summary = "Fetches the picture that somebody has chosen, and saves it.",
	.help = "On XMPP no picture is fetched unasked; the plugins of other networks may hold them already, and nothing is written before this. PATH is a directory or a file; without it the directory for downloads is taken. A line in the chat tells of it: o opens it there, as every saved file. Without WHO this chat's.\n\nExamples:\n    /icon\n    /icon bob@example.org ~/bob.png",
	.needs = "icons",
	.run = run_icon,
};
