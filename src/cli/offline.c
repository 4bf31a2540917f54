/* offline.c: the state as far as it is known without a hub: accounts from the configuration, contacts and chats from the history.
 *
 * It is the same Model as everywhere, with everybody offline; so the same code finds whom WHO means, and prints.
 */
#include "cli/inside.h"
#include <string.h>

static void add_contact(const WireContact *contact, gpointer user)
{
	model_apply(user, (const Wire *)contact);
}

static void add_chat(const WireChat *chat, gpointer user)
{
	model_apply(user, (const Wire *)chat);
}

/* Names of the configuration's chats' settings: which are muted. */
static void add_notify(const Offline *offline)
{
	const GPtrArray *accounts = model_accounts(offline->model);
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		g_autoptr(GList) chats = g_hash_table_get_values(account->chats);
		for (GList *at = chats; at; at = at->next) {
			const Chat *chat = at->data;
			const char *notify = config_chat_text(offline->config, account->name, chat->address, "notify");
			g_autofree char *address = g_strdup(chat->address);
			if (*notify)
				model_apply(offline->model, (const Wire *)&WIRE(CHAT, Chat, .account = account->name, .chat = address, .chat_kind = chat->kind, .unread = chat->unread,
					.mentions = chat->mentions, .read = chat->read, .last = chat->last, .last_time = chat->last_time, .notify = notify));
		}
	}
}

static gboolean read_history(Offline *offline, const Paths *paths, GError **error)
{
	g_auto(GStrv) names = config_accounts(offline->config);
	if (!g_file_test(paths->history, G_FILE_TEST_EXISTS))
		return TRUE;
	if (!(offline->reader = reader_open(paths->history, error)))
		return FALSE;
	for (char **name = names; *name; name++)
		if (!reader_contacts(offline->reader, *name, add_contact, offline->model, error))
			return FALSE;
	return reader_chats(offline->reader, add_chat, offline->model, error);
}

gboolean offline_open(Offline *offline, const Paths *paths, GError **error)
{
	*offline = (Offline){ .config = config_load(paths->config, NULL, error) };
	if (!offline->config)
		return FALSE;
	g_auto(GStrv) names = config_accounts(offline->config);
	offline->model = model_new(NULL, NULL);
	for (char **name = names; *name; name++) {
		const char *address = config_account_text(offline->config, *name, "address");
		if (*address)
			model_apply(offline->model, (const Wire *)&WIRE(ACCOUNT, Account, .account = *name, .protocol = config_account_text(offline->config, *name, "protocol"),
				.address = address, .enabled = config_account_flag(offline->config, *name, "enabled"), .presence = PRESENCE_OFFLINE));
	}
	if (!read_history(offline, paths, error)) {
		offline_clear(offline);
		return FALSE;
	}
	add_notify(offline);
	return TRUE;
}

void offline_clear(Offline *offline)
{
	reader_free(offline->reader);
	if (offline->model)
		model_free(offline->model);
	config_free(offline->config);
	*offline = (Offline){ 0 };
}

gboolean offline_find(const Offline *offline, const Cli *cli, const char *who, Target *target, GError **error)
{
	Account *account = cli->account ? model_account(offline->model, cli->account) : NULL;
	if (cli->account && !account) {
		g_set_error(error, SETTINGS_ERROR, SETTINGS_ERROR_VALUE, "there is no account \"%s\"", cli->account);
		return FALSE;
	}
	return model_find(offline->model, who, account, target, error);
}
