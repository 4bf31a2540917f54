/* complete.c: what the word under the cursor could become.
 *
 * Which kind of word stands there is known from the command's declaration; what there is of that kind comes from the model and the
 * configuration. Foreign names are offered only if they are clean; else the address stands in.
 */
#include "commands/call.h"
#include "base/paths.h"
#include "base/text.h"
#include <string.h>

#define CANDIDATES_MAX 100

typedef struct {
	char *text;      /* what is inserted, without the space behind it */
	gint64 rank;     /* larger is better */
	const char *end; /* what follows it */
} Candidate;

typedef struct {
	const Model *model;
	const Config *config;
	const Protocols *protocols; /* NULL: not known yet */
	gboolean wants_protocols;
	Account *account;
	Chat *chat;
	const Command *command;
	char *words[COMMAND_ARGS_MAX]; /* the arguments before the cursor, unquoted; owned */
	char *typed;                   /* the word's part before the cursor, unquoted, case folded */
	GArray *found;                 /* of Candidate */
} Asking;

static void candidate_clear(gpointer data)
{
	g_free(((Candidate *)data)->text);
}

static char *fold(const char *text)
{
	return g_utf8_casefold(text, -1);
}

/* Most names are, and ten thousand in a room are looked through at a key. */
static gboolean is_plain(const char *text)
{
	while (*text >= 0x20 && *text < 0x7f)
		text++;
	return !*text;
}

/* TRUE if text, or a word within it, begins with what was typed. */
static gboolean matches(const Asking *asking, const char *text, gboolean words_too)
{
	if (!words_too && is_plain(text))
		return g_ascii_strncasecmp(text, asking->typed, strlen(asking->typed)) == 0;
	g_autofree char *folded = fold(text);
	for (const char *p = folded; p; p = words_too ? strchr(p, ' ') : NULL) {
		p += *p == ' ';
		if (g_str_has_prefix(p, asking->typed))
			return TRUE;
	}
	return FALSE;
}

static gboolean is_clean(const char *text)
{
	if (is_plain(text) && *text != ' ')
		return *text != 0;
	g_autofree char *clean = text_clean(text, TEXT_LINE);
	return *text && !strcmp(clean, text);
}

static void add(Asking *asking, const char *text, gint64 rank, const char *end)
{
	if (!is_clean(text))
		return;
	g_autofree char *quoted = commands_quote(text);
	for (guint i = 0; i < asking->found->len; i++)
		if (!strcmp(g_array_index(asking->found, Candidate, i).text, quoted))
			return;
	Candidate candidate = { g_steal_pointer(&quoted), rank, end };
	g_array_append_val(asking->found, candidate);
}

static void add_if(Asking *asking, const char *text, gint64 rank)
{
	if (matches(asking, text, FALSE))
		add(asking, text, rank, " ");
}

static void add_words(Asking *asking, const char *const *words)
{
	for (gint64 rank = 0; words && *words; words++)
		add_if(asking, *words, --rank);
}

/* ---- people and rooms ---- */

static gint64 chat_rank(const Asking *asking, const Chat *chat)
{
	return chat == asking->chat ? G_MAXINT64 : chat ? chat->last_time : 0;
}

static void add_contact(Asking *asking, const Contact *contact)
{
	gboolean by_name = matches(asking, contact_title(contact), TRUE);
	Target target;
	if (!by_name && !matches(asking, contact->address, FALSE))
		return;
	gint64 rank = chat_rank(asking, model_chat(contact->account, contact->address));
	if (!rank)
		rank = contact->presence > PRESENCE_OFFLINE ? 1 : 0;
	/* A name that means only this contact, else the address. */
	if (by_name && is_clean(contact_title(contact)) && model_find(asking->model, contact_title(contact), NULL, &target, NULL)) {
		gboolean same = target.contact == contact;
		g_free(target.address);
		if (same) {
			add(asking, contact_title(contact), rank, " ");
			return;
		}
	}
	add(asking, contact->address, rank, " ");
}

static void add_chat(Asking *asking, const Chat *chat, gboolean rooms_only)
{
	g_autofree char *title = chat_title(chat);
	if ((rooms_only && chat->kind != CHAT_ROOM) || model_contact(chat->account, chat->address))
		return;
	if (matches(asking, chat->address, FALSE) || matches(asking, title, TRUE))
		add(asking, chat->address, chat_rank(asking, chat), " ");
}

static void add_people(Asking *asking, gboolean rooms_only)
{
	const GPtrArray *accounts = model_accounts(asking->model);
	for (guint i = 0; i < accounts->len; i++) {
		const Account *account = accounts->pdata[i];
		GHashTableIter iter;
		gpointer thing;
		g_hash_table_iter_init(&iter, account->contacts);
		while (!rooms_only && g_hash_table_iter_next(&iter, NULL, &thing) && asking->found->len < CANDIDATES_MAX)
			add_contact(asking, thing);
		g_hash_table_iter_init(&iter, account->chats);
		while (g_hash_table_iter_next(&iter, NULL, &thing) && asking->found->len < CANDIDATES_MAX)
			add_chat(asking, thing, rooms_only);
	}
}

/* Occupants of the room it is typed in: as ROOM/NICK for a command, as they are called in words. */
static void add_occupants(Asking *asking, gboolean as_address, const char *end)
{
	GHashTableIter iter;
	Occupant *occupant;
	if (!asking->chat || !asking->chat->occupants)
		return;
	g_hash_table_iter_init(&iter, asking->chat->occupants);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&occupant) && (!as_address || asking->found->len < 5 * CANDIDATES_MAX)) {
		if (!matches(asking, occupant->nick, FALSE) || !g_strcmp0(occupant->nick, asking->chat->nick) || !is_clean(occupant->nick))
			continue;
		if (as_address) {
			g_autofree char *address = g_strdup_printf("%s/%s", asking->chat->address, occupant->nick);
			add(asking, address, 2, " ");
		} else {
			Candidate candidate = { g_strdup(occupant->nick), 0, end };
			g_array_append_val(asking->found, candidate);
		}
	}
}

/* ---- other kinds ---- */

static void add_who(Asking *asking)
{
	add_people(asking, FALSE);
	add_occupants(asking, TRUE, " ");
}

/* Those in the room, as they are called there, or any address. */
static void add_nicks(Asking *asking)
{
	GHashTableIter iter;
	Occupant *occupant;
	if (!asking->chat || !asking->chat->occupants)
		return;
	g_hash_table_iter_init(&iter, asking->chat->occupants);
	while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&occupant) && asking->found->len < CANDIDATES_MAX)
		if (g_strcmp0(occupant->nick, asking->chat->nick))
			add_if(asking, occupant->nick, 0);
}

static void add_rooms(Asking *asking)
{
	add_people(asking, TRUE);
}

static void add_accounts(Asking *asking)
{
	const GPtrArray *accounts = model_accounts(asking->model);
	for (guint i = 0; i < accounts->len; i++)
		add_if(asking, ((const Account *)accounts->pdata[i])->name, (gint64)(accounts->len - i));
}

static void add_groups(Asking *asking)
{
	const GPtrArray *accounts = model_accounts(asking->model);
	for (guint i = 0; i < accounts->len; i++) {
		GHashTableIter iter;
		Contact *contact;
		g_hash_table_iter_init(&iter, ((const Account *)accounts->pdata[i])->contacts);
		while (g_hash_table_iter_next(&iter, NULL, (gpointer *)&contact))
			for (char **group = contact->groups; group && *group; group++)
				add_if(asking, *group, 0);
	}
}

static void add_settings_of(Asking *asking, SettingScope scope)
{
	gint64 rank = 0;
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == scope)
			add_if(asking, setting->name, --rank);
}

static void add_settings(Asking *asking)
{
	add_settings_of(asking, SCOPE_GLOBAL);
}

static void add_values(Asking *asking)
{
	static const char *const flags[] = { "yes", "no", NULL };
	const Setting *setting = asking->words[0] ? settings_find(SCOPE_GLOBAL, asking->words[0]) : NULL;
	if (!setting)
		return;
	add_words(asking, setting->type == SETTING_FLAG ? flags : setting->words);
	add_if(asking, "default", -100);
}

static void add_commands(Asking *asking)
{
	gint64 rank = 0;
	for (const Command *const *command = commands_table; *command; command++)
		add_if(asking, (*command)->name, --rank);
	add_settings(asking);
}

static void add_cards(Asking *asking)
{
	const GPtrArray *cards = model_cards(asking->model);
	for (guint i = 0; i < cards->len; i++) {
		const Card *card = cards->pdata[i];
		g_autofree char *name = g_strdup_printf("%s/%s", card->account->name, card->card->card);
		add_if(asking, name, -(gint64)i);
	}
}

static void add_key(Asking *asking, const char *name, gint64 rank)
{
	g_autofree char *key = g_strdup_printf("%s=", name);
	if (matches(asking, key, FALSE))
		add(asking, key, rank, "");
}

/* FIELD= of a form, or FIELD=VALUE where FIELD is typed already and its values are known. */
static void add_field(Asking *asking, const WireCardField *field, const char *typed)
{
	static const char *const flags[] = { "yes", "no", NULL };
	const char *const *values = !strcmp(field->type, "yesno") ? flags : field->choices;
	gsize length = strlen(field->field);
	gboolean chosen = !strncmp(typed, field->field, length) && typed[length] == '=';
	if (!strcmp(field->type, "label"))
		return;
	if (!chosen)
		add_key(asking, field->field, -1000);
	for (guint i = 0; chosen && values && values[i] && i < CANDIDATES_MAX; i++) {
		g_autofree char *pair = g_strdup_printf("%s=%s", field->field, values[i]);
		add_if(asking, pair, -(gint64)i);
	}
}

/* What can be answered to the card named by the first word, which may be missing where only one waits. */
static void add_answers(Asking *asking, guint i, const char *typed)
{
	const GPtrArray *cards = model_cards(asking->model);
	const Card *card = cards->len == 1 ? cards->pdata[0] : NULL;
	for (guint k = 0; i > 0 && asking->words[0] && k < cards->len; k++) {
		const Card *other = cards->pdata[k];
		g_autofree char *name = g_strdup_printf("%s/%s", other->account->name, other->card->card);
		if (!strcmp(name, asking->words[0]) || !strcmp(other->card->card, asking->words[0]))
			card = other;
	}
	if (i == 0)
		add_cards(asking);
	if (!card)
		return;
	if (i <= 1)
		add_words(asking, card->card->choices);
	for (guint k = 0; k < card->fields->len; k++)
		add_field(asking, card->fields->pdata[k], typed);
}

/* As the commands take them: those of commands from where the configuration is, all others from where this kith was started. */
static void add_files(Asking *asking, const char *typed)
{
	const char *slash = strrchr(typed, '/');
	g_autofree char *beginning = slash ? g_strndup(typed, (gsize)(slash - typed) + 1) : g_strdup("");
	g_autofree char *base = !strcmp(asking->command->name, "run") ? g_path_get_dirname(config_path(asking->config)) : g_get_current_dir();
	g_autofree char *expanded = paths_expand(*beginning ? beginning : base);
	g_autofree char *directory = g_path_is_absolute(expanded) ? g_strdup(expanded) : g_build_filename(base, expanded, NULL);
	g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
	const char *name;
	while (dir && (name = g_dir_read_name(dir)) && asking->found->len < CANDIDATES_MAX) {
		g_autofree char *path = g_build_filename(directory, name, NULL), *text = g_strconcat(beginning, name, NULL);
		if (g_str_has_prefix(name, slash ? slash + 1 : typed) && (*name != '.' || (slash ? slash[1] : *typed) == '.'))
			add(asking, text, 0, g_file_test(path, G_FILE_TEST_IS_DIR) ? "/" : " ");
	}
}

/* ---- accounts' settings ---- */

/* What was typed of a word that may have an open quote. */
static char *typed_word(const char *begin)
{
	g_autofree char *closed = g_strdup_printf("%s\"", begin);
	const char *rest = begin, *rest_closed = closed;
	char *word = commands_next_word(&rest, NULL);
	if (!word)
		word = commands_next_word(&rest_closed, NULL);
	return word ? word : g_strdup("");
}

static void add_options(Asking *asking, const GPtrArray *options, gint64 rank)
{
	for (guint i = 0; i < options->len; i++)
		add_key(asking, ((const ProtocolOption *)options->pdata[i])->name, rank - i);
}

/* KEY= for an account of that protocol. */
static void add_account_keys(Asking *asking, const char *protocol)
{
	gboolean xmpp = !strcmp(protocol, "xmpp");
	const Protocol *known = asking->protocols ? protocols_find(asking->protocols, protocol) : NULL;
	asking->wants_protocols = !xmpp && !asking->protocols;
	if (known && !xmpp) {
		add_options(asking, known->options, 1000);
		add_options(asking, asking->protocols->general, 0);
	}
	for (const Setting *setting = settings_table; setting->name; setting++)
		if (setting->scope == SCOPE_ACCOUNT && strcmp(setting->name, "address") && strcmp(setting->name, "protocol") && (xmpp || protocols_is_general(setting->name)))
			add_key(asking, setting->name, -1000);
}

static const ProtocolOption *find_option(const GPtrArray *options, const char *name)
{
	for (guint i = 0; i < options->len; i++)
		if (!strcmp(((const ProtocolOption *)options->pdata[i])->name, name))
			return options->pdata[i];
	return NULL;
}

/* KEY=VALUE, where KEY is typed already. */
static void add_account_values(Asking *asking, const char *protocol, const char *typed)
{
	static const char *const flags[] = { "yes", "no", NULL };
	g_autofree char *key = g_strndup(typed, strcspn(typed, "="));
	const Setting *setting = settings_find(SCOPE_ACCOUNT, key);
	const Protocol *known = asking->protocols ? protocols_find(asking->protocols, protocol) : NULL;
	const ProtocolOption *option = known ? find_option(known->options, key) : NULL;
	if (known && !option)
		option = find_option(asking->protocols->general, key);
	gint64 rank = 0;
	gboolean flag = option ? !strcmp(option->type, "yesno") : setting && setting->type == SETTING_FLAG;
	asking->wants_protocols = strcmp(protocol, "xmpp") && !asking->protocols;
	for (const char *const *word = flag ? flags : option ? (const char *const *)option->choices : setting ? setting->words : NULL; word && *word; word++) {
		g_autofree char *pair = g_strdup_printf("%s=%s", key, *word);
		add_if(asking, pair, --rank);
	}
}

static void add_account_setting(Asking *asking, const char *protocol, const char *typed)
{
	if (strchr(typed, '='))
		add_account_values(asking, protocol, typed);
	else
		add_account_keys(asking, protocol);
}

/* Behind /account add NAME: a protocol; behind /account set NAME: a setting. */
static void add_protocols(Asking *asking, const char *typed)
{
	if (!g_strcmp0(asking->words[0], "set") && asking->words[1] && config_has_account(asking->config, asking->words[1]))
		add_account_setting(asking, config_account_text(asking->config, asking->words[1], "protocol"), typed);
	if (g_strcmp0(asking->words[0], "add"))
		return;
	asking->wants_protocols = !asking->protocols;
	if (!asking->protocols)
		add_if(asking, "xmpp", 0);
	for (guint i = 0; asking->protocols && i < asking->protocols->all->len; i++)
		add_if(asking, ((const Protocol *)asking->protocols->all->pdata[i])->name, -(gint64)i);
}

/* What is behind that: the address is the person's to write, the rest are settings. */
static void add_account_words(Asking *asking, const char *begin)
{
	g_autofree char *typed = typed_word(begin);
	asking->typed = fold(typed);
	if (!g_strcmp0(asking->words[0], "add") && asking->words[3])
		add_account_setting(asking, asking->words[2], typed);
	else if (!g_strcmp0(asking->words[0], "set") && asking->words[1] && asking->words[2] && strchr(asking->words[2], '=') && config_has_account(asking->config, asking->words[1]))
		add_account_setting(asking, config_account_text(asking->config, asking->words[1], "protocol"), typed);
}

static void add_keys(Asking *asking)
{
	g_auto(GStrv) keys = config_keys(asking->config, "bind");
	add_words(asking, (const char *const *)keys);
}

static void add_presences(Asking *asking)
{
	static const char *const presences[] = { "online", "away", "xa", "dnd", NULL };
	add_words(asking, presences);
}

static void (*const adders[])(Asking *asking) = {
	[ARG_WHO] = add_who, [ARG_ROOM] = add_rooms, [ARG_OCCUPANT] = add_nicks, [ARG_ACCOUNT] = add_accounts, [ARG_GROUP] = add_groups, [ARG_SETTING] = add_settings, [ARG_VALUE] = add_values,
	[ARG_COMMAND] = add_commands, [ARG_CARD] = add_cards, [ARG_PRESENCE] = add_presences, [ARG_KEY] = add_keys, [ARG_TEXT] = NULL,
};

/* ---- what stands where ---- */

static void complete_argument(Asking *asking, guint i, const char *typed)
{
	const CommandArg *arg = i < COMMAND_ARGS_MAX ? &asking->command->args[i] : NULL;
	if (!arg || arg->kind == ARG_NONE)
		return;
	if (arg->kind == ARG_FILE && i > 0 && asking->words[i - 1] && !strcmp(asking->words[i - 1], "--to")) {
		adders[ARG_WHO](asking);
		return;
	}
	add_words(asking, arg->words);
	if (arg->kind == ARG_TEXT && i > 0 && arg[-1].kind == ARG_SETTING)
		add_values(asking);
	else if (arg->kind == ARG_TEXT)
		add_occupants(asking, FALSE, " ");
	else if (arg->kind == ARG_FILE)
		add_files(asking, typed);
	else if (arg->kind == ARG_PROTOCOL)
		add_protocols(asking, typed);
	else if (adders[arg->kind])
		adders[arg->kind](asking);
}

/* The command's name, with its slash. */
static void complete_name(Asking *asking, const char *typed)
{
	gint64 rank = 0;
	g_auto(GStrv) aliases = config_keys(asking->config, "alias");
	for (const Command *const *command = commands_table; *command; command++)
		if (g_str_has_prefix((*command)->name, typed)) {
			g_autofree char *name = g_strdup_printf("/%s", (*command)->name);
			add(asking, name, --rank, " ");
		}
	/* Those of the account's network stand among its abilities. */
	for (char **can = asking->account ? asking->account->can : NULL; can && *can; can++)
		if (**can == '/' && g_str_has_prefix(*can + 1, typed) && !commands_find(*can + 1, FALSE))
			add(asking, *can, --rank, " ");
	for (char **alias = aliases; *alias; alias++)
		if (g_str_has_prefix(*alias, typed)) {
			g_autofree char *name = g_strdup_printf("/%s", *alias);
			add(asking, name, --rank, " ");
		}
}

/* Where the last word of line begins; the words before it go to words. */
static const char *last_word(const char *line, char **words, guint *count)
{
	const char *p = line;
	for (*count = 0;;) {
		while (*p == ' ' || *p == '\t')
			p++;
		const char *begin = p, *end = p;
		g_autofree char *word = commands_next_word(&end, NULL);
		if (!word || !*end)
			return begin;
		if (*count < COMMAND_ARGS_MAX)
			words[*count] = g_steal_pointer(&word);
		++*count;
		p = end;
	}
}

/* The rest of a TEXT argument is words: only its last one is completed. */
static const char *last_plain_word(const char *line)
{
	const char *space = strrchr(line, ' ');
	return space ? space + 1 : line;
}

static int compare_candidates(gconstpointer a, gconstpointer b)
{
	const Candidate *one = a, *two = b;
	return one->rank < two->rank ? 1 : one->rank > two->rank ? -1 : strcmp(one->text, two->text);
}

static Completion *finish(Asking *asking, gsize start)
{
	Completion *completion = g_new(Completion, 1);
	completion->start = start;
	completion->wants_protocols = asking->wants_protocols;
	completion->words = g_ptr_array_new_with_free_func(g_free);
	g_array_sort(asking->found, compare_candidates);
	for (guint i = 0; i < asking->found->len; i++) {
		const Candidate *candidate = &g_array_index(asking->found, Candidate, i);
		g_ptr_array_add(completion->words, g_strconcat(candidate->text, candidate->end, NULL));
	}
	for (guint i = 0; i < COMMAND_ARGS_MAX; i++)
		g_free(asking->words[i]);
	g_array_unref(asking->found);
	g_free(asking->typed);
	return completion;
}

static Completion *complete_words(Asking *asking, const char *line)
{
	const char *begin = last_plain_word(line);
	asking->typed = fold(begin);
	if (*begin)
		add_occupants(asking, FALSE, begin == line ? ": " : " ");
	return finish(asking, (gsize)(begin - line));
}

static Completion *complete_command(Asking *asking, const char *line, const char *rest)
{
	guint i;
	const char *begin = last_word(rest, asking->words, &i);
	guint text = 0;
	while (text < COMMAND_ARGS_MAX && asking->command->args[text].kind != ARG_TEXT && asking->command->args[text].kind != ARG_NONE)
		text++;
	if (i >= text && asking->command == &command_account) {
		add_account_words(asking, begin);
	} else if (asking->command == &command_answer) {
		g_autofree char *typed = typed_word(begin);
		asking->typed = fold(typed);
		add_answers(asking, i, typed);
	} else if (i > text && asking->command->args[text].kind == ARG_TEXT) {
		/* Within the text: only names are of use. */
		begin = last_plain_word(line);
		asking->typed = fold(begin);
		add_occupants(asking, FALSE, " ");
	} else {
		g_autofree char *typed = typed_word(begin);
		asking->typed = fold(typed);
		complete_argument(asking, i, typed);
	}
	return finish(asking, (gsize)(begin - line));
}

Completion *commands_complete(const Model *model, const Config *config, const Protocols *protocols, Account *account, Chat *chat, const char *line, gsize cursor)
{
	g_autofree char *before = g_strndup(line, cursor);
	const char *rest;
	Asking asking = { .model = model, .config = config, .protocols = protocols, .account = account, .chat = chat, .found = g_array_new(FALSE, FALSE, sizeof(Candidate)) };
	g_array_set_clear_func(asking.found, candidate_clear);
	if (*before != '/' || before[1] == '/')
		return complete_words(&asking, before);
	if (!strpbrk(before, " \t")) {
		asking.typed = fold(before + 1);
		complete_name(&asking, before + 1);
		return finish(&asking, 0);
	}
	asking.command = commands_of_line(before, &rest, NULL);
	if (!asking.command)
		return complete_words(&asking, before);
	return complete_command(&asking, before, rest);
}

void completion_free(Completion *completion)
{
	if (!completion)
		return;
	g_ptr_array_unref(completion->words);
	g_free(completion);
}
