/* screen-commands.c: see screen-commands.h. The declarations (arguments, help) are in the table of src/commands. */
#include "config.h"
#include "screen-commands.h"

#include "account-form.h"
#include "actions.h"
#include "card-text.h"
#include "help.h"
#include "people.h"
#include "search.h"
#include "setup.h"

#include <stdlib.h>
#include <string.h>

/* Which tab caused a request: its answers are shown there, or at home if it is closed by then. */
typedef struct {
	App *app;
	char *account, *address;
} Cause;

static void cause_free(gpointer data)
{
	Cause *cause = data;
	g_free(cause->account);
	g_free(cause->address);
	g_free(cause);
}

static void on_answer(const Wire *answer, gpointer context, gpointer user)
{
	App *app = user;
	Cause *cause = context;
	Tab *tab = cause->account ? tabs_find(app->tabs, cause->account, cause->address) : NULL;
	tab = tab ? tab : tabs_home(app->tabs);
	switch ((int)answer->kind) {
	case WIRE_PRINT:
		app_say(app, tab, ENTRY_LOCAL, "%s", ((const WirePrint *)answer)->text);
		break;
	case WIRE_DONE:
		if (((const WireDone *)answer)->text)
			app_say(app, tab, ENTRY_LOCAL, "%s", ((const WireDone *)answer)->text);
		break;
	case WIRE_ERROR:
		app_say(app, tab, ENTRY_FAILURE, "%s", ((const WireError *)answer)->text);
		break;
	default:
		break;
	}
}

/* Hands a line to the hub. Words that could not be handed over go back into the line: nothing that was written is lost. */
static void to_hub(App *app, Tab *tab, const char *line, const char *written)
{
	Cause *cause = g_new0(Cause, 1);
	cause->app = app;
	cause->account = g_strdup(tab->account);
	cause->address = g_strdup(tab->address);
	if (attach_command(app->attach, line, tab->account, tab->address, NULL, on_answer, cause, cause_free))
		return;
	cause_free(cause);
	app_say(app, tab, ENTRY_FAILURE, "the hub is not there: nothing was sent");
	if (written && tab == tabs_current(app->tabs) && input_is_empty(app->input))
		input_set(app->input, written);
}

static void say_words(App *app, Tab *tab, const char *words)
{
	if (!tab->account) {
		app_say(app, tab, ENTRY_FAILURE, "this is not a chat: F2 goes to one, /msg WHO TEXT sends from here");
		if (input_is_empty(app->input))
			input_set(app->input, words);
		return;
	}
	if (tab_chat(tab, app->model)) {
		to_hub(app, tab, words, words);
		return;
	}
	/* A chat that has not begun is named in full. */
	g_autofree char *who = g_strdup_printf("%s/%s", tab->account, tab->address);
	g_autofree char *quoted = commands_quote(who);
	g_autofree char *line = g_strdup_printf("/msg %s %s", quoted, g_str_has_prefix(words, "//") ? words + 1 : words);
	to_hub(app, tab, line, words);
}

/* ---- the commands ---- */

/* A tab by its number, its address or a part of its name; says so if there is none. */
static Tab *find_tab(App *app, const char *which)
{
	guint number = (guint)strtoul(which, NULL, 10);
	Tab *tab = number ? tabs_at(app->tabs, number - 1) : NULL;
	g_autofree char *wanted = g_utf8_casefold(which, -1);
	for (guint i = 0; i < tabs_count(app->tabs) && !tab; i++) {
		Tab *at = tabs_at(app->tabs, i);
		g_autofree char *title = tab_title(at, app->model);
		g_autofree char *folded = g_utf8_casefold(title, -1);
		if (strstr(folded, wanted) || (at->address && strcmp(at->address, which) == 0))
			tab = at;
	}
	if (!tab)
		app_say(app, NULL, ENTRY_FAILURE, "there is no tab \"%s\"", which);
	return tab;
}

static void run_win(App *app, char **args)
{
	Tab *tab = find_tab(app, args[0]);
	if (tab)
		app_go(app, tab);
}

static void step(App *app, int by)
{
	guint count = tabs_count(app->tabs), here = tabs_index(app->tabs, tabs_current(app->tabs));
	app_go(app, tabs_at(app->tabs, (here + count + (guint)by) % count));
}

static void run_next(App *app, char **args G_GNUC_UNUSED) { step(app, 1); }
static void run_prev(App *app, char **args G_GNUC_UNUSED) { step(app, -1); }

static void run_close(App *app, char **args)
{
	Tab *tab = args[0] ? find_tab(app, args[0]) : tabs_current(app->tabs);
	if (!tab)
		return;
	if (!tab->account) {
		app_say(app, NULL, ENTRY_LOCAL, "home stays open; /quit leaves kith");
		return;
	}
	if (tab == tabs_current(app->tabs))
		app_go(app, tabs_at(app->tabs, tabs_index(app->tabs, tab) - 1));
	tabs_close(app->tabs, tab);
	app_dirty(app, DIRTY_ALL);
}

static void run_query(App *app, char **args)
{
	Tab *here = tabs_current(app->tabs);
	Account *account = here->account ? model_account(app->model, here->account) : NULL;
	g_autoptr(GError) error = NULL;
	Target target = { 0 };
	if (!model_find(app->model, args[0], account, &target, &error)) {
		app_say(app, NULL, ENTRY_FAILURE, "%s", error->message);
		return;
	}
	Tab *tab = tabs_open(app->tabs, target.account->name, target.address, target.kind);
	g_free(target.address);
	tab->in_use = TRUE;
	app_go(app, tab);
	if (args[1])
		say_words(app, tab, args[1]);
}

static void run_search(App *app, char **args)
{
	app_show(app, search_view_new(app, args[0], NULL, NULL));
}

static void run_help(App *app, char **args)
{
	app_show(app, help_view_new(app, args[0]));
}

static void run_names(App *app, char **args G_GNUC_UNUSED)
{
	View *view = people_view_new(app, tabs_current(app->tabs));
	if (view)
		app_show(app, view);
}

/* What is known of somebody is a card to read, not lines between those that they say. */
static void run_info(App *app, char **args)
{
	const Tab *tab = tabs_current(app->tabs);
	g_autofree char *title = args[0] ? g_strdup(args[0]) : tab_title(tab, app->model);
	g_autofree char *quoted = args[0] ? commands_quote(args[0]) : NULL;
	g_autofree char *line = g_strdup_printf("/info%s%s", quoted ? " " : "", quoted ? quoted : "");
	g_autofree char *heading = g_strdup_printf("About %s", title);
	app_show(app, card_text_new(app, heading, line, tab->account, tab->address));
}

static void run_quit(App *app, char **args G_GNUC_UNUSED)
{
	app_quit(app);
}

static void run_detach(App *app, char **args G_GNUC_UNUSED)
{
	if (!attach_is_up(app->attach)) {
		app_say(app, NULL, ENTRY_FAILURE, "the hub is not there");
		return;
	}
	attach_send(app->attach, &WIRE(DETACH, Detach));
	app_quit(app);
}

/* /account add asks; /account edit [NAME] shows all settings of an account. */
static void run_account(App *app, char **args)
{
	const Tab *tab = tabs_current(app->tabs);
	const GPtrArray *accounts = model_accounts(app->model);
	const char *name = args[1] ? args[1] : tab->account ? tab->account : accounts->len == 1 ? ((const Account *)accounts->pdata[0])->name : NULL;
	View *view = NULL;
	if (strcmp(args[0], "add") == 0)
		view = setup_view_new(app);
	else if (name)
		view = account_form_new(app, name);
	else
		app_note(app, "say which account: /account edit NAME");
	if (view)
		app_show(app, view);
}

/* Those that the table leaves to the screen, and those that the hub can only print. */
static gboolean is_bare(const char *rest)
{
	return !*rest;
}

static gboolean is_account_form(const char *rest)
{
	rest += strspn(rest, " ");
	gsize length = strcspn(rest, " ");
	const char *more = rest + length + strspn(rest + length, " ");
	return (length == 3 && g_str_has_prefix(rest, "add") && !*more) || (length == 4 && g_str_has_prefix(rest, "edit"));
}

static const struct {
	const char *name;
	void (*run)(App *app, char **args);
	gboolean (*takes)(const char *rest); /* whether these arguments are for the screen, else the hub prints; NULL: always */
} screen_commands[] = {
	{ "account", run_account, is_account_form },
	{ "close", run_close, NULL }, { "detach", run_detach, NULL }, { "help", run_help, NULL }, { "info", run_info, NULL }, { "names", run_names, is_bare },
	{ "next", run_next, NULL }, { "prev", run_prev, NULL }, { "query", run_query, NULL }, { "quit", run_quit, NULL },
	{ "search", run_search, NULL }, { "win", run_win, NULL },
};

const char *const *screen_commands_names(void)
{
	static const char *names[G_N_ELEMENTS(screen_commands) + 1];
	for (guint i = 0; i < G_N_ELEMENTS(screen_commands); i++)
		names[i] = screen_commands[i].name;
	return names;
}

static gboolean run_here(App *app, const Command *command, const char *rest)
{
	void (*run)(App *app, char **args) = NULL;
	for (guint i = 0; i < G_N_ELEMENTS(screen_commands) && !run; i++)
		if (strcmp(screen_commands[i].name, command->name) == 0 && (!screen_commands[i].takes || screen_commands[i].takes(rest)))
			run = screen_commands[i].run;
	if (!run)
		return FALSE;
	g_autoptr(GError) error = NULL;
	char **args = commands_split(command, rest, &error);
	if (args)
		run(app, args);
	else
		app_say(app, NULL, ENTRY_FAILURE, "%s", error->message);
	commands_args_free(args);
	return TRUE;
}

void screen_commands_enter(App *app, Tab *tab, const char *line)
{
	if (*line != '/' || line[1] == '/') {
		say_words(app, tab, line);
		return;
	}
	g_autoptr(GError) error = NULL;
	g_autofree char *expanded = commands_expand(app->config, line, &error);
	const char *rest = NULL;
	if (expanded && commands_is_network(model_account(app->model, tab->account), expanded)) {
		to_hub(app, tab, line, NULL);
		return;
	}
	const Command *command = expanded ? commands_of_line(expanded, &rest, &error) : NULL;
	if (error) {
		app_say(app, tab, ENTRY_FAILURE, "%s", error->message);
		return;
	}
	if (!command) {
		say_words(app, tab, expanded);
		return;
	}
	if (run_here(app, command, rest))
		return;
	if (strcmp(command->name, "join") == 0)
		app->join_until = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;
	to_hub(app, tab, line, NULL);
}
