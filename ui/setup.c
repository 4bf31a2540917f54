/* setup.c: see setup.h. It uses the same command as everybody (/account add), with the password beside the line, never in it;
 * what goes wrong is read from the account's state and said in plain words.
 */
#include "config.h"
#include "setup.h"

#include "cards.h"
#include "form.h"
#include "status.h"

#include <string.h>

typedef enum { STEP_ASK, STEP_WAIT } Step;

typedef struct {
	View view;
	App *app;
	Step step;
	Form form;     /* ASK: the fields; WAIT: what to do when it went wrong */
	char *name;    /* of the account that was added; NULL: none */
	char *address, *server; /* as typed, kept for a second try */
	guint network;
	char *trouble; /* in plain words */
	guint serial;  /* answers to earlier tries are passed over */
} Setup;

static Setup *the_setup; /* answers that come after it was closed are for nobody */

static const struct {
	const char *label, *protocol, *example;
} networks[] = {
	{ "XMPP (Jabber)", "xmpp", "you@example.org" },
	{ "IRC", "irc", "nick@irc.example.org" },
	{ "another network", NULL, "the address there" },
};

static Field *field(Setup *setup, const char *id)
{
	for (guint i = 0; i < setup->form.fields->len; i++) {
		Field *at = setup->form.fields->pdata[i];
		if (at->id && strcmp(at->id, id) == 0)
			return at;
	}
	return NULL;
}

static void ask(Setup *setup)
{
	setup->step = STEP_ASK;
	form_clear(&setup->form);
	form_init(&setup->form);
	Field *network = form_add(&setup->form, FIELD_CHOICE, "network", "Network");
	network->choices = g_new0(char *, G_N_ELEMENTS(networks) + 1);
	for (guint i = 0; i < G_N_ELEMENTS(networks); i++)
		network->choices[i] = g_strdup(networks[i].label);
	network->choice = setup->network;
	if (!networks[setup->network].protocol)
		form_add(&setup->form, FIELD_TEXT, "protocol", "Protocol")->required = TRUE;
	Field *address = form_add(&setup->form, FIELD_TEXT, "address", "Address");
	address->required = TRUE;
	address->hint = networks[setup->network].example;
	edit_set(&address->edit, setup->address);
	form_add(&setup->form, FIELD_SECRET, "password", "Password");
	form_add(&setup->form, FIELD_TEXT, "server", "Server, if special");
	edit_set(&field(setup, "server")->edit, setup->server);
	form_add_button(&setup->form, "Go online");
	form_add_button(&setup->form, "Not now");
	setup->form.focus = setup->address ? setup->form.fields->len - 2 : setup->form.fields->len - 3;
	setup->view.hint = "Tab moves   ← → choose   Enter goes on   Esc not now";
}

static void wait_for(Setup *setup)
{
	setup->step = STEP_WAIT;
	form_clear(&setup->form);
	form_init(&setup->form);
	form_add_button(&setup->form, "Change what I typed");
	form_add_button(&setup->form, "Let it try on");
	setup->view.hint = "← → choose   Enter   Esc lets it try on";
}

/* A short name for the account, from its address: the server's name without its ending. */
static char *name_for(const Setup *setup, const char *address)
{
	const char *at = strrchr(address, '@');
	GString *name = g_string_new(NULL);
	for (const char *c = at ? at + 1 : address; *c && *c != '/' && *c != ':' && name->len < 30; c++)
		if (g_ascii_isalnum(*c) || *c == '-')
			g_string_append_c(name, g_ascii_tolower(*c));
		else if (*c == '.' && name->len) {
			if (strchr(c + 1, '.') && name->len < 5) { /* "xmpp.example.org": the part behind says more */
				g_string_truncate(name, 0);
				continue;
			}
			break;
		}
	if (name->len == 0)
		g_string_append(name, "account");
	g_autofree char *base = g_strdup(name->str);
	for (guint i = 2; model_account(setup->app->model, name->str); i++)
		g_string_printf(name, "%s%u", base, i);
	return g_string_free(name, FALSE);
}

static void on_added(const Wire *answer, gpointer context, gpointer user G_GNUC_UNUSED)
{
	Setup *setup = the_setup;
	if (!setup || setup->serial != GPOINTER_TO_UINT(context) || answer->kind != WIRE_ERROR)
		return;
	g_free(setup->trouble);
	setup->trouble = g_strdup(((const WireError *)answer)->text);
	g_clear_pointer(&setup->name, g_free);
	ask(setup);
	app_dirty(setup->app, DIRTY_VIEW);
}

/* "you" alone, spaces, or no server: said before anybody is asked. */
static const char *complaint(const char *address, guint network)
{
	if (!*address)
		return "an address is needed";
	if (strpbrk(address, " \t"))
		return "an address has no spaces in it";
	const char *at = strchr(address, '@');
	if (network < 2 && (!at || at == address || !at[1]))
		return "the address has two parts: your name, an @, and the server's name";
	return NULL;
}

static void add_account(Setup *setup)
{
	App *app = setup->app;
	const char *address = field_value(field(setup, "address")), *password = field_value(field(setup, "password"));
	const char *server = field_value(field(setup, "server"));
	Field *other = field(setup, "protocol");
	const char *protocol = other ? field_value(other) : networks[setup->network].protocol;
	g_clear_pointer(&setup->trouble, g_free);
	const char *wrong = complaint(address, setup->network);
	if (!wrong && !*protocol)
		wrong = "the protocol is needed, for example prpl-simple";
	if (!wrong && !attach_is_up(app->attach))
		wrong = "the hub is not there yet; try again in a moment";
	if (wrong) {
		setup->trouble = g_strdup(wrong);
		return;
	}
	if (setup->name) { /* the second try takes the place of the first */
		g_autofree char *quoted = commands_quote(setup->name);
		g_autofree char *line = g_strdup_printf("/account remove %s", quoted);
		attach_command(app->attach, line, NULL, NULL, NULL, NULL, NULL, NULL);
	}
	g_free(setup->address);
	setup->address = g_strdup(address);
	g_free(setup->server);
	setup->server = g_strdup(server);
	char *name = setup->name ? g_strdup(setup->name) : name_for(setup, address);
	g_free(setup->name);
	setup->name = name;
	g_autofree char *quoted = commands_quote(address), *protocol_quoted = commands_quote(protocol), *server_quoted = commands_quote(server);
	g_autofree char *line = g_strdup_printf("/account add %s %s %s%s%s", name, protocol_quoted, quoted, *server ? " server=" : "", *server ? server_quoted : "");
	attach_command(app->attach, line, NULL, NULL, *password ? password : NULL, on_added, GUINT_TO_POINTER(++setup->serial), NULL);
	wait_for(setup);
}

static void close_setup(App *app)
{
	app_show(app, NULL);
}

static gboolean on_key(View *view, const Key *key)
{
	Setup *setup = (Setup *)view;
	App *app = setup->app;
	guint button = 0;
	if (strcmp(key->name, "Escape") == 0) {
		close_setup(app);
		return TRUE;
	}
	if (strcmp(key->name, "Ctrl-Q") == 0)
		return FALSE;
	FormResult result = form_key(&setup->form, key, 0, &button);
	Field *network = field(setup, "network");
	if (network && network->choice != setup->network) { /* other networks ask other things */
		setup->network = network->choice;
		g_free(setup->address);
		setup->address = g_strdup(field_value(field(setup, "address")));
		ask(setup);
		setup->form.focus = 0;
	}
	if (result != FORM_PRESSED)
		return result == FORM_USED || key->type == KEY_TYPE_TEXT;
	if (button == 1)
		close_setup(app);
	else if (setup->step == STEP_ASK)
		add_account(setup);
	else
		ask(setup);
	return TRUE;
}

static void changed(View *view, ModelPart part, gpointer thing)
{
	Setup *setup = (Setup *)view;
	App *app = setup->app;
	if (!setup->name || setup->step != STEP_WAIT)
		return;
	Account *account = model_account(app->model, setup->name);
	if (!account)
		return;
	if (part == MODEL_CARD && thing) {
		const Card *card = thing;
		if (card->account == account && card->card->card_kind != CARD_PASSWORD && card->card->card_kind != CARD_NOTICE) {
			cards_open_one(app, card); /* this view is gone now */
			return;
		}
	}
	if (part != MODEL_ACCOUNT || thing != account)
		return;
	if (account_is_online(account)) {
		app_say(app, tabs_home(app->tabs), ENTRY_LOCAL, "%s is online. F2 goes to a person or a room, /query ADDRESS writes to somebody new, F1 helps.", account->name);
		close_setup(app);
		return;
	}
	g_free(setup->trouble);
	setup->trouble = status_trouble(account);
	app_dirty(app, DIRTY_VIEW);
}

static int draw_words(WINDOW *window, int y, int x, int rows, int columns, int role, const char *text)
{
	g_autofree char *shown = wrap_prepare(text, TEXT_LINES, WRAP_SIMPLE_EMOJI);
	g_autoptr(GArray) lines = wrap_lines(shown, columns);
	int i = 0;
	for (; i < (int)lines->len && i < rows; i++) {
		const WrapLine *line = &g_array_index(lines, WrapLine, i);
		paint_prepared(window, y + i, x, columns, role, shown + line->start, line->length);
	}
	return i;
}

static void draw(View *view, WINDOW *window, int y, int x, int rows, int columns)
{
	Setup *setup = (Setup *)view;
	int form = MIN(form_rows(&setup->form), rows), room = rows - form;
	const char *words = "Which account do you have? kith keeps any number of them online together; more are added later with /account add.";
	g_autofree char *waiting = NULL;
	if (setup->step == STEP_WAIT) {
		Account *account = setup->name ? model_account(setup->app->model, setup->name) : NULL;
		g_autofree char *state = account ? status_words(account) : g_strdup("starting");
		words = waiting = g_strdup_printf("%s: %s", setup->address, state);
	} else if (setup->network == 2) {
		words = "The protocol is the name libpurple gives it, for example prpl-simple, prpl-gg or prpl-bonjour; Tab behind /account add NAME lists what is installed.";
	}
	int used = 0;
	if (room > 0)
		used = draw_words(window, y, x, MAX(1, room - 1), columns, STYLE_BOX, words);
	if (setup->trouble && room - used > 0)
		draw_words(window, y + used + (room - used > 2 ? 1 : 0), x, room - used - (room - used > 2 ? 1 : 0), columns, STYLE_ERROR, setup->trouble);
	form_draw(&setup->form, window, y + rows - form, x, form, columns, &view->cursor_y, &view->cursor_x);
}

static void size(const View *view G_GNUC_UNUSED, int *rows, int *columns)
{
	*rows = MIN(*rows, 12);
	*columns = MIN(*columns, 66);
}

static void free_view(View *view)
{
	Setup *setup = (Setup *)view;
	form_clear(&setup->form);
	g_free(setup->name);
	g_free(setup->address);
	g_free(setup->server);
	g_free(setup->trouble);
	if (the_setup == setup)
		the_setup = NULL;
	g_free(setup);
}

static const ViewKind setup_kind = { .place = VIEW_CENTER, .size = size, .draw = draw, .key = on_key, .changed = changed, .free = free_view };

View *setup_view_new(App *app)
{
	static guint serial;
	Setup *setup = g_new0(Setup, 1);
	setup->app = app;
	setup->serial = serial += 1000;
	setup->view = (View){ .kind = &setup_kind, .title = "Welcome to kith", .cursor_y = -1, .cursor_x = -1 };
	form_init(&setup->form);
	ask(setup);
	the_setup = setup;
	return &setup->view;
}
